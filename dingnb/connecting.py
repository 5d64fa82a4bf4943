"""Connects to DingTalk, or to a local DingTalk that reaches nobody."""

import os
from dataclasses import fields
from typing import Literal, get_args

from dingnb.auth import App, Origin, Secret, TokenEndpoint, find_credentials
from dingnb.auth.secret import as_secret
from dingnb.client import DingTalk
from dingnb.clock import Clock, SystemClock
from dingnb.errors import InputError
from dingnb.errors.arguments import check_choice, check_kind, check_whole, is_number, short_repr
from dingnb.ledger import find_home
from dingnb.limits import STANDARD, Limits
from dingnb.transport import OFFLINE_SANDBOX, Hosts, Timeouts, active_override
from dingnb.words import Text

_HOURS = 24
_MOST_USERS = 1_000_000
_MOST_SEED = 2**63


def connect(  # noqa: PLR0913 - keywords, each with a default
    target: Literal["sandbox"] | None = None,
    *,
    app_key: str | None = None,
    app_secret: str | Secret | None = None,
    agent_id: int | str | None = None,
    profile: str | None = None,
    oapi_base_url: str | None = None,
    api_base_url: str | None = None,
    limits: Limits = STANDARD,
    timeouts: Timeouts | None = None,
    token_endpoint: TokenEndpoint = "api",  # noqa: S107 - which call, no secret
    clock: Clock | None = None,
    repeat_after_s: float | None = None,
    outage_patience_s: float | None = None,
    ban_pause_s: float | None = None,
    users: int | None = None,
    seed: int | None = None,
    failed_share: float | None = None,
) -> DingTalk:
    """
    Connect to DingTalk as one app, or to a local DingTalk that reaches nobody.

    Args:
        target: ``"sandbox"`` starts a local DingTalk, one for each `users`, `seed` and `failed_share`, which all
            kernels of this computer share. It keeps its state beside the ledger, so that a restarted kernel finds
            its tasks. Without it, the app is that of the arguments, else of the environment, else of a profile.
        app_key: App key (Client ID); else ``DINGTALK_APP_KEY``.
        app_secret: App secret (Client Secret); else ``DINGTALK_APP_SECRET``.
        agent_id: Agent id, needed to send; else ``DINGTALK_AGENT_ID``.
        profile: The name of an app that `dingnb.login` remembered; goes before the environment. Without an app in
            arguments or environment it is ``DINGTALK_PROFILE``, else the default profile.
        oapi_base_url: Where the old API is; else the profile's, else ``DINGTALK_OAPI_BASE_URL``, else DingTalk's own.
        api_base_url: Where the new API is; else the profile's, else ``DINGTALK_API_BASE_URL``, else DingTalk's own.
        limits: What your edition of DingTalk allows.
        timeouts: How long to wait for answers.
        token_endpoint: Which of the two token calls to use, ``"api"`` or ``"oapi"``.
        clock: The source of time; a tape has its own where none is given.
        repeat_after_s: So long after a call of unknown outcome it may be repeated, in seconds; else
            ``DINGNB_REPEAT_AFTER_S``, else 60.
        outage_patience_s: How many seconds sending, look-ups and waiting for results try again, with growing pauses,
            while DingTalk cannot be reached, counted from the first failure; else ``DINGNB_OUTAGE_PATIENCE_S``, else
            600. 0 gives up at the first failure. Then a campaign stops, and goes on by running the cell again.
        ban_pause_s: How many seconds no call is made after DingTalk has answered with a web page, as a banned address
            gets it; else ``DINGNB_BAN_PAUSE_S``, else 300. 0 takes a web page for any other answer that is none.
        users: How many people the local DingTalk has; 1,200 by default.
        seed: Which people these are; 11 by default.
        failed_share: With which share of the people its sends fail, to practise on; none by default.

    Raises:
        InputError: Credentials are missing or cannot be used, or a base URL cannot.
        KeyringUnavailableError: A profile is asked for, and this computer has no keyring.
        UnreachableError: A server other than DingTalk's own cannot be reached.
    """
    # The first line wraps the secret: an error shows the variables of its frames.
    is_text, app_secret = _wrapped(app_secret)
    _check_target(target)
    _check(limits, timeouts, token_endpoint, clock)
    if not is_text:
        raise InputError(
            Text("argument.not_text", name="app_secret"), Text("argument.not_text_todo", name="app_secret")
        )
    _check_app(app_key, agent_id, profile=profile, oapi_base_url=oapi_base_url, api_base_url=api_base_url)
    if target is None:
        _refuse(users=users, seed=seed, failed_share=failed_share)
    else:
        hosts = {"oapi_base_url": oapi_base_url, "api_base_url": api_base_url}
        _check_sandbox(users, seed, failed_share)
        _refuse(app_key=app_key, app_secret=app_secret, agent_id=agent_id, profile=profile, **hosts)
    override = active_override()
    chosen = clock or (override.clock if override is not None else None)
    if target is None:
        found = find_credentials(
            os.environ,
            app_key=app_key,
            app_secret=app_secret,
            agent_id=agent_id,
            profile=profile,
            oapi_base_url=oapi_base_url,
            api_base_url=api_base_url,
        )
        return DingTalk(
            found.app,
            found.hosts,
            origin=found.origin,
            clock=chosen or SystemClock(),
            limits=limits,
            timeouts=timeouts,
            token_endpoint=token_endpoint,
            repeat_after_s=repeat_after_s,
            outage_patience_s=outage_patience_s,
            ban_pause_s=ban_pause_s,
        )
    from dingnb.sandbox import SandboxSettings  # noqa: PLC0415 - the server is imported when it is needed
    from dingnb.sandbox.embedded import find_or_start  # noqa: PLC0415 - likewise

    # On a tape nothing is kept: it has to play the same every time.
    folder = find_home() if override is None else None
    plain = SandboxSettings()
    settings = SandboxSettings(
        users=plain.users if users is None else users,
        seed=plain.seed if seed is None else seed,
        failed_share=plain.failed_share if failed_share is None else failed_share,
    )
    sandbox = None if override is not None and override.is_offline else find_or_start(settings, chosen, folder)
    return DingTalk(
        App(settings.app_key, Secret(settings.app_secret), settings.agent_id),
        OFFLINE_SANDBOX if sandbox is None else Hosts(sandbox.base_url, sandbox.base_url),
        origin=Origin("sandbox"),
        clock=chosen or SystemClock(),
        limits=limits,
        timeouts=timeouts,
        token_endpoint=token_endpoint,
        sandbox=None if sandbox is None else sandbox.running,
        notes=() if sandbox is None else sandbox.notes,
        repeat_after_s=repeat_after_s,
        outage_patience_s=outage_patience_s,
        ban_pause_s=ban_pause_s,
    )


