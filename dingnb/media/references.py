"""
References to media in bodies: placeholders for media ids that identify the content by its hash.

Equal content therefore gives equal bodies, regardless of media ids. The ids are filled in when a call is made.
"""

import re
from collections.abc import Mapping

REFERENCE_PATTERN = r"media:(?:image|file|voice|video):[0-9a-f]{64}"

# Only in fields for media, by the fields' names in the message types: a text may contain the same characters.
_IN_FIELD = re.compile(rf'("(?:media_id|picUrl|image)":)"({REFERENCE_PATTERN})"'.encode())
_WHOLE = re.compile(REFERENCE_PATTERN)


def make_reference(kind: str, digest: str) -> str:
    """Return the reference to a content."""
    return f"media:{kind}:{digest}"


def is_reference(text: str) -> bool:
    """Return whether a text is a reference."""
    return _WHOLE.fullmatch(text) is not None


def parse_reference(reference: str) -> tuple[str, str]:
    """
    Return the kind and the digest that a reference names.

    >>> parse_reference("media:image:" + "0" * 64)[0]
    'image'
    """
    _, kind, digest = reference.split(":")
    return kind, digest


def references_in(body: bytes) -> list[str]:
    """
    Return the references in a body, each once.

    >>> references_in(b'{"msgtype":"text","text":{"content":"media"}}')
    []
    """
    return list(dict.fromkeys(match[2].decode() for match in _IN_FIELD.finditer(body))) if b'"media:' in body else []


def size_with_media_ids(body: bytes, media_id_bytes: int) -> int:
    """Return the size of a body in bytes when media ids of this size are filled in."""
    return len(body) + sum(media_id_bytes - len(reference) for reference in references_in(body))


def fill_in_media_ids(body: bytes, media_ids: Mapping[str, str]) -> bytes:
    """
    Return a body with a media id in place of each reference.

    Args:
        body: The body.
        media_ids: The media id of each reference in the body.

    Raises:
        KeyError: A reference has no media id.
    """
    return _IN_FIELD.sub(lambda match: match[1] + f'"{media_ids[match[2].decode()]}"'.encode(), body)
