"""What the app's page takes, and where it keeps what is exported there, until it ends, and how that is asked for."""

import os
import secrets
from pathlib import Path
from urllib.parse import quote

EXPORTS = "DINGNB_APP_EXPORTS"
"""The variable by which the app tells its server and its kernels the folder."""

LARGEST_UPLOAD = 200_000_000
"""In bytes. A file travels to the kernel in one message, and Jupyter's own limit of 10 MB is small for a list."""

PLACE = "dingnb/exports"
"""The address, behind the server's own."""

_FROM_THE_PAGE = "../.."
"""The page is ``voila/render/NOTEBOOK``: so the address is right behind whatever stands before that."""


def folder_of_exports() -> Path | None:
    """Return the folder; None where it is not the app that runs."""
    named = os.environ.get(EXPORTS)
    return Path(named) if named else None


def new_place(folder: Path, name: str) -> Path:
    """Return where a file of this name is to be written: by an address that nobody guesses, for its owner alone."""
    place = folder / secrets.token_urlsafe(32)
    place.mkdir(mode=0o700, parents=True)
    return place / name


def address_of(path: Path) -> str:
    """
    Return the address of such a file, from the page.

    >>> address_of(Path("exports/Q2/payslip results.csv"))
    '../../dingnb/exports/Q2/payslip%20results.csv'
    """
    return f"{_FROM_THE_PAGE}/{PLACE}/{path.parent.name}/{quote(path.name)}"
