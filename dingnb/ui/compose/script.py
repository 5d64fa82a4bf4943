"""Writes Python code that does what the compose form has done so far."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from dingnb.display.shell import find_name, output_expression, user_namespace
from dingnb.messages import Message
from dingnb.ui.compose.message_text import MessageText
from dingnb.ui.compose.source import Source
from dingnb.ui.compose.state import DocumentText
from dingnb.ui.kit.code import Expression, Names, assignment_comment, call, message_code, reconnect_code
from dingnb.words import say

if TYPE_CHECKING:
    from dingnb.client import DingTalk

UPLOAD_FOLDER = "files"
"""The path that the code uses for the folder of uploaded files."""


@dataclass(frozen=True, slots=True)
class CheckInput:
    """
    The input of a check.

    Attributes:
        message: The message.
        document_text: The message as written.
        arguments: The arguments of `DingTalk.plan`.
        labels: The labels of the frame's columns.
        names: The names of the app, its plan and its campaign in the code.
    """

    message: Message
    document_text: DocumentText
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
        app, frame = find_name(ding), source.find_name()
        self._app, self._frame = app or self._unused_in_notebook("ding"), frame or self._unused_in_notebook("staff")
        self._assignments: list[str] = []
        if not app:
            expression = self._expression_for(ding, "ding") or reconnect_code(ding, os.environ)
            self._assignments.append(_assignment(self._app, expression, "app"))
        if not frame and source.frame_code is not None:
            self._assignments += source.frame_code(self._frame, self._app)
        elif not frame and len(source.frame):
            self._assignments.append(_assignment(self._frame, self._expression_for(source.frame, "frame"), "frame"))
        self._message = self._unused_in_code("message")
        self.names = Names(app=self._app, plan=self._unused_in_code("plan"), run=self._unused_in_code("run"))

    def opening_lines(self) -> list[str]:
        """Return the first lines: the import, and assignments of objects that have no name in the notebook."""
        return ["import dingnb", "", *self._assignments]

    def message_lines(self, message: Message, text: MessageText) -> list[str]:
        """
        Return the statement that creates a message, after comments about content that only the form has.

        Args:
            message: The message.
            text: The message as written, from which `message` was made.
        """
        media = [medium for place in text.places() if (medium := text.medium(place.path))]
        folder = next((found for place in text.places() if (found := text.folder(place.path))), None)
        variables = {medium.content.reference: medium.variable for medium in media if medium.variable}
        comments = [
            f"# {say('code.chosen_file', name=medium.content.name)}"
            for medium in media
            if not medium.variable and medium.content.path is None
        ]
        placeholder = ""
        if folder is not None and folder.files:
            placeholder = UPLOAD_FOLDER
            comments.append(f"# {say('code.uploaded_folder', name=UPLOAD_FOLDER)}")
        return [*comments, f"{self._message} = {message_code(message, variables, placeholder)}"]

    def check_lines(self, check: CheckInput) -> list[str]:
        """Return the statements that create a message and its plan."""
        plan_line = call(f"{check.names.plan} = {self._app}.plan", self._frame, self._message, **self._arguments(check))
        return [*self.message_lines(check.message, check.document_text.text), plan_line]

    def _expression_for(self, value: object, attribute: str) -> str:
        """Return an expression for a value without a name, usually an attribute of the form; empty if there is none."""
        name, shown = find_name(self._form), output_expression(self._form)
        if name:
            return f"{name}.{attribute}"
        return output_expression(value) or (f"{shown}.{attribute}" if shown else "")

    def _unused_in_notebook(self, name: str) -> str:
        """Return a name that the notebook has not used yet."""
        while name in user_namespace():
            name = f"{name}_"
        return name

    def _unused_in_code(self, name: str) -> str:
        """Return a name that the code does not use for the app or the frame."""
        while name in {self._app, self._frame}:
            name = f"{name}_"
        return name

    def _arguments(self, check: CheckInput) -> dict[str, Any]:
        """Return the arguments of `DingTalk.plan`, with the code for column labels."""
        arguments = check.arguments
        columns = {kind: self._label(check, label) for kind, label in arguments.get("columns", {}).items()}
        return {
            **arguments,
            **({"columns": columns} if columns else {}),
            **({"key": self._label(check, arguments["key"])} if "key" in arguments else {}),
        }

    def _label(self, check: CheckInput, label: object) -> object:
        """Return a column label or, if it cannot be written as a literal, code without imports for it: by position."""
        if isinstance(label, str | int | float | bool):
            return label
        return Expression(f"{self._frame}.columns[{check.labels.index(label)}]")


def _assignment(name: str, expression: str, what: Literal["app", "frame"]) -> str:
    """Return the line that assigns an unnamed object to a name; without an expression for it, a comment to act on."""
    return f"{name} = {expression}" if expression else assignment_comment(name, what)
