"""Texts for the plan form."""

TRANSLATIONS: dict[str, tuple[str, str]] = {
    "plan_form.title": ("Check and send", "检查并发送"),
    "plan_form.in_rows": ("from {rows}", "来自 {rows}"),
    "plan_form.in_some_rows": ("from {n:,} of {rows} in the list", "来自名单 {rows}中的 {n:,} 行"),
    "plan_form.thumbnail": ("Message preview ({row})", "消息预览（{row}）"),
    "plan_form.thumbnail_sample": ("The message for the first person", "首位收件人的消息"),
    "plan_form.not_sent_rows": ("{rows} not sent", "{rows}不会发送"),
    "plan_form.excluded": ("excluded: {rows}", "其中排除：{rows}"),
    "plan_form.texts": ("Contents", "内容"),
    "plan_form.same_text": ("the same for everybody", "所有人相同"),
    "plan_form.calls_only": ("to send", "发送所需"),
    "plan_form.calls_at_most": ("at most {calls}", "最多 {calls}"),
    "plan_form.calls_now": (
        "to send to the {n:,} left; {all:,} for the whole plan",
        "发送给其余 {n:,} 人所需；整个计划为 {all:,} 次",
    ),
    "plan_form.calls_now_message": (
        "to send the {n:,} left; {all:,} for the whole plan",
        "发送其余 {n:,} 条所需；整个计划为 {all:,} 次",
    ),
    "plan_form.sent_to_now": ("sending now to {n:,} of them", "现在发送给其中 {n:,} 人"),
    "plan_form.sent_to_range": (
        (
            "sending now to {least:,} to {n:,} of them: choose {where} whether those who were sent a different text "
            "get the new one too"
        ),
        "现在发送给其中 {least:,}–{n:,} 人：已发送过不同正文的人是否再发新正文，请{where}选择",
    ),
    "plan_form.sent_to_range_message": (
        (
            "sending {least:,} to {n:,} of them now: choose {where} whether those that were sent with a different text "
            "are sent again with the new one"
        ),
        "现在发送其中 {least:,}–{n:,} 条：已发送过不同正文的是否再发新正文，请{where}选择",
    ),
    "plan_form.sent_after_recall": ("after the recall, sent to {n:,} of them", "撤回后发送给其中 {n:,} 人"),
    "plan_form.sent_after_recall_message": ("after the recall, {n:,} of them are sent", "撤回后发送其中 {n:,} 条"),
    "plan_form.calls_recall": (
        "{recall:,} to recall, {send:,} to send; {all:,} for the whole plan",
        "撤回 {recall:,} 次，发送 {send:,} 次；整个计划为 {all:,} 次",
    ),
    "plan_form.calls_without_recall": ("Calls without the recall", "接口调用（不含撤回）"),
    "plan_form.time_without_recall": ("Time without the recall", "预计用时（不含撤回）"),
    "plan_form.calls_maybe_recall": (
        "{all:,} for the whole plan, {recall:,} to recall the earlier ones first if you choose to",
        "整个计划为 {all:,} 次；若选择先撤回，还需 {recall:,} 次",
    ),
    "plan_form.where_below": ("below", "在下方"),
    "plan_form.where_step": ("in the step “{step}”", "在“{step}”步骤"),
    "plan_form.sent_to_now_message": ("sending {n:,} of them now", "现在发送其中 {n:,} 条"),
    "plan_form.all_sent_to": ("all were sent to before", "均已发送过"),
    "plan_form.all_sent_to_message": ("all were sent before", "均已发送过"),
    "plan_form.all_recalled": ("recalled from all", "均已撤回"),
    "plan_form.all_recalled_message": ("all were recalled", "均已撤回"),
    "plan_form.calls_whole": ("{all:,} for the whole plan", "整个计划为 {all:,} 次"),
    "plan_form.calls_in_all": ("to send everything", "全部发送所需"),
    "plan_form.calls_uploads": (
        "{send:,} to send, {uploads:,} to upload files; results need {send:,} more",
        "发送 {send:,} 次，上传文件 {uploads:,} 次；查询结果还需 {send:,} 次",
    ),
    "plan_form.calls_more": ("to send; as many again to check results", "发送所需；查询结果还需同样次数"),
    "plan_form.not_sent": ("The plan has not been sent yet.", "计划尚未发送。"),
    "plan_form.not_sent_todo": (
        "In the form, enter the number to confirm, then click the button that sends.",
        "请在表单中输入要确认的数字，再点发送按钮。",
    ),
    "plan_form.outdated": (
        "The message or the recipients have changed since this check.",
        "检查之后，消息或收件人有改动。",
    ),
    "plan_form.outdated_plan": (
        "Outdated: in the form, the message or the recipients have changed since this check.",
        "已过期：检查之后，表单中的消息或收件人有改动。",
    ),
    "plan_form.overtaken": ("A newer check below now uses this name.", "此名称现由下方较新的检查使用。"),
    "plan_form.outdated_test_todo": (
        "Check again to test the current message; no test was sent.",
        "请重新检查，再测试当前内容；没有发送测试。",
    ),
    "plan_form.outdated_todo": ("Check again to send the current message.", "请重新检查，再发送当前内容。"),
    "plan_form.nobody": ("There is nobody to send to.", "没有可发送的人。"),
    "plan_form.nobody_todo": ("The check shows the reason for each row.", "检查结果中逐行列有原因。"),
    "plan_form.problems": ("Rows not sent", "不会发送的行"),
    "plan_form.no_problems": ("All rows can be sent.", "所有行都可以发送。"),
    "plan_form.problem_groups": ("By kind of problem", "按问题分类"),
    "plan_form.problem_rows": ("rows", "行数"),
    "plan_form.problem_example": ("for example", "例如"),
    "plan_form.warned_rows": ("Show {rows}", "查看这 {rows}"),
    "plan_form.changed_rows": ("Show {rows} sent a different text", "查看已发送过不同正文的 {rows}"),
    "plan_form.concerned_rows": ("The rows concerned", "相关的行"),
    "plan_form.merged_rows": (
        "Merged with another row that has the same message for the same person: {rows}",
        "{rows}与同一人的另一行内容相同，合并为一条发送",
    ),
    "plan_form.merged_heading": ("rows that share a message", "合并发送的行"),
    "plan_form.more_rows": ("And {n:,} more.", "另有 {n:,} 项。"),
    "plan_form.problem_more": ("Other kinds of problems: {n:,}.", "另有 {n:,} 类问题。"),
    "plan_form.problems_show": ("Show these rows", "查看这些行"),
    "plan_form.problems_hide": ("Hide these rows", "收起这些行"),
    "plan_form.problems_shown": ("Rows not sent: {shown}", "不会发送的行：{shown}"),
    "plan_form.problems_none_found": ("No rows match “{query}”.", "没有包含“{query}”的行。"),
    "plan_form.search": ("Search these rows", "在这些行中查找"),
    "plan_form.search_hint": ("ID, value, reason …", "ID、值、原因……"),
    "plan_form.earlier": ("Previous page", "上一页"),
    "plan_form.later": ("Next page", "下一页"),
    "plan_form.export": ("Export all as Excel", "导出全部（Excel）"),
    "plan_form.test": ("Send me a test", "发给我测试"),
    "plan_form.test_unmarked": (
        "The test looks exactly like the real message: nothing marks it as a test.",
        "对方看到的与正式发送的完全一样，其中没有测试标记。",
    ),
    "plan_form.test_recipient": ("Send it to", "发送给"),
    "plan_form.no_test_recipient": ("Choose a person, or enter a userid.", "请选择一个人，或填写 userid。"),
    "plan_form.no_test_recipient_todo": (
        "An administrator can look up your own userid in DingTalk's contacts.",
        "您自己的 userid 可由管理员在钉钉通讯录中查看。",
    ),
    "plan_form.no_row": ("There is no row {n}.", "没有第 {n} 行。"),
    "plan_form.no_row_todo": ("Enter a number from {first} to {last}.", "请输入 {first} 到 {last} 之间的行号。"),
    "plan_form.skipped_row_todo": (
        "The rows next to it are {before} and {after}.",
        "与它相邻的是第 {before} 行和第 {after} 行。",
    ),
    "plan_form.row": ("Use row", "使用第几行的数据"),
    "plan_form.position": ("Use row at position", "使用第几行（从 0 数起）的数据"),
    "plan_form.send_test": ("Send test", "发送测试"),
    "plan_form.testing": ("Sending the test …", "正在发送测试……"),
    "plan_form.tested": ("Test to {person}: {status}.", "发给 {person} 的测试：{status}。"),
    "plan_form.tested_before": (
        "Not sent again: this test was already sent to {person} ({status}).",
        "未重复发送：同样的测试之前已发给 {person}（{status}）。",
    ),
    "plan_form.test_answer_awaited": (
        "Answer it on the phone: this line shows when the answer is received.",
        "请在手机上作出回答，收到后在此显示。",
    ),
    "plan_form.test_pressed": ("Answer received: {answer}.", "已收到回答：{answer}。"),
    "plan_form.test_submitted": ("Answer received: the form was filled in.", "已收到填写的问卷。"),
    "plan_form.send_title": ("Send", "发送"),
    "plan_form.name": ("Campaign name", "任务名称"),
    "plan_form.name_hint": ("such as payslip-2026-11", "例如 payslip-2026-11"),
    "plan_form.no_name": ("Enter a campaign name.", "请填写任务名称。"),
    "plan_form.no_name_todo": (
        "Under one name, nobody is sent the same message twice; to continue a campaign, enter its name.",
        "同一名称下不会重复发送；要继续之前的任务，请填写它的名称。",
    ),
    "plan_form.looking_up": ("Checking this name …", "正在查询该名称的记录……"),
    "changed.skip": ("Let them keep it: they are not sent the new one", "保留已发送的，不发新正文"),
    "changed.resend": ("Send them the new one as well: they then have both", "再发新正文：他们会收到两份"),
    "changed.resend_card": (
        (
            "Send them the new one as well: they then have both, and answers to the earlier card count for the new "
            "question as well"
        ),
        "再发新正文：他们会收到两份，对原卡片的回答也视为对新问题的回答",
    ),
    "changed.recall": (
        "Recall the earlier one first: they then have only the new one",
        "先撤回已发送的，再发新的：他们的手机上只留新的一份",
    ),
    "changed.recall_except": (
        (
            "Recall the earlier one first: they then have only the new one, except {people} from whom the earlier one "
            "cannot be recalled"
        ),
        "先撤回已发送的，再发新的：他们的手机上只留新的一份，但有 {people}的已发送消息无法撤回",
    ),
    "changed.recall_perhaps": (
        (
            "Recall the earlier one first: they then have only the new one, except perhaps {people} from whom the "
            "earlier one may not be recallable"
        ),
        "先撤回已发送的，再发新的：他们的手机上只留新的一份，但有 {people}的已发送消息可能无法撤回",
    ),
    "plan_form.recall_first_rest": (
        "For those who still have the earlier one then (at most {people}), choose here again.",
        "届时仍保留原消息的人（最多 {people}），需在此处再次选择。",
    ),
    "plan_form.recall_first": (
        "In the campaign, click “{recall}”. Then come back and send the new one.",
        "请在该任务中点“{recall}”，撤回后再回到此处发送新的。",
    ),
    "absent.send": ("Send to them too", "也发送给他们"),
    "absent.drop": ("Remove them from the campaign: they are sent nothing", "移出此任务：不发送给他们"),
    "plan_form.undecided_changed": (
        "First decide what to do about people who were sent a different text. No call was made.",
        "请先决定如何处理已发送过其他正文的人。未发起任何调用。",
    ),
    "plan_form.undecided_absent": (
        "First decide what to do about people who are not in this plan. No call was made.",
        "请先决定如何处理不在此计划中的人。未发起任何调用。",
    ),
    "plan_form.accepts_names": (
        "I have checked {rows} with a warning about the name, and they should get the message: {first}",
        "我已核对姓名有警告的 {rows}，确认向其发送：{first}",
    ),
    "plan_form.names_unconfirmed": (
        (
            "In {rows}, the name is not that of the person who would get the message, or has a note that the person "
            "has left or should get no messages. No call was made."
        ),
        "{rows}的姓名不是将收到消息的人的姓名，或旁边注明此人已离职或不应接收消息。未发起任何调用。",
    ),
    "plan_form.names_unconfirmed_todo": (
        "If these people should get the message, tick the box above. If not, leave the rows out as stated below it.",
        "如果应发送给这些人，请勾选上方方框；否则，请按方框下方的说明排除这些行。",
    ),
    "plan_form.leave_names_out": (
        "To leave these rows out instead, use the checkboxes where the recipients are checked.",
        "如不发送给这些行，请在检查收件人处勾选相应的“不发送”方框。",
    ),
    "plan_form.leave_names_out_replan": (
        (
            "To leave these rows out instead, correct them in the list, or plan again with "
            'check=["name", "note"], which rejects them.'
        ),
        '如不发送给这些行，请在名单中更正，或用 check=["name", "note"] 重新创建计划。',
    ),
    "plan_form.undecided_todo": ("Choose one of the options above.", "请在上方选择一项。"),
    "plan_form.undecided": (
        "First choose an option above. Until then, nothing is sent.",
        "请先在上方选择；选择之前不会发送。",
    ),
    "plan_form.continues": (
        "“{name}” exists already: sending continues it, and nobody gets the same message twice.",
        "任务“{name}”已存在：发送将继续该任务，任何人都不会重复收到同一条消息。",
    ),
    "plan_form.count_added_person": (
        "Enter {n:,} to confirm: {plan:,} in the plan and {added:,} others",
        "输入 {n:,} 以确认：计划中 {plan:,} 人，另加不在计划中的 {added:,} 人",
    ),
    "plan_form.count_added_message": (
        "Enter {n:,} to confirm: {plan:,} in the plan and {added:,} others",
        "输入 {n:,} 以确认：计划中 {plan:,} 条，另加不在计划中的 {added:,} 条",
    ),
    "plan_form.with_added": ("{people} in the plan and {added} not in it", "{people}，另加不在计划中的 {added}"),
    "plan_form.test_recipient_hint": ("name or userid", "姓名或 userid"),
    "plan_form.send_to": ("Send to {recipients}", "发送给 {recipients}"),
    "plan_form.send_to_some": ("Send to {n:,} of {recipients}", "发送给 {recipients}中的 {n:,} 人"),
    "plan_form.send_messages": ("Send {recipients}", "发送 {recipients}"),
    "plan_form.send_some_messages": ("Send {n:,} of {recipients}", "发送 {recipients}中的 {n:,} 条"),
    "plan_form.show_campaign": ("Show campaign", "查看该任务"),
    "plan_form.beyond_quota": ("Send anyway, over this month's quota", "仍然发送（超出本月额度）"),
    "plan_form.no_name_unfinished": (
        "Go to {name} to see or resume it, or enter a name for a new campaign.",
        "请前往 {name} 查看或继续发送；要另发新任务，请填写名称。",
    ),
    "plan_form.sent_as": (
        "Sending was started under the name “{name}”: the results show who has received it.",
        "已以“{name}”开始发送，送达情况见结果。",
    ),
    "plan_form.go_to": ("Go to “{name}”", "前往“{name}”"),
    "plan_form.open_named": ("Open “{name}”", "打开“{name}”"),
    "plan_form.open_campaign": ("Go to campaign", "前往该任务"),
    "plan_form.open_running": (
        "“{open}” shows its progress, and can pause or stop it.",
        "点“{open}”可查看进度、暂停或停止。",
    ),
    "plan_form.open_recalled": ("“{open}” shows its progress.", "点“{open}”可查看进度。"),
    "plan_form.open_halted": ("“{open}” opens it.", "点“{open}”可打开该任务。"),
    "plan_form.take_out": ("Remove {people}", "移出 {people}"),
    "plan_form.taken_out": ("Will be removed from the campaign: {people}.", "将移出此任务：{people}。"),
    "plan_form.only_taken_out": (
        (
            "There is nobody left to send to in this plan. The button removes {people} from the campaign and sends "
            "nothing."
        ),
        "此计划中没有待发送的人。点此按钮会将 {people}移出任务，不会发送任何消息。",
    ),
    "plan_form.nobody_left": (
        "Everyone in this plan has already been sent the message under this name.",
        "此计划中的人均已以此名称发送过。",
    ),
    "plan_form.nobody_left_recalled": (
        "The message was recalled from everyone in this plan, and is not sent to them again under this name.",
        "发给此计划中所有人的消息均已撤回，以此名称不会再次发送。",
    ),
    "plan_form.nobody_left_some_recalled": (
        "Everyone in this plan has already been sent the message under this name. Recalled: {people}.",
        "此计划中的人均已以此名称发送过，其中已撤回：{people}。",
    ),
    "plan_form.nobody_left_recalled_todo": (
        (
            "To send them a corrected one, change the message and keep this name: on the day of sending, DingTalk "
            "drops the same text, also under another name. “{show}” sends nothing and shows the current status."
        ),
        (
            "如需发送更正内容，请修改消息，名称不变；发送当天，相同内容换名称发送，钉钉也不会送达。"
            "点“{show}”不会发送任何消息，只显示当前状态。"
        ),
    ),
    "plan_form.nobody_left_kept": (
        "Everyone in this plan has already been sent a message under this name. Some keep a different version.",
        "此计划中的人均已以此名称发送过，其中一些人保留的是不同的版本。",
    ),
    "plan_form.nobody_left_todo": (
        "“{show}” sends nothing and shows the current status.",
        "点“{show}”不会发送任何消息，只显示当前状态。",
    ),
    "plan_form.stops_after": (
        "After about {people}, this month's calls are used up, and sending stops until you resume it next month.",
        "约发送 {people}后，本月的调用将用完，发送随之停止；下月可继续发送。",
    ),
    "plan_form.with_several": ("{n:,} with several messages", "其中 {n:,} 人收到多条"),
    "plan_form.no_calls": ("No calls are left this month: nothing can be sent.", "本月已无剩余调用，无法发送。"),
    "plan_form.no_calls_todo": (
        "Send next month. If your edition allows more calls, set that in the app's settings or where you connect.",
        "请下月再发送。若您的版本额度更高，请在应用的“设置”中或连接时填写。",
    ),
    "plan_form.refreshes": (
        "Afterwards, the results refresh automatically with at most {calls}; you can turn this off there.",
        "全部发送后会自动刷新结果，最多 {calls}，可在结果中关闭。",
    ),
    "plan_form.live": ("This is LIVE: messages go to real people.", "当前为真实环境（LIVE）：消息会真实发出。"),
    "plan_form.sandbox": ("This is the sandbox: no real messages are sent.", "当前为沙箱：消息不会真实发出。"),
    "plan_form.starting": ("Starting …", "正在启动……"),
    "plan_form.type_count_person": ("Enter the number of people: {expected}.", "请输入人数：{expected}。"),
    "plan_form.type_count_message": ("Enter the number of messages: {expected}.", "请输入消息数：{expected}。"),
    "plan_form.no_count_message": (
        "“{typed}” is not a number; this plan sends {expected}.",
        "“{typed}”不是数字；此计划将发送 {expected}。",
    ),
    "plan_form.other_count_message": (
        "You entered {typed}, but this plan sends {expected}.",
        "输入的是 {typed}；此计划将发送 {expected}。",
    ),
    "plan_form.no_count_person": (
        "“{typed}” is not a number; this plan sends to {expected}.",
        "“{typed}”不是数字；此计划将发给 {expected}。",
    ),
    "plan_form.other_count_person": (
        "You entered {typed}, but this plan sends to {expected}.",
        "输入的是 {typed}；此计划将发给 {expected}。",
    ),
    "plan_form.count_of_all_person": (
        "You entered {typed}, the total of the plan; to confirm, enter the number of people sent to now: {expected}.",
        "输入的 {typed} 是计划的总人数；请输入现在发送的人数以确认：{expected}。",
    ),
    "plan_form.count_of_all_message": (
        "You entered {typed}, the total of the plan; to confirm, enter the number of messages sent now: {expected}.",
        "输入的 {typed} 是计划的消息总数；请输入现在发送的条数以确认：{expected}。",
    ),
    "plan_form.forecast_changed": (
        "The campaign has changed in the meantime. No call was made.",
        "该任务在此期间有变动。未发起任何调用。",
    ),
    "plan_form.forecast_changed_todo": (
        "Check who is sent to or removed now, then click the button again.",
        "请核对现在会发送给谁、移出谁，再点按钮。",
    ),
    "plan_form.nothing_sent": ("No call was made.", "未发起任何调用。"),
}
