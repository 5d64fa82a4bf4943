"""The home page of the studio: the campaigns, the drafts, and a button for a new campaign."""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

import ipywidgets as widgets

from dingnb.campaigns.results.delivery_statistics import share_text
from dingnb.campaigns.status import State
from dingnb.campaigns.stored_campaigns import DeliverySummary
from dingnb.ui.compose.drafts import correction_text, is_named_after_time, title_of
from dingnb.ui.kit import parts
from dingnb.ui.kit.form import ViewPoller, button, row, set_available, show_if, stack, toggle_class, update
from dingnb.ui.kit.lists import NumberedPager, Pager, set_children, update_entries
from dingnb.ui.kit.model import Failure
from dingnb.ui.kit.parts import short
from dingnb.ui.studio.home_model import CUT_SHORT, CampaignSummary, DraftSummary, HomeState
from dingnb.ui.studio.model import StudioModel
from dingnb.words import capitalize, count, in_form, listed_briefly, say

if TYPE_CHECKING:
    from dingnb.ui.kit.form import Form

_WELCOME_STEPS = {"recipients": "everybody", "message": "letter", "check": "good", "results": "clock"}
"""The icons of the steps that the empty page explains."""

_TONES: dict[State, parts.Tone] = {
    State.PAUSED: "warn",
    State.STOPPED: "warn",
    State.INTERRUPTED: "warn",
}

_STATES = (State.RUNNING, State.PAUSED, State.INTERRUPTED, State.STOPPED, State.FINISHED)
"""The states by which campaigns can be filtered."""


