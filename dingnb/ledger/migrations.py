"""
The migrations of the ledger's tables, from their first version in `dingnb.ledger.initial_schema`.

The scripts are written for SQLite; `dingnb.ledger.postgres.schema` translates them for PostgreSQL.
"""

import re
import sqlite3
from collections.abc import Iterator

from dingnb.ledger.initial_schema import SCHEMA

_MEDIA = """
CREATE TABLE uploads (                  -- uploaded media, so that equal content is uploaded once
    realm TEXT NOT NULL,                -- media ids belong to an app
    kind TEXT NOT NULL,                 -- image, file, voice or video
    digest TEXT NOT NULL,               -- of what recipients get: the bytes and, of files, the name (Content.digest)
    media_id TEXT NOT NULL,
    size INTEGER NOT NULL,
    name TEXT NOT NULL,                 -- the file name that was sent
    uploaded_ns INTEGER NOT NULL,
    gone_ns INTEGER,                    -- when DingTalk reported that it no longer knows the id
    PRIMARY KEY (realm, kind, digest, media_id) -- DingTalk may give the same id to equal bytes with two names
) STRICT, WITHOUT ROWID;

CREATE TABLE media (                    -- the contents to which the bodies of a campaign refer
    campaign INTEGER NOT NULL REFERENCES campaigns ON DELETE CASCADE,
    kind TEXT NOT NULL,
    digest TEXT NOT NULL,
    sha256 TEXT NOT NULL,               -- of the bytes alone
    name TEXT NOT NULL,
    size INTEGER NOT NULL,
    mime TEXT NOT NULL,
    path TEXT NOT NULL,                 -- from which it is read; empty if only the process of the plan has it
    PRIMARY KEY (campaign, kind, digest)
) STRICT, WITHOUT ROWID;

CREATE TABLE sent_bodies (              -- the bytes with media ids, of batches whose bodies refer to media
    batch INTEGER PRIMARY KEY REFERENCES batches ON DELETE CASCADE,
    body BLOB NOT NULL
) STRICT;
"""

_DIRECTORY = """
CREATE TABLE departments (              -- the directory as an app has read it, for a day
    realm TEXT NOT NULL,
    id INTEGER NOT NULL,                -- 0: people whom the app sees outside of departments
    name TEXT NOT NULL,
    parent INTEGER NOT NULL,            -- 0 at the top
    place INTEGER NOT NULL,             -- its place below its parent
    listed_ns INTEGER NOT NULL,         -- when its parent was listed
    tree_ns INTEGER,                    -- when the departments below it were listed; NULL before
    people_ns INTEGER,                  -- when its people were listed; NULL before
    PRIMARY KEY (realm, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX departments_by_parent ON departments (realm, parent);

CREATE TABLE people (
    realm TEXT NOT NULL,
    userid TEXT NOT NULL,
    name TEXT NOT NULL,
    mobile TEXT,                        -- NULL, here and below: not filled in, or the app may not see it
    title TEXT,
    job_number TEXT,
    email TEXT,
    manager TEXT,
    active INTEGER,
    hired_ms INTEGER,
    unionid TEXT,
    departments TEXT NOT NULL,          -- the ids of the person's departments, joined by commas
    read_ns INTEGER NOT NULL,
    PRIMARY KEY (realm, userid)
) STRICT, WITHOUT ROWID;

CREATE TABLE members (                  -- who is directly in a department, in DingTalk's order
    realm TEXT NOT NULL,
    department INTEGER NOT NULL,
    place INTEGER NOT NULL,
    userid TEXT NOT NULL,
    PRIMARY KEY (realm, department, place)
) STRICT, WITHOUT ROWID;

CREATE TABLE roles (
    realm TEXT NOT NULL,
    id INTEGER NOT NULL,
    name TEXT NOT NULL,
    group_id INTEGER NOT NULL,
    group_name TEXT NOT NULL,
    place INTEGER NOT NULL,
    listed_ns INTEGER NOT NULL,
    people_ns INTEGER,                  -- when its people were listed; NULL before
    PRIMARY KEY (realm, id)
) STRICT, WITHOUT ROWID;

CREATE TABLE role_people (
    realm TEXT NOT NULL,
    role INTEGER NOT NULL,
    place INTEGER NOT NULL,
    userid TEXT NOT NULL,
    name TEXT NOT NULL,
    PRIMARY KEY (realm, role, place)
) STRICT, WITHOUT ROWID;
"""

_MATCH_CHOICES = """
CREATE TABLE match_choices (            -- whom a user chose for rows of a list without a single match
    realm TEXT NOT NULL,
    list TEXT NOT NULL,
    evidence TEXT NOT NULL,             -- SHA-256 of what the row says about the person
    candidates TEXT NOT NULL,           -- SHA-256 of the candidates' userids at the time of the choice
    row_count INTEGER NOT NULL,         -- the number of rows of the list with the same evidence at that time
    userid TEXT NOT NULL,
    chosen_ns INTEGER NOT NULL,
    PRIMARY KEY (realm, list, evidence)
) STRICT, WITHOUT ROWID;
"""

