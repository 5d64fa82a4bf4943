"""Drafts in the ledger, and concurrent changes by two tabs."""

import sqlite3
import stat
import threading
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import FrozenInstanceError
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import dingnb
from dingnb.campaigns.drafts import MAX_BYTES, Drafts, StoredDraft, have_same_drafts
from dingnb.client import DingTalk
from dingnb.clock import VirtualClock, seconds_to_ns
from dingnb.errors import ChangedDraftError, InputError, LedgerError, MessageError
from dingnb.ledger import LEDGER_FILE, SqliteLedger
from dingnb.ledger.sqlite import ledger as sqlite_ledger
from dingnb.sandbox import RunningSandbox

NOTE = dingnb.action_card(
    "### Hi {{ name }}",
    title="Vote",
    btn_orientation="1",
    btn_json_list=[("Yes", "https://a.b/y"), ("No", "https://a.b/n")],
)
ODD = ["工资条 😀", "half a character \ud83d", "a\0b", "<img onerror=alert(1)>", '"\\', "\u202e"]


@pytest.fixture
def other_tab(sandbox: RunningSandbox, connect_to: Callable[..., DingTalk], home: Path) -> Drafts:
    return connect_to(sandbox, ledger=SqliteLedger(home)).drafts


def test_a_message_is_kept_and_found_by_a_later_connection(ding: DingTalk, other_tab: Drafts) -> None:
    kept = ding.drafts.save(" vote ", NOTE.msgtype, dict(NOTE.content))
    found = other_tab.load("vote")
    assert found == kept
    assert found.message == NOTE
    assert found.arguments == NOTE.arguments
    assert found.updated_at == pd.Timestamp("2026-11-02 09:00", tz="Asia/Shanghai")
    with pytest.raises(FrozenInstanceError):
        found.name = "other"  # type: ignore[misc]


def test_an_incomplete_message_is_kept_as_typed(ding: DingTalk) -> None:
    texts = {"title": "Hi {{ na", "btn_json_list[0].title": "", "form:exclude": "left", "btn_json_list": "x", "": " "}
    kept = ding.drafts.save("vote", "action_card", texts)
    assert ding.drafts.load("vote").texts == texts
    assert kept.arguments == {"title": "Hi {{ na", "btn_json_list": [{"title": ""}]}
    with pytest.raises(InputError):
        _ = kept.message
    with pytest.raises(MessageError, match="content"):
        _ = ding.drafts.save("empty", "text", {}).message


@pytest.mark.parametrize("text", ODD)
def test_any_text_is_preserved(ding: DingTalk, other_tab: Drafts, text: str) -> None:
    ding.drafts.save("odd", "text", {"content": text, text: ""})
    assert other_tab.load("odd").texts == {"content": text, text: ""}
    shown = other_tab.load("odd")._repr_html_()
    assert "<img" not in shown
    assert "\u202e" not in repr(other_tab.load("odd"))


def test_the_second_of_two_tabs_raises_and_overwrites_nothing(
    ding: DingTalk, other_tab: Drafts, clock: VirtualClock
) -> None:
    first = ding.drafts.save("note", "text", {"content": "one"}, version=0)
    seen = other_tab.load("note")
    clock.advance(seconds_to_ns(60))
    newer = ding.drafts.save("note", "text", {"content": "two"}, version=first.version)
    with pytest.raises(
        ChangedDraftError, match=r"note was changed elsewhere, such as in another tab, on 2026-11-02 09:01:00"
    ) as caught:
        other_tab.save("note", "text", {"content": "three"}, version=seen.version)
    assert "version=None" in caught.value.hint
    assert other_tab.load("note") == newer
    with pytest.raises(ChangedDraftError):
        other_tab.drop("note", version=seen.version)
    with pytest.raises(ChangedDraftError, match="Draft note already exists"):
        other_tab.save("note", "text", {"content": "three"}, version=0)
    assert other_tab.save("note", "text", {"content": "three"}).version > newer.version
    assert ding.drafts.load("note").texts == {"content": "three"}


