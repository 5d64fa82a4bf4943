"""
Whom a plan leaves out.

Every value has to be read: somebody who asked not to be told, and is told because an id could not be read,
is the worst outcome.
"""

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from dingnb.bulk.cells import cells_of, plain_userids, read_userid
from dingnb.errors import InputError
from dingnb.language import count, say

_PYTHONS = (list, tuple, set, frozenset)
_ARRAYS = (pd.Series, pd.Index, np.ndarray, pd.api.extensions.ExtensionArray)


def read_excluded(exclude: object, named: Callable[[str], Mapping[str, str]]) -> dict[str, str]:
    """
    Return the userids that are excluded, each with the reason.

    Args:
        exclude: Userids: a list, a tuple, a set, a Series, an Index or an array of one dimension; they are
            cleaned as those of recipients are, and blank ones are skipped. Or the name of a list. None is nobody.
        named: Returns the userids of the list with a name, each with the reason.

    Raises:
        InputError: It is none of these, or a value cannot be read as a userid.

    >>> read_excluded(["manager01", 123.0, None], {}.__getitem__)
    {'manager01': 'This person is excluded.', '123': 'This person is excluded.'}
    """
    if exclude is None:
        return {}
    if isinstance(exclude, str):
        return dict(named(exclude))
    return dict.fromkeys(read_userids(exclude, "exclude"), say("row.excluded"))


def list_named(exclude: object) -> str | None:
    """Return the name of the list that people are excluded by; empty for ids, None where nobody is to be."""
    return None if exclude is None else exclude.strip() if isinstance(exclude, str) else ""


def read_userids(ids: object, argument: str) -> list[str]:
    """
    Return userids of any collection, cleaned as those of recipients are; blank ones are skipped.

    Args:
        ids: A list, a tuple, a set, a Series, an Index or an array of one dimension.
        argument: The name of the argument that they were given as, for errors.

    Raises:
        InputError: It is none of these, or a value cannot be read as a userid.
    """
    if not isinstance(ids, (*_PYTHONS, *_ARRAYS)) or _has_dimensions(ids):
        kind = type(ids).__name__
        raise InputError(say("exclude.not_ids", argument=argument, kind=kind), say("exclude.not_ids_todo"))
    return _read_ids(_cells(ids), argument)


def _has_dimensions(ids: object) -> bool:
    return isinstance(ids, pd.MultiIndex) or getattr(ids, "ndim", 1) != 1


def _cells(ids: object) -> list[object]:
    return list(ids) if isinstance(ids, _PYTHONS) else cells_of(pd.Series(ids))


def _read_ids(cells: list[object], argument: str) -> list[str]:
    plain = plain_userids(cells)
    if plain is not None:
        return plain
    read = list(map(read_userid, cells))
    unread = [position for position, cell in enumerate(read) if cell.problem]
    if unread:
        first = unread[0]
        raise InputError(
            say(
                "exclude.unread",
                argument=argument,
                cells=count("cell", len(unread)),
                position=first,
                problem=read[first].problem,
            ),
            say("exclude.unread_todo"),
        )
    return [cell.text for cell in read if cell.text]
