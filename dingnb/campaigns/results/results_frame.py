"""The results of a campaign as a DataFrame: one row for each row of the input, in its order."""

from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from dingnb.campaigns.results.answered_rows import find_answered
from dingnb.campaigns.row_map import RowMap
from dingnb.campaigns.sending.control import recall_note, why_not_resume
from dingnb.campaigns.status import (
    MAY_HAVE_MESSAGE,
    MISSED,
    STATUSES,
    Status,
    has_reached,
    is_retryable,
    may_have_same_text,
)
from dingnb.errors import ColumnError
from dingnb.errors.arguments import are_equal_labels, short_repr
from dingnb.ledger import LedgerSession, cards
from dingnb.ledger.campaigns import batches, campaigns, pages, stored_bodies
from dingnb.ledger.campaigns.moves import BatchPlace
from dingnb.recipients.column_titles import resolve_label
from dingnb.tables.factorize import BoolArray, IntArray
from dingnb.tables.headers import synonyms_among
from dingnb.tables.timestamps import ZONE, timestamps_of_array
from dingnb.words import NOTHING, Text, listed, listed_briefly, sentences

_PUBLIC_EVIDENCE = {
    "result": "result",
    "elsewhere": "elsewhere",
    "sent_elsewhere": "elsewhere",
    "duplicate": "duplicate",
    "answer": "answer",
}
"""The evidence shown in results, by recorded evidence; none for the analyst's decisions."""

_HINTS_ONCE_CLOSED = dict.fromkeys(
    map(
        Text,
        ("result.unknown_todo", "result.card_exists_todo", "result.card_unnamed_todo", "result.queued_again_todo"),
    ),
    Text("result.repeat_failed_todo"),
)
"""Hints that replace hints to send again, or to wait for an answer, once the cards of a campaign are closed."""

_HINTS_WITHOUT_RETRY = frozenset(
    {Text("result.textless_todo"), Text("result.removed_todo"), Text("recall.recalled_todo")}
)
"""Hints of people to whom a retry does not send: the text is not kept, or their call was recalled."""

_READ_IF_ANSWERED = frozenset({Status.ACCEPTED, Status.DELIVERED})
"""The statuses of people who count as having read the card once they have answered any card of the poll."""

_TASK_EVIDENCE = frozenset({"", "result", "elsewhere", "sent_elsewhere"})
"""Evidence of outcomes that the batch's own task caused."""


class StatusText(NamedTuple):
    """
    The values of a results row that many rows share.

    Attributes:
        status: The status.
        reason: The reason; may be empty.
        hint: What to do about it.
        code: DingTalk's code.
        evidence: The evidence for a single person; empty if the text applies to a whole batch.
        was_read: 1 if the message was read, 0 if not, None if unknown.
    """

    status: str
    reason: Text = NOTHING
    hint: Text = NOTHING
    code: str = ""
    evidence: str = ""
    was_read: int | None = None

    @property
    def public_evidence(self) -> str:
        """The evidence as shown in results; empty if the analyst decided the outcome, or if there is none."""
        return _PUBLIC_EVIDENCE.get(self.evidence, "")

    @property
    def has_task(self) -> bool:
        """Whether the batch's task is the row's: not if an earlier call delivered the text, or the analyst decided."""
        return self.evidence in _TASK_EVIDENCE

    @property
    def has_reached(self) -> bool | None:
        """Whether the person has the text, also from another campaign; None while this is unknown."""
        return True if self.evidence == "elsewhere" else has_reached(self.status, self.code)


@dataclass(frozen=True, slots=True)
class AsOf:
    """
    The time and the campaign that texts refer to.

    Attributes:
        expired_ns: Results of messages sent at this time or before have expired.
        halt: Why the campaign has halted: reason, hint and code; empty if the campaign has not halted.
        is_sending: Whether the campaign is being sent; otherwise calls that are `sending` are lost.
    """

    expired_ns: int
    halt: tuple[Text, Text, str]
    is_sending: bool


