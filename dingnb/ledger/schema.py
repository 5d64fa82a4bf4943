"""
The tables of the ledger and their migrations.

Times are nanoseconds since the epoch by DingTalk's clock. Userids are joined by commas, as they are sent; no userid
contains one. Numbers of campaigns (AUTOINCREMENT) and batches (table `numbers`) are never reused, because a process may
hold one, such as a sender while another process rebuilds queued batches. No table contains tokens, secrets or app keys.
"""

import re
import sqlite3
from collections.abc import Iterator

from dingnb.ledger.session import SqliteSession

APPLICATION_ID = 0x646E6762
"""Application id of ledger files: ``dngb``."""

DEVELOPMENT_ID = 0x64696E67
"""Application id of ledgers of development versions, which had other tables: ``ding``."""

SCHEMA = """
CREATE TABLE campaigns (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    realm TEXT NOT NULL,
    app TEXT NOT NULL,                  -- masked
    mode TEXT NOT NULL,                 -- SANDBOX or LIVE
    name TEXT NOT NULL,
    channel TEXT NOT NULL DEFAULT 'work notification', -- how its messages travel; it decides what a receipt is
    state TEXT NOT NULL,                -- running, paused, stopped, interrupted or finished
    reason TEXT NOT NULL DEFAULT '',    -- why it is paused or stopped
    hint TEXT NOT NULL DEFAULT '',
    code TEXT NOT NULL DEFAULT '',
    message TEXT NOT NULL,              -- a hash of the template
    msgtype TEXT NOT NULL,
    key_columns TEXT NOT NULL,          -- JSON: the columns that distinguish several rows of one person
    plan TEXT NOT NULL,                 -- a hash of the newest plan
    first_batch INTEGER,                -- batch k of that plan is this one and k; NULL once plans differed
    store_content INTEGER NOT NULL,
    created_ns INTEGER NOT NULL,
    updated_ns INTEGER NOT NULL,
    by_person INTEGER NOT NULL DEFAULT 0,    -- 1 where a person paused or stopped it
    beyond_quota INTEGER NOT NULL DEFAULT 0, -- 1 where it may use more than the month has
    UNIQUE (realm, name)
) STRICT;

CREATE TABLE numbers (
    name TEXT PRIMARY KEY,
    next INTEGER NOT NULL               -- the next number to use
) STRICT, WITHOUT ROWID;
INSERT INTO numbers VALUES ('batches', 1);

CREATE TABLE batches (
    id INTEGER PRIMARY KEY,
    campaign INTEGER NOT NULL REFERENCES campaigns ON DELETE CASCADE,
    content BLOB,                       -- the body: the exact bytes of msg; NULL where only the hash is kept
    hash BLOB,                          -- SHA-256 of the body; NULL while the content is there
    userids TEXT NOT NULL,
    size INTEGER NOT NULL,
    keys TEXT NOT NULL DEFAULT '',      -- JSON: for each recipient a list of keys; empty without keys
    status TEXT NOT NULL DEFAULT 'queued', -- cancelled, or what follows from all its attempts
    queued_after INTEGER NOT NULL DEFAULT 0, -- the last attempt before it was queued again by hand; 0: never
    attempts INTEGER NOT NULL DEFAULT 0,
    receipt TEXT,                       -- of the call that was accepted: the task id of work notifications, which is a
                                        -- number; text, since the keys of other channels are not
    sent_ns INTEGER NOT NULL DEFAULT 0,
    updated_ns INTEGER NOT NULL DEFAULT 0,
    code TEXT NOT NULL DEFAULT '',
    reason TEXT NOT NULL DEFAULT '',
    hint TEXT NOT NULL DEFAULT '',
    recalled_ns INTEGER NOT NULL DEFAULT 0  -- when its task was taken back
) STRICT;
CREATE INDEX batches_of_campaign ON batches (campaign);
CREATE INDEX batches_by_status ON batches (campaign, status, id, size); -- counts, where every status counts the same

CREATE TABLE attempts (
    id INTEGER PRIMARY KEY,
    realm TEXT NOT NULL,
    batch INTEGER NOT NULL REFERENCES batches ON DELETE CASCADE,
    userids TEXT,                       -- where it went to fewer people than the batch has
    people INTEGER NOT NULL,
    started_ns INTEGER NOT NULL,
    ended_ns INTEGER,                   -- NULL while it is under way, and where the process died
    outcome TEXT,                       -- accepted, unknown, failed (refused for good), or refused (may be sent again)
    code TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX attempts_of_batch ON attempts (batch);

CREATE TABLE outcomes (
    batch INTEGER NOT NULL REFERENCES batches ON DELETE CASCADE,
    place INTEGER NOT NULL,             -- of the recipient in the batch, from 0
    status TEXT NOT NULL,
    code TEXT NOT NULL DEFAULT '',
    evidence TEXT NOT NULL DEFAULT '',  -- result, duplicate, resolved, elsewhere or left_out
    reason TEXT NOT NULL DEFAULT '',
    hint TEXT NOT NULL DEFAULT '',
    updated_ns INTEGER NOT NULL,
    was_read INTEGER,                   -- 1 read, 0 not read, NULL not known; stays where taken back
    PRIMARY KEY (batch, place)
) STRICT, WITHOUT ROWID;

CREATE TABLE calls (
    realm TEXT NOT NULL,
    month TEXT NOT NULL,                -- 2026-11, in Beijing
    api TEXT NOT NULL,
    n INTEGER NOT NULL,
    PRIMARY KEY (realm, month, api)
) STRICT, WITHOUT ROWID;

CREATE TABLE exclusions (
    realm TEXT NOT NULL,
    list TEXT NOT NULL,
    userid TEXT NOT NULL,
    reason TEXT NOT NULL,
    added_ns INTEGER NOT NULL,
    PRIMARY KEY (realm, list, userid)
) STRICT, WITHOUT ROWID;

CREATE TABLE senders (
    realm TEXT PRIMARY KEY,
    campaign INTEGER,                   -- the one that is being sent, while its lock is held
    process INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE moves (                    -- recipients who are in a newer batch of the campaign, which counts for them
    batch INTEGER NOT NULL REFERENCES batches ON DELETE CASCADE,
    place INTEGER NOT NULL,
    to_batch INTEGER NOT NULL REFERENCES batches ON DELETE CASCADE,
    to_place INTEGER NOT NULL,
    same_text INTEGER NOT NULL,
    PRIMARY KEY (batch, place)
) STRICT, WITHOUT ROWID;
CREATE INDEX moves_to_batch ON moves (to_batch);

CREATE TABLE absent (                   -- recipients who are no longer in the campaign's newest plan
    batch INTEGER NOT NULL REFERENCES batches ON DELETE CASCADE,
    place INTEGER NOT NULL,
    PRIMARY KEY (batch, place)
) STRICT, WITHOUT ROWID;

CREATE TABLE steering (
    campaign INTEGER PRIMARY KEY REFERENCES campaigns ON DELETE CASCADE,
    commands INTEGER NOT NULL DEFAULT 0,  -- the number of commands so far
    command TEXT NOT NULL DEFAULT '',      -- the last command: paused or stopped
    progress TEXT NOT NULL DEFAULT ''   -- JSON: its progress as its sender published it last; empty before that
) STRICT;

CREATE TABLE templates (                -- where the texts of a campaign are kept as well
    campaign INTEGER PRIMARY KEY REFERENCES campaigns ON DELETE CASCADE,
    message TEXT NOT NULL               -- JSON: the message of its newest plan
) STRICT;

CREATE TABLE drafts (
    id INTEGER PRIMARY KEY AUTOINCREMENT,   -- its version: another one each time it is saved
    realm TEXT NOT NULL,
    name TEXT NOT NULL,
    msgtype TEXT NOT NULL,
    texts TEXT NOT NULL,                -- JSON: the texts by name
    updated_ns INTEGER NOT NULL,
    UNIQUE (realm, name)
) STRICT;

CREATE TABLE events (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    realm TEXT NOT NULL,
    event_id TEXT,                      -- NULL where a repetition cannot be recognized
    type TEXT NOT NULL,
    channel TEXT NOT NULL,              -- callback, stream or missed
    received_ns INTEGER NOT NULL,
    raw TEXT NOT NULL,                  -- JSON: what came, without anything secret
    UNIQUE (realm, event_id)
) STRICT;
CREATE INDEX events_of_realm ON events (realm, id);

CREATE TABLE recipient_fields (         -- kept with the texts, and forgotten with them
    batch INTEGER PRIMARY KEY REFERENCES batches ON DELETE CASCADE,
    fields TEXT NOT NULL                -- JSON: the names of columns, and for each recipient of the batch its values
) STRICT;

CREATE TABLE lookups (                  -- the owners of phone numbers, for a day
    realm TEXT NOT NULL,
    number TEXT NOT NULL,
    userid TEXT NOT NULL,
    found_ns INTEGER NOT NULL,
    PRIMARY KEY (realm, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE ledger (                   -- one row
    id TEXT NOT NULL                    -- identifies this ledger; copies of it have the same one
) STRICT;
INSERT INTO ledger VALUES (lower(hex(randomblob(16))));

-- For users who read the file with SQL: a row for each recipient.
CREATE VIEW recipients AS
SELECT campaigns.name AS campaign, batches.id AS batch, one.key AS place, one.value AS userid,
       coalesce(outcomes.status, batches.status) AS status, batches.receipt, batches.attempts
FROM batches
JOIN campaigns ON campaigns.id = batches.campaign
JOIN json_each('[' || replace(json_quote(batches.userids), ',', '","') || ']') AS one
LEFT JOIN outcomes ON outcomes.batch = batches.id AND outcomes.place = one.key
WHERE NOT EXISTS (SELECT 1 FROM moves WHERE moves.batch = batches.id AND moves.place = one.key);
"""
"""The tables of version 1."""

