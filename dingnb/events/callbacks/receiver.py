"""A receiver of callbacks and its settings."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Self, get_args

from dingnb.auth import Secret
from dingnb.auth.callback_keys import CallbackKeys
from dingnb.auth.credentials import shortened
from dingnb.display import Sheet, Table
from dingnb.errors import InputError
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


Repeats = Literal["answer", "refuse"]
"""What happens to a repeated event: it is answered like the first, or refused as not genuine."""

WINDOW_S = 3_600.0
"""As DingTalk requires for robot messages; events are repeated within a minute."""

LARGEST_BYTES = 1_048_576
"""Maximum size of a body; DingTalk documents no limit, and its largest events are far below."""

_PATH = re.compile(r"/[!-~]{0,199}", re.ASCII)
_LAST_PORT = 65_535
_LONGEST_WINDOW_S = 10**9


@dataclass(frozen=True, slots=True)
class ReceiverSettings:
    """
    The settings of a receiver.

    Attributes:
        keys: Token and AES key of the callback.
        owners: The owners it accepts.
        host: The address to listen on.
        port: The port; 0 picks a free one, None starts no server.
        path: The path.
        window_s: How far a post's time may be from now, in seconds; None accepts any time.
        repeats: What happens to an event that is in the log already.
        largest_bytes: Maximum size of a body.
        answers_random: Whether a check of a suite's address is answered with its ``Random``.

    Raises:
        InputError: A setting is not valid.
    """

    keys: CallbackKeys
    owners: tuple[str, ...]
    host: str
    port: int | None
    path: str
    window_s: float | None
    repeats: Repeats
    largest_bytes: int
    answers_random: bool

    def __post_init__(self) -> None:
        _check_place(self.host, self.port, self.path)
        _check_limits(self.window_s, self.repeats, self.largest_bytes)


def _check_place(host: object, port: object, path: object) -> None:
    if not isinstance(host, str) or not _is_name(host):
        raise InputError(Text("receiver.bad_host", value=host), Text("receiver.bad_host_todo"))
    if port is not None and not 0 <= _whole(port) <= _LAST_PORT:
        raise InputError(Text("receiver.bad_port", value=port), Text("receiver.bad_port_todo"))
    if not isinstance(path, str) or not _PATH.fullmatch(path) or set("?#%") & set(path):
        raise InputError(Text("receiver.bad_path", value=path), Text("receiver.bad_path_todo"))


def _is_name(host: str) -> bool:
    try:
        return bool(host.strip()) and host.isprintable() and bool(host.encode("idna"))
    except UnicodeError:
        # As the system's own look-up would end.
        return False


def _check_limits(window_s: object, repeats: object, largest_bytes: object) -> None:
    number = window_s if isinstance(window_s, float) else _whole(window_s)
    is_time = 0 < number <= _LONGEST_WINDOW_S
    if window_s is not None and not is_time:
        raise InputError(Text("receiver.bad_window", value=window_s), Text("receiver.bad_window_todo"))
    if repeats not in get_args(Repeats):
        raise InputError(Text("receiver.bad_repeats", value=repeats), Text("receiver.bad_repeats_todo"))
    if _whole(largest_bytes) <= 0:
        raise InputError(Text("receiver.bad_size", value=largest_bytes), Text("receiver.bad_size_todo"))


def _whole(value: object) -> int:
    """Return a whole number unchanged; -1 for anything else."""
    return value if isinstance(value, int) and not isinstance(value, bool) else -1


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
