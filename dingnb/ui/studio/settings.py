"""The settings and the help, which are shown in place of the studio."""

from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from html import escape
from typing import TYPE_CHECKING, get_args
from urllib.parse import urlencode

import ipywidgets as widgets

from dingnb.campaigns.draft_files import are_too_large
from dingnb.campaigns.results.result_texts import explained_status, status_name
from dingnb.campaigns.status import STATUSES, Status
from dingnb.client import DingTalk, calls_this_month, ledger_of, limits_of
from dingnb.display import mode_name
from dingnb.errors import DingError
from dingnb.limits import STANDARD
from dingnb.ui.app_page.settings import Theme, load_settings, save_settings
from dingnb.ui.kit import parts
from dingnb.ui.kit.form import NO_TOOLTIP, button, close_all, row, show_if, stack, toggle_class, update
from dingnb.ui.results.tiles import STATUS_ICONS, tone_of
from dingnb.ui.studio.exclusions import ExclusionsView
from dingnb.ui.studio.session import page_option, theme_of_page
from dingnb.words import get_language, say

if TYPE_CHECKING:
    from dingnb.ui.kit.form import Form
    from dingnb.ui.studio.model import StudioModel

_MAX_CALLS_PER_MONTH, _MAX_CALLS_PER_SECOND = 10_000_000, 100
"""
The highest limits that can be entered, above the limits of any known edition of DingTalk: 60 calls a second.

Higher numbers are typing errors, and sending would run into the limits of DingTalk.
"""

_LANGUAGES = (("en", "en", "English"), ("zh", "zh-CN", "中文"))


class SettingsView:
    """
    The widgets of the settings.

    Args:
        form: The form that contains them.
        session: The name of the session of the app's tab; empty in a notebook, where code sets language and limits.
        close: Called to close the settings.
    """

    def __init__(self, form: "Form", session: str, close: Callable[[], None]) -> None:
        self._form, self._session = form, session
        self._studio: StudioModel | None = None
        self.exclusions: ExclusionsView | None = None
        self._exclusions_box = stack([])
        self._filled = load_settings()
        self._calls: tuple[int, int] | None = None
        self.facts, self.warning, self.language, self.theme, self.hint, self.saved = (widgets.HTML() for _ in range(6))
        # Not bounded: the widget would silently replace a number that is out of bounds.
        self.calls_per_month = widgets.IntText(self._filled.calls_per_month, tooltip=NO_TOOLTIP)
        self.calls_per_second = widgets.IntText(self._filled.calls_per_second, tooltip=NO_TOOLTIP)
        for widget in (self.calls_per_month, self.calls_per_second):
            widget.add_class("dn-third")
        self.save, self.back = button(tone="primary"), button()
        self._app_settings = stack(
            [
                self.warning,
                self.language,
                self.theme,
                self.hint,
                row([self.calls_per_month, self.calls_per_second, self.save], "dn-align-end"),
                self.saved,
            ]
        )
        self.box = stack([self.facts, self._app_settings, self._exclusions_box, row([self.back])], "dn-home")
        form.on_click(self.save, self._save)
        form.on_click(self.back, close)

    def fill(self) -> None:
        """
        Show what is stored in place of what was entered.

        What was said before is hidden; only the outcome of adding people to a list stays until the user has seen it.
        """
        self._filled = load_settings()
        for widget, stored in (
            (self.calls_per_month, self._filled.calls_per_month),
            (self.calls_per_second, self._filled.calls_per_second),
        ):
            update(widget, value=stored)
            toggle_class(widget, "dn-invalid", is_on=False)
        update(self.saved, value="")
        self._calls = None
        if self._studio is not None:
            # If the ledger cannot be read, the exclusion lists show why.
            with suppress(DingError):
                self._calls = calls_this_month(self._studio.ding)
        if self.exclusions is not None:
            self.exclusions.fill()

    def follow(self, studio: "StudioModel") -> None:
        """Show the exclusion lists of a studio, which may be for another app than the previous studio."""
        before, self._studio = self.exclusions, studio
        self.exclusions = ExclusionsView(self._form, studio.exclusions)
        self._exclusions_box.children = [self.exclusions.box]
        self._form.watch(studio.exclusions)
        if before is not None:
            close_all(before.box)

    def hide(self) -> None:
        """Remove the people on exclusion lists, whom a notebook saved with its widgets would contain unseen."""
        if self.exclusions is not None:
            self.exclusions.hide()

    def render(self, back: str) -> None:
        """
        Show the settings, and a warning if a reload with other settings would lose chosen files.

        Args:
            back: The label of the button that closes the settings: where it leads.
        """
        studio = self._studio
        ding = None if studio is None else studio.ding
        loses_files = studio is not None and are_too_large(studio.chosen_files)
        update(self.warning, value=parts.notice(say("settings.loses_files"), "", "warn") if loses_files else "")
        update(
            self.facts, value=parts.title(say("settings.title")) + ("" if ding is None else _facts(ding, self._calls))
        )
        update(self.language, value=parts.heading(say("settings.language")) + self._languages())
        update(self.theme, value=parts.heading(say("settings.theme")) + self._themes())
        hint = say("settings.limits_hint", month=STANDARD.calls_per_month, second=STANDARD.calls_per_second)
        update(self.hint, value=parts.heading(say("settings.limits")) + parts.quiet(hint))
        update(self.calls_per_month, description=say("settings.month"))
        update(self.calls_per_second, description=say("settings.second"))
        update(self.save, description=say("settings.save"))
        update(self.back, description=back)
        show_if(bool(self._session), self._app_settings)
        if self.exclusions is not None:
            self.exclusions.render()

    def _languages(self) -> str:
        chosen = get_language()
        return self._links(("language", language, name, tag, language == chosen) for language, tag, name in _LANGUAGES)

    def _themes(self) -> str:
        # Of the page, which the server has drawn; the setting of another tab applies to the next one.
        chosen = theme_of_page()
        return self._links(
            ("theme", theme, say(f"settings.theme_{theme}"), "", theme == chosen) for theme in get_args(Theme)
        )

    def _links(self, choices: Iterable[tuple[str, str, str, str, bool]]) -> str:
        """
        Return links that load the page with an option.

        Args:
            choices: For each link, the name and the value of the option, the text of the link, the language of the
                text, which is empty for the current one, and whether the option has this value now.
        """
        kept_options = {"session": self._session, "theme": page_option("theme")}
        links = []
        for option, value, text, tag, is_chosen in choices:
            options = {**kept_options, option: value}
            query = urlencode({name: option_value for name, option_value in options.items() if option_value})
            attributes = (f' lang="{tag}"' if tag else "") + (" aria-current=true" if is_chosen else "")
            links.append(f'<a href="?{escape(query)}"{attributes}>{escape(text)}</a>')
        kind = "dn-links dn-segments" if len(links) > 1 else "dn-links"
        return f'<p class="{kind}">{" ".join(links)}</p>'

    def _save(self) -> None:
        refusal = ""
        for widget, limit in (
            (self.calls_per_month, _MAX_CALLS_PER_MONTH),
            (self.calls_per_second, _MAX_CALLS_PER_SECOND),
        ):
            is_invalid = not 1 <= widget.value <= limit
            toggle_class(widget, "dn-invalid", is_invalid)
            if is_invalid and not refusal:
                refusal = say("settings.refused", name=widget.description, n=widget.value, most=limit)
        if refusal:
            self.saved.value = parts.status(parts.notice(refusal, say("settings.not_saved"), "bad"), urgent=True)
            return
        entered = {
            "calls_per_month": self.calls_per_month.value,
            "calls_per_second": self.calls_per_second.value,
        }
        # Another tab may have saved the other limit since.
        changed = {name: n for name, n in entered.items() if n != getattr(self._filled, name)}
        save_settings(replace(load_settings(), **changed))
        self._filled = replace(self._filled, **entered)
        link = self._links([("session", self._session, say("settings.reload"), "", False)])
        self.saved.value = parts.status(parts.notice(say("settings.saved"), "", "good") + link)


