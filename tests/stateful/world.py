"""
The environment of one analyst, in this process and in virtual time: a sandbox, kernels with ledgers, recorded calls.

The sandbox is the reference for what was delivered, to whom and when. The record of calls is kept on the network
between dingnb and the sandbox, so that it includes calls whose answers were lost.
"""

import contextlib
import dataclasses
import inspect
import io
import json
import sys
import types
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests
from requests.adapters import BaseAdapter

from dingnb.api.cards import PERSON_PREFIX, SPACE_PREFIX
from dingnb.auth import App, Origin, Secret
from dingnb.channels.cards import CARD_EXISTS
from dingnb.client import DingTalk
from dingnb.clock import NS_PER_S, VirtualClock, seconds_to_ns
from dingnb.errors import DingError, UnreachableError
from dingnb.ledger import SqliteLedger
from dingnb.limits import STANDARD
from dingnb.sandbox import SandboxSettings, start
from dingnb.sandbox.cards import CardDelivery
from dingnb.sandbox.tasks import Task
from dingnb.testing.slow_route import slow_down
from dingnb.transport import Hosts

MONDAY_NS = 1_793_581_200 * NS_PER_S
"""2026-11-02 09:00 in Beijing."""

LIMITS = dataclasses.replace(
    STANDARD, people_per_minute=6, recipients_per_call=3, people_per_card=3, calls_per_second=4
)
USERS = 28
"""The last of them has left."""

STRANGER = "nobody01"
PDF = "%PDF-1.4\n"
"""The start of files, before their texts."""

_SENDS = ("asyncsend_v2", "createAndDeliver")
_REFUSED_FOR_SURE = frozenset({"90018", "90002", "90020", "88", "1111", "40035", "40032"})
_TOKEN_REFUSED = frozenset({"40014", "42001", "InvalidAuthentication"})
_PARTS = ("/dingnb/campaigns/", "/dingnb/calls/", "/dingnb/ledger/", "/dingnb/display/", "/dingnb/transport/")
_CALLED_BY_SQLITE = "digest_of"
"""SQLite replaces errors raised in this function with its own."""


@dataclass(slots=True)
class SendCall:
    """
    A send call, as sent.

    Attributes:
        home: The home of the ledger it was sent from.
        userids: The recipients.
        content: The text.
        outcome: ``accepted``, ``refused`` (it surely had no effect), ``token`` (refused because of its access token),
            ``unsure``, or ``unsent`` (it never reached the sandbox).
        task_id: The task's id, where DingTalk named one.
    """

    home: str
    userids: tuple[str, ...]
    content: str
    outcome: str = "unsure"
    task_id: int = 0


@dataclass(slots=True)
class Outcome:
    """
    The outcome of an action of the analyst.

    Attributes:
        value: Its return value.
        error: The raised exception; None if it returned.
        was_interrupted: Whether it was interrupted.
        printed: Its output.
        sends: The send calls made meanwhile.
    """

    value: Any = None
    error: BaseException | None = None
    was_interrupted: bool = False
    printed: str = ""
    sends: list[SendCall] = field(default_factory=list)

    @property
    def text(self) -> str:
        """All output that the analyst saw."""
        return f"{self.printed}\n{self.error or ''}"


class Recorder(BaseAdapter):
    """A route that records every send call."""

    def __init__(
        self, inner: BaseAdapter, home: str, calls: list[SendCall], content_of: Callable[[Mapping[str, Any]], str]
    ) -> None:
        super().__init__()
        self._content_of = content_of
        self._inner = inner
        self._home = home
        self._calls = calls

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        if not urlsplit(str(request.url)).path.endswith(_SENDS):
            return self._inner.send(request, *args, **kwargs)
        body = request.body or b""
        userids, message = _read_request(body.decode() if isinstance(body, bytes) else str(body))
        call = SendCall(self._home, userids, message if isinstance(message, str) else self._content_of(message))
        # Until the answer is there, the outcome of the call is "unsure".
        self._calls.append(call)
        try:
            response = self._inner.send(request, *args, **kwargs)
        except requests.ConnectionError as error:
            if "NewConnectionError" in repr(error):
                call.outcome = "unsent"
            raise
        call.outcome, call.task_id = _outcome(response)
        return response

    def close(self) -> None:
        self._inner.close()


