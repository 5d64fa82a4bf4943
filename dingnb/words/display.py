"""Texts for sheets and progress bars, and for dates, times and durations."""

_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)

WORDS: dict[str, tuple[str, str]] = {
    "progress.label": ("Progress", "进度"),
    "sheet.code": ("Code that does the same:", "等效代码："),
    "progress.of_rows": ("{n} of {rows}", "{n} / {rows}"),
    "progress.reading": ("Reading {file}: {rows}", "正在读取 {file}：{rows}"),
    "progress.planning": ("Preparing messages: {rows}", "正在生成消息：{rows}"),
    "progress.matching": ("Comparing with the directory: {rows}", "正在与通讯录比对：{rows}"),
    "progress.exporting": ("Writing {file}: {rows}", "正在写入 {file}：{rows}"),
    **{
        f"date.month_{number}": (f"{{day}} {name} {{year}}", f"{{year}}年{number}月{{day}}日")
        for number, name in enumerate(_MONTHS, 1)
    },
    "date.moment": ("{day}, {time}", "{day} {time}"),
    "duration.seconds": ("{n} s", "{n} 秒"),
    "duration.minutes": ("{n} min", "{n} 分钟"),
    "duration.hours": ("{n:.1f} h", "{n:.1f} 小时"),
}
