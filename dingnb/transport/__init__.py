"""The one place that speaks HTTP; routes and the tape plug in here."""

from dingnb.transport.answers import whole_number
from dingnb.transport.hosts import API, OAPI, Hosts, find_hosts, is_loopback, is_new_generation
from dingnb.transport.route import Route
from dingnb.transport.transport import Authorization, Call, Timeouts, Transport

__all__ = [
    "API",
    "OAPI",
    "Authorization",
    "Call",
    "Hosts",
    "Route",
    "Timeouts",
    "Transport",
    "find_hosts",
    "is_loopback",
    "is_new_generation",
    "whole_number",
]
