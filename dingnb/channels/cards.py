"""
Interactive cards (互动卡片), which people answer by pressing a button or filling in a form (docs/dingtalk.md, "Cards").

DingTalk creates a card only once for an ``outTrackId``. This id is recorded with the batch before the first call, so
that a repeat cannot create a second card. A card that exists was not necessarily delivered.
"""

from base64 import b32encode
from collections.abc import Iterable, Sequence
from contextlib import suppress
from hashlib import sha256
from secrets import token_bytes

from dingnb.api import cards as api
from dingnb.api.cards import CardRequest, DeliveryResult
from dingnb.calls.context import SendContext
from dingnb.channels.channel import PersonResult, Results, SendResponse, attempt_times_ns
from dingnb.clock import seconds_to_ns
from dingnb.errors import ApiError, InputError, LedgerError
from dingnb.ledger import LedgerSession, cards
from dingnb.ledger.cards import OWN_PREFIX, NewCard, Poll, PollField
from dingnb.ledger.explanation import NO_REASON, Explanation
from dingnb.ledger.sending import attempts
from dingnb.ledger.sending.attempts import Attempt, PendingBatch
from dingnb.limits import Limits
from dingnb.messages import Message, decode
from dingnb.messages.cards import (
    body_for,
    can_be_answered,
    can_be_shared,
    card_content,
    check_template,
    configured_template,
    max_value_bytes,
    people_of_shared_body,
    private_names,
    public_part,
    shared_body,
    template_id_of,
    title_bytes,
)
from dingnb.messages.leaves import is_template
from dingnb.messages.types import TYPES
from dingnb.messages.validation import parse_deadline_ns, parse_options
from dingnb.transport import active_override
from dingnb.words import Text, listed

CARD_EXISTS = "param.cardAlreadyExist"
"""Error code for a card whose id was used before."""

_NO_CHAT_REASON = "spaceId is illegal"
"""DingTalk's reason if there is no chat with a person: the userid does not exist, or the app may not send to it."""

_ID_BYTES = 16

MIN_TESTERS = 2
"""Minimum number of people who must have pressed a card of a template before people with different texts share one."""