class HomeView:
    """
    The widgets of the home page.

    Args:
        form: The form that contains them.
        studio: The model of the studio.
    """

    def __init__(self, form: "Form", studio: StudioModel) -> None:
        self._form, self._studio = form, studio
        home = studio.home
        self.notice, self.intro, self._header, self._drafts_heading = (widgets.HTML() for _ in range(4))
        self.new, self.sample, self.resume = button(), button(), button(css_class="dn-link")
        self.restore_draft, self.tests = button(css_class="dn-link"), button(css_class="dn-link")
        self.unfinished: dict[str, UnfinishedRow] = {}
        self._unfinished = stack([])
        self.campaigns: dict[str, CampaignRow] = {}
        self.drafts: dict[str, DraftRow] = {}
        self._campaigns, self._drafts = stack([], "dn-list"), stack([], "dn-list")
        self.pager = NumberedPager(form, home.turn_to)
        self.drafts_pager = Pager(form, lambda by: home.turn_drafts_to(home.state.drafts_page + by))
        self._start = stack([self.intro, row([self.new, self.sample, self.resume])])
        self.search, self.listed_state = widgets.Text(), widgets.Dropdown(options=[("", "")], value="")
        for widget in (self.search, self.listed_state):
            widget.add_class("dn-third")
        self.found = widgets.HTML()
        self._filter = stack([row([self.search, self.listed_state], "dn-align-end"), self.found])
        listed = [self._filter, self._header, self._campaigns, self.pager.box, row([self.tests])]
        self._campaigns_section = stack(listed, "dn-list-box")
        self._drafts_section = stack([self._drafts_heading, self._drafts, self.drafts_pager.box, self.restore_draft])
        sections = [self._campaigns_section, self._drafts_section]
        self.box = stack([self.notice, self._unfinished, self._start, *sections], "dn-home")
        self._poller = ViewPoller(home.clock, self.box, home.poll)
        form.on_click(self.new, studio.start_new)
        form.on_click(self.sample, studio.use_sample)
        form.on_click(self.resume, lambda: studio.go(studio.state.step))
        form.on_click(self.restore_draft, self._restore_draft)
        form.on_click(self.tests, home.toggle_tests)
        form.on_change(self.search, home.search)
        form.on_change(self.listed_state, lambda chosen: home.list_only(State(chosen) if chosen else None))

    def render(self, state: HomeState) -> None:
        """Show the lists."""
        studio = self._studio
        failure = studio.state.failure or state.failure or state.read_failure
        is_reading = studio.is_busy
        notice = _notice(state, failure, is_reading=is_reading)
        update(self.notice, value=parts.status(notice) if failure is None else notice)
        show_if(bool(notice), self.notice)
        # The primary action is to open a campaign that was cut short, to resume it; a stopped one may stay as it is.
        cut_short = (campaign for campaign in state.unfinished if campaign.state in CUT_SHORT)
        to_resume = next((campaign for campaign in cut_short if campaign.should_resume), None)
        new_unfinished = partial(UnfinishedRow, self._form, studio)
        update_entries(self.unfinished, [campaign.name for campaign in state.unfinished], new_unfinished)
        for campaign in state.unfinished:
            self.unfinished[campaign.name].render(campaign, is_primary=campaign is to_resume)
        set_children(self._unfinished, [self.unfinished[campaign.name].box for campaign in state.unfinished])
        show_if(bool(state.unfinished) and failure is None, self._unfinished)
        update(self.intro, value=_welcome(can_practise=studio.can_practise) if state.is_empty else "")
        show_if(state.is_empty, self.intro)
        toggle_class(self._start, "dn-empty", state.is_empty)
        update(self.new, description=say("studio.new"), button_style="" if to_resume else "primary")
        update(self.sample, description=say("studio.sample"))
        show_if(studio.can_practise, self.sample)
        set_available(self.sample, not is_reading, say("studio.sample_loading"))
        update(self.resume, description=say("studio.resume", name=say(f"studio.{studio.state.step}")))
        show_if(studio.has_begun, self.resume)
        has_answers = any(
            campaign.deliveries and campaign.deliveries.answered is not None for campaign in state.on_page
        )
        update(self._header, value=_header(has_answers=has_answers))
        new_campaign = partial(CampaignRow, self._form, studio)
        update_entries(self.campaigns, [campaign.name for campaign in state.on_page], new_campaign)
        for campaign in state.on_page:
            self.campaigns[campaign.name].render(campaign)
        set_children(self._campaigns, [self.campaigns[campaign.name].box for campaign in state.on_page])
        earlier, later = say("form.previous_page"), say("form.next_page")
        self.pager.render(state.page, state.pages, earlier, later, count("campaign", len(state.listed)))
        self._render_filter(state)
        key = "studio.tests_hide" if state.shows_tests else "studio.tests_show"
        update(self.tests, description=say(key, n=state.tests))
        show_if(bool(state.tests), self.tests)
        show_if(bool(state.campaigns or state.tests), self._campaigns_section)
        show_if(bool(state.listed), self._header, self._campaigns)
        note = parts.quiet(say("studio.drafts_note"))
        update(self._drafts_heading, value=parts.heading(say("studio.drafts")) + note)
        update_entries(self.drafts, [draft.name for draft in state.drafts], self._new_draft)
        for draft in state.drafts:
            self.drafts[draft.name].render(draft)
        set_children(self._drafts, [self.drafts[draft.name].box for draft in state.drafts])
        self.drafts_pager.render(state.drafts_page, state.drafts_pages, count("draft", state.draft_count))
        if state.deleted:
            update(self.restore_draft, description=say("studio.restore_draft", name=title_of(state.deleted[-1])))
        show_if(bool(state.deleted), self.restore_draft)
        show_if(bool(state.drafts or state.deleted), self._drafts_section)

    def _render_filter(self, state: HomeState) -> None:
        show_if(state.can_be_filtered, self._filter)
        update(self.search, description=say("studio.find"), placeholder=say("studio.find_hint"))
        states = tuple((capitalize(say(f"studio.state_{listed}")), listed) for listed in _STATES)
        options = ((say("studio.any_state"), ""), *states)
        update(self.listed_state, description=capitalize(say("studio.past_state")), options=options)
        update(self.listed_state, value=state.listed_state or "")
        found = say("studio.found", n=len(state.listed), campaigns=count("campaign", len(state.campaigns)))
        update(self.found, value=parts.status(parts.quiet(found)) if state.is_filtered else "")

    def hide_drafts(self) -> None:
        """Remove the beginnings of drafts, which a notebook that is saved with its widgets would contain unseen."""
        update(self.notice, value="")
        update(self.restore_draft, description="")
        update_entries(self.drafts, (), self._new_draft)
        set_children(self._drafts, [])

    def _new_draft(self, name: str) -> "DraftRow":
        draft = DraftRow(self._form, self._studio, name)
        # Deleting removes the row and the pressed button, so the focus moves.
        self._form.on_click(draft.delete, self.restore_draft.focus)
        return draft

    def _restore_draft(self) -> None:
        self._studio.home.restore_draft()
        if not self._studio.home.state.deleted:
            self.new.focus()


