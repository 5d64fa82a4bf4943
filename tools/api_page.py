"""
The reference page of the API: Sphinx takes it from the docstrings; the Chinese page also says in Chinese what each name does.

Arguments, columns, units and errors are in the docstrings, in English, as everywhere in Python.
"""

import importlib
import inspect
from typing import NamedTuple


class Section(NamedTuple):
    """
    A section of the page.

    Attributes:
        title: The section's heading, in English and Chinese.
        opening: The section's first sentences, in English and Chinese.
        names: What the section describes, as dotted paths of functions and classes.
    """

    title: tuple[str, str]
    opening: tuple[str, str]
    names: tuple[str, ...]


TITLE = ("API", "API")
OPENING = (
    (
        "The names of `dingnb`, and what they return. Columns of DataFrames are listed with their dtypes; times are in Beijing "
        "time. Names that are not here are internal and may change."
    ),
    (
        "`dingnb` 的公开名称，以及它们返回的对象。每个名称先用中文说明用途；参数、单位和错误见其后的英文"
        "说明（取自代码），DataFrame 的列见[另页](dataframes.md)。时间均为北京时间。未列出的名称属内部实现，可能变动。"
    ),
)
MEMBER_COLUMNS = ("成员", "用途")

SECTIONS = (
    Section(
        ("Connect", "连接"),
        ("How to reach DingTalk, or the sandbox.", "连接钉钉或沙箱。"),
        ("dingnb.connect", "dingnb.login", "dingnb.studio", "dingnb.set_language"),
    ),
    Section(
        ("Lists", "名单"),
        ("How to read the people to send to.", "读取要发送的名单。"),
        ("dingnb.read_recipients",),
    ),
    Section(
        ("Messages", "消息"),
        (
            "One function for each type; all of them return a `Message`. Every text can contain [tags](../templates.md).",
            "每种消息类型一个函数，均返回 `Message`。所有文本都可使用[标签](../templates.md)。",
        ),
        (
            *("dingnb.text", "dingnb.markdown", "dingnb.action_card", "dingnb.link", "dingnb.oa"),
            *("dingnb.image", "dingnb.file", "dingnb.voice", "dingnb.card", "dingnb.survey", "dingnb.Message"),
        ),
    ),
    Section(
        ("Fields of a survey", "问卷的填写项"),
        (
            "What `fields=` of `dingnb.survey` takes, such as `dingnb.fields.choice(...)`; each becomes a column of the answers.",
            "供 `dingnb.survey` 的 `fields=` 使用，写作 `dingnb.fields.choice(...)` 等，每项对应回答中的一列。",
        ),
        (
            *("dingnb.fields.choice", "dingnb.fields.multiple", "dingnb.fields.text", "dingnb.fields.number"),
            *("dingnb.fields.date", "dingnb.fields.switch", "dingnb.fields.FormField"),
        ),
    ),
    Section(
        ("How cards are sent", "互动卡片的设置"),
        (
            "What `dingnb.connect(cards=...)` takes; see [Cards](../cards.md#templates).",
            "供 `dingnb.connect(cards=...)` 使用；详见[互动卡片](../cards.md#模板)。",
        ),
        ("dingnb.messages.CardSettings", "dingnb.messages.CardTemplate"),
    ),
    Section(
        ("DingTalk: a connected app", "DingTalk：已连接的应用"),
        ("What `dingnb.connect` returns.", "`dingnb.connect` 的返回值。"),
        ("dingnb.DingTalk",),
    ),
    Section(
        ("Plan: who would get what", "Plan：发送计划"),
        (
            "What `ding.plan` returns. It sends nothing but `test`.",
            "`ding.plan` 的返回值；除 `test` 外不发送任何消息。",
        ),
        (
            "dingnb.campaigns.plan.Plan",
            "dingnb.messages.preview.Preview",
            "dingnb.campaigns.planning.forecast.Forecast",
        ),
    ),
    Section(
        ("Campaign: a sending, and its results", "Campaign：群发任务及结果"),
        ("What `plan.send` and `ding.campaign` return.", "`plan.send` 和 `ding.campaign` 的返回值。"),
        (
            "dingnb.campaigns.campaign.Campaign",
            "dingnb.campaigns.sending.progress.Progress",
            "dingnb.campaigns.report.report.Report",
        ),
    ),
    Section(
        ("Events", "事件"),
        (
            (
                "What DingTalk reports to the app; see the guides on [events](../events.md), [Stream](../stream.md) and "
                "[callbacks](../callbacks.md)."
            ),
            "钉钉推送给应用的事件；详见[事件](../events.md)、[Stream](../stream.md) 和[回调](../callbacks.md)。",
        ),
        (
            "dingnb.events.events.Events",
            "dingnb.events.event.Event",
            "dingnb.events.event.Reply",
            "dingnb.events.handlers.Subscription",
            "dingnb.events.stream.stream.Stream",
            "dingnb.events.callbacks.receiver.Receiver",
            "dingnb.events.callbacks.registration.Callbacks",
            "dingnb.events.callbacks.registration.Registration",
        ),
    ),
    Section(
        ("Lists and drafts in the ledger", "账本中的名单与草稿"),
        ("`ding.exclusions` and `ding.drafts`.", "`ding.exclusions` 和 `ding.drafts`。"),
        (
            "dingnb.recipients.exclusions.Exclusions",
            "dingnb.campaigns.drafts.Drafts",
            "dingnb.campaigns.drafts.StoredDraft",
        ),
    ),
    Section(
        ("Small values", "其他值"),
        ("What other names take or return.", "其他名称的参数或返回值。"),
        (
            "dingnb.auth.App",
            "dingnb.auth.Secret",
            "dingnb.auth.Token",
            "dingnb.transport.Hosts",
            "dingnb.transport.Timeouts",
            "dingnb.limits.Limits",
            "dingnb.media.Media",
        ),
    ),
    Section(
        ("For tests", "用于测试"),
        (
            "The sandbox, tapes and the virtual clock; see [Test your own code](../howto/testing.md).",
            "沙箱、磁带和虚拟时钟；见[测试自己的代码](../howto/testing.md)。",
        ),
        (
            "dingnb.sandbox.start",
            "dingnb.sandbox.RunningSandbox",
            "dingnb.testing.tape",
            "dingnb.testing.Tape",
            "dingnb.clock.VirtualClock",
        ),
    ),
)

