"""Records presses on the cards of campaigns as answers, and returns what the cards show to the people who pressed."""

import json
import logging
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from dingnb.errors import LedgerError
from dingnb.events.presses import IgnoredPressError, IgnoredReason, Press
from dingnb.ledger import Ledger, LedgerSession, Realm, answers, cards
from dingnb.ledger.answers import CountingAnswer, NewAnswer
from dingnb.ledger.campaigns import outcomes, stored_bodies, unknown_outcomes
from dingnb.ledger.cards import CHOICES, LIST_TYPES, OWN_PREFIX, SUBMIT, CardRow, Poll, PollField, PollRow
from dingnb.messages import decode
from dingnb.messages.validation import parse_options
from dingnb.words import Text
from dingnb.words.visible import truncate, visible

Response = Mapping[str, Any]
"""The answer to a press: an update of the card for the person who pressed; empty if nothing changes."""

NO_UPDATE: Response = {}
"""The answer to a press that changes nothing on the card."""

_MAX_SHOWN = 100
_logger = logging.getLogger("dingnb.answers")


@dataclass(slots=True)
class _PressTransaction:
    """A transaction that records presses, with the polls read so far and the presses ignored."""

    db: LedgerSession
    polls: dict[int, PollRow | None] = field(default_factory=dict)
    ignored: list[tuple[Press, IgnoredReason]] = field(default_factory=list)

    def poll_of(self, campaign: int) -> PollRow | None:
        if campaign not in self.polls:
            self.polls[campaign] = cards.poll_of(self.db, campaign)
        return self.polls[campaign]


class AnswerCollector:
    """
    Records presses in the ledger. Thread-safe.

    Args:
        ledger: The ledger.
        realm: The realm of the cards.
        now_ns: Returns DingTalk's time.
    """

    def __init__(self, ledger: Ledger, realm: Realm, now_ns: Callable[[], int]) -> None:
        self._ledger = ledger
        self._realm = realm
        self._now_ns = now_ns
        self._lock = threading.Lock()
        self._ignored: Counter[IgnoredReason] = Counter()

    @property
    def ignored(self) -> int:
        """The number of presses that were not recorded, not counting presses on cards that are not in this ledger."""
        with self._lock:
            return self._ignored.total() - self._ignored[IgnoredReason.FOREIGN]

    @property
    def foreign(self) -> int:
        """The number of presses on campaigns' cards that are not in this ledger, which no ledger receives any more."""
        with self._lock:
            return self._ignored[IgnoredReason.FOREIGN]

    def has_open_cards(self) -> bool:
        """Return whether this app has cards that are still open; False if the ledger cannot be read."""
        with suppress(LedgerError), self._ledger.connection() as db:
            return cards.has_open_cards(db, self._realm)
        return False

    def record(self, presses: Sequence[Press]) -> list[Response | None]:
        """
        Record presses, all in one transaction, which is committed before the method returns.

        Only people who were asked may answer. A press is recorded once, however often it is delivered.

        Returns:
            The response to each press; None for a card that is not in this ledger.

        Raises:
            LedgerError: The presses could not be recorded. Nothing was stored, unless the connection to a shared
                database was lost during the commit.
        """
        if not any(press.out_track_id.startswith(OWN_PREFIX) for press in presses):
            return [None] * len(presses)
        with self._ledger.connection() as db:
            pressed_cards = [cards.card_of(db, self._realm, press.out_track_id) for press in presses]
            transaction = _PressTransaction(db)
            if any(pressed_cards):
                with self._ledger.row_locking_transaction(db):
                    responses = [self._record(transaction, *pair) for pair in zip(presses, pressed_cards, strict=True)]
            else:
                responses = [None] * len(presses)
        foreign = [press for press, card in zip(presses, pressed_cards, strict=True) if card is None]
        for press, reason in (*transaction.ignored, *((press, IgnoredReason.FOREIGN) for press in foreign)):
            # Other cards are the user's own.
            if press.out_track_id.startswith(OWN_PREFIX):
                self.record_ignored(reason, press)
        return responses

    def record_ignored(self, reason: IgnoredReason, press: Press | None = None) -> None:
        """Count and log a press that is not recorded."""
        with self._lock:
            self._ignored[reason] += 1
        if press is None:
            _logger.info("Ignored a press on a card: %s.", reason)
        else:
            shown = [truncate(visible(value), _MAX_SHOWN) for value in (press.userid, press.out_track_id, press.action)]
            _logger.info("Ignored a press by %s on card %s, action %s: %s.", *shown, reason)

    def _record(self, transaction: _PressTransaction, press: Press, card: CardRow | None) -> Response | None:
        if card is None:
            return None
        now_ns = self._now_ns()
        poll_row = transaction.poll_of(card.campaign)
        if poll_row is None:
            transaction.ignored.append((press, IgnoredReason.NOT_OFFERED))
            return NO_UPDATE
        poll = poll_row.of_card(card.template)
        # A press from the future would count as the last press for ever.
        pressed_ns = min(press.pressed_ns or now_ns, now_ns)
        sent_poll = _complete_poll(transaction.db, card, poll)
        try:
            action, values = _read_answer(press, card, pressed_ns, sent_poll)
        except IgnoredPressError as error:
            transaction.ignored.append((press, error.reason))
            return _update_card(poll, Text("answer.is_closed")) if error.reason is IgnoredReason.CLOSED else NO_UPDATE
        encoded = json.dumps(values, ensure_ascii=False, sort_keys=True)
        is_new = answers.add(
            transaction.db,
            NewAnswer(
                card.out_track_id,
                card.campaign,
                press.userid,
                action,
                encoded,
                press.press_id,
                pressed_ns,
                now_ns,
            ),
        )
        key = card.recipient_key(press.userid)
        if is_new:
            # A person who has answered one card of a poll needs no other card.
            others = unknown_outcomes.places_of_person(transaction.db, poll_row.root, press.userid, key)
            for batch, place in {(card.batch, card.userids.index(press.userid)), *others}:
                outcomes.record_answered(transaction.db, batch, place, now_ns)
                unknown_outcomes.dequeue_answered(transaction.db, batch, now_ns)
        counting = answers.counting_answer(transaction.db, poll_row.root, press.userid, poll.counts, key=key)
        return NO_UPDATE if counting is None else _update_card(sent_poll, _answer_text(sent_poll, counting))


