import pytest

from dingnb.clock import NS_PER_S, VirtualClock
from dingnb.sandbox.usage import SlidingWindow
from tests.sandbox.conftest import Client, Starter

WORK = "/topapi/message/corpconversation/"
SEARCH = "/v1.0/contact/users/search"
HEADER = "x-acs-dingtalk-access-token"
# 2026-11-02 00:00 in Beijing.
MIDNIGHT_NS = 1_793_548_800 * NS_PER_S


def codes_of(client: Client, count: int, path: str = WORK + "recall", **fields: object) -> list[str]:
    answers = [client.call(path, **fields) for _ in range(count)]
    return [answer.get("sub_code") or str(answer["errcode"]) for answer in answers]


def dropped(client: Client, task_id: int) -> list[tuple[str, str, int]]:
    return [
        (dropped_person["userid"], dropped_person["code"], dropped_person["count"])
        for dropped_person in client.lists(task_id)["forbidden_list"]
    ]


def test_a_window_drops_entries_that_are_exactly_its_span_old() -> None:
    window = SlidingWindow(2, 10)
    window.add(0)
    window.add(5)
    assert window.remaining(9) == 0
    assert window.remaining(10) == 1
    assert window.remaining(14) == 1
    assert window.remaining(15) == 2


def test_a_window_drops_future_entries_when_time_is_set_back() -> None:
    window = SlidingWindow(3, 10)
    window.add(0)
    window.add(8, 2)
    assert window.remaining(5) == 2


def test_the_21st_call_of_a_second_is_refused_in_88(client: Client) -> None:
    assert codes_of(client, 20) == ["400002"] * 20
    refusal = client.call(WORK + "recall")
    assert refusal["errcode"] == 88
    assert refusal["sub_code"] == "90018"
    assert refusal["errmsg"] == f"ding talk error[subcode=90018,submsg={refusal['sub_msg']}]"
    assert refusal["request_id"]


