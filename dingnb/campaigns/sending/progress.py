"""Progress of sending, as small records that are shown and published to other processes."""

import json
import math
import traceback
from bisect import bisect_right
from collections import Counter, deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, fields, replace
from typing import Literal, Self

from dingnb.calls.backoff import Backoff
from dingnb.calls.context import SendContext
from dingnb.calls.days import time_of_day
from dingnb.calls.pace import CallWaitReason
from dingnb.campaigns.recipient_count import Unit, unit_of
from dingnb.campaigns.sending.lease import CampaignLease
from dingnb.campaigns.status import State, Status
from dingnb.clock import NS_PER_S, seconds_to_ns
from dingnb.errors import LedgerError
from dingnb.ledger import LedgerSession
from dingnb.ledger.campaigns import batches, campaigns, outcomes
from dingnb.limits import Limits
from dingnb.media import Content
from dingnb.media.content import format_size
from dingnb.words import NOTHING, Text, count, dotted, duration, listed

WaitReason = CallWaitReason | Literal["repeat", "sender", "ledger", "locked", ""]
"""The reason of a wait, as documented in `Progress`; empty if there is none."""

_RATE_SPAN_NS = 10 * NS_PER_S
"""Time over which the rate of calls is measured."""

_NS_PER_MINUTE = 60 * NS_PER_S

_PUBLISH_EVERY_NS = seconds_to_ns(0.2)
"""Minimum time between two records of the progress for other processes."""

_WAIT_TOLERANCE_S = 2
"""Maximum difference between the ends of two waits that count as the same."""

_FAILURE_REASONS = frozenset({"outage", "uncertain", "ban", "token", "ledger", "locked"})
"""The reasons of waits after failed calls."""


