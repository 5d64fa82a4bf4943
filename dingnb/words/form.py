"""Texts shared by all forms."""

TRANSLATIONS: dict[str, tuple[str, str]] = {
    "form.picture": (
        "This is a preview: its buttons and fields work on the phone.",
        "此处仅为预览，按钮和输入项请在手机上操作。",
    ),
    "form.needs_kernel": (
        (
            "Run this cell to use the form. If it still looks like this, install jupyterlab_widgets where Jupyter is "
            "installed, and reload the page."
        ),
        "请运行此单元格以使用表单。如果运行后仍是这样，请在 Jupyter 所在的环境安装 jupyterlab_widgets，再刷新页面。",
    ),
    "form.sent_since": (
        "What it has sent since is in ding.campaigns().",
        "此后发送的任务见 ding.campaigns()。",
    ),
    "form.as_run": (
        "This is the state when the cell ran. Run it again for the current state.",
        "这是单元格运行时的状态。重新运行可查看当前状态。",
    ),
    "mode.sandbox": ("SANDBOX", "沙箱"),
    "mode.live": ("LIVE", "真实环境"),
    "code.show": ("Show code", "显示代码"),
    "code.hide": ("Hide code", "隐藏代码"),
    "code.to_set": ("Before you run this, set {name} to {what}.", "运行前，请先将 {name} 设为{what}。"),
    "code.app": ("the connected app", "已连接的应用"),
    "code.frame": ("the DataFrame the form was opened with", "打开表单时使用的 DataFrame"),
    "code.chosen_file": (
        "{name}: only the form has this file. Save it under this name, or pass its path.",
        "{name}：内容只在表单中。请以此名称保存，或改为其路径。",
    ),
    "code.uploaded_folder": (
        "{name}: the folder with the files that were uploaded to the form.",
        "{name}：上传到表单的文件所在的文件夹。",
    ),
    "code.chosen_people": ("the userids of the {people} chosen in the form", "在表单中选择的 {people}的 userid"),
    "code.plan": ("the plan of this form", "此表单的计划"),
    "form.status_accepted": ("accepted, unconfirmed", "已受理，未确认"),
    "form.status_elsewhere": ("already sent before", "此前已发送"),
    "form.status_delivered": ("unread", "未读"),
    "form.status_rejected": ("not sent", "不发送"),
    "form.previous_page": ("Previous", "上一页"),
    "form.next_page": ("Next", "下一页"),
    "form.page_of": ("Page {page:,} of {pages:,}", "第 {page:,} 页，共 {pages:,} 页"),
    "form.page": ("Page", "页码"),
    "form.pages": ("of {pages:,}", "共 {pages:,} 页"),
    "form.none_earlier": ("This is the first page.", "已是第一页。"),
    "form.none_later": ("This is the last page.", "已是最后一页。"),
    "form.actions": ("Actions", "操作"),
    "form.count": ("Enter {n:,} to confirm", "输入 {n:,} 以确认"),
    "form.search": ("Search", "搜索"),
    "form.clear": ("Clear filters", "清除筛选"),
    "form.shown": ("{first:,}–{last:,} of {total:,}", "第 {first:,}–{last:,} 行，共 {total:,} 行"),
    "form.shown_one": ("{first:,} of {total:,}", "第 {first:,} 行，共 {total:,} 行"),
    "form.shown_all": ("{total:,} in total", "共 {total:,} 行"),
    "form.open_first": ("Show first", "查看第一个"),
    "form.count_is_right": ("The count is correct now. Nothing has been done yet.", "数字已正确，尚未执行。"),
    "form.no_count": (
        "“{typed}” is not a number; this affects {expected}.",
        "“{typed}”不是数字；此操作涉及 {expected}。",
    ),
    "form.other_count": (
        "You entered {typed}, but this affects {expected}.",
        "您输入的是 {typed}，此操作实际涉及 {expected}。",
    ),
    "form.press_button": ("Press the button to continue.", "请点击按钮执行。"),
    "form.press_again": ("Press the button again.", "请再点一次按钮。"),
    "form.nothing_done": ("Nothing was done.", "未作任何操作。"),
    "form.details_close": ("Close details", "关闭详情"),
    "form.working": ("Working …", "正在处理……"),
    "form.busy": ("Not done, because another task was in progress.", "未执行：当时有其他操作正在进行。"),
    "form.file_results": ("results", "结果"),
    "form.file_problems": ("problems", "问题"),
    "form.file_events": ("events", "事件"),
    "form.exported": ("Written to {path}", "已写入 {path}"),
    "form.exported_here": (
        "{name} is ready, and your browser saves it. If not, use the link, which works until the app is closed.",
        "{name} 已生成，浏览器会自动下载。如未开始，可点击链接下载，应用关闭前有效。",
    ),
    "form.exported_large": (
        "The file is too large to download here: find it in the folder {folder}.",
        "文件过大，无法从此处下载：请到文件夹 {folder} 中获取。",
    ),
    "form.download": ("Download", "下载"),
    "form.unexpected": ("Unexpected error: {kind}: {text}", "出现意外错误：{kind}：{text}"),
    "form.unexpected_todo": (
        "Try again. If it keeps happening, report it with this line.",
        "请重试；若仍出现，请附上此行反馈。",
    ),
    "form.kernel_gone": (
        (
            "The kernel has stopped; this shows the state before. Run the notebook again from its first cell. "
            "Everything sent is recorded; use the same name to continue."
        ),
        "内核已停止，此处显示的是停止前的情况。请从第一个单元格起重新运行。已发送的均有记录；使用同一名称即可继续。",
    ),
    "form.kernel_gone_page": (
        (
            "The server behind this page has stopped; this shows the state before. Reload the page. Everything sent is "
            "recorded."
        ),
        "本页的后台已停止，此处显示的是停止前的情况。请重新加载页面。已发送的均有记录。",
    ),
}
