import io
import os
import subprocess
import sys
import tempfile
import types
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt
from matplotlib.figure import Figure
from PIL import Image

from dingnb.errors import InputError, MissingPackageError
from dingnb.media import content_of, figures, kind_for, pictures
from tests.media.samples import PDF, PNG, SAMPLES, archive
from tests.table_rows import for_each

mpl.use("Agg")


@pytest.fixture(autouse=True)
def _figures() -> Iterator[None]:
    yield
    plt.close("all")


@for_each("written", [b"", PDF])
def test_a_non_blocking_pipe_that_is_not_at_its_end_is_refused(written: bytes) -> None:
    reader, writer = os.pipe()
    os.set_blocking(reader, False)
    os.write(writer, written)
    with (
        os.fdopen(reader, "rb", buffering=0) as file,
        os.fdopen(writer, "wb"),
        pytest.raises(InputError, match=r"cannot be read: .*unavailable"),
    ):
        content_of(file, "file", "a.pdf")


def size_of(data: bytes) -> tuple[int, int]:
    with Image.open(io.BytesIO(data)) as image:
        return image.size


def chart(**options: Any) -> Figure:
    figure = Figure(**options)
    figure.add_subplot().plot([1, 3, 2])
    return figure


def test_paths_bytes_and_open_files_give_equal_contents(tmp_path: Path) -> None:
    path = tmp_path / "pay.pdf"
    path.write_bytes(PDF)
    with path.open("rb") as file:
        file.seek(5)
        found = [
            content_of(given, "file", name)
            for given, name in (
                (str(path), None),
                (path, None),
                (PDF, "pay.pdf"),
                (bytearray(PDF), "pay.pdf"),
                (memoryview(PDF), "pay.pdf"),
                (file, None),
                (io.BytesIO(PDF), "pay.pdf"),
            )
        ]
        assert file.tell() == 5
    assert len(set(found)) == 1
    assert content_of(found[0], "file") is found[0]


def test_a_buffer_that_was_just_written_is_read_from_its_start() -> None:
    buffer = io.BytesIO()
    buffer.write(PNG)
    assert content_of(buffer, "image").read() == PNG


def test_a_path_below_the_home_folder_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    (tmp_path / "pay.pdf").write_bytes(PDF)
    assert content_of("~/pay.pdf", "file").name == "pay.pdf"


def test_bytes_of_a_file_need_a_name() -> None:
    with pytest.raises(InputError, match=r'name="payslip\.pdf"'):
        content_of(PDF, "file")
    assert content_of(PNG, "image").name == "image.png"
    assert content_of(SAMPLES["mp3"], "voice").name == "voice.mp3"


@for_each("name", ["", " ", 1, b"a"])
def test_a_name_is_text(name: Any) -> None:
    with pytest.raises(InputError, match="is not a valid file name"):
        content_of(PDF, "file", name)


@for_each("value", [None, float("nan"), np.float32("nan"), pd.NA, pd.NaT])
def test_a_missing_value_is_called_missing(value: object) -> None:
    with pytest.raises(InputError, match="The value is missing"):
        content_of(value, "file")


@for_each("value", [1, 2.5, object(), ["a.pdf"], {"a": 1}, np.array([1, 2]), np.array(["a"], dtype=object), int])
def test_what_cannot_be_sent_is_named(value: object) -> None:
    with pytest.raises(InputError, match="cannot be sent as a file"):
        content_of(value, "file")


def test_what_plotting_returns_gets_advice_that_fits() -> None:
    _, axes = plt.subplots()
    drawn = axes.plot([1, 2])
    for value, words in (
        (None, r"plt.show\(\) and many functions that plot return None"),
        (drawn, r"Pass the figure, or the axes, on which they are drawn"),
        (tuple(drawn), r"Pass the figure, or the axes, on which they are drawn"),
        (np.zeros((4, 4, 3), dtype="uint8"), r"PIL.Image.fromarray\(array\)"),
        (np.array([0.5]), r"ax.imshow\(array\)"),
    ):
        with pytest.raises(InputError, match=words):
            content_of(value, "image")
    with pytest.raises(InputError, match="a DataFrame"):
        content_of(np.zeros(3), "file")


