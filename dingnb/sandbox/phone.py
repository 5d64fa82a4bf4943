"""The phone of a person, which shows work notifications with their files, the robot's replies, and cards."""

import json
import mimetypes
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Any, Final, Literal
from urllib.parse import quote

from dingnb.media import Content
from dingnb.media.content import format_size
from dingnb.messages.markdown import TextRenderer, render_markdown
from dingnb.messages.preview import client_view_of
from dingnb.sandbox.cards import Card
from dingnb.sandbox.media import Reference, references_in, robot_references_in
from dingnb.sandbox.presses import Press
from dingnb.sandbox.rendered_card import RenderedCard
from dingnb.sandbox.sessions import Reply
from dingnb.sandbox.state import SandboxState
from dingnb.sandbox.tasks import Task
from dingnb.words import say

_MAX_MESSAGES: Final = 200
"""Maximum number of messages that the page shows; older messages are left out."""

_STATUS_KEYS: Mapping[str, str] = {
    "answered": "phone.answered",
    "not offered": "phone.gone",
    "pressed": "phone.sent",
}
"""The texts about the last press by its status; with any other status, no valid answer has arrived in time."""


class _MediaRenderer(TextRenderer):
    """Renders texts, and shows the media that were uploaded to a sandbox."""

    def __init__(self, state: SandboxState) -> None:
        super().__init__()
        self._state = state

    def find_attachment(self, text: str) -> Content | None:
        """Return the upload that a text names by its media id; None if the sandbox has no such upload."""
        medium = self._state.media.find(text)
        if medium is None:
            return None
        mime = mimetypes.guess_type(medium.name)[0] or "application/octet-stream"
        path = self._state.media.path(medium)
        name = medium.name or medium.kind
        return Content.from_record(medium.kind, name, medium.sha256, medium.size, mime, str(path or ""))


@dataclass(frozen=True, slots=True)
class _Message:
    """A message on the phone; its `version` changes with its appearance."""

    id: str
    kind: Literal["notification", "reply", "card"]
    at_ns: int
    version: tuple[object, ...] = ()


