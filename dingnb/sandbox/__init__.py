"""
The sandbox: a strict DingTalk on this computer that reaches nobody.

It answers the calls that dingnb makes as DingTalk does, limits and silent drops included, over real HTTP, and tells
of events by Stream and by callbacks. It is made from documentation: what DingTalk does not document is an assumption,
and a field of `SandboxSettings`.
`dingnb.sandbox.apis.control` tells what a test can ask it.
"""

from dingnb.sandbox.settings import SandboxSettings
from dingnb.sandbox.web.app import create_app
from dingnb.sandbox.web.server import RunningSandbox, serve, start

__all__ = ["RunningSandbox", "SandboxSettings", "create_app", "serve", "start"]
