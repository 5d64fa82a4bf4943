"""
Settings of the app, kept in the folder of this computer's ledger, even if the app uses another ledger.

The settings are the language, the colours, the limits of the organisation's edition, and the use of the sandbox.
"""

import json
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Literal, TypeAlias, cast, get_args

from dingnb.ledger import find_home
from dingnb.limits import STANDARD, Limits, describe_limit
from dingnb.private_files import write_privately
from dingnb.words import Language

_FILE = "settings.json"

Theme: TypeAlias = Literal["light", "dark"]
"""The colours of the page."""


@dataclass(frozen=True, slots=True)
class AppSettings:
    """
    The settings of the app.

    Attributes:
        language: The language of the page; None for the system's language.
        theme: The colours of the page.
        calls_per_month: The calls that DingTalk allows the organisation in a month.
        calls_per_second: The calls of one API that DingTalk allows the app in a second.
        uses_sandbox: Whether the last page was connected to the sandbox.
    """

    language: Language | None = None
    theme: Theme = "light"
    calls_per_month: int = STANDARD.calls_per_month
    calls_per_second: int = STANDARD.calls_per_second
    uses_sandbox: bool = False

    @property
    def limits(self) -> Limits:
        """The limits of a connection."""
        return replace(STANDARD, calls_per_month=self.calls_per_month, calls_per_second=self.calls_per_second)


def load_settings() -> AppSettings:
    """Return the settings; missing or invalid settings, also of a file that cannot be read, have their defaults."""
    stored: object = None
    with suppress(OSError, ValueError):
        stored = json.loads(_path().read_text(encoding="utf-8"))
    stored = stored if isinstance(stored, dict) else {}
    language = stored.get("language")
    numbers = {name: stored.get(name) for name in ("calls_per_month", "calls_per_second")}
    return AppSettings(
        language if language in get_args(Language) else None,
        "dark" if stored.get("theme") == "dark" else "light",
        **{name: value for name, value in numbers.items() if describe_limit(name).accepts(value)},
        uses_sandbox=stored.get("uses_sandbox") is True,
    )


def store_language(language: str) -> None:
    """Store a language; anything else is ignored, because the argument may come from the URL of the page."""
    if language in get_args(Language):
        save_settings(replace(load_settings(), language=cast("Language", language)))


def store_theme(theme: str) -> None:
    """Store the colours; anything else is ignored, as for the language."""
    if theme in get_args(Theme):
        save_settings(replace(load_settings(), theme=cast("Theme", theme)))


def store_use_of_sandbox(*, uses_sandbox: bool) -> None:
    """Store whether a page is connected to the sandbox, for the next page."""
    settings = load_settings()
    if settings.uses_sandbox != uses_sandbox:
        save_settings(replace(settings, uses_sandbox=uses_sandbox))


def save_settings(settings: AppSettings) -> None:
    """Store the settings."""
    path = _path()
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    write_privately(path, json.dumps(asdict(settings)).encode())


def _path() -> Path:
    return find_home() / "app" / _FILE
