"""Access tokens: issue, renewal, expiry and revocation."""

from hashlib import blake2b
from hmac import compare_digest
from typing import Literal

from dingnb.clock import seconds_to_ns
from dingnb.sandbox.records import EffectRecorder, discard_effect
from dingnb.sandbox.settings import SandboxSettings

TokenState = Literal["valid", "expired", "unknown"]


class Tokens:
    """
    The tokens of the sandbox's app, which both API generations accept.

    Args:
        settings: The sandbox's settings.
        record_effect: Called for every change.
    """

    def __init__(self, settings: SandboxSettings, record_effect: EffectRecorder = discard_effect) -> None:
        self._settings = settings
        self._record_effect = record_effect
        self._lifetime_ns = seconds_to_ns(settings.limits.token_life_s)
        self._issued_count = 0
        self._expires_ns: dict[str, int] = {}
        self._newest = ""

    def accepts_credentials(self, app_key: object, app_secret: object) -> bool:
        """Return whether these are the credentials of the sandbox's app."""
        return (
            isinstance(app_key, str)
            and isinstance(app_secret, str)
            and compare_digest(app_key.encode(errors="replace"), self._settings.app_key.encode())
            and compare_digest(app_secret.encode(errors="replace"), self._settings.app_secret.encode())
        )

    def issue(self, now_ns: int) -> str:
        """Return the valid token with its lifetime renewed, as for an internal app, or issue a new token."""
        self._record_effect("issue_token")
        if self.state(self._newest, now_ns) != "valid":
            self._issued_count += 1
            source = f"{self._settings.seed} {self._settings.app_key} {self._issued_count}".encode()
            self._newest = blake2b(source, digest_size=16).hexdigest()
        self._expires_ns[self._newest] = now_ns + self._lifetime_ns
        return self._newest

    def state(self, token: str, now_ns: int) -> TokenState:
        """Return ``"valid"``, ``"expired"`` or ``"unknown"`` (never issued, or revoked)."""
        expires_ns = self._expires_ns.get(token)
        if expires_ns is None:
            return "unknown"
        return "valid" if now_ns < expires_ns else "expired"

    def revoke(self) -> None:
        """Revoke all issued tokens."""
        self._record_effect("revoke_tokens")
        self._expires_ns.clear()
