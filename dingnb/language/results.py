"""The words of what is passed on: files, reports and plots."""

WORDS: dict[str, tuple[str, str]] = {
    "export.not_a_path": ("{call}() was given {kind}, not a path.", "{call}() 收到的是 {kind}，不是路径。"),
    "export.not_a_path_todo": (
        'Give the path of a file: {call}("payslip{suffix}").',
        '请传入文件路径：{call}("payslip{suffix}")。',
    ),
    "export.other_suffix": (
        "{path} ends in {suffix}, and {call}() writes {wanted}.",
        "{path} 以 {suffix} 结尾，而 {call}() 写入 {wanted}。",
    ),
    "export.other_suffix_todo": ('Use {call}("{name}").', '请使用 {call}("{name}")。'),
    "export.other_call_todo": ('For such a file use {call}("{name}").', '此类文件请使用 {call}("{name}")。'),
    "export.no_kind": ("{path} ends in {suffix}, which is not written.", "{path} 以 {suffix} 结尾，不支持写入。"),
    "export.no_kind_todo": ("Name {name}.xlsx or {name}.csv.", "请改为 {name}.xlsx 或 {name}.csv。"),
    "export.cannot_write": ("{path} cannot be written: {error}.", "无法写入 {path}：{error}。"),
    "export.another_todo": ("Choose another name or folder.", "请换一个文件名或文件夹。"),
    "export.open": (
        "{path} is open in another program, so it was left as it is.",
        "{path} 正在其他程序中打开，因此未作改动。",
    ),
    "export.open_todo": ("Close it there, or choose another name.", "请先在那里关闭，或换一个文件名。"),
    "export.open_in": (
        "{path} is open in {program}, so it was left as it is.",
        "{path} 正在 {program} 中打开，因此未作改动。",
    ),
    "export.open_in_todo": (
        "Close it there, or choose another name. If it is open nowhere, a crash left {beside} behind: delete that.",
        "请先在那里关闭，或换一个文件名。若并未打开，则 {beside} 是异常退出的残留，请删除。",
    ),
    "export.folder": ("{path} is a folder.", "{path} 是文件夹。"),
    "export.folder_todo": ("Name a file in it: {path}.", "请指明其中的文件：{path}。"),
    "export.no_file": ("{path} is a device or a pipe, not a file.", "{path} 是设备或管道，不是文件。"),
    "export.read_only": (
        "{path} is marked as read-only, so it was left as it is.",
        "{path} 为只读，因此未作改动。",
    ),
    "export.no_folder": (
        "{path} cannot be written: there is no folder {folder}.",
        "无法写入 {path}：没有文件夹 {folder}。",
    ),
    "export.no_folder_todo": ("Make the folder, or choose another one.", "请先创建该文件夹，或换一个。"),
    "export.folder_closed": (
        "{path} cannot be written: you have no right to write in the folder {folder}.",
        "无法写入 {path}：您没有文件夹 {folder} 的写入权限。",
    ),
    "export.folder_closed_todo": ("Choose a folder of your own.", "请换一个您自己的文件夹。"),
    "export.disk_read_only": (
        "{path} cannot be written: its disk is read-only.",
        "无法写入 {path}：所在磁盘为只读。",
    ),
    "export.disk_read_only_todo": ("Choose a folder on another disk.", "请换到其他磁盘的文件夹。"),
    "export.no_space": (
        "{path} was not written: no space is left on its disk, or your quota is used up.",
        "未写入 {path}：磁盘空间不足，或您的配额已用尽。",
    ),
    "export.no_space_todo": ("Make room, or choose another disk.", "请清理空间，或换一个磁盘。"),
    "export.long_name": ("{path} cannot be written: the name is too long.", "无法写入 {path}：名称过长。"),
    "export.long_name_todo": ("Choose a shorter one.", "请换一个较短的名称。"),
    "export.loop": (
        "{path} cannot be written: it is a link that leads back to itself.",
        "无法写入 {path}：该链接指向自身。",
    ),
    "export.loop_todo": ("Delete the link, or choose another name.", "请删除该链接，或换一个文件名。"),
    "export.too_long": (
        "{rows:,} rows are more than a sheet of Excel holds ({most:,}).",
        "{rows:,} 行超过了 Excel 工作表的上限（{most:,}）。",
    ),
    "export.too_wide": (
        "{columns:,} columns are more than a sheet of Excel holds ({most:,}).",
        "{columns:,} 列超过了 Excel 工作表的上限（{most:,}）。",
    ),
    "export.long_text": (
        "A text in the column {column!r}, row {row:,}, has {n:,} characters, and a cell of Excel holds {most:,}.",
        "列 {column!r} 第 {row:,} 行的文本有 {n:,} 个字符，而 Excel 单元格上限为 {most:,}。",
    ),
    "export.too_much_todo": ("Write a .csv file, which has no such limit.", "请改写 .csv 文件，它没有此限制。"),
}