def text_of_batch(facts: Sequence[Any], as_of: AsOf) -> StatusText:
    """Return the text for the people of a batch with these facts; see `Records`."""
    text = StatusText(*facts)
    if _is_lost(text, as_of):
        return text._replace(status=Status.UNKNOWN, reason=Text("result.died"), hint=Text("result.unknown_todo"))
    # The reason why a batch waits, such as a missing file, is more specific than why the campaign is not running.
    if text.status == Status.QUEUED and as_of.halt[0] and not text.reason:
        return StatusText(text.status, *as_of.halt)
    return text


def text_of_expired_batch(facts: Sequence[Any], as_of: AsOf) -> StatusText:
    """Return the text for the people of a batch whose results have expired."""
    text = StatusText(*facts)
    if _is_lost(text, as_of):
        return text_of_batch(facts, as_of)
    return text._replace(reason=Text("result.window_over"), hint=Text("result.window_over_todo"), code="")


def text_of_person(facts: Sequence[Any]) -> StatusText:
    """Return the text for single recipients with these facts."""
    text = StatusText(*facts)
    # Older versions of dingnb recorded that these people could be retried the next day.
    if text.hint.key == "result.recalled_from_todo" or text.public_evidence == "elsewhere":
        return text
    if may_have_same_text(text.status, text.code):
        return text._replace(hint=Text("result.same_text_todo" if text.code else "result.filtered_todo"))
    return text


def text_of_lost_place() -> StatusText:
    """Return the text for people whose batch no longer exists because it was rebuilt."""
    return StatusText(Status.CANCELLED, Text("result.cut_again"), Text("result.cut_again_todo"))


def _without_advice_to_retry(text: StatusText, recalled: Text) -> StatusText:
    """Return a text, for a campaign with this `recall_note`, that does not advise to send again what was recalled."""
    is_retried = is_retryable(text.status, text.code, text.evidence) and text.hint not in _HINTS_WITHOUT_RETRY
    return text._replace(hint=Text("result.recalled_retry_todo", note=recalled)) if is_retried else text


def _once_closed(text: StatusText) -> StatusText:
    """Return a text whose hint does not advise what is refused once the cards are closed."""
    if is_retryable(text.status, text.code, text.evidence):
        return text._replace(hint=Text("answer.closed_unsent"))
    return text._replace(hint=_HINTS_ONCE_CLOSED.get(text.hint, text.hint))


def _has_unknown_task(text: StatusText) -> bool:
    """Return whether the text of a batch says that DingTalk does not know its task."""
    return text.status == Status.ACCEPTED and text.code == batches.UNKNOWN_TASK_CODE


def _is_lost(text: StatusText, as_of: AsOf) -> bool:
    return text.status == Status.SENDING and not as_of.is_sending


@dataclass(frozen=True, slots=True)
class Records:
    """
    Records of batches or of people, in columns.

    Attributes:
        numbers: The numeric columns by name.
        facts: The index of each record's facts in `distinct_facts`.
        distinct_facts: The different facts, each with the values of a `StatusText` as recorded.
    """

    numbers: dict[str, IntArray]
    facts: IntArray
    distinct_facts: list[tuple[Any, ...]]


def read_batches(db: LedgerSession, campaign: int) -> Records:
    """Return the batches of a campaign, ordered by number, with `pages.BATCH_COLUMNS` and facts."""
    records = _read_records(pages.BATCH_COLUMNS, pages.batch_pages(db, campaign))
    order = np.argsort(records.numbers["id"], kind="stable")
    return Records(
        {name: values[order] for name, values in records.numbers.items()}, records.facts[order], records.distinct_facts
    )


def read_outcomes(db: LedgerSession, campaign: int) -> Records:
    """Return the outcomes of a campaign, unordered, with `pages.OUTCOME_COLUMNS` and facts."""
    return _read_records(pages.OUTCOME_COLUMNS, pages.outcome_pages(db, campaign))


