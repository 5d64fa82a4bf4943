"""The login form in the notebook: widgets over `LoginModel`, and its state as a sheet."""

from dataclasses import dataclass, replace
from typing import Any

import ipywidgets as widgets
from traitlets import Unicode

from dingnb.auth import Secret
from dingnb.client import DingTalk
from dingnb.display import Sheet, Table
from dingnb.errors.tracebacks import cleared_frames
from dingnb.limits import STANDARD, Limits
from dingnb.ui.kit import parts
from dingnb.ui.kit.form import Form, button, row, set_available, show_if, stack, update
from dingnb.ui.kit.model import Failure
from dingnb.ui.login.model import LoginModel
from dingnb.ui.login.state import Draft, LoginState, Proof
from dingnb.words import Words, count, in_form, pick, say

_DEFAULT_NAME = "default"


class SecretField(widgets.Password):  # type: ignore[misc]  # ipywidgets has no types
    """A password field that never exposes its value, neither in its saved state nor in an echo."""

    value = Unicode("").tag(sync=True, echo_update=False)

    def get_state(self, *args: Any, **kwargs: Any) -> dict[str, Any]:  # noqa: ANN401 - the widget's own signature
        """Return the state to send or save, with the value left out."""
        state: dict[str, Any] = super().get_state(*args, **kwargs)
        if "value" in state:
            state["value"] = ""
        return state

    def take(self) -> Secret:
        """Return what was typed, and clear the field first."""
        typed = Secret(self.value.strip())
        # Observers of the field get the old value as well.
        with cleared_frames():
            self.value = ""
        return typed


@dataclass(frozen=True, slots=True)
class LoginWidgets:
    """The form's widgets."""

    status: widgets.HTML
    remembered: widgets.Dropdown
    use: widgets.Button
    forget: widgets.Button
    forget_sure: widgets.Button
    keep: widgets.Button
    profile: widgets.Text
    app_key: widgets.Text
    app_secret: SecretField
    agent_id: widgets.Text
    remember: widgets.Checkbox
    no_keyring: widgets.HTML
    check: widgets.Button
    practise: widgets.Button
    another: widgets.Button


class LoginForm(Form):
    """
    The form that `dingnb.login` shows.

    Its `ding` is the connected app, for the next cells. A saved notebook shows it as text.

    Args:
        model: The model.
    """

    def __init__(self, model: LoginModel) -> None:
        super().__init__(model)
        self.model = model
        self.widgets = _make_widgets()
        self._box = _lay_out(self.widgets)
        for pressed, handler in (
            (self.widgets.use, self.use),
            (self.widgets.forget, self.ask_forget),
            (self.widgets.forget_sure, model.forget),
            (self.widgets.keep, model.keep),
            (self.widgets.check, self.check),
            (self.widgets.practise, model.practise),
            (self.widgets.another, model.another),
        ):
            self.on_click(pressed, handler)
        self.on_change(self.widgets.remember, lambda _: self.render())
        for field in (self.widgets.profile, self.widgets.app_key, self.widgets.app_secret, self.widgets.agent_id):
            # Enter moves to the button, and the next one presses it: the last letters may arrive after the first.
            self.on_submit(field, self._go_on)
        self.widgets.app_secret.observe(self._handled(self.take_secret), "value")
        self.watch(model)
        self.render()

    @property
    def ding(self) -> DingTalk:
        """
        The connected app.

        Raises:
            InputError: Nothing is connected yet.
        """
        return self.model.ding

    def take_secret(self) -> None:
        """Move a typed secret out of its field."""
        if self.widgets.app_secret.value:
            self.model.take_secret(self.widgets.app_secret.take())

    def check(self) -> None:
        """Check what was typed, and connect."""
        self.take_secret()
        form = self.widgets
        self.model.check(Draft(form.profile.value, form.app_key.value, form.agent_id.value, form.remember.value))

    def focus(self) -> None:
        """Focus the first field."""
        (self.widgets.remembered if self.model.state.profiles else self.widgets.app_key).focus()

    def _go_on(self) -> None:
        """Move to the button: Enter alone connects nothing."""
        self.widgets.check.focus()

    def use(self) -> None:
        """Connect with the chosen profile, and make it the default."""
        if self.widgets.remembered.value:
            self.model.use(self.widgets.remembered.value)

    def ask_forget(self) -> None:
        """Ask for confirmation before the chosen profile is deleted."""
        if self.widgets.remembered.value:
            self.model.ask_forget(self.widgets.remembered.value)

    @property
    def box(self) -> widgets.VBox:
        """The form's widgets."""
        return self._box

    def sheet(self) -> Sheet:
        """Return the sheet of the form."""
        return _describe(self.model.state)

    def _render(self) -> None:
        state = self.model.state
        _name(self.widgets, state)
        _show_what_is_needed(self.widgets, state)
        _list_profiles(self.widgets.remembered, state)
        sheet = _describe(state)
        failure = state.failure
        shown = [
            text for shown in (failure, state.no_keyring) if shown is not None for text in (shown.what, shown.hint)
        ]
        sees_nobody = state.proof is not None and state.proof.people == 0
        shown += [say("login.nobody_todo")] if sees_nobody else []
        sheet = replace(sheet, tables=(), code="", notes=tuple(note for note in sheet.notes if note not in shown))
        html = parts.title(sheet.title, sheet.mode)
        html += "" if failure is None else parts.notice(failure.what, failure.hint, "bad")
        html += parts.notice(say("login.nobody_todo"), "", "warn") if sees_nobody else ""
        html += parts.sheet(sheet)
        self.widgets.status.value = parts.status(html) + parts.code(state.code)
        missing = state.no_keyring
        update(
            self.widgets.no_keyring,
            value="" if missing is None else parts.quiet(missing.what + pick(" ", "") + missing.hint),
        )

    def _needs_kernel(self) -> bool:
        return self.model.state.stage != "connected"


