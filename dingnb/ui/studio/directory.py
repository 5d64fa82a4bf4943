"""The part of the studio that chooses recipients from the directory."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import ipywidgets as widgets
import pandas as pd

from dingnb.recipients.department_tree import SEPARATOR
from dingnb.recipients.people_index import mobile_end
from dingnb.tables.cells import is_missing
from dingnb.ui.kit import parts
from dingnb.ui.kit.form import button, row, set_available, show_if, stack, toggle_class, update
from dingnb.ui.kit.lists import Pager, page_count, set_children, update_entries
from dingnb.ui.studio.directory_model import DEPARTMENTS_PER_PAGE, DirectoryModel, DirectoryState
from dingnb.ui.studio.directory_selection import NO_ROLE, DepartmentMark, DirectorySnapshot, Selection
from dingnb.words import count, dotted, listed, say
from dingnb.words.visible import visible

if TYPE_CHECKING:
    from dingnb.ui.kit.form import Form

_INDENT_PX = 22
_MAX_INDENT = 8
_PERSON_CLASS = "dn-item-person"
_ANY = ""
_ACTIVATION: dict[str, bool | None] = {_ANY: None, "yes": True, "no": False}
"""The options for whether people have activated DingTalk."""


class DirectoryView:
    """
    The button that opens the directory, the number of people used from it, and its widgets once it is open.

    Its `footer` has the button that uses the chosen people, for the footer of the form.

    Args:
        form: The form that contains them.
        model: The model.
    """

    def __init__(self, form: "Form", model: DirectoryModel) -> None:
        self._form, self._model = form, model
        self._panel: DirectoryPanel | None = None
        self.toggle, self.used = button(), widgets.HTML()
        self.box, self.footer = stack([self.used]), row([])
        form.on_click(self.toggle, model.toggle)

    @property
    def panel(self) -> "DirectoryPanel":
        """The widgets of the directory, made when it first opens."""
        if self._panel is None:
            self._panel = DirectoryPanel(self._form, self._model, self.toggle)
            self.box.children = [self.used, self._panel.box]
            self.footer.children = [self._panel.use]
        return self._panel

    def render(self, state: DirectoryState) -> None:
        """Show whether the directory is open, and the directory itself if it is."""
        update(self.toggle, description=say("directory_form.close" if state.is_open else "directory_form.open"))
        update(self.used, value=_used(state))
        show_if(bool(state.used_count), self.used)
        if state.is_open or self._panel is not None:
            self.panel.render(state)


class DirectoryPanel:
    """
    The widgets of the directory.

    Args:
        form: The form that contains them.
        model: The model.
        toggle: The button that opens and closes it.
    """

    def __init__(self, form: "Form", model: DirectoryModel, toggle: widgets.Button) -> None:
        self._form, self._model, self._toggle = form, model, toggle
        self._resets = 0
        self.refresh, self.cancel = button(css_class="dn-link"), button()
        self.heading, self.age, self.progress = (widgets.HTML() for _ in range(3))
        self.search, self.people_search = widgets.Text(), widgets.Text()
        self.role = widgets.Dropdown(options=[("", NO_ROLE)], value=NO_ROLE)
        self.active = widgets.Dropdown(options=[(option, option) for option in _ACTIVATION], value=_ANY)
        self.below = widgets.Checkbox(value=True, indent=False)
        for widget in (self.search, self.people_search, self.role, self.active):
            widget.add_class("dn-third")
        self.departments: dict[int, DepartmentWidgets] = {}
        self.people: dict[str, PersonWidgets] = {}
        self._tree, self._people_box = stack([], "dn-tree"), stack([], "dn-list")
        self.no_departments, self.people_heading, self.people_found, self._people_header = (
            widgets.HTML() for _ in range(4)
        )
        self.people_found.add_class("dn-list-found")
        self.pager = Pager(form, lambda by: model.turn_to(model.state.page + by))
        self.people_pager = Pager(form, lambda by: model.turn_people_to(model.state.people.page + by))
        self._people_list = stack([self._people_header, self._people_box], "dn-list-box")
        self.use, self.clear = button(tone="primary"), button()
        self._chooser = stack(
            [
                row([self.search, self.role, self.active], "dn-align-end"),
                self.below,
                self._tree,
                self.no_departments,
                self.pager.box,
                self.people_heading,
                row([self.people_search], "dn-align-end"),
                self.people_found,
                self._people_list,
                self.people_pager.box,
                row([self.clear]),
            ]
        )
        reading = row([self.age, self.refresh, self.cancel])
        self.box = stack([self.heading, reading, self.progress, self._chooser], "dn-section")
        form.on_click(self.refresh, lambda: model.read(refresh=model.state.snapshot is not None))
        form.on_click(self.cancel, model.cancel)
        form.on_change(self.search, model.search)
        form.on_change(self.people_search, model.search_people)
        form.on_change(self.role, model.choose_role)
        form.on_change(self.active, lambda chosen: model.choose_active(_ACTIVATION[chosen]))
        form.on_change(self.below, lambda below: model.choose_below(below=below))
        form.on_click(self.use, self._use)
        form.on_click(self.clear, self._clear)

    def render(self, state: DirectoryState) -> None:
        """Show the directory and the selection."""
        show_if(state.is_open, self.box)
        if not state.is_open:
            # Hidden data must not stay on the page or in a saved notebook.
            self._clear_chooser()
            for text in (self.age, self.progress):
                update(text, value="")
            return
        update(self.heading, value=parts.heading(say("directory_form.title")) + parts.quiet(say("directory_form.hint")))
        is_reading = bool(state.progress)
        update(
            self.refresh, description=say("directory_form.refresh" if state.snapshot else "directory_form.try_again")
        )
        show_if(not is_reading, self.refresh)
        update(self.cancel, description=say("directory_form.cancel"))
        show_if(is_reading, self.cancel)
        summary = self._summary(state)
        update(self.age, value=summary)
        show_if(bool(summary), self.age)
        update(self.progress, value=self._status(state))
        show_if(state.snapshot is not None, self._chooser)
        if state.snapshot is None:
            self._clear_chooser()
        else:
            self._show_departments(state, state.snapshot)
            self._show_people(state, state.snapshot)
        use = say("directory_form.use", people=count("person", state.chosen_count)) if state.chosen_count else ""
        update(self.use, description=use or say("directory_form.use_chosen"))
        set_available(self.use, bool(state.chosen_count) and not is_reading, say("directory_form.nobody"))
        update(self.clear, description=say("directory_form.clear"))
        show_if(bool(state.chosen_count), self.clear)

    def _use(self) -> None:
        # Focus a button that stays, since the directory closes.
        self._toggle.focus()
        self._model.use()

    def _clear(self) -> None:
        # A hidden button loses the focus.
        self.use.focus()
        self._model.clear()

    def _status(self, state: DirectoryState) -> str:
        """Return the progress of reading; afterwards the last error and the notes."""
        if state.progress:
            bar = parts.bar([(state.share, "")], say("progress.label")) if state.share is not None else ""
            return parts.status(parts.quiet(state.progress)) + bar
        failure = parts.failure_alert(state.failure)
        if state.snapshot is None:
            return failure
        notes = "".join(parts.notice(note, "", "warn") for note in self._model.notes())
        if state.roles_failure is not None:
            notes += parts.notice(
                say("directory_form.no_roles", why=state.roles_failure.what.in_form()), state.roles_failure.hint, "warn"
            )
        if state.is_widened:
            notes += parts.notice(say("directory_form.lost_role"), "", "warn")
        return failure + (parts.status(notes) if notes else "")

    def _summary(self, state: DirectoryState) -> str:
        if state.snapshot is None or state.progress:
            return ""
        size = dotted([count("person", len(state.snapshot.people)), count("department", len(state.snapshot.tree))])
        return parts.status(parts.quiet(say("directory_form.age", size=size, age=self._model.age())))

    def _clear_chooser(self) -> None:
        update_entries(self.departments, [], self._new_department)
        set_children(self._tree, [])
        update_entries(self.people, [], self._new_person)
        set_children(self._people_box, [])
        update(self.role, options=((say("directory_form.any_role"), NO_ROLE),))
        for text in (self.no_departments, self.people_heading, self.people_found, self.search, self.people_search):
            update(text, value="")
        for pager in (self.pager, self.people_pager):
            pager.render(0, 0)
        # The next time, the search texts are set again.
        self._resets = -1

    def _show_departments(self, state: DirectoryState, snapshot: DirectorySnapshot) -> None:
        selection = state.selection
        dept_ids = self._model.departments()
        first = state.page * DEPARTMENTS_PER_PAGE
        on_page = dept_ids[first : first + DEPARTMENTS_PER_PAGE]
        update_entries(self.departments, on_page, self._new_department)
        for dept_id in on_page:
            self.departments[dept_id].render(state, snapshot)
        set_children(self._tree, [self.departments[dept_id].box for dept_id in on_page])
        update(self.search, description=say("directory_form.search"), placeholder=say("directory_form.search_hint"))
        update(self.role, description=say("directory_form.role"))
        roles = [(parts.short(role.name), role.id) for role in snapshot.roles]
        update(self.role, options=((say("directory_form.any_role"), NO_ROLE), *roles))
        update(self.role, value=selection.role)
        show_if(state.roles_failure is None, self.role)
        options = tuple((say(f"directory_form.active_{option or 'any'}"), option) for option in _ACTIVATION)
        update(self.active, options=options, description=say("directory_form.active"))
        update(self.active, value=next(option for option, active in _ACTIVATION.items() if active == selection.active))
        update(self.below, description=say("directory_form.below"), value=selection.below)
        key = "directory_form.no_department_found" if state.query else "directory_form.no_departments"
        update(self.no_departments, value="" if dept_ids else parts.status(parts.quiet(say(key, query=state.query))))
        pages = page_count(len(dept_ids), DEPARTMENTS_PER_PAGE)
        self.pager.render(state.page, pages, count("department", len(dept_ids)))
        if state.resets != self._resets:
            # Only after a reset, so that text being typed is not overwritten.
            self._resets = state.resets
            update(self.search, value=state.query)
            update(self.people_search, value=state.people.query)

    def _show_people(self, state: DirectoryState, snapshot: DirectorySnapshot) -> None:
        shown = state.people
        positions = shown.page_positions
        userids = [snapshot.userids[at] for at in positions]
        update_entries(self.people, userids, self._new_person)
        chosen = self._model.are_chosen(positions)
        for person, is_on in zip(_read_page(snapshot.people.iloc[positions]), chosen, strict=True):
            self.people[person.userid].render(person, is_on=is_on)
        set_children(self._people_box, [self.people[userid].box for userid in userids])
        show_if(bool(userids), self._people_list)
        update(self._people_header, value=parts.list_head([say("match.kind_name"), *_columns()], _PERSON_CLASS))
        heading = parts.heading(say("directory_form.chosen", people=count("person", state.chosen_count)))
        update(self.people_heading, value=parts.status(heading + parts.quiet(_how_chosen(state.selection))))
        hint = say("directory_form.search_people_hint")
        update(self.people_search, description=say("directory_form.search_people"), placeholder=hint)
        update(self.people_found, value=parts.status(_found(state)))
        # Without a total, since people who are no longer chosen stay on the page.
        self.people_pager.render(shown.page, shown.pages)

    def _new_department(self, dept_id: int) -> "DepartmentWidgets":
        return DepartmentWidgets(self._form, self._model, dept_id)

    def _new_person(self, userid: str) -> "PersonWidgets":
        return PersonWidgets(self._form, lambda is_on: self._model.choose_person(userid, is_on=is_on))


class DepartmentWidgets:
    """
    The widgets of one department.

    Args:
        form: The form that contains them.
        model: The model.
        dept_id: The id of the department.
    """

    def __init__(self, form: "Form", model: DirectoryModel, dept_id: int) -> None:
        self._dept_id = dept_id
        self.check = widgets.Checkbox(indent=False)
        self.check.layout.width = "auto"
        self.expand = button(css_class="dn-link")
        self.box = row([self.check, self.expand])
        form.on_change(self.check, lambda is_on: model.choose_department(dept_id, is_on=is_on))
        form.on_click(self.expand, lambda: model.toggle_below(dept_id))

    def render(self, state: DirectoryState, snapshot: DirectorySnapshot) -> None:
        """Show the department, and whether its people are chosen."""
        tree, dept_id = snapshot.tree, self._dept_id
        mark = snapshot.mark(state.selection, dept_id)
        size = count("person", snapshot.count_people(dept_id, below=state.selection.below))
        # A whole path: departments may share its beginning and its end.
        name = visible(tree.path(dept_id)) if state.query else parts.short(tree[dept_id].name)
        if snapshot.shares_path(dept_id):
            name = say("directory.path", path=name, id=dept_id)
        is_partly = snapshot.is_partly_chosen(state.selection, dept_id)
        key = "directory_form.department"
        if mark in {DepartmentMark.LEFT_OUT, DepartmentMark.BELOW_LEFT_OUT}:
            key = "directory_form.department_left_out"
        elif is_partly:
            key = "directory_form.department_partly"
        update(
            self.check,
            description=say(key, name=name, size=size),
            value=mark.is_on,
            disabled=mark is DepartmentMark.BELOW_LEFT_OUT,
        )
        below_count = len(tree.sub_departments(dept_id))
        key = "directory_form.hide_below" if dept_id in state.expanded else "directory_form.show_below"
        update(self.expand, description=say(key, n=below_count), tooltip=say("directory_form.below_tip", name=name))
        show_if(bool(below_count) and not state.query, self.expand)
        toggle_class(self.box, "dn-marked", mark.is_on)
        toggle_class(self.box, "dn-partly", is_partly)
        depth = 0 if state.query else min(tree.depth(dept_id), _MAX_INDENT)
        update(self.box.layout, padding=f"0 0 0 {depth * _INDENT_PX}px")


class PersonWidgets:
    """
    The widgets of one person.

    Args:
        form: The form that contains them.
        choose: Called with whether the person is chosen.
    """

    def __init__(self, form: "Form", choose: Callable[[bool], object]) -> None:
        self.check, self.cells = widgets.Checkbox(indent=False), widgets.HTML()
        self.box = row([self.check, self.cells], "dn-item", _PERSON_CLASS)
        form.on_change(self.check, choose)

    def render(self, person: "ShownPerson", *, is_on: bool) -> None:
        """Show the person, and whether they are chosen."""
        # The userid distinguishes people with the same name.
        name = " · ".join(parts.short(text) for text in (person.name, person.userid) if text)
        update(self.check, description=name, value=is_on)
        department = parts.shown(person.department) + (
            f"<small>{parts.shown(person.path)}</small>" if person.path else ""
        )
        cells = (
            department,
            parts.shown(person.title),
            parts.shown(person.numbers),
            _activation_badge(person.is_active),
        )
        update(self.cells, value=parts.cells(zip(_columns(), cells, strict=True)))


@dataclass(frozen=True, slots=True)
class ShownPerson:
    """
    A person as shown, with details that distinguish people with the same name; unknown details are empty.

    Attributes:
        userid: The id.
        name: The name.
        department: The names of the person's departments.
        path: The paths of the departments above the person's departments.
        title: The job title.
        numbers: The job number, and the end of the phone number.
        is_active: Whether the person has activated DingTalk; None if unknown.
    """

    userid: str
    name: str
    department: str
    path: str
    title: str
    numbers: str
    is_active: bool | None


def _read_page(page: pd.DataFrame) -> Iterator[ShownPerson]:
    columns = [page[name].astype(object).tolist() for name in ("userid", "name", "title", "job_number", "mobile")]
    rows = zip(*columns, page["departments"].tolist(), page["active"].astype(object).tolist(), strict=True)
    for userid, name, title, job_number, mobile, paths, active in rows:
        end = "" if is_missing(mobile) else mobile_end(str(mobile))
        yield ShownPerson(
            str(userid),
            _text(name),
            " · ".join(path.rpartition(SEPARATOR)[2] for path in paths),
            str(listed(path.rpartition(SEPARATOR)[0] for path in paths if SEPARATOR in path)),
            _text(title),
            " · ".join(filter(None, (_text(job_number), end))),
            None if is_missing(active) else bool(active),
        )


def _text(value: object) -> str:
    return "" if is_missing(value) else str(value)


def _columns() -> list[str]:
    """Return the names of the columns next to the name."""
    return [
        say("match.kind_department"),
        say("names_form.job_title"),
        say("directory_form.number"),
        say("directory_form.status"),
    ]


def _activation_badge(is_active: bool | None) -> str:  # noqa: FBT001 - the only argument
    if is_active is None:
        return ""
    if is_active:
        return parts.badge(say("directory_form.status_active"), "good")
    return parts.badge(say("directory_form.status_inactive"), "warn")


def _how_chosen(selection: Selection) -> str:
    """Return whether a role narrows the departments, and how many people were added and left out one by one."""
    changes = (("added", len(selection.added)), ("removed", len(selection.removed)))
    said = [say(f"directory_form.{name}", n=n) for name, n in changes if n]
    if selection.departments and selection.role != NO_ROLE:
        said.insert(0, say("directory_form.role_of_departments"))
    return " · ".join(said)


def _found(state: DirectoryState) -> str:
    """Return how many people are listed, or why there are none."""
    shown = state.people
    if shown.found:
        key = "directory_form.people_found" if shown.query else "directory_form.people_sorted"
        return parts.quiet(say(key, people=count("person", shown.found), query=shown.query))
    key = "directory_form.no_person_found" if shown.query else "directory_form.nobody_todo"
    return parts.placeholder(say(key, query=shown.query))


def _used(state: DirectoryState) -> str:
    """Return how many people of the directory are the recipients, also if others are chosen there now."""
    if not state.used_count:
        return ""
    people = count("person", state.used_count)
    if state.has_changed_since_use:
        return parts.status(parts.notice(say("directory_form.used_before", people=people), "", "warn"))
    changed = ""
    if state.used_count != state.expected_count:
        changed = parts.notice(
            say("directory_form.changed", expected=state.expected_count, people=people),
            "",
            "warn",
        )
    return parts.status(parts.notice(say("directory_form.used", people=people), "", "good") + changed)
