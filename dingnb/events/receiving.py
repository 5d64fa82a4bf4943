"""The part of `DingTalk` that receives: the log of events, and what feeds it."""

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
    """What a connection to DingTalk tells and does about events."""

    _log: EventLog
    _events: Events
    _receivers: Receivers
    _callbacks: Callbacks
    _streams: Streams

    @property
    def events(self) -> Events:
        """What DingTalk tells the app, as a DataFrame that grows: ``events.to_frame()``."""
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
        Receive from DingTalk over a connection of our own, into ``events``; no address of yours is needed.

        It returns at once, and connects again by itself whenever that is needed. A second time, such as by Run All, it
        returns the stream that runs; after a new ``connect()`` it stops that of the earlier one, which would take its
        share of what comes. Streams of one app in several kernels share what comes.

        Args:
            keep: Whether events are kept in the ledger, as by ``events.keep()``.
            robot: Whether to receive what people write to the app's robot.
            cards: Whether to receive what people press on its cards; by default, where there is `on_card`.
            on_card: Called with each press as an `Event`; returns the card's answer, a dict, or None, within 2 seconds.
            topics: Further topics of callbacks. Which events come is ticked in the developer console.

        Raises:
            InputError: `on_card` cannot be called, or `topics` are none.
            LedgerError: Events are to be kept, and the ledger cannot be written.

        Example:
            >>> import dingnb
            >>> with dingnb.connect("sandbox").stream() as stream:
            ...     stream.wait_until_connected()
            True
        """
        return self._streams.open(self._log, keep=keep, robot=robot, cards=cards, on_card=on_card, topics=topics)

    @property
    def callbacks(self) -> Callbacks:
        """Where DingTalk sends the organisation's events over HTTP: ``callbacks.ensure(url, tags)``."""
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

        A second call with the same settings returns what runs already. docs/callbacks.md says how DingTalk reaches it.

        Args:
            registration: What ``ding.callbacks.get()`` returned: its token and AES key.
            token: The callback's token, where there is no `registration`; by default new ones, which
                ``ding.callbacks.ensure`` then registers.
            aes_key: The callback's AES key, likewise.
            owner: Whom callbacks are meant for: app key, corp id or suite key, or several. By default the app key, and
                the corp id where it is known: on a sandbox, or from ``DINGTALK_CORP_ID``.
            host: The address to listen on; the default can be reached from this computer only.
            port: The port; 0 takes a free one, None starts no server: mount ``.app`` in your own.
            path: The path.
            window_s: How far the time of a post may be from now, in seconds; None takes a post of any time.
            repeats: What becomes of an event that came before: ``answer`` answers it, as DingTalk needs when the first
                answer got lost; ``refuse`` answers it as what is not genuine. It is in the log once, either way.
            keep: Whether the events are kept in the ledger, as ``ding.events.keep()`` does.
            largest_bytes: The largest body.
            answers_random: Whether a check of a suite's address is answered with its ``Random``.

        Raises:
            InputError: A setting cannot be used, or the port is taken.
            LedgerError: The events should be kept and cannot be.

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
