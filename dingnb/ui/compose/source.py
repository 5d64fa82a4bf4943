"""Where a form's frame comes from, and whether it is still as the form has it."""

import pandas as pd

from dingnb.display.notebook_names import NotebookNames


class Source:
    """
    A frame of the notebook's: what its name holds, or the object that the form was opened with.

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
        self._is_shared = False
        self.name = ""
        self.read_by = ""
        self.find()

    def take(self, frame: pd.DataFrame, read_by: str) -> None:
        """Take another frame in its place, which the form itself has read."""
        self._opened, self.name, self.read_by = frame, "", read_by

    def find(self) -> str:
        """Return the name under which the notebook has the frame now; empty where it has none."""
        if self.name and (not self._is_shared or self._held() is not None):
            return self.name
        for frame in (self._opened, self.taken):
            found = self._names.of(frame)
            if found:
                self.name = found
                # What a function calls its own holds nothing any more when the function has returned.
                self._is_shared = self._names.held(found) is frame
                return found
        return ""

    def now(self) -> pd.DataFrame | None:
        """Return the frame as it is at this moment; None where its name holds none any more."""
        if not self.find():
            frame = None if self.name else self._opened
        else:
            frame = self._held() if self._is_shared else self._opened
        return None if frame is None else frame.copy(deep=False)

    def _held(self) -> pd.DataFrame | None:
        held = self._names.held(self.name)
        return held if isinstance(held, pd.DataFrame) else None


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
