"""Settings of a sandbox: its size, its app, and the behaviour that DingTalk does not document."""

import math
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field, fields, replace
from numbers import Integral
from typing import Any, Literal, NamedTuple, NoReturn, get_args, get_origin, get_type_hints

from dingnb.errors import InputError
from dingnb.errors.arguments import is_number, short_repr
from dingnb.limits import STANDARD, Limits, describe_limit
from dingnb.sandbox.organisation import PROFILE_FIELDS
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

SEPARATE_OPTIONS = ("users", "seed", "app_key", "app_secret", "agent_id", "corp_id")
"""The settings that have command-line options of their own."""

_LIMIT_PREFIX = "limits."
_BOOLEANS = {"true": True, "false": False}
_MAX_DIGITS = 18
_HIDEABLE_FIELDS = frozenset(PROFILE_FIELDS) - {"userid", "name"}

_DEFAULT_RANGE = (0, 10**9)
_ANY_NUMBER = (-math.inf, math.inf)
_POSITIVE = (1, 10**9)
_SHARE = (0, 1)
_ABOVE_ZERO = (math.ulp(0), 10**9)
_RANGES: dict[str, tuple[float, float]] = {
    "users": (0, MAX_USERS),
    "seed": _ANY_NUMBER,
    "agent_id": _ANY_NUMBER,
    "day_starts_at_utc_offset_h": (-23, 23),
    "read_share": _SHARE,
    "failed_share": _SHARE,
    "stream_pushes": _POSITIVE,
    "card_http_pushes": _POSITIVE,
    "callback_deadline_s": _ABOVE_ZERO,
    "card_answer_deadline_s": _ABOVE_ZERO,
}
"""The smallest and the largest value of the numbers whose range is not `_DEFAULT_RANGE`."""

_CLIENT_LIMITS = {
    "stream_pushes_per_month": "stream_pushes_per_month",
    "day_starts_at_utc_offset_h": "day_starts_at_utc_offset_h",
    "media_lifetime_s": "media_lifetime_s",
    "media_id_bytes": None,
    "people_per_card": "card_people_per_call",
    "card_request_bytes": None,
    "card_value_bytes": "card_value_bytes",
    "card_repeats": None,
}
"""The limits that the sandbox does not read, each with the setting that the sandbox has instead, if any."""

