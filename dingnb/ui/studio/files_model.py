"""The model of personal files: they are uploaded, matched to rows, and written to a private folder."""

import atexit
import hashlib
import json
import posixpath
import shutil
import tempfile
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, partial
from itertools import chain, starmap
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dingnb.errors import InputError
from dingnb.media import SESSION_FOLDER_PREFIX, ZipArchive, ZipMember
from dingnb.media.content import split_suffix
from dingnb.messages.attachments import is_sent_unchanged
from dingnb.messages.template import template_of
from dingnb.recipients.addresses import column_of, read_addresses
from dingnb.recipients.column_titles import labels_by_tag_name
from dingnb.tables.cells import cells_of, read_values, show
from dingnb.ui.compose.draft_format import PersonalFiles, Upload
from dingnb.ui.compose.message_text import Folder
from dingnb.ui.compose.recipient_columns import RecipientChoice
from dingnb.ui.compose.source import Snapshot
from dingnb.ui.compose.state import Document
from dingnb.ui.kit.model import Failure, Model
from dingnb.ui.kit.worker import LatestWorker
from dingnb.words import Text, count, listed_briefly

if TYPE_CHECKING:
    from dingnb.ui.compose.model import ComposeModel


PERSONAL_FILE_TYPES = frozenset({"image", "file", "voice"})
"""The message types that can have a separate file for each person."""

FILE_FIELD = "media_id"
"""The path of the field that holds a file for each person."""

_MAX_COLUMNS_TRIED = 30

_SAVED_FIELDS = (
    "uploads",
    "pattern",
    "matches",
    "assignment",
    "awaited_assignment",
    "missing",
    "ambiguous",
    "unmatched",
)

MAX_LISTED = 500
"""Maximum number of rows or files without a match that are listed."""

_MAX_NAME_BYTES = 255
"""Maximum length of a file name in file systems, in bytes."""

_MAX_SUFFIX_BYTES = 8
"""Bytes that are left for a suffix."""


@dataclass(frozen=True, slots=True)
class UploadedFile:
    """
    An uploaded file, or a file of an uploaded archive.

    Attributes:
        name: The name without folders. If files in other folders share it, the name may be that of the file's folder,
            with the file's suffix.
        size: The size in bytes.
        read: Returns the bytes.
        path: The path in the archive; outside archives, the name.
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
        names: The name under which the file of a row is written, by the row's position, for the rows that have a file.
        files: The index of the file of each of these rows, by the row's position.
        suffixes: The suffixes, such as ``.pdf``, that the files have but the names from the rows lack; an empty suffix
            stands for a row with the whole name.
        missing: The positions of the rows without a file.
        ambiguous: The positions of the rows that match several files, or a file that rows of other people match too, or
            that have an invalid file name.
        unmatched: The indexes of the files that no row matches.
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
    The files, and the rows to which they are matched.

    Attributes:
        files: The uploaded files.
        pattern: The template of the file names.
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

    def matches(self, people: Sequence[object]) -> Matches:
        """
        Return the matches.

        Args:
            people: The recipients, as `people` returns them.

        Raises:
            DingError: The pattern is not a valid template, or names a column that is missing.
        """
        frame, template = self.snapshot.frame, template_of(self.pattern, f"file.{FILE_FIELD}")
        template = template.for_columns(self.snapshot.labels, labels_by_tag_name(frame))
        values = {name: read_values(column_of(frame, name)) for name in template.columns}
        wanted, _ = template.render_rows(values, len(frame))
        return match_files([file.name for file in self.files], wanted, people)

    def row_names(self, positions: Sequence[int]) -> tuple[str, ...]:
        """Return the names of some rows, at most `MAX_LISTED`: the person's name, else the address, else the label."""
        recipients = self.snapshot.recipients
        rows = recipients.frame.iloc[list(positions[:MAX_LISTED])]
        columns = [at for at in (recipients.name_position, self.address.userid, self.address.mobile) if at >= 0]
        names = [map(show, cells_of(rows.iloc[:, at])) for at in columns]
        labels = [show(label) or repr("") for label in rows.index]
        return tuple(next(filter(None, candidates)) for candidates in zip(*names, labels, strict=True))

    def people(self) -> Sequence[object]:
        """Return the recipient of each row, as a plan reads the address; the row's position if it has none."""
        recipients = self.snapshot.recipients
        kinds = recipients.kinds(self.address)
        if not kinds:
            return range(len(recipients.frame))
        columns = recipients.arguments(self.address).get("columns", {})
        addresses = read_addresses(recipients.frame, kinds, columns)
        return [userid or addresses.mobiles.get(row) or row for row, userid in enumerate(addresses.userids)]


