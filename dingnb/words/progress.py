"""Texts for the progress of long work: reading, planning, sending, results and exports."""

TRANSLATIONS: dict[str, tuple[str, str]] = {
    "progress.label": ("Progress", "进度"),
    "progress.of_rows": ("{n} of {rows}", "{n} / {rows}"),
    "progress.reading": ("Reading {file}: {rows}", "正在读取 {file}：{rows}"),
    "progress.planning": ("Preparing messages: {rows}", "正在生成消息：{rows}"),
    "progress.matching": ("Comparing with the directory: {rows}", "正在与通讯录比对：{rows}"),
    "progress.exporting": ("Writing {file}: {rows}", "正在写入 {file}：{rows}"),
    "progress.sending": ("Sending: {n:,} of {people} accepted by DingTalk", "发送中：钉钉已受理 {n:,} / {people}"),
    "progress.uploading": (
        "uploading: {n:,} of {files} ({done} of {size})",
        "正在上传：{n:,} / {files}（{done} / {size}）",
    ),
    "progress.finished": ("Sent: {n:,} of {people} accepted by DingTalk", "发送完成：钉钉已受理 {n:,} / {people}"),
    "progress.sending_again": (
        "Sending again: {n:,} of {people} accepted by DingTalk",
        "补发中：钉钉已受理 {n:,} / {people}",
    ),
    "progress.finished_again": (
        "Sent again: {n:,} of {people} accepted by DingTalk",
        "补发完成：钉钉已受理 {n:,} / {people}",
    ),
    "progress.in_all": ("{n:,} of {people} in all", "合计 {n:,} / {people}"),
    "progress.finished_none": ("Finished: 0 of {people} accepted by DingTalk", "已结束：钉钉已受理 0 / {people}"),
    "progress.paused": ("Paused: {n:,} of {people} accepted by DingTalk", "已暂停：钉钉已受理 {n:,} / {people}"),
    "progress.stopped": ("Stopped: {n:,} of {people} accepted by DingTalk", "已停止：钉钉已受理 {n:,} / {people}"),
    "progress.interrupted": (
        "Interrupted: {n:,} of {people} accepted by DingTalk",
        "已中断：钉钉已受理 {n:,} / {people}",
    ),
    "progress.look_up": ("Looked up: {n:,} of {numbers}", "已查询：{n:,} / {numbers}"),
    "progress.failed": ("{people} failed", "{people}发送失败"),
    "progress.unknown": ("{people} with unknown outcome", "{people}结果未知"),
    "progress.cancelled": ("{people} cancelled", "{people}已取消"),
    "progress.rate": ("{rate:.1f} calls a second", "每秒 {rate:.1f} 次调用"),
    "progress.unreported": (
        "Accepted: {people}; DingTalk does not report whether a card arrived",
        "已受理：{people}；钉钉不提供卡片的送达结果",
    ),
    "progress.known": ("Delivery results: {n:,} of {people}", "送达结果：{n:,} / {people}"),
    "progress.left": ("about {duration} left", "约剩 {duration}"),
    "progress.wait_people": ("waiting {duration}: {limit:,} people a minute", "等待 {duration}：每分钟 {limit:,} 人"),
    "progress.wait_pause": ("waiting {duration}: DingTalk asked for a pause", "等待 {duration}：钉钉要求暂停"),
    "progress.wait_outage": (
        "DingTalk cannot be reached or is failing; trying again in {duration}, giving up in {given_up}",
        "无法连接钉钉，或钉钉出现故障；{duration}后重试，{given_up}后放弃",
    ),
    "progress.wait_uncertain": (
        "DingTalk is not answering normally; next call in {duration}",
        "钉钉未正常答复；{duration}后再次调用",
    ),
    "progress.wait_ban": (
        "calls from this network address are refused; next call in {duration}",
        "来自本网络地址的调用被拒绝；{duration}后再次调用",
    ),
    "progress.wait_ban_call": (
        "DingTalk refuses calls from this network address; next call at {time} Beijing time, in {duration}",
        "钉钉拒绝来自本网络地址的调用；将于北京时间 {time} 再次调用（{duration}后）",
    ),
    "progress.wait_ban_upload": (
        "DingTalk refuses calls from this network address; next upload at {time} Beijing time, in {duration}",
        "钉钉拒绝来自本网络地址的调用；将于北京时间 {time} 再次上传（{duration}后）",
    ),
    "progress.wait_token": (
        "DingTalk does not accept the token; trying again in {duration}",
        "钉钉不接受 token；{duration}后重试",
    ),
    "progress.wait_repeat": (
        "waiting {duration} before repeating calls with unknown outcome: DingTalk drops what has already arrived",
        "等待 {duration}后重发结果未知的调用：已到达的会被钉钉过滤",
    ),
    "progress.wait_people_shared": (
        "waiting {duration}: {limit:,} people a minute, shared with {names}",
        "等待 {duration}：每分钟 {limit:,} 人，与 {names} 共用",
    ),
    "progress.wait_sender_named": (
        "waiting: {who} is sending this campaign",
        "等待中：{who} 正在发送此任务",
    ),
    "progress.wait_sender": (
        "waiting: another kernel is sending this campaign",
        "等待中：另一个内核正在发送此任务",
    ),
    "progress.wait_ledger": (
        "the ledger's database cannot be reached; trying again in {duration}",
        "无法连接账本数据库；{duration}后重试",
    ),
    "progress.wait_locked": (
        "another program is using the ledger; sending continues once it is free",
        "账本正被其他程序占用，释放后自动继续",
    ),
    "progress.delivered": ("{n:,} delivered ({read:,} read)", "已送达 {n:,}（已读 {read:,}）"),
    "progress.short_delivered": (
        "wait ended at {share} delivered, short of {wanted}",
        "等待结束：已送达 {share}，未达 {wanted}",
    ),
    "progress.short_read": ("wait ended at {share} read, short of {wanted}", "等待结束：已读 {share}，未达 {wanted}"),
    "progress.not_sent": ("{people} still queued", "{people}待发送"),
    "progress.recalled_people": ("{people} recalled", "{people}已撤回"),
    "progress.recalled": ("Recall: {n:,} of {calls} done", "撤回：{calls}中已完成 {n:,} 次"),
}
