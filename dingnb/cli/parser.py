"""A parser of command lines whose help and usage errors are in the current language, and the type of ports."""

import argparse
import re
from collections.abc import Iterable
from typing import Any, NoReturn

from dingnb.errors.arguments import MAX_PORT
from dingnb.words import say
from dingnb.words.visible import width

_ARGUMENT = r"argument (?P<argument>[^:]+): "
_ERRORS = {
    re.compile(pattern): key
    for pattern, key in (
        (r"the following arguments are required: (?P<arguments>.+)", "usage.required"),
        (r"unrecognized arguments: (?P<words>.+)", "usage.unrecognized"),
        (r"ambiguous option: (?P<option>.+) could match (?P<options>.+)", "usage.ambiguous"),
        (_ARGUMENT + r"invalid choice: (?P<value>'[^']*'|\"[^\"]*\").*\(choose from (?P<choices>.+)\)", "usage.choice"),
        (_ARGUMENT + r"expected one argument", "usage.no_value"),
        (_ARGUMENT + r"ignored explicit argument (?P<value>.+)", "usage.takes_no_value"),
        (_ARGUMENT + r"not allowed with argument (?P<other>.+)", "usage.excluded"),
        (_ARGUMENT + r"invalid int value: (?P<value>.+)", "usage.no_integer"),
        (_ARGUMENT + r"(?P<problem>.+)", "usage.problem"),
    )
}
"""Patterns of argparse's errors, in the order in which they are tried, and the keys of the texts."""

_PIECE = re.compile(r"[（“]*(?:[!-~]+|\S)[，。；：、）”]*\s*")
"""A piece of text that is not broken across lines: an English word or a Chinese character, with its punctuation."""


class HelpFormatter(argparse.HelpFormatter):
    """The layout of help, in which Chinese characters take two columns."""

    def add_usage(
        self,
        usage: str | None,
        actions: Iterable[argparse.Action],
        groups: Iterable[Any],
        prefix: str | None = None,
    ) -> None:
        """Add the usage of the command."""
        super().add_usage(usage, actions, groups, say("usage.usage", usage="") if prefix is None else prefix)

    def format_help(self) -> str:
        """Return the help, with Chinese headings before a Chinese colon."""
        return re.sub(r"(?<=[\u4e00-\u9fff]):$", "：", super().format_help(), flags=re.MULTILINE)

    def _split_lines(self, text: str, columns: int) -> list[str]:
        return wrap(text, columns)

    def _fill_text(self, text: str, columns: int, indent: str) -> str:
        return "\n".join(indent + line for line in wrap(text, columns - len(indent)))


class RawHelpFormatter(argparse.RawDescriptionHelpFormatter, HelpFormatter):
    """The same layout, but with the description and the epilog as written."""


def wrap(text: str, columns: int) -> list[str]:
    """
    Return the lines of a text with at most this many columns, if its words allow it.

    >>> wrap("Nothing is sent.", 10), wrap("检查收件人，不发送。", 10)
    (['Nothing is', 'sent.'], ['检查收件', '人，不发', '送。'])
    """
    lines = [""]
    for piece in _PIECE.findall(" ".join(text.split())):
        if lines[-1] and width(lines[-1] + piece.rstrip()) > columns:
            lines.append("")
        lines[-1] += piece
    return [line.rstrip() for line in lines]


class Parser(argparse.ArgumentParser):
    """A parser whose help and usage errors, including its subcommands', are in the current language."""

    def __init__(self, **options: Any) -> None:  # noqa: ANN401 - those of argparse
        super().__init__(**{"formatter_class": HelpFormatter, **options, "add_help": False})
        self._positionals.title = say("help.positionals")
        self._optionals.title = say("help.options")
        self.add_argument("-h", "--help", action="help", help=say("help.help"))

    def error(self, message: str) -> NoReturn:
        """Print the usage of the command and what is wrong, and exit with status 2."""
        matches = ((pattern.fullmatch(message), key) for pattern, key in _ERRORS.items())
        what = next((say(key, **match.groupdict()) for match, key in matches if match), message)
        self.exit(2, f"{self.format_usage()}{say('usage.error', command=self.prog, what=what)}\n")


def parse_port(text: str) -> int:
    """
    Return the port that an option gives.

    Raises:
        argparse.ArgumentTypeError: The text is not a port.
    """
    if not re.fullmatch("[0-9]{1,5}", text) or int(text) > MAX_PORT:
        raise argparse.ArgumentTypeError(say("cli.bad_port", value=text, last=MAX_PORT))
    return int(text)
