"""Settings of a sandbox: its size, its app, and the behaviour that DingTalk does not document."""

from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from functools import lru_cache
from typing import Any, Literal, get_args, get_origin, get_type_hints

from dingnb.errors import InputError
from dingnb.limits import STANDARD, Limits
from dingnb.sandbox.arguments import refuse_argument
from dingnb.sandbox.organisation import FIELDS
from dingnb.words import Text, say

MAX_USERS = 1_000_000

PERMISSIONS = (
    "qyapi_get_member",
    "qyapi_get_member_by_mobile",
    "qyapi_get_department_member",
    "qyapi_get_department_list",
    "qyapi_addresslist_search",
    "qyapi_liveness_base",
    "Card.Instance.Write",
)
"""The permissions that can be withheld from the app."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxSettings:
    """
    The settings of one sandbox.

    Every field from `people_counted_at` on covers behaviour that DingTalk does not document; its default is an
    assumption. See docs/dingtalk.md, "What is not documented".

    Attributes:
        users: Number of people in the organisation, including former staff; at most 1,000,000.
        seed: Seed from which people, ids and reading times are derived.
        app_key: App key (Client ID) of the test app.
        app_secret: App secret of the test app; valid only for this sandbox.
        agent_id: Agent id of the test app.
        corp_id: Id of the organisation.
        limits: DingTalk's limits, including the monthly quota.
        session_life_s: Seconds after a message during which the robot may reply through its `sessionWebhook`.
        stream_ticket_life_s: Lifetime of a Stream ticket in seconds.
        stream_push_timeout_s: Seconds until an event that was not acknowledged is pushed again.
        stream_closes_after_s: Seconds between the `disconnect` frame and the end of a connection.
        callback_deadline_s: Seconds, in the computer's time, in which a callback URL must answer.
        callback_failed_after_s: Seconds between a callback's last attempt and its entry in the list of failed ones.
        read_share: Share of people who ever read a message.
        read_within_s: Maximum number of seconds between delivery and reading.
        failed_share: Share of people for whom a send fails (`failed_user_id_list`). Another send may reach them.
        task_starts_after_s: Seconds until processing of an accepted task starts (status 1).
        task_done_after_s: Seconds until a task is done (status 2) and its message delivered.
        departments_per_call: Maximum number of departments in one send; more is error 40066.
        people_per_send: Maximum number of people in one send to departments; more is error 41029.
        to_all_per_day: Maximum number of sends to everybody per day; more is error 41045.
        people_counted_at: When a person counts towards the people per minute.
        same_content_taken_at: When a person's slot for a content and a day is taken.
        recall_frees_content: Whether a recall releases these slots.
        day_starts_at_utc_offset_h: UTC offset, in hours, of the midnight that starts a day and a month; 8 for Beijing.
        over_100_users: Whether a longer `userid_list` is refused (40032) or truncated.
        bad_agent_code: Error code for a wrong agent id in a send.
        no_receiver_code: Error code for a send without recipients.
        early_result: Whether a result requested too early is refused (41052) or has empty lists.
        many_people_result_code: Error code for the result of a send to more than 100 people.
        lists_forbidden_users: Whether results contain `forbidden_user_id_list` in addition to `forbidden_list`.
        expired_token_code: Error code for an expired token.
        media_life_s: Seconds after an upload until its media id expires; 0 for never.
        checks_media_ids: Whether a message with an unknown, expired or foreign media id, or one of another kind, is
            refused (40007).
        foreign_media_ids: Whether a media id of another app is refused or accepted.
        media_format_by: Whether an upload's format is judged by its content, by the suffix of its name, or by both.
        large_media_code: Error code for an upload that is too large.
        file_message_bytes: Maximum size of the file of a work notification; more is error 40006.
        top_lists: Whether the TOP gateway wraps lists in an object that names their type, or returns them plainly.
        unknown_user_code: Error code of `user/get` for an unknown userid.
        unknown_department_code: Error code of `v2/user/list` for an unknown department.
        hidden_fields: Fields of people that the app may not see, such as ``mobile,email``; answers omit them.
        missing_permissions: Permissions that the app lacks, such as ``qyapi_get_department_list``; calls that need
            them are error 60011.
        scope_departments: Departments whose people the app sees, with those below them; others are error 50004, and
            their people 50002. Sending is not limited.
        month_used_up_answer: Whether 90020 is returned directly or wrapped in 88.
        refused_calls_fill_second: Whether a call refused with 90018 counts towards the calls per second.
        callback_signature: Name of the signature parameter in a callback's query.
        foreign_callback_code: Error code for a callback URL that is not on this computer.
        stream_pushes: Maximum number of pushes of an unacknowledged event.
        stream_later_after_s: Seconds until an event answered with `LATER` or a code other than 200 is pushed again.
        stream_callback_repeat_s: Seconds until an unacknowledged robot message or card callback is pushed again; 0 for
            never.
        stream_repeats_with: Whether a repeated push has the same message id or a new one.
        stream_kept: Maximum number of pushes that wait for a client to connect; beyond it, the oldest is lost.
        stream_ping_every_s: Seconds between pings of a connection; 0 for none.
        stream_connection_life_s: Seconds until a connection expires; 0 for never.
        card_templates: Templates that the app may use, such as ``my.schema``; the private variables of one follow it
            after slashes: ``my.schema/name/hours``.
        unpublished_card_templates: Templates whose cards are refused because they are not published.
        foreign_card_templates: Templates of other apps: all calls with them succeed, and people see that loading
            fails.
        card_people_per_call: Maximum number of people in one `openSpaceId`; 0 for as many as its 1,000 characters hold.
        card_value_bytes: Maximum size of a variable, and of all private variables of a person; 0 for no limit.
        card_other_values: Whether variables that are not text are refused, or lost in silence.
        card_unsafe_words: Words for which the content audit refuses a card.
        repeated_card: Whether a card is refused if its `outTrackId` exists, or the existing one is delivered again.
        repeated_card_route: Whether a route key that exists, without `forceUpdate`, returns what is registered or is
            an error.
        card_callback_format: Whether a press comes as ``content`` with its parameters inside, or as ``value`` with
            the parameters beside.
        card_button_id_in: Where a press has the id of the button.
        card_answer_deadline_s: Seconds, in the computer's time, in which the answer to a press must arrive to take
            effect.
        card_http_pushes: Maximum number of requests to a callback URL for a press that was not answered.
        card_presses_counted: Whether presses reported over Stream count towards `stream_calls_per_month`.
        stream_calls_per_month: Monthly quota of Stream.
        over_stream_quota: Whether presses beyond that quota are still reported, or lost.

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
    media_life_s: float = 3 * 24 * 3_600
    checks_media_ids: bool = True
    foreign_media_ids: Literal["refused", "accepted"] = "refused"
    media_format_by: Literal["both", "content", "name"] = "both"
    large_media_code: Literal["40006", "45001"] = "40006"
    file_message_bytes: int = 10 * 2**20
    top_lists: Literal["typed", "plain"] = "typed"
    unknown_user_code: Literal["33012", "60121"] = "33012"
    unknown_department_code: Literal["50004", "60019", "60003"] = "50004"
    hidden_fields: str = ""
    missing_permissions: str = ""
    scope_departments: str = "1"
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
    card_templates: str = (
        "1366a1eb-bc54-4859-ac88-517c56a9acb1.schema,589420e2-c1e2-46ef-a5ed-b8728e654da9.schema,"
        "c2a6355b-9724-4f7e-9653-d33fcb3311bb.schema"
    )
    unpublished_card_templates: str = ""
    foreign_card_templates: str = ""
    card_people_per_call: int = 0
    card_value_bytes: int = 1_024
    card_other_values: Literal["refused", "lost"] = "refused"
    card_unsafe_words: str = ""
    repeated_card: Literal["refused", "delivered"] = "refused"
    repeated_card_route: Literal["returned", "error"] = "returned"
    card_callback_format: Literal["content", "value"] = "content"
    card_button_id_in: Literal["both", "params", "actionIds"] = "both"
    card_answer_deadline_s: float = 2
    card_http_pushes: int = 1
    card_presses_counted: bool = True
    stream_calls_per_month: int = STANDARD.stream_pushes_per_month
    over_stream_quota: Literal["reported", "lost"] = "reported"

    def __post_init__(self) -> None:
        rules = (
            (0 <= self.users <= MAX_USERS, "users", Text("expected.up_to", most=f"{MAX_USERS:,}")),
            (0 <= self.read_share <= 1, "read_share", Text("expected.share")),
            (0 <= self.failed_share <= 1, "failed_share", Text("expected.share")),
            (self.read_within_s >= 0, "read_within_s", Text("expected.seconds")),
            (
                0 <= self.task_starts_after_s <= self.task_done_after_s,
                "task_starts_after_s",
                Text("expected.task_start"),
            ),
            (self.callback_deadline_s > 0, "callback_deadline_s", Text("expected.positive_seconds")),
            (self.stream_pushes > 0, "stream_pushes", Text("expected.positive")),
            (self.card_answer_deadline_s > 0, "card_answer_deadline_s", Text("expected.positive_seconds")),
            (self.card_http_pushes > 0, "card_http_pushes", Text("expected.positive")),
            (
                self.fields_hidden <= {*FIELDS} - {"userid", "name"},
                "hidden_fields",
                Text("expected.hidden_fields"),
            ),
            (
                self.permissions_missing <= {*PERMISSIONS},
                "missing_permissions",
                Text("expected.permissions", permissions=", ".join(PERMISSIONS)),
            ),
            (
                all(item.isascii() and item.isdigit() for item in _items(self.scope_departments)),
                "scope_departments",
                Text("expected.departments"),
            ),
            (bool(self.app_key), "app_key", Text("expected.some_text")),
            (bool(self.app_secret), "app_secret", Text("expected.some_text")),
        )
        for is_valid, name, expected in rules:
            if not is_valid:
                # A secret is refused only if it is empty.
                refuse_argument("settings", name, getattr(self, name), expected)

    @property
    def fields_hidden(self) -> frozenset[str]:
        """The fields that the app may not see."""
        return _items(self.hidden_fields)

    @property
    def permissions_missing(self) -> frozenset[str]:
        """The permissions that the app lacks."""
        return _items(self.missing_permissions)

    @property
    def templates(self) -> frozenset[str]:
        """The card templates that the app may use, each with its private variables after slashes."""
        return _items(self.card_templates)

    @property
    def templates_unpublished(self) -> frozenset[str]:
        """The card templates that are not published."""
        return _items(self.unpublished_card_templates)

    @property
    def templates_foreign(self) -> frozenset[str]:
        """The card templates of other apps."""
        return _items(self.foreign_card_templates)

    @property
    def unsafe_words(self) -> frozenset[str]:
        """The words for which the content audit refuses a card."""
        return _items(self.card_unsafe_words)

    @property
    def scope(self) -> frozenset[int]:
        """The departments whose people the app sees."""
        return frozenset(map(int, _items(self.scope_departments)))


