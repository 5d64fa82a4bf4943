"""The login form in the notebook: widgets over `LoginModel`, and its state as a sheet."""

from dataclasses import replace
from functools import partial
from typing import Any

import ipywidgets as widgets
from traitlets import Unicode

from dingnb.auth import Secret
from dingnb.client import DingTalk
from dingnb.clock import seconds_to_ns
from dingnb.display import Sheet, Table
from dingnb.display.shell import find_name, output_expression
from dingnb.errors.arguments import check_texts
from dingnb.errors.tracebacks import cleared_frames
from dingnb.limits import STANDARD, Limits
from dingnb.ui.kit import parts
from dingnb.ui.kit.code import call
from dingnb.ui.kit.form import Form, button, call_once_displayed, row, set_available, show_if, stack, update
from dingnb.ui.kit.model import Failure
from dingnb.ui.login.model import ConnectedApp, LoginInput, LoginModel, LoginState
from dingnb.words import TextLike, count, in_form, join_sentences, say

_DEFAULT_NAME = "default"

_ENTER_WINDOW_NS = seconds_to_ns(2)
"""The time within which Enter and the letters typed before it arrive, in either order."""


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


class LoginWidgets:
    """The form's widgets."""

    def __init__(self) -> None:
        self.status, self.profile_hint, self.no_keyring = (widgets.HTML() for _ in range(3))
        self.profiles = widgets.Dropdown()
        self.profile = widgets.Text(value=_DEFAULT_NAME, continuous_update=False)
        self.app_key, self.agent_id = (widgets.Text(continuous_update=False) for _ in range(2))
        self.app_secret = SecretField(continuous_update=False)
        self.remember = widgets.Checkbox(value=False, indent=False)
        self.retry, self.use, self.delete, self.cancel_deletion, self.sandbox, self.another = (
            button() for _ in range(6)
        )
        self.confirm_deletion, self.check = button(tone="danger"), button(tone="primary")
        for field in (self.profiles, self.profile, self.app_key, self.app_secret, self.agent_id):
            field.add_class("dn-wide")


class LoginForm(Form):
    """
    The form that `dingnb.login` shows.

    Its `ding` is the connected app, for the next cells. A saved notebook shows the form as text.
    """

    def __init__(self, model: LoginModel) -> None:
        super().__init__(model)
        self.model = model
        self.widgets = LoginWidgets()
        self._box = _lay_out(self.widgets)
        for pressed, handler in (
            (self.widgets.use, self.use),
            (self.widgets.delete, self.request_deletion),
            (self.widgets.confirm_deletion, model.delete_profile),
            (self.widgets.cancel_deletion, model.cancel_deletion),
            (self.widgets.retry, model.retry),
            (self.widgets.check, self.check),
            (self.widgets.sandbox, model.use_sandbox),
            (self.widgets.another, model.choose_another),
        ):
            self.on_click(pressed, handler)
        for choice in (self.widgets.remember, self.widgets.profiles):
            self.on_change(choice, lambda _: self.render())
        last = self.widgets.agent_id
        for field in (self.widgets.profile, self.widgets.app_key, self.widgets.app_secret, last):
            # The first Enter only moves to the button, because the last letters may arrive after it.
            self.on_submit(field, self._submit if field is last else self._focus_check)
            # `on_change` would pass the value, which may be the secret.
            field.observe(self._guarded(partial(self._note_change, is_last=field is last)), "value")
        self._submitted_ns = self._changed_ns = -_ENTER_WINDOW_NS
        self._filled_in: LoginInput | None = None
        self.widgets.app_secret.observe(self._guarded(self.take_secret), "value")
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
        self.model.check(LoginInput(form.profile.value, form.app_key.value, form.agent_id.value, form.remember.value))

    def take_focus(self) -> None:
        """Focus the secret of a refused profile as soon as the form is displayed; call this before it is displayed."""
        if self.model.state.refused_profile is not None:
            call_once_displayed(self.widgets.app_secret, self.widgets.app_secret.focus)

    def focus(self) -> None:
        """Focus the first field."""
        (self.widgets.profiles if self.model.state.profiles else self.widgets.app_key).focus()

    def _focus_check(self) -> None:
        self.widgets.check.focus()

    def _submit(self) -> None:
        """Check what was typed once the last letters of the last field have arrived, before or after this call."""
        self._focus_check()
        now_ns = self.model.clock.monotonic_ns()
        if now_ns - self._changed_ns < _ENTER_WINDOW_NS:
            self.check()
        else:
            self._submitted_ns = now_ns

    def _note_change(self, *, is_last: bool) -> None:
        """Hide the error about the input before, and check the input if Enter was pressed in the last field."""
        self.model.clear_failure()
        if not is_last:
            return
        self._changed_ns = now_ns = self.model.clock.monotonic_ns()
        if now_ns - self._submitted_ns < _ENTER_WINDOW_NS:
            self._submitted_ns = -_ENTER_WINDOW_NS
            self.check()

    def use(self) -> None:
        """Connect with the chosen profile, and make it the default."""
        if self.widgets.profiles.value:
            self.model.use(self.widgets.profiles.value)

    def request_deletion(self) -> None:
        """Ask the user to confirm that the chosen profile is to be deleted."""
        if self.widgets.profiles.value:
            self.model.request_deletion(self.widgets.profiles.value)

    @property
    def box(self) -> widgets.VBox:
        """The form's widgets."""
        return self._box

    def sheet(self) -> Sheet:
        """Return the sheet of the form."""
        return replace(_describe(self.model.state), code=self._code())

    def _code(self) -> str:
        """Return the line that takes the connected app from this form, if only this kernel has it, or connects it."""
        app = self.model.state.app
        form = find_name(self) or output_expression(self)
        if app is not None and app.origin.kind == "form" and form:
            return f"ding = {form}.ding"
        return self.model.state.code

    def _offer_to_replace(self, refused: LoginInput | None) -> None:
        """Fill in a profile that was refused, once: only its secret is typed again, and replaces the saved secret."""
        is_new, self._filled_in = refused != self._filled_in, refused
        if refused is None or not is_new:
            return
        form = self.widgets
        if refused.profile in [name for _, name in form.profiles.options]:
            update(form.profiles, value=refused.profile)
        update(form.profile, value=refused.profile)
        update(form.app_key, value=refused.app_key)
        update(form.agent_id, value=refused.agent_id)
        update(form.remember, value=refused.remember)
        if self._was_rendered:
            form.app_secret.focus()

    def _render(self) -> None:
        state = self.model.state
        _list_profiles(self.widgets.profiles, state)
        self._offer_to_replace(state.refused_profile)
        _set_labels(self.widgets, state)
        _show_needed(self.widgets, state)
        sheet = _describe(state)
        failure = state.failure
        sees_nobody = state.app is not None and state.app.people == 0
        shown_elsewhere = _lines(failure, state.no_keyring, say("login.nobody_todo") if sees_nobody else None)
        notes = tuple(note for note in sheet.notes if note not in shown_elsewhere)
        sheet = replace(sheet, tables=(), notes=notes)
        html = parts.title(sheet.title, sheet.mode)
        html += "" if failure is None else parts.failure_notice(failure)
        html += parts.notice(say("login.nobody_todo"), "", "warn") if sees_nobody else ""
        html += parts.sheet(sheet)
        self.widgets.status.value = parts.status(html) + parts.code(self._code())
        no_keyring = join_sentences(_lines(state.no_keyring))
        update(self.widgets.no_keyring, value=parts.quiet(no_keyring) if no_keyring else "")

    def _needs_kernel(self) -> bool:
        return self.model.state.stage != "connected"


