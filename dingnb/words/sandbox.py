"""Texts of the sandbox: its journal, its command, and refused requests."""

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
    "sandbox.journal_held": (
        "{path} is in use by another running sandbox. Stop that sandbox, or use another file with --keep.",
        "{path} 正被另一个沙箱使用。请先停止该沙箱，或用 --keep 指定其他文件。",
    ),
    "sandbox.no_setting": (
        "The sandbox has no setting {name!r}. For all settings, run dingnb sandbox --help.",
        "沙箱没有 {name!r} 这个设置。运行 dingnb sandbox --help 可查看所有设置。",
    ),
    "sandbox.no_assignment": (
        "{text!r} does not have the form NAME=VALUE.",
        "{text!r} 的格式不正确，应为 名称=值。",
    ),
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
    "sandbox.bad_setting": ("{name}={value}: must be {wanted}.", "{name}={value}：应为 {wanted}。"),
}
