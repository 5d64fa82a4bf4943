"""The journal: a killed sandbox is restored with its state."""

import json
import os
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import requests

from dingnb.clock import NS_PER_S, VirtualClock
from dingnb.errors import InputError
from dingnb.limits import STANDARD
from dingnb.sandbox import RunningSandbox, SandboxSettings, start
from dingnb.sandbox.journal import LockedJournalError, read_published_sandbox
from tests.sandbox.card_client import (
    CREATE_AND_DELIVER,
    REGISTER,
    CardReceiver,
    ask,
    cards,
    fields,
    register,
    send_card,
    update,
)
from tests.sandbox.conftest import WORK, Client
from tests.sandbox.stream_client import CARD, Listener, wait_for_count
from tests.table_rows import for_each

DAY_S = 24 * 3_600

Opener = Callable[..., Client]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "home" / "sandbox.sqlite3"


@pytest.fixture
def open_kept(clock: VirtualClock) -> Iterator[Opener]:
    """Start sandboxes on one virtual clock, with a journal."""
    clients: list[Client] = []

    def opened(journal: Path, **settings: Any) -> Client:
        clients.append(Client(start(SandboxSettings(**settings), clock, journal=journal), clock))
        return clients[-1]

    yield opened
    for client in clients:
        client.http.close()
        client.sandbox.stop()


def copied(file: Path) -> Path:
    """Return a copy of a journal in use, as a kill at this moment would leave it."""
    folder = file.parent / "copy"
    folder.mkdir(exist_ok=True)
    for ending in ("", "-wal", "-shm"):
        shutil.copy(file.with_name(file.name + ending), folder / (file.name + ending))
    return folder / file.name


def live_a_life(client: Client) -> list[int]:
    people = client.people(60)
    ids = [client.send(people[:50], "one")["task_id"]]
    client.send([], "everybody", to_all_user=True)
    client.send([], "a department", dept_id_list="10,99")
    client.pass_time(30)
    ids.append(client.send([*people[:3], "ghost"], "one")["task_id"])
    client.pass_time(1_000)
    client.recall(ids[0])
    client.post("/_sandbox/faults", json={"fault": "drop_before", "path": "/nowhere"})
    with pytest.raises(requests.ConnectionError):
        client.get("/nowhere")
    for _ in range(23):
        client.progress(ids[1])
    client.get("/_sandbox/stats")
    client.send(people, "still on its way")
    return ids


def seen(sandbox: RunningSandbox) -> dict[str, Any]:
    state = sandbox.state
    return {"stats": state.stats(), "messages": state.messages(), "calls": state.recorded_calls()}


def test_changed_people_and_departments_survive(file: Path, open_kept: Opener) -> None:
    client = open_kept(file)
    one, other = client.people(2)
    client.post("/_sandbox/users", json=[{"userid": one, "name": "张三", "department_ids": [50, 20]}])
    client.post("/_sandbox/users", json={"userid": other, "active": False})
    client.post("/_sandbox/departments", json={"dept_id": 88, "name": "审计部", "parent_id": 50})
    client.post("/_sandbox/departments", json={"dept_id": 30, "removed": True})
    before = [client.get(f"/_sandbox/{name}").json() for name in ("users", "departments")]
    restarted = open_kept(copied(file))
    assert [restarted.get(f"/_sandbox/{name}").json() for name in ("users", "departments")] == before
    assert restarted.call("/topapi/v2/user/get", userid=one)["result"]["dept_id_list"] == [50, 20]


def test_the_latest_time_that_can_be_set_is_stored(file: Path, open_kept: Opener) -> None:
    client = open_kept(file)
    time = {"now": "2261-12-31T23:59:59+00:00", "stopped": True}
    assert client.post("/_sandbox/clock", json=time).status_code == 200
    assert client.post("/_sandbox/users", json={"userid": "ann"}).json() == {"changed": 1}
    restarted = open_kept(copied(file))
    assert restarted.get("/_sandbox/clock").json()["now"] == "2262-01-01T07:59:59.000+08:00"
    assert restarted.get("/_sandbox/users").json()[-1]["userid"] == "ann"


