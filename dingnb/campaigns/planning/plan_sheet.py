"""What a plan shows: who, what, how many calls, how long, and what is wrong."""

from dingnb.campaigns.planning.batches import Batches
from dingnb.campaigns.planning.send_warnings import SendWarnings
from dingnb.campaigns.recipient_count import RecipientCount, count_of_batches
from dingnb.display import Sheet, Table
from dingnb.ledger import Realm
from dingnb.tables.row_labels import heading_of_rows
from dingnb.words import NOTHING, Text, count, sentences

_ROWS_SHOWN = 10


def plan_sheet(
    planned: Batches, send_warnings: SendWarnings | None, realm: Realm, *, seconds: float, excluded_by: str | None
) -> Sheet:
    """
    Return the sheet of a plan.

    Args:
        planned: The plan.
        send_warnings: What the ledger says of it; None where it was sent, and nothing is ahead any more.
        realm: The app.
        seconds: How long sending takes at least.
        excluded_by: The name of the list of whom is left out; empty for ids, None where nobody is to be left out.
    """
    recipient_count, calls, rows = count_of_batches(planned), len(planned.body_of_batch), len(planned.frame)
    bodies, batches = count("body", len(planned.bodies)), count("batch", calls)
    sent = count("row", rows - len(planned.rejections))
    facts: list[tuple[Text, Text | str]] = [
        (Text("plan.app"), realm.app),
        (Text("plan.message"), planned.message.msgtype),
        *_counted(recipient_count, sent),
        *([(Text("plan.numbers"), planned.looked_up)] if planned.looked_up else []),
        (Text("plan.rejected"), count("row", len(planned.rejections))),
        *_excluded(planned, excluded_by),
        (Text("plan.bodies"), Text("plan.bodies_value", bodies=bodies, batches=batches)),
        (Text("plan.calls"), Text("plan.calls_value", send=count("call", calls), n=count("call", calls))),
    ]
    notes = [*planned.notes, *planned.advice]
    if send_warnings is not None:
        time = [(Text("plan.time"), in_words(seconds))] if recipient_count.messages else []
        facts += [*time, *send_warnings.facts()]
        notes = [*send_warnings.warnings(2 * calls), *notes]
    if planned.mendings:
        first = planned.mendings[0]
        example = Text("row.mended", value=first.value, became=first.became)
        notes.append(Text("plan.mended", cells=count("cell", len(planned.mendings)), example=example))
    if not recipient_count.messages:
        notes.append(Text("frame.nobody", rows=count("row", rows)))
    title = Text("plan.title", people=recipient_count.text)
    return Sheet(title, realm.mode, tuple(facts), tuple(notes), _tables(planned))


def _counted(recipient_count: RecipientCount, rows: Text) -> list[tuple[Text, Text]]:
    if recipient_count.people is None:
        return [(Text("plan.people"), Text("plan.people_value", people=recipient_count.text, rows=rows))]
    messages = Text("plan.messages_value", messages=count("message", recipient_count.messages), rows=rows)
    return [(Text("plan.messages"), messages), (Text("plan.people"), count("person", recipient_count.people))]


def in_words(seconds: float) -> Text:
    """Return about how long sending takes."""
    minutes, rest = divmod(round(seconds), 60)
    return (
        Text("plan.minutes", minutes=minutes, seconds=rest) if minutes else Text("plan.seconds", seconds=max(rest, 1))
    )


def _excluded(planned: Batches, excluded_by: str | None) -> list[tuple[Text, Text]]:
    rows = count("row", planned.excluded)
    if excluded_by is None:
        return []
    if excluded_by:
        rows = Text("plan.excluded_list", rows=rows, name=excluded_by)
    return [(Text("plan.excluded"), rows)]


def _tables(planned: Batches) -> tuple[Table, ...]:
    rejected = [planned.rejections[position] for position in sorted(planned.rejections)]
    if not rejected:
        return ()
    labels = planned.frame.index
    rows = [
        (str(labels[one.position]), one.column, one.value, sentences(one.reason, one.hint))
        for one in rejected[:_ROWS_SHOWN]
    ]
    header = (heading_of_rows(labels), *(Text(f"plan.{name}") for name in ("column", "value", "reason")))
    more = Text("plan.more", n=len(rejected) - len(rows)) if len(rejected) > len(rows) else NOTHING
    return (Table(Text("plan.rejected_rows", rows=count("row", len(rejected))), header, rows, more),)
