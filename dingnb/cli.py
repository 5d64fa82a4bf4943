"""The command ``dingnb``: ``dingnb demo``, ``dingnb ledger`` and ``dingnb sandbox``."""

import argparse
import io
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from dingnb.bulk.exporting import write_privately
from dingnb.bulk.files import read_recipients
from dingnb.connecting import connect
from dingnb.errors import DingError
from dingnb.language import say
from dingnb.ledger_command import add_ledger_command
from dingnb.messages import text

_ROWS_SHOWN = 8
_PORTS = 65_536
_BROKEN_PIPE = 141
"""What a shell says of a command that wrote to a reader that had gone."""


def main(arguments: Sequence[str] | None = None) -> int:
    """
    Run the command line and return its exit status.

    0 is done, 1 an error that is told, 2 a wrong call, 130 interrupted, 141 that the reader of the output went away.

    Args:
        arguments: The words behind ``dingnb``; those of the process by default.
    """
    try:
        try:
            return _run(arguments)
        finally:
            # Here and not when Python ends, where it could not be caught any more.
            print(end="", flush=True)  # noqa: T201 - a command line prints
    except BrokenPipeError:
        _let_the_reader_go()
        return _BROKEN_PIPE


def _run(arguments: Sequence[str] | None) -> int:
    options = _parser().parse_args(arguments)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A terminal without Chinese letters shows others in their place, rather than a traceback.
            stream.reconfigure(errors="replace")
    try:
        status: int = options.run(options)
    except DingError as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)  # noqa: T201
        return 1
    except KeyboardInterrupt:
        return 128 + signal.SIGINT
    return status


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="dingnb", description="Bulk DingTalk notifications from a DataFrame.")
    commands = parser.add_subparsers(required=True, metavar="command")
    demo = commands.add_parser("demo", help="send one text to everybody in a file, on a local DingTalk")
    demo.add_argument("file", type=Path, help="a CSV or Excel file with the columns userid and mobile")
    demo.add_argument("--results", type=Path, default=Path("results.csv"), help="where the results go (results.csv)")
    demo.set_defaults(run=_demo)
    add_ledger_command(commands)
    sandbox = commands.add_parser("sandbox", help="run a local DingTalk that reaches nobody")
    sandbox.add_argument("--host", default="127.0.0.1", help="the address to listen on (127.0.0.1: this machine only)")
    sandbox.add_argument("--port", type=_port, default=8765, help="the port; 0 takes a free one (8765)")
    sandbox.add_argument("--users", type=int, help="how many people the organisation has (1200)")
    sandbox.add_argument("--seed", type=int, help="which people these are (11)")
    sandbox.add_argument("--app-key", help="the app key that it accepts")
    sandbox.add_argument("--app-secret", help="the app secret that it accepts")
    sandbox.add_argument("--agent-id", type=int, help="the agent id that it accepts")
    sandbox.add_argument("--corp-id", help="the organisation's corp id")
    sandbox.set_defaults(run=_sandbox)
    return parser


def _demo(options: argparse.Namespace) -> int:
    staff = read_recipients(options.file)
    _tell()
    ding = connect("sandbox")
    plan = ding.plan(staff, text("The canteen is closed on Friday. 周五食堂停业。"), to=["userid", "mobile"])
    _tell(f"{plan}\n")
    run = plan.send().wait()
    results = run.results()
    try:
        write_privately(options.results, results.to_csv().encode())
    except OSError as error:
        print(say("cli.no_results", path=options.results, error=error), file=sys.stderr)  # noqa: T201
        return 1
    _tell(f"\n{run}\n")
    _tell(say("cli.demo_rows", path=options.results))
    first = results[["userid", "status", "reason", "task_id", "sent_at"]].head(_ROWS_SHOWN)
    _tell(first.assign(sent_at=first["sent_at"].dt.floor("s")).to_string(na_rep=""))
    _tell("\n" + say("cli.demo_again"))
    return 0


def _sandbox(options: argparse.Namespace) -> int:
    from dingnb.sandbox import SandboxSettings, serve  # noqa: PLC0415 - the server is imported when it is needed

    names = ("users", "seed", "app_key", "app_secret", "agent_id", "corp_id")
    given = {name: value for name in names if (value := getattr(options, name)) is not None}
    settings = SandboxSettings(**given)
    try:
        serve(settings, host=options.host, port=options.port)
    except OSError as error:
        where = f"{options.host}:{options.port}"
        print(say("cli.no_listening", where=where, error=error), file=sys.stderr)  # noqa: T201
        return 1
    return 0


def _tell(text: str = "") -> None:
    """Print; what is sent and written goes on where the reader has gone."""
    try:
        print(text, flush=True)  # noqa: T201 - a command line prints
    except BrokenPipeError:
        _let_the_reader_go()


def _let_the_reader_go() -> None:
    """Write to nowhere from now on: the output is piped to something like head, which has read enough."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _port(text: str) -> int:
    port = int(text) if text.isascii() and text.isdigit() else -1
    if not 0 <= port < _PORTS:
        message = say("cli.bad_port", value=text, last=_PORTS - 1)
        raise argparse.ArgumentTypeError(message)
    return port
