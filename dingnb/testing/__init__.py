"""
Tools for tests of notebooks: a tape that records and replays HTTP calls, and a virtual clock.

These tools need the extra ``testing``: ``pip install "dingnb[testing]"``.
"""

from dingnb.clock import VirtualClock
from dingnb.words import say as _say

try:
    import vcr  # noqa: F401 - checks that it is installed
except ModuleNotFoundError:
    raise ImportError(_say("tape.no_vcrpy")) from None

from dingnb.testing.recorded_call import TapeError
from dingnb.testing.tape import Tape, check_journal, tape

__all__ = ["Tape", "TapeError", "VirtualClock", "check_journal", "tape"]
