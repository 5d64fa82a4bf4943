"""
The model of the login form: connects an app, and saves, uses and deletes profiles.

Its state has no secret.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Literal

from dingnb.api import contacts
from dingnb.api.contacts import Scope
from dingnb.auth import App, Origin, Secret, find_credentials, profiles
from dingnb.auth.credentials import read_agent_id
from dingnb.auth.profiles import ProfileEntry
from dingnb.auth.secret import hide
from dingnb.auth.sources import PROFILE, Credentials, base_urls_of, has_app, shadowed_profile_note
from dingnb.client import DingTalk, ledger_of
from dingnb.clock import Clock, SystemClock
from dingnb.connecting import connect, connect_with
from dingnb.errors import CredentialsError, DingError, InputError, KeyringUnavailableError
from dingnb.limits import STANDARD, Limits
from dingnb.transport import find_hosts
from dingnb.ui.kit.code import connect_code
from dingnb.ui.kit.model import Failure, Model
from dingnb.words import NOTHING, Text, sentences

Stage = Literal["open", "checking", "connected"]


@dataclass(frozen=True, slots=True)
class LoginInput:
    """
    The input of the form, except for the secret.

    Attributes:
        profile: The name of the profile.
        app_key: The app key.
        agent_id: The agent id as typed; may be empty.
        remember: Whether to save the app.
    """

    profile: str = ""
    app_key: str = ""
    agent_id: str = ""
    remember: bool = False


@dataclass(frozen=True, slots=True)
class ConnectedApp:
    """
    A connected app, as the form shows it.

    Attributes:
        masked_key: The masked app key.
        mode: ``SANDBOX`` or ``LIVE``.
        origin: The origin of the credentials.
        agent_id: The agent id, which only sending verifies; None if the app has none.
        scope: The contact scope; None if unknown.
        people: The number of people in the scope; None if unknown, as when the scope has departments.
        failures: Errors that did not prevent the connection.
    """

    masked_key: str
    mode: str
    origin: Origin
    agent_id: int | None
    scope: Scope | None = None
    people: int | None = None
    failures: tuple[Failure, ...] = ()


@dataclass(frozen=True, slots=True)
class LoginState:
    """
    The state of the form.

    Attributes:
        stage: Whether the form waits for the user or for DingTalk, or is connected.
        app: The connected app; None if no app is connected, or while another app is chosen or checked.
        previous_key: The masked key of the app that stays connected until another app is tried; empty if there is none.
        failure: The last error; None if there was none.
        app_to_retry: The masked key of an app, from the environment or a profile, that could not be checked although
            DingTalk has not refused it; empty if there is none.
        refused_profile: The saved profile whose secret DingTalk refused last, as input; None if there is none.
        profiles: The saved profiles.
        no_keyring: Why profiles cannot be saved; None if they can.
        precedence_note: The notice that the environment takes precedence over a profile; empty if it does not.
        profile_to_delete: The profile to delete after confirmation; empty if there is none.
        deleted_profile: The profile that was just deleted; empty if there is none.
        secret_characters: The length of a typed secret that is not used yet; 0 for none.
        code: The equivalent Python.
    """

    stage: Stage = "open"
    app: ConnectedApp | None = None
    previous_key: str = ""
    failure: Failure | None = None
    app_to_retry: str = ""
    refused_profile: LoginInput | None = None
    profiles: tuple[ProfileEntry, ...] = ()
    no_keyring: Failure | None = None
    precedence_note: Text = NOTHING
    profile_to_delete: str = ""
    deleted_profile: str = ""
    secret_characters: int = 0
    code: str = ""


class LoginModel(Model[LoginState]):
    """
    Connects an app after checking it with DingTalk, and saves profiles.

    Args:
        oapi_base_url: The base URL of the old API, as `dingnb.connect` takes it.
        api_base_url: The base URL of the new API.
        limits: The limits of the connections.
        reads_scope: Whether to read and show whom a connected app sees, which takes calls.
        clock: The source of time.

    Attributes:
        on_connect: Called with an app that was checked, before it is connected; if the call fails, the app is not
            connected.
    """

    def __init__(
        self,
        *,
        oapi_base_url: str | None = None,
        api_base_url: str | None = None,
        limits: Limits = STANDARD,
        reads_scope: bool = True,
        clock: Clock | None = None,
    ) -> None:
        self._limits = limits
        self._reads_scope = reads_scope
        self._hosts = {
            name: url
            for name, url in (("oapi_base_url", oapi_base_url), ("api_base_url", api_base_url))
            if url is not None
        }
        super().__init__(LoginState(), clock or SystemClock())
        self.on_connect: Callable[[DingTalk], None] = lambda _: None
        # A new secret may be typed while this one is checked.
        self._secret = self._checked_secret = Secret("")
        self._ding: DingTalk | None = None
        self._profile: str | None = None

    @property
    def ding(self) -> DingTalk:
        """
        The connected app.

        Raises:
            InputError: Nothing is connected yet.
        """
        if self._ding is None:
            raise InputError(Text("login.not_yet"), Text("login.not_yet_todo"))
        return self._ding

    def open(self, profile: str | None = None) -> None:
        """
        Connect with existing credentials, if there are any; otherwise, the form asks for an app.

        Returns when the app is connected or the attempt has failed, so that the next cell can use the app.

        Args:
            profile: The profile to use, instead of the environment's app.
        """
        self._list_profiles()
        self._profile = profile
        has_credentials = profile is not None or has_app(os.environ) or bool(os.environ.get(PROFILE))
        if has_credentials or any(entry.is_default for entry in self.state.profiles):
            self._show(stage="checking")
            self._run_here(self._connect_existing)

    def retry(self) -> None:
        """Connect with existing credentials again."""
        self._start(self._connect_existing, app_to_retry=self.state.app_to_retry)

    def take_secret(self, secret: Secret) -> None:
        """Keep a typed secret until it is used or replaced."""
        self._secret = secret
        self._show(secret_characters=len(secret.reveal()))

    def check(self, typed: LoginInput) -> None:
        """Check a typed app with DingTalk, connect it, and save it if requested."""
        secret = self._secret
        self._start(lambda: self._connect_typed(typed, secret))

    def use_sandbox(self) -> None:
        """Connect to the sandbox."""
        self._start(self._connect_sandbox)

    def use(self, name: str) -> None:
        """Make a profile the default, and connect with it."""
        self._start(lambda: self._use(name))

    def request_deletion(self, name: str) -> None:
        """Ask the user to confirm that a profile is to be deleted."""
        if not self.is_busy:
            self._show(profile_to_delete=name, deleted_profile="")

    def cancel_deletion(self) -> None:
        """Keep the profile that was to be deleted."""
        if not self.is_busy:
            self._show(profile_to_delete="")

    def delete_profile(self) -> None:
        """Delete the profile after confirmation, with its secret; a connected app stays connected."""
        name = self.state.profile_to_delete
        if name:
            self._start(lambda: self._delete(name))

    def clear_failure(self) -> None:
        """Hide the error about the input, since the input changes."""
        if self.state.failure is not None and self.state.stage == "open" and not self.is_busy:
            self._show(failure=None)

    def choose_another(self) -> None:
        """Show the fields again, to connect another app; the current app stays connected until another is tried."""
        if self.state.app is not None:
            self._show(
                stage="open",
                app=None,
                previous_key=self.state.app.masked_key,
                failure=None,
                precedence_note=NOTHING,
                code="",
                deleted_profile="",
            )

    def _start(self, work: Callable[[], None], app_to_retry: str = "") -> None:
        self._start_work(
            work,
            stage="checking",
            app=None,
            failure=None,
            app_to_retry=app_to_retry,
            refused_profile=None,
            precedence_note=NOTHING,
            profile_to_delete="",
            deleted_profile="",
            code="",
        )

    def _on_idle(self) -> None:
        if self.state.stage == "checking":
            self._change({"stage": "open"})

    def _disconnect(self) -> None:
        # Nothing must be sent by an app other than the one requested.
        self._ding = None
        self._show(previous_key="")

    def _connect_existing(self) -> None:
        credentials = find_credentials(os.environ, profile=self._profile, **self._hosts)
        try:
            with self._noting_refused_profile(credentials):
                self._verify(self._connect(credentials))
        except DingError as error:
            is_refused = isinstance(error, CredentialsError)
            self._show(app_to_retry="" if is_refused else credentials.app.masked_key)
            raise

    def _connect_sandbox(self) -> None:
        self._disconnect()
        self._verify(connect("sandbox", limits=self._limits))

    def _use(self, name: str) -> None:
        self._disconnect()
        credentials = find_credentials(os.environ, profile=name, **self._hosts)
        ding = self._connect(credentials)
        with self._noting_refused_profile(credentials):
            ding.token()
        # Only a working profile becomes the default.
        profiles.set_default(name)
        self._verify(ding)

    @contextmanager
    def _noting_refused_profile(self, found: Credentials) -> Iterator[None]:
        """Note the saved profile if its app key and secret are refused."""
        try:
            yield
        except CredentialsError:
            if found.origin.profile:
                app = found.app
                agent_id = "" if app.agent_id is None else str(app.agent_id)
                self._show(refused_profile=LoginInput(found.origin.profile, app.app_key, agent_id, remember=True))
            raise

    def _connect_typed(self, typed: LoginInput, secret: Secret) -> None:
        self._disconnect()
        self._checked_secret = secret
        app = _app_of(typed, secret)
        base_urls = self._hosts.get("oapi_base_url"), self._hosts.get("api_base_url")
        name = typed.profile.strip()
        stored: profiles.Profile | None = None
        if typed.remember:
            # An invalid name is reported before calling DingTalk, a missing keyring afterwards.
            with suppress(KeyringUnavailableError):
                profiles.check_name(name, app.app_key)
                # A profile keeps its hosts, and its ledger, which records who already got messages.
                stored = profiles.find(name)
        if stored is not None:
            base_urls = base_urls_of(stored, *base_urls)
        hosts = find_hosts(*base_urls, os.environ)
        ding = self._connect(Credentials(app, hosts, Origin("form"), None if stored is None else stored.ledger))
        ding.token()
        failures: tuple[Failure, ...] = ()
        team = None if ledger_of(ding).is_shared else profiles.find_with_ledger(app)
        if team is not None:
            what, hint = Text("login.other_ledger", name=team.name), Text("login.other_ledger_todo", name=team.name)
            failures = (Failure(what, hint),)
        if typed.remember:
            try:
                profiles.save(profiles.Profile(name, app, hosts))
                ding.origin = Origin("profile", name)
            except KeyringUnavailableError as error:
                failure = self._failure(error)
                failures = (*failures, Failure(sentences(Text("login.not_kept"), failure.what), failure.hint))
        self._verify(ding, *failures)

    def _connect(self, found: Credentials) -> DingTalk:
        return connect_with(found, clock=self._clock, limits=self._limits)

    def _verify(self, ding: DingTalk, *failures: Failure) -> None:
        """Check an app by its token, read its scope, and show it as connected."""
        ding.token()
        scope, people = None, None
        try:
            if self._reads_scope:
                scope = contacts.read_scope(ding.call(contacts.SCOPES, method="GET"))
                people = _count_people(ding, scope)
        except DingError as error:
            failures = (*failures, self._failure(error))
        app, origin = ding.app, ding.origin
        connected = ConnectedApp(app.masked_key, ding.mode, origin, app.agent_id, scope, people, failures)
        self.on_connect(ding)
        self._secret = self._checked_secret = Secret("")
        self._ding = ding
        self._list_profiles()
        self._show(
            stage="connected",
            app=connected,
            failure=None,
            app_to_retry="",
            precedence_note=shadowed_profile_note(app, origin, os.environ),
            secret_characters=0,
            code=connect_code(origin, self._hosts, self._limits),
        )

    def _delete(self, name: str) -> None:
        profiles.delete(name)
        self._list_profiles()
        self._show(deleted_profile=name)

    def _list_profiles(self) -> None:
        try:
            self._show(profiles=profiles.list_profiles(), no_keyring=None)
        except KeyringUnavailableError as error:
            self._show(profiles=(), no_keyring=self._failure(error))

    def _failure(self, error: Exception) -> Failure:
        failure, refused = super()._failure(error), self.state.refused_profile
        if isinstance(error, CredentialsError) and refused is not None:
            what = sentences(Text("login.profile_refused", name=refused.profile), failure.what)
            return Failure(what, sentences(failure.hint, Text("login.profile_refused_todo")))
        if isinstance(error, DingError):
            return failure
        return Failure(
            failure.what.map_strings(lambda text: hide(text, self._secret, self._checked_secret)), failure.hint
        )


def _app_of(typed: LoginInput, secret: Secret) -> App:
    key = typed.app_key.strip()
    if not key:
        raise InputError(Text("login.no_app_key"), Text("login.missing_todo"))
    if not secret:
        raise InputError(Text("login.no_app_secret"), Text("login.missing_todo"))
    if not _is_plain_ascii(key):
        raise InputError(Text("login.bad_app_key"), Text("login.missing_todo"))
    if not _is_plain_ascii(secret.reveal()):
        raise InputError(Text("login.bad_app_secret"), Text("login.missing_todo"))
    return App(key, secret, read_agent_id(typed.agent_id))


def _is_plain_ascii(text: str) -> bool:
    return text.isascii() and text.isprintable() and " " not in text


def _count_people(ding: DingTalk, scope: Scope) -> int | None:
    if scope.is_whole_organisation:
        return contacts.read_people_count(ding.call(contacts.COUNT, {"only_active": False}))
    # Departments do not report their number of people.
    return None if scope.department_ids else len(scope.userids)