_ALLOWED_NAMES = {
    "hidden_fields": (_HIDEABLE_FIELDS, Text("expected.hidden_fields")),
    "missing_permissions": (frozenset(PERMISSIONS), Text("expected.permissions", permissions=", ".join(PERMISSIONS))),
}
"""The names that a list of names may contain, and their description; other lists may contain any names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SandboxSettings:
    """
    The settings of one sandbox.

    Settings marked "(assumption)" cover behaviour that DingTalk does not document: docs/dingtalk.md, "What is not
    documented". Lists can be given as any iterable, or as one text with commas; they become tuples without repetitions.

    Raises:
        InputError: A value is of another type, out of range, or not one of the choices.
    """

    # The organisation and its app.

    users: int = 1_200
    """Number of people in the organisation, including former staff; at most 1,000,000."""

    seed: int = 11
    """Seed from which people, ids and reading times are derived."""

    app_key: str = "dingsandboxappkey"
    """App key (Client ID) of the test app."""

    app_secret: str = field(default="sandbox-secret-not-for-live-use", repr=False)
    """App secret of the test app; valid only for this sandbox."""

    agent_id: int = 1_000_001
    """Agent id of the test app."""

    corp_id: str = "dingsandboxcorp"
    """Id of the organisation."""

    scope_departments: Collection[int] = (1,)
    """
    Departments whose people the app sees, with all departments below; calls for other departments fail with 50004, and
    calls for people in other departments with 50002. Sending is not limited.
    """

    hidden_fields: Collection[str] = ()
    """Fields of people that the app may not see, such as ``mobile``; answers omit them."""

    missing_permissions: Collection[str] = ()
    """Permissions that the app lacks, such as ``qyapi_get_department_list``; calls that need them fail with 60011."""

    # Limits and quotas.

    limits: Limits = STANDARD
    """
    DingTalk's limits, including the monthly quota. One object can be shared with the client: limits that the sandbox
    does not enforce have no effect on the sandbox, and ``--set`` refuses them.
    """

    day_starts_at_utc_offset_h: float = 8
    """UTC offset, in hours, of the midnight that starts a day and a month; 8 for Beijing (assumption)."""

    departments_per_call: int = 20
    """Maximum number of departments in one send; a send to more fails with 40066."""

    people_per_send: int = 5_000
    """Maximum number of people in one send to departments; a send to more fails with 41029."""

    to_all_per_day: int = 3
    """Maximum number of sends to everybody per day; further sends fail with 41045."""

    people_counted_at: Literal["acceptance", "processing"] = "acceptance"
    """When a person counts towards the people per minute (assumption)."""

    same_content_counted_at: Literal["delivery", "acceptance"] = "delivery"
    """When a content counts as received by a person on a day (assumption)."""

    recall_frees_content: bool = False
    """Whether a content that was recalled no longer counts (assumption)."""

    throttled_calls_count: bool = False
    """Whether a call refused with 90018 counts towards the calls per second (assumption)."""

    stream_pushes_per_month: int = STANDARD.stream_pushes_per_month
    """Monthly quota of Stream."""

    over_stream_quota: Literal["reported", "lost"] = "reported"
    """Whether presses beyond `stream_pushes_per_month` are still reported, or lost (assumption)."""

    card_presses_counted: bool = True
    """Whether presses reported over Stream count towards `stream_pushes_per_month` (assumption)."""

    # Tasks, and what people do with messages.

    task_starts_after_s: float = 0.2
    """Seconds until processing of an accepted task starts, status 1 (assumption)."""

    task_done_after_s: float = 1.0
    """Seconds until a task is done, status 2, and its message delivered (assumption)."""

    read_share: float = 0.7
    """Share of people who ever read a message (assumption)."""

    read_within_s: float = 3_600
    """Maximum number of seconds between delivery and reading (assumption)."""

    failed_share: float = 0
    """Share of people for whom a send fails (`failed_user_id_list`). Another send may reach them (assumption)."""

    # Error codes and answers.

    excess_recipients: Literal["error", "truncate"] = "error"
    """Whether a `userid_list` above `limits.recipients_per_call` is refused (40032) or truncated (assumption)."""

    bad_agent_code: Literal["40056", "70003"] = "40056"
    """Error code for a wrong agent id in a send (assumption)."""

    no_receiver_code: Literal["40035", "40032"] = "40035"
    """Error code for a send without recipients (assumption)."""

    early_result: Literal["error", "empty"] = "error"
    """Whether a result requested too early is refused (41052) or has empty lists (assumption)."""

    many_people_result_code: Literal["41052", "15"] = "41052"
    """Error code for the result of a send to more than `limits.recipients_per_call` people (assumption)."""

    lists_forbidden_users: bool = False
    """Whether results contain `forbidden_user_id_list` in addition to `forbidden_list` (assumption)."""

    expired_token_code: Literal["42001", "40014"] = "42001"  # noqa: S105 - an error code
    """Error code for an expired token (assumption)."""

    monthly_quota_error: Literal["direct", "wrapped"] = "direct"
    """Whether 90020 is returned directly or wrapped in 88 (assumption)."""

    top_lists: Literal["typed", "plain"] = "typed"
    """Whether the TOP gateway wraps lists in an object that names their type, or returns them plainly (assumption)."""

    unknown_user_code: Literal["33012", "60121"] = "33012"
    """Error code of `v2/user/get` for an unknown userid (assumption)."""

    unknown_department_code: Literal["50004", "60019", "60003"] = "50004"
    """Error code of `v2/user/list` for an unknown department (assumption)."""

    # Media.

    media_lifetime_s: float = 3 * 24 * 3_600
    """Seconds after an upload until its media id expires; 0 for never (assumption)."""

    checks_media_ids: bool = True
    """
    Whether the media ids of messages are checked: an id that is unknown, expired or of another kind is refused with
    40007; for media ids of other apps, see `foreign_media_ids` (assumption).
    """

    foreign_media_ids: Literal["refused", "accepted"] = "refused"
    """Whether a media id of another app is refused or accepted (assumption)."""

    media_format_by: Literal["both", "content", "name"] = "both"
    """Whether an upload's format is judged by its content, by the suffix of its name, or by both (assumption)."""

    large_media_code: Literal["40006", "45001"] = "40006"
    """Error code for an upload that is too large (assumption)."""

    file_message_bytes: int = 10 * 2**20
    """Maximum size of the file of a work notification; larger files fail with 40006 (assumption)."""

    # Robot messages.

    session_lifetime_s: float = 5_400
    """Seconds after a message during which the robot may reply through its `sessionWebhook`."""

    # Stream.

    stream_ticket_lifetime_s: float = 90
    """Lifetime of a Stream ticket in seconds."""

    stream_push_timeout_s: float = 3
    """Seconds until an event that was not acknowledged is pushed again; 0 for never."""

    stream_closes_after_s: float = 10
    """Seconds between the `disconnect` frame and the end of a connection."""

    stream_pushes: int = 5
    """Maximum number of pushes of an unacknowledged event (assumption)."""

    stream_later_after_s: float = 3
    """Seconds until an event answered with `LATER` or a code other than 200 is pushed again (assumption)."""

    stream_callback_repeat_s: float = 60
    """Seconds until an unanswered robot message or card callback is sent again; 0 for never (assumption)."""

    stream_message_id_on_repeat: Literal["same", "new"] = "same"
    """Whether a repeated push has the same message id or a new id (assumption)."""

    stream_max_pending: int = 10_000
    """Maximum number of pushes that wait for a client to connect; beyond, the oldest push is dropped (assumption)."""

    stream_ping_every_s: float = 60
    """Seconds between pings of a connection; 0 for none (assumption)."""

    stream_connection_lifetime_s: float = 0
    """Seconds until a connection expires; 0 for never (assumption)."""

    # Callbacks.

    callback_deadline_s: float = 2.5
    """Seconds, in the computer's time, in which a callback URL must answer."""

    callback_failed_after_s: float = 180
    """Seconds between a callback's last attempt and its entry in the list of failed callbacks (assumption)."""

    callback_signature: Literal["signature", "msg_signature"] = "signature"
    """Name of the signature parameter in a callback's query (assumption)."""

    foreign_callback_code: Literal["71013", "71012"] = "71013"
    """Error code for a callback URL that is not on this computer (assumption)."""

    # Cards.

    card_templates: Collection[str] = (
        "1366a1eb-bc54-4859-ac88-517c56a9acb1.schema",
        "589420e2-c1e2-46ef-a5ed-b8728e654da9.schema",
        "c2a6355b-9724-4f7e-9653-d33fcb3311bb.schema",
    )
    """
    Templates that the app may use, such as ``my.schema``; a template's private variables follow its id after slashes:
    ``my.schema/name/hours``.
    """

    unpublished_card_templates: Collection[str] = ()
    """Templates whose cards are refused because they are not published."""

    foreign_card_templates: Collection[str] = ()
    """Templates of other apps: all calls with them succeed, and people see that loading fails."""

    card_people_per_call: int = 0
    """Maximum number of people in one `openSpaceId`; 0 for what `limits.card_target_characters` allows (assumption)."""

    card_value_bytes: int = 1_024
    """Maximum size of a variable, and of all private variables of a person; 0 for no limit (assumption)."""

    non_text_card_values: Literal["refused", "lost"] = "refused"
    """Whether variables that are not text are refused, or silently dropped, ``lost`` (assumption)."""

    card_unsafe_words: Collection[str] = ()
    """Words for which the content audit refuses a card."""

    repeated_card: Literal["refused", "delivered"] = "refused"
    """Whether a card is refused if its `outTrackId` exists, or the existing card is delivered again (assumption)."""

    repeated_card_route: Literal["returned", "error"] = "returned"
    """
    Whether a route key that exists, without `forceUpdate`, returns what is registered or is an error (assumption).
    """

    card_callback_format: Literal["content", "value"] = "content"
    """Whether a press comes as ``content`` with the parameters inside, or as ``value`` with the parameters beside."""

    card_button_id_in: Literal["both", "params", "actionIds"] = "both"
    """Where a press has the id of the button (assumption)."""

    card_answer_deadline_s: float = 2
    """Seconds, in the computer's time, in which the answer to a press must arrive to take effect (assumption)."""

    card_http_pushes: int = 1
    """Maximum number of requests to a callback URL for a press that was not answered (assumption)."""

    def __post_init__(self) -> None:
        for name, rule in _RULES.items():
            given = getattr(self, name)
            object.__setattr__(self, name, rule.normalize(given))
            if not rule.accepts(getattr(self, name)):
                _refuse(name, given, rule.expected)
        if self.task_starts_after_s > self.task_done_after_s:
            _refuse("task_starts_after_s", self.task_starts_after_s, Text("expected.task_start"))
        for limit in fields(Limits):
            value, rule = getattr(self.limits, limit.name), _limit_rule(limit.name)
            if not rule.accepts(value):
                _refuse(f"{_LIMIT_PREFIX}{limit.name}", value, rule.expected)


