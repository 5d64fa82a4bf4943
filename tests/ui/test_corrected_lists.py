"""A campaign that is continued with a corrected list shows the same people everywhere."""

from collections.abc import Callable

import pandas as pd
import pytest

import dingnb
from dingnb.client import DingTalk, deliveries_of
from dingnb.clock import VirtualClock, seconds_to_ns
from dingnb.sandbox import RunningSandbox
from dingnb.ui.plan.form import PlanForm
from dingnb.ui.results.form import ResultsForm
from dingnb.ui.studio.form import StudioForm
from dingnb.words import say, set_language
from tests.ui.results_steps import act, choose_action, opened, rows, tiles
from tests.ui.steps import check, press_send, sends, type_into, upload, words

Open = Callable[..., RunningSandbox]
Connect = Callable[..., DingTalk]

BONUS = dingnb.text("Bonus {{ bonus }}")


@pytest.fixture
def staff(office: RunningSandbox) -> pd.DataFrame:
    """Return four people with their bonuses."""
    users = [user for user in office.state.users() if user["active"]][:4]
    return pd.DataFrame(
        {
            "userid": [user["userid"] for user in users],
            "name": [user["name"] for user in users],
            "bonus": [1000, 2000, 3000, 4000],
            "city": "Hangzhou",
        }
    )


@pytest.fixture
def wrong(staff: pd.DataFrame) -> pd.DataFrame:
    """Return the list before it is corrected: two rows have no userid, and one that nobody has."""
    frame = staff.copy()
    frame.loc[frame.index[:2], "userid"] = None
    stranger = pd.DataFrame({"userid": ["nobody99"], "name": ["Li Si"], "bonus": [5000], "city": ["Hangzhou"]})
    return pd.concat([frame, stranger], ignore_index=True)


def wait(form: StudioForm) -> None:
    form.model.wait()
    form.model.home.wait()


def send(form: StudioForm, frame: pd.DataFrame, clock: VirtualClock) -> None:
    """Check another list, send it under the same name, and fetch the results."""
    form.model.compose.replace_frame(frame, lambda name, _app: [f"{name} = staff"])
    form.model.go("check")
    wait(form)
    form.model.go("send")
    plan = form.compose.plan_form
    plan.model.wait()
    type_into(plan.sending.name, "bonus")
    plan.model.wait()
    press_send(plan)
    assert plan.model.run is not None, plan.model.state.failure
    plan.model.run.wait()
    wait(form)
    clock.advance(seconds_to_ns(120))
    plan.model.run.refresh()
    plan.model.run.wait()


def studio_with(ding: DingTalk, clock: VirtualClock, *frames: pd.DataFrame) -> StudioForm:
    """Return a studio that has sent lists under one name."""
    form = ding.studio(frames[0])
    for path, text in (("title", "Bonus"), ("text", "Your bonus is {{ bonus }}.")):
        type_into(form.compose.field(path).input, text)
    wait(form)
    for frame in frames:
        send(form, frame, clock)
    return form


def results_of(form: StudioForm) -> ResultsForm:
    """Return the results that the home page opens."""
    form.to_home.click()
    wait(form)
    form.home.campaigns["bonus"].view.click()
    wait(form)
    assert form.results is not None
    form.results.wait()
    return form.results


def shown_people(results: ResultsForm) -> dict[str, str]:
    """Return the status of each person by name."""
    snapshot = results.model.state.snapshot
    assert snapshot is not None
    return dict(zip(snapshot.frame["name"], snapshot.frame["status"].astype(str), strict=True))


@pytest.mark.long
def test_the_home_opens_the_campaign_as_the_corrected_list_left_it(
    ding: DingTalk, clock: VirtualClock, staff: pd.DataFrame, wrong: pd.DataFrame
) -> None:
    form = studio_with(ding, clock, wrong)
    assert list(shown_people(results_of(form)).values()).count("rejected") == 2
    send(form, staff, clock)
    results = results_of(form)
    assert shown_people(results) == {**dict.fromkeys(staff["name"], "delivered"), "Li Si": "invalid"}
    plan = results.model.run.remind(dingnb.text("Please read it"), refresh=False)
    assert plan.people == 4
    assert "not in this plan" not in words(results)


