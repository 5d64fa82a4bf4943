"""The lists of people who are never to be sent to, kept in the ledger."""

from collections import Counter
from collections.abc import Callable, Iterator

import pandas as pd

from dingnb.display import Sheet, Table
from dingnb.errors import InputError
from dingnb.errors.arguments import is_text, read_name, shown
from dingnb.ledger import Ledger, Realm, exclusions, transactions
from dingnb.recipients.exclusions import read_entries
from dingnb.tables.cells import read_mobile
from dingnb.tables.timestamps import timestamps
from dingnb.words import Text, count, listed


class Exclusions:
    """
    The exclusion lists of an app: who is never to be sent to. Made by `DingTalk.exclusions`.

    ``ding.plan(..., exclude="left")`` leaves out who is on the list `left` at that moment. A list is there while
    somebody is on it; ``"left" in ding.exclusions`` tells. The lists are in the ledger, each app has its own.

    Args:
        ledger: Where they are kept.
        realm: Whose lists these are.
        now_ns: Returns the time.

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
        Put people on a list, which is made where it is not there yet.

        Args:
            name: The list's name.
            ids: Userids or phone numbers: a list, a tuple, a set, a Series, an Index or an array; blank ones are
                skipped. Phone numbers count in plans that address people by them, in any spelling.
            reason: Why they are left out; a plan shows it at their rows. It takes the place of an older one.

        Returns:
            How many people were not on the list yet.

        Raises:
            InputError: The name cannot be one, or an id cannot be read; nobody was added.
            LedgerError: The ledger cannot be written.
        """
        if not is_text(reason):
            raise InputError(Text("exclude.bad_reason", reason=shown(reason)), Text("exclude.bad_reason_todo"))
        named, entries = _read_name(name), read_entries(ids, "ids")
        userids = list(dict.fromkeys(entry.userid or entry.mobile for entry in entries))
        ledger, realm = self._ledger, self._realm
        return transactions.add_exclusions(ledger, realm, named, userids, reason.strip(), self._now_ns())

    def remove(self, name: str, ids: object) -> int:
        """
        Take people off a list, so that they are sent to again; `add` puts them back.

        Args:
            name: The list's name.
            ids: Userids or phone numbers, as for `add`; a number in any spelling. `drop` takes off everybody.

        Returns:
            How many of them were on it.

        Raises:
            InputError: There is no such list, or an id cannot be read; nobody was taken off.
            LedgerError: The ledger cannot be written.
        """
        entries = read_entries(ids, "ids")
        userids = {entry.userid for entry in entries}
        mobiles = {entry.mobile for entry in entries if entry.mobile}
        named = _read_name(name)

        def is_meant(one: str) -> bool:
            return one in userids or (bool(mobiles) and read_mobile(one).text in mobiles)

        def check(names: list[str]) -> None:
            self._check_known(named, names)

        return transactions.remove_exclusions(self._ledger, self._realm, named, check, is_meant)

    def drop(self, name: str) -> int:
        """
        Forget a whole list: everybody on it is sent to again.

        Args:
            name: The list's name.

        Returns:
            How many people were on it.

        Raises:
            InputError: There is no such list.
            LedgerError: The ledger cannot be written.
        """
        named = _read_name(name)

        def check(names: list[str]) -> None:
            self._check_known(named, names)

        return transactions.remove_exclusions(self._ledger, self._realm, named, check)

    def names(self) -> list[str]:
        """Return the names of the lists."""
        with self._ledger.connection() as db:
            return exclusions.names(db, self._realm)

    def to_frame(self, name: str | None = None) -> pd.DataFrame:
        """
        Return who is on the lists.

        Args:
            name: The list; all of them by default.

        Returns:
            One row for each person on each list, in the order of lists and userids: `list` (str), `userid` (str; a
            phone number where that was given), `reason` (str; empty is NA), `added_at` (datetime64[ms, Asia/Shanghai]).

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
        Return the userids and phone numbers on a list, each with what a plan says of its rows.

        Raises:
            InputError: There is no such list.
        """
        plain = Text("row.excluded_list", name=_read_name(name))
        return {
            row.userid: Text("row.excluded_why", name=row.list, reason=row.reason) if row.reason else plain
            for row in self._rows(_read_name(name))
        }

    def sheet(self) -> Sheet:
        """Return what the lists show."""
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
                self._check_known(name, exclusions.names(db, self._realm))
        return rows

    def _check_known(self, name: str, names: list[str]) -> None:
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
