"""Texts for the sandbox, including the errors of its control API and its phone page, and for tapes."""

TRANSLATIONS: dict[str, tuple[str, str]] = {
    "sandbox.journal_unusable": (
        "The sandbox's state won't be saved: {path} cannot be used ({error}).",
        "沙箱状态将不会保存：无法使用 {path}（{error}）。",
    ),
    "sandbox.journal_aside": (
        "The sandbox starts with an empty state: {path} {reason}. The old file was renamed to {aside}.",
        "沙箱已重置为初始状态：{path} {reason}。原文件已改名为 {aside}。",
    ),
    "sandbox.journal_lost": (
        "The sandbox's state is no longer saved: {path} cannot be written ({error}).",
        "沙箱状态不再保存：无法写入 {path}（{error}）。",
    ),
    "sandbox.journal_damaged": ("cannot be read", "无法读取"),
    "sandbox.journal_version": ("has a different version", "版本不同"),
    "sandbox.journal_foreign": ("it is another program's database", "它是其他程序的数据库"),
    "sandbox.journal_settings": ("belongs to a sandbox with different settings", "属于设置不同的沙箱"),
    "sandbox.journal_silent": (
        "The sandbox's state won't be saved: {path} is in use by another process that does not respond.",
        "沙箱状态将不会保存：{path} 被另一个进程占用，且该进程没有响应。",
    ),
    "sandbox.journal_held": ("{path} is in use by another running sandbox.", "{path} 正被另一个沙箱使用。"),
    "sandbox.journal_held_todo": (
        "Stop that sandbox, or use another file with --keep.",
        "请先停止该沙箱，或用 --keep 指定其他文件。",
    ),
    "sandbox.no_setting": ("The sandbox has no setting {name!r}.", "沙箱没有 {name!r} 这个设置。"),
    "sandbox.no_setting_todo": (
        "For all settings, run dingnb sandbox --help.",
        "运行 dingnb sandbox --help 可查看所有设置。",
    ),
    "sandbox.client_limit": ("The sandbox does not enforce {name}.", "沙箱不执行 {name} 这项限制。"),
    "sandbox.client_limit_setting_todo": ("Use --set {setting}=….", "请用 --set {setting}=…。"),
    "sandbox.client_limit_todo": (
        "Only the client uses it: pass it to dingnb.connect, limits=dataclasses.replace(STANDARD, {limit}=…).",
        "仅客户端使用：请在 dingnb.connect 中传入 limits=dataclasses.replace(STANDARD, {limit}=…)。",
    ),
    "sandbox.own_option": ("The setting {name} has an option of its own.", "设置 {name} 有专用选项。"),
    "sandbox.own_option_todo": ("Use {option} instead of --set {name}=….", "请用 {option} 代替 --set {name}=…。"),
    "sandbox.no_assignment": ("{text!r} does not have the form NAME=VALUE.", "{text!r} 的格式不正确。"),
    "sandbox.no_assignment_todo": (
        "Write, for example, --set read_share=0.5.",
        "应为 名称=值，例如 --set read_share=0.5。",
    ),
    "sandbox.elsewhere": (
        "This sandbox runs in another kernel of this computer, so {name!r} cannot be used here.",
        "此沙箱由本机的另一个内核运行，在这里无法使用 {name!r}。",
    ),
    "sandbox.elsewhere_todo": (
        'Shut down that kernel and connect again, or use another sandbox, such as dingnb.connect("sandbox", seed=12).',
        '请关闭那个内核后重新连接，或使用另一个沙箱，如 dingnb.connect("sandbox", seed=12)。',
    ),
    "sandbox.elsewhere_gone": (
        "This sandbox ran in another kernel, which no longer responds.",
        "此沙箱由另一个内核运行，该内核已没有响应。",
    ),
    "sandbox.elsewhere_gone_todo": ("Connect again.", "请重新连接。"),
    "sandbox.open_to_others": (
        "Warning: --host {host} lets everyone on the network read the messages sent here and control the sandbox.",
        "警告：--host {host} 允许网络中的任何人读取发到此沙箱的消息并操控沙箱。",
    ),
    "sandbox.foreign_host": (
        "The sandbox does not accept the host name {host!r}. Use localhost, or start the sandbox with --host {host}.",
        "沙箱不接受主机名 {host!r}。请使用 localhost，或在启动沙箱时指定 --host {host}。",
    ),
    "sandbox.foreign_origin": (
        "The request comes from a web page ({origin}). The sandbox only accepts requests from programs.",
        "请求来自网页（{origin}）。沙箱只接受程序发出的请求。",
    ),
    "sandbox.not_json": (
        "POST {path} needs the header Content-Type: application/json, not {given}.",
        "POST {path} 需要请求头 Content-Type: application/json，当前为：{given}。",
    ),
    "sandbox.bad_setting": (
        "The sandbox setting {name} cannot be {value}.",
        "沙箱设置 {name} 不能为 {value}。",
    ),
    "sandbox.bad_setting_todo": (
        "Set it to {expected}. For all settings, run dingnb sandbox --help.",
        "请设为：{expected}。运行 dingnb sandbox --help 可查看所有设置。",
    ),
    "sandbox.bad_fault": ("The fault rule has an invalid {name}: {value}.", "故障规则的 {name} 无效：{value}。"),
    "sandbox.bad_press": ("The press has an invalid {name}: {value}.", "点击的 {name} 无效：{value}。"),
    "sandbox.bad_event": ("The event has an invalid {name}: {value}.", "事件的 {name} 无效：{value}。"),
    "sandbox.bad_phone": (
        "The phone page's request has an invalid {name}: {value}.",
        "手机页面请求的 {name} 无效：{value}。",
    ),
    "sandbox.bad_request": ("The request has an invalid {name}: {value}.", "请求的 {name} 无效：{value}。"),
    "sandbox.no_field_fault": ("A fault rule has no field {name}.", "故障规则没有字段 {name}。"),
    "sandbox.no_field_press": ("A press has no field {name}.", "点击没有字段 {name}。"),
    "sandbox.not_an_event": ("{value} is not an event.", "{value} 不是事件。"),
    "sandbox.no_path": ("The sandbox has no path {path}.", "沙箱没有路径 {path}。"),
    "sandbox.methods": ("{path} only accepts {methods}.", "{path} 仅支持 {methods}。"),
    "sandbox.no_file": ("There is no file with the media id {media_id}.", "没有 media id 为 {media_id} 的文件。"),
    "sandbox.invalid_json": ("The body is not JSON: {error}.", "请求体不是 JSON：{error}。"),
    "sandbox.refused_callback": ("The callback was refused: {message}.", "回调被拒绝：{message}。"),
    "sandbox.expected": ("Expected {expected}.", "应为：{expected}。"),
    "expected.choice": ("one of {choices}", "{choices} 之一"),
    "expected.field": ("one of these fields: {fields}", "字段 {fields} 之一"),
    "expected.text": ("text", "文本"),
    "expected.some_text": ("text that is not empty", "非空文本"),
    "expected.texts": ("a list of texts", "文本列表"),
    "expected.object": ("a JSON object", "JSON 对象"),
    "expected.flag": ("true or false", "true 或 false"),
    "expected.integer": ("a whole number", "整数"),
    "expected.not_negative": ("a whole number of 0 or more", "不小于 0 的整数"),
    "expected.positive": ("a whole number of 1 or more", "不小于 1 的整数"),
    "expected.positives": (
        "a whole number of 1 or more, or a list of such numbers",
        "不小于 1 的整数，或由这种整数组成的列表",
    ),
    "expected.whole_number": ("a whole number from {least} to {most}", "{least} 到 {most} 的整数"),
    "expected.number": ("a number from {least} to {most}", "{least} 到 {most} 的数"),
    "expected.number_above_zero": ("a number above 0, up to {most}", "大于 0、不超过 {most} 的数"),
    "expected.share": ("a number from 0 to 1", "0 到 1 的数"),
    "expected.seconds_up_to": ("a number of seconds from 0 to {most}", "0 到 {most} 的秒数"),
    "expected.positive_seconds": ("a number of seconds, more than 0", "大于 0 的秒数"),
    "expected.path": ("the end of a path, such as /gettoken", "路径的结尾，如 /gettoken"),
    "expected.nth_or_probability": ("either nth or probability, not both", "nth 或 probability，不可同时使用"),
    "expected.refusal": (
        "nth or probability as well: without them, a refusal starts immediately and cannot have path or times",
        "同时设置 nth 或 probability：不设置时 refuse 立即开始，不能有 path 或 times",
    ),
    "expected.own_server": (
        "another fault: only the sandbox's own server can close its port",
        "其他故障：只有沙箱自己的服务器可以关闭端口",
    ),
    "expected.without_field": ("no {field}: the fault {fault} has none", "不带 {field} 的故障：{fault} 没有此字段"),
    "expected.card": ("the outTrackId of a card", "卡片的 outTrackId"),
    "expected.button": ("the id of a button, or a form", "按钮的 id，或表单"),
    "expected.weights": (
        "an object with a weight for each action id, such as {{'yes': 2, 'no': 1}}",
        "各 action id 权重的对象，如 {{'yes': 2, 'no': 1}}",
    ),
    "expected.userid": ("a userid", "userid"),
    "expected.page_ids": ("a list of ids from the page", "页面上的 id 列表"),
    "expected.event": ('an object, such as {{"type": "user_add_org"}}', '对象，如 {{"type": "user_add_org"}}'),
    "expected.event_type": ("the type of the event, such as user_add_org", "事件类型，如 user_add_org"),
    "expected.change": ("a value that fits its field, one of {fields}", "字段 {fields} 之一的有效值"),
    "expected.department": ("at least one department", "至少一个部门"),
    "expected.department_change": (
        'an object with "dept_id", and with "name", "parent_id" or "removed": true',
        '对象，含 "dept_id"，以及 "name"、"parent_id" 或 "removed": true',
    ),
    "expected.template": (
        'an object with "template_id", and optionally "private", "variables", "actions", "published" and "foreign"',
        '对象，含 "template_id"，可含 "private"、"variables"、"actions"、"published" 和 "foreign"',
    ),
    "expected.media_ids": (
        "a list of ids from /_sandbox/media, or no list for all",
        "/_sandbox/media 中的 id 列表；不传则为全部",
    ),
    "expected.clock": (
        '"now_ns" or "at_least_ns" (integers), "now" (ISO 8601) or "advance_s" (a number), and optionally "stopped"',
        '"now_ns" 或 "at_least_ns"（整数）、"now"（ISO 8601）或 "advance_s"（数）之一，可加 "stopped"',
    ),
    "expected.years": ("a time in the years 1970 to {last}", "1970 年至 {last} 年之间的时间"),
    "expected.duration": ("a number of seconds", "秒数"),
    "expected.iso_time": (
        "an ISO 8601 time with its zone, such as 2026-11-02T09:00:00+08:00",
        "带时区的 ISO 8601 时间，如 2026-11-02T09:00:00+08:00",
    ),
    "expected.local_url": ("an address on this computer", "本机上的地址"),
    "expected.disconnect": (
        'an object with "how", one of {modes}, and optionally "connections", a list of ids',
        '对象，含 "how"（{modes} 之一），可含 "connections"（id 列表）',
    ),
    "expected.inside_data": (
        "this field inside data; only type, event_id, time, corp_id and format are allowed next to it",
        "将此字段写在 data 之内；与 data 并列的只能是 type、event_id、time、corp_id 和 format",
    ),
    "expected.same_value": (
        "the value of {name}, the same field in another spelling",
        "与 {name} 相同的值（同一字段的另一种写法）",
    ),
    "expected.time": (
        "milliseconds since the epoch, or an ISO 8601 time with its zone",
        "毫秒时间戳，或带时区的 ISO 8601 时间",
    ),
    "expected.task_start": ("a number of seconds from 0 to task_done_after_s", "0 到 task_done_after_s 的秒数"),
    "expected.hidden_fields": (
        "fields of v2/user/get other than userid and name, in a list or separated by commas",
        "v2/user/get 中除 userid 和 name 以外的字段（列表，或以逗号分隔）",
    ),
    "expected.permissions": (
        "some of {permissions}, in a list or separated by commas",
        "{permissions} 中的若干项（列表，或以逗号分隔）",
    ),
    "expected.departments": ("ids of departments, in a list or separated by commas", "部门 ID（列表，或以逗号分隔）"),
    "expected.names": ("texts, in a list or separated by commas", "文本（列表，或以逗号分隔）"),
    "expected.limits": (
        "an object of the class Limits, such as dataclasses.replace(STANDARD, calls_per_month=100)",
        "Limits 对象，例如 dataclasses.replace(STANDARD, calls_per_month=100)",
    ),
    "phone.html_lang": ("en", "zh-CN"),
    "phone.title": ("{name}'s phone", "{name} 的手机"),
    "phone.sandbox": ("Sandbox: no real messages", "沙箱：非真实消息"),
    "phone.people": ("Whose phone?", "查看谁的手机？"),
    "phone.people_hint": (
        "People who have received messages, most recent first.",
        "以下人员收到过消息，最近收到的在前。",
    ),
    "phone.userid": ("Userid", "userid"),
    "phone.open": ("Open", "打开"),
    "phone.nobody": ("Nobody has received a message yet.", "还没有人收到消息。"),
    "phone.unknown": ("There is no user {userid} in this sandbox.", "沙箱中没有用户 {userid}。"),
    "phone.messages": ("Messages", "消息"),
    "phone.empty": ("No messages yet", "暂无消息"),
    "phone.notification": ("Work notification", "工作通知"),
    "phone.reply": ("Robot", "机器人"),
    "phone.card": ("Card", "卡片"),
    "phone.recalled": ("This message was recalled.", "该消息已撤回。"),
    "phone.failed": ("The content could not be loaded.", "内容加载失败"),
    "phone.submit": ("Submit", "提交"),
    "phone.required": ("Required", "必填"),
    "phone.choose": ("Choose", "请选择"),
    "phone.one_a_line": ("One entry per line", "每行一项"),
    "phone.download": ("Download {name}, {size}", "下载 {name}，{size}"),
    "phone.link": ("On a phone, this opens {url}", "手机上将打开 {url}"),
    "phone.sending": ("Sending …", "正在提交……"),
    "phone.sent": ("Sent. The app has not responded yet.", "已提交，应用尚未响应。"),
    "phone.answered": ("The app has received it.", "应用已收到。"),
    "phone.closed": ("Closed. No further answers are accepted.", "已关闭，不再接受回答。"),
    "phone.no_response": ("The app did not respond. Try again.", "应用没有响应，请重试。"),
    "phone.gone": ("This is no longer available.", "已无法操作。"),
    "phone.in_tab": ("Open in a new tab", "在新标签页中打开"),
    "phone.none": (
        "There is no phone to show: a tape plays the sandbox's answers, or this sandbox has no phones.",
        "没有可显示的手机：当前为录制回放，或该沙箱不提供手机页面。",
    ),
    "phone.live": (
        "Only the sandbox shows people's phones; this connection is LIVE.",
        "仅沙箱可以查看手机，当前为真实环境（LIVE）。",
    ),
    "phone.live_todo": (
        'Practise with dingnb.connect("sandbox"), or send a test to yourself: plan.test(userid).',
        '请使用 dingnb.connect("sandbox") 练习，或用 plan.test(userid) 给自己发一条测试消息。',
    ),
    "phone.userid_todo": (
        'Pass the userid of a person: ding.phone("manager0044").',
        '请传入 userid：ding.phone("manager0044")。',
    ),
    "phone.lost": ("No connection to the sandbox. Retrying …", "与沙箱的连接已断开，正在重试……"),
    "tape.no_vcrpy": (
        'dingnb.testing needs vcrpy: pip install "dingnb[testing]"',
        'dingnb.testing 需要 vcrpy：pip install "dingnb[testing]"',
    ),
    "tape.bad_name": ("tape({name!r}): not a valid file name.", "tape({name!r})：不能用作文件名。"),
    "tape.bad_name_todo": (
        'Pass a name without a folder, such as tape("payslips"). Set the folder with directory=.',
        '请给出不含目录的名称，例如 tape("payslips")；用 directory= 指定目录。',
    ),
    "tape.none": ("There is no tape {path}.", "未找到磁带 {path}。"),
    "tape.unreadable": ("The tape {path} cannot be read: {error}", "无法读取磁带 {path}：{error}"),
    "tape.empty": ("the file is empty.", "文件是空的。"),
    "tape.no_cassette": (
        "it is not a cassette: it has no list of interactions.",
        "不是磁带文件，缺少 interactions 列表。",
    ),
    "tape.broken_call": (
        "the request or the response of call {number} is incomplete.",
        "第 {number} 个调用的请求或应答不完整。",
    ),
    "tape.bad_at": (
        "it has no valid recording time: metadata.recorded.at is {value}, not a time like 2026-11-02T09:00:00+08:00.",
        "缺少有效的录制时间：metadata.recorded.at 为 {value}，应类似 2026-11-02T09:00:00+08:00。",
    ),
    "tape.bad_against": (
        (
            "the target of the recording is missing: metadata.recorded.against is {value}, "
            'not "{sandbox}, VERSION" or "{live} URL".'
        ),
        "缺少录制对象：metadata.recorded.against 为 {value}，应为 “{sandbox}, 版本” 或 “{live} 地址”。",
    ),
    "tape.unmasked": (
        "The tape {path} contains a secret in plain text: interaction {number}, {field}.",
        "磁带 {path} 中有未脱敏的密钥：第 {number} 个 interaction，{field}。",
    ),
    "tape.unmasked_todo": (
        (
            "Record the tape again with DINGNB_RECORD=1, or replace the value with ***. "
            "If others had access to the file, reset the secret in the developer console."
        ),
        "请设置 DINGNB_RECORD=1 重新录制，或将该值改为 ***。如果他人可能看过该文件，请在开发者后台重置密钥。",
    ),
    "tape.unreadable_todo": (
        "Restore the file, or record it again: set DINGNB_RECORD=1, or call tape(..., record=True).",
        "请恢复该文件或重新录制：设置 DINGNB_RECORD=1 后重新运行，或使用 tape(..., record=True)。",
    ),
    "tape.none_todo": (
        "Record it first: set DINGNB_RECORD=1, or call tape(..., record=True).",
        "请先录制一次：设置 DINGNB_RECORD=1 后重新运行，或使用 tape(..., record=True)。",
    ),
    "tape.over": (
        "{call} was made after the end of the tape {name}.",
        "磁带 {name} 结束后又发出了 {call}。",
    ),
    "tape.over_todo": (
        "Wait for running campaigns inside the with block, and connect again outside it.",
        "请在 with 块内等待发送结束；离开 with 块后请重新 connect()。",
    ),
    "tape.unknown": (
        "The tape {name} has no answer left for {call}.",
        "磁带 {name} 中没有可用于 {call} 的应答。",
    ),
    "tape.again": (
        "The tape has only {calls} with these fields.",
        "相同内容只录制了 {calls}。",
    ),
    "tape.nearest": (
        "The nearest recorded call, number {number} of the file, differs in:",
        "最接近的是文件中的第 {number} 个调用，差异为：",
    ),
    "tape.differs": ("  {path}: recorded {recorded}, now {asked}", "  {path}：录制时为 {recorded}，现在为 {asked}"),
    "tape.only_recorded": ("  {path}: recorded {recorded}, now missing", "  {path}：录制时为 {recorded}，现在没有"),
    "tape.only_now": ("  {path}: not recorded, now {asked}", "  {path}：录制时没有，现在为 {asked}"),
    "tape.more_differences": ("  and {n} more fields", "  以及另外 {n} 个字段"),
    "tape.no_such_path": ("Nothing was recorded for this path. Recorded: {paths}", "此路径没有录制。已录制：{paths}"),
    "tape.nothing": ("The tape is empty.", "磁带中没有录制内容。"),
    "tape.unplayed": (
        "The tape {name} contains {calls} not made in this run:",
        "磁带 {name} 中有 {calls}未发出：",
    ),
    "tape.unplayed_call": ("  number {number}: {call} {body}", "  第 {number} 个：{call} {body}"),
    "tape.more_unplayed": ("  and {n} more", "  以及另外 {n} 个"),
    "tape.changed_todo": (
        "If the change is intended, record again with DINGNB_RECORD=1.",
        "如果是有意更改，请设置 DINGNB_RECORD=1 重新录制。",
    ),
}