class UnfinishedRow:
    """
    The notice of one unfinished campaign, with the button that opens it.

    Args:
        form: The form that contains them.
        studio: The model of the studio.
        name: The name of the campaign.
    """

    def __init__(self, form: "Form", studio: StudioModel, name: str) -> None:
        self.notice, self.open = widgets.HTML(), button()
        self.box = row([self.notice, self.open], "dn-notice", "dn-with-action")
        form.on_click(self.open, lambda: studio.view_campaign(name))

    def render(self, campaign: CampaignSummary, *, is_primary: bool) -> None:
        """Show the campaign."""
        kind = "sending" if campaign.state is State.RUNNING else "unfinished"
        key = f"studio.recall_{campaign.recall}" if campaign.is_recall_open else f"studio.{kind}"
        text = say(key, campaign=campaign.text)
        update(self.notice, value=parts.status(parts.shown(text)))
        action = "studio.resume_campaign" if campaign.should_resume else "studio.view"
        label = say(action, name=short(campaign.name))
        update(self.open, description=label, button_style="primary" if is_primary else "")


class CampaignRow:
    """
    The widgets of one campaign.

    Args:
        form: The form that contains them.
        studio: The model of the studio.
        name: The name of the campaign.
    """

    def __init__(self, form: "Form", studio: StudioModel, name: str) -> None:
        self.view, self.copy, self.reminded = (button(css_class="dn-link") for _ in range(3))
        self.reminded.add_class("dn-below-name")
        self.cells = widgets.HTML()
        self._reminded = ""
        self.box = row([self.view, self.reminded, self.cells, self.copy], "dn-item")
        form.on_click(self.view, lambda: studio.view_campaign(name))
        form.on_click(self.reminded, lambda: studio.view_campaign(self._reminded))
        form.on_click(self.copy, lambda: studio.copy_message(name))

    def render(self, campaign: CampaignSummary) -> None:
        """Show the campaign."""
        name = short(campaign.name)
        update(self.view, description=name, tooltip=say("studio.view", name=name))
        update(self.copy, description=say("studio.copy"), tooltip=say("studio.copy_of", name=name))
        update(self.cells, value=_cells(campaign))
        self._reminded = "" if campaign.deliveries is None else campaign.deliveries.reminds_of
        reminded = short(self._reminded)
        show_if(bool(reminded), self.reminded)
        label = say("run.reminds_of", name=reminded)
        update(self.reminded, description=label, tooltip=say("studio.view", name=reminded))


class DraftRow:
    """
    The widgets of one draft.

    Args:
        form: The form that contains them.
        studio: The model of the studio.
        name: The name of the draft.
    """

    def __init__(self, form: "Form", studio: StudioModel, name: str) -> None:
        self.open, self.delete = button(css_class="dn-link"), button(css_class="dn-link")
        self.headline = widgets.HTML()
        self.box = row([self.open, self.headline, self.delete], "dn-item", "dn-item-draft")
        form.on_click(self.open, lambda: studio.open_draft(name))
        form.on_click(self.delete, lambda: studio.delete_draft(name))

    def render(self, draft: DraftSummary) -> None:
        """Show the draft."""
        name = short(draft.name)
        update(self.open, description=draft.headline or name, tooltip=say("studio.open_draft", name=name))
        update(self.delete, description=say("studio.delete"), tooltip=say("studio.delete_draft", name=name))
        key = "studio.draft_of_unnamed" if draft.headline and is_named_after_time(draft.name) else "studio.draft_of"
        saved = say(key, name=name, moment=draft.saved_at)
        files = str(listed_briefly([short(file) for file in draft.files], "file")) if draft.files else ""
        described = (correction_text(draft.corrects), files, saved)
        update(self.headline, value=parts.quiet(" · ".join(filter(None, described))))


def _column_names(read: str) -> list[str]:
    """Return the names of the columns after the campaign's name; `read` is the key for reads or answers."""
    return [say(f"studio.past_{name}") for name in ("state", "people", "delivered", read, "day", "who")]


