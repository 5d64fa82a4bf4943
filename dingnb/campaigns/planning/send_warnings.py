"""Warnings from the ledger before a send: the calls left this month, and recipients of the same text."""

import os
from collections.abc import Sequence
from dataclasses import dataclass

from dingnb.api import work_notifications as notifications
from dingnb.calls.context import SendContext
from dingnb.calls.repeats import day_span_ns
from dingnb.campaigns.planning.batches import Batches
from dingnb.campaigns.sending.comparison import digest_of_message
from dingnb.clock import seconds
from dingnb.errors import LedgerError
from dingnb.ledger import LedgerSession, attempts, calls, marker, media
from dingnb.ledger.session import digest_of
from dingnb.words import NOTHING, Text, count, listed, sentences

_NAMES_SHOWN = 3

_NEAR = 0.9
"""Share of the monthly quota above which a plan warns."""


_RECENT_DAYS = 7
"""Number of days before today that are searched for the same text; DingTalk drops it only on the same day."""

_DAY_NS = seconds(24 * 3_600)


@dataclass(frozen=True, slots=True)
class SendWarnings:
    """
    Warnings about a plan.

    Attributes:
        used: The number of calls counted this month.
        quota: The number of calls a month.
        doubled: The number of people in the plan who were sent the same text today.
        campaigns: The names of the campaigns that sent it today.
        repeated: The number of people in the plan who were sent the same text on a recent day.
        repeaters: The names of the campaigns that sent it then.
        problem: Why the ledger cannot be read; otherwise empty.
        earlier: A warning that the app has sent from this computer with another ledger; otherwise empty.
        is_live: Whether messages reach real people.
        uploads: How many files have to be uploaded first, each of which is a call of the month's quota.
    """

    used: int = 0
    quota: int = 0
    doubled: int = 0
    campaigns: tuple[str, ...] = ()
    repeated: int = 0
    repeaters: tuple[str, ...] = ()
    problem: Text = NOTHING
    earlier: Text = NOTHING
    is_live: bool = False
    uploads: int = 0

    @property
    def left(self) -> int:
        """The number of calls left this month, at most, since the apps of an organisation share the quota."""
        return max(self.quota - self.used, 0)

    def facts(self) -> list[tuple[Text, Text]]:
        """Return the facts for the display of a plan."""
        if self.problem:
            return []
        value = Text("plan.month_value", used=count("call", self.used), left=f"{self.left:,}")
        return [(Text("plan.month"), value)]

    def shortage(self, calls_needed: int) -> Text:
        """Return a warning if fewer calls are left than sending and reading the results once needs."""
        if self.problem or calls_needed <= self.left:
            return NOTHING
        short = Text("plan.month_short", needed=count("call", calls_needed), left=f"{self.left:,}")
        return sentences(short, Text("plan.month_short_live")) if self.is_live else short

    def warnings(self, calls_needed: int) -> list[Text]:
        """Return all warnings for a plan; `calls_needed` is for sending and reading the results once."""
        found = list(filter(None, [self.problem, self.earlier]))
        if not self.problem and self.used + calls_needed > _NEAR * self.quota:
            left = f"{self.left:,}"
            near = Text("plan.month_near", needed=count("call", calls_needed), left=left)
            found.append(self.shortage(calls_needed) or near)
        if self.doubled:
            names = listed(self.campaigns[:_NAMES_SHOWN])
            found.append(Text("plan.doubled", people=count("person", self.doubled), campaigns=names))
        if self.repeated:
            names, people = listed(self.repeaters[:_NAMES_SHOWN]), count("person", self.repeated)
            found.append(Text("plan.repeated", people=people, days=_RECENT_DAYS, campaigns=names))
        return found


def find_send_warnings(context: SendContext, planned: Batches) -> SendWarnings:
    """Return the warnings for a plan; an unusable ledger is a warning here, and an error when sending."""
    now_ns = context.now_ns()
    span_ns = day_span_ns(context.limits, now_ns)
    try:
        with context.ledger.connection() as db:
            used = calls.used(db, context.realm, now_ns)
            today = attempts.sent_between(db, context.realm, span_ns)
            recent_ns = (span_ns[0] - _RECENT_DAYS * _DAY_NS, span_ns[0])
            recent = attempts.sent_from_template(db, context.realm, digest_of_message(planned.message), recent_ns)
            earlier = earlier_ledger(context, db)
            life_s = context.limits.media_lifetime_s
            uploaded = media.media_ids(db, context.realm, planned.attachments, now_ns, life_s)
    except LedgerError as error:
        return SendWarnings(problem=sentences(error.text, error.advice))
    is_live = context.realm.mode == "LIVE"
    doubled = (*_doubled(planned, today), *_doubled(planned, recent))
    uploads = len(planned.attachments) - len(uploaded)
    return SendWarnings(
        used, context.limits.calls_per_month, *doubled, earlier=earlier, is_live=is_live, uploads=uploads
    )


def earlier_ledger(context: SendContext, db: LedgerSession) -> Text:
    """Return a warning if a live app has sent from this computer but its ledger has no calls; otherwise nothing."""
    ledger = context.ledger
    if context.realm.mode != "LIVE" or not ledger.is_kept or calls.has_called(db, context.realm, notifications.SEND):
        return NOTHING
    earlier = marker.last_sent(context.realm)
    if earlier is None:
        return NOTHING
    key = "ledger.earlier_same" if earlier.path == os.fspath(ledger.path) else "ledger.earlier"
    return Text(key, path=ledger.path, earlier=earlier.path, day=earlier.day)


def _doubled(
    planned: Batches, sent: Sequence[tuple[bytes | None, bytes | None, str, Sequence[str]]]
) -> tuple[int, tuple[str, ...]]:
    if not sent:
        return 0, ()
    had: dict[bytes, dict[str, str]] = {}
    for content, digest, name, userids in sent:
        had.setdefault(content or digest or b"", {}).update(dict.fromkeys(userids, name))
    only_hashes = any(content is None for content, *_ in sent)
    people, names = 0, dict[str, None]()
    starts = planned.start_of_batch
    for body, start, end in zip(planned.body_of_batch, starts, starts[1:], strict=False):
        earlier = had.get(planned.bodies[body], {})
        if only_hashes:
            earlier = {**earlier, **had.get(digest_of(planned.bodies[body]), {})}
        for userid in planned.recipients[start:end] if earlier else ():
            if userid in earlier:
                people += 1
                names[earlier[userid]] = None
    return people, tuple(names)
