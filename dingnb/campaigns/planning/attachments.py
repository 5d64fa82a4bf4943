"""The files of a plan: their DataFrame, their total size, and warnings about them."""

import os
import re
from collections import defaultdict
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import PurePath
from unicodedata import normalize

import numpy as np
import pandas as pd

from dingnb.campaigns.planning.batches import Batches
from dingnb.errors import ColumnError
from dingnb.media import Content
from dingnb.media.content import format_size
from dingnb.media.references import references_in
from dingnb.recipients.addresses import column_of, usual_column
from dingnb.tables.cells import cells_of, show
from dingnb.tables.ids import read_mobile
from dingnb.tables.row_labels import row_name, row_names
from dingnb.words import NOTHING, Text, count, listed, sentences

_MAX_ROWS_SHOWN = 3

_MIN_NAME_LENGTH = 2
"""Minimum length of a name to search for: a single character, such as a common surname, proves nothing."""

_MIN_ID_LENGTH = 3
"""Minimum length of an id within a file name: a shorter one may be something else, such as a month."""

_MAX_PEOPLE = 4
"""Maximum number of people whose files contain the same id; if there are more, it is a word."""

_ID_PART = re.compile("[0-9a-z]+", re.IGNORECASE)
_BETWEEN_WORDS = re.compile(r"[\s_.·•\-–—]+")
_UNSPACED = re.compile("[\u3005\u3007\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3\U00020000-\U0003ffff]")
"""Characters of Chinese, Japanese and Korean names, which may be written without spaces around them."""


def attachments_frame(batches: Batches) -> pd.DataFrame:
    """Return the file of each row, as `Plan.attachments` describes it."""
    rows = list(_files_of_rows(batches))
    positions = np.array([position for position, _ in rows], dtype="int64")
    contents = [content for _, content in rows]
    paths = [batches.paths.get(position) or (content.path and str(content.path)) for position, content in rows]
    frame = pd.DataFrame(
        {
            "position": positions,
            "userid": pd.array([batches.userids[position] for position, _ in rows], dtype="str"),
            "file": pd.array([content.name for content in contents], dtype="str"),
            "path": pd.array([path or np.nan for path in paths], dtype="str"),
            "bytes": np.array([content.size for content in contents], dtype="int64"),
            "type": pd.array([content.mime for content in contents], dtype="str"),
            "hash": pd.array([content.sha256 for content in contents], dtype="str"),
        }
    )
    frame.index = batches.frame.index.take(positions)
    return frame


def attachment_notes(batches: Batches) -> list[Text]:
    """Return warnings about the files of a plan, the most important first; none without files."""
    if not batches.attachments:
        return []
    rows = list(_files_of_rows(batches)) if batches.paths else []
    notes = [
        *_shared_files(batches, rows),
        *_misnamed_files(batches, rows),
        *_notes_of_files(batches.attachments.values()),
    ]
    if rows and any(content.kind == "file" for _, content in rows):
        notes.append(Text("attachments.forwarded"))
    return notes


def _notes_of_files(contents: Iterable[Content]) -> Iterator[Text]:
    """Yield the notes of files; of several renamed files, only the first note and the number of the other files."""
    noted = [content.note for content in contents if content.note]
    renamed = [note for note in noted if note.key == "media.renamed"]
    yield from dict.fromkeys(note for note in noted if note.key != "media.renamed")
    if renamed:
        others = count("file", len(renamed) - 1)
        yield sentences(renamed[0], Text("attachments.renamed", files=others) if renamed[1:] else NOTHING)


def size_of(contents: Iterable[Content]) -> str:
    """Return the total size of several contents, as readable text."""
    return format_size(sum(content.size for content in contents))


