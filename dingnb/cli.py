"""The command ``dingnb``: ``dingnb demo`` and ``dingnb sandbox``."""

import argparse
import io
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from dingnb.bulk.files import read_recipients
from dingnb.connecting import connect
from dingnb.errors import DingError
from dingnb.language import say
from dingnb.messages import text

_ROWS_SHOWN = 8
_SANDBOX = "sandbox"


def main(arguments: Sequence[str] | None = None) -> int:
    """
    Run the command line and return its exit status: 0 done, 1 an error that is told, 2 a wrong call, 130 interrupted.

    Args:
        arguments: The words behind ``dingnb``; those of the process by default.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal without Chinese letters shows others in their place, rather than a traceback.
            stream.reconfigure(errors="replace")
    try:
        return _run(words)
    except DingError as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)  # noqa: T201 - a command line prints
        return 1
    except KeyboardInterrupt:
        return 128 + signal.SIGINT


def _run(words: list[str]) -> int:
    if words[:1] == [_SANDBOX]:
        from dingnb.sandbox import command  # noqa: PLC0415 - the server is imported when it is needed

        return command.run(words[1:])
    options = _parser().parse_args(words)
    status: int = options.run(options)
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="dingnb", description="Bulk DingTalk notifications from a DataFrame.")
    commands = parser.add_subparsers(required=True, metavar="command")
    demo = commands.add_parser("demo", help="send one text to everybody in a file, on a local DingTalk")
    demo.add_argument("file", type=Path, help="a CSV or Excel file with the columns userid and mobile")
    demo.add_argument("--results", type=Path, default=Path("results.csv"), help="where the results go (results.csv)")
    demo.set_defaults(run=_demo)
    commands.add_parser(_SANDBOX, help="run a local DingTalk that reaches nobody")
    return parser


def _demo(options: argparse.Namespace) -> int:
    staff = read_recipients(options.file)
    print()  # noqa: T201
    ding = connect("sandbox")
    plan = ding.plan(staff, text("The canteen is closed on Friday. 周五食堂停业。"), to=["userid", "mobile"])
    print(plan, end="\n\n")  # noqa: T201
    run = plan.send().wait()
    results = run.results()
    try:
        _write_privately(options.results, results.to_csv())
    except OSError as error:
        print(say("cli.no_results", path=options.results, error=error), file=sys.stderr)  # noqa: T201
        return 1
    print(f"\n{run}\n")  # noqa: T201
    print(say("cli.demo_rows", path=options.results))  # noqa: T201
    first = results[["userid", "status", "reason", "task_id", "sent_at"]].head(_ROWS_SHOWN)
    print(first.assign(sent_at=first["sent_at"].dt.floor("s")).to_string(na_rep=""))  # noqa: T201
    return 0


def _write_privately(path: Path, content: str) -> None:
    """Write a file that only its owner may read: it holds names, numbers and what became of people."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with open(descriptor, "w", encoding="utf-8", newline="") as file:  # noqa: PTH123 - a descriptor, not a path
        path.chmod(0o600)
        file.write(content)
