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


def read_excluded(exclude: object, named: Callable[[str], Mapping[str, str]] | None = None) -> dict[str, str]:
    """
    Return the userids that are excluded, each with the reason.

    Args:
        exclude: Userids: a list, a tuple, a set, a Series, an Index or an array of one dimension; they are
            cleaned as those of recipients are, and blank ones are skipped. Or the name of a list. None is nobody.
        named: Returns the userids of the list with a name, each with the reason; None where there are no lists.

    Raises:
        InputError: It is none of these, or a value cannot be read as a userid.

    >>> read_excluded(["manager01", 123.0, None])
    {'manager01': 'This person is excluded.', '123': 'This person is excluded.'}
    """
    if exclude is None:
        return {}
    if isinstance(exclude, str):
        if named is None:
            raise InputError(say("exclude.no_lists", name=exclude), say("exclude.no_lists_todo"))
        return dict(named(exclude))
    if not isinstance(exclude, (*_PYTHONS, *_ARRAYS)) or _has_dimensions(exclude):
        raise InputError(say("exclude.not_ids", kind=type(exclude).__name__), say("exclude.not_ids_todo"))
    return dict.fromkeys(_read_ids(_cells(exclude)), say("row.excluded"))


def reason_of_list(name: str) -> str:
    """Return why a row is rejected whose person is on the list with this name."""
    return say("row.excluded_list", name=name)


def _has_dimensions(ids: object) -> bool:
    return isinstance(ids, pd.MultiIndex) or getattr(ids, "ndim", 1) != 1


def _cells(ids: object) -> list[object]:
    return list(ids) if isinstance(ids, _PYTHONS) else cells_of(pd.Series(ids))


def _read_ids(cells: list[object]) -> list[str]:
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
                cells=count("cell", len(unread)),
                position=first,
                problem=read[first].problem,
            ),
            say("exclude.unread_todo"),
        )
    return [cell.text for cell in read if cell.text]
