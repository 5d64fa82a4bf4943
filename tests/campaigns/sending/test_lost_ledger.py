"""A ledger lost during sending: no further calls are made, and the advised steps send nothing twice."""

import re
import shlex
import shutil
import sqlite3
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import requests
from requests.adapters import BaseAdapter

import dingnb
from dingnb.campaigns.campaign import view_of
from dingnb.cli.main import main
from dingnb.client import DingTalk
from dingnb.clock import NS_PER_S, VirtualClock
from dingnb.errors import LedgerError
from dingnb.ledger import SqliteLedger, send_history
from dingnb.ledger.sending import leases
from dingnb.ledger.sqlite import recovery
from dingnb.ledger.sqlite.ledger_file import OPENED_LEDGERS
from dingnb.sandbox import RunningSandbox
from tests.live_mode import make_live
from tests.other_process import held_by_other_process

Staff = Callable[..., pd.DataFrame]
Reached = Callable[[], list[str]]
PERSONAL = dingnb.text("number {{ n }}")
PEOPLE = 40
AT = 12
COMPACT = """
import sqlite3, sys
db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.execute("VACUUM")
db.execute("PRAGMA wal_checkpoint(PASSIVE)")
db.close()
"""


class Door(BaseAdapter):
    """A route on which something happens before the nth call for sending, and when it is answered."""

    def __init__(self, inner: BaseAdapter, before: Callable[[int], None], after: Callable[[int], None]) -> None:
        super().__init__()
        self._inner, self._before, self._after = inner, before, after
        self._calls = 0
        self._lock = threading.Lock()

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        if "asyncsend_v2" not in str(request.url):
            return self._inner.send(request, *args, **kwargs)
        with self._lock:
            self._calls += 1
            nth = self._calls
            self._before(nth)
        response = self._inner.send(request, *args, **kwargs)
        with self._lock:
            self._after(nth)
        return response

    def close(self) -> None:
        self._inner.close()


def never(_: int) -> None:
    return


def happen(ding: DingTalk, nth: int, act: Callable[[Path], None], *, answered: bool = False) -> None:
    """Do something to the ledger during the nth call."""

    def crossed(n: int) -> None:
        if n == nth:
            act(ding._ledger.path)

    before, after = (never, crossed) if answered else (crossed, never)
    ding._transport.reroute(lambda inner: Door(inner, before, after))


def deleted(path: Path) -> None:
    path.unlink()


def renamed(path: Path) -> None:
    path.rename(path.with_name("away.sqlite3"))


def folder_removed(path: Path) -> None:
    shutil.rmtree(path.parent)


def replaced(path: Path) -> None:
    other = SqliteLedger(path.parent / "other")
    with other.connection():
        pass
    other.path.replace(path)


def older(path: Path) -> None:
    """Replace it by a copy made before the campaign."""
    shutil.copy(path.with_name("older"), path.with_name("copy"))
    path.with_name("copy").replace(path)


def compacted(path: Path) -> None:
    subprocess.run([sys.executable, "-c", COMPACT, path], check=True)  # noqa: S603 - our own script


def overwritten(path: Path) -> None:
    """Write the content of another ledger into the file, as ``cp`` does."""
    other = SqliteLedger(path.parent / "other")
    with other.connection():
        pass
    subprocess.run(["cp", other.path, path], check=True)  # noqa: S603, S607 - in another process, as people do


def overwritten_by_older(path: Path) -> None:
    subprocess.run(["cp", path.with_name("older"), path], check=True)  # noqa: S603, S607 - likewise


LOSSES = [deleted, renamed, folder_removed, replaced, older, overwritten, overwritten_by_older]
GONE = {deleted, renamed, folder_removed}


def restarted(path: Path) -> None:
    """Forget a ledger, as in a new process."""
    OPENED_LEDGERS.forget(path)


