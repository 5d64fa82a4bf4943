"""
Converts cards to the variables of a template (docs/dingtalk.md, "Cards").

The message contains what people see and press; a `CardTemplate` names the variables of a template that show the parts
of the message. All variables are texts: buttons and forms are JSON in one of them.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from dingnb.errors import InputError
from dingnb.errors.arguments import check_type, short_repr
from dingnb.limits import STANDARD, Limits
from dingnb.messages.types import DEFAULT_SUBMIT, PATTERNS
from dingnb.messages.validation import Fault, decode, encode, parse_options, strip_midnight
from dingnb.words import Text, field_name, listed

if TYPE_CHECKING:
    from dingnb.messages.message import Message

_ENVELOPE_BYTES = 6_144
"""Bytes reserved for what surrounds the values in a request, such as the people, without the title."""

_TITLE_COPIES = 3
"""Copies of the title in a request besides the values: two for the list of chats, one for the notification."""

_FORM_FIELD_KEYS = {
    "name": "name",
    "label": "label",
    "type": "type",
    "placeholder": "placeholder",
    "default": "defaultValue",
}


@dataclass(frozen=True, slots=True)
class CardTemplate:
    """
    A template of the card builder, and the names of its variables; a part without a variable has an empty name.

    Attributes:
        id: The template's id, ``….schema``.
        title: The variable for the title.
        text: The variable for the text, in markdown.
        buttons: The variable for the buttons, as JSON.
        buttons_key: The key of the buttons in their JSON; if empty, the JSON is the list of buttons.
        form: The variable for the form, as JSON.
        submit: The variable for the text of the form's button.
        answer: A variable that the template shows and no card fills in, for a person's answer.
        closed: The variables that disable a card, with their values.
        others: Variables with the same value in every card.

    Raises:
        InputError: `id` does not have the form of a template's id.
    """

    id: str
    title: str = "title"
    text: str = "markdown"
    buttons: str = ""
    buttons_key: str = ""
    form: str = ""
    submit: str = ""
    answer: str = ""
    closed: Mapping[str, str] = field(default_factory=dict)
    others: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if PATTERNS["template_id"].fullmatch(str(self.id)) is None:
            what = Text("card.bad_template", value=short_repr(self.id))
            raise InputError(what, Text("message.bad_template_id_todo"))


MARKDOWN_AND_BUTTONS = CardTemplate(
    "1366a1eb-bc54-4859-ac88-517c56a9acb1.schema",
    buttons="sys_full_json_obj",
    buttons_key="msgButtons",
    answer="tips",
    closed={"sys_full_json_obj": '{"msgButtons":[]}'},
    others={"tips": ""},
)
"""The public template of DingTalk's own SDKs. Assumption: the template stays, and other apps may use it."""

FORM = CardTemplate(
    "c2a6355b-9724-4f7e-9653-d33fcb3311bb.schema",
    title="question_title",
    text="question_desc",
    form="form",
    submit="form_btn_text",
    closed={"form": '{"fields":[]}', "card_status": "closed"},
    others={"question_id": "dingnb", "card_status": "pending"},
)
"""A public template with a form. Assumption: the template stays, other apps may use it, and `others` opens the form."""


@dataclass(frozen=True, slots=True)
class CardSettings:
    """
    How cards are sent; an argument of `dingnb.connect`.

    Attributes:
        card: The template of cards with text and buttons; None refuses cards without a template of their own.
        survey: The template of surveys; None refuses surveys, so that no public template with a form is used.
        robot_code: The code of the app's robot; if empty, the app key, which is the robot's code in internal apps.
        callback: The way in which DingTalk reports answers: ``"STREAM"``, or ``"HTTP"`` to a registered address.
        route_key: The key under which the address for ``"HTTP"`` is registered; empty for ``"STREAM"``.

    Raises:
        InputError: A setting has the wrong type, or `callback` and `route_key` do not belong together.
    """

    card: CardTemplate | None = MARKDOWN_AND_BUTTONS
    survey: CardTemplate | None = FORM
    robot_code: str = ""
    callback: Literal["STREAM", "HTTP"] = "STREAM"
    route_key: str = ""

    def __post_init__(self) -> None:
        for name in ("card", "survey"):
            if getattr(self, name) is not None:
                check_type(name, getattr(self, name), CardTemplate, "card.settings_todo")
        for name in ("robot_code", "route_key"):
            check_type(name, getattr(self, name), str, "card.settings_todo")
        if self.callback not in ("STREAM", "HTTP") or (self.callback == "HTTP") != bool(self.route_key):
            raise InputError(Text("card.bad_callback", value=short_repr(self.callback)), Text("card.settings_todo"))


