"""A file for each person: uploaded to the studio, matched by its name, and never guessed."""

import io
import shutil
import stat
import subprocess
import sys
import threading
import zipfile
from collections.abc import Iterator
from os.path import normpath
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import dingnb
from dingnb.client import DingTalk
from dingnb.clock import VirtualClock
from dingnb.errors import BusyError, IncompleteError, MessageError
from dingnb.media import archives, content_of
from dingnb.sandbox import RunningSandbox
from dingnb.ui.compose.draft_format import list_written_for
from dingnb.ui.run.form import RunForm
from dingnb.ui.run.model import RunModel
from dingnb.ui.studio.files_model import match_files
from dingnb.ui.studio.form import StudioForm
from tests.media.samples import PDF, SAMPLES
from tests.tiers import examples
from tests.ui.steps import (
    is_off,
    is_shown,
    people,
    press_send,
    read,
    sent_counts,
    type_into,
    upload,
    watch_focus,
    words,
)

NAMES = ["张三", "李四", "王五", "赵六"]


def pdf(number: int) -> bytes:
    return PDF + bytes([number])


def packed(**files: bytes) -> bytes:
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as archive:
        for name, data in files.items():
            archive.writestr(name, data)
    return written.getvalue()


def opened(ding: DingTalk, staff: pd.DataFrame, msgtype: str = "file") -> StudioForm:
    form = ding.studio(staff)
    form.next.click()
    type_into(form.compose.msgtype, msgtype)
    form.model.wait()
    return form


def choose(form: StudioForm, name: str, data: bytes, *others: tuple[str, bytes]) -> None:
    upload(form.files.file, name, data, *others)
    form.model.wait()


def report(form: StudioForm) -> str:
    return read(form.files.report.value + form.files.lists.value).text


def use(form: StudioForm) -> None:
    form.files.use.click()
    form.model.wait()


def folder_of(form: StudioForm) -> Path:
    folder = form.model.compose.state.text.folder("media_id")
    assert folder is not None
    return Path(folder.path)


@pytest.fixture
def staff(office: RunningSandbox) -> pd.DataFrame:
    return people(office, 4).assign(姓名=NAMES)


