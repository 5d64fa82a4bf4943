"""Closing the cards of a campaign: no further answers count, and each card is disabled for everybody."""

import _thread
import dataclasses
from collections.abc import Callable

import pandas as pd
import pytest

import dingnb
from dingnb.calls.background import Background
from dingnb.campaigns.campaign import Campaign, view_of
from dingnb.campaigns.status import State
from dingnb.client import DingTalk
from dingnb.clock import VirtualClock, seconds_to_ns
from dingnb.display import ProgressBar
from dingnb.errors import AccessError, ApiError, IncompleteError, InputError
from dingnb.ledger.campaigns import actions
from dingnb.ledger.cards import Poll
from dingnb.ledger.sending import calls
from dingnb.limits import STANDARD
from dingnb.messages.cards import FORM, MARKDOWN_AND_BUTTONS
from dingnb.sandbox import RunningSandbox
from tests.campaign_rows import open_cards
from tests.card_presses import YES_NO, press, record_cards
from tests.sandbox.card_client import BUTTONS

CLOSED = {"tips": "已关闭", "sys_full_json_obj": '{"msgButtons":[]}'}
POLL = Poll(YES_NO.buttons, answer_variable="tips", closed_data=CLOSED)
PEOPLE = ["manager0001", "manager0002", "manager0003"]


@pytest.fixture
def run(ding: DingTalk) -> Campaign:
    return ding.plan(pd.DataFrame({"userid": PEOPLE}), dingnb.text("Hello {{ userid }}")).send("team-day")


def deliver(ding: DingTalk, card: str, userid: str) -> None:
    ding.call(
        "/v1.0/card/instances/createAndDeliver",
        {
            "cardTemplateId": BUTTONS,
            "outTrackId": card,
            "callbackType": "STREAM",
            "cardData": {"cardParamMap": {"title": "团建", "markdown": "来吗？"}},
            "openSpaceId": f"dtv1.card//IM_ROBOT.{userid}",
            "imRobotOpenSpaceModel": {"supportForward": False},
            "imRobotOpenDeliverModel": {"spaceType": "IM_ROBOT", "robotCode": ding.app.app_key},
        },
    )


def shown(ding: DingTalk, card: str) -> dict[str, str]:
    assert ding.sandbox is not None
    found = ding.sandbox.state.cards.find(card)
    assert found is not None
    return dict(found.public)


def used(run: Campaign) -> int:
    context = run._context
    with context.ledger.connection() as db:
        return calls.count_used(db, context.realm, context.now_ns())


def left(run: Campaign) -> list[str]:
    with run._context.ledger.connection() as db:
        return open_cards(db, run._number)


def test_all_cards_are_disabled_and_keep_their_other_variables(
    ding: DingTalk, run: Campaign, capsys: pytest.CaptureFixture[str]
) -> None:
    card = record_cards(run, POLL)
    for userid in PEOPLE:
        deliver(ding, card[userid], userid)
    before = used(run)
    assert run.close() is run
    assert [shown(ding, card[who]) for who in PEOPLE] == [{"title": "团建", "markdown": "来吗？", **CLOSED}] * 3
    assert left(run) == []
    assert used(run) - before == 3
    ding._log.answers.record([press(card[PEOPLE[0]], PEOPLE[0], "yes")])
    assert run.answers()["answer"].isna().all()
    capsys.readouterr()
    run.close()
    assert "No card is left to disable" in capsys.readouterr().out
    assert used(run) - before == 3
    with run._context.ledger.connection() as db:
        assert [action.action for action in actions.of_campaign(db, run._number)].count(actions.CLOSED) == 1


def test_a_card_that_does_not_exist_is_reported_and_the_others_are_disabled(ding: DingTalk, run: Campaign) -> None:
    card = record_cards(run, POLL)
    for userid in PEOPLE[1:]:
        deliver(ding, card[userid], userid)
    with pytest.raises(ApiError) as caught:
        run.close()
    assert caught.value.code == "param.cardNotExist"
    assert left(run) == [card[PEOPLE[0]]]
    deliver(ding, card[PEOPLE[0]], PEOPLE[0])
    run.close()
    assert left(run) == []


