"""The appearance of a card to a person, and what the person can press on it (docs/dingtalk.md, "Cards")."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from dingnb.sandbox.cards import CardTemplate, Variables

SUBMIT: Final = "submit"
"""The action id of a submitted form."""

_TITLE_VARIABLES = ("title", "question_title", "msgTitle")
_TEXT_VARIABLES = ("markdown", "text", "content", "question_desc", "msgContent")
_NOTE_VARIABLES = ("tips",)
_BUTTON_VARIABLES = ("sys_full_json_obj", "msgButtons", "buttons")
_FORM_VARIABLE = "form"
_SUBMIT_LABEL_VARIABLE = "form_btn_text"
_STATUS_VARIABLE = "card_status"
_SPECIAL_VARIABLES = frozenset(
    {*_BUTTON_VARIABLES, _FORM_VARIABLE, _SUBMIT_LABEL_VARIABLE, _STATUS_VARIABLE, "logo", "question_id", "flowStatus"}
)
_OPEN_STATUSES = ("", "pending")
_DISABLED_STATUS = "disabled"


@dataclass(frozen=True, slots=True)
class CardButton:
    """
    A button.

    Attributes:
        id: The action id of a button that reports presses; empty for a link.
        label: The button's label.
        url: The address of a link; empty for a button that reports presses.
        is_primary: Whether the button is emphasised.
        is_enabled: Whether the button can be pressed.
        params: The parameters that a press reports, besides the id.
    """

    id: str
    label: str
    url: str = ""
    is_primary: bool = False
    is_enabled: bool = True
    params: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CardField:
    """
    A field of a form.

    Attributes:
        name: The field's name in the answer.
        label: The field's label.
        type: The field's type, such as ``TEXT``.
        is_required: Whether the field must be filled in.
        is_read_only: Whether the field cannot be changed.
        required_text: The text about a required field that is empty; may be empty.
        placeholder: The text in an empty field.
        default: The initial value; None without an initial value.
        options: The values and the texts of the options; empty for a field without options.
    """

    name: str
    label: str
    type: str
    is_required: bool
    is_read_only: bool
    required_text: str
    placeholder: str
    default: Any
    options: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class RenderedCard:
    """
    A card as a person sees it.

    Attributes:
        title: The card's title.
        text: The card's text, as markdown.
        notes: Texts below the main text.
        rows: Other variables, which an unknown template may show anywhere.
        buttons: The card's buttons.
        fields: The fields of the form; empty without a form.
        submit_label: The label of the form's button; may be empty.
        is_open: Whether the form can be submitted.
        is_failed: Whether the client cannot load the card.
    """

    title: str = ""
    text: str = ""
    notes: tuple[str, ...] = ()
    rows: tuple[tuple[str, str], ...] = ()
    buttons: tuple[CardButton, ...] = ()
    fields: tuple[CardField, ...] = ()
    submit_label: str = ""
    is_open: bool = True
    is_failed: bool = False

    def button(self, action_id: str) -> CardButton | None:
        """Return the enabled button with an action id; None if the card has none."""
        return next((button for button in self.buttons if button.id == action_id and button.is_enabled), None)

    @property
    def action_ids(self) -> tuple[str, ...]:
        """Action ids of the buttons that can be pressed."""
        return tuple(button.id for button in self.buttons if button.id and button.is_enabled)

    @property
    def has_form(self) -> bool:
        """Whether the card has a form that can be submitted."""
        return bool(self.fields) and self.is_open


def render_card(template: CardTemplate | None, variables: Variables) -> RenderedCard:
    """Return a card as it looks with these variables."""
    if template is None or template.is_foreign:
        return RenderedCard(is_failed=True)
    shown_elsewhere = {*_TITLE_VARIABLES, *_TEXT_VARIABLES, *_NOTE_VARIABLES, *_SPECIAL_VARIABLES}
    is_open = variables.get(_STATUS_VARIABLE, "") in _OPEN_STATUSES
    buttons = [button for name in _BUTTON_VARIABLES for button in _read_buttons(variables.get(name, ""))]
    buttons += [CardButton(key, label, is_enabled=is_open) for key, label in template.actions.items()]
    return RenderedCard(
        title=_first_text(variables, _TITLE_VARIABLES),
        text=_first_text(variables, _TEXT_VARIABLES),
        notes=tuple(text for name in _NOTE_VARIABLES if (text := variables.get(name, ""))),
        rows=tuple((name, text) for name, text in variables.items() if name not in shown_elsewhere and text),
        buttons=tuple(buttons),
        fields=tuple(_read_fields(variables.get(_FORM_VARIABLE, ""))),
        submit_label=variables.get(_SUBMIT_LABEL_VARIABLE, ""),
        is_open=is_open,
    )


def _first_text(variables: Variables, names: tuple[str, ...]) -> str:
    return next((text for name in names if (text := variables.get(name, ""))), "")


def _parse_json(text: str) -> Any:  # noqa: ANN401 - any JSON
    try:
        return json.loads(text) if text else None
    except (ValueError, RecursionError):
        return None


def _read_buttons(text: str) -> Iterator[CardButton]:
    """Yield the buttons in a variable; as in a client, invalid buttons are not shown."""
    value = _parse_json(text)
    entries = value.get("msgButtons") if isinstance(value, dict) else value
    for entry in entries if isinstance(entries, list) else ():
        if not isinstance(entry, dict) or not isinstance(entry.get("text"), str):
            continue
        action_id, url, params = entry.get("id"), entry.get("url"), entry.get("params")
        reports_press = entry.get("request") is True and isinstance(action_id, str) and bool(action_id)
        yield CardButton(
            id=str(action_id) if reports_press else "",
            label=entry["text"],
            url=url if isinstance(url, str) and not reports_press else "",
            is_primary=entry.get("color") == "blue",
            is_enabled=entry.get("disabled") is not True and entry.get("status") != _DISABLED_STATUS,
            params=params if isinstance(params, dict) else {},
        )


def _read_fields(text: str) -> Iterator[CardField]:
    """Yield the visible fields in a variable."""
    value = _parse_json(text)
    entries = value.get("fields") if isinstance(value, dict) else None
    for entry in entries if isinstance(entries, list) else ():
        if not isinstance(entry, dict) or not isinstance(entry.get("name"), str) or entry.get("hidden") is True:
            continue
        options = entry.get("options")
        yield CardField(
            name=entry["name"],
            label=_text_field(entry, "label") or entry["name"],
            type=_text_field(entry, "type").upper() or "TEXT",
            is_required=entry.get("required") is True,
            is_read_only=entry.get("readOnly") is True,
            required_text=_text_field(entry, "requiredMsg"),
            placeholder=_text_field(entry, "placeholder"),
            default=entry.get("defaultValue"),
            options=tuple(
                (_text_field(option, "value"), _text_field(option, "text") or _text_field(option, "value"))
                for option in (options if isinstance(options, list) else ())
                if isinstance(option, dict) and _text_field(option, "value")
            ),
        )


def _text_field(fields: Mapping[str, Any], name: str) -> str:
    value = fields.get(name)
    return value if isinstance(value, str) else ""
