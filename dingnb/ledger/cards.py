"""
Cards of campaigns, what they ask, and their templates.

A channel that sends cards records the questions of a campaign, if people can answer them, with `record_poll` when the
campaign is recorded, and each card with `add` in the transaction that records the attempt.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Literal, NamedTuple, cast

from dingnb.ledger.realm import Realm
from dingnb.ledger.session import LedgerSession

SUBMIT = "submit"
"""The action of a form that was filled in."""

OWN_PREFIX = "dn-"
"""The prefix of the ids (``outTrackId``) of the cards that campaigns send."""

Counts = Literal["first", "last"]
"""Which answer of a person counts."""

CHOICES = frozenset({"SELECT", "MULTI_SELECT"})
"""Types of fields with options; `PollField.options` is empty if the options differ from person to person."""

LIST_TYPES = frozenset({"MULTI_SELECT", "MULTI_CHECKBOX_GROUP", "TEXT_ARRAY"})
"""Types of fields with several values."""

_TEXTS = frozenset({"TEXT", "TEXT_AREA"})
"""Types of fields that accept the same values."""

_EMPTY: Mapping[str, str] = MappingProxyType({})


class PollField(NamedTuple):
    """
    A field of a form: its name, what people see, DingTalk's type in capitals, and its options.

    `options` has the value and the text of each option, and is empty for fields without options.
    """

    name: str
    label: str
    type: str
    options: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Poll:
    """
    What the cards of a campaign ask.

    Attributes:
        buttons: The labels of the buttons that answer, by key. Without buttons and fields, any action is an answer,
            since the user's own template may have buttons anywhere.
        fields: The fields of the form.
        counts: Whether a person's ``first`` or ``last`` answer counts.
        deadline_ns: The time after which answers are late; None without a deadline.
        answer_variable: The variable of the template that shows a person's answer; empty without such a variable.
        closed_data: The variables of the template that disable a card for everybody, with their values.
        is_over_http: Whether DingTalk reports the answers over HTTP, instead of Stream.
    """

    buttons: Mapping[str, str] = field(default_factory=lambda: _EMPTY)
    fields: tuple[PollField, ...] = ()
    counts: Counts = "last"
    deadline_ns: int | None = None
    answer_variable: str = ""
    closed_data: Mapping[str, str] = field(default_factory=lambda: _EMPTY)
    is_over_http: bool = False


class PollRow(NamedTuple):
    """
    The poll of a campaign.

    Attributes:
        root: The campaign that asked first.
        poll: The questions.
        closed_ns: When the poll was closed; None while it is open.
        answer_variables: The variables that show a person's answer, by the id of the card's template.
    """

    root: int
    poll: Poll
    closed_ns: int | None
    answer_variables: Mapping[str, str] = _EMPTY

    def expects_answers_over_stream(self, now_ns: int) -> bool:
        """Return whether the poll is open, its deadline has not passed, and DingTalk reports answers over Stream."""
        is_over = self.poll.deadline_ns is not None and now_ns >= self.poll.deadline_ns
        return self.closed_ns is None and not self.poll.is_over_http and not is_over

    def of_card(self, template: str) -> Poll:
        """Return the poll for a card that was sent from a template, with the template's variable for the answer."""
        return replace(self.poll, answer_variable=self.answer_variables.get(template, self.poll.answer_variable))


class NewCard(NamedTuple):
    """A card to record, the batch whose people get it, and the id of its template."""

    out_track_id: str
    batch: int
    template: str = ""


class CardRow(NamedTuple):
    """
    A card: the number of its campaign, its batch, the userids of the people asked, and their keys as JSON.

    `closed_ns` is when the card or its poll was closed; None while the card is open. `template` is the template's id.
    """

    out_track_id: str
    campaign: int
    batch: int
    userids: tuple[str, ...]
    keys: str
    closed_ns: int | None
    template: str

    def recipient_key(self, userid: str) -> str | None:
        """Return the key that distinguishes the card from other cards of a person asked; None without keys."""
        return recipient_key(self.userids, self.keys, userid)


