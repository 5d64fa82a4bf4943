"""The state of the studio, as values."""

from dataclasses import dataclass, field
from typing import Literal, get_args

from dingnb.ui.kit.model import Failure
from dingnb.ui.studio.drafts import Keeping

Step = Literal["recipients", "message", "check", "send", "results"]

STEPS: tuple[Step, ...] = get_args(Step)
"""The steps, in their order."""


@dataclass(frozen=True, slots=True)
class StudioState:
    """
    The state of the studio.

    Attributes:
        step: The open step.
        keeping: The draft as saved.
        notice: The outcome of the last action, as text.
        failure: The last error; None if there was none.
    """

    step: Step = "recipients"
    keeping: Keeping = field(default_factory=Keeping)
    said: str = ""
    failure: Failure | None = None
