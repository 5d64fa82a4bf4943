"""
Sphinx's settings for the documentation, in both languages.

`tools/docs.py` puts a copy of this file into the assembled sources of each language, and names the language by the
folder. No page loads anything from another server: furo brings its own style sheets, and the forms' widgets are shown
as the text of the saved notebooks.
"""

import re
from importlib.metadata import version as version_of
from itertools import pairwise
from pathlib import Path
from typing import Any

from pygments.lexers.special import TextLexer
from sphinx.application import Sphinx
from sphinx.locale import get_translation
from sphinx.search.zh import SearchChinese

HERE = Path(__file__).parent
IS_CHINESE = HERE.name == "zh"
OTHER = HERE.parent / ("en" if IS_CHINESE else "zh")

project = "dingnb"
author = "the dingnb authors"
copyright = "the dingnb authors"  # noqa: A001 - Sphinx's name
version = release = version_of("dingnb")
language = "zh_CN" if IS_CHINESE else "en"

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
nb_execution_mode = "off"
nb_ipywidgets_js = {}
nb_mime_priority_overrides = [("*", "application/vnd.jupyter.widget-view+json", None)]
nb_render_markdown_format = "commonmark"
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 4

default_role = "code"
add_module_names = False
autodoc_member_order = "bysource"
autodoc_typehints = "signature"
autodoc_default_options = {"members": True}
autodoc_preserve_defaults = True
napoleon_use_rtype = False
napoleon_use_ivar = True
napoleon_numpy_docstring = False

templates_path = ["_templates"]
html_theme = "furo"
html_title = "dingnb"
html_copy_source = False
html_show_sphinx = False
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_sidebars = {
    "**": [
        "sidebar/brand.html",
        "language.html",
        "sidebar/search.html",
        "sidebar/scroll-start.html",
        "sidebar/navigation.html",
        "sidebar/scroll-end.html",
    ]
}
html_context = {
    "is_chinese": IS_CHINESE,
    "translated": sorted(
        page.relative_to(OTHER).with_suffix("").as_posix()
        for page in OTHER.rglob("*")
        if page.suffix in {".md", ".ipynb"}
    ),
}
html_search_language = "zh" if IS_CHINESE else "en"
linkcheck_anchors = False


class ChineseSearch(SearchChinese):
    """Indexes runs of Chinese characters and their pairs, which a search finds without a dictionary of words."""

    def split(self, input: str) -> list[str]:  # noqa: A002 - Sphinx's name
        """Return the terms of a text."""
        runs = re.findall(r"[\u4e00-\u9fff]+", input)
        return [*runs, *(a + b for run in runs for a, b in pairwise(run)), *self.latin1_letters.findall(input)]


LABELS = {"Next": "下一页", "Previous": "上一页", "On this page": "本页内容", "Home": "首页"}
"""The theme's labels that neither it nor Sphinx has in Chinese."""


def translate_labels(_app: Sphinx, _page: str, _template: str, context: dict[str, Any], _doctree: object) -> None:
    """Show the theme's labels in Chinese."""
    of_sphinx = get_translation("sphinx")
    context["_"] = lambda text: LABELS.get(text) or of_sphinx(text)


def setup(app: Sphinx) -> None:
    """Replace Sphinx's search for Chinese, which finds nothing without a further package, and the theme's labels."""
    app.add_search_language(ChineseSearch)
    # Errors in notebooks are a few lines of text without frames. The lexer for tracebacks fails on Chinese ones.
    app.add_lexer("ipythontb", TextLexer)
    if IS_CHINESE:
        app.connect("html-page-context", translate_labels)
