"""The answers to the cards of a campaign as DataFrames: one row for each recipient, and a count of each answer."""

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import MAXYEAR, MINYEAR
from functools import cached_property
from itertools import chain, repeat
from math import isfinite
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import pandas as pd

from dingnb.campaigns.readable_table import TitledColumn
from dingnb.campaigns.results.answered_rows import (
    Keys,
    answer_identities,
    read_keys,
    row_identities,
)
from dingnb.campaigns.results.results_frame import COLUMNS, results_frame, with_free_names
from dingnb.campaigns.row_map import RowMap
from dingnb.campaigns.status import Status
from dingnb.errors import InputError
from dingnb.errors.arguments import short_repr
from dingnb.ledger import LedgerSession, cards
from dingnb.ledger import answers as ledger_answers
from dingnb.ledger.answers import AnswerColumns
from dingnb.ledger.cards import CHOICES, LIST_TYPES, SUBMIT, Poll, PollField, PollRow
from dingnb.tables.factorize import BoolArray, IntArray
from dingnb.tables.timestamps import ZONE, timestamps_of_array, to_second
from dingnb.words import Text, capitalize, listed, say

ANSWER_COLUMNS = ("answer", "answered_at", "late")
"""The columns of answers that every campaign with cards has."""

_VALUES_COLUMN = "values"
"""The column of the parameters that a template of the analyst's own posts."""

_NONE = -1
_SWITCHES = frozenset({"SWITCH", "CHECKBOX"})
_TYPES_BY_VALUE = frozenset({"NUMBER", "DATE", "DATETIME"})
"""Types of fields whose answers are equal if their values are, however they are written."""

_BOOLEANS = {"true": True, "1": True, "false": False, "0": False}

_MIN_MILLISECONDS = 10**10
"""Smallest number that is read as a time, in milliseconds since the epoch."""

_NUMBER = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*", re.IGNORECASE)

_DATE_OR_TIME = re.compile(r"\d{4}-\d\d-\d\d([ T]\d\d:\d\d(:\d\d([.]\d+)?)?(Z|[+-]\d\d:?\d\d)?)?", re.ASCII)
"""A date, with or without a time; unlike pandas, no time without a date, and no words such as ``now``."""

_TallyRow: TypeAlias = tuple[str, str | None, str, int, float]
"""The question, the answer, its label, the number of people and their share."""


class CountedAnswers(NamedTuple):
    """
    All answers in columns, and which of them count.

    Attributes:
        actions: The pressed button of each answer, or ``submit``.
        forms: The values of the form in each answer, as JSON; an empty list if the cards have only buttons.
        pressed_ns: The time of each answer, nanoseconds since the epoch.
        late: Whether each answer came after the deadline.
        answer_of_row: The position of the answer that counts for each row; -1 without an answer.
    """

    actions: Sequence[str]
    forms: Sequence[str]
    pressed_ns: IntArray
    late: BoolArray
    answer_of_row: IntArray


