"""Receives callbacks, in a server of this process or in an app to mount in another server."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Self

from dingnb.auth import Secret
from dingnb.auth.credentials import shortened
from dingnb.display import Sheet, Table
from dingnb.errors.callback import OwnerError, SignatureError
from dingnb.events.callbacks.counters import PostCounter, Reason, reason_code, reason_text
from dingnb.events.log import EventLog
from dingnb.ledger import Realm
from dingnb.transport import is_loopback
from dingnb.words import Text, duration, listed, sentences

if TYPE_CHECKING:
    from dingnb.events.callbacks.asgi import CallbackApp
    from dingnb.events.callbacks.post_verifier import PostVerifier
    from dingnb.events.callbacks.server import BackgroundServer
from dingnb.events.callbacks.settings import ReceiverSettings


class Receiver:
    """
    Receives callbacks and robot messages into the event log. Created and started by `DingTalk.receive`.

    Attributes:
        app: The ASGI app, for mounting in another server.
        settings: The settings; token and AES key are masked.
        log: The event log.
        realm: The realm of the events.
    """

    def __init__(
        self,
        app: "CallbackApp",
        verifier: "PostVerifier",
        settings: ReceiverSettings,
        log: EventLog,
        realm: Realm,
        server: "BackgroundServer | None",
        on_stop: Callable[["Receiver"], None],
    ) -> None:
        self.app = app
        self.settings = settings
        self.log = log
        self._verifier = verifier
        self.realm = realm
        self._server = server
        self._on_stop = on_stop
        self._is_stopped = False

    @property
    def url(self) -> str:
        """Its URL on this computer; empty if it started no server."""
        return "" if self._server is None else f"{self._server.address}{self.settings.path}"

    @property
    def token(self) -> Secret:
        """The callback's token; it is masked until ``.reveal()``."""
        return self.settings.keys.token

    @property
    def aes_key(self) -> Secret:
        """The callback's AES key, likewise."""
        return self.settings.keys.aes_key

    @property
    def is_running(self) -> bool:
        """Whether it is receiving."""
        return not self._is_stopped and (self._server is None or self._server.is_running)

    @property
    def title(self) -> Text:
        """Its name in the display of the log."""
        return Text("receiver.title")

    @property
    def status(self) -> Text:
        """Its state, on one line."""
        if not self.is_running:
            return Text("receiver.stopped")
        refused = self._counter.refused()
        return Text(
            "receiver.receiving_refused" if refused else "receiver.receiving", where=self._address, refused=refused
        )

    @property
    def problem(self) -> Text:
        """Why genuine posts are refused for their time; empty if the last one was not."""
        return self._verifier.clock_warning()

    def stop(self) -> None:
        """Stop receiving, and free the port; a mounted app refuses all requests. Calling it again does nothing."""
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
            (Text("receiver.owners"), listed(map(shortened, self.settings.owners))),
            (Text("receiver.window"), self._window),
            (Text("receiver.events"), f"{counter.accepted('event'):,}"),
            (Text("receiver.repeated"), f"{counter.accepted('repeated'):,}"),
            (Text("receiver.checks"), f"{counter.accepted('check'):,}"),
            (Text("receiver.refused"), self._refused),
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
    def _window(self) -> Text:
        window_s = self.settings.window_s
        return Text("receiver.any_time") if window_s is None else duration(window_s)

    @property
    def _refused(self) -> Text | str:
        counter = self._counter
        if not counter.last:
            return "0"
        last = sentences(reason_text(counter.last), reason_code(counter.last))
        return Text("receiver.refused_last", n=f"{counter.refused():,}", last=last)

    def _notes(self) -> list[Text]:
        counter, notes = self._counter, [self.problem]
        if self.is_running and not counter.has_accepted:
            notes.append(Text("receiver.nothing_yet"))
        if self._server is not None and not is_loopback(self.url):
            notes.append(Text("receiver.open_to_others", host=self.settings.host))
        if counter.refused(OwnerError.code):
            notes.append(Text("receiver.other_owner"))
        if counter.refused(SignatureError.code):
            notes.append(Text("receiver.other_keys"))
        if counter.refused(Reason.LEDGER):
            notes.append(Text("receiver.not_kept"))
        return [note for note in notes if note]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()

    def __repr__(self) -> str:
        return self.sheet().to_text()

    def _repr_html_(self) -> str:
        return self.sheet().to_html()
