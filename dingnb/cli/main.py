"""The command ``dingnb``: ``dingnb app``, ``demo``, ``doctor``, ``ledger`` and ``sandbox``."""

import argparse
import errno
import io
import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import dingnb
from dingnb.cli.app import add_app_command
from dingnb.cli.doctor import add_doctor_command
from dingnb.cli.ledger import add_ledger_command
from dingnb.cli.parser import Parser
from dingnb.connecting import connect
from dingnb.errors import DingError, FileError, InputError
from dingnb.messages import text
from dingnb.recipients.addresses import usual_column
from dingnb.tables.exports import DELIMITED, write_table
from dingnb.tables.files import read_recipients
from dingnb.words import Text, join_sentences, say

_MAX_ROWS = 8
_SANDBOX = "sandbox"
_BROKEN_PIPE = 141
"""The exit status of a command whose output was closed by its reader."""


_FULL_OUTPUT = (errno.ENOSPC, errno.EFBIG, errno.EIO)
"""The errors of an output that cannot be written, such as a file on a full disk."""


def main(arguments: Sequence[str] | None = None) -> int:
    """
    Run the command line and return its exit status.

    0 is success, 1 a reported error, 2 a usage error, 130 an interrupt, 141 a closed output.

    Args:
        arguments: The arguments after ``dingnb``; those of the process by default.
    """
    try:
        try:
            return _run(list(sys.argv[1:] if arguments is None else arguments))
        finally:
            # Flush here: an error could not be caught when Python exits.
            if sys.stdout is not None:
                sys.stdout.flush()
    except BrokenPipeError:
        _discard_output()
        return _BROKEN_PIPE
    except OSError as error:
        # Other errors are not about the output, which has no name.
        if error.filename is not None or error.errno not in _FULL_OUTPUT:
            raise
        _discard_output()
        with suppress(OSError):
            print(say("cli.output_failed", error=error.strerror or error), file=sys.stderr)  # noqa: T201
        return 1


def _run(command: list[str]) -> int:
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal without Chinese characters shows replacements instead of a traceback.
            stream.reconfigure(errors="replace")
    try:
        return _dispatch(command)
    except DingError as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)  # noqa: T201 - a command line prints
        return 1
    except KeyboardInterrupt:
        return 128 + signal.SIGINT


def _dispatch(command: list[str]) -> int:
    if command[:1] == [_SANDBOX]:
        from dingnb.cli import sandbox  # noqa: PLC0415 - the server is imported when it is needed

        return sandbox.run(command[1:])
    options = _create_parser().parse_args(command)
    status: int = options.run(options)
    return status


def _create_parser() -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = Parser(prog="dingnb", description=say("help.dingnb"))
    parser.add_argument("--version", action="version", version=f"dingnb {dingnb.__version__}", help=say("help.version"))
    commands = parser.add_subparsers(required=True, metavar="command")
    demo = commands.add_parser("demo", help=say("help.demo"))
    demo.add_argument("file", type=Path, help=say("help.demo_file"))
    demo.add_argument("--results", type=Path, default=Path("results.csv"), help=say("help.demo_results"))
    demo.set_defaults(run=_demo)
    add_app_command(commands)
    add_doctor_command(commands)
    add_ledger_command(commands)
    commands.add_parser(_SANDBOX, help=say("help.sandbox"))
    return parser


def _demo(options: argparse.Namespace) -> int:
    staff = read_recipients(options.file)
    _print()
    to = [kind for kind in ("userid", "mobile") if usual_column(staff, kind) is not None]
    if not to:
        raise InputError(Text("cli.no_address", file=options.file.name), Text("cli.no_address_todo"))
    # A name without a suffix gets this one.
    targets = (options.results, Path(f"{options.results}{DELIMITED}"))
    if any(target.exists() and target.samefile(options.file) for target in targets):
        raise InputError(Text("cli.results_replace_list", file=options.file.name), Text("cli.no_results"))
    ding = connect("sandbox")
    plan = ding.plan(staff, text("The canteen is closed on Friday. 周五食堂停业。"), to=to)
    _print(f"{plan}\n")
    run = plan.send().wait()
    results = run.results()
    try:
        path = write_table(options.results, results)
    except FileError as error:
        print(join_sentences([error.what, say("cli.no_results")]), file=sys.stderr)  # noqa: T201
        return 1
    _print(f"\n{run}\n")
    _print(say("cli.demo_rows", path=path))
    shown = results[["userid", "status", "reason", "task_id", "sent_at"]].head(_MAX_ROWS)
    _print(shown.assign(sent_at=shown["sent_at"].dt.floor("s")).to_string(na_rep=""))
    _print("\n" + say("cli.demo_again"))
    return 0


def _print(text: str = "") -> None:
    """Print a text; if the reader has closed the output, sending and writing continue."""
    try:
        print(text, flush=True)  # noqa: T201 - a command line prints
    except BrokenPipeError:
        _discard_output()


def _discard_output() -> None:
    """Discard further output, because it cannot be written, as after its reader, such as head, has closed it."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
