"""
A WebSocket that one thread serves alone, under a brake: no thread of its own, and nothing that waits for ever.

The protocol is websockets'; it logs nothing here, since it would log the address with the ticket in it. Connections
age in real time, whatever a virtual clock says.
"""

import logging
import socket
import ssl
import time
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Self

from websockets.client import ClientProtocol
from websockets.exceptions import InvalidState, InvalidStatus
from websockets.frames import CloseCode, Frame, Opcode
from websockets.protocol import State
from websockets.uri import parse_uri

from dingnb.errors import UnreachableError
from dingnb.language import say
from dingnb.transport.brake import READ, WRITE, Brake, BrokenOffError
from dingnb.transport.way import Place, open_way, wait_for

LARGEST_MESSAGE = 4 * 2**20
"""So many bytes a message has at most; a longer one ends the connection."""

_LARGEST_BACKLOG = 4 * 2**20
_CHUNK = 65_536
# One of its own, outside of the tree: no setting of the user's makes it speak.
_SILENT = logging.Logger("dingnb.transport.websocket", logging.CRITICAL + 1)  # noqa: LOG001
_WANTS = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)


@dataclass(frozen=True, slots=True)
class Patience:
    """
    How long to wait, in seconds of real time.

    Attributes:
        open_s: For a connection, from the look-up of its name to the end of its handshake.
        ping_s: After so much silence the other side is asked for a sign of life.
        pong_s: And so long for that sign.
        close_s: For the other side's part of a farewell.
    """

    open_s: float = 10.0
    ping_s: float = 30.0
    pong_s: float = 15.0
    close_s: float = 0.3


class EndedError(Exception):
    """
    A connection that was open is over.

    Attributes:
        why: The reason in words.
        is_ours: Whether this side ended it, because of what came.
    """

    def __init__(self, why: str, *, is_ours: bool = False) -> None:
        super().__init__(why)
        self.why = why
        self.is_ours = is_ours