def recipient_key(userids: Sequence[str], keys: str, userid: str) -> str | None:
    """
    Return the first key of a person in a batch; None without keys.

    >>> recipient_key(["a", "b"], '[["May"], ["June"]]', "b")
    'June'

    Args:
        userids: The people of the batch.
        keys: Their keys as JSON; empty without keys.
        userid: The person, one of `userids`.
    """
    keys_of_person = json.loads(keys)[userids.index(userid)] if keys else []
    return keys_of_person[0] if keys_of_person else None


def record_poll(
    db: LedgerSession, campaign: int, poll: Poll, poll_campaign: int | None = None, *, template: str = ""
) -> None:
    """
    Record what the cards of a campaign ask. A closed poll stays closed.

    Answers to cards that were sent before remain valid, since people can still press them.

    Args:
        db: The ledger.
        campaign: The campaign.
        poll: The questions of the campaign's newest plan.
        poll_campaign: For a reminder, the campaign whose people are reminded: answers to both campaigns count as
            answers to one poll. None if the campaign is not a reminder.
        template: The id of the template of the newest plan. Cards from an earlier template show answers, and are
            disabled, by the variables of the earlier template.
    """
    root = None if poll_campaign is None else poll_of(db, poll_campaign)
    before = poll_of(db, campaign)
    # The variables of the same template may have been corrected.
    closed_data_of = {**_closed_data_of_templates(db, campaign), template: poll.closed_data}
    answer_variables = {**({} if before is None else before.answer_variables), template: poll.answer_variable}
    if before is not None and db.execute("SELECT 1 FROM cards WHERE campaign = ? LIMIT 1", (campaign,)).fetchone():
        poll = replace(_with_earlier(poll, before.poll), is_over_http=_is_over_http(db, campaign, poll, before.poll))
    questions = {
        "buttons": dict(poll.buttons),
        "fields": [
            [poll_field.name, poll_field.label, poll_field.type, [list(option) for option in poll_field.options]]
            for poll_field in poll.fields
        ],
        "answer_variable": poll.answer_variable,
        "answer_variables": answer_variables,
        "closed_data": dict(poll.closed_data),
        "closed_data_of_templates": {name: dict(closed_data) for name, closed_data in closed_data_of.items()},
        "over_http": poll.is_over_http,
    }
    db.execute(
        "INSERT INTO polls (campaign, root, questions, counts, deadline_ns) VALUES (?, ?, ?, ?, ?)"
        " ON CONFLICT (campaign) DO UPDATE SET questions = excluded.questions, counts = excluded.counts,"
        " deadline_ns = excluded.deadline_ns",
        (campaign, campaign if root is None else root.root, json.dumps(questions), poll.counts, poll.deadline_ns),
    )


def _is_over_http(db: LedgerSession, campaign: int, poll: Poll, earlier: Poll) -> bool:
    """Return whether all answers are reported over HTTP; a plan that sends no further cards does not change that."""
    queued = db.execute(
        "SELECT 1 FROM batches WHERE campaign = ? AND status = 'queued' LIMIT 1", (campaign,)
    ).fetchone()
    return earlier.is_over_http and (poll.is_over_http or queued is None)


def _with_earlier(poll: Poll, earlier: Poll) -> Poll:
    """Return a poll that accepts the answers to earlier cards as well."""
    if not (poll.buttons or poll.fields) or not (earlier.buttons or earlier.fields):
        # One of the polls accepts any action.
        return replace(poll, buttons={}, fields=())
    earlier_fields = {poll_field.name: poll_field for poll_field in earlier.fields}
    names = {poll_field.name for poll_field in poll.fields}
    fields = [
        _accepting_both(poll_field, earlier_fields.get(poll_field.name, poll_field)) for poll_field in poll.fields
    ]
    fields += [poll_field for poll_field in earlier.fields if poll_field.name not in names]
    return replace(poll, buttons={**poll.buttons, **_without_keys(earlier.buttons, poll.buttons)}, fields=tuple(fields))


