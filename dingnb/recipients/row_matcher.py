"""Matches one row with a person, by all evidence of the row, and gives the reason."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from dingnb.recipients.evidence import ID_KINDS, Evidence
from dingnb.recipients.people_index import DepartmentQuery, PeopleIndex, mobile_end
from dingnb.recipients.person_names import PersonName, read_name
from dingnb.tables.cells import shorten
from dingnb.words import MAX_NAMES, NOTHING, Text, clauses, dotted, listed, listed_briefly, sentences

NAME_AND_DEPARTMENT: Final = "name and department"
NAME_ONLY: Final = "name only"
SEVERAL_CANDIDATES: Final = "several"
CONFLICT: Final = "conflict"
REPEATED: Final = "repeated"
NOT_FOUND: Final = "none"

_PERMANENT = frozenset({"userid", "job_number"})
"""Ids that never change: a different id belongs to somebody else."""

_MAX_SIMILAR = 3


@dataclass(frozen=True, slots=True)
class Decision:
    """
    The result of matching a row.

    Attributes:
        match: How the person was found, or why nobody was: the text of the column `match`.
        reason: The evidence, the rules, the candidates.
        person: The person's position in the directory; negative if nobody was chosen.
        candidates: The people whom the row may mean.
    """

    match: str
    reason: Text
    person: int = -1
    candidates: tuple[int, ...] = ()

    @property
    def is_weak(self) -> bool:
        """Whether the match is by name, with or without a department."""
        return self.match in {NAME_AND_DEPARTMENT, NAME_ONLY}

    @classmethod
    def conflict(cls, reason: Text, candidates: Iterable[int]) -> "Decision":
        """Return the decision for a row whose evidence contradicts itself, or other rows' evidence."""
        return cls(CONFLICT, reason, -1, tuple(candidates))


@dataclass(frozen=True, slots=True)
class _Row:
    """
    A row and what the directory has for its evidence.

    Attributes:
        evidence: The row's evidence.
        name: The name; None if missing.
        department_beside: The department beside a numbered name, as in ``张伟2（销售）``; may be empty.
        department: The departments in the cell, or else beside the name; None if missing.
        found: The people of each id that somebody has.
        unknown: The ids that nobody has.
    """

    evidence: Evidence
    name: PersonName | None
    department_beside: str
    department: DepartmentQuery | None
    found: dict[str, list[int]]
    unknown: list[tuple[str, str]]

    @property
    def department_text(self) -> str:
        """The text that names the departments, in the cell or beside the name."""
        return self.evidence.department or self.department_beside


@dataclass(frozen=True, slots=True)
class _NamedDepartments:
    """
    The departments that a row names in its cell, or beside the name.

    Attributes:
        text: The text that names them.
        query: The departments.
        name: The name of the row, if its text beside also counts when equal to the text beside a person's own name;
            otherwise empty.
    """

    text: str
    query: DepartmentQuery
    name: PersonName


def reason_of_agreement(kinds: Sequence[str]) -> Text:
    """
    Return the reason for a row whose evidence agrees.

    >>> str(reason_of_agreement(["mobile", "name"]))
    'Matched by mobile number and name.'
    """
    return Text("match.same", what=_join_kinds(kinds))


def _join_kinds(kinds: Iterable[str]) -> Text:
    names = [Text(f"match.kind_{kind}") for kind in kinds]
    return Text("match.and", others=listed(names[:-1]), last=names[-1]) if names[1:] else listed(names)


def reason_of_name_only(who: Text | str) -> Text:
    """Return the reason for a row that has only a name, which one person has."""
    return Text("match.name_only", who=who)


