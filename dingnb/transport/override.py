"""
Overrides of all routes, such as a tape that records or replays calls.

An override applies to the whole process, because a notebook's calls are made by worker threads.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

import requests

from dingnb.clock import Clock
from dingnb.transport.hosts import Hosts

Forward = Callable[[requests.PreparedRequest], requests.Response]
"""Sends a request along the overridden route."""


class RouteOverride(Protocol):
    """Answers calls instead of their route."""

    @property
    def clock(self) -> Clock:
        """The clock of clients that are connected under this override."""

    @property
    def is_offline(self) -> bool:
        """Whether no server is ever called, so that none has to be started."""

    def send(self, request: requests.PreparedRequest, hosts: Hosts, forward: Forward) -> requests.Response:
        """
        Return the response to a request that addresses a canonical host.

        Args:
            request: The request.
            hosts: The hosts of the route.
            forward: Sends the request along the route.
        """


OFFLINE_SANDBOX = Hosts("http://sandbox.invalid", "http://sandbox.invalid")
"""The address of a sandbox that was not started: a reserved name that never resolves (RFC 2606)."""

_active: list[RouteOverride] = []


def active_override() -> RouteOverride | None:
    """Return the active override; None if calls take their routes."""
    return _active[-1] if _active else None


@contextmanager
def overriding(override: RouteOverride) -> Iterator[None]:
    """Send every call of this process to `override` inside the context."""
    _active.append(override)
    try:
        yield
    finally:
        _active.remove(override)
