"""The settings and the help of the studio's page."""

from collections.abc import Callable
from dataclasses import replace
from html import escape
from typing import TYPE_CHECKING

import ipywidgets as widgets

from dingnb.client import DingTalk, calls_this_month, ledger_of, limits_of
from dingnb.ui.app_page.settings import load_settings, save_settings
from dingnb.ui.kit import parts
from dingnb.ui.kit.form import button, row, show_if, stack, toggle_class, update
from dingnb.words import get_language, say

if TYPE_CHECKING:
    from dingnb.ui.kit.form import Form

_MOST_A_MONTH, _MOST_A_SECOND = 10_000_000, 100
"""
Maximum limits that can be entered, well above those of any edition that is known: 60 calls a second.

Larger numbers are typing errors, and sending would then run into the limits of DingTalk.
"""

_LANGUAGES = (("en", "en", "English"), ("zh", "zh-CN", "中文"))


class SettingsView:
    """
    The widgets of the settings.

    Args:
        form: The form that contains them.
        session: The name of the session of the app's tab; empty in a notebook, where code chooses language and limits.
        close: Called to leave the settings.
    """

    def __init__(self, form: "Form", session: str, close: Callable[[], None]) -> None:
        self._session = session
        kept = load_settings()
        self.facts, self.language, self.hint, self.saved = (widgets.HTML() for _ in range(4))
        # Bounds of the widgets would change a number without a word.
        self.month = widgets.IntText(kept.calls_per_month)
        self.second = widgets.IntText(kept.calls_per_second)
        for widget in (self.month, self.second):
            widget.add_class("dn-third")
        self.save, self.back = button(tone="primary"), button()
        self._own = stack([self.language, self.hint, row([self.month, self.second, self.save], "dn-low"), self.saved])
        self.box = stack([self.facts, self._own, row([self.back])], "dn-home")
        form.on_click(self.save, self._save)
        form.on_click(self.back, close)

    def render(self, ding: DingTalk | None) -> None:
        """Show the settings."""
        update(self.facts, value=parts.title(say("settings.title")) + ("" if ding is None else _facts(ding)))
        update(self.language, value=parts.heading(say("settings.language")) + self._languages())
        update(self.hint, value=parts.heading(say("settings.limits")) + parts.quiet(say("settings.limits_hint")))
        update(self.month, description=say("settings.month"))
        update(self.second, description=say("settings.second"))
        update(self.save, description=say("settings.save"))
        update(self.back, description=say("settings.back"))
        show_if(bool(self._session), self._own)

    def _languages(self) -> str:
        links = (
            f'<a href="?session={escape(self._session)}&amp;language={name}" lang="{tag}"'
            f"{' aria-current=true' if name == get_language() else ''}>{words}</a>"
            for name, tag, words in _LANGUAGES
        )
        return f'<p class="dn-links">{" ".join(links)}</p>'

    def _save(self) -> None:
        refused = ""
        for widget, most in ((self.month, _MOST_A_MONTH), (self.second, _MOST_A_SECOND)):
            is_wrong = not 1 <= widget.value <= most
            toggle_class(widget, "dn-invalid", is_wrong)
            if is_wrong and not refused:
                refused = say("settings.refused", name=widget.description, n=widget.value, most=most)
        if refused:
            self.saved.value = parts.status(parts.notice(refused, say("settings.not_saved"), "bad"), urgent=True)
            return
        save_settings(replace(load_settings(), calls_per_month=self.month.value, calls_per_second=self.second.value))
        link = f'<a href="?session={escape(self._session)}">{parts.shown(say("settings.reload"))}</a>'
        self.saved.value = parts.status(parts.notice(say("settings.saved"), "", "good") + f"<p>{link}</p>")


class HelpView:
    """
    The widgets of the help.

    Args:
        form: The form that contains them.
        close: Called to leave the help.
    """

    def __init__(self, form: "Form", close: Callable[[], None]) -> None:
        self.text, self.back = widgets.HTML(), button()
        self.box = stack([self.text, row([self.back])], "dn-home")
        form.on_click(self.back, close)

    def render(self) -> None:
        """Show the help."""
        topics = ("start", "once", "live", "reload", "keyboard", "problems")
        answers = "".join(
            f"<div>{parts.heading(say(f'help.{topic}'))}<p>{parts.shown(say(f'help.{topic}_text'))}</p></div>"
            for topic in topics
        )
        update(self.text, value=f'{parts.title(say("help.title"))}<div class="dn-topics">{answers}</div>')
        update(self.back, description=say("settings.back"))


def _facts(ding: DingTalk) -> str:
    calls, most = calls_this_month(ding)
    agent_id = ding.app.agent_id
    return parts.facts(
        (
            (say("settings.app"), f"{ding.app.masked_key} · {ding.mode}"),
            (say("settings.credentials"), ding.origin.text),
            (say("login.agent_id"), "—" if agent_id is None else str(agent_id)),
            (say("settings.ledger"), ledger_of(ding).place),
            (say("settings.calls"), say("settings.calls_used", n=calls, most=most)),
            (say("settings.pace"), say("settings.pace_most", n=limits_of(ding).calls_per_second)),
        )
    )
