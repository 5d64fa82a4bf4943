"""Copying a ledger from a folder into a team's database, and back."""

import re
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import dingnb
from dingnb.auth.database_url import parse_database_url
from dingnb.cli.main import main
from dingnb.clock import SystemClock, seconds_to_ns
from dingnb.errors import LedgerError
from dingnb.ledger import LEDGER_FILE, Ledger, LedgerSession, SqliteLedger
from dingnb.ledger.campaigns import campaigns
from dingnb.ledger.copying import copy_ledger, find_set_aside, reactivate
from dingnb.ledger.migrations import table_names
from dingnb.ledger.postgres.ledger import PostgresLedger
from dingnb.sandbox import SandboxSettings
from tests.campaign_fixtures import get
from tests.environments import connection_environment
from tests.postgres import as_member

New = Callable[..., str]
Run = Callable[..., tuple[int, str, str]]
ROWS = 5
TABLES = [name for name in table_names() if name not in {"ledger", "numbers", "leases", "pace", "copies"}]


@pytest.fixture
def url(new_database: New) -> str:
    return new_database()


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    def ran(*words: object) -> tuple[int, str, str]:
        capsys.readouterr()
        status = main(["ledger", *map(str, words)])
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return ran


def opened(url: str) -> PostgresLedger:
    return PostgresLedger(parse_database_url(url), busy_timeout_s=0.1)


def filled(folder: Path, rows: int = ROWS) -> SqliteLedger:
    """Return a ledger with some rows in every table, and numbers of rows that are deleted."""
    ledger = SqliteLedger(folder)
    with ledger.transaction() as db:
        for table in TABLES:
            kinds = {name: kind for _, name, kind, *_ in db.execute(f"PRAGMA table_info({table})")}
            values = {
                "INTEGER": lambda n, _: n,
                "TEXT": lambda n, name: f"{name} {n} 中文 \x1f\t\\N \"'",
                "BLOB": lambda n, _: bytes([n % 256, 0, 255, 92]),
            }
            db.insert(
                table,
                list(kinds),
                ([values[kind](n, name) for name, kind in kinds.items()] for n in range(1, rows + 1)),
            )
        db.execute("UPDATE campaigns SET key_columns = '[]', reason = '', hint = '', state = 'finished'")
        db.execute("UPDATE batches SET content = NULL, hash = NULL, receipt = NULL WHERE id = 2")
        db.execute("UPDATE attempts SET counts_until_ns = 0")
        db.execute("UPDATE numbers SET next = 1000")
        for table in ("campaigns", "drafts", "events"):
            db.execute("UPDATE sqlite_sequence SET seq = 700 WHERE name = ?", (table,))
    return ledger


def rows_of(ledger: Ledger) -> dict[str, list[tuple[object, ...]]]:
    with ledger.transaction() as db:
        return {table: sorted(db.rows(table, db.columns(table)), key=repr) for table in TABLES}


def next_numbers(ledger: Ledger) -> tuple[int, int, int]:
    """Return the number of the next batch, campaign and draft."""
    with ledger.transaction() as db:
        (campaign,) = db.execute(
            "INSERT INTO campaigns (realm, app, mode, name, state, message, msgtype, key_columns, plan, store_content,"
            " created_ns, updated_ns) VALUES ('r', '', 'LIVE', 'new', 'finished', '', '', '', '', 1, 1, 1) RETURNING id"
        ).fetchone()
        (draft,) = db.execute(
            "INSERT INTO drafts (realm, name, msgtype, texts, updated_ns) VALUES ('r', 'n', '', '', 1) RETURNING id"
        ).fetchone()
        return db.execute("SELECT next FROM numbers").fetchone()[0], campaign, draft


def anything(_: LedgerSession) -> None:
    """Let any ledger be copied."""


def copy(source: Ledger, target: Ledger) -> int | None:
    return copy_ledger(source, target, SystemClock(), anything, lambda *_: None)


