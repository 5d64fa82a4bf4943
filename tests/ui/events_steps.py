"""User actions in the events form."""

from typing import Any

from dingnb.client import DingTalk
from dingnb.display.shell import user_namespace
from dingnb.ui.events.form import EventsForm
from tests.ui.steps import read


def open_form(ding: DingTalk) -> EventsForm:
    user_namespace()["ding"] = ding
    form = ding.events.form()
    form.wait()
    return form


def pick(form: EventsForm, widget: Any, value: object) -> None:
    """Choose an option, as the browser does."""
    widget.set_state({"index": [choice for _, choice in widget.options].index(value)})
    form.wait()


def type_in(form: EventsForm, widget: Any, value: str) -> None:
    widget.set_state({"value": value})
    form.wait()


def press(form: EventsForm, button: Any) -> None:
    button.click()
    form.wait()


def choose(form: EventsForm, at: int) -> str:
    """Press a row of the page, and return its details."""
    form.rows.events.set_state({"index": at})
    form.wait()
    return "".join(read(part.value).text for part in (form.details.facts, form.details.fields, form.details.raw))


def rows(form: EventsForm) -> list[list[str]]:
    """Return the rows of the page: type and time, and the cells."""
    body = form.rows.table.value.partition("</thead>")[2].replace("<small>", " · <small>")
    cells = body.replace("<td", "|<td").replace("</tr>", "\n")
    return [read(line).text.split("|") for line in cells.splitlines() if "<tr" in line]


def names(form: EventsForm) -> list[str]:
    return [row[0].partition(" · ")[0] for row in rows(form)]


def poll(form: EventsForm) -> None:
    """Let the form poll for events, as it does automatically on the real clock."""
    form.model.poll()
    form.wait()
