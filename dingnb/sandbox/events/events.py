"""
Events: the data of each type, and how each channel formats them (docs/dingtalk.md, "Events").

An emitted event has the fields of its request; missing fields are generated from the organisation and its seed.
"""

import base64
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args
from uuid import UUID

from dingnb.sandbox.organisation import ROOT_DEPARTMENT, Organisation, Person, union_id

EventFormat = Literal["legacy", "console", "stream"]

EVENT_FORMATS: tuple[EventFormat, ...] = get_args(EventFormat)

# Events of these types keep the names of their fields in the legacy format; in other types, most names are capitalised.
_CAMEL_CASE_PREFIXES = ("bpms_", "hrm_", "workflow_")
_FLAT_PREFIXES = ("user_", "org_")
_FAILED_PAYLOAD_KEYS = {"bpms_": "bpmsCallBackData", "label_": "roleLabelChange"}
_LOWER_CASE_FIELDS = frozenset({"action", "scope", "name", "type"})


@dataclass(frozen=True, slots=True)
class Event:
    """
    One event.

    Attributes:
        type: The type, such as ``user_add_org``.
        id: The id, by which repeats are recognised.
        at_ms: The time of the event.
        corp_id: The organisation's id.
        data: The data in the format of Stream.
    """

    type: str
    id: str
    at_ms: int
    corp_id: str
    data: dict[str, Any]

    def format_as(self, event_format: EventFormat) -> dict[str, Any]:
        """Return the content of an HTTP callback in a format."""
        return _FORMATTERS[event_format](self)

    @property
    def failed_payload(self) -> dict[str, Any]:
        """The content of the event in the list of failed callbacks."""
        for prefix, name in _FAILED_PAYLOAD_KEYS.items():
            if self.type.startswith(prefix):
                return {name: self.data, "corpid": self.corp_id}
        if self.type.startswith(_FLAT_PREFIXES):
            return {**{name.lower(): value for name, value in self.data.items()}, "corpid": self.corp_id}
        return {"callbackData": self.data, "corpid": self.corp_id}

    @property
    def headers(self) -> dict[str, str]:
        """The headers of the event on Stream."""
        return {
            "eventType": self.type,
            "eventId": self.id,
            "eventCorpId": self.corp_id,
            "eventBornTime": str(self.at_ms),
        }


def compact_json(content: Mapping[str, Any]) -> str:
    """Return an object as JSON without blanks, as DingTalk sends it."""
    return json.dumps(content, ensure_ascii=False, separators=(",", ":"))


def _format_legacy(event: Event) -> dict[str, Any]:
    if event.type.startswith(_CAMEL_CASE_PREFIXES):
        return {"EventType": event.type, "corpId": event.corp_id, **event.data}
    data = {
        name if name in _LOWER_CASE_FIELDS else name[:1].upper() + name[1:]: value for name, value in event.data.items()
    }
    return {"EventType": event.type, "CorpId": event.corp_id, "TimeStamp": str(event.at_ms), **data}


def _format_console(event: Event) -> dict[str, Any]:
    envelope = {"EventType": event.type, "EventTime": event.at_ms, "CorpId": event.corp_id}
    return {**envelope, "BizId": event.id.upper(), "eventId": event.id, **event.data}


def _format_stream(event: Event) -> dict[str, Any]:
    return {**event.headers, **event.data}


_FORMATTERS: Mapping[EventFormat, Callable[[Event], dict[str, Any]]] = {
    "legacy": _format_legacy,
    "console": _format_console,
    "stream": _format_stream,
}


_PEOPLE_FIELDS = "timeStamp userId[]"
_CHAT_FIELDS = "timeStamp chatId corpId openConversationId operator operatorUnionId"
_APPROVAL_FIELDS = "processInstanceId processCode bizCategoryId businessId title type createTime staffId"
_ROBOT_FIELDS = "unionId userId robotCode openConversationId processQueryKey operatTime"
_TODO_FIELDS = "unionIdList[] bizTag taskId"
_FILE_FIELDS = "spaceId dentryId type unionId eventScope eventScopeId"

