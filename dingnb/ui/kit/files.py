"""Files that forms write: their names, and how a browser downloads them."""

import os
import re
from base64 import b64encode
from pathlib import Path

from dingnb.ui.app_page.exports import address_of, folder_of_exports, new_place
from dingnb.words import say

_NO_FILE_NAME = re.compile(r"[^\w .-]+")
_LONGEST_FILE_NAME = 60
_MOST_BYTES_LINKED = 20_000_000
"""Largest file that is sent to the browser; larger ones stay in the working directory."""


def file_name(campaign: str, ending: str) -> str:
    """
    Return the name of a campaign's file, without anything that leads to another directory.

    >>> file_name("payslip 2026-11", "results"), file_name("../a:b", "results"), file_name(" ", "results")
    ('payslip 2026-11-results.csv', 'a-b-results.csv', 'results.csv')
    """
    words = _NO_FILE_NAME.sub("-", campaign)[:_LONGEST_FILE_NAME].strip("-. ")
    return f"{words}-{ending}.csv" if words else f"{ending}.csv"


def place_for(name: str) -> Path:
    """Return the path to write a file to: in the working directory, or in the app's folder of exports."""
    folder = folder_of_exports()
    return Path.cwd() / name if folder is None else new_place(folder, name)


def is_on_a_page() -> bool:
    """Return whether Voilà serves the form, without a notebook."""
    return any(name.startswith("VOILA_") for name in os.environ)


def offer_download(path: Path) -> tuple[str, str]:
    """
    Return as text where a CSV file at its `place_for` is, and an address from which a browser can download it.

    The page of the app has an address for each file of any size. Another page served by Voilà gets a data URL: it is
    never saved, and its user may not have access to the folder; a file that is too large has no address there, and the
    text says so. In a notebook the address is empty, because saved widgets would contain everyone in the file; there
    the file is next to the notebook.
    """
    if folder_of_exports() is not None:
        return say("form.exported_here", name=path.name), address_of(path)
    text = say("form.exported", path=path)
    if not is_on_a_page():
        return text, ""
    content = path.read_bytes()
    if len(content) > _MOST_BYTES_LINKED:
        return f"{text} {say('form.exported_large', folder=path.parent)}", ""
    return text, f"data:text/csv;base64,{b64encode(content).decode()}"
