"""The words of ``dingnb app``."""

WORDS: dict[str, tuple[str, str]] = {
    "app_command.starting": (
        "The studio opens in your browser; its address stands below. Ctrl+C ends it.",
        "工作台会在浏览器中打开，地址见下方。按 Ctrl+C 结束。",
    ),
    "app_command.no_voila": (
        "The studio's page is shown by Voilà, which is not installed.",
        "工作台页面由 Voilà 提供，尚未安装。",
    ),
    "app_command.no_voila_todo": (
        'Install it: pip install "dingnb[lab]"',
        '请安装：pip install "dingnb[lab]"',
    ),
}
