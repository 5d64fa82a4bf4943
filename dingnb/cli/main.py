"""The command ``dingnb``: ``dingnb app``, ``demo``, ``doctor``, ``ledger`` and ``sandbox``."""

import argparse
import errno
import io
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress

import dingnb
from dingnb.cli.app import add_app_command
from dingnb.cli.demo import add_demo_command
from dingnb.cli.doctor import add_doctor_command
from dingnb.cli.ledger import add_ledger_command
from dingnb.cli.output import discard_output
from dingnb.cli.parser import Parser
from dingnb.errors import DingError
from dingnb.words import say

_SANDBOX = "sandbox"
_BROKEN_PIPE = 141
"""The exit status of a command whose output was closed by its reader."""

_FULL_OUTPUT = (errno.ENOSPC, errno.EFBIG, errno.EIO)
"""The errors of an output that cannot be written, such as a file on a full disk."""


def main(arguments: Sequence[str] | None = None) -> int:
    """
    Run the command line and return its exit status.

    0 is success, 1 a reported error or, from ``doctor``, a problem, 130 an interrupt, 141 a closed output.

    Args:
        arguments: The arguments after ``dingnb``; by default, the arguments of the process.

    Raises:
        SystemExit: With status 2 after a usage error, and 0 after ``--help`` or ``--version``.
    """
    try:
        try:
            return _run(list(sys.argv[1:] if arguments is None else arguments))
        finally:
            # Flush here: an error could not be caught when Python exits.
            if sys.stdout is not None:
                sys.stdout.flush()
    except BrokenPipeError:
        discard_output()
        return _BROKEN_PIPE
    except OSError as error:
        # An error about another file has the file's name; an error about the output has none.
        if error.filename is not None or error.errno not in _FULL_OUTPUT:
            raise
        discard_output()
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
    add_demo_command(commands)
    add_app_command(commands)
    add_doctor_command(commands)
    add_ledger_command(commands)
    commands.add_parser(_SANDBOX, help=say("help.sandbox"))
    return parser