@dataclass(frozen=True, slots=True)
class Progress:
    """
    The progress of sending a campaign at one time.

    Attributes:
        at_ns: The time, in DingTalk's time, nanoseconds since the epoch.
        state: The campaign's state.
        people: The number of people, without cancelled people.
        accepted: The number of people whose calls DingTalk accepted, without people whom the answer to the call names
            as missed.
        failed: The number of people whose calls DingTalk refused for good, or whom the answer to the call names as
            missed.
        unknown: The number of people with unknown outcome.
        cancelled: The number of people cancelled because a later plan left them out.
        calls: The number of calls made since this sending started.
        calls_per_second: The rate of calls over the last 10 seconds; 0 during the first second.
        waiting_for: The reason of a wait: ``people`` (people a minute), ``pause`` (requested by DingTalk), ``outage``
            (DingTalk cannot be reached), ``uncertain`` (the outcome of the last calls is unknown), ``ban`` (a web page
            was returned, as for a banned address), ``token`` (the token is not accepted), ``repeat`` (until calls with
            unknown outcome may be repeated), ``sender`` (another process sends the campaign), ``ledger`` (the database
            cannot be reached), ``locked`` (another process uses the ledger), or empty.
        waiting_s: The remaining seconds of the wait, if known.
        left_s: The approximate remaining seconds of sending, including the wait.
        limit: The limit of people a minute.
        unit: The counted unit: people or, with a key, messages.
        gives_up_s: The seconds until sending gives up unless a call succeeds; 0 while no call fails, or calls only wait
            for a pause that DingTalk asked for.
        files: The number of files being uploaded, before the calls that need them; 0 if none.
        files_done: The number of these files that are uploaded already.
        bytes: The total size of these files in bytes.
        bytes_done: The size of the files uploaded already, in bytes.
        waiting_behind: For ``sender``, who sends the campaign; for ``people``, the other campaigns of the app that are
            being sent and share the limit. Empty if unknown.
        retried: The number of people to whom `Campaign.retry` of this object sends again; 0 without a retry.
        accepted_before: The number of people accepted before the retry; 0 without a retry.
    """

    at_ns: int
    state: State
    people: int
    accepted: int = 0
    failed: int = 0
    unknown: int = 0
    cancelled: int = 0
    calls: int = 0
    calls_per_second: float = 0.0
    waiting_for: WaitReason = ""
    waiting_s: int = 0
    left_s: float = 0.0
    limit: int = 0
    unit: Unit = "person"
    gives_up_s: int = 0
    files: int = 0
    files_done: int = 0
    bytes: int = 0
    bytes_done: int = 0
    waiting_behind: tuple[str, ...] = ()
    retried: int = 0
    accepted_before: int = 0

    def to_json(self) -> str:
        """Return the record as JSON, for other processes."""
        return json.dumps(asdict(self))

    @classmethod
    def of_json(cls, encoded: str, now_ns: int) -> Self:
        """Return the record from JSON, with its waits reduced by the time passed since, and no outdated rate."""
        # The sender may use another version of dingnb.
        field_names = {field.name for field in fields(cls)}
        earlier = cls(**{name: value for name, value in json.loads(encoded).items() if name in field_names})
        elapsed_s = max(now_ns - earlier.at_ns, 0) / NS_PER_S
        waiting_s = max(math.ceil(earlier.waiting_s - elapsed_s), 0)
        waiting_for: WaitReason = earlier.waiting_for if waiting_s or not earlier.waiting_s else ""
        left_s = max(earlier.left_s - elapsed_s, 0.0)
        return replace(
            earlier,
            state=State(earlier.state),
            waiting_behind=tuple(earlier.waiting_behind),
            at_ns=now_ns,
            calls_per_second=earlier.calls_per_second if elapsed_s < _RATE_SPAN_NS // NS_PER_S else 0.0,
            waiting_for=waiting_for,
            waiting_s=waiting_s,
            left_s=left_s,
            gives_up_s=max(round(earlier.gives_up_s - elapsed_s), 0),
        )

    def follows_from(self, earlier: "Progress") -> bool:
        """Return whether nothing was settled or uploaded since an earlier record, and the wait is the same."""
        is_same = _settled_and_wait(self) == _settled_and_wait(earlier)
        return is_same and abs(_wait_end_s(self) - _wait_end_s(earlier)) <= _WAIT_TOLERANCE_S

    @property
    def share(self) -> float:
        """The share of settled people, from 0 to 1."""
        return (self.accepted + self.failed + self.unknown) / self.people if self.people else 1.0

    @property
    def text_and_share(self) -> tuple[str, float]:
        """The text and the share for a progress bar."""
        return self.text, self.share

    @property
    def text(self) -> str:
        """The progress as one line, in the current language."""
        return str(dotted([self.counts_text, *self.timing_texts]))

    @property
    def counts_text(self) -> Text:
        """The counts of `text`, without the rate and the remaining time."""
        key = "progress.sending" if self.state is State.RUNNING else f"progress.{self.state}"
        people = count(self.unit, self.people)
        if self.retried and self.state in {State.RUNNING, State.FINISHED}:
            n = min(self.accepted - self.accepted_before, self.retried)
            again = Text(f"{key}_again", n=n, people=count(self.unit, self.retried))
            parts = [again, Text("progress.in_all", n=self.accepted, people=people)]
        else:
            is_none = self.state is State.FINISHED and not self.accepted
            parts = [Text("progress.finished_none" if is_none else key, n=self.accepted, people=people)]
        parts += [
            Text(f"progress.{name}", people=count(self.unit, people))
            for name, people in (("failed", self.failed), ("unknown", self.unknown), ("cancelled", self.cancelled))
            if people
        ]
        return dotted(parts)

    @property
    def is_failing(self) -> bool:
        """Whether sending waits because calls fail."""
        return self.waiting_for in _FAILURE_REASONS

    @property
    def is_time_left_known(self) -> bool:
        """Whether the remaining time can be estimated: not while calls fail, or a call is tried again."""
        return not (self.is_failing or self.gives_up_s)

    @property
    def wait_text(self) -> Text:
        """The reason of the wait, and its length if that is known; empty if there is no wait."""
        if self.waiting_for == "sender":
            key = "progress.wait_sender_named" if self.waiting_behind else "progress.wait_sender"
            return Text(key, who=listed(self.waiting_behind))
        if self.waiting_for == "locked":
            return Text("progress.wait_locked")
        if not self.waiting_s:
            return NOTHING
        if self.waiting_for == "ban":
            key = "progress.wait_ban_upload" if self.files else "progress.wait_ban_call"
            return Text(
                key, duration=duration(self.waiting_s), time=time_of_day(self.at_ns + self.waiting_s * NS_PER_S)
            )
        if self.waiting_for == "people" and self.waiting_behind:
            return Text(
                "progress.wait_people_shared",
                duration=duration(self.waiting_s),
                limit=self.limit,
                names=listed(self.waiting_behind),
            )
        times = {"duration": duration(self.waiting_s), "given_up": duration(self.gives_up_s)}
        return Text(f"progress.wait_{self.waiting_for}", limit=self.limit, **times)

    @property
    def timing_texts(self) -> list[Text]:
        """The rate, the wait and the remaining time of a campaign that is being sent."""
        if self.state is not State.RUNNING:
            return []
        if self.waiting_for == "sender":
            return [self.wait_text]
        parts = [self._uploading()] if self.files else []
        if self.waiting_s or self.waiting_for == "locked":
            parts.append(self.wait_text)
        elif self.calls_per_second:
            parts.append(Text("progress.rate", rate=self.calls_per_second))
        if self.left_s > self.waiting_s + 1 and self.is_time_left_known:
            parts.append(Text("progress.left", duration=duration(self.left_s)))
        return parts

    def _uploading(self) -> Text:
        done, size = format_size(self.bytes_done), format_size(self.bytes)
        return Text("progress.uploading", n=self.files_done, files=count("file", self.files), done=done, size=size)


