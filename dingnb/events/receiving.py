"""The receiving part of `DingTalk`: the event log and its sources."""

from collections.abc import Sequence

from dingnb.auth.callback_keys import as_secrets
from dingnb.auth.secret import Secret
from dingnb.errors import InputError
from dingnb.events.callbacks.receiver import LARGEST_BYTES, WINDOW_S, Receiver, Repeats
from dingnb.events.callbacks.receivers import Receivers, read_keys
from dingnb.events.callbacks.registration import Callbacks, Registration
from dingnb.events.events import Events
from dingnb.events.log import EventLog
from dingnb.events.stream.cards import OnCard
from dingnb.events.stream.stream import Stream, Streams
from dingnb.words import Text


class Receiving:
    """The events of a connection to DingTalk."""

    _log: EventLog
    _events: Events
    _receivers: Receivers
    _callbacks: Callbacks
    _streams: Streams

    @property
    def events(self) -> Events:
        """The events of the app; ``events.to_frame()`` returns them as a DataFrame."""
        return self._events

    def stream(
        self,
        *,
        keep: bool = False,
        robot: bool = True,
        cards: bool | None = None,
        on_card: OnCard | None = None,
        topics: Sequence[str] = (),
    ) -> Stream:
        """
        Receive events over an outgoing connection into ``events``; no public address is needed.

        It returns at once, and connects again by itself whenever that is needed. A second time, such as by Run All, it
        returns the stream that runs; after a new ``connect()`` it stops that of the earlier one, which would take its
        share of what comes. Streams of one app in several kernels share what comes.

        Args:
            keep: Whether to store events in the ledger, as by ``events.keep()``.
            robot: Whether to receive messages to the app's robot.
            cards: Whether to receive card callbacks; by default, if `on_card` is given.
            on_card: Called with each card callback as an `Event`; returns the answer, a dict or None, within 2 seconds.
            topics: Further callback topics. Event types are selected in the developer console.

        Raises:
            InputError: `on_card` is not callable, or `topics` is not a list of topics.
            LedgerError: Events should be stored, but the ledger cannot be written.

        Example:
            >>> import dingnb
            >>> with dingnb.connect("sandbox").stream() as stream:
            ...     stream.wait_until_connected()
            True
        """
        return self._streams.open(self._log, keep=keep, robot=robot, cards=cards, on_card=on_card, topics=topics)

    @property
    def callbacks(self) -> Callbacks:
        """The address to which DingTalk sends the organisation's events over HTTP: ``callbacks.ensure(url, tags)``."""
        return self._callbacks

    def receive(  # noqa: PLR0913 - keywords, each with a default
        self,
        registration: Registration | None = None,
        *,
        token: str | Secret | None = None,
        aes_key: str | Secret | None = None,
        owner: str | Sequence[str] | None = None,
        host: str = "127.0.0.1",
        port: int | None = 0,
        path: str = "/dingtalk",
        window_s: float | None = WINDOW_S,
        repeats: Repeats = "answer",
        keep: bool = False,
        largest_bytes: int = LARGEST_BYTES,
        answers_random: bool = False,
    ) -> Receiver:
        """
        Receive callbacks and robot messages over HTTP into ``ding.events``, from now until ``.stop()``.

        A second call with the same settings returns the running receiver. See docs/callbacks.md for the network setup.

        Args:
            registration: The return value of ``ding.callbacks.get()``, for its token and AES key.
            token: The callback's token, where there is no `registration`; by default new ones, which
                ``ding.callbacks.ensure`` then registers.
            aes_key: The callback's AES key, likewise.
            owner: Whom callbacks are meant for: app key, corp id or suite key, or several. By default the app key, and
                the corp id if it is known: on a sandbox, or from ``DINGTALK_CORP_ID``.
            host: The address to listen on; the default can be reached from this computer only.
            port: The port; 0 picks a free one, None starts no server: mount ``.app`` in your own.
            path: The path.
            window_s: How far the time of a post may be from now, in seconds; None accepts any time.
            repeats: What becomes of an event that came before: ``answer`` answers it, as DingTalk needs when the first
                answer got lost; ``refuse`` answers it as what is not genuine. It is in the log once, either way.
            keep: Whether to store the events in the ledger, as ``ding.events.keep()`` does.
            largest_bytes: Maximum size of a body.
            answers_random: Whether a check of a suite's address is answered with its ``Random``.

        Raises:
            InputError: A setting cannot be used, or the port is taken.
            LedgerError: The events should be stored, but cannot be.

        Example:
            >>> import dingnb
            >>> ding = dingnb.connect("sandbox")
            >>> with ding.receive() as receiver:
            ...     ding.callbacks.ensure(receiver.url, ["user_add_org"]).tags
            ('user_add_org',)
        """
        token, aes_key = as_secrets(token, aes_key)  # an error shows the names of its frames
        keys = read_keys(token, aes_key)
        given: object = registration
        if not isinstance(given, Registration | None):
            kind = type(given).__name__
            del registration, given  # it may be a token
            raise InputError(Text("receiver.bad_registration", kind=kind), Text("receiver.bad_registration_todo"))
        if registration is not None:
            keys = keys or read_keys(registration.token, registration.aes_key)
        return self._receivers.open(
            keys,
            owner=owner,
            host=host,
            port=port,
            path=path,
            window_s=window_s,
            repeats=repeats,
            largest_bytes=largest_bytes,
            answers_random=answers_random,
            keep=keep,
        )
