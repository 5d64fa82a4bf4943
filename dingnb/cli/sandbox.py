"""The command ``dingnb sandbox``."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from dingnb.cli.parser import Parser, RawHelpFormatter, parse_port
from dingnb.errors import InputError
from dingnb.sandbox.journal import LockedJournalError
from dingnb.sandbox.settings import SEPARATE_OPTIONS, read_settings, settings_help
from dingnb.sandbox.web.server import serve
from dingnb.words import Text, say


def run(arguments: Sequence[str]) -> int:
    """
    Run ``dingnb sandbox`` until it is stopped, and return the exit status: 1 if the port cannot be used, otherwise 0.

    Args:
        arguments: The arguments of the command.

    Raises:
        InputError: A setting is not valid, or another sandbox uses the file of ``--keep``.
    """
    options = _create_parser().parse_args(arguments)
    fields = {name: value for name in SEPARATE_OPTIONS if (value := getattr(options, name)) is not None}
    settings = read_settings(options.set, fields)
    try:
        serve(settings, host=options.host, port=options.port, journal=options.keep)
    except LockedJournalError:
        raise InputError(Text("sandbox.journal_held", path=options.keep), Text("sandbox.journal_held_todo")) from None
    except OSError as error:
        address = f"{options.host}:{options.port}"
        print(say("cli.no_listening", where=address, error=error.strerror or error), file=sys.stderr)  # noqa: T201 - a command line prints
        return 1
    return 0


def _create_parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="dingnb sandbox",
        description=say("help.sandbox_about"),
        epilog=f"{say('help.sandbox_pages')}\n\n{settings_help()}",
        formatter_class=RawHelpFormatter,
    )
    parser.add_argument("--host", default="127.0.0.1", help=say("help.sandbox_host"))
    parser.add_argument("--port", type=parse_port, default=8765, help=say("help.sandbox_port"))
    parser.add_argument("--users", type=int, help=say("help.sandbox_users"))
    parser.add_argument("--seed", type=int, help=say("help.sandbox_seed"))
    parser.add_argument("--app-key", help=say("help.sandbox_app_key"))
    parser.add_argument("--app-secret", help=say("help.sandbox_app_secret"))
    parser.add_argument("--agent-id", type=int, help=say("help.sandbox_agent_id"))
    parser.add_argument("--corp-id", help=say("help.sandbox_corp_id"))
    parser.add_argument("--keep", type=Path, metavar="FILE", help=say("help.sandbox_keep"))
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help=say("help.sandbox_set"))
    return parser
