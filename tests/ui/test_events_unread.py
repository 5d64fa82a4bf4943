"""The display while the ledger cannot be read: the events in memory, and the reason."""

import threading
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest
from IPython.core.formatters import DisplayFormatter

from dingnb.client import DingTalk
from dingnb.events.events import Events
from dingnb.ledger import open_ledger
from tests.events.feeding import feed, leave_event
from tests.ui.events_steps import open_form, poll, press, rows
from tests.ui.steps import words

_WHY = "The ledger is gone"


@pytest.fixture
def ledger(ding: DingTalk) -> Path:
    """Return the path of the existing ledger."""
    assert len(ding.events) == 0
    return open_ledger().path


def test_a_form_opened_without_a_ledger_shows_events_in_memory_and_the_reason(ding: DingTalk, ledger: Path) -> None:
    feed(ding, *(leave_event(n) for n in range(5)))
    away = ledger.rename(ledger.with_name("away"))
    form = open_form(ding)
    assert len(rows(form)) == 5
    assert "5 events" in words(form)
    assert _WHY in words(form)
    away.rename(ledger)
    poll(form)
    assert _WHY not in words(form)
    assert len(rows(form)) == 5


def test_an_open_form_reports_it_and_shows_further_events(ding: DingTalk, ledger: Path) -> None:
    feed(ding, leave_event(0))
    form = open_form(ding)
    away = ledger.rename(ledger.with_name("away"))
    poll(form)
    assert _WHY in words(form)
    feed(ding, leave_event(1))
    poll(form)
    assert len(rows(form)) == 2
    press(form, form.connections.buttons[0])
    assert _WHY in words(form)
    away.rename(ledger)
    poll(form)
    assert _WHY not in words(form)


def test_with_no_events_in_memory_it_shows_the_reason_and_the_connections(ding: DingTalk, ledger: Path) -> None:
    away = ledger.rename(ledger.with_name("away"))
    form = open_form(ding)
    assert _WHY in words(form)
    assert "Not receiving events." in words(form)
    feed(ding, leave_event(0))
    ding._log._events.clear()
    poll(form)
    assert rows(form) == []
    away.rename(ledger)
    poll(form)
    assert _WHY not in words(form)


@pytest.mark.parametrize(
    "ask",
    [
        lambda events, _: events.select(),
        lambda events, _: events.to_frame(),
        lambda events, _: repr(events),
        lambda events, _: events._repr_html_(),
        lambda events, _: len(events),
        lambda events, folder: events.to_csv(folder / "events"),
        lambda events, _: DisplayFormatter().format(events),
    ],
    ids=["select", "to_frame", "repr", "html", "len", "to_csv", "a cell that shows it"],
)
def test_the_warning_names_the_line_of_the_user(
    ding: DingTalk, ledger: Path, tmp_path: Path, ask: Callable[[Events, Path], object]
) -> None:
    feed(ding, leave_event(0))
    ledger.rename(ledger.with_name("away"))
    with pytest.warns(UserWarning, match="Only events in memory") as caught:
        ask(ding.events, tmp_path)
    assert {(warning.filename, warning.lineno) for warning in caught} == {(__file__, ask.__code__.co_firstlineno)}


def test_a_background_thread_does_not_warn(ding: DingTalk, ledger: Path) -> None:
    feed(ding, leave_event(0))
    ledger.rename(ledger.with_name("away"))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        thread = threading.Thread(target=ding.events.to_frame)
        thread.start()
        thread.join()
    assert caught == []
