"""Texts for the answers in the results form."""

TRANSLATIONS: dict[str, tuple[str, str]] = {
    "answers_form.title": ("Answers", "回答"),
    "answers_form.open": ("open", "进行中"),
    "answers_form.overdue": ("past the deadline", "已过截止时间"),
    "answers_form.closed": ("closed", "已关闭"),
    "answers_form.not_disabled": ("not disabled yet: {cards}", "还有 {cards}未停用"),
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
        "Answered: {n:,} of {total:,} in the list ({share})",
        "已回答：{n:,}（{share}，名单共 {total:,}）",
    ),
    "answers_form.of_recorded": (
        "Answered: {n:,} of {total:,} in the campaign ({share})",
        "已回答：{n:,}（{share}，任务内共 {total:,}）",
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
        "Those who answer before it is sent are left out.",
        "发送前作出回答的人将自动排除。",
    ),
    "results_form.remind_left_out_answered": (
        "Left out because they have answered since: {people}. Those who answer before it is sent are left out as well.",
        "准备后已有 {people}作出回答，将自动排除；发送前作出回答的人同样排除。",
    ),
    "results_form.no_card_text": (
        "The text of the card was not kept, so the form cannot send it again.",
        "卡片正文没有保留，表单无法再次发送。",
    ),
    "results_form.act_close": ("Close the cards ({n:,})", "关闭卡片（{n:,}）"),
    "results_form.act_close_rest": ("Disable the other cards ({n:,})", "停用其余卡片（{n:,}）"),
    "results_form.close_rest": (
        (
            "The cards are closed, and further answers do not count. Not all are disabled yet: {people} can still "
            "press the buttons. Disables the rest, which takes {calls} from the monthly quota."
        ),
        (
            "卡片已关闭，之后的回答不再计入，但尚未全部停用：还有 {people}可以点击按钮。"
            "将停用其余卡片（计入本月额度：{calls}）。"
        ),
    ),
    "results_form.close_rest_message": (
        (
            "The cards are closed, and further answers do not count. Some are not disabled yet, and their buttons can "
            "still be pressed: {people}. Disables the rest, which takes {calls} from the monthly quota."
        ),
        (
            "卡片已关闭，之后的回答不再计入，但尚未全部停用：还有 {people}的按钮仍可点击。"
            "将停用其余卡片（计入本月额度：{calls}）。"
        ),
    ),
    "results_form.close_who": (
        (
            "Closes the cards of {people}, all at once: further answers will not count, and the cards are disabled, "
            "which takes {calls} from the monthly quota."
        ),
        "将关闭 {people}的卡片：之后的回答不再计入，卡片全部停用（计入本月额度：{calls}）。",
    ),
    "results_form.close_who_message": (
        (
            "Closes {people}, all at once: further answers will not count, and the cards are disabled, which takes "
            "{calls} from the monthly quota."
        ),
        "将关闭 {people}的卡片：之后的回答不再计入，卡片全部停用（计入本月额度：{calls}）。",
    ),
    "results_form.close_only": (
        (
            "Closes the cards of {people}: further answers will not count. The template does not say how to disable a "
            "card."
        ),
        "将关闭 {people}的卡片：之后的回答不再计入。该模板没有说明如何停用卡片。",
    ),
    "results_form.close_only_message": (
        "Closes {people}: further answers will not count. The template does not say how to disable a card.",
        "将关闭 {people}的卡片：之后的回答不再计入。该模板没有说明如何停用卡片。",
    ),
    "results_form.close_final": (
        "This cannot be undone, and nobody can be reminded afterwards.",
        "关闭后无法恢复，也不能再提醒。",
    ),
    "results_form.do_close": ("Close the cards of {people}", "为 {people}关闭卡片"),
    "results_form.do_close_calls": ("Close the cards of {people} ({calls})", "为 {people}关闭卡片（{calls}）"),
    "results_form.do_close_rest": ("Disable the other cards ({calls})", "停用其余卡片（{calls}）"),
    "results_form.do_close_message": ("Close {people}", "关闭 {people}的卡片"),
    "results_form.do_close_message_calls": ("Close {people} ({calls})", "关闭 {people}的卡片（{calls}）"),
    "results_form.stop_close": ("Stop disabling the cards", "停止停用卡片"),
    "results_form.is_closed": ("Closed: further answers do not count.", "已关闭：之后的回答不再计入。"),
}
