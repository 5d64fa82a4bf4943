"""Where an app's credentials come from."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from dingnb.auth.secret import Secret
from dingnb.errors import InputError
from dingnb.language import say

APP_KEY = "DINGTALK_APP_KEY"
APP_SECRET = "DINGTALK_APP_SECRET"  # noqa: S105 - the name of a variable
AGENT_ID = "DINGTALK_AGENT_ID"


@dataclass(frozen=True, slots=True)
class App:
    """
    A DingTalk application.

    Attributes:
        app_key: App key, which DingTalk also calls Client ID.
        app_secret: App secret, which DingTalk also calls Client Secret.
        agent_id: Agent id; needed to send, None where it is not known.
    """

    app_key: str
    app_secret: Secret
    agent_id: int | None

    @property
    def masked_key(self) -> str:
        """The app key with its middle left out, for displays."""
        return f"{self.app_key[:4]}…{self.app_key[-4:]}" if len(self.app_key) > 8 else "…"  # noqa: PLR2004

    def __repr__(self) -> str:
        return f"App({self.masked_key}, agent_id={self.agent_id})"


@dataclass(frozen=True, slots=True)
class Origin:
    """
    Where an app key and its secret come from.

    Attributes:
        kind: The source.
        profile: The profile's name, where that is the source.
    """

    kind: Literal["arguments", "environment", "profile", "form", "sandbox"]
    profile: str = ""

    @property
    def text(self) -> str:
        """The source in words."""
        return say(f"origin.{self.kind}", profile=self.profile)


def find_app(
    app_key: str | None, app_secret: str | Secret | None, agent_id: int | str | None, environ: Mapping[str, str]
) -> App:
    """
    Return the app from arguments, else from the environment, each value by itself.

    Args:
        app_key: App key, else ``DINGTALK_APP_KEY``.
        app_secret: App secret, else ``DINGTALK_APP_SECRET``.
        agent_id: Agent id, else ``DINGTALK_AGENT_ID``.
        environ: The environment.

    Raises:
        InputError: Key or secret are missing, or the agent id is not a number.
    """
    key = (app_key or environ.get(APP_KEY) or "").strip()
    secret = (
        app_secret if isinstance(app_secret, Secret) else Secret((app_secret or environ.get(APP_SECRET) or "").strip())
    )
    missing = [name for name, value in ((APP_KEY, key), (APP_SECRET, secret)) if not value]
    if missing:
        raise InputError(say("app.missing", names=", ".join(missing)), say("app.missing_todo"))
    return App(key, secret, read_agent_id(agent_id if agent_id is not None else environ.get(AGENT_ID)))


def read_agent_id(value: int | str | None) -> int | None:
    """
    Return an agent id as a number; None where it is missing or blank.

    Raises:
        InputError: It is not a number.
    """
    text = str(value if value is not None else "").strip()
    if not text:
        return None
    if isinstance(value, bool) or not (text.isascii() and text.isdigit()):
        raise InputError(say("app.bad_agent_id", value=text), say("app.bad_agent_id_todo"))
    return int(text)
