"""Texts of media: pictures, files, voice and video."""

TRANSLATIONS: dict[str, tuple[str, str]] = {
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
        "Open the file in an image viewer: it may be damaged, or have too many pixels.",
        "请用图片查看器打开文件：可能已损坏，或像素过多。",
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
        "name={name!r} contains template tags, but everybody gets the same file.",
        "name={name!r} 含有模板标签，但所有人收到的是同一个文件。",
    ),
    "media.name_tags_todo": (
        "Pass a name without tags, or a path with tags.",
        "请使用不含标签的名称，或使用含标签的路径。",
    ),
    "media.unseekable": (
        "The kind of media cannot be detected in a stream that can be read only once.",
        "该数据流只能读取一次，无法识别其类型。",
    ),
    "media.not_kept": (
        "The ledger has only the hash of {name!r}, not its content.",
        "账本中只有 {name!r} 的哈希值，没有其内容。",
    ),
    "media.not_kept_todo": (
        "Pass the figure or the bytes themselves again, as in dingnb.image(figure), and make the plan again.",
        "请重新传入图表或 bytes 本身，例如 dingnb.image(figure)，并重新生成计划。",
    ),
    "media.empty": ("{name!r} is empty (0 bytes).", "{name!r} 是空文件（0 字节）。"),
    "media.empty_todo": (
        "Check how the file was saved; an empty file cannot be sent.",
        "空文件不能发送，请检查文件是否保存完整。",
    ),
    "media.too_large": (
        "{name!r} is {megabytes:,.1f} MB; DingTalk accepts at most {most:,.3g} MB.",
        "{name!r} 为 {megabytes:,.1f} MB，超过钉钉的上限 {most:,.3g} MB。",
    ),
    "media.not_reduced": (
        "The picture is {megabytes:,.1f} MB, and cannot be reduced to the {most:,.3g} MB that DingTalk accepts.",
        "图片为 {megabytes:,.1f} MB，无法压缩到钉钉的上限 {most:,.3g} MB。",
    ),
    "media.value_range": (
        "The image has values from {low:g} to {high:g}; a picture has whole numbers from 0 to 255.",
        "图像的像素值为 {low:g} 到 {high:g}；图片的像素值应为 0 到 255 的整数。",
    ),
    "media.value_range_todo": (
        "Scale it first: values from 0 to 1, for example, with Image.fromarray((255 * values).astype('uint8')).",
        "请先换算：例如 0 到 1 的值可用 Image.fromarray((255 * values).astype('uint8'))。",
    ),
    "media.too_large_todo": (
        "Make it smaller, or send a link instead.",
        "请压缩文件，或改为发送链接。",
    ),
    "media.wrong_format": (
        "{name!r} cannot be sent as {kind}: its content is {found}.",
        "{name!r} 不能作为{kind}发送：其内容是{found}。",
    ),
    "media.wrong_format_todo": (
        "DingTalk accepts {formats}. Convert it, or send it in a zip archive.",
        "钉钉支持 {formats}。请转换格式，或打包成 zip 发送。",
    ),
    "media.page_todo": (
        (
            "Open it. If it is an error page, download the file again; if it is a table or a document, save it as "
            ".xlsx or .docx (DingTalk accepts {formats})."
        ),
        "请打开查看：若是错误页面，请重新下载；若是表格或文档，请另存为 .xlsx 或 .docx（钉钉支持 {formats}）。",
    ),
    "media.other_kind_todo": (
        "Send it as {other!r}, or convert it to one of these formats: {formats}.",
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
    "media.is_video": ("a video in another format", "其他格式的视频"),
    "media.is_document": ("a document in another format", "其他格式的文档"),
    "media.is_archive": ("an archive in another format", "其他格式的压缩包"),
    "media.is_unknown": ("in an unknown format", "未知格式"),
    "media.damaged": ("{name!r} is damaged ({error}).", "{name!r} 已损坏（{error}）。"),
    "media.damaged_todo": (
        "Open it to check, then save or download it again.",
        "请打开检查，然后重新保存或下载。",
    ),
    "media.renamed": (
        "The content of {name!r} is {content}, so recipients see it as {became!r}.",
        "{name!r} 的内容为 {content}，将以文件名 {became!r} 发送。",
    ),
    "media.no_path": ("The path is empty.", "路径为空。"),
    "media.no_path_todo": ("Pass the path of a file.", "请提供文件路径。"),
    "media.missing_value_todo": (
        "Fill in the path, or leave the row out: there is no default for a file.",
        "请填写路径，或去掉该行：文件没有默认值。",
    ),
    "media.not_a_path": ("{value} is not a path.", "{value} 不是路径。"),
    "media.missing_here": ("There is no file {path!r} in the folder.", "文件夹中没有文件 {path!r}。"),
    "media.missing_here_todo": (
        "Put the file there, or correct the path in the row.",
        "请将该文件放入文件夹，或修改该行的路径。",
    ),
    "media.repeated_folder_todo": (
        "Paths are relative to the folder, so leave out {folder!r}: {path!r}.",
        "路径相对于该文件夹，请去掉 {folder!r}：{path!r}。",
    ),
    "media.missing": ("There is no file {path!r}.", "文件 {path!r} 不存在。"),
    "media.missing_todo": (
        "Check the path; relative paths start at the folder of the notebook.",
        "请检查路径；相对路径以 notebook 所在文件夹为起点。",
    ),
    "media.gone_todo": ("Put the file back.", "请放回该文件。"),
    "media.windows_path": (
        "{path!r} is a Windows path, but this computer does not run Windows.",
        "{path!r} 是 Windows 路径，而本机不是 Windows 系统。",
    ),
    "media.windows_path_todo": (
        "Copy the files to this computer, and use paths relative to their folder, with / as the separator.",
        "请将文件复制到本机，并使用相对于其文件夹、以 / 分隔的路径。",
    ),
    "media.unreadable": ("{path!r} cannot be read: permission denied.", "无法读取 {path!r}：没有权限。"),
    "media.unreadable_todo": ("Change the permissions of the file or its folder.", "请修改文件或其文件夹的权限。"),
    "media.not_opened": ("{path!r} cannot be read: {reason}.", "无法读取 {path!r}：{reason}。"),
    "media.not_opened_todo": (
        "Check the path, and whether the file opens in another program.",
        "请检查路径，以及该文件能否用其他程序打开。",
    ),
    "media.directory": ("{path!r} is a folder.", "{path!r} 是文件夹。"),
    "media.directory_todo": (
        "Pass the path of a file; a folder can be sent as a zip archive.",
        "请提供文件路径；文件夹可打包成 zip 发送。",
    ),
    "media.no_file": ("{path!r} is not a regular file.", "{path!r} 不是普通文件。"),
    "media.no_file_todo": ("Pass the path of a file.", "请提供文件路径。"),
    "media.changed": (
        "{path!r} has changed since it was checked, so it was not sent.",
        "{path!r} 在检查后有改动，未发送。",
    ),
    "media.changed_todo": (
        "Make the plan again to send the new file, or restore the old one.",
        "如需发送新文件，请重新生成计划；否则请恢复原文件。",
    ),
    "media.no_value": ("The value is missing.", "值为空。"),
    "media.not_media": ("{value} cannot be sent as {kind}.", "{value} 不能作为{kind}发送。"),
    "media.not_media_todo": (
        'Pass a path, bytes with name=, a file opened with "rb", a figure, a PIL image or a DataFrame.',
        '请传入路径、带 name= 的 bytes、以 "rb" 打开的文件、图表、PIL 图片或 DataFrame。',
    ),
    "media.no_figure_todo": (
        (
            "Pass the figure: plt.show() and many functions that plot return None. Use fig from fig, ax = "
            "plt.subplots(), or plt.gcf() before plt.show()."
        ),
        (
            "请传入图表：plt.show() 和许多绘图函数返回 None。图表是 fig, ax = plt.subplots() 中的 fig，"
            "或 plt.show() 之前的 plt.gcf()。"
        ),
    ),
    "media.artists_todo": (
        "Pass the figure, or the axes, on which they are drawn: dingnb.image(fig), dingnb.image(ax).",
        "请传入它们所在的图表或坐标轴：dingnb.image(fig)、dingnb.image(ax)。",
    ),
    "media.array_todo": (
        (
            "If it is a picture: dingnb.image(PIL.Image.fromarray(array)). To draw its numbers: ax.imshow(array), then "
            "dingnb.image(ax). For a table: pandas.DataFrame(array)."
        ),
        (
            "如为图片：dingnb.image(PIL.Image.fromarray(array))。如需绘制其中的数值：先 ax.imshow(array)，再 "
            "dingnb.image(ax)。如为表格：pandas.DataFrame(array)。"
        ),
    ),
    "media.column_todo": (
        (
            'To send each person a file, name the column of paths: dingnb.file("{{{{ path }}}}"). To send a table, '
            "pass a DataFrame."
        ),
        '如需每人发送一个文件，请写出路径所在的列：dingnb.file("{{{{ path }}}}")。如需发送表格，请传入 DataFrame。',
    ),
    "media.no_name": ("Bytes need a file name.", "传入 bytes 时需要文件名。"),
    "media.no_name_todo": (
        'Pass the name that recipients see, such as name="payslip.pdf".',
        '请传入收件人看到的文件名，例如 name="payslip.pdf"。',
    ),
    "media.bad_name": ("name={name} is not a valid file name.", "name={name} 不是有效的文件名。"),
    "media.text_file": ("The file is open in text mode.", "文件以文本模式打开。"),
    "media.text_file_todo": ('Open it with open(path, "rb").', '请用 open(path, "rb") 打开。'),
    "media.closed": ("The {thing} is closed.", "{thing}已关闭。"),
    "media.closed_todo": (
        "Pass it before it is closed, for example before plt.close().",
        "请在关闭之前传入，例如在 plt.close() 之前。",
    ),
    "media.closed_image_todo": (
        "Pass it before it is closed, such as inside its with block, or pass the path of the file.",
        "请在关闭之前传入，例如在 with 语句块内；也可直接传入文件路径。",
    ),
    "media.closed_file_todo": (
        "Pass it before it is closed, such as inside its with block, or pass its path.",
        "请在关闭之前传入，例如在 with 语句块内；也可直接传入其路径。",
    ),
    "media.thing_figure": ("figure", "图表"),
    "media.thing_image": ("image", "图片"),
    "media.thing_file": ("file", "文件"),
    "media.thing_table": ("table", "表格"),
    "media.nothing_drawn": ("The {thing} is empty.", "{thing}为空。"),
    "media.nothing_drawn_todo": (
        "Plot something first; after plt.show() or plt.clf(), plt.gcf() is a new, empty figure.",
        "请先绘制内容；调用 plt.show() 或 plt.clf() 后，plt.gcf() 是新的空图表。",
    ),
    "media.empty_image_todo": ("Check how the image was made: it has no pixels.", "该图片没有像素，请检查其生成方式。"),
    "media.empty_table_todo": (
        "Check how the table was filtered: it has no rows or no columns.",
        "表格没有行或列，请检查筛选条件。",
    ),
    "media.not_drawn": ("The {thing} cannot be drawn: {reason}", "无法绘制{thing}：{reason}"),
    "media.not_drawn_todo": (
        "Check that the notebook can display it.",
        "请确认它能在 notebook 中显示。",
    ),
    "media.no_chrome": (
        "plotly needs Chrome to save a figure as a picture, and found none.",
        "plotly 需要用 Chrome 把图表保存为图片，但未找到。",
    ),
    "media.no_chrome_todo": (
        "Install Chrome, or run plotly_get_chrome in a terminal. Or draw the figure with matplotlib.",
        "请安装 Chrome，或在终端运行 plotly_get_chrome；也可改用 matplotlib 绘图。",
    ),
    "media.no_exporter": (
        "{library} needs the package {package} to save a figure as a picture.",
        "{library} 需要 {package} 才能把图表保存为图片。",
    ),
    "media.no_exporter_todo": ("Run: pip install {package}", "请运行：pip install {package}"),
    "media.no_kaleido_todo": (
        "Run: pip install {package}. It also needs Chrome; if there is none, run plotly_get_chrome in a terminal.",
        "请运行：pip install {package}。它还需要 Chrome；如未安装，请在终端运行 plotly_get_chrome。",
    ),
    "media.no_matplotlib": (
        "Sending a table as a picture needs the package matplotlib.",
        "把表格作为图片发送需要 matplotlib。",
    ),
    "media.no_pillow": (
        "The picture is {megabytes:,.1f} MB; making it smaller needs the package Pillow.",
        "图片为 {megabytes:,.1f} MB，压缩图片需要 Pillow。",
    ),
    "media.no_chinese_font": (
        "This computer has no Chinese font, so Chinese characters appear as boxes in the picture.",
        "本机没有中文字体，图中的中文会显示为方框。",
    ),
    "media.small_text": (
        (
            "The table is so wide that its text is hard to read in the picture: leave out columns, shorten long texts, "
            "or send it as a workbook."
        ),
        "表格过宽，图片中的文字难以辨认：请减少列、缩短较长的文字，或作为工作簿发送。",
    ),
    "media.first_frame": (
        "The image is animated; only its first frame is sent. To send the animation, pass the path of the GIF file.",
        "该图片是动图，只会发送第一帧；如需发送动图，请传入 GIF 文件的路径。",
    ),
    "media.fewer_colours": (
        "The picture was too large, so it is sent with 256 colours ({megabytes:,.1f} MB).",
        "图片过大，已改为 256 色发送（{megabytes:,.1f} MB）。",
    ),
    "media.as_jpeg": (
        "The picture was too large, so it is sent as a JPEG of quality {quality} ({megabytes:,.1f} MB).",
        "图片过大，已改为 JPEG（质量 {quality}）发送（{megabytes:,.1f} MB）。",
    ),
    "media.scaled": (
        "The picture was too large, so it is sent as a JPEG of {width:,} × {height:,} pixels ({megabytes:,.1f} MB).",
        "图片过大，已改为 {width:,} × {height:,} 像素的 JPEG 发送（{megabytes:,.1f} MB）。",
    ),
    "media.table_of_people": (
        "The table has rows of {people} (column {column}): everybody who gets it sees all rows.",
        "该表格包含 {people}的数据（列：{column}）：收到的人都能看到全部行。",
    ),
    "media.large_table": (
        "The table has {rows} and {columns}; a picture can have {max_rows:,} rows and {max_columns:,} columns.",
        "表格有 {rows}、{columns}；图片最多 {max_rows:,} 行、{max_columns:,} 列。",
    ),
    "media.large_table_todo": (
        "Send part of it, such as frame.head({max_rows}), or a workbook: dingnb.file(frame).",
        "请只发送一部分，例如 frame.head({max_rows})；或作为工作簿发送：dingnb.file(frame)。",
    ),
    "media.figure_as_file": (
        "Figures and images are sent as pictures; they cannot be sent as {kind}.",
        "图表和图片只能作为图片发送，不能作为{kind}发送。",
    ),
    "media.figure_as_file_todo": ("Use dingnb.image(...).", "请使用 dingnb.image(...)。"),
    "media.outside": (
        "{path!r} is outside the folder {folder!r}.",
        "{path!r} 在文件夹 {folder!r} 之外。",
    ),
    "media.dots": (
        "{path!r} contains “..”, which is not followed: a folder in front of it may be a link.",
        "{path!r} 含有“..”，不予解析：其前面的文件夹可能是链接。",
    ),
    "media.outside_todo": (
        "Only files in this folder are sent. Use paths within it, without “..”.",
        "只发送该文件夹中的文件。请使用其中的路径，不要包含“..”。",
    ),
    "media.link": (
        "{path!r} is or passes through a symbolic link, which may lead to somebody else's file.",
        "{path!r} 是符号链接，或经过符号链接，可能指向他人的文件。",
    ),
    "media.link_todo": ("Put the file itself there.", "请改为放置文件本身。"),
    "media.no_folder": ("There is no folder {folder!r}.", "文件夹 {folder!r} 不存在。"),
    "media.no_folder_todo": ("Pass the folder that contains the files.", "请提供文件所在的文件夹。"),
    "media.zip_damaged": (
        "{name!r} is not a valid zip archive ({error}).",
        "{name!r} 不是有效的 zip 压缩包（{error}）。",
    ),
    "media.zip_empty": ("{name!r} contains no files.", "{name!r} 中没有文件。"),
    "media.zip_empty_todo": (
        "Put the files themselves into it, not an empty folder.",
        "请把文件本身（而不是空文件夹）打包进去。",
    ),
    "media.zip_many": (
        "{name!r} contains {n:,} files; the maximum is {most:,}.",
        "{name!r} 中有 {n:,} 个文件，上限为 {most:,} 个。",
    ),
    "media.zip_bomb": (
        "{name!r} unpacks to {megabytes:,.0f} MB; the maximum is {most:,.0f} MB.",
        "{name!r} 解压后为 {megabytes:,.0f} MB，上限为 {most:,.0f} MB。",
    ),
    "media.zip_overlap": (
        "Files in {name!r} overlap, which is typical of malicious archives.",
        "{name!r} 中的文件数据相互重叠，这是恶意压缩包的特征。",
    ),
    "media.zip_todo": ("Pack the files again, in several archives if needed.", "请重新打包，必要时分成多个压缩包。"),
    "media.zip_encrypted": ("{name!r} is protected by a password.", "{name!r} 受密码保护。"),
    "media.zip_encrypted_todo": ("Pack the files again without a password.", "请不设密码重新打包。"),
    "media.zip_unsupported": (
        "{name!r} uses an unsupported compression method ({error}).",
        "{name!r} 的压缩方式不受支持（{error}）。",
    ),
    "attachments.shared": (
        (
            "{people} get the same content as somebody else ({files}), such as {rows}: {file}. "
            "Check whether this is intended; plan.attachments() lists the files."
        ),
        (
            "{people}的文件内容与他人相同（{files}），例如{rows}：{file}。请确认是否有意如此；"
            "plan.attachments() 可查看所有文件。"
        ),
    ),
    "attachments.other_name": (
        (
            "In {rows}, the path of the file contains another person's name or ID: {row} ({name}) gets {file}, "
            "which contains “{other}”. Check the paths; plan.attachments() lists the files."
        ),
        (
            "{rows}的文件路径中含有他人的姓名或编号：{row}（{name}）将收到 {file}，其中含有“{other}”。"
            "请检查路径；plan.attachments() 可查看所有文件。"
        ),
    ),
    "attachments.renamed": ("The same applies to {files} of other rows.", "其他行的 {files}也是如此。"),
    "attachments.forwarded": (
        "DingTalk does not document whether others can open a forwarded file.",
        "文件被转发后他人能否打开，钉钉文档未作说明。",
    ),
}
