"""Texts for the settings and the help."""

TRANSLATIONS: dict[str, tuple[str, str]] = {
    "settings.open": ("Settings", "设置"),
    "settings.title": ("Settings", "设置"),
    "settings.back": ("Back", "返回"),
    "settings.app": ("App", "应用"),
    "settings.credentials": ("Credentials", "凭证来源"),
    "settings.agent_id": (
        "{agent_id}; identifies the app when it sends, and is on the app's page in the developer console",
        "{agent_id}（发送时用于标识应用，见钉钉开发者后台的应用页面）",
    ),
    "settings.ledger": ("Ledger", "账本"),
    "settings.calls": ("Calls this month", "本月调用"),
    "settings.calls_used": ("{n:,} of {most:,}", "{n:,} / {most:,} 次"),
    "settings.pace": ("Pace", "调用频率"),
    "settings.pace_most": ("up to {n:,} calls a second", "每秒最多 {n:,} 次"),
    "settings.loses_files": (
        "A new language or colour reloads the page without the chosen pictures and files: choose them again.",
        "更改语言或颜色会重新加载页面，不保留所选的图片和文件，之后需重新选择。",
    ),
    "settings.language": ("Language", "语言"),
    "settings.theme": ("Colours", "颜色"),
    "settings.theme_light": ("Light", "浅色"),
    "settings.theme_dark": ("Dark", "深色"),
    "settings.limits": ("Limits of your edition of DingTalk", "钉钉版本的调用限制"),
    "settings.limits_hint": (
        (
            "The standard edition allows {month:,} calls a month and {second} calls a second. Enter more only if yours "
            "allows more."
        ),
        "标准版每月 {month:,} 次、每秒 {second} 次。仅当您的版本允许更多时才调高。",
    ),
    "settings.month": ("Calls a month", "每月调用次数"),
    "settings.second": ("Calls a second", "每秒调用次数"),
    "settings.save": ("Save limits", "保存限制"),
    "settings.saved": ("The limits are saved. They apply once the page is reloaded.", "已保存，重新加载页面后生效。"),
    "settings.refused": (
        "{name}: {n:,} is not between 1 and {most:,}.",
        "{name}：{n:,} 不在 1 到 {most:,} 之间。",
    ),
    "settings.not_saved": (
        "Nothing was saved. Enter what your edition of DingTalk allows.",
        "未保存。请输入您的钉钉版本允许的次数。",
    ),
    "settings.reload": ("Reload the page", "重新加载页面"),
    "app_help.open": ("Help", "帮助"),
    "app_help.title": ("Help", "帮助"),
    "app_help.start": ("How do I send a message?", "如何发送消息？"),
    "app_help.start_text": (
        (
            "Click “New campaign”, choose the people, write the message, check it, and enter the number of people to "
            "send it. Nothing is sent before that, except a test if you send one."
        ),
        "点击“新建群发”，选择收件人，撰写消息，检查，然后输入人数发送。在此之前，除了您发出的测试，不会发送任何内容。",
    ),
    "app_help.once": ("Can somebody get a message twice?", "会有人收到两次吗？"),
    "app_help.once_text": (
        (
            "From one campaign only if you choose so: to send again where the outcome is unknown, or to send a changed "
            "text without recalling the earlier one. Otherwise not, since the ledger records everyone a message was "
            "sent to. If sending is interrupted, open the campaign and click “Resume”. Campaigns are independent, and "
            "so are reminders and tests: a person can get a message from each."
        ),
        (
            "同一任务只有在您选择时才会：对结果未知的人再发一次，或内容修改后未撤回原消息就发送新的。其他情况下不会，"
            "因为账本记录了已发送给谁；发送中断时，打开该任务并点击“继续”。不同任务各自独立，提醒和测试也是单独的任务："
            "同一人可能从每个任务各收到一条。"
        ),
    ),
    "app_help.live": ("What do SANDBOX and LIVE mean?", "沙箱（SANDBOX）和真实环境（LIVE）是什么？"),
    "app_help.live_text": (
        (
            "SANDBOX is a simulated DingTalk on this computer, for practice; it reaches nobody. LIVE sends to real "
            "people. The mark is beside the title of the home page and of every campaign."
        ),
        "沙箱是本机上的模拟钉钉，用于练习，不会真实发送。真实环境会发给真实的同事。首页和各任务的标题旁都有此标记。",
    ),
    "app_help.means_elsewhere": (
        "Another campaign or a test sent them the same text that day; DingTalk does not deliver it twice.",
        "其他任务或测试当天已向此人发送相同内容；钉钉不会重复送达。",
    ),
    "app_help.statuses": ("What do the statuses mean?", "各种状态是什么意思？"),
    "app_help.after": ("What can I do after sending?", "发送后还能做什么？"),
    "app_help.after_text": (
        (
            "“Refresh” asks DingTalk who has received and read it, “Remind” writes to those who have not read or "
            "answered, and “Recall” removes the message from phones, up to 24 hours after sending. “Refresh” shows "
            "its number of calls on the button; the other two first say how many people and calls they take. What a "
            "test has sent belongs to the test's own campaign; a test uses calls as well."
        ),
        (
            "“刷新”向钉钉查询谁已收到、谁已读；“提醒”发给未读或未回答的人；“撤回”可在发送后 24 小时内把消息从手机上"
            "移除。“刷新”按钮上标有调用次数；“提醒”和“撤回”会先说明人数和调用次数。测试发送的消息属于单独的测试任务，"
            "同样会用调用次数。"
        ),
    ),
    "app_help.reload": ("What happens if I close or reload the page?", "关闭或重新加载页面会怎样？"),
    "app_help.reload_text": (
        (
            "Sending continues. The message is saved as a draft while you write. In the app, a reload restores the "
            "step, the list of recipients and your choices for it; what was not sent is checked again. Chosen pictures "
            "and files are restored up to 20 MB in total."
        ),
        (
            "发送会继续，撰写的内容会自动存为草稿。在 dingnb app 中，重新加载后会恢复原来的步骤、名单和所作的选择，"
            "尚未发送的会重新检查。所选的图片和文件合计不超过 20 MB 时也会恢复。"
        ),
    ),
    "app_help.keyboard": ("Can I work without a mouse?", "可以只用键盘吗？"),
    "app_help.keyboard_text": (
        "Yes. Tab moves through fields and buttons, Space presses a button, and the arrow keys choose in a list.",
        "可以。Tab 在字段和按钮间移动，空格键触发按钮，方向键在列表中选择。",
    ),
    "app_help.problems": ("Something does not work?", "遇到问题？"),
    "app_help.problems_text": (
        (
            "“dingnb doctor” in a terminal checks the app, its permissions, the network and the ledger, and says what "
            "to do. It sends nothing."
        ),
        "在终端运行“dingnb doctor”，可检查应用、权限、网络和账本，并给出处理办法。不会发送消息。",
    ),
}
