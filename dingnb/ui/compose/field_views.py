"""The widgets of the compose form's fields: each with its remark, length and column tags."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import ipywidgets as widgets

from dingnb.limits import STANDARD
from dingnb.messages.draft import DraftView, Remark
from dingnb.ui.compose.fields import FieldPlace, label_of
from dingnb.ui.compose.media_view import MediaView
from dingnb.ui.compose.state import ComposeState
from dingnb.ui.kit import parts
from dingnb.ui.kit.form import Form, button, row, show_if, stack, toggle_class, update
from dingnb.ui.kit.parts import Tone
from dingnb.words import say, sentences

_HINTS = frozenset({"markdown", "url", "picture", "image", "file", "voice", "duration", "colour", "status_colour"})


@dataclass(frozen=True, slots=True)
class FieldView:
    """
    A field's widgets.

    Attributes:
        place: The field.
        typed: The input.
        below: The length beside its label, and the remark below it.
        box: All of them.
        media: What a field for media has below its text; None for other fields.
    """

    place: FieldPlace
    typed: widgets.DOMWidget
    below: widgets.HTML
    box: widgets.VBox
    media: MediaView | None = None

    @classmethod
    def of(cls, place: FieldPlace, media: MediaView | None = None) -> "FieldView":
        """Make the widgets of a field."""
        typed, below = _input(place), widgets.HTML()
        further = [] if media is None else [media.box]
        return cls(place, typed, below, stack([typed, below, *further], "dn-field"), media)

    def show(self, state: ComposeState, *, must_write: bool) -> None:
        """
        Show the field as it is written, and what was chosen for it.

        Args:
            state: The state of the form.
            must_write: Whether to set the input's text, because it was not typed there.
        """
        path, view = self.place.path, state.view
        if state.refused is not None and state.refused[0] == path:
            failure = state.refused[1]
            view = replace(view, remarks={**view.remarks, path: Remark(failure.text, failure.advice)})
        self.render(state.text.at(path), view, must_write=must_write)
        if self.media is not None:
            show_if(state.text.medium(path) is None, self.typed)
            self.media.render(state)

    def render(self, written: str, view: DraftView, *, must_write: bool) -> None:
        """
        Show the field's label, length and remark.

        Args:
            written: Its text.
            view: The draft, for one row.
            must_write: Whether to set the input's text, because it was not typed there.
        """
        path = self.place.path
        update(self.typed, description=label_of(self.place))
        if isinstance(self.typed, widgets.Dropdown):
            update(self.typed, options=_orientations(written))
        else:
            update(self.typed, placeholder=_hint(self.place))
        if must_write:
            update(self.typed, value=written)
        remark = view.remarks.get(path)
        said, tone = ("", "")
        if remark is not None:
            said = sentences(remark.what, remark.hint).in_form()
            tone = "bad" if remark.is_error else "warn"
        toggle_class(self.typed, "dn-invalid", tone == "bad")
        counted = self._counted(view.texts.get(path, ""), view.size)
        needed = say("compose.required") if path in view.absent and remark is None else ""
        # Below a long text the line for remarks always has its height, so that nothing jumps during typing.
        update(self.below, value=parts.counter(said, needed, counted, _TONES[tone], is_lasting=self.place.is_multiline))
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
        form.on_click(self.toggle, self._switch)

    def render(self, state: ComposeState, views: Sequence[FieldView]) -> None:
        """Show the fields if the user opened them, or if one of them needs attention."""
        children = [one.box for one in views]
        if list(self.fields.children) != children:
            self.fields.children = children
        paths = {one.place.path for one in views}
        wrong = {path for path, remark in state.view.remarks.items() if remark.is_error} | {*state.view.absent}
        is_open = state.text.uses_rare_fields if self._is_open is None else self._is_open
        self._is_shown = is_open or bool(paths & wrong)
        update(self.toggle, description=say("compose.fewer_fields" if self._is_shown else "compose.more_fields"))
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
    kind = place.media_kind if place.field.kind == "media_id" else place.field.kind
    return say(f"hint.{kind}") if kind in _HINTS else ""
