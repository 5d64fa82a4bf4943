"""The command ``dingnb doctor``: checks this computer and the app, and says what to do about each problem."""

import argparse
import json
import os
from collections.abc import Iterable, Iterator

import dingnb
from dingnb.auth import find_credentials
from dingnb.cli.checks import (
    MAX_CALLS,
    MAX_COUNTED_CALLS,
    Check,
    check_app,
    check_computer,
    check_offline,
    check_quota,
    mask_for_report,
)
from dingnb.client import DingTalk
from dingnb.connecting import connect, connect_with
from dingnb.errors import DingError, TransportError
from dingnb.words import Language, Text, get_language, say, set_language
from dingnb.words.visible import visible, width

_INDENTATION = "  "
_SEVERITY_WIDTH, _LABEL_WIDTH = 9, 22


def add_doctor_command(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add ``doctor`` to the commands of ``dingnb``."""
    parser = commands.add_parser(
        "doctor",
        help=say("help.doctor"),
        description=say("help.doctor_about", calls=MAX_CALLS, counted=MAX_COUNTED_CALLS),
    )
    source = parser.add_mutually_exclusive_group()
    source.add_argument("--profile", metavar="NAME", help=say("help.doctor_profile"))
    source.add_argument("--sandbox", action="store_true", help=say("help.doctor_sandbox"))
    parser.add_argument("--offline", action="store_true", help=say("help.doctor_offline"))
    parser.add_argument("--json", action="store_true", help=say("help.doctor_json"))
    parser.add_argument("--language", choices=("en", "zh"), help=say("help.doctor_language"))
    parser.set_defaults(run=_run)


def _run(options: argparse.Namespace) -> int:
    language: Language | None = options.language
    if language is not None:
        set_language(language)
    report = _Report(as_json=options.json)
    ding = _check_computer_and_connect(options, report)
    if ding is None:
        return report.finish()
    with ding:
        report.set_app(ding)
        report.add(check_offline(ding))
        if report.has_problem("home", "ledger"):
            if not options.offline:
                # The ledger counts the calls of the checks.
                report.add([Check("network", "note", Text("doctor.unchecked", why=Text("doctor.ledger_first")))])
            return report.finish()
        if not options.offline:
            report.announce_calls(ding)
            report.add(check_app(ding))
        report.add(_check_quota(ding))
    return report.finish()


def _check_computer_and_connect(options: argparse.Namespace, report: "_Report") -> DingTalk | None:
    """Return the app, whose credentials are read once; None if connecting fails, after reporting the problem."""
    try:
        credentials = None if options.sandbox else find_credentials(os.environ, profile=options.profile)
    except DingError as error:
        report.add(check_computer(None))
        advice = error.advice
        if options.profile is None:
            advice = Text("doctor.no_credentials_todo", todo=advice)
        report.add([Check("credentials", "problem", error.text, advice)])
        return None
    report.add(check_computer(None if credentials is None else credentials.ledger))
    try:
        return connect("sandbox") if credentials is None else connect_with(credentials)
    except TransportError as error:
        report.add([Check("network", "problem", error.text, error.advice)])
    except DingError as error:
        # The settings, the home and the ledger were checked above; only the ledger may still show a new problem.
        if not report.has_problem("settings", "home", "ledger"):
            report.add([Check("ledger", "problem", error.text, error.advice)])
    return None


def _check_quota(ding: DingTalk) -> Iterator[Check]:
    try:
        yield from check_quota(ding)
    except DingError as error:
        yield Check("quota", "warning", error.text, error.advice)


class _Report:
    """Prints each check when it is done, or all checks as JSON at the end."""

    def __init__(self, *, as_json: bool) -> None:
        self._as_json = as_json
        self._rows: list[dict[str, str]] = []
        self._mode = ""
        self._app_keys: dict[str, str] = {}
        self._print(say("doctor.title"), "")

    def set_app(self, ding: DingTalk) -> None:
        """Set the app; its key is masked from now on."""
        self._mode = ding.mode
        self._app_keys = {ding.app.app_key: ding.app.masked_key}

    def announce_calls(self, ding: DingTalk) -> None:
        """Print which calls follow, unless the calls go to the sandbox."""
        if self._mode == "LIVE":
            calls = say("doctor.calls", app=ding.app.masked_key, n=MAX_CALLS, counted=MAX_COUNTED_CALLS)
            self._print("", f"{_INDENTATION}{calls}", "")

    def add(self, checks: Iterable[Check]) -> None:
        """Add checks, and print each."""
        for check in checks:
            found, todo = (mask_for_report(visible(str(text)), self._app_keys) for text in (check.found, check.todo))
            self._rows.append({"check": check.name, "status": check.severity, "found": found, "todo": todo})
            label, severity = say(f"doctor.{check.name}"), say(f"doctor.{check.severity}")
            self._print(f"{_INDENTATION}{_pad(severity, _SEVERITY_WIDTH)}{_pad(label, _LABEL_WIDTH)}{found}")
            if todo:
                self._print(_INDENTATION + " " * (_SEVERITY_WIDTH + _LABEL_WIDTH) + todo)

    def has_problem(self, *names: str) -> bool:
        """Return whether one of these checks found a problem."""
        return any(row["check"] in names and row["status"] == "problem" for row in self._rows)

    def finish(self) -> int:
        """Print the end of the report, and return the exit status."""
        problems = sum(row["status"] == "problem" for row in self._rows)
        self._print("", say("doctor.problems", n=problems) if problems else say("doctor.no_problem"))
        if self._as_json:
            facts = {"dingnb": dingnb.__version__, "mode": self._mode, "language": get_language()}
            report = {**facts, "problems": problems, "checks": self._rows}
            print(json.dumps(report, ensure_ascii=False, indent=2))  # noqa: T201 - a command line prints
        return 1 if problems else 0

    def _print(self, *lines: str) -> None:
        if not self._as_json:
            print(*lines, sep="\n", flush=True)  # noqa: T201 - a command line prints


def _pad(text: str, columns: int) -> str:
    return text + " " * max(columns - width(text), 1)
