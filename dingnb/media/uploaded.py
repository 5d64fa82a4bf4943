"""What `DingTalk.upload` returns."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Media:
    """
    An uploaded picture, file, voice or video, as `DingTalk.upload` returns it.

    Attributes:
        id: DingTalk's media id, which works for this app alone.
        type: ``image``, ``file``, ``voice`` or ``video``.
        name: The file name that was sent.
        bytes: Its size in bytes.
        hash: The SHA-256 of its bytes, in hex.
        uploaded_at: When it was uploaded, in Beijing time.
    """

    id: str
    type: str
    name: str
    bytes: int
    hash: str
    uploaded_at: datetime
