"""The display of a campaign: its state, the number of people by status, the next step and problems."""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from types import MappingProxyType
from typing import Any

import numpy as np
import pandas as pd

from dingnb.calls.context import AnswerListener
from dingnb.campaigns.recipient_count import RecipientCount, Unit, counted_rows, text_key
from dingnb.campaigns.results.answers import Answers
from dingnb.campaigns.results.delivery_statistics import share_text
from dingnb.campaigns.results.results_frame import have_elsewhere, have_expired
from dingnb.campaigns.sending.unknown_outcomes import LEFT_UNKNOWN
from dingnb.campaigns.status import NOT_SENT_ONCE_CLOSED, State, Status, is_retryable
from dingnb.channels import channel_named
from dingnb.display import Sheet, Table
from dingnb.ledger.campaigns import actions
from dingnb.ledger.campaigns.actions import Action
from dingnb.ledger.campaigns.campaigns import CampaignRow
from dingnb.recipients.row_checks import is_unmatched_reason
from dingnb.tables.cells import is_missing
from dingnb.tables.timestamps import timestamps
from dingnb.words import NOTHING, Text, count, listed

_PROBLEMS_CAPTION = Text("campaign.reasons")
_ANSWERS_CAPTION = Text("answer.answers")

NO_LABELS: Mapping[Hashable, int | str] = MappingProxyType({})
"""No labels of rejected rows: the frame has the input's labels."""

NO_NAMES: Mapping[str, str] = MappingProxyType({})
"""No names of people: they are shown by their userids."""

NO_ROW_NAMES: Mapping[Hashable, str] = MappingProxyType({})
"""No names beside the labels of rows."""

_MAX_REASONS_SHOWN = 10
_MAX_UNMATCHED_SHOWN = 5
"""Maximum number of different reasons of rows without a match that have lines of their own; if more, all share one."""

_MAX_PEOPLE_SHOWN = 3

_STATUSES_WITHOUT_PROBLEM = [Status.QUEUED, Status.DELIVERED, Status.READ, Status.RECALLED]
"""Statuses whose reasons are not problems: a note explains why people are still queued, and a recall was intended."""


class _Summary(pd.DataFrame):
    """A DataFrame whose display has its texts in full, where pandas would cut them at 50 characters."""

    @property
    def _constructor(self) -> type[pd.DataFrame]:
        return _Summary

    def __repr__(self) -> str:
        with pd.option_context("display.max_colwidth", None):
            return super().__repr__()

    def _repr_html_(self) -> str | None:
        with pd.option_context("display.max_colwidth", None):
            html: str | None = super()._repr_html_()  # type: ignore[misc]  # the stubs of pandas lack it
            return html


