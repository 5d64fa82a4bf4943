"""Undo and redo: the states before each step, and those that were undone."""

from typing import Generic, TypeVar

State = TypeVar("State")

_MOST_STEPS = 200


class History(Generic[State]):
    """
    The steps of an edit. Typing in one field is one step, until another action.

    >>> history = History[str]()
    >>> history.record("a"); history.record("ab", typed_in="title"); history.record("abc", typed_in="title")
    >>> history.undo("abcd"), history.undo("ab"), history.redo("a")
    ('ab', 'a', 'ab')
    """

    def __init__(self) -> None:
        self._before: list[State] = []
        self._undone: list[State] = []
        self._typed_in = ""

    @property
    def can_undo(self) -> bool:
        """Whether there is a step to undo."""
        return bool(self._before)

    @property
    def can_redo(self) -> bool:
        """Whether there is a step to redo."""
        return bool(self._undone)

    def record(self, before: State, *, typed_in: str = "") -> None:
        """Record a step by the state before it."""
        if not typed_in or typed_in != self._typed_in:
            self._before = [*self._before, before][-_MOST_STEPS:]
        self._undone = []
        self._typed_in = typed_in

    def undo(self, now: State) -> State:
        """Return the state before the last step; `now` if there is none."""
        if not self._before:
            return now
        self._typed_in = ""
        self._undone.append(now)
        return self._before.pop()

    def redo(self, now: State) -> State:
        """Return the state after the step that was undone last; `now` if there is none."""
        if not self._undone:
            return now
        self._typed_in = ""
        self._before.append(now)
        return self._undone.pop()