def open_form(
    profile: str | None = None,
    oapi_base_url: str | None = None,
    api_base_url: str | None = None,
    limits: Limits = STANDARD,
    *,
    reads_scope: bool = True,
) -> LoginForm:
    """
    Return the form, with existing credentials already checked.

    Raises:
        InputError: An argument is not text.
    """
    check_texts(profile=profile, oapi_base_url=oapi_base_url, api_base_url=api_base_url)
    model = LoginModel(oapi_base_url=oapi_base_url, api_base_url=api_base_url, limits=limits, reads_scope=reads_scope)
    model.open(profile)
    return LoginForm(model)


def scope_text(app: ConnectedApp) -> str:
    """Return the people whom an app sees, as a short text."""
    if app.scope is None:
        return say("login.visible_unknown")
    if app.people == 0:
        return say("login.visible_nobody")
    if app.people is not None:
        return say("login.visible_people", people=count("person", app.people))
    if app.scope.is_whole_organisation:
        return say("login.visible_everybody")
    departments = count("department", len(app.scope.department_ids))
    if not app.scope.userids:
        return say("login.visible_departments", departments=departments)
    people = count("person", len(app.scope.userids))
    return say("login.visible_departments_and_people", departments=departments, people=people)


def _lay_out(form: LoginWidgets) -> widgets.VBox:
    return stack(
        [
            form.status,
            row([form.retry]),
            row([form.profiles, form.use, form.delete, form.confirm_deletion, form.cancel_deletion], "dn-align-end"),
            *(form.app_key, form.app_secret, form.agent_id, form.remember, form.no_keyring),
            *(form.profile, form.profile_hint),
            row([form.check, form.sandbox, form.another]),
        ]
    )


def _set_labels(form: LoginWidgets, state: LoginState) -> None:
    """Set the labels of all widgets, in the current language."""
    for widget, key in (
        (form.profiles, "login.profiles"),
        (form.use, "login.use"),
        (form.delete, "login.delete"),
        (form.cancel_deletion, "login.cancel_deletion"),
        (form.profile, "login.profile"),
        (form.app_key, "login.app_key"),
        (form.app_secret, "login.app_secret"),
        (form.agent_id, "login.agent_id"),
        (form.remember, "login.remember"),
        (form.check, "login.check"),
        (form.sandbox, "login.practise"),
        (form.another, "login.another"),
    ):
        widget.description = say(key)
    form.retry.description = say("login.retry", key=state.app_to_retry)
    form.confirm_deletion.description = say("login.confirm_deletion", name=state.profile_to_delete)
    code = call("dingnb.connect", profile=_DEFAULT_NAME)
    update(form.profile_hint, value=parts.quiet(say("login.profile_hint", code=code)))
    form.app_key.placeholder = say("login.app_key_hint")
    form.agent_id.placeholder = say("login.agent_id_hint")
    length = state.secret_characters
    form.app_secret.placeholder = (
        say("login.app_secret_held", characters=count("character", length)) if length else say("login.app_secret_hint")
    )


