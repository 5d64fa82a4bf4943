"""The values of results as texts of forms and files for people."""

from dingnb.campaigns.status import NOT_DELIVERED, Status
from dingnb.tables.cells import is_missing
from dingnb.words import capitalize, say
from dingnb.words.catalogue import words

RENAMED_STATUSES = frozenset({"accepted", "delivered"})
"""The statuses whose name in forms differs from that in DataFrames."""


def status_name(status: str, read: object = False, evidence: object = "") -> str:  # noqa: FBT002 - a cell: True, False, or missing
    """
    Return the capitalised name of a status in forms.

    Forms count as delivered all who have the message, read or not, and as accepted all whom DingTalk has accepted, so
    these names differ from those in DataFrames:

    - delivered: “unread”; “delivered” if it is unknown whether the message was read.
    - accepted: “accepted, unconfirmed”.
    - filtered, since another campaign or a test had sent the same text: “already sent before”.

    Args:
        status: The status.
        read: Whether one person has read the message; missing if that is unknown.
        evidence: The evidence in a results frame; may be missing.
    """
    if not is_missing(evidence) and evidence == "elsewhere":
        return capitalize(say("form.status_elsewhere"))
    if status == Status.DELIVERED and is_missing(read):
        return capitalize(say("status.delivered"))
    return capitalize(say(f"form.status_{status}" if status in RENAMED_STATUSES else f"status.{status}"))


def read_status_text(status: str, was_read: object, sent_at: object) -> str:
    """Return whether a person has read the message; empty if they do not have it."""
    if is_missing(sent_at) or status in NOT_DELIVERED:
        return ""
    if is_missing(was_read):
        return say("results_form.read_unknown")
    return say("results_form.read_yes" if was_read else "results_form.read_no")


def evidence_text(evidence: object) -> str:
    """Return how the outcome is known; empty if it is not known from DingTalk or from an answer."""
    return "" if is_missing(evidence) or not evidence else say(f"results_form.evidence_{evidence}")


def type_name(msgtype: str) -> str:
    """Return the name of a message type in the current language; the type itself if it has none."""
    key = f"type.{msgtype}"
    return say(key) if key in words() else msgtype
