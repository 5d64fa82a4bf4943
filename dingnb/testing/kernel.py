"""
Runs a tape in a notebook kernel from the kernel's start, so that notebooks need no cells for tests.

`prepare_kernel` writes the start-up file of a kernel, which calls `start`, and returns its environment. Test tools kill
their kernels, so played calls are written to a journal that `check_journal` reads in the test's process. A notebook in
two languages has one tape: `name.ipynb` records it, and `name.zh.ipynb`, with the same code, plays it in Chinese.
"""

import os
import sys
import traceback
from contextlib import AbstractContextManager
from pathlib import Path

from dingnb.clock import VirtualClock
from dingnb.testing.cassette import TapeCassette
from dingnb.testing.tape import RECORD_VARIABLE, Tape, tape
from dingnb.transport import override_routes
from dingnb.words.language import Language, language_of

_NAME_VARIABLE = "DINGNB_TAPE"
_DIRECTORY_VARIABLE = "DINGNB_TAPE_DIRECTORY"
_JOURNAL_VARIABLE = "DINGNB_TAPE_JOURNAL"
_START_UP = """__import__("dingnb.testing.kernel", fromlist=["start"]).start()\n"""
_EXIT_CODE = 70
_LOCALES: dict[Language, str] = {"en": "C.UTF-8", "zh": "zh_CN.UTF-8"}

FINISH = """__import__("dingnb.testing.kernel", fromlist=["finish"]).finish()"""
"""Code that a kernel runs at the end of a recording; the code adds no name to the notebook's namespace."""

_running: list[AbstractContextManager[object]] = []


def split_notebook_name(notebook: Path) -> tuple[str, Language]:
    """
    Return the name of a notebook's tape, and the notebook's language.

    >>> [split_notebook_name(Path(name)) for name in ("first.ipynb", "first.zh.ipynb", "first.v2.ipynb")]
    [('first', 'en'), ('first', 'zh'), ('first.v2', 'en')]
    """
    name, _, tag = notebook.stem.rpartition(".")
    language = language_of(tag)
    return (notebook.stem, "en") if language is None else (name, language)


def prepare_kernel(
    name: str, directory: Path, home: Path, *, language: Language = "en", record: bool = False
) -> dict[str, str]:
    """
    Write the start-up file of a kernel with a tape, and return its environment: with a new ledger and without an app.

    Args:
        name: The name of the tape. When playing, a missing tape counts as empty, so every call is refused.
        directory: The folder of the cassettes.
        home: An empty folder, for the start-up file, the ledger and the journal.
        language: The language of what the kernel displays.
        record: Whether to record.
    """
    start_up = home / "ipython" / "profile_default" / "startup"
    start_up.mkdir(parents=True)
    (start_up / "00-tape.py").write_text(_START_UP, encoding="utf-8")
    return {
        "IPYTHONDIR": str(home / "ipython"),
        "DINGNB_HOME": str(home / "dingnb"),
        "LC_ALL": _LOCALES[language],
        "PYTHONHASHSEED": "0",
        **dict.fromkeys(("DINGTALK_APP_KEY", "DINGTALK_APP_SECRET", "DINGTALK_AGENT_ID", "DINGTALK_PROFILE"), ""),
        **dict.fromkeys(("DINGTALK_OAPI_BASE_URL", "DINGTALK_API_BASE_URL"), ""),
        _NAME_VARIABLE: name,
        _DIRECTORY_VARIABLE: str(directory),
        _JOURNAL_VARIABLE: str(journal_path(home)),
        RECORD_VARIABLE: "1" if record else "",
    }


def journal_path(home: Path) -> Path:
    """Return the path of the journal of a kernel whose `home` in `prepare_kernel` is this folder."""
    return home / "journal"


def start() -> None:
    """Start the tape named in the environment. On failure, the kernel shows why and exits, and makes no real calls."""
    try:
        running = _open_tape(
            os.environ[_NAME_VARIABLE], Path(os.environ[_DIRECTORY_VARIABLE]), Path(os.environ[_JOURNAL_VARIABLE])
        )
        running.__enter__()
        _running.append(running)
    except BaseException:  # noqa: BLE001 - shown, and nothing may run without a tape
        # Not to the output of a cell, which a kernel that exits does not send.
        traceback.print_exc(file=sys.__stderr__)
        os._exit(_EXIT_CODE)


def finish() -> None:
    """Stop the tape and save a recording."""
    _running.pop().__exit__(None, None, None)


def _open_tape(name: str, directory: Path, journal: Path) -> AbstractContextManager[object]:
    if os.environ[RECORD_VARIABLE]:
        return tape(name, directory=directory, clock=VirtualClock())
    path = directory / f"{name}.yaml"
    if path.exists():
        return tape(name, directory=directory, journal=journal)
    return override_routes(Tape(name, TapeCassette(path), VirtualClock(), journal))
