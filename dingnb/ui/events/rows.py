"""The table of events: filters, pages, and the list to choose an event from."""

from typing import TYPE_CHECKING, get_args

import ipywidgets as widgets

from dingnb.events.event import Event
from dingnb.ui.events.event_text import summarize, type_name
from dingnb.ui.events.model import ROWS_PER_PAGE, EventsModel, EventsState, TimeRange
from dingnb.ui.kit import parts
from dingnb.ui.kit.form import button, row, set_available, show_if, stack, toggle_class, update, update_choice
from dingnb.ui.kit.lists import NumberedPager, range_of_page
from dingnb.ui.kit.times import DATETIME_TO_SECOND_WITHOUT_YEAR, format_time
from dingnb.words import count, listed, say

if TYPE_CHECKING:
    from dingnb.ui.events.form import EventsForm

_TIME_RANGES: tuple[TimeRange, ...] = get_args(TimeRange)
_COLUMNS = ("", "", "", "dn-hide-below-800")
"""The class of each column; the last column is not shown in a narrow pane."""


class RowsView:
    """
    The widgets of the table.

    Args:
        form: The form that contains them.
        model: The model.
        details: The widgets of the chosen event's details, shown next to the table.
    """

    def __init__(self, form: "EventsForm", model: EventsModel, details: widgets.VBox) -> None:
        self._resets = 0
        self.table, self.notice, self.hint, self.empty, self.time_error = (widgets.HTML() for _ in range(5))
        self.type = widgets.Dropdown(options=[("", "")])
        self.time_range = widgets.Dropdown(options=[(time_range, time_range) for time_range in _TIME_RANGES], value="")
        self.person, self.text = widgets.Text(), widgets.Text()
        # Sent when the field is left: an incomplete time is not valid.
        self.since, self.until = (widgets.Text(continuous_update=False) for _ in range(2))
        self.clear, self.first, self.pause = button(css_class="dn-link"), button(css_class="dn-link"), button()
        self.events = widgets.Select(options=[], index=None)
        self.pager = NumberedPager(form, model.turn_to)
        for widget in (self.type, self.time_range, self.since, self.until, self.person, self.text):
            widget.add_class("dn-third")
        self._list = widgets.Box([self.table, self.events])
        self._list.add_class("dn-select-table")
        self._list.add_class("dn-events")
        self._filters = row([self.type, self.time_range, self.person, self.text], "dn-align-end")
        self._times = row([self.since, self.until], "dn-align-end")
        columns = widgets.HBox([stack([self._list, self.pager.box], "dn-editor"), details])
        columns.add_class("dn-columns")
        self._rows = stack([row([self.notice, self.pause, self.clear]), row([self.hint, self.first]), columns])
        self.box = stack([self.empty, self._filters, self._times, self.time_error, self._rows], "dn-section")
        form.on_change(self.type, lambda value: model.filter_by(type=value))
        form.on_change(self.time_range, model.choose_time_range)
        form.on_change(self.since, lambda value: model.filter_by(since=value))
        form.on_change(self.until, lambda value: model.filter_by(until=value))
        form.on_change(self.person, lambda value: model.filter_by(person=value))
        form.on_change(self.text, lambda value: model.filter_by(text=value))
        form.on_click(self.clear, model.clear)
        form.on_click(self.first, model.open_first)
        form.on_click(self.pause, lambda: model.set_paused(not model.state.is_paused))
        form.on_change(self.events, model.choose)

    def render(self, state: EventsState) -> None:
        """Show the filters and the current page."""
        update(self.empty, value="" if state.total else parts.placeholder(_empty(state)))
        show_if(not state.total, self.empty)
        show_if(bool(state.total), self._filters, self._rows)
        show_if(bool(state.total) and state.filters.time_range == "other", self._times)
        show_if(bool(state.bad_time), self.time_error)
        update(self.time_error, value=parts.failure_alert(state.failure) if state.bad_time else "")
        self._render_filters(state)
        update(self.notice, value=parts.status(parts.quiet(_found(state))))
        self._render_pause(state)
        events = state.on_page
        rows = [
            (
                parts.short(type_name(event.type)),
                format_time(event.happened_ns, DATETIME_TO_SECOND_WITHOUT_YEAR),
                _cells(event),
            )
            for event in events
        ]
        show_if(bool(events), self._list)
        update(self.table, value=parts.selectable_table(_found(state), _header(), rows, _COLUMNS))
        # A screen reader reads these options, also where events of one second differ only in their people.
        names = (
            [name, time, *([parts.short(str(listed(event.userids)))] if event.userids else [])]
            for event, (name, time, _) in zip(events, rows, strict=True)
        )
        self._render_list(tuple((" · ".join(name), index) for index, name in enumerate(names)), state)
        self.pager.render(state.page, state.pages, say("events_form.newer"), say("events_form.older"))
        # These stay while details are shown, so that the table does not move.
        show_if(bool(events), self.hint, self.first)
        set_available(self.first, state.chosen is None)
        update(self.first, description=say("form.open_first"))
        update(self.hint, value=parts.quiet(say("events_form.choose_hint")))

    def _render_filters(self, state: EventsState) -> None:
        filters = state.filters
        counts = dict(state.types)
        if filters.type:
            # The chosen type stays in the list, even if no such events are left.
            counts.setdefault(filters.type, 0)
        options = [(say("events_form.any_type", n=state.total), "")] + [
            (say("events_form.type_counted", type=parts.short(type_name(event_type)), n=n), event_type)
            for event_type, n in counts.items()
        ]
        update_choice(self.type, options, filters.type)
        update(self.type, description=say("events_form.type"))
        ranges = [(say(f"events_form.time_range_{time_range or 'any'}"), time_range) for time_range in _TIME_RANGES]
        update_choice(self.time_range, ranges, filters.time_range)
        update(self.time_range, description=say("events_form.time_range"))
        update(self.person, description=say("events_form.person"), placeholder=say("events_form.person_hint"))
        update(self.text, description=say("form.search"), placeholder=say("events_form.text_hint"))
        for field, name in ((self.since, "since"), (self.until, "until")):
            update(field, description=say(f"events_form.{name}"), placeholder=say("events_form.time_hint"))
            toggle_class(field, "dn-invalid", state.bad_time == name)
        if state.resets != self._resets:
            # Only after a reset, so that text being typed is not overwritten.
            self._resets = state.resets
            for field, value in (
                (self.since, filters.since),
                (self.until, filters.until),
                (self.person, filters.person),
                (self.text, filters.text),
            ):
                update(field, value=value)
        update(self.clear, description=say("form.clear"))
        set_available(self.clear, bool(filters.arguments))

    def _render_pause(self, state: EventsState) -> None:
        if state.new_count:
            words = say("events_form.show_new", events=count("new_event", state.new_count))
        else:
            words = say("events_form.resume" if state.is_paused else "events_form.pause")
        update(self.pause, description=words, button_style="primary" if state.new_count else "")

    def _render_list(self, options: tuple[tuple[str, int], ...], state: EventsState) -> None:
        update(self.events, description=say("events_form.choose"))
        index = next((place for place, event in enumerate(state.on_page) if event is state.chosen), None)
        if self.events.options == options and self.events.index == index:
            return
        # Both at once, or another event would briefly appear to be chosen.
        with self.events.hold_sync():
            if self.events.options != options:
                self.events.index = None
                self.events.options = options
                # A single row would be drawn as a drop-down list.
                self.events.rows = max(len(options), 2)
            self.events.index = index


def _empty(state: EventsState) -> str:
    is_receiving = any(connection.is_running for connection in state.connections)
    return say("events_form.empty_waits" if is_receiving else "events_form.empty")


def _header() -> list[str]:
    return [say(f"events_form.column_{name}") for name in ("event", "people", "details", "channel")]


def _cells(event: Event) -> list[parts.Cell]:
    channel = say(f"events_form.channel_{event.channel}")
    return [parts.Cell(str(listed(event.userids))), parts.Cell(summarize(event)), parts.Cell(channel)]


def _found(state: EventsState) -> str:
    """Return which of the filtered events the page shows."""
    if not state.found:
        return say("events_form.none_found")
    return range_of_page(state.page * ROWS_PER_PAGE, len(state.on_page), len(state.found))
