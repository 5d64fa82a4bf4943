"""Errors of calls that only query do not warn that they may have taken effect."""

from collections.abc import Callable

import pandas as pd
import pytest

import dingnb
from dingnb.api import contacts, stream, work_notifications
from dingnb.client import DingTalk
from dingnb.errors import BadAnswerError, BusyError, NoAnswerError, error_for
from dingnb.errors.queries import is_query
from dingnb.sandbox import RunningSandbox
from dingnb.transport.responses import RawResponse, parse_response

QUERIES = (contacts.BY_MOBILE, contacts.COUNT, contacts.SCOPES, work_notifications.RESULT, stream.OPEN, "/gettoken")
WARNS = "effect"


def test_calls_that_send_or_recall_are_not_queries() -> None:
    assert all(map(is_query, QUERIES))
    assert not any(map(is_query, (work_notifications.SEND, work_notifications.RECALL, "/of/anybody")))


@pytest.mark.parametrize(("path", "warns"), [(QUERIES[0], False), (work_notifications.SEND, True)])
def test_a_foreign_answer_warns_unless_the_call_was_a_query(path: str, *, warns: bool) -> None:
    with pytest.raises(BadAnswerError) as caught:
        parse_response(RawResponse(path, 502, "<html>Bad Gateway"), new_api=False)
    assert (WARNS in caught.value.hint) is warns
    assert ("try again" in caught.value.hint) is not warns


def test_a_busy_dingtalk_warns_unless_the_call_was_a_query() -> None:
    assert isinstance(error_for("-1", path=work_notifications.SEND), BusyError)
    assert "may have carried out the call" in error_for("-1", path=work_notifications.SEND).hint
    assert "only a query" in error_for("-1", path=QUERIES[0]).hint


def test_a_query_whose_answer_is_lost_can_be_repeated(
    sandbox: RunningSandbox, connect_to: Callable[..., DingTalk]
) -> None:
    ding = connect_to(sandbox)
    ding.token()
    sandbox.state.faults.add("reset_after")
    with pytest.raises(NoAnswerError, match="only a query and changed nothing"):
        ding.plan(pd.DataFrame({"mobile": [sandbox.state.users()[0]["mobile"]]}), dingnb.text("x"), to="mobile")