def test_everything_goes_there_and_back(url: str, tmp_path: Path) -> None:
    first, team, back = filled(tmp_path / "first"), opened(url), SqliteLedger(tmp_path / "back")
    seen: list[tuple[int, int]] = []
    n = copy_ledger(first, team, SystemClock(), anything, lambda *done: seen.append(done))
    assert n == ROWS * len(TABLES)
    assert seen == [(n, n)]
    assert rows_of(team) == rows_of(first)
    assert copy(team, back) == n
    assert rows_of(back) == rows_of(first)
    assert next_numbers(team) == next_numbers(back) == (1_000, 701, 701)


def test_people_of_the_last_minute_count_by_the_clock_of_the_new_ledger(url: str, tmp_path: Path) -> None:
    first, team, back, clock = filled(tmp_path / "first"), opened(url), SqliteLedger(tmp_path / "back"), SystemClock()
    with first.transaction() as db:
        db.execute(
            "UPDATE attempts SET counts_until_ns = ? WHERE id = 2", (first.shared_clock_ns(clock) + seconds_to_ns(50),)
        )
        db.execute(
            "UPDATE attempts SET counts_until_ns = ? WHERE id = 3", (first.shared_clock_ns(clock) - seconds_to_ns(1),)
        )
    copy(first, team)
    copy(team, back)
    for ledger in (team, back):
        with ledger.connection() as db:
            until = dict(db.execute("SELECT id, counts_until_ns FROM attempts").fetchall())
        assert seconds_to_ns(20) < until[2] - ledger.shared_clock_ns(clock) <= seconds_to_ns(50)
        assert until[1] == until[3] == 0


def test_numbers_of_deleted_rows_are_not_used_again(url: str, tmp_path: Path) -> None:
    first = filled(tmp_path / "first")
    with first.transaction() as db:
        db.execute("DELETE FROM campaigns")
        db.execute("DELETE FROM drafts")
    copy(first, opened(url))
    back = SqliteLedger(tmp_path / "back")
    # A member may read it, but not set it aside.
    with pytest.raises(LedgerError, match="lacks a right"):
        copy(opened(as_member(url)), back)
    copy_ledger(opened(as_member(url)), back, SystemClock(), anything, lambda *_: None, is_backup=True)
    assert next_numbers(opened(url)) == next_numbers(back) == (1_000, 701, 701)


def test_numbers_of_deleted_rows_of_the_target_are_not_used_again(url: str, tmp_path: Path) -> None:
    for name, target in (("first", opened(url)), ("second", SqliteLedger(tmp_path / "target"))):
        with target.transaction() as db:
            for table in ("campaigns", "drafts"):
                for statement in db.statements.set_last_number:
                    db.execute(statement, (table, 900))
        copy(filled(tmp_path / name), target)
        assert next_numbers(target) == (1_000, 901, 901)


def test_the_command_copies_and_says_what_is_next(run: Run, url: str, tmp_path: Path) -> None:
    first = filled(tmp_path / "first")
    status, out, err = run("copy", first.path, url)
    assert (status, err) == (0, "")
    assert f"Copied {ROWS * len(TABLES)} rows from {first.path} to {url}" in out
    assert f"From now on, everybody has to send with {url}" in out
    assert f"{first.path} is for reading only" in out
    assert run("copy", url, tmp_path / "back")[0] == 0
    assert rows_of(SqliteLedger(tmp_path / "back")) == rows_of(first)
    dingnb.set_language("zh")
    assert "两边计数一致" in run("copy", tmp_path / "back", tmp_path / "third")[1]


def test_a_ledger_that_is_not_empty_is_left_unchanged(run: Run, url: str, tmp_path: Path) -> None:
    first, second = filled(tmp_path / "first"), filled(tmp_path / "second", 3)
    before = rows_of(second)
    for source, target in ((first.folder, second.folder), (url, second.folder)):
        status, _, err = run("copy", source, target)
        assert status == 1
        assert "is not empty. Nothing was copied." in err
    assert rows_of(second) == before
    assert run("copy", first.folder, url)[0] == 0
    assert "is not empty" in run("copy", second.folder, url)[2]
    assert rows_of(opened(url)) == rows_of(first)