def test_a_person_of_the_list_before_who_did_not_get_it_stays_on_the_page(
    ding: DingTalk, clock: VirtualClock, staff: pd.DataFrame, wrong: pd.DataFrame
) -> None:
    form = studio_with(ding, clock, wrong, staff)
    form.model.go("results")
    wait(form)
    results = form.results
    assert results is not None
    results.wait()
    assert tiles(results)["Invalid"].startswith("1")
    assert tiles(results)["Total"] == "5"
    assert "5 of 5 people accepted by DingTalk · 4 delivered · 1 person did not get it" in words(results)
    assert deliveries_of(ding, ["bonus"])[0].missed == 1
    assert shown_people(results) == shown_people(opened(ding.campaign("bonus")))
    # Code has the rows of its list.
    assert len(form.run.results()) == len(staff)
    assert 'run = ding.campaign("bonus")\nrun.refresh()' in form.code


def test_a_list_with_everybody_keeps_all_its_columns_in_the_results(
    ding: DingTalk, clock: VirtualClock, staff: pd.DataFrame
) -> None:
    form = studio_with(ding, clock, staff.head(2), staff)
    results = results_of(form)
    assert list(results.model.view.results.row_map.frame.columns) == list(staff.columns)
    assert tiles(results)["Total"] == "4"


def test_open_results_follow_a_list_that_was_sent_elsewhere(
    ding: DingTalk, clock: VirtualClock, staff: pd.DataFrame, wrong: pd.DataFrame
) -> None:
    run = ding.plan(wrong, BONUS).send("bonus")
    form = opened(run, keep=["name", "city"])
    form.model.choose(2)
    form.wait()
    assert form.model.state.details is not None
    ding.plan(staff, BONUS).send("bonus")
    clock.advance(seconds_to_ns(120))
    ding.campaign("bonus").refresh()
    form.run_model.poll()
    form.wait()
    form.model.wait()
    assert shown_people(form) == {**dict.fromkeys(staff["name"], "delivered"), "Li Si": "invalid"}
    # The row at this position is of another person.
    assert form.model.state.details is None
    assert form.run is run
    assert len(run.results()) == len(wrong)


def test_open_results_say_who_keeps_an_earlier_text_once_that_was_chosen_elsewhere(
    office: RunningSandbox, ding: DingTalk, clock: VirtualClock, staff: pd.DataFrame
) -> None:
    form = opened(ding.plan(staff, BONUS).send("bonus"))
    assert "with an earlier version" not in words(form)
    clock.advance(seconds_to_ns(5))
    sent = sends(office)
    ding.plan(staff, dingnb.text("Your bonus is {{ bonus }}.")).send("bonus", changed="skip")
    assert sends(office) == sent
    clock.advance(seconds_to_ns(5))
    form.run_model.poll()
    form.wait()
    assert "4 people with an earlier version" in words(form)


@pytest.mark.long
def test_results_of_a_list_whose_rejected_rows_were_taken_out_no_longer_show_them(
    ding: DingTalk, clock: VirtualClock, staff: pd.DataFrame
) -> None:
    stranger = staff.tail(1).assign(userid=None, name="Li Si")
    form = studio_with(ding, clock, pd.concat([staff, stranger], ignore_index=True))
    assert "Li Si" in shown_people(results_of(form))
    ding.plan(staff, dingnb.markdown(title="Bonus", text="Your bonus is {{ bonus }}.")).send("bonus")
    assert set(shown_people(results_of(form))) == set(staff["name"])


def test_rows_that_are_totals_or_notes_are_not_counted_as_people(
    ding: DingTalk, clock: VirtualClock, staff: pd.DataFrame
) -> None:
    totals = pd.DataFrame(
        {
            "userid": ["合计", "备注", None, None],
            "name": ["", "", "Li Si", "合计"],
            "bonus": [10_000, 0, 1, 10_000],
        }
    )
    run = ding.plan(pd.concat([staff, totals], ignore_index=True), BONUS).send("bonus")
    clock.advance(seconds_to_ns(120))
    run.refresh()
    for campaign in (run, ding.campaign("bonus")):
        page = opened(campaign)
        assert tiles(page)["Total"] == "5 · 8 rows"
        assert tiles(page)["Not sent"] == "1 · 20% (4 rows)"
        assert "4 of 4 people accepted by DingTalk · 4 delivered · 1 not sent" in words(page.run_form.notice)
        assert campaign.summary().loc["rejected", "people"] == 1
        report = campaign.report()
        assert "5 people, 1 missed" in repr(report)
        assert "合计" not in report.to_html()
        assert "Not listed: 3 rows with totals, notes or column names." in report.to_html()
    deliveries = deliveries_of(ding, ["bonus"])[0]
    assert (deliveries.rejected, deliveries.rejected_rows) == (1, 4)
    cells = words(ding.studio().home.campaigns["bonus"].cells)
    assert "1 not sent (4 rows)" in cells
    assert "4 of 5 in the list" in cells


