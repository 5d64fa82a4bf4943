"""
The model of the login form.

Calls to DingTalk and the keyring run in a thread, one at a time; requests during one are ignored.
"""

import os
from collections.abc import Callable

from dingnb.api import contacts
from dingnb.api.contacts import Scope
from dingnb.auth import App, Origin, Secret, find_credentials, profiles
from dingnb.auth.credentials import read_agent_id
from dingnb.auth.secret import hide
from dingnb.auth.sources import PROFILE, Credentials, has_app, shadowed_profile_note
from dingnb.client import DingTalk
from dingnb.clock import Clock, SystemClock
from dingnb.connecting import choose_ledger, connect
from dingnb.errors import DingError, InputError, KeyringUnavailableError
from dingnb.limits import STANDARD, Limits
from dingnb.transport import find_hosts
from dingnb.ui.kit.code import connect_code
from dingnb.ui.kit.model import Failure, Model
from dingnb.ui.login.state import Draft, LoginState, Proof
from dingnb.words import NOTHING, Text, sentences


class LoginModel(Model[LoginState]):
    """
    Finds an app, checks it with DingTalk, and saves profiles.

    Args:
        oapi_base_url: The base URL of the old API, as `dingnb.connect` takes it.
        api_base_url: The base URL of the new API.
        limits: The limits of the connections.
        clock: The source of time.
    """

    def __init__(
        self,
        *,
        oapi_base_url: str | None = None,
        api_base_url: str | None = None,
        limits: Limits = STANDARD,
        clock: Clock | None = None,
    ) -> None:
        self._limits = limits
        self._hosts = {
            name: url
            for name, url in (("oapi_base_url", oapi_base_url), ("api_base_url", api_base_url))
            if url is not None
        }
        super().__init__(LoginState(), clock or SystemClock())
        # A secret may be typed while another one is checked.
        self._secret = self._checked = Secret("")
        self._ding: DingTalk | None = None

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
        Connect with existing credentials; without any, wait for the user to enter some.

        This blocks, so that the app is connected in the next cell.

        Args:
            profile: The profile to use, instead of the environment's app.
        """
        self._list_profiles()
        is_known = profile is not None or has_app(os.environ) or bool(os.environ.get(PROFILE))
        if is_known or any(known.is_default for known in self.state.profiles):
            self._show(stage="checking")
            self._run(lambda: self._connect_known(profile))

    def take_secret(self, secret: Secret) -> None:
        """Keep a typed secret until it is used or replaced."""
        self._secret = secret
        self._show(secret_characters=len(secret.reveal()))

    def check(self, draft: Draft) -> None:
        """Check a typed app with DingTalk and connect; save it if wanted."""
        secret = self._secret
        self._start(lambda: self._connect_typed(draft, secret))

    def practise(self) -> None:
        """Connect to the sandbox."""
        self._start(self._connect_sandbox)

    def use(self, name: str) -> None:
        """Make a profile the default, and connect with it."""
        self._start(lambda: self._switch(name))

    def ask_forget(self, name: str) -> None:
        """Ask for confirmation before a profile is deleted."""
        if not self.is_busy:
            self._show(forgetting=name, forgotten="")

    def keep(self) -> None:
        """Keep the profile that was about to be deleted."""
        if not self.is_busy:
            self._show(forgetting="")

    def forget(self) -> None:
        """Delete the profile after confirmation, with its secret; a connected app stays connected."""
        name = self.state.forgetting
        if name:
            self._start(lambda: self._forget(name))

    def another(self) -> None:
        """Show the fields again, to connect another app; until then, the current one stays connected."""
        if self.state.proof is not None:
            still = self.state.proof.masked_key
            self._show(stage="open", proof=None, still=still, failure=None, shadow=NOTHING, code="", forgotten="")

    def _start(self, work: Callable[[], None]) -> None:
        self._start_work(
            work, stage="checking", proof=None, failure=None, shadow=NOTHING, forgetting="", forgotten="", code=""
        )

    def _ended(self) -> None:
        if self.state.stage == "checking":
            self._show(stage="open")

    def _leave(self) -> None:
        # Nothing must be sent by another app than the one asked for.
        self._ding = None
        self._show(still="")

    def _connect_known(self, profile: str | None) -> None:
        self._prove(self._connect(find_credentials(os.environ, profile=profile, **self._hosts)))

    def _connect_sandbox(self) -> None:
        self._leave()
        self._prove(connect("sandbox", limits=self._limits))

    def _switch(self, name: str) -> None:
        self._leave()
        ding = self._connect(find_credentials(os.environ, profile=name, **self._hosts))
        ding.token()
        # Only a working profile becomes the default.
        profiles.set_default(name)
        self._prove(ding)

    def _connect_typed(self, draft: Draft, secret: Secret) -> None:
        self._leave()
        self._checked = secret
        app = _app_of(draft, secret)
        hosts = find_hosts(self._hosts.get("oapi_base_url"), self._hosts.get("api_base_url"), os.environ)
        if draft.remember:
            # An invalid name is reported before calling DingTalk, a missing keyring after.
            self._tolerate(lambda: profiles.check_name(draft.profile.strip(), app.app_key))
        ding = self._connect(Credentials(app, hosts, Origin("form")))
        ding.token()
        failure = None
        if draft.remember:
            profile = profiles.Profile(draft.profile.strip(), app, hosts)
            failure = self._tolerate(lambda: profiles.save(profile))
            if failure is None:
                ding.origin = Origin("profile", profile.name)
            else:
                failure = Failure(sentences(Text("login.not_kept"), failure.text), failure.advice)
        self._prove(ding, *filter(None, [failure]))

    def _connect(self, found: Credentials) -> DingTalk:
        ledger = choose_ledger(None, found.ledger, self._clock)
        return DingTalk(
            found.app, found.hosts, origin=found.origin, clock=self._clock, limits=self._limits, ledger=ledger
        )

    def _prove(self, ding: DingTalk, *failures: Failure) -> None:
        """Fetch what can be known of an app, and show it as connected once it has a token."""
        ding.token()
        scope, people = None, None
        try:
            scope = contacts.read_scope(ding.call(contacts.SCOPES, method="GET"))
            people = _people(ding, scope)
        except DingError as error:
            failures = (*failures, self._failure(error))
        app, origin = ding.app, ding.origin
        proof = Proof(app.masked_key, ding.mode, origin, app.agent_id, scope, people, failures)
        self._secret = self._checked = Secret("")
        self._ding = ding
        self._list_profiles()
        self._show(
            stage="connected",
            proof=proof,
            failure=None,
            shadow=shadowed_profile_note(app, origin, os.environ),
            secret_characters=0,
            code=connect_code(origin, self._hosts),
        )

    def _forget(self, name: str) -> None:
        profiles.delete(name)
        self._list_profiles()
        self._show(forgotten=name)

    def _list_profiles(self) -> None:
        try:
            self._show(profiles=profiles.list_profiles(), no_keyring=None)
        except KeyringUnavailableError as error:
            self._show(profiles=(), no_keyring=self._failure(error))

    def _tolerate(self, ask: Callable[[], None]) -> Failure | None:
        try:
            ask()
        except KeyringUnavailableError as error:
            return self._failure(error)
        return None

    def _failure(self, error: Exception) -> Failure:
        failure = super()._failure(error)
        if isinstance(error, DingError):
            return failure
        return Failure(failure.text.map_strings(lambda text: hide(text, self._secret, self._checked)), failure.advice)


def _app_of(draft: Draft, secret: Secret) -> App:
    key = draft.app_key.strip()
    if not key:
        raise InputError(Text("login.no_app_key"), Text("login.missing_todo"))
    if not secret:
        raise InputError(Text("login.no_app_secret"), Text("login.missing_todo"))
    if not _is_plain(key):
        raise InputError(Text("login.bad_app_key"), Text("login.missing_todo"))
    if not _is_plain(secret.reveal()):
        raise InputError(Text("login.bad_app_secret"), Text("login.missing_todo"))
    return App(key, secret, read_agent_id(draft.agent_id))


def _is_plain(text: str) -> bool:
    return text.isascii() and text.isprintable() and " " not in text


def _people(ding: DingTalk, scope: Scope) -> int | None:
    if scope.is_everybody:
        return contacts.read_people_count(ding.call(contacts.COUNT, {"only_active": False}))
    # Departments do not report their number of people.
    return None if scope.department_ids else len(scope.userids)
