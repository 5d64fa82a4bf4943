"""Writes the Python equivalent of the actions in the compose form."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from dingnb.display.namespace import find_name, output_expression, user_namespace
from dingnb.messages import Message
from dingnb.ui.compose.source import Source
from dingnb.ui.compose.state import Written
from dingnb.ui.compose.text import Text
from dingnb.ui.kit.code import Expression, Names, call, message_code, reconnect_code, to_set
from dingnb.words import say

if TYPE_CHECKING:
    from dingnb.client import DingTalk


FOLDER = "files"
"""The name in the code of the folder of files that were uploaded to the form."""


@dataclass(frozen=True, slots=True)
class Checked:
    """
    The input of a check.

    Attributes:
        message: The message.
        written: The message as written.
        arguments: The arguments of `DingTalk.plan`.
        labels: The labels of the frame's columns.
        names: The names of its plan and its campaign in the code.
    """

    message: Message
    written: Written
    arguments: Mapping[str, Any]
    labels: Sequence[object]
    names: Names


class Script:
    """
    Writes the code with the names that the notebook has now.

    Args:
        ding: The app.
        source: The source of the frame.
        form: The form, through which the code reaches objects that have no name in the notebook.
    """

    def __init__(self, ding: "DingTalk", source: Source, form: object) -> None:
        self._form = form
        app, frame = find_name(ding), source.find()
        self._app, self._frame = app or self._unused("ding"), frame or self._unused("staff")
        self._first: list[str] = []
        if not app:
            expression = self._expression_for(ding, "ding") or reconnect_code(ding, os.environ)
            self._first.append(_assignment(self._app, expression, "app"))
        if not frame and source.read_by is not None:
            self._first += source.read_by(self._frame, self._app)
        elif not frame:
            self._first.append(_assignment(self._frame, self._expression_for(source.taken, "frame"), "frame"))
        self._message = self._free("message")
        self.names = Names(app=self._app, plan=self._free("plan"), run=self._free("run"))

    def opening(self) -> list[str]:
        """Return the first lines: the import, and assignments of names to objects that have none in the notebook."""
        return ["import dingnb", "", *self._first]

    def message_lines(self, message: Message, text: Text) -> list[str]:
        """
        Return the statement that creates a message, after comments about content that only the form has.

        Args:
            message: The message.
            text: The message as written, from which it was made.
        """
        chosen = [medium for place in text.places() if (medium := text.medium(place.path))]
        folder = next((found for place in text.places() if (found := text.folder(place.path))), None)
        variables = {attachment.content.reference: attachment.variable for attachment in chosen if attachment.variable}
        comments = [
            f"# {say('code.chosen_file', name=attachment.content.name)}"
            for attachment in chosen
            if not attachment.variable and attachment.content.path is None
        ]
        placeholder = ""
        if folder is not None and folder.files:
            placeholder = FOLDER
            comments.append(f"# {say('code.uploaded_folder', name=FOLDER)}")
        return [*comments, f"{self._message} = {message_code(message, variables, placeholder)}"]

    def check_lines(self, checked: Checked) -> list[str]:
        """Return the statements that create a message and its plan."""
        made = call(f"{checked.names.plan} = {self._app}.plan", self._frame, self._message, **self._written(checked))
        return [*self.message_lines(checked.message, checked.written.text), made]

    def _expression_for(self, value: object, attribute: str) -> str:
        """Return an expression for a value without a name, mostly an attribute of the form; empty if there is none."""
        name, shown = find_name(self._form), output_expression(self._form)
        if name:
            return f"{name}.{attribute}"
        return output_expression(value) or (f"{shown}.{attribute}" if shown else "")

    def _unused(self, name: str) -> str:
        """Return a name that the notebook has not used yet."""
        while name in user_namespace():
            name = f"{name}_"
        return name

    def _free(self, name: str) -> str:
        """Return a name that the code does not use for the app or the frame."""
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
        """Return the code for a column label, without imports: a label without a literal is given by its position."""
        if isinstance(label, str | int | float | bool):
            return label
        return Expression(f"{self._frame}.columns[{checked.labels.index(label)}]")


def _assignment(name: str, expression: str, what: Literal["app", "frame"]) -> str:
    """Return the line that assigns an unnamed object to a name; without an expression for it, a comment to act on."""
    return f"{name} = {expression}" if expression else to_set(name, what)
