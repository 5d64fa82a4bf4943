"""
The media that an app has uploaded, by kind and digest, so that equal content is uploaded once.

A media id is used again until its lifetime ends or DingTalk rejects it; DingTalk documents no lifetime.
"""

from collections.abc import Collection
from typing import NamedTuple

from dingnb.clock import seconds_to_ns
from dingnb.ledger.cache_age import usable_times
from dingnb.ledger.realm import Realm
from dingnb.ledger.session import LedgerSession, split_values

KEPT_S = 31 * 24 * 3_600
"""Time after which the next upload deletes earlier ones, in seconds: file names can contain personal data."""

_VALID = """
SELECT kind, digest, media_id, size, name, uploaded_ns FROM uploads
WHERE realm = ? AND kind = ? AND gone_ns IS NULL AND uploaded_ns > ? AND uploaded_ns <= ?
"""


class Upload(NamedTuple):
    """
    An upload as the ledger records it.

    Attributes:
        kind: The kind of media.
        digest: The hash of what recipients get (`dingnb.media.Content.digest`).
        media_id: DingTalk's id of the upload.
        size: The size of the content in bytes.
        name: The file name that was sent.
        uploaded_ns: When the content was uploaded.
    """

    kind: str
    digest: str
    media_id: str
    size: int
    name: str
    uploaded_ns: int


def find(
    db: LedgerSession, realm: Realm, kind: str, digests: Collection[str], now_ns: int, lifetime_s: float
) -> dict[str, Upload]:
    """
    Return the newest upload of each content whose media id is valid, by digest.

    Args:
        db: The ledger.
        realm: The app, to which media ids belong.
        kind: The kind of media.
        digests: The digests of the contents.
        now_ns: The time.
        lifetime_s: The time for which a media id is used (`dingnb.limits.Limits.media_lifetime_s`).
    """
    span = usable_times(now_ns, lifetime_s)
    valid: dict[str, Upload] = {}
    for part, placeholders in split_values(list(digests)):
        sql = f"{_VALID} AND digest IN ({placeholders}) ORDER BY uploaded_ns, media_id"
        rows = db.execute(sql, (realm.id, kind, *span, *part))
        valid.update({upload.digest: upload for upload in map(Upload._make, rows)})
    return valid


def add(db: LedgerSession, realm: Realm, upload: Upload) -> None:
    """Record an upload of an app, and delete the app's uploads older than `KEPT_S`."""
    db.execute(
        "DELETE FROM uploads WHERE realm = ? AND uploaded_ns < ?",
        (realm.id, upload.uploaded_ns - seconds_to_ns(KEPT_S)),
    )
    db.execute(
        "INSERT INTO uploads (realm, kind, digest, media_id, size, name, uploaded_ns) VALUES (?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (realm, kind, digest, media_id) DO UPDATE SET size = excluded.size, name = excluded.name,"
        " uploaded_ns = excluded.uploaded_ns, gone_ns = NULL",
        (realm.id, *upload),
    )


def mark_gone(db: LedgerSession, realm: Realm, content: tuple[str, str], media_id: str, now_ns: int) -> None:
    """Record that DingTalk no longer knows the media id of a content, which is given by its kind and digest."""
    db.execute(
        "UPDATE uploads SET gone_ns = ? WHERE realm = ? AND kind = ? AND digest = ? AND media_id = ?",
        (now_ns, realm.id, *content, media_id),
    )
