"""An open form shows the current state while another process resumes, retries or ends its campaign."""

import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pandas as pd
import pytest

import dingnb
from dingnb.campaigns.results.campaign_results import CampaignResults, Keep, Snapshot, Undelivered
from dingnb.campaigns.sending.control import SendingControl
from dingnb.campaigns.status import State
from dingnb.client import DingTalk
from dingnb.clock import VirtualClock, seconds_to_ns
from dingnb.errors import LedgerError
from dingnb.ledger import Ledger, LedgerSession
from dingnb.ledger.campaigns import campaigns
from dingnb.ledger.sqlite.home import LEDGER_FILE
from dingnb.sandbox import RunningSandbox, SandboxSettings, start
from dingnb.ui.kit.form import POLL_INTERVAL_NS
from dingnb.ui.results.form import ResultsForm
from dingnb.ui.run.form import RunForm
from dingnb.ui.run.model import RunModel
from tests.environments import connection_environment
from tests.ui.results_steps import finished_campaign, opened
from tests.ui.steps import people, run_button, sent_counts, words
from tests.ui.test_run_form import PERSONAL, offered

Connect = Callable[..., DingTalk]
PATIENCE_S = 60
OTHER = """
import dingnb
run = dingnb.connect().campaign("payslip")
run.resume()
assert run.state == "finished"
"""


def display(form: RunForm | ResultsForm, views: int = 1) -> None:
    """Display a form in a number of places, as the browser reports it."""
    box = form.box if isinstance(form, RunForm) else form.run_form.box
    box.set_state({"_view_count": views})


def halted(ding: DingTalk, frame: pd.DataFrame, clock: VirtualClock) -> RunForm:
    """Return the displayed form of a campaign stopped midway."""
    run = ding.plan(frame, PERSONAL).send("payslip", wait=False)
    clock.advance(seconds_to_ns(1))
    run.stop()
    run.wait("sent", check=False)
    form = RunForm(RunModel(run, clock))
    form.model.wait()
    display(form)
    return form


def count_looks(monkeypatch: pytest.MonkeyPatch) -> list[RunModel]:
    """Return a list that records each poll."""
    looks: list[RunModel] = []

    def look(model: RunModel) -> None:
        looks.append(model)

    monkeypatch.setattr(RunModel, "poll", look)
    return looks


def test_the_form_updates_again_once_another_process_resumes_it(
    office: RunningSandbox, connect_to: Connect, clock: VirtualClock
) -> None:
    frame = people(office, 60)
    with clock.participating():
        ding = connect_to(office, latency_s=0.2)
        form = halted(ding, frame, clock)
        assert offered(form) == {"resume", "refresh"}
        other = ding.campaign("payslip").resume(wait=False)
        clock.advance(POLL_INTERVAL_NS + seconds_to_ns(0.5))
        assert offered(form) == {"pause", "stop"}
        assert "Sending:" in words(form)
        form.main_button.click()
        other.wait("sent", check=False)
        clock.advance(2 * POLL_INTERVAL_NS)
        assert offered(form) == {"resume", "refresh"}
        assert "Paused:" in words(form)
        # Too short for a poll in between.
        form.box.set_state({"_view_count": 0})
        ding.campaign("payslip").resume()
        display(form)
        clock.advance(2 * POLL_INTERVAL_NS)
        assert "Sent: 60 of 60 people accepted by DingTalk" in words(form)
        assert offered(form) == {"refresh"}
        form.close()
    assert sent_counts(office, clock) == Counter(frame["userid"].tolist())


