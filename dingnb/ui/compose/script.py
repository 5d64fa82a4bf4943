"""The Python that does what the compose form did."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from dingnb.display.namespace import name_of, output_of, user_namespace
from dingnb.messages import Message
from dingnb.ui.compose.source import Source
from dingnb.ui.compose.text import Text
from dingnb.ui.kit.code import Expression, Names, call, message_code, reconnect_code, to_set
from dingnb.words import say

if TYPE_CHECKING:
    from dingnb.client import DingTalk


FOLDER = "files"
"""What the code calls the folder of files that were uploaded to the form."""


@dataclass(frozen=True, slots=True)
class Checked:
    """
    What a check was made of.

    Attributes:
        message: The message.
        text: What was written, of which it was made.
        arguments: The arguments of `DingTalk.plan`.
        labels: The labels of the frame's columns.
        names: What its plan and its campaign are called.
    """

    message: Message
    text: Text
    arguments: Mapping[str, Any]
    labels: Sequence[object]
    names: Names


class Script:
    """
    Writes the code in the names that the notebook has at this moment.

    Args:
        ding: The app.
        source: Where the frame comes from.
        form: The form, from which the notebook has what it has no name for.
    """

    def __init__(self, ding: "DingTalk", source: Source, form: object) -> None:
        self._form = form
        app, frame = name_of(ding), source.find()
        self._app, self._frame = app or self._unused("ding"), frame or self._unused("staff")
        self._first: list[str] = []
        if not app:
            way = self._way_to(ding, "ding") or reconnect_code(ding, os.environ)
            self._first.append(_had(self._app, way, "app"))
        if not frame and source.read_by is not None:
            self._first += source.read_by(self._frame, self._app)
        elif not frame:
            self._first.append(_had(self._frame, self._way_to(source.taken, "frame"), "frame"))
        self._message = self._free("message")
        self.names = Names(app=self._app, plan=self._free("plan"), run=self._free("run"))

    def opening(self) -> list[str]:
        """Return what comes first: what is imported, and how the notebook comes to what it has no name for."""
        return ["import dingnb", "", *self._first]

    def message_lines(self, message: Message, text: Text) -> list[str]:
        """
        Return the statement that makes a message, below comments on what only the form has.

        Args:
            message: The message.
            text: What was written, of which it was made.
        """
        chosen = [medium for one in text.places() if (medium := text.medium(one.path))]
        folder = next((found for one in text.places() if (found := text.folder(one.path))), None)
        variables = {one.content.reference: one.variable for one in chosen if one.variable}
        comments = [
            f"# {say('code.chosen_file', name=one.content.name)}"
            for one in chosen
            if not one.variable and one.content.path is None
        ]
        placeholder = ""
        if folder is not None and folder.files:
            placeholder = FOLDER
            comments.append(f"# {say('code.uploaded_folder', name=FOLDER)}")
        return [*comments, f"{self._message} = {message_code(message, variables, placeholder)}"]

    def check_lines(self, checked: Checked) -> list[str]:
        """Return the statements that make a message and its plan."""
        made = call(f"{checked.names.plan} = {self._app}.plan", self._frame, self._message, **self._written(checked))
        return [*self.message_lines(checked.message, checked.text), made]

    def _way_to(self, value: object, attribute: str) -> str:
        """Return how the notebook comes to a value without a name, mostly by the form; empty where it cannot."""
        name, shown = name_of(self._form), output_of(self._form)
        if name:
            return f"{name}.{attribute}"
        return output_of(value) or (f"{shown}.{attribute}" if shown else "")

    def _unused(self, name: str) -> str:
        """Return a name under which the notebook has nothing yet."""
        while name in user_namespace():
            name = f"{name}_"
        return name

    def _free(self, name: str) -> str:
        """Return a name that the notebook does not use for something else that the code needs."""
        while name in {self._app, self._frame}:
            name = f"{name}_"
        return name

    def _written(self, checked: Checked) -> dict[str, Any]:
        arguments = checked.arguments
        written = {kind: self._label(checked, label) for kind, label in arguments.get("columns", {}).items()}
        return {
            **arguments,
            **({"columns": written} if written else {}),
            **({"key": self._label(checked, arguments["key"])} if "key" in arguments else {}),
        }

    def _label(self, checked: Checked, label: object) -> object:
        """Return a label so that nothing has to be imported for it: one that is no plain value by its position."""
        if isinstance(label, str | int | float | bool):
            return label
        return Expression(f"{self._frame}.columns[{checked.labels.index(label)}]")


def _had(name: str, way: str, what: Literal["app", "frame"]) -> str:
    """Return the line that gives a name to what has none; where there is no way to it, a comment to act on."""
    return f"{name} = {way}" if way else to_set(name, what)
