"""The events form: events, details, a reply, and actions."""

import tempfile
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

import ipywidgets as widgets
import pandas as pd

from dingnb.auth import Origin, Secret
from dingnb.client import DingTalk
from dingnb.clock import SystemClock
from dingnb.display import Sheet
from dingnb.errors import CredentialsError, InputError
from dingnb.events.event import Event, Reply, SendReply, Session
from dingnb.events.events import Events
from dingnb.events.log import EventLog
from dingnb.events.parsing import parse_event, parse_robot_message
from dingnb.ledger import SqliteLedger
from dingnb.messages import Message
from dingnb.ui.events.actions import Action
from dingnb.ui.events.form import EventsForm
from dingnb.words import NOTHING, Text, pick, say
from tools.states.scene import Maker, Makers, Scene

Change: TypeAlias = Callable[[EventsForm], None]
"""A user action in the form."""

_FIRST_MS = int(pd.Timestamp("2026-11-25 09:00", tz="Asia/Shanghai").timestamp() * 1000)
_MINUTE_MS = 60_000
_NS_PER_MS = 1_000_000
_ANSWERED_WITHIN_MS = 90 * _MINUTE_MS
_HOSTILE = "<img src=x onerror=alert(1)> \u202eevil"
_HOSTILE_AT = 5


class _Stream:
    """The display of a connection that receives events, without a real connection."""

    @property
    def title(self) -> Text:
        return Text("stream.title")

    @property
    def status(self) -> Text:
        return Text("stream.connected")

    @property
    def problem(self) -> Text:
        return NOTHING

    @property
    def is_running(self) -> bool:
        return True

    def sheet(self) -> Sheet:
        return Sheet(self.title, "SANDBOX", ())

    def stop(self) -> None:
        return


def _create_event(n: int) -> Event:
    at_ms = _FIRST_MS + n * _MINUTE_MS
    data = (
        {"EventType": "user_leave_org", "UserId": [f"manager{n % 60:02}", f"u{n:04}"]},
        {
            "EventType": "bpms_instance_change",
            "staffId": f"u{n % 40:04}",
            "title": _HOSTILE if n == _HOSTILE_AT else "赵云提交的请假",
            "type": "finish",
            "result": "agree",
            "processInstanceId": f"proc-{n}",
            "finishTime": at_ms,
        },
        {"EventType": "user_add_org", "UserId": [f"u{n:04}"]},
        {"EventType": "chat_update_title", "title": "周会", "chatId": f"chat{n}", "operator": f"u{n:04}"},
    )[n % 4]
    return parse_event({**data, "eventId": f"e-{n}", "TimeStamp": at_ms, "CorpId": "dingcorp"}, at_ms * _NS_PER_MS)


def _create_robot_message(n: int, *, is_over: bool = False) -> Event:
    at_ms = _FIRST_MS + n * _MINUTE_MS
    data = {
        "msgId": f"m-{n}",
        "createAt": at_ms,
        "senderStaffId": "manager01",
        "senderNick": "王敏",
        "conversationTitle": "Q4",
        "msgtype": "text",
        "text": {"content": pick("When is the canteen closed?", "食堂哪天停业？")},
        "sessionWebhook": "https://oapi.dingtalk.com/robot/sendBySession?session=shown",
        "sessionWebhookExpiredTime": _FIRST_MS if is_over else time.time_ns() // _NS_PER_MS + _ANSWERED_WITHIN_MS,
    }
    return parse_robot_message(data, at_ms * _NS_PER_MS, "stream")


def _log(scene: Scene, answer: SendReply, *, is_live: bool) -> EventLog:
    ding = scene.live if is_live else scene.ding
    # A separate ledger, so that states do not share events.
    ledger = SqliteLedger(Path(tempfile.mkdtemp(prefix="dingnb-")))
    clock = SystemClock()
    return EventLog(ledger, ding._realm, clock, clock.now_ns, answer, start_stream=lambda: None)  # noqa: SLF001 - as in client


def _accept_reply(_session: Session, message: Message, _fields: Mapping[str, object]) -> Reply:
    return Reply(time.time_ns(), str(message.arguments["content"]))


def _refuse_reply(_session: Session, _message: Message, _fields: Mapping[str, object]) -> Reply:
    raise InputError(say("event.session_over"), say("event.session_over_todo"))


def _form(
    change: Change = lambda _: None,
    events: int = 42,
    *,
    receives: bool = True,
    is_live: bool = False,
    answer: SendReply = _accept_reply,
) -> Maker:
    def make(scene: Scene) -> widgets.DOMWidget:
        log = _log(scene, answer, is_live=is_live)
        if receives:
            log.attach(_Stream())
        for n in range(events):
            log.add(_create_event(n))
        if events:
            log.add(_create_robot_message(events, is_over=True))
            log.add(_create_robot_message(events + 1))
        form = Events(log).form()
        form.wait()
        change(form)
        form.wait()
        return form.box

    return make


def _pause(form: EventsForm) -> None:
    form.model.set_paused(is_paused=True)
    for n in range(3):
        form.model.log.add(_create_event(100 + n))
    form.model.reload()


def _choose(at: int) -> Change:
    return lambda form: form.model.choose(at)


def _search_hostile_text(form: EventsForm) -> None:
    form.model.filter_by(text="onerror")
    form.wait()
    form.model.choose(0)


def _answer(form: EventsForm) -> None:
    form.model.choose(0)
    form.reply.set_text(pick("On Friday.", "周五。"))
    form.reply.send()


def _action(action: Action, typed: str = "") -> Change:
    def change(form: EventsForm) -> None:
        form.actions_model.choose(action)
        form.actions.count.value = typed
        if typed:
            form.actions_model.act()

    return change


def _refused_stream(scene: Scene) -> widgets.DOMWidget:
    """Show the form after DingTalk has refused Stream because of a wrong secret."""
    app = replace(scene.ding.app, app_secret=Secret("not-the-secret"))
    ledger = SqliteLedger(Path(tempfile.mkdtemp(prefix="dingnb-")))
    ding = DingTalk(app, scene.ding.hosts, origin=Origin("sandbox"), clock=SystemClock(), ledger=ledger)
    with suppress(CredentialsError):
        ding.stream().wait_until_connected()
    form = ding.events.form()
    form.wait()
    return form.box


def _choose_times(form: EventsForm) -> None:
    form.model.choose_time_range("other")
    form.model.filter_by(since="2026-11-25 09:10", until="tomorrow-ish")


STATES: Makers = (
    ("empty", _form(events=0, receives=False)),
    ("stream-failed", _refused_stream),
    ("paused", _form(_pause)),
    ("time-wrong", _form(_choose_times)),
    ("none-found", _form(lambda form: form.model.filter_by(text="<nobody>"))),
    ("hostile", _form(_search_hostile_text)),
    ("message-too-late", _form(_choose(1))),
    ("answered", _form(_answer)),
    ("answer-refused", _form(_answer, answer=_refuse_reply)),
    ("delete-count-wrong", _form(_action("delete", "7"))),
    ("live", _form(is_live=True)),
)
