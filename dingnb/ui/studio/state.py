"""What the studio shows, as values."""

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
    What the studio shows.

    Attributes:
        step: The step that is open.
        keeping: How the draft stands.
        said: What came of what was done last.
        failure: Why something did not work.
    """

    step: Step = "recipients"
    keeping: Keeping = field(default_factory=Keeping)
    said: str = ""
    failure: Failure | None = None
