"""Uploaded recipient lists: read like `read_recipients`, and never stored in the notebook."""

import io
import json
import threading
import zipfile
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from ipywidgets import Widget, embed

import dingnb
from dingnb.client import DingTalk
from dingnb.clock import SystemClock
from dingnb.ui.kit.files import FileField
from dingnb.ui.kit.form import Form, button
from dingnb.ui.studio.upload import UploadModel, UploadView, preview_table
from tests.table_rows import for_each
from tests.ui.steps import is_shown, read, type_into, upload

CSV = "userid,姓名,bonus\n0012,李雷,5\n0013,韩梅梅,7\n".encode("gbk")


def workbook() -> bytes:
    written = io.BytesIO()
    with pd.ExcelWriter(written) as book:
        pd.DataFrame({"userid": ["a1"]}).to_excel(book, sheet_name="May", index=False)
        pd.DataFrame({"userid": ["b1", "b2"]}).to_excel(book, sheet_name="June", index=False)
    return written.getvalue()


@pytest.fixture
def taken() -> list[pd.DataFrame]:
    return []


@pytest.fixture
def model(taken: list[pd.DataFrame]) -> UploadModel:
    return UploadModel(SystemClock(), taken.append)


def take(model: UploadModel, name: str, data: bytes) -> None:
    model.load(name, data)
    model.wait()


def test_a_file_becomes_a_frame(model: UploadModel, taken: list[pd.DataFrame]) -> None:
    take(model, "staff.csv", CSV)
    assert taken[0].to_dict("list") == {"userid": ["0012", "0013"], "name": ["李雷", "韩梅梅"], "bonus": ["5", "7"]}
    assert model.state.file == "staff.csv"
    assert model.state.report is not None
    assert "2 rows" in str(model.state.report.title)


def test_a_file_that_is_dropped_for_other_recipients_leaves_no_error_and_no_choice(
    model: UploadModel, taken: list[pd.DataFrame]
) -> None:
    book = openpyxl.load_workbook(io.BytesIO(workbook()))
    book["May"].row_dimensions[2].hidden = True
    written = io.BytesIO()
    book.save(written)
    elsewhere = model.saved_state()
    for drop in (model.clear, lambda: model.restore(elsewhere)):
        take(model, "hidden.xlsx", written.getvalue())
        assert model.state.must_choose_hidden
        drop()
        assert not model.state.must_choose_hidden
        assert model.state.failure is None
        model.choose_hidden("skip")
        model.wait()
        assert not taken
        assert model.state.failure is None


def test_an_unreadable_file_keeps_the_previous_list(model: UploadModel, taken: list[pd.DataFrame]) -> None:
    take(model, "staff.csv", CSV)
    take(model, "photo.png", b"\x89PNG\r\n\x1a\n" + bytes(100))
    assert model.state.failure is not None
    assert "photo.png" in model.state.failure.what.in_form()
    assert model.state.file == "staff.csv"
    assert len(taken) == 1


def test_a_file_uploaded_while_another_is_read_is_read_next() -> None:
    has_begun, may_end, taken = threading.Event(), threading.Event(), list[pd.DataFrame]()

    def take_slowly(frame: pd.DataFrame) -> None:
        taken.append(frame)
        has_begun.set()
        may_end.wait(10)

    model = UploadModel(SystemClock(), take_slowly)
    model.load("wrong.csv", CSV)
    has_begun.wait(10)
    model.load("also wrong.csv", CSV)
    model.load("staff.csv", b"userid,name\n0014,Li\n")
    may_end.set()
    model.wait()
    assert [frame["userid"].tolist() for frame in taken] == [["0012", "0013"], ["0014"]]
    assert (model.state.file, model.state.is_reading) == ("staff.csv", False)


def test_a_file_that_was_cleared_while_it_was_read_is_not_taken(model: UploadModel, taken: list[pd.DataFrame]) -> None:
    unwatch = model.watch(lambda: (unwatch(), model.clear()) if model.state.text_file else None)
    take(model, "staff.csv", CSV)
    assert not taken
    assert (model.state.file, model.state.text_file, model.source_file) == ("", "", ("", b""))