class WebSocket:
    """
    An open connection; `WebSocket.open` makes one. It belongs to one thread.

    Args:
        sock: What leads to the other side; it does not block.
        protocol: The protocol's state; its request has not been sent.
        brake: What breaks off its waits.
        patience: How long to wait.
    """

    def __init__(self, sock: socket.socket, protocol: ClientProtocol, brake: Brake, patience: Patience) -> None:
        self._sock = sock
        self._protocol = protocol
        self._brake = brake
        self._patience = patience
        self._outgoing = bytearray()
        self._begun = bytearray()
        self._early: list[str] = []
        self._mute = ""
        self._heard_at = time.monotonic()
        self._pinged = False

    @classmethod
    def open(cls, address: str, query: str, user_agent: str, brake: Brake, patience: Patience) -> Self:
        """
        Connect, and return the open connection.

        Args:
            address: ``wss://host/path``, or ``ws://`` on this machine; without a query.
            query: The query, which may be secret.
            user_agent: What this side calls itself.
            brake: Breaks it off.
            patience: How long to wait.

        Raises:
            UnreachableError: The other side cannot be reached, or does not want this connection.
            BrokenOffError: The brake was pulled.
        """
        until = time.monotonic() + patience.open_s
        uri = parse_uri(address)
        place = Place(uri.host, uri.port, uri.secure)
        sock = open_way(place, brake, patience.open_s)
        protocol = ClientProtocol(replace(uri, query=query), max_size=LARGEST_MESSAGE, logger=_SILENT)
        opened = cls(sock, protocol, brake, patience)
        try:
            cause = opened._shake_hands(user_agent, until)
        except BaseException:
            sock.close()
            raise
        if cause:
            sock.close()
            key = "stream.turned_away" if cause.startswith("HTTP ") else "transport.unreachable"
            # Outside of any except block: the chained error holds the request with its secret.
            raise UnreachableError(say(key, host=place.shown, cause=cause), say(f"{key}_todo"))
        return opened

    def receive(self, timeout_s: float) -> list[str]:
        """
        Return what has come, as soon as something has.

        Args:
            timeout_s: How long to wait at most.

        Returns:
            The texts; none when the time is over, or the brake was rung.

        Raises:
            EndedError: The connection is over, and all that came over it was returned.
            BrokenOffError: The brake was pulled.
        """
        if self._early:
            early, self._early = self._early, []
            return early
        if len(self._outgoing) > _LARGEST_BACKLOG:
            raise EndedError(say("stream.not_read"))
        self._keep_alive()
        timeout_s = 0 if self._is_over else min(timeout_s, self._look_at() - time.monotonic())
        try:
            ready = self._brake.wait(self._sock, READ | (WRITE if self._outgoing else 0), timeout_s)
            if ready & READ:
                self._feed()
        except BrokenOffError:
            raise
        except OSError as error:
            self._mute = self._mute or type(error).__name__
        self._flush()
        texts = self._texts()
        if self._is_over and not texts:
            is_ours = self._protocol.close_sent is not None and self._protocol.close_rcvd is None
            raise EndedError(self._mute or self._reason(), is_ours=is_ours)
        return texts

    def send(self, text: str) -> None:
        """Send a text; what the other side does not take at once is sent by and by. `receive` tells of the end."""
        with suppress(InvalidState):
            self._protocol.send_text(text.encode())
        self._flush()

    def close(self) -> list[str]:
        """
        Take leave, close, and return what came meanwhile.

        It takes `Patience.close_s` at most, and the brake does not matter.
        """
        until = time.monotonic() + self._patience.close_s
        with suppress(OSError), Brake() as brake:
            if self._protocol.state is State.OPEN:
                self._protocol.send_close(CloseCode.NORMAL_CLOSURE)
            self._flush()
            while self._outgoing or (self._protocol.state is State.CLOSING and self._protocol.close_rcvd is None):
                # Who does not read may have sent something all the same; after the end there is nothing to read.
                reads = 0 if self._protocol.state is State.CLOSED else READ
                wait_for(self._sock, reads | (WRITE if self._outgoing else 0), brake, until)
                self._feed()
                self._flush()
        self._sock.close()
        return self._texts()

    def _shake_hands(self, user_agent: str, until: float) -> str:
        """Return why the other side does not want this connection; empty where it does."""
        request = self._protocol.connect()
        request.headers["User-Agent"] = user_agent
        self._protocol.send_request(request)
        try:
            while self._protocol.state is State.CONNECTING and self._protocol.handshake_exc is None:
                self._flush()
                wait_for(self._sock, READ | (WRITE if self._outgoing else 0), self._brake, until)
                self._feed()
        except BrokenOffError:
            raise
        except OSError as error:
            return type(error).__name__
        refused: Exception | None = self._protocol.handshake_exc
        if isinstance(refused, InvalidStatus):
            return f"HTTP {refused.response.status_code}"
        # The first frames may have come along with the answer.
        self._early = self._texts()
        self._flush()
        return "" if refused is None else type(refused).__name__

    def _look_at(self) -> float:
        """Return until when the other side has to be heard."""
        silence_s = self._patience.ping_s + (self._patience.pong_s if self._pinged else 0)
        return self._heard_at + silence_s

    def _keep_alive(self) -> None:
        if time.monotonic() < self._look_at():
            return
        if self._pinged:
            raise EndedError(say("stream.silent"))
        self._pinged = True
        if self._protocol.state is State.OPEN:
            self._protocol.send_ping(b"dingnb")
            self._flush()

    @property
    def _is_over(self) -> bool:
        """Whether nothing can be said any longer; something may have come that was not read yet."""
        return bool(self._mute) or self._protocol.state is not State.OPEN

    def _texts(self) -> list[str]:
        frames = [event for event in self._protocol.events_received() if isinstance(event, Frame)]
        return [text for frame in frames for text in self._of(frame)]

    def _feed(self) -> None:
        """Give the protocol what the socket has."""
        with suppress(*_WANTS):
            while True:
                data = self._sock.recv(_CHUNK)
                self._heard_at, self._pinged = time.monotonic(), False
                if data:
                    self._protocol.receive_data(data)
                else:
                    self._protocol.receive_eof()
                # What TLS has decrypted already is not seen by waiting for the socket.
                if not data or not (isinstance(self._sock, ssl.SSLSocket) and self._sock.pending()):
                    break

    def _flush(self) -> None:
        """Send what is to be said; that it cannot be is no reason yet to leave unread what came."""
        self._outgoing += b"".join(self._protocol.data_to_send())
        try:
            while self._outgoing and not self._mute:
                del self._outgoing[: self._sock.send(self._outgoing)]
        except _WANTS:
            pass
        except OSError as error:
            self._mute = type(error).__name__
        if self._mute:
            self._outgoing.clear()

    def _of(self, frame: Frame) -> list[str]:
        """Return the text that a frame completes, if it does; bytes that are no UTF-8 are replaced."""
        if frame.opcode not in {Opcode.TEXT, Opcode.BINARY, Opcode.CONT}:
            return []
        self._begun += frame.data
        if not frame.fin:
            return []
        whole = self._begun.decode(errors="replace")
        self._begun.clear()
        return [whole]

    def _reason(self) -> str:
        closed = self._protocol.close_rcvd or self._protocol.close_sent
        return say("stream.closed", code=closed.code if closed else CloseCode.ABNORMAL_CLOSURE.value)
