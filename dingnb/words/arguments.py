"""The words of arguments that cannot be used."""

WORDS: dict[str, tuple[str, str]] = {
    "argument.flag": ("{name}={value} is neither True nor False.", "{name}={value} 既不是 True 也不是 False。"),
    "argument.flag_todo": ("Pass {name}=True or {name}=False.", "请传入 {name}=True 或 {name}=False。"),
    "argument.kind": ("{name}={value} cannot be used.", "{name}={value} 无法使用。"),
    "argument.of_kind": ("an object of type {kind}", "{kind} 对象"),
    "argument.language": ("language={value} is not supported.", "不支持 language={value}。"),
    "argument.language_todo": ('Pass "en" (English) or "zh" (中文).', '请传入 "zh"（中文）或 "en"（English）。'),
    "argument.limits_todo": (
        (
            "Pass limits: dataclasses.replace(ding.limits, calls_per_month=20_000); every limit must be a whole "
            "number above 0."
        ),
        "请传入限额：dataclasses.replace(ding.limits, calls_per_month=20_000)；每项限额均为大于 0 的整数。",
    ),
    "argument.limit": ("limits= has {field}={value}, which is not valid.", "limits= 中的 {field}={value} 无效。"),
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
        'Pass the label of a column, or a list of labels: key="invoice" or key=["invoice", "line"].',
        '请传入列名或列名列表：key="invoice" 或 key=["invoice", "line"]。',
    ),
    "argument.no_json": ("body= cannot be converted to JSON: {error}.", "body= 无法转换为 JSON：{error}。"),
    "argument.body_todo": (
        'Pass a dict that can be converted to JSON, such as body={{"userid": "manager01"}}.',
        '请传入可转换为 JSON 的 dict，例如 body={{"userid": "manager01"}}。',
    ),
    "argument.method_todo": ('Pass method="POST" or method="GET".', '请传入 method="POST" 或 method="GET"。'),
    "argument.query_value": (
        "query= cannot be used: the value of {name} is not valid text.",
        "query= 无法使用：{name} 的值不是有效文本。",
    ),
    "argument.query_todo": (
        'Pass a dict of strings, such as query={{"type": "1"}}; the access token is added automatically.',
        '请传入值为字符串的 dict，例如 query={{"type": "1"}}；令牌会自动添加。',
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