@pytest.fixture
def reached(sandbox: RunningSandbox, clock: VirtualClock) -> Callable[[], list[str]]:
    """Return the people whom messages have reached, or reach within a minute, in the order of calls."""

    def found() -> list[str]:
        clock.advance(60 * NS_PER_S)
        with requests.Session() as http:
            http.trust_env = False
            messages = http.get(f"{sandbox.base_url}/_sandbox/messages", timeout=10).json()
        return [message["userid"] for message in messages]

    return found


@pytest.fixture
def lose(
    sandbox: RunningSandbox, connect_to: Callable[..., DingTalk], staff: Staff
) -> Callable[..., tuple[LedgerError, DingTalk]]:
    """Send to people, lose the ledger while sending, and return the error."""

    def lost(act: Callable[[Path], None], *, answered: bool = False, at: int = AT) -> tuple[LedgerError, DingTalk]:
        ding = connect_to(sandbox, latency_s=0.3)
        with ding._ledger.connection() as db:
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        shutil.copy(ding._ledger.path, ding._ledger.path.with_name("older"))
        happen(ding, at, act, answered=answered)
        with pytest.raises(LedgerError) as raised:
            ding.plan(staff(sandbox, PEOPLE), PERSONAL).send("payslip")
        return raised.value, ding

    return lost


@pytest.fixture(params=["en", "zh"])
def language(request: pytest.FixtureRequest) -> Iterator[str]:
    dingnb.set_language(request.param)
    yield request.param
    dingnb.set_language("en")


@pytest.mark.sampled(5)
@pytest.mark.parametrize("answered", [False, True], ids=["leaving", "answered"])
@pytest.mark.parametrize("act", LOSSES)
def test_a_lost_ledger_stops_sending_and_the_advised_steps_reach_everybody_once(
    act: Callable[[Path], None],
    sandbox: RunningSandbox,
    lose: Callable[..., tuple[LedgerError, DingTalk]],
    connect_to: Callable[..., DingTalk],
    home: Path,
    capsys: pytest.CaptureFixture[str],
    reached: Reached,
    *,
    answered: bool,
) -> None:
    error, ding = lose(act, answered=answered)
    left = reached()
    # Only the calls under way at that time.
    assert AT <= len(left) < PEOPLE / 2
    assert f"{len(left)} calls had been made, to {len(left)} people" in error.what
    assert error.problem == ("gone" if act in GONE else "replaced")
    assert "nothing was sent" not in str(error).lower()
    assert "DINGNB_HOME" not in str(error)
    assert error.saved_to is not None
    assert str(error.saved_to) in error.what
    assert error.saved_to.parent == home
    with pytest.raises(LedgerError):
        ding.campaign("payslip")
    with pytest.raises(LedgerError):
        ding.plan(pd.DataFrame({"userid": left[:1], "n": 0}), PERSONAL).send("payslip")

    # As documented: first in a terminal, then in the notebook.
    command = re.search(r"dingnb (ledger restore .*?)\. 2\.", error.hint)
    assert command is not None
    assert main(shlex.split(command[1])) == 0
    output = capsys.readouterr().out
    assert "Restored" in output
    assert ("The previous file is now" in output) == (act not in GONE)
    run = connect_to(sandbox).campaign("payslip")
    assert set(run.results().query("status == 'accepted'")["userid"]) == set(left)
    run.resume()
    run.wait()
    assert run.state == "finished"
    assert sorted(reached()) == sorted(run.results()["userid"])
    assert set(run.results()["status"]) <= {"delivered", "read"}


@pytest.mark.parametrize("act", LOSSES)
def test_run_all_after_a_loss_sends_nothing_before_the_copy_is_restored(
    act: Callable[[Path], None],
    sandbox: RunningSandbox,
    staff: Staff,
    lose: Callable[..., tuple[LedgerError, DingTalk]],
    connect_to: Callable[..., DingTalk],
    home: Path,
    reached: Reached,
) -> None:
    lose(act)
    left = sorted(reached())
    # In this process, and in a new one.
    for restart in (False, True):
        if restart:
            restarted(home / "ledger.sqlite3")
        with pytest.raises(LedgerError) as raised:
            connect_to(sandbox).plan(staff(sandbox, PEOPLE), PERSONAL).send("payslip")
        assert "dingnb ledger restore" in raised.value.hint
    assert sorted(reached()) == left