def _files_of_rows(batches: Batches) -> Iterator[tuple[int, Content]]:
    """Yield the position of each row that is sent a file, with the file, in the order of the rows."""
    if not batches.attachments:
        return
    content_of = [
        next(
            (batches.attachments[reference] for reference in references_in(body) if reference in batches.attachments),
            None,
        )
        for body in batches.bodies
    ]
    starts = np.array(batches.start_of_batch[:-1], dtype=np.int64)
    batch_of_row = (np.searchsorted(starts, batches.recipient_of_row, side="right") - 1).tolist()
    for position, recipient in enumerate(batches.recipient_of_row.tolist()):
        content = content_of[batches.body_of_batch[batch_of_row[position]]] if recipient >= 0 else None
        if content is not None:
            yield position, content


def _shared_files(batches: Batches, rows: Sequence[tuple[int, Content]]) -> Iterator[Text]:
    """Yield a warning if several people get the same content by the paths in their rows."""
    people_by_hash: dict[str, dict[str, tuple[int, Content]]] = defaultdict(dict)
    for position, content in rows:
        people_by_hash[content.sha256].setdefault(batches.userids[position], (position, content))
    shared = [by_userid for by_userid in people_by_hash.values() if len(by_userid) > 1]
    if shared:
        example = list(shared[0].values())
        index = batches.frame.index
        labels = listed([show(index[position]) for position, _ in example[:_MAX_ROWS_SHOWN]])
        yield Text(
            "attachments.shared",
            people=count("person", len(set().union(*shared))),
            files=count("file", len(shared)),
            file=example[0][1].name,
            rows=row_names(index, labels),
        )


def _misnamed_files(batches: Batches, rows: Sequence[tuple[int, Content]]) -> Iterator[Text]:
    """Yield a warning if the paths of files contain names or ids of other people in the list."""
    names, ids = _names_of_rows(batches), _ids_of_rows(batches)
    paths = {position: batches.paths.get(position, "") for position, _ in rows}
    # A folder that all paths share, such as a home folder, does not identify a person.
    common = _common_folder(paths.values())
    texts = {position: (paths[position].removeprefix(common), content.name) for position, content in rows}
    foreign = _foreign_ids(batches, texts, names, ids) | _foreign_names(texts, names)
    if foreign:
        position = next(at for at, _ in rows if at in foreign)
        path, file = texts[position]
        yield Text(
            "attachments.other_name",
            rows=count("row", len(foreign)),
            row=row_name(batches.frame.index, batches.frame.index[position]),
            file=file if _mentions(file, foreign[position]) else path,
            other=foreign[position],
            name=names.get(position, "") or batches.userids[position],
        )


def _foreign_names(texts: Mapping[int, Sequence[str]], names: Mapping[int, str]) -> dict[int, str]:
    """
    Return a name of another person for each row whose texts contain one but not the row's own name, by position.

    Args:
        texts: The path and the file name of each row, by position.
        names: The name of the person in each row, by position.
    """
    searched_names = [name for name in names.values() if len(_normalize_name(name)) >= _MIN_NAME_LENGTH]
    # A name as written takes precedence over an alternative spelling of another name.
    name_of_exact_spelling = {spelling: name for name in searched_names for spelling in _spellings(name)} | {
        _normalize_name(name): name for name in searched_names
    }
    name_of_spelling = {
        file_name: shown for name in searched_names for file_name, shown in _reordered_spellings(name).items()
    } | name_of_exact_spelling
    lengths = _lengths_by_start(name_of_spelling)
    foreign: dict[int, str] = {}
    for position, row_texts in texts.items():
        name = names.get(position, "")
        # Zhang Wei's file may be called Wei_Zhang, unless somebody else is.
        own_spellings = _spellings(name) | (_reordered_spellings(name).keys() - name_of_exact_spelling.keys())
        for text in row_texts:
            spellings_found = set(_names_in(text, name_of_spelling, lengths))
            if spellings_found and spellings_found.isdisjoint(own_spellings):
                foreign[position] = name_of_spelling[min(spellings_found)]
                break
    return foreign


def _normalize_name(text: str) -> str:
    """Return a text with normalised letters and a space between words, since a file may be called Bo_Li."""
    return _BETWEEN_WORDS.sub(" ", normalize("NFKC", text)).strip()


