"""Puts the session of a conversation on a call: who knows it can write into that conversation."""

from urllib.parse import parse_qs, quote

import requests

from dingnb.auth.secret import Secret, hide
from dingnb.errors.frames import cleared_frames

SESSION_PATH = "/robot/sendBySession"
"""Where a robot answers; the session is in the query."""


class SessionOn:
    """The session of one ``sessionWebhook``, of which nothing else is used: the call goes where all calls go."""

    def __init__(self, url: Secret) -> None:
        with cleared_frames():
            self._session = Secret(_session_in(url.reveal()))

    def __bool__(self) -> bool:
        return bool(self._session)

    def apply(self, request: requests.PreparedRequest) -> None:
        """Put the session on the request."""
        request.url = f"{request.url}?session={quote(self._session.reveal(), safe='')}"

    def hide(self, text: str) -> str:
        """Return `text` with the session replaced by ``***``."""
        return hide(text, self._session)


def _session_in(url: str) -> str:
    # What was sent may be no address at all, of which urlsplit would raise an error with the session in it.
    query = url.partition("?")[2].partition("#")[0]
    return parse_qs(query).get("session", [""])[0]
