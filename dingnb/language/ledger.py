"""The words of the ledger."""

_HOME = (
    (
        "Set DINGNB_HOME to a folder on a disk of this computer that you may write to, "
        "and start again (in a notebook: restart the kernel)."
    ),
    "请将 DINGNB_HOME 设为本机磁盘上可写的文件夹，然后重新启动（在 notebook 中请重启内核）。",
)

WORDS: dict[str, tuple[str, str]] = {
    "ledger.home_todo": _HOME,
    "ledger.no_folder": ("a file stands where a folder has to be", "应为文件夹的位置是一个文件"),
    "ledger.read_only": ("no right to write", "没有写入权限"),
    "ledger.unusable": (
        "The ledger cannot be kept in {folder}: {reason}. Nothing was sent.",
        "账本无法保存在 {folder}：{reason}。没有发送。",
    ),
    "ledger.network": (
        (
            "{folder} lies on a network drive ({kind}), where two computers could send the same campaign at once; "
            "the ledger is not kept there. Nothing was sent."
        ),
        "{folder} 位于网络驱动器（{kind}）上，两台电脑可能同时发送同一任务；账本不能保存在那里。没有发送。",
    ),
    "ledger.not_ours": (
        "{path} is a database, but no ledger of dingnb's; it was left as it is.",
        "{path} 是数据库，但不是 dingnb 的账本；未做任何改动。",
    ),
    "ledger.newer": (
        (
            "{path} was written by a newer dingnb (version {version} of the ledger, this one knows {known}); "
            "it was left as it is, and nothing was sent."
        ),
        "{path} 由更新版本的 dingnb 写入（账本版本 {version}，当前仅支持 {known}）；未做任何改动，没有发送。",
    ),
    "ledger.newer_todo": (
        "Upgrade dingnb, or set DINGNB_HOME to another folder; what was sent by the other version is not known there.",
        "请升级 dingnb，或将 DINGNB_HOME 设为其他文件夹；后者不知道另一版本已发送的内容。",
    ),
    "ledger.locked": (
        "Another process holds the ledger {path} ({error}).",
        "另一个进程正占用账本 {path}（{error}）。",
    ),
    "ledger.locked_todo": (
        "Close what has the file open, and try again: what is recorded is not sent twice.",
        "请关闭占用该文件的程序，然后重试：已记录的不会重复发送。",
    ),
    "ledger.full": (
        "The disk of the ledger {path} is full ({error}).",
        "账本 {path} 所在磁盘已满（{error}）。",
    ),
    "ledger.full_todo": (
        "Make room on it, and try again: what is recorded is not sent twice.",
        "请清理磁盘空间，然后重试：已记录的不会重复发送。",
    ),
    "ledger.gone": (
        "The ledger is gone: {path} was moved or deleted while it was in use.",
        "账本不见了：{path} 在使用中被移动或删除。",
    ),
    "ledger.gone_todo": (
        "Put the file back, and go on: nothing is sent without it, since it knows who was told.",
        "请放回该文件，然后继续：它记录了已通知的人，没有它就不会发送。",
    ),
    "ledger.no_writing": (
        "The ledger {path} cannot be opened for writing ({error}).",
        "无法写入账本 {path}（{error}）。",
    ),
    "ledger.no_writing_todo": _HOME,
    "ledger.damaged": (
        "{path} is damaged, or no ledger ({error}); it was left as it is.",
        "{path} 已损坏，或不是账本（{error}）；未做任何改动。",
    ),
    "ledger.damaged_todo": (
        "Put a copy of the file back, or move it away; without it, dingnb does not know what was sent.",
        "请恢复该文件的备份，或将其移走；没有它，dingnb 不知道已发送过什么。",
    ),
    "ledger.failed": ("The ledger {path} cannot be used: {error}.", "账本 {path} 无法使用：{error}。"),
    "ledger.failed_todo": (
        "Check the disk, and try again: what is recorded is not sent twice.",
        "请检查磁盘，然后重试：已记录的不会重复发送。",
    ),
    "ledger.pruned": ("The campaign {name} is not in the ledger any more.", "群发任务 {name} 已不在账本中。"),
    "ledger.pruned_todo": (
        "It was pruned. A plan sent under its name begins anew, and tells everybody again.",
        "它已被清理。用同一名称发送会重新开始，并再次通知所有人。",
    ),
}
