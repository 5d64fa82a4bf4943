"""The words of the form of a campaign that is sent."""

WORDS: dict[str, tuple[str, str]] = {
    "run.title": ("Campaign {name}", "群发任务 {name}"),
    "run.accepted": ("Sent", "已发送"),
    "run.of": ("of {total:,}", "共 {total:,}"),
    "run.failed": ("Failed", "失败"),
    "run.unknown": ("Unknown", "结果未知"),
    "run.left": ("Still to send", "待发送"),
    "run.rate": ("Calls a second", "每秒调用"),
    "run.time_left": ("Time left", "剩余时间"),
    "run.no_rate": ("—", "—"),
    "run.pausing": ("Pausing: what is under way comes to its end.", "正在暂停：在途的调用会执行完毕。"),
    "run.stopping": ("Stopping: what is under way comes to its end.", "正在停止：在途的调用会执行完毕。"),
    "run.paused_todo": ("Nothing leaves. Resume goes on where it stands.", "没有消息发出。点“继续”从当前位置接着发。"),
    "run.pause": ("Pause", "暂停"),
    "run.stop": ("Stop", "停止"),
    "run.resume": ("Resume", "继续"),
    "run.refresh": ("Ask DingTalk who has it", "向钉钉查询送达情况"),
    "run.asking": ("Asking DingTalk …", "正在查询钉钉……"),
}
