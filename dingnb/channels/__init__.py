"""The channels that messages travel by: one module each, all with the protocol `Channel`."""

from dingnb.channels.channel import Channel, PersonResult, Results, may_repeat
from dingnb.channels.work_notifications import WORK_NOTIFICATIONS

__all__ = [
    "CHANNELS",
    "SAME_TEXT_CODES",
    "WORK_NOTIFICATIONS",
    "Channel",
    "PersonResult",
    "Results",
    "channel_named",
    "may_repeat",
]

CHANNELS: tuple[Channel, ...] = (WORK_NOTIFICATIONS,)

SAME_TEXT_CODES = frozenset(code for channel in CHANNELS for code in channel.same_text_codes)
"""DingTalk's codes for messages dropped because the person was sent the same text on that day."""


def channel_named(name: str) -> Channel:
    """Return the channel of a name, as the ledger stores it."""
    return next(channel for channel in CHANNELS if channel.name == name)
