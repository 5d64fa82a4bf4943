"""Texts for the studio."""

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
        (
            "A CSV or Excel file with a column of DingTalk userids or phone numbers. The file stays on this "
            "computer. {large}"
        ),
        "含钉钉 userid 或手机号列的 CSV 或 Excel 文件。文件只留在本机。{large}",
    ),
    "studio.upload_large_page": ("Up to {megabytes} MB.", "不超过 {megabytes} MB。"),
    "studio.upload_large": (
        "For files over 10 MB, use dingnb.read_recipients() in a cell.",
        "超过 10 MB 的文件请在单元格中用 dingnb.read_recipients() 读取。",
    ),
    "studio.upload": ("Choose a file", "选择文件"),
    "studio.upload_kinds": ("CSV or Excel", "CSV 或 Excel"),
    "studio.upload_another": ("Choose another file", "更换文件"),
    "studio.sheet": ("Sheet", "工作表"),
    "studio.skip_hidden": ("Skip hidden rows", "跳过隐藏行"),
    "studio.keep_hidden": ("Include hidden rows", "包含隐藏行"),
    "studio.encoding": ("Encoding", "编码"),
    "studio.encoding_found": ("detected automatically", "自动识别"),
    "studio.reading": ("Reading file …", "正在读取文件……"),
    "studio.no_recipients": ("Choose the recipients first.", "请先选择收件人。"),
    "studio.no_message": ("Write the message first.", "请先撰写消息。"),
    "studio.not_checked": ("Check the recipients first.", "请先检查收件人。"),
    "studio.nothing_sent": ("Nothing has been sent yet.", "尚未发送。"),
    "studio.nothing_sent_todo": (
        "In the previous step, enter the count and click the send button.",
        "请在上一步输入人数并点发送按钮。",
    ),
    "studio.keep_app": ("Back to the studio", "返回工作台"),
    "studio.addresses": ("Recipient columns", "收件人对应的列"),
    "studio.first_rows": ("First {n:,} of {rows}", "共 {rows}，显示前 {n:,} 行"),
    "studio.more_columns": ("and {columns} more", "另有 {columns}"),
    "studio.draft_name": ("Draft of {moment}", "草稿 {moment}"),
    "studio.draft_saved": ("Saved as “{name}” at {moment}.", "已于 {moment} 存为“{name}”。"),
    "studio.draft_forked": (
        "“{before}” was changed elsewhere; your version is saved as “{name}”.",
        "“{before}”已在别处更改；此处的内容另存为“{name}”。",
    ),
    "studio.past_show": ("Drafts and past campaigns", "草稿与历史任务"),
    "studio.past_hide": ("Hide drafts and past campaigns", "收起草稿与历史任务"),
    "studio.past_none": ("No drafts or campaigns yet.", "还没有草稿，也没有历史任务。"),
    "studio.unfinished": ("Not finished: {campaign}. Open it to continue.", "尚未完成：{campaign}。可打开继续发送。"),
    "studio.sending": (
        "Sending: {campaign}. Open it to follow its progress or stop it.",
        "正在发送：{campaign}。可打开查看进度或停止。",
    ),
    "studio.being_sent": (
        (
            "“{name}” is being sent and continues while this page is closed. Connect {app} to follow its "
            "progress or stop it."
        ),
        "“{name}”正在发送，关闭本页也会继续。连接 {app} 即可查看进度或停止。",
    ),
    "studio.campaign_far": ("{n:,} of {people} sent", "已发 {n:,} / {people}"),
    "studio.state_running": ("sending", "发送中"),
    "studio.state_paused": ("paused", "已暂停"),
    "studio.state_stopped": ("stopped", "已停止"),
    "studio.state_interrupted": ("interrupted", "已中断"),
    "studio.state_finished": ("finished", "已完成"),
    "studio.campaigns": ("Past campaigns", "历史任务"),
    "studio.choose": ("choose …", "请选择……"),
    "studio.look": ("View campaign", "查看任务"),
    "studio.copy": ("Copy message", "复制消息"),
    "studio.copied": (
        "The message of “{name}” was copied.",
        "已复制“{name}”的消息。",
    ),
    "studio.no_text_kept": (
        "The texts of “{name}” were not stored, so there is nothing to copy.",
        "“{name}”的正文未保存，无法复制。",
    ),
    "studio.drafts": ("Drafts", "草稿"),
    "studio.open_draft": ("Open draft", "打开草稿"),
    "studio.drop_draft": ("Delete draft", "删除草稿"),
    "studio.dropped": ("“{name}” was deleted.", "已删除“{name}”。"),
    "studio.bring_back": ("Restore “{name}”", "恢复“{name}”"),
    "studio.opened": ("“{name}” is open; changes are saved in it.", "已打开“{name}”，更改会自动保存。"),
}
