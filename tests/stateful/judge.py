"""Checks that the results of a campaign, and the figures in its texts, match what the sandbox recorded."""

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from dingnb.campaigns.campaign import Campaign
from dingnb.sandbox.tasks import Task
from tests.stateful.model import SHARED, Asked, unsure
from tests.stateful.world import STRANGER, Outcome, World

REACHED = frozenset({"delivered", "read"})
NOT_REACHED = frozenset({"rejected", "queued", "invalid", "failed", "cancelled", "recalled"})
REPEATED = frozenset({"143106", "143206"})
CALLS = re.compile(
    r"(\d+) calls? of this campaign had been made before(?:, and (\d+) calls? may have been)?"
    r"|(\d+) calls? of this campaign may have been made before"
)
ABSENT = re.compile(r"still has to send to (\d+)")
CHANGED = re.compile(r"a different text from the one in this plan was sent to (\d+)")
SETTLED = re.compile(r"; not settled yet: (\d+)")
GOES_ON = re.compile(r"continues: .*?, (\d+) not settled")


@dataclass(frozen=True, slots=True)
class Record:
    """
    What the sandbox and the network recorded at one moment.

    Attributes:
        world: The recorded world.
        tasks: The accepted tasks.
        delivered: How often each person got each text.
        unsure: The people and texts of calls with unknown outcome.
    """

    world: World
    tasks: Mapping[int, Task]
    delivered: Counter[tuple[str, str]]
    unsure: set[tuple[str, str]]

    @classmethod
    def of(cls, world: World) -> "Record":
        return cls(world, world.tasks(), world.delivered(), unsure(world.calls))


def judge_row(record: Record, asked: Asked, row: Any) -> None:
    """Assert that a row of results is correct."""
    shown = f"{asked.home}/{asked.name}: {row}"
    task = None if pd.isna(row.task_id) else record.tasks[row.task_id]
    if task is not None:
        dropped = {left_out.userid for left_out in task.dropped_people}
        assert row.userid in {
            *task.pending_userids,
            *task.delivered_userids,
            *task.failed_userids,
            *task.unknown_userids,
            *dropped,
        }, shown
        assert record.world.content_of(task) in asked.texts_of(row.userid), shown
    checks = {
        "delivered": _is_delivered,
        "read": _is_delivered,
        "accepted": lambda *_: task is not None,
        "invalid": lambda *_: row.userid in {STRANGER, *record.world.absent},
        "unknown": _may_be_unknown,
        "recalled": lambda *_: task is not None and task.recalled_ns is not None,
        "filtered": lambda *_: task is not None and any(result.userid == row.userid for result in task.dropped_people),
        "queued": _has_not_arrived,
        "failed": _has_not_arrived,
        "cancelled": _has_not_arrived,
        "rejected": _has_not_arrived,
    }
    assert checks[row.status](record, asked, row, task), shown
    assert _is_reached_column_right(row), shown


def _is_delivered(record: Record, asked: Asked, row: Any, task: Task | None) -> bool:
    if pd.isna(row.evidence):
        return row.userid in asked.noted
    if row.evidence == "duplicate":
        return any(record.delivered[row.userid, text] for text in asked.texts_of(row.userid))
    if task is None or row.userid not in task.delivered_userids:
        return False
    if task.recalled_ns is not None and not asked.may_be_recalled:
        return False
    return row.status != "read" or record.world.has_read(task, row.userid)


def _may_be_unknown(record: Record, asked: Asked, row: Any, _: Task | None) -> bool:
    return any((row.userid, text) in record.unsure for text in asked.texts_of(row.userid))


def _has_not_arrived(record: Record, asked: Asked, row: Any, _: Task | None) -> bool:
    contents = asked.texts_of(row.userid)
    # People may be getting another text, or a duplicate at the analyst's own risk.
    is_second = len(contents) > 1 or row.userid in asked.resent or asked.is_keyed
    return is_second or not any(
        record.delivered[row.userid, text] > asked.had[row.userid, text] for text in contents - {SHARED}
    )


