"""The colours and the style sheet of a report and its charts: light and dark, for screens, phones and paper."""

from collections.abc import Mapping
from typing import Final

from dingnb.campaigns.status import StatusTone

LIGHT: Final[Mapping[str, str]] = {
    "page": "#f4f6f8",
    "card": "#ffffff",
    "ink": "#1b2129",
    "faint": "#56606b",
    "line": "#dde2e8",
    "track": "#edf0f4",
    "everybody": "#aab4c0",
    "accepted": "#8fb3ec",
    "delivered": "#4a84dc",
    "read": "#1c56b4",
    "good": "#16713a",
    "waiting": "#855600",
    "bad": "#b3261e",
    "unsure": "#6b3fb8",
    "gone": "#56606b",
    "link": "#1c56b4",
    "note": "#fff4d9",
    "note-ink": "#5c4400",
}
"""The colours by name, in light mode."""

DARK: Final[Mapping[str, str]] = {
    "page": "#0f1318",
    "card": "#181d24",
    "ink": "#e7ecf2",
    "faint": "#a3aeba",
    "line": "#303842",
    "track": "#232a33",
    "everybody": "#5b6673",
    "accepted": "#375f9c",
    "delivered": "#4a84dc",
    "read": "#8dbbff",
    "good": "#5fce87",
    "waiting": "#e5b04b",
    "bad": "#ff8f87",
    "unsure": "#c4a6ff",
    "gone": "#a3aeba",
    "link": "#8dbbff",
    "note": "#3a2f12",
    "note-ink": "#f4dfa6",
}
"""The colours by name, in dark mode."""

BADGES: Final[Mapping[str, tuple[str, str]]] = {"SANDBOX": ("#12591f", "#e3f1e5"), "LIVE": ("#ffffff", "#b3261e")}
"""The text colour and background of each badge."""

_TEXT_COLOURS: Final[Mapping[StatusTone, str]] = {
    "good": "good",
    "reached": "good",
    "waiting": "waiting",
    "unsure": "unsure",
    "bad": "bad",
    "gone": "gone",
}
"""The names of the colours of texts, by tone."""

BAR_COLOURS: Final[Mapping[StatusTone, str]] = {
    "waiting": "#dda63a",
    "unsure": "#9478cf",
    "bad": "#d4544c",
    "gone": LIGHT["gone"],
}
"""The colours of a chart's bars, by tone; the steps of the funnel have colours of their own."""

_PHONE_COLOURS = {
    "--jp-ui-font-color1": "ink",
    "--jp-content-font-color1": "ink",
    "--jp-content-font-color2": "faint",
    "--jp-layout-color1": "card",
    "--jp-layout-color2": "track",
    "--jp-border-color2": "line",
    "--jp-content-link-color": "link",
}
"""The colour variables of the phone preview, with the report's colour for each."""

