"""Sample data for every event type in docs/dingtalk.md, in the format of Stream."""

import json
from typing import Any

from dingnb.sandbox.events.events import EVENT_FIELDS, EventSource, complete_event_data
from dingnb.sandbox.organisation import Organisation

CORP = "dingcorp0001"
AT_MS = 1_764_032_400_123
"""25 November 2025, 09:00 in Beijing."""

_SOURCE = EventSource(Organisation(300, seed=1), CORP, "dingapp", bytes(range(16)), AT_MS)

_APPROVAL = {
    "processInstanceId": "p-1",
    "processCode": "PROC-1",
    "bizCategoryId": "",
    "businessId": "202112281713000090163",
    "title": "[通知] 赵云提交的审批任务",
    "result": "agree",
    "type": "finish",
    "staffId": "u1",
    "createTime": AT_MS - 9_000,
}

_OTHERS: dict[str, dict[str, Any]] = {
    "bpms_task_change": {**_APPROVAL, "finishTime": AT_MS, "taskId": 72062030325, "remark": "好"},
    "workflow_instance_change_broadcast": {**_APPROVAL, "finshTime": AT_MS},
    "workflow_task_change_directed": {**_APPROVAL, "finshTime": str(AT_MS), "taskId": 1234567890123456789},
    "workflow_form_change": {
        "formCode": "f",
        "appUuid": "a",
        "appIds": ["1"],
        "appType": 1,
        "resource": "r",
        "type": "t",
        "name": "请假",
        "corpId": CORP,
        "bizCategoryId": "b",
        "creatorUserId": "c",
        "modifierUserId": "m",
        "createTime": AT_MS,
        "modifyTime": AT_MS,
    },
    "user_role_change": {"userid": "u1", "name": "张三", "isAdmin": True, "isBoss": False, "roles": [{"id": 1}]},
    "user_dept_change": {"userid": "u1", "name": "张三", "department": [1, 2], "jobNumber": "0012"},
    "contact_add_org": {
        "userId": "u1",
        "name": "张三",
        "mobile": "13900000000",
        "stateCode": "86",
        "companyName": "示例",
        "labelIds": [1],
        "followerUserId": "u2",
        "shareDeptIds": [1],
        "shareUserIds": ["u3"],
    },
    "chat_template_change": {
        "templateId": "t",
        "status": 1,
        "changedTimeStamp": AT_MS,
        "openConversationId": "cid1",
        "operator": "u9",
    },
    "im_cool_app_install": {
        "coolAppCode": "c",
        "robotCode": "r",
        "openConversationId": "cid1",
        "openConversationCorpId": CORP,
        "operator": "u9",
        "operateTime": AT_MS,
    },
    "attend_group_change": {"corpid": CORP, "name": "早班", "action": "add", "id": 5},
    "attend_bossCheck_change": {"workDate": AT_MS, "action": "a", "planId": "1", "userId": "u1"},
    "attendance_overtime_duration": {"dataList": [{"userId": "u1", "duration": 1.5}, {"userId": "u2"}]},
    "leave_quota_update": {"userId": "u1", "action": "update"},
    "calendar_event_change": {
        "calendarEventId": "e",
        "calendarId": "primary",
        "unionIdList": ["x"],
        "changeType": "created",
        "operator": "u9",
    },
    "blackboard_sent": {
        "blackboardId": "b",
        "blackboardType": "1",
        "receivers": {"staffIds": ["u1", "u2"], "deptIds": [1]},
        "categoryId": "c",
        "categoryName": "公告",
        "unionId": "x",
    },
    "live_start": {"liveId": "l", "unionId": "x"},
    "meeting_start": {"openConfModel": {"title": "周会"}, "extension": json.dumps({"a": [1]})},
    "hrm_mdm_user_change": {"changeType": "a", "staffId": "u1"},
    "inner_app_status_change": {"appId": "1", "operatorUnionId": "x", "status": 1},
    "exclusive_data_transfer": {"userId": "u1", "success": True},
    "something_nobody_knows": {"newThing": {"a": 1}, "userId": ["u1"]},
}

SHAPES: dict[str, dict[str, Any]] = {
    kind: {"timeStamp": str(AT_MS), **data}
    for kind, data in ({kind: complete_event_data(kind, {}, _SOURCE) for kind in EVENT_FIELDS} | _OTHERS).items()
}
"""The data by type; each has a time, as most events do."""