def test_a_renamed_ledger_that_is_put_back_can_be_used(
    sandbox: RunningSandbox,
    lose: Callable[..., tuple[LedgerError, DingTalk]],
    connect_to: Callable[..., DingTalk],
    home: Path,
    reached: Reached,
) -> None:
    lose(renamed)
    (home / "away.sqlite3").rename(home / "ledger.sqlite3")
    restarted(home / "ledger.sqlite3")
    run = connect_to(sandbox).campaign("payslip").resume()
    run.wait()
    assert sorted(reached()) == sorted(run.results()["userid"])


def test_a_ledger_lost_during_the_last_call_raises(
    sandbox: RunningSandbox,
    lose: Callable[..., tuple[LedgerError, DingTalk]],
    connect_to: Callable[..., DingTalk],
    reached: Reached,
) -> None:
    error, _ = lose(deleted, at=PEOPLE)
    assert f"{PEOPLE} calls had been made" in error.what
    assert error.saved_to is not None
    assert main(["ledger", "restore", str(error.saved_to)]) == 0
    run = connect_to(sandbox).campaign("payslip").resume()
    run.wait()
    assert len(reached()) == PEOPLE
    assert set(run.results()["status"]) <= {"delivered", "read"}


def test_a_ledger_lost_before_the_first_call_says_that_nothing_was_sent(
    sandbox: RunningSandbox,
    connect_to: Callable[..., DingTalk],
    staff: Staff,
    monkeypatch: pytest.MonkeyPatch,
    reached: Reached,
) -> None:
    ding = connect_to(sandbox)
    path = ding._ledger.path
    ding.plan(staff(sandbox, 3), PERSONAL).send("other")
    token = ding._caller.token

    def lost() -> Any:
        path.unlink()
        return token()

    monkeypatch.setattr(ding._caller, "token", lost)
    with pytest.raises(LedgerError, match="No call of this campaign was made, so nothing was sent"):
        ding.plan(staff(sandbox, 3), PERSONAL).send("payslip")
    assert len(reached()) == 3


@pytest.mark.parametrize("what", ["file", "folder"])
def test_a_read_only_ledger_stops_sending_until_it_is_writable(
    what: str,
    lose: Callable[..., tuple[LedgerError, DingTalk]],
    home: Path,
    language: str,
    reached: Reached,
) -> None:
    path, mode = (home / "ledger.sqlite3", 0o400) if what == "file" else (home, 0o500)
    error, ding = lose(lambda _: path.chmod(mode))
    try:
        left = reached()
        assert AT <= len(left) < PEOPLE / 2
        assert error.problem == "read_only"
        assert error.saved_to is None
        counted = f"{len(left)} calls had been made" if language == "en" else f"{len(left)} 次调用"
        assert counted in error.what
        assert "DINGNB_HOME" not in str(error)
        assert "run = ding.campaign('payslip')" in error.hint
        # Errors of reads do not mention sending either.
        run = ding.campaign("payslip")
        assert run.state == "interrupted"
        assert set(run.results().query("status == 'accepted'")["userid"]) == set(left)
        assert ding.campaigns()["accepted"].tolist() == [len(left)]
        with pytest.raises(LedgerError):
            run.resume()
        assert reached() == left
    finally:
        path.chmod(0o700)
    run = ding.campaign("payslip")
    run.resume()
    run.wait()
    assert sorted(reached()) == sorted(run.results()["userid"])
    assert set(run.results()["status"]) <= {"delivered", "read"}


