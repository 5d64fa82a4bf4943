"""The words of what is wrong with recipients."""

WORDS: dict[str, tuple[str, str]] = {
    "row.blank": ("There is no {kinds} in this row.", "此行没有 {kinds}。"),
    "row.blank_todo": ("Fill it in, or leave the row out.", "请补全，或去掉此行。"),
    "row.everybody": ("{value!r} means everybody and is no person.", "{value!r} 表示全体成员，不是某个人。"),
    "row.header": ("{value!r} is the name of a column, not an address.", "{value!r} 是列名，不是收件人。"),
    "row.note": ("{value!r} is a total or a note, not an address.", "{value!r} 是合计或说明，不是收件人。"),
    "row.note_todo": ("Leave the row out.", "请去掉此行。"),
    "row.comma": (
        "{value!r} holds a comma; DingTalk would read it as several people.",
        "{value!r} 含有逗号，钉钉会当作多个人。",
    ),
    "row.space": ("{value!r} holds a blank, which no userid has.", "{value!r} 含有空白，userid 不含空白。"),
    "row.unprintable": (
        "{value!r} holds a character that cannot be in an id.",
        "{value!r} 含有 id 中不可能出现的字符。",
    ),
    "row.digits_lost": (
        "{value!r} was read as a number and has lost digits.",
        "{value!r} 曾被当作数字读取，已丢失部分数字。",
    ),
    "row.digits_lost_todo": (
        "Export this column as text (in Excel: format cells as text before entering), or read it with dtype=str.",
        "请将该列以文本导出（在 Excel 中先把单元格设为文本格式再录入），或用 dtype=str 读取。",
    ),
    "row.boolean": ("{value!r} is yes or no, and no id.", "{value!r} 是逻辑值，不是 id。"),
    "row.negative": ("{value!r} is a negative number, and no id.", "{value!r} 是负数，不是 id。"),
    "row.too_long": ("{value!r} is longer than any id.", "{value!r} 超过了 id 的长度。"),
    "row.not_an_id": ("{value!r} is {kind}, and no id.", "{value!r} 是 {kind}，不是 id。"),
    "row.not_a_mobile": ("{value!r} is no mobile number.", "{value!r} 不是手机号。"),
    "row.not_a_mobile_todo": (
        "Correct it: 11 digits that begin with 1, or +, country code and number.",
        "请更正：以 1 开头的 11 位数字，或以 + 和国家代码开头的号码。",
    ),
    "row.land_line": (
        "{value!r} is a land line or a service number; DingTalk finds people by mobile number.",
        "{value!r} 是固定电话或服务号码；钉钉只能按手机号查人。",
    ),
    "row.land_line_todo": ("Give a mobile number, or leave the row out.", "请改为手机号，或去掉此行。"),
    "row.extension": (
        "{value!r} is a number with an extension.",
        "{value!r} 是带分机号的号码。",
    ),
    "row.extension_todo": (
        "Give the mobile number alone, or leave the row out.",
        "请只填写手机号，或去掉此行。",
    ),
    "row.two_numbers": ("{value!r} holds several numbers.", "{value!r} 含有多个号码。"),
    "row.two_numbers_todo": (
        "Keep the one that the person has in DingTalk; dingnb does not choose.",
        "请只保留此人在钉钉中的号码；dingnb 不会代为选择。",
    ),
    "row.formula": (
        "{value!r} is a formula or a piece of HTML, and no userid.",
        "{value!r} 是公式或 HTML 片段，不是 userid。",
    ),
    "row.correct_todo": ("Correct the value, or leave the row out.", "请更正该值，或去掉此行。"),
    "row.no_such_person": (
        "DingTalk knows nobody with the number {value!r}: {reason}",
        "钉钉中没有手机号为 {value!r} 的人：{reason}",
    ),
    "row.no_such_person_todo": (
        "Correct the number; somebody who left is no longer found.",
        "请更正号码；已离职的人查不到。",
    ),
    "row.two_bodies": (
        "{userid!r} stands in {n} rows whose messages differ.",
        "{userid!r} 出现在 {n} 行中，且消息内容不同。",
    ),
    "row.two_bodies_todo": (
        "Name the column that tells the rows apart, key=..., or keep one row.",
        "请用 key=... 指明区分这些行的列，或只保留一行。",
    ),
    "row.key_blank": ("The key column {column!r} is empty in this row.", "此行的 key 列 {column!r} 为空。"),
    "row.excluded": ("This person is excluded.", "此人已被排除。"),
    "row.excluded_list": ("This person is on the exclusion list {name!r}.", "此人在排除名单 {name!r} 中。"),
    "row.excluded_why": (
        "This person is on the exclusion list {name!r}: {reason}",
        "此人在排除名单 {name!r} 中：{reason}",
    ),
    "row.excluded_todo": (
        "To tell this person after all, take the id out of exclude=... or off the list.",
        "如仍要通知此人，请将其 id 从 exclude=... 或名单中去掉。",
    ),
    "exclude.unread": (
        "{argument}= holds {cells} that cannot be read. The first, at position {position}: {problem}",
        "{argument}= 中有{cells}无法读取。第一个在位置 {position}：{problem}",
    ),
    "exclude.unread_todo": (
        "Correct or remove these: somebody who cannot be read would not be excluded.",
        "请更正或删除：读不出的人就不会被排除。",
    ),
    "exclude.unmatched": (
        "{n} of {all} in exclude= found nobody in this plan: {who}. Check these: people not found are not left out.",
        "exclude= 的 {all}中有 {n} 项在此计划中没有对应的人：{who}。请核对：只有能识别的人才会被排除。",
    ),
    "exclude.unmatched_list": (
        "{n} of {all} on the exclusion list {name!r} found nobody in this plan: {who}.",
        "排除名单 {name!r} 的 {all}中有 {n} 项在此计划中没有对应的人：{who}。",
    ),
    "exclude.unmatched_unlooked": (
        (
            "Rows that are left out by their phone number are not looked up: the userid of such a person counts as one "
            "that found nobody."
        ),
        "按手机号排除的行不会查询：这些人的 userid 会算作没有对应的人。",
    ),
    "exclude.unmatched_numbers": (
        'Phone numbers, which {entries} could be, are recognised where people are addressed by them: to="mobile".',
        '其中 {entries}可能是手机号：只有按手机号发送（to="mobile"）时才会识别。',
    ),
    "exclude.not_ids": ("{argument}= was given {kind}.", "{argument}= 收到的是 {kind}。"),
    "exclude.not_ids_todo": (
        'Give userids: a list, a set, or one column of a DataFrame, such as frame["userid"].',
        '请传入 userid：列表、集合，或 DataFrame 的一列，如 frame["userid"]。',
    ),
    "exclude.no_list": ("There is no exclusion list {name!r}.", "没有名为 {name!r} 的排除名单。"),
    "exclude.no_list_todo": (
        "There are: {names}. A text is the name of a list; to exclude one person, give a list of one userid.",
        "现有：{names}。文本表示名单的名称；如只排除一人，请传入含一个 userid 的列表。",
    ),
    "exclude.no_lists_todo": (
        (
            'There is none yet: ding.exclusions.add("name", ids) makes one. '
            "To exclude one person, give a list of one userid."
        ),
        '目前一个也没有：ding.exclusions.add("名称", ids) 会创建。如只排除一人，请传入含一个 userid 的列表。',
    ),
    "exclude.bad_name": ("{name} is not a name for an exclusion list.", "{name} 不能作为排除名单的名称。"),
    "exclude.bad_name_todo": ('Give one line of text, such as "left".', '请写成一行文本，例如 "离职"。'),
    "exclude.bad_reason": ("reason={reason} is not text.", "reason={reason} 不是文本。"),
    "exclude.bad_reason_todo": (
        'Give one that says why, such as "asked not to be told", or leave it out.',
        "请用文本说明原因，例如“本人要求不通知”，或省略。",
    ),
    "exclude.title": ("Exclusion lists", "排除名单"),
    "exclude.none": (
        'No lists yet: ding.exclusions.add("left", frame["userid"], reason="...") makes one.',
        '还没有名单：ding.exclusions.add("离职", frame["userid"], reason="...") 会创建一个。',
    ),
    "exclude.use": (
        'ding.plan(..., exclude="{name}") leaves out whoever is on that list; ding.exclusions.to_frame() shows who.',
        'ding.plan(..., exclude="{name}") 会排除该名单中的人；ding.exclusions.to_frame() 列出名单内容。',
    ),
    "exclude.lists": ("Lists", "名单"),
    "exclude.list": ("list", "名单"),
    "exclude.people": ("people", "人数"),
    "exclude.newest": ("newest addition", "最近添加"),
    "row.mended": ("{value!r} was read as {became!r}", "{value!r} 已按 {became!r} 处理"),
    "frame.not_a_frame": ("plan() was given {kind}, not a DataFrame.", "plan() 收到的是 {kind}，不是 DataFrame。"),
    "frame.not_a_frame_todo": ("Give a pandas DataFrame with one row a person.", "请传入每人一行的 pandas DataFrame。"),
    "frame.empty": ("The DataFrame has no rows.", "DataFrame 没有任何行。"),
    "frame.empty_todo": (
        "Look at how it was made: a filter may have left nothing.",
        "请检查其来源：可能被筛选条件清空。",
    ),
    "frame.bad_kind": ("to={value} is not a kind of address.", "to={value} 不是地址类型。"),
    "frame.bad_kind_todo": (
        'Give to="userid", to="mobile", or a list of both in order of preference.',
        '请写 to="userid"、to="mobile"，或按优先顺序写成列表。',
    ),
    "frame.no_column": ("There is no column for {kind}.", "没有 {kind} 列。"),
    "frame.no_column_todo": (
        'Name it: columns={{"{kind}": "..."}}. There are: {columns}.',
        '请指明：columns={{"{kind}": "..."}}。现有：{columns}。',
    ),
    "frame.levels_todo": (
        "The columns have several levels. Join them: frame.columns = ['_'.join(map(str, c)) for c in frame.columns].",
        "列名有多级。请先合并：frame.columns = ['_'.join(map(str, c)) for c in frame.columns]。",
    ),
    "frame.in_index_todo": (
        "It is the index of the frame: use frame.reset_index().",
        "它是该 DataFrame 的索引：请使用 frame.reset_index()。",
    ),
    "frame.by_mobile_todo": (
        'There is a column of mobile numbers: plan(..., to="mobile") looks up whose they are.',
        '数据中有手机号列：可用 plan(..., to="mobile") 按手机号查找。',
    ),
    "frame.userids_like_words": (
        "Column {column!r}: {cells} with words, such as {value!r}; userids mostly have letters and digits alone.",
        "列 {column!r}：{cells}含有文字，如 {value!r}；userid 通常只有字母和数字。",
    ),
    "frame.placeholders": (
        "Column {column!r}: {cells} treated as empty, such as {value!r}.",
        "列 {column!r}：{cells}视为空，如 {value!r}。",
    ),
    "frame.userids_like_numbers": (
        (
            "Most userids in the column {column!r} look like phone numbers ({n} of {all}). Unless they are userids as "
            "well, nobody gets the message: address people by phone, {way}."
        ),
        (
            "列 {column!r} 中的 userid 大多像手机号（{all} 个中有 {n} 个）。"
            "除非它们同时也是 userid，否则无人能收到：请按手机号发送，{way}。"
        ),
    ),
    "frame.bad_columns": ("columns={value} cannot be used.", "columns={value} 无法使用。"),
    "frame.bad_columns_todo": (
        'Give a dict from a kind of address to a column: columns={{"userid": "...", "mobile": "..."}}.',
        '请写成从地址类型到列名的字典：columns={{"userid": "...", "mobile": "..."}}。',
    ),
    "frame.column_not_there": ("There is no column {column!r}.", "没有名为 {column!r} 的列。"),
    "frame.column_not_there_todo": ("There are: {columns}.", "现有：{columns}。"),
    "frame.column_twice": ("The column {column!r} is there {n} times.", "列 {column!r} 出现了 {n} 次。"),
    "frame.column_twice_todo": ("Rename or drop all but one.", "请改名或删除多余的列。"),
    "frame.columns_compete": (
        "Several columns could hold the {kind}: {columns}.",
        "有多列都可能是 {kind}：{columns}。",
    ),
    "frame.columns_compete_todo": ('Choose one: columns={{"{kind}": "..."}}.', '请选择：columns={{"{kind}": "..."}}。'),
    "frame.nobody": ("Nobody is left to send to; rejected: {rows}.", "没有可发送的人；剔除：{rows}。"),
    "frame.nobody_todo": ("plan.problems() says why, row by row.", "plan.problems() 逐行说明原因。"),
    "frame.bad_position": (
        "There is no row at position {position!r}; positions go from 0 to {last}.",
        "没有位置为 {position!r} 的行；位置从 0 到 {last}。",
    ),
    "frame.bad_position_todo": (
        "Negative positions count from the end; without position=, a row is named by its label.",
        "负数从末尾数起；不写 position= 时按索引标签取行。",
    ),
    "frame.bad_label": ("No row has the label {label!r}.", "没有标签为 {label!r} 的行。"),
    "frame.bad_label_todo": (
        "Labels of the index: {labels}. By position: position=0 to position={last}.",
        "索引标签：{labels}。也可按位置：position=0 到 position={last}。",
    ),
    "frame.label_of_several": (
        "{rows} have the label {label!r}, at positions {positions}.",
        "标签 {label!r} 对应 {rows}，位置为 {positions}。",
    ),
    "frame.label_of_several_todo": (
        "Choose one by its position, such as position={position}.",
        "请按位置选择，例如 position={position}。",
    ),
    "frame.label_and_position": (
        "Both a label ({label!r}) and position={position!r} were given.",
        "同时给出了标签（{label!r}）和 position={position!r}。",
    ),
    "frame.label_and_position_todo": ("Give one of them.", "请只给出其中一个。"),
    "frame.no_rows": ("There are no rows.", "没有任何行。"),
    "frame.no_rows_todo": ("The DataFrame of this plan is empty.", "此计划的 DataFrame 为空。"),
    "frame.rejected_row": (
        "The row with label {label!r} is not sent to: {reason}",
        "标签为 {label!r} 的行不会发送：{reason}",
    ),
    "frame.rejected_at": (
        "The row at position {position} (label {label!r}) is not sent to: {reason}",
        "位置 {position} 的行（标签 {label!r}）不会发送：{reason}",
    ),
    "frame.keep_taken": (
        "keep= names columns that results() has itself: {columns}.",
        "keep= 中的列与 results() 自有的列重名：{columns}。",
    ),
    "frame.keep_taken_todo": ("Rename them in your DataFrame first.", "请先在 DataFrame 中改名。"),
    "frame.keep_unknown": ("keep= names columns that are not there: {columns}.", "keep= 中有不存在的列：{columns}。"),
}