def _read_records(names: Sequence[str], joined_pages: Iterable[Sequence[str]]) -> Records:
    """Return the records in pages of joined columns: the numeric columns, by name, and the facts."""
    number_of: defaultdict[str, int] = defaultdict()
    number_of.default_factory = number_of.__len__
    # An empty part, so that there are columns even without pages.
    parts = [[np.empty(0, dtype=np.int64)] for _ in (*names, "facts")]
    for *numbers, facts in joined_pages:
        for part, joined in zip(parts, numbers, strict=False):
            part.append(np.fromstring(joined, np.int64, sep=","))
        lines = facts.split(pages.FACTS_SEPARATOR)
        parts[-1].append(np.fromiter(map(number_of.__getitem__, lines), np.int64, len(lines)))
    *arrays, facts_of = map(np.concatenate, parts)
    return Records(dict(zip(names, arrays, strict=True)), facts_of, list(map(pages.read_facts, number_of)))


# Unordered: a failure is neither more nor less than a delivery.
_STATUS = pd.CategoricalDtype([str(status) for status in STATUSES])

COLUMNS = {
    "userid": "str",
    "status": _STATUS,
    "reached": "boolean",
    "reason": "str",
    "hint": "str",
    "code": "str",
    "task_id": "Int64",
    "attempts": "int64",
    "evidence": "str",
    "sent_at": f"datetime64[ms, {ZONE}]",
    "updated_at": f"datetime64[ms, {ZONE}]",
    "read": "boolean",
    "channel": "str",
}
"""The columns of a results frame and their dtypes, in order."""

Render = Callable[[Text], str]
"""Renders a reason or hint, in the current language."""

_MAX_LABEL_LENGTH = 60

_NONE = -1
"""Index or number of no batch, outcome or task. As an index, it refers to the last item, reserved for this purpose."""

_NUMBERS_WITHOUT_BATCH = {"receipt": _NONE, "attempts": 0, "sent_ns": 0, "updated_ns": 0}
"""The numeric columns of a row, with their values for a row without a batch."""


class _Rows(NamedTuple):
    """Columns with one value per input row: the index of its `StatusText`, and values of its batch."""

    text_index: IntArray
    receipt: IntArray
    attempts: IntArray
    sent_ns: IntArray
    updated_ns: IntArray


