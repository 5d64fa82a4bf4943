"""The extension of the app's server: it serves exported files, and ends the server if the app was killed."""

import atexit
import shutil
import signal
from pathlib import Path
from typing import Any

from jupyter_server.base.handlers import AuthenticatedFileHandler
from jupyter_server.serverapp import ServerApp
from jupyter_server.utils import url_path_join
from tornado.web import HTTPError

from dingnb.ui.app_page.exports import URL_PATH, exports_folder
from dingnb.ui.app_page.parent import wait_for_end_of_parent

_EXPORTED_FILE = r"/([A-Za-z0-9_-]{43}/[^/]+)"


class ExportHandler(AuthenticatedFileHandler):
    """Serves an exported file of any size, as an attachment that is not cached, to logged-in users who have the URL."""

    def get_login_url(self) -> str:
        """Refuse the request, so that the browser does not save the login page under the file's name."""
        raise HTTPError(403)

    def set_headers(self) -> None:
        """Send the file as an attachment."""
        super().set_headers()
        self.set_attachment_header(Path(str(self.absolute_path)).name)
        self.set_header("Cache-Control", "no-store")

    def validate_absolute_path(self, root: str, absolute_path: str) -> str:
        """Return the path of an exported file; refuse any other path."""
        path = super().validate_absolute_path(root, absolute_path)
        if Path(path).parents[1] != Path(root).absolute():
            raise HTTPError(404)
        return path


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "dingnb.ui.app_page.server"}]


def _load_jupyter_server_extension(server: ServerApp) -> None:
    folder = exports_folder()
    if folder is not None:
        url = url_path_join(server.web_app.settings["base_url"], URL_PATH)
        web_app: Any = server.web_app  # jupyter_server has no types for it
        web_app.add_handlers(".*$", [(f"{url}{_EXPORTED_FILE}", ExportHandler, {"path": str(folder)})])
        if hasattr(signal, "SIGHUP"):
            # Sent when the terminal is closed: the app ends, and the server would end too, but not its kernels.
            signal.signal(signal.SIGHUP, lambda *_: None)
        server.io_loop.add_callback(_stop_after_parent, server, folder)


async def _stop_after_parent(server: ServerApp, folder: Path) -> None:
    """Stop the server, as Ctrl+C does, once the app has ended without stopping it."""
    await wait_for_end_of_parent()
    # The app can no longer delete the exports, which it does after the kernels have ended.
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    server.stop()
