"""
The statements that differ between databases, such as bulk reads, and steps that take a single statement on PostgreSQL.

All other statements of this package suit both databases: ``?`` placeholders, ``ON CONFLICT`` with its columns,
``RETURNING``, ``CASE`` instead of booleans as numbers, and ``CAST(... AS BIGINT)`` around sums.
"""

from dataclasses import dataclass

from dingnb.clock import seconds_to_ns


@dataclass(frozen=True, slots=True)
class Statements:
    """
    The statements of one kind of database.

    Attributes:
        batch_columns: The columns of a page of batches, each joined to one text; see `dingnb.ledger.campaigns.pages`.
        outcome_columns: The joined columns of a page of outcomes.
        people_columns: The joined columns of a page of the people of batches.
        field_columns: The joined columns of a page of stored column values.
        last_number: Returns the last number used in a table whose numbers are never reused.
        set_last_number: Makes the number of a table's next row follow the given number and all numbers used before.
        correct_pace: Records when the place of a call becomes free.
        begin_attempt: Checks the lease, the commands and the calls of the month, reserves a start, claims a batch, and
            records the attempt and the call. Returns the term, the command, the calls of the month, the start, the
            number of the call, the number of the attempt, and the time of the database. Empty for SQLite, like the
            statements below: in SQLite, several statements are as fast, and a transaction that writes locks everything.
        accept_attempt: Records that an open attempt was accepted, in the attempt, its batch and its people, and when
            the place of its call becomes free. Returns nothing if the attempt is not open.
        postpone_attempt: Reserves another start for an open attempt of a lease that is held. Returns the start, the
            number of the call and the time of the database.
        reserve: Reserves a start for a call that sends nothing. Returns the start and the number of the call.
        lock_batch: Locks a batch until the end of the transaction.
        lock_pace: Locks the row of an API until the end of the transaction.
        lock_tables: Keeps other sessions from writing to tables until the transaction ends; ``{}`` stands for the names
            of the tables.
        analyze: Collects statistics of the rows that were just written.
    """

    batch_columns: str
    outcome_columns: str
    people_columns: str
    field_columns: str
    last_number: str
    set_last_number: tuple[str, ...]
    correct_pace: str
    begin_attempt: str = ""
    accept_attempt: str = ""
    postpone_attempt: str = ""
    reserve: str = ""
    lock_batch: str = ""
    lock_pace: str = ""
    lock_tables: str = ""
    analyze: str = ""


SQLITE = Statements(
    batch_columns="""
SELECT group_concat(id), group_concat(size), group_concat(coalesce(receipt, '-1')), group_concat(attempts),
       group_concat(sent_ns), group_concat(updated_ns),
       group_concat(json_array(CASE WHEN status = 'queued' AND queued_after > 0 THEN 'unknown' ELSE status END, reason,
                               hint, code), char(10))
FROM batches WHERE campaign = ? AND id BETWEEN ? AND ?
""",
    outcome_columns="""
SELECT group_concat(outcomes.batch), group_concat(place), group_concat(outcomes.updated_ns),
       group_concat(json_array(outcomes.status, outcomes.reason, outcomes.hint, outcomes.code, evidence, was_read),
                    char(10))
FROM batches JOIN outcomes ON outcomes.batch = batches.id WHERE campaign = ? AND batches.id BETWEEN ? AND ?
""",
    people_columns="""
SELECT group_concat(id), group_concat(size), group_concat(userids),
       '[' || group_concat(coalesce(nullif(keys, ''), 'null')) || ']'
FROM batches WHERE campaign = ? AND id BETWEEN ? AND ?
""",
    field_columns="""
SELECT group_concat(batch), '[' || group_concat(fields) || ']'
FROM recipient_fields JOIN batches ON batches.id = batch WHERE campaign = ? AND batch BETWEEN ? AND ?
""",
    last_number="SELECT seq FROM sqlite_sequence WHERE name = ?",
    correct_pace=(
        "UPDATE pace SET places = set_place(places, ?1, ?2)"
        " WHERE realm = ?3 AND api = ?4 AND n <= ?5 AND length(places) >= 8 * (?1 + 1)"
    ),
    set_last_number=(
        "UPDATE sqlite_sequence SET seq = max(seq, ?2) WHERE name = ?1",
        # SQLite adds the row of a table here only when the first row of that table is inserted.
        """
INSERT INTO sqlite_sequence (name, seq) SELECT ?1, ?2
WHERE EXISTS (SELECT 1 FROM sqlite_master WHERE name = ?1 AND sql LIKE '%AUTOINCREMENT%')
  AND NOT EXISTS (SELECT 1 FROM sqlite_sequence WHERE name = ?1)
""",
    ),
)


