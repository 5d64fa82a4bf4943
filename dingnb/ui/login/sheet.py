"""The login form's state as a sheet, for the form and the saved notebook."""

from dingnb.display import Sheet, Table
from dingnb.ui.kit.model import Failure
from dingnb.ui.login.state import LoginState, Proof
from dingnb.words import Words, count, in_form, say


def describe(state: LoginState) -> Sheet:
    """Return the sheet of a state, in the language in use."""
    tables = (_profile_table(state),) if state.profiles else ()
    if state.proof is not None:
        title = say(
            "login.connected", key=state.proof.masked_key, origin=state.proof.origin.text, visible=visible(state.proof)
        )
        notes = _lines(state.failure, *state.proof.failures, state.shadow, *_hints(state.proof))
        return Sheet(title, state.proof.mode, _facts(state.proof), notes, tables, state.code)
    if state.stage == "checking":
        return Sheet(say("login.checking"), notes=_lines(state.failure), tables=tables)
    forgotten = say("login.forgotten", name=state.forgotten) if state.forgotten else ""
    if state.failure is not None:
        return Sheet(say("login.failed"), notes=_lines(state.failure, forgotten, state.shadow), tables=tables)
    if state.still:
        return Sheet(say("login.another"), notes=_lines(forgotten, say("login.still", key=state.still)), tables=tables)
    known = say("login.choose") if state.profiles else say("login.nothing_known")
    return Sheet(say("login.open"), notes=_lines(forgotten, known, state.no_keyring), tables=tables)


def visible(proof: Proof) -> str:
    """Return the visible people as a short text."""
    if proof.scope is None:
        return say("login.visible_unknown")
    if proof.people is not None:
        return say("login.visible_people", people=count("person", proof.people)) if proof.people else _nobody()
    if proof.scope.is_everybody:
        return say("login.visible_everybody")
    departments, people = len(proof.scope.department_ids), len(proof.scope.userids)
    return say(
        "login.visible_departments", departments=count("department", departments), people=count("person", people)
    )


def _nobody() -> str:
    return say("login.visible_nobody")


def _facts(proof: Proof) -> tuple[tuple[str, str], ...]:
    agent_id = (
        say("login.agent_id_unproved", agent_id=proof.agent_id)
        if proof.agent_id is not None
        else say("login.agent_id_missing")
    )
    kept = (
        ((say("login.kept"), say("login.kept_as", name=proof.origin.profile)),)
        if proof.origin.kind == "profile"
        else ()
    )
    return (
        (say("login.token"), say("login.token_accepted")),
        (say("login.visible"), visible(proof)),
        (say("login.agent_id"), agent_id),
        *kept,
    )


def _hints(proof: Proof) -> list[str]:
    sees_nobody = proof.people == 0
    return [
        *([say("login.nobody_todo")] if sees_nobody else []),
        *([say("login.kernel_only")] if proof.origin.kind == "form" else []),
    ]


def _lines(*parts: Words | Failure | None) -> tuple[str, ...]:
    lines: list[str] = []
    for part in parts:
        lines += [part.what, part.hint] if isinstance(part, Failure) else [in_form(part or "")]
    return tuple(filter(None, lines))


def _profile_table(state: LoginState) -> Table:
    header = (say("login.profile"), say("login.app_key"), "")
    rows = [(one.name, one.masked_key, say("login.default") if one.is_default else "") for one in state.profiles]
    return Table(say("login.profiles"), header, rows)
