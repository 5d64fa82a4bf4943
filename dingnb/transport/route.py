"""
Routes: where a call to DingTalk's canonical hosts is sent.

The client always addresses the canonical hosts. A route is a requests adapter, mounted on both of them, that leads to
DingTalk itself, to a proxy or to a sandbox. While a `RouteOverride` is active, it answers instead; a route made under
an override keeps it, even after the override has ended. Connections that were idle for long are renewed before use,
because a stale one breaks only after the call was sent, and then the outcome of the call is unknown.
"""

import math
import time
from collections.abc import Mapping
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.exceptions import HTTPError, MaxRetryError
from urllib3.util import Timeout

from dingnb.transport.connection import Pool, SecurePool, progress
from dingnb.transport.hosts import API, OAPI, Hosts, is_loopback
from dingnb.transport.override import active_override

_BEHIND_SCHEME = len("https://")
"""The first slash of a URL after this position starts its path."""


class NotSentError(requests.ConnectionError):
    """
    No byte of the request was sent, so that it had no effect.

    Attributes:
        cause: The class name of the underlying error, without its text.
    """

    def __init__(self, cause: str) -> None:
        super().__init__(cause)
        self.cause = cause


class Route(HTTPAdapter):
    """
    Sends calls for the canonical hosts to `hosts`.

    Args:
        hosts: The addresses to send to.
        connections: Maximum number of open connections to one host.
    """

    def __init__(self, hosts: Hosts, *, connections: int = 32) -> None:
        self.hosts = hosts
        self._override = active_override()
        self._pools: dict[str, Any] = {}
        self._targets = {OAPI: hosts.oapi_base_url, API: hosts.api_base_url}
        self._environment = {canonical: _environment_of(target) for canonical, target in self._targets.items()}
        super().__init__(pool_maxsize=connections, max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - requests' own signature
        """Make the pools whose connections are renewed after idling."""
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
        """Return the target for the first line of the request."""
        if proxies:
            return super().request_url(request, proxies)
        url = str(request.url)
        return url[url.index("/", _BEHIND_SCHEME) :]

    def close(self) -> None:
        """Close all connections; later calls open new ones."""
        self._pools.clear()
        super().close()

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:  # noqa: ANN401
        """
        Send a request that addresses a canonical host to the host of this route, or to the override.

        Raises:
            NotSentError: No byte of the request was sent.
            requests.RequestException: The request was sent, at least in part, and no response was received.
        """
        override = self._override or active_override()
        if override is not None:
            return override.send(request, self.hosts, lambda forwarded: self._forward(forwarded, *args, **kwargs))
        return self._forward(request, *args, **kwargs)

    def _forward(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:  # noqa: ANN401
        canonical = OAPI if str(request.url).startswith(OAPI) else API
        target = self._targets[canonical]
        if target != canonical:
            request.url = target + str(request.url).removeprefix(canonical)
        kwargs.update(self._environment[canonical])
        timeout = kwargs.get("timeout")
        total_s = timeout.total if isinstance(timeout, Timeout) else None
        progress.is_sent = False
        progress.deadline = time.monotonic() + total_s if isinstance(total_s, int | float) else math.inf
        try:
            return super().send(request, *args, **kwargs)
        except (requests.RequestException, HTTPError, OSError, ValueError) as error:
            if progress.is_sent:
                raise
            cause = _cause_of(error)
        raise NotSentError(cause)


def _cause_of(error: Exception) -> str:
    inner = error.args[0] if error.args else None
    reason = inner.reason if isinstance(inner, MaxRetryError) else None
    return type(reason or error).__name__


def _environment_of(target: str) -> Mapping[str, Any]:
    # Looked up once and not for each call, because a look-up takes a fifth of a call's CPU time.
    if is_loopback(target):
        return {"proxies": {}, "verify": True}
    settings = requests.Session().merge_environment_settings(target, {}, stream=True, verify=None, cert=None)
    return {"proxies": settings["proxies"], "verify": settings["verify"]}
