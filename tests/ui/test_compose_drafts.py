"""Drafts of the compose form: saved while it is written, and offered to whoever opens the form again."""

import io
from pathlib import Path
from typing import NoReturn

import pandas as pd
import pytest
from PIL import Image

import dingnb
from dingnb.campaigns.drafts import Drafts
from dingnb.client import DingTalk
from dingnb.clock import VirtualClock, seconds_to_ns
from dingnb.errors import InputError, LedgerError
from dingnb.ledger import SqliteLedger
from dingnb.media import Content
from dingnb.messages import Message
from dingnb.sandbox import RunningSandbox
from dingnb.ui.compose.form import ComposeForm
from dingnb.ui.compose.message_text import ChosenMedia
from dingnb.ui.kit.form import POLL_INTERVAL_NS
from dingnb.words import Language
from tests.media.samples import PNG
from tests.ui.steps import check, is_shown, people, press_send, read, type_into, walk, words, write

STAFF = pd.DataFrame({"userid": ["a1", "a2"], "name": ["Ann", "Bob"]})

GONE = "The ledger is gone."


def gone(*_: object, **__: object) -> NoReturn:
    raise LedgerError(GONE, "")


def saved(form: ComposeForm, clock: VirtualClock) -> ComposeForm:
    """Wait until the form's draft is saved."""
    assert form.drafts is not None
    clock.advance(seconds_to_ns(1))
    form.drafts.model.wait()
    return form


def offer(form: ComposeForm) -> str:
    """Return the offer of a draft; empty if none is shown."""
    assert form.drafts is not None
    return read(form.drafts.notice.value).text if is_shown(form.drafts.offer) else ""


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_draft_of_a_type_that_only_a_newer_version_has_is_listed_and_kept(
    ding: DingTalk, language: Language, in_chinese: None
) -> None:
    del in_chinese  # it restores English
    dingnb.set_language(language)
    ding.drafts.save("Older", "text", {"content": "Hello"})
    ding.drafts.save("Newer", "text", {"title": "Poll"})
    with SqliteLedger().transaction() as db:
        db.execute("UPDATE drafts SET msgtype = 'robot_poll' WHERE name = 'Newer'")
    assert "robot_poll" in repr(ding.drafts)
    said = {"en": "which this version of dingnb does not have", "zh": "当前版本的 dingnb 没有此类型"}[language]
    with pytest.raises(InputError, match=said):
        ding.drafts.load("Newer").message  # noqa: B018 - it raises
    # The form offers the last one that it can show.
    form = ding.compose(STAFF)
    assert "Hello" in offer(form)
    assert offer(ding.compose(STAFF, dingnb.text("Hi"))) == ""
    studio = ding.studio()
    assert [draft.open.description for draft in studio.home.drafts.values()] == ["Newer", "Hello"]
    for pressed in ("open", "delete"):
        getattr(studio.home.drafts["Newer"], pressed).click()
        studio.model.wait()
        assert said in words(studio)
    assert ding.drafts.names() == ["Newer", "Older"]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_draft_that_was_deleted_elsewhere_is_offered_no_longer(
    ding: DingTalk, language: Language, in_chinese: None
) -> None:
    del in_chinese  # it restores English
    dingnb.set_language(language)
    ding.drafts.save("Older", "text", {"content": "Hello"})
    ding.drafts.save("Newer", "text", {"content": "Hi"})
    form = ding.compose(STAFF)
    assert form.drafts is not None
    for name, next_one in (("Newer", "Hello"), ("Older", "")):
        ding.drafts.drop(name)
        form.drafts.resume.click()
        form.model.wait()
        assert next_one in offer(form)
        assert bool(offer(form)) == bool(next_one)
        assert name in words(form)
    assert {"en": "maybe in another window", "zh": "可能是在其他窗口中"}[language] in words(form)
    assert "ding.drafts" not in words(form)


