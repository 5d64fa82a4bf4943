"""The state of the login form, as values, none of them secret."""

from dataclasses import dataclass
from typing import Literal

from dingnb.api.contacts import Scope
from dingnb.auth import Origin
from dingnb.auth.profiles import ProfileEntry
from dingnb.ui.kit.model import Failure
from dingnb.words import NOTHING, Text

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
        origin: The origin of its credentials.
        agent_id: Its agent id, which only sending verifies; None if there is none.
        scope: Its contact scope; None if unknown.
        people: The number of people in its scope; None if unknown, as when the scope has departments.
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
        app: The connected app; None if there is none, or if another one is being chosen.
        previous_key: The masked key of the app that stays connected until another one is tried; empty if there is none.
        failure: The last error; None if there was none.
        refused_profile: The saved profile whose app key and secret DingTalk refused last; empty if there is none.
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
    refused_profile: str = ""
    profiles: tuple[ProfileEntry, ...] = ()
    no_keyring: Failure | None = None
    precedence_note: Text = NOTHING
    profile_to_delete: str = ""
    deleted_profile: str = ""
    secret_characters: int = 0
    code: str = ""
