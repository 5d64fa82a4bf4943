"""The part of the settings that shows and changes exclusion lists."""

from typing import TYPE_CHECKING

import ipywidgets as widgets

from dingnb.ui.kit import parts
from dingnb.ui.kit.form import button, row, set_available, show_if, stack, update
from dingnb.ui.kit.lists import Pager, set_children, update_entries
from dingnb.ui.kit.times import DATE, format_time
from dingnb.ui.studio.exclusions_model import Addition, ExcludedPerson, ExclusionsModel, ExclusionsState, ListSummary
from dingnb.words import Text, count, join_sentences, listed_briefly, say

if TYPE_CHECKING:
    from dingnb.ui.kit.form import Form

_MAX_UNCLEAR_SHOWN = 20
"""Maximum number of unclear lines that are shown; all stay in the field."""

_PERSON_CLASS = "dn-item-choice dn-item-excluded"


class ExclusionsView:
    """
    The widgets of the exclusion lists.

    Args:
        form: The form that contains them.
        model: The model.
    """

    def __init__(self, form: "Form", model: ExclusionsModel) -> None:
        self._form, self._model = form, model
        self._seen_additions, self._submitted = 0, ""
        self.heading, self.notice, self.people_heading, self.found, self._header = (widgets.HTML() for _ in range(5))
        self.add_heading, self.people_note, self.progress = (widgets.HTML() for _ in range(3))
        self.found.add_class("dn-list-found")
        self.undo, self.to_lists = button(css_class="dn-link"), button(css_class="dn-link")
        self.lists: dict[str, ListRow] = {}
        self.people: dict[ExcludedPerson, PersonRow] = {}
        self._list_rows, self._person_rows = stack([], "dn-list"), stack([], "dn-list")
        self.lists_pager = Pager(form, lambda by: model.turn_lists_to(model.state.list_rows.page + by))
        self.pager = Pager(form, lambda by: model.turn_to(model.state.person_rows.page + by))
        # What is typed arrives as a whole, before the press of a button.
        self.search = widgets.Text()
        self.name, self.reason = widgets.Text(continuous_update=False), widgets.Text(continuous_update=False)
        self.entries = widgets.Textarea(continuous_update=False)
        for field in (self.search, self.name, self.reason):
            field.add_class("dn-third")
        self.add, self.cancel = button(), button()
        self._overview = stack([self._list_rows, self.lists_pager.box])
        self._open_list = stack(
            [
                row([self.people_heading, self.to_lists]),
                row([self.search], "dn-align-end"),
                self.found,
                stack([self._header, self._person_rows], "dn-list-box"),
                self.pager.box,
            ]
        )
        self._adding = stack(
            [
                self.add_heading,
                row([self.name, self.reason], "dn-align-end"),
                self.entries,
                self.people_note,
                row([self.add, self.cancel]),
                self.progress,
            ]
        )
        self.box = stack([self.heading, self._overview, self._open_list, self.notice, self.undo, self._adding])
        form.on_click(self.to_lists, self._close_list)
        form.on_click(self.undo, self._undo)
        form.on_click(self.add, self._add)
        form.on_click(self.cancel, self._cancel)
        form.on_change(self.search, model.search)

    def fill(self) -> None:
        """Show all lists as they are now, and what adding people did or why it failed, unless the user has seen it."""
        self._model.refresh(keeps_outcome=self._model.state.addition_count != self._seen_additions)

    def render(self) -> None:
        """Show the lists, or the people of the open one."""
        state = self._model.state
        has_open = bool(state.open_list)
        step = say("studio.recipients")
        about = [say("exclusions_form.hint", exclude_field=say("compose.exclude"), step=step)]
        # After a failure, there may be lists that could not be read.
        about += [] if state.lists or state.failure is not None else [say("exclusions_form.none")]
        title = parts.heading(say("exclusions_form.title"))
        update(self.heading, value=title + parts.quiet(join_sentences(about)))
        show_if(not has_open and bool(state.lists), self._overview)
        show_if(has_open, self._open_list)
        self._render_lists(state)
        self._render_people(state)
        self._render_adding(state)
        notice = _notice(state)
        update(self.notice, value=notice)
        show_if(bool(notice), self.notice)
        update(self.undo, description=say("exclusions_form.undo"))
        show_if(bool(state.removals), self.undo)

    def hide(self) -> None:
        """Remove the lists and their people from the widgets; entries that were typed to be added stay."""
        update_entries(self.lists, (), self._new_list)
        set_children(self._list_rows, [])
        update_entries(self.people, (), self._new_person)
        set_children(self._person_rows, [])
        for widget in (self.notice, self.people_heading, self.found, self.add_heading, self.search):
            update(widget, value="")

    def _render_lists(self, state: ExclusionsState) -> None:
        summaries = [] if state.open_list else [state.lists[at] for at in state.list_rows.page_positions]
        update_entries(self.lists, [summary.name for summary in summaries], self._new_list)
        for summary in summaries:
            self.lists[summary.name].render(summary)
        set_children(self._list_rows, [self.lists[summary.name].box for summary in summaries])
        self.lists_pager.render(state.list_rows.page, state.list_rows.pages)

    def _render_people(self, state: ExclusionsState) -> None:
        rows = state.person_rows
        people = [state.people[at] for at in rows.page_positions] if state.open_list else []
        update_entries(self.people, people, self._new_person)
        for person in people:
            self.people[person].render(person)
        set_children(self._person_rows, [self.people[person].box for person in people])
        size = count("person", len(state.people))
        title = say("exclusions_form.list", name=parts.short(state.open_list), people=size)
        update(self.people_heading, value=parts.heading(title) if state.open_list else "")
        update(self.to_lists, description=say("exclusions_form.to_lists"))
        update(
            self.search,
            description=say("exclusions_form.search"),
            placeholder=say("exclusions_form.search_hint"),
        )
        if not rows.query:
            update(self.search, value="")
        found_text = say("exclusions_form.found", people=count("person", rows.found), query=rows.query)
        update(self.found, value=parts.status(parts.quiet(found_text)) if rows.query else "")
        show_if(bool(rows.query), self.found)
        update(self._header, value=parts.list_head([*_columns(), ""], _PERSON_CLASS) if people else "")
        self.pager.render(rows.page, rows.pages, count("person", rows.found))

    def _render_adding(self, state: ExclusionsState) -> None:
        name = parts.short(state.open_list)
        title = say("exclusions_form.add_to", name=name) if name else say("exclusions_form.new")
        update(self.add_heading, value=parts.heading(title))
        show_if(not state.open_list, self.name)
        update(self.name, description=say("exclusions_form.name"), placeholder=say("exclusions_form.name_hint"))
        update(self.reason, description=say("exclusions_form.reason_optional"))
        update(self.entries, description=say("exclusions_form.people"))
        update(self.entries, placeholder=say("exclusions_form.people_hint"))
        update(self.people_note, value=parts.quiet(say("exclusions_form.people_note")))
        update(self.add, description=say("exclusions_form.add" if state.open_list else "exclusions_form.create"))
        set_available(self.add, not state.progress, say("form.busy"))
        update(self.cancel, description=say("directory_form.cancel"))
        show_if(bool(state.progress), self.cancel)
        update(self.progress, value=parts.status(parts.quiet(state.progress)) if state.progress else "")
        if not state.progress and state.addition_count != self._seen_additions:
            self._seen_additions = state.addition_count
            if state.addition is not None:
                self._clear_added(state.addition)

    def _clear_added(self, addition: Addition) -> None:
        """Leave in the field what was not added, unless something else was typed meanwhile."""
        if self.entries.value == self._submitted:
            update(self.entries, value="\n".join(unclear.line.text for unclear in addition.people.unclear))
        if addition.people.ids:
            update(self.name, value="")
        if not addition.people.unclear:
            update(self.reason, value="")

    def _new_list(self, name: str) -> "ListRow":
        def delete() -> None:
            self._model.delete(name)
            # The pressed button is gone with its row.
            self.undo.focus()

        def open_list() -> None:
            self._model.open(name)
            self.to_lists.focus()

        created = ListRow()
        self._form.on_click(created.open, open_list)
        self._form.on_click(created.delete, delete)
        return created

    def _new_person(self, person: ExcludedPerson) -> "PersonRow":
        def remove() -> None:
            self._model.remove(person)
            self.undo.focus()

        created = PersonRow()
        self._form.on_click(created.remove, remove)
        return created

    def _close_list(self) -> None:
        name = self._model.state.open_list
        self._model.open("")
        (self.lists[name].open if name in self.lists else self.add).focus()

    def _undo(self) -> None:
        self._model.undo()
        if not self._model.state.removals:
            self.add.focus()

    def _add(self) -> None:
        name = self._model.state.open_list or self.name.value
        self._submitted = self.entries.value
        self._model.add(name, self._submitted, self.reason.value)

    def _cancel(self) -> None:
        # A hidden button loses the focus.
        self.add.focus()
        self._model.cancel()