def test_changes_from_python_survive_without_another_call(file: Path) -> None:
    with start(SandboxSettings(users=5), journal=file) as sandbox:
        sandbox.state.change_person("ann", {"name": "Ann"})
        sandbox.state.change_department(88, "Audit", 50)
        sandbox.state.remove_department(30)
    with start(SandboxSettings(users=5), journal=file) as sandbox:
        assert sandbox.state.users()[-1]["name"] == "Ann"
        departments = {row["dept_id"]: row["name"] for row in sandbox.state.departments()}
    assert (departments[88], 30 in departments) == ("Audit", False)


@for_each("path", ["", "a\0b"])
def test_a_sandbox_whose_journal_can_have_no_file_runs_without_one(path: str) -> None:
    with start(SandboxSettings(users=5), journal=Path(path)) as sandbox:
        [note] = sandbox.notes
        assert str(note).startswith("The sandbox's state won't be saved: ")
        assert requests.get(f"{sandbox.base_url}/_sandbox/stats", timeout=10).json()["users"] == 5


def test_a_change_that_json_cannot_hold_harms_no_later_call(file: Path) -> None:
    with start(SandboxSettings(users=5), journal=file) as sandbox:
        with pytest.raises(TypeError):
            sandbox.state.change_department(Decimal(5))  # type: ignore[arg-type]
        stats = requests.get(f"{sandbox.base_url}/_sandbox/stats", timeout=10)
        assert (stats.status_code, stats.json()["users"]) == (200, 5)


def test_an_invalid_change_of_a_person_is_refused_and_harms_no_journal(file: Path) -> None:
    invalid = [("ann", {"nmae": "Ann"}), ("ann", {"mobile": ["1"]}), ("ann", {"hired_ms": Decimal(5)})]
    invalid += [("ann", {"department_ids": []}), ("", {"name": "Ann"})]
    with start(SandboxSettings(users=5), journal=file) as sandbox:
        sandbox.state.change_person("ben", {"name": "Ben", "department_ids": (50, 20)})
        for userid, fields in invalid:
            with pytest.raises(InputError, match="has an invalid"):
                sandbox.state.change_person(userid, fields)
        sandbox.state.change_department(88, "Audit")
    with start(SandboxSettings(users=5), journal=file) as sandbox:
        assert not sandbox.notes
        assert [user["name"] for user in sandbox.state.users()[5:]] == ["Ben"]


def test_a_restarted_sandbox_has_the_same_state(file: Path, open_kept: Opener) -> None:
    client = open_kept(file)
    ids = live_a_life(client)
    before = seen(client.sandbox)
    results = [client.lists(id_) for id_ in ids]
    repeats = [client.call("/topapi/user/count")["request_id"] for _ in range(2)]
    before["calls"] = client.sandbox.state.recorded_calls()
    assert before["stats"]["throttled"]
    killed = copied(file)
    sandbox = start(SandboxSettings(), client.clock, journal=killed)
    try:
        assert sandbox.notes == ()
        assert sandbox.state.recorded_calls() == before["calls"]
        assert sandbox.state.messages() == before["messages"]
        used = {**before["stats"], **{name: sandbox.state.stats()[name] for name in ("calls", "calls_counted")}}
        assert sandbox.state.stats() == used
        again = Client(sandbox, client.clock)
        again.http.close()
        again.http = client.http
        assert again.token == client.token
        assert [again.lists(id_) for id_ in ids] == results
        assert again.call("/topapi/user/count")["request_id"] not in repeats
        assert again.progress(ids[1])["sub_code"] == "90018"
        for other in (client, again):
            other.pass_time(2)
        new = {other.send(other.people(2), "one")["task_id"] for other in (client, again)}
        assert len(new) == 1
        client.pass_time(2)
        assert again.lists(new.pop())["forbidden_list"] != []
        assert again.sandbox.state.messages() == client.sandbox.state.messages()
    finally:
        sandbox.stop()


def test_a_second_restart_restores_the_same_state(file: Path, open_kept: Opener) -> None:
    client = open_kept(file)
    live_a_life(client)
    stats = client.sandbox.state.stats()
    for _ in range(2):
        client.sandbox.stop()
        client.sandbox = start(SandboxSettings(), client.clock, journal=file)
        assert client.sandbox.state.stats() == stats


