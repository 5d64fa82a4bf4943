"""Warnings from the ledger before a send: the calls left this month, and recipients of the same text."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from dingnb.calls.context import SendContext
from dingnb.calls.days import day_span_ns, format_day
from dingnb.campaigns.campaign_names import is_test
from dingnb.campaigns.planning.batches import Batches, count_batches_without
from dingnb.campaigns.planning.overlapping_campaigns import (
    OverlappingCampaign,
    UnfinishedCampaigns,
    find_overlapping_campaigns,
)
from dingnb.campaigns.recipient_count import Unit, count_of_batches, text_key, unit_of
from dingnb.campaigns.sending.comparison import digest_of_message
from dingnb.campaigns.status import State
from dingnb.channels import CHANNELS
from dingnb.clock import seconds_to_ns
from dingnb.errors import LedgerError
from dingnb.ledger import LedgerSession, cards, media, send_history
from dingnb.ledger.campaigns import batches as ledger_batches
from dingnb.ledger.campaigns import campaigns
from dingnb.ledger.sending import attempt_search, calls
from dingnb.ledger.sending.attempt_search import SentBody
from dingnb.ledger.session import digest_of
from dingnb.limits import Limits
from dingnb.media import Content
from dingnb.recipients.addresses import column_of
from dingnb.tables.factorize import find_combinations
from dingnb.words import NOTHING, Text, clauses, count, listed, listed_briefly, sentences

_NEAR_QUOTA = 0.9
"""Share of the monthly quota above which a plan warns."""

_RECENT_DAYS = 7
"""
Number of days before today that are searched for the same text. If the channel does not drop a text that is repeated on
the same day, today is searched as well.
"""

_DAY_NS = seconds_to_ns(24 * 3_600)
_HOUR_NS = seconds_to_ns(3_600)


class CampaignDay(NamedTuple):
    """A campaign that sent a text, and the day."""

    campaign: str
    day: Text

    @property
    def text(self) -> Text:
        """The campaign and the day, for sentences."""
        return Text("plan.campaign_on", name=self.campaign, day=self.day)


class UnfinishedCampaign(NamedTuple):
    """An unfinished campaign with the same text or template, and the people or messages still queued, as text."""

    campaign: str
    state: State
    queued: Text

    @property
    def text(self) -> Text:
        """The warning, and how to continue the campaign."""
        return Text(f"plan.unfinished_{self.state}", name=self.campaign, queued=self.queued)


@dataclass(frozen=True, slots=True)
class SendWarnings:
    """
    Warnings about a plan.

    Attributes:
        calls_used: The number of calls counted this month.
        quota: The monthly quota of calls.
        people_sent_today: The number of recipients in the plan who were sent the same text today, if the channel drops
            a repeated text; otherwise these recipients count in `people_sent_recently`.
        unknown_today: The number of `people_sent_today` for whom the outcome is unknown.
        campaigns_today: The campaigns that sent the same text today, each with the day, the most recent first.
        people_recalled_today: The number of recipients from whom the same text, sent today by campaigns or a test, was
            recalled.
        campaigns_recalled: The campaigns and tests that sent the recalled text, each with the day, the most recent
            first.
        people_tested_today: The number of recipients who were sent the same text today by a test alone, if the channel
            drops a repeated text.
        people_sent_recently: The number of recipients who were sent the same text in the last days, and get it again.
        unknown_recently: The number of `people_sent_recently` for whom the outcome is unknown.
        campaigns_recently: The campaigns that sent the same text in the last days, each with the day, the most recent
            first.
        unfinished: Unfinished campaigns with people still queued: campaigns that sent the same text, and recent
            campaigns with the same template to many people of the plan. Recalled campaigns and campaigns whose cards
            are closed are left out.
        overlapping: Recent unfinished campaigns with another template to many people of the plan, who would get both
            messages.
        ledger_problem: Why the ledger cannot be read; otherwise empty.
        earlier_ledger_warning: A warning that the app has sent from this computer with another ledger; otherwise empty.
        is_live: Whether messages reach real people.
        has_media: Whether the message has pictures or files, whose media ids may differ from the ids sent before.
        uploads: The number of files to upload first, each of which counts against the monthly quota.
        lost_media: A warning about content to upload that is not available, such as a figure of which only the hash was
            recorded; otherwise empty.
        readiness_problem: Why the plan cannot be sent yet, and what to do; otherwise empty.
        answers_note: How answers are received, or that no further answers count; empty if the messages cannot be
            answered.
        is_team_ledger: Whether several people and computers use the ledger.
        unit: The counted unit: people or, with a key, messages.
        has_result_calls: Whether reading results takes calls of the monthly quota.
        columns_to_omit: The columns of the message without which the calls left would suffice; empty if the calls
            suffice, or if omitting columns does not help.
        calls_without: The number of calls without these columns: to send, and to read the results once if reading them
            takes calls.
    """

    calls_used: int = 0
    quota: int = 0
    people_sent_today: int = 0
    unknown_today: int = 0
    campaigns_today: tuple[CampaignDay, ...] = ()
    people_recalled_today: int = 0
    campaigns_recalled: tuple[CampaignDay, ...] = ()
    people_tested_today: int = 0
    people_sent_recently: int = 0
    unknown_recently: int = 0
    campaigns_recently: tuple[CampaignDay, ...] = ()
    unfinished: tuple[UnfinishedCampaign, ...] = ()
    overlapping: tuple[OverlappingCampaign, ...] = ()
    ledger_problem: Text = NOTHING
    earlier_ledger_warning: Text = NOTHING
    is_live: bool = False
    has_media: bool = False
    uploads: int = 0
    lost_media: Text = NOTHING
    readiness_problem: Text = NOTHING
    answers_note: Text = NOTHING
    is_team_ledger: bool = False
    unit: Unit = "person"
    has_result_calls: bool = True
    columns_to_omit: tuple[str, ...] = ()
    calls_without: int = 0

    @property
    def calls_left(self) -> int:
        """Maximum number of calls left this month; other apps of the organisation share the quota."""
        return max(self.quota - self.calls_used, 0)

    @property
    def new_name_warning(self) -> Text:
        """The warning about a new name: who was sent the same text, or had it recalled today; empty if nobody was."""
        return sentences(self._sent_today_text("plan.doubled_new"), self.recalled_warning, self._sent_recently_warning)

    @property
    def recalled_warning(self) -> Text:
        """The warning that people from whom the text was recalled do not get it again that day; empty if nobody is."""
        if not self.people_recalled_today:
            return NOTHING
        return Text(
            self._text_key("plan.recalled"),
            people=count(self.unit, self.people_recalled_today),
            campaigns=self.recalled_senders,
        )

    @property
    def recalled_senders(self) -> Text:
        """The campaigns and the test that sent the recalled text today, as text."""
        senders = [sent for sent in self.campaigns_recalled if not is_test(sent.campaign)]
        parts = [_list_campaigns(senders)] if senders else []
        has_test = len(senders) < len(self.campaigns_recalled)
        return clauses([*parts, Text("elsewhere.test")] if has_test else parts)

    def facts(self) -> list[tuple[Text, Text]]:
        """Return the facts for the display of a plan."""
        if self.ledger_problem:
            return []
        key = "plan.month_value_team" if self.is_team_ledger else "plan.month_value"
        value = Text(key, used=count("call", self.calls_used), left=f"{self.calls_left:,}")
        return [(Text("plan.month"), value)]

    def shortage(self, calls_needed: int, *, is_whole_plan: bool = True) -> Text:
        """
        Return a warning if too few calls are left to send, and to read the results once if reading takes calls.

        Empty if enough calls are left, or if the ledger cannot be read.

        Args:
            calls_needed: The number of calls needed.
            is_whole_plan: Whether nobody was sent to yet, so that another text is possible.
        """
        if self.ledger_problem or calls_needed <= self.calls_left:
            return NOTHING
        key = "plan.month_short_send_only"
        if self.has_result_calls:
            # Each call that sends needs another call for its results; uploads do not.
            sends = (calls_needed + self.uploads) // 2
            key = "plan.month_short" if sends < self.calls_left else "plan.month_short_unsent"
            if sends == self.calls_left:
                key = "plan.month_short_results"
        short = Text(key, needed=count("call", calls_needed), left=f"{self.calls_left:,}")
        without = self._without_columns if is_whole_plan else NOTHING
        return sentences(short, without, Text("plan.month_short_live") if self.is_live else NOTHING)

    @property
    def _without_columns(self) -> Text:
        """The columns without which the calls left would suffice, as a sentence; empty if there are none."""
        if not self.columns_to_omit:
            return NOTHING
        key = "plan.month_without" if self.has_result_calls else "plan.month_without_send_only"
        return Text(key, columns=listed(self.columns_to_omit), needed=count("call", self.calls_without))

    def warnings(self, calls_needed: int) -> list[Text]:
        """Return all warnings for a plan; `calls_needed` covers sending, and reading the results once."""
        warnings = list(
            filter(
                None,
                [
                    self.ledger_problem,
                    self.readiness_problem,
                    self.lost_media,
                    self.earlier_ledger_warning,
                    self.answers_note,
                ],
            )
        )
        if not self.ledger_problem and self.calls_used + calls_needed > _NEAR_QUOTA * self.quota:
            key = "plan.month_near" if self.has_result_calls else "plan.month_near_send_only"
            near = Text(key, needed=count("call", calls_needed), left=f"{self.calls_left:,}")
            warnings.append(self.shortage(calls_needed) or near)
        warnings += filter(
            None,
            [self._sent_today_warning, self.recalled_warning, self._tested_warning, self._sent_recently_warning],
        )
        return [*warnings, *self.unfinished_warnings]

    @property
    def unfinished_warning(self) -> Text:
        """The warnings about unfinished campaigns; empty if there are none."""
        return sentences(*self.unfinished_warnings)

    @property
    def unfinished_warnings(self) -> list[Text]:
        """The warnings about unfinished campaigns, each apart."""
        texts = [campaign.text for campaign in self.unfinished]
        return [*texts, *(campaign.text for campaign in self.overlapping)]

    @property
    def same_text_warning(self) -> Text:
        """The warnings about people to whom campaigns have sent the same text; empty if there are none."""
        return sentences(*self.same_text_warnings)

    @property
    def same_text_warnings(self) -> list[Text]:
        """The warnings about people to whom campaigns have sent the same text, each apart."""
        return list(filter(None, [self._sent_today_warning, self.recalled_warning, self._sent_recently_warning]))

    @property
    def _sent_today_warning(self) -> Text:
        return self._sent_today_text("plan.doubled")

    def _sent_today_text(self, key: str) -> Text:
        if not self.people_sent_today:
            return NOTHING
        return Text(
            self._text_key(key),
            people=_count_with_verb(self.unit, self.people_sent_today),
            campaigns=self._with_unknown(self.senders_today, self.unknown_today),
        )

    @property
    def senders_today(self) -> Text:
        """The campaigns that sent the same text today, as text."""
        return _list_campaigns(self.campaigns_today)

    def _text_key(self, key: str) -> str:
        """Return the key of a text for the content and the unit."""
        return text_key(self.unit, f"{key}_media" if self.has_media else key)

    @property
    def _tested_warning(self) -> Text:
        if not self.people_tested_today:
            return NOTHING
        return Text(self._text_key("plan.tested"), people=_count_with_verb(self.unit, self.people_tested_today))

    @property
    def _sent_recently_warning(self) -> Text:
        if not self.people_sent_recently:
            return NOTHING
        return Text(
            text_key(self.unit, "plan.repeated"),
            people=_count_with_verb(self.unit, self.people_sent_recently),
            days=_RECENT_DAYS,
            campaigns=self._with_unknown(
                _list_campaigns(self.campaigns_recently, with_days=True), self.unknown_recently
            ),
        )

    def _with_unknown(self, senders: Text, unknown: int) -> Text:
        """Return campaigns, and for how many people it is unknown whether these campaigns sent them the text."""
        if not unknown:
            return senders
        # The campaigns are a list with commas of its own.
        return Text("semicolons", parts=(senders, Text("plan.some_unknown", people=count(self.unit, unknown))))


def _list_campaigns(senders: Sequence[CampaignDay], *, with_days: bool = False) -> Text:
    """Return the first of some campaigns, and the number of the others: "campaigns a, b"."""
    key = "plan.one_campaign" if len(senders) == 1 else "plan.several_campaigns"
    if with_days:
        return Text(f"{key}_on", names=listed_briefly([sent.text for sent in senders], "campaign"))
    return Text(key, names=listed_briefly([sent.campaign for sent in senders], "campaign"))


def _count_with_verb(unit: Unit, n: int) -> Text:
    """Return a number of people or messages with its verb: "3 people were"."""
    return count(f"{unit}_was", n)


def is_tested_warning(warning: object) -> bool:
    """Return whether a warning only says that people were sent the text by a test."""
    return isinstance(warning, Text) and warning.key.startswith("plan.tested")


def is_quota_warning(warning: object) -> bool:
    """Return whether a warning only says that the month's quota is almost used up."""
    return isinstance(warning, Text) and warning.key.startswith("plan.month_near")


