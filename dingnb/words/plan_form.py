"""The words of the form of a plan."""

WORDS: dict[str, tuple[str, str]] = {
    "plan_form.title": ("Check and send", "检查并发送"),
    "plan_form.in_rows": ("in {rows}", "在 {rows}中"),
    "plan_form.excluded": ("left out: {rows}", "其中排除：{rows}"),
    "plan_form.texts": ("Texts", "正文"),
    "plan_form.calls_more": ("to send; as many to read the results", "用于发送；读取结果另需同样多"),
    "plan_form.not_sent": ("The plan was not sent yet.", "计划尚未发送。"),
    "plan_form.not_sent_todo": ("Type the count and press “Send”.", "请输入人数并点“发送”。"),
    "plan_form.outdated": (
        "The message or the recipients have changed since this check.",
        "检查之后，消息或收件人有改动。",
    ),
    "plan_form.overtaken": (
        "The newer check below sends under this name now.",
        "现在由下方较新的检查以此名称发送。",
    ),
    "plan_form.outdated_test_todo": (
        "Check again to test what you see now; no test was sent.",
        "请重新检查，再测试当前内容；没有发送测试。",
    ),
    "plan_form.outdated_todo": ("Check again to send what you see now.", "请重新检查，再发送当前内容。"),
    "plan_form.nobody": ("Nobody is left to send to.", "没有可发送的人。"),
    "plan_form.nobody_todo": ("The table says why, row by row.", "表格逐行说明原因。"),
    "plan_form.problems": ("Rows that get nothing", "不会收到消息的行"),
    "plan_form.no_problems": ("Every row can be sent to.", "所有行都可以发送。"),
    "plan_form.problems_shown": (
        "Rows that get nothing: {first:,} to {last:,} of {total:,}",
        "不会收到消息的行：第 {first:,} 至 {last:,} 条，共 {total:,} 条",
    ),
    "plan_form.problems_none_found": ("None of these rows holds “{query}”.", "这些行中没有包含“{query}”的。"),
    "plan_form.search": ("Search these rows", "在这些行中查找"),
    "plan_form.search_hint": ("id, value, reason …", "ID、值、原因……"),
    "plan_form.earlier": ("Earlier rows", "上一页"),
    "plan_form.later": ("Later rows", "下一页"),
    "plan_form.none_earlier": ("These are the first rows", "已是第一页"),
    "plan_form.none_later": ("These are the last rows", "已是最后一页"),
    "plan_form.export": ("Export all of them", "导出全部问题行"),
    "plan_form.test": ("Test to me", "先发给我试看"),
    "plan_form.tester": ("My userid", "我的 userid"),
    "plan_form.no_tester": ("Fill in your userid.", "请填写您的 userid。"),
    "plan_form.no_tester_todo": (
        "It is the one that DingTalk knows you by; an administrator sees it in the address book.",
        "即钉钉识别您的 userid；管理员可在通讯录中查看。",
    ),
    "plan_form.row": ("Use row", "使用第几行的数据"),
    "plan_form.position": ("Use row at position", "使用第几行（从 0 数起）的数据"),
    "plan_form.send_test": ("Send one test", "发送一条测试"),
    "plan_form.testing": ("Sending one test …", "正在发送测试……"),
    "plan_form.tested": ("Test to {userid}: {status}.", "发给 {userid} 的测试：{status}。"),
    "plan_form.tested_before": (
        "Not sent again: {userid} had this very sample before ({status}).",
        "未重复发送：{userid} 之前已收到同样的样本（{status}）。",
    ),
    "plan_form.send_title": ("Send", "发送"),
    "plan_form.name": ("Campaign name", "任务名称"),
    "plan_form.name_hint": ("such as payslip-2026-11", "例如 payslip-2026-11"),
    "plan_form.no_name": ("Give the campaign a name.", "请填写任务名称。"),
    "plan_form.no_name_todo": (
        "Under one name nobody is told twice; to go on with a campaign, give its name.",
        "同一名称下不会重复通知任何人；要继续之前的任务，请填写它的名称。",
    ),
    "plan_form.looking_up": ("Looking up what this name has done …", "正在查询该名称的记录……"),
    "plan_form.changed": ("Whoever was sent another text", "已收到另一正文的人"),
    "changed.error": ("send nothing, and tell me", "不发送，先告诉我"),
    "changed.skip": ("leave them with what they have", "保留已发送的"),
    "changed.resend": ("send them the new text as well", "另发新正文"),
    "plan_form.absent": ("People not in this plan", "不在此计划中的人"),
    "absent.error": ("not decided yet: send nothing", "尚未决定，不发送"),
    "absent.send": ("send to them as well", "一并发送给他们"),
    "absent.drop": ("take them out of the campaign", "移出此任务"),
    "plan_form.undecided_changed": (
        "Some were sent another text under this name, and it is not decided what they get. No call was made.",
        "此名称下有人收到过另一正文，尚未决定如何处理。没有发出调用。",
    ),
    "plan_form.undecided_absent": (
        (
            "Some who are still to be sent to under this name are not in this plan, and it is not decided whether "
            "they get it. No call was made."
        ),
        "此名称下有人待发送但不在此计划中，尚未决定是否发送给他们。没有发出调用。",
    ),
    "plan_form.undecided_todo": (
        "Choose it under “{field}”, or give the campaign another name.",
        "请在“{field}”中选择，或另取任务名称。",
    ),
    "plan_form.count": ("To confirm, type {n:,}", "输入 {n:,} 以确认"),
    "plan_form.count_all_person": (
        "To confirm, type {n:,}: the people of the plan ({some:,} of them are sent to now)",
        "输入 {n:,} 以确认：计划的总人数（现在发送给其中 {some:,} 人）",
    ),
    "plan_form.count_all_message": (
        "To confirm, type {n:,}: the messages of the plan ({some:,} of them are sent now)",
        "输入 {n:,} 以确认：计划的消息总数（现在发送其中 {some:,} 条）",
    ),
    "plan_form.count_added_person": (
        "To confirm, type {n:,}: {plan:,} in the plan and {added:,} who are not in it",
        "输入 {n:,} 以确认：计划中 {plan:,} 人，另加不在计划中的 {added:,} 人",
    ),
    "plan_form.count_added_message": (
        "To confirm, type {n:,}: {plan:,} in the plan and {added:,} that are not in it",
        "输入 {n:,} 以确认：计划中 {plan:,} 条，另加不在计划中的 {added:,} 条",
    ),
    "plan_form.count_added_some_person": (
        "To confirm, type {n:,}: {plan:,} in the plan and {added:,} who are not in it ({some:,} are sent to now)",
        "输入 {n:,} 以确认：计划中 {plan:,} 人，另加不在计划中的 {added:,} 人（现在发送给 {some:,} 人）",
    ),
    "plan_form.count_added_some_message": (
        "To confirm, type {n:,}: {plan:,} in the plan and {added:,} that are not in it ({some:,} are sent now)",
        "输入 {n:,} 以确认：计划中 {plan:,} 条，另加不在计划中的 {added:,} 条（现在发送 {some:,} 条）",
    ),
    "plan_form.with_added": ("{people} in the plan and {added} not in it", "{people}，另加不在计划中的 {added}"),
    "plan_form.tester_hint": ("your userid", "您的 userid"),
    "plan_form.send_to": ("Send to {people}", "发送给 {people}"),
    "plan_form.send_to_some": ("Send to {n:,} of {people}", "发送给 {people}中的 {n:,} 人"),
    "plan_form.send_messages": ("Send {people}", "发送 {people}"),
    "plan_form.send_some_messages": ("Send {n:,} of {people}", "发送 {people}中的 {n:,} 条"),
    "plan_form.show_campaign": ("Show the campaign", "查看该任务"),
    "plan_form.beyond_quota": (
        "Send anyway, beyond the month's count",
        "仍然发送（超出本月额度）",
    ),
    "plan_form.open_campaign": ("Open the campaign", "打开该任务"),
    "plan_form.take_out": ("Take {people} out", "移出 {people}"),
    "plan_form.taken_out": ("Taken out of the campaign: {people}.", "将移出此任务：{people}。"),
    "plan_form.only_taken_out": (
        "Nobody in this plan is left to send to. The button takes {people} out of the campaign and sends nothing.",
        "此计划中没有待发送的人。点此按钮会将 {people}移出任务，不会发送任何消息。",
    ),
    "plan_form.nobody_left": (
        "Everybody in this plan was sent to already under this name.",
        "此计划中的人均已以此名称发送过。",
    ),
    "plan_form.nobody_left_todo": (
        "“Show the campaign” sends nothing: it shows how that stands.",
        "点“查看该任务”不会发送任何消息，只显示其情况。",
    ),
    "plan_form.stands_still": (
        "After about {people} it stands still until the month ends.",
        "约发送 {people}后将停止，直到本月结束。",
    ),
    "plan_form.live": ("This is LIVE: real people get it.", "当前为真实环境（LIVE）：真实的人会收到。"),
    "plan_form.sandbox": ("This is the sandbox: it reaches nobody.", "当前为沙箱：不会触达任何人。"),
    "plan_form.starting": ("Starting …", "正在启动……"),
    "plan_form.type_count_person": ("Type how many people you expect: {people}.", "请输入预期人数：{people}。"),
    "plan_form.type_count_message": (
        "Type how many messages you expect: {people}.",
        "请输入预期的消息数：{people}。",
    ),
    "plan_form.no_count_message": (
        "“{typed}” is no number; the plan sends {people}.",
        "“{typed}”不是数字；此计划将发送 {people}。",
    ),
    "plan_form.other_count_message": (
        "You typed {typed}; the plan sends {people}.",
        "输入的是 {typed}；此计划将发送 {people}。",
    ),
    "plan_form.no_count_person": (
        "“{typed}” is no number; the plan reaches {people}.",
        "“{typed}”不是数字；此计划将发给 {people}。",
    ),
    "plan_form.other_count_person": (
        "You typed {typed}; the plan reaches {people}.",
        "输入的是 {typed}；此计划将发给 {people}。",
    ),
    "plan_form.count_of_some_person": (
        "You typed {typed}, to how many it is sent now; to confirm, type the count of the plan: {people}.",
        "输入的 {typed} 是现在发送的人数；请输入计划的总人数以确认：{people}。",
    ),
    "plan_form.count_of_some_message": (
        "You typed {typed}, how many are sent now; to confirm, type the count of the plan: {people}.",
        "输入的 {typed} 是现在发送的条数；请输入计划的消息总数以确认：{people}。",
    ),
    "plan_form.nothing_sent": ("No call was made.", "没有发出调用。"),
}
