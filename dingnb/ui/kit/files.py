"""Files that forms write: their names, and how a browser downloads them."""

import os
import re
from base64 import b64encode
from pathlib import Path

from dingnb.ui.app_page.exports import address_of, folder_of_exports, new_place
from dingnb.words import join_sentences, say

_NOT_IN_NAMES = re.compile(r"[^\w .-]+")
_MAX_NAME_LENGTH = 60
_TYPES = {
    ".csv": "text/csv",
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_MAX_BYTES_LINKED = 20_000_000
"""Largest file that is sent to the browser; larger ones stay in the working directory."""


def file_name(campaign: str, ending: str, suffix: str = ".csv") -> str:
    """
    Return a file name for a campaign that cannot lead to another directory.

    >>> file_name("payslip 2026-11", "results"), file_name("../a:b", "results"), file_name(" ", "results")
    ('payslip 2026-11-results.csv', 'a-b-results.csv', 'results.csv')
    """
    words = _NOT_IN_NAMES.sub("-", campaign)[:_MAX_NAME_LENGTH].strip("-. ")
    return f"{words}-{ending}{suffix}" if words else f"{ending}{suffix}"


def place_for(name: str) -> Path:
    """Return the path to write a file to: in the working directory, or in the app's folder of exports."""
    folder = folder_of_exports()
    return Path.cwd() / name if folder is None else new_place(folder, name)


def is_on_a_page() -> bool:
    """Return whether Voilà serves the form, without a notebook."""
    return any(name.startswith("VOILA_") for name in os.environ)


def offer_download(path: Path) -> tuple[str, str]:
    """
    Return a sentence with the location of a CSV file or workbook at its `place_for`, and an address to download it.

    The page of the app has an address for each file of any size. Another page served by Voilà gets a data URL: it is
    never saved, and its user may not have access to the folder; a file that is too large has no address there, and the
    sentence says so. In a notebook the address is empty, because saved widgets would contain everyone in the file;
    there the file is next to the notebook.
    """
    if folder_of_exports() is not None:
        return say("form.exported_here", name=path.name), address_of(path)
    text = say("form.exported", path=path)
    if not is_on_a_page():
        return text, ""
    content = path.read_bytes()
    if len(content) > _MAX_BYTES_LINKED:
        return join_sentences([text, say("form.exported_large", folder=path.parent)]), ""
    return text, f"data:{_TYPES[path.suffix]};base64,{b64encode(content).decode()}"
