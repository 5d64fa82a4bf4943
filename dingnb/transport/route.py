"""
Routes: where a call to DingTalk's canonical hosts really goes.

The client always addresses the canonical hosts. A route is a requests adapter, mounted on both of
them: to DingTalk itself, to a proxy, or to a sandbox. While a detour is active, it answers instead; what
was connected on a detour never leaves it, not even when it is over. Connections that were idle for long are
renewed before use: a stale keep-alive breaks only after the call has left, and then nobody knows its outcome.
"""

import math
import time
from collections.abc import Mapping
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError, MaxRetryError
from urllib3.util import Timeout

from dingnb.transport.detour import active_detour
from dingnb.transport.hosts import API, OAPI, Hosts, is_loopback
from dingnb.transport.wire import Pool, SecurePool, progress

_BEHIND_SCHEME = len("https://")
"""From here on the first slash of an address is that of its path."""


class NeverLeftError(requests.ConnectionError):
    """
    Nothing of the request was written: whatever it asks for was not done.

    Attributes:
        cause: What stood in the way: the name of the first error, without its text.
    """

    def __init__(self, cause: str) -> None:
        super().__init__(cause)
        self.cause = cause


class Route(HTTPAdapter):
    """
    Sends calls for the canonical hosts to `hosts`.

    Args:
        hosts: The real addresses.
        connections: How many connections may be open to one host at once.
    """

    def __init__(self, hosts: Hosts, *, connections: int = 32) -> None:
        self.hosts = hosts
        self._detour = active_detour()
        self._pools: dict[str, Any] = {}
        self._targets = {OAPI: hosts.oapi_base_url, API: hosts.api_base_url}
        self._environment = {canonical: _environment_of(target) for canonical, target in self._targets.items()}
        super().__init__(pool_maxsize=connections, max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - requests' own signature
        """Make the connection pools; theirs are the ones that renew idle connections."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": Pool, "https": SecurePool}

    def get_connection_with_tls_context(
        self,
        request: requests.PreparedRequest,
        verify: Any,  # noqa: ANN401 - requests' own signature
        proxies: Any = None,  # noqa: ANN401 - likewise
        cert: Any = None,  # noqa: ANN401 - likewise
    ) -> Any:  # noqa: ANN401 - urllib3 names its pools in several ways
        """Return the pool of a target, looked up once: each look-up takes its address apart anew."""
        if proxies:
            return super().get_connection_with_tls_context(request, verify, proxies=proxies, cert=cert)
        url = str(request.url)
        key = url[: url.index("/", _BEHIND_SCHEME)]
        pool = self._pools.get(key)
        if pool is None:
            pool = self._pools[key] = super().get_connection_with_tls_context(request, verify, cert=cert)
        return pool

    def request_url(self, request: requests.PreparedRequest, proxies: Any) -> str:  # noqa: ANN401 - requests' own
        """Return what stands in the first line of the request."""
        if proxies:
            return super().request_url(request, proxies)
        url = str(request.url)
        return url[url.index("/", _BEHIND_SCHEME) :]

    def close(self) -> None:
        """Close all connections; a later call opens new ones."""
        self._pools.clear()
        super().close()

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:  # noqa: ANN401
        """
        Send a request that addresses a canonical host to where this route leads, or let the detour answer it.

        Raises:
            NeverLeftError: Nothing of it was written.
            requests.RequestException: It was written, in part at least, and no answer came.
        """
        detour = self._detour or active_detour()
        if detour is not None:
            return detour.send(request, self.hosts, lambda onward: self._send_on(onward, *args, **kwargs))
        return self._send_on(request, *args, **kwargs)

    def _send_on(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:  # noqa: ANN401
        canonical = OAPI if str(request.url).startswith(OAPI) else API
        target = self._targets[canonical]
        if target != canonical:
            request.url = target + str(request.url).removeprefix(canonical)
        kwargs.update(self._environment[canonical])
        timeout = kwargs.get("timeout")
        total_s = timeout.total if isinstance(timeout, Timeout) else None
        progress.left = False
        progress.give_up_at = time.monotonic() + total_s if isinstance(total_s, int | float) else math.inf
        try:
            return super().send(request, *args, **kwargs)
        except (requests.RequestException, HTTPError, OSError, ValueError) as error:
            if progress.left:
                raise
            cause = _cause_of(error)
        raise NeverLeftError(cause)


def _cause_of(error: Exception) -> str:
    inner = error.args[0] if error.args else None
    reason = inner.reason if isinstance(inner, MaxRetryError) else None
    return type(reason or error).__name__


def _environment_of(target: str) -> Mapping[str, Any]:
    # Looked up once, not per call: it is a fifth of a call's CPU time, and a company's settings do not move.
    if is_loopback(target):
        return {"proxies": {}, "verify": True}
    settings = requests.Session().merge_environment_settings(target, {}, stream=True, verify=None, cert=None)
    return {"proxies": settings["proxies"], "verify": settings["verify"]}
