import dataclasses
import os
import signal
import threading
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
import requests
from requests.adapters import BaseAdapter

import dingnb
from dingnb.client import DingTalk
from dingnb.clock import NS_PER_S, VirtualClock, seconds_to_ns
from dingnb.errors import (
    CredentialsError,
    DingError,
    IncompleteError,
    InputError,
    NoAnswerError,
    QuotaError,
    UnreachableError,
)
from dingnb.limits import STANDARD
from dingnb.sandbox import RunningSandbox, SandboxSettings, start
from dingnb.transport import API

Open = Callable[..., RunningSandbox]
Connect = Callable[..., DingTalk]
Staff = Callable[..., pd.DataFrame]
Agrees = Callable[[str, pd.DataFrame], None]
PERSONAL = dingnb.text("number {{ n }}")


def limited(**changes: int) -> Any:
    return dataclasses.replace(STANDARD, **changes)


def mixed_staff(sandbox: RunningSandbox) -> pd.DataFrame:
    """Return everybody, including people who left, wrong numbers, duplicates and junk."""
    people = sandbox.state.users()
    frame = pd.DataFrame(
        {"userid": [person["userid"] for person in people], "mobile": [person["mobile"] for person in people]}
    )
    frame.loc[::9, "userid"] = None
    frame.loc[18, "mobile"] = "13800000001"
    frame.loc[27, "mobile"] = "12"
    frame.loc[5, "userid"] = "@all"
    return pd.concat([frame, frame.iloc[[1, 2, 3, 9]]], ignore_index=True)


@pytest.mark.parametrize("jitter_s", [0.0, 0.1])
def test_statuses_match_what_reached_each_person(
    sandbox: RunningSandbox, connect_to: Connect, agrees: Agrees, jitter_s: float
) -> None:
    ding = connect_to(sandbox, latency_s=0.3, jitter_s=jitter_s)
    run = ding.plan(mixed_staff(sandbox), dingnb.text("hi"), to=["userid", "mobile"]).send().wait()
    results = run.results()
    agrees(sandbox.base_url, results)
    left = {user["userid"] for user in sandbox.state.users() if not user["active"]}
    assert set(results.loc[results["status"] == "invalid", "userid"]) <= left
    assert {"rejected", "invalid", "delivered"} <= set(results["status"].astype(str))


@pytest.mark.long
def test_statuses_are_true_against_a_sandbox_in_its_own_process(
    sandbox_process: str, monkeypatch: pytest.MonkeyPatch, agrees: Agrees
) -> None:
    settings = SandboxSettings(users=400)
    for name, value in (
        ("DINGTALK_APP_KEY", settings.app_key),
        ("DINGTALK_APP_SECRET", settings.app_secret),
        ("DINGTALK_AGENT_ID", str(settings.agent_id)),
        ("DINGTALK_OAPI_BASE_URL", sandbox_process),
        ("DINGTALK_API_BASE_URL", sandbox_process),
    ):
        monkeypatch.setenv(name, value)
    twin = start(settings)
    frame = mixed_staff(twin)
    twin.stop()
    with dingnb.connect() as ding:
        assert ding.mode == "SANDBOX"
        run = ding.plan(frame, dingnb.text("hi"), to=["userid", "mobile"]).send().wait()
        agrees(sandbox_process, run.results())
        assert (run.results()["status"] == "delivered").sum() > 350


def test_a_low_limit_of_people_a_minute_drops_nobody(
    open_sandbox: Open, connect_to: Connect, staff: Staff, agrees: Agrees, clock: VirtualClock
) -> None:
    limits = limited(people_per_minute=30)
    sandbox = open_sandbox(limits=limits)
    began_ns = clock.monotonic_ns()
    run = connect_to(sandbox, limits=limits).plan(staff(sandbox, 100), dingnb.text("hi")).send().wait()
    agrees(sandbox.base_url, run.results())
    assert run.results()["status"].isin(["delivered", "read"]).all()
    assert 180 <= (clock.monotonic_ns() - began_ns) / NS_PER_S < 200


