"""
Profiles: apps stored by name in the keyring of this computer.

A keyring cannot list its entries, so an additional entry is an index of the profiles with their masked keys, without
secrets. The index is in the keyring rather than in a file, so that it is locked, moved and deleted together with the
profiles and needs no path or permissions. A profile that another process stored at the same time may be missing from
the index but is still found by its name.
"""

import json
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from types import ModuleType
from typing import Any

from dingnb.auth.credentials import App, read_agent_id
from dingnb.auth.database_url import DatabaseUrl
from dingnb.auth.secret import Secret
from dingnb.errors import InputError, KeyringUnavailableError, ProfileError
from dingnb.errors.tracebacks import cleared_frames
from dingnb.transport import Hosts
from dingnb.words import Text, listed

SERVICE = "dingnb"
"""Service name of all entries in the keyring."""

INDEX_ENTRY = "profiles"
"""Name of the keyring entry with the index of the profiles."""

MAX_NAME_LENGTH = 64
"""Maximum length of a profile's name."""

_lock = threading.RLock()


@dataclass(frozen=True, slots=True)
class Profile:
    """
    A stored app.

    Attributes:
        name: The profile's name.
        app: The app with its secret.
        hosts: The hosts of the app.
        ledger: The database of the team's ledger, with its password; None without a team's ledger.
    """

    name: str
    app: App
    hosts: Hosts = field(default_factory=Hosts)
    ledger: DatabaseUrl | None = None


@dataclass(frozen=True, slots=True)
class ProfileEntry:
    """
    An entry in the list of profiles.

    Attributes:
        name: The profile's name.
        masked_key: The app key with its middle omitted.
        is_default: Whether the profile is the default of `dingnb.connect`.
    """

    name: str
    masked_key: str
    is_default: bool = False


def list_profiles() -> tuple[ProfileEntry, ...]:
    """
    Return the stored profiles, sorted by name.

    Raises:
        KeyringUnavailableError: There is no usable keyring.
    """
    index = _read_index()
    return tuple(ProfileEntry(name, key, name == index.default) for name, key in sorted(index.masked_keys.items()))


def load_default_name() -> str:
    """Return the name of the default profile; empty if there is no default profile or no keyring."""
    try:
        return _read_index().default
    except KeyringUnavailableError:
        return ""


def load(name: str) -> Profile:
    """
    Return a profile with its secret.

    Raises:
        ProfileError: The profile does not exist or cannot be read.
        KeyringUnavailableError: There is no usable keyring.
    """
    entry = _get(_entry_name(name))
    if entry is None:
        raise _not_found_error(name)
    profile = _read_profile(name, entry)
    if profile is None:
        raise ProfileError(Text("profile.unreadable", name=name), Text("profile.unreadable_todo"))
    return profile


def find(name: str) -> Profile | None:
    """
    Return a profile with its secret; None if the profile does not exist or cannot be read.

    Raises:
        KeyringUnavailableError: There is no usable keyring.
    """
    entry = _get(_entry_name(name))
    return None if entry is None else _read_profile(name, entry)


def find_with_ledger(app: App) -> Profile | None:
    """Return a profile of an app with a team's ledger; None if there is none, or no usable keyring."""
    with suppress(KeyringUnavailableError):
        names = [entry.name for entry in list_profiles() if entry.masked_key == app.masked_key]
        for profile in filter(None, map(find, names)):
            if profile.ledger is not None and profile.app.app_key == app.app_key:
                return profile
    return None


def save(profile: Profile) -> None:
    """
    Store a profile, replacing a profile with the same name and app. Without a default, the profile becomes the default.

    If `profile` has no ledger, the stored profile keeps its ledger.

    Raises:
        ProfileError: The name is invalid or belongs to another app.
        KeyringUnavailableError: There is no keyring, or the keyring does not store entries.
    """
    check_name(profile.name, profile.app.app_key)
    with _lock:
        if profile.ledger is None and (stored := find(profile.name)) is not None:
            profile = replace(profile, ledger=stored.ledger)
        _put(_entry_name(profile.name), _serialize(profile))
        index = _read_index()
        masked_keys = {**index.masked_keys, profile.name: profile.app.masked_key}
        _write_index(_Index(masked_keys, index.default or profile.name))


def check_name(name: str, app_key: str) -> None:
    """
    Check whether an app can be stored under a name.

    Raises:
        ProfileError: The name is invalid or belongs to another app, whose secret would be lost.
        KeyringUnavailableError: There is no usable keyring.
    """
    if not name or name != name.strip() or not name.isprintable() or len(name) > MAX_NAME_LENGTH:
        raise ProfileError(Text("profile.bad_name", name=name), Text("profile.bad_name_todo", most=MAX_NAME_LENGTH))
    existing = find(name)
    if existing is not None and existing.app.app_key != app_key:
        raise ProfileError(Text("profile.taken", name=name, key=existing.app.masked_key), Text("profile.taken_todo"))


def set_default(name: str) -> None:
    """
    Make a profile the default of `dingnb.connect`.

    Raises:
        ProfileError: The profile does not exist or cannot be read.
        KeyringUnavailableError: There is no usable keyring.
    """
    with _lock:
        profile = load(name)
        _write_index(_Index({**_read_index().masked_keys, name: profile.app.masked_key}, name))