FIELD_SEPARATOR = "\x1f"
"""Separates the facts of a row that are not JSON."""


def _joined(*columns: str) -> str:
    return ", ".join(f"string_agg(CAST({column} AS TEXT), ',')" for column in columns)


def _list(column: str) -> str:
    return f"'[' || string_agg({column}, ',') || ']'"


def _lines(*columns: str) -> str:
    """Return an expression for a line of columns for each row; in PostgreSQL, JSON takes six times as long."""
    line = " || chr(31) || ".join(columns)
    return f"string_agg({line}, chr(10))"


def _clean(column: str) -> str:
    """Return an expression for a column without separators; texts that dingnb writes have none."""
    return f"translate({column}, chr(10) || chr(31), '  ')"


_BATCHES = "batches WHERE id BETWEEN ?2 AND ?3 AND campaign + 0 = ?1"
"""
The batches of a campaign in a page.

``+ 0`` keeps PostgreSQL from using the index of campaigns: without statistics of the rows that were just recorded, it
would read the whole campaign for each page.
"""

_OF_CAMPAIGN = (
    "batch BETWEEN ?2 AND ?3 AND batch NOT IN (SELECT id FROM batches WHERE id BETWEEN ?2 AND ?3 AND campaign <> ?1)"
)
"""
Rows of the batches of a campaign in a page.

PostgreSQL looks up the few batches of other campaigns in memory; with a join, it would look up each row in an index.
"""

_STATUS = "CASE WHEN status = 'queued' AND queued_after > 0 THEN 'unknown' ELSE status END"
"""The status of a batch; ``unknown`` if it is queued again, since its people may have the message."""

MAX_SLOT_AHEAD_NS = seconds_to_ns(5)
"""Maximum time until the start of a call; a start further ahead means that the clock was set back."""

AFTER_CLOCK_CHANGE_NS = seconds_to_ns(1)
"""Time until the first start after the clock was set back."""

_NOW = "CAST(extract(epoch FROM clock_timestamp()) * 1000000 AS BIGINT) * 1000"


def _granted(now: str, places: str, period: str, interval: str) -> str:
    """Return the ``SET`` clause that grants a start, as `dingnb.ledger.sending.pace.grant` does."""
    place = f"CAST(n % {places} + 1 AS INT)"
    free = f"coalesce(places[{place}], 0)"
    latest = f"{now} + {MAX_SLOT_AHEAD_NS}"
    slot = (
        f"CASE WHEN next_ns > {latest} OR {free} > {latest} THEN {now} + {AFTER_CLOCK_CHANGE_NS}"
        f" ELSE greatest(next_ns, {now}, {free}) END"
    )
    return f"next_ns = {slot} + {interval}, places[{place}] = {slot} + {period}, n = n + 1"


