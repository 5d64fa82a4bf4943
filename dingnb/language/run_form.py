"""The words of the form of a campaign that is sent."""

WORDS: dict[str, tuple[str, str]] = {
    "run.title": ("Campaign {name}", "群发任务 {name}"),
    "run.accepted": ("Sent", "已发送"),
    "run.of": ("of {total:,}", "共 {total:,}"),
    "run.failed": ("Failed", "失败"),
    "run.unknown": ("Unknown", "结果未知"),
    "run.left": ("Still to send", "待发送"),
    "run.time_left": ("Time left", "剩余时间"),
    "run.pausing": ("Pausing: what is under way comes to its end.", "正在暂停：已发出的部分会处理完毕。"),
    "run.stopping": ("Stopping: what is under way comes to its end.", "正在停止：已发出的部分会处理完毕。"),
    "run.paused_todo": (
        "Nothing leaves. Resume goes on where it stands.",
        "目前没有在发送。点“继续”从当前位置接着发。",
    ),
    "run.spoken_halted": ("{told}. {todo}", "{told}。{todo}"),
    "run.cut_off": ("Stopped because DingTalk cannot be reached.", "无法连接钉钉，已停止。"),
    "run.cut_off_still": ("DingTalk still cannot be reached.", "仍无法连接钉钉。"),
    "run.cut_off_todo": (
        "{arrived}; nothing was lost; Resume goes on.",
        "{arrived}；没有丢失任何消息；点“继续”接着发。",
    ),
    "run.cut_off_unknown": (
        "{arrived}; of {n:,} nobody knows; Resume goes on.",
        "{arrived}；{n:,} 个结果未知；点“继续”接着发。",
    ),
    "run.arrived_person": ("{n:,} have it", "{n:,} 人已收到"),
    "run.arrived_message": ("{n:,} messages were sent", "已发送 {n:,} 条消息"),
    "run.pause": ("Pause", "暂停"),
    "run.stop": ("Stop", "停止"),
    "run.resume": ("Resume", "继续"),
    "run.refresh": ("Ask DingTalk who has it", "向钉钉查询送达情况"),
    "run.asking": ("Asking DingTalk …", "正在查询钉钉……"),
    "run.told_all": ("DingTalk has told of everybody whether it arrived.", "钉钉已告知所有人是否收到。"),
    "run.told_rest": (
        "Of {people} DingTalk has not told yet whether it arrived. Ask again in about {seconds} s.",
        "{people}是否收到，钉钉尚未告知。约 {seconds} 秒后可再次查询。",
    ),
    "run.told_rest_later": (
        "Of {people} DingTalk has not told yet whether it arrived. Ask again later.",
        "{people}是否收到，钉钉尚未告知。请稍后再次查询。",
    ),
    "run.told_lately": ("Not asked again: the last look was a moment ago.", "刚刚查询过，未再查询。"),
    "run.told_unusable": ("Some answers could not be used.", "部分答复无法使用。"),
}
