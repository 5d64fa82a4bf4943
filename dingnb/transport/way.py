"""The way to a server that speaks something else than HTTP: through the user's proxy, and with TLS, under a brake."""

import base64
import socket
import ssl
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

import requests
from requests.utils import DEFAULT_CA_BUNDLE_PATH, select_proxy

from dingnb.errors import UnreachableError
from dingnb.language import say
from dingnb.transport.brake import READ, WRITE, Brake, BrokenOffError
from dingnb.transport.hosts import is_loopback

_LONGEST_HEAD = 16_384


@dataclass(frozen=True, slots=True)
class Place:
    """
    Where a server is.

    Attributes:
        host: Its name or address.
        port: Its port.
        is_secure: Whether it speaks TLS.
    """

    host: str
    port: int
    is_secure: bool

    @property
    def shown(self) -> str:
        """Its name for people, without the path: that may hold what is secret."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def open_way(place: Place, brake: Brake, timeout_s: float) -> socket.socket:
    """
    Return a socket that leads to a place, and does not block.

    Raises:
        UnreachableError: None could be opened in time.
        BrokenOffError: The brake was pulled.
    """
    try:
        return _opened(place, brake, time.monotonic() + timeout_s)
    except BrokenOffError:
        raise
    except (OSError, ValueError) as error:
        cause = type(error).__name__
    # Outside of the except block: a chained error may quote a proxy with its password.
    raise UnreachableError(
        say("transport.unreachable", host=place.shown, cause=cause), say("transport.unreachable_todo")
    )


def wait_for(sock: socket.socket, events: int, brake: Brake, until: float) -> None:
    """
    Wait until a socket can be read or written.

    Raises:
        TimeoutError: It could not in time.
        BrokenOffError: The brake was pulled.
    """
    while time.monotonic() < until:
        if brake.wait(sock, events, until - time.monotonic()):
            return
    # Also where it could be, and always can: whoever never stops to send holds nobody up.
    raise TimeoutError


def _opened(place: Place, brake: Brake, until: float) -> socket.socket:
    proxy, trusted = _environment_of(place)
    first = _place_of(proxy) if proxy else place
    sock = brake.connect(first.host, first.port, until - time.monotonic())
    try:
        with suppress(OSError):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if proxy:
            _tunnel(sock, place, proxy, brake, until)
        return _secured(sock, place, trusted, brake, until) if place.is_secure else sock
    except BaseException:
        sock.close()
        raise


def _environment_of(place: Place) -> tuple[str, str]:
    """Return the user's proxy for a place, if any, and whose certificates are trusted: as for calls over HTTP."""
    url = f"{'https' if place.is_secure else 'http'}://{place.shown}"
    if is_loopback(url):
        return "", DEFAULT_CA_BUNDLE_PATH
    settings = requests.Session().merge_environment_settings(url, {}, stream=True, verify=None, cert=None)
    trusted = settings["verify"]
    return select_proxy(url, settings["proxies"]) or "", trusted if isinstance(trusted, str) else DEFAULT_CA_BUNDLE_PATH


def _place_of(proxy: str) -> Place:
    parts = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
    if parts.scheme != "http" or not parts.hostname:
        message = "a proxy that is not spoken to over HTTP"
        raise ValueError(message)
    return Place(parts.hostname, parts.port or 80, is_secure=False)


def _tunnel(sock: socket.socket, place: Place, proxy: str, brake: Brake, until: float) -> None:
    parts = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
    lines = [f"CONNECT {place.shown} HTTP/1.1", f"Host: {place.shown}"]
    if parts.username:
        user = f"{unquote(parts.username)}:{unquote(parts.password or '')}"
        lines.append(f"Proxy-Authorization: Basic {base64.b64encode(user.encode()).decode()}")
    request = "".join(f"{line}\r\n" for line in [*lines, ""]).encode()
    while request:
        wait_for(sock, WRITE, brake, until)
        request = request[sock.send(request) :]
    head = b""
    while b"\r\n\r\n" not in head:
        wait_for(sock, READ, brake, until)
        # One by one: what follows the head belongs to whoever is behind the proxy.
        more = sock.recv(1)
        head += more
        if not more or len(head) > _LONGEST_HEAD:
            raise ConnectionResetError
    words = head.split(b" ", 2)
    if len(words) < 2 or not words[1].startswith(b"2"):  # noqa: PLR2004 - version and status
        raise ConnectionRefusedError


def _secured(sock: socket.socket, place: Place, trusted: str, brake: Brake, until: float) -> ssl.SSLSocket:
    is_folder = Path(trusted).is_dir()
    context = ssl.create_default_context(cafile=None if is_folder else trusted, capath=trusted if is_folder else None)
    secured = context.wrap_socket(sock, server_hostname=place.host, do_handshake_on_connect=False)
    try:
        while True:
            try:
                secured.do_handshake()
            except ssl.SSLWantReadError:
                wait_for(secured, READ, brake, until)
            except ssl.SSLWantWriteError:
                wait_for(secured, WRITE, brake, until)
            else:
                return secured
    except BaseException:
        secured.close()
        raise
