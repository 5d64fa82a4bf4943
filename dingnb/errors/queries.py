"""Calls that are only queries: repeating them changes nothing."""

from dingnb.words import Text

_QUERIES = frozenset(
    {
        "/v1.0/oauth2/accessToken",
        "/v1.0/gateway/connections/open",
        "/gettoken",
        "/auth/scopes",
        "/topapi/user/count",
        "/topapi/user/getbyunionid",
        "/topapi/user/listid",
        "/topapi/user/listsimple",
        "/topapi/v2/user/get",
        "/topapi/v2/user/getbymobile",
        "/topapi/v2/user/list",
        "/topapi/v2/department/get",
        "/topapi/v2/department/listparentbydept",
        "/topapi/v2/department/listparentbyuser",
        "/topapi/v2/department/listsub",
        "/topapi/v2/department/listsubid",
        "/topapi/role/getrole",
        "/topapi/role/getrolegroup",
        "/topapi/role/list",
        "/topapi/role/simplelist",
        "/topapi/inactive/user/v2/get",
        "/v1.0/contact/users/search",
        "/v1.0/contact/departments/search",
        "/topapi/message/corpconversation/getsendprogress",
        "/topapi/message/corpconversation/getsendresult",
    }
)
"""The paths known to be queries; a call of any other path may have taken effect."""


def is_query(path: str) -> bool:
    """
    Return whether a call is only a query: for a token, a ticket, contacts, the app's scope, or the result of a task.

    >>> is_query("/gettoken"), is_query("/topapi/message/corpconversation/asyncsend_v2")
    (True, False)
    """
    return path in _QUERIES


def no_answer_todo(path: str) -> Text:
    """Return what to do if a call was sent but no answer was received."""
    return Text("transport.query_todo" if is_query(path) else "transport.unknown_todo")


def banned_todo(path: str) -> Text:
    """Return what to do if DingTalk answered with a block page."""
    return Text("answer.banned_query_todo" if is_query(path) else "answer.banned_todo")


def bad_answer_todo(path: str) -> Text:
    """Return what to do if the answer was not DingTalk's."""
    return Text("answer.bad_query_todo" if is_query(path) else "answer.bad_todo")