def test_rows_of_nobody_are_counted_as_rows_and_are_no_problem(
    ding: DingTalk, clock: VirtualClock, staff: pd.DataFrame
) -> None:
    total = pd.DataFrame({"userid": ["合计"], "name": [""], "bonus": [10_000]})
    frame = pd.concat([staff, total], ignore_index=True)
    plan_form = check(ding.compose(frame, BONUS))
    assert "Not sent1 row" in words(plan_form)
    assert "dn-figure-bad" not in plan_form.facts.value
    run = ding.plan(frame, BONUS).send("bonus")
    clock.advance(seconds_to_ns(120))
    run.refresh()
    page = opened(run)
    assert tiles(page)["Not sent"] == "1 row"
    assert "dn-tile-bad" not in page.tiles.tiles["rejected"]._dom_classes


def test_before_it_is_decided_the_people_with_another_text_are_named_and_the_figures_are_of_what_is_sent_now(
    ding: DingTalk, staff: pd.DataFrame
) -> None:
    ding.plan(staff.head(3), BONUS).send("bonus")
    corrected = staff.assign(bonus=[1000, 2001, 3001, 4000])
    form = ding.plan(corrected, BONUS).form()
    type_into(form.sending.name, "bonus")
    form.model.wait()
    told = words(form)
    assert "sending now to 1 to 3 of them: choose below whether those who were sent a different text" in told
    assert "≤ 3" in told
    listed = words(form.sending.forecast)
    assert "Show 2 rows" in listed
    assert [name in listed for name in staff["name"]] == [False, True, True, False]
    form.model.choose_changed("skip")
    assert "sending now to 1 of them" in words(form)
    assert "to send to the 1 left; 4 for the whole plan" in words(form)
    form.model.choose_changed("resend")
    assert "sending now to 3 of them" in words(form)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_draft_of_a_correction_is_listed_with_the_campaign_that_it_corrects(
    ding: DingTalk, staff: pd.DataFrame, language: str
) -> None:
    set_language(language)
    ding.plan(staff.head(3), BONUS).send("bonus")
    form = ding.studio()
    form.home.campaigns["bonus"].view.click()
    wait(form)
    form.model.open("message")
    wait(form)
    type_into(form.compose.field("content").input, "Corrected {{ bonus }}")
    wait(form)
    form.model.draft_saver.wait()
    other = ding.drafts.save("Other", "text", {"content": "Hello"})
    home = ding.studio().home
    said = {"en": "correction of “bonus”", "zh": "“bonus”的更正"}[language]
    assert len(home.drafts) == 2
    assert [said in words(draft.headline) for draft in home.drafts.values()] == [False, True]
    ding.drafts.drop(other.name)
    offered = ding.compose(staff).drafts
    assert offered is not None
    assert said in words(offered.notice)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_check_of_a_correction_says_in_which_step_its_choice_is(
    ding: DingTalk, staff: pd.DataFrame, language: str
) -> None:
    set_language(language)
    ding.plan(staff.head(3), BONUS).send("bonus")
    form = ding.studio()
    form.home.campaigns["bonus"].view.click()
    wait(form)
    form.model.open("recipients")
    wait(form)
    corrected = staff.assign(bonus=[1000, 2001, 3001, 4000])
    upload(form.upload.file, "bonus.csv", corrected.to_csv(index=False).encode())
    wait(form)
    form.model.go("check")
    wait(form)
    form.compose.plan_form.model.wait()
    said = {
        "en": "sending now to 1 to 3 of them: choose in the step “Send” whether those who were sent a different text",
        "zh": "现在发送给其中 1–3 人：已发送过不同正文的人是否再发新正文，请在“发送”步骤选择",
    }[language]
    assert said in words(form.compose.plan_form)
    form.model.go("send")
    wait(form)
    # On that step itself, the choice is below the figure.
    here = {"en": "now to 1 to 3 of them: choose below whether", "zh": "是否再发新正文，请在下方选择"}[language]
    assert here in words(form.compose.plan_form.send_area)


