"""Texts for apps, profiles and connections."""

TRANSLATIONS: dict[str, tuple[str, str]] = {
    "origin.arguments": ("from the arguments of connect()", "来自 connect() 的参数"),
    "origin.environment": ("from the environment", "来自环境变量"),
    "origin.profile": ("from the profile {profile}", "来自配置 {profile}"),
    "origin.form": ("typed into the form", "在表单中填写"),
    "origin.sandbox": ("from the sandbox", "沙箱自带"),
    "origin.label": ("Credentials", "应用凭证"),
    "origin.shadowed": (
        "The environment takes precedence: its app {key} is used, not the saved profile {name} ({other}).",
        "环境变量优先：正在使用其中的应用 {key}，而不是已保存的配置 {name}（{other}）。",
    ),
    "origin.shadowed_then": ("{note} {todo}", "{note}{todo}"),
    "origin.shadowed_todo": (
        "dingnb.connect(profile={name!r}) uses the profile.",
        "如需使用该配置：dingnb.connect(profile={name!r})。",
    ),
    "profile.unknown": (
        "The profile “{name}” is not saved on this computer; saved profiles: {names}.",
        "本机没有保存配置“{name}”；已保存：{names}。",
    ),
    "profile.unknown_todo": (
        "Use one of these (profile=, DINGTALK_PROFILE), or save a new one with dingnb.login().",
        "请改用其中之一（profile= 或 DINGTALK_PROFILE），或用 dingnb.login() 保存新的配置。",
    ),
    "profile.none_saved": (
        "The profile “{name}” is not saved on this computer, and neither is any other.",
        "本机没有保存配置“{name}”，也没有其他配置。",
    ),
    "profile.none_saved_todo": (
        "Save it with dingnb.login(), or leave out profile= (or DINGTALK_PROFILE) to use another app.",
        "请用 dingnb.login() 保存；或去掉 profile=（或 DINGTALK_PROFILE），改用其他应用。",
    ),
    "profile.unreadable": (
        "The profile “{name}” is in the keyring, but cannot be read.",
        "钥匙串中有配置“{name}”，但无法读取。",
    ),
    "profile.unreadable_todo": (
        "Delete it and save it again with dingnb.login().",
        "请在 dingnb.login() 中删除后重新保存。",
    ),
    "profile.bad_name": ("“{name}” is not a valid profile name.", "“{name}”不能作为配置名称。"),
    "profile.bad_name_todo": (
        "Use 1 to {most} characters, without leading or trailing spaces.",
        "请用 1 到 {most} 个字符，首尾不带空格。",
    ),
    "profile.taken": (
        "The profile “{name}” already belongs to another app, {key}; nothing was changed.",
        "配置“{name}”已用于另一个应用 {key}；未作更改。",
    ),
    "profile.taken_todo": ("Choose another name, or delete that profile first.", "请换一个名称，或先删除该配置。"),
    "profile.and_app": (
        "connect() was given both profile={name!r} and an app key or secret.",
        "connect() 同时收到了 profile={name!r} 和应用凭证。",
    ),
    "profile.and_app_todo": ("Pass only one of them.", "请只传入其中一种。"),
    "profile.no_keyring": (
        "The keyring of this computer cannot be used ({cause}).",
        "无法使用本机的系统钥匙串（{cause}）。",
    ),
    "profile.not_kept": (
        "The keyring of this computer accepted the entry but did not store it.",
        "本机的系统钥匙串接受了写入，但没有保存。",
    ),
    "profile.no_keyring_todo": (
        (
            "Set DINGTALK_APP_KEY, DINGTALK_APP_SECRET and DINGTALK_AGENT_ID in the environment instead, or type "
            "them into dingnb.login() each time."
        ),
        (
            "可以改为设置环境变量 DINGTALK_APP_KEY、DINGTALK_APP_SECRET、DINGTALK_AGENT_ID，或每次在 dingnb.login() "
            "中填写。"
        ),
    ),
    "client.bad_target": ("{target} is not a valid target for connect().", "connect() 无法识别 {target}。"),
    "client.bad_target_near": (
        '{target} is not a valid target for connect(); did you mean "sandbox"?',
        'connect() 无法识别 {target}，是否指 "sandbox"？',
    ),
    "client.bad_target_todo": (
        (
            "connect() takes an app from arguments, the environment or a saved profile (profile=...); "
            'connect("sandbox") is for practice.'
        ),
        'connect() 从参数、环境变量或已保存的配置（profile=...）读取应用；connect("sandbox") 用于练习。',
    ),
    "client.unused": ("connect() cannot use {names} here.", "connect() 在此不能使用 {names}。"),
    "client.unused_todo": (
        (
            'connect("sandbox") has its own app and takes users=, seed= and failed_share=; pass an app to connect() '
            "instead."
        ),
        'connect("sandbox") 自带应用，可传入 users=、seed= 和 failed_share=；应用参数请用于 connect()。',
    ),
    "client.bad_path": ("{path} is not a DingTalk API path.", "{path} 不是钉钉接口路径。"),
    "client.bad_path_todo": (
        "Write it as /topapi/... or /v1.0/..., without the host; parameters go into query=.",
        "请写成 /topapi/... 或 /v1.0/...，不带主机名；参数放在 query= 中。",
    ),
    "client.no_message": (
        "{call}() needs a message, but was given {kind}.",
        "{call}() 需要一条消息，收到的却是 {kind}。",
    ),
    "client.no_message_todo": (
        'Create one: dingnb.text("Hi {{{{ name }}}}") or dingnb.markdown(title="...", text="...").',
        '请先创建：dingnb.text("你好 {{{{ name }}}}") 或 dingnb.markdown(title="...", text="...")。',
    ),
    "client.agent_id": ("Agent id", "AgentId"),
    "client.ledger": ("Ledger", "账本"),
    "client.operator": ("You are", "操作人"),
    "client.hosts": ("Servers", "服务器"),
    "client.in_process": ("a local DingTalk in this process", "本进程内的本地钉钉"),
    "client.in_other_process": ("a local DingTalk in another process of this computer", "本机另一进程内的本地钉钉"),
    "client.none": ("none", "无"),
    "client.bad_seconds": (
        "{name}={value} is not a number of seconds.",
        "{name}={value} 不是秒数。",
    ),
    "client.bad_operator": (
        "operator={name} must be a single line of at most 100 characters.",
        "operator={name} 须为单行文字，且不超过 100 个字符。",
    ),
    "client.bad_operator_todo": (
        "Pass who you are, such as ann@laptop, as an argument or in DINGNB_OPERATOR.",
        "请在参数或 DINGNB_OPERATOR 中写明操作人，例如 ann@laptop。",
    ),
    "client.bad_seconds_todo": (
        "Pass 0 or more, as an argument or in {variable}.",
        "请在参数或 {variable} 中写 0 或更大的数。",
    ),
}
