"""
Starts the kernels of notebooks so that clients reach them through sockets in a folder.

With TCP, jupyter_client looks for free ports and closes them again, and the kernel binds the ports a moment later. If
another connection has taken one of the ports in between, the kernel dies or hangs. Windows has no such sockets, so
kernels use TCP there.
"""

import os
import uuid
from pathlib import Path

import nbval.kernel
from jupyter_client.manager import KernelManager
from jupyter_core.paths import jupyter_runtime_dir
from traitlets import default


class SocketKernelManager(KernelManager):
    """Reaches its kernel by Unix sockets."""

    @default("transport")
    def _default_transport(self) -> str:
        return "tcp" if os.name == "nt" else "ipc"

    @default("ip")
    def _default_ip(self) -> str:
        if self.transport == "tcp":
            return "127.0.0.1"
        folder = Path(jupyter_runtime_dir())
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return str(folder / f"kernel-{uuid.uuid4()}-ipc")


def use_sockets() -> None:
    """Make nbval start its kernels with `SocketKernelManager`."""
    nbval.kernel.KernelManager = SocketKernelManager
