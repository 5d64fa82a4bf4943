"""
The sandbox: a strict DingTalk on this computer that reaches nobody.

It answers the calls that dingnb makes as DingTalk does, limits and silent drops included, over real HTTP, and tells
of events by Stream and by callbacks. It is made from documentation: what DingTalk does not document is an assumption,
and a field of `SandboxSettings`.
`dingnb.sandbox.control` tells what a test can ask it.
"""

from dingnb.sandbox.app import create_app
from dingnb.sandbox.server import RunningSandbox, serve, start
from dingnb.sandbox.settings import SandboxSettings

__all__ = ["RunningSandbox", "SandboxSettings", "create_app", "serve", "start"]
