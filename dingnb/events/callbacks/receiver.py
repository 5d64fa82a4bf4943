"""Receives callbacks, in a server of this process or in an app to mount in another server."""

import atexit
import os
import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from dingnb.auth import App, Secret
from dingnb.auth.callback_keys import CallbackKeys, generate_card_secret, generate_keys
from dingnb.auth.credentials import shorten_id
from dingnb.display import Sheet, Table
from dingnb.errors import InputError, OwnerError, SignatureError
from dingnb.errors.arguments import check_flag
from dingnb.events.callbacks.counters import PostCounter, RefusalReason, reason_code, reason_text
from dingnb.events.callbacks.settings import ReceiverSettings, Repeats
from dingnb.events.log import EventLog
from dingnb.ledger import Realm
from dingnb.transport import is_loopback
from dingnb.words import Text, count, duration, listed, sentences

if TYPE_CHECKING:
    from dingnb.events.callbacks.asgi import CallbackApp
    from dingnb.events.callbacks.post_handler import PostHandler
    from dingnb.events.callbacks.server import BackgroundServer

CORP_ID = "DINGTALK_CORP_ID"
"""The environment variable for the corp id."""

_EVERY_ADDRESS = frozenset({"0.0.0.0", "::"})  # noqa: S104 - compared, not listened on
"""Hosts that stand for all addresses of this computer."""


class Receiver:
    """
    Receives callbacks, robot messages and presses on cards. Created and started by `DingTalk.receive`.

    Attributes:
        app: The ASGI app, for mounting in another server.
        settings: The settings; the keys are masked.
        log: The event log.
        realm: The realm of the events.
    """

    def __init__(
        self,
        app: "CallbackApp",
        handler: "PostHandler",
        settings: ReceiverSettings,
        log: EventLog,
        realm: Realm,
        server: "BackgroundServer | None",
        on_stop: Callable[["Receiver"], None],
    ) -> None:
        self.app = app
        self.settings = settings
        self.log = log
        self._handler = handler
        self.realm = realm
        self._server = server
        self._on_stop = on_stop
        self._is_stopped = False

    @property
    def url(self) -> str:
        """The receiver's URL on this computer; empty if the receiver started no server."""
        return "" if self._server is None else f"{self._server.url}{self.settings.path}"

    @property
    def token(self) -> Secret:
        """The callback's token, masked until ``.reveal()``."""
        return self.settings.keys.token

    @property
    def aes_key(self) -> Secret:
        """The callback's AES key, masked until ``.reveal()``."""
        return self.settings.keys.aes_key

    @property
    def card_secret(self) -> Secret:
        """The key with which DingTalk signs callbacks of cards (``apiSecret``), masked until ``.reveal()``."""
        return self.settings.card_secret

    @property
    def is_running(self) -> bool:
        """Whether the receiver is running."""
        return not self._is_stopped and (self._server is None or self._server.is_running)

    @property
    def title(self) -> Text:
        """The receiver's name in the display of the log."""
        return Text("receiver.title")

    @property
    def status(self) -> Text:
        """The receiver's state, on one line."""
        if not self.is_running:
            return Text("receiver.stopped")
        refused = self._counter.count_refused()
        return Text(
            "receiver.receiving_refused" if refused else "receiver.receiving", where=self._address, refused=refused
        )

    @property
    def problem(self) -> Text:
        """The problem with the time of genuine posts; empty if the last genuine post was accepted."""
        return self._handler.clock_warning()

    def stop(self) -> None:
        """Stop receiving, and free the port; a mounted app refuses all requests. Further calls do nothing."""
        self._is_stopped = True
        self.app.close()
        if self._server is not None:
            self._server.stop()
        self._on_stop(self)

    def sheet(self) -> Sheet:
        """Return the display of the receiver."""
        counter = self._counter
        facts: tuple[tuple[Text, Text | str], ...] = (
            (Text("receiver.state"), Text("receiver.running") if self.is_running else Text("receiver.stopped")),
            (Text("receiver.where"), self._address),
            (Text("receiver.owners"), listed(map(shorten_id, self.settings.owners))),
            (Text("receiver.window"), self._window_text),
            (Text("receiver.events"), f"{counter.count_accepted('event'):,}"),
            (Text("receiver.repeated"), f"{counter.count_accepted('repeated'):,}"),
            (Text("receiver.checks"), f"{counter.count_accepted('check'):,}"),
            (Text("receiver.refused"), self._refused_text),
        )
        rows = counter.rows()
        header = (Text("receiver.reason"), Text("receiver.code"), Text("receiver.how_often"))
        tables = (Table(Text("receiver.reasons"), header, rows),) if rows else ()
        return Sheet(self.title, self.realm.mode, facts, tuple(self._notes()), tables)

    @property
    def _counter(self) -> PostCounter:
        return self.app.counter

    @property
    def _address(self) -> Text | str:
        """Return the address without a random port, which would differ in every saved notebook."""
        if self._server is None:
            return Text("receiver.mounted", path=self.settings.path)
        return self.url if self.settings.port else Text("receiver.some_port", path=self.settings.path)

    @property
    def _window_text(self) -> Text:
        window_s = self.settings.window_s
        return Text("receiver.any_time") if window_s is None else duration(window_s)

    @property
    def _refused_text(self) -> Text | str:
        counter = self._counter
        if not counter.last_reason:
            return "0"
        last = sentences(reason_text(counter.last_reason), reason_code(counter.last_reason))
        return Text("receiver.refused_last", n=f"{counter.count_refused():,}", last=last)

    def _notes(self) -> list[Text]:
        counter, notes = self._counter, [self.problem]
        if self.is_running and not counter.has_accepted:
            notes.append(Text("receiver.nothing_yet"))
        if self._server is not None and not is_loopback(self.url):
            notes.append(Text("receiver.open_to_others", host=self.settings.host))
        if counter.count_refused(OwnerError.code):
            notes.append(Text("receiver.other_owner"))
        if counter.count_refused(SignatureError.code):
            notes.append(Text("receiver.other_keys"))
        if counter.count_refused(RefusalReason.CARD_SIGNATURE):
            notes.append(Text("receiver.other_card_secret"))
        if counter.count_refused(RefusalReason.LEDGER):
            notes.append(Text("receiver.not_kept"))
        if ignored := self.log.answers.ignored:
            notes.append(Text("stream.press_ignored", n=count("press", ignored)))
        if foreign := self.log.answers.foreign:
            notes.append(Text("stream.press_foreign", n=count("press", foreign)))
        return [note for note in notes if note]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()

    def __repr__(self) -> str:
        return self.sheet().to_text()

    def _repr_html_(self) -> str:
        return self.sheet().to_html()


