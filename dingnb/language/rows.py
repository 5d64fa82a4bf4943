"""The words of rows."""

WORDS: dict[str, tuple[str, str]] = {}
