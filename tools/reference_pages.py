"""
The reference pages that are made from the code's own tables: commands, settings, statuses and error codes.

Chinese texts that the code's tables lack are in `tools/reference_texts.py`; a test fails if an entry is missing.
"""

import ast
import inspect
import io
import os
import re
from collections.abc import Iterable
from contextlib import redirect_stdout, suppress
from dataclasses import fields
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Literal, get_args

from dingnb.campaigns.status import STATUSES, State, has_reached
from dingnb.cli.main import main as run_command
from dingnb.errors import Code, Kind, code_table
from dingnb.limits import STANDARD, Limits, describe_limit
from dingnb.sandbox import SandboxSettings
from dingnb.sandbox.settings import value_text
from dingnb.words import in_language, say, set_language
from tools import reference_texts as texts
from tools.api_page import api_page

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = get_args(Language)

COMMAND = re.compile(r"^    ([a-z]+) ", re.MULTILINE)
ASSUMPTION = " (assumption)."
"""The end of the docstring of a setting that covers behaviour which DingTalk does not document."""

_SAMPLE_CODES = ("143103", "")
"""A code of a limit, and no code: whether a filtered person has the message depends on the code."""
LITERAL = re.compile(r"``([^`]+)``|`([^`]+)`")


def write_pages(folder: Path, language: Language) -> None:
    """Write the generated pages of one language."""
    set_language(language)
    folder.mkdir(parents=True, exist_ok=True)
    for name, make in PAGES.items():
        (folder / f"{name}.md").write_text(make(language), encoding="utf-8")
    set_language("en")


def commands_page(language: Language) -> str:
    """Return the page of the command line, with the help that each command prints."""
    page = texts.COMMANDS[language == "zh"]
    lines = [f"# {page.title}", page.opening]
    for words in commands():
        lines += [f"## {' '.join(('dingnb', *words))}", f"```text\n{help_of(words, language)}\n```"]
    return "\n\n".join(lines) + "\n"


def commands() -> list[tuple[str, ...]]:
    """Return all commands and subcommands, as the command line lists them."""
    found: list[tuple[str, ...]] = [()]
    for words in found:
        _, _, positionals = help_of(words, "en").partition("positional arguments:")
        if "command" in positionals.partition("options:")[0]:
            found += [(*words, name) for name in COMMAND.findall(positionals.partition("options:")[0])]
    return found


@cache
def help_of(words: tuple[str, ...], language: Language) -> str:
    """Return the help of a command, 100 columns wide."""
    printed = io.StringIO()
    before = os.environ.get("COLUMNS")
    os.environ["COLUMNS"] = "100"
    try:
        with in_language(language), redirect_stdout(printed), suppress(SystemExit):
            run_command([*words, "--help"])
    finally:
        if before is None:
            del os.environ["COLUMNS"]
        else:
            os.environ["COLUMNS"] = before
    return printed.getvalue().strip()


def settings_page(language: Language) -> str:
    """Return the page of settings: environment variables, limits, and the settings of the sandbox."""
    zh = language == "zh"
    page = texts.SETTINGS[zh]
    variables = [(f"`{name}`", both[zh]) for name, both in texts.VARIABLES.items()]
    limits = [
        (
            f"`{field.name}`",
            f"{getattr(STANDARD, field.name):,}",
            texts.LIMITS[field.name] if zh else describe_limit(field.name).meaning,
        )
        for field in fields(Limits)
    ]
    defaults = SandboxSettings()
    sandbox = [
        (f"`{name}`", f"`{_shown(getattr(defaults, name))}`", _chinese_meaning(name, meaning) if zh else meaning)
        for name, meaning in sandbox_settings().items()
        if name not in {"app_secret", "limits"}
    ]
    return _page(
        page.title,
        page.opening,
        *(f"## {page.sections[0]}", texts.VARIABLES_OPENING[zh], _table(texts.VARIABLE_COLUMNS[zh], variables)),
        *(f"## {page.sections[1]}", texts.LIMITS_OPENING[zh], _table(texts.LIMIT_COLUMNS[zh], limits)),
        *(f"## {page.sections[2]}", texts.SANDBOX_OPENING[zh], _table(texts.SANDBOX_COLUMNS[zh], sandbox)),
    )