def open_form(
    profile: str | None = None,
    oapi_base_url: str | None = None,
    api_base_url: str | None = None,
    limits: Limits = STANDARD,
) -> LoginForm:
    """Return the form, with existing credentials already checked."""
    model = LoginModel(oapi_base_url=oapi_base_url, api_base_url=api_base_url, limits=limits)
    model.open(profile)
    return LoginForm(model)


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


def _make_widgets() -> LoginWidgets:
    made = LoginWidgets(
        status=widgets.HTML(),
        remembered=widgets.Dropdown(),
        use=button(),
        forget=button(),
        forget_sure=button(tone="danger"),
        keep=button(),
        profile=widgets.Text(value=_DEFAULT_NAME, continuous_update=False),
        app_key=widgets.Text(continuous_update=False),
        app_secret=SecretField(continuous_update=False),
        agent_id=widgets.Text(continuous_update=False),
        remember=widgets.Checkbox(value=False, indent=False),
        no_keyring=widgets.HTML(),
        check=button(tone="primary"),
        practise=button(),
        another=button(),
    )
    for field in (made.remembered, made.profile, made.app_key, made.app_secret, made.agent_id):
        field.add_class("dn-wide")
    return made


def _lay_out(form: LoginWidgets) -> widgets.VBox:
    return stack(
        [
            form.status,
            row([form.remembered, form.use, form.forget, form.forget_sure, form.keep], "dn-low"),
            *(form.app_key, form.app_secret, form.agent_id, form.remember, form.no_keyring, form.profile),
            row([form.check, form.practise, form.another]),
        ]
    )


def _name(form: LoginWidgets, state: LoginState) -> None:
    """Set the labels of all widgets."""
    for widget, key in (
        (form.remembered, "login.remembered"),
        (form.use, "login.use"),
        (form.forget, "login.forget"),
        (form.keep, "login.keep"),
        (form.profile, "login.profile"),
        (form.app_key, "login.app_key"),
        (form.app_secret, "login.app_secret"),
        (form.agent_id, "login.agent_id"),
        (form.remember, "login.remember"),
        (form.check, "login.check"),
        (form.practise, "login.practise"),
        (form.another, "login.another"),
    ):
        widget.description = say(key)
    form.forget_sure.description = say("login.forget_sure", name=state.forgetting)
    form.app_key.placeholder = say("login.app_key_hint")
    form.agent_id.placeholder = say("login.agent_id_hint")
    held = state.secret_characters
    form.app_secret.placeholder = (
        say("login.app_secret_held", characters=count("character", held)) if held else say("login.app_secret_hint")
    )


def _show_what_is_needed(form: LoginWidgets, state: LoginState) -> None:
    """Show only what is needed now."""
    is_open = state.stage != "connected"
    is_confirming = bool(state.forgetting)
    for widget, is_shown in (
        (form.remembered, is_open and bool(state.profiles)),
        (form.use, is_open and bool(state.profiles) and not is_confirming),
        (form.forget, is_open and bool(state.profiles) and not is_confirming),
        (form.forget_sure, is_open and is_confirming),
        (form.keep, is_open and is_confirming),
        *((entry_field, is_open) for entry_field in (form.app_key, form.app_secret, form.agent_id)),
        (form.remember, is_open and state.no_keyring is None),
        (form.profile, is_open and state.no_keyring is None and form.remember.value),
        (form.check, is_open),
        (form.practise, is_open),
        (form.another, not is_open),
    ):
        show_if(is_shown, widget)
    for pressed in (form.use, form.forget, form.forget_sure, form.keep, form.check, form.practise, form.another):
        # Not disabled: the button that was pressed would lose the focus. The model ignores presses during a check.
        set_available(pressed, state.stage != "checking", say("login.checking"))
    show_if(is_open and state.no_keyring is not None, form.no_keyring)
    # One primary button.
    update(form.use, button_style="primary" if state.profiles else "")
    update(form.check, button_style="" if state.profiles else "primary")


def _list_profiles(dropdown: widgets.Dropdown, state: LoginState) -> None:
    options = [
        (
            say(
                "login.listed_default" if profile.is_default else "login.listed",
                name=profile.name,
                key=profile.masked_key,
            ),
            profile.name,
        )
        for profile in state.profiles
    ]
    if options == list(dropdown.options):
        return
    chosen = dropdown.value
    names = [name for _, name in options]
    default = next((profile.name for profile in state.profiles if profile.is_default), names[0] if names else None)
    dropdown.options = options
    dropdown.value = chosen if chosen in names else default


def _describe(state: LoginState) -> Sheet:
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


def _lines(*said: Words | Failure | None) -> tuple[str, ...]:
    lines: list[str] = []
    for line in said:
        lines += [line.what, line.hint] if isinstance(line, Failure) else [in_form(line or "")]
    return tuple(filter(None, lines))


def _profile_table(state: LoginState) -> Table:
    header = (say("login.profile"), say("login.app_key"), "")
    rows = [
        (profile.name, profile.masked_key, say("login.default") if profile.is_default else "")
        for profile in state.profiles
    ]
    return Table(say("login.profiles"), header, rows)
