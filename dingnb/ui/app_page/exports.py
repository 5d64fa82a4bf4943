"""The exports of the app's page: their folder and their URLs; and the maximum size of an upload."""

import os
import secrets
from pathlib import Path
from urllib.parse import quote

EXPORTS_VARIABLE = "DINGNB_APP_EXPORTS"
"""Environment variable with the folder of exports, which the app sets for its server and kernels."""

MAX_UPLOAD_BYTES = 200_000_000
"""Maximum size of an upload. A file is sent to the kernel in one message, and Jupyter's default of 10 MB is small."""

URL_PATH = "dingnb/exports"
"""Path of the exports' URLs on the server."""

_ROOT_FROM_PAGE = "../.."
"""Relative path from the page, ``voila/render/NOTEBOOK``, to the server's root."""


def exports_folder() -> Path | None:
    """Return the folder of exports; None outside the app."""
    folder = os.environ.get(EXPORTS_VARIABLE)
    return Path(folder) if folder else None


def new_export_path(folder: Path, name: str) -> Path:
    """Return the path for a new file, in a new private folder with an unguessable name."""
    private_folder = folder / secrets.token_urlsafe(32)
    private_folder.mkdir(mode=0o700, parents=True)
    return private_folder / name


def url_of_export(path: Path) -> str:
    """
    Return the URL of an exported file, whose path is from `new_export_path`, relative to the page.

    >>> url_of_export(Path("exports/Q2/payslip results.csv"))
    '../../dingnb/exports/Q2/payslip%20results.csv'
    """
    return f"{_ROOT_FROM_PAGE}/{URL_PATH}/{path.parent.name}/{quote(path.name)}"
