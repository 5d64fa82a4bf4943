"""Makes an app of the sandbox appear to be in LIVE mode."""

import dataclasses

from dingnb.client import DingTalk


def make_live(ding: DingTalk) -> DingTalk:
    """Put an app into LIVE mode, in which it still sends to the sandbox only; return it."""
    ding._realm = dataclasses.replace(ding._realm, mode="LIVE")
    ding._context = dataclasses.replace(ding._context, realm=ding._realm)
    return ding
