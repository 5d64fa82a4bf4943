"""Files that a browser uploads to a form."""

from collections.abc import Callable
from typing import Any

import ipywidgets as widgets

from dingnb.ui.app_page.exports import LARGEST_UPLOAD, folder_of_exports
from dingnb.ui.kit.files import is_on_a_page
from dingnb.ui.kit.form import update

_LARGEST_ELSEWHERE = 10_000_000
"""Largest upload in bytes with Jupyter's default settings."""


def largest_upload() -> int:
    """Return the size of the largest upload to this form, in bytes."""
    return LARGEST_UPLOAD if is_on_a_page() and folder_of_exports() is not None else _LARGEST_ELSEWHERE


class FileField(widgets.FileUpload):  # type: ignore[misc]  # ipywidgets has no types
    """
    An upload button that does not keep the file, which would be saved with the notebook.

    Args:
        accept: The suffixes of the files to choose from, with commas.
        kinds: Returns which kinds of file it takes, as the label says it.
        multiple: Whether several files can be chosen at once.
    """

    def __init__(self, accept: str, kinds: Callable[[], str], *, multiple: bool = False) -> None:
        self._kinds = kinds
        super().__init__(accept=accept, multiple=multiple, icon="", layout=widgets.Layout(width="auto"))

    def name(self, words: str) -> None:
        """
        Set the label of the button.

        Front ends append the number of files in brackets, from the length of the value. Here it never holds any, and
        the length says which kinds of file it takes.
        """
        update(self, description=words)
        self.send_state("value")

    def get_state(self, *args: Any, **kwargs: Any) -> dict[str, Any]:  # noqa: ANN401 - the widget's own signature
        """Return the state to send or save, with the file left out."""
        state: dict[str, Any] = super().get_state(*args, **kwargs)
        if "value" in state:
            state["value"] = {"length": self._kinds()}
        return state

    def take(self) -> list[tuple[str, bytes]]:
        """Return the names and the bytes of the uploaded files, and release them."""
        uploaded: tuple[dict[str, Any], ...] = self.value
        if uploaded:
            self.set_trait("value", ())
        return [(str(one["name"]), bytes(one["content"])) for one in uploaded]