def test_a_draft_deleted_and_created_again_has_a_new_version(ding: DingTalk, other_tab: Drafts) -> None:
    seen = ding.drafts.save("note", "text", {"content": "one"})
    other_tab.drop("note", version=seen.version)
    with pytest.raises(ChangedDraftError, match="deleted elsewhere"):
        ding.drafts.save("note", "text", {"content": "two"}, version=seen.version)
    other_tab.save("note", "text", {"content": "another"}, version=0)
    with pytest.raises(ChangedDraftError, match="changed elsewhere"):
        ding.drafts.save("note", "text", {"content": "two"}, version=seen.version)


def test_saving_the_same_draft_again_writes_nothing(ding: DingTalk, other_tab: Drafts, clock: VirtualClock) -> None:
    kept = ding.drafts.save("note", "text", {"content": "one"})
    clock.advance(seconds_to_ns(60))
    assert other_tab.save("note", "text", {"content": "one"}, version=0) == kept


def test_only_one_of_many_concurrent_saves_succeeds(
    sandbox: RunningSandbox, connect_to: Callable[..., DingTalk], home: Path
) -> None:
    tabs = [connect_to(sandbox, ledger=SqliteLedger(home)).drafts for _ in range(6)]
    gate, came_to = threading.Barrier(len(tabs)), list[Any]()

    def save(number: int) -> None:
        gate.wait()
        try:
            came_to.append(tabs[number].save("note", "text", {"content": str(number)}, version=0))
        except ChangedDraftError as error:
            came_to.append(error)

    threads = [threading.Thread(target=save, args=(number,)) for number in range(len(tabs))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    [kept] = [result for result in came_to if isinstance(result, StoredDraft)]
    assert len(came_to) == len(tabs)
    assert tabs[0].load("note") == kept


def test_drafts_are_listed_most_recently_saved_first(ding: DingTalk, clock: VirtualClock) -> None:
    for name, text in (("a", "one"), ("b", "工资"), ("a", "three")):
        ding.drafts.save(name, "text", {"content": text})
        clock.advance(seconds_to_ns(60))
    frame = ding.drafts.to_frame()
    assert frame.dtypes.astype(str).to_dict() == {
        "name": "str",
        "msgtype": "str",
        "characters": "int64",
        "version": "int64",
        "updated_at": "datetime64[ms, Asia/Shanghai]",
    }
    assert frame.drop(columns=["updated_at"]).to_numpy().tolist() == [["a", "text", 5, 3], ["b", "text", 2, 2]]
    assert ding.drafts.names() == list(ding.drafts) == ["a", "b"]
    assert len(ding.drafts) == 2
    assert "a" in ding.drafts
    assert " b " in ding.drafts
    assert 5 not in ding.drafts
    ding.drafts.drop("a")
    ding.drafts.drop("b")
    pd.testing.assert_frame_equal(frame.iloc[:0], ding.drafts.to_frame())


def test_displays_leave_out_what_a_form_adds_to_a_draft(ding: DingTalk) -> None:
    kept = ding.drafts.save("note", "text", {"content": "Hello", "?": "0", "$": "f" * 64, "@markdown.title": "Hi"})
    assert ding.drafts.to_frame()["characters"].tolist() == [5]
    shown = repr(kept)
    assert "Hello" in shown
    assert not any(part in shown for part in ("?", "$", "ffff", "@markdown"))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_display_of_drafts(ding: DingTalk, language: str, find_secrets: Callable[[str], list[str]]) -> None:
    dingnb.set_language("zh" if language == "zh" else "en")
    empty = repr(ding.drafts)
    assert "ding.drafts.save" in empty
    kept = ding.drafts.save("note", "text", {"content": "x" * 500})
    for shown in (empty, repr(ding.drafts), repr(kept), ding.drafts._repr_html_(), kept._repr_html_()):
        assert ("沙箱" if language == "zh" else "SANDBOX") in shown
        assert not find_secrets(shown)
    assert 'ding.drafts.load("note")' in repr(ding.drafts)
    ding.drafts.save('a "b"', "text", {})
    assert "ding.drafts.load('a \"b\"')" in repr(ding.drafts)
    assert f"{'x' * 59}…" in repr(kept)
    assert "x" * 60 not in repr(kept)


@pytest.mark.parametrize("name", ["", "  ", "a\nb", 5, None])
def test_an_invalid_name_raises(ding: DingTalk, name: Any) -> None:
    with pytest.raises(InputError, match="is not a valid draft name"):
        ding.drafts.save(name, "text", {})


@pytest.mark.parametrize(
    ("texts", "what"),
    [
        (None, "texts=None is not a dict"),
        (["a"], r"texts=\['a'\] is not a dict"),
        ({"content": 5}, "The text for 'content' is 5"),
        ({5: "a"}, "The text for 5 is 'a'"),
    ],
)
def test_invalid_texts_raise(ding: DingTalk, texts: Any, what: str) -> None:
    with pytest.raises(InputError, match=what):
        ding.drafts.save("note", "text", texts)
    assert len(ding.drafts) == 0


def test_an_unknown_type_raises(ding: DingTalk) -> None:
    for msgtype in ("texts", None, ["text"], "x" * 10_000):
        with pytest.raises(InputError, match="not a message type") as caught:
            ding.drafts.save("note", msgtype, {})  # type: ignore[arg-type]
        assert "action_card" in caught.value.hint
        assert len(caught.value.what) < 200


@pytest.mark.parametrize("letter", ["x", "资", "\ud83d"])
def test_a_draft_that_is_too_large_raises_and_the_earlier_one_is_kept(ding: DingTalk, letter: str) -> None:
    kept = ding.drafts.save("note", "text", {"content": "one"})
    with pytest.raises(InputError, match=rf"bytes; the limit is {MAX_BYTES:,}\. It was not saved"):
        ding.drafts.save("note", "text", {"content": letter * MAX_BYTES})
    assert ding.drafts.load("note") == kept
    ding.drafts.save("note", "text", {"content": "x" * (MAX_BYTES - 15)})


def test_a_missing_draft_raises(ding: DingTalk) -> None:
    with pytest.raises(InputError, match=r"no draft 'x{99}…'"):
        ding.drafts.load("x" * 100_000)
    with pytest.raises(InputError, match="no draft 'note'") as caught:
        ding.drafts.load("note")
    assert "ding.drafts.save" in caught.value.hint
    ding.drafts.save("other", "text", {})
    for recipient_count in (ding.drafts.load, ding.drafts.drop):
        with pytest.raises(InputError, match="no draft 'note'") as caught:
            recipient_count("note")
        assert caught.value.hint == "Drafts: other."


def test_each_app_has_its_own_drafts_in_a_private_file(
    ding: DingTalk, connect_to: Callable[..., DingTalk], open_sandbox: Callable[..., RunningSandbox], home: Path
) -> None:
    ding.drafts.save("note", "text", {"content": "mine"})
    assert connect_to(open_sandbox(seed=5)).drafts.names() == []
    for file in home.iterdir():
        if file.name.startswith(LEDGER_FILE):
            assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_two_paths_to_a_ledger_lead_to_the_same_drafts(
    sandbox: RunningSandbox, connect_to: Callable[..., DingTalk], tmp_path: Path
) -> None:
    link = tmp_path / "link"
    link.symlink_to(tmp_path, target_is_directory=True)
    ledgers = [SqliteLedger(folder / "ledger") for folder in (tmp_path, link)]
    here, there = (connect_to(sandbox, ledger=ledger).drafts for ledger in ledgers)
    assert have_same_drafts(here, there)
    assert not have_same_drafts(here, connect_to(sandbox, ledger=SqliteLedger(tmp_path / "other")).drafts)


def test_a_save_waits_only_briefly_while_another_program_uses_the_ledger(
    ding: DingTalk, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_ledger, "_BRIEF_WAIT_S", 0.05)
    ding.drafts.save("note", "text", {"content": "hi"})
    with closing(sqlite3.connect(home / LEDGER_FILE, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        began_s = time.monotonic()
        for save in (lambda: ding.drafts.save("other", "text", {"content": "hi"}), lambda: ding.drafts.drop("note")):
            with pytest.raises(LedgerError, match="Another process is using"):
                save()
        # The ledger itself waits for a minute.
        assert time.monotonic() - began_s < 20
        other.execute("ROLLBACK")
    ding.drafts.save("other", "text", {"content": "hi"})
    assert set(ding.drafts) == {"note", "other"}


def test_a_missing_ledger_raises(ding: DingTalk, home: Path) -> None:
    (home / LEDGER_FILE).unlink(missing_ok=True)
    (home / LEDGER_FILE).mkdir()
    with pytest.raises(LedgerError):
        ding.drafts.save("note", "text", {})
