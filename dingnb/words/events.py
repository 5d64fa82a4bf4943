"""The words of events and their log."""

WORDS: dict[str, tuple[str, str]] = {
    "event.title": ("Events", "事件"),
    "event.count": ("events", "事件数"),
    "event.kept": ("stored", "是否保存"),
    "event.kept_yes": (
        "in the ledger, where other notebooks can read them too",
        "保存在账本中，其他 notebook 也能读取",
    ),
    "event.kept_no": (
        "only while this kernel runs; ding.events.keep() stores them",
        "仅在当前内核运行期间；ding.events.keep() 可保存",
    ),
    "event.none_yet": (
        "No events yet: ding.stream() receives them, without a public address.",
        "还没有事件：ding.stream() 可以接收，无需公网地址。",
    ),
    "event.none_yet_waits": ("No events yet.", "还没有事件。"),
    "event.called": (
        "From now on, {handler} is called with {types}; .off() ends it.",
        "此后收到{types}时调用 {handler}；.off() 结束。",
    ),
    "event.every_type": ("every event", "任何事件"),
    "event.unread": (
        "Only events in memory are shown, because those in the ledger cannot be read. {why}",
        "无法读取账本，仅显示内存中的事件。{why}",
    ),
    "event.gone": (
        "Dropped because the memory for events is full: {events}. ding.events.keep() stores all further events.",
        "内存已满，{events}已被丢弃；ding.events.keep() 可保存后续全部事件。",
    ),
    "event.handler_failed": (
        "Handlers failed {n}; receiving continues. The first error of each kind was shown.",
        "处理函数出错 {n}，接收不受影响。每类错误只显示第一次。",
    ),
    "event.types": ("Types", "类型"),
    "event.type": ("type", "类型"),
    "event.more_types": ("… and {n:,} more, with {events}", "……另有 {n:,} 种，共 {events}"),
    "event.how_many": ("events", "数量"),
    "event.last": ("Last events", "最近的事件"),
    "event.time": ("time (Beijing)", "时间（北京）"),
    "event.nobody": ("no specific person", "未涉及具体人员"),
    "event.people": ("people", "人员"),
    "event.no_object": ("The content received is not a JSON object.", "收到的内容不是 JSON 对象。"),
    "event.no_object_todo": ("It was not accepted.", "未予接收。"),
    "event.no_session": ("A {type} event cannot be replied to.", "{type} 事件无法回复。"),
    "event.no_session_todo": (
        "Only a robot_message that this notebook received can be replied to, not one read from the ledger.",
        "只能回复当前 notebook 收到的 robot_message；从账本读取的不能回复。",
    ),
    "event.session_over": (
        "This message is too old to be replied to in its conversation.",
        "该消息已超过可在原会话中回复的时限。",
    ),
    "event.session_over_todo": (
        "Send a message to its sender instead: event.userids has the userid.",
        "请改为向发送者发送消息：event.userids 中有其 userid。",
    ),
    "event.no_session_in_url": ("The message does not say where to reply.", "该消息没有说明回复地址。"),
    "event.no_reply_here": ("This event does not belong to an event log.", "该事件不在事件日志中。"),
    "event.no_reply_here_todo": (
        "Take it from ding.events, or from a handler.",
        "请从 ding.events 或处理函数中取得事件。",
    ),
    "event.cut": (" … [{n:,} characters in total; to_csv writes them all]", " …… [共 {n:,} 个字符；to_csv 会全部写出]"),
    "event.bad_time": ("{argument}={value!r} is not a valid time.", "{argument}={value!r} 不是有效的时间。"),
    "event.bad_time_todo": ("Pass one such as '2026-11-25 09:00'.", "请传入 '2026-11-25 09:00' 这样的时间。"),
    "event.bad_type": ("type={value!r} is not an event type.", "type={value!r} 不是事件类型。"),
    "event.bad_type_todo": (
        "Pass a name such as 'user_leave_org', or a list of names.",
        "请传入名称，例如 'user_leave_org'，或名称的列表。",
    ),
    "event.bad_person": (
        "person={value!r} is not a userid or a list of userids.",
        "person={value!r} 不是 userid 或其列表。",
    ),
    "event.bad_person_todo": ("Pass a userid, or a list of them.", "请传入 userid，或 userid 的列表。"),
    "event.bad_text": ("text={value!r} is not text.", "text={value!r} 不是文本。"),
    "event.bad_text_todo": ("Pass some of the text to look for.", "请传入要查找的文字。"),
    "event.bad_handler": ("{value!r} is not callable.", "{value!r} 不可调用。"),
    "event.bad_handler_todo": ("Pass a function that takes the event.", "请传入一个以事件为参数的函数。"),
    "event.async_handler": (
        "{value!r} is async, and would never be awaited.",
        "{value!r} 是 async 函数，不会被等待执行。",
    ),
    "event.async_handler_todo": (
        "Pass an ordinary function; it is called in its own thread, and may take its time.",
        "请传入普通函数；它在单独的线程中调用，耗时较长也无妨。",
    ),
    "event.bad_timeout": (
        "timeout_s={value!r} is not a valid number of seconds.",
        "timeout_s={value!r} 不是有效的秒数。",
    ),
    "event.bad_timeout_todo": ("Pass 0 or more.", "请传入不小于 0 的数。"),
}