def _settled_and_wait(progress: Progress) -> tuple[int | WaitReason, ...]:
    """Return the numbers that change when people are settled or files uploaded, and the reason of the wait."""
    settled = (progress.accepted, progress.failed, progress.unknown)
    return (*settled, progress.files_done, progress.files, progress.waiting_for)


def _wait_end_s(progress: Progress) -> int:
    return progress.at_ns // NS_PER_S + progress.waiting_s


def time_left(calls: int, limits: Limits) -> Text:
    """Return how long a number of calls takes at the pace of the limits; empty if hardly any time."""
    seconds = calls / limits.calls_per_second
    return Text("progress.left", duration=duration(seconds)) if seconds > 1 else NOTHING


def people_by_batch_status(counts: Mapping[str, tuple[int, int]], unreached: Mapping[str, int]) -> Counter[str]:
    """
    Return the number of people by the status of their batches.

    Args:
        counts: The numbers of batches and of their people by status.
        unreached: The number of people by status whom an accepted call did not reach, as its answer says; they count as
            failed, or as unknown.
    """
    people_by = Counter({status: people for status, (_, people) in counts.items()})
    for status, people in unreached.items():
        people_by[Status.ACCEPTED] -= people
        people_by[Status.UNKNOWN if status == Status.UNKNOWN else Status.FAILED] += people
    return people_by