def test_a_message_survives_its_kernel(ding: DingTalk, clock: VirtualClock) -> None:
    first = ding.compose(STAFF)
    assert offer(first) == ""
    write(first, title="Pay", text="Hi {{ name }}")
    assert "Message saved as a draft at 09:00:00." in words(saved(first, clock))

    later = ding.compose(STAFF)
    assert offer(later).startswith("Continue your draft of 2026-11-02 09:00?")
    assert later.model.state.text.at("title") == ""
    assert later.drafts is not None
    later.drafts.resume.click()
    assert later.value == dingnb.markdown("Pay", "Hi {{ name }}")
    assert offer(later) == ""
    # It is the same draft, and what the form had before comes back by undoing.
    write(later, text="Hi {{ name }}!")
    saved(later, clock)
    assert ding.drafts.names() == ["2026-11-02 09:00"]
    assert ding.drafts.load("2026-11-02 09:00").message == dingnb.markdown("Pay", "Hi {{ name }}!")
    later.undo.click()
    later.undo.click()
    assert later.model.state.text.at("title") == ""


def test_a_draft_of_an_earlier_day_says_on_which_day_it_was_saved(ding: DingTalk, clock: VirtualClock) -> None:
    ding.drafts.save("Pay", "text", {"content": "Hi"})
    clock.advance(seconds_to_ns(86_400))
    studio = ding.studio()
    studio.home.drafts["Pay"].open.click()
    studio.model.wait()
    assert "Message saved as draft “Pay” at 11-02 09:00." in words(studio)


@pytest.mark.parametrize(
    "message",
    [
        dingnb.action_card(
            title="T", markdown="x", btn_json_list=[{"title": b, "action_url": "https://a/b"} for b in "abc"]
        ),
        dingnb.survey(
            title="T", text="x", fields=[{"name": f"n{n}", "label": f"L{n}", "type": "TEXT"} for n in range(3)]
        ),
        dingnb.oa(title="T", message_url="https://a/b", form=[{"key": "k", "value": "v"}]),
    ],
    ids=lambda message: message.msgtype,
)
def test_a_draft_saved_by_code_is_continued_with_all_items_of_its_lists(ding: DingTalk, message: Message) -> None:
    # What no message has is ignored.
    ding.drafts.save("plain", message.msgtype, {**dict(message.content), "fields[99999999999].label": "x", "a[b]": "c"})
    form = ding.compose(STAFF)
    assert form.drafts is not None
    form.drafts.resume.click()
    assert form.value == message


def test_the_draft_of_a_correction_is_continued_under_the_name_of_its_campaign(
    ding: DingTalk, clock: VirtualClock, office: RunningSandbox
) -> None:
    frame = people(office, 4)
    first = ding.compose(frame)
    write(first, title="Pay", text="Hi {{ n }}")
    check(first)
    type_into(first.plan_form.sending.name, "bonus")
    press_send(first.plan_form)
    first.run.wait()
    write(first, text="Hi {{ n }}, corrected")
    saved(first, clock)

    later = ding.compose(frame)
    assert later.drafts is not None
    later.drafts.resume.click()
    check(later)
    plan = later.plan_form
    plan.model.wait()
    assert plan.sending.name.value == "bonus"
    assert plan.model.state.undecided
    assert "“bonus” exists already: sending continues it" in read(plan.sending.forecast.value).text


OTHERS = pd.DataFrame({"userid": ["b1", "b2", "b3"], "name": ["Cas", "Dee", "Eve"]})


def choices(form: ComposeForm) -> list[str]:
    """Return the drafts to choose from; nothing if there is no choice."""
    assert form.drafts is not None
    choice = form.drafts.choice
    return [label for label, _ in choice.options] if is_shown(choice) else []


def resumed(form: ComposeForm) -> str:
    """Continue the draft that is offered first, and return its text."""
    assert form.drafts is not None
    form.drafts.resume.click()
    form.drafts.model.wait()
    return form.model.state.text.at("text")