@dataclass(frozen=True, slots=True)
class FilesState:
    """
    The state of the form.

    Attributes:
        uploads: The uploads.
        files: The files in them: a zip archive may have many.
        pattern: The template of the file names.
        matches: The files matched to rows; None until they are matched.
        assignment: The digest of who gets which file by the matches; empty until they are matched.
        awaited_assignment: The `assignment` with which the draft of the message was saved: once the matches have it
            again, the files are attached again. Empty if the files were not attached, or are attached by now.
        missing: The names of rows without a file, at most `MAX_LISTED`.
        ambiguous: The names of rows without a unique file, at most `MAX_LISTED`.
        unmatched: The paths of files that no row matches, at most `MAX_LISTED`.
        used_count: The number of files attached to the message in its current type.
        is_working: Whether files are being read or written.
        failure: The last error; None if there was none.
    """

    uploads: tuple[Upload, ...] = ()
    files: tuple[UploadedFile, ...] = ()
    pattern: str = ""
    matches: Matches | None = None
    assignment: str = ""
    awaited_assignment: str = ""
    missing: tuple[str, ...] = ()
    ambiguous: tuple[str, ...] = ()
    unmatched: tuple[str, ...] = ()
    used_count: int = 0
    is_working: bool = False
    failure: Failure | None = None


