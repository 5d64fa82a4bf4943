"""Receives callbacks: in a server of this process, or in an app for a server of one's own."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Self

from dingnb.auth import Secret
from dingnb.auth.credentials import shortened
from dingnb.display import Sheet, Table
from dingnb.errors.callback import OwnerError, SignatureError
from dingnb.events.callbacks.counters import Reason, Tally, code_of, words_of
from dingnb.events.log import EventLog
from dingnb.ledger import Realm
from dingnb.transport import is_loopback
from dingnb.words import Text, duration, listed, sentences

if TYPE_CHECKING:
    from dingnb.events.callbacks.asgi import CallbackApp
    from dingnb.events.callbacks.server import BackgroundServer
    from dingnb.events.callbacks.verification import Gate
from dingnb.events.callbacks.settings import ReceiverSettings


class Receiver:
    """
    Receives callbacks and robot messages into the event log. Created and started by `DingTalk.receive`.

    Attributes:
        app: The ASGI app, to be mounted in a server of one's own.
        settings: The settings; token and AES key are masked.
        log: The event log.
        realm: The realm of the events.
    """

    def __init__(
        self,
        app: "CallbackApp",
        gate: "Gate",
        settings: ReceiverSettings,
        log: EventLog,
        realm: Realm,
        server: "BackgroundServer | None",
        on_stop: Callable[["Receiver"], None],
    ) -> None:
        self.app = app
        self.settings = settings
        self.log = log
        self._gate = gate
        self.realm = realm
        self._server = server
        self._on_stop = on_stop
        self._is_stopped = False

    @property
    def url(self) -> str:
        """Its URL on this computer; empty without a server of its own."""
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
        """Whether it receives."""
        return not self._is_stopped and (self._server is None or self._server.is_running)

    @property
    def title(self) -> Text:
        """Its name in the log's display."""
        return Text("receiver.title")

    @property
    def standing(self) -> Text:
        """Its state, on one line."""
        if not self.is_running:
            return Text("receiver.stopped")
        refused = self._tally.refused()
        return Text("receiver.standing_refused" if refused else "receiver.standing", where=self._where, refused=refused)

    @property
    def trouble(self) -> Text:
        """Why genuine posts are refused for their time; empty if the last one was not."""
        return self._gate.time_note()

    def stop(self) -> None:
        """Stop receiving, and free the port; a mounted app refuses all requests. Calling it again does nothing."""
        self._is_stopped = True
        self.app.close()
        if self._server is not None:
            self._server.stop()
        self._on_stop(self)

    def sheet(self) -> Sheet:
        """Return the display of the receiver."""
        tally = self._tally
        facts: tuple[tuple[Text, Text | str], ...] = (
            (Text("receiver.state"), Text("receiver.running") if self.is_running else Text("receiver.stopped")),
            (Text("receiver.where"), self._where),
            (Text("receiver.owners"), listed(map(shortened, self.settings.owners))),
            (Text("receiver.window"), self._window),
            (Text("receiver.events"), f"{tally.good('event'):,}"),
            (Text("receiver.repeated"), f"{tally.good('repeated'):,}"),
            (Text("receiver.checks"), f"{tally.good('check'):,}"),
            (Text("receiver.refused"), self._refused),
        )
        rows = tally.rows()
        header = (Text("receiver.reason"), Text("receiver.code"), Text("receiver.how_often"))
        tables = (Table(Text("receiver.reasons"), header, rows),) if rows else ()
        return Sheet(self.title, self.realm.mode, facts, tuple(self._notes()), tables)

    @property
    def _tally(self) -> Tally:
        return self.app.tally

    @property
    def _where(self) -> Text | str:
        """Return the address, without a random port, which would make every saved notebook differ."""
        if self._server is None:
            return Text("receiver.mounted", path=self.settings.path)
        return self.url if self.settings.port else Text("receiver.some_port", path=self.settings.path)

    @property
    def _window(self) -> Text:
        window_s = self.settings.window_s
        return Text("receiver.any_time") if window_s is None else duration(window_s)

    @property
    def _refused(self) -> Text | str:
        tally = self._tally
        if not tally.last:
            return "0"
        last = sentences(words_of(tally.last), code_of(tally.last))
        return Text("receiver.refused_last", n=f"{tally.refused():,}", last=last)

    def _notes(self) -> list[Text]:
        tally, notes = self._tally, [self.trouble]
        if self.is_running and not tally.has_good:
            notes.append(Text("receiver.nothing_yet"))
        if self._server is not None and not is_loopback(self.url):
            notes.append(Text("receiver.open_to_others", host=self.settings.host))
        if tally.refused(OwnerError.code):
            notes.append(Text("receiver.other_owner"))
        if tally.refused(SignatureError.code):
            notes.append(Text("receiver.other_keys"))
        if tally.refused(Reason.LEDGER):
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