def test_a_single_row_of_any_table_makes_a_ledger_not_empty(tmp_path: Path) -> None:
    source, refused = filled(tmp_path / "source", 1), []
    for table in TABLES:
        target = filled(tmp_path / table, 1)
        with target.transaction() as db:
            for other in TABLES:
                if other != table:
                    db.execute(f"DELETE FROM {other}")  # noqa: S608 - our own names
            if list(db.rows(table, db.columns(table))):
                refused.append(table)
            else:
                continue  # it went with the row that it refers to
        with pytest.raises(LedgerError, match="is not empty"):
            copy(source, target)
    assert {"campaigns", "calls", "drafts", "events", "people", "lookups", "match_choices"} <= set(refused)


def test_a_ledger_named_by_a_link_is_the_same(run: Run, tmp_path: Path) -> None:
    filled(tmp_path / "disk" / "dingnb")
    (tmp_path / "user").symlink_to(tmp_path / "disk", target_is_directory=True)
    assert "Both ledgers are" in run("copy", tmp_path / "disk" / "dingnb", tmp_path / "user" / "dingnb")[2]
    assert SqliteLedger(tmp_path / "disk").identity == SqliteLedger(tmp_path / "disk" / "x" / "..").identity


def test_the_same_ledger_and_a_missing_one_are_refused(run: Run, url: str, tmp_path: Path) -> None:
    assert "Both ledgers are" in run("copy", url, url)[2]
    assert "There is no ledger at" in run("copy", tmp_path / "nothing", url)[2]
    assert not (tmp_path / "nothing").exists()
    assert "InputError" in run("copy", "mysql://a/b", url)[2]


def test_a_member_cannot_fill_a_ledger(run: Run, url: str, tmp_path: Path) -> None:
    with pytest.raises(LedgerError) as caught:
        copy(filled(tmp_path / "first"), opened(as_member(url)))
    assert caught.value.problem == "no_right"
    assert "Only the owner of the database may do this" in run("copy", tmp_path / "first", as_member(url))[2]
    assert not any(rows_of(opened(url)).values())


@pytest.mark.parametrize("back", [False, True])
def test_an_interrupted_copy_leaves_the_target_empty(url: str, tmp_path: Path, *, back: bool) -> None:
    source, target = filled(tmp_path / "first", 600), opened(url)
    if back:
        copy(source, target)
        source, target = target, SqliteLedger(tmp_path / "back")
    seen: list[int] = []

    def interrupt(done: int, _: int) -> None:
        seen.append(done)
        if len(seen) == 4:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        copy_ledger(source, target, SystemClock(), anything, interrupt)
    assert seen[-1] > 0
    assert not any(rows_of(target).values())
    assert copy(source, target) == 600 * len(TABLES)


def test_a_row_that_the_database_refuses_leaves_it_empty(url: str, tmp_path: Path) -> None:
    first = filled(tmp_path / "first")
    with first.transaction() as db:
        db.execute("UPDATE events SET raw = 'a' || char(0) || 'b' WHERE id = 3")
    with pytest.raises(LedgerError, match="0x00"):
        copy(first, opened(url))
    assert not any(rows_of(opened(url)).values())


def test_nobody_writes_to_a_ledger_that_is_being_copied(url: str, tmp_path: Path) -> None:
    first = filled(tmp_path / "first")
    copy(first, opened(url))
    for source, other in (
        (first, SqliteLedger(first.folder, busy_timeout_s=0.05)),
        (opened(url), opened(as_member(url))),
    ):
        refused: list[str] = []

        def write(_: LedgerSession, other: Ledger = other, refused: list[str] = refused) -> None:
            try:
                with other.connection() as db:
                    if isinstance(other, PostgresLedger):
                        db.execute("SET lock_timeout = 50")
                    # As an attempt is recorded: in one statement, without the lock of other writers.
                    db.execute("UPDATE batches SET attempts = 9 WHERE id = 1")
            except LedgerError as error:
                refused.append(error.problem)

        copied = SqliteLedger(tmp_path / f"copy of {source.is_shared}")
        reactivate(source)
        copy_ledger(source, copied, SystemClock(), write, lambda *_: None)
        assert refused == ["locked"]


