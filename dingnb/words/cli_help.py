"""Texts of the command line's help."""

WORDS: dict[str, tuple[str, str]] = {
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
        "the language of the page, also next time; by default that of the system",
        "网页的语言，以后也沿用；默认为系统语言",
    ),
    "help.app_theme": ("the colours of the page (as last time)", "网页的颜色（默认与上次相同）"),
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
        "the record of what was sent: list, show, export, prune, restore",
        "查看和管理发送记录：list、show、export、prune、restore",
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
            "with the columns that the texts used, and names, if stored; one with the name of a column of results or "
            "answers becomes input_NAME"
        ),
        "包含内容用到的列，以及保存过的姓名；与结果或回答的列同名时，改为 input_NAME",
    ),
    "help.prune": ("delete finished campaigns", "删除已完成的任务"),
    "help.prune_about": (
        (
            "Delete finished campaigns with their texts, recipients and answers. Without --yes, only list them. "
            "Unfinished campaigns stay, and so does everything of the last {days} days, which decides whether a call "
            "may be repeated, and how fast calls may be made. A plan sent under the name of a deleted campaign is "
            "sent to everybody again; --texts-only keeps the recipients, and what they answered to cards. Calls "
            "still count against the monthly quota. With --texts-only, --older-than DAYS also deletes what belongs "
            "to no campaign and is as old: events with answers, the directory, phone numbers and file names of "
            "uploads."
        ),
        (
            "删除已完成的任务及其内容、收件人和回答。不加 --yes 时只列出任务。未完成的任务和最近 {days} 天的全部记录"
            "会保留：能否重复调用、可以多快调用，都取决于这些记录。任务删除后，以同一名称发送的计划会再次发给所有人；"
            "--texts-only 会保留收件人及其对卡片的回答。已用的调用仍计入当月额度。同时使用 --texts-only 与 "
            "--older-than DAYS 时，还会删除同样早、但不属于任何任务的数据：事件及其回答、通讯录、手机号，以及上传文件"
            "的名称。"
        ),
    ),
    "help.prune_older": ("campaigns last changed at least this many days ago", "至少这么多天没有变化的任务"),
    "help.prune_name": ("the campaign with this name", "使用此名称的任务"),
    "help.prune_texts": (
        "delete the texts, and keep the record of who got messages and what people answered to cards",
        "只删除内容，保留谁收到了消息以及对卡片的回答",
    ),
    "help.prune_yes": ("delete them", "执行删除"),
    "help.restore": ("replace a lost ledger with a saved copy", "用保存的副本替换丢失的账本"),
    "help.restore_about": (
        (
            "Replace the ledger with the content of FILE. FILE is checked first, and not changed. The current ledger "
            "is moved aside, and never deleted. If it has campaigns or calls that FILE lacks, they are listed, and "
            "--yes is needed. Nothing is done while a campaign is being sent with it."
        ),
        (
            "用 FILE 的内容替换账本。会先检查 FILE，且不会改动它。当前的账本会移到一旁，不会删除。如果其中有 FILE 缺"
            "少的任务或调用，则列出它们，并需要加上 --yes。正在用该账本发送任务时，不会执行任何操作。"
        ),
    ),
    "help.restore_file": (
        "such as ledger-rescued-20261127-101500.sqlite3",
        "例如 ledger-rescued-20261127-101500.sqlite3",
    ),
    "help.restore_home": (
        "the ledger's folder; by default that of DINGNB_LEDGER or DINGNB_HOME",
        "账本所在的文件夹；默认为 DINGNB_LEDGER 或 DINGNB_HOME 指定的文件夹",
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
            "while nobody is sending. Only the owner of the database may."
        ),
        (
            "显示用于创建团队账本的表和角色的 SQL；该角色只能读写这些表中的行，没有其他权限。加上 --apply 则直接执行"
            "，并升级旧版本的账本；请在无人发送时进行。只有数据库的所有者可以执行。"
        ),
    ),
    "help.init_url": (
        "postgresql://OWNER@HOST/DATABASE, with the owner's user",
        "postgresql://OWNER@HOST/DATABASE，用户为数据库的所有者",
    ),
    "help.init_role": ("the role whose members may use the ledger ({role})", "其成员可以使用账本的角色（{role}）"),
    "help.init_from": ("print the upgrade from this version", "显示从此版本升级的 SQL"),
    "help.init_apply": ("execute it", "执行 SQL"),
    "help.copy": (
        "copy a ledger into an empty one: from a folder into a team's database, or back",
        "把账本复制到空账本：从文件夹到团队的数据库，或反之",
    ),
    "help.copy_about": (
        (
            "Copy everything in a ledger into an empty one. Each is a folder, or the URL of a PostgreSQL database "
            "with its owner as the user. Nothing is copied while a campaign is being sent with the first one. If it "
            "is interrupted, the second one stays empty or is set aside. Afterwards only the second one sends; with "
            "--backup, only the first one."
        ),
        (
            "把一个账本的全部内容复制到空账本。两者均为文件夹，或以所有者为用户的 PostgreSQL 数据库的 URL。正在用第一"
            "个账本发送任务时，不会复制。如果复制中断，第二个账本保持为空或停用。复制之后，只有第二个账本可以发送；"
            "加上 --backup 时，则只有第一个可以发送。"
        ),
    ),
    "help.copy_from": ("the folder or the URL of the ledger", "账本的文件夹或 URL"),
    "help.copy_to": ("the folder or the URL of an empty ledger", "空账本的文件夹或 URL"),
    "help.copy_backup": ("the copy is a backup: go on with the first ledger", "副本仅作备份，继续使用第一个账本"),
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
            "允许用被复制过的账本或备份发送。只有在复制之后从未用另一个账本发送过时才能这样做：这里没有另一个账本的发"
            "送记录，有人会收到两次。"
        ),
    ),
    "help.reactivate_ledger": ("its folder or URL", "账本的文件夹或 URL"),
    "help.reactivate_yes": ("nothing was sent with the other ledger", "确认没有用另一个账本发送过"),
    "help.ledger_app": (
        "campaigns of this app: its key, as shown in the list, or its last 4 characters",
        "此应用的任务：列表中显示的 AppKey，或其最后 4 个字符",
    ),
    "help.ledger_mode": ("campaigns of the sandbox, or live ones", "沙箱的任务，或正式发送的任务"),
    "help.ledger_number": ("the one with this number in the list", "列表中此编号的任务"),
    "help.sandbox_about": ("Run a local DingTalk that reaches nobody.", "运行本地钉钉，不会触达任何人。"),
    "help.sandbox_host": (
        "the address to listen on (127.0.0.1: this machine only)",
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
        "a CSV or Excel file with the columns userid and mobile",
        "包含 userid 和 mobile 列的 CSV 或 Excel 文件",
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
