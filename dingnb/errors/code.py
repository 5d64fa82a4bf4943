"""One of DingTalk's error codes, and what is known of it."""

from dataclasses import dataclass

from dingnb.errors.kinds import Kind, Repeat
from dingnb.language import pick


@dataclass(frozen=True, slots=True)
class Code:
    """
    One error code.

    Attributes:
        code: As DingTalk writes it: ``"40014"``, ``"InvalidAuthentication"``.
        kind: What it shares with others: `Kind`.
        meaning_en: What it says, in our own English words.
        meaning_zh: The same in Chinese.
        todo_en: What to do, where it differs from the kind's; else empty.
        todo_zh: The same in Chinese.
        own_pause_s: Seconds to wait before a repeat, where it differs from the kind's; else 0.
    """

    code: str
    kind: Kind
    meaning_en: str
    meaning_zh: str
    todo_en: str = ""
    todo_zh: str = ""
    own_pause_s: int = 0

    @property
    def pause_s(self) -> int:
        """Seconds to wait before a repeat, at least; 0 where waiting does not help."""
        return self.own_pause_s or self.kind.value.pause_s

    @property
    def meaning(self) -> str:
        """What the code says, in the language in use."""
        return pick(self.meaning_en, self.meaning_zh)

    @property
    def todo(self) -> str:
        """What to do about it, in the language in use."""
        return pick(self.todo_en or self.kind.value.todo_en, self.todo_zh or self.kind.value.todo_zh)

    @property
    def repeat(self) -> Repeat:
        """When the same call may be made again."""
        return self.kind.value.repeat

    @property
    def may_have_taken_effect(self) -> bool:
        """Whether DingTalk may have done the work in spite of the error."""
        return self.kind.value.may_have_taken_effect