def find_send_warnings(context: SendContext, batches: Batches, campaign: int | None = None) -> SendWarnings:
    """
    Return the warnings for a plan; an unusable ledger is a warning here, and an error when sending.

    Args:
        context: The context of sending.
        batches: The batches of the plan.
        campaign: The number of the campaign as which the plan was recorded; None if it was not recorded yet.
    """
    try:
        with context.ledger.connection() as db:
            return _find_in_ledger(db, context, batches, campaign)
    except LedgerError as error:
        return SendWarnings(ledger_problem=sentences(error.text, error.advice))


def _find_in_ledger(db: LedgerSession, context: SendContext, batches: Batches, campaign: int | None) -> SendWarnings:
    """Return the warnings for a plan, as `find_send_warnings` does."""
    now_ns = context.now_ns()
    unfinished = UnfinishedCampaigns(db, context)
    reminded = None if batches.reminded_campaign is None else campaigns.get(db, batches.reminded_campaign)
    today, recently = _find_sent_today_and_recently(unfinished, batches, "" if reminded is None else reminded.name)
    names = [sent.campaign for sent in (*today.campaigns, *today.recalled_by, *recently.campaigns)]
    own_campaigns = [number for number in (campaign, batches.reminded_campaign) if number is not None]
    overlapping = find_overlapping_campaigns(unfinished, lambda: batches.recipients, own_campaigns)
    # Campaigns with the same template count as campaigns with the same text, even if they have sent to nobody yet.
    names += [other.name for other in overlapping if other.message_digest == digest_of_message(batches.message)]
    not_ready = batches.channel.why_not_ready(db, context, batches.message)
    reminds_closed = batches.poll_campaign is not None and cards.is_closed(db, batches.poll_campaign)
    uploaded = media.media_ids(db, context.realm, batches.attachments, now_ns, context.limits.media_lifetime_s)
    missing = [content for reference, content in batches.attachments.items() if reference not in uploaded]
    used = calls.count_used(db, context.realm, now_ns)
    columns_to_omit, calls_without = _find_columns_to_omit(context.limits, batches, used, len(missing))
    return SendWarnings(
        calls_used=used,
        quota=context.limits.calls_per_month,
        people_sent_today=today.people,
        unknown_today=today.unknown,
        campaigns_today=today.campaigns,
        people_recalled_today=today.recalled,
        campaigns_recalled=today.recalled_by,
        people_tested_today=today.tested,
        people_sent_recently=recently.people,
        unknown_recently=recently.unknown,
        campaigns_recently=recently.campaigns,
        unfinished=tuple(_find_unfinished(unfinished, names)),
        overlapping=tuple(other for other in overlapping if other.name not in names),
        earlier_ledger_warning=find_earlier_ledger_warning(context, db),
        is_live=context.realm.mode == "LIVE",
        has_media=bool(batches.attachments),
        uploads=len(missing),
        lost_media=_lost_media_warning(missing),
        readiness_problem=sentences(not_ready.reason, not_ready.hint),
        answers_note=_closed_warning(batches) if reminds_closed else _answers_note(context, batches),
        is_team_ledger=context.ledger.is_shared,
        unit=count_of_batches(batches).unit,
        has_result_calls=batches.channel.calls_per_batch > 1,
        columns_to_omit=columns_to_omit,
        calls_without=calls_without,
    )


