"""The command ``dingnb ledger``: what was sent from this computer, by any app, without a connection."""

import argparse
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

from dingnb.auth import App, Secret
from dingnb.auth.database_url import DatabaseUrl
from dingnb.calls.context import read_operator
from dingnb.campaigns.history import stored_results, stored_sheet
from dingnb.campaigns.sending.control import is_sent, people_by_status, stored_state
from dingnb.clock import SystemClock
from dingnb.display import ProgressBar, Sheet, Table
from dingnb.errors import InputError, LedgerError
from dingnb.ledger import (
    Ledger,
    LedgerSession,
    batches,
    campaigns,
    drafts,
    events,
    home,
    open_ledger,
    pruning,
    read_ledger,
    transactions,
)
from dingnb.ledger.campaigns import CampaignRow
from dingnb.ledger.copying import copy_ledger, send_again_with
from dingnb.ledger.opening import find_ledger, wrapped_place
from dingnb.ledger.postgres_setup import LONGEST_ROLE, ROLE, install_ledger, setup_script
from dingnb.ledger.pruning import Standing
from dingnb.ledger.rescue import restore
from dingnb.ledger.schema import VERSION
from dingnb.tables.exports import write_table
from dingnb.tables.timestamps import timestamps
from dingnb.words import Text, count, say

_COUNTED = ("accepted", "failed", "unknown", "queued")
_KEY_SUFFIX_LENGTH = 4


def add_ledger_command(
    commands: "argparse._SubParsersAction[argparse.ArgumentParser]",
) -> None:
    """Add ``ledger`` and its subcommands to the commands of ``dingnb``."""
    parser = commands.add_parser("ledger", help=say("help.ledger"))
    inner = parser.add_subparsers(required=True, metavar="command")
    listing = inner.add_parser("list", help=say("help.ledger_list"))
    listing.set_defaults(run=_list)
    show = inner.add_parser("show", help=say("help.ledger_show"))
    show.set_defaults(run=_show)
    export = inner.add_parser("export", help=say("help.ledger_export"))
    export.set_defaults(run=_export)
    for command in (show, export):
        command.add_argument("name", metavar="NAME", help=say("help.ledger_name"))
        _add_selection(command)
    export.add_argument("file", metavar="FILE", type=Path, help=say("help.ledger_file"))
    export.add_argument("--bodies", action="store_true", help=say("help.ledger_bodies"))
    export.add_argument(
        "--columns",
        action="store_true",
        help=say("help.ledger_columns"),
    )
    prune = inner.add_parser(
        "prune",
        help=say("help.prune"),
        description=say("help.prune_about", days=pruning.KEPT_DAYS),
    )
    prune.add_argument("--older-than", type=_days, metavar="DAYS", help=say("help.prune_older"))
    prune.add_argument("--name", metavar="NAME", help=say("help.prune_name"))
    _add_selection(prune)
    prune.add_argument(
        "--texts-only",
        action="store_true",
        help=say("help.prune_texts"),
    )
    prune.add_argument("--yes", action="store_true", help=say("help.prune_yes"))
    prune.set_defaults(run=_prune, usage_error=prune.error)
    restoring = inner.add_parser(
        "restore",
        help=say("help.restore"),
        description=say("help.restore_about"),
    )
    restoring.add_argument("file", metavar="FILE", type=Path, help=say("help.restore_file"))
    restoring.add_argument(
        "--home",
        metavar="FOLDER",
        type=Path,
        help=say("help.restore_home"),
    )
    restoring.add_argument("--yes", action="store_true", help=say("help.restore_yes"))
    restoring.set_defaults(run=_restore)
    _add_init(inner)
    _add_copy(inner)
    _add_reactivate(inner)