def test_the_column_that_files_are_matched_by_is_shown_by_its_heading_and_stays_chosen(
    ding: DingTalk, staff: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = ding.studio()
    upload(form.upload.file, "staff.csv", staff[["userid", "姓名"]].to_csv(index=False).encode())
    form.model.wait()
    form.next.click()
    type_into(form.compose.msgtype, "file")
    form.model.wait()
    choose(form, "张三.pdf", pdf(1))
    assert form.files.pattern.value == "{{ 姓名 }}"
    assert form.files.column.value == "name"
    assert ("姓名", "name") in form.files.column.options
    type_into(form.files.column, "userid")
    form.model.wait()
    assert form.files.column.value == "userid"
    type_into(form.files.pattern, "{{ 姓名 }}.pdf")
    form.model.wait()
    assert form.files.column.value == ""
    focused = watch_focus(monkeypatch)
    use(form)
    assert not is_shown(form.files.use)
    assert focused == [form.files.file]


def test_a_list_of_rows_without_a_file_that_is_cut_says_how_many_more_there_are(
    ding: DingTalk, office: RunningSandbox
) -> None:
    [userid] = people(office, 1)["userid"]
    form = opened(ding, pd.DataFrame({"userid": [userid, *(f"left{n}" for n in range(503))]}))
    choose(form, f"{userid}.pdf", pdf(1))
    shown = read(form.files.lists.value).text
    assert "left499" in shown
    assert "left500" not in shown
    assert "And 3 more." in shown


def test_a_zip_is_matched_by_a_column_and_each_person_gets_their_own(
    ding: DingTalk, office: RunningSandbox, clock: VirtualClock, staff: pd.DataFrame
) -> None:
    form = opened(ding, staff)
    files = {f"2026-05/{name}.pdf": pdf(at) for at, name in enumerate(NAMES[:3])}
    choose(form, "payslips.zip", packed(**files, **{"read me.pdf": pdf(9)}))
    # The column is found by the names of the files.
    assert form.files.pattern.value == "{{ 姓名 }}"
    assert form.files.column.value == "姓名"
    assert "With a file3 rows" in report(form)
    assert "No file matches 1 row: 赵六" in report(form)
    assert "Nobody matches 1 file: read me.pdf" in report(form)
    use(form)
    assert form.compose.value == dingnb.file("{{ 姓名 }}.pdf", folder=folder_of(form))
    assert "From the 3 files uploaded here." in words(form)
    form.next.click()
    form.model.wait()
    plan = form.compose.plan_form
    assert (plan.model.plan.people, plan.model.plan.rejected) == (3, 1)
    assert "There is no file '赵六.pdf' to send." in words(plan)
    form.next.click()
    plan.model.wait()
    press_send(plan)
    sent_counts(office, clock)
    got = {message["userid"]: message["media"][0] for message in office.state.messages()}
    assert {userid: (file["name"], file["sha256"]) for userid, file in got.items()} == {
        userid: (f"{name}.pdf", content_of(pdf(at), "file", "x").sha256)
        for at, (userid, name) in enumerate(zip(staff["userid"][:3], NAMES[:3], strict=True))
    }


def test_several_files_are_matched_by_a_pattern_of_their_names(ding: DingTalk, staff: pd.DataFrame) -> None:
    form = opened(ding, staff)
    choose(form, "payslip_张三.pdf", pdf(0), ("payslip_李四.pdf", pdf(1)))
    assert form.files.pattern.value == ""
    assert is_off(form.files.use)
    use(form)
    assert "No file matches a row." in report(form)
    type_into(form.files.pattern, "payslip_{{ 姓名 }}.pdf")
    form.model.wait()
    assert "With a file2 rows" in report(form)
    use(form)
    assert form.compose.value == dingnb.file("payslip_{{ 姓名 }}.pdf", folder=folder_of(form))
    assert form.code.splitlines()[-2:] == [
        "# files: the folder with the files that were uploaded to the form.",
        'message = dingnb.file("payslip_{{ 姓名 }}.pdf", folder="files")',
    ]
    # Another press writes to another folder: a plan of before has its files still.
    before = folder_of(form)
    use(form)
    assert folder_of(form) != before
    assert (before / "payslip_张三.pdf").read_bytes() == pdf(0)
    type_into(form.files.pattern, "{{ nobody }}")
    form.model.wait()
    assert "nobody" in report(form)
    assert is_off(form.files.use)


def test_nothing_ambiguous_is_matched(ding: DingTalk, staff: pd.DataFrame) -> None:
    namesakes = staff.assign(姓名=["张三", "张三", "李四", "王五"])
    form = opened(ding, namesakes)
    files = {"a/张三.pdf": pdf(0), "a/李四.pdf": pdf(1), "b/李四.pdf": pdf(2), "王五.pdf": pdf(3)}
    choose(form, "payslips.zip", packed(**files))
    assert "With a file1 row" in report(form)
    assert "It is not clear which file belongs to 3 rows: 张三, 张三, 李四" in report(form)
    use(form)
    assert [path.name for path in folder_of(form).iterdir()] == ["王五.pdf"]
    form.next.click()
    form.model.wait()
    assert form.compose.plan_form.model.plan.people == 1


def test_namesakes_without_a_userid_do_not_share_a_file(ding: DingTalk) -> None:
    mobiles = ding.people(everybody=True)["mobile"].dropna()[:2].tolist()
    form = opened(ding, pd.DataFrame({"userid": "-", "mobile": mobiles, "姓名": "张三"}))
    choose(form, "张三.pdf", pdf(0))
    type_into(form.files.pattern, "{{ 姓名 }}")
    form.model.wait()
    assert "It is not clear which file belongs to 2 rows: 张三, 张三" in report(form)
    assert is_off(form.files.use)


def test_rows_with_one_phone_number_are_those_of_one_person(ding: DingTalk) -> None:
    mobile = ding.people(everybody=True)["mobile"].dropna().iloc[0]
    rows = pd.DataFrame({"userid": ["", "无"], "mobile": [mobile, f"+86 {mobile}"], "姓名": "张三"})
    form = opened(ding, rows)
    choose(form, "张三.pdf", pdf(0))
    assert "With a file2 rows" in report(form)


def test_a_row_without_a_name_is_named_also_if_its_label_is_blank(ding: DingTalk) -> None:
    form = opened(ding, pd.DataFrame({"userid": ["manager01", ""], "file": ["a", "b"]}, index=["x", ""]))
    choose(form, "a.pdf", pdf(0))
    assert "No file matches 1 row: ''" in report(form)


def test_the_folder_is_private_and_ends_with_the_session(ding: DingTalk, staff: pd.DataFrame) -> None:
    form = opened(ding, staff)
    choose(form, "张三.pdf", pdf(0))
    use(form)
    folder = folder_of(form)
    assert [stat.S_IMODE(path.stat().st_mode) for path in (folder, folder.parent)] == [0o700, 0o700]
    code = "from dingnb.ui.studio.files_model import new_folder as n; f = n(); (f / 'a').write_text('x'); print(f)"
    left = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)  # noqa: S603 - our own
    assert not Path(left.stdout.strip()).parent.exists()


