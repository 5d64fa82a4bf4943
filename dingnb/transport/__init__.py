"""All HTTP and WebSocket traffic. Routes and the tape plug in here."""

from requests import PreparedRequest

from dingnb.transport.hosts import API, OAPI, Hosts, find_hosts, is_loopback, is_new_generation
from dingnb.transport.mode import corp_id_of, mode_of
from dingnb.transport.multipart import FilePart, MultipartBody
from dingnb.transport.override import OFFLINE_SANDBOX, Forward, RouteOverride, active_override, overriding
from dingnb.transport.responses import whole_number
from dingnb.transport.route import Route
from dingnb.transport.server_time import ServerTime, server_time
from dingnb.transport.transport import Authorization, Call, Timeouts, Transport, hide_secrets_in_urls
from dingnb.transport.websocket import WebSocket, WebSocketClosedError, WebSocketTimeouts

__all__ = [
    "API",
    "OAPI",
    "OFFLINE_SANDBOX",
    "Authorization",
    "Call",
    "FilePart",
    "Forward",
    "Hosts",
    "MultipartBody",
    "PreparedRequest",
    "Route",
    "RouteOverride",
    "ServerTime",
    "Timeouts",
    "Transport",
    "WebSocket",
    "WebSocketClosedError",
    "WebSocketTimeouts",
    "active_override",
    "corp_id_of",
    "find_hosts",
    "hide_secrets_in_urls",
    "is_loopback",
    "is_new_generation",
    "mode_of",
    "overriding",
    "server_time",
    "whole_number",
]