def _spellings(name: str) -> set[str]:
    """
    Return the spellings of a name in a path.

    Case is ignored only in names of several words: May is a name, may is a month.

    >>> sorted(_spellings("Bo Li")), sorted(_spellings("May")), sorted(_spellings("张 兰"))
    (['Bo Li', 'bo li', 'boli'], ['May'], ['张 兰', '张兰'])
    """
    spaced = _normalize_name(name)
    lower = spaced.casefold()
    return {spaced, lower, lower.replace(" ", "")} if " " in spaced else {spaced} if spaced else set()


def _reordered_spellings(name: str) -> dict[str, str]:
    """
    Return the spellings of a name with the family name at the other end: each in lower case, and as displayed.

    >>> _reordered_spellings("Zhang Wei"), list(_reordered_spellings("Lopez Anna Maria")), _reordered_spellings("张 兰")
    ({'wei zhang': 'Wei Zhang'}, ['anna maria lopez', 'maria lopez anna'], {})
    """
    words = _normalize_name(name).split()
    if len(words) < 2 or _UNSPACED.search(name):  # noqa: PLR2004 - a family name and another one
        return {}
    orders = (" ".join([*words[1:], *words[:1]]), " ".join([*words[-1:], *words[:-1]]))
    return {order.casefold(): order for order in orders}


def _names_in(text: str, names: Container[str], lengths: Mapping[str, Sequence[int]]) -> Iterator[str]:
    """Yield the spellings of names in a text."""
    spaced = _normalize_name(text)
    for searched in dict.fromkeys([spaced, spaced.casefold()]):
        yield from _longest_names_in(searched, names, lengths)


def _mentions(text: str, other: str) -> bool:
    """Return whether a text contains a name or an id in one of its spellings."""
    searched, name = (_normalize_name(part).casefold().replace(" ", "") for part in (text, other))
    return name in searched


def _foreign_ids(
    batches: Batches, texts: Mapping[int, Sequence[str]], names: Mapping[int, str], ids: Sequence[Mapping[str, str]]
) -> dict[int, str]:
    """
    Return an id of another person for each row whose texts contain one but neither an own id nor the own name.

    Args:
        batches: The batches of the plan.
        texts: As for `_foreign_names`.
        names: As for `_foreign_names`.
        ids: The ids of the person in each row, as `_ids_of_rows` returns them.
    """
    id_by_lower = {lower: id_ for row in ids for lower, id_ in row.items()}
    max_parts = max((len(_ID_PART.findall(known_id)) for known_id in id_by_lower), default=0)
    ids_of_row = {
        position: [id_ for text in row_texts for id_ in _ids_in(text, id_by_lower, max_parts)]
        for position, row_texts in texts.items()
    }
    people: dict[str, set[str]] = defaultdict(set)
    for position, row_ids in ids_of_row.items():
        for id_ in row_ids:
            people[id_].add(batches.userids[position])
    person_count = len({batches.userids[position] for position in texts})
    # A string in the files of many people, such as a year or a word, is not an id.
    max_people = min(_MAX_PEOPLE, max(person_count - 1, 2))
    foreign: dict[int, str] = {}
    for position, row_ids in ids_of_row.items():
        other = next((id_ for id_ in row_ids if len(people[id_]) <= max_people), "")
        if (
            other
            and ids[position].keys().isdisjoint(row_ids)
            and not _is_named(texts[position], names.get(position, ""))
        ):
            foreign[position] = id_by_lower[other]
    return foreign


def _is_named(texts: Sequence[str], name: str) -> bool:
    spellings = _spellings(name) | _reordered_spellings(name).keys()
    return any(True for text in texts for _ in _names_in(text, spellings, _lengths_by_start(spellings)))


def _ids_in(text: str, ids: Container[str], max_parts: int) -> Iterator[str]:
    """Yield the ids that are whole words of a text, in lower case; short ids only if they are the whole file name."""
    text = text.lower()
    parts = [part.span() for part in _ID_PART.finditer(text)]
    stem = PurePath(text).stem
    for first, (start, _) in enumerate(parts):
        for _, end in parts[first : first + max_parts]:
            id_ = text[start:end]
            if id_ in ids and (end - start >= _MIN_ID_LENGTH or id_ == stem):
                yield id_


