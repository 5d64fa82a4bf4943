"""Formats campaigns for the tables of the subcommands of ``dingnb ledger``."""

from collections.abc import Sequence

from dingnb.campaigns.sending.control import unit_of_row
from dingnb.display import Sheet
from dingnb.ledger.campaigns.campaigns import CampaignRow
from dingnb.tables.timestamps import timestamps
from dingnb.words import count, say


def identity_cells(row: CampaignRow) -> tuple[str, ...]:
    """Return the cells that identify a campaign: number, name, mode and app."""
    return str(row.id), row.name, row.realm.mode, row.realm.app


def size_cell(row: CampaignRow, n: int) -> str:
    """Return the cell with the number of people of a campaign; with a key, messages are counted."""
    return f"{n:,}" if unit_of_row(row) == "person" else str(count("message", n))


def titles_of(*names: str) -> tuple[str, ...]:
    """Return the titles of columns by their names, in the current language."""
    return tuple(say(f"ledger_list.{name}") for name in names)


def format_times(times_ns: Sequence[int]) -> list[str]:
    """Return times as shown in tables, to the minute."""
    return timestamps(times_ns).strftime("%Y-%m-%d %H:%M").tolist()


def print_sheet(sheet: Sheet) -> None:
    """Print a sheet as text."""
    print(sheet.to_text())  # noqa: T201 - a command line prints
