"""The command ``dingnb app``: the studio as a page in the browser, for people who do not use notebooks."""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote

from filelock import FileLock, Timeout

from dingnb.cli.parser import parse_port
from dingnb.clock import NS_PER_S, SystemClock
from dingnb.errors import InputError
from dingnb.ledger import find_home
from dingnb.ledger.sqlite.home import prepare
from dingnb.ui.app_page.exports import EXPORTS_VARIABLE, MAX_UPLOAD_BYTES
from dingnb.ui.app_page.notebook import HTML_LANGUAGES, NOTEBOOK, title, write_notebook
from dingnb.ui.app_page.parent import PARENT_VARIABLE
from dingnb.ui.app_page.settings import load_settings, store_language, store_theme
from dingnb.ui.kit.theme import APP_ICON
from dingnb.words import Language, Text, in_language, say, set_language

PORT = 8866
"""The default port; the next one free if it is in use."""

_MESSAGE_OVERHEAD = 1_000_000
"""Size in bytes of a message besides the file that it carries."""

_MAX_IDLE_S = 60 * 60
"""
Idle time after which the kernel of a closed page ends: each reload leaves a kernel behind, which takes about 170 MB.

A sending kernel is not idle. A page that only lost its connection, such as over SSH, finds its kernel until then.
"""

_MAX_EXPORT_AGE_S = 24 * 60 * 60
"""Age at which the exports of an app that was killed are deleted."""

_SHUTDOWN_S = 50
"""Time in which a kernel must end; after half that time, it is terminated, and its calls have unknown outcomes."""

_OUTPUT_TIMEOUT_S = 60
"""Maximum wait for the notebook's output; Voilà's default of 4 seconds may leave the page empty on a busy computer."""

_NO_MATHJAX = {"mathjax_url": None, "mathjax_config": None}
"""Settings that keep the page from loading MathJax from another server."""

_SERVER_SETTINGS = "jupyter_server_config.json"
"""Name of the file in which the server looks for its settings."""

_LOCK = "app.lock"
"""Name of a file in the folder of exports that is locked while the app runs."""

_TEMPLATE = "dingnb"
_TEMPLATES = Path(__file__).parent.parent / "ui" / "app_page" / "share"

_PAGE_TEXTS = ("opening", "away", "gone", "gone_again", "locked", "locked_again", "large_again")
"""Texts that the page must show without a kernel."""

_DISABLED_EXTENSIONS = ("jupyterlab", "notebook", "notebook_shim", "jupyter_lsp", "jupyter_server_terminals")
"""Extensions that the studio does not use; without these extensions, less is exposed behind the login."""


