"""Stream: the ticket for a connection (docs/dingtalk.md, "Stream")."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from dingnb.auth import App
from dingnb.auth.caller import ClientIn
from dingnb.auth.secret import Secret
from dingnb.errors import BadAnswerError, Kind, TokenError, bad_answer_todo, error_for
from dingnb.errors.frames import cleared_frames
from dingnb.transport import Call, Transport, is_loopback
from dingnb.words import Text

OPEN = "/v1.0/gateway/connections/open"
USER_AGENT = "dingnb"
Topic = tuple[str, str]
"""What can be subscribed to: ``EVENT`` or ``CALLBACK``, and the topic."""

_LOCAL_IP = "127.0.0.1"
"""DingTalk wants to know the address of this computer, and does nothing with it."""

_LETTERS = r"[A-Za-z0-9._~%!$&'()*+,;=:@/-]"
_ADDRESS = re.compile(rf"wss?://[A-Za-z0-9.:\[\]-]+(?:/{_LETTERS}*)?(?:\?{_LETTERS}*)?", re.ASCII)
_LONGEST_ADDRESS = 1_000
# Half a character could not be put into an address.
_TICKET = re.compile(r"[^\ud800-\udfff]{1,4096}", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Opening:
    """
    Where a connection can be opened, once and soon.

    Attributes:
        address: Of the gateway: ``wss://...``.
        query: The query, with the ticket in it.
    """

    address: str
    query: Secret


def open_connection(transport: Transport, app: App, topics: Iterable[Topic]) -> Opening:
    """
    Return a ticket for one connection.

    Args:
        transport: How to call.
        app: Whose events these are.
        topics: What the connection is to bring.

    Raises:
        CredentialsError: DingTalk does not accept app key and secret.
        BadAnswerError: The answer names no gateway to which a ticket may be shown.
        DingError: DingTalk refuses it, or could not be asked.
    """
    subscriptions = [{"type": kind, "topic": topic} for kind, topic in topics]
    body = {"localIp": _LOCAL_IP, "subscriptions": subscriptions, "ua": USER_AGENT}
    try:
        # The frames inside hold the answer with the ticket.
        with cleared_frames():
            return _opening(transport.call(Call(OPEN), ClientIn(app, body)))
    except TokenError as error:
        said = (error.code, error.ding_message, error.request_id)
    raise error_for(*said, path=OPEN, kind=Kind.CREDENTIALS)


def _opening(answer: dict[str, Any]) -> Opening:
    address, ticket = answer.get("endpoint"), answer.get("ticket")
    if not isinstance(ticket, str) or not _TICKET.fullmatch(ticket):
        raise BadAnswerError(Text("stream.no_ticket"), bad_answer_todo(OPEN))
    if not isinstance(address, str) or not _is_gateway(address):
        raise BadAnswerError(Text("stream.bad_address"), Text("stream.bad_address_todo"))
    address, _, query = address.partition("?")
    return Opening(address, Secret("&".join(filter(None, [query, urlencode({"ticket": ticket})]))))


def _is_gateway(address: str) -> bool:
    """Return whether an address is one to show a ticket to: one with TLS, or on this machine."""
    if len(address) > _LONGEST_ADDRESS or not _ADDRESS.fullmatch(address):
        return False
    try:
        parts = urlsplit(address)
        return parts.port != 0 and bool(parts.hostname) and (parts.scheme == "wss" or is_loopback(address))
    except ValueError:
        return False
