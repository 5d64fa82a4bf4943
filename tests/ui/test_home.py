"""The home page of the studio: which campaigns it lists, and how they are opened."""

from collections.abc import Callable

import pytest

import dingnb
from dingnb.calls.context import OPERATOR_VARIABLE
from dingnb.client import DingTalk
from dingnb.clock import VirtualClock
from dingnb.sandbox import RunningSandbox
from tests.ui.steps import is_shown, people
from tests.ui.test_studio import press, step_of, words_of

Connect = Callable[..., DingTalk]


def test_tests_are_listed_only_on_demand(office: RunningSandbox, ding: DingTalk) -> None:
    plan = ding.plan(people(office, 3), dingnb.text("number {{ n }}"))
    tests = [plan.test("manager01", label).name for label in range(3)]
    form = ding.studio()
    assert not form.home.campaigns
    assert form.home.tests.description == "Show tests (3)"
    plan.send("real")
    press(form, form.home.new)
    press(form, form.to_home)
    assert list(form.home.campaigns) == ["real"]
    press(form, form.home.tests)
    assert set(form.home.campaigns) == {"real", *tests}
    assert form.home.tests.description == "Hide tests (3)"
    press(form, form.home.campaigns[tests[0]].view)
    assert form.results is not None
    assert form.results.run.name == tests[0]
    press(form, form.to_home)
    press(form, form.home.tests)
    assert list(form.home.campaigns) == ["real"]


def test_without_tests_there_is_no_button_for_them(office: RunningSandbox, ding: DingTalk) -> None:
    ding.plan(people(office, 3), dingnb.text("hi")).send("real")
    assert not is_shown(ding.studio().home.tests)


def test_an_unfinished_campaign_is_opened_from_its_notice(
    office: RunningSandbox, connect_to: Connect, clock: VirtualClock
) -> None:
    ding = connect_to(office, latency_s=0.2)
    for name in ("first", "second"):
        with clock.participating():
            run = ding.plan(people(office, 60), dingnb.text(f"{name} {{{{ n }}}}")).send(name, wait=False)
            run.stop()
            run.wait("sent", check=False)
    form = ding.studio()
    shown_links = [link.description for link in form.home.unfinished if is_shown(link)]
    assert shown_links == ["View “second”", "View “first”"]
    press(form, form.home.unfinished[1])
    assert step_of(form) == "results"
    assert form.results is not None
    assert form.results.run.name == "first"


def test_who_sends_a_campaign_is_listed_from_the_start(
    office: RunningSandbox, connect_to: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(OPERATOR_VARIABLE, "ann@laptop")
    ding = connect_to(office)
    ding.plan(people(office, 3), dingnb.text("number {{ n }}")).send("long")
    campaigns = ding.campaigns
    # As between the record of the campaign and its first call.
    monkeypatch.setattr(ding, "campaigns", lambda: campaigns().assign(state="running", sent_by=float("nan")))
    form = ding.studio()
    assert "Sent byann@laptop" in words_of(form.home.campaigns["long"].cells)