def results_frame(
    db: LedgerSession,
    campaign: int,
    row_map: RowMap,
    *,
    keep: Sequence[Hashable] = (),
    expired_ns: int = 0,
    is_sending: bool = True,
    answered: "BoolArray | None" = None,
    render: Render | None = str,
) -> pd.DataFrame:
    """
    Return one row for each row of the row map, in its order and with its index.

    Args:
        db: The ledger.
        campaign: The campaign's number.
        row_map: The rows and the places of their people.
        keep: Columns of the input to add in front.
        expired_ns: Results of messages sent at this time or before have expired.
        is_sending: Whether the campaign is being sent; otherwise calls that are `sending` are lost.
        answered: Whether the person of each row has answered the campaign's poll; None reads it from the ledger.
        render: Renders reasons and hints; None keeps them as `Text`.

    Raises:
        ColumnError: A column in `keep` is missing, or has the name of a results column.
    """
    check_keep(row_map, keep)
    with db.snapshot():
        batch_records = read_batches(db, campaign)
        outcome_records = read_outcomes(db, campaign)
        textless = stored_bodies.batches_without_body(db, campaign)
        kept_places, removed_places = batches.places_with_kept_text(db, campaign), batches.absent_places(db, campaign)
        reason, hint, code = campaigns.why_halted(db, campaign)
        row = campaigns.get(db, campaign)
        poll = cards.poll_of(db, campaign)
        not_resumed = why_not_resume(db, campaign) if reason else NOTHING
        recalled = recall_note(db, campaign)
        if answered is None and poll is not None:
            has_key = row is not None and bool(row.key_columns)
            answered = find_answered(db, poll.root, row_map, has_key=has_key)
    is_closed = poll is not None and poll.closed_ns is not None
    if is_closed:
        # The recorded hint advises to resume, which is refused.
        hint = Text("answer.closed_unsent")
    elif not_resumed:
        hint = not_resumed
    as_of = AsOf(expired_ns, (reason, hint, code), is_sending)
    rows, texts = _build_rows(
        batch_records, outcome_records, row_map, as_of, textless, kept_places, removed_places, answered
    )
    if is_closed:
        texts = list(map(_once_closed, texts))
    if recalled:
        texts = [_without_advice_to_retry(text, recalled) for text in texts]
    columns = _build_columns(rows, texts, row_map, render)
    columns["channel"] = pd.array(["" if row is None else row.channel], dtype="str").repeat(len(row_map.frame))
    frame = pd.DataFrame(columns, columns=list(COLUMNS), index=row_map.frame.index)
    # By position: pandas takes a list of booleans as a mask, even if columns have these labels.
    kept = [
        (at, column if are_equal_labels(name, column) else name)
        for name in keep
        for at, column in enumerate(row_map.frame.columns.tolist())
        if are_equal_labels(resolve_label(row_map.frame, name), column)
    ]
    if not kept:
        return frame
    positions, names = zip(*kept, strict=True)
    return pd.concat([row_map.frame.iloc[:, list(positions)].set_axis(list(names), axis=1), frame], axis=1)


def check_keep(row_map: RowMap, keep: Sequence[Hashable]) -> None:
    """
    Check the columns to add to a results frame.

    Raises:
        ColumnError: A column is missing, or has the name of a results column.
    """
    check_free_names(keep, COLUMNS)
    available = row_map.frame.columns.tolist()
    given = [(name, resolve_label(row_map.frame, name)) for name in keep]
    unknown = [name for name, label in given if not any(are_equal_labels(label, column) for column in available)]
    if unknown:
        near = [column for name in unknown for column in synonyms_among(available, name)]
        todo = "frame.keep_by_name_todo" if row_map.has_all_lists else "frame.column_not_there_todo"
        todo = "template.unknown_column_near" if near else todo
        raise ColumnError(
            Text("frame.keep_unknown", columns=listed_briefly(_format_labels(unknown), "column")),
            Text(todo, near=listed(near), columns=listed(map(str, available))),
        )


