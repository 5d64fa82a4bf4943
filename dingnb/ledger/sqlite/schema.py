"""Creates and upgrades the tables of a ledger in an SQLite file."""

from dingnb.ledger.initial_schema import SCHEMA
from dingnb.ledger.migrations import MIGRATIONS, split
from dingnb.ledger.sqlite.session import SqliteSession

APPLICATION_ID = 0x646E6762
"""SQLite's application id of ledger files: ``dngb``."""

DEVELOPMENT_ID = 0x64696E67
"""SQLite's application id of ledger files of development versions, which had other tables: ``ding``."""


def version_of(db: SqliteSession) -> int:
    """Return the version of a ledger; 0 if it has no tables yet."""
    version: int = db.execute("PRAGMA user_version").fetchone()[0]
    return version


def upgrade(db: SqliteSession, migrations: tuple[str, ...] = MIGRATIONS) -> None:
    """
    Create the tables of an empty database, or apply missing migrations.

    Args:
        db: The database, in a write transaction.
        migrations: Scripts as in `MIGRATIONS`.
    """
    scripts = (SCHEMA, *migrations)
    for script in scripts[version_of(db) :]:
        for statement in split(script):
            db.execute(statement)
    db.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    db.execute(f"PRAGMA user_version = {len(scripts)}")
