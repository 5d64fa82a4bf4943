"""The command ``dingnb ledger``: shows and maintains the record of what any app has sent, without calling DingTalk."""

import argparse
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from dingnb.auth.database_url import DatabaseUrl
from dingnb.campaigns.drafts import move_files
from dingnb.campaigns.sending.control import has_sender, people_by_status, stored_state, unit_of_row
from dingnb.campaigns.status import Status
from dingnb.campaigns.stored_campaigns import stored_results, stored_sheet
from dingnb.cli.ledger_campaigns import (
    add_selection_options,
    explain_ambiguous_name,
    find_campaign,
    find_campaigns,
    format_times,
    identity_cells,
    list_campaigns,
    print_sheet,
    size_cell,
    titles_of,
)
from dingnb.cli.ledger_prune import add_prune_command
from dingnb.clock import SystemClock
from dingnb.display import ProgressBar, Sheet, Table
from dingnb.errors import InputError, LedgerError
from dingnb.ledger import LedgerSession, drafts, events, open_ledger, parse_ledger_location
from dingnb.ledger.campaigns import batches, campaigns
from dingnb.ledger.copying import copy_ledger, find_other_ledger, reactivate
from dingnb.ledger.migrations import VERSION
from dingnb.ledger.opening import find_ledger_location, wrap_ledger_location
from dingnb.ledger.postgres.setup import MAX_ROLE_BYTES, ROLE, install_ledger, setup_script
from dingnb.ledger.sqlite import home
from dingnb.ledger.sqlite.recovery import restore
from dingnb.tables.exports import write_table
from dingnb.words import Text, count, say
from dingnb.words.visible import visible

_COUNTED_STATUSES = ("accepted", "failed", "unknown", "queued")


def add_ledger_command(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
) -> None:
    """Add ``ledger`` and its subcommands to the commands of ``dingnb``."""
    parser = commands.add_parser("ledger", help=say("help.ledger"))
    subcommands = parser.add_subparsers(required=True, metavar="command")
    _add_list_show_export(subcommands)
    add_prune_command(subcommands)
    _add_restore(subcommands)
    _add_init(subcommands)
    _add_copy(subcommands)
    _add_reactivate(subcommands)


