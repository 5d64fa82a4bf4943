"""The kinds of failure of DingTalk's codes, with the facts shared by all codes of a kind."""

from dataclasses import dataclass
from enum import Enum, StrEnum


class Repeat(StrEnum):
    """When the same call may be made again."""

    NEVER = "never"
    RENEWED = "once, with a new token"
    SOON = "after a pause"
    NEXT_MINUTE = "in the next minute"
    NEXT_DAY = "tomorrow"
    NEXT_MONTH = "next month"


@dataclass(frozen=True, slots=True)
class KindFacts:
    """
    The facts shared by the codes of one kind.

    Attributes:
        repeat: When the same call may be made again.
        pause_s: How long to wait before that, at least; 0 if waiting does not help.
        todo_en: What to do about it, in English.
        todo_zh: The same in Chinese.
        may_have_taken_effect: Whether DingTalk may have done the work in spite of the error.
    """

    repeat: Repeat
    pause_s: int
    todo_en: str
    todo_zh: str
    may_have_taken_effect: bool = False


class Kind(Enum):
    """A kind of failure; its value is a `KindFacts`."""

    ARGUMENT = KindFacts(
        Repeat.NEVER,
        0,
        "Correct the request; repeating it unchanged gives the same error.",
        "请修正请求；原样重发只会得到同样的结果。",
    )
    CREDENTIALS = KindFacts(
        Repeat.NEVER,
        0,
        "Check the app key, app secret and agent id against the app's page in the DingTalk developer console.",
        "请对照钉钉开发者后台的应用页面，检查 AppKey、AppSecret 和 AgentId。",
    )
    TOKEN = KindFacts(
        Repeat.RENEWED,
        0,
        "dingnb renews the token once by itself; if the error persists, check the app's credentials.",
        "dingnb 会自动更新一次 token；如仍出现此错误，请检查应用凭证。",
    )
    ACCESS = KindFacts(
        Repeat.NEVER,
        0,
        "Ask an administrator of the organisation to allow this for the app.",
        "请联系企业管理员为该应用开通此权限。",
    )
    THROTTLED = KindFacts(
        Repeat.SOON,
        1,
        "The calls came too fast; wait a moment, then continue.",
        "调用过快；请稍后再继续。",
    )
    THROTTLED_MINUTE = KindFacts(
        Repeat.NEXT_MINUTE,
        60,
        "The limit for this minute is used up; continue in the next one.",
        "本分钟的额度已用完；请在下一分钟继续。",
    )
    DAY_USED_UP = KindFacts(
        Repeat.NEXT_DAY,
        0,
        "The limit for today is used up; continue tomorrow.",
        "今日额度已用完；请明天再继续。",
    )
    MONTH_USED_UP = KindFacts(
        Repeat.NEXT_MONTH,
        0,
        "The organisation's quota for this month is used up; buy more, or wait until next month.",
        "企业本月的调用额度已用完；请购买额度，或等待下月。",
    )
    BUSY = KindFacts(
        Repeat.SOON,
        5,
        "DingTalk failed, but may have carried out the call; check before you repeat it.",
        "钉钉出错，但操作可能已生效；重发前请先核实。",
        may_have_taken_effect=True,
    )
    PERSON = KindFacts(
        Repeat.NEVER,
        0,
        "Leave this person out, or correct the id or number.",
        "请去掉此人，或更正其 userid 或手机号。",
    )
    CONTENT = KindFacts(
        Repeat.NEVER,
        0,
        "Change the content of the message.",
        "请修改消息内容。",
    )
    UNLISTED = KindFacts(
        Repeat.NEVER,
        0,
        "dingnb does not know this code; look it up in DingTalk's error code table before you repeat the call.",
        "dingnb 未收录此错误码；重发前请查阅钉钉的错误码表。",
        may_have_taken_effect=True,
    )