def _accepting_both(poll_field: PollField, earlier: PollField) -> PollField:
    """Return a field that accepts, and shows, the values of both fields: as texts or lists if their types differ."""
    kind, kinds = poll_field.type, {poll_field.type, earlier.type}
    if len(kinds) > 1 and kinds - _TEXTS:
        kind = min(kinds & LIST_TYPES, default="TEXT")
    return poll_field._replace(type=kind, options=_all_options(poll_field, earlier))


def moved_label(poll: Poll, earlier: Poll) -> str:
    """
    Return a label of a button or option that an earlier poll has for another key; empty if there is none.

    Since answers are read by their keys, those to earlier cards would get the meaning of another label. Other words for
    the same key, and another key for the same label beside the earlier one, are no such label.

    >>> moved_label(Poll({"yes": "No", "no": "Yes"}), Poll({"yes": "Yes", "no": "No"}))
    'No'
    >>> moved_label(Poll({"yes": "Coming", "no": "No"}), Poll({"yes": "Yes", "no": "No"}))
    ''
    """
    earlier_fields = {poll_field.name: dict(poll_field.options) for poll_field in earlier.fields}
    questions = [(poll.buttons, earlier.buttons)]
    questions += [(dict(each.options), earlier_fields.get(each.name, {})) for each in poll.fields]
    for labels, earlier_labels in questions:
        for key, label in labels.items():
            before = earlier_labels.get(key, label)
            if label != before and (label in earlier_labels.values() or before in labels.values()):
                return label if label in earlier_labels.values() else before
    return ""


def answers_beyond(poll: Poll, asked: Poll) -> list[str]:
    """
    Return the buttons and fields of a poll that allow answers which another poll does not allow.

    An empty text stands for any answer.

    >>> answers_beyond(Poll({"yes": "Yes", "may": "Maybe"}), Poll({"yes": "Coming", "no": "Not coming"}))
    ['may']
    """
    if not (asked.buttons or asked.fields):
        return []
    if not (poll.buttons or poll.fields):
        return [""]
    known = {poll_field.name: poll_field for poll_field in asked.fields}
    fields = [
        poll_field.name
        for poll_field in poll.fields
        if poll_field.name not in known or _allows_more(poll_field, known[poll_field.name])
    ]
    return [*_without_keys(poll.buttons, asked.buttons), *fields]


def _allows_more(poll_field: PollField, asked: PollField) -> bool:
    """Return whether a field allows values that a field of the same name does not allow: texts and lists take any."""
    if poll_field.type != asked.type and asked.type not in _TEXTS | LIST_TYPES:
        return True
    return bool(asked.options) and (
        not poll_field.options or bool(_without_keys(dict(poll_field.options), dict(asked.options)))
    )


def _all_options(poll_field: PollField, earlier: PollField) -> tuple[tuple[str, str], ...]:
    """Return the options of both fields; no options if one of the fields accepts any value."""
    if not poll_field.options or not earlier.options:
        return ()
    return (*poll_field.options, *_without_keys(dict(earlier.options), dict(poll_field.options)).items())


def _without_keys(labels: Mapping[str, str], known: Mapping[str, str]) -> dict[str, str]:
    """Return the labels whose keys are not known."""
    return {key: label for key, label in labels.items() if key not in known}


def poll_of(db: LedgerSession, campaign: int) -> PollRow | None:
    """
    Return what the cards of a campaign ask; None if the campaign has no cards that people can answer.

    A reminder has `Poll.counts` of the campaign that asked first, unless the first campaign was deleted.
    """
    row = db.execute(
        "SELECT root, questions, coalesce((SELECT first.counts FROM polls AS first WHERE first.campaign = polls.root),"
        " counts), deadline_ns, closed_ns FROM polls WHERE campaign = ?",
        (campaign,),
    ).fetchone()
    if row is None:
        return None
    root, questions, counts, deadline_ns, closed_ns = row
    asked = json.loads(questions)
    fields = tuple(
        PollField(name, label, kind, tuple((value, text) for value, text in options))
        for name, label, kind, options in asked["fields"]
    )
    rest = (asked["answer_variable"], asked["closed_data"], asked["over_http"])
    poll = Poll(asked["buttons"], fields, cast("Counts", counts), deadline_ns, *rest)
    return PollRow(root, poll, closed_ns, asked.get("answer_variables", {}))