def _find_columns_to_omit(
    limits: Limits, batches: Batches, calls_used: int, uploads: int
) -> tuple[tuple[str, ...], int]:
    """
    Return the columns of the message without which the calls left would suffice, and the number of calls without them.

    Columns with the most values are omitted first. No columns, and 0, are returned if the calls suffice, or if omitting
    columns does not help.
    """
    per_batch, rows = batches.channel.calls_per_batch, np.flatnonzero(batches.recipient_of_row >= 0)
    max_batches = (limits.calls_per_month - calls_used - uploads) // per_batch
    # If each row has a file, the files cannot be omitted; people with different bodies who share calls need few calls.
    if max_batches < 1 or len(batches.body_of_batch) <= max_batches or batches.paths or batches.own_bodies is not None:
        return (), 0
    value_counts = {}
    for name in batches.message.columns:
        combinations = find_combinations([column_of(batches.frame, name).iloc[rows]], len(rows))
        value_counts[name] = len(rows) if combinations is None else int(combinations.codes.max()) + 1
    names = sorted(value_counts, key=lambda name: -value_counts[name])
    for omitted_count in range(1, len(names) + 1):
        omitted, remaining = names[:omitted_count], names[omitted_count:]
        # Each value of a remaining column takes a batch of its own.
        if remaining and value_counts[remaining[0]] > max_batches:
            continue
        batches_without = count_batches_without(batches, omitted, limits)
        if batches_without is not None and batches_without <= max_batches:
            return tuple(omitted), per_batch * batches_without + uploads
    return (), 0


