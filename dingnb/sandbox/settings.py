"""What a sandbox is told at its start: its size, its app, and what it does where DingTalk's pages are silent."""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal, get_args, get_origin, get_type_hints

from dingnb.errors import InputError
from dingnb.limits import STANDARD, Limits
from dingnb.words import say

MOST_USERS = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxSettings:
    """
    The settings of one sandbox.

    Every field from `people_counted_at` on stands for something that DingTalk does not document: its
    default is an assumption. The facts are in docs/dingtalk.md, "What is not documented".

    Attributes:
        users: How many people the organisation has, those who left included; at most 1,000,000.
        seed: What people, ids and reading follow from.
        app_key: The documented test app's key (Client ID).
        app_secret: Its secret; good for nothing but this sandbox.
        agent_id: Its agent id.
        corp_id: The organisation's id.
        limits: DingTalk's limits, the monthly quota among them.
        session_life_s: For how many seconds after a message the robot may answer it by its `sessionWebhook`.
        stream_ticket_life_s: For how many seconds a ticket opens a connection of Stream.
        stream_push_timeout_s: Within how many seconds an event has to be acknowledged; then it is pushed again.
        stream_closes_after_s: How many seconds after its `disconnect` frame a connection is closed.
        callback_deadline_s: How many seconds of the computer's time a callback's URL has to answer.
        callback_failed_after_s: How many seconds after its last try a callback is in the list of failed ones.
        read_share: Which share of the people ever reads a message.
        read_within_s: Within how many seconds of its delivery they do.
        failed_share: With which share of the people a send fails (`failed_user_id_list`); another send may reach them.
        task_starts_after_s: Seconds until an accepted task is being worked on (status 1).
        task_done_after_s: Seconds until it is done (status 2), and its people have the message.
        departments_per_call: How many departments one send may name; more is 40066.
        people_per_send: How many people one send to departments may have; more is 41029.
        to_all_per_day: How many sends to everybody a day has; more is 41045.
        people_counted_at: When a person counts for the people of a minute.
        same_content_taken_at: When a person's slot for a content and a day is taken.
        recall_frees_content: Whether a recall frees these slots.
        day_starts_at_utc_offset_h: Whose midnight starts a day and a month; 8 is Beijing's.
        over_100_users: Whether a longer `userid_list` is refused (40032), or cut.
        bad_agent_code: How a wrong agent id is refused on sending.
        no_receiver_code: How a send to nobody is refused.
        early_result: Whether a result asked for too early is refused (41052), or has empty lists.
        many_people_result_code: How the result of a send to more than 100 people is refused.
        lists_forbidden_users: Whether `forbidden_user_id_list` is there beside `forbidden_list`.
        expired_token_code: How a token is refused whose time is over.
        unknown_user_code: How `user/get` answers for a userid that it does not know.
        month_used_up_answer: Whether 90020 comes directly, or wrapped in 88.
        refused_calls_fill_second: Whether a call refused with 90018 counts for the second, too.
        callback_signature: How the query of a callback names its signature.
        foreign_callback_code: How a callback's URL is refused that leads away from this computer.
        stream_pushes: How often an event is pushed that nobody acknowledges; then it is given up.
        stream_later_after_s: How many seconds after `LATER`, or another code than 200, an event is pushed again.
        stream_callback_repeat_s: Seconds until a robot message or a card's callback that nobody acknowledged is pushed
            again; 0 is never.
        stream_repeats_with: Whether what is pushed again has the same message id, or a new one.
        stream_kept: How much waits at most for a client that is not connected; then the oldest is lost.
        stream_ping_every_s: How often a connection is pinged, in seconds; 0 is never.
        stream_connection_life_s: After how many seconds a connection expires; 0 is never.

    Raises:
        InputError: A value is out of range.
    """

    users: int = 1_200
    seed: int = 11
    app_key: str = "dingsandboxappkey"
    app_secret: str = field(default="sandbox-secret-not-for-live-use", repr=False)
    agent_id: int = 1_000_001
    corp_id: str = "dingsandboxcorp"
    limits: Limits = STANDARD
    session_life_s: float = 5_400
    stream_ticket_life_s: float = 90
    stream_push_timeout_s: float = 3
    stream_closes_after_s: float = 10
    callback_deadline_s: float = 2.5
    callback_failed_after_s: float = 180
    read_share: float = 0.7
    read_within_s: float = 3_600
    failed_share: float = 0
    task_starts_after_s: float = 0.2
    task_done_after_s: float = 1.0
    departments_per_call: int = 20
    people_per_send: int = 5_000
    to_all_per_day: int = 3
    people_counted_at: Literal["acceptance", "processing"] = "acceptance"
    same_content_taken_at: Literal["delivery", "acceptance"] = "delivery"
    recall_frees_content: bool = False
    day_starts_at_utc_offset_h: float = 8
    over_100_users: Literal["error", "truncate"] = "error"
    bad_agent_code: Literal["40056", "70003"] = "40056"
    no_receiver_code: Literal["40035", "40032"] = "40035"
    early_result: Literal["error", "empty"] = "error"
    many_people_result_code: Literal["41052", "15"] = "41052"
    lists_forbidden_users: bool = False
    expired_token_code: Literal["42001", "40014"] = "42001"  # noqa: S105 - an error code
    unknown_user_code: Literal["33012", "60121"] = "33012"
    month_used_up_answer: Literal["direct", "wrapped"] = "direct"
    refused_calls_fill_second: bool = False
    callback_signature: Literal["signature", "msg_signature"] = "signature"
    foreign_callback_code: Literal["71013", "71012"] = "71013"
    stream_pushes: int = 5
    stream_later_after_s: float = 3
    stream_callback_repeat_s: float = 60
    stream_repeats_with: Literal["same", "new"] = "same"
    stream_kept: int = 10_000
    stream_ping_every_s: float = 60
    stream_connection_life_s: float = 0

    def __post_init__(self) -> None:
        rules = (
            (0 <= self.users <= MOST_USERS, "users", f"a number from 0 to {MOST_USERS:,}"),
            (0 <= self.read_share <= 1, "read_share", "a share from 0 to 1"),
            (0 <= self.failed_share <= 1, "failed_share", "a share from 0 to 1"),
            (self.read_within_s >= 0, "read_within_s", "seconds, not negative"),
            (
                0 <= self.task_starts_after_s <= self.task_done_after_s,
                "task_starts_after_s",
                "seconds from 0 to task_done_after_s",
            ),
            (self.callback_deadline_s > 0, "callback_deadline_s", "seconds, more than 0"),
            (self.stream_pushes > 0, "stream_pushes", "a number of 1 or more"),
            (bool(self.app_key and self.app_secret), "app_key and app_secret", "texts, not empty"),
        )
        for kept, name, wanted in rules:
            if not kept:
                value = "empty" if "secret" in name else repr(getattr(self, name))
                what = f"SandboxSettings: {name} is {value}."
                hint = f"Give {wanted}."
                raise InputError(what, hint)