_LEASES = """
DROP TABLE senders;

CREATE TABLE leases (                   -- who sends a campaign; times are those of the shared clock
    campaign INTEGER PRIMARY KEY REFERENCES campaigns ON DELETE CASCADE,
    term INTEGER NOT NULL DEFAULT 0,    -- one more each time a process begins to send it
    process INTEGER NOT NULL DEFAULT 0, -- its process id; 0: none
    host TEXT NOT NULL DEFAULT '',
    numbering TEXT NOT NULL DEFAULT '', -- Process.pid_scope
    expires_ns INTEGER NOT NULL DEFAULT 0
) STRICT;

ALTER TABLE attempts ADD COLUMN term INTEGER NOT NULL DEFAULT 0;            -- of the lease with which it began
ALTER TABLE attempts ADD COLUMN counts_until_ns INTEGER NOT NULL DEFAULT 0; -- until when its people count
CREATE INDEX attempts_counting ON attempts (realm, counts_until_ns);
CREATE INDEX attempts_open ON attempts (batch) WHERE ended_ns IS NULL;

CREATE TABLE pace (                     -- when the next call of an API may start; times as in leases
    realm TEXT NOT NULL,
    api TEXT NOT NULL,
    next_ns INTEGER NOT NULL DEFAULT 0,
    n INTEGER NOT NULL DEFAULT 0,       -- the number of calls so far
    places BLOB,                        -- when each place becomes free, 8 bytes each
    people INTEGER NOT NULL DEFAULT 0,  -- an upper bound of the people of the last minute
    head INTEGER NOT NULL DEFAULT 0,    -- the campaign that has priority, because it was refused; 0: none
    head_until_ns INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (realm, api)
) STRICT, WITHOUT ROWID;
"""

_ACTIONS = """
CREATE TABLE actions (                  -- who did what with a campaign
    id INTEGER PRIMARY KEY,
    campaign INTEGER NOT NULL REFERENCES campaigns ON DELETE CASCADE,
    action TEXT NOT NULL,               -- as in dingnb.ledger.campaigns.actions
    done_by TEXT NOT NULL,              -- the user and the host
    done_ns INTEGER NOT NULL,
    people INTEGER,                     -- the number of people concerned; NULL if it is not counted
    detail TEXT NOT NULL DEFAULT ''     -- how unknown outcomes were resolved
) STRICT;
CREATE INDEX actions_of_campaign ON actions (campaign);
"""

_CARDS = """
CREATE TABLE polls (                    -- what the cards of a campaign ask
    campaign INTEGER PRIMARY KEY REFERENCES campaigns ON DELETE CASCADE,
    root INTEGER NOT NULL,              -- the campaign that asked first: this one, or the one of which it reminds
    questions TEXT NOT NULL,            -- JSON: buttons and fields
    counts TEXT NOT NULL,               -- which answer of a person counts: first or last
    deadline_ns INTEGER,                -- answers after it are late; NULL: none
    closed_ns INTEGER                   -- when answers stopped being accepted; NULL: open
) STRICT;
CREATE INDEX polls_by_root ON polls (root);

CREATE TABLE cards (                    -- committed before the first call that may create them
    out_track_id TEXT PRIMARY KEY,
    campaign INTEGER NOT NULL REFERENCES campaigns ON DELETE CASCADE,
    batch INTEGER NOT NULL REFERENCES batches ON DELETE CASCADE,
    created_ns INTEGER NOT NULL,
    closed_ns INTEGER                   -- when the card was disabled for everybody; NULL before
) STRICT, WITHOUT ROWID;
CREATE INDEX cards_of_campaign ON cards (campaign);
CREATE INDEX cards_of_batch ON cards (batch);

CREATE TABLE answers (                  -- what people pressed or filled in; committed before the press is acknowledged
    id INTEGER PRIMARY KEY,
    out_track_id TEXT NOT NULL REFERENCES cards ON DELETE CASCADE,
    campaign INTEGER NOT NULL REFERENCES campaigns ON DELETE CASCADE,
    userid TEXT NOT NULL,
    action TEXT NOT NULL,               -- the key of a button, or submit for a form
    value TEXT NOT NULL,                -- JSON: the fields of a form by name
    press_id TEXT,                      -- identifies the deliveries of a press; NULL if DingTalk gave no id
    pressed_ns INTEGER NOT NULL,
    received_ns INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX answers_by_press ON answers (out_track_id, userid, press_id);
CREATE INDEX answers_of_campaign ON answers (campaign, userid);
"""

