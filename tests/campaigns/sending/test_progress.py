import dataclasses
import json
from typing import Any

import dingnb
from dingnb.campaigns.sending.progress import Progress, SendCounter
from dingnb.campaigns.status import State
from dingnb.clock import NS_PER_S, seconds_to_ns
from dingnb.limits import STANDARD
from tests.table_rows import for_each

SENDING = Progress(0, State.RUNNING, 1_204, accepted=120)


@for_each(
    ("changes", "in_english", "in_chinese"),
    [
        ({}, "Sending: 120 of 1,204 people accepted by DingTalk", "发送中：钉钉已受理 120 / 1,204 人"),
        (
            {"failed": 1, "unknown": 2, "calls_per_second": 19.8, "left_s": 54.2},
            (
                "Sending: 120 of 1,204 people accepted by DingTalk · 1 person failed · 2 people with unknown outcome"
                " · 19.8 calls a second · about 54 s left"
            ),
            "发送中：钉钉已受理 120 / 1,204 人 · 1 人发送失败 · 2 人结果未知 · 每秒 19.8 次调用 · 约剩 54 秒",
        ),
        (
            {"left_s": 89},
            "Sending: 120 of 1,204 people accepted by DingTalk · about 89 s left",
            "发送中：钉钉已受理 120 / 1,204 人 · 约剩 89 秒",
        ),
        (
            {"left_s": 90},
            "Sending: 120 of 1,204 people accepted by DingTalk · about 2 min left",
            "发送中：钉钉已受理 120 / 1,204 人 · 约剩 2 分钟",
        ),
        (
            {"left_s": 9e3},
            "Sending: 120 of 1,204 people accepted by DingTalk · about 2.5 h left",
            "发送中：钉钉已受理 120 / 1,204 人 · 约剩 2.5 小时",
        ),
        (
            {"waiting_for": "people", "waiting_s": 54, "limit": 5_000, "calls_per_second": 3.0, "left_s": 114.0},
            (
                "Sending: 120 of 1,204 people accepted by DingTalk · "
                "waiting 54 s: 5,000 people a minute · about 2 min left"
            ),
            "发送中：钉钉已受理 120 / 1,204 人 · 等待 54 秒：每分钟 5,000 人 · 约剩 2 分钟",
        ),
        (
            {"waiting_for": "pause", "waiting_s": 120, "left_s": 120.5},
            "Sending: 120 of 1,204 people accepted by DingTalk · waiting 2 min: DingTalk asked for a pause",
            "发送中：钉钉已受理 120 / 1,204 人 · 等待 2 分钟：钉钉要求暂停",
        ),
        (
            {"waiting_for": "outage", "waiting_s": 8, "gives_up_s": 540, "left_s": 120.5},
            (
                "Sending: 120 of 1,204 people accepted by DingTalk · DingTalk cannot be reached or is failing; "
                "trying again in 8 s, giving up in 9 min"
            ),
            "发送中：钉钉已受理 120 / 1,204 人 · 无法连接钉钉，或钉钉出现故障；8 秒后重试，9 分钟后放弃",
        ),
        (
            {"waiting_for": "uncertain", "waiting_s": 16, "unknown": 3},
            (
                "Sending: 120 of 1,204 people accepted by DingTalk · 3 people with unknown outcome · "
                "DingTalk is not answering normally; next call in 16 s"
            ),
            "发送中：钉钉已受理 120 / 1,204 人 · 3 人结果未知 · 钉钉未正常答复；16 秒后再次调用",
        ),
        (
            {"at_ns": seconds_to_ns(1_793_581_200), "waiting_for": "ban", "waiting_s": 300, "gives_up_s": 600},
            (
                "Sending: 120 of 1,204 people accepted by DingTalk · DingTalk refuses calls from this network address; "
                "next call at 09:05 Beijing time, in 5 min"
            ),
            (
                "发送中：钉钉已受理 120 / 1,204 人 · 钉钉拒绝来自本网络地址的调用；"
                "将于北京时间 09:05 再次调用（5 分钟后）"
            ),
        ),
        (
            {"waiting_for": "token", "waiting_s": 1},
            (
                "Sending: 120 of 1,204 people accepted by DingTalk · DingTalk does not accept the token; "
                "trying again in 1 s"
            ),
            "发送中：钉钉已受理 120 / 1,204 人 · 钉钉不接受 token；1 秒后重试",
        ),
        (
            {"waiting_for": "sender", "left_s": 20.0},
            ("Sending: 120 of 1,204 people accepted by DingTalk · waiting: another kernel is sending this campaign"),
            "发送中：钉钉已受理 120 / 1,204 人 · 等待中：另一个内核正在发送此任务",
        ),
        (
            {"waiting_for": "sender", "waiting_behind": ("ann@laptop",)},
            "Sending: 120 of 1,204 people accepted by DingTalk · waiting: ann@laptop is sending this campaign",
            "发送中：钉钉已受理 120 / 1,204 人 · 等待中：ann@laptop 正在发送此任务",
        ),
        (
            {"waiting_for": "people", "waiting_s": 31, "limit": 5_000, "waiting_behind": ("payslip", "survey")},
            (
                "Sending: 120 of 1,204 people accepted by DingTalk · "
                "waiting 31 s: 5,000 people a minute, shared with payslip, survey"
            ),
            "发送中：钉钉已受理 120 / 1,204 人 · 等待 31 秒：每分钟 5,000 人，与 payslip、survey 共用",
        ),
        (
            {"state": State.FINISHED, "failed": 3, "calls_per_second": 19.8, "left_s": 5.0},
            "Sent: 120 of 1,204 people accepted by DingTalk · 3 people failed",
            "发送完成：钉钉已受理 120 / 1,204 人 · 3 人发送失败",
        ),
        (
            {"state": State.FINISHED, "accepted": 0, "people": 2, "failed": 2, "cancelled": 3},
            "Finished: 0 of 2 people accepted by DingTalk · 2 people failed · 3 people cancelled",
            "已结束：钉钉已受理 0 / 2 人 · 2 人发送失败 · 3 人已取消",
        ),
        (
            {"state": State.STOPPED, "unit": "message", "unknown": 1},
            "Stopped: 120 of 1,204 messages accepted by DingTalk · 1 message with unknown outcome",
            "已停止：钉钉已受理 120 / 1,204 条消息 · 1 条消息结果未知",
        ),
    ],
)
def test_the_text_shows_the_relevant_facts_in_both_languages(changes: Any, in_english: str, in_chinese: str) -> None:
    progress = dataclasses.replace(SENDING, **changes)
    assert progress.text == in_english
    dingnb.set_language("zh")
    assert progress.text == in_chinese


