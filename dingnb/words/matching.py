"""Texts of matching: which person of the directory a row means."""

TRANSLATIONS: dict[str, tuple[str, str]] = {
    "match.kind_userid": ("userid", "userid"),
    "match.kind_mobile": ("mobile number", "手机号"),
    "match.kind_job_number": ("job number", "工号"),
    "match.kind_email": ("e-mail address", "邮箱"),
    "match.kind_name": ("name", "姓名"),
    "match.kind_department": ("department", "部门"),
    "match.person": ("{named} ({details})", "{named}（{details}）"),
    "match.and": ("{others} and {last}", "{others}、{last}"),
    "match.same": ("Matched by {what}.", "匹配依据：{what}。"),
    "match.rules": ("Rules applied: {rules}.", "已按以下规则处理：{rules}。"),
    "match.rule_traditional": ("traditional and simplified characters are equal", "繁体与简体视为相同"),
    "match.rule_spelling": ("width, blanks, case and dots are ignored", "忽略全角半角、空格、大小写和间隔号"),
    "match.rule_zeros": ("{ours!r} equals {theirs!r} (leading zeros)", "{ours!r} 等同于 {theirs!r}（忽略开头的 0）"),
    "match.rule_department": ("department {ours!r} is {theirs}", "部门 {ours!r} 即 {theirs}"),
    "match.rule_beside": ("{mark!r} next to the name is the department", "姓名旁的 {mark!r} 视为部门"),
    "match.rule_ignored": ("{mark!r} next to the name is ignored", "忽略姓名旁的 {mark!r}"),
    "match.blank": (
        "The row names no one: it has no name and no number or address to compare.",
        "该行没有可用于匹配的内容：没有姓名，也没有可比对的号码或地址。",
    ),
    "match.owner": ("the {what} to {who}", "{what}属于 {who}"),
    "match.ids_differ": (
        "The row's values belong to different people: {owners}. Correct the row.",
        "该行的信息属于不同的人：{owners}。请更正该行。",
    ),
    "match.name_differs": (
        "The {what} belongs to {who}, but the row says {name!r}. It may have changed owner: check it.",
        "该{what}属于 {who}，但该行姓名为 {name!r}，可能已换人使用，请核对。",
    ),
    "match.names_differ": (
        "The {what} belong to {who}, but the row says {name!r}. They may have changed owner: check them.",
        "该{what}属于 {who}，但该行姓名为 {name!r}，可能已换人使用，请核对。",
    ),
    "match.other_fits": (
        "By {what}, the row is {who}, but name and department are those of {others}. Correct the row.",
        "该{what}属于 {who}，而姓名和部门对应 {others}。请更正该行。",
    ),
    "match.not_in": (
        "{who} is not in department {department!r}, which the row names.",
        "{who} 不在该行所填的部门 {department!r}。",
    ),
    "match.id_differs": (
        (
            "The row has {what} {value!r}, which no one in the directory has; {who} has {theirs}. "
            "It may be another person with this name."
        ),
        "该行的{what}为 {value!r}，通讯录中没有；{who} 的{what}为 {theirs}，可能是同名的另一人。",
    ),
    "match.number_beside": (
        "{mark!r} next to the name is not a number of {who}. It may be another person with this name.",
        "姓名旁的 {mark!r} 不是 {who} 的号码，可能是同名的另一人。",
    ),
    "match.marked": (
        (
            "{mark!r} next to the name says that {who} has left or should get no messages. If the row should be sent, "
            "remove {mark!r} from the name, or choose the person."
        ),
        "姓名旁注有 {mark!r}，表示 {who} 已离职或不应接收消息。如需发送，请从姓名中去掉 {mark!r}，或选定此人。",
    ),
    "match.elsewhere": (
        "No one named {name!r} is in department {department!r}. People with this name: {who}.",
        "部门 {department!r} 中没有 {name!r}。通讯录中的同名人员：{who}。",
    ),
    "match.not_in_both": (
        (
            "No one named {name!r} is in both departments, {department!r} and, next to the name, {other!r}. "
            "People with this name: {who}."
        ),
        "没有同时属于部门 {department!r} 和姓名旁所注部门 {other!r} 的 {name!r}。通讯录中的同名人员：{who}。",
    ),
    "match.several_share": (
        "{n:,} people have this {what}.",
        "有 {n:,} 人的{what}与该行相同。",
    ),
    "match.several_inside": (
        "{n:,} people in the department have this name.",
        "该部门中有 {n:,} 人同名。",
    ),
    "match.several_named": (
        "{n:,} people have this name.",
        "通讯录中有 {n:,} 人同名。",
    ),
    "match.candidates": ("Candidates: {who}.", "候选：{who}。"),
    "match.name_only": (
        'Only the name matches: {who}. The app may not see everyone with this name; accept="name" accepts it.',
        '仅姓名一致：{who}。应用未必能看到所有同名人员；如可接受，请写 accept="name"。',
    ),
    "match.name_not_enough": (
        "Only the name matches: {who}. The directory does not confirm the other values of the row.",
        "仅姓名一致：{who}。该行的其他信息未能在通讯录中得到确认。",
    ),
    "match.below": (
        'In a sub-department of {department!r}: {who}. To accept such matches, pass accept="below".',
        '{department!r} 是以下人员所在部门的上级部门：{who}。如可接受，请写 accept="below"。',
    ),
    "match.in_sub_department": (
        "The person's department is a sub-department of {department!r}.",
        "所在部门是 {department!r} 的下级部门。",
    ),
    "match.moved": (
        "The department differs from the directory's: {who}.",
        "该行的部门与通讯录不一致：{who}。",
    ),
    "match.no_name": ("No one in the directory is named {name!r}.", "通讯录中没有 {name!r}。"),
    "match.leavers": ("The directory does not show people who have left.", "通讯录中没有已离职人员。"),
    "match.similar": ("Similar names, not matched: {who}.", "姓名相近（未匹配）：{who}。"),
    "match.no_such": ("No one in the directory has {what} {value!r}.", "通讯录中没有{what} {value!r}。"),
    "match.kind_not_shown": (
        "The directory shows no one's {what}: the app may lack the permission.",
        "通讯录中没有任何人的{what}：应用可能缺少相应权限。",
    ),
    "match.no_department": (
        "The directory has no such department: {departments}.",
        "通讯录中没有部门 {departments}。",
    ),
    "match.one_for_several": (
        "The list distinguishes several people with this name, but the directory has only one: {who}.",
        "名单区分了多位同名人员，但通讯录中只有一位：{who}。",
    ),
    "match.chosen": ("Chosen by you: {who}.", "由您选定：{who}。"),
    "match.chosen_before": ("Chosen by you on {date}: {who}.", "您于 {date} 选定：{who}。"),
    "match.other": ("{row} → {who}", "{row} → {who}"),
    "match.others_note": (
        "Chosen for rows with another name: {who}. Check the labels.",
        "选定的人与该行的姓名不符：{who}。请核对行的标签。",
    ),
    "match.chosen_outside": (
        "The row alone would not suggest this person.",
        "仅凭该行信息不会得出此人。",
    ),
    "match.left_out": ("Left out by you.", "由您排除。"),
    "match.left_out_before": ("Left out by you on {date}.", "您于 {date} 排除。"),
    "match.leave_out_again": (
        "You left this row out on {date}; the candidates or the rows of the list have changed since. Decide again.",
        "您曾于 {date} 排除该行；此后候选人员或名单中的行有变化，请重新确认。",
    ),
    "match.choose_again": (
        "You chose {userid} on {date}; the candidates or the rows of the list have changed since. Choose again.",
        "您曾于 {date} 选定 {userid}；此后候选人员或名单中的行有变化，请重新选择。",
    ),
    "match.bad_choices": ("choices={value} cannot be used.", "choices={value} 无法使用。"),
    "match.bad_choices_todo": (
        'Pass a dict from index labels to userids, or "left out": {{7: "manager01", 9: "left out"}}.',
        '请传入从索引标签到 userid 的字典，"left out" 表示排除该行：{{7: "manager01", 9: "left out"}}。',
    ),
    "match.label_todo": (
        "Name rows by labels of the index; if several rows share one: matched = matched.reset_index(drop=True).",
        "请使用索引中的标签；如多行共用一个标签：matched = matched.reset_index(drop=True)。",
    ),
    "match.not_matched": (
        "The DataFrame was not matched: its columns userid, match and reason are missing.",
        "该 DataFrame 未经匹配：缺少 userid、match、reason 列。",
    ),
    "match.not_matched_todo": ("Pass the DataFrame that matching returned.", "请传入匹配返回的 DataFrame。"),
    "match.chosen_unknown": (
        "The directory has no one with userid {userid!r}, chosen for the row with label {label!r}.",
        "通讯录中没有 userid {userid!r}（为标签 {label!r} 的行所选）。",
    ),
    "match.chosen_unknown_todo": ("Candidates of the row: {who}.", "该行的候选：{who}。"),
    "match.already": (
        "The row with label {label!r} is matched already, to {userid}.",
        "标签为 {label!r} 的行已匹配到 {userid}。",
    ),
    "match.already_todo": (
        (
            "You can choose only for rows without a userid, or with one found by name alone. To correct a row, change "
            "its values and match again."
        ),
        "只能为没有 userid 或仅按姓名匹配的行选择。如需更正，请修改该行内容后重新匹配。",
    ),
    "match.bad_list": ("{name} is not a valid name for a list.", "{name} 不能作为名单的名称。"),
    "match.bad_list_todo": ('Use one line of text, such as "payroll".', '请使用一行文本，例如 "工资名单"。'),
    "match.no_candidates": ("none", "无"),
    "match.check_differs": (
        "The list says {name!r}, but {what} belongs to {who}.",
        "名单中的姓名为 {name!r}，而{what}属于 {who}。",
    ),
    "match.this_userid": ("this userid", "该 userid"),
    "match.this_mobile": ("this mobile number", "该手机号"),
    "match.check_similar": ("The names are similar: it may be a typo.", "姓名相近，可能是笔误。"),
    "match.check_blank": ("The row has no name.", "该行没有姓名。"),
    "match.check_no_name": ("The directory shows no name for {who}.", "通讯录中没有 {who} 的姓名。"),
    "match.check_no_person": (
        "The directory has no one with the userid or mobile number of this row.",
        "通讯录中没有该行的 userid 或手机号。",
    ),
    "match.repeated": (
        (
            "{rows} match {who} by name only, and the app may see one of several people with this name. If they are "
            'one person, pass accept="repeated"; leave out rows that are superfluous.'
        ),
        (
            '{rows}按姓名都指向 {who}，但应用可能只看到多位同名人员中的一位。如确为同一人，请写 accept="repeated"；'
            "多余的行请排除。"
        ),
    ),
    "match.bad_email": ("{value!r} isn't a valid e-mail address.", "{value!r} 不是有效的邮箱地址。"),
    "match.levels": ("The columns have several levels.", "列名有多级。"),
    "match.by_lost": (
        "The DataFrame does not say which columns it was matched by, as after it was read from a file.",
        "该 DataFrame 未记录匹配所用的列，例如从文件重新读入之后。",
    ),
    "match.by_lost_todo": (
        'Pass by=... as you did for matching, such as by=["name", "department"].',
        '请传入匹配时所用的 by=...，例如 by=["name", "department"]。',
    ),
    "match.bad_by": ("by={value} contains nothing to match by.", "by={value} 不能用于匹配。"),
    "match.by_todo": (
        "Use some of {kinds}, each once; a department needs a name or an ID as well.",
        "请从 {kinds} 中选择，每项一次；部门需与姓名或其他标识一起使用。",
    ),
    "match.column_todo": (
        'Name the column of each kind of evidence: by={{"{kind}": "..."}}.',
        '请指明各项对应的列：by={{"{kind}": "..."}}。',
    ),
    "match.accept_todo": (
        'Pass "name", "below", "repeated", or a list of these.',
        '请传入 "name"、"below"、"repeated" 或由它们组成的列表。',
    ),
    "match.columns_exist": (
        "The DataFrame already has columns that matching adds: {columns}.",
        "DataFrame 中已有匹配要添加的列：{columns}。",
    ),
    "match.columns_exist_todo": (
        "Drop them to match again, frame.drop(columns={columns}), or rename them to keep them.",
        "如需重新匹配，请用 frame.drop(columns={columns}) 删除这些列；如需保留，请改名。",
    ),
    "match.no_people": (
        "people={value} is not a DataFrame of people with a userid column.",
        "people={value} 不是含 userid 列的人员 DataFrame。",
    ),
    "match.partial_people": (
        "people= is only a part of the directory: namesakes who are not in it would not be seen.",
        "people= 只是通讯录的一部分：看不到其余的同名人员。",
    ),
    "match.partial_people_todo": (
        "Match with all people: leave out people=, or pass ding.people(everybody=True) without removing rows.",
        "请与全部人员匹配：不写 people=，或传入未删除行的 ding.people(everybody=True)。",
    ),
    "match.no_userids": (
        "people= has {rows} without a userid.",
        "people= 中有 {rows}没有 userid。",
    ),
    "match.no_people_todo": (
        "Pass the return value of ding.people(...).",
        "请传入 ding.people(...) 的返回值。",
    ),
}
