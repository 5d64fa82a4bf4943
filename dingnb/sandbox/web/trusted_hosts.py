"""
Access control: programs of the user may call the sandbox, web pages may not.

Any page in the user's browser can send requests to this computer. If the name of the page's site resolves to this
computer (DNS rebinding), `Host` contains the name; otherwise `Origin` contains the name, or `Sec-Fetch-Site` shows that
the page is of another site. Browsers do not let pages change these headers. Programs omit the last two headers or send
the sandbox's own address. The port in `Host` is not compared because it may be a forwarded port.
"""

import ipaddress
from collections.abc import Iterable
from typing import Final
from urllib.parse import urlsplit

from starlette.types import Scope

from dingnb.words import say

CONTROL_CONTENT_TYPE: Final = "application/json"
"""
The content type that the control API requires, because a page cannot post this type to another site without a CORS
preflight request.
"""

LOCALHOST: Final = "localhost"
"""The only host name that means this computer. No name is ever resolved."""

_ALLOWED_FETCH_SITES = frozenset({"none", "same-origin"})


def reason_to_refuse(scope: Scope, hosts: Iterable[str], *, checks_origin: bool = True) -> str:
    """
    Return why a request may come from a foreign web page, in the current language; empty if it cannot.

    Args:
        scope: The ASGI scope of an HTTP or WebSocket request.
        hosts: Accepted host names and addresses, besides this computer's.
        checks_origin: Whether a page of another site is refused; otherwise only another host name is refused.
    """
    host_headers, origin_headers, site_headers = (
        _values(scope, name) for name in (b"host", b"origin", b"sec-fetch-site")
    )
    trusted = {_normalize(host) for host in hosts}
    if scope.get("server"):
        # The address to which the caller connected, in case the sandbox listens on several.
        trusted.add(_normalize(scope["server"][0]))
    if len(host_headers) != 1 or not _is_trusted(_host_of(host_headers[0]), trusted):
        return say("sandbox.foreign_host", host=", ".join(host_headers))
    if not checks_origin:
        return ""
    foreign = [origin for origin in origin_headers if _origin_of(origin) != _origin_of(f"http://{host_headers[0]}")]
    foreign += [site for site in site_headers if site not in _ALLOWED_FETCH_SITES]
    return say("sandbox.foreign_origin", origin=foreign[0]) if foreign else ""


def is_loopback(host: str) -> bool:
    """Return whether a host, an address or ``localhost``, is reachable only from this computer."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == LOCALHOST


def _values(scope: Scope, name: bytes) -> list[str]:
    return [value.decode("latin-1").strip() for key, value in scope["headers"] if key.lower() == name]


def _is_trusted(host: str, trusted: set[str]) -> bool:
    return bool(host) and (is_loopback(host) or host in trusted)


def _host_of(header: str) -> str:
    origin = _origin_of(f"http://{header}")
    return "" if origin is None else origin[0]


def _origin_of(url: str) -> tuple[str, int] | None:
    """Return the host and the port of an origin; None for any other text, such as ``null``."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return None
    if parts.scheme != "http" or "@" in parts.netloc or parts.netloc != url.removeprefix("http://"):
        return None
    return _normalize(host), 80 if port is None else port


def _normalize(host: str) -> str:
    """Return a host in normal form: lower case, without a zone or a trailing dot."""
    return host.lower().partition("%")[0].removesuffix(".")
