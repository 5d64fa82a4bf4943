"""
The checks of ``dingnb doctor``: this computer, the ledger, and the app at DingTalk.

The checks change nothing but the ledger: the ledger counts the calls of `check_app`, and opening a ledger of an earlier
version migrates it, as with any command. The texts of a check contain no secrets; `mask_for_report` also removes what
identifies the user or the app.
"""

import os
import platform
import re
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import Literal, get_args
from urllib.parse import urlsplit

from dingnb.api import contacts
from dingnb.api.contacts import Scope
from dingnb.auth import profiles
from dingnb.auth.database_url import DatabaseUrl
from dingnb.calls.context import DurationName, read_operator, read_seconds
from dingnb.client import DingTalk, calls_this_month, limits_of, server_ahead_ns
from dingnb.clock import BEIJING, NS_PER_S
from dingnb.connecting import choose_ledger
from dingnb.errors import (
    AccessError,
    DingError,
    InputError,
    KeyringUnavailableError,
    LedgerError,
    PersonError,
    QuotaError,
    TransportError,
)
from dingnb.ledger import Ledger, SqliteLedger, find_home, find_ledger_location, send_history
from dingnb.ledger.campaigns import campaigns
from dingnb.ledger.sqlite import home
from dingnb.media.content import format_size
from dingnb.words import NOTHING, Text, TextLike, count, duration, listed

Severity = Literal["ok", "note", "warning", "problem"]

_MIN_FREE_BYTES = 200 * 10**6
_REQUIREMENT = re.compile(r"([A-Za-z0-9._-]+)([^;]*)(?:;.*extra == \"(\w+)\")?")
_URL_QUERY = re.compile(r"(/[^\s?]*)\?[^\s，。）)\]]+")
"""The query of a URL or of a URL's path, such as ``/gettoken?appsecret=...``; other question marks are punctuation."""

_VERSION_LIMIT = re.compile(r"(>=|<)([0-9.]+)")
_MAX_CLOCK_GAP_NS = 60 * NS_PER_S
_WARNING_SHARE = 0.8
_BUSY_TIMEOUT_S = 5.0
_PROXY_VARIABLES = ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy")
_EXAMPLE_NUMBER = "13800000000"
"""A phone number to look up, whether or not anybody has it."""

_UNKNOWN_USERID = "dingnb-doctor"
_CARD_PERMISSION = "Card.Instance.Write"
_LOGIN_DAYS_AGO = 2
"""The age in days of the logins requested; the logins of a day are available from 09:00 on the next day."""


@dataclass(frozen=True, slots=True)
class Check:
    """
    The result of one check.

    Attributes:
        name: What was checked; ``doctor.NAME`` is its label.
        severity: ``problem`` must be fixed before sending, ``warning`` affects some features, ``note`` is information.
        found: What was found.
        todo: What to do; empty if nothing.
    """

    name: str
    severity: Severity
    found: TextLike
    todo: TextLike = NOTHING


@dataclass(frozen=True, slots=True)
class _Feature:
    """
    A feature of dingnb that needs a permission, and a harmless call that needs the same permission.

    Attributes:
        name: The feature; ``doctor.NAME`` is its label.
        path: The path of the call.
        body: Returns the arguments of the call for a department of the app's scope.
        needs_department: Whether the call needs a department; otherwise `body` may get None.
    """

    name: str
    path: str
    body: Callable[[int | None], Mapping[str, object]]
    needs_department: bool = False

    @property
    def permission(self) -> str:
        """The permission that the call needs."""
        return contacts.PERMISSIONS[self.path]


_FEATURES = (
    _Feature("lookup", contacts.BY_MOBILE, lambda _: {"mobile": _EXAMPLE_NUMBER}),
    _Feature(
        "departments",
        contacts.SUB_DEPARTMENTS,
        lambda department: {"dept_id": department},
        needs_department=True,
    ),
    _Feature(
        "people",
        contacts.PEOPLE,
        lambda department: {"dept_id": department, "cursor": 0, "size": 1},
        needs_department=True,
    ),
    _Feature("names", contacts.PERSON, lambda _: {"userid": _UNKNOWN_USERID}),
    _Feature(
        "logins",
        contacts.INACTIVE,
        lambda department: {
            "is_active": False,
            "dept_ids": [department],
            "offset": 0,
            "size": 1,
            "query_date": f"{datetime.now(BEIJING) - timedelta(days=_LOGIN_DAYS_AGO):%Y%m%d}",
        },
        needs_department=True,
    ),
)

