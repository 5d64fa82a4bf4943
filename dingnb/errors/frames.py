"""
Clears the variables of an error's frames, so that tools that show them show no secret.

``pytest -l``, IPython's verbose tracebacks and error trackers show the variables of every frame that an error passed,
those of requests and urllib3 among them: there a call's URL, headers and body are, and with them token and app secret.
Where dingnb reveals a secret, it does so inside `cleared_frames`.

Limits:

- The frames above stay as they are: the caller's own variables, such as a secret that a notebook holds as text, and
  those of ipykernel and ipywidgets while they hand over what somebody typed.
- An interrupt between the call of a function that takes a secret as text and its first line, which wraps it, finds the
  text there. A second interrupt while frames are cleared leaves the rest of them.
- A debugger that stops inside a call, or a memory dump, sees everything.
"""

import sys
from traceback import clear_frames
from types import TracebackType

from dingnb.errors.tree import DingError


class cleared_frames:  # noqa: N801 - a context manager, as those of contextlib
    """
    A context manager that clears the variables of inner frames from an error leaving it; its lines stay.

    Of what it was raised from inside, only errors of dingnb's are kept: others, as those of urllib3, quote whole URLs.
    """

    __slots__ = ("_outer",)

    def __enter__(self) -> None:
        self._outer = sys.exception()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, frames: TracebackType | None
    ) -> None:
        waiting = [error]
        while waiting:
            one = waiting.pop()
            if one is None or one is self._outer:
                continue
            clear_frames(one.__traceback__)
            if not isinstance(one.__cause__, DingError | None):
                one.__cause__, one.__suppress_context__ = None, False
            if not isinstance(one.__context__, DingError | None):
                one.__context__ = self._outer
            waiting += [one.__cause__, one.__context__]
