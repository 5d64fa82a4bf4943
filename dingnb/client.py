"""DingTalk: one app, connected; what the notebook holds."""

import os
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, Self

import pandas as pd

from dingnb.api import contacts
from dingnb.auth import App, Caller, Origin, Secret, Token, TokenEndpoint, TokenSource, find_credentials
from dingnb.auth.sources import shadow_note
from dingnb.bulk.cutting import cut
from dingnb.bulk.lookups import Lookups
from dingnb.bulk.pace import Pace
from dingnb.bulk.plan import Plan
from dingnb.bulk.recipients import Addresses, Rejection, address_kinds, check_frame, read_addresses
from dingnb.bulk.sending import Line
from dingnb.clock import Clock, SystemClock
from dingnb.display import Sheet
from dingnb.errors import InputError
from dingnb.language import say
from dingnb.limits import STANDARD, Limits
from dingnb.messages import Message
from dingnb.transport import (
    API,
    OAPI,
    OFFLINE_SANDBOX,
    Call,
    Hosts,
    Route,
    Timeouts,
    Transport,
    active_detour,
)

if TYPE_CHECKING:
    from dingnb.sandbox import RunningSandbox, SandboxSettings
    from dingnb.sandbox.embedded import Embedded

Mode = Literal["SANDBOX", "LIVE"]

_STATS = "/_sandbox/stats"