def summarize(  # noqa: PLR0913 - keywords
    frame: pd.DataFrame,
    people: pd.DataFrame,
    *,
    unit: Unit,
    excluded_row_count: int,
    person_of_row: Sequence[str],
    expired_ns: int,
    needs_texts: bool = False,
    recall_note: Text = NOTHING,
    is_decided: bool = False,
    is_closed: bool = False,
) -> pd.DataFrame:
    """
    Return the number of people by status, for statuses with people.

    Args:
        frame: The results of a campaign.
        people: One row of `frame` for each recipient.
        unit: The counted unit.
        excluded_row_count: The number of rows that the analyst excluded; they are among the rejected rows.
        person_of_row: The person of each row of `frame`, or `NOBODY`; empty if the row has no userid.
        expired_ns: Results of messages sent at this time or before have expired.
        needs_texts: Whether retries are impossible only because the texts were not kept.
        recall_note: That retries would send what was recalled or is to be recalled; empty if they would not.
        is_decided: Whether the analyst left all people with unknown outcome unknown.
        is_closed: Whether the campaign's cards are closed, so that nobody else gets one.

    Returns:
        The index `status` (str), in the order of a results frame's categories, `people` (int64; for ``rejected``
        as `counted_rows` says), `share` (float64, of the total), `todo` (str: the next step; NA if empty).
    """
    counts = people["status"].value_counts(sort=False)
    rejected = _persons_of_rejected(frame, person_of_row)
    counts[Status.REJECTED] = int(counted_rows(rejected, unit).sum())
    counts = counts[counts > 0]
    names = [str(status) for status in counts.index]
    total = max(int(counts.sum()), 1)
    # After results have expired there is no next step for accepted people.
    is_expired = have_expired(people)[people["status"] == Status.ACCEPTED].all()
    accepted = "accepted_over" if is_expired else "accepted"
    if names and not channel_named(frame["channel"].iloc[0]).results_api:
        accepted = "accepted_only"
    next_steps = {name: Text(f"next.{name}") for name in names}
    next_steps[Status.ACCEPTED] = Text(f"next.{accepted}")
    if (people["sent_at"][people["status"] == Status.DELIVERED] <= pd.Timestamp(expired_ns, tz="UTC")).all():
        next_steps[Status.DELIVERED] = Text("next.delivered_stale")
    if needs_texts:
        next_steps[Status.FAILED] = Text("next.failed_textless")
    elif recall_note:
        next_steps[Status.FAILED] = Text("next.retry_recalled", note=recall_note)
    next_steps[Status.FILTERED] = _next_step_of_filtered(people, needs_texts=needs_texts, recall_note=recall_note)
    if is_decided:
        next_steps[Status.UNKNOWN] = Text("next.unknown_left")
    if is_closed:
        next_steps |= dict.fromkeys(NOT_SENT_ONCE_CLOSED, Text("answer.closed_unsent"))
    if excluded_row_count:
        rows, is_all = count("row", excluded_row_count), excluded_row_count == len(rejected)
        next_steps[Status.REJECTED] = Text("next.excluded" if is_all else "next.rejected_or_excluded", rows=rows)
    steps = [str(next_steps[name]) or None for name in names]
    return _Summary(
        {
            "people": counts.to_numpy(dtype="int64"),
            "share": counts.to_numpy(dtype="float64") / total,
            "todo": pd.array(steps, dtype="str"),
        },
        index=pd.Index(names, dtype="str", name="status"),
    )


def _persons_of_rejected(frame: pd.DataFrame, person_of_row: Sequence[str]) -> pd.Series:
    people = pd.Series([person or None for person in person_of_row], index=frame.index, dtype="str")
    return people[(frame["status"] == Status.REJECTED).to_numpy()]


def _next_step_of_filtered(people: pd.DataFrame, *, needs_texts: bool, recall_note: Text) -> Text:
    filtered = people[people["status"] == Status.FILTERED]
    if have_elsewhere(filtered).all():
        return Text("next.filtered_had" if filtered["reached"].notna().all() else "next.filtered_sent")
    columns = (filtered[name].astype(object).fillna("") for name in ("status", "code", "evidence"))
    if not any(map(is_retryable, *columns)):
        return Text("next.filtered_for_good")
    if needs_texts:
        return Text("next.filtered_textless")
    return Text("next.retry_recalled", note=recall_note) if recall_note else Text("next.filtered")


def are_left_unknown(people: pd.DataFrame) -> bool:
    """Return whether the analyst left all people with unknown outcome unknown; reasons must be `Text`."""
    reasons = people.loc[people["status"] == Status.UNKNOWN, "reason"]
    return bool(len(reasons)) and all(reason == LEFT_UNKNOWN for reason in reasons)