POSTGRES = Statements(
    # The aggregates of one query join their rows in the same order.
    batch_columns=f"""
SELECT {_joined("id", "size", "coalesce(receipt, '-1')", "attempts", "sent_ns", "updated_ns")},
       {_lines(_STATUS, _clean("reason"), _clean("hint"), _clean("code"))}
FROM {_BATCHES}
""",  # noqa: S608 - our own columns
    outcome_columns=f"""
SELECT {_joined("batch", "place", "updated_ns")},
       {_lines("status", _clean("reason"), _clean("hint"), _clean("code"), "evidence", "coalesce(was_read || '', '')")}
FROM outcomes WHERE {_OF_CAMPAIGN}
""",  # noqa: S608 - our own columns
    people_columns=f"""
SELECT {_joined("id", "size", "userids")}, {_list("coalesce(nullif(keys, ''), 'null')")}
FROM (SELECT * FROM {_BATCHES} ORDER BY id) AS page
""",  # noqa: S608 - our own columns
    field_columns=f"""
SELECT {_joined("batch")}, {_list("fields")} FROM recipient_fields WHERE {_OF_CAMPAIGN}
""",  # noqa: S608 - our own columns
    last_number=(
        "SELECT coalesce(last_value, 0) FROM pg_sequences"
        " WHERE CAST(format('%I.%I', schemaname, sequencename) AS regclass)"
        " = CAST(pg_get_serial_sequence(?, 'id') AS regclass)"
    ),
    set_last_number=(
        # Never back, because deleted rows may have had higher numbers.
        """
SELECT setval(sequence, greatest(nextval(sequence) - 1, CAST(?2 AS BIGINT)))
FROM (SELECT CAST(pg_get_serial_sequence(?1, 'id') AS regclass) AS sequence) AS own
""",
    ),
    lock_tables="LOCK TABLE {} IN SHARE MODE",
    analyze="ANALYZE",
    begin_attempt=f"""
WITH lease AS (
    SELECT term FROM leases WHERE campaign = ?1 AND term = ?2 FOR SHARE
), newer_command AS (
    SELECT command FROM steering WHERE campaign = ?1 AND commands > ?3
), used AS (
    SELECT CAST(coalesce(sum(n), 0) AS BIGINT) AS n FROM calls WHERE realm = ?4 AND month = ?5
), paced AS (
    UPDATE pace SET {_granted("?7", "?8", "?9", "?10")}, people = people + ?11,
        head = CASE WHEN head = ?1 THEN 0 ELSE head END
    WHERE realm = ?4 AND api = ?6 AND people + ?11 <= ?12
        AND (head IN (0, ?1) OR head_until_ns <= ?7 OR head_until_ns > ?7 + {MAX_SLOT_AHEAD_NS})
        AND EXISTS (SELECT 1 FROM lease) AND NOT EXISTS (SELECT 1 FROM newer_command) AND (SELECT n FROM used) < ?13
    RETURNING next_ns - ?10 AS slot, n - 1 AS number
), claimed AS (
    UPDATE batches SET status = 'sending', attempts = attempts + 1, updated_ns = ?14,
        sent_ns = CAST(?14 AS BIGINT) + greatest(slot - ?7, 0)
    FROM paced WHERE id = ?15 AND status = ?16 AND content = ?17 AND userids = coalesce(?18, userids) RETURNING id
), counted AS (
    INSERT INTO calls (realm, month, api, n) SELECT ?4, ?5, ?6, 1 FROM claimed
    ON CONFLICT (realm, month, api) DO UPDATE SET n = calls.n + 1
), written AS (
    INSERT INTO attempts (realm, batch, userids, people, started_ns, term, counts_until_ns)
    SELECT ?4, id, CAST(?19 AS TEXT), CAST(?11 AS BIGINT), CAST(?14 AS BIGINT) + greatest(slot - ?7, 0), ?2, slot + ?20
    FROM claimed, paced RETURNING id
)
SELECT (SELECT term FROM lease), (SELECT command FROM newer_command), (SELECT n FROM used), slot, number,
    (SELECT id FROM written), {_NOW}
FROM (SELECT 1) AS one LEFT JOIN paced ON true
""",  # noqa: S608 - our own text
    accept_attempt="""
WITH ended AS (
    UPDATE attempts SET ended_ns = ?1, outcome = 'accepted', code = '', counts_until_ns = ?2
    WHERE id = ?3 AND ended_ns IS NULL RETURNING id
), readmitted AS (
    DELETE FROM outcomes WHERE batch = ?4 AND evidence = 'left_out' AND EXISTS (SELECT 1 FROM ended)
), corrected AS (
    UPDATE pace SET places[?7 + 1] = ?8 WHERE realm = ?9 AND api = ?10 AND n <= ?11
)
UPDATE batches SET status = 'accepted', receipt = ?5, code = '', reason = '', hint = '', updated_ns = ?1
WHERE id = ?6 AND EXISTS (SELECT 1 FROM ended) RETURNING id
""",
    postpone_attempt=f"""
WITH lease AS (
    SELECT term FROM leases WHERE campaign = ?1 AND term = ?2 FOR SHARE
), paced AS (
    UPDATE pace SET {_granted("?5", "?6", "?7", "?8")} WHERE realm = ?3 AND api = ?4 AND EXISTS (SELECT 1 FROM lease)
    RETURNING next_ns - ?8 AS slot, n - 1 AS number
)
UPDATE attempts SET started_ns = CAST(?9 AS BIGINT) + greatest(slot - ?5, 0), counts_until_ns = slot + ?10
FROM paced WHERE id = ?11 AND ended_ns IS NULL RETURNING slot, number, {_NOW}
""",  # noqa: S608 - likewise
    reserve=f"""
UPDATE pace SET {_granted("?3", "?4", "?5", "?6")} WHERE realm = ?1 AND api = ?2
RETURNING next_ns - ?6, n - 1
""",  # noqa: S608 - likewise
    correct_pace="UPDATE pace SET places[?1 + 1] = ?2 WHERE realm = ?3 AND api = ?4 AND n <= ?5",
    lock_batch="SELECT 1 FROM batches WHERE id = ? FOR UPDATE",
    lock_pace="SELECT 1 FROM pace WHERE realm = ? AND api = ? FOR UPDATE",
)
