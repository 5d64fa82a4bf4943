"""Texts for the exclusion lists in the settings."""

TRANSLATIONS: dict[str, tuple[str, str]] = {
    "exclusions_form.title": ("Exclusion lists", "排除名单"),
    "exclusions_form.hint": (
        "To leave out the people on a list, choose the list under “{exclude_field}” in the step “{step}”.",
        "在“{step}”步骤的“{exclude_field}”中选择名单后，名单中的人不会收到该消息。",
    ),
    "exclusions_form.none": (
        "No lists yet. Enter a name and people to create one.",
        "尚无名单。请输入名称和人员来建立。",
    ),
    "exclusions_form.summary": ("{people} · last added {day}", "{people} · 最近添加于 {day}"),
    "exclusions_form.open": ("Open the list “{name}”", "打开名单“{name}”"),
    "exclusions_form.delete": ("Delete", "删除"),
    "exclusions_form.delete_list": ("Delete the list “{name}”", "删除名单“{name}”"),
    "exclusions_form.to_lists": ("All lists", "全部名单"),
    "exclusions_form.list": ("“{name}”: {people}", "“{name}”：{people}"),
    "exclusions_form.search": ("Search this list", "在此名单中搜索"),
    "exclusions_form.search_hint": ("name, userid, number or reason", "姓名、userid、手机号或原因"),
    "exclusions_form.found": ("{people} found for “{query}”.", "“{query}”共找到 {people}。"),
    "exclusions_form.person": ("Person", "人员"),
    "exclusions_form.reason": ("Reason", "原因"),
    "exclusions_form.added": ("Added", "添加日期"),
    "exclusions_form.remove": ("Remove", "移除"),
    "exclusions_form.remove_person": ("Remove {who} from the list", "从名单中移除 {who}"),
    "exclusions_form.removed": ("{who} was removed from “{name}”.", "已将 {who} 从“{name}”中移除。"),
    "exclusions_form.deleted": ("“{name}” with {people} was deleted.", "已删除名单“{name}”（{people}）。"),
    "exclusions_form.undo": ("Undo", "撤销"),
    "exclusions_form.new": ("New list", "新建名单"),
    "exclusions_form.add_to": ("Add people to “{name}”", "添加人员到“{name}”"),
    "exclusions_form.name": ("Name of the list", "名单名称"),
    "exclusions_form.name_hint": ("such as: left", "例如：离职"),
    "exclusions_form.people": ("People, one per line", "人员，每行一人"),
    "exclusions_form.people_hint": ("userid, name or phone number", "userid、姓名或手机号"),
    "exclusions_form.people_note": (
        "Names are looked up in the directory. Phone numbers apply only to messages that are sent by phone number.",
        "姓名会在通讯录中查找。手机号仅在按手机号发送时起排除作用。",
    ),
    "exclusions_form.reason_optional": ("Reason (optional)", "原因（选填）"),
    "exclusions_form.create": ("Create list", "建立名单"),
    "exclusions_form.add": ("Add people", "添加人员"),
    "exclusions_form.adding": ("Adding people …", "正在添加……"),
    "exclusions_form.cancelled_todo": (
        "Nobody was added. The part of the directory that was read is kept; adding again continues from there.",
        "未添加任何人。已读取的通讯录内容会保留，再次添加时从此处继续。",
    ),
    "exclusions_form.no_people": ("Enter at least one person.", "请至少输入一人。"),
    "exclusions_form.outcome": ("Added to “{name}”: {people}.", "已添加到“{name}”：{people}。"),
    "exclusions_form.outcome_known": ("Already on it: {people}.", "已在名单中：{people}。"),
    "exclusions_form.outcome_none": ("Nobody was added.", "未添加任何人。"),
    "exclusions_form.unlisted": (
        (
            "Not in the directory, and added as userids: {who}. This is right for people who have left; otherwise, "
            "check the spelling."
        ),
        "通讯录中没有以下条目，已按 userid 添加：{who}。如为已离职人员，无需处理；否则请核对。",
    ),
    "exclusions_form.unclear": ("Not added: {entries}", "未添加：{entries}"),
    "exclusions_form.unclear_todo": (
        "These lines are still in the field: correct them, and add them again.",
        "这些行仍在输入框中：请更正后再次添加。",
    ),
    "exclusions_form.unclear_lines": ("Lines that were not added", "未添加的行"),
    "exclusions_form.line": ("line", "行号"),
    "exclusions_form.entry": ("entry", "内容"),
    "exclusions_form.why": ("why", "原因"),
    "exclusions_form.more": ("and {entries} more", "另有 {entries}"),
    "exclusions_form.no_directory": (
        "The directory could not be read: {why}",
        "无法读取通讯录：{why}",
    ),
}
