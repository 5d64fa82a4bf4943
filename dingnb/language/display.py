"""The words of display."""

WORDS: dict[str, tuple[str, str]] = {}
