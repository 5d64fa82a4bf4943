"""
Effects: named changes of a sandbox's state, recorded as they happen and replayed from a journal.

An effect is a list of its name and its arguments, as JSON. Replaying the same effects in the same order at the same
times gives the same state, including ids, because the state is derived only from the settings and the effects.
"""

from collections.abc import Callable, Iterable, Mapping
from itertools import starmap
from typing import TYPE_CHECKING, Any

from dingnb.sandbox.cards import CardChange
from dingnb.sandbox.presses import PlannedPress
from dingnb.sandbox.records import Call
from dingnb.sandbox.sessions import Session
from dingnb.sandbox.tasks import Addressees

if TYPE_CHECKING:
    from dingnb.sandbox.state import SandboxState


def replay(state: "SandboxState", at_ns: int, effects: Iterable[list[Any]]) -> None:
    """
    Replay effects recorded at a time.

    Raises:
        KeyError, TypeError, ValueError: An effect is invalid.
    """
    for name, *arguments in effects:
        _EFFECTS[name](state, at_ns, *arguments)


def _send(
    state: "SandboxState",
    at_ns: int,
    body: dict[str, Any],
    userids: list[str],
    department_ids: list[int],
    everybody: bool,  # noqa: FBT001 - by position in the journal
) -> None:
    addressees = Addressees(tuple(userids), tuple(department_ids), everybody)
    state.tasks.accept(body, addressees, state.tasks.expand(addressees), at_ns)


def _recall(state: "SandboxState", at_ns: int, task_id: int) -> None:
    task = state.tasks.find(task_id, at_ns)
    # The journal no longer contains a send that is older than a month.
    if task is not None:
        state.tasks.recall(task, at_ns)


_EFFECTS: Mapping[str, Callable[..., object]] = {
    "settle": lambda state, _at_ns, until_ns: state.tasks.finish_due(until_ns),
    "address": lambda state, at_ns, address: state.call_usage.admit_address(address, at_ns),
    "second": lambda state, at_ns, api_name: state.call_usage.admit_in_second(api_name, at_ns),
    "month": lambda state, at_ns: state.call_usage.admit_in_month(at_ns),
    "everybody": lambda state, at_ns: state.people_usage.admit_send_to_all(at_ns),
    "send": _send,
    "recall": _recall,
    "opened": lambda state, at_ns, *opened: state.tasks.open(*opened, at_ns),
    "upload": lambda state, at_ns, *medium: state.media.register(*medium, at_ns),
    "expire_media": lambda state, _at_ns, media_ids: state.media.expire(media_ids),
    "stall": lambda state, _at_ns, task_id: state.tasks.stall(task_id),
    "person": lambda state, _at_ns, userid, fields: state.organisation.change_person(userid, fields),
    "department": lambda state, _at_ns, *change: state.organisation.change_department(*change),
    "department_gone": lambda state, _at_ns, number: state.organisation.remove_department(number),
    "card_template": lambda state, _at_ns, *template: state.cards.set_template(*template),
    "card_route": lambda state, _at_ns, *route: state.cards.set_route(*route),
    "card": lambda state, at_ns, out_track_id, fields: state.cards.create(out_track_id, **fields, now_ns=at_ns),
    "card_delivered": lambda state, at_ns, *delivery: state.cards.deliver(*delivery, at_ns),
    "card_undelivered": lambda state, _at_ns, *delivery: state.cards.undo_deliveries(*delivery),
    "card_updated": lambda state, _at_ns, card, *change: state.cards.update(card, CardChange(*change)),
    "card_answered": lambda state, _at_ns, card, userid, *change: state.cards.answer(card, userid, CardChange(*change)),
    "card_opened": lambda state, at_ns, *opened: state.cards.open(*opened, at_ns),
    "presses": lambda state, _at_ns, planned: state.presses.plan(starmap(PlannedPress, planned)),
    "press_due": lambda state, at_ns, *outcome: state.presses.record_outcome(*outcome, at_ns),
    "press_answered": lambda state, at_ns, *answer: state.presses.record_answer(*answer, at_ns),
    "session": lambda state, _at_ns, *session: state.sessions.open(Session(*session)),
    "reply": lambda state, at_ns, session_id, body: state.sessions.add_reply(session_id, body, at_ns),
    "missed": lambda state, _at_ns, *missed: state.callbacks.add_failed(*missed),
    "fetched": lambda state, _at_ns, until_ns: state.callbacks.fetch(until_ns),
    "token": lambda state, at_ns: state.tokens.issue(at_ns),
    "revoke": lambda state, _at_ns: state.tokens.revoke(),
    "request": lambda state, _at_ns, digest: state.count_request(bytes.fromhex(digest)),
    "call": lambda state, at_ns, throttled, *call: state.record_call(Call(at_ns, *call), throttled=throttled),
}