def _header(*, has_answers: bool) -> str:
    return parts.list_head([say("studio.past_name"), *_column_names("read_answered" if has_answers else "read"), ""])


def _cells(campaign: CampaignSummary) -> str:
    deliveries = campaign.deliveries or DeliverySummary()
    # As in the results, shares are of the list, with the people who were not sent to.
    listed = campaign.people + deliveries.rejected
    notes = [] if deliveries.people is None else [in_form(count("message", campaign.people))]
    notes += [say("studio.past_listed", n=listed)] if deliveries.rejected else []
    notes += [] if campaign.state is State.FINISHED else [say("studio.past_accepted", n=campaign.accepted)]
    people = campaign.people if deliveries.people is None else deliveries.people
    values = (
        "".join(
            (
                *(_state(campaign, deliveries), _no_results(campaign, deliveries), _recalled(campaign)),
                *(_problems(deliveries), _no_problems(deliveries)),
            )
        ),
        f"{people:,}{_notes(notes)}",
        _delivered(listed, deliveries),
        _share(deliveries.read, listed, deliveries)
        if deliveries.answered is None
        else _answered(deliveries.answered, listed, deliveries),
        parts.shown(campaign.day),
        parts.shown(short(campaign.sent_by)),
    )
    names = _column_names("read" if deliveries.answered is None else "answered")
    return parts.cells(zip(names, values, strict=True))


def _state(campaign: CampaignSummary, deliveries: DeliverySummary) -> str:
    """
    Return the state as a badge.

    A finished campaign is shown as failed if nobody got the message, and after a recall as recalled, or in part. Its
    badge warns if people missed the message or were not sent to; otherwise it is neutral until deliveries are known.
    """
    name, tone = say(f"studio.state_{campaign.state}"), _TONES.get(campaign.state, "")
    if campaign.state is State.FINISHED and deliveries.delivered is not None:
        tone = "good"
    if campaign.state is State.FINISHED and campaign.people:
        if deliveries.missed or _has_faulty_rows(deliveries):
            tone = "warn"
        if deliveries.missed >= campaign.people:
            name, tone = say("status.failed"), "bad"
        elif deliveries.recalled and deliveries.missed + deliveries.recalled >= campaign.people:
            name, tone = say("status.recalled"), ""
        elif deliveries.recalled:
            name, tone = say("studio.some_recalled", n=deliveries.recalled), ""
        if campaign.recall:
            name, tone = _recall(campaign), "warn"
    return parts.badge(capitalize(name), tone)


def _no_results(campaign: CampaignSummary, deliveries: DeliverySummary) -> str:
    """Return that a finished campaign, whose badge is neutral therefore, has no results yet; nothing if it has."""
    is_without = campaign.state is State.FINISHED and deliveries.delivered is None and deliveries.has_delivery
    return _notes([say("studio.no_results")] if is_without and campaign.people and not deliveries.recalled else [])


def _recall(campaign: CampaignSummary) -> str:
    return say("studio.being_recalled" if campaign.recall == "ongoing" else "studio.recall_incomplete")


def _recalled(campaign: CampaignSummary) -> str:
    """Return how many messages were recalled, and that the recall is incomplete, unless the badge says so."""
    is_finished = campaign.state is State.FINISHED
    notes = [_recall(campaign)] if campaign.recall and not is_finished else []
    if campaign.recalled and (campaign.recall or not is_finished):
        notes.append(say("studio.some_recalled", n=campaign.recalled))
    return _notes(notes)


def _problems(deliveries: DeliverySummary) -> str:
    """Return how many did not get the message, and how many were not sent to; nothing if there are none."""
    notes = [say("studio.past_missed", n=deliveries.missed)] if deliveries.missed else []
    return _notes([*notes, *(_not_sent(deliveries) if _has_faulty_rows(deliveries) else [])], "dn-problems")


def _has_faulty_rows(deliveries: DeliverySummary) -> bool:
    """Return whether people were not sent to because of errors in their rows, rather than excluded."""
    return deliveries.rejected > 0 and deliveries.rejected_rows > deliveries.excluded_rows