class Cards:
    """The channel for interactive cards. The answer to a call has the results; presses on cards are events."""

    name = "card"
    msgtypes = frozenset(name for name, kind in TYPES.items() if kind.is_card)
    send_api = api.SEND
    results_api = ""
    recall_api = ""
    calls_per_batch = 1
    has_idempotency_keys = True
    same_text_codes: frozenset[str] = frozenset()
    has_answers = True

    def max_people(
        self,
        limits: Limits,
        userids: Iterable[str],
        bodies: Iterable[bytes],  # noqa: ARG002 - their sizes count in `split_into_calls`
    ) -> int:
        """Return the maximum number of people: as many as the limits allow, and as fit into ``openSpaceId``."""
        longest = max(map(len, userids), default=1)
        entry_length = len(api.PERSON_PREFIX) + longest + 1
        max_entries = (limits.card_target_characters - len(api.SPACE_PREFIX) + 1) // entry_length
        return max(min(limits.people_per_card, limits.people_per_minute, max_entries), 1)

    def can_be_answered(self, message: Message) -> bool:
        """Return whether a card has a form or a button that is not a link, or a template of its own."""
        return can_be_answered(message)

    def check_message(self, context: SendContext, message: Message, poll_campaign: int | None = None) -> None:
        """
        Check that the settings have a template that shows a message, and that a reminder does not ask something else.

        Raises:
            InputError: The settings have no template for the message, the template would not show a part of it, or the
                reminder's answers would not fit the campaign's.
        """
        check_template(message, context.card_settings)
        if poll_campaign is not None and can_be_answered(message):
            with context.ledger.connection() as db:
                _check_question(db, poll_campaign, _poll_of(message, context, self.deadline_ns(message)))

    def may_share(self, context: SendContext, message: Message) -> bool:
        """
        Return whether people with different texts may share a card.

        Sharing requires that the limits allow several people a card, that only private variables can differ, and that
        `MIN_TESTERS` people have pressed a card with these variables. Without a usable ledger, nobody shares a card.
        """
        if context.limits.people_per_card == 1 or not can_be_shared(message):
            return False
        template = template_id_of(message, context.card_settings)
        try:
            with context.ledger.connection() as db:
                testers = cards.pressed_by(db, context.realm, template, private_names(message))
        except LedgerError:
            # A plan can be made without a usable ledger, and its display reports the problem.
            return False
        return len(testers) >= MIN_TESTERS

    def split_into_calls(
        self, limits: Limits, bodies: Sequence[bytes], userids: Sequence[str], max_people: int
    ) -> list[tuple[int, int]]:
        """Return calls of consecutive people with equal public parts: nobody twice in a call, and no call too large."""
        calls: list[tuple[int, int]] = []
        start, size, size_of_title, call_public_part, people_of_call = 0, 0, 0, b"", set[str]()
        for position, (body, userid) in enumerate(zip(bodies, userids, strict=True)):
            body_public_part = public_part(body)
            size += len(body)
            is_full = position - start >= max_people or size + size_of_title > max_value_bytes(limits)
            if position and (body_public_part != call_public_part or userid in people_of_call or is_full):
                calls.append((start, position))
                start, size, people_of_call = position, len(body), set()
            if body_public_part != call_public_part:
                size_of_title, call_public_part = title_bytes(decode(body)["card"]["title"]), body_public_part
            people_of_call.add(userid)
        return [*calls, (start, len(bodies))] if bodies else []

    def shared_body(self, bodies: Sequence[bytes], userids: Sequence[str]) -> bytes:
        """Return one body with the private values of each person."""
        return bodies[0] if len(bodies) == 1 else shared_body(bodies, userids)

    def body_for(self, body: bytes, userid: str) -> bytes:
        """Return the body with one person's private values."""
        return body_for(body, userid)

    def bodies_in(self, body: bytes) -> list[bytes]:
        """Return the body of each person who shares a card with others."""
        return [body_for(body, userid) for userid in people_of_shared_body(body)]

    def why_not_ready(self, db: LedgerSession, context: SendContext, message: Message) -> Explanation:
        """Return that nobody has pressed a card of the template yet; empty if anybody has, or on the sandbox."""
        template = template_id_of(message, context.card_settings)
        if context.realm.mode != "LIVE" or cards.pressed_by(db, context.realm, template):
            return NO_REASON
        todo = Text("card.unproved_todo" if can_be_answered(message) else "card.unproved_unasked_todo")
        return Explanation(Text("card.unproved", template=template), todo)

    def deadline_ns(self, message: Message) -> int | None:
        """Return the deadline of a message; None for a message without a deadline."""
        arguments = message.arguments
        return parse_deadline_ns(arguments["deadline"]) if "deadline" in arguments else None

    def record_campaign(
        self, db: LedgerSession, context: SendContext, campaign: int, message: Message, poll_campaign: int | None
    ) -> None:
        """Record the cards' question, if people can answer it, and the cards' template."""
        template = template_id_of(message, context.card_settings)
        if can_be_answered(message):
            poll = _poll_of(message, context, self.deadline_ns(message))
            recorded = cards.poll_of(db, campaign)
            root = poll_campaign if recorded is None else recorded.root
            if root is not None and root != campaign:
                _check_question(db, root, poll)
            if recorded is not None and cards.may_be_pressed(db, campaign):
                _check_labels(poll, recorded.poll, Text("answer.other_key_todo"))
            cards.record_poll(db, campaign, poll, poll_campaign, template=template)
        cards.record_template(db, campaign, template, private_names(message))
        cards.record_proofs(db, context.realm, template, context.now_ns())

    def idempotency_key_for(
        self, db: LedgerSession, context: SendContext, campaign: int, batch: PendingBatch, attempt: int
    ) -> str:
        """Return the card's id: the id of the attempt that is repeated, an id that no call has used, or a new id."""
        started_ns, before_ns = attempts.start_times(db, batch.id, attempt)
        newest = cards.newest_card(db, batch.id)
        if newest is not None:
            is_unused = newest.created_ns > before_ns
            if is_unused or attempts.repeats_another(db, batch.id, attempt):
                return newest.out_track_id
        card_id = OWN_PREFIX + b32encode(_random_bytes(attempt)).decode().rstrip("=").lower()
        template = ""
        # Without a template in the settings, the call is not made.
        with suppress(InputError):
            template = card_content(decode(batch.body), context.card_settings).template_id
        cards.add(db, campaign, [NewCard(card_id, batch.id, template)], started_ns)
        return card_id

    def results_window_ns(self, limits: Limits) -> int:  # noqa: ARG002 - required by the protocol
        """Return 0: all results come with the answer."""
        return 0

    def recall_window_ns(self, limits: Limits) -> int:  # noqa: ARG002 - required by the protocol
        """Return 0: no recall of cards is documented."""
        return 0

    def repeat_due_ns(
        self, context: SendContext, past_attempts: Sequence[Attempt], not_before_ns: int = 0
    ) -> int | None:
        """
        Return the earliest time at which a repeat is useful; None if never. A repeat is safe at any time.

        A repeat is useless if no attempt has an unknown outcome, after the maximum number of such attempts, and once
        DingTalk has answered that the card exists.
        """
        unknown = [attempt for attempt in past_attempts if attempt.outcome == "unknown"]
        if not unknown or len(unknown) >= context.limits.card_repeats or unknown[-1].code == CARD_EXISTS:
            return None
        due_ns = max(attempt_times_ns(unknown)) + seconds_to_ns(context.repeat_after_s)
        return max(due_ns, context.now_ns(), not_before_ns)

    def must_save_last_attempt(self, past_attempts: Sequence[Attempt]) -> bool:  # noqa: ARG002 - required by the protocol
        """Return False: an attempt that reaches DingTalk shows whether the card exists, so none has to be saved."""
        return False

    def send(self, context: SendContext, userids: Sequence[str], body: bytes, idempotency_key: str) -> SendResponse:
        """Create and deliver a card."""
        content = card_content(decode(body), context.card_settings)
        request = CardRequest(
            out_track_id=idempotency_key,
            template_id=content.template_id,
            userids=userids,
            robot_code=context.card_settings.robot_code or context.app_key,
            title=content.title,
            card_data=content.public_variables,
            private_data=content.private_data_for(userids),
            callback=context.card_settings.callback,
            route_key=context.card_settings.route_key,
        )
        try:
            results = api.create_and_deliver(context.caller, request)
        except ApiError as error:
            if error.code == CARD_EXISTS:
                return SendResponse(
                    None, unknown=Explanation(Text("result.card_exists"), Text("result.card_exists_todo"), CARD_EXISTS)
                )
            raise
        ids = {result.userid: result.carrier_id for result in results if result.carrier_id}
        return SendResponse(None, results_of(userids, results), ids)

    def record_response(self, db: LedgerSession, idempotency_key: str, response: SendResponse) -> None:
        """Record the ids of the messages."""
        cards.record_messages(db, idempotency_key, response.message_ids)

    def results(self, context: SendContext, receipt: str, userids: Sequence[str]) -> Results:  # noqa: ARG002
        """Return no results: the calls have no receipts."""
        return {}

    def check_recall(self) -> None:
        """
        Refuse: no recall of cards is documented.

        Raises:
            InputError: Always.
        """
        raise InputError(Text("recall.no_cards"), Text("recall.no_cards_todo"))

    def recall(self, context: SendContext, receipt: str) -> None:  # noqa: ARG002 - required by the protocol
        """Refuse, as `check_recall`."""
        self.check_recall()


