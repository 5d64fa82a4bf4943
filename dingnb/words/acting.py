"""The words of what is done about results: the next step of each status, retry, recall and reminder."""

WORDS: dict[str, tuple[str, str]] = {
    "next.rejected": (
        "run.missed() says why. Rows that you correct are sent to when the plan is sent again under this name.",
        "原因见 run.missed()。修正后的行会在以同一名称再次发送计划时发送。",
    ),
    "next.queued": ("Not sent to yet.", "尚未发送。"),
    "next.sending": ("Under way.", "正在发送。"),
    "next.accepted": (
        "Accepted is not delivered yet: run.wait() or run.refresh() asks DingTalk whom it has reached.",
        "已受理不等于已送达：run.wait() 或 run.refresh() 会向钉钉查询送达情况。",
    ),
    "next.accepted_over": (
        "DingTalk reports results for 24 hours only; whether these arrived can no longer be known.",
        "钉钉只在 24 小时内提供结果；这些人是否收到已无法得知。",
    ),
    "next.delivered": (
        "run.refresh() asks who has read it; run.remind(message) plans a reminder for those who have not.",
        "run.refresh() 查询谁已读；run.remind(message) 为未读者制定提醒计划。",
    ),
    "next.read": ("Nothing to do.", "无需处理。"),
    "next.invalid": (
        "Check whether they have left, or are outside the app's visible range; run.missed() names them.",
        "请核实这些人是否已离职，或不在应用的可见范围内；名单见 run.missed()。",
    ),
    "next.filtered": (
        "run.retry() sends to those who can get it now, never to those who may have the text; see run.missed().",
        "run.retry() 会补发给现在可接收的人，但不会发给可能已收到相同内容的人；详见 run.missed()。",
    ),
    "next.failed": (
        "run.retry() sends to those where DingTalk's delivery failed; run.missed() says what to fix for the others.",
        "run.retry() 会补发给钉钉发送失败的人；其他人需修正什么见 run.missed()。",
    ),
    "next.unknown": (
        "It may have reached them: run.resolve() shows who, and takes your decision.",
        "这些人可能已收到：run.resolve() 列出名单，并接受您的决定。",
    ),
    "next.cancelled": (
        "Taken out by a later plan under this name; ding.campaign(name).results() shows everybody.",
        "已被同名的后来计划移出；ding.campaign(名称).results() 显示所有人。",
    ),
    "next.recalled": (
        "A changed text can be sent to them under this name.",
        "可用同一名称向这些人发送修改后的内容。",
    ),
    "retry.running": ("The campaign is running; nothing was sent again.", "任务正在发送；没有补发。"),
    "retry.running_todo": ("Wait for its end, then retry.", "请等待结束后再补发。"),
    "retry.not_finished": (
        "The campaign did not come to its end; nothing was sent again.",
        "任务尚未完成；没有补发。",
    ),
    "retry.not_finished_todo": (
        "run.resume() sends to those who are left; then run.retry().",
        "请先用 run.resume() 发送剩余部分，再调用 run.retry()。",
    ),
    "retry.live_expect": (
        "This is LIVE, and expect= is missing: retry() would send once more to {people}. Nothing was sent again.",
        "当前为真实环境（LIVE），缺少 expect=：retry() 将补发给 {people}。没有补发。",
    ),
    "retry.expect": (
        "expect={expect} was given, but retry() would send once more to {people}. Nothing was sent again.",
        "给出的是 expect={expect}，而 retry() 将补发给 {people}。没有补发。",
    ),
    "retry.same_text": (
        (
            "{rows} had the same text on the day of sending, or may have: nothing is sent to them again. "
            "run.missed() says what to do."
        ),
        "{rows}在发送当天已收到或可能已收到相同内容：不会再次发送。处理方法见 run.missed()。",
    ),
    "retry.begins": ("Sending once more to {people}.", "正在补发给 {people}。"),
    "retry.begins_message": ("Sending {people} once more.", "正在补发 {people}。"),
    "retry.nobody": (
        "Nothing sent: nobody can be sent to once more now.",
        "没有发送：目前没有可以补发的人员。",
    ),
    "retry.everybody": (
        "Nothing sent: nobody is known to have missed it.",
        "没有发送：没有已知未收到的人员。",
    ),
    "retry.later": ("{people} can be from {when} on.", "{people}可在 {when} 之后补发。"),
    "retry.textless": (
        "{people} cannot be: their texts were not kept (store_content=False); send them another campaign.",
        "{people}无法补发：其正文未保存（store_content=False）；请另行发送。",
    ),
    "retry.never": (
        "Not sent to: {rows}; run.missed() says why.",
        "{rows}不补发：原因见 run.missed()。",
    ),
    "retry.recalled": (
        "Taken back: {rows}; a changed text can be sent to them under this name.",
        "已撤回：{rows}；可用同一名称向其发送修改后的内容。",
    ),
    "retry.over": (
        "Whether {rows} arrived can no longer be known.",
        "{rows}是否已收到已无法得知。",
    ),
    "retry.unknown": (
        "{rows} may have it: run.resolve() takes your decision.",
        "{rows}可能已收到：请用 run.resolve() 决定。",
    ),
    "retry.untold": (
        "No delivery results for {people} yet: run.wait(), then run.retry().",
        "{people}是否收到尚未得知：请先 run.wait()，再 run.retry()。",
    ),
    "retry.untold_message": (
        "No delivery results for {people} yet: run.wait(), then run.retry().",
        "{people}是否送达尚未得知：请先 run.wait()，再 run.retry()。",
    ),
    "recall.running": ("The campaign is running; nothing was taken back.", "任务正在发送；没有撤回。"),
    "recall.running_todo": ("run.stop() it, wait until it stands, then recall.", "请先 run.stop()，停止后再撤回。"),
    "recall.nothing": (
        "DingTalk has accepted no call of this campaign, so there is nothing to take back.",
        "钉钉没有受理此任务的任何调用，因此没有可撤回的内容。",
    ),
    "recall.nobody_has_it": (
        "None of these people has the message, so there is nothing to take back.",
        "这些人都没有收到消息，因此没有可撤回的内容。",
    ),
    "recall.nothing_todo": (
        "run.results() says what became of everybody.",
        "run.results() 显示每个人的情况。",
    ),
    "recall.nobody": ("who= names nobody. Nothing was taken back.", "who= 中没有人员。没有撤回。"),
    "recall.other_expect": (
        "expect={expect} was given, but recall takes the message back from {people} Nothing was taken back.",
        "给出的是 expect={expect}，而 recall 将撤回：{people}没有撤回。",
    ),
    "recall.other_expect_message": (
        "expect={expect} was given, but recall takes back {people} Nothing was taken back.",
        "给出的是 expect={expect}，而 recall 将撤回：{people}没有撤回。",
    ),
    "recall.strangers": (
        "No accepted call of this campaign went to {who}. Nothing was taken back.",
        "此任务没有已受理的调用发给 {who}。没有撤回。",
    ),
    "recall.strangers_todo": (
        'Give userids of run.results(), such as run.unread()["userid"].',
        '请给出 run.results() 中的 userid，例如 run.unread()["userid"]。',
    ),
    "recall.too_late": (
        "DingTalk takes back within 24 hours of sending only, and for {people} that is over. Nothing was taken back.",
        "钉钉只能在发送后 24 小时内撤回；{people}已超过期限。没有撤回。",
    ),
    "recall.too_late_todo": (
        "Send a correction, in a campaign of another name.",
        "请用其他任务名称发送更正消息。",
    ),
    "recall.expect": (
        "recall takes the message back from {who} Nothing was taken back yet.",
        "recall 将撤回：{who}目前尚未撤回。",
    ),
    "recall.expect_message": (
        "recall takes back {who} Nothing was taken back yet.",
        "recall 将撤回：{who}目前尚未撤回。",
    ),
    "recall.people": ("{people} in {calls}.", "{people}，共 {calls}。"),
    "recall.done_before": ("Of these, taken back before: {calls}.", "其中此前已撤回：{calls}。"),
    "recall.along": (
        "Taken in along, since DingTalk takes back whole calls: {people} ({who}).",
        "因钉钉按整次调用撤回而一并撤回：{people}（{who}）。",
    ),
    "recall.late": (
        "For {people} it is too late: they were sent to more than 24 hours ago.",
        "{people}已超过 24 小时，无法撤回。",
    ),
    "recall.late_message": (
        "For {people} it is too late: they were sent more than 24 hours ago.",
        "{people}已超过 24 小时，无法撤回。",
    ),
    "recall.done": ("Recalled: {who}", "已撤回：{who}"),
    "recall.unfinished": (
        "{told}. Run it again to go on; nothing is taken back twice.",
        "{told}。再次运行即可继续；不会重复撤回。",
    ),
    "recall.all_done_before": ("Nothing to do, all was taken back before: {who}", "无需操作，此前均已撤回：{who}"),
    "recall.again_todo": (
        "Run it again in a while: it goes on with the rest, and nothing is taken back twice.",
        "请稍后再次运行：会继续处理剩余部分，不会重复撤回。",
    ),
    "recall.recalled": ("recalled", "已撤回"),
    "recall.recalled_todo": (
        "A changed text can be sent under the same name.",
        "可用同一名称发送修改后的内容。",
    ),
    "recall.maybe_left": (
        "The repeat was taken back; an earlier call without an answer may have reached the person, and cannot be.",
        "重发的调用已撤回；此前未收到答复的一次可能已送达，且无法撤回。",
    ),
    "recall.maybe_left_todo": (
        "Ask the person, or send a correction in a campaign of another name.",
        "请向本人核实，或用其他任务名称发送更正消息。",
    ),
    "remind.kept": (
        (
            "For a campaign found by its name the ledger keeps the columns that its texts used, those called like a "
            "name, and the key's; only columns of texts, numbers, dates and yes or no."
        ),
        "按名称找到的任务，账本只保留其正文用到的列、姓名列和 key 列，且只保留文本、数字、日期和是/否。",
    ),
    "remind.pruned": (
        "The ledger keeps neither the texts of this campaign nor the columns that they used.",
        "账本没有保留此任务的正文及其用到的列。",
    ),
    "remind.none_kept": (
        (
            "The ledger keeps no columns of this campaign: its texts used none and no column is called like a name, "
            "their values are of kinds that are not kept, or an older dingnb recorded it."
        ),
        "账本没有保留此任务的任何列：正文未使用列且没有姓名列，列中的值属于不保留的类型，或任务由旧版 dingnb 记录。",
    ),
    "remind.unstored": (
        "The campaign was sent with store_content=False, so the ledger keeps none of its columns.",
        "此任务以 store_content=False 发送，账本没有保留任何列。",
    ),
    "remind.own_rows": (
        (
            "With a DataFrame that has the column: "
            'ding.plan(frame[frame["userid"].isin(run.unread()["userid"])], message).'
        ),
        '如 DataFrame 中有该列：ding.plan(frame[frame["userid"].isin(run.unread()["userid"])], message)。',
    ),
    "remind.nobody": (
        "Nobody has the message without having read it, as far as DingTalk tells.",
        "据钉钉所知，没有已送达但未读的人员。",
    ),
    "remind.nobody_todo": (
        "run.summary() says how many have which status; run.wait() asks for results that are not known yet.",
        "run.summary() 显示各状态人数；run.wait() 查询尚未得知的结果。",
    ),
    "remind.stale": (
        "Of {rows} the read state is more than 24 hours old and cannot be asked for any more: they may have read it.",
        "{rows}的已读状态已超过 24 小时，无法再查询：他们可能已读。",
    ),
    "progress.have_it": ("{n:,} delivered ({read:,} read)", "已送达 {n:,}（已读 {read:,}）"),
    "progress.not_sent": ("{people} still queued", "{people}待发送"),
    "progress.recalled_people": ("{people} recalled", "{people}已撤回"),
    "progress.recalled": ("Recalled: {n:,} of {calls}", "已撤回：{n:,} / {calls}"),
}