class _Rule(NamedTuple):
    """
    What a setting accepts.

    Attributes:
        kind: The setting's type.
        accepts: Returns whether a value is valid.
        expected: What is valid.
        normalize: Returns a value as it is stored; a value that cannot be valid is returned unchanged.
    """

    kind: Any
    accepts: Callable[[Any], bool]
    expected: Text
    normalize: Callable[[Any], Any] = lambda value: value


def _rule(name: str, kind: Any) -> _Rule:  # noqa: ANN401 - a type or a generic alias
    if kind in {int, float}:
        return _number_rule(name, kind)
    if get_origin(kind) is Collection:
        return _list_rule(name, kind)
    if get_origin(kind) is Literal:
        choices = get_args(kind)
        expected = Text("expected.choice", choices=", ".join(choices))
        return _Rule(kind, lambda value: isinstance(value, str) and value in choices, expected)
    if kind is bool:
        return _Rule(kind, lambda value: isinstance(value, bool), Text("expected.flag"))
    if kind is Limits:
        return _Rule(kind, lambda value: isinstance(value, Limits), Text("expected.limits"))
    return _Rule(kind, lambda value: isinstance(value, str) and value != "", Text("expected.some_text"))


def _number_rule(name: str, kind: type[int | float]) -> _Rule:
    least, most = _RANGES.get(name, _DEFAULT_RANGE)

    def accepts(value: object) -> bool:
        return is_number(value) and (kind is float or isinstance(value, Integral)) and least <= value <= most  # type: ignore[operator]

    if least == -math.inf:
        return _Rule(kind, accepts, Text("expected.integer"), _to_builtin_number)
    if (least, most) == _ABOVE_ZERO:
        return _Rule(kind, accepts, Text("expected.number_above_zero", most=f"{most:,}"), _to_builtin_number)
    key = "expected.whole_number" if kind is int else "expected.number"
    return _Rule(kind, accepts, Text(key, least=f"{least:,}", most=f"{most:,}"), _to_builtin_number)