def test_throttled_calls_are_repeated_until_they_succeed(
    open_sandbox: Open, connect_to: Connect, staff: Staff, agrees: Agrees
) -> None:
    sandbox = open_sandbox(limits=limited(calls_per_second=3))
    run = connect_to(sandbox).plan(staff(sandbox, 40), PERSONAL).send().wait()
    agrees(sandbox.base_url, run.results())
    assert run.results()["status"].isin(["delivered", "read"]).all()
    assert sandbox.state.stats()["throttled"] > 0
    assert run.results()["attempts"].max() > 1


def test_a_used_up_month_stops_the_campaign_and_leaves_the_rest_queued(
    open_sandbox: Open, connect_to: Connect, staff: Staff
) -> None:
    sandbox = open_sandbox(limits=limited(calls_per_month=10))
    plan = connect_to(sandbox, latency_s=0.3).plan(staff(sandbox, 40), PERSONAL)
    with pytest.raises(IncompleteError, match="90020") as caught:
        plan.send("payslip")
    assert 'run = ding.campaign("payslip")' in caught.value.hint
    run = plan.send("payslip", check=False)
    results = run.results()
    assert caught.value.counts == results["status"].value_counts()[lambda people: people > 0].to_dict()
    counts = results["status"].value_counts()
    assert run.state == "stopped"
    assert counts["queued"] + counts["accepted"] == 40
    assert 0 < counts["accepted"] == sandbox.state.stats()["tasks"]
    assert results.loc[results["status"] == "queued", "sent_at"].isna().all()
    assert "90020" in repr(run)
    assert "90020" in run._repr_html_()
    with pytest.raises(IncompleteError, match="90020"):
        run.wait()


def test_a_used_up_month_from_the_first_call_on_is_an_error(
    open_sandbox: Open, connect_to: Connect, staff: Staff
) -> None:
    sandbox = open_sandbox(limits=limited(calls_per_month=0))
    with pytest.raises(QuotaError, match="90020"):
        connect_to(sandbox).plan(staff(sandbox, 40), PERSONAL).send()
    assert sandbox.state.stats()["tasks"] == 0


def test_a_wrong_agent_id_is_an_error_after_few_calls(sandbox: RunningSandbox, ding: DingTalk, staff: Staff) -> None:
    ding._context = dataclasses.replace(ding._context, agent_id=5)
    with pytest.raises(CredentialsError):
        ding.plan(staff(sandbox, 200), PERSONAL).send()
    assert sandbox.state.stats()["calls"] < 25


def test_an_unreachable_server_raises_and_leaves_no_attempt(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff
) -> None:
    plan = ding.plan(staff(sandbox, 40), PERSONAL)
    ding.token()
    sandbox.stop()
    run = plan.send(wait=False)
    for _ in range(2):
        with pytest.raises(UnreachableError):
            run.wait("sent", check=False)
    with pytest.raises(UnreachableError):
        run.wait()
    assert run.state == "stopped"
    assert (run.results()["status"] == "queued").all()
    assert (run.results()["attempts"] == 0).all()
    assert "cannot be reached" in repr(run)


def test_a_token_revoked_while_sending_is_renewed(
    sandbox: RunningSandbox, connect_to: Connect, staff: Staff, agrees: Agrees, clock: VirtualClock
) -> None:
    ding = connect_to(sandbox, latency_s=0.2)
    plan = ding.plan(staff(sandbox, 60), PERSONAL)
    with clock.participating():
        run = plan.send(wait=False)
        for _ in range(4):
            clock.advance(seconds_to_ns(0.5))
            sandbox.state.tokens.revoke()
    agrees(sandbox.base_url, run.wait().results())
    assert run.results()["status"].isin(["delivered", "read"]).all()


def test_stop_drains_calls_under_way_and_leaves_the_rest_queued(
    sandbox: RunningSandbox, connect_to: Connect, staff: Staff, agrees: Agrees, clock: VirtualClock
) -> None:
    plan = connect_to(sandbox, latency_s=0.5).plan(staff(sandbox, 200), PERSONAL)
    with clock.participating():
        run = plan.send(wait=False)
        assert run.state == "running"
        clock.advance(seconds_to_ns(2))
        stopper = threading.Thread(target=run.stop)
        stopper.start()
        stopper.join()
        run.wait("sent", check=False)
    counts = run.results()["status"].value_counts()
    assert run.state == "stopped"
    assert 0 < counts["accepted"] == sandbox.state.stats()["tasks"]
    assert counts["accepted"] + counts["queued"] == 200
    with pytest.raises(IncompleteError, match="stopped by stop"):
        run.wait()
    agrees(sandbox.base_url, run.wait(check=False).results())
    run.stop()
    assert run.state == "stopped"


