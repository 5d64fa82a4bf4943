"""Texts for the results form."""

TRANSLATIONS: dict[str, tuple[str, str]] = {
    "results_form.as_of": ("Last update: {moment}, Beijing time.", "最近更新：{moment}（北京时间）。"),
    "results_form.no_results": ("No delivery results yet.", "暂无送达结果。"),
    "results_form.reading": ("Loading results …", "正在加载结果……"),
    "results_form.nobody": ("This campaign has no recipients.", "此任务没有收件人。"),
    # Overview.
    "results_form.everybody": ("Total", "总数"),
    "results_form.recorded_only": (
        "Rows rejected by the check are not counted.",
        "未通过检查的行不计入。",
    ),
    "results_form.reads": ("Read over time", "已读人数"),
    "results_form.reads_line": (
        "None read at {start}; at {end}, {read:,} read, of {delivered:,} delivered.",
        "{start} 尚无已读；{end} 已读 {read:,}，已送达 {delivered:,}。",
    ),
    "results_form.reads_at": (
        "At {end}, {read:,} read, of {delivered:,} delivered.",
        "{end} 已读 {read:,}，已送达 {delivered:,}。",
    ),
    "results_form.reads_value": ("{read:,} read", "已读 {read:,}"),
    "results_form.reads_when": (
        "Reads are dated by the refresh that reported them (Beijing time).",
        "时间为查询到已读的时刻（北京时间）。",
    ),
    "results_form.nobody_read": ("No confirmed reads yet.", "尚无人已读。"),
    "results_form.nobody_read_of_rest": (
        "Delivered and not recalled: {n:,}; no reads are reported.",
        "未撤回的已送达 {n:,}，没有已读记录。",
    ),
    "results_form.step_with_recalled": ("{step}, incl. recalled", "{step}（含已撤回）"),
    "results_form.no_deliveries": ("No confirmed deliveries yet.", "暂无已确认的送达。"),
    "results_form.recalled_read": (
        "Before the recall: {delivered:,} delivered, {read:,} of them read.",
        "撤回前已送达 {delivered:,}，其中已读 {read:,}。",
    ),
    "results_form.recalled_unknown": (
        "Recalled before its delivery was known.",
        "撤回时尚不清楚是否送达。",
    ),
    "results_form.merged_rows": (
        "If a person is in several rows of the list with the same message, they are one row here.",
        "如名单中同一人有多行且消息相同，在此只列一行。",
    ),
    # Refresh.
    "results_form.calls_left": ("At most {calls} left this month.", "本月最多剩余 {calls}。"),
    "results_form.no_calls_left": ("No calls are left this month.", "本月已无剩余调用。"),
    "results_form.refresh_nobody": (
        "Nothing to refresh yet: DingTalk has accepted no message.",
        "暂无可刷新的结果：钉钉尚未受理任何消息。",
    ),
    "results_form.refresh_over": (
        "Nothing left to refresh: results are final, or DingTalk no longer reports them.",
        "无需再刷新：结果均已确定，或钉钉不再提供。",
    ),
    "results_form.refresh_unreported": (
        "Nothing to refresh: DingTalk does not report whether cards arrive.",
        "无需刷新：钉钉不提供卡片的送达情况。",
    ),
    "results_form.auto_refresh": (
        "Refresh automatically (up to {calls} within {hours} hours)",
        "自动刷新（{hours} 小时内最多 {calls}）",
    ),
    "results_form.refreshing": (
        "Refreshing now; used so far: {made} of at most {calls}.",
        "正在刷新；已使用 {made} 次，上限 {calls}。",
    ),
    "results_form.auto_refresh_off": ("Off: nothing is refreshed automatically.", "未开启：不会自动刷新。"),
    "results_form.auto_refresh_pauses": (
        "It pauses while the results of another campaign are open.",
        "打开其他任务的结果期间暂停。",
    ),
    "results_form.auto_refresh_over_limit": (
        "Refresh with the button above: each round takes {calls}, and the automatic refresh may use {most:,}.",
        "每轮刷新需 {calls}，超出自动刷新的上限（{most:,} 次），请手动刷新。",
    ),
    "results_form.refresh_too_few_calls": (
        (
            "A refresh takes {calls}, more than are left: it would check only some of the messages, and leave no calls "
            "for a recall or a retry."
        ),
        "刷新一轮需 {calls}，超过本月剩余次数：只能查到一部分结果，且之后无法再撤回或重新发送。",
    ),
    "results_form.refreshed": ("Used by the automatic refresh so far: {calls}.", "自动刷新已用 {calls}。"),
    "results_form.refreshed_elsewhere": (
        "Refreshed by another window or process; the results are shown here as well.",
        "另一个窗口或进程正在自动刷新，结果会同步显示在此处。",
    ),
    "results_form.refreshed_next": ("Next refresh: {moment}, Beijing time.", "下次刷新：{moment}（北京时间）。"),
    "results_form.refreshed_next_part": (
        "Next refresh: {moment}, Beijing time. It may check only some of the messages, with the last {calls}.",
        "下次刷新：{moment}（北京时间）。自动刷新仅剩 {calls}，可能只查到部分结果。",
    ),
    "results_form.refreshed_all": ("The automatic refresh used {calls}.", "自动刷新共用 {calls}。"),
    "results_form.refreshed_unread": (
        "The automatic refresh used {calls} and has ended: the remaining results cannot be read.",
        "自动刷新共用 {calls}，已结束：其余结果无法读取。",
    ),
    "results_form.refreshed_max_calls": (
        "Stopped automatically after {calls}. Tick it again to continue.",
        "已用 {calls}，自动停止。如需继续请再次勾选。",
    ),
    "results_form.refreshed_max_hours": (
        "Stopped automatically after {hours} h and {calls}. Tick it again to continue.",
        "已过 {hours} 小时（{calls}），自动停止。如需继续请再次勾选。",
    ),
    "results_form.refreshed_ended": ("Automatic refresh ended. {calls} used.", "已停止自动刷新。共用 {calls}。"),
    # People.
    "results_form.people": ("Results by row", "发送明细"),
    "results_form.status": ("Status", "状态"),
    "results_form.share_of_rows": ("{share} ({rows})", "{share}（{rows}）"),
    "results_form.tile_elsewhere": ("{n:,} already sent before", "其中 {n:,} 人此前已发送"),
    "results_form.tile_all_excluded": ("excluded by you", "您已排除"),
    "results_form.tile_excluded": ("excluded by you: {rows}", "其中您排除：{rows}"),
    "results_form.tile_read_unknown": ("{n:,} of them may have read it", "其中 {n:,} 人已读情况未知"),
    "results_form.tile_read_unknown_means": (
        "Of these, DingTalk does not say whether {people} opened it: the list shows “{status}” for them.",
        "其中 {people}已收到，但钉钉未说明是否已打开；列表中显示为“{status}”。",
    ),
    "results_form.tile_chosen": ("{name} ✓", "{name} ✓"),
    "results_form.export_stored": (
        "Of the list, it has the columns stored with the campaign: those that the message uses, and names.",
        "名单的列仅含任务中保存的部分：消息用到的列和姓名。",
    ),
    "results_form.export_unstored": (
        "It has no columns of the list: they were not stored with the campaign, or have been deleted.",
        "不含名单的列：任务未保存这些内容，或已清理。",
    ),
    "results_form.export_shown": ("Export {rows} as Excel", "导出 {rows}（Excel）"),
    "results_form.filter": ("{name} ×", "{name} ×"),
    "results_form.filter_remove": ("Show all rows", "显示全部"),
    "results_form.search_hint": ("ID, name, reason, code …", "ID、姓名、原因、错误码……"),
    "results_form.none": ("No rows have this status.", "目前没有此状态的行。"),
    "results_form.none_found": ("No rows match “{query}”.", "没有包含“{query}”的行。"),
    "results_form.none_found_with_status": (
        "No rows with this status match “{query}”.",
        "此状态的行中没有包含“{query}”的。",
    ),
    "results_form.person": ("Person", "人员"),
    "results_form.choose": ("Show details of", "查看详情"),
    "results_form.earlier": ("Previous page", "上一页"),
    "results_form.later": ("Next page", "下一页"),
    "results_form.choose_hint": (
        "Select a person to see the details: each call, the reason, what to do, and the message.",
        "选择一个人可查看详情：发送记录、原因、处理建议和消息内容。",
    ),
    # Details of one person.
    "results_form.details_title": ("{who}: {status}", "{who}：{status}"),
    "results_form.details_earlier": ("Previous person", "上一个"),
    "results_form.details_later": ("Next person", "下一个"),
    "results_form.details_loading": ("Loading …", "正在加载……"),
    "results_form.fact_reason": ("Reason", "原因"),
    "results_form.fact_code": ("DingTalk error code", "钉钉错误码"),
    "results_form.fact_task": ("DingTalk task ID", "钉钉任务 ID"),
    "results_form.fact_sent_at": ("Last sent", "最近发送"),
    "results_form.fact_updated_at": ("Changed", "变更时间"),
    "results_form.fact_reached": ("Delivered", "是否送达"),
    "results_form.reached_before_recall": ("Yes, until recalled", "撤回前已送达"),
    "results_form.reached_elsewhere": ("Yes, before", "此前已送达"),
    "results_form.reached_recalled": ("Recalled", "已撤回"),
    "results_form.fact_channel": ("Channel", "发送渠道"),
    "results_form.channel_card": ("Interactive card", "互动卡片"),
    "results_form.channel_work_notification": ("Work notification", "工作通知"),
    "results_form.fact_attempts": ("Calls", "调用次数"),
    "results_form.fact_userid": ("userid", "userid"),
    "results_form.fact_read": ("Read", "已读"),
    "results_form.read_yes": ("Yes", "是"),
    "results_form.read_no": ("Not yet", "暂未读"),
    "results_form.read_unknown": ("Unknown", "未知"),
    "results_form.fact_evidence": ("Source", "依据"),
    "results_form.evidence_result": ("DingTalk's delivery result", "钉钉的发送结果"),
    "results_form.evidence_answer": ("The person's answer", "本人的回答"),
    "results_form.evidence_elsewhere": (
        "Dropped as a duplicate of what was sent before",
        "与此前发送的内容相同，被钉钉过滤",
    ),
    "results_form.evidence_duplicate": (
        "A repeat was dropped as a duplicate, so the first one had arrived",
        "重发被作为重复内容过滤：首次发送已送达",
    ),
    "results_form.fact_recalled_at": ("Recalled", "撤回时间"),
    "results_form.fact_earlier": ("Earlier message", "此前的消息"),
    "results_form.preview_earlier": ("Earlier message ({what})", "此前的消息（{what}）"),
    "results_form.recalled_earlier": ("sent {sent}, recalled {recalled}", "{sent} 发送，{recalled} 撤回"),
    "results_form.kept_earlier": ("sent {sent}, not recalled: still there", "{sent} 发送，未撤回，仍在"),
    "results_form.unsure_earlier": (
        "sent {sent}; it is not known whether this person has it",
        "{sent} 发送，此人是否有这一份尚不明确",
    ),
    "results_form.has_both": (
        "This person has two versions: the earlier one was not recalled.",
        "此人有新旧两份内容：旧的未撤回。",
    ),
    "results_form.may_have_both": (
        "This person may have two versions: an earlier one and this one.",
        "此人可能有新旧两份内容。",
    ),
    "results_form.calls": ("Calls to this person", "发送记录"),
    "results_form.no_calls": ("Nothing was sent to this person.", "没有向此人发送。"),
    "results_form.call_started": ("sent", "发出"),
    "results_form.call_took": ("response", "响应用时"),
    "results_form.call_outcome": ("outcome", "结果"),
    "results_form.call_people": ("people", "同批人数"),
    "results_form.call_seconds": ("{seconds} s", "{seconds} 秒"),
    "results_form.call_none": ("None", "无"),
    "results_form.outcome_accepted": ("Accepted by DingTalk", "钉钉已受理"),
    "results_form.outcome_refused": ("Refused by DingTalk", "钉钉已拒绝"),
    "results_form.outcome_unknown": ("Unknown: no answer", "未知：没有答复"),
    "results_form.outcome_open": ("In progress, or its end was not recorded", "进行中，或没有记录到结束"),
    "results_form.preview_delivered": ("What this person got", "此人收到的内容"),
    "results_form.preview_sent": ("What was sent to this person", "发给此人的内容"),
    "results_form.preview_not_sent": ("Not sent. The message would have been:", "未发送。原定内容："),
    "results_form.no_text": (
        "The text was not stored (store_content=False), so it cannot be shown.",
        "正文未保存（store_content=False），无法显示。",
    ),
    "results_form.no_text_for_row": ("No message was created for this row.", "此行没有生成消息。"),
    # Actions.
    "results_form.remind_awaits": (
        "You can send a reminder as soon as the results have been refreshed.",
        "结果刷新完成后即可提醒未读的人。",
    ),
    "results_form.actions_wait": (
        "More actions once sending stops.",
        "发送停止后可进行更多操作。",
    ),
    "results_form.act_retry_name": ("Send again", "补发"),
    "results_form.act_resolve_name": ("Resolve", "处理"),
    "results_form.act_remind_name": ("Remind", "提醒"),
    "results_form.act_recall_name": ("Recall", "撤回"),
    "results_form.act_close_name": ("Close the cards", "关闭卡片"),
    "results_form.closed_running": (
        "“{action}” was closed, because the campaign is being sent.",
        "任务正在发送，“{action}”已关闭。",
    ),
    "results_form.closed_recalling": (
        "“{action}” was closed, because the message is being recalled.",
        "消息正在撤回，“{action}”已关闭。",
    ),
    "results_form.closed_over": (
        "“{action}” was closed, because it no longer applies: the results have changed.",
        "结果有变化，“{action}”不再适用，已关闭。",
    ),
    "results_form.recounted": (
        "The number has changed from {before} to {people}. Check it, and enter it again.",
        "数量由 {before} 变为 {people}，请核对后重新输入。",
    ),
    "results_form.cancel": ("Cancel", "取消"),
    "results_form.act_retry": ("Send again ({n:,})", "补发（{n:,}）"),
    "results_form.act_remind": ("Remind unread ({n:,})", "提醒未读（{n:,}）"),
    "results_form.act_recall_rest_name": ("Continue the recall", "继续撤回"),
    "results_form.act_recall_rest": ("Continue the recall ({n:,})", "继续撤回（{n:,}）"),
    "results_form.act_recall": ("Recall ({n:,})", "撤回（{n:,}）"),
    "results_form.act_resolve": ("Resolve ({n:,} unknown)", "处理（{n:,} 未知）"),
    # For everybody, on the details of one person.
    "results_form.all_retry": ("Send again to everyone possible ({people}) …", "补发给所有可补发的人（{people}）……"),
    "results_form.all_remind": ("Remind everyone who has not read it ({people}) …", "提醒所有未读的人（{people}）……"),
    "results_form.all_resolve": (
        "Decide about all unknown outcomes ({people}) …",
        "处理所有结果未知的人（{people}）……",
    ),
    "results_form.all_retry_message": (
        "Send all messages again that can be ({people}) …",
        "补发所有可补发的消息（{people}）……",
    ),
    "results_form.all_remind_message": (
        "Remind about all unread messages ({people}) …",
        "提醒所有未读消息（{people}）……",
    ),
    "results_form.all_resolve_message": (
        "Decide about all unknown outcomes ({people}) …",
        "处理所有结果未知的消息（{people}）……",
    ),
    "results_form.live": ("This is LIVE: real people are affected.", "当前为真实环境（LIVE）：操作会影响真实用户。"),
    "results_form.sandbox": ("This is the sandbox: no real people are affected.", "当前为沙箱：不会影响真实用户。"),
    "results_form.type_count": ("Enter the number of people: {expected}.", "请输入人数：{expected}。"),
    "results_form.type_count_message": ("Enter the number of messages: {expected}.", "请输入消息数：{expected}。"),
    "results_form.over_quota": (
        "This takes {calls}, but at most {left} are left this month: it would stop before the end.",
        "此操作需要 {calls}，本月最多剩余 {left} 次，无法全部完成。",
    ),
    "results_form.none_left": (
        "This takes {calls}, and none are left this month: it cannot start.",
        "此操作需要 {calls}，本月已无剩余调用，无法开始。",
    ),
    "results_form.none_left_todo": (
        (
            "An administrator can buy more calls. If your edition allows more, set that in the app's settings or where "
            "you connect."
        ),
        "可由管理员购买调用量；若您的版本额度更高，请在应用的“设置”中或连接时填写。",
    ),
    "results_form.takes": ("Sending takes {calls}.", "发送需 {calls}。"),
    "results_form.retry_who": (
        (
            "Sends the same text again to {people} who missed it and can get it now. People who have it, or may "
            "have it, are not sent to."
        ),
        "向未收到且现在可以接收的 {people}补发同样的内容。已收到或可能已收到的人不会再发。",
    ),
    "results_form.retry_who_message": (
        "Sends {people} that did not arrive again, unchanged. Messages that arrived, or may have, are not sent again.",
        "原样补发未送达的 {people}。已送达或可能已送达的不会再发。",
    ),
    "results_form.retry_recalled": (
        "{note} Sending again would still send to those who were missed.",
        "{note}补发仍会发给未收到的人。",
    ),
    "results_form.retry_later_message": ("{people} can be sent again from {when}.", "{people}可在 {when} 之后补发。"),
    "results_form.retry_later": ("{people} can be sent again from {when}.", "{people}可在 {when} 之后补发。"),
    "results_form.do_retry": ("Send again to {people}", "补发给 {people}"),
    "results_form.do_retry_message": ("Send {people} again", "补发 {people}"),
    "results_form.retry_not_finished": (
        "Resume first: some have not been sent yet. Then you can send again to those who missed it.",
        "请先继续发送：仍有人未发送。之后才能补发。",
    ),
    "results_form.remind_who": (
        "Sends another message to people who have this one and have not read it: {people} now.",
        "向已收到但未读的人另发一条消息：目前 {people}。",
    ),
    "results_form.remind_who_message": (
        "Sends another message for each one that arrived and was not read: {people} now.",
        "针对每条已送达但未读的消息另发一条：目前 {people}。",
    ),
    "results_form.remind_query": (
        "First checks with DingTalk who has read it meanwhile, with up to {calls}.",
        "会先向钉钉查询谁已读，最多 {calls}。",
    ),
    "results_form.remind_query_message": (
        "First checks with DingTalk what has been read meanwhile, with up to {calls}.",
        "会先向钉钉查询已读情况，最多 {calls}。",
    ),
    "results_form.remind_queried": (
        "Queried at {time} (Beijing time); no calls needed.",
        "已于 {time}（北京时间）查询，无需再调用。",
    ),
    "results_form.remind_confirm": (
        "Nothing is sent until you confirm the count below.",
        "在下方输入人数确认之前不会发送。",
    ),
    "results_form.remind_unknown": (
        "Not reminded, because DingTalk does not report whether the message was read: {people}.",
        "钉钉不提供是否已读，因此不提醒：{people}。",
    ),
    "results_form.reminder": ("Reminder text", "提醒内容"),
    "results_form.reminder_hint": ("such as: please read my message of Monday", "例如：请查看周一的消息"),
    "results_form.reminder_insert": ("Insert a column:", "插入列："),
    "results_form.reminder_columns": ("Columns for the text: {columns}", "内容中可用的列：{columns}"),
    "results_form.no_reminder": ("Enter the reminder text.", "请填写提醒内容。"),
    "results_form.do_remind": ("Prepare reminder", "准备提醒"),
    "results_form.do_remind_calls": ("Prepare reminder ({calls})", "准备提醒（{calls}）"),
    "results_form.do_remind_again": ("Prepare again", "重新准备"),
    "results_form.do_remind_again_calls": ("Prepare again ({calls})", "重新准备（{calls}）"),
    "results_form.reminded": (
        "Reminded at {time} (Beijing time): {people}, as campaign {name}.",
        "已于 {time}（北京时间）提醒 {people}，任务名称：{name}。",
    ),
    "results_form.reminded_some": (
        "Reminded at {time} (Beijing time): {n:,} of {people}, as campaign {name}.",
        "已于 {time}（北京时间）提醒 {n:,} / {people}，任务名称：{name}。",
    ),
    "results_form.reminder_unknown": ("Unknown outcome: {people}.", "结果未知：{people}。"),
    "results_form.remind_uncertain": (
        "May have been reminded before, because the outcome is unknown: {people}.",
        "结果未知、可能已提醒过：{people}。",
    ),
    "results_form.reminder_running": ("It is being sent.", "正在发送。"),
    "results_form.reminder_paused": ("Paused: {people} still queued.", "已暂停，还有 {people}未发送。"),
    "results_form.reminder_stopped": ("Stopped: {people} still queued.", "已停止，还有 {people}未发送。"),
    "results_form.reminder_interrupted": ("Interrupted: {people} still queued.", "已中断，还有 {people}未发送。"),
    "results_form.reminder_elsewhere": (
        "Of these, {people} got another reminder.",
        "其中 {people}已收到另一条提醒。",
    ),
    "results_form.reminder_recalled": ("Recalled: {people}.", "已撤回：{people}。"),
    "results_form.remind_again": (
        "Reminded before, most recently at {time} (Beijing time), and now again: {people} ({names}).",
        "其中 {people}已提醒过（最近一次 {time}，北京时间；{names}），此次会再次提醒。",
    ),
    "results_form.remind_again_text": (
        (
            "Reminded before, most recently at {time} (Beijing time): {people} ({names}). A different text reminds "
            "them again; the same text is not sent to them twice on one day."
        ),
        "其中 {people}已提醒过（最近一次 {time}，北京时间；{names}）。内容不同才会再次提醒；相同内容当天不会再次发送。",
    ),
    "results_form.remind_same": (
        "This is the text of the reminder {name}, which is not finished.",
        "内容与尚未发完的提醒 {name} 相同。",
    ),
    "results_form.remind_same_todo": (
        "To continue that one, open it above; for another reminder, change the text. No calls were made.",
        "要继续那次提醒，请在上方打开；要另发一次，请修改内容。未使用调用。",
    ),
    "results_form.remind_same_card": (
        "The reminder {name} sends this card, and is not finished.",
        "提醒 {name} 发送的也是此卡片，尚未发完。",
    ),
    "results_form.remind_same_card_todo": (
        "To continue it, open it above. Nothing was prepared.",
        "要继续，请在上方打开。没有准备新的提醒。",
    ),
    "results_form.remind_ready": (
        "The reminder is ready below, for {people}. Nothing was sent yet.",
        "提醒已在下方准备好：{people}，尚未发送。",
    ),
    "results_form.remind_merged": (
        "Several reminders with the same text to one person are sent as one, since DingTalk drops the others.",
        "同一人的相同提醒合并为一条，因为钉钉会过滤重复的内容。",
    ),
    "results_form.reminder_apart": (
        "It is sent as a campaign of its own. The numbers above and the rows below are those of {name}.",
        "提醒作为单独的任务发送。上方的数字和下方的明细属于 {name}。",
    ),
    "results_form.reminder_open": ("Show its results", "查看提醒结果"),
    "results_form.reminder_continue": ("Open it to continue", "打开以继续发送"),
    "results_form.reminder_close": ("Hide its results", "收起提醒结果"),
    "results_form.remind_changed": (
        "The reminder was discarded: none of its recipients has the message unread any more. Nothing was sent.",
        "提醒已作废：其中已没有未读的人。尚未发送。",
    ),
    "results_form.remind_leaves_out_read": (
        "Those known to have read the message when the reminder is sent are left out. Sending does not check again.",
        "发送时已知已读的人将自动排除；发送时不再查询。",
    ),
    "results_form.remind_left_out_read": (
        "Left out, because the message is no longer unread: {people}.",
        "准备后已有 {people}不再是未读，将自动排除。",
    ),
    "results_form.remind_known_reads": (
        (
            "Reads are known as of {moment}, Beijing time. To leave out those who have read it since, refresh the "
            "delivery status first."
        ),
        "已读情况截至 {moment}（北京时间）。要排除此后已读的人，请先刷新送达情况。",
    ),
    "results_form.remind_rewritten": (
        "The text has changed, so the prepared reminder was discarded. Nothing was sent; prepare it again.",
        "内容已修改，之前准备好的提醒已作废。尚未发送，请重新准备。",
    ),
    "results_form.recall_who": ("This recalls the message from {who}", "将撤回：{who}"),
    "results_form.recall_who_message": ("This recalls {who}", "将撤回：{who}"),
    "results_form.recall_from": ("Recall from", "撤回范围"),
    "results_form.recall_rest": (
        "the rest of the people chosen before ({people})",
        "上次选定的人中尚未撤回的（{people}）",
    ),
    "results_form.recall_selected": ("the people chosen below ({people})", "下方选定的人（{people}）"),
    "results_form.recall_selected_who": ("Chosen: {who}.", "已选定：{who}。"),
    "results_form.recall_found_name": ("Recall from those found", "撤回发给所列人员的消息"),
    "results_form.recall_found": ("Recall from those found ({people}) …", "撤回发给所列人员的消息（{people}）……"),
    "results_form.recall_found_shared": (
        "Recall from those found and others in the same calls ({people}) …",
        "撤回发给所列人员及同批人员的消息（{people}）……",
    ),
    "results_form.recall_not_person": (
        "Cannot be recalled from this person: it was sent too long ago, or the call that sent it had no answer.",
        "无法撤回发给此人的消息：发送时间过久，或发送时调用没有得到答复。",
    ),
    "results_form.recall_person_name": ("Recall from this person", "撤回发给此人的消息"),
    "results_form.recall_person": ("Recall from this person …", "撤回发给此人的消息……"),
    "results_form.recall_all": ("everybody ({people})", "所有人（{people}）"),
    "results_form.recall_final": (
        (
            "It disappears from their phones and cannot be restored. DingTalk does not deliver the same text to them "
            "again on that day, only a changed one."
        ),
        "消息会从他们的手机上消失，且无法恢复。钉钉当天不会再次送达相同内容，如需再发请修改内容。",
    ),
    "results_form.recall_read": ("{people} had already read it.", "其中 {people}已读。"),
    "results_form.recall_read_message": ("{people} had already been read.", "其中 {people}已读。"),
    "results_form.recall_read_any": (
        "{people} had already read at least one of their messages.",
        "其中 {people}至少已读过一条。",
    ),
    "results_form.recall_read_any_message": (
        "Of {people}, at least one text had already been read.",
        "其中 {people}至少有一份内容已读。",
    ),
    "results_form.recall_reminders": (
        "Its reminders are not recalled: {names}. Recall them in their own campaigns.",
        "提醒不会一并撤回（{names}），请在各自的任务中撤回。",
    ),
    "results_form.recalling_elsewhere": (
        "The recall was started on another page or in another process. More actions once it has ended.",
        "此次撤回由其他页面或进程发起（例如重新加载前的页面），结束后可进行更多操作。",
    ),
    "results_form.recall_done": ("The recall is complete.", "撤回已完成。"),
    "results_form.recall_unfinished": (
        "The recall has ended, but not everything was recalled. To continue, recall again.",
        "撤回已结束，但未全部撤回。如需继续，请再次撤回。",
    ),
    "results_form.recall_unknown": (
        "Not recalled, because DingTalk did not answer whether it accepted the call: {people}.",
        "调用未收到答复，无法撤回：{people}。",
    ),
    "results_form.do_recall_message": ("Recall {people}", "撤回 {people}"),
    "results_form.do_recall": ("Recall from {people}", "撤回发给 {people}的消息"),
    "results_form.resolve_who": (
        "It is unknown whether {people} got the message: {who}. They may have it.",
        "{people}是否收到尚不明确：{who}。他们可能已收到。",
    ),
    "results_form.resolve_who_message": (
        "It is unknown whether {people} arrived: {who}. They may have.",
        "{people}是否送达尚不明确：{who}。可能已送达。",
    ),
    "results_form.resolve_after_resume": (
        "Resume first: calls are repeated if nobody can get the message twice. Then decide about what stays unknown.",
        "请先点“继续”：在确保不重复送达的前提下会自动重发。之后仍未知的，再作决定。",
    ),
    "results_form.resolve_how": ("Decision", "处理方式"),
    "results_form.resolve_leave": ("Leave as unknown", "保留为未知"),
    "results_form.resolve_delivered": ("Mark as delivered (I checked)", "标记为已送达（我已核实）"),
    "results_form.resolve_resend": ("Send again (some may get it twice)", "再发一次（可能重复收到）"),
    "results_form.resolve_show": ("Show people", "查看名单"),
    "results_form.do_resolve": ("Confirm for {people}", "确认处理 {people}"),
    "results_form.do_resolve_message": ("Confirm for {people}", "确认处理 {people}"),
    "results_form.resolve_queued_message": (
        "This also continues with {people} not sent yet.",
        "同时会继续发送尚未发送的 {people}。",
    ),
    "results_form.resolve_queued": (
        "This also continues with {people} not sent yet.",
        "同时会继续发送尚未发送的 {people}。",
    ),
    "results_form.resolve_none_again": (
        "None of them can be sent again under this name.",
        "无法以此名称再次发送给他们。",
    ),
    "results_form.resolved_leave": ("Left as unknown: {people}.", "已保留为未知：{people}。"),
    "results_form.resolved_delivered": ("Marked as delivered: {people}.", "已标记为送达：{people}。"),
    "results_form.answer_or_reason": ("Answer or reason", "回答或原因"),
    "results_form.act_remind_cards": ("Remind ({n:,} without an answer)", "提醒未回答者（{n:,}）"),
    "results_form.remind_cards_who": (
        (
            "Sends the card again to those who have not answered: {people} now. Answers to both cards count as "
            "those of one person. Nothing is sent until you confirm the count below."
        ),
        "向未回答的人再次发送卡片：目前 {people}。两张卡片上的回答按同一人计。在下方确认人数后才会发送。",
    ),
    "results_form.remind_cards_changed": (
        "The reminder was discarded: all of its people have answered meanwhile. Nothing was sent.",
        "提醒已作废：其中所有人均已回答。尚未发送。",
    ),
    "results_form.remind_leaves_out_answered": (
        "Those whose answers have been received when it is sent are left out.",
        "发送时已收到其回答的人将自动排除。",
    ),
    "results_form.remind_left_out_answered": (
        "Left out because they have answered since: {people}.",
        "准备后已有 {people}作出回答，将自动排除。",
    ),
    "results_form.no_card_text": (
        "The text of the card was not kept, so the form cannot send it again.",
        "卡片正文没有保留，表单无法再次发送。",
    ),
    "results_form.act_close": ("Close the cards ({n:,})", "关闭卡片（{n:,}）"),
    "results_form.act_close_rest": ("Disable the other cards ({n:,})", "关闭其余卡片（{n:,}）"),
    "results_form.close_rest": (
        (
            "The cards are closed, and further answers do not count. Not all are disabled yet: {people} can still "
            "press the buttons. Disables the rest, which takes {calls} from the monthly quota."
        ),
        (
            "之后的回答已不再计入，但卡片尚未全部关闭：还有 {people}可以点击按钮。"
            "将关闭其余卡片（计入本月额度：{calls}）。"
        ),
    ),
    "results_form.close_rest_message": (
        (
            "The cards are closed, and further answers do not count. Some are not disabled yet, and their buttons can "
            "still be pressed: {people}. Disables the rest, which takes {calls} from the monthly quota."
        ),
        (
            "之后的回答已不再计入，但卡片尚未全部关闭：还有 {people}的按钮仍可点击。"
            "将关闭其余卡片（计入本月额度：{calls}）。"
        ),
    ),
    "results_form.close_who": (
        (
            "Closes the cards of {people}, all at once: further answers will not count, and the cards are disabled, "
            "which takes {calls} from the monthly quota."
        ),
        "将关闭 {people}的卡片：之后的回答不再计入，按钮不能再点击（计入本月额度：{calls}）。",
    ),
    "results_form.close_who_message": (
        (
            "Closes {people}, all at once: further answers will not count, and the cards are disabled, which takes "
            "{calls} from the monthly quota."
        ),
        "将关闭 {people}的卡片：之后的回答不再计入，按钮不能再点击（计入本月额度：{calls}）。",
    ),
    "results_form.close_only": (
        (
            "Closes the cards of {people}: further answers will not count. The template does not say how to disable a "
            "card."
        ),
        "将关闭 {people}的卡片：之后的回答不再计入。该模板没有说明如何关闭按钮，按钮仍可点击。",
    ),
    "results_form.close_only_message": (
        "Closes {people}: further answers will not count. The template does not say how to disable a card.",
        "将关闭 {people}的卡片：之后的回答不再计入。该模板没有说明如何关闭按钮，按钮仍可点击。",
    ),
    "results_form.close_final": (
        "This cannot be undone, and nobody can be reminded afterwards.",
        "关闭后无法恢复，也不能再提醒。",
    ),
    "results_form.do_close": ("Close the cards of {people}", "为 {people}关闭卡片"),
    "results_form.do_close_calls": ("Close the cards of {people} ({calls})", "为 {people}关闭卡片（{calls}）"),
    "results_form.do_close_rest": ("Disable the other cards ({calls})", "关闭其余卡片（{calls}）"),
    "results_form.do_close_message": ("Close {people}", "关闭 {people}的卡片"),
    "results_form.do_close_message_calls": ("Close {people} ({calls})", "关闭 {people}的卡片（{calls}）"),
    "results_form.stop_close": ("Stop disabling the cards", "停止关闭卡片"),
    "results_form.is_closed": ("Closed: further answers do not count.", "已关闭：之后的回答不再计入。"),
    # Answers.
    "answers_form.title": ("Answers", "回答"),
    "answers_form.open": ("open", "进行中"),
    "answers_form.overdue": ("past the deadline", "已过截止时间"),
    "answers_form.closed": ("closed", "已关闭"),
    "answers_form.not_disabled": ("not disabled yet: {cards}", "还有 {cards}未关闭"),
    "answers_form.deadline": ("Deadline: {moment}, Beijing time", "截止：{moment}（北京时间）"),
    "answers_form.counts_first": ("Each person's first answer counts", "以每人首次回答为准"),
    "answers_form.counts_last": ("Each person's last answer counts", "以每人最后一次回答为准"),
    "answers_form.listen": ("Receive answers", "接收回答"),
    "answers_form.stop": ("Stop receiving", "停止接收"),
    "answers_form.not_started": ("Answers are not being received.", "未在接收回答。"),
    "answers_form.reconnecting": (
        "Connection lost: answers are not received until it is back. Retrying …",
        "连接已断开：恢复之前收不到回答，正在重试。",
    ),
    "answers_form.listening": ("Receiving answers over Stream.", "正在通过 Stream 接收回答。"),
    "answers_form.not_listening": (
        "Answers are not being received here. Those that nobody receives are lost unless DingTalk sends them again.",
        "当前未在接收回答。未被接收的回答会丢失，除非钉钉重发。",
    ),
    "answers_form.listening_http": ("Receiving answers over HTTP.", "正在通过 HTTP 接收回答。"),
    "answers_form.elsewhere_http": (
        "Answers come over HTTP, and are not being received here: another process has to receive them.",
        "回答通过 HTTP 推送，当前未在接收，须由其他进程接收。",
    ),
    "answers_form.connecting": ("Connecting …", "正在连接……"),
    "answers_form.quota": (
        "Each answer is assumed to count towards the monthly quota for Stream, {most:,}. Open for answers: {cards}.",
        "假定每次回答都计入 Stream 月额度（{most:,} 次）。尚可回答：{cards}。",
    ),
    "answers_form.filter": ("Filter by answer", "按回答筛选"),
    "answers_form.any": ("All rows ({n:,})", "全部（{n:,} 行）"),
    "answers_form.late_people": ("{n:,} of them late", "其中逾期 {n:,}"),
    "answers_form.without_card": ("{n:,} without a card", "{n:,} 人没有卡片"),
    "answers_form.buttons": ("Button pressed", "所选按钮"),
    "answers_form.of_everybody": (
        "Answered: {n:,} of {total:,} ({share})",
        "已回答：{n:,} / {total:,}（{share}）",
    ),
    "answers_form.answered": (
        "{n:,} answered this; percentages are based on these",
        "{n:,} 人回答了此项，以下为其中的占比",
    ),
    "answers_form.nobody_answered": ("Nobody has answered this yet", "暂时无人回答此项"),
    "answers_form.option": ("{answer} ({n:,})", "{answer}（{n:,}）"),
    "answers_form.nobody": ("Nobody gave this answer.", "没有人这样回答。"),
    "answers_form.none_found": ("No rows match all filters.", "没有符合全部筛选条件的行。"),
    "answers_form.answer_to": ("{question}: {answer}", "{question}：{answer}"),
    "answers_form.has_answered": ("Answered", "已回答"),
    "answers_form.has_not_answered": ("No answer", "未回答"),
    "answers_form.answer": ("Answer", "回答"),
    "answers_form.answered_at": ("Answered", "回答时间"),
    "answers_form.late": ("late", "逾期"),
    "answers_form.value": ("{n:,} · {share}", "{n:,} · {share}"),
}
