"""Texts of the generated reference pages, in English and Chinese, and the Chinese of what the code says in English."""

from typing import NamedTuple

from dingnb.campaigns.status import State, Status
from dingnb.errors import Repeat


class PageTexts(NamedTuple):
    """The title, the first paragraph and the sections of a page, and its words for yes, no and unknown."""

    title: str
    opening: str
    sections: tuple[str, ...] = ()
    yes: str = "yes"
    no: str = "no"
    open: str = "not known"


COMMANDS = (
    PageTexts("Command line", "Each command explains itself with `--help`; this is what it prints."),
    PageTexts("命令行", "每个命令都可用 `--help` 查看说明；以下即其输出。"),
)

SETTINGS = (
    PageTexts(
        "Settings",
        "Most settings are arguments, above all of `dingnb.connect`; the [API](api.md) lists them. This page has the rest.",
        ("Environment variables", "Limits of DingTalk", "Settings of the sandbox"),
    ),
    PageTexts(
        "设置",
        "多数设置是参数，主要是 `dingnb.connect` 的参数，见 [API](api.md)。其余设置列在本页。",
        ("环境变量", "钉钉的限制", "沙箱设置"),
    ),
)

VARIABLES_OPENING = (
    "Arguments take precedence over variables, and variables over saved apps, unless `profile=` names one.",
    "参数优先于环境变量，环境变量优先于已保存的应用（用 `profile=` 指定时除外）。",
)
VARIABLE_COLUMNS = (("variable", "what it sets"), ("变量", "作用"))
VARIABLES: dict[str, tuple[str, str]] = {
    "DINGTALK_APP_KEY": ("the app key (Client ID)", "AppKey（Client ID）"),
    "DINGTALK_APP_SECRET": ("the app secret (Client Secret)", "AppSecret（Client Secret）"),
    "DINGTALK_AGENT_ID": ("the agent id of this app, required for sending", "上述应用的 AgentId，发送时必需"),
    "DINGTALK_PROFILE": ("the name of a saved app, instead of the three above", "已保存应用的名称，代替以上三项"),
    "DINGTALK_CORP_ID": (
        "the organisation's corp id, to which registered callbacks are addressed",
        "企业的 CorpId，即已注册回调的接收方",
    ),
    "DINGTALK_OAPI_BASE_URL": (
        "where calls of the old API go: another edition, a proxy, a sandbox; not for a saved app with servers of its own",
        "旧版 API 的地址：国际版、代理或沙箱；已保存的应用若有自己的服务器地址，则不适用",
    ),
    "DINGTALK_API_BASE_URL": ("the same for the new API", "新版 API 的地址，同上"),
    "DINGNB_HOME": (
        "the folder of the ledger; by default the user data folder of the system",
        "账本所在文件夹；默认为系统的用户数据文件夹",
    ),
    "DINGNB_LEDGER": (
        "the ledger: a folder, or the URL of the PostgreSQL database that a team shares",
        "账本：文件夹，或团队共用的 PostgreSQL 数据库的 URL",
    ),
    "DINGNB_OPERATOR": (
        "who you are, as the ledger records it; by default user@host",
        "账本中记录的操作人；默认为 用户@主机",
    ),
    "DINGNB_REPEAT_AFTER_S": (
        "seconds before a call of unknown outcome may be repeated (60)",
        "结果未知的调用至少隔多少秒才可重发（60）",
    ),
    "DINGNB_OUTAGE_PATIENCE_S": (
        "seconds for which an outage is waited out (600)",
        "网络中断时最多等待多少秒（600）",
    ),
    "DINGNB_BAN_PAUSE_S": ("seconds of pause after a ban of the address (300)", "本机 IP 被封禁后暂停多少秒（300）"),
    "DINGNB_RECORD": ("`1` records tapes instead of playing them", "设为 `1` 时重新录制磁带，而不是回放"),
}
INTERNAL_VARIABLES = frozenset(
    {
        "DINGNB_TAPE",
        "DINGNB_TAPE_DIRECTORY",
        "DINGNB_TAPE_JOURNAL",
        "DINGNB_APP_EXPORTS",
        "DINGNB_APP_PROCESS",
        "DINGTALK_DOMAINS",
    }
)
"""Names with which dingnb's own processes talk to each other, or that are not variables of the environment."""