def test_the_encoding_names_the_file_that_failed_while_another_list_is_shown(model: UploadModel) -> None:
    page = _Page(model)
    take(model, "staff.csv", CSV)
    page.render()
    assert page.view.encoding.description == "Encoding"
    take(model, "broken.csv", b"\xff\xfe\x00\xd8abc")
    page.render()
    assert (page.view.encoding.description, is_shown(page.view.encoding)) == ("Encoding of broken.csv", True)
    take(model, "staff.csv", CSV)
    page.render()
    assert page.view.encoding.description == "Encoding"


def test_the_encoding_of_a_file_refused_before_is_not_offered_after_another_was_refused(model: UploadModel) -> None:
    page = _Page(model)
    take(model, "broken.csv", b"\xff\xfe\x00\xd8abc")
    take(model, "empty.csv", b"")
    page.render()
    assert "empty.csv" in read(page.view.notice.value).text
    assert not is_shown(page.view.encoding)
    take(model, "staff.csv", CSV)
    take(model, "empty.csv", b"")
    page.render()
    # The list that is still shown can be read in another encoding.
    assert (page.view.encoding.description, is_shown(page.view.encoding)) == ("Encoding of staff.csv", True)
    type_into(page.view.encoding, "GB18030")
    model.wait()
    page.render()
    assert (model.state.failure, page.view.encoding.description) == (None, "Encoding")


def test_another_sheet_of_a_workbook_can_be_chosen(model: UploadModel, taken: list[pd.DataFrame]) -> None:
    take(model, "staff.xlsx", workbook())
    assert model.state.sheets == ("May", "June")
    model.choose_sheet("June")
    model.wait()
    assert taken[-1]["userid"].tolist() == ["b1", "b2"]
    assert (model.state.sheets, model.state.sheet) == (("May", "June"), "June")
    model.choose_sheet("July")
    model.wait()
    assert len(taken) == 2


@for_each(("name", "data"), [("list.pdf", b"%PDF-1.7"), ("damaged.xlsx", b"PK\x03\x04" + bytes(100))])
def test_another_sheet_can_be_chosen_after_another_file_was_refused(
    model: UploadModel, taken: list[pd.DataFrame], name: str, data: bytes
) -> None:
    take(model, "staff.xlsx", workbook())
    take(model, name, data)
    assert model.state.failure is not None
    model.choose_sheet("June")
    model.wait()
    assert (model.state.failure, model.state.file, model.state.sheet) == (None, "staff.xlsx", "June")
    assert taken[-1]["userid"].tolist() == ["b1", "b2"]


def test_the_sheets_of_another_workbook_cannot_be_chosen_while_its_successor_waits_for_a_choice(
    model: UploadModel, taken: list[pd.DataFrame]
) -> None:
    take(model, "staff.xlsx", workbook())
    book, written = openpyxl.load_workbook(io.BytesIO(workbook())), io.BytesIO()
    book["May"].row_dimensions[2].hidden = True
    book.save(written)
    take(model, "next.xlsx", written.getvalue())
    assert model.state.must_choose_hidden
    assert model.state.sheets == ()
    model.choose_sheet("June")
    model.wait()
    assert len(taken) == 1
    model.choose_hidden("skip")
    model.wait()
    assert (model.state.file, model.state.sheets, model.state.sheet) == ("next.xlsx", ("May", "June"), "May")


