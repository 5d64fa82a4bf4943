"""The function `dingnb.connect`: connects an app to DingTalk, or to a local sandbox."""

import os
from dataclasses import fields
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

from dingnb.auth import App, Credentials, Origin, Secret, TokenEndpoint, find_credentials
from dingnb.auth.database_url import DatabaseUrl
from dingnb.auth.secret import as_secret
from dingnb.client import DingTalk
from dingnb.clock import Clock, SystemClock
from dingnb.display.shell import is_notebook
from dingnb.errors import InputError
from dingnb.errors.arguments import check_choice, check_integer, check_texts, check_type, is_number, short_repr
from dingnb.ledger import Ledger, find_home, find_ledger_location, open_ledger, parse_ledger_location
from dingnb.ledger.opening import wrap_ledger_location
from dingnb.limits import STANDARD, Limits, describe_limit
from dingnb.messages import CardSettings
from dingnb.transport import OFFLINE_SANDBOX, Hosts, RouteOverride, Timeouts, active_override
from dingnb.words import Text

if TYPE_CHECKING:
    from dingnb.sandbox import SandboxSettings
    from dingnb.sandbox.discovery import SandboxConnection

_MAX_USERS = 1_000_000
_MAX_SEED = 2**63


def connect(  # noqa: PLR0913 - keywords, each with a default
    target: Literal["sandbox"] | None = None,
    *,
    app_key: str | None = None,
    app_secret: str | Secret | None = None,
    agent_id: int | str | None = None,
    profile: str | None = None,
    ledger: str | os.PathLike[str] | Secret | None = None,
    oapi_base_url: str | None = None,
    api_base_url: str | None = None,
    limits: Limits = STANDARD,
    timeouts: Timeouts | None = None,
    token_endpoint: TokenEndpoint = "api",  # noqa: S107 - names a call, not a secret
    clock: Clock | None = None,
    repeat_after_s: float | None = None,
    outage_patience_s: float | None = None,
    ban_pause_s: float | None = None,
    cards: CardSettings | None = None,
    operator: str | None = None,
    users: int | None = None,
    seed: int | None = None,
    failed_share: float | None = None,
) -> DingTalk:
    """
    Connect to DingTalk as one app, or to a local sandbox that reaches nobody.

    Args:
        target: ``"sandbox"`` starts a local sandbox for these `users`, `seed` and `failed_share`. All kernels with the
            same ``DINGNB_HOME`` share the sandbox, and its state is kept there, so that a restarted kernel finds its
            tasks. With a `clock` other than the system clock, the sandbox is neither shared nor kept. By default, the
            app comes from the arguments, a profile named by `profile`, the environment, or another saved profile, in
            this order.
        app_key: App key (Client ID). Default: ``DINGTALK_APP_KEY``.
        app_secret: App secret (Client Secret). Default: ``DINGTALK_APP_SECRET``.
        agent_id: Agent id, required for sending. Default: the profile's, or ``DINGTALK_AGENT_ID`` if the app key is the
            key in ``DINGTALK_APP_KEY``.
        profile: The name of a profile saved by `dingnb.login`; takes precedence over the environment. Default without
            an app in arguments and environment: ``DINGTALK_PROFILE``, or the default profile.
        ledger: The ledger: ``"postgresql://user@host/database"`` for a team's ledger (``pip install
            'dingnb[team]'``), or a folder or the ``ledger.sqlite3`` in a folder. The database's password comes from the
            URL, from the profile if the profile's ledger has the same address, from ``PGPASSWORD``, or from
            PostgreSQL's password file; the password is never shown. Default: ``DINGNB_LEDGER``, the profile's, or the
            ledger of this computer.
        oapi_base_url: Base URL of the old API. Default: the profile's if it is not DingTalk's own,
            ``DINGTALK_OAPI_BASE_URL``, or DingTalk's own.
        api_base_url: Base URL of the new API. Default: likewise, with ``DINGTALK_API_BASE_URL``.
        limits: The limits of your edition of DingTalk, which the client observes; a local sandbox enforces its own.
        timeouts: The timeouts of calls.
        token_endpoint: The token call to use, ``"api"`` or ``"oapi"``.
        clock: The source of time; by default the system clock, or the tape's clock while a tape is in use.
        repeat_after_s: Minimum time before an attempt with unknown outcome may be repeated, in seconds. Default:
            ``DINGNB_REPEAT_AFTER_S``, or 60.
        outage_patience_s: Time for which sending, look-ups and waiting for results retry with growing pauses while
            DingTalk cannot be reached, in seconds from the first failure. Default: ``DINGNB_OUTAGE_PATIENCE_S``, or
            600. 0 gives up at the first failure. After that, the campaign stops; running the cell again continues it.
        ban_pause_s: Pause of all calls after DingTalk has returned a web page, as for a banned address, in seconds.
            Default: ``DINGNB_BAN_PAUSE_S``, or 300. 0 treats a web page as any other bad answer.
        cards: How cards are sent: their templates, and how answers come back. By default, DingTalk's public templates,
            with answers over Stream.
        operator: Who you are, as the ledger records who created, sent, stopped or recalled a campaign; at most 100
            characters. Default: ``DINGNB_OPERATOR``, or the user and host of this computer, such as ``ann@laptop``.
        users: The number of people in the sandbox, from 0 to 1,000,000; 1,200 by default.
        seed: The seed for generating these people; 11 by default.
        failed_share: The share of people for whom the sandbox's sends fail, from 0 to 1, for practice; 0 by default.

    Raises:
        InputError: Credentials are missing or invalid, or an argument is invalid or has no effect with this `target`.
        LedgerError: The team's ledger cannot be used.
        MissingPackageError: `ledger` is a database, and psycopg is not installed.
        KeyringUnavailableError: A profile is requested, but this computer has no keyring.
        UnreachableError: A server other than DingTalk's own cannot be reached.
    """
    # Secrets are wrapped first, because errors show the variables of their frames.
    has_text_secret, app_secret = _wrap_secret(app_secret)
    is_ledger_text, ledger = isinstance(ledger, str), wrap_ledger_location(ledger)
    location = parse_ledger_location(ledger)
    _check_target(target)
    _check_common(limits, timeouts, token_endpoint, clock)
    if cards is not None:
        check_type("cards", cards, CardSettings, "argument.cards_todo")
    if not has_text_secret:
        raise InputError(
            Text("argument.not_text", name="app_secret"), Text("argument.not_text_todo", name="app_secret")
        )
    _check_app(app_key, agent_id, profile=profile, oapi_base_url=oapi_base_url, api_base_url=api_base_url)
    if target is None:
        _refuse_unused(users=users, seed=seed, failed_share=failed_share)
    else:
        _check_sandbox(users, seed, failed_share)
        _refuse_unused(
            app_key=app_key,
            app_secret=app_secret,
            agent_id=agent_id,
            profile=profile,
            oapi_base_url=oapi_base_url,
            api_base_url=api_base_url,
        )
    override = active_override()
    chosen_clock = clock or (override.clock if override is not None else None)
    new_client = partial(
        DingTalk,
        clock=chosen_clock or SystemClock(),
        limits=limits,
        timeouts=timeouts,
        token_endpoint=token_endpoint,
        repeat_after_s=repeat_after_s,
        outage_patience_s=outage_patience_s,
        ban_pause_s=ban_pause_s,
        cards=cards,
        operator=operator,
    )
    notes = _password_note(location, is_text=is_ledger_text)
    if target is None:
        credentials = find_credentials(
            os.environ,
            app_key=app_key,
            app_secret=app_secret,
            agent_id=agent_id,
            profile=profile,
            oapi_base_url=oapi_base_url,
            api_base_url=api_base_url,
        )
        return new_client(
            credentials.app,
            credentials.hosts,
            origin=credentials.origin,
            notes=notes,
            ledger=choose_ledger(location, credentials.ledger, chosen_clock),
        )
    from dingnb.sandbox.remote import RemoteSandbox  # noqa: PLC0415 - imported when it is needed

    settings = _sandbox_settings(users, seed, failed_share)
    sandbox = _find_or_start_sandbox(settings, chosen_clock, override)
    return new_client(
        App(settings.app_key, Secret(settings.app_secret), settings.agent_id),
        OFFLINE_SANDBOX if sandbox is None else Hosts(sandbox.base_url, sandbox.base_url),
        origin=Origin("sandbox"),
        sandbox=None if sandbox is None else sandbox.running or RemoteSandbox(sandbox.base_url, settings),
        has_remote_sandbox=sandbox is not None and sandbox.running is None,
        notes=(*(() if sandbox is None else sandbox.notes), *notes),
        ledger=choose_ledger(location, None, chosen_clock),
    )


