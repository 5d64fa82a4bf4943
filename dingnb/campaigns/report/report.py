"""Reports of campaigns: pages for people without a notebook, such as managers."""

import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import MappingProxyType

import pandas as pd

from dingnb.campaigns.report.page import Contents, make_page
from dingnb.display import Sheet
from dingnb.media import Content
from dingnb.tables.saving import export_path, save_atomically
from dingnb.words import Text, count

_SUFFIXES = (".html", ".htm")
_KB = 1024


@dataclass(frozen=True, slots=True, repr=False)
class Report:
    """
    A page to share: a single static file without scripts or network resources.

    It has the results and the language at the time when it was made.

    Attributes:
        title: Its heading.
        mode: ``SANDBOX`` or ``LIVE``.
        people: The number of people.
        missed: The number of rows of people who were not reached.
        has_texts: Whether it includes the texts of the messages.
        page: Its HTML.
    """

    title: str
    mode: str
    people: int
    missed: int
    has_texts: bool
    page: str

    def to_html(self) -> str:
        """Return the page."""
        return self.page

    def save(self, path: str | os.PathLike[str]) -> Path:
        """
        Write the page atomically to a file that only its owner can read, and return its path.

        If the path is a symbolic link, its target is replaced.

        Args:
            path: The file; ``.html`` is added to a name without a suffix.

        Raises:
            FileError: The suffix is not supported, the file is open in another program, or it cannot be written.
        """
        return save_report(self, path, "save")

    def __repr__(self) -> str:
        return f"{self._sheet().to_text().splitlines()[0]}: {self._what()}\n  {Text('report.save')}"

    def _repr_html_(self) -> str:
        """Return a card instead of the page, which would bloat the notebook."""
        return self._sheet().to_html()

    def _sheet(self) -> Sheet:
        return Sheet(
            Text("report.card", title=self.title),
            self.mode,
            facts=((Text("report.holds"), self._what()), (Text("report.passing_on"), Text("report.save"))),
        )

    def _what(self) -> Text:
        return Text(
            "report.what_with_texts" if self.has_texts else "report.what",
            people=count("person", self.people),
            missed=f"{self.missed:,}",
            kb=f"{max(1, round(len(self.page.encode()) / _KB)):,}",
        )


def save_report(report: Report, path: str | os.PathLike[str], call: str) -> Path:
    """Write a report like `Report.save`; `call` is the name of the analyst's call, for errors."""
    place = export_path(path, _SUFFIXES, call)
    save_atomically(place, report.page.encode())
    return place


def make_report(  # noqa: PLR0913 - keywords, what a page tells
    *,
    title: str,
    mode: str,
    facts: Sequence[tuple[str, str]],
    summary: pd.DataFrame,
    missed: pd.DataFrame,
    bodies: Iterable[tuple[int, bytes]] = (),
    as_of: datetime | None = None,
    repeats: int = 0,
    attachments: Mapping[str, Content] = MappingProxyType({}),
) -> Report:
    """
    Return the report of a campaign. The same input gives the same bytes.

    Args:
        title: Its heading.
        mode: ``SANDBOX`` or ``LIVE``.
        facts: Labels and their values, as a `Sheet` has them.
        summary: The number of people by status, as `Campaign.summary` returns it: indexed by status, with `people`
            (int64) and `share` (float64, of the total).
        missed: One row for each person who was not reached: kept columns, the columns of `Campaign.results`, and
            `retry_at` (datetime with time zone, or NaT). Only named levels of its index are shown.
        bodies: The number of people and the bytes of `msg` for each text; empty leaves the texts out.
        as_of: The time of the results.
        repeats: The number of ``filtered`` people who may have the text from elsewhere; they are not counted as missed.
        attachments: The pictures and files that the texts refer to, by reference.
    """
    texts = list(bodies)
    contents = Contents(title, mode, facts, summary, missed, texts, as_of, repeats, attachments)
    return Report(title, mode, contents.funnel.people, len(missed), bool(texts), make_page(contents))
