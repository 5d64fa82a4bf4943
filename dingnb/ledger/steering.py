"""
Commands to the process that sends a campaign, and the progress that it publishes.

Commands are counted and never removed. A sender remembers their count at its start, and carries out those that come
later: so no command is lost while it gets ready or waits for its turn, and an earlier one does not end a later sending.
"""

from dingnb.ledger.session import LedgerSession


def add_command(db: LedgerSession, campaign: int, state: str) -> None:
    """Have the process that sends a campaign, or waits to, end that and leave it ``paused`` or ``stopped``."""
    db.execute(
        "INSERT INTO steering (campaign, commands, command) SELECT id, 1, CAST(? AS TEXT) FROM campaigns WHERE id = ?"
        " ON CONFLICT (campaign) DO UPDATE SET commands = steering.commands + 1, command = excluded.command",
        (state, campaign),
    )


def count_commands(db: LedgerSession, campaign: int) -> int:
    """Return the number of commands so far."""
    found = db.execute("SELECT commands FROM steering WHERE campaign = ?", (campaign,)).fetchone()
    return 0 if found is None else int(found[0])


def command_since(db: LedgerSession, campaign: int, commands: int) -> str:
    """Return the last command if it came after so many others; else an empty text."""
    found = db.execute(
        "SELECT command FROM steering WHERE campaign = ? AND commands > ?", (campaign, commands)
    ).fetchone()
    return "" if found is None else str(found[0])


def last_command(db: LedgerSession, campaign: int) -> str:
    """Return the last command, whenever it came; empty where there was none."""
    return command_since(db, campaign, 0)


def set_progress(db: LedgerSession, campaign: int, progress: str) -> None:
    """Record the progress of a sending; empty text where nothing is known yet."""
    db.execute(
        "INSERT INTO steering (campaign, progress) SELECT id, CAST(? AS TEXT) FROM campaigns WHERE id = ?"
        " ON CONFLICT (campaign) DO UPDATE SET progress = excluded.progress",
        (progress, campaign),
    )


def get_progress(db: LedgerSession, campaign: int) -> str:
    """Return the last progress; it holds only while the campaign is sent. Empty where there is none."""
    found = db.execute("SELECT progress FROM steering WHERE campaign = ?", (campaign,)).fetchone()
    return "" if found is None else str(found[0])
