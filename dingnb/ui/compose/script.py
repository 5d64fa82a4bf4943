"""The Python that does what the compose form did."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from dingnb.auth import Origin
from dingnb.language import say
from dingnb.messages import Message
from dingnb.ui.code import Expression, Names, call, connect_code, message_code

UNNAMED = "staff"
"""What the code calls a frame that has no name in the notebook."""


class Script:
    """
    Writes the code in the notebook's own names.

    Args:
        known: How the notebook calls the app and the frame.
        labels: The labels of the frame's columns.
    """

    def __init__(self, known: Names, labels: Sequence[object]) -> None:
        self._known = known
        self._labels = labels
        self._app = known.ding or "ding"
        self._frame = known.frame or UNNAMED
        self._message = self._free("message")
        self.names = replace(known, plan=self._free("plan"), run=self._free("run"))

    def opening(self, origin: Origin) -> list[str]:
        """Return what comes first: what is imported, and what the notebook has to have."""
        lines = ["import dingnb", ""]
        if not self._known.ding:
            # Of other apps it is not known here how they were connected; the wrong one must not be sent by.
            is_sandbox = origin.kind == "sandbox"
            lines.append(connect_code(origin) if is_sandbox else f"# {self._app}: {say('compose.code_app')}")
        if not self._known.frame:
            lines.append(f"# {self._frame}: {say('compose.code_frame')}")
        return lines

    def message_line(self, message: Message) -> str:
        """Return the statement that makes a message."""
        return f"{self._message} = {message_code(message)}"

    def check_lines(self, message: Message, arguments: Mapping[str, Any]) -> list[str]:
        """Return the statements that make a message and its plan; `arguments` are those of `DingTalk.plan`."""
        written = self._written(arguments)
        return [
            self.message_line(message),
            call(f"{self.names.plan} = {self._app}.plan", self._frame, self._message, **written),
        ]

    def _free(self, name: str) -> str:
        """Return a name that the notebook does not use for something else that the code needs."""
        while name in {self._app, self._frame}:
            name = f"{name}_"
        return name

    def _written(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        columns = {kind: self._label(label) for kind, label in arguments.get("columns", {}).items()}
        return {
            **arguments,
            **({"columns": columns} if columns else {}),
            **({"key": self._label(arguments["key"])} if "key" in arguments else {}),
        }

    def _label(self, label: object) -> object:
        """Return a label so that nothing has to be imported for it: one that is no plain value by its position."""
        if isinstance(label, str | int | float | bool):
            return label
        return Expression(f"{self._frame}.columns[{self._labels.index(label)}]")
