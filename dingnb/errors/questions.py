"""Calls that are only queries: repeating them changes nothing."""

from dingnb.words import Text

_QUESTIONS = frozenset(
    {
        "/v1.0/oauth2/accessToken",
        "/v1.0/gateway/connections/open",
        "/gettoken",
        "/auth/scopes",
        "/topapi/user/count",
        "/topapi/v2/user/get",
        "/topapi/v2/user/getbymobile",
        "/topapi/message/corpconversation/getsendprogress",
        "/topapi/message/corpconversation/getsendresult",
    }
)
"""The paths known to be queries; a call of any other path may have taken effect."""


def is_question(path: str) -> bool:
    """
    Return whether a call is only a query: for a token, a ticket, a person, the app's scope, or the result of a task.

    >>> is_question("/gettoken"), is_question("/topapi/message/corpconversation/asyncsend_v2")
    (True, False)
    """
    return path in _QUESTIONS


def no_answer_todo(path: str) -> Text:
    """Return what to do if a call left but no answer was received."""
    return Text("transport.question_todo" if is_question(path) else "transport.unknown_todo")


def banned_todo(path: str) -> Text:
    """Return what to do if a web page refused the call."""
    return Text("answer.banned_question_todo" if is_question(path) else "answer.banned_todo")


def bad_answer_todo(path: str) -> Text:
    """Return what to do if the answer was not DingTalk's."""
    return Text("answer.bad_question_todo" if is_question(path) else "answer.bad_todo")
