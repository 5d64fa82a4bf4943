"""What `dingnb.studio` and `dingnb app` show: the login, then the studio, and at the top the settings and the help."""

import os
import threading
from collections.abc import Callable
from contextlib import suppress
from html import escape
from typing import TYPE_CHECKING

import ipywidgets as widgets
import pandas as pd

from dingnb.auth import find_credentials
from dingnb.calls.context import read_operator
from dingnb.campaigns.stored_campaigns import running_campaigns
from dingnb.clock import Clock
from dingnb.connecting import choose_ledger
from dingnb.display import Sheet
from dingnb.display.shell import current_shell
from dingnb.errors import DingError, InputError
from dingnb.ledger import find_home
from dingnb.recipients.addresses import check_dataframe
from dingnb.ui.app_page.notebook import write_notebook
from dingnb.ui.app_page.settings import load_settings, store_language, store_theme, store_use_of_sandbox
from dingnb.ui.kit import parts
from dingnb.ui.kit.form import Form, button, hold_renders_until_displayed, replace_children, row, show_if, stack, update
from dingnb.ui.kit.theme import APP_ICON
from dingnb.ui.login.form import LoginForm
from dingnb.ui.login.form import open_form as open_login
from dingnb.ui.studio.form import StudioForm
from dingnb.ui.studio.model import StudioModel
from dingnb.ui.studio.session import Session, origin_of, page_option, session_of_page
from dingnb.ui.studio.settings import HelpView, SettingsView
from dingnb.words import Text, say, set_language

if TYPE_CHECKING:
    from dingnb.client import DingTalk

_LOGIN = "login"
"""The name of the login in `AppShell.page`, while another app is chosen."""