class RowMatcher:
    """
    Matches single rows with people.

    Args:
        index: The directory.
        accepted: ``name`` if a name alone is enough, ``below`` if a department above the person's is.
    """

    def __init__(self, index: PeopleIndex, accepted: Collection[str]) -> None:
        self._index = index
        self._accepted = accepted

    def decide(self, evidence: Evidence) -> Decision:
        """Return the decision for a row."""
        row = self._read(evidence)
        decision = self._decide(row)
        reason = sentences(decision.reason, *self._notes(row))
        return replace(decision, reason=reason or Text("match.blank"))

    def _decide(self, row: _Row) -> Decision:
        """Return the decision for a row, with its reason but without notes about evidence that was not compared."""
        if row.found:
            return self._decide_by_ids(row)
        return Decision(NOT_FOUND, NOTHING) if row.name is None else self._decide_by_name(row, row.name)

    def are_distinguished(self, rows: Sequence[Evidence], person: int) -> bool:
        """Return whether rows that were matched with one person have different numbers or ids."""
        if len({self._number(row, person) for row in rows if row.name}) > 1:
            return True
        first: dict[str, str] = {}
        return any(first.setdefault(kind, text) != text for row in rows for kind, text in row.ids)

    def _number(self, evidence: Evidence, person: int) -> str:
        """Return the number beside a row's name; empty if the directory has the same number for the person."""
        name, _ = self._read_name(evidence)
        return name.qualifier if name.is_numbered and name.qualifier != self._index.by_name.of(person).qualifier else ""

    def _read_name(self, evidence: Evidence) -> tuple[PersonName, str]:
        """Return the name of a row, and the department beside it if there is a number as well: ``张伟2（销售）``."""
        name = PersonName.of(evidence.name_key)
        numbered = read_name(name.base)
        if (
            numbered.is_numbered
            and self._index.is_department_qualified(name)
            and not self._index.by_name.has_base(name.base)
        ):
            return numbered, name.qualifier
        return name, ""

    def _read(self, evidence: Evidence) -> _Row:
        people_by_kind = {kind: self._index.ids(kind).people(text) for kind, text in evidence.ids}
        name, beside = self._read_name(evidence) if evidence.name else (None, "")
        department_text = evidence.department or beside
        return _Row(
            evidence,
            name,
            beside,
            self._index.departments.find(department_text) if department_text else None,
            {kind: people for kind, people in people_by_kind.items() if people},
            [(kind, text) for kind, text in evidence.ids if not people_by_kind[kind]],
        )

    def _decide_by_ids(self, row: _Row) -> Decision:
        common = set.intersection(*map(set, row.found.values()))
        if not common:
            owners = clauses(
                Text("match.owner", what=Text(f"match.kind_{kind}"), who=self._describe_few(people))
                for kind, people in row.found.items()
            )
            everybody = dict.fromkeys(person for people in row.found.values() for person in people)
            return Decision.conflict(Text("match.ids_differ", owners=owners), everybody)
        people = self._narrow(row, sorted(common))
        if len(people) > 1:
            what = Text("match.several_share", n=len(people), what=_join_kinds(row.found))
            return self._several(what, people)
        conflict = self._find_conflict_of_id_match(row, people[0])
        if conflict:
            return Decision.conflict(conflict, people)
        return Decision(next(iter(row.found)), self._reason(row, people[0]), people[0], (people[0],))

    def _narrow(self, row: _Row, people: list[int]) -> list[int]:
        """Return the people who have a row's name, or whose name is unknown; all people if there are none."""
        if len(people) == 1 or row.name is None:
            return people
        names = {person: self._index.by_name.of(person) for person in people}
        return [
            person for person in people if not names[person].base or self._index.has_name(person, row.name)
        ] or people

    def _find_conflict_of_id_match(self, row: _Row, person: int) -> Text:
        """
        Return what contradicts that a row means the person with the row's ids; empty if nothing does.

        A note such as 勿发 or 离职 beside the name does so as well: the ids find the person, but the list says that the
        person should get nothing. Somebody who has left may still be in the directory, so an id does not disprove 离职.
        """
        who, name, query = self._index.describe(person), row.name, row.department
        what = _join_kinds(row.found)
        ids = self._index.department_ids(person)
        if name is not None and self._index.by_name.of(person).base:
            if not self._index.has_name(person, name):
                key = "match.name_differs" if len(row.found) == 1 else "match.names_differ"
                return Text(key, what=what, who=who, name=shorten(row.evidence.name))
            if query is not None and not (query.ids | query.below) & ids:
                others = self._filter_by_department(self._index.people_for_name(name), query, query.ids, name)
                if others:
                    return Text("match.other_fits", what=what, who=who, others=self._describe_few(others))
        elif query is not None and not query.unknown and not (query.ids | query.below) & ids:
            return Text("match.not_in", who=who, department=shorten(row.department_text))
        return self._find_mark(row, person) or self._find_differing_id(row, person, _PERMANENT)

    def _find_differing_id(self, row: _Row, person: int, kinds: Collection[str]) -> Text:
        """Return the reason against a person whose id of one of these kinds differs from the row's; empty if none."""
        for kind, text in row.unknown:
            theirs = self._index.ids(kind).texts[person]
            if theirs and kind in kinds:
                shown = mobile_end(theirs) if kind == "mobile" else theirs
                who, what = self._index.describe(person), Text(f"match.kind_{kind}")
                return Text("match.id_differs", who=who, what=what, value=shorten(text), theirs=shown)
        return NOTHING

    def _find_qualifier_conflict(self, row: _Row, person: int) -> Text:
        """Return the reason against a person from the text beside the row's name; empty if there is none."""
        name = row.name
        if name is None or name == self._index.by_name.of(person):
            return NOTHING
        if self._index.has_foreign_id(person, name):
            who, qualifier = self._index.describe(person), shorten(name.qualifier.removeprefix("#"))
            return Text("match.number_beside", who=who, mark=qualifier)
        return self._find_mark(row, person)

    def _find_mark(self, row: _Row, person: int) -> Text:
        """Return the note beside the row's name that the person has left or must not get messages; empty if none."""
        if row.name is None or not self._index.is_marked(person, row.name):
            return NOTHING
        return Text("match.marked", who=self._index.describe(person), mark=shorten(row.name.qualifier))

    def _find_conflict_of_name_match(self, row: _Row, person: int) -> Text:
        """Return the reason against a person of the row's name; empty if there is none."""
        return self._find_qualifier_conflict(row, person) or self._find_differing_id(row, person, ID_KINDS)

    def _decide_by_name(self, row: _Row, name: PersonName) -> Decision:
        people = self._index.people_for_name(name)
        if not people:
            return self._no_match(row, name)
        named = self._find_departments(row)
        if not named:
            return self._decide_by_name_alone(row, name, people)
        inside = under = people
        for departments in named:
            query = departments.query
            inside = self._filter_by_department(inside, query, query.ids, departments.name)
            under = self._filter_by_department(under, query, query.ids | query.below, departments.name)
        # The directory may have exactly this name, although the text beside it is also a department.
        same = (
            self._index.by_name.people_with(name)
            if name.qualifier and len(named) == 1 and row.department is None
            else []
        )
        if inside:
            return self._decide_inside(
                row, list(dict.fromkeys([*inside, *same, *self._find_numbered(name, inside, named)]))
            )
        if same:
            return self._decide_by_name_alone(row, name, same)
        if under:
            return self._decide_inside(row, under) if "below" in self._accepted else self._decide_above(under, named)
        # The department in the cell comes first, and one beside the name may follow.
        department, *beside = [shorten(departments.text) for departments in named]
        fields = {"name": shorten(row.evidence.name), "department": department, "who": self._describe_few(people)}
        reason = Text("match.not_in_both", **fields, other=beside[0]) if beside else Text("match.elsewhere", **fields)
        return Decision.conflict(reason, people)

    def _find_numbered(self, name: PersonName, inside: list[int], named: Sequence[_NamedDepartments]) -> list[int]:
        """Return the people in these departments whose names have other numbers: a list may number them differently."""
        if not name.is_numbered or name in map(self._index.by_name.of, inside):
            return []
        others = [other for other in self._index.by_name.names_like(PersonName(name.base)) if other.is_numbered]
        people = [person for other in others for person in self._index.by_name.people_with(other)]
        for departments in named:
            people = self._index.people_in(departments.query.ids, people)
        return people

    def _decide_inside(self, row: _Row, people: list[int]) -> Decision:
        """Return the decision for a row whose department has people of its name."""
        if len(people) > 1:
            return self._several(Text("match.several_inside", n=len(people)), people)
        conflict = self._find_conflict_of_name_match(row, people[0])
        if conflict:
            return Decision.conflict(conflict, people)
        return Decision(NAME_AND_DEPARTMENT, self._reason(row, people[0]), people[0], (people[0],))

    def _decide_by_name_alone(self, row: _Row, name: PersonName, people: list[int]) -> Decision:
        if len(people) > 1:
            return self._several(Text("match.several_named", n=len(people)), people)
        person = people[0]
        conflict = self._find_conflict_of_name_match(row, person)
        if conflict:
            return Decision.conflict(conflict, people)
        # A department that the directory lacks, or a different number, may belong to somebody whom the app cannot see.
        is_enough = row.department is None and self._index.by_name.of(person) == name
        if is_enough and "name" in self._accepted:
            return Decision(NAME_ONLY, self._reason(row, person), person, (person,))
        who = self._index.describe(person)
        what = reason_of_name_only(who) if is_enough else Text("match.name_not_enough", who=who)
        return Decision(NAME_ONLY, sentences(what, self._rules(row, person)), -1, (person,))

    def _decide_above(self, people: list[int], named: Sequence[_NamedDepartments]) -> Decision:
        """Return the decision for a row that names a department above its candidates' departments."""
        inside = [self._filter_by_department(people, each.query, each.query.ids, each.name) for each in named]
        above, _ = min(zip(named, inside, strict=True), key=lambda pair: len(pair[1]))
        reason = Text("match.below", department=shorten(above.text), who=self._describe_few(people))
        return Decision(NAME_ONLY if len(people) == 1 else SEVERAL_CANDIDATES, reason, -1, tuple(people))

    def _several(self, what: Text, people: Sequence[int]) -> Decision:
        reason = sentences(what, Text("match.candidates", who=self._describe_few(people)))
        return Decision(SEVERAL_CANDIDATES, reason, -1, tuple(people))

    def _no_match(self, row: _Row, name: PersonName) -> Decision:
        if not self._index.by_name.code_of:
            return Decision(NOT_FOUND, Text("match.kind_not_shown", what=Text("match.kind_name")))
        similar = self._index.by_name.similar_people(name.base, _MAX_SIMILAR)
        if row.department is not None:
            ids = row.department.ids
            similar.sort(key=lambda person: not ids & self._index.department_ids(person))
        near = [Text("match.similar", who=self._describe_few(similar[:_MAX_SIMILAR]))] if similar else []
        left = [Text("match.leavers")] if name.has_left else []
        reason = sentences(Text("match.no_name", name=shorten(row.evidence.name)), *left, *near)
        return Decision(NOT_FOUND, reason, -1, tuple(similar[:_MAX_SIMILAR]))

    def _find_departments(self, row: _Row) -> list[_NamedDepartments]:
        """
        Return the departments that a row names, in the cell and beside the name.

        A cell whose departments the directory lacks is left out. Without a cell, the text beside the row's name may be
        a part of the name, so people with this text beside their own names are not in the department by that alone.
        """
        unnamed, in_row = PersonName(""), row.department
        name = unnamed if row.name is None else row.name
        beside = name.qualifier if self._index.is_department_qualified(name) else ""
        if row.department_beside and row.evidence.department:
            beside = row.department_beside
        named: list[_NamedDepartments] = []
        if in_row is not None and (in_row.ids or in_row.below):
            named.append(_NamedDepartments(row.department_text, in_row, unnamed))
        if beside:
            query = self._index.departments.find(beside)
            named.append(_NamedDepartments(beside, query, name if named else unnamed))
        return named

    def _filter_by_department(
        self, people: list[int], query: DepartmentQuery, ids: frozenset[int], name: PersonName
    ) -> list[int]:
        """Return the given people who are in one of the departments, or have the query's department beside the name."""
        inside = self._index.people_in(ids, people)
        if not self._index.is_department_qualified(name) or query != self._index.departments.find(name.qualifier):
            return inside
        there = set(inside)
        return [
            person for person in people if person in there or self._index.by_name.of(person).qualifier == name.qualifier
        ]

    def _reason(self, row: _Row, person: int) -> Text:
        """Return why a row is matched with a person: the evidence that agrees, the rules, other departments."""
        kinds = list(row.found)
        if row.name is not None and self._index.by_name.of(person).base:
            kinds.append("name")
        ids, named, query = self._index.department_ids(person), self._find_departments(row), row.department
        if any(departments.query.ids & ids for departments in named):
            kinds.append("department")
        notes = [
            Text("match.in_sub_department", department=shorten(departments.text))
            for departments in named
            if departments.query.below & ids and not departments.query.ids & ids
        ]
        if query is not None and not query.unknown and not (query.ids | query.below) & ids:
            notes.append(Text("match.moved", who=self._index.describe(person)))
        return sentences(reason_of_agreement(kinds), self._rules(row, person), *notes)

    def _rules(self, row: _Row, person: int) -> Text:
        """Return the rules by which the texts of a row equal the directory's texts, as a sentence; empty if none."""
        rules: list[Text] = []
        their_name = self._index.names[person]
        if row.name is not None and their_name:
            # If the row has the name as the directory spells it, the text beside it is not a spelling difference.
            written = their_name if row.department_beside and their_name in row.evidence.name else row.evidence.name
            rules += self._index.name_rules(person, written, row.name)
            if row.department_beside:
                rules.append(Text("match.rule_beside", mark=shorten(row.department_beside)))
        for kind in row.found:
            ours, theirs = dict(row.evidence.ids)[kind], self._index.ids(kind).texts[person]
            if ours.casefold() != theirs.casefold():
                rules.append(Text("match.rule_zeros", ours=ours, theirs=theirs))
        if row.department is not None and not self._index.departments.is_exact(row.department_text):
            ids = row.department.ids & self._index.department_ids(person)
            paths = sorted(self._index.departments.paths[department_id] for department_id in ids)
            if paths:
                rules.append(Text("match.rule_department", ours=shorten(row.department_text), theirs=listed(paths)))
        return Text("match.rules", rules=dotted(rules)) if rules else NOTHING

    def _notes(self, row: _Row) -> list[Text]:
        """Return notes about evidence that is invalid, unknown to the directory, or cannot be compared."""
        notes = list(row.evidence.problems)
        for kind, text in row.unknown:
            what = Text(f"match.kind_{kind}")
            is_known = self._index.ids(kind).is_known
            notes.append(
                Text("match.no_such", what=what, value=shorten(text))
                if is_known
                else Text("match.kind_not_shown", what=what)
            )
        if row.department is not None and row.department.unknown:
            notes.append(Text("match.no_department", departments=listed(map(shorten, row.department.unknown))))
        return notes

    def _describe_few(self, people: Sequence[int]) -> Text:
        shown = [self._index.describe(person) for person in people[:MAX_NAMES]]
        total = len(people)
        return (
            listed_briefly(shown, "person", total=total)
            if total > MAX_NAMES
            else Text("semicolons", parts=tuple(shown))
        )
