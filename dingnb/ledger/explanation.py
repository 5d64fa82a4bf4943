"""Why a batch, a person's result or a campaign is as it is."""

from typing import NamedTuple

from dingnb.words import NOTHING, Text


class Explanation(NamedTuple):
    """The reason for a status, a hint, and DingTalk's code; the hint and the code may be empty."""

    reason: Text
    hint: Text = NOTHING
    code: str = ""


NO_REASON = Explanation(NOTHING)
