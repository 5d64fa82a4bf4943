"""Which types of events a callback can be registered for; any other is 71008."""

from dingnb.sandbox.event_data import FIELDS

_OTHERS = frozenset(
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
# Families of which not every member is written down here.
_FAMILIES = ("crm_", "edu_", "inner_app_", "live_", "meeting_", "org_micro_app_", "workflow_")


def is_tag(text: str) -> bool:
    """
    Return whether there is such a type.

    >>> is_tag("user_add_org"), is_tag("user_added")
    (True, False)
    """
    return text in FIELDS or text in _OTHERS or text.startswith(_FAMILIES)
