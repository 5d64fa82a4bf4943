"""The access token: fetched, cached for all connections of this process, and renewed."""

import copy
import hashlib
import re
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal
from weakref import WeakKeyDictionary

from dingnb.auth.credentials import App
from dingnb.auth.secret import Token, hide
from dingnb.clock import NS_PER_S, Clock
from dingnb.errors import BadAnswerError, CredentialsError, DingError, Kind, TokenError, bad_answer_todo, error_for
from dingnb.errors.frames import cleared_frames
from dingnb.transport import (
    Authorization,
    Call,
    Hosts,
    PreparedRequest,
    RouteOverride,
    Transport,
    active_override,
    whole_number,
)
from dingnb.words import Text

TokenEndpoint = Literal["api", "oapi"]

RETRY_AFTER_S = 30
"""A renewal that failed is tried again after this long, while the old token works."""

_LONGEST_LIFE_S = 30 * 24 * 3_600
_USABLE = re.compile(r"[!-~]{1,4096}")

RENEW_AHEAD_S = 600
"""Tokens are renewed this long before they expire, as DingTalk advises (docs/dingtalk.md, "Tokens")."""


@dataclass(slots=True)
class _Fetch:
    """One call for a token, and what it came to; whoever needs a token meanwhile waits for it."""

    done: threading.Event
    outcome: Token | DingError | None = None


@dataclass(slots=True)
class _Slot:
    lock: threading.Lock = field(default_factory=threading.Lock)
    token: Token | None = None
    renew_at_ns: int = 0
    expires_at_ns: int = 0
    fetch: _Fetch | None = None


_Slots = dict[tuple[object, ...], _Slot]

_slots: _Slots = {}
_slots_of_overrides: WeakKeyDictionary[RouteOverride, _Slots] = WeakKeyDictionary()
_slots_lock = threading.Lock()


class TokenSource:
    """
    Gives the token of one app; all sources of the same app in this process share it.

    Those made under an override share theirs only with each other, so that a tape holds the calls for its own tokens.

    Args:
        app: Whose token.
        transport: How to call.
        hosts: Where it calls; tokens of different hosts are kept apart.
        clock: The source of time.
        endpoint: ``"api"`` asks ``POST /v1.0/oauth2/accessToken``, ``"oapi"`` asks ``GET /gettoken``;
            the tokens of both are good for both API generations.
    """

    def __init__(
        self, app: App, transport: Transport, hosts: Hosts, *, clock: Clock, endpoint: TokenEndpoint = "api"
    ) -> None:
        self._app = app
        self._transport = transport
        self._clock = clock
        self._fetch = self._fetch_new if endpoint == "api" else self._fetch_old
        digest = hashlib.sha256(app.app_secret.reveal().encode()).digest()
        with _slots_lock:
            override = active_override()
            slots = _slots if override is None else _slots_of_overrides.setdefault(override, {})
            self._slot = slots.setdefault((hosts, app.app_key, digest, clock), _Slot())

    def current(self) -> Token:
        """
        Return a token that is valid for a while yet; fetch or renew it where needed.

        Raises:
            CredentialsError: DingTalk does not accept app key and secret.
            DingError: DingTalk could not be asked, and no valid token is left.
        """
        slot = self._slot
        now_ns = self._clock.monotonic_ns()
        with slot.lock:
            token, renew_at_ns, expires_at_ns = slot.token, slot.renew_at_ns, slot.expires_at_ns
        if token is None or now_ns >= expires_at_ns:
            return self.renew(token)
        if now_ns < renew_at_ns:
            return token
        try:
            return self.renew(token)
        except CredentialsError:
            raise
        except DingError:
            # The old token still works; a call a while later tries again.
            with slot.lock:
                slot.renew_at_ns = max(slot.renew_at_ns, self._clock.monotonic_ns() + RETRY_AFTER_S * NS_PER_S)
            return token

    def renew(self, rejected: Token | None) -> Token:
        """
        Return a token other than `rejected`; many threads that ask at once cause one call.

        Raises:
            DingError: As `current`.
        """
        slot = self._slot
        while True:
            with slot.lock:
                if slot.token is not None and slot.token is not rejected:
                    return slot.token
                fetch, is_ours = slot.fetch or _Fetch(self._clock.event()), slot.fetch is None
                slot.fetch = fetch
            if is_ours:
                self._run(fetch)
            else:
                # No lock is held across a call: a thread that waits for one would hold a virtual time still.
                self._clock.wait(fetch.done)
            if isinstance(fetch.outcome, Token):
                return fetch.outcome
            if fetch.outcome is not None:
                # A copy: threads that raise one error together would mix their frames, and hold the answer's.
                raise copy.copy(fetch.outcome)
            # Whoever fetched was interrupted; this thread takes its place.

    def _run(self, fetch: _Fetch) -> None:
        slot = self._slot
        try:
            # The frames inside hold the answer with the token.
            with cleared_frames():
                token, expires_in_s = self._fetch()
            now_ns = self._clock.monotonic_ns()
            with slot.lock:
                slot.token = token
                slot.expires_at_ns = now_ns + expires_in_s * NS_PER_S
                slot.renew_at_ns = now_ns + max(expires_in_s - RENEW_AHEAD_S, expires_in_s // 2) * NS_PER_S
            fetch.outcome = token
        except DingError as error:
            # Whoever asks for a token on the way to another call must know that this other call never left.
            error.may_have_taken_effect = False
            fetch.outcome = error
        finally:
            with slot.lock:
                slot.fetch = None
            fetch.done.set()

    def _fetch_new(self) -> tuple[Token, int]:
        call = Call("/v1.0/oauth2/accessToken")
        answer = self._ask(call, _SecretInBody(self._app))
        return self._token_in(answer, "accessToken", "expireIn", call.path)

    def _fetch_old(self) -> tuple[Token, int]:
        call = Call("/gettoken", method="GET", query={"appkey": self._app.app_key})
        answer = self._ask(call, _SecretInQuery(self._app))
        return self._token_in(answer, "access_token", "expires_in", call.path)

    def _token_in(self, answer: dict[str, Any], token_key: str, life_key: str, path: str) -> tuple[Token, int]:
        """Return the token of an answer, and for how many seconds it lives."""
        value, life = answer.get(token_key), whole_number(answer.get(life_key))
        # Characters that a header cannot hold would fail in every later call.
        if not isinstance(value, str) or not _USABLE.fullmatch(value) or not life or life > _LONGEST_LIFE_S:
            raise BadAnswerError(Text("token.not_in_answer", path=path, key=token_key), bad_answer_todo(path))
        return Token(value, datetime.fromtimestamp(self._clock.now_ns() / NS_PER_S + life, UTC)), life

    def _ask(self, call: Call, authorization: Authorization) -> dict[str, Any]:
        try:
            return self._transport.call(call, authorization)
        except TokenError as error:
            # Asked for a token, 40001 means that the secret is wrong.
            said = (error.code, error.ding_message, error.request_id)
        raise error_for(*said, path=call.path, kind=Kind.CREDENTIALS)


class _AppAuthorization:
    def __init__(self, app: App) -> None:
        self._app = app

    def hide(self, text: str) -> str:
        return hide(text, self._app.app_secret)


class _SecretInBody(_AppAuthorization):
    def apply(self, request: PreparedRequest) -> None:
        request.prepare_body(None, None, {"appKey": self._app.app_key, "appSecret": self._app.app_secret.reveal()})


class _SecretInQuery(_AppAuthorization):
    def apply(self, request: PreparedRequest) -> None:
        request.prepare_url(request.url, {"appsecret": self._app.app_secret.reveal()})