def test_a_set_time_survives_a_restart(file: Path, open_kept: Opener) -> None:
    client = open_kept(file)
    client.post("/_sandbox/clock", json={"advance_s": 90 * DAY_S})
    with_new_token = Client(client.sandbox, client.clock)
    task_id = with_new_token.send(client.people(1))["task_id"]
    with_new_token.http.close()
    client.pass_time(1)
    client.sandbox.stop()
    again = open_kept(file)
    assert again.sandbox.state.time.now_ns() == client.clock.now_ns() + 90 * DAY_S * NS_PER_S
    assert len(again.lists(task_id)["read_user_id_list"] + again.lists(task_id)["unread_user_id_list"]) == 1
    again.post("/_sandbox/clock", json={"now_ns": 5, "stopped": True})
    again.sandbox.stop()
    assert open_kept(file).get("/_sandbox/clock").json()["now_ns"] == 5


def test_revoked_tokens_stay_revoked(file: Path, open_kept: Opener) -> None:
    client = open_kept(file)
    client.post("/_sandbox/tokens/revoke")
    client.sandbox.stop()
    again = open_kept(file)
    assert again.token != client.token


def test_a_banned_address_stays_banned(file: Path, open_kept: Opener) -> None:
    limits = replace(STANDARD, ip_calls_per_20_s=2)
    client = open_kept(file, limits=limits)
    assert [client.get("/nowhere").json().get("status") for _ in range(2)] == [None, 1111]
    client.sandbox.stop()
    client.pass_time(299)
    again = start(SandboxSettings(limits=limits), client.clock, journal=file)
    now_ns = again.state.time.now_ns()
    assert [again.state.call_usage.admit_address("127.0.0.1", now_ns + later * NS_PER_S) for later in (0, 2)] == [
        False,
        True,
    ]
    again.stop()


def test_cards_survive_with_what_people_see(file: Path, open_kept: Opener) -> None:
    client = open_kept(file)
    one, other = client.people(2)
    client.post("/_sandbox/cards/templates", json={"template_id": "mine.schema", "private": ["hours"]})
    private = {one: {"cardParamMap": {"hours": "168"}}}
    send_card(client, one, other, "ghost", cardTemplateId="mine.schema", privateData=private)
    update(client, cardData={"cardParamMap": {"title": "new"}}, cardUpdateOptions={"updateCardDataByKey": True})
    client.post("/_sandbox/faults", json={"fault": "undelivered", "nth": 1, "path": "createAndDeliver"})
    assert ask(client, CREATE_AND_DELIVER, fields(client, one, outTrackId="dn-2")).status_code == 504
    route = {"callbackRouteKey": "key", "callbackUrl": "http://127.0.0.1:9/a"}
    registered = ask(client, REGISTER, route).json()
    before = cards(client)
    assert [len(card["deliveries"]) for card in before] == [2, 0]
    again = open_kept(copied(file))
    assert cards(again) == before
    assert ask(again, CREATE_AND_DELIVER, fields(again, one)).json()["code"] == "param.cardAlreadyExist"
    assert ask(again, REGISTER, {**route, "callbackUrl": "http://127.0.0.1:9/b"}).json() == registered


def test_presses_survive_and_those_without_an_answer_come_again(file: Path, open_kept: Opener) -> None:
    client = open_kept(file, card_answer_deadline_s=60)
    people = client.people(3)
    send_card(client, *people)
    change = {"cardUpdateOptions": {"updateCardDataByKey": True}, "cardData": {"cardParamMap": {"tips": "done"}}}
    with Listener(client, CARD) as listener:
        client.sandbox.press(userids=people[:1])
        listener.answer(listener.next(), {"response": change})
        wait_for_count(client, "acknowledged", 1)
        client.sandbox.press(userids=people[1:2])
        unanswered = listener.next()
    client.sandbox.press(userids=people[2:], after_s=50)
    before = (client.get("/_sandbox/cards/presses").json(), cards(client))

    again = open_kept(copied(file), card_answer_deadline_s=60)
    after = again.get("/_sandbox/cards/presses").json()
    assert [press["status"] for press in after] == ["answered", "pressed", "planned"]
    assert [{**press, "pushes": 0} for press in after] == [{**press, "pushes": 0} for press in before[0]]
    assert cards(again) == before[1]
    with Listener(again, CARD) as listener:
        frame = listener.next()
        assert frame["data"] == unanswered["data"]
        assert frame["headers"]["messageId"] == unanswered["headers"]["messageId"]
        listener.answer(frame, {"response": {}})
        again.pass_time(50)
        assert listener.next()["data"]["userId"] == people[2]
    assert again.get("/_sandbox/stats").json()["stream_counted"] == 3


