"""
Shows every component of the forms in every state: ``make gallery``, ``make gallery THEME=dark LANGUAGE=zh``.

Voilà serves the page on this computer only, from a temporary folder. The buttons of the page act on a sandbox.
"""

import argparse
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import get_args

from dingnb.words import Language
from tools.hosts import THEMES, Theme, voila
from tools.states import FORMS, State, states_of

NAME = "gallery.ipynb"


def cells(language: Language, states: Sequence[State]) -> list[str]:
    """
    Return the notebook's cells: the head, and one cell for each state.

    A single cell with thousands of widgets would lose some of them: a kernel drops messages beyond a queue of a
    thousand that are not received in time.
    """
    shown = [f"gallery.show({state.form!r}, {state.name!r})" for state in states]
    return [f"from tools.states import Gallery\ngallery = Gallery({language!r})\ngallery.head()", *shown]


@contextmanager
def gallery(theme: Theme, language: Language, states: Sequence[State]) -> Iterator[str]:
    """Serve the page with some states, and yield its address."""
    with tempfile.TemporaryDirectory(prefix="dingnb-gallery-") as home, voila(Path(home), {}, theme) as host:
        yield host.notebook(NAME, *cells(language, states))


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve the page until an interrupt; return the exit status."""
    parser = argparse.ArgumentParser(prog="make gallery", description="All forms in all states, in a browser.")
    parser.add_argument("--theme", choices=THEMES, default="light")
    parser.add_argument("--language", choices=get_args(Language), default="en")
    parser.add_argument("--forms", nargs="*", choices=FORMS, default=[])
    given = parser.parse_args(arguments)
    with gallery(given.theme, given.language, states_of(*given.forms)) as address, suppress(KeyboardInterrupt):
        print(f"{address}\nOpening it takes about 20 seconds. Control+C ends it.", flush=True)
        while True:
            time.sleep(3600)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