def _find_sent_today_and_recently(
    unfinished: UnfinishedCampaigns, batches: Batches, reminded_name: str
) -> tuple["_SameText", "_SameText"]:
    """
    Return who in a plan was sent the same text today, and in the days before.

    If the channel does not drop a repeated text, people who were sent the text today count as sent to in the days
    before.

    Args:
        unfinished: The unfinished campaigns.
        batches: The batches of the plan.
        reminded_name: The name of the campaign of which the plan is a reminder; otherwise empty.
    """
    db, context = unfinished.db, unfinished.context
    day_start_ns, day_end_ns = day_span_ns(context.limits, context.now_ns())
    drops_same_text = bool(batches.channel.same_text_codes)
    sent_today = attempt_search.sent_between(db, context.realm, (day_start_ns, day_end_ns)) if drops_same_text else []
    recent_ns = (day_start_ns - _RECENT_DAYS * _DAY_NS, day_start_ns if drops_same_text else day_end_ns)
    sent_recently = [
        sent
        for sent in attempt_search.sent_from_template(db, context.realm, digest_of_message(batches.message), recent_ns)
        # A test says nothing about this send unless DingTalk drops the repeat, and a reminder repeats on purpose.
        if not is_test(sent.campaign) and sent.campaign != reminded_name
    ]

    def is_pending(sent: SentBody) -> bool:
        """Return whether the answer to the call is still to come."""
        row = campaigns.find(db, context.realm, sent.campaign) if sent.is_under_way else None
        return row is not None and unfinished.state_of(row) is State.RUNNING

    return _find_same_text(batches, sent_today, is_pending), _find_same_text(batches, sent_recently, is_pending)