class AppShell(Form):
    """
    The form that `dingnb.studio` shows: the login, the studio of the connected app, the settings and the help.

    Its `ding` is the connected app, and `studio` the form for it. A saved notebook shows the form as text.

    Args:
        login: The form that connects an app.
        frame: The recipients; None if they are uploaded first.
        session: The session of the app's tab; None in a notebook.
    """

    def __init__(self, login: LoginForm, frame: pd.DataFrame | None = None, session: Session | None = None) -> None:
        super().__init__(login.model)
        self.login = login
        self._session = session
        self._frame = frame
        self._studio: StudioForm | None = None
        self.another, self.keep = button(css_class="dn-link"), button(css_class="dn-link")
        self._is_choosing_app = self._has_shown_login = self._is_opening = False
        self._studio_box = stack([])
        is_connected = login.model.state.stage == "connected"
        self.running_campaigns = widgets.HTML(value="" if is_connected else _running_campaigns(login.model.clock))
        self._panel = ""
        self.brand = widgets.HTML()
        self.to_settings, self.to_help = button(css_class="dn-link"), button(css_class="dn-link")
        self.settings = SettingsView(self, "" if session is None else session.name, lambda: self._toggle_panel(""))
        self.help = HelpView(self, lambda: self._toggle_panel(""))
        links = [self.another, self.keep, self.to_settings, self.to_help]
        bar = row([self.brand, *links], "dn-bar-top")
        self.opening = widgets.HTML()
        shown = [self.running_campaigns, login.box, self.opening, self._studio_box]
        self.history = BrowserHistory(self, lambda: self.page, self._return_to)
        # Only the page of the app has a script for it.
        history = [] if session is None else [self.history.box]
        self._box = stack([bar, self.settings.box, self.help.box, *shown, *history])
        if session is not None and session.tab_state is not None:
            # After a reload, a check or a reminder is made again in the background.
            hold_renders_until_displayed(self._box)
        if session is not None:
            login.take_focus()
        self.on_click(self.to_settings, lambda: self._toggle_panel("settings"))
        self.on_click(self.to_help, lambda: self._toggle_panel("help"))
        self.on_click(self.another, self._choose_app)
        self.on_click(self.keep, self._keep_app)
        login.model.on_connect = self._open_studio
        if is_connected:
            self._make_studio(login.ding)
        self.watch(login.model)
        self.render()

    @property
    def ding(self) -> "DingTalk":
        """
        The connected app.

        Raises:
            InputError: Nothing is connected yet.
        """
        return self.login.ding if self._studio is None else self._studio.ding

    @property
    def studio(self) -> StudioForm:
        """
        The studio.

        Raises:
            InputError: Nothing is connected yet.
        """
        if self._studio is None:
            raise InputError(Text("login.not_yet"), Text("login.not_yet_todo"))
        return self._studio

    @property
    def box(self) -> widgets.VBox:
        """The form's widgets."""
        return self._box

    def sheet(self) -> Sheet:
        """Return the sheet of the studio; without an app, the login's sheet."""
        return self.login.sheet() if self._studio is None else self._studio.sheet()

    def _render(self) -> None:
        self._has_shown_login |= self.login.model.state.stage == "open"
        if self.login.model.state.stage == "connected":
            self._is_choosing_app = False
        # Hidden, but kept with its message, while another app is chosen.
        is_shown = self._studio is not None and not self._is_choosing_app
        update(self.brand, value=f'<div class="dn-brand" aria-hidden="true">{APP_ICON}dingnb</div>')
        is_login_shown = not is_shown and not self._panel
        show_if(is_login_shown and not self._is_opening, self.login.box)
        is_opening = is_login_shown and self._is_opening
        update(self.opening, value=parts.status(parts.quiet(say("studio.opening"))) if is_opening else "")
        # Once an app is connected, the home page lists its campaigns.
        show_if(self._studio is None and bool(self.running_campaigns.value), self.running_campaigns)
        show_if(is_shown and not self._panel, self._studio_box)
        show_if(is_shown, self.another)
        show_if(self._is_choosing_app, self.keep)
        to_studio = "" if self._studio is None else say("studio.resume", name=self._studio.page_name)
        # Back leads to the studio, or, while that is hidden, to the login.
        back = to_studio if is_shown else say("settings.back")
        if self._panel == "settings":
            self.settings.render(back)
        else:
            self.settings.hide()
        if self._panel == "help":
            self.help.render(back)
        # Shown after they are filled: screen readers would announce a button without its label.
        show_if(self._panel == "settings", self.settings.box)
        show_if(self._panel == "help", self.help.box)
        self.history.render()
        update(self.to_settings, description=say("settings.open"))
        update(self.to_help, description=say("app_help.open"))
        update(self.another, description=say("login.another"))
        update(self.keep, description=to_studio)

    @property
    def page(self) -> str:
        """The name of what is shown; empty for the login before an app is connected."""
        if self._panel:
            return self._panel
        if self._is_choosing_app:
            return _LOGIN
        return "" if self._studio is None else self._studio.model.page

    def _return_to(self, page: str) -> None:
        """Open a page that was shown before, by the name that `page` had."""
        if page in {"settings", "help"}:
            if page != self._panel:
                self._toggle_panel(page)
        elif self._studio is None:
            # There is only the login, also if the page was shown before a reload.
            if self._panel:
                self._toggle_panel("")
        elif page == _LOGIN:
            self._choose_app()
        else:
            if self._panel:
                self._toggle_panel("")
            if self._is_choosing_app:
                self._keep_app()
            try:
                self._studio.model.return_to(page)
            except Exception as error:  # noqa: BLE001 - the login, which shows errors of this form, is hidden
                self._studio.model.fail(error)

    def _toggle_panel(self, panel: str) -> None:
        """Show the settings or the help instead of the studio, or hide them."""
        before, self._panel = self._panel, "" if panel == self._panel else panel
        if self._panel == "settings":
            self.settings.fill()
        self.render()
        if not self._panel:
            (self.to_settings if before == "settings" else self.to_help).focus()

    def _choose_app(self) -> None:
        """Show the login, to connect another app."""
        self._panel = ""
        self._is_choosing_app = True
        self.login.model.choose_another()
        # The model of the login changes nothing if the login was left by opening the settings.
        self.render()
        self.login.focus()

    def _keep_app(self) -> None:
        """Return to the studio and its app."""
        self._is_choosing_app, self._panel = False, ""
        # Before the studio is shown: afterwards, this might take the focus from a field in which the user types.
        update(self.another.layout, display=None)
        self.another.focus()
        self.render()

    def _open_studio(self, ding: "DingTalk") -> None:
        """Open the studio for an app, which takes a while; if that fails, the login shows why."""
        self._is_opening = True
        try:
            self.render()
            self._make_studio(ding)
        finally:
            # The login renders next.
            self._is_opening = False

    def _make_studio(self, ding: "DingTalk") -> None:
        """
        Make the studio for an app; it takes over what `StudioModel.with_app` takes from a studio for another app.

        Must not be called while the form renders, since it uses the locks of models.
        """
        before = self._studio
        if before is None:
            model = StudioModel(ding, self._frame)
            if self._session is not None:
                self._session.restore(model)
            self._studio = StudioForm(model)
            if self._has_shown_login:
                # The button that connected the app had the focus, and is hidden now.
                self._studio.focus()
        else:
            self._studio = StudioForm(before.model.with_app(ding))
        self._unwatchers.append(self._studio.model.watch(self.history.render))
        self.settings.follow(self._studio.model)
        if self._session is not None:
            store_use_of_sandbox(uses_sandbox=ding.origin.kind == "sandbox")
            self._session.follow(self._studio.model)
        replace_children(self._studio_box, [self._studio.box])
        if before is not None:
            before.close()


