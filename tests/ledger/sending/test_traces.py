"""The calls made for one person, including older batches and repeats."""

from collections.abc import Iterator

import pytest

from dingnb.ledger import Ledger, LedgerSession
from dingnb.ledger.sending.traces import Trace, trace_person


@pytest.fixture
def db(ledger: Ledger) -> Iterator[LedgerSession]:
    with ledger.connection() as opened:
        opened.execute(
            "INSERT INTO campaigns (id, realm, app, mode, name, state, message, msgtype, key_columns, plan,"
            " store_content, created_ns, updated_ns) VALUES (1, 'r', 'a', 'SANDBOX', 'n', 'finished', '', 'text', '[]',"
            " '', 1, 0, 0)"
        )
        yield opened


def add_batch(db: LedgerSession, number: int, userids: str, content: bytes | None = b"{}") -> None:
    db.execute(
        "INSERT INTO batches (id, campaign, content, userids, size) VALUES (?, 1, ?, ?, ?)",
        (number, content, userids, userids.count(",") + 1),
    )


def add_call(db: LedgerSession, batch: int, started_ns: int, userids: str | None = None) -> None:
    db.execute(
        "INSERT INTO attempts (realm, batch, userids, people, started_ns, ended_ns, outcome, code)"
        " VALUES ('r', ?, ?, 1, ?, ?, 'accepted', '')",
        (batch, userids, started_ns, started_ns + 1),
    )


def starts(trace: Trace) -> list[int]:
    return [call.started_ns for call in trace.calls]


def test_a_repeat_belongs_only_to_its_recipients(db: LedgerSession) -> None:
    add_batch(db, 1, "a,ab,c")
    add_call(db, 1, 10)
    add_call(db, 1, 20, "ab,c")
    assert starts(trace_person(db, 1, 0)) == [10]
    assert starts(trace_person(db, 1, 1)) == [10, 20]


def test_the_trace_includes_older_batches_with_the_same_text_only(db: LedgerSession) -> None:
    for number, userids in ((1, "a,b"), (2, "b"), (3, "c,b")):
        add_batch(db, number, userids)
        add_call(db, number, 10 * number)
    add_batch(db, 4, "b")
    add_call(db, 4, 40)
    db.executemany("INSERT INTO moves VALUES (?, ?, ?, ?, ?)", [(4, 0, 1, 1, 0), (1, 1, 2, 0, 1), (2, 0, 3, 1, 1)])
    assert starts(trace_person(db, 3, 1)) == [10, 20, 30]
    assert starts(trace_person(db, 3, 0)) == [30]


def test_the_trace_of_unknown_people_and_deleted_texts_is_empty(db: LedgerSession) -> None:
    add_batch(db, 1, "a", None)
    assert trace_person(db, 1, 0) == Trace((), None, 0)
    assert trace_person(db, 99, 0) == Trace()
