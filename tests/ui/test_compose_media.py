"""Pictures, figures and files in the compose form: chosen, taken from the notebook, or named by a column."""

import io
import json
import re
import wave
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from ipywidgets import embed
from matplotlib.figure import Figure
from PIL import Image

import dingnb
from dingnb.client import DingTalk, clock_of
from dingnb.clock import VirtualClock
from dingnb.media import content_of
from dingnb.sandbox import RunningSandbox
from dingnb.ui.compose.field_views import MediaView
from dingnb.ui.compose.form import ComposeForm
from tests.media.samples import PDF, REFUSED
from tests.ui.steps import (
    Notebook,
    check,
    is_shown,
    people,
    press_send,
    read,
    sent_counts,
    type_into,
    upload,
    watch_focus,
    words,
    write,
)


def picture(colour: str = "red") -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (60, 40), colour).save(file, "PNG")
    return file.getvalue()


def chart(title: str = "Week 21") -> Figure:
    figure = Figure()
    figure.subplots(subplot_kw={"title": title}).plot([1, 3, 2])
    return figure


def opened(ding: DingTalk, frame: pd.DataFrame, msgtype: str, message: Any = None) -> ComposeForm:
    form = ding.compose(frame) if message is None else ding.compose(frame, message)
    type_into(form.msgtype, msgtype)
    return form


def media(form: ComposeForm, path: str = "media_id") -> MediaView:
    found = form.field(path).media
    assert found is not None
    return found


def received(sandbox: RunningSandbox, ding: DingTalk) -> dict[str, str]:
    """Return the SHA-256 of what each person has."""
    clock = clock_of(ding)
    assert isinstance(clock, VirtualClock)
    sent_counts(sandbox, clock)
    return {message["userid"]: message["media"][0]["sha256"] for message in sandbox.state.messages()}


def sha256(data: bytes, kind: str = "image") -> str:
    return content_of(data, kind, "x").sha256


def test_columns_are_offered_only_to_a_field_with_text(office: RunningSandbox, ding: DingTalk) -> None:
    form = opened(ding, people(office, 3), "image")
    insert = form.field("media_id").insert
    assert insert is not None
    assert is_shown(insert.box)
    upload(media(form).file, "red.png", picture())
    assert not is_shown(insert.box)
    assert is_shown(form.undo)
    media(form).remove.click()
    assert is_shown(insert.box)


