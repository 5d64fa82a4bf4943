"""The words of events and their log."""

WORDS: dict[str, tuple[str, str]] = {
    "event.title": ("Events", "事件"),
    "event.count": ("events", "事件数"),
    "event.kept": ("kept", "是否保存"),
    "event.kept_yes": ("in the ledger, for the next notebook too", "保存在账本中，其他 notebook 也能读取"),
    "event.kept_no": (
        "while this kernel runs; ding.events.keep() keeps them",
        "仅在当前内核运行期间；ding.events.keep() 可保存",
    ),
    "event.none_yet": (
        "No events yet: ding.stream() receives them, without an address of your own.",
        "还没有事件：ding.stream() 可以接收，无需公网地址。",
    ),
    "event.none_yet_waits": ("No events yet.", "还没有事件。"),
    "event.called": (
        "{handler} is called with {types}, from now on; .off() ends it.",
        "此后收到{types}时调用 {handler}；.off() 结束。",
    ),
    "event.every_type": ("every event", "任何事件"),
    "event.unread": (
        "Only events in memory are shown, since what the ledger keeps cannot be read. {why}",
        "无法读取账本，仅显示内存中的事件。{why}",
    ),
    "event.gone": (
        "Out of memory: {events}. ding.events.keep() keeps all that come.",
        "内存已满，{events}已被丢弃；ding.events.keep() 可保存后续全部事件。",
    ),
    "event.handler_failed": (
        "Handlers failed {n}; receiving goes on. The first error of each kind was shown.",
        "处理函数出错 {n}，接收不受影响。每类错误只显示第一次。",
    ),
    "event.types": ("Types", "类型"),
    "event.type": ("type", "类型"),
    "event.more_types": ("… and {n:,} more, with {events}", "……另有 {n:,} 种，共 {events}"),
    "event.how_many": ("events", "数量"),
    "event.last": ("Last events", "最近的事件"),
    "event.time": ("time (Beijing)", "时间（北京）"),
    "event.nobody": ("nobody in particular", "未涉及具体人员"),
    "event.people": ("people", "人员"),
    "event.no_object": ("What came is no JSON object.", "收到的内容不是 JSON 对象。"),
    "event.no_object_todo": ("It was not taken.", "未予接收。"),
    "event.no_session": ("A {type} cannot be answered.", "{type} 事件无法回复。"),
    "event.no_session_todo": (
        "Only a robot_message that came to this notebook can be, and not one that was read from the ledger.",
        "只能回复当前 notebook 收到的 robot_message；从账本读取的不能回复。",
    ),
    "event.session_over": (
        "This message came too long ago to be answered where it was written.",
        "该消息已超过可在原会话中回复的时限。",
    ),
    "event.session_over_todo": (
        "Send a message to its sender instead: event.userids names them.",
        "请改为向发送者发送消息：event.userids 中有其 userid。",
    ),
    "event.no_session_in_url": ("The message does not say where to answer it.", "该消息没有说明回复地址。"),
    "event.no_reply_here": ("This event is not in a log.", "该事件不在事件日志中。"),
    "event.no_reply_here_todo": (
        "Take it from ding.events, or from a handler.",
        "请从 ding.events 或处理函数中取得事件。",
    ),
    "event.cut": (" … [{n:,} characters in all; to_csv writes them all]", " …… [共 {n:,} 个字符；to_csv 会全部写出]"),
    "event.bad_time": ("{argument}={value!r} is no time.", "{argument}={value!r} 不是时间。"),
    "event.bad_time_todo": ("Give one such as '2026-11-25 09:00'.", "请写成 '2026-11-25 09:00' 这样的时间。"),
    "event.bad_type": ("type={value!r} names no type of event.", "type={value!r} 不是事件类型。"),
    "event.bad_type_todo": (
        "Give a name such as 'user_leave_org', or a list of names.",
        "请给出名称，例如 'user_leave_org'，或名称的列表。",
    ),
    "event.bad_person": ("person={value!r} names nobody.", "person={value!r} 不是人员。"),
    "event.bad_person_todo": ("Give a userid, or a list of them.", "请给出 userid，或 userid 的列表。"),
    "event.bad_text": ("text={value!r} is no text.", "text={value!r} 不是文本。"),
    "event.bad_text_todo": ("Give some letters of what to find.", "请给出要查找的文字。"),
    "event.bad_handler": ("{value!r} cannot be called.", "{value!r} 不可调用。"),
    "event.bad_handler_todo": (
        "Give a function that takes the event.",
        "请传入一个以事件为参数的函数。",
    ),
    "event.async_handler": ("{value!r} is async: nobody would await it.", "{value!r} 是 async 函数，不会被等待执行。"),
    "event.async_handler_todo": (
        "Give an ordinary function; it is called in a thread of its own, and may take its time.",
        "请传入普通函数；它在单独的线程中调用，耗时较长也无妨。",
    ),
    "event.bad_timeout": ("timeout_s={value!r} is no number of seconds.", "timeout_s={value!r} 不是秒数。"),
    "event.bad_timeout_todo": ("Give 0 or more.", "请传入不小于 0 的数。"),
}