@pytest.mark.parametrize("how", ["taken away", "closed"])
def test_a_hidden_form_does_not_poll(
    office: RunningSandbox, connect_to: Connect, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    looks = count_looks(monkeypatch)
    with clock.participating():
        form = halted(connect_to(office, latency_s=0.2), people(office, 60), clock)
        clock.advance(10 * POLL_INTERVAL_NS)
        assert 9 <= len(looks) <= 10
        form.close() if how == "closed" else display(form, 0)
        looks.clear()
        clock.advance(10 * POLL_INTERVAL_NS)
        assert looks == []


def test_a_form_displayed_twice_polls_once_a_second(
    office: RunningSandbox, connect_to: Connect, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = count_looks(monkeypatch)
    with clock.participating():
        form = halted(connect_to(office, latency_s=0.2), people(office, 60), clock)
        display(form, 2)
        display(form, 1)
        clock.advance(10 * POLL_INTERVAL_NS)
        assert 9 <= len(looks) <= 10
        form.close()


def test_the_calls_left_are_the_same_in_all_forms_of_a_page(office: RunningSandbox, ding: DingTalk) -> None:
    first = opened(ding.plan(people(office, 4), dingnb.text("first {{ n }}")).send("first"))
    assert "At most 4,996 calls left this month." in words(first)
    second = opened(ding.plan(people(office, 4), dingnb.text("second {{ n }}")).send("second"))
    for form in (first, second):
        form.run_model.poll()
        assert "At most 4,992 calls left this month." in words(form)


def test_a_poll_reads_once_which_refreshes_are_being_made(
    office: RunningSandbox, ding: DingTalk, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = opened(ding.plan(people(office, 4), PERSONAL).send("payslip"))
    # What is due less often is read first.
    form.run_model.poll()
    get_progress, reads = campaigns.get_progress, list[int]()

    def note_read(db: LedgerSession, campaign: int) -> str:
        reads.append(campaign)
        return get_progress(db, campaign)

    monkeypatch.setattr(campaigns, "get_progress", note_read)
    form.run_model.poll()
    assert len(reads) == 1


def test_an_unreachable_ledger_is_reported_once_and_cleared_later(
    office: RunningSandbox, connect_to: Connect, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    what, hint = "The ledger is <busy>.", "Wait."
    busy = LedgerError(what, hint)

    def broken(_: object) -> None:
        raise busy

    with clock.participating():
        form = halted(connect_to(office, latency_s=0.2), people(office, 60), clock)
        with monkeypatch.context() as for_now:
            for_now.setattr(SendingControl, "revision", property(broken))
            shown = []
            form.model.watch(lambda: shown.append(form.alert.value))
            clock.advance(5 * POLL_INTERVAL_NS)
            assert "The ledger is <busy>." in words(form)
            assert len(shown) == 1
        clock.advance(2 * POLL_INTERVAL_NS)
        assert "busy" not in words(form)
        assert offered(form) == {"resume", "refresh"}
        form.close()


def test_a_ledger_removed_while_displayed_sends_nothing_and_works_once_restored(
    office: RunningSandbox, connect_to: Connect, clock: VirtualClock, home: Path
) -> None:
    frame = people(office, 60)
    ledger, away = home / LEDGER_FILE, home / "away"
    with clock.participating():
        form = halted(connect_to(office, latency_s=0.2), frame, clock)
        sent = len(office.state.recorded_calls())
        ledger.rename(away)
        clock.advance(2 * POLL_INTERVAL_NS)
        assert "The ledger is gone:" in words(form)
        assert "Put it back at this path" in words(form)
        form.main_button.click()
        form.model.wait()
        run_button(form, "refresh").click()
        form.model.wait()
        assert "The ledger is gone:" in words(form)
        assert len(office.state.recorded_calls()) == sent
        assert not ledger.exists()
        away.rename(ledger)
        clock.advance(2 * POLL_INTERVAL_NS)
        assert "is gone" not in words(form)
        assert offered(form) == {"resume", "refresh"}
        form.main_button.click()
        form.model.wait()
        assert offered(form) == {"refresh"}
        form.close()
    assert sent_counts(office, clock) == Counter(frame["userid"].tolist())


class Awaited:
    """
    Waits until a form in real time shows something.

    Args:
        form: The form.
    """

    def __init__(self, form: ResultsForm) -> None:
        self._form = form
        self._changed = threading.Event()
        for model in (form.run_model, form.model):
            model.watch(self._changed.set)

    def until(self, condition: Callable[[], bool]) -> None:
        while not condition():
            assert self._changed.wait(PATIENCE_S), "It was not shown."
            self._changed.clear()


@pytest.fixture
def running(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[RunningSandbox]:
    """Run a sandbox in real time for several processes."""
    with start(SandboxSettings(users=200)) as sandbox:
        for name, value in {
            **connection_environment(sandbox.settings, sandbox.base_url),
            "DINGNB_HOME": str(tmp_path),
            "PYTHONPATH": str(Path(dingnb.__file__).parents[1]),
        }.items():
            monkeypatch.setenv(name, value)
        yield sandbox


@pytest.mark.long
def test_a_resume_by_another_process_is_shown(running: RunningSandbox) -> None:
    frame = people(running, 70)
    with dingnb.connect() as ding:
        run = ding.plan(frame, PERSONAL).send("payslip", wait=False)
        run.stop()
        run.wait("sent", check=False)
        form = run.form()
        form.wait()
        view, awaited = form.run_form, Awaited(form)
        assert offered(view) == {"resume", "refresh"}
        display(form)
        other = subprocess.Popen([sys.executable, "-c", OTHER])  # noqa: S603 - our own command
        try:
            awaited.until(lambda: offered(view) == {"pause", "stop"})
            awaited.until(lambda: offered(view) == {"refresh"})
            awaited.until(lambda: _statuses(form).get("accepted") == len(frame))
        finally:
            assert other.wait(PATIENCE_S) == 0
        assert "Sent: 70 of 70 people accepted by DingTalk" in words(view)
        run.wait()
        form.close()
    assert Counter(message["userid"] for message in running.state.messages()) == Counter(frame["userid"].tolist())


def test_the_line_the_tiles_and_the_calls_left_are_of_one_moment(
    office: RunningSandbox, connect_to: Connect, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the form reads, another process records that everybody has read the message."""
    form = opened(finished_campaign(connect_to(office, ledger=ledger), people(office, 10)))
    snapshot = CampaignResults.snapshot

    def record_reads() -> None:
        with ledger.transaction() as db:
            db.execute("UPDATE outcomes SET status = 'read', was_read = 1")

    def record_and_read(results: CampaignResults, keep: Keep = ()) -> Snapshot:
        with ThreadPoolExecutor() as elsewhere:
            elsewhere.submit(record_reads).result()
        return snapshot(results, keep)

    shown = []
    form.model.watch(lambda: shown.append((_statuses(form), dict(_people(form)), *_calls_left(form))))
    with monkeypatch.context() as patch:
        patch.setattr(CampaignResults, "snapshot", record_and_read)
        form.model.reload()
        form.wait()
    assert shown
    for tiles, line, calls_left, calls_left_of_actions in shown:
        assert tiles == line == {"delivered": 10}
        assert calls_left == calls_left_of_actions
    form.model.reload()
    form.wait()
    assert _statuses(form) == dict(_people(form)) == {"read": 10}
    form.close()


def test_results_that_were_read_before_a_resume_do_not_offer_to_resume_again(
    office: RunningSandbox, connect_to: Connect, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A press of the button would pause what was just resumed."""
    with clock.participating():
        model = halted(connect_to(office, latency_s=0.2), people(office, 60), clock).model
        undelivered = CampaignResults.undelivered

        def resume_and_read(results: CampaignResults) -> Undelivered:
            monkeypatch.setattr(CampaignResults, "undelivered", undelivered)
            with ThreadPoolExecutor() as elsewhere:
                elsewhere.submit(model._resume).result()
            return undelivered(results)

        monkeypatch.setattr(CampaignResults, "undelivered", resume_and_read)
        shown = []
        model.watch(lambda: shown.append(model.state.progress.state))
        model.read_again()
        model.wait()
    assert shown[0] is State.RUNNING
    assert set(shown) == {State.RUNNING, State.FINISHED}


def _people(form: ResultsForm) -> Iterator[tuple[str, int]]:
    return ((str(status), n) for status, n, _ in form.run_model.state.counts)


def _calls_left(form: ResultsForm) -> tuple[int, int]:
    assert form.model.state.available is not None
    return form.run_model.state.calls_left, form.model.state.available.calls_left


def _statuses(form: ResultsForm) -> dict[str, int]:
    snapshot = form.model.state.snapshot
    return {} if snapshot is None else {str(status): n for status, n in snapshot.counts.items()}


def test_a_recall_by_another_process_is_shown(office: RunningSandbox, connect_to: Connect, clock: VirtualClock) -> None:
    with clock.participating():
        ding = connect_to(office)
        ding.plan(people(office, 10), PERSONAL).send("payslip").wait()
        form = ding.campaign("payslip").form()
        form.wait()
        display(form)
        assert form.model.state.snapshot is not None
        assert form.model.state.snapshot.counts == {"delivered": 10}
        ding.campaign("payslip").recall(expect=10)
        clock.advance(2 * POLL_INTERVAL_NS)
        form.wait()
        assert form.model.state.snapshot.counts == {"recalled": 10}
        assert form.tiles.tiles["recalled"].description.startswith("10\nRecalled")
        form.close()