def _closed_data_of_templates(db: LedgerSession, campaign: int) -> dict[str, Mapping[str, str]]:
    """Return the variables that disable the cards of a campaign, by the id of their template."""
    row = db.execute("SELECT questions FROM polls WHERE campaign = ?", (campaign,)).fetchone()
    return {} if row is None else json.loads(row[0]).get("closed_data_of_templates", {})


def close_poll(db: LedgerSession, campaign: int, now_ns: int) -> None:
    """Close a poll and its reminders, so that later answers do not count. Closing a closed poll changes nothing."""
    db.execute(
        "UPDATE polls SET closed_ns = coalesce(closed_ns, ?) WHERE root = (SELECT root FROM polls WHERE campaign = ?)",
        (now_ns, campaign),
    )


def is_closed(db: LedgerSession, campaign: int) -> bool:
    """Return whether a campaign has cards whose answers are no longer accepted."""
    row = db.execute("SELECT closed_ns FROM polls WHERE campaign = ?", (campaign,)).fetchone()
    return row is not None and row[0] is not None


def add(db: LedgerSession, campaign: int, cards: Iterable[NewCard], started_ns: int) -> None:
    """Record cards that an attempt is about to create, with the start of the attempt."""
    db.executemany(
        "INSERT INTO cards (out_track_id, campaign, batch, template, created_ns) VALUES (?, ?, ?, ?, ?)",
        ((card.out_track_id, campaign, card.batch, card.template, started_ns) for card in cards),
    )


def card_of(db: LedgerSession, realm: Realm, out_track_id: str) -> CardRow | None:
    """Return a card of a realm; None if the realm has no such card."""
    row = db.execute(
        "SELECT cards.campaign, cards.batch, userids, keys, coalesce(polls.closed_ns, cards.closed_ns), template"
        " FROM cards"
        " JOIN campaigns ON campaigns.id = cards.campaign JOIN batches ON batches.id = cards.batch"
        " LEFT JOIN polls ON polls.campaign = cards.campaign WHERE out_track_id = ? AND campaigns.realm = ?",
        (out_track_id, realm.id),
    ).fetchone()
    if row is None:
        return None
    campaign, batch, userids, *rest = row
    return CardRow(out_track_id, campaign, batch, tuple(userids.split(",")), *rest)


def _templates_of_open_cards(db: LedgerSession, campaign: int) -> dict[str, str]:
    """Return the cards of a campaign that are not disabled yet, in the order of batches, with their templates' ids."""
    cursor = db.execute(
        "SELECT out_track_id, template FROM cards WHERE campaign = ? AND closed_ns IS NULL ORDER BY batch, created_ns",
        (campaign,),
    )
    return dict(cursor.fetchall())


def cards_to_disable(db: LedgerSession, root: int) -> dict[str, Mapping[str, str]]:
    """
    Return the cards of a poll and its reminders that can still be disabled, with the variables that disable them.

    Cards that nobody can have are omitted: cards that no call can have created, because sending ended before or
    DingTalk refused them, and cards that were delivered to nobody.
    """
    to_disable: dict[str, Mapping[str, str]] = {}
    for campaign in campaigns_of(db, root):
        row = poll_of(db, campaign)
        closed_data_of = _closed_data_of_templates(db, campaign)
        if row is None or not any((row.poll.closed_data, *closed_data_of.values())):
            continue
        without_people = _never_created(db, campaign) | _delivered_to_nobody(db, campaign)
        for card, template in _templates_of_open_cards(db, campaign).items():
            closed_data = closed_data_of.get(template, row.poll.closed_data)
            if closed_data and card not in without_people:
                to_disable[card] = closed_data
    return to_disable


