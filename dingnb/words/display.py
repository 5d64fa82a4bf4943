"""Texts for sheets, and for dates, times and durations."""

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

TRANSLATIONS: dict[str, tuple[str, str]] = {
    "sheet.code": ("Code that does the same:", "等效代码："),
    **{
        f"date.month_{number}": (f"{{day}} {name} {{year}}", f"{{year}}年{number}月{{day}}日")
        for number, name in enumerate(_MONTHS, 1)
    },
    "date.moment": ("{day}, {time}", "{day} {time}"),
    "duration.seconds": ("{n} s", "{n} 秒"),
    "duration.minutes": ("{n} min", "{n} 分钟"),
    "duration.hours": ("{n:.1f} h", "{n:.1f} 小时"),
}
