"""Databases that `dingnb.connect` refuses, each on a real server."""

import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

import psycopg
import pytest

import dingnb
from dingnb.auth.database_url import parse_database_url
from dingnb.client import DingTalk
from dingnb.clock import SystemClock, seconds_to_ns
from dingnb.errors import LedgerError
from dingnb.ledger.postgres.setup import install_ledger
from dingnb.sandbox import RunningSandbox
from tests.postgres import OUTSIDER, PASSWORD_ROLE
from tools.postgres_server import OWNER, Server, start_server

New = Callable[..., str]
Connect = Callable[..., DingTalk]


@pytest.fixture
def url(new_database: New) -> str:
    return new_database()


@pytest.fixture
def connect(sandbox: RunningSandbox) -> Callable[..., DingTalk]:
    settings = sandbox.settings
    app = {"app_key": settings.app_key, "app_secret": settings.app_secret, "agent_id": settings.agent_id}
    hosts = {"oapi_base_url": sandbox.base_url, "api_base_url": sandbox.base_url}
    return lambda **options: dingnb.connect(**app, **hosts, **options)


def refusal(connect: Connect, **options: object) -> LedgerError:
    with pytest.raises(LedgerError) as caught:
        connect(**options)
    assert caught.value.hint
    return caught.value


@dataclass(frozen=True)
class Shifted(SystemClock):
    """The clock of a computer whose time is off."""

    by_s: float

    def now_ns(self) -> int:
        return time.time_ns() + seconds_to_ns(self.by_s)


@pytest.mark.parametrize("by_s", [-7_200, 3_600, 700])
def test_a_clock_that_is_off(connect: Connect, url: str, by_s: int) -> None:
    error = refusal(connect, ledger=url, clock=Shifted(by_s))
    assert error.problem == "clock"
    assert "Set the clock that is wrong" in error.hint
    with connect(ledger=url, clock=Shifted(by_s / 20)) as ding:
        assert ding.campaigns().empty


def test_a_database_that_is_read_only(connect: Connect, url: str) -> None:
    with psycopg.connect(url, autocommit=True) as db:
        db.execute(f"ALTER DATABASE {parse_database_url(url).database} SET default_transaction_read_only = on".encode())
    error = refusal(connect, ledger=url)
    assert error.problem == "read_only"
    assert "Do not send with another ledger meanwhile" in error.hint


@pytest.mark.long
def test_a_replica(connect: Connect) -> None:
    server = start_server()
    try:
        install_ledger(parse_database_url(server.url("postgres")))
        server.stop()
        (server.folder / "data" / "standby.signal").touch()
        server.start()
        error = refusal(connect, ledger=server.url("postgres"))
        assert error.problem == "read_only"
        assert "hot standby" in error.what
    finally:
        server.remove()


def test_a_database_of_another_product(connect: Connect, new_database: New) -> None:
    url = new_database("template0")
    with psycopg.connect(url, autocommit=True) as db:
        db.execute("CREATE SCHEMA dingnb; CREATE TABLE dingnb.ledger (account BIGINT, amount NUMERIC)")
    assert refusal(connect, ledger=url).problem == "not_ours"
    with psycopg.connect(url, autocommit=True) as db:
        db.execute("DROP TABLE dingnb.ledger; CREATE TABLE dingnb.accounts (id BIGINT)")
    assert refusal(connect, ledger=url).problem == "not_ours"


def test_a_ledger_whose_product_is_another_one(connect: Connect, url: str) -> None:
    with psycopg.connect(url, autocommit=True) as db:
        db.execute("UPDATE dingnb.about SET product = 'accounts'")
    error = refusal(connect, ledger=url)
    assert error.problem == "not_ours"
    assert "belongs to another product" in error.what


@pytest.mark.parametrize("version", [1, 99])
def test_a_ledger_of_another_version(connect: Connect, url: str, version: int) -> None:
    with psycopg.connect(url, autocommit=True) as db:
        db.execute("UPDATE dingnb.about SET version = %s", (version,))
    error = refusal(connect, ledger=url)
    assert error.problem == ("older" if version == 1 else "newer")
    assert ("dingnb ledger init" if version == 1 else "pip install --upgrade dingnb") in error.hint


def test_a_database_without_a_ledger(connect: Connect, new_database: New) -> None:
    error = refusal(connect, ledger=new_database("template0"))
    assert error.problem == "no_tables"
    assert "dingnb ledger init" in error.hint