class ProcessDiesError(BaseException):
    """Ends a copy at a commit, as if its process were killed."""


class DyingLedger:
    """A ledger whose process dies before a commit, after so many others."""

    def __init__(self, ledger: Ledger, commits: int) -> None:
        self._ledger = ledger
        self._commits_left = commits

    def __getattr__(self, name: str) -> Any:
        return getattr(self._ledger, name)

    @contextmanager
    def transaction(self) -> Iterator[LedgerSession]:
        with self._ledger.transaction() as db:
            yield db
            if not self._commits_left:
                raise ProcessDiesError
        self._commits_left -= 1


def senders(*ledgers: Ledger) -> list[Ledger]:
    """Return the ledgers that are not set aside and have campaigns."""
    found = []
    for ledger in ledgers:
        with ledger.connection() as db:
            if find_set_aside(db) is None and campaigns.find_all(db):
                found.append(ledger)
    return found


@pytest.fixture(params=[False, True], ids=["into the database", "out of it"])
def pair(request: pytest.FixtureRequest, url: str, tmp_path: Path) -> tuple[Ledger, Ledger]:
    """Return a ledger with rows, and an empty one in the other kind of database."""
    first, team = filled(tmp_path / "first"), opened(url)
    if not request.param:
        return first, team
    copy(first, team)
    return team, SqliteLedger(tmp_path / "back")


def test_a_copy_that_dies_before_the_source_is_set_aside_leaves_it_in_use(pair: tuple[Ledger, Ledger]) -> None:
    source, target = pair
    with pytest.raises(ProcessDiesError):
        copy(DyingLedger(source, commits=0), target)
    assert senders(source, target) == [source]
    with pytest.raises(LedgerError, match="is not empty"):
        copy(source, target)
    assert senders(source, target) == [source]


def test_a_copy_that_dies_after_the_source_is_set_aside_is_completed_by_another(pair: tuple[Ledger, Ledger]) -> None:
    source, target = pair
    with pytest.raises(ProcessDiesError):
        copy(source, DyingLedger(target, commits=1))
    assert senders(source, target) == []
    assert rows_of(source) == rows_of(target)
    with pytest.raises(LedgerError, match="was set aside in favour of"):
        copy_ledger(source, target, SystemClock(), anything, lambda *_: None, is_backup=True)
    assert copy(source, target) is None
    assert senders(source, target) == [target]
    assert rows_of(source) == rows_of(target)
    with pytest.raises(LedgerError, match="was set aside in favour of"):
        copy(source, target)
    assert senders(source, target) == [target]


def test_a_copy_that_fails_after_the_source_is_set_aside_says_how_to_complete_it(tmp_path: Path) -> None:
    source, target = filled(tmp_path / "first"), SqliteLedger(tmp_path / "second", busy_timeout_s=0.05)

    class BusyLedger(DyingLedger):
        @contextmanager
        def transaction(self) -> Iterator[LedgerSession]:
            if not self._commits_left:
                other = SqliteLedger(tmp_path / "second")
                stack.enter_context(other.transaction())
            with super().transaction() as db:
                yield db

    with ExitStack() as stack, pytest.raises(LedgerError, match="was not completed") as caught:
        copy(source, BusyLedger(target, commits=1))
    assert "Run the command again" in str(caught.value)
    assert senders(source, target) == []
    copy(source, target)
    assert senders(source, target) == [target]