MAX_CALLS = 2 + len(_FEATURES)
"""Maximum number of calls of `check_app`: the token, the scope, and one for each feature."""

MAX_COUNTED_CALLS = 2
"""Maximum number of calls of `check_app` that count towards the monthly quota: the scope, and the logins."""


def check_computer(profile_ledger: DatabaseUrl | None) -> Iterator[Check]:
    """
    Check Python, packages, settings in the environment, the folder of the ledger, the ledger, and the keyring.

    Args:
        profile_ledger: The team's ledger of the profile in use; None without a profile or a team's ledger.
    """
    yield _check_python()
    yield _check_packages()
    yield _check_lab_extra()
    yield from _check_settings()
    yield from _check_ledger(profile_ledger)
    yield _check_keyring()


def check_offline(ding: DingTalk) -> Iterator[Check]:
    """Check an app without calls: the credentials, the agent id, and proxies."""
    yield Check("credentials", "ok", Text("doctor.credentials_found", app=ding.app.masked_key, origin=ding.origin.text))
    if ding.app.agent_id is None:
        yield Check("agent_id", "problem", Text("doctor.agent_none"), Text("doctor.agent_todo"))
    else:
        yield Check("agent_id", "ok", Text("doctor.agent_found", agent_id=str(ding.app.agent_id)))
    names = [name for name in _PROXY_VARIABLES if os.environ.get(name)]
    if names and ding.mode == "LIVE":
        yield Check("proxy", "note", Text("doctor.proxy_found", names=listed(names)))
    else:
        yield Check("proxy", "ok", Text("doctor.proxy_none"))


def check_app(ding: DingTalk) -> Iterator[Check]:
    """Check the network, the clock, and the app's token, scope and permissions, with calls that only read."""
    try:
        ding.token()
    except DingError as error:
        is_network = isinstance(error, TransportError)
        yield Check("network" if is_network else "token", "problem", error.text, error.advice)
        return
    scope: Scope | None = None
    try:
        scope = contacts.read_scope(ding.call(contacts.SCOPES, method="GET"))
        scope_check = _check_scope(scope)
    except TransportError as error:
        yield Check("network", "problem", error.text, error.advice)
        return
    except DingError as error:
        scope_check = Check("scope", _severity_of(error), error.text, error.advice)
    hosts = dict.fromkeys(urlsplit(url).netloc for url in (ding.hosts.oapi_base_url, ding.hosts.api_base_url))
    yield Check("network", "ok", Text("doctor.network_found", hosts=listed(hosts)))
    yield Check("token", "ok", Text("doctor.token_found"))
    yield _check_clock(server_ahead_ns(ding))
    yield scope_check
    department = min(scope.department_ids, default=None) if scope is not None else None
    for feature in _FEATURES:
        yield _check_permission(ding, feature, department)
    # The card API has no call that only reads.
    yield Check("cards", "note", Text("doctor.cards_found", permission=_CARD_PERMISSION))
    yield Check("sending", "note", Text("doctor.sending_found"))


def check_quota(ding: DingTalk) -> Iterator[Check]:
    """Check the number of calls that the ledger has counted this month."""
    used, limit = calls_this_month(ding)
    counted = Text("doctor.quota_found", used=used, limit=limit)
    todo = Text("doctor.quota_todo", people=count("person", limits_of(ding).recipients_per_call))
    if used >= limit:
        yield Check("quota", "problem", counted, todo)
    elif used >= limit * _WARNING_SHARE:
        yield Check("quota", "warning", counted, todo)
    else:
        yield Check("quota", "ok", counted)


def _check_python() -> Check:
    fields = {"version": platform.python_version(), "system": platform.platform(terse=True)}
    return Check("python", "ok", Text("doctor.python_found", **fields))


