"""Stream: the ticket for a connection (docs/dingtalk.md, "Stream")."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from dingnb.auth import App
from dingnb.auth.secret import Secret, hide
from dingnb.errors import BadAnswerError, Kind, TokenError, bad_answer_todo, error_for
from dingnb.errors.tracebacks import cleared_frames
from dingnb.transport import Call, PreparedRequest, Transport, is_loopback
from dingnb.words import Text

OPEN = "/v1.0/gateway/connections/open"
USER_AGENT = "dingnb"

Topic = tuple[str, str]
"""A subscription: ``EVENT`` or ``CALLBACK``, and the topic."""

_LOCAL_IP = "127.0.0.1"
"""Required local address, which DingTalk does not use."""

_URL_CHARACTERS = r"[A-Za-z0-9._~%!$&'()*+,;=:@/-]"
_ADDRESS = re.compile(rf"wss?://[A-Za-z0-9.:\[\]-]+(?:/{_URL_CHARACTERS}*)?(?:\?{_URL_CHARACTERS}*)?", re.ASCII)
_MAX_ADDRESS_LENGTH = 1_000
# A lone surrogate cannot be encoded in a URL.
_TICKET = re.compile(r"[^\ud800-\udfff]{1,4096}", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Endpoint:
    """
    The address at which one connection can be opened within the ticket's lifetime.

    Attributes:
        address: The URL of the gateway, ``wss://...``.
        query: The query with the ticket.
    """

    address: str
    query: Secret


def request_endpoint(transport: Transport, app: App, topics: Iterable[Topic]) -> Endpoint:
    """
    Return the endpoint of one connection, with its ticket.

    Args:
        transport: The transport for the call.
        app: The app that receives the events.
        topics: The subscriptions of the connection.

    Raises:
        CredentialsError: DingTalk does not accept the app key and secret.
        BadAnswerError: The answer contains no ticket, or no trusted gateway address.
        DingError: DingTalk refused the call or could not be reached.
    """
    subscriptions = [{"type": kind, "topic": topic} for kind, topic in topics]
    body = {"localIp": _LOCAL_IP, "subscriptions": subscriptions, "ua": USER_AGENT}
    try:
        # The inner frames reference the answer with the ticket.
        with cleared_frames():
            return _endpoint_in(transport.call(Call(OPEN), _AppCredentials(app, body)))
    except TokenError as error:
        details = (error.code, error.ding_message, error.request_id)
    raise error_for(*details, path=OPEN, kind=Kind.CREDENTIALS)


class _AppCredentials:
    """Adds the app's credentials to the body of a call, which takes no token."""

    def __init__(self, app: App, body: Mapping[str, Any]) -> None:
        self._app = app
        self._body = body

    def apply(self, request: PreparedRequest) -> None:
        app = {"clientId": self._app.app_key, "clientSecret": self._app.app_secret.reveal()}
        request.prepare_body(None, None, {**app, **self._body})

    def hide(self, text: str) -> str:
        return hide(text, self._app.app_secret)


def _endpoint_in(answer: dict[str, Any]) -> Endpoint:
    address, ticket = answer.get("endpoint"), answer.get("ticket")
    if not isinstance(ticket, str) or not _TICKET.fullmatch(ticket):
        raise BadAnswerError(Text("stream.no_ticket"), bad_answer_todo(OPEN))
    if not isinstance(address, str) or not _is_gateway(address):
        raise BadAnswerError(Text("stream.bad_address"), Text("stream.bad_address_todo"))
    address, _, query = address.partition("?")
    return Endpoint(address, Secret("&".join(filter(None, [query, urlencode({"ticket": ticket})]))))


def _is_gateway(address: str) -> bool:
    """Return whether an address may receive a ticket: it uses TLS or is on this computer."""
    if len(address) > _MAX_ADDRESS_LENGTH or not _ADDRESS.fullmatch(address):
        return False
    try:
        parts = urlsplit(address)
        return parts.port != 0 and bool(parts.hostname) and (parts.scheme == "wss" or is_loopback(address))
    except ValueError:
        return False