STANDARD_SETTINGS = CardSettings()


@dataclass(frozen=True, slots=True)
class CardContent:
    """
    The content of a card in the form of a request.

    Attributes:
        template_id: The template's id.
        title: The line in the list of chats.
        public_variables: The variables that everybody sees.
        private_variables: The variables that only the recipient sees.
        variables_by_person: The private variables of each person, by userid, if several people share the body.
    """

    template_id: str
    title: str
    public_variables: Mapping[str, str]
    private_variables: Mapping[str, str]
    variables_by_person: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def private_data_for(self, userids: Sequence[str]) -> Mapping[str, Mapping[str, str]]:
        """Return the private variables of each person, by userid; empty if the card has no private variables."""
        if not self.variables_by_person:
            return dict.fromkeys(userids, self.private_variables) if self.private_variables else {}
        return {userid: self.variables_by_person[userid] for userid in userids}


def can_be_answered(message: "Message") -> bool:
    """
    Return whether people can answer a card: by a form, or by a button that is not a link.

    A card with a template of its own counts as answerable, since its template may have a form or buttons.
    """
    arguments = message.arguments
    if "fields" in arguments or "template" in arguments:
        return True
    return any(not button.get("url") for button in arguments.get("buttons", []))


def template_id_of(message: "Message", settings: CardSettings) -> str:
    """
    Return the id of the template that a message uses.

    Raises:
        InputError: The settings refuse messages of this type.
    """
    return _template_id(message.msgtype, message.arguments, settings)


def check_template(message: "Message", settings: CardSettings) -> None:
    """
    Check that the settings have a template for a message, with a variable for each part of the message.

    Raises:
        InputError: The settings have no template for the message, or people would not see a part of the message.
    """
    template = configured_template(message, settings)
    if template is None:
        return
    variables = {
        "text": template.text,
        "buttons": template.buttons,
        "fields": template.form,
        "submit": template.submit,
    }
    unseen = [name for name, variable in variables.items() if not variable and message.arguments.get(name)]
    if unseen:
        fields = listed(field_name(f"{message.msgtype}.{name}") for name in unseen)
        raise InputError(
            Text("card.not_in_template", fields=fields, template=template.id), Text("card.not_in_template_todo")
        )


def configured_template(message: "Message", settings: CardSettings) -> CardTemplate | None:
    """
    Return the template in the settings that a message uses; None if the message has a template of its own.

    Raises:
        InputError: The settings refuse messages of this type.
    """
    return None if "template" in message.arguments else _default_template(message.msgtype, settings)


def _template_id(msgtype: str, content: Mapping[str, Any], settings: CardSettings) -> str:
    return str(content.get("template") or _default_template(msgtype, settings).id)


def _default_template(msgtype: str, settings: CardSettings) -> CardTemplate:
    template = settings.survey if msgtype == "survey" else settings.card
    if template is None:
        raise InputError(Text(f"card.no_{msgtype}"), Text(f"card.no_{msgtype}_todo"))
    return template


def card_content(body: Mapping[str, Any], settings: CardSettings = STANDARD_SETTINGS) -> CardContent:
    """
    Return the content of a card.

    Args:
        body: The card's body: ``{"msgtype": "card", "card": {...}}``.
        settings: The settings, with the templates.

    Raises:
        InputError: The settings refuse messages of this type.
    """
    msgtype = body["msgtype"]
    content = body[msgtype]
    template_id = _template_id(msgtype, content, settings)
    if "template" in content:
        public, private = (_values(content.get(name, [])) for name in ("data", "private"))
        people = {userid: _values(own_values) for userid, own_values in content.get("people", {}).items()}
        return CardContent(template_id, content["title"], public, private, people)
    template = _default_template(msgtype, settings)
    public = {**template.others, template.title: content["title"], template.text: content["text"]}
    if msgtype == "survey":
        form = {"fields": [_form_field(form_field) for form_field in content["fields"]]}
        public |= {template.form: _json(form), template.submit: content.get("submit") or DEFAULT_SUBMIT}
    elif "buttons" in content:
        buttons = list(map(_button, content["buttons"]))
        public[template.buttons] = _json({template.buttons_key: buttons} if template.buttons_key else buttons)
    return CardContent(template_id, content["title"], {name: value for name, value in public.items() if name}, {})


def can_be_shared(message: "Message") -> bool:
    """
    Return whether people with different texts can share a card, because only the template's private variables differ.

    Only a test shows whether the template declares the variables as private.
    """
    return bool(message.arguments.get("template") and message.arguments.get("private"))