def _show_needed(form: LoginWidgets, state: LoginState) -> None:
    """Show the widgets that are needed in a state, and hide the others."""
    is_open = state.stage != "connected"
    is_confirming = bool(state.profile_to_delete)
    is_saved = is_open and state.no_keyring is None and form.remember.value
    for widget, is_shown in (
        (form.retry, is_open and bool(state.app_to_retry)),
        (form.profiles, is_open and bool(state.profiles)),
        (form.use, is_open and bool(state.profiles) and not is_confirming),
        (form.delete, is_open and bool(state.profiles) and not is_confirming),
        (form.confirm_deletion, is_open and is_confirming),
        (form.cancel_deletion, is_open and is_confirming),
        *((entry_field, is_open) for entry_field in (form.app_key, form.app_secret, form.agent_id)),
        (form.remember, is_open and state.no_keyring is None),
        *((part, is_saved) for part in (form.profile, form.profile_hint)),
        (form.check, is_open),
        (form.sandbox, is_open),
        (form.another, not is_open),
    ):
        show_if(is_shown, widget)
    for action in (
        form.retry,
        form.use,
        form.delete,
        form.confirm_deletion,
        form.cancel_deletion,
        form.check,
        form.sandbox,
        form.another,
    ):
        # Not disabled: the button that was pressed would lose the focus. The model ignores presses during a check.
        set_available(action, state.stage != "checking", say("login.checking"))
    show_if(is_open and state.no_keyring is not None, form.no_keyring)
    # There is one primary button: a profile that was refused would be refused again.
    retries = bool(state.app_to_retry) and not state.secret_characters
    is_refused = state.refused_profile is not None and state.refused_profile.profile == form.profiles.value
    uses_profile = bool(state.profiles) and not (is_refused or retries or state.secret_characters)
    update(form.retry, button_style="primary" if retries else "")
    update(form.use, button_style="primary" if uses_profile else "")
    update(form.check, button_style="" if retries or uses_profile else "primary")


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
    """Return a state as a sheet, in the current language."""
    tables = (_profile_table(state),) if state.profiles else ()
    app = state.app
    if app is not None:
        title = say("login.connected", key=app.masked_key, origin=app.origin.text, visible=scope_text(app))
        notes = _lines(state.failure, *app.failures, state.precedence_note, *_hints(state, app))
        return Sheet(title, app.mode, _facts(app), notes, tables)
    if state.stage == "checking":
        return Sheet(say("login.checking"), notes=_lines(state.failure), tables=tables)
    deleted = say("login.deleted", name=state.deleted_profile) if state.deleted_profile else ""
    if state.failure is not None:
        return Sheet(say("login.failed"), notes=_lines(state.failure, deleted, state.precedence_note), tables=tables)
    if state.previous_key:
        notes = _lines(deleted, say("login.still", key=state.previous_key))
        return Sheet(say("login.another"), notes=notes, tables=tables)
    what_to_do = say("login.choose") if state.profiles else say("login.nothing_known")
    return Sheet(say("login.open"), notes=_lines(deleted, what_to_do, state.no_keyring), tables=tables)


def _facts(app: ConnectedApp) -> tuple[tuple[str, str], ...]:
    agent_id = (
        say("login.agent_id_unproved", agent_id=app.agent_id)
        if app.agent_id is not None
        else say("login.agent_id_missing")
    )
    saved = (
        ((say("login.kept"), say("login.kept_as", name=app.origin.profile)),) if app.origin.kind == "profile" else ()
    )
    return (
        (say("login.token"), say("login.token_accepted")),
        (say("login.visible"), scope_text(app)),
        (say("login.agent_id"), agent_id),
        *saved,
    )


def _hints(state: LoginState, app: ConnectedApp) -> list[str]:
    sees_nobody = app.people == 0
    kernel_only = "login.kernel_only_or_save" if state.no_keyring is None else "login.kernel_only"
    return [
        *([say("login.nobody_todo")] if sees_nobody else []),
        *([say(kernel_only)] if app.origin.kind == "form" else []),
    ]


def _lines(*notes: TextLike | Failure | None) -> tuple[str, ...]:
    """Return notes and failures as lines, without empty lines."""
    lines: list[str] = []
    for line in notes:
        lines += [line.what.in_form(), line.hint.in_form()] if isinstance(line, Failure) else [in_form(line or "")]
    return tuple(filter(None, lines))


def _profile_table(state: LoginState) -> Table:
    header = (say("login.profile"), say("login.app_key"), "")
    rows = [
        (profile.name, profile.masked_key, say("login.default") if profile.is_default else "")
        for profile in state.profiles
    ]
    return Table(say("login.profiles"), header, rows)