def test_archives_that_cannot_be_read_are_refused_and_leave_what_was_there(
    ding: DingTalk, staff: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = opened(ding, staff)
    choose(form, "张三.pdf", pdf(0))
    choose(form, "a.zip", b"PK nothing")
    assert "'a.zip' is not a valid zip archive" in report(form)
    monkeypatch.setattr(archives, "MAX_UNPACKED_BYTES", 1 << 20)
    choose(form, "b.zip", packed(**{"张三.pdf": bytes(2 << 20)}))
    assert "'b.zip' unpacks to 2 MB; the maximum is 1 MB." in report(form)
    assert "Uploaded1 file" in report(form)


def test_a_damaged_file_in_an_archive_is_named_and_nothing_is_used(ding: DingTalk, staff: pd.DataFrame) -> None:
    form = opened(ding, staff)
    choose(form, "a.zip", packed(**{"张三.pdf": pdf(0), "李四.pdf": pdf(1)}).replace(pdf(1), pdf(2)))
    use(form)
    assert "'李四.pdf' is damaged" in report(form)
    assert form.model.compose.state.text.folder("media_id") is None


@pytest.mark.parametrize(
    ("msgtype", "files", "expected"),
    [
        ("file", {"张三.pdf": PDF, "李四.docx": SAMPLES["docx"]}, "The files have different extensions (.docx, .pdf)"),
        ("image", {"张三.png": SAMPLES["png"]}, "The message sends 1 file"),
    ],
)
def test_what_is_used_has_one_ending(
    ding: DingTalk, staff: pd.DataFrame, msgtype: str, files: dict[str, bytes], expected: str
) -> None:
    form = opened(ding, staff, msgtype)
    choose(form, "files.zip", packed(**files))
    use(form)
    assert expected in report(form)


def test_names_of_rows_have_an_ending_or_lack_it_all_alike(ding: DingTalk, staff: pd.DataFrame) -> None:
    form = opened(ding, staff.iloc[:2].assign(姓名=["张三.pdf", "李四"]))
    choose(form, "张三.pdf", pdf(0), ("李四.pdf", pdf(1)))
    use(form)
    assert "Some file names in the rows have an extension, others do not (.pdf)." in report(form)


def test_a_name_that_leads_elsewhere_is_no_files_name(ding: DingTalk, staff: pd.DataFrame) -> None:
    odd = staff.assign(姓名=["../张三", "..", "a/b", "@lADO"])
    form = opened(ding, odd)
    choose(form, "files.zip", packed(**{"../张三.pdf": pdf(0), "b.pdf": pdf(1), "@lADO.pdf": pdf(2), "..pdf": pdf(3)}))
    assert "With a file1 row" in report(form)
    use(form)
    # It begins like a media id, and is a path all the same.
    assert form.compose.value == dingnb.file("./{{ 姓名 }}.pdf", folder=folder_of(form))
    assert [path.name for path in folder_of(form).iterdir()] == ["@lADO.pdf"]
    form.next.click()
    form.model.wait()
    assert form.compose.plan_form.model.plan.attachments()["bytes"].tolist() == [len(pdf(2))]


def test_another_list_is_matched_again_and_another_type_has_no_files(ding: DingTalk, staff: pd.DataFrame) -> None:
    form = opened(ding, staff)
    choose(form, "张三.pdf", pdf(0))
    assert "With a file1 row" in report(form)
    form.back.click()
    upload(form.upload.file, "staff.csv", "userid,姓名\nmanager01,周七\nmanager02,吴八\n".encode())
    form.model.wait()
    form.next.click()
    form.model.wait()
    assert "With a file0 rows" in report(form)
    assert "Nobody matches 1 file: 张三.pdf" in report(form)
    # Beside the preview, where the fields of such a message leave room.
    assert list(form.compose.below_fields.children) == [form.files.box]
    type_into(form.compose.msgtype, "text")
    assert not form.compose.below_fields.children
    assert not is_shown(form.compose.below_fields)


def test_hostile_names_are_letters_and_many_are_listed(ding: DingTalk, staff: pd.DataFrame) -> None:
    form = opened(ding, staff)
    names = [f"<img src=x onerror=alert({n})>.pdf" for n in range(9)]
    choose(form, names[0], pdf(0), *((name, pdf(0)) for name in names[1:]))
    type_into(form.files.pattern, "{{ 姓名 }}.pdf")
    form.model.wait()
    assert "img" not in read(form.files.report.value + form.files.lists.value).tags
    assert "and 4 more" in report(form)
    assert names[8] in report(form)
    assert is_shown(form.files.lists)


def test_files_of_one_name_are_called_by_their_folders(ding: DingTalk, staff: pd.DataFrame) -> None:
    form = opened(ding, staff)
    files = {f"2026-11/{name}/payslip.pdf": pdf(at) for at, name in enumerate(NAMES)}
    choose(form, "payslips.zip", packed(**files, **{"read me.pdf": pdf(9)}))
    assert form.files.pattern.value == "{{ 姓名 }}"
    assert "Nobody matches 1 file: read me.pdf" in report(form)
    use(form)
    folder = folder_of(form)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == {
        f"{name}.pdf": pdf(at) for at, name in enumerate(NAMES)
    }


def test_folders_with_several_files_match_nobody_and_that_is_said(ding: DingTalk, staff: pd.DataFrame) -> None:
    form = opened(ding, staff)
    files = {f"{name}/payslip.pdf": pdf(at) for at, name in enumerate(NAMES)}
    choose(form, "payslips.zip", packed(**files, **{"张三/more.pdf": pdf(9)}))
    type_into(form.files.pattern, "{{ 姓名 }}.pdf")
    form.model.wait()
    assert "Nobody matches 5 files: 张三/payslip.pdf" in report(form)
    assert "if several have the same name and each is alone in its folder" in report(form)


def test_a_draft_keeps_the_archive_and_its_pattern(ding: DingTalk, staff: pd.DataFrame) -> None:
    form = opened(ding, staff)
    choose(form, "october.zip", packed(**{f"{name}_pay.pdf": pdf(at) for at, name in enumerate(NAMES)}))
    type_into(form.files.pattern, "{{ 姓名 }}_pay")
    form.model.wait()
    [name] = ding.drafts.names()
    assert list_written_for(ding.drafts.load(name).texts) is not None
    use(form)
    form.model.wait()
    assert ding.drafts.names() == [name]
    assert str(folder_of(form)) not in str(ding.drafts.load(name).texts)

    # After a restart, in another process.
    form = ding.studio(staff)
    form.model.open_draft(name)
    form.model.wait()
    form.next.click()
    assert form.model.files.state.pattern == "{{ 姓名 }}_pay"
    assert not is_shown(form.files.use)
    assert form.compose.value == dingnb.file("{{ 姓名 }}_pay.pdf", folder=folder_of(form))
    assert {path.name: path.read_bytes() for path in folder_of(form).iterdir()} == {
        f"{name}_pay.pdf": pdf(at) for at, name in enumerate(NAMES)
    }
    [still] = ding.drafts.names()
    assert still == name


def test_a_form_that_cannot_match_the_files_of_a_draft_says_where_they_can_be(
    ding: DingTalk, staff: pd.DataFrame
) -> None:
    form = opened(ding, staff)
    choose(form, "october.zip", packed(**{f"{name}.pdf": pdf(at) for at, name in enumerate(NAMES)}))
    use(form)
    form.model.wait()
    compose = ding.compose(staff)
    assert compose.drafts is not None
    compose.drafts.resume.click()
    compose.model.wait()
    assert "Continue it in dingnb.studio() or in the app" in read(compose.drafts.saved.value).text
    type_into(compose.msgtype, "markdown")
    assert "Continue it in" not in read(compose.drafts.saved.value).text


def test_the_files_of_a_draft_are_in_its_message_again_only_for_the_same_people(
    ding: DingTalk, staff: pd.DataFrame
) -> None:
    form = opened(ding, staff)
    choose(form, "october.zip", packed(**{f"{name}.pdf": pdf(at) for at, name in enumerate(NAMES)}))
    use(form)
    form.model.wait()
    [name] = ding.drafts.names()

    # After a restart, with a list in which two people have each other's names.
    form = ding.studio()
    form.model.open_draft(name)
    form.model.wait()
    exchanged = staff.assign(姓名=[NAMES[1], NAMES[0], *NAMES[2:]])
    upload(form.upload.file, "exchanged.csv", exchanged.to_csv(index=False).encode())
    form.model.wait()
    assert "they match this list differently from the one before" in report(form)
    assert form.compose.field("media_id").input.value == ""
    # With the same people in another order.
    upload(form.upload.file, "reversed.csv", staff[::-1].to_csv(index=False).encode())
    form.model.wait()
    assert form.model.files.state.used_count == len(NAMES)
    assert "they match this list differently" not in report(form)
    # What is attached is noted in the draft again.
    form = ding.studio(staff)
    form.model.open_draft(name)
    form.model.wait()
    assert form.model.files.state.used_count == len(NAMES)
    # Other files are never attached without the user.
    choose(form, "other.zip", packed(**{f"{name}.pdf": pdf(9 - at) for at, name in enumerate(NAMES)}))
    form = ding.studio(staff)
    form.model.open_draft(name)
    form.model.wait()
    assert form.model.files.state.used_count == 0


def test_each_message_has_its_own_files(ding: DingTalk, staff: pd.DataFrame) -> None:
    form = opened(ding, staff)
    choose(form, "october.zip", packed(**{f"{name}.pdf": pdf(at) for at, name in enumerate(NAMES)}))
    [october] = ding.drafts.names()
    form.model.start_new()
    form.model.wait()
    assert form.model.files.state.files == ()
    assert ding.drafts.names() == [october]
    form.model.open_draft(october)
    form.model.wait()
    assert len(form.model.files.state.files) == len(NAMES)
    # Undoing leads back to the message without files, and redoing to the one with them.
    form.compose.model.undo()
    form.model.wait()
    assert form.model.files.state.files == ()
    form.compose.model.redo()
    form.model.wait()
    assert len(form.model.files.state.files) == len(NAMES)
    assert ding.drafts.names() == [october]


@examples(200)
@given(
    st.lists(st.sampled_from(["a.pdf", "A.pdf", "b.pdf", "b.docx", "c", "ä.pdf", "a\u0308.pdf"]), max_size=6),
    st.lists(st.sampled_from(["a", "b", "c", "a.pdf", "./a", "a/", "ä", "", "..", "x/a"]), max_size=6),
)
def test_nobody_gets_a_file_that_could_be_somebody_elses(files: list[str], wanted: list[str]) -> None:
    people = list(range(len(wanted)))
    matches = match_files(files, wanted, people)
    assert len(set(matches.files.values())) == len(matches.files)
    rows = [*matches.files, *matches.missing, *matches.ambiguous]
    assert sorted(rows) == people
    for row, number in matches.files.items():
        others = [at for at in people if at != row and match_files(files, [wanted[at]], [at]).files.get(0) == number]
        assert not others
        assert matches.names[row].startswith(wanted[row])
        assert not [at for at in people if at != row and normpath(wanted[at]) == normpath(wanted[row])]
    assert not set(matches.unmatched) & set(matches.files.values())


def test_files_that_were_used_are_not_sent_once_others_are_uploaded(ding: DingTalk, staff: pd.DataFrame) -> None:
    form = opened(ding, staff)
    choose(form, "a.zip", packed(**{f"{name}.pdf": pdf(at) for at, name in enumerate(NAMES)}))
    use(form)
    first = folder_of(form)
    choose(form, "broken.zip", b"PK")
    assert folder_of(form) == first
    choose(form, "b.zip", packed(**{f"{name}.pdf": pdf(10 + at) for at, name in enumerate(NAMES)}))
    with pytest.raises(MessageError, match="is empty"):
        _ = form.compose.value
    use(form)
    assert form.compose.value == dingnb.file("{{ 姓名 }}.pdf", folder=folder_of(form))
    assert folder_of(form) != first
    form.next.click()
    form.model.wait()
    plan = form.compose.plan_form.model.plan
    assert plan.attachments()["hash"].tolist() == [
        content_of(folder_of(form) / f"{name}.pdf", "file").sha256 for name in NAMES
    ]
    assert (folder_of(form) / "张三.pdf").read_bytes() == pdf(10)


def has_no_file(form: StudioForm) -> bool:
    try:
        _ = form.compose.value
    except MessageError as error:
        return "is empty" in str(error)
    return False


def test_files_of_another_list_are_not_sent_to_namesakes(ding: DingTalk, staff: pd.DataFrame) -> None:
    form = opened(ding, staff)
    choose(form, "a.zip", packed(**{f"{name}.pdf": pdf(at) for at, name in enumerate(NAMES)}))
    use(form)
    form.back.click()
    upload(form.upload.file, "staff.csv", "userid,姓名\nmanager01,张三\nmanager02,张三\n".encode())
    form.model.wait()
    form.next.click()
    assert "It is not clear which file belongs to 2 rows" in report(form)
    assert "The message sends" not in report(form)
    assert is_off(form.files.use)
    assert has_no_file(form)
    while form.model.compose.state.can_undo:
        form.compose.undo.click()
        assert form.model.compose.state.text.folder("media_id") is None


def test_a_copied_message_brings_no_files_of_another_list(ding: DingTalk, staff: pd.DataFrame) -> None:
    form = opened(ding, staff)
    choose(form, "a.zip", packed(**{f"{name}.pdf": pdf(at) for at, name in enumerate(NAMES)}))
    use(form)
    ding.plan(staff, form.compose.value).send("payslips")
    upload(form.upload.file, "staff.csv", "userid,姓名\nmanager01,张三\nmanager02,张三\n".encode())
    form.model.wait()
    form.model.copy_message("payslips")
    form.model.wait()
    assert form.compose.msgtype.value == "file"
    assert has_no_file(form)


def test_a_copied_message_whose_files_are_not_kept_says_so_until_others_are_chosen(
    ding: DingTalk, staff: pd.DataFrame
) -> None:
    form = opened(ding, staff)
    files = packed(**{f"{name}.pdf": pdf(at) for at, name in enumerate(NAMES)})
    choose(form, "a.zip", files)
    use(form)
    ding.plan(staff, form.compose.value).send("payslips")
    ding.plan(staff, dingnb.file(pdf(9), name="rules.pdf")).send("rules")
    ding.plan(staff, dingnb.text("Hi")).send("greeting")
    lost = "The files chosen for this message are not on this computer"
    for name in ("payslips", "rules"):
        form.model.copy_message(name)
        assert lost in words(form)
        form.model.copy_message("greeting")
        assert lost not in words(form)
    form.model.copy_message("payslips")
    form.model.wait()
    choose(form, "a.zip", files)
    assert lost not in words(form)


def test_files_matched_by_another_pattern_are_not_sent(ding: DingTalk, staff: pd.DataFrame) -> None:
    form = opened(ding, staff)
    choose(form, "a.zip", packed(**{f"{name}.pdf": pdf(at) for at, name in enumerate(NAMES)}))
    use(form)
    type_into(form.files.pattern, "{{ n }}")
    form.model.wait()
    assert "No file matches 4 rows" in report(form)
    assert has_no_file(form)


def test_a_list_replaced_in_another_type_is_matched_again(ding: DingTalk, staff: pd.DataFrame) -> None:
    form = opened(ding, staff)
    choose(form, "张三.pdf", pdf(0))
    type_into(form.compose.msgtype, "markdown")
    form.back.click()
    upload(form.upload.file, "staff.csv", "userid,姓名\nmanager01,张三\nmanager02,张三\n".encode())
    form.model.wait()
    form.next.click()
    type_into(form.compose.msgtype, "file")
    assert "It is not clear which file belongs to 2 rows" in report(form)
    assert is_off(form.files.use)


def test_a_frame_that_a_check_finds_changed_is_matched_again(ding: DingTalk, staff: pd.DataFrame) -> None:
    form = opened(ding, staff)
    choose(form, "a.zip", packed(**{f"{name}.pdf": pdf(at) for at, name in enumerate(NAMES)}))
    use(form)
    staff["姓名"] = ["张三", "张三", "李四", "王五"]
    form.next.click()
    form.model.wait()
    assert form.compose.model.plan_models == []
    assert has_no_file(form)
    form.back.click()
    assert "It is not clear which file belongs to 2 rows" in report(form)


def test_a_file_that_is_empty_or_missing_is_named_without_the_folder_of_the_session(
    ding: DingTalk, staff: pd.DataFrame
) -> None:
    form = opened(ding, staff)
    choose(form, "files.zip", packed(**{"张三.pdf": pdf(0), "李四.pdf": b"", "王五.pdf": pdf(2)}))
    use(form)
    form.next.click()
    form.model.wait()
    problems = words(form.compose.plan_form)
    assert "'李四.pdf' is empty (0 bytes)." in problems
    assert "There is no file '赵六.pdf' to send." in problems
    assert "upload them again if they were uploaded" in problems
    assert folder_of(form).name not in problems


def test_a_file_that_matches_several_people_is_not_said_to_be_missing(ding: DingTalk, staff: pd.DataFrame) -> None:
    staff["姓名"] = ["张三", "张三", "李四", "王五"]
    form = opened(ding, staff)
    choose(form, "a.zip", packed(**{f"{name}.pdf": pdf(at) for at, name in enumerate(("张三", "李四", "王五"))}))
    use(form)
    form.next.click()
    form.model.wait()
    problems = words(form.compose.plan_form)
    assert "There is no file '张三.pdf'." not in problems
    assert "There is no file '张三.pdf' to send." in problems
    assert "a file that matches several people is not used" in problems


def test_only_zip_archives_are_unpacked(ding: DingTalk, staff: pd.DataFrame) -> None:
    form = opened(ding, staff)
    choose(form, "payslips.rar", SAMPLES["rar"])
    assert "pack the files of payslips.rar as a zip archive" in report(form)
    assert "Choose the column" not in report(form)


def test_an_archive_without_files_replaces_nothing(ding: DingTalk, staff: pd.DataFrame) -> None:
    form = opened(ding, staff)
    choose(form, "pay.zip", packed(**{f"{name}.pdf": pdf(at) for at, name in enumerate(NAMES)}))
    choose(form, "empty.zip", packed(**{"payslips/": b"", "__MACOSX/._payslips": b"x"}))
    assert "'empty.zip' contains no files." in report(form)
    assert len(form.model.files.state.files) == len(NAMES)


def test_a_new_campaign_has_no_files_of_the_one_before(ding: DingTalk, staff: pd.DataFrame) -> None:
    form = ding.studio()
    form.model.go("recipients")
    rows = staff[["userid", "姓名"]].to_csv(index=False).encode()
    upload(form.upload.file, "staff.csv", rows)
    form.model.wait()
    form.model.go("message")
    type_into(form.compose.msgtype, "file")
    form.model.wait()
    choose(form, "october.zip", packed(**{f"{name}.pdf": pdf(at) for at, name in enumerate(NAMES)}))
    use(form)
    form.model.start_new()
    form.model.wait()
    assert "Its message is in the drafts." in words(form)
    assert "Message saved" not in words(form)
    upload(form.upload.file, "staff.csv", rows)
    form.model.wait()
    form.model.go("message")
    type_into(form.compose.msgtype, "file")
    form.model.wait()
    assert form.model.files.state.files == ()
    assert not is_shown(form.files.use)


def test_files_that_no_column_matches_are_explained(ding: DingTalk, staff: pd.DataFrame) -> None:
    form = opened(ding, staff)
    choose(form, "scan.pdf", pdf(0))
    assert "No file matches a row." in report(form)
    assert "Choose the column that contains the file names" in report(form)
    form.next.click()
    form.model.wait()
    assert "Fill in" not in words(form)
    assert words(form).count("No file matches a row.") == 2
    # The button that cannot be used yet says the same, once.
    use(form)
    assert report(form).count("No file matches a row.") == 1
    type_into(form.files.pattern, "{{ 姓名 }}.pdf")
    form.model.files.wait()
    assert "Choose the column" in report(form)


def test_using_the_files_is_the_next_step_until_the_message_has_them(ding: DingTalk, staff: pd.DataFrame) -> None:
    form = opened(ding, staff)
    assert form.next.button_style == "primary"
    choose(form, "a.zip", packed(**{f"{name}.pdf": pdf(at) for at, name in enumerate(NAMES)}))
    assert is_shown(form.files.use)
    assert (form.files.use.button_style, form.next.button_style) == ("primary", "")
    use(form)
    assert not is_shown(form.files.use)
    assert form.next.button_style == "primary"
    type_into(form.files.pattern, "{{ 姓名 }}.pdf")
    form.model.files.wait()
    assert is_shown(form.files.use)
    type_into(form.compose.msgtype, "text")
    assert form.next.button_style == "primary"


def test_files_carry_over_to_another_app_until_others_are_uploaded(ding: DingTalk, staff: pd.DataFrame) -> None:
    form = opened(ding, staff)
    choose(form, "a.zip", packed(**{f"{name}.pdf": pdf(at) for at, name in enumerate(NAMES)}))
    use(form)
    other = StudioForm(form.model.with_app(ding))
    assert other.compose.value == form.compose.value
    assert "The message sends 4 files" in report(other)
    choose(other, "b.zip", packed(**{f"{name}.pdf": pdf(10 + at) for at, name in enumerate(NAMES)}))
    assert has_no_file(other)


def test_files_of_each_type_are_not_sent_once_others_are_uploaded(ding: DingTalk, staff: pd.DataFrame) -> None:
    form = opened(ding, staff)
    choose(form, "张三.png", SAMPLES["png"])
    use(form)
    assert "The message sends 1 file" in report(form)
    type_into(form.compose.msgtype, "image")
    assert "The message sends" not in report(form)
    use(form)
    type_into(form.compose.msgtype, "file")
    assert "The message sends 1 file" in report(form)
    type_into(form.compose.msgtype, "image")
    choose(form, "李四.png", SAMPLES["png"])
    assert has_no_file(form)
    type_into(form.compose.msgtype, "file")
    assert has_no_file(form)


class SlowUpload(list[tuple[str, bytes]]):
    """Files whose reading takes until it may end."""

    has_begun, may_end = threading.Event(), threading.Event()

    def __iter__(self) -> Iterator[tuple[str, bytes]]:
        self.has_begun.set()
        self.may_end.wait(10)
        return super().__iter__()


def test_files_uploaded_while_others_are_read_replace_them(ding: DingTalk, staff: pd.DataFrame) -> None:
    form, slow = opened(ding, staff), SlowUpload([("李四.pdf", pdf(1))])
    form.model.files.load(slow)
    slow.has_begun.wait(10)
    upload(form.files.file, "张三.pdf", pdf(0))
    slow.may_end.set()
    form.model.wait()
    assert [file.name for file in form.model.files.state.files] == ["张三.pdf"]
    assert "With a file1 row" in report(form)


def test_files_whose_names_contain_more_than_a_column_are_matched_and_used_as_the_studio_says(
    ding: DingTalk, staff: pd.DataFrame
) -> None:
    form = opened(ding, staff)
    choose(form, "slips.zip", packed(**{f"slip_{name}.pdf": pdf(at) for at, name in enumerate(NAMES)}))
    type_into(form.files.pattern, "{{ 姓名 }}")
    form.model.wait()
    assert "If the files' names contain other text as well, enter their pattern, such as" in report(form)
    assert "payslip_{{ name }}.pdf." in report(form)
    type_into(form.files.pattern, "slip_{{ 姓名 }}.pdf")
    form.model.wait()
    assert "No file matches a row." not in report(form)
    form.next.click()
    form.model.wait()
    assert "The matched files are not in the message yet: click “Use these files (4 rows)”." in words(form)
    use(form)
    form.next.click()
    form.model.wait()
    assert form.model.state.step == "check"


def test_files_that_ended_with_their_session_are_chosen_again_and_nobody_gets_two(
    ding: DingTalk, staff: pd.DataFrame, office: RunningSandbox, clock: VirtualClock
) -> None:
    archive = packed(**{f"{name}.pdf": pdf(at) for at, name in enumerate(NAMES)})

    def checked() -> StudioForm:
        form = opened(ding, staff)
        choose(form, "a.zip", archive)
        use(form)
        form.next.click()
        form.model.wait()
        type_into(form.compose.plan_form.sending.name, "payslip")
        form.model.wait()
        return form

    first = checked()
    plan = first.compose.plan_form.model.plan
    office.state.faults.add("busy", path="/media/upload", nth=list(range(3, 100)))
    with pytest.raises(BusyError):
        plan.send("payslip")
    office.state.faults.clear()
    shutil.rmtree(folder_of(first))
    run = ding.campaign("payslip")
    with pytest.raises(IncompleteError, match="only the hash of"):
        run.resume()
    results = RunForm(RunModel(run, clock))
    results.model.wait()
    shown = words(results)
    assert "Choose the file again, check, then send under the same name." in shown
    assert "“Resume” would fail again" in shown
    assert folder_of(first).name not in shown
    again = checked().compose.plan_form
    again.model.wait()
    press_send(again)
    assert sent_counts(office, clock) == dict.fromkeys(staff["userid"], 1)
