"""Texts for the command line."""

WORDS: dict[str, tuple[str, str]] = {
    "app_command.starting": (
        "The studio opens in your browser; its address is below. Press Ctrl+C to stop it.",
        "工作台会在浏览器中打开，地址见下方。按 Ctrl+C 结束。",
    ),
    "app_page.away": (
        (
            "The app is not responding: dingnb app may have been stopped in its terminal, or the network is down. "
            "This page continues once it responds again. What was sent is recorded."
        ),
        "应用没有响应：终端中的 dingnb app 可能已结束，或网络中断。恢复响应后本页可继续使用。已发送的均有记录。",
    ),
    "app_page.large": (
        "This file is too large: the limit is {megabytes} MB. Remove columns that are not needed, or split it.",
        "文件过大：不能超过 {megabytes} MB。请去掉不需要的列，或拆分文件。",
    ),
    "app_page.large_again": ("Reload the page", "重新加载页面"),
    "app_page.gone": (
        ("The process behind this page has ended. What was sent is recorded, and what you wrote is saved as a draft."),
        "本页的后台进程已结束。已发送的均有记录，撰写的内容已存为草稿。",
    ),
    "app_page.gone_again": ("Reload the page", "重新加载页面"),
    "app_page.locked": (
        "You are no longer logged in. What is being sent continues, and what you wrote is saved as a draft.",
        "登录已过期。正在发送的任务会继续，撰写的内容已存为草稿。",
    ),
    "app_page.locked_again": ("Log in again", "重新登录"),
    "app_command.no_voila": (
        "The studio's page needs Voilà, which is not installed.",
        "工作台页面由 Voilà 提供，尚未安装。",
    ),
    "app_command.no_voila_todo": (
        'Install it: pip install "dingnb[lab]"',
        '请安装：pip install "dingnb[lab]"',
    ),
    "ledger_list.empty": (
        'The ledger {path} is empty: nothing has been sent from here yet. plan.send("name") starts a campaign.',
        '账本 {path} 为空：尚未从这里发送过。plan.send("名称") 会开始一个群发任务。',
    ),
    "ledger_list.title": ("Ledger", "账本"),
    "ledger_list.file": ("File", "文件"),
    "ledger_list.drafts": ("Drafts", "草稿"),
    "ledger_list.events": ("Events", "事件"),
    "ledger_list.caption": ("Campaigns, newest first", "群发任务（最新在前）"),
    "ledger_list.number": ("no.", "编号"),
    "ledger_list.name": ("name", "名称"),
    "ledger_list.mode": ("mode", "环境"),
    "ledger_list.app": ("app", "应用"),
    "ledger_list.state": ("state", "状态"),
    "ledger_list.people": ("people", "人数"),
    "ledger_list.calls": ("calls", "调用"),
    "ledger_list.begun": ("started (Beijing)", "开始时间（北京）"),
    "ledger_list.last": ("last changed (Beijing)", "最近变动（北京）"),
    "ledger_list.why": ("why it is kept", "保留原因"),
    "ledger_command.none": ("The ledger {path} has no campaign {name!r}.", "账本 {path} 中没有群发任务 {name!r}。"),
    "ledger_command.none_such": (
        "The ledger {path} has no campaign {name!r} that matches --app, --mode or --number as given.",
        "账本 {path} 中没有符合所给 --app、--mode 或 --number 的群发任务 {name!r}。",
    ),
    "ledger_command.none_todo": ("dingnb ledger list shows all of them.", "dingnb ledger list 列出全部。"),
    "ledger_command.several": (
        "The name {name!r} matches {n} campaigns: {which}.",
        "名称 {name!r} 对应 {n} 个群发任务：{which}。",
    ),
    "ledger_command.several_todo": (
        "Specify one with --number, --mode or --app.",
        "请用 --number、--mode 或 --app 指明。",
    ),
    "ledger_command.one_of": (
        "no. {number}, {mode}, app {app}, started {begun}",
        "编号 {number}，{mode}，应用 {app}，{begun} 开始",
    ),
    "ledger_command.exported": (
        "Wrote {people} to {path}. Only you can read it.",
        "已写入 {path}：{people}。仅您可读。",
    ),
    "ledger_command.no_bodies": (
        "The text is no longer stored for {people}: only its hash was kept.",
        "其中 {people}的正文已不存在：只保留了哈希值。",
    ),
    "prune.nothing": (
        "Nothing to prune: none of the selected campaigns can be removed.",
        "没有可清理的任务，未作任何改动。",
    ),
    "prune.going": (
        "These would be removed, with the record of who was sent what: {people}. Nothing has been removed yet.",
        "以下任务及其收件记录将被清理：{people}。尚未执行。",
    ),
    "prune.going_texts": (
        (
            "The texts of these would be removed, while the record of who got messages stays: {people}. Nothing has "
            "been removed yet."
        ),
        "以下任务的正文将被清理，收件记录保留：{people}。尚未执行。",
    ),
    "prune.going_todo": ("To do it, add --yes.", "如需执行，请加上 --yes。"),
    "prune.gone": (
        "Removed, with the record of who was sent what: {people}.",
        "已清理以下任务及其收件记录：{people}。",
    ),
    "prune.gone_texts": ("Their texts were removed: {people}.", "已清理以下任务的正文：{people}。"),
    "prune.again": (
        "A plan sent under the name of a removed campaign is sent to everyone again.",
        "用已清理任务的名称再次发送时，会重新发送给所有人。",
    ),
    "prune.campaigns": ("Selected", "涉及的任务"),
    "prune.kept": ("Kept", "以下任务保留"),
    "prune.open": (
        "it is not finished, or has something left to send",
        "尚未完成，或还有待发送的内容",
    ),
    "prune.lately": (
        "from the last {days} days: repeats and the pace depend on it",
        "最近 {days} 天内：判断重发和发送节奏需要它",
    ),
    "prune.young": ("not older than {days} days", "不早于 {days} 天前"),
    "prune.no_texts": ("its texts are no longer stored, or must be kept", "正文已不存在，或必须保留"),
    "prune.calls": ("The calls they used still count towards the month's quota.", "它们用掉的调用仍计入当月额度。"),
    "prune.bad_days": ("{value!r} is not a valid number of days", "{value!r} 不是有效的天数"),
    "prune.what": (
        "specify what to prune: --older-than DAYS, --name NAME, or both",
        "请指明要清理的内容：--older-than DAYS、--name NAME，或两者",
    ),
    "restore.itself": ("{file} is the ledger itself; nothing was changed.", "{file} 就是当前账本；未做任何改动。"),
    "restore.itself_todo": ("Specify a copy of it.", "请指定一个副本。"),
    "restore.no_file": ("The file {file} does not exist; nothing was changed.", "文件 {file} 不存在；未做任何改动。"),
    "restore.no_file_todo": ("Check its name and folder.", "请检查文件名和文件夹。"),
    "restore.unreadable": (
        "{file} cannot be read as a ledger ({error}); nothing was changed.",
        "无法将 {file} 作为账本读取（{error}）；未做任何改动。",
    ),
    "restore.not_ours": (
        "{file} is not a ledger of dingnb; nothing was changed.",
        "{file} 不是 dingnb 的账本；未做任何改动。",
    ),
    "restore.newer": (
        "{file} was written by a newer dingnb; nothing was changed.",
        "{file} 由更新版本的 dingnb 写入；未做任何改动。",
    ),
    "restore.development": (
        "{file} was made by a development version of dingnb; nothing was changed.",
        "{file} 由 dingnb 开发版创建；未做任何改动。",
    ),
    "restore.damaged": ("{file} is damaged; nothing was changed.", "{file} 已损坏；未做任何改动。"),
    "restore.other_todo": (
        "Specify another copy, or upgrade dingnb if a newer version wrote it.",
        "请指定其他副本；如果由更新版本写入，请升级 dingnb。",
    ),
    "restore.would_lose": (
        (
            "The current ledger {path} has more records of these campaigns than {file}: {names}. Once it is "
            "replaced, sending them again would send to their people twice. Nothing has been changed yet."
        ),
        (
            "当前账本 {path} 中以下任务的记录比 {file} 更多：{names}。替换后再次发送这些任务，相关人员会重复收到。尚"
            "未改动。"
        ),
    ),
    "restore.would_replace_newer": (
        (
            "The current ledger {path} was written by a newer dingnb; whether it has more records than {file} cannot "
            "be determined. Nothing has been changed yet."
        ),
        "当前账本 {path} 由更新版本的 dingnb 写入，无法确认其记录是否比 {file} 更多。尚未改动。",
    ),
    "restore.would_replace_development": (
        (
            "The current ledger {path} was made by a development version of dingnb; whether it has more records than "
            "{file} cannot be determined. Nothing has been changed yet."
        ),
        "当前账本 {path} 由 dingnb 开发版创建，无法确认其记录是否比 {file} 更多。尚未改动。",
    ),
    "restore.yes_todo": (
        "To do it anyway, add --yes: the current file is moved aside, not deleted.",
        "如仍要执行，请加上 --yes：当前文件会被移到一旁，不会删除。",
    ),
    "restore.lost": (
        (
            "The restored ledger has fewer records of these campaigns than the one before: {names}. Do not send them "
            "again."
        ),
        "恢复后的账本对以下任务的记录比原账本少：{names}。请勿再次发送这些任务。",
    ),
    "restore.done": (
        "Restored {path} from {file}: {campaigns}, {calls}.",
        "已用 {file} 恢复 {path}：{campaigns}，{calls}。",
    ),
    "restore.aside": ("The previous file is now {aside}.", "原有文件现在位于 {aside}。"),
    "restore.next": (
        'Connect again, then continue an interrupted campaign with run = ding.campaign("NAME") and run.resume().',
        '请重新连接，然后用 run = ding.campaign("名称")、run.resume() 继续被中断的任务。',
    ),
}