@dataclass(frozen=True, eq=False)
class Answers:
    """
    The answers to a campaign at one time.

    Attributes:
        poll: What the cards ask.
        frame: One row for each row of the input, as `Campaign.answers` returns it.
        recipient_of_row: The number of each row's recipient; -1 if the row is rejected and its person has no card from
            an earlier list.
        may_answer: Whether each row's person has a card, or may have one.
        is_closed: Whether the cards are closed, so that no further answers are accepted.
        open_cards: The number of cards that are not disabled, including cards of reminders; a card to several people
            counts for each.
        cards_to_disable: The number of cards that closing has not disabled yet, because closing was interrupted or has
            not ended; 0 if the cards are not closed.
        people_to_disable_for: The number of people who have cards to disable.
    """

    poll: Poll
    frame: pd.DataFrame
    recipient_of_row: IntArray
    may_answer: BoolArray
    is_closed: bool
    open_cards: int
    cards_to_disable: int
    people_to_disable_for: int

    @property
    def people(self) -> pd.DataFrame:
        """One row for each recipient."""
        return self.frame.iloc[self.first_rows]

    @cached_property
    def first_rows(self) -> IntArray:
        """The position of each recipient's first row."""
        sent = np.flatnonzero(self.recipient_of_row >= 0)
        first = np.unique(self.recipient_of_row[sent], return_index=True)[1]
        return sent[np.sort(first)]

    @cached_property
    def fields(self) -> dict[str, PollField]:
        """The fields of the form, by their columns."""
        return dict(zip(field_columns(self.frame), self.poll.fields, strict=False))

    def label_of(self, column: str) -> str:
        """Return the label of a field; the column's name if the field has no label."""
        poll_field = self.fields.get(column)
        return column if poll_field is None else poll_field.label or column

    def label_of_answer(self, question: str, answer: str | None) -> str:
        """Return the label of an answer, as in `tally`; the answer itself if it does not occur there."""
        if answer is None:
            return say("answer.none")
        tally = self.tally
        is_answer = (tally["question"] == question) & (tally["answer"] == answer).fillna(value=False)
        return next(iter(tally.loc[is_answer, "label"]), answer)

    def option_labels(self, column: str) -> Mapping[str, str]:
        """Return the labels of a field's options by their values; none if the field has no options of its own."""
        poll_field = self.fields.get(column)
        return {} if poll_field is None else dict(poll_field.options)

    @cached_property
    def tally(self) -> pd.DataFrame:
        """The number of people by answer, as `Campaign.tally` returns it."""
        return count_by_answer(self.people, self.poll, self.unanswered_count)

    @property
    def late_count(self) -> int:
        """The number of recipients whose answer came after the deadline."""
        return int(self.people["late"].eq(other=True).sum())

    @property
    def is_unanswered(self) -> BoolArray:
        """Whether each row's person has a card, or may have one, and has not answered."""
        return self.frame["answer"].isna().to_numpy(bool) & self.may_answer

    @property
    def unanswered_count(self) -> int:
        """The number of recipients who have a card, or may have one, and have not answered."""
        return int(self.is_unanswered[self.first_rows].sum())

    @property
    def people_with_card(self) -> int:
        """The number of recipients who have a card, or may have one."""
        has_answered = self.frame["answer"].notna().to_numpy(bool)
        return int((self.may_answer | has_answered)[self.first_rows].sum())

    def has(self, question: str, answer: str | None) -> BoolArray:
        """
        Return whether each row has an answer to a question, as in `tally`.

        Args:
            question: ``answer``, or the column of a field.
            answer: The key or value; None for the rows of people who may answer and have not.

        Raises:
            InputError: There is no such question.
        """
        questions = ["answer", *field_columns(self.frame)]
        if question not in questions:
            raise InputError(
                Text("answer.no_question", question=short_repr(question)),
                Text("answer.no_question_todo", questions=listed(map(repr, questions))),
            )
        if answer is None:
            return self.is_unanswered
        column, poll_field = self.frame[question], self.fields.get(question)
        if poll_field is not None and poll_field.type in _TYPES_BY_VALUE:
            # "2" is the number 2.0, and "2026-12-01" a date.
            wanted = _field_column(poll_field, [answer], np.zeros(1, np.int64))[0]
            has_value: BoolArray = (column == wanted).fillna(value=False).to_numpy(bool)
            return has_value
        values, are_answers = column.astype(object).tolist(), column.notna().tolist()
        has_answer = (
            is_answer and answer in _chosen(value) for value, is_answer in zip(values, are_answers, strict=True)
        )
        return np.fromiter(has_answer, bool, len(values))

    def check_answer(self, question: str, answer: str | None) -> None:
        """
        Check that an answer is the key or value of a button or option, and not its text, which would find nobody.

        Raises:
            InputError: The question has buttons or options, and no such answer.
        """
        poll_field = self.fields.get(question)
        options = () if poll_field is None else _options(poll_field)
        offered = (self.poll.buttons or self.poll.fields) if question == "answer" else options
        if answer is None or not offered:
            return
        tally = self.tally[self.tally["question"] == question].dropna(subset=["answer"])
        keys = tally["answer"].tolist()
        if answer not in keys:
            choices = [f"{key!r} ({label})" for key, label in zip(keys, tally["label"].tolist(), strict=True)]
            raise InputError(
                Text("answer.no_answer", question=question, answer=str(answer)),
                Text("answer.no_answer_todo", choices=listed(choices)),
            )

    @cached_property
    def rows_by_answer(self) -> Counter[tuple[str, str]]:
        """The number of rows with each answer to each question of `tally`, as `has` finds them."""
        counts = Counter[tuple[str, str]]()
        for question in dict.fromkeys(self.tally["question"].tolist()):
            values = self.frame[question].dropna().astype(object).tolist()
            counts.update((question, answer) for value in values for answer in _chosen(value))
        return counts

    @property
    def share(self) -> float:
        """The share of recipients who have answered; 1 without recipients."""
        people = self.people
        return float(people["answer"].notna().mean()) if len(people) else 1.0

    @property
    def possible_share(self) -> float:
        """The share of recipients who have answered or may still answer; 1 without recipients."""
        may_answer = (self.frame["answer"].notna().to_numpy(bool) | self.may_answer)[self.first_rows]
        return float(may_answer.mean()) if len(may_answer) else 1.0