class HelpView:
    """
    The widgets of the help.

    Args:
        form: The form that contains them.
        close: Called to close the help.
    """

    def __init__(self, form: "Form", close: Callable[[], None]) -> None:
        self.text, self.back = widgets.HTML(), button()
        self.box = stack([self.text, row([self.back])], "dn-home")
        form.on_click(self.back, close)

    def render(self, back: str) -> None:
        """Show the help, and where closing it leads."""
        topics = ("start", "once", "after", "live", "reload", "keyboard", "problems")
        topics_html = "".join(
            f"<div>{parts.heading(say(f'app_help.{topic}'))}<p>{parts.shown(say(f'app_help.{topic}_text'))}</p></div>"
            for topic in topics
        )
        meanings: list[tuple[Status, object, str, str]] = [
            (status, False, "", say(f"report.means_{status}")) for status in STATUSES
        ]
        # Each of two statuses has a second name: if reading is not reported, and if the people had the text already.
        unreported = say(f"report.means_{explained_status(Status.DELIVERED, None)}")
        meanings.insert(STATUSES.index(Status.DELIVERED), (Status.DELIVERED, None, "", unreported))
        meanings.insert(
            STATUSES.index(Status.FILTERED) + 1,
            (Status.FILTERED, False, "elsewhere", say("app_help.means_elsewhere")),
        )
        statuses = "".join(
            f"<div><dt>{_status_html(status, read, evidence)}</dt><dd>{parts.shown(meaning)}</dd></div>"
            for status, read, evidence, meaning in meanings
        )
        legend = f'{parts.heading(say("app_help.statuses"))}<dl class="dn-facts dn-meanings">{statuses}</dl>'
        title = parts.title(say("app_help.title"))
        update(self.text, value=f'{title}<div class="dn-topics">{topics_html}</div>{legend}')
        update(self.back, description=back)


def _status_html(status: Status, read: object, evidence: str) -> str:
    name = status_name(status, read, evidence)
    return parts.cell_text(parts.Cell(name, "", tone_of(status, evidence), STATUS_ICONS[status]))


def _facts(ding: DingTalk, calls: tuple[int, int] | None) -> str:
    """Return the facts about an app, with its calls of the month and their limit, unless these could not be read."""
    agent_id = ding.app.agent_id
    key = "login.agent_id_missing" if agent_id is None else "settings.agent_id"
    facts = [
        (say("settings.app"), f"{ding.app.masked_key} · {mode_name(ding.mode)}"),
        (say("settings.credentials"), ding.origin.text),
        (say("login.agent_id"), say(key, agent_id=agent_id)),
        (say("settings.ledger"), ledger_of(ding).place),
    ]
    if calls is not None:
        used, max_calls = calls
        facts.append((say("settings.calls"), say("settings.calls_used", n=used, most=max_calls)))
    return parts.facts([*facts, (say("settings.pace"), say("settings.pace_most", n=limits_of(ding).calls_per_second))])