LIMITS_OPENING = (
    (
        "They are those of the standard edition. If yours differ, pass them: "
        "`dingnb.connect(limits=dataclasses.replace(dingnb.limits.STANDARD, calls_per_month=50_000))`. This replaces those that "
        "the client uses; the limits that a sandbox enforces are settings of the sandbox, below. A message is checked before it meets a "
        "connection: its size against its own `body_bytes=`, and cards against the standard `card_value_bytes` and `card_request_bytes`. "
        "Their sources are on the page [DingTalk](../dingtalk.md)."
    ),
    (
        "默认为标准版的限制。若您的版本不同，请传入："
        "`dingnb.connect(limits=dataclasses.replace(dingnb.limits.STANDARD, calls_per_month=50_000))`。"
        "传入的值只替换客户端使用的限制；沙箱执行的限制由沙箱的设置决定，见下文。消息在连接之前检查：大小按消息自己的 `body_bytes=`，"
        "卡片按标准的 `card_value_bytes` 和 `card_request_bytes`。"
    ),
)
LIMIT_COLUMNS = (("limit", "value", "meaning"), ("限制", "值", "含义"))
LIMITS = {
    "calls_per_second": "单个应用对单个接口每秒的调用次数",
    "people_per_minute": "单个应用每分钟的接收人数",
    "calls_per_month": "企业每自然月的调用次数",
    "stream_pushes_per_month": "企业每自然月的 Stream 推送和 webhook 请求次数",
    "recipients_per_call": "单次调用的 userid 数（可读取结果的上限）",
    "recipients_with_status_bar": "带状态栏的 OA 消息单次调用的 userid 数",
    "body_bytes": "msg 的字节数（UTF-8）",
    "messages_per_person_per_day": "单个应用每天发给同一人的消息数",
    "ip_calls_per_20_s": "同一 IP 在 20 秒内的调用次数",
    "result_window_s": "发送后可查询结果、可撤回的秒数",
    "day_starts_at_utc_offset_h": "钉钉的一天从哪个时区的零点开始（UTC 偏移小时数；假定）",
    "media_lifetime_s": "上传后多少秒内可重复使用 media_id（假定）",
    "media_id_bytes": "检查消息大小时为 media_id 预留的字节数（假定）",
    "people_per_card": "单次调用创建的卡片发给多少人（假定：文档允许多人，未经测试）",
    "card_target_characters": "openSpaceId（卡片接收人）的字符数",
    "card_request_bytes": "创建卡片的请求的字节数",
    "card_value_bytes": "卡片单个变量（建议值）、每人全部私有变量的字节数",
    "card_repeats": "同一张卡片结果未知时最多重复调用的次数（假定）",
    "token_life_s": "token 的有效秒数",
}

