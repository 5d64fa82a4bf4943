"""
The words of displays, forms and hints, in English and Chinese.

All of them live in the tables of this room: a key and its two texts. The rest of dingnb asks for
them by key, so that a missing translation is a failing test and not a surprise in a notebook.
DingTalk's own codes and messages are never translated.
"""

import locale
import os
from collections.abc import Iterable, Sequence
from typing import Literal, get_args

from dingnb.words import (
    acting,
    app_command,
    arguments,
    callbacks,
    campaigns,
    client,
    compose,
    display,
    drafts,
    errors,
    events,
    events_form,
    files,
    foresight,
    form,
    in_forms,
    ledger,
    ledger_command,
    login,
    messages,
    plan_form,
    profiles,
    results,
    results_form,
    robot,
    rows,
    run_form,
    sandbox,
    stream,
    studio,
    testing,
)

Language = Literal["en", "zh"]

COUNTED = {
    "person": ("{n:,} person", "{n:,} people", "{n:,} 人"),
    "department": ("{n:,} department", "{n:,} departments", "{n:,} 个部门"),
    "number": ("{n:,} phone number", "{n:,} phone numbers", "{n:,} 个手机号"),
    "message": ("{n:,} message", "{n:,} messages", "{n:,} 条消息"),
    "row": ("{n:,} row", "{n:,} rows", "{n:,} 行"),
    "campaign": ("{n:,} campaign", "{n:,} campaigns", "{n:,} 个任务"),
    "call": ("{n:,} call", "{n:,} calls", "{n:,} 次调用"),
    "batch": ("{n:,} batch", "{n:,} batches", "{n:,} 批"),
    "text": ("{n:,} text", "{n:,} different texts", "{n:,} 种正文"),
    "body": ("{n:,} distinct body", "{n:,} distinct bodies", "{n:,} 种正文"),
    "character": ("{n:,} character", "{n:,} characters", "{n:,} 个字符"),
    "byte": ("{n:,} byte", "{n:,} bytes", "{n:,} 字节"),
    "event": ("{n:,} event", "{n:,} events", "{n:,} 个事件"),
    "time": ("{n:,} time", "{n:,} times", "{n:,} 次"),
    "frame": ("{n:,} frame", "{n:,} frames", "{n:,} 个数据帧"),
    "robot_message": ("{n:,} robot message", "{n:,} robot messages", "{n:,} 条机器人消息"),
    "new": ("{n:,} new", "{n:,} new", "{n:,} 个新事件"),
    "entry": ("{n:,} entry", "{n:,} entries", "{n:,} 项"),
    "cell": ("{n:,} cell", "{n:,} cells", "{n:,} 个单元格"),
    "column": ("{n:,} column", "{n:,} columns", "{n:,} 列"),
    "everybody": ("{n:,} person has", "all {n:,} people have", "全部 {n:,} 人"),
    "every_message": ("{n:,} message has", "all {n:,} messages have", "全部 {n:,} 条消息"),
    "told": ("{n:,} person was", "{n:,} people were", "{n:,} 人"),
    "told_message": ("{n:,} message was", "{n:,} messages were", "{n:,} 条消息"),
    "foresee_queued": ("{n:,} is still to get it", "{n:,} are still to get it", "{n:,} 人待发送"),
    "foresee_new": ("{n:,} is new", "{n:,} are new", "新增 {n:,} 人"),
    "foresee_missed": ("{n:,} missed an earlier text", "{n:,} missed an earlier text", "{n:,} 人未收到此前的正文"),
    "foresee_repeated": (
        "{n:,} of unknown outcome is sent to once more",
        "{n:,} of unknown outcome are sent to once more",
        "{n:,} 人结果未知，将重发",
    ),
    "foresee_queued_message": ("{n:,} is still to be sent", "{n:,} are still to be sent", "{n:,} 条待发送"),
    "foresee_new_message": ("{n:,} is new", "{n:,} are new", "新增 {n:,} 条"),
    "foresee_missed_message": (
        "{n:,} takes the place of an earlier text that did not arrive",
        "{n:,} take the place of earlier texts that did not arrive",
        "{n:,} 条代替未到达的正文",
    ),
    "foresee_repeated_message": (
        "{n:,} of unknown outcome is sent once more",
        "{n:,} of unknown outcome are sent once more",
        "{n:,} 条结果未知，将重发",
    ),
}