def _complete_poll(db: LedgerSession, card: CardRow, poll: Poll) -> Poll:
    """Return a poll with the stored labels and options of one card, where labels or options differ by person."""
    is_fixed = all(poll_field.options or poll_field.type not in CHOICES for poll_field in poll.fields)
    # A label that differs by person is recorded as the button's key.
    if is_fixed and all(label != key for key, label in poll.buttons.items()):
        return poll
    content, _ = stored_bodies.of_batch(db, card.batch)
    if content is None:
        return poll
    body = decode(content)
    sent = body[body["msgtype"]]
    labels = {button["key"]: button["label"] for button in sent.get("buttons", []) if not button.get("url")}
    options = {
        sent_field["name"]: tuple(parse_options(sent_field["options"]))
        for sent_field in sent.get("fields", [])
        if "options" in sent_field
    }
    fields = tuple(
        poll_field if poll_field.options else poll_field._replace(options=options.get(poll_field.name, ()))
        for poll_field in poll.fields
    )
    buttons = {key: labels.get(key, label) if label == key else label for key, label in poll.buttons.items()}
    return replace(poll, buttons=buttons, fields=fields)


def _read_answer(press: Press, card: CardRow, pressed_ns: int, poll: Poll) -> tuple[str, dict[str, Any]]:
    if press.userid not in card.userids:
        raise IgnoredPressError(IgnoredReason.NOT_ASKED)
    if card.closed_ns is not None and pressed_ns >= card.closed_ns:
        raise IgnoredPressError(IgnoredReason.CLOSED)
    return read_offered_answer(press, poll)


def read_offered_answer(press: Press, poll: Poll) -> tuple[str, dict[str, Any]]:
    """
    Return the action and the values of a press; fields that the form lacks are omitted.

    Raises:
        IgnoredPressError: The card has no such button or no form, or a field does not accept the value.
    """
    if press.action == SUBMIT and poll.fields:
        values = {
            poll_field.name: _read_value(poll_field, press.values[poll_field.name])
            for poll_field in poll.fields
            if poll_field.name in press.values
        }
        return SUBMIT, values
    if poll.buttons or poll.fields:
        if press.action not in poll.buttons:
            raise IgnoredPressError(IgnoredReason.NOT_OFFERED)
        return press.action, {}
    if not press.action:
        raise IgnoredPressError(IgnoredReason.NOT_OFFERED)
    return press.action, dict(press.values)


def _read_value(poll_field: PollField, value: object) -> object:
    """Return a field's value: for a type with several values, a list without duplicates; otherwise None if empty."""
    items = value if isinstance(value, list) else [] if value in (None, "") else [value]
    if any(isinstance(item, dict | list) for item in items):
        raise IgnoredPressError(IgnoredReason.NOT_OFFERED)
    options = {option for option, _ in poll_field.options}
    if options and not {str(item) for item in items} <= options:
        raise IgnoredPressError(IgnoredReason.NOT_OFFERED)
    if options:
        items = [str(item) for item in items]
    if poll_field.type in LIST_TYPES:
        return list(dict.fromkeys(items))
    if len(items) > 1:
        raise IgnoredPressError(IgnoredReason.NOT_OFFERED)
    return items[0] if items else None


def _answer_text(poll: Poll, counting: CountingAnswer) -> Text:
    """Return the text with which a card shows the answer that counts."""
    action, is_late = counting
    if action == SUBMIT and poll.fields:
        return Text("answer.submitted_late" if is_late else "answer.submitted")
    label = truncate(poll.buttons.get(action, action), _MAX_SHOWN)
    return Text("answer.answered_late" if is_late else "answer.answered", answer=label)


def _update_card(poll: Poll, text: Text) -> Response:
    """Return an update of the card, which only the person who pressed sees, although its data are public."""
    if not poll.answer_variable:
        return NO_UPDATE
    return {
        # Without these options, everything else on the card would be erased.
        "cardUpdateOptions": {"updateCardDataByKey": True, "updatePrivateDataByKey": True},
        "cardData": {"cardParamMap": {poll.answer_variable: str(text)}},
    }