def people_to_disable_for(db: LedgerSession, root: int) -> dict[str, list[tuple[str, ...]]]:
    """Return who has each card that `cards_to_disable` returns: the userid, and the keys of the message, if any."""
    to_disable = cards_to_disable(db, root)
    people_of: dict[str, list[tuple[str, ...]]] = {}
    for campaign in campaigns_of(db, root):
        for card, _, joined, keys in _cards_of_people(db, campaign):
            if card in to_disable:
                userids = joined.split(",")
                keys_of_people = json.loads(keys) if keys else [()] * len(userids)
                people_of[card] = [
                    (userid, *keys_of_person) for userid, keys_of_person in zip(userids, keys_of_people, strict=True)
                ]
    return people_of


def count_open(db: LedgerSession, root: int) -> int:
    """
    Return the number of cards of a poll and its reminders that somebody may have and that are not disabled.

    A card to several people counts for each of them.
    """
    return sum(size for campaign in campaigns_of(db, root) for _, size, *_ in _cards_of_people(db, campaign))


def may_be_pressed(db: LedgerSession, campaign: int) -> bool:
    """Return whether somebody may have a card of a campaign that is not disabled."""
    return next(_cards_of_people(db, campaign), None) is not None


def _cards_of_people(db: LedgerSession, campaign: int) -> Iterator[tuple[str, int, str, str]]:
    """Yield the cards that are not disabled and that somebody may have, with the size, people and keys of the batch."""
    without_people = _never_created(db, campaign) | _delivered_to_nobody(db, campaign)
    rows = db.execute(
        "SELECT out_track_id, size, userids, keys FROM cards JOIN batches ON batches.id = cards.batch"
        " WHERE cards.campaign = ? AND closed_ns IS NULL",
        (campaign,),
    )
    return (row for row in rows if row[0] not in without_people)


def _never_created(db: LedgerSession, campaign: int) -> set[str]:
    rows = db.execute(
        "SELECT out_track_id FROM cards JOIN batches ON batches.id = cards.batch"
        " WHERE cards.campaign = ? AND status IN ('queued', 'failed', 'cancelled') AND NOT EXISTS ("
        "SELECT 1 FROM attempts WHERE attempts.batch = cards.batch AND started_ns >= created_ns"
        " AND coalesce(outcome, 'unknown') IN ('unknown', 'accepted'))",
        (campaign,),
    )
    return {out_track_id for (out_track_id,) in rows}


def _delivered_to_nobody(db: LedgerSession, campaign: int) -> set[str]:
    rows = db.execute(
        "SELECT out_track_id FROM cards JOIN batches ON batches.id = cards.batch"
        " WHERE cards.campaign = ? AND batches.status = 'accepted' AND size ="
        " (SELECT count(*) FROM outcomes WHERE outcomes.batch = batches.id"
        " AND outcomes.status IN ('failed', 'filtered', 'invalid')) AND NOT EXISTS"
        " (SELECT 1 FROM attempts WHERE attempts.batch = batches.id AND coalesce(outcome, 'unknown') = 'unknown')",
        (campaign,),
    )
    return {out_track_id for (out_track_id,) in rows}


def record_closed(db: LedgerSession, out_track_id: str, now_ns: int) -> None:
    """Record that a card was disabled for everybody."""
    db.execute("UPDATE cards SET closed_ns = ? WHERE out_track_id = ?", (now_ns, out_track_id))


def has_open_cards(db: LedgerSession, realm: Realm) -> bool:
    """Return whether a realm has cards that are neither disabled nor part of a closed poll."""
    cursor = db.execute(
        "SELECT 1 FROM cards JOIN campaigns ON campaigns.id = cards.campaign"
        " LEFT JOIN polls ON polls.campaign = cards.campaign"
        " WHERE campaigns.realm = ? AND cards.closed_ns IS NULL AND polls.closed_ns IS NULL LIMIT 1",
        (realm.id,),
    )
    return cursor.fetchone() is not None