def get_poll(db: LedgerSession, campaign: int) -> PollRow:
    """
    Return the poll of a campaign with cards.

    Raises:
        InputError: The campaign has no cards that can be answered.
    """
    poll = cards.poll_of(db, campaign)
    if poll is None:
        raise InputError(Text("answer.no_cards"), Text("answer.no_cards_todo"))
    return poll


def read_answers(db: LedgerSession, campaign: int, row_map: RowMap, *, has_key: bool) -> Answers:
    """
    Return the answers to a campaign, from all cards of each person.

    Args:
        db: The ledger.
        campaign: The campaign's number.
        row_map: The rows, and the places of their people.
        has_key: Whether a key distinguishes several rows of one person.

    Raises:
        InputError: The campaign has no cards that can be answered.
    """
    with db.snapshot():
        poll = get_poll(db, campaign)
        recorded = ledger_answers.columns_of_poll(
            db, poll.root, poll.poll.counts, with_values=_has_values(poll.poll), with_batches=has_key
        )
        keys = read_keys(db, poll.root) if has_key else None
        open_cards = cards.count_open(db, poll.root)
        people_of_card = {} if poll.closed_ns is None else cards.people_to_disable_for(db, poll.root)
    counted = _choose_answers(recorded, row_map, keys)
    results = results_frame(db, campaign, row_map, answered=counted.answer_of_row >= 0, render=None)
    may_answer = results["reached"].fillna(value=True).to_numpy(bool)
    recipient_of_row = _recipients_with_card(results, row_map)
    columns = {"userid": row_map.userid_column, **answer_columns(counted, poll.poll)}
    frame = pd.DataFrame(columns, index=row_map.frame.index)
    return Answers(
        poll.poll,
        frame,
        recipient_of_row,
        may_answer,
        poll.closed_ns is not None,
        open_cards,
        len(people_of_card),
        len({person for people in people_of_card.values() for person in people}),
    )


def _has_values(poll: Poll) -> bool:
    """Return whether answers have more than a button: fields of a form, or what the analyst's own template posts."""
    return bool(poll.fields) or not poll.buttons


def _recipients_with_card(results: pd.DataFrame, row_map: RowMap) -> IntArray:
    """Return the recipient of each row, even if a later list rejects the row of a person who may have a card."""
    if not row_map.earlier_places:
        return row_map.recipient_of_row
    numbers = row_map.with_earlier_places().recipient_of_row.copy()
    numbers[(results["status"] == Status.REJECTED).to_numpy(bool)] = _NONE
    return numbers