_MEDIA = """
CREATE TABLE uploads (                  -- media that were uploaded, so that equal content is uploaded once
    realm TEXT NOT NULL,                -- media ids belong to an app
    kind TEXT NOT NULL,                 -- image, file, voice or video
    digest TEXT NOT NULL,               -- of what recipients get: bytes, and of files the name (Content.digest)
    media_id TEXT NOT NULL,
    size INTEGER NOT NULL,
    name TEXT NOT NULL,                 -- the file name that was sent
    uploaded_ns INTEGER NOT NULL,
    gone_ns INTEGER,                    -- when DingTalk said that it does not know the id any more
    PRIMARY KEY (realm, kind, digest, media_id) -- DingTalk may give the same id to equal bytes with two names
) STRICT, WITHOUT ROWID;

CREATE TABLE media (                    -- what the bodies of a campaign refer to
    campaign INTEGER NOT NULL REFERENCES campaigns ON DELETE CASCADE,
    kind TEXT NOT NULL,
    digest TEXT NOT NULL,
    sha256 TEXT NOT NULL,               -- of the bytes alone
    name TEXT NOT NULL,
    size INTEGER NOT NULL,
    mime TEXT NOT NULL,
    path TEXT NOT NULL,                 -- from which it is read; empty where only the process of the plan holds it
    PRIMARY KEY (campaign, kind, digest)
) STRICT, WITHOUT ROWID;

CREATE TABLE sent_bodies (              -- of batches whose bodies refer to media: the bytes with the media ids
    batch INTEGER PRIMARY KEY REFERENCES batches ON DELETE CASCADE,
    body BLOB NOT NULL
) STRICT;
"""

