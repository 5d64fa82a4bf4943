"""The model of the files of single people: uploaded, matched to rows, and kept in a private folder of the session."""

import atexit
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from dingnb.errors import InputError
from dingnb.media import ZipArchive
from dingnb.messages.attachments import is_sendable
from dingnb.messages.template import template_of
from dingnb.recipients.addresses import column_of
from dingnb.tables.cells import cells_of, read_values, renamed_in, show
from dingnb.ui.compose.text import Folder
from dingnb.ui.kit.latest import Latest
from dingnb.ui.kit.model import Failure, Model
from dingnb.ui.studio.matching import Matches, match_files
from dingnb.words import listed_briefly, say

if TYPE_CHECKING:
    from dingnb.ui.compose.model import ComposeModel

OWN_FILES = frozenset({"image", "file", "voice"})
"""The message types of which each person can get a file of their own."""

_FIELD = "media_id"
_COLUMNS_TRIED = 30

MOST_LISTED = 500
"""How many rows or files without a match are named."""


@dataclass(frozen=True, slots=True)
class UploadedFile:
    """
    An uploaded file, by itself or in an archive.

    Attributes:
        name: Its name without folders.
        size: Its size in bytes.
        read: Returns its bytes.
    """

    name: str
    size: int
    read: Callable[[], bytes]


@dataclass(frozen=True, slots=True)
class FilesState:
    """
    The state of the form.

    Attributes:
        files: The uploaded files.
        pattern: The name of a row's file, a template.
        matches: Which file is whose; None while that is unknown.
        missing: What the first rows without a file are called.
        ambiguous: The same of the rows to which no single file belongs.
        unmatched: The names of the first files that no row matches.
        used: How many files the message was given; 0 for none, or since something has changed.
        is_working: Whether files are read or written.
        failure: The last error; None if there was none.
    """

    files: tuple[UploadedFile, ...] = ()
    pattern: str = ""
    matches: Matches | None = None
    missing: tuple[str, ...] = ()
    ambiguous: tuple[str, ...] = ()
    unmatched: tuple[str, ...] = ()
    used: int = 0
    is_working: bool = False
    failure: Failure | None = None