def connect_with(credentials: Credentials, *, clock: Clock | None = None, limits: Limits = STANDARD) -> DingTalk:
    """
    Return the client for credentials that `find_credentials` returned or a form asked for.

    Args:
        credentials: The credentials.
        clock: The source of time; None is the system clock.
        limits: The limits of the app.

    Raises:
        InputError: The ledger in the environment is invalid.
        LedgerError: The team's ledger cannot be used.
        MissingPackageError: The ledger is a database, and psycopg is not installed.
    """
    return DingTalk(
        credentials.app,
        credentials.hosts,
        origin=credentials.origin,
        clock=clock or SystemClock(),
        limits=limits,
        ledger=choose_ledger(None, credentials.ledger, clock),
    )


def choose_ledger(given: DatabaseUrl | Path | None, profile_ledger: DatabaseUrl | None, clock: Clock | None) -> Ledger:
    """
    Return the ledger to use: the argument's, else the environment's, else the profile's, else this computer's.

    Args:
        given: The ledger in the argument; None if there is none.
        profile_ledger: The team's ledger of the profile, with its password; None if there is none.
        clock: The source of time; None is the system clock.

    Raises:
        InputError: The ledger in the environment is invalid.
        LedgerError: The team's ledger cannot be used.
        MissingPackageError: The ledger is a database, and psycopg is not installed.
    """
    location = given if given is not None else find_ledger_location(os.environ)
    if location is None:
        location = profile_ledger
    if (
        isinstance(location, DatabaseUrl)
        and not location.password
        and profile_ledger is not None
        and str(location) == str(profile_ledger)
    ):
        location = location.with_password(profile_ledger.password)
    ledger = open_ledger(location)
    # A team's ledger that cannot be used is an error now, and not only when a plan is sent.
    ledger.connect_and_check(clock or SystemClock())
    return ledger


