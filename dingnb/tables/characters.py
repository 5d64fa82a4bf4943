"""Characters that count as blank in files and cells."""

from typing import Final

INVISIBLE_CHARACTERS: Final = (
    "\u200b\u200c\u200d\u2060\ufeff\u00ad"  # zero-width characters, and the soft hyphen
    "\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"  # of the direction of writing
)
"""Invisible characters, often copied together with text."""

BLANK_CHARACTERS: Final = "".join(chr(code) for code in range(0x3001) if chr(code).isspace()) + INVISIBLE_CHARACTERS
"""Characters that count as blank."""
