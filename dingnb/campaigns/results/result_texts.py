"""The texts of results in forms, reports and exported files, and the columns of an exported file with their titles."""

from collections.abc import Callable, Iterable, Sequence
from typing import Literal

import pandas as pd

from dingnb.campaigns.readable_table import TitledColumn
from dingnb.campaigns.status import NOT_DELIVERED, Status
from dingnb.tables.cells import is_missing
from dingnb.tables.timestamps import to_second
from dingnb.words import Text, TextLike, capitalize, say
from dingnb.words.catalogue import translations

RENAMED_STATUSES = frozenset({"accepted", "delivered", "rejected"})
"""The statuses whose name in forms differs from the name in DataFrames."""


def status_name(status: str, read: object, evidence: object = "") -> str:
    """
    Return the capitalised name of a status in forms.

    Forms count as delivered all who have the message, read or not, and as accepted all whom DingTalk has accepted, so
    these names differ from the names in DataFrames:

    - delivered: “unread”; “delivered” if it is unknown whether the message was read.
    - accepted: “accepted, unconfirmed”.
    - rejected: “not sent”.
    - filtered, since another campaign or a test had sent the same text: “already sent before”.

    Args:
        status: The status.
        read: Whether the message was read: True, False, or missing if unknown; of no effect unless `status` is
            delivered.
        evidence: The evidence in a results frame; may be missing.
    """
    if not is_missing(evidence) and evidence == "elsewhere":
        return capitalize(say("form.status_elsewhere"))
    if status == Status.DELIVERED and is_missing(read):
        return capitalize(say("status.delivered"))
    return capitalize(say(f"form.status_{status}" if status in RENAMED_STATUSES else f"status.{status}"))


def explained_status(status: str, read: object) -> str:
    """Return a status as the keys of explanations name it; if reads are unknown, delivered has its own explanation."""
    return f"{status}_unreported" if status == Status.DELIVERED and is_missing(read) else status


def split_by_read(
    status: Status, people: int, share: float, read_unknown: int
) -> list[tuple[Literal[False] | None, int, float]]:
    """
    Return the people with a status by `read` of `status_name`: False first, and None if it is unknown.

    Args:
        status: The status.
        people: The number of people.
        share: Their share of everybody.
        read_unknown: The number of people who have the message, and for whom DingTalk does not report reads.

    Returns:
        For each part: `read`, the number of people, and their share of everybody.
    """
    unknown = min(read_unknown, people) if status is Status.DELIVERED else 0
    if not unknown:
        return [(False, people, share)]
    parts: tuple[tuple[Literal[False] | None, int], ...] = ((False, people - unknown), (None, unknown))
    return [(read, n, share * n / people) for read, n in parts if n]


def read_status_text(status: str, read: object, sent_at: object) -> str:
    """Return whether a person has read the message; empty if it was not sent to them, or did not reach them."""
    if is_missing(sent_at) or status in NOT_DELIVERED:
        return ""
    if is_missing(read):
        return say("results_form.read_unknown")
    return say("results_form.read_yes" if read else "results_form.read_no")


def evidence_text(evidence: object) -> str:
    """Return how the outcome is known; empty if it is not known from DingTalk or from an answer."""
    return "" if is_missing(evidence) or not evidence else say(f"results_form.evidence_{evidence}")


def type_name(msgtype: str) -> str:
    """Return the name of a message type in the current language; the type itself if it has no name."""
    key = f"type.{msgtype}"
    return say(key) if key in translations() else msgtype


def result_columns(results: pd.DataFrame, answers: Sequence[TitledColumn]) -> list[TitledColumn]:
    """
    Return results as columns of a file for people: what became of each row first, and technical columns last.

    Args:
        results: The results, as `Campaign.results` returns them, with the texts of forms.
        answers: The columns of answers, which follow whether the message was read; empty without cards.
    """

    def column(title: TextLike, name: str, shown: Callable[[object], object]) -> TitledColumn:
        return TitledColumn(capitalize(title), [shown(value) for value in results[name].astype(object)])

    def together(title: TextLike, names: Sequence[str], shown: Callable[..., object]) -> TitledColumn:
        values: Iterable[tuple[object, ...]] = zip(*(results[name].astype(object) for name in names), strict=True)
        return TitledColumn(capitalize(title), [shown(*value) for value in values])

    return [
        together(Text("results_form.status"), ("status", "read", "evidence"), status_name),
        together(Text("results_form.fact_reached"), ("status", "reached", "read", "evidence"), _reached_text),
        column(Text("results_form.fact_reason"), "reason", _unchanged),
        column(Text("report.what_to_do"), "hint", _unchanged),
        together(Text("results_form.fact_read"), ("status", "read", "sent_at"), read_status_text),
        *answers,
        column(Text("results_form.fact_sent_at"), "sent_at", to_second),
        column(Text("results_form.fact_updated_at"), "updated_at", to_second),
        column(Text("results_form.fact_evidence"), "evidence", evidence_text),
        column(Text("results_form.fact_channel"), "channel", _channel_text),
        column(Text("results_form.fact_attempts"), "attempts", _unchanged),
        column(Text("results_form.fact_code"), "code", _unchanged),
        column(Text("results_form.fact_task"), "task_id", _text_of_id),
    ]


def _unchanged(value: object) -> object:
    return value


def _reached_text(status: str, reached: object, read: object, evidence: object) -> str:
    if status == Status.RECALLED:
        # DingTalk reports reads only for people to whom the message was delivered.
        return say("results_form.reached_recalled" if is_missing(read) else "results_form.reached_before_recall")
    if is_missing(reached):
        return say("results_form.read_unknown")
    if reached and not is_missing(evidence) and evidence == "elsewhere":
        # As in forms and reports, which do not count these people as delivered.
        return say("results_form.reached_elsewhere")
    return say("answer.yes" if reached else "answer.no")


def _channel_text(channel: object) -> str:
    return say(f"results_form.channel_{str(channel).replace(' ', '_')}")


def _text_of_id(number: object) -> str | None:
    return None if is_missing(number) else str(number)
