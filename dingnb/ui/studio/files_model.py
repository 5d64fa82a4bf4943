"""The model of personal files: uploaded, matched to rows, and written to a private folder of the session."""

import atexit
import posixpath
import shutil
import tempfile
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING

from dingnb.errors import InputError
from dingnb.media import ZipArchive, ZipMember
from dingnb.media.content import split_suffix
from dingnb.messages.attachments import is_sendable
from dingnb.messages.template import template_of
from dingnb.recipients.addresses import column_of
from dingnb.tables.cells import cells_of, read_values, renamed_columns_of, show
from dingnb.ui.compose.message_text import Folder
from dingnb.ui.compose.recipient_columns import RecipientChoice
from dingnb.ui.compose.source import Snapshot
from dingnb.ui.kit.model import Failure, LatestWorker, Model
from dingnb.words import Text, listed_briefly

if TYPE_CHECKING:
    from dingnb.ui.compose.model import ComposeModel


OWN_FILES = frozenset({"image", "file", "voice"})
"""The message types that can have a different file for each person."""

_FIELD = "media_id"
_COLUMNS_TRIED = 30

_FOLLOWED = ("files", "pattern", "matches", "missing", "ambiguous", "unmatched")

MAX_LISTED = 500
"""Maximum number of rows or files without a match that are listed."""

_MAX_NAME_BYTES = 255
"""Maximum length of a file name in file systems, in bytes."""


@dataclass(frozen=True, slots=True)
class UploadedFile:
    """
    An uploaded file, by itself or in an archive.

    Attributes:
        name: Its name without folders, or that of its folder if files in other folders have the same name.
        size: Its size in bytes.
        read: Returns its bytes.
        path: Its path in the archive; otherwise its name.
    """

    name: str
    size: int
    read: Callable[[], bytes]
    path: str


@dataclass(frozen=True, slots=True)
class Matches:
    """
    The files matched to rows.

    Attributes:
        names: The file name of each row that has a file, by the row's position.
        files: The number of the file of each such row.
        suffixes: The suffixes of the files that the rows' names lack, such as ``.pdf``.
        missing: The positions of the rows without a file.
        ambiguous: The positions of the rows that match several files, or a file that other people match too.
        unmatched: The numbers of the files that no row matches.
    """

    names: dict[int, str] = field(default_factory=dict)
    files: dict[int, int] = field(default_factory=dict)
    suffixes: frozenset[str] = frozenset()
    missing: tuple[int, ...] = ()
    ambiguous: tuple[int, ...] = ()
    unmatched: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class MatchInput:
    """
    What files are matched by.

    Attributes:
        files: The uploaded files.
        pattern: The name of a row's file, a template.
        snapshot: The rows.
        address: The columns that identify people.
    """

    files: tuple[UploadedFile, ...]
    pattern: str
    snapshot: Snapshot
    address: RecipientChoice

    @property
    def is_complete(self) -> bool:
        """Whether there are files and a pattern."""
        return bool(self.files and self.pattern.strip())

    def matches(self) -> Matches:
        """
        Return the matches.

        Raises:
            DingError: The pattern is not a valid template, or names a column that is missing.
        """
        frame, template = self.snapshot.frame, template_of(self.pattern, f"file.{_FIELD}")
        template = template.for_columns(self.snapshot.labels, renamed_columns_of(frame))
        values = {name: read_values(column_of(frame, name)) for name in template.columns}
        wanted, _ = template.render_rows(values, len(frame))
        return match_files([file.name for file in self.files], wanted, self._people())

    def labels(self, positions: Sequence[int]) -> tuple[str, ...]:
        """Return names for the first of some rows: the person's name, else the address, else the label."""
        recipients = self.snapshot.recipients
        rows = recipients.frame.iloc[list(positions[:MAX_LISTED])]
        columns = [at for at in (recipients.name, self.address.userid, self.address.mobile) if at >= 0]
        names = [map(show, cells_of(rows.iloc[:, at])) for at in columns]
        return tuple(next(filter(None, candidates)) for candidates in zip(*names, map(str, rows.index), strict=True))

    def _people(self) -> Sequence[object]:
        """Return the recipient of each row: the address, or the row itself if it has none."""
        frame = self.snapshot.frame
        at = self.address.userid if self.address.userid >= 0 else self.address.mobile
        if at < 0:
            return range(len(frame))
        return [show(cell).strip() or row for row, cell in enumerate(cells_of(frame.iloc[:, at]))]