def campaign_sheet(  # noqa: PLR0913 - keywords
    row: CampaignRow,
    state: State,
    frame: pd.DataFrame,
    people: pd.DataFrame,
    *,
    calls: int,
    opening: Text,
    reason: Text,
    history: Sequence[Action] = (),
    excluded: Sequence[int] = (),
    labels: Mapping[Hashable, int | str] = NO_LABELS,
    names: Mapping[str, str] = NO_NAMES,
    row_names: Mapping[Hashable, str] = NO_ROW_NAMES,
    person_of_row: Sequence[str],
    expired_ns: int,
    needs_texts: bool = False,
    recall_note: Text = NOTHING,
    is_closed: bool = False,
    why_not_resume: Text = NOTHING,
) -> Sheet:
    """
    Return the sheet of a campaign.

    Args:
        row: The campaign in the ledger.
        state: The campaign's state.
        frame: The campaign's results, with reasons and hints as `Text`.
        people: One row of `frame` for each recipient.
        calls: The number of calls made.
        opening: The first note; may be empty.
        reason: Why the campaign is paused, stopped or interrupted, or what it waits for; otherwise empty.
        history: The actions of people on the campaign; empty shows none.
        excluded: The positions of the rows that the analyst excluded.
        labels: The labels of rejected rows in the input, by their labels in the frame; empty if the frame has the
            input's labels.
        names: The names of people to show instead of their userids.
        row_names: The names to show beside the labels of rows without a userid, or whose userid is doubtful.
        person_of_row: The person of each row of `frame`, or `NOBODY`; empty if the row has no userid.
        expired_ns: Results of messages sent at this time or before have expired.
        needs_texts: Whether retries are impossible only because the texts were not kept.
        recall_note: That retries would send what was recalled or is to be recalled; empty if they would not.
        is_closed: Whether the campaign's cards are closed, so that nobody else gets one.
        why_not_resume: Why a halted campaign cannot, or should not, be resumed; empty otherwise.
    """
    recipient_count = RecipientCount(len(people), people["userid"].nunique() if row.key_columns else None)
    facts: tuple[tuple[Text, Text | str], ...] = (
        (Text("plan.app"), row.realm.app),
        (Text("campaign.state"), Text(f"campaign.{state}")),
        *_recipient_facts(recipient_count),
        (Text("campaign.calls"), count("call", calls)),
    )
    notes: tuple[Text, ...] = tuple(filter(None, [opening, reason, _next_step(state, row, why_not_resume)]))
    title = Text("campaign.title", name=row.name)
    tables = (
        *_status_tables(
            summarize(
                frame,
                people,
                unit=recipient_count.unit,
                excluded_row_count=len(excluded),
                person_of_row=person_of_row,
                expired_ns=expired_ns,
                needs_texts=needs_texts,
                recall_note=recall_note,
                is_decided=are_left_unknown(people),
                is_closed=is_closed,
            ),
            recipient_count,
            int((frame["status"] == Status.REJECTED).sum()),
        ),
        *_problem_tables(
            frame[~np.isin(np.arange(len(frame)), excluded)],
            lambda rows: _list_people(rows, labels, names, row_names),
        ),
        *_elsewhere_tables(frame, lambda rows: _list_people(rows, labels, names, row_names)),
        *_history_tables(history, recipient_count.unit),
    )
    return Sheet(title, row.realm.mode, facts, notes, tables)


def with_answers(sheet: Sheet, answers: Answers, note: Text) -> Sheet:
    """Return the sheet of a campaign with the answers to its cards, and a note about them, which may be empty."""
    return replace(
        sheet,
        facts=(*sheet.facts, (Text("answer.answered_by"), _count_answered(answers))),
        notes=tuple(filter(None, [*sheet.notes, note])),
        tables=(*sheet.tables, answers_table(answers)),
    )


def is_problems_table(table: Table) -> bool:
    """Return whether a table of a campaign's sheet lists problems by reason."""
    return table.caption == _PROBLEMS_CAPTION


def is_answers_table(table: Table) -> bool:
    """Return whether a table of a campaign's sheet counts the answers to its cards."""
    return table.caption == _ANSWERS_CAPTION


def answered_text(answers: Answers) -> Text:
    """Return the number of people who have answered, for a progress bar."""
    return Text("answer.progress", counted=_count_answered(answers))


def _count_answered(answers: Answers) -> Text:
    people = answers.people
    answered = int(people["answer"].notna().sum())
    # A person with several rows has several cards.
    unit = "person" if people["userid"].is_unique else "message"
    return Text("answer.counted", n=answered, people=count(unit, len(people)))


def closed_note(answers: Answers) -> Text:
    """Return that the cards are closed, and how many are not disabled yet; empty if they are open."""
    if answers.cards_to_disable:
        return Text("answer.is_closed_partly", cards=count("card", answers.cards_to_disable))
    return Text("answer.is_closed") if answers.is_closed else NOTHING


