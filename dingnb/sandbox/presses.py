"""
Presses on cards: when they happen, how they are reported to the app, and what the app's answers change.

A press is planned for a time. When it is due, the callback is sent over Stream or HTTP, as set on the card. An answer
that arrives in time changes the card for the person who pressed. See docs/dingtalk.md, "Cards". What DingTalk does not
document is a field of `SandboxSettings`.
"""

import base64
import hashlib
import heapq
import hmac
import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from hashlib import blake2b
from typing import Any, Literal, NamedTuple

from dingnb.clock import NS_PER_MS, SystemClock, seconds_to_ns
from dingnb.sandbox.cards import Card, CardChange, Cards, are_variables_valid, select_text_variables
from dingnb.sandbox.events.events import compact_json, conversation_id
from dingnb.sandbox.events.gateway import Gateway
from dingnb.sandbox.events.stream_frames import CALLBACK, CARD_TOPIC, Acknowledgement, Push, app_id, message_id
from dingnb.sandbox.organisation import union_id
from dingnb.sandbox.records import EffectRecorder, discard_effect, newest
from dingnb.sandbox.rendered_card import SUBMIT, RenderedCard, render_card
from dingnb.sandbox.sandbox_time import SandboxTime
from dingnb.sandbox.settings import SandboxSettings

CallbackFormat = Literal["content", "value"]
PressStatus = Literal["planned", "not offered", "lost", "pressed", "answered", "late", "unreadable", "unanswered"]

_OK = 200
_UNIONID_TYPE = 2


@dataclass(slots=True, eq=False)
class Press:
    """
    A press on a button, or a submitted form.

    Attributes:
        number: The number of the press, from 1.
        out_track_id: The card.
        userid: The person.
        action_ids: The action ids: the button's, or ``submit``.
        params: The parameters: the button's, or ``form`` with the answers.
        due_ns: The time of the press.
        callback_format: The format of the callback; empty for the format in the settings.
        is_forced: Whether the press is reported even if the card does not offer it, as no real client would.
        status: The state: ``planned``; ``not offered`` by the card when the press was due; ``lost`` without a callback;
            ``pressed`` and not answered yet; ``answered`` in time, ``late``, or with an ``unreadable`` answer; or
            ``unanswered`` for good.
        pressed_ns: The time at which the press was reported; None if it was not.
        channel: ``stream`` or ``http``; empty if the press was not reported.
        request_count: The number of requests to the callback URL.
        answered_ns: The time of the answer; None without an answer.
        answer: The answer as received; None without an answer, or if a reply over HTTP is not JSON.
        push: The push over Stream; None if none was sent.
    """

    number: int
    out_track_id: str
    userid: str
    action_ids: Sequence[str]
    params: Mapping[str, Any]
    due_ns: int
    callback_format: CallbackFormat | Literal[""] = ""
    is_forced: bool = False
    status: PressStatus = "planned"
    pressed_ns: int | None = None
    channel: str = ""
    request_count: int = 0
    answered_ns: int | None = None
    answer: Any = None
    push: Push | None = field(default=None, repr=False)


class PlannedPress(NamedTuple):
    """The first fields of a `Press`, except the number. The journal stores the fields by position."""

    out_track_id: str
    userid: str
    action_ids: Sequence[str]
    params: Mapping[str, Any]
    due_ns: int
    callback_format: CallbackFormat | Literal[""] = ""
    is_forced: bool = False


class PressRequest(NamedTuple):
    """A request to a callback URL."""

    url: str
    headers: Mapping[str, str]
    body: bytes


class DuePress(NamedTuple):
    """A press that was due, and the HTTP request to send for it; None without one."""

    press: Press
    request: PressRequest | None


