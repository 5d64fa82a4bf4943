"""Hostile names and texts."""

FETCHING = "<img src=http://127.0.0.1:9/x onerror=alert(1)>"
CLOSING = "</style><script>alert(2)</script>"
LINKING = "[click](javascript:alert(3)) ![p](javascript:alert(4))"
TURNING = "\u202eevil\u2066"
LONG = "x" * 10_000
TAGS = "{{ name }} {% for %} {{ 7 * 7 }}"
QUOTES = "\"'><b onmouseover=alert(5)>"

TEXTS = (FETCHING, CLOSING, LINKING, TURNING, LONG, TAGS, QUOTES)
