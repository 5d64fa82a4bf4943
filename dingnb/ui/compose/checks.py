"""The plans that the checks of the compose form have made."""

from collections.abc import Callable
from functools import partial

from dingnb.ui.compose.script import Checked, Script
from dingnb.ui.plan.model import PlanModel


class Checks:
    """
    Keeps the newest plan, and earlier ones that were sent: these stay visible after another check.

    Args:
        on_change: Called whenever one of the plans changes.
    """

    def __init__(self, on_change: Callable[[], None]) -> None:
        self._on_change = on_change
        self._kept: list[tuple[PlanModel, Checked]] = []

    @property
    def plans(self) -> list[PlanModel]:
        """The plans, the newest last."""
        return [plan for plan, _ in self._kept]

    @property
    def newest_name(self) -> str:
        """The name of the newest plan's campaign; empty before the first check."""
        return self._kept[-1][0].state.name if self._kept else ""

    def add(self, made: PlanModel, checked: Checked) -> None:
        """Add a plan, and what it was made of."""
        self.outdate()
        before = [(plan, one) for plan, one in self._kept if plan.is_of_use]
        self._kept = [*before, (made, checked)]
        for plan, _ in before:
            made.watch(partial(plan.give_way_to, made))
        made.watch(self._on_change)

    def outdate(self) -> None:
        """Mark all plans as outdated, so that none can be sent: the form shows something else now."""
        for plan in self.plans:
            plan.outdate()

    def retranslate(self) -> None:
        """Render all plans again, in the language in use."""
        for plan in self.plans:
            plan.retranslate()

    def code_lines(self, script: Script, *, is_current: bool) -> list[str]:
        """
        Return the code of the checks and of what was done with their plans, without outdated plans that were not sent.

        Args:
            script: Writes the code.
            is_current: Whether the newest plan matches what the form shows.
        """
        kept = self._kept
        return [
            line
            for plan, checked in kept
            if plan.is_of_use or (is_current and plan is kept[-1][0])
            for line in (*script.check_lines(checked), *plan.code_lines)
        ]
