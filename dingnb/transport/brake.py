"""
A brake: what waits for the network in one thread is broken off from another, at once.

Sockets under a brake never block: their thread waits for them and for the brake together. What waits inside of
others' code, such as an answer over HTTP, is broken off by ending its socket. Only the look-up of a host's name
cannot be broken off; it is left to end by itself.
"""

import selectors
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Self

READ = selectors.EVENT_READ
WRITE = selectors.EVENT_WRITE


class BrokenOffError(OSError):
    """The brake was pulled."""


class Brake:
    """Breaks off the waits of one thread; any other may pull it, ring it and close it."""

    def __init__(self) -> None:
        self._ear, self._bell = socket.socketpair()
        self._ear.settimeout(0)
        self._bell.settimeout(0)
        self._lock = threading.Lock()
        self._watched: list[socket.socket] = []
        self._is_closed = False
        self.is_pulled = False

    def pull(self) -> None:
        """Break off what waits now, and whatever will."""
        with self._lock:
            self.is_pulled = True
            for sock in self._watched:
                with suppress(OSError):
                    sock.shutdown(socket.SHUT_RDWR)
        self.ring()

    def ring(self) -> None:
        """Let the wait that is under way, or else the next, return early."""
        with self._lock, suppress(OSError):
            if not self._is_closed:
                self._bell.send(b"!")

    def wait(self, sock: socket.socket, events: int, timeout_s: float) -> int:
        """
        Wait until a socket can be read or written.

        Args:
            sock: The socket; it does not block.
            events: `READ`, `WRITE` or both.
            timeout_s: How long to wait at most.

        Returns:
            What can be done: of `events`; 0 when the time is over or the brake was rung.

        Raises:
            BrokenOffError: The brake was pulled.
        """
        self._check()
        with selectors.DefaultSelector() as selector:
            selector.register(self._ear, READ)
            selector.register(sock, events)
            ready = {key.fileobj: mask for key, mask in selector.select(max(timeout_s, 0))}
        if self._ear in ready:
            with suppress(OSError):
                self._ear.recv(4_096)
        self._check()
        return ready.get(sock, 0)

    def connect(self, host: str, port: int, timeout_s: float) -> socket.socket:
        """
        Return a socket that is connected to a host, and does not block.

        Raises:
            BrokenOffError: The brake was pulled.
            TimeoutError: No address of the host answered in time.
            OSError: None could be connected to, or the host has none.
        """
        self._check()
        until = time.monotonic() + timeout_s
        addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        failure: OSError = TimeoutError()
        for position, (family, kind, protocol, _, address) in enumerate(addresses):
            # One that swallows all must not take the time of those behind it.
            share_s = (until - time.monotonic()) / (len(addresses) - position)
            sock = socket.socket(family, kind, protocol)
            try:
                self._reach(sock, address, share_s)
            except BrokenOffError:
                sock.close()
                raise
            except OSError as error:
                sock.close()
                failure = error
            else:
                return sock
        raise failure

    def watch(self, sock: socket.socket) -> None:
        """End a socket, too, when the brake is pulled, until `unwatch`: others' code waits for it."""
        with self._lock:
            twin = sock.dup()
            self._watched.append(twin)
            if self.is_pulled:
                with suppress(OSError):
                    twin.shutdown(socket.SHUT_RDWR)

    def unwatch(self) -> None:
        """Watch none of these any longer."""
        with self._lock:
            for sock in self._watched:
                sock.close()
            self._watched.clear()

    def close(self) -> None:
        """Let go of its own sockets; whoever waits under it has come to an end."""
        self.unwatch()
        with self._lock:
            self._is_closed = True
            self._ear.close()
            self._bell.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def _reach(self, sock: socket.socket, address: object, timeout_s: float) -> None:
        sock.settimeout(0)
        with suppress(BlockingIOError):
            sock.connect(address)  # type: ignore[arg-type] # getaddrinfo's own
        until = time.monotonic() + timeout_s
        while not self.wait(sock, WRITE, until - time.monotonic()):
            if time.monotonic() >= until:
                raise TimeoutError
        code = sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if code:
            raise OSError(code, "connect")

    def _check(self) -> None:
        if self.is_pulled:
            raise BrokenOffError


class _Here(threading.local):
    brake: Brake | None = None


_here = _Here()


@contextmanager
def braked(brake: Brake) -> Iterator[None]:
    """Put the calls of the current thread under a brake."""
    _here.brake = brake
    try:
        yield
    finally:
        _here.brake = None
        brake.unwatch()


def brake_here() -> Brake | None:
    """Return the brake that the current thread's calls are under."""
    return _here.brake
