"""What is known of a frame's columns as wholes: counted in a thread, once a column, when it is first asked for."""

import threading
from collections.abc import Callable, Iterable

import pandas as pd

from dingnb.bulk.background import Background
from dingnb.bulk.column_facts import column_facts
from dingnb.bulk.recipients import column_of
from dingnb.clock import Clock, seconds
from dingnb.messages.facts import ColumnFacts

_WAY_GIVEN_NS = seconds(1e-4)


class ColumnBook:
    """
    The facts of columns.

    Args:
        frame: The frame.
        clock: The source of time.
        told: Is called in a thread of its own when more is known.
        give_way: Is called every few milliseconds of counting, and may wait.
        failed: Is told what went wrong in that thread.
    """

    def __init__(
        self,
        frame: pd.DataFrame,
        clock: Clock,
        told: Callable[[], None],
        give_way: Callable[[], None],
        failed: Callable[[Exception], None],
    ) -> None:
        self._frame = frame
        self._clock = clock
        self._told = told
        self._give_way = give_way
        self._failed = failed
        self._lock = threading.Lock()
        self._facts: dict[str, ColumnFacts] = {}
        self._wanted: list[str] = []
        self._is_counting = False
        self._work: Background | None = None
        self._is_let_go = False

    def ask(self, columns: Iterable[str]) -> dict[str, ColumnFacts]:
        """Return what is known of these columns; what is not is found out, from now on."""
        columns = list(columns)
        with self._lock:
            known = {one: self._facts[one] for one in columns if one in self._facts}
            self._wanted += [one for one in columns if one not in known and one not in self._wanted]
            starts = bool(self._wanted) and not self._is_counting
            self._is_counting = self._is_counting or starts
        if starts:
            try:
                self._work = Background(self._clock, self._count, interrupt=lambda: None)
            except BaseException:
                self._is_counting = False
                raise
        return known

    def wait(self) -> None:
        """Wait until all that was asked for is known."""
        if self._work is not None:
            self._work.join()

    def let_go(self) -> None:
        """Find out nothing more: another frame is shown."""
        self._is_let_go = True

    def _count(self) -> None:
        try:
            while (column := self._next()) is not None:
                facts = column_facts(column_of(self._frame, column), self._must_stop)
                with self._lock:
                    if facts is not None:
                        self._facts[column] = facts
                    self._wanted.remove(column)
                if not self._is_let_go:
                    self._told()
        except Exception as error:  # noqa: BLE001 - nobody sees what a thread raises: whoever asked is told
            self._failed(error)
        finally:
            with self._lock:
                self._is_counting = False

    def _must_stop(self) -> bool:
        self._clock.wait(self._clock.event(), _WAY_GIVEN_NS)
        self._give_way()
        return self._is_let_go

    def _next(self) -> str | None:
        with self._lock:
            if not self._wanted or self._is_let_go:
                self._is_counting = False
                return None
            return self._wanted[0]