@dataclass(frozen=True, slots=True)
class FilesState:
    """
    The state of the form.

    Attributes:
        files: The uploaded files.
        pattern: The name of a row's file, a template.
        matches: The files matched to rows; None while that is unknown.
        missing: The names of the first rows without a file.
        ambiguous: The names of the first rows without a unique file.
        unmatched: The names of the first files that no row matches.
        used: The number of files attached to the message in its current type; 0 for none.
        is_working: Whether files are being read or written.
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
    Assigns each row the uploaded file with its name.

    Once the rows, the files or the pattern change, files that were attached before are removed from the message:
    only what is matched as shown is sent.

    Args:
        compose: The model of the message and its recipients.
    """

    def __init__(self, compose: "ComposeModel") -> None:
        super().__init__(FilesState(), compose.clock)
        self._compose = compose
        self._input = self._shown_input()
        self._written: frozenset[str] = frozenset()
        self._matching = LatestWorker[MatchInput](compose.clock, self._match, self.fail)
        compose.watch(self._follow_compose)

    def wait(self) -> None:
        """Wait until the files are read, matched or written."""
        super().wait()
        self._matching.wait()

    def follow(self, other: "FilesModel") -> None:
        """Copy the files of another app's studio, which has the same recipients."""
        state = other.state
        with self._lock:
            self._written = other._written  # noqa: SLF001 - of this class
            self._change({name: getattr(state, name) for name in _FOLLOWED})
            self._input = self._shown_input()
        self._notify()
        if state.matches is None:
            self._match_again()

    def take(self, uploads: Sequence[tuple[str, bytes]]) -> None:
        """Replace the uploaded files, after work in progress; each file in a zip archive is a file of its own."""
        self._start_newest(lambda: self._take(uploads), is_working=True, failure=None)

    def choose_column(self, column: str) -> None:
        """Match the files by the values of a column."""
        self.choose_pattern(self._compose.tags[column])

    def choose_pattern(self, pattern: str) -> None:
        """Match the files by a template of their names."""
        if pattern != self.state.pattern:
            self._match_again(pattern=pattern)

    @property
    def can_use(self) -> bool:
        """Whether there are matched files that the message does not have yet."""
        return not self.state.used and self.state.matches is not None and bool(self.state.matches.files)

    def use(self) -> None:
        """Write the matched files to a folder, and attach them to the message."""
        self._start_work(self._use, is_working=True, failure=None)

    def _take(self, uploads: Sequence[tuple[str, bytes]]) -> None:
        files = tuple(file for name, data in uploads for file in _files_in(name, data))
        self._match_again(files=files, pattern=self.state.pattern or self._best_pattern(files))

    def _best_pattern(self, files: tuple[UploadedFile, ...]) -> str:
        """Return the tag of the column that matches most files; empty if none matches any."""
        shown = self._shown_input()
        tags = list(shown.snapshot.tags.values())[:_COLUMNS_TRIED]
        matched = {tag: len(replace(shown, files=files, pattern=tag).matches().files) for tag in tags}
        best = max(matched, key=lambda tag: matched[tag], default="")
        return best if matched.get(best) else ""

    def _shown_input(self) -> MatchInput:
        """Return what is shown now."""
        compose = self._compose.state
        address = RecipientChoice(compose.recipient_choice.userid, compose.recipient_choice.mobile)
        return MatchInput(self.state.files, self.state.pattern, compose.snapshot, address)

    def _match_again(self, **changed: object) -> None:
        """Match the files again after a change; those attached before must not be sent any more."""
        with self._lock:
            self._written = frozenset()
            self._change({"matches": None, "failure": None, **changed})
            self._input = wanted = self._shown_input()
        self._notify()
        self._follow_compose()
        if wanted.is_complete:
            self._matching.submit(wanted)

    def _follow_compose(self) -> None:
        """Follow changes of the recipients and of the message: an undo or a copy may bring earlier files back."""
        if self._shown_input() != self._input:
            self._match_again()
            return
        folders = self._compose.state.text.folders.values()
        uploaded = {
            uploaded_folder.path
            for uploaded_folder in folders
            if str(Path(uploaded_folder.path).parent) == _folder_of_session()
        }
        if not uploaded <= self._written:
            self._compose.drop_folders(uploaded - self._written)
        with self._lock:
            folder = self._compose.state.text.folder(_FIELD)
            used = 0 if folder is None else folder.files
            if used != self.state.used:
                self._show(used=used)

    def _match(self, wanted: MatchInput, _is_overtaken: Callable[[], bool]) -> None:
        matches = wanted.matches()
        missing, ambiguous = wanted.labels(matches.missing), wanted.labels(matches.ambiguous)
        unmatched = tuple(wanted.files[number].path for number in matches.unmatched[:MAX_LISTED])
        with self._lock:
            if wanted == self._input:
                self._show(matches=matches, missing=missing, ambiguous=ambiguous, unmatched=unmatched)

    def _use(self) -> None:
        with self._lock:
            matches, wanted = self.state.matches, self._input
        if matches is None or not matches.files:
            raise InputError(Text("studio_files.nothing"), Text("studio_files.nothing_todo"))
        if len(matches.suffixes) > 1:
            suffixes = listed_briefly(sorted(filter(None, matches.suffixes)), "file")
            raise InputError(Text("studio_files.suffixes", suffixes=suffixes), Text("studio_files.suffixes_todo"))
        folder = new_folder()
        owners = {matches.names[row]: wanted.files[number] for row, number in matches.files.items()}
        for name, file in owners.items():
            (folder / name).write_bytes(file.read())
        with self._lock:
            if wanted != self._input:
                return
            self._written |= {str(folder)}
        [suffix] = matches.suffixes
        # Otherwise, a name that looks like a media id would be read as one.
        prefix = "./" if any(map(is_sendable, owners)) else ""
        self._compose.choose_folder(_FIELD, Folder(str(folder), len(owners)), f"{prefix}{wanted.pattern}{suffix}")

    def _ended(self) -> None:
        self._show(is_working=False)