def _is_reached_column_right(row: Any) -> bool:
    is_repeat = row.status == "filtered" and (pd.isna(row.code) or row.code in REPEATED)
    if row.status in REACHED or row.status in NOT_REACHED or (row.status == "filtered" and not is_repeat):
        return not pd.isna(row.reached) and bool(row.reached) == (row.status in REACHED)
    return bool(pd.isna(row.reached))


def judge_counts(run: Campaign, listed: pd.Series, rows: pd.DataFrame) -> None:
    """
    Assert that all counts of the same people agree.

    Args:
        run: The campaign, found by its name.
        listed: Its row of `DingTalk.campaigns`.
        rows: Its results.
    """
    statuses = rows["status"].astype(str).value_counts().to_dict()
    assert run.summary()["people"].to_dict() == statuses
    assert listed["state"] == run.state
    counts = {name: int(listed[name]) for name in ("accepted", "failed", "unknown", "queued", "cancelled")}
    people = len(rows) - statuses.get("rejected", 0)
    assert sum(counts.values()) == listed["people"] == people, f"{counts}, and {listed['people']} of {people} people"
    assert counts["queued"] == statuses.get("queued", 0)
    assert counts["cancelled"] == statuses.get("cancelled", 0)
    progress = run.progress
    shown = (progress.accepted, progress.failed, progress.unknown, progress.cancelled)
    assert shown == (counts["accepted"], counts["failed"], counts["unknown"], counts["cancelled"])
    numbers = [int(figure.replace(",", "")) for figure in re.findall(r"\d[\d,]*", str(progress.counts_text))]
    assert numbers == [progress.accepted, progress.people, *filter(None, shown[1:])], progress.counts_text


def judge_figures(outcome: Outcome, before: pd.DataFrame, calls: range | None, absent: int | None) -> None:
    """
    Assert that the displayed figures are correct.

    Args:
        outcome: The outcome of an action, with its output.
        before: The results before.
        calls: The number of calls sent before; None if unknown.
        absent: The number of queued people not in the plan; None if some may be waiting for a repeat.
    """
    status = before["status"].astype(str)
    queued, lost = int((status == "queued").sum()), int(status.isin(["unknown", "sending"]).sum())
    text = outcome.text
    for made, beside, alone in CALLS.findall(text) if calls is not None else ():
        certain, possible = int(made or 0), int(beside or alone or 0)
        assert certain <= calls[-1], f"{certain} calls, and not {calls[-1]}: {text}"
        assert certain + possible >= calls[0], f"{certain} and {possible} calls, and not {calls[0]}: {text}"
    for pattern, least, most in (
        (ABSENT, absent, absent),
        (CHANGED, 1, len(before)),
        (SETTLED, queued, queued + lost),
        (GOES_ON, 1, None),
    ):
        for found in pattern.findall(text):
            assert least is None or int(found) >= least, f"{found}, and not {least}: {text}"
            assert most is None or int(found) <= most, f"{found}, and not {most}: {text}"


def judge_card_row(record: Record, asked: Asked, row: Any, *, has_answered: bool) -> None:
    """Assert that a row of results of cards is correct."""
    shown = f"{asked.home}/{asked.name}: {row}"
    is_delivered = any(record.delivered[row.userid, text] for text in asked.texts_of(row.userid))
    has_not_arrived = _has_not_arrived(record, asked, row, None)
    is_correct = {
        "accepted": is_delivered and not has_answered,
        "delivered": row.userid in asked.noted,
        "read": has_answered,
        "invalid": row.userid in {STRANGER, *record.world.absent},
        "unknown": _may_be_unknown(record, asked, row, None),
        **dict.fromkeys(("queued", "failed", "cancelled", "rejected"), has_not_arrived),
    }
    assert is_correct[row.status], shown
    assert _is_reached_column_right(row), shown
