"""Files that forms export, for a browser to download, and files that users upload."""

import os
import re
from base64 import b64encode
from collections.abc import Callable
from pathlib import Path
from typing import Any

import ipywidgets as widgets

from dingnb.tables.exports import WORKBOOK_SUFFIX
from dingnb.ui.app_page.exports import MAX_UPLOAD_BYTES, exports_folder, new_export_path, url_of_export
from dingnb.ui.kit.form import update
from dingnb.words import Text, sentences

_INVALID_IN_NAMES = re.compile(r"[^\w .-]+ *")
_MAX_SUBJECT_LENGTH = 60
_MAX_CONTENT_LENGTH = 30
_MAX_STEM_BYTES = 240
"""The maximum length of a name in UTF-8: file systems allow 255 bytes, of which a number and the suffix take some."""

_WORKBOOK_MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

MAX_DATA_URL_BYTES = 20_000_000
"""Maximum size of a file that is sent to the browser; a larger file is only in the working directory."""

_JUPYTER_MAX_BYTES = 10_000_000
"""Maximum size of an upload with Jupyter's default settings."""

_written: dict[Path, tuple[int, int] | None] = {}
"""The files in the working directory that forms of this process have written, each with its version when written."""


def file_name(subject: str, *content: str) -> str:
    """
    Return the name of a workbook, safe as part of a path.

    Args:
        subject: What the workbook is about, such as a campaign; characters that paths may not contain are replaced.
        content: What it contains; texts that are empty are left out.

    >>> file_name("payslip 2026-11", "results"), file_name("../a:b", "results", "a/b"), file_name(" ", "results")
    ('payslip 2026-11-results.xlsx', 'a-b-results-a-b.xlsx', 'results.xlsx')
    """
    names = [_sanitized(subject, _MAX_SUBJECT_LENGTH), *(_sanitized(part, _MAX_CONTENT_LENGTH) for part in content)]
    stem = "-".join(filter(None, names)).encode()[:_MAX_STEM_BYTES].decode(errors="ignore")
    return stem + WORKBOOK_SUFFIX


def _sanitized(name: str, max_length: int) -> str:
    return _INVALID_IN_NAMES.sub("-", name)[:max_length].strip("-. ")


def export_path(name: str) -> Path:
    """
    Return the path to export a file to: in the working directory, or in the app's folder of exports.

    A file of this name is replaced only if a form has written it and nobody has changed it since; otherwise the path
    has a number, such as ``results (2).xlsx``.
    """
    folder = exports_folder()
    if folder is not None:
        return new_export_path(folder, name)
    path = first = Path.cwd() / name
    number = 1
    while (version := _version_of(path)) is not None and _written.get(path) != version:
        number += 1
        path = first.with_stem(f"{first.stem} ({number})")
    return path


def _version_of(path: Path) -> tuple[int, int] | None:
    """Return the modification time and the size of a file, which change with its content; None if there is no file."""
    if not os.path.isfile(path):  # noqa: PTH113 - never raises
        return None
    status = path.stat()
    return status.st_mtime_ns, status.st_size


def is_served_by_voila() -> bool:
    """Return whether Voilà serves the form as a page of its own, without a notebook."""
    return any(name.startswith("VOILA_") for name in os.environ)


def offer_download(path: Path) -> tuple[Text, str]:
    """
    Return the location of a workbook that was just exported as a sentence, and a URL to download it.

    The page of the app serves files of any size. Another page served by Voilà gets a data URL, because its user may not
    have access to the folder, and the page is never saved; a file that is too large has no URL there, and the sentence
    says so. In a notebook the URL is empty: the file is next to the notebook, and saved widgets would contain everyone
    in the file.
    """
    if exports_folder() is not None:
        return Text("form.exported_here", name=path.name), url_of_export(path)
    _written[path] = _version_of(path)
    text = Text("form.exported", path=path)
    if not is_served_by_voila():
        return text, ""
    content = path.read_bytes()
    if len(content) > MAX_DATA_URL_BYTES:
        return sentences(text, Text("form.exported_large", folder=path.parent)), ""
    return text, f"data:{_WORKBOOK_MEDIA_TYPE};base64,{b64encode(content).decode()}"


def max_upload_bytes() -> int:
    """Return the maximum size of an upload to this form, in bytes."""
    return MAX_UPLOAD_BYTES if is_served_by_voila() and exports_folder() is not None else _JUPYTER_MAX_BYTES


class FileField(widgets.FileUpload):  # type: ignore[misc]  # ipywidgets has no types
    """
    An upload button that does not keep the file, which would be saved with the notebook.

    Args:
        accept: The accepted file suffixes, separated by commas.
        kinds: Returns the accepted kinds of file as text, for the label.
        multiple: Whether several files can be chosen at once.
    """

    def __init__(self, accept: str, kinds: Callable[[], str], *, multiple: bool = False) -> None:
        self._kinds = kinds
        # Without a tooltip, front ends show "null".
        layout = widgets.Layout(width="auto")
        super().__init__(accept=accept, multiple=multiple, icon="", tooltip="", layout=layout)

    def set_label(self, label: str) -> None:
        """
        Set the label of the button.

        Front ends append the length of the value in brackets, normally the number of files. The value of this button is
        always empty, so the accepted kinds of file are sent as its length.
        """
        update(self, description=label)
        self.send_state("value")

    def get_state(self, *args: Any, **kwargs: Any) -> dict[str, Any]:  # noqa: ANN401 - the widget's own signature
        """Return the state to send or save, with the file left out."""
        state: dict[str, Any] = super().get_state(*args, **kwargs)
        if "value" in state:
            state["value"] = {"length": self._kinds()}
        return state

    def take(self) -> list[tuple[str, bytes]]:
        """Return the names and contents of the uploaded files, and release them."""
        uploaded: tuple[dict[str, Any], ...] = self.value
        if uploaded:
            self.set_trait("value", ())
        return [(str(upload["name"]), bytes(upload["content"])) for upload in uploaded]