def match_files(files: Sequence[str], wanted: Sequence[str], people: Sequence[object]) -> Matches:
    """
    Match files to rows: by their whole names, or else by their names without suffixes. Nothing ambiguous is matched.

    Case and Unicode composition are ignored.

    Args:
        files: The names of the files, without folders.
        wanted: The file name that each row asks for, with or without a suffix.
        people: The recipient of each row; several rows of one person may share a file.

    >>> matches = match_files(["Ann.pdf", "x.pdf"], ["ann", "bob"], [0, 1])
    >>> matches.names, matches.missing, matches.unmatched
    ({0: 'ann.pdf'}, (1,), (1,))
    """
    by_name, by_stem = defaultdict(list), defaultdict(list)
    for number, name in enumerate(files):
        by_name[_key(name)].append(number)
        by_stem[_key(split_suffix(name)[0])].append(number)
    # A path such as `./a` gets no file, but still claims the one of another row.
    keys = [_key(posixpath.normpath(text)) if text.strip() else "" for text in wanted]
    found = [by_name.get(key) or by_stem.get(key) or [] if key else [] for key in keys]
    claims: dict[int, set[object]] = defaultdict(set)
    for numbers, person in zip(found, people, strict=True):
        for number in numbers:
            claims[number].add(person)
    own = {
        at: numbers[0]
        for at, numbers in enumerate(found)
        if len(numbers) == 1 and len(claims[numbers[0]]) == 1 and _is_name(wanted[at])
    }
    suffixes = {at: "" if keys[at] in by_name else split_suffix(files[number])[1].lower() for at, number in own.items()}
    return Matches(
        {at: wanted[at] + suffix for at, suffix in suffixes.items()},
        own,
        frozenset(suffixes.values()),
        tuple(at for at, numbers in enumerate(found) if not numbers),
        tuple(at for at, numbers in enumerate(found) if numbers and at not in own),
        tuple(number for number in range(len(files)) if number not in claims),
    )


@cache
def _folder_of_session() -> str:
    """Return the folder of this session, which only its user can read, and which is deleted when the session ends."""
    folder = tempfile.mkdtemp(prefix="dingnb-files-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def new_folder() -> Path:
    """Return a new folder in that of the session, so that the files of an earlier plan stay unchanged."""
    return Path(tempfile.mkdtemp(dir=_folder_of_session()))


def _files_in(name: str, data: bytes) -> Iterator[UploadedFile]:
    if not name.lower().endswith(".zip"):
        own = name.replace("\\", "/").rpartition("/")[2]
        yield UploadedFile(own, len(data), lambda: data, own)
        return
    archive = ZipArchive(data, name)
    for member, called in zip(archive.members, _names_of(archive.members), strict=True):
        yield UploadedFile(called, member.size, partial(archive.read, member), member.path)


def _names_of(members: Sequence[ZipMember]) -> list[str]:
    """Return names of files: those of their folders if several have one name and each is alone in its folder."""
    names = Counter(member.name for member in members)
    folders = [member.path.rpartition("/")[0] for member in members]
    files = Counter(folders)
    shared = [folder for member, folder in zip(members, folders, strict=True) if names[member.name] > 1]
    if not all(folder and files[folder] == 1 for folder in shared):
        return [member.name for member in members]
    return [
        f"{folder.rpartition('/')[2]}{split_suffix(member.name)[1]}" if names[member.name] > 1 else member.name
        for member, folder in zip(members, folders, strict=True)
    ]


def _key(name: str) -> str:
    return unicodedata.normalize("NFC", name.strip()).casefold()


def _is_name(text: str) -> bool:
    """Return whether a text is a valid file name without folders."""
    is_short = len(text.encode(errors="replace")) <= _MAX_NAME_BYTES - 8  # a suffix is added
    return is_short and text.strip() not in {"", ".", ".."} and not set(text) & set("/\\\0")
