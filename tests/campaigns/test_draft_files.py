"""The files that were chosen for drafts: kept on this computer, and deleted with their drafts."""

import errno
import os
import random
import stat
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NoReturn

import pytest

from dingnb.auth.database_url import parse_database_url
from dingnb.auth.secret import Secret
from dingnb.campaigns.draft_files import FILES_KEY, ChosenFile, ChosenFileStore, digest_of_files
from dingnb.campaigns.drafts import Drafts, StoredDraft, delete_unused_files, files_of, prune_files, save_with_files
from dingnb.cli.main import main
from dingnb.client import DingTalk
from dingnb.clock import VirtualClock, seconds_to_ns
from dingnb.ledger import SqliteLedger, open_ledger
from dingnb.ledger.postgres.ledger import PostgresLedger
from dingnb.media import Content
from dingnb.private_files import write_privately
from dingnb.sandbox import RunningSandbox
from dingnb.testing import tape
from tests.media.samples import PDF, PNG
from tests.table_rows import for_each

CHART = ChosenFile("image.media_id", Content.from_bytes(PNG, "image", "chart.png"), "chart")
OTHER_CHART = ChosenFile("image.media_id", Content.from_bytes(PNG + b"\0", "image", "chart.png"))
PAYSLIP = ChosenFile("file.media_id", Content.from_bytes(PDF, "file", "工资条.pdf"))


def save(drafts: Drafts, name: str, *files: ChosenFile, version: Any = None) -> StoredDraft:
    stored, why_not = save_with_files(drafts, name, "image", {"media_id": ""}, files, version=version)
    assert not why_not
    return stored


def archives(home: Path) -> list[Path]:
    return sorted((home / "draft_files").glob("*.zip"))


def kept(drafts: Drafts, name: str) -> Sequence[ChosenFile] | None:
    return files_of(drafts, drafts.load(name))


def change_directory(archive: bytes, offset: int, value: int) -> bytes:
    """Return a zip archive with another byte in each entry of its directory, and in the headers of its files."""
    for start, at in ((b"PK\1\2", offset), (b"PK\3\4", offset - 2)):
        parts = archive.split(start)
        archive = start.join([parts[0], *(part[: at - 4] + bytes([value]) + part[at - 3 :] for part in parts[1:])])
    return archive


@pytest.fixture
def other_tab(sandbox: RunningSandbox, connect_to: Callable[..., DingTalk], home: Path) -> Drafts:
    return connect_to(sandbox, ledger=SqliteLedger(home)).drafts


def test_chosen_files_are_kept_privately_beside_the_ledger(ding: DingTalk, other_tab: Drafts, home: Path) -> None:
    # Two files of one name, and one content for two fields.
    files = CHART, ChosenFile("link.picUrl", OTHER_CHART.content), ChosenFile("oa.image", CHART.content), PAYSLIP
    save(ding.drafts, "note", *files)
    found = kept(other_tab, "note")
    assert found == files
    assert [file.content.read() for file in found] == [PNG, PNG + b"\0", PNG, PDF]
    [archive] = archives(home)
    assert archive.stem == ding.drafts.load("note").texts[FILES_KEY] == digest_of_files(files)
    assert stat.S_IMODE(archive.stat().st_mode) == 0o600
    assert stat.S_IMODE(archive.parent.stat().st_mode) == 0o700
    assert kept(other_tab, save(other_tab, "plain").name) == ()


def test_files_go_with_the_last_draft_that_has_them(
    ding: DingTalk,
    other_tab: Drafts,
    connect_to: Callable[..., DingTalk],
    open_sandbox: Callable[..., RunningSandbox],
    home: Path,
) -> None:
    copy = connect_to(open_sandbox(seed=5)).drafts
    save(ding.drafts, "note", CHART)
    [archive] = archives(home)
    save(copy, "copy", CHART)
    assert archives(home) == [archive]
    other_tab.drop("note")
    assert kept(copy, "copy") == (CHART,)
    # Replaced by another file of the same name.
    save(copy, "copy", OTHER_CHART)
    [replaced] = archives(home)
    assert replaced != archive
    assert kept(copy, "copy") == (OTHER_CHART,)
    # Saved by code without its files.
    copy.save("copy", "text", {"content": "Hello"})
    assert archives(home) == []


