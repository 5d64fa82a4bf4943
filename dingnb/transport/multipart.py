"""Files in requests: a multipart body that is read piece by piece while it is sent."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from secrets import token_hex
from typing import BinaryIO, Final

PIECE_BYTES: Final = 2**16
"""What is read and sent at once. The time-out of a connection applies to each piece."""

_ESCAPES: Final = {'"': "%22", "\r": "%0D", "\n": "%0A"}


@dataclass(frozen=True, slots=True)
class FilePart:
    """
    A file to send as the only part of a multipart body.

    Attributes:
        name: The part's name.
        filename: The file name.
        mime: Its media type.
        size: Its size in bytes.
        open: Opens it for reading `size` bytes; called for each time it is sent.
    """

    name: str
    filename: str
    mime: str
    size: int
    open: Callable[[], BinaryIO] = field(repr=False)


class MultipartBody:
    """
    The body of a request with a file; each iteration reads the file anew.

    Args:
        part: The file.
    """

    def __init__(self, part: FilePart) -> None:
        self.part = part
        boundary = token_hex(16)
        self.content_type = f"multipart/form-data; boundary={boundary}"
        # Names are UTF-8 in quotes, as browsers send them (WHATWG, "multipart/form-data").
        filename = re.sub('["\r\n]', lambda found: _ESCAPES[found.group()], part.filename)
        disposition = f'form-data; name="{part.name}"; filename="{filename}"'
        head = f"--{boundary}\r\nContent-Disposition: {disposition}\r\nContent-Type: {part.mime}\r\n\r\n"
        self._head = head.encode()
        self._tail = f"\r\n--{boundary}--\r\n".encode()

    def __len__(self) -> int:
        return len(self._head) + self.part.size + len(self._tail)

    def __iter__(self) -> Iterator[bytes]:
        with self.part.open() as file:
            first = file.read(PIECE_BYTES)
            yield self._head + first
            while piece := file.read(PIECE_BYTES):
                yield piece
        yield self._tail

    def check(self) -> None:
        """Open the file once, so that one that is gone is reported before anything is sent."""
        self.part.open().close()