def test_the_people_who_are_absent_from_the_list_are_not_among_those_of_it_who_are_sent_to(
    ding: DingTalk, staff: pd.DataFrame
) -> None:
    form = ding.plan(staff, BONUS).form()
    type_into(form.sending.name, "bonus")
    form.model.wait()
    assert form.model.sent_range == (4, 4)
    ding.plan(staff.tail(2), BONUS).send("bonus")
    form.model.refresh_forecast()
    form.model.wait()
    assert form.model.sent_range == (2, 2)
    assert "sending now to 2 of them" in words(form)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_results_say_who_keeps_an_earlier_text(
    ding: DingTalk, clock: VirtualClock, staff: pd.DataFrame, language: str
) -> None:
    set_language(language)
    said = {"en": "the new one was not sent", "zh": "变更后的内容未发送"}[language]
    ding.plan(staff.head(3), BONUS).send("bonus")
    corrected = staff.assign(bonus=[1000, 2001, 3000, 4000])
    run = ding.plan(corrected, BONUS).send("bonus", changed="skip")
    clock.advance(seconds_to_ns(120))
    run.refresh()
    assert run.results()["hint"].fillna("").str.contains(said).tolist() == [False, True, False, False]
    form = opened(run)
    assert [said in " ".join(row) for row in rows(form)] == [False, True, False, False]
    form.model.choose(1)
    form.wait()
    assert said in words(form.details.box)
    # What the count calls it finds them.
    snapshot = form.model.state.snapshot
    assert snapshot is not None
    found = snapshot.find("", {"en": "earlier version", "zh": "之前的内容"}[language])
    assert found is not None
    assert found.tolist() == [1]
    kept = {"en": "1 person with an earlier version", "zh": "1 人保留之前的内容"}[language]
    assert kept in words(opened(ding.campaign("bonus")))
    assert run.missed().empty
    # Who gets the new one has no other any more.
    run = ding.plan(corrected, BONUS).send("bonus", changed="resend")
    assert run.results()["hint"].isna().all()
    # What may be sent after a recall is no reason.
    clock.advance(seconds_to_ns(120))
    run.refresh()
    run.recall(expect=4)
    assert run.results()["hint"].notna().any()
    assert all(row[2] == "—" for row in rows(opened(run)))


def test_who_keeps_an_earlier_text_is_shown_with_the_values_of_that_text_beside_people_of_other_lists(
    ding: DingTalk, clock: VirtualClock, staff: pd.DataFrame, wrong: pd.DataFrame
) -> None:
    ding.plan(wrong, BONUS).send("bonus")
    run = ding.plan(staff.assign(bonus=[1000, 2000, 3001, 4000]), BONUS).send("bonus", changed="skip")
    clock.advance(seconds_to_ns(120))
    run.refresh()
    snapshot = opened(run, keep=["name", "bonus"]).model.state.snapshot
    assert snapshot is not None
    rows = snapshot.frame.set_index("name")
    assert dict(zip(rows.index, rows["bonus"].astype(int), strict=True)) == {
        **dict(zip(staff["name"], staff["bonus"], strict=True)),
        "Li Si": 5000,
    }
    told = rows["hint"].map(str).str.contains("the new one was not sent")
    assert told[told].index.tolist() == [staff["name"][2]]


@pytest.mark.long
@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_campaign_with_a_key_that_is_continued_without_it_says_so_under_its_name(
    ding: DingTalk, staff: pd.DataFrame, language: str
) -> None:
    set_language(language)
    invoices = pd.concat([staff, staff.head(1)], ignore_index=True)
    invoices = invoices.assign(invoice=["A1", "A2", "A3", "A4", "A5"], line=range(5))
    note = dingnb.markdown(title="Invoice", text="Please pay {{ invoice }}.")
    ding.plan(invoices, note, key="line").send("due")
    form = ding.studio()
    form.home.campaigns["due"].view.click()
    wait(form)
    form.model.open("recipients")
    wait(form)
    more = pd.concat([invoices.drop(index=4), staff.tail(1).assign(invoice="A6", line=6)], ignore_index=True)

    def check(frame: pd.DataFrame) -> PlanForm:
        upload(form.upload.file, "invoices.csv", frame.to_csv(index=False).encode())
        wait(form)
        form.model.go("check")
        wait(form)
        form.model.go("send")
        form.compose.plan_form.model.wait()
        return form.compose.plan_form

    plan = check(more.iloc[:4].drop(columns="line"))
    assert plan.sending.name.value == "due"
    shown = words(plan.sending.forecast)
    if language == "zh":
        assert '群发任务 due 发送时以 "line" 为区分字段，而此名单没有区分字段。' in shown
        assert "请在“区分字段（同一人有多行时）”中选择此任务发送时的列。" in shown
    else:
        said = 'Campaign due was sent with the unique key "line", but this list is checked with no unique key.'
        assert said in shown
        assert (
            "Under “Unique key (several rows per person)”, choose the column with which the campaign was sent." in shown
        )
    assert not plan.model.can_send
    # A list with the column is checked with it, and goes on: only the new message is sent.
    form.model.go("recipients")
    plan = check(more)
    assert form.compose.recipients.key.label == "line"
    assert plan.sending.name.value == "due"
    assert plan.model.sent_range == (1, 1)


