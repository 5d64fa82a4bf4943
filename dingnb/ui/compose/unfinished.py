"""Shows which recent campaigns to people of the list are unfinished, before their message is written again."""

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

import ipywidgets as widgets

from dingnb.calls.throttle import Throttle
from dingnb.campaigns.planning.overlapping_campaigns import OverlappingCampaign
from dingnb.campaigns.status import State
from dingnb.client import DingTalk, clock_of, known_userids_of, last_change_of, unfinished_campaigns_of
from dingnb.errors import InputError
from dingnb.ui.compose.model import ComposeModel
from dingnb.ui.compose.recipient_columns import RecipientChoice
from dingnb.ui.compose.source import Snapshot
from dingnb.ui.compose.state import ComposeState, DocumentText
from dingnb.ui.kit import parts
from dingnb.ui.kit.form import Form, ViewPoller, button, replace_children, row, show_if, stack, toggle_class, update
from dingnb.ui.kit.lists import set_children, update_entries
from dingnb.ui.kit.model import Failure, Model
from dingnb.ui.kit.worker import LatestWorker
from dingnb.ui.run.model import RunModel
from dingnb.words import say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from dingnb.ledger.campaigns.campaigns import LastChange
    from dingnb.ui.plan.form import Follower

_MAX_SHOWN = 3
"""Maximum number of campaigns that are pointed out."""


@dataclass(frozen=True, slots=True)
class UnfinishedState:
    """
    The state of the notice.

    Attributes:
        found: The unfinished campaigns to half of the people or more, the last changed first.
        declined: The names and states of those that the user does not want to see, as long as the list has the same
            people.
        opened: The campaign that was opened here last; None if there is none.
        failure: Why the campaigns could not be read, or one could not be opened; None if nothing failed.
    """

    found: tuple[OverlappingCampaign, ...] = ()
    declined: frozenset[tuple[str, State]] = frozenset()
    opened: RunModel | None = None
    failure: Failure | None = None


@dataclass(frozen=True)
class _People:
    """The people of a list, as far as they are known without calls, and what they were read from."""

    snapshot: Snapshot
    columns: tuple[int, int]
    userids: frozenset[str]


class UnfinishedModel(Model[UnfinishedState]):
    """Finds the unfinished campaigns to the people of a form's list."""

    def __init__(self, ding: DingTalk, compose: ComposeModel) -> None:
        super().__init__(UnfinishedState(), clock_of(ding))
        self._ding = ding
        self._compose = compose
        self._people: _People | None = None
        self._userids_shown = frozenset[str]()
        self._searched: tuple[Snapshot, tuple[int, int]] | None = None
        self._opened_at: tuple[DocumentText, int] | None = None
        self._last_change: LastChange | None = None
        self._throttle = Throttle(self.clock)
        self._search = LatestWorker[None](self.clock, self._find, self.fail)
        compose.watch(self._follow_list)

    @property
    def shown(self) -> tuple[OverlappingCampaign, ...]:
        """The campaigns to point out: not those that the form shows already."""
        plans = [plan for plan in self._compose.plan_models if plan.is_sent_or_starting]
        own = {plan.state.name.strip() if plan.run is None else plan.run.run.name for plan in plans}
        own |= {
            plan.blocking_run.run.name
            for plan in self._compose.plan_models
            if plan.blocking_run is not None and not plan.state.is_outdated
        }
        state = self.state
        if state.opened is not None:
            own.add(state.opened.run.name)
        others = [campaign for campaign in state.found if campaign.name not in own]
        return tuple(campaign for campaign in others if _identity(campaign) not in state.declined)[:_MAX_SHOWN]

    @property
    def is_opened_last(self) -> bool:
        """Whether a campaign was opened last: nothing was written or checked since, and no plan is up to date."""
        is_open = self.state.opened is not None and not self._compose.state.is_current
        return is_open and self._opened_at == _version_of(self._compose.state)

    def poll(self) -> None:
        """Search for the first time, and again once a campaign was added, recalled or has changed otherwise."""
        if not self._throttle.is_due:
            return
        change = last_change_of(self._ding)
        # Without campaigns there is nothing to find.
        if change is not None and change != self._last_change and change.campaigns:
            self._throttle.hold()
            self._search.submit(None)

    def open(self, name: str) -> None:
        """Open a campaign, unless it is the one that is open already."""
        opened = self.state.opened
        if opened is None or opened.run.name != name:
            self._start_work(lambda: self._open(name), failure=None)

    def decline(self, campaigns: "Iterable[OverlappingCampaign]") -> None:
        """Hide campaigns, until their state or the people of the list change."""
        with self._lock:
            self._show(declined=self.state.declined | set(map(_identity, campaigns)))

    def unfollow(self) -> None:
        """Stop following the campaign that was opened."""
        if self.state.opened is not None:
            self.state.opened.unfollow()

    def wait(self) -> None:
        """Wait until a search, and the opening of a campaign, have ended."""
        super().wait()
        self._search.wait()

    def _follow_list(self) -> None:
        """Search again if the list or its columns were changed."""
        if self._searched is not None and self._searched != _list_of(self._compose.state):
            self._search.submit(None)
        elif self.state.found:
            # A campaign that was sent here is not pointed out.
            self._notify()

    def _find(self, _request: None, _is_superseded: "Callable[[], bool]") -> None:
        state = self._compose.state
        self._searched = _list_of(state)
        with self._throttle.timing():
            # First, so that a change in the meantime is noticed.
            self._last_change = last_change_of(self._ding)
            found = unfinished_campaigns_of(
                self._ding, lambda: self._read_people(state.snapshot, state.recipient_choice)
            )
        if self._searched != _list_of(self._compose.state):
            # The list was changed meanwhile, perhaps before `_follow_list` could compare it with the list searched for.
            self._search.submit(None)
            return
        userids = self._userids_shown if self._people is None else self._people.userids
        # Compared with the people shown, not with those read last: a search that showed nothing may have read others.
        is_for_others, self._userids_shown = userids != self._userids_shown, userids
        declined = frozenset[tuple[str, State]]() if is_for_others else self.state.declined
        if (tuple(found), declined) != (self.state.found, self.state.declined) or self.state.failure is not None:
            self._show(found=tuple(found), failure=None, **({"declined": declined} if is_for_others else {}))

    def _read_people(self, snapshot: Snapshot, choice: RecipientChoice) -> frozenset[str]:
        columns = (choice.userid, choice.mobile)
        if self._people is None or (self._people.snapshot, self._people.columns) != (snapshot, columns):
            recipients, userids = snapshot.recipients, frozenset[str]()
            if recipients.kinds(choice):
                labels = recipients.arguments(choice).get("columns", {})
                try:
                    userids = known_userids_of(self._ding, recipients.frame, recipients.kinds(choice), labels)
                except InputError:
                    # The check says what is wrong with the columns.
                    userids = frozenset()
            self._people = _People(snapshot, columns, userids)
        return self._people.userids

    def _open(self, name: str) -> None:
        opened = RunModel(self._ding.campaign(name), self.clock)
        opened.continue_receiving()
        self.unfollow()
        self._opened_at = _version_of(self._compose.state)
        self._compose.note_opened(opened)
        self._show(opened=opened)


