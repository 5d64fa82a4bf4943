"""What receives callbacks: a server in this process, or an app for a server of one's own."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Self

from dingnb.auth import Secret
from dingnb.auth.credentials import shortened
from dingnb.display import Sheet, Table
from dingnb.errors.callback import OwnerError, SignatureError
from dingnb.events.log import EventLog
from dingnb.events.receiver_settings import ReceiverSettings
from dingnb.events.tally import Reason, Tally, code_of, words_of
from dingnb.language import duration, listed, say
from dingnb.ledger import Realm
from dingnb.transport import is_loopback

if TYPE_CHECKING:
    from dingnb.events.background_server import BackgroundServer
    from dingnb.events.callback_app import CallbackApp
    from dingnb.events.gate import Gate


class Receiver:
    """
    Receives callbacks and robot messages into the log of events. Made by `DingTalk.receive`; it runs at once.

    Attributes:
        app: The ASGI app, to be mounted in a server of one's own.
        settings: How it is set up; token and AES key are masked.
        log: What it feeds.
        realm: Whose events it receives.
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
        """Where it answers on this computer; empty without a server of its own."""
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
    def title(self) -> str:
        """What it is called beside the log."""
        return say("receiver.title")

    @property
    def standing(self) -> str:
        """How it stands, in one line."""
        if not self.is_running:
            return say("receiver.stopped")
        refused = self._tally.refused()
        return say("receiver.standing_refused" if refused else "receiver.standing", where=self._where, refused=refused)

    @property
    def trouble(self) -> str:
        """Why genuine posts are refused for their time; empty where the last one was not."""
        return self._gate.time_note()

    def stop(self) -> None:
        """Receive no more, and free the port; what is mounted refuses all. A second time does nothing."""
        self._is_stopped = True
        self.app.close()
        if self._server is not None:
            self._server.stop()
        self._on_stop(self)

    def sheet(self) -> Sheet:
        """Return what it shows."""
        tally = self._tally
        facts = (
            (say("receiver.state"), say("receiver.running") if self.is_running else say("receiver.stopped")),
            (say("receiver.where"), self._where),
            (say("receiver.owners"), listed(map(shortened, self.settings.owners))),
            (say("receiver.window"), self._window),
            (say("receiver.events"), f"{tally.good('event'):,}"),
            (say("receiver.repeated"), f"{tally.good('repeated'):,}"),
            (say("receiver.checks"), f"{tally.good('check'):,}"),
            (say("receiver.refused"), self._refused),
        )
        rows = tally.rows()
        header = (say("receiver.reason"), say("receiver.code"), say("receiver.how_often"))
        tables = (Table(say("receiver.reasons"), header, rows),) if rows else ()
        return Sheet(self.title, self.realm.mode, facts, tuple(self._notes()), tables)

    @property
    def _tally(self) -> Tally:
        return self.app.tally

    @property
    def _where(self) -> str:
        """Return the address; a port that is another one each time would make every saved notebook differ."""
        if self._server is None:
            return say("receiver.mounted", path=self.settings.path)
        return self.url if self.settings.port else say("receiver.some_port", path=self.settings.path)

    @property
    def _window(self) -> str:
        window_s = self.settings.window_s
        return say("receiver.any_time") if window_s is None else duration(window_s)

    @property
    def _refused(self) -> str:
        tally = self._tally
        if not tally.last:
            return "0"
        last = " ".join(filter(None, [words_of(tally.last), code_of(tally.last)]))
        return say("receiver.refused_last", n=f"{tally.refused():,}", last=last)

    def _notes(self) -> list[str]:
        tally, notes = self._tally, [self.trouble]
        if self.is_running and not tally.has_good:
            notes.append(say("receiver.nothing_yet"))
        if self._server is not None and not is_loopback(self.url):
            notes.append(say("receiver.open_to_others", host=self.settings.host))
        if tally.refused(OwnerError.code):
            notes.append(say("receiver.other_owner"))
        if tally.refused(SignatureError.code):
            notes.append(say("receiver.other_keys"))
        if tally.refused(Reason.LEDGER):
            notes.append(say("receiver.not_kept"))
        return [note for note in notes if note]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.stop()

    def __repr__(self) -> str:
        return self.sheet().to_text()

    def _repr_html_(self) -> str:
        return self.sheet().to_html()
