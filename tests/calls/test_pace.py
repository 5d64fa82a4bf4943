"""Rate limits, against the sandbox's sliding windows in virtual time."""

from collections.abc import Callable

import pandas as pd
import pytest

import dingnb
from dingnb.calls.pace import Pace
from dingnb.clock import NS_PER_S, VirtualClock, seconds
from dingnb.limits import STANDARD
from dingnb.sandbox import RunningSandbox


def people_of(sandbox: RunningSandbox, n: int) -> pd.DataFrame:
    users = [one for one in sandbox.state.users(None) if one["active"]][:n]
    assert len(users) == n
    return pd.DataFrame({"userid": [one["userid"] for one in users], "n": range(n)})


@pytest.mark.sampled(1)
@pytest.mark.parametrize(("latency_s", "jitter_s"), [(0.15, 0.025), (0.0, 0.0), (0.15, 0.0), (0.6, 0.2)])
def test_nobody_is_dropped_and_steady_latency_is_never_throttled(
    clock: VirtualClock, open_sandbox: Callable, connect_to: Callable, latency_s: float, jitter_s: float
) -> None:
    sandbox = open_sandbox(users=12_500)
    ding = connect_to(sandbox, latency_s=latency_s, jitter_s=jitter_s)
    plan = ding.plan(people_of(sandbox, 12_000), dingnb.text("hello"))

    began_ns = clock.monotonic_ns()
    run = plan.send()
    took_s = (clock.monotonic_ns() - began_ns) / NS_PER_S
    statuses = run.wait().results()["status"].value_counts()

    assert statuses["delivered"] + statuses["read"] == 12_000
    stats = sandbox.state.stats()
    assert stats["throttled"] == 0 or jitter_s
    assert 120 <= took_s <= 120 * 1.03 + 5
    assert plan.calls == 120


@pytest.mark.long
@pytest.mark.parametrize(("jitter_s", "share"), [(0.025, 0.95), (0.0, 0.97)])
def test_personal_texts_are_sent_at_nearly_the_allowed_rate(
    clock: VirtualClock, open_sandbox: Callable, connect_to: Callable, jitter_s: float, share: float
) -> None:
    sandbox = open_sandbox(users=1_100)
    ding = connect_to(sandbox, latency_s=0.15, jitter_s=jitter_s)
    plan = ding.plan(people_of(sandbox, 1_000), dingnb.text("number {{ n }}"))

    began_ns = clock.monotonic_ns()
    run = plan.send()
    took_s = (clock.monotonic_ns() - began_ns) / NS_PER_S

    assert plan.calls == 1_000
    assert 1_000 / 20 / took_s >= share
    assert (run.results()["status"] == "accepted").all()
    if not jitter_s:
        assert sandbox.state.stats()["throttled"] == 0


def test_a_late_call_does_not_delay_the_next_ones(clock: VirtualClock) -> None:
    """As on a busy computer: otherwise delays would add up."""
    pace = Pace(STANDARD, clock)
    began_ns = clock.monotonic_ns()
    for late_s in (0.0, 0.02, 0.0, 0.03):
        clock.advance((pace.delay_ns("send") or 0) + seconds(late_s))
        assert pace.start("send") is not None
    clock.advance(pace.delay_ns("send") or 0)
    assert clock.monotonic_ns() - began_ns == seconds(4 * 0.0505)


def test_an_idle_time_leaves_no_backlog(clock: VirtualClock) -> None:
    pace = Pace(STANDARD, clock)
    for rest_s in (0.0, 0.3):
        clock.advance(seconds(rest_s))
        assert pace.start("send") is not None
        assert pace.delay_ns("send") == seconds(0.0505)


def test_a_slow_answer_delays_only_the_call_a_second_later(clock: VirtualClock) -> None:
    """It may have arrived just before its answer."""
    pace = Pace(STANDARD, clock)
    began_ns = clock.monotonic_ns()
    starts_ns = []
    for call in range(42):
        clock.advance(pace.delay_ns("send") or 0)
        starts_ns.append(clock.monotonic_ns() - began_ns)
        lease = pace.start("send")
        assert lease is not None
        clock.advance(seconds(0.04 if call == 3 else 0.001))
        pace.finish(lease)
    assert starts_ns[23] - starts_ns[3] == seconds(1 + 0.039 + 0.01)
    assert starts_ns[24] - starts_ns[4] == seconds(1.01)
    assert all(later - earlier >= seconds(1.01) for earlier, later in zip(starts_ns, starts_ns[20:], strict=False))


def test_calls_in_the_ledger_count_from_the_start(clock: VirtualClock) -> None:
    pace = Pace(STANDARD, clock)
    pace.seed("send", [0, seconds(0.5)], [(seconds(20), 3_000), (seconds(50), 1_000), (seconds(70), 9_000)])
    assert pace.people_counted() == 4_000
    assert pace.delay_ns("other", 1_000) == 0
    assert seconds(10) <= (pace.delay_ns("other", 1_001) or 0) <= seconds(10.1)
    assert seconds(40) <= (pace.delay_ns("other", 5_000) or 0) <= seconds(40.1)
    assert (pace.delay_ns("send", 0) or 0) > 0
    assert pace.delay_ns("other", 0) == 0
    clock.advance(seconds(41))
    assert pace.people_counted() == 0


def test_calls_in_the_future_count_for_a_minute_at_most(clock: VirtualClock) -> None:
    pace = Pace(STANDARD, clock)
    pace.seed("send", [-seconds(3_600)], [(-seconds(3_600), 5_000)])
    assert seconds(60) <= (pace.delay_ns("other", 1) or 0) <= seconds(60.1)
    assert 0 < (pace.delay_ns("send", 0) or 0) < seconds(1)


def test_a_cancelled_call_frees_its_place(clock: VirtualClock) -> None:
    pace = Pace(STANDARD, clock)
    lease = pace.start("send", 5_000)
    assert lease is not None
    assert pace.delay_ns("send", 1) is None
    pace.cancel(lease)
    assert pace.delay_ns("send", 5_000) == 0


def test_people_of_the_last_minute_count_even_if_missing_in_the_ledger(clock: VirtualClock) -> None:
    """As after the wall clock was set ahead: the calls in the ledger then seem to be an hour old."""
    pace = Pace(STANDARD, clock)
    lease = pace.start("send", 5_000)
    assert lease is not None
    pace.finish(lease)
    clock.advance(seconds(10))
    pace.seed("send", [], [])
    assert pace.delay_ns("send", 100) == seconds(50.01)
    pace.seed("send", [], [(seconds(5), 5_000), (seconds(9), 100)])
    assert pace.delay_ns("send", 100) == seconds(55.01)
    clock.advance(seconds(56))
    pace.seed("send", [], [(seconds(1), 4_950)])
    assert pace.delay_ns("send", 100) == seconds(59.01)