@pytest.mark.usefixtures("_interruptible")
def test_an_interrupt_of_a_send_drains_records_outcomes_and_is_raised(staff: Staff, agrees: Agrees) -> None:
    sandbox = start(SandboxSettings(users=100))
    with (
        sandbox,
        dingnb.connect(
            app_key=sandbox.settings.app_key,
            app_secret=sandbox.settings.app_secret,
            agent_id=sandbox.settings.agent_id,
            oapi_base_url=sandbox.base_url,
            api_base_url=sandbox.base_url,
        ) as ding,
    ):
        plan = ding.plan(staff(sandbox, 60), PERSONAL)
        timer = threading.Timer(0.7, os.kill, (os.getpid(), signal.SIGINT))
        timer.start()
        with pytest.raises(KeyboardInterrupt) as raised:
            plan.send("payslip")
        timer.join()
        # The variable for the campaign has no value: the only advice is to find it first.
        assert str(raised.value).count("run.resume()") == 1
        assert 'run = ding.campaign("payslip"), then run.resume()' in str(raised.value)
        # IPython shows what this method returns, without frames of dingnb above it.
        shown_in_notebook = vars(raised.value)["_render_traceback_"]()
        assert shown_in_notebook == f"KeyboardInterrupt: {raised.value}".splitlines()
        run = ding.campaign("payslip")
        counts = run.results()["status"].value_counts()
        assert run.state == "interrupted"
        assert "The cell that was sending was interrupted" in repr(run)
        assert counts["queued"] > 0
        assert counts["accepted"] > 0
        assert counts["accepted"] + counts["queued"] == 60
        agrees(sandbox.base_url, run.wait(check=False).results())
        assert plan.send("payslip").state == "finished"


class BrokenError(Exception):
    pass


