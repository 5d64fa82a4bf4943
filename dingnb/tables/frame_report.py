"""The report in a frame's ``attrs``, which says how dingnb read the frame from a file or the directory."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import pandas as pd

from dingnb.tables.cell_values import BLANK_CHARACTERS
from dingnb.words import Text, count

ATTRS_KEY: Final = "dingnb"
"""Key of ``DataFrame.attrs`` for the report."""

DATE_FORMATS: Final = "date_formats"
"""Key in the report for the number formats of date columns that Excel shows differently from Python."""

UNSUPPORTED_FORMATS: Final = "unsupported_formats"
"""Key in the report for columns with unsupported number formats."""


def report_of(data: "pd.Series[Any] | pd.DataFrame") -> Mapping[str, Any]:
    """Return the report; empty if there is none."""
    report = data.attrs.get(ATTRS_KEY)
    return report if isinstance(report, dict) else {}


def date_formats_of(data: "pd.Series[Any] | pd.DataFrame") -> Mapping[str, str]:
    """Return the entry `DATE_FORMATS` of the report, by column; empty without a report."""
    formats = report_of(data).get(DATE_FORMATS)
    return formats if isinstance(formats, dict) else {}


def renamed_columns_of(frame: pd.DataFrame) -> dict[str, str]:
    """Return the new names of the columns that were renamed when a frame was read, by their original names."""
    renamed = report_of(frame).get("renamed", [])
    return {str(change["from"]).strip(BLANK_CHARACTERS): str(change["to"]) for change in renamed}


def is_from_directory(frame: pd.DataFrame) -> bool:
    """Return whether a frame was read from the directory."""
    return "read_at" in report_of(frame)


def unsupported_format_notes(frame: pd.DataFrame, columns: Sequence[str]) -> list[Text]:
    """Return notes about columns with unsupported number formats."""
    formats = report_of(frame).get(UNSUPPORTED_FORMATS, {})
    return [
        Text(
            "file.unsupported_format",
            column=name,
            cells=count("cell", note["cells"]),
            form=note["format"],
            value=note["value"],
        )
        for name in columns
        if (note := formats.get(name)) is not None
    ]
