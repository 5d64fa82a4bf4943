import pytest

from dingnb.sandbox import SandboxSettings
from dingnb.sandbox.tasks import read_delay_ns
from tests.sandbox.conftest import Client, Starter

WORK = "/topapi/message/corpconversation/"
DAY_S = 24 * 3_600


def test_a_task_changes_its_status_at_exact_times(client: Client) -> None:
    task_id = client.send(client.people(1))["task_id"]
    steps = []
    for wait_ns in (0, 200_000_000 - 1, 1, 800_000_000 - 1, 1):
        client.clock.advance(wait_ns)
        steps.append(client.progress(task_id)["progress"])
    assert [step["status"] for step in steps] == [0, 0, 1, 1, 2]
    assert [step["progress_in_percent"] for step in steps] == [0, 0, 50, 50, 100]


def test_nothing_is_delivered_before_the_task_is_done(client: Client) -> None:
    client.send(client.people(1))
    client.clock.advance(10**9 - 1)
    assert client.messages() == []
    client.clock.advance(1)
    assert len(client.messages()) == 1


def test_the_duration_of_tasks_is_a_setting(start_sandbox: Starter) -> None:
    client = start_sandbox(task_starts_after_s=0, task_done_after_s=0)
    task_id = client.send(client.people(1))["task_id"]
    assert client.progress(task_id)["progress"]["status"] == 2
    assert len(client.messages()) == 1


def test_a_result_has_exactly_the_documented_fields(client: Client) -> None:
    [person] = client.people(1)
    first = client.send([person, "ghost"])["task_id"]
    client.pass_time(1)
    second = client.send([person])["task_id"]
    client.pass_time(1)
    answer = client.result(first)
    assert answer.pop("request_id")
    assert answer == {
        "errcode": 0,
        "send_result": {
            "invalid_user_id_list": ["ghost"],
            "failed_user_id_list": [],
            "read_user_id_list": [],
            "unread_user_id_list": [person],
            "invalid_dept_id_list": [],
            "forbidden_list": [],
        },
    }
    assert client.lists(second)["forbidden_list"] == [{"code": "143106", "count": 1, "userid": person}]


def test_forbidden_user_id_list_can_be_included(start_sandbox: Starter) -> None:
    client = start_sandbox(lists_forbidden_users=True)
    client.send(client.people(1))
    task_id = client.send(client.people(1))["task_id"]
    client.pass_time(1)
    assert client.lists(task_id)["forbidden_user_id_list"] == client.people(1)


def test_a_result_requested_too_early_is_41052(client: Client) -> None:
    task_id = client.send(client.people(1))["task_id"]
    client.pass_time(0.9)
    assert client.result(task_id)["errcode"] == 41052


def test_an_early_result_can_have_empty_lists(start_sandbox: Starter) -> None:
    client = start_sandbox(early_result="empty", limits_people_per_minute=1)
    task_id = client.send([*client.people(1), "ghost"])["task_id"]
    over = client.send(client.people(1), "other")["task_id"]
    assert not any(client.lists(task_id).values())
    assert not any(client.lists(over).values())
    client.pass_time(1)
    assert client.lists(task_id)["invalid_user_id_list"] == ["ghost"]
    assert client.lists(over)["forbidden_list"]


@pytest.mark.parametrize("code", ["41052", "15"])
def test_a_task_for_more_than_100_people_has_no_result(start_sandbox: Starter, code: str) -> None:
    client = start_sandbox(users=120, many_people_result_code=code)
    task_id = client.send([], to_all_user=True)["task_id"]
    client.pass_time(1)
    answer = client.result(task_id)
    assert answer["errcode"] == int(code)
    assert answer.get("sub_code") == ("isp.top-remote-connection-timeout" if code == "15" else None)


def test_results_and_recall_are_available_for_24_hours(client: Client) -> None:
    task_id = client.send(client.people(1))["task_id"]
    client.pass_time(7_000)
    client.sandbox.state.time.set(client.clock.now_ns() + (DAY_S - 7_000) * 10**9 - 1, stopped=False)
    renew(client)
    assert client.result(task_id)["errcode"] == 0
    assert client.progress(task_id)["errcode"] == 0
    client.clock.advance(1)
    assert client.result(task_id)["errcode"] == 40035
    assert client.progress(task_id)["errcode"] == 40035
    assert client.recall(task_id)["errcode"] == 400002


@pytest.mark.parametrize("method", ["getsendprogress", "getsendresult"])
@pytest.mark.parametrize("fields", [{}, {"agent_id": 1000001}, {"agent_id": 1000001, "task_id": 1}, {"task_id": 1}])
def test_a_wrong_task_or_agent_is_40035(client: Client, method: str, fields: dict[str, object]) -> None:
    assert client.call(WORK + method, **fields)["errcode"] == 40035


def test_another_agent_cannot_query_a_task(client: Client) -> None:
    task_id = client.send(client.people(1))["task_id"]
    client.pass_time(1)
    for method in ("getsendprogress", "getsendresult"):
        assert client.call(WORK + method, agent_id=5, task_id=task_id)["errcode"] == 40035
    assert client.call(WORK + "recall", agent_id=5, msg_task_id=task_id)["errcode"] == 400002
    assert not client.messages()[0]["recalled"]


