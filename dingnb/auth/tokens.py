"""Access tokens, cached for all connections of the process and renewed in time."""

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
from dingnb.errors.tracebacks import cleared_frames
from dingnb.transport import (
    Authorization,
    Call,
    Hosts,
    PreparedRequest,
    RouteOverride,
    Transport,
    active_override,
    parse_whole_number,
)
from dingnb.words import Text

TokenEndpoint = Literal["api", "oapi"]

RETRY_AFTER_S = 30
"""Seconds between attempts to renew a token that is still valid."""

_MAX_LIFETIME_S = 30 * 24 * 3_600
"""Longest lifetime that is accepted; DingTalk documents 2 hours."""

_TOKEN = re.compile(r"[!-~]{1,4096}")

RENEW_AHEAD_S = 600
"""
Seconds before expiry at which tokens are renewed, as DingTalk advises (docs/dingtalk.md, "Tokens"), or half of the
lifetime if that is shorter.
"""


@dataclass(slots=True)
class _Fetch:
    """One request for a token and its outcome. Other threads that need a token wait for the outcome."""

    done: threading.Event
    outcome: Token | DingError | None = None


@dataclass(slots=True)
class _CacheEntry:
    """The token of one app, and the request that is fetching one; times are monotonic."""

    lock: threading.Lock = field(default_factory=threading.Lock)
    token: Token | None = None
    renew_at_ns: int = 0
    expires_at_ns: int = 0
    fetch: _Fetch | None = None


_Cache = dict[tuple[object, ...], _CacheEntry]

_cache: _Cache = {}
_caches_by_override: WeakKeyDictionary[RouteOverride, _Cache] = WeakKeyDictionary()
_cache_lock = threading.Lock()