def test_a_record_of_another_version_of_dingnb_is_read() -> None:
    progress = dataclasses.replace(SENDING, waiting_for="people", waiting_s=9, waiting_behind=("survey",))
    published = json.loads(progress.to_json()) | {"added_later": [1]}
    del published["files"]
    assert Progress.of_json(json.dumps(published), progress.at_ns) == progress


def test_a_rate_of_some_time_ago_is_not_shown() -> None:
    progress = dataclasses.replace(SENDING, calls_per_second=17.0)
    for elapsed_s, shown in ((9, 17.0), (10, 0.0)):
        found = Progress.of_json(progress.to_json(), progress.at_ns + elapsed_s * NS_PER_S)
        assert found.calls_per_second == shown


def test_the_share_is_that_of_settled_people() -> None:
    assert Progress(0, State.RUNNING, 200, accepted=90, failed=7, unknown=3).text_and_share[1] == 0.5
    assert Progress(0, State.FINISHED, 0).share == 1.0


def test_cancelled_people_are_counted_separately() -> None:
    counter = SendCounter(
        STANDARD, {"queued": 3, "accepted": 1, "cancelled": 6}, {"queued": 1, "accepted": 1, "cancelled": 2}
    )
    progress = counter.progress(0, State.STOPPED, "", 0)
    assert (progress.people, progress.cancelled, progress.share) == (4, 6, 0.25)
    assert progress.text == "Stopped: 1 of 4 people accepted by DingTalk · 6 people cancelled"


def test_the_rate_is_of_the_last_ten_seconds_and_known_after_one() -> None:
    counter = SendCounter(STANDARD, {"queued": 500}, {"queued": 500})
    rates = {}
    for n in range(400):
        counter.count_call(seconds_to_ns(n * 0.05))
        rates[n] = counter.progress(seconds_to_ns(n * 0.05), State.RUNNING, "", 0).calls_per_second
    assert (rates[0], rates[19], rates[20], rates[399]) == (0.0, 0.0, 20.0, 20.0)
    assert counter.progress(seconds_to_ns(25), State.RUNNING, "", 0).calls_per_second == 9.8
    assert counter.progress(seconds_to_ns(40), State.RUNNING, "", 0).calls_per_second == 0.0


def test_the_remaining_time_depends_on_the_slowest_limit() -> None:
    def left(queued: int, batches: int, calls_at_s: tuple[int, ...] = (), waiting_s: int = 0) -> float:
        counter = SendCounter(STANDARD, {"queued": queued}, {"queued": batches})
        for at_s in calls_at_s:
            counter.count_call(seconds_to_ns(at_s))
        return counter.progress(seconds_to_ns(4), State.RUNNING, "people" if waiting_s else "", waiting_s).left_s

    assert left(500, 500) == 25
    assert left(500, 500, (0, 1, 2, 3, 4)) == 500
    assert left(5_000, 50) == 2.5
    assert left(5_001, 51) == 60
    assert left(10_000, 100) == 60
    assert left(12_000, 120) == 120
    assert left(12_000, 120, waiting_s=57) == 177
