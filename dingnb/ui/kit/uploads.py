"""Files that a browser uploads to a form."""

from collections.abc import Callable
from typing import Any

import ipywidgets as widgets

from dingnb.ui.app_page.exports import MAX_UPLOAD_BYTES, exports_folder
from dingnb.ui.kit.files import is_served_by_voila
from dingnb.ui.kit.form import update

_JUPYTER_MAX_BYTES = 10_000_000
"""Maximum size of an upload with Jupyter's default settings."""


def max_upload_bytes() -> int:
    """Return the maximum size of an upload to this form, in bytes."""
    return MAX_UPLOAD_BYTES if is_served_by_voila() and exports_folder() is not None else _JUPYTER_MAX_BYTES


class FileField(widgets.FileUpload):  # type: ignore[misc]  # ipywidgets has no types
    """
    An upload button that does not keep the file, which would be saved with the notebook.

    Args:
        accept: The accepted file suffixes, separated by commas.
        kinds: Returns the accepted kinds of file as text, for the label.
        multiple: Whether several files can be chosen at once.
    """

    def __init__(self, accept: str, kinds: Callable[[], str], *, multiple: bool = False) -> None:
        self._kinds = kinds
        super().__init__(accept=accept, multiple=multiple, icon="", layout=widgets.Layout(width="auto"))

    def set_label(self, label: str) -> None:
        """
        Set the label of the button.

        Front ends append the length of the value in brackets, normally the number of files. The value of this button is
        always empty, so the accepted kinds of file are sent as its length.
        """
        update(self, description=label)
        self.send_state("value")

    def get_state(self, *args: Any, **kwargs: Any) -> dict[str, Any]:  # noqa: ANN401 - the widget's own signature
        """Return the state to send or save, with the file left out."""
        state: dict[str, Any] = super().get_state(*args, **kwargs)
        if "value" in state:
            state["value"] = {"length": self._kinds()}
        return state

    def take(self) -> list[tuple[str, bytes]]:
        """Return the names and contents of the uploaded files, and release them."""
        uploaded: tuple[dict[str, Any], ...] = self.value
        if uploaded:
            self.set_trait("value", ())
        return [(str(upload["name"]), bytes(upload["content"])) for upload in uploaded]