def test_a_loss_is_detected_while_waiting_for_the_next_minute(
    open_sandbox: Callable[..., RunningSandbox], connect_to: Callable[..., DingTalk], staff: Staff, clock: VirtualClock
) -> None:
    limits = dingnb.limits.Limits(people_per_minute=10)
    sandbox = open_sandbox(limits=limits)
    ding = connect_to(sandbox, latency_s=0.3, limits=limits)
    happen(ding, 10, deleted, answered=True)
    began_ns = clock.monotonic_ns()
    with pytest.raises(LedgerError, match="10 calls had been made"):
        ding.plan(staff(sandbox, 30), PERSONAL).send("payslip")
    assert (clock.monotonic_ns() - began_ns) / 1e9 < 30


def test_after_a_replacement_results_raise_and_are_not_another_campaigns(
    sandbox: RunningSandbox, connect_to: Callable[..., DingTalk], staff: Staff, home: Path
) -> None:
    frame = staff(sandbox, 20)
    ding = connect_to(sandbox)
    run = ding.plan(frame, PERSONAL).send("payslip")
    ledger = home / "ledger.sqlite3"
    other = connect_to(sandbox, ledger=SqliteLedger(home / "other"))
    stopped = other.plan(frame.iloc[::-1], dingnb.text("other {{ n }}")).send("payslip", wait=False)
    stopped.stop()
    stopped.wait("sent", check=False)
    (home / "other" / "ledger.sqlite3").replace(ledger)
    for look in (run.results, run.wait, run.retry, lambda: run.state, ding.campaigns, lambda: ding.campaign("payslip")):
        with pytest.raises(LedgerError, match="a different file is there now"):
            look()


def test_sending_a_lost_plan_again_reports_all_calls_ever_made(
    sandbox: RunningSandbox,
    connect_to: Callable[..., DingTalk],
    staff: Staff,
    reached: Reached,
) -> None:
    frame = staff(sandbox, PEOPLE)
    ding = connect_to(sandbox, latency_s=0.3)
    ding.plan(frame[:10], PERSONAL).send("payslip")
    happen(ding, 3, deleted)
    with pytest.raises(LedgerError) as raised:
        ding.plan(frame, PERSONAL).send("payslip")
    left = len(reached())
    assert left > 12
    assert f"{left} calls had been made, to {left} people" in raised.value.what


def test_a_copy_that_cannot_be_saved_is_reported_with_a_warning(
    lose: Callable[..., tuple[LedgerError, DingTalk]],
    monkeypatch: pytest.MonkeyPatch,
    reached: Reached,
) -> None:
    monkeypatch.setattr(recovery, "_FOLDERS", ())
    error, _ = lose(deleted)
    left = len(reached())
    assert f"{left} calls had been made" in error.what
    assert "could not be saved" in error.what
    assert "do not send the plan again" in error.hint
    assert error.saved_to is None


def test_a_list_of_people_saved_instead_of_a_copy_prevents_a_second_message(
    sandbox: RunningSandbox,
    staff: Staff,
    lose: Callable[..., tuple[LedgerError, DingTalk]],
    connect_to: Callable[..., DingTalk],
    monkeypatch: pytest.MonkeyPatch,
    home: Path,
    reached: Reached,
) -> None:
    def broken(*_: object) -> None:
        raise sqlite3.DatabaseError

    monkeypatch.setattr(recovery, "copy_into", broken)
    error, _ = lose(overwritten_by_older)
    left = reached()
    assert error.saved_to is None
    (listed,) = home.glob("ledger-rescued-*.csv")
    assert str(listed) in error.what
    assert stat.S_IMODE(listed.stat().st_mode) == 0o600
    # The older ledger has none of them. Nothing is sent with it in this process or a new one.
    frame = staff(sandbox, PEOPLE)
    (home / "ledger.sqlite3").unlink()
    (home / "older").rename(home / "ledger.sqlite3")
    for log in ("ledger.sqlite3-wal", "ledger.sqlite3-shm"):
        (home / log).unlink(missing_ok=True)
    with pytest.raises(LedgerError, match="a different ledger from the one"):
        connect_to(sandbox).plan(frame, PERSONAL).send("payslip")
    restarted(home / "ledger.sqlite3")
    with pytest.raises(LedgerError, match="would send to them again") as raised:
        connect_to(sandbox).plan(frame, PERSONAL).send("payslip")
    assert "exclude=" in raised.value.hint
    assert reached() == left
    away = listed.rename(home.parent / listed.name)
    ding = connect_to(sandbox)
    ding.plan(frame, PERSONAL, exclude=pd.read_csv(away, dtype=str)["userid"]).send("payslip")
    assert sorted(reached()) == sorted(frame["userid"])


