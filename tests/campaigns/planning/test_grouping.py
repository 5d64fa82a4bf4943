import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from dingnb.campaigns.planning.batches import group_by_body

ROWS = st.lists(st.tuples(st.integers(0, 5), st.integers(0, 3)))


@given(ROWS, st.integers(1, 3))
def test_groups_and_recipients_are_in_the_order_of_their_first_rows(rows: list[tuple[int, int]], most: int) -> None:
    people_of_rows, bodies = (np.array([row[at] for row in rows], dtype=np.int64) for at in (0, 1))
    grouped = group_by_body(people_of_rows, bodies, most)

    groups: dict[int, dict[int, None]] = {}
    for person, body in rows:
        groups.setdefault(body, {})[person] = None
    in_order = [(person, body) for body, people in groups.items() for person in people]
    batches = [
        (number, list(people)[start : start + most])
        for number, people in enumerate(groups.values())
        for start in range(0, len(people), most)
    ]
    starts = grouped.start_of_batch
    assert grouped.body_of_group.tolist() == list(groups)
    assert [in_order[recipient] for recipient in grouped.recipient_of_row] == rows
    assert grouped.person_of_recipient.tolist() == [person for person, _ in in_order]
    assert [
        (number, grouped.person_of_recipient[start:end].tolist())
        for number, start, end in zip(grouped.group_of_batch, starts, starts[1:], strict=False)
    ] == batches
    assert starts[-1] == len(in_order)