def test_a_press_keeps_its_number_and_its_answer_when_earlier_ones_are_deleted(file: Path, open_kept: Opener) -> None:
    client = open_kept(file, card_answer_deadline_s=60)
    first, second = client.people(2)
    send_card(client, first)
    client.sandbox.press(userids=[first])
    client.pass_time(20 * DAY_S)
    later = Client(client.sandbox, client.clock)
    send_card(later, second, outTrackId="dn-2")
    with Listener(later, CARD) as listener:
        listener.answer(listener.next(), {"response": {}})
        later.sandbox.press(userids=[second])
        listener.answer(listener.next(), {"response": {}})
        wait_for_count(later, "acknowledged", 2)
    _, before = later.get("/_sandbox/cards/presses").json()
    later.http.close()
    client.sandbox.stop()
    client.pass_time(12 * DAY_S)
    again = open_kept(file, card_answer_deadline_s=60)
    again.sandbox.press(userids=[second], after_s=3_600)
    found, planned = again.get("/_sandbox/cards/presses").json()
    assert ({**found, "pushes": 1}, found["status"], planned["number"]) == (before, "answered", 3)


def test_a_reply_that_comes_after_a_reset_belongs_to_no_other_press(file: Path, open_kept: Opener) -> None:
    client = open_kept(file, card_answer_deadline_s=60)
    [userid] = client.people(1)
    with CardReceiver() as receiver:
        register(client, receiver.url)
        send_card(client, userid, callbackType="HTTP", callbackRouteKey="key")
        receiver.is_blocking = True
        client.sandbox.press(userids=[userid])
        receiver.received.get(timeout=10)
        client.post("/_sandbox/reset")
        again = Client(client.sandbox, client.clock)
        send_card(again, userid)
        again.sandbox.press(userids=[userid], after_s=3_600)
        receiver.release.set()
        # The next press waits until the reply has been processed.
        again.sandbox.press(userids=[userid])
        again.pass_time(1)
        client.sandbox.stop()
        again.http.close()
    after = open_kept(file, card_answer_deadline_s=60).get("/_sandbox/cards/presses").json()
    assert [press["status"] for press in after] == ["planned", "pressed"]


def test_what_was_opened_survives(file: Path, open_kept: Opener) -> None:
    client = open_kept(file, read_share=0)
    [userid] = client.people(1)
    task_id = client.send([userid])["task_id"]
    send_card(client, userid)
    client.pass_time(1)
    ids = [item["id"] for item in client.get("/_sandbox/phone/messages", params={"userid": userid}).json()["messages"]]
    client.post("/_sandbox/phone/read", json={"userid": userid, "ids": ids})
    client.sandbox.stop()
    again = open_kept(file, read_share=0)
    assert again.lists(task_id)["read_user_id_list"] == [userid]
    assert cards(again)[0]["deliveries"][0]["opened"] is True


def test_ids_of_cards_do_not_repeat_after_resets_and_restarts(file: Path, open_kept: Opener) -> None:
    carriers = []
    for _ in range(3):
        client = open_kept(file)
        client.post("/_sandbox/reset")
        [delivered] = send_card(Client(client.sandbox, client.clock), *client.people(1))["deliverResults"]
        carriers.append(delivered["carrierId"])
        client.sandbox.stop()
    assert len(set(carriers)) == 3


def test_a_press_reported_over_http_at_a_kill_remains_unanswered(file: Path, open_kept: Opener) -> None:
    client = open_kept(file)
    [userid] = client.people(1)
    with CardReceiver() as receiver:
        receiver.is_blocking = True
        register(client, receiver.url)
        send_card(client, userid, callbackType="HTTP", callbackRouteKey="key")
        client.sandbox.press(userids=[userid])
        receiver.received.get(timeout=10)
        [at_kill] = client.get("/_sandbox/cards/presses").json()
        killed = copied(file)
    assert at_kill["status"] == "pressed"
    [found] = open_kept(killed).get("/_sandbox/cards/presses").json()
    assert found["status"] == "unanswered"


