"""
Limits of DingTalk on calls, recipients, cards, tokens and media ids, as published or, where undocumented, assumed.

The limits of a message's fields are in `dingnb.messages.types`, the size of a robot's message in
`dingnb.messages.robot`, and the limits of files in `dingnb.media.formats`. The sources are sections of
docs/dingtalk.md. If DingTalk's own pages disagree, the more cautious value is used. dingnb's own limits of templates
are in `dingnb.messages.template_limits`.

``dingnb.connect(limits=dataclasses.replace(STANDARD, ...))`` replaces the limits that the client uses, and
`SandboxSettings.limits` those that the sandbox enforces. Messages are checked without a connection, so replaced limits
do not apply to them: the argument `body_bytes` of a message's function limits its size, and `card_value_bytes` and
`card_request_bytes` of `STANDARD` limit the size of a card.
"""

from dataclasses import dataclass, field, fields
from numbers import Integral
from typing import NamedTuple, TypeGuard

_MAXIMUM = 10**9


class LimitDescription(NamedTuple):
    """
    What a limit means, and its valid values.

    Attributes:
        meaning: What is counted, with its unit.
        source: The section of docs/dingtalk.md.
        minimum: The smallest valid value.
        maximum: The largest valid value.
    """

    meaning: str
    source: str
    minimum: int
    maximum: int

    def accepts(self, value: object) -> TypeGuard[int]:
        """Return whether a value is a whole number in this range."""
        return type(value) is int and self.minimum <= value <= self.maximum


def _limit(value: int, meaning: str, section: str, *, minimum: int = 1, maximum: int = _MAXIMUM) -> int:
    description = LimitDescription(meaning, f"docs/dingtalk.md, {section}", minimum, maximum)
    return field(default=value, metadata={"description": description})


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """
    The limits of one app; by default the limits of DingTalk's standard edition.

    `describe_limit` returns the meaning, the source and the valid values of a limit.
    """

    calls_per_second: int = _limit(20, "calls of one API by one app in any second", "Rates and quota")
    people_per_minute: int = _limit(5_000, "recipients of one app in any minute", "Work notifications: limits")
    calls_per_month: int = _limit(5_000, "calls of the organisation in a calendar month", "Rates and quota", minimum=0)
    stream_pushes_per_month: int = _limit(
        3_000, "pushes over Stream, and posts to webhooks, of the organisation in a calendar month", "Rates and quota"
    )
    recipients_per_call: int = _limit(100, "userids in one call with readable results", "Work notifications: limits")
    recipients_with_status_bar: int = _limit(
        5, "userids in one call with an OA message that has a status bar", "Work notifications: limits"
    )
    body_bytes: int = _limit(2_048, "bytes of msg as sent, UTF-8", "Work notifications: limits")
    messages_per_person_per_day: int = _limit(
        500, "messages of one app to one person in a day", "Work notifications: limits"
    )
    ip_calls_per_20_s: int = _limit(10_000, "calls from one address in 20 seconds", "Rates and quota")
    result_window_s: int = _limit(
        24 * 3600, "seconds after sending in which results and recall are available", "Work notifications: results"
    )
    day_starts_at_utc_offset_h: int = _limit(
        8,
        "UTC offset in hours of the midnight at which DingTalk's days start; an assumption",
        "What is not documented",
        minimum=-23,
        maximum=23,
    )
    media_lifetime_s: int = _limit(
        2 * 24 * 3600, "seconds after an upload in which its media id is used again; an assumption", "Media", minimum=0
    )
    media_id_bytes: int = _limit(128, "bytes reserved in a body for a media id; an assumption", "Media")
    people_per_card: int = _limit(
        1, "people in one call that creates a card; an assumption, since several are documented but untested", "Cards"
    )
    card_target_characters: int = _limit(1_000, "characters of openSpaceId, which names a card's people", "Cards")
    card_request_bytes: int = _limit(102_400, "bytes of the request that creates a card", "Cards")
    card_value_bytes: int = _limit(
        1_024, "bytes of one variable of a card (advised), and of all variables of a person", "Cards"
    )
    card_repeats: int = _limit(3, "calls with unknown outcome for one card; an assumption", "Cards")
    token_life_s: int = _limit(7_200, "seconds until a token expires", "Tokens")

    def __post_init__(self) -> None:
        for limit in fields(self):
            value = getattr(self, limit.name)
            if isinstance(value, Integral) and hasattr(value, "__index__") and not isinstance(value, bool):
                # An integer of NumPy, such as one from a DataFrame, cannot be written to the ledger.
                object.__setattr__(self, limit.name, int(value))


STANDARD = Limits()
"""The limits of DingTalk's standard edition."""


def describe_limit(name: str) -> LimitDescription:
    """
    Return the description of a field of `Limits`.

    Raises:
        KeyError: There is no such field.

    >>> describe_limit("body_bytes").meaning
    'bytes of msg as sent, UTF-8'
    """
    for limit in fields(Limits):
        if limit.name == name:
            description: LimitDescription = limit.metadata["description"]
            return description
    raise KeyError(name)
