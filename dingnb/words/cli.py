"""Texts for the command line, and its help."""

TRANSLATIONS: dict[str, tuple[str, str]] = {
    "usage.usage": ("usage: {usage}", "用法：{usage}"),
    "usage.error": ("{command}: error: {what}", "{command}：{what}。"),
    "usage.required": ("the following arguments are required: {arguments}", "缺少参数：{arguments}"),
    "usage.unrecognized": ("unrecognized arguments: {words}", "无法识别的参数：{words}"),
    "usage.ambiguous": (
        "ambiguous option: {option} could match {options}",
        "选项 {option} 不明确，可能是 {options}",
    ),
    "usage.choice": (
        "argument {argument}: invalid choice: {value} (choose from {choices})",
        "参数 {argument}：没有 {value}；可选：{choices}",
    ),
    "usage.no_value": ("argument {argument}: expected one argument", "参数 {argument} 需要一个值"),
    "usage.takes_no_value": (
        "argument {argument}: ignored explicit argument {value}",
        "参数 {argument} 不能带值：{value}",
    ),
    "usage.excluded": (
        "argument {argument}: not allowed with argument {other}",
        "参数 {argument} 不能与 {other} 同时使用",
    ),
    "usage.no_integer": ("argument {argument}: invalid int value: {value}", "参数 {argument}：{value} 不是整数"),
    "usage.problem": ("argument {argument}: {problem}", "参数 {argument}：{problem}"),
    "cli.demo_rows": ("The first rows of {path}:", "{path} 的前几行："),
    "cli.demo_again": (
        "The demo is recorded in the ledger; running it again sends nothing. dingnb ledger list shows what was sent.",
        "账本已记录：再次运行演示不会重复发送。dingnb ledger list 可查看已发送的任务。",
    ),
    "cli.output_failed": (
        "The output could not be written in full: {error}. What the command has changed stays changed.",
        "输出未能完整写入：{error}。命令已作的更改不会撤销。",
    ),
    "cli.no_address": (
        "{file!r} has no column of userids or phone numbers.",
        "{file!r} 中没有 userid 列或手机号列。",
    ),
    "cli.no_address_todo": (
        "Name the column userid or mobile in the header of the file.",
        "请在文件的表头中将该列命名为 userid 或手机号。",
    ),
    "cli.results_replace_list": (
        "The results would replace the list {file!r}. Nothing was sent.",
        "结果会覆盖名单 {file!r}。没有发送任何内容。",
    ),
    "cli.other_results": ("Choose another file: --results FILE", "请用 --results 指定其他文件。"),
    "cli.results_name": ("The name is set by --results FILE.", "文件名由 --results 指定。"),
    "cli.no_listening": (
        (
            "The sandbox cannot listen on {where}: {error}. Check --host, or choose another port; --port 0 picks a "
            "free one."
        ),
        "沙箱无法在 {where} 上监听：{error}。请检查 --host，或换一个端口；--port 0 会选用空闲端口。",
    ),
    "cli.bad_port": (
        "“{value}” is not a port; ports range from 0 to {last}",
        "“{value}”不是有效的端口；端口从 0 到 {last}",
    ),
    "team_init.done": (
        "The ledger {place} has version {version}. Members of the role {role} may use it.",
        "账本 {place} 的版本为 {version}。角色 {role} 的成员可以使用。",
    ),
    "team_init.run_as_owner": (
        "Run this as the owner of the database {database}, while nobody is sending:",
        "请由数据库 {database} 的所有者在无人发送时执行：",
    ),
    "team_init.members": (
        """For each member: CREATE ROLE "NAME" LOGIN PASSWORD '...' IN ROLE "{role}";""",
        """为每位成员执行：CREATE ROLE "名称" LOGIN PASSWORD '...' IN ROLE "{role}";""",
    ),
    "team_init.no_url": (
        "This is not the URL of a PostgreSQL database.",
        "这不是 PostgreSQL 数据库的 URL。",
    ),
    "team_init.no_url_todo": (
        "Use postgresql://OWNER@HOST/DATABASE.",
        "请使用 postgresql://所有者@主机/数据库。",
    ),
    "team_init.owner_todo": (
        (
            "Only the owner of the database may do this: use the owner's user in the URL, or ask the owner to do it. "
            "Members need no more rights than they have."
        ),
        "只有数据库所有者可以执行：请在 URL 中使用所有者的用户名，或请所有者执行。成员无需更多权限。",
    ),
    "team_init.password_seen": (
        (
            "The password is in the command, which other users of this computer can see while it runs, and the shell's "
            "history keeps. Leave it out next time, and use PGPASSWORD or PostgreSQL's password file."
        ),
        (
            "密码写在命令中：命令运行时，本机其他用户可以看到，shell 历史记录也会保留。下次请省略密码，"
            "改用 PGPASSWORD 或 PostgreSQL 密码文件。"
        ),
    ),
    "team_init.bad_version": (
        "{value!r} is not the number of an older version, 1 to {newest}",
        "{value!r} 不是旧版本号（1 至 {newest}）",
    ),
    "team_init.other_version": ("This ledger does not have version {version}.", "此账本不是版本 {version}。"),
    "team_init.bad_role": (
        "{value!r} is not a name of 1 to {most} bytes",
        "{value!r} 不是 1 至 {most} 字节的名称",
    ),
    "reactivate.unsure": (
        "Nothing was changed: whether anything was sent with {other} cannot be seen from {place}.",
        "未作更改：从 {place} 无法得知是否用 {other} 发送过。",
    ),
    "reactivate.unsure_todo": (
        "If nothing was sent with it since the copy, repeat the command with --yes.",
        "如确定复制后没有用它发送过，请加 --yes 再次执行。",
    ),
    "reactivate.done": (
        "You can send with {place} again. Never send with {other}.",
        "已恢复用 {place} 发送。切勿再用 {other} 发送。",
    ),
    "reactivate.not_needed": ("{place} was not set aside; you can send with it.", "{place} 未被停用，可直接用来发送。"),
    "app_command.starting": (
        "The studio opens in your browser; its address is below. Press Ctrl+C to stop it.",
        "工作台会在浏览器中打开，地址见下方。按 Ctrl+C 结束。",
    ),
    "app_command.serving": (
        "Open the studio in a browser with the address below. Press Ctrl+C to stop it.",
        "请在浏览器中打开下方的工作台地址。按 Ctrl+C 结束。",
    ),
    "app_page.opening": ("Opening …", "正在打开……"),
    "app_page.away": (
        (
            "The app is not responding: dingnb app may have been stopped in its terminal, or the network is down. "
            "Everything sent so far is recorded, but what you type now is not saved. If only the connection was lost, "
            "this page continues by itself; if the app was restarted, the page has to be reloaded: copy what you typed "
            "first."
        ),
        (
            "应用没有响应：终端中的 dingnb app 可能已结束，或网络中断。已发送的均有记录，但此时输入的内容不会保存。"
            "如果只是连接中断，恢复后本页可继续使用；如果应用已重新启动，则须重新加载页面，请先复制所输入的内容。"
        ),
    ),
    "app_page.large": (
        "This file is too large: the limit is {megabytes} MB. Remove columns that are not needed, or split it.",
        "文件过大：不能超过 {megabytes} MB。请去掉不需要的列，或拆分文件。",
    ),
    "app_page.large_again": ("Reload the page", "重新加载页面"),
    "app_page.gone": (
        (
            "The process behind this page has ended. Everything sent is recorded, and your message is a draft as it "
            "was last saved. What you typed since then is not saved: copy it before you reload the page."
        ),
        "本页的后台进程已结束。已发送的均有记录，草稿为最后一次保存时的内容。此后输入的内容没有保存，请先复制，再重新加载页面。",
    ),
    "app_page.gone_again": ("Reload the page", "重新加载页面"),
    "app_page.locked": (
        (
            "You are no longer logged in. Everything sent is recorded, and your message is a draft as it was last "
            "saved. If the app was restarted, what you typed since then is not saved: copy it before you log in again."
        ),
        (
            "登录已失效。已发送的均有记录，草稿为最后一次保存时的内容。如果应用已重新启动，此后输入的内容没有保存，"
            "请先复制，再重新登录。"
        ),
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
    "app_command.not_written": (
        "The app cannot write its files to {folder}: {reason}.",
        "应用无法把自己的文件写入 {folder}：{reason}。",
    ),
    "app_command.not_written_todo": (
        "Make sure that there is free space and that you may write there, and start again.",
        "请确认该处有剩余空间、您有写入权限，然后重新启动。",
    ),
    "ledger_list.no_campaigns": (
        'The ledger {path} has no campaigns. plan.send("name") starts one.',
        '账本 {path} 中没有群发任务。可用 plan.send("名称") 开始发送。',
    ),
    "ledger_list.title": ("Ledger", "账本"),
    "ledger_list.place": ("Location", "位置"),
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
        "Specify one with an option: {options}.",
        "请用选项指明是哪一个：{options}。",
    ),
    "ledger_command.one_of": (
        "no. {number} ({mode}, app {app}, started {created})",
        "编号 {number}（{mode}，应用 {app}，{created} 开始）",
    ),
    "ledger_command.exported": (
        "Wrote {rows} to {path}. Only you can read it.",
        "已写入 {path}：{rows}。仅您可读。",
    ),
    "ledger_command.no_bodies": (
        "The text is no longer stored for {people}: only its hash was kept.",
        "其中 {people}的正文已不存在：只保留了哈希值。",
    ),
    "prune.nothing": (
        "Nothing to prune: none of the selected campaigns can be removed.",
        "没有可清理的任务，未作任何改动。",
    ),
    "prune.nothing_texts": (
        "Nothing to prune: none of the selected campaigns has texts that can be removed.",
        "所选任务没有可清理的正文，未作任何改动。",
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
    "prune.gone_texts": ("The texts of these were removed: {people}.", "已清理以下任务的正文：{people}。"),
    "prune.going_answers": (
        "The answers to their cards would be removed too: {answers}.",
        "卡片回答也将被清理：{answers}。",
    ),
    "prune.gone_answers": (
        "The answers to their cards were removed too: {answers}.",
        "卡片回答也已清理：{answers}。",
    ),
    "prune.kept_answers": (
        (
            "The answers to their cards are kept, including what people wrote in forms: {answers}. Without "
            "--texts-only, they are removed with the campaigns."
        ),
        "卡片回答（含表单中填写的内容）保留：{answers}。不加 --texts-only 时，会随任务一并清理。",
    ),
    "prune.going_personal_data": (
        (
            "Also, outside campaigns: {events}, including answers; {people}, {departments} and {roles} of the "
            "directory; {lookups}; {uploads} with file names; the chosen files of {drafts}. Nothing has been removed "
            "yet."
        ),
        (
            "另有不属于群发任务的内容：{events}（含回答），通讯录中的 {people}、{departments}、{roles}，{lookups}，"
            "{uploads}（含文件名），以及 {drafts}所选的文件。尚未执行。"
        ),
    ),
    "prune.gone_personal_data": (
        (
            "Also removed, outside campaigns: {events}, including answers; {people}, {departments} and {roles} of the "
            "directory; {lookups}; {uploads} with file names; the chosen files of {drafts}."
        ),
        (
            "另已清理不属于群发任务的内容：{events}（含回答），通讯录中的 {people}、{departments}、{roles}，{lookups}，"
            "{uploads}（含文件名），以及 {drafts}所选的文件。"
        ),
    ),
    "prune.unselectable": (
        (
            "Kept, because --app and --mode find an app only by its campaigns, and the app of these has none: "
            "{events}, including answers; {people}, {departments} and {roles} of the directory; {lookups}; {uploads} "
            "with file names; the chosen files of {drafts}. Without --app and --mode they are pruned too."
        ),
        (
            "--app 和 --mode 只能通过任务识别应用，以下内容所属的应用没有任务，因此保留：{events}（含回答），通讯录中的"
            " {people}、{departments}、{roles}，{lookups}，{uploads}（含文件名），以及 {drafts}所选的文件。不加 --app "
            "和 --mode 时会一并清理。"
        ),
    ),
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
    "prune.recent": (
        "from the last {days} days: repeats and the pace depend on it",
        "最近 {days} 天内：判断能否重发、控制发送速度都需要这些记录",
    ),
    "prune.young": ("changed in the last {days} days", "最近 {days} 天内有变动"),
    "prune.no_texts": ("its texts are no longer stored, or must be kept", "正文已不存在，或必须保留"),
    "prune.calls": ("The calls they used still count towards the month's quota.", "它们用掉的调用仍计入当月额度。"),
    "prune.bad_days": (
        "{value!r} is not a valid number of days, 0 to {most}",
        "{value!r} 不是有效的天数（0 至 {most}）",
    ),
    "prune.what": (
        "specify what to prune: --older-than DAYS, --name NAME, or both",
        "请指明要清理的内容：--older-than DAYS、--name NAME，或两者",
    ),
    "help.positionals": ("positional arguments", "参数"),
    "help.options": ("options", "选项"),
    "help.help": ("show this help message and exit", "显示帮助并退出"),
    "help.version": ("show program's version number and exit", "显示版本号并退出"),
    "help.app": (
        "the studio in the browser: write, check, send and follow messages without a notebook",
        "在浏览器中使用工作台：无需 notebook 即可撰写、检查、发送和跟踪消息",
    ),
    "help.app_about": (
        (
            "Open the studio as a page in the browser. It listens on this computer only. As in Jupyter, the address "
            "contains a token that gives access. Ctrl+C stops the server and any sending in progress; open the "
            "studio again to resume it."
        ),
        (
            "在浏览器中以网页形式打开工作台。它只在本机监听。与 Jupyter 相同，网址中含有用于访问的令牌。按 Ctrl+C 会"
            "停止服务器和正在进行的发送；再次打开工作台即可继续。"
        ),
    ),
    "help.app_port": (
        "the port to listen on ({port}, or the next one free)",
        "监听的端口（{port}，被占用时使用下一个空闲端口）",
    ),
    "help.app_language": (
        "the language of the page; by default the one chosen last, or the system's",
        "网页的语言；默认为上次所选的语言，从未选择时为系统语言",
    ),
    "help.app_theme": (
        "the colours of the page; by default those chosen last, or light",
        "网页的颜色；默认为上次所选的颜色，从未选择时为浅色",
    ),
    "help.app_no_browser": ("do not open the page, only print its address", "不打开网页，只显示网址"),
    "help.doctor": (
        "check this computer, the ledger and the app, and say what to do about problems",
        "检查本机、账本和应用，并说明如何处理发现的问题",
    ),
    "help.doctor_about": (
        (
            "Check Python, packages, the ledger, the clock, the network, the app's credentials and permissions, and "
            "the month's calls. With a real app, this makes up to {calls} calls to DingTalk, {counted} of which "
            "count towards the monthly quota; they only read, and nobody gets a message. The report contains no "
            "secrets. The exit status is 1 if a problem must be fixed before sending."
        ),
        (
            "检查 Python、依赖包、账本、系统时间、网络、应用的凭证和权限，以及当月调用次数。使用真实应用时，最多调用"
            "钉钉 {calls} 次，其中 {counted} 次计入当月额度；这些调用只读取数据，没有人会收到消息。报告不含密钥。如果"
            "存在发送前必须解决的问题，退出状态为 1。"
        ),
    ),
    "help.doctor_profile": ("check the app saved under this name", "检查以此名称保存的应用"),
    "help.doctor_sandbox": ("check with the sandbox instead of a real app", "使用沙箱检查，而不是真实应用"),
    "help.doctor_offline": ("make no calls", "不发出任何调用"),
    "help.doctor_json": ("print the report as JSON", "以 JSON 格式输出报告"),
    "help.doctor_language": ("the language of the report; by default the system's", "报告的语言；默认为系统语言"),
    "help.ledger": (
        "the record of what was sent: list, show, export, prune, restore, init, copy, reactivate",
        "查看和管理发送记录：list、show、export、prune、restore、init、copy、reactivate",
    ),
    "help.ledger_list": ("all campaigns of all apps, newest first", "所有应用的全部任务，最新的在前"),
    "help.ledger_show": (
        "one campaign: its state, the recipients by status, and errors",
        "一个任务：状态、各状态的收件人数和错误",
    ),
    "help.ledger_export": (
        "a row for each recipient of a campaign, as .csv or .xlsx",
        "任务的每个收件人一行，保存为 .csv 或 .xlsx",
    ),
    "help.ledger_name": ("the campaign's name", "任务名称"),
    "help.ledger_file": (
        "where to write; its name ends in .xlsx or .csv",
        "保存到哪个文件，文件名以 .xlsx 或 .csv 结尾",
    ),
    "help.ledger_bodies": ("with the texts that were sent, in the column body", "包含已发送的内容，写入 body 列"),
    "help.ledger_columns": (
        (
            "with the columns that the texts used, and names, if stored; a column that is named like one of the "
            "results or answers becomes input_NAME"
        ),
        "包含内容用到的列，以及保存过的姓名；与结果或回答的列同名时，改为 input_NAME",
    ),
    "help.prune": ("delete finished campaigns", "删除已完成的任务"),
    "help.prune_about": (
        (
            "Delete finished campaigns with their texts, recipients and answers. Without --yes, only list them. "
            "Unfinished campaigns stay, and so do campaigns, events and uploads of the last {days} days: the campaigns "
            "decide whether a call may be repeated, and how fast calls may be made. A plan sent under the name of a "
            "deleted campaign is sent to everybody again; --texts-only keeps the recipients and their answers to "
            "cards. Calls still count against the monthly quota. With --texts-only, --older-than DAYS also deletes "
            "what belongs to no campaign and is as old: events with answers, the directory, phone numbers, file names "
            "of uploads, and the chosen files of drafts."
        ),
        (
            "删除已完成的任务及其内容、收件人和回答。不加 --yes 时只列出任务。未完成的任务，以及最近 {days} 天的任务、"
            "事件和上传记录会保留：能否重复调用、可以多快调用，都取决于任务的记录。任务删除后，以同一名称发送的计划会"
            "再次发给所有人；--texts-only 会保留收件人及其对卡片的回答。已用的调用仍计入当月额度。同时使用 "
            "--texts-only 与 --older-than DAYS 时，还会删除同样早、但不属于任何任务的数据：事件及其回答、通讯录、"
            "手机号、上传文件的名称，以及草稿所选的文件。"
        ),
    ),
    "help.prune_older": ("campaigns last changed at least this many days ago", "至少这么多天没有变化的任务"),
    "help.prune_name": ("the campaign with this name", "使用此名称的任务"),
    "help.prune_texts": (
        "delete the texts, and keep the record of who got messages, and the answers to cards",
        "只删除内容，保留谁收到了消息以及对卡片的回答",
    ),
    "help.prune_yes": ("delete what is listed without this option", "执行删除；不加此选项时只列出"),
    "help.restore": ("replace a lost ledger with a saved copy", "用保存的副本替换丢失的账本"),
    "help.restore_about": (
        (
            "Replace the ledger with the content of FILE. FILE is checked first, and not changed. The current ledger "
            "is moved aside, and never deleted. If it has campaigns or calls that FILE lacks, they are listed, and "
            "--yes is needed. Nothing is done while a campaign is being sent with it."
        ),
        (
            "用 FILE 的内容替换账本。会先检查 FILE，且不会改动它。当前的账本会改名保留，不会删除。如果其中有 FILE "
            "缺少的任务或调用，则列出它们，并需要加上 --yes。正在用该账本发送任务时，不会执行任何操作。"
        ),
    ),
    "help.restore_file": (
        "such as ledger-rescued-20261127-101500.sqlite3",
        "例如 ledger-rescued-20261127-101500.sqlite3",
    ),
    "help.restore_home": (
        "the ledger's folder; by default that of DINGNB_LEDGER or DINGNB_HOME, or the user data folder",
        "账本所在的文件夹；默认为 DINGNB_LEDGER 或 DINGNB_HOME 指定的文件夹，均未设置时为用户数据文件夹",
    ),
    "help.restore_yes": ("replace the current ledger even if it has more records", "即使当前账本的记录更多，也替换它"),
    "help.init": (
        "create or upgrade a ledger that a team shares, in PostgreSQL",
        "在 PostgreSQL 中创建或升级团队共用的账本",
    ),
    "help.init_about": (
        (
            "Print the SQL that creates the tables of a team's ledger, and a role that may read and write their rows "
            "and nothing else. With --apply it is executed, and a ledger of an older version is upgraded; do so "
            "while nobody is sending. Only the owner of the database may do this."
        ),
        (
            "显示用于创建团队账本的表和角色的 SQL；该角色只能读写这些表中的行，没有其他权限。加上 --apply "
            "则直接执行，并升级旧版本的账本；请在无人发送时进行。只有数据库的所有者可以执行。"
        ),
    ),
    "help.init_url": (
        "postgresql://OWNER@HOST/DATABASE, with the owner's user",
        "postgresql://OWNER@HOST/DATABASE，用户为数据库的所有者",
    ),
    "help.init_role": ("the role whose members may use the ledger ({role})", "其成员可以使用账本的角色（{role}）"),
    "help.init_from": ("print the upgrade from this version", "显示从此版本升级的 SQL"),
    "help.init_apply": ("execute the SQL", "执行 SQL"),
    "help.copy": (
        "copy a ledger into an empty one: from a folder into a team's database, or back",
        "把账本复制到空账本：从文件夹到团队的数据库，或反之",
    ),
    "help.copy_about": (
        (
            "Copy everything in a ledger into an empty one. Each is a folder, or the URL of a PostgreSQL database "
            "with its owner as the user. Nothing is copied while a campaign is being sent with the first one. If "
            "copying is interrupted, the second one stays empty or is set aside. Afterwards only the second one sends; "
            "with --backup, only the first one."
        ),
        (
            "把一个账本的全部内容复制到空账本。两者均为文件夹，或以所有者为用户的 PostgreSQL 数据库的 URL。"
            "正在用第一个账本发送任务时，不会复制。如果复制中断，第二个账本保持为空或停用。复制之后，只有第二个账本可以发送；"
            "加上 --backup 时，则只有第一个可以发送。"
        ),
    ),
    "help.copy_from": ("the folder or the URL of the ledger", "账本的文件夹或 URL"),
    "help.copy_to": ("the folder or the URL of an empty ledger", "空账本的文件夹或 URL"),
    "help.copy_backup": ("the copy is a backup: keep using the first ledger", "副本仅作备份，继续使用第一个账本"),
    "help.reactivate": (
        "send again with a ledger that was copied, or with a backup",
        "重新使用被复制过的账本或备份来发送",
    ),
    "help.reactivate_about": (
        (
            "Allow sending with a ledger that was copied, or with a backup. Do so only if nothing was sent with the "
            "other ledger since the copy: this one has no record of that, and people would get messages twice."
        ),
        (
            "允许用被复制过的账本或备份发送。只有在复制之后从未用另一个账本发送过时才能这样做：这里没有另一个账本的"
            "发送记录，有人会收到两次。"
        ),
    ),
    "help.reactivate_ledger": ("its folder or URL", "账本的文件夹或 URL"),
    "help.reactivate_yes": ("nothing was sent with the other ledger", "确认没有用另一个账本发送过"),
    "help.ledger_app": (
        "campaigns of this app: its key, as shown in the list, or its last 4 characters",
        "此应用的任务：列表中显示的 AppKey，或其最后 4 个字符",
    ),
    "help.ledger_mode": ("campaigns of the sandbox, or live ones", "沙箱的任务，或真实环境的任务"),
    "help.ledger_number": ("the one with this number in the list", "列表中此编号的任务"),
    "help.sandbox_about": ("Run a local DingTalk that reaches nobody.", "运行本地钉钉，不会触达任何人。"),
    "help.sandbox_host": (
        "the address to listen on (127.0.0.1: this computer only)",
        "监听的地址（127.0.0.1：仅限本机）",
    ),
    "help.sandbox_port": ("the port; 0 picks a free one (8765)", "端口；0 表示自动选择空闲端口（8765）"),
    "help.sandbox_users": ("how many people the organisation has (1200)", "企业的人数（1200）"),
    "help.sandbox_seed": ("the seed from which people are generated (11)", "生成人员所用的随机种子（11）"),
    "help.sandbox_app_key": ("the app key that it accepts", "接受的 AppKey"),
    "help.sandbox_app_secret": ("the app secret that it accepts", "接受的 AppSecret"),
    "help.sandbox_agent_id": ("the agent id that it accepts", "接受的 AgentId"),
    "help.sandbox_corp_id": ("the organisation's corp id", "企业的 CorpId"),
    "help.sandbox_keep": (
        "store its state in this file, and restore it at the next start",
        "把状态保存到此文件，下次启动时恢复",
    ),
    "help.sandbox_set": ("one of the settings below; repeatable", "下列设置之一；可重复使用"),
    "help.dingnb": ("Bulk DingTalk notifications from a DataFrame.", "用 DataFrame 群发钉钉消息。"),
    "help.demo": (
        "send one text to everyone in a file, on a local DingTalk",
        "在本地钉钉上，把一条消息发给文件中的所有人",
    ),
    "help.demo_file": (
        "a CSV or Excel file with a column of userids, of phone numbers, or with both",
        "包含 userid 列或手机号列（或两者都有）的 CSV 或 Excel 文件",
    ),
    "help.demo_results": ("where the results go (results.csv)", "结果保存到哪里（results.csv）"),
    "help.sandbox": ("run a local DingTalk that reaches nobody", "运行本地钉钉，不会触达任何人"),
    "help.sandbox_pages": (
        (
            "in a browser, at the address that it prints:\n"
            "  /_sandbox/phone?userid=...  what a person received, as a phone shows it; cards can be pressed\n"
            "  /_sandbox/endpoints         everything that it serves; docs/sandbox.md describes it"
        ),
        (
            "在浏览器中打开（地址见启动时的显示）：\n"
            "  /_sandbox/phone?userid=...  某个人收到的消息，与手机上一样；可以点击卡片\n"
            "  /_sandbox/endpoints         所有接口，说明见 docs/zh/sandbox.md"
        ),
    ),
    "help.sandbox_settings": ("settings for --set, with their defaults:", "可用 --set 更改的设置及其默认值："),
}
