"""A report of a campaign: a page for somebody who has no notebook, such as a manager."""

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
    A page to pass on: static, of one file, without a script and without anything from a network.

    It says what was when it was made, in the language of then.

    Attributes:
        title: Its heading.
        mode: ``SANDBOX`` or ``LIVE``.
        people: How many people it is about.
        missed: How many rows of whom it missed it has.
        has_texts: Whether the texts of the messages stand in it.
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
        Write the page to a file that only its owner may read, whole or not at all, and return its path.

        A symbolic link stays one: the file that it leads to is replaced.

        Args:
            path: Where to; a name without a suffix gets ``.html``.

        Raises:
            FileError: The name ends otherwise, or the file is open in another program or cannot be written.
        """
        return save_report(self, path, "save")

    def __repr__(self) -> str:
        return f"{self._sheet().to_text().splitlines()[0]}: {self._what()}\n  {Text('report.save')}"

    def _repr_html_(self) -> str:
        """Return a card, not the page: in a notebook it would be there a second time."""
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
    """Write a report as `Report.save` does; `call` is what the analyst called, for errors."""
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
    Return the report of a campaign. The same input gives the same page, byte for byte.

    Args:
        title: Its heading.
        mode: ``SANDBOX`` or ``LIVE``.
        facts: Labels and their values, as a `Sheet` has them.
        summary: What became of people, as `Campaign.summary` tells it: indexed by status, with `people` (int64),
            `share` (float64, of everybody).
        missed: Whom it missed, one row each: the columns of `Campaign.results`, columns of the analyst's in front,
            and `retry_at` (datetime with zone, or NaT). Its index is not shown, but for levels that have a name.
        bodies: How many people got a text, and the exact bytes of `msg`; none leaves the texts out.
        as_of: When all this was so.
        repeats: How many of the ``filtered`` may have the text from elsewhere; the page does not call these missed.
        attachments: The pictures and files that the texts refer to, by reference.
    """
    told = list(bodies)
    contents = Contents(title, mode, facts, summary, missed, told, as_of, repeats, attachments)
    return Report(title, mode, contents.funnel.people, len(missed), bool(told), make_page(contents))
