"""A proxy in front of PostgreSQL that loses answers, and delivers requests whose client is gone."""

import random
import socket
import threading
from contextlib import suppress
from pathlib import Path

CHUNK = 65_536
LATE_S = 0.5
"""How long a request is held back after its client was cut off."""


class LossyProxy:
    """
    Forwards connections to the socket of a server.

    Args:
        folder: The folder of its own socket.
        server: The folder of the server's socket.
        seed: Decides which requests are affected.
        share: The share of requests that are affected once `begin` was called: of one half the answer is lost, the
            other half arrives late, without its client.

    Attributes:
        lost: The number of lost answers.
        held: The number of late requests.
    """

    def __init__(self, folder: Path, server: Path, seed: int, share: float) -> None:
        self.folder = folder
        self._server = server / ".s.PGSQL.5432"
        self._random = random.Random(seed)
        self._share = share
        self._is_on = threading.Event()
        self.lost = 0
        self.held = 0
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(folder / ".s.PGSQL.5432"))
        self._listener.listen(32)
        threading.Thread(target=self._accept, daemon=True).start()

    def begin(self) -> None:
        self._is_on.set()

    def end(self) -> None:
        self._is_on.clear()

    def close(self) -> None:
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        server = socket.socket(socket.AF_UNIX)
        is_lost = threading.Event()
        with suppress(OSError):
            server.connect(str(self._server))
            threading.Thread(target=self._answer, args=(client, server, is_lost), daemon=True).start()
            while request := client.recv(CHUNK):
                draw = self._random.random() if self._is_on.is_set() else 1.0
                if draw < self._share / 2:
                    # The server answers, and its answer is lost.
                    self.lost += 1
                    is_lost.set()
                    server.sendall(request)
                elif draw < self._share:
                    # The client is cut off at once, and the server gets its request later.
                    self.held += 1
                    is_lost.set()
                    client.shutdown(socket.SHUT_RDWR)
                    threading.Event().wait(LATE_S)
                    server.sendall(request)
                else:
                    server.sendall(request)
        with suppress(OSError):
            server.shutdown(socket.SHUT_WR)
        client.close()

    @staticmethod
    def _answer(client: socket.socket, server: socket.socket, is_lost: threading.Event) -> None:
        with suppress(OSError):
            while answer := server.recv(CHUNK):
                if is_lost.is_set():
                    client.shutdown(socket.SHUT_RDWR)
                    continue
                client.sendall(answer)
        with suppress(OSError):
            client.shutdown(socket.SHUT_RDWR)
        server.close()
