"""
What changes the state of a sandbox: noted by name as it happens, and done again by name from a journal.

An effect is a list: its name, and what it takes, as JSON. Doing the same effects in the same order at the same times
makes the same state, ids included, since everything in the sandbox follows from its settings and from them.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from dingnb.sandbox.calls import Call
from dingnb.sandbox.sessions import Session
from dingnb.sandbox.tasks import Addressees

if TYPE_CHECKING:
    from dingnb.sandbox.state import SandboxState


def repeat(state: "SandboxState", at_ns: int, effects: Iterable[list[Any]]) -> None:
    """
    Do effects again that were noted at a time.

    Raises:
        KeyError, TypeError, ValueError: They are none.
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
    state.tasks.accept(body, addressees, state.tasks.people_of(addressees), at_ns)


def _recall(state: "SandboxState", at_ns: int, task_id: int) -> None:
    task = state.tasks.find(task_id, at_ns)
    # A send of a month ago is no longer there.
    if task is not None:
        state.tasks.recall(task, at_ns)


_EFFECTS: Mapping[str, Callable[..., object]] = {
    "settle": lambda state, _at_ns, until_ns: state.tasks.settle(until_ns),
    "address": lambda state, at_ns, address: state.call_limits.ban(address, at_ns),
    "second": lambda state, at_ns, api_name: state.call_limits.admit_to_second(api_name, at_ns),
    "month": lambda state, at_ns: state.call_limits.admit_to_month(at_ns),
    "everybody": lambda state, at_ns: state.people_limits.admit_to_all(at_ns),
    "send": _send,
    "recall": _recall,
    "stall": lambda state, _at_ns, task_id: state.tasks.stall(task_id),
    "session": lambda state, _at_ns, *session: state.sessions.open(Session(*session)),
    "reply": lambda state, at_ns, session_id, body: state.sessions.say(session_id, body, at_ns),
    "missed": lambda state, _at_ns, *missed: state.callbacks.fail(*missed),
    "fetched": lambda state, _at_ns, until_ns: state.callbacks.fetch(until_ns),
    "token": lambda state, at_ns: state.tokens.issue(at_ns),
    "revoke": lambda state, _at_ns: state.tokens.revoke(),
    "request": lambda state, _at_ns, digest: state.count_request(bytes.fromhex(digest)),
    "call": lambda state, at_ns, throttled, *call: state.record(Call(at_ns, *call), throttled=throttled),
}
