"""The words that all forms share."""

WORDS: dict[str, tuple[str, str]] = {
    "form.needs_kernel": ("To use the form, run this cell.", "如需使用表单，请运行此单元格。"),
    "code.show": ("Show code", "显示代码"),
    "code.hide": ("Hide code", "隐藏代码"),
    "code.to_set": ("Before you run this, set {name} to {what}.", "运行前，请先将 {name} 设为{what}。"),
    "code.app": ("the connected app", "已连接的应用"),
    "code.frame": ("the DataFrame with which the form was opened", "打开表单时使用的 DataFrame"),
    "code.plan": ("the plan of this form", "此表单的计划"),
    "form.exported": ("Written to {path}", "已写入 {path}"),
    "form.exported_here": (
        "{name} is ready. Its link works until the app ends.",
        "{name} 已生成。应用关闭前可从链接下载。",
    ),
    "form.exported_large": (
        "It is too large to be handed on from here: take it from the folder {folder}.",
        "文件过大，无法从此处下载：请到文件夹 {folder} 中获取。",
    ),
    "form.download": ("Download it", "下载"),
    "form.unexpected": ("Something failed that should not: {kind}: {text}", "出现意外错误：{kind}：{text}"),
    "form.unexpected_todo": (
        "Try it again; if it stays, report it with this line.",
        "请重试；若仍出现，请附上此行反馈。",
    ),
    "form.kernel_gone": (
        "The kernel is gone: run the cell again. What was sent is remembered; the same name goes on.",
        "内核已终止：请重新运行单元格。已发送的均有记录；使用同一名称即可继续。",
    ),
    "form.kernel_gone_page": (
        "What ran behind this page has ended: reload the page. What was sent is remembered; the same name goes on.",
        "本页的后台进程已结束：请重新加载页面。已发送的均有记录；使用同一名称即可继续。",
    ),
}
