"""
The app of a connection, and the source of its credentials.

App key and secret come from the arguments, else from the environment, else from a profile; a profile given as an
argument takes precedence over the environment. The secret of a profile is never combined with another key. The agent id
in the environment belongs to the app key in the environment, and is never used for another app.

Base URLs come from the arguments, else from the profile if its app has other hosts than DingTalk's own, else from the
environment, so that a proxy or a sandbox set there applies to all other apps.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from dingnb.auth import profiles
from dingnb.auth.credentials import APP_KEY, APP_SECRET, App, Origin, find_app, read_agent_id
from dingnb.auth.database_url import DatabaseUrl
from dingnb.auth.secret import Secret, SecretMapping, as_secret
from dingnb.errors import InputError, KeyringUnavailableError
from dingnb.errors.tracebacks import cleared_frames
from dingnb.transport import Hosts, find_hosts
from dingnb.words import NOTHING, Text

PROFILE = "DINGTALK_PROFILE"
"""Name of the environment variable with the name of a profile."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """
    An app with its hosts and the source of its credentials.

    Attributes:
        app: The app with its secret.
        hosts: The hosts of the app.
        origin: The source of app key and secret.
        ledger: The team's ledger of the profile; None without a profile, or if the profile has no team's ledger.
    """

    app: App
    hosts: Hosts
    origin: Origin
    ledger: DatabaseUrl | None = None


def find_credentials(
    environ: Mapping[str, str],
    *,
    app_key: str | None = None,
    app_secret: str | Secret | None = None,
    agent_id: int | str | None = None,
    profile: str | None = None,
    oapi_base_url: str | None = None,
    api_base_url: str | None = None,
) -> Credentials:
    """
    Return the credentials to use.

    Args:
        environ: The environment, with ``DINGTALK_APP_KEY`` and so on, and ``DINGTALK_PROFILE``.
        app_key: App key.
        app_secret: App secret.
        agent_id: Agent id; takes precedence over the profile and the environment.
        profile: Name of a profile. Without a name, and without an app in the arguments or the environment, the profile
            in ``DINGTALK_PROFILE`` or the default profile is used.
        oapi_base_url: Base URL of the old API; takes precedence over the profile and the environment.
        api_base_url: Base URL of the new API; takes precedence in the same way. If either base URL is given, both of
            the profile's base URLs are ignored.

    Raises:
        InputError: Credentials are missing or invalid.
        KeyringUnavailableError: A profile is requested, but there is no keyring.
    """
    # First, because tracebacks may show local variables.
    environ, app_secret = _wrap_secrets(environ, app_secret)
    if profile is None and (has_app(environ) or app_key or app_secret):
        with cleared_frames():
            app = find_app(app_key, app_secret, agent_id, environ)
        origin = Origin("arguments" if app_key or app_secret else "environment")
        return Credentials(app, find_hosts(oapi_base_url, api_base_url, environ), origin)
    if app_key or app_secret:
        raise InputError(Text("profile.and_app", name=profile), Text("profile.and_app_todo"))
    name = profile if profile is not None else environ.get(PROFILE) or profiles.load_default_name()
    if profile is None and not name:
        # Raises the error that names what is missing.
        find_app(None, None, agent_id, environ)
    stored = profiles.load(name)
    app = App(stored.app.app_key, stored.app.app_secret, read_agent_id(agent_id) or stored.app.agent_id)
    hosts = find_hosts(*base_urls_of(stored, oapi_base_url, api_base_url), environ)
    return Credentials(app, hosts, Origin("profile", stored.name), stored.ledger)


def base_urls_of(
    profile: profiles.Profile, oapi_base_url: str | None, api_base_url: str | None
) -> tuple[str | None, str | None]:
    """Return the base URLs for a profile's app: as given, else the profile's, unless its hosts are DingTalk's."""
    if oapi_base_url or api_base_url or profile.hosts == Hosts():
        return oapi_base_url, api_base_url
    return profile.hosts.oapi_base_url, profile.hosts.api_base_url


def _wrap_secrets(environ: Mapping[str, str], app_secret: str | Secret | None) -> tuple[SecretMapping, Secret | None]:
    return SecretMapping(environ), None if app_secret is None else as_secret(app_secret)


def has_app(environ: Mapping[str, str]) -> bool:
    """Return whether the environment contains an app key or secret; `find_app` refuses one without the other."""
    return bool(environ.get(APP_KEY) or environ.get(APP_SECRET))


def shadowed_profile_note(app: App, origin: Origin, environ: Mapping[str, str]) -> Text:
    """Return the note that the environment takes precedence over a stored profile; empty if it does not."""
    name = environ.get(PROFILE, "")
    del environ  # contains the app secret, and tracebacks may show local variables
    if origin.kind != "environment":
        return NOTHING
    try:
        stored = profiles.list_profiles()
    except KeyringUnavailableError:
        return NOTHING
    for profile in stored:
        is_used = profile.name == name if name else profile.is_default
        if is_used and profile.masked_key != app.masked_key:
            note = Text("origin.shadowed", key=app.masked_key, name=profile.name, other=profile.masked_key)
            return Text("origin.shadowed_then", note=note, todo=Text("origin.shadowed_todo", name=profile.name))
    return NOTHING
