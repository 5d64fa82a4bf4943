"""Work notifications: send, progress, result, recall (docs/dingtalk.md, "Work notifications")."""

from collections.abc import Mapping
from typing import Any

from dingnb.messages.validation import find_faults
from dingnb.sandbox.apis import media
from dingnb.sandbox.state import SandboxState
from dingnb.sandbox.tasks import Addressees, Task
from dingnb.sandbox.web.request import Arguments
from dingnb.sandbox.web.responses import ERROR_TEXTS, RefusedError, Response, service_error, success, timeout_error

_DONE = 2


def send(state: SandboxState, arguments: Arguments, now_ns: int) -> Response:
    """Answer ``asyncsend_v2``: check and accept a send. `result` returns later who received the message."""
    settings = state.settings
    agent_id = arguments.number("agent_id")
    if agent_id is None:
        raise RefusedError(service_error("41011"))
    if agent_id != settings.agent_id:
        raise RefusedError(service_error(settings.bad_agent_code))
    addressees = _addressees(state, arguments)
    body = arguments.message("msg")
    _check_body(body, settings.limits.body_bytes)
    media.check_work_notification(state, body, now_ns)
    _check_status_bar(body, addressees, settings.limits.recipients_with_status_bar)
    userids = state.tasks.expand(addressees)
    if addressees.department_ids and not addressees.everybody and len(userids) > settings.people_per_send:
        raise RefusedError(service_error("41029"))
    if addressees.everybody and not state.people_usage.admit_send_to_all(now_ns):
        raise RefusedError(service_error("41045"))
    task = state.tasks.accept(body, addressees, userids, now_ns)
    return success(people=task.people, task_id=task.id)


def progress(state: SandboxState, arguments: Arguments, now_ns: int) -> Response:
    """Answer ``getsendprogress``."""
    task = _task(state, arguments, now_ns)
    status = state.tasks.status(task, now_ns)
    # Only the status codes are documented; the percentage is an assumption.
    return success(progress={"progress_in_percent": 50 * status, "status": status})


def result(state: SandboxState, arguments: Arguments, now_ns: int) -> Response:
    """Answer ``getsendresult``: each recipient of a task that is done, and was not recalled before, is in a list."""
    settings = state.settings
    task = _task(state, arguments, now_ns)
    if task.people > settings.limits.recipients_per_call:
        raise RefusedError(timeout_error() if settings.many_people_result_code == "15" else service_error("41052"))
    is_done = state.tasks.status(task, now_ns) == _DONE
    if not is_done and settings.early_result == "error":
        raise RefusedError(service_error("41052"))
    read = {userid for userid in task.delivered_userids if state.tasks.has_read(task, userid, now_ns)}
    lists: dict[str, list[Any]] = {
        "invalid_user_id_list": task.unknown_userids if is_done else [],
        "failed_user_id_list": list(task.failed_userids),
        "read_user_id_list": [userid for userid in task.delivered_userids if userid in read],
        "unread_user_id_list": [userid for userid in task.delivered_userids if userid not in read],
        "invalid_dept_id_list": task.unknown_department_ids if is_done else [],
        "forbidden_list": [
            {"code": dropped.code, "count": dropped.threshold, "userid": dropped.userid}
            for dropped in task.dropped_people
            if is_done
        ],
    }
    if settings.lists_forbidden_users:
        lists["forbidden_user_id_list"] = [dropped.userid for dropped in task.dropped_people if is_done]
    return Response({"errcode": 0, "send_result": lists})


def recall(state: SandboxState, arguments: Arguments, now_ns: int) -> Response:
    """Answer ``recall``, which recalls a whole task."""
    task_id = arguments.number("msg_task_id")
    task = None if task_id is None else state.tasks.find(task_id, now_ns)
    if task is None or arguments.number("agent_id") != state.settings.agent_id:
        raise RefusedError(service_error("400002"))
    state.tasks.recall(task, now_ns)
    return success()


def _task(state: SandboxState, arguments: Arguments, now_ns: int) -> Task:
    task_id = arguments.number("task_id")
    if task_id is None or arguments.number("agent_id") != state.settings.agent_id:
        raise RefusedError(service_error("40035", "task_id, agent_id"))
    task = state.tasks.find(task_id, now_ns)
    if task is None:
        raise RefusedError(service_error("40035", "task_id"))
    return task


def _addressees(state: SandboxState, arguments: Arguments) -> Addressees:
    settings = state.settings
    userids = arguments.items("userid_list")
    department_ids = arguments.comma_separated_numbers("dept_id_list")
    everybody = arguments.flag("to_all_user")
    if not (userids or department_ids or everybody):
        raise RefusedError(service_error(settings.no_receiver_code))
    limit = settings.limits.recipients_per_call
    if len(userids) > limit:
        if settings.excess_recipients == "error":
            raise RefusedError(service_error("40032"))
        userids = userids[:limit]
    if len(department_ids) > settings.departments_per_call:
        raise RefusedError(service_error("40066"))
    return Addressees(userids, department_ids, everybody)


def _check_status_bar(body: Mapping[str, Any], addressees: Addressees, max_userids: int) -> None:
    if body["msgtype"] != "oa" or "status_bar" not in body["oa"]:
        return
    if len(addressees.userids) > max_userids or addressees.department_ids or addressees.everybody:
        # The refusal is documented; the code is an assumption.
        raise RefusedError(service_error("40032", "oa.status_bar"))


def _check_body(body: Mapping[str, Any], body_bytes: int) -> None:
    try:
        faults = find_faults(body, body_bytes=body_bytes)
    except (UnicodeEncodeError, RecursionError):
        raise RefusedError(service_error("34014")) from None
    for fault in faults:
        if fault.is_refused:
            raise RefusedError(service_error(fault.code if fault.code in ERROR_TEXTS else "34014", fault.field))
