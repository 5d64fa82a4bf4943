"""The words of actions on results: the next step for each status, retry, recall and reminder."""

WORDS: dict[str, tuple[str, str]] = {
    "next.rejected": (
        "run.missed() says why. Correct these rows and send the plan again under the same name.",
        "原因见 run.missed()。修正后以同一名称再次发送计划即可补发这些行。",
    ),
    "next.queued": ("Not sent yet.", "尚未发送。"),
    "next.sending": ("Being sent.", "正在发送。"),
    "next.accepted": (
        "Accepted is not delivered: run.wait() or run.refresh() checks delivery with DingTalk.",
        "已受理不等于已送达：可用 run.wait() 或 run.refresh() 向钉钉查询送达情况。",
    ),
    "next.accepted_over": (
        "DingTalk reports results for 24 hours only, so delivery can no longer be checked.",
        "钉钉只在 24 小时内提供结果，已无法再查询是否送达。",
    ),
    "next.delivered": (
        "run.refresh() checks who has read it; run.remind(message) plans a reminder for those who have not.",
        "run.refresh() 查询已读情况；run.remind(message) 为未读人员生成提醒计划。",
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
    "next.unknown": (
        "They may have received it: run.resolve() lists them and takes your decision.",
        "这些人可能已收到：请用 run.resolve() 查看名单并确认如何处理。",
    ),
    "next.cancelled": (
        "Dropped by a later plan under this name; ding.campaign(name).results() shows everyone.",
        "已被同名的后续计划移出；ding.campaign(名称).results() 显示所有人。",
    ),
    "next.recalled": ("You can send them a changed text under this name.", "可用同一名称向这些人发送修改后的内容。"),
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
    "retry.later": ("{people} can be sent again from {when}.", "{people}可在 {when} 之后补发。"),
    "retry.textless": (
        (
            "{people} cannot be sent again because their texts were not stored (store_content=False); send a new "
            "campaign."
        ),
        "{people}无法补发：正文未保存（store_content=False）；请另建任务发送。",
    ),
    "retry.never": ("Not sent: {rows}; see run.missed() for the reasons.", "{rows}不补发：原因见 run.missed()。"),
    "retry.recalled": (
        "Recalled: {rows}; you can send them a changed text under this name.",
        "已撤回：{rows}；可用同一名称向其发送修改后的内容。",
    ),
    "retry.over": ("Delivery can no longer be checked for {rows}.", "已无法再查询{rows}是否送达。"),
    "retry.unknown": (
        "{rows} may have received it: run.resolve() takes your decision.",
        "{rows}可能已收到：请用 run.resolve() 确认如何处理。",
    ),
    "retry.untold": (
        "No delivery results for {people} yet: run.wait(), then run.retry().",
        "{people}的送达结果尚未返回：请先 run.wait()，再 run.retry()。",
    ),
    "retry.untold_message": (
        "No delivery results for {people} yet: run.wait(), then run.retry().",
        "{people}的送达结果尚未返回：请先 run.wait()，再 run.retry()。",
    ),
    "recall.running": ("The campaign is running; nothing was recalled.", "任务正在发送；没有撤回。"),
    "recall.running_todo": (
        "Call run.stop(), wait until it has stopped, then recall.",
        "请先 run.stop()，停止后再撤回。",
    ),
    "recall.nothing": (
        "DingTalk has accepted no call of this campaign, so there is nothing to recall.",
        "钉钉没有受理此任务的任何调用，没有可撤回的内容。",
    ),
    "recall.nobody_has_it": (
        "None of these people has the message, so there is nothing to recall.",
        "这些人都没有收到消息，没有可撤回的内容。",
    ),
    "recall.nothing_todo": ("run.results() shows the status of each person.", "run.results() 显示每个人的状态。"),
    "recall.nobody": ("who= is empty. Nothing was recalled.", "who= 中没有人员。没有撤回。"),
    "recall.other_expect": (
        "expect={expect} does not match: this recalls the message from {people} Nothing was recalled.",
        "expect={expect} 不符：将撤回的是：{people}没有撤回。",
    ),
    "recall.other_expect_message": (
        "expect={expect} does not match: this recalls {people} Nothing was recalled.",
        "expect={expect} 不符：将撤回的是：{people}没有撤回。",
    ),
    "recall.strangers": (
        "No accepted call of this campaign was sent to {who}. Nothing was recalled.",
        "此任务没有已受理的调用发给 {who}。没有撤回。",
    ),
    "recall.strangers_todo": (
        'Use userids from run.results(), such as run.unread()["userid"].',
        '请使用 run.results() 中的 userid，例如 run.unread()["userid"]。',
    ),
    "recall.too_late": (
        (
            "DingTalk recalls messages within 24 hours of sending only; for {people} that has passed. Nothing "
            "was recalled."
        ),
        "钉钉只能在发送后 24 小时内撤回；{people}已超过期限。没有撤回。",
    ),
    "recall.too_late_todo": ("Send a correction as a campaign with another name.", "请用其他任务名称发送更正消息。"),
    "recall.expect": ("This recalls the message from {who} Nothing was recalled yet.", "将撤回：{who}目前尚未撤回。"),
    "recall.expect_message": ("This recalls {who} Nothing was recalled yet.", "将撤回：{who}目前尚未撤回。"),
    "recall.people": ("{people} in {calls}.", "{people}，共 {calls}。"),
    "recall.done_before": ("Already recalled: {calls}.", "其中此前已撤回：{calls}。"),
    "recall.along": (
        "Also recalled, because DingTalk recalls whole calls: {people} ({who}).",
        "因钉钉按整次调用撤回而一并撤回：{people}（{who}）。",
    ),
    "recall.late": ("Too late for {people}: sent more than 24 hours ago.", "{people}已超过 24 小时，无法撤回。"),
    "recall.late_message": (
        "Too late for {people}: sent more than 24 hours ago.",
        "{people}已超过 24 小时，无法撤回。",
    ),
    "recall.done": ("Recalled: {who}", "已撤回：{who}"),
    "recall.unfinished": (
        "{told}. Run it again to continue; nothing is recalled twice.",
        "{told}。再次运行即可继续；不会重复撤回。",
    ),
    "recall.all_done_before": (
        "Nothing to do, everything was already recalled: {who}",
        "无需操作，此前均已撤回：{who}",
    ),
    "recall.again_todo": (
        "Run it again in a while: it continues with the rest, and nothing is recalled twice.",
        "请稍后再次运行：会继续处理剩余部分，不会重复撤回。",
    ),
    "recall.recalled": ("recalled", "已撤回"),
    "recall.recalled_todo": ("You can send a changed text under the same name.", "可用同一名称发送修改后的内容。"),
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
    "remind.kept": (
        (
            "For a campaign opened by name, the ledger keeps the columns used in its texts, name columns and the "
            "key column; only text, numbers, dates and booleans."
        ),
        "按名称打开的任务，账本只保留其正文用到的列、姓名列和 key 列，且只保留文本、数字、日期和布尔值。",
    ),
    "remind.pruned": (
        "The ledger no longer has the texts of this campaign or the columns they used.",
        "账本没有保留此任务的正文及其用到的列。",
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
    "remind.own_rows": (
        (
            "With a DataFrame that has the column: "
            'ding.plan(frame[frame["userid"].isin(run.unread()["userid"])], message).'
        ),
        '如 DataFrame 中有该列：ding.plan(frame[frame["userid"].isin(run.unread()["userid"])], message)。',
    ),
    "remind.nobody": ("There are no delivered messages that are still unread.", "没有已送达但未读的人。"),
    "remind.nobody_todo": (
        "run.summary() shows the number of people per status; run.wait() fetches results that are still missing.",
        "run.summary() 显示各状态人数；run.wait() 查询尚未返回的结果。",
    ),
    "remind.stale": (
        "The read status of {rows} is more than 24 hours old and can no longer be refreshed: they may have read it.",
        "{rows}的已读状态已超过 24 小时，无法再查询：他们可能已读。",
    ),
    "progress.have_it": ("{n:,} delivered ({read:,} read)", "已送达 {n:,}（已读 {read:,}）"),
    "progress.not_sent": ("{people} still queued", "{people}待发送"),
    "progress.recalled_people": ("{people} recalled", "{people}已撤回"),
    "progress.recalled": ("Recalled: {n:,} of {calls}", "已撤回：{n:,} / {calls}"),
}
