"""The state of the studio, as values."""

from dataclasses import dataclass, field
from typing import Literal, get_args

from dingnb.ui.kit.model import Failure
from dingnb.ui.studio.drafts import SavedDraft

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
    saved_draft: SavedDraft = field(default_factory=SavedDraft)
    notice: str = ""
    failure: Failure | None = None