def test_a_ledger_that_is_set_aside_is_not_copied(tmp_path: Path, url: str) -> None:
    first, team, third = filled(tmp_path / "first"), opened(url), SqliteLedger(tmp_path / "third")
    copy(first, team)
    for is_backup in (False, True):
        with pytest.raises(LedgerError, match="was set aside in favour of") as refused:
            copy_ledger(first, third, SystemClock(), anything, lambda *_: None, is_backup=is_backup)
        assert f"Copy {url} instead" in str(refused.value)
    assert senders(first, team, third) == [team]
    assert not any(rows_of(third).values())
    reactivate(first)
    copy(first, third)
    assert third in senders(first, third)


KILLED = """
import os, signal, sys
from pathlib import Path
from dingnb.clock import SystemClock
from dingnb.ledger import copying, open_ledger, parse_ledger_location
from dingnb.ledger.opening import wrap_ledger_location
source, target = (open_ledger(parse_ledger_location(wrap_ledger_location(one))) for one in sys.argv[1:])
def die(done, _):
    if done > 10_000:
        os.kill(os.getpid(), signal.SIGKILL)
copying.copy_ledger(source, target, SystemClock(), lambda _: None, die)
"""


@pytest.mark.long
@pytest.mark.parametrize("back", [False, True])
def test_a_killed_copy_leaves_the_target_empty(url: str, tmp_path: Path, *, back: bool) -> None:
    source: Ledger = filled(tmp_path / "first", 600)
    words = [str(tmp_path / "first"), url]
    target: Ledger = opened(url)
    if back:
        copy(source, target)
        words = [url, str(tmp_path / "back")]
        target = SqliteLedger(tmp_path / "back")
    ended = subprocess.run([sys.executable, "-c", KILLED, *words], check=False)  # noqa: S603 - our own command
    assert ended.returncode == -signal.SIGKILL
    clock = SystemClock()
    # The database notices the end of the process a moment later.
    for _ in range(100):
        try:
            found = rows_of(target)
            break
        except LedgerError:
            clock.wait(clock.event(), seconds_to_ns(0.1))
    assert not any(found.values())
    assert copy(opened(url) if back else source, target) == 600 * len(TABLES)