_DIRECTORY = """
CREATE TABLE departments (              -- the directory as DingTalk showed it to an app, for a day
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
CREATE TABLE match_choices (            -- whom a person chose for rows of a list that mean several people, or no one
    realm TEXT NOT NULL,
    list TEXT NOT NULL,
    evidence TEXT NOT NULL,             -- SHA-256 of what the row says about the person
    candidates TEXT NOT NULL,           -- SHA-256 of the userids of the candidates at that time
    row_count INTEGER NOT NULL,         -- how many rows of the list said the same at that time
    userid TEXT NOT NULL,
    chosen_ns INTEGER NOT NULL,
    PRIMARY KEY (realm, list, evidence)
) STRICT, WITHOUT ROWID;
"""

_LEASES = """
DROP TABLE senders;

CREATE TABLE leases (                   -- who sends a campaign; times are of the clock that all processes share
    campaign INTEGER PRIMARY KEY REFERENCES campaigns ON DELETE CASCADE,
    term INTEGER NOT NULL DEFAULT 0,    -- one more each time that a process begins to send it
    process INTEGER NOT NULL DEFAULT 0, -- 0: nobody
    host TEXT NOT NULL DEFAULT '',
    numbering TEXT NOT NULL DEFAULT '', -- what the number of the process belongs to: one start of one system
    expires_ns INTEGER NOT NULL DEFAULT 0
) STRICT;

ALTER TABLE attempts ADD COLUMN term INTEGER NOT NULL DEFAULT 0;            -- of the lease with which it began
ALTER TABLE attempts ADD COLUMN counts_until_ns INTEGER NOT NULL DEFAULT 0; -- when its people leave the minute
CREATE INDEX attempts_counting ON attempts (realm, counts_until_ns);
CREATE INDEX attempts_open ON attempts (batch) WHERE ended_ns IS NULL;

CREATE TABLE pace (                     -- when the next call of an API may leave; times as in leases
    realm TEXT NOT NULL,
    api TEXT NOT NULL,
    next_ns INTEGER NOT NULL DEFAULT 0,
    n INTEGER NOT NULL DEFAULT 0,       -- the number of calls so far
    places BLOB,                        -- from when on each place is free: 8 bytes each
    people INTEGER NOT NULL DEFAULT 0,  -- the people of the last minute, or more
    head INTEGER NOT NULL DEFAULT 0,    -- the campaign that has priority, because it was refused; 0: none
    head_until_ns INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (realm, api)
) STRICT, WITHOUT ROWID;
"""

