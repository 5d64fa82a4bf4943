"""Texts for reading files."""

TRANSLATIONS: dict[str, tuple[str, str]] = {
    "file.title": ("{file}: {rows}, {columns}", "{file}：{rows}，{columns}"),
    "file.format": ("Format", "格式"),
    "file.format_csv": ("text, {encoding}, delimiter: {delimiter}", "文本，{encoding}，分隔符：{delimiter}"),
    "file.format_xlsx": ("Excel workbook, sheet {sheet!r}", "Excel 工作簿，工作表 {sheet!r}"),
    "file.line": ("File line", "文件行号"),
    "file.row": ("Excel row", "Excel 行号"),
    "file.row_of_sheet": ("Excel row in “{sheet}”", "“{sheet}”的 Excel 行号"),
    "file.line_named": ("line {label} of the file", "文件第 {label} 行"),
    "file.lines_named": ("lines {labels} of the file", "文件第 {labels} 行"),
    "file.row_named": ("Excel row {label}", "Excel 第 {label} 行"),
    "file.rows_named": ("Excel rows {labels}", "Excel 第 {labels} 行"),
    "file.row_of_sheet_named": ("Excel row {label} in “{sheet}”", "“{sheet}”第 {label} 行"),
    "file.row_of_sheets_named": ("Excel rows {labels} in “{sheet}”", "“{sheet}”第 {labels} 行"),
    "file.columns": ("Columns", "列"),
    "file.renamed": ("Renamed", "改名"),
    "file.corrected": ("Corrected", "修正"),
    "file.corrected_value": (
        "{column}: {cells}, such as {value!r} to {became!r}",
        "{column}：{cells}，例如 {value!r} 改为 {became!r}",
    ),
    "file.left_out": ("Skipped", "未读取"),
    "file.left_out_value": ("{rows}: {lines}", "{rows}：{lines}"),
    "file.left_out_line": ("line {line} ({problem})", "第 {line} 行（{problem}）"),
    "file.left_out_more": (
        "and {n:,} more, all in frame.attrs['dingnb']['left_out']",
        "另有 {n:,} 行，全部列在 frame.attrs['dingnb']['left_out']",
    ),
    "file.delimiter_comma": ("comma", "逗号"),
    "file.delimiter_semicolon": ("semicolon", "分号"),
    "file.delimiter_tab": ("tab", "制表符"),
    "file.delimiter_bar": ("vertical bar", "竖线"),
    "file.delimiter_chinese_comma": ("full-width comma", "中文逗号"),
    "file.delimiter_chinese_semicolon": ("full-width semicolon", "中文分号"),
    "file.delimiter_enumeration_comma": ("enumeration comma", "顿号"),
    "file.ragged": ("{found:,} instead of {wanted:,} cells", "有 {found:,} 个单元格，应为 {wanted:,} 个"),
    "file.open_quote": ("a quotation mark is not closed", "引号没有闭合"),
    "file.long_cell": (
        "a cell of more than {limit:,} characters; probably a quotation mark is not closed",
        "单元格超过 {limit:,} 个字符，可能是引号没有闭合",
    ),
    "file.above": ("{rows} above the header skipped: {sample!r}.", "表头上方的 {rows}未读取：{sample!r}。"),
    "file.wrong_suffix": (
        "The name ends in {suffix}, but the content is {kind}, so it was read as that.",
        "文件名以 {suffix} 结尾，但内容是 {kind}；已按内容读取。",
    ),
    "file.content_csv": ("delimited text", "分隔文本"),
    "file.content_xlsx": ("an Excel workbook", "Excel 工作簿"),
    "file.passed_over": (
        "Sheet {sheet!r} was read because it has a column of userids or mobile numbers; {first!r} has none.",
        "已读取工作表 {sheet!r}：其中有 userid 或手机号列，而 {first!r} 中没有。",
    ),
    "file.hidden": (
        (
            "{file!r}, sheet {sheet!r}: rows with an address are hidden in Excel, by a filter or manually "
            "({rows}, the first is row {line})."
        ),
        "{file!r} 的工作表 {sheet!r}：含收件人的行在 Excel 中被筛选或手动隐藏（{rows}，首行为第 {line} 行）。",
    ),
    "file.hidden_todo": (
        'read_recipients(..., hidden="skip") skips hidden rows, hidden="keep" includes them.',
        'read_recipients(..., hidden="skip") 跳过隐藏行，hidden="keep" 包含隐藏行。',
    ),
    "file.hidden_skip": ("Hidden in Excel and skipped: {rows}.", "在 Excel 中隐藏、未读取：{rows}。"),
    "file.hidden_keep": ("Hidden in Excel and included: {rows}.", "在 Excel 中隐藏、已一并读取：{rows}。"),
    "file.bad_hidden": ("hidden={value} is not one of the choices.", "hidden={value} 不是可选值。"),
    "file.unsupported_format": (
        (
            "Column {column!r}: the Excel formats of {cells} cannot be applied, such as {form!r}; the values are sent "
            "without them, such as {value!r}."
        ),
        "列 {column!r}：{cells}的 Excel 格式无法套用（如 {form!r}）；将按不带格式的值发送（如 {value!r}）。",
    ),
    "file.chosen": (
        (
            "Several columns could be {kind}: using {column!r}, not {others}. plan(..., columns={{...}}) selects "
            "another one."
        ),
        "有多列都可能是 {kind}：使用 {column!r}，未使用 {others}。可用 plan(..., columns={{...}}) 改用其他列。",
    ),
    "file.other_sheet": ("{name!r}", "{name!r}"),
    "file.other_sheets": ("Other sheets were not read: {sheets}.", "其他工作表未读取：{sheets}。"),
    "file.competing": (
        "Several columns could be {kind}, and none was renamed: {columns}. Name one where you use it.",
        "有多列都可能是 {kind}，均未改名：{columns}。使用时请指明其中一列。",
    ),
    "file.no_address": (
        "No column is named userid, mobile or similar; name one with plan(..., columns={{...}}).",
        "没有名为 userid、手机号或类似名称的列；请用 plan(..., columns={{...}}) 指明。",
    ),
    "file.spoilt": (
        "Characters lost before this file was created, such as {sample!r} in line {line}: {n:,}. Export it again.",
        "此文件生成之前已丢失 {n:,} 个字符，例如第 {line} 行的 {sample!r}；请重新导出。",
    ),
    "file.foreign": (
        (
            "The text looks garbled ({sample!r}): the encoding may be wrong; name it, such as encoding='big5' or "
            "'cp1252'."
        ),
        "文字像是乱码（{sample!r}）：编码可能不同；请指明，例如 encoding='big5' 或 'cp1252'。",
    ),
    "file.misread": (
        (
            "Garbled text, such as {sample!r}, which was probably {meant!r} before it was read with a wrong "
            "encoding and saved: {cells}. Export it again."
        ),
        "疑似乱码，例如 {sample!r} 原本可能是 {meant!r}，曾以错误的编码读取并保存：{cells}。请重新导出。",
    ),
    "file.excel_errors": (
        "Excel errors ({errors}) read as blank: {cells}.",
        "Excel 错误值（{errors}）已按空白读取：{cells}。",
    ),
    "file.zero_dates": (
        "Zeros in cells for dates, as from formulas that refer to a blank cell, read as blank: {cells}.",
        "日期格式的单元格中的 0（例如公式引用了空单元格）已按空白读取：{cells}。",
    ),
    "file.zeros": (
        "Numbers shown with leading zeros in Excel keep them, such as {value!r}, read as {became!r}: {cells}.",
        "在 Excel 中显示前导零的数字已保留前导零，例如 {value!r} 读作 {became!r}：{cells}。",
    ),
    "file.digits_lost": (
        (
            "Numbers of more than 15 digits, which Excel cannot store, such as {value!r}: {cells}. As IDs they "
            "are rejected. Format the column as text in the system that the IDs come from, and export it again."
        ),
        (
            "超过 15 位的数字，Excel 无法完整保存，例如 {value!r}：{cells}。作为 ID 不会发送。请在来源系统中把该"
            "列设为文本后重新导出。"
        ),
    ),
    "file.no_values": (
        (
            "Formulas that were never calculated, from {first}, are read as blank: {cells}. Open the workbook in "
            "Excel or WPS, save it, and read it again."
        ),
        "尚未计算的公式已按空白读取，从 {first} 开始：{cells}。请用 Excel 或 WPS 打开、保存后重新读取。",
    ),
    "file.mixed_dates": (
        "Column {column!r} contains dates and other values; the dates were read as text, such as {value!r}.",
        "列 {column!r} 中既有日期也有其他值；日期已按文本读取，例如 {value!r}。",
    ),
    "file.text_numbers": (
        (
            "Column {column!r} contains numbers stored as text, such as {value!r}: {cells}. They are sent as they are, "
            "and the others as Excel shows them; a filter, such as money, gives all the same format."
        ),
        (
            "列 {column!r} 中有以文本形式存储的数字，例如 {value!r}：{cells}。它们将原样发送，"
            "其他数字按 Excel 中的格式发送；使用 money 等过滤器可统一格式。"
        ),
    ),
    "file.dates_as_ids": (
        (
            "Excel converted IDs in column {column!r} to dates: {cells}. They are rejected because the original "
            "values are lost."
        ),
        "列 {column!r} 中的 ID 被 Excel 转成了日期：{cells}。原值已丢失，不会发送。",
    ),
    "file.not_a_path": (
        "read_recipients() was given {kind}, not a path.",
        "read_recipients() 收到的是 {kind}，不是路径。",
    ),
    "file.not_a_path_todo": (
        'Pass a file path: read_recipients("staff.xlsx"). A DataFrame can be passed to plan() directly.',
        '请传入文件路径：read_recipients("staff.xlsx")。DataFrame 可直接传给 plan()。',
    ),
    "file.not_there": ("File {path!r} does not exist.", "文件 {path!r} 不存在。"),
    "file.not_there_todo": ("Files in that folder: {files}.", "该文件夹中有：{files}。"),
    "file.no_tables": ("There are no tables in that folder.", "该文件夹中没有表格文件。"),
    "file.no_folder": ("There is no folder {folder!r}.", "没有文件夹 {folder!r}。"),
    "file.folder": ("{path!r} is a folder.", "{path!r} 是文件夹。"),
    "file.locked_by_excel": (
        "{file!r} is a temporary file that Excel creates next to an open workbook, not the workbook itself.",
        "{file!r} 是 Excel 打开工作簿时留下的临时文件，不是工作簿本身。",
    ),
    "file.locked_by_excel_todo": ("Read {other!r}.", "请读取 {other!r}。"),
    "file.cannot_open": ("{path!r} cannot be opened: {error}", "无法打开 {path!r}：{error}"),
    "file.cannot_open_todo": (
        "Close it in other programs, and check that you have read access.",
        "请在其他程序中关闭它，并确认有读取权限。",
    ),
    "file.empty": ("{file!r} is empty.", "{file!r} 是空文件。"),
    "file.empty_sheets": ("{file!r} has no data in: {sheets}.", "{file!r} 的工作表没有数据：{sheets}。"),
    "file.empty_todo": ("Export it again, and open it to check.", "请重新导出，并先打开查看。"),
    "file.header_only": (
        "{file!r} has a header and no row below it.",
        "{file!r} 只有表头，没有数据行。",
    ),
    "file.header_only_todo": (
        "Check whether a filter was applied when it was exported.",
        "请检查导出时是否被筛选条件清空。",
    ),
    "file.all_left_out": (
        "{file!r} has a header and no usable row below it. The first row left out is {first}.",
        "{file!r} 表头下方没有可用的数据行。第一个未读取的行是{first}。",
    ),
    "file.all_left_out_todo": ("Correct the rows below the header.", "请更正表头下方的数据行。"),
    "file.not_a_workbook": (
        "{file!r} is not an Excel workbook, although its name ends in {suffix}; read as text, it contains no list.",
        "{file!r} 的扩展名是 {suffix}，但它不是 Excel 工作簿；按文本读取也没有名单。",
    ),
    "file.not_a_workbook_todo": (
        "Open it in Excel and save it as .xlsx, or export the list again.",
        "请用 Excel 打开并另存为 .xlsx，或重新导出名单。",
    ),
    "file.no_header": (
        "The first row of {file!r} looks like data, not a header: it contains {value!r} (line {line}).",
        "{file!r} 的第一行像是数据而不是表头：其中有 {value!r}（第 {line} 行）。",
    ),
    "file.no_header_todo": (
        "Add a header row, or name the {columns}: read_recipients(..., names={names}).",
        "请添加表头，或为 {columns}命名：read_recipients(..., names={names})。",
    ),
    "file.bad_names": (
        "names= has {given}, but {file!r} has {found}.",
        "names= 给出了 {given}，而 {file!r} 有 {found}。",
    ),
    "file.bad_names_todo": (
        "Pass one name for each column. The first row is: {row}.",
        "请为每一列各给一个名称。第一行是：{row}。",
    ),
    "file.names_text": ("names={names!r} is not a list of names.", "names={names!r} 不是名称列表。"),
    "file.names_empty": ("names= contains an empty name.", "names= 中有空的名称。"),
    "file.names_twice": ("names= contains {name!r} more than once.", "names= 中 {name!r} 重复。"),
    "file.names_text_todo": (
        'Pass a list: names=["userid", "name"]. Names must be unique and not empty.',
        '请传入列表：names=["userid", "name"]；不能重复或为空。',
    ),
    "file.column_twice": (
        "{file!r} has {n} columns named {column!r}, so the recipient column is ambiguous.",
        "{file!r} 有 {n} 列都叫 {column!r}，无法确定收件人对应的列。",
    ),
    "file.column_twice_todo": ("Rename or delete all but one in the file.", "请在文件中改名或删除多余的列。"),
    "file.undecodable": (
        "{file!r} is not {encoding}: byte {byte} in line {line} cannot be decoded.",
        "{file!r} 不是 {encoding} 编码：第 {line} 行的字节 {byte} 无法解码。",
    ),
    "file.undecodable_todo": (
        "Save it as CSV UTF-8 or .xlsx, or name its encoding, such as encoding='big5'.",
        "请另存为 CSV UTF-8 或 .xlsx，或指明编码：encoding='big5'。",
    ),
    "file.binary": ("{file!r} is neither text nor an Excel workbook.", "{file!r} 既不是文本，也不是 Excel 工作簿。"),
    "file.bad_encoding": (
        "encoding={encoding!r} is not a known encoding ({file!r}).",
        "encoding={encoding!r} 无法识别（{file!r}）。",
    ),
    "file.bad_encoding_todo": (
        "Omit it, or use a name such as 'utf-8', 'gb18030', 'big5'.",
        "请省略，或填写 'utf-8'、'gb18030'、'big5' 等名称。",
    ),
    "file.bad_delimiter": ("delimiter={delimiter!r} cannot be used.", "delimiter={delimiter!r} 无法使用。"),
    "file.bad_delimiter_todo": ("Omit it, or pass one character: ';'.", "请省略，或填写一个字符：';'。"),
    "file.torn": (
        "{file!r} has more than {n:,} unclosed quotation marks; the last is in line {line}.",
        "{file!r} 中有超过 {n:,} 个未闭合的引号；最后一个在第 {line} 行。",
    ),
    "file.torn_todo": (
        "Export it again as .xlsx, or as CSV with quoted cells.",
        "请重新导出为 .xlsx，或导出为带引号的 CSV。",
    ),
    "file.no_sheet": ("{file!r} has no sheet {sheet!r}.", "{file!r} 没有工作表 {sheet!r}。"),
    "file.no_sheet_todo": ("Sheets: {sheets}; or pass a position from 0.", "现有：{sheets}；也可填写从 0 开始的位置。"),
    "file.sheet_of_text": (
        "sheet={sheet!r} was passed, but {file!r} is delimited text and has no sheets.",
        "指定了 sheet={sheet!r}，但 {file!r} 是没有工作表的分隔文本。",
    ),
    "file.sheet_of_text_todo": ("Omit sheet=, or read the workbook.", "请去掉 sheet=，或读取工作簿。"),
    "file.damaged": ("{file!r} is a damaged workbook: {error}", "{file!r} 是损坏的工作簿：{error}"),
    "file.too_wide": (
        "{file!r} is {columns} wide because of content far to the right in line {line}.",
        "{file!r} 宽达 {columns}，因为第 {line} 行最右侧有内容。",
    ),
    "file.too_long": (
        "{file!r} has row number {row:,}; Excel allows at most {most:,}.",
        "{file!r} 含有第 {row:,} 行；Excel 最多 {most:,} 行。",
    ),
    "file.too_many_cells": (
        "{file!r} has {columns} in line {line}.",
        "{file!r} 的第 {line} 行有 {columns}。",
    ),
    "file.too_many_cells_todo": (
        "The limit is {most}: check that it is the right file, or delete content beside the table.",
        "最多读取 {most} 列：请检查文件是否正确，或删除表格以外的内容。",
    ),
    "file.too_large": ("{file!r} has {megabytes} MB.", "{file!r} 有 {megabytes} MB。"),
    "file.too_large_todo": (
        "The limit is {most} MB; save the list as a file of its own.",
        "最多读取 {most} MB；请将名单单独另存为文件。",
    ),
    "file.no_file": ("{path!r} is not a regular file.", "{path!r} 不是普通文件。"),
    "file.competing_others": (
        "Several columns could be {kind}, and none was renamed: {columns}.",
        "有多列都可能是 {kind}，均未改名：{columns}。",
    ),
    "file.too_wide_todo": (
        "Delete content beside the table, save the workbook, and read it again.",
        "请删除表格以外的内容，保存后重新读取。",
    ),
    "file.sheet_too_large": (
        "The sheet of {file!r} has more than {most:,} cells up to line {line:,}.",
        "{file!r} 的工作表到第 {line:,} 行已超过 {most:,} 个单元格。",
    ),
    "file.sheet_too_large_todo": (
        "Save the list as a file of its own, with fewer rows or columns.",
        "请将名单单独另存为文件，并减少行或列。",
    ),
    "file.strict": (
        "{file!r} was saved as “Strict Open XML”, which is not supported.",
        "{file!r} 以“Strict Open XML”格式保存，暂不支持。",
    ),
    "file.strict_todo": (
        "Open it in Excel and save it as a regular “Excel Workbook (.xlsx)”.",
        "请用 Excel 打开，另存为普通的“Excel 工作簿 (.xlsx)”。",
    ),
    "file.not_understood": ("its contents cannot be read", "内容无法读取"),
    "file.rows_out_of_order": ("its rows are not in order", "行的顺序不正确"),
    "file.endless_tag": ("a tag in it is not closed", "其中有标签没有闭合"),
    "file.row_too_long": ("a row has more cells than Excel allows", "某行的单元格数超过 Excel 上限"),
    "file.too_many_merged": ("it has more than 50,000 merged cells", "合并单元格超过 50,000 处"),
    "file.overlapping_merged": ("its merged cells overlap", "合并单元格相互重叠"),
    "file.not_utf8": ("a sheet is not encoded in UTF-8", "工作表未使用 UTF-8 编码"),
    "file.group_heading": ("a heading across several columns", "跨列的标题行"),
    "file.merged": (
        "The values of merged cells were filled into each of their rows ({cells}).",
        "合并单元格的值已填入其各行（{cells}）。",
    ),
    "file.hidden_sheets_todo": (
        "Hidden sheets are read only if named: sheet=... ({sheets}).",
        "隐藏的工作表须用 sheet=... 指明才会读取（{sheets}）。",
    ),
    "file.no_sheets": ("it has no sheets", "没有工作表"),
    "file.damaged_todo": (
        "Copy or download it again, or open it in Excel or WPS and save it as .xlsx.",
        "请重新复制或下载，或用 Excel、WPS 打开后另存为 .xlsx。",
    ),
    "file.unpacks": (
        "{file!r} unpacks to {megabytes:,.0f} MB, far more than a list of people needs.",
        "{file!r} 解压后有 {megabytes:,.0f} MB，远超名单所需。",
    ),
    "file.not_read": ("{file!r} is {kind}, which dingnb does not support.", "{file!r} 是{kind}，dingnb 不支持。"),
    "file.save_again_todo": (
        "Open it in Excel or WPS, save it as .xlsx or CSV UTF-8, and read that file.",
        "请用 Excel 或 WPS 打开，另存为 .xlsx 或 CSV UTF-8 后再读取。",
    ),
    "file.other_todo": (
        "Use the file with the list: an Excel workbook (.xlsx) or a CSV file.",
        "请使用包含名单的文件：Excel 工作簿（.xlsx）或 CSV 文件。",
    ),
    "file.macros": (
        "The workbook contains macros; only its cells were read, and no macro was run.",
        "工作簿含有宏；只读取了单元格，没有运行任何宏。",
    ),
    "file.password_todo": (
        "Open it in Excel or WPS, remove the password, save it and read it again; dingnb does not support passwords.",
        "请用 Excel 或 WPS 打开，取消密码并保存后再读取；dingnb 不支持输入密码。",
    ),
    "file.unpack_todo": ("Unpack it and read the file inside.", "请先解压，再读取其中的文件。"),
    "file.kind_password": ("a password-protected workbook", "有密码保护的工作簿"),
    "file.kind_xls": ("a workbook in the old format (.xls, .et)", "旧格式的工作簿（.xls、.et）"),
    "file.kind_ole": ("an old Office document", "旧格式的 Office 文档"),
    "file.kind_xlsb": ("a binary workbook (.xlsb)", "二进制工作簿（.xlsb）"),
    "file.kind_numbers": ("an Apple Numbers sheet (.numbers)", "Apple Numbers 表格（.numbers）"),
    "file.kind_ods": ("an OpenDocument file (.ods)", "OpenDocument 文件（.ods）"),
    "file.kind_word": ("a Word document", "Word 文档"),
    "file.kind_zip": ("an archive (.zip)", "压缩包（.zip）"),
    "file.kind_compressed": ("an archive or a compressed file", "压缩文件"),
    "file.kind_json": ("JSON, such as a notebook", "JSON 文件（如 notebook）"),
    "file.kind_pdf": ("a PDF", "PDF 文件"),
    "file.kind_image": ("an image", "图片"),
    "file.kind_parquet": ("a Parquet file", "Parquet 文件"),
    "file.kind_markup": ("a web page or an XML file", "网页或 XML 文件"),
}
