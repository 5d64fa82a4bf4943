"""How a notebook calls the objects that it holds, for the code that forms show."""

import keyword
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from types import FrameType

from dingnb.display.call_source import names_in_call


class NotebookNames:
    """
    The names of a notebook, as they are whenever they are asked for.

    >>> names = NotebookNames({"ding": 1.5, "Out": {3: 2.5}})
    >>> names.of(1.5), names.of(2.5)
    ('', '')
    >>> one = 2.5
    >>> NotebookNames({"one": one, "_": one}).of(one), NotebookNames({"Out": {3: one}}).output(one)
    ('one', 'Out[3]')

    Args:
        shared: The names that stay: those of a notebook's cells, or of a module.
        passing: Names of a function that runs, each with its value: they are the last to be looked at.
        written: The names that somebody used; they go before others of the same value.
    """

    def __init__(
        self,
        shared: Mapping[str, object],
        passing: Sequence[tuple[str, object]] = (),
        written: Container[str] = frozenset(),
    ) -> None:
        self._shared = shared
        self._passing = tuple(passing)
        self._written = written

    @classmethod
    def seen_from(cls, caller: FrameType, values: Sequence[object]) -> "NotebookNames":
        """Return the names that some code has for values; of a function it keeps no others than theirs."""
        local = () if caller.f_locals is caller.f_globals else list(caller.f_locals.items())
        passing = [(name, held) for name, held in local if any(held is one for one in values)]
        return cls(caller.f_globals, passing, names_in_call(caller))

    def of(self, value: object) -> str:
        """Return the name of a value; empty where it has none."""
        # The notebook's own names first: those of a function in it are gone when it has returned.
        return next(iter((*self.lasting(value), *_names_of(value, self._passing))), "")

    def lasting(self, value: object) -> list[str]:
        """Return the names that stay and hold a value: those that somebody used for it, or else all."""
        names = list(_names_of(value, self._now()))
        return [name for name in names if name in self._written] or names

    def is_taken(self, name: str) -> bool:
        """Return whether a name is there, whatever it holds."""
        return name in self._shared or any(name == one for one, _ in self._passing)

    def held(self, name: str) -> object:
        """Return what a name that stays holds now; None where it is gone."""
        return self._shared.get(name)

    def output(self, value: object) -> str:
        """Return how IPython calls a value that a cell has shown; empty where it does not keep it."""
        shown = self._shared.get("Out")
        if not isinstance(shown, dict):
            return ""
        kept = [number for number, one in list(shown.items()) if one is value]
        return f"Out[{kept[-1]!r}]" if kept else ""

    def _now(self) -> list[tuple[str, object]]:
        # A copy at one go: another thread may define names meanwhile.
        return list(self._shared.items())


def _names_of(value: object, names: Iterable[tuple[str, object]]) -> Iterator[str]:
    for name, known in names:
        is_written = name.isidentifier() and not name.startswith("_") and not keyword.iskeyword(name)
        if known is value and is_written:
            yield name