def test_each_of_two_forms_is_offered_the_draft_for_its_own_list_first(
    ding: DingTalk, clock: VirtualClock, namespace: dict[str, object]
) -> None:
    namespace.update(a=STAFF, b=OTHERS)
    for frame, text in ((STAFF, "Draft A"), (OTHERS, "Draft B")):
        form = ding.compose(frame)
        write(form, text=text)
        saved(form, clock)
        clock.advance(seconds_to_ns(60))

    # The kernel was restarted, and the cells are run again.
    first, second = ding.compose(STAFF.copy()), ding.compose(OTHERS.copy())
    assert "Draft A · for a (2 rows)" in offer(first)
    assert "Draft B · for b (3 rows)" in offer(second)
    labels = ["Draft A · for a (2 rows) · 2026-11-02 09:00:00", "Draft B · for b (3 rows) · 2026-11-02 09:01:01"]
    assert choices(first) == labels
    assert choices(second) == labels[::-1]
    assert resumed(first) == "Draft A"
    # It is out of the other's reach now, so that two forms do not write to one draft.
    assert choices(second) == []
    assert resumed(second) == "Draft B"
    write(first, text="Draft A!")
    write(second, text="Draft B!")
    saved(first, clock)
    saved(second, clock)
    assert sorted(str(ding.drafts.load(name).texts["text"]) for name in ding.drafts) == ["Draft A!", "Draft B!"]


def test_another_draft_can_be_chosen(ding: DingTalk, clock: VirtualClock) -> None:
    for text in ("Draft A", "Draft B"):
        write(form := ding.compose(STAFF), text=text)
        saved(form, clock)
    later = ding.compose(STAFF)
    assert later.drafts is not None
    assert "Draft B" in offer(later)
    type_into(later.drafts.choice, ding.drafts.names()[1])
    assert "Draft A" in offer(later)
    assert resumed(later) == "Draft A"
    assert offer(later) == ""


def test_the_draft_that_another_form_continues_is_not_written_by_the_first(ding: DingTalk, clock: VirtualClock) -> None:
    write(first := ding.compose(STAFF), text="Hi")
    saved(first, clock)
    later = ding.compose(STAFF)
    assert resumed(later) == "Hi"
    write(first, text="Hi from the first")
    said = words(saved(first, clock))
    assert "“Hi” is continued in another form; changes here are saved as another draft." in said
    write(later, text="Hi from the second")
    assert "is continued in another form" not in words(saved(later, clock))
    assert ding.drafts.load("2026-11-02 09:00").texts["text"] == "Hi from the second"
    assert sorted(str(ding.drafts.load(name).texts["text"]) for name in ding.drafts) == [
        "Hi from the first",
        "Hi from the second",
    ]


def test_a_draft_with_a_broken_list_is_offered(ding: DingTalk) -> None:
    for number, stored in enumerate(("{", "[]", "7", '[1, "x", null, {}]', '["a", 2, "c"]', "[" * 90_000)):
        ding.drafts.save(f"draft {number}", "text", {"content": f"Hi {number}", "&": stored})
    offered = choices(ding.compose(STAFF))
    assert len(offered) == 6
    assert "rows" not in str(offered)


def test_a_draft_with_an_item_without_a_number_is_continued(ding: DingTalk) -> None:
    ding.drafts.save("begun", "card", {"title": "Parking", "buttons[].label": "Yes"})
    assert continued(ding.compose(STAFF)).field("title").input.value == "Parking"


def test_a_saved_notebook_has_no_text_of_drafts_that_are_not_offered(ding: DingTalk, clock: VirtualClock) -> None:
    def saved_state(form: ComposeForm) -> str:
        return str([widget.get_state() for widget in walk(form)])

    for text in ("Salaries of A", "Salaries of B"):
        write(form := ding.compose(STAFF), text=text)
        saved(form, clock)
    for answer in ("decline", "resume"):
        form = ding.compose(STAFF)
        assert "Salaries of A" in saved_state(form)
        assert form.drafts is not None
        getattr(form.drafts, answer).click()
        form.drafts.model.wait()
        assert "Salaries of A" not in saved_state(form)
    # A list of one draft is not shown.
    ding.drafts.drop(ding.drafts.names()[0])
    form = ding.compose(STAFF)
    assert "Salaries of" in offer(form)
    assert form.drafts is not None
    assert "Salaries" not in str(form.drafts.choice.get_state())


def test_a_saved_notebook_has_no_text_of_drafts_once_the_home_page_of_the_studio_is_left(ding: DingTalk) -> None:
    for text in ("Salaries of A", "Salaries of B"):
        ding.drafts.save(text[-1], "text", {"content": text})
    form = ding.studio()
    form.home.drafts["B"].delete.click()
    form.home.new.click()
    assert "Salaries" not in str([widget.get_state() for widget in walk(form.home.box)])
    form.to_home.click()
    assert list(form.home.drafts) == ["A"]
    assert "Salaries of B" in words(form)


