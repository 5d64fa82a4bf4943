"""
The visual language of the forms: spacing, type and colour as tokens, icons, and the style sheet.

The rules of the style sheet are in ``theme.css``; the tokens, the columns of tiles and the icons are added here.

Colours are the host's own (JupyterLab's variables, which Notebook 7 and Voilà define as well). For text they are mixed
with the host's text colour, which darkens them in light themes and lightens them in dark ones. Each variable falls back
to the value of JupyterLab's light theme, for hosts that do not define it. docs/forms-design.md explains the design.
"""

import json
from collections.abc import Mapping
from importlib.resources import files

from dingnb.words.catalogue import translations

TOKENS: Mapping[str, str] = {
    # Space, in steps of four pixels.
    "space-1": "4px",
    "space-2": "8px",
    "space-3": "12px",
    "space-4": "16px",
    "space-5": "24px",
    # The rows of tables in which a row is chosen.
    "head-height": "28px",
    "row-height": "44px",
    # Shape.
    "radius": "6px",
    "radius-tile": "12px",
    "radius-pill": "999px",
    "widest": "1040px",
    # Type.
    "font": 'var(--jp-ui-font-family, system-ui, sans-serif), "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei"',
    # Chinese characters come from a Chinese font, before the host's generic one chooses any.
    "font-zh": 'system-ui, -apple-system, "Segoe UI", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif',
    "font-code": "var(--jp-code-font-family, ui-monospace, monospace)",
    "size-small": "12px",
    "size-base": "13px",
    "size-heading": "15px",
    "size-large": "18px",
    "size-figure": "24px",
    # Backgrounds and lines.
    "ground": "var(--jp-layout-color1, #fff)",
    "page": "var(--dn-ground)",
    "raised": "color-mix(in srgb, var(--dn-text) 4%, var(--jp-layout-color1, #fff))",
    "ground-2": "color-mix(in srgb, var(--dn-text) 4%, var(--dn-ground))",
    "ground-3": "color-mix(in srgb, var(--dn-text) 9%, var(--dn-ground))",
    "line": "color-mix(in srgb, var(--dn-text) 16%, var(--dn-ground))",
    "line-button": "color-mix(in srgb, var(--dn-text) 28%, var(--dn-ground))",
    "shade": "color-mix(in srgb, var(--dn-text) 30%, transparent)",
    "line-strong": "color-mix(in srgb, var(--dn-text) 48%, var(--dn-ground))",
    # Text.
    "text": "var(--jp-ui-font-color0, #000)",
    "text-2": "color-mix(in srgb, var(--dn-text) 72%, var(--dn-ground))",
    # Colours of text.
    "accent": "color-mix(in srgb, var(--jp-brand-color1, #1976d2) 68%, var(--dn-text))",
    "good": "color-mix(in srgb, var(--jp-success-color1, #388e3c) 62%, var(--dn-text))",
    "warn": "color-mix(in srgb, var(--jp-warn-color1, #ef6c00) 55%, var(--dn-text))",
    "bad": "color-mix(in srgb, var(--jp-error-color1, #d32f2f) 68%, var(--dn-text))",
    # Colours of backgrounds.
    "accent-ground": "color-mix(in srgb, var(--jp-brand-color1, #1976d2) 12%, var(--dn-ground))",
    "good-ground": "color-mix(in srgb, var(--jp-success-color1, #388e3c) 14%, var(--dn-ground))",
    "warn-ground": "color-mix(in srgb, var(--jp-warn-color1, #ef6c00) 12%, var(--dn-ground))",
    "bad-ground": "color-mix(in srgb, var(--jp-error-color1, #d32f2f) 10%, var(--dn-ground))",
    # Fills of buttons and of the LIVE badge, dark enough for white text in every theme.
    "fill": "color-mix(in srgb, var(--jp-brand-color1, #1976d2) 62%, #0b2f5c)",
    "fill-bad": "color-mix(in srgb, var(--jp-error-color1, #d32f2f) 62%, #5c0b0b)",
    "on-fill": "#fff",
    # Lines of charts, which need less contrast than text.
    "fill-line": "color-mix(in srgb, var(--jp-brand-color1, #1976d2) 85%, var(--dn-text))",
}
"""The tokens by name; in the style sheet each is ``var(--dn-NAME)``."""

_DISC = "M8 0a8 8 0 1 0 0 16A8 8 0 0 0 8 0z"

