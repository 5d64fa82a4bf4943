"""
The media of campaigns: the contents to which bodies refer, their uploads, and the bodies with media ids filled in.

Uploads belong to an app, and are found by kind and digest, so that equal content is uploaded once. A media id is used
again until its lifetime ends or DingTalk rejects it; DingTalk documents no lifetime.
"""

from collections.abc import Collection, Iterable
from typing import NamedTuple

from dingnb.clock import seconds_to_ns
from dingnb.errors.arguments import is_storable_text
from dingnb.ledger.cache_age import usable_times
from dingnb.ledger.realm import Realm
from dingnb.ledger.session import LedgerSession, split_values
from dingnb.media import Content
from dingnb.media.references import make_reference, parse_reference, references_in

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


def record(db: LedgerSession, campaign: int, contents: Iterable[Content]) -> None:
    """Record the contents to which a campaign's bodies refer: their hashes, names and paths, never their bytes."""
    db.executemany(
        "INSERT INTO media (campaign, kind, digest, sha256, name, size, mime, path) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (campaign, kind, digest) DO UPDATE SET path ="
        " CASE WHEN excluded.path = '' THEN media.path ELSE excluded.path END",
        (
            (
                campaign,
                content.kind,
                content.digest,
                content.sha256,
                content.name,
                content.size,
                content.mime,
                _path_of(content),
            )
            for content in contents
        ),
    )


def of_campaign(db: LedgerSession, campaign: int) -> dict[str, Content]:
    """Return the contents to which a campaign's bodies refer, by reference; bytes are read from the path, if any."""
    rows = db.execute("SELECT kind, name, sha256, size, mime, path FROM media WHERE campaign = ?", (campaign,))
    return {content.reference: content for content in (Content.from_record(*row) for row in rows)}


def media_ids(
    db: LedgerSession, realm: Realm, references: Collection[str], now_ns: int, lifetime_s: float
) -> dict[str, str]:
    """Return the valid media ids of contents, by reference; contents without a valid media id are omitted."""
    digests: dict[str, set[str]] = {}
    for reference in references:
        kind, digest = parse_reference(reference)
        digests.setdefault(kind, set()).add(digest)
    return {
        make_reference(kind, digest): upload.media_id
        for kind, digests_of_kind in digests.items()
        for digest, upload in find_uploads(db, realm, kind, digests_of_kind, now_ns, lifetime_s).items()
    }


def count_missing(db: LedgerSession, realm: Realm, campaign: int, now_ns: int, lifetime_s: float) -> int:
    """Return how many contents have to be uploaded before the queued batches of a campaign can be sent."""
    if db.execute("SELECT 1 FROM media WHERE campaign = ?", (campaign,)).fetchone() is None:
        return 0
    bodies = db.execute(
        "SELECT DISTINCT content FROM batches WHERE campaign = ? AND status = 'queued' AND content IS NOT NULL",
        (campaign,),
    )
    wanted = {reference for (body,) in bodies for reference in references_in(body)}
    return len(wanted) - len(media_ids(db, realm, wanted, now_ns, lifetime_s))


def record_sent_body(db: LedgerSession, batch: int, body: bytes) -> None:
    """Record the body of a batch with the media ids filled in, since a repeat sends the same bytes again."""
    db.execute(
        "INSERT INTO sent_bodies (batch, body) VALUES (?, ?) ON CONFLICT (batch) DO UPDATE SET body = excluded.body",
        (batch, body),
    )


def delete_unneeded(db: LedgerSession, campaign: int) -> None:
    """
    Delete the records of media and the sent bytes, except those of batches that may have to be sent again.

    The uploads of deleted media stay, since an upload is found by its hash, but lose their file names.
    """
    cursor = db.execute("SELECT DISTINCT content FROM batches WHERE campaign = ? AND content IS NOT NULL", (campaign,))
    needed = {reference for (body,) in cursor.fetchall() for reference in references_in(body)}
    rows = db.execute("SELECT kind, digest FROM media WHERE campaign = ?", (campaign,)).fetchall()
    unneeded = [row for row in rows if make_reference(*row) not in needed]
    db.executemany(
        "DELETE FROM media WHERE campaign = ? AND kind = ? AND digest = ?", ((campaign, *row) for row in unneeded)
    )
    db.executemany(
        "UPDATE uploads SET name = '' WHERE realm = (SELECT realm FROM campaigns WHERE id = ?)"
        " AND kind = ? AND digest = ?",
        ((campaign, *row) for row in unneeded),
    )
    db.execute(
        "DELETE FROM sent_bodies WHERE batch IN (SELECT id FROM batches WHERE campaign = ? AND content IS NULL)",
        (campaign,),
    )


def find_uploads(
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


def add_upload(db: LedgerSession, realm: Realm, upload: Upload) -> None:
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


def mark_upload_gone(db: LedgerSession, realm: Realm, content: tuple[str, str], media_id: str, now_ns: int) -> None:
    """Record that DingTalk no longer knows the media id of a content, which is given by its kind and digest."""
    db.execute(
        "UPDATE uploads SET gone_ns = ? WHERE realm = ? AND kind = ? AND digest = ? AND media_id = ?",
        (now_ns, realm.id, *content, media_id),
    )


def _path_of(content: Content) -> str:
    path = "" if content.path is None else str(content.path.absolute())
    # A folder's name may have bytes that are not UTF-8. Then only the process that made the plan can read the file.
    return path if is_storable_text(path) else ""
