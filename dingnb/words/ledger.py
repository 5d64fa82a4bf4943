"""Texts for the ledger, and for copying and restoring it."""

_DO_NOT_SEND_ELSEWHERE = (
    "Until then, do not send from another folder or a new ledger: it has no record of who already got the "
    "message, and would send it to them again."
)
_DO_NOT_SEND_ELSEWHERE_ZH = "在此之前请勿换用其他文件夹或新账本发送：其中没有谁已收到的记录，会重复发送。"

_WRITABLE = (
    f"Restore write permission for the file and its folder, then continue. {_DO_NOT_SEND_ELSEWHERE}",
    f"请恢复该文件及其文件夹的写入权限，然后继续。{_DO_NOT_SEND_ELSEWHERE_ZH}",
)

TRANSLATIONS: dict[str, tuple[str, str]] = {
    "ledger.home_todo": (
        (
            "Set DINGNB_HOME to a folder on a disk of this computer that you may write to, "
            "and start again (in a notebook: restart the kernel)."
        ),
        "请将 DINGNB_HOME 设为本机磁盘上可写的文件夹，然后重新启动（在 notebook 中请重启内核）。",
    ),
    "ledger.no_folder": ("there is a file where the folder should be", "该路径上有同名文件，无法作为文件夹"),
    "ledger.no_drive": ("its drive does not exist", "所在的驱动器不存在"),
    "ledger.no_right": ("no write permission", "没有写入权限"),
    "ledger.unusable": ("The ledger cannot be stored in {folder}: {reason}.", "账本无法保存在 {folder}：{reason}。"),
    "ledger.linked": (
        (
            "{path} is a symbolic link to {target}. A ledger cannot be used through a link, which could be pointed "
            "elsewhere."
        ),
        "{path} 是指向 {target} 的符号链接。链接可能被改为指向别处，因此不能通过链接使用账本。",
    ),
    "ledger.linked_folder_todo": (
        (
            "Set DINGNB_HOME to the folder itself instead of the link {path}, and start again "
            "(in a notebook: restart the kernel)."
        ),
        "请将 DINGNB_HOME 设为文件夹本身，而不是链接 {path}，然后重新启动（在 notebook 中请重启内核）。",
    ),
    "ledger.linked_file_todo": (
        (
            "Stop the programs that use the ledger. Then replace the link {path} with the file itself, or set "
            "DINGNB_HOME to the folder of that file."
        ),
        "请先停止使用账本的程序，再用文件本身替换链接 {path}，或将 DINGNB_HOME 设为该文件所在的文件夹。",
    ),
    "ledger.others": (
        "Other users can write to the ledger's folder {folder} (mode {mode}).",
        "其他用户可以写入账本所在的文件夹 {folder}（权限 {mode}）。",
    ),
    "ledger.others_todo": (
        "Remove that permission: {command}; or set DINGNB_HOME to another folder that only you can write to.",
        "请取消该权限：{command}；或将 DINGNB_HOME 设为只有您可写的其他文件夹。",
    ),
    "ledger.others_home_todo": (
        (
            "Set DINGNB_HOME to a folder that only you can write to, and start again "
            "(in a notebook: restart the kernel)."
        ),
        "请将 DINGNB_HOME 设为只有您可写的文件夹，然后重新启动（在 notebook 中请重启内核）。",
    ),
    "ledger.network": (
        (
            "{folder} is on a network drive ({kind}), where two computers could send the same campaign at once; "
            "a ledger cannot be used there."
        ),
        "{folder} 位于网络驱动器（{kind}）上，两台电脑可能同时发送同一任务；账本不能在那里使用。",
    ),
    "ledger.network_todo": (
        (
            "Move {path} into a folder on a disk of this computer, and set DINGNB_HOME to that folder. Without this "
            "file, dingnb has no record of who already got messages."
        ),
        (
            "请将 {path} 移到本机磁盘的文件夹中，并将 DINGNB_HOME 设为该文件夹。没有这个文件，dingnb 就没有谁已收到的"
            "记录。"
        ),
    ),
    "ledger.not_ours": (
        "{path} is a database, but not a ledger of dingnb; it was left unchanged.",
        "{path} 是数据库，但不是 dingnb 的账本；未做任何改动。",
    ),
    "ledger.not_ours_todo": (
        (
            "If there was a ledger here before, restore a copy of it: dingnb ledger restore FILE. If there never was "
            "one, set DINGNB_HOME to another folder."
        ),
        (
            "如果此处曾有账本，请用其副本恢复：dingnb ledger restore 文件。如果从未有过账本，请将 DINGNB_HOME 设为其"
            "他文件夹。"
        ),
    ),
    "ledger.newer": (
        (
            "{path} was written by a newer dingnb (ledger version {version}; this one supports {known}); it was left "
            "unchanged."
        ),
        "{path} 由更新版本的 dingnb 写入（账本版本 {version}，当前仅支持 {known}）；未做任何改动。",
    ),
    "ledger.newer_todo": (
        f"Upgrade dingnb (pip install --upgrade dingnb). {_DO_NOT_SEND_ELSEWHERE}",
        f"请升级 dingnb（pip install --upgrade dingnb）。{_DO_NOT_SEND_ELSEWHERE_ZH}",
    ),
    "ledger.development": (
        "{path} was made by a development version of dingnb, before the first release; it was left unchanged.",
        "{path} 由首次发布之前的 dingnb 开发版创建；未做任何改动。",
    ),
    "ledger.development_todo": (
        (
            "Keep the file: it records who already got messages. Set DINGNB_HOME to another folder for a new "
            "ledger, and do not send the same campaigns again from there: it has no record of who already got them."
        ),
        (
            "请保留该文件：其中记录了谁已收到。请将 DINGNB_HOME 设为其他文件夹以使用新账本，且不要用新账本再次发送相"
            "同任务：新账本中没有谁已收到的记录。"
        ),
    ),
    "ledger.locked": (
        "Another process is using the ledger {path} ({error}).",
        "另一个进程正占用账本 {path}（{error}）。",
    ),
    "ledger.locked_todo": (
        "Close the program that has the file open, and try again: what is recorded is not sent twice.",
        "请关闭占用该文件的程序，然后重试：已记录的不会重复发送。",
    ),
    "ledger.forked": (
        (
            "This process was forked while its parent used the ledger {path}. It cannot use the ledger: what it "
            "records could be lost."
        ),
        "此进程在父进程使用账本 {path} 时由 fork 创建，不能使用该账本：写入的记录可能丢失。",
    ),
    "ledger.forked_todo": (
        'Use dingnb in the parent only, or start the process by spawn, as multiprocessing.get_context("spawn") does.',
        '请只在父进程中使用 dingnb，或以 spawn 方式启动进程，例如 multiprocessing.get_context("spawn")。',
    ),
    "ledger.full": (
        "The disk of the ledger {path} is full ({error}).",
        "账本 {path} 所在磁盘已满（{error}）。",
    ),
    "ledger.full_todo": (
        "Free space on that disk, and try again: what is recorded is not sent twice.",
        "请清理该磁盘的空间，然后重试：已记录的不会重复发送。",
    ),
    "ledger.gone": (
        "The ledger is gone: {path} was moved or deleted.",
        "账本已不存在：{path} 已被移动或删除。",
    ),
    "ledger.gone_todo": (
        (
            "Put it back at this path, or restore a copy (dingnb ledger restore FILE), and connect again. "
            f"{_DO_NOT_SEND_ELSEWHERE}"
        ),
        f"请将其放回该路径，或用副本恢复（dingnb ledger restore 文件），然后重新连接。{_DO_NOT_SEND_ELSEWHERE_ZH}",
    ),
    "ledger.gone_here": (
        "The ledger that this notebook used is gone: {path} was moved or deleted.",
        "此 notebook 使用的账本已不存在：{path} 已被移动或删除。",
    ),
    "ledger.gone_here_todo": (
        (
            "Put it back at this path, or restore a copy (dingnb ledger restore FILE), and connect again. A "
            "restarted kernel creates a new, empty ledger, which has no record of who already got the message, and "
            "would send it to them again."
        ),
        (
            "请将其放回该路径，或用副本恢复（dingnb ledger restore 文件），然后重新连接。重启内核会新建空账本，其中没"
            "有谁已收到的记录，会重复发送。"
        ),
    ),
    "ledger.replaced": (
        "{path} is no longer the ledger that was opened: a different file is there now.",
        "{path} 已不是此前打开的账本：该处现在是另一个文件。",
    ),
    "ledger.replaced_todo": (
        (
            "If you have restored the ledger, connect again. Otherwise put the earlier file back, or restore a copy of "
            f"it (dingnb ledger restore FILE), and connect then. {_DO_NOT_SEND_ELSEWHERE}"
        ),
        (
            "如果您已恢复账本，请重新连接。"
            "否则请先放回原来的文件，或用其副本恢复（dingnb ledger restore 文件），再重新连接。"
            f"{_DO_NOT_SEND_ELSEWHERE_ZH}"
        ),
    ),
    "ledger.replaced_here": (
        "{path} is a different ledger from the one that this notebook used there.",
        "{path} 与此 notebook 之前在该处使用的账本不是同一个。",
    ),
    "ledger.replaced_here_todo": (
        (
            "Put the earlier one back, or restore a copy of it (dingnb ledger restore FILE), and connect again. "
            "After a kernel restart the other ledger is used, which has no record of who got messages with the "
            "earlier one."
        ),
        (
            "请放回原来的账本，或用其副本恢复（dingnb ledger restore 文件），然后重新连接。重启内核后将使用另一个账本"
            "：其中没有原账本的发送记录。"
        ),
    ),
    "ledger.lost": (
        "The ledger {path} was lost while a campaign was being sent with it.",
        "账本 {path} 在用于发送时丢失。",
    ),
    "ledger.lost_todo": (
        (
            "If you have restored it, connect again. Otherwise put the file back, or restore a copy of it "
            f"(dingnb ledger restore FILE), and connect then. {_DO_NOT_SEND_ELSEWHERE}"
        ),
        (
            "如果您已恢复账本，请重新连接。"
            "否则请先放回原文件，或用其副本恢复（dingnb ledger restore 文件），再重新连接。"
            f"{_DO_NOT_SEND_ELSEWHERE_ZH}"
        ),
    ),
    "ledger.unreachable": (
        "The ledger {path} cannot be reached: no access to the file or its folder.",
        "无法访问账本 {path}：没有该文件或其文件夹的访问权限。",
    ),
    "ledger.unreachable_todo": (
        f"Restore access to the file and its folder, then continue. {_DO_NOT_SEND_ELSEWHERE}",
        f"请恢复该文件及其文件夹的访问权限，然后继续。{_DO_NOT_SEND_ELSEWHERE_ZH}",
    ),
    "ledger.read_only": (
        "The ledger {path}, or its folder, is read-only.",
        "账本 {path} 或其文件夹为只读。",
    ),
    "ledger.read_only_todo": _WRITABLE,
    "ledger.no_writing": (
        "The ledger {path} cannot be opened for reading and writing ({error}).",
        "无法以读写方式打开账本 {path}（{error}）。",
    ),
    "ledger.no_writing_todo": _WRITABLE,
    "ledger.damaged": (
        "{path} is damaged, or is not a ledger ({error}); it was left unchanged.",
        "{path} 已损坏，或不是账本（{error}）；未做任何改动。",
    ),
    "ledger.damaged_todo": (
        (
            "Restore the newest copy of it: dingnb ledger restore FILE. A copy has no record of what was sent after "
            "it was made; without any copy, exclude everyone who may have a message (exclude=) before you send it "
            "again."
        ),
        (
            "请用最新的副本恢复：dingnb ledger restore 文件。副本中没有其后发送的记录；如果没有副本，再次发送前请用 "
            "exclude= 排除所有可能已收到的人。"
        ),
    ),
    "ledger.failed": ("The ledger {path} cannot be used: {error}.", "账本 {path} 无法使用：{error}。"),
    "ledger.failed_todo": (
        "Check the disk, and try again: what is recorded is not sent twice.",
        "请检查磁盘，然后重试：已记录的不会重复发送。",
    ),
    "ledger.lock_failed": (
        "The file that marks the ledger as in use cannot be opened: {path} ({reason}).",
        "无法打开用于标记账本正在使用的文件：{path}（{reason}）。",
    ),
    "ledger.in_use": (
        "A campaign is being sent with the ledger in {folder}; nothing was changed.",
        "{folder} 中的账本正在用于发送；未做任何改动。",
    ),
    "ledger.in_use_todo": (
        "Wait until it has ended, or stop it (run.stop()), and try again.",
        "请等待发送结束，或停止发送（run.stop()），然后重试。",
    ),
    "ledger.lock_failed_todo": (
        f"Restore read and write permission for this file and its folder, then continue. {_DO_NOT_SEND_ELSEWHERE}",
        f"请恢复该文件及其文件夹的读写权限，然后继续。{_DO_NOT_SEND_ELSEWHERE_ZH}",
    ),
    "ledger.no_folder_there": ("the folder is gone", "文件夹已不存在"),
    "ledger.pruned": ("Campaign {name} is no longer in the ledger.", "群发任务 {name} 已不在账本中。"),
    "ledger.pruned_todo": (
        "It was pruned. A plan sent under its name starts from scratch and goes to everyone again.",
        "它已被清理。用同一名称发送会重新开始，所有人会再次收到。",
    ),
    "ledger.not_restored_none": (
        "There is no ledger at {path}, but there is a copy that was saved when the last one was lost: {copy}.",
        "{path} 处没有账本，但有上次账本丢失时保存的副本：{copy}。",
    ),
    "ledger.not_restored": (
        (
            "A copy that was saved when a ledger was lost has calls that are not recorded in the ledger {path}: "
            "{copy}. The people in these calls would get the message again."
        ),
        "账本丢失时保存的副本 {copy} 中有账本 {path} 没有记录的调用，相关人员会再次收到。",
    ),
    "ledger.not_restored_todo": (
        (
            "Restore it: {command}. Then connect again. If the people in it no longer matter, move {copy} out of "
            "this folder."
        ),
        "请恢复：{command}，然后重新连接。如果其中的人员都已无关紧要，请将 {copy} 移出该文件夹。",
    ),
    "ledger.lost_gone": (
        "The ledger {path} was moved or deleted while the campaign {name} was being sent.",
        "发送群发任务 {name} 期间，账本 {path} 被移动或删除。",
    ),
    "ledger.lost_replaced": (
        "The ledger {path} was replaced by another file while the campaign {name} was being sent.",
        "发送群发任务 {name} 期间，账本 {path} 被其他文件替换。",
    ),
    "ledger.lost_overwritten": (
        "The file of the ledger {path} was overwritten or damaged while the campaign {name} was being sent.",
        "发送群发任务 {name} 期间，账本文件 {path} 被覆盖或损坏。",
    ),
    "ledger.lost_back": (
        "The ledger {path} was missing for a moment while the campaign {name} was being sent; it is back now.",
        "发送群发任务 {name} 期间，账本 {path} 曾短暂消失，现已恢复。",
    ),
    "ledger.sent_none": (
        "No call of this campaign was made, so nothing was sent.",
        "该任务没有发出任何调用，因此没有发送任何消息。",
    ),
    "ledger.sent_none_todo": (
        (
            "Put the file back at {path}, or restore a copy of it (dingnb ledger restore FILE), then connect again "
            "and send the plan. A new ledger would do for this campaign, but it has no record of who got messages from "
            "other campaigns."
        ),
        (
            "请将文件放回 {path}，或用其副本恢复（dingnb ledger restore 文件），然后重新连接并发送该计划。新账本也可"
            "用于此任务，但其中没有其他任务的发送记录。"
        ),
    ),
    "ledger.sent_some": (
        "{calls} had been made, to {people}; no further call is made.",
        "此前已发出 {calls}，涉及 {people}；之后不再发出。",
    ),
    "ledger.saved": ("The record of what was sent is saved in {copy}.", "已发送的记录保存在 {copy}。"),
    "ledger.saved_list": (
        "The ledger could not be saved; the list of these people is in {list}.",
        "账本无法保存；这些人的名单保存在 {list}。",
    ),
    "ledger.saved_list_todo": (
        (
            "1. Put the newest copy of the ledger that you have at {path}, and restart the kernel. 2. Move {list} "
            'out of this folder. 3. Plan with exclude=pd.read_csv("…", dtype=str)["userid"], reading this file: '
            "these people have the message, or may have it. Do not send the plan without excluding them."
        ),
        (
            "1. 将您手中最新的账本副本放到 {path}，并重启内核。2. 将 {list} 移出该文件夹。3. 创建计划时使用 "
            'exclude=pd.read_csv("…", dtype=str)["userid"] 并指明该文件：这些人已收到或可能已收到。请勿在不排除他们的'
            "情况下发送该计划。"
        ),
    ),
    "ledger.listed": (
        (
            "{list} lists people who got messages with a ledger that was lost and could not be saved. The ledger "
            "{path} has no record of this, and would send to them again."
        ),
        "{list} 中的人已由一个丢失且无法保存的账本发送过。账本 {path} 中没有这些记录，会重复发送。",
    ),
    "ledger.listed_todo": (
        (
            'Move {list} out of this folder, and plan with exclude=pd.read_csv("…", dtype=str)["userid"], reading '
            "this file."
        ),
        '请将 {list} 移出该文件夹，并在创建计划时使用 exclude=pd.read_csv("…", dtype=str)["userid"] 指明该文件。',
    ),
    "ledger.not_saved": ("The record of what was sent could not be saved anywhere.", "已发送的记录无法保存。"),
    "ledger.saved_todo": (
        (
            "1. In a terminal: {command}. 2. Connect again. 3. run = ding.campaign({name!r}), then run.resume(). "
            "Do not send the plan from another folder or a new ledger: people who have the message would get it twice."
        ),
        (
            "1. 在终端执行：{command}。2. 重新连接。3. run = ding.campaign({name!r})，再执行 run.resume()。"
            "请勿从其他文件夹或新账本发送该计划：已收到的人会再次收到。"
        ),
    ),
    "ledger.not_saved_todo": (
        (
            "If the file was only moved, put it back at {path}, connect again, then run = ding.campaign({name!r}), "
            "then run.resume(). If it is lost, do not send the plan again: there is no record any more of who has the "
            "message. Exclude everyone who may have it (exclude=)."
        ),
        (
            "如果文件只是被移动，请放回 {path}，重新连接，再依次执行 run = ding.campaign({name!r}) 和 run.resume()。"
            "如果文件已丢失，请勿再次发送该计划：谁已收到已没有记录。请用 exclude= 排除所有可能已收到的人。"
        ),
    ),
    "ledger.back_todo": (
        "Connect again, then run = ding.campaign({name!r}), then run.resume().",
        "请重新连接，再依次执行 run = ding.campaign({name!r}) 和 run.resume()。",
    ),
    "ledger.stopped": ("The campaign {name} was interrupted: {cause}", "群发任务 {name} 已中断：{cause}"),
    "ledger.stopped_read_only_todo": (
        (
            "Restore write permission for the file and its folder, then run = ding.campaign({name!r}), then "
            "run.resume(). Do not send the plan from another folder: people who have the message would get it twice."
        ),
        (
            "请恢复该文件及其文件夹的写入权限，再依次执行 run = ding.campaign({name!r}) 和 run.resume()。"
            "请勿从其他文件夹发送该计划：已收到的人会再次收到。"
        ),
    ),
    "ledger.stopped_full_todo": (
        (
            "Free space on that disk, then run = ding.campaign({name!r}), then run.resume(). "
            "Do not send the plan from another folder: people who have the message would get it twice."
        ),
        (
            "请清理该磁盘的空间，再依次执行 run = ding.campaign({name!r}) 和 run.resume()。"
            "请勿从其他文件夹发送该计划：已收到的人会再次收到。"
        ),
    ),
    "ledger.stopped_todo": (
        "{hint} Then run = ding.campaign({name!r}), then run.resume().",
        "{hint}然后依次执行 run = ding.campaign({name!r}) 和 run.resume()。",
    ),
    "ledger.earlier_same": (
        (
            "This ledger ({path}) has no record of this app, but the app has sent from this computer before, with a "
            "ledger at the same path, last on {day}. This one has no record of who got messages with that one."
        ),
        (
            "当前账本（{path}）中没有该应用的发送记录，但该应用曾从本机用同一路径的账本发送，最近一次为 {day}。当前账"
            "本中没有当时谁已收到的记录。"
        ),
    ),
    "ledger.earlier": (
        (
            "This ledger ({path}) has no record of this app, but the app has sent from this computer before: with "
            "the ledger {earlier}, last on {day}. This one has no record of who got messages with that one."
        ),
        (
            "当前账本（{path}）中没有该应用的发送记录，但该应用曾从本机发送：使用账本 {earlier}，最近一次为 {day}。当"
            "前账本中没有当时谁已收到的记录。"
        ),
    ),
    "copy.same": ("Both ledgers are {place}.", "两个账本都是 {place}。"),
    "copy.same_todo": ("Name two different ledgers.", "请指定两个不同的账本。"),
    "copy.no_source": ("There is no ledger at {place}.", "{place} 没有账本。"),
    "copy.no_source_todo": (
        "Check the folder or the URL; dingnb ledger list shows where the ledger is.",
        "请检查文件夹或 URL；dingnb ledger list 会显示账本位置。",
    ),
    "copy.not_empty": (
        "The ledger {place} is not empty. Nothing was copied.",
        "账本 {place} 不是空的。没有复制任何内容。",
    ),
    "copy.not_empty_todo": (
        "Copy into a new ledger: another database, or another folder.",
        "请复制到新账本：另一个数据库或文件夹。",
    ),
    "copy.sending": (
        "The campaign “{name}” is being sent with the ledger {place}. Nothing was copied.",
        "正在使用账本 {place} 发送群发任务“{name}”。没有复制任何内容。",
    ),
    "copy.sending_todo": (
        "Wait until it has ended, or stop it, and copy then.",
        "请等待发送结束或停止发送，然后再复制。",
    ),
    "copy.differs": (
        "The ledger {place} did not get all {n} rows of the table {table}. It was left empty.",
        "账本 {place} 未能得到表 {table} 的全部 {n} 行，已保持为空。",
    ),
    "copy.differs_todo": ("Copy again.", "请重新复制。"),
    "copy.progress": ("Copied {done} of {rows}", "已复制 {done} / {rows}"),
    "copy.done": (
        "Copied {rows} from {source} to {target}, and counted them in both.",
        "已从 {source} 复制 {rows} 到 {target}，两边计数一致。",
    ),
    "copy.completed": (
        (
            "The copy from {source} to {target}, which was interrupted, is complete. No campaign was sent since; what "
            "else was recorded in one of them, such as results or drafts, is not in the other."
        ),
        (
            "从 {source} 到 {target} 的复制曾中断，现已完成。其间没有发送过任务；只记录在其中一个账本中的其他内容"
            "（如结果、草稿）不在另一个账本中。"
        ),
    ),
    "copy.next": (
        (
            "From now on, everybody has to send with {target}: connect(ledger=...) or DINGNB_LEDGER. {source} is for "
            "reading only: a campaign sent with it is refused, because neither ledger has a record of what is sent "
            "with the other."
        ),
        (
            "今后所有人都须用 {target} 发送：connect(ledger=...) 或 DINGNB_LEDGER。{source} 只供查看，"
            "用它发送会被拒绝，因为两个账本互不知道对方的发送记录。"
        ),
    ),
    "copy.next_backup": (
        "{target} is a backup: a campaign sent with it is refused. Keep using {source}.",
        "{target} 是备份，用它发送会被拒绝。请继续使用 {source}。",
    ),
    "copy.aside": (
        (
            "On {day}, the ledgers {place} and {other} had the same campaigns, and {place} was set aside: neither has "
            "a record of what is sent with the other, so people could get a message twice. No further call was made."
        ),
        (
            "{day}，账本 {place} 与 {other} 内容相同，{place} 自此停用：两个账本互不知道对方的发送记录，"
            "同时使用会使收件人收到两次。未再发出调用。"
        ),
    ),
    "copy.aside_todo": (
        (
            "Connect with the ledger {other}. If that one was set aside in favour of {place}, a copy was interrupted: "
            'in a terminal, dingnb ledger copy "{place}" "{other}" completes it. Only if nothing was sent with {other} '
            'since, and nothing will be: dingnb ledger reactivate "{place}" --yes'
        ),
        (
            "请用账本 {other} 连接。如果它因 {place} 而停用，说明复制曾中断，请在终端执行："
            'dingnb ledger copy "{place}" "{other}"，即可完成复制。'
            "只有确定此后没有、今后也不会用 {other} 发送时，才执行："
            'dingnb ledger reactivate "{place}" --yes'
        ),
    ),
    "copy.source_aside": (
        "The ledger {place} was set aside in favour of {other}. Nothing was copied.",
        "账本 {place} 已停用，改用 {other}。没有复制任何内容。",
    ),
    "copy.source_aside_todo": (
        (
            "Copy {other} instead. If that one was set aside in favour of {place}, an earlier copy was interrupted: "
            'dingnb ledger copy "{place}" "{other}" completes it. Only if nothing was sent with {other} since, and '
            'nothing will be: dingnb ledger reactivate "{place}" --yes, and copy then.'
        ),
        (
            "请改为复制 {other}。如果它因 {place} 而停用，说明之前的复制曾中断，请执行："
            'dingnb ledger copy "{place}" "{other}"，即可完成复制。'
            "只有确定此后没有、今后也不会用 {other} 发送时，才执行："
            'dingnb ledger reactivate "{place}" --yes，然后再复制。'
        ),
    ),
    "copy.unfinished": (
        "The copy from {source} to {target} was not completed.",
        "从 {source} 到 {target} 的复制未完成。",
    ),
    "copy.unfinished_todo": (
        "Run the command again: it completes the copy, or says what to do.",
        "请再次执行该命令：它会完成复制，或说明该怎么做。",
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
            "replaced, sending them again would reach their recipients twice. Nothing has been changed yet."
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
        "如仍要执行，请加上 --yes：当前文件会改名保留，不会删除。",
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
    "restore.team": (
        "DINGNB_LEDGER names a ledger in a database, {place}, and a file cannot replace it. Nothing was changed.",
        "DINGNB_LEDGER 指定的账本在数据库 {place} 中，不能用文件替换。未做任何改动。",
    ),
    "restore.team_todo": (
        (
            "If the database is down, wait for it: the file has no record of what was sent with the database. To "
            "restore a ledger in a folder, name the folder: --home FOLDER"
        ),
        "如果数据库停机，请等待恢复：该文件中没有用数据库发送的记录。如要恢复文件夹中的账本，请指明：--home 文件夹",
    ),
    "restore.next": (
        'Connect again, then continue an interrupted campaign with run = ding.campaign("NAME") and run.resume().',
        '请重新连接，然后用 run = ding.campaign("名称")、run.resume() 继续被中断的任务。',
    ),
}