def test_a_draft_that_is_declined_is_kept(ding: DingTalk, clock: VirtualClock) -> None:
    write(first := ding.compose(STAFF), text="Hi")
    saved(first, clock)
    later = ding.compose(STAFF)
    assert later.drafts is not None
    later.drafts.decline.click()
    assert offer(later) == ""
    write(later, title="Another")
    saved(later, clock)
    assert len(ding.drafts) == 2


def test_a_message_in_the_code_is_shown_without_an_offer(ding: DingTalk, clock: VirtualClock) -> None:
    write(first := ding.compose(STAFF), text="Hi")
    saved(first, clock)
    given = ding.compose(STAFF, dingnb.text("From the code"))
    assert offer(given) == ""
    # Opening it saves nothing: running the notebook again makes no drafts.
    saved(given, clock)
    assert len(ding.drafts) == 1


def test_a_draft_that_was_begun_from_the_message_in_the_code_is_offered(ding: DingTalk, clock: VirtualClock) -> None:
    note = dingnb.markdown("Pay", "Hi {{ name }}")
    first = ding.compose(STAFF, note)
    write(first, text="Hi {{ name }}, your pay")
    saved(first, clock)

    later = ding.compose(STAFF, dingnb.markdown("Pay", "Hi {{ name }}"))
    assert later.value == note
    assert offer(later).startswith("Your draft of 2026-11-02 09:00 differs from the message in the code. Continue it?")
    # Another message, and a form without one, are not the same.
    assert offer(ding.compose(STAFF, dingnb.markdown("Pay", "Hello {{ name }}"))) == ""
    assert offer(ding.compose(STAFF)).startswith("Continue your draft")

    assert later.drafts is not None
    later.drafts.resume.click()
    assert later.value == dingnb.markdown("Pay", "Hi {{ name }}, your pay")
    write(later, text="Hi {{ name }}, your pay.")
    saved(later, clock)
    assert ding.drafts.names() == ["2026-11-02 09:00"]
    # It is still known from which message it was begun.
    assert offer(ding.compose(STAFF, note)).startswith("Your draft")
    # A draft that says the same is not worth an offer.
    write(later, text="Hi {{ name }}")
    saved(later, clock)
    assert offer(ding.compose(STAFF, note)) == ""


def test_a_draft_of_a_message_with_a_picture_is_continued_with_the_picture(ding: DingTalk, clock: VirtualClock) -> None:
    picture = io.BytesIO()
    Image.new("RGB", (60, 40), "teal").save(picture, "PNG")
    content = picture.getvalue()

    def card(text: str) -> dingnb.Message:
        return dingnb.link("News", text, "https://example.com/", content)

    write(first := ding.compose(STAFF, card("Read {{ name }}")), text="Read this, {{ name }}")
    saved(first, clock)
    later = ding.compose(STAFF, card("Read {{ name }}"))
    assert later.drafts is not None
    later.drafts.resume.click()
    assert later.value == card("Read this, {{ name }}")


def chosen(form: ComposeForm, path: str) -> Content | None:
    medium = form.model.state.text.medium(path)
    return None if medium is None else medium.content


def continued(form: ComposeForm) -> ComposeForm:
    assert form.drafts is not None
    form.drafts.resume.click()
    return form


def test_a_chosen_picture_survives_its_kernel(ding: DingTalk, clock: VirtualClock, home: Path) -> None:
    first = ding.compose(STAFF)
    type_into(first.msgtype, "image")
    first.model.choose_file("media_id", "chart.png", PNG)
    assert "Message saved" in words(saved(first, clock))
    first.model.choose_file("media_id", "chart.png", PNG + b"\0")
    saved(first, clock)

    later = continued(ding.compose(STAFF))
    found = chosen(later, "media_id")
    assert found is not None
    assert (found.name, found.read()) == ("chart.png", PNG + b"\0")
    assert later.value == first.value
    assert "chart.png" in later.code
    [archive] = (home / "draft_files").glob("*.zip")
    # Without the picture, the draft has none either.
    later.model.remove_media("media_id")
    saved(later, clock)
    assert not archive.exists()


