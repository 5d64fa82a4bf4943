"""The texts of forecasts: what sending under a name would do."""

WORDS: dict[str, tuple[str, str]] = {
    "foresee.new": ("New: nothing has been sent under this name.", "新名称：尚未以此名称发送过。"),
    "foresee.running": ("Being sent now", "正在发送"),
    "foresee.paused": ("Paused on {day}", "已于 {day} 暂停"),
    "foresee.stopped": ("Stopped on {day}", "已于 {day} 停止"),
    "foresee.interrupted": ("Interrupted, last started on {day}", "已中断，上次开始于 {day}"),
    "foresee.finished": ("Finished on {day}", "已于 {day} 完成"),
    "foresee.people": ("{state}, {people}", "{state}，共 {people}"),
    "foresee.all": (
        "{head}: {everybody} been sent this message; sending it again sends nothing.",
        "{head}：{everybody}均已发送；再次发送不会发出任何消息。",
    ),
    "foresee.plan": (
        "{head}: everybody in this plan has been sent this message; sending it again sends nothing.",
        "{head}：此计划中的人均已发送；再次发送不会发出任何消息。",
    ),
    "foresee.left": (
        "{head}: {parts}; only those people are sent to, and nobody gets it twice.",
        "{head}：{parts}；只发送给他们，不会重复通知任何人。",
    ),
    "foresee.left_running": (
        "{head}: {parts}; sending it again waits for its turn, and nobody gets it twice.",
        "{head}：{parts}；再次发送会排队等待，不会重复通知任何人。",
    ),
    "foresee.stands": ("{head}: {rest}.", "{head}：{rest}。"),
    "foresee.only": ("{head}.", "{head}。"),
    "foresee.all_message": (
        "{head}: {everybody} been sent; sending it again sends nothing.",
        "{head}：{everybody}均已发送；再次发送不会发出任何消息。",
    ),
    "foresee.plan_message": (
        "{head}: all messages of this plan have been sent; sending it again sends nothing.",
        "{head}：此计划中的消息均已发送；再次发送不会发出任何消息。",
    ),
    "foresee.left_message": (
        "{head}: {parts}; only these are sent, and nothing is sent twice.",
        "{head}：{parts}；只发送这些，不会重复发送。",
    ),
    "foresee.left_running_message": (
        "{head}: {parts}; sending it again waits for its turn, and nothing is sent twice.",
        "{head}：{parts}；再次发送会排队等待，不会重复发送。",
    ),
    "foresee.others_message": ("all others have been sent", "其他消息均已发送"),
    "foresee.changed_message": (
        "{who} sent with a different text under this name: that can stay, or the new one is sent as well.",
        "此名称下已发送的 {who}正文与此计划不同：可保留已发送的，或另发新正文。",
    ),
    "foresee.failed_message": (
        "{people} did not arrive: run.missed() says why, and which of them run.retry() can send again.",
        "{people}未送达：原因及能否用 run.retry() 补发见 run.missed()。",
    ),
    "foresee.absent": (
        (
            "Still to be sent to under this name, but missing from this plan: {people} ({who}). They can be sent to "
            "as well, or removed from the campaign."
        ),
        "此名称下还有 {people}待发送，但不在此计划中（{who}）：可一并发送，或移出此任务。",
    ),
    "foresee.absent_message": (
        (
            "Still to be sent under this name, but missing from this plan: {people} (to {who}). They can be sent as "
            "well, or removed from the campaign."
        ),
        "此名称下还有 {people}待发送，但不在此计划中（发给 {who}）：可一并发送，或移出此任务。",
    ),
    "foresee.rest": ("everybody in this plan has been sent this message", "此计划中的人均已发送"),
    "foresee.rest_message": ("all messages of this plan have been sent", "此计划中的消息均已发送"),
    "foresee.others": ("everybody else has been sent this message", "其他人均已发送"),
    "foresee.changed": (
        "{who} sent a different text under this name: they can keep it, or get the new one as well.",
        "此名称下发给 {who}的正文与此计划不同：可保留已发送的，或另发新正文。",
    ),
    "foresee.failed": (
        "It did not reach {people}: run.missed() says why, and who run.retry() can send to again.",
        "{people}未收到：原因及能否用 run.retry() 补发见 run.missed()。",
    ),
}