def test_a_file_in_text_mode_and_a_closed_one_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(PDF[:9])
    with path.open(encoding="latin-1") as file, pytest.raises(InputError, match="text mode"):
        content_of(file, "file")
    with path.open("rb") as file:
        pass
    with pytest.raises(InputError, match="The file is closed"):
        content_of(file, "file")


def test_an_open_file_that_is_too_large_is_not_read_to_its_end() -> None:
    with tempfile.TemporaryFile() as file:
        file.write(PDF)
        file.truncate(30 * 2**20)
        with pytest.raises(InputError, match=r"30\.0 MB"):
            content_of(file, "file", "a.pdf")


def test_a_figure_is_as_large_as_dingtalk_shows_it_at_twice_the_density() -> None:
    assert size_of(content_of(chart(), "image").read())[0] == 2 * pictures.MAX_DISPLAY_SIZE[0]
    assert size_of(content_of(chart(figsize=(20, 3)), "image").read())[0] == 2 * pictures.MAX_DISPLAY_SIZE[0]
    tall = size_of(content_of(chart(figsize=(2, 12)), "image").read())
    assert tall[1] == 2 * pictures.MAX_DISPLAY_SIZE[1]
    assert tall[0] < 2 * pictures.MAX_DISPLAY_SIZE[0]


def test_the_same_figure_is_the_same_content() -> None:
    figure = chart(layout="constrained")
    first, second = (content_of(figure, "image", "week.png") for _ in range(2))
    assert first == second == content_of(chart(layout="constrained"), "image", "week.png")
    with Image.open(io.BytesIO(first.read())) as image:
        assert set(image.info) <= {"dpi"}


def test_drawing_leaves_the_figure_as_it_was() -> None:
    figure = chart()
    title = figure.axes[0].set_title("销售")
    before = figure.dpi, figure.get_size_inches().tolist(), title.get_fontfamily()
    content_of(figure, "image")
    assert (figure.dpi, figure.get_size_inches().tolist(), title.get_fontfamily()) == before


def test_all_parts_of_a_figure_stand_for_it() -> None:
    figure, axes = plt.subplots(1, 2)
    bars = axes[0].bar([1, 2], [3, 4])
    line = axes[1].plot([1, 2])[0]
    whole = content_of(figure, "image")
    assert {content_of(part, "image") for part in (axes, axes[0], bars, line)} == {whole}


def test_the_plots_of_pandas_are_figures() -> None:
    frame = pd.DataFrame({"a": [1, 2], "b": [2, 1]})
    assert content_of(frame.plot(), "image").mime == "image/png"
    assert content_of(frame.plot(subplots=True), "image").mime == "image/png"


def test_a_subfigure_stands_for_its_figure() -> None:
    figure = Figure()
    part = figure.subfigures(1, 2)[0]
    part.subplots().plot([1, 2])
    assert content_of(part, "image") == content_of(figure, "image")


def test_empty_figures_are_refused() -> None:
    cleared = plt.figure()
    cleared.add_subplot().plot([1, 2])
    cleared.clear()
    for figure in (Figure(), plt.figure(), plt.subplots()[0], cleared):
        with pytest.raises(InputError, match="The figure is empty"):
            content_of(figure, "image")


def test_a_closed_figure_is_refused_but_where_the_notebook_closes_it(monkeypatch: pytest.MonkeyPatch) -> None:
    figure, axes = plt.subplots()
    axes.plot([1, 2])
    plt.close(figure)
    with pytest.raises(InputError, match="The figure is closed"):
        content_of(figure, "image")
    monkeypatch.setattr(plt, "get_backend", lambda: "module://matplotlib_inline.backend_inline")
    assert content_of(figure, "image").size


