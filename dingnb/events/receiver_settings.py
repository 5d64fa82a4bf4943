"""How a receiver is set up; what cannot be used is refused."""

import re
from dataclasses import dataclass
from typing import Literal, get_args

from dingnb.auth.callback_keys import CallbackKeys
from dingnb.errors import InputError
from dingnb.language import say

Repeats = Literal["answer", "refuse"]
"""What becomes of an event that came before: it is answered as it was then, or as what is not genuine."""

WINDOW_S = 3_600.0
"""As DingTalk asks for robot messages; repetitions of an event come within a minute."""

LARGEST_BYTES = 1_048_576
"""Of a body; DingTalk names no limit, and its largest events are far below."""

_PATH = re.compile(r"/[!-~]{0,199}", re.ASCII)
_LAST_PORT = 65_535
_LONGEST_WINDOW_S = 10**9


@dataclass(frozen=True, slots=True)
class ReceiverSettings:
    """
    How a receiver is set up.

    Attributes:
        keys: Token and AES key of the callback.
        owners: Whom it may be meant for.
        host: The address that it listens on.
        port: The port; 0 takes a free one, None starts no server.
        path: The path.
        window_s: How far a post's time may be from now, in seconds; None does not look at it.
        repeats: What becomes of an event that is in the log already.
        largest_bytes: The largest body.
        answers_random: Whether a check of a suite's address is answered with its ``Random``.

    Raises:
        InputError: One of them cannot be used.
    """

    keys: CallbackKeys
    owners: tuple[str, ...]
    host: str
    port: int | None
    path: str
    window_s: float | None
    repeats: Repeats
    largest_bytes: int
    answers_random: bool

    def __post_init__(self) -> None:
        _check_place(self.host, self.port, self.path)
        _check_limits(self.window_s, self.repeats, self.largest_bytes)


def _check_place(host: object, port: object, path: object) -> None:
    if not isinstance(host, str) or not _is_name(host):
        raise InputError(say("receiver.bad_host", value=host), say("receiver.bad_host_todo"))
    if port is not None and not 0 <= _whole(port) <= _LAST_PORT:
        raise InputError(say("receiver.bad_port", value=port), say("receiver.bad_port_todo"))
    if not isinstance(path, str) or not _PATH.fullmatch(path) or set("?#%") & set(path):
        raise InputError(say("receiver.bad_path", value=path), say("receiver.bad_path_todo"))


def _is_name(host: str) -> bool:
    try:
        return bool(host.strip()) and host.isprintable() and bool(host.encode("idna"))
    except UnicodeError:
        # So would the system's own look-up end.
        return False


def _check_limits(window_s: object, repeats: object, largest_bytes: object) -> None:
    number = window_s if isinstance(window_s, float) else _whole(window_s)
    is_time = 0 < number <= _LONGEST_WINDOW_S
    if window_s is not None and not is_time:
        raise InputError(say("receiver.bad_window", value=window_s), say("receiver.bad_window_todo"))
    if repeats not in get_args(Repeats):
        raise InputError(say("receiver.bad_repeats", value=repeats), say("receiver.bad_repeats_todo"))
    if _whole(largest_bytes) <= 0:
        raise InputError(say("receiver.bad_size", value=largest_bytes), say("receiver.bad_size_todo"))


def _whole(value: object) -> int:
    """Return a whole number as it is; -1 for what is none."""
    return value if isinstance(value, int) and not isinstance(value, bool) else -1
