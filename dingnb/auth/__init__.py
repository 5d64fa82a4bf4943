"""Where secrets come from; the token: fetched, cached, renewed."""

from dingnb.auth.caller import Caller
from dingnb.auth.credentials import App, find_app
from dingnb.auth.secret import Secret, Token
from dingnb.auth.tokens import TokenEndpoint, TokenSource

__all__ = ["App", "Caller", "Secret", "Token", "TokenEndpoint", "TokenSource", "find_app"]
