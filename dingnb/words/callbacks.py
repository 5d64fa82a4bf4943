"""The words of callbacks: their encryption, their registration, what receives them."""

WORDS: dict[str, tuple[str, str]] = {
    "callback.refused": ("{meaning} ({code}) {why}", "{meaning}（{code}）{why}"),
    "callback.no_token": ("The token is empty.", "token 为空。"),
    "callback.bad_key": (
        "It must be 43 letters and digits; this one has {length} characters.",
        "应为 43 位字母和数字；当前长度为 {length}。",
    ),
    "callback.no_key": (
        "It must be 43 letters and digits; this one contains other characters.",
        "应为 43 位字母和数字；当前含有其他字符。",
    ),
    "callback.no_owner": (
        "The owner is empty: pass the app key, the corp id or the suite key.",
        "owner 为空：请传入 AppKey、CorpId 或 SuiteKey。",
    ),
    "callback.empty_text": ("The text is empty.", "内容为空。"),
    "callback.no_encrypt": ("The encrypted text is missing.", "缺少加密内容。"),
    "callback.no_signature": ("The signature is missing.", "缺少签名。"),
    "callback.other_signature": (
        "It was not made with this token, or the signed content was changed.",
        "签名并非由此 token 生成，或内容已被改动。",
    ),
    "callback.no_timestamp": ("The timestamp is missing.", "缺少 timestamp。"),
    "callback.no_nonce": ("The nonce is missing.", "缺少 nonce。"),
    "callback.half_character": (
        "It contains half a character (a lone surrogate).",
        "其中有不完整的字符（孤立的代理项）。",
    ),
    "callback.other_length": ("The length it states does not match.", "其中写明的长度与实际不符。"),
    "callback.other_owner": ("It names a different owner.", "其中的归属方不是本方。"),
    "callback.no_utf8": ("The text is not valid UTF-8.", "内容不是有效的 UTF-8。"),
    "callback.no_base64": ("It is not valid base64.", "不是有效的 base64。"),
    "callback.no_blocks": ("Its length is not a multiple of 16 bytes.", "长度不是 16 字节的整数倍。"),
    "callback.bad_padding": ("Its padding is invalid.", "填充有误。"),
    "registration.title": ("Callback registration", "回调注册"),
    "registration.ways": (
        (
            ".get() returns the registration, .ensure(url, tags) creates or updates it, .failed() fetches the events "
            "that were not delivered."
        ),
        ".get() 查询注册内容，.ensure(url, tags) 注册或更新，.failed() 取回未送达的事件。",
    ),
    "registration.url": ("address", "地址"),
    "registration.tags": ("events", "事件类型"),
    "registration.keys": ("token, AES key", "token、aes_key"),
    "registration.was_registered": ("Registered. DingTalk has verified the address.", "已注册，钉钉已校验该地址。"),
    "registration.was_updated": ("Updated. DingTalk has verified the address.", "已更新，钉钉已校验该地址。"),
    "registration.was_unchanged": ("Already registered like this; nothing was changed.", "注册内容一致，未作更改。"),
    "registration.bad_token": (
        "The token has {length} characters, or contains characters other than letters, digits and signs.",
        "token 长度为 {length}，或含有字母、数字、符号以外的字符。",
    ),
    "registration.bad_token_todo": (
        "Pass 3 to 63 characters without spaces, or omit it: dingnb generates one.",
        "请传入 3 至 63 个字符，不含空格；不传则由 dingnb 生成。",
    ),
    "registration.short_token": (
        "The token is shorter than 6 characters, which only the developer console accepts.",
        "token 不足 6 个字符，仅开发者后台接受。",
    ),
    "registration.short_token_todo": (
        "Pass a longer one with its AES key, or neither, here and to ding.receive().",
        "请在此处和 ding.receive() 中传入更长的 token 及其 aes_key，或都不传。",
    ),
    "registration.bad_key": (
        "The AES key has {length} characters, or contains characters other than letters and digits.",
        "aes_key 长度为 {length}，或含有字母和数字以外的字符。",
    ),
    "registration.bad_key_todo": (
        "Pass 43 letters and digits, or omit it: dingnb generates one.",
        "请传入 43 位字母和数字；不传则由 dingnb 生成。",
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
    "registration.inside_url": (
        "DingTalk cannot reach {host}: it is an address inside your network.",
        "钉钉无法访问 {host}：这是内网地址。",
    ),
    "registration.inside_url_todo": (
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
        "此前取得的{events}已在 ding.events 中。",
    ),
    "registration.not_kept": (
        "Handed out by DingTalk but not stored yet: {events}. This kernel holds on to them: call failed() again.",
        "钉钉已交出但尚未保存：{events}，暂存在当前内核中。请再次调用 failed()。",
    ),
    "receiver.title": ("Callbacks", "回调"),
    "receiver.state": ("state", "状态"),
    "receiver.running": ("receiving", "接收中"),
    "receiver.stopped": ("stopped", "已停止"),
    "receiver.standing": ("receiving at {where}", "接收中：{where}"),
    "receiver.standing_refused": (
        "receiving at {where}; refused: {refused:,}",
        "接收中：{where}；拒收：{refused:,}",
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
    "receiver.refused_left": ("The caller disconnected before the end.", "对方中途断开。"),
    "receiver.refused_malformed": ("Not valid HTTP.", "不是合法的 HTTP 请求。"),
    "receiver.refused_crowd": ("Too many connections were open.", "连接数过多。"),
    "receiver.refused_query": ("Malformed query string.", "查询参数格式错误。"),
    "receiver.refused_body": ("The body was not a JSON object.", "正文不是 JSON 对象。"),
    "receiver.refused_content": ("The decrypted content was not a JSON object.", "解密后的内容不是 JSON 对象。"),
    "receiver.refused_stamp": ("Invalid timestamp.", "时间戳无效。"),
    "receiver.refused_time": ("Genuine, but outside the allowed time difference.", "签名有效，但超出允许的时间误差。"),
    "receiver.refused_repeat": ("Genuine, but received before.", "签名有效，但此前已收到过。"),
    "receiver.refused_sign": (
        "Looked like a robot message, but was not signed with the app secret.",
        "形似机器人消息，但签名与 AppSecret 不符。",
    ),
    "receiver.refused_ledger": ("Genuine, but the ledger could not be written.", "签名有效，但账本无法写入。"),
    "receiver.refused_broken": ("Handling it failed on this computer.", "本机处理出错。"),
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
            "请停止占用该端口的程序（若是其他 notebook：执行 receiver.stop() 或关闭内核），或换一个端口；0 表示空闲端"
            "口。"
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
        "Pass a path such as '/dingtalk': letters, digits and signs, without ?, # and %.",
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
}