_CARD_TEMPLATES = """
CREATE TABLE campaign_templates (       -- the template of a campaign's cards
    campaign INTEGER PRIMARY KEY REFERENCES campaigns ON DELETE CASCADE,
    template TEXT NOT NULL,
    private TEXT NOT NULL               -- JSON: the names of the private variables that all its cards have
) STRICT;

CREATE TABLE proved_templates (         -- who has pressed a card from a template, which proves that it is shown
    realm TEXT NOT NULL,
    template TEXT NOT NULL,
    userid TEXT NOT NULL,
    private TEXT NOT NULL,              -- JSON: the names of the private variables of that card
    proved_ns INTEGER NOT NULL,
    PRIMARY KEY (realm, template, userid, private)
) STRICT, WITHOUT ROWID;

CREATE TABLE card_messages (            -- the messages that show cards
    out_track_id TEXT NOT NULL REFERENCES cards ON DELETE CASCADE,
    userid TEXT NOT NULL,
    carrier_id TEXT NOT NULL,           -- DingTalk's id of the message
    PRIMARY KEY (out_track_id, userid)
) STRICT, WITHOUT ROWID;

CREATE TABLE own_digests (              -- of batches whose people have different bodies
    batch INTEGER PRIMARY KEY REFERENCES batches ON DELETE CASCADE,
    digests BLOB NOT NULL               -- SHA-256 of the body of each, by place
) STRICT;
"""

_COPIES = """
CREATE TABLE copies (                   -- one row if another ledger with the same campaigns is used instead
    place TEXT NOT NULL,                -- of that ledger
    copied_ns INTEGER NOT NULL
) STRICT;
"""

_REJECTED_ROWS = """
CREATE TABLE rejected_rows (            -- rows of a campaign's newest list that are not sent to
    campaign INTEGER NOT NULL REFERENCES campaigns ON DELETE CASCADE,
    position INTEGER NOT NULL,          -- in the list, from 0
    label TEXT NOT NULL,                -- JSON: the row's label; deleted with the texts unless it is a number
    userid TEXT NOT NULL,               -- empty where the row has none
    reason TEXT NOT NULL,
    hint TEXT NOT NULL,
    fields TEXT NOT NULL,               -- JSON: values by column, as in recipient_fields
    PRIMARY KEY (campaign, position)
) STRICT, WITHOUT ROWID;

ALTER TABLE campaigns ADD COLUMN rejected INTEGER; -- the number of its rejected rows; NULL: they were not kept
"""

_OPEN_ATTEMPTS = """
DROP INDEX attempts_open;               -- every call wrote to it twice; attempts_of_batch finds them as well
"""

_REMINDERS = """
ALTER TABLE actions ADD COLUMN reminder INTEGER; -- the campaign that reminds, which may be deleted
"""

_KEPT_TEXTS = """
CREATE TABLE kept_texts (               -- recipients who keep the text they were sent: a later list has another one
    batch INTEGER NOT NULL REFERENCES batches ON DELETE CASCADE,
    place INTEGER NOT NULL,
    PRIMARY KEY (batch, place)
) STRICT, WITHOUT ROWID;
"""

_TEMPLATES_OF_CARDS = """
ALTER TABLE cards ADD COLUMN template TEXT NOT NULL DEFAULT ''; -- its id; empty: that of the newest plan
"""

_RECALLS = """
ALTER TABLE steering ADD COLUMN recall TEXT NOT NULL DEFAULT ''; -- JSON: the progress of a recall; empty once complete
"""

MIGRATIONS: tuple[str, ...] = (
    _MEDIA,
    _DIRECTORY,
    _MATCH_CHOICES,
    _LEASES,
    _ACTIONS,
    _CARDS,
    _CARD_TEMPLATES,
    _COPIES,
    _REJECTED_ROWS,
    _OPEN_ATTEMPTS,
    _REMINDERS,
    _KEPT_TEXTS,
    _TEMPLATES_OF_CARDS,
    _RECALLS,
)
"""The script at index n upgrades version n + 1 to n + 2. New scripts are appended; released scripts never change."""

VERSION = 1 + len(MIGRATIONS)
"""The newest version of the ledger's tables."""


def table_names(migrations: tuple[str, ...] = MIGRATIONS) -> list[str]:
    """Return the names of all tables of the newest version; each table follows the tables to which it refers."""
    names: list[str] = []
    for script in (SCHEMA, *migrations):
        for what, name in re.findall(r"^(CREATE|DROP) TABLE (\w+)", script, re.MULTILINE):
            if what == "CREATE":
                names.append(name)
            else:
                names.remove(name)
    return names


def numbered_tables(migrations: tuple[str, ...] = MIGRATIONS) -> dict[str, bool]:
    """Return the tables whose rows the database numbers, and whether numbers are never reused."""
    names, never_reused = table_names(migrations), {}
    for script in (SCHEMA, *migrations):
        for statement in split(script):
            created = re.search(
                r"^CREATE TABLE (\w+) \(.*?\n    id INTEGER PRIMARY KEY( AUTOINCREMENT)?",
                statement,
                re.MULTILINE | re.DOTALL,
            )
            if created is not None and created[1] in names:
                never_reused[created[1]] = created[2] is not None
    return never_reused


def split(script: str) -> Iterator[str]:
    """Yield the statements of a script; ``executescript`` would commit the enclosing transaction."""
    lines: list[str] = []
    for line in script.splitlines():
        lines.append(line)
        statement = "\n".join(lines)
        if sqlite3.complete_statement(statement):
            yield statement
            lines.clear()