def test_a_card_to_several_people_is_one_card_to_disable(ding: DingTalk) -> None:
    run = ding.plan(pd.DataFrame({"userid": PEOPLE}), dingnb.text("Hello")).send("team-day")
    record_cards(run, POLL)
    with pytest.raises(ApiError):
        run.close()
    assert "Not disabled yet: 1 card. run.close() disables them." in repr(run)
    assert view_of(run).results.answers().people_to_disable_for == 3


def test_without_variables_that_disable_it_no_call_is_made(run: Campaign, capsys: pytest.CaptureFixture[str]) -> None:
    record_cards(run)
    before = used(run)
    run.close()
    assert used(run) == before
    assert "further answers do not count" in capsys.readouterr().out
    assert repr(run).count("not receiving answers") == 0


def test_once_the_cards_are_closed_nothing_advises_to_continue(
    sandbox: RunningSandbox, connect_to: Callable[..., DingTalk], staff: Callable[..., pd.DataFrame]
) -> None:
    limits = dataclasses.replace(STANDARD, calls_per_month=1)
    question = dingnb.card("T", "Coming?", buttons={"yes": "Yes"})
    run = connect_to(sandbox, limits=limits).plan(staff(sandbox, 3), question).send("team-day", check=False)
    assert "Continue next month" in run.reason
    assert run.results()["hint"].dropna().unique().tolist() == [
        "Continue next month; or, if your edition allows more, use connect(limits=...) with a higher calls_per_month."
    ]
    connect_to(sandbox).campaign("team-day").close()
    again = connect_to(sandbox).campaign("team-day")
    assert run.reason.endswith("the limit is 1; no further call was made.")
    assert again.reason.endswith("at most 4,998 calls can be made now.")
    for closed in (run, again):
        assert "Continue next month" not in repr(closed)
        hints = closed.results()["hint"][1:].unique().tolist()
        assert hints == [
            "Its cards are closed, so people who have not received a card will not get one under this name."
        ]


def test_once_the_cards_are_closed_nothing_offers_to_send_again_to_people_with_unknown_outcome(
    sandbox: RunningSandbox, ding: DingTalk, staff: Callable[..., pd.DataFrame]
) -> None:
    question = dingnb.card(title="Team day", text="{{ n }}, coming?", buttons={"yes": "Yes"})
    sandbox.state.faults.add("drop_after", path="/createAndDeliver", nth=list(range(2, 100)))
    run = ding.plan(staff(sandbox, 12), question).send("coming", check=False)
    sandbox.state.faults.clear()
    assert run.results()["status"].value_counts()["unknown"] == 10
    assert run.results()["hint"].str.contains("Run the cell again").any()
    run.close()
    unknown = run.results().query("status == 'unknown'")
    assert unknown["hint"].unique().tolist() == [
        'Ask the person, then record your decision with run.resolve("delivered") or run.resolve("leave").'
    ]
    form = run.form()
    form.wait()
    form.actions.buttons["resolve"].click()
    description = form.actions.description.value
    assert "Resume first" not in description
    form.actions_model.choose_how("resend")
    assert form.actions_model.people == 0
    assert "None of them can be sent again under this name." in form.actions.description.value


def test_a_campaign_that_is_being_sent_is_not_closed(run: Campaign, monkeypatch: pytest.MonkeyPatch) -> None:
    record_cards(run)
    monkeypatch.setattr(Campaign, "state", State.RUNNING)
    with pytest.raises(InputError, match="still being sent"):
        run.close()