@pytest.fixture
def lines(ding: DingTalk, staff: pd.DataFrame) -> pd.DataFrame:
    """Return a list with several rows of one person, whose first rows were sent with a key."""
    frame = pd.concat([staff, staff.head(1)], ignore_index=True).assign(line=range(5))
    note = dingnb.markdown(title="Invoice", text="Please pay line {{ line }}.")
    ding.plan(frame.head(3), note, key="line").send("due")
    return frame


def test_a_list_of_the_notebook_is_checked_with_the_key_of_the_campaign_that_it_continues(
    ding: DingTalk, lines: pd.DataFrame
) -> None:
    form = ding.studio(lines)
    form.model.view_campaign("due")
    form.model.open("recipients")
    wait(form)
    assert form.compose.recipients.key.label == "line"
    # The user may choose otherwise.
    type_into(form.compose.recipients.key, -1)
    form.model.open("message")
    wait(form)
    assert form.model.compose.state.recipient_choice.key == -1


def test_a_list_that_was_set_aside_is_checked_with_the_key_of_the_campaign_that_it_continues(
    ding: DingTalk, lines: pd.DataFrame
) -> None:
    form = ding.studio()
    form.model.start_new()
    upload(form.upload.file, "invoices.csv", lines.to_csv(index=False).encode())
    wait(form)
    assert form.model.compose.state.recipient_choice.key == -1
    form.model.view_campaign("due")
    form.model.open("recipients")
    wait(form)
    assert form.model.list_set_aside is not None
    form.use_list.click()
    wait(form)
    assert form.compose.recipients.key.label == "line"


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_recall_first_says_who_keeps_the_earlier_text_and_counts_its_calls(
    office: RunningSandbox, ding: DingTalk, staff: pd.DataFrame, language: str
) -> None:
    set_language(language)
    office.state.faults.add("drop_after", path="/asyncsend_v2", nth=1)
    run = ding.plan(staff, BONUS).send("bonus").wait()
    form = ding.plan(staff, dingnb.text("Correct bonus {{ bonus }}")).form()
    type_into(form.sending.name, "bonus")
    form.model.wait()
    undecided = {
        "en": "4 for the whole plan, 3 to recall the earlier ones first if you choose to",
        "zh": "整个计划为 4 次；若选择先撤回，还需 3 次",
    }
    assert undecided[language] in words(form)
    without_recall = {
        "en": ("Calls without the recall≤ ", "Time without the recall"),
        "zh": ("接口调用（不含撤回）≤ ", "预计用时（不含撤回）"),
    }
    assert all(said in words(form) for said in without_recall[language])
    label = {
        "en": "they then have only the new one, except 1 person from whom the earlier one cannot be recalled",
        "zh": "他们的手机上只留新的一份，但有 1 人的已发送消息无法撤回",
    }
    assert label[language] in form.sending.changed.options[2][0]
    form.model.choose_changed("recall")
    told = words(form)
    for said in {
        "en": (
            "after the recall, sent to 3 of them",
            "3 to recall, 3 to send; 4 for the whole plan",
            "For those who still have the earlier one then (at most 1 person), choose here again.",
        ),
        "zh": (
            "撤回后发送给其中 3 人",
            "撤回 3 次，发送 3 次；整个计划为 4 次",
            "届时仍保留原消息的人（最多 1 人），需在此处再次选择。",
        ),
    }[language]:
        assert said in told
    assert {"en": "Calls63 to", "zh": "接口调用6撤回"}[language] in told
    assert not any(said in told for said in without_recall[language])
    run.recall(expect=3)
    form.model.refresh_forecast()
    form.model.wait()
    forecast = form.model.state.forecast
    assert forecast is not None
    assert (forecast.missed, forecast.changed, forecast.replaceable) == (3, 1, "")


