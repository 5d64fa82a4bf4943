"""What a callback is registered for, an address and types of events: checked before DingTalk is asked."""

import ipaddress
import re
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from urllib.parse import urlsplit

from dingnb.auth.secret import MASK
from dingnb.errors import InputError
from dingnb.language import say
from dingnb.transport import hide_secrets_in_urls

_TAG = re.compile(r"[A-Za-z][A-Za-z0-9_]{1,79}", re.ASCII)
_URL = re.compile(r"[!\"$-~]{1,1000}", re.ASCII)
# A last part of digits alone is that of an address in a spelling of its own, such as 127.1 for 127.0.0.1.
_NAME = re.compile(r"(?:[a-z0-9_-]{1,63}\.)*(?![0-9]+\.?$|0x)[a-z0-9_-]{1,63}\.?", re.ASCII)
_INSIDE = frozenset(
    {
        *("arpa", "corp", "home", "internal", "intranet", "invalid"),
        *("lan", "local", "localdomain", "localhost", "private", "test"),
    }
)
"""Domains in no public register."""


def checked_url(url: object, *, reaches_us: bool) -> str:
    """
    Return an address for callbacks.

    Args:
        url: What somebody gave.
        reaches_us: Whether an address of this computer only is one.

    Raises:
        InputError: It is none.
    """
    text = url.strip() if isinstance(url, str) else ""
    host = _host_in(text)
    if not host:
        # What stands before an @ may be a password.
        shown = MASK if "@" in text else _shown(text or url)
        raise InputError(say("registration.bad_url", value=shown), say("registration.bad_url_todo"))
    if not reaches_us and _is_inside(host):
        raise InputError(say("registration.inside_url", host=host), say("registration.inside_url_todo"))
    return text


def checked_tags(tags: object) -> tuple[str, ...]:
    """
    Return types of events, each once.

    Raises:
        InputError: There are none, or one is no name of a type.
    """
    given = [tags] if isinstance(tags, str) else _each(tags)
    wrong = [tag for tag in given if not isinstance(tag, str) or not _TAG.fullmatch(tag)]
    if wrong or not given:
        shown = _shown(wrong[0] if wrong else tags)
        raise InputError(say("registration.bad_tags", value=shown), say("registration.bad_tags_todo"))
    return tuple(dict.fromkeys(map(str, given)))


def _each(tags: object) -> list[object]:
    if not isinstance(tags, Iterable) or isinstance(tags, bytes | Mapping):
        return []
    # A set has another order in each process, and a tape would tell that for another call.
    return sorted(tags, key=str) if isinstance(tags, AbstractSet) else list(tags)


def _host_in(url: str) -> str:
    """Return the host of an address for callbacks; empty where it is no such address."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return ""
    is_url = _URL.fullmatch(url) and parts.scheme in {"http", "https"} and "@" not in parts.netloc and port != 0
    return host if is_url and (_NAME.fullmatch(host) or _address(host)) else ""


def _is_inside(host: str) -> bool:
    """Return whether a host has no address in the internet, as far as its name tells."""
    address = _address(host)
    if address is not None:
        return not address.is_global or address.is_multicast
    above, _, last = host.rstrip(".").rpartition(".")
    return not above or last in _INSIDE


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _shown(value: object) -> str:
    """Return what somebody gave, on one line: what is displayed as a table, such as a receiver, by its title."""
    return hide_secrets_in_urls(repr(value).partition("\n")[0])[:200]
