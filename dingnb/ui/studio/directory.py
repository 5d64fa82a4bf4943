"""The part of the studio that chooses recipients from the directory."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeVar

import ipywidgets as widgets
import pandas as pd

from dingnb.recipients.department_tree import SEPARATOR
from dingnb.recipients.people_index import mobile_end
from dingnb.tables.cells import is_missing
from dingnb.ui.kit import parts
from dingnb.ui.kit.form import button, row, set_available, show_if, stack, toggle_class, update
from dingnb.ui.studio.directory_choice import NO_ROLE, Choice, KnownDirectory, Mark
from dingnb.ui.studio.directory_model import DEPARTMENTS_A_PAGE, DirectoryModel, DirectoryState
from dingnb.words import NOTHING, Text, count, dotted, say

if TYPE_CHECKING:
    from dingnb.ui.kit.form import Form

_INDENT_PX = 22
_MAX_INDENT = 8
_PERSON = "dn-item-person"
_ANY, _ACTIVE, _INACTIVE = "", "yes", "no"
_OF_ACTIVE = {_ANY: None, _ACTIVE: True, _INACTIVE: False}

Key = TypeVar("Key")
Row = TypeVar("Row", bound="Closable")


class Closable(Protocol):
    """Widgets that can be closed."""

    def close(self) -> object:
        """Close them."""


class DirectoryView:
    """
    The button that opens the directory, what was chosen last, and the widgets of the directory once it is open.

    Args:
        form: The form that contains them.
        model: The model.
    """

    def __init__(self, form: "Form", model: DirectoryModel) -> None:
        self._form, self._model = form, model
        self._panel: DirectoryPanel | None = None
        self.toggle, self.used = button(), widgets.HTML()
        self.box = stack([self.used])
        form.on_click(self.toggle, model.turn)

    @property
    def panel(self) -> "DirectoryPanel":
        """The widgets of the directory, made when it first opens."""
        if self._panel is None:
            self._panel = DirectoryPanel(self._form, self._model, self.toggle)
            self.box.children = [self.used, self._panel.box]
        return self._panel

    def render(self, state: DirectoryState) -> None:
        """Show the directory and the selection."""
        update(self.toggle, description=say("directory_form.close" if state.is_open else "directory_form.open"))
        update(self.used, value=_used(state))
        show_if(bool(state.used), self.used)
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
        self._round = 0
        self.refresh, self.cancel = button(name="dn-link"), button()
        self.heading, self.age, self.progress = (widgets.HTML() for _ in range(3))
        self.search, self.people_search = widgets.Text(), widgets.Text()
        self.role = widgets.Dropdown(options=[("", NO_ROLE)], value=NO_ROLE)
        self.active = widgets.Dropdown(options=[(choice, choice) for choice in _OF_ACTIVE], value=_ANY)
        self.below = widgets.Checkbox(value=True, indent=False)
        for widget in (self.search, self.people_search, self.role, self.active):
            widget.add_class("dn-third")
        self.rows: dict[int, DepartmentRow] = {}
        self.people: dict[str, PersonRow] = {}
        self._tree, self._people = stack([], "dn-tree"), stack([], "dn-list")
        self.nothing, self.people_heading, self.people_found, self._columns = (widgets.HTML() for _ in range(4))
        self.people_found.add_class("dn-list-found")
        self.pager = Pager(form, lambda by: model.turn_to(model.state.page + by))
        self.people_pager = Pager(form, lambda by: model.turn_people_to(model.state.people.page + by))
        self._list = stack([self._columns, self._people], "dn-list-box")
        self.use, self.clear = button(tone="primary"), button()
        self._chooser = stack(
            [
                row([self.search, self.role, self.active], "dn-low"),
                self.below,
                self._tree,
                self.nothing,
                self.pager.box,
                self.people_heading,
                row([self.people_search], "dn-low"),
                self.people_found,
                self._list,
                self.people_pager.box,
                row([self.use, self.clear]),
            ]
        )
        reading = row([self.age, self.refresh, self.cancel])
        self.box = stack([self.heading, reading, self.progress, self._chooser], "dn-section")
        form.on_click(self.refresh, lambda: model.read(refresh=model.state.known is not None))
        form.on_click(self.cancel, model.cancel)
        form.on_change(self.search, model.search)
        form.on_change(self.people_search, model.search_people)
        form.on_change(self.role, model.choose_role)
        form.on_change(self.active, lambda chosen: model.choose_active(_OF_ACTIVE[chosen]))
        form.on_change(self.below, lambda below: model.choose_below(below=below))
        form.on_click(self.use, self._use)
        form.on_click(self.clear, model.clear)

    def render(self, state: DirectoryState) -> None:
        """Show the directory and the selection."""
        show_if(state.is_open, self.box)
        if not state.is_open:
            # Hidden data must stay neither on the page nor in a saved notebook.
            self._show_departments(state, None)
            self._show_people(state, None)
            return
        update(self.heading, value=parts.heading(say("directory_form.title")) + parts.quiet(say("directory_form.hint")))
        is_reading = bool(state.progress)
        update(self.refresh, description=say("directory_form.refresh" if state.known else "directory_form.try_again"))
        show_if(not is_reading, self.refresh)
        update(self.cancel, description=say("directory_form.cancel"))
        show_if(is_reading, self.cancel)
        age = self._age(state)
        update(self.age, value=age)
        show_if(bool(age), self.age)
        update(self.progress, value=self._report(state))
        show_if(state.known is not None, self._chooser)
        self._show_departments(state, state.known)
        self._show_people(state, state.known)
        use = say("directory_form.use", people=count("person", state.chosen)) if state.chosen else ""
        update(self.use, description=use or say("directory_form.use_chosen"))
        set_available(self.use, bool(state.chosen) and not is_reading, say("directory_form.nobody"))
        update(self.clear, description=say("directory_form.clear"))
        show_if(bool(state.chosen), self.clear)

    def _use(self) -> None:
        # The directory closes, so the focus moves to a button that stays.
        self._toggle.focus()
        self._model.use()

    def _report(self, state: DirectoryState) -> str:
        if state.progress:
            bar = parts.bar([(state.share, "")], say("progress.label")) if state.share is not None else ""
            return parts.status(parts.quiet(state.progress)) + bar
        failure = ""
        if state.failure is not None:
            failure = parts.status(parts.notice(state.failure.what, state.failure.hint, "bad"), urgent=True)
        if state.known is None:
            return failure
        notes = "".join(parts.notice(note, "", "warn") for note in self._model.notes())
        if state.no_roles is not None:
            notes += parts.notice(say("directory_form.no_roles", why=state.no_roles.what), state.no_roles.hint, "warn")
        return failure + (parts.status(notes) if notes else "")

    def _age(self, state: DirectoryState) -> str:
        if state.known is None or state.progress:
            return ""
        size = dotted([count("person", len(state.known.people)), count("department", len(state.known.tree))])
        return parts.status(parts.quiet(say("directory_form.age", size=size, age=self._model.age())))

    def _show_departments(self, state: DirectoryState, known: KnownDirectory | None) -> None:
        choice = state.choice
        numbers = self._model.departments() if known is not None else []
        first = state.page * DEPARTMENTS_A_PAGE
        on_page = numbers[first : first + DEPARTMENTS_A_PAGE]
        keep_rows(self.rows, on_page, self._new_department)
        if known is not None:
            for number in on_page:
                self.rows[number].render(state, known)
        put_children(self._tree, [self.rows[number].box for number in on_page])
        update(self.search, description=say("directory_form.search"), placeholder=say("directory_form.search_hint"))
        update(self.role, description=say("directory_form.role"))
        roles = [] if known is None else [(parts.short(role.name), role.id) for role in known.roles]
        update(self.role, options=((say("directory_form.any_role"), NO_ROLE), *roles))
        update(self.role, value=choice.role if known is not None else NO_ROLE)
        show_if(state.no_roles is None, self.role)
        options = tuple((say(f"directory_form.active_{activity or 'any'}"), activity) for activity in _OF_ACTIVE)
        update(self.active, options=options, description=say("directory_form.active"))
        update(self.active, value=next(activity for activity, active in _OF_ACTIVE.items() if active == choice.active))
        update(self.below, description=say("directory_form.below"), value=choice.below)
        key = "directory_form.no_department_found" if state.query else "directory_form.no_departments"
        update(self.nothing, value="" if numbers else parts.status(parts.quiet(say(key, query=state.query))))
        self.pager.render(state.page, -(-len(numbers) // DEPARTMENTS_A_PAGE), count("department", len(numbers)))
        if state.round != self._round:
            # Only then, so that text being typed is not overwritten.
            self._round = state.round
            update(self.search, value=state.query)
            update(self.people_search, value=state.people.query)

    def _show_people(self, state: DirectoryState, known: KnownDirectory | None) -> None:
        shown = state.people
        positions = shown.on_page if known is not None else []
        userids = [known.userids[at] for at in positions] if known is not None else []
        keep_rows(self.people, userids, self._new_person)
        if known is not None:
            chosen = self._model.is_chosen(positions)
            for person, is_on in zip(_people(known.people.iloc[positions]), chosen, strict=True):
                self.people[person.userid].render(person, is_on=is_on)
        put_children(self._people, [self.people[userid].box for userid in userids])
        show_if(bool(userids), self._list)
        update(self._columns, value=parts.list_head([say("match.kind_name"), *_columns()], _PERSON))
        heading = parts.heading(say("directory_form.chosen", people=count("person", state.chosen)))
        update(self.people_heading, value=parts.status(heading + parts.quiet(_one_by_one(state.choice))))
        hint = say("directory_form.search_people_hint")
        update(self.people_search, description=say("directory_form.search_people"), placeholder=hint)
        update(self.people_found, value=parts.status(_found(state)))
        # Without their number: who is left out one by one stays on the page.
        self.people_pager.render(shown.page, shown.pages)

    def _new_department(self, number: int) -> "DepartmentRow":
        return DepartmentRow(self._form, self._model, number)

    def _new_person(self, userid: str) -> "PersonRow":
        return PersonRow(self._form, lambda is_on: self._model.choose_person(userid, is_on=is_on))


class DepartmentRow:
    """
    The widgets of one department.

    Args:
        form: The form that contains them.
        model: The model.
        number: The department.
    """

    def __init__(self, form: "Form", model: DirectoryModel, number: int) -> None:
        self._number = number
        self.check = widgets.Checkbox(indent=False)
        self.check.layout.width = "auto"
        self.open = button(name="dn-link")
        self.box = row([self.check, self.open])
        form.on_change(self.check, lambda is_on: model.choose_department(number, is_on=is_on))
        form.on_click(self.open, lambda: model.open(number))

    def render(self, state: DirectoryState, known: KnownDirectory) -> None:
        """Show the department, and whether its people are chosen."""
        tree, number = known.tree, self._number
        mark_now = known.mark(state.choice, number)
        size = count("person", known.size(number, below=state.choice.below))
        name = parts.short(tree.path(number) if state.query else tree[number].name)
        is_partly = known.is_partly_chosen(state.choice, number)
        key = "directory_form.department"
        if mark_now in {Mark.LEFT_OUT, Mark.UNDER_LEFT_OUT}:
            key = "directory_form.department_left_out"
        elif is_partly:
            key = "directory_form.department_partly"
        update(
            self.check,
            description=say(key, name=name, size=size),
            value=mark_now.is_on,
            disabled=mark_now is Mark.UNDER_LEFT_OUT,
        )
        below = len(tree.sub_departments(number))
        words = "directory_form.hide_below" if number in state.opened else "directory_form.show_below"
        update(self.open, description=say(words, n=below), tooltip=say("directory_form.below_tip", name=name))
        show_if(bool(below) and not state.query, self.open)
        toggle_class(self.box, "dn-marked", mark_now.is_on)
        toggle_class(self.box, "dn-partly", is_partly)
        depth = 0 if state.query else min(tree.depth(number), _MAX_INDENT)
        update(self.box.layout, padding=f"0 0 0 {depth * _INDENT_PX}px")

    def close(self) -> None:
        """Close the widgets."""
        for widget in (self.check, self.open, self.box):
            widget.close()


class PersonRow:
    """
    The widgets of one person.

    Args:
        form: The form that contains them.
        choose: Called with whether the person is chosen.
    """

    def __init__(self, form: "Form", choose: Callable[[bool], object]) -> None:
        self.check, self.cells = widgets.Checkbox(indent=False), widgets.HTML()
        self.box = row([self.check, self.cells], "dn-item", _PERSON)
        form.on_change(self.check, choose)

    def render(self, person: "PersonShown", *, is_on: bool) -> None:
        """Show the person, and whether they are chosen."""
        # The userid tells people of one name apart.
        name = " · ".join(parts.short(text) for text in (person.name, person.userid) if text)
        update(self.check, description=name, value=is_on)
        department = parts.shown(person.department) + (
            f"<small>{parts.shown(person.path)}</small>" if person.path else ""
        )
        cells = (department, parts.shown(person.title), parts.shown(person.number), _status(person.is_active))
        update(self.cells, value=parts.cells(zip(_columns(), cells, strict=True)))

    def close(self) -> None:
        """Close the widgets."""
        for widget in (self.check, self.cells, self.box):
            widget.close()


class Pager:
    """
    Buttons to turn pages.

    Args:
        form: The form that contains them.
        turn: Called with 1 or -1.
    """

    def __init__(self, form: "Form", turn: Callable[[int], object]) -> None:
        self.earlier, self.later, self.where = button(), button(), widgets.HTML()
        self.box = row([self.earlier, self.later, self.where])
        form.on_click(self.earlier, lambda: turn(-1))
        form.on_click(self.later, lambda: turn(1))

    def render(self, page: int, pages: int, total: Text = NOTHING) -> None:
        """Show the number of the page, how many there are, and of what."""
        show_if(pages > 1, self.box)
        update(self.earlier, description=say("directory_form.earlier"))
        update(self.later, description=say("directory_form.later"))
        set_available(self.earlier, page > 0, say("form.none_earlier"))
        set_available(self.later, page < pages - 1, say("form.none_later"))
        where = Text("directory_form.page", page=page + 1, pages=pages)
        update(self.where, value=parts.quiet(dotted([where, total])))


def keep_rows(kept: dict[Key, Row], wanted: Iterable[Key], new: Callable[[Key], Row]) -> None:
    """
    Create missing rows, and close those that are no longer shown.

    A row is never reused for another person or department, so that a late press cannot choose the wrong one.
    """
    keys = list(wanted)
    for key in [kept_key for kept_key in kept if kept_key not in keys]:
        kept.pop(key).close()
    for key in keys:
        if key not in kept:
            kept[key] = new(key)


def put_children(box: widgets.Box, children: list[widgets.Widget]) -> None:
    """Show widgets in a box; unchanged ones are not sent to the browser."""
    if list(box.children) != children:
        box.children = children


@dataclass(frozen=True, slots=True)
class PersonShown:
    """
    One person as shown, with details that tell people of one name apart; those unknown are empty.

    Attributes:
        userid: The id.
        name: The name.
        department: The names of the person's departments.
        path: Where these are in the organisation.
        title: The job title.
        number: The job number, and the end of the phone number.
        is_active: Whether they have activated DingTalk; None if unknown.
    """

    userid: str
    name: str
    department: str
    path: str
    title: str
    number: str
    is_active: bool | None


def _people(page: pd.DataFrame) -> Iterator[PersonShown]:
    """Yield the people of a page."""
    columns = [page[name].astype(object).tolist() for name in ("userid", "name", "title", "job_number", "mobile")]
    rows = zip(*columns, page["departments"].tolist(), page["active"].astype(object).tolist(), strict=True)
    for userid, name, title, number, mobile, paths, active in rows:
        end = "" if is_missing(mobile) else mobile_end(str(mobile))
        yield PersonShown(
            str(userid),
            _text(name),
            " · ".join(path.rpartition(SEPARATOR)[2] for path in paths),
            ", ".join(path.rpartition(SEPARATOR)[0] for path in paths if SEPARATOR in path),
            _text(title),
            " · ".join(filter(None, (_text(number), end))),
            None if is_missing(active) else bool(active),
        )


def _text(value: object) -> str:
    return "" if is_missing(value) else str(value)


def _columns() -> list[str]:
    """Return the names of the columns beside that of the name."""
    return [
        say("match.kind_department"),
        say("names_form.job_title"),
        say("directory_form.number"),
        say("directory_form.status"),
    ]


def _status(is_active: bool | None) -> str:  # noqa: FBT001 - the subject
    if is_active is None:
        return ""
    if is_active:
        return parts.badge(say("directory_form.status_active"), "good")
    return parts.badge(say("directory_form.status_inactive"), "warn")


def _one_by_one(choice: Choice) -> str:
    changes = (("added", len(choice.added)), ("dropped", len(choice.dropped)))
    return " · ".join(say(f"directory_form.{name}", n=n) for name, n in changes if n)


def _found(state: DirectoryState) -> str:
    shown = state.people
    if shown.found:
        key = "directory_form.people_found" if shown.query else "directory_form.people_sorted"
        return parts.quiet(say(key, people=count("person", shown.found), query=shown.query))
    key = "directory_form.no_person_found" if shown.query else "directory_form.nobody_todo"
    return parts.placeholder(say(key, query=shown.query))


def _used(state: DirectoryState) -> str:
    if not state.used:
        return ""
    changed = ""
    if state.used != state.expected:
        changed = parts.notice(
            say("directory_form.changed", expected=state.expected, people=count("person", state.used)), "", "warn"
        )
    return parts.status(
        parts.notice(say("directory_form.used", people=count("person", state.used)), "", "good") + changed
    )