@pytest.mark.usefixtures("bare_environment")
def test_an_earlier_text_that_a_lost_call_may_have_delivered_is_not_promised_to_be_recalled(
    open_sandbox: Open, connect_to: Connect
) -> None:
    office = open_sandbox(task_done_after_s=600)
    ding = connect_to(office)
    users = [user["userid"] for user in office.state.users() if user["active"]][:4]
    staff = pd.DataFrame({"userid": users, "bonus": [1000, 2000, 3000, 4000]})
    office.state.faults.add("drop_after", path="/asyncsend_v2", nth=1)
    ding.plan(staff, BONUS).send("bonus")
    forecast = ding.plan(staff, dingnb.text("Correct bonus {{ bonus }}")).forecast("bonus")
    assert (forecast.changed, forecast.replaceable) == (4, "all")
    assert (forecast.not_replaceable, forecast.perhaps_replaceable, forecast.people_after_recall) == (0, 1, 3)


@pytest.mark.usefixtures("bare_environment")
@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_recall_of_two_texts_tells_people_from_messages_and_agrees_with_the_tiles_and_the_home_page(
    open_sandbox: Open, connect_to: Connect, clock: VirtualClock, language: str
) -> None:
    set_language(language)
    office = open_sandbox(failed_share=0.5, read_share=0.5)
    ding = connect_to(office)
    users = [user["userid"] for user in office.state.users() if user["active"]][:12]
    staff = pd.DataFrame({"userid": users, "bonus": range(12)})
    results = []
    for message in (BONUS, dingnb.text("Correct bonus {{ bonus }}")):
        run = ding.plan(staff, message).send("bonus", changed="resend", check=False).wait(check=False)
        clock.advance(seconds_to_ns(3_600))
        run.refresh()
        results.append(run.results())
    held = [frame["status"].isin(["delivered", "read"]) for frame in results]
    readers = int((results[0]["status"].eq("read") | results[1]["status"].eq("read")).sum())
    people, messages = int((held[0] | held[1]).sum()), int(held[0].sum() + held[1].sum())
    only_earlier, missed_all = held[0] & ~held[1], int((~held[0] & ~held[1]).sum())
    assert only_earlier.any()
    assert readers > int(results[1]["status"].eq("read").sum())
    page = opened(run)
    choose_action(page, "recall")
    told = words(page.actions.description)
    for said in {
        "en": (
            f"This recalls the message from {people} people in {messages} calls.",
            f"With all texts that were sent to them, these are {messages} messages.",
            f"{readers} people had already read at least one of their messages.",
        ),
        "zh": (
            f"将撤回：{people} 人，共 {messages} 次调用。连同先后发送的各份内容，共 {messages} 条消息。",
            f"其中 {readers} 人至少已读过一条。",
        ),
    }[language]:
        assert said in told
    act(page, "recall")
    names = {"en": ("Recalled", "Failed"), "zh": ("已撤回", "失败")}[language]
    counted = tiles(page)
    assert counted[names[0]].split(" · ")[0] == str(people)
    assert counted.get(names[1], "0").split(" · ")[0] == str(missed_all)
    assert all(sent["recalled"] for sent in office.state.messages())
    deliveries = deliveries_of(ding, ["bonus"])[0]
    assert (deliveries.recalled, deliveries.missed) == (people, missed_all)
    assert {str(reason) for reason in run.results()["reason"][only_earlier]} == {say("recall.earlier_recalled")}


@pytest.mark.usefixtures("bare_environment")
def test_a_recall_from_some_whom_the_later_text_did_not_reach_leaves_them_to_be_sent_it_again(
    open_sandbox: Open, connect_to: Connect
) -> None:
    office = open_sandbox(failed_share=0.5)
    ding = connect_to(office)
    users = [user["userid"] for user in office.state.users() if user["active"]][:12]
    staff = pd.DataFrame({"userid": users, "bonus": range(12)})
    earlier = ding.plan(staff, BONUS).send("bonus", check=False).wait(check=False).results()
    run = ding.plan(staff, dingnb.text("Correct bonus {{ bonus }}")).send("bonus", changed="resend", check=False)
    later = run.wait(check=False).results()
    who = later.loc[later["status"].eq("failed") & earlier["status"].isin(["delivered", "read"]), "userid"].tolist()
    run.recall(who, expect=len(who))
    assert run.results().set_index("userid").loc[who, "status"].tolist() == ["failed"] * len(who)