class ListRow:
    """The widgets of one list."""

    def __init__(self) -> None:
        self.open, self.delete = button(css_class="dn-link"), button(css_class="dn-link")
        self.summary = widgets.HTML()
        self.box = row([self.open, self.summary, self.delete], "dn-item", "dn-item-draft")

    def render(self, summary: ListSummary) -> None:
        """Show the list."""
        name = parts.short(summary.name)
        update(self.open, description=name, tooltip=say("exclusions_form.open", name=name))
        update(self.delete, description=say("exclusions_form.delete"))
        update(self.delete, tooltip=say("exclusions_form.delete_list", name=name))
        people, day = count("person", summary.people), format_time(summary.added_ns, DATE)
        update(self.summary, value=parts.quiet(say("exclusions_form.summary", people=people, day=day)))


class PersonRow:
    """The widgets of one person."""

    def __init__(self) -> None:
        self.cells, self.remove = widgets.HTML(), button(css_class="dn-link")
        self.box = row([self.cells, self.remove], "dn-item", *_PERSON_CLASS.split())

    def render(self, person: ExcludedPerson) -> None:
        """Show the person."""
        who = _describe(person)
        day = format_time(person.added_ns, DATE)
        values = (parts.shown(who), parts.shown(parts.short(person.reason)), parts.shown(day))
        update(self.cells, value=parts.cells(zip(_columns(), values, strict=True)))
        update(self.remove, description=say("exclusions_form.remove"))
        update(self.remove, tooltip=say("exclusions_form.remove_person", who=who))


