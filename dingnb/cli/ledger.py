"""The command ``dingnb ledger``: what was sent from this computer, by any app, without a connection."""

import argparse
from collections.abc import Sequence
from pathlib import Path

from dingnb.auth import App, Secret
from dingnb.campaigns.history import stored_results, stored_sheet
from dingnb.campaigns.sending.control import stored_state
from dingnb.clock import SystemClock
from dingnb.display import Sheet, Table
from dingnb.errors import InputError, LedgerError
from dingnb.ledger import Ledger, batches, campaigns, drafts, events, home, pruning, transactions
from dingnb.ledger.campaigns import CampaignRow
from dingnb.ledger.pruning import Standing
from dingnb.ledger.rescue import restore
from dingnb.tables.exports import write_table
from dingnb.tables.timestamps import timestamps
from dingnb.words import count, say

_COUNTED = ("accepted", "failed", "unknown", "queued")
_LAST_OF_KEY = 4


def add_ledger_command(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
) -> None:
    """Add ``ledger`` and its subcommands to the commands of ``dingnb``."""
    parser = commands.add_parser("ledger", help="what was sent from this computer: list, show, export, prune, restore")
    inner = parser.add_subparsers(required=True, metavar="command")
    listing = inner.add_parser("list", help="all campaigns of all apps, newest first")
    listing.set_defaults(run=_list)
    show = inner.add_parser("show", help="one campaign: its state, who has which status, what went wrong")
    show.set_defaults(run=_show)
    export = inner.add_parser("export", help="a row for each recipient of a campaign, as .csv or .xlsx")
    export.set_defaults(run=_export)
    for one in (show, export):
        one.add_argument("name", metavar="NAME", help="the campaign's name")
        _add_which(one)
    export.add_argument("file", metavar="FILE", type=Path, help="where to write; its name ends in .xlsx or .csv")
    export.add_argument("--bodies", action="store_true", help="with the texts that were sent, in the column body")
    export.add_argument(
        "--columns",
        action="store_true",
        help="with the columns that the texts used, and names, if stored",
    )
    prune = inner.add_parser(
        "prune",
        help="remove finished campaigns",
        description=(
            "Forget finished campaigns, with who was told what. Without --yes it only says what would go. What is not "
            f"finished stays, and so does all of the last {pruning.KEPT_DAYS} days: whether a call may be repeated, "
            "and how fast calls may go, is judged by it. A plan that is sent under the name of a forgotten campaign "
            "tells everybody again; --texts-only keeps who was told. Calls stay counted in the month's quota."
        ),
    )
    prune.add_argument(
        "--older-than", type=_days, metavar="DAYS", help="campaigns last changed at least this many days ago"
    )
    prune.add_argument("--name", metavar="NAME", help="the campaign with this name")
    _add_which(prune)
    prune.add_argument(
        "--texts-only", action="store_true", help="remove the texts, and keep the record of who got messages"
    )
    prune.add_argument("--yes", action="store_true", help="remove them")
    prune.set_defaults(run=_prune, usage_error=prune.error)
    restoring = inner.add_parser(
        "restore",
        help="replace a lost ledger with a saved copy",
        description=(
            "Put the content of FILE in the place of the ledger. FILE is checked first, and not changed. What is there "
            "now is moved aside, and never deleted. Where it knows of campaigns or calls that FILE lacks, they are "
            "named, and --yes is needed. Nothing is done while a campaign is being sent with it."
        ),
    )
    restoring.add_argument("file", metavar="FILE", type=Path, help="such as ledger-rescued-20261127-101500.sqlite3")
    restoring.add_argument("--home", metavar="FOLDER", type=Path, help="the ledger's folder; by default DINGNB_HOME")
    restoring.add_argument("--yes", action="store_true", help="replace the current ledger even if it has more records")
    restoring.set_defaults(run=_restore)


