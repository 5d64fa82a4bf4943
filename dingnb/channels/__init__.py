"""Delivery channels: one module each, all implementing the protocol `Channel`."""

from dingnb.channels.cards import CARDS
from dingnb.channels.channel import Channel, PersonResult, Results, SendResponse, may_repeat
from dingnb.channels.work_notifications import WORK_NOTIFICATIONS

__all__ = [
    "CARDS",
    "CHANNELS",
    "SAME_TEXT_CODES",
    "WORK_NOTIFICATIONS",
    "Channel",
    "PersonResult",
    "Results",
    "SendResponse",
    "channel_for",
    "channel_named",
    "may_repeat",
]

CHANNELS: tuple[Channel, ...] = (WORK_NOTIFICATIONS, CARDS)
"""All channels."""

SAME_TEXT_CODES = frozenset(code for channel in CHANNELS for code in channel.same_text_codes)
"""DingTalk's codes for messages dropped because the person was sent the same text on that day."""


def channel_named(name: str) -> Channel:
    """Return the channel with a name, as stored in the ledger."""
    return next(channel for channel in CHANNELS if channel.name == name)


def channel_for(msgtype: str) -> Channel:
    """
    Return the channel that sends messages of a type.

    >>> channel_for("markdown").name, channel_for("survey").name
    ('work notification', 'card')
    """
    return next(channel for channel in CHANNELS if msgtype in channel.msgtypes)
