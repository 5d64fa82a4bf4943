"""
Notebook cell outputs that are updated in place and keep their last state.

They are plain text and static HTML, without widgets, ids or times, so that a saved notebook is readable without a
kernel, and is the same after every run.
"""

import sys
from contextlib import suppress
from html import escape
from typing import Any
from uuid import uuid4

from dingnb.words import say
from dingnb.words.visible import visible

_FONT = "font-family:var(--jp-ui-font-family,system-ui,sans-serif);color:var(--jp-ui-font-color1,#222)"
_TRACK = "max-width:30em;height:4px;border-radius:2px;overflow:hidden;background:var(--jp-border-color2,#ddd)"
_FILL = "height:100%;border-radius:2px;background:var(--jp-brand-color1,#1976d2)"
_FILL_AT_REST = f"{_FILL};opacity:.45"


class CellOutput:
    """
    One output of a cell.

    Args:
        publisher: The kernel's display publisher.

    Attributes:
        is_live: Whether the output can be updated, which it cannot inside ``%%capture``.
    """

    def __init__(self, publisher: Any) -> None:  # noqa: ANN401 - IPython's own, and each kernel has another
        self._publisher = publisher
        self._display_id = ""
        self.is_live = not hasattr(publisher, "outputs")

    def draw(self, text: str, share: float | None) -> None:
        """Replace the output with a text and its bar."""
        display_id = self._display_id or uuid4().hex
        html = _html(text, share, _FILL)
        if self._publish(text, html, transient={"display_id": display_id}, update=bool(self._display_id)):
            self._display_id = display_id

    def leave(self, text: str, share: float | None) -> None:
        """Replace the output with a text and its bar for the last time."""
        transient = {"display_id": self._display_id} if self._display_id else {}
        self._publish(text, _html(text, share, _FILL_AT_REST), transient=transient, update=bool(self._display_id))
        self._display_id = ""

    def _publish(self, text: str, html: str, **how: object) -> bool:
        """Return whether it was shown; a display error must not interrupt the work."""
        with suppress(OSError, RuntimeError, ValueError, *_kernel_errors()):
            data = {"text/plain": visible(text), "text/html": html}
            self._publisher.publish(data=data, metadata={}, **how)
            return True
        return False


def cell_output() -> CellOutput | None:
    """Return an output of the running cell; None outside of a notebook."""
    shell = _notebook_shell()
    return None if shell is None else CellOutput(shell.display_pub)


def is_notebook() -> bool:
    """Return whether this process runs the cells of a notebook, so that live output is possible."""
    return _notebook_shell() is not None


def _notebook_shell() -> Any:  # noqa: ANN401 - IPython's own
    # Code cannot be running in IPython if it was not imported.
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    return None if getattr(shell, "kernel", None) is None else shell


def _kernel_errors() -> tuple[type[Exception], ...]:
    zmq = sys.modules.get("zmq")
    return (zmq.ZMQError,) if zmq else ()


def _html(text: str, share: float | None, fill: str) -> str:
    return (
        f'<div style="{_FONT};max-width:60em;margin:4px 0">'
        + ("" if share is None else _bar(share, fill))
        + '<div role="status" aria-live="polite" style="font-variant-numeric:tabular-nums">'
        + f"{escape(visible(text))}</div></div>"
    )


def _bar(share: float, fill: str) -> str:
    percent = int(100 * share)
    return (
        f'<div role="progressbar" aria-label="{escape(say("progress.label"))}" aria-valuemin="0" aria-valuemax="100" '
        f'aria-valuenow="{percent}" style="{_TRACK};margin-bottom:4px">'
        f'<div style="width:{percent}%;{fill}"></div></div>'
    )
