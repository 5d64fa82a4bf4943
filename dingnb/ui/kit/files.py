"""Files that forms write: their names, and how a browser downloads them."""

import os
import re
from base64 import b64encode
from pathlib import Path

from dingnb.tables.exports import WORKBOOK
from dingnb.ui.app_page.exports import exports_folder, new_export_path, url_of_export
from dingnb.words import Text, sentences

_INVALID_IN_NAMES = re.compile(r"[^\w .-]+ *")
_MAX_NAME_LENGTH = 60
_MAX_CONTENT_LENGTH = 30
_MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MAX_DATA_URL_BYTES = 20_000_000
"""The size of the largest file that is sent to the browser; larger ones stay in the working directory."""


def file_name(campaign: str, *content: str) -> str:
    """
    Return the name of a workbook with some content of a campaign, safe as part of a path.

    >>> file_name("payslip 2026-11", "results"), file_name("../a:b", "results", "a/b"), file_name(" ", "results")
    ('payslip 2026-11-results.xlsx', 'a-b-results-a-b.xlsx', 'results.xlsx')
    """
    names = [_valid(campaign, _MAX_NAME_LENGTH), *(_valid(part, _MAX_CONTENT_LENGTH) for part in content)]
    return "-".join(filter(None, names)) + WORKBOOK


def _valid(name: str, length: int) -> str:
    return _INVALID_IN_NAMES.sub("-", name)[:length].strip("-. ")


def export_path(name: str) -> Path:
    """Return the path to export a file to: in the working directory, or in the app's folder of exports."""
    folder = exports_folder()
    return Path.cwd() / name if folder is None else new_export_path(folder, name)


def is_served_by_voila() -> bool:
    """Return whether Voilà serves the form as a page of its own, without a notebook."""
    return any(name.startswith("VOILA_") for name in os.environ)


def offer_download(path: Path) -> tuple[Text, str]:
    """
    Return the location of an exported workbook as a sentence, and a URL to download it.

    The page of the app serves files of any size. Another page served by Voilà gets a data URL, because its user may not
    have access to the folder, and the page is never saved; a file that is too large has no URL there, and the sentence
    says so. In a notebook the URL is empty: the file is next to the notebook, and saved widgets would contain everyone
    in it.
    """
    if exports_folder() is not None:
        return Text("form.exported_here", name=path.name), url_of_export(path)
    text = Text("form.exported", path=path)
    if not is_served_by_voila():
        return text, ""
    content = path.read_bytes()
    if len(content) > MAX_DATA_URL_BYTES:
        return sentences(text, Text("form.exported_large", folder=path.parent)), ""
    return text, f"data:{_MEDIA_TYPE};base64,{b64encode(content).decode()}"