_RULES = """
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%}
body{margin:0;background:var(--page);color:var(--ink);font:15px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,
"PingFang SC","Microsoft YaHei","Noto Sans CJK SC","Noto Sans SC",sans-serif;overflow-wrap:anywhere}
main{max-width:960px;margin:0 auto;padding:32px 20px 40px}
header{margin:0 4px 20px}
h1{font-size:27px;line-height:1.25;margin:10px 0 4px;font-weight:650;letter-spacing:-.01em}
h2{font-size:17px;line-height:1.3;margin:0 0 14px;font-weight:650}
p{margin:0}
.faint{color:var(--faint);font-size:13px}
.badge{display:inline-block;font-size:12px;font-weight:650;letter-spacing:.05em;padding:2px 10px;border-radius:10px}
.note{background:var(--note);color:var(--note-ink);border-radius:10px;padding:10px 16px;margin:0 0 16px;font-size:14px}
section{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:20px 22px;margin:0 0 16px}
.tiles{display:grid;grid-template-columns:repeat(4,1fr);gap:12px;margin:0 0 16px}
.tiles div{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:14px 16px;min-width:0}
.tiles b{display:block;font-size:28px;line-height:1.2;font-weight:650;font-variant-numeric:tabular-nums}
.tiles span{color:var(--faint);font-size:13px}
dl{display:grid;grid-template-columns:fit-content(14em) minmax(0,1fr);gap:5px 22px;margin:0}
dt{color:var(--faint)}
dd{margin:0;min-width:0}
.steps{display:grid;grid-template-columns:max-content 1fr max-content max-content;gap:10px 14px;align-items:center}
.steps>div{display:contents}
.bar{height:22px;border-radius:5px;background:var(--track);overflow:hidden}
.bar i{display:block;height:100%;border-radius:5px;min-width:2px}
.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
.n.strong{font-weight:650}
table{border-collapse:collapse;width:100%}
th{text-align:left;font-weight:600;font-size:13px;color:var(--faint);padding:0 14px 8px 0;vertical-align:bottom;
overflow-wrap:break-word}
td{padding:8px 14px 8px 0;vertical-align:top;border-top:1px solid var(--line)}
th:last-child,td:last-child{padding-right:0}
.status{white-space:nowrap;font-weight:600}
.status::before{content:"";display:inline-block;width:9px;height:9px;border-radius:50%;margin-right:8px;
background:currentColor}
.todo{display:block;margin-top:2px}
.people{table-layout:fixed}
.people td{font-size:13px;overflow:hidden}
.people .status{font-weight:500;white-space:normal;overflow-wrap:break-word}
.standing th:nth-child(2),.standing th:nth-child(3),.reasons th:first-child,
.answers th:nth-child(n+3){text-align:right}
.standing th,.reasons th{white-space:nowrap}
.standing td:last-child{width:62%}
.reasons td:nth-child(3){width:48%}
.more{margin-top:14px;color:var(--faint);font-size:14px}
.fine{font-size:16px;color:var(--good);font-weight:600}
.texts{display:grid;grid-template-columns:repeat(auto-fill,minmax(300px,1fr));gap:14px;align-items:start}
footer{color:var(--faint);font-size:13px;margin:20px 4px 0}
@media (max-width:640px){
main{padding:20px 12px 28px}
h1{font-size:23px}
section{padding:16px}
.tiles{grid-template-columns:repeat(2,1fr)}
dl{grid-template-columns:1fr;gap:0}
dd{margin:0 0 8px}
.steps{grid-template-columns:1fr max-content max-content;gap:3px 12px}
.bar{grid-column:1/-1;margin-bottom:9px;height:16px}
.steps>div{display:grid;grid-column:1/-1;grid-template-columns:subgrid}
.steps .name{grid-row:1;grid-column:1}
.steps .n{grid-row:1}
.steps .bar{grid-row:2}
thead{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}
table,tbody{display:block}
col{display:none}
tr{display:block;border-top:1px solid var(--line);padding:10px 0}
tbody tr:first-child{border-top:0;padding-top:0}
td{display:grid;grid-template-columns:7.5em 1fr;gap:0 12px;border:0;padding:2px 0;text-align:left}
td::before{content:attr(data-of);color:var(--faint);font-size:13px;font-weight:400}
td:empty{display:none}
.standing tr,.reasons tr{display:grid;gap:3px 14px;align-items:baseline}
.standing tr{grid-template-columns:1fr max-content 4em}
.reasons tr{grid-template-columns:max-content 1fr}
.standing td,.reasons td{display:block}
.standing td::before,.reasons td::before{content:none}
.standing td:last-child,.reasons td:nth-child(n+3){grid-column:1/-1;width:auto}
.reasons td:last-child{color:var(--faint)}
}
@page{size:A4;margin:14mm}
@media print{
body{background:none;font-size:10pt;print-color-adjust:exact;-webkit-print-color-adjust:exact}
main{max-width:none;padding:0}
section,.tiles div{border-color:#c8ced6}
section{padding:12px 16px;margin-bottom:10px}
.tiles{margin-bottom:10px}
.tiles div,.steps>div,.texts>div,tr,dl{break-inside:avoid}
h2{break-after:avoid}
thead{display:table-header-group}
}
"""


def style_sheet() -> str:
    """Return the style sheet."""
    light, dark = _variables(LIGHT, "light"), _variables(DARK, "dark")
    badges = "".join(f".badge.{mode}{{color:{ink};background:{ground}}}" for mode, (ink, ground) in BADGES.items())
    tones = "".join(f".tone-{tone}{{color:var(--{colour})}}" for tone, colour in _TEXT_COLOURS.items())
    fills = "".join(
        f".fill-{name}{{background:var(--{name})}}" for name in ("everybody", "accepted", "delivered", "read")
    )
    # Prints are always light.
    schemes = f":root{{{light}}}@media screen and (prefers-color-scheme:dark){{:root{{{dark}}}}}"
    return f"{schemes}{_RULES}{badges}{tones}{fills}"


def _variables(colours: Mapping[str, str], scheme: str) -> str:
    report_variables = "".join(f"--{name}:{colour};" for name, colour in colours.items())
    phone_variables = "".join(f"{name}:var(--{report_name});" for name, report_name in _PHONE_COLOURS.items())
    return f"color-scheme:{scheme};{report_variables}{phone_variables}"
