"""Credentials, profiles and access tokens."""

from dingnb.auth.caller import Caller
from dingnb.auth.credentials import App, Origin
from dingnb.auth.secret import Secret, Token
from dingnb.auth.sources import Credentials, find_credentials
from dingnb.auth.tokens import TokenEndpoint, TokenSource

__all__ = [
    "App",
    "Caller",
    "Credentials",
    "Origin",
    "Secret",
    "Token",
    "TokenEndpoint",
    "TokenSource",
    "find_credentials",
]
