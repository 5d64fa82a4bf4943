"""Uploaded media: their ids, which belong to an app and expire, their files, and the messages that refer to them."""

import hashlib
import re
import shutil
import tempfile
import weakref
from base64 import urlsafe_b64encode
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final, Literal, NamedTuple

from dingnb.clock import seconds_to_ns
from dingnb.media.formats import KINDS
from dingnb.messages.types import TYPES, WEB_ADDRESS
from dingnb.private_files import write_privately
from dingnb.sandbox.records import EffectRecorder, discard_effect
from dingnb.sandbox.settings import SandboxSettings

MediaState = Literal["valid", "expired", "foreign", "unknown"]

MAX_STORED_BYTES: Final = 2 * 2**30
"""
Maximum size of all stored files together, so that long tests do not fill the disk. Beyond that size, the files whose
last upload is the oldest are deleted, and their metadata kept.
"""

_MARKDOWN_IMAGE = re.compile(r"!\[[^\]]*\]\(([@$][^)\s]+)\)")
_PICTURE_FIELDS = ("picUrl", "picURL")


@dataclass(frozen=True, slots=True)
class StoredMedium:
    """
    A file uploaded to a sandbox.

    Attributes:
        media_id: The id with which messages refer to it.
        kind: The type of the upload, such as ``image``.
        name: The file name.
        size: The size of the file in bytes.
        sha256: The SHA-256 of the bytes, in hex.
        uploaded_ns: The time of the upload.
    """

    media_id: str
    kind: str
    name: str
    size: int
    sha256: str
    uploaded_ns: int

    def to_json(self) -> dict[str, Any]:
        """Return the data for the control API."""
        return {
            "media_id": self.media_id,
            "kind": self.kind,
            "name": self.name,
            "size": self.size,
            "sha256": self.sha256,
        }


class Reference(NamedTuple):
    """A media id in a message: the field, the id, and the required kind."""

    field: str
    media_id: str
    kind: str