def campaigns_of(db: LedgerSession, root: int) -> list[int]:
    """Return the campaigns of a poll: the first one, and its reminders."""
    rows = db.execute("SELECT campaign FROM polls WHERE root = ? ORDER BY campaign", (root,))
    return [campaign for (campaign,) in rows]


class RecordedCard(NamedTuple):
    """A card of a batch, and the start of the attempt for which it was recorded."""

    out_track_id: str
    created_ns: int


def newest_card(db: LedgerSession, batch: int) -> RecordedCard | None:
    """Return the newest card of a batch; None if the batch has no card."""
    row = db.execute(
        "SELECT out_track_id, created_ns FROM cards WHERE batch = ? ORDER BY created_ns DESC, out_track_id LIMIT 1",
        (batch,),
    ).fetchone()
    return None if row is None else RecordedCard(*row)


def record_messages(db: LedgerSession, out_track_id: str, message_ids: Mapping[str, str]) -> None:
    """Record DingTalk's ids of the messages with a card (``carrierId``), by userid."""
    db.executemany(
        "INSERT INTO card_messages VALUES (?, ?, ?)"
        " ON CONFLICT (out_track_id, userid) DO UPDATE SET carrier_id = excluded.carrier_id",
        ((out_track_id, userid, message_id) for userid, message_id in message_ids.items()),
    )


def record_template(db: LedgerSession, campaign: int, template: str, private: Iterable[str] = ()) -> None:
    """
    Record the template that the cards of a campaign's newest plan use.

    Args:
        db: The ledger.
        campaign: The campaign.
        template: The template's id.
        private: The names of the private variables. If the campaign already has cards, names that were not recorded
            for the existing cards are left out.
    """
    names = set(private)
    before = db.execute(
        "SELECT private FROM campaign_templates WHERE campaign = ?"
        " AND EXISTS (SELECT 1 FROM cards WHERE cards.campaign = campaign_templates.campaign)",
        (campaign,),
    ).fetchone()
    if before is not None:
        names &= set(json.loads(before[0]))
    db.execute(
        "INSERT INTO campaign_templates VALUES (?, ?, ?)"
        " ON CONFLICT (campaign) DO UPDATE SET template = excluded.template, private = excluded.private",
        (campaign, template, json.dumps(sorted(names))),
    )


_PRESSED = (
    "(SELECT DISTINCT campaigns.realm, template, userid, private FROM answers"
    " JOIN campaign_templates ON campaign_templates.campaign = answers.campaign"
    " JOIN campaigns ON campaigns.id = answers.campaign WHERE campaigns.realm = ? AND template = ?) AS pressed"
)


def pressed_by(db: LedgerSession, realm: Realm, template: str, private: Iterable[str] = ()) -> frozenset[str]:
    """
    Return the userids of the people who have pressed a card from a template, which proves that it is shown.

    Args:
        db: The ledger.
        realm: The app.
        template: The template's id.
        private: The names of private variables that the card must have had.
    """
    rows = db.execute(
        "SELECT userid, private FROM proved_templates WHERE realm = ? AND template = ?"  # noqa: S608 - our own text
        f" UNION SELECT userid, private FROM {_PRESSED}",
        (realm.id, template, realm.id, template),
    )
    names = set(private)
    return frozenset(userid for userid, private_names in rows if names <= set(json.loads(private_names)))


def record_proofs(db: LedgerSession, realm: Realm, template: str, now_ns: int) -> None:
    """Record who has pressed a card from a template, so that the proof outlives the campaign with the card."""
    db.execute(
        "INSERT INTO proved_templates (realm, template, userid, private, proved_ns)"  # noqa: S608 - as above
        f" SELECT realm, template, userid, private, CAST(? AS BIGINT) FROM {_PRESSED} WHERE true"
        " ON CONFLICT (realm, template, userid, private) DO NOTHING",
        (now_ns, realm.id, template),
    )
