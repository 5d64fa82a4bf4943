"""The words of drafts."""

WORDS: dict[str, tuple[str, str]] = {
    "drafts.title": ("Drafts", "草稿"),
    "drafts.one": ("Draft {name}", "草稿 {name}"),
    "drafts.name": ("name", "名称"),
    "drafts.type": ("type", "类型"),
    "drafts.characters": ("characters", "字符数"),
    "drafts.saved": ("saved (Beijing)", "保存时间（北京）"),
    "drafts.version": ("version", "版本"),
    "drafts.texts": ("Texts", "内容"),
    "drafts.field": ("field", "字段"),
    "drafts.text": ("text", "文本"),
    "drafts.use": (
        'ding.drafts.load("{name}").message is the message; ding.drafts.drop("{name}") deletes it.',
        'ding.drafts.load("{name}").message 即该消息；ding.drafts.drop("{name}") 将其删除。',
    ),
    "drafts.none": ("There is no draft {name!r}.", "没有名为 {name!r} 的草稿。"),
    "drafts.none_todo": ("Drafts: {names}.", "现有草稿：{names}。"),
    "drafts.none_yet": (
        'No drafts yet: ding.drafts.save("name", note.msgtype, dict(note.content)) saves a message.',
        '还没有草稿：ding.drafts.save("名称", note.msgtype, dict(note.content)) 可保存一条消息。',
    ),
    "drafts.bad_name": ("{name} is not a valid draft name.", "{name} 不能作为草稿的名称。"),
    "drafts.bad_name_todo": ("Use one line of text, such as payslip.", "请使用一行文本，例如 工资条。"),
    "drafts.bad_type": ("{value!r} is not a message type.", "{value!r} 不是消息类型。"),
    "drafts.bad_type_todo": ("Use one of: {types}.", "可用类型：{types}。"),
    "drafts.bad_texts": (
        "A draft contains values that are not text; nothing was saved.",
        "草稿内容中有不是文本的值；未保存。",
    ),
    "drafts.bad_texts_todo": (
        "Pass a dict of names and texts; for a message that is dict(message.content).",
        "请传入由名称到文本的 dict：对消息即 dict(message.content)。",
    ),
    "drafts.too_large": (
        "The draft has {size}; the limit is {most}. It was not saved.",
        "草稿共 {size}，上限为 {most}；未保存。",
    ),
    "drafts.too_large_todo": (
        "Shorten the texts: no DingTalk message is nearly that long.",
        "请缩短内容：钉钉的消息远没有这么长。",
    ),
    "drafts.changed": (
        "Draft {name} was saved elsewhere on {when}, such as in another tab; nothing was overwritten.",
        "草稿 {name} 已于 {when} 在别处（例如另一个标签页）保存；未覆盖。",
    ),
    "drafts.changed_todo": (
        "Load it to see that version, save yours under another name, or overwrite it with version=None.",
        "请载入查看该版本，或换一个名称保存，或用 version=None 覆盖。",
    ),
    "drafts.taken": (
        "Draft {name} already exists, saved on {when}; nothing was overwritten.",
        "草稿 {name} 已存在，保存于 {when}；未覆盖。",
    ),
    "drafts.taken_todo": (
        "Choose another name, load that draft, or overwrite it with version=None.",
        "请换一个名称，或载入该草稿，或用 version=None 覆盖。",
    ),
    "drafts.gone": (
        "Draft {name} was deleted elsewhere, such as in another tab; nothing was saved.",
        "草稿 {name} 已在别处（例如另一个标签页）删除；未保存。",
    ),
    "drafts.gone_todo": (
        "Save it as a new draft with version=0 or version=None.",
        "请用 version=0 或 version=None 将其作为新草稿保存。",
    ),
}
