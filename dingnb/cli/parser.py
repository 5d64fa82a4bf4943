"""A parser of command lines whose usage errors are in the current language; help texts are in English."""

import argparse
import re
from typing import NoReturn

from dingnb.words import say

_ARGUMENT = r"argument (?P<argument>[^:]+): "
_ERRORS = {
    re.compile(pattern): key
    for pattern, key in (
        (r"the following arguments are required: (?P<arguments>.+)", "usage.required"),
        (r"unrecognized arguments: (?P<words>.+)", "usage.unrecognized"),
        (_ARGUMENT + r"invalid choice: (?P<value>'[^']*').*\(choose from (?P<choices>.+)\)", "usage.choice"),
        (_ARGUMENT + r"expected one argument", "usage.no_value"),
        (_ARGUMENT + r"not allowed with argument (?P<other>.+)", "usage.excluded"),
        (_ARGUMENT + r"invalid int value: (?P<value>.+)", "usage.no_integer"),
        (_ARGUMENT + r"(?P<problem>.+)", "usage.problem"),
    )
}
"""The errors of argparse, in the order in which they are tried, and the keys of their texts."""


class Parser(argparse.ArgumentParser):
    """A parser, and those of its subcommands, with usage errors in the current language."""

    def error(self, message: str) -> NoReturn:
        """Print how to use the command and what is wrong, and exit with status 2."""
        found = ((pattern.fullmatch(message), key) for pattern, key in _ERRORS.items())
        what = next((say(key, **match.groupdict()) for match, key in found if match), message)
        usage = self.format_usage().partition("usage: ")[2]
        self.exit(2, f"{say('usage.usage', usage=usage)}{say('usage.error', command=self.prog, what=what)}\n")