def test_the_journal_is_private_and_contains_no_secrets(file: Path, open_kept: Opener) -> None:
    client = open_kept(file)
    live_a_life(client)
    left = list(file.parent.iterdir())
    assert {path.name for path in left} >= {file.name, f"{file.name}-wal", f"{file.name}.lock", f"{file.name}.url"}
    for path in left:
        content = path.read_bytes()
        assert client.token.encode() not in content
        assert client.settings.app_secret.encode() not in content
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
    assert stat.S_IMODE(file.parent.stat().st_mode) == 0o700


def test_the_id_is_kept_until_a_reset_empties_the_journal(file: Path, open_kept: Opener) -> None:
    client = open_kept(file)
    first = client.get("/_sandbox/stats").json()["id"]
    client.sandbox.stop()
    again = open_kept(file)
    live_a_life(again)
    assert again.sandbox.state.id == first
    again.post("/_sandbox/reset")
    second = again.sandbox.state.id
    assert read_published_sandbox(file) == (again.sandbox.base_url, second)
    again.sandbox.stop()
    sandbox = start(SandboxSettings(), again.clock, journal=file)
    assert (sandbox.state.id, sandbox.state.stats()["calls"]) == (second, 0)
    sandbox.stop()
    assert first != second
    with closing(sqlite3.connect(file)) as database, database:
        assert database.execute("SELECT count(*) FROM entries").fetchone() == (0,)
    database.close()


def test_sandboxes_without_a_journal_have_different_ids(client: Client) -> None:
    other = start(SandboxSettings(), client.clock)
    ids = {client.sandbox.state.id, other.state.id}
    client.post("/_sandbox/reset")
    assert len(ids | {client.sandbox.state.id}) == 3
    other.stop()


def test_entries_older_than_a_month_are_deleted(file: Path, open_kept: Opener) -> None:
    client = open_kept(file)
    client.send(client.people(1))
    client.pass_time(20 * DAY_S)
    client.call(WORK + "recall")
    client.sandbox.stop()
    client.pass_time(12 * DAY_S)
    again = start(SandboxSettings(), client.clock, journal=file)
    assert again.state.stats()["tasks"] == 0
    assert [call["path"] for call in again.state.recorded_calls()] == [WORK + "recall"]
    again.stop()


def test_only_one_sandbox_can_use_a_journal(file: Path, open_kept: Opener) -> None:
    client = open_kept(file)
    with pytest.raises(LockedJournalError):
        start(SandboxSettings(), journal=file)
    client.sandbox.stop()
    start(SandboxSettings(), journal=file).stop()


def test_a_port_in_use_releases_the_journal(file: Path, client: Client) -> None:
    with pytest.raises(OSError, match="in use"):
        start(port=int(client.sandbox.base_url.rpartition(":")[2]), journal=file)
    start(journal=file).stop()


def garbage(file: Path) -> None:
    file.write_bytes(b"no database at all" * 500)


def another_version(file: Path) -> None:
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("PRAGMA user_version = 99")
    database.close()


def changed(effects: str) -> Callable[[Path], None]:
    def change(file: Path) -> None:
        with closing(sqlite3.connect(file)) as database, database:
            database.execute("UPDATE entries SET effects = ?", (effects,))
        database.close()

    return change


def cut(file: Path) -> None:
    content = file.read_bytes()
    file.write_bytes(content[:4096] + b"\xff" * (len(content) - 4096))


DAMAGE = [
    garbage,
    another_version,
    cut,
    *map(changed, ("{", "[]]", "5", '[["sideways"]]', '[["send_message", 5, 5, 5, 5]]')),
]
DAMAGE += list(map(changed, ('[["admit_in_second"]]', "[[]]", '[["count_request", "no hex"]]', "[" * 9_999)))


FULL_DISK = """
import resource, signal, sys
from pathlib import Path
from dingnb.sandbox.journal import Journal, UnusableJournalError

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
_, unlimited = resource.getrlimit(resource.RLIMIT_FSIZE)
outcomes = set()
for size in range(20_000, 60_000, 1_000):
    path = Path(sys.argv[1]) / f"{size}.sqlite3"
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, unlimited))
    try:
        journal = Journal(path, "", 0)
        journal.read()
    except UnusableJournalError as error:
        outcomes.add("unusable")
    else:
        outcomes.add("usable")
    resource.setrlimit(resource.RLIMIT_FSIZE, (unlimited, unlimited))
    journal.close()
    journal = Journal(path, "", 0)
    assert list(journal.read().entries) == [], size
    journal.close()
print(sorted(outcomes))
"""