def _lost_media_warning(missing: Iterable[Content]) -> Text:
    """Return a warning about content to upload that is not available; empty if all content is."""
    lost_file = next((content.name for content in missing if not content.is_available), "")
    return sentences(Text("media.not_kept", name=lost_file), Text("media.not_kept_todo")) if lost_file else NOTHING


def _find_unfinished(unfinished: UnfinishedCampaigns, names: Iterable[str]) -> Iterator[UnfinishedCampaign]:
    """Yield the campaigns with some names that can be continued and in which people are still queued."""
    for name in dict.fromkeys(names):
        row = campaigns.find(unfinished.db, unfinished.context.realm, name)
        state = None if row is None else unfinished.state_of(row)
        if row is None or state is None:
            continue
        queued = ledger_batches.count_queued(unfinished.db, row.id)
        if queued:
            yield UnfinishedCampaign(name, state, count(unit_of(has_key=bool(row.key_columns)), queued))


def _closed_warning(batches: Batches) -> Text:
    """Return the warning that the reminder is for closed cards, and what to do if it has cards itself."""
    todo = Text("answer.reminds_closed_todo") if batches.channel.can_be_answered(batches.message) else NOTHING
    return sentences(Text("answer.reminds_closed"), todo)


def is_overdue(context: SendContext, batches: Batches) -> bool:
    """Return whether the deadline for answers to a plan's cards has passed."""
    if not batches.channel.can_be_answered(batches.message):
        return False
    deadline_ns = batches.channel.deadline_ns(batches.message)
    return deadline_ns is not None and deadline_ns < context.now_ns()


