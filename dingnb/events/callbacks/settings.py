"""The settings of a receiver, and their validation."""

import re
import sys
from dataclasses import dataclass
from typing import Literal, get_args

from dingnb.auth import Secret
from dingnb.auth.callback_keys import CallbackKeys
from dingnb.errors import InputError
from dingnb.errors.arguments import MAX_PORT, check_flag, is_integer
from dingnb.words import Text

Repeats = Literal["answer", "refuse"]
"""How repeated events are handled: answered like the first, or refused like posts that are not genuine."""

DEFAULT_WINDOW_S = 3_600.0
"""The default window of a post's time: an hour, as DingTalk requires for robot messages."""

DEFAULT_LARGEST_BYTES = 1_048_576
"""The default maximum size of a body in bytes. DingTalk documents no limit, and its largest events are far smaller."""

_PATH = re.compile(r"/[!-~]{0,199}", re.ASCII)
_MAX_WINDOW_S = 10**9


@dataclass(frozen=True, slots=True)
class ReceiverSettings:
    """
    The settings of a receiver.

    Attributes:
        keys: Token and AES key of the callback.
        owners: The addressees of the callbacks to accept: app keys, corp ids or suite keys.
        host: The address to listen on.
        port: The port; 0 chooses a free port, None starts no server.
        path: The path at which posts are received.
        window_s: How far a post's time may be from now, in seconds; None accepts any time.
        repeats: How an event that is in the log already is handled.
        largest_bytes: Maximum size of a body in bytes.
        answers_random: Whether a check of a suite's address is answered with its ``Random``.
        card_secret: The key with which DingTalk signs callbacks of cards.

    Raises:
        InputError: A setting is not valid.
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
    card_secret: Secret

    def __post_init__(self) -> None:
        _check_address(self.host, self.port, self.path)
        _check_limits(self.window_s, self.repeats, self.largest_bytes)
        check_flag("answers_random", self.answers_random)
        if not self.card_secret:
            raise InputError(Text("receiver.bad_card_secret"), Text("receiver.bad_card_secret_todo"))


def _check_address(host: object, port: object, path: object) -> None:
    if not isinstance(host, str) or not _is_host_name(host):
        raise InputError(Text("receiver.bad_host", value=host), Text("receiver.bad_host_todo"))
    if port is not None and not is_integer(port, 0, MAX_PORT):
        raise InputError(Text("receiver.bad_port", value=port), Text("receiver.bad_port_todo"))
    if not isinstance(path, str) or not _PATH.fullmatch(path) or set("?#%") & set(path):
        raise InputError(Text("receiver.bad_path", value=path), Text("receiver.bad_path_todo"))


def _is_host_name(host: str) -> bool:
    try:
        return bool(host.strip()) and host.isprintable() and bool(host.encode("idna"))
    except UnicodeError:
        # The system could not look up the name either.
        return False


def _check_limits(window_s: object, repeats: object, largest_bytes: object) -> None:
    is_duration = isinstance(window_s, float) and 0 < window_s <= _MAX_WINDOW_S
    if window_s is not None and not is_duration and not is_integer(window_s, 1, _MAX_WINDOW_S):
        raise InputError(Text("receiver.bad_window", value=window_s), Text("receiver.bad_window_todo"))
    if repeats not in get_args(Repeats):
        raise InputError(Text("receiver.bad_repeats", value=repeats), Text("receiver.bad_repeats_todo"))
    if not is_integer(largest_bytes, 1, sys.maxsize):
        raise InputError(Text("receiver.bad_size", value=largest_bytes), Text("receiver.bad_size_todo"))