def sandbox_settings() -> dict[str, str]:
    """Return the settings of the sandbox and their meanings, from the docstrings of the fields."""
    [definition] = ast.parse(inspect.getsource(SandboxSettings)).body
    statements = definition.body if isinstance(definition, ast.ClassDef) else []
    return {
        field.target.id: LITERAL.sub(lambda found: f"`{found[1] or found[2]}`", " ".join(docstring.value.value.split()))
        for field, docstring in pairwise(statements)
        if isinstance(field, ast.AnnAssign)
        and isinstance(field.target, ast.Name)
        and isinstance(docstring, ast.Expr)
        and isinstance(docstring.value, ast.Constant)
        and isinstance(docstring.value.value, str)
    }


def _chinese_meaning(name: str, english: str) -> str:
    """Return the Chinese meaning of a setting, marked as an assumption if the English meaning is."""
    return texts.SANDBOX_SETTINGS[name] + ("（假定）" if english.endswith(ASSUMPTION) else "")


def statuses_page(language: Language) -> str:
    """Return the page of the statuses of recipients and the states of campaigns."""
    zh = language == "zh"
    page = texts.STATUSES[zh]
    reached = {True: page.yes, False: page.no, None: page.open}
    statuses = [
        (
            f"`{status}`",
            *((say(f"status.{status}"),) if zh else ()),
            texts.STATUS_MEANINGS[status][zh],
            " / ".join(dict.fromkeys(reached[has_reached(status, code)] for code in _SAMPLE_CODES)),
        )
        for status in STATUSES
    ]
    states = [
        (f"`{state}`", *((say(f"campaign.{state}"),) if zh else ()), texts.STATE_MEANINGS[state][zh]) for state in State
    ]
    return _page(
        page.title,
        page.opening,
        *(f"## {page.sections[0]}", _table(texts.STATUS_COLUMNS[zh], statuses)),
        *(f"## {page.sections[1]}", _table(texts.STATE_COLUMNS[zh], states)),
    )


def codes_page(language: Language) -> str:
    """Return the page of DingTalk's error codes, by kind."""
    zh = language == "zh"
    page = texts.CODES[zh]
    parts = [page.title, page.opening]
    for kind in Kind:
        rows = [_code_row(error_code) for error_code in code_table().values() if error_code.kind is kind]
        facts = kind.value
        repeat, effect = texts.REPEATS[facts.repeat][zh], (page.yes if facts.may_have_taken_effect else page.no)
        todo = facts.todo_zh if zh else facts.todo_en
        parts += [f"## {kind.name}", texts.KIND_FACTS[zh].format(todo=todo, repeat=repeat, effect=effect)]
        if rows:
            parts.append(_table(texts.CODE_COLUMNS[zh], rows))
    return _page(*parts)


def _code_row(code: Code) -> tuple[str, ...]:
    own = code.todo if code.todo_en else ""
    return f"`{code.code}`", code.meaning, own


def _shown(value: object) -> str:
    return value_text(value) or '""'


def _page(title: str, *parts: str) -> str:
    return "\n\n".join([f"# {title}", *parts]) + "\n"


def _table(header: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    header = tuple(header)
    lines = [header, ("---",) * len(header), *rows]
    return "\n".join("| " + " | ".join(str(cell).replace("|", "\\|") for cell in line) + " |" for line in lines)


PAGES = {
    "api": api_page,
    "commands": commands_page,
    "settings": settings_page,
    "statuses": statuses_page,
    "error-codes": codes_page,
}
"""The generated pages by name."""