def _answers_note(context: SendContext, batches: Batches) -> Text:
    """Return how answers are received, or that a card cannot be answered; empty for other messages."""
    if not batches.channel.can_be_answered(batches.message):
        return Text("answer.not_asked") if batches.channel.has_answers else NOTHING
    late = Text("answer.ahead_late") if is_overdue(context, batches) else NOTHING
    is_over_http = context.card_settings.callback == "HTTP"
    listener = None if context.listener is None else context.listener.for_transport(over_http=is_over_http)
    is_listening = listener is not None and listener.listens_to_new_cards
    if is_over_http:
        return late if is_listening else sentences(late, Text("answer.ahead_http"))
    # Each recipient has a card: with a key, a person has several.
    card_count, max_pushes = len(batches.recipients), context.limits.stream_pushes_per_month
    quota = (
        Text("answer.ahead_quota", cards=count("card", card_count), most=max_pushes)
        if card_count > max_pushes
        else NOTHING
    )
    return sentences(late, NOTHING if is_listening else Text("answer.ahead"), quota)


def find_earlier_ledger_warning(context: SendContext, db: LedgerSession) -> Text:
    """Return a warning if a live app has sent from this computer but its ledger has no calls; otherwise nothing."""
    ledger = context.ledger
    if context.realm.mode != "LIVE" or not ledger.is_persistent:
        return NOTHING
    if any(calls.has_called(db, context.realm, channel.send_api) for channel in CHANNELS):
        return NOTHING
    earlier = send_history.last_used(context.realm)
    if earlier is None:
        return NOTHING
    key = "ledger.earlier_same" if earlier.path == ledger.place else "ledger.earlier"
    return Text(key, path=ledger.place, earlier=earlier.path, day=earlier.day)


class _SameText(NamedTuple):
    """
    The people in a plan who were sent the same text.

    Attributes:
        people: The number of people to whom campaigns have sent the text, unless it was recalled from them.
        unknown: The number of these people for whom the outcome is unknown.
        campaigns: The campaigns that have sent the text to these people, without tests, the most recent first.
        recalled: The number of people from whom the text was recalled, and to whom no other campaign has sent it.
        recalled_by: The campaigns and tests that had sent the recalled text, the most recent first.
        tested: The number of people to whom only tests have sent the text, unless it was recalled from them.
    """

    people: int = 0
    unknown: int = 0
    campaigns: tuple[CampaignDay, ...] = ()
    recalled: int = 0
    recalled_by: tuple[CampaignDay, ...] = ()
    tested: int = 0