class SendCounter:
    """
    Counts people and calls while a campaign is being sent.

    Args:
        limits: DingTalk's limits, for the remaining time.
        people_by: The number of people by batch status at the start; the counter changes it.
        batches_by: The number of batches by status at the start, likewise.
        unit: The counted unit.
    """

    def __init__(
        self, limits: Limits, people_by: dict[str, int], batches_by: dict[str, int], unit: Unit = "person"
    ) -> None:
        self._unit: Unit = unit
        self._limits = limits
        self._people_by = people_by
        self._batches_by = batches_by
        self._calls = 0
        self._starts_ns: deque[int] = deque()
        self._uploads_left = 0
        self._uploads: Sequence[Content] = ()
        self._uploaded: list[Content] = []

    @classmethod
    def of_ledger(cls, db: LedgerSession, context: SendContext, campaign: int) -> Self:
        """Return a counter that starts from the counts in the ledger."""
        counts = batches.count_by_status(db, campaign)
        unreached = outcomes.count_unreached(db, campaigns.campaign_scope(campaign)).get(campaign, {})
        row = campaigns.get(db, campaign)
        return cls(
            context.limits,
            people_by_batch_status(counts, unreached),
            {status: n for status, (n, _) in counts.items()},
            unit_of(has_key=row is not None and bool(row.key_columns)),
        )

    def expect_uploads(self, n: int) -> None:
        """Set the total number of uploads that the sending needs."""
        self._uploads_left = n

    def set_uploads(self, contents: Sequence[Content]) -> None:
        """Set the contents that are being uploaded now; empty if none are."""
        self._uploads, self._uploaded = contents, []

    def record_upload(self, content: Content) -> None:
        """Record that one of the contents is uploaded."""
        self._uploaded.append(content)
        self._uploads_left = max(self._uploads_left - 1, 0)

    def move(self, people: int, before: str, after: str) -> None:
        """Count the change of a batch with a number of people from one status to another."""
        for counts, n in ((self._people_by, people), (self._batches_by, 1)):
            counts[before] = counts.get(before, 0) - n
            counts[after] = counts.get(after, 0) + n

    def move_accepted_person(self, after: str) -> None:
        """Count a status of one person other than that of their accepted batch."""
        self._people_by["accepted"] = self._people_by.get("accepted", 0) - 1
        self._people_by[after] = self._people_by.get(after, 0) + 1

    def count_call(self, now_ns: int) -> None:
        """Count a call."""
        self._calls += 1
        self._starts_ns.append(now_ns)
        while self._starts_ns[0] <= now_ns - _RATE_SPAN_NS:
            self._starts_ns.popleft()

    def uncount_call(self) -> None:
        """Undo `count_call` for a call that was not made; the rate of the last seconds stays as it is."""
        self._calls -= 1

    def progress(
        self,
        now_ns: int,
        state: State,
        waiting_for: WaitReason,
        waiting_s: int,
        *,
        waiting_behind: tuple[str, ...] = (),
        gives_up_s: int = 0,
    ) -> Progress:
        """Return the progress, with the current counts."""
        people_by, pace = self._people_by, self._limits.calls_per_second
        rate = self._rate(now_ns)
        queued, queued_batches = people_by.get("queued", 0), self._batches_by.get("queued", 0)
        # Uploads and the calls that need them take turns.
        calls_s = queued_batches / (rate or pace) + self._uploads_left / pace
        people_s = max(queued - 1, 0) // self._limits.people_per_minute * (_NS_PER_MINUTE // NS_PER_S)
        return Progress(
            at_ns=now_ns,
            state=state,
            people=sum(people_by.values()) - people_by.get("cancelled", 0),
            accepted=people_by.get("accepted", 0),
            failed=people_by.get("failed", 0),
            unknown=people_by.get("unknown", 0),
            cancelled=people_by.get("cancelled", 0),
            calls=self._calls,
            calls_per_second=round(rate, 1),
            waiting_for=waiting_for,
            waiting_s=waiting_s,
            waiting_behind=waiting_behind,
            left_s=waiting_s + max(calls_s, people_s),
            limit=self._limits.people_per_minute,
            unit=self._unit,
            gives_up_s=gives_up_s,
            files=len(self._uploads),
            files_done=len(self._uploaded),
            bytes=sum(upload.size for upload in self._uploads),
            bytes_done=sum(upload.size for upload in self._uploaded),
        )

    def _rate(self, now_ns: int) -> float:
        """Return the recent number of calls a second; 0 if not known yet."""
        # A copy, because another thread may count a call meanwhile.
        starts_ns = tuple(self._starts_ns)
        first = bisect_right(starts_ns, now_ns - _RATE_SPAN_NS)
        span_ns = now_ns - starts_ns[first] if first < len(starts_ns) else 0
        return (len(starts_ns) - first - 1) * NS_PER_S / span_ns if span_ns >= NS_PER_S else 0.0


Follower = Callable[[Progress], None]
"""A function that is called with each new progress."""


class Followers:
    """
    Functions called with each progress, in the sending thread.

    A function that raises is removed, and its error is printed.
    """

    def __init__(self) -> None:
        self._followers: list[Follower] = []

    def add(self, follower: Follower) -> Callable[[], None]:
        """Add a follower; the returned function removes it."""
        self._followers.append(follower)
        return lambda: self._remove(follower)

    def notify(self, progress: Callable[[], Progress]) -> None:
        """Call all followers with the progress, which is computed only if there are any."""
        if not self._followers:
            return
        current = progress()
        for follower in tuple(self._followers):
            try:
                follower(current)
            except Exception:  # noqa: BLE001 - user code: its error is printed, and sending continues
                traceback.print_exc()
                self._remove(follower)

    def _remove(self, follower: Follower) -> None:
        # Another thread may have removed the follower already.
        with suppress(ValueError):
            self._followers.remove(follower)