TABLES = (
    acting,
    app_command,
    arguments,
    callbacks,
    campaigns,
    client,
    compose,
    display,
    drafts,
    errors,
    events,
    events_form,
    files,
    foresight,
    form,
    in_forms,
    ledger,
    ledger_command,
    login,
    messages,
    plan_form,
    profiles,
    results,
    results_form,
    robot,
    rows,
    run_form,
    sandbox,
    stream,
    studio,
    testing,
)

WORDS: dict[str, tuple[str, str]] = {key: texts for table in TABLES for key, texts in table.WORDS.items()}

_MOST_SECONDS = 90
_MOST_MINUTES = 90

_chosen: list[Language] = []
_NAMES_SHOWN = 5


def set_language(language: Language) -> None:
    """
    Choose the language of displays, forms and hints for this process.

    Args:
        language: The language. Until it is set, the locale decides.
    """
    _chosen[:] = [language]


def language_of(tag: str) -> Language | None:
    """
    Return the language of a tag such as ``zh-CN``, ``zh_Hans`` or ``EN``; None where dingnb has no texts in it.

    >>> language_of("zh_CN"), language_of("EN"), language_of("fr")
    ('zh', 'en', None)
    """
    primary = tag.strip().lower().replace("_", "-").partition("-")[0]
    return next((one for one in get_args(Language) if one == primary), None)


def get_language() -> Language:
    """Return the language in use: the one set, else the locale's, else English."""
    if not _chosen:
        _chosen.append(_of_locale())
    return _chosen[0]


def say(key: str, /, **fields: object) -> str:
    """Return the text of `key` in the language in use, with `fields` filled in."""
    english, chinese = WORDS[key]
    return (chinese if get_language() == "zh" else english).format(**fields)


def say_in_english(key: str, /, **fields: object) -> str:
    """Return the English text of `key`, for where Chinese letters cannot be shown."""
    return WORDS[key][0].format(**fields)


def pick(english: str, chinese: str) -> str:
    """Return the one of two texts that is in the language in use."""
    return chinese if get_language() == "zh" else english


def count(noun: str, n: int) -> str:
    """
    Return `n` and its noun, in the language in use.

    >>> set_language("en")
    >>> count("person", 1), count("person", 1204)
    ('1 person', '1,204 people')
    """
    one, many, chinese = COUNTED[noun]
    if get_language() == "zh":
        return chinese.format(n=n)
    return (one if n == 1 else many).format(n=n)


def duration(seconds: float) -> str:
    """
    Return a time in the unit that reads well, in the language in use: seconds below 90, minutes, hours.

    >>> set_language("en")
    >>> duration(54.2), duration(89.6), duration(600), duration(9_000)
    ('54 s', '2 min', '10 min', '2.5 h')
    """
    whole = round(seconds)
    if whole < _MOST_SECONDS:
        return pick(f"{whole} s", f"{whole} 秒")
    minutes = round(whole / 60)
    if minutes < _MOST_MINUTES:
        return pick(f"{minutes} min", f"{minutes} 分钟")
    return pick(f"{whole / 3_600:.1f} h", f"{whole / 3_600:.1f} 小时")


def listed(names: Iterable[str]) -> str:
    """
    Return names one after the other, as the language in use separates them.

    >>> set_language("zh")
    >>> listed(["a", "b"])
    'a、b'
    >>> set_language("en")
    """
    return pick(", ", "、").join(names)


def few(names: Sequence[str], others: str = "person") -> str:
    """
    Return the first few of some names, and how many more there are, in the language in use.

    Args:
        names: The names.
        others: What they are names of, as `count` calls it; only the Chinese words tell.

    >>> set_language("en")
    >>> few(["a", "b"]), few(["a", "b", "c", "d", "e", "f", "g"])
    ('a, b', 'a, b, c, d, e and 2 more')
    """
    told = listed(names[:_NAMES_SHOWN])
    more = len(names) - _NAMES_SHOWN
    return (
        told if more <= 0 else pick(f"{told} and {more:,} more", f"{told} 等另外 {COUNTED[others][2].format(n=more)}")
    )


def _of_locale() -> Language:
    for variable in ("LC_ALL", "LC_MESSAGES", "LANG"):
        name = os.environ.get(variable)
        if name:
            return "zh" if name.lower().startswith("zh") else "en"
    name = locale.getlocale()[0] or ""
    return "zh" if name.lower().startswith(("zh", "chinese")) else "en"
