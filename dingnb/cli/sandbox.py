"""The command ``dingnb sandbox``."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from dingnb.cli.parser import Parser
from dingnb.errors import InputError
from dingnb.sandbox.journal import LockedJournalError
from dingnb.sandbox.settings import read_settings, settings_help
from dingnb.sandbox.web.server import serve
from dingnb.words import say

_PORTS = 65_536
_PAGES = (
    "in a browser, at the address that it prints:\n"
    "  /_sandbox/phone?userid=...  what a person received, as a phone shows it; cards can be pressed\n"
    "  /_sandbox/endpoints         everything that it serves; docs/sandbox.md describes it"
)
_FIELDS = ("users", "seed", "app_key", "app_secret", "agent_id", "corp_id")


def run(arguments: Sequence[str]) -> int:
    """
    Run ``dingnb sandbox`` until it is stopped, and return its exit status.

    Args:
        arguments: Its arguments.

    Raises:
        InputError: A setting is not valid.
    """
    options = _parser().parse_args(arguments)
    given = {name: value for name in _FIELDS if (value := getattr(options, name)) is not None}
    settings = read_settings(options.set, given)
    try:
        serve(settings, host=options.host, port=options.port, journal=options.keep)
    except LockedJournalError:
        raise InputError(say("sandbox.journal_held", path=options.keep)) from None
    except OSError as error:
        where = f"{options.host}:{options.port}"
        print(say("cli.no_listening", where=where, error=error), file=sys.stderr)  # noqa: T201 - a command line prints
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="dingnb sandbox",
        description="Run a local DingTalk that reaches nobody.",
        epilog=f"{_PAGES}\n\n{settings_help()}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--host", default="127.0.0.1", help="the address to listen on (127.0.0.1: this machine only)")
    parser.add_argument("--port", type=_port, default=8765, help="the port; 0 picks a free one (8765)")
    parser.add_argument("--users", type=int, help="how many people the organisation has (1200)")
    parser.add_argument("--seed", type=int, help="the seed from which people are generated (11)")
    parser.add_argument("--app-key", help="the app key that it accepts")
    parser.add_argument("--app-secret", help="the app secret that it accepts")
    parser.add_argument("--agent-id", type=int, help="the agent id that it accepts")
    parser.add_argument("--corp-id", help="the organisation's corp id")
    parser.add_argument(
        "--keep", type=Path, metavar="FILE", help="store its state in this file, and restore it at the next start"
    )
    parser.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", help="one of the settings below; repeatable"
    )
    return parser


def _port(text: str) -> int:
    port = int(text) if text.isascii() and text.isdigit() else -1
    if not 0 <= port < _PORTS:
        message = say("cli.bad_port", value=text, last=_PORTS - 1)
        raise argparse.ArgumentTypeError(message)
    return port
