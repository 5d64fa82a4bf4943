import hashlib
import json
from typing import Any
from urllib.parse import urlencode

from hypothesis import given
from hypothesis import strategies as st

from dingnb.testing.masking import Mask
from dingnb.testing.recorded_call import RecordedCall, read_call

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
URL = "https://oapi.dingtalk.com/topapi/x?b=2&a=1"


def read(media_type: str, body: bytes, url: str = URL) -> RecordedCall:
    return read_call("POST", url, {"Content-Type": media_type}, body, Mask())


def written_and_read(call: RecordedCall) -> RecordedCall:
    request = call.to_vcr()
    return read_call(request.method, request.uri, request.headers, request.body, Mask())


@given(JSON)
def test_written_json_has_the_same_value(value: Any) -> None:
    call = read("application/json", json.dumps(value).encode())

    assert written_and_read(call).key == call.key


@given(
    st.binary(max_size=200), st.sampled_from(["text/plain", "multipart/form-data; boundary=b", "application/json", ""])
)
def test_any_bytes_can_be_written_and_read(body: bytes, media_type: str) -> None:
    call = read(media_type, body)

    assert written_and_read(call).key == call.key


@given(st.binary(max_size=100), st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=10))
def test_written_parts_have_the_same_value(content: bytes, name: str) -> None:
    body = b"\r\n".join(
        [b"--edge-of-9", f'Content-Disposition: form-data; name="{name}"'.encode(), b"", content, b"--edge-of-9--", b""]
    )
    call = read("multipart/form-data; boundary=edge-of-9", body)

    assert written_and_read(call).key == call.key


def test_a_part_with_the_boundary_of_cassettes_has_the_same_value_once_written() -> None:
    body = b'--b\r\nContent-Disposition: form-data; name="note"\r\n\r\none\n--dingnb\ntwo\r\n--b--\r\n'
    call = read("multipart/form-data; boundary=b", body)

    assert written_and_read(call).key == call.key


@given(st.binary(max_size=3_000), st.sampled_from(['filename="a.pdf"', "filename*=utf-8''a.pdf"]))
def test_of_a_file_only_size_and_hash_are_written(content: bytes, filename: str) -> None:
    head = f'Content-Disposition: form-data; name="media"; {filename}'.encode()
    body = b"\r\n".join([b"--edge-of-9", head, b"", content, b"--edge-of-9--", b""])
    call = read("multipart/form-data; boundary=edge-of-9", body)

    assert f"{len(content):,} bytes, sha256 {hashlib.sha256(content).hexdigest()}" in call.content.text
    assert len(call.content.text) < 300
    assert written_and_read(call).key == call.key
    assert written_and_read(call).content.text == call.content.text


def test_a_body_in_pieces_is_read_as_a_whole() -> None:
    pieces = [b'{"a":', b"1}"]
    headers = {"Content-Type": "application/json"}
    assert read_call("POST", URL, headers, pieces, Mask()) == read("application/json", b"".join(pieces))


@given(st.lists(st.tuples(st.text(max_size=5), st.text(max_size=5)), max_size=4))
def test_the_order_of_a_query_does_not_matter(pairs: list[tuple[str, str]]) -> None:
    there, back = (read("", b"", f"https://oapi.dingtalk.com/x?{urlencode(query)}") for query in (pairs, pairs[::-1]))

    assert there.key == back.key
    assert written_and_read(there).key == there.key
