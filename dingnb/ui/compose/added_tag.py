"""A column's tag that a button adds to a field while somebody types in it."""

from dataclasses import dataclass

from dingnb.clock import NS_PER_S

LATE_NS = NS_PER_S
"""
The time after a button was pressed during which a text that arrives counts as typed before the press.

A front end holds typed text back until the kernel has answered the key before, and sends the press of a button at once.
That takes one round trip, well below a second; by then, a user who goes on typing sees the tag.
"""


@dataclass(frozen=True, slots=True)
class AddedTag:
    """
    A tag, and the text that it was added to.

    Attributes:
        field: The field's path with the type in front.
        before: The field's text without the tag.
        tag: The text that was added at its end.
        at_ns: The time of the press, by a clock that never steps back.
    """

    field: str
    before: str
    tag: str
    at_ns: int

    @property
    def after(self) -> str:
        """The field's text with the tag."""
        return self.before + self.tag

    def followed_by(self, later: "AddedTag") -> "AddedTag":
        """Return both as one if the later tag directly follows this one; otherwise the later one."""
        if later.field != self.field or later.before != self.after:
            return later
        return AddedTag(self.field, self.before, self.tag + later.tag, later.at_ns)

    def moved_behind(self, field: str, typed: str, now_ns: int) -> "AddedTag | None":
        """
        Return this tag after a text that was typed before the press; None if the text was typed later.

        >>> added = AddedTag("text.content", "By key", "{{ name }}", at_ns=0)
        >>> added.moved_behind("text.content", "By keyboard ", now_ns=0).after
        'By keyboard {{ name }}'
        """
        is_continued = typed.startswith(self.before) and typed != self.before
        if field != self.field or not is_continued or now_ns - self.at_ns > LATE_NS:
            return None
        # The text has the tag, or what is left of it while it is deleted: the user saw it.
        if typed.startswith(self.after) or self.after.startswith(typed):
            return None
        return AddedTag(self.field, typed, self.tag, self.at_ns)