SANDBOX_OPENING = (
    (
        "`dingnb sandbox --set NAME=VALUE`, or `SandboxSettings(...)` in code. The limits that the sandbox enforces are set as "
        "`--set limits.NAME=VALUE`; `dingnb sandbox --help` lists them. Settings marked as assumptions cover behaviour that DingTalk does not document."
    ),
    (
        "命令行用 `dingnb sandbox --set NAME=VALUE`，代码中用 `SandboxSettings(...)`。"
        "沙箱执行的限制用 `--set limits.NAME=VALUE` 设置，`dingnb sandbox --help` 列出这些限制。"
        "标有“假定”的设置涉及钉钉没有说明的行为。"
    ),
)
SANDBOX_COLUMNS = (("setting", "default", "what it is"), ("设置", "默认值", "含义"))
SANDBOX_SETTINGS = {
    "users": "企业人数（含离职人员），最多 1,000,000",
    "seed": "生成人员、ID 和阅读时间的随机种子",
    "app_key": "测试应用的 AppKey（Client ID）",
    "agent_id": "测试应用的 AgentId",
    "corp_id": "企业的 CorpId",
    "session_lifetime_s": "收到机器人消息后多少秒内可用 `sessionWebhook` 回复",
    "stream_ticket_lifetime_s": "Stream ticket 的有效秒数",
    "stream_push_timeout_s": "事件未确认时，多少秒后再次推送；0 为不再推送",
    "stream_closes_after_s": "发出 `disconnect` 后多少秒断开连接",
    "callback_deadline_s": "回调地址必须在多少秒内应答（按本机时间）",
    "callback_failed_after_s": "最后一次推送失败后多少秒进入失败列表",
    "read_share": "最终会读消息的人所占比例",
    "read_within_s": "送达到阅读最多相隔多少秒",
    "failed_share": "发送失败（`failed_user_id_list`）的人所占比例；再次发送可能成功",
    "task_starts_after_s": "任务受理后多少秒开始处理（状态 1）",
    "task_done_after_s": "任务受理后多少秒处理完成（状态 2）并送达",
    "departments_per_call": "单次发送的部门数上限，超出返回 40066",
    "people_per_send": "按部门发送时的人数上限，超出返回 41029",
    "to_all_per_day": "每天发给全员的次数上限，超出返回 41045",
    "people_counted_at": "何时计入每分钟人数",
    "same_content_counted_at": "同一内容何时计为当天已发给该人",
    "recall_frees_content": "撤回后该内容是否不再计入",
    "day_starts_at_utc_offset_h": "一天和一月从哪个时区的零点开始（UTC 偏移小时数）；8 为北京时间",
    "excess_recipients": "`userid_list` 超过 `limits.recipients_per_call` 时拒绝（40032）还是截断",
    "bad_agent_code": "发送时 AgentId 错误的错误码",
    "no_receiver_code": "没有接收人的错误码",
    "early_result": "过早查询结果时拒绝（41052）还是返回空列表",
    "many_people_result_code": "发送人数超过 `limits.recipients_per_call` 时，查询结果的错误码",
    "lists_forbidden_users": "结果中除 `forbidden_list` 外是否还有 `forbidden_user_id_list`",
    "expired_token_code": "token 过期的错误码",
    "media_lifetime_s": "上传后 media_id 的有效秒数；0 为永久",
    "checks_media_ids": "是否检查消息的 media_id：未知、过期或类型不符的以 40007 拒绝；其他应用的见 `foreign_media_ids`",
    "foreign_media_ids": "其他应用的 media_id 拒绝还是接受",
    "media_format_by": "上传文件的格式按内容、按后缀还是两者判断",
    "large_media_code": "上传文件过大的错误码",
    "file_message_bytes": "工作通知中文件的大小上限，超出返回 40006",
    "top_lists": "TOP 网关是否把列表包在写明类型的对象里",
    "unknown_user_code": "`v2/user/get` 查询未知 userid 的错误码",
    "unknown_department_code": "`v2/user/list` 查询未知部门的错误码",
    "hidden_fields": "应用看不到的成员字段，如 `mobile`；返回中会省略",
    "missing_permissions": "应用缺少的权限，如 `qyapi_get_department_list`；相应调用返回 60011",
    "scope_departments": "应用可见的部门（含下级）；其余返回 50004，其中的人返回 50002。不影响发送",
    "monthly_quota_error": "90020 直接返回还是包在 88 里",
    "throttled_calls_count": "被 90018 拒绝的调用是否计入每秒次数",
    "callback_signature": "回调地址中签名参数的名称",
    "foreign_callback_code": "回调地址不在本机时的错误码",
    "stream_pushes": "未确认的事件最多推送几次",
    "stream_later_after_s": "应答 `LATER` 或非 200 时，多少秒后再次推送",
    "stream_callback_repeat_s": "机器人消息或卡片回调未确认时，多少秒后再次推送；0 为不再推送",
    "stream_message_id_on_repeat": "再次推送沿用原消息 ID 还是用新的",
    "stream_max_pending": "等待客户端连接的推送最多保留多少条；超出时丢弃最旧的",
    "stream_ping_every_s": "每隔多少秒 ping 一次；0 为不 ping",
    "stream_connection_lifetime_s": "连接多少秒后失效；0 为永不失效",
    "card_templates": "应用可用的卡片模板，如 `my.schema`；私有变量以斜杠列在其后：`my.schema/name/hours`",
    "unpublished_card_templates": "未发布的模板，使用时卡片被拒绝",
    "foreign_card_templates": "其他应用的模板：调用全部成功，但收件人看到内容加载失败",
    "card_people_per_call": "一个 `openSpaceId` 中的人数上限；0 为 `limits.card_target_characters` 个字符内不限",
    "card_value_bytes": "单个变量、每人全部私有变量的大小上限；0 为不限",
    "non_text_card_values": "非文本的变量是拒绝还是不作提示地丢弃（`lost`）",
    "card_unsafe_words": "使卡片不能通过内容检查的词",
    "repeated_card": "`outTrackId` 已存在时，拒绝还是再次投放原有卡片",
    "repeated_card_route": "路由键已存在且没有 `forceUpdate` 时，返回已注册的内容还是报错",
    "card_callback_format": "回答的参数在 `content` 之内，还是用 `value` 而参数在其旁",
    "card_button_id_in": "回答中的按钮 ID 在哪里",
    "card_answer_deadline_s": "多少秒内应答回调才生效（按本机时间）",
    "card_http_pushes": "HTTP 回调未应答时最多请求几次",
    "card_presses_counted": "经 Stream 推送的回答是否计入 `stream_pushes_per_month`",
    "stream_pushes_per_month": "Stream 的每月额度",
    "over_stream_quota": "超出 `stream_pushes_per_month` 的回答仍然推送还是丢失",
}

