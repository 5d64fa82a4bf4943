"""Rate limits, against the sandbox's sliding windows in virtual time."""

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

import dingnb
from dingnb.calls.pace import MAX_LATE_NS, Pace, Start
from dingnb.clock import NS_PER_S, VirtualClock, seconds_to_ns
from dingnb.ledger import Realm, SqliteLedger
from dingnb.ledger.sending.pace import Grant
from dingnb.limits import STANDARD
from dingnb.sandbox import RunningSandbox

REALM = Realm.of("SANDBOX", "one", "key", "k…y")


def people_of(sandbox: RunningSandbox, n: int) -> pd.DataFrame:
    users = [user for user in sandbox.state.users(None) if user["active"]][:n]
    assert len(users) == n
    return pd.DataFrame({"userid": [user["userid"] for user in users], "n": range(n)})


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


@pytest.fixture
def new_pace(clock: VirtualClock, tmp_path: Path) -> Callable[..., Pace]:
    """Return the pace of another process with the same ledger."""
    return lambda clock=clock: Pace(STANDARD, clock, SqliteLedger(tmp_path / "ledger"), REALM)


def reserve(pace: Pace, api: str = "send") -> Start:
    with pace.open_reservations() as reservations:
        return reservations.reserve(api)


def test_two_processes_share_the_calls_of_a_second(clock: VirtualClock, new_pace: Callable[..., Pace]) -> None:
    first, second = new_pace(), new_pace()
    starts_ns = [reserve(process).due_ns - clock.monotonic_ns() for process in [first, second] * 11]
    assert starts_ns[:3] == [0, seconds_to_ns(0.05075), seconds_to_ns(0.1015)]
    assert all(
        later - earlier >= seconds_to_ns(1.015) for earlier, later in zip(starts_ns, starts_ns[20:], strict=False)
    )
    assert reserve(first, "recall").due_ns == clock.monotonic_ns()


def test_calls_are_paced_though_the_ledger_cannot_be_used(clock: VirtualClock, tmp_path: Path) -> None:
    (tmp_path / "ledger").write_text("not a folder")
    pace = Pace(STANDARD, clock, SqliteLedger(tmp_path / "ledger"), REALM)
    with pace.open_reservations() as reservations:
        starts_ns = [reservations.reserve("send").due_ns - clock.monotonic_ns() for _ in range(3)]
    assert starts_ns == [0, seconds_to_ns(0.05075), seconds_to_ns(0.1015)]
    assert pace.count_people() == 0


def test_a_call_that_is_late_or_whose_computer_was_suspended_does_not_leave(
    clock: VirtualClock, new_pace: Callable[..., Pace]
) -> None:
    pace = new_pace()
    start = reserve(pace)
    clock.advance(MAX_LATE_NS)
    assert pace.is_in_time(start)
    clock.advance(1)
    assert not pace.is_in_time(start)
    start = reserve(pace)
    assert pace.is_in_time(start)
    # The monotonic clock of some systems stops while they are suspended.
    clock.set_wall(clock.now_ns() + seconds_to_ns(60))
    assert not pace.is_in_time(start)


def test_a_slow_answer_delays_the_call_that_takes_its_place(clock: VirtualClock, new_pace: Callable[..., Pace]) -> None:
    """It may have arrived just before its answer."""
    pace, other = new_pace(), new_pace()
    starts = []
    with pace.open_reservations() as reservations:
        for call in range(24):
            start = reservations.reserve("send")
            clock.advance(max(start.due_ns - clock.monotonic_ns(), 0))
            start.called_ns = clock.monotonic_ns()
            clock.advance(seconds_to_ns(0.04 if call == 3 else 0.001))
            pace.record_answer(start)
            reservations.record_answer(start)
            starts.append(start)
    assert starts[23].due_ns - starts[3].due_ns == seconds_to_ns(1 + 0.039 + 0.015)
    # Other processes know.
    later_ns = [reserve(other).due_ns for _ in range(20)]
    assert later_ns[-1] - starts[23].due_ns >= seconds_to_ns(1.015)


def test_a_slow_database_makes_calls_start_later_and_not_late(
    clock: VirtualClock, new_pace: Callable[..., Pace]
) -> None:
    pace = new_pace()
    request = pace.request("send")
    requested_ns = clock.monotonic_ns()
    clock.advance(seconds_to_ns(0.3))
    assert not pace.is_in_time(pace.make_start(request, Grant(request.shared_clock_ns, 0), requested_ns))
    request = pace.request("send")
    requested_ns = clock.monotonic_ns()
    clock.advance(seconds_to_ns(0.3))
    assert pace.is_in_time(pace.make_start(request, Grant(request.shared_clock_ns, 1), requested_ns))


def test_a_ban_pauses_every_api_and_a_pause_only_its_own(clock: VirtualClock, new_pace: Callable[..., Pace]) -> None:
    pace = new_pace()
    pace.pause("send", 5)
    assert (pace.pause_ns("send"), pace.pause_reason("send")) == (seconds_to_ns(5), "pause")
    assert pace.pause_ns("recall") == 0
    pace.pause("recall", 60, "ban")
    assert (pace.pause_ns("send"), pace.pause_reason("send")) == (seconds_to_ns(60), "ban")
    clock.advance(seconds_to_ns(60))
    assert pace.pause_ns("send") == pace.ban_ns() == 0


@pytest.mark.parametrize(("requested_s", "outage_s"), [(5, 30), (30, 5), (5, 5)])
def test_the_end_of_an_outage_keeps_a_pause_that_was_requested_meanwhile(
    requested_s: int, outage_s: int, new_pace: Callable[..., Pace]
) -> None:
    pace = new_pace()
    pace.pause("send", outage_s, "outage")
    pace.pause("send", requested_s)
    pace.pause("send", outage_s, "uncertain")
    assert pace.pause_ns("send") == seconds_to_ns(max(requested_s, outage_s))
    pace.end_outage("send")
    assert (pace.pause_ns("send"), pace.pause_reason("send")) == (seconds_to_ns(requested_s), "pause")
    assert pace.pause_ns("recall") == 0