class BrowserHistory:
    """
    The history of the browser in the app: Back and Forward open the pages of the app that were shown before.

    Two hidden widgets serve the script of the app: one names the page that is shown; in the other, it requests a page.
    The script is in `ui/app_page/share/voila/templates/dingnb`.

    Args:
        form: The form that contains them.
        page: Returns the name of the page that is shown; empty while there is none.
        open_page: Opens a page by its name, or the nearest page there is.
    """

    def __init__(self, form: Form, page: Callable[[], str], open_page: Callable[[str], None]) -> None:
        self._page, self._open_page = page, open_page
        self._answered = "0"
        self._lock = threading.Lock()
        self.shown, self.request = widgets.HTML(), widgets.Text()
        self.box = stack([self.shown, self.request], "dn-history")
        form.on_change(self.request, self._open)

    def render(self) -> None:
        """Name the page that is shown."""
        # One thread at a time, so that the last thread names the newest page.
        with self._lock:
            # With the number of the answered request, whose page is in the history already.
            named = f'<i data-page="{escape(self._page())}" data-answers="{escape(self._answered)}"></i>'
            update(self.shown, value=named)

    def _open(self, request: str) -> None:
        number, _, page = request.partition(" ")
        try:
            self._open_page(page)
        finally:
            self._answered = number
            self.render()


def _running_campaigns(clock: Clock) -> str:
    """Return which campaigns of the ledger are being sent, for a user who has to connect again after a reload."""
    profile_ledger = None
    with suppress(DingError):
        profile_ledger = find_credentials(os.environ).ledger
    try:
        running = running_campaigns(choose_ledger(None, profile_ledger, clock), clock)
        me = read_operator()
    except DingError:
        # The error is shown when an app is connected.
        return ""
    notices = []
    for campaign, sender in running:
        key = "studio.being_sent" if sender in {"", me} else "studio.being_sent_by"
        notices.append(parts.notice(say(key, name=parts.short(campaign.name), app=campaign.realm.app, who=sender)))
    return parts.status("".join(notices)) if running else ""


def keep_all_messages() -> None:
    """
    Let the kernel keep any number of messages until the page has received them.

    By default it drops messages beyond a queue of a thousand while a busy server does not receive them, and the page
    then lacks widgets. Does nothing outside of a kernel.
    """
    thread = getattr(getattr(current_shell(), "kernel", None), "iopub_thread", None)
    if thread is not None:
        # Sockets may be used in their own thread only.
        thread.schedule(lambda: setattr(thread.socket, "sndhwm", 0))


def open_app_shell(frame: pd.DataFrame | None, profile: str | None) -> AppShell:
    """Return the form, as `dingnb.studio` describes it."""
    session = session_of_page()
    if session is None:
        return AppShell(open_login(profile, reads_scope=False), None if frame is None else check_dataframe(frame))
    keep_all_messages()
    store_language(page_option("language"))
    store_theme(page_option("theme"))
    settings = load_settings()
    if settings.language is not None:
        set_language(settings.language)
    # The next page, such as a new tab, opens in this language and these colours.
    write_notebook(find_home() / "app")
    origin = origin_of(session.tab_state)
    if profile is None and origin is not None and origin.kind == "profile":
        profile = origin.profile
    # The studio does not show the scope: a reload would take a call of the month for it.
    login = open_login(profile, limits=settings.limits, reads_scope=False)
    # A new tab without an app of its own goes on where the last tab was: with the campaigns and drafts of the sandbox.
    goes_on = origin is None and settings.uses_sandbox and login.model.state.stage == "open"
    if goes_on or (origin is not None and origin.kind == "sandbox"):
        login.model.use_sandbox()
        # The page loads all widgets there are by then, and could miss widgets that another thread makes meanwhile.
        login.model.wait()
    return AppShell(login, None if frame is None else check_dataframe(frame), session)
