"""Texts for ``dingnb doctor``."""

TRANSLATIONS: dict[str, tuple[str, str]] = {
    "doctor.title": ("dingnb doctor", "dingnb doctor 环境检查"),
    "doctor.ok": ("ok", "正常"),
    "doctor.note": ("note", "提示"),
    "doctor.warning": ("warning", "注意"),
    "doctor.problem": ("PROBLEM", "问题"),
    "doctor.no_problem": (
        "No problems found. This report contains no secrets and can be pasted into a bug report.",
        "未发现问题。本报告不含任何密钥，可直接附在问题反馈中。",
    ),
    "doctor.problems": (
        "Problems to fix: {n}. This report contains no secrets and can be pasted into a bug report.",
        "需要解决的问题：{n} 个。本报告不含任何密钥，可直接附在问题反馈中。",
    ),
    "doctor.calls": (
        (
            "Asking DingTalk, as the app {app}: up to {n} calls, {counted} of which count towards the month's quota. "
            "They only read; nobody gets a message. --offline omits them."
        ),
        (
            "正在以应用 {app} 查询钉钉：最多 {n} 次调用，其中 {counted} 次计入当月额度。只读取信息，不会向任何人发消息"
            "。加上 --offline 可跳过。"
        ),
    ),
    "doctor.python": ("Python", "Python"),
    "doctor.packages": ("Packages", "依赖包"),
    "doctor.extras": ("Optional packages", "可选依赖"),
    "doctor.settings": ("Settings", "设置"),
    "doctor.home": ("Folder", "文件夹"),
    "doctor.ledger": ("Ledger", "账本"),
    "doctor.keyring": ("Keyring", "系统钥匙串"),
    "doctor.credentials": ("Credentials", "应用凭证"),
    "doctor.agent_id": ("Agent id", "AgentId"),
    "doctor.proxy": ("Proxy", "代理"),
    "doctor.network": ("Network", "网络"),
    "doctor.token": ("Token", "access token"),
    "doctor.clock": ("Clock", "系统时间"),
    "doctor.scope": ("Contact scope", "通讯录范围"),
    "doctor.lookup": ("Look up phone numbers", "按手机号查人"),
    "doctor.departments": ("Read departments", "读取部门"),
    "doctor.people": ("Read people", "读取成员"),
    "doctor.names": ("Check names", "核对姓名"),
    "doctor.logins": ("Check logins", "核对登录"),
    "doctor.cards": ("Cards", "互动卡片"),
    "doctor.sending": ("Sending", "发送"),
    "doctor.quota": ("Calls this month", "本月调用"),
    "doctor.python_found": ("{version} on {system}", "{version}，{system}"),
    "doctor.packages_found": ("dingnb {version}; {names}", "dingnb {version}；{names}"),
    "doctor.packages_wrong": ("dingnb {version}; not suitable: {names}", "dingnb {version}；不符合要求：{names}"),
    "doctor.packages_none": ("dingnb is not installed as a package", "dingnb 不是以包的形式安装的"),
    "doctor.packages_todo": (
        "Reinstall dingnb in this environment: python -m pip install --upgrade dingnb",
        "请在当前环境中重新安装：python -m pip install --upgrade dingnb",
    ),
    "doctor.package_is": ("{name} {version}", "{name} {version}"),
    "doctor.package_missing": ("{name} is missing", "缺少 {name}"),
    "doctor.package_wants": ("{name} {version} instead of {wanted}", "{name} {version}（需要 {wanted}）"),
    "doctor.extras_found": ("{names}", "{names}"),
    "doctor.extras_none": ("none installed", "均未安装"),
    "doctor.extras_todo": (
        'Missing: {names}. Charts, `dingnb app` and the notebook hosts need them: pip install "dingnb[lab]"',
        '未安装：{names}。图表、`dingnb app` 和 notebook 环境需要它们：pip install "dingnb[lab]"',
    ),
    "doctor.home_found": ("{path}, {free} free", "{path}，剩余空间 {free}"),
    "doctor.home_later": ("{path}, created on first use; {free} free", "{path}，首次使用时创建；剩余空间 {free}"),
    "doctor.home_full": ("{path} has only {free} left", "{path} 仅剩 {free}"),
    "doctor.home_full_todo": (
        "Free some space: if the ledger cannot be written, nothing is sent.",
        "请清理磁盘：账本无法写入时不会发送。",
    ),
    "doctor.ledger_found": ("{campaigns}, {size}", "{campaigns}，{size}"),
    "doctor.ledger_shared": ("a database that a team shares; {campaigns}", "团队共用的数据库；{campaigns}"),
    "doctor.ledger_none": ("none yet; the first send creates it", "尚无；首次发送时创建"),
    "doctor.ledger_gone": (
        "{path} is missing, although messages were sent with it from this computer",
        "{path} 不存在，但本机曾用它发送过消息",
    ),
    "doctor.settings_found": ("durations and operator are valid", "各项时长和操作人有效"),
    "doctor.keyring_found": ("saved apps: {n}", "已保存的应用：{n} 个"),
    "doctor.credentials_found": ("app {app}, {origin}", "应用 {app}，{origin}"),
    "doctor.no_credentials_todo": (
        "Without an app only the sandbox can be used. {todo}",
        "没有应用凭证时只能使用沙箱。{todo}",
    ),
    "doctor.agent_found": ("{agent_id}; only sending can verify it", "{agent_id}；只有实际发送才能验证"),
    "doctor.agent_none": ("missing; nothing can be sent without it", "缺失；没有它无法发送"),
    "doctor.agent_todo": (
        (
            "Copy it from the app's page in DingTalk's developer console into DINGTALK_AGENT_ID, or for a saved app "
            "into dingnb.login(), and save it again."
        ),
        (
            "请从钉钉开发者后台的应用页面复制，并设置 DINGTALK_AGENT_ID；已保存的应用请在 dingnb.login() 中填写后重新"
            "保存。"
        ),
    ),
    "doctor.proxy_none": ("none", "无"),
    "doctor.proxy_found": ("used, as set by {names}", "使用中，由 {names} 设置"),
    "doctor.network_found": ("{hosts} answered", "{hosts} 有响应"),
    "doctor.token_found": ("DingTalk accepts the app key and secret", "钉钉接受该应用的凭证"),
    "doctor.clock_found": ("agrees with DingTalk's", "与钉钉一致"),
    "doctor.clock_unknown": ("DingTalk's answers had no usable time", "钉钉的响应中没有可用的时间"),
    "doctor.clock_behind": ("{gap} behind DingTalk's", "比钉钉慢 {gap}"),
    "doctor.clock_ahead": ("{gap} ahead of DingTalk's", "比钉钉快 {gap}"),
    "doctor.clock_todo": (
        "Turn on automatic time setting. Sending uses DingTalk's time, but callbacks are checked by this clock.",
        "请打开系统的自动校时。发送以钉钉时间为准，但校验回调时使用本机时间。",
    ),
    "doctor.scope_all": ("the whole organisation", "全企业"),
    "doctor.scope_part": ("{departments} and {people}", "{departments}和 {people}"),
    "doctor.scope_none": ("empty: the app sees nobody", "为空：应用看不到任何人"),
    "doctor.scope_none_todo": (
        "Set the app's contact scope (通讯录权限范围) in the developer console; otherwise nobody is found.",
        "请在开发者后台设置应用的通讯录权限范围，否则无法查到手机号和成员。",
    ),
    "doctor.granted": ("granted ({permission})", "已开通（{permission}）"),
    "doctor.missing": ("not granted: {permission}", "未开通：{permission}"),
    "doctor.missing_todo": (
        "Only if you need it: grant {permission} to the app in the developer console. Needed for {use}",
        "如需使用：请在开发者后台为应用开通 {permission}。用途：{use}",
    ),
    "doctor.lookup_use": ('plan(to="mobile").', 'plan(to="mobile")。'),
    "doctor.departments_use": ("people(), departments(), roles().", "people()、departments()、roles()。"),
    "doctor.people_use": ("people(), match().", "people()、match()。"),
    "doctor.names_use": ('plan(check="name").', 'plan(check="name")。'),
    "doctor.logins_use": ('plan(check="login").', 'plan(check="login")。'),
    "doctor.unchecked": ("not checked: {why}", "未检查：{why}"),
    "doctor.ledger_first": (
        "calls are counted in the ledger, so its problem has to be fixed first",
        "调用次数记录在账本中，请先解决账本的问题",
    ),
    "doctor.no_scope": ("the contact scope is empty or unknown", "通讯录范围为空或未知"),
    "doctor.cards_found": (
        "need {permission}; only a card that is sent, such as by plan.test() to yourself, verifies it",
        "需要 {permission}；只有实际发出卡片（如用 plan.test() 发给自己）才能验证",
    ),
    "doctor.sending_found": (
        "every app may send; only a message that is sent, such as by plan.test() to yourself, verifies it",
        "应用默认可发送工作通知；只有实际发送（如用 plan.test() 发给自己）才能验证",
    ),
    "doctor.quota_found": (
        "{used:,} of {limit:,} counted by this ledger; other programs use the same quota",
        "本账本已计 {used:,} / {limit:,} 次；其他程序共用同一额度",
    ),
    "doctor.quota_todo": (
        "Plan the remaining sends: one call reaches up to {people} with the same text. DingTalk sells more calls.",
        "请安排好余下的发送：内容相同时，一次调用最多可发给 {people}。也可向钉钉购买额度。",
    ),
}