def test_a_sheet_without_a_list_is_skipped(model: UploadModel, taken: list[pd.DataFrame]) -> None:
    written = io.BytesIO()
    with pd.ExcelWriter(written) as book:
        pd.DataFrame({"About this file": []}).to_excel(book, sheet_name="Cover", index=False)
        pd.DataFrame({"userid": ["a1"]}).to_excel(book, sheet_name="May", index=False)
        pd.DataFrame({"userid": ["b1"]}).to_excel(book, sheet_name="June", index=False)
    take(model, "staff.xlsx", written.getvalue())
    assert model.state.failure is None
    assert (model.state.sheets, model.state.sheet) == (("Cover", "May", "June"), "May")
    model.choose_sheet("June")
    model.wait()
    assert taken[-1]["userid"].tolist() == ["b1"]
    assert model.state.sheets == ("Cover", "May", "June")


def test_the_first_rows_are_shown_unchanged(model: UploadModel, taken: list[pd.DataFrame]) -> None:
    take(model, "staff.csv", CSV)
    table = preview_table(taken[0])
    assert tuple(map(str, table.header)) == ("File line", "userid", "姓名", "bonus")
    assert table.rows == (("2", "0012", "李雷", "5"), ("3", "0013", "韩梅梅", "7"))
    assert table.more == ""
    wide = preview_table(pd.DataFrame([range(11)]))
    assert (len(wide.header), wide.more) == (8, "and 3 columns more")


def test_the_first_rows_show_dates_as_the_message_does(ding: DingTalk, tmp_path: Path) -> None:
    days = pd.to_datetime(["2026-11-01", None, "2026-11-03"])
    times = pd.to_datetime(["2026-11-01", None, "2026-11-03 10:30"], format="ISO8601")
    frame = pd.DataFrame({"userid": ["a", "b", "c"], "day": days, "time": times})
    written = tmp_path / "staff.xlsx"
    frame.to_excel(written, index=False)
    for table in (frame, dingnb.read_recipients(written)):
        shown = [row[-2:] for row in preview_table(table).rows]
        assert shown == [("2026-11-01", "2026-11-01 00:00:00"), ("", ""), ("2026-11-03", "2026-11-03 10:30:00")]
        message = dingnb.text("{{ day | default('') }} / {{ time | default('') }}")
        plan = ding.plan(table, message)
        assert "2026-11-01 / 2026-11-01 00:00:00" in str(plan.preview(table.index[0]))


class _Page(Form):
    """A form that consists of the upload only."""

    def __init__(self, model: UploadModel) -> None:
        super().__init__(model)
        self.view = UploadView(self, model, button(), button())
        self._upload = model
        model.watch(self.render)
        self.render()

    @property
    def box(self) -> Widget:
        return self.view.box

    def sheet(self) -> None:  # type: ignore[override]
        return None

    def _render(self) -> None:
        self.view.render(self._upload.state, 0, is_addressed=False, is_next_step=False)


def test_a_chosen_file_is_read_and_released(model: UploadModel, taken: list[pd.DataFrame]) -> None:
    page = _Page(model)
    upload(page.view.file, "staff.csv", CSV)
    model.wait()
    assert taken[0]["userid"].tolist() == ["0012", "0013"]
    assert page.view.file.value == ()
    assert "Choose another file" in page.view.file.description
    assert "staff.csv: 2 rows" in page.view.notice.value


def test_the_notes_about_a_workbook_are_one_notice_in_the_words_of_its_user(model: UploadModel) -> None:
    book = openpyxl.Workbook()
    book.active.title = "说明"
    book.active["A1"] = "请勿外传"
    pay = book.create_sheet("工资")
    for row in (["11 月工资"], ["姓名", "userid", "应发\n工资"], ["李雷", "u1", 5], ["韩梅", "u2", "#N/A"]):
        pay.append(row)
    page, packed = _Page(model), io.BytesIO()
    book.save(packed)
    upload(page.view.file, "pay.xlsx", packed.getvalue())
    model.wait()
    html = page.view.notice.value
    assert html.count("dn-notice-warn") == 1
    said = read(html).text
    assert "Sheet '工资' was read because it has a column of userids" in said
    # The other sheet was named already.
    assert "Other sheets were not read" not in said
    assert "姓名 → name" in said
    assert "\\n" not in said


