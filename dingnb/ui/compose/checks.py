"""The plans that the checks of the compose form came to."""

from collections.abc import Callable
from functools import partial

from dingnb.ui.compose.script import Checked, Script
from dingnb.ui.plan.model import PlanModel


class Checks:
    """
    Keeps the newest plan, and those before it that were sent: they are not lost from sight by another check.

    Args:
        told: Is called whenever one of the plans changes.
    """

    def __init__(self, told: Callable[[], None]) -> None:
        self._told = told
        self._kept: list[tuple[PlanModel, Checked]] = []

    @property
    def plans(self) -> list[PlanModel]:
        """The plans, the newest last."""
        return [plan for plan, _ in self._kept]

    @property
    def newest_name(self) -> str:
        """What the campaign of the newest plan is called; empty where nothing was checked."""
        return self._kept[-1][0].state.name if self._kept else ""

    def add(self, made: PlanModel, checked: Checked) -> None:
        """Take on a plan, and what it was made of."""
        self.outdate()
        before = [(plan, one) for plan, one in self._kept if plan.is_of_use]
        self._kept = [*before, (made, checked)]
        for plan, _ in before:
            made.watch(partial(plan.give_way, made))
        made.watch(self._told)

    def outdate(self) -> None:
        """Let no plan be sent: something else is shown than they were made of."""
        for plan in self.plans:
            plan.outdate()

    def say_again(self) -> None:
        """Put all plans into words once more, in the language in use."""
        for plan in self.plans:
            plan.say_again()

    def code_lines(self, script: Script, *, is_current: bool) -> list[str]:
        """
        Return what the checks did, and what was done with their plans; nothing of one that is of no use any more.

        Args:
            script: Writes them.
            is_current: Whether the newest plan is of what is shown.
        """
        kept = self._kept
        return [
            line
            for plan, checked in kept
            if plan.is_of_use or (is_current and plan is kept[-1][0])
            for line in (*script.check_lines(checked), *plan.code_lines)
        ]