def test_a_picture_of_the_notebook_keeps_its_name_in_the_code(ding: DingTalk, clock: VirtualClock) -> None:
    first = ding.compose(STAFF)
    type_into(first.msgtype, "image")
    content = Content.from_bytes(PNG, "image", "chart.png")
    first.model._edit(first.model.state.text.with_medium("media_id", ChosenMedia(content, "chart")))
    saved(first, clock)
    assert "dingnb.image(chart)" in continued(ding.compose(STAFF)).code


def test_the_folder_of_a_message_in_the_code_is_in_its_draft(
    ding: DingTalk, clock: VirtualClock, tmp_path: Path
) -> None:
    first = ding.compose(STAFF, dingnb.file("{{ name }}.pdf", folder=tmp_path, name="Payslip {{ name }}.pdf"))
    write(first, media_id="{{ userid }}.pdf")
    saved(first, clock)
    # Also in a form without that message.
    later = continued(ding.compose(STAFF))
    assert later.value == dingnb.file("{{ userid }}.pdf", folder=tmp_path, name="Payslip {{ name }}.pdf")


@pytest.mark.parametrize("stored", ["", "x", "[]", "[1, 2]", '["a"]', "[" * 100_000, '{"a": 1, "b": 2}'])
def test_a_draft_with_a_broken_folder_is_continued(ding: DingTalk, stored: str) -> None:
    ding.drafts.save("broken", "file", {"media_id": "{{ name }}.pdf", "/file.media_id": stored[:90_000]})
    assert continued(ding.compose(STAFF)).model.state.text.at("media_id") == "{{ name }}.pdf"


def test_another_picture_than_that_of_the_code_is_continued(ding: DingTalk, clock: VirtualClock) -> None:
    note = dingnb.image(PNG)
    first = ding.compose(STAFF, note)
    assert offer(first) == ""
    first.model.choose_file("media_id", "chart.png", PNG + b"\0")
    saved(first, clock)
    later = ding.compose(STAFF, note)
    assert "differs from the message in the code" in offer(later)
    found = chosen(continued(later), "media_id")
    assert found is not None
    assert found.read() == PNG + b"\0"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_draft_without_its_files_says_so_until_they_are_chosen_again(
    ding: DingTalk, clock: VirtualClock, home: Path, language: Language, in_chinese: None
) -> None:
    del in_chinese  # it restores English
    dingnb.set_language(language)
    lost = {"en": "The files chosen for this message are not on this computer", "zh": "本机没有此消息所选的文件"}[
        language
    ]
    first = ding.compose(STAFF)
    type_into(first.msgtype, "image")
    first.model.choose_file("media_id", "chart.png", PNG)
    saved(first, clock)
    [archive] = (home / "draft_files").glob("*.zip")
    kept = archive.rename(home / "elsewhere")
    # As in a team's ledger, on another computer.
    later = continued(ding.compose(STAFF))
    assert lost in words(later)
    type_into(later.msgtype, "text")
    write(later, content="Hi")
    saved(later, clock)
    assert lost not in words(later)
    type_into(later.msgtype, "image")
    assert lost in words(later)
    saved(later, clock)
    # The first computer still has them.
    kept.rename(archive)
    assert chosen(continued(ding.compose(STAFF)), "media_id") is not None
    later.model.choose_file("media_id", "chart.png", PNG)
    assert lost not in words(saved(later, clock))


def test_each_of_two_forms_keeps_its_own_file_of_one_name(ding: DingTalk, clock: VirtualClock) -> None:
    forms = [ding.compose(STAFF), ding.compose(STAFF)]
    for number, form in enumerate(forms):
        type_into(form.msgtype, "image")
        form.model.choose_file("media_id", "chart.png", PNG + bytes([number]))
        saved(form, clock)
    for number, name in enumerate(["2026-11-02 09:00", "2026-11-02 09:00 (2)"]):
        later = ding.compose(STAFF)
        assert later.drafts is not None
        later.drafts.model.choose(name)
        found = chosen(continued(later), "media_id")
        assert found is not None
        assert found.read() == PNG + bytes([number])


