"""
The first version of the ledger's tables; a change of them is a migration in `dingnb.ledger.migrations`.

Times are nanoseconds since the epoch by DingTalk's clock. Userids are joined by commas, as they are sent; no userid
contains one. Numbers of campaigns (AUTOINCREMENT) and batches (table `numbers`) are never reused, because a process may
hold one, such as a sender while another process rebuilds queued batches. No table contains tokens, secrets or app keys.
"""

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
"""The tables of version 1. A released script never changes: later versions are made by `dingnb.ledger.migrations`."""