_LIMIT = "limits."
# These have flags of their own.
_FLAGS = ("users", "seed", "app_key", "app_secret", "agent_id", "corp_id", "limits")
_BOOLEANS = {"true": True, "false": False}
_TYPES = {name: kind for name, kind in get_type_hints(SandboxSettings).items() if name not in _FLAGS} | {
    f"{_LIMIT}{one.name}": int for one in fields(Limits)
}


def read_settings(words: Sequence[str], given: dict[str, Any]) -> SandboxSettings:
    """
    Return settings with values of the form ``NAME=VALUE``.

    Args:
        words: The values; of several for one name, the last.
        given: Further fields of `SandboxSettings`.

    Raises:
        InputError: A name is unknown, or a value cannot be used.

    Example:
        >>> read_settings(["recall_frees_content=true", "limits.body_bytes=9"], {}).limits.body_bytes
        9
    """
    values: dict[str, Any] = {}
    limits: dict[str, int] = {}
    for word in words:
        name, equals, text = word.partition("=")
        if not equals:
            raise InputError(say("sandbox.no_assignment", text=word))
        if name not in _TYPES:
            raise InputError(say("sandbox.no_setting", name=name))
        value = _value(name, text)
        if name.startswith(_LIMIT):
            limits[name.removeprefix(_LIMIT)] = value
        else:
            values[name] = value
    return SandboxSettings(**given, **values, limits=replace(STANDARD, **limits))


def settings_help() -> str:
    """Return the names with their defaults and choices, a line each."""
    plain = SandboxSettings()
    lines = []
    for name in _TYPES:
        source = STANDARD if name.startswith(_LIMIT) else plain
        default = getattr(source, name.removeprefix(_LIMIT))
        shown = str(default).lower() if isinstance(default, bool) else default
        lines.append(f"  {name}={shown}  ({_wanted(name)})")
    return "settings for --set, with their defaults:\n" + "\n".join(lines)


def _value(name: str, text: str) -> Any:  # noqa: ANN401 - of the field's type
    kind = _TYPES[name]
    try:
        if get_origin(kind) is Literal:
            return {choice: choice for choice in get_args(kind)}[text]
        if kind is bool:
            return _BOOLEANS[text]
        value = kind(text)
    except (KeyError, ValueError):
        value = None
    # The comparison refuses what is no number, too.
    least, most = _RANGES.get(name, _RANGE)
    if value is None or not least <= value <= most:
        raise InputError(say("sandbox.bad_setting", name=name, value=text, wanted=_wanted(name))) from None
    return value


_UTC_OFFSET = "day_starts_at_utc_offset_h"
_RANGES = {_UTC_OFFSET: (-23, 23)}
_RANGE = (0, 10**12)


def _wanted(name: str) -> str:
    kind = _TYPES[name]
    if get_origin(kind) is Literal:
        return " | ".join(get_args(kind))
    if kind is bool:
        return "true | false"
    if name == _UTC_OFFSET:
        return "-23 ... 23"
    return "0, 1, 2, ..." if kind is int else "0 ..."