def test_the_limit_per_second_uses_a_sliding_window(client: Client) -> None:
    assert codes_of(client, 10) == ["400002"] * 10
    client.clock.advance(NS_PER_S // 2)
    assert codes_of(client, 11) == ["400002"] * 10 + ["90018"]
    client.clock.advance(NS_PER_S // 2 - 1)
    assert codes_of(client, 1) == ["90018"]
    client.clock.advance(1)
    assert codes_of(client, 11) == ["400002"] * 10 + ["90018"]


def test_each_api_has_its_own_limit_per_second(client: Client) -> None:
    codes_of(client, 20)
    assert codes_of(client, 1, WORK + "getsendresult") == ["40035"]


def test_refused_calls_can_count_towards_the_second(start_sandbox: Starter) -> None:
    client = start_sandbox(throttled_calls_count=True)
    codes_of(client, 20)
    client.clock.advance(NS_PER_S // 2)
    codes_of(client, 20)
    client.clock.advance(NS_PER_S // 2)
    assert codes_of(client, 1) == ["90018"]


def test_calls_with_a_bad_token_do_not_count_towards_the_second(client: Client) -> None:
    for _ in range(25):
        client.post(WORK + "recall", params={"access_token": "never-issued"})
    assert codes_of(client, 1) == ["400002"]


def test_the_new_api_refuses_the_21st_call_with_http_403(client: Client) -> None:
    answers = [client.post(SEARCH, headers={HEADER: client.token}, json={"queryWord": "王"}) for _ in range(21)]
    assert [answer.status_code for answer in answers] == [200] * 20 + [403]
    assert answers[20].json()["code"] == "Forbidden.AccessDenied.QpsLimitForAppkeyAndApi"
    assert client.get("/_sandbox/stats").json()["throttled"] == 1


def test_a_used_up_month_is_90020(start_sandbox: Starter) -> None:
    client = start_sandbox(limits_calls_per_month=3)
    assert codes_of(client, 3) == ["400002"] * 3
    refusal = client.call(WORK + "recall")
    assert refusal.pop("request_id")
    assert refusal == {
        "errcode": 90020,
        "errmsg": "您的企业本月api调用量已超过限制,调用量:4次,额度:3次,请登录开发者后台-资源管理-查看用量明细",
    }


def test_a_used_up_month_can_be_wrapped(start_sandbox: Starter) -> None:
    client = start_sandbox(limits_calls_per_month=0, monthly_quota_error="wrapped")
    refusal = client.call(WORK + "recall")
    assert (refusal["errcode"], refusal["sub_code"]) == (88, "90020")


def test_a_used_up_month_is_http_403_on_the_new_api(start_sandbox: Starter) -> None:
    client = start_sandbox(limits_calls_per_month=0)
    answer = client.post(SEARCH, headers={HEADER: client.token}, json={"queryWord": "王"})
    assert answer.status_code == 403
    assert answer.json()["code"] == "Forbidden.AccessDenied.ApiCountLimitForOrg"


def test_contact_and_throttled_calls_do_not_count_towards_the_month(start_sandbox: Starter) -> None:
    client = start_sandbox(limits_calls_per_month=21)
    codes_of(client, 20, "/topapi/v2/user/get", userid="x")
    codes_of(client, 20, "/topapi/v2/user/getbymobile", mobile="13800000000")
    assert codes_of(client, 40) == ["400002"] * 20 + ["90018"] * 20
    client.pass_time(1)
    assert codes_of(client, 2) == ["400002", "90020"]
    stats = client.get("/_sandbox/stats").json()
    assert (stats["calls_counted"], stats["throttled"]) == (21, 21)


def test_a_new_month_begins_at_midnight_in_beijing(start_sandbox: Starter) -> None:
    december_ns = MIDNIGHT_NS + 29 * 24 * 3_600 * NS_PER_S
    client = start_sandbox(VirtualClock(december_ns - 1), limits_calls_per_month=1)
    assert codes_of(client, 2) == ["400002", "90020"]
    client.clock.advance(1)
    assert codes_of(client, 1) == ["400002"]


def test_an_address_with_too_many_calls_is_banned_for_five_minutes(start_sandbox: Starter) -> None:
    client = start_sandbox(limits_ip_calls_per_20_s=5)
    for _ in range(4):
        assert client.post("/nowhere").json()["errcode"] == 404
    body = client.post("/nowhere").json()
    assert body.pop("uuid")
    assert body == {"status": 1111, "wait": 5, "source": "x5", "punish": "deny"}
    client.clock.advance(300 * NS_PER_S - 1)
    assert client.post("/v1.0/nowhere").json()["status"] == 1111
    client.clock.advance(1)
    assert client.post("/nowhere").json()["errcode"] == 404


def test_a_ban_ends_when_the_time_is_set_back_before_it(start_sandbox: Starter) -> None:
    client = start_sandbox(limits_ip_calls_per_20_s=2)
    client.post("/_sandbox/clock", json={"advance_s": 86_400})
    assert [client.post("/nowhere").json().get("status") for _ in range(3)] == [None, None, 1111]
    client.post("/_sandbox/clock", json={"advance_s": -86_400})
    client.clock.advance(20 * NS_PER_S)
    assert client.post("/nowhere").json()["errcode"] == 404


def test_the_limit_per_address_uses_a_sliding_window(start_sandbox: Starter) -> None:
    client = start_sandbox(limits_ip_calls_per_20_s=2)
    client.clock.advance(20 * NS_PER_S - 1)
    assert client.post("/nowhere").json()["errcode"] == 404
    client.clock.advance(1)
    assert client.post("/nowhere").json()["errcode"] == 404
    assert client.post("/nowhere").json()["status"] == 1111


def test_people_over_the_minute_limit_are_dropped_silently(start_sandbox: Starter) -> None:
    client = start_sandbox(limits_people_per_minute=5)
    people = client.people(8)
    first = client.send(people[:3], "a")["task_id"]
    second = client.send(people[3:])
    assert second["errcode"] == 0
    client.pass_time(1)
    assert dropped(client, first) == []
    assert dropped(client, second["task_id"]) == [(person, "143103", 5) for person in people[5:]]
    assert [m["userid"] for m in client.messages()] == people[:5]


def test_the_minute_is_a_sliding_window_from_acceptance(start_sandbox: Starter) -> None:
    client = start_sandbox(limits_people_per_minute=2)
    people = client.people(6)
    client.send(people[:1], "a")
    client.pass_time(30)
    client.send(people[1:2], "b")
    client.clock.advance(30 * NS_PER_S - 1)
    third = client.send(people[2:3], "c")["task_id"]
    client.clock.advance(1)
    fourth = client.send(people[3:5], "d")["task_id"]
    client.pass_time(1)
    assert dropped(client, third) == [(people[2], "143103", 2)]
    assert dropped(client, fourth) == [(people[4], "143103", 2)]


def test_the_minute_can_count_from_processing(start_sandbox: Starter) -> None:
    client = start_sandbox(limits_people_per_minute=1, people_counted_at="processing")
    [first, second] = client.people(2)
    client.send([first], "a")
    client.clock.advance(60 * NS_PER_S)
    task_id = client.send([second], "b")["task_id"]
    client.pass_time(1)
    assert dropped(client, task_id) == []
    client.clock.advance(58 * NS_PER_S)
    late = client.send([first], "c")["task_id"]
    client.pass_time(1)
    assert dropped(client, late) == [(first, "143103", 1)]


def test_unreachable_people_do_not_count_towards_the_minute(start_sandbox: Starter) -> None:
    client = start_sandbox(limits_people_per_minute=1)
    task_id = client.send(["ghost", *client.people(1)])["task_id"]
    client.pass_time(1)
    assert dropped(client, task_id) == []


def test_the_number_of_messages_per_person_and_day_is_limited(start_sandbox: Starter) -> None:
    client = start_sandbox(limits_messages_per_person_per_day=2)
    people = client.people(2)
    tasks = [client.send(people[: 1 + (content == "c")], content)["task_id"] for content in "abc"]
    client.pass_time(1)
    assert [dropped(client, task) for task in tasks] == [[], [], [(people[0], "143105", 2)]]


def test_dropped_messages_do_not_count_towards_the_day(start_sandbox: Starter) -> None:
    client = start_sandbox(limits_messages_per_person_per_day=2)
    tasks = [client.send(client.people(1), content)["task_id"] for content in "aaab"]
    client.pass_time(1)
    assert [[code for _, code, _ in dropped(client, task)] for task in tasks] == [[], ["143106"], ["143106"], []]


def test_the_501st_message_of_a_day_is_dropped(start_sandbox: Starter) -> None:
    client = start_sandbox(limits_calls_per_second=1_000)
    person = client.people(1)
    tasks = [client.send(person, str(number))["task_id"] for number in range(501)]
    client.pass_time(1)
    assert dropped(client, tasks[499]) == []
    assert dropped(client, tasks[500]) == [(person[0], "143105", 500)]


def test_the_5001st_person_of_a_minute_is_dropped(start_sandbox: Starter) -> None:
    client = start_sandbox(users=5_200, limits_calls_per_second=1_000)
    people = client.people(5_001)
    tasks = [client.send(people[first : first + 100])["task_id"] for first in range(0, 5_001, 100)]
    client.pass_time(1)
    assert dropped(client, tasks[49]) == []
    assert dropped(client, tasks[50]) == [(people[5_000], "143103", 5_000)]
    assert len(client.messages()) == 5_000


def test_several_limits_can_drop_people_of_one_task(start_sandbox: Starter) -> None:
    client = start_sandbox(limits_people_per_minute=3)
    people = client.people(3)
    client.send(people[:1])
    task_id = client.send(people)["task_id"]
    client.pass_time(1)
    assert dropped(client, task_id) == [(people[2], "143103", 3), (people[0], "143106", 1)]
    assert client.get("/_sandbox/stats").json()["dropped"] == 2


def test_the_same_content_is_dropped_for_the_same_person_only(client: Client) -> None:
    people = client.people(2)
    client.send(people[:1])
    task_id = client.send(people)["task_id"]
    client.pass_time(1)
    assert dropped(client, task_id) == [(people[0], "143106", 1)]
    assert [m["userid"] for m in client.messages()] == people


def test_equal_content_is_recognised_regardless_of_formatting(client: Client) -> None:
    person = client.people(1)
    client.send(person, "x")
    same = client.send(person, msg={"text": {"content": "x"}, "msgtype": "text"})["task_id"]
    text = client.send(person, msg='{"msgtype": "text",  "text": {"content": "x"}}')["task_id"]
    other = client.send(person, "x ")["task_id"]
    client.pass_time(1)
    assert [len(dropped(client, task_id)) for task_id in (same, text, other)] == [1, 1, 0]


def test_the_day_of_the_duplicate_limit_ends_at_midnight_in_beijing(start_sandbox: Starter) -> None:
    client = start_sandbox(VirtualClock(MIDNIGHT_NS - 10 * NS_PER_S))
    client.send(client.people(1))
    client.clock.advance(9 * NS_PER_S - 1)
    before = client.send(client.people(1))["task_id"]
    client.clock.advance(1)
    after = client.send(client.people(1))["task_id"]
    client.pass_time(1)
    assert [len(dropped(client, task_id)) for task_id in (before, after)] == [1, 0]


def test_the_day_can_start_at_another_midnight(start_sandbox: Starter) -> None:
    client = start_sandbox(VirtualClock(MIDNIGHT_NS - 10 * NS_PER_S), day_starts_at_utc_offset_h=0)
    client.send(client.people(1))
    client.pass_time(10)
    task_id = client.send(client.people(1))["task_id"]
    client.pass_time(1)
    assert len(dropped(client, task_id)) == 1


def test_content_counted_at_acceptance_counts_for_the_day_of_acceptance(start_sandbox: Starter) -> None:
    client = start_sandbox(VirtualClock(MIDNIGHT_NS - NS_PER_S // 2), same_content_counted_at="acceptance")
    first = client.send(client.people(1))["task_id"]
    client.pass_time(0.5)
    second = client.send(client.people(1))["task_id"]
    client.pass_time(1)
    assert [len(dropped(client, task_id)) for task_id in (first, second)] == [0, 0]


@pytest.mark.parametrize(("moment", "reached"), [("acceptance", 0), ("delivery", 1)])
def test_content_counted_at_acceptance_counts_for_undelivered_messages(
    start_sandbox: Starter, moment: str, reached: int
) -> None:
    client = start_sandbox(same_content_counted_at=moment)
    client.recall(client.send(client.people(1))["task_id"])
    client.send(client.people(1))
    client.pass_time(1)
    assert len(client.messages()) == reached


@pytest.mark.parametrize("moment", ["acceptance", "delivery"])
@pytest.mark.parametrize(("settings", "reached"), [({}, 1), ({"recall_frees_content": True}, 2)])
def test_a_recall_frees_the_content_only_if_set(
    start_sandbox: Starter, moment: str, settings: dict[str, bool], reached: int
) -> None:
    client = start_sandbox(same_content_counted_at=moment, **settings)
    task_id = client.send(client.people(1))["task_id"]
    client.pass_time(1)
    client.recall(task_id)
    client.send(client.people(1))
    client.pass_time(1)
    assert len(client.messages()) == reached


@pytest.mark.parametrize("moment", ["acceptance", "delivery"])
def test_a_recall_frees_the_content_for_people_whose_delivery_failed(start_sandbox: Starter, moment: str) -> None:
    client = start_sandbox(same_content_counted_at=moment, recall_frees_content=True, failed_share=0.5)
    people = client.people(20)
    task_id = client.send(people)["task_id"]
    client.pass_time(1)
    assert 0 < len(client.messages()) < len(people)
    client.recall(task_id)
    again = client.send(people)["task_id"]
    client.pass_time(1)
    assert dropped(client, again) == []


def test_a_recall_before_delivery_frees_no_content_of_other_tasks(start_sandbox: Starter) -> None:
    client = start_sandbox(recall_frees_content=True)
    client.send(client.people(1))
    client.pass_time(1)
    client.recall(client.send(client.people(1))["task_id"])
    client.send(client.people(1))
    client.pass_time(2)
    assert len(client.messages()) == 1


def test_a_status_bar_allows_five_people(client: Client) -> None:
    card = {
        "message_url": "http://example.com",
        "head": {"bgcolor": "FFBBBBBB", "text": "x"},
        "status_bar": {"status_value": "x", "status_bg": "0xFFF65E5E"},
        "body": {"title": "x"},
    }
    message = {"msgtype": "oa", "oa": card}
    assert client.send(client.people(5), msg=message)["errcode"] == 0
    assert client.send(client.people(6), msg=message)["errcode"] == 40032
    assert client.send(client.people(1), msg=message, to_all_user=True)["errcode"] == 40032
