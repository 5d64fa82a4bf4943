"""Connections in the events form: their state, their problems, and the buttons that start and stop them."""

from collections.abc import Iterator

import pytest
import requests

import dingnb
from dingnb.auth import App, Origin, Secret
from dingnb.client import DingTalk
from dingnb.clock import VirtualClock
from dingnb.display import Sheet
from dingnb.errors import CredentialsError
from dingnb.events.events import Events
from dingnb.events.log import EventLog
from dingnb.ledger import open_ledger
from dingnb.sandbox import RunningSandbox
from dingnb.sandbox.events.event_requests import emit
from dingnb.transport import Hosts
from dingnb.ui.events.form import EventsForm
from dingnb.ui.kit.form import DEBOUNCE_NS
from dingnb.words import NOTHING, Language, as_text, say
from tests.events.feeding import feed, leave_event
from tests.ui.events_steps import open_form, poll, press, rows
from tests.ui.steps import assert_harmless, is_off, is_shown, words

WITHIN_S = 30


class _Line:
    """A connection that receives until it is stopped."""

    title = as_text("Stream <b>")
    status = as_text("connected")
    problem = NOTHING
    is_running = True

    def __init__(self, log: EventLog) -> None:
        self._log = log

    def sheet(self) -> Sheet:
        return Sheet(self.title, "SANDBOX", ())

    def stop(self) -> None:
        self._log.detach(self)


class _Lines:
    """A log that starts such a connection, and its form."""

    def __init__(self, ding: DingTalk, clock: VirtualClock) -> None:
        self._clock = clock
        self.log = EventLog(
            open_ledger(), ding._log._realm, clock, clock.now_ns, lambda *_: None, start_stream=self.add
        )
        self.form = EventsForm(Events(self.log), self.log, "log")
        self.form.wait()

    def add(self) -> None:
        self.log.attach(_Line(self.log))

    def press(self, at: int = 0) -> None:
        """Press a button as soon as it is active."""
        self._clock.advance(DEBOUNCE_NS)
        press(self.form, self.form.connections.buttons[at])

    def offered(self) -> list[str]:
        return [button.description for button in self.form.connections.buttons if is_shown(button)]


@pytest.fixture
def lines(ding: DingTalk, clock: VirtualClock) -> _Lines:
    return _Lines(ding, clock)


def test_each_of_many_connections_can_be_stopped(lines: _Lines) -> None:
    for _ in range(6):
        lines.add()
    poll(lines.form)
    assert lines.offered() == [f"Stop Stream <b> {number}" for number in range(1, 7)]
    last = lines.log.sources[5]
    lines.press(5)
    assert (len(lines.log.sources), last in lines.log.sources) == (5, False)
    assert lines.offered() == [f"Stop Stream <b> {number}" for number in range(1, 6)]


def test_receiving_is_shown_and_one_button_starts_and_stops_it(lines: _Lines) -> None:
    assert lines.offered() == ["Start Stream"]
    lines.press()
    assert "connected" in words(lines.form)
    assert lines.offered() == ["Stop Stream <b>"]
    lines.form.model.start()
    lines.form.wait()
    assert len(lines.log.sources) == 1
    lines.press()
    assert lines.log.sources == ()
    assert lines.offered() == ["Start Stream"]
    assert not any(button.disabled for button in lines.form.connections.buttons)
    assert_harmless(lines.form)


def test_a_double_press_does_not_stop_what_it_started(lines: _Lines) -> None:
    press(lines.form, lines.form.connections.buttons[0])
    press(lines.form, lines.form.connections.buttons[0])
    assert len(lines.log.sources) == 1
    lines.press()
    press(lines.form, lines.form.connections.buttons[0])
    assert lines.log.sources == ()


def test_a_start_button_does_not_stop_what_has_just_started(lines: _Lines) -> None:
    lines.add()
    lines.press()
    assert len(lines.log.sources) == 1


def test_connections_with_the_same_name_are_numbered(lines: _Lines) -> None:
    lines.add()
    lines.add()
    poll(lines.form)
    assert lines.offered() == ["Stop Stream <b> 1", "Stop Stream <b> 2"]
    kept, _ = lines.log.sources
    lines.press(1)
    assert lines.log.sources == (kept,)
    assert lines.offered() == ["Stop Stream <b>"]


@pytest.mark.parametrize(("pressed", "left_over"), [(0, 1), (1, 0)])
def test_a_button_stops_its_connection_although_another_ended_meanwhile(
    lines: _Lines, pressed: int, left_over: int
) -> None:
    lines.add()
    lines.add()
    poll(lines.form)
    first, second = lines.log.sources
    first.stop()
    lines.press(pressed)
    assert lines.log.sources == (second,)[:left_over]
    poll(lines.form)
    lines.press(1)
    assert lines.log.sources == (second,)[:left_over]


