"""Texts for events: callbacks, Stream and robot messages."""

TRANSLATIONS: dict[str, tuple[str, str]] = {
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
    "event.not_called": ("{handler} is no longer called with {types}.", "收到{types}时不再调用 {handler}。"),
    "event.every_type": ("every event", "任何事件"),
    "event.unread": (
        "Only events in memory are shown, because those in the ledger cannot be read. {why}",
        "无法读取账本，仅显示内存中的事件。{why}",
    ),
    "event.gone": (
        "Dropped because the memory for events is full: {events}. ding.events.keep() stores all further events.",
        "内存中的事件过多，{events}已被丢弃；ding.events.keep() 可保存后续全部事件。",
    ),
    "event.handler_failed": (
        "Handlers failed {n}; receiving continues. The first error of each kind was shown.",
        "处理函数出错 {n}，接收不受影响。每类错误只显示第一次。",
    ),
    "event.unhandled": (
        "Handlers were not called with {events}, because they are too slow and too many events were waiting.",
        "处理函数过慢，等待的事件过多，{events}未交给处理函数。",
    ),
    "event.types": ("Types", "类型"),
    "event.type": ("type", "类型"),
    "event.named_type": ("{name} ({type})", "{name}（{type}）"),
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
    "event.unknown_type": (
        "No event of type {type!r} was received. Did you mean {near!r}?",
        "没有收到过类型为 {type!r} 的事件。是否指 {near!r}？",
    ),
    "event.bad_type": ("type={value!r} is not an event type.", "type={value!r} 不是事件类型。"),
    "event.bad_type_todo": (
        "Pass a name such as 'user_leave_org', or a list of names.",
        "请传入名称，例如 'user_leave_org'，或名称的列表。",
    ),
    "event.bad_person": (
        "person={value!r} is not a userid or a list of userids.",
        "person={value!r} 不是 userid 或其列表。",
    ),
    "event.person_like_name": (
        (
            "No event is about {person!r}, which looks like a name: person= takes userids. ding.people(everybody=True) "
            "lists them."
        ),
        "没有与 {person!r} 有关的事件，它看起来是姓名：person= 须为 userid，可用 ding.people(everybody=True) 查看。",
    ),
    "event.bad_person_todo": ("Pass a userid, or a list of them.", "请传入 userid，或 userid 的列表。"),
    "event.bad_text": ("text={value!r} is not text.", "text={value!r} 不是文本。"),
    "event.bad_text_todo": ("Pass the text to look for.", "请传入要查找的文字。"),
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
    "callback.refused": ("{meaning} ({code}) {why}", "{meaning}（{code}）{why}"),
    "callback.missing_token": ("The token is empty.", "token 为空。"),
    "callback.key_length": (
        "It must be 43 letters and digits; this one has {length} characters.",
        "应为 43 位字母和数字；当前长度为 {length}。",
    ),
    "callback.key_characters": (
        "It must be 43 letters and digits; this one contains other characters.",
        "应为 43 位字母和数字；当前含有其他字符。",
    ),
    "callback.missing_owner": (
        "The owner is empty: pass the app key, the corp id or the suite key.",
        "owner 为空：请传入 AppKey、CorpId 或 SuiteKey。",
    ),
    "callback.empty_text": ("The text is empty.", "内容为空。"),
    "callback.missing_encrypt": ("The encrypted text is missing.", "缺少加密内容。"),
    "callback.missing_signature": ("The signature is missing.", "缺少签名。"),
    "callback.other_signature": (
        "It was not made with this token, or the signed content was changed.",
        "签名并非由此 token 生成，或内容已被改动。",
    ),
    "callback.missing_timestamp": ("The timestamp is missing.", "缺少 timestamp。"),
    "callback.missing_nonce": ("The nonce is missing.", "缺少 nonce。"),
    "callback.half_character": (
        "It contains half a character (a lone surrogate).",
        "其中有不完整的字符（孤立的代理项）。",
    ),
    "callback.other_length": ("The length it states does not match.", "其中写明的长度与实际不符。"),
    "callback.other_owner": ("It names a different owner.", "归属方（owner）不符。"),
    "callback.not_utf8": ("The text is not valid UTF-8.", "内容不是有效的 UTF-8。"),
    "callback.not_base64": ("It is not valid base64.", "不是有效的 base64。"),
    "callback.incomplete_block": ("Its length is not a multiple of 16 bytes.", "长度不是 16 字节的整数倍。"),
    "callback.bad_padding": ("Its padding is invalid.", "填充有误。"),
    "registration.title": ("Callback registration", "回调注册"),
    "registration.ways": (
        (
            ".get() returns the registration, .ensure(url, tags) creates or updates it, .failed() fetches the events "
            "that were not delivered."
        ),
        ".get() 查询注册内容，.ensure(url, tags) 注册或更新，.failed() 取回未送达的事件。",
    ),
    "registration.bad_route_key": ("route_key={value} is not valid.", "route_key={value} 无效。"),
    "registration.bad_route_key_todo": (
        "Pass up to 100 letters, digits, _ and -, such as 'poll'.",
        "请传入不超过 100 位的字母、数字、_ 和 -，例如 'poll'。",
    ),
    "registration.url": ("address", "地址"),
    "registration.tags": ("events", "事件类型"),
    "registration.keys": ("token, AES key", "token、aes_key"),
    "registration.was_registered": ("Registered. DingTalk has verified the address.", "已注册，钉钉已校验该地址。"),
    "registration.was_updated": ("Updated. DingTalk has verified the address.", "已更新，钉钉已校验该地址。"),
    "registration.was_unchanged": ("Already registered like this; nothing was changed.", "注册内容一致，未作更改。"),
    "registration.token_characters": (
        "The token contains spaces or characters outside printable ASCII.",
        "token 含有空格，或可打印 ASCII 以外的字符。",
    ),
    "registration.token_length": (
        "The token has {length} characters; 3 to 63 are allowed.",
        "token 有 {length} 个字符，应为 3 至 63 个。",
    ),
    "registration.bad_token_todo": (
        (
            "Pass 3 to 63 printable ASCII characters without spaces (ensure() takes no fewer than 6), or neither token "
            "nor AES key: dingnb then generates both."
        ),
        (
            "请传入 3 至 63 个可打印 ASCII 字符，不含空格（ensure() 至少需 6 个）；或 token 和 aes_key 都不传，由 "
            "dingnb 生成。"
        ),
    ),
    "registration.short_token": (
        "The token is shorter than 6 characters, which only the developer console accepts.",
        "token 不足 6 个字符，仅开发者后台接受。",
    ),
    "registration.short_token_todo": (
        "Pass a longer one with its AES key, or neither, here and to ding.receive().",
        "请在此处和 ding.receive() 中传入更长的 token 及其 aes_key，或都不传。",
    ),
    "registration.key_characters": (
        "The AES key contains characters other than letters and digits.",
        "aes_key 含有字母和数字以外的字符。",
    ),
    "registration.key_length": (
        "The AES key has {length} characters; 43 are required.",
        "aes_key 有 {length} 个字符，应为 43 个。",
    ),
    "registration.bad_key_todo": (
        "Pass 43 letters and digits, or neither token nor AES key: dingnb then generates both.",
        "请传入 43 位字母和数字；或 token 和 aes_key 都不传，由 dingnb 生成。",
    ),
    "registration.half_a_pair": ("Only one of token and AES key was given.", "token 和 aes_key 只传入了一个。"),
    "registration.half_a_pair_todo": ("Pass both, or neither.", "请同时传入两者，或都不传。"),
    "registration.bad_url": ("{value} is not a valid callback address.", "{value} 不是有效的回调地址。"),
    "registration.bad_url_todo": (
        (
            "Pass the full address in Latin letters, such as https://hooks.example.com/dingtalk, without a password "
            "or a #."
        ),
        "请填写完整地址，例如 https://hooks.example.com/dingtalk，不含中文、密码和 #。",
    ),
    "registration.private_url": (
        "DingTalk cannot reach {host}: it is an address inside your network.",
        "钉钉无法访问 {host}：这是内网地址。",
    ),
    "registration.private_url_todo": (
        "Pass the address of a proxy in front of ding.receive() (docs/callbacks.md), or use ding.stream().",
        "请填写 ding.receive() 前面的反向代理的地址（见 docs/callbacks.md），或改用 ding.stream()。",
    ),
    "registration.bad_tags": (
        "tags={value} is not a valid list of event types.",
        "tags={value} 不是有效的事件类型列表。",
    ),
    "registration.bad_tags_todo": (
        "Pass a list such as ['user_add_org', 'user_leave_org'].",
        "请传入列表，例如 ['user_add_org', 'user_leave_org']。",
    ),
    "registration.not_in_answer": (
        "The response from {path} does not say what is registered.",
        "{path} 的返回中没有注册内容。",
    ),
    "registration.no_failed_list": ("The response from {path} has no list of events.", "{path} 的返回中没有事件列表。"),
    "registration.missed_so_far": (
        "Received before that, and available in ding.events: {events}.",
        "此前取得的 {events}已在 ding.events 中。",
    ),
    "registration.not_kept": (
        (
            "Fetched but not stored: {events}. DingTalk has deleted them and only this connection still has them, so "
            "they are lost if the kernel restarts or connects again. Call failed() again once the ledger works; or, "
            "to have them in memory now, ding.events.keep(on=False) and then failed()."
        ),
        (
            "已取回但尚未保存：{events}。钉钉已删除这些事件，仅当前连接还留有，重启内核或重新连接会丢失。"
            "请在账本恢复后再次调用 failed()；如需立即放入内存，请先 ding.events.keep(on=False)，再调用 failed()。"
        ),
    ),
    "receiver.title": ("Callbacks", "回调"),
    "receiver.state": ("state", "状态"),
    "receiver.running": ("receiving", "接收中"),
    "receiver.stopped": ("stopped", "已停止"),
    "receiver.receiving": ("receiving at {where}", "接收中：{where}"),
    "receiver.receiving_refused": (
        "receiving at {where}; refused: {refused:,}",
        "接收中：{where}；拒收：{refused:,}",
    ),
    "receiver.bad_card_secret": ("card_secret is empty.", "card_secret 为空。"),
    "receiver.bad_card_secret_todo": (
        "Pass the apiSecret with which the callback of cards is registered, or omit it.",
        "请传入注册卡片回调时的 apiSecret，或不传。",
    ),
    "receiver.where": ("address", "地址"),
    "receiver.some_port": ("{path} on a free port of this computer (see .url)", "本机空闲端口的 {path}（见 .url）"),
    "receiver.mounted": ("{path} on your own server (see .app)", "自有服务器的 {path}（见 .app）"),
    "receiver.owners": ("owner", "归属方"),
    "receiver.window": ("allowed time difference", "允许的时间误差"),
    "receiver.any_time": ("unlimited", "不限"),
    "receiver.events": ("new events", "新事件"),
    "receiver.repeated": ("repeated events", "重复事件"),
    "receiver.checks": ("address checks", "地址校验"),
    "receiver.refused": ("refused", "拒收"),
    "receiver.refused_last": ("{n}; latest: {last}", "{n}；最近一次：{last}"),
    "receiver.reasons": ("Refused", "拒收"),
    "receiver.reason": ("reason", "原因"),
    "receiver.code": ("code", "错误码"),
    "receiver.how_often": ("count", "次数"),
    "receiver.refused_path": ("Posted to a different path.", "路径不符。"),
    "receiver.refused_method": ("Not a POST request.", "不是 POST 请求。"),
    "receiver.refused_size": ("Too large.", "内容过大。"),
    "receiver.refused_slow": ("Took too long to arrive.", "传输过慢。"),
    "receiver.refused_stopped": ("Arrived after stop().", "stop() 之后才到达。"),
    "receiver.refused_disconnected": ("The caller disconnected before the end.", "对方中途断开。"),
    "receiver.refused_malformed": ("Not valid HTTP.", "不是合法的 HTTP 请求。"),
    "receiver.refused_connections": ("Too many connections were open.", "连接数过多。"),
    "receiver.refused_query": ("Malformed query string.", "查询参数格式错误。"),
    "receiver.refused_body": ("The body was not a JSON object.", "正文不是 JSON 对象。"),
    "receiver.refused_content": ("Genuine, but the content was not a JSON object.", "签名有效，但内容不是 JSON 对象。"),
    "receiver.refused_timestamp": ("Invalid timestamp.", "时间戳无效。"),
    "receiver.refused_time": ("Genuine, but outside the allowed time difference.", "签名有效，但超出允许的时间误差。"),
    "receiver.refused_repeat": ("Genuine, but received before.", "签名有效，但此前已收到过。"),
    "receiver.refused_signature": (
        "Looked like a robot message, but was not signed with the app secret.",
        "形似机器人消息，但签名与 AppSecret 不符。",
    ),
    "receiver.refused_card_signature": (
        "Looked like a callback of a card, but was not signed with its apiSecret.",
        "形似卡片回调，但签名与 apiSecret 不符。",
    ),
    "receiver.refused_ledger": ("Genuine, but the ledger could not be written.", "签名有效，但账本无法写入。"),
    "receiver.refused_internal": ("Handling it failed on this computer.", "本机处理出错。"),
    "receiver.post_too_old": (
        (
            "A genuine post was refused: it is {off} old. Either this computer's clock is wrong, or an old post was "
            "sent again."
        ),
        "一个签名有效的请求被拒收：时间早了 {off}。可能是本机时钟不准，也可能是旧请求被重新发送。",
    ),
    "receiver.post_too_new": (
        "A genuine post was refused: its time is {off} ahead. This computer's clock is wrong; correct it.",
        "一个签名有效的请求被拒收：时间晚了 {off}。本机时钟不准，请校准。",
    ),
    "receiver.nothing_yet": (
        (
            "No genuine post received yet. ding.callbacks.ensure(url, tags) makes DingTalk verify the address and "
            "send events."
        ),
        "尚未收到有效请求。ding.callbacks.ensure(url, tags) 会让钉钉校验地址并推送事件。",
    ),
    "receiver.open_to_others": (
        "Other computers can reach it at {host}, without TLS: put a proxy in front (docs/callbacks.md).",
        "其他计算机可通过 {host} 访问，且没有 TLS：请在前面设置反向代理（见 docs/callbacks.md）。",
    ),
    "receiver.other_owner": (
        (
            "Posts with the right keys named a different owner, usually the corp id: pass owner=, or set "
            "DINGTALK_CORP_ID."
        ),
        "密钥相符的请求属于其他归属方，多为 CorpId：请传入 owner=，或设置 DINGTALK_CORP_ID。",
    ),
    "receiver.other_keys": (
        (
            "Posts had a different signature: they are forged, or other keys are registered, which "
            "ding.callbacks.ensure fixes."
        ),
        "有请求的签名不符：可能是伪造，也可能是注册的密钥不同；后者可由 ding.callbacks.ensure 修正。",
    ),
    "receiver.other_card_secret": (
        (
            "Callbacks of cards had a different signature: they are forged, or another apiSecret is registered, which "
            "ding.callbacks.register_cards fixes."
        ),
        (
            "有卡片回调的签名不符：可能是伪造，也可能是注册的 apiSecret 不同；"
            "后者可由 ding.callbacks.register_cards 修正。"
        ),
    ),
    "receiver.not_kept": (
        (
            "The ledger could not be written. DingTalk tries twice more; after that, fetch the events with "
            "ding.callbacks.failed()."
        ),
        "部分事件未能写入账本；钉钉会再推送两次，之后可用 ding.callbacks.failed() 取回。",
    ),
    "receiver.port_taken": ("Port {port} is already in use.", "端口 {port} 已被占用。"),
    "receiver.port_taken_todo": (
        (
            "Stop the program that uses it (another notebook: receiver.stop() or its kernel), or pass another port; "
            "0 picks a free one."
        ),
        (
            "请停止占用该端口的程序（若是其他 notebook：执行 receiver.stop() 或关闭内核），或换一个端口；"
            "0 表示空闲端口。"
        ),
    ),
    "receiver.port_ours": (
        "Port {port} is already in use by a receiver of this kernel, at the path {path}.",
        "端口 {port} 已被当前内核的接收器占用，路径为 {path}。",
    ),
    "receiver.port_ours_todo": (
        "Stop it with its .stop(), or pass another port; 0 picks a free one.",
        "请先用其 .stop() 停止，或换一个端口；0 表示空闲端口。",
    ),
    "receiver.port_forbidden": ("You are not allowed to listen on port {port}.", "当前用户无权监听端口 {port}。"),
    "receiver.port_forbidden_todo": (
        "Use a port above 1023, with a proxy in front of it.",
        "请使用大于 1023 的端口，并在前面设置反向代理。",
    ),
    "receiver.no_room": ("The receiver cannot start: {cause}.", "接收器无法启动：{cause}。"),
    "receiver.no_room_todo": (
        "Close files and connections that this kernel no longer needs, or restart it.",
        "请关闭当前内核中不再需要的文件和连接，或重启内核。",
    ),
    "receiver.no_address": (
        "host={host!r} is not an address of this computer: {cause}.",
        "host={host!r} 不是本机地址：{cause}。",
    ),
    "receiver.no_address_todo": (
        "Omit it to listen on this computer only, or pass '0.0.0.0' for all of its addresses.",
        "省略则仅监听本机；'0.0.0.0' 表示本机的全部地址。",
    ),
    "receiver.bad_host": ("host={value!r} is not a valid address.", "host={value!r} 不是有效的地址。"),
    "receiver.bad_host_todo": ("Omit it, or pass an address of this computer.", "请省略，或传入本机地址。"),
    "receiver.bad_port": ("port={value!r} is not a valid port.", "port={value!r} 不是有效的端口。"),
    "receiver.bad_port_todo": (
        "Pass a number up to 65535; 0 picks a free port, None starts no server.",
        "请传入不大于 65535 的数；0 表示空闲端口，None 表示不启动服务器。",
    ),
    "receiver.bad_path": ("path={value!r} is not a valid path.", "path={value!r} 不是有效的路径。"),
    "receiver.bad_path_todo": (
        "Pass a path such as '/dingtalk': any letters, digits and punctuation except ?, # and %.",
        "请写成 '/dingtalk' 这样的路径：字母、数字和符号，不含 ?、# 和 %。",
    ),
    "receiver.bad_window": (
        "window_s={value!r} is not a valid number of seconds.",
        "window_s={value!r} 不是有效的秒数。",
    ),
    "receiver.bad_window_todo": (
        "Pass a number above 0 and up to 1,000,000,000; 3600 is an hour, None accepts any time.",
        "请传入大于 0 且不超过 1,000,000,000 的数：3600 为一小时，None 为不限。",
    ),
    "receiver.bad_repeats": ("repeats={value!r} is not one of the choices.", "repeats={value!r} 不是可选值。"),
    "receiver.bad_repeats_todo": ('Pass "answer" or "refuse".', '请传入 "answer" 或 "refuse"。'),
    "receiver.bad_size": ("largest_bytes={value!r} is not a valid size.", "largest_bytes={value!r} 不是有效的字节数。"),
    "receiver.bad_size_todo": ("Pass a whole number above 0.", "请传入大于 0 的整数。"),
    "receiver.bad_registration": (
        "registration= is of type {kind}, not a callback registration.",
        "registration= 的类型为 {kind}，不是回调注册。",
    ),
    "receiver.bad_registration_todo": (
        "Pass what ding.callbacks.get() returned, or token= and aes_key=.",
        "请传入 ding.callbacks.get() 的返回值，或传入 token= 和 aes_key=。",
    ),
    "receiver.bad_owner": ("owner={value!r} is not valid.", "owner={value!r} 无效。"),
    "receiver.bad_owner_todo": (
        "Pass an app key, a corp id or a suite key, or a list of them; or set {variable} and omit it.",
        "请传入 AppKey、CorpId 或 SuiteKey，或其列表；也可设置 {variable} 后省略。",
    ),
    "stream.title": ("Stream", "Stream 长连接"),
    "stream.state": ("state", "状态"),
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
        "因 dingnb 自身或其与钉钉之间的环节出错而中止：{kind}。",
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
    "stream.tls_proxy": (
        "The proxy for {host} has an https:// address, which Stream does not support; no connection was opened.",
        "访问 {host} 的代理使用 https:// 地址，Stream 不支持这类代理；连接没有建立。",
    ),
    "stream.tls_proxy_todo": (
        "Ask your network administrator for the proxy's http:// address, and set HTTPS_PROXY to it.",
        "请向网络管理员索取代理的 http:// 地址，并填入 HTTPS_PROXY。",
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
    "stream.pending": ("{n} could not be written to the ledger yet; retrying.", "{n}暂时无法写入账本，将继续重试。"),
    "stream.lost": (
        "Lost, since the ledger could not be written and DingTalk sends them only once: {n}.",
        "{n}未能写入账本，已丢失：钉钉只推送一次。",
    ),
    "stream.press_lost": (
        "Not written to the ledger, and lost unless DingTalk sends them again: {n}.",
        "{n}无法写入账本；除非钉钉重发，否则已丢失。",
    ),
    "stream.press_ignored": (
        (
            "{n} did not count. Possible reasons: a person who was not asked, a closed card, a value that was not "
            "offered, or data that cannot be read or is too large."
        ),
        "{n}未计入。可能的原因：点击人不在询问范围内、卡片已关闭、取值不在选项内，或数据无法读取、过大。",
    ),
    "stream.press_foreign": (
        (
            "{n} did not count: the cards are not in this ledger. If another ledger sent them, it does not get these "
            "answers either: receive answers only with the ledger that sent the cards."
        ),
        ("{n}未计入：卡片不在当前账本中。如果卡片由其他账本发送，那里也收不到这些回答：请只用发送卡片的账本接收回答。"),
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
        "Return a dict that can be converted to JSON, such as {{'cardData': {{'cardParamMap': {{...}}}}}}, or None.",
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
        "DingTalk's response contains no ticket for a connection.",
        "钉钉的答复中没有连接票据（ticket）。",
    ),
    "stream.bad_address": (
        "The address in DingTalk's response is not a valid wss:// address, so the ticket was not sent to it.",
        "钉钉答复中的地址不是有效的 wss:// 地址，因此未向其发送连接票据。",
    ),
    "stream.bad_address_todo": (
        "Something between this computer and DingTalk may be changing responses: ask your network administrator.",
        "本机与钉钉之间可能有设备改动了答复：请联系网络管理员。",
    ),
    "robot.no_type": ("A robot cannot reply with a message of type {type}.", "机器人不能用 {type} 类型的消息回复。"),
    "robot.no_type_todo": ("Use one of: {types}.", "可用类型：{types}。"),
    "robot.columns": ("The reply uses columns that have no value: {columns}.", "回复中有未填写的列：{columns}。"),
    "robot.columns_todo": (
        "Only fields of the event can be used, such as {{{{ text }}}}; write other values into the text directly.",
        "只能填入该事件的字段，例如 {{{{ text }}}}；其他值请直接写进正文。",
    ),
    "robot.no_upload": (
        "A robot's reply cannot contain a figure or a file: nothing is uploaded for it.",
        "机器人的回复不能包含图表或文件：回复时不会上传。",
    ),
    "robot.no_upload_todo": ("Pass an http:// or https:// address.", "请填写 http:// 或 https:// 地址。"),
    "robot.no_title": ("A robot's card needs a title.", "机器人的卡片必须有标题。"),
    "robot.no_title_todo": ("Pass title=.", "请传入 title=。"),
    "robot.too_long": (
        "The reply has {size} bytes; the limit for robots is {most}.",
        "回复共 {size} 字节；机器人最多可发送 {most} 字节。",
    ),
    "robot.too_long_todo": ("Shorten it.", "请缩短内容。"),
}
