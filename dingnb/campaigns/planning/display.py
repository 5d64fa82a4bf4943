"""The DataFrames and the display of a plan."""

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd

from dingnb.campaigns.planning.attachments import attachment_notes, size_of
from dingnb.campaigns.planning.batches import Batches
from dingnb.campaigns.planning.send_warnings import SendWarnings
from dingnb.campaigns.recipient_count import RecipientCount, count_of_batches
from dingnb.channels import Channel
from dingnb.display import Sheet, Table
from dingnb.ledger import Realm
from dingnb.recipients.addresses import Correction, Rejection, names_in
from dingnb.tables.cells import show
from dingnb.tables.row_labels import index_heading, row_name, row_names
from dingnb.words import NOTHING, Text, count, listed_briefly, sentences

_MAX_ROWS_SHOWN = 10


def problems_frame(batches: Batches) -> pd.DataFrame:
    """Return the frame of `Plan.problems`."""
    frame = _records_frame(batches, batches.rejections.values(), ("column", "value", "reason", "hint"))
    frame.insert(1, "name", pd.Series(names_of(batches, frame["position"].tolist()), index=frame.index, dtype="str"))
    return frame


def corrections_frame(batches: Batches) -> pd.DataFrame:
    """Return the frame of `Plan.corrections`."""
    return _records_frame(batches, batches.corrections, ("column", "value", "became"))


def plan_frame(batches: Batches) -> pd.DataFrame:
    """Return the frame of `Plan.to_frame`."""
    starts = np.array(batches.start_of_batch[:-1], dtype="int64")
    numbers = batches.recipient_of_row
    # A rejected row has the number -1 and so the batch -1, which selects the -1 appended below.
    batch_of_row = np.searchsorted(starts, numbers, side="right") - 1
    is_sent = numbers >= 0
    if batches.own_bodies is None:
        encoded_bodies, body_numbers = batches.bodies, np.append(batches.body_of_batch, -1)[batch_of_row]
    else:
        encoded_bodies, body_numbers = batches.own_bodies, numbers
    texts = [body.decode() for body in encoded_bodies]
    bodies = [
        texts[body] if sent else np.nan
        for body, sent in zip(body_numbers.astype(int).tolist(), is_sent.tolist(), strict=True)
    ]
    reasons = [
        str(batches.rejections[row].reason) if row in batches.rejections else np.nan for row in range(len(numbers))
    ]
    warnings = [str(batches.warnings[row]) if row in batches.warnings else np.nan for row in range(len(numbers))]
    return pd.DataFrame(
        {
            "userid": pd.array([userid or np.nan for userid in batches.userids], dtype="str"),
            "status": pd.array(np.where(is_sent, "queued", "rejected").tolist(), dtype="str"),
            "reason": pd.array(reasons, dtype="str"),
            "body": pd.array(bodies, dtype="str"),
            "batch": pd.array(
                [batch if sent else None for batch, sent in zip(batch_of_row.tolist(), is_sent, strict=True)],
                dtype="Int64",
            ),
            "warning": pd.array(warnings, dtype="str"),
        },
        index=batches.frame.index,
    )


def bodies_frame(batches: Batches) -> pd.DataFrame:
    """Return the frame of `Plan.bodies`."""
    body_of_batch = np.array(batches.body_of_batch, dtype="int64")
    sizes = np.diff(np.array(batches.start_of_batch, dtype="int64"))
    body_count = len(batches.bodies)
    return pd.DataFrame(
        {
            "people": np.bincount(body_of_batch, weights=sizes, minlength=body_count).astype("int64"),
            "calls": np.bincount(body_of_batch, minlength=body_count).astype("int64"),
            "bytes": np.array([len(body) for body in batches.bodies], dtype="int64"),
            "body": pd.array([body.decode() for body in batches.bodies], dtype="str"),
        }
    )


def names_of(batches: Batches, positions: list[int]) -> list[str]:
    """Return the names of the people in rows, by position; empty texts unless there is exactly one name column."""
    names = names_in(batches.frame.iloc[positions], {})
    return list(map(show, names)) or [""] * len(positions)