def _to_builtin_number(value: object) -> object:
    """Return a number as an `int` or a `float`: NumPy's numbers have another text, and cannot be sent as JSON."""
    if not is_number(value):
        return value
    return int(value) if isinstance(value, Integral) else float(value)  # type: ignore[arg-type]


def _limit_rule(name: str) -> _Rule:
    limit = describe_limit(name)
    expected = Text("expected.whole_number", least=f"{limit.minimum:,}", most=f"{limit.maximum:,}")
    return _Rule(int, limit.accepts, expected)


def _list_rule(name: str, kind: Any) -> _Rule:  # noqa: ANN401 - a generic alias
    if kind == Collection[int]:
        return _Rule(kind, _is_tuple_of(int), Text("expected.departments"), _parse_department_ids)
    allowed, expected = _ALLOWED_NAMES.get(name, (None, Text("expected.names")))
    is_tuple_of_texts = _is_tuple_of(str)
    return _Rule(
        kind,
        lambda value: is_tuple_of_texts(value) and (allowed is None or allowed.issuperset(value)),
        expected,
        _parse_names,
    )


def _is_tuple_of(kind: type) -> Callable[[object], bool]:
    return lambda value: isinstance(value, tuple) and all(type(item) is kind for item in value)


def _parse_names(value: object) -> object:
    """Return names without blanks and repetitions; a text is split at its commas."""
    if isinstance(value, str):
        value = value.split(",")
    if not isinstance(value, Iterable):
        return value
    items = tuple(value)
    if not all(isinstance(item, str) for item in items):
        return items
    return tuple(dict.fromkeys(filter(None, map(str.strip, items))))


def _parse_department_ids(value: object) -> object:
    """Return ids of departments as numbers, without repetitions; a text is split at its commas."""
    ids = _parse_names(value)
    if not isinstance(ids, tuple):
        return value
    numbers = tuple(map(_parse_department_id, ids))
    return tuple(dict.fromkeys(numbers)) if _is_tuple_of(int)(numbers) else numbers