def _check_packages() -> Check:
    try:
        own_version = version("dingnb")
    except PackageNotFoundError:
        return Check("packages", "warning", Text("doctor.packages_none"), Text("doctor.packages_todo"))
    required = [match for match in map(_REQUIREMENT.match, _requirements()) if match and not match[3]]
    problems = [problem for match in required if (problem := _package_problem(match[1], match[2].strip()))]
    if problems:
        what = Text("doctor.packages_wrong", version=own_version, names=listed(problems))
        return Check("packages", "problem", what, Text("doctor.packages_todo"))
    names = listed([Text("doctor.package_is", name=match[1], version=version(match[1])) for match in required])
    return Check("packages", "ok", Text("doctor.packages_found", version=own_version, names=names))


def _package_problem(name: str, requirement: str) -> Text:
    """Return what is wrong with a required package; empty if nothing is wrong."""
    try:
        installed = version(name)
    except PackageNotFoundError:
        return Text("doctor.package_missing", name=name)
    for sign, limit in _VERSION_LIMIT.findall(requirement):
        if (_version_numbers(installed) >= _version_numbers(limit)) != (sign == ">="):
            return Text("doctor.package_wants", name=name, version=installed, wanted=requirement)
    return NOTHING


def _version_numbers(text: str) -> tuple[int, ...]:
    """
    Return the leading numbers of a version, without trailing zeros.

    >>> _version_numbers("3.10.0rc1"), _version_numbers("3.10")
    ((3, 10), (3, 10))
    """
    match = re.match(r"\d+(?:\.\d+)*", text)
    numbers = [int(part) for part in match.group().split(".")] if match else []
    while numbers and not numbers[-1]:
        numbers.pop()
    return tuple(numbers)


def _check_lab_extra() -> Check:
    names = [match[1] for match in map(_REQUIREMENT.match, _requirements()) if match and match[3] == "lab"]
    installed, missing = [], []
    for name in names:
        try:
            installed.append(Text("doctor.package_is", name=name, version=version(name)))
        except PackageNotFoundError:
            missing.append(name)
    installed_text: Text = (
        Text("doctor.extras_found", names=listed(installed)) if installed else Text("doctor.extras_none")
    )
    if missing:
        return Check("extras", "note", installed_text, Text("doctor.extras_todo", names=listed(missing)))
    return Check("extras", "ok", installed_text)


def _requirements() -> list[str]:
    """Return the requirements of dingnb and its extras; empty if dingnb is not installed as a package."""
    try:
        return requires("dingnb") or []
    except PackageNotFoundError:
        return []


def _check_settings() -> Iterator[Check]:
    is_valid = True
    durations = [partial(read_seconds, name, None) for name in get_args(DurationName)]
    reads: list[Callable[[], object]] = [*durations, read_operator]
    for read in reads:
        try:
            read()
        except InputError as error:
            is_valid = False
            yield Check("settings", "problem", error.text, error.advice)
    if is_valid:
        yield Check("settings", "ok", Text("doctor.settings_found"))


def _check_ledger(profile_ledger: DatabaseUrl | None) -> Iterator[Check]:
    try:
        location = find_ledger_location(os.environ)
        if isinstance(location, DatabaseUrl) or (location is None and profile_ledger is not None):
            yield _check_shared_ledger(choose_ledger(None, profile_ledger, None))
            return
    except DingError as error:
        yield Check("ledger", "problem", error.text, error.advice)
        return
    yield from _check_local_ledger(find_home() if location is None else location)


def _check_shared_ledger(ledger: Ledger) -> Check:
    with ledger.connection() as db:
        campaign_count = count("campaign", len(campaigns.find_all(db)))
    return Check("ledger", "ok", Text("doctor.ledger_shared", campaigns=campaign_count))