@pytest.mark.parametrize("is_opened_by_name", [False, True])
def test_closing_is_stopped_by_any_object_and_continued(
    sandbox: RunningSandbox,
    connect_to: Callable[..., DingTalk],
    staff: Callable[..., pd.DataFrame],
    clock: VirtualClock,
    capsys: pytest.CaptureFixture[str],
    *,
    is_opened_by_name: bool,
) -> None:
    question = dingnb.card(title="Team day", text="{{ n }}, coming?", buttons={"yes": "Yes"})
    run = connect_to(sandbox, latency_s=0.2).plan(staff(sandbox, 100), question).send("coming")
    found = connect_to(sandbox).campaign("coming") if is_opened_by_name else run
    with clock.participating():
        closing = Background(clock, run.close, lambda: None)
        clock.advance(seconds_to_ns(2))
        capsys.readouterr()
        found.stop()
        assert "Not disabled yet: " in capsys.readouterr().out
        with pytest.raises(IncompleteError, match=r"Closing was stopped\. Disabled: \d+ of 100 cards\."):
            closing.join()
    assert 0 < len(left(run)) < 100
    run.close()
    assert left(run) == []
    capsys.readouterr()
    found.stop()
    said = "Everything has been sent already: there is nothing to stop. Closed; answers are no longer accepted.\n"
    assert capsys.readouterr().out == said


@pytest.mark.usefixtures("_interruptible")
@pytest.mark.long
def test_an_interrupted_cell_that_closes_the_cards_says_how_far_it_came(
    sandbox: RunningSandbox,
    connect_to: Callable[..., DingTalk],
    staff: Callable[..., pd.DataFrame],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    question = dingnb.card(title="Team day", text="{{ n }}, coming?", buttons={"yes": "Yes"})
    run = connect_to(sandbox, latency_s=0.2).plan(staff(sandbox, 60), question).send("coming")
    show = ProgressBar.show

    def show_and_interrupt(bar: ProgressBar, text: str, share: float) -> None:
        show(bar, text, share)
        if 0.2 < share < 0.9:
            monkeypatch.undo()
            _thread.interrupt_main()

    monkeypatch.setattr(ProgressBar, "show", show_and_interrupt)
    with pytest.raises(KeyboardInterrupt, match=r"Interrupted\. Disabled: \d+ of 60 cards\. Run the cell again"):
        run.close()
    assert 0 < len(left(run)) < 60
    run.close()
    assert left(run) == []


def test_without_the_permission_only_one_card_is_tried(
    open_sandbox: Callable[..., RunningSandbox], connect_to: Callable[..., DingTalk]
) -> None:
    sandbox = open_sandbox(missing_permissions=["Card.Instance.Write"])
    run = connect_to(sandbox).plan(pd.DataFrame({"userid": PEOPLE}), dingnb.text("Hello {{ userid }}")).send("team-day")
    record_cards(run, POLL)
    with pytest.raises(AccessError):
        run.close()
    assert [call["path"] for call in sandbox.state.recorded_calls()].count("/v1.0/card/instances") == 1


@pytest.mark.parametrize("sent_before", [0, 1])
def test_each_card_is_disabled_by_its_own_template_also_if_it_was_sent_with_a_later_list(
    sandbox: RunningSandbox, ding: DingTalk, staff: Callable[..., pd.DataFrame], *, sent_before: int
) -> None:
    people = staff(sandbox, 3)
    sandbox.state.faults.add("month", path="/createAndDeliver", nth=list(range(sent_before + 1, 9)))
    coming = dingnb.card("Team day", "{{ n }}, coming?", buttons={"yes": "Yes"})
    ding.plan(people[:2], coming).send("team-day", check=False)
    sandbox.state.faults.clear()
    lunch = dingnb.survey("Team day", "{{ n }}?", fields=[{"name": "lunch", "label": "Lunch", "type": "TEXT"}])
    run = ding.plan(people.iloc[[0, 2]], lunch).send("team-day", changed="skip", absent="send")
    run.close()
    templates = [MARKDOWN_AND_BUTTONS if sent_before else FORM, MARKDOWN_AND_BUTTONS, FORM]
    cards_of = [sandbox.state.cards.list_delivered_to(userid) for userid in people["userid"]]
    assert [card.template_id for delivered in cards_of for card in delivered] == [template.id for template in templates]
    for (card,), template in zip(cards_of, templates, strict=True):
        filled = {name for name in (template.title, template.text, template.submit) if name}
        assert {**template.others, **template.closed} == {
            name: value for name, value in card.public.items() if name not in filled
        }