def _common_folder(paths: Iterable[str]) -> str:
    r"""
    Return the folder that all paths have in common, with the separator at its end; empty if there is none.

    Windows accepts both separators.

    >>> _common_folder(["C:/Users/Li/a.pdf", "C:/Users/Li/ab.pdf"]), _common_folder([r"C:\Li\a.pdf", r"C:\Li\b\a.pdf"])
    ('C:/Users/Li/', 'C:\\Li\\')
    >>> _common_folder(["Li/a.pdf", "Bo/b.pdf"]), _common_folder([])
    ('', '')
    """
    prefix = os.path.commonprefix(list(paths))  # noqa: RUF071 - cut at a separator below
    return prefix[: max(map(prefix.rfind, "/\\")) + 1]


def _lengths_by_start(names: Iterable[str]) -> Mapping[str, Sequence[int]]:
    """Return the lengths of names by their first letters, the longest first."""
    lengths: dict[str, set[int]] = defaultdict(set)
    for name in names:
        lengths[name[0]].add(len(name))
    return {start: sorted(sizes, reverse=True) for start, sizes in lengths.items()}


def _longest_names_in(text: str, names: Container[str], lengths: Mapping[str, Sequence[int]]) -> Iterator[str]:
    """
    Yield the names in a text from left to right, preferring the longest at each position: 王伟明 is not 王伟.

    >>> names = {"Li", "Li Na"}
    >>> list(_longest_names_in("Li Nanjing, Li Na", names, _lengths_by_start(names)))
    ['Li', 'Li Na']
    """
    at = 0
    while at < len(text):
        candidates = (text[at : at + n] for n in lengths.get(text[at], ()))
        name = next((part for part in candidates if part in names and _is_word(text, at, part)), "")
        if name:
            yield name
            at += len(name)
        else:
            at += 1


def _is_word(text: str, at: int, name: str) -> bool:
    """
    Return whether a name is a word of its own, where words are separated: Annual does not contain An.

    >>> _is_word("Zoëlla", 0, "Zoë"), _is_word("工资Zoë", 2, "Zoë"), _is_word("x王伟明", 1, "王伟")
    (False, True, True)
    """
    end = at + len(name)
    return not _is_inside_word(text[max(at - 1, 0) : at], name[0]) and not _is_inside_word(
        text[end : end + 1], name[-1]
    )


def _is_inside_word(neighbour: str, letter: str) -> bool:
    """Return whether a character beside the first or last letter of a name continues its word."""
    return neighbour.isalpha() and not _UNSPACED.match(neighbour) and not _UNSPACED.match(letter)


def _ids_of_rows(batches: Batches) -> Sequence[Mapping[str, str]]:
    """Return the ids of the person in each row, by their lower-case form: userid, phone number and job number."""
    columns = [batches.userids]
    # `mobile_column` is text even if the label is a number.
    labels = batches.frame.columns if batches.mobile_column else ()
    address_label = next((label for label in labels if str(label) == batches.mobile_column), None)
    for kind, label in (("mobile", address_label), ("job_number", None)):
        with suppress(ColumnError):
            cells = cells_of(column_of(batches.frame, usual_column(batches.frame, kind) if label is None else label))
            columns.append([(read_mobile(cell).text if kind == "mobile" else show(cell)).strip() for cell in cells])
    return [{id_.lower(): id_ for id_ in row if id_} for row in zip(*columns, strict=True)]


def _names_of_rows(batches: Batches) -> Mapping[int, str]:
    """Return the name of the person in each row, by position; empty unless there is exactly one name column."""
    try:
        column = column_of(batches.frame, usual_column(batches.frame, "name"))
    except ColumnError:
        return {}
    return dict(enumerate(show(cell).strip() for cell in cells_of(column)))
