"""Calls made with the app's token, which is renewed if DingTalk rejects it."""

from typing import Any
from urllib.parse import quote

from dingnb.auth.secret import Token, hide
from dingnb.auth.tokens import TokenSource
from dingnb.errors import TokenError
from dingnb.transport import Authorization, Call, PreparedRequest, Transport, is_new_api


class Caller:
    """
    Makes calls with the app's token and renews the token once if DingTalk rejects it.

    Args:
        transport: The transport for the calls.
        tokens: The source of the token.
    """

    def __init__(self, transport: Transport, tokens: TokenSource) -> None:
        self._transport = transport
        self._tokens = tokens

    def token(self) -> Token:
        """
        Return the app's token, masked until `Secret.reveal` is called.

        Raises:
            DingError: No token could be fetched.
        """
        return self._tokens.current()

    def call(self, call: Call, authorization: Authorization | None = None) -> dict[str, Any]:
        """
        Make one call and return DingTalk's answer.

        Args:
            call: The call.
            authorization: Adds other secrets than the token to the call.

        Raises:
            TokenError: Both the token and a renewed one were rejected.
            DingError: No token could be fetched, or `Transport.call` raised another error.
        """
        token = self._tokens.current()
        try:
            return self._transport.call(call, _TokenAuthorization(call, token, authorization))
        except TokenError:
            renewed = self._tokens.renew(token)
        return self._transport.call(call, _TokenAuthorization(call, renewed, authorization))


class _TokenAuthorization:
    """
    Adds the app's token and, if given, other secrets to a call.

    The old API reads the token from the query, the new API from a header (docs/dingtalk.md, "Hosts and generations").
    """

    def __init__(self, call: Call, token: Token, further: Authorization | None = None) -> None:
        self._further = further
        self._is_new_api = is_new_api(call.path)
        self._token = token

    def apply(self, request: PreparedRequest) -> None:
        if self._further is not None:
            self._further.apply(request)
        if self._is_new_api:
            request.headers["x-acs-dingtalk-access-token"] = self._token.reveal()
        else:
            separator = "&" if "?" in str(request.url) else "?"
            request.url = f"{request.url}{separator}access_token={quote(self._token.reveal(), safe='')}"

    def hide(self, text: str) -> str:
        return hide(text if self._further is None else self._further.hide(text), self._token)
