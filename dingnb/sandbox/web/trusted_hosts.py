"""
Who may call the sandbox: programs of its own user, and no web page.

Any page in the user's browser can send requests to this computer. Such a request names the page's site in `Host` where
the site's name was pointed at this computer (DNS rebinding), else in `Origin` or `Sec-Fetch-Site`; browsers let no page
change these. Programs send neither of the last two, or the sandbox's own address. The port in `Host` is not compared: a
forwarded port is another one.
"""

import ipaddress
from collections.abc import Iterable
from typing import Final
from urllib.parse import urlsplit

from starlette.types import Scope

from dingnb.words import say

CONTROL_TYPE: Final = "application/json"
"""The content type that no page can post to another site without asking first."""

LOCALHOST: Final = "localhost"
"""The one name that is taken for this computer, without looking it up."""

_OWN_SITES = frozenset({"none", "same-origin"})


def reason_to_refuse(scope: Scope, hosts: Iterable[str]) -> str:
    """
    Return why a request may come from a foreign web page, in the language in use; empty where it does not.

    Args:
        scope: The request, of HTTP or of a WebSocket.
        hosts: Names and addresses under which the sandbox answers, besides those of this computer itself.
    """
    named, origins, sites = (_values(scope, name) for name in (b"host", b"origin", b"sec-fetch-site"))
    trusted = {_normal(one) for one in hosts}
    if scope.get("server"):
        # The address that the caller connected to, where the sandbox listens on several.
        trusted.add(_normal(scope["server"][0]))
    if len(named) != 1 or not _is_trusted(_host_of(named[0]), trusted):
        return say("sandbox.foreign_host", host=", ".join(named))
    foreign = [one for one in origins if _place_of(one) != _place_of(f"http://{named[0]}")]
    foreign += [one for one in sites if one not in _OWN_SITES]
    return say("sandbox.foreign_origin", origin=foreign[0]) if foreign else ""


def is_loopback(host: str) -> bool:
    """Return whether only this computer reaches an address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == LOCALHOST


def _values(scope: Scope, name: bytes) -> list[str]:
    return [value.decode("latin-1").strip() for key, value in scope["headers"] if key.lower() == name]


def _is_trusted(host: str, trusted: set[str]) -> bool:
    return bool(host) and (is_loopback(host) or host in trusted)


def _host_of(header: str) -> str:
    place = _place_of(f"http://{header}")
    return "" if place is None else place[0]


def _place_of(url: str) -> tuple[str, int] | None:
    """Return host and port of an address that has nothing else; None for any other text, such as ``null``."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return None
    if parts.scheme != "http" or "@" in parts.netloc or parts.netloc != url.removeprefix("http://"):
        return None
    return _normal(host), 80 if port is None else port


def _normal(host: str) -> str:
    """Return a host as it is compared: without case, a zone, or the dot of a full name."""
    return host.lower().partition("%")[0].removesuffix(".")