def private_names(message: "Message") -> list[str]:
    """Return the names of the private variables of a message."""
    return [variable["name"] for variable in message.arguments.get("private", [])]


def public_part(body: bytes) -> bytes:
    """Return the part of one person's body that everybody sees; people with equal parts may share a card."""
    content = decode(body)["card"]
    return encode({name: value for name, value in content.items() if name != "private"})


def shared_body(bodies: Sequence[bytes], userids: Sequence[str]) -> bytes:
    """
    Return one body for several people, with the private values of each person.

    Args:
        bodies: The body of each person, all with the same public part.
        userids: The people, none of them twice.
    """
    contents = [decode(body)["card"] for body in bodies]
    people = {userid: content["private"] for userid, content in zip(userids, contents, strict=True)}
    public = {name: value for name, value in contents[0].items() if name != "private"}
    return encode({"msgtype": "card", "card": {**public, "people": people}})


def people_of_shared_body(body: bytes) -> list[str]:
    """Return the people of a shared body; empty if the body is not shared."""
    # Decoding each body of a large campaign would take seconds.
    return list(decode(body).get("card", {}).get("people", {})) if b'"people":' in body else []


def body_for(body: bytes, userid: str) -> bytes:
    """Return the body of one person; a body that is not shared is everybody's."""
    if not people_of_shared_body(body):
        return body
    content = decode(body)["card"]
    public = {name: value for name, value in content.items() if name != "people"}
    return encode({"msgtype": "card", "card": {**public, "private": content["people"][userid]}})


def max_value_bytes(limits: Limits) -> int:
    """Return how many bytes the values of a card, shared or not, may take in a request."""
    return limits.card_request_bytes - _ENVELOPE_BYTES


def title_bytes(title: str) -> int:
    """Return how many bytes the title takes in a request, besides the values."""
    return _TITLE_COPIES * len(encode([title]))


def card_faults(body: Mapping[str, Any]) -> Iterator[Fault]:
    """Yield the faults of a card's size in a request; some faults are only advice (`Fault.is_refused`)."""
    msgtype, limit = body["msgtype"], STANDARD.card_value_bytes
    content = card_content(body)
    longest = max(content.public_variables, key=lambda name: len(content.public_variables[name].encode()), default="")
    if longest and (length := len(content.public_variables[longest].encode())) > limit:
        yield Fault(
            f"{msgtype}.{_field_shown_by(msgtype, longest, body)}", "long_value", length, limit, is_refused=False
        )
    if content.private_variables and (length := len(encode(content.private_variables))) > limit:
        yield Fault(f"{msgtype}.private", "private_too_large", length, limit)
    size = len(encode(content.public_variables)) + len(encode(content.private_variables)) + title_bytes(content.title)
    max_bytes = max_value_bytes(STANDARD)
    if size > max_bytes:
        yield Fault("msg", "too_many_bytes", size, max_bytes)


def _field_shown_by(msgtype: str, variable: str, body: Mapping[str, Any]) -> str:
    """Return the field of the message that a variable of a template shows."""
    if "template" in body[msgtype]:
        return "data"
    template = _default_template(msgtype, STANDARD_SETTINGS)
    parts = {template.title: "title", template.text: "text", template.buttons: "buttons", template.form: "fields"}
    return parts.get(variable, "text")


def _values(variables: Sequence[Mapping[str, str]]) -> dict[str, str]:
    return {variable["name"]: variable.get("value", "") for variable in variables}


def _button(button: Mapping[str, str]) -> dict[str, Any]:
    if button.get("url"):
        return {"text": button["label"], "color": "gray", "url": button["url"], "iosUrl": button["url"]}
    key = button["key"]
    return {"text": button["label"], "color": "blue", "id": key, "request": True, "params": {"id": key}}


def _form_field(form_field: Mapping[str, str]) -> dict[str, Any]:
    keys = {name: key for name, key in _FORM_FIELD_KEYS.items() if name in form_field}
    item: dict[str, Any] = {key: form_field[name] for name, key in keys.items()}
    if form_field.get("type") == "DATE" and "default" in form_field:
        item["defaultValue"] = strip_midnight(form_field["default"])
    item["required"] = form_field.get("required") == "true"
    if form_field.get("options"):
        item["options"] = [{"value": value, "text": text} for value, text in parse_options(form_field["options"])]
    return item


def _json(value: Mapping[str, Any] | list[Any]) -> str:
    return encode(value).decode()
