"""
Figures of matplotlib, seaborn, plotly and altair as pictures, each exported by its own library.

None of these libraries is imported here: a figure's library is imported already. A figure is drawn as large as
DingTalk shows it, at twice the density, and without dates or metadata: the same figure gives the same bytes.
"""

import io
import re
import struct
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from typing import Any, Final, NoReturn

from dingnb.errors import DingError, InputError, MissingPackageError
from dingnb.media.pictures import display_scale
from dingnb.words import NOTHING, Text

CHINESE_FONTS: Final = (
    *("Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "Source Han Sans CN", "Microsoft YaHei"),
    *("PingFang SC", "Hiragino Sans GB", "Heiti SC", "STHeiti", "SimHei", "DengXian", "SimSun"),
    *("WenQuanYi Micro Hei", "WenQuanYi Zen Hei", "Droid Sans Fallback", "Arial Unicode MS"),
    *("Noto Sans CJK TC", "Noto Sans CJK JP"),
)
"""
Font families with Chinese characters, in order of preference.

Old versions of matplotlib find only the first font of a collection, such as Noto Sans CJK JP.
"""

_CHINESE = re.compile("[\u2e80-\u9fff\uf900-\ufaff\ufe30-\ufe4f\uff00-\uffef]")
_NO_CHROME = re.compile("ChromeNotFound|Chrome to be installed|get_chrome")
"""Pattern for the errors of kaleido without Chrome, which plotly raises again as a RuntimeError with other words."""

_PAD_INCHES = 0.1
_PLOTLY_SIZE = (700, 500)


def library_of(value: object) -> str:
    """Return which library of figures, or PIL or pandas, an object's class or base class is from; empty if none."""
    roots = (base.__module__.partition(".")[0] for base in type(value).__mro__)
    return next((root for root in roots if root in {*_DRAWERS, "PIL", "pandas"}), "")


def is_figure(value: object) -> bool:
    """Return whether an object is a figure or a part of a figure, or an array of axes, of a supported library."""
    return library_of(value) in _DRAWERS or _axes_in(value) is not None


def is_whole_figure(value: object) -> bool:
    """Return whether an object is a whole figure, axes or a chart, and not one of its parts."""
    can_be_drawn = any(hasattr(value, name) for name in ("savefig", "has_data", "to_image", "save"))
    return library_of(value) in _DRAWERS and can_be_drawn and not isinstance(value, type)


def draw(value: Any) -> tuple[bytes, Text]:  # noqa: ANN401 - of any library
    """
    Return a figure as PNG, and a note on what could not be drawn correctly; usually empty.

    Args:
        value: An object for which `is_figure` is true.

    Raises:
        InputError: The figure is empty or closed, or cannot be drawn; or the object is not on a figure.
        MissingPackageError: The package with which the figure's library saves pictures is not installed.
    """
    axes = _axes_in(value)
    drawer = _draw_matplotlib if axes is not None else _DRAWERS[library_of(value)]
    try:
        return drawer(value if axes is None else axes)
    except DingError:
        raise
    except Exception as error:  # noqa: BLE001 - any error of a figure library
        reason = " ".join(str(error).split())[:300] or type(error).__name__
    what = Text("media.not_drawn", thing=Text("media.thing_figure"), reason=reason)
    raise InputError(what, Text("media.not_drawn_todo"))


def _refuse(key: str, **fields: object) -> NoReturn:
    raise InputError(Text(key, thing=Text("media.thing_figure"), **fields), Text(f"{key}_todo"))


def _axes_in(value: Any) -> Any:  # noqa: ANN401 - of any library
    """Return the first axes in an array of axes, such as pandas returns for subplots; None for any other value."""
    if type(value).__module__ != "numpy" or not getattr(value, "size", 0) or value.dtype != object:
        return None
    first = value.flat[0]
    return first if library_of(first) == "matplotlib" else None


def _draw_matplotlib(value: Any) -> tuple[bytes, Text]:  # noqa: ANN401 - a figure, axes, or anything on them
    figure = _figure_of(value)
    if figure is None:
        raise InputError(
            Text("media.not_media", value=type(value).__name__, kind=Text("media.kind_image")),
            Text("media.not_media_todo"),
        )
    if _is_closed(figure):
        _refuse("media.closed")
    if not _has_content(figure):
        _refuse("media.nothing_drawn")
    with warnings.catch_warnings():
        # matplotlib has warned about missing characters and layouts in the notebook already.
        warnings.simplefilter("ignore")
        figure.draw_without_rendering()
        with _with_chinese_font(figure) as note:
            return _save_png(figure), note


def _save_png(figure: Any) -> bytes:  # noqa: ANN401 - matplotlib's
    box = figure.get_tightbbox().padded(_PAD_INCHES)
    file = io.BytesIO()
    dpi = display_scale(box.width, box.height)
    figure.savefig(file, format="png", dpi=dpi, bbox_inches=box, metadata={"Software": None})
    return file.getvalue()


def _figure_of(value: Any) -> Any:  # noqa: ANN401 - matplotlib's
    """Return the whole figure on which something was drawn."""
    figure = value
    if not hasattr(value, "savefig"):
        # Containers, such as the bars of a chart, have artists, which have a figure.
        figure = getattr(value, "figure", None) or next(
            (child.figure for child in getattr(value, "get_children", list)() if getattr(child, "figure", None)), None
        )
    while figure is not None and not hasattr(figure, "savefig"):
        figure = figure.figure if figure.figure is not figure else None
    return figure


def _is_closed(figure: Any) -> bool:  # noqa: ANN401 - matplotlib's
    """
    Return whether the analyst has closed a figure of pyplot.

    Notebooks close every figure at the end of its cell, so the result is False in notebooks.
    """
    pyplot, number = sys.modules.get("matplotlib.pyplot"), getattr(figure, "number", None)
    if pyplot is None or number is None or "inline" in str(pyplot.get_backend()).lower():
        return False
    return not pyplot.fignum_exists(number)


def _has_content(figure: Any) -> bool:  # noqa: ANN401 - matplotlib's
    if figure.texts or figure.images or figure.lines or figure.artists or figure.legends:
        return True
    return any(axes.has_data() or axes.texts or axes.tables or axes.artists for axes in figure.axes)


@contextmanager
def _with_chinese_font(figure: Any) -> Iterator[Text]:  # noqa: ANN401 - matplotlib's
    """Give Chinese texts a font with Chinese characters inside the context; yield a note if no font has them."""
    texts = [text for text in _texts_of(figure) if _CHINESE.search(text.get_text())]
    font = _chinese_font() if texts else None
    if font is None:
        yield Text("media.no_chinese_font") if texts and not _fonts_have_all_characters(texts) else NOTHING
        return
    before = [(text, text.get_fontfamily()) for text in texts]
    for text, families in before:
        text.set_fontfamily([*_single_families(families), font])
    try:
        yield NOTHING
    finally:
        for text, families in before:
            text.set_fontfamily(families)


def _texts_of(figure: Any) -> list[Any]:  # noqa: ANN401 - matplotlib's
    text_class, cell_class = import_module("matplotlib.text").Text, import_module("matplotlib.table").Cell
    # A cell of a table does not list its text among its children.
    return [*figure.findobj(text_class), *(cell.get_text() for cell in figure.findobj(cell_class))]


def _chinese_font() -> str | None:
    manager = import_module("matplotlib.font_manager").fontManager
    installed = {entry.name for entry in manager.ttflist}
    return next((font for font in CHINESE_FONTS if font in installed), None)


def _single_families(families: list[str]) -> list[str]:
    """Return font families, with generic families such as sans-serif replaced by the font that matplotlib takes."""
    manager = import_module("matplotlib.font_manager")
    resolved = []
    for family in families:
        with suppress(ValueError):
            font_path = manager.findfont(
                manager.FontProperties(family=[family]), fallback_to_default=family in manager.font_family_aliases
            )
            resolved.append(manager.get_font(font_path).family_name)
    return resolved


def _fonts_have_all_characters(texts: list[Any]) -> bool:
    """Return whether each text's font has all of the text's characters."""
    manager = import_module("matplotlib.font_manager")
    for text in texts:
        font = manager.get_font(manager.findfont(text.get_fontproperties()))
        if any(not font.get_char_index(ord(letter)) for letter in text.get_text() if not letter.isspace()):
            return False
    return True


def _draw_seaborn(value: Any) -> tuple[bytes, Text]:  # noqa: ANN401 - seaborn's
    if hasattr(value, "figure"):
        return _draw_matplotlib(value.figure)
    # A plot of seaborn.objects draws itself on a given figure.
    figure = import_module("matplotlib.figure").Figure()
    value.on(figure).plot()
    return _draw_matplotlib(figure)


def _draw_plotly(value: Any) -> tuple[bytes, Text]:  # noqa: ANN401 - plotly's
    layout = value.layout
    if not (value.data or layout.annotations or layout.shapes or layout.images):
        _refuse("media.nothing_drawn")
    _require_module("plotly", "kaleido")
    width, height = layout.width or _PLOTLY_SIZE[0], layout.height or _PLOTLY_SIZE[1]
    scale = display_scale(width, height)
    try:
        return bytes(value.to_image(format="png", width=width, height=height, scale=scale)), NOTHING
    except Exception as error:
        # kaleido draws with Chrome, which pip does not install.
        if not _NO_CHROME.search(f"{type(error).__name__} {error}"):
            raise
        raise MissingPackageError(Text("media.no_chrome"), Text("media.no_chrome_todo")) from None


def _draw_altair(value: Any) -> tuple[bytes, Text]:  # noqa: ANN401 - altair's
    _require_module("altair", "vl_convert", "vl-convert-python")
    width, height = struct.unpack(">II", _altair_png(value, 1.0)[16:24])
    return _altair_png(value, display_scale(width, height)), NOTHING


def _altair_png(value: Any, scale: float) -> bytes:  # noqa: ANN401 - altair's
    file = io.BytesIO()
    value.save(file, format="png", scale_factor=scale)
    return file.getvalue()


def _require_module(library: str, module: str, package: str = "") -> None:
    try:
        import_module(module)
    except ImportError:
        package = package or module
        what = Text("media.no_exporter", library=library, package=package)
        todo = Text("media.no_kaleido_todo" if module == "kaleido" else "media.no_exporter_todo", package=package)
        raise MissingPackageError(what, todo) from None


_DRAWERS = {
    "matplotlib": _draw_matplotlib,
    "seaborn": _draw_seaborn,
    "plotly": _draw_plotly,
    "altair": _draw_altair,
}