STATUSES = (
    PageTexts(
        "Statuses and states",
        "`run.results()` has the status of each recipient, `run.state` the state of the campaign.",
        ("Statuses of recipients", "States of campaigns"),
    ),
    PageTexts(
        "状态",
        "`run.results()` 给出每位收件人的状态，`run.state` 给出群发任务的状态。",
        ("收件人的状态", "群发任务的状态"),
        "是",
        "否",
        "不确定",
    ),
)
STATUS_COLUMNS = (
    ("status", "meaning", "has the message"),
    ("状态", "显示为", "含义", "已收到"),
)
STATUS_MEANINGS: dict[Status, tuple[str, str]] = {
    Status.REJECTED: (
        "The row cannot be sent to, or was excluded; the reason says why.",
        "该行无法发送，或已被排除；原因见 reason。",
    ),
    Status.QUEUED: ("Recorded, and not sent yet.", "已记录，尚未发送。"),
    Status.SENDING: ("The call is under way.", "调用正在进行。"),
    Status.ACCEPTED: (
        (
            "DingTalk has accepted the call; its result is not known yet, or was never reported within 24 hours. For a "
            "card, DingTalk reports no more."
        ),
        "钉钉已受理，结果尚未返回，或 24 小时内一直没有返回。对于卡片，钉钉不提供更多信息。",
    ),
    Status.DELIVERED: ("DingTalk reports that the person has the message.", "钉钉确认已送达。"),
    Status.READ: (
        "The person has opened the message, or answered the card.",
        "对方已打开消息，或已回答卡片。",
    ),
    Status.INVALID: (
        "The userid does not exist, or the app cannot reach it.",
        "userid 不存在，或不在应用的可见范围内。",
    ),
    Status.FILTERED: (
        (
            "DingTalk accepted the call and dropped this person; the code says by which limit. With 143106, or without a "
            "code, the person may have the same text from elsewhere."
        ),
        "钉钉受理后未发给此人，错误码说明是哪项限制。143106 或没有错误码时，对方可能已从别处收到相同内容。",
    ),
    Status.FAILED: ("The call was refused, or DingTalk could not deliver.", "调用被拒绝，或钉钉投递失败。"),
    Status.UNKNOWN: (
        "The call got no usable answer, and may not be repeated; `run.resolve()` decides.",
        "调用没有得到可用的答复，且不能自动重发；用 `run.resolve()` 决定如何处理。",
    ),
    Status.CANCELLED: ("Removed from the campaign before it was sent.", "发送前已移出任务。"),
    Status.RECALLED: ("The message was recalled.", "消息已撤回。"),
}
STATE_COLUMNS = (("state", "meaning"), ("状态", "显示为", "含义"))
STATE_MEANINGS: dict[State, tuple[str, str]] = {
    State.RUNNING: ("Calls are being made, here or in another process.", "正在发送（本进程或其他进程）。"),
    State.PAUSED: (
        (
            "A person paused it, and only `resume()` continues it; or repeated failures did, and running the cell again "
            "continues it as well."
        ),
        "由人暂停，只能用 `resume()` 继续；或因连续失败自动暂停，重新运行单元格也可继续。",
    ),
    State.STOPPED: (
        "A person stopped it, or something made further calls pointless, such as a used-up quota; the reason says which.",
        "由人停止，或继续发送已无意义（如额度用完）；原因见 `run.reason`。",
    ),
    State.INTERRUPTED: (
        "The cell was interrupted or its process ended; `resume()`, or running the cell again, continues it.",
        "单元格被中断或进程结束；用 `resume()` 或重新运行单元格继续。",
    ),
    State.FINISHED: (
        "Every call is accepted, failed, or unknown with no permitted repeat left.",
        "所有调用均已受理、失败，或结果未知且不能再自动重发。",
    ),
}

CODES = (
    PageTexts(
        "DingTalk's error codes",
        "What each code means and what to do, by kind, from the table that dingnb itself uses. Errors carry the code as "
        "`error.code`, and results in the column `code`. DingTalk's own text is in `error.ding_message`, untranslated.",
    ),
    PageTexts(
        "钉钉错误码",
        "按类别列出各错误码的含义和处理办法，与 dingnb 所用的表相同。错误对象的 `error.code`、结果表的 `code` 列给出错误码；"
        "钉钉的原文在 `error.ding_message` 中。",
        (),
        "可能",
        "不会",
    ),
)
CODE_COLUMNS = (("code", "meaning", "what to do, if it differs"), ("错误码", "含义", "处理办法（与上文不同时）"))
KIND_FACTS = (
    "{todo} The same call may be made again: **{repeat}**. May have taken effect in spite of the error: **{effect}**.",
    "{todo}重发同一调用：**{repeat}**。出错后操作是否可能已生效：**{effect}**。",
)
REPEATS: dict[Repeat, tuple[str, str]] = {
    Repeat.NEVER: ("never", "不可"),
    Repeat.RENEWED: ("once, with a new token", "换新 token 后可重发一次"),
    Repeat.SOON: ("after a pause", "稍候可重发"),
    Repeat.NEXT_MINUTE: ("in the next minute", "下一分钟可重发"),
    Repeat.NEXT_DAY: ("tomorrow", "次日可重发"),
    Repeat.NEXT_MONTH: ("next month", "下月可重发"),
}