def _password_note(location: DatabaseUrl | Path | None, *, is_text: bool) -> tuple[Text, ...]:
    """Return a warning if the password of a ledger may be in the code of a notebook, which is saved and shared."""
    has_password = isinstance(location, DatabaseUrl) and bool(location.password)
    return (Text("team_ledger.password_in_code"),) if has_password and is_text and is_notebook() else ()


def _sandbox_settings(users: int | None, seed: int | None, failed_share: float | None) -> "SandboxSettings":
    from dingnb.sandbox import SandboxSettings  # noqa: PLC0415 - imported when it is needed

    defaults = SandboxSettings()
    return SandboxSettings(
        users=defaults.users if users is None else users,
        seed=defaults.seed if seed is None else seed,
        failed_share=defaults.failed_share if failed_share is None else failed_share,
    )


def _find_or_start_sandbox(
    settings: "SandboxSettings", clock: Clock | None, override: RouteOverride | None
) -> "SandboxConnection | None":
    """Return the sandbox for these settings, started if there is none yet; None if a tape plays the answers."""
    from dingnb.sandbox.discovery import find_or_start  # noqa: PLC0415 - the server is imported when it is needed

    if override is None:
        return find_or_start(settings, clock, find_home())
    # With a tape nothing is kept, so that its playback is reproducible.
    return None if override.is_offline else find_or_start(settings, clock, None)


def _check_target(target: object) -> None:
    if target is not None and not (isinstance(target, str) and target == "sandbox"):
        is_near = isinstance(target, str) and bool(get_close_matches(target.casefold(), ["sandbox"]))
        key = "client.bad_target_near" if is_near else "client.bad_target"
        raise InputError(Text(key, target=short_repr(target)), Text("client.bad_target_todo"))


def _check_common(limits: object, timeouts: object, token_endpoint: object, clock: object) -> None:
    """Check the arguments common to all connections."""
    check_type("limits", limits, Limits, "argument.limits_todo")
    for field in fields(Limits):
        value, limit = getattr(limits, field.name), describe_limit(field.name)
        if not limit.accepts(value):
            raise InputError(
                Text("argument.limit", field=field.name, value=short_repr(value)),
                Text("argument.limit_todo", least=f"{limit.minimum:,}", most=f"{limit.maximum:,}"),
            )
    if timeouts is not None:
        check_type("timeouts", timeouts, Timeouts, "argument.timeouts_todo")
        for field in fields(Timeouts):
            if not is_number(getattr(timeouts, field.name)) or not getattr(timeouts, field.name) > 0:
                raise InputError(
                    Text("argument.kind", name=field.name, value=short_repr(getattr(timeouts, field.name))),
                    Text("argument.timeouts_todo"),
                )
    check_choice("token_endpoint", token_endpoint, get_args(TokenEndpoint), "argument.endpoint_todo")
    if clock is not None and not all(hasattr(clock, name) for name in ("monotonic_ns", "wait", "is_real")):
        raise InputError(Text("argument.kind", name="clock", value=short_repr(clock)), Text("argument.clock_todo"))


def _wrap_secret(app_secret: object) -> tuple[bool, Secret | None]:
    """Return whether an app secret has a valid type (text, `Secret` or None), and the secret."""
    has_text_secret = isinstance(app_secret, str | Secret | None)
    return has_text_secret, None if app_secret is None else as_secret(app_secret)


def _check_app(app_key: object, agent_id: object, **texts: object) -> None:
    """Check the types of an app's credentials, without showing possible secrets."""
    check_texts(app_key=app_key, **texts)
    if agent_id is not None and not isinstance(agent_id, str):
        check_integer("agent_id", agent_id, "app.bad_agent_id_todo", 1, 10**18 - 1)


def _check_sandbox(users: object, seed: object, failed_share: object) -> None:
    """Check the arguments for the people of the sandbox."""
    if users is not None:
        check_integer("users", users, "argument.users_todo", minimum=0, maximum=_MAX_USERS)
    if seed is not None:
        check_integer("seed", seed, "argument.seed_todo", minimum=-_MAX_SEED, maximum=_MAX_SEED)
    if failed_share is not None and not (is_number(failed_share) and 0 <= failed_share <= 1):  # type: ignore[operator]
        what = Text("argument.kind", name="failed_share", value=short_repr(failed_share))
        raise InputError(what, Text("argument.failed_share_todo"))


def _refuse_unused(**arguments: object) -> None:
    """Refuse arguments that would be silently ignored."""
    unused = ", ".join(name for name, value in arguments.items() if value is not None)
    if unused:
        raise InputError(Text("client.unused", names=unused), Text("client.unused_todo"))
