import sqlite3
from pathlib import Path

from dingnb.ledger import Ledger, Realm, SqliteLedger, media
from dingnb.ledger.campaigns import campaigns
from dingnb.ledger.media import Upload
from dingnb.ledger.migrations import VERSION
from dingnb.ledger.sqlite.schema import upgrade
from dingnb.ledger.sqlite.session import SqliteSession
from dingnb.limits import STANDARD
from tests.campaign_rows import add_campaign

REALM = Realm.of("SANDBOX", "one", "key", "k…y")
OTHER = Realm.of("SANDBOX", "one", "other", "o…r")
S = 10**9
NOON_NS = 1_793_592_000 * S
LIFE_S = STANDARD.media_lifetime_s
HASH = "ab" * 32


def upload(media_id: str = "@a", *, digest: str = HASH, kind: str = "file", at_ns: int = NOON_NS) -> Upload:
    return Upload(kind, digest, media_id, 10, "工资条.pdf", at_ns)


def found(ledger: Ledger, *, at_ns: int = NOON_NS, realm: Realm = REALM, kind: str = "file") -> list[str]:
    with ledger.connection() as db:
        return [
            found_upload.media_id
            for found_upload in media.find_uploads(db, realm, kind, [HASH], at_ns, LIFE_S).values()
        ]


def test_an_upload_is_found_by_app_kind_and_hash(ledger: Ledger) -> None:
    with ledger.transaction() as db:
        media.add_upload(db, REALM, upload())
        assert media.find_uploads(db, REALM, "file", [HASH, "cd" * 32], NOON_NS, LIFE_S) == {HASH: upload()}
        assert media.find_uploads(db, REALM, "file", [], NOON_NS, LIFE_S) == {}
    assert found(ledger, realm=OTHER) == []
    assert found(ledger, kind="image") == []


def test_a_media_id_is_used_until_its_life_is_over(ledger: Ledger) -> None:
    with ledger.transaction() as db:
        media.add_upload(db, REALM, upload())
    assert found(ledger, at_ns=NOON_NS + LIFE_S * S - 1) == ["@a"]
    assert found(ledger, at_ns=NOON_NS + LIFE_S * S) == []


def test_an_upload_of_the_future_is_not_used_but_that_of_a_clock_slightly_ahead_is(ledger: Ledger) -> None:
    with ledger.transaction() as db:
        media.add_upload(db, REALM, upload())
    assert found(ledger, at_ns=NOON_NS - 300 * S) == ["@a"]
    assert found(ledger, at_ns=NOON_NS - 301 * S) == []


def test_the_newest_of_several_ids_of_a_content_is_used(ledger: Ledger) -> None:
    with ledger.transaction() as db:
        media.add_upload(db, REALM, upload("@b", at_ns=NOON_NS))
        media.add_upload(db, REALM, upload("@a", at_ns=NOON_NS - S))
    assert found(ledger) == ["@b"]


def test_an_id_that_is_gone_is_not_used_again_unless_it_is_uploaded_again(ledger: Ledger) -> None:
    with ledger.transaction() as db:
        media.add_upload(db, REALM, upload("@a", at_ns=NOON_NS - S))
        media.add_upload(db, REALM, upload("@b"))
        media.mark_upload_gone(db, REALM, ("file", HASH), "@b", NOON_NS)
        media.mark_upload_gone(db, OTHER, ("file", HASH), "@a", NOON_NS)
        media.mark_upload_gone(db, REALM, ("image", HASH), "@a", NOON_NS)
    assert found(ledger) == ["@a"]
    with ledger.transaction() as db:
        media.add_upload(db, REALM, upload("@b", at_ns=NOON_NS + S))
    assert found(ledger) == ["@b"]


def test_one_id_of_two_contents_is_found_for_both(ledger: Ledger) -> None:
    with ledger.transaction() as db:
        media.add_upload(db, REALM, upload())
        media.add_upload(db, REALM, upload(digest="cd" * 32))
        assert set(media.find_uploads(db, REALM, "file", [HASH, "cd" * 32], NOON_NS, LIFE_S)) == {HASH, "cd" * 32}


def test_many_contents_are_found_at_once(ledger: Ledger) -> None:
    hashes = [f"{n:064x}" for n in range(1_201)]
    with ledger.transaction() as db:
        for n, digest in enumerate(hashes):
            media.add_upload(db, REALM, upload(f"@{n}", digest=digest))
        living = media.find_uploads(db, REALM, "file", hashes, NOON_NS, LIFE_S)
    assert {digest: living[digest].media_id for digest in hashes} == {
        digest: f"@{n}" for n, digest in enumerate(hashes)
    }


def test_old_uploads_are_forgotten(ledger: Ledger) -> None:
    with ledger.transaction() as db:
        media.add_upload(db, REALM, upload("@old", at_ns=NOON_NS - media.KEPT_S * S - 1))
        media.add_upload(db, OTHER, upload("@others", at_ns=NOON_NS - media.KEPT_S * S - 1))
        media.add_upload(db, REALM, upload("@kept", at_ns=NOON_NS - media.KEPT_S * S))
        media.add_upload(db, REALM, upload("@new"))
        kept = {media_id for (media_id,) in db.execute("SELECT media_id FROM uploads")}
    assert kept == {"@others", "@kept", "@new"}


def test_a_ledger_of_version_1_is_opened_with_all_that_it_holds(tmp_path: Path) -> None:
    ledger = SqliteLedger(tmp_path / "ledger")
    with ledger.connection():
        pass
    ledger.path.unlink()
    plain = sqlite3.connect(ledger.path, isolation_level=None)
    session = SqliteSession(plain)
    upgrade(session, ())
    assert session.execute("PRAGMA user_version").fetchone() == (1,)
    add_campaign(session, REALM, now_ns=NOON_NS)
    plain.close()

    opened = SqliteLedger(ledger.folder.rename(ledger.folder.with_name("old")))
    with opened.transaction() as db:
        assert db.execute("PRAGMA user_version").fetchone() == (VERSION,)
        assert [campaign.name for campaign in campaigns.find_all(db)] == ["a"]
        media.add_upload(db, REALM, upload())
    assert found(opened) == ["@a"]
