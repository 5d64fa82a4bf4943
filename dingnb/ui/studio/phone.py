"""The phone of a recipient next to the studio, in the sandbox: whose phones can be shown, and the one that is."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

import ipywidgets as widgets
import numpy as np
import pandas as pd

from dingnb.campaigns.plan_people import contains_ignoring_case
from dingnb.campaigns.status import Status
from dingnb.client import DingTalk, clock_of, other_names_of
from dingnb.display.phone import PhoneFrame
from dingnb.tables.cells import show
from dingnb.tables.ids import read_userid
from dingnb.ui.kit import parts
from dingnb.ui.kit.form import DEBOUNCE_NS, button, show_if, stack, update
from dingnb.ui.kit.model import Failure, Model
from dingnb.ui.plan.model import PlanModel
from dingnb.ui.plan.state import SentTest
from dingnb.ui.run.model import RunModel
from dingnb.words import count, get_language, say

if TYPE_CHECKING:
    from dingnb.ui.kit.form import Form
    from dingnb.ui.studio.model import StudioModel

_HEIGHT_PX = 640

_MAX_PEOPLE = 50
"""Maximum number of people who are listed at once; the others are found by searching."""

_WITH_MESSAGE = frozenset({Status.ACCEPTED, Status.DELIVERED, Status.READ})
"""The statuses of people on whose phones the message is expected."""


@dataclass(frozen=True, slots=True, eq=False)
class PhoneSource:
    """
    The recipients whose phones can be shown: those of a campaign, of a plan or of a list.

    Attributes:
        campaign: The campaign, if one was opened, or if only the message's own campaign has the userids, as after a
            reload; otherwise None.
        plan_model: The plan, if only the plan has the userids, since the list has phone numbers; otherwise None.
        frame: The list of recipients of the message; used without a campaign and a plan.
        userid_column: The position of the column of their userids; -1 if there is none.
        mobile_column: The position of the column of their phone numbers; -1 if there is none.
        name_column: The position of the column of their names; -1 if there is none.
        sent: The campaign whose message is expected on the phones: the one that was opened, or the message's own; None
            if there is none.
        test: The newest test of the message; None if there is none, or a campaign was opened.
    """

    campaign: RunModel | None
    plan_model: PlanModel | None
    frame: pd.DataFrame
    userid_column: int
    mobile_column: int
    name_column: int
    sent: RunModel | None
    test: SentTest | None

    @property
    def is_unchecked(self) -> bool:
        """Whether there are only phone numbers, whose owners have not been looked up yet."""
        is_list = self.campaign is None and self.plan_model is None and bool(len(self.frame))
        return is_list and self.userid_column < 0 <= self.mobile_column

    def has_same_people(self, other: "PhoneSource | None") -> bool:
        """Return whether another source is certain to have the same people and names, and the same newest test."""
        return (
            other is not None
            and self.campaign is other.campaign
            and self.plan_model is other.plan_model
            and self.frame is other.frame
            and self.test is other.test
            and self.columns == other.columns
        )

    @property
    def columns(self) -> tuple[int, int, int]:
        """The positions of the columns of userids, phone numbers and names."""
        return self.userid_column, self.mobile_column, self.name_column

    def people(self) -> list[tuple[str, str]]:
        """Return the name, which may be empty, and the userid of each recipient; rejected rows are left out."""
        if self.plan_model is not None:
            return self.plan_model.view.people()
        if self.campaign is not None:
            row_map = self.campaign.view.results.row_map
            sent = np.flatnonzero(row_map.recipient_of_row >= 0).tolist()
            return [row_map.named_userids[row] for row in sent]
        if self.userid_column < 0:
            return []
        frame = self.frame
        userids = [read_userid(cell).text for cell in frame.iloc[:, self.userid_column].tolist()]
        names = [""] * len(frame)
        if self.name_column >= 0:
            names = list(map(show, frame.iloc[:, self.name_column].tolist()))
        return [(name, userid) for name, userid in zip(names, userids, strict=True) if userid]

    def first_with_message(self) -> str:
        """Return the userid of the first person who was sent the message; empty if nobody was."""
        if self.sent is None:
            return ""
        results = self.sent.view.results.frame(render=None)
        return next(iter(results.loc[results["status"].isin(_WITH_MESSAGE), "userid"]), "")


@dataclass(frozen=True, slots=True)
class PhoneState:
    """
    The state of the phone.

    Attributes:
        is_open: Whether it is shown.
        people: The labels of the people who are listed, by userid; None before they are known.
        total: The number of people whose phones can be shown.
        query: The text that was searched for; empty if the first people are listed.
        found: The number of people whose label contains that text.
        is_unchecked: Whether no people are listed because the owners of their phone numbers were not looked up yet.
        userid: The person whose phone is shown; empty if there is none.
        phone: The person's phone; None before its address is known.
        failure: The last error; None if there was none.
    """

    is_open: bool = False
    people: Mapping[str, str] | None = None
    total: int = 0
    query: str = ""
    found: int = 0
    is_unchecked: bool = False
    userid: str = ""
    phone: PhoneFrame | None = None
    failure: Failure | None = None

    @property
    def has_more(self) -> bool:
        """Whether there are more people than are listed at once."""
        return self.total > _MAX_PEOPLE


class PhoneModel(Model[PhoneState]):
    """
    Looks up the phones of recipients in the sandbox.

    Args:
        ding: The app, connected to a sandbox.
        get_source: Returns the current recipients.
    """

    def __init__(self, ding: DingTalk, get_source: Callable[[], PhoneSource]) -> None:
        super().__init__(PhoneState(), clock_of(ding))
        self._ding = ding
        self._get_source = get_source
        self._source: PhoneSource | None = None
        self._labels: dict[str, str] = {}
        self._shown_test: SentTest | None = None
        self._phones: dict[str, PhoneFrame] = {}

    def toggle(self) -> None:
        """Show the phone, or hide it."""
        is_open = not self.state.is_open
        with self._lock:
            self._source = None
            self._phones = {}
        self._show(is_open=is_open, people=None, query="", phone=None, failure=None)
        self.refresh()

    def refresh(self) -> None:
        """
        Look up the people again if the recipients have changed, and show the phone that a test was sent to.

        Does nothing while the phone is hidden.
        """
        if not self.state.is_open:
            return
        with self._lock:
            source = self._get_source()
            if source.has_same_people(self._source):
                return
            self._source = source
        self._start_newest(lambda: self._load(source), failure=None)

    def choose(self, userid: str) -> None:
        """Show the phone of another person."""
        self._start_newest(lambda: self._open(userid), failure=None)

    def follow(self, userid: str) -> None:
        """Show the phone of a person whose details were opened: at once, or as soon as the people are known."""
        if self.state.people is None:
            self._show(userid=userid)
        elif userid in self._labels:
            self.choose(userid)

    def search(self, text: str) -> None:
        """
        List the people whose label contains a text, or the first people if it is empty.

        If the person whose phone is shown is not among those found, the first one's is shown.
        """
        if text.strip() != self.state.query:
            self._start_newest(lambda: self._search(text.strip()), failure=None)

    def _load(self, source: PhoneSource) -> None:
        listed = source.people()
        other_names = other_names_of(self._ding, listed)
        labels = {userid: _label(userid, name, other_names.get((name, userid), "")) for name, userid in listed}
        if not self.state.is_open:
            return
        test, userid = source.test, self.state.userid
        if test is not None and test.userid not in labels:
            # A test can be sent to anybody.
            labels = {test.userid: test.person, **labels}
        if test is not None and test is not self._shown_test:
            userid = test.userid
        elif userid not in labels:
            first = source.first_with_message()
            userid = first if first in labels else next(iter(labels), "")
        self._shown_test = test
        self._labels = labels
        self._show(is_unchecked=source.is_unchecked, total=len(labels), query="", phone=None)
        self._open(userid)

    def _search(self, query: str) -> None:
        found = [userid for userid, label in self._labels.items() if contains_ignoring_case(label, query)]
        self._show(query=query, found=len(found))
        self._open(found[0] if query and found and self.state.userid not in found else self.state.userid)

    def _listed(self, userid: str) -> dict[str, str]:
        """Return the labels of the people to list, including the person whose phone is shown."""
        query, labels = self.state.query, self._labels
        found = (one for one, label in labels.items() if contains_ignoring_case(label, query))
        listed = list(islice(found, _MAX_PEOPLE))
        shown = [] if userid in listed or userid not in labels else [userid]
        return {one: labels[one] for one in (*shown, *listed)}

    def _open(self, userid: str) -> None:
        self._show(people=self._listed(userid), userid=userid, phone=self._phones.get(userid))
        if userid and userid not in self._phones:
            phone = self._ding.phone(userid)
            self._phones[userid] = phone
            if self.state.userid == userid:
                self._show(phone=phone)


def _label(userid: str, name: str, other_name: str) -> str:
    name = say("directory.named_in_list", name=other_name, listed=name) if other_name else name
    return f"{name} · {userid}" if name else userid


class PhoneView:
    """
    The widgets of the phone.

    Args:
        form: The form that contains them.
        studio: The model of the studio.
    """

    def __init__(self, form: "Form", studio: "StudioModel") -> None:
        self._studio, self._model = studio, studio.phone
        self._toggled_ns = -DEBOUNCE_NS
        self.toggle, self.person, self.frame = button(css_class="dn-link"), widgets.Dropdown(), widgets.HTML()
        self.search, self.listed = widgets.Text(continuous_update=False), widgets.HTML()
        self.box = stack([self.search, self.person, self.listed, self.frame], "dn-handset")
        form.on_click(self.toggle, self._toggle_phone)
        form.on_change(self.person, self._model.choose)
        form.on_change(self.search, self._model.search)

    def render(self, theme: str) -> None:
        """Show the phone of the chosen person next to the steps, if it is open, with a theme of `theme_of_page`."""
        state = self._model.state
        is_available = self._studio.can_practise and not self._studio.state.is_home
        people = state.people or {}
        show_if(is_available, self.toggle)
        show_if(is_available and state.is_open, self.box)
        update(self.toggle, description=say("studio.phone_hide" if state.is_open else "studio.phone_show"))
        update(self.person, description=say("studio.phone_whose"))
        show_if(bool(people), self.person)
        show_if(state.has_more, self.search, self.listed)
        update(self.search, description=say("studio.phone_find"), placeholder=say("studio.phone_find_hint"))
        update(self.search, value=state.query)
        update(self.listed, value=parts.status(parts.quiet(_listed_text(state))))
        update(self.person, options=tuple((label, userid) for userid, label in people.items()))
        if state.userid in people:
            update(self.person, value=state.userid)
        # Removed while hidden: the page is wider as long as it contains the frame.
        update(self.frame, value=_frame_html(state, theme) if is_available and state.is_open else "")

    @property
    def was_just_toggled(self) -> bool:
        """Whether the phone was just opened or closed, so that the second click of a double click may follow."""
        return self._studio.clock.monotonic_ns() - self._toggled_ns < DEBOUNCE_NS

    def _toggle_phone(self) -> None:
        if self.was_just_toggled:
            return
        self._toggled_ns = self._studio.clock.monotonic_ns()
        self._model.toggle()


def _listed_text(state: PhoneState) -> str:
    if not state.query:
        return say("studio.phone_first", n=len(state.people or ()), people=count("person", state.total))
    if not state.found:
        return say("studio.phone_none_found", text=state.query)
    return say("studio.phone_found", n=state.found, people=count("person", state.total))


def _frame_html(state: PhoneState, theme: str) -> str:
    """Return the page of the phone, or why there is none; empty while it is looked up."""
    if state.failure is not None:
        return parts.failure_alert(state.failure, "warn")
    if state.people is not None and not state.people:
        key = "studio.phone_unchecked" if state.is_unchecked else "studio.phone_nobody"
        return parts.placeholder(say(key))
    return "" if state.phone is None else state.phone.to_html(_HEIGHT_PX, language=get_language(), theme=theme)