def delete(name: str) -> None:
    """
    Delete a profile and its secret from the keyring, if the profile exists.

    Raises:
        KeyringUnavailableError: There is no usable keyring.
    """
    with _lock:
        if _get(_entry_name(name)) is not None:
            _use_keyring(lambda keyring: keyring.delete_password(SERVICE, _entry_name(name)))
        index = _read_index()
        masked_keys = {other: key for other, key in index.masked_keys.items() if other != name}
        if masked_keys != index.masked_keys:
            _write_index(_Index(masked_keys, "" if index.default == name else index.default))


@dataclass(frozen=True, slots=True)
class _Index:
    """The masked app key of each profile, by name, and the name of the default profile; empty if there is none."""

    masked_keys: dict[str, str]
    default: str = ""


def _read_index() -> _Index:
    fields = _parse_fields((_get(INDEX_ENTRY) or Secret("{}")).reveal())
    keys = fields.get("keys")
    masked_keys = {str(name): str(key) for name, key in keys.items()} if isinstance(keys, dict) else {}
    default = fields.get("default")
    return _Index(masked_keys, default if default in masked_keys else "")


def _write_index(index: _Index) -> None:
    _put(INDEX_ENTRY, Secret(json.dumps({"keys": index.masked_keys, "default": index.default})))


def _not_found_error(name: str) -> ProfileError:
    names = _read_index().masked_keys
    if not names:
        return ProfileError(Text("profile.none_saved", name=name), Text("profile.none_saved_todo"))
    return ProfileError(Text("profile.unknown", name=name, names=listed(names)), Text("profile.unknown_todo"))


def _entry_name(name: str) -> str:
    return f"profile {name}"


def _serialize(profile: Profile) -> Secret:
    """Return a profile serialised for the keyring."""
    app, hosts = profile.app, profile.hosts
    with cleared_frames():
        return Secret(
            json.dumps(
                {
                    "app_key": app.app_key,
                    "app_secret": app.app_secret.reveal(),
                    "agent_id": app.agent_id,
                    "oapi_base_url": hosts.oapi_base_url,
                    "api_base_url": hosts.api_base_url,
                    **_ledger_fields(profile.ledger),
                }
            )
        )


def _read_profile(name: str, entry: Secret) -> Profile | None:
    """Return the profile in an entry of the keyring; None if the entry is damaged."""
    with cleared_frames():
        return _profile_in(name, _parse_fields(entry.reveal()))


def _profile_in(name: str, fields: dict[str, Any]) -> Profile | None:
    key, secret = fields.get("app_key"), fields.get("app_secret")
    hosts = [fields.get("oapi_base_url"), fields.get("api_base_url")]
    if not (isinstance(key, str) and key and isinstance(secret, str) and secret):
        return None
    try:
        agent_id = read_agent_id(fields.get("agent_id"))
    except InputError:
        return None
    if not all(isinstance(url, str) and url for url in hosts):
        return None
    return Profile(name, App(key, Secret(secret), agent_id), Hosts(*map(str, hosts)), _ledger_in(fields))


def _ledger_fields(ledger: DatabaseUrl | None) -> dict[str, object]:
    return {} if ledger is None else {"ledger": {**ledger.parameters(), "password": ledger.password.reveal()}}


def _ledger_in(fields: dict[str, Any]) -> DatabaseUrl | None:
    stored = fields.get("ledger")
    if not isinstance(stored, dict) or not stored.get("dbname"):
        return None
    try:
        return DatabaseUrl.from_parameters(stored)
    except ValueError:
        return None


def _parse_fields(text: str) -> dict[str, Any]:
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return fields if isinstance(fields, dict) else {}


def _get(entry: str) -> Secret | None:
    """Return an entry of the keyring; None if the entry does not exist."""
    secret: Secret | None = _use_keyring(
        lambda keyring: None if (text := keyring.get_password(SERVICE, entry)) is None else Secret(text)
    )
    return secret


def _put(entry: str, text: Secret) -> None:
    _use_keyring(lambda keyring: keyring.set_password(SERVICE, entry, text.reveal()))
    # keyring's null backend silently discards entries.
    stored = _get(entry)
    if stored is None or stored.reveal() != text.reveal():
        raise KeyringUnavailableError(Text("profile.not_kept"), Text("profile.no_keyring_todo"))


def _use_keyring(action: Callable[[ModuleType], Any]) -> Any:  # noqa: ANN401 - the keyring's result
    try:
        import keyring  # noqa: PLC0415 - slow to import, and not needed by most connections

        with cleared_frames():
            return action(keyring)
    except Exception as error:  # noqa: BLE001 - raised again below as another type
        cause = type(error).__name__
    # Backends are plug-ins and raise errors of D-Bus, Windows or the file system as well. These may contain the secret,
    # so only their type is reported, outside the except block to avoid exception chaining.
    raise KeyringUnavailableError(Text("profile.no_keyring", cause=cause), Text("profile.no_keyring_todo"))
