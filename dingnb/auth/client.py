"""Puts an app into a call that takes no token: as its client id and client secret, in the body."""

from collections.abc import Mapping
from typing import Any

import requests

from dingnb.auth.credentials import App
from dingnb.auth.secret import hide


class ClientIn:
    """An app in the body of a call, beside what else is in it."""

    def __init__(self, app: App, body: Mapping[str, Any]) -> None:
        self._app = app
        self._body = body

    def apply(self, request: requests.PreparedRequest) -> None:
        """Write the body with the app in it."""
        app = {"clientId": self._app.app_key, "clientSecret": self._app.app_secret.reveal()}
        request.prepare_body(None, None, {**app, **self._body})

    def hide(self, text: str) -> str:
        """Return `text` with the app's secret replaced by ``***``."""
        return hide(text, self._app.app_secret)
