"""The model of the actions on events: export, store, and delete, which needs a confirmed count."""

from collections.abc import Callable

import pandas as pd

from dingnb.tables.timestamps import ZONE
from dingnb.ui.events.model import EventsModel
from dingnb.ui.events.state import Action, ActionsState
from dingnb.ui.kit.code import call, literal
from dingnb.ui.kit.files import export_path, file_name, offer_download
from dingnb.ui.kit.model import Failure, Model
from dingnb.ui.plan.model import read_count
from dingnb.words import Text, count, say

ACTIONS: tuple[Action, ...] = ("export", "keep", "keep_off", "forget")
"""All actions, in the order in which they are offered."""

FILE_NAME = file_name("", "events")
"""Name of an exported file."""


class ActionsModel(Model[ActionsState]):
    """
    Exports, stores and deletes events.

    Args:
        events: The model of the events.
        name: The log's name in the code.

    Attributes:
        steps: The statements that do what was done here so far.
    """

    def __init__(self, events: EventsModel, name: str) -> None:
        super().__init__(ActionsState(), events.clock)
        self._events = events
        self._name = name
        self.steps: list[str] = []

    @property
    def offered(self) -> dict[Action, int]:
        """The available actions, each with the number of events affected."""
        state = self._events.state
        if state.facts is None:
            return {}
        offered: dict[Action, int] = {}
        if state.found:
            offered["export"] = len(state.found)
        offered["keep_off" if state.facts.is_storing else "keep"] = state.total
        if state.total:
            offered["forget"] = state.total
        return offered

    def press(self, action: Action) -> None:
        """Export at once; choose another action, which is described and confirmed first, or no longer choose it."""
        if action == "export":
            self.choose("")
            self._start(self._export)
        else:
            self.choose("" if action == self.state.action else action)

    def choose(self, action: Action) -> None:
        """Choose an action; nothing is done yet."""
        if action == self.state.action or self.is_busy:
            return
        events = self._events.state
        # Later events are excluded, so that the count stays right.
        limits = {"events": events.total, "before_ns": events.newest_ns + 1} if action == "forget" else {}
        self._reset_count(action=action, notice="", link="", **limits)

    def type_count(self, typed: str) -> None:
        """Set the count as typed."""
        self._show(typed=typed, failure=None, is_miscounted=False)

    def act(self) -> None:
        """Do the chosen action; ignored while one is in progress."""
        works: dict[Action, Callable[[], str]] = {
            "keep": self._keep,
            "keep_off": self._keep_off,
            "forget": self._forget,
        }
        action = self.state.action
        if self.is_busy or action not in works:
            return
        miscount = self._miscount() if action == "forget" else None
        if miscount is not None:
            self._show(failure=miscount, notice="", is_miscounted=True)
            return
        self._start(works[action])

    def _start(self, work: Callable[[], str]) -> None:
        self._start_work(
            lambda: self._do(work),
            busy_text=say("events_form.working"),
            failure=None,
            notice="",
            link="",
            is_miscounted=False,
        )

    def _do(self, work: Callable[[], str]) -> None:
        notice = work()
        # First, so that the actions offered next stay.
        self._events.reload()
        self._events.wait()
        self._reset_count(action="", notice=notice)

    def _export(self) -> str:
        path = export_path(FILE_NAME)
        wanted = self._events.state.filters.arguments
        arguments = [literal(path.name), *([literal(wanted["type"])] if "type" in wanted else [])]
        keywords = {name: value for name, value in wanted.items() if name != "type"}
        self._events.events.to_csv(path, wanted.get("type"), **keywords)
        self.steps.append(call(f"{self._name}.to_csv", *arguments, **keywords))
        notice, link = offer_download(path)
        self._show(link=link)
        return notice

    def _keep(self) -> str:
        self._events.events.keep()
        self.steps.append(call(f"{self._name}.keep"))
        return say("events_form.kept")

    def _keep_off(self) -> str:
        self._events.events.keep(on=False)
        self.steps.append(call(f"{self._name}.keep", on=False))
        return say("events_form.kept_off")

    def _forget(self) -> str:
        before = pd.Timestamp(self.state.before_ns, tz="UTC").tz_convert(ZONE)
        gone = self._events.events.clear(before)
        self.steps.append(call(f"{self._name}.clear", literal(str(before))))
        self._events.hold(is_held=False)
        return say("events_form.forgotten", events=count("event", gone))

    def _miscount(self) -> Failure | None:
        typed, events = read_count(self.state.typed), self.state.events
        if typed == events:
            return None
        many = count("event", events)
        if typed is None:
            what = Text("events_form.type_count", events=many)
        else:
            what = Text("events_form.other_count", typed=f"{typed:,}", events=many)
        return Failure(what, Text("results_form.nothing_done"))

    def _reset_count(self, **changed: object) -> None:
        """Change the state and clear the typed count."""
        with self._lock:
            self._show(typed="", failure=None, is_miscounted=False, round=self.state.round + 1, **changed)

    def _ended(self) -> None:
        self._show(busy_text="")