@pytest.mark.parametrize("name", ["send", "accept"])
def test_an_unexpected_error_is_raised_and_leaves_outcomes_unknown(
    sandbox: RunningSandbox, connect_to: Connect, staff: Staff, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    # There is no other way to cause an internal error.
    def broken(*_: object) -> None:
        message = "a bug"
        raise BrokenError(message)

    where = "dingnb.api.work_notifications.send" if name == "send" else "dingnb.ledger.sending.attempts.mark_accepted"
    plan = connect_to(sandbox, latency_s=0.5).plan(staff(sandbox, 100), PERSONAL)
    monkeypatch.setattr(where, broken)
    run = plan.send(wait=False)
    with pytest.raises(BrokenError, match="a bug"):
        run.wait()
    results = run.results()
    assert run.state == "interrupted"
    assert set(results["status"].astype(str)) == {"unknown", "queued"}
    assert results.loc[results["status"] == "unknown", "reason"].str.contains("BrokenError: a bug").all()


def test_two_campaigns_at_once_share_one_pace(
    open_sandbox: Open, connect_to: Connect, staff: Staff, agrees: Agrees
) -> None:
    sandbox = open_sandbox(users=400)
    ding = connect_to(sandbox, latency_s=0.2)
    frame = staff(sandbox, 300)
    runs = [ding.plan(half, PERSONAL).send(wait=False) for half in (frame[:150], frame[150:])]
    agrees(sandbox.base_url, pd.concat([run.wait().results() for run in runs]))
    assert sandbox.state.stats()["throttled"] == 0


def test_few_calls_fetch_all_outcomes_of_10_000_equal_texts(
    open_sandbox: Open, connect_to: Connect, staff: Staff, agrees: Agrees
) -> None:
    sandbox = open_sandbox(users=10_400)
    run = connect_to(sandbox, latency_s=0.15).plan(staff(sandbox, 10_000), dingnb.text("hi")).send().wait()
    agrees(sandbox.base_url, run.results())
    assert run.results()["evidence"].eq("result").all()
    assert sandbox.state.stats()["calls_counted"] <= 205


@pytest.mark.parametrize(
    "given",
    [
        {"until": "seen"},
        {"until": ["read"]},
        {"share": 1.5},
        {"share": -1},
        {"share": "a"},
        {"share": float("nan")},
        {"timeout_s": -1},
        {"timeout_s": float("nan")},
        {"timeout_s": "1"},
        {"timeout_s": []},
        {"timeout_s": ""},
    ],
    ids=str,
)
def test_invalid_arguments_of_wait_raise(
    given: dict[str, Any], sandbox: RunningSandbox, ding: DingTalk, staff: Staff
) -> None:
    run = ding.plan(staff(sandbox, 2), dingnb.text("hi")).send()
    with pytest.raises(InputError, match="cannot be") as caught:
        run.wait(**given)
    assert all(f'until="{until}"' in caught.value.hint for until in ("sent", "delivered", "read", "answered"))


@pytest.mark.parametrize("timeout_s", [None, float("inf"), 100, np.int64(100)])
def test_a_wait_ends_when_everything_is_known(
    timeout_s: float | None, sandbox: RunningSandbox, ding: DingTalk, staff: Staff, clock: VirtualClock
) -> None:
    run = ding.plan(staff(sandbox, 2), dingnb.text("hi")).send()
    began_ns = clock.monotonic_ns()
    assert run.wait(timeout_s=timeout_s) is run
    assert clock.monotonic_ns() - began_ns < seconds_to_ns(10)
    assert run.results()["read"].notna().all()


def test_a_timeout_ends_the_wait_and_not_the_campaign(
    sandbox: RunningSandbox, connect_to: Connect, staff: Staff, clock: VirtualClock
) -> None:
    plan = connect_to(sandbox, latency_s=0.2).plan(staff(sandbox, 200), PERSONAL)
    with clock.participating():
        began_ns = clock.monotonic_ns()
        run = plan.send(wait=False)
        run.wait(timeout_s=3)
        assert seconds_to_ns(2.5) <= clock.monotonic_ns() - began_ns < seconds_to_ns(6)
        assert run.state == "running"
        run.wait("sent", check=False)
    assert run.state == "finished"
    assert (run.results()["status"] != "queued").all()


def test_a_campaign_shows_its_state_in_both_languages_and_nothing_secret(
    open_sandbox: Open, connect_to: Connect, staff: Staff
) -> None:
    sandbox = open_sandbox()
    ding = connect_to(sandbox)
    run = ding.plan(staff(sandbox, 5), dingnb.text("hi")).send("<b>name").wait()
    for language, word in (("en", "finished"), ("zh", "已完成")):
        dingnb.set_language(language)
        text, html = repr(run), run._repr_html_()
        assert word in text
        assert word in html
        assert "<b>" not in html
        for secret in (sandbox.settings.app_secret, sandbox.settings.app_key, ding.token().reveal()):
            assert secret not in text + html


def test_an_error_is_reported_when_the_results_cannot_be_read(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff, clock: VirtualClock
) -> None:
    run = ding.plan(staff(sandbox, 5), dingnb.text("hi")).send()
    clock.advance(seconds_to_ns(5))
    sandbox.stop()
    with pytest.raises(DingError):
        run.refresh()
    with pytest.raises(DingError):
        run.wait()
    assert (run.results()["status"] == "accepted").all()


class Silent(BaseAdapter):
    """A route without answers."""

    def send(self, *_: Any, **__: Any) -> requests.Response:
        raise requests.ReadTimeout

    def close(self) -> None:
        pass


def test_a_token_that_cannot_be_renewed_leaves_no_unknown_outcomes(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff
) -> None:
    plan = ding.plan(staff(sandbox, 30), PERSONAL)
    ding.token()
    ding._transport._session.mount(API, Silent())
    sandbox.state.tokens.revoke()
    run = plan.send(wait=False)
    with pytest.raises(NoAnswerError):
        run.wait("sent", check=False)
    assert (run.results()["status"] == "queued").all()
    assert run.state == "stopped"
    assert sandbox.state.stats()["tasks"] == 0