class CardPresses:
    """
    The presses of one sandbox. Hold the lock of the sandbox's state while using it.

    Args:
        settings: The sandbox's settings.
        cards: The cards.
        stream: The gateway of Stream.
        time: The sandbox's time.
        resets: The number of resets, so that ids do not repeat after a reset.
        wake: Called when a press may be due.
        record_effect: Called for every change.
    """

    def __init__(
        self,
        settings: SandboxSettings,
        cards: Cards,
        stream: Gateway,
        time: SandboxTime,
        resets: int,
        wake: Callable[[], None],
        record_effect: EffectRecorder = discard_effect,
    ) -> None:
        self._settings = settings
        self._cards = cards
        self._stream = stream
        self._time = time
        self._resets = resets
        self._wake = wake
        self._record_effect = record_effect
        self._presses: dict[int, Press] = {}
        self._last_number = 0
        self._due: list[tuple[int, int]] = []
        self._counted_by_month: Counter[tuple[int, int]] = Counter()

    def __len__(self) -> int:
        return len(self._presses)

    def plan(self, planned: Iterable[PlannedPress], first_number: int | None = None) -> list[Press]:
        """
        Plan presses, and return them.

        Args:
            planned: The presses.
            first_number: The number of the first press, from a journal, which may no longer contain earlier presses;
                None for the next number.
        """
        planned = list(planned)
        first_number = self._last_number + 1 if first_number is None else first_number
        self._record_effect("plan_presses", planned, first_number)
        presses = [Press(number, **press._asdict()) for number, press in enumerate(planned, first_number)]
        for press in presses:
            self._presses[press.number] = press
            self._last_number = press.number
            heapq.heappush(self._due, (press.due_ns, press.number))
        self._wake()
        return presses

    def find(self, number: int) -> Press | None:
        """Return the press with a number; None if no press has this number."""
        return self._presses.get(number)

    def list_newest(self, limit: int | None = None) -> list[Press]:
        """Return the newest `limit` presses, newest last; None returns all."""
        return newest(self._presses.values(), limit)

    def press_id(self, press: Press) -> str:
        """Return the id of a press, which is also the message id of the first push over Stream."""
        source = f"{self._settings.seed} {self._resets} press {press.number}".encode()
        return message_id(blake2b(source, digest_size=16).hexdigest())

    def render(self, card: Card, userid: str) -> RenderedCard:
        """Return a card as a person sees it."""
        return render_card(self._cards.template(card.template_id), self._cards.visible_variables(card, userid))

    def used_in_month(self, now_ns: int) -> int:
        """Return the number of presses in this month that count towards the quota of Stream."""
        return self._counted_by_month[self._time.month(now_ns)]

    @property
    def due_ns(self) -> int | None:
        """Time of the next press or repeated HTTP request; None if there is neither."""
        return self._due[0][0] if self._due else None

    def run_next(self, now_ns: int) -> DuePress | None:
        """Carry out the next press that is due and return it with the request to send; None if no press is due."""
        if not self._due or self._due[0][0] > now_ns:
            return None
        press = self._presses[heapq.heappop(self._due)[1]]
        if press.status != "planned":
            # Another request for a press that was not answered.
            return DuePress(press, self._request(press, now_ns))
        status, channel = self._outcome(press, now_ns)
        self.record_outcome(press.number, status, channel, now_ns)
        if status != "pressed":
            return DuePress(press, None)
        self._cards.open(press.out_track_id, press.userid, now_ns)
        if channel == "stream":
            self._emit(press, now_ns)
            return DuePress(press, None)
        return DuePress(press, self._request(press, now_ns))

    def record_outcome(self, number: int, status: PressStatus, channel: str, now_ns: int) -> None:
        """Record the status that a press has reached when due, and the channel over which it is reported."""
        press = self.find(number)
        if press is None:
            return
        self._record_effect("record_press_outcome", number, status, channel)
        press.status, press.channel = status, channel
        if status == "pressed":
            press.pressed_ns = now_ns
            self._counted_by_month[self._time.month(now_ns)] += self._counts_towards_quota(channel)

    def record_answer(self, number: int, status: PressStatus, answer: Any, now_ns: int) -> None:  # noqa: ANN401 - any JSON
        """Record the answer to a press, or that the press was not answered."""
        press = self.find(number)
        if press is None:
            return
        self._record_effect("record_press_answer", number, status, answer)
        press.status, press.answer = status, answer
        press.answered_ns = None if status == "unanswered" else now_ns

    def receive(self, press: Press, reply: tuple[int, bytes] | None, now_ns: int) -> None:
        """Process the reply to a request; None if no reply arrived in time."""
        press.request_count += 1
        if reply is not None and reply[0] == _OK:
            try:
                self._apply(press, json.loads(reply[1]), now_ns)
            except (ValueError, RecursionError):
                self.record_answer(press.number, "unreadable", None, now_ns)
        elif press.request_count >= self._settings.card_http_pushes or not self._settings.stream_callback_repeat_s:
            self.record_answer(press.number, "unanswered", None, now_ns)
        else:
            # Assumption: the next request follows after the same time as over Stream.
            heapq.heappush(self._due, (now_ns + seconds_to_ns(self._settings.stream_callback_repeat_s), press.number))

    def resume(self, now_ns: int) -> None:
        """
        Continue after a restart.

        Presses without an answer are pushed again over Stream with the same id; over HTTP, they are now ``unanswered``.
        """
        self._due = [(press.due_ns, press.number) for press in self._presses.values() if press.status == "planned"]
        heapq.heapify(self._due)
        for press in self._presses.values():
            if press.status == "pressed" and press.channel == "stream":
                self._emit(press, now_ns)
            elif press.status == "pressed":
                self.record_answer(press.number, "unanswered", None, now_ns)
        if self._due:
            self._wake()

    def to_json(self, press: Press) -> dict[str, Any]:
        """Return a press for the control API."""
        time_ns = press.due_ns if press.pressed_ns is None else press.pressed_ns
        return {
            "number": press.number,
            "press_id": self.press_id(press),
            "out_track_id": press.out_track_id,
            "userid": press.userid,
            "action_ids": list(press.action_ids),
            "params": press.params,
            "status": press.status,
            "channel": press.channel,
            "pushes": press.push.push_count if press.push is not None else press.request_count,
            "time": self._time.to_iso(time_ns),
            "time_ms": time_ns // NS_PER_MS,
            "answered_ms": None if press.answered_ns is None else press.answered_ns // NS_PER_MS,
            "answer": press.answer,
        }

    def _outcome(self, press: Press, now_ns: int) -> tuple[PressStatus, str]:
        """Return the status that a press reaches when due, and the channel over which it is reported."""
        card = self._cards.find(press.out_track_id)
        if card is None:
            return ("pressed", "stream") if press.is_forced else ("lost", "")
        if not press.is_forced and not self._is_offered(card, press):
            return "not offered", ""
        channel = card.callback_type.lower()
        if not channel or (channel == "http" and self._cards.route(card.route_key) is None):
            return "lost", ""
        is_quota_used_up = self.used_in_month(now_ns) >= self._settings.stream_pushes_per_month
        if self._counts_towards_quota(channel) and is_quota_used_up and self._settings.over_stream_quota == "lost":
            return "lost", ""
        return "pressed", channel

    def _counts_towards_quota(self, channel: str) -> bool:
        return channel == "stream" and self._settings.card_presses_counted

    def _is_offered(self, card: Card, press: Press) -> bool:
        if card.delivery_to(press.userid) is None:
            return False
        rendered = self.render(card, press.userid)
        if list(press.action_ids) == [SUBMIT] and "form" in press.params:
            return rendered.has_form
        return bool(press.action_ids) and all(rendered.button(action_id) is not None for action_id in press.action_ids)

    def _body(self, press: Press) -> dict[str, Any]:
        card = self._cards.find(press.out_track_id)
        userid_type = 1 if card is None else card.userid_type
        settings = self._settings
        callback_format = press.callback_format or settings.card_callback_format
        space = f"{settings.corp_id} {press.userid}"
        space_digest = blake2b(space.encode(errors="replace"), digest_size=16).digest()
        return {
            "type": "actionCallback",
            "outTrackId": press.out_track_id,
            "corpId": settings.corp_id,
            "userId": union_id(press.userid) if userid_type == _UNIONID_TYPE else press.userid,
            "userIdType": userid_type,
            "spaceId": conversation_id(space_digest),
            "spaceType": "im" if callback_format == "value" else "IM_ROBOT",
            "extension": "{}",
            # Each format is named after the field with the content.
            callback_format: json.dumps(self._content(press, callback_format), ensure_ascii=False),
        }

    def _content(self, press: Press, callback_format: CallbackFormat) -> dict[str, Any]:
        action_ids, params = list(press.action_ids), dict(press.params)
        if "form" not in params and len(action_ids) == 1:
            button_id_in = self._settings.card_button_id_in
            if button_id_in != "actionIds":
                params["id"] = action_ids[0]
            if button_id_in == "params":
                action_ids = []
        if callback_format == "value":
            return {"cardPrivateData": {"actionIds": action_ids}, "params": params}
        return {"cardPrivateData": {"actionIds": action_ids, "params": params}}

    def _emit(self, press: Press, now_ns: int) -> None:
        headers = {"appId": app_id(self._settings.app_key)}
        push = Push(CALLBACK, CARD_TOPIC, headers, compact_json(self._body(press)), self.press_id(press), now_ns)
        push.on_end = partial(self._receive_acknowledgement, press)
        press.push = push
        self._stream.emit(push, now_ns)

    def _receive_acknowledgement(self, press: Press, ack: Acknowledgement | None, now_ns: int) -> None:
        if ack is None:
            self.record_answer(press.number, "unanswered", None, now_ns)
            return
        response = ack.data.get("response") if isinstance(ack.data, dict) else None
        # Virtual time can pass while the acknowledgement is on its way.
        taken_ns = 0 if press.push is None else SystemClock().monotonic_ns() - press.push.sent_ns
        if ack.code != _OK:
            self.record_answer(press.number, "unreadable", ack.data, now_ns)
        elif taken_ns > seconds_to_ns(self._settings.card_answer_deadline_s):
            self.record_answer(press.number, "late", response, now_ns)
        else:
            self._apply(press, {} if response is None else response, now_ns)

    def _apply(self, press: Press, answer: Any, now_ns: int) -> None:  # noqa: ANN401 - any JSON
        """Record an answer that arrived in time, and change the card accordingly."""
        change = self._read_change(press.userid, answer)
        self.record_answer(press.number, "unreadable" if change is None else "answered", answer, now_ns)
        if change is not None and (change.public is not None or change.private):
            self._cards.answer(press.out_track_id, press.userid, change)

    def _read_change(self, userid: str, answer: object) -> CardChange | None:
        """Return what an answer changes; None if the answer is not valid."""
        if not isinstance(answer, dict):
            return None
        options = answer.get("cardUpdateOptions") or {}
        public, private = (_variables(answer.get(name)) for name in ("cardData", "userPrivateData"))
        changed = [variables for variables in (public, private) if variables is not None]
        is_valid = all(are_variables_valid(variables, self._settings) for variables in changed)
        if not isinstance(options, dict) or not is_valid:
            return None
        return CardChange(
            None if public is None else select_text_variables(public),
            {} if private is None else {userid: select_text_variables(private)},
            options.get("updateCardDataByKey") is True,
            options.get("updatePrivateDataByKey") is True,
        )

    def _request(self, press: Press, now_ns: int) -> PressRequest | None:
        """Return the request for a press over HTTP; None without a route, for which `_outcome` reports no press."""
        card = self._cards.find(press.out_track_id)
        route = None if card is None else self._cards.route(card.route_key)
        if route is None:
            return None
        timestamp = str(now_ns // NS_PER_MS)
        headers = {
            "Content-Type": "application/json",
            "x-ddpaas-signature-timestamp": timestamp,
            "x-ddpaas-signature": sign_timestamp(route.secret, timestamp),
        }
        return PressRequest(route.url, headers, compact_json(self._body(press)).encode(errors="replace"))


def _variables(card_data: object) -> Any:  # noqa: ANN401 - any JSON
    """
    Return the variables in an object with ``cardParamMap``, empty if it has none; any other value unchanged.

    `are_variables_valid` then refuses the other value, unless it is None.
    """
    return (card_data.get("cardParamMap") or {}) if isinstance(card_data, dict) else card_data


def sign_timestamp(secret: str, timestamp: str) -> str:
    """
    Return the signature of a request to a callback URL.

    >>> sign_timestamp("example-secret", "1700000000000")
    'I85VWQbGCqbDkjEb7rsCEkTKI9QSL3wzLms54MiwXlg='
    """
    return base64.b64encode(hmac.digest(secret.encode(errors="replace"), timestamp.encode(), hashlib.sha256)).decode()