def append_answers(frame: pd.DataFrame, answers: Answers, *, for_export: bool = False) -> pd.DataFrame:
    """
    Return a frame of results, with or without kept columns in front, followed by the columns of answers.

    A kept column with the name of a column of answers becomes ``input_NAME``. A field with the name of a results column
    gets an underscore at its end.

    Args:
        frame: The results.
        answers: The answers, with the same rows.
        for_export: Whether several choices in a field are one text, instead of a list, and what a template of the
            analyst's own posts is JSON, instead of a dict.
    """
    answer_frame = answers.frame.drop(columns="userid")
    if for_export:
        for name, field in answers.fields.items():
            if field.type in LIST_TYPES:
                joined = [
                    ", ".join(map(str, value)) if isinstance(value, list) else None for value in answer_frame[name]
                ]
                answer_frame[name] = pd.array(joined, dtype="str")
        if not answers.poll.fields and _VALUES_COLUMN in answer_frame:
            values = [
                json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else None
                for value in answer_frame[_VALUES_COLUMN]
            ]
            answer_frame[_VALUES_COLUMN] = pd.array(values, dtype="str")
    taken = {*COLUMNS, *answer_frame.columns}
    renamed: dict[str, str] = {}
    for name in answer_frame.columns:
        if name in COLUMNS and name not in ANSWER_COLUMNS:
            renamed[name] = _unused_name(name, taken)
            taken.add(renamed[name])
    answer_frame = answer_frame.rename(columns=renamed)
    start = frame.columns.tolist().index("userid")
    kept_columns, results = frame.iloc[:, :start], frame.iloc[:, start:]
    return pd.concat(
        [with_free_names(kept_columns, [*results.columns, *answer_frame.columns]), results, answer_frame], axis=1
    )


def readable_answers(answers: Answers) -> list[TitledColumn]:
    """Return the columns of answers for people: with the labels of questions and answers, and who has not answered."""
    frame, tally = answers.frame.astype(object), answers.tally
    is_button = (tally["question"] == "answer") & tally["answer"].notna()
    labels = dict(zip(tally.loc[is_button, "answer"], tally.loc[is_button, "label"], strict=True))
    late = [say("answer.yes" if value else "answer.no") if value is not pd.NA else "" for value in frame["late"]]
    is_late_possible = answers.poll.deadline_ns is not None or frame["late"].eq(other=True).any()
    has_no_answer = answers.is_unanswered & (answers.recipient_of_row >= 0)
    chosen = [
        say("answers_form.has_not_answered") if is_missing else labelled(value, labels)
        for value, is_missing in zip(frame["answer"], has_no_answer.tolist(), strict=True)
    ]
    return [
        TitledColumn(say("answers_form.answer"), chosen, "answers"),
        *(
            TitledColumn(
                answers.label_of(name),
                [to_second(labelled(value, answers.option_labels(name))) for value in frame[name]],
                "question",
            )
            for name in field_columns(answers.frame)
        ),
        TitledColumn(say("answers_form.answered_at"), [to_second(value) for value in frame["answered_at"]], "answers"),
        *([TitledColumn(capitalize(Text("answers_form.late")), late, "answers")] if is_late_possible else []),
    ]


def labelled(value: object, labels: Mapping[str, str]) -> object:
    """Return the value of an answer as forms show it: choices by their labels; numbers and times are unchanged."""
    if isinstance(value, list):
        return str(listed(labels.get(str(item), str(item)) for item in value))
    if isinstance(value, bool):
        return say("answer.yes" if value else "answer.no")
    if isinstance(value, dict):
        return str(listed(f"{name}={item}" for name, item in value.items()))
    return labels.get(value, value) if isinstance(value, str) else value


def answer_columns(counted: CountedAnswers, poll: Poll) -> dict[str, Any]:
    """Return the columns of answers: `answer`, one for each field, `answered_at` and `late`."""
    answer_of_row = counted.answer_of_row
    actions = pd.array([*counted.actions, np.nan], dtype="str")
    late = pd.arrays.BooleanArray(np.append(counted.late, values=False)[answer_of_row], answer_of_row == _NONE)
    fields: dict[str, Any] = {}
    if _has_values(poll):
        # The values of answers that do not count are not read.
        values: list[Mapping[str, Any]] = [{}] * len(counted.forms)
        for at in np.unique(answer_of_row[answer_of_row != _NONE]).tolist():
            values[at] = json.loads(counted.forms[at])
        taken = {"userid", *ANSWER_COLUMNS}
        for field in poll.fields:
            name = _unused_name(field.name, taken)
            taken.add(name)
            fields[name] = _field_column(field, [value.get(field.name) for value in values], answer_of_row)
        if not poll.fields:
            fields[_VALUES_COLUMN] = _object_column([value or None for value in values], answer_of_row)
    return {
        "answer": actions.take(answer_of_row),
        **fields,
        "answered_at": timestamps_of_array(np.append(counted.pressed_ns, 0)[answer_of_row]),
        "late": late,
    }