def test_a_user_without_rights(connect: Connect, url: str, postgres: Server) -> None:
    name = parse_database_url(url).database
    outside = postgres.url(name, OUTSIDER)
    error = refusal(connect, ledger=outside)
    assert error.problem == "no_access"
    assert f"The user {OUTSIDER}" in error.what
    postgres.run(
        f"GRANT USAGE ON SCHEMA dingnb TO {OUTSIDER}",
        f"GRANT SELECT ON ALL TABLES IN SCHEMA dingnb TO {OUTSIDER}",
        database=name,
    )
    error = refusal(connect, ledger=outside)
    assert error.problem == "lacks_rights"
    # A user with no rights but to read lacks a hundred.
    assert len(str(error)) < 600
    assert "INSERT ON campaigns" in error.what
    assert "about" not in error.what


def test_a_wrong_password(connect: Connect, url: str, postgres: Server) -> None:
    error = refusal(connect, ledger=postgres.url(parse_database_url(url).database, PASSWORD_ROLE, "not-the-passw0rd"))
    assert error.problem == "password"
    assert "passw0rd" not in f"{error}{error.hint}"


def test_a_server_that_is_down(connect: Connect) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    error = refusal(connect, ledger=f"postgresql://ann@127.0.0.1:{port}/notices")
    assert error.problem == "unreachable"
    assert f"postgresql://ann@127.0.0.1:{port}/notices" in error.what


@contextmanager
def listening(handle: Callable[[socket.socket], None]) -> Iterator[int]:
    """Handle connections, each in a thread, and yield the port."""
    with socket.create_server(("127.0.0.1", 0)) as server:

        def accept() -> None:
            with suppress(OSError):
                while True:
                    client, _ = server.accept()
                    threading.Thread(target=handle, args=(client,), daemon=True).start()

        thread = threading.Thread(target=accept, daemon=True)
        thread.start()
        yield server.getsockname()[1]
        # Otherwise it would go on waiting.
        server.shutdown(socket.SHUT_RDWR)
        thread.join()


@pytest.mark.parametrize("answer", [b"HTTP/1.1 400 Bad Request\r\n\r\n", b"J\x00\x00\x00\n8.0.36\x00"])
def test_a_server_that_is_not_postgresql(connect: Connect, answer: bytes) -> None:
    def handle(client: socket.socket) -> None:
        with client, suppress(OSError):
            client.recv(1_000)
            client.sendall(answer)

    with listening(handle) as port:
        error = refusal(connect, ledger=f"postgresql://ann@127.0.0.1:{port}/notices")
    assert error.problem == "not_postgres"


@contextmanager
def pooling(server: Server) -> Iterator[int]:
    """
    Pass connections on to a server as a pooler does: under a backend of its own making.

    A pooler tells clients a made-up process and key, since it gives them another backend for each transaction.
    """

    def pump(source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65_536):
                sink.sendall(data)
            sink.shutdown(socket.SHUT_WR)

    def handle(client: socket.socket) -> None:
        backend = socket.socket(socket.AF_UNIX)
        backend.connect(str(server.folder / ".s.PGSQL.5432"))
        with client, backend, suppress(OSError):
            backend.sendall(client.recv(65_536))
            told = b""
            while not told.endswith(b"Z\x00\x00\x00\x05I"):
                told += backend.recv(65_536)
            at = told.index(b"K\x00\x00\x00\x0c") + 5
            client.sendall(told[:at] + struct.pack("!i", 123) + told[at + 4 :])
            back = threading.Thread(target=pump, args=(backend, client), daemon=True)
            back.start()
            pump(client, backend)
            back.join()

    with listening(handle) as port:
        yield port


def test_a_connection_pooler(connect: Connect, url: str, postgres: Server) -> None:
    with pooling(postgres) as port:
        through = f"postgresql://{OWNER}@127.0.0.1:{port}/{parse_database_url(url).database}"
        error = refusal(connect, ledger=f"{through}?sslmode=disable&gssencmode=disable")
    assert error.problem == "pooler"
    assert "Use the address of the database itself" in error.hint


def test_everybody_who_connects_reads_what_others_can_read(connect: Connect, url: str) -> None:
    with connect(ledger=url, operator="ann@laptop") as ding:
        assert "Everybody who may use this ledger can read" in repr(ding)
        assert url in repr(ding)
        assert "ann@laptop" in repr(ding)
        dingnb.set_language("zh")
        assert "都能读取其中的内容" in ding._repr_html_()
    dingnb.set_language("en")
    with connect() as ding:
        assert "Everybody" not in repr(ding)
