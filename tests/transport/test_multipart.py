import io
import socket
import threading
from email import message_from_bytes
from typing import Any

import pytest

from dingnb.errors import InputError, NoAnswerError, UnreachableError
from dingnb.transport import Call, FilePart, Hosts, MultipartBody, Route, Timeouts, Transport
from tests.transport.conftest import QUICK

OK = b'HTTP/1.1 200 OK\r\nContent-Length: 13\r\n\r\n{"errcode":0}'
DATA = bytes(range(256)) * 1_000


class Source:
    """A file that counts how often it is opened, and how much of it was read at most at once."""

    def __init__(self, data: bytes = DATA, *, fails_at: int | None = None) -> None:
        self.data, self.fails_at = data, fails_at
        self.opened: list[Any] = []

    def open(self) -> io.BytesIO:
        source = self

        class File(io.BytesIO):
            def read(self, size: int | None = -1) -> bytes:
                if source.fails_at is not None and self.tell() >= source.fails_at:
                    message = "a.pdf has changed"
                    raise InputError(message)
                return super().read(size)

        self.opened.append(File(self.data))
        return self.opened[-1]

    def part(self, filename: str = "张三.pdf") -> FilePart:
        return FilePart("media", filename, "application/pdf", len(self.data), self.open)


def parts_of(body: bytes, content_type: str) -> list[Any]:
    return message_from_bytes(f"Content-Type: {content_type}\r\n\r\n".encode() + body).get_payload()


def test_a_body_is_multipart_of_the_length_it_says() -> None:
    source = Source()
    body = MultipartBody(source.part())
    whole = b"".join(body)
    assert len(whole) == len(body)
    assert b"".join(body) == whole
    [part] = parts_of(whole, body.content_type)
    assert part.get_payload(decode=True) == DATA
    assert part.get_content_type() == "application/pdf"
    assert 'name="media"; filename="张三.pdf"'.encode() in whole
    assert all(stream.closed for stream in source.opened)


def test_no_name_breaks_out_of_the_head() -> None:
    head = b"".join(MultipartBody(Source().part('a"\r\nX: y"b.pdf'))).partition(b"\r\n\r\n")[0]
    assert b'filename="a%22%0D%0AX: y%22b.pdf"' in head
    assert len(head.splitlines()) == 3


def test_a_file_is_sent_in_pieces_and_whole(serve: Any) -> None:
    server = serve(OK)
    transport = Transport(Route(Hosts(server.url, server.url)))
    source = Source()
    assert transport.call(Call("/media/upload", source.part(), {"type": "file"})) == {"errcode": 0}
    transport.close()
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    assert head.startswith(b"POST /media/upload?type=file HTTP/1.1")
    assert b"chunked" not in head
    content_type = next(line[14:] for line in head.splitlines() if line.lower().startswith(b"content-type: "))
    [part] = parts_of(body, content_type.decode())
    assert part.get_payload(decode=True) == DATA


def test_a_file_that_is_gone_is_reported_before_anything_is_sent(serve: Any) -> None:
    def gone() -> io.BytesIO:
        message = "There is no file."
        raise InputError(message)

    server = serve(OK)
    transport = Transport(Route(Hosts(server.url, server.url)))
    with pytest.raises(InputError, match="There is no file"):
        transport.call(Call("/media/upload", FilePart("media", "a.pdf", "application/pdf", 3, gone)))
    transport.close()
    server.stop()
    assert server.requests == []


def test_a_file_that_changes_while_it_is_sent_leaves_the_request_incomplete(serve: Any) -> None:
    server = serve(OK)
    transport = Transport(Route(Hosts(server.url, server.url)))
    with pytest.raises(InputError, match="has changed"):
        transport.call(Call("/media/upload", Source(fails_at=2**16).part()))
    # Its connection is not used again.
    assert transport.call(Call("/media/upload", Source(b"abc").part())) == {"errcode": 0}
    transport.close()
    server.stop()
    whole = [request for request in server.requests if request.rstrip().endswith(b"--")]
    assert len(whole) == 1
    assert b"abc" in whole[0]


def test_a_large_file_may_take_longer_than_a_call(serve: Any) -> None:
    def late(connection: socket.socket) -> None:
        threading.Event().wait(0.7)
        connection.sendall(OK)

    server = serve(late)
    timeouts = Timeouts(connect_s=2, read_s=5, total_s=0.4)
    transport = Transport(Route(Hosts(server.url, server.url)), timeouts=timeouts)
    with pytest.raises(NoAnswerError):
        transport.call(Call("/media/upload", Source(b"small").part()))
    assert transport.call(Call("/media/upload", Source(bytes(2**20)).part())) == {"errcode": 0}
    transport.close()


def test_a_server_that_does_not_read_a_file_is_left_in_time(serve: Any) -> None:
    def silent(connection: socket.socket) -> None:
        connection.recv(1)

    server = serve(silent)
    server.reads = False
    transport = Transport(Route(Hosts(server.url, server.url)), timeouts=QUICK)
    with pytest.raises(NoAnswerError):
        transport.call(Call("/media/upload", Source(bytes(2**20)).part()))
    transport.close()


def test_a_server_that_cannot_be_reached_gets_nothing_of_a_file() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    transport = Transport(Route(Hosts(url, url)))
    source = Source()
    with pytest.raises(UnreachableError):
        transport.call(Call("/media/upload", source.part()))
    transport.close()
    assert all(stream.closed for stream in source.opened)
