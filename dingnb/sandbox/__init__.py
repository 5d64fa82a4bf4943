"""
A strict local DingTalk server that never contacts the real service.

The sandbox answers the calls that dingnb makes over real HTTP, enforces DingTalk's limits including silent drops, and
delivers events by Stream and by callbacks. It is built from the documentation: behaviour that DingTalk does not
document is an assumption and can be changed by a field of `SandboxSettings`.
`dingnb.sandbox.apis.control` documents the API with which tests inspect and control the sandbox.
"""

from dingnb.sandbox.settings import SandboxSettings
from dingnb.sandbox.web.app import create_app
from dingnb.sandbox.web.server import RunningSandbox, serve, start

__all__ = ["RunningSandbox", "SandboxSettings", "create_app", "serve", "start"]
