"""Where a form's frame comes from, and whether it is still as the form has it."""

import pandas as pd

from dingnb.display.notebook_names import NotebookNames
from dingnb.errors import InputError
from dingnb.language import listed, say


class Source:
    """
    A frame of the notebook's: what its name holds, or the object that the form was opened with.

    Where it had several names, and which of them was meant is not known, it is what the one holds that has changed.

    Args:
        opened: That object.
        names: The notebook's names.

    Attributes:
        taken: The frame as the form has it: what the notebook does with its own does not change this one.
        name: How the notebook calls it, or called it last; empty where it never did.
        read_by: The Python that reads it from its file; empty where it was not read by the form.
    """

    def __init__(self, opened: pd.DataFrame, names: NotebookNames) -> None:
        self.taken = opened.copy(deep=False)
        self._opened = opened
        self._names = names
        self._candidates: list[str] = []
        self._known: object = opened
        self._has_parted = False
        self.name = ""
        self.read_by = ""
        self.find()

    def take(self, frame: pd.DataFrame, read_by: str) -> None:
        """Take another frame in its place, which the form itself has read."""
        self._opened, self.name, self.read_by = frame, "", read_by
        self._candidates, self._has_parted = [], False

    def find(self) -> str:
        """Return the name under which the notebook has the frame now; empty where it has none."""
        held = self._held()
        if self.name and (not self._candidates or self.name in held):
            return self.name
        if held and not self._has_parted:
            self.name = next((name for name, one in held.items() if one is self._known), next(iter(held)))
            return self.name
        # What the others hold that were left behind is not what the form shows.
        for frame in (self.taken,) if self._has_parted else (self._opened, self.taken):
            found = self._names.of(frame)
            if found:
                # What a function calls its own holds nothing any more when the function has returned.
                self.name, self._known, self._has_parted = found, frame, False
                self._candidates = self._names.lasting(frame)
                return found
        return ""

    def now(self) -> pd.DataFrame | None:
        """
        Return the frame as it is at this moment; None where its name holds none any more.

        Raises:
            InputError: Its names hold different ones by now.
        """
        if not self.find():
            frame = None if self.name else self._opened
        else:
            frame = self._chosen() if self._candidates else self._opened
        return None if frame is None else frame.copy(deep=False)

    def _chosen(self) -> pd.DataFrame:
        """Return what the one of its names holds that has changed; what all hold where none has."""
        held = self._held()
        changed = {name: one for name, one in held.items() if one is not self._known}
        if not changed:
            return held[self.name]
        name, frame = next(iter(changed.items()))
        if any(not is_same(frame, one) for one in changed.values()):
            names = listed(self._candidates)
            raise InputError(say("compose.which_frame", names=names), say("compose.which_frame_todo"))
        self.name, self._has_parted = name, True
        return frame

    def _held(self) -> dict[str, pd.DataFrame]:
        """Return the frames that its names hold now."""
        held = ((name, self._names.held(name)) for name in self._candidates)
        return {name: one for name, one in held if isinstance(one, pd.DataFrame)}


def is_same(one: pd.DataFrame, other: pd.DataFrame) -> bool:
    """
    Return whether two frames have the same labels, types and values in the same order; blanks are the same.

    A column of 1,000,000 texts takes about 20 ms, and others less (benchmarks/composing.py).
    """
    if one.shape != other.shape or not (_is_same(one.columns, other.columns) and _is_same(one.index, other.index)):
        return False
    # A column at a time: between two of them another thread may answer somebody who types.
    return all(one.iloc[:, at].equals(other.iloc[:, at]) for at in range(one.shape[1]))


def _is_same(one: pd.Index, other: pd.Index) -> bool:
    return one.equals(other) and one.dtype == other.dtype and list(one.names) == list(other.names)
