"""Keeps a peer on this computer: connections elsewhere fail and are reported."""

import ipaddress
import socket
import sys
from collections.abc import Callable


def stay_here(report: Callable[[object], None]) -> None:
    """Refuse every connection and lookup that leaves this computer."""

    def audit(event: str, arguments: tuple[object, ...]) -> None:
        if event in {"socket.connect", "socket.sendto"}:
            opened, address = arguments[:2]
            if opened.family in {socket.AF_INET, socket.AF_INET6} and not _is_here(address[0]):
                refuse(address[0])
        elif event in {"socket.getaddrinfo", "socket.gethostbyname"} and not _is_here(arguments[0]):
            refuse(arguments[0])

    def refuse(host: object) -> None:
        report({"refused": str(host)})
        message = f"{host} is not on this computer"
        raise OSError(message)

    sys.addaudithook(audit)


def _is_here(host: object) -> bool:
    if host in {None, "", "localhost", b"localhost"}:
        return True
    try:
        return ipaddress.ip_address(host.decode() if isinstance(host, bytes) else host).is_loopback
    except ValueError:
        return False
