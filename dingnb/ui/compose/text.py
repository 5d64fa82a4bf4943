"""What somebody has written, for all types of messages."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace


@dataclass(frozen=True, slots=True)
class Text:
    """
    What is written, for all types of messages: who goes back to a type finds what was there.

    Attributes:
        msgtype: The message's type.
        texts: The text of each field, by its path with the type in front: ``markdown.title``.
        choice: Which of the groups is chosen of which a message has exactly one.
        items: How many items each list has, likewise by its path.
    """

    msgtype: str
    texts: Mapping[str, str]
    choice: int = 0
    items: Mapping[str, int] = field(default_factory=dict)

    def at(self, path: str) -> str:
        """Return the text of a field of the type that is written."""
        return self.texts.get(f"{self.msgtype}.{path}", "")

    def all_of(self, paths: Mapping[str, str]) -> list[str]:
        """Return the texts of fields, by type and path."""
        return [self.texts.get(f"{msgtype}.{path}", "") for msgtype, path in paths.items()]

    def having(self, path: str, typed: str) -> "Text":
        """Return the same with another text in a field."""
        return replace(self, texts={**self.texts, f"{self.msgtype}.{path}": typed})

    def count(self, path: str) -> int:
        """Return how many items a list has."""
        return self.items.get(f"{self.msgtype}.{path}", 0)

    def counting(self, path: str, items: int) -> "Text":
        """Return the same with so many items in a list."""
        return replace(self, items={**self.items, f"{self.msgtype}.{path}": items})
