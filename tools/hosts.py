"""
JupyterLab, Notebook 7 and Voilà as child processes on loopback, each with its own folders and settings.

Used by the gallery, the pictures and the browser tests.
"""

import json
import os
import queue
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import nbformat
import psutil
from nbformat.v4 import new_code_cell, new_notebook

ROOT = Path(__file__).parents[1]
Theme = Literal["light", "dark"]
THEMES: tuple[Theme, ...] = ("light", "dark")

START_TIMEOUT_S = 60
MAX_LOG_LINES = 40
"""Maximum number of lines, the last of a log, that a failed test reports."""
POLL_S = 0.05
# See tools/kernels.py.
SOCKETS = () if os.name == "nt" else ("--KernelManager.transport=ipc",)
JUPYTER = ("--no-browser", "--allow-root", "--ip=127.0.0.1", "--port=0", "--IdentityProvider.token=", *SOCKETS)
SETTINGS = {
    "@jupyter-widgets/jupyterlab-manager/plugin": {"saveState": True},
    "@jupyterlab/apputils-extension/notification": {"fetchNews": "false", "checkForUpdates": False},
}
_CLOSED_PAGE_TRACEBACK = re.compile(
    r"Task exception was never retrieved\n.*WebSocketClosedError\(\)>\n"
    r"(?:.*\n)*?tornado\.websocket\.WebSocketClosedError\n"
)
JUPYTER_THEMES = {"light": "JupyterLab Light", "dark": "JupyterLab Dark"}


@dataclass(frozen=True)
class Host:
    """
    A running server that shows notebooks.

    Attributes:
        url: The server's URL.
        folder: The folder of the notebooks.
        theme: The theme of the pages.
        path_template: The rest of the address that opens a notebook, with `{name}` for the notebook's file.
        runs_by_itself: Whether an opened notebook runs automatically.
        log: The lines that the server and its kernels have logged so far.
    """

    url: str
    folder: Path
    theme: Theme
    path_template: str
    runs_by_itself: bool = False
    log: list[str] = field(default_factory=list)

    @property
    def home(self) -> Path:
        """The folder of the kernels' ledger and drafts."""
        return _dingnb_home(self.folder.parent)

    def log_of_open_pages(self) -> str:
        """Return the log without the tracebacks of messages from a kernel to a page that has just been closed."""
        return _CLOSED_PAGE_TRACEBACK.sub("", "".join(self.log))

    def notebook(self, name: str, *cells: str) -> str:
        """Write a notebook, and return the address that opens it."""
        notebook = new_notebook(cells=[new_code_cell(cell) for cell in cells])
        notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
        nbformat.write(notebook, self.folder / name)
        return self.address(name)

    def address(self, name: str) -> str:
        """Return the address that opens a notebook."""
        return self.url + self.path_template.format(name=name)

    def saved(self, name: str) -> str:
        """Return the content of a notebook's file."""
        return (self.folder / name).read_text(encoding="utf-8")


def jupyterlab(home: Path, environment: Mapping[str, str], theme: Theme = "light") -> AbstractContextManager[Host]:
    """Run a JupyterLab that saves the state of widgets. The kernels get the given variables too."""
    return _jupyter("jupyterlab", "/lab/tree/{name}?reset", home, environment, theme)


def notebook7(home: Path, environment: Mapping[str, str], theme: Theme = "light") -> AbstractContextManager[Host]:
    """Run a Notebook 7, which has the settings of `jupyterlab`."""
    return _jupyter("notebook", "/notebooks/{name}", home, environment, theme)


@contextmanager
def _jupyter(
    module: str, path_template: str, home: Path, environment: Mapping[str, str], theme: Theme
) -> Iterator[Host]:
    folder = _create_notebook_folder(home)
    with _run_server((module, *JUPYTER, f"--ServerApp.root_dir={folder}"), home, environment, theme) as server:
        url = _wait_for_server(_wait_for_log(server, r"http://127\.0\.0\.1:\d+"))
        yield Host(url, folder, theme, path_template, log=server.lines)


@contextmanager
def voila(home: Path, environment: Mapping[str, str], theme: Theme = "light") -> Iterator[Host]:
    """Run a Voilà that serves a folder: each opening of a page runs its notebook in a new kernel."""
    folder = _create_notebook_folder(home)
    options = ("--no-browser", "--Voila.ip=127.0.0.1", "--port=0", f"--theme={theme}", *SOCKETS)
    # Otherwise Voilà omits output that a busy kernel shows more than 4 seconds after a cell has ended.
    output_timeout = f"--VoilaExecutor.iopub_timeout={START_TIMEOUT_S}"
    # A kernel has no data to save: killed at once, it spends no half second on its own end.
    at_once = "--KernelManager.shutdown_wait_time=0"
    with _run_server(("voila", str(folder), *options, output_timeout, at_once), home, environment, theme) as server:
        _wait_for_log(server, r"is running at")
        # It prints the requested port, 0, once it is listening.
        (port,) = {connection.laddr.port for connection in psutil.Process(server.process.pid).net_connections("tcp4")}
        url, path_template = f"http://127.0.0.1:{port}", "/voila/render/{name}"
        yield Host(url, folder, theme, path_template, runs_by_itself=True, log=server.lines)


