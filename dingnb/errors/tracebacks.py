"""
Clears the local variables of an error's traceback, so that tools that show them do not reveal secrets.

``pytest -l``, IPython's verbose tracebacks and error trackers show the variables of every frame of a traceback. The
frames of requests and urllib3 contain the URL, headers and body of a call, and so the token and the app secret. dingnb
reveals secrets only inside `cleared_frames`.

Limits:

- Outer frames keep their variables: the caller's, such as a secret that a notebook holds as text, and the variables of
  ipykernel and ipywidgets while they pass on typed text.
- A function that takes a secret as text wraps it in its first line; an interrupt before that line exposes the text. A
  second interrupt, while frames are being cleared, leaves the remaining frames uncleared.
- A debugger that stops inside a call, or a memory dump, shows everything.
"""

import sys
from traceback import clear_frames
from types import TracebackType

from dingnb.errors.exceptions import DingError


class cleared_frames:  # noqa: N801 - a context manager, named as in contextlib
    """
    A context manager that clears the variables of an error's inner frames; the traceback keeps its lines.

    Of an error's causes, only dingnb's own errors are kept; other causes, such as urllib3's, quote whole URLs.
    """

    __slots__ = ("_outer_error",)

    def __enter__(self) -> None:
        self._outer_error = sys.exception()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, frames: TracebackType | None
    ) -> None:
        pending = [error]
        while pending:
            current = pending.pop()
            if current is None or current is self._outer_error:
                continue
            clear_frames(current.__traceback__)
            if not isinstance(current.__cause__, DingError | None):
                current.__cause__, current.__suppress_context__ = None, False
            if not isinstance(current.__context__, DingError | None):
                current.__context__ = self._outer_error
            pending += [current.__cause__, current.__context__]