def count_by_answer(people: pd.DataFrame, poll: Poll, unanswered: int) -> pd.DataFrame:
    """
    Return the number of people by answer.

    Args:
        people: One row of `Answers.frame` for each recipient.
        poll: What was asked.
        unanswered: The number of people without an answer who may still give one.

    Returns:
        One row for each possible answer, in the order of the card, with a row for people without an answer after the
        buttons or the form. If the options of a field differ by person, a row for each chosen option. Columns:
        `question` (str: ``answer`` for buttons, else the field's column), `answer` (str: the key or value; NA without
        an answer), `label` (str), `people` (int64), and `share` (float64, of the people who answered the question; NA
        without an answer).
    """
    rows = _tally_actions(people, poll, unanswered)
    for name, field in zip(field_columns(people), poll.fields, strict=False):
        rows += _tally_field(people, name, field)
    question, answer, label, number, share = zip(*rows, strict=True)
    return pd.DataFrame(
        {
            "question": pd.array(question, dtype="str"),
            "answer": pd.array([np.nan if key is None else key for key in answer], dtype="str"),
            "label": pd.array(label, dtype="str"),
            "people": np.array(number, dtype=np.int64),
            "share": np.array(share, dtype=np.float64),
        }
    )


def _tally_actions(people: pd.DataFrame, poll: Poll, unanswered: int) -> list[_TallyRow]:
    """Return the rows of the tally for buttons, the form, buttons of earlier cards, and people without an answer."""
    answered = count_answered(people, "answer")
    counts = people["answer"].value_counts()
    offered = dict(poll.buttons)
    if poll.fields:
        offered[SUBMIT] = say("answer.submit")
    others = _by_frequency({str(value): int(n) for value, n in counts.items() if value not in offered})
    rows: list[_TallyRow] = []
    for key, label in [*offered.items(), *((key, key) for key in others)]:
        n = int(counts.get(key, 0))
        rows.append(("answer", key, label, n, n / max(answered, 1)))
    return [*rows, ("answer", None, say("answer.none"), unanswered, np.nan)]


def _tally_field(people: pd.DataFrame, name: str, field: PollField) -> list[_TallyRow]:
    """
    Return a row of the tally for each option of a field; none if the field has no options, such as a text.

    If the options differ by person, there is a row for each value that occurs.
    """
    if not (field.options or field.type in _SWITCHES | CHOICES):
        return []
    chosen = Counter(chain.from_iterable(map(_chosen, people[name].dropna().astype(object).tolist())))
    options = _options(field) or [(value, value) for value in _by_frequency(chosen)]
    answered = max(count_answered(people, name), 1)
    return [(str(name), value, label, chosen[value], chosen[value] / answered) for value, label in options]


def count_answered(people: pd.DataFrame, question: str) -> int:
    """Return the number of people who answered a question, as in `tally`; an empty choice is not an answer."""
    values = people[question].dropna()
    return sum(not isinstance(value, list) or bool(value) for value in values)


def field_columns(frame: pd.DataFrame) -> list[str]:
    """Return the columns of fields, or of the parameters that a template of the analyst's own posts."""
    return [name for name in frame.columns if name not in {"userid", *ANSWER_COLUMNS}]


def _options(poll_field: PollField) -> Sequence[tuple[str, str]]:
    """Return the values and labels of the options of a field; none if the options differ by person."""
    if poll_field.type in _SWITCHES:
        return (("true", say("answer.yes")), ("false", say("answer.no")))
    return poll_field.options


def _by_frequency(counts: Mapping[str, int]) -> list[str]:
    """Return values by how often they occur, the most frequent first."""
    return sorted(counts, key=lambda value: (-counts[value], value))


