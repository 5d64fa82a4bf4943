"""
References to media in bodies: each stands where DingTalk expects a media id, and names the content by its hash.

So equal content makes equal bodies, whatever its media ids are. The ids are filled in when a call leaves.
"""

import re
from collections.abc import Mapping

PATTERN = r"media:(?:image|file|voice|video):[0-9a-f]{64}"

_QUOTED = re.compile(rf'(?<!\\)"({PATTERN})"'.encode())
_WHOLE = re.compile(PATTERN)


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
    return list(dict.fromkeys(found.decode() for found in _QUOTED.findall(body))) if b'"media:' in body else []


def fill_in(body: bytes, media_ids: Mapping[str, str]) -> bytes:
    """
    Return a body with media ids in place of its references.

    Args:
        body: The body.
        media_ids: The media id of each reference in it.

    Raises:
        KeyError: A reference has no media id.
    """
    return _QUOTED.sub(lambda match: f'"{media_ids[match[1].decode()]}"'.encode(), body)
