"""Exclusion lists in the ledger: people who must never receive messages."""

from collections import Counter
from collections.abc import Callable, Iterator

import pandas as pd

from dingnb.display import Sheet, Table
from dingnb.errors import InputError
from dingnb.errors.arguments import is_text, read_name, short_repr
from dingnb.ledger import Ledger, Realm, exclusions, transactions
from dingnb.recipients.exclusions import read_entries
from dingnb.tables.cells import read_mobile
from dingnb.tables.timestamps import timestamps
from dingnb.words import Text, count, listed


class Exclusions:
    """
    The exclusion lists of an app, available as `DingTalk.exclusions`.

    ``ding.plan(..., exclude="left")`` excludes everybody who is on the list `left` at that time. A list exists while
    it has people: ``"left" in ding.exclusions``. The lists are kept in the ledger, separately for each app.

    Args:
        ledger: The ledger with the lists.
        realm: The app and its mode.
        now_ns: Returns the current time.

    Example:
        >>> import dingnb
        >>> ding = dingnb.connect("sandbox")
        >>> ding.exclusions.add("left", ["manager01", "manager02"], reason="left in May")
        2
        >>> ding.exclusions.remove("left", ["manager01"])
        1
        >>> ding.exclusions.names()
        ['left']
    """

    def __init__(self, ledger: Ledger, realm: Realm, now_ns: Callable[[], int]) -> None:
        self._ledger = ledger
        self._realm = realm
        self._now_ns = now_ns

    def add(self, name: str, ids: object, reason: str = "") -> int:
        """
        Add people to a list, which is created if necessary.

        Args:
            name: The list's name.
            ids: Userids or phone numbers: a list, a tuple, a set, a Series, an Index or an array; blank values are
                skipped. Phone numbers, in any spelling, apply to plans that address people by number.
            reason: The reason, shown by plans with the excluded rows. It replaces an earlier one.

        Returns:
            The number of people who were not on the list before.

        Raises:
            InputError: The name or an id is invalid; nobody was added.
            LedgerError: The ledger cannot be written.
        """
        if not is_text(reason):
            raise InputError(Text("exclude.bad_reason", reason=short_repr(reason)), Text("exclude.bad_reason_todo"))
        named, entries = _read_name(name), read_entries(ids, "ids")
        userids = list(dict.fromkeys(entry.userid or entry.mobile for entry in entries))
        ledger, realm = self._ledger, self._realm
        return transactions.add_exclusions(ledger, realm, named, userids, reason.strip(), self._now_ns())

    def remove(self, name: str, ids: object) -> int:
        """
        Remove people from a list, so that they receive messages again.

        Args:
            name: The list's name.
            ids: Userids or phone numbers, as for `add`. `drop` removes everybody.

        Returns:
            The number of people removed.

        Raises:
            InputError: There is no such list, or an id is invalid; nobody was removed.
            LedgerError: The ledger cannot be written.
        """
        entries = read_entries(ids, "ids")
        userids = {entry.userid for entry in entries}
        mobiles = {entry.mobile for entry in entries if entry.mobile}
        named = _read_name(name)

        def matches(text: str) -> bool:
            return text in userids or (bool(mobiles) and read_mobile(text).text in mobiles)

        def check(names: list[str]) -> None:
            self._check_exists(named, names)

        return transactions.remove_exclusions(self._ledger, self._realm, named, check, matches)

    def drop(self, name: str) -> int:
        """
        Delete a list, so that everybody on it receives messages again.

        Args:
            name: The list's name.

        Returns:
            The number of people who were on it.

        Raises:
            InputError: There is no such list.
            LedgerError: The ledger cannot be written.
        """
        named = _read_name(name)

        def check(names: list[str]) -> None:
            self._check_exists(named, names)

        return transactions.remove_exclusions(self._ledger, self._realm, named, check)

    def names(self) -> list[str]:
        """Return the names of the lists."""
        with self._ledger.connection() as db:
            return exclusions.names(db, self._realm)

    def to_frame(self, name: str | None = None) -> pd.DataFrame:
        """
        Return the people on the lists.

        Args:
            name: The list; by default, all lists.

        Returns:
            One row for each person on each list, ordered by list and userid: `list` (str), `userid` (str; the phone
            number if that was added), `reason` (str; NA if empty), `added_at` (datetime64[ms, Asia/Shanghai]).

        Raises:
            InputError: There is no such list.
        """
        rows = self._rows(None if name is None else _read_name(name))
        return pd.DataFrame(
            {
                "list": pd.array([row.list for row in rows], dtype="str"),
                "userid": pd.array([row.userid for row in rows], dtype="str"),
                "reason": pd.array([row.reason or None for row in rows], dtype="str"),
                "added_at": timestamps([row.added_ns for row in rows]),
            }
        )

    def reasons(self, name: str) -> dict[str, Text]:
        """
        Return the userids and phone numbers on a list, with the reasons that plans show for their rows.

        Raises:
            InputError: There is no such list.
        """
        plain = Text("row.excluded_list", name=_read_name(name))
        return {
            row.userid: Text("row.excluded_why", name=row.list, reason=row.reason) if row.reason else plain
            for row in self._rows(_read_name(name))
        }

    def sheet(self) -> Sheet:
        """Return the display of the lists."""
        app = (Text("plan.app"), self._realm.app)
        rows = self._rows(None)
        if not rows:
            return Sheet(Text("exclude.title"), self._realm.mode, (app,), (Text("exclude.none"),))
        newest: dict[str, int] = {}
        for row in rows:
            newest[row.list] = max(newest.get(row.list, 0), row.added_ns)
        people = Counter(row.list for row in rows)
        days = timestamps(list(newest.values())).strftime("%Y-%m-%d %H:%M")
        cells = [(name, f"{people[name]:,}", day) for name, day in zip(newest, days, strict=True)]
        header = (Text("exclude.list"), Text("exclude.people"), Text("exclude.newest"))
        facts = (app, (Text("plan.people"), count("person", len({row.userid for row in rows}))))
        note = Text("exclude.use", name=rows[0].list)
        return Sheet(
            Text("exclude.title"), self._realm.mode, facts, (note,), (Table(Text("exclude.lists"), header, cells),)
        )

    def _rows(self, name: str | None) -> list[exclusions.Exclusion]:
        with self._ledger.connection() as db:
            rows = exclusions.every(db, self._realm, name)
            if name is not None and not rows:
                self._check_exists(name, exclusions.names(db, self._realm))
        return rows

    def _check_exists(self, name: str, names: list[str]) -> None:
        if name not in names:
            todo = Text("exclude.no_list_todo", names=listed(names)) if names else Text("exclude.no_lists_todo")
            raise InputError(Text("exclude.no_list", name=name), todo)

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.strip() in self.names()

    def __iter__(self) -> Iterator[str]:
        return iter(self.names())

    def __len__(self) -> int:
        return len(self.names())

    def __repr__(self) -> str:
        return self.sheet().to_text()

    def _repr_html_(self) -> str:
        return self.sheet().to_html()


def _read_name(name: object) -> str:
    return read_name(name, "exclude.bad_name")
