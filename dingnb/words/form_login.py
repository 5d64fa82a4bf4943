"""Texts for the login form."""

TRANSLATIONS: dict[str, tuple[str, str]] = {
    "login.open": ("Connect an app", "连接应用"),
    "login.failed": ("Connection failed", "连接失败"),
    "login.checking": ("Checking with DingTalk …", "正在向钉钉核实……"),
    "login.connected": ("Connected: app {key}, {origin}, {visible}", "已连接：应用 {key}，{origin}，{visible}"),
    "login.nothing_known": (
        (
            "No app is set up yet. Enter the app that sends: its page in DingTalk's developer console "
            "(open-dev.dingtalk.com), where an administrator can create one, has all three values. Without an app, try "
            "the sandbox, which sends no real messages."
        ),
        (
            "尚未设置应用。请填写用于发送的应用：以下三项见钉钉开发者后台（open-dev.dingtalk.com）的应用页面；"
            "没有应用时，请管理员创建。也可先使用沙箱试用，不会真实发送。"
        ),
    ),
    "login.choose": ("Choose a saved profile, or enter an app.", "请选择已保存的配置，或填写应用凭证。"),
    "login.still": (
        "App {key} stays connected until you try another one.",
        "在您尝试连接其他应用之前，应用 {key} 保持连接。",
    ),
    "login.token": ("Token", "Token"),
    "login.token_accepted": ("obtained: app key and secret are valid", "已获取：AppKey 和 AppSecret 有效"),
    "login.visible": ("Visible people", "可见范围"),
    "login.visible_people": ("{people} visible", "可见 {people}"),
    "login.visible_everybody": ("whole organisation visible", "可见整个企业"),
    "login.visible_departments": ("{departments} visible", "可见 {departments}"),
    "login.visible_departments_and_people": (
        "{departments} and {people} visible",
        "可见 {departments}和另外 {people}",
    ),
    "login.visible_nobody": ("no people visible", "无可见人员"),
    "login.visible_unknown": ("visible people unknown", "可见人员未知"),
    "login.nobody_todo": (
        (
            "The app cannot see anyone, so it cannot reach anyone. An administrator sets its contact scope (通讯"
            "录权限范围) in the DingTalk developer console."
        ),
        "应用看不到任何人，因此无法触达任何人。请管理员在钉钉开发者后台为应用设置通讯录权限范围。",
    ),
    "login.agent_id": ("Agent ID", "AgentId"),
    "login.agent_id_unproved": (
        "{agent_id}, not verified yet: only sending verifies it",
        "{agent_id}，尚未验证：只有实际发送才能验证",
    ),
    "login.agent_id_missing": ("none: lookups and previews work, sending needs it", "未填：可以查人和预览，发送时必填"),
    "login.kept": ("Saved", "已保存"),
    "login.kept_as": ("as {name}, in this computer's keyring", "配置 {name}，保存在本机系统钥匙串"),
    "login.profile_refused": ("Profile {name} cannot connect.", "配置 {name} 无法连接。"),
    "login.profile_refused_todo": (
        "If its app secret was reset, enter the new one: saving it under the same name replaces the profile.",
        "如果 AppSecret 已重置，请填写新的 AppSecret：以同一名称保存即可替换该配置。",
    ),
    "login.other_ledger": (
        (
            "Connected with the ledger of this computer, although profile {name} of the same app has the team's "
            "ledger. What was sent with that one is not known here, so people could get a message twice."
        ),
        (
            "已连接，但使用的是本机的账本；同一应用的配置 {name} 使用团队账本：那里的发送记录在此不可见，"
            "有人可能会收到两次相同的消息。"
        ),
    ),
    "login.other_ledger_todo": (
        "To send with the team's ledger, choose “Use another app or profile”, then {name} among the saved profiles.",
        "要使用团队账本发送，请点击“更换应用或配置”，再选择已保存的配置 {name}。",
    ),
    "login.not_kept": ("Connected, but not saved.", "已连接，但未保存。"),
    "login.kernel_only": (
        (
            "The app is available in this kernel only, as .ding of this form. For dingnb.connect(), set "
            "DINGTALK_APP_KEY, DINGTALK_APP_SECRET and DINGTALK_AGENT_ID in the environment."
        ),
        (
            "该应用只在当前内核中可用（本表单的 .ding）。要使用 dingnb.connect()，请设置环境变量 DINGTALK_APP_KEY、"
            "DINGTALK_APP_SECRET、DINGTALK_AGENT_ID。"
        ),
    ),
    "login.kernel_only_or_save": (
        (
            "The app is available in this kernel only, as .ding of this form. For dingnb.connect(), set "
            "DINGTALK_APP_KEY, DINGTALK_APP_SECRET and DINGTALK_AGENT_ID in the environment, or check again with "
            "“Save” ticked."
        ),
        (
            "该应用只在当前内核中可用（本表单的 .ding）。要使用 dingnb.connect()，请设置环境变量 DINGTALK_APP_KEY、"
            "DINGTALK_APP_SECRET、DINGTALK_AGENT_ID，或勾选“保存”后重新检查。"
        ),
    ),
    "login.deleted": ("Profile {name} was deleted.", "已删除配置 {name}。"),
    "login.profiles": ("Saved profiles", "已保存的配置"),
    "login.profile": ("Profile", "配置名称"),
    "login.profile_hint": (
        "The app's name in code: {code}. Any other name will do, such as hr.",
        "在代码中指定此应用的名称：{code}。可改为其他名称，例如“人事”。",
    ),
    "login.app_key": ("App key", "AppKey"),
    "login.app_key_hint": ("Client ID, from the developer console", "即 Client ID，见开发者后台"),
    "login.app_secret": ("App secret", "AppSecret"),
    "login.app_secret_hint": (
        "Client Secret; cleared from this field at once",
        "即 Client Secret；填写后立即清除",
    ),
    "login.app_secret_held": (
        "received, {characters}; type to replace",
        "已收到（{characters}）；重新填写可替换",
    ),
    "login.agent_id_hint": ("digits; required to send", "数字；发送时必填"),
    "login.remember": ("Save to this computer's keyring", "保存到本机的系统钥匙串"),
    "login.check": ("Check and connect", "检查并连接"),
    "login.retry": ("Connect {key} again", "重新连接 {key}"),
    "login.practise": ("Try the sandbox", "先用沙箱试用"),
    "login.use": ("Connect and make default", "连接并设为默认"),
    "login.delete": ("Delete …", "删除……"),
    "login.confirm_deletion": ("Delete {name}", "确认删除 {name}"),
    "login.cancel_deletion": ("Cancel", "取消"),
    "login.another": ("Use another app or profile", "更换应用或配置"),
    "login.default": ("default", "默认"),
    "login.listed": ("{name} · {key}", "{name} · {key}"),
    "login.listed_default": ("{name} · {key} · default", "{name} · {key} · 默认"),
    "login.no_app_key": ("The app key is missing.", "缺少 AppKey。"),
    "login.no_app_secret": ("The app secret is missing.", "缺少 AppSecret。"),
    "login.missing_todo": (
        "Copy it from the app's page in the DingTalk developer console.",
        "请从钉钉开发者后台的应用页面复制。",
    ),
    "login.bad_app_key": ("The app key contains spaces or invalid characters.", "AppKey 中有空格或无效字符。"),
    "login.bad_app_secret": ("The app secret contains spaces or invalid characters.", "AppSecret 中有空格或无效字符。"),
    "login.not_yet": ("Nothing is connected yet.", "尚未连接。"),
    "login.not_yet_todo": (
        "Complete the form, or choose the sandbox, then run this cell again.",
        "请填写并检查，或选用沙箱，然后重新运行此单元格。",
    ),
}
