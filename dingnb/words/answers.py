"""Texts for the answers to cards."""

TRANSLATIONS: dict[str, tuple[str, str]] = {
    "answer.answered": ("Answered: {answer}", "已回答：{answer}"),
    "answer.answered_late": ("Answered late: {answer}", "已回答（逾期）：{answer}"),
    "answer.submitted": ("Submitted", "已提交"),
    "answer.submitted_late": ("Submitted late", "已提交（逾期）"),
    "answer.answers": ("Answers", "回答"),
    "answer.answer": ("Answer", "回答"),
    "answer.given": ("answer", "回答"),
    "answer.question": ("question", "问题"),
    "answer.people": ("people", "人数"),
    "answer.share": ("share", "占比"),
    "answer.answered_by": ("Answered", "已回答"),
    "answer.submit": ("Submitted form", "已提交"),
    "answer.none": ("No answer", "未回答"),
    "answer.n_late": ("Answered after the deadline: {n:,}.", "截止时间之后的回答：{n:,}。"),
    "answer.yes": ("Yes", "是"),
    "answer.no": ("No", "否"),
    "answer.progress": ("Answered: {counted}", "已回答：{counted}"),
    "answer.counted": ("{n:,} of {people}", "{n:,}（共 {people}）"),
    "answer.listening": ("Listening for answers over Stream.", "正在通过 Stream 接收回答。"),
    "answer.not_listening": (
        (
            'This notebook is not receiving answers; run.wait("answered") or ding.stream() starts receiving them. '
            "Answers that nobody receives are lost unless DingTalk sends them again."
        ),
        '当前 notebook 未接收回答：run.wait("answered") 或 ding.stream() 可接收。无人接收的回答会丢失，除非钉钉重发。',
    ),
    "answer.not_listening_http": (
        (
            "This notebook is not receiving answers: they come over HTTP, to ding.receive() here or in another "
            "process. Answers that nobody receives are lost unless DingTalk sends them again."
        ),
        (
            "当前 notebook 未接收回答：回答通过 HTTP 发送到此处或其他进程的 ding.receive()。"
            "无人接收的回答会丢失，除非钉钉重发。"
        ),
    ),
    "answer.ahead_http": (
        "Answers are received only while ding.receive() runs at the registered address, here or elsewhere.",
        "只有 ding.receive()（在此处或其他进程）在已注册的地址上运行时，才能收到回答。",
    ),
    "answer.ahead": (
        (
            "Answers are received only while something listens: call ding.stream() before you send, or "
            'run.wait("answered") at once afterwards.'
        ),
        '只有在接收时才能收到回答：请在发送前运行 ding.stream()，或在发送后立即运行 run.wait("answered")。',
    ),
    "answer.ahead_late": (
        "The deadline has passed: all answers will be late.",
        "截止时间已过：所有回答都将标为逾期。",
    ),
    "answer.ahead_quota": (
        (
            "If all {cards} are answered, that exceeds the {most:,} Stream pushes a month of the standard edition "
            "(assumption: each answer counts as one)."
        ),
        "若 {cards}都被回答，将超过标准版每月 {most:,} 次的 Stream 额度（假定：每次回答计一次）。",
    ),
    "answer.not_asked": (
        "This card has no button that answers: presses on links are not reported, so there are no answers.",
        "此卡片没有可回答的按钮：点击链接不会回传，因此没有回答。",
    ),
    "answer.other_question": (
        "The reminder asks a different question from the campaign, to which its answers would be added: {others}.",
        "提醒所问与原任务不同，而其回答会计入原任务：{others}。",
    ),
    "answer.other_question_todo": (
        (
            "Remind with the same question, run.remind(run.message), or with a text. To ask a different question, "
            'send it under another name: ding.plan(run.unanswered(keep=["name"]), message).'
        ),
        (
            "请用相同的问题提醒：run.remind(run.message)，或发送文本。如需另问，请用新名称发送："
            'ding.plan(run.unanswered(keep=["name"]), message)。'
        ),
    ),
    "answer.other_key": (
        "The text {label} had another key on the cards that were sent, so their answers would be misread.",
        "“{label}”在已发送的卡片上对应另一个键，那些卡片的回答会被误读。",
    ),
    "answer.other_key_todo": (
        "Give each text its earlier key, or a key that those cards do not have; or ask under another name.",
        "请让每个文字保留原来的键，或使用那些卡片中没有的键；也可用新名称另行发送。",
    ),
    "answer.anything": ("the buttons of its template", "其模板的按钮"),
    "answer.no_cards": ("This campaign has no cards that can be answered.", "此任务没有可回答的卡片。"),
    "answer.no_cards_todo": (
        "Send a dingnb.card(..., buttons={{...}}) or a dingnb.survey(...).",
        "请发送 dingnb.card(..., buttons={{...}}) 或 dingnb.survey(...)。",
    ),
    "answer.no_question": ("The cards have no question {question}.", "卡片中没有问题 {question}。"),
    "answer.no_question_todo": ("Choose one of: {questions}.", "可选：{questions}。"),
    "answer.no_answer": (
        "The question {question!r} has no answer {answer!r}.",
        "问题 {question!r} 没有 {answer!r} 这个回答。",
    ),
    "answer.no_answer_todo": (
        "Pass the key of an answer, not its text: {choices}.",
        "请传入回答的键，而不是其文字：{choices}。",
    ),
    "answer.not_a_choice": (
        "answers= must give an answer for each question, not {value}.",
        "answers= 须为每个问题给出一个回答，不能是 {value}。",
    ),
    "answer.not_a_choice_todo": (
        'For example: answers={{"answer": "yes"}}; run.tally() shows questions and answers.',
        '例如 answers={{"answer": "yes"}}；run.tally() 列出问题和回答。',
    ),
    "answer.nobody_missing": ("Everybody who may have the card has answered.", "可能收到卡片的人都已回答。"),
    "answer.nobody_missing_todo": ("run.answers() shows the answers.", "run.answers() 显示全部回答。"),
    "answer.closing": ("Disabled: {n:,} of {cards}", "已关闭：{n:,} / {cards}"),
    "answer.closing_running": ("The campaign is still being sent.", "任务仍在发送。"),
    "answer.closing_running_todo": ("Stop it first: run.stop().", "请先停止：run.stop()。"),
    "answer.closing_while_sending": (
        "{name} asks the same question and is still being sent, so cards would be left enabled.",
        "{name} 询问的是同一问题且仍在发送，部分卡片将无法关闭。",
    ),
    "answer.closing_while_sending_todo": (
        "Run ding.campaign({name}).stop(), then close() again.",
        "请先运行 ding.campaign({name}).stop()，再运行 close()。",
    ),
    "answer.closing_stopped": ("Closing was stopped. {progress}.", "已停止关闭卡片。{progress}。"),
    "answer.closing_stopped_todo": (
        "Further answers do not count. run.close() disables the other cards.",
        "之后的回答不再计入。run.close() 会关闭其余卡片。",
    ),
    "answer.closed": (
        "Closed: further answers do not count. {cards} disabled for everybody.",
        "已关闭：之后的回答不再计入。已对所有人停用 {cards}。",
    ),
    "answer.closed_before": (
        "Closed: further answers do not count. No card is left to disable.",
        "已关闭：之后的回答不再计入。没有仍可点击的卡片。",
    ),
    "answer.closed_only": (
        "Closed: further answers do not count. The template does not say how to disable a card.",
        "已关闭：之后的回答不再计入。该模板没有说明如何关闭按钮，按钮仍可点击。",
    ),
    "answer.closed_unsent": (
        "Its cards are closed, so people who have not received a card will not get one under this name.",
        "卡片已关闭，尚未发送的人不会再以此名称收到卡片。",
    ),
    "answer.no_further": (
        "The cards of this campaign are closed: answers to further cards would not count. No further card was sent.",
        "此任务的卡片已关闭：新卡片上的回答不再计入。未再发送卡片。",
    ),
    "answer.no_further_todo": (
        "Ask again under another name: plan.send(...). Those who have the card can still get a text: run.remind(...).",
        "如需再次询问，请用新名称发送：plan.send(...)。也可向已收到卡片的人发送文本：run.remind(...)。",
    ),
    "answer.reminds_closed": (
        "This is a reminder of cards that are closed: answers no longer count.",
        "所提醒的卡片已关闭，回答不再计入。",
    ),
    "answer.reminds_closed_todo": (
        (
            "Further cards are refused. To ask again, send another plan under a new name: "
            'ding.plan(run.unanswered(keep=["name"]), ...).'
        ),
        '不能再发送卡片。如需再次询问，请另做计划并用新名称发送：ding.plan(run.unanswered(keep=["name"]), ...)。',
    ),
    "answer.is_closed": ("Closed; answers are no longer accepted.", "已关闭，不再接受回答。"),
    "answer.is_closed_partly": (
        "Closed; answers are no longer accepted. Not disabled yet: {cards}. run.close() disables them.",
        "已关闭，不再接受回答。还有 {cards}仍可点击：run.close() 会继续关闭。",
    ),
}
