"""The figures of a plan: people or messages, rows that are not sent, calls and time; and its other facts."""

from dingnb.campaigns.plan import Plan, view_of
from dingnb.campaigns.planning.display import rejected_label, sending_time_text
from dingnb.campaigns.recipient_count import text_key
from dingnb.ui.kit import parts
from dingnb.ui.plan.model import PlanModel
from dingnb.ui.plan.state import PlanState
from dingnb.words import Text, TextLike, count, say

_Figure = tuple[TextLike, TextLike, TextLike]
"""A label, a short value, and a note below it."""

_FACTS_SHOWN_ELSEWHERE = frozenset(
    {
        *map(Text, ("plan.people", "plan.messages", "plan.excluded", "plan.bodies", "plan.calls", "plan.time")),
        *(rejected_label(has_exclusions=has_exclusions) for has_exclusions in (False, True)),
        *map(Text, ("plan.merged", "plan.about_nobody")),
    }
)
"""The labels of facts that the figures, their notes or the lists of rows below show."""


def figures_and_facts(model: PlanModel, state: PlanState, *, choose_at: str) -> str:
    """
    Return the plan's counts as figures, and its other facts below.

    Args:
        model: The model.
        state: The state of the model.
        choose_at: Where the user chooses what to do about people who were sent a different text.
    """
    facts = dict(state.sheet.facts)
    rejected = _rejected_figure(model, facts.get(Text("plan.excluded")) if model.view.has_excluded_rows else None)
    recipients, costs = _recipient_figures(model, state, choose_at), _cost_figures(model, state)
    figures = [*recipients, rejected, *costs]
    facts[Text("plan.message")] = Text(f"type.{model.plan.message.msgtype}")
    is_same = model.plan.texts == 1
    facts[Text("plan_form.texts")] = Text("plan_form.same_text") if is_same else count("version", model.plan.texts)
    others = [(label, value) for label, value in facts.items() if label not in _FACTS_SHOWN_ELSEWHERE]
    problems = {rejected[0]} if model.view.has_faulty_rows and model.view.rejected_people else ()
    return parts.figures(figures, problems) + parts.facts(others)


def send_figures(model: PlanModel, state: PlanState) -> str:
    """Return, as figures, how many people sending now reaches and what it costs, by a choice that is made below."""
    return parts.figures(
        [*_recipient_figures(model, state, say("plan_form.where_below")), *_cost_figures(model, state)]
    )


def _recipient_figures(model: PlanModel, state: PlanState, choose_at: str) -> list[_Figure]:
    """Return the number of people or messages, with the number sent to now or, if that is everybody, with the rows."""
    plan, recipient_count = model.plan, model.view.recipient_count
    if model.is_partly_sent:
        least, most = model.sent_range
        is_recalled = state.forecast is not None and state.forecast.is_recalled_from_all
        none_left = "all_recalled" if is_recalled else "all_sent_to"
        sent_to = "sent_after_recall" if model.recalls_first else "sent_to_now"
        key = "sent_to_range" if least < most else sent_to if most else none_left
        note = say(text_key(recipient_count.unit, f"plan_form.{key}"), n=most, least=least, where=choose_at)
    else:
        key = "plan_form.in_some_rows" if plan.rejected else "plan_form.in_rows"
        note = say(key, rows=count("row", plan.rows), n=plan.rows - plan.rejected)
    if recipient_count.people is None:
        return [(Text("plan.people"), f"{plan.people:,}", note)]
    several = model.view.people_with_several_messages
    several_note = say("plan_form.with_several", n=several) if several else ""
    return [
        (Text("plan.messages"), f"{recipient_count.messages:,}", note),
        (Text("plan.people"), f"{recipient_count.people:,}", several_note),
    ]


def _rejected_figure(model: PlanModel, excluded: Text | str | None) -> _Figure:
    """Return how many people, or messages, are not sent to, as results count them, and the row count if different."""
    people, rows = model.view.rejected_people, model.plan.rejected
    # Rows that name no person, such as totals.
    number = str(count("row", rows)) if rows and not people else f"{people:,}"
    notes = [say("plan_form.in_rows", rows=count("row", rows))] if people and people != rows else []
    notes += [] if excluded is None else [say("plan_form.excluded", rows=excluded)]
    return rejected_label(has_exclusions=excluded is not None), number, " · ".join(notes)


def _cost_figures(model: PlanModel, state: PlanState) -> list[_Figure]:
    """Return the number of calls, and the time that sending takes."""
    plan, all_calls = model.plan, model.plan.calls + state.uploads
    if not model.is_partly_sent:
        calls: _Figure = (Text("plan.calls"), f"{all_calls:,}", _calls_note(plan, state))
        # There is no time if nobody can be sent to.
        time = dict(state.sheet.facts).get(Text("plan.time"))
        return [calls] if time is None else [calls, (Text("plan.time"), time, "")]
    # People who have the message already cost no further calls.
    least, most = model.sent_range
    send_calls, recall_calls = model.calls_now, model.recall_calls
    calls_now = send_calls + (recall_calls if model.recalls_first else 0)
    at_most = "" if model.is_calls_now_exact or not calls_now else "≤ "
    if recall_calls:
        key = "plan_form.calls_recall" if model.recalls_first else "plan_form.calls_maybe_recall"
    else:
        is_known = most and least == most
        key = text_key(model.view.recipient_count.unit, "plan_form.calls_now") if is_known else "plan_form.calls_whole"
    note = say(key, n=most, all=all_calls, recall=recall_calls, send=send_calls)
    # The recall is added once it is chosen.
    is_without_recall = bool(recall_calls) and not model.recalls_first
    label = "plan_form.calls_without_recall" if is_without_recall else "plan.calls"
    calls = (Text(label), f"{at_most}{calls_now:,}", note)
    if not calls_now:
        return [calls]
    label = "plan_form.time_without_recall" if is_without_recall else "plan.time"
    return [calls, (Text(label), sending_time_text(calls_now / model.view.context.limits.calls_per_second), "")]


def _calls_note(plan: Plan, state: PlanState) -> str:
    if not plan.calls:
        return ""
    if state.stage == "sent":
        # Some of these calls have been made.
        return say("plan_form.calls_in_all")
    if state.uploads:
        return say("plan_form.calls_uploads", send=plan.calls, uploads=state.uploads)
    return say("plan_form.calls_more" if view_of(plan).calls_needed > plan.calls else "plan_form.calls_only")