CHINESE: dict[str, str] = {
    "dingnb.connect": "连接一个应用，或启动不会触达任何人的本地沙箱。",
    "dingnb.login": "打开登录表单：填写应用凭证、验证，并可保存到系统钥匙串。",
    "dingnb.studio": "打开工作台表单，从连接、名单到结果一步步完成。",
    "dingnb.set_language": '设置显示和提示的语言：`"zh"` 或 `"en"`。',
    "dingnb.read_recipients": "读取 CSV 或 Excel 名单，不损坏 ID 和号码，并说明识别和更改了什么。",
    "dingnb.text": "文本消息。",
    "dingnb.markdown": "Markdown 消息，带标题。",
    "dingnb.action_card": "卡片消息，带一个或多个跳转按钮。",
    "dingnb.link": "链接消息，带图片。",
    "dingnb.oa": "OA 消息，带标题栏、表单和正文。",
    "dingnb.image": "图片消息：图表、图片或 DataFrame。",
    "dingnb.file": "文件消息：同一份文件，或每人各一份。",
    "dingnb.voice": "语音消息。",
    "dingnb.card": "互动卡片：带按钮，按下的按钮即为回答。",
    "dingnb.survey": "问卷：带填写项的互动卡片。",
    "dingnb.fields.choice": "单选项。",
    "dingnb.fields.multiple": "多选项。",
    "dingnb.fields.text": "文本项，单行或多行。",
    "dingnb.fields.number": "数字项。",
    "dingnb.fields.date": "日期项。",
    "dingnb.fields.switch": "开关项。",
    "dingnb.fields.FormField": "问卷的一个填写项；由上述函数创建。",
    "dingnb.messages.CardSettings": "互动卡片的发送设置：所用模板、机器人编码、回答的接收方式。",
    "dingnb.messages.CardTemplate": "卡片模板的 ID，以及各部分对应的模板变量。",
    "dingnb.Message": "一条消息，可含标签；由上述函数创建。",
    "dingnb.DingTalk": "已连接的应用，是一切操作的起点。",
    "dingnb.DingTalk.token": "应用的 access token，用于 dingnb 未涵盖的接口；调用 `.reveal()` 前始终打码。",
    "dingnb.DingTalk.call": "调用 dingnb 未涵盖的接口。",
    "dingnb.DingTalk.upload": "上传媒体文件，供 dingnb 未涵盖的接口使用；返回值的 `id` 即 media_id。",
    "dingnb.DingTalk.people": "按部门、角色等读取通讯录成员。",
    "dingnb.DingTalk.departments": "应用可见的部门及人数。",
    "dingnb.DingTalk.roles": "企业的角色及人数。",
    "dingnb.DingTalk.app": "所连接的应用，密钥已打码。",
    "dingnb.DingTalk.mode": "`SANDBOX` 或 `LIVE`。",
    "dingnb.DingTalk.plan": "检查名单和消息，生成发送计划；不发送。",
    "dingnb.DingTalk.match": "按姓名、部门、号码等为每一行找到对应的人，绝不猜测。",
    "dingnb.DingTalk.choose": "对 `match` 未能确定的行作出选择，并可记住。",
    "dingnb.DingTalk.compose": "打开撰写表单：写消息、手机预览、检查并发送。",
    "dingnb.DingTalk.hosts": "所用的钉钉接口地址。",
    "dingnb.DingTalk.studio": "打开工作台表单。",
    "dingnb.DingTalk.exclusions": "排除名单；`plan(exclude=...)` 可用其名称。",
    "dingnb.DingTalk.drafts": "消息草稿。",
    "dingnb.DingTalk.campaigns": "本应用的所有群发任务。",
    "dingnb.DingTalk.campaign": "按名称取得一个群发任务。",
    "dingnb.DingTalk.events": "已收到的事件，是不断增长的 DataFrame。",
    "dingnb.DingTalk.stream": "通过 Stream 接收事件，无需公网地址。",
    "dingnb.DingTalk.phone": "沙箱中某个人的手机页面，可在上面点卡片、填问卷。",
    "dingnb.DingTalk.callbacks": "HTTP 回调的注册。",
    "dingnb.DingTalk.receive": "在本机接收 HTTP 回调、机器人消息和卡片回答。",
    "dingnb.DingTalk.close": "停止接收事件并关闭连接。",
    "dingnb.campaigns.plan.Plan": "检查过的名单、消息和分批；不可更改。",
    "dingnb.campaigns.plan.Plan.message": "消息。",
    "dingnb.campaigns.plan.Plan.mode": "`SANDBOX` 或 `LIVE`。",
    "dingnb.campaigns.plan.Plan.rows": "名单的行数。",
    "dingnb.campaigns.plan.Plan.rejected": "被拒绝的行数，原因见 `problems`。",
    "dingnb.campaigns.plan.Plan.people": "将发送的人数，`expect` 与之比较。",
    "dingnb.campaigns.plan.Plan.calls": "发送所需的调用次数；查询一遍结果还需同样次数。",
    "dingnb.campaigns.plan.Plan.texts": "不同内容的份数。",
    "dingnb.campaigns.plan.Plan.seconds": "按当前节奏发送至少需要的秒数。",
    "dingnb.campaigns.plan.Plan.problems": "被拒绝的行及原因。",
    "dingnb.campaigns.plan.Plan.corrections": "dingnb 自动更正的单元格。",
    "dingnb.campaigns.plan.Plan.attachments": "每一行将收到的文件。",
    "dingnb.campaigns.plan.Plan.to_frame": "每一行将发送的内容。",
    "dingnb.campaigns.plan.Plan.preview": "某一行的消息在手机上的样子。",
    "dingnb.campaigns.plan.Plan.bodies": "各份不同内容及其人数。",
    "dingnb.campaigns.plan.Plan.test": "把某一行的消息发给一个人（如自己）查看。",
    "dingnb.campaigns.plan.Plan.send": "发送；重复运行不会重发。",
    "dingnb.campaigns.plan.Plan.forecast": "说明 `send(name)` 会做什么，不发送。",
    "dingnb.campaigns.plan.Plan.form": "打开计划表单：查看、测试、确认人数并发送。",
    "dingnb.messages.preview.Preview": "手机预览。",
    "dingnb.campaigns.planning.forecast.Forecast": "对一次发送的预计。",
    "dingnb.campaigns.campaign.Campaign": "一次命名并记录在案的发送。",
    "dingnb.campaigns.campaign.Campaign.name": "任务名称。",
    "dingnb.campaigns.campaign.Campaign.state": "任务状态，见[状态](statuses.md)。",
    "dingnb.campaigns.campaign.Campaign.reason": "暂停、停止或中断的原因和处理办法。",
    "dingnb.campaigns.campaign.Campaign.progress": "当前发送进度（不论在哪个进程发送）。",
    "dingnb.campaigns.campaign.Campaign.message": "任务的消息模板，可用于发给其他人。",
    "dingnb.campaigns.campaign.Campaign.pause": "暂停发送。",
    "dingnb.campaigns.campaign.Campaign.stop": "停止发送。",
    "dingnb.campaigns.campaign.Campaign.resume": "继续已暂停、已停止或已中断的任务。",
    "dingnb.campaigns.campaign.Campaign.wait": "等待发送、送达、阅读或回答达到要求。",
    "dingnb.campaigns.campaign.Campaign.refresh": "查询一次送达和阅读状态。",
    "dingnb.campaigns.campaign.Campaign.results": "每个人的结果，一行对应名单中的一行；不调用接口。",
    "dingnb.campaigns.campaign.Campaign.answers": "每个人对卡片的回答，一行对应名单中的一行。",
    "dingnb.campaigns.campaign.Campaign.unanswered": "已收到（或可能已收到）卡片但未回答的人。",
    "dingnb.campaigns.campaign.Campaign.tally": "各回答的人数。",
    "dingnb.campaigns.campaign.Campaign.close": "关闭卡片：此后的回答不再计入，按钮不能再点击。",
    "dingnb.campaigns.campaign.Campaign.missed": "未收到的人、原因，以及何时可以重发。",
    "dingnb.campaigns.campaign.Campaign.unread": "已收到但未读的人。",
    "dingnb.campaigns.campaign.Campaign.summary": "各状态的人数和下一步。",
    "dingnb.campaigns.campaign.Campaign.export": "把结果（有卡片时连同回答）导出为 Excel 或 CSV。",
    "dingnb.campaigns.campaign.Campaign.report": "生成一页可分享的 HTML 报告。",
    "dingnb.campaigns.campaign.Campaign.plot": "送达漏斗和阅读曲线图；卡片则为各回答的条形图。",
    "dingnb.campaigns.campaign.Campaign.resolve": "查看结果未知的人并决定如何处理。",
    "dingnb.campaigns.campaign.Campaign.retry": "再次发送给未收到且现在可以收到的人。",
    "dingnb.campaigns.campaign.Campaign.recall": "24 小时内撤回消息。",
    "dingnb.campaigns.campaign.Campaign.remind": "为未读（卡片则为未回答）的人生成提醒计划。",
    "dingnb.campaigns.campaign.Campaign.form": "打开结果表单。",
    "dingnb.campaigns.sending.progress.Progress": "某一时刻的发送进度。",
    "dingnb.campaigns.report.report.Report": "HTML 报告。",
    "dingnb.events.events.Events": "已收到的事件。",
    "dingnb.events.events.Events.to_frame": "事件的 DataFrame，可按类型、时间、人员和文字筛选。",
    "dingnb.events.events.Events.select": "以对象形式返回事件，例如用于回复。",
    "dingnb.events.events.Events.on": "此后每收到一个该类型的事件就调用处理函数。",
    "dingnb.events.events.Events.wait": "等待下一个该类型的事件。",
    "dingnb.events.events.Events.form": "打开实时事件表单。",
    "dingnb.events.events.Events.keep": "把事件存入账本。",
    "dingnb.events.events.Events.clear": "从内存和账本中删除事件。",
    "dingnb.events.events.Events.to_excel": "导出为 Excel，仅您可读。",
    "dingnb.events.events.Events.to_csv": "导出为 CSV，筛选和权限同上。",
    "dingnb.events.events.Events.sheet": "事件的显示内容。",
    "dingnb.events.event.Event": "一个事件；`reply` 可回复机器人消息。",
    "dingnb.events.event.Reply": "对机器人消息的一次回复。",
    "dingnb.events.handlers.Subscription": "处理函数的订阅；`off()` 取消。",
    "dingnb.events.stream.stream.Stream": "Stream 连接，断开后自动重连。",
    "dingnb.events.callbacks.receiver.Receiver": "HTTP 回调的接收器。",
    "dingnb.events.callbacks.registration.Callbacks": "注册、查询、更改和删除回调地址。",
    "dingnb.events.callbacks.registration.Registration": "已注册的回调。",
    "dingnb.recipients.exclusions.Exclusions": "管理排除名单。",
    "dingnb.campaigns.drafts.Drafts": "管理消息草稿。",
    "dingnb.campaigns.drafts.StoredDraft": "一份草稿。",
    "dingnb.auth.App": "应用：AppKey、AppSecret、AgentId。",
    "dingnb.auth.Secret": "密钥，显示时打码。",
    "dingnb.auth.Token": "access token，显示时打码。",
    "dingnb.transport.Hosts": "新旧两代接口的地址。",
    "dingnb.transport.Timeouts": "调用的超时秒数。",
    "dingnb.limits.Limits": "钉钉的限制，见[设置](settings.md)。",
    "dingnb.media.Media": "已上传的媒体文件。",
    "dingnb.sandbox.start": "启动一个沙箱服务器。",
    "dingnb.sandbox.RunningSandbox": "运行中的沙箱；`state` 可查看和控制。",
    "dingnb.testing.tape": "录制调用，或在无网络时回放。",
    "dingnb.testing.Tape": "磁带。",
    "dingnb.clock.VirtualClock": "只在等待时前进的虚拟时钟。",
}
"""Descriptions of the names, in Chinese."""

