"""Icons as outlines of 16 by 16 units, for inline SVG and for the style sheet: nothing is loaded from elsewhere."""

from collections.abc import Mapping

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
"""The outlines by name; overlapping parts are holes (the rule "evenodd")."""

APP_ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="#145a9c"/>'
    '<path d="M7 9.5A2.5 2.5 0 0 1 9.5 7h13A2.5 2.5 0 0 1 25 9.5v9a2.5 2.5 0 0 1-2.5 2.5H17l-6 5v-5H9.5A2.5 2.5 0 0 1 '
    '7 18.5z" fill="#fff"/><path d="m12 14 3 3 5.5-5.5" fill="none" stroke="#145a9c" stroke-width="2.4" '
    'stroke-linecap="round" stroke-linejoin="round"/></svg>'
)
"""The icon of the app, as SVG: a message with a check mark."""
