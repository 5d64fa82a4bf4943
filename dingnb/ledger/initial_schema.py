"""
The first version of the ledger's tables; later versions are in `dingnb.ledger.migrations`.

Times are nanoseconds since the epoch by the clock of the ledger (`Ledger.now_ns`). Userids are joined by commas, as
they are sent; no userid contains a comma. Numbers of campaigns (AUTOINCREMENT) and batches (table `numbers`) are never
reused, because a process may still hold an old number, such as a sender while another process rebuilds queued batches.
No table contains tokens, secrets or app keys.
"""

SCHEMA = """
CREATE TABLE campaigns (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    realm TEXT NOT NULL,
    app TEXT NOT NULL,                  -- masked
    mode TEXT NOT NULL,                 -- SANDBOX or LIVE
    name TEXT NOT NULL,
    channel TEXT NOT NULL DEFAULT 'work notification', -- by which its messages are sent; it defines the receipts
    state TEXT NOT NULL,                -- running, paused, stopped, interrupted or finished
    reason TEXT NOT NULL DEFAULT '',    -- why it is paused or stopped
    hint TEXT NOT NULL DEFAULT '',
    code TEXT NOT NULL DEFAULT '',
    message TEXT NOT NULL,              -- the hash of the template
    msgtype TEXT NOT NULL,
    key_columns TEXT NOT NULL,          -- JSON: the columns that distinguish several rows of one person
    plan TEXT NOT NULL,                 -- the hash of the newest plan
    first_batch INTEGER,                -- of that plan, whose batches are consecutive; NULL once plans have differed
    store_content INTEGER NOT NULL,
    created_ns INTEGER NOT NULL,
    updated_ns INTEGER NOT NULL,
    by_person INTEGER NOT NULL DEFAULT 0,    -- 1 if a person paused or stopped it
    beyond_quota INTEGER NOT NULL DEFAULT 0, -- 1 if it may use more calls than are left this month
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
    content BLOB,                       -- the body: the exact bytes of msg; NULL if only the hash is kept
    hash BLOB,                          -- SHA-256 of the body; NULL while content has it
    userids TEXT NOT NULL,
    size INTEGER NOT NULL,
    keys TEXT NOT NULL DEFAULT '',      -- JSON: a list of keys for each recipient; empty without keys
    status TEXT NOT NULL DEFAULT 'queued', -- cancelled, or derived from all its attempts
    queued_after INTEGER NOT NULL DEFAULT 0, -- the last attempt before a person queued it again; 0: never
    attempts INTEGER NOT NULL DEFAULT 0,
    receipt TEXT,                       -- of the accepted call: the task id of a work notification, or another key;
                                        -- text, because not all keys are numbers
    sent_ns INTEGER NOT NULL DEFAULT 0,
    updated_ns INTEGER NOT NULL DEFAULT 0,
    code TEXT NOT NULL DEFAULT '',
    reason TEXT NOT NULL DEFAULT '',
    hint TEXT NOT NULL DEFAULT '',
    recalled_ns INTEGER NOT NULL DEFAULT 0  -- when its task was recalled; 0: never
) STRICT;
CREATE INDEX batches_of_campaign ON batches (campaign);
CREATE INDEX batches_by_status ON batches (campaign, status, id, size); -- for counts by status

CREATE TABLE attempts (
    id INTEGER PRIMARY KEY,
    realm TEXT NOT NULL,
    batch INTEGER NOT NULL REFERENCES batches ON DELETE CASCADE,
    userids TEXT,                       -- if it was sent to fewer people than the batch has; otherwise NULL
    people INTEGER NOT NULL,
    started_ns INTEGER NOT NULL,
    ended_ns INTEGER,                   -- NULL while it is under way, or if the process died
    outcome TEXT,                       -- accepted, unknown, failed (refused for good) or refused (may be sent again)
    code TEXT NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX attempts_of_batch ON attempts (batch);

CREATE TABLE outcomes (
    batch INTEGER NOT NULL REFERENCES batches ON DELETE CASCADE,
    place INTEGER NOT NULL,             -- the position of the recipient in the batch, from 0
    status TEXT NOT NULL,
    code TEXT NOT NULL DEFAULT '',
    evidence TEXT NOT NULL DEFAULT '',  -- as in dingnb.ledger.campaigns.outcomes
    reason TEXT NOT NULL DEFAULT '',
    hint TEXT NOT NULL DEFAULT '',
    updated_ns INTEGER NOT NULL,
    was_read INTEGER,                   -- 1: read, 0: not read, NULL: unknown; kept when recalled
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
    campaign INTEGER,                   -- the campaign that is being sent, while its lock is held
    process INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE moves (                    -- recipients who are in a newer batch of the campaign too
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
    progress TEXT NOT NULL DEFAULT ''   -- JSON: the progress that its sender published last; empty if none
) STRICT;

CREATE TABLE templates (                -- only of campaigns whose texts are kept
    campaign INTEGER PRIMARY KEY REFERENCES campaigns ON DELETE CASCADE,
    message TEXT NOT NULL               -- JSON: the message of its newest plan
) STRICT;

CREATE TABLE drafts (
    id INTEGER PRIMARY KEY AUTOINCREMENT,   -- its version: a new one each time it is saved
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
    event_id TEXT,                      -- NULL if a repetition cannot be recognised
    type TEXT NOT NULL,
    channel TEXT NOT NULL,              -- callback, stream or missed
    received_ns INTEGER NOT NULL,
    raw TEXT NOT NULL,                  -- JSON: the content as received, without secrets
    UNIQUE (realm, event_id)
) STRICT;
CREATE INDEX events_of_realm ON events (realm, id);

CREATE TABLE recipient_fields (         -- kept and deleted with the texts
    batch INTEGER PRIMARY KEY REFERENCES batches ON DELETE CASCADE,
    fields TEXT NOT NULL                -- JSON: the names of columns, and the values of each recipient of the batch
) STRICT;

CREATE TABLE lookups (                  -- the owners of phone numbers, for a day
    realm TEXT NOT NULL,
    number TEXT NOT NULL,
    userid TEXT NOT NULL,
    found_ns INTEGER NOT NULL,
    PRIMARY KEY (realm, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE ledger (                   -- one row
    id TEXT NOT NULL                    -- identifies this ledger; copies of the file have the same id
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
"""The tables of version 1, which never change, because existing ledgers were created with them."""
