"""The words of the form of a campaign's results."""

WORDS: dict[str, tuple[str, str]] = {
    "results_form.title": ("Results", "结果"),
    "results_form.as_of": ("As of {moment}, Beijing time", "截至 {moment}（北京时间）"),
    "results_form.not_told": ("No delivery results yet", "钉钉尚未返回结果"),
    "results_form.reading": ("Reading the results …", "正在读取结果……"),
    "results_form.nobody": ("There is nobody in this campaign.", "此任务没有任何人员。"),
    # How far it came.
    "results_form.everybody": ("In the list", "名单人数"),
    "results_form.recorded": ("In the campaign", "任务人数"),
    "results_form.recorded_only": (
        "Rows that the check rejected were not sent to, and are not kept with the campaign: they are not counted here.",
        "检查未通过的行未发送，也不随任务保存：此处不计入。",
    ),
    "results_form.reads": ("Read, of those who have it", "已送达人员中的已读比例"),
    "results_form.reads_value": ("{read:,} · {share}", "{read:,} · {share}"),
    "results_form.reads_when": (
        "The time is when dingnb learned of it by asking (Beijing time).",
        "时间为 dingnb 查询得知的时刻（北京时间）。",
    ),
    "results_form.nobody_read": ("Nobody is known to have read it yet.", "尚无人已读。"),
    "results_form.nobody_has_it": ("Nobody is known to have it yet.", "尚无人确认收到。"),
    # Asking.
    "results_form.asking_costs": (
        "One refresh takes up to {calls}; at most {left} of this month's are left.",
        "刷新一次最多需 {calls}；本月至多还剩 {left} 次。",
    ),
    "results_form.asking_nobody": (
        "There is nothing to refresh yet: DingTalk has accepted no message.",
        "暂无可刷新的结果：钉钉尚未受理任何消息。",
    ),
    "results_form.asking_over": (
        "There is nothing more to refresh: results are final, or DingTalk no longer reports them.",
        "没有可再刷新的：结果均已确定，或钉钉不再提供。",
    ),
    "results_form.keep_asking": (
        "Refresh automatically until final, less and less often: at most {calls} and {hours} hours",
        "自动刷新直至结果全部确定，间隔逐渐拉长：最多 {calls}、{hours} 小时",
    ),
    "results_form.keep_asking_dear": (
        "Automatic refresh is not offered: each round takes {calls}.",
        "调用过多，不提供自动刷新：每轮需 {calls}。",
    ),
    "results_form.asked": ("{calls} used so far.", "至今已用 {calls}。"),
    "results_form.asked_next": ("Next refresh: {moment}, Beijing time.", "下次刷新：{moment}（北京时间）。"),
    "results_form.asked_all": ("Nothing more can be learned. {calls} used.", "已无更多可查询。共用 {calls}。"),
    "results_form.asked_enough": (
        "Stopped by itself after {calls}. Tick it again to go on.",
        "已用 {calls}，自动停止。如需继续请再次勾选。",
    ),
    "results_form.asked_long": (
        "Stopped by itself after {hours} h and {calls}. Tick it again to go on.",
        "已过 {hours} 小时（{calls}），自动停止。如需继续请再次勾选。",
    ),
    "results_form.asked_ended": ("Automatic refresh ended. {calls} used.", "已停止自动刷新。共用 {calls}。"),
    # People.
    "results_form.people": ("Everybody, row by row", "逐行结果"),
    "results_form.status": ("Status", "状态"),
    "results_form.any": ("Any status ({n:,})", "全部状态（{n:,}）"),
    "results_form.status_counted": ("{status} ({n:,})", "{status}（{n:,}）"),
    "results_form.search": ("Find", "查找"),
    "results_form.search_hint": ("id, name, reason, code …", "ID、姓名、原因、错误码……"),
    "results_form.clear": ("Clear filters", "清除筛选"),
    "results_form.shown": ("{first:,} to {last:,} of {total:,}", "第 {first:,} 至 {last:,} 条，共 {total:,} 条"),
    "results_form.none": ("No row has this status now.", "目前没有此状态的行。"),
    "results_form.none_found": ("No row holds “{query}”.", "没有包含“{query}”的行。"),
    "results_form.none_found_of": ("No row with this status holds “{query}”.", "此状态的行中没有包含“{query}”的。"),
    "results_form.person": ("Person", "人员"),
    "results_form.choose": ("Show details of", "查看谁的详情"),
    "results_form.nobody_named": ("row {label}", "第 {label} 行"),
    "results_form.page": ("Page", "页"),
    "results_form.pages": ("of {pages:,}", "共 {pages:,} 页"),
    "results_form.earlier": ("Earlier", "上一页"),
    "results_form.later": ("Later", "下一页"),
    "results_form.choose_hint": (
        "Choose a person to see the details: each call, the reason, what to do, and the message.",
        "选择一个人，查看完整详情：每次发送、原因、处理建议和消息内容。",
    ),
    # The story of one person.
    "results_form.story": ("{who}: {status}", "{who}：{status}"),
    "results_form.open_first": ("Open the first", "查看第一个"),
    "results_form.story_earlier": ("Previous person", "上一个"),
    "results_form.story_later": ("Next person", "下一个"),
    "results_form.story_close": ("Close details", "关闭详情"),
    "results_form.story_reading": ("Reading …", "正在读取……"),
    "results_form.fact_reason": ("Why", "原因"),
    "results_form.fact_code": ("DingTalk's code", "钉钉错误码"),
    "results_form.fact_task": ("DingTalk's task", "钉钉任务 ID"),
    "results_form.fact_sent_at": ("Last sent", "最近发送"),
    "results_form.fact_updated_at": ("Updated", "更新时间"),
    "results_form.fact_read": ("Read", "已读"),
    "results_form.read_yes": ("Yes", "是"),
    "results_form.read_no": ("Not yet", "暂未读"),
    "results_form.read_unknown": ("Not known", "未知"),
    "results_form.fact_evidence": ("How it is known", "依据"),
    "results_form.evidence_result": ("DingTalk's result says so", "钉钉的发送结果"),
    "results_form.evidence_duplicate": (
        "A repeat was dropped as a duplicate: the first one had reached the person",
        "重发被作为重复内容过滤：首次发送已送达",
    ),
    "results_form.fact_recalled_at": ("Recalled", "撤回时间"),
    "results_form.calls": ("Each time it was sent to this person", "发给此人的每次发送"),
    "results_form.no_calls": ("Nothing was sent to this person.", "没有向此人发送。"),
    "results_form.call_started": ("sent", "发出"),
    "results_form.call_took": ("answer", "答复用时"),
    "results_form.call_outcome": ("what came of it", "结果"),
    "results_form.call_people": ("people", "同时发送人数"),
    "results_form.call_seconds": ("{seconds} s", "{seconds} 秒"),
    "results_form.call_none": ("None", "无"),
    "results_form.outcome_accepted": ("DingTalk accepted it", "钉钉已受理"),
    "results_form.outcome_refused": ("DingTalk refused it", "钉钉已拒绝"),
    "results_form.outcome_unknown": ("Not known: no answer", "未知：没有答复"),
    "results_form.outcome_open": ("Under way, or nobody saw its end", "进行中，或没有记录到结束"),
    "results_form.preview_got": ("What this person got", "此人收到的内容"),
    "results_form.preview_missed": ("What was sent to this person", "发给此人的内容"),
    "results_form.preview_never": ("Not sent. It would have been:", "未发送。原本的内容："),
    "results_form.no_text": (
        "The text was not kept (store_content=False), so it cannot be shown.",
        "正文未保存（store_content=False），无法显示。",
    ),
    "results_form.no_text_for_row": ("No message was made for this row.", "此行没有生成消息。"),
    # What to do.
    "results_form.actions": ("Next", "下一步"),
    "results_form.action": ("What to do", "操作"),
    "results_form.actions_wait": (
        "More actions once sending stops.",
        "停止发送后会提供更多操作。",
    ),
    "results_form.act_none": ("Nothing now", "暂不操作"),
    "results_form.act_retry_name": ("Send again", "补发"),
    "results_form.act_resolve_name": ("Decide", "决定"),
    "results_form.act_retry": ("Send again ({n:,})", "补发（{n:,}）"),
    "results_form.act_remind": ("Remind ({n:,} unread)", "提醒（{n:,} 未读）"),
    "results_form.act_recall": ("Recall ({n:,})", "撤回（{n:,}）"),
    "results_form.act_resolve": ("Decide ({n:,} unknown)", "决定（{n:,} 未知）"),
    "results_form.act_export": ("Export", "导出"),
    "results_form.count": ("To confirm, type {n:,}", "输入 {n:,} 以确认"),
    "results_form.live": ("This is LIVE: it concerns real people.", "当前为真实环境（LIVE）：涉及真实的人。"),
    "results_form.sandbox": ("This is the sandbox: it reaches nobody.", "当前为沙箱：不会触达任何人。"),
    "results_form.type_count": ("Type how many people you expect: {people}.", "请输入预期人数：{people}。"),
    "results_form.type_count_message": (
        "Type how many messages you expect: {people}.",
        "请输入预期的消息数：{people}。",
    ),
    "results_form.no_count": ("“{typed}” is no number; it concerns {people}.", "“{typed}”不是数字；涉及 {people}。"),
    "results_form.other_count": ("You typed {typed}; it concerns {people}.", "输入的是 {typed}；涉及 {people}。"),
    "results_form.nothing_done": ("Nothing was done.", "未作任何操作。"),
    "results_form.too_dear": (
        "That takes {calls}, and at most {left} of this month's are left: it would stop on the way.",
        "这需要 {calls}，而本月至多还剩 {left} 次：会中途停止。",
    ),
    "results_form.retry_who": (
        (
            "The same text goes once more to {people} who missed it and can get it now. "
            "Who has it, or may have it, is not sent to."
        ),
        "向 {people}补发同样的正文：未收到且现在可以接收。已收到或可能收到的人不会再发。",
    ),
    "results_form.retry_who_message": (
        "{people} that did not arrive go out once more, as they were. What arrived, or may have, is not sent again.",
        "原样补发未送达的 {people}。已送达或可能已送达的不会再发。",
    ),
    "results_form.retry_later_message": ("{people} can be sent from {when} on.", "{people}可在 {when} 之后补发。"),
    "results_form.retry_later": ("{people} can be sent to from {when} on.", "{people}可在 {when} 之后补发。"),
    "results_form.do_retry": ("Send again to {people}", "补发给 {people}"),
    "results_form.do_retry_message": ("Send {people} again", "补发 {people}"),
    "results_form.retry_not_finished": (
        "First resume it: some were not sent to yet. Then those who missed it can be sent to again.",
        "请先继续发送：仍有人未发送。之后才能补发。",
    ),
    "results_form.remind_who": (
        (
            "Another message to those who have this one and have not read it: {people} now. "
            "DingTalk is asked first who has read it meanwhile, with up to {calls}. "
            "Nothing is sent until you type the count below."
        ),
        (
            "向已收到但未读的人另发一条消息：目前 {people}。"
            "会先向钉钉查询谁已读，最多 {calls}。在下方输入人数之前不会发送。"
        ),
    ),
    "results_form.remind_who_message": (
        (
            "Another message for each that arrived and was not read: {people} now. "
            "DingTalk is asked first what was read meanwhile, with up to {calls}. "
            "Nothing is sent until you type the count below."
        ),
        (
            "针对每条已送达但未读的消息另发一条：目前 {people}。"
            "会先向钉钉查询已读情况，最多 {calls}。在下方输入数量之前不会发送。"
        ),
    ),
    "results_form.reminder": ("Text of the reminder", "提醒内容"),
    "results_form.reminder_hint": ("such as: please read my message of Monday", "例如：请查看周一的消息"),
    "results_form.no_reminder": ("Write the text of the reminder.", "请填写提醒内容。"),
    "results_form.do_remind": ("Prepare the reminder", "准备提醒"),
    "results_form.remind_ready": (
        "The reminder is ready below. Nothing was sent yet.",
        "提醒已在下方准备好。尚未发送。",
    ),
    "results_form.remind_changed": (
        "The reminder was let go: not all of its people are unread any more. Nothing was sent; prepare it again.",
        "提醒已作废：其中有人已不再是未读。尚未发送，请重新准备。",
    ),
    "results_form.remind_rewritten": (
        "Its text has changed, so the reminder that was ready was let go. Nothing was sent; prepare it again.",
        "内容已修改，之前准备好的提醒已作废。尚未发送，请重新准备。",
    ),
    "results_form.recall_who": ("This recalls the message from {who}", "将撤回：{who}"),
    "results_form.recall_who_message": ("This recalls {who}", "将撤回：{who}"),
    "results_form.recall_fewer": (
        "This recalls the message from {reached} who have it. It was sent to {who}",
        "将从已收到的 {reached}处撤回。发送对象：{who}",
    ),
    "results_form.recall_fewer_message": (
        "This recalls {reached} that arrived. Sent were {who}",
        "将撤回已送达的 {reached}。共发送：{who}",
    ),
    "results_form.recall_fewer_at_most_message": (
        "This recalls {reached} that arrived or may have. Sent were {who}",
        "将撤回已送达或可能已送达的 {reached}。共发送：{who}",
    ),
    "results_form.recall_fewer_at_most": (
        "This recalls the message from {reached} who have it or may have it. It was sent to {who}",
        "将从已收到或可能已收到的 {reached}处撤回。发送对象：{who}",
    ),
    "results_form.recall_final": (
        "It vanishes from their phones, and cannot be brought back.",
        "消息会从他们的手机上消失，且无法恢复。",
    ),
    "results_form.recall_read": (
        "{people} had read it: that cannot be undone.",
        "其中 {people}已读：已读无法撤销。",
    ),
    "results_form.recall_read_message": (
        "{people} had been read: that cannot be undone.",
        "其中 {people}已读：已读无法撤销。",
    ),
    "results_form.do_recall_message": ("Recall {people}", "撤回 {people}"),
    "results_form.do_recall": ("Recall from {people}", "从 {people}处撤回"),
    "results_form.resolve_who": (
        "Whether the message reached {people} is not known: {who}. They may have it.",
        "{people}是否收到尚不明确：{who}。他们可能已收到。",
    ),
    "results_form.resolve_who_message": (
        "Whether {people} arrived is not known: {who}. They may have.",
        "{people}是否送达尚不明确：{who}。可能已送达。",
    ),
    "results_form.resolve_how": ("Your decision", "您的决定"),
    "results_form.resolve_leave": ("Leave it unknown", "保留为未知"),
    "results_form.resolve_delivered": ("They have it: I know", "已收到：我已核实"),
    "results_form.resolve_resend": ("Send again: some may get it twice", "再发一次：可能重复收到"),
    "results_form.resolve_show": ("Show them", "列出这些人"),
    "results_form.do_resolve": ("Decide for {people}", "确认处理 {people}"),
    "results_form.do_resolve_message": ("Decide about {people}", "确认处理 {people}"),
    "results_form.resolve_queued_message": (
        "Sending goes on as well with {people} that were not sent yet.",
        "同时会继续发送尚未发送的 {people}。",
    ),
    "results_form.resolve_queued": (
        "Sending goes on as well with {people} who were not sent to yet.",
        "同时会继续发送尚未发送的 {people}。",
    ),
    "results_form.resolve_none_again": (
        "None of them can be sent to again under this name.",
        "无法以此名称再次发送给他们。",
    ),
    "results_form.resolved_leave": ("Left unknown, as you decided: {people}.", "已按您的决定保留为未知：{people}。"),
    "results_form.resolved_delivered": ("Noted that they have it: {people}.", "已记录为收到：{people}。"),
    "results_form.resolved_resend": ("Sending once more: {people}.", "正在再次发送：{people}。"),
    "results_form.export_who": (
        "All {rows} with the ids and the reasons, as a CSV file that only you can read.",
        "全部 {rows}，含 ID 与原因，写成只有您能读取的 CSV 文件。",
    ),
    "results_form.do_export": ("Write the file", "写入文件"),
    "results_form.doing": ("Working …", "正在处理……"),
}