def _read_request(text: str) -> tuple[tuple[str, ...], str | dict[str, Any]]:
    """Return the recipients of a send call, and the text of its card or its message."""
    fields = json.loads(text) if text.startswith("{") else {k: v[0] for k, v in parse_qs(text).items()}
    if "openSpaceId" in fields:
        spaces = fields["openSpaceId"].removeprefix(SPACE_PREFIX).split(";")
        userids = tuple(space.removeprefix(PERSON_PREFIX) for space in spaces)
        return userids, fields["cardData"]["cardParamMap"]["markdown"]
    message = fields["msg"] if isinstance(fields["msg"], dict) else json.loads(fields["msg"])
    return tuple(fields["userid_list"].split(",")), message


def _outcome(response: requests.Response) -> tuple[str, int]:
    try:
        answer = response.json()
    except ValueError:
        return "unsure", 0
    # A ban has a status in place of a code.
    code = str(answer.get("errcode", answer.get("status", "")))
    if code == "0" or answer.get("success"):
        return "accepted", int(answer.get("task_id", 0))
    if _TOKEN_REFUSED & {code, str(answer.get("sub_code", "")), str(answer.get("code", ""))}:
        return "token", 0
    if "code" in answer:
        is_refused = response.status_code < 500 and answer["code"] != CARD_EXISTS
        return ("refused" if is_refused else "unsure"), 0
    return ("refused" if code in _REFUSED_FOR_SURE else "unsure"), 0


