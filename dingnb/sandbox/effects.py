"""
Effects: named changes of a sandbox's state, recorded as they happen and replayed from a journal.

An effect is a list of its name, an imperative, and its arguments, as JSON. Replaying the same effects in the same order
at the same times gives the same state, including ids, because the state is derived only from the settings and the
effects.
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

REPLAY_ERRORS = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
"""The errors of effects that are damaged or come from another program."""


def replay(state: "SandboxState", at_ns: int, effects: Iterable[list[Any]]) -> None:
    """
    Replay effects recorded at a time.

    Raises:
        Exception: An effect is invalid; one of `REPLAY_ERRORS`.
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
    "finish_due_tasks": lambda state, _at_ns, until_ns: state.tasks.finish_due(until_ns),
    "admit_address": lambda state, at_ns, address: state.call_usage.admit_address(address, at_ns),
    "admit_in_second": lambda state, at_ns, api_name: state.call_usage.admit_in_second(api_name, at_ns),
    "admit_in_month": lambda state, at_ns: state.call_usage.admit_in_month(at_ns),
    "admit_send_to_all": lambda state, at_ns: state.people_usage.admit_send_to_all(at_ns),
    "send_message": _send,
    "recall_message": _recall,
    "open_task": lambda state, at_ns, *opened: state.tasks.open(*opened, at_ns),
    "upload_medium": lambda state, at_ns, *medium: state.media.register(*medium, at_ns),
    "expire_media": lambda state, _at_ns, media_ids: state.media.expire(media_ids),
    "stall_task": lambda state, _at_ns, task_id: state.tasks.stall(task_id),
    "change_person": lambda state, _at_ns, userid, fields: state.organisation.change_person(userid, fields),
    "change_department": lambda state, _at_ns, *change: state.organisation.change_department(*change),
    "remove_department": lambda state, _at_ns, number: state.organisation.remove_department(number),
    "set_card_template": lambda state, _at_ns, *template: state.cards.set_template(*template),
    "set_card_route": lambda state, _at_ns, *route: state.cards.set_route(*route),
    "create_card": lambda state, at_ns, out_track_id, fields: state.cards.create(out_track_id, **fields, now_ns=at_ns),
    "deliver_card": lambda state, at_ns, *delivery: state.cards.deliver(*delivery, at_ns),
    "undo_card_deliveries": lambda state, _at_ns, *delivery: state.cards.undo_deliveries(*delivery),
    "update_card": lambda state, _at_ns, card, *change: state.cards.update(card, CardChange(*change)),
    "answer_card": lambda state, _at_ns, card, userid, *change: state.cards.answer(card, userid, CardChange(*change)),
    "open_card": lambda state, at_ns, *opened: state.cards.open(*opened, at_ns),
    "plan_presses": lambda state, _at_ns, planned, *number: state.presses.plan(starmap(PlannedPress, planned), *number),
    "record_press_outcome": lambda state, at_ns, *outcome: state.presses.record_outcome(*outcome, at_ns),
    "record_press_answer": lambda state, at_ns, *answer: state.presses.record_answer(*answer, at_ns),
    "open_session": lambda state, _at_ns, *session: state.sessions.open(Session(*session)),
    "add_reply": lambda state, at_ns, session_id, body: state.sessions.add_reply(session_id, body, at_ns),
    "add_failed_callback": lambda state, _at_ns, *missed: state.callbacks.add_failed(*missed),
    "fetch_failed_callbacks": lambda state, _at_ns, until_ns: state.callbacks.fetch(until_ns),
    "issue_token": lambda state, at_ns: state.tokens.issue(at_ns),
    "revoke_tokens": lambda state, _at_ns: state.tokens.revoke(),
    "count_request": lambda state, _at_ns, digest: state.count_request(bytes.fromhex(digest)),
    "record_call": lambda state, at_ns, throttled, *call: state.record_call(Call(at_ns, *call), throttled=throttled),
}
