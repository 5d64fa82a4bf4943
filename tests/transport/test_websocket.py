"""The WebSocket client with a real server: complete messages, reported ends, and no endless waits."""

import base64
import datetime as dt
import hashlib
import ipaddress
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from websockets.exceptions import ConnectionClosed
from websockets.sync.server import ServerConnection, serve

from dingnb.errors import UnreachableError
from dingnb.transport import WebSocket, WebSocketClosedError, WebSocketTimeouts, websocket
from tests.transport.conftest import read_request

Handler = Callable[[ServerConnection], None]
PATIENT = WebSocketTimeouts(open_s=20, ping_s=20, pong_s=20, close_s=5)


@contextmanager
def serving(handler: Handler, **options: Any) -> Iterator[int]:
    connections: list[ServerConnection] = []

    def quiet(connection: ServerConnection) -> None:
        connections.append(connection)
        with suppress(ConnectionClosed):
            handler(connection)

    with serve(quiet, "127.0.0.1", 0, ping_interval=None, close_timeout=1, max_size=None, **options) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.socket.getsockname()[1]
        finally:
            # After a failed test the client may still be connected.
            for connection in connections:
                connection.close_socket()
            server.shutdown()
            thread.join()


def open_to(port: int, timeouts: WebSocketTimeouts = PATIENT, scheme: str = "ws") -> WebSocket:
    return WebSocket.open(f"{scheme}://127.0.0.1:{port}/connect", "ticket=t", "dingnb", timeouts)


def echo(connection: ServerConnection) -> None:
    for message in connection:
        connection.send(message)


def receive_one(line: WebSocket) -> str:
    texts: list[str] = []
    while not texts:
        texts = line.receive(0.1)
    [text] = texts
    return text


def test_texts_are_sent_in_both_directions() -> None:
    paths = []

    def handler(connection: ServerConnection) -> None:
        paths.append((connection.request.path, connection.request.headers["User-Agent"]))
        echo(connection)

    with serving(handler) as port:
        line = open_to(port)
        for text in ("你好 😀", "", "x" * 3_000_000):
            line.send(text)
            assert receive_one(line) == text
        line.close()
    assert paths == [("/connect?ticket=t", "dingnb")]


def test_fragmented_and_binary_messages_are_received_complete() -> None:
    def handler(connection: ServerConnection) -> None:
        connection.send(["一", "二", "三"])
        connection.recv()
        connection.send("四".encode() + b"\xff")
        connection.recv()

    with serving(handler) as port:
        line = open_to(port)
        assert receive_one(line) == "一二三"
        line.send("")
        assert receive_one(line) == "四�"
        line.close()


def test_frames_sent_with_the_handshake_are_received(serve: Any) -> None:
    def script(connection: socket.socket) -> None:
        connection.sendall(accepted(server.requests[-1]) + b"\x81\x02hi")
        connection.recv(1_000)

    server = serve(script)
    line = open_to(int(server.url.rpartition(":")[2]))
    assert line.receive(20) == ["hi"]
    line.close()