def listening_note(answers: Answers, listener: AnswerListener | None) -> Text:
    """Return why answers may be missing: the cards are closed, or nothing receives answers; otherwise empty."""
    if answers.is_closed:
        return closed_note(answers)
    over_http = answers.poll.is_over_http
    if listener is not None and listener.for_transport(over_http=over_http).is_listening:
        return NOTHING
    return Text("answer.not_listening_http" if over_http else "answer.not_listening")


def answers_table(answers: Answers) -> Table:
    """Return the table of the number of people by answer."""
    tally = answers.tally
    header = tuple(Text(f"answer.{name}") for name in ("question", "given", "people", "share"))
    rows = [
        (
            Text("answer.answer") if question == "answer" else answers.label_of(question),
            label,
            f"{people:,}",
            "" if is_missing(share) else share_text(share, is_in_column=True),
        )
        for question, label, people, share in zip(
            *(tally[name].tolist() for name in ("question", "label", "people", "share")), strict=True
        )
    ]
    late = Text("answer.n_late", n=answers.late_count) if answers.late_count else NOTHING
    return Table(_ANSWERS_CAPTION, header, rows, late)


def _recipient_facts(recipient_count: RecipientCount) -> list[tuple[Text, Text]]:
    people, messages = recipient_count.people, recipient_count.messages
    if people is None:
        return [(Text("plan.people"), Text("campaign.n_people", n=messages))]
    return [
        (Text("plan.messages"), Text("campaign.n_messages", n=messages)),
        (Text("plan.people"), Text("campaign.n_people", n=people)),
    ]


def _next_step(state: State, row: CampaignRow, why_not_resume: Text) -> Text:
    """Return what to do about the state of a campaign; empty if nothing, or if the reason's hint already says so."""
    if state is State.RUNNING:
        return Text("campaign.running_todo")
    if state is State.FINISHED:
        return NOTHING
    if why_not_resume:
        return why_not_resume
    if row.by_person:
        return Text("campaign.by_person_todo")
    if state is State.INTERRUPTED and not row.reason:
        return Text("campaign.interrupted_todo")
    # A hint of the reason is shown with it.
    return NOTHING if row.hint else Text("campaign.stopped_todo")


def _status_tables(summary: pd.DataFrame, recipient_count: RecipientCount, rejected: int) -> tuple[Table, ...]:
    """Return the table of the number of people by status, with the number of rejected rows if that differs."""
    if summary.empty:
        return ()
    counted = "people" if recipient_count.people is None else "messages"
    header = tuple(Text(f"campaign.{name}") for name in ("status", counted, "share", "next"))
    columns = (summary["people"].tolist(), summary["share"].tolist(), summary["todo"].fillna("").tolist())
    rows = [
        (
            Text(f"status.{status}"),
            Text("campaign.in_rows", n=people, rows=count("row", rejected))
            if status == Status.REJECTED and people != rejected
            else f"{people:,}",
            share_text(share, is_in_column=True),
            todo,
        )
        for status, people, share, todo in zip(summary.index, *columns, strict=True)
    ]
    return (Table(Text("campaign.statuses"), header, rows),)


def _history_tables(history: Sequence[Action], unit: Unit) -> tuple[Table, ...]:
    if not history:
        return ()
    header = tuple(Text(f"history.{name}") for name in ("when", "who", "what", text_key(unit, "people")))
    moments = timestamps([action.done_ns for action in history]).strftime("%Y-%m-%d %H:%M").tolist()
    rows = [
        (
            moment,
            action.done_by,
            _describe_action(action),
            "" if action.people is None else f"{action.people:,}",
        )
        for moment, action in zip(moments, history, strict=True)
    ]
    return (Table(Text("history.caption"), header, rows),)


def _describe_action(action: Action) -> Text:
    if action.action == actions.REMINDED:
        return Text("history.reminded", name=action.detail)
    return Text(f"history.{action.action}{f'_{action.detail}' if action.detail else ''}")


