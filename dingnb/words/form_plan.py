"""Texts for the plan form."""

WORDS: dict[str, tuple[str, str]] = {
    "plan_form.title": ("Check and send", "检查并发送"),
    "plan_form.in_rows": ("from {rows}", "来自 {rows}"),
    "plan_form.in_some_rows": ("from {n:,} of {rows} in the list", "来自名单 {rows}中的 {n:,} 行"),
    "plan_form.thumbnail": ("The message for row {n:,}", "第 {n:,} 行的消息"),
    "plan_form.not_sent_rows": ("{rows} won't be sent", "{rows}不会发送"),
    "plan_form.excluded": ("excluded: {rows}", "其中排除：{rows}"),
    "plan_form.texts": ("Contents", "内容"),
    "plan_form.calls_only": ("to send", "发送所需"),
    "plan_form.calls_more": ("to send; as many again to check results", "发送所需；查询结果还需同样次数"),
    "plan_form.not_sent": ("The plan has not been sent yet.", "计划尚未发送。"),
    "plan_form.not_sent_todo": ("Enter the number of people and click “Send”.", "请输入人数并点“发送”。"),
    "plan_form.outdated": (
        "The message or the recipients have changed since this check.",
        "检查之后，消息或收件人有改动。",
    ),
    "plan_form.overtaken": ("A newer check below is now sent under this name.", "此名称现由下方较新的检查使用。"),
    "plan_form.outdated_test_todo": (
        "Check again to test the current message; no test was sent.",
        "请重新检查，再测试当前内容；没有发送测试。",
    ),
    "plan_form.outdated_todo": ("Check again to send the current message.", "请重新检查，再发送当前内容。"),
    "plan_form.nobody": ("There is nobody to send to.", "没有可发送的人。"),
    "plan_form.nobody_todo": ("The table shows the reason for each row.", "表格逐行说明原因。"),
    "plan_form.problems": ("Rows that won't be sent", "不会发送的行"),
    "plan_form.no_problems": ("All rows can be sent.", "所有行都可以发送。"),
    "plan_form.problem_groups": ("By kind of problem", "按问题分类"),
    "plan_form.problem_rows": ("rows", "行数"),
    "plan_form.problem_example": ("for example", "例如"),
    "plan_form.problem_more": ("And {n:,} more kinds of problems.", "另有 {n:,} 类问题。"),
    "plan_form.problems_show": ("Show these rows", "查看这些行"),
    "plan_form.problems_hide": ("Hide these rows", "收起这些行"),
    "plan_form.problems_shown": (
        "Rows that won't be sent: {first:,}–{last:,} of {total:,}",
        "不会发送的行：第 {first:,} 至 {last:,} 条，共 {total:,} 条",
    ),
    "plan_form.problems_none_found": ("No rows match “{query}”.", "没有包含“{query}”的行。"),
    "plan_form.search": ("Search these rows", "在这些行中查找"),
    "plan_form.search_hint": ("ID, value, reason …", "ID、值、原因……"),
    "plan_form.earlier": ("Previous page", "上一页"),
    "plan_form.later": ("Next page", "下一页"),
    "plan_form.export": ("Export all", "导出全部"),
    "plan_form.test": ("Send me a test", "发给我测试"),
    "plan_form.tester": ("Send it to", "发送给"),
    "plan_form.no_tester": ("Choose a person, or enter a userid.", "请选择一个人，或填写 userid。"),
    "plan_form.no_tester_todo": (
        "Your own userid is in the contacts of DingTalk, where an administrator can look it up.",
        "您自己的 userid 可由管理员在钉钉通讯录中查看。",
    ),
    "plan_form.several_testers": (
        "Several people in this plan are called “{name}”: {userids}.",
        "此计划中有多人名为“{name}”：{userids}。",
    ),
    "plan_form.several_testers_todo": (
        "Choose one of them in the list, or enter the userid. No test was sent.",
        "请在列表中选择其中一位，或填写 userid。没有发送测试。",
    ),
    "plan_form.row": ("Use row", "使用第几行的数据"),
    "plan_form.position": ("Use row at position", "使用第几行（从 0 数起）的数据"),
    "plan_form.send_test": ("Send test", "发送测试"),
    "plan_form.testing": ("Sending the test …", "正在发送测试……"),
    "plan_form.tested": ("Test to {userid}: {status}.", "发给 {userid} 的测试：{status}。"),
    "plan_form.tested_before": (
        "Not sent again: {userid} already got this test ({status}).",
        "未重复发送：{userid} 之前已收到同样的测试（{status}）。",
    ),
    "plan_form.send_title": ("Send", "发送"),
    "plan_form.name": ("Campaign name", "任务名称"),
    "plan_form.name_hint": ("such as payslip-2026-11", "例如 payslip-2026-11"),
    "plan_form.no_name": ("Enter a campaign name.", "请填写任务名称。"),
    "plan_form.no_name_todo": (
        "Under one name, nobody is sent the same message twice; to continue a campaign, enter its name.",
        "同一名称下不会重复发送；要继续之前的任务，请填写它的名称。",
    ),
    "plan_form.looking_up": ("Checking this name …", "正在查询该名称的记录……"),
    "plan_form.changed": ("People who got a different version", "已收到其他版本的人"),
    "changed.error": ("Not decided: send nothing", "尚未决定，不发送"),
    "changed.skip": ("Keep what they got", "保留已收到的版本"),
    "changed.resend": ("Also send them the new version", "另发新版本"),
    "plan_form.absent": ("People not in this plan", "不在此计划中的人"),
    "absent.error": ("Not decided: send nothing", "尚未决定，不发送"),
    "absent.send": ("Send to them too", "一并发送"),
    "absent.drop": ("Remove them from the campaign", "移出此任务"),
    "plan_form.undecided_changed": (
        (
            "Some people got a different version under this name, and you have not decided what they get. No "
            "call was made."
        ),
        "此名称下有人收到过其他版本，尚未决定如何处理。没有发出调用。",
    ),
    "plan_form.undecided_absent": (
        (
            "Some people still waiting under this name are not in this plan, and you have not decided whether "
            "they get it. No call was made."
        ),
        "此名称下有人待发送但不在此计划中，尚未决定是否发送给他们。没有发出调用。",
    ),
    "plan_form.undecided_todo": (
        "Choose under “{field}”, or enter another campaign name.",
        "请在“{field}”中选择，或另取任务名称。",
    ),
    "plan_form.count": ("Enter {n:,} to confirm", "输入 {n:,} 以确认"),
    "plan_form.count_all_person": (
        "Enter {n:,} to confirm: all people in the plan ({some:,} of them are sent now)",
        "输入 {n:,} 以确认：计划的总人数（现在发送给其中 {some:,} 人）",
    ),
    "plan_form.count_all_message": (
        "Enter {n:,} to confirm: all messages in the plan ({some:,} of them are sent now)",
        "输入 {n:,} 以确认：计划的消息总数（现在发送其中 {some:,} 条）",
    ),
    "plan_form.count_added_person": (
        "Enter {n:,} to confirm: {plan:,} in the plan and {added:,} others",
        "输入 {n:,} 以确认：计划中 {plan:,} 人，另加不在计划中的 {added:,} 人",
    ),
    "plan_form.count_added_message": (
        "Enter {n:,} to confirm: {plan:,} in the plan and {added:,} others",
        "输入 {n:,} 以确认：计划中 {plan:,} 条，另加不在计划中的 {added:,} 条",
    ),
    "plan_form.count_added_some_person": (
        "Enter {n:,} to confirm: {plan:,} in the plan and {added:,} others ({some:,} are sent now)",
        "输入 {n:,} 以确认：计划中 {plan:,} 人，另加不在计划中的 {added:,} 人（现在发送给 {some:,} 人）",
    ),
    "plan_form.count_added_some_message": (
        "Enter {n:,} to confirm: {plan:,} in the plan and {added:,} others ({some:,} are sent now)",
        "输入 {n:,} 以确认：计划中 {plan:,} 条，另加不在计划中的 {added:,} 条（现在发送 {some:,} 条）",
    ),
    "plan_form.with_added": ("{people} in the plan and {added} not in it", "{people}，另加不在计划中的 {added}"),
    "plan_form.tester_hint": ("name or userid", "姓名或 userid"),
    "plan_form.send_to": ("Send to {people}", "发送给 {people}"),
    "plan_form.send_to_some": ("Send to {n:,} of {people}", "发送给 {people}中的 {n:,} 人"),
    "plan_form.send_messages": ("Send {people}", "发送 {people}"),
    "plan_form.send_some_messages": ("Send {n:,} of {people}", "发送 {people}中的 {n:,} 条"),
    "plan_form.show_campaign": ("Show campaign", "查看该任务"),
    "plan_form.beyond_quota": ("Send anyway, over this month's quota", "仍然发送（超出本月额度）"),
    "plan_form.open_campaign": ("Open campaign", "打开该任务"),
    "plan_form.take_out": ("Remove {people}", "移出 {people}"),
    "plan_form.taken_out": ("Will be removed from the campaign: {people}.", "将移出此任务：{people}。"),
    "plan_form.only_taken_out": (
        "There is nobody left to send to in this plan. The button removes {people} from the campaign, sending nothing.",
        "此计划中没有待发送的人。点此按钮会将 {people}移出任务，不会发送任何消息。",
    ),
    "plan_form.nobody_left": (
        "Everyone in this plan has already been sent the message under this name.",
        "此计划中的人均已以此名称发送过。",
    ),
    "plan_form.nobody_left_kept": (
        "Everyone in this plan has already been sent a message under this name. Some keep a different version.",
        "此计划中的人均已以此名称发送过，其中一些人保留的是不同的版本。",
    ),
    "plan_form.nobody_left_todo": (
        "“Show campaign” sends nothing and shows the current status.",
        "点“查看该任务”不会发送任何消息，只显示当前状态。",
    ),
    "plan_form.stands_still": (
        "After about {people}, sending stops until the end of the month.",
        "约发送 {people}后将停止，直到本月结束。",
    ),
    "plan_form.live": ("This is LIVE: messages go to real people.", "当前为真实环境（LIVE）：消息会真实发出。"),
    "plan_form.sandbox": ("This is the sandbox: no real messages are sent.", "当前为沙箱：消息不会真实发出。"),
    "plan_form.starting": ("Starting …", "正在启动……"),
    "plan_form.type_count_person": ("Enter the number of people: {people}.", "请输入人数：{people}。"),
    "plan_form.type_count_message": ("Enter the number of messages: {people}.", "请输入消息数：{people}。"),
    "plan_form.no_count_message": (
        "“{typed}” is not a number; this plan sends {people}.",
        "“{typed}”不是数字；此计划将发送 {people}。",
    ),
    "plan_form.other_count_message": (
        "You entered {typed}, but this plan sends {people}.",
        "输入的是 {typed}；此计划将发送 {people}。",
    ),
    "plan_form.no_count_person": (
        "“{typed}” is not a number; this plan sends to {people}.",
        "“{typed}”不是数字；此计划将发给 {people}。",
    ),
    "plan_form.other_count_person": (
        "You entered {typed}, but this plan sends to {people}.",
        "输入的是 {typed}；此计划将发给 {people}。",
    ),
    "plan_form.count_of_some_person": (
        "You entered {typed}, the number of people sent to now; to confirm, enter the total of the plan: {people}.",
        "输入的 {typed} 是现在发送的人数；请输入计划的总人数以确认：{people}。",
    ),
    "plan_form.count_of_some_message": (
        "You entered {typed}, the number of messages sent now; to confirm, enter the total of the plan: {people}.",
        "输入的 {typed} 是现在发送的条数；请输入计划的消息总数以确认：{people}。",
    ),
    "plan_form.nothing_sent": ("No call was made.", "没有发出调用。"),
}