class DingTalk:
    """
    One app, connected to DingTalk or to a sandbox. Made by `dingnb.connect`.

    Attributes:
        origin: Where the app's credentials come from.
        mode: ``SANDBOX``, where the server says that it is one, else ``LIVE``.
        sandbox: The sandbox in this process; None where there is none, and where a tape plays its answers.
    """

    def __init__(
        self,
        app: App,
        hosts: Hosts,
        *,
        origin: Origin,
        clock: Clock,
        limits: Limits = STANDARD,
        timeouts: Timeouts | None = None,
        token_endpoint: TokenEndpoint = "api",  # noqa: S107 - which call, no secret
        sandbox: "RunningSandbox | None" = None,
    ) -> None:
        self._app = app
        self._hosts = hosts
        self.origin = origin
        self._clock = clock
        self._limits = limits
        self._transport = Transport(Route(hosts), timeouts=timeouts)
        tokens = TokenSource(app, self._transport, hosts, clock=clock, endpoint=token_endpoint)
        self._caller = Caller(self._transport, tokens)
        self._pace = Pace(limits, clock)
        self._lookups = Lookups(self._caller, self._pace, clock)
        self.sandbox = sandbox
        self.mode: Mode = _mode_of(self._transport, hosts)

    def token(self) -> Token:
        """
        Return the app's access token, masked until ``.reveal()``, for what dingnb does not cover.

        It is cached for all connections of this process, and renewed ahead of its end.

        Raises:
            CredentialsError: DingTalk does not accept app key and secret.
            DingError: DingTalk could not be asked.
        """
        return self._caller.token()

    def call(
        self,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        method: Literal["POST", "GET"] = "POST",
        query: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        """
        Make one call that dingnb has no method for, and return DingTalk's answer.

        The token is added, and renewed once when DingTalk does not accept it. The call is not paced.

        Args:
            path: ``/topapi/...`` and other paths of the old API, or ``/v1.0/...`` of the new one.
            body: What to send as JSON.
            method: ``POST`` or ``GET``.
            query: Query parameters, without the token.

        Raises:
            InputError: `path` is no path.
            ApiError: DingTalk answered with an error.
            TransportError: No usable answer came.

        Example:
            >>> import dingnb
            >>> ding = dingnb.connect("sandbox")
            >>> somebody = ding.sandbox.state.users(1)[0]["userid"]
            >>> ding.call("/topapi/v2/user/get", {"userid": somebody})["errmsg"]
            'ok'
        """
        if not path.startswith("/") or "?" in path or "#" in path or path.startswith("//"):
            raise InputError(say("client.bad_path", path=path), say("client.bad_path_todo"))
        return self._caller.call(Call(path, body, query or {}, method))

    def scope(self) -> contacts.Scope:
        """
        Return whom the app sees, and can therefore send to: departments and people, as DingTalk names them.

        This call counts in the monthly quota.

        Raises:
            DingError: DingTalk does not tell, or could not be asked.
        """
        return contacts.scope(self._caller)

    def people_count(self) -> int:
        """
        Return how many people the organisation has, which is whom an app sees whose `scope` is everybody.

        Raises:
            DingError: DingTalk does not tell, or could not be asked.
        """
        return contacts.people_count(self._caller)

    @property
    def app(self) -> App:
        """The connected app; its secret is masked."""
        return self._app

    def plan(
        self,
        frame: pd.DataFrame,
        message: Message,
        *,
        to: str | Sequence[str] = "userid",
        columns: Mapping[str, str] | None = None,
        key: str | Sequence[str] | None = None,
    ) -> Plan:
        """
        Check recipients and message, and cut them into calls. Nothing is sent; phone numbers are looked up.

        Args:
            frame: One row a person; it is not changed.
            message: What to send: `dingnb.text`, `dingnb.markdown`.
            to: The kind of address, ``"userid"`` or ``"mobile"``, or both in order of preference: the first
                that is not blank decides. A phone number costs one call, which does not count in the quota.
            columns: The column of a kind of address, where it has no usual name: ``{"mobile": "Phone 2"}``.
            key: The column, or columns, that tell several rows of one person apart. Without it, rows of one
                person with equal bodies share one message, and rows with different bodies are rejected.

        Raises:
            InputError: The frame, a column or the message cannot be used; `ColumnError`, `TemplateError` and
                `NobodyError` are kinds of it. What is wrong with single rows is in ``plan.problems()``.
            DingError: A phone number could not be looked up.
        """
        if not isinstance(message, Message):
            raise InputError(say("client.no_message", kind=type(message).__name__), say("client.no_message_todo"))
        if self._app.agent_id is None:
            raise InputError(say("app.no_agent_id"), say("app.no_agent_id_todo"))
        kept = check_frame(frame).copy(deep=False)
        addresses = read_addresses(kept, address_kinds(to), columns or {})
        # Before any look-up: a template that cannot be filled is not worth a call.
        message.check_columns(list(kept.columns))
        self._look_up(addresses)
        line = Line(
            self.mode, self._app.masked_key, self._caller, self._app.agent_id, self._pace, self._limits, self._clock
        )
        return Plan(line, cut(kept, message, addresses, key=key, limits=self._limits))

    def close(self) -> None:
        """Close the connections; a later call opens new ones."""
        self._transport.close()

    def sheet(self) -> Sheet:
        """Return what the connection shows."""
        # A port that is another one each time would make every saved notebook differ.
        addresses = " · ".join(dict.fromkeys((self._hosts.oapi_base_url, self._hosts.api_base_url)))
        facts = (
            (say("plan.app"), self._app.masked_key),
            (say("origin.label"), self.origin.text),
            (say("client.agent_id"), str(self._app.agent_id or say("client.none"))),
            (say("client.hosts"), say("client.in_process") if self.origin.kind == "sandbox" else addresses),
        )
        notes = tuple(filter(None, [shadow_note(self._app, self.origin, os.environ)]))
        return Sheet("DingTalk", self.mode, facts, notes)

    def _look_up(self, addresses: Addresses) -> None:
        found = self._lookups.find(addresses.mobiles.values())
        for position, mobile in addresses.mobiles.items():
            who = found[mobile]
            addresses.userids[position] = who.userid
            if not who.userid:
                reason = say("row.no_such_person", value=mobile, reason=who.reason)
                hint = say("row.no_such_person_todo")
                addresses.rejections[position] = Rejection(position, addresses.mobile_column, mobile, reason, hint)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return self.sheet().to_text()

    def _repr_html_(self) -> str:
        return self.sheet().to_html()


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
    users: int | None = None,
    seed: int | None = None,
) -> DingTalk:
    """
    Connect to DingTalk as one app, or to a local DingTalk that reaches nobody.

    Args:
        target: ``"sandbox"`` starts a local DingTalk in this process, once for each `users` and `seed`.
            Without it, the app is that of the arguments, else of the environment, else of a profile.
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
        users: How many people the local DingTalk has; 1,200 by default.
        seed: Which people these are; 11 by default.

    Raises:
        InputError: Credentials are missing or cannot be used, or a base URL cannot.
        KeyringUnavailableError: A profile is asked for, and this computer has no keyring.
        UnreachableError: A server other than DingTalk's own cannot be reached.
    """
    if target is None:
        _refuse(users=users, seed=seed)
    else:
        hosts = {"oapi_base_url": oapi_base_url, "api_base_url": api_base_url}
        _refuse(app_key=app_key, app_secret=app_secret, agent_id=agent_id, profile=profile, **hosts)
    detour = active_detour()
    chosen = clock or (detour.clock if detour is not None else None)
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
        )
    if target != "sandbox":
        raise InputError(say("client.bad_target", target=target), say("client.bad_target_todo"))
    from dingnb.sandbox import SandboxSettings  # noqa: PLC0415 - the server is imported when it is needed

    plain = SandboxSettings()
    settings = SandboxSettings(users=plain.users if users is None else users, seed=plain.seed if seed is None else seed)
    sandbox = None if detour is not None and detour.is_offline else _embedded(settings, chosen)
    return DingTalk(
        App(settings.app_key, Secret(settings.app_secret), settings.agent_id),
        OFFLINE_SANDBOX if sandbox is None else Hosts(sandbox.base_url, sandbox.base_url),
        origin=Origin("sandbox"),
        clock=chosen or SystemClock(),
        limits=limits,
        timeouts=timeouts,
        token_endpoint=token_endpoint,
        sandbox=None if sandbox is None else sandbox.running,
    )


def _refuse(**arguments: object) -> None:
    """Refuse arguments that would be ignored without a word."""
    unused = ", ".join(name for name, value in arguments.items() if value is not None)
    if unused:
        raise InputError(say("client.unused", names=unused), say("client.unused_todo"))


def _embedded(settings: "SandboxSettings", clock: Clock | None) -> "Embedded":
    """Return the sandbox with these people: running a cell again finds the same one."""
    from dingnb.sandbox.embedded import embedded  # noqa: PLC0415 - the server is imported when it is needed

    return embedded(settings, clock)


def _mode_of(transport: Transport, hosts: Hosts) -> Mode:
    """Return ``SANDBOX`` only when both servers answer as one; DingTalk's own are not asked."""
    if hosts.are_dingtalk:
        return "LIVE"
    canonical = (OAPI,) if hosts.oapi_base_url == hosts.api_base_url else (OAPI, API)
    answers = [transport.probe(host, _STATS) for host in canonical]
    return "SANDBOX" if all(answer is not None and answer.get("sandbox") == "dingnb" for answer in answers) else "LIVE"
