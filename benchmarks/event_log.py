"""
Measures the event log and its form: the time of each action until the page is ready, compared with the promised time.

An action is a browser message, and ends when all changes have been sent to the browser. Its time in the
kernel is measured, without network and rendering. The cost of an incoming event is compared with parsing it.
"""

import argparse
import os
import sys
import tempfile
from collections.abc import Callable
from functools import partial

from results_form import PROMISED_MS, milliseconds
from table import Figure, print_table

import dingnb
from dingnb.events.event import Event
from dingnb.events.log import EventLog
from dingnb.events.parsing import parse_event
from dingnb.ui.events.form import EventsForm

TYPES = ("user_add_org", "user_leave_org", "bpms_instance_change", "check_in")
FIRST_MS = 1_764_032_400_000
TYPED = "审批 999"


def create_event(n: int) -> Event:
    """Return a callback event, one second after the previous event."""
    at_ms = FIRST_MS + n * 1_000
    data = {
        "EventType": TYPES[n % len(TYPES)],
        "eventId": f"e{n}",
        "TimeStamp": str(at_ms),
        "UserId": [f"u{n % 5_000:04}"],
        "title": f"审批 {n}",
        "processInstanceId": f"process-{n}",
        "deptId": [n % 50],
    }
    return parse_event(data, at_ms * 1_000_000)


def actions(form: EventsForm, log: EventLog, events: int) -> dict[str, list[Callable[[], object]]]:
    """Return user actions as browser messages, and incoming events; a few of each."""
    rows, model = form.rows, form.model
    more = [create_event(events + at) for at in range(3)]

    def receive(event: Event) -> None:
        log.add(event)
        model.reload()

    return {
        "a type chosen": [partial(rows.type.set_state, {"index": at}) for at in (1, 2, 0)],
        "a key of a search typed": [
            partial(rows.text.set_state, {"value": TYPED[:end]}) for end in range(1, len(TYPED) + 1)
        ],
        "a person": [partial(rows.person.set_state, {"value": "u0042"})],
        "filters cleared": [rows.clear.click],
        "the next page": [rows.pager.later.click] * 5,
        "a far page": [partial(rows.pager.number.set_state, {"value": page}) for page in (6_000, 17, 4_242)],
        "an event opened": [partial(rows.events.set_state, {"index": at}) for at in range(10)],
        "updates resumed": [rows.pause.click],
        "an incoming event": [partial(receive, event) for event in more],
        "a poll without new events": [model.poll] * 5,
    }


def main() -> int:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=100_000, help="events in the log (default: 100,000)")
    events = parser.parse_args().events
    os.environ["DINGNB_HOME"] = tempfile.mkdtemp(prefix="dingnb-")
    ding = dingnb.connect("sandbox")
    log = ding._log  # noqa: SLF001 - the log that channels write to
    read: list[Event] = []
    read_ms = milliseconds(lambda: read.extend(map(create_event, range(events))))
    take_ms = milliseconds(lambda: [log.add(event) for event in read])
    frame_ms = milliseconds(ding.events.to_frame)
    opened: list[EventsForm] = []

    def open_form() -> None:
        opened.append(ding.events.form())
        opened[0].wait()

    open_ms = milliseconds(open_form)
    [form] = opened
    figures = [
        Figure(f"{events:,} events taken", take_ms, "read", read_ms, "ms", 1.0),
        Figure("to_frame", frame_ms, "read", read_ms, "ms", 1.0),
        Figure("the form opened", open_ms, "to_frame", frame_ms, "ms", 1.0),
    ]
    for what, done in actions(form, log, events).items():
        times = [milliseconds(interaction, form.wait) for interaction in done]
        figures.append(Figure(f"{what}, longest of {len(times)}", max(times), "promised", PROMISED_MS, "ms", 1.0))
    form.close()
    return print_table(figures)


if __name__ == "__main__":
    sys.exit(main())