class UnfinishedView:
    """
    The widgets that point out unfinished campaigns, and show the one that was opened.

    Args:
        form: The form that contains them.
        model: The model.
        follow: Makes the form that shows a campaign.
        open_campaign: Opens a campaign by name elsewhere; None opens it here.

    Attributes:
        model: As above.
        follower: The form of the campaign that was opened here; None before.
    """

    def __init__(
        self,
        form: Form,
        model: UnfinishedModel,
        follow: "Callable[[RunModel], Follower]",
        open_campaign: "Callable[[str], None] | None",
    ) -> None:
        self.model = model
        self._follow, self._open_campaign = follow, open_campaign
        self.follower: Follower | None = None
        self._form = form
        self._shown: tuple[OverlappingCampaign, ...] = ()
        self._buttons: dict[str, widgets.Button] = {}
        self.notice = widgets.HTML()
        self.decline = button(css_class="dn-link")
        self._run_box, self._row = stack([]), row([self.decline])
        self.offer = stack([self.notice, self._row])
        self.box = stack([self.offer, self._run_box])
        form.on_click(self.decline, lambda: model.decline(self._shown))
        self._poller = ViewPoller(model.clock, self.box, model.poll)

    def render(self) -> None:
        """Show the campaigns."""
        model, failure = self.model, self.model.state.failure
        self._shown = shown = model.shown
        notices = [
            parts.notice(campaign.notice, say(f"compose.unfinished_{_kind(campaign)}_todo"), "warn")
            for campaign in shown
        ]
        if failure is not None:
            notices.append(parts.failure_notice(failure, "warn"))
        update(self.notice, value=parts.status("".join(notices)))
        show_if(bool(notices), self.offer)
        update_entries(self._buttons, [campaign.name for campaign in shown], self._new_button)
        for name, open_button in self._buttons.items():
            update(open_button, description=say("plan_form.open_named", name=parts.short(name)))
        set_children(self._row, [*self.open_buttons, self.decline])
        show_if(bool(shown), self.decline)
        update(self.decline, description=say("compose.unfinished_decline"))
        self._render_opened()
        # Directly below the title of the form, whose line separates them.
        toggle_class(self._run_box, "dn-panel", not notices)
        if self.follower is not None:
            self.follower.run_form.set_aside(is_set_aside=not self.model.is_opened_last)

    @property
    def is_next_step(self) -> bool:
        """Whether what to do next is in the campaign that was opened."""
        return self.model.is_opened_last and self.follower is not None and self.follower.run_form.is_next_step

    def close(self) -> None:
        """Close the form of the campaign that was opened."""
        self.model.unfollow()
        if self.follower is not None:
            self.follower.close()

    @property
    def open_buttons(self) -> list[widgets.Button]:
        """The buttons that open the campaigns shown."""
        return [self._buttons[campaign.name] for campaign in self._shown]

    def _new_button(self, name: str) -> widgets.Button:
        open_button = button()
        self._form.on_click(open_button, partial(self._open_campaign or self.model.open, name))
        return open_button

    def _render_opened(self) -> None:
        opened, before = self.model.state.opened, self.follower
        if opened is None or (before is not None and before.run_form.model is opened):
            return
        self.follower = self._follow(opened)
        # The button that was pressed is hidden now.
        self.follower.take_focus()
        replace_children(self._run_box, [self.follower.box])
        if before is not None:
            before.close()


def _list_of(state: ComposeState) -> tuple[Snapshot, tuple[int, int]]:
    """Return what the people of a form are read from."""
    return state.snapshot, (state.recipient_choice.userid, state.recipient_choice.mobile)


def _version_of(state: ComposeState) -> tuple[DocumentText, int]:
    """Return a value that changes with everything that is written, and with each check that makes a plan."""
    return state.document_text, state.plan_count


def _identity(campaign: OverlappingCampaign) -> tuple[str, State]:
    return campaign.name, campaign.state


def _kind(campaign: OverlappingCampaign) -> str:
    return "running" if campaign.state is State.RUNNING else "halted"
