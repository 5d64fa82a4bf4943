"""
Profiles: apps that the keyring of this computer remembers by name.

A keyring cannot list what it holds. One more entry of it therefore names the profiles, with their masked keys and
nothing secret. It lives in the keyring and not in a file, so that it is locked, moved and wiped together with what
it lists, and needs neither a place nor permissions of its own. It only lists: a profile that another process
remembered at the same moment may be missing from it, and is still found by its name.
"""

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from dingnb.auth.credentials import App, read_agent_id
from dingnb.auth.secret import Secret
from dingnb.errors import InputError, KeyringUnavailableError, ProfileError
from dingnb.errors.frames import cleared_frames
from dingnb.transport import Hosts
from dingnb.words import Text

SERVICE = "dingnb"
"""The keyring's service under which all entries are."""

LIST = "profiles"
LONGEST_NAME = 64

_lock = threading.RLock()


@dataclass(frozen=True, slots=True)
class Profile:
    """
    One remembered app.

    Attributes:
        name: What the analyst calls it.
        app: The app, with its secret.
        hosts: Where it lives.
    """

    name: str
    app: App
    hosts: Hosts = field(default_factory=Hosts)


@dataclass(frozen=True, slots=True)
class Listed:
    """
    One profile, as lists show it.

    Attributes:
        name: What the analyst calls it.
        masked_key: The app key with its middle left out.
        is_default: Whether `dingnb.connect` takes it when nothing else is given.
    """

    name: str
    masked_key: str
    is_default: bool = False


def listed() -> tuple[Listed, ...]:
    """
    Return the remembered profiles, in the order of their names.

    Raises:
        KeyringUnavailableError: There is no keyring, or it cannot be used.
    """
    held = _held()
    return tuple(Listed(name, key, name == held.default) for name, key in sorted(held.keys.items()))


def default_name() -> str:
    """Return the name of the default profile; empty where there is none, or no keyring."""
    try:
        return _held().default
    except KeyringUnavailableError:
        return ""


def load(name: str) -> Profile:
    """
    Return a profile with its secret.

    Raises:
        ProfileError: There is none of this name, or it cannot be read.
        KeyringUnavailableError: There is no keyring, or it cannot be used.
    """
    entry = _get(_entry(name))
    if entry is None:
        raise ProfileError(Text("profile.unknown", name=name, names=_names()), Text("profile.unknown_todo"))
    profile = _read(name, entry)
    if profile is None:
        raise ProfileError(Text("profile.unreadable", name=name), Text("profile.unreadable_todo"))
    return profile


def remember(profile: Profile) -> None:
    """
    Keep a profile; one of the same name and app is replaced. The first one becomes the default.

    Raises:
        ProfileError: The name cannot be used, or belongs to another app.
        KeyringUnavailableError: There is no keyring, or it keeps nothing.
    """
    check_name(profile.name, profile.app.app_key)
    with _lock:
        _put(_entry(profile.name), _written(profile))
        held = _held()
        keys = {**held.keys, profile.name: profile.app.masked_key}
        _hold(_Held(keys, held.default or profile.name))


def check_name(name: str, app_key: str) -> None:
    """
    Look whether an app can be remembered by a name.

    Raises:
        ProfileError: The name cannot be used, or belongs to another app, whose secret would be lost.
        KeyringUnavailableError: There is no keyring, or it cannot be used.
    """
    if not name or name != name.strip() or not name.isprintable() or len(name) > LONGEST_NAME:
        raise ProfileError(Text("profile.bad_name", name=name), Text("profile.bad_name_todo", most=LONGEST_NAME))
    entry = _get(_entry(name))
    there = _read(name, entry) if entry is not None else None
    if there is not None and there.app.app_key != app_key:
        raise ProfileError(Text("profile.taken", name=name, key=there.app.masked_key), Text("profile.taken_todo"))


def switch(name: str) -> None:
    """
    Make a profile the default, which `dingnb.connect` takes when nothing else is given.

    Raises:
        ProfileError: There is none of this name.
        KeyringUnavailableError: There is no keyring, or it cannot be used.
    """
    with _lock:
        profile = load(name)
        _hold(_Held({**_held().keys, name: profile.app.masked_key}, name))


def forget(name: str) -> None:
    """
    Take a profile and its secret out of the keyring; a name that it does not hold changes nothing.

    Raises:
        KeyringUnavailableError: There is no keyring, or it cannot be used.
    """
    with _lock:
        if _get(_entry(name)) is not None:
            _ask(lambda keyring: keyring.delete_password(SERVICE, _entry(name)))
        held = _held()
        keys = {one: key for one, key in held.keys.items() if one != name}
        if keys != held.keys:
            _hold(_Held(keys, "" if held.default == name else held.default))


@dataclass(frozen=True, slots=True)
class _Held:
    keys: dict[str, str]
    default: str = ""


def _held() -> _Held:
    fields = _fields((_get(LIST) or Secret("{}")).reveal())
    keys = fields.get("keys")
    known = {str(name): str(key) for name, key in keys.items()} if isinstance(keys, dict) else {}
    default = fields.get("default")
    return _Held(known, default if default in known else "")


def _hold(held: _Held) -> None:
    _put(LIST, Secret(json.dumps({"keys": held.keys, "default": held.default})))


def _names() -> Text | str:
    return ", ".join(_held().keys) or Text("profile.none")


def _entry(name: str) -> str:
    return f"profile {name}"


def _written(profile: Profile) -> Secret:
    """Return what the keyring keeps of a profile."""
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
                }
            )
        )


def _read(name: str, entry: Secret) -> Profile | None:
    with cleared_frames():
        return _profile_in(name, _fields(entry.reveal()))


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
    return Profile(name, App(key, Secret(secret), agent_id), Hosts(*map(str, hosts)))


def _fields(text: str) -> dict[str, Any]:
    try:
        fields = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return fields if isinstance(fields, dict) else {}


def _get(entry: str) -> Secret | None:
    """Return an entry of the keyring; None where there is none."""
    found: Secret | None = _ask(
        lambda keyring: None if (text := keyring.get_password(SERVICE, entry)) is None else Secret(text)
    )
    return found


def _put(entry: str, text: Secret) -> None:
    _ask(lambda keyring: keyring.set_password(SERVICE, entry, text.reveal()))
    # keyring's null backend takes everything and keeps nothing, without a word.
    kept = _get(entry)
    if kept is None or kept.reveal() != text.reveal():
        raise KeyringUnavailableError(Text("profile.not_kept"), Text("profile.no_keyring_todo"))


def _ask(question: Callable[[ModuleType], Any]) -> Any:  # noqa: ANN401 - what the keyring answers
    try:
        import keyring  # noqa: PLC0415 - it takes long, and most connections do without it

        with cleared_frames():
            return question(keyring)
    except Exception as error:  # noqa: BLE001 - raised again below, as ours
        cause = type(error).__name__
    # keyring's own errors are not all: a backend is somebody's plug-in, and lets those of D-Bus, of Windows or of its
    # files through. They may carry what it was given, so the kind alone is told, outside the except block's chain.
    raise KeyringUnavailableError(Text("profile.no_keyring", cause=cause), Text("profile.no_keyring_todo"))
