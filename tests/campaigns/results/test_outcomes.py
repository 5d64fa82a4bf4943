"""Whom a result means: the people of its task, however they are written, and nobody else."""

from dingnb.api.work_notifications import SendResult, read_result
from dingnb.campaigns.results.fetching import in_words_of
from tests.table_rows import for_each


def result_of(**lists: object) -> SendResult:
    return read_result({"send_result": lists})


@for_each(
    ("people", "named", "meant"),
    [
        (["Bob", "eve"], ["Bob"], {"Bob"}),
        (["Bob", "eve"], ["bob"], {"Bob"}),
        (["Bob", "eve"], ["bob", "Bob"], {"Bob"}),
        (["Bob", "bob"], ["bob"], {"bob"}),
        (["Bob", "bob"], ["BOB"], {"BOB"}),
        (["Bob"], ["bobby"], {"bobby"}),
        (["12"], [12], {"12"}),
        (["ÄB"], ["äb"], {"äb"}),
    ],
)
def test_a_difference_in_case_alone_is_none_where_it_is_clear_who_is_meant(
    people: list[str], named: list[object], meant: set[str]
) -> None:
    assert in_words_of(people, result_of(unread_user_id_list=named)).userids == meant


def test_a_code_stays_with_whom_it_was_told_of() -> None:
    told = result_of(
        forbidden_user_id_list=["BOB", "Bob", "eve"],
        forbidden_list=[{"userid": "bob", "code": 143106}, {"userid": "bob"}],
    )
    assert in_words_of(["Bob", "eve"], told).dropped == {"Bob": "143106", "eve": ""}
