"""Texts for rows and DataFrames: addresses, IDs, phone numbers, exclusions and row labels."""

TRANSLATIONS: dict[str, tuple[str, str]] = {
    "row.blank": ("This row has no {kinds}.", "此行的“{kinds}”为空。"),
    "row.blank_todo": ("Fill it in, or remove the row.", "请补全，或去掉此行。"),
    "row.everybody": ("{value!r} means everyone, not one person.", "{value!r} 表示全体成员，不是某个人。"),
    "row.header": ("{value!r} is a column name, not an address.", "{value!r} 是列名，不是收件人。"),
    "row.note": ("{value!r} is a total or a note, not an address.", "{value!r} 是合计或说明，不是收件人。"),
    "row.remark": ("{value!r} contains a remark, not just an address.", "{value!r} 含有备注文字，不能作为收件人。"),
    "row.note_todo": ("Remove the row.", "请去掉此行。"),
    "row.comma": (
        "{value!r} contains a separator, such as a comma; it looks like several people.",
        "{value!r} 含有逗号等分隔符，像是多个人。",
    ),
    "row.space": ("{value!r} contains whitespace, which an ID cannot have.", "{value!r} 含有空白，ID 中不会有空白。"),
    "row.unprintable": (
        "{value!r} contains a character that an ID cannot have.",
        "{value!r} 含有 ID 中不可能出现的字符。",
    ),
    "row.digits_lost": (
        "{value!r} was read as a number and has lost digits.",
        "{value!r} 曾被当作数字读取，已丢失部分数字。",
    ),
    "row.fraction": (
        "{value!r} has decimals, which no ID or phone number has.",
        "{value!r} 带有小数，ID 和手机号没有小数。",
    ),
    "row.digits_lost_todo": (
        (
            "Export this column as text (in Excel, format the cells as text before entering values), or read it "
            "with dtype=str."
        ),
        "请将该列以文本导出（在 Excel 中先把单元格设为文本格式再录入），或用 dtype=str 读取。",
    ),
    "row.boolean": ("{value!r} is a boolean, not an ID.", "{value!r} 是布尔值，不是 ID。"),
    "row.not_finite": ("{value!r} is not a finite number.", "{value!r} 不是有限的数。"),
    "row.negative": ("{value!r} is a negative number, not an ID.", "{value!r} 是负数，不是 ID。"),
    "row.too_long": ("{value!r} is too long for an ID.", "{value!r} 超过了 ID 的最大长度。"),
    "row.not_an_id": ("{value!r} is of type {kind}, not an ID.", "{value!r} 是 {kind} 类型，不是 ID。"),
    "row.not_a_mobile": ("{value!r} isn't a valid mobile number.", "{value!r} 不是有效的手机号。"),
    "row.not_a_mobile_todo": (
        "Correct it: 11 digits starting with 1, or + followed by country code and number.",
        "请更正：以 1 开头的 11 位数字，或以 + 和国家代码开头的号码。",
    ),
    "row.land_line": (
        "{value!r} is a landline or service number; DingTalk finds people by mobile number.",
        "{value!r} 是固定电话或服务号码；钉钉只能按手机号查人。",
    ),
    "row.land_line_todo": ("Use a mobile number, or remove the row.", "请改为手机号，或去掉此行。"),
    "row.extension": (
        "{value!r} is a number with an extension.",
        "{value!r} 是带分机号的号码。",
    ),
    "row.extension_todo": ("Use the mobile number only, or remove the row.", "请只填写手机号，或去掉此行。"),
    "row.two_numbers": ("{value!r} contains several numbers.", "{value!r} 含有多个号码。"),
    "row.two_numbers_todo": (
        "Keep the number that the person uses in DingTalk; dingnb does not choose one.",
        "请只保留此人在钉钉中的号码；dingnb 不会代为选择。",
    ),
    "row.formula": ("{value!r} is a formula or HTML, not an ID.", "{value!r} 是公式或 HTML 片段，不是 ID。"),
    "row.correct_todo": ("Correct the value, or remove the row.", "请更正该值，或去掉此行。"),
    "row.no_such_person": (
        "No DingTalk user has the number {value!r}.",
        "钉钉中没有手机号为 {value!r} 的人。",
    ),
    "row.no_such_person_todo": (
        "Correct the number; people who have left are no longer found.",
        "请更正号码；已离职的人查不到。",
    ),
    "frame.other_mode": (
        (
            "The rows come from ding.match() or ding.people() of another connection: {their_mode}, app {theirs}. This "
            "one is {mode}, app {ours}."
        ),
        (
            "这些行来自另一连接（{their_mode}应用 {theirs}）的 ding.match() 或 ding.people()，而当前连接为{mode}应用 "
            "{ours}。"
        ),
    ),
    "frame.other_app": (
        (
            "The rows come from ding.match() or ding.people() of another app, {theirs}. In another organisation their "
            "userids belong to other people, or to nobody."
        ),
        (
            "这些行来自另一个应用 {theirs} 的 ding.match() 或 ding.people()；若不在同一企业，其中的 userid 会是其他人，"
            "或无人使用。"
        ),
    ),
    "frame.other_app_todo": (
        (
            "Match or read them again with this connection. If the userids are right for it: "
            'frame.attrs["dingnb"].pop("origin").'
        ),
        '请用当前连接重新匹配或读取；如 userid 确实适用：frame.attrs["dingnb"].pop("origin")。',
    ),
    "row.not_matched_none": ("Not matched. {reason}", "未匹配：{reason}"),
    "row.not_matched_several": ("Not matched: several candidates. {reason}", "未匹配（多个候选人）：{reason}"),
    "row.not_matched_repeated": (
        "Not matched: several times in the list. {reason}",
        "未匹配（名单中重复出现）：{reason}",
    ),
    "row.not_matched_conflict": ("Not matched: contradictory. {reason}", "未匹配（信息矛盾）：{reason}"),
    "row.not_matched_name_only": ("Not matched. {reason}", "未匹配：{reason}"),
    "row.left_out": ("Not sent. {reason}", "不发送：{reason}"),
    "row.not_matched_todo": (
        "Settle the row with ding.choose(...), or correct it and match again.",
        "请用 ding.choose(...) 选定，或更正后重新匹配。",
    ),
    "row.other_owner": (
        "The number {value!r} belongs to {owner}, but the row was matched to {userid}.",
        "手机号 {value!r} 属于 {owner}，而该行匹配到 {userid}。",
    ),
    "row.other_owner_todo": (
        'Address matched rows by userid: to="userid".',
        '已匹配的行请按 userid 发送：to="userid"。',
    ),
    "row.no_such_userid": (
        "No DingTalk user has the userid {value!r}: {reason}",
        "钉钉中没有 userid 为 {value!r} 的人：{reason}",
    ),
    "row.name_differs_todo": (
        "Correct the userid or number, or the name.",
        "请更正 userid、号码或姓名。",
    ),
    "row.name_noted": (
        "{mark!r} next to the name says that the person has left or should get no messages.",
        "姓名旁注有 {mark!r}，表示此人已离职或不应接收消息。",
    ),
    "row.name_noted_todo": (
        "To send to the person, remove the note from the name.",
        "如需发送，请从姓名中去掉该标注。",
    ),
    "row.no_such_userid_todo": (
        "Correct the userid; people who have left are no longer found.",
        "请更正 userid；已离职的人查不到。",
    ),
    "row.not_in_directory": (
        "This userid is not in the directory as the app read it {age}.",
        "此 userid 不在通讯录（{age}读取）中。",
    ),
    "row.not_in_directory_todo": (
        "Correct the userid. If the person has just joined, read the directory again.",
        "请更正 userid；若此人刚加入，请重新读取通讯录。",
    ),
    "row.inactive": (
        "This person has never activated DingTalk and cannot read the message.",
        "此人从未激活钉钉，无法阅读消息。",
    ),
    "row.absent": (
        "This person did not log in to DingTalk on any weekday from {first} to {last}.",
        "此人在 {first} 至 {last} 期间的周一至周五均未登录钉钉。",
    ),
    "row.number_refused": (
        "DingTalk did not return the owner of {value!r}: {reason}",
        "钉钉未返回手机号 {value!r} 的所有者：{reason}",
    ),
    "row.owner_unusable": (
        "For the number {value!r}, DingTalk returned a userid that cannot be used: {reason}",
        "钉钉为手机号 {value!r} 返回的 userid 无法使用：{reason}",
    ),
    "row.owner_unusable_todo": (
        "Leave the number as it is. Ask your DingTalk administrator to check the userid of its owner.",
        "号码无需修改。请联系钉钉管理员核对此人的 userid。",
    ),
    "row.named": ("{heading} {label}", "{heading} {label}"),
    "row.numbered": ("row {label}", "第 {label} 行"),
    "row.without": ("a row without {heading}", "没有{heading}的行"),
    "row.unlabelled": ("a row without a label", "没有标签的行"),
    "rows.numbered": ("rows {labels}", "行号 {labels}"),
    "rows.at_positions": ("positions {positions}", "位置 {positions}"),
    "row.two_bodies": (
        "{userid!r} appears in {n} rows ({rows}) with different messages.",
        "{userid!r} 出现在 {n} 行中（{rows}），且消息内容不同。",
    ),
    "row.two_bodies_todo": (
        (
            "Keep one row, or name the column that distinguishes these rows with key=... The key of a campaign that "
            "was sent cannot change: then send these rows alone, with key=... and another name."
        ),
        (
            "请只保留一行，或用 key=... 指明区分这些行的列。任务发送后不能再改 key：这时请换一个名称，用 key=... "
            "只发送这些行。"
        ),
    ),
    "row.key_blank": ("The key column {column!r} is empty in this row.", "此行的 key 列 {column!r} 为空。"),
    "row.excluded": ("This person is excluded.", "此人已被排除。"),
    "row.excluded_list": ("This person is on the exclusion list {name!r}.", "此人在排除名单 {name!r} 中。"),
    "row.excluded_why": (
        "This person is on the exclusion list {name!r} ({reason}).",
        "此人在排除名单 {name!r} 中（{reason}）。",
    ),
    "row.excluded_todo": (
        "To include this person, remove the ID from exclude=... or from the list.",
        "如仍要发送给此人，请将其 ID 从 exclude=... 或名单中移除。",
    ),
    "exclude.unread": (
        "{argument}= contains {cells} that cannot be read. The first, at position {position}: {problem}",
        "{argument}= 中有 {cells}无法读取。第一个在位置 {position}：{problem}",
    ),
    "exclude.unread_todo": (
        (
            "Correct or remove these: an unreadable entry would exclude nobody. For people given by name, "
            "ding.match(...) finds the userids."
        ),
        "请更正或删除：无法读取的条目不会排除任何人。如果填的是姓名，可用 ding.match(...) 查找 userid。",
    ),
    "exclude.unread_ids_todo": ("Correct or remove these.", "请更正或删除。"),
    "exclude.lists_among_ids": (
        "exclude= has several values, and among them names of exclusion lists: {names}. Nobody on these was excluded.",
        "exclude= 中有多个值，其中有排除名单的名称：{names}。名单中的人不会因此被排除。",
    ),
    "exclude.lists_among_ids_todo": (
        (
            "For one list, pass its name alone. For several: lists = ding.exclusions.to_frame(), then "
            'exclude=lists[lists["list"].isin([{names}])].'
        ),
        (
            "只用一份名单时，请只传入其名称。多份名单：先 lists = ding.exclusions.to_frame()，再 "
            'exclude=lists[lists["list"].isin([{names}])]。'
        ),
    ),
    "exclude.names": (
        "exclude= has names of people in this plan: {who}. A name excludes nobody.",
        "exclude= 中有此计划中的人的姓名：{who}。姓名不能用于排除。",
    ),
    "exclude.names_todo": (
        "Pass their userids instead; ding.match(...) finds them.",
        "请改为传入他们的 userid；可用 ding.match(...) 查找。",
    ),
    "exclude.names_on_list": (
        "Exclusion list {name!r} has names of people in this plan: {who}. A name excludes nobody.",
        "排除名单 {name!r} 中有此计划中的人的姓名：{who}。姓名不能用于排除。",
    ),
    "exclude.names_on_list_todo": (
        (
            "Add their userids, which ding.match(...) finds, and take the names off: "
            "ding.exclusions.remove({name}, names)."
        ),
        "请添加他们的 userid（可用 ding.match(...) 查找），再移除姓名：ding.exclusions.remove({name}, names)。",
    ),
    "exclude.zeros": (
        (
            "exclude= has numbers that lack the leading zeros of userids in this plan: {who}. Without the zeros, they "
            "exclude nobody."
        ),
        "exclude= 中有数字缺少此计划中 userid 开头的 0：{who}。缺少 0 的数字不能用于排除。",
    ),
    "exclude.zeros_todo": (
        (
            "Read the userids as text: pandas drops leading zeros, unless you pass dtype=str, as in "
            "pd.read_csv(path, dtype=str)."
        ),
        "请将 userid 按文本读取：pandas 会去掉开头的 0，除非传入 dtype=str，例如 pd.read_csv(path, dtype=str)。",
    ),
    "exclude.zeros_on_list": (
        (
            "Exclusion list {name!r} has numbers that lack the leading zeros of userids in this plan: {who}. Without "
            "the zeros, they exclude nobody."
        ),
        "排除名单 {name!r} 中有数字缺少此计划中 userid 开头的 0：{who}。缺少 0 的数字不能用于排除。",
    ),
    "exclude.zeros_on_list_todo": (
        (
            "Add the userids as text, with their zeros, and take the numbers off: "
            "ding.exclusions.remove({name}, numbers)."
        ),
        "请按文本添加带 0 的 userid，再移除这些数字：ding.exclusions.remove({name}, numbers)。",
    ),
    "exclude.mobiles": (
        (
            "exclude= has phone numbers of people in this plan ({rows}). They exclude nobody, since people are "
            "addressed by userid."
        ),
        "exclude= 中有此计划中的人的手机号（{rows}）。此计划按 userid 发送，手机号不能用于排除。",
    ),
    "exclude.mobiles_todo": (
        'Pass the userids of these rows instead, or address people by phone as well: to=["userid", "mobile"].',
        '请改为传入这些行的 userid；或同时按手机号发送：to=["userid", "mobile"]。',
    ),
    "exclude.mobiles_on_list": (
        (
            "Exclusion list {name!r} has phone numbers of people in this plan ({rows}). They exclude nobody, since "
            "people are addressed by userid."
        ),
        "排除名单 {name!r} 中有此计划中的人的手机号（{rows}）。此计划按 userid 发送，手机号不能用于排除。",
    ),
    "exclude.mobiles_on_list_todo": (
        (
            "Add their userids, ding.exclusions.add({name}, userids), or address people by phone as well: "
            'to=["userid", "mobile"].'
        ),
        '请添加他们的 userid：ding.exclusions.add({name}, userids)；或同时按手机号发送：to=["userid", "mobile"]。',
    ),
    "exclude.like_names": (
        "Entries that look like names: {who} ({n} of {all}). A name excludes nobody.",
        "{all}中有 {n} 项像是姓名：{who}。姓名不能用于排除。",
    ),
    "exclude.empty": (
        "exclude= is empty: nobody is excluded.",
        "exclude= 为空：没有排除任何人。",
    ),
    "exclude.blank": (
        "Blank in exclude=: {cells}. A blank value excludes nobody; check whether userids are missing.",
        "exclude= 中有 {cells}为空。空值不会排除任何人；请核对是否缺少 userid。",
    ),
    "exclude.blank_ids": (
        "Blank: {cells}. A blank value excludes nobody; check whether userids are missing.",
        "有 {cells}为空。空值不会排除任何人；请核对是否缺少 userid。",
    ),
    "exclude.empty_ids": (
        "Nobody was added: there are no IDs. A list without people does not exist.",
        "没有添加任何人：没有传入 ID。没有人员的名单不存在。",
    ),
    "exclude.unmatched": (
        (
            "No match in this plan for {n} of {all} in exclude=: {who}. Check what was given: only people who are "
            "matched are excluded."
        ),
        "exclude= 的 {all}中有 {n} 项在此计划中没有对应的人：{who}。请核对：只有能识别的人才会被排除。",
    ),
    "exclude.unmatched_people": (
        "None of the {all} in exclude= is in this plan.",
        "exclude= 中的 {all}均不在此计划中。",
    ),
    "exclude.unmatched_list": (
        "Nobody on exclusion list {name!r} is in this plan.",
        "此计划中没有排除名单 {name!r} 中的人。",
    ),
    "exclude.list_has_numbers": (
        (
            "Exclusion list {name!r} has {entries} like phone numbers, which exclude nobody here: they are only "
            'recognised when people are addressed by phone: to="mobile".'
        ),
        '排除名单 {name!r} 中有 {entries}像是手机号，在此不起排除作用：只有按手机号发送（to="mobile"）时才会识别。',
    ),
    "exclude.unmatched_unlooked": (
        "Rows excluded by phone number are not looked up, so the userids of these people count as unmatched.",
        "按手机号排除的行不会查询：这些人的 userid 会算作没有对应的人。",
    ),
    "exclude.unmatched_numbers": (
        (
            "Apparently phone numbers: {entries}. They are only recognised when people are addressed by phone: "
            'to="mobile".'
        ),
        '其中 {entries}像是手机号：只有按手机号发送（to="mobile"）时才会识别。',
    ),
    "exclude.not_ids": ("{argument}= cannot be {kind}.", "{argument}= 不能是 {kind}。"),
    "exclude.no_userids": (
        "{argument}= is a DataFrame without a column userid, or with several.",
        "{argument}= 是 DataFrame，但没有 userid 列，或有多个。",
    ),
    "exclude.left_open": (
        "Matching left {rows} of {argument}= without a userid, which would exclude nobody.",
        "{argument}= 中有 {rows}未匹配到 userid，这些行不会排除任何人。",
    ),
    "exclude.left_open_ids": (
        "Matching left {rows} of {argument}= without a userid.",
        "{argument}= 中有 {rows}未匹配到 userid。",
    ),
    "exclude.left_open_todo": (
        'Settle them with ding.choose(...), or leave them out: frame[frame["userid"].notna()].',
        '请用 ding.choose(...) 选定，或去掉这些行：frame[frame["userid"].notna()]。',
    ),
    "exclude.not_ids_todo": (
        (
            "Pass userids: a list, a set, a DataFrame with a column userid, or one of its columns, such as "
            'frame["userid"].'
        ),
        '请传入 userid：列表、集合、含 userid 列的 DataFrame，或其中一列，如 frame["userid"]。',
    ),
    "exclude.no_list": ("There is no exclusion list {name!r}.", "没有名为 {name!r} 的排除名单。"),
    "exclude.no_list_todo": (
        "Lists: {names}. A string is the name of a list; to exclude one person, pass a list with one userid.",
        "现有：{names}。字符串表示名单的名称；如只排除一人，请传入含一个 userid 的列表。",
    ),
    "exclude.no_lists_todo": (
        (
            'There are no lists yet: ding.exclusions.add("name", ids) creates one. To exclude one person, pass a '
            "list with one userid."
        ),
        '尚无名单：ding.exclusions.add("名称", ids) 会创建。如只排除一人，请传入含一个 userid 的列表。',
    ),
    "exclude.bad_name": ("{name} is not a valid name for an exclusion list.", "{name} 不能作为排除名单的名称。"),
    "exclude.bad_name_todo": ('Use one line of text, such as "left".', "请使用一行文本，例如“离职”。"),
    "exclude.bad_reason": ("reason={reason} is not text.", "reason={reason} 不是文本。"),
    "exclude.bad_reason_todo": (
        'Pass a reason as text, such as "opted out", or omit it.',
        "请用文本说明原因，例如“本人要求不通知”，或省略。",
    ),
    "exclude.line_several": (
        "It is not certain who is meant; enter a userid: {people}",
        "无法确定所指何人，请改填 userid：{people}",
    ),
    "exclude.line_unknown": (
        "Nobody in the directory has this name or userid.",
        "通讯录中没有此姓名或 userid。",
    ),
    "exclude.line_unread": (
        "Not a userid or a phone number, and names cannot be looked up now.",
        "不是 userid 或手机号，且目前无法查找姓名。",
    ),
    "exclude.title": ("Exclusion lists", "排除名单"),
    "exclude.none": (
        'No lists yet: ding.exclusions.add("left", frame["userid"], reason="...") creates one.',
        '还没有名单：ding.exclusions.add("离职", frame["userid"], reason="...") 会创建一个。',
    ),
    "exclude.use": (
        "ding.plan(..., exclude={name}) excludes everyone on that list; ding.exclusions.to_frame() lists them.",
        "ding.plan(..., exclude={name}) 会排除该名单中的人；ding.exclusions.to_frame() 列出名单内容。",
    ),
    "exclude.lists": ("Lists", "名单"),
    "exclude.list": ("list", "名单"),
    "exclude.people": ("people", "人数"),
    "exclude.newest": ("newest addition", "最近添加"),
    "row.corrected": ("{value!r} was read as {became!r}", "{value!r} 已按 {became!r} 处理"),
    "frame.not_a_frame": ("Expected a DataFrame, not {kind}.", "需要 DataFrame，而不是 {kind}。"),
    "frame.not_a_frame_todo": (
        'Pass a pandas DataFrame with one row per person; dingnb.read_recipients("staff.xlsx") reads one from a file.',
        '请传入每人一行的 pandas DataFrame；dingnb.read_recipients("staff.xlsx") 可从文件读取。',
    ),
    "frame.message_todo": (
        "Pass the DataFrame first, and then the message: ding.plan(frame, message).",
        "请先传入 DataFrame，再传入消息：ding.plan(frame, message)。",
    ),
    "frame.row_todo": (
        "It looks like one row. Double brackets keep it a DataFrame: frame.iloc[[0]] or frame.loc[[label]].",
        "它看起来是一行。用双层方括号取行，结果仍是 DataFrame：frame.iloc[[0]] 或 frame.loc[[标签]]。",
    ),
    "frame.series_todo": (
        'Use series.to_frame("userid") if it has the userids, and series.reset_index() if they are its index.',
        '如果其值是 userid，请用 series.to_frame("userid")；如果 userid 在其索引中，请用 series.reset_index()。',
    ),
    "frame.empty": ("The DataFrame has no rows.", "DataFrame 没有任何行。"),
    "frame.empty_todo": (
        "Check how it was created: a filter may have removed all rows.",
        "请检查其来源：可能被筛选条件清空。",
    ),
    "frame.bad_kind": ("to={value} is not a kind of address.", "to={value} 不是地址类型。"),
    "frame.bad_kind_todo": (
        (
            'Use to="userid", to="mobile", or a list of both in order of preference. Columns are named by columns=, '
            'as in columns={{"mobile": "phone"}}. With names only, find the userids first: ding.match(...).'
        ),
        (
            '请写 to="userid"、to="mobile"，或按优先顺序写成列表。列名用 columns= 指明，例如 '
            'columns={{"mobile": "手机"}}。如果只有姓名，请先用 ding.match(...) 查找 userid。'
        ),
    ),
    "frame.no_column": ("No {kind} column found (columns: {columns}).", "没有 {kind} 列（现有：{columns}）。"),
    "frame.no_column_todo": (
        'Name the column: columns={{"{kind}": "..."}}.',
        '请指明对应的列：columns={{"{kind}": "..."}}。',
    ),
    "frame.by_userid_todo": (
        'Name the column: columns={{"mobile": "..."}}. If the list has only userids, leave out to=.',
        '请指明对应的列：columns={{"mobile": "..."}}。如果名单只有 userid，请省略 to=。',
    ),
    "frame.by_name_todo": (
        (
            'Name the column: columns={{"userid": "..."}}. If the list has only names, find the people first: '
            'ding.match(frame, by="name").'
        ),
        (
            '请指明对应的列：columns={{"userid": "..."}}。如果名单只有姓名，请先查找对应的人：'
            'ding.match(frame, by="name")。'
        ),
    ),
    "frame.levels_todo": (
        "The columns have several levels. Join them: {code}.",
        "列名有多级。请先合并：{code}。",
    ),
    "frame.levels_named_todo": (
        "The columns have several levels. Join them: {code}. Then pass {columns}.",
        "列名有多级。请先合并：{code}。然后传入 {columns}。",
    ),
    "frame.in_index_todo": (
        "It is in the index of the DataFrame: use frame.reset_index().",
        "它在该 DataFrame 的索引中：请使用 frame.reset_index()。",
    ),
    "frame.perhaps_in_index_todo": (
        "If it is in the index ({names}), make it a column such as {column} first: frame = frame.reset_index().",
        "如果在索引（{names}）中，请先变成列（如 {column}）：frame = frame.reset_index()。",
    ),
    "frame.other_type_todo": ("The column is named {column}: pass that.", "该列的名称是 {column}：请传入它。"),
    "frame.by_mobile_todo": (
        'To address people by phone: to="mobile". If a column has userids: columns={{"userid": "..."}}.',
        '如按手机号发送：to="mobile"。如某一列是 userid：columns={{"userid": "..."}}。',
    ),
    "frame.userids_like_words": (
        "Column {column!r}: {cells} with words, such as {value!r}; userids usually have only letters and digits.",
        "列 {column!r}：{cells}含有文字，如 {value!r}；userid 通常只有字母和数字。",
    ),
    "frame.placeholders": (
        "Column {column!r}: {cells} treated as empty, such as {value!r}.",
        "列 {column!r}：{cells}视为空，如 {value!r}。",
    ),
    "frame.userids_like_numbers": (
        (
            "Most userids in column {column!r} look like phone numbers ({n} of {all}). Unless they really are "
            "userids, nobody gets the message: address people by phone, {code}."
        ),
        (
            "列 {column!r} 中的 userid 大多像手机号（{all} 个中有 {n} 个）。除非它们同时也是 userid，否则无人能收"
            "到：请按手机号发送，{code}。"
        ),
    ),
    "frame.bad_columns": ("columns={value} cannot be used.", "columns={value} 无法使用。"),
    "frame.bad_columns_todo": (
        'Pass a dict from a kind of address to a column: columns={{"userid": "...", "mobile": "...", "name": "..."}}.',
        '请写成从地址类型到列名的字典：columns={{"userid": "...", "mobile": "...", "name": "..."}}。',
    ),
    "frame.column_not_there": ("There is no column {column!r}.", "没有名为 {column!r} 的列。"),
    "frame.column_not_there_todo": ("Columns: {columns}.", "现有：{columns}。"),
    "frame.column_twice": ("Column {column!r} occurs {n} times.", "列 {column!r} 出现了 {n} 次。"),
    "frame.column_twice_todo": ("Rename or drop all but one.", "请改名或删除多余的列。"),
    "frame.columns_compete": ("Several columns could be the {kind}: {columns}.", "有多列都可能是 {kind}：{columns}。"),
    "frame.columns_compete_todo": ('Choose one: columns={{"{kind}": "..."}}.', '请选择：columns={{"{kind}": "..."}}。'),
    "frame.nobody": ("There is nobody to send to; rejected: {rows}.", "没有可发送的人；不发送的行：{rows}。"),
    "frame.nobody_todo": ("plan.problems() shows the reason for each row.", "plan.problems() 逐行说明原因。"),
    "frame.bad_position": (
        "There is no row at position {position!r}; positions go from 0 to {last}.",
        "没有位置为 {position!r} 的行；位置从 0 到 {last}。",
    ),
    "frame.bad_position_todo": (
        "Negative positions count from the end; without position=, a row is selected by its label.",
        "负数从末尾数起；不写 position= 时按索引标签取行。",
    ),
    "frame.bad_label": ("No row has the label {label!r}.", "没有标签为 {label!r} 的行。"),
    "frame.no_such_time": (
        "The time {label!r} does not exist in {zone}: the clocks are set forward over it.",
        "{zone} 时区没有 {label!r} 这一时刻：当时时钟拨快，跳过了它。",
    ),
    "frame.ambiguous_time": (
        "The time {label!r} occurs twice in {zone}, before and after the clocks are set back.",
        "{zone} 时区有两个 {label!r}：时钟拨回前后各一次。",
    ),
    "frame.ambiguous_time_todo": (
        "Give it with the UTC offset: {earlier!r} or {later!r}.",
        "请写明 UTC 偏移：{earlier!r} 或 {later!r}。",
    ),
    "frame.bad_label_todo": (
        "Index labels: {labels}. By position: position=0 to position={last}.",
        "索引标签：{labels}。也可按位置：position=0 到 position={last}。",
    ),
    "frame.label_of_several": (
        "{rows} have the label {label!r}, at positions {positions}.",
        "标签 {label!r} 对应 {rows}，位置为 {positions}。",
    ),
    "frame.label_of_several_todo": (
        "Select one by position, such as position={position}.",
        "请按位置选择，例如 position={position}。",
    ),
    "frame.label_and_position": (
        "Both a label ({label!r}) and position={position!r} were given.",
        "同时给出了标签（{label!r}）和 position={position!r}。",
    ),
    "frame.label_and_position_todo": ("Pass one of them.", "请只给出其中一个。"),
    "frame.no_rows": ("There are no rows.", "没有任何行。"),
    "frame.no_rows_todo": ("The DataFrame of this plan is empty.", "此计划的 DataFrame 为空。"),
    "frame.rejected_row": ("Not sent ({row}): {reason}", "不会发送（{row}）：{reason}"),
    "frame.rejected_at": (
        "The row at position {position} (label {label!r}) won't be sent: {reason}",
        "位置 {position} 的行（标签 {label!r}）不会发送：{reason}",
    ),
    "frame.keep_taken": (
        "keep= names columns that results() already has: {columns}.",
        "keep= 中的列与 results() 自有的列重名：{columns}。",
    ),
    "frame.keep_taken_todo": ("Rename them in your DataFrame first.", "请先在 DataFrame 中改名。"),
    "frame.keep_by_name_todo": (
        (
            "Columns: {columns}. The ledger keeps no others for a campaign opened by name. To use the columns of your "
            "DataFrame, run the cell that sent it again: nobody gets the message twice."
        ),
        (
            "现有：{columns}。按名称打开的任务，账本只保留这些列。如需 DataFrame 中的其他列，请重新运行发送时的单元格："
            "不会有人收到两次。"
        ),
    ),
    "frame.keep_unknown": ("keep= names columns that do not exist: {columns}.", "keep= 中有不存在的列：{columns}。"),
}