def named_row(label: object, name: str) -> str:
    """Return the label of a row and the name of its person, which may be empty."""
    return " · ".join(filter(None, (show(label), name)))


def rows_text(batches: Batches, positions: list[int]) -> Text:
    """Return the rows at some positions as text: each with its person's name or userid; of many, the first few."""
    index, names = batches.frame.index, names_of(batches, positions)
    rows = [
        named_row(label, name or batches.userids[position])
        for label, name, position in zip(index.take(positions).tolist(), names, positions, strict=True)
    ]
    return row_name(index, rows[0]) if len(rows) == 1 else row_names(index, listed_briefly(rows, "row"))


def _records_frame(batches: Batches, records: Iterable[Rejection | Correction], names: Sequence[str]) -> pd.DataFrame:
    """Return one row for each record, in the order and with the index of the input rows."""
    records = sorted(records, key=lambda record: record.position)
    positions = np.array([record.position for record in records], dtype="int64")
    texts = {name: pd.array([str(getattr(record, name)) for record in records], dtype="str") for name in names}
    frame = pd.DataFrame({"position": positions, **texts})
    frame.index = batches.frame.index.take(positions)
    return frame


def _bodies_text(bodies: int, recipients: int, batches: int) -> Text:
    """Return the numbers of different bodies and of batches."""
    counted = count("batch", batches)
    if bodies == 1:
        return Text("plan.one_body_value" if recipients == 1 else "plan.same_body_value", batches=counted)
    return Text("plan.bodies_value", bodies=count("body", bodies), batches=counted)


def plan_sheet(
    batches: Batches, send_warnings: SendWarnings | None, realm: Realm, *, seconds: float, excluded_by: str | None
) -> Sheet:
    """
    Return the display of a plan.

    Args:
        batches: The batches of the plan.
        send_warnings: Warnings from the ledger; None after the plan was sent.
        realm: The app and its mode.
        seconds: The minimum time that sending takes.
        excluded_by: The name of the exclusion list; empty for ids or a DataFrame, None if nobody is excluded.
    """
    recipient_count, batch_count, rows = count_of_batches(batches), len(batches.body_of_batch), len(batches.frame)
    sent = rows - len(batches.rejections)
    merged = sent - len(batches.recipients)
    facts: list[tuple[Text, Text | str]] = [
        (Text("plan.app"), realm.app),
        (Text("plan.message"), batches.message.msgtype),
        *_recipient_facts(recipient_count, count("row", sent)),
        *([(Text("plan.merged"), Text("plan.merged_value", rows=count("row", merged)))] if merged else []),
        *([(Text("plan.numbers"), batches.lookups_text)] if batches.lookups_text else []),
        *_rejection_facts(batches, excluded_by),
        (Text("plan.bodies"), _bodies_text(batches.distinct_body_count, len(batches.recipients), batch_count)),
        *([(Text("plan.files"), _files_text(batches, send_warnings))] if batches.attachments else []),
        (Text("plan.calls"), _calls_text(batches.channel, batch_count)),
    ]
    notes = list(attachment_notes(batches))
    if send_warnings is not None:
        if recipient_count.messages:
            facts.append((Text("plan.time"), sending_time_text(seconds)))
        facts += send_warnings.facts()
        notes += send_warnings.warnings(batches.channel.calls_per_batch * batch_count + send_warnings.uploads)
    notes += [*batches.notes, *batches.advice]
    if batches.corrections:
        correction = batches.corrections[0]
        example = Text("row.corrected", value=correction.value, became=correction.became)
        notes.append(Text("plan.corrected", cells=count("cell", len(batches.corrections)), example=example))
    if not recipient_count.messages:
        notes.append(Text("frame.nobody", rows=count("row", rows)))
    title = Text("plan.title", people=recipient_count.text)
    return Sheet(title, realm.mode, tuple(facts), tuple(notes), _tables(batches))


def _calls_text(channel: Channel, batches: int) -> Text:
    """Return the number of calls for sending batches, and for reading their results once, if calls read them."""
    send = count("call", batches)
    if channel.calls_per_batch == 1:
        return Text("plan.calls_only", send=send)
    return Text("plan.calls_value", send=send, n=count("call", (channel.calls_per_batch - 1) * batches))