def accepted(request: bytes) -> bytes:
    key = next(line[19:] for line in request.split(b"\r\n") if line.lower().startswith(b"sec-websocket-key: "))
    digest = hashlib.sha1(key + b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11").digest()  # noqa: S324 - RFC 6455
    head = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "
    return head + base64.b64encode(digest) + b"\r\n\r\n"


@pytest.mark.parametrize(
    ("answer", "cause"),
    [
        (b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n", "HTTP 401"),
        (b"HTTP/1.1 302 Found\r\nLocation: ws://elsewhere.example/\r\nContent-Length: 0\r\n\r\n", "HTTP 302"),
        (b"no HTTP at all\r\n\r\n", "InvalidMessage"),
        (b"", "InvalidMessage"),
        (b"HTTP/1.1 101 Switching Protocols\r\n\r\n", "InvalidUpgrade"),
    ],
)
def test_a_rejected_handshake_is_reported_without_the_query(serve: Any, answer: bytes, cause: str) -> None:
    port = int(serve(answer).url.rpartition(":")[2])
    with pytest.raises(UnreachableError, match=cause) as caught:
        WebSocket.open(f"ws://127.0.0.1:{port}/connect", "ticket=hidden-ticket", "dingnb", PATIENT)
    assert str(port) in str(caught.value)
    assert ("refused the connection" if cause.startswith("HTTP") else "cannot be reached") in str(caught.value)
    assert "hidden-ticket" not in str(caught.value) + repr(caught.value.__context__) + repr(caught.value.__cause__)


@pytest.mark.long
def test_an_unresponsive_address_leaves_time_for_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=0) as hole, ExitStack() as waiting, serving(echo) as port:
        # Linux lets in one more than the backlog.
        for _ in range(4):
            sock = waiting.enter_context(socket.socket())
            sock.settimeout(0)
            sock.connect_ex(hole.getsockname())
        found = [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", address)
            for address in (hole.getsockname(), ("127.0.0.1", port))
        ]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
        open_to(port, WebSocketTimeouts(open_s=4)).close()


def test_a_peer_that_never_answers_is_given_up(serve: Any) -> None:
    over = threading.Event()
    port = int(serve(lambda _: over.wait(30)).url.rpartition(":")[2])
    with pytest.raises(UnreachableError, match="TimeoutError"):
        open_to(port, WebSocketTimeouts(open_s=0.1))
    over.set()


@pytest.mark.parametrize(("code", "is_closed_by_us"), [(1000, False), (1011, False)])
def test_the_end_of_a_connection_is_reported_after_received_frames(code: int, is_closed_by_us: object) -> None:
    def handler(connection: ServerConnection) -> None:
        connection.send("last words")
        connection.close(code)

    with serving(handler) as port:
        line = open_to(port)
        assert receive_one(line) == "last words"
        with pytest.raises(WebSocketClosedError, match=str(code)) as caught:
            receive_one(line)
        assert caught.value.is_closed_by_us is is_closed_by_us
        line.send("too late")
        with pytest.raises(WebSocketClosedError, match=str(code)):
            receive_one(line)
        line.close()


CLOSING = b"\x88\x02\x03\xe9"


@pytest.mark.parametrize("end", [CLOSING, b""], ids=["a farewell", "none"])
def test_received_frames_are_returned_although_answers_cannot_be_sent(serve: Any, end: bytes) -> None:
    gone = threading.Event()

    def script(connection: socket.socket) -> None:
        # More than one read returns, from a peer that reads neither answers nor pongs.
        texts = 100 * (b"\x89\x00\x81\x7e\x04\x00" + b"x" * 1_024)
        connection.sendall(accepted(server.requests[-1]) + texts + end)
        connection.shutdown(socket.SHUT_RDWR)
        gone.set()

    server = serve(script)
    line = open_to(int(server.url.rpartition(":")[2]))
    assert gone.wait(20)
    texts: list[str] = []

    def take_all() -> None:
        while True:
            for text in line.receive(20):
                texts.append(text)
                line.send("taken")

    with pytest.raises(WebSocketClosedError):
        take_all()
    line.close()
    assert len(texts) == 100


def test_frames_that_cross_our_close_are_returned(serve: Any) -> None:
    def script(connection: socket.socket) -> None:
        connection.sendall(accepted(server.requests[-1]))
        connection.recv(1)
        connection.sendall(b"\x81\x02hi\x81\x03you" + CLOSING)

    server = serve(script)
    line = open_to(int(server.url.rpartition(":")[2]))
    assert line.close() == ["hi", "you"]


def test_frames_from_a_peer_that_never_reads_are_returned(serve: Any) -> None:
    over = threading.Event()

    def script(connection: socket.socket) -> None:
        connection.sendall(accepted(server.requests[-1]) + b"\x81\x02hi")
        over.wait(30)

    server = serve(script)
    line = open_to(int(server.url.rpartition(":")[2]), WebSocketTimeouts(pong_s=0.2, close_s=0.3))
    for _ in range(100):
        line.send("x" * 100_000)
    assert receive_one(line) == "hi"
    with pytest.raises(WebSocketClosedError, match="does not read"):
        receive_one(line)
    assert line.close() == []
    over.set()


def test_a_close_frame_ends_it_although_the_socket_stays_open(serve: Any) -> None:
    over = threading.Event()

    def script(connection: socket.socket) -> None:
        connection.sendall(accepted(server.requests[-1]) + b"\x81\x02hi" + CLOSING)
        over.wait(30)

    server = serve(script)
    line = open_to(int(server.url.rpartition(":")[2]), WebSocketTimeouts(close_s=0.1))
    assert receive_one(line) == "hi"
    begun = time.monotonic()
    with pytest.raises(WebSocketClosedError, match="1001"):
        receive_one(line)
    assert time.monotonic() - begun < 10
    line.close()
    over.set()


@pytest.mark.parametrize("wrong", [b"\x81\x7f\x00\x00\x00\x00\x00\x50\x00\x00", b"\x83\x00", b"\xc1\x00", b"\x00\x00"])
def test_protocol_errors_and_too_long_messages_close_the_connection(serve: Any, wrong: bytes) -> None:
    def script(connection: socket.socket) -> None:
        connection.sendall(accepted(server.requests[-1]) + wrong)
        connection.recv(1_000)

    server = serve(script)
    line = open_to(int(server.url.rpartition(":")[2]))
    with pytest.raises(WebSocketClosedError) as caught:
        receive_one(line)
    assert caught.value.is_closed_by_us
    line.close()


def test_silence_is_detected(serve: Any) -> None:
    over = threading.Event()

    def script(connection: socket.socket) -> None:
        connection.sendall(accepted(server.requests[-1]))
        over.wait(30)

    server = serve(script)
    line = open_to(int(server.url.rpartition(":")[2]), WebSocketTimeouts(ping_s=0.05, pong_s=0.05, close_s=0.05))
    with pytest.raises(WebSocketClosedError, match="no response from the other side"):
        receive_one(line)
    line.close()
    over.set()


def test_a_peer_that_never_reads_is_given_up(serve: Any) -> None:
    over = threading.Event()

    def script(connection: socket.socket) -> None:
        connection.sendall(accepted(server.requests[-1]))
        over.wait(30)

    server = serve(script)
    line = open_to(int(server.url.rpartition(":")[2]), WebSocketTimeouts(pong_s=0.2, close_s=0.05))

    for _ in range(100):
        line.send("x" * 100_000)
    with pytest.raises(WebSocketClosedError, match="does not read"):
        receive_one(line)
    line.close()
    over.set()


def test_a_peer_that_only_pings_and_never_reads_is_given_up(serve: Any) -> None:

    def script(connection: socket.socket) -> None:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        connection.sendall(accepted(server.requests[-1]))
        with suppress(OSError):
            while True:
                connection.sendall(500 * (b"\x89\x7d" + b"x" * 125))

    server = serve(script)
    line = open_to(int(server.url.rpartition(":")[2]), WebSocketTimeouts(pong_s=0.2, close_s=0.05))
    # Either our pongs fill its socket or our ping times out, depending on its speed.
    with pytest.raises(WebSocketClosedError, match=r"does not read|no response"):
        receive_one(line)
    line.close()


@pytest.mark.long
def test_a_peer_that_never_stops_sending_does_not_delay_closing(serve: Any) -> None:
    over = threading.Event()

    def script(connection: socket.socket) -> None:
        connection.sendall(accepted(server.requests[-1]))
        with suppress(OSError):
            while not over.is_set():
                connection.sendall(30_000 * b"\x81\x00")

    server = serve(script)
    line = open_to(int(server.url.rpartition(":")[2]), WebSocketTimeouts(close_s=0.05))
    leaving = threading.Thread(target=line.close)
    leaving.start()
    leaving.join(10)
    is_held_up = leaving.is_alive()
    over.set()
    leaving.join()
    assert not is_held_up


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, ssl.SSLContext]:
    """A self-signed certificate for 127.0.0.1, and a server context that uses it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "tests")])
    address = ipaddress.ip_address("127.0.0.1")
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(address)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("certificate") / "tests.pem"
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    path.write_bytes(pem + made.public_bytes(Encoding.PEM))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(path)
    return path, context


def test_tls_is_supported(certificate: tuple[Path, ssl.SSLContext], monkeypatch: pytest.MonkeyPatch) -> None:
    path, context = certificate
    monkeypatch.setattr(websocket, "find_proxy_settings", lambda _: (None, str(path)))
    with serving(echo, ssl=context) as port:
        line = open_to(port, scheme="wss")
        for text in ("你好", "x" * 3_000_000):
            line.send(text)
            assert receive_one(line) == text
        line.close()


def test_a_request_sent_while_session_tickets_arrive_is_not_lost(
    certificate: tuple[Path, ssl.SSLContext], monkeypatch: pytest.MonkeyPatch
) -> None:
    path, context = certificate
    monkeypatch.setattr(context, "num_tickets", 255)
    monkeypatch.setattr(websocket, "find_proxy_settings", lambda _: (None, str(path)))
    with serving(echo, ssl=context) as port, ThreadPoolExecutor(8) as pool:
        for line in pool.map(lambda _: open_to(port, scheme="wss"), range(32)):
            line.close()


def test_an_untrusted_certificate_is_rejected(certificate: tuple[Path, ssl.SSLContext]) -> None:
    with serving(echo, ssl=certificate[1]) as port, pytest.raises(UnreachableError, match="SSLCertVerificationError"):
        open_to(port, scheme="wss")


class TestProxy:
    """Connections through a company proxy."""

    @contextmanager
    def proxy(
        self, answer: bytes = b"HTTP/1.1 200 Connection established\r\n\r\n"
    ) -> Iterator[tuple[int, list[bytes]]]:
        requests: list[bytes] = []
        with socket.create_server(("127.0.0.1", 0)) as listener:

            def run() -> None:
                client, _ = listener.accept()
                with client:
                    requests.append(read_request(client))
                    client.sendall(answer)
                    if b" 200 " not in answer:
                        return
                    host, _, port = requests[0].split()[1].decode().rpartition(":")
                    with socket.create_connection((host, int(port))) as server:
                        pumps = [
                            threading.Thread(target=pump, args=pair) for pair in ((client, server), (server, client))
                        ]
                        for pumping in pumps:
                            pumping.start()
                        for pumping in pumps:
                            pumping.join()

            thread = threading.Thread(target=run)
            thread.start()
            yield listener.getsockname()[1], requests
            thread.join()

    def test_a_tunnel_is_requested_from_the_proxy(
        self, certificate: tuple[Path, ssl.SSLContext], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path, context = certificate
        with serving(echo, ssl=context) as port, self.proxy() as (proxy_port, requests):
            proxy = f"http://user:p%40ss@127.0.0.1:{proxy_port}"
            monkeypatch.setattr(websocket, "find_proxy_settings", lambda _: (proxy, str(path)))
            line = open_to(port, scheme="wss")
            for text in ("durch", "x" * 3_000_000):
                line.send(text)
                assert receive_one(line) == text
            line.close()
        assert requests[0].startswith(f"CONNECT 127.0.0.1:{port} HTTP/1.1\r\n".encode())
        assert b"Proxy-Authorization: Basic " + base64.b64encode(b"user:p@ss") in requests[0]

    @pytest.mark.parametrize("answer", [b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n", b"no\r\n\r\n", b""])
    def test_a_refusing_proxy_is_reported_without_its_password(
        self, monkeypatch: pytest.MonkeyPatch, answer: bytes
    ) -> None:
        with self.proxy(answer) as (proxy_port, _):
            proxy = f"http://user:hidden-word@127.0.0.1:{proxy_port}"
            monkeypatch.setattr(websocket, "find_proxy_settings", lambda _: (proxy, ""))
            with pytest.raises(UnreachableError) as caught:
                open_to(1)
        assert "hidden-word" not in str(caught.value)

    def test_proxy_and_certificates_come_from_the_environment(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
    ) -> None:
        monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path))
        monkeypatch.setenv("NO_PROXY", "inside.example")
        found = websocket.find_proxy_settings("wss://gateway.example/connect")
        assert found == ("http://proxy.example:3128", str(tmp_path))
        assert websocket.find_proxy_settings("wss://inside.example/connect")[0] is None
        assert websocket.find_proxy_settings("wss://127.0.0.1/connect")[0] is None

    @pytest.mark.parametrize(("scheme", "cause"), [("socks5", "ImportError"), ("https", "an https:// address")])
    def test_an_unsupported_proxy_is_reported(self, monkeypatch: pytest.MonkeyPatch, scheme: str, cause: str) -> None:
        monkeypatch.setattr(websocket, "find_proxy_settings", lambda _: (f"{scheme}://127.0.0.1:1", ""))
        with pytest.raises(UnreachableError, match=cause):
            open_to(1)


def pump(source: socket.socket, target: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65_536):
            target.sendall(data)
    with suppress(OSError):
        target.shutdown(socket.SHUT_WR)
