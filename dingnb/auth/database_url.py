"""The address of a team's ledger: a PostgreSQL URL whose password is kept apart and never shown."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from itertools import zip_longest
from types import MappingProxyType
from urllib.parse import parse_qsl, quote, unquote

from dingnb.auth.secret import Secret
from dingnb.errors import InputError
from dingnb.errors.arguments import MAX_PORT
from dingnb.errors.tracebacks import cleared_frames
from dingnb.words import Text

_SCHEMES = ("postgresql://", "postgres://")

_PARTS = re.compile(r"\w+://(?P<authority>[^/?#]*)/?(?P<database>[^?#]*)(?:\?(?P<query>[^#]*))?")
"""The parts of a URL. Unlike `urllib.parse.urlsplit`, this pattern allows for several hosts with ports."""


@dataclass(frozen=True, slots=True)
class DatabaseUrl:
    """
    The address of a database. Empty fields use libpq's default.

    Attributes:
        host: A host name, an address, or the folder of a Unix socket; of several hosts, separated by commas, libpq uses
            the first that it can connect to.
        port: The port, or the port of each host, separated by commas; an empty port means the default.
        user: The user.
        database: The name of the database.
        options: Other parameters of the connection by their libpq names, such as ``sslmode``.
        password: The password. If empty, libpq looks for a password in ``PGPASSWORD`` and in the password file.
    """

    host: str = ""
    port: str = ""
    user: str = ""
    database: str = ""
    options: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    password: Secret = field(default_factory=lambda: Secret(""))

    def __str__(self) -> str:
        """Return the URL without its password, and without options."""
        user = f"{quote(self.user, safe='')}@" if self.user else ""
        names, ports = self.host.split(","), self.port.split(",")
        if len(ports) == 1:
            ports *= len(names)
        hosts = (f"[{name}]" if ":" in name else quote(name, safe="") for name in names)
        pairs = zip_longest(hosts, ports, fillvalue="")
        addresses = ",".join(f"{host}:{port}" if port else host for host, port in pairs)
        return f"postgresql://{user}{addresses}/{quote(self.database, safe='')}"

    @classmethod
    def from_parameters(cls, parameters: Mapping[str, object]) -> "DatabaseUrl":
        """
        Return the address with these parameters by their libpq names, with or without ``password``.

        Raises:
            ValueError: A port is not a valid number.
        """
        options = {name: str(value) for name, value in parameters.items()}
        host, port, user, database = (options.pop(name, "") for name in ("host", "port", "user", "dbname"))
        password = Secret(options.pop("password", ""))
        if not all(map(_is_port, filter(None, port.split(",")))):
            raise ValueError
        return cls(host, port, user, database, MappingProxyType(options), password)

    def with_password(self, password: Secret) -> "DatabaseUrl":
        """Return the same address with another password."""
        return replace(self, password=password)

    def parameters(self) -> dict[str, str]:
        """Return the parameters of a connection by their libpq names, without the password."""
        parameters = {"host": self.host, "port": self.port, "user": self.user, "dbname": self.database}
        return {**self.options, **{name: value for name, value in parameters.items() if value}}


def is_database_url(text: object) -> bool:
    """
    Return whether a text is the URL of a PostgreSQL database rather than a path.

    >>> is_database_url("postgresql://ann@db.example/notices"), is_database_url("/home/ann/ledger")
    (True, False)
    """
    return isinstance(text, str) and text.strip().lower().startswith(_SCHEMES)


def parse_database_url(url: str | Secret) -> DatabaseUrl:
    """
    Return the parts of a URL, with its password as a secret.

    >>> parse_database_url("postgresql://ann:s3cret@db.example/notices?sslmode=require")
    DatabaseUrl(host='db.example', port='', user='ann', database='notices', options=..., password=Secret(***))

    Raises:
        InputError: The URL is invalid, or contains the passphrase of a key. The error does not quote the URL, any part
            of which may be the password.
    """
    with cleared_frames():
        parsed = _parse(url.reveal() if isinstance(url, Secret) else url)
    if parsed is None:
        raise InputError(Text("team_ledger.bad_url"), Text("team_ledger.bad_url_todo"))
    return parsed


def _parse(url: str) -> DatabaseUrl | None:
    parts = _PARTS.fullmatch(url.strip())
    if parts is None:
        return None
    authority, database, query = parts["authority"], parts["database"], parts["query"] or ""
    credentials, _, addresses = authority.rpartition("@")
    user, _, password = credentials.partition(":")
    hosts, ports = zip(*map(_split_port, addresses.split(",")), strict=True)
    parameters = {
        "host": unquote(",".join(hosts)),
        "port": ",".join(ports),
        "user": unquote(user),
        "password": unquote(password),
        "dbname": unquote(database),
    }
    try:
        # As in libpq, a parameter takes precedence over the same part of the URL, and "+" is not a blank.
        parameters.update(parse_qsl(query.replace("+", "%2B"), strict_parsing=True) if query else ())
        # An unquoted "/", "?" or "#" in a password ends the host, so the rest of the password would be shown as the
        # path.
        if not parameters["dbname"] or "/" in database or "@" in database + query:
            return None
        # libpq would use only the text before a NUL.
        if any("\0" in value for value in parameters.values()):
            return None
        url_parts = DatabaseUrl.from_parameters(parameters)
    except ValueError:
        return None
    if "sslpassword" in parameters:
        raise InputError(Text("team_ledger.ssl_password"), Text("team_ledger.ssl_password_todo"))
    return url_parts


def _split_port(address: str) -> tuple[str, str]:
    """Return a host and its port; the port is empty if the address has none."""
    if address.startswith("["):
        host, _, rest = address[1:].partition("]")
        return host, rest.removeprefix(":")
    host, _, port = address.partition(":")
    return host, port


def _is_port(text: str) -> bool:
    return text.isascii() and text.isdigit() and 0 < int(text) <= MAX_PORT