class MediaFiles:
    """
    The bytes of media, by their hash, in a folder.

    Args:
        folder: The folder, created when first needed; None uses a temporary folder, which is deleted with this object.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self._folder = folder
        self._is_persistent = folder is not None
        self._sizes: dict[str, int] = {}

    def write(self, content: bytes) -> str:
        """Store bytes and return their hash."""
        digest = hashlib.sha256(content).hexdigest()
        path = self._make_folder() / digest
        if not path.exists():
            # The file may be a payslip.
            write_privately(path, content)
        # Content that is uploaded again is the newest.
        self._sizes.pop(digest, None)
        self._sizes[digest] = len(content)
        while sum(self._sizes.values()) > MAX_STORED_BYTES:
            self._delete(next(iter(self._sizes)))
        return digest

    def read(self, digest: str) -> bytes | None:
        """Return the bytes with a hash; None if they were never stored, were deleted, or cannot be read."""
        path = self.path(digest)
        try:
            return None if path is None else path.read_bytes()
        except OSError:
            return None

    def path(self, digest: str) -> Path | None:
        """Return the file for the bytes with a hash, which may have been deleted; None while there is no folder."""
        return None if self._folder is None else self._folder / digest

    def keep_only(self, digests: Iterable[str]) -> None:
        """Delete all files except those with these hashes, given in the order of their uploads."""
        if self._folder is None or not self._folder.is_dir():
            return
        found = {path.name: path.stat().st_size for path in self._folder.iterdir()}
        # In the order of the last uploads.
        newest_first = dict.fromkeys(reversed(list(digests)))
        self._sizes = {digest: found[digest] for digest in reversed(newest_first) if digest in found}
        for name in found.keys() - self._sizes.keys():
            self._delete(name)

    def _delete(self, name: str) -> None:
        self._sizes.pop(name, None)
        if self._folder is not None:
            with suppress(OSError):
                (self._folder / name).unlink()

    def close(self) -> None:
        """Delete a temporary folder."""
        if not self._is_persistent and self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
            self._folder = None

    def _make_folder(self) -> Path:
        if self._folder is None:
            self._folder = Path(tempfile.mkdtemp(prefix="dingnb-media-"))
            weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return self._folder


class MediaStore:
    """
    All uploads of a sandbox.

    Args:
        settings: The sandbox's settings.
        files: Stores the bytes.
        record_effect: Called for every change.
    """

    def __init__(
        self, settings: SandboxSettings, files: MediaFiles, record_effect: EffectRecorder = discard_effect
    ) -> None:
        self._settings = settings
        self._files = files
        self._record_effect = record_effect
        self._lifetime_ns = seconds_to_ns(settings.media_lifetime_s)
        self._by_id: dict[str, StoredMedium] = {}
        self._expired: set[str] = set()
        self._upload_counts: Counter[str] = Counter()
        self._app = _derive_id(f"app {settings.app_key}", 6)

    def add(self, kind: str, name: str, content: bytes, now_ns: int) -> StoredMedium:
        """Store an upload. Each upload has its own id, even if the content is equal."""
        return self.register(kind, name, len(content), self._files.write(content), now_ns)

    def register(self, kind: str, name: str, size: int, sha256: str, at_ns: int) -> StoredMedium:
        """Record an upload whose bytes are already stored, and give it an id."""
        self._record_effect("upload_medium", kind, name, size, sha256)
        self._upload_counts[sha256] += 1
        unique = _derive_id(
            f"{self._settings.seed} {self._settings.app_key} {kind} {sha256} {self._upload_counts[sha256]}", 18
        )
        medium = StoredMedium(f"@lA{self._app}{unique}", kind, name, size, sha256, at_ns)
        self._by_id[medium.media_id] = medium
        return medium

    def find(self, media_id: str) -> StoredMedium | None:
        """Return an upload, even if its id has expired; None if the id is unknown."""
        return self._by_id.get(media_id)

    def all(self) -> list[StoredMedium]:
        """Return all uploads in order."""
        return list(self._by_id.values())

    def state(self, media_id: str, now_ns: int) -> MediaState:
        """Return ``valid``, ``expired``, ``foreign`` (the id of another app) or ``unknown``."""
        medium = self._by_id.get(media_id)
        if medium is None:
            is_own = media_id.startswith(f"@lA{self._app}")
            return "foreign" if media_id.startswith("@lA") and not is_own else "unknown"
        # A lifetime of 0 never ends.
        has_expired = 0 < self._lifetime_ns <= now_ns - medium.uploaded_ns
        return "expired" if has_expired or media_id in self._expired else "valid"

    def expire(self, media_ids: Collection[str]) -> None:
        """Make ids expire now, even if `media_lifetime_s` is 0."""
        self._record_effect("expire_media", list(media_ids))
        self._expired.update(media_ids)

    def path(self, medium: StoredMedium) -> Path | None:
        """Return the file of an upload, which may have been deleted; None while there is no folder of files."""
        return self._files.path(medium.sha256)

    def content(self, medium: StoredMedium) -> bytes | None:
        """Return the bytes of an upload; None if they were deleted or cannot be read."""
        return self._files.read(medium.sha256)


def _derive_id(source: str, byte_count: int) -> str:
    return urlsafe_b64encode(blake2b(source.encode(errors="replace"), digest_size=byte_count).digest()).decode()


def references_in(body: Mapping[str, Any]) -> Iterator[Reference]:
    """Yield the media ids in a work notification; web addresses of pictures and invalid values are left out."""
    message_type = TYPES.get(str(body.get("msgtype")))
    if message_type is None:
        return
    content = body.get(message_type.name)
    for field in message_type.fields:
        if field.kind not in {"media_id", "picture"}:
            continue
        value = content
        for name in field.name.split("."):
            value = value.get(name) if isinstance(value, Mapping) else None
        if isinstance(value, str) and value.strip() and not WEB_ADDRESS.fullmatch(value):
            kind = message_type.name if message_type.name in KINDS else "image"
            yield Reference(f"{body['msgtype']}.{field.name}", value, kind)


def robot_references_in(body: Mapping[str, Any]) -> Iterator[Reference]:
    """Yield the media ids of pictures in a robot's message, including pictures within markdown."""
    kind = str(body.get("msgtype"))
    content = body.get(kind)
    if not isinstance(content, Mapping):
        return
    links = content.get("links")
    for part in (content, *(links if isinstance(links, list) else ())):
        for name in _PICTURE_FIELDS:
            value = part.get(name) if isinstance(part, Mapping) else None
            if isinstance(value, str) and value.startswith(("@", "$")):
                yield Reference(f"{kind}.{name}", value, "image")
    if kind in {"markdown", "actionCard"} and isinstance(content.get("text"), str):
        for media_id in _MARKDOWN_IMAGE.findall(content["text"]):
            yield Reference(f"{kind}.text", media_id, "image")
