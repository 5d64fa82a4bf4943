"""The words of the studio."""

WORDS: dict[str, tuple[str, str]] = {
    "studio.title": ("Studio", "群发工作台"),
    "studio.recipients": ("Recipients", "收件人"),
    "studio.message": ("Message", "消息"),
    "studio.check": ("Check", "检查"),
    "studio.send": ("Send", "发送"),
    "studio.results": ("Results", "结果"),
    "studio.step": ("{n}. {name}", "{n}. {name}"),
    "studio.step_of": ("Step {n} of 5: {name}", "第 {n} 步（共 5 步）：{name}"),
    "studio.back": ("Back", "上一步"),
    "studio.next": ("Next: {name}", "下一步：{name}"),
    "studio.upload_hint": (
        "A CSV or Excel file with a column of DingTalk userids or phone numbers. It stays on this computer. {large}",
        "含钉钉 userid 或手机号列的 CSV 或 Excel 文件。文件只留在本机。{large}",
    ),
    "studio.upload_large_page": ("Up to {megabytes} MB.", "不超过 {megabytes} MB。"),
    "studio.upload_large": (
        (
            "A file of more than 10 MB may be more than Jupyter passes on: where nothing happens, read it in a cell by "
            "dingnb.read_recipients(), and open the studio with what that returns."
        ),
        (
            "超过 10 MB 的文件可能超出 Jupyter 的传输上限：如果没有反应，请在单元格中用 dingnb.read_recipients() "
            "读取，再用其结果打开工作台。"
        ),
    ),
    "studio.upload": ("Choose a file", "选择文件"),
    "studio.upload_kinds": ("CSV or Excel", "CSV 或 Excel"),
    "studio.upload_another": ("Choose another file", "更换文件"),
    "studio.sheet": ("Sheet", "工作表"),
    "studio.encoding": ("Encoding", "编码"),
    "studio.encoding_found": ("found by itself", "自动识别"),
    "studio.reading": ("Reading the file …", "正在读取文件……"),
    "studio.no_recipients": ("Choose the recipients first.", "请先选择收件人。"),
    "studio.no_message": ("Write the message first.", "请先撰写消息。"),
    "studio.not_checked": ("Check the recipients first.", "请先检查收件人。"),
    "studio.nothing_sent": ("Nothing was sent yet.", "尚未发送。"),
    "studio.nothing_sent_todo": (
        "In the step before, type the count and press the button that sends.",
        "请在上一步输入人数并点发送按钮。",
    ),
    "studio.keep_app": ("Back to the studio", "返回工作台"),
    "studio.addresses": ("Which columns name the people", "哪些列标识收件人"),
    "studio.first_rows": ("The first {n:,} of {rows}", "共 {rows}，显示前 {n:,} 行"),
    "studio.more_columns": ("and {columns} more", "另有 {columns}"),
    "studio.draft_name": ("Draft of {moment}", "草稿 {moment}"),
    "studio.draft_saved": ("Saved as “{name}” at {moment}.", "已于 {moment} 存为“{name}”。"),
    "studio.draft_forked": (
        "“{before}” was changed elsewhere; what you write here is kept as “{name}”.",
        "“{before}”已在别处更改；此处的内容另存为“{name}”。",
    ),
    "studio.past_show": ("Drafts and past campaigns", "草稿与历史任务"),
    "studio.past_hide": ("Hide drafts and past campaigns", "收起草稿与历史任务"),
    "studio.past_none": ("There are no drafts and no campaigns yet.", "还没有草稿，也没有历史任务。"),
    "studio.unfinished": (
        "Not finished: {campaign}. Show it to go on where it stands.",
        "尚未完成：{campaign}。可打开并从中断处继续。",
    ),
    "studio.sending": (
        "Being sent now: {campaign}. Show it to watch it, or to stop it.",
        "正在发送：{campaign}。可打开查看进度或停止。",
    ),
    "studio.campaign_far": ("{n:,} of {people} sent", "已发 {n:,} / {people}"),
    "studio.state_running": ("being sent", "发送中"),
    "studio.state_paused": ("paused", "已暂停"),
    "studio.state_stopped": ("stopped", "已停止"),
    "studio.state_interrupted": ("interrupted", "已中断"),
    "studio.state_finished": ("finished", "已完成"),
    "studio.campaigns": ("Past campaigns", "历史任务"),
    "studio.choose": ("choose …", "请选择……"),
    "studio.look": ("Show it", "查看"),
    "studio.copy": ("Copy its message", "复制其消息"),
    "studio.copied": (
        "The message of “{name}” was copied.",
        "已复制“{name}”的消息。",
    ),
    "studio.no_text_kept": (
        "The texts of “{name}” are not kept, so there is nothing to copy.",
        "“{name}”的正文未保留，无法复制。",
    ),
    "studio.drafts": ("Drafts", "草稿"),
    "studio.open_draft": ("Open it", "打开"),
    "studio.drop_draft": ("Delete it", "删除"),
    "studio.dropped": ("“{name}” was deleted.", "已删除“{name}”。"),
    "studio.bring_back": ("Bring back “{name}”", "恢复“{name}”"),
    "studio.opened": ("“{name}” is open; what you change is saved in it.", "已打开“{name}”，改动会保存在其中。"),
}
