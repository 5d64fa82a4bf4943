"""
What takes the place of all routes for a while: a tape that records calls, or plays them.

A detour is entered for the whole process, because a notebook's calls come from worker threads.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Protocol

import requests

from dingnb.clock import Clock
from dingnb.transport.hosts import Hosts

Onward = Callable[[requests.PreparedRequest], requests.Response]


class Detour(Protocol):
    """Answers calls in place of a route."""

    @property
    def clock(self) -> Clock:
        """The time that connections made on this detour live in."""

    @property
    def is_offline(self) -> bool:
        """Whether no server is ever asked, so that none need be started."""

    def send(self, request: requests.PreparedRequest, hosts: Hosts, onward: Onward) -> requests.Response:
        """
        Answer a request that addresses a canonical host.

        Args:
            request: The request.
            hosts: Where the route would have led.
            onward: Sends the request there.
        """


OFFLINE_SANDBOX = Hosts("http://sandbox.invalid", "http://sandbox.invalid")
"""The address of a sandbox that was not started: a name that never leads anywhere (RFC 2606)."""

_active: list[Detour] = []


def active_detour() -> Detour | None:
    """Return the detour that calls take now; None where they take their routes."""
    return _active[-1] if _active else None


@contextmanager
def taking(detour: Detour) -> Iterator[None]:
    """Let every call of this process take `detour` inside the context."""
    _active.append(detour)
    try:
        yield
    finally:
        _active.remove(detour)
