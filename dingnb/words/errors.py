"""Texts for errors from DingTalk and for invalid arguments."""

TRANSLATIONS: dict[str, tuple[str, str]] = {
    "error.api": ("{meaning} (code {code}, {path})", "{meaning}（错误码 {code}，{path}）"),
    "error.api_message": ("DingTalk says: “{message}”.", "钉钉说明：“{message}”。"),
    "error.api_request": ("(request id {request_id})", "（request id {request_id}）"),
    "answer.not_json": (
        "{path} answered with HTTP {status} and content that is not DingTalk's JSON.",
        "{path} 返回了 HTTP {status}，内容不是钉钉的 JSON。",
    ),
    "answer.banned": (
        "{path} was answered with a web page (HTTP {status}) instead of DingTalk's JSON.",
        "{path} 返回的是网页（HTTP {status}），而不是钉钉的 JSON。",
    ),
    "answer.banned_todo": (
        (
            "DingTalk does this for 5 minutes after too many calls from one network address; a proxy or a network's "
            "login page can do it too. The call may have taken effect: check before you repeat it."
        ),
        (
            "同一网络地址调用过多时，钉钉会在 5 分钟内返回网页；代理或网络登录页也会如此。此调用可能已经生效：重发前"
            "请先核实。"
        ),
    ),
    "answer.banned_query_todo": (
        (
            "DingTalk does this for 5 minutes after too many calls from one network address; a proxy or a network's "
            "login page can do it too. The call was only a query and changed nothing: try again in 5 minutes."
        ),
        (
            "同一网络地址调用过多时，钉钉会在 5 分钟内返回网页；代理或网络登录页也会如此。此调用只是查询，没有任何影"
            "响：请 5 分钟后重试。"
        ),
    ),
    "answer.no_errcode": (
        "{path} answered with HTTP {status} and JSON without an errcode, which cannot be taken as success.",
        "{path} 返回了 HTTP {status} 和没有 errcode 的 JSON，不能当作成功。",
    ),
    "answer.no_code": (
        "{path} answered with HTTP {status} and JSON without an error code.",
        "{path} 返回了 HTTP {status} 和没有错误码的 JSON。",
    ),
    "answer.gateway": (
        "{path} answered with HTTP {status}, although its errcode is 0.",
        "{path} 的 errcode 为 0，但返回了 HTTP {status}。",
    ),
    "answer.redirect": (
        (
            "{path} was answered with a redirect (HTTP {status}). It was not followed, since that would have sent "
            "the token along."
        ),
        "{path} 返回了重定向（HTTP {status}）。为避免发出 token，没有跳转。",
    ),
    "answer.endless": (
        "{path} answered with more than {most_mb} MB; the rest was not read.",
        "{path} 的答复超过 {most_mb} MB，其余部分未读取。",
    ),
    "answer.page": ("The page says: {sample}", "页面显示：{sample}"),
    "answer.sample": ("It begins: {sample}", "开头为：{sample}"),
    "answer.bad_todo": (
        (
            "A proxy, a login page or a gateway may have answered in place of DingTalk, or DingTalk failed. Check "
            "whether the call took effect before you repeat it."
        ),
        "返回内容可能来自代理、登录页或网关，也可能是钉钉出错。重发前请先核实调用是否已生效。",
    ),
    "answer.bad_query_todo": (
        (
            "A proxy, a login page or a gateway may have answered in place of DingTalk, or DingTalk failed. The call "
            "was only a query and changed nothing: try again."
        ),
        "返回内容可能来自代理、登录页或网关，也可能是钉钉出错。此调用只是查询，没有任何影响：请重试。",
    ),
    "transport.query_todo": (
        "The call was only a query and changed nothing: try again.",
        "此调用只是查询，没有任何影响：请重试。",
    ),
    "error.busy_query_todo": (
        "DingTalk failed; the call was only a query and changed nothing: try again later.",
        "钉钉出错；此调用只是查询，没有任何影响：请稍后重试。",
    ),
    "transport.timed_out": (
        "{path} did not answer in time.",
        "{path} 未在规定时间内答复。",
    ),
    "transport.broken": (
        "The connection broke while {path} was being called ({cause}).",
        "调用 {path} 时连接中断（{cause}）。",
    ),
    "transport.unknown_todo": (
        "The call may have taken effect; check before you repeat it.",
        "调用可能已经生效；重发前请先核实。",
    ),
    "transport.bad_body": (
        "The body for {path} cannot be converted to JSON: {reason}.",
        "{path} 的请求体无法转换为 JSON：{reason}。",
    ),
    "transport.bad_body_todo": (
        "Use str, int, float, bool, None, lists and dicts; int(x) converts a pandas number.",
        "请使用 str、int、float、bool、None、列表和字典；pandas 的数字可用 int(x) 转换。",
    ),
    "transport.unreachable": (
        "{host} cannot be reached ({cause}); the call was not sent.",
        "无法连接 {host}（{cause}）；此次调用没有发出。",
    ),
    "transport.unreachable_todo": (
        "Check the network, the proxy, and the base URLs (DINGTALK_OAPI_BASE_URL, DINGTALK_API_BASE_URL).",
        "请检查网络、代理和服务地址（DINGTALK_OAPI_BASE_URL、DINGTALK_API_BASE_URL）。",
    ),
    "host.bad_url": ("{name} is not a valid base URL: {value}.", "{name} 不是有效的服务地址：{value}。"),
    "host.bad_url_todo": (
        "Use a scheme and a host, such as https://oapi.dingtalk.com, without a user name, query or fragment.",
        "请填写协议和主机名，例如 https://oapi.dingtalk.com，不要带用户名、查询参数或锚点。",
    ),
    "host.plain": (
        (
            "{name} is {url}: DingTalk's own hosts are called over https only, since http would expose tokens and "
            "messages. Nothing was sent."
        ),
        "{name} 为 {url}：钉钉的服务地址只能使用 https。使用 http 会在传输中泄露 token 和消息内容。未发出任何请求。",
    ),
    "host.plain_todo": ("Write https:// instead of http://.", "请将 http:// 改为 https://。"),
    "host.one_missing": (
        "Only {url} is given; the address of the other API generation cannot be derived from it.",
        "只提供了 {url}，无法由此得出另一代 API 的地址。",
    ),
    "host.one_missing_todo": ("Set {missing} as well.", "请同时设置 {missing}。"),
    "secret.no_pickle": (
        "Secrets cannot be pickled: they would leave this process.",
        "密钥不能序列化（pickle）：否则会离开本进程。",
    ),
    "app.missing": ("Credentials are missing: {names}.", "缺少应用凭证：{names}。"),
    "app.missing_todo": (
        (
            "Fill them in with dingnb.login(), which can also save them. Or set them in the environment, or pass "
            "app_key=, app_secret= and agent_id=, or profile=, to dingnb.connect(). To practise without an app: "
            'dingnb.connect("sandbox").'
        ),
        (
            "可用 dingnb.login() 填写，并可选择保存；也可设置环境变量，或把 app_key=、app_secret=、agent_id= 或 "
            'profile= 传给 dingnb.connect()。没有应用时可先练习：dingnb.connect("sandbox")。'
        ),
    ),
    "app.bad_character": (
        "{name} contains {character}, which no DingTalk credential does.",
        "{name} 含有 {character}，钉钉的凭证中不会有这个字符。",
    ),
    "app.bad_character_todo": (
        "Copy it again from the app's page in the DingTalk developer console, without quotes, spaces or line breaks.",
        "请从钉钉开发者后台的应用页面重新复制，不要带引号、空格或换行。",
    ),
    "app.too_long": (
        "{name} has {length:,} characters, more than any DingTalk credential.",
        "{name} 长达 {length:,} 个字符；钉钉的凭证没有这么长。",
    ),
    "app.bad_agent_id": ("The agent id {value} is not a number.", "AgentId {value} 不是数字。"),
    "app.bad_agent_id_todo": (
        "Copy the AgentId from the app's page in the DingTalk developer console; it has only digits.",
        "请从钉钉开发者后台的应用页面复制 AgentId；它只含数字。",
    ),
    "app.no_agent_id": ("The agent id is missing; nothing can be sent without it.", "缺少 AgentId，无法发送消息。"),
    "app.no_agent_id_todo": (
        (
            "Pass agent_id= to dingnb.connect(), or set it where the app comes from: in DINGTALK_AGENT_ID, or for a "
            "saved app in dingnb.login()."
        ),
        (
            "请把 agent_id= 传给 dingnb.connect()，或设置环境变量 DINGTALK_AGENT_ID；已保存的应用请在 dingnb.login() "
            "中填写后重新保存。"
        ),
    ),
    "app.no_agent_id_beside_key_todo": (
        "Pass agent_id= to dingnb.connect() as well: DINGTALK_AGENT_ID is used only for the app in DINGTALK_APP_KEY.",
        "请把 agent_id= 也传给 dingnb.connect()：环境变量 DINGTALK_AGENT_ID 只用于 DINGTALK_APP_KEY 中的应用。",
    ),
    "token.not_in_answer": ("{path} answered without a usable {key}.", "{path} 的答复中没有可用的 {key}。"),
    "api.no_task_id": ("{path} answered without a task id.", "{path} 的答复中没有 task_id。"),
    "api.no_deliver_results": (
        "{path} answered without results of the deliveries.",
        "{path} 的答复中没有投放结果（deliverResults）。",
    ),
    "api.no_route": (
        "{path} answered without the registered address and secret.",
        "{path} 的答复中没有已注册的地址和密钥。",
    ),
    "api.no_media_id": ("{path} answered without a media id.", "{path} 的答复中没有 media_id。"),
    "api.no_send_result": ("{path} answered without a send_result.", "{path} 的答复中没有 send_result。"),
    "api.no_scopes": (
        "{path} answered without auth_org_scopes.",
        "{path} 的答复中没有 auth_org_scopes。",
    ),
    "api.no_directory": (
        "{path} answered without the people, departments or roles asked for.",
        "{path} 的答复中缺少所查询的人员、部门或角色。",
    ),
    "api.no_count": ("{path} answered without a count.", "{path} 的答复中没有 count。"),
    "api.no_userid": ("{path} answered without a userid.", "{path} 的答复中没有 userid。"),
    "argument.flag": ("{name}={value} is neither True nor False.", "{name}={value} 既不是 True 也不是 False。"),
    "argument.flag_todo": ("Pass {name}=True or {name}=False.", "请传入 {name}=True 或 {name}=False。"),
    "argument.kind": ("{name}={value} cannot be used.", "{name}={value} 无法使用。"),
    "argument.unnamed": (
        "Too many positional arguments for {name}(): at most {most}, not {n}.",
        "{name}() 的位置参数过多：最多 {most} 个，传入了 {n} 个。",
    ),
    "argument.unnamed_todo": ("Pass the others by name: {names}.", "其余参数请写明名称：{names}。"),
    "argument.missing": ("{name}() is missing {names}.", "{name}() 缺少参数：{names}。"),
    "argument.missing_todo": (
        "Pass all required arguments: {example}.",
        "请传入全部必需的参数：{example}。",
    ),
    "argument.unknown": ("{name}() has no argument {argument}.", "{name}() 没有参数 {argument}。"),
    "argument.unknown_near": (
        "{name}() has no argument {argument}. Did you mean {near}?",
        "{name}() 没有参数 {argument}，是否指 {near}？",
    ),
    "argument.unknown_todo": ("Its arguments: {names}.", "可用参数：{names}。"),
    "long_integer": ("an integer of about {digits:,} digits", "约 {digits:,} 位的整数"),
    "argument.of_kind": ("an object of type {kind}", "{kind} 对象"),
    "argument.language": ("language={value} is not supported.", "不支持 language={value}。"),
    "argument.language_todo": ('Pass "en" (English) or "zh" (中文).', '请传入 "zh"（中文）或 "en"（English）。'),
    "argument.cards_todo": (
        "Pass dingnb.messages.CardSettings(…).",
        "请传入 dingnb.messages.CardSettings(…)。",
    ),
    "argument.limits_todo": (
        "Pass limits: dataclasses.replace(dingnb.limits.STANDARD, calls_per_month=20_000).",
        "请传入限额：dataclasses.replace(dingnb.limits.STANDARD, calls_per_month=20_000)。",
    ),
    "argument.limit": ("limits= has {field}={value}, which is not valid.", "limits= 中的 {field}={value} 无效。"),
    "argument.limit_todo": ("Set it to a whole number from {least} to {most}.", "请设为 {least} 到 {most} 的整数。"),
    "argument.timeouts_todo": (
        "Pass timeouts: dingnb.transport.Timeouts(connect_s=5, read_s=20, total_s=60), in seconds above 0.",
        "请传入超时设置：dingnb.transport.Timeouts(connect_s=5, read_s=20, total_s=60)，均为大于 0 的秒数。",
    ),
    "argument.endpoint_todo": (
        'Pass token_endpoint="api" or token_endpoint="oapi".',
        '请传入 token_endpoint="api" 或 token_endpoint="oapi"。',
    ),
    "argument.clock_todo": (
        "Omit it; tests can pass dingnb.clock.VirtualClock().",
        "请省略；测试时可传入 dingnb.clock.VirtualClock()。",
    ),
    "argument.users_todo": ("Pass a whole number from 0 to 1,000,000.", "请传入 0 到 1,000,000 的整数。"),
    "argument.version_todo": (
        "Pass the version of the draft that you loaded last (draft.version), or omit it to overwrite.",
        "请传入上次加载的草稿的版本（draft.version）；省略则直接覆盖。",
    ),
    "argument.seed_todo": ("Pass a whole number.", "请传入整数。"),
    "argument.failed_share_todo": ("Pass a share from 0 to 1, such as 0.05.", "请传入 0 到 1 的比例，例如 0.05。"),
    "argument.not_text": ("{name}= is not text.", "{name}= 不是文本。"),
    "argument.not_text_todo": ('Pass text: {name}="...".', '请传入文本：{name}="..."。'),
    "argument.key_todo": (
        'Pass a column label, or a list of labels: key="invoice" or key=["invoice", "line"].',
        '请传入列名或列名列表：key="invoice" 或 key=["invoice", "line"]。',
    ),
    "argument.no_json": ("body= cannot be converted to JSON: {error}.", "body= 无法转换为 JSON：{error}。"),
    "argument.body_todo": (
        'Pass a dict that can be converted to JSON, such as body={{"userid": "manager01"}}.',
        '请传入可转换为 JSON 的 dict，例如 body={{"userid": "manager01"}}。',
    ),
    "argument.check_todo": (
        'Pass check="name", check="note", check="directory", check="login", or a list of these.',
        '请传入 check="name"、check="note"、check="directory"、check="login" 或由它们组成的列表。',
    ),
    "argument.method_todo": ('Pass method="POST" or method="GET".', '请传入 method="POST" 或 method="GET"。'),
    "argument.query_value": (
        "query= cannot be used: the value of {name} is not valid text.",
        "query= 无法使用：{name} 的值不是有效文本。",
    ),
    "argument.query_todo": (
        'Pass a dict of strings, such as query={{"type": "1"}}; the access token is added automatically.',
        '请传入值为字符串的 dict，例如 query={{"type": "1"}}；access_token 会自动添加。',
    ),
    "argument.follower_todo": (
        "Pass a function that takes one argument, the progress.",
        "请传入以进度为唯一参数的函数。",
    ),
    "argument.name_todo": (
        'Pass the name as text, such as ding.campaign("payslip-2026-11"); ding.campaigns() lists them.',
        '请传入文本名称，例如 ding.campaign("payslip-2026-11")；ding.campaigns() 列出全部。',
    ),
}