def _problem_tables(frame: pd.DataFrame, list_people: Callable[[pd.DataFrame], Text]) -> tuple[Table, ...]:
    """Return a table of problems by reason, with the first few people affected, whom `list_people` lists."""
    problems = frame[
        frame["reason"].notna() & ~frame["status"].isin(_STATUSES_WITHOUT_PROBLEM) & ~have_elsewhere(frame)
    ]
    if problems.empty:
        return ()
    unmatched = set(filter(is_unmatched_reason, problems["reason"]))
    causes: dict[tuple[Any, ...], list[int]] = {}
    columns = (problems[name].astype(object).fillna("").tolist() for name in ("status", "code", "hint", "reason"))
    for at, (*cause, reason) in enumerate(zip(*columns, strict=True)):
        # Reasons of rejected rows quote their values; each kind of problem is one line nevertheless.
        is_own_line = reason in unmatched and len(unmatched) <= _MAX_UNMATCHED_SHOWN
        kind = reason.key if cause[0] == Status.REJECTED and not is_own_line else reason
        causes.setdefault((*cause, kind), []).append(at)
    groups = sorted(causes.items(), key=lambda item: -len(item[1]))
    reasons = problems["reason"].tolist()
    rows = [
        (
            Text(f"status.{status}"),
            code,
            _common_reason([reasons[position] for position in positions]),
            hint,
            f"{len(positions):,}",
            list_people(problems.iloc[positions]),
        )
        for (status, code, hint, _), positions in groups[:_MAX_REASONS_SHOWN]
    ]
    header = tuple(Text(f"campaign.{name}") for name in ("status", "code", "reason", "todo", "rows", "first"))
    more = (
        Text("campaign.more_reasons", n=len(groups) - _MAX_REASONS_SHOWN)
        if len(groups) > _MAX_REASONS_SHOWN
        else NOTHING
    )
    return (Table(_PROBLEMS_CAPTION, header, rows, more),)


def _elsewhere_tables(frame: pd.DataFrame, list_people: Callable[[pd.DataFrame], Text]) -> tuple[Table, ...]:
    """Return a table of the people who are not sent the text again because another campaign or a test sent it."""
    elsewhere = frame[have_elsewhere(frame)]
    if elsewhere.empty:
        return ()
    reasons = dict.fromkeys(elsewhere["reason"].tolist())
    positions_of = {reason: np.flatnonzero(elsewhere["reason"] == reason).tolist() for reason in reasons}
    header = tuple(Text(f"campaign.{name}") for name in ("reason", "rows", "first"))
    rows = [
        (reason, f"{len(positions):,}", list_people(elsewhere.iloc[positions]))
        for reason, positions in positions_of.items()
    ]
    return (Table(Text("campaign.elsewhere"), header, rows),)


def _common_reason(reasons: list[Text]) -> Text:
    """Return the reason of rows with the same problem; if quoted values differ, the first reason as an example."""
    is_common = reasons.count(reasons[0]) == len(reasons)
    return reasons[0] if is_common else Text("campaign.such_as", reason=reasons[0])


def _list_people(
    rows: pd.DataFrame,
    labels: Mapping[Hashable, int | str],
    names: Mapping[str, str],
    row_names: Mapping[Hashable, str],
) -> Text:
    """
    Return the first few people by name or userid, in a text that says so in forms if there are more.

    Rows without a userid, or with a doubtful one, are listed by label and name.
    """
    people: dict[Text | str, Text | str] = {}
    # A person may have several rows, and several people one name.
    for userid, label in zip(rows["userid"], rows.index, strict=True):
        if pd.isna(userid) or label in row_names:
            key, name = ("row_named", row_names[label]) if label in row_names else ("row", "")
            shown = Text(f"campaign.{key}", label=labels.get(label, label), name=name)
            people[shown] = shown
        else:
            people[userid] = names.get(userid, userid)
        if len(people) > _MAX_PEOPLE_SHOWN:
            return Text("campaign.first_people", names=listed(islice(people.values(), _MAX_PEOPLE_SHOWN)))
    return listed(people.values())