def _build_rows(
    batch_records: Records,
    outcome_records: Records,
    row_map: RowMap,
    as_of: AsOf,
    textless: Sequence[int],
    kept_places: Collection[BatchPlace],
    removed_places: Collection[BatchPlace],
    answered: "BoolArray | None",
) -> tuple[_Rows, list[StatusText]]:
    """Return the columns of the rows, and the texts that they refer to by index."""
    rejected, reasons = row_map.rejected
    row_map = row_map.with_earlier_places()
    batch_indexes = _batch_index_of_rows(batch_records, row_map)
    indexes_of_batches, status_texts = _batch_texts(batch_records, as_of)
    text_of_row = np.append(indexes_of_batches, len(status_texts))[batch_indexes]
    status_texts.append(text_of_lost_place())
    is_unknown = np.array(list(map(_has_unknown_task, status_texts)))[text_of_row]
    numbers = {
        name: np.append(batch_records.numbers[name], default)[batch_indexes]
        for name, default in _NUMBERS_WITHOUT_BATCH.items()
    }
    rows_with_outcome, outcome_indexes = _outcome_index_of_rows(batch_records, outcome_records, row_map, batch_indexes)
    text_of_row[rows_with_outcome] = outcome_records.facts[outcome_indexes] + len(status_texts)
    status_texts += map(text_of_person, outcome_records.distinct_facts)
    is_textless = np.append(np.isin(batch_records.numbers["id"], textless), [False])[batch_indexes]
    _replace_advice_to_retry(text_of_row, status_texts, is_textless, Text("result.textless_todo"))
    is_removed = row_map.is_at(removed_places)
    _replace_advice_to_retry(text_of_row, status_texts, is_removed, Text("result.removed_todo"))
    if answered is not None:
        # An answer counts for all cards of a person, including cards of reminders and cards that were sent again.
        for index in np.unique(text_of_row[answered]).tolist():
            text = status_texts[index]
            if text.status in _READ_IF_ANSWERED:
                text_of_row[answered & (text_of_row == index)] = len(status_texts)
                status_texts.append(StatusText(Status.READ, evidence="answer", was_read=1))
    for index in np.unique(text_of_row[is_unknown]).tolist():
        text = status_texts[index]
        if text.status == Status.DELIVERED and text.was_read == 0:
            text_of_row[is_unknown & (text_of_row == index)] = len(status_texts)
            reason, hint = Text("result.unknown_task"), Text("result.unknown_task_read_todo")
            status_texts.append(text._replace(reason=reason, hint=hint, code=batches.UNKNOWN_TASK_CODE))
    numbers["updated_ns"][rows_with_outcome] = outcome_records.numbers["updated_ns"][outcome_indexes]
    # A person who has the message, or may have it, has not missed it because of a faulty row in a later list.
    earlier_texts = {
        position: text
        for position in row_map.earlier_places
        if (text := status_texts[text_of_row[position]]).status in MAY_HAVE_MESSAGE
    }
    for name, default in _NUMBERS_WITHOUT_BATCH.items():
        numbers[name][[position for position in row_map.earlier_places if position not in earlier_texts]] = default
    text_of_row[rejected] = reasons.codes + len(status_texts)
    status_texts += (StatusText(Status.REJECTED, *reason) for reason in reasons.uniques)
    for position, text in earlier_texts.items():
        text_of_row[position] = len(status_texts)
        problem = Text("result.row_left_out", reason=row_map.rejections[position].reason)
        status_texts.append(text._replace(hint=sentences(text.hint, problem)))
    keeps_text = row_map.is_at(kept_places)
    for index in np.unique(text_of_row[keeps_text]).tolist():
        text = status_texts[index]
        if text.status in MAY_HAVE_MESSAGE:
            text_of_row[keeps_text & (text_of_row == index)] = len(status_texts)
            status_texts.append(text._replace(hint=sentences(text.hint, Text("result.kept_text"))))
    return _Rows(text_of_row, **numbers), status_texts


def _replace_advice_to_retry(
    text_of_row: IntArray, status_texts: list[StatusText], is_never_retried: BoolArray, hint: Text
) -> None:
    """Replace the hints of rows that could be retried but are not; changes `text_of_row` and `status_texts`."""
    for index in np.unique(text_of_row[is_never_retried]).tolist():
        text = status_texts[index]
        if is_retryable(text.status, text.code, text.evidence):
            text_of_row[is_never_retried & (text_of_row == index)] = len(status_texts)
            status_texts.append(text._replace(hint=hint))


def _batch_index_of_rows(batch_records: Records, row_map: RowMap) -> IntArray:
    """Return the index of each row's batch; -1 if the row has none, or if the batch no longer exists."""
    ids = batch_records.numbers["id"]
    indexes = np.searchsorted(ids, row_map.batch_of)
    # Another process may have recorded a plan under this name meanwhile, and rebuilt the batches.
    indexes[np.append(ids, _NONE)[indexes] != row_map.batch_of] = _NONE
    return np.append(indexes, _NONE)[row_map.recipient_of_row]


