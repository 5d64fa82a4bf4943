"""An app and the origin of its credentials; finds the app in arguments or in the environment."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from dingnb.auth.secret import MASK, Secret
from dingnb.errors import InputError
from dingnb.errors.tracebacks import cleared_frames
from dingnb.transport import parse_whole_number
from dingnb.words import Text, listed, say

APP_KEY = "DINGTALK_APP_KEY"
APP_SECRET = "DINGTALK_APP_SECRET"  # noqa: S105 - the name of a variable
AGENT_ID = "DINGTALK_AGENT_ID"

_INVALID_CHARACTER = re.compile(r"""[^!-~]|["'`]""")
_MAX_CREDENTIAL_LENGTH = 512
_MAX_SHOWN_LENGTH = 16


@dataclass(frozen=True, slots=True)
class App:
    """
    A DingTalk application.

    Attributes:
        app_key: App key, which DingTalk also calls Client ID.
        app_secret: App secret, which DingTalk also calls Client Secret.
        agent_id: Agent id, required for sending; None if unknown.
    """

    app_key: str
    app_secret: Secret
    agent_id: int | None

    @property
    def masked_key(self) -> str:
        """App key with its middle omitted, for displays."""
        return shorten_id(self.app_key)

    def __repr__(self) -> str:
        return f"App({self.masked_key}, agent_id={self.agent_id})"


def shorten_id(identifier: str) -> str:
    """
    Return the id of an app or an organisation with its middle omitted.

    >>> shorten_id("dingabcdefghijkl"), shorten_id("ding1")
    ('ding…ijkl', '…')
    """
    return f"{identifier[:4]}…{identifier[-4:]}" if len(identifier) > 8 else "…"  # noqa: PLR2004 - shorter ids have no middle


@dataclass(frozen=True, slots=True)
class Origin:
    """
    The source of an app key and its secret.

    Attributes:
        kind: The source.
        profile: The profile's name, if the source is a profile.
    """

    kind: Literal["arguments", "environment", "profile", "form", "sandbox"]
    profile: str = ""

    @property
    def text(self) -> str:
        """Description of the source."""
        return say(f"origin.{self.kind}", profile=self.profile)


def find_app(
    app_key: str | None, app_secret: str | Secret | None, agent_id: int | str | None, environ: Mapping[str, str]
) -> App:
    """
    Return the app from arguments or, for each value that is not passed, from the environment.

    Args:
        app_key: App key; by default ``DINGTALK_APP_KEY``.
        app_secret: App secret; by default ``DINGTALK_APP_SECRET``.
        agent_id: Agent id; by default ``DINGTALK_AGENT_ID``, but only for the app of ``DINGTALK_APP_KEY``, to which
            that agent id belongs.
        environ: The environment.

    Raises:
        InputError: The key or the secret is missing, contains invalid characters or is too long, or the agent id is
            not a number.
    """
    # Tracebacks may show local variables, and people paste the secret in place of another value.
    secret = _first_value(app_secret, environ.get(APP_SECRET))
    environ_key = _first_value(environ.get(APP_KEY))
    key = _first_value(app_key, environ_key)
    agent = _first_value(agent_id, environ.get(AGENT_ID) if key == environ_key else None)
    del app_key, app_secret, agent_id, environ
    missing = [name for name, value in ((APP_KEY, key), (APP_SECRET, secret)) if not value]
    if missing:
        raise InputError(Text("app.missing", names=listed(missing)), Text("app.missing_todo"))
    _check(APP_KEY, key)
    _check(APP_SECRET, secret)
    return App(key.reveal(), secret, read_agent_id(agent))


def _first_value(*candidates: object) -> Secret:
    """Return the first value that is not blank, as a secret: people paste the app secret into other fields."""
    with cleared_frames():
        return next(filter(None, map(_strip, candidates)), Secret(""))


def _strip(value: object) -> Secret:
    text = value.reveal() if isinstance(value, Secret) else "" if value is None else str(value)
    return Secret(text.strip())


def _check(name: str, value: Secret) -> None:
    invalid = _INVALID_CHARACTER.search(value.reveal())
    if invalid:
        character = invalid.group()
        shown = f"{character!r} (U+{ord(character):04X})"
        raise InputError(Text("app.bad_character", name=name, character=shown), Text("app.bad_character_todo"))
    if len(value.reveal()) > _MAX_CREDENTIAL_LENGTH:
        raise InputError(Text("app.too_long", name=name, length=len(value.reveal())), Text("app.bad_character_todo"))


def read_agent_id(value: int | str | Secret | None) -> int | None:
    """
    Return an agent id as a number; None for a missing or blank value.

    Raises:
        InputError: The agent id is not a positive integer.
    """
    value = _first_value(value)
    if not value:
        return None
    number = parse_whole_number(value.reveal())
    if not number:
        raise InputError(Text("app.bad_agent_id", value=_masked_if_long(value)), Text("app.bad_agent_id_todo"))
    return number


def _masked_if_long(value: Secret) -> str:
    """Return an invalid agent id for an error message; a long value is masked because it may be the app secret."""
    return repr(value.reveal()) if len(value.reveal()) <= _MAX_SHOWN_LENGTH else MASK
