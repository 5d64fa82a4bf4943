"""Calls DingTalk as one app."""

from typing import Any
from urllib.parse import quote

import requests

from dingnb.auth.secret import Token, hide
from dingnb.auth.tokens import TokenSource
from dingnb.errors import TokenError
from dingnb.transport import Authorization, Call, Transport, is_new_generation


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

    def apply(self, request: requests.PreparedRequest) -> None:
        if self._others is not None:
            self._others.apply(request)
        if self._new_generation:
            request.headers["x-acs-dingtalk-access-token"] = self._token.reveal()
        else:
            separator = "&" if "?" in str(request.url) else "?"
            request.url = f"{request.url}{separator}access_token={quote(self._token.reveal(), safe='')}"

    def hide(self, text: str) -> str:
        return hide(text if self._others is None else self._others.hide(text), self._token)