class ProgressReporter:
    """
    Reports the progress of one sending: to its followers, and to other processes through the ledger.

    Args:
        db: The ledger.
        context: The context of sending.
        campaign: The campaign's number in the ledger.
        followers: Receive every change.
        lease: The sending's lease; without it, another process publishes the progress.
        backoff: Knows when failing calls end the sending.

    Attributes:
        counter: Counts people and calls.
        final_state: The state in which the sending has left the campaign; None before its end.
    """

    def __init__(
        self,
        db: LedgerSession,
        context: SendContext,
        campaign: int,
        followers: Followers,
        lease: CampaignLease,
        backoff: Backoff,
    ) -> None:
        self.counter = SendCounter.of_ledger(db, context, campaign)
        self.final_state: State | None = None
        self._context = context
        self._campaign = campaign
        self._followers = followers
        self._lease = lease
        self._backoff = backoff
        self._waiting_for: WaitReason = ""
        self._waiting_behind: tuple[str, ...] = ()
        self._waiting_until_ns = 0
        self._published: Progress | None = None

    def recount(self, db: LedgerSession) -> None:
        """Count again from the ledger, which another process may have changed, and report."""
        self.counter = SendCounter.of_ledger(db, self._context, self._campaign)
        self.notify()

    @property
    def is_waiting(self) -> bool:
        """Whether the last report was of a wait."""
        return bool(self._waiting_for)

    def progress(self) -> Progress:
        """Return the progress; called in any thread."""
        waiting_s = -(-max(self._waiting_until_ns - self._context.clock.monotonic_ns(), 0) // NS_PER_S)
        return self.counter.progress(
            self._context.now_ns(),
            self.final_state or State.RUNNING,
            self._waiting_for,
            waiting_s,
            waiting_behind=self._waiting_behind,
            gives_up_s=self._backoff.gives_up_s if self._backoff.is_failing else 0,
        )

    def notify(self, waiting_for: WaitReason = "", delay_ns: int = 0, *, waiting_behind: tuple[str, ...] = ()) -> None:
        """Set the current wait, if any, and pass the progress to the followers."""
        self._waiting_for = waiting_for
        self._waiting_behind = waiting_behind
        self._waiting_until_ns = self._context.clock.monotonic_ns() + delay_ns
        self._followers.notify(self.progress)

    def report_wait(self, db: LedgerSession, delay_ns: int | None, waiting_for: WaitReason) -> None:
        """Report a wait to everybody, if its length is known and at least a second."""
        if delay_ns is not None and delay_ns >= NS_PER_S:
            other_campaigns = self._other_campaigns(db) if waiting_for == "people" else ()
            self.notify(waiting_for, delay_ns, waiting_behind=other_campaigns)
            self.publish_at_once(db)

    def _other_campaigns(self, db: LedgerSession) -> tuple[str, ...]:
        """Return the names of the other campaigns of the app that are being sent."""
        context = self._context
        now_ns = context.ledger.shared_clock_ns(context.clock)
        return campaigns.others_being_sent(db, context.realm, self._campaign, now_ns)

    def publish(self, db: LedgerSession) -> None:
        """Record the progress for other processes in the current transaction, unless that was done a moment ago."""
        is_due = self._published is None or self._context.now_ns() - self._published.at_ns >= _PUBLISH_EVERY_NS
        if is_due and not self._lease.is_lost:
            self._record(db, self.progress())

    def publish_at_once(self, db: LedgerSession) -> None:
        """Record the progress unless it follows from the last record; sending continues if it cannot be recorded."""
        progress = self.progress()
        if self._published is None or not progress.follows_from(self._published):
            with suppress(LedgerError), self._context.ledger.transaction(db):
                self._record(db, progress)

    def _record(self, db: LedgerSession, progress: Progress) -> None:
        self._published = progress
        campaigns.set_progress(db, self._campaign, progress.to_json())
