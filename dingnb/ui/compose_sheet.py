"""The compose form's state in words: for the form itself, and for the saved notebook."""

from dingnb.display import Sheet
from dingnb.language import count, say
from dingnb.ui.compose_field import label_of
from dingnb.ui.compose_model import ComposeModel


def describe(model: ComposeModel) -> Sheet:
    """Return what the form says, in the language in use."""
    state = model.state
    facts = [
        (say("compose.recipients"), count("row", len(model.frame))),
        (say("compose.sheet_type"), say(f"type.{state.text.msgtype}")),
        *((label_of(one), state.text.at(one.path)) for one in model.places() if state.text.at(one.path).strip()),
    ]
    problem = problem_of(model)
    notes = [problem] if problem else []
    if state.failure is not None:
        notes += [state.failure.what, state.failure.hint]
    return Sheet(say("compose.title"), model.ding.mode, tuple(facts), tuple(filter(None, notes)), code=model.code)


def problem_of(model: ComposeModel) -> str:
    """Return why there is no message yet; empty where there is one."""
    view = model.state.view
    if view.message is not None:
        return ""
    wrong = next((one for one in view.remarks.values() if one.is_error), None) or view.problem
    if view.absent and wrong is None:
        names = [label_of(one) for one in model.places() if one.path in view.absent]
        return say("compose.not_yet_empty", field=", ".join(names)) if names else ""
    return say("compose.not_yet", reason=wrong.what) if wrong is not None else ""