EVENT_FIELDS: Mapping[str, str] = {
    "user_add_org": _PEOPLE_FIELDS,
    "user_leave_org": _PEOPLE_FIELDS,
    "user_active_org": _PEOPLE_FIELDS,
    "user_modify_org": f"{_PEOPLE_FIELDS} diffInfo[]",
    "org_admin_add": _PEOPLE_FIELDS,
    "org_admin_remove": _PEOPLE_FIELDS,
    "org_dept_create": "timeStamp deptId[]",
    "org_dept_modify": "timeStamp deptId[]",
    "org_dept_remove": "timeStamp deptId[]",
    "org_change": "timeStamp",
    "org_remove": "timeStamp",
    "label_user_change": "timeStamp userIdList[] action labelIdList[]",
    "label_conf_add": "timeStamp scope labelIdList[]",
    "label_conf_modify": "timeStamp scope labelIdList[] postLabelList preLabelList",
    "label_conf_del": "timeStamp scope labelIdList[]",
    "contact_add_org": "userId name mobile stateCode companyName",
    "contact_modify_org": "userId name mobile stateCode companyName",
    "contact_leave_org": "userId",
    "chat_add_member": f"{_CHAT_FIELDS} unionId[] userId[]",
    "chat_remove_member": f"{_CHAT_FIELDS} unionId[] userId[]",
    "chat_quit": _CHAT_FIELDS,
    "chat_disband": _CHAT_FIELDS,
    "chat_update_owner": f"{_CHAT_FIELDS} owner",
    "chat_update_title": f"{_CHAT_FIELDS} title",
    "check_in": "timeStamp staffId",
    "bpms_instance_change": f"{_APPROVAL_FIELDS} url",
    "bpms_task_change": f"{_APPROVAL_FIELDS} taskId",
    "robot_msg_read": _ROBOT_FIELDS,
    "robot_msg_recall": _ROBOT_FIELDS,
    "todo_task_create": _TODO_FIELDS,
    "todo_task_update": _TODO_FIELDS,
    "todo_task_delete": _TODO_FIELDS,
    "storage_dentry_create": _FILE_FIELDS,
    "storage_dentry_update": _FILE_FIELDS,
    "storage_dentry_delete": _FILE_FIELDS,
    "attendance_check_record": "dataList[]",
    "hrm_user_record_change": "actionType staffId",
}
"""Fields of the event types that the sandbox can generate; a name with ``[]`` is a list."""

_FIELD_NAMES = {
    name.removesuffix("[]").lower(): name.removesuffix("[]") for row in EVENT_FIELDS.values() for name in row.split()
}
"""The names of fields in Stream by their lower-case form: a request may use legacy names, such as ``TimeStamp``."""


@dataclass(frozen=True, slots=True)
class EventSource:
    """
    The source of generated values.

    Attributes:
        organisation: The people of the organisation.
        corp_id: The organisation's id.
        app_key: The app key, which is also the robot code.
        digest: 16 bytes from which values are derived.
        at_ms: The time of the event in milliseconds since the epoch.
    """

    organisation: Organisation
    corp_id: str
    app_key: str
    digest: bytes
    at_ms: int

    @property
    def number(self) -> int:
        """A number below 2**48, derived from the digest."""
        return int.from_bytes(self.digest[:6])

    @property
    def person(self) -> Person:
        """Somebody still employed; person 0, who may not exist, if nobody is employed."""
        count = max(len(self.organisation), 1)
        people = (self.organisation.person((self.number + step) % count) for step in range(count))
        return next((person for person in people if person.is_employed), self.organisation.person(0))

    @property
    def department_id(self) -> int:
        """Id of a department of the organisation; the root's id if there are no departments."""
        ids = sorted(self.organisation.departments) or [ROOT_DEPARTMENT]
        return ids[self.number % len(ids)]


def conversation_id(digest: bytes) -> str:
    """Return an open conversation id derived from the first 16 bytes of a digest."""
    return "cid" + base64.b64encode(digest[:16]).decode()


def complete_event_data(event_type: str, fields: Mapping[str, Any], source: EventSource) -> dict[str, Any]:
    """
    Return an event's data: `fields` with their names in Stream, and generated values for missing fields.

    Nothing is generated for types outside `EVENT_FIELDS`.
    """
    data = {_FIELD_NAMES.get(name.lower(), name): value for name, value in fields.items()}
    generated = {}
    for listed_name in EVENT_FIELDS.get(event_type, "").split():
        name = listed_name.removesuffix("[]")
        if name not in data:
            value = _GENERATORS[name](source)
            generated[name] = [value] if name != listed_name else value
    return {**generated, **data}


