"""The components that all forms share, such as titles, tables and buttons."""

import ipywidgets as widgets

from dingnb.ui.kit import parts
from dingnb.ui.kit.form import button, row
from tools.states.scene import Maker, Makers, Scene


def _html(*parts_of_html: str) -> Maker:
    return lambda _: widgets.HTML("".join(parts_of_html))


def _buttons(_: Scene) -> widgets.DOMWidget:
    kinds = (("plain", "", ""), ("primary", "primary", ""), ("danger", "danger", ""))
    named = (("chip", "", "dn-chip"), ("link", "", "dn-link"))
    made = []
    for words, tone, name in (*kinds, *named):
        for is_off in (False, True):
            widget = button(tone=tone, css_class=name)
            widget.description, widget.disabled = f"{words}, disabled" if is_off else words, is_off
            made.append(widget)
    return row(made)


def _file_link() -> str:
    return parts.download_link("Download the rows", "problems.csv", "data:text/csv;base64,cm93")


_FIGURES = (("Sent", "812 of 1,142", ""), ("Queued", "324", "in 4 calls"), ("Failed", "6", ""))
_FACTS = (
    ("App", "ding…pkey"),
    ("People", "1,142 of 1,200 rows"),
    ("Sending", "12 calls, about 1 s"),
    ("A long value", "breaks where it has to: " + "0123456789" * 6),
)
_ROWS = (
    (
        ("3", ""),
        ("mobile", ""),
        ("1390000322", ""),
        ("Too short for a phone number.", "A mainland number has 11 digits."),
    ),
    (("17", ""), ("userid", ""), ("", ""), ("Blank.", "Fill it in, or address this row by phone number.")),
    (("18", ""), ("name", ""), ("<img src=x onerror=alert(1)> \u202eevil", ""), ("Hostile letters stay letters.", "")),
)
_STEPS: tuple[tuple[str, float, str, parts.Tone], ...] = (
    ("In the list", 1.0, "1,200", ""),
    ("Delivered", 0.95, "1,142 · 95.2%", ""),
    ("unknown", 0.01, "12 · 1%", "warn"),
    ("failed", 0.005, "6 · 0.5%", "bad"),
)
_CODE = 'import dingnb\n\nding = dingnb.connect("sandbox")\nmessage = dingnb.text("Hello {{ name }}")'

STATES: Makers = (
    ("title-sandbox", _html(parts.title("Compose a message", "SANDBOX", "staff", "1,200 rows"))),
    ("title-live", _html(parts.title("Compose a message", "LIVE", "staff", "1,200 rows"))),
    ("heading", _html(parts.heading("Recipients"))),
    ("notice", _html(parts.notice("Sending waits 20 s: 5,000 people a minute."))),
    ("notice-good", _html(parts.notice("All rows can be sent.", tone="good"))),
    (
        "notice-warn",
        _html(parts.notice("“bonus” is blank in 3 of 1,200 rows.", "Fill it in, or give a default.", "warn")),
    ),
    (
        "notice-bad",
        _html(parts.notice("You entered 12, but this plan sends to 1,142 people.", "No call was made.", "bad")),
    ),
    ("quiet", _html(parts.quiet("A check sends nothing."))),
    ("counter", _html(parts.helper_text("", "required", "0 of 64"))),
    ("counter-warn", _html(parts.helper_text("Longer than DingTalk advises.", "", "612, best up to 500", "warn"))),
    ("counter-bad", _html(parts.helper_text("Longer than DingTalk takes.", "", "71 of 64", "bad"))),
    ("facts", _html(parts.facts(_FACTS))),
    ("figures", _html(parts.figures(_FIGURES))),
    ("table", _html(parts.table("Rows not sent: 1–3 of 58", ("Row", "Column", "Value", "Reason"), _ROWS))),
    ("steps", _html(parts.share_bars("Delivery funnel", _STEPS))),
    ("bar", _html(parts.bar([(0.62, ""), (0.1, "bad"), (0.08, "warn")], "Progress"))),
    ("bar-empty", _html(parts.bar([(0.0, "")], "Progress"))),
    ("code", lambda _: widgets.HTML(parts.code(_CODE))),
    ("download", _html(_file_link())),
    ("buttons", _buttons),
)
