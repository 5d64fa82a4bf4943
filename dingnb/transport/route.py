"""
Routes: where a call to DingTalk's canonical hosts really goes.

The client always addresses the canonical hosts. A route is a requests adapter, mounted on both of
them: to DingTalk itself, to a proxy, or to a sandbox. While a detour is active, it answers instead; what
was connected on a detour never leaves it, not even when it is over. Connections that were idle for long are
renewed before use: a stale keep-alive breaks only after the call has left, and then nobody knows its outcome.
"""

import time
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from dingnb.transport.detour import active_detour
from dingnb.transport.hosts import API, OAPI, Hosts, is_loopback

if TYPE_CHECKING:
    from urllib3._base_connection import BaseHTTPConnection

IDLE_S = 5.0


class _RenewsIdle(HTTPConnectionPool):
    # Sockets age in real time, whatever a virtual clock says.

    def _get_conn(self, timeout: float | None = None) -> "BaseHTTPConnection":
        connection = super()._get_conn(timeout)
        idle_since = getattr(connection, "idle_since", None)
        if idle_since is not None and time.monotonic() - idle_since > IDLE_S:
            connection.close()
        return connection

    def _put_conn(self, conn: "BaseHTTPConnection | None") -> None:
        if conn is not None:
            conn.idle_since = time.monotonic()  # type: ignore[attr-defined]
        super()._put_conn(conn)


class _RenewsIdleSecure(_RenewsIdle, HTTPSConnectionPool):
    pass


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
        self._targets = {OAPI: hosts.oapi_base_url, API: hosts.api_base_url}
        self._environment = {canonical: _environment_of(target) for canonical, target in self._targets.items()}
        super().__init__(pool_maxsize=connections, max_retries=0)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - requests' own signature
        """Make the connection pools; theirs are the ones that renew idle connections."""
        super().init_poolmanager(*args, **kwargs)
        self.poolmanager.pool_classes_by_scheme = {"http": _RenewsIdle, "https": _RenewsIdleSecure}

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:  # noqa: ANN401
        """Send a request that addresses a canonical host to where this route leads, or let the detour answer it."""
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
        return super().send(request, *args, **kwargs)


def _environment_of(target: str) -> Mapping[str, Any]:
    # Looked up once, not per call: it is a fifth of a call's CPU time, and a company's settings do not move.
    if is_loopback(target):
        return {"proxies": {}, "verify": True}
    settings = requests.Session().merge_environment_settings(target, {}, stream=True, verify=None, cert=None)
    return {"proxies": settings["proxies"], "verify": settings["verify"]}