def _add_list_show_export(subcommands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    listing = subcommands.add_parser("list", help=say("help.ledger_list"))
    listing.set_defaults(run=_run_list)
    show = subcommands.add_parser("show", help=say("help.ledger_show"))
    show.set_defaults(run=_run_show)
    export = subcommands.add_parser("export", help=say("help.ledger_export"))
    export.set_defaults(run=_run_export)
    for command in (show, export):
        command.add_argument("name", metavar="NAME", help=say("help.ledger_name"))
        add_selection_options(command)
    export.add_argument("file", metavar="FILE", type=Path, help=say("help.ledger_file"))
    export.add_argument("--bodies", action="store_true", help=say("help.ledger_bodies"))
    export.add_argument("--columns", action="store_true", help=say("help.ledger_columns"))


def _add_restore(subcommands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = subcommands.add_parser("restore", help=say("help.restore"), description=say("help.restore_about"))
    parser.add_argument("file", metavar="FILE", type=Path, help=say("help.restore_file"))
    parser.add_argument("--home", metavar="FOLDER", type=Path, help=say("help.restore_home"))
    parser.add_argument("--yes", action="store_true", help=say("help.restore_yes"))
    parser.set_defaults(run=_run_restore)


def _add_init(subcommands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = subcommands.add_parser(
        "init",
        help=say("help.init"),
        description=say("help.init_about"),
    )
    parser.add_argument("url", metavar="URL", help=say("help.init_url"))
    parser.add_argument("--role", type=_parse_role, default=ROLE, help=say("help.init_role", role=ROLE))
    parser.add_argument("--from-version", type=_parse_version, default=0, metavar="N", help=say("help.init_from"))
    parser.add_argument("--apply", action="store_true", help=say("help.init_apply"))
    parser.set_defaults(run=_run_init)


def _add_copy(subcommands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = subcommands.add_parser(
        "copy",
        help=say("help.copy"),
        description=say("help.copy_about"),
    )
    parser.add_argument("source", metavar="FROM", help=say("help.copy_from"))
    parser.add_argument("target", metavar="TO", help=say("help.copy_to"))
    parser.add_argument("--backup", action="store_true", help=say("help.copy_backup"))
    parser.set_defaults(run=_run_copy)


def _add_reactivate(subcommands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = subcommands.add_parser(
        "reactivate",
        help=say("help.reactivate"),
        description=say("help.reactivate_about"),
    )
    parser.add_argument("ledger", metavar="LEDGER", help=say("help.reactivate_ledger"))
    parser.add_argument("--yes", action="store_true", help=say("help.reactivate_yes"))
    parser.set_defaults(run=_run_reactivate)


def _run_list(_: argparse.Namespace) -> int:
    ledger = open_ledger()
    rows = list_campaigns(ledger)
    if not rows:
        print(say("ledger_list.no_campaigns", path=ledger.place))  # noqa: T201 - a command line prints
        return 0
    clock, rows_shown = SystemClock(), []
    with ledger.connection() as db:
        other_counts = {"drafts": drafts.count(db), "events": events.count(db)}
        for row, created_at in zip(rows, format_times([row.created_ns for row in rows]), strict=True):
            state = stored_state(ledger, clock, row, db)
            people_by = people_by_status(db, row.id, state)
            counts = (*(people_by[name] for name in _COUNTED_STATUSES), batches.count_attempts(db, row.id))
            state_and_size = (say(f"campaign.{state}"), size_cell(row, people_by.total()))
            rows_shown.append((*identity_cells(row), *state_and_size, *(f"{n:,}" for n in counts), created_at))
    status_titles = (say(f"status.{name}") for name in _COUNTED_STATUSES)
    titles = titles_of("number", "name", "mode", "app", "state", "people")
    table = Table(say("ledger_list.caption"), (*titles, *status_titles, *titles_of("calls", "begun")), rows_shown)
    other_facts = ((say(f"ledger_list.{name}"), f"{n:,}") for name, n in other_counts.items() if n)
    print_sheet(
        Sheet(say("ledger_list.title"), facts=((say("ledger_list.place"), ledger.place), *other_facts), tables=(table,))
    )
    return 0


def _run_show(options: argparse.Namespace) -> int:
    ledger = open_ledger()
    rows = find_campaigns(ledger, options)
    clock = SystemClock()
    if len(rows) > 1:
        print(*explain_ambiguous_name(options.name, rows), sep="\n", end="\n\n")  # noqa: T201
    print("\n\n".join(stored_sheet(ledger, clock, row).to_text() for row in rows))  # noqa: T201
    return 0


def _run_export(options: argparse.Namespace) -> int:
    ledger = open_ledger()
    row = find_campaign(ledger, options)
    frame = stored_results(
        ledger,
        SystemClock(),
        row,
        with_bodies=options.bodies,
        with_columns=options.columns,
        for_export=True,
    )
    path = write_table(options.file, frame.drop(columns="hint"))
    print(say("ledger_command.exported", rows=count("row", len(frame)), path=path))  # noqa: T201
    forgotten = int((frame["body"].isna() & (frame["status"] != Status.REJECTED)).sum()) if options.bodies else 0
    if forgotten:
        print(say("ledger_command.no_bodies", people=count(unit_of_row(row), forgotten)))  # noqa: T201
    return 0


def _run_restore(options: argparse.Namespace) -> int:
    folder = _folder_to_restore(options.home)
    try:
        restored = restore(options.file.absolute(), folder, SystemClock().now_ns(), even_if_lost=options.yes)
    except OSError as error:
        path = folder / home.LEDGER_FILE
        what = Text("ledger.failed", path=path, error=error.strerror or error)
        raise LedgerError(what, Text("ledger.failed_todo")) from None
    names = ", ".join(restored.lost)
    if (restored.lost or restored.unread) and not options.yes:
        key = "restore.would_lose" if restored.lost else f"restore.would_replace_{restored.unread}"
        raise LedgerError(Text(key, path=restored.path, file=options.file, names=names), Text("restore.yes_todo"))
    counts = {"campaigns": count("campaign", restored.campaigns), "calls": count("call", restored.calls)}
    lines = [say("restore.done", path=restored.path, file=options.file, **counts)]
    if restored.aside is not None:
        lines.append(say("restore.aside", aside=restored.aside))
    if restored.lost:
        lines.append(say("restore.lost", names=names))
    print("\n".join([*lines, say("restore.next")]))  # noqa: T201
    return 0


def _folder_to_restore(folder: Path | None) -> Path:
    if folder is not None:
        return folder.expanduser().absolute()
    location = find_ledger_location(os.environ)
    if isinstance(location, DatabaseUrl):
        raise InputError(Text("restore.team", place=location), Text("restore.team_todo"))
    return home.find_home() if location is None else location


def _run_init(options: argparse.Namespace) -> int:
    address = _parse_database_url(options.url)
    if options.apply:
        with _explain_missing_rights():
            version = install_ledger(address, options.role)
        print(say("team_init.done", place=address, version=version, role=options.role))  # noqa: T201
    else:
        print(f"-- {say('team_init.run_as_owner', database=visible(address.database))}")  # noqa: T201
        print(setup_script(address.database, options.role, options.from_version), end="")  # noqa: T201
    print(("" if options.apply else "-- ") + say("team_init.members", role=options.role))  # noqa: T201
    return 0


def _run_copy(options: argparse.Namespace) -> int:
    source, target = (open_ledger(_parse_location(text)) for text in (options.source, options.target))
    clock = SystemClock()
    bar = ProgressBar(clock)

    def check(db: LedgerSession) -> None:
        names = [row.name for row in campaigns.find_all(db) if has_sender(source, clock, row, db)]
        if names:
            raise LedgerError(Text("copy.sending", place=source.place, name=names[0]), Text("copy.sending_todo"))

    def show(done: int, rows: int) -> None:
        bar.show(Text("copy.progress", done=f"{done:,}", rows=count("row", rows)), done / rows)

    with _explain_missing_rights():
        copied = copy_ledger(source, target, clock, check, show, is_backup=options.backup)
    places = {"source": source.place, "target": target.place}
    if copied is None:
        bar.end(Text("copy.completed", **places))
    else:
        bar.end(Text("copy.done", rows=count("row", copied), **places))
    print(say("copy.next_backup" if options.backup else "copy.next", **places))  # noqa: T201 - a command line prints
    if not options.backup:
        move_files(source, target)
    return 0


def _run_reactivate(options: argparse.Namespace) -> int:
    ledger = open_ledger(_parse_location(options.ledger))
    other = find_other_ledger(ledger)
    if not other:
        print(say("reactivate.not_needed", place=ledger.place))  # noqa: T201 - a command line prints
        return 0
    if not options.yes:
        raise InputError(Text("reactivate.unsure", place=ledger.place, other=other), Text("reactivate.unsure_todo"))
    with _explain_missing_rights():
        reactivate(ledger)
    print(say("reactivate.done", place=ledger.place, other=other))  # noqa: T201
    return 0


@contextmanager
def _explain_missing_rights() -> Iterator[None]:
    """Add to an error about missing rights the hint that only the owner of the database may run the command."""
    try:
        yield
    except LedgerError as error:
        if error.problem != "no_right":
            raise
        raise LedgerError(error.text, Text("team_init.owner_todo"), problem=error.problem) from None


def _parse_location(text: str) -> DatabaseUrl | Path | None:
    location = parse_ledger_location(wrap_ledger_location(text))
    if isinstance(location, DatabaseUrl) and location.password:
        print(say("team_init.password_seen"), file=sys.stderr)  # noqa: T201
    return location


def _parse_database_url(url: str) -> DatabaseUrl:
    location = _parse_location(url)
    if not isinstance(location, DatabaseUrl):
        raise InputError(Text("team_init.no_url"), Text("team_init.no_url_todo"))
    return location


def _parse_role(text: str) -> str:
    if not text.strip() or not text.isprintable() or len(text.encode()) > MAX_ROLE_BYTES:
        raise argparse.ArgumentTypeError(Text("team_init.bad_role", value=text, most=MAX_ROLE_BYTES))
    return text


def _parse_version(text: str) -> int:
    if text not in map(str, range(1, VERSION)):
        raise argparse.ArgumentTypeError(Text("team_init.bad_version", value=text, newest=VERSION - 1))
    return int(text)
