"""The results form by its widgets: the funnel, tiles, filters, pages, and details of a person."""

import re
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

import dingnb
from dingnb.campaigns.campaign import view_of
from dingnb.campaigns.campaign_view import CampaignView
from dingnb.campaigns.results.campaign_results import CampaignResults, Snapshot
from dingnb.campaigns.results.result_texts import status_name
from dingnb.campaigns.status import STATUSES
from dingnb.client import DingTalk
from dingnb.clock import VirtualClock, seconds_to_ns
from dingnb.errors import ColumnError, LedgerError
from dingnb.ledger import SqliteLedger
from dingnb.sandbox import RunningSandbox
from dingnb.ui.kit.theme import ICONS, style_sheet
from dingnb.ui.results.form import results_inside
from dingnb.ui.results.tiles import tone_of
from dingnb.ui.run.form import RunForm
from dingnb.ui.run.model import RunModel
from dingnb.words import Language, set_language
from tests.ui.results_steps import (
    PERSONAL,
    choose,
    export,
    finished_campaign,
    open_details,
    opened,
    rows,
    tiles,
    type_in,
)
from tests.ui.steps import (
    HOSTILE,
    assert_harmless,
    is_off,
    is_shown,
    pages,
    people,
    read,
    run_button,
    watch_focus,
    words,
)

Connect = Callable[..., DingTalk]
Open = Callable[..., RunningSandbox]


def mixed(office: RunningSandbox, n: int) -> pd.DataFrame:
    """Return a number of people, with an unknown person and a row without a userid."""
    frame = people(office, n).assign(name=[f"员工{at}" for at in range(n)])
    more = pd.DataFrame({"userid": ["nobody_here", None], "n": [98, 99], "name": ["Nobody", "<b>Blank</b>"]})
    return pd.concat([frame, more], ignore_index=True)