def _add_which(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--app", help="campaigns of this app: its key, as shown in the list, or its last 4 characters")
    parser.add_argument(
        "--mode", type=str.upper, choices=("SANDBOX", "LIVE"), help="campaigns of the sandbox, or live ones"
    )
    parser.add_argument("--number", type=int, help="the one with this number in the list")


def _list(_: argparse.Namespace) -> int:
    ledger = Ledger()
    rows = _rows(ledger)
    if not rows:
        print(say("ledger_list.empty", path=ledger.path))  # noqa: T201 - a command line prints
        return 0
    cells = []
    with ledger.connection() as db:
        also = {"drafts": drafts.count(db), "events": events.count(db)}
        for row, begun in zip(rows, _minutes([row.created_ns for row in rows]), strict=True):
            by = {status: people for status, (_, people) in batches.count_by_status(db, row.id).items()}
            state = say(f"campaign.{stored_state(ledger, row)}")
            numbers = (sum(by.values()), *(by.get(name, 0) for name in _COUNTED), batches.count_attempts(db, row.id))
            cells.append((*_named(row), state, *(f"{n:,}" for n in numbers), begun))
    counted = (say(f"status.{name}") for name in _COUNTED)
    header = _header("number", "name", "mode", "app", "state", "people")
    table = Table(say("ledger_list.caption"), (*header, *counted, *_header("calls", "begun")), cells)
    kept = ((say(f"ledger_list.{name}"), f"{n:,}") for name, n in also.items() if n)
    _print(Sheet(say("ledger_list.title"), facts=((say("ledger_list.file"), str(ledger.path)), *kept), tables=(table,)))
    return 0


def _show(options: argparse.Namespace) -> int:
    ledger = Ledger()
    rows = _find(ledger, options)
    now_ns = SystemClock().now_ns()
    if len(rows) > 1:
        print(_several(options.name, rows), end="\n\n")  # noqa: T201
    print("\n\n".join(stored_sheet(ledger, row, now_ns).to_text() for row in rows))  # noqa: T201
    return 0


def _export(options: argparse.Namespace) -> int:
    ledger = Ledger()
    row = _find_one(ledger, options)
    frame = stored_results(
        ledger, row, SystemClock().now_ns(), with_bodies=options.bodies, with_columns=options.columns
    )
    path = write_table(options.file, frame.drop(columns="hint"))
    print(say("ledger_command.exported", people=count("person", len(frame)), path=path))  # noqa: T201
    if options.bodies and frame["body"].isna().any():
        print(say("ledger_command.no_bodies", people=count("person", int(frame["body"].isna().sum()))))  # noqa: T201
    return 0


def _prune(options: argparse.Namespace) -> int:
    if options.older_than is None and options.name is None:
        options.usage_error(say("prune.what"))
    ledger = Ledger()
    meant = None if options.name is None else _find_one(ledger, options).id
    now_ns = SystemClock().now_ns()
    going: list[Standing] = []
    staying: list[tuple[Standing, str]] = []

    def choose(every: list[Standing]) -> list[int]:
        for one in every:
            if meant in {None, one.row.id} and _is_of(options, one.row):
                why = _why_it_stays(one, options, now_ns)
                if why:
                    staying.append((one, why))
                else:
                    going.append(one)
        return [one.row.id for one in going] if options.yes else []

    if _is_there(ledger):
        transactions.prune(ledger, now_ns, choose, texts_only=options.texts_only)
        _print(_pruned(going, staying, options))
    else:
        print(say("ledger_list.empty", path=ledger.path))  # noqa: T201
    if going and options.yes:
        ledger.compact()
    return 0


def _restore(options: argparse.Namespace) -> int:
    folder = home.find_home() if options.home is None else options.home.expanduser().absolute()
    try:
        done = restore(options.file.absolute(), folder, SystemClock().now_ns(), even_if_lost=options.yes)
    except OSError as error:
        path = folder / home.LEDGER_FILE
        what = say("ledger.failed", path=path, error=error.strerror or error)
        raise LedgerError(what, say("ledger.failed_todo")) from None
    names = ", ".join(done.lost)
    if (done.lost or done.unread) and not options.yes:
        what = "restore.would_lose" if done.lost else f"restore.would_replace_{done.unread}"
        raise LedgerError(say(what, path=done.path, file=options.file, names=names), say("restore.yes_todo"))
    campaigns, calls = count("campaign", done.campaigns), count("call", done.calls)
    told = [say("restore.done", path=done.path, file=options.file, campaigns=campaigns, calls=calls)]
    if done.aside is not None:
        told.append(say("restore.aside", aside=done.aside))
    if done.lost:
        told.append(say("restore.lost", names=names))
    print("\n".join([*told, say("restore.next")]))  # noqa: T201
    return 0


def _why_it_stays(standing: Standing, options: argparse.Namespace, now_ns: int) -> str:
    if standing.obstacle:
        return say(f"prune.{standing.obstacle}", days=pruning.KEPT_DAYS)
    if options.older_than is not None and standing.last_ns > now_ns - options.older_than * pruning.DAY_NS:
        return say("prune.young", days=options.older_than)
    return say("prune.no_texts") if options.texts_only and not standing.has_texts else ""


def _pruned(going: Sequence[Standing], kept: Sequence[tuple[Standing, str]], options: argparse.Namespace) -> Sheet:
    notes = [say("prune.nothing")]
    if going:
        what = f"prune.{'gone' if options.yes else 'going'}{'_texts' if options.texts_only else ''}"
        notes = [say(what, people=count("person", sum(one.people for one in going)))]
        if not options.texts_only:
            notes += [say("prune.again"), say("prune.calls")]
        if not options.yes:
            notes.append(say("prune.going_todo"))
    tables = []
    if going:
        tables.append(_table("prune.campaigns", going, ()))
    if kept:
        tables.append(_table("prune.kept", [one for one, _ in kept], [why for _, why in kept]))
    facts = ((say("ledger_list.file"), str(Ledger().path)),)
    return Sheet(say("ledger_list.title"), facts=facts, notes=tuple(notes), tables=tuple(tables))


def _table(caption: str, standings: Sequence[Standing], why: Sequence[str]) -> Table:
    days = _minutes([one.last_ns for one in standings])
    rows = [(*_named(one.row), f"{one.people:,}", day) for one, day in zip(standings, days, strict=True)]
    header = _header("number", "name", "mode", "app", "people", "last")
    if why:
        rows, header = [(*row, one) for row, one in zip(rows, why, strict=True)], (*header, *_header("why"))
    return Table(say(caption), header, rows)


def _is_there(ledger: Ledger) -> bool:
    home.refuse_network(ledger.folder)
    return ledger.path.exists()


def _rows(ledger: Ledger) -> list[CampaignRow]:
    """Return all campaigns; a missing ledger has none, and is not created."""
    if not _is_there(ledger):
        return []
    with ledger.connection() as db:
        return campaigns.every(db)


def _find(ledger: Ledger, options: argparse.Namespace) -> list[CampaignRow]:
    everything = _rows(ledger)
    # Names that differ only in case, width or runs of blanks are one.
    named = [row for row in everything if campaigns.fold(row.name) == campaigns.fold(options.name)]
    rows = [row for row in named if _is_of(options, row)]
    if not rows:
        what = "ledger_command.none_such" if named else "ledger_command.none"
        raise InputError(say(what, name=options.name, path=ledger.path), say("ledger_command.none_todo"))
    return rows


def _find_one(ledger: Ledger, options: argparse.Namespace) -> CampaignRow:
    rows = _find(ledger, options)
    if len(rows) > 1:
        raise InputError(*_several(options.name, rows).splitlines())
    return rows[0]


def _several(name: str, rows: Sequence[CampaignRow]) -> str:
    begun = _minutes([row.created_ns for row in rows])
    which = "; ".join(
        say("ledger_command.one_of", number=row.id, mode=row.realm.mode, app=row.realm.app, begun=moment)
        for row, moment in zip(rows, begun, strict=True)
    )
    return (
        say("ledger_command.several", name=name, n=len(rows), which=which) + "\n" + say("ledger_command.several_todo")
    )


def _is_of(options: argparse.Namespace, row: CampaignRow) -> bool:
    given: str | None = options.app
    is_app = (
        given is None
        or row.realm.app in {given, App(given, Secret(""), None).masked_key}
        or (len(given) == _LAST_OF_KEY and row.realm.app.endswith(given))
    )
    return is_app and options.mode in {None, row.realm.mode} and options.number in {None, row.id}


def _named(row: CampaignRow) -> tuple[str, ...]:
    return str(row.id), row.name, row.realm.mode, row.realm.app


def _header(*names: str) -> tuple[str, ...]:
    return tuple(say(f"ledger_list.{name}") for name in names)


def _minutes(times_ns: Sequence[int]) -> list[str]:
    return timestamps(times_ns).strftime("%Y-%m-%d %H:%M").tolist()


def _print(sheet: Sheet) -> None:
    print(sheet.to_text())  # noqa: T201


def _days(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise argparse.ArgumentTypeError(say("prune.bad_days", value=text))
    return int(text)
