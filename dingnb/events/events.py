"""The value of `DingTalk.events`: events as DataFrames, handlers, waiting and exports."""

import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Self, cast

import pandas as pd

from dingnb.display import Sheet, forms
from dingnb.errors import InputError, LedgerError
from dingnb.errors.arguments import check_flag, explains_arguments
from dingnb.events.event import Event, similar_type
from dingnb.events.event_queue import parse_timeout
from dingnb.events.filtering import EventFilter, parse_time, parse_types
from dingnb.events.frames import events_frame, flat_frame, person_frame, sheet_frame
from dingnb.events.handlers import Handler, Subscription, is_async
from dingnb.events.log import EventLog, log_sheet, warn_user
from dingnb.tables.exports import write_csv, write_excel
from dingnb.words import Text, say

if TYPE_CHECKING:
    from dingnb.ui.events.form import EventsForm


class Events:
    """
    The events of the app from callbacks, Stream and `callbacks.failed`. Created by `DingTalk.events`.

    Each event appears once, even if it arrived several times or over several channels: DingTalk's id identifies an
    event. Events dropped from memory are no longer recognised when repeated.

    Args:
        log: The event log that receivers write to.

    Example:
        >>> import dingnb
        >>> ding = dingnb.connect("sandbox")
        >>> list(ding.events.to_frame())
        ['time', 'type', 'event_id', 'userids', 'corp_id', 'channel', 'received_at', 'raw']
    """

    def __init__(self, log: EventLog) -> None:
        self._log = log

    @explains_arguments
    def to_frame(
        self,
        type: str | Iterable[str] | None = None,  # noqa: A002 - as the column is called
        *,
        since: object = None,
        until: object = None,
        person: str | Iterable[str] | None = None,
        text: str | None = None,
        each_person: bool = False,
    ) -> pd.DataFrame:
        """
        Return the events in memory and in the ledger; if the ledger cannot be read, only in memory, with a warning.

        Args:
            type: Only events of this type, or of several types: a list, a Series and so on. A warning suggests another
                name for a type that is probably misspelled; other names are not checked, since DingTalk adds types.
            since: Only events that happened at this time or later: anything `pandas.Timestamp` reads, in Beijing time
                unless the value names a zone. An event without a time counts from when it was received.
            until: Only events that happened before this time.
            person: Only events about this userid, or about any of several userids: a list, a Series and so on. A
                warning lists values that look like a person's name and that no event is about.
            text: Only events that contain this text in their type, ids or fields, ignoring case.
            each_person: Whether to return one row per person of an event, for joins; events without people have no row.

        Returns:
            One row per event, in the order received: `time` (datetime64[ms, Asia/Shanghai]: when the event
            happened), `type`, `event_id` (str), `userids` (a list of str; with `each_person` `userid`, str),
            `corp_id`, `channel` (str: callback, stream or missed), `received_at` (datetime64[ms, Asia/Shanghai]),
            then a column for each field of the returned events, in snake_case (``data_type`` instead of ``type`` and so
            on, to avoid the name of another column), and `raw` (str: JSON of the original, secrets as ``***``). Empty
            values are NA.

        Raises:
            InputError: A type, a time, a person or a text cannot be read, or `each_person` is neither True nor False.
            LedgerError: The ledger cannot be read, and nothing is in memory.
        """
        check_flag("each_person", each_person)
        frame = events_frame(self.select(type, since=since, until=until, person=person, text=text))
        return person_frame(frame) if each_person else frame

    @explains_arguments
    def select(
        self,
        type: str | Iterable[str] | None = None,  # noqa: A002 - as the column is called
        *,
        since: object = None,
        until: object = None,
        person: str | Iterable[str] | None = None,
        text: str | None = None,
    ) -> list[Event]:
        """Return the events of `to_frame` as objects, for example for replies: ``event.reply``."""
        event_filter = EventFilter.parse(type, since, until, person, text)
        self._warn_of_unknown_types(event_filter.types)
        self._warn_of_names(event_filter.people)
        return self._log.select(event_filter)

    @explains_arguments
    def on(
        self,
        type: str | Iterable[str],  # noqa: A002 - as the column is called
        handler: Handler,
    ) -> Subscription:
        """
        Call `handler` with each event of a type received from now on.

        Handlers run in a separate thread, one event after another; receiving does not wait for handlers. If a handler
        raises, each kind of error is shown once, and the handler is still called with the next event. Up to 100,000
        events wait for slow handlers; beyond that number, the oldest are skipped, and counted in the log's display.

        A cell may run again: a function replaces the earlier function of the same name for these types, so that nobody
        gets two replies. A lambda replaces only a lambda with the same code, so name functions that you may change.

        Args:
            type: A type's name, a list of names, or ``"*"`` for all types.
            handler: A function that takes the `Event`.

        Returns:
            The subscription, which ``.off()`` ends.

        Raises:
            InputError: `type` is not a type, or `handler` is not callable or is async.
        """
        if not callable(handler):
            raise InputError(Text("event.bad_handler", value=handler), Text("event.bad_handler_todo"))
        if is_async(handler):
            raise InputError(Text("event.async_handler", value=handler), Text("event.async_handler_todo"))
        types = parse_types(type)
        self._warn_of_unknown_types(types)
        return self._log.handlers.on(types, handler)

    @explains_arguments
    def wait(
        self,
        type: str | Iterable[str] | None = None,  # noqa: A002 - as the column is called
        timeout_s: float = 60,
    ) -> Event | None:
        """
        Return the next event of a type, waiting for it if necessary.

        Each event is returned by one `wait` only, in the order received; an event that arrived since this connection
        was made and has not been returned yet is returned immediately. An interrupt ends the waiting.

        Args:
            type: A type's name, or a list of names; None takes any type.
            timeout_s: How long to wait, in seconds; 0 does not wait.

        Returns:
            The event; None if no event arrived in time.

        Raises:
            InputError: `type` is not a type, or `timeout_s` is not a number of seconds.
        """
        types, timeout_ns = parse_types(type), parse_timeout(timeout_s)
        self._warn_of_unknown_types(types)
        return self._log.queue.wait_for_next(types, timeout_ns)

    def _warn_of_unknown_types(self, types: Iterable[str]) -> None:
        """Warn of types that are probably misspelled; other unknown types may be new at DingTalk."""
        if not any(map(similar_type, types)):
            return
        received = set[str]()
        # `select` itself reports a ledger that cannot be read.
        with suppress(LedgerError):
            received = {event.type for event in self._log.select()}
        for name in sorted(types):
            near = similar_type(name, received)
            if near:
                warn_user(say("event.unknown_type", type=name, near=near))

    def _warn_of_names(self, people: Iterable[str]) -> None:
        """Warn of names in place of userids; names are in another script than userids usually are."""
        unusual = [person for person in people if not person.isascii()]
        if not unusual:
            return
        # `select` itself reports a ledger that cannot be read.
        with suppress(LedgerError):
            known = {userid for event in self._log.select() for userid in event.userids}
            for person in sorted(set(unusual) - known):
                warn_user(say("event.person_like_name", person=person))

    def form(self) -> "EventsForm":
        """
        Return a form that shows events as they arrive: filters, pages, each event's details, and possible actions.

        The form's ``frame`` has the events shown, its ``code`` the equivalent Python. ``close()`` releases the form.

        Example:
            >>> import dingnb
            >>> form = dingnb.connect("sandbox").events.form()
            >>> len(form.frame)
            0
            >>> form.close()
        """
        return cast("EventsForm", forms.open_form("events.form.open_events", self, self._log))

    @explains_arguments
    def keep(self, *, on: bool = True) -> Self:
        """
        Store the events received so far and all further events in the ledger.

        Stored events are available to other notebooks, without secrets. `clear` removes them.

        Args:
            on: Whether to store events; False stops storing further events, and removes nothing.

        Raises:
            InputError: `on` is neither True nor False.
            LedgerError: The ledger cannot be read or written.
        """
        check_flag("on", on)
        self._log.set_storing(is_on=on)
        return self

    @explains_arguments
    def clear(self, before: object = None) -> int:
        """
        Remove events from memory and from the ledger.

        Args:
            before: Only events received before this time, given as for `to_frame`; None removes all.

        Returns:
            The number of events removed.

        Raises:
            InputError: The time cannot be read.
            LedgerError: The ledger cannot be read or written; nothing was removed.
        """
        return self._log.clear(None if before is None else parse_time(before, "before"))

    @explains_arguments
    def to_excel(
        self,
        path: str | os.PathLike[str],
        type: str | Iterable[str] | None = None,  # noqa: A002 - as the column is called
        *,
        since: object = None,
        until: object = None,
        person: str | Iterable[str] | None = None,
        text: str | None = None,
    ) -> Path:
        """
        Write the events as an Excel workbook that only its owner may read, as ``run.to_excel`` writes results.

        A name without a suffix gets ``.xlsx``; `to_frame` describes the filters. A text too long for an Excel cell is
        truncated, with a note at its end.

        Raises:
            InputError: An argument cannot be read.
            FileError: The file cannot be written.
            LedgerError: As for `to_frame`.
        """
        return write_excel(path, sheet_frame(self.to_frame(type, since=since, until=until, person=person, text=text)))

    @explains_arguments
    def to_csv(
        self,
        path: str | os.PathLike[str],
        type: str | Iterable[str] | None = None,  # noqa: A002 - as the column is called
        *,
        since: object = None,
        until: object = None,
        person: str | Iterable[str] | None = None,
        text: str | None = None,
    ) -> Path:
        """Write the events as a CSV file, with the filters, permissions and errors of `to_excel`."""
        return write_csv(path, flat_frame(self.to_frame(type, since=since, until=until, person=person, text=text)))

    def sheet(self) -> Sheet:
        """Return what is displayed for the events."""
        return log_sheet(self._log.select(), self._log.read_status())

    def __len__(self) -> int:
        return len(self._log.select())

    def __repr__(self) -> str:
        return self.sheet().to_text()

    def _repr_html_(self) -> str:
        return self.sheet().to_html()
