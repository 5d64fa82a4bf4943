"""The words of client."""

WORDS: dict[str, tuple[str, str]] = {}