def steps(html: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for item in html.split('<div role="listitem">')[1:]:
        first, *_, last = item.partition("</div>")[0].split("</span>")[:-1]
        label, value = (read(widget).text for widget in (first, last))
        found[label] = value
    return found


def test_somebody_whom_the_directory_calls_otherwise_is_shown_with_both_names(
    office: RunningSandbox, ding: DingTalk
) -> None:
    staff = people(office, 3)
    known = ding.people(everybody=True).set_index("userid")["name"]
    real, right = known[staff["userid"][1]], known[staff["userid"][2]]
    run = finished_campaign(ding, staff.assign(name=["张三丰", "张三丰", right]))
    form = opened(run)
    both = f"{real} (“张三丰” in the list)"
    assert both in words(form)
    assert f"{right} (" not in words(form)
    # Also of a directory that is read while the results are open.
    office.state.change_person(staff["userid"][2], {"name": "李莫愁"})
    ding.people(everybody=True, refresh=True)
    form.model.reload()
    form.wait()
    assert f"李莫愁 (“{right}” in the list)" in words(form)
    type_in(form, real)
    assert len(rows(form)) == 1
    listed = view_of(run).results.export_frame(readable=True)
    assert listed["Other name in the directory"].tolist() == [known[staff["userid"][0]], real, "李莫愁"]
    open_details(form, 0)
    assert read(form.details.facts.value).text.startswith(both)


def test_the_form_shows_the_funnel_and_results_by_row(office: RunningSandbox, ding: DingTalk) -> None:
    run = finished_campaign(ding, mixed(office, 20))
    form = opened(run)
    counts = run.results()["status"].value_counts()
    have_it = counts["delivered"] + counts["read"]
    assert steps(form.overview.funnel.value) == {
        "Total": "22",
        "Delivered": f"{have_it} · {100 * have_it / 22:.1f}%",
        "Read": f"{counts['read']} · {100 * counts['read'] / 22:.1f}%".replace("0.0%", "0%"),
    }
    assert next(iter(tiles(form).items())) == ("Total", "22")
    assert tiles(form)["Invalid"] == "1 · 4.5%"
    assert rows(form)[0][0] == f"员工0{run.results()['userid'][0]}"
    assert "1–15 of 22" in words(form)
    assert "Run" not in form.code
    assert_harmless(form)


@pytest.mark.parametrize("has_key", [False, True])
def test_all_numbers_of_the_form_agree(
    open_sandbox: Callable[..., RunningSandbox], connect_to: Connect, clock: VirtualClock, *, has_key: bool
) -> None:
    office = open_sandbox(failed_share=0.2, read_share=0.5, read_within_s=60)
    once = mixed(office, 40).assign(n=7)
    # Two rows of each of five people: one message to them, or with a key two.
    frame = pd.concat([once, once.head(5).assign(k=1, n=8 if has_key else 7)], ignore_index=True).fillna({"k": 0})
    ding = connect_to(office)
    run = ding.plan(frame, PERSONAL, key="k" if has_key else None).send("payslip", check=False)
    clock.advance(seconds_to_ns(600))
    form = opened(run.wait(check=False))
    shown = {name: text.split(" · ") for name, text in tiles(form).items()}
    people = {name: int(number) for name, (number, *_) in shown.items()}
    everybody = people.pop("Total")
    assert {"Read", "Unread", "Failed", "Invalid", "Not sent"} <= set(people)
    assert sum(people.values()) == everybody == (47 if has_key else 42)
    funnel = {name: int(text.partition(" ")[0]) for name, text in steps(form.overview.funnel.value).items()}
    assert funnel["Total"] == everybody
    assert funnel["Read"] == people["Read"]
    assert funnel["Delivered"] == people["Read"] + people["Unread"]
    # All shares on the page are of everybody, so these are numbers.
    assert f", {people['Read']} read, of {funnel['Delivered']} delivered" in read(form.overview.reads.value).text
    assert "%" not in form.overview.reads.value
    assert shown["Total"][1:] == ([] if has_key else ["47 rows"])
    # The ledger has one row for two rows with one message, which are no fewer rows of the list.
    later = {name: text.split(" · ") for name, text in tiles(opened(ding.campaign("payslip"))).items()}
    assert {name: int(number) for name, (number, *_) in later.items()} == {**people, "Total": everybody}
    assert "rows" not in str({name: text for name, text in later.items() if name != "Not sent"})
    # So that their numbers stand in line.
    assert len({tile.description.count("\n") for tile in form.tiles.tiles.values() if is_shown(tile)}) == 1
    table = read(repr(form)).text
    for status, tile in form.tiles.tiles.items():
        if not is_shown(tile):
            continue
        tile.click()
        form.wait()
        found = form.model.state.shown.found
        name, number = tile.description.split("\n")[1].removesuffix(" ✓"), int(tile.description.partition("\n")[0])
        assert found == number or f"{found} rows" in tile.description, status
        shown = read(form.people.notice.value).text
        assert f"of {found}" in shown or f"{found} in total" in shown
        assert form.people.export.button.description == f"Export {found} row{'s' * (found != 1)} as Excel"
        if status:
            assert re.search(rf"{name} +{number} ", table, re.IGNORECASE), table
            # Pressing it again shows all rows.
            tile.click()
            form.wait()
            assert form.model.state.shown.status == ""
    offered = {
        action: int(re.sub(r"\D", "", choice.description) or 0) for action, choice in form.actions.buttons.items()
    }
    assert offered["remind"] == people["Unread"]
    assert offered["recall"] == funnel["Delivered"]


def test_the_numbers_come_first_and_the_actions_beside_the_refresh(office: RunningSandbox, ding: DingTalk) -> None:
    form = opened(finished_campaign(ding, mixed(office, 20)))
    shown = [child for child in form.run_form.box.children if is_shown(child) and getattr(child, "value", True)]
    assert shown[:2] == [form.run_form.head, form.tiles.box]
    refresh = run_button(form.run_form, "refresh")
    assert any({refresh, form.actions.buttons["recall"]} <= set(getattr(widget, "children", ())) for widget in shown)


def test_an_unread_message_has_a_neutral_mark(office: RunningSandbox, ding: DingTalk) -> None:
    form = opened(finished_campaign(ding, people(office, 1)))
    assert rows(form)[0][1] == "Unread"
    assert '<div class="dn-icon-letter">Unread' in form.people.table.value
    assert "good" not in str(form.tiles.tiles["delivered"]._dom_classes)
    open_details(form, 0)
    assert "dn-notice-good" not in form.details.facts.value


@pytest.mark.parametrize("is_inside", [False, True])
def test_a_closed_form_reads_no_more_when_its_campaign_changes(
    open_sandbox: Callable[..., RunningSandbox],
    connect_to: Connect,
    clock: VirtualClock,
    monkeypatch: pytest.MonkeyPatch,
    *,
    is_inside: bool,
) -> None:
    office = open_sandbox(failed_share=0.5)
    run = finished_campaign(connect_to(office), people(office, 20))
    followed = RunModel(run, clock)
    form = results_inside(followed, refreshes_after_send=False) if is_inside else opened(run)
    form.wait()
    followed.wait()
    form.close()
    if not is_inside:
        followed.unfollow()
    reads: list[str] = []
    for reader, name in ((CampaignResults, "snapshot"), (CampaignView, "count_refresh_calls")):
        monkeypatch.setattr(reader, name, _noting(reads, getattr(reader, name)))
    run.retry().wait()
    form.wait()
    followed.wait()
    # The model of a form around it still follows the campaign.
    assert set(reads) == ({"count_refresh_calls"} if is_inside else set())


def _noting(calls: list[str], function: Callable[..., Any]) -> Callable[..., Any]:
    def noting(*given: Any, **named: Any) -> Any:
        calls.append(function.__name__)
        return function(*given, **named)

    return noting


def test_every_status_has_a_tile_and_an_icon_of_its_own_tone() -> None:
    sheet = style_sheet()
    for tone in {tone_of(status) for status in STATUSES} - {""}:
        assert f".dn-tile-{tone}::before" in sheet
    for name in ICONS:
        assert f".dn-icon-{name}::before" in sheet


def test_the_shown_rows_are_exported_as_a_workbook(
    office: RunningSandbox, ding: DingTalk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    form = opened(finished_campaign(ding, mixed(office, 20)))
    for query, status, name, userids in (
        ("", "invalid", "payslip-invalid.xlsx", ["nobody_here"]),
        ("no one at all", "", "", []),
        ("员工1", "", "payslip-results-员工1.xlsx", None),
        ("员工1", "delivered", "payslip-unread-员工1.xlsx", None),
    ):
        form.people.clear.click()
        form.wait()
        type_in(form, query)
        if status:
            choose(form, status)
        assert is_shown(form.people.export.button) is bool(name)
        if not name:
            continue
        form.people.export.button.click()
        form.wait()
        assert name in read(form.people.export.outcome.value).text
        written = pd.read_excel(tmp_path / name, dtype=str)
        assert len(written) == form.model.state.shown.found
        if userids is not None:
            assert written["userid"].tolist() == userids
    lines = form.code.splitlines()
    assert 'run.export("payslip-invalid.xlsx", status="invalid", keep=["name"], readable=True)' in lines
    assert 'run.export("payslip-results-员工1.xlsx", text="员工1", keep=["name"], readable=True)' in lines
    form.people.clear.click()
    form.wait()
    form.people.export.button.click()
    form.wait()
    assert "payslip-results.xlsx" in form.code


def test_a_person_has_the_action_that_concerns_their_status(
    open_sandbox: Callable[..., RunningSandbox],
    connect_to: Connect,
    clock: VirtualClock,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    office = open_sandbox(failed_share=0.3, read_share=0.5, read_within_s=60)
    run = finished_campaign(connect_to(office), mixed(office, 40))
    clock.advance(seconds_to_ns(600))
    run.refresh()
    form = opened(run)
    focused = watch_focus(monkeypatch)
    # A retry does not reach those whose userid is wrong.
    actions = {"failed": "retry", "delivered": "remind", "read": "", "rejected": "", "invalid": ""}
    for status, action in actions.items():
        choose(form, status)
        open_details(form, 0)
        assert is_shown(form.details.act) is bool(action)
        if action:
            assert f" ({form.actions_model.offered[action]} people) …" in form.details.act.description
            form.details.act.click()
            assert form.actions_model.state.action == action
            assert focused[-1] is form.actions.buttons[action]


def test_a_campaign_of_two_people_shows_its_history_besides_what_went_wrong(
    office: RunningSandbox, connect_to: Connect
) -> None:
    frame = mixed(office, 5)
    finished_campaign(connect_to(office, operator="ann@laptop"), frame.head(3))
    form = opened(finished_campaign(connect_to(office, operator="bo@desk"), frame))
    assert form.run_form.model.state.failure is None
    shown = read(form.reasons.value).text
    assert "What went wrong" in shown
    assert "Historytime (Beijing)" in shown
    assert shown.count("bo@desk") == 2
    # Once, and not with the progress as well.
    assert form.run_form.outcome.value == ""
    assert_harmless(form)


def test_pages_can_be_turned_and_entered(office: RunningSandbox, ding: DingTalk) -> None:
    form = opened(finished_campaign(ding, people(office, 40)))
    view = form.people
    expected = [f"{userid}" for userid in form.run.results()["userid"]]
    seen = []
    for said, is_last in (("1–15", False), ("16–30", False), ("31–40", True)):
        assert f"{said} of 40" in view.notice.value
        seen += [row[0] for row in rows(form)]
        assert is_off(view.pager.later) is is_last
        assert not view.pager.later.disabled
        view.pager.later.click()
    assert seen == expected
    view.pager.number.set_state({"value": 2})
    assert "16–30 of 40" in view.notice.value
    view.pager.earlier.click()
    assert view.pager.number.value == 1
    assert is_off(view.pager.earlier)
    form.model.turn_to(99)
    assert view.pager.number.value == 3
    assert "of 3" in words(form)


def test_rows_can_be_filtered_by_status_text_or_both(office: RunningSandbox, ding: DingTalk) -> None:
    form = opened(finished_campaign(ding, mixed(office, 20)))
    assert is_off(form.people.clear)
    choose(form, "invalid")
    assert [row[0] for row in rows(form)] == ["Nobodynobody_here"]
    assert not is_off(form.people.clear)
    type_in(form, "员工")
    assert "No rows with this status match “员工”." in words(form)
    assert not is_shown(form.people._list)
    form.people.clear.click()
    form.wait()
    assert form.people.search.value == ""
    assert "1–15 of 22" in words(form)
    for query, found in (("员工1", 11), ("NOBODY", 1), ("no such userid", 1), ("<b>", 1), (" 员工19 ", 1)):
        type_in(form, query)
        assert form.model.state.shown.found == found, query
    type_in(form, "<nowhere>")
    assert "No rows match “<nowhere>”." in words(form)
    assert_harmless(form)


def test_a_tile_leads_to_the_table_where_the_filter_can_be_removed(
    office: RunningSandbox, ding: DingTalk, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = opened(finished_campaign(ding, mixed(office, 20)))
    focused, chip = watch_focus(monkeypatch), form.people.filter
    assert not is_shown(chip)
    form.tiles.tiles["invalid"].click()
    form.wait()
    assert is_shown(chip)
    assert chip.description == "Invalid ×"
    assert focused == [chip]
    chip.click()
    form.wait()
    assert not is_shown(chip)
    assert form.model.state.shown.found == 22
    assert focused == [chip, form.people.people]
    # Everybody's tile, and the same one again, leave the focus where it is.
    for status in ("", "invalid", "invalid"):
        form.tiles.tiles[status].click()
        form.wait()
    assert not is_shown(chip)
    assert focused == [chip, form.people.people, chip]


def test_fast_typing_triggers_one_search_for_the_last_text(office: RunningSandbox, ding: DingTalk) -> None:
    form = opened(finished_campaign(ding, mixed(office, 20)))
    for end in range(1, 5):
        form.people.search.set_state({"value": "员工19"[:end]})
    form.wait()
    [[name, *_]] = rows(form)
    assert name.startswith("员工19")
    assert form.people.search.value == "员工19"


def test_selecting_a_row_shows_all_details(
    office: RunningSandbox, ding: DingTalk, clock: VirtualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    focused = watch_focus(monkeypatch)
    office.state.faults.add("drop_before", path="/asyncsend_v2", nth=1)
    run = finished_campaign(ding, people(office, 3))
    clock.advance(seconds_to_ns(3_600))
    run.refresh()
    form = opened(run)
    results = run.results()
    again = int(results["attempts"].argmax())
    details = open_details(form, again)
    assert f"{results['userid'][again]}: {status_name(results['status'][again], results['read'][again])}" in details
    assert details.count("Unknown: no answer") == 1
    assert details.count("Accepted by DingTalk") == 1
    assert str(results["task_id"][again]) in details
    assert f"number {again}" in details
    assert "What this person got" in details
    other = next(at for at in range(3) if at != again)
    assert open_details(form, other).count("Accepted by DingTalk") == 1
    assert form.people.people.index == other
    form.details.close.click()
    assert not is_shown(form.details.box)
    assert form.people.people.index is None
    assert focused == [form.people.people]


def test_buttons_step_through_details_across_pages(office: RunningSandbox, ding: DingTalk) -> None:
    form = opened(finished_campaign(ding, people(office, 17)))
    form.people.first.click()
    form.wait()
    assert form.model.state.chosen == 0
    assert is_off(form.people.first)
    assert is_off(form.details.earlier)
    form.details.earlier.click()
    assert form.model.state.chosen == 0
    for at in range(1, 17):
        form.details.later.click()
        form.wait()
        assert form.model.state.chosen == at
        assert form.people.people.index == at % 15
        assert form.people.pager.number.value == at // 15 + 1
    assert is_off(form.details.later)
    form.details.later.click()
    assert form.model.state.chosen == 16
    for _ in range(2):
        form.details.earlier.click()
        form.wait()
    assert form.model.state.chosen == 14
    assert form.people.pager.number.value == 1
    assert form.model.state.details is not None


def test_details_of_a_retried_person_show_the_calls_of_both_batches(
    open_sandbox: Callable[..., RunningSandbox], connect_to: Connect
) -> None:
    office = open_sandbox(failed_share=0.5)
    run = finished_campaign(connect_to(office), people(office, 20))
    before = run.results()
    run.retry().wait()
    form = opened(run)
    form.model.turn_to(0)
    at = int(before["status"].eq("failed").to_numpy()[:15].argmax())
    assert open_details(form, at).count("Accepted by DingTalk") == 2
    fine = int((~before["status"].eq("failed")).to_numpy()[:15].argmax())
    assert open_details(form, fine).count("Accepted by DingTalk") == 1


def test_details_show_what_is_unknown(office: RunningSandbox, ding: DingTalk) -> None:
    form = opened(finished_campaign(ding, mixed(office, 3)))
    details = open_details(form, 4)
    assert "<b>Blank</b> · row 4: Not sent" in details
    assert "This row has no userid." in details
    assert "Nothing was sent to this person." in details
    assert "No message was created for this row." in details
    invalid = open_details(form, 3)
    # The reason is said once, and nothing about reading what never arrived.
    assert invalid.count("has no such userid") == 1
    assert "Read" not in invalid
    ding.plan(people(office, 1), dingnb.text("secret {{ n }}")).send("kept", store_content=False).wait()
    details = open_details(opened(ding.campaign("kept")), 0)
    assert "The text was not stored" in details
    assert "secret" not in details
    assert_harmless(form)


@pytest.mark.long
def test_details_and_page_stay_when_results_are_reloaded(office: RunningSandbox, ding: DingTalk) -> None:
    form = opened(finished_campaign(ding, people(office, 40)))
    form.people.pager.later.click()
    open_details(form, 3)
    chosen = form.model.state.chosen
    run_button(form.run_form, "refresh").click()
    form.wait()
    assert (form.model.state.chosen, form.model.state.shown.page) == (chosen, 1)
    assert is_shown(form.details.box)
    form.people.pager.later.click()
    assert form.model.state.chosen is None


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_outcome_of_sending_counts_rows_that_were_not_sent_as_the_tiles_and_the_home_do(
    office: RunningSandbox, ding: DingTalk, request: pytest.FixtureRequest, language: str
) -> None:
    if language == "zh":
        request.getfixturevalue("in_chinese")
    # Two rows of one person, a row without a userid, and one that is excluded.
    rejected = pd.DataFrame({"userid": ["twice", "twice", None], "n": [1, 2, 3]})
    reachable = people(office, 4)
    frame = pd.concat([reachable, rejected, pd.DataFrame({"userid": ["nobody_here"], "n": [4]})], ignore_index=True)
    plan = ding.plan(frame, PERSONAL, exclude=reachable["userid"].tolist()[:1])
    run = plan.send("payslip", check=False)
    form = opened(run)
    said = {"en": "4 of 4 people accepted by DingTalk · 3 not sent", "zh": " · 3 人不发送"}[language]
    assert said in words(form.run_form.notice)
    form.run_form.main_button.click()
    form.wait()
    said = {
        "en": "1 person did not get it · 3 not sent",
        "zh": "1 人未收到 · 3 人不发送",
    }[language]
    for page in (form, opened(ding.campaign("payslip"))):
        assert said in words(page.run_form.notice)
        assert tiles(page)[{"en": "Not sent", "zh": "不发送"}[language]].startswith("3")
    home = words(ding.studio().home.campaigns["payslip"].cells)
    assert {"en": "1 missed it 3 not sent (4 rows)", "zh": "1 未收到 3 不发送（4 行）"}[language] in home


def test_people_excluded_on_purpose_are_no_problem_on_the_tiles(office: RunningSandbox, ding: DingTalk) -> None:
    reachable = people(office, 4)
    excluded = reachable["userid"].tolist()[:2]
    form = opened(ding.plan(reachable, PERSONAL, exclude=excluded).send("excluded"))
    assert tiles(form)["Not sent"] == "2 · 50% · excluded by you"
    assert "dn-says-bad" not in form.people.table.value
    open_details(form, [row[1] for row in rows(form)].index("Not sent"))
    assert "dn-notice-bad" not in form.details.facts.value
    assert "dn-tile-bad" not in form.tiles.tiles["rejected"]._dom_classes
    faulty = pd.concat([reachable, pd.DataFrame({"userid": ["a b"], "n": [4]})], ignore_index=True)
    form = opened(ding.plan(faulty, dingnb.text("{{ n }}!"), exclude=excluded).send("faulty"))
    assert tiles(form)["Not sent"] == "3 · 60% · excluded by you: 2 rows"
    # Only the row with an error is a problem.
    assert form.people.table.value.count("dn-says-bad") == 1
    assert "dn-tile-bad" in form.tiles.tiles["rejected"]._dom_classes


def test_the_outcome_of_sending_says_who_is_known_not_to_have_it(office: RunningSandbox, ding: DingTalk) -> None:
    frame = pd.concat([people(office, 4), pd.DataFrame({"userid": ["nobody_here"], "n": [4]})], ignore_index=True)
    run = ding.plan(frame, PERSONAL).send("payslip", check=False)
    form = opened(run)
    assert "dn-notice-good" in form.run_form.notice.value
    form.run_form.main_button.click()
    form.wait()
    assert "Sent: 5 of 5 people accepted by DingTalk · 4 delivered · 1 person did not get it" in words(
        form.run_form.notice
    )
    assert "dn-notice-good" not in form.run_form.notice.value
    alone = RunForm(RunModel(run, form.model.clock))
    alone.model.wait()
    assert "1 person did not get it" in words(alone.notice)
    run.recall(expect=4)
    for shown in (form.run_form, alone):
        shown.model.reload()
        shown.model.wait()
        assert "accepted by DingTalk" not in words(shown.notice)
        assert "dn-notice-good" not in shown.notice.value
    assert "4 people recalled" in words(alone.notice)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_outcome_of_sending_says_whose_file_is_missing(
    office: RunningSandbox, ding: DingTalk, tmp_path: Path, language: Language
) -> None:
    set_language(language)
    for n in range(2):
        (tmp_path / f"{n}.pdf").write_bytes(b"%PDF-1.4 " + str(n).encode())
    frame = people(office, 5).assign(name=["Ann", "Bo", "Cy", "Di", "Ed"], file=["0.pdf", "1.pdf", None, "3.pdf", ""])
    left_out = frame["userid"].tolist()[4:]
    plan = ding.plan(frame, dingnb.file("{{ file }}", folder=tmp_path), exclude=left_out)
    notice = opened(plan.send("payslip")).run_form.notice
    said = {"en": "Not sent because their file is missing: Cy, Di.", "zh": "因缺少文件未发送：Cy、Di。"}[language]
    assert said in words(notice)
    assert "dn-notice-warn" in notice.value
    assert "dn-notice-good" not in notice.value
    assert "dn-badge-warn" in ding.studio().home.campaigns["payslip"].cells.value
    # Excluded people miss nothing.
    excluded = ding.plan(frame.head(2), dingnb.text("hi {{ name }}"), exclude=frame["userid"].tolist()[:1])
    assert "dn-notice-good" in opened(excluded.send("excluded")).run_form.notice.value


def test_the_next_step_after_sending_is_to_refresh(office: RunningSandbox, ding: DingTalk, clock: VirtualClock) -> None:
    form = opened(ding.plan(people(office, 3), PERSONAL).send("payslip"))
    button = form.run_form.main_button
    assert (button.description, button.button_style) == ("Refresh delivery status (3 calls)", "primary")
    clock.advance(seconds_to_ns(10))
    button.click()
    form.wait()
    assert button.button_style == ""


def test_reads_over_time_are_shown(
    open_sandbox: Callable[..., RunningSandbox], connect_to: Connect, clock: VirtualClock
) -> None:
    office = open_sandbox(read_share=1.0, read_within_s=3_600)
    run = finished_campaign(connect_to(office), people(office, 30), dingnb.text("hi"))
    form = opened(run)
    assert "No confirmed reads yet." in words(form)
    for _ in range(12):
        clock.advance(seconds_to_ns(400))
        run.refresh()
    form.model.reload()
    form.wait()
    chart = form.overview.reads.value
    points = [point.partition(" · ")[2] for point in re.findall("<title>(.*?)</title>", chart)]
    assert len(points) > 2
    assert points[-1] == "30 read"
    read_by = [int(point.removesuffix(" read")) for point in points]
    assert read_by == sorted(read_by)
    assert ", 30 read, of 30 delivered." in read(chart).text
    ticks = re.findall('<text x="([0-9.]+)" y="[0-9.]+" text-anchor="middle">(.*?)</text>', chart)
    # A letter is up to 8 wide in a chart of 480.
    assert all(float(x) + 4 * len(label) <= 480 for x, label in ticks)
    across = [float(position) for position in re.findall('<circle cx="([0-9.]+)"', chart)]
    # The refreshes are 400 s apart, and so are the points; the first is as far from the time of sending.
    apart = {round(after - before) for before, after in pairwise(across)}
    assert max(apart) - min(apart) <= 1


def test_a_recall_does_not_deny_what_was_delivered_and_read(
    open_sandbox: Callable[..., RunningSandbox], connect_to: Connect, clock: VirtualClock
) -> None:
    office = open_sandbox(read_share=0.5, read_within_s=60)
    run = finished_campaign(connect_to(office), people(office, 20))
    clock.advance(seconds_to_ns(600))
    run.refresh()
    read_before = int(run.results()["read"].sum())
    assert 0 < read_before < 20
    run.recall(expect=20)
    form = opened(run)
    assert steps(form.overview.funnel.value) == {
        "Total": "20",
        "Delivered, incl. recalled": "20 · 100%",
        "Read, incl. recalled": f"{read_before} · {5 * read_before}%",
        "Recalled": "20 · 100%",
    }
    # The status says it all.
    assert {tuple(row[1:3]) for row in rows(form)} == {("Recalled", "—")}
    details = open_details(form, 0)
    assert "Recalled after it was sent." in details
    assert "What this person got" in details
    assert "No confirmed deliveries yet" not in words(form)
    assert f"Before the recall: 20 delivered, {read_before} of them read." in words(form)
    assert re.search(r"Delivered, incl. recalled +20 +100%", repr(form))


def test_the_details_name_an_earlier_message_that_was_recalled(
    office: RunningSandbox, ding: DingTalk, clock: VirtualClock
) -> None:
    staff = people(office, 3)
    run = finished_campaign(ding, staff)
    assert "Earlier message" not in open_details(opened(run), 0)
    clock.advance(seconds_to_ns(60))
    run.recall(run.results()["userid"].iloc[:1], expect=1)
    clock.advance(seconds_to_ns(60))
    run = ding.plan(staff, dingnb.text("corrected {{ n }}")).send("payslip", changed="resend")
    form = opened(run)
    details = open_details(form, 0)
    assert re.search(r"Earlier messagesent \d{4}-\d\d-\d\d [0-9:]{8}, recalled \d{4}-\d\d-\d\d [0-9:]{8}", details)
    assert "not recalled: still there" in open_details(form, 1)


def test_after_the_recall_of_most_messages_the_chart_does_not_deny_that_some_were_read(
    open_sandbox: Callable[..., RunningSandbox], connect_to: Connect, clock: VirtualClock
) -> None:
    office = open_sandbox(read_share=0.5, read_within_s=60)
    run = finished_campaign(connect_to(office), people(office, 20))
    clock.advance(seconds_to_ns(600))
    run.refresh()
    results = run.results()
    unread = results.loc[results["status"] == "delivered", "userid"].iloc[:2]
    recalled = results.loc[~results["userid"].isin(unread), "userid"]
    run.recall(recalled, expect=18)
    form = opened(run)
    read_before = int(results["read"].sum())
    assert f"Before the recall: 18 delivered, {read_before} of them read." in words(form)
    assert "Delivered and not recalled: 2; no reads are reported." in words(form)
    assert "No confirmed reads yet" not in words(form)


def test_a_recall_before_the_results_claims_nothing_about_deliveries(office: RunningSandbox, ding: DingTalk) -> None:
    run = ding.plan(people(office, 5), PERSONAL).send("payslip")
    form = opened(run)
    assert "Accepted, unconfirmed" in tiles(form)
    run.recall(expect=5)
    form.model.reload_all()
    form.wait()
    assert steps(form.overview.funnel.value) == {
        "Total": "5",
        "Accepted or delivered, incl. recalled": "5 · 100%",
        "Recalled": "5 · 100%",
    }
    assert "Recalled before its delivery was known." in words(form)
    assert "What was sent to this person" in open_details(form, 0)


def test_the_columns_are_the_same_whatever_the_rows_contain(
    office: RunningSandbox, connect_to: Connect, tmp_path: Path
) -> None:
    def header(ledger: str) -> list[str]:
        ding = connect_to(office, ledger=SqliteLedger(tmp_path / ledger))
        form = opened(finished_campaign(ding, people(office, 10)))
        return re.findall('scope="col"[^>]*>(.*?)</th>', form.people.table.value)

    assert header("one") == ["Person", "Status", "Reason", "Changed"]
    # DingTalk drops the same text.
    assert header("another") == ["Person", "Status", "Reason", "Changed"]


def test_the_outcome_of_an_export_is_cleared_when_other_rows_are_shown(
    office: RunningSandbox, ding: DingTalk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    form = opened(finished_campaign(ding, mixed(office, 10)))
    choose(form, "invalid")
    export(form)
    assert "-invalid.xlsx" in words(form)
    form.model.reload()
    form.wait()
    assert "-invalid.xlsx" in words(form)
    form.tiles.tiles["invalid"].click()
    form.wait()
    assert "-invalid.xlsx" not in words(form)


def test_an_export_keeps_a_file_that_was_changed_since(
    office: RunningSandbox, ding: DingTalk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    form = opened(finished_campaign(ding, people(office, 2)))
    export(form)
    export(form)
    [first] = tmp_path.iterdir()
    first.write_bytes(b"my notes")
    export(form)
    export(form)
    assert first.read_bytes() == b"my notes"
    second = f"{first.stem} (2).xlsx"
    assert {path.name for path in tmp_path.iterdir()} == {first.name, second}
    assert second in words(form)
    assert f'run.export("{second}", readable=True)' in form.code


def test_the_outcome_of_an_export_of_rows_that_are_no_longer_shown_is_not_shown(
    office: RunningSandbox, ding: DingTalk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    form = opened(finished_campaign(ding, mixed(office, 10)))
    read_rows = CampaignResults.export_frame

    def filter_and_read(*args: Any, **keywords: Any) -> pd.DataFrame:
        form.tiles.tiles["invalid"].click()
        form.model.wait()
        return read_rows(*args, **keywords)

    with monkeypatch.context() as patch:
        patch.setattr(CampaignResults, "export_frame", filter_and_read)
        export(form)
    assert len(list(tmp_path.glob("*.xlsx"))) == 1
    assert form.people.export.outcome.value == ""
    export(form)
    assert "-invalid.xlsx" in words(form)


def test_the_failure_of_an_export_is_cleared_when_other_rows_are_shown(
    office: RunningSandbox, ding: DingTalk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    form = opened(finished_campaign(ding, mixed(office, 10)))
    (tmp_path / f"{form.run.name}-results.xlsx").mkdir()
    export(form)
    assert "is a folder" in words(form)
    form.tiles.tiles["invalid"].click()
    form.wait()
    assert form.people.export.outcome.value == ""


def test_a_date_of_the_list_is_shown_without_a_time(office: RunningSandbox, ding: DingTalk) -> None:
    hired = pd.to_datetime(["2026-11-02", None, "2026-11-03"])
    run = ding.plan(people(office, 3).assign(hired=hired), PERSONAL).send("payslip").wait()
    form = opened(run, keep=["hired"])
    userids = run.results()["userid"]
    assert [row[0] for row in rows(form)] == [f"2026-11-02{userids[0]}", userids[1], f"2026-11-03{userids[2]}"]
    type_in(form, "2026-11-03")
    assert len(rows(form)) == 1


def test_of_kept_columns_with_the_same_name_each_is_shown_and_searched(office: RunningSandbox, ding: DingTalk) -> None:
    frame = people(office, 2).assign(site=["上海", "北京"], floor=["三层", "五层"]).rename(columns={"floor": "site"})
    run = ding.plan(frame, PERSONAL).send("payslip").wait()
    form = opened(run, keep=["site"])
    assert rows(form)[1][0].startswith("北京 · 五层")
    type_in(form, "五层")
    assert len(rows(form)) == 1
    exported = view_of(run).results.export_frame(["site"], text="五层", readable=True)
    assert exported["site"].to_numpy().tolist() == [["北京", "五层"]]


def test_columns_to_show_can_be_chosen(office: RunningSandbox, ding: DingTalk) -> None:
    run = finished_campaign(ding, mixed(office, 3))
    assert rows(opened(run, keep=["n", "name"]))[1][0].startswith("1 · 员工1")
    assert rows(opened(run, keep=[]))[1][0] == run.results()["userid"][1]
    for refused in (run.form, run.results):
        with pytest.raises(ColumnError, match="no such"):
            refused(keep="no such")


def test_a_stopped_campaign_counts_whom_it_has_not_reached(
    open_sandbox: Open, connect_to: Connect, clock: VirtualClock
) -> None:
    office = open_sandbox(failed_share=0.5)
    with clock.participating():
        ding = connect_to(office, latency_s=0.3)
        run = ding.plan(people(office, 60), PERSONAL).send("payslip", wait=False)
        form = run.form()
        clock.advance(seconds_to_ns(2))
        form.run_form.stop_button.click()
        form.wait()
        accepted = run.progress.accepted
        clock.advance(seconds_to_ns(60))
        run_button(form.run_form, "refresh").click()
        form.wait()
    failed = int((run.results()["status"] == "failed").sum())
    assert 0 < failed < accepted
    outcome = f"{accepted - failed} delivered · {failed} people did not get it"
    assert f"Stopped: {accepted} of 60 people accepted by DingTalk · {outcome}" in words(form)
    # The call was accepted, although the message did not arrive.
    assert ding.campaigns().loc[0, ["accepted", "failed"]].tolist() == [accepted, 0]


def test_a_campaign_opened_by_name_says_that_repeated_rows_are_one(office: RunningSandbox, ding: DingTalk) -> None:
    once = people(office, 5)
    run = ding.plan(pd.concat([once, once.head(2)], ignore_index=True), dingnb.text("hi")).send("payslip").wait()
    merged = "If a person is in several rows of the list with the same message, they are one row here."
    assert "7 in total" in words(opened(run))
    assert merged not in words(opened(run))
    found = opened(ding.campaign("payslip"))
    assert f"5 in total {merged}" in words(found)
    ding.plan(once, dingnb.text("nobody is twice in this list")).send("once").wait()
    assert merged not in words(opened(ding.campaign("once")))


def test_messages_to_one_person_are_told_apart_by_their_key(office: RunningSandbox, ding: DingTalk) -> None:
    once = people(office, 2).assign(name="Ann", seat=["A1", "A2"])
    frame = pd.concat([once, once.head(1).assign(n=7, seat="B7")], ignore_index=True)
    run = ding.plan(frame, PERSONAL, key="seat").send("seats").wait()
    for form in (opened(run), opened(ding.campaign("seats"))):
        assert [
            row[0].partition(userid)[0] for row, userid in zip(rows(form), run.results()["userid"], strict=True)
        ] == [
            "Ann · A1",
            "Ann · A2",
            "Ann · B7",
        ]
        assert [label.partition(" · ")[2][:2] for label, _ in form.people.people.options] == ["A1", "A2", "B7"]
        assert "Ann · B7" in open_details(form, 2)
    # A key that has the name of a result would be in the way.
    run = ding.plan(frame.rename(columns={"seat": "code"}), PERSONAL, key="code").send("codes").wait()
    assert rows(opened(run))[0][0].startswith("Ann0")


def test_the_summary_of_problems_marks_that_it_names_only_some(ding: DingTalk) -> None:
    frame = pd.DataFrame({"userid": ["no1", "no2", "no3", "no4"]})
    four = words(opened(ding.plan(frame, dingnb.text("hi")).send("four", check=False).wait(check=False)).reasons)
    assert "Rows and people" in four
    assert "no1, no2, no3 and others" in four
    three = words(
        opened(ding.plan(frame.head(3), dingnb.text("ho")).send("three", check=False).wait(check=False)).reasons
    )
    assert "no1, no2, no3" in three
    assert "others" not in three
    # Four rows, of three people.
    frame = pd.DataFrame({"userid": ["no1", "no2", "no3", "no3"]})
    repeated = words(opened(ding.plan(frame, dingnb.text("hey")).send("rows", check=False).wait(check=False)).reasons)
    assert "4no1, no2, no3" in repeated
    assert "others" not in repeated


def test_past_and_stopped_campaigns_are_shown(office: RunningSandbox, connect_to: Connect, clock: VirtualClock) -> None:
    with clock.participating():
        plan = connect_to(office, latency_s=0.3).plan(people(office, 60), PERSONAL)
        run = plan.send("payslip", wait=False)
        form = run.form()
        clock.advance(seconds_to_ns(2))
        assert "More actions once sending stops." in words(form)
        form.run_form.stop_button.click()
        form.wait()
    assert 0 < form.model.state.snapshot.counts["queued"] < 60
    assert is_shown(form.run_form.main_button)
    found = connect_to(office).campaign("payslip").form()
    found.wait()
    assert "1–15 of 60" in words(found)
    found.run_form.main_button.click()
    found.wait()
    assert "queued" not in found.model.state.snapshot.counts
    assert found.code.splitlines() == [
        "# Before you run this, set ding to the connected app.",
        'run = ding.campaign("payslip")',
        "run.resume()",
    ]


@pytest.mark.long
def test_a_past_campaign_shows_rejected_rows_as_the_session_that_sent_it(
    office: RunningSandbox, ding: DingTalk
) -> None:
    frame = mixed(office, 20).set_axis(pd.RangeIndex(2, 24, name="line"))
    sent, found = opened(finished_campaign(ding, frame)), opened(ding.campaign("payslip"))
    assert tiles(found) == tiles(sent)
    assert tiles(found)["Total"] == "22"
    assert tiles(found)["Not sent"] == "1 · 4.5%"
    assert "Not sentThis row has no userid." in words(found.reasons)
    assert steps(found.overview.funnel.value) == steps(sent.overview.funnel.value)
    for form in (sent, found):
        assert "not counted" not in words(form)
        assert "Export 22 rows" in words(form)
        choose(form, "rejected")
        assert [label for label, _ in form.people.people.options] == ["<b>Blank</b> · row 23"]
        details = open_details(form, 0)
        assert "row 23" in details
        assert "This row has no userid." in details
        assert_harmless(form)


def test_the_rejected_rows_of_a_person_are_told_apart(office: RunningSandbox, ding: DingTalk) -> None:
    staff = people(office, 5)
    frame = pd.concat([staff, staff.head(1).assign(n=8), staff.head(1).assign(n=9)])
    frame = frame.set_axis(pd.RangeIndex(2, 9, name="line"))
    sent, found = opened(finished_campaign(ding, frame)), opened(ding.campaign("payslip"))
    userid = staff["userid"].iloc[0]
    for form in (sent, found):
        assert (tiles(form)["Total"], tiles(form)["Not sent"]) == ("5 · 7 rows", "1 · 20% (3 rows)")
        choose(form, "rejected")
        assert [label for label, _ in form.people.people.options] == [f"{userid} · row {row}" for row in (2, 7, 8)]


def test_a_past_campaign_of_several_lists_does_not_call_its_people_one_list(
    office: RunningSandbox, ding: DingTalk
) -> None:
    frame = mixed(office, 20)
    finished_campaign(ding, frame)
    finished_campaign(ding, frame.tail(12))
    assert tiles(opened(ding.campaign("payslip")))["Total"] == "22"


def test_details_are_of_the_rows_that_are_shown_while_another_list_is_being_read(
    office: RunningSandbox, ding: DingTalk
) -> None:
    frame = people(office, 8)
    form = opened(finished_campaign(ding, frame[2:]))
    finished_campaign(ding, frame)
    before = form.model.view
    with form.run_model.results_lock:
        form.model.reload()
        while form.model.view is before:
            time.sleep(0.01)
        form.people.people.set_state({"index": 0})
        while not (shown := read(form.details.preview.value).text):
            time.sleep(0.01)
    assert "number 2" in shown
    form.wait()
    form.close()


def test_a_search_that_ends_after_another_list_was_read_finds_the_rows_of_that_list(
    office: RunningSandbox, ding: DingTalk, monkeypatch: pytest.MonkeyPatch
) -> None:
    frame = people(office, 40)
    form = opened(finished_campaign(ding, frame[2:]))
    finished_campaign(ding, frame)
    before, find = form.model.state.snapshot, Snapshot.find

    def find_slowly(snapshot: Snapshot, status: str, query: str) -> Any:
        found = find(snapshot, status, query)
        if snapshot is before:
            form.model.reload()
            while form.model.state.snapshot is before:
                time.sleep(0.01)
        return found

    monkeypatch.setattr(Snapshot, "find", find_slowly)
    form.model.turn_to(1)
    userid = frame["userid"][5]
    type_in(form, userid)
    shown = form.model.state.shown
    assert form.model.state.snapshot.frame["userid"].iloc[shown.positions].tolist() == [userid]
    assert (shown.page, shown.total) == (0, 40)
    assert form.model.recall_of_found.who == (userid,)


def test_a_campaign_of_an_earlier_version_does_not_count_rejected_rows_and_says_so(
    office: RunningSandbox, ding: DingTalk
) -> None:
    finished_campaign(ding, mixed(office, 20))
    with ding._ledger.transaction() as db:
        db.execute("DELETE FROM rejected_rows")
        db.execute("UPDATE campaigns SET rejected = NULL")
    form = opened(ding.campaign("payslip"))
    funnel = form.overview.funnel.value
    assert steps(funnel)["Total"] == "21"
    for said in (read(funnel).text, repr(form)):
        assert "Rows rejected by the check are not counted" in said
    assert "Rows rejected by the check were not sent" in form.run.report().page


@pytest.mark.long
def test_results_are_reloaded_while_sending(office: RunningSandbox, connect_to: Connect, clock: VirtualClock) -> None:
    with clock.participating():
        run = connect_to(office, latency_s=0.2).plan(people(office, 200), PERSONAL).send("payslip", wait=False)
        form = run.form()
        accepted = []
        for _ in range(4):
            clock.advance(seconds_to_ns(2.5))
            accepted.append(form.model.state.snapshot.counts.get("accepted", 0))
        form.wait()
    assert accepted == sorted(set(accepted))
    assert form.model.state.snapshot.counts == {"accepted": 200}


def test_a_temporarily_missing_ledger_is_reported_and_the_results_stay(
    office: RunningSandbox, ding: DingTalk, monkeypatch: pytest.MonkeyPatch
) -> None:
    form = opened(finished_campaign(ding, people(office, 20)))

    def broken(*_: Any, **__: Any) -> None:
        what, hint = "The ledger is <gone>.", "Bring it back."
        raise LedgerError(what, hint)

    with monkeypatch.context() as for_now:
        for_now.setattr(CampaignResults, "snapshot", broken)
        form.model.reload()
        form.wait()
        assert "The ledger is <gone>.Bring it back." in words(form)
        assert "1–15 of 20" in words(form)
        assert_harmless(form)
    with monkeypatch.context() as for_now:
        for_now.setattr(CampaignResults, "trace", broken)
        open_details(form, 1)
        assert "The ledger is <gone>" in words(form)
    form.model.reload()
    form.wait()
    assert "The ledger is" not in words(form)


@pytest.mark.long
def test_hostile_names_texts_and_labels_do_no_harm(office: RunningSandbox, ding: DingTalk) -> None:
    frame = people(office, len(HOSTILE)).assign(name=HOSTILE, n=HOSTILE).set_axis(HOSTILE)
    rejected = pd.DataFrame({"userid": HOSTILE, "name": HOSTILE, "n": HOSTILE}, index=HOSTILE)
    form = opened(finished_campaign(ding, pd.concat([frame, rejected])))
    for page in range(2):
        form.model.turn_to(page)
        for row in range(len(rows(form))):
            open_details(form, row)
            assert_harmless(form)
    for text in HOSTILE:
        type_in(form, text)
        assert_harmless(form)


def test_a_saved_notebook_is_readable_text_without_secrets(
    office: RunningSandbox, ding: DingTalk, find_secrets: Callable[[str], list[str]]
) -> None:
    form = opened(finished_campaign(ding, people(office, 3)))
    open_details(form, 1)
    assert find_secrets("\n".join(pages(form))) == []
    bundle = form._repr_mimebundle_()
    form.wait()
    for kept in (bundle["text/plain"], read(bundle["text/html"]).text):
        for word in ("Campaign payslip", "SANDBOX", "Delivery funnel", "Delivery status"):
            assert word in kept
    assert "Run this cell" not in bundle["text/html"]


def test_the_form_shows_live_mode_of_its_app(office: RunningSandbox, live: DingTalk) -> None:
    run = live.plan(people(office, 2), PERSONAL).send("payslip", expect=2)
    assert "LIVE" in words(opened(run))


def test_the_names_of_exported_files_are_in_the_language_of_the_form(
    office: RunningSandbox, ding: DingTalk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    dingnb.set_language("zh")
    form = opened(finished_campaign(ding, people(office, 3)))
    for status in ("", "delivered"):
        if status:
            choose(form, status)
        form.people.export.button.click()
        form.wait()
    assert {path.name for path in tmp_path.glob("*.xlsx")} == {"payslip-结果.xlsx", "payslip-未读.xlsx"}