def test_a_form_deletes_what_a_process_that_was_killed_has_left(
    ding: DingTalk, clock: VirtualClock, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = ding.compose(STAFF)
    type_into(form.msgtype, "image")
    form.model.choose_file("media_id", "chart.png", PNG)
    saved(form, clock)
    with monkeypatch.context() as patched:
        patched.setattr(Drafts, "_delete_unused_files", lambda _: None)
        ding.drafts.drop("2026-11-02 09:00")
    assert list((home / "draft_files").glob("*.zip"))
    saved(ding.compose(STAFF), clock)
    assert not list((home / "draft_files").glob("*.zip"))


def test_the_files_of_a_message_that_was_sent_are_deleted(
    office: RunningSandbox, ding: DingTalk, clock: VirtualClock, home: Path
) -> None:
    form = ding.compose(people(office, 3))
    type_into(form.msgtype, "image")
    form.model.choose_file("media_id", "chart.png", PNG)
    saved(form, clock)
    assert list((home / "draft_files").glob("*.zip"))
    check(form)
    press_send(form.plan_form)
    saved(form, clock)
    assert ding.drafts.names() == []
    assert not list((home / "draft_files").glob("*.zip"))


def test_drafts_are_named_in_no_language(ding: DingTalk, clock: VirtualClock) -> None:
    write(first := ding.compose(STAFF), title="Pay")
    saved(first, clock)
    dingnb.set_language("zh")
    try:
        assert offer(ding.compose(STAFF)).startswith("是否继续 2026-11-02 09:00 的草稿？")
    finally:
        dingnb.set_language("en")
    assert ding.drafts.names() == ["2026-11-02 09:00"]


def test_the_note_of_a_draft_changed_elsewhere_is_shown_in_the_language_in_use(
    ding: DingTalk, clock: VirtualClock, in_chinese: None
) -> None:
    del in_chinese  # it restores English
    dingnb.set_language("en")
    write(form := ding.compose(STAFF), text="Hi")
    saved(form, clock)
    ding.drafts.save("2026-11-02 09:00", "markdown", {"title": "", "text": "from another tab"})
    write(form, text="Hello")
    assert "“Hello” was changed elsewhere" in words(saved(form, clock))
    dingnb.set_language("zh")
    form.render()
    assert "“Hello”已在别处更改" in words(form)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_form_says_that_its_draft_was_deleted_elsewhere_and_does_not_save_it_again(
    ding: DingTalk, clock: VirtualClock, language: Language, in_chinese: None
) -> None:
    del in_chinese  # it restores English
    dingnb.set_language(language)
    with clock.participating():
        form = ding.compose(STAFF)
        assert form.drafts is not None
        form.drafts.offer.set_state({"_view_count": 1})
        write(form, text="Hi")
        saved(form, clock)
        (name,) = ding.drafts.names()
        ding.drafts.drop(name)
        clock.advance(2 * POLL_INTERVAL_NS)
        form.drafts.model.wait()
        said = {
            "en": "“Hi” was deleted or sent, maybe in another window; changes here are saved as another draft.",
            "zh": "“Hi”已被删除或发送，可能是在其他窗口中；此处的更改将存为另一份草稿。",
        }[language]
        assert said in words(form)
        assert "09:00:0" not in words(form)
        assert ding.drafts.names() == []
        # What is typed from now on is kept, too.
        write(form, text="Hi again")
        assert said in words(saved(form, clock))
        assert [ding.drafts.load(name).texts["text"] for name in ding.drafts] == ["Hi again"]
        form.close()


def test_a_form_that_is_not_displayed_says_that_its_draft_was_deleted_once_it_saves_another(
    ding: DingTalk, clock: VirtualClock
) -> None:
    write(form := ding.compose(STAFF), text="Hi")
    saved(form, clock)
    ding.drafts.drop("2026-11-02 09:00")
    write(form, text="Hello")
    assert "“Hello” was deleted or sent, maybe in another window" in words(saved(form, clock))
    assert [ding.drafts.load(name).texts["text"] for name in ding.drafts] == ["Hello"]


def test_a_form_says_that_its_draft_was_changed_elsewhere_before_anything_is_typed(
    ding: DingTalk, clock: VirtualClock
) -> None:
    write(form := ding.compose(STAFF), text="Hi")
    saved(form, clock)
    assert form.drafts is not None
    (name,) = ding.drafts.names()
    ding.drafts.save(name, "markdown", {"title": "", "text": "from another tab"})
    form.drafts.model.poll()
    form.drafts.model.wait()
    assert "“Hi” is continued in another form; changes here are saved as another draft." in words(form)
    write(form, text="Hi from here")
    saved(form, clock)
    assert sorted(ding.drafts.load(name).texts["text"] for name in ding.drafts) == ["Hi from here", "from another tab"]
    # And what happens to that draft is noticed again.
    ding.drafts.drop(next(other for other in ding.drafts if other != name))
    form.drafts.model.poll()
    form.drafts.model.wait()
    assert "“Hi from here” was deleted or sent" in words(form)


def test_the_draft_of_a_message_that_was_sent_is_deleted(
    office: RunningSandbox, ding: DingTalk, clock: VirtualClock
) -> None:
    form = ding.compose(people(office, 2))
    write(form, title="T", text="number {{ n }}")
    saved(form, clock)
    assert len(ding.drafts) == 1
    plan = check(form)
    press_send(plan)
    saved(form, clock)
    assert len(ding.drafts) == 0
    assert offer(ding.compose(people(office, 2))) == ""


def test_without_its_ledger_the_form_opens_and_says_that_nothing_is_saved(
    ding: DingTalk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dingnb.ui.compose.draft_recovery.recent_drafts", gone)
    form = ding.compose(STAFF)
    assert GONE in words(form)
    write(form, title="T", text="Hi")
    assert form.value == dingnb.markdown("T", "Hi")


def test_undoing_the_continuation_of_a_draft_leaves_it_as_it_was(ding: DingTalk, clock: VirtualClock) -> None:
    old = {"title": "Old", "text": "old text"}
    ding.drafts.save("Old", "markdown", old)
    form = ding.compose(STAFF)
    assert form.drafts is not None
    form.drafts.resume.click()
    form.undo.click()
    saved(form, clock)
    assert form.model.state.text.at("text") == ""
    assert ding.drafts.load("Old").texts == old
    assert ding.drafts.names() == ["Old"]
    write(form, title="New")
    saved(form, clock)
    assert ding.drafts.load("Old").texts == old
    assert len(ding.drafts) == 2


def test_a_message_continued_from_a_draft_has_its_own_campaign(
    office: RunningSandbox, ding: DingTalk, clock: VirtualClock
) -> None:
    ding.drafts.save("Old", "markdown", {"title": "Old", "text": "old text"})
    form = ding.compose(people(office, 2))
    write(form, title="T", text="number {{ n }}")
    plan = check(form)
    type_into(plan.sending.name, "first")
    press_send(plan)
    assert form.drafts is not None
    form.drafts.resume.click()
    saved(form, clock)
    assert check(form).sending.name.value != "first"


def test_a_draft_that_cannot_be_opened_is_still_offered(
    ding: DingTalk, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    ding.drafts.save("Old", "markdown", {"title": "Old", "text": "old text"})
    form = ding.compose(STAFF)
    assert form.drafts is not None
    with monkeypatch.context() as patch:
        patch.setattr("dingnb.campaigns.drafts.Drafts.load", gone)
        form.drafts.resume.click()
        assert GONE in words(form)
        assert offer(form).startswith("Continue your draft “Old”?")
    form.drafts.resume.click()
    saved(form, clock)
    assert form.value == dingnb.markdown("Old", "old text")
    assert GONE not in words(form)


def test_a_form_that_could_not_save_says_so_until_it_can(
    ding: DingTalk, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = ding.compose(STAFF)
    with monkeypatch.context() as patch:
        patch.setattr("dingnb.campaigns.drafts.Drafts.save", gone)
        write(form, title="T")
        assert GONE in words(saved(form, clock))
    write(form, title="Title")
    assert GONE not in words(saved(form, clock))
    assert "Message saved as a draft at" in words(form)


def test_the_form_opens_although_the_whole_ledger_is_gone(ding: DingTalk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(ding._ledger), "connection", gone)
    form = ding.compose(STAFF)
    assert GONE in read(form.recipients.status.value).text
    write(form, title="T", text="Hi")
    assert form.value == dingnb.markdown("T", "Hi")
