"""What a person does with the form of events."""

from typing import Any

from dingnb.client import DingTalk
from dingnb.display.namespace import user_namespace
from dingnb.ui.events.form import EventsForm
from tests.ui.steps import read


def opened(ding: DingTalk) -> EventsForm:
    user_namespace()["ding"] = ding
    form = ding.events.form()
    form.wait()
    return form


def pick(form: EventsForm, widget: Any, value: object) -> None:
    """Choose one of several, as the browser does."""
    widget.set_state({"index": [one for _, one in widget.options].index(value)})
    form.wait()


def type_in(form: EventsForm, widget: Any, value: str) -> None:
    widget.set_state({"value": value})
    form.wait()


def press(form: EventsForm, button: Any) -> None:
    button.click()
    form.wait()


def choose(form: EventsForm, at: int) -> str:
    """Press on a row of the page, and return what its story says."""
    form.rows.events.set_state({"index": at})
    form.wait()
    return "".join(read(one.value).text for one in (form.details.facts, form.details.fields, form.details.raw))


def rows(form: EventsForm) -> list[list[str]]:
    """Return what the rows of the page say: what it is and when, and the cells."""
    body = form.rows.table.value.partition("<tbody>")[2].replace("<small>", " · <small>")
    cells = body.replace("<td", "|<td").replace("</tr>", "\n")
    return [read(line).text.split("|") for line in cells.splitlines() if "<tr>" in line]


def names(form: EventsForm) -> list[str]:
    return [one[0].partition(" · ")[0] for one in rows(form)]


def look(form: EventsForm) -> None:
    """Let the form look whether something has come, as it does by itself on the computer's own clock."""
    form.model._again_ns = 0
    form.model.poll()
    form.wait()
