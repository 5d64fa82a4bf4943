"""Texts for the command line."""

WORDS: dict[str, tuple[str, str]] = {
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
        ("The demo is recorded in the ledger; running it again sends nothing. dingnb ledger list shows what was sent."),
        "账本已记录：再次运行演示不会重复发送。dingnb ledger list 可查看已发送的任务。",
    ),
    "cli.no_results": ("Choose another file: --results FILE", "请用 --results 指定其他文件。"),
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
    "reactivate.unsure": (
        "Nothing was changed: whether anything was sent with the other ledger cannot be seen from {place}.",
        "未作更改：从 {place} 无法得知是否用另一个账本发送过。",
    ),
    "reactivate.unsure_todo": (
        "If nothing was sent with it since the copy, repeat the command with --yes.",
        "如确定复制后没有用它发送过，请加 --yes 再次执行。",
    ),
    "reactivate.done": (
        "{place} is the ledger to send with again. Never send with {other}.",
        "已恢复用 {place} 发送。切勿再用 {other} 发送。",
    ),
    "reactivate.not_needed": ("{place} was not set aside; you can send with it.", "{place} 未被停用，可直接用来发送。"),
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
    "ledger_list.empty": (
        'The ledger {path} is empty: nothing has been sent from here yet. plan.send("name") starts a campaign.',
        '账本 {path} 为空：尚未从这里发送过。plan.send("名称") 会开始一个群发任务。',
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
        "Specify one with --number, --mode or --app.",
        "请用 --number、--mode 或 --app 指明。",
    ),
    "ledger_command.one_of": (
        "no. {number}, {mode}, app {app}, started {created}",
        "编号 {number}，{mode}，应用 {app}，{created} 开始",
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
            "directory; {lookups}; {uploads} with file names. Nothing has been removed yet."
        ),
        (
            "另有不属于群发任务的内容：{events}（含回答），通讯录中的 {people}、{departments}、{roles}，{lookups}，"
            "{uploads}（含文件名）。尚未执行。"
        ),
    ),
    "prune.gone_personal_data": (
        (
            "Also removed, outside campaigns: {events}, including answers; {people}, {departments} and {roles} of the "
            "directory; {lookups}; {uploads} with file names."
        ),
        (
            "另已清理不属于群发任务的内容：{events}（含回答），通讯录中的 {people}、{departments}、{roles}，{lookups}，"
            "{uploads}（含文件名）。"
        ),
    ),
    "prune.unselectable": (
        (
            "Kept, because --app and --mode find an app only by its campaigns, and the app of these has none: "
            "{events}, including answers; {people}, {departments} and {roles} of the directory; {lookups}; {uploads} "
            "with file names. Without --app and --mode they are pruned too."
        ),
        (
            "--app 和 --mode 只能通过任务识别应用，以下内容所属的应用没有任务，因此保留：{events}（含回答），通讯录中的"
            " {people}、{departments}、{roles}，{lookups}，{uploads}（含文件名）。不加 --app 和 --mode 时会一并清理。"
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
}
