"""Texts for finding people by their names."""

TRANSLATIONS: dict[str, tuple[str, str]] = {
    "names_form.open": ("Find people by name", "按姓名查找收件人"),
    "names_form.close": ("Close the search by name", "收起按姓名查找"),
    "names_form.title": ("Find people by name", "按姓名查找收件人"),
    "names_form.hint": (
        (
            "Compares the list with the directory. It never guesses: you decide about unclear rows one by one. "
            "Reading the directory does not count towards the monthly quota of API calls, except one call if the app "
            "does not see the whole organisation."
        ),
        (
            "将名单与通讯录比对。无法确定的行不会自动选人，会逐行请您确认。"
            "读取通讯录不计入每月调用额度（应用看不到全企业时，有 1 次计入）。"
        ),
    ),
    "names_form.no_column": ("—", "—"),
    "names_form.list_name": ("Remember choices under", "用于记住选择的名单名称"),
    "names_form.list_name_hint": ("name of the list; blank remembers nothing", "留空则不保存选择"),
    "names_form.find": ("Find people", "开始查找"),
    "names_form.find_again": ("Find again", "重新查找"),
    "names_form.matching": ("Comparing the list with the directory …", "正在与通讯录比对……"),
    "names_form.forgetting": ("Removing the choice …", "正在删除该选择……"),
    "names_form.outcome": ("{n:,} matched", "已确定 {n:,} 行"),
    "names_form.outcome_unclear": ("{n:,} unclear", "待确认 {n:,} 行"),
    "names_form.age": ("compared with {size} · read {age}", "已与 {size}比对 · {age}读取"),
    "names_form.no_columns": ("No column to find people by is chosen.", "尚未选择用于查找的列。"),
    "names_form.no_columns_todo": (
        "Choose the column of names, job numbers or e-mail addresses; a department alone is not enough.",
        "请选择姓名、工号或邮箱列；仅有部门列不够。",
    ),
    "names_form.matched": ("matched", "已确定收件人"),
    "names_form.result_name_only": ("name only", "仅姓名一致"),
    "names_form.result_several": ("several candidates", "多个候选人"),
    "names_form.result_repeated": ("several times in the list", "名单中重复出现"),
    "names_form.result_conflict": ("contradictory", "信息矛盾"),
    "names_form.result_none": ("not found", "未找到"),
    "names_form.result_name_and_department": ("name and department", "姓名和部门"),
    "names_form.result_chosen": ("chosen", "由您选定"),
    "names_form.result_left_out": ("left out", "已排除"),
    "names_form.column_match": ("match", "匹配结果"),
    "names_form.column_reason": ("reason", "匹配说明"),
    "names_form.accept": (
        "Accept matches by name alone ({rows})",
        "接受仅姓名一致的匹配（{rows}）",
    ),
    "names_form.accept_risk": (
        (
            "Risk: the app may not see everyone. Another person with the same name may be meant, and would not be "
            "found here: the message would go to the wrong one."
        ),
        "风险：应用未必能看到所有人。若实际是另一位同名人员，这里不会发现，消息会发给错误的人。",
    ),
    "names_form.all_clear": ("No row is unclear.", "没有需要确认的行。"),
    "names_form.unclear": ("Unclear: {n:,} of {total:,} · {result}", "待确认 {n:,} / {total:,} · {result}"),
    "names_form.earlier": ("Previous row", "上一行"),
    "names_form.later": ("Next row", "下一行"),
    "names_form.none_earlier": ("This is the first unclear row.", "已是第一个待确认的行。"),
    "names_form.none_later": ("This is the last unclear row.", "已是最后一个待确认的行。"),
    "names_form.row": ("In the list ({heading} {label})", "名单中的行（{heading} {label}）"),
    "names_form.leave_out": ("Leave this row out", "排除此行"),
    "names_form.candidates": ("In the directory", "通讯录中的人"),
    "names_form.no_candidates": (
        "No candidates. Search the directory below, or leave the row out.",
        "没有候选人。可在下方搜索通讯录，或排除此行。",
    ),
    "names_form.none_found": ("No one in the directory matches “{query}”.", "通讯录中没有与“{query}”匹配的人。"),
    "names_form.search": ("Search for someone else", "查找其他人"),
    "names_form.userid": ("userid", "userid"),
    "names_form.job_title": ("title", "职位"),
    "names_form.choose": ("Choose {who}", "选择 {who}"),
    "names_form.kept": (
        "Your choices for {rows} are kept. Find people again to apply them.",
        "已保留您对 {rows}的选择，请重新查找以应用。",
    ),
    "names_form.choices": ("Your choices: {rows}", "您的选择：{rows}"),
    "names_form.column_row": ("row", "行"),
    "names_form.column_evidence": ("in the list", "名单内容"),
    "names_form.column_who": ("your choice", "您的选择"),
    "names_form.take_back": ("Undo", "撤销"),
    "names_form.use": ("Use this list ({rows} matched)", "使用此名单（{rows}已确定）"),
    "names_form.used": ("List in use: {rows} matched.", "名单中 {rows}已确定收件人。"),
    "names_form.used_rest": (
        "Not matched, kept in the list, but not sent: {rows}. The check shows why.",
        "其余 {rows}未确定收件人，保留在名单中但不会发送，原因见“检查”。",
    ),
    "names_form.nobody": ("No row is matched yet.", "尚无任何行确定收件人。"),
    "names_form.nobody_todo": (
        "Find people first, and choose among the candidates.",
        "请先查找，再从候选人中选择。",
    ),
}