_running: list[Receiver] = []
_generated_keys: dict[str, CallbackKeys] = {}
_generated_card_secrets: dict[str, Secret] = {}

_opening = threading.RLock()
"""Held while a receiver is being opened, which may wait for servers."""

_lock = threading.RLock()
"""Held only briefly: waiting for a server thread with this lock could deadlock with a finalizer in that thread."""


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
        """Return the keys of this connection's receiver for an address (`_running_behind`); None without a receiver."""
        receiver = self._running_behind(url)
        return None if receiver is None else receiver.settings.keys

    def running_card_secret(self, url: str) -> Secret | None:
        """Return the key for cards of the receiver for an address (`_running_behind`); None without a receiver."""
        receiver = self._running_behind(url)
        return None if receiver is None else receiver.settings.card_secret

    def _running_behind(self, url: str) -> Receiver | None:
        """Return the receiver with the longest path that an address ends with, else the receiver started last."""
        with _lock:
            own_receivers = [receiver for receiver in _running if receiver.log is self._log and receiver.is_running]
        behind = [receiver for receiver in own_receivers if urlsplit(url).path.endswith(receiver.settings.path)]
        last_first = reversed(behind or own_receivers[-1:])
        return max(last_first, key=lambda receiver: len(receiver.settings.path), default=None)

    def own_keys(self) -> CallbackKeys:
        """Return the keys generated for this app, which stay the same for the lifetime of this process."""
        with _lock:
            if self._realm.id not in _generated_keys:
                _generated_keys[self._realm.id] = generate_keys()
            return _generated_keys[self._realm.id]

    def own_card_secret(self) -> Secret:
        """Return the key for callbacks of cards generated for this app, which stays the same like `own_keys`."""
        with _lock:
            if self._realm.id not in _generated_card_secrets:
                _generated_card_secrets[self._realm.id] = generate_card_secret()
            return _generated_card_secrets[self._realm.id]

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
        card_secret: Secret | None,
        keep: bool,
    ) -> Receiver:
        """
        Return a running receiver. `DingTalk.receive` documents the arguments and errors.

        A running receiver with the same settings is returned unchanged. A receiver of the same app at the same address,
        left from an earlier run of the notebook, is stopped first.
        """
        check_flag("keep", keep)
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
            self.own_card_secret() if card_secret is None else card_secret,
        )
        if keep:
            self._log.set_storing(is_on=True)
        with _opening:
            for receiver in _running.copy():
                if receiver.log is self._log and receiver.settings == settings and receiver.is_running:
                    return receiver
                if self._conflicts(receiver, settings):
                    receiver.stop()
            _check_port(settings)
            return self._start(settings)

    def close(self) -> None:
        """Stop all receivers of this connection."""
        with _lock:
            own_receivers = [receiver for receiver in _running if receiver.log is self._log]
        for receiver in own_receivers:
            receiver.stop()

    def _start(self, settings: ReceiverSettings) -> Receiver:
        # Encryption and server are imported when needed.
        from dingnb.events.callbacks.asgi import CallbackApp  # noqa: PLC0415 - see above
        from dingnb.events.callbacks.post_handler import PostHandler  # noqa: PLC0415 - see above

        counter = PostCounter()
        handler = PostHandler(settings, self._app.app_secret, self._log, counter)
        app = CallbackApp(handler, settings.path, counter, largest_bytes=settings.largest_bytes)
        server = None
        if settings.port is not None:
            from dingnb.events.callbacks.server import BackgroundServer  # noqa: PLC0415 - see above

            server = BackgroundServer(app, settings.host, settings.port, self._log.hold_ledger_open())
        receiver = Receiver(app, handler, settings, self._log, self._realm, server, _remove)
        with _lock:
            if not _running:
                atexit.register(_stop_all)
            _running.append(receiver)
        self._log.attach(receiver)
        return receiver

    def _conflicts(self, receiver: Receiver, settings: ReceiverSettings) -> bool:
        address, other_settings = (settings.host, settings.port, settings.path), receiver.settings
        if (
            receiver.realm.id != self._realm.id
            or (other_settings.host, other_settings.port, other_settings.path) != address
        ):
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
        return tuple(dict.fromkeys(str(name).strip() for name in owners))


def read_keys(token: Secret | None, aes_key: Secret | None) -> CallbackKeys | None:
    """
    Return the keys of a callback from the two secrets of `wrap_secrets`; None if both are None.

    Raises:
        InputError: Only one of the two is given, or a secret is not valid.
    """
    if token is None and aes_key is None:
        return None
    if token is None or aes_key is None:
        raise InputError(Text("registration.half_a_pair"), Text("registration.half_a_pair_todo"))
    return CallbackKeys(token, aes_key)


def _check_port(settings: ReceiverSettings) -> None:
    for receiver in _running.copy():
        other_settings = receiver.settings
        is_same_port = settings.port and receiver.is_running and other_settings.port == settings.port
        if is_same_port and _share_addresses(settings.host, other_settings.host):
            text = Text("receiver.port_ours", port=settings.port, path=receiver.settings.path)
            raise InputError(text, Text("receiver.port_ours_todo"))


def _share_addresses(host: str, other: str) -> bool:
    """Return whether two hosts that a server listens on have an address in common."""
    if host == other or not _EVERY_ADDRESS.isdisjoint({host, other}):
        return True
    return all(is_loopback(f"http://{name}") for name in (host, other))


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
    for receiver in _running.copy():
        receiver.stop()