def test_an_older_copy_in_place_of_the_ledger_is_not_used_for_results(
    sandbox: RunningSandbox, connect_to: Callable[..., DingTalk], staff: Staff, home: Path
) -> None:
    ding = connect_to(sandbox)
    frame = staff(sandbox, 5)
    ding.plan(frame, PERSONAL).send("first")
    shutil.copy(home / "ledger.sqlite3", home / "older")
    run = ding.plan(frame, dingnb.text("other {{ n }}")).send("payslip")
    overwritten_by_older(home / "ledger.sqlite3")
    for look in (run.results, ding.campaigns, lambda: connect_to(sandbox).campaigns()):
        with pytest.raises(LedgerError, match="a different "):
            look()


def test_legitimate_writes_by_other_processes_do_not_stop_sending(
    sandbox: RunningSandbox, connect_to: Callable[..., DingTalk], staff: Staff, reached: Reached
) -> None:
    ding = connect_to(sandbox, latency_s=0.3)
    happen(ding, AT, compacted)
    run = ding.plan(staff(sandbox, 150), PERSONAL).send("payslip")
    assert run.state == "finished"
    assert len(reached()) == 150


def test_a_sender_that_another_process_replaced_for_a_while_finds_its_calls_in_the_ledger(
    sandbox: RunningSandbox, connect_to: Callable[..., DingTalk], staff: Staff, clock: VirtualClock, reached: Reached
) -> None:
    ding = connect_to(sandbox, latency_s=0.3)
    plan = ding.plan(staff(sandbox, 100), PERSONAL)
    with clock.participating():
        run = plan.send("payslip", wait=False)
        clock.advance(2 * NS_PER_S)
        with ding._ledger.transaction() as db:
            leases.revoke(db, view_of(run).number)
        with held_by_other_process(ding, "payslip"):
            clock.advance(3 * NS_PER_S)
            assert 0 < sandbox.state.stats()["tasks"] < 100
        clock.advance(NS_PER_S)
        compacted(ding._ledger.path)
        run.wait("sent")
    assert len(reached()) == 100


def test_a_live_app_with_a_new_ledger_is_warned_of_the_earlier_one(
    sandbox: RunningSandbox,
    connect_to: Callable[..., DingTalk],
    staff: Staff,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    frame = staff(sandbox, 5)
    first = make_live(connect_to(sandbox))
    plan = first.plan(frame, PERSONAL)
    assert "from this computer before" not in repr(plan)
    plan.send("payslip", expect=5)
    assert "from this computer before" not in repr(first.plan(frame, PERSONAL)) + capsys.readouterr().out

    new = make_live(connect_to(sandbox, ledger=SqliteLedger(tmp_path)))
    plan = new.plan(frame.assign(n=9), PERSONAL)
    expected = f"with the ledger {first._ledger.path}, last on 2026-11-02"
    assert expected in repr(plan)
    new.plan(frame.assign(n=9), PERSONAL).send("payslip", expect=5, wait=False).wait("sent", check=False)
    assert expected in capsys.readouterr().out
    assert expected not in repr(new.plan(frame, PERSONAL))


def test_the_sandbox_and_a_tape_leave_no_marker(
    sandbox: RunningSandbox, connect_to: Callable[..., DingTalk], staff: Staff, tmp_path: Path
) -> None:
    frame = staff(sandbox, 2)
    connect_to(sandbox).plan(frame, PERSONAL).send("payslip")
    make_live(connect_to(sandbox, ledger=SqliteLedger(tmp_path, is_persistent=False))).plan(frame, PERSONAL).send(
        "other", expect=2
    )
    assert not send_history.state_folder().exists()