@pytest.mark.long
def test_a_campaign_goes_on_where_it_was_copied_to(
    sandbox_process: str, run: Run, url: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in connection_environment(SandboxSettings(), sandbox_process).items():
        monkeypatch.setenv(name, value)
    people = [person["userid"] for person in get(sandbox_process, "users") if person["active"]][:60]
    frame = pd.DataFrame({"userid": people, "n": range(60)})
    message = dingnb.text("number {{ n }}")
    clock = SystemClock()
    with dingnb.connect(ledger=home) as ding:
        running = ding.plan(frame, message).send("payslip", wait=False)
        until_ns = clock.monotonic_ns() + seconds_to_ns(60)
        while not get(sandbox_process, "messages"):
            assert clock.monotonic_ns() < until_ns
            clock.wait(clock.event(), seconds_to_ns(0.01))
        status, _, err = run("copy", home, url)
        assert status == 1
        assert "The campaign “payslip” is being sent" in err
        running.stop()
        running.wait("sent", check=False)
    assert run("copy", home, url)[0] == 0
    with dingnb.connect(ledger=as_member(url)) as ding:
        there = ding.campaign("payslip").resume()
        assert there.wait().results()["status"].isin(["delivered", "read"]).all()
        assert there.message == message
    assert sorted(received["userid"] for received in get(sandbox_process, "messages")) == sorted(people)


@pytest.mark.long
@pytest.mark.sampled(1)
@pytest.mark.parametrize("is_backup", [False, True])
def test_only_one_of_a_ledger_and_its_copy_sends(
    sandbox_process: str, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, is_backup: bool
) -> None:
    for name, value in connection_environment(SandboxSettings(), sandbox_process).items():
        monkeypatch.setenv(name, value)
    first, second = tmp_path / "first", tmp_path / "second"
    frame = pd.DataFrame({"userid": [get(sandbox_process, "users")[0]["userid"]]})
    with dingnb.connect(ledger=first) as ding:
        ding.plan(frame, dingnb.text("one")).send("note").wait()
    status, out, _ = run("copy", first, second, *(["--backup"] if is_backup else []))
    assert status == 0
    used, aside = (first, second) if is_backup else (second, first)
    assert str(used) in out
    with dingnb.connect(ledger=aside) as ding:
        with pytest.raises(LedgerError, match=f"campaigns, and {aside}.* was set aside") as refused:
            ding.plan(frame, dingnb.text("two")).send("other")
        assert f'dingnb ledger reactivate "{aside / LEDGER_FILE}" --yes' in str(refused.value)
        assert "No further call was made." in str(refused.value)
        with pytest.raises(LedgerError, match="was set aside"):
            ding.campaign("note").retry()
        # Otherwise they would be sent to once the ledger is reactivated.
        assert ding.campaigns()[["name", "state"]].to_numpy().tolist() == [["note", "finished"]]
        assert ding.campaign("note").results()["userid"].tolist() == frame["userid"].tolist()
    with dingnb.connect(ledger=used / LEDGER_FILE) as ding:
        ding.plan(frame, dingnb.text("three")).send("third").wait()
    assert len(get(sandbox_process, "messages")) == 2
    status, _, err = run("reactivate", aside)
    assert status == 1
    assert f"Nothing was changed: whether anything was sent with {used}" in err
    assert f"Never send with {used}" in run("reactivate", aside / LEDGER_FILE, "--yes")[1]
    for options in ((), ("--yes",)):
        assert "was not set aside" in run("reactivate", aside, *options)[1]
        assert "There is no ledger" in run("reactivate", tmp_path / "missing", *options)[2]
    with dingnb.connect(ledger=aside) as ding:
        ding.plan(frame, dingnb.text("two")).send("other").wait()
    assert len(get(sandbox_process, "messages")) == 3


@pytest.mark.long
@pytest.mark.sampled(1)
@pytest.mark.parametrize("at_source", [False, True])
def test_the_error_of_two_ledgers_that_are_set_aside_names_the_command_that_ends_it(
    sandbox_process: str, run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, at_source: bool
) -> None:
    for name, value in connection_environment(SandboxSettings(), sandbox_process).items():
        monkeypatch.setenv(name, value)
    first, second = tmp_path / "first", tmp_path / "second"
    frame = pd.DataFrame({"userid": [get(sandbox_process, "users")[0]["userid"]]})
    with dingnb.connect(ledger=first) as ding:
        ding.plan(frame, dingnb.text("one")).send("note").wait()
    with pytest.raises(ProcessDiesError):
        copy(SqliteLedger(first), DyingLedger(SqliteLedger(second), commits=1))
    errors = {}
    for folder in (first, second):
        with dingnb.connect(ledger=folder) as ding, pytest.raises(LedgerError, match="was set aside") as refused:
            ding.plan(frame, dingnb.text("two")).send("other")
        errors[folder] = str(refused.value)
    used, aside = (second, first) if at_source else (first, second)
    named = re.search(r'dingnb ledger (copy) "(.+?)" "(.+?)"', errors[aside])
    assert named is not None
    status, out, _ = run(*named.groups())
    assert status == 0
    assert f"The copy from {aside / LEDGER_FILE} to {used / LEDGER_FILE}, which was interrupted, is complete" in out
    assert f"From now on, everybody has to send with {used / LEDGER_FILE}" in out
    with dingnb.connect(ledger=used) as ding:
        ding.plan(frame, dingnb.text("three")).send("third").wait()
    with dingnb.connect(ledger=aside) as ding, pytest.raises(LedgerError, match="was set aside"):
        ding.plan(frame, dingnb.text("four")).send("fourth")
    assert len(get(sandbox_process, "messages")) == 2
