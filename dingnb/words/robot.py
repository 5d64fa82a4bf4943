"""The words of robots."""

WORDS: dict[str, tuple[str, str]] = {
    "robot.no_type": ("A robot cannot answer with a message of type {type}.", "机器人不能用 {type} 类型的消息回复。"),
    "robot.no_type_todo": ("Use one of: {types}.", "可用类型：{types}。"),
    "robot.columns": (
        "The answer has columns that nobody fills in: {columns}.",
        "回复中有未填写的列：{columns}。",
    ),
    "robot.columns_todo": (
        "Fields of the event can be filled in, such as {{{{ text }}}}; write anything else into the text itself.",
        "只能填入该事件的字段，例如 {{{{ text }}}}；其他值请直接写进正文。",
    ),
    "robot.no_title": ("A robot's card needs a title.", "机器人的卡片必须有标题。"),
    "robot.no_title_todo": ("Give title=.", "请传入 title=。"),
    "robot.too_long": (
        "The answer has {size} bytes; a robot may send {most}.",
        "回复共 {size} 字节；机器人最多可发送 {most} 字节。",
    ),
    "robot.too_long_todo": ("Shorten it.", "请缩短内容。"),
}
