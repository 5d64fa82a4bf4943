"""A campaign: a plan that is being sent, or was."""

import math
from collections import Counter
from collections.abc import Hashable, Sequence
from typing import Literal

import pandas as pd

from dingnb.bulk.background import Background
from dingnb.bulk.cutting import Cut
from dingnb.bulk.record import MemoryRecord
from dingnb.bulk.results import count_statuses, results_frame
from dingnb.bulk.sending import Line, Reading, Sending
from dingnb.bulk.status import FINAL, State, Status
from dingnb.bulk.watching import Watch
from dingnb.clock import NS_PER_S, seconds
from dingnb.display import ProgressLine, Sheet, Table
from dingnb.errors import InputError
from dingnb.language import count, say

_GONE_OUT = (Status.ACCEPTED, Status.UNKNOWN, Status.FAILED)
_REASONS_SHOWN = 10


class Campaign:
    """
    The sending of a plan. Made by `Plan.send`, which starts it.

    Its display shows the state and how many people have which status.
    """

    def __init__(self, name: str, line: Line, cut: Cut) -> None:
        self._name = name
        self._line = line
        self._cut = cut
        self._record = MemoryRecord(cut)
        self._stop = line.clock.event()
        self._wait_reason = ""
        self._was_joined = False
        self._sending = Sending(line, self._record, self._stop, self._note_wait)
        self._watch = Watch(line, self._record)
        self._background = Background(line.clock, self._send_all, self.stop)

    @property
    def name(self) -> str:
        """The campaign's name."""
        return self._name

    @property
    def state(self) -> State:
        """``running``, ``stopped`` or ``finished``: every batch is accepted, failed or unknown."""
        if not self._background.is_done:
            return State.RUNNING
        queued = any(batch.status is Status.QUEUED for batch in self._record.batches)
        return State.STOPPED if queued else State.FINISHED

    def stop(self) -> None:
        """Let no further call leave; what is under way is drained. Returns at once."""
        self._stop.set()
        self._sending.interrupt()

    def join(self) -> None:
        """
        Wait until sending has come to its end, showing how far it has come.

        Raises:
            DingError: Not one call could be made; nothing was sent.
        """
        self._join(None)

    def _join(self, until_ns: int | None) -> None:
        line = ProgressLine()
        self._background.join(lambda: line.show(self._progress()), until_ns)
        line.end(self._progress())
        halted_by = self._sending.halted_by
        if halted_by is not None and not any(batch.status in _GONE_OUT for batch in self._record.batches):
            raise halted_by
        self._was_joined = self._background.is_done

    def wait(
        self, until: Literal["known", "read"] = "known", *, share: float = 1.0, timeout_s: float | None = None
    ) -> "Campaign":
        """
        Wait until DingTalk's result of every accepted call is known, or until enough people have read it.

        A person in no list of DingTalk's is not final yet, and is asked for again, less and less often.
        Results answer for 24 hours. Each look at a batch is one call of the month's quota.

        Args:
            until: ``"known"``, or ``"read"``: until `share` of those reached have read it.
            share: For ``"read"``: from 0 to 1.
            timeout_s: Return after so many seconds; what is known is kept, and sending goes on.

        Returns:
            The campaign itself.

        Raises:
            InputError: `until`, `share` or `timeout_s` cannot be used.
            DingError: DingTalk refused to answer, or is out of reach.
        """
        if until not in ("known", "read") or not _is_number(share, 1) or not _is_number(timeout_s or 0, math.inf):
            raise InputError(
                say("campaign.bad_wait", until=until, share=share, timeout_s=timeout_s), say("campaign.bad_wait_todo")
            )
        clock = self._line.clock
        until_ns = None if timeout_s is None or math.isinf(timeout_s) else clock.monotonic_ns() + seconds(timeout_s)
        # Also where sending has come to its end: an error of its own has to show once.
        if not self._was_joined:
            self._join(until_ns)
        enough = (lambda: self._share_read() >= share) if until == "read" else (lambda: False)
        watched = FINAL if until == "read" else FINAL | {Status.DELIVERED}
        stop = clock.event()
        work = Background(
            clock, lambda: self._watch.run(watched, enough, stop, until_ns), lambda: self._watch.interrupt(stop)
        )
        line = ProgressLine()
        work.join(lambda: line.show(self._known()), until_ns)
        self._watch.interrupt(stop)
        work.join()
        line.end(self._known())
        return self

    def refresh(self) -> "Campaign":
        """
        Ask DingTalk once for the delivery and read state of everybody who is not final yet.

        Returns:
            The campaign itself.

        Raises:
            DingError: DingTalk refused to answer, or did not answer at all.
        """
        stop = self._line.clock.event()
        reading = Reading(self._line, self._record, self._watch.tasks(FINAL), stop)

        def interrupt() -> None:
            stop.set()
            reading.interrupt()

        Background(self._line.clock, reading.run, interrupt).join()
        failure = reading.failure or reading.trouble
        if failure is not None:
            raise failure
        return self

    def results(self, *, keep: Hashable | Sequence[Hashable] = ()) -> pd.DataFrame:
        """
        Return what happened to each person.

        Args:
            keep: The column, or columns, of the input to carry along, in front.

        Returns:
            The rows of the input, in its order and with its index: `userid` (str), `status` (ordered
            categorical), `reason` (str), `hint` (str), `code` (str: DingTalk's), `task_id` (Int64), `attempts`
            (int64: calls that left), `evidence` (str: ``result`` where DingTalk's result says so), `sent_at` and
            `updated_at` (datetime64[ms, Asia/Shanghai]), `read` (boolean). Empty is NA.

        Raises:
            ColumnError: `keep` names a column that is not there, or one that the results have themselves.
        """
        kept = list(keep) if isinstance(keep, list | tuple | pd.Index) else [keep]
        closed_ns = self._line.clock.now_ns() - seconds(self._line.limits.result_window_s)
        return results_frame(self._cut, self._record, kept, closed_ns, self._sending.halted_by)

    def sheet(self) -> Sheet:
        """Return what the campaign shows."""
        counts = count_statuses(self._cut, self._record)
        people = len(self._cut.recipients)
        calls = sum(batch.attempts for batch in self._record.batches)
        facts = [
            (say("plan.app"), self._line.app),
            (say("campaign.state"), say(f"campaign.{self.state}")),
            (say("plan.people"), count("person", people)),
            (say("campaign.calls"), count("call", calls)),
            *((say(f"status.{status}"), _counted(status, n)) for status, n in counts.items()),
        ]
        halted_by = self._sending.halted_by
        notes = (str(halted_by).replace("\n", " "),) if halted_by is not None else ()
        return Sheet(say("campaign.title", name=self._name), self._line.mode, tuple(facts), notes, self._tables())

    def _tables(self) -> tuple[Table, ...]:
        frame = self.results()
        told = frame[frame["reason"].notna() & (frame["status"] != "rejected")]
        if told.empty:
            return ()
        causes = Counter(zip(told["status"].astype(str), told["code"].fillna(""), told["reason"], strict=True))
        rows = [
            (say(f"status.{status}"), code, reason, f"{n:,}")
            for (status, code, reason), n in causes.most_common(_REASONS_SHOWN)
        ]
        header = tuple(say(f"campaign.{name}") for name in ("status", "code", "reason", "rows"))
        return (Table(say("campaign.reasons"), header, rows),)

    def _send_all(self) -> None:
        self._sending.run(self._cut.batch(number) for number in range(len(self._cut.body_of_batch)))

    def _note_wait(self, delay_ns: int | None, by_people: bool) -> None:  # noqa: FBT001 - the crew's callback
        if delay_ns is not None and delay_ns >= NS_PER_S:
            key = "progress.people_a_minute" if by_people else "progress.pause"
            limit = self._line.limits.people_per_minute
            self._wait_reason = say(key, seconds=-(-delay_ns // NS_PER_S), limit=limit)
        else:
            self._wait_reason = ""

    def _progress(self) -> str:
        people_by = self._people_by_status()
        people = count("person", len(self._cut.recipients))
        key = "progress.sending" if self.state is State.RUNNING else f"progress.{self.state}"
        parts = [say(key, n=people_by[Status.ACCEPTED], people=people)]
        parts += [
            say(f"progress.{status}", people=count("person", people_by[status]))
            for status in (Status.FAILED, Status.UNKNOWN)
            if people_by[status]
        ]
        if self.state is State.RUNNING and self._wait_reason:
            parts.append(self._wait_reason)
        return " · ".join(parts)

    def _known(self) -> str:
        accepted = self._people_by_status()[Status.ACCEPTED]
        return say("progress.known", n=len(self._record.people), people=count("person", accepted))

    def _people_by_status(self) -> Counter[Status]:
        """Return for how many people the calls came to what."""
        people: Counter[Status] = Counter()
        starts = self._cut.start_of_batch
        for number, batch in enumerate(self._record.batches):
            people[batch.status] += starts[number + 1] - starts[number]
        return people

    def _share_read(self) -> float:
        counts = count_statuses(self._cut, self._record)
        reached = sum(counts.get(status, 0) for status in (Status.ACCEPTED, Status.DELIVERED, Status.READ))
        return counts.get(Status.READ, 0) / reached if reached else 1.0

    def __repr__(self) -> str:
        return self.sheet().to_text()

    def _repr_html_(self) -> str:
        return self.sheet().to_html()


def _is_number(value: object, most: float) -> bool:
    return isinstance(value, int | float) and 0 <= value <= most


def _counted(status: Status, n: int) -> str:
    return count("row" if status is Status.REJECTED else "person", n)