class FilesModel(Model[FilesState]):
    """
    Assigns each row the uploaded file with its name.

    When the rows, the files or the pattern change, files that were attached before are removed from the message, so
    that only files matched as shown are sent.

    Args:
        compose: The model of the message and its recipients.
    """

    def __init__(self, compose: "ComposeModel") -> None:
        super().__init__(FilesState(), compose.clock)
        self._compose = compose
        self._match_input = self._current_input()
        self._attached_folders: frozenset[str] = frozenset()
        self._matching = LatestWorker[MatchInput](compose.clock, self._match, self.fail)
        compose.watch(self._follow_compose)

    def wait(self) -> None:
        """Wait until the files are read, matched or written."""
        super().wait()
        self._matching.wait()

    def saved_state(self) -> dict[str, Any]:
        """Return what `restore` takes, to show the same files in another studio or process."""
        return {name: getattr(self.state, name) for name in _SAVED_FIELDS}

    @property
    def attached_folders(self) -> frozenset[str]:
        """The folders with the matched files that were attached to the message."""
        return self._attached_folders

    @property
    def personal(self) -> PersonalFiles:
        """The uploaded files, the template of their names, and who gets which."""
        state = self.state
        return PersonalFiles(
            state.uploads, state.pattern, state.assignment if state.used_count else state.awaited_assignment
        )

    def restore(self, saved: Mapping[str, Any], attached_folders: Collection[str] = ()) -> None:
        """
        Show files that were uploaded elsewhere, for the same recipients.

        Args:
            saved: The saved state.
            attached_folders: The folders of this process that were attached to the message there.
        """
        with self._lock:
            self._attached_folders = frozenset(attached_folders)
            self._change({**saved, "files": tuple(_files_in(saved["uploads"]))})
            self._match_input = self._current_input()
        self._notify()
        if self.state.matches is None:
            self._rematch()

    def load(self, uploads: Sequence[tuple[str, bytes]]) -> None:
        """Replace the uploaded files, after work in progress; the files of a zip archive count one by one."""
        document = self._compose.state.document
        self._start_newest(lambda: self._load(uploads, document), is_working=True, failure=None)

    def show(self, personal: PersonalFiles) -> None:
        """
        Show the files of another message, which are matched to the rows in the background.

        If the files were attached to the message, they are attached again once they are matched to the same people in
        the same way.
        """
        try:
            files = tuple(_files_in(personal.uploads))
        except InputError as error:
            # Another version of dingnb has kept them.
            self._rematch(uploads=(), files=(), pattern="", awaited_assignment="")
            self.fail(error)
        else:
            awaited = personal.assignment if files else ""
            self._rematch(uploads=personal.uploads, files=files, pattern=personal.pattern, awaited_assignment=awaited)

    def choose_column(self, column: str) -> None:
        """Match the files by the values of a column."""
        self.choose_pattern(self._compose.tags[column])

    @property
    def chosen_column(self) -> str:
        """The column whose values alone are the template of the file names; empty if there is none."""
        tags = self._compose.tags
        return next((column for column, tag in tags.items() if tag == self.state.pattern.strip()), "")

    def choose_pattern(self, pattern: str) -> None:
        """Match the files by a template of the file names."""
        if pattern != self.state.pattern:
            self._rematch(pattern=pattern, awaited_assignment="")

    @property
    def can_use(self) -> bool:
        """Whether there are matched files that are not attached to the message yet."""
        return not self.state.used_count and self.state.matches is not None and bool(self.state.matches.files)

    @property
    def use_text(self) -> Text:
        """The label of the button that attaches the matched files."""
        matches = self.state.matches
        return Text("studio_files.use", rows=count("row", 0 if matches is None else len(matches.files)))

    def use(self) -> None:
        """Write the matched files to a folder, and attach them to the message."""
        self._start_work(self._use, is_working=True, failure=None)

    def attach(self) -> tuple[Folder, str] | None:
        """
        Write the matched files to a folder, to be attached to the message.

        Returns:
            The folder, and the template of a row's path in it; None if the rows or the files have changed meanwhile.

        Raises:
            InputError: No file is matched, or the files have different suffixes.
        """
        with self._lock:
            matches, match_input = self.state.matches, self._match_input
        if matches is None or not matches.files:
            raise InputError(Text("studio_files.nothing"), Text("studio_files.nothing_todo"))
        if len(matches.suffixes) > 1:
            suffixes = listed_briefly(sorted(filter(None, matches.suffixes)), "extension")
            key = "studio_files.some_suffixes" if "" in matches.suffixes else "studio_files.suffixes"
            raise InputError(Text(key, suffixes=suffixes), Text("studio_files.suffixes_todo"))
        folder = _write_matched(matches, match_input.files)
        with self._lock:
            if match_input != self._match_input:
                return None
            self._attached_folders |= {str(folder)}
        [suffix] = matches.suffixes
        # Without a prefix, a name that looks like a media id would be read as one.
        names = set(matches.names.values())
        prefix = "./" if any(map(is_sent_unchanged, names)) else ""
        return Folder(str(folder), len(names)), f"{prefix}{match_input.pattern}{suffix}"

    def _load(self, uploads: Sequence[tuple[str, bytes]], document: Document) -> None:
        kept = tuple(starmap(Upload, uploads))
        files = tuple(_files_in(kept))
        pattern = self.state.pattern or self._best_pattern(files)
        # Otherwise, another message was opened meanwhile.
        if document is self._compose.state.document:
            self._rematch(uploads=kept, files=files, pattern=pattern, awaited_assignment="")

    def _best_pattern(self, files: tuple[UploadedFile, ...]) -> str:
        """Return the tag of the column that matches most files; empty if no column matches a file."""
        current = self._current_input()
        tags = list(current.snapshot.tags.values())[:_MAX_COLUMNS_TRIED]
        people = current.people()
        matched = {tag: len(replace(current, files=files, pattern=tag).matches(people).files) for tag in tags}
        best = max(matched, key=lambda tag: matched[tag], default="")
        return best if matched.get(best) else ""

    def _current_input(self) -> MatchInput:
        compose = self._compose.state
        address = RecipientChoice(compose.recipient_choice.userid, compose.recipient_choice.mobile)
        return MatchInput(self.state.files, self.state.pattern, compose.snapshot, address)

    def _rematch(self, **changed: object) -> None:
        """Match the files again after a change; files attached before must no longer be sent."""
        with self._lock:
            self._attached_folders = frozenset()
            self._change({"matches": None, "assignment": "", "failure": None, **changed})
            self._match_input = match_input = self._current_input()
        self._notify()
        self._follow_compose()
        if match_input.is_complete:
            self._matching.submit(match_input)

    def _follow_compose(self) -> None:
        """Follow changes of the recipients and of the message; an undo or a copy may bring earlier files back."""
        if self._current_input() != self._match_input:
            self._rematch()
            return
        folders = self._compose.state.text.folders.values()
        uploaded = {folder.path for folder in folders if str(Path(folder.path).parent) == _session_folder()}
        if not uploaded <= self._attached_folders:
            self._compose.drop_folders(uploaded - self._attached_folders)
        with self._lock:
            attached = self._compose.state.text.folder(FILE_FIELD)
            used_count = 0 if attached is None else attached.files
            if used_count != self.state.used_count:
                self._show(used_count=used_count)

    def _match(self, wanted: MatchInput, _is_superseded: Callable[[], bool]) -> None:
        people, document = wanted.people(), self._compose.state.document
        matches = wanted.matches(people)
        assignment = _digest_of(matches, people)
        missing, ambiguous = wanted.row_names(matches.missing), wanted.row_names(matches.ambiguous)
        unmatched = tuple(wanted.files[number].path for number in matches.unmatched[:MAX_LISTED])
        with self._lock:
            if wanted != self._match_input:
                return
            shown = {"missing": missing, "ambiguous": ambiguous, "unmatched": unmatched}
            self._show(matches=matches, assignment=assignment, **shown)
            is_awaited = self.state.awaited_assignment == assignment
        if is_awaited and document is self._compose.state.document and self._compose.state.text.is_blank(FILE_FIELD):
            self._use()

    def _use(self) -> None:
        attached = self.attach()
        if attached is not None:
            self._compose.choose_folder(FILE_FIELD, *attached)
            self._show(awaited_assignment="")

    def _on_idle(self) -> None:
        self._change({"is_working": False})


