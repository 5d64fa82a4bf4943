"""Waits for the end of ``dingnb app``: after the app was killed, its server must neither send nor occupy the port."""

import asyncio
import os

import psutil

PARENT_VARIABLE = "DINGNB_APP_PROCESS"
"""Environment variable with the id of the process of ``dingnb app``, which it sets for its server."""

_POLL_S = 0.5


async def wait_for_end_of_parent() -> None:
    """Return once the process of ``dingnb app`` has ended."""
    try:
        # `is_running` also compares the start time, since another process may have got the same id.
        parent = psutil.Process(int(os.environ[PARENT_VARIABLE]))
        while parent.is_running() and parent.status() != psutil.STATUS_ZOMBIE:  # noqa: ASYNC110 - no event on all systems
            await asyncio.sleep(_POLL_S)
    except psutil.NoSuchProcess:
        return