def test_the_focus_moves_to_the_button_that_removes_a_chosen_picture(
    ding: DingTalk, office: RunningSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    form, focused = opened(ding, people(office, 1), "image"), watch_focus(monkeypatch)
    upload(media(form).file, "red.png", b"not a picture")
    assert focused == []
    upload(media(form).file, "red.png", picture())
    assert focused == [media(form).remove]
    media(form).remove.click()
    assert focused == [media(form).remove, media(form).file]


def test_no_row_is_larger_than_the_largest_message_of_the_plan(office: RunningSandbox, ding: DingTalk) -> None:
    form = opened(ding, people(office, 3), "image")
    upload(media(form).file, "week.png", picture())
    check(form)
    what = r"Size: (\d+) bytes for this row · largest in the plan: (\d+) bytes · limit 2,048 \(not counting files\)"
    sizes = re.search(what, words(form))
    assert sizes is not None
    assert sizes[1] == sizes[2]


def test_a_chosen_picture_is_shown_and_everybody_gets_it(office: RunningSandbox, ding: DingTalk) -> None:
    staff = people(office, 3)
    form = opened(ding, staff, "image")
    upload(media(form).file, "week.png", picture())
    assert f"week.png · {len(picture())} B" in words(form)
    assert not is_shown(form.field("media_id").input)
    assert 'src="data:image/png;base64,' in form.preview.phone.value
    assert form.value == dingnb.image(picture(), name="week.png")
    press_send(check(form))
    assert received(office, ding) == dict.fromkeys(staff["userid"], sha256(picture()))


def test_choosing_can_be_undone_and_removed(ding: DingTalk, office: RunningSandbox) -> None:
    form = opened(ding, people(office, 1), "image")
    write(form, media_id="@lADO")
    upload(media(form).file, "week.png", picture())
    assert form.value == dingnb.image(picture(), name="week.png")
    form.undo.click()
    assert form.value == dingnb.image("@lADO")
    assert form.field("media_id").input.value == "@lADO"
    form.redo.click()
    assert form.value == dingnb.image(picture(), name="week.png")
    media(form).remove.click()
    assert "required" in words(form)
    assert is_shown(form.field("media_id").input)
    assert not is_shown(media(form).remove)


@pytest.mark.parametrize(
    ("msgtype", "name", "data", "expected"),
    [
        ("file", "payslip.pdf", REFUSED["html"], "'payslip.pdf' cannot be sent as a file: its content is a web page"),
        ("image", "a.png", b"", "'a.png' is empty (0 bytes)."),
        ("voice", "a.mp3", PDF, "'a.mp3' cannot be sent as a voice message"),
        ("file", "a.zip", bytes(11 << 20), "'a.zip' is 11.0 MB; DingTalk accepts at most 10 MB."),
    ],
)
def test_a_file_that_cannot_be_sent_is_refused_beside_its_field(
    ding: DingTalk, office: RunningSandbox, msgtype: str, name: str, data: bytes, expected: str
) -> None:
    form = opened(ding, people(office, 1), msgtype)
    write(form, media_id="@lADO")
    upload(media(form).file, name, data)
    said = read(form.field("media_id").helper_text.value).text
    assert expected in said
    assert "dn-invalid" in form.field("media_id").input._dom_classes
    # What was there before stays.
    assert form.field("media_id").input.value == "@lADO"
    write(form, media_id="@lADO2")
    assert expected not in words(form)


def test_what_the_notebook_has_is_taken_and_the_code_names_it(ding: DingTalk, office: RunningSandbox) -> None:
    staff = people(office, 2)
    notebook = Notebook(ding=ding, staff=staff)
    form = opened(ding, staff, "image")
    view = media(form)
    view.open_variables.click()
    # The recipients themselves are not offered: everybody would get the rows of all.
    assert "The notebook has no figures, images or tables." in words(form)
    view.open_variables.click()
    assert not is_shown(view.variable)
    # What is there is looked up when the list is opened.
    notebook.run("", weekly=chart(), photo=Image.new("RGB", (9, 9)), other=3, axes=chart().axes)
    view.open_variables.click()
    assert [value for _, value in view.variable.options] == ["", "photo", "weekly"]
    type_into(view.variable, "weekly")
    assert form.value == dingnb.image(notebook["weekly"])
    assert form.code.splitlines()[-1] == "message = dingnb.image(weekly)"
    check(form)
    notebook.run(form.code)
    assert notebook["message"] == form.value
    assert notebook["plan"].people == 2


def test_a_table_goes_as_a_picture_or_as_a_workbook(ding: DingTalk, office: RunningSandbox) -> None:
    staff, totals = people(office, 2), pd.DataFrame({"city": ["A", "B"], "total": [1, 2]})
    Notebook(ding=ding, staff=staff, same=staff, weekly=chart(), totals=totals)
    form = opened(ding, staff, "file")
    media(form).open_variables.click()
    assert [value for _, value in media(form).variable.options] == ["", "totals"]
    type_into(media(form).variable, "totals")
    assert form.value == dingnb.file(totals)
    assert "table.xlsx" in read(form.preview.phone.value).text
    type_into(form.msgtype, "image")
    media(form).open_variables.click()
    type_into(media(form).variable, "totals")
    assert form.value == dingnb.image(totals)


def test_a_table_of_people_is_pointed_out_before_everybody_gets_it(ding: DingTalk, office: RunningSandbox) -> None:
    staff = people(office, 3)
    Notebook(ding=ding, staff=staff, salaries=staff.assign(salary=1))
    form = opened(ding, staff, "file")
    media(form).open_variables.click()
    type_into(media(form).variable, "salaries")
    check(form)
    assert "The table has rows of 3 people (column userid): everybody who gets it sees all rows." in words(form)


def test_a_notebook_without_figures_says_so_and_one_that_is_gone_is_told(
    ding: DingTalk, office: RunningSandbox
) -> None:
    form = opened(ding, people(office, 1), "image")
    media(form).open_variables.click()
    assert "The notebook has no figures, images or tables." in words(form)
    notebook = Notebook(weekly=chart())
    for _ in range(2):
        media(form).open_variables.click()
    notebook.run("del weekly")
    type_into(media(form).variable, "weekly")
    assert "The notebook has no “weekly” any more." in words(form)
    type_into(form.msgtype, "voice")
    assert not is_shown(media(form).open_variables)


def wav(seconds: float) -> bytes:
    file = io.BytesIO()
    with wave.open(file, "wb") as recording:
        recording.setnchannels(1)
        recording.setsampwidth(1)
        recording.setframerate(1_000)
        recording.writeframes(bytes(round(seconds * 1_000)))
    return file.getvalue()


def test_the_length_of_a_wav_is_filled_in_unless_it_was_typed(ding: DingTalk, office: RunningSandbox) -> None:
    form = opened(ding, people(office, 1), "voice")
    length = form.field("duration").input
    upload(media(form).file, "hello.wav", wav(12.3))
    assert length.value == "13"
    assert form.value == dingnb.voice(content_of(wav(12.3), "voice", "hello.wav"), 13)
    media(form).remove.click()
    assert length.value == ""
    upload(media(form).file, "hello.mp3", b"\xff\xfb\x90\x64" + bytes(40))
    assert length.value == ""
    media(form).remove.click()
    write(form, duration="9")
    upload(media(form).file, "hello.wav", wav(12.3))
    assert length.value == "9"


@pytest.mark.parametrize(
    "data",
    [
        wav(0),
        # The number of frames is that of an endless recording.
        wav(2)[:40] + b"\xff\xff\xff\x7f" + wav(2)[44:],
        wav(2)[:20] + b"\x55\x00" + wav(2)[22:],
        wav(2)[:30],
    ],
    ids=["empty", "endless", "not PCM", "cut"],
)
def test_a_wav_without_a_known_length_leaves_it_to_be_typed(
    ding: DingTalk, office: RunningSandbox, data: bytes
) -> None:
    form = opened(ding, people(office, 1), "voice")
    upload(media(form).file, "hello.wav", data)
    assert "hello.wav" in form.preview.phone.value
    assert form.field("duration").input.value == ""


@pytest.mark.long
def test_a_column_of_paths_gives_each_person_a_file(ding: DingTalk, office: RunningSandbox, tmp_path: Path) -> None:
    staff = people(office, 3)
    for number in range(2):
        (tmp_path / f"{number}.pdf").write_bytes(PDF + bytes([number]))
    staff["payslip"] = [str(tmp_path / f"{number}.pdf") for number in range(3)]
    Notebook(ding=ding, staff=staff)
    form = opened(ding, staff, "file")
    type_into(media(form).column, "payslip")
    assert form.value == dingnb.file("{{ payslip }}")
    assert form.code.splitlines()[-1] == 'message = dingnb.file("{{ payslip }}")'
    form.model.wait()
    assert "0.pdf" in read(form.preview.phone.value).text
    form.preview.number.value = 2
    form.model.wait()
    assert "This row won't be sent: There is no file" in words(form)
    plan = check(form)
    assert (plan.model.plan.people, plan.model.plan.rejected) == (2, 1)
    assert "There is no file" in words(plan)
    press_send(plan)
    assert received(office, ding) == {
        userid: sha256(PDF + bytes([number]), "file") for number, userid in enumerate(staff["userid"][:2])
    }


def test_the_code_of_a_chosen_file_says_where_its_bytes_are(ding: DingTalk, office: RunningSandbox) -> None:
    form = opened(ding, people(office, 1), "voice")
    upload(media(form).file, "hello.mp3", b"\xff\xfb\x90\x64" + bytes(40))
    assert "hello.mp3 · 44 B" in form.preview.phone.value
    assert "″" not in form.preview.phone.value
    write(form, duration="12")
    assert "12″ · hello.mp3 · 44 B" in form.preview.phone.value
    assert form.code.splitlines()[-2:] == [
        "# hello.mp3: only the form has this file. Save it under this name, or pass its path.",
        'message = dingnb.voice("hello.mp3", duration="12")',
    ]


def test_a_picture_beside_other_fields_is_chosen_as_well(ding: DingTalk, office: RunningSandbox) -> None:
    form = opened(ding, people(office, 1), "link")
    write(form, title="T", text="Text", messageUrl="https://a/b")
    upload(media(form, "picUrl").file, "week.png", picture())
    assert form.value == dingnb.link("T", "Text", "https://a/b", picture())
    assert "dashed" not in form.preview.phone.value
    type_into(form.msgtype, "oa")
    upload(media(form, "body.image").file, "week.png", picture())
    write(form, message_url="https://a/b", body__title="T")
    assert form.value == dingnb.oa("https://a/b", title="T", content="Text", image=picture())
    assert "dashed" not in form.preview.phone.value
    # Of a rare field that is in use, something is seen.
    assert is_shown(form.more_fields.fields)


@pytest.mark.parametrize(
    "make",
    [
        lambda _: dingnb.image(picture(), name="week.png"),
        lambda folder: dingnb.file(folder / "a.pdf"),
        lambda folder: dingnb.file(folder / "a.pdf", name="b.pdf"),
        lambda folder: dingnb.file("{{ n }}.pdf", folder=folder),
        lambda folder: dingnb.file(f"{folder}/{{{{ n }}}}.pdf", name="payslip {{ n }}.pdf"),
    ],
    ids=["bytes", "path", "name", "folder", "names"],
)
def test_a_message_that_the_form_is_opened_with_keeps_its_media(
    ding: DingTalk, office: RunningSandbox, tmp_path: Path, make: Callable[[Path], Any]
) -> None:
    for name in ("a", "0"):
        (tmp_path / f"{name}.pdf").write_bytes(PDF)
    message, staff = make(tmp_path), people(office, 1)
    form = ding.compose(staff, message)
    assert form.value == message
    assert form.value.attachments == message.attachments
    if all(attachment.path is not None for attachment in message.attachments):
        notebook = Notebook(ding=ding, staff=staff)
        notebook.run(form.code)
        assert notebook["message"] == message


def test_a_folder_and_a_name_are_shown_until_they_are_removed(
    ding: DingTalk, office: RunningSandbox, tmp_path: Path
) -> None:
    message = dingnb.file("{{ n }}.pdf", folder=tmp_path, name="payslip {{ n }}.pdf")
    form = ding.compose(people(office, 1), message)
    assert f"In the folder {tmp_path}. Sent as payslip {{{{ n }}}}.pdf." in words(form)
    media(form).remove.click()
    assert form.value == dingnb.file("{{ n }}.pdf")


def test_no_file_is_saved_with_the_notebook_and_names_are_letters(ding: DingTalk, office: RunningSandbox) -> None:
    form = opened(ding, people(office, 1), "file")
    data = PDF + b"nobody else's business" * 50
    upload(media(form).file, "<img src=x onerror=alert(1)>.pdf", data)
    bundle = form._repr_mimebundle_()
    assert "img" not in read(bundle["text/html"]).tags
    saved = json.dumps(embed.dependency_state([form.box]), default=repr)
    assert "nobody else" not in saved
    assert "<img" not in media(form).chosen.value
