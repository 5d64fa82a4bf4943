"""The command ``dingnb demo``: sends a message to the people in a file, on the sandbox."""

import argparse
import sys
from pathlib import Path

from dingnb.cli.output import print_if_read
from dingnb.connecting import connect
from dingnb.errors import FileError, InputError
from dingnb.messages import text
from dingnb.recipients.addresses import usual_column
from dingnb.tables.exports import CSV_SUFFIX, check_suffix, write_table
from dingnb.tables.files import read_recipients
from dingnb.words import Text, join_sentences, say

_MAX_ROWS = 8


def add_demo_command(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add ``demo`` to the commands of ``dingnb``."""
    parser = commands.add_parser("demo", help=say("help.demo"))
    parser.add_argument("file", type=Path, help=say("help.demo_file"))
    parser.add_argument("--results", type=Path, default=Path("results.csv"), help=say("help.demo_results"))
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    staff = read_recipients(options.file)
    print_if_read()
    to = [kind for kind in ("userid", "mobile") if usual_column(staff, kind) is not None]
    if not to:
        raise InputError(Text("cli.no_address", file=options.file.name), Text("cli.no_address_todo"))
    check_suffix(options.results)
    # A name without a suffix gets this one.
    targets = (options.results, Path(f"{options.results}{CSV_SUFFIX}"))
    if any(target.exists() and target.samefile(options.file) for target in targets):
        raise InputError(Text("cli.results_replace_list", file=options.file.name), Text("cli.other_results"))
    ding = connect("sandbox")
    plan = ding.plan(staff, text("The canteen is closed on Friday. 周五食堂停业。"), to=to)
    print_if_read(f"{plan}\n")
    run = plan.send().wait()
    results = run.results()
    try:
        path = write_table(options.results, results)
    except FileError as error:
        print(join_sentences([error.what, error.hint, say("cli.results_name")]), file=sys.stderr)  # noqa: T201
        return 1
    print_if_read(f"\n{run}\n")
    print_if_read(say("cli.demo_rows", path=path))
    shown = results[["userid", "status", "reason", "task_id", "sent_at"]].head(_MAX_ROWS)
    print_if_read(shown.assign(sent_at=shown["sent_at"].dt.floor("s")).to_string(na_rep=""))
    print_if_read("\n" + say("cli.demo_again"))
    return 0
