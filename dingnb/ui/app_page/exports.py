"""Exports of the app's page: their folder, their addresses, and the limit for uploads."""

import os
import secrets
from pathlib import Path
from urllib.parse import quote

EXPORTS = "DINGNB_APP_EXPORTS"
"""Environment variable with the folder of exports, set by the app for its server and kernels."""

MAX_UPLOAD_BYTES = 200_000_000
"""Maximum size of an upload. A file is sent to the kernel in one message, and Jupyter's default of 10 MB is small."""

PLACE = "dingnb/exports"
"""Path of the exports on the server."""

_FROM_THE_PAGE = "../.."
"""Relative path from the page, ``voila/render/NOTEBOOK``, to the server's root."""


def folder_of_exports() -> Path | None:
    """Return the folder of exports; None outside the app."""
    named = os.environ.get(EXPORTS)
    return Path(named) if named else None


def new_place(folder: Path, name: str) -> Path:
    """Return the path for a new file, in a private folder with an unguessable name."""
    place = folder / secrets.token_urlsafe(32)
    place.mkdir(mode=0o700, parents=True)
    return place / name


def address_of(path: Path) -> str:
    """
    Return the address of such a file, relative to the page.

    >>> address_of(Path("exports/Q2/payslip results.csv"))
    '../../dingnb/exports/Q2/payslip%20results.csv'
    """
    return f"{_FROM_THE_PAGE}/{PLACE}/{path.parent.name}/{quote(path.name)}"
