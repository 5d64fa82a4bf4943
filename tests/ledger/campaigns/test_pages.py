"""Batches, outcomes and stored columns, read page by page."""

import json

import pytest

from dingnb.ledger import Ledger, Realm
from dingnb.ledger.campaigns import batches, outcomes, pages, recipient_fields
from dingnb.ledger.campaigns.batches import NewBatch
from dingnb.ledger.campaigns.outcomes import Outcome
from dingnb.words import NOTHING, Text
from tests.campaign_rows import add_campaign

REALM = Realm.of("SANDBOX", "one", "key", "k…y")
NOON_NS = 1_793_592_000 * 10**9
REASON = Text("verbatim", text='a "quoted"\nreason, of two lines \x1f\t\\ 中文')


def record(ledger: Ledger, name: str, n: int) -> tuple[int, int]:
    """Record a campaign with some batches of two people, and return its number and that of its first batch."""
    with ledger.transaction() as db:
        number = add_campaign(db, REALM, name, now_ns=NOON_NS)
        first = batches.add_batches(db, number, (NewBatch(b"body", f"u{k},v{k}", 2) for k in range(n)))
        values = [value for k in range(n) for value in (f"{name} {k}", None)]
        recipient_fields.write_columns(db, {"name": values}, range(0, 2 * n + 1, 2), first)
        return number, first


def rows(page_rows: list[tuple[str, ...]], columns: int) -> list[tuple[object, ...]]:
    """Return the rows of pages: numbers, and facts."""
    found: list[tuple[object, ...]] = []
    for page in page_rows:
        numbers = [map(int, line.split(",")) for line in page[:columns]]
        found += zip(*numbers, map(pages.read_facts, page[columns].split(pages.FACTS_SEPARATOR)), strict=True)
    return found


@pytest.mark.parametrize("size", [1, 3, 1_000])
def test_pages_have_the_rows_of_one_campaign(ledger: Ledger, size: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pages, "_PAGE", size)
    first_campaign, first = record(ledger, "a", 4)
    other_campaign, between = record(ledger, "b", 2)
    with ledger.transaction() as db:
        last = batches.add_batches(db, first_campaign, [NewBatch(b"more", "w,x", 2)])
        db.execute("UPDATE batches SET status = 'accepted', receipt = '77', reason = ? WHERE id = ?", (REASON, first))
        db.execute("UPDATE batches SET reason = ? WHERE id = ?", ("said by an older\nversion\x1f", last))
        told = [
            Outcome(first, 0, "read", "", "result", NOTHING, NOTHING, NOON_NS),
            Outcome(first, 1, "failed", "143105", "result", REASON, Text("recall.again_todo"), NOON_NS, was_read=None),
            Outcome(last, 1, "delivered", "", "result", NOTHING, NOTHING, NOON_NS + 1),
        ]
        outcomes.write(db, [*told, told[0]._replace(batch=between)])
    with ledger.connection() as db:
        found = sorted(rows(list(pages.batch_pages(db, first_campaign)), 6))
        assert [row[0] for row in found] == [first, first + 1, first + 2, first + 3, last]
        assert found[0][1:6] == (2, 77, 0, 0, 0)
        assert found[0][6] == ("accepted", REASON, NOTHING, "")
        assert found[1][6] == ("queued", NOTHING, NOTHING, "")
        ((_, reason, *_),) = [row[6] for row in found if row[0] == last]  # type: ignore[misc]
        assert "version" in str(reason)
        assert sorted(rows(list(pages.outcome_pages(db, first_campaign)), 3)) == [
            (first, 0, NOON_NS, ("read", NOTHING, NOTHING, "", "result", 1)),
            (first, 1, NOON_NS, ("failed", REASON, Text("recall.again_todo"), "143105", "result", None)),
            (last, 1, NOON_NS + 1, ("delivered", NOTHING, NOTHING, "", "result", 0)),
        ]
        assert [userids for page in pages.people_pages(db, first_campaign) for userids in page[2].split(",")] == [
            *(f"{letter}{k}" for k in range(4) for letter in "uv"),
            *("w", "x"),
        ]
        assert [json.loads(page[3]) for page in pages.people_pages(db, other_campaign)][-1][-1] is None
        assert {batch: values for batch, _, values in recipient_fields.of_campaign(db, first_campaign)} == {
            first + k: [[f"a {k}"], [None]] for k in range(4)
        }
