"""The words of Stream: the connection over which events come."""

WORDS: dict[str, tuple[str, str]] = {
    "stream.title": ("Stream", "Stream 长连接"),
    "stream.standing": ("state", "状态"),
    "stream.receives": ("receives", "接收内容"),
    "stream.received": ("received", "已接收"),
    "stream.events": ("events", "事件"),
    "stream.robot_messages": ("robot messages", "机器人消息"),
    "stream.cards": ("card callbacks", "卡片回调"),
    "stream.connecting": ("connecting", "正在连接"),
    "stream.connected": ("connected", "已连接"),
    "stream.waiting": ("not connected; retrying automatically", "未连接，将自动重试"),
    "stream.stopped": ("stopped", "已停止"),
    "stream.failed": ("failed; ding.stream() starts again", "已失败，ding.stream() 可重新开始"),
    "stream.is_lost": (
        "Stream is not connected, and retries automatically until it is. {error}",
        "Stream 未连接，将自动重试直到恢复。{error}",
    ),
    "stream.is_back": (
        "Stream is connected again, after {duration}. DingTalk now sends what it still holds.",
        "Stream 已恢复连接，中断了 {duration}。钉钉尚未送达的内容会继续推送。",
    ),
    "stream.is_there": ("Stream is connected, after {duration}.", "Stream 已连接，用时 {duration}。"),
    "stream.has_failed": ("Stream has ended, and does not retry. {error}", "Stream 已结束，不再重试。{error}"),
    "stream.ended": ("The connection ended immediately: {why}.", "连接刚建立就断开：{why}。"),
    "stream.broken": (
        "It was ended by an error in dingnb, or between dingnb and DingTalk: {kind}.",
        "dingnb 自身或其与钉钉之间的环节出错而中止：{kind}。",
    ),
    "stream.turned_away": (
        "{host} refused the connection ({cause}), although DingTalk issued a ticket for it.",
        "钉钉已发放连接票据，但 {host} 拒绝了连接（{cause}）。",
    ),
    "stream.turned_away_todo": (
        (
            "If this persists, something on the way, such as a proxy, may be blocking WebSocket connections: ask "
            "your network administrator."
        ),
        "若一直如此，可能是代理等中间设备不允许 WebSocket 连接：请联系网络管理员。",
    ),
    "stream.disconnected": ("DingTalk asked for it", "钉钉要求断开"),
    "stream.closed": ("closed with code {code}", "已关闭，代码 {code}"),
    "stream.silent": ("no response from the other side", "对方没有响应"),
    "stream.not_read": ("the other side does not read", "对方不接收数据"),
    "stream.unreadable": ("{n} could not be read; DingTalk was notified.", "{n}无法读取，已告知钉钉。"),
    "stream.postponed": (
        "The ledger could not be written {n}; DingTalk was asked to send the events again.",
        "账本 {n}无法写入，已请钉钉稍后重新推送这些事件。",
    ),
    "stream.late": ("{n} could not be written to the ledger yet; retrying.", "{n}暂时无法写入账本，将继续重试。"),
    "stream.lost": (
        "Lost, since the ledger could not be written and DingTalk sends them only once: {n}.",
        "{n}未能写入账本，已丢失：钉钉只推送一次。",
    ),
    "stream.card_failed": (
        "on_card failed {n}; the card got an empty answer each time. The first error of each kind was shown.",
        "on_card 出错 {n}，相应卡片返回了空应答。每类错误只显示第一次。",
    ),
    "stream.card_late": (
        "on_card was too slow {n}; the card got an empty answer each time. DingTalk waits for 2 seconds.",
        "on_card {n}未能及时应答，相应卡片返回了空应答。钉钉只等待 2 秒。",
    ),
    "stream.inside_failed": (
        "{n} could not be received because of an error in dingnb. The first of each kind was shown.",
        "因 dingnb 内部错误，{n}未能接收。每类错误只显示第一次。",
    ),
    "stream.bad_answer": ("on_card returned {value!r}.", "on_card 返回了 {value!r}。"),
    "stream.bad_answer_todo": (
        ("Return a dict that can be converted to JSON, such as {{'cardData': {{'cardParamMap': {{...}}}}}}, or None."),
        "请返回可转换为 JSON 的 dict，例如 {{'cardData': {{'cardParamMap': {{...}}}}}}，或返回 None。",
    ),
    "stream.bad_on_card": ("on_card={value!r} is not callable.", "on_card={value!r} 不可调用。"),
    "stream.bad_on_card_todo": (
        "Pass a function that takes the event and returns the card's answer.",
        "请传入一个以事件为参数、返回卡片应答的函数。",
    ),
    "stream.bad_topics": ("topics={value!r} is not a list of topics.", "topics={value!r} 不是主题列表。"),
    "stream.bad_topics_todo": (
        "Pass callback topics, such as ['/v1.0/graph/api/invoke'].",
        "请传入回调主题，例如 ['/v1.0/graph/api/invoke']。",
    ),
    "stream.no_ticket": (
        "DingTalk's answer contains no ticket for a connection.",
        "钉钉的答复中没有连接票据（ticket）。",
    ),
    "stream.bad_address": (
        "DingTalk's answer names an address that is not a wss:// one, so the ticket must not be shown to it.",
        "钉钉的答复给出的地址不是 wss:// 地址，不能向其出示连接票据。",
    ),
    "stream.bad_address_todo": (
        "Something between this computer and DingTalk is changing answers: ask your network administrator.",
        "本机与钉钉之间有设备改动了答复：请联系网络管理员。",
    ),
}