@pytest.mark.parametrize("rc", [{}, {"font.family": "serif"}, {"font.family": ["DejaVu Sans", "monospace"]}], ids=str)
def test_chinese_letters_are_not_drawn_as_boxes(rc: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    def drawn(text: str) -> bytes:
        with mpl.rc_context(rc):
            figure = chart()
            figure.axes[0].set_title(text)
            content = content_of(figure, "image")
            notes.append(str(content.note))
        return content.read()

    notes: list[str] = []
    # Boxes of two letters would look the same.
    assert drawn("销") != drawn("售")
    assert notes == ["", ""]
    monkeypatch.setattr(figures, "CHINESE_FONTS", ())
    if not rc:
        assert drawn("销") == drawn("售")
        assert "has no Chinese font" in notes[-1]


def test_chinese_letters_in_tables_are_not_drawn_as_boxes() -> None:
    assert content_of(pd.DataFrame({"a": ["销"]}), "image") != content_of(pd.DataFrame({"a": ["售"]}), "image")
    assert content_of(pd.DataFrame({"销": [1]}), "image") != content_of(pd.DataFrame({"售": [1]}), "image")


def test_a_figure_is_sent_as_an_image_only() -> None:
    for kind in ("file", "voice", "video"):
        with pytest.raises(InputError, match=r"Use dingnb\.image"):
            content_of(chart(), kind)


@for_each("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16", "F", "YCbCr"])
def test_an_image_of_any_mode_becomes_a_png_without_metadata(mode: str) -> None:
    image = Image.new(mode, (30, 20))
    image.info["comment"] = "taken on 2026-11-02"
    content = content_of(image, "image", "photo")
    assert (content.name, content.mime, size_of(content.read())) == ("photo.png", "image/png", (30, 20))
    assert b"2026" not in content.read()
    assert content_of(image, "image", "photo") == content


@for_each("mode", ["I;16", "I;16B"])
def test_an_image_of_16_bits_keeps_its_greys(mode: str) -> None:
    image = Image.fromarray(np.array([[0, 1_000, 32_768, 65_535]], dtype=">u2" if mode.endswith("B") else "<u2"))
    assert image.mode == mode
    sent = Image.open(io.BytesIO(content_of(image, "image").read()))
    assert [sent.getpixel((x, 0)) for x in range(4)] == pytest.approx([0, 4, 127, 255], abs=1)


@for_each("values", [[-1, 5], [0, 256], [0.0, 0.5], [0.0, 300.0]])
def test_an_image_of_other_numbers_is_refused(values: list[float]) -> None:
    image = Image.fromarray(np.array([values], dtype="float32" if isinstance(values[0], float) else "int32"))
    with pytest.raises(
        InputError, match=rf"^The image has values from {values[0]:g} to {values[1]:g}; a picture has whole numbers"
    ) as refusal:
        content_of(image, "image")
    assert "Check that the notebook can display it" not in str(refusal.value)
    assert content_of(Image.fromarray(np.array([[0, 255]], dtype="int32")), "image").mime == "image/png"


def test_an_empty_image_and_a_closed_one_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="The image is empty"):
        content_of(Image.new("RGB", (0, 5)), "image")
    Image.new("RGB", (5, 5)).save(tmp_path / "a.png")
    image = Image.open(tmp_path / "a.png")
    image.close()
    with pytest.raises(
        InputError, match=r"The image is closed\.\nPass it before it is closed, such as inside its with block"
    ):
        content_of(image, "image")


def noise(width: int, mode: str = "RGB") -> Image.Image:
    generator = np.random.default_rng(1)
    return Image.fromarray(generator.integers(0, 256, (width, width, len(mode)), dtype=np.uint8), mode)


