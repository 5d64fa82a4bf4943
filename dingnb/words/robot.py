"""The words of robots."""

WORDS: dict[str, tuple[str, str]] = {
    "robot.no_type": ("A robot cannot reply with a message of type {type}.", "机器人不能用 {type} 类型的消息回复。"),
    "robot.no_type_todo": ("Use one of: {types}.", "可用类型：{types}。"),
    "robot.columns": ("The reply uses columns that have no value: {columns}.", "回复中有未填写的列：{columns}。"),
    "robot.columns_todo": (
        "Only fields of the event can be used, such as {{{{ text }}}}; write other values into the text directly.",
        "只能填入该事件的字段，例如 {{{{ text }}}}；其他值请直接写进正文。",
    ),
    "robot.no_title": ("A robot's card needs a title.", "机器人的卡片必须有标题。"),
    "robot.no_title_todo": ("Pass title=.", "请传入 title=。"),
    "robot.too_long": (
        "The reply has {size} bytes; the limit for robots is {most}.",
        "回复共 {size} 字节；机器人最多可发送 {most} 字节。",
    ),
    "robot.too_long_todo": ("Shorten it.", "请缩短内容。"),
}
