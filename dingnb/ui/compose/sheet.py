"""The compose form's state in words: for the form itself, and for the saved notebook."""

from dingnb.display import Sheet
from dingnb.language import count, say
from dingnb.ui.compose.assessing import problem_of
from dingnb.ui.compose.fields import label_of
from dingnb.ui.compose.model import ComposeModel
from dingnb.ui.compose.state import News


def describe(model: ComposeModel, outcome: Sheet | None) -> Sheet:
    """
    Return what the form says, in the language in use.

    Args:
        model: The form.
        outcome: What the campaign says that was sent last; None where nothing was.
    """
    state = model.state
    facts = [
        (say("compose.recipients"), count("row", len(model.frame))),
        (say("compose.sheet_type"), say(f"type.{state.text.msgtype}")),
        *((label_of(one), state.text.at(one.path)) for one in model.places() if state.text.at(one.path).strip()),
    ]
    problem = problem_of(state.text, state.view)
    notes = [news_of(state.news)] if state.news is not None else []
    notes += [problem] if problem else []
    if state.failure is not None:
        notes += [state.failure.what, state.failure.hint]
    mode, told = model.ding.mode, tuple(filter(None, notes))
    if outcome is None:
        return Sheet(say("compose.title"), mode, tuple(facts), told, code=model.code)
    return Sheet(
        outcome.title, mode, (*facts, *outcome.facts), (*outcome.notes, *told), outcome.tables, code=model.code
    )


def news_of(news: News) -> str:
    """Return what a check found of the frame."""
    name = news.name or say("compose.the_frame")
    if news.now is None:
        return say("compose.frame_gone", name=name, rows=count("row", news.before))
    since = say("compose.since_opened" if news.is_first else "compose.since_check")
    if news.now == news.before:
        return say("compose.frame_changed_within", name=name, since=since)
    return say("compose.frame_changed", name=name, since=since, before=count("row", news.before), now=f"{news.now:,}")
