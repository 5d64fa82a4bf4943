"""Texts for the events form."""

TRANSLATIONS: dict[str, tuple[str, str]] = {
    "events_form.reading": ("Loading events …", "正在加载事件……"),
    "events_form.empty": (
        (
            "No events yet. They appear here as they arrive: people join or leave, approvals change, someone "
            "messages the robot. To receive them, start Stream, which needs no public address, or a callback receiver."
        ),
        (
            "暂无事件。有人入职或离职、审批流转、有人给机器人发消息时，会显示在这里。请先开始接收："
            "Stream 长连接无需公网地址，也可使用回调接收。"
        ),
    ),
    "events_form.empty_waits": (
        (
            "No events yet. They appear here as they arrive. DingTalk only pushes the event types the app "
            "subscribes to, which are set in the developer console."
        ),
        "暂无事件，收到后会显示在这里。钉钉只推送应用已订阅的事件类型，请在开发者后台订阅。",
    ),
    # Connections.
    "events_form.not_receiving": ("Not receiving events.", "当前没有接收事件。"),
    "events_form.start": ("Start Stream", "启动 Stream 长连接"),
    "events_form.starting": ("Starting …", "正在启动……"),
    "events_form.stop": ("Stop {name}", "停止 {name}"),
    "events_form.stopping": ("Stopping …", "正在停止……"),
    "events_form.dropped": (
        "Too many events in memory; dropped: {events}. Events stored in the ledger are never dropped.",
        "内存中的事件过多，{events}已被丢弃。保存到账本后不会再丢失。",
    ),
    "events_form.is_storing": (
        "stored in the ledger: kept after the kernel ends, and visible to other notebooks",
        "保存在账本中：内核结束后仍在，其他 notebook 也能读取",
    ),
    "events_form.is_not_storing": ("new events are kept only while this kernel runs", "新事件仅在当前内核运行期间保留"),
    # Filters.
    "events_form.type": ("Type", "类型"),
    "events_form.any_type": ("All types ({n:,})", "全部类型（{n:,}）"),
    "events_form.type_counted": ("{type} ({n:,})", "{type}（{n:,}）"),
    "events_form.time_range": ("Time (Beijing)", "时间（北京）"),
    "events_form.time_range_any": ("Any time", "不限"),
    "events_form.time_range_hour": ("Last hour", "最近 1 小时"),
    "events_form.time_range_today": ("Today", "今天"),
    "events_form.time_range_week": ("Last 7 days", "最近 7 天"),
    "events_form.time_range_other": ("Custom range", "自定义"),
    "events_form.since": ("From", "从"),
    "events_form.until": ("Before", "早于"),
    "events_form.time_hint": ("2026-11-25 09:00", "2026-11-25 09:00"),
    "events_form.person": ("Person", "人员"),
    "events_form.person_hint": ("userid", "userid"),
    "events_form.text_hint": ("IDs and all fields …", "ID 和全部字段……"),
    "events_form.none_found": ("No matching events.", "没有符合条件的事件。"),
    # The table.
    "events_form.pause": ("Pause updates", "暂停刷新"),
    "events_form.resume": ("Resume updates", "继续刷新"),
    "events_form.show_new": ("Show {events}", "显示 {events}"),
    "events_form.newer": ("Newer", "上一页"),
    "events_form.older": ("Older", "下一页"),
    "events_form.choose": ("Show details of", "选择要查看的事件"),
    "events_form.choose_hint": (
        "Select an event to see its details. Updates pause until you resume them.",
        "选择一个事件查看详情。此时表格暂停刷新，可点按钮继续。",
    ),
    "events_form.column_event": ("Event", "事件"),
    "events_form.column_people": ("People", "人员"),
    "events_form.column_details": ("Details", "内容"),
    "events_form.column_channel": ("Source", "来源"),
    "events_form.channel_callback": ("callback", "回调"),
    "events_form.channel_stream": ("Stream", "Stream"),
    "events_form.channel_missed": ("fetched later", "补取"),
    # Details of one event.
    "events_form.fact_type": ("Type", "类型"),
    "events_form.fact_time": ("Time (Beijing)", "发生时间（北京）"),
    "events_form.fact_received_at": ("Received", "收到时间"),
    "events_form.fact_people": ("People", "人员"),
    "events_form.sender": ("{name} ({userids})", "{name}（{userids}）"),
    "events_form.fact_channel": ("Source", "来源"),
    "events_form.fact_id": ("Event ID", "事件 ID"),
    "events_form.fact_corp_id": ("Organisation", "企业"),
    "events_form.no_time": ("unknown", "未知"),
    "events_form.no_id": ("none: a repeated push counts as another event", "无：重复推送会视为另一个事件"),
    "events_form.message": ("Message", "消息内容"),
    "events_form.fields": ("Details", "内容"),
    "events_form.field": ("field", "字段"),
    "events_form.value": ("value", "值"),
    "events_form.labelled": ("{label}: {value}", "{label}：{value}"),
    "event_field.title": ("Title", "标题"),
    "event_field.name": ("Name", "名称"),
    "event_field.content": ("Content", "内容"),
    "event_field.remark": ("Note", "备注"),
    "event_field.type": ("Kind", "类别"),
    "event_field.result": ("Result", "结果"),
    "event_field.status": ("Status", "状态"),
    "event_field.action": ("Action", "动作"),
    "event_field.action_type": ("Action", "动作"),
    "event_field.operator": ("Operator", "操作人"),
    "event_field.owner": ("Owner", "群主"),
    "event_field.msgtype": ("Message type", "消息类型"),
    "event_field.sender_nick": ("Sender", "发送者"),
    "event_field.sender_id": ("Sender ID", "发送者 ID"),
    "event_field.sender_corp_id": ("Sender's organisation", "发送者所在企业"),
    "event_field.sender_union_id": ("Sender's unionid", "发送者 unionid"),
    "event_field.sender_platform": ("Sent from", "发送者的客户端"),
    "event_field.conversation_title": ("Conversation", "会话"),
    "event_field.conversation_type": ("Conversation type", "会话类型"),
    "event_field.conversation_id": ("Conversation ID", "会话 ID"),
    "event_field.open_conversation_id": ("Conversation ID", "会话 ID"),
    "event_field.chat_id": ("Chat ID", "群 ID"),
    "event_field.robot_code": ("Robot", "机器人编码"),
    "event_field.chatbot_user_id": ("Robot ID", "机器人 ID"),
    "event_field.chatbot_corp_id": ("Robot's organisation", "机器人所在企业"),
    "event_field.is_in_at_list": ("Robot mentioned", "是否@机器人"),
    "event_field.is_admin": ("Sender is administrator", "发送者是管理员"),
    "event_field.at_users": ("Mentioned", "被@的人"),
    "event_field.finish_time": ("Finished", "结束时间"),
    "event_field.create_time": ("Created", "创建时间"),
    "event_field.operate_time": ("Acted", "操作时间"),
    "event_field.check_time": ("Checked in", "打卡时间"),
    "event_field.hired_date": ("Hired", "入职日期"),
    "event_field.work_date": ("Working day", "工作日"),
    "event_field.work_place": ("Workplace", "工作地点"),
    "event_field.job_number": ("Job number", "工号"),
    "event_field.dept_id": ("Department ID", "部门 ID"),
    "event_field.dept_ids": ("Department IDs", "部门 ID"),
    "event_field.process_instance_id": ("Approval ID", "审批实例 ID"),
    "event_field.process_code": ("Approval form", "审批模板编码"),
    "event_field.business_id": ("Approval number", "审批编号"),
    "event_field.business_type": ("Business type", "业务类型"),
    "event_field.task_id": ("Task ID", "任务 ID"),
    "event_field.out_track_id": ("Card ID", "卡片 ID"),
    "event_field.template_id": ("Template ID", "模板 ID"),
    "event_field.action_ids": ("Button", "按钮"),
    "event_field.space_type": ("Space type", "场域类型"),
    "event_field.space_id": ("Space ID", "场域 ID"),
    "event_field.url": ("Link", "链接"),
    "event_field.label_ids": ("Role IDs", "角色 ID"),
    "events_form.raw": ("Raw data, without secrets", "原始内容（已隐去密钥）"),
    "events_form.step_newer": ("Newer event", "上一个事件"),
    "events_form.step_older": ("Older event", "下一个事件"),
    "events_form.only_person": ("Only events of {person}", "仅看 {person}"),
    # Reply.
    "events_form.reply": ("Reply", "回复内容"),
    "events_form.reply_hint": ("Text of your reply …", "回复的文本……"),
    "events_form.reply_visible_to": ("Everyone in that conversation sees the reply.", "该会话中的所有人都会看到回复。"),
    "events_form.reply_until": ("You can reply until {moment}.", "可在 {moment} 之前回复。"),
    "events_form.reply_expired": (
        "You can no longer reply here: the time limit has passed, or the message was read from the ledger.",
        "无法再在此回复：已超过时限，或该消息是从账本中读取的。",
    ),
    "events_form.send_reply": ("Send reply", "发送回复"),
    "events_form.replying": ("Sending the reply …", "正在发送回复……"),
    "events_form.replied": ("Replied, {moment}:", "已回复（{moment}）："),
    "events_form.no_reply": ("Write a reply first.", "请先填写回复内容。"),
    "events_form.nothing_sent": ("Nothing was sent.", "未发送任何内容。"),
    # Actions.
    "events_form.working": ("Working …", "正在处理……"),
    "events_form.do_export": ("Export filtered events ({n:,})", "导出筛选后的事件（{n:,}）"),
    "events_form.do_keep": ("Store in the ledger ({n:,})", "保存到账本（{n:,}）"),
    "events_form.do_keep_off": ("Stop storing", "停止保存"),
    "events_form.do_delete": ("Delete all ({n:,})", "全部删除（{n:,}）"),
    "events_form.keep_what": (
        (
            "Current and future events are written to the ledger, without secrets. They stay after the kernel ends, "
            "other notebooks can read them, with a team's ledger also those of colleagues, and none is dropped when "
            "memory is full. Robot messages read from the ledger cannot be replied to."
        ),
        (
            "已有及后续事件会写入账本（不含密钥）：内核结束后仍在，其他 notebook 可见（团队账本中，同事也可见），内存满"
            "时也不会丢失。从账本读取的机器人消息无法回复。"
        ),
    ),
    "events_form.keep_off_what": (
        "New events are kept in this kernel only. Events already in the ledger stay there until you delete them.",
        "此后收到的事件仅保存在当前内核中。账本中已有的会保留，直至删除。",
    ),
    "events_form.delete_what": (
        "{events} will be deleted, regardless of the filters. Events that arrive later are not affected.",
        "将删除 {events}，与筛选条件无关。此后收到的不受影响。",
    ),
    "events_form.delete_lost": (
        (
            "They are deleted from this kernel and from the ledger, for other notebooks too. DingTalk does not "
            "send them again. Export them first if you may need them."
        ),
        "将从当前内核和账本中删除，其他 notebook 也无法再读取。钉钉不会重新推送。如可能需要，请先导出。",
    ),
    "events_form.press_keep": ("Store", "保存"),
    "events_form.press_keep_off": ("Stop storing", "停止保存"),
    "events_form.press_delete": ("Delete {events}", "删除 {events}"),
    "events_form.kept": ("Current and future events are stored in the ledger.", "现有及后续事件都会保存到账本。"),
    "events_form.kept_off": ("New events are no longer stored.", "此后收到的事件不再保存。"),
    "events_form.deleted": ("Deleted: {events}.", "已删除：{events}。"),
    "events_form.type_count": (
        "Enter the number of events to delete: {expected}.",
        "请输入要删除的事件数：{expected}。",
    ),
}
