"""The model of the history: drafts to continue, and campaigns to open or copy from."""

from dataclasses import dataclass, replace
from typing import Any

from dingnb.campaigns.drafts import StoredDraft
from dingnb.campaigns.status import State
from dingnb.client import DingTalk, clock_of, deliveries_of, operator_of
from dingnb.ui.compose.drafts import free_name, headline_of
from dingnb.ui.kit.model import Failure, Model
from dingnb.ui.kit.parts import short
from dingnb.words import count, say

MAX_LISTED = 100
"""Maximum number of drafts and of campaigns that are listed, newest first."""

IN_TABLE = 10
"""Number of campaigns, the newest, that are in the table with their deliveries."""

_LISTED_COLUMNS = ("name", "state", "updated_at", "accepted", "people", "calls_per_second", "sent_by")


@dataclass(frozen=True, slots=True)
class PastCampaign:
    """
    A campaign.

    Attributes:
        name: Its name.
        state: Its state.
        day: The day on which it changed.
        accepted: The number of people accepted.
        people: The number of people in total.
        calls_per_second: How many calls of it leave a second now.
        sender: Who is sending it now, if it is somebody else.
        sent_by: Who started sending it last; empty if nobody did.
        delivered: The number of people who have the message; None for a campaign that is not in the table.
        read: The number of these who have read it.
    """

    name: str
    state: State
    day: str
    accepted: int
    people: int
    calls_per_second: float = 0.0
    sender: str = ""
    sent_by: str = ""
    delivered: int | None = None
    read: int = 0

    @property
    def is_open(self) -> bool:
        """Whether it is unfinished."""
        return self.state is not State.FINISHED

    @property
    def text(self) -> str:
        """The campaign on one line."""
        far = say("studio.campaign_far", n=self.accepted, people=count("person", self.people))
        rate = say("studio.campaign_rate", rate=self.calls_per_second) if self.calls_per_second else ""
        sender = say("studio.campaign_sender", who=short(self.sender)) if self.sender else ""
        shown = (short(self.name), say(f"studio.state_{self.state}"), sender, far, rate, self.day)
        return " · ".join(filter(None, shown))


@dataclass(frozen=True, slots=True)
class PastDraft:
    """A draft: its name, and its beginning."""

    name: str
    headline: str

    @property
    def text(self) -> str:
        """The draft on one line."""
        return " · ".join(filter(None, (short(self.name), self.headline)))


@dataclass(frozen=True, slots=True)
class HistoryState:
    """
    The state of the form.

    Attributes:
        campaigns: The campaigns, newest first.
        drafts: The drafts, last saved first.
        campaign: The name of the chosen campaign; empty for none.
        draft: The name of the chosen draft; empty for none.
        is_open: Whether the lists are shown.
        dropped: The deleted drafts that can be restored, last deleted at the end.
        failure: The last error; None if there was none.
    """

    campaigns: tuple[PastCampaign, ...] = ()
    drafts: tuple[PastDraft, ...] = ()
    campaign: str = ""
    draft: str = ""
    is_open: bool = False
    dropped: tuple[StoredDraft, ...] = ()
    failure: Failure | None = None

    @property
    def unfinished(self) -> tuple[PastCampaign, ...]:
        """The unfinished campaigns."""
        return tuple(one for one in self.campaigns if one.is_open)


class HistoryModel(Model[HistoryState]):
    """
    Lists drafts and campaigns.

    Args:
        ding: The app.
    """

    def __init__(self, ding: DingTalk) -> None:
        super().__init__(HistoryState(), clock_of(ding))
        self._ding = ding
        self._list()
        unfinished = self.state.unfinished
        if unfinished:
            self._show(is_open=True, campaign=unfinished[0].name)

    def turn(self) -> None:
        """Show the current lists, or hide them."""
        self._list(is_open=not self.state.is_open, failure=None)

    def choose_campaign(self, name: str) -> None:
        """Choose a campaign."""
        self._show(campaign=name)

    def choose_draft(self, name: str) -> None:
        """Choose a draft."""
        self._show(draft=name)

    def drop_draft(self) -> str:
        """Delete the chosen draft, which can be restored, and return its name; empty if none is chosen."""
        name = self.state.draft
        if name:
            kept = self._ding.drafts.load(name)
            self._ding.drafts.drop(name)
            self._list(dropped=(*self.state.dropped, kept), draft="", failure=None)
        return name

    def bring_back(self) -> None:
        """Restore the draft deleted last; again, the one before."""
        if self.state.dropped:
            *before, kept = self.state.dropped
            name = free_name(self._ding.drafts, kept.name)
            self._ding.drafts.save(name, kept.msgtype, kept.texts, version=0)
            self._list(dropped=tuple(before), draft=name, failure=None)

    def hide(self) -> None:
        """Hide the lists and clear the error."""
        self._show(is_open=False, failure=None)

    def _list(self, **changed: Any) -> None:  # noqa: ANN401 - fields of the state
        campaigns, me = self._ding.campaigns().head(MAX_LISTED), operator_of(self._ding)
        listed = tuple(
            PastCampaign(
                name,
                State(state),
                f"{day:%Y-%m-%d}",
                accepted,
                people,
                rate,
                who if state == State.RUNNING and isinstance(who, str) and who != me else "",
                who if isinstance(who, str) else "",
            )
            for name, state, day, accepted, people, rate, who in zip(
                *(campaigns[column] for column in _LISTED_COLUMNS), strict=True
            )
        )
        newest = listed[:IN_TABLE]
        counted = deliveries_of(self._ding, [one.name for one in newest])
        known = [
            replace(one, delivered=delivered, read=read) for one, (delivered, read) in zip(newest, counted, strict=True)
        ]
        listed = (*known, *listed[IN_TABLE:])
        kept = [self._ding.drafts.load(name) for name in self._ding.drafts.names()[:MAX_LISTED]]
        drafts = tuple(PastDraft(one.name, headline_of(one)) for one in kept)
        campaign, draft = self.state.campaign, changed.pop("draft", self.state.draft)
        chosen = {
            "campaign": campaign if any(one.name == campaign for one in listed) else "",
            "draft": draft if any(one.name == draft for one in drafts) else "",
        }
        # Together: nothing may be chosen that is not listed.
        self._show(campaigns=listed, drafts=drafts, **chosen, **changed)
