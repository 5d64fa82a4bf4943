"""
Measures how fast a receiver answers genuine posts during 10,000 invalid posts, compared with 50 ms.

DingTalk waits for 1.5 to 2.5 seconds. Attackers and the genuine caller are separate processes; each post has its own
connection. No invalid post may be accepted or break anything.
"""

import contextlib
import io
import json
import multiprocessing
import os
import random
import socket
import sys
import tempfile
import threading
import time
from multiprocessing.connection import Connection
from typing import TYPE_CHECKING
from urllib.parse import urlencode, urlsplit

from table import Figure, print_table

import dingnb
from dingnb.events.callbacks.crypto import CallbackCrypto

if TYPE_CHECKING:
    from collections.abc import Callable

POSTS = 10_000
ATTACKERS = 4
LIMIT_MS = 50.0
PAUSE_S = 0.01
ALONE_S = 5
EVENT = {"EventType": "user_add_org", "TimeStamp": 0, "UserId": ["u1"], "CorpId": "dingcorp"}

Keys = tuple[str, str, str]


def encrypt_post(crypto: CallbackCrypto, number: int) -> tuple[str, bytes]:
    """Return the query and body of a genuine post."""
    event = {**EVENT, "TimeStamp": time.time_ns() // 1_000_000, "UserId": [f"u{number}"]}
    fields = crypto.encrypt(json.dumps(event))
    query = {"signature": fields["msg_signature"], "timestamp": fields["timeStamp"], "nonce": fields["nonce"]}
    return urlencode(query), json.dumps({"encrypt": fields["encrypt"]}).encode()


def exchange(url: str, request: bytes) -> bytes:
    """Send some bytes over a new connection; return the first line of the answer, if any."""
    parts = urlsplit(url)
    with (
        contextlib.suppress(ConnectionError),
        socket.create_connection((parts.hostname or "", parts.port or 0), timeout=30) as connection,
    ):
        connection.sendall(request)
        received = bytearray()
        while chunk := connection.recv(65_536):
            received += chunk
        return bytes(received).partition(b"\r\n")[0]
    return b""


def request_of(url: str, query: str, body: bytes, head: bytes = b"") -> bytes:
    """Return the bytes of a POST request."""
    parts = urlsplit(url)
    lines = f"POST {parts.path}?{query} HTTP/1.1\r\nhost: {parts.netloc}\r\nconnection: close\r\n"
    return lines.encode() + head + b"content-length: %d\r\n\r\n%s" % (len(body), body)


def create_invalid_post(url: str, crypto: CallbackCrypto, generator: random.Random) -> bytes:
    """Return a post with one defect."""
    query, body = encrypt_post(crypto, 0)
    place = generator.randrange(len(body))
    # A different base64 character, or malformed JSON.
    changed = body[:place] + (b"B" if body[place : place + 1] == b"A" else b"A") + body[place + 1 :]
    posts: list[Callable[[], bytes]] = [
        lambda: request_of(url, query, changed),
        lambda: request_of(url, query.replace("signature=", "signature=0"), body),
        lambda: request_of(url, query, generator.randbytes(generator.randrange(4_000))),
        lambda: request_of(f"{url}x", query, body),
        lambda: request_of(url, query, b'{"encrypt":' + b"[" * generator.randrange(1, 20_000)),
        lambda: request_of(url, query, body, b"".join(b"x%d: %s\r\n" % (n, b"y" * 200) for n in range(200))),
        lambda: generator.randbytes(generator.randrange(1, 2_000)) + b"\r\n\r\n",
        lambda: request_of(url, query, b"z" * 1_100_000),
    ]
    return generator.choice(posts)()


def send_invalid_posts(url: str, keys: Keys, done: Connection, posts: int) -> None:
    """Send all invalid posts, and the answers through a pipe."""
    crypto, answers = CallbackCrypto(*keys), list[bytes]()

    def send(seed: int) -> None:
        generator = random.Random(seed)  # noqa: S311 - the same posts each time
        answers.extend(exchange(url, create_invalid_post(url, crypto, generator)) for _ in range(posts // ATTACKERS))

    threads = [threading.Thread(target=send, args=(seed,)) for seed in range(ATTACKERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    done.send(answers)


def send_genuine_posts(url: str, keys: Keys, work: Connection) -> None:
    """Send genuine posts until stopped, then through the pipe their sorted times (ms), or a wrong answer."""
    crypto, took_ms = CallbackCrypto(*keys), list[float]()
    while not work.poll(PAUSE_S):
        request = request_of(url, *encrypt_post(crypto, len(took_ms)))
        began_ns = time.perf_counter_ns()
        answer = exchange(url, request)
        took_ms.append((time.perf_counter_ns() - began_ns) / 1e6)
        if answer != b"HTTP/1.1 200 OK":
            work.send(answer)
            return
    work.send(sorted(took_ms))


def measure(*, keep: bool, posts: int) -> list[float]:
    """Return the sorted times of genuine posts, in milliseconds, during a number of invalid posts."""
    os.environ["DINGNB_HOME"] = tempfile.mkdtemp(prefix="dingnb-")
    context = multiprocessing.get_context("spawn")
    with contextlib.redirect_stderr(io.StringIO()) as errors, dingnb.connect("sandbox", users=20) as ding:
        receiver = ding.receive(keep=keep)
        keys = receiver.token.reveal(), receiver.aes_key.reveal(), ding.app.app_key
        (ours, caller), (here, there) = context.Pipe(), context.Pipe()
        good = context.Process(target=send_genuine_posts, args=(receiver.url, keys, caller))
        bad = context.Process(target=send_invalid_posts, args=(receiver.url, keys, there, posts))
        good.start()
        bad.start()
        answers = here.recv()
        if not posts:
            time.sleep(ALONE_S)
        ours.send("stop")
        took_ms = ours.recv()
        good.join()
        bad.join()
        taken = len(ding.events)
    if not isinstance(took_ms, list):
        sys.exit(f"A genuine post was answered with {took_ms!r}.")
    strange_answers = set(answers) - {b"HTTP/1.1 404 Not Found", b""}
    if strange_answers or taken != len(took_ms) or errors.getvalue():
        sys.exit(f"{strange_answers} {taken} of {len(took_ms)} {errors.getvalue()}")
    return took_ms


def main() -> int:
    """Measure and print."""
    figures = []
    for what, keep, posts in (
        ("alone", False, 0),
        (f"beside {POSTS:,} invalid ones", False, POSTS),
        ("alone, in the ledger", True, 0),
        (f"beside {POSTS:,} invalid ones, in the ledger", True, POSTS),
    ):
        took_ms = measure(keep=keep, posts=posts)
        for name, part in (("p50", 0.5), ("p95", 0.95), ("max", 1.0)):
            place = min(int(part * len(took_ms)), len(took_ms) - 1)
            title = f"a genuine post {what}: {name} of {len(took_ms):,}"
            figures.append(Figure(title, took_ms[place], "at most", LIMIT_MS, "ms", 1.0))
    return print_table(figures)


if __name__ == "__main__":
    sys.exit(main())
