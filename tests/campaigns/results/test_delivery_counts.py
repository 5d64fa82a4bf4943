"""The counts of deliveries while results are fetched."""

from dingnb.campaigns.results.delivery_counts import DeliveryCounts
from tests.table_rows import for_each


@for_each(
    ("delivered", "wanted", "shown"),
    [
        (8_996, 0.9, "wait ended at 89.9% delivered, short of 90%"),
        (9_999, 1.0, "wait ended at 99.9% delivered, short of 100%"),
        (5_700, 0.9, "wait ended at 57% delivered, short of 90%"),
        (1, 0.9, "wait ended at <0.1% delivered, short of 90%"),
        (0, 0.9, "wait ended at 0% delivered, short of 90%"),
    ],
)
def test_a_share_that_falls_short_is_not_shown_as_the_wanted_one(delivered: int, wanted: float, shown: str) -> None:
    counts = DeliveryCounts(people=10_000, reported=10_000, delivered=delivered, read=0, readable=10_000, not_sent=0)
    assert list(map(str, counts.shortfall("delivered", wanted))) == [shown]
