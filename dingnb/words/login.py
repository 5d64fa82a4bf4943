"""The words of the login form."""

WORDS: dict[str, tuple[str, str]] = {
    "login.open": ("Not connected", "未连接"),
    "login.failed": ("Not connected: it did not work", "未连接：检查没有通过"),
    "login.checking": ("Asking DingTalk …", "正在向钉钉核实……"),
    "login.connected": ("Connected: app {key}, {origin}, {visible}", "已连接：应用 {key}，{origin}，{visible}"),
    "login.nothing_known": (
        "No app is known here yet: fill in the one that sends, or practise on the sandbox, which reaches nobody.",
        "尚无可用的应用：请填写用于发送的应用，或用沙箱练习（不会发给任何人）。",
    ),
    "login.choose": (
        "Take a remembered profile, or type an app.",
        "请选用已保存的配置，或填写应用凭证。",
    ),
    "login.still": ("Until then the app {key} stays connected.", "在此之前，应用 {key} 保持连接。"),
    "login.token": ("Token", "Token"),
    "login.token_accepted": ("obtained: DingTalk accepts app key and secret", "已获取：钉钉认可 AppKey 和 AppSecret"),
    "login.visible": ("Visible", "可见范围"),
    "login.visible_people": ("{people} visible", "可见 {people}"),
    "login.visible_everybody": ("the whole organisation visible", "可见整个企业"),
    "login.visible_departments": ("{departments} and {people} visible", "可见 {departments}和另外 {people}"),
    "login.visible_nobody": ("nobody visible", "无可见人员"),
    "login.visible_unknown": ("visible people not known", "可见人员未知"),
    "login.nobody_todo": (
        (
            "The app sees nobody, and so can reach nobody. An administrator sets its contact scope (通讯录权限范围) "
            "in the DingTalk developer console."
        ),
        "应用看不到任何人，因此无法触达任何人。请管理员在钉钉开发者后台为应用设置通讯录权限范围。",
    ),
    "login.agent_id": ("Agent id", "AgentId"),
    "login.agent_id_unproved": (
        "{agent_id}, not yet proved: only sending proves it",
        "{agent_id}，尚未验证：只有实际发送才能验证",
    ),
    "login.agent_id_missing": (
        "none: looking people up and previews work, sending needs it",
        "未填：可以查人和预览，发送时必须填写",
    ),
    "login.kept": ("Remembered", "已保存"),
    "login.kept_as": ("as {name}, in the keyring of this computer", "配置 {name}，保存在本机系统钥匙串"),
    "login.not_kept": ("Connected, but not remembered.", "已连接，但没有保存。"),
    "login.kernel_only": (
        (
            "The app is known to this kernel only, as .ding of this form. For the line of code, set DINGTALK_APP_KEY, "
            "DINGTALK_APP_SECRET and DINGTALK_AGENT_ID in the environment, or check again with 'remember' ticked."
        ),
        (
            "该应用只在当前内核中可用（本表单的 .ding）。要使用下面的代码，请设置环境变量 DINGTALK_APP_KEY、"
            "DINGTALK_APP_SECRET、DINGTALK_AGENT_ID，或勾选“保存”后重新检查。"
        ),
    ),
    "login.forgotten": ("The profile {name} is forgotten.", "已删除配置 {name}。"),
    "login.profiles": ("Remembered profiles", "已保存的配置"),
    "login.profile": ("Profile", "配置名称"),
    "login.remembered": ("Remembered", "已保存"),
    "login.app_key": ("App key", "AppKey"),
    "login.app_key_hint": ("Client ID, from the developer console", "即 Client ID，见开发者后台"),
    "login.app_secret": ("App secret", "AppSecret"),
    "login.app_secret_hint": ("Client Secret; leaves this field at once", "即 Client Secret；填写后立即移出此框"),
    "login.app_secret_held": (
        "received, {characters}; type to replace",
        "已收到（{characters}）；重新填写可替换",
    ),
    "login.agent_id_hint": ("digits; needed to send", "数字；发送时必填"),
    "login.remember": (
        "Remember in the keyring of this computer",
        "保存到本机的系统钥匙串",
    ),
    "login.check": ("Check and connect", "检查并连接"),
    "login.practise": ("Practise on the sandbox", "用沙箱练习"),
    "login.use": ("Use as default", "设为默认并连接"),
    "login.forget": ("Forget …", "删除……"),
    "login.forget_sure": ("Forget {name} for good", "确认删除 {name}"),
    "login.keep": ("Keep it", "保留"),
    "login.another": ("Another app or profile", "换应用或配置"),
    "login.default": ("default", "默认"),
    "login.listed": ("{name} · {key}", "{name} · {key}"),
    "login.listed_default": ("{name} · {key} · default", "{name} · {key} · 默认"),
    "login.no_app_key": ("The app key is missing.", "缺少 AppKey。"),
    "login.no_app_secret": ("The app secret is missing.", "缺少 AppSecret。"),
    "login.missing_todo": (
        "Copy it from the app's page in the DingTalk developer console.",
        "请从钉钉开发者后台的应用页面复制。",
    ),
    "login.bad_app_key": (
        "The app key holds blanks or characters that no app key has.",
        "AppKey 中有空格或不应出现的字符。",
    ),
    "login.bad_app_secret": (
        "The app secret holds blanks or characters that no app secret has.",
        "AppSecret 中有空格或不应出现的字符。",
    ),
    "login.not_yet": ("The form is not connected yet.", "表单尚未连接。"),
    "login.not_yet_todo": (
        "Fill it in and check it, or take the sandbox; then run this cell again.",
        "请填写并检查，或选用沙箱，然后重新运行此单元格。",
    ),
}