def test_recall_recalls_the_whole_task_and_keeps_the_record(client: Client) -> None:
    people = client.people(3)
    task_id = client.send(people)["task_id"]
    client.pass_time(1)
    answer = client.recall(task_id)
    assert answer.pop("request_id")
    assert answer == {"errcode": 0, "errmsg": "ok"}
    assert [(m["userid"], m["recalled"]) for m in client.messages()] == [(person, True) for person in people]
    assert client.get("/_sandbox/stats").json()["recalled"] == 3


def test_recall_reads_msg_task_id_and_not_task_id(client: Client) -> None:
    task_id = client.send(client.people(1))["task_id"]
    assert client.call(WORK + "recall", agent_id=1000001, task_id=task_id)["errcode"] == 400002


def test_a_task_recalled_before_it_is_done_is_not_delivered(client: Client) -> None:
    task_id = client.send(client.people(1))["task_id"]
    assert client.recall(task_id)["errcode"] == 0
    client.pass_time(5)
    assert client.messages() == []
    assert not any(client.lists(task_id).values())


def test_recalled_messages_are_not_read(client: Client) -> None:
    task_id = client.send(client.people(100))["task_id"]
    client.pass_time(600)
    client.recall(task_id)
    read = client.lists(task_id)["read_user_id_list"]
    assert read
    client.pass_time(3_600)
    assert client.recall(task_id)["errcode"] == 0
    assert client.lists(task_id)["read_user_id_list"] == read


def test_about_the_set_share_reads_in_time_and_some_at_once(client: Client) -> None:
    task_id = client.send(client.people(100))["task_id"]
    counts = []
    for wait_s in (1, 60, 540, 3_000, 3_000):
        client.pass_time(wait_s)
        counts.append(len(client.lists(task_id)["read_user_id_list"]))
    assert counts[0] == 0
    assert 0 < counts[1] < counts[2] < counts[3] == counts[4]
    assert 55 <= counts[3] <= 85


def test_read_and_unread_partition_the_people_and_reading_is_final(client: Client) -> None:
    people = client.people(100)
    task_id = client.send(people)["task_id"]
    client.pass_time(1)
    before: set[str] = set()
    for _ in range(6):
        client.pass_time(300)
        lists = client.lists(task_id)
        now = set(lists["read_user_id_list"])
        assert before <= now
        assert now.isdisjoint(lists["unread_user_id_list"])
        assert now | set(lists["unread_user_id_list"]) == set(people)
        before = now


def test_who_reads_is_reproducible_and_depends_on_the_seed(start_sandbox: Starter) -> None:
    def readers(**settings: object) -> list[str]:
        client = start_sandbox(**settings)
        task_id = client.send(client.people(50))["task_id"]
        client.pass_time(300)
        return client.lists(task_id)["read_user_id_list"]

    assert readers() == readers()
    assert readers() != readers(seed=12)


def test_reading_depends_on_seed_task_and_person() -> None:
    def delays(seed: int, task_id: int) -> list[int | None]:
        return [read_delay_ns(SandboxSettings(seed=seed), task_id, str(person)) for person in range(20)]

    assert delays(11, 1) == delays(11, 1)
    assert delays(11, 1) != delays(12, 1)
    assert delays(11, 1) != delays(11, 2)
    assert len(set(delays(11, 1))) > 5


@pytest.mark.parametrize(("share", "readers"), [(0, 0), (1, 100)])
def test_the_share_of_readers_is_a_setting(start_sandbox: Starter, share: float, readers: int) -> None:
    client = start_sandbox(read_share=share, read_within_s=10)
    task_id = client.send(client.people(100))["task_id"]
    client.pass_time(12)
    assert len(client.lists(task_id)["read_user_id_list"]) == readers


def test_a_share_of_sends_can_fail_and_another_send_can_succeed(start_sandbox: Starter) -> None:
    client = start_sandbox(failed_share=0.3)
    people = client.people(100)
    missed, rounds = people, 0
    while missed:
        task_id = client.send(missed)["task_id"]
        client.pass_time(1)
        lists = client.lists(task_id)
        assert sorted(lists["failed_user_id_list"] + lists["unread_user_id_list"]) == sorted(missed)
        missed, rounds = lists["failed_user_id_list"], rounds + 1
        assert len(missed) < 50
    assert 1 < rounds < 10
    assert sorted(message["userid"] for message in client.messages()) == sorted(people)


def test_messages_contain_the_read_status(client: Client) -> None:
    task_id = client.send(client.people(100))["task_id"]
    client.pass_time(600)
    read = {m["userid"] for m in client.messages() if m["read"]}
    assert read == set(client.lists(task_id)["read_user_id_list"])


def renew(client: Client) -> None:
    query = {"appkey": client.settings.app_key, "appsecret": client.settings.app_secret}
    client.token = client.get("/gettoken", params=query).json()["access_token"]
