"""The words of ``dingnb app``."""

WORDS: dict[str, tuple[str, str]] = {
    "app_command.starting": (
        "The studio opens in your browser; its address is below. Press Ctrl+C to stop it.",
        "工作台会在浏览器中打开，地址见下方。按 Ctrl+C 结束。",
    ),
    "app_page.away": (
        (
            "The app is not responding: dingnb app may have been stopped in its terminal, or the network is down. "
            "This page continues once it responds again. What was sent is recorded."
        ),
        "应用没有响应：终端中的 dingnb app 可能已结束，或网络中断。恢复响应后本页可继续使用。已发送的均有记录。",
    ),
    "app_page.large": (
        "This file is too large: the limit is {megabytes} MB. Remove columns that are not needed, or split it.",
        "文件过大：不能超过 {megabytes} MB。请去掉不需要的列，或拆分文件。",
    ),
    "app_page.large_again": ("Reload the page", "重新加载页面"),
    "app_page.gone": (
        ("The process behind this page has ended. What was sent is recorded, and what you wrote is saved as a draft."),
        "本页的后台进程已结束。已发送的均有记录，撰写的内容已存为草稿。",
    ),
    "app_page.gone_again": ("Reload the page", "重新加载页面"),
    "app_page.locked": (
        "You are no longer logged in. What is being sent continues, and what you wrote is saved as a draft.",
        "登录已过期。正在发送的任务会继续，撰写的内容已存为草稿。",
    ),
    "app_page.locked_again": ("Log in again", "重新登录"),
    "app_command.no_voila": (
        "The studio's page needs Voilà, which is not installed.",
        "工作台页面由 Voilà 提供，尚未安装。",
    ),
    "app_command.no_voila_todo": (
        'Install it: pip install "dingnb[lab]"',
        '请安装：pip install "dingnb[lab]"',
    ),
}
