"""Contacts (通讯录): who is behind a phone number. These calls do not count in the monthly quota."""

from dingnb.auth import Caller
from dingnb.errors import BadAnswerError
from dingnb.language import say
from dingnb.transport import Call

BY_MOBILE = "/topapi/v2/user/getbymobile"


def userid_by_mobile(caller: Caller, mobile: str) -> str:
    """
    Return the userid of the serving member with this phone number (docs/dingtalk.md, "Contacts").

    Raises:
        PersonError: Nobody has it (60121), or it is no phone number (40104).
    """
    answer = caller.call(Call(BY_MOBILE, {"mobile": mobile}))
    result = answer.get("result")
    userid = result.get("userid") if isinstance(result, dict) else None
    if not isinstance(userid, str) or not userid:
        raise BadAnswerError(say("api.no_userid", path=BY_MOBILE), say("answer.bad_todo"))
    return userid