def _find_same_text(
    batches: Batches, sent_bodies: Sequence[SentBody], is_pending: Callable[[SentBody], bool]
) -> _SameText:
    """
    Return who in a plan was sent the same text.

    Args:
        batches: The batches of the plan.
        sent_bodies: What was sent.
        is_pending: Returns whether the answer to a call is still to come, so that its outcome is not unknown.
    """
    if not sent_bodies:
        return _SameText()
    # A recipient is a pair of a body, by number, and a userid: sets of pairs are compared at once.
    bodies, body_of_batch, starts = batches.bodies, batches.body_of_batch, batches.start_of_batch
    if batches.own_bodies is not None:
        # Recipients who share a call with other people now may have shared one with different people before.
        bodies = batches.own_bodies
        body_of_batch, starts = list(range(len(bodies))), list(range(len(bodies) + 1))
    number_of = {content: number for number, content in enumerate(bodies)}
    numbers = [number_of[content] for content in bodies]
    if any(sent_body.content is None for sent_body in sent_bodies):
        number_of |= {digest_of(content): number for content, number in number_of.items()}
    recipients = [
        (numbers[body], userid)
        for body, start, end in zip(body_of_batch, starts, starts[1:], strict=False)
        for userid in batches.recipients[start:end]
    ]
    in_plan = set(recipients)
    sent_to: dict[tuple[CampaignDay, bool], set[tuple[int, str]]] = {}
    known = set[tuple[int, str]]()

    def known_people(sent_body: SentBody) -> Iterable[str]:
        is_known = not sent_body.unknown or is_pending(sent_body)
        return sent_body.userids if is_known else set(sent_body.userids).difference(sent_body.unknown)

    for sender, is_recalled, bodies_of_sender in _by_sender(sent_bodies):
        found = [
            (number, sent_body)
            for sent_body in bodies_of_sender
            if (number := number_of.get(sent_body.content or sent_body.digest or b"")) is not None
        ]
        # Building a set from a list takes half as long as from a generator.
        pairs = [(number, userid) for number, sent_body in found for userid in sent_body.userids]
        sent_to.setdefault((sender, is_recalled), set()).update(in_plan.intersection(pairs))
        if not is_recalled and not is_test(sender.campaign):
            known.update([(number, userid) for number, sent_body in found for userid in known_people(sent_body)])
    by_tests, by_campaigns, recalled = set[tuple[int, str]](), set[tuple[int, str]](), set[tuple[int, str]]()
    for (sender, is_recalled), who in sent_to.items():
        (recalled if is_recalled else by_tests if is_test(sender.campaign) else by_campaigns).update(who)
    recalled -= by_campaigns
    # A person who was sent the text by a campaign as well counts for the campaign.
    by_tests -= by_campaigns | recalled
    senders = [sender for (sender, is_recalled), who in sent_to.items() if who and not is_recalled]
    return _SameText(
        people=sum(map(by_campaigns.__contains__, recipients)),
        unknown=sum(map((by_campaigns - known).__contains__, recipients)),
        campaigns=tuple(sender for sender in senders if not is_test(sender.campaign)),
        recalled=sum(map(recalled.__contains__, recipients)),
        recalled_by=tuple(sender for (sender, is_recalled), who in sent_to.items() if is_recalled and who & recalled),
        tested=sum(map(by_tests.__contains__, recipients)),
    )


def _by_sender(sent_bodies: Sequence[SentBody]) -> Iterator[tuple[CampaignDay, bool, list[SentBody]]]:
    """Yield each sender, whether its bodies were recalled, and the bodies; the sender of the newest body first."""
    groups: dict[tuple[str, int, bool], list[SentBody]] = {}
    for sent_body in sorted(sent_bodies, key=lambda sent: -sent.started_ns):
        # By hour, within which no day begins: formatting the day of each body would take most of the time.
        key = sent_body.campaign, sent_body.started_ns // _HOUR_NS, sent_body.is_recalled
        groups.setdefault(key, []).append(sent_body)
    for (campaign, hour, is_recalled), group in groups.items():
        yield CampaignDay(campaign, format_day(hour * _HOUR_NS)), is_recalled, group
