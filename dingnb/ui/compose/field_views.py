"""The widgets of the compose form's fields: each with its remark, length and column tags."""

from collections.abc import Sequence
from dataclasses import dataclass

import ipywidgets as widgets

from dingnb.clock import NS_PER_S
from dingnb.limits import STANDARD
from dingnb.messages.draft import DraftView
from dingnb.ui.compose.fields import FieldPlace, label_of
from dingnb.ui.compose.state import ComposeState
from dingnb.ui.kit import parts
from dingnb.ui.kit.form import Form, button, mark, put, row, show_if, stack
from dingnb.ui.kit.parts import Tone
from dingnb.words import say, sentences

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


_HINTS = frozenset({"markdown", "url", "picture", "media_id", "duration", "colour", "status_colour"})


@dataclass(frozen=True, slots=True)
class FieldView:
    """
    A field's widgets.

    Attributes:
        place: The field.
        typed: The input.
        below: The length beside its label, and the remark below it.
        box: Both.
    """

    place: FieldPlace
    typed: widgets.DOMWidget
    below: widgets.HTML
    box: widgets.VBox

    @classmethod
    def of(cls, place: FieldPlace) -> "FieldView":
        """Make the widgets of a field."""
        typed, below = _input(place), widgets.HTML()
        return cls(place, typed, below, stack([typed, below], "dn-field"))

    def render(self, written: str, view: DraftView, *, must_write: bool) -> None:
        """
        Show the field's label, length and remark.

        Args:
            written: Its text.
            view: The draft, for one row.
            must_write: Whether to set the input's text, because it was not typed there.
        """
        path = self.place.path
        put(self.typed, description=label_of(self.place))
        if isinstance(self.typed, widgets.Dropdown):
            put(self.typed, options=_orientations(written))
        else:
            put(self.typed, placeholder=_hint(self.place))
        if must_write:
            put(self.typed, value=written)
        remark = view.remarks.get(path)
        said, tone = ("", "")
        if remark is not None:
            said = sentences(remark.what, remark.hint).in_form()
            tone = "bad" if remark.is_error else "warn"
        mark(self.typed, "dn-invalid", tone == "bad")
        counted = self._counted(view.texts.get(path, ""), view.size)
        needed = say("compose.required") if path in view.absent and remark is None else ""
        # Below a long text the line for remarks always has its height, so that nothing jumps during typing.
        put(self.below, value=parts.counter(said, needed, counted, _TONES[tone], is_lasting=self.place.is_multiline))
        show_if(bool(said or needed or counted), self.below)

    def _counted(self, text: str, size: int | None) -> str:
        """Return the length of a text, and the limit that it reaches first."""
        one = self.place.field
        if isinstance(self.typed, widgets.Dropdown):
            return ""
        if (one.characters or 0) > STANDARD.body_bytes:
            # The whole message has a smaller limit in bytes than this field has in characters.
            size = len(text.encode(errors="replace")) if size is None else size
            return say("compose.counted_bytes", n=len(text), size=size, limit=STANDARD.body_bytes)
        if one.characters:
            return say("compose.counted_of", n=len(text), limit=one.characters)
        if one.advised:
            return say("compose.counted_advised", n=len(text), limit=one.advised)
        return say("compose.counted", n=len(text)) if self.place.is_multiline else ""


class MoreFields:
    """
    The fields that few messages need, and the button that shows and hides them.

    They are shown from the start if one of them has a text, and never hidden while one of them has an error.

    Args:
        form: The form that contains them.
    """

    def __init__(self, form: Form) -> None:
        self._form = form
        self._is_open: bool | None = None
        self._is_shown = False
        self.toggle = button(name="dn-link")
        self.fields = stack([], "dn-pairs")
        self.box = stack([row([self.toggle]), self.fields])
        form.press(self.toggle, self._switch)

    def render(self, state: ComposeState, views: Sequence[FieldView]) -> None:
        """Show the fields if the user opened them, or if one of them needs attention."""
        children = [one.box for one in views]
        if list(self.fields.children) != children:
            self.fields.children = children
        paths = {one.place.path for one in views}
        wrong = {path for path, remark in state.view.remarks.items() if remark.is_error} | {*state.view.absent}
        is_open = state.text.uses_rare_fields if self._is_open is None else self._is_open
        self._is_shown = is_open or bool(paths & wrong)
        put(self.toggle, description=say("compose.fewer_fields" if self._is_shown else "compose.more_fields"))
        show_if(bool(views), self.box)
        show_if(self._is_shown, self.fields)

    def _switch(self) -> None:
        self._is_open = not self._is_shown
        self._form.render()


_TONES: dict[str, Tone] = {"": "", "bad": "bad", "warn": "warn"}


def _input(place: FieldPlace) -> widgets.DOMWidget:
    kind = place.field.kind
    if kind == "orientation":
        return widgets.Dropdown(options=_orientations("0"), value="0")
    return widgets.Textarea(rows=7) if place.is_multiline else widgets.Text()


def _orientations(written: str) -> tuple[tuple[str, str], ...]:
    known = tuple((say(f"orientation.{one}"), one) for one in ("0", "1"))
    # It may be a template.
    return known if written in {"0", "1"} else (*known, (parts.short(written), written))


def _hint(place: FieldPlace) -> str:
    kind = place.field.kind
    return say(f"hint.{kind}") if kind in _HINTS else ""
