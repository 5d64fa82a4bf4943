"""The pictures and files that were chosen for a message, as its draft keeps them."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from dingnb.campaigns.draft_files import ChosenFile
from dingnb.media import Content
from dingnb.ui.compose.message_text import ChosenMedia


@dataclass(frozen=True)
class Upload:
    """
    An uploaded file, such as a zip archive, from which people get their files.

    Attributes:
        name: The name.
        data: The bytes.
    """

    name: str
    data: bytes

    @cached_property
    def chosen(self) -> ChosenFile:
        """The upload, as a draft keeps it."""
        sha256 = hashlib.sha256(self.data).hexdigest()
        # Without a kind, because an archive itself is never sent.
        content = Content(kind="", name=self.name, sha256=sha256, size=len(self.data), mime="", source=self.data)
        return ChosenFile("", content)


@dataclass(frozen=True, slots=True)
class PersonalFiles:
    """
    The uploads from which each person gets their own file.

    Attributes:
        uploads: The uploads.
        pattern: The template of the file name for each person; may be empty.
        assignment: The digest of who gets which file, once the files were attached to the message; empty before.
    """

    uploads: tuple[Upload, ...] = ()
    pattern: str = ""
    assignment: str = ""


NO_PERSONAL_FILES = PersonalFiles()


def chosen_files(media: Mapping[str, ChosenMedia], personal: PersonalFiles) -> tuple[ChosenFile, ...]:
    """Return what was chosen for the fields of a message, and for each person."""
    in_fields = (ChosenFile(path, medium.content, medium.variable) for path, medium in sorted(media.items()))
    return (*in_fields, *(upload.chosen for upload in personal.uploads))


def media_of_files(files: Sequence[ChosenFile]) -> dict[str, ChosenMedia]:
    """Return what was chosen for the fields of a message, by their paths with the type."""
    return {file.field: ChosenMedia(file.content, file.variable) for file in files if file.field}


def personal_files(files: Sequence[ChosenFile], pattern: str, assignment: str) -> PersonalFiles:
    """Return what was chosen for each person, with a template of the file names and the digest of who gets which."""
    uploads = (Upload(file.content.name, file.content.read()) for file in files if not file.field)
    return PersonalFiles(tuple(uploads), pattern, assignment)