def test_the_button_starts_stream_and_events_arrive(
    office: RunningSandbox, ding: DingTalk, clock: VirtualClock
) -> None:
    form = open_form(ding)
    assert say("events_form.empty") in words(form)
    press(form, form.connections.buttons[0])
    assert ding.stream().wait_until_connected()
    poll(form)
    assert say("events_form.empty_waits") in words(form)
    with office.state.lock:
        emit(office.state, {"type": "user_leave_org", "data": {"userId": ["u1"]}}, office.state.time.now_ns())
    assert ding.events.wait("user_leave_org", WITHIN_S) is not None
    poll(form)
    assert rows(form)[0][1:] == ["u1", "", "Stream"]
    clock.advance(DEBOUNCE_NS)
    press(form, form.connections.buttons[0])
    poll(form)
    assert form.connections.buttons[0].description == "Start Stream"


def test_a_failed_start_is_reported(ding: DingTalk, clock: VirtualClock) -> None:
    def refuse() -> None:
        raise dingnb.DingError("No Stream today.", "Ask for it.")  # noqa: TRY003, EM101 - made up

    log = EventLog(open_ledger(), ding._log._realm, clock, clock.now_ns, lambda *_: None, start_stream=refuse)
    form = EventsForm(Events(log), log, "log")
    form.wait()
    press(form, form.connections.buttons[0])
    assert "No Stream today.Ask for it." in words(form)
    assert form.connections.buttons[0].description == "Start Stream"


@pytest.fixture
def refused(office: RunningSandbox, clock: VirtualClock) -> Iterator[DingTalk]:
    """Yield a connection with a wrong secret."""
    app = App(office.settings.app_key, Secret("no-secret-of-this-app"), office.settings.agent_id)
    hosts = Hosts(office.base_url, office.base_url)
    ding = DingTalk(app, hosts, origin=Origin("arguments"), clock=clock, sandbox=office)
    yield ding
    ding.close()


@pytest.mark.parametrize(
    ("language", "expected", "start"),
    [
        ("en", "failed; click “Start Stream” to try again", "Start Stream"),
        ("zh", "已失败，可点“启动 Stream 长连接”重试", "启动 Stream 长连接"),
    ],
)
def test_a_failed_stream_shows_the_reason_and_can_be_restarted(
    refused: DingTalk, clock: VirtualClock, language: Language, expected: str, start: str
) -> None:
    dingnb.set_language(language)
    form = open_form(refused)
    for _ in range(2):
        clock.advance(DEBOUNCE_NS)
        press(form, form.connections.buttons[0])
        with pytest.raises(CredentialsError) as failed:
            refused.stream().wait_until_connected()
        poll(form)
        assert failed.value.hint in words(form)
        assert expected in words(form)
        assert say("events_form.empty") in words(form)
        assert [button.description for button in form.connections.buttons if is_shown(button)] == [start]
        assert not is_off(form.connections.buttons[0])
    assert len(refused._log.sources) == 1


def test_posts_refused_by_a_receiver_are_reported_with_advice(ding: DingTalk) -> None:
    receiver = ding.receive()
    form = open_form(ding)
    poll(form)
    assert "No genuine post received yet." in words(form)
    answer = requests.post(f"{receiver.url}?signature=0&timestamp=1&nonce=2", json={"encrypt": "AAAA"}, timeout=10)
    assert answer.status_code == 404
    poll(form)
    assert "Posts had a different signature" in words(form)
    assert "refused: 1" in words(form)
    assert_harmless(form)


def test_dropped_events_are_reported(ding: DingTalk, clock: VirtualClock) -> None:
    log = EventLog(open_ledger(), ding._log._realm, clock, clock.now_ns, lambda *_: None, max_events=3)
    for n in range(5):
        log.add(leave_event(n))
    form = EventsForm(Events(log), log, "log")
    form.wait()
    assert "Too many events in memory; dropped: 2 events." in words(form)


def test_an_open_form_shows_what_a_cell_starts(ding: DingTalk) -> None:
    feed(ding, leave_event(0))
    form = open_form(ding)
    receiver = ding.receive()
    poll(form)
    assert [button.description for button in form.connections.buttons if is_shown(button)] == ["Stop Callbacks"]
    receiver.stop()
    poll(form)
    assert "Not receiving events." in words(form)
