"""The files of a plan: a DataFrame of them, what is questionable, and what has to be uploaded."""

import os
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

from dingnb.campaigns.planning.batches import Batches
from dingnb.errors import ColumnError
from dingnb.media import Content
from dingnb.media.content import size_text
from dingnb.media.references import references_in
from dingnb.recipients.addresses import column_of, usual_column
from dingnb.tables.cells import cells_of, show
from dingnb.words import Text, count, listed

_SHOWN = 3
_SHORTEST_NAME = 2
"""A single character, such as a common surname, is no evidence that a file is somebody's."""


def attachments_frame(planned: Batches) -> pd.DataFrame:
    """Return the file of each row, as `Plan.attachments` describes it."""
    rows = list(_files_of_rows(planned))
    positions = np.array([position for position, _ in rows], dtype="int64")
    contents = [content for _, content in rows]
    paths = [planned.paths.get(position) or (content.path and str(content.path)) for position, content in rows]
    frame = pd.DataFrame(
        {
            "position": positions,
            "userid": pd.array([planned.userids[position] for position, _ in rows], dtype="str"),
            "file": pd.array([content.name for content in contents], dtype="str"),
            "path": pd.array([path or np.nan for path in paths], dtype="str"),
            "bytes": np.array([content.size for content in contents], dtype="int64"),
            "type": pd.array([content.mime for content in contents], dtype="str"),
            "hash": pd.array([content.sha256 for content in contents], dtype="str"),
        }
    )
    frame.index = planned.frame.index.take(positions)
    return frame


def attachment_notes(planned: Batches) -> list[Text]:
    """Return what is questionable about the files of a plan, the most important first."""
    if not planned.attachments:
        return []
    rows = list(_files_of_rows(planned)) if planned.paths else []
    notes = [*_shared_files(planned, rows), *_misnamed_files(planned, rows)]
    notes += dict.fromkeys(content.note for content in planned.attachments.values() if content.note)
    if rows and any(content.kind == "file" for _, content in rows):
        notes.append(Text("attachments.forwarded"))
    return notes


def size_of(contents: Iterable[Content]) -> str:
    """Return the size of several contents in all, as people read it."""
    return size_text(sum(one.size for one in contents))


def _files_of_rows(planned: Batches) -> Iterator[tuple[int, Content]]:
    """Yield the position of each row that is sent a file, with the file, in the order of the rows."""
    if not planned.attachments:
        return
    content_of = [
        next((planned.attachments[one] for one in references_in(body) if one in planned.attachments), None)
        for body in planned.bodies
    ]
    starts = np.array(planned.start_of_batch[:-1], dtype=np.int64)
    batches = (np.searchsorted(starts, planned.recipient_of_row, side="right") - 1).tolist()
    for position, recipient in enumerate(planned.recipient_of_row.tolist()):
        content = content_of[planned.body_of_batch[batches[position]]] if recipient >= 0 else None
        if content is not None:
            yield position, content


def _shared_files(planned: Batches, rows: Sequence[tuple[int, Content]]) -> Iterator[Text]:
    """Yield a warning if several people get the same file, though the path is each row's own."""
    people: dict[str, dict[str, tuple[int, Content]]] = defaultdict(dict)
    for position, content in rows:
        people[content.sha256].setdefault(planned.userids[position], (position, content))
    shared = [list(found.values()) for found in people.values() if len(found) > 1]
    if shared:
        first = shared[0]
        labels = planned.frame.index
        who = listed([str(labels[position]) for position, _ in first[:_SHOWN]])
        yield Text(
            "attachments.shared",
            people=count("person", sum(map(len, shared))),
            files=count("file", len(shared)),
            file=first[0][1].name,
            rows=who,
        )


def _misnamed_files(planned: Batches, rows: Sequence[tuple[int, Content]]) -> Iterator[Text]:
    """Yield a warning if the paths of files contain names of other people in the list."""
    names = _names(planned)
    known = {name for name in names.values() if len(name) >= _SHORTEST_NAME}
    if not known:
        return
    paths = {position: planned.paths.get(position) or content.name for position, content in rows}
    # What all paths begin with, such as somebody's home folder, is nobody's.
    common = _common_folder(paths.values())
    lengths = sorted({len(name) for name in known}, reverse=True)
    found: list[tuple[int, str, str]] = []
    for position, content in rows:
        own = names.get(position, "")
        inside = set(_known_in(paths[position].removeprefix(common), known, lengths))
        if inside and own not in inside:
            found.append((position, content.name, min(inside)))
    if found:
        position, file, other = found[0]
        label, own = planned.frame.index[position], names.get(position, "")
        yield Text(
            "attachments.other_name", rows=count("row", len(found)), label=label, file=file, other=other, name=own
        )


def _common_folder(paths: Iterable[str]) -> str:
    """Return the folder that all paths begin with; empty if there is none."""
    try:
        return os.path.commonpath({os.path.dirname(path) for path in paths})  # noqa: PTH120 - texts of any system
    except ValueError:
        return ""


def _known_in(text: str, known: set[str], lengths: Sequence[int]) -> Iterator[str]:
    """Yield the names in a text, from the left, of several at one place the longest: 王伟明 is not 王伟."""
    at = 0
    while at < len(text):
        found = next((text[at : at + n] for n in lengths if text[at : at + n] in known), "")
        if found and _is_word(text, at, found):
            yield found
            at += len(found)
        else:
            at += 1


def _is_word(text: str, at: int, name: str) -> bool:
    """Return whether a name is no part of a longer word: An is not in Annual."""
    if not name.isascii():
        return True
    around = text[max(at - 1, 0) : at] + text[at + len(name) : at + len(name) + 1]
    return not any(one.isascii() and one.isalpha() for one in around)


def _names(planned: Batches) -> Mapping[int, str]:
    """Return the name of the person in each row, by position; empty where no single column is called so."""
    try:
        column = column_of(planned.frame, usual_column(planned.frame, "name"))
    except ColumnError:
        return {}
    return dict(enumerate(show(cell).strip() for cell in cells_of(column)))
