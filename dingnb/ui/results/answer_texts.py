"""The answers to a campaign's cards as texts."""

from collections.abc import Iterator, Mapping

import pandas as pd

from dingnb.campaigns.results.answers import Answers, field_columns, labelled
from dingnb.tables.cells import is_missing, show
from dingnb.ui.kit.times import DATE, DATETIME_TO_MINUTE
from dingnb.words import join_sentences, say

_ENDS_OF_LABELS = ("?", "？", "!", "！", ".", "。", ":", "：")
"""The punctuation at the end of a label after which no colon follows."""


def tally_labels(answers: Answers) -> Iterator[tuple[str, str | None, str]]:
    """Yield the question, the answer and its label for each row of the tally; the answer is None for no answer."""
    columns = (answers.tally[name].astype(object).tolist() for name in ("question", "answer", "label"))
    for question, answer, label in zip(*columns, strict=True):
        yield question, answer if isinstance(answer, str) else None, label


def has_one_button(answers: Answers) -> bool:
    """Return whether the cards have a form and one button, which everybody who answered has pressed."""
    tally = answers.tally.dropna(subset="answer")
    return bool(answers.fields) and int((tally["question"] == "answer").sum()) == 1


def has_answered(answers: Answers, position: int) -> bool:
    """Return whether a row's person has answered."""
    return isinstance(answers.frame["answer"].iloc[position], str)


def answer_texts(answers: Answers, position: int) -> list[tuple[str, str]]:
    """
    Return the label of each question that a row's person has answered, and the answer; empty without an answer.

    Args:
        answers: The answers.
        position: The position of the row.

    Returns:
        First the button, with an empty label; it is left out if the cards have only one, as in `has_one_button`.
    """
    # As Python values, which a row of several types has only after the conversion.
    answer = answers.frame.iloc[[position]].astype(object).iloc[0]
    if not has_answered(answers, position):
        return []
    pressed = answers.label_of_answer("answer", answer["answer"])
    texts = [] if has_one_button(answers) else [("", pressed)]
    fields = [
        (answers.label_of(name), _value_text(answer[name], answers.option_labels(name)))
        for name in field_columns(answers.frame)
    ]
    return [*texts, *((label, text) for label, text in fields if text)]


def with_question(question: str, answer: str) -> str:
    """
    Return an answer after the label of its question; without a label, the answer.

    Args:
        question: The label of the question; may be empty.
        answer: The answer.

    >>> with_question("Coming?", "yes"), with_question("是否参加？", "参加"), with_question("Days", "2")
    ('Coming? yes', '是否参加？参加', 'Days: 2')
    """
    if not question or question.endswith(_ENDS_OF_LABELS):
        return join_sentences([question, answer])
    return say("answers_form.answer_to", question=question, answer=answer)


def _value_text(value: object, labels: Mapping[str, str]) -> str:
    """Return the value of a field as text; for an option, its label."""
    if isinstance(value, float) and value.is_integer():
        return f"{value:.0f}"
    if isinstance(value, pd.Timestamp):
        # A date has no zone; a time is shown whole, also at midnight.
        return f"{value:{DATE if value.tzinfo is None else DATETIME_TO_MINUTE}}"
    text = labelled(value, labels)
    # What a person wrote is an answer, also "None" or "nan".
    return show(text).strip() if isinstance(text, str) or not is_missing(text) else ""
