"""Selects the campaigns of a ledger for the subcommands of ``dingnb ledger``, and formats them for tables."""

import argparse
from collections.abc import Sequence

from dingnb.auth.credentials import shorten_id
from dingnb.campaigns.sending.control import unit_of_row
from dingnb.display import Sheet
from dingnb.errors import InputError
from dingnb.ledger import Ledger
from dingnb.ledger.campaigns import campaigns
from dingnb.ledger.campaigns.campaigns import CampaignRow
from dingnb.ledger.names import fold_name
from dingnb.tables.timestamps import timestamps
from dingnb.words import Text, count, listed, listed_briefly, say

_KEY_SUFFIX_LENGTH = 4


def add_selection_options(parser: argparse.ArgumentParser) -> None:
    """Add the options that select campaigns besides their name."""
    parser.add_argument("--app", help=say("help.ledger_app"))
    parser.add_argument("--mode", type=str.upper, choices=("SANDBOX", "LIVE"), help=say("help.ledger_mode"))
    parser.add_argument("--number", type=int, help=say("help.ledger_number"))


def list_campaigns(ledger: Ledger) -> list[CampaignRow]:
    """Return all campaigns; a missing ledger has none, and is not created."""
    if not ledger.exists():
        return []
    with ledger.connection() as db:
        return campaigns.find_all(db)


def find_campaigns(ledger: Ledger, options: argparse.Namespace) -> list[CampaignRow]:
    """
    Return the campaigns that match the name and options of a command.

    Raises:
        InputError: No campaign matches.
    """
    campaign_rows = list_campaigns(ledger)
    # Names that differ only in case, width or runs of blanks are the same.
    same_name = [row for row in campaign_rows if fold_name(row.name) == fold_name(options.name)]
    rows = [row for row in same_name if is_selected(options, row)]
    if not rows:
        key = "ledger_command.none_such" if same_name else "ledger_command.none"
        raise InputError(Text(key, name=options.name, path=ledger.place), Text("ledger_command.none_todo"))
    return rows


def find_campaign(ledger: Ledger, options: argparse.Namespace) -> CampaignRow:
    """
    Return the campaign that matches the name and options of a command.

    Raises:
        InputError: No campaign matches, or several do.
    """
    rows = find_campaigns(ledger, options)
    if len(rows) > 1:
        raise InputError(*explain_ambiguous_name(options.name, rows))
    return rows[0]


def explain_ambiguous_name(name: str, rows: Sequence[CampaignRow]) -> tuple[Text, Text]:
    """Return a sentence that lists campaigns of the same name, and a hint with the options that distinguish them."""
    which = [
        Text("ledger_command.one_of", number=row.id, mode=row.realm.mode, app=row.realm.app, created=created)
        for row, created in zip(rows, format_times([row.created_ns for row in rows]), strict=True)
    ]
    what = Text("ledger_command.several", name=name, n=len(rows), which=listed_briefly(which, "campaign"))
    values_by_option: dict[str, set[int] | set[str]] = {
        "--number": {row.id for row in rows},
        "--mode": {row.realm.mode for row in rows},
        "--app": {row.realm.app for row in rows},
    }
    options = [option for option, values in values_by_option.items() if len(values) > 1]
    return what, Text("ledger_command.several_todo", options=listed(options))


def is_selected(options: argparse.Namespace, row: CampaignRow) -> bool:
    """Return whether a campaign has the app, mode and number given as options."""
    app: str | None = options.app
    is_app = (
        app is None
        or row.realm.app in {app, shorten_id(app)}
        or (len(app) == _KEY_SUFFIX_LENGTH and row.realm.app.endswith(app))
    )
    return is_app and options.mode in {None, row.realm.mode} and options.number in {None, row.id}


def identity_cells(row: CampaignRow) -> tuple[str, ...]:
    """Return the cells that identify a campaign: number, name, mode and app."""
    return str(row.id), row.name, row.realm.mode, row.realm.app


def size_cell(row: CampaignRow, n: int) -> str:
    """Return the cell with the number of people of a campaign; with a key, messages are counted."""
    return f"{n:,}" if unit_of_row(row) == "person" else str(count("message", n))


def titles_of(*names: str) -> tuple[str, ...]:
    """Return the titles of columns by column name, in the current language."""
    return tuple(say(f"ledger_list.{name}") for name in names)


def format_times(times_ns: Sequence[int]) -> list[str]:
    """Return times as shown in tables: in Beijing time, to the minute."""
    return timestamps(times_ns).strftime("%Y-%m-%d %H:%M").tolist()


def print_sheet(sheet: Sheet) -> None:
    """Print a sheet as text."""
    print(sheet.to_text())  # noqa: T201 - a command line prints
