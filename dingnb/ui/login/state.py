"""The state of the login form, as values; nothing here is secret."""

from dataclasses import dataclass
from typing import Literal

from dingnb.api.contacts import Scope
from dingnb.auth import Origin
from dingnb.auth.profiles import ProfileEntry
from dingnb.ui.kit.model import Failure
from dingnb.words import NOTHING, Text

Stage = Literal["open", "checking", "connected"]


@dataclass(frozen=True, slots=True)
class Draft:
    """
    What is typed into the form, except for the secret.

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
class Proof:
    """
    What is known of a connected app.

    Attributes:
        masked_key: The masked app key.
        mode: ``SANDBOX`` or ``LIVE``.
        origin: The origin of its credentials.
        agent_id: Its agent id, which only sending verifies.
        scope: Its contact scope; None if unknown.
        people: The number of people in it; None if unknown, or if it names departments only.
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
        stage: Whether it waits for the user, for DingTalk, or is connected.
        proof: What is known about the connected app.
        still: The masked key of an app that stays connected until another one is.
        failure: The last error; None if there was none.
        profiles: The saved profiles.
        no_keyring: Why profiles cannot be saved; None if they can.
        shadow: The notice that the environment takes precedence over a profile; else empty.
        forgetting: The profile to delete after confirmation.
        forgotten: The profile that was just deleted.
        secret_characters: The length of a typed secret that is not yet used; 0 for none.
        code: The equivalent Python.
    """

    stage: Stage = "open"
    proof: Proof | None = None
    still: str = ""
    failure: Failure | None = None
    profiles: tuple[ProfileEntry, ...] = ()
    no_keyring: Failure | None = None
    shadow: Text = NOTHING
    forgetting: str = ""
    forgotten: str = ""
    secret_characters: int = 0
    code: str = ""