def _parse_department_id(item: object) -> object:
    is_integer = isinstance(item, Integral) and not isinstance(item, bool)
    is_text = isinstance(item, str) and item.isascii() and item.isdigit() and len(item) <= _MAX_DIGITS
    return int(item) if is_integer or is_text else item  # type: ignore[call-overload]


def _refuse(name: str, value: object, expected: Text) -> NoReturn:
    is_secret = name == "app_secret" and not (isinstance(value, str) and value == "")
    shown = Text("argument.of_kind", kind=type(value).__name__) if is_secret else short_repr(value)
    what = Text("sandbox.bad_setting", name=name, value=shown)
    raise InputError(what, Text("sandbox.bad_setting_todo", expected=expected))


_RULES = {name: _rule(name, kind) for name, kind in get_type_hints(SandboxSettings).items()}
"""The rules of all settings by name."""

_SETTABLE = {name: rule for name, rule in _RULES.items() if name not in {*SEPARATE_OPTIONS, "limits"}} | {
    f"{_LIMIT_PREFIX}{limit.name}": _limit_rule(limit.name)
    for limit in fields(Limits)
    if limit.name not in _CLIENT_LIMITS
}
"""The rules of what ``--set`` sets: settings, and the limits that the sandbox enforces."""


def read_settings(assignments: Sequence[str], other_fields: dict[str, Any]) -> SandboxSettings:
    """
    Return settings read from assignments of the form ``NAME=VALUE``.

    Args:
        assignments: The assignments. The last one for a name wins.
        other_fields: Other fields of `SandboxSettings`.

    Raises:
        InputError: An assignment has no ``=``, a name is unknown or has an option of its own, the sandbox does not
            enforce a limit, or a value is invalid.

    Example:
        >>> read_settings(["recall_frees_content=true", "limits.body_bytes=9"], {}).limits.body_bytes
        9
    """
    values: dict[str, Any] = {}
    limits: dict[str, Any] = {}
    for assignment in assignments:
        name, equals, text = assignment.partition("=")
        if not equals:
            raise InputError(Text("sandbox.no_assignment", text=assignment), Text("sandbox.no_assignment_todo"))
        if name in SEPARATE_OPTIONS:
            option = f"--{name.replace('_', '-')}"
            raise InputError(
                Text("sandbox.own_option", name=name), Text("sandbox.own_option_todo", name=name, option=option)
            )
        if name not in _SETTABLE:
            raise _unknown_setting_error(name)
        value = _parse_value(name, text)
        if name.startswith(_LIMIT_PREFIX):
            limits[name.removeprefix(_LIMIT_PREFIX)] = value
        else:
            values[name] = value
    return SandboxSettings(**other_fields, **values, limits=replace(STANDARD, **limits))


def _unknown_setting_error(name: str) -> InputError:
    limit = name.removeprefix(_LIMIT_PREFIX)
    if limit == name or limit not in _CLIENT_LIMITS:
        return InputError(Text("sandbox.no_setting", name=name), Text("sandbox.no_setting_todo"))
    setting = _CLIENT_LIMITS[limit]
    todo = (
        Text("sandbox.client_limit_todo", limit=limit)
        if setting is None
        else Text("sandbox.client_limit_setting_todo", setting=setting)
    )
    return InputError(Text("sandbox.client_limit", name=name), todo)


def settings_help() -> str:
    """Return the names of the settings with their defaults and possible values, one setting per line."""
    defaults = SandboxSettings()
    lines = []
    for name, rule in _SETTABLE.items():
        source = STANDARD if name.startswith(_LIMIT_PREFIX) else defaults
        default = getattr(source, name.removeprefix(_LIMIT_PREFIX))
        lines.append(f"  {name}={value_text(default)}  ({rule.expected})")
    return "\n".join([say("help.sandbox_settings"), *lines])


def value_text(value: object) -> str:
    """
    Return a value as ``--set`` takes it.

    >>> value_text(True), value_text((50, 70)), value_text(2.5)
    ('true', '50,70', '2.5')
    """
    if isinstance(value, bool):
        return str(value).lower()
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _parse_value(name: str, text: str) -> Any:  # noqa: ANN401 - of the field's type
    """Return the value of a text; a text that cannot be parsed is returned unchanged, and refused by the class."""
    kind = _SETTABLE[name].kind
    if kind is bool:
        return _BOOLEANS.get(text, text)
    if kind not in {int, float}:
        return text
    try:
        return kind(text)
    except ValueError:
        return text
