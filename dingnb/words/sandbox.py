"""Texts for the sandbox and for tapes."""

WORDS: dict[str, tuple[str, str]] = {
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
        "This sandbox runs in another kernel of this computer, from which {name!r} cannot be used here.",
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