class World:
    """
    A sandbox with its time, and the kernels that send from it.

    Args:
        folder: The folder of the ledgers.
        start_ns: The start time.
        failed_share: The share of people for whom a send fails.
        calls_per_month: The monthly quota; None for more than enough.
    """

    def __init__(self, folder: Path, start_ns: int, failed_share: float, calls_per_month: int | None = None) -> None:
        self._folder = folder
        self._limits = LIMITS
        if calls_per_month is not None:
            self._limits = dataclasses.replace(LIMITS, calls_per_month=calls_per_month)
        self.clock = VirtualClock(start_ns)
        self.sandbox = start(SandboxSettings(users=USERS, limits=self._limits, failed_share=failed_share), self.clock)
        self.calls: list[SendCall] = []
        users = self.sandbox.state.users()
        self.people = [user["userid"] for user in users[:6]]
        self.absent = [user["userid"] for user in users if not user["active"]]
        self._kernels: dict[tuple[str, int], DingTalk] = {}
        self._stack = contextlib.ExitStack()
        # The analyst takes no time: it passes only while an action waits.
        self._stack.enter_context(self.clock.participating())

    def kernel(self, home: str, number: int) -> DingTalk:
        """Return the connection of a notebook; each has its own ledger object."""
        kernel = self._kernels.get((home, number))
        while kernel is None:
            try:
                kernel = self._kernels[home, number] = self._connect(home, number)
            except UnreachableError:
                self.pass_time(60)
        return kernel

    def _connect(self, home: str, number: int) -> DingTalk:
        settings = self.sandbox.settings
        # The settings of notebooks may differ; their plans have other calls.
        limits = dataclasses.replace(self._limits, recipients_per_call=2, people_per_card=2) if number else self._limits
        ding = DingTalk(
            App(settings.app_key, Secret(settings.app_secret), settings.agent_id),
            Hosts(self.sandbox.base_url, self.sandbox.base_url),
            origin=Origin("arguments"),
            clock=self.clock,
            limits=limits,
            ledger=SqliteLedger(self._folder / home),
            sandbox=self.sandbox,
        )
        slow_down(ding._transport, self.clock, latency_s=0.3, jitter_s=0.1)
        ding._transport.reroute(lambda inner: Recorder(inner, home, self.calls, self._content_of))
        return ding

    def ledger(self, home: str) -> SqliteLedger:
        return SqliteLedger(self._folder / home)

    def restart(self, home: str, number: int) -> None:
        """Close the connection of a notebook; its next action makes a new one."""
        kernel = self._kernels.pop((home, number), None)
        if kernel is not None:
            kernel.close()

    def pass_time(self, by_s: float) -> None:
        self.clock.wait(self.clock.event(), seconds_to_ns(by_s))
        self.settle()

    def settle(self) -> None:
        """Let all other threads finish their work at this instant."""
        self.clock.wait(self.clock.event(), 1)

    def close(self) -> None:
        for kernel in self._kernels.values():
            kernel.close()
        self._stack.close()
        self.sandbox.stop()

    @property
    def is_cut_off(self) -> bool:
        """Whether connections to the sandbox are refused."""
        port = self.sandbox.state.faults.port
        return port is not None and port.is_closed

    def tasks(self) -> dict[int, Task]:
        """Return all tasks accepted by the sandbox, in their current state."""
        state = self.sandbox.state
        with state.lock:
            state.tasks.finish_due(state.time.now_ns())
            return dict(state.tasks._by_id)

    def delivered(self) -> Counter[tuple[str, str]]:
        """Return how often each person got each text, including recalled ones."""
        by_task = (
            (userid, self.content_of(task)) for task in self.tasks().values() for userid in task.delivered_userids
        )
        return Counter((*by_task, *((delivery.userid, delivery.variables["markdown"]) for delivery in self.cards())))

    def content_of(self, task: Task) -> str:
        """Return the text of a task's message, or of its file."""
        return self._content_of(task.body)

    def _content_of(self, body: Mapping[str, Any]) -> str:
        if "file" not in body:
            text: str = body["text"]["content"]
            return text
        media = self.sandbox.state.media
        medium = media.find(body["file"]["media_id"])
        assert medium is not None
        content = media.content(medium)
        assert content is not None
        return content.decode().removeprefix(PDF)

    def cards(self) -> list[CardDelivery]:
        """Return all deliveries of cards."""
        state = self.sandbox.state
        with state.lock:
            return [delivery for card in state.cards.list_newest() for delivery in card.deliveries]

    def has_read(self, task: Task, userid: str) -> bool:
        state = self.sandbox.state
        return state.tasks.has_read(task, userid, state.time.now_ns())

    def run(self, action: Callable[[], Any], interrupt_at: int | None = None) -> Outcome:
        """
        Run an action of the analyst, and return its visible outcome.

        Args:
            action: The action.
            interrupt_at: Interrupt it once this thread has entered this number of dingnb functions; None: never.
        """
        outcome, n_calls_before, out = Outcome(), len(self.calls), io.StringIO()
        with contextlib.redirect_stdout(out):
            try:
                with interrupting(interrupt_at, outcome):
                    outcome.value = action()
            except (DingError, KeyboardInterrupt) as error:
                outcome.error = error
        outcome.printed = out.getvalue()
        self.settle()
        outcome.sends = self.calls[n_calls_before:]
        return outcome


@contextlib.contextmanager
def interrupting(at: int | None, outcome: Outcome) -> Iterator[None]:
    """Raise KeyboardInterrupt when this thread enters its nth function in `_PARTS` of dingnb; None: never."""
    n_left = at

    def count(frame: types.FrameType, event: str, _: object) -> None:
        nonlocal n_left
        path = frame.f_code.co_filename
        if (
            event != "call"
            or n_left is None
            or frame.f_code.co_name == _CALLED_BY_SQLITE
            or not any(part in path for part in _PARTS)
        ):
            return
        if frame.f_code.co_flags & inspect.CO_GENERATOR:
            # Python ignores errors raised in finalizers.
            return
        n_left -= 1
        if n_left <= 0:
            n_left = None
            outcome.was_interrupted = True
            raise KeyboardInterrupt

    if at is None:
        yield
        return
    sys.setprofile(count)
    try:
        yield
    finally:
        sys.setprofile(None)