def _files_text(batches: Batches, send_warnings: SendWarnings | None) -> Text:
    """Return the number and size of the files, and the number of uploads needed."""
    files, size = count("file", len(batches.attachments)), size_of(batches.attachments.values())
    if send_warnings is None or send_warnings.ledger_problem:
        return Text("plan.files_plain", files=files, size=size)
    if not send_warnings.uploads:
        return Text("plan.files_ready", files=files, size=size)
    uploads, calls = count("upload", send_warnings.uploads), count("call", send_warnings.uploads)
    return Text("plan.files_value", files=files, size=size, uploads=uploads, calls=calls)


def _recipient_facts(recipient_count: RecipientCount, rows: Text) -> list[tuple[Text, Text]]:
    if recipient_count.people is None:
        return [(Text("plan.people"), Text("plan.people_value", people=recipient_count.text, rows=rows))]
    messages = Text("plan.messages_value", messages=count("message", recipient_count.messages), rows=rows)
    return [(Text("plan.messages"), messages), (Text("plan.people"), count("person", recipient_count.people))]


def sending_time_text(seconds: float) -> Text:
    """
    Return the approximate time that sending takes, as text.

    >>> [str(sending_time_text(seconds)) for seconds in (0.2, 60, 75)]
    ['about 1 s', 'about 1 min', 'about 1 min 15 s']
    >>> [str(sending_time_text(seconds)) for seconds in (3_599, 3_600, 7_325, 7_199)]
    ['about 59 min 59 s', 'about 1 h', 'about 2 h 2 min', 'about 2 h']
    """
    minutes, remaining = divmod(round(seconds), 60)
    if minutes // 60:
        hours, minutes = divmod(round(seconds / 60), 60)
        return Text("plan.hours", hours=hours, minutes=minutes) if minutes else Text("plan.whole_hours", hours=hours)
    if not minutes:
        return Text("plan.seconds", seconds=max(remaining, 1))
    if not remaining:
        return Text("plan.whole_minutes", minutes=minutes)
    return Text("plan.minutes", minutes=minutes, seconds=remaining)


def rejected_label(*, has_exclusions: bool) -> Text:
    """Return the label of the number of rejected rows; with exclusions, not all of them are errors."""
    return Text("plan.rejected_or_excluded" if has_exclusions else "plan.rejected")


def _rejection_facts(batches: Batches, excluded_by: str | None) -> list[tuple[Text, Text]]:
    facts = [(rejected_label(has_exclusions=excluded_by is not None), count("row", len(batches.rejections)))]
    about_nobody = sum(rejection.is_about_nobody for rejection in batches.rejections.values())
    if about_nobody:
        facts.append((Text("plan.about_nobody"), Text("plan.about_nobody_value", rows=count("row", about_nobody))))
    if excluded_by is None:
        return facts
    excluded = count("row", batches.excluded_row_count)
    if excluded_by:
        excluded = Text("plan.excluded_list", rows=excluded, name=excluded_by)
    return [*facts, (Text("plan.excluded"), excluded)]


def _tables(batches: Batches) -> tuple[Table, ...]:
    """Return the table of rejected rows; no table if there are none."""
    rejected = [batches.rejections[position] for position in sorted(batches.rejections)]
    if not rejected:
        return ()
    labels, shown = batches.frame.index, rejected[:_MAX_ROWS_SHOWN]
    names = names_of(batches, [rejection.position for rejection in shown])
    rows = [
        (
            named_row(labels[rejection.position], name),
            rejection.column,
            rejection.value,
            sentences(rejection.reason, rejection.hint),
        )
        for rejection, name in zip(shown, names, strict=True)
    ]
    header = (index_heading(labels), *(Text(f"plan.{name}") for name in ("column", "value", "reason")))
    more = Text("plan.more", n=len(rejected) - len(rows)) if len(rejected) > len(rows) else NOTHING
    return (Table(Text("plan.rejected_rows", rows=count("row", len(rejected))), header, rows, more),)
