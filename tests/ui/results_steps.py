"""User actions in the results form."""

from typing import Any

import pandas as pd

import dingnb
from dingnb.campaigns.campaign import Campaign
from dingnb.client import DingTalk
from dingnb.display.shell import user_namespace
from dingnb.sandbox import RunningSandbox
from dingnb.ui.results.form import ResultsForm
from tests.ui.steps import is_shown, read

PERSONAL = dingnb.text("number {{ n }}")


def opened(run: Campaign, **options: Any) -> ResultsForm:
    user_namespace()["run"] = run
    form = run.form(**options)
    form.wait()
    return form


def finished_campaign(ding: DingTalk, frame: pd.DataFrame, message: dingnb.Message = PERSONAL) -> Campaign:
    """Return a finished campaign with complete results."""
    return ding.plan(frame, message).send("payslip", check=False).wait(check=False)


def pick(widget: Any, value: object) -> None:
    """Choose an option, as the browser does."""
    widget.set_state({"index": [choice for _, choice in widget.options].index(value)})


def type_in(form: ResultsForm, query: str) -> None:
    form.people.search.set_state({"value": query})
    form.wait()


def choose(form: ResultsForm, status: str) -> None:
    """Press the tile of a status."""
    tile = form.tiles.tiles[status]
    assert is_shown(tile)
    tile.click()
    form.wait()


def tiles(form: ResultsForm) -> dict[str, str]:
    """Return the tiles that are shown: the number and all below the name, by the name."""
    shown = [child.description.split("\n") for child in form.tiles.box.children[:-1] if is_shown(child)]
    return {name.removesuffix(" ✓"): " · ".join(filter(str.strip, [number, *below])) for number, name, *below in shown}


def choose_action(form: ResultsForm, action: str) -> None:
    """Open an action by its button, or close the open one."""
    opened = form.actions_model.state.action
    if action != opened:
        form.actions.buttons[action or opened].click()


def action_names(form: ResultsForm) -> list[str]:
    return [choice.description for choice in form.actions.buttons.values() if is_shown(choice)]


def open_details(form: ResultsForm, row: int) -> str:
    """Press a row of the page, and return its details."""
    form.people.people.set_state({"index": row})
    form.wait()
    return read(form.details.facts.value).text + read(form.details.preview.value).text


def rows(form: ResultsForm) -> list[list[str]]:
    """Return the rows of the page: the person, and the cells."""
    body = form.people.table.value.partition("</thead>")[2]
    cells = body.replace("<td", "|<td").replace("</tr>", "\n")
    return [read(line).text.split("|") for line in cells.splitlines() if "<tr" in line]


def act(form: ResultsForm, action: str, typed: object = None) -> None:
    """Choose an action, type a count, by default the correct one, and press the button."""
    choose_action(form, action)
    if typed is None:
        typed = form.actions_model.people
    form.actions.count.set_state({"value": str(typed)})
    form.actions.act.click()
    form.wait()


def export(form: ResultsForm) -> None:
    """Press the button that exports the rows that are shown."""
    form.people.export.button.click()
    form.wait()


def settle(form: ResultsForm) -> None:
    """Wait until the action, and the sending it started, have ended."""
    form.actions_model.wait()
    form.run.wait("sent", check=False)
    form.wait()


def offered(form: ResultsForm) -> list[str]:
    return [action for action, choice in form.actions.buttons.items() if is_shown(choice)]


def calls(sandbox: RunningSandbox, ending: str) -> int:
    return sum(call["path"].endswith(ending) for call in sandbox.state.recorded_calls())
