"""The part of the studio that lists drafts to continue, and campaigns to open or copy from."""

from typing import TYPE_CHECKING

import ipywidgets as widgets

from dingnb.campaigns.status import State
from dingnb.ui.kit import parts
from dingnb.ui.kit.form import button, row, show_if, stack, update
from dingnb.ui.kit.parts import short
from dingnb.ui.studio.history_model import HistoryState
from dingnb.ui.studio.model import StudioModel
from dingnb.words import say

if TYPE_CHECKING:
    from dingnb.ui.kit.form import Form


class HistoryView:
    """
    The widgets of drafts and campaigns.

    Args:
        form: The form that contains them.
        studio: The model of the studio.
    """

    def __init__(self, form: "Form", studio: StudioModel) -> None:
        history = studio.history
        self.toggle, self.notice = button(name="dn-link"), widgets.HTML()
        self.table = widgets.HTML()
        self.campaign, self.draft = widgets.Dropdown(), widgets.Dropdown()
        for one in (self.campaign, self.draft):
            one.add_class("dn-wide")
        self.view, self.copy = button(), button()
        self.open_draft, self.drop, self.back = button(), button(), button(name="dn-link")
        self._campaigns = row([self.campaign, self.view, self.copy], "dn-low")
        self._drafts = row([self.draft, self.open_draft, self.drop], "dn-low")
        self._inner = stack([self.notice, self.table, self._campaigns, self._drafts, self.back])
        self.box = stack([row([self.toggle]), self._inner])
        form.on_change(self.campaign, history.choose_campaign)
        form.on_change(self.draft, history.choose_draft)
        for pressed, handler in (
            (self.toggle, history.turn),
            (self.view, studio.view_campaign),
            (self.copy, studio.copy_message),
            (self.open_draft, studio.open_draft),
            (self.drop, studio.drop_draft),
            (self.back, history.bring_back),
        ):
            form.on_click(pressed, handler)

    def render(self, state: HistoryState) -> None:
        """Show the lists."""
        update(self.toggle, description=say("studio.past_hide" if state.is_open else "studio.past_show"))
        show_if(state.is_open, self._inner)
        show_if(bool(state.campaigns), self._campaigns)
        show_if(bool(state.drafts), self._drafts)
        show_if(bool(state.dropped), self.back)
        none = (say("studio.choose"), "")
        listed: tuple[tuple[widgets.Dropdown, str, tuple[tuple[str, str], ...], str], ...] = (
            (
                self.campaign,
                "studio.campaigns",
                tuple((it.text, it.name) for it in state.campaigns),
                state.campaign,
            ),
            (self.draft, "studio.drafts", tuple((it.text, it.name) for it in state.drafts), state.draft),
        )
        for widget, key, options, chosen in listed:
            update(widget, options=(none, *options), description=say(key))
            update(widget, value=chosen)
        for pressed, key, is_off in (
            (self.view, "studio.look", not state.campaign),
            (self.copy, "studio.copy", not state.campaign),
            (self.open_draft, "studio.open_draft", not state.draft),
            (self.drop, "studio.drop_draft", not state.draft),
        ):
            update(pressed, description=say(key), disabled=is_off)
        if state.dropped:
            update(self.back, description=say("studio.bring_back", name=short(state.dropped[-1].name)))
        update(self.notice, value=_notice(state))
        update(self.table, value=_table(state) if state.campaigns else "")


def _table(state: HistoryState) -> str:
    """Return the newest campaigns, with how many people have each message and have read it."""
    header = [say(f"studio.past_{name}") for name in ("name", "state", "people", "delivered", "read", "day", "who")]
    rows = [
        [
            (short(one.name), ""),
            (say(f"studio.state_{one.state}"), ""),
            (f"{one.people:,}", ""),
            (f"{one.delivered:,}", ""),
            (f"{one.read:,}", ""),
            (one.day, ""),
            (short(one.sent_by), ""),
        ]
        for one in state.campaigns
        if one.delivered is not None
    ]
    return parts.table(say("studio.past_table"), header, rows)


def _notice(state: HistoryState) -> str:
    if state.failure is not None:
        return parts.status(parts.notice(state.failure.what, state.failure.hint, "bad"), urgent=True)
    notice = [
        parts.notice(say("studio.sending" if one.state is State.RUNNING else "studio.unfinished", campaign=one.text))
        for one in state.unfinished[:3]
    ]
    if state.dropped:
        notice.append(parts.notice(say("studio.dropped", name=state.dropped[-1].name)))
    if not state.campaigns and not state.drafts:
        notice.append(parts.quiet(say("studio.past_none")))
    return parts.status("".join(notice))
