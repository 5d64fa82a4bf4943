"""The hosts of the old API and the new API, and which of them a path belongs to."""

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from dingnb.errors import InputError
from dingnb.words import Text

OAPI = "https://oapi.dingtalk.com"
"""DingTalk's own base URL of the old API generation."""

API = "https://api.dingtalk.com"
"""DingTalk's own base URL of the new API generation."""

_NEW_API_PREFIXES = ("/v1.0/", "/v2.0/")
_DINGTALK_DOMAINS = (".dingtalk.com", ".dingtalk.io")
_BASE_URL = re.compile(r"[A-Za-z0-9:/._~%\[\]-]+")
_MAX_SHOWN_LENGTH = 100


@dataclass(frozen=True, slots=True)
class Hosts:
    """
    The base URLs of both API generations.

    Attributes:
        oapi_base_url: The old API; DingTalk's own is ``https://oapi.dingtalk.com``.
        api_base_url: The new API; DingTalk's own is ``https://api.dingtalk.com``.
    """

    oapi_base_url: str = OAPI
    api_base_url: str = API

    @property
    def has_dingtalk_host(self) -> bool:
        """Whether either host is DingTalk's own, which is never a sandbox."""
        return any(_is_dingtalk(url) for url in (self.oapi_base_url, self.api_base_url))


def is_new_api(path: str) -> bool:
    """
    Return whether a path belongs to the new API (docs/dingtalk.md, "Hosts and generations").

    >>> is_new_api("/v1.0/oauth2/accessToken"), is_new_api("/topapi/v2/user/get")
    (True, False)
    """
    return path.startswith(_NEW_API_PREFIXES)


def find_hosts(oapi_base_url: str | None, api_base_url: str | None, environ: Mapping[str, str]) -> Hosts:
    """
    Return the hosts: each from its argument, else from the environment, else DingTalk's own.

    If only one URL is given, the other URL is derived: DingTalk's other host, or the same address on this machine.
    For any other host, both URLs are required, so that no call is sent to the wrong host.

    Raises:
        InputError: A URL is invalid or is a host of DingTalk without TLS, or one URL is missing and cannot be derived.
    """
    oapi_base_url = oapi_base_url or environ.get("DINGTALK_OAPI_BASE_URL") or ""
    api_base_url = api_base_url or environ.get("DINGTALK_API_BASE_URL") or ""
    del environ  # contains the app secret, and tracebacks may show local variables
    oapi = _read_base_url("oapi_base_url", oapi_base_url)
    api = _read_base_url("api_base_url", api_base_url)
    if not oapi and not api:
        return Hosts()
    return Hosts(
        oapi or _derive_base_url(api, "oapi_base_url", old="api.", new="oapi."),
        api or _derive_base_url(oapi, "api_base_url", old="oapi.", new="api."),
    )


def is_loopback(url: str) -> bool:
    """Return whether a URL addresses this machine."""
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _read_base_url(name: str, url: str) -> str:
    """Return a base URL without blanks around it and slashes at its end; empty for a blank text."""
    url = url.strip()
    if url and not _is_base_url(url):
        # The part before an @ or after a ? may be a password or a token.
        shown = repr(url) if len(url) <= _MAX_SHOWN_LENGTH and not set(url) & set("@?#") else "***"
        raise InputError(Text("host.bad_url", name=name, value=shown), Text("host.bad_url_todo"))
    if _is_dingtalk(url) and urlsplit(url).scheme != "https":
        raise InputError(Text("host.plain", name=name, url=url), Text("host.plain_todo"))
    return url.rstrip("/")


def _is_base_url(url: str) -> bool:
    if not _BASE_URL.fullmatch(url):
        return False
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _derive_base_url(url: str, missing: str, *, old: str, new: str) -> str:
    if is_loopback(url):
        return url
    host = urlsplit(url).hostname or ""
    if _is_dingtalk(url) and host.startswith(old):
        start = url.index("//") + 2
        return f"{url[:start]}{new}{url[start + len(old) :]}"
    raise InputError(Text("host.one_missing", url=url, missing=missing), Text("host.one_missing_todo", missing=missing))


def _is_dingtalk(url: str) -> bool:
    # A fully qualified name may end with a dot.
    return f".{urlsplit(url).hostname or ''}".rstrip(".").endswith(_DINGTALK_DOMAINS)