_ACTIONS = """
CREATE TABLE actions (                  -- who did what with a campaign
    id INTEGER PRIMARY KEY,
    campaign INTEGER NOT NULL REFERENCES campaigns ON DELETE CASCADE,
    action TEXT NOT NULL,               -- as in dingnb.ledger.actions
    done_by TEXT NOT NULL,              -- the user and the host
    done_ns INTEGER NOT NULL,
    people INTEGER,                     -- how many it concerned; NULL where that is not counted
    detail TEXT NOT NULL DEFAULT ''     -- how unknown outcomes were resolved
) STRICT;
CREATE INDEX actions_of_campaign ON actions (campaign);
"""

_CARDS = """
CREATE TABLE polls (                    -- what the cards of a campaign ask
    campaign INTEGER PRIMARY KEY REFERENCES campaigns ON DELETE CASCADE,
    root INTEGER NOT NULL,              -- the campaign that asked first: itself, or the one that it reminds of
    questions TEXT NOT NULL,            -- JSON: buttons and fields
    counts TEXT NOT NULL,               -- first or last: which answer of a person counts
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

CREATE TABLE answers (                  -- what people pressed or filled in; committed before it is acknowledged
    id INTEGER PRIMARY KEY,
    out_track_id TEXT NOT NULL REFERENCES cards ON DELETE CASCADE,
    campaign INTEGER NOT NULL REFERENCES campaigns ON DELETE CASCADE,
    userid TEXT NOT NULL,
    action TEXT NOT NULL,               -- the key of a button; submit for a form
    value TEXT NOT NULL,                -- JSON: the fields of a form by name
    press_id TEXT,                      -- identifies deliveries of one press; NULL where DingTalk gave no id
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
CREATE TABLE copies (                   -- one row where another ledger with the same campaigns sends, and this one not
    place TEXT NOT NULL,                -- of that ledger
    copied_ns INTEGER NOT NULL
) STRICT;
"""

MIGRATIONS: tuple[str, ...] = (
    *(_MEDIA, _DIRECTORY, _MATCH_CHOICES, _LEASES, _ACTIONS),
    *(_CARDS, _CARD_TEMPLATES, _COPIES),
)
"""Scripts from version n + 1 to n + 2, in order; a released script never changes."""

VERSION = 1 + len(MIGRATIONS)


def table_names(migrations: tuple[str, ...] = MIGRATIONS) -> list[str]:
    """Return the names of all tables of the newest version; one comes after those that it refers to."""
    names: list[str] = []
    for script in (SCHEMA, *migrations):
        for what, name in re.findall(r"^(CREATE|DROP) TABLE (\w+)", script, re.MULTILINE):
            if what == "CREATE":
                names.append(name)
            else:
                names.remove(name)
    return names


def numbered_tables(migrations: tuple[str, ...] = MIGRATIONS) -> dict[str, bool]:
    """Return the tables whose rows get numbers from the database, and whether these are never reused."""
    found = {}
    for script in (SCHEMA, *migrations):
        for statement in split(script):
            table = re.search(
                r"^CREATE TABLE (\w+) \(.*?\n    id INTEGER PRIMARY KEY( AUTOINCREMENT)?",
                statement,
                re.MULTILINE | re.DOTALL,
            )
            if table is not None:
                found[table[1]] = table[2] is not None
    return {name: is_kept for name, is_kept in found.items() if name in table_names(migrations)}


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


def split(script: str) -> Iterator[str]:
    """Yield the statements of a script; ``executescript`` would commit the enclosing transaction."""
    lines: list[str] = []
    for line in script.splitlines():
        lines.append(line)
        statement = "\n".join(lines)
        if sqlite3.complete_statement(statement):
            yield statement
            lines.clear()