@for_each(
    ("most_kb", "words"),
    [(60, ""), (20, "a JPEG of quality"), (2, " × ")],
)
def test_a_picture_that_is_too_large_is_encoded_again_and_says_so(most_kb: int, words: str) -> None:
    image = noise(128)
    content = content_of(image, "image", "noise", max_bytes=most_kb * 1_000)
    assert content.size <= most_kb * 1_000
    assert words in str(content.note)
    assert bool(words) == bool(content.note)
    assert content.name == ("noise.jpg" if words else "noise.png")
    assert content_of(image, "image", "noise", max_bytes=most_kb * 1_000) == content


def test_a_transparent_picture_that_is_encoded_again_stands_on_white() -> None:
    image = Image.new("RGBA", (64, 64), (0, 0, 0, 0))
    image.paste(noise(32, "RGB"), (0, 0))
    content = content_of(image, "image", max_bytes=2_600)
    with Image.open(io.BytesIO(content.read())) as sent:
        assert min(sent.convert("RGB").getpixel((60, 60))) > 240


def test_a_picture_that_cannot_be_made_small_enough_is_refused() -> None:
    with pytest.raises(InputError, match="MB, and cannot be reduced to the"):
        content_of(noise(64), "image", max_bytes=100)


def test_a_figure_that_is_too_large_is_encoded_again() -> None:
    content = content_of(chart(), "image", max_bytes=13_000)
    assert content.size <= 13_000
    assert "is sent with 256 colours" in str(content.note)
    assert content.mime == "image/png"


def test_of_an_animated_image_the_first_frame_is_sent_and_that_is_said() -> None:
    file = io.BytesIO()
    frames = [Image.new("RGB", (9, 9), colour) for colour in ("red", "blue")]
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:])
    content = content_of(Image.open(file), "image")
    assert "only its first frame is sent" in str(content.note)
    with Image.open(io.BytesIO(content.read())) as sent:
        assert sent.convert("RGB").getpixel((4, 4))[0] > 240


TABLE = pd.DataFrame(
    {"地区": ["华东", "华南"], "net": [1_204.5, None], "n": [1, 2], "at": pd.to_datetime(["2026-11-02"] * 2)}
)


def test_a_table_becomes_a_picture() -> None:
    content = content_of(TABLE, "image")
    assert (content.name, content.mime, str(content.note)) == ("table.png", "image/png", "")
    assert size_of(content.read())[0] == 2 * pictures.MAX_DISPLAY_SIZE[0]
    assert content_of(TABLE.copy(), "image") == content
    assert content_of(TABLE.assign(n=3), "image") != content
    assert content_of(TABLE["net"], "image").sha256 == content_of(TABLE[["net"]], "image").sha256


def test_a_named_index_is_part_of_the_picture_and_another_is_not() -> None:
    plain = content_of(TABLE, "image")
    assert content_of(TABLE.set_axis(["x", "y"]), "image") == plain
    assert content_of(TABLE.set_index("地区"), "image") == plain


def test_a_pivot_table_has_its_levels_as_headings() -> None:
    levels = pd.MultiIndex.from_tuples([("地区", ""), ("net", "Q1")])
    pivot = pd.DataFrame([["华东", 1.5]], columns=levels)
    plain = pivot.set_axis(["地区", "net Q1"], axis=1)
    assert content_of(pivot, "image").sha256 == content_of(plain, "image").sha256
    assert content_of(pivot, "file").sha256 == content_of(plain, "file").sha256
    people = pd.DataFrame({("联系", "手机号"): ["13900000001", "13900000002"], ("手机号", ""): ["1", "2"]})
    assert "rows of 2 people (column 手机号)" in str(content_of(people, "image").note)


@pytest.mark.parametrize("letters", [11, 40])
def test_a_table_that_is_too_wide_to_be_read_is_noted(letters: int) -> None:
    wide = pd.DataFrame({f"{number}{'x' * letters}": ["x"] for number in range(8)})
    assert ("hard to read in the picture" in str(content_of(wide, "image").note)) is (letters > 11)