def _describe(person: ExcludedPerson) -> str:
    return " · ".join(parts.short(text) for text in (person.name, person.userid) if text)


def _columns() -> list[str]:
    return [say("exclusions_form.person"), say("exclusions_form.reason"), say("exclusions_form.added")]


def _notice(state: ExclusionsState) -> str:
    if state.failure is not None:
        return parts.failure_alert(state.failure)
    notices = "" if state.addition is None else _addition_notice(state.addition)
    if state.removals:
        last = state.removals[-1]
        name = parts.short(last.list_name)
        if last.person is None:
            text = say("exclusions_form.deleted", name=name, people=count("person", len(last.rows)))
        else:
            text = say("exclusions_form.removed", name=name, who=_describe(last.person))
        notices += parts.notice(text)
    return parts.status(notices) if notices else ""


def _addition_notice(addition: Addition) -> str:
    unclear, unlisted = addition.people.unclear, addition.people.unlisted
    known = say("exclusions_form.outcome_known", people=count("person", addition.known)) if addition.known else ""
    outcome = say("exclusions_form.outcome_none")
    if addition.added or addition.known:
        outcome = say(
            "exclusions_form.outcome", name=parts.short(addition.list_name), people=count("person", addition.added)
        )
    html = parts.notice(outcome, known, "good" if addition.added or addition.known else "")
    if addition.directory_failure is not None:
        text = say("exclusions_form.no_directory", why=addition.directory_failure.what.in_form())
        html += parts.notice(text, addition.directory_failure.hint, "warn")
    if unlisted:
        html += parts.notice(say("exclusions_form.unlisted", who=listed_briefly(unlisted, "entry")), "", "warn")
    if unclear:
        title = say("exclusions_form.unclear", entries=count("entry", len(unclear)))
        html += parts.notice(title, say("exclusions_form.unclear_todo"), "warn")
        header = [say(f"exclusions_form.{name}") for name in ("line", "entry", "why")]
        rows: list[list[tuple[Text | str, str]]] = [
            [(f"{entry.line.number:,}", ""), (entry.line.text, ""), (entry.reason, "")]
            for entry in unclear[:_MAX_UNCLEAR_SHOWN]
        ]
        html += parts.table(say("exclusions_form.unclear_lines"), header, rows)
        if len(unclear) > _MAX_UNCLEAR_SHOWN:
            more = count("entry", len(unclear) - _MAX_UNCLEAR_SHOWN)
            html += parts.quiet(say("exclusions_form.more", entries=more))
    return html
