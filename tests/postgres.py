"""A PostgreSQL of the test run's own: started with the first test that needs it, in a temporary folder."""

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dingnb.auth.database_url import parse_database_url
from dingnb.ledger import Ledger, SqliteLedger
from dingnb.ledger.postgres.ledger import PostgresLedger
from dingnb.ledger.postgres.setup import ROLE, install_ledger
from tools.postgres_server import HBA, OWNER, NoServerError, Server, start_server

MEMBER = "member"
"""A member of the team, with the rights that ``dingnb ledger init`` grants."""

OUTSIDER = "outsider"
"""A user without any rights."""

PASSWORD_ROLE = "guarded"
"""The only role that needs a password."""

PASSWORD = "pass-wörd/@:%?#"
"""Its password, with all characters that have a meaning in a URL."""

FAST_SETTINGS = ("fsync=off", "full_page_writes=off")
"""Settings that trade safety in a power failure for speed."""


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """Start a PostgreSQL with a database that has an empty ledger, the template of all others."""
    try:
        server = start_server(FAST_SETTINGS, f"local all {PASSWORD_ROLE} scram-sha-256\n{HBA}")
    except NoServerError as error:
        pytest.fail(str(error))
    try:
        literal = PASSWORD.replace("'", "''")
        server.run(
            "CREATE DATABASE empty",
            f"CREATE ROLE {PASSWORD_ROLE} LOGIN SUPERUSER PASSWORD '{literal}'",
            f"CREATE ROLE {OUTSIDER} LOGIN",
        )
        install_ledger(parse_database_url(server.url("empty")), ROLE)
        server.run(f"CREATE ROLE {MEMBER} LOGIN IN ROLE {ROLE}")
        yield server
    finally:
        server.remove()


@pytest.fixture
def new_database(postgres: Server) -> Iterator[Callable[..., str]]:
    """Create databases, by default with an empty ledger, and return their URLs; they are dropped at the end."""
    created: list[str] = []

    def new(template: str = "empty") -> str:
        name = f"t{uuid.uuid4().hex}"
        # Copying files takes half the time of logging each page, which is the default.
        postgres.run(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY file_copy")
        created.append(name)
        return postgres.url(name)

    yield new
    for name in created:
        postgres.run(f"DROP DATABASE {name} WITH (FORCE)")


def as_member(url: str) -> str:
    """Return the URL of a database for a member of the team."""
    return url.replace(f"{OWNER}@", f"{MEMBER}@")


@pytest.fixture(params=["sqlite", "postgres"])
def database(request: pytest.FixtureRequest) -> str:
    """Run a test once for each kind of database."""
    kind: str = request.param
    return kind


@pytest.fixture
def ledger(database: str, request: pytest.FixtureRequest, tmp_path: Path) -> Ledger:
    """Return an empty ledger of each kind."""
    if database == "sqlite":
        return SqliteLedger(tmp_path / "ledger", busy_timeout_s=0.1)
    url = as_member(request.getfixturevalue("new_database")())
    return PostgresLedger(parse_database_url(url), busy_timeout_s=0.1)