@lru_cache
def _items(text: str) -> frozenset[str]:
    return frozenset(filter(None, map(str.strip, text.split(","))))


_LIMIT = "limits."
# These have command-line options of their own.
_OPTIONS = ("users", "seed", "app_key", "app_secret", "agent_id", "corp_id", "limits")
_BOOLEANS = {"true": True, "false": False}
_TYPES = {name: kind for name, kind in get_type_hints(SandboxSettings).items() if name not in _OPTIONS} | {
    f"{_LIMIT}{limit.name}": int for limit in fields(Limits)
}


def read_settings(assignments: Sequence[str], given: dict[str, Any]) -> SandboxSettings:
    """
    Return settings read from assignments of the form ``NAME=VALUE``.

    Args:
        assignments: The assignments. The last one for a name wins.
        given: Other fields of `SandboxSettings`.

    Raises:
        InputError: A name is unknown or a value is invalid.

    Example:
        >>> read_settings(["recall_frees_content=true", "limits.body_bytes=9"], {}).limits.body_bytes
        9
    """
    values: dict[str, Any] = {}
    limits: dict[str, int] = {}
    for assignment in assignments:
        name, equals, text = assignment.partition("=")
        if not equals:
            raise InputError(say("sandbox.no_assignment", text=assignment))
        if name not in _TYPES:
            raise InputError(say("sandbox.no_setting", name=name))
        value = _value(name, text)
        if name.startswith(_LIMIT):
            limits[name.removeprefix(_LIMIT)] = value
        else:
            values[name] = value
    return SandboxSettings(**given, **values, limits=replace(STANDARD, **limits))


def settings_help() -> str:
    """Return the names with their defaults and choices, one per line."""
    plain = SandboxSettings()
    lines = []
    for name in _TYPES:
        source = STANDARD if name.startswith(_LIMIT) else plain
        default = getattr(source, name.removeprefix(_LIMIT))
        shown = str(default).lower() if isinstance(default, bool) else default
        lines.append(f"  {name}={shown}  ({_wanted(name)})")
    return "\n".join([say("help.sandbox_settings"), *lines])


def _value(name: str, text: str) -> Any:  # noqa: ANN401 - of the field's type
    kind = _TYPES[name]
    if kind is str:
        return text
    try:
        if get_origin(kind) is Literal:
            return {choice: choice for choice in get_args(kind)}[text]
        if kind is bool:
            return _BOOLEANS[text]
        value = kind(text)
    except (KeyError, ValueError):
        value = None
    # The comparison also rejects NaN.
    minimum, maximum = _RANGES.get(name, _RANGE)
    if value is None or not minimum <= value <= maximum:
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
    if kind is str:
        return say("sandbox.names_or_ids")
    if name == _UTC_OFFSET:
        return "-23 ... 23"
    return "0, 1, 2, ..." if kind is int else "0 ..."
