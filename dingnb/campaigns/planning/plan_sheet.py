"""What a plan shows: who, what, how many calls, how long, and what is wrong."""

from dingnb.campaigns.planning.batches import Cut
from dingnb.campaigns.planning.send_warnings import Outlook
from dingnb.campaigns.recipient_count import Reach, reach_of_cut
from dingnb.display import Sheet, Table
from dingnb.ledger import Realm
from dingnb.tables.row_labels import index_heading
from dingnb.words import count, say

_ROWS_SHOWN = 10


def plan_sheet(cut: Cut, outlook: Outlook | None, realm: Realm, *, seconds: float, excluded_by: str | None) -> Sheet:
    """
    Return the sheet of a plan.

    Args:
        cut: The plan.
        outlook: What the ledger says of it; None where it was sent, and nothing is ahead any more.
        realm: The app.
        seconds: How long sending takes at least.
        excluded_by: The name of the list of whom is left out; empty for ids, None where nobody is to be left out.
    """
    reach, calls, rows = reach_of_cut(cut), len(cut.body_of_batch), len(cut.frame)
    bodies, batches = count("body", len(cut.bodies)), count("batch", calls)
    sent = count("row", rows - len(cut.rejections))
    facts = [
        (say("plan.app"), realm.app),
        (say("plan.message"), cut.message.msgtype),
        *_counted(reach, sent),
        *([(say("plan.numbers"), cut.looked_up)] if cut.looked_up else []),
        (say("plan.rejected"), count("row", len(cut.rejections))),
        *_excluded(cut, excluded_by),
        (say("plan.bodies"), say("plan.bodies_value", bodies=bodies, batches=batches)),
        (say("plan.calls"), say("plan.calls_value", send=count("call", calls), n=count("call", calls))),
    ]
    notes = [*cut.notes, *cut.advice]
    if outlook is not None:
        time = [(say("plan.time"), in_words(seconds))] if reach.messages else []
        facts += [*time, *outlook.facts()]
        notes = [*outlook.warnings(2 * calls), *notes]
    if cut.mendings:
        first = cut.mendings[0]
        example = say("row.mended", value=first.value, became=first.became)
        notes.append(say("plan.mended", cells=count("cell", len(cut.mendings)), example=example))
    if not reach.messages:
        notes.append(say("frame.nobody", rows=count("row", rows)))
    title = say("plan.title", people=reach.text)
    return Sheet(title, realm.mode, tuple(facts), tuple(notes), _tables(cut))


def _counted(reach: Reach, rows: str) -> list[tuple[str, str]]:
    if reach.people is None:
        return [(say("plan.people"), say("plan.people_value", people=reach.text, rows=rows))]
    messages = say("plan.messages_value", messages=count("message", reach.messages), rows=rows)
    return [(say("plan.messages"), messages), (say("plan.people"), count("person", reach.people))]


def in_words(seconds: float) -> str:
    """Return about how long sending takes."""
    minutes, rest = divmod(round(seconds), 60)
    return say("plan.minutes", minutes=minutes, seconds=rest) if minutes else say("plan.seconds", seconds=max(rest, 1))


def _excluded(cut: Cut, excluded_by: str | None) -> list[tuple[str, str]]:
    rows = count("row", cut.excluded)
    if excluded_by is None:
        return []
    if excluded_by:
        rows = say("plan.excluded_list", rows=rows, name=excluded_by)
    return [(say("plan.excluded"), rows)]


def _tables(cut: Cut) -> tuple[Table, ...]:
    rejected = [cut.rejections[position] for position in sorted(cut.rejections)]
    if not rejected:
        return ()
    labels = cut.frame.index
    rows = [
        (str(labels[one.position]), one.column, one.value, f"{one.reason} {one.hint}") for one in rejected[:_ROWS_SHOWN]
    ]
    header = (index_heading(labels), *(say(f"plan.{name}") for name in ("column", "value", "reason")))
    more = say("plan.more", n=len(rejected) - len(rows)) if len(rejected) > len(rows) else ""
    return (Table(say("plan.rejected_rows", rows=count("row", len(rejected))), header, rows, more),)