@for_each("value", [TABLE.style, pd.Timestamp("2026-11-02"), TABLE["n"].array])
def test_what_is_no_table_of_pandas_is_named(value: object) -> None:
    with pytest.raises(InputError, match="cannot be sent as a picture"):
        content_of(value, "image")


def test_the_settings_for_an_analysts_figures_do_not_reach_a_table() -> None:
    plain = content_of(TABLE, "image")
    with mpl.rc_context({"font.size": 30, "figure.facecolor": "black", "savefig.facecolor": "black"}):
        assert content_of(TABLE, "image") == plain


def test_a_table_is_drawn_without_choosing_a_backend_that_may_open_windows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MPLBACKEND", raising=False)
    code = (
        "import sys, pandas as pd; from dingnb.media.frames import draw_table;"
        "draw_table(pd.DataFrame({'a': [1]})); sys.exit('matplotlib.pyplot' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0  # noqa: S603 - our own code


def test_a_table_that_is_empty_or_too_large_for_a_picture_is_refused() -> None:
    with pytest.raises(InputError, match="The table is empty"):
        content_of(TABLE.head(0), "image")
    with pytest.raises(InputError, match=r"31 rows and 1 column.*30 rows"):
        content_of(pd.DataFrame({"a": range(31)}), "image")
    with pytest.raises(InputError, match=r"frame\.head"):
        content_of(pd.DataFrame([range(9)]), "image")


def test_a_table_as_a_file_is_a_workbook_without_dates() -> None:
    content = content_of(TABLE, "file", "week.xlsx")
    assert (content.name, content.mime) == (
        "week.xlsx",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    )
    pd.testing.assert_frame_equal(pd.read_excel(io.BytesIO(content.read())), TABLE)
    with zipfile.ZipFile(io.BytesIO(content.read())) as archive:
        assert {member.date_time for member in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert b"W3CDTF" not in archive.read("docProps/core.xml")
    assert content_of(TABLE, "file").name == "table.xlsx"
    with pytest.raises(InputError, match="cannot be sent as a voice"):
        content_of(TABLE, "voice")


class _Layout:
    width, height = 700, 500
    annotations = shapes = images = ()


def plotly_figure(data: tuple[object, ...]) -> Any:
    """Return what looks like a figure of plotly, which is not installed here, and draws with what it is asked for."""

    class Plot:
        layout = _Layout()

        def to_image(self, **options: Any) -> bytes:
            asked.update(options)
            return PNG

    asked: dict[str, Any] = {}
    Plot.__module__ = "plotly.graph_objs"
    plot = Plot()
    plot.data, plot.asked = data, asked  # type: ignore[attr-defined]
    return plot


def test_a_figure_of_plotly_is_drawn_by_its_own_export(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "kaleido", types.ModuleType("kaleido"))
    plot = plotly_figure((1,))
    assert content_of(plot, "image").read() == PNG
    assert plot.asked == {"format": "png", "width": 700, "height": 500, "scale": 676 / 700}
    with pytest.raises(InputError, match="The figure is empty"):
        content_of(plotly_figure(()), "image")


def test_an_exporter_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "kaleido", None)
    with pytest.raises(MissingPackageError, match=r"pip install kaleido\. It also needs Chrome"):
        content_of(plotly_figure((1,)), "image")


@for_each("column", [["a.pdf", "b.pdf"], ("a.pdf",), pd.Series(["a.pdf"]), pd.Index(["a.pdf"])])
def test_a_column_of_paths_is_not_sent_to_everybody(column: object) -> None:
    for kind in ("file", "image"):
        with pytest.raises(InputError, match="name the column of paths"):
            content_of(column, kind)
    assert content_of(pd.Series([1, 2]), "file").name == "table.xlsx"


def test_plotly_without_chrome_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(**_: object) -> bytes:
        message = "Kaleido requires Google Chrome to be installed.\n\nEither download and install Chrome yourself …"
        raise RuntimeError(message)

    monkeypatch.setitem(sys.modules, "kaleido", types.ModuleType("kaleido"))
    plot = plotly_figure((1,))
    plot.to_image = refuse
    with pytest.raises(MissingPackageError, match="plotly_get_chrome"):
        content_of(plot, "image")


def test_a_library_that_fails_to_draw_is_quoted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "kaleido", types.ModuleType("kaleido"))
    plot = plotly_figure((1,))
    plot.to_image = lambda **_: 1 / 0
    with pytest.raises(InputError, match="cannot be drawn: division by zero"):
        content_of(plot, "image")


