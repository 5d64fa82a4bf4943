"""Realms: each is one app of DingTalk or of a sandbox, with its own pace, quota and names of campaigns."""

import hashlib
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Realm:
    """
    One app of DingTalk or of a sandbox.

    Attributes:
        id: Its identifier, a digest of mode, sandbox and app key; the key itself is not stored in the ledger.
        app: The name of the app in displays.
        mode: ``SANDBOX`` or ``LIVE``.
    """

    id: str
    app: str
    mode: str

    @classmethod
    def of(cls, mode: str, sandbox_id: str, app_key: str, app: str) -> "Realm":
        """Return the realm of an app; the id of a sandbox distinguishes it from other sandboxes."""
        digest = hashlib.sha256(f"{mode}\0{sandbox_id}\0{app_key}".encode(errors="surrogatepass"))
        return cls(digest.hexdigest()[:32], app, mode)