def _add_init(inner: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = inner.add_parser(
        "init",
        help=say("help.init"),
        description=say("help.init_about"),
    )
    parser.add_argument("url", metavar="URL", help=say("help.init_url"))
    parser.add_argument("--role", type=_role, default=ROLE, help=say("help.init_role", role=ROLE))
    parser.add_argument("--from-version", type=_version, default=0, metavar="N", help=say("help.init_from"))
    parser.add_argument("--apply", action="store_true", help=say("help.init_apply"))
    parser.set_defaults(run=_init)


def _init(options: argparse.Namespace) -> int:
    address = _database(options.url)
    if options.apply:
        with _as_owner():
            version = install_ledger(address, options.role)
        print(say("team_init.done", place=address, version=version, role=options.role))  # noqa: T201
    else:
        print(f"-- {say('team_init.run_as_owner', database=address.database)}")  # noqa: T201
        print(setup_script(address.database, options.role, options.from_version), end="")  # noqa: T201
    print(("" if options.apply else "-- ") + say("team_init.members", role=options.role))  # noqa: T201
    return 0


def _add_copy(inner: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = inner.add_parser(
        "copy",
        help=say("help.copy"),
        description=say("help.copy_about"),
    )
    parser.add_argument("source", metavar="FROM", help=say("help.copy_from"))
    parser.add_argument("target", metavar="TO", help=say("help.copy_to"))
    parser.add_argument("--backup", action="store_true", help=say("help.copy_backup"))
    parser.set_defaults(run=_copy)


def _add_reactivate(inner: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    parser = inner.add_parser(
        "reactivate",
        help=say("help.reactivate"),
        description=say("help.reactivate_about"),
    )
    parser.add_argument("ledger", metavar="LEDGER", help=say("help.reactivate_ledger"))
    parser.add_argument("--yes", action="store_true", help=say("help.reactivate_yes"))
    parser.set_defaults(run=_reactivate)


def _reactivate(options: argparse.Namespace) -> int:
    ledger = open_ledger(_place(options.ledger))
    if not options.yes:
        raise InputError(Text("reactivate.unsure", place=ledger.place), Text("reactivate.unsure_todo"))
    with _as_owner():
        other = send_again_with(ledger)
    key = "reactivate.done" if other else "reactivate.not_needed"
    print(say(key, place=ledger.place, other=other))  # noqa: T201 - a command line prints
    return 0


def _copy(options: argparse.Namespace) -> int:
    source, target = (open_ledger(_place(place)) for place in (options.source, options.target))
    clock = SystemClock()
    bar = ProgressBar(clock)

    def check(db: LedgerSession) -> None:
        names = [row.name for row in campaigns.every(db) if is_sent(source, clock, row, db)]
        if names:
            raise LedgerError(Text("copy.sending", place=source.place, name=names[0]), Text("copy.sending_todo"))

    def show(done: int, rows: int) -> None:
        bar.show(Text("copy.progress", done=f"{done:,}", rows=count("row", rows)), done / rows)

    with _as_owner():
        copied = copy_ledger(source, target, clock, check, show, is_backup=options.backup)
    bar.end(Text("copy.done", rows=count("row", copied), source=source.place, target=target.place))
    print(say("copy.next_backup" if options.backup else "copy.next", source=source.place, target=target.place))  # noqa: T201 - a command line prints
    return 0


@contextmanager
def _as_owner() -> Iterator[None]:
    """Say that the owner of a database has to do this, whose rights no member needs."""
    try:
        yield
    except LedgerError as error:
        if error.problem != "no_right":
            raise
        raise LedgerError(error.text, Text("team_init.owner_todo"), problem=error.problem) from None


def _place(text: str) -> DatabaseUrl | Path | None:
    place = read_ledger(wrapped_place(text))
    if isinstance(place, DatabaseUrl) and place.password:
        print(say("team_init.password_seen"), file=sys.stderr)  # noqa: T201
    return place


def _database(url: str) -> DatabaseUrl:
    place = _place(url)
    if not isinstance(place, DatabaseUrl):
        raise InputError(Text("team_init.no_url"), Text("team_init.no_url_todo"))
    return place


def _add_selection(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--app", help=say("help.ledger_app"))
    parser.add_argument("--mode", type=str.upper, choices=("SANDBOX", "LIVE"), help=say("help.ledger_mode"))
    parser.add_argument("--number", type=int, help=say("help.ledger_number"))


def _list(_: argparse.Namespace) -> int:
    ledger = open_ledger()
    rows = _rows(ledger)
    if not rows:
        print(say("ledger_list.empty", path=ledger.place))  # noqa: T201 - a command line prints
        return 0
    cells = []
    with ledger.connection() as db:
        also = {"drafts": drafts.count(db), "events": events.count(db)}
        for row, begun in zip(rows, _minutes([row.created_ns for row in rows]), strict=True):
            state = stored_state(ledger, SystemClock(), row)
            by = people_by_status(db, row.id, state)
            numbers = (by.total(), *(by[name] for name in _COUNTED), batches.count_attempts(db, row.id))
            cells.append((*_named(row), say(f"campaign.{state}"), *(f"{n:,}" for n in numbers), begun))
    counted = (say(f"status.{name}") for name in _COUNTED)
    header = _header("number", "name", "mode", "app", "state", "people")
    table = Table(say("ledger_list.caption"), (*header, *counted, *_header("calls", "begun")), cells)
    kept = ((say(f"ledger_list.{name}"), f"{n:,}") for name, n in also.items() if n)
    _print(Sheet(say("ledger_list.title"), facts=((say("ledger_list.file"), ledger.place), *kept), tables=(table,)))
    return 0


def _show(options: argparse.Namespace) -> int:
    ledger = open_ledger()
    rows = _find(ledger, options)
    now_ns = SystemClock().now_ns()
    if len(rows) > 1:
        print(_several(options.name, rows), say("ledger_command.several_todo"), sep="\n", end="\n\n")  # noqa: T201
    print("\n\n".join(stored_sheet(ledger, row, now_ns).to_text() for row in rows))  # noqa: T201
    return 0


def _export(options: argparse.Namespace) -> int:
    ledger = open_ledger()
    row = _find_one(ledger, options)
    frame = stored_results(
        ledger,
        row,
        SystemClock().now_ns(),
        with_bodies=options.bodies,
        with_columns=options.columns,
        for_export=True,
    )
    path = write_table(options.file, frame.drop(columns="hint"))
    print(say("ledger_command.exported", people=count("person", len(frame)), path=path))  # noqa: T201
    if options.bodies and frame["body"].isna().any():
        print(say("ledger_command.no_bodies", people=count("person", int(frame["body"].isna().sum()))))  # noqa: T201
    return 0


def _prune(options: argparse.Namespace) -> int:
    if options.older_than is None and options.name is None:
        options.usage_error(say("prune.what"))
    ledger = open_ledger()
    only_id = None if options.name is None else _find_one(ledger, options).id
    now_ns = SystemClock().now_ns()
    removable: list[Standing] = []
    kept: list[tuple[Standing, str]] = []

    def choose(every: list[Standing]) -> list[int]:
        for candidate in every:
            if only_id in {None, candidate.row.id} and _is_of(options, candidate.row):
                why = _reason_to_keep(candidate, options, now_ns)
                if why:
                    kept.append((candidate, why))
                else:
                    removable.append(candidate)
        return [candidate.row.id for candidate in removable] if options.yes else []

    also: Mapping[str, int] = {}
    if ledger.exists():
        # Before they are deleted.
        people = _people(ledger)
        if options.texts_only and options.older_than is not None and only_id is None and options.number is None:
            is_any = options.app is None and options.mode is None
            realms = None if is_any else {row.realm.id for row in _rows(ledger) if _is_of(options, row)}
            also = transactions.prune_readable(ledger, now_ns, options.older_than, realms, counts_only=not options.yes)
        transactions.prune(ledger, now_ns, choose, texts_only=options.texts_only, done_by=read_operator())
        _print(_pruned(removable, kept, people, also, options))
    else:
        print(say("ledger_list.empty", path=ledger.place))  # noqa: T201
    if options.yes and (removable or any(also.values())):
        ledger.compact()
    return 0


def _restore(options: argparse.Namespace) -> int:
    folder = _folder_to_restore(options.home)
    try:
        done = restore(options.file.absolute(), folder, SystemClock().now_ns(), even_if_lost=options.yes)
    except OSError as error:
        path = folder / home.LEDGER_FILE
        what = Text("ledger.failed", path=path, error=error.strerror or error)
        raise LedgerError(what, Text("ledger.failed_todo")) from None
    names = ", ".join(done.lost)
    if (done.lost or done.unread) and not options.yes:
        key = "restore.would_lose" if done.lost else f"restore.would_replace_{done.unread}"
        raise LedgerError(Text(key, path=done.path, file=options.file, names=names), Text("restore.yes_todo"))
    counts = {"campaigns": count("campaign", done.campaigns), "calls": count("call", done.calls)}
    lines = [say("restore.done", path=done.path, file=options.file, **counts)]
    if done.aside is not None:
        lines.append(say("restore.aside", aside=done.aside))
    if done.lost:
        lines.append(say("restore.lost", names=names))
    print("\n".join([*lines, say("restore.next")]))  # noqa: T201
    return 0


def _folder_to_restore(named: Path | None) -> Path:
    if named is not None:
        return named.expanduser().absolute()
    place = find_ledger(os.environ)
    if isinstance(place, DatabaseUrl):
        raise InputError(Text("restore.team", place=place), Text("restore.team_todo"))
    return home.find_home() if place is None else place


def _reason_to_keep(standing: Standing, options: argparse.Namespace, now_ns: int) -> str:
    if standing.obstacle:
        return say(f"prune.{standing.obstacle}", days=pruning.KEPT_DAYS)
    if options.older_than is not None and standing.last_ns > now_ns - options.older_than * pruning.DAY_NS:
        return say("prune.young", days=options.older_than)
    return say("prune.no_texts") if options.texts_only and not standing.has_texts else ""


def _pruned(
    removable: Sequence[Standing],
    kept: Sequence[tuple[Standing, str]],
    people: Mapping[int, int],
    also: Mapping[str, int],
    options: argparse.Namespace,
) -> Sheet:
    notes = [say("prune.nothing")]
    if any(also.values()):
        notes = [
            say(f"prune.{'gone' if options.yes else 'going'}_readable", **{key: f"{n:,}" for key, n in also.items()})
        ]
        if not options.yes and not removable:
            notes.append(say("prune.going_todo"))
    if removable:
        what = f"prune.{'gone' if options.yes else 'going'}{'_texts' if options.texts_only else ''}"
        notes = [
            say(what, people=count("person", sum(people.get(candidate.row.id, 0) for candidate in removable))),
            *notes[: any(also.values())],
        ]
        answers = sum(candidate.answers for candidate in removable)
        if answers:
            change = "kept" if options.texts_only else "gone" if options.yes else "going"
            notes.insert(1, say(f"prune.{change}_answers", answers=count("answer", answers)))
        if not options.texts_only:
            notes += [say("prune.again"), say("prune.calls")]
        if not options.yes:
            notes.append(say("prune.going_todo"))
    tables = []
    if removable:
        tables.append(_table("prune.campaigns", removable, people, ()))
    if kept:
        tables.append(_table("prune.kept", [candidate for candidate, _ in kept], people, [why for _, why in kept]))
    facts = ((say("ledger_list.file"), open_ledger().place),)
    return Sheet(say("ledger_list.title"), facts=facts, notes=tuple(notes), tables=tuple(tables))


def _table(caption: str, standings: Sequence[Standing], people: Mapping[int, int], why: Sequence[str]) -> Table:
    days = _minutes([standing.last_ns for standing in standings])
    rows = [
        (*_named(standing.row), f"{people.get(standing.row.id, 0):,}", day)
        for standing, day in zip(standings, days, strict=True)
    ]
    header = _header("number", "name", "mode", "app", "people", "last")
    if why:
        rows, header = [(*row, reason) for row, reason in zip(rows, why, strict=True)], (*header, *_header("why"))
    return Table(say(caption), header, rows)


def _rows(ledger: Ledger) -> list[CampaignRow]:
    """Return all campaigns; a missing ledger has none, and is not created."""
    if not ledger.exists():
        return []
    with ledger.connection() as db:
        return campaigns.every(db)


def _people(ledger: Ledger) -> Mapping[int, int]:
    """Return the number of people of each campaign; one who was sent to again counts once."""
    if not ledger.exists():
        return {}
    with ledger.connection() as db:
        clock = SystemClock()
        rows = campaigns.every(db)
        return {row.id: people_by_status(db, row.id, stored_state(ledger, clock, row)).total() for row in rows}


def _find(ledger: Ledger, options: argparse.Namespace) -> list[CampaignRow]:
    everything = _rows(ledger)
    # Names that differ only in case, width or runs of blanks are one.
    named = [row for row in everything if campaigns.fold(row.name) == campaigns.fold(options.name)]
    rows = [row for row in named if _is_of(options, row)]
    if not rows:
        what = "ledger_command.none_such" if named else "ledger_command.none"
        raise InputError(Text(what, name=options.name, path=ledger.place), Text("ledger_command.none_todo"))
    return rows


def _find_one(ledger: Ledger, options: argparse.Namespace) -> CampaignRow:
    rows = _find(ledger, options)
    if len(rows) > 1:
        raise InputError(_several(options.name, rows), Text("ledger_command.several_todo"))
    return rows[0]


def _several(name: str, rows: Sequence[CampaignRow]) -> Text:
    begun = _minutes([row.created_ns for row in rows])
    which = "; ".join(
        say("ledger_command.one_of", number=row.id, mode=row.realm.mode, app=row.realm.app, begun=moment)
        for row, moment in zip(rows, begun, strict=True)
    )
    return Text("ledger_command.several", name=name, n=len(rows), which=which)


def _is_of(options: argparse.Namespace, row: CampaignRow) -> bool:
    given: str | None = options.app
    is_app = (
        given is None
        or row.realm.app in {given, App(given, Secret(""), None).masked_key}
        or (len(given) == _KEY_SUFFIX_LENGTH and row.realm.app.endswith(given))
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


def _role(text: str) -> str:
    if not text.strip() or not text.isprintable() or len(text.encode()) > LONGEST_ROLE:
        raise argparse.ArgumentTypeError(say("team_init.bad_role", value=text, most=LONGEST_ROLE))
    return text


def _version(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 0 < int(text) < VERSION):
        raise argparse.ArgumentTypeError(say("team_init.bad_version", value=text, newest=VERSION - 1))
    return int(text)


def _days(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise argparse.ArgumentTypeError(say("prune.bad_days", value=text))
    return int(text)
