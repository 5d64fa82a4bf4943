"""Results are matched to the people of their task, whatever the case of userids."""

from dingnb.api.work_notifications import SendResult, read_result
from dingnb.campaigns.results.fetching import with_userids_of
from tests.table_rows import for_each


def result_of(**lists: object) -> SendResult:
    return read_result({"send_result": lists})


@for_each(
    ("people", "named", "expected"),
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
def test_userids_that_differ_only_in_case_match_if_unambiguous(
    people: list[str], named: list[object], expected: set[str]
) -> None:
    assert with_userids_of(people, result_of(unread_user_id_list=named)).userids == expected


def test_a_code_stays_with_its_person() -> None:
    result = result_of(
        forbidden_user_id_list=["BOB", "Bob", "eve"],
        forbidden_list=[{"userid": "bob", "code": 143106}, {"userid": "bob"}],
    )
    assert with_userids_of(["Bob", "eve"], result).dropped == {"Bob": "143106", "eve": ""}