class FilesModel(Model[FilesState]):
    """
    Gives each row the uploaded file with its name.

    Args:
        compose: The model of the message and its recipients.
    """

    def __init__(self, compose: "ComposeModel") -> None:
        super().__init__(FilesState(), compose.clock)
        self._compose = compose
        self._written = ""
        self._matching = Latest[str](compose.clock, self._match, self.fail)

    def wait(self) -> None:
        """Wait until the files are read, matched or written."""
        super().wait()
        self._matching.wait()

    def follow(self, other: "FilesModel") -> None:
        """Copy the state of the files for another app."""
        self._show(files=other.state.files, pattern=other.state.pattern)

    def take(self, uploads: Sequence[tuple[str, bytes]]) -> None:
        """Take uploaded files in place of the ones before; those in zip archives count as files of their own."""
        self._start_work(lambda: self._take(uploads), is_working=True, failure=None)

    def choose_column(self, column: str) -> None:
        """Match the files by the values of a column."""
        self.choose_pattern(self._compose.tags[column])

    def choose_pattern(self, pattern: str) -> None:
        """Match the files by a template of their names."""
        if pattern != self.state.pattern:
            self._show(pattern=pattern)
            self.match_again()

    def match_again(self) -> None:
        """Match the files again, such as after a change of the recipients."""
        self._show(matches=None, used=0, failure=None)
        if self.state.files and self.state.pattern.strip():
            self._matching.submit(self.state.pattern)

    def use(self) -> None:
        """Write the matched files to a folder, and let the message send them."""
        self._start_work(self._use, is_working=True, failure=None)

    def _take(self, uploads: Sequence[tuple[str, bytes]]) -> None:
        files = tuple(one for name, data in uploads for one in _files_in(name, data))
        self._leave_written()
        self._show(files=files, matches=None, used=0)
        if not self.state.pattern:
            self._show(pattern=self._best_pattern())
        self.match_again()

    def _leave_written(self) -> None:
        """Empty the field that has the files before: with others uploaded, nobody expects these to be sent."""
        folder = self._compose.state.text.folder(_FIELD)
        if folder is not None and folder.path == self._written:
            self._compose.remove_media(_FIELD)
            self._compose.write(_FIELD, "")

    def _best_pattern(self) -> str:
        """Return the tag of the column that matches most files; empty if none matches any."""
        tags = list(self._compose.tags.values())[:_COLUMNS_TRIED]
        matched = {tag: len(self._matches(tag).files) for tag in tags}
        best = max(matched, key=lambda tag: matched[tag], default="")
        return best if matched.get(best) else ""

    def _match(self, pattern: str, _is_overtaken: Callable[[], bool]) -> None:
        matches = self._matches(pattern)
        with self._lock:
            if pattern == self.state.pattern:
                self._show(
                    matches=matches,
                    missing=self._labels(matches.missing),
                    ambiguous=self._labels(matches.ambiguous),
                    unmatched=tuple(self.state.files[number].name for number in matches.unmatched[:MOST_LISTED]),
                )

    def _matches(self, pattern: str) -> Matches:
        snapshot = self._compose.state.snapshot
        frame, template = snapshot.frame, template_of(pattern, f"file.{_FIELD}")
        template = template.for_columns(snapshot.labels, renamed_in(frame))
        values = {name: read_values(column_of(frame, name)) for name in template.columns}
        wanted, _ = template.render_rows(values, len(frame))
        return match_files([one.name for one in self.state.files], wanted, self._people())

    def _labels(self, positions: Sequence[int]) -> tuple[str, ...]:
        """Return what the first of some rows are called: by the name, else by the address, else by the label."""
        recipients, chosen = self._compose.recipients, self._compose.state.addressing
        rows = recipients.frame.iloc[list(positions[:MOST_LISTED])]
        columns = [at for at in (recipients.name, chosen.userid, chosen.mobile) if at >= 0]
        names = [map(show, cells_of(rows.iloc[:, at])) for at in columns]
        return tuple(next(filter(None, one)) for one in zip(*names, map(str, rows.index), strict=True))

    def _people(self) -> Sequence[object]:
        """Return whom each row is for: the address, or where there is none the row itself."""
        frame, chosen = self._compose.frame, self._compose.state.addressing
        at = chosen.userid if chosen.userid >= 0 else chosen.mobile
        if at < 0:
            return range(len(frame))
        return [show(cell).strip() or row for row, cell in enumerate(cells_of(frame.iloc[:, at]))]

    def _use(self) -> None:
        matches, files = self.state.matches, self.state.files
        if matches is None or not matches.files:
            raise InputError(say("studio_files.nothing"), say("studio_files.nothing_todo"))
        if len(matches.suffixes) > 1:
            suffixes = listed_briefly(sorted(filter(None, matches.suffixes)), "file")
            raise InputError(say("studio_files.suffixes", suffixes=suffixes), say("studio_files.suffixes_todo"))
        folder = new_folder()
        owners = {matches.names[row]: files[number] for row, number in matches.files.items()}
        for name, file in owners.items():
            (folder / name).write_bytes(file.read())
        self._written = str(folder)
        [suffix] = matches.suffixes
        # A name that could be a media id is still to be read as a path.
        here = "./" if any(map(is_sendable, owners)) else ""
        self._compose.choose_folder(_FIELD, Folder(self._written, len(owners)), f"{here}{self.state.pattern}{suffix}")
        self._show(used=len(owners))

    def _ended(self) -> None:
        self._show(is_working=False)


@cache
def _folder_of_session() -> str:
    """Return the folder of this session, which only its user can read, and which is deleted when the session ends."""
    folder = tempfile.mkdtemp(prefix="dingnb-files-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def new_folder() -> Path:
    """Return a new folder in that of this session: files of an earlier plan stay what they were."""
    return Path(tempfile.mkdtemp(dir=_folder_of_session()))


def _files_in(name: str, data: bytes) -> Iterator[UploadedFile]:
    if not name.lower().endswith(".zip"):
        yield UploadedFile(name.replace("\\", "/").rpartition("/")[2], len(data), lambda: data)
        return
    archive = ZipArchive(data, name)
    for member in archive.members:
        yield UploadedFile(member.name, member.size, partial(archive.read, member))
