"""Texts for the form of a running campaign."""

TRANSLATIONS: dict[str, tuple[str, str]] = {
    "run.title": ("Campaign {name}", "群发任务 {name}"),
    "run.reminds_of": ("Reminder of {name}", "对 {name} 的提醒"),
    "run.accepted": ("Accepted by DingTalk", "钉钉已受理"),
    "run.of": ("of {total:,}", "共 {total:,}"),
    "run.failed": ("Failed", "失败"),
    "run.unknown": ("Outcome unknown", "结果未知"),
    "run.queued": ("Queued", "待发送"),
    "run.time_left": ("Time left", "剩余时间"),
    "run.time_unknown": ("unknown", "未知"),
    "run.pausing": ("Pausing: calls in progress are completed first.", "正在暂停：已发出的调用会处理完毕。"),
    "run.stopping": ("Stopping: calls in progress are completed first.", "正在停止：已发出的调用会处理完毕。"),
    "run.paused_todo": (
        "Nothing is being sent. Resume continues from here with the same message and list, without changes made since.",
        "当前没有在发送。点“继续”从当前位置接着发送，仍用其原来的消息和名单，不含之后的修改。",
    ),
    "run.recalled_todo": (
        "{note} Nothing is being sent. Resume would still send to the rest.",
        "{note}当前没有在发送；如点“继续”，仍会发给其余尚未发送的人。",
    ),
    "run.resume_over_quota": (
        "Resuming takes {calls}, but at most {left} are left this month: it would stop before the end.",
        "继续发送需要 {calls}，本月最多剩余 {left} 次，无法全部完成。",
    ),
    "run.month_todo": (
        "Nothing is being sent. Resume next month, or once an administrator has bought more calls.",
        "当前没有在发送。请在下月或管理员购买调用量后点“继续”。",
    ),
    "run.rows_and_people": ("Rows and people", "行数及人员"),
    "run.delivered": ("{n:,} delivered", "已送达 {n:,} 人"),
    "run.delivered_message": ("{n:,} delivered", "已送达 {n:,} 条"),
    "run.read": ("{n:,} read", "{n:,} 人已读"),
    "run.read_message": ("{n:,} read", "{n:,} 条已读"),
    "run.not_delivered": ("{people} did not get it", "{people}未收到"),
    "run.not_delivered_message": ("{people} did not arrive", "{people}未送达"),
    "run.not_sent": ("{n:,} not sent", "{n:,} 人不发送"),
    "run.not_sent_message": ("{n:,} not sent", "{n:,} 条不发送"),
    "run.without_file": (
        "Not sent because their file is missing: {who}.",
        "因缺少文件未发送：{who}。",
    ),
    "run.repeats": (
        "Resuming also repeats calls with unknown outcome, to {people}. Nobody gets the message twice.",
        "继续时还会重发结果未知的调用：{people}；已收到的人不会再次收到。",
    ),
    "run.repeats_on_day": (
        (
            "Resuming on {day} (Beijing time) also repeats calls with unknown outcome, to {people}; nobody gets the "
            "message twice. After that day, they are not repeated, and you decide with “Resolve” in the results."
        ),
        (
            "在 {day}（北京时间）继续时，还会重发结果未知的调用：{people}；已收到的人不会再次收到。"
            "过了这一天则不再重发，请在结果中点“处理”自行决定。"
        ),
    ),
    "run.resends": (
        "As decided, resuming sends again to {people} with unknown outcome; some may get it twice.",
        "将按已作的决定再次发送给结果未知的 {people}，其中有人可能收到两次。",
    ),
    "run.halted": ("{progress}. {todo}", "{progress}。{todo}"),
    "run.cut_off": ("Stopped because DingTalk is unreachable.", "无法连接钉钉，已停止。"),
    "run.cut_off_still": ("DingTalk is still unreachable.", "仍无法连接钉钉。"),
    "run.cut_off_todo": (
        "{accepted} accepted by DingTalk; nothing was lost. Resume continues from here.",
        "钉钉已受理 {accepted}，没有丢失任何消息；点“继续”从当前位置接着发送。",
    ),
    "run.cut_off_unknown": (
        "{accepted} accepted by DingTalk, {unknown} with unknown outcome. Resume continues from here.",
        "钉钉已受理 {accepted}，{unknown}结果未知；点“继续”从当前位置接着发送。",
    ),
    "run.pause": ("Pause", "暂停"),
    "run.stop": ("Stop", "停止"),
    "run.stop_recall": ("Stop recall", "停止撤回"),
    "run.resume": ("Resume", "继续"),
    "run.resume_after_recall": (
        "The message is being recalled. Sending can be resumed only after that.",
        "消息正在撤回，结束后才能继续发送。",
    ),
    "run.refresh_after_recall": (
        "The message is being recalled. Results can be refreshed only after that.",
        "消息正在撤回，结束后才能刷新。",
    ),
    "run.refresh": ("Refresh delivery status", "刷新送达情况"),
    "run.refresh_calls": ("Refresh delivery status ({calls})", "刷新送达情况（{calls}）"),
    "run.refresh_last_calls": (
        "Refresh delivery status ({left} of {calls})",
        "刷新送达情况（{left} / {calls}）",
    ),
    "run.two_versions_todo": (
        "To list those with two versions, search the rows for “two versions”.",
        "如需列出有两份内容的人，请在“发送明细”中搜索“新旧两份”。",
    ),
    "run.refreshing": ("Refreshing delivery status …", "正在刷新送达情况……"),
    "run.refreshed_all": ("All delivery results are in.", "送达结果已全部返回。"),
    "run.refreshed_all_but_reads": (
        "All delivery results are in; only who has read it may still change.",
        "送达结果已全部返回，仅已读情况仍会变化。",
    ),
    "run.refreshed_rest": (
        "No delivery results for {people} yet. Refresh again in about {seconds} s.",
        "{people}的送达结果尚未返回。约 {seconds} 秒后可再次刷新。",
    ),
    "run.refreshed_rest_later": (
        "No delivery results for {people} yet. Refresh again later.",
        "{people}的送达结果尚未返回。请稍后再次刷新。",
    ),
    "run.refreshed_uncheckable": (
        "Delivery can no longer be checked for {people}; they may have the message.",
        "无法再查询 {people}是否送达，消息可能已送达。",
    ),
    "run.refreshed_lately": ("Not refreshed: the last refresh was a moment ago.", "刚刚查询过，未再查询。"),
    "run.refreshed_unusable": ("Some responses could not be used.", "部分答复无法使用。"),
}