ICONS: Mapping[str, str] = {
    "everybody": "M8 1a3 3 0 1 1 0 6a3 3 0 0 1 0-6zM2 15c0-4 2.5-6 6-6s6 2 6 6z",
    "good": f"{_DISC}M7 11.7 3.3 8l1.4-1.4L7 8.9l4.3-4.3 1.4 1.4z",
    "file": "M3 0h7l4 4v12H3zM9 1.4V5h3.6zM5 8v1.3h7V8zM5 11v1.3h7V11z",
    "letter": "M0 2.5h16v11H0zM1.5 4.2 8 9l6.5-4.8v1.7L8 10.7 1.5 5.9z",
    "clock": f"{_DISC}M7 3h2v4.5l3 2.3-1.2 1.6L7 8.5z",
    "warn": "M8 .5 16 15H0zM7 5.5v4.5h2V5.5zM7 11.2v2h2v-2z",
    "bad": f"{_DISC}M4 5.4 5.4 4 8 6.6 10.6 4 12 5.4 9.4 8l2.6 2.6-1.4 1.4L8 9.4 5.4 12 4 10.6 6.6 8z",
    "barred": f"{_DISC}M3 6.8h10v2.4H3z",
    "unknown": (
        f"{_DISC}M4.8 6.2a3.2 3.2 0 1 1 4.6 2.9c-.3.2-.4.3-.4.9H7c0-1.6.5-2.2 1.4-2.7A1.2 1.2 0 1 0 6.8 6.2z"
        "M7 11h2v2H7z"
    ),
    "back": "M6 1v3h4a5 5 0 0 1 0 10H4v-2h6a3 3 0 0 0 0-6H6v3L1 5z",
    "add": "M7 2h2v5h5v2H9v5H7V9H2V7h5z",
    "up": "M8 2.5 14 8.5l-1.4 1.4L9 6.3V14H7V6.3L3.4 9.9 2 8.5z",
    "down": "M8 13.5 2 7.5l1.4-1.4L7 9.7V2h2v7.7l3.6-3.6L14 7.5z",
    "remove": "M6 1h4v1.5h4V4H2V2.5h4zM3 5h10l-.8 10H3.8zM6 6.8v6.4h1.4V6.8zM8.6 6.8v6.4H10V6.8z",
    "bold": (
        "M3 1h6.5a4 4 0 0 1 2.6 7A4.2 4.2 0 0 1 10 15H3z"
        "M5.5 3.2v3.4h3.6a1.7 1.7 0 0 0 0-3.4zM5.5 8.8v4h4.2a2 2 0 0 0 0-4z"
    ),
    "link": (
        "M6.6 4.2 8.5 2.3a3.7 3.7 0 0 1 5.2 5.2l-1.9 1.9-1.3-1.3 1.9-1.9a1.9 1.9 0 0 0-2.6-2.6L7.9 5.5z"
        "M9.4 11.8 7.5 13.7a3.7 3.7 0 0 1-5.2-5.2l1.9-1.9 1.3 1.3-1.9 1.9a1.9 1.9 0 0 0 2.6 2.6l1.9-1.9z"
        "M5.3 9.4 9.4 5.3l1.3 1.3-4.1 4.1z"
    ),
    "list": (
        "M1 2.5h2.5V5H1zM5.5 3h9.5v1.6H5.5zM1 6.8h2.5v2.5H1zM5.5 7.2h9.5v1.6H5.5zM1 11h2.5v2.5H1zM5.5 11.4h9.5V13H5.5z"
    ),
}
"""
Icons by name, as outlines of 16 by 16 units, for inline SVG and for the style sheet: nothing is loaded from elsewhere.

Overlapping parts are holes (the rule "evenodd").
"""

APP_ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="#145a9c"/>'
    '<path d="M7 9.5A2.5 2.5 0 0 1 9.5 7h13A2.5 2.5 0 0 1 25 9.5v9a2.5 2.5 0 0 1-2.5 2.5H17l-6 5v-5H9.5A2.5 2.5 0 0 1 '
    '7 18.5z" fill="#fff"/><path d="m12 14 3 3 5.5-5.5" fill="none" stroke="#145a9c" stroke-width="2.4" '
    'stroke-linecap="round" stroke-linejoin="round"/></svg>'
)
"""The icon of the app, as SVG: a message with a check mark."""

MAX_TILES = 13
"""The maximum number of tiles: one for each status, and one for everybody."""

_TILE_COLUMNS = {280: 2, 424: 3, 568: 4, 700: 3, 760: 4, 952: 5, 1144: 6}
"""
The number of columns of tiles that fit, by the width of a pane in pixels.

From 700 pixels on, names of statuses fit on one line, and all tiles are equally high.
"""


def _tile_rules() -> str:
    """Return the rules of the columns of tiles: few rows, with nearly the same number of tiles each."""
    rules = list[str]()
    for width, max_columns in _TILE_COLUMNS.items():
        selectors = dict[int, list[str]]()
        for n in range(1, MAX_TILES + 1):
            rows = -(-n // max_columns)
            # The tiles of a single row that is not full are no wider than the tiles of a full row.
            columns = max_columns if rows == 1 else -(-n // rows)
            selectors.setdefault(columns, []).append(f".dingnb .dn-tiles-{n}.dn-tiles-{n}")
        of_width = "".join(
            f"  {', '.join(names)} {{ grid-template-columns: repeat({columns}, minmax(0, 1fr)) }}\n"
            for columns, names in selectors.items()
        )
        rules.append(f"@container (min-width: {width}px) {{\n{of_width}}}\n")
    return "".join(rules)


def style_sheet() -> str:
    """Return the style sheet of all forms: tokens, rules, icons, and the notices for when the kernel has stopped."""
    tokens = "; ".join(f"--dn-{name}: {value}" for name, value in TOKENS.items())
    # A variable is computed where it is set: on another ground, the variables that use the ground are set again.
    apart = "".join(f"; --dn-{name}: {value}" for name, value in TOKENS.items() if "var(--dn-ground)" in value)
    # The notice in a notebook says to run its cells; a Voilà page has none.
    kernel_gone = "".join(
        f"{page}.dingnb.dn-{language}.jupyter-widgets-disconnected::before "
        f"{{ content: {json.dumps(words, ensure_ascii=False)} }}\n"
        for page, key in (("", "form.kernel_gone"), ("[data-voila] ", "form.kernel_gone_page"))
        for language, words in zip(("en", "zh"), translations()[key], strict=True)
    )
    icons = "".join(
        f".dingnb .dn-icon-{name}::before, .dingnb .dn-notice-{name}::before, "
        f".dingnb .dn-badge-{name}::before {{ clip-path: path(evenodd, {json.dumps(outline)}) }}\n"
        for name, outline in ICONS.items()
    )
    grounds = f".dingnb {{ {tokens} }}\n.dingnb .dn-apart {{ --dn-ground: var(--dn-raised){apart} }}\n"
    rules = files("dingnb.ui.kit").joinpath("theme.css").read_text(encoding="utf-8")
    return f"{grounds}{rules}{_tile_rules()}{icons}{kernel_gone}"
