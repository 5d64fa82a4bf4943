"""One field of the compose form: what is typed into, and below it what is to be said and counted."""

from dataclasses import dataclass

import ipywidgets as widgets

from dingnb.language import say
from dingnb.limits import STANDARD
from dingnb.messages.draft import DraftView
from dingnb.ui import parts
from dingnb.ui.compose.fields import FieldPlace, label_of
from dingnb.ui.form import mark, put, show_if, stack
from dingnb.ui.parts import Tone

_HINTS = frozenset({"markdown", "url", "picture", "media_id", "duration", "colour", "status_colour"})


@dataclass(frozen=True, slots=True)
class FieldView:
    """
    A field's widgets.

    Attributes:
        place: The field.
        typed: What is typed into, or chosen from.
        below: How much it holds, which stands beside its label, and the line below it.
        box: Both.
    """

    place: FieldPlace
    typed: widgets.DOMWidget
    below: widgets.HTML
    box: widgets.VBox

    @classmethod
    def of(cls, place: FieldPlace) -> "FieldView":
        """Return the widgets of a field."""
        typed, below = _input(place), widgets.HTML()
        return cls(place, typed, below, stack([typed, below], "dn-field"))

    def render(self, written: str, view: DraftView, *, must_write: bool) -> None:
        """
        Show what there is to be said of the field.

        Args:
            written: What stands in it.
            view: How the draft stands.
            must_write: Whether what is written has to be put into the widget: it was not typed there.
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
            said = f"{remark.what} {remark.hint}".strip()
            tone = "bad" if remark.is_error else "warn"
        mark(self.typed, "dn-invalid", tone == "bad")
        counted = self._counted(view.texts.get(path, ""), view.size)
        needed = say("compose.required") if path in view.absent and remark is None else ""
        # Below a long text words come and go while somebody types: their line stays, so that nothing jumps.
        put(self.below, value=parts.counter(said, needed, counted, _TONES[tone], is_lasting=self.place.is_multiline))
        show_if(bool(said or needed or counted), self.below)

    def _counted(self, text: str, size: int | None) -> str:
        """Return how long a text is, and the limit that it meets first."""
        one = self.place.field
        if isinstance(self.typed, widgets.Dropdown):
            return ""
        if (one.characters or 0) > STANDARD.body_bytes:
            # The whole message may have fewer bytes than the text alone may have characters.
            size = len(text.encode(errors="replace")) if size is None else size
            return say("compose.counted_bytes", n=len(text), size=size, limit=STANDARD.body_bytes)
        if one.characters:
            return say("compose.counted_of", n=len(text), limit=one.characters)
        if one.advised:
            return say("compose.counted_advised", n=len(text), limit=one.advised)
        return say("compose.counted", n=len(text)) if self.place.is_multiline else ""


_TONES: dict[str, Tone] = {"": "", "bad": "bad", "warn": "warn"}


def _input(place: FieldPlace) -> widgets.DOMWidget:
    kind = place.field.kind
    if kind == "orientation":
        return widgets.Dropdown(options=_orientations("0"), value="0")
    return widgets.Textarea(rows=7) if place.is_multiline else widgets.Text()


def _orientations(written: str) -> tuple[tuple[str, str], ...]:
    known = tuple((say(f"orientation.{one}"), one) for one in ("0", "1"))
    # A template may stand there, which each row fills.
    return known if written in {"0", "1"} else (*known, (parts.short(written), written))


def _hint(place: FieldPlace) -> str:
    kind = place.field.kind
    return say(f"hint.{kind}") if kind in _HINTS else ""
