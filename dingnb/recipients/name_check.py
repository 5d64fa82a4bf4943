"""Compares the names in a list with those of the people whom its userids and mobile numbers belong to."""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import pandas as pd

from dingnb.errors import InputError
from dingnb.recipients.evidence import brief, missing_keys, read_ids, read_texts
from dingnb.recipients.people_index import PeopleIndex
from dingnb.recipients.person_names import PersonName, fold_names, is_one_apart, name_keys
from dingnb.words import Text, dotted, sentences

EQUAL: Final = "equal"
DIFFERS: Final = "differs"
UNKNOWN: Final = "unknown"

_SAME = Text("match.same", what=Text("match.kind_name"))


class NameCheck(NamedTuple):
    """The result of a comparison, the person (negative if unknown), and the reason."""

    check: str
    person: int
    reason: Text


def compare_names(
    names: "pd.Series[Any]",
    people: pd.DataFrame,
    *,
    userids: Sequence[object] | None = None,
    mobiles: Sequence[object] | None = None,
) -> pd.DataFrame:
    """
    Compare names with those of the people whom userids and mobile numbers belong to, by the rules of `match_people`.

    Args:
        names: The names in the list.
        people: The directory, as `DingTalk.people` returns it.
        userids: The userid of each row; blank where there is none.
        mobiles: The mobile number of each row, which counts where there is no userid.

    Returns:
        One row for each name, in their order, with their index: `check` (str: ``equal``, ``differs``, or ``unknown``
        where list or directory has no name, or the directory no such person), `userid` (str, of the person; NA if
        unknown), `directory_name` (str, NA if unknown), `reason` (str).

    Raises:
        InputError: `people` is not a directory, or there are more or fewer ids than names.

    >>> people = pd.DataFrame({"userid": ["a", "b"], "name": ["张伟", "李娜"]})
    >>> compare_names(pd.Series(["張偉", "张伟"]), people, userids=["a", "b"])["check"].tolist()
    ['equal', 'differs']
    """
    index = PeopleIndex(people)
    checked = check_names(read_texts(names), index, _owners(index, len(names), userids, mobiles))
    reasons = {at: str(reason) for at, reason in {id(one.reason): one.reason for one in checked}.items()}
    owners = [one.person if one.person >= 0 else None for one in checked]
    columns: dict[str, list[str | None]] = {
        "check": [one.check for one in checked],
        "userid": [None if one is None else index.userids[one] for one in owners],
        "directory_name": [None if one is None else index.names[one] or None for one in owners],
        "reason": [reasons[id(one.reason)] for one in checked],
    }
    return pd.DataFrame({name: pd.array(column, dtype="str") for name, column in columns.items()}, index=names.index)


def check_names(written: Sequence[str], index: PeopleIndex, owners: Sequence[tuple[int, str]]) -> list[NameCheck]:
    """
    Compare names with those of people.

    Args:
        written: The names; empty where there is none.
        index: The directory.
        owners: For each name a person of the directory (negative if unknown), and the kind of id that found the person.
    """
    keys = name_keys(fold_names(written), index.is_department)
    nothing = missing_keys(keys)
    known: dict[tuple[str, int, str], NameCheck] = {}
    checked: list[NameCheck] = []
    for text, key, (person, kind) in zip(written, keys, owners, strict=True):
        if person >= 0 and text == index.names[person] and key not in nothing:
            checked.append(NameCheck(EQUAL, person, _SAME))
            continue
        about = ("" if key in nothing else text, person, kind)
        if about not in known:
            known[about] = _compare(index, about[0], PersonName.of(key), person, kind)
        checked.append(known[about])
    return checked


def _owners(
    index: PeopleIndex, length: int, userids: Sequence[object] | None, mobiles: Sequence[object] | None
) -> list[tuple[int, str]]:
    """Return the person of each row, and the kind of id that the person was found by."""
    owners = [(-1, "")] * length
    for kind, values in (("mobile", mobiles), ("userid", userids)):
        if values is None:
            continue
        if len(values) != length:
            wrong = Text("match.check_lengths", argument=f"{kind}s", n=len(values), rows=length)
            raise InputError(wrong, Text("match.check_lengths_todo"))
        ids = index.ids(kind)
        for row, text in enumerate(read_ids(kind, pd.Series(list(values), dtype=object)).texts):
            if text:
                people = ids.people(text)
                owners[row] = (people[0] if len(people) == 1 else -1, kind)
    return owners


def _compare(index: PeopleIndex, written: str, name: PersonName, person: int, kind: str) -> NameCheck:
    if person < 0:
        return NameCheck(UNKNOWN, person, Text("match.check_no_person"))
    if not written:
        return NameCheck(UNKNOWN, person, Text("match.check_blank"))
    theirs = index.by_name.of(person)
    if not theirs.base:
        return NameCheck(UNKNOWN, person, Text("match.check_no_name", who=index.describe(person)))
    if index.has_name(person, name):
        rules = index.name_rules(person, written, name)
        reason = sentences(_SAME, Text("match.rules", rules=dotted(rules))) if rules else _SAME
        return NameCheck(EQUAL, person, reason)
    near = [Text("match.check_similar")] if is_one_apart(name.base, theirs.base) else []
    differs = Text(
        "match.check_differs", name=brief(written), what=Text(f"match.kind_{kind}"), who=index.describe(person)
    )
    return NameCheck(DIFFERS, person, sentences(differs, *near))