class TokenSource:
    """
    Provides the token of one app.

    All sources in this process with the same app, secret, hosts and clock share the token. Sources created under a
    route override share it only with each other, so that a tape contains its own token calls.

    Args:
        app: The app.
        transport: The transport for the calls.
        hosts: The hosts of the app. Tokens of different hosts are cached separately.
        clock: The source of time.
        endpoint: ``"api"`` calls ``POST /v1.0/oauth2/accessToken``, ``"oapi"`` calls ``GET /gettoken``. The tokens of
            both are valid for both API generations.
    """

    def __init__(
        self, app: App, transport: Transport, hosts: Hosts, *, clock: Clock, endpoint: TokenEndpoint = "api"
    ) -> None:
        self._app = app
        self._transport = transport
        self._clock = clock
        self._request_token = self._request_from_api if endpoint == "api" else self._request_from_oapi
        digest = hashlib.sha256(app.app_secret.reveal().encode()).digest()
        with _cache_lock:
            override = active_override()
            cache = _cache if override is None else _caches_by_override.setdefault(override, {})
            self._entry = cache.setdefault((hosts, app.app_key, digest, clock), _CacheEntry())

    def current(self) -> Token:
        """
        Return a valid token, fetched or renewed if necessary.

        A token that another thread is renewing is used until it expires.

        Raises:
            CredentialsError: DingTalk does not accept the app key and secret.
            DingError: No valid token is cached, and none could be fetched.
        """
        entry = self._entry
        now_ns = self._clock.monotonic_ns()
        with entry.lock:
            token, renew_at_ns, expires_at_ns = entry.token, entry.renew_at_ns, entry.expires_at_ns
            is_being_renewed = entry.fetch is not None
        if token is None or now_ns >= expires_at_ns:
            return self.renew(token)
        if now_ns < renew_at_ns or is_being_renewed:
            return token
        try:
            return self.renew(token)
        except CredentialsError:
            raise
        except DingError:
            # The old token is still valid; a later call tries again.
            with entry.lock:
                entry.renew_at_ns = max(entry.renew_at_ns, self._clock.monotonic_ns() + RETRY_AFTER_S * NS_PER_S)
            return token

    def renew(self, rejected: Token | None) -> Token:
        """
        Return a newly fetched token, or the token that another thread has fetched to replace `rejected`.

        The new token may have the same value as `rejected`. Concurrent calls share one request.

        Raises:
            DingError: As for `current`.
        """
        entry = self._entry
        while True:
            with entry.lock:
                if entry.token is not None and entry.token is not rejected:
                    return entry.token
                fetch, is_owner = entry.fetch or _Fetch(self._clock.event()), entry.fetch is None
                entry.fetch = fetch
            if is_owner:
                self._run(fetch)
            else:
                # No lock is held during the request: a thread that waits for a lock would stop a virtual clock.
                self._clock.wait(fetch.done)
            if isinstance(fetch.outcome, Token):
                return fetch.outcome
            if fetch.outcome is not None:
                # A copy, because threads that raise the same error object would mix their tracebacks.
                raise copy.copy(fetch.outcome)
            # The fetching thread was interrupted; this thread takes over.

    def _run(self, fetch: _Fetch) -> None:
        entry = self._entry
        try:
            # The inner frames reference the answer with the token.
            with cleared_frames():
                token, lifetime_s = self._request_token()
            now_ns = self._clock.monotonic_ns()
            with entry.lock:
                entry.token = token
                entry.expires_at_ns = now_ns + lifetime_s * NS_PER_S
                entry.renew_at_ns = now_ns + max(lifetime_s - RENEW_AHEAD_S, lifetime_s // 2) * NS_PER_S
            fetch.outcome = token
        except DingError as error:
            # The call for which the token was requested has not been made.
            error.may_have_taken_effect = False
            fetch.outcome = error
        finally:
            with entry.lock:
                entry.fetch = None
            fetch.done.set()

    def _request_from_api(self) -> tuple[Token, int]:
        call = Call("/v1.0/oauth2/accessToken")
        answer = self._call(call, _SecretInBody(self._app))
        return self._token_in(answer, "accessToken", "expireIn", call.path)

    def _request_from_oapi(self) -> tuple[Token, int]:
        call = Call("/gettoken", method="GET", query={"appkey": self._app.app_key})
        answer = self._call(call, _SecretInQuery(self._app))
        return self._token_in(answer, "access_token", "expires_in", call.path)

    def _token_in(self, answer: dict[str, Any], token_key: str, lifetime_key: str, path: str) -> tuple[Token, int]:
        """Return the token in an answer and its lifetime in seconds."""
        value, lifetime_s = answer.get(token_key), parse_whole_number(answer.get(lifetime_key))
        # Characters that are invalid in a header would make all later calls fail.
        if not isinstance(value, str) or not _TOKEN.fullmatch(value):
            raise BadAnswerError(Text("token.not_in_answer", path=path, key=token_key), bad_answer_todo(path))
        if not lifetime_s or lifetime_s > _MAX_LIFETIME_S:
            raise BadAnswerError(Text("token.not_in_answer", path=path, key=lifetime_key), bad_answer_todo(path))
        expires_at = datetime.fromtimestamp(self._clock.now_ns() / NS_PER_S + lifetime_s, UTC)
        return Token(value, expires_at), lifetime_s

    def _call(self, call: Call, authorization: Authorization) -> dict[str, Any]:
        try:
            return self._transport.call(call, authorization)
        except TokenError as error:
            # In a token request, 40001 means that the secret is wrong.
            details = (error.code, error.ding_message, error.request_id)
        raise error_for(*details, path=call.path, kind=Kind.CREDENTIALS)


class _AppAuthorization:
    """Removes the app secret from texts; subclasses add it to a request for a token."""

    def __init__(self, app: App) -> None:
        self._app = app

    def hide(self, text: str) -> str:
        return hide(text, self._app.app_secret)


class _SecretInBody(_AppAuthorization):
    """Sets the body with the app key and secret."""

    def apply(self, request: PreparedRequest) -> None:
        request.prepare_body(None, None, {"appKey": self._app.app_key, "appSecret": self._app.app_secret.reveal()})


class _SecretInQuery(_AppAuthorization):
    """Adds the app secret to the query."""

    def apply(self, request: PreparedRequest) -> None:
        request.prepare_url(request.url, {"appsecret": self._app.app_secret.reveal()})
