"""All HTTP and WebSocket traffic, and the routes that lead it to DingTalk, a proxy, a sandbox or a tape."""

from requests import PreparedRequest

from dingnb.transport.hosts import API, OAPI, Hosts, find_hosts, is_loopback, is_new_generation
from dingnb.transport.responses import whole_number
from dingnb.transport.route import OFFLINE_SANDBOX, Forward, Route, RouteOverride, active_override, overriding
from dingnb.transport.server_time import ServerTime, server_time
from dingnb.transport.transport import (
    Authorization,
    Call,
    FilePart,
    MultipartBody,
    Timeouts,
    Transport,
    corp_id_of,
    hide_secrets_in_urls,
    mode_of,
    phone_url_of,
)
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
    "phone_url_of",
    "server_time",
    "whole_number",
]
