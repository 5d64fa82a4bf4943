"""
For users' own notebooks and tests: a tape that records calls and plays them, and a virtual time.

It needs the extra ``testing``: ``pip install "dingnb[testing]"``.
"""

from dingnb.clock import VirtualClock
from dingnb.words import say as _say

try:
    import vcr  # noqa: F401 - whether it is there
except ModuleNotFoundError:
    raise ImportError(_say("tape.no_vcrpy")) from None

from dingnb.testing.difference import TapeError
from dingnb.testing.tape import Tape, check_journal, tape

__all__ = ["Tape", "TapeError", "VirtualClock", "check_journal", "tape"]