def _no_problems(deliveries: DeliverySummary) -> str:
    """Return how many were excluded, and to how many the same text was sent before; nothing if there are none."""
    notes = []
    if deliveries.excluded_rows:
        is_all = deliveries.excluded_rows == deliveries.rejected_rows
        key = "tile_all_excluded" if is_all else "tile_excluded"
        notes += _not_sent(deliveries) if is_all else []
        notes.append(say(f"results_form.{key}", rows=count("row", deliveries.excluded_rows)))
    people = deliveries.have_elsewhere + deliveries.sent_elsewhere
    notes += [say("studio.past_sent_before", n=people)] if people else []
    return _notes(notes)


def _not_sent(deliveries: DeliverySummary) -> list[str]:
    """Return how many were not sent to; empty if there are none."""
    if not deliveries.rejected:
        return []
    key = "past_not_sent" if deliveries.rejected_rows == deliveries.rejected else "past_not_sent_rows"
    return [say(f"studio.{key}", n=deliveries.rejected, rows=count("row", deliveries.rejected_rows))]


def _notes(notes: Sequence[str], css_class: str = "") -> str:
    """Return notes in small print after a space, each on a line of its own in a wide pane; empty without notes."""
    kind = f' class="{css_class}"' if css_class else ""
    lines = " ".join(f"<span>{parts.shown(note)}</span>" for note in notes)
    return f" <small{kind}>{lines}</small>" if notes else ""


def _small(key: str) -> str:
    return f"<small>{parts.shown(say(f'studio.{key}'))}</small>"


def _delivered(whole: int, deliveries: DeliverySummary) -> str:
    # Without a report of DingTalk, people are known to have the message by their answers, or by the analyst's record.
    is_known = deliveries.has_delivery or bool(deliveries.delivered)
    return _share(deliveries.delivered, whole, deliveries) if is_known else _small("not_reported")


def _share(part: int | None, whole: int, deliveries: DeliverySummary) -> str:
    """Return a number of people and its share, or that it is unknown."""
    if part is None:
        # DingTalk no longer reports on recalled messages.
        return _small("not_known") if deliveries.recalled else f"<small>{parts.shown(say('report.not_known'))}</small>"
    share = _share_of(part, whole, deliveries)
    # The people who had the message before the recall count.
    note = say("studio.with_recalled", share=share) if deliveries.recalled and part else share
    return f"{part:,} <small>{parts.shown(note)}</small>"


def _answered(people: int, whole: int, deliveries: DeliverySummary) -> str:
    share = parts.shown(_share_of(people, whole, deliveries))
    return f"{parts.shown(say('studio.answered', n=people))} <small>{share}</small>"


def _share_of(part: int, whole: int, deliveries: DeliverySummary) -> str:
    """Return a share; if not everybody in the list was sent to, say that it is a share of the list."""
    share = share_text(part / max(whole, 1), is_in_column=True)
    return say("studio.share_of_list", share=share) if deliveries.rejected else share


def _welcome(*, can_practise: bool) -> str:
    hint = say("studio.empty_practise") if can_practise else say("studio.empty_todo")
    steps = ((icon, say(f"studio.{step}"), say(f"studio.empty_{step}")) for step, icon in _WELCOME_STEPS.items())
    return parts.welcome(say("studio.empty"), hint, steps)


def _notice(state: HomeState, failure: Failure | None, *, is_reading: bool) -> str:
    if failure is not None:
        return parts.failure_alert(failure)
    # A sandbox with thousands of people takes a while.
    notices = [parts.notice(say("studio.sample_loading"))] if is_reading else []
    if state.is_without_calls:
        notices.append(parts.notice(say("plan_form.no_calls"), say("plan_form.no_calls_todo"), "warn"))
    elif state.refused_for_quota:
        hint = say("studio.quota_refused_todo", name=short(state.refused_for_quota))
        notices.append(parts.notice(say("studio.quota_refused"), hint, "warn"))
    if state.without_receiver:
        names = listed_briefly([short(name) for name in state.without_receiver], "campaign")
        notices.append(parts.notice(say("studio.unreceived", names=names), say("studio.unreceived_todo"), "warn"))
    if state.deleted:
        notices.append(parts.notice(say("studio.deleted", name=title_of(state.deleted[-1]))))
    return "".join(notices)
