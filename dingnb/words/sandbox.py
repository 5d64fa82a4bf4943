"""Words of the sandbox: what becomes of its journal, its command, and requests that it refuses."""

WORDS: dict[str, tuple[str, str]] = {
    "sandbox.journal_unusable": (
        "The sandbox keeps nothing beyond this process: {path} cannot be used ({error}).",
        "沙箱的状态不会在本进程之外保存：无法使用 {path}（{error}）。",
    ),
    "sandbox.journal_aside": (
        "The sandbox begins anew: {path} {reason}; it is kept as {aside}.",
        "沙箱重新开始：{path} {reason}；原文件保留为 {aside}。",
    ),
    "sandbox.journal_lost": (
        "The sandbox keeps nothing from now on: {path} cannot be written ({error}).",
        "沙箱从现在起不再保存状态：无法写入 {path}（{error}）。",
    ),
    "sandbox.journal_damaged": ("cannot be read", "无法读取"),
    "sandbox.journal_version": ("is of another version", "属于其他版本"),
    "sandbox.journal_foreign": ("it is a database of something else", "它是其他程序的数据库"),
    "sandbox.journal_settings": ("is of a sandbox with other settings", "属于设置不同的沙箱"),
    "sandbox.journal_silent": (
        "The sandbox keeps nothing beyond this process: another process holds {path} and does not answer.",
        "沙箱的状态不会在本进程之外保存：{path} 被另一个进程占用，且该进程没有响应。",
    ),
    "sandbox.journal_held": (
        "{path} is kept by another running sandbox. Stop that one, or give --keep another file.",
        "{path} 正被另一个运行中的沙箱使用。请先停止它，或用 --keep 指定其他文件。",
    ),
    "sandbox.no_setting": (
        "{name!r} is no setting of the sandbox. dingnb sandbox --help lists them.",
        "沙箱没有名为 {name!r} 的设置。dingnb sandbox --help 会列出所有设置。",
    ),
    "sandbox.no_assignment": (
        "{text!r} is not of the form NAME=VALUE.",
        "{text!r} 不是 名称=值 的形式。",
    ),
    "sandbox.open_to_others": (
        "Warning: --host {host}: everyone who can reach this computer can read what is sent here, and control it.",
        "警告：--host {host}：能访问本机的任何人都可以读取发到此沙箱的消息（包括其中的姓名），并可操控沙箱。",
    ),
    "sandbox.foreign_host": (
        "The sandbox does not answer as host {host!r}. Use localhost, or start it with --host and this name.",
        "沙箱不以 {host!r} 为主机名提供服务。请使用 localhost，或在启动沙箱时用 --host 指定该名称。",
    ),
    "sandbox.foreign_origin": (
        "The request comes from a web page ({origin}). The sandbox answers programs of this computer only.",
        "请求来自网页（{origin}）。沙箱只响应本机的程序。",
    ),
    "sandbox.not_json": (
        "POST {path} needs the header Content-Type: application/json, and has: {given}.",
        "POST {path} 需要请求头 Content-Type: application/json，当前为：{given}。",
    ),
    "sandbox.bad_setting": ("{name}={value}: give {wanted}.", "{name}={value}：应为 {wanted}。"),
}
