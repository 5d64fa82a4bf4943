"""The words of ``dingnb ledger`` and of files that are exported."""

WORDS: dict[str, tuple[str, str]] = {
    "ledger_list.empty": (
        'The ledger {path} is empty: nothing was sent from here yet. plan.send("name") begins a campaign.',
        '账本 {path} 为空：尚未从这里发送过。plan.send("名称") 会开始一个群发任务。',
    ),
    "ledger_list.title": ("Ledger", "账本"),
    "ledger_list.file": ("File", "文件"),
    "ledger_list.drafts": ("Drafts", "草稿"),
    "ledger_list.events": ("Events", "事件"),
    "ledger_list.caption": ("Campaigns, the newest first", "群发任务（最新在前）"),
    "ledger_list.number": ("no.", "编号"),
    "ledger_list.name": ("name", "名称"),
    "ledger_list.mode": ("mode", "环境"),
    "ledger_list.app": ("app", "应用"),
    "ledger_list.state": ("state", "状态"),
    "ledger_list.people": ("people", "人数"),
    "ledger_list.calls": ("calls", "调用"),
    "ledger_list.begun": ("begun (Beijing)", "开始时间（北京）"),
    "ledger_list.last": ("last changed (Beijing)", "最近变动（北京）"),
    "ledger_list.why": ("why it stays", "保留原因"),
    "ledger_command.none": (
        "There is no campaign {name!r} in the ledger {path}.",
        "账本 {path} 中没有群发任务 {name!r}。",
    ),
    "ledger_command.none_such": (
        "There is no campaign {name!r} with --app, --mode or --number as given in the ledger {path}.",
        "账本 {path} 中没有符合所给 --app、--mode 或 --number 的群发任务 {name!r}。",
    ),
    "ledger_command.none_todo": ("dingnb ledger list shows them all.", "dingnb ledger list 列出全部。"),
    "ledger_command.several": (
        "The name {name!r} stands for {n} campaigns: {which}.",
        "名称 {name!r} 对应 {n} 个群发任务：{which}。",
    ),
    "ledger_command.several_todo": (
        "Say which one: --number, --mode, or --app.",
        "请用 --number、--mode 或 --app 指明。",
    ),
    "ledger_command.one_of": (
        "no. {number}, {mode}, app {app}, begun {begun}",
        "编号 {number}，{mode}，应用 {app}，{begun} 开始",
    ),
    "ledger_command.exported": ("{people} in {path}. Only you may read it.", "已写入 {path}：{people}。仅您可读。"),
    "ledger_command.no_bodies": (
        "Of {people} the text is not there any more: only its hash was kept.",
        "其中 {people}的正文已不存在：只保留了哈希值。",
    ),
    "prune.nothing": ("Nothing to forget: none of the campaigns meant may go.", "没有可清理的任务，未作任何改动。"),
    "prune.going": (
        "These would be forgotten, with who was told what: {people}. Nothing is done yet.",
        "以下任务及其收件记录将被清理：{people}。尚未执行。",
    ),
    "prune.going_texts": (
        "The texts of these would be forgotten; who was told stays known: {people}. Nothing is done yet.",
        "以下任务的正文将被清理，收件记录保留：{people}。尚未执行。",
    ),
    "prune.going_todo": ("To do it, give --yes as well.", "如需执行，请加上 --yes。"),
    "prune.gone": ("Forgotten, with who was told what: {people}.", "已清理以下任务及其收件记录：{people}。"),
    "prune.gone_texts": ("Their texts are forgotten: {people}.", "已清理以下任务的正文：{people}。"),
    "prune.again": (
        "A plan that is sent under the name of a forgotten campaign tells everybody again.",
        "用已清理任务的名称再次发送时，会重新通知所有人。",
    ),
    "prune.campaigns": ("Meant", "涉及的任务"),
    "prune.kept": ("These stay", "以下任务保留"),
    "prune.open": (
        "it is not finished, or has something left to send",
        "尚未完成，或还有待发送的内容",
    ),
    "prune.lately": (
        "of the last {days} days: a repeat, and the pace, are judged by it",
        "最近 {days} 天内：判断重发和发送节奏需要它",
    ),
    "prune.young": ("not older than {days} days", "不早于 {days} 天前"),
    "prune.no_texts": ("its texts are not there any more, or have to stay", "正文已不存在，或必须保留"),
    "prune.calls": (
        "The calls that they used stay counted in the month's quota.",
        "它们用掉的调用仍计入当月额度。",
    ),
    "prune.bad_days": ("{value!r} is no number of days", "{value!r} 不是天数"),
    "prune.what": (
        "say what to forget: --older-than DAYS, --name NAME, or both",
        "请指明要清理的内容：--older-than DAYS、--name NAME，或两者",
    ),
}
