"""
The media that an app has uploaded, by kind and hash, so that equal content is uploaded once.

A media id is used as long as it lives: DingTalk names no end, and may say that one is gone.
"""

from collections.abc import Collection
from typing import NamedTuple

from dingnb.ledger.realm import Realm
from dingnb.ledger.session import LedgerSession

KEPT_S = 31 * 24 * 3_600
"""Time after which an upload is forgotten, in seconds: its file name may be somebody's."""

_NS_PER_S = 1_000_000_000
_AHEAD_NS = 300 * _NS_PER_S
"""A clock that was set back by more than this leaves uploads in the future, whose age is not known."""

_PAGE = 500

_LIVING = """
SELECT kind, sha256, media_id, size, name, uploaded_ns FROM uploads
WHERE realm = ? AND kind = ? AND gone_ns IS NULL AND uploaded_ns > ? AND uploaded_ns <= ?
"""


class Upload(NamedTuple):
    """
    An upload.

    Attributes:
        kind: The kind of media.
        sha256: The SHA-256 of the content, in hex.
        media_id: DingTalk's id for it.
        size: The size of the content in bytes.
        name: The file name that was sent.
        uploaded_ns: When it was uploaded.
    """

    kind: str
    sha256: str
    media_id: str
    size: int
    name: str
    uploaded_ns: int


def find(
    db: LedgerSession, realm: Realm, kind: str, hashes: Collection[str], now_ns: int, life_s: float
) -> list[Upload]:
    """
    Return the uploads of some contents whose media ids live, the oldest first.

    A content may have several: recipients of a file see its name, so that another name is another upload.

    Args:
        db: The ledger.
        realm: The app, to which media ids belong.
        kind: The kind of media.
        hashes: The SHA-256 of the contents, in hex.
        now_ns: The time.
        life_s: How long a media id is used (`dingnb.limits.Limits.media_lifetime_s`).
    """
    wanted = list(hashes)
    span = (now_ns - round(life_s * _NS_PER_S), now_ns + _AHEAD_NS)
    living: list[Upload] = []
    for start in range(0, len(wanted), _PAGE):
        page = wanted[start : start + _PAGE]
        places = ", ".join("?" * len(page))
        found = db.execute(f"{_LIVING} AND sha256 IN ({places})", (realm.id, kind, *span, *page))
        living += map(Upload._make, found)
    return sorted(living, key=lambda one: (one.uploaded_ns, one.media_id))


def add(db: LedgerSession, realm: Realm, upload: Upload) -> None:
    """Record an upload, and forget those that are older than `KEPT_S`."""
    db.execute(
        "DELETE FROM uploads WHERE realm = ? AND uploaded_ns < ?", (realm.id, upload.uploaded_ns - KEPT_S * _NS_PER_S)
    )
    db.execute(
        "INSERT INTO uploads (realm, kind, sha256, media_id, size, name, uploaded_ns) VALUES (?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (realm, media_id) DO UPDATE SET kind = excluded.kind, sha256 = excluded.sha256,"
        " size = excluded.size, name = excluded.name, uploaded_ns = excluded.uploaded_ns, gone_ns = NULL",
        (realm.id, *upload),
    )


def mark_gone(db: LedgerSession, realm: Realm, media_id: str, now_ns: int) -> bool:
    """Record that DingTalk no longer knows a media id; return whether it was in use."""
    marked = db.execute(
        "UPDATE uploads SET gone_ns = ? WHERE realm = ? AND media_id = ? AND gone_ns IS NULL",
        (now_ns, realm.id, media_id),
    )
    return marked.rowcount > 0