WITH_MEMBERS = ("DingTalk", "Plan", "Campaign", "Events")
"""Classes whose members have a table on the Chinese page."""


def find_object(path: str) -> object:
    """Return the object at a dotted path."""
    module, _, name = path.rpartition(".")
    try:
        return getattr(importlib.import_module(module), name)
    except ModuleNotFoundError:
        return getattr(find_object(module), name)  # `dingnb.fields` is an attribute, not a module of this path


def list_members(path: str) -> list[str]:
    """Return the public members of a class, in the order of their definition."""
    return [name for name in vars(find_object(path)) if not name.startswith("_")]


def api_page(language: str) -> str:
    """Return the page of the API in one language."""
    zh = language == "zh"
    parts = [f"# {TITLE[zh]}", OPENING[zh]]
    for section in SECTIONS:
        parts += [f"## {section.title[zh]}", section.opening[zh]]
        for path in section.names:
            if zh:
                parts.append(f"**`{path.rpartition('.')[2]}`** {CHINESE[path]}")
                if path.rpartition(".")[2] in WITH_MEMBERS:
                    parts.append(_member_table(path))
            parts.append(_directive(path))
    return "\n\n".join(parts) + "\n"


def _member_table(path: str) -> str:
    rows = [f"| `{name}` | {CHINESE[f'{path}.{name}']} |" for name in list_members(path)]
    return "\n".join([f"| {MEMBER_COLUMNS[0]} | {MEMBER_COLUMNS[1]} |", "| --- | --- |", *rows])


def _directive(path: str) -> str:
    kind = "autoclass" if inspect.isclass(find_object(path)) else "autofunction"
    return f"```{{eval-rst}}\n.. {kind}:: {path}\n```"
