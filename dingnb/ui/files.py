"""Files that forms write: what they are called, and how a browser gets them."""

import re
from base64 import b64encode
from pathlib import Path

_NO_FILE_NAME = re.compile(r"[^\w .-]+")
_LONGEST_FILE_NAME = 60
_MOST_BYTES_LINKED = 2_000_000
"""A larger file is not sent to the browser: it lies in the working directory."""


def file_name(campaign: str, ending: str) -> str:
    """
    Return what a file of a campaign's is called: nothing in the name leads to another directory.

    >>> file_name("payslip 2026-11", "results"), file_name("../a:b", "results"), file_name(" ", "results")
    ('payslip 2026-11-results.csv', 'a-b-results.csv', 'results.csv')
    """
    words = _NO_FILE_NAME.sub("-", campaign)[:_LONGEST_FILE_NAME].strip("-. ")
    return f"{words}-{ending}.csv" if words else f"{ending}.csv"


def link_of(path: Path) -> str:
    """Return a CSV file as an address that a browser can save; empty where it is too large for that."""
    content = path.read_bytes()
    if len(content) > _MOST_BYTES_LINKED:
        return ""
    return f"data:text/csv;base64,{b64encode(content).decode()}"
