"""The app's server: serves exported files to logged-in users who have the address, and limits uploads."""

import os
import secrets
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jupyter_server.base.handlers import AuthenticatedFileHandler
from jupyter_server.serverapp import ServerApp
from jupyter_server.utils import url_path_join
from tornado.web import HTTPError

EXPORTS = "DINGNB_APP_EXPORTS"
"""Environment variable with the folder of exports, set by the app for its server and kernels."""

LARGEST_UPLOAD = 200_000_000
"""Largest upload in bytes. A file is sent to the kernel in one message, and Jupyter's default of 10 MB is small."""

PLACE = "dingnb/exports"
"""Path of the exports on the server."""

_FROM_THE_PAGE = "../.."
"""Relative path from the page, ``voila/render/NOTEBOOK``, to the server's root."""


def folder_of_exports() -> Path | None:
    """Return the folder of exports; None outside the app."""
    named = os.environ.get(EXPORTS)
    return Path(named) if named else None


def new_place(folder: Path, name: str) -> Path:
    """Return the path for a new file, in a private folder with an unguessable name."""
    place = folder / secrets.token_urlsafe(32)
    place.mkdir(mode=0o700, parents=True)
    return place / name


def address_of(path: Path) -> str:
    """
    Return the address of such a file, relative to the page.

    >>> address_of(Path("exports/Q2/payslip results.csv"))
    '../../dingnb/exports/Q2/payslip%20results.csv'
    """
    return f"{_FROM_THE_PAGE}/{PLACE}/{path.parent.name}/{quote(path.name)}"


_FILE = r"/([A-Za-z0-9_-]{43}/[^/]+)"


class ExportHandler(AuthenticatedFileHandler):
    """Serves an exported file of any size as an attachment that is not cached."""

    def get_login_url(self) -> str:
        """Refuse, so that a browser does not save the login page under the file's name."""
        raise HTTPError(403)

    def set_headers(self) -> None:
        """Send the file as an attachment."""
        super().set_headers()
        self.set_attachment_header(str(self.absolute_path).replace("\\", "/").rpartition("/")[2])
        self.set_header("Cache-Control", "no-store")

    def validate_absolute_path(self, root: str, absolute_path: str) -> str:
        """Return the path of a file in its folder, and refuse any other path."""
        path = super().validate_absolute_path(root, absolute_path)
        if Path(path).parents[1] != Path(root).absolute():
            raise HTTPError(404)
        return path


def _jupyter_server_extension_points() -> list[dict[str, str]]:
    return [{"module": "dingnb.ui.app_page.server"}]


def _load_jupyter_server_extension(server: ServerApp) -> None:
    folder = folder_of_exports()
    if folder is not None:
        place = url_path_join(server.web_app.settings["base_url"], PLACE)
        web_app: Any = server.web_app  # tornado has no types for what follows
        web_app.add_handlers(".*$", [(f"{place}{_FILE}", ExportHandler, {"path": str(folder)})])
