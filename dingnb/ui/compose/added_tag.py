"""A tag that a chip added to a field into which somebody was still typing."""

from dataclasses import dataclass

from dingnb.clock import NS_PER_S

LATE_NS = NS_PER_S
"""
So long after a chip was pressed a text is taken for one typed before it.

A front end keeps what is typed until the kernel has answered the key before, and sends the press of a button at once.
That is a round trip, well below a second; somebody who goes on typing sees the tag by then.
"""


@dataclass(frozen=True, slots=True)
class AddedTag:
    """
    A tag, and the text that it was added to.

    Attributes:
        field: The field, by its path with the type in front.
        before: The field's text before.
        tag: What was added behind it.
        at_ns: When, by a clock that never steps back.
    """

    field: str
    before: str
    tag: str
    at_ns: int

    @property
    def after(self) -> str:
        """The field's text with the tag."""
        return self.before + self.tag

    def and_then(self, later: "AddedTag") -> "AddedTag":
        """Return both as one, where the later tag stands directly behind this one."""
        if later.field != self.field or later.before != self.after:
            return later
        return AddedTag(self.field, self.before, self.tag + later.tag, later.at_ns)

    def behind(self, field: str, typed: str, now_ns: int) -> "AddedTag | None":
        """
        Return this tag behind what was typed into its field before it was there; None where that came afterwards.

        >>> added = AddedTag("text.content", "By key", "{{ name }}", at_ns=0)
        >>> added.behind("text.content", "By keyboard ", now_ns=0).after
        'By keyboard {{ name }}'
        """
        is_continued = typed.startswith(self.before) and typed != self.before
        if field != self.field or not is_continued or now_ns - self.at_ns > LATE_NS:
            return None
        # With the tag, or with what is left of it while it is deleted: whoever typed this saw it.
        if typed.startswith(self.after) or self.after.startswith(typed):
            return None
        return AddedTag(self.field, typed, self.tag, self.at_ns)