def _outcome_index_of_rows(
    batch_records: Records, outcome_records: Records, row_map: RowMap, batch_indexes: IntArray
) -> tuple[IntArray, IntArray]:
    """Return the positions of rows with an outcome of their own, and the indexes of these outcomes."""
    sizes = batch_records.numbers["size"]
    starts = np.append(np.cumsum(sizes) - sizes, 0)
    outcome_of = np.full(sizes.sum() + 1, _NONE)
    owners = np.searchsorted(batch_records.numbers["id"], outcome_records.numbers["batch"])
    outcome_of[starts[owners] + outcome_records.numbers["place"]] = np.arange(len(owners))
    places = starts[batch_indexes] + np.append(row_map.place_of, _NONE)[row_map.recipient_of_row]
    outcome_indexes = outcome_of[np.where(batch_indexes == _NONE, _NONE, places)]
    rows_with_outcome = np.flatnonzero(outcome_indexes != _NONE)
    return rows_with_outcome, outcome_indexes[rows_with_outcome]


def _batch_texts(batch_records: Records, as_of: AsOf) -> tuple[IntArray, list[StatusText]]:
    """Return the index of each batch's text, and the texts."""
    is_expired = (batch_records.numbers["receipt"] != _NONE) & (batch_records.numbers["sent_ns"] <= as_of.expired_ns)
    functions = (text_of_batch, text_of_expired_batch)
    status_texts = [function(facts, as_of) for function in functions for facts in batch_records.distinct_facts]
    return batch_records.facts + is_expired * len(batch_records.distinct_facts), status_texts


def _build_columns(
    rows: _Rows, status_texts: Sequence[StatusText], row_map: RowMap, render: Render | None
) -> dict[str, Any]:
    """Return the columns of a results frame."""

    def take_flags(values: Iterable[bool]) -> BoolArray:
        return np.fromiter(values, bool, len(status_texts))[rows.text_index]

    def take_optional_flags(values: Iterable[bool | None]) -> Any:  # noqa: ANN401 - as below
        return pd.array(list(values), dtype="boolean").take(rows.text_index)

    def take_strings(values: Iterable[str]) -> Any:  # noqa: ANN401 - a pandas array whose class depends on installed packages
        return pd.array([text or np.nan for text in values], dtype="str").take(rows.text_index)

    def take_texts(values: Iterable[Text]) -> Any:  # noqa: ANN401 - as above
        if render is not None:
            return take_strings(map(render, values))
        column = np.empty(len(status_texts), dtype=object)
        column[:] = [text or np.nan for text in values]
        return column[rows.text_index]

    statuses = np.array([STATUSES.index(Status(text.status)) for text in status_texts], dtype=np.int8)
    has_task = take_flags(text.has_task for text in status_texts) & (rows.receipt != _NONE)
    return {
        "userid": row_map.userid_column,
        "status": pd.Categorical.from_codes(statuses[rows.text_index], dtype=_STATUS),
        "reached": take_optional_flags(text.has_reached for text in status_texts),
        "reason": take_texts(text.reason for text in status_texts),
        "hint": take_texts(text.hint for text in status_texts),
        "code": take_strings(text.code for text in status_texts),
        "task_id": pd.arrays.IntegerArray(np.where(has_task, rows.receipt, 1), ~has_task),
        "attempts": rows.attempts,
        "evidence": take_strings(text.public_evidence for text in status_texts),
        "sent_at": timestamps_of_array(rows.sent_ns),
        "updated_at": timestamps_of_array(rows.updated_ns),
        "read": take_optional_flags(None if text.was_read is None else bool(text.was_read) for text in status_texts),
    }


def have_elsewhere(frame: pd.DataFrame) -> "pd.Series[bool]":
    """Return whether each row of a results frame has the text from another campaign or a test, or was sent it there."""
    return frame["evidence"].eq("elsewhere").fillna(value=False).astype(bool)


def are_missed(frame: pd.DataFrame) -> "pd.Series[bool]":
    """Return whether `Campaign.missed` lists each row of a results frame."""
    return frame["status"].isin(list(MISSED)) & ~have_elsewhere(frame)


