"""The command ``dingnb ledger prune``, which removes old campaigns, or only old texts and other personal data."""

import argparse
from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from dingnb.calls.context import read_operator
from dingnb.campaigns.drafts import prune_files
from dingnb.campaigns.recipient_count import Unit
from dingnb.campaigns.sending.control import people_by_status, stored_state, unit_of_row
from dingnb.cli.ledger_campaigns import (
    add_selection_options,
    find_campaign,
    format_times,
    identity_cells,
    is_selected,
    list_campaigns,
    print_sheet,
    size_cell,
    titles_of,
)
from dingnb.clock import SystemClock
from dingnb.display import Sheet, Table
from dingnb.ledger import Ledger, open_ledger, pruning
from dingnb.ledger.campaigns import campaigns
from dingnb.ledger.pruning import PruneCandidate
from dingnb.words import Text, clauses, count, say

_NOUNS = {
    "events": "event",
    "people": "person",
    "departments": "department",
    "roles": "role",
    "lookups": "phone_number",
    "uploads": "upload",
    "drafts": "draft",
}
"""Keys of the nouns for rows of tables with personal data, and for drafts with chosen files."""

_MAX_DAYS = 36_500
"""Maximum of ``--older-than``, a century; with far more days, the time would be too early for a database."""


def add_prune_command(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add ``prune`` to the subcommands of ``dingnb ledger``."""
    parser = commands.add_parser(
        "prune",
        help=say("help.prune"),
        description=say("help.prune_about", days=pruning.KEPT_DAYS),
    )
    parser.add_argument("--older-than", type=_parse_days, metavar="DAYS", help=say("help.prune_older"))
    parser.add_argument("--name", metavar="NAME", help=say("help.prune_name"))
    add_selection_options(parser)
    parser.add_argument("--texts-only", action="store_true", help=say("help.prune_texts"))
    parser.add_argument("--yes", action="store_true", help=say("help.prune_yes"))
    parser.set_defaults(run=_run_prune, usage_error=parser.error)


@dataclass(frozen=True, slots=True)
class _Selection:
    """The campaigns that ``--yes`` removes, or whose texts it removes; and the others selected, each with a reason."""

    removable: list[PruneCandidate] = field(default_factory=list)
    kept: list[tuple[PruneCandidate, str]] = field(default_factory=list)


def _run_prune(options: argparse.Namespace) -> int:
    if options.older_than is None and options.name is None:
        options.usage_error(say("prune.what"))
    ledger = open_ledger()
    only_id = None if options.name is None else find_campaign(ledger, options).id
    if not ledger.exists():
        print(say("ledger_list.no_campaigns", path=ledger.place))  # noqa: T201 - a command line prints
        return 0
    now_ns = SystemClock().now_ns()
    selection = _Selection()

    def choose(candidates: list[PruneCandidate]) -> list[int]:
        for candidate in candidates:
            if only_id in {None, candidate.row.id} and is_selected(options, candidate.row):
                reason = _reason_to_keep(candidate, options, now_ns)
                if reason:
                    selection.kept.append((candidate, reason))
                else:
                    selection.removable.append(candidate)
        return [candidate.row.id for candidate in selection.removable] if options.yes else []

    people = _people_by_campaign(ledger)
    personal_data = _prune_personal_data(ledger, options, now_ns)
    unselectable = _count_unselectable(ledger, options, now_ns)
    pruning.prune(ledger, now_ns, choose, texts_only=options.texts_only, done_by=read_operator())
    print_sheet(
        Sheet(
            say("ledger_list.title"),
            facts=((say("ledger_list.place"), ledger.place),),
            notes=tuple(_notes(selection.removable, people, personal_data, unselectable, options)),
            tables=tuple(_tables(selection, people)),
        )
    )
    if options.yes:
        # Even if nothing was removed now: an earlier run may have failed to compact a ledger that was being read.
        ledger.compact()
    return 0


def _reason_to_keep(candidate: PruneCandidate, options: argparse.Namespace, now_ns: int) -> str:
    if candidate.reason_to_keep:
        return say(f"prune.{candidate.reason_to_keep}", days=pruning.KEPT_DAYS)
    if options.older_than is not None and candidate.last_ns > now_ns - options.older_than * pruning.DAY_NS:
        return say("prune.young", days=options.older_than)
    return say("prune.no_texts") if options.texts_only and not candidate.has_texts else ""


def _people_by_campaign(ledger: Ledger) -> Mapping[int, int]:
    """Return how many people each campaign has or, with a key, how many messages; a repeated message counts once."""
    with ledger.connection() as db:
        clock = SystemClock()
        rows = campaigns.find_all(db)
        return {row.id: people_by_status(db, row.id, stored_state(ledger, clock, row, db)).total() for row in rows}


def _prune_personal_data(ledger: Ledger, options: argparse.Namespace, now_ns: int) -> Mapping[str, int]:
    """
    Remove old texts, names and numbers that belong to no campaign, or only count them without ``--yes``.

    Returns:
        The numbers of rows by table; empty if there are no rows to remove, or the options select campaigns alone.
    """
    if not _selects_personal_data(options):
        return {}
    is_any = options.app is None and options.mode is None
    realms = None if is_any else {row.realm.id for row in list_campaigns(ledger) if is_selected(options, row)}
    counts = _prune_older(ledger, options, now_ns, realms, counts_only=not options.yes)
    return counts if any(counts.values()) else {}


def _prune_older(
    ledger: Ledger, options: argparse.Namespace, now_ns: int, realms: Collection[str] | None, *, counts_only: bool
) -> Mapping[str, int]:
    """Remove or only count the old texts, names, numbers and chosen files of the apps in `realms`; None is all apps."""
    before_ns = now_ns - options.older_than * pruning.DAY_NS
    return {
        **pruning.delete_personal_data(ledger, now_ns, options.older_than, realms, counts_only=counts_only),
        "drafts": prune_files(ledger, before_ns, realms, counts_only=counts_only),
    }


def _count_unselectable(ledger: Ledger, options: argparse.Namespace, now_ns: int) -> Mapping[str, int]:
    """
    Count what `_prune_personal_data` leaves of apps without a campaign, if the options name an app or a mode.

    The ledger knows the name and the mode of an app only from the app's campaigns, so no option selects these apps.

    Returns:
        As for `_prune_personal_data`.
    """
    if not _selects_personal_data(options) or (options.app is None and options.mode is None):
        return {}
    realms = {row.realm.id for row in list_campaigns(ledger)}
    of_all, of_realms = (_prune_older(ledger, options, now_ns, apps, counts_only=True) for apps in (None, realms))
    counts = {table: n - of_realms[table] for table, n in of_all.items()}
    return counts if any(counts.values()) else {}


def _selects_personal_data(options: argparse.Namespace) -> bool:
    return options.texts_only and options.older_than is not None and options.name is None and options.number is None


def _notes(
    removable: Sequence[PruneCandidate],
    people: Mapping[int, int],
    personal_data: Mapping[str, int],
    unselectable: Mapping[str, int],
    options: argparse.Namespace,
) -> Iterator[str]:
    tense = "gone" if options.yes else "going"
    if removable:
        yield from _campaign_notes(removable, people, tense, texts_only=options.texts_only)
    if personal_data:
        yield say(f"prune.{tense}_personal_data", **_counted(personal_data))
    if not (removable or personal_data):
        yield say("prune.nothing_texts" if options.texts_only else "prune.nothing")
    elif not options.yes:
        yield say("prune.going_todo")
    if unselectable:
        yield say("prune.unselectable", **_counted(unselectable))


def _counted(rows: Mapping[str, int]) -> dict[str, Text]:
    return {table: count(_NOUNS[table], n) for table, n in rows.items()}


def _campaign_notes(
    removable: Sequence[PruneCandidate], people: Mapping[int, int], tense: str, *, texts_only: bool
) -> Iterator[str]:
    addressed = Counter[Unit]()
    for candidate in removable:
        addressed[unit_of_row(candidate.row)] += people.get(candidate.row.id, 0)
    counted = clauses(count(unit, n) for unit, n in addressed.items())
    yield say(f"prune.{tense}{'_texts' if texts_only else ''}", people=counted)
    answers = sum(candidate.answers for candidate in removable)
    if answers:
        yield say(f"prune.{'kept' if texts_only else tense}_answers", answers=count("answer", answers))
    if not texts_only:
        yield say("prune.again")
        yield say("prune.calls")


def _tables(selection: _Selection, people: Mapping[int, int]) -> Iterator[Table]:
    titles = titles_of("number", "name", "mode", "app", "people", "last")
    if selection.removable:
        yield Table(say("prune.campaigns"), titles, _rows(selection.removable, people))
    if selection.kept:
        rows = _rows([candidate for candidate, _ in selection.kept], people)
        reasons = [reason for _, reason in selection.kept]
        rows = [(*row, reason) for row, reason in zip(rows, reasons, strict=True)]
        yield Table(say("prune.kept"), (*titles, *titles_of("why")), rows)


def _rows(candidates: Sequence[PruneCandidate], people: Mapping[int, int]) -> list[tuple[str, ...]]:
    times = format_times([candidate.last_ns for candidate in candidates])
    return [
        (*identity_cells(candidate.row), size_cell(candidate.row, people.get(candidate.row.id, 0)), time)
        for candidate, time in zip(candidates, times, strict=True)
    ]


def _parse_days(text: str) -> int:
    # The length first: Python converts no text with thousands of digits.
    if not (text.isascii() and text.isdigit() and len(text) <= len(str(_MAX_DAYS)) and int(text) <= _MAX_DAYS):
        raise argparse.ArgumentTypeError(Text("prune.bad_days", value=text, most=f"{_MAX_DAYS:,}"))
    return int(text)
