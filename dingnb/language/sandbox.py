"""Words of the sandbox: what becomes of its journal, and its command."""

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
    "sandbox.bad_setting": ("{name}={value}: give {wanted}.", "{name}={value}：应为 {wanted}。"),
}
