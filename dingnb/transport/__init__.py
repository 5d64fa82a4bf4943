"""All HTTP and WebSocket traffic, and the routes that lead it to DingTalk, a proxy, a sandbox or a tape."""

from requests import PreparedRequest

from dingnb.transport.hosts import API, OAPI, Hosts, find_hosts, is_loopback, is_new_api
from dingnb.transport.responses import display_line, parse_whole_number
from dingnb.transport.route import OFFLINE_SANDBOX, Forward, Route, RouteOverride, active_override, override_routes
from dingnb.transport.server_time import ServerTime, server_time
from dingnb.transport.transport import (
    Authorization,
    Call,
    FilePart,
    MultipartBody,
    Timeouts,
    Transport,
    detect_mode,
    fetch_corp_id,
    fetch_phone_url,
    hide_secrets_in_urls,
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
    "detect_mode",
    "display_line",
    "fetch_corp_id",
    "fetch_phone_url",
    "find_hosts",
    "hide_secrets_in_urls",
    "is_loopback",
    "is_new_api",
    "override_routes",
    "parse_whole_number",
    "server_time",
]