def _generate_diff_info(source: EventSource) -> dict[str, Any]:
    person = source.person
    return {
        "prev": {"name": person.name},
        "curr": {"name": person.name, "workPlace": person.city},
        "userid": person.userid,
    }


def _generate_attendance_record(source: EventSource) -> dict[str, Any]:
    return {"userId": source.person.userid, "checkTime": source.at_ms, "checkByUser": True, "locationMethod": "MAP"}


_GENERATORS: Mapping[str, Callable[[EventSource], Any]] = {
    "action": lambda _: "add",
    "actionType": lambda _: "userInfoChange",
    "bizCategoryId": lambda _: "",
    "bizTag": lambda _: "todo",
    "businessId": lambda source: f"{source.at_ms}{source.number % 10**7:07d}",
    "chatId": lambda source: f"chat{source.digest.hex()}",
    "companyName": lambda _: "示例客户",
    "corpId": lambda source: source.corp_id,
    "createTime": lambda source: source.at_ms,
    "dataList": _generate_attendance_record,
    "dentryId": lambda source: str(source.number),
    "deptId": lambda source: source.department_id,
    "diffInfo": _generate_diff_info,
    "eventScope": lambda _: "ORG",
    "eventScopeId": lambda source: source.corp_id,
    "labelIdList": lambda source: source.number % 10**9,
    "mobile": lambda source: source.person.mobile,
    "name": lambda source: source.person.name,
    "openConversationId": lambda source: conversation_id(source.digest),
    "operatTime": lambda source: source.at_ms,
    "operator": lambda source: source.person.userid,
    "operatorUnionId": lambda source: union_id(source.person.userid),
    "owner": lambda source: source.person.userid,
    "postLabelList": lambda _: "[]",
    "preLabelList": lambda _: "[]",
    "processCode": lambda source: f"PROC-{UUID(bytes=source.digest)}".upper(),
    "processInstanceId": lambda source: str(UUID(bytes=source.digest)),
    "processQueryKey": lambda source: base64.b64encode(source.digest).decode(),
    "robotCode": lambda source: source.app_key,
    "scope": lambda _: "1",
    "spaceId": lambda source: str(source.number),
    "staffId": lambda source: source.person.userid,
    "stateCode": lambda _: "86",
    "taskId": lambda source: source.number,
    "timeStamp": lambda source: str(source.at_ms),
    "title": lambda source: f"{source.person.name}提交的审批",
    "type": lambda _: "start",
    "unionId": lambda source: union_id(source.person.userid),
    "unionIdList": lambda source: union_id(source.person.userid),
    "url": lambda source: f"https://aflow.dingtalk.com/dingtalk/mobile/homepage.htm?corpid={source.corp_id}",
    "userId": lambda source: source.person.userid,
    "userIdList": lambda source: source.person.userid,
}

_OTHER_TYPES = frozenset(
    {
        "attend_bossCheck_change",
        "attend_group_change",
        "attend_shift_change",
        "attendance_overtime_duration",
        "attendance_schedule_change",
        "blackboard_sent",
        "calendar_event_change",
        "chat_template_change",
        "exclusive_data_transfer",
        "hrm_mdm_user_change",
        "im_cool_app_install",
        "im_cool_app_uninstall",
        "leave_quota_update",
        "leave_record_change",
        "leave_rule_change",
        "user_dept_change",
        "user_role_change",
    }
)
_OTHER_PREFIXES = ("crm_", "edu_", "inner_app_", "live_", "meeting_", "org_micro_app_", "workflow_")
"""Prefixes of event types that are accepted without being listed."""


def is_event_type(text: str) -> bool:
    """
    Return whether DingTalk may have an event type of this name: the type or its family is listed here.

    >>> is_event_type("user_add_org"), is_event_type("user_added")
    (True, False)
    """
    return text in EVENT_FIELDS or text in _OTHER_TYPES or text.startswith(_OTHER_PREFIXES)
