"""Access tokens: issued, renewed, timed out, revoked."""

from hashlib import blake2b
from hmac import compare_digest

from dingnb.clock import seconds
from dingnb.sandbox.noting import Note, not_noted
from dingnb.sandbox.settings import SandboxSettings


class Tokens:
    """The tokens of the sandbox's app; both API generations take them."""

    def __init__(self, settings: SandboxSettings, note: Note = not_noted) -> None:
        self._settings = settings
        self._note = note
        self._life_ns = seconds(settings.limits.token_life_s)
        self._issued = 0
        self._expires_ns: dict[str, int] = {}
        self._newest = ""

    def knows(self, app_key: object, app_secret: object) -> bool:
        """Return whether these are the credentials of the sandbox's app."""
        return (
            isinstance(app_key, str)
            and isinstance(app_secret, str)
            and compare_digest(app_key.encode(errors="replace"), self._settings.app_key.encode())
            and compare_digest(app_secret.encode(errors="replace"), self._settings.app_secret.encode())
        )

    def issue(self, now_ns: int) -> str:
        """Return the living token with its life renewed, as an internal app gets it; else a new one."""
        self._note("token")
        if self.state(self._newest, now_ns) != "alive":
            self._issued += 1
            source = f"{self._settings.seed} {self._settings.app_key} {self._issued}".encode()
            self._newest = blake2b(source, digest_size=16).hexdigest()
        self._expires_ns[self._newest] = now_ns + self._life_ns
        return self._newest

    def state(self, token: str, now_ns: int) -> str:
        """Return ``"alive"``, ``"expired"``, or ``"unknown"``: never issued, or revoked."""
        expires_ns = self._expires_ns.get(token)
        if expires_ns is None:
            return "unknown"
        return "alive" if now_ns < expires_ns else "expired"

    def revoke(self) -> None:
        """Make every token that was issued unknown."""
        self._note("revoke")
        self._expires_ns.clear()
