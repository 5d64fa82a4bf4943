"""Texts of the directory: people, departments and roles."""

TRANSLATIONS: dict[str, tuple[str, str]] = {
    # The English headings are the names of the columns in DataFrames.
    "directory.column_userid": ("userid", "userid"),
    "directory.column_name": ("name", "姓名"),
    "directory.column_mobile": ("mobile", "手机号"),
    "directory.column_department": ("department", "部门"),
    "directory.column_departments": ("departments", "所有部门"),
    "directory.column_title": ("title", "职位"),
    "directory.column_job_number": ("job_number", "工号"),
    "directory.column_email": ("email", "邮箱"),
    "directory.column_manager": ("manager", "主管 userid"),
    "directory.column_active": ("active", "已激活"),
    "directory.column_hired_date": ("hired_date", "入职日期"),
    "directory.column_unionid": ("unionid", "unionid"),
    "directory.reading": ("Reading the directory: {n} of {departments}", "正在读取通讯录：已读 {n}，共 {departments}"),
    "directory.reading_kept": ("Reading the stored directory: {people}", "正在读取已保存的通讯录：{people}"),
    "directory.reading_each": ("Comparing names: {n} of {people} read", "正在核对姓名：已读 {n}，共 {people}"),
    "directory.reading_logins": (
        "Reading logins: {calls} made, which count towards the monthly quota",
        "正在读取登录记录：已用 {calls}，计入每月调用额度",
    ),
    "directory.logins_read": (
        "Logins read with {calls}, which count towards the monthly quota",
        "已读取登录记录，用 {calls}，计入每月调用额度",
    ),
    "directory.not_counted": ("these calls do not count towards the monthly quota", "不计入每月调用额度"),
    "directory.counted": ("counted in the monthly quota: {calls}", "其中 {calls}计入每月调用额度"),
    "directory.interrupted": (
        "Interrupted before everything was read. Run the cell again to read the rest.",
        "已中断，尚未全部读取。再次运行此单元格即可读取其余部分。",
    ),
    "look_up.interrupted": (
        "Interrupted. {progress}; these are kept. Run the cell again to look up the others.",
        "已中断。{progress}，已保存。再次运行此单元格即可查询其余号码。",
    ),
    "directory.cached": (
        "cached from {age}; {again} reads them again",
        "{age}的缓存；{again} 可重新读取",
    ),
    "directory.found_of": ("{n:,} of {people} found", "{people}中找到 {n:,} 人"),
    "directory.calls": (
        "read now with {calls}, not counted in the monthly quota",
        "已读取，用 {calls}，不计入每月调用额度",
    ),
    "directory.calls_counted": (
        "read now with {calls}, of which the monthly quota counts {counted:,}",
        "已读取，用 {calls}，其中 {counted:,} 次计入每月调用额度",
    ),
    "directory.path": ("{path} ({id})", "{path}（{id}）"),
    "directory.several": (
        "{n} departments are named {name!r}: {paths}.",
        "有 {n} 个部门名为 {name!r}：{paths}。",
    ),
    "directory.several_todo": (
        "Use the path or the ID of the one that you mean, or a list of several.",
        "请改用路径或部门 ID，或用列表给出多个部门。",
    ),
    "directory.no_department": ("There is no department {name!r}.", "没有部门 {name!r}。"),
    "directory.near_todo": (
        "Similar ones: {paths}. ding.departments() lists all that the app sees; refresh=True reads them again.",
        "相近的部门：{paths}。ding.departments() 列出应用可见的所有部门；refresh=True 可重新读取。",
    ),
    "directory.none_todo": (
        "ding.departments() lists all that the app sees; refresh=True reads them again.",
        "ding.departments() 列出应用可见的所有部门；refresh=True 可重新读取。",
    ),
    "directory.people_by_name_todo": (
        'To find people by name, use ding.match(frame, by="name").',
        '按姓名查找人员请用 ding.match(frame, by="name")。',
    ),
    "directory.several_roles": ("{n} roles are named {name!r}: {roles}.", "有 {n} 个角色名为 {name!r}：{roles}。"),
    "directory.several_roles_todo": (
        'Use the group and the name, such as "Group/Role", or the ID.',
        "请使用“角色组/角色”或角色 ID。",
    ),
    "directory.no_role": ("There is no role {name!r}.", "没有角色 {name!r}。"),
    "directory.no_role_todo": (
        "Roles: {roles}. ding.roles() lists all; refresh=True reads them again.",
        "现有角色：{roles}。ding.roles() 列出全部；refresh=True 可重新读取。",
    ),
    "directory.everybody": (
        "people() was called without a department or a role.",
        "people() 未指定部门或角色。",
    ),
    "directory.everybody_todo": (
        "Pass department=... or role=...; for all people that the app sees: everybody=True.",
        "请指定 department=... 或 role=...；如需应用可见的所有人：everybody=True。",
    ),
    "directory.everybody_and_filter": (
        "everybody=True cannot be combined with department= or role=.",
        "everybody=True 不能与 department= 或 role= 同时使用。",
    ),
    "directory.everybody_and_filter_todo": ("Pass one of them.", "请只保留其一。"),
    "directory.empty_filter": ("{argument}= is empty or None.", "{argument}= 为空或 None。"),
    "directory.bad_filter": (
        "{argument}= contains {value}, which is neither a name nor an ID.",
        "{argument}= 中的 {value} 不是名称，也不是 ID。",
    ),
    "directory.bad_filter_todo": (
        "Pass a name, a path, an ID, or a list of these. An empty filter never means everybody.",
        "请给出名称、路径、ID 或它们的列表。空的筛选条件不会被当作全员。",
    ),
    "directory.too_many_values": (
        "{argument}= has more than {most} values.",
        "{argument}= 中的值超过 {most} 个。",
    ),
    "directory.too_many_values_todo": (
        "Pass a list of those that you need.",
        "请只传入所需值的列表。",
    ),
    "directory.bad_field": ("fields= contains {value}.", "fields= 中的 {value} 无效。"),
    "directory.bad_field_todo": ("Pass a list of these: {fields}.", "请从以下列中选择并写成列表：{fields}。"),
    "directory.no_permission": (
        "The app cannot see anyone's {column} here; it probably lacks the permission {permission}.",
        "应用看不到这些人的 {column}：很可能未开通权限 {permission}。",
    ),
    "directory.not_filled_in": (
        "These columns are empty: {columns}. They are not filled in, or the app may not see them.",
        "以下各列均为空：{columns}。可能未填写，或应用无权查看。",
    ),
    "directory.active_unknown": (
        "Left out: {people}. The app may not see whether they have activated DingTalk.",
        "已略去 {people}：应用无权查看其是否已激活钉钉。",
    ),
    "directory.permission_todo": (
        "Ask an administrator to grant the app the permission {permission} in the developer console.",
        "请联系管理员在开发者后台为应用开通权限 {permission}。",
    ),
    "directory.gone": (
        "Departments that were deleted during reading or could not be read: {departments}.",
        "读取期间已删除或无法读取的部门：{departments}。",
    ),
    "directory.twice": (
        "Departments listed in a second place, which was ignored: {departments}.",
        "重复出现在其他位置的部门（已忽略）：{departments}。",
    ),
    "directory.unlisted": (
        "Not shown to the app in these departments: {people}, outside its scope or recently departed.",
        "另有 {people}不对应用显示：不在授权范围内，或刚刚离职。",
    ),
    "directory.not_kept": (
        "The ledger cannot be written, so this data is kept only until the connection is closed.",
        "账本无法写入：以上内容仅在本次连接中保留。",
    ),
    "directory.other_name": ("other name in the directory", "通讯录中的姓名（与名单不同）"),
    "directory.named_in_list": ("{name} (“{listed}” in the list)", "{name}（名单中为“{listed}”）"),
    "directory.no_scope": (
        "DingTalk shows the app neither departments nor people.",
        "钉钉未向应用开放任何部门或人员。",
    ),
    "directory.no_scope_todo": (
        "Ask an administrator to set the app's contact scope in the developer console.",
        "请联系管理员在开发者后台设置应用的通讯录授权范围。",
    ),
    "directory.repeating": (
        "DingTalk keeps returning the same page of the department {name!r}.",
        "钉钉反复返回部门 {name!r} 的同一页。",
    ),
    "directory.repeating_logins": (
        "DingTalk keeps returning the same page of logins.",
        "钉钉反复返回登录记录的同一页。",
    ),
    "directory.repeating_roles": (
        "DingTalk keeps returning the same page of roles.",
        "钉钉反复返回角色的同一页。",
    ),
    "directory.repeating_role": (
        "DingTalk keeps returning the same page of the people with the role {name!r}.",
        "钉钉反复返回角色 {name!r} 的同一页人员。",
    ),
}