def test_a_draft_is_saved_although_its_files_cannot_be_kept(
    ding: DingTalk, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def is_full(*_: object) -> NoReturn:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr("dingnb.campaigns.draft_files.write_privately", is_full)
        stored, why_not = save_with_files(ding.drafts, "note", "image", {}, [CHART], version=0)
    assert str(why_not) == "The chosen files could not be kept with the draft: No space left on device"
    assert files_of(ding.drafts, stored) is None
    assert archives(home) == []
    monkeypatch.setattr("dingnb.campaigns.draft_files.MAX_BYTES", 2 * len(PNG) - 1)
    twice = [CHART, ChosenFile("oa.image", CHART.content)]
    _, why_not = save_with_files(ding.drafts, "note", "image", {}, twice, version=stored.version)
    assert "are not kept with the draft" in str(why_not)
    assert archives(home) == []
    save(ding.drafts, "note", CHART)
    assert kept(ding.drafts, "note") == (CHART,)


def test_a_file_that_was_changed_since_it_was_chosen_is_not_kept(ding: DingTalk, tmp_path: Path) -> None:
    path = tmp_path / "report.pdf"
    path.write_bytes(PDF)
    chosen = ChosenFile("file.media_id", Content.from_path(path, "file"))
    path.write_bytes(PDF + b"more")
    _, why_not = save_with_files(ding.drafts, "note", "file", {}, [chosen], version=0)
    assert "report.pdf" in str(why_not)
    assert kept(ding.drafts, "note") is None


@pytest.mark.parametrize("digest", ["../../etc/passwd", "", "0" * 64, "/dev/zero", "x" * 64])
def test_a_draft_of_somebody_else_cannot_name_other_files(ding: DingTalk, digest: str) -> None:
    stored = ding.drafts.save("note", "image", {FILES_KEY: digest})
    assert not files_of(ding.drafts, stored)


@for_each(
    "damage",
    [
        lambda _: b"",
        lambda _: b"PK\5\6" + b"\0" * 18,
        lambda archive: archive.replace(PNG, PNG[:-1] + b"\1"),
        # A compression method that does not exist, another one, and a flag that says that a file is encrypted.
        lambda archive: change_directory(archive, 10, 99),
        lambda archive: change_directory(archive, 10, 8),
        lambda archive: change_directory(archive, 8, 1),
        lambda archive: change_directory(archive, 6, 255),
        lambda archive: archive[: len(archive) // 2],
    ],
)
def test_a_damaged_archive_is_as_none_and_is_written_again(
    ding: DingTalk, home: Path, damage: Callable[[bytes], bytes]
) -> None:
    save(ding.drafts, "note", CHART)
    [archive] = archives(home)
    archive.write_bytes(damage(archive.read_bytes()))
    assert kept(ding.drafts, "note") is None
    save(ding.drafts, "note", CHART)
    assert kept(ding.drafts, "note") == (CHART,)


def test_what_a_process_that_was_killed_has_left_is_deleted_later(
    ding: DingTalk, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    save(ding.drafts, "note", CHART)
    save(ding.drafts, "other", PAYSLIP)
    [unfinished] = [home / "draft_files" / ".dingnb-x.part"]
    unfinished.write_bytes(b"half")

    def is_killed(*_: object) -> NoReturn:
        raise OSError

    with monkeypatch.context() as patched:
        patched.setattr(ChosenFileStore, "delete_except", is_killed)
        ding.drafts.drop("note")
    assert len(archives(home)) == 2
    delete_unused_files(ding.drafts)
    assert [path.stem for path in archives(home)] == [digest_of_files([PAYSLIP])]
    assert not unfinished.exists()


def test_no_draft_loses_its_files_to_other_processes(
    sandbox: RunningSandbox, connect_to: Callable[..., DingTalk], home: Path
) -> None:
    tabs = [connect_to(sandbox, ledger=SqliteLedger(home)).drafts for _ in range(4)]
    gate, lost = threading.Barrier(len(tabs)), list[object]()

    def work(number: int) -> None:
        drafts, chance = tabs[number], random.Random(number)
        gate.wait()
        for _ in range(15):
            files = chance.choice([(CHART,), (OTHER_CHART,), (CHART, PAYSLIP)])
            save(drafts, f"note {number}", *files)
            if kept(drafts, f"note {number}") != files:
                lost.append(files)
            if chance.random() < 0.4:
                drafts.drop(f"note {number}")

    threads = [threading.Thread(target=work, args=(number,)) for number in range(len(tabs))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert lost == []
    used = {tabs[0].load(name).texts[FILES_KEY] for name in tabs[0].names()}
    assert {path.stem for path in archives(home)} == used


def test_files_of_old_drafts_are_pruned_and_the_drafts_remain(
    ding: DingTalk,
    connect_to: Callable[..., DingTalk],
    open_sandbox: Callable[..., RunningSandbox],
    clock: VirtualClock,
    home: Path,
) -> None:
    other = connect_to(open_sandbox(seed=5))
    save(ding.drafts, "old", CHART)
    save(ding.drafts, "shared", PAYSLIP)
    save(other.drafts, "elsewhere", OTHER_CHART)
    before_ns = clock.now_ns() + seconds_to_ns(1)
    clock.advance(seconds_to_ns(10))
    save(ding.drafts, "young", PAYSLIP)
    ledger = open_ledger()
    assert prune_files(ledger, before_ns, None, counts_only=True) == 2
    assert len(archives(home)) == 3
    assert prune_files(ledger, before_ns, {ding._realm.id}, counts_only=False) == 1
    assert kept(ding.drafts, "old") is None
    assert kept(ding.drafts, "shared") == (PAYSLIP,)
    assert kept(other.drafts, "elsewhere") == (OTHER_CHART,)
    assert prune_files(ledger, before_ns, {ding._realm.id}, counts_only=False) == 0
    assert "old" in ding.drafts


def test_files_follow_the_ledger_when_it_is_copied(
    ding: DingTalk, sandbox: RunningSandbox, connect_to: Callable[..., DingTalk], home: Path, tmp_path: Path
) -> None:
    save(ding.drafts, "note", CHART)
    save(ding.drafts, "other", PAYSLIP)
    backup, moved = (tmp_path / name for name in ("backup", "moved"))
    assert main(["ledger", "copy", str(home), str(backup), "--backup"]) == 0
    assert len(archives(home)) == 2
    assert main(["ledger", "copy", str(home), str(moved)]) == 0
    assert archives(home) == archives(backup) == []
    there = connect_to(sandbox, ledger=SqliteLedger(moved)).drafts
    assert kept(there, "note") == (CHART,)
    assert kept(there, "other") == (PAYSLIP,)


def test_files_that_are_kept_while_others_are_moved_stay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source, target = (ChosenFileStore(tmp_path / name) for name in ("source", "target"))
    source.keep([CHART])
    target.keep([CHART])

    def keep_more(path: Path, content: bytes) -> None:
        monkeypatch.undo()
        write_privately(path, content)
        source.keep([PAYSLIP])

    monkeypatch.setattr("dingnb.campaigns.draft_files.write_privately", keep_more)
    source.move_to(target)
    assert target.load(digest_of_files([CHART])) == (CHART,)
    assert source.digests() == {digest_of_files([PAYSLIP])}


def test_each_ledger_of_a_team_has_its_own_folder_on_this_computer(home: Path) -> None:
    urls = [f"postgresql://ann:secret@db.example.com/{name}" for name in ("notices", "payroll")]
    folders = [PostgresLedger(parse_database_url(Secret(url))).draft_files for url in urls]
    assert [folder.parent for folder in folders] == [home / "draft_files"] * 2
    assert len({*folders}) == 2


def test_files_of_a_tape_are_not_beside_the_ledger_of_this_computer(
    tmp_path: Path, home: Path, sandbox: RunningSandbox, connect_to: Callable[..., DingTalk]
) -> None:
    with tape("draft", record=True, directory=tmp_path):
        drafts = connect_to(sandbox, ledger=open_ledger()).drafts
        save(drafts, "note", CHART)
        assert kept(drafts, "note") == (CHART,)
    assert not (home / "draft_files").exists()
