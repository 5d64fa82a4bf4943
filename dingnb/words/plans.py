"""
Texts for plans.

Where ``{people}`` comes before a participle, such as “{people} already sent exactly this text”, it has its verb in
English: “2 people were”.
"""

TRANSLATIONS: dict[str, tuple[str, str]] = {
    "plan.title": ("Plan for {people}", "发送计划：{people}"),
    "plan.app": ("App", "应用"),
    "plan.message": ("Message", "消息类型"),
    "plan.people": ("People", "收件人"),
    "plan.people_value": ("{people} in {rows}", "{people}，来自 {rows}"),
    "plan.messages": ("Messages", "消息数"),
    "plan.messages_value": ("{messages} in {rows}", "{messages}，来自 {rows}"),
    "plan.messages_to_people": ("{messages} to {people}", "{messages}（发给 {people}）"),
    "plan.rejected": ("Rejected", "不发送（数据有误）"),
    "plan.rejected_or_excluded": ("Won't be sent", "不发送"),
    "plan.excluded": ("Of these, excluded", "其中被排除"),
    "plan.excluded_list": ("{rows}, by list {name!r}", "{rows}，依据名单 {name!r}"),
    "plan.merged": ("Merged", "合并"),
    "plan.merged_value": (
        "{rows}: the same message to the same person as in another row",
        "{rows}：与同一人的另一行内容相同，合并为一条发送",
    ),
    "plan.about_nobody": ("Of these, not people", "其中不是收件人"),
    "plan.about_nobody_value": ("{rows}: totals, notes or repeated headers", "{rows}：合计、说明或重复的表头"),
    "plan.numbers": ("Phone numbers", "手机号"),
    "plan.looked_up": (
        "{now} looked up now, {known} cached from {age}; refresh=True looks them up again",
        "本次查询 {now} 个，{known} 个沿用缓存（{age}）；refresh=True 可重新查询",
    ),
    "plan.looked_up_before": (
        "{known} cached from {age}; refresh=True looks them up again",
        "{known} 个沿用缓存（{age}）；refresh=True 可重新查询",
    ),
    "plan.values_changed": (
        "The DataFrame has changed since the plan was made, in {rows}: {columns}. The plan still has the old values.",
        "生成计划后 DataFrame 有改动，涉及{rows}：{columns}。计划中仍是原来的值。",
    ),
    "plan.rows_changed": (
        "The DataFrame has changed since the plan was made: it had {before} then, and has {now} now.",
        "生成计划后 DataFrame 有改动：当时有 {before}，现在有 {now}。",
    ),
    "plan.input_changed_todo": (
        (
            "Make the plan again from the changed DataFrame: plan = ding.plan(...). To change a DataFrame and still "
            "send an earlier plan, make that plan from a copy: ding.plan(frame.copy(), ...)."
        ),
        (
            "请用改动后的 DataFrame 重新生成计划：plan = ding.plan(...)。如果改动与此计划无关、仍要发送原来的值，"
            "请在改动前用副本生成计划：ding.plan(frame.copy(), ...)。"
        ),
    ),
    "plan.calculated": (
        (
            "{{{{ {calculation} }}}} in the message is calculated, and its result is sent. To send {calculation} as it "
            "is, write it without the braces."
        ),
        "正文中的 {{{{ {calculation} }}}} 会被计算，发出的是计算结果。如需原样发送 {calculation}，请去掉花括号。",
    ),
    "plan.other_zone": (
        (
            "Column {column!r}, {rows}: the filter date writes these times in their own time zone, not in Beijing "
            "time, such as {value}."
        ),
        "列 {column!r}（{rows}）：时间属于其他时区（如 {value}），date 过滤器按原时区输出，不换算成北京时间。",
    ),
    "plan.other_zone_todo": (
        (
            "To send Beijing time, convert them first: frame[{column}] = "
            'pandas.to_datetime(frame[{column}], utc=True, format="ISO8601").dt.tz_convert({zone}).'
        ),
        (
            "如需北京时间，请先换算：frame[{column}] = "
            'pandas.to_datetime(frame[{column}], utc=True, format="ISO8601").dt.tz_convert({zone})。'
        ),
    ),
    "plan.names_differ": (
        (
            "The names in {rows} differ from those in the directory as it was read {age}. The wrong people may get "
            'the messages; check="name" rejects such rows.'
        ),
        '{rows}的姓名与通讯录（{age}读取）不一致，消息可能发给错误的人；check="name" 会排除这些行。',
    ),
    "plan.names_noted": (
        (
            "The names in {rows} have a note that the person has left or should get no messages. These rows are sent "
            'nevertheless; check="note" rejects them.'
        ),
        '{rows}的姓名旁注明此人已离职或不应接收消息，但仍会发送；check="note" 会排除这些行。',
    ),
    "plan.names_row": ("For example {row}: {reason}", "例如（{row}）：{reason}"),
    "plan.names_unknown": (
        "The names in {rows} could not be compared: they are blank, or the app may not see the people.",
        "{rows}的姓名无法核对：姓名为空，或应用看不到相应人员。",
    ),
    "plan.not_in_directory": (
        (
            "Not in the directory as the app read it {age}: {people} in {rows} ({who}). Their userid may be wrong, "
            "or they have left, have joined since, or are not visible to the app; they will probably not get the "
            'message. check="directory" rejects such rows.'
        ),
        (
            "{people}（{rows}）不在通讯录（{age}读取）中：{who}。可能是 userid 有误、已离职、读取后加入，"
            '或不在应用的可见范围内，很可能收不到消息；check="directory" 会排除这些行。'
        ),
    ),
    "plan.inactive": (
        (
            "Never activated DingTalk, so cannot read the message (directory read {age}): {n} of {people} ({who}). "
            "plan.to_frame() marks their rows."
        ),
        (
            "{people}中有 {n} 人从未激活钉钉，无法阅读消息（{age}读取的通讯录）：{who}。"
            "plan.to_frame() 的 warning 列标出了相应的行。"
        ),
    ),
    "plan.logins_unknown": (
        "It is unknown who has logged in: DingTalk returns logins by department, and the app can see no department.",
        "无法得知登录情况：钉钉按部门返回登录数据，而应用看不到任何部门。",
    ),
    "plan.not_logged_in": (
        (
            "{n} of {people} did not log in to DingTalk on any weekday from {first} to {last}: {who}. "
            "plan.to_frame() marks their rows."
        ),
        (
            "{people}中有 {n} 人在 {first} 至 {last} 期间的周一至周五均未登录钉钉：{who}。"
            "plan.to_frame() 的 warning 列标出了相应的行。"
        ),
    ),
    "plan.age": ("{duration} ago", "{duration}前"),
    "plan.age_short": ("less than a minute ago", "不到 1 分钟前"),
    "plan.bodies": ("Bodies", "正文"),
    "plan.bodies_value": ("{bodies} in {batches}", "{bodies}，共 {batches}"),
    "plan.one_body_value": ("1 body in {batches}", "1 份，共 {batches}"),
    "plan.same_body_value": ("the same for everybody, in {batches}", "所有人相同，共 {batches}"),
    "plan.calls": ("Calls", "接口调用"),
    "plan.shared": (
        (
            "People with different texts share calls: what differs is private in the template {template}, and each "
            "person sees only their own values."
        ),
        "内容不同的收件人合并调用：不同之处均为模板 {template} 的私有变量，每人只能看到自己的内容。",
    ),
    "plan.calls_only": ("{send} to send", "发送 {send}"),
    "plan.calls_value": ("{send} to send, {n} to check results once", "发送 {send}，查询一次结果 {n}"),
    "plan.files": ("Files", "文件"),
    "plan.files_value": (
        "{files}, {size}; {uploads}, counted as {calls}",
        "{files}，{size}；需 {uploads}，计 {calls}",
    ),
    "plan.files_ready": ("{files}, {size}; already uploaded", "{files}，{size}；均已上传"),
    "plan.files_plain": ("{files}, {size}", "{files}，{size}"),
    "plan.time": ("Time", "预计用时"),
    "plan.seconds": ("about {seconds} s", "约 {seconds} 秒"),
    "plan.whole_minutes": ("about {minutes} min", "约 {minutes} 分钟"),
    "plan.minutes": ("about {minutes} min {seconds} s", "约 {minutes} 分 {seconds} 秒"),
    "plan.whole_hours": ("about {hours:,} h", "约 {hours:,} 小时"),
    "plan.hours": ("about {hours:,} h {minutes} min", "约 {hours:,} 小时 {minutes} 分钟"),
    "plan.corrected": (
        "{cells} corrected, such as: {example}. plan.corrections() lists them.",
        "已修正 {cells}，例如：{example}。plan.corrections() 列出全部。",
    ),
    "plan.rejected_rows": ("{rows} rejected", "不发送的行及原因：{rows}"),
    "plan.row": ("row", "行"),
    "plan.column": ("column", "列"),
    "plan.value": ("value", "值"),
    "plan.reason": ("reason", "原因"),
    "plan.more": ("{n:,} more; plan.problems() lists them all.", "另有 {n:,} 行；plan.problems() 列出全部。"),
    "plan.month": ("This month", "本月额度"),
    "plan.month_value": (
        "{used} used here, at most {left} left; other apps of the organisation share the same quota",
        "本机已用 {used}，最多剩余 {left}；企业内其他应用共用同一额度",
    ),
    "plan.month_value_team": (
        "{used} used with this ledger, at most {left} left; other apps of the organisation share the same quota",
        "此团队账本已用 {used}，最多剩余 {left}；企业内其他应用共用同一额度",
    ),
    "plan.month_short": (
        (
            "Sending and checking results once takes {needed}, but at most {left} are left this month. Delivery to "
            "some people could then not be checked."
        ),
        "发送并查询一次结果需要 {needed}，而本月最多剩余 {left}，届时无法查询部分人的送达结果。",
    ),
    "plan.month_short_results": (
        (
            "Sending and checking results once takes {needed}, but at most {left} are left this month. Delivery could "
            "then not be checked."
        ),
        "发送并查询一次结果需要 {needed}，而本月最多剩余 {left}，届时无法查询送达结果。",
    ),
    "plan.month_short_unsent": (
        (
            "Sending and checking results once takes {needed}, but at most {left} are left this month. Some people "
            "could then not be sent to."
        ),
        "发送并查询一次结果需要 {needed}，而本月最多剩余 {left}，届时有些人收不到消息。",
    ),
    "plan.month_short_send_only": (
        "Sending takes {needed}, but at most {left} are left this month.",
        "发送需要 {needed}，而本月最多剩余 {left}。",
    ),
    "plan.month_without": (
        (
            "Each different text takes calls of its own: without {columns}, sending and checking results once takes "
            "{needed}."
        ),
        "内容不同的消息不能合并调用：不使用 {columns} 列，发送并查询一次结果只需 {needed}。",
    ),
    "plan.month_without_send_only": (
        "Each different text takes calls of its own: without {columns}, sending takes {needed}.",
        "内容不同的消息不能合并调用：不使用 {columns} 列，发送只需 {needed}。",
    ),
    "plan.month_short_live": (
        "A live send that needs more calls than are left is refused, unless beyond_quota=True.",
        "真实发送所需次数超过剩余次数时会被拒绝，除非使用 beyond_quota=True。",
    ),
    "plan.month_near": (
        (
            "This month's quota is almost used up: sending and checking results once takes {needed}, and at most "
            "{left} are left."
        ),
        "本月额度即将用完：发送并查询一次结果需要 {needed}，最多剩余 {left}。",
    ),
    "plan.month_near_send_only": (
        "This month's quota is almost used up: sending takes {needed}, and at most {left} are left.",
        "本月额度即将用完：发送需要 {needed}，最多剩余 {left}。",
    ),
    "plan.doubled_new": (
        (
            "New name: {people} already sent exactly this text today ({campaigns}), and DingTalk does not "
            "deliver it again to those who have it. Under an earlier name, only those who were not sent it yet get it."
        ),
        (
            "新名称：今天已用其他名称（{campaigns}）向 {people}发送过此内容，钉钉不会向已收到的人再次送达。使用原名称"
            "则只发给尚未发送的人。"
        ),
    ),
    "plan.doubled_new_message": (
        (
            "New name: {people} already sent to the same people today with exactly this text ({campaigns}), "
            "and DingTalk does not deliver it again to those who have it. Under an earlier name, only messages not "
            "sent yet go out."
        ),
        (
            "新名称：{people}今天已用其他名称（{campaigns}）向同一人发送过，钉钉不会向已收到的人再次送达相同内容。使用"
            "原名称则只发送尚未发送的。"
        ),
    ),
    "plan.doubled_new_media": (
        (
            "New name: {people} already sent exactly this today ({campaigns}), and may get it again. Under an "
            "earlier name, only those who were not sent it yet get it."
        ),
        "新名称：今天已用其他名称（{campaigns}）向 {people}发送过，可能会再次收到。使用原名称则只发给尚未发送的人。",
    ),
    "plan.doubled_new_media_message": (
        (
            "New name: {people} already sent to the same people today with exactly this content "
            "({campaigns}), and may arrive again. Under an earlier name, only messages not sent yet go out."
        ),
        "新名称：{people}今天已用其他名称（{campaigns}）发送过，可能会再次送达。使用原名称则只发送尚未发送的。",
    ),
    "plan.doubled_media": (
        (
            "In this plan, {people} already sent exactly this today ({campaigns}). Under the same name nobody "
            "gets it twice; under another name they may get it again."
        ),
        (
            "今天已向其中 {people}发送过完全相同的内容（{campaigns}）：用同一名称不会重复发送；用其他名称可能"
            "会再次收到。"
        ),
    ),
    "plan.doubled": (
        (
            "In this plan, {people} already sent exactly this text today ({campaigns}). Under the same name "
            "nobody gets it twice; under another name DingTalk drops it for those who have it."
        ),
        (
            "今天已向其中 {people}发送过完全相同的内容（{campaigns}）：用同一名称不会重复发送；用其他名"
            "称发送时，钉钉不会向已收到的人再次送达。"
        ),
    ),
    "plan.doubled_media_message": (
        (
            "In this plan, {people} already sent to the same people today with exactly this content "
            "({campaigns}). Under the same name no message is sent twice; under another name they may get it again."
        ),
        (
            "此计划中有 {people}今天已向同一人发送过完全相同的内容（{campaigns}）：用同一名称，每条消息都不会"
            "重复发送；用其他名称可能会再次收到。"
        ),
    ),
    "plan.doubled_message": (
        (
            "In this plan, {people} already sent to the same people today with exactly this text "
            "({campaigns}). Under the same name no message is sent twice; under another name DingTalk drops it for "
            "those who have it."
        ),
        (
            "此计划中有 {people}今天已向同一人发送过完全相同的内容（{campaigns}）：用同一名称，每条消息都不会"
            "重复发送；用其他名称发送时，钉钉不会向已收到的人再次送达。"
        ),
    ),
    "plan.recalled": (
        (
            "Exactly this text was recalled today from {people} in this plan ({campaigns}): they do not have "
            "it, and DingTalk does not deliver the same text to them again today. Change the text before you send it."
        ),
        (
            "其中 {people}今天收到的完全相同的内容已撤回（{campaigns}）：他们现在没有这条消息，钉钉当天"
            "也不会再次送达相同内容。请修改内容后再发送。"
        ),
    ),
    "plan.recalled_message": (
        (
            "Recalled today: {people} of this plan with exactly this text ({campaigns}). The recipients no "
            "longer have it, and DingTalk does not deliver the same text to them again today. Change the text before "
            "you send it."
        ),
        (
            "此计划中有 {people}今天已以完全相同的内容发送给同一人并撤回（{campaigns}）：收件人现在没有"
            "这些消息，钉钉当天也不会再次送达相同内容。请修改内容后再发送。"
        ),
    ),
    "plan.recalled_media": (
        (
            "Exactly this content was recalled today from {people} in this plan ({campaigns}): they do not "
            "have it, and DingTalk may not deliver the same to them again today. Change it before you send it."
        ),
        (
            "其中 {people}今天收到的完全相同的内容已撤回（{campaigns}）：他们现在没有这条消息，钉钉当天"
            "可能也不会再次送达相同内容。请修改内容后再发送。"
        ),
    ),
    "plan.recalled_media_message": (
        (
            "Recalled today: {people} of this plan with exactly this content ({campaigns}). The recipients "
            "no longer have it, and DingTalk may not deliver the same to them again today. Change it before you send "
            "it."
        ),
        (
            "此计划中有 {people}今天已以完全相同的内容发送给同一人并撤回（{campaigns}）：收件人现在没有"
            "这些消息，钉钉当天可能也不会再次送达相同内容。请修改内容后再发送。"
        ),
    ),
    "plan.unfinished_interrupted": (
        "Campaign {name} was interrupted; still queued: {queued}. To continue it, use the same name.",
        "群发任务 {name} 已中断，还有 {queued}待发送。要继续，请使用同一名称。",
    ),
    "plan.unfinished_paused": (
        (
            "Campaign {name} is paused; still queued: {queued}. To continue it with its own list, resume it instead of "
            "sending this plan."
        ),
        "群发任务 {name} 已暂停，还有 {queued}待发送。如需按其原来的名单发送其余的人，请继续该任务，不要发送此计划。",
    ),
    "plan.unfinished_running": (
        "Campaign {name} is being sent now; still queued: {queued}. To follow or continue it, use the same name.",
        "群发任务 {name} 正在发送，还有 {queued}待发送。要查看进度或继续，请使用同一名称。",
    ),
    "plan.unfinished_stopped": (
        (
            "Campaign {name} was stopped; still queued: {queued}. To continue it with its own list, resume it instead "
            "of sending this plan."
        ),
        "群发任务 {name} 已停止，还有 {queued}待发送。如需按其原来的名单发送其余的人，请继续该任务，不要发送此计划。",
    ),
    "plan.overlaps_interrupted": (
        (
            "Campaign {name} was interrupted and has another text for {people} in this plan. Already sent to: {sent}; "
            "still queued: {queued}. Under another name they get both messages. To continue {name}, resume it instead "
            "of sending this plan."
        ),
        (
            "群发任务 {name} 已中断，其中有此计划中的 {people}，内容不同：已发送 {sent}，还有 {queued}待发送。"
            "用其他名称发送，他们会收到两条消息。如需发送其余的人，请继续该任务，不要发送此计划。"
        ),
    ),
    "plan.overlaps_paused": (
        (
            "Campaign {name} is paused and has another text for {people} in this plan. Already sent to: {sent}; "
            "still queued: {queued}. Under another name they get both messages. To continue {name}, resume it instead "
            "of sending this plan."
        ),
        (
            "群发任务 {name} 已暂停，其中有此计划中的 {people}，内容不同：已发送 {sent}，还有 {queued}待发送。"
            "用其他名称发送，他们会收到两条消息。如需发送其余的人，请继续该任务，不要发送此计划。"
        ),
    ),
    "plan.overlaps_stopped": (
        (
            "Campaign {name} was stopped and has another text for {people} in this plan. Already sent to: {sent}; "
            "still queued: {queued}. Under another name they may get both messages. To continue {name}, resume it "
            "instead of sending this plan."
        ),
        (
            "群发任务 {name} 已停止，其中有此计划中的 {people}，内容不同：已发送 {sent}，还有 {queued}待发送。"
            "用其他名称发送，他们可能会收到两条消息。如需发送其余的人，请继续该任务，不要发送此计划。"
        ),
    ),
    "plan.overlaps_running": (
        (
            "Campaign {name} is being sent now and has another text for {people} in this plan. Already sent to: "
            "{sent}; still queued: {queued}. Under another name they get both messages."
        ),
        (
            "群发任务 {name} 正在发送，其中有此计划中的 {people}，内容不同：已发送 {sent}，还有 {queued}待发送。"
            "用其他名称发送，他们会收到两条消息。"
        ),
    ),
    "plan.sent_or_unknown": ("{sent}, and {unknown} with unknown outcome", "{sent}，另有 {unknown}结果未知"),
    "plan.overlaps_wrong_sent": (
        (
            "If what it sends is wrong, do not resume it: recall what it has sent (cards: close them) before you send "
            "this plan under another name."
        ),
        "如果该任务的内容或名单有误，请不要继续：先撤回已发出的消息（卡片则关闭），再换一个名称发送此计划。",
    ),
    "plan.overlaps_wrong_unsent": (
        "If what it would send is wrong, do not resume it, and send this plan under another name.",
        "如果该任务的内容或名单有误，请不要继续，换一个名称发送此计划即可。",
    ),
    "plan.overlaps_wrong_running": (
        (
            "If what it sends is wrong, stop it and recall what it has sent (cards: close them) before you send this "
            "plan under another name."
        ),
        "如果该任务的内容或名单有误，请先停止并撤回已发出的消息（卡片则关闭），再换一个名称发送此计划。",
    ),
    "plan.tested": (
        (
            "In this plan, {people} already sent exactly this text today by your test. DingTalk does not deliver it "
            "again to those who have it."
        ),
        "今天您的测试已向其中 {people}发送过完全相同的内容，钉钉不会向已收到的人再次送达。",
    ),
    "plan.tested_media": (
        "In this plan, {people} already sent exactly this today by your test. It may arrive a second time.",
        "今天您的测试已向其中 {people}发送过完全相同的内容，可能会再次收到。",
    ),
    "plan.tested_message": (
        (
            "In this plan, {people} already sent to the same people today by your test. DingTalk does not deliver the "
            "same text again to those who have it."
        ),
        "其中 {people}今天已随您的测试发送给同一人，钉钉不会向已收到的人再次送达相同内容。",
    ),
    "plan.tested_media_message": (
        "In this plan, {people} already sent to the same people today by your test, and may arrive a second time.",
        "其中 {people}今天已随您的测试发送给同一人，可能会再次收到。",
    ),
    "plan.repeated_message": (
        (
            "In this plan, {people} already sent to the same people in the last {days} days with exactly this text "
            "({campaigns}). Under the same name no message is sent twice; under another name they get "
            "it again."
        ),
        (
            "此计划中有 {people}最近 {days} 天内已向同一人发送过完全相同的内容（{campaigns}）：用同一名称，"
            "每条消息都不会重复发送；用其他名称发送，他们会再次收到。"
        ),
    ),
    "plan.one_campaign": ("campaign {names}", "群发任务 {names}"),
    "plan.several_campaigns": ("campaigns {names}", "群发任务 {names}"),
    "plan.one_campaign_on": ("campaign {names}", "{names}"),
    "plan.several_campaigns_on": ("campaigns {names}", "{names}"),
    "plan.some_unknown": ("{people} with unknown outcome", "其中 {people}结果未知"),
    "plan.campaign_on": ("{name} on {day}", "{day}的群发任务 {name}"),
    "plan.repeated": (
        (
            "In this plan, {people} already sent exactly this text in the last {days} days ({campaigns}). "
            "Under the same name nobody gets it twice; under another name they get it again."
        ),
        (
            "最近 {days} 天内已向其中 {people}发送过完全相同的内容（{campaigns}）：用同一名称不会重复发"
            "送；用其他名称发送，他们会再次收到。"
        ),
    ),
}
