"""A page of the app gets every message of its kernel, also where it receives late."""

import queue
import time

import pytest

from tools.kernels import SocketKernelManager

MANY = 6_000
SHOW = f"""
from IPython.display import display
for _ in range({MANY}):
    display({{"text/plain": "x" * 500}}, raw=True)
"""
KEEP = "from dingnb.ui.studio.app_shell import keep_all_messages; keep_all_messages()"


def received(before: str) -> int:
    """Run a cell, then one that shows much while nothing is received; return how many displays arrive."""
    manager = SocketKernelManager()
    manager.start_kernel()
    try:
        client = manager.blocking_client()
        client.start_channels()
        client.wait_for_ready(timeout=60)
        client.execute_interactive(before, timeout=60)
        client.execute(SHOW, reply=True, timeout=60)
        # The kernel is done; what it could not send yet is still in its queue, or was dropped.
        time.sleep(1)
        shown = 0
        while True:
            try:
                shown += client.get_iopub_msg(timeout=2)["msg_type"] == "display_data"
            except queue.Empty:
                return shown
    finally:
        manager.shutdown_kernel(now=True)


@pytest.mark.long
def test_a_page_gets_every_message_of_its_kernel() -> None:
    assert received("pass") < MANY
    assert received(KEEP) == MANY