def add_app_command(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Add ``app`` to the commands of ``dingnb``."""
    parser = commands.add_parser(
        "app",
        help=say("help.app"),
        description=say("help.app_about"),
    )
    parser.add_argument("--port", type=parse_port, default=PORT, help=say("help.app_port", port=PORT))
    parser.add_argument("--language", choices=("en", "zh"), help=say("help.app_language"))
    parser.add_argument("--theme", choices=("light", "dark"), help=say("help.app_theme"))
    parser.add_argument("--no-browser", action="store_true", help=say("help.app_no_browser"))
    parser.set_defaults(run=_run)


def server_command(folder: Path, port: int, *, opens_browser: bool, theme: str) -> list[str]:
    """
    Return the command that serves the studio's notebook.

    Args:
        folder: The notebook's folder.
        port: The port to listen on.
        opens_browser: Whether to open the page.
        theme: ``light`` or ``dark``, for pages that report an error; the notebook sets the theme of all other pages.
    """
    options = {
        "ServerApp.ip": "127.0.0.1",
        "ServerApp.port": port,
        "ServerApp.root_dir": folder,
        "ServerApp.default_url": f"/voila/render/{NOTEBOOK}",
        "ServerApp.terminals_enabled": False,
        "MappingKernelManager.cull_idle_timeout": _MAX_IDLE_S,
        "KernelManager.shutdown_wait_time": _SHUTDOWN_S,
        # Not every version of Jupyter supports encryption: without it, other accounts of this computer could listen, as
        # Jupyter then warns.
        "KernelManager.transport_encryption": "auto",
        "ServerApp.open_browser": opens_browser,
        "ServerApp.answer_yes": True,
        # The address of the page is logged as critical, and so still shown.
        "ServerApp.log_level": "ERROR",
        "VoilaExecutor.iopub_timeout": _OUTPUT_TIMEOUT_S,
        # An error that dingnb reports has no frames, and is all that the page can show if the ledger is down.
        "VoilaConfiguration.show_tracebacks": True,
        "VoilaConfiguration.theme": theme,
        "VoilaConfiguration.template": _TEMPLATE,
        "VoilaConfiguration.allow_template_override": "NO",
    }
    return [sys.executable, "-m", "jupyter_server", *(f"--{name}={value}" for name, value in options.items())]


def write_server_settings(folder: Path) -> None:
    """Write the settings of the server that are mappings: Jupyter no longer wants mappings on a command line."""
    extensions = {
        "voila.server_extension": True,
        "dingnb.ui.app_page.server": True,
        **dict.fromkeys(_DISABLED_EXTENSIONS, False),
    }
    page = {
        "icon": _icon(),
        "maxMessageBytes": MAX_UPLOAD_BYTES + _MESSAGE_OVERHEAD,
        "texts": {tag: _page_texts(language) for language, tag in HTML_LANGUAGES.items()},
    }
    settings = {
        "ServerApp": {
            "jpserver_extensions": extensions,
            "tornado_settings": {"websocket_max_message_size": MAX_UPLOAD_BYTES + _MESSAGE_OVERHEAD, **_NO_MATHJAX},
        },
        "VoilaConfiguration": {"resources": {_TEMPLATE: page}},
    }
    (folder / _SERVER_SETTINGS).write_text(json.dumps(settings), encoding="utf-8")


def _page_texts(language: Language) -> dict[str, str]:
    """Return the texts that the page shows without a kernel, in a language."""
    with in_language(language):
        texts = {key: say(f"app_page.{key}") for key in _PAGE_TEXTS}
        texts["title"] = title(language)
        return {**texts, "large": say("app_page.large", megabytes=MAX_UPLOAD_BYTES // 1_000_000)}


def _icon() -> str:
    """Return the app's icon as a data URI."""
    return f"data:image/svg+xml,{quote(APP_ICON)}"


def _run(options: argparse.Namespace) -> int:
    if find_spec("voila") is None or find_spec("jupyter_server") is None:
        raise InputError(Text("app_command.no_voila"), Text("app_command.no_voila_todo"))
    home = find_home()
    prepare(home)
    with ExitStack() as stack:
        try:
            store_language(options.language or "")
            store_theme(options.theme or "")
            settings = load_settings()
            if settings.language is not None:
                set_language(settings.language)
            folder = home / "app"
            write_notebook(folder)
            exports = stack.enter_context(_new_exports(home / "exports"))
            write_server_settings(exports)
        except OSError as error:
            what = Text("app_command.not_written", folder=home, reason=error.strerror or type(error).__name__)
            raise InputError(what, Text("app_command.not_written_todo")) from None
        print(say("app_command.serving" if options.no_browser else "app_command.starting"), flush=True)  # noqa: T201 - a command line prints
        command = server_command(folder, options.port, opens_browser=not options.no_browser, theme=settings.theme)
        return _serve(command, _environment(str(exports)))


@contextmanager
def _new_exports(all_exports: Path) -> Iterator[Path]:
    """Yield a new folder of exports, which is locked while the app runs, and deleted afterwards."""
    _delete_old_exports(all_exports)
    all_exports.mkdir(exist_ok=True, mode=0o700)
    # The lock is released before the folder is deleted: Windows does not delete open files.
    with tempfile.TemporaryDirectory(dir=all_exports) as folder, FileLock(Path(folder) / _LOCK):
        yield Path(folder)


def _environment(exports: str) -> Mapping[str, str]:
    """Return the server's environment: this process's variables and id, and the folders of exports and templates."""
    return {
        **os.environ,
        EXPORTS_VARIABLE: exports,
        PARENT_VARIABLE: str(os.getpid()),
        "JUPYTER_PATH": _prepend_folder(str(_TEMPLATES), "JUPYTER_PATH"),
        "JUPYTER_CONFIG_PATH": _prepend_folder(exports, "JUPYTER_CONFIG_PATH"),
    }


def _prepend_folder(folder: str, variable: str) -> str:
    """Return the value of an environment variable that lists folders, with another folder in front."""
    return os.pathsep.join(filter(None, (folder, os.environ.get(variable))))


def _delete_old_exports(all_exports: Path) -> None:
    """Delete exports older than a day, left by an app that was killed, but none of an app that is running."""
    for path in all_exports.glob("*"):
        with suppress(OSError, Timeout):
            if path.stat().st_mtime < SystemClock().now_ns() / NS_PER_S - _MAX_EXPORT_AGE_S:
                with FileLock(path / _LOCK, timeout=0):
                    pass
                shutil.rmtree(path)


def _serve(command: Sequence[str], environment: Mapping[str, str]) -> int:
    root_option = ("--allow-root",) if hasattr(os, "geteuid") and os.geteuid() == 0 else ()
    with subprocess.Popen((*command, *root_option), env=environment) as server:  # noqa: S603 - our own command
        # SIGTERM reaches this process alone. Unless passed on, the server would go on, and keep the port.
        previous_handler = signal.signal(signal.SIGTERM, lambda *_: server.terminate())
        try:
            return server.wait()
        except KeyboardInterrupt:
            # The same Ctrl+C has reached the server, which shuts down its kernels and itself.
            return server.wait()
        finally:
            signal.signal(signal.SIGTERM, previous_handler)
