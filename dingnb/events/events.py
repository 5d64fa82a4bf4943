"""What `DingTalk.events` is: the events as DataFrames, and what a notebook does with them."""

import os
from collections.abc import Iterable
from inspect import iscoroutinefunction
from pathlib import Path
from typing import TYPE_CHECKING, Self, cast

import pandas as pd

from dingnb.display import Sheet, forms
from dingnb.errors import InputError
from dingnb.events.event import Event
from dingnb.events.filtering import Choice, read_moment, read_types
from dingnb.events.frames import events_frame, flat_frame, person_frame, sheet_frame
from dingnb.events.handlers import Handler, Subscription
from dingnb.events.log import EventLog
from dingnb.events.log_sheet import log_sheet
from dingnb.events.waiting import read_timeout
from dingnb.tables.exports import write_csv, write_excel
from dingnb.words import Text

if TYPE_CHECKING:
    from dingnb.ui.events.form import EventsForm


class Events:
    """
    What DingTalk told the app: callbacks, Stream, and what was missed. Made by `DingTalk.events`.

    An event is in it once, however often and over however many channels it came: DingTalk's id tells. Of ids that are
    out of memory it is not known any more.

    Args:
        log: The events, as what receives them feeds it.

    Example:
        >>> import dingnb
        >>> ding = dingnb.connect("sandbox")
        >>> list(ding.events.to_frame())
        ['time', 'type', 'event_id', 'userids', 'corp_id', 'channel', 'received_at', 'raw']
    """

    def __init__(self, log: EventLog) -> None:
        self._log = log

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
        Return the events, with those that the ledger keeps; where it cannot be read, those in memory, with a warning.

        Args:
            type: Only these: a type's name, or several: a list, a Series and so on.
            since: Only those that happened at this time or later: what `pandas.Timestamp` reads, in Beijing's time
                where it names no zone.
            until: Only those that happened before this time.
            person: Only those about this userid, or one of several: a list, a Series and so on.
            text: Only those that hold this text in their type, ids or fields; capitals do not matter.
            each_person: Whether each person of an event has a row, and nobody none, to be joined to other frames.

        Returns:
            One row for each event, in the order in which they came: `time` (datetime64[ms, Asia/Shanghai]: when it
            happened), `type`, `event_id` (str), `userids` (a list of str; with `each_person` `userid`, str),
            `corp_id`, `channel` (str: callback, stream or missed), `received_at` (datetime64[ms, Asia/Shanghai]),
            then a column for each field of these events, in snake_case (``data_type`` where it would be called as
            one of the others), and `raw` (str: JSON of what came, secrets as ``***``). Empty is NA.

        Raises:
            InputError: A type, a time, a person or a text cannot be read.
            LedgerError: The ledger cannot be read, and nothing is in memory.
        """
        frame = events_frame(self.select(type, since=since, until=until, person=person, text=text))
        return person_frame(frame) if each_person else frame

    def select(
        self,
        type: str | Iterable[str] | None = None,  # noqa: A002 - as the column is called
        *,
        since: object = None,
        until: object = None,
        person: str | Iterable[str] | None = None,
        text: str | None = None,
    ) -> list[Event]:
        """Return the events that `to_frame` has, as objects, such as to answer some of them: ``event.reply``."""
        return self._log.select(Choice.read(type, since, until, person, text))

    def on(
        self,
        type: str | Iterable[str],  # noqa: A002 - as the column is called
        handler: Handler,
    ) -> Subscription:
        """
        Have `handler` called with each event of a type that comes from now on.

        Handlers run in a thread of their own, one event after the other; receiving does not wait for them. One that
        raises an error is shown, once for each kind of error, and is called with the next event all the same.

        Args:
            type: A type's name, a list of them, or ``"*"`` for all.
            handler: What is called with the `Event`.

        Returns:
            What ends it: ``.off()``.

        Raises:
            InputError: `type` is no type, or `handler` cannot be called or is async.
        """
        if not callable(handler):
            raise InputError(Text("event.bad_handler", value=handler), Text("event.bad_handler_todo"))
        if iscoroutinefunction(handler):
            raise InputError(Text("event.async_handler", value=handler), Text("event.async_handler_todo"))
        return self._log.handlers.on(read_types(type), handler)

    def wait(
        self,
        type: str | Iterable[str] | None = None,  # noqa: A002 - as the column is called
        timeout_s: float = 60,
    ) -> Event | None:
        """
        Return the next event of a type, and wait for it if need be.

        Each event is given to one `wait` only, in the order in which they came; one that came since this connection
        was made, and was not waited for yet, is returned at once. Interrupt ends the waiting.

        Args:
            type: A type's name, or a list of them; None takes any.
            timeout_s: How long to wait, in seconds; 0 only looks.

        Returns:
            The event; None where none came in time.

        Raises:
            InputError: `type` is no type, or `timeout_s` no time.
        """
        return self._log.waiting.next(read_types(type), read_timeout(timeout_s))

    def form(self) -> "EventsForm":
        """
        Return a form that shows the events as they come: filters, pages, each event's story, and what to do about it.

        Its ``frame`` is what it shows, its ``code`` the Python that gives the same. Its ``close()`` lets go of it.

        Example:
            >>> import dingnb
            >>> form = dingnb.connect("sandbox").events.form()
            >>> len(form.frame)
            0
            >>> form.close()
        """
        return cast("EventsForm", forms.open_form("events.form.open_events", self, self._log))

    def keep(self, *, on: bool = True) -> Self:
        """
        Keep the events in the ledger: those that are here, and all that come.

        They are there for the next notebook, without what is secret. `clear` forgets them.

        Args:
            on: Whether to; False keeps none that come from now on, and forgets nothing.

        Raises:
            LedgerError: The ledger cannot be written.
        """
        self._log.keep(is_on=on)
        return self

    def clear(self, before: object = None) -> int:
        """
        Forget events, in memory and in the ledger.

        Args:
            before: Only those that came before this time, as for `to_frame`; None forgets all.

        Returns:
            How many.

        Raises:
            InputError: The time cannot be read.
            LedgerError: The ledger cannot be written; nothing is forgotten then.
        """
        return self._log.clear(None if before is None else read_moment(before, "before"))

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

        A name without a suffix gets ``.xlsx``; which events are written is told as to `to_frame`. A text that no cell
        of Excel holds is cut, and its end says so.

        Raises:
            InputError: An argument cannot be read.
            FileError: The file cannot be written.
            LedgerError: As for `to_frame`.
        """
        return write_excel(path, sheet_frame(self.to_frame(type, since=since, until=until, person=person, text=text)))

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
        """Write the events as a CSV file, likewise."""
        return write_csv(path, flat_frame(self.to_frame(type, since=since, until=until, person=person, text=text)))

    def sheet(self) -> Sheet:
        """Return what is shown of the events."""
        return log_sheet(self._log.select(), self._log.facts())

    def __len__(self) -> int:
        return len(self._log.select())

    def __repr__(self) -> str:
        return self.sheet().to_text()

    def _repr_html_(self) -> str:
        return self.sheet().to_html()
