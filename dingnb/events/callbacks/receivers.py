"""Opens receivers: validates their settings, and reuses those already running."""

import atexit
import os
import threading
from collections.abc import Callable, Sequence
from urllib.parse import urlsplit

from dingnb.auth import App, Secret
from dingnb.auth.callback_keys import CallbackKeys, new_keys
from dingnb.errors import InputError
from dingnb.events.callbacks.receiver import Receiver
from dingnb.events.callbacks.settings import ReceiverSettings, Repeats
from dingnb.events.log import EventLog
from dingnb.ledger import Realm
from dingnb.words import Text

CORP_ID = "DINGTALK_CORP_ID"
"""The environment variable for the corp id."""

_running: list[Receiver] = []
_keys: dict[str, CallbackKeys] = {}
_opening = threading.RLock()
"""Held while a receiver is being opened, which may wait for servers."""

_lock = threading.RLock()
"""Held only briefly: holding it while waiting for a server thread could deadlock with a finalizer in that thread."""


class Receivers:
    """
    The receivers of one connection.

    Args:
        app: The app whose events are received.
        realm: The realm of the events.
        log: The event log.
        find_corp_id: Requests the corp id from a sandbox.
    """

    def __init__(self, app: App, realm: Realm, log: EventLog, find_corp_id: Callable[[], str]) -> None:
        self._app = app
        self._realm = realm
        self._log = log
        self._find_corp_id = find_corp_id

    def running_keys(self, url: str) -> CallbackKeys | None:
        """
        Return the keys of this connection's receiver that runs behind an address; None if none runs.

        This is the one with the longest path that the address ends with, else the one started last.
        """
        with _lock:
            own = [one for one in _running if one.log is self._log and one.is_running]
        behind = [one for one in own if urlsplit(url).path.endswith(one.settings.path)]
        last_first = reversed(behind or own[-1:])
        found = max(last_first, key=lambda one: len(one.settings.path), default=None)
        return None if found is None else found.settings.keys

    def own_keys(self) -> CallbackKeys:
        """Return the keys generated for this app, the same ones for the lifetime of this process."""
        with _lock:
            if self._realm.id not in _keys:
                _keys[self._realm.id] = new_keys()
            return _keys[self._realm.id]

    def open(  # noqa: PLR0913 - as `DingTalk.receive` takes them
        self,
        keys: CallbackKeys | None,
        *,
        owner: str | Sequence[str] | None,
        host: str,
        port: int | None,
        path: str,
        window_s: float | None,
        repeats: Repeats,
        largest_bytes: int,
        answers_random: bool,
        keep: bool,
    ) -> Receiver:
        """
        Return a running receiver; see `DingTalk.receive`.

        One with the same settings is returned unchanged. One of the same app at the same address, left from an earlier
        run of the notebook, is stopped first.
        """
        settings = ReceiverSettings(
            keys or self.own_keys(),
            self._owners(owner),
            host,
            port,
            path,
            window_s,
            repeats,
            largest_bytes,
            answers_random,
        )
        if keep:
            self._log.keep(is_on=True)
        with _opening:
            for one in _running.copy():
                if one.log is self._log and one.settings == settings and one.is_running:
                    return one
                if self._conflicts(one, settings):
                    one.stop()
            _check_port(settings)
            return self._start(settings)

    def close(self) -> None:
        """Stop all receivers of this connection."""
        with _lock:
            own = [one for one in _running if one.log is self._log]
        for one in own:
            one.stop()

    def _start(self, settings: ReceiverSettings) -> Receiver:
        # Encryption and server are imported when needed.
        from dingnb.events.callbacks.asgi import CallbackApp  # noqa: PLC0415 - see above
        from dingnb.events.callbacks.counters import PostCounter  # noqa: PLC0415 - see above
        from dingnb.events.callbacks.post_verifier import PostVerifier  # noqa: PLC0415 - see above

        counter = PostCounter()
        verifier = PostVerifier(settings, self._app.app_secret, self._log, counter)
        app = CallbackApp(verifier, settings.path, counter, largest_bytes=settings.largest_bytes)
        server = None
        if settings.port is not None:
            from dingnb.events.callbacks.server import BackgroundServer  # noqa: PLC0415 - see above

            server = BackgroundServer(app, settings.host, settings.port, self._log.hold_ledger_open())
        receiver = Receiver(app, verifier, settings, self._log, self._realm, server, _remove)
        with _lock:
            if not _running:
                atexit.register(_stop_all)
            _running.append(receiver)
        self._log.attach(receiver)
        return receiver

    def _conflicts(self, receiver: Receiver, settings: ReceiverSettings) -> bool:
        address, other = (settings.host, settings.port, settings.path), receiver.settings
        if receiver.realm.id != self._realm.id or (other.host, other.port, other.path) != address:
            return False
        return bool(settings.port) or receiver.log is not self._log

    def _owners(self, owner: str | Sequence[str] | None) -> tuple[str, ...]:
        if owner is None:
            is_sandbox = self._realm.mode == "SANDBOX"
            corp_id = self._find_corp_id() if is_sandbox else os.environ.get(CORP_ID, "").strip()
            return tuple(filter(None, (self._app.app_key, corp_id)))
        given: object = owner
        owners = tuple(given) if isinstance(given, list | tuple | set | frozenset) else (given,)
        if not owners or not all(map(_is_owner, owners)):
            raise InputError(Text("receiver.bad_owner", value=owner), Text("receiver.bad_owner_todo", variable=CORP_ID))
        return tuple(dict.fromkeys(str(one).strip() for one in owners))


def read_keys(token: Secret | None, aes_key: Secret | None) -> CallbackKeys | None:
    """
    Return the given keys, as `as_secrets` returns them; None if none are given.

    Raises:
        InputError: Only one is given, or one is not valid.
    """
    if token is None and aes_key is None:
        return None
    if token is None or aes_key is None:
        raise InputError(Text("registration.half_a_pair"), Text("registration.half_a_pair_todo"))
    return CallbackKeys(token, aes_key)


def _check_port(settings: ReceiverSettings) -> None:
    address = (settings.host, settings.port)
    for one in _running.copy():
        if settings.port and one.is_running and (one.settings.host, one.settings.port) == address:
            text = Text("receiver.port_ours", port=settings.port, path=one.settings.path)
            raise InputError(text, Text("receiver.port_ours_todo"))


def _is_owner(value: object) -> bool:
    # A lone surrogate is not valid, and cannot be compared.
    return isinstance(value, str) and bool(value.strip()) and value.isprintable()


def _remove(receiver: Receiver) -> None:
    receiver.log.detach(receiver)
    with _lock:
        if receiver in _running:
            _running.remove(receiver)
        if not _running:
            atexit.unregister(_stop_all)


def _stop_all() -> None:
    for one in _running.copy():
        one.stop()