CARDS = Cards()


def _random_bytes(attempt: int) -> bytes:
    """Return random bytes; with a tape, always the same bytes for the same attempt."""
    if active_override() is None:
        return token_bytes(_ID_BYTES)
    return sha256(str(attempt).encode()).digest()[:_ID_BYTES]


def results_of(userids: Sequence[str], results: Iterable[DeliveryResult]) -> Results:
    """Return the results of the people of a request, except people whose card was delivered."""
    by_userid = {result.userid: result for result in results}
    return {
        userid: person_result for userid in userids if (person_result := _result_of(by_userid.get(userid))) is not None
    }


def _result_of(result: DeliveryResult | None) -> PersonResult | None:
    """Return the result of a person from the entry in the answer, if any; None if the card was delivered."""
    if result is None:
        return PersonResult("unknown", why=Explanation(Text("result.card_unnamed"), Text("result.card_unnamed_todo")))
    if result.is_delivered:
        return None
    if result.message == _NO_CHAT_REASON:
        return PersonResult("invalid", why=Explanation(Text("result.card_no_chat"), Text("result.card_no_chat_todo")))
    reason = Text("result.card_refused", message=result.message) if result.message else Text("result.failed")
    return PersonResult("failed", why=Explanation(reason, Text("result.failed_todo")))


def _poll_of(message: Message, context: SendContext, deadline_ns: int | None) -> Poll:
    """Return a message's question; a label that is a template is replaced by the key of its button or field."""
    arguments = message.arguments
    buttons = {button["key"]: _label(button, "key") for button in arguments.get("buttons", []) if not button.get("url")}
    fields = tuple(
        PollField(
            field["name"],
            _label(field, "name"),
            field["type"],
            tuple(() if is_template(options := field.get("options", "")) else parse_options(options)),
        )
        for field in arguments.get("fields", [])
    )
    template = configured_template(message, context.card_settings)
    return Poll(
        buttons,
        fields,
        counts="first" if arguments.get("counts") == "first" else "last",
        deadline_ns=deadline_ns,
        answer_variable="" if template is None else template.answer,
        closed_data={} if template is None else template.closed,
        is_over_http=context.card_settings.callback == "HTTP",
    )


def _check_question(db: LedgerSession, campaign: int, poll: Poll) -> None:
    """Check that answers to a poll fit the columns of the campaign in which they count."""
    original = cards.poll_of(db, campaign)
    if original is None:
        return
    _check_labels(poll, original.poll, Text("answer.other_question_todo"))
    further = cards.answers_beyond(poll, original.poll)
    if further:
        raise InputError(
            Text("answer.other_question", others=listed(further) if any(further) else Text("answer.anything")),
            Text("answer.other_question_todo"),
        )


def _check_labels(poll: Poll, earlier: Poll, todo: Text) -> None:
    """Check that no label has moved to another key, since answers to the earlier cards are read by their keys."""
    label = cards.moved_label(poll, earlier)
    if label:
        raise InputError(Text("answer.other_key", label=label), todo)


def _label(item: dict[str, str], key: str) -> str:
    return item[key] if is_template(item["label"]) else item["label"]
