"""What the login form shows, as values: nothing here is secret."""

from dataclasses import dataclass
from typing import Literal

from dingnb.api.contacts import Scope
from dingnb.auth import Origin
from dingnb.auth.profiles import Listed
from dingnb.ui.kit.model import Failure
from dingnb.words import NOTHING, Text

Stage = Literal["open", "checking", "connected"]


@dataclass(frozen=True, slots=True)
class Draft:
    """
    What is typed into the form, but for the secret.

    Attributes:
        profile: The name to remember the app by.
        app_key: App key.
        agent_id: Agent id, as typed; may be empty.
        remember: Whether to remember the app.
    """

    profile: str = ""
    app_key: str = ""
    agent_id: str = ""
    remember: bool = False


@dataclass(frozen=True, slots=True)
class Proof:
    """
    What DingTalk said of an app that it accepts.

    Attributes:
        masked_key: The app key with its middle left out.
        mode: Whether it is a sandbox's or a real one.
        origin: Where its key and secret come from.
        agent_id: Its agent id, which only sending proves.
        scope: Whom it sees; None where DingTalk did not tell.
        people: How many people that is; None where DingTalk did not tell, or names departments only.
        failures: What did not work, although the app is connected.
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
    What the form shows.

    Attributes:
        stage: Whether it waits for somebody, for DingTalk, or is done.
        proof: What is known of the connected app.
        still: The masked key of an app that stays connected until another one is.
        failure: Why it is not connected.
        profiles: What is remembered on this computer.
        no_keyring: Why nothing can be remembered.
        shadow: The sentence that the environment goes before a profile; else empty.
        forgetting: The profile that is forgotten when somebody says so once more.
        forgotten: The profile that was just forgotten.
        secret_characters: How long the secret is that was typed and not yet used; 0 is none.
        code: The line that does what the form did.
    """

    stage: Stage = "open"
    proof: Proof | None = None
    still: str = ""
    failure: Failure | None = None
    profiles: tuple[Listed, ...] = ()
    no_keyring: Failure | None = None
    shadow: Text = NOTHING
    forgetting: str = ""
    forgotten: str = ""
    secret_characters: int = 0
    code: str = ""
