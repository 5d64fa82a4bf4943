"""Puts an app into a call that takes no token: as its client id and client secret, in the body."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, quote

from dingnb.auth.credentials import App
from dingnb.auth.secret import Secret, Token, hide
from dingnb.auth.tokens import TokenSource
from dingnb.errors import TokenError
from dingnb.errors.frames import cleared_frames
from dingnb.transport import Authorization, Call, PreparedRequest, Transport, is_new_generation


class ClientIn:
    """An app in the body of a call, beside what else is in it."""

    def __init__(self, app: App, body: Mapping[str, Any]) -> None:
        self._app = app
        self._body = body

    def apply(self, request: PreparedRequest) -> None:
        """Write the body with the app in it."""
        app = {"clientId": self._app.app_key, "clientSecret": self._app.app_secret.reveal()}
        request.prepare_body(None, None, {**app, **self._body})

    def hide(self, text: str) -> str:
        """Return `text` with the app's secret replaced by ``***``."""
        return hide(text, self._app.app_secret)


SESSION_PATH = "/robot/sendBySession"
"""Where a robot answers; the session is in the query."""


class SessionOn:
    """The session of one ``sessionWebhook``, of which nothing else is used: the call goes where all calls go."""

    def __init__(self, url: Secret) -> None:
        with cleared_frames():
            self._session = Secret(_session_in(url.reveal()))

    def __bool__(self) -> bool:
        return bool(self._session)

    def apply(self, request: PreparedRequest) -> None:
        """Put the session on the request."""
        request.url = f"{request.url}?session={quote(self._session.reveal(), safe='')}"

    def hide(self, text: str) -> str:
        """Return `text` with the session replaced by ``***``."""
        return hide(text, self._session)


def _session_in(url: str) -> str:
    # What was sent may be no address at all, of which urlsplit would raise an error with the session in it.
    query = url.partition("?")[2].partition("#")[0]
    return parse_qs(query).get("session", [""])[0]


class Caller:
    """
    Makes calls with the app's token, and renews it once when DingTalk does not accept it.

    Args:
        transport: How to call.
        tokens: Where the token comes from.
    """

    def __init__(self, transport: Transport, tokens: TokenSource) -> None:
        self._transport = transport
        self._tokens = tokens

    def token(self) -> Token:
        """Return the app's token; it is masked until `Secret.reveal`."""
        return self._tokens.current()

    def call(self, call: Call, secrets: Authorization | None = None) -> dict[str, Any]:
        """
        Make one call and return DingTalk's answer.

        Args:
            call: The call.
            secrets: Puts what else is secret on it, beside the token.

        Raises:
            TokenError: The token was not accepted, and neither was a new one.
            DingError: Whatever else went wrong, as `Transport.call` raises it.
        """
        token = self._tokens.current()
        try:
            return self._transport.call(call, _TokenOn(call, token, secrets))
        except TokenError:
            renewed = self._tokens.renew(token)
        return self._transport.call(call, _TokenOn(call, renewed, secrets))


class _TokenOn:
    # The old API reads the token from the query, the new one from a header
    # (docs/dingtalk.md, "Hosts and generations").

    def __init__(self, call: Call, token: Token, others: Authorization | None = None) -> None:
        self._others = others
        self._new_generation = is_new_generation(call.path)
        self._token = token

    def apply(self, request: PreparedRequest) -> None:
        if self._others is not None:
            self._others.apply(request)
        if self._new_generation:
            request.headers["x-acs-dingtalk-access-token"] = self._token.reveal()
        else:
            separator = "&" if "?" in str(request.url) else "?"
            request.url = f"{request.url}{separator}access_token={quote(self._token.reveal(), safe='')}"

    def hide(self, text: str) -> str:
        return hide(text if self._others is None else self._others.hide(text), self._token)
