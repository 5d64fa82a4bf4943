"""Texts of media: pictures, files, voice and video."""

WORDS: dict[str, tuple[str, str]] = {
    "media.kind_todo": (
        'Pass "image", "file", "voice" or "video".',
        '请传入 "image"、"file"、"voice" 或 "video"。',
    ),
    "media.kind_image": ("a picture", "图片"),
    "media.kind_file": ("a file", "文件"),
    "media.kind_voice": ("a voice message", "语音"),
    "media.kind_video": ("a video", "视频"),
    "media.no_preview": ("The picture cannot be shown here.", "此处无法显示该图片。"),
    "media.no_preview_todo": (
        "Open the file in a viewer: it may be damaged, or have too many pixels.",
        "请用图片查看器打开：文件可能已损坏，或像素过多。",
    ),
    "media.other_type": (
        "{name!r} was uploaded as {type!r} and cannot be sent as {kind}.",
        "{name!r} 是以 {type!r} 类型上传的，不能作为{kind}发送。",
    ),
    "media.other_type_todo": (
        "Upload it again with kind={kind!r}.",
        "请以 kind={kind!r} 重新上传。",
    ),
    "media.name_tags": (
        "name={name!r} has tags, but the file is the same for everybody.",
        "name={name!r} 含有标签，而文件对所有人都相同。",
    ),
    "media.name_tags_todo": (
        "Give a plain name, or a path with tags.",
        "请填写固定的文件名，或使用含标签的路径。",
    ),
    "media.unseekable": (
        "The kind of a stream that can be read only once is not known.",
        "只能读取一次的数据流无法判断类型。",
    ),
    "media.not_kept": (
        "{name!r} is no longer available: only its hash was recorded.",
        "{name!r} 已不可用：仅记录了其哈希值。",
    ),
    "media.not_kept_todo": (
        "Run the cells again that made the message and the plan.",
        "请重新运行创建消息和计划的单元格。",
    ),
    "media.empty": ("{name!r} is empty (0 bytes).", "{name!r} 是空文件（0 字节）。"),
    "media.empty_todo": ("Pass a file with content.", "请提供有内容的文件。"),
    "media.too_large": (
        "{name!r} has {megabytes:,.1f} MB; DingTalk accepts at most {most:,.3g} MB.",
        "{name!r} 有 {megabytes:,.1f} MB；钉钉最多接受 {most:,.3g} MB。",
    ),
    "media.too_large_todo": (
        "Make it smaller, or send a link to it.",
        "请压缩文件，或改为发送链接。",
    ),
    "media.wrong_format": (
        "{name!r} cannot be sent as {kind}: its content is {found}.",
        "{name!r} 不能作为{kind}发送：其内容是{found}。",
    ),
    "media.wrong_format_todo": (
        "DingTalk accepts {formats}. Convert it, or send it in a zip archive.",
        "钉钉接受 {formats}。请转换格式，或打包成 zip 发送。",
    ),
    "media.page_todo": (
        "The download probably failed and saved an error page. Download the file again (DingTalk accepts {formats}).",
        "可能下载失败，保存的是错误页面。请重新下载（钉钉接受 {formats}）。",
    ),
    "media.other_kind_todo": (
        "Send it as {other!r}, or convert it to one of {formats}.",
        "请作为 {other!r} 发送，或转换为以下格式之一：{formats}。",
    ),
    "media.is_jpg": ("a JPEG picture", " JPEG 图片"),
    "media.is_png": ("a PNG picture", " PNG 图片"),
    "media.is_gif": ("a GIF picture", " GIF 图片"),
    "media.is_bmp": ("a BMP picture", " BMP 图片"),
    "media.is_amr": ("an AMR recording", " AMR 录音"),
    "media.is_mp3": ("an MP3 recording", " MP3 音频"),
    "media.is_wav": ("a WAV recording", " WAV 音频"),
    "media.is_mp4": ("an MP4 video", " MP4 视频"),
    "media.is_doc": ("a Word document (.doc)", " Word 文档（.doc）"),
    "media.is_docx": ("a Word document (.docx)", " Word 文档（.docx）"),
    "media.is_xls": ("an Excel workbook (.xls)", " Excel 工作簿（.xls）"),
    "media.is_xlsx": ("an Excel workbook (.xlsx)", " Excel 工作簿（.xlsx）"),
    "media.is_ppt": ("a PowerPoint presentation (.ppt)", " PowerPoint 演示文稿（.ppt）"),
    "media.is_pptx": ("a PowerPoint presentation (.pptx)", " PowerPoint 演示文稿（.pptx）"),
    "media.is_macros": ("an Office document with macros", "含宏的 Office 文档"),
    "media.is_zip": ("a zip archive", " zip 压缩包"),
    "media.is_pdf": ("a PDF document", " PDF 文档"),
    "media.is_rar": ("a rar archive", " rar 压缩包"),
    "media.is_html": ("a web page (HTML)", "网页（HTML）"),
    "media.is_text": ("plain text", "纯文本"),
    "media.is_picture": ("a picture in another format", "其他格式的图片"),
    "media.is_audio": ("audio in another format", "其他格式的音频"),
    "media.is_film": ("a video in another format", "其他格式的视频"),
    "media.is_document": ("a document in another format", "其他格式的文档"),
    "media.is_archive": ("an archive in another format", "其他格式的压缩包"),
    "media.is_unknown": ("in an unknown format", "未知格式"),
    "media.damaged": ("{name!r} is damaged ({error}).", "{name!r} 已损坏（{error}）。"),
    "media.damaged_todo": (
        "Open it to check, then save or download it again.",
        "请打开检查，然后重新保存或下载。",
    ),
    "media.renamed": (
        "{name!r} contains {content}, so it is sent as {became!r}.",
        "{name!r} 的内容是 {content}，因此以 {became!r} 发送。",
    ),
    "media.no_path": ("The path is empty.", "路径为空。"),
    "media.no_path_todo": ("Pass the path of a file.", "请提供文件路径。"),
    "media.not_a_path": ("{value} is not a path.", "{value} 不是路径。"),
    "media.missing_here": ("There is no file {path!r} in the folder.", "目录中没有文件 {path!r}。"),
    "media.missing_here_todo": (
        "Put the file there, or correct the path in the row.",
        "请在目录中放入该文件，或修改该行的路径。",
    ),
    "media.missing": ("There is no file {path!r}.", "文件 {path!r} 不存在。"),
    "media.missing_todo": (
        "Check the path; a relative path starts at the folder of the notebook.",
        "请检查路径；相对路径以 notebook 所在目录为起点。",
    ),
    "media.windows_path": (
        "{path!r} is a path of Windows, and this computer runs another system.",
        "{path!r} 是 Windows 路径，而本机是其他系统。",
    ),
    "media.windows_path_todo": (
        "Put the files where this computer can read them, and use paths relative to their folder, with /.",
        "请把文件放到本机可读取的位置，并使用相对于该目录、以 / 分隔的路径。",
    ),
    "media.unreadable": ("{path!r} cannot be read: permission denied.", "无法读取 {path!r}：没有权限。"),
    "media.unreadable_todo": ("Change the permissions of the file or its folder.", "请修改文件或其目录的权限。"),
    "media.not_opened": ("{path!r} cannot be read: {reason}.", "无法读取 {path!r}：{reason}。"),
    "media.directory": ("{path!r} is a folder.", "{path!r} 是目录。"),
    "media.directory_todo": (
        "Pass the path of a file; a folder can be sent as a zip archive.",
        "请提供文件路径；目录可打包成 zip 发送。",
    ),
    "media.no_file": ("{path!r} is not a regular file.", "{path!r} 不是普通文件。"),
    "media.changed": (
        "{path!r} has changed since it was checked, so it is not sent.",
        "{path!r} 在检查之后发生了变化，因此不发送。",
    ),
    "media.changed_todo": (
        "Make the plan again with the new file, or restore the old one.",
        "请用新文件重新生成计划，或恢复原文件。",
    ),
    "media.no_value": ("The value is missing.", "缺少值。"),
    "media.not_media": ("{value} cannot be sent as {kind}.", "{value} 不能作为{kind}发送。"),
    "media.not_media_todo": (
        'Pass a path, bytes with name=, a file opened with "rb", a figure, a PIL image or a DataFrame.',
        '请传入路径、带 name= 的 bytes、以 "rb" 打开的文件、图表、PIL 图片或 DataFrame。',
    ),
    "media.no_name": ("The bytes have no name.", "bytes 没有名称。"),
    "media.no_name_todo": (
        'Pass the name that recipients see, such as name="payslip.pdf".',
        '请传入收件人看到的名称，例如 name="payslip.pdf"。',
    ),
    "media.bad_name": ("name={name} is not a file name.", "name={name} 不是文件名。"),
    "media.text_file": ("The file is open in text mode.", "文件以文本模式打开。"),
    "media.text_file_todo": ('Open it with open(path, "rb").', '请用 open(path, "rb") 打开。'),
    "media.closed": ("The {thing} is closed.", "{thing}已关闭。"),
    "media.closed_todo": (
        "Pass it before it is closed, for example before plt.close().",
        "请在关闭之前传入，例如在 plt.close() 之前。",
    ),
    "media.thing_figure": ("figure", "图表"),
    "media.thing_image": ("image", "图片"),
    "media.thing_file": ("file", "文件"),
    "media.thing_table": ("table", "表格"),
    "media.nothing_drawn": ("The {thing} is empty.", "{thing}是空的。"),
    "media.nothing_drawn_todo": (
        "Draw something first; after plt.show() or plt.clf() a new figure is empty.",
        "请先绘制内容；plt.show() 或 plt.clf() 之后的新图表是空的。",
    ),
    "media.not_drawn": ("The {thing} cannot be drawn: {reason}", "无法绘制{thing}：{reason}"),
    "media.not_drawn_todo": (
        "Check that it can be shown in the notebook.",
        "请确认它能在 notebook 中显示。",
    ),
    "media.no_exporter": (
        "{library} needs the package {package} to save a figure as a picture.",
        "{library} 需要安装 {package} 才能把图表保存为图片。",
    ),
    "media.no_exporter_todo": ("Run: pip install {package}", "请运行：pip install {package}"),
    "media.no_matplotlib": (
        "matplotlib is needed to draw a table as a picture.",
        "把表格绘制成图片需要安装 matplotlib。",
    ),
    "media.no_pillow": (
        "The picture has {megabytes:,.1f} MB, and Pillow is needed to make it smaller.",
        "图片有 {megabytes:,.1f} MB，需要安装 Pillow 才能压缩。",
    ),
    "media.no_chinese_font": (
        "No font for Chinese is installed on this computer, so Chinese characters are drawn as boxes.",
        "本机没有安装中文字体，图中的中文会显示为方框。",
    ),
    "media.first_frame": (
        "The image is animated; only its first frame is sent. Pass the path of a GIF file to send it whole.",
        "该图片是动图，只发送第一帧；如需完整发送，请传入 GIF 文件的路径。",
    ),
    "media.fewer_colours": (
        "The picture was too large as drawn, so it is sent with 256 colours ({megabytes:,.1f} MB).",
        "图片过大，已改为 256 色发送（{megabytes:,.1f} MB）。",
    ),
    "media.as_jpeg": (
        "The picture was too large as drawn, so it is sent as JPEG with quality {quality} ({megabytes:,.1f} MB).",
        "图片过大，已改为 JPEG（质量 {quality}）发送（{megabytes:,.1f} MB）。",
    ),
    "media.scaled": (
        "The picture was too large as drawn, so it is sent as JPEG of {width:,} × {height:,} ({megabytes:,.1f} MB).",
        "图片过大，已改为 {width:,} × {height:,} 的 JPEG 发送（{megabytes:,.1f} MB）。",
    ),
    "media.large_table": (
        "The table has {rows} and {columns}; a picture has room for {most_rows:,} rows and {most_columns:,} columns.",
        "表格有 {rows}、{columns}；图片中最多显示 {most_rows:,} 行、{most_columns:,} 列。",
    ),
    "media.large_table_todo": (
        "Send a part of it, such as frame.head({most_rows}), or send it as a workbook with dingnb.file(frame).",
        "请只发送一部分，例如 frame.head({most_rows})，或用 dingnb.file(frame) 作为工作簿发送。",
    ),
    "media.figure_as_file": (
        "A figure or an image is sent as a picture, not as {kind}.",
        "图表和图片应作为图片发送，不能作为{kind}发送。",
    ),
    "media.figure_as_file_todo": ("Use dingnb.image(...).", "请使用 dingnb.image(...)。"),
    "media.outside": (
        "{path!r} leads out of the folder {folder!r}.",
        "{path!r} 指向目录 {folder!r} 之外。",
    ),
    "media.outside_todo": (
        "Only files in the folder are sent; use paths inside it, without ...",
        "只发送该目录中的文件；请使用目录内的路径，不要包含 ..。",
    ),
    "media.link": (
        "{path!r} is a symbolic link, which may lead to another person's file.",
        "{path!r} 是符号链接，可能指向他人的文件。",
    ),
    "media.link_todo": ("Put the file itself there.", "请在此处放置文件本身。"),
    "media.no_folder": ("There is no folder {folder!r}.", "目录 {folder!r} 不存在。"),
    "media.no_folder_todo": ("Pass the folder that contains the files.", "请提供包含文件的目录。"),
    "media.zip_damaged": (
        "{name!r} is not a zip archive that can be read ({error}).",
        "{name!r} 不是可读取的 zip 压缩包（{error}）。",
    ),
    "media.zip_many": (
        "{name!r} has {n:,} files; at most {most:,} are read.",
        "{name!r} 中有 {n:,} 个文件，最多读取 {most:,} 个。",
    ),
    "media.zip_bomb": (
        "{name!r} unpacks to {megabytes:,.0f} MB; at most {most:,.0f} MB are read.",
        "{name!r} 解压后有 {megabytes:,.0f} MB，最多读取 {most:,.0f} MB。",
    ),
    "media.zip_overlap": (
        "{name!r} has files that share their data, as only harmful archives do.",
        "{name!r} 中的文件共用数据，只有恶意压缩包才会如此。",
    ),
    "media.zip_todo": ("Pack the files again, in several archives if needed.", "请重新打包，必要时分成多个压缩包。"),
    "media.zip_lies": (
        "{name!r} unpacks to more than the archive says.",
        "{name!r} 解压后的大小超过压缩包所声明的大小。",
    ),
    "media.zip_encrypted": ("{name!r} is protected by a password.", "{name!r} 受密码保护。"),
    "media.zip_encrypted_todo": ("Pack the files again without a password.", "请不设密码重新打包。"),
    "media.zip_unsupported": (
        "{name!r} is compressed in a way that cannot be read here ({error}).",
        "{name!r} 的压缩方式不受支持（{error}）。",
    ),
    "attachments.shared": (
        (
            "{people} get the same content as somebody else ({files}), such as rows {rows}: {file}. "
            "Check that this is intended; plan.attachments() lists every file."
        ),
        (
            "{people}的文件内容与他人相同（{files}），例如第 {rows} 行：{file}。请确认是否有意如此；"
            "plan.attachments() 列出每个文件。"
        ),
    ),
    "attachments.other_name": (
        (
            "The path of the file in {rows} contains another person's name: row {label} ({name}) gets {file}, with the "
            "name {other}. Check the column of paths; plan.attachments() lists every file."
        ),
        (
            "{rows}的文件名中含有他人姓名：第 {label} 行（{name}）将收到 {file}，其中含有“{other}”。"
            "请检查路径列；plan.attachments() 列出每个文件。"
        ),
    ),
    "attachments.forwarded": (
        "DingTalk does not document whether a forwarded file can be opened by others.",
        "钉钉未说明文件被转发后他人能否打开。",
    ),
}