def test_a_journal_that_could_not_be_created_on_a_full_disk_is_created_later(tmp_path: Path) -> None:
    command = (sys.executable, "-c", FULL_DISK, str(tmp_path))
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own words
    assert done.stdout == "['unusable', 'usable']\n", done.stderr


KILLED = """
import os, sys
from pathlib import Path
from dingnb.sandbox.journal import Journal

def exit_at_statement(number):
    def profile(frame, event, called):
        nonlocal number
        if event == "c_call" and called.__name__ == "execute":
            number -= 1
            if not number:
                os._exit(0)
    sys.setprofile(profile)

for number in range(1, 100):
    path = Path(sys.argv[1]) / f"{number}.sqlite3"
    child = os.fork()
    if not child:
        exit_at_statement(number)
        Journal(path, "", 0).read()
        os._exit(1)
    is_complete = bool(os.waitpid(child, 0)[1])
    journal = Journal(path, "", 0)
    assert list(journal.read().entries) == [], number
    journal.close()
    if is_complete:
        break
print(number > 5, is_complete)
"""


def test_a_journal_that_was_being_created_at_a_kill_is_created_again(tmp_path: Path) -> None:
    command = (sys.executable, "-c", KILLED, str(tmp_path))
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own words
    assert done.stdout == "True True\n", done.stderr


@pytest.mark.long
def test_a_journal_that_another_program_locks_is_left_as_it_is(file: Path) -> None:
    with start(SandboxSettings(users=5), journal=file) as sandbox:
        sandbox.state.change_person("ann", {"name": "Ann"})
    with closing(sqlite3.connect(file, isolation_level=None)) as viewer:
        viewer.execute("BEGIN IMMEDIATE")
        with start(SandboxSettings(users=5), journal=file) as sandbox:
            [note] = sandbox.notes
            assert "locked" in str(note)
    with start(SandboxSettings(users=5), journal=file) as sandbox:
        assert sandbox.notes == ()
        assert sandbox.state.users()[-1]["name"] == "Ann"


@pytest.mark.parametrize("damage", DAMAGE, ids=map(str, range(len(DAMAGE))))
@pytest.mark.usefixtures("without_garbage")
def test_a_damaged_journal_is_renamed_and_reported(
    file: Path, open_kept: Opener, damage: Callable[[Path], None]
) -> None:
    client = open_kept(file)
    live_a_life(client)
    client.sandbox.stop()
    damage(file)
    content = file.read_bytes()
    again = open_kept(file)
    [note] = again.sandbox.notes
    aside = file.with_name(f"{file.name}.aside-1")
    assert aside.name in str(note)
    assert (aside.read_bytes()[:16], aside.stat().st_size) == (content[:16], len(content))
    assert again.sandbox.state.stats()["calls"] == 1
    assert again.sandbox.state.id != client.sandbox.state.id
    again.send(again.people(1))
    again.sandbox.stop()
    kept = start(SandboxSettings(), again.clock, journal=file)
    assert (kept.notes, kept.state.stats()["tasks"]) == ((), 1)
    kept.stop()


def test_a_renamed_journal_replaces_no_other_file(file: Path, open_kept: Opener) -> None:
    file.parent.mkdir()
    for number in (1, 2):
        garbage(file)
        open_kept(file).sandbox.stop()
        assert file.with_name(f"{file.name}.aside-{number}").read_bytes().startswith(b"no database")


def test_a_journal_with_other_settings_is_renamed(file: Path, open_kept: Opener) -> None:
    open_kept(file).sandbox.stop()
    assert "different settings" in str(open_kept(file, recall_frees_content=True).sandbox.notes[0])


def test_the_sandbox_runs_even_if_nothing_can_be_stored(tmp_path: Path, open_kept: Opener) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    for path in (blocked / "sandbox.sqlite3", tmp_path):
        client = open_kept(path)
        assert str(path) in str(client.sandbox.notes[0])
        assert client.send(client.people(1))["errcode"] == 0
        client.sandbox.stop()


