"""Files that forms write: what they are called, and how a browser gets them."""

import os
import re
from base64 import b64encode
from pathlib import Path

from dingnb.ui.app_page.exports import address_of, folder_of_exports, new_place
from dingnb.words import say

_NO_FILE_NAME = re.compile(r"[^\w .-]+")
_LONGEST_FILE_NAME = 60
_MOST_BYTES_LINKED = 20_000_000
"""A larger file is not sent to the browser: it lies in the working directory."""


def file_name(campaign: str, ending: str) -> str:
    """
    Return what a file of a campaign's is called: nothing in the name leads to another directory.

    >>> file_name("payslip 2026-11", "results"), file_name("../a:b", "results"), file_name(" ", "results")
    ('payslip 2026-11-results.csv', 'a-b-results.csv', 'results.csv')
    """
    words = _NO_FILE_NAME.sub("-", campaign)[:_LONGEST_FILE_NAME].strip("-. ")
    return f"{words}-{ending}.csv" if words else f"{ending}.csv"


def place_for(name: str) -> Path:
    """Return where a file is to be written: in the working directory, or where the app keeps what it hands out."""
    folder = folder_of_exports()
    return Path.cwd() / name if folder is None else new_place(folder, name)


def is_on_a_page() -> bool:
    """Return whether Voila serves the form, to somebody who sees no notebook."""
    return any(name.startswith("VOILA_") for name in os.environ)


def hand_on(path: Path) -> tuple[str, str]:
    """
    Return where a CSV file lies that was written to its `place_for`, in words, and an address that a browser can save.

    The page of the app has an address for each file, whatever its size. Another page that Voila serves gets the file
    itself as the address: it is never saved, and who looks at it may not reach the folder; only a file that is too
    large has no address there, and the words say so. In a notebook the address is empty, since its widgets may be saved
    with it as the browser has them: all people would be in it. There the file lies beside the notebook.
    """
    if folder_of_exports() is not None:
        return say("form.exported_here", name=path.name), address_of(path)
    said = say("form.exported", path=path)
    if not is_on_a_page():
        return said, ""
    content = path.read_bytes()
    if len(content) > _MOST_BYTES_LINKED:
        return f"{said} {say('form.exported_large', folder=path.parent)}", ""
    return said, f"data:text/csv;base64,{b64encode(content).decode()}"
