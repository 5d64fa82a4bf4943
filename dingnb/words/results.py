"""Texts for results: statuses and their reasons, refreshes, reports, exports, retries, reminders and recalls."""

TRANSLATIONS: dict[str, tuple[str, str]] = {
    "export.not_a_path": ("{call}() was given {kind}, not a path.", "{call}() 收到的是 {kind}，不是路径。"),
    "export.not_a_path_todo": (
        'Pass a file path: {call}("payslip{suffix}").',
        '请传入文件路径：{call}("payslip{suffix}")。',
    ),
    "export.other_suffix": (
        "{path} ends in {suffix}, but {call}() writes {wanted}.",
        "{path} 以 {suffix} 结尾，而 {call}() 写入 {wanted}。",
    ),
    "export.other_suffix_todo": ("Use {call}({name}).", "请使用 {call}({name})。"),
    "export.other_call_todo": ("For such a file use {call}({name}).", "此类文件请使用 {call}({name})。"),
    "export.no_kind": ("{path} ends in {suffix}, which is not supported.", "{path} 以 {suffix} 结尾，不支持写入。"),
    "export.no_kind_todo": ("Use {name}.xlsx or {name}.csv.", "请改为 {name}.xlsx 或 {name}.csv。"),
    "export.cannot_write": ("{path} cannot be written: {error}.", "无法写入 {path}：{error}。"),
    "export.another_todo": ("Choose another name or folder.", "请换一个文件名或文件夹。"),
    "export.open": (
        "{path} is open in another program, so it was left unchanged.",
        "{path} 正在其他程序中打开，因此未作改动。",
    ),
    "export.open_todo": ("Close it there, or choose another name.", "请先在那里关闭，或换一个文件名。"),
    "export.open_in": (
        "{path} is open in {program}, so it was left unchanged.",
        "{path} 正在 {program} 中打开，因此未作改动。",
    ),
    "export.open_in_todo": (
        (
            "Close it there, or choose another name. If no program has it open, a crash left {beside} behind: delete "
            "that file."
        ),
        "请先在那里关闭，或换一个文件名。若并未打开，则 {beside} 是异常退出的残留，请删除。",
    ),
    "export.folder": ("{path} is a folder.", "{path} 是文件夹。"),
    "export.folder_todo": ("Specify a file in it: {path}.", "请指明其中的文件：{path}。"),
    "export.not_regular": ("{path} is a device or a pipe, not a file.", "{path} 是设备或管道，不是文件。"),
    "export.read_only": ("{path} is read-only, so it was left unchanged.", "{path} 为只读，因此未作改动。"),
    "export.no_folder": (
        "{path} cannot be written: the folder {folder} does not exist.",
        "无法写入 {path}：没有文件夹 {folder}。",
    ),
    "export.no_folder_todo": ("Create the folder, or choose another one.", "请先创建该文件夹，或换一个。"),
    "export.folder_not_writable": (
        "{path} cannot be written: you have no write permission for the folder {folder}.",
        "无法写入 {path}：您没有文件夹 {folder} 的写入权限。",
    ),
    "export.folder_not_writable_todo": ("Choose a folder of your own.", "请换一个您自己的文件夹。"),
    "export.disk_read_only": (
        "{path} cannot be written: its disk is read-only.",
        "无法写入 {path}：所在磁盘为只读。",
    ),
    "export.disk_read_only_todo": ("Choose a folder on another disk.", "请换到其他磁盘的文件夹。"),
    "export.no_space": (
        "{path} was not written: its disk is full, or your quota is used up.",
        "未写入 {path}：磁盘空间不足，或您的配额已用尽。",
    ),
    "export.no_space_todo": ("Free some space, or choose another disk.", "请清理空间，或换一个磁盘。"),
    "export.long_name": ("{path} cannot be written: the name is too long.", "无法写入 {path}：名称过长。"),
    "export.long_name_todo": ("Choose a shorter one.", "请换一个较短的名称。"),
    "export.loop": (
        "{path} cannot be written: it is a link that points back to itself.",
        "无法写入 {path}：该链接指向自身。",
    ),
    "export.loop_todo": ("Delete the link, or choose another name.", "请删除该链接，或换一个文件名。"),
    "export.beside": ("{title} (sending)", "{title}（发送）"),
    "export.beside_answer": ("{title} (answer)", "{title}（回答）"),
    "export.bad_status": ("{status!r} is not a status.", "没有 {status!r} 这种状态。"),
    "export.bad_status_todo": ("run.summary() shows those that occur.", "run.summary() 列出实际出现的状态。"),
    "export.too_long": (
        "{rows:,} rows are more than an Excel sheet can hold ({most:,}).",
        "{rows:,} 行超过了 Excel 工作表的上限（{most:,}）。",
    ),
    "export.too_wide": (
        "{columns:,} columns are more than an Excel sheet can hold ({most:,}).",
        "{columns:,} 列超过了 Excel 工作表的上限（{most:,}）。",
    ),
    "export.long_text": (
        "The text in column {column!r}, row {row:,}, has {n:,} characters, but an Excel cell can hold only {most:,}.",
        "列 {column!r} 第 {row:,} 行的文本有 {n:,} 个字符，而 Excel 单元格上限为 {most:,}。",
    ),
    "export.too_much_todo": ("Write a .csv file, which has no such limit.", "请改写 .csv 文件，它没有此限制。"),
    "report.with_code": ("{reason} ({code})", "{reason}（{code}）"),
    "report.card": ("Report: {title}", "报告：{title}"),
    "report.line": ("{title}: {contents}", "{title}：{contents}"),
    "report.contents": ("Contents", "内容"),
    "report.sharing": ("To share it", "如需转发"),
    "report.save": (
        'report.save("payslip.html") writes a file that any browser can open.',
        'report.save("payslip.html") 写成任何浏览器都能打开的文件。',
    ),
    "report.saved": (
        "Written to {path}, which any browser can open.",
        "已写入 {path}，任何浏览器都能打开。",
    ),
    "report.what": (
        "{people}, {missed} {label}, {kb} KB, without the texts",
        "{people}，{label} {missed}，{kb} KB，不含消息正文",
    ),
    "report.what_with_texts": (
        "{people}, {missed} {label}, {kb} KB, with the texts",
        "{people}，{label} {missed}，{kb} KB，含消息正文",
    ),
    "report.as_of": ("Last update: {moment}, Beijing time", "最近更新：{moment}（北京时间）"),
    "report.sandbox_note": (
        "A rehearsal on this computer's sandbox: nobody received anything.",
        "这是在本机沙箱上的演练：没有人收到任何消息。",
    ),
    "report.people": ("people", "总人数"),
    "report.people_message": ("messages", "消息数"),
    "report.delivered": ("delivered", "已送达"),
    "report.read": ("read", "已读"),
    "report.not_known": ("not known yet", "尚未确定"),
    "report.funnel": ("Delivery funnel", "送达进度"),
    "report.step_people": ("Everyone in the list", "名单全部人员"),
    "report.step_people_message": ("All messages", "全部消息"),
    "report.left_out": ("Rows that were not sent", "未发送的行"),
    "report.left_out_unkept": (
        "Rows rejected by the check were not sent. An earlier version did not store them: they are not counted here.",
        "检查未通过的行未发送。发送时的版本不保存这些行：此处不计入。",
    ),
    "report.step_accepted": ("Accepted or delivered", "已受理或已送达"),
    "report.step_delivered": ("Delivered", "已送达"),
    "report.step_read": ("Read", "已读"),
    "report.step_accepted_only": ("Accepted (delivery is not reported)", "已受理（钉钉不提供送达情况）"),
    "report.step_read_only": ("Answered", "已回答"),
    "report.accepted": ("accepted", "已受理"),
    "report.answered": ("answered", "已回答"),
    "report.where": ("People by status", "各状态人数"),
    "report.where_message": ("Messages by status", "各状态消息数"),
    "report.share": ("share", "占比"),
    "report.next_step": ("meaning and next step", "含义与下一步"),
    "report.means_read": ("They received it and opened it.", "已收到并打开。"),
    "report.means_delivered": ("They received it, but have not opened it yet.", "已收到，尚未打开。"),
    "report.means_delivered_unreported": (
        "They received it; DingTalk does not say whether they have opened it.",
        "已收到；钉钉未说明是否已打开。",
    ),
    "report.means_accepted": ("DingTalk accepted it; whether it arrived is unknown.", "钉钉已受理，是否送达尚不明确。"),
    "report.means_queued": ("Not sent yet.", "尚未发送。"),
    "report.means_sending": ("On its way to DingTalk.", "正在发往钉钉。"),
    "report.means_unknown": ("Whether they received it is unknown.", "是否收到尚不明确。"),
    "report.means_filtered": (
        "DingTalk dropped it: a limit was reached, or the person had the same text that day.",
        "被钉钉过滤：超出限制，或此人当天已收到相同内容。",
    ),
    "report.means_invalid": (
        "DingTalk has no such person, or the app is not allowed to reach them.",
        "钉钉中没有此人，或应用无权触达。",
    ),
    "report.means_failed": ("It could not be sent.", "发送失败。"),
    "report.means_rejected": (
        "Not sent: the row cannot be used, or the person is excluded.",
        "未发送：该行数据有误，或此人已被排除。",
    ),
    "report.means_cancelled": ("Cancelled before it was sent.", "发送前已取消。"),
    "report.means_recalled": ("Recalled after it was sent.", "发送后已撤回。"),
    "report.then_read": ("Nothing to do.", "无需处理。"),
    "report.then_delivered": ("A reminder can be sent to those who have not opened it.", "可向未打开的人发送提醒。"),
    "report.then_delivered_unreported": (
        "Nothing to do. Reminders do not go to them.",
        "无需处理。不会向这些人发送提醒。",
    ),
    "report.then_accepted": ("DingTalk reports for 24 hours whether it arrived.", "24 小时内可向钉钉查询是否送达。"),
    "report.then_queued": ("It is sent to them when sending continues.", "继续发送时会发给这些人。"),
    "report.then_sending": ("Wait for the answer.", "请等待结果。"),
    "report.then_unknown": (
        "Ask them whether they have it before you send it again.",
        "再次发送之前，请先向本人核实是否已收到。",
    ),
    "report.then_filtered": (
        (
            "The reasons say who can be sent to again, and who had or may have had the same text and is not sent to "
            "again."
        ),
        "原因中说明谁可以补发，谁已收到或可能已收到相同内容而不再发送。",
    ),
    "report.sent_before": ("{people}: {reason}", "{people}：{reason}"),
    "report.then_sent_before": (
        "Nothing to do: it is not sent to them again. The results of that campaign or test show whether it arrived.",
        "无需处理：不会再次发送。是否送达见该任务或测试的结果。",
    ),
    "report.then_invalid": (
        "Check whether they have left, or are outside the app's visible range.",
        "请核实是否已离职，或不在应用的可见范围内。",
    ),
    "report.then_failed": ("They can be sent to again, or the reason says what to fix.", "可以补发，或按原因修正。"),
    "report.then_retry_recalled": (
        "{note} A corrected text can be sent to them.",
        "{note}可向这些人发送更正内容。",
    ),
    "report.then_rejected": (
        "The list below says why. Rows can be corrected; for excluded people there is nothing to do.",
        "原因见下方名单。有误的行可以修正；已排除的人无需处理。",
    ),
    "report.then_cancelled": (
        "Removed from, or changed in, a later version of the list.",
        "在较新的名单中已移除或有改动。",
    ),
    "report.then_recalled": ("A corrected text can be sent to them.", "可向这些人发送更正内容。"),
    "report.facts": ("The campaign", "任务信息"),
    "report.what_to_do": ("what to do", "处理建议"),
    "report.more_reasons": ("{n:,} more reasons are not shown.", "另有 {n:,} 种原因未列出。"),
    "missed.queued": (
        (
            "Still queued: {people}. They get the message when this campaign continues; if it is sent to them "
            "elsewhere as well, they get it twice."
        ),
        "仍有 {people}待发送：此任务继续发送时即会收到；如再另行发送，会收到两次。",
    ),
    "missed.queued_message": (
        "Still queued: {people}, sent when this campaign continues; what you also send elsewhere arrives twice.",
        "仍有 {people}待发送：此任务继续发送时即会发出；如再另行发送，收件人会收到两次。",
    ),
    "missed.unreported": (
        "Not in {call}: {people} whose delivery is not known yet. Ask DingTalk first: run.wait() or run.refresh().",
        "{call} 不含尚未确认是否送达的 {people}：请先用 run.wait() 或 run.refresh() 向钉钉查询。",
    ),
    "missed.unreported_message": (
        "Not in {call}: {people} whose delivery is not known yet. Ask DingTalk first: run.wait() or run.refresh().",
        "{call} 不含尚未确认是否送达的 {people}：请先用 run.wait() 或 run.refresh() 向钉钉查询。",
    ),
    "missed.expired": (
        (
            "Not in {call}: {people} whose delivery DingTalk no longer reports; they may have the message. In "
            'results(), their status is "accepted", with the reason.'
        ),
        (
            "{call} 不含已无法得知是否送达的 {people}：钉钉不再提供其结果，他们可能已收到。"
            '在 results() 中，其状态为 "accepted"，并列出原因。'
        ),
    ),
    "missed.expired_message": (
        (
            "Not in {call}: {people} whose delivery DingTalk no longer reports; they may have arrived. In "
            'results(), their status is "accepted", with the reason.'
        ),
        (
            "{call} 不含已无法得知是否送达的 {people}：钉钉不再提供其结果，这些消息可能已送达。"
            '在 results() 中，其状态为 "accepted"，并列出原因。'
        ),
    ),
    "missed.unknown": (
        "Not in {call}: {people} with unknown outcome, who may have the message. run.resolve() lists them.",
        "{call} 不含结果未知的 {people}：可能已收到。run.resolve() 列出这些人。",
    ),
    "missed.unknown_message": (
        "Not in {call}: {people} with unknown outcome, which may have arrived. run.resolve() lists them.",
        "{call} 不含结果未知的 {people}：可能已送达。run.resolve() 列出这些消息。",
    ),
    "unread.had_before": (
        (
            "Not among the unread: {people} who had this text before, from the campaign or test in run.results(). "
            "Whether they have read it is not known here."
        ),
        "未读人员不含此前已收到相同内容的 {people}（来源见 run.results()）：此处无法得知他们是否已读。",
    ),
    "unread.cards": (
        "DingTalk does not report who has received or read a card, so unread() lists nobody.",
        "钉钉不提供卡片的送达和已读情况，因此 unread() 不列出任何人。",
    ),
    "unread.cards_todo": ("run.unanswered() lists who has not answered.", "未回答的人见 run.unanswered()。"),
    "report.missed": ("missed", "未送达"),
    "report.missed_people": ("People it did not reach", "未送达人员"),
    "report.missed_people_or_not": ("People it did not reach, or may not have reached", "未送达或可能未送达的人员"),
    "report.missed_people_message": ("Messages that did not arrive", "未送达的消息"),
    "report.missed_people_or_not_message": (
        "Messages that did not arrive, or may not have arrived",
        "未送达或可能未送达的消息",
    ),
    "report.missed_or_recalled": ("missed or recalled", "未送达或已撤回"),
    "report.missed_or_recalled_people": (
        "People it did not reach, or from whom it was recalled",
        "未送达或已撤回的人员",
    ),
    "report.missed_or_recalled_people_or_not": (
        "People it did not reach, may not have reached, or from whom it was recalled",
        "未送达、可能未送达或已撤回的人员",
    ),
    "report.missed_or_recalled_people_message": (
        "Messages that did not arrive or were recalled",
        "未送达或已撤回的消息",
    ),
    "report.missed_or_recalled_people_or_not_message": (
        "Messages that did not arrive, may not have arrived, or were recalled",
        "未送达、可能未送达或已撤回的消息",
    ),
    "report.everybody": ("Everyone received it.", "所有人均已收到。"),
    "report.nobody_missed_sent_before": (
        "No one was missed; already sent before: {people}.",
        "没有未送达人员；此前已发送：{people}。",
    ),
    "report.nobody_missed_yet": (
        "No one has been missed so far; some delivery results are still unknown.",
        "目前没有未送达人员；部分人员是否收到尚未确定。",
    ),
    "report.nobody_missed_only": (
        "No one was missed according to DingTalk, which does not report whether cards arrive.",
        "据钉钉返回的结果，没有未送达人员；钉钉不返回卡片是否送达。",
    ),
    "report.nobody": ("This campaign has no people.", "此任务没有任何人员。"),
    "report.column_people": ("people", "人数"),
    "report.column_people_message": ("messages", "消息数"),
    "report.column_userid": ("userid", "userid"),
    "report.column_status": ("status", "状态"),
    "report.column_reason": ("reason", "原因"),
    "report.column_code": ("code", "错误码"),
    "report.column_retry_at": ("retry from", "可重试时间"),
    "report.more_people": (
        "Not on this page: {people}; an export of the results contains everyone.",
        "另有 {people}未列在此页；导出的结果包含全部人员。",
    ),
    "report.rows_of_nobody": (
        "Not listed: {rows} with totals, notes or column names.",
        "未列出：{rows}合计、说明或列名。",
    ),
    "report.texts": ("What was sent", "消息正文"),
    "report.more_texts": ("Not shown: {bodies}.", "未列出：{bodies}。"),
    "report.without_texts": (
        "This page names people: share it with care. It does not contain the texts of the messages.",
        "本页含人员信息，请谨慎转发。不含消息正文。",
    ),
    "report.with_texts": (
        "This page names people and contains the texts they were sent: share it with care.",
        "本页含人员信息及消息正文，请谨慎转发。",
    ),
    "plot.no_matplotlib": ("This plot needs matplotlib.", "绘图需要 matplotlib。"),
    "plot.no_matplotlib_todo": (
        'Install it with pip install "dingnb[lab]", and restart the kernel.',
        '请运行 pip install "dingnb[lab]" 安装，并重启内核。',
    ),
    "plot.reads": ("Read, of the people reached", "已送达人员中的已读比例"),
    "plot.when": ("Updated (Beijing time)", "更新时间（北京时间）"),
    "plot.read_of": ("{n:,} of {of:,} · {share}", "{n:,} / {of:,} · {share}"),
    "plot.nobody_reached": ("No confirmed delivery yet.", "暂无已确认的送达。"),
    "plot.nobody_read": ("No confirmed read yet.", "尚无人已读。"),
    "next.rejected": (
        "run.missed() says why. Correct these rows and send the plan again under the same name.",
        "原因见 run.missed()。修正后以同一名称再次发送计划即可补发这些行。",
    ),
    "next.rejected_or_excluded": (
        (
            "{rows} excluded, as you asked. For the others run.missed() says why: correct them and send the plan again "
            "under the same name."
        ),
        "其中 {rows}已按要求排除，无需处理。其余的原因见 run.missed()：修正后以同一名称再次发送计划即可补发。",
    ),
    "next.excluded": ("Excluded, as you asked: nothing to do.", "已按要求排除，无需处理。"),
    "next.queued": ("Not sent yet.", "尚未发送。"),
    "next.sending": ("Being sent.", "正在发送。"),
    "next.accepted": (
        "Accepted is not delivered: run.wait() or run.refresh() checks delivery with DingTalk.",
        "已受理不等于已送达：可用 run.wait() 或 run.refresh() 向钉钉查询送达情况。",
    ),
    "next.accepted_only": (
        "DingTalk does not report whether cards arrive. An answer shows that it did.",
        "钉钉不提供卡片的送达情况；回答即说明已送达。",
    ),
    "next.accepted_over": (
        "DingTalk no longer reports delivery, so it cannot be checked any more; the rows say why.",
        "钉钉不再提供结果，已无法再查询是否送达；各行列有原因。",
    ),
    "next.delivered": (
        "run.refresh() checks who has read it; run.remind(message) plans a reminder for those who have not.",
        "run.refresh() 查询已读情况；run.remind(message) 为未读人员生成提醒计划。",
    ),
    "next.delivered_stale": (
        (
            "DingTalk reports reads for 24 hours only, so they can no longer be checked. run.remind(message) plans a "
            "reminder."
        ),
        "钉钉只在 24 小时内提供已读情况，已无法再查询；run.remind(message) 生成提醒计划。",
    ),
    "next.read": ("Nothing to do.", "无需处理。"),
    "next.invalid": (
        "Check whether these people have left or are outside the app's visible range; run.missed() lists them.",
        "请核实这些人是否已离职，或不在应用的可见范围内；名单见 run.missed()。",
    ),
    "next.filtered": (
        (
            "run.retry() sends to those who can receive it now, but not to those who may already have this text; "
            "see run.missed()."
        ),
        "run.retry() 会补发给现在可接收的人，但不会发给可能已收到相同内容的人；详见 run.missed()。",
    ),
    "next.failed": (
        (
            "run.retry() sends again where delivery failed on DingTalk's side; for the others, run.missed() says "
            "what to fix."
        ),
        "run.retry() 会补发给钉钉发送失败的人；其他人需修正什么见 run.missed()。",
    ),
    "next.filtered_had": (
        "Nothing to do: they already have this text; run.results() says from which campaign or test.",
        "无需处理：这些人此前已收到相同内容，来自哪个任务或测试见 run.results()。",
    ),
    "next.filtered_sent": (
        (
            "They had already been sent this text. run.results() names the campaign or test; its results show whether "
            "it arrived."
        ),
        "其他任务或测试此前已发送相同内容：来源见 run.results()，是否送达见该任务的结果。",
    ),
    "next.filtered_for_good": (
        (
            "It is not sent to them again under this name: they may already have this text, or DingTalk refuses it. "
            "run.missed() says why."
        ),
        "不会以此名称再次发给这些人：可能已收到相同内容，或被钉钉拒绝；原因见 run.missed()。",
    ),
    "next.filtered_textless": (
        (
            "run.retry() cannot send again because the texts are not kept: send a new campaign only to the rows of "
            "run.missed() whose hint says so; the others may already have this text."
        ),
        (
            "正文未保留，run.retry() 无法补发：请另建任务，只发给 run.missed() 中 hint 如此提示的行；其他人可能已收到"
            "相同内容。"
        ),
    ),
    "next.failed_textless": (
        (
            "run.retry() cannot send again because the texts are not kept: send a new campaign only to the rows of "
            "run.missed() whose hint says so. For the others, it says what to fix."
        ),
        (
            "正文未保留，run.retry() 无法补发：请另建任务，只发给 run.missed() 中 hint 如此提示的行；其他行需修正什么，"
            "其中也有说明。"
        ),
    ),
    "next.retry_recalled": (
        "{note} run.retry() would still send to those who can receive it.",
        "{note}run.retry() 仍会补发给可接收的人。",
    ),
    "next.unknown": (
        "They may have received it: run.resolve() lists them and records your decision.",
        "这些人可能已收到：请用 run.resolve() 查看名单并确认如何处理。",
    ),
    "next.unknown_left": (
        "They may have received it; you left them unknown.",
        "这些人可能已收到；已按您的决定保留为未知。",
    ),
    "next.cancelled": (
        "Dropped by a later plan under this name; ding.campaign(name).results() shows everyone.",
        "已被同名的后续计划移出；ding.campaign(名称).results() 显示所有人。",
    ),
    "next.recalled": ("You can send them a changed text.", "可以向这些人发送修改后的内容。"),
    "retry.running": ("The campaign is running; nothing was sent again.", "任务正在发送；没有补发。"),
    "retry.running_todo": ("Wait until it has finished, then retry.", "请等待结束后再补发。"),
    "retry.not_finished": ("The campaign has not finished; nothing was sent again.", "任务尚未完成；没有补发。"),
    "retry.not_finished_todo": (
        "Call run.resume() to send the rest, then run.retry().",
        "请先用 run.resume() 发送剩余部分，再调用 run.retry()。",
    ),
    "retry.live_expect": (
        "This is LIVE and expect= is missing: retry() would send again to {people}. Nothing was sent again.",
        "当前为真实环境（LIVE），缺少 expect=：retry() 将补发给 {people}。没有补发。",
    ),
    "retry.expect": (
        "expect={expect} does not match: retry() would send again to {people}. Nothing was sent again.",
        "expect={expect} 不符：retry() 将补发给 {people}。没有补发。",
    ),
    "retry.same_text": (
        (
            "{rows} received the same text on the day of sending, or may have, and won't be sent again. See "
            "run.missed() for what to do."
        ),
        "{rows}在发送当天已收到或可能已收到相同内容，不会再次发送。处理方法见 run.missed()。",
    ),
    "retry.begins": ("Sending again to {people}.", "正在补发给 {people}。"),
    "retry.begins_message": ("Sending {people} again.", "正在补发 {people}。"),
    "retry.nobody": ("Nothing sent: there is nobody to send to again right now.", "没有发送：目前没有可补发的人。"),
    "retry.everybody": (
        "Nothing sent: nobody is known to have missed the message.",
        "没有发送：没有已知未收到的人。",
    ),
    "retry.with_earlier": ("{people} (the earlier text: {earlier})", "{people}（其中 {earlier}为之前的内容）"),
    "retry.with_others": ("{people} ({others} not in this plan)", "{people}（其中 {others}不在此计划中）"),
    "retry.earlier_text": (
        "The earlier text goes to {people} of these: the changed one was not sent to them.",
        "其中 {people}未发过变更后的内容：补发的是之前的内容。",
    ),
    "retry.earlier_text_message": (
        "Of these, with the earlier text, which was changed since: {people}.",
        "其中 {people}仍是变更前的内容。",
    ),
    "retry.later": ("Can be sent to {people} again from {when}.", "{when} 之后可补发给 {people}。"),
    "retry.later_message": ("{people} can be sent again from {when}.", "{when} 之后可补发 {people}。"),
    "retry.textless": (
        (
            "Cannot be sent to {people} again because the texts are not kept: send a new campaign only to the rows of "
            "run.missed() whose hint says so."
        ),
        "无法补发给 {people}：正文未保留；请另建任务，只发给 run.missed() 中 hint 如此提示的行。",
    ),
    "retry.textless_message": (
        (
            "{people} cannot be sent again because the texts are not kept: send a new campaign only to the rows of "
            "run.missed() whose hint says so."
        ),
        "{people}无法补发：正文未保留；请另建任务，只发给 run.missed() 中 hint 如此提示的行。",
    ),
    "retry.never": ("Not sent: {rows}; see run.missed() for the reasons.", "{rows}不补发：原因见 run.missed()。"),
    "retry.recalled": (
        "Recalled: {rows}; you can send them a changed text under the same name.",
        "已撤回：{rows}；可用同一名称向其发送修改后的内容。",
    ),
    "retry.over": ("Delivery can no longer be checked for {rows}.", "已无法再查询 {rows}是否送达。"),
    "retry.unknown": (
        "{rows} may have received it: run.resolve() records your decision.",
        "{rows}可能已收到：请用 run.resolve() 确认如何处理。",
    ),
    "retry.left_unknown": (
        "Not sent again: {rows}, which you left unknown.",
        "{rows}已按您的决定保留为未知，不补发。",
    ),
    "retry.no_results": (
        "No delivery results for {people} yet: run.wait(), then run.retry().",
        "{people}的送达结果尚未返回：请先 run.wait()，再 run.retry()。",
    ),
    "recall.running": ("The campaign is running; nothing was recalled.", "任务正在发送；没有撤回。"),
    "recall.running_todo": (
        "Call run.stop(), wait until it has stopped, then recall.",
        "请先 run.stop()，停止后再撤回。",
    ),
    "recall.under_way": (
        "Campaign {name} is being recalled by {who}. {progress}. Nothing further was sent.",
        "群发任务 {name} 正由{who}撤回。{progress}。没有再发送任何消息。",
    ),
    "recall.under_way_todo": (
        (
            "Wait until the recall has ended: the display of the campaign shows it. Then send a corrected text; "
            "run.resume() and run.retry() would send the text that is being recalled."
        ),
        "请等撤回结束（见该任务的显示），然后发送修改后的内容；run.resume() 和 run.retry() 会发送正在撤回的内容。",
    ),
    "recall.no_cards": ("DingTalk cannot recall cards.", "钉钉不支持撤回卡片。"),
    "recall.no_cards_todo": (
        "run.close() disables the buttons for everybody, and further answers do not count; the text stays visible.",
        "run.close() 会对所有人关闭卡片，之后的回答不再计入；正文仍然可见。",
    ),
    "recall.nothing": (
        "DingTalk has accepted no call of this campaign, so there is nothing to recall.",
        "钉钉没有受理此任务的任何调用，没有可撤回的内容。",
    ),
    "recall.nobody_has_it": (
        "According to DingTalk none of the people has the message, so there is nothing to recall.",
        "钉钉的结果显示没有人收到消息，没有可撤回的内容。",
    ),
    "recall.nothing_todo": ("run.results() shows the status of each person.", "run.results() 显示每个人的状态。"),
    "recall.nobody": ("who= has no userids. Nothing was recalled.", "who= 中没有 userid。没有撤回。"),
    # In the texts about `expect`, the people are described by sentences, with their full stops.
    "recall.other_expect": (
        "expect={expect} does not match: this recalls the message from {people}",
        "expect={expect} 不符。将撤回：{people}",
    ),
    "recall.other_expect_message": (
        "expect={expect} does not match: this recalls {people}",
        "expect={expect} 不符。将撤回：{people}",
    ),
    "recall.not_recipients": (
        "No accepted call of this campaign was sent to {who}. Nothing was recalled.",
        "此任务没有已受理的调用发给 {who}。没有撤回。",
    ),
    "recall.no_call": (
        "No recorded call to {who} can be recalled. Nothing was recalled.",
        "没有可供撤回的发送记录：{who}。没有撤回。",
    ),
    "recall.no_call_todo": (
        "run.results() shows their status. If they have the message, send a correction under another name.",
        "状态见 run.results()。如已收到消息，请用其他任务名称发送更正消息。",
    ),
    "recall.not_recipients_todo": (
        'Pass userids, not names or labels of rows. For the row with the label 3: run.results().loc[[3], "userid"].',
        '请传入 userid，而不是姓名或行标签。例如标签为 3 的行：run.results().loc[[3], "userid"]。',
    ),
    "recall.too_late": (
        (
            "DingTalk recalls messages within 24 hours of sending only; for {people} that has passed. Nothing "
            "was recalled."
        ),
        "钉钉只能在发送后 24 小时内撤回；{people}已超过期限。没有撤回。",
    ),
    "recall.too_late_todo": ("Send a correction as a campaign with another name.", "请用其他任务名称发送更正消息。"),
    "recall.expect": ("This recalls the message from {people}", "将撤回：{people}"),
    "recall.expect_message": ("This recalls {people}", "将撤回：{people}"),
    "recall.interrupted": (
        "The recall is incomplete: {n:,} of {calls} done.",
        "撤回未完成：{calls}中已完成 {n:,} 次。",
    ),
    "recall.interrupted_todo": (
        "To recall the rest, repeat run.recall(...): what was recalled is not recalled again.",
        "如需撤回其余部分，请再次调用 run.recall(...)：已撤回的不会重复撤回。",
    ),
    "recall.interrupted_since": (
        "This also recalls from {people} to whom it was sent since; to leave them out, pass the userids of the others.",
        "这也会撤回此后发给 {people}的消息；如需保留，请只传入其余人员的 userid。",
    ),
    "recall.interrupted_some": (
        "The recall from certain people is incomplete: {n:,} of {calls} done.",
        "对部分人员的撤回未完成：{calls}中已完成 {n:,} 次。",
    ),
    "recall.interrupted_some_todo": (
        "To recall the rest, repeat run.recall(...) with the same people: what was recalled is not recalled again.",
        "如需撤回其余部分，请用相同的人员再次调用 run.recall(...)：已撤回的不会重复撤回。",
    ),
    "recall.interrupted_late_todo": (
        "It is too late to recall the rest. Send a correction as a campaign with another name.",
        "其余部分已无法撤回。请用其他任务名称发送更正消息。",
    ),
    "recall.nothing_yet": ("Nothing was recalled yet.", "目前尚未撤回。"),
    "recall.nothing_more_yet": ("Nothing more was recalled yet.", "其余部分目前尚未撤回。"),
    "recall.people": ("{people} in {calls}.", "{people}，共 {calls}。"),
    "recall.messages": (
        "With all texts that were sent to them, these are {messages}.",
        "连同先后发送的各份内容，共 {messages}。",
    ),
    "recall.earlier_recalled": (
        "The text that the person had was recalled; a later one had not arrived.",
        "此前已送达的内容已撤回；之后发送的一份未送达。",
    ),
    "recall.kept_one": (
        (
            "One of the texts cannot be recalled from {people} ({who}): a call without an answer delivered it, and "
            "DingTalk recalls only calls that it has answered."
        ),
        "其中 {people}（{who}）有一份内容无法撤回：由一次未收到答复的调用送达，而钉钉只能撤回已答复的调用。",
    ),
    "recall.done_before": ("Already recalled: {people}.", "此前已撤回：{people}。"),
    "recall.other_lists_todo": (
        "To recall from some people only, pass their userids: run.recall(userids).",
        "如只需撤回部分人员，请传入其 userid：run.recall(userids)。",
    ),
    "recall.elsewhere": (
        "Not recalled: the same text that campaign {campaign} sent to {people} before ({who}).",
        "群发任务 {campaign} 此前发给 {people}（{who}）的相同内容不在撤回范围内。",
    ),
    "recall.elsewhere_test": (
        "Not recalled: the same text that your test {campaign} sent to {people} before ({who}).",
        "您的测试 {campaign} 此前发给 {people}（{who}）的相同内容不在撤回范围内。",
    ),
    "recall.also_affected": (
        "Also recalled, because DingTalk recalls whole calls: {people} ({who}).",
        "因钉钉按整次调用撤回而一并撤回：{people}（{who}）。",
    ),
    "recall.kept": (
        (
            "Not recalled from {people} ({who}): a call without an answer delivered it, and DingTalk recalls only "
            "calls that it has answered."
        ),
        "无法从 {people}（{who}）处撤回：消息由一次未收到答复的调用送达，而钉钉只能撤回已答复的调用。",
    ),
    "recall.late": ("Too late for {people}: sent more than 24 hours ago.", "{people}已超过 24 小时，无法撤回。"),
    "recall.done": ("Recalled: {who}", "已撤回：{who}"),
    "calls.interrupted": (
        "Interrupted. {progress}. Run the cell again for the rest; nothing is done twice.",
        "已中断。{progress}。再次运行此单元格即可处理其余部分，不会重复处理。",
    ),
    "refresh.interrupted": (
        "The refresh was interrupted; the results read so far are recorded. run.refresh() queries the others.",
        "刷新已中断，已读取的结果均已记录。run.refresh() 会查询其余部分。",
    ),
    "recall.nobody_again": (
        "The message was recalled from {people}: a changed text can be sent to them under the same name.",
        "已对 {people}撤回消息，可用同一名称向其发送修改后的内容。",
    ),
    "recall.stopping": (
        "The recall stops once the calls under way are done. {progress} so far.",
        "正在进行的调用完成后，撤回即停止。目前：{progress}。",
    ),
    "recall.stopped": ("The recall was stopped. {progress}.", "撤回已停止。{progress}。"),
    "recall.unfinished": (
        "{progress}. Run it again to continue; nothing is recalled twice.",
        "{progress}。再次运行即可继续；不会重复撤回。",
    ),
    "recall.all_done_before": (
        "Nothing to do, everything was already recalled: {who}",
        "无需操作，此前均已撤回：{who}",
    ),
    "recall.again_todo": (
        "Run it again in a while: it continues with the rest, and nothing is recalled twice.",
        "请稍后再次运行：会继续处理剩余部分，不会重复撤回。",
    ),
    "recall.refused_todo": (
        (
            "DingTalk refused to recall what such a call sent: perhaps it is more than 24 hours old, or was sent with "
            "another app. If it refuses again, send a correction, as a campaign with another name, to the people who "
            "still have the message."
        ),
        (
            "钉钉拒绝撤回该次调用发送的消息：可能已超过 24 小时，或不是由此应用发送。如再次撤回仍被拒绝，"
            "请用其他任务名称向仍有该消息的人发送更正消息。"
        ),
    ),
    "recall.note": ("The message was recalled.", "消息已撤回。"),
    "recall.note_incomplete": ("The recall of the message is incomplete.", "消息的撤回尚未完成。"),
    "recall.note_reminded": ("This is a reminder of a message that was recalled.", "被提醒的消息已撤回。"),
    "recall.recalled_todo": ("You can send a changed text.", "可以发送修改后的内容。"),
    "recall.maybe_left": (
        (
            "The repeat was recalled; an earlier call without an answer may have reached the person and cannot "
            "be recalled."
        ),
        "重发的调用已撤回；此前未收到答复的一次可能已送达，且无法撤回。",
    ),
    "recall.maybe_left_todo": (
        "Ask the person, or send a correction as a campaign with another name.",
        "请向本人核实，或用其他任务名称发送更正消息。",
    ),
    "remind.name_suffix": ("-reminder", "-提醒"),
    "remind.unreported": (
        "DingTalk does not report who has read a card, and these cards cannot be answered, so nobody can be reminded.",
        "钉钉不提供卡片的已读情况，而此任务的卡片不能回答，无法确定需要提醒的人。",
    ),
    "remind.unreported_todo": (
        "Send another message under a name of its own: ding.plan(...).",
        "请用新名称另发消息：ding.plan(...)。",
    ),
    "remind.kept": (
        (
            "The ledger keeps only some columns of a campaign: those used in its texts, names and keys, if they hold "
            "text, numbers, dates, times, durations or booleans."
        ),
        "账本只保留任务的部分列：正文用到的列、姓名列和 key 列，且只保留文本、数字、日期、时间、时长和布尔值。",
    ),
    "remind.pruned": (
        "The ledger no longer has the texts of this campaign or the columns they used.",
        "账本已不再保留此任务的正文及其用到的列。",
    ),
    "remind.none_kept": (
        (
            "The ledger has no columns of this campaign: its texts used none and there is no name column, the "
            "values are of types that are not kept, or an older dingnb recorded it."
        ),
        "账本没有保留此任务的任何列：正文未使用列且没有姓名列，列中的值属于不保留的类型，或任务由旧版 dingnb 记录。",
    ),
    "remind.unstored": (
        "The campaign was sent with store_content=False, so the ledger has none of its columns.",
        "此任务以 store_content=False 发送，账本没有保留任何列。",
    ),
    "remind.own_unanswered": (
        (
            "Without the column, the reminder works, and its answers count here. Or add the column to the rows of "
            "run.unanswered(), by their index or userid, and send these under another name, where the answers then "
            "count, without the people whom you have excluded since: ding.plan(rows, message, exclude=...)."
        ),
        (
            "不使用该列即可提醒，回答计入此任务。也可按索引或 userid 把该列加入 run.unanswered() 的各行，用新名称另发"
            "（回答计入新任务），并排除此后已排除的人：ding.plan(rows, message, exclude=...)。"
        ),
    ),
    "remind.own_rows": (
        (
            "Or add the column to the rows of run.unread(), by their index or userid, and send these under another "
            "name, without the people whom you have excluded since: ding.plan(rows, message, exclude=...)."
        ),
        (
            "也可按索引或 userid 把该列加入 run.unread() 的各行，用新名称另发，并排除此后已排除的人："
            "ding.plan(rows, message, exclude=...)。"
        ),
    ),
    "remind.nobody": ("There are no delivered messages that are still unread.", "没有已送达但未读的人。"),
    "remind.nobody_todo": (
        "run.summary() shows the number of people per status, and what to do next.",
        "run.summary() 显示各状态人数及下一步。",
    ),
    "remind.stale": (
        (
            "Sent more than 24 hours ago: {rows}. DingTalk no longer reports whether these messages have been read, so "
            "they may have been."
        ),
        "{rows}发送已超过 24 小时，无法再查询已读状态：可能已读。",
    ),
    "remind.unchecked_accepted": (
        "Not reminded: {people} whose delivery could not be checked ({why}). They may have the message.",
        "未提醒 {people}：无法查询是否送达（{why}），消息可能已送达。",
    ),
    "remind.unchecked_reads": (
        (
            "Reads could not be checked for {people} ({why}): unread as of {time}, or later. They are reminded, and "
            "may have read the message since."
        ),
        "{people}的已读情况无法查询（{why}），只知道截至 {time} 或更晚未读。仍会提醒，其间可能已读。",
    ),
    "refresh.again_todo": (
        "Check again later with run.refresh() or run.wait(); neither sends anything.",
        "请稍后用 run.refresh() 或 run.wait() 再次查询；两者都不会发送消息。",
    ),
    "refresh.progress": (
        "Refreshing delivery status: {made} of {calls}.",
        "正在刷新送达情况：共 {calls}，已完成 {made} 次。",
    ),
    "refresh.nobody": (
        "Nothing to refresh: DingTalk has not accepted any message of this campaign yet.",
        "无需查询：钉钉尚未受理此任务的任何消息。",
    ),
    "refresh.none": (
        "Nothing to refresh: all results are final, or older than the 24 hours for which DingTalk reports them.",
        "无需查询：结果均已确定，或已超过钉钉提供结果的 24 小时。",
    ),
    "refresh.all": ("{batches}: DingTalk has results for all.", "{batches}：钉钉均已有结果。"),
    "refresh.all_lately": (
        "{batches}: DingTalk has results for all; checked a moment ago, so not checked again.",
        "{batches}：钉钉均已有结果；刚刚查询过，未再查询。",
    ),
    "refresh.some": (
        "{batches}: DingTalk has results for {ready:,}, not yet for {not_yet:,}; check again in about {seconds} s.",
        "{batches}：钉钉已有 {ready:,} 批的结果；{not_yet:,} 批尚无，约 {seconds} 秒后再查。",
    ),
    "refresh.some_lately": (
        (
            "{batches}: DingTalk has results for {ready:,}, not yet for {not_yet:,}. Not checked now: they were sent "
            "or checked a moment ago; check again in about {seconds} s."
        ),
        (
            "{batches}：钉钉已有 {ready:,} 批的结果；{not_yet:,} 批尚无。刚发送或查询过，未再查询；约 {seconds} 秒后"
            "再查。"
        ),
    ),
    "refresh.unanswered": ("No usable answer for {batches}.", "{batches}没有可用的答复。"),
    "refresh.unexpected_people": (
        (
            "DingTalk's result for task {task_id} names {people} to whom that task was not sent: {who}. This result "
            "was not recorded."
        ),
        "钉钉返回的 task_id {task_id} 的结果中，有 {people}不在该批收件人中：{who}。该结果未记录。",
    ),
    "refresh.others_read": ("All other results were read.", "其他结果均已读取。"),
    "refresh.others_refreshed": ("Everybody else is refreshed as usual.", "其他人照常刷新。"),
    "refresh.unknown_app_todo": (
        "Check whether the campaign was sent with this app, and whether a sandbox has been restarted since.",
        "请检查此任务是否由此应用发送；如果是沙箱，请检查它是否已重新启动。",
    ),
    "refresh.unrequested": (
        (
            "It knows none of the sends that were checked, so another {batches} were not checked: run.refresh() "
            "continues with them."
        ),
        "所查的发送均无记录，因此另有 {batches}未查询：再次运行 run.refresh() 会接着查询。",
    ),
    "refresh.unread": ("Results not read: {batches}.", "未能读取结果：{batches}。"),
    "refresh.why_unknown": ("DingTalk no longer knows the send", "钉钉已没有这次发送的记录"),
    "refresh.why_unexpected": ("DingTalk answered with the result of another send", "钉钉返回了另一次发送的结果"),
    "refresh.why_unrequested": (
        "DingTalk knew none of the sends that were checked, so the others were not",
        "所查的发送在钉钉均无记录，其余未查询",
    ),
    "refresh.unknown_tasks": (
        "Delivery and reads can no longer be checked for {people}: {who}.",
        "无法再查询 {people}的送达与已读情况：{who}。",
    ),
    "refresh.unknown_tasks_todo": (
        (
            "DingTalk had accepted the message to them, and now does not know this send (task_id {tasks}). They may "
            "have the message: ask them, or DingTalk's support, before you send it again."
        ),
        (
            "钉钉曾受理这次发送，现在却没有记录（task_id：{tasks}）。消息可能已送达：请先向本人或钉钉技术支持确认，"
            "再决定是否重新发送。"
        ),
    ),
    "refresh.unexpected_people_more": ("The same applies to another {batches}.", "另有 {batches}也是如此。"),
    "refresh.unexpected_people_todo": (
        (
            "It is the result of a different send. Check again with run.refresh(); if it persists, check whether a "
            "proxy is answering in place of DingTalk, and whether the campaign was sent with this app."
        ),
        (
            "这是另一次发送的结果。请用 run.refresh() 再查；若仍如此，请检查是否有代理等代替钉钉答复，以及此任务是否"
            "由此应用发送。"
        ),
    ),
    "waiting.asks": ("(asking DingTalk for the results of {batches})", "（正在向钉钉查询 {batches}的结果）"),
    "waiting.next": (
        "(waiting for the results of {batches}; next check in {seconds} s)",
        "（等待 {batches}的结果；{seconds} 秒后再查）",
    ),
    "waiting.failing": ("({what})", "（{what}）"),
    "status.rejected": ("rejected", "不发送"),
    "status.queued": ("queued", "待发送"),
    "status.sending": ("sending", "发送中"),
    "status.accepted": ("accepted", "已受理"),
    "status.delivered": ("delivered", "已送达"),
    "status.read": ("read", "已读"),
    "status.invalid": ("invalid", "无效"),
    "status.filtered": ("filtered", "被过滤"),
    "status.failed": ("failed", "失败"),
    "status.unknown": ("unknown", "未知"),
    "status.cancelled": ("cancelled", "已取消"),
    "status.recalled": ("recalled", "已撤回"),
    "result.invalid": (
        "DingTalk has no such userid, or the app is not allowed to reach this person.",
        "钉钉中没有此 userid，或应用无权触达此人。",
    ),
    "result.invalid_todo": (
        "Check whether the person has left, or is outside the app's visible range.",
        "请核实此人是否已离职，或不在应用的可见范围内。",
    ),
    "result.card_exists": (
        "DingTalk says that the card exists: an earlier call created it, but whether it was delivered is unknown.",
        "钉钉答复卡片已存在：之前的调用已创建卡片，但是否送达未知。",
    ),
    "result.card_exists_todo": (
        'An answer shows that it was delivered. run.resolve("resend") sends another card.',
        '如有回答，则说明已送达。run.resolve("resend") 会另发一张卡片。',
    ),
    "result.card_unnamed": (
        "DingTalk created the card, but its answer does not say whether it was delivered to this person.",
        "钉钉已创建卡片，但答复中没有此人的送达结果。",
    ),
    "result.card_unnamed_todo": (
        "An answer shows that it was delivered. Otherwise ask the person.",
        "如有回答，则说明已送达；否则请向本人核实。",
    ),
    "result.card_no_chat": (
        "DingTalk has no chat of the robot with this person: the userid does not exist, or is outside the app's scope.",
        "机器人与此人没有会话：userid 不存在，或不在应用的可见范围内。",
    ),
    "result.card_no_chat_todo": (
        "Check the userid, and the app's scope in the developer console.",
        "请检查 userid，以及开发者后台中应用的可见范围。",
    ),
    "result.card_refused": (
        "The card was not delivered. DingTalk says: “{message}”.",
        "卡片未送达。钉钉说明：“{message}”。",
    ),
    "result.failed": ("DingTalk failed to send the message.", "钉钉发送失败。"),
    "result.failed_todo": ("run.retry() sends to this person again.", "run.retry() 会向此人补发。"),
    "result.recalled_retry_todo": (
        "{note} run.retry() would still send to this person.",
        "{note}run.retry() 仍会向此人补发。",
    ),
    "result.textless_todo": (
        (
            "run.retry() cannot send to this person again because the texts are not kept: send a new campaign only to "
            "the rows of run.missed() with this hint."
        ),
        "正文未保留，run.retry() 无法向此人补发：请另建任务，只发给 run.missed() 中有此提示的行。",
    ),
    "result.unknown_task": (
        "DingTalk no longer knows this send, so its delivery and reads cannot be checked.",
        "钉钉已没有这次发送的记录，无法查询送达和已读情况。",
    ),
    "result.unknown_task_todo": (
        (
            "DingTalk had accepted it, so the person may have it: ask the person, or DingTalk's support, before you "
            "send it again."
        ),
        "钉钉曾受理，消息可能已送达：请先向本人或钉钉技术支持确认，再决定是否重新发送。",
    ),
    "result.unknown_task_read_todo": (
        "It arrived; the person may have read it since DingTalk last reported on it.",
        "消息已送达；钉钉最后一次返回结果之后，可能已读。",
    ),
    "result.window_over": ("DingTalk's result window is over.", "结果查询期已过。"),
    "result.window_over_todo": (
        (
            "DingTalk accepted it, but reports results for 24 hours only; whether it arrived can no longer be "
            "determined."
        ),
        "钉钉已受理，但结果只能在 24 小时内查询，之后无法得知是否送达。",
    ),
    "result.died": (
        "The process that sent it ended, or lost the ledger, before DingTalk's answer was recorded.",
        "发送进程在记录钉钉的答复之前已终止，或与账本失去连接。",
    ),
    "result.media_gone": (
        (
            "The message may have arrived. The call cannot be repeated: DingTalk no longer accepts its media id, and "
            "with another one the person might get the message twice."
        ),
        "消息可能已送达，但无法重发：钉钉不再接受其 media_id，换用新的 media_id 可能导致重复收到。",
    ),
    "result.media_gone_todo": (
        "Ask the person whether it arrived, then decide with run.resolve().",
        "请向本人核实是否收到，再用 run.resolve() 决定。",
    ),
    "result.unknown_todo": (
        (
            "Run the cell again: the call is repeated if nobody can get the message twice. Otherwise, decide with "
            "run.resolve()."
        ),
        "请重新运行单元格：在确保不重复送达的前提下会自动重发。否则请用 run.resolve() 决定。",
    ),
    "result.repeat_failed": (
        "An earlier call without an answer may have reached the person; about its repeat, DingTalk says: {reason}",
        "此前一次未收到答复的调用可能已送达；对于重发，钉钉称：{reason}",
    ),
    "result.repeat_failed_todo": (
        'Ask the person, then record your decision with run.resolve("delivered") or run.resolve("leave").',
        '请向本人核实；用 run.resolve("delivered") 或 run.resolve("leave") 记录您的决定。',
    ),
    "result.crashed": (
        "The call was cut short by an error in dingnb ({error}).",
        "调用在 dingnb 内部中断（{error}）。",
    ),
    "result.duplicate": (
        "An earlier call, whose answer was lost, delivered it: DingTalk dropped the repeat.",
        "此前一次未收到答复的调用已送达：重发被钉钉过滤。",
    ),
    "result.had_it_from": (
        "Already got the same text from campaign {campaign}.",
        "此前已从群发任务 {campaign} 收到相同内容。",
    ),
    "result.had_test": (
        "Has it from your test; DingTalk does not deliver the same text again on that day.",
        "已从您的测试收到；钉钉当天不再送达相同内容。",
    ),
    "result.maybe_had_test": (
        "Was sent it with your test; DingTalk does not deliver the same text again on that day.",
        "已随您的测试发送；钉钉当天不再送达相同内容。",
    ),
    "result.same_text_todo": (
        (
            "This person has the text, or may have it, so it is never sent to them again under this name. If they "
            "need the message anyway, ask them first, then send a different text under another name."
        ),
        (
            "此人已收到或可能已收到相同内容，因此不会以此名称再次发送。如仍需发送，请先向本人核实，再换一个名称发送不"
            "同的内容。"
        ),
    ),
    "result.dropped_before": (
        "DingTalk dropped it as a repeat of the same text, as it did for campaign {campaign} on the same day.",
        "钉钉将其视为重复内容而过滤；当天群发任务 {campaign} 的相同内容也因此被过滤。",
    ),
    "result.missed_by": (
        (
            "DingTalk dropped it as a repeat of the text that campaign {campaign} sent that day without reaching this "
            "person."
        ),
        "钉钉将其视为重复内容而过滤；群发任务 {campaign} 当天发送过相同内容，但未送达此人。",
    ),
    "result.maybe_from": (
        (
            "DingTalk dropped it as a repeat of the same text, which campaign {campaign} sent on the same day; "
            "whether that one arrived is unknown."
        ),
        "钉钉将其视为重复内容而过滤；群发任务 {campaign} 当天发送过相同内容，但是否到达未知。",
    ),
    "result.recalled_from": (
        (
            "DingTalk dropped it as a repeat of the same text, which campaign {campaign} delivered on the same day and "
            "then recalled."
        ),
        "钉钉将其视为重复内容而过滤；群发任务 {campaign} 当天已送达相同内容，之后已撤回。",
    ),
    "result.maybe_recalled_from": (
        (
            "DingTalk dropped it as a repeat of the same text, which campaign {campaign} sent on the same day and then "
            "recalled."
        ),
        "钉钉将其视为重复内容而过滤；群发任务 {campaign} 当天发送过相同内容，之后已撤回。",
    ),
    "result.recalled_from_todo": (
        (
            "The text was recalled from this person, and DingTalk drops it again on that day, so it is never sent to "
            "them again under this name. If they need the message, send a different text under another name."
        ),
        "相同内容已从此人撤回，当天再发会被钉钉过滤，因此不会以此名称再次发送。如仍需发送，请换一个名称发送不同的内容。",
    ),
    "result.left_out": (
        "A later plan removed this person from the campaign, so the call without an answer is not repeated.",
        "此人已被后来的计划移出此任务，因此未收到答复的调用不再重发。",
    ),
    "result.left_out_todo": (
        'Ask the person, then record your decision with run.resolve("delivered") or run.resolve("leave").',
        '请向本人核实；用 run.resolve("delivered") 或 run.resolve("leave") 记录您的决定。',
    ),
    "result.queued_again": (
        "Waiting to be sent again, as you decided; the call without an answer may have reached the person.",
        "按您的决定等待重发；此前未收到答复的调用可能已送达。",
    ),
    "result.queued_again_todo": (
        'run.resume() sends it again; run.resolve("leave") or run.resolve("delivered") does not.',
        '如需重发，请 run.resume()；如不重发，请用 run.resolve("leave") 或 run.resolve("delivered")。',
    ),
    "result.kept_text": (
        "Earlier version: the message has been changed since, and the new one was not sent to this person.",
        "之前的内容：消息后来有变更，变更后的内容未发送给此人。",
    ),
    "result.superseded": (
        (
            "A later plan under this name has a different text for this person, so the call without an answer is not "
            "repeated."
        ),
        "同名的后来计划对此人使用了另一正文，因此未收到答复的调用不再重发。",
    ),
    "result.dropped": ("A later plan removed this person from the campaign.", "此人已被后来的计划移出此任务。"),
    "result.row_left_out": (
        "The latest list leaves this row out: {reason}",
        "最新名单中的这一行不再发送：{reason}",
    ),
    "result.removed_todo": (
        (
            "The latest list leaves this person out, so retries do not send to them. To include them, first send a "
            "plan with them under the same name."
        ),
        "最新名单已不含此人，因此不会补发。如需补发，请先以同一名称发送包含此人的计划。",
    ),
    "result.dropped_todo": (
        "Nothing was sent to this person under this name; a plan that includes them again sends to them.",
        "此任务没有发送给此人；计划中再次包含此人时会发送。",
    ),
    "result.cut_again": ("Replaced by a later plan under this name.", "已被同名的较新计划取代。"),
    "result.cut_again_todo": (
        "ding.campaign(name).results() shows the outcome for everyone.",
        "ding.campaign(名称).results() 显示每个人的情况。",
    ),
    "result.filtered": (
        "DingTalk dropped the message because of one of its limits; it does not say which.",
        "消息被钉钉的限制过滤，未说明是哪一项。",
    ),
    "result.filtered_todo": (
        (
            "This person may have had the same text on that day, so it is never sent to them again under this name. "
            "If they need the message anyway, ask them first, then send a different text under another name."
        ),
        (
            "此人当天可能已收到相同内容，因此不会以此名称再次发送。如仍需发送，请先向本人核实，再换一个名称发送不同的"
            "内容。"
        ),
    ),
}
