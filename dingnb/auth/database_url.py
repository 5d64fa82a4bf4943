"""The address of a team's ledger: a PostgreSQL URL whose password is kept apart and never shown."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from urllib.parse import parse_qsl, quote, unquote, urlsplit

from dingnb.auth.secret import Secret
from dingnb.errors import InputError
from dingnb.errors.tracebacks import cleared_frames
from dingnb.words import Text

_SCHEMES = ("postgresql://", "postgres://")


@dataclass(frozen=True, slots=True)
class DatabaseUrl:
    """
    The address of a database. Empty fields use libpq's default.

    Attributes:
        host: A host name, an address, or the folder of a Unix socket.
        port: The port; None for the default.
        user: The user.
        database: The name of the database.
        options: Other parameters of the connection by their libpq names, such as ``sslmode``.
        password: The password. If it is empty, libpq looks for one in ``PGPASSWORD`` and in the password file.
    """

    host: str = ""
    port: int | None = None
    user: str = ""
    database: str = ""
    options: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    password: Secret = field(default_factory=lambda: Secret(""))

    def __str__(self) -> str:
        """Return the URL without its password, and without options."""
        user = f"{quote(self.user, safe='')}@" if self.user else ""
        host = f"[{self.host}]" if ":" in self.host else quote(self.host, safe="")
        port = "" if self.port is None else f":{self.port}"
        return f"postgresql://{user}{host}{port}/{quote(self.database, safe='')}"

    @classmethod
    def from_parameters(cls, parameters: Mapping[str, object]) -> "DatabaseUrl":
        """
        Return the address with these parameters by their libpq names, with or without ``password``.

        Raises:
            ValueError: The port is not a number.
        """
        options = {name: str(value) for name, value in parameters.items()}
        host, port, user, database = (options.pop(name, "") for name in ("host", "port", "user", "dbname"))
        password = Secret(options.pop("password", ""))
        return cls(host, int(port) if port else None, user, database, MappingProxyType(options), password)

    def with_password(self, password: Secret) -> "DatabaseUrl":
        """Return the same address with another password."""
        return replace(self, password=password)

    def parameters(self) -> dict[str, str | int]:
        """Return the parameters of a connection by their libpq names, without the password."""
        parameters: dict[str, str | int | None] = {
            "host": self.host,
            "port": self.port,
            "user": self.user,
            "dbname": self.database,
        }
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
    DatabaseUrl(host='db.example', port=None, user='ann', database='notices', options=..., password=Secret(***))

    Raises:
        InputError: It is not a valid URL, or contains the passphrase of a key. The error does not quote it, since any
            part of it may be the password.
    """
    with cleared_frames():
        parsed = _parse(url.reveal() if isinstance(url, Secret) else url)
    if parsed is None:
        raise InputError(Text("team_ledger.bad_url"), Text("team_ledger.bad_url_todo"))
    return parsed


def _parse(url: str) -> DatabaseUrl | None:
    try:
        parts = urlsplit(url.strip())
        # `parts.hostname` is lower-cased, which would break the path of a socket.
        parameters = {
            "host": unquote(_host_of(parts.netloc.rpartition("@")[2])),
            "port": str(parts.port or ""),
            "user": unquote(parts.username or ""),
            "password": unquote(parts.password or ""),
            "dbname": unquote(database := parts.path.removeprefix("/")),
        }
        # As in libpq, a parameter takes precedence over the same part of the URL, and "+" is not a blank.
        query = parts.query.replace("+", "%2B")
        parameters.update(parse_qsl(query, strict_parsing=True) if query else ())
        # An unquoted "/", "?" or "#" in a password ends the host, so the rest of the password would be shown as the
        # path.
        if parts.fragment or not parameters["dbname"] or "/" in database or "@" in parts.path + parts.query:
            return None
        url_parts = DatabaseUrl.from_parameters(parameters)
    except ValueError:
        return None
    if "sslpassword" in parameters:
        raise InputError(Text("team_ledger.ssl_password"), Text("team_ledger.ssl_password_todo"))
    return url_parts


def _host_of(authority: str) -> str:
    if authority.startswith("["):
        return authority[1:].partition("]")[0]
    return authority.partition(":")[0]
