"""Texts for choosing recipients from the directory."""

TRANSLATIONS: dict[str, tuple[str, str]] = {
    "directory_form.open": ("From the directory", "从通讯录选择"),
    "directory_form.close": ("Close the directory", "收起通讯录"),
    "directory_form.title": ("People from the directory", "从通讯录选择收件人"),
    "directory_form.hint": (
        (
            "Reading it does not count towards the monthly quota of API calls, except one call if the app does not see "
            "the whole organisation. It is kept in the ledger for a day."
        ),
        "读取通讯录不计入每月调用额度（应用看不到全企业时，有 1 次计入）；结果在账本中保留一天。",
    ),
    "directory_form.reading": ("Reading the directory …", "正在读取通讯录……"),
    "directory_form.cancel": ("Stop reading", "停止读取"),
    "directory_form.cancelled": ("Reading was stopped.", "已停止读取。"),
    "directory_form.cancelled_todo": (
        "The part read so far is kept; reading again continues from there.",
        "已读取的内容会保留，再次读取时从此处继续。",
    ),
    "directory_form.try_again": ("Read the directory", "读取通讯录"),
    "directory_form.refresh": ("Refresh", "重新读取"),
    "directory_form.age": ("{size} · read {age}", "{size} · {age}读取"),
    "directory_form.no_roles": ("Roles are not available: {why}", "无法按角色筛选：{why}"),
    "directory_form.lost_role": (
        "The chosen role is no longer available: all people of the chosen departments are chosen now.",
        "所选角色已不可用，现已选中所选部门的全部人员。",
    ),
    "directory_form.search": ("Search departments", "搜索部门"),
    "directory_form.search_hint": ("name or path", "名称或路径"),
    "directory_form.role": ("Role", "角色"),
    "directory_form.any_role": ("any", "不限"),
    "directory_form.active": ("DingTalk activated", "激活状态"),
    "directory_form.active_any": ("any", "不限"),
    "directory_form.active_yes": ("yes", "已激活"),
    "directory_form.active_no": ("no", "未激活"),
    "directory_form.below": ("Include sub-departments", "包含下级部门"),
    "directory_form.department": ("{name} · {size}", "{name} · {size}"),
    "directory_form.department_left_out": ("{name} · {size} · left out", "{name} · {size} · 已排除"),
    "directory_form.department_partly": ("{name} · {size} · partly chosen", "{name} · {size} · 部分已选"),
    "directory_form.show_below": ("▸ {n:,} below", "▸ 下级部门 {n:,}"),
    "directory_form.hide_below": ("▾ {n:,} below", "▾ 下级部门 {n:,}"),
    "directory_form.below_tip": ("Departments below {name}", "{name} 的下级部门"),
    "directory_form.no_departments": (
        "The app sees no departments. An administrator sets its contact scope in the developer console.",
        "应用看不到任何部门。请联系管理员在开发者后台设置应用的通讯录授权范围。",
    ),
    "directory_form.no_department_found": (
        "No department's name or path contains “{query}”.",
        "未找到名称或路径含“{query}”的部门。",
    ),
    "directory_form.chosen": ("Chosen: {people}", "已选 {people}"),
    "directory_form.role_of_departments": (
        "people of the chosen departments who have the role",
        "所选部门中具有该角色的人",
    ),
    "directory_form.added": ("added one by one: {n:,}", "单独添加 {n:,} 人"),
    "directory_form.removed": ("left out one by one: {n:,}", "单独排除 {n:,} 人"),
    "directory_form.people_sorted": ("Sorted by department and name.", "按部门和姓名排序。"),
    "directory_form.number": ("job number, phone", "工号、手机号"),
    "directory_form.status": ("status", "状态"),
    "directory_form.status_active": ("Activated", "已激活"),
    "directory_form.status_inactive": ("Not activated", "未激活"),
    "directory_form.search_people": ("Find a person to add or leave out", "查找要添加或排除的人员"),
    "directory_form.search_people_hint": ("name, userid, job number or department", "姓名、userid、工号或部门"),
    "directory_form.people_found": ("{people} found for “{query}”.", "“{query}”共找到 {people}。"),
    "directory_form.no_person_found": (
        "No one's name, userid, job number or department contains “{query}”.",
        "未找到姓名、userid、工号或部门含“{query}”的人员。",
    ),
    "directory_form.nobody": ("No one is chosen.", "尚未选择任何人。"),
    "directory_form.nobody_todo": (
        "Tick departments, choose a role, or find single people.",
        "请勾选部门、选择角色，或查找单个人员。",
    ),
    "directory_form.use": ("Use these {people}", "使用所选 {people}"),
    "directory_form.use_chosen": ("Use the chosen people", "使用所选人员"),
    "directory_form.clear": ("Clear", "清空"),
    "directory_form.used": ("Recipients: {people} from the directory.", "收件人为通讯录中的 {people}。"),
    "directory_form.used_before": (
        "The recipients are still the {people} chosen before, until you use another choice.",
        "收件人仍为之前选定的 {people}，使用新的选择后才会更换。",
    ),
    "directory_form.cleared": (
        "No one is chosen in the directory any more, but the recipients are still the {people} chosen before.",
        "通讯录中已不选任何人，但收件人仍为之前选定的 {people}。",
    ),
    "directory_form.cleared_todo": (
        "Choose others and use them, or click “{close}” to keep these recipients.",
        "请选择其他人并使用，或点“{close}”以保留这些收件人。",
    ),
    "directory_form.changed": (
        "The directory has changed: {people} now, {expected:,} when it was shown.",
        "通讯录有变化：此前显示 {expected:,} 人，现为 {people}。",
    ),
}