@contextmanager
def app(home: Path, environment: Mapping[str, str], *options: str) -> Iterator[str]:
    """Run ``dingnb app``, and yield the address that it prints."""
    with _run_server(("dingnb", "app", "--no-browser", "--port=0", *options), home, environment, "light") as server:
        yield _wait_for_server(_wait_for_log(server, r"http://127\.0\.0\.1:[1-9]\d*/voila/render/\S+\?token=\w+"))


HOSTS = {"lab": jupyterlab, "notebook7": notebook7, "voila": voila}


@dataclass(frozen=True)
class _Server:
    """A child process, its log lines so far, and a queue of the lines; None follows the last line."""

    process: subprocess.Popen[str]
    lines: list[str]
    log: "queue.SimpleQueue[str | None]"


def _create_notebook_folder(home: Path) -> Path:
    folder = home / "notebooks"
    folder.mkdir(parents=True)
    return folder


def _dingnb_home(home: Path) -> Path:
    return home / "dingnb"


def _environment(home: Path, extra: Mapping[str, str], theme: Theme) -> dict[str, str]:
    """Return the environment of a server and its kernels, and write the settings of the server's pages."""
    settings = home / "settings"
    for plugin, chosen in (
        *SETTINGS.items(),
        ("@jupyterlab/apputils-extension/themes", {"theme": JUPYTER_THEMES[theme]}),
    ):
        file = settings / f"{plugin}.jupyterlab-settings"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(chosen))
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("DINGTALK_", "JUPYTER"))}
    return {
        **inherited,
        "PYTHONPATH": str(ROOT),
        "PYTHON_KEYRING_BACKEND": "keyring.backends.fail.Keyring",
        "JUPYTERLAB_SETTINGS_DIR": str(settings),
        "JUPYTERLAB_WORKSPACES_DIR": str(home / "workspaces"),
        "JUPYTER_CONFIG_DIR": str(home / "config"),
        "JUPYTER_DATA_DIR": str(home / "data"),
        "IPYTHONDIR": str(home / "ipython"),
        "DINGNB_HOME": str(_dingnb_home(home)),
        **extra,
    }


@contextmanager
def _run_server(module: tuple[str, ...], home: Path, extra: Mapping[str, str], theme: Theme) -> Iterator[_Server]:
    lines: list[str] = []
    log: queue.SimpleQueue[str | None] = queue.SimpleQueue()
    # For sockets, whose paths have at most 107 characters, and for what killed kernels leave behind.
    with (
        tempfile.TemporaryDirectory(prefix="dingnb-", ignore_cleanup_errors=True) as temporary,
        subprocess.Popen(  # noqa: S603 - our own command
            (sys.executable, "-m", *module),
            env={**_environment(home, extra, theme), "JUPYTER_RUNTIME_DIR": temporary, "TMPDIR": temporary},
            cwd=home,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
        ) as process,
    ):

        def read() -> None:
            for line in process.stderr or ():
                lines.append(line)
                log.put(line)
            log.put(None)

        # A server whose log is not read blocks when the pipe is full.
        reader = threading.Thread(target=read, daemon=True)
        reader.start()
        try:
            yield _Server(process, lines, log)
        except AssertionError as error:
            error.add_note(f"Last lines of {module[0]}:\n{''.join(lines[-MAX_LOG_LINES:])}")
            raise
        finally:
            _stop(process)
            reader.join()


def _wait_for_log(server: _Server, pattern: str) -> str:
    """Wait until the server's log matches a pattern, and return the match."""
    try:
        while (line := server.log.get(timeout=START_TIMEOUT_S)) is not None:
            if found := re.search(pattern, line):
                return found[0]
    except queue.Empty:
        pass
    message = f"The server did not start:\n{''.join(server.lines)}"
    raise AssertionError(message)


def _wait_for_server(url: str) -> str:
    """Wait until a server is listening, which is shortly after the server prints its address; return the address."""
    address, deadline_s = urlsplit(url), time.monotonic() + START_TIMEOUT_S
    while True:
        try:
            socket.create_connection((address.hostname, address.port or 0), START_TIMEOUT_S).close()
        except OSError:
            if time.monotonic() > deadline_s:
                raise
            time.sleep(POLL_S)
        else:
            return url


def _stop(process: subprocess.Popen[str]) -> None:
    """Kill a server and its kernels at once: they have no data to save."""
    if process.poll() is not None:
        return
    server = psutil.Process(process.pid)
    # The server first, since it would restart kernels.
    for running in (server, *server.children(recursive=True)):
        with suppress(psutil.NoSuchProcess):
            running.kill()
    process.wait()
