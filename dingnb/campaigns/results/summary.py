"""How many people have which status, and what to do next about each."""

import pandas as pd

from dingnb.campaigns.status import Status
from dingnb.words import say


def summarise(frame: pd.DataFrame, people: pd.DataFrame) -> pd.DataFrame:
    """
    Return how many people have each status that somebody has.

    Args:
        frame: The results of a campaign.
        people: One row of them for each recipient.

    Returns:
        The index is `status` (str), in the order of a results frame's categories. `people` (int64; of ``rejected``
        it is rows), `share` (float64, of all of these), `todo` (str: the next step; empty is NA).
    """
    counts = people["status"].value_counts(sort=False)
    counts[Status.REJECTED] = int((frame["status"] == Status.REJECTED).sum())
    counts = counts[counts > 0]
    names = [str(status) for status in counts.index]
    total = max(int(counts.sum()), 1)
    # Of those whose results are over nothing more can be asked.
    is_over = not (people["status"].eq(Status.ACCEPTED) & people["reason"].isna()).any()
    steps = [say(f"next.{'accepted_over' if name == Status.ACCEPTED and is_over else name}") or None for name in names]
    return pd.DataFrame(
        {
            "people": counts.to_numpy(dtype="int64"),
            "share": counts.to_numpy(dtype="float64") / total,
            "todo": pd.array(steps, dtype="str"),
        },
        index=pd.Index(names, dtype="str", name="status"),
    )