def have_expired(frame: pd.DataFrame) -> "pd.Series[bool]":
    """Return whether DingTalk no longer reports whether the message of each row of a results frame was delivered."""
    return (frame["status"] == Status.ACCEPTED) & frame["reason"].notna()


def have_unknown_task(frame: pd.DataFrame) -> BoolArray:
    """Return whether DingTalk does not know the task of each row of a results frame, and may have delivered it."""
    is_open = frame["status"].isin([Status.ACCEPTED, Status.DELIVERED]).to_numpy()
    return is_open & frame["code"].eq(batches.UNKNOWN_TASK_CODE).fillna(value=False).to_numpy(bool)


def is_read_unknown(frame: pd.DataFrame) -> BoolArray:
    """Return whether each row of a results frame has the message, and its read state is not reported."""
    return (frame["status"] == Status.DELIVERED).to_numpy() & frame["read"].isna().to_numpy(bool)


def is_unread(frame: pd.DataFrame) -> BoolArray:
    """Return whether each row of a results frame has the message and is reported as not read."""
    return (frame["status"] == Status.DELIVERED).to_numpy() & frame["read"].eq(other=False).fillna(
        value=False
    ).to_numpy(bool)


def render_texts(frame: pd.DataFrame, render: Render) -> pd.DataFrame:
    """Return a results frame whose reasons and hints, which are `Text`, are rendered."""
    columns = {}
    for name in ("reason", "hint"):
        texts = frame[name].astype(object).tolist()
        # Many rows share a text, as the same object.
        distinct = {id(text): text for text in texts}
        shown = {key: render(text) for key, text in distinct.items() if isinstance(text, Text)}
        columns[name] = pd.array([shown.get(id(text), np.nan) for text in texts], dtype="str")
    return frame.assign(**columns)


def kept_columns(keep: object) -> list[Hashable]:
    """Return the distinct labels in `keep`, which is one label or a list of labels."""
    columns = keep.tolist() if isinstance(keep, pd.Series | pd.Index | np.ndarray) else keep
    labels: list[Hashable] = list(columns) if isinstance(columns, list | tuple) else [keep]
    return [
        label for at, label in enumerate(labels) if not any(are_equal_labels(label, earlier) for earlier in labels[:at])
    ]


def kept_count(frame: pd.DataFrame) -> int:
    """Return the number of columns of the input in a results frame; several may have the same label."""
    return len(frame.columns) - len(COLUMNS)


def _format_labels(labels: Sequence[object]) -> list[Text | str]:
    """Return labels as shown in errors: text as it is, others as repr."""
    return [
        label if isinstance(label, str) and len(label) <= _MAX_LABEL_LENGTH else short_repr(label) for label in labels
    ]


def with_free_names(frame: pd.DataFrame, taken: Collection[Hashable]) -> pd.DataFrame:
    """
    Return columns of the input, renamed to ``input_NAME`` if their name is taken.

    >>> with_free_names(pd.DataFrame({"late": [1], "input_late": [2], "name": [3]}), ["late"]).columns.tolist()
    ['input_input_late', 'input_late', 'name']
    """
    used, names = [*frame.columns, *taken], []
    for name in frame.columns:
        new_name: Hashable = name
        if name in taken:
            new_name = f"input_{name}"
            while new_name in used or new_name in names:
                new_name = f"input_{new_name}"
        names.append(new_name)
    return frame.set_axis(names, axis=1)


def check_free_names(names: Sequence[Hashable], taken: Collection[Hashable]) -> None:
    """
    Check that no column name is already in use.

    Raises:
        ColumnError: A name is in use.
    """
    conflicts = [name for name in names if any(are_equal_labels(name, column) for column in taken)]
    if conflicts:
        raise ColumnError(
            Text("frame.keep_taken", columns=listed(_format_labels(conflicts))), Text("frame.keep_taken_todo")
        )