def _check_target(target: object) -> None:
    if target is not None and not (isinstance(target, str) and target == "sandbox"):
        raise InputError(Text("client.bad_target", target=short_repr(target)), Text("client.bad_target_todo"))


def _check(limits: object, timeouts: object, token_endpoint: object, clock: object) -> None:
    """Check what every connection is made with."""
    check_kind("limits", limits, Limits, "argument.limits_todo")
    for one in fields(Limits):
        value = getattr(limits, one.name)
        least = -_HOURS if one.name == "day_starts_at_utc_offset_h" else 1
        if type(value) is not int or value < least:
            raise InputError(
                Text("argument.limit", field=one.name, value=short_repr(value)), Text("argument.limits_todo")
            )
    if timeouts is not None:
        check_kind("timeouts", timeouts, Timeouts, "argument.timeouts_todo")
        for one in fields(Timeouts):
            if not is_number(getattr(timeouts, one.name)) or not getattr(timeouts, one.name) > 0:
                raise InputError(
                    Text("argument.kind", name=one.name, value=short_repr(getattr(timeouts, one.name))),
                    Text("argument.timeouts_todo"),
                )
    check_choice("token_endpoint", token_endpoint, get_args(TokenEndpoint), "argument.endpoint_todo")
    if clock is not None and not all(hasattr(clock, name) for name in ("monotonic_ns", "wait", "is_real")):
        raise InputError(Text("argument.kind", name="clock", value=short_repr(clock)), Text("argument.clock_todo"))


def _wrapped(app_secret: object) -> tuple[bool, Secret | None]:
    """Return whether an app secret is text, or None, and the secret itself."""
    is_text = isinstance(app_secret, str | Secret | None)
    return is_text, None if app_secret is None else as_secret(app_secret)


def _check_app(app_key: object, agent_id: object, **texts: object) -> None:
    """Check the types of what names an app. What may be a secret is not shown."""
    for name, value in {"app_key": app_key, **texts}.items():
        if value is not None and not isinstance(value, str):
            raise InputError(Text("argument.not_text", name=name), Text("argument.not_text_todo", name=name))
    if agent_id is not None and not isinstance(agent_id, str):
        check_whole("agent_id", agent_id, "app.bad_agent_id_todo", least=1)


def _check_sandbox(users: object, seed: object, failed_share: object) -> None:
    """Check who the people of the local DingTalk are."""
    if users is not None:
        check_whole("users", users, "argument.users_todo", least=0, most=_MOST_USERS)
    if seed is not None:
        check_whole("seed", seed, "argument.seed_todo", least=-_MOST_SEED, most=_MOST_SEED)
    if failed_share is not None and not (is_number(failed_share) and 0 <= failed_share <= 1):  # type: ignore[operator]
        what = Text("argument.kind", name="failed_share", value=short_repr(failed_share))
        raise InputError(what, Text("argument.failed_share_todo"))


def _refuse(**arguments: object) -> None:
    """Refuse arguments that would be ignored without a word."""
    unused = ", ".join(name for name, value in arguments.items() if value is not None)
    if unused:
        raise InputError(Text("client.unused", names=unused), Text("client.unused_todo"))
