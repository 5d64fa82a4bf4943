"""The words that all forms share."""

WORDS: dict[str, tuple[str, str]] = {
    "form.needs_kernel": ("To use the form, run this cell.", "如需使用表单，请运行此单元格。"),
    "code.show": ("Show code", "显示代码"),
    "code.hide": ("Hide code", "隐藏代码"),
    "form.unexpected": ("Something failed that should not: {kind}: {text}", "出现意外错误：{kind}：{text}"),
    "form.unexpected_todo": (
        "Try it again; if it stays, report it with this line.",
        "请重试；若仍出现，请附上此行反馈。",
    ),
}