def test_saved_state_contains_no_file() -> None:
    field = FileField(".csv", lambda: "CSV or Excel")
    upload(field, "staff.csv", CSV)
    assert field.get_state()["value"] == {"length": "CSV or Excel"}
    saved = json.dumps(embed.dependency_state([field]), default=repr)
    assert "staff" not in saved


def test_hostile_names_are_shown_as_text(model: UploadModel) -> None:
    page = _Page(model)
    upload(page.view.file, "<img src=x onerror=alert(1)>.csv", b"userid\n<b>x</b>\n")
    model.wait()
    assert "<img" not in page.view.notice.value
    assert "&lt;img" in page.view.notice.value


BIG5 = "userid,姓名\na1,陳小明\na2,林美玲\na3,黃志偉\n".encode("big5")


def test_a_garbled_text_can_be_read_in_another_encoding(model: UploadModel, taken: list[pd.DataFrame]) -> None:
    page = _Page(model)
    assert not is_shown(page.view.encoding)
    upload(page.view.file, "staff.csv", BIG5)
    model.wait()
    assert "choose another encoding under “Encoding”" in read(page.view.notice.value).text
    assert "name" not in taken[-1]
    assert is_shown(page.view.encoding)
    type_into(page.view.encoding, "Big5")
    model.wait()
    assert taken[-1].loc[2, "name"] == "陳小明"
    assert "choose another" not in read(page.view.notice.value).text
    type_into(page.view.encoding, "")
    model.wait()
    assert model.state.encoding == ""
    assert len(taken) == 3


def test_an_unreadable_text_offers_encodings_and_keeps_the_previous_list(
    model: UploadModel, taken: list[pd.DataFrame]
) -> None:
    page = _Page(model)
    upload(page.view.file, "staff.csv", CSV)
    model.wait()
    upload(page.view.file, "other.csv", b"userid,name\na1,\xff\xff\xff\x80\n")
    model.wait()
    said = read(page.view.notice.value).text
    assert "'other.csv' is not" in said
    assert "Choose another encoding under “Encoding”, or save the file as .xlsx" in said
    assert len(taken) == 1
    type_into(page.view.encoding, "Windows-1252")
    model.wait()
    assert "'other.csv' is not" not in read(page.view.notice.value).text
    assert model.state.file == "other.csv"


def test_a_file_that_is_not_a_table_says_which_file_to_choose(model: UploadModel) -> None:
    for name, data in (
        ("photo.xlsx", b"\x89PNG\r\n\x1a\n" + bytes(100)),
        ("photo.csv", b"GIF89a" + bytes(100)),
        ("list.pdf", b"%PDF-1.7"),
    ):
        take(model, name, data)
        assert model.state.failure is not None
        assert model.state.failure.hint.in_form().startswith("Choose the file with the list")


def test_a_workbook_with_macros_is_read_and_no_macro_is_run(model: UploadModel, taken: list[pd.DataFrame]) -> None:
    written = io.BytesIO(workbook())
    with zipfile.ZipFile(written, "a") as archive:
        archive.writestr("xl/vbaProject.bin", b"a macro")
    page = _Page(model)
    upload(page.view.file, "staff.xlsm", written.getvalue())
    model.wait()
    assert taken[0]["userid"].tolist() == ["a1"]
    assert "The workbook contains macros; only its cells were read" in read(page.view.notice.value).text
    assert ".xlsm" in page.view.file.accept


def test_the_size_limit_depends_on_the_environment(model: UploadModel, monkeypatch: pytest.MonkeyPatch) -> None:
    page = _Page(model)
    assert "dingnb.read_recipients() in a cell" in page.view.hint.value
    monkeypatch.setenv("VOILA_BASE_URL", "/")
    page.render()
    assert "Up to 10 MB." in page.view.hint.value
    monkeypatch.setenv("DINGNB_APP_EXPORTS", "/exports")
    page.render()
    assert "Up to 200 MB." in page.view.hint.value