class Phone:
    """
    The phone of one person. Hold the lock of the sandbox's state while using it.

    Args:
        state: The sandbox.
        userid: The person.
        now_ns: The current time.
    """

    def __init__(self, state: SandboxState, userid: str, now_ns: int) -> None:
        self._state = state
        self._userid = userid
        self._now_ns = now_ns
        self._renderer = _MediaRenderer(state)
        # Task ids may repeat after a reset, and the page, which may still be open, marks each id as read only once.
        self._tasks = {f"task {state.resets}.{task.id}": task for task in state.tasks.list_delivered_to(userid)}
        replies = (reply for reply in state.sessions.replies if reply.session.userid == userid)
        self._replies = {f"reply {index}": reply for index, reply in enumerate(replies)}
        self._cards = {
            f"card {delivery.carrier_id}": (card, delivery)
            for card in state.cards.list_delivered_to(userid)
            for delivery in card.deliveries
            if delivery.userid == userid
        }
        self._last_presses: dict[str, Press] = {}
        self._answers: dict[str, Mapping[str, Any]] = {}
        for press in state.presses.list_newest():
            if press.userid == userid and press.status != "planned":
                self._last_presses[press.out_track_id] = press
                if isinstance(form := press.params.get("form"), dict):
                    self._answers[press.out_track_id] = form
        self._messages = sorted(self._list_messages(), key=lambda message: message.at_ns)[-_MAX_MESSAGES:]

    @property
    def fingerprint(self) -> str:
        """A text that changes whenever the phone shows something else in the same language."""
        source = json.dumps([(message.id, message.version) for message in self._messages], default=str)
        return blake2b(f"{self._state.id} {source}".encode(errors="replace"), digest_size=16).hexdigest()

    def to_json(self) -> list[dict[str, Any]]:
        """Return the messages, newest last, in the current language. HTML in the texts of messages is escaped."""
        return [self._message_to_json(message) for message in self._messages]

    def open(self, ids: Iterable[str]) -> None:
        """Mark messages with these ids as read. Unknown ids, and ids of robots' replies, have no effect."""
        for message_id in ids:
            if message_id in self._tasks:
                self._state.tasks.open(self._tasks[message_id].id, self._userid, self._now_ns)
            elif message_id in self._cards:
                self._state.cards.open(self._cards[message_id][0].out_track_id, self._userid, self._now_ns)

    def _list_messages(self) -> Iterator[_Message]:
        for message_id, task in self._tasks.items():
            yield _Message(message_id, "notification", task.done_ns, (task.recalled_ns is not None,))
        for message_id, reply in self._replies.items():
            yield _Message(message_id, "reply", reply.at_ns)
        for message_id, (card, delivery) in self._cards.items():
            press = self._last_presses.get(card.out_track_id)
            status = None if press is None else (press.number, press.status)
            template = self._state.cards.template(card.template_id)
            shown = self._state.cards.visible_variables(card, self._userid)
            yield _Message(message_id, "card", delivery.at_ns, (shown, status, str(template)))

    def _message_to_json(self, message: _Message) -> dict[str, Any]:
        time = self._state.time.to_iso(message.at_ns)
        common = {"id": message.id, "kind": message.kind, "day": time[:10], "clock": time[11:16]}
        if message.kind == "notification":
            return {**common, **self._notification(self._tasks[message.id])}
        if message.kind == "reply":
            return {**common, **self._reply(self._replies[message.id])}
        return {**common, **self._card(self._cards[message.id][0])}

    def _notification(self, task: Task) -> dict[str, Any]:
        if task.recalled_ns is not None:
            return {"recalled": True, "html": "", "files": []}
        kind = str(task.body["msgtype"])
        html = self._html(kind, task.body[kind])
        return {"recalled": False, "html": html, "files": self._files(references_in(task.body))}

    def _reply(self, reply: Reply) -> dict[str, Any]:
        kind = str(reply.body["msgtype"])
        content = reply.body[kind]
        title = content["title"] if kind in {"markdown", "actionCard"} else ""
        html = "".join(self._html(*message) for message in _as_work_notifications(kind, content))
        return {"title": title, "html": html, "files": self._files(robot_references_in(reply.body))}

    def _html(self, kind: str, content: Any) -> str:  # noqa: ANN401 - any JSON
        """Return a message as a client shows it; as JSON if its fields have unexpected types."""
        try:
            return client_view_of(kind, content, self._renderer).html
        except (AttributeError, LookupError, TypeError, ValueError):
            # DingTalk accepts optional fields of any type, which no client of dingnb sends.
            return f"<pre>{self._renderer.html(json.dumps(content, ensure_ascii=False, indent=1))}</pre>"

    def _files(self, references: Iterable[Reference]) -> list[dict[str, str]]:
        found = (self._state.media.find(reference.media_id) for reference in references)
        return [
            {
                "name": medium.name or medium.kind,
                "size": format_size(medium.size),
                "url": f"/_sandbox/media?media_id={quote(medium.media_id, safe='')}",
            }
            for medium in found
            if medium is not None
        ]

    def _card(self, card: Card) -> dict[str, Any]:
        rendered = self._state.presses.render(card, self._userid)
        press = self._last_presses.get(card.out_track_id)
        return {
            "out_track_id": card.out_track_id,
            "title": rendered.title,
            "html": render_markdown(rendered.text, self._renderer).html if rendered.text else "",
            "notes": list(rendered.notes),
            "rows": [list(row) for row in rendered.rows],
            "failed": rendered.is_failed,
            "buttons": _buttons(rendered),
            "fields": _fields(rendered, self._answers.get(card.out_track_id)),
            "submit": rendered.submit_label or say("phone.submit"),
            "open": rendered.is_open,
            "status": _status(rendered, press),
            # So that the page shows the card again, also if the outcome of a second press is the same.
            "press": 0 if press is None else press.number,
        }


def _as_work_notifications(kind: str, content: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the types and contents of the work notifications that look like a robot's message."""
    if kind == "feedCard":
        for link in content["links"]:
            texts = {"title": link["title"], "text": "", "messageUrl": link["messageURL"], "picUrl": link["picURL"]}
            yield "link", texts
    elif kind == "actionCard":
        if content.get("singleTitle") and content.get("singleURL"):
            buttons: dict[str, Any] = {"single_title": content["singleTitle"], "single_url": content["singleURL"]}
        else:
            pairs = [{"title": button["title"], "action_url": button["actionURL"]} for button in content["btns"]]
            buttons = {"btn_json_list": pairs, "btn_orientation": content.get("btnOrientation")}
        yield "action_card", {"title": content["title"], "markdown": content["text"], **buttons}
    else:
        yield kind, {"picUrl": "", **content}


def _buttons(rendered: RenderedCard) -> list[dict[str, Any]]:
    return [
        {
            "id": button.id,
            "label": button.label,
            "url": button.url,
            "primary": button.is_primary,
            "enabled": button.is_enabled,
        }
        for button in rendered.buttons
    ]


def _fields(rendered: RenderedCard, answers: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    """Return the fields of a card's form, filled in with the answers that the person submitted last, if any."""
    return [
        {
            "name": field.name,
            "label": field.label,
            "type": field.type,
            "required": field.is_required,
            "read_only": field.is_read_only or not rendered.is_open,
            "required_text": field.required_text or say("phone.required"),
            "placeholder": field.placeholder,
            "default": field.default if answers is None else answers.get(field.name),
            "options": [list(option) for option in field.options],
        }
        for field in rendered.fields
    ]


def _status(rendered: RenderedCard, press: Press | None) -> str:
    """Return the text about the last press, or about a form that was closed without one; empty if there is neither."""
    if not rendered.is_open and (press is None or press.status not in {"answered", "pressed"}):
        return say("phone.closed")
    return "" if press is None else say(_STATUS_KEYS.get(press.status, "phone.no_response"))