def test_another_program_s_database_is_left_unchanged(file: Path, open_kept: Opener) -> None:
    file.parent.mkdir()
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("CREATE TABLE entries (mine)")
    database.close()
    content = file.read_bytes()
    client = open_kept(file)
    assert "another program" in str(client.sandbox.notes[0])
    client.send(client.people(1))
    client.sandbox.stop()
    assert file.read_bytes() == content
    assert not list(file.parent.glob("*.aside-*"))


def test_a_recall_whose_send_was_deleted_does_no_harm(file: Path, open_kept: Opener) -> None:
    client = open_kept(file)
    task_id = client.send(client.people(1))["task_id"]
    client.pass_time(3_600)
    client.recall(task_id)
    client.sandbox.stop()
    client.pass_time(31 * DAY_S - 1_800)
    again = start(SandboxSettings(), client.clock, journal=file)
    assert (again.notes, [call["people"] for call in again.state.recorded_calls()]) == ((), [0])
    again.stop()


def test_the_age_of_entries_is_measured_on_the_clock_of_the_sandbox(file: Path, open_kept: Opener) -> None:
    client = open_kept(file)
    client.post("/_sandbox/clock", json={"advance_s": -90 * DAY_S})
    Client(client.sandbox, client.clock).http.close()
    client.sandbox.stop()
    again = start(SandboxSettings(), client.clock, journal=file)
    assert again.state.stats()["calls"] == 2
    again.stop()


def test_a_journal_that_fails_later_is_reported(file: Path, open_kept: Opener) -> None:
    client = open_kept(file)
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("DROP TABLE entries")
    database.close()
    assert [client.send(client.people(1), text)["errcode"] for text in "ab"] == [0, 0]
    [note] = client.sandbox.notes
    assert str(file) in str(note)


SERVE = (
    "import sys; from pathlib import Path; from dingnb.sandbox import SandboxSettings, serve;"
    "serve(SandboxSettings(), journal=Path(sys.argv[1]))"
)


@pytest.mark.skipif(os.name != "posix", reason="signals of POSIX")
def test_answered_calls_survive_a_kill(file: Path) -> None:
    settings = SandboxSettings()
    with subprocess.Popen(  # noqa: S603 - our own words
        [sys.executable, "-W", "error", "-c", SERVE, str(file)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        url = process.stdout.readline().removeprefix("dingnb sandbox ready: ").strip()
        assert (read_published_sandbox(file) or ("",))[0] == url
        with requests.Session() as http:
            http.trust_env = False
            query = {"appkey": settings.app_key, "appsecret": settings.app_secret}
            token = http.get(f"{url}/gettoken", params=query, timeout=10).json()["access_token"]
            message = {"msgtype": "text", "text": {"content": "hello"}}
            fields = {"agent_id": settings.agent_id, "userid_list": "manager0001", "msg": message}
            answer = http.post(f"{url}{WORK}asyncsend_v2", params={"access_token": token}, json=fields, timeout=10)
        process.send_signal(signal.SIGKILL)
    with start(settings, journal=file) as sandbox:
        assert sandbox.state.stats()["tasks"] == 1
        assert sandbox.state.tasks.find(answer.json()["task_id"], sandbox.state.time.now_ns()) is not None
        assert read_published_sandbox(file) == (sandbox.base_url, sandbox.state.id)
    assert read_published_sandbox(file) is None


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", "5", json.dumps({"url": 5, "id": "x"})])
def test_an_unreadable_address_is_ignored(file: Path, content: str) -> None:
    file.parent.mkdir()
    file.with_name(f"{file.name}.url").write_text(content)
    assert read_published_sandbox(file) is None


def test_a_stalled_task_stays_stalled_after_a_kill(file: Path, open_kept: Opener) -> None:
    first = open_kept(file)
    first.post("/_sandbox/faults", json={"fault": "unfinished", "nth": 1, "path": "asyncsend_v2"})
    stuck, other = (first.send(first.people(2), content)["task_id"] for content in ("a", "b"))
    second = open_kept(copied(file))
    second.pass_time(3_600)
    assert [second.progress(task_id)["progress"]["status"] for task_id in (stuck, other)] == [1, 2]