def match_files(files: Sequence[str], wanted: Sequence[str], people: Sequence[object]) -> Matches:
    """
    Match files to rows by their whole names, or else by their names without suffixes; ambiguous files are not matched.

    Case and Unicode composition are ignored.

    Args:
        files: The names of the files, without folders.
        wanted: The name of the file of each row, with or without its suffix.
        people: The recipient of each row; several rows of one person may share a file.

    >>> matches = match_files(["Ann.pdf", "x.pdf"], ["ann", "bob"], [0, 1])
    >>> matches.names, matches.missing, matches.unmatched
    ({0: 'ann.pdf'}, (1,), (1,))
    """
    by_name, by_stem = defaultdict(list), defaultdict(list)
    for index, name in enumerate(files):
        by_name[_normalize(name)].append(index)
        by_stem[_normalize(split_suffix(name)[0])].append(index)
    # A path such as `./a` gets no file, but the file `a` of another row is ambiguous then.
    keys = [_normalize(posixpath.normpath(text)) if text.strip() else "" for text in wanted]
    found = [by_name.get(key) or by_stem.get(key) or [] if key else [] for key in keys]
    claims: dict[int, set[object]] = defaultdict(set)
    for indexes, person in zip(found, people, strict=True):
        for index in indexes:
            claims[index].add(person)
    matched = {
        row: indexes[0]
        for row, indexes in enumerate(found)
        if len(indexes) == 1 and len(claims[indexes[0]]) == 1 and _is_valid_file_name(wanted[row])
    }
    suffixes = {
        row: "" if keys[row] in by_name else split_suffix(files[index])[1].lower() for row, index in matched.items()
    }
    return Matches(
        names={row: wanted[row] + suffix for row, suffix in suffixes.items()},
        files=matched,
        suffixes=frozenset(suffixes.values()),
        missing=tuple(row for row, indexes in enumerate(found) if not indexes),
        ambiguous=tuple(row for row, indexes in enumerate(found) if indexes and row not in matched),
        unmatched=tuple(index for index in range(len(files)) if index not in claims),
    )


