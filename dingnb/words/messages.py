"""Texts for messages: errors in templates and fields, and the preview."""

TRANSLATIONS: dict[str, tuple[str, str]] = {
    "draft.unclosed": ("The tag “{tag}” is not closed yet.", "标签“{tag}”尚未写完。"),
    "draft.unclosed_todo": ("It ends with {end}", "请以 {end} 结尾"),
    "draft.wide_tag": (
        "“{tag}” has full-width braces, so it would not be filled in.",
        "“{tag}”使用了全角花括号，不会代入数据。",
    ),
    "draft.wide_tag_todo": ("Write {tag}", "请改为 {tag}"),
    "template.wide_statement": (
        "“{tag}” has full-width characters, so it would not be executed.",
        "“{tag}”使用了全角字符，不会执行。",
    ),
    "template.several_values": (
        "A tag in {where} has several values, which would be shown as in Python.",
        "{where} 中有一个标签含多个值，会按 Python 的写法显示。",
    ),
    "template.several_values_todo": (
        "Write a tag for each value, such as {{{{ name }}}} {{{{ net }}}}.",
        "请为每个值各写一个标签，例如 {{{{ name }}}} {{{{ net }}}}。",
    ),
    "template.quoted_column": (
        "The template in {where} has the column {column!r} in quotes, so everybody would get this text.",
        "{where} 中的模板把列名 {column!r} 放在引号中，所有人都会收到这段文字。",
    ),
    "template.wide_tag_todo": ("Write {tag}.", "请改为 {tag}。"),
    "template.single_braces": (
        "“{tag}” has single braces, so it would not be filled in.",
        "“{tag}”只有一层花括号，不会代入数据。",
    ),
    "template.single_braces_todo": (
        "Write {tag}; to send it as it stands, write {literal}.",
        "请改为 {tag}；如需按原样发送，请写成 {literal}。",
    ),
    "template.syntax": (
        "The template in {where} cannot be read: {message} (line {line}, column {column})",
        "{where} 中的模板有误：{message}（第 {line} 行，第 {column} 列）",
    ),
    "template.syntax_todo": (
        "Write columns as {{{{ name }}}}; the filters are money, number, percent, date, default and a few more.",
        "列写作 {{{{ name }}}}；过滤器有 money、number、percent、date、default，以及一些基本过滤器。",
    ),
    "template.no_filter": ("there is no filter “{name}”", "没有过滤器“{name}”"),
    "template.no_filter_near": (
        "there is no filter “{name}”; did you mean {near}?",
        "没有过滤器“{name}”，是否指 {near}？",
    ),
    "template.no_test": ("there is no test “{name}”", "没有测试“{name}”"),
    "template.no_tag": ("there is no “{{% {name} %}}”", "没有“{{% {name} %}}”"),
    "template.ends_nothing": ("“{{% {name} %}}” has no matching start before it", "“{{% {name} %}}”前面没有对应的开头"),
    "template.open": (
        "“{{% {name} %}}” is not closed: “{{% end{name} %}}” is missing",
        "“{{% {name} %}}”没有结束：缺少“{{% end{name} %}}”",
    ),
    "template.not_closed": (
        "it is not closed: “}}}}” or “%}}” is missing",
        "没有结束：缺少“}}}}”或“%}}”",
    ),
    "template.ends_early": ("something is missing at the end", "末尾缺少内容"),
    "template.empty_tag": ("there is nothing between its braces", "括号内没有内容"),
    "template.badly_closed": (
        "it is not closed correctly: “{{{{” ends with “}}}}”, “{{%” with “%}}”, and brackets inside come in pairs",
        "未正确结束：“{{{{”须以“}}}}”结尾，“{{%”须以“%}}”结尾，其中的括号须成对",
    ),
    "template.not_here": ("“{name}” is not expected there", "此处不应有“{name}”"),
    "template.not_understood": ("it cannot be understood from there on", "从此处起无法理解"),
    "template.column_twice": (
        "The template in {where} uses the column {column!r}, which appears {n} times.",
        "{where} 中的模板使用了列 {column!r}，而该列出现了 {n} 次。",
    ),
    "template.column_twice_todo": ("Rename or drop all but one.", "请改名或删除多余的列。"),
    "template.text_reckoned": (
        (
            "The column {column!r} contains text in this row, {value}, but the template compares it or calculates "
            "with it."
        ),
        "列 {column!r} 在此行是文本 {value}，而模板用它进行比较或计算。",
    ),
    "template.text_reckoned_todo": (
        (
            "Write {{{{ … | float }}}} in the template, or convert the column to numbers (pandas.to_numeric). To "
            'compare codes, write them in quotes, such as == "0012"; to join texts, write ~ instead of +.'
        ),
        (
            "请在模板中写 {{{{ … | float }}}}，或将该列转为数字（pandas.to_numeric）。如需比较编号，请用引号，例如 "
            '== "0012"；如需连接文字，请用 ~ 代替 +。'
        ),
    ),
    "template.text_number": (
        "{value} is text, but the template calculates with it, or compares it with a number.",
        "{value} 是文本，而模板用它计算，或将它与数字比较。",
    ),
    "template.text_number_todo": (
        "Write numbers without quotes, or {{{{ … | float }}}}; to join texts, write ~ instead of +.",
        "数字请不加引号，或写 {{{{ … | float }}}}；如需连接文字，请用 ~ 代替 +。",
    ),
    "template.text_ordered_todo": (
        (
            "As texts, numbers would be in the wrong order: write {{{{ … | float }}}} for each of them, or convert "
            "them to numbers (pandas.to_numeric)."
        ),
        "数字作为文本排序会出错：请对每个数写 {{{{ … | float }}}}，或将其转为数字（pandas.to_numeric）。",
    ),
    "template.text_date": (
        "{value} is text, but the template compares it with a date.",
        "{value} 是文本，而模板将它与日期比较。",
    ),
    "template.text_date_todo": (
        (
            'Write the date as text, such as {{% if day | date == "2026-11-05" %}}, or convert the text '
            "(pandas.to_datetime)."
        ),
        (
            '请把日期写成文本再比较，例如 {{% if day | date == "2026-11-05" %}}，或将文本转为日期'
            "（pandas.to_datetime）。"
        ),
    ),
    "template.text_order": (
        "{value} and {other} are texts, which the template could put in the wrong order.",
        "{value} 和 {other} 是文本，模板可能排错先后。",
    ),
    "template.text_order_todo": (
        (
            'Write dates in one form with the year first, such as {{% if day | date < "2026-11-05" %}}, and times with '
            "24 hours and two digits each (09:30)."
        ),
        '日期请统一写成年份在前，例如 {{% if day | date < "2026-11-05" %}}；时间请用 24 小时制并写两位数字（09:30）。',
    ),
    "template.text_time": (
        "{value} is text, but the template compares it with a time.",
        "{value} 是文本，而模板将它与时间比较。",
    ),
    "template.text_time_todo": (
        (
            'Write the time as text, such as {{% if start | date("%H:%M") == "09:30" %}}; compare a duration '
            'with its text: {{% if length | string == "26:30" %}}.'
        ),
        (
            '请把时间写成文本再比较，例如 {{% if start | date("%H:%M") == "09:30" %}}；时长请与显示的文字比较：'
            '{{% if length | string == "26:30" %}}。'
        ),
    ),
    "template.text_boolean": (
        "{value} is text, but the template compares it with a boolean.",
        "{value} 是文本，而模板将它与布尔值比较。",
    ),
    "template.text_boolean_todo": (
        "Leave out the comparison, such as {{% if done %}} or {{% if not done %}}.",
        "请直接判断，例如 {{% if done %}} 或 {{% if not done %}}。",
    ),
    "template.not_possible": (
        "The template uses a value of this row in an operation that does not support it.",
        "模板对此行的某个值做了无法进行的操作。",
    ),
    "template.zero": (
        "The template divides by 0.",
        "模板中的除数为 0。",
    ),
    "template.too_deep": (
        "it is nested too deeply, or contains a number that is too long",
        "嵌套过深，或含有过长的数字",
    ),
    "template.tag": (
        "The template in {where} uses {tag} (line {line}), which messages do not support.",
        "{where} 中的模板使用了 {tag}（第 {line} 行），消息模板不支持。",
    ),
    "template.tag_todo": (
        "Write the whole text in one template, using only columns, filters, if, and for loops that are not nested.",
        "请把全文写在一个模板里，只用列、过滤器、if 和单层 for。",
    ),
    "template.call": (
        "The template in {where} calls a function (line {line}); templates have no functions.",
        "{where} 中的模板调用了函数（第 {line} 行），模板中没有函数。",
    ),
    "template.inside": (
        "The template in {where} uses .{name}, but values in templates have no attributes.",
        "{where} 中的模板使用了 .{name}，但模板中的值没有属性。",
    ),
    "template.inside_todo": (
        (
            'Write a column as {{{{ name }}}}, or {{{{ row["a.b"] }}}} if its name has a dot, and a key in brackets: '
            '{{{{ pay["net"] }}}}. Instead of functions and methods, use filters: {{{{ name | upper }}}}.'
        ),
        (
            '列写作 {{{{ name }}}}，列名中有点号时写作 {{{{ row["a.b"] }}}}；键写在方括号中：{{{{ pay["net"] }}}}。'
            "函数和方法请改用过滤器：{{{{ name | upper }}}}。"
        ),
    ),
    "template.reserved": (
        "The template in {where} uses {name} as a column, a name that templates cannot use directly.",
        "{where} 中的模板把 {name} 用作列名，而模板不能直接使用这个名称。",
    ),
    "template.reserved_todo": (
        'Write the column as {{{{ row["{name}"] }}}}.',
        '请写作 {{{{ row["{name}"] }}}}。',
    ),
    "template.too_long": (
        "The template produces more than {limit:,} characters.",
        "模板生成的内容超过 {limit:,} 个字符。",
    ),
    "template.too_large_number": (
        "The template calculates a number that is too large.",
        "模板计算出的数字过大。",
    ),
    "template.too_many_steps": (
        "The template needs too many steps for one message.",
        "模板生成一条消息所需的步骤过多。",
    ),
    "template.too_many_steps_todo": (
        "Shorten its loops and lists, or prepare the value in a separate column.",
        "请缩短循环和列表，或先在单独的列中准备好该值。",
    ),
    "template.too_large": (
        "The template in {where} is too large: the limits are {characters:,} characters and {tags:,} tags.",
        "{where} 中的模板过大：最多 {characters:,} 个字符、{tags:,} 个标签。",
    ),
    "template.too_large_todo": (
        "Shorten it; no message has room for that much.",
        "请缩短模板；消息容纳不下这么多内容。",
    ),
    "template.arguments": (
        "The template in {where} passes the filter {name} arguments that it does not accept (line {line}).",
        "{where} 中的模板给过滤器 {name} 的参数不正确（第 {line} 行）。",
    ),
    "template.arguments_todo": (
        "Correct their number and names, as in {{{{ net | money(0) }}}} or {{{{ day | date('%m/%d') }}}}.",
        "请更正参数的个数和名称，例如 {{{{ net | money(0) }}}}、{{{{ day | date('%m/%d') }}}}。",
    ),
    "template.list": (
        "{value} in the column {column!r} is a list or another collection, which would be shown as in Python.",
        "列 {column!r} 中的 {value} 是列表等集合，会按 Python 的写法显示。",
    ),
    "template.container": (
        "{value} is a list or another collection, which would be shown as in Python.",
        "{value} 是列表等集合，会按 Python 的写法显示。",
    ),
    "template.dict_todo": (
        "Select the value to send by its key in the template: {tag}",
        "请在模板中按键取要发送的值：{tag}",
    ),
    "template.list_todo": (
        "Join its elements in the template: {tag}",
        "请在模板中把各项连接成文字：{tag}",
    ),
    "template.object": (
        "{value} is not text, a number or a date; it would be shown as in Python.",
        "{value} 不是文本、数字或日期，会按 Python 的写法显示。",
    ),
    "template.object_todo": (
        "Convert it to text in the DataFrame first, or use another column.",
        "请先在 DataFrame 中转换为文本，或换用其他列。",
    ),
    "template.misuse": (
        "The filter {name} cannot be applied to {value}.",
        "过滤器 {name} 不能用于 {value}。",
    ),
    "template.misuse_in_column": (
        "The filter {name} cannot be applied to {value} in the column {column!r}.",
        "过滤器 {name} 不能用于列 {column!r} 中的 {value}。",
    ),
    "template.misuse_todo": (
        "Check the value, and the arguments of the filter {name} in the template.",
        "请检查该值，以及模板中过滤器 {name} 的参数。",
    ),
    "template.row_use": (
        "The template in {where} uses row without a column name.",
        "{where} 中的模板使用了 row，但没有写列名。",
    ),
    "template.row_use_todo": (
        'Write the column name in quotes: {{{{ row["Net pay"] }}}}.',
        '请用引号写出列名：{{{{ row["实发工资"] }}}}。',
    ),
    "template.column_not_text": (
        "The template in {where} uses the column {column}, whose name is not text.",
        "{where} 中的模板使用了列 {column}，但该列名不是文本。",
    ),
    "template.column_not_text_todo": (
        "Make the names text: frame.columns = frame.columns.map(str).",
        "请将列名改为文本：frame.columns = frame.columns.map(str)。",
    ),
    "template.unknown_column": (
        "The template in {where} uses the column {column!r}, which does not exist.",
        "{where} 中的模板使用了不存在的列 {column!r}。",
    ),
    "template.unknown_column_todo": (
        "Correct the name, or add the column. Existing columns: {columns}.",
        "请更正列名或添加该列。现有列：{columns}。",
    ),
    "template.unknown_column_near": (
        "Did you mean {near}? Existing columns: {columns}.",
        "是否指 {near}？现有列：{columns}。",
    ),
    "template.no_text_columns_todo": (
        "Only columns whose names are text can be used. Rename them, or join their levels: {columns}.",
        "只能使用列名为文本的列。请重命名或合并多级列名：{columns}。",
    ),
    "template.infinite": (
        "The column {column!r} contains {value} in this row, for example from a division by zero.",
        "列 {column!r} 在此行的值为 {value}，例如由除以零产生。",
    ),
    "template.infinite_todo": ("Correct the value, or leave the row out.", "请更正该值，或去掉此行。"),
    "template.rounded": (
        "The column {column!r} contains {value} in this row: the number lost digits before it was read.",
        "列 {column!r} 在此行的值为 {value}：该数字在读取前已丢失部分位数。",
    ),
    "template.rounded_todo": (
        "Enter the number again, in a cell formatted as text; in a DataFrame, read the column with dtype=str.",
        "请把单元格设为文本格式后重新录入；DataFrame 请用 dtype=str 读取该列。",
    ),
    "template.bytes": (
        "{value} in the column {column!r} is bytes instead of text.",
        "列 {column!r} 中的 {value} 是字节（bytes），不是文本。",
    ),
    "template.bytes_todo": (
        'Decode the column first, such as frame[{column}] = frame[{column}].str.decode("utf-8"), or "gb18030".',
        '请先解码该列，例如 frame[{column}] = frame[{column}].str.decode("utf-8")，或使用 "gb18030"。',
    ),
    "template.missing_value": (
        "The column {column!r} is empty, but the template needs it.",
        "列 {column!r} 为空，而模板需要它。",
    ),
    "template.missing_value_todo": (
        "Fill it in, or set a default in the template: {tag}",
        "请补全，或在模板里设置默认文字：{tag}",
    ),
    "template.missing_element": (
        "A value inside the column {column!r} is empty, but the template needs it.",
        "列 {column!r} 的列表中有空值，而模板需要它。",
    ),
    "template.missing_element_todo": (
        "Fill it in, or leave it out: remove it from the list, or skip it in the template: {condition}",
        "请补全，或将其从列表中去掉，或在模板里跳过：{condition}",
    ),
    "template.failed_todo": (
        "Correct the template, or the values that it uses.",
        "请更正模板，或模板所用的数据。",
    ),
    "template.not_number": (
        "{value} is not a number, but the filter {name} needs one.",
        "{value} 不是数字，过滤器 {name} 需要数字。",
    ),
    "template.large_number": (
        "{value} is too large for the filter {name}.",
        "{value} 过大，过滤器 {name} 无法处理。",
    ),
    "template.not_number_todo": ("Correct the value, or remove the filter.", "请更正该值，或去掉过滤器。"),
    "template.not_date": (
        "{value} is not a date, but the filter date needs one.",
        "{value} 不是日期，过滤器 date 需要日期。",
    ),
    "template.not_date_todo": (
        "Write dates as 2026-11-30 or 2026/11/30, or convert the column with pandas.to_datetime.",
        "日期请写作 2026-11-30 或 2026/11/30，或用 pandas.to_datetime 转换该列。",
    ),
    "template.period_todo": (
        "Convert the column of periods to dates: frame[column].dt.to_timestamp().",
        "该列是时间段（Period），请先转换为日期：frame[column].dt.to_timestamp()。",
    ),
    "template.duration_todo": (
        "It is a duration. Without the filter it is written in hours, minutes and seconds, such as 26:30:00.",
        "这是时长。去掉过滤器，即以时、分、秒显示，例如 26:30:00。",
    ),
    "template.bad_date_format": (
        "{form} is not a format for the filter date.",
        "{form} 不是过滤器 date 的日期格式。",
    ),
    "template.bad_date_format_todo": (
        'Write years as %Y, months as %m, days as %d, hours as %H and minutes as %M, for example date("%Y-%m-%d").',
        '请用 %Y 表示年，%m 表示月，%d 表示日，%H 表示时，%M 表示分，例如 date("%Y-%m-%d")。',
    ),
    "message.missing": ("{field} is empty, but DingTalk requires it.", "{field} 为空，而钉钉要求填写。"),
    "message.missing_todo": ("Fill it in.", "请补全。"),
    "message.too_long": (
        "{field} has {length:,} characters; DingTalk allows {limit:,}.",
        "{field} 有 {length:,} 个字符，钉钉最多允许 {limit:,} 个。",
    ),
    "message.too_long_todo": ("Shorten it by {over:,}.", "请缩短 {over:,} 个字符。"),
    "message.long": (
        "{field} has {length:,} characters; DingTalk advises at most {limit:,}.",
        "{field} 有 {length:,} 个字符，钉钉建议不超过 {limit:,} 个。",
    ),
    "message.long_todo": ("If possible, shorten it by {over:,}.", "建议缩短 {over:,} 个字符。"),
    "message.list_too_long": (
        "{field} has {length:,} characters in total, as JSON; DingTalk allows {limit:,}.",
        "{field} 转为 JSON 后共 {length:,} 个字符，钉钉最多允许 {limit:,} 个。",
    ),
    "message.list_too_long_todo": (
        "Shorten its texts or addresses by {over:,}, or use fewer of them.",
        "请将其中的文字或链接共缩短 {over:,} 个字符，或减少数量。",
    ),
    "message.too_many_bytes": (
        "The message has {length:,} bytes as sent; DingTalk allows {limit:,}.",
        "消息发送时有 {length:,} 字节，钉钉最多允许 {limit:,} 字节。",
    ),
    "message.too_many_bytes_todo": (
        "Shorten it by {over:,} or more bytes. A Chinese character takes 3 bytes.",
        "请至少缩短 {over:,} 字节。一个汉字占 3 字节。",
    ),
    "message.too_many": (
        "{field} has {length:,} items; at most {limit:,} are allowed.",
        "{field} 有 {length:,} 项，最多允许 {limit:,} 项。",
    ),
    "message.too_many_todo": ("Remove {over:,} of them.", "请去掉 {over:,} 项。"),
    "message.many": (
        "{field} has {length:,} items; DingTalk shows only the first {limit:,}.",
        "{field} 有 {length:,} 项，钉钉只显示前 {limit:,} 项。",
    ),
    "message.many_todo": ("Put what matters first.", "请把重要内容放在前面。"),
    "message.not_text": ("{field} is of type {value}, but must be text.", "{field} 的类型是 {value}，应为文本。"),
    "message.not_text_todo": ("Pass a str.", "请传入字符串。"),
    "message.not_object": (
        "{field} is of type {value}, but must be an object.",
        "{field} 的类型是 {value}，应为对象。",
    ),
    "message.not_object_todo": (
        "Use the format that docs/dingtalk.md lists.",
        "请按 docs/dingtalk.md 所列的格式书写。",
    ),
    "message.not_list": ("{field} is of type {value}, but must be a list.", "{field} 的类型是 {value}，应为列表。"),
    "message.not_list_todo": ("Pass a list, even for one item.", "只有一项时也请传入列表。"),
    "message.not_item": ("{field} must consist of: {value}.", "{field} 应由 {value} 组成。"),
    "message.not_item_todo": (
        "Pass a dict with these keys, or the values in this order.",
        "请传入含这些键的字典，或按此顺序给出各个值。",
    ),
    "message.bad_buttons": (
        "{field} is {value}, but each button needs a key, which is recorded as the answer, and a text.",
        "{field} 是 {value}；每个按钮应有键（记入回答）和文字。",
    ),
    "message.bad_buttons_todo": (
        'Pass a dict of keys and texts, such as buttons={{"yes": "Coming", "no": "Not coming"}}.',
        '请传入键和文字组成的字典，例如 buttons={{"yes": "来", "no": "不来"}}。',
    ),
    "message.bad_form_fields": (
        "{field} is {value}, but a form is a list of fields made by dingnb.fields.",
        "{field} 是 {value}；表单应为由 dingnb.fields 生成的字段组成的列表。",
    ),
    "message.bad_form_fields_todo": (
        'Pass such a list, for example fields=[dingnb.fields.text("wish", "Your wish")].',
        '请传入这样的列表，例如 fields=[dingnb.fields.text("wish", "您的愿望")]。',
    ),
    "message.unknown_type": ("{value!r} is not a message type.", "{value!r} 不是消息类型。"),
    "message.unknown_type_todo": (
        "The types are text, image, voice, file, link, oa, markdown, action_card, card and survey.",
        "消息类型有 text、image、voice、file、link、oa、markdown、action_card、card 和 survey。",
    ),
    "message.unknown_field": ("There is no field {field}.", "没有 {field} 这个字段。"),
    "message.unknown_field_todo": ("docs/dingtalk.md lists the fields.", "字段见 docs/dingtalk.md。"),
    "message.second_type": (
        "The message is of type {value}, but also contains {field}.",
        "消息类型为 {value}，却还含有 {field}。",
    ),
    "message.second_type_todo": ("Send them as two messages.", "请分成两条消息发送。"),
    "message.choose_one": (
        "{field} needs all fields of exactly one of these: {value}.",
        "{field} 必须且只能完整填写以下其中一组：{value}。",
    ),
    "message.choose_one_todo": (
        "Pass either one button or a list of buttons, not both.",
        "请填写单个按钮，或按钮列表，不能同时填写。",
    ),
    "message.choose_content": (
        "{field} needs exactly one of these: {value}.",
        "{field} 必须且只能填写以下其中一项：{value}。",
    ),
    "message.choose_content_todo": (
        "Pass a text, or a template of your own with its data.",
        "请填写正文，或使用自建模板及其变量。",
    ),
    "message.only_with": ("{field} needs {value}, which is empty.", "{field} 需要 {value}，而后者为空。"),
    "message.only_with_todo": ("Fill it in, or leave this out.", "请补全后者，或去掉此项。"),
    "message.repeated": ("{field} contains {value!r} twice.", "{field} 中的 {value!r} 重复。"),
    "message.repeated_todo": ("Give each of them a different value.", "请使每一项各不相同。"),
    "message.same_label": (
        "{field} has two options that people see as {value!r}.",
        "{field} 中有两个选项都显示为 {value!r}。",
    ),
    "message.same_label_todo": (
        "Give each option a different label, so that people can tell them apart.",
        "请使每个选项的显示文字各不相同。",
    ),
    "message.bad_number": ("{field}: {value!r} is not a number.", "{field}：{value!r} 不是数字。"),
    "message.bad_number_todo": (
        "Write a plain number, such as 2 or 2.5, or leave it empty.",
        "请填写数字，如 2 或 2.5，或留空。",
    ),
    "message.bad_date": (
        "{field}: {value!r} is not a valid date, or has a time.",
        "{field}：{value!r} 不是有效的日期，或含有时间。",
    ),
    "message.bad_date_todo": (
        "Write it as 2026-11-30; the filter date does so for a column: {{{{ day | date }}}}.",
        "请写作 2026-11-30；对列可用过滤器 date：{{{{ day | date }}}}。",
    ),
    "form_field.refused": (
        "Field {field}: {argument}={value} cannot be used.",
        "字段 {field}：无法使用 {argument}={value}。",
    ),
    "form_field.flag_todo": (
        "Pass {argument}=True or {argument}=False.",
        "请使用 {argument}=True 或 {argument}=False。",
    ),
    "form_field.text_todo": ("Pass a text for {argument}.", "请为 {argument} 传入文本。"),
    "message.no_options": ("{field} is empty, so there is nothing to choose.", "{field} 为空，没有可选项。"),
    "message.no_options_todo": ("Add at least one option.", "请至少填写一个选项。"),
    "message.bad_option": ("{value!r} cannot be an option.", "{value!r} 不能作为选项。"),
    "message.bad_option_todo": (
        'An option is a text on one line. If it contains =, give it a value without it: {{"a": "a = b"}}.',
        '选项应为单行文字。若含有 =，请为其指定不含 = 的值：{{"a": "a = b"}}。',
    ),
    "message.no_tags": (
        "{field} contains a template, but has to be the same for everybody.",
        "{field} 含有模板标签，而它对所有人必须相同。",
    ),
    "message.no_tags_todo": (
        "Write a fixed value; titles, texts and labels may be templates.",
        "请填写固定的值；标题、正文和显示文字可以使用模板。",
    ),
    "message.long_value": (
        (
            "{field} takes {length:,} bytes of the card; DingTalk documents {limit:,} for one value. The sandbox "
            "refuses more; that DingTalk does so too is an assumption."
        ),
        (
            "{field} 在卡片中占 {length:,} 字节；钉钉文档规定单个值不超过 {limit:,} 字节。"
            "沙箱会拒绝超出的卡片；钉钉是否拒绝未经证实。"
        ),
    ),
    "message.long_value_todo": (
        "Send a test, and check on the phone that the card is complete.",
        "请先发送测试，并在手机上确认卡片显示完整。",
    ),
    "message.private_too_large": (
        "{field} has {length:,} bytes for one person; DingTalk allows {limit:,}.",
        "{field} 对一个人共 {length:,} 字节，钉钉最多允许 {limit:,} 字节。",
    ),
    "message.private_too_large_todo": ("Shorten it by {over:,} bytes.", "请缩短 {over:,} 字节。"),
    "message.bad_key": (
        "{field} is {value!r}, which cannot be a key or a name.",
        "{field} 为 {value!r}，不能作为键或名称。",
    ),
    "message.bad_key_todo": (
        "Use 1 to 64 characters without spaces, double quotes, braces or backslashes.",
        "请使用 1 到 64 个字符，不含空格、双引号、花括号和反斜杠。",
    ),
    "message.bad_template_id": (
        "{field} is {value!r}, which is not the ID of a card template.",
        "{field} 为 {value!r}，不是卡片模板 ID。",
    ),
    "message.bad_template_id_todo": (
        "Copy the ID from the card builder; it ends with .schema",
        "请从卡片搭建平台复制模板 ID，以 .schema 结尾",
    ),
    "message.bad_field_type": (
        "{field} is {value!r}, which is not a type of form field.",
        "{field} 为 {value!r}，不是表单控件类型。",
    ),
    "message.bad_field_type_todo": (
        "The types are SELECT, MULTI_SELECT, TEXT, TEXT_AREA, NUMBER, DATE and SWITCH.",
        "类型有 SELECT、MULTI_SELECT、TEXT、TEXT_AREA、NUMBER、DATE 和 SWITCH。",
    ),
    "message.bad_flag": (
        "{field} is {value!r}, but must be true or false.",
        "{field} 为 {value!r}，应为 true 或 false。",
    ),
    "message.bad_flag_todo": ("Write true or false.", "请写 true 或 false。"),
    "message.bad_counts": (
        "{field} is {value!r}, but must be first or last.",
        "{field} 为 {value!r}，应为 first 或 last。",
    ),
    "message.bad_counts_todo": ("Write first or last.", "请写 first 或 last。"),
    "message.bad_deadline": (
        "{field} is {value!r}, which is not a valid deadline.",
        "{field} 为 {value!r}，不是有效的截止时间。",
    ),
    "message.bad_deadline_todo": (
        "Write the date and the time in Beijing, to the minute, such as 2026-12-01 18:00.",
        "请按北京时间写到分钟，例如 2026-12-01 18:00。",
    ),
    "message.body_bytes_todo": (
        "Pass a whole number from 1 to 1,000,000,000: body_bytes=2_048.",
        "请传入 1 到 1,000,000,000 的整数：body_bytes=2_048。",
    ),
    "card.bad_userid": (
        "The userid {userid} contains “;”, which separates the people of a card.",
        "userid {userid} 含有“;”，该符号用于分隔卡片的接收人。",
    ),
    "card.bad_userid_todo": ("Leave this person out.", "请去掉此人。"),
    "card.unproved": (
        "Nobody has pressed a card from the template {template} yet, so it is not certain that people see it.",
        "还没有人点击过模板 {template} 的卡片，无法确定收件人能看到它。",
    ),
    "card.unproved_todo": (
        (
            "Send a test to yourself, plan.test(…), and press the card while dingnb receives events (ding.stream()): "
            "DingTalk accepts cards even from templates that show nothing."
        ),
        (
            "请先用 plan.test(…) 发给自己，在 dingnb 接收事件时（ding.stream()）点击该卡片：钉钉对无法显示的模板"
            "也会返回成功。"
        ),
    ),
    "card.unproved_unasked_todo": (
        (
            "Only a press can confirm it, and this card has no button that answers: send a test of a card with one, "
            "plan.test(…), and press it while dingnb receives events (ding.stream())."
        ),
        (
            "需要一次点击来确认，而此卡片没有可回答的按钮：请先用 plan.test(…) 发送一张带此类按钮的卡片，在 dingnb "
            "接收事件时（ding.stream()）点击。"
        ),
    ),
    "card.no_card": (
        "The connection's settings turn off cards without a template of their own: CardSettings(card=None).",
        "连接设置已停用默认卡片模板：CardSettings(card=None)。",
    ),
    "card.no_card_todo": (
        'Pass the ID of a template of your own, dingnb.card(template="….schema"), or change the setting.',
        '请使用自有模板：dingnb.card(template="….schema")，或修改该设置。',
    ),
    "card.no_survey": (
        "The connection's settings turn off surveys: CardSettings(survey=None).",
        "连接设置已停用问卷：CardSettings(survey=None)。",
    ),
    "card.no_survey_todo": (
        "Pass a template of your own with a form, CardSettings(survey=CardTemplate(…)), or use a card with buttons.",
        "请设置自有的表单模板：CardSettings(survey=CardTemplate(…))，或改用带按钮的卡片。",
    ),
    "card.not_in_template": (
        "People would not see {fields}, for which the template {template} has no variable.",
        "收件人看不到 {fields}：模板 {template} 没有对应的变量。",
    ),
    "card.not_in_template_todo": (
        'Name the variable, as in CardTemplate("….schema", buttons="choices"), or leave this part out.',
        '请指定变量，例如 CardTemplate("….schema", buttons="choices")；或去掉这部分内容。',
    ),
    "card.bad_template": ("{value} is not the ID of a card template.", "{value} 不是卡片模板 ID。"),
    "card.bad_callback": (
        "callback={value} does not fit route_key.",
        "callback={value} 与 route_key 不匹配。",
    ),
    "card.settings_todo": (
        (
            "Pass CardTemplate objects or None for card and survey, texts for robot_code and route_key, and "
            'callback="STREAM", or callback="HTTP" with a route_key.'
        ),
        (
            "card 和 survey 请传入 CardTemplate 或 None，robot_code 和 route_key 请传入文本；"
            'callback 为 "STREAM"，或为 "HTTP" 并指定 route_key。'
        ),
    ),
    "message.bad_url": ("{field} is {value!r}, which DingTalk cannot open.", "{field} 为 {value!r}，钉钉无法打开。"),
    "message.bad_url_todo": (
        "Write the full address, without spaces: http://, https://, dingtalk:// or eapp://.",
        "请写完整的地址，不含空白：http://、https://、dingtalk:// 或 eapp://。",
    ),
    "message.bad_picture": (
        "{field} is {value!r}, which is neither a picture URL nor a media id.",
        "{field} 为 {value!r}，既不是图片地址，也不是 media_id。",
    ),
    "message.bad_picture_todo": (
        "Pass an http:// or https:// address, a figure, a path, or a media id such as @lADOADmaWMzazQKA.",
        "请填写 http:// 或 https:// 地址、图表、文件路径，或 media_id（例如 @lADOADmaWMzazQKA）。",
    ),
    "message.bad_media_id": ("{field} is {value!r}, which is not a media id.", "{field} 为 {value!r}，不是 media_id。"),
    "message.bad_media_id_todo": (
        "Pass a path, a figure, bytes, or a media id such as @lADOADmaWMzazQKA.",
        "请传入文件路径、图表、字节，或 media_id（例如 @lADOADmaWMzazQKA）。",
    ),
    "message.bad_duration": (
        "{field} is {value!r}, which is not a valid length for a voice message.",
        "{field} 为 {value!r}，不是有效的语音时长。",
    ),
    "message.bad_duration_todo": ("Pass whole seconds from 1 to 59.", "请填写 1 到 59 的整数秒。"),
    "message.bad_colour": (
        "{field} is {value!r}, which is not a valid colour.",
        "{field} 为 {value!r}，不是有效的颜色。",
    ),
    "message.bad_colour_todo": (
        "Pass exactly 8 hex digits, AARRGGBB, without 0x, such as FF1677FF.",
        "请填写 8 位十六进制数 AARRGGBB，不带 0x，例如 FF1677FF。",
    ),
    "message.bad_status_colour": (
        "{field} is {value!r}, which is not a valid status bar colour.",
        "{field} 为 {value!r}，不是有效的状态栏颜色。",
    ),
    "message.bad_status_colour_todo": (
        "Pass 0xFF and 6 hex digits, such as 0xFF78C06E.",
        "请填写 0xFF 加 6 位十六进制数，例如 0xFF78C06E。",
    ),
    "message.bad_orientation": (
        "{field} is {value!r}, which is not one of the choices.",
        "{field} 为 {value!r}，不是可选值。",
    ),
    "message.bad_orientation_todo": (
        'Pass "0" to stack the buttons, or "1" to place them side by side.',
        '请填写 "0"（竖直排列）或 "1"（横向排列）。',
    ),
    "message.control": (
        "{field} contains a control character, which DingTalk refuses: {value!r}.",
        "{field} 含有控制字符，钉钉会拒绝：{value!r}。",
    ),
    "message.control_todo": ("Remove it from the text.", "请从文本中去掉。"),
    "message.surrogate": (
        "The message contains half a character (a lone surrogate), which cannot be sent.",
        "消息中含有不完整的字符（孤立代理项），无法发送。",
    ),
    "message.surrogate_todo": ("Read the file again with the correct encoding.", "请用正确的编码重新读取文件。"),
    "message.failed": ("{field}: {reason}", "{field}：{reason}"),
    "preview.sender": ("Work notifications", "工作通知"),
    "preview.robot": ("Robot of the app", "应用机器人"),
    "preview.in_list": ("In the list", "会话列表"),
    "preview.opened": ("Opened", "打开后"),
    "preview.template": ("Template, {type} · columns: {columns}", "模板，{type} · 使用的列：{columns}"),
    "preview.image": ("Picture", "图片"),
    "preview.voice": ("Voice", "语音"),
    "preview.file": ("File", "文件"),
    "preview.link": ("Link", "链接"),
    "preview.oa": ("OA message", "OA 消息"),
    "preview.action_card": ("Card", "卡片"),
    "preview.card": ("Interactive card", "互动卡片"),
    "preview.own_template": (
        (
            "Only the template decides how these variables are shown. Its buttons are not shown here: they are defined "
            "in the card builder. Send a test to see the card."
        ),
        "变量如何显示由模板决定。按钮在卡片搭建平台的模板中定义，此处不显示。请发送测试查看卡片。",
    ),
    "preview.template_id": ("Template {template}", "模板 {template}"),
    "preview.private": ("private", "私有"),
    "preview.choose": ("Choose", "请选择"),
    "preview.picture_gone": (
        "This picture cannot be shown here: its file has since been changed or removed.",
        "此处无法显示该图片：其文件已更改或已不存在。",
    ),
    "preview.picture": ("Picture, not loaded here", "图片（预览不加载）"),
    "preview.app_name": ("Name of the app", "应用名称"),
    "preview.files": ("{n} files", "{n} 个文件"),
    "preview.form_cut": (
        "The form has {n} rows; DingTalk shows only the first {shown}.",
        "表单有 {n} 行，钉钉只显示前 {shown} 行。",
    ),
    "preview.status_bar": (
        "A message with a status bar goes to at most {people} people per call.",
        "带状态栏的消息每次调用最多发给 {people} 人。",
    ),
    "preview.not_shown": (
        "Not supported by DingTalk's markdown, shown as written: {what}.",
        "不属于钉钉的 markdown 语法，将按原样显示：{what}。",
    ),
    "preview.and": (", ", "、"),
    "preview.lines_joined": (
        "Some lines run together: for a line break, write two spaces before and after it, or leave an empty line.",
        "有些行会连在一起：换行请在换行符前后各加两个空格，或空一行。",
    ),
    "preview.markdown_address": ("a link that DingTalk cannot open", "钉钉无法打开的链接"),
    "preview.markdown_autolink": ("an address in angle brackets", "尖括号中的网址"),
    "preview.markdown_code": ("code", "代码"),
    "preview.markdown_html": ("HTML", "HTML"),
    "preview.markdown_list": ("a list with + or 1)", "用 + 或 1) 的列表"),
    "preview.markdown_picture": ("a picture without an http address", "没有 http 地址的图片"),
    "preview.markdown_reference": ("a link or picture by reference", "引用式链接或图片"),
    "preview.markdown_rule": ("a rule", "分隔线"),
    "preview.markdown_strike": ("strikethrough", "删除线"),
    "preview.markdown_table": ("a table", "表格"),
    "preview.markdown_title": ("the title of a link or picture", "链接或图片的标题"),
    "preview.markdown_underline": ("an underlined heading", "下划线式标题"),
    "preview.markdown_underscore": ("emphasis with underscores", "用下划线表示的强调"),
}
