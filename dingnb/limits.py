"""
DingTalk's published limits on an app's calls, recipients, cards, token and media ids, as data, each with its source.

The limits of a message's fields are in `dingnb.messages.types`, those of files in `dingnb.media.kinds`. The sources
are sections of docs/dingtalk.md. If DingTalk's own pages disagree, the more cautious value is used. All values are
settings: `dingnb.connect(limits=dataclasses.replace(STANDARD, ...))`.
"""

from dataclasses import dataclass, field, fields
from typing import Any


def _limit(value: int, unit: str, source: str) -> Any:  # noqa: ANN401 - dataclasses.field is typed the same way
    return field(default=value, metadata={"unit": unit, "source": f"docs/dingtalk.md, {source}"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """
    The limits of one app; the defaults are those of DingTalk's standard edition.

    `limit_source` returns the unit and the source of a value.
    """

    calls_per_second: int = _limit(20, "calls of one API by one app in any second", "Rates and quota")
    people_per_minute: int = _limit(5_000, "recipients of one app in any minute", "Work notifications: limits")
    calls_per_month: int = _limit(5_000, "calls of the organisation in a calendar month", "Rates and quota")
    stream_pushes_per_month: int = _limit(
        3_000, "pushes over Stream, and posts to webhooks, of the organisation in a calendar month", "Rates and quota"
    )
    recipients_per_call: int = _limit(100, "userids in one call with readable results", "Work notifications: limits")
    body_bytes: int = _limit(2_048, "bytes of msg as sent, UTF-8", "Work notifications: limits")
    messages_per_person_per_day: int = _limit(500, "messages of one app to one person", "Work notifications: limits")
    ip_calls_per_20_s: int = _limit(10_000, "calls from one address in 20 seconds", "Rates and quota")
    result_window_s: int = _limit(
        24 * 3600, "seconds after sending in which results and recall are available", "Work notifications: results"
    )
    day_starts_at_utc_offset_h: int = _limit(
        8, "UTC offset in hours of the midnight at which DingTalk's days start; an assumption", "What is not documented"
    )
    media_lifetime_s: int = _limit(
        2 * 24 * 3600, "seconds after an upload in which its media id is used again; an assumption", "Media"
    )
    media_id_bytes: int = _limit(128, "bytes reserved in a body for a media id; an assumption", "Media")
    people_per_card: int = _limit(
        1, "people in one call that creates a card; an assumption, since several are documented but unproved", "Cards"
    )
    card_target_characters: int = _limit(1_000, "characters of openSpaceId, which names a card's people", "Cards")
    card_request_bytes: int = _limit(102_400, "bytes of the request that creates a card", "Cards")
    card_value_bytes: int = _limit(1_024, "bytes of one value of a card, advised, and of one person's values", "Cards")
    card_repeats: int = _limit(3, "calls with unknown outcome for one card; an assumption", "Cards")
    token_life_s: int = _limit(7_200, "seconds until a token expires", "Tokens")


STANDARD = Limits()


def limit_source(name: str) -> tuple[str, str]:
    """
    Return the unit and the source of a field of `Limits`.

    Raises:
        KeyError: There is no such field.

    >>> limit_source("body_bytes")
    ('bytes of msg as sent, UTF-8', 'docs/dingtalk.md, Work notifications: limits')
    """
    for limit in fields(Limits):
        if limit.name == name:
            return limit.metadata["unit"], limit.metadata["source"]
    raise KeyError(name)