def _check_local_ledger(folder: Path) -> Iterator[Check]:
    path = folder / home.LEDGER_FILE
    try:
        home.check_usable(folder)
    except LedgerError as error:
        yield Check("home", "problem", error.text, error.advice)
        return
    nearest = next(candidate for candidate in (folder, *folder.parents) if candidate.exists())
    free_bytes = shutil.disk_usage(nearest).free
    if free_bytes < _MIN_FREE_BYTES:
        what = Text("doctor.home_full", path=folder, free=format_size(free_bytes))
        yield Check("home", "problem", what, Text("doctor.home_full_todo"))
    else:
        key = "doctor.home_found" if folder.exists() else "doctor.home_later"
        yield Check("home", "ok", Text(key, path=folder, free=format_size(free_bytes)))
    if not path.exists():
        if send_history.has_sent_from(path):
            yield Check("ledger", "problem", Text("doctor.ledger_gone", path=path), Text("ledger.gone_todo", path=path))
        else:
            yield Check("ledger", "ok", Text("doctor.ledger_none"))
        return
    ledger = SqliteLedger(folder, busy_timeout_s=_BUSY_TIMEOUT_S)
    try:
        with ledger.connection() as db:
            campaign_count = count("campaign", len(campaigns.find_all(db)))
        ledger.check()
    except LedgerError as error:
        yield Check("ledger", "problem", error.text, error.advice)
        return
    size = format_size(path.stat().st_size)
    yield Check("ledger", "ok", Text("doctor.ledger_found", campaigns=campaign_count, size=size))


def _check_keyring() -> Check:
    try:
        return Check("keyring", "ok", Text("doctor.keyring_found", n=len(profiles.list_profiles())))
    except KeyringUnavailableError as error:
        return Check("keyring", "note", error.text, error.advice)


def _check_clock(ahead_ns: int | None) -> Check:
    if ahead_ns is None:
        return Check("clock", "note", Text("doctor.clock_unknown"))
    if abs(ahead_ns) <= _MAX_CLOCK_GAP_NS:
        return Check("clock", "ok", Text("doctor.clock_found"))
    key = "doctor.clock_behind" if ahead_ns > 0 else "doctor.clock_ahead"
    return Check("clock", "warning", Text(key, gap=duration(abs(ahead_ns) / NS_PER_S)), Text("doctor.clock_todo"))


def _check_scope(scope: Scope) -> Check:
    if scope.is_whole_organisation:
        return Check("scope", "ok", Text("doctor.scope_all"))
    if not scope.department_ids and not scope.userids:
        return Check("scope", "warning", Text("doctor.scope_none"), Text("doctor.scope_none_todo"))
    departments, people = count("department", len(scope.department_ids)), count("person", len(scope.userids))
    if scope.department_ids and scope.userids:
        return Check("scope", "ok", Text("doctor.scope_part", departments=departments, people=people))
    return Check("scope", "ok", departments if scope.department_ids else people)


def _check_permission(ding: DingTalk, feature: _Feature, department: int | None) -> Check:
    name = feature.name
    if feature.needs_department and department is None:
        return Check(name, "note", Text("doctor.unchecked", why=Text("doctor.no_scope")))
    try:
        ding.call(feature.path, feature.body(department))
    except AccessError:
        use = Text(f"doctor.{name}_use")
        todo = Text("doctor.missing_todo", permission=feature.permission, use=use)
        return Check(name, "warning", Text("doctor.missing", permission=feature.permission), todo)
    except PersonError:
        pass  # DingTalk has looked for the invented person, which needs the permission
    except DingError as error:
        return Check(name, _severity_of(error), Text("doctor.unchecked", why=error.text), error.advice)
    return Check(name, "ok", Text("doctor.granted", permission=feature.permission))


def _severity_of(error: DingError) -> Severity:
    return "problem" if isinstance(error, QuotaError | TransportError) else "warning"


def mask_for_report(text: str, app_keys: Mapping[str, str]) -> str:
    """
    Return a text that can be shown to others: without app keys, the user's folder and the queries of URLs.

    Args:
        text: The text.
        app_keys: App keys, and what to show instead.

    >>> mask_for_report("see https://open-dev.dingtalk.com/apply?content=key", {})
    'see https://open-dev.dingtalk.com/apply?***'
    """
    text = _URL_QUERY.sub(r"\1?***", text)
    for key, masked in app_keys.items():
        text = text.replace(key, masked)
    folder = os.fspath(Path.home())
    if len(folder) <= 1:
        return text
    # Not in the middle of a longer path; other scripts than Latin may adjoin a path without a space.
    return re.sub(rf"(?<![A-Za-z0-9._-]){re.escape(folder)}(?![A-Za-z0-9_-]|\.[A-Za-z0-9])", "~", text)