def _chosen(value: object) -> set[str]:
    """Return the values that a person chose in a field."""
    return set(map(_option_text, value if isinstance(value, list) else [value]))


def _option_text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _choose_answers(recorded: AnswerColumns, row_map: RowMap, keys: Keys | None) -> CountedAnswers:
    """Return the answer that counts for each row."""
    persons = list(answer_identities(recorded.userids, recorded.batches, keys))
    # Of a person's answers, the one that counts comes first: in reverse order, it replaces the others.
    answer_of_person = dict(zip(reversed(persons), reversed(range(len(persons))), strict=True))
    answer_of_row = np.fromiter(
        map(answer_of_person.get, row_identities(row_map, keys), repeat(_NONE)), np.int64, len(row_map.userids)
    )
    answer_of_row[row_map.with_earlier_places().recipient_of_row < 0] = _NONE
    pressed_ns, late = np.array(recorded.pressed_ns, dtype=np.int64), np.array(recorded.late, dtype=bool)
    return CountedAnswers(recorded.actions, recorded.values, pressed_ns, late, answer_of_row)


def _unused_name(name: str, taken: set[str]) -> str:
    """Return a name with as many underscores at its end as it takes to be unused."""
    while name in taken:
        name += "_"
    return name


def _field_column(poll_field: PollField, values: list[Any], positions: IntArray) -> Any:  # noqa: ANN401 - a pandas array
    """
    Return the column of a field with the dtype of its type; invalid values are missing.

    Args:
        poll_field: The field.
        values: The value in each answer; None if it is missing.
        positions: The position in `values` for each row of the column; -1 for a missing value.
    """
    if poll_field.type in LIST_TYPES:
        # Cards that were sent before may have had a field with one value.
        lists = [value if value is None or isinstance(value, list) else [value] for value in values]
        return _object_column(lists, positions)
    if poll_field.type in _SWITCHES:
        return pd.array([*map(_as_bool, values), None], dtype="boolean").take(positions)
    if poll_field.type == "NUMBER":
        return pd.array([*map(_as_number, values), None], dtype="Float64").take(positions)
    if poll_field.type in {"DATE", "DATETIME"}:
        parsed = pd.DatetimeIndex([*map(_as_moment, values), pd.NaT]).as_unit("ms")
        local = parsed.take(positions)
        if poll_field.type == "DATE":
            return local.normalize()
        # China had daylight saving time until 1991: a time that occurs twice is the first; a skipped time is invalid.
        return local.tz_localize(ZONE, ambiguous=np.ones(len(local), dtype=bool), nonexistent="NaT")
    texts = [*(np.nan if value is None else str(value) for value in values), np.nan]
    return pd.array(texts, dtype="str").take(positions)


def _object_column(values: list[Any], positions: IntArray) -> Any:  # noqa: ANN401 - an array of objects
    column = np.empty(len(values) + 1, dtype=object)
    column[:-1] = values
    return column[positions]


def _as_bool(value: object) -> bool | None:
    return value if isinstance(value, bool) else _BOOLEANS.get(str(value).strip().lower())


def _as_number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    if isinstance(value, str) and _NUMBER.fullmatch(value) is None:
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if isfinite(number) else None


def _as_moment(value: object) -> Any:  # noqa: ANN401 - a Timestamp, or NaT
    """Return a date or a time in Beijing without a zone; NaT if a value is neither ISO text nor milliseconds."""
    try:
        if isinstance(value, str) and value.strip().isdecimal():
            value = int(value)
        if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) >= _MIN_MILLISECONDS:
            moment: Any = pd.Timestamp(value, unit="ms", tz="UTC")
        elif isinstance(value, str) and _DATE_OR_TIME.fullmatch(value.strip()):
            moment = pd.Timestamp(value.strip())
        else:
            moment = pd.NaT
        if moment is not pd.NaT and moment.tz is not None:
            moment = moment.tz_convert(ZONE).tz_localize(None)
    except (ValueError, OverflowError, TypeError):
        return pd.NaT
    # Beyond these years, not even the display of the column works.
    return moment if moment is not pd.NaT and MINYEAR <= moment.year <= MAXYEAR else pd.NaT