def _digest_of(matches: Matches, people: Sequence[object]) -> str:
    """Return a digest of who gets which file, and who gets none, whatever the order of the rows."""
    assigned = sorted((str(person), matches.files.get(row, -1)) for row, person in enumerate(people))
    return hashlib.sha256(json.dumps(assigned).encode()).hexdigest()


@cache
def _session_folder() -> str:
    """Return the folder of this process, which only its user can read, and which is deleted when the process ends."""
    folder = tempfile.mkdtemp(prefix=SESSION_FOLDER_PREFIX)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def new_folder() -> Path:
    """Return a new folder in the folder of this process, so that the files of earlier plans stay unchanged."""
    return Path(tempfile.mkdtemp(dir=_session_folder()))


def _write_matched(matches: Matches, files: Sequence[UploadedFile]) -> Path:
    """Write the files that were matched to rows, each under the name of its row, and return their folder."""
    folder = new_folder()
    for name, file in {matches.names[row]: files[index] for row, index in matches.files.items()}.items():
        (folder / name).write_bytes(file.read())
    return folder


def _files_in(uploads: Iterable[Upload]) -> Iterator[UploadedFile]:
    return chain.from_iterable(map(_files_of, uploads))


def _files_of(upload: Upload) -> Iterator[UploadedFile]:
    name, data = upload.name, upload.data
    if not name.lower().endswith(".zip"):
        own_name = name.replace("\\", "/").rpartition("/")[2]
        yield UploadedFile(own_name, len(data), lambda: data, own_name)
        return
    archive = ZipArchive(data, name)
    for member, unique_name in zip(archive.members, _unique_names(archive.members), strict=True):
        yield UploadedFile(unique_name, member.size, partial(archive.read, member), member.path)


def _unique_names(members: Sequence[ZipMember]) -> list[str]:
    """Return the names of files; files that share a name get their folder's name if each is alone in its folder."""
    names = Counter(member.name for member in members)
    folders = [member.path.rpartition("/")[0] for member in members]
    files = Counter(folders)
    of_shared_names = [folder for member, folder in zip(members, folders, strict=True) if names[member.name] > 1]
    if not all(folder and files[folder] == 1 for folder in of_shared_names):
        return [member.name for member in members]
    return [
        f"{folder.rpartition('/')[2]}{split_suffix(member.name)[1]}" if names[member.name] > 1 else member.name
        for member, folder in zip(members, folders, strict=True)
    ]


def _normalize(name: str) -> str:
    return unicodedata.normalize("NFC", name.strip()).casefold()


def _is_valid_file_name(text: str) -> bool:
    """Return whether a text is a valid file name without folders."""
    is_short = len(text.encode(errors="replace")) <= _MAX_NAME_BYTES - _MAX_SUFFIX_BYTES
    return is_short and text.strip() not in {"", ".", ".."} and not set(text) & set("/\\\0")
