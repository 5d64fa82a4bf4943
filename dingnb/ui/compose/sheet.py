"""The compose form's state in words, for the saved notebook, and the sentences that it shares with the form."""

from dingnb.display import Sheet
from dingnb.ui.compose.assessment import problem_of
from dingnb.ui.compose.fields import label_of
from dingnb.ui.compose.model import ComposeModel
from dingnb.ui.compose.state import FrameChange
from dingnb.ui.compose.text import Text
from dingnb.words import Words, count, say


def describe(model: ComposeModel, outcome: Sheet | None) -> Sheet:
    """
    Return the sheet of the form, in the language in use.

    Args:
        model: The form's model.
        outcome: The sheet of the campaign sent last; None if nothing was sent.
    """
    state = model.state
    facts: list[tuple[Words, Words]] = [
        (say("compose.recipients"), count("row", len(model.frame))),
        (say("compose.sheet_type"), say(f"type.{state.text.msgtype}")),
        *((label_of(one), _shown(state.text, one.path)) for one in model.places() if not state.text.is_blank(one.path)),
    ]
    problem = problem_of(state.text, state.view)
    notes = [text_of_change(state.frame_change)] if state.frame_change is not None else []
    notes += [problem] if problem else []
    if state.failure is not None:
        notes += [state.failure.what, state.failure.hint]
    mode, shown = model.ding.mode, tuple(note for note in notes if note)
    if outcome is None:
        return Sheet(say("compose.title"), mode, tuple(facts), shown, code=model.code)
    return Sheet(
        outcome.title, mode, (*facts, *outcome.facts), (*outcome.notes, *shown), outcome.tables, code=model.code
    )


def _shown(text: Text, path: str) -> str:
    medium = text.medium(path)
    return text.at(path) if medium is None else medium.content.label


def text_of_change(change: FrameChange) -> str:
    """Return how the frame has changed, as a sentence."""
    name = change.name or say("compose.the_frame")
    if change.now is None:
        return say("compose.frame_gone", name=name, rows=count("row", change.before))
    since = say("compose.since_opened" if change.is_first else "compose.since_check")
    if change.now == change.before:
        return say("compose.frame_changed_within", name=name, since=since)
    before, now = count("row", change.before), f"{change.now:,}"
    return say("compose.frame_changed", name=name, since=since, before=before, now=now)
