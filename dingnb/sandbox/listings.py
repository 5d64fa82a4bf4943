"""Lists of what happened in the sandbox, as dictionaries for its control API and for tests."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from dingnb.clock import NS_PER_MS
from dingnb.sandbox.cards import Card
from dingnb.sandbox.media import Reference, references_in, robot_references_in
from dingnb.sandbox.records import newest

if TYPE_CHECKING:
    from dingnb.sandbox.state import SandboxState


def list_users(state: "SandboxState", limit: int | None = None) -> list[dict[str, Any]]:
    """Return the first `limit` people, including former staff; None returns all."""
    with state.lock:
        count = len(state.organisation) if limit is None else min(limit, len(state.organisation))
        people = map(state.organisation.person, range(count))
        departments = state.organisation.departments
        return [
            {
                "userid": person.userid,
                "name": person.name,
                "mobile": person.mobile,
                "department": departments[person.department_id].name if person.department_id in departments else "",
                "active": person.is_employed,
            }
            for person in people
        ]


def list_departments(state: "SandboxState") -> list[dict[str, Any]]:
    """Return all departments, with the number of people directly in each."""
    with state.lock:
        organisation = state.organisation
        return [
            {
                "dept_id": department.number,
                "name": department.name,
                "parent_id": department.parent,
                "people": len(organisation.members.in_department(department.number)),
            }
            for department in organisation.departments.values()
        ]


def list_messages(state: "SandboxState", limit: int | None = None) -> list[dict[str, Any]]:
    """Return the newest `limit` delivered messages, newest last; None returns all."""
    with state.lock:
        now_ns = state.time.now_ns()
        state.tasks.finish_due(now_ns)
        times = {task.done_ns: state.time.to_iso(task.done_ns) for task in state.tasks.finished()}
        media = {task.id: _media_in(state, references_in(task.body)) for task in state.tasks.finished()}
        return [
            {
                "userid": userid,
                "body": task.body,
                "task_id": task.id,
                "time": times[task.done_ns],
                "time_ms": task.done_ns // NS_PER_MS,
                "read": state.tasks.has_read(task, userid, now_ns),
                "recalled": task.recalled_ns is not None,
                **media[task.id],
            }
            for task, userid in state.tasks.messages(limit)
        ]


def list_calls(state: "SandboxState", limit: int | None = None) -> list[dict[str, Any]]:
    """Return the newest `limit` calls, newest last; None returns all."""
    with state.lock:
        return [
            {
                "method": call.method,
                "path": call.path,
                "time": state.time.to_iso(call.time_ns),
                "time_ms": call.time_ns // NS_PER_MS,
                "code": call.code,
                "people": call.people,
                "fault": call.fault,
            }
            for call in newest(state.calls, limit)
        ]


def list_cards(
    state: "SandboxState", limit: int | None = None, out_track_id: str = "", userid: str = ""
) -> list[dict[str, Any]]:
    """
    Return the newest `limit` cards, newest last, with what each person received and sees now.

    Args:
        state: The sandbox.
        limit: The maximum number of cards; None returns all.
        out_track_id: The only card to return; empty for all.
        userid: The person whose cards are returned, without the cards' other recipients; empty for all.
    """
    with state.lock:
        cards = state.cards.list_delivered_to(userid) if userid else state.cards.list_newest()
        cards = [card for card in cards if out_track_id in {"", card.out_track_id}]
        return [_card(state, card, userid) for card in newest(cards, limit)]


def _card(state: "SandboxState", card: Card, userid: str) -> dict[str, Any]:
    return {
        "out_track_id": card.out_track_id,
        "template_id": card.template_id,
        "callback_type": card.callback_type,
        "time": state.time.to_iso(card.created_ns),
        "time_ms": card.created_ns // NS_PER_MS,
        "public": card.public,
        "private": {owner: variables for owner, variables in card.private.items() if userid in {"", owner}},
        "updates": card.update_count,
        "deliveries": [
            {
                "userid": delivery.userid,
                "carrier_id": delivery.carrier_id,
                "time": state.time.to_iso(delivery.at_ns),
                "time_ms": delivery.at_ns // NS_PER_MS,
                "opened": delivery.opened_ns is not None,
                "received": delivery.variables,
                "shown": state.cards.visible_variables(card, delivery.userid),
            }
            for delivery in card.deliveries
            if userid in {"", delivery.userid}
        ],
    }


def list_presses(state: "SandboxState", limit: int | None = None) -> list[dict[str, Any]]:
    """Return the newest `limit` presses on cards, newest last; None returns all."""
    with state.lock:
        return [state.presses.to_json(press) for press in state.presses.list_newest(limit)]


def list_replies(state: "SandboxState", limit: int | None = None) -> list[dict[str, Any]]:
    """Return the newest `limit` replies of the robot, newest last; None returns all."""
    with state.lock:
        return [
            {
                "conversation_id": reply.session.conversation_id,
                "userid": reply.session.userid,
                "body": reply.body,
                "time": state.time.to_iso(reply.at_ns),
                "time_ms": reply.at_ns // NS_PER_MS,
                **_media_in(state, robot_references_in(reply.body)),
            }
            for reply in newest(state.sessions.replies, limit)
        ]


def list_uploads(state: "SandboxState") -> list[dict[str, Any]]:
    """Return all uploads, oldest first."""
    with state.lock:
        now_ns = state.time.now_ns()
        return [
            {
                **medium.to_json(),
                "time": state.time.to_iso(medium.uploaded_ns),
                "time_ms": medium.uploaded_ns // NS_PER_MS,
                "expired": state.media.state(medium.media_id, now_ns) == "expired",
            }
            for medium in state.media.all()
        ]


def _media_in(state: "SandboxState", references: Iterable[Reference]) -> dict[str, Any]:
    """Return the field ``media`` with the known files that a message refers to; an empty dict if there are none."""
    media = (state.media.find(reference.media_id) for reference in references)
    known_media = [medium.to_json() for medium in media if medium is not None]
    return {"media": known_media} if known_media else {}


def summarize(state: "SandboxState") -> dict[str, Any]:
    """Return the sandbox's id, size and seed, the app's public ids, all counts, and the time."""
    with state.lock:
        now_ns = state.time.now_ns()
        state.tasks.finish_due(now_ns)
        done = state.tasks.finished()
        return {
            "id": state.id,
            "app_key": state.settings.app_key,
            "agent_id": state.settings.agent_id,
            "corp_id": state.settings.corp_id,
            "seed": state.settings.seed,
            "users": len(state.organisation),
            "calls": len(state.calls),
            "calls_counted": state.call_usage.used_in_month(now_ns),
            "calls_per_month": state.settings.limits.calls_per_month,
            "throttled": state.throttled_count,
            "tasks": len(state.tasks),
            "messages": sum(len(task.delivered_userids) for task in done),
            "recalled": sum(len(task.delivered_userids) for task in done if task.recalled_ns is not None),
            "dropped": state.tasks.count_dropped(),
            "cards": len(state.cards),
            "card_deliveries": state.cards.delivery_count,
            "presses": len(state.presses),
            "stream_counted": state.presses.used_in_month(now_ns),
            "stream_per_month": state.settings.stream_pushes_per_month,
            "now": state.time.to_iso(now_ns),
            "now_ns": now_ns,
        }
