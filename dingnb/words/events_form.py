"""The words of the form of events."""

WORDS: dict[str, tuple[str, str]] = {
    "events_form.reading": ("Reading the events …", "正在读取事件……"),
    "events_form.empty": (
        (
            "No events yet. They appear here as they come: somebody joins or leaves, an approval moves, somebody "
            "writes to the robot. For that, something has to receive: Stream needs no address of your own."
        ),
        (
            "还没有事件。有人入职或离职、审批流转、有人给机器人发消息时，会显示在这里。"
            "前提是有接收方：Stream 无需公网地址。"
        ),
    ),
    "events_form.empty_waits": (
        (
            "No events yet. They appear here as they come. On DingTalk only those come that the app subscribes to: "
            "their types are ticked in the developer console."
        ),
        "还没有事件，收到后会显示在这里。钉钉只推送应用已订阅的事件，订阅在开发者后台勾选。",
    ),
    # What receives.
    "events_form.nothing_receives": ("Nothing receives events now.", "当前没有接收事件。"),
    "events_form.start": ("Start Stream", "启动 Stream 长连接"),
    "events_form.starting": ("Starting …", "正在启动……"),
    "events_form.stop": ("Stop {name}", "停止 {name}"),
    "events_form.stopping": ("Stopping …", "正在停止……"),
    "events_form.gone": (
        "Out of memory: {events}. Kept in the ledger, all stay.",
        "内存已满，{events}已被丢弃。保存到账本后不会再丢失。",
    ),
    "events_form.kept_yes": (
        "in the ledger: also after this kernel, and for other notebooks",
        "保存在账本中：内核结束后仍在，其他 notebook 也能读取",
    ),
    "events_form.kept_no": ("new events: only while this kernel runs", "新事件仅在当前内核运行期间保留"),
    # Filters.
    "events_form.type": ("Type", "类型"),
    "events_form.any_type": ("any type ({n:,})", "全部类型（{n:,}）"),
    "events_form.type_counted": ("{type} ({n:,})", "{type}（{n:,}）"),
    "events_form.when": ("When (Beijing time)", "时间（北京）"),
    "events_form.when_any": ("any time", "不限"),
    "events_form.when_hour": ("in the last hour", "最近 1 小时"),
    "events_form.when_today": ("today", "今天"),
    "events_form.when_week": ("in the last 7 days", "最近 7 天"),
    "events_form.when_other": ("from … until …", "自定义起止"),
    "events_form.since": ("From", "从"),
    "events_form.until": ("Before", "早于"),
    "events_form.time_hint": ("2026-11-25 09:00", "2026-11-25 09:00"),
    "events_form.person": ("Person", "人员"),
    "events_form.person_hint": ("userid", "userid"),
    "events_form.text_hint": ("in ids and all fields …", "在 ID 和全部字段中……"),
    "events_form.none_found": ("No event is like that.", "没有符合条件的事件。"),
    # The table.
    "events_form.hold": ("Hold the table", "暂停刷新"),
    "events_form.follow": ("Follow what comes", "继续刷新"),
    "events_form.show_news": ("Show {events}", "显示 {events}"),
    "events_form.newer": ("Newer", "上一页"),
    "events_form.older": ("Older", "下一页"),
    "events_form.choose": ("Which event to show", "查看哪个事件"),
    "events_form.choose_hint": (
        "Choose an event to see all that it tells. The table stands still then, until you follow again.",
        "选择一个事件以查看全部内容。此时表格暂停刷新，可点按钮继续。",
    ),
    "events_form.column_event": ("Event", "事件"),
    "events_form.column_people": ("People", "人员"),
    "events_form.column_told": ("What it tells", "内容"),
    "events_form.column_channel": ("By", "渠道"),
    "events_form.channel_callback": ("callback", "回调"),
    "events_form.channel_stream": ("Stream", "Stream"),
    "events_form.channel_missed": ("fetched later", "补取"),
    # The story.
    "events_form.fact_time": ("Happened (Beijing time)", "发生时间（北京）"),
    "events_form.fact_received_at": ("Received", "收到时间"),
    "events_form.fact_people": ("People", "人员"),
    "events_form.fact_channel": ("By", "渠道"),
    "events_form.fact_id": ("Event id", "事件 ID"),
    "events_form.fact_corp_id": ("Organisation", "组织"),
    "events_form.no_time": ("not told", "未说明"),
    "events_form.no_id": ("none: a repetition would be another event", "无：重复推送会视为另一个事件"),
    "events_form.written": ("The message", "消息内容"),
    "events_form.fields": ("What it tells", "内容"),
    "events_form.field": ("field", "字段"),
    "events_form.value": ("value", "值"),
    "events_form.raw": ("As it came, without secrets", "原始内容（已隐去密钥）"),
    "events_form.step_newer": ("Newer event", "上一个事件"),
    "events_form.step_older": ("Older event", "下一个事件"),
    "events_form.only_person": ("Only what is about {person}", "仅看 {person}"),
    # The answer.
    "events_form.answer": ("Your answer", "回复内容"),
    "events_form.answer_hint": ("Text, as it will be read …", "对方看到的文本……"),
    "events_form.answer_where": (
        "The answer is for everybody in that conversation.",
        "该会话中的所有人都会看到回复。",
    ),
    "events_form.answer_until": ("It can be answered until {moment}.", "可在 {moment} 之前回复。"),
    "events_form.no_answer_any_more": (
        "It cannot be answered here any more: its time is over, or it was read from the ledger.",
        "无法再在此回复：已超过时限，或是从账本中读取的。",
    ),
    "events_form.send_answer": ("Send the answer", "发送回复"),
    "events_form.answering": ("Sending the answer …", "正在发送回复……"),
    "events_form.answered": ("Answered, {moment}:", "已回复（{moment}）："),
    "events_form.no_answer": ("Write an answer first.", "请先填写回复内容。"),
    "events_form.nothing_sent": ("Nothing was sent.", "未发送任何内容。"),
    # What to do.
    "events_form.doing": ("Working …", "正在处理……"),
    "events_form.do_export": ("Export what is shown ({n:,})", "导出所示事件（{n:,}）"),
    "events_form.do_keep": ("Keep them in the ledger ({n:,})", "保存到账本（{n:,}）"),
    "events_form.do_keep_off": ("Keep no more", "停止保存"),
    "events_form.do_forget": ("Forget all ({n:,})", "全部删除（{n:,}）"),
    "events_form.export_what": (
        "{events}, those that the filters leave, as a CSV file that only you can read.",
        "将筛选后的 {events}写成只有您能读取的 CSV 文件。",
    ),
    "events_form.keep_what": (
        (
            "Those that are here, and all that come, are written to the ledger on this computer, without secrets. "
            "Then they outlive the kernel, other notebooks see them, and none is lost when memory is full. Robot "
            "messages that are read from there cannot be answered."
        ),
        (
            "已有及后续事件会写入本机账本（不含密钥）：内核结束后仍在，其他 notebook 可见，内存满时也不会丢失。"
            "从账本读取的机器人消息无法回复。"
        ),
    ),
    "events_form.keep_off_what": (
        "What comes from now on is only in this kernel. What is in the ledger stays there until it is forgotten.",
        "此后收到的事件仅保存在当前内核中。账本中已有的会保留，直至删除。",
    ),
    "events_form.forget_what": (
        "{events} are forgotten, whatever the filters say. What comes after this moment stays.",
        "将删除 {events}，与筛选条件无关。此刻之后收到的不受影响。",
    ),
    "events_form.forget_lost": (
        (
            "They are gone from this kernel and from the ledger, for other notebooks too. DingTalk does not send "
            "them again. Export them first if you may need them."
        ),
        "将从当前内核和账本中删除，其他 notebook 也无法再读取。钉钉不会重新推送。如可能需要，请先导出。",
    ),
    "events_form.press_export": ("Write the file", "写入文件"),
    "events_form.press_keep": ("Keep them", "保存"),
    "events_form.press_keep_off": ("Keep no more", "停止保存"),
    "events_form.press_forget": ("Forget {events}", "删除 {events}"),
    "events_form.kept": ("Kept: these, and all that come.", "已保存：现有及后续事件。"),
    "events_form.kept_off": ("What comes from now on is not kept.", "此后收到的事件不再保存。"),
    "events_form.forgotten": ("Forgotten: {events}.", "已删除：{events}。"),
    "events_form.type_count": (
        "Type how many events are to be forgotten: {events}.",
        "请输入要删除的事件数：{events}。",
    ),
    "events_form.other_count": ("You typed {typed}; it concerns {events}.", "输入的是 {typed}；涉及 {events}。"),
}