def test_a_chart_of_altair_is_scaled_to_the_size_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    class Chart:
        def save(self, file: io.BytesIO, **options: Any) -> None:
            scales.append(options["scale_factor"])
            Image.new("RGB", (169, 100)).save(file, options["format"])

    scales: list[float] = []
    Chart.__module__ = "altair.vegalite.v6.api"
    monkeypatch.setitem(sys.modules, "vl_convert", types.ModuleType("vl_convert"))
    content_of(Chart(), "image")
    assert scales == [1.0, 4.0]
    monkeypatch.setitem(sys.modules, "vl_convert", None)
    with pytest.raises(MissingPackageError, match="pip install vl-convert-python"):
        content_of(Chart(), "image")


@pytest.mark.parametrize("value", [None, 5, object()])
def test_the_kind_of_nothing_that_can_be_sent_is_an_error(value: object) -> None:
    with pytest.raises(InputError):
        kind_for(value)


def test_a_damaged_archive_has_a_kind_and_is_refused_with_the_reason() -> None:
    damaged = SAMPLES["xlsx"][:40]
    assert kind_for(damaged) == "file"
    with pytest.raises(InputError):
        content_of(damaged, "file", "a.xlsx")
    of_later_version = bytearray(SAMPLES["zip"])
    of_later_version[of_later_version.index(b"PK\x01\x02") + 6] = 99
    assert kind_for(bytes(of_later_version)) == "file"


def test_a_file_opened_as_text_is_refused_as_such(tmp_path: Path) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(b"%PDF-1.7 \xff\xfe")
    with path.open(encoding="utf-8") as file, pytest.raises(InputError, match="text"):
        content_of(file, "file")


def test_a_workbook_with_macros_is_refused() -> None:
    with pytest.raises(InputError, match="macros"):
        content_of(archive("[Content_Types].xml", "xl/workbook.xml", "xl/vbaProject.bin"), "file", "a.xlsm")


def test_a_photo_is_sent_upright() -> None:
    photo = Image.new("RGB", (40, 20), "red")
    exif = photo.getexif()
    exif[0x0112] = 6
    file = io.BytesIO()
    photo.save(file, "JPEG", exif=exif)
    with Image.open(file) as held_sideways:
        content = content_of(held_sideways, "image")
    with Image.open(io.BytesIO(content.read())) as sent:
        assert sent.size == (20, 40)


@for_each(
    ("frame", "note"),
    [
        (pd.DataFrame({"userid": ["a", "b", "a"], "x": [1, 2, 3]}), "The table has rows of 2 people (column userid)"),
        (pd.DataFrame({"x": [1, 2], "手机号": [13900000001, 13900000002]}), "of 2 people (column 手机号)"),
        (pd.DataFrame({"x": [1, 2]}, index=pd.Index(["a", "b"], name="userid")), "of 2 people (column userid)"),
        (pd.DataFrame({"userid": [["a"], {"b": 1}]}), "of 2 people"),
        (pd.DataFrame({"userid": ["a", None, "a"], "x": [1, 2, 3]}), ""),
        (pd.DataFrame({"city": ["a", "b"], "x": [1, 2]}), ""),
    ],
)
def test_a_table_with_rows_of_several_people_is_noted(frame: pd.DataFrame, note: str) -> None:
    for kind in ("file", "image"):
        assert note in str(content_of(frame, kind).note)
        assert bool(content_of(frame, kind).note) == bool(note)
