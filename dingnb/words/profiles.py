"""The words of profiles, and of where an app is known from."""

WORDS: dict[str, tuple[str, str]] = {
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
    "origin.shadowed_then": ("{told} {todo}", "{told}{todo}"),
    "origin.shadowed_todo": (
        "dingnb.connect(profile={name!r}) uses the profile.",
        "如需使用该配置：dingnb.connect(profile={name!r})。",
    ),
    "profile.none": ("none", "无"),
    "profile.unknown": (
        "The profile {name!r} is not saved on this computer; saved profiles: {names}.",
        "本机没有保存配置 {name!r}；已保存：{names}。",
    ),
    "profile.unknown_todo": (
        "Use one of these (profile=, DINGTALK_PROFILE), or save a new one with dingnb.login().",
        "请改用其中之一（profile= 或 DINGTALK_PROFILE），或用 dingnb.login() 保存新的配置。",
    ),
    "profile.unreadable": (
        "The profile {name!r} is in the keyring, but cannot be read.",
        "钥匙串中有配置 {name!r}，但无法读取。",
    ),
    "profile.unreadable_todo": (
        "Forget it and save it again with dingnb.login().",
        "请在 dingnb.login() 中删除后重新保存。",
    ),
    "profile.bad_name": ("{name!r} is not a valid profile name.", "{name!r} 不能作为配置名称。"),
    "profile.bad_name_todo": (
        "Use 1 to {most} characters, without leading or trailing spaces.",
        "请用 1 到 {most} 个字符，首尾不带空格。",
    ),
    "profile.taken": (
        "The profile {name!r} already belongs to another app, {key}; nothing was changed.",
        "配置 {name!r} 已用于另一个应用 {key}；未作更改。",
    ),
    "profile.taken_todo": ("Choose another name, or forget that profile first.", "请换一个名称，或先删除该配置。"),
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
}
