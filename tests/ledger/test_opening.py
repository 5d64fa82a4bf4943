"""Which ledger is opened, and the password of a team's."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from types import MappingProxyType
from urllib.parse import quote

import keyring
import nbformat
import psycopg
import pytest
from nbclient import NotebookClient
from psycopg.conninfo import conninfo_to_dict

import dingnb
from dingnb.auth import App, Secret, profiles
from dingnb.auth.database_url import DatabaseUrl, parse_database_url
from dingnb.client import DingTalk
from dingnb.errors import DingError, InputError, LedgerError, MissingPackageError
from dingnb.ledger import open_ledger, parse_ledger_location
from dingnb.ledger.postgres.ledger import PostgresLedger
from dingnb.ledger.postgres.setup import install_ledger
from dingnb.sandbox import RunningSandbox
from dingnb.transport import Hosts
from tests.memory_keyring import MemoryKeyring
from tests.postgres import PASSWORD, PASSWORD_ROLE
from tests.secret_leaks import find_leaks
from tests.table_rows import for_each
from tools.postgres_server import Server

New = Callable[..., str]
Connect = Callable[..., DingTalk]
QUOTED = quote(PASSWORD, safe="")


@pytest.fixture
def memory() -> Iterator[MemoryKeyring]:
    before, memory = keyring.get_keyring(), MemoryKeyring()
    keyring.set_keyring(memory)
    yield memory
    keyring.set_keyring(before)


@pytest.fixture
def guarded(postgres: Server, new_database: New) -> str:
    """Return the URL, without its password, of a database for a role that needs one."""
    return postgres.url(parse_database_url(new_database()).database, PASSWORD_ROLE)


@pytest.fixture
def connect(sandbox: RunningSandbox) -> Callable[..., DingTalk]:
    """Connect to a sandbox, with the ledger as `dingnb.connect` finds it."""
    settings = sandbox.settings
    app = {"app_key": settings.app_key, "app_secret": settings.app_secret, "agent_id": settings.agent_id}
    hosts = {"oapi_base_url": sandbox.base_url, "api_base_url": sandbox.base_url}
    return lambda **options: dingnb.connect(**app, **hosts, **options)


def place_of(ding: DingTalk) -> str:
    with ding:
        return ding._ledger.place


def with_password(url: str, password: str = QUOTED) -> str:
    return url.replace(f"{PASSWORD_ROLE}@", f"{PASSWORD_ROLE}:{password}@")


def test_argument_environment_and_home_name_the_ledger_in_this_order(
    connect: Connect, url: str, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert place_of(connect()) == str(home / "ledger.sqlite3")
    monkeypatch.setenv("DINGNB_LEDGER", f"  {tmp_path}/by variable ")
    assert place_of(connect()) == str(tmp_path / "by variable" / "ledger.sqlite3")
    assert place_of(connect(ledger=tmp_path / "by argument")) == str(tmp_path / "by argument" / "ledger.sqlite3")
    monkeypatch.setenv("DINGNB_LEDGER", url)
    assert place_of(connect()) == url
    assert place_of(connect(ledger=str(tmp_path))) == str(tmp_path / "ledger.sqlite3")
    assert isinstance(open_ledger(), PostgresLedger)
    monkeypatch.setenv("DINGNB_LEDGER", " ")
    assert place_of(connect()) == str(home / "ledger.sqlite3")


@pytest.fixture
def url(new_database: New) -> str:
    return new_database()


def test_a_ledger_that_cannot_be_used_is_an_error_at_once(connect: Connect, url: str) -> None:
    with pytest.raises(LedgerError, match="There is no database"):
        connect(ledger=f"{url}_gone")


@pytest.mark.parametrize(
    "bad", ["mysql://a:s3cret@h/d", 5, b"postgresql://a:s3cret@h/d", "", "postgresql://a:s3cret/x@h/d", "postgres://h"]
)
def test_anything_else_is_refused_without_being_shown(connect: Connect, bad: object) -> None:
    with pytest.raises(InputError) as caught:
        connect(ledger=bad)
    assert "s3cret" not in str(caught.value)
    assert find_leaks(caught.value, "s3cret") == []


@pytest.mark.parametrize(
    "mistyped",
    [
        "postgresql:/ann:s3cret@db/notices",
        "postgresql//ann:s3cret@db/notices",
        "ann:s3cret@db/notices",
        "db.example:5432/notices",
        "host=db dbname=notices user=ann password=s3cret",
        "~nobody-here:s3cret@db/notices",
        "ann:" + "s3cret" * 50 + "@db/notices",
    ],
)
def test_a_mistyped_url_is_no_folder(
    connect: Connect, mistyped: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match="neither a PostgreSQL URL nor a folder") as caught:
        connect(ledger=mistyped)
    assert "s3cret" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []
    monkeypatch.setenv("DINGNB_LEDGER", mistyped)
    with pytest.raises(InputError, match="neither a PostgreSQL URL nor a folder"):
        connect()


def test_a_folder_may_look_like_an_address(connect: Connect, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ann@work").mkdir(mode=0o700)
    assert place_of(connect(ledger="ann@work")) == str(tmp_path / "ann@work" / "ledger.sqlite3")


def test_a_folder_that_looks_like_a_connection_string_is_used_once_it_exists(
    connect: Connect, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    folder = tmp_path / "user=ann"
    for named in ("~/user=ann", str(folder)):
        with pytest.raises(InputError, match="create it first"):
            connect(ledger=named)
    folder.mkdir(mode=0o700)
    for named in ("~/user=ann", str(folder)):
        assert place_of(connect(ledger=named)) == str(folder / "ledger.sqlite3")
    (folder / "ledger.sqlite3").touch(mode=0o600)
    assert place_of(connect(ledger="~/user=ann/ledger.sqlite3")) == str(folder / "ledger.sqlite3")


def test_the_parts_of_a_url() -> None:
    whole = parse_database_url(f"postgresql://ann%40x:{QUOTED}@[::1]:5433/no%20tes?sslmode=require")
    assert whole == DatabaseUrl(
        "::1", "5433", "ann@x", "no tes", MappingProxyType({"sslmode": "require"}), whole.password
    )
    assert whole.password.reveal() == PASSWORD
    assert str(whole) == "postgresql://ann%40x@[::1]:5433/no%20tes"
    by_query = parse_database_url("POSTGRES://h/d?password=p%25w&user=u&host=/A/b")
    assert (by_query.password.reveal(), by_query.user, by_query.host) == ("p%w", "u", "/A/b")
    assert str(parse_database_url("postgresql://ann@db/x?port=5434")) == "postgresql://ann@db:5434/x"
    assert str(parse_database_url("postgresql://%2FTmp%2Fx/d")) == "postgresql://%2FTmp%2Fx/d"


@for_each(
    "url",
    [
        "postgresql://ann@db/x?password=a+b%2Bc%20d",
        "postgresql://a+b:c+d@db/x+y?application_name=x+y",
        "postgresql://ann:of-the-user@db/x?password=of-the-query&user=bob",
        "postgresql://ann@db:5433/x?port=5434&dbname=y&host=%2FTmp",
        "postgresql://ann@db?dbname=y&port=5434",
        "postgresql://ann@db/x?application_name=a&application_name=%E4%BD%A0",
        "postgresql://ann:p%2Cw@a.example:5432,b.example:5433/x?target_session_attrs=read-write",
        "postgresql://a,b:5433/x",
        "postgresql://[::1]:5432,[::2],%2FTmp%2Fx/x",
        "postgresql://a,b/x?port=5434",
        "postgresql://a:/x",
        "postgresql://:5433/x",
    ],
)
def test_a_url_means_the_same_as_for_postgresqls_own_programs(url: str) -> None:
    address = parse_database_url(url)
    found = {"password": address.password.reveal(), **address.parameters()}
    assert {name: str(value) for name, value in found.items() if value} == conninfo_to_dict(url)


def test_a_url_with_several_hosts_is_shown_without_its_password() -> None:
    several = parse_database_url("postgresql://ann:s3cret@a:5432,b/x")
    assert str(several) == "postgresql://ann@a:5432,b/x"
    assert "s3cret" not in repr(several)
    assert str(parse_database_url("postgresql://[::1]:5432,[::2]/x")) == "postgresql://[::1]:5432,[::2]/x"
    assert str(parse_database_url("postgresql://a,b/x?port=5434")) == "postgresql://a:5434,b:5434/x"


@for_each(
    "url",
    [
        "postgresql://ann:s3cret@a:543x,b/x",
        "postgresql://ann:s3cret@a,b:0/x",
        "postgresql://ann:s3cret@a,b:65536/x",
        "postgresql://ann:s3/cret@a,b/x",
        "postgresql://ann:1,5/s3cret@a,b/x",
        "postgresql://ann:s3#cret@a,b/x",
        "postgresql://a,b/",
        "postgresql://ann:s3cret@a/notices%00old",
        "postgresql://ann:s3%00cret@a/notices",
    ],
)
def test_a_url_that_is_not_valid_is_refused_without_being_shown(url: str) -> None:
    with pytest.raises(InputError, match="not a valid PostgreSQL URL") as caught:
        parse_database_url(url)
    assert "cret" not in str(caught.value)


def test_of_several_hosts_one_that_can_be_reached_is_used(connect: Connect, url: str) -> None:
    several = url.replace("@", "@127.0.0.1:1,")
    with connect(ledger=several) as ding:
        assert place_of(ding) == several


def test_the_passphrase_of_a_key_is_refused_without_being_shown() -> None:
    with pytest.raises(InputError, match="sslpassword, which is not supported") as caught:
        parse_database_url("postgresql://ann@db.example/notices?sslpassword=hidden&sslmode=require")
    assert "hidden" not in str(caught.value)


def test_the_password_is_never_shown(connect: Connect, guarded: str, monkeypatch: pytest.MonkeyPatch) -> None:
    ding = connect(ledger=with_password(guarded))
    with ding:
        shown = [repr(ding), repr(ding._ledger), ding._ledger.place, str(ding.campaigns())]
    assert not any(PASSWORD in text or QUOTED in text for text in shown)

    wrong = "not-the-passw0rd"
    with pytest.raises(LedgerError) as caught:
        connect(ledger=with_password(guarded, wrong))
    assert caught.value.problem == "password"
    assert find_leaks(caught.value, wrong) == []

    with pytest.raises(LedgerError) as caught:
        install_ledger(with_password(guarded, wrong))
    assert caught.value.problem == "password"
    assert find_leaks(caught.value, wrong) == []

    monkeypatch.setenv("DINGNB_LEDGER", with_password(guarded, wrong))
    with pytest.raises(LedgerError) as caught:
        connect()
    assert caught.value.problem == "password"
    assert find_leaks(caught.value, wrong) == []

    monkeypatch.setenv("DINGNB_LEDGER", f"postgresql://u:{wrong}/@h/d")
    with pytest.raises(InputError) as bad:
        connect()
    assert find_leaks(bad.value, wrong) == []


def test_the_password_comes_from_the_environment(
    connect: Connect, guarded: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PGPASSFILE", str(tmp_path / "none"))
    with pytest.raises(LedgerError) as caught:
        connect(ledger=guarded)
    assert caught.value.problem == "password"
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    assert place_of(connect(ledger=guarded)) == guarded


@pytest.mark.usefixtures("memory")
def test_a_profile_has_a_ledger_with_its_password(
    sandbox: RunningSandbox, guarded: str, memory: MemoryKeyring, url: str
) -> None:
    app, hosts = App("dingprofile0001", Secret("s"), 1), Hosts(sandbox.base_url, sandbox.base_url)
    address = parse_database_url(with_password(guarded))
    profiles.save(profiles.Profile("hr", app, hosts, address))
    assert place_of(dingnb.connect(profile="hr")) == guarded
    # The same address without its password, as in a notebook.
    assert place_of(dingnb.connect(profile="hr", ledger=guarded)) == guarded
    assert place_of(dingnb.connect(profile="hr", ledger=url)) == url
    # The app secret is replaced, and the ledger stays.
    profiles.save(profiles.Profile("hr", App("dingprofile0001", Secret("newer"), 1), hosts))
    stored = profiles.load("hr").ledger
    assert stored is not None
    assert stored.password.reveal() == PASSWORD
    assert PASSWORD not in repr(profiles.load("hr"))
    assert PASSWORD not in memory.entries["dingnb", "profiles"]


@pytest.mark.parametrize("ledger", [5, {"dbname": "d", "port": "x"}, {}])
def test_a_foreign_ledger_in_the_keyring_is_ignored(memory: MemoryKeyring, ledger: object) -> None:
    profiles.save(profiles.Profile("hr", App("dingprofile0001", Secret("s"), 1)))
    entry = json.loads(memory.entries["dingnb", "profile hr"])
    memory.entries["dingnb", "profile hr"] = json.dumps({**entry, "ledger": ledger})
    assert profiles.load("hr").ledger is None


def test_without_the_driver_the_error_names_the_extra(connect: Connect, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "psycopg", None)
    with pytest.raises(MissingPackageError) as caught:
        connect(ledger="postgresql://u:s3cret@h/d")
    assert "dingnb[team]" in caught.value.hint
    assert find_leaks(caught.value, "s3cret") == []


def test_a_secret_may_be_passed_instead_of_text(connect: Connect, guarded: str) -> None:
    assert place_of(connect(ledger=Secret(with_password(guarded)))) == guarded
    assert str(parse_ledger_location(Secret(with_password(guarded)))) == guarded


NOTEBOOK = """
import os, dingnb
ding = dingnb.connect("sandbox", ledger=os.environ["TEAM"])
display(ding, ding.campaigns(), ding.drafts)
"""
WRONG = """
dingnb.connect("sandbox", ledger=os.environ["TEAM"].replace("{user}:", "{user}:x"))
"""


@pytest.mark.long
def test_a_saved_notebook_shows_no_password(guarded: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEAM", with_password(guarded))
    cells = [nbformat.v4.new_code_cell(source) for source in (NOTEBOOK, WRONG.replace("{user}", PASSWORD_ROLE))]
    notebook = nbformat.v4.new_notebook(cells=cells)
    NotebookClient(notebook, allow_errors=True, timeout=120).execute()
    saved = nbformat.writes(notebook)
    assert "LedgerError" in saved
    assert "The password of the ledger was passed in code" in saved
    assert not any(secret in saved for secret in (PASSWORD, QUOTED, json.dumps(PASSWORD)[1:-1]))


def test_an_error_of_the_driver_is_not_chained(connect: Connect, guarded: str) -> None:
    with pytest.raises(DingError) as caught:
        connect(ledger=with_password(guarded, "wrong"))
    assert not isinstance(caught.value.__cause__ or caught.value.__context__, psycopg.Error)
