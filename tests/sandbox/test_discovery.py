"""The shared sandbox: used by cells and kernels, restored and taken over."""

import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest
import requests

import dingnb
from dingnb.clock import VirtualClock
from dingnb.errors import InputError
from dingnb.sandbox import SandboxSettings, discovery
from dingnb.sandbox.discovery import SandboxConnection, find_or_start
from dingnb.sandbox.journal import Journal
from dingnb.sandbox.remote import RemoteSandbox
from tests.http_server import serving

SETTINGS = SandboxSettings(users=20)
KERNEL = """
import sys
from pathlib import Path
from dingnb.sandbox import SandboxSettings
from dingnb.sandbox.discovery import find_or_start
found = find_or_start(SandboxSettings(users=20), folder=Path(sys.argv[1]))
print(found.base_url, found.running is not None, *found.notes, flush=True)
sys.stdin.read()
"""


class Kernel:
    """Another process connected to the sandbox."""

    def __init__(self, folder: Path) -> None:
        self.process = subprocess.Popen(  # noqa: S603 - our own words
            [sys.executable, "-W", "error", "-c", KERNEL, str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def answer(self) -> tuple[str, bool]:
        assert self.process.stdout is not None
        url, runs = self.process.stdout.readline().split()
        return url, runs == "True"

    def kill(self) -> str:
        self.process.kill()
        return self.process.communicate()[1]


@pytest.fixture(autouse=True)
def forget(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    running: dict[object, Any] = {}
    monkeypatch.setattr(discovery, "_running", running)
    yield
    for running_sandbox in running.values():
        running_sandbox.stop()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def kernels(folder: Path) -> Iterator[list[Kernel]]:
    started = [Kernel(folder) for _ in range(3)]
    yield started
    for kernel in started:
        kernel.kill()


def stats(url: str) -> dict[str, Any]:
    with requests.Session() as http:
        http.trust_env = False
        return http.get(f"{url}/_sandbox/stats", timeout=10).json()


def token_calls(url: str) -> int:
    with requests.Session() as http:
        http.trust_env = False
        http.get(f"{url}/gettoken", timeout=10)
    return stats(url)["calls"]


def test_a_process_has_one_sandbox_for_the_same_settings(folder: Path) -> None:
    first, again = (find_or_start(SandboxSettings(users=20), folder=folder) for _ in range(2))
    assert first == again
    assert first.running is again.running is not None
    assert find_or_start(SandboxSettings(users=20, seed=12), folder=folder).base_url != first.base_url
    assert find_or_start(SandboxSettings(users=20, failed_share=0.1), folder=folder).base_url != first.base_url
    names = {"sandbox-20-11.sqlite3", "sandbox-20-12.sqlite3", "sandbox-20-11-0.1.sqlite3"}
    assert {path.name for path in folder.iterdir()} >= names


def test_sandboxes_with_different_settings_are_different_ones(folder: Path) -> None:
    different = [
        SETTINGS,
        SandboxSettings(users=20, read_share=0.25),
        SandboxSettings(users=20, app_secret="another"),
        SandboxSettings(users=20, failed_share=0.1),
        SandboxSettings(users=20, failed_share=0.1 + 1e-9),
    ]
    found = [find_or_start(settings, folder=folder) for settings in different]
    assert [sandbox.running.settings for sandbox in found if sandbox.running is not None] == different
    assert find_or_start(different[1], folder=folder) == found[1]


def test_a_sandbox_restores_the_state_of_a_stopped_one(folder: Path) -> None:
    first = find_or_start(SETTINGS, folder=folder)
    token_calls(first.base_url)
    assert first.running is not None
    first.running.stop()
    second = find_or_start(SETTINGS, folder=folder)
    assert stats(second.base_url)["calls"] == 1
    assert second.running is not None
    second.running.stop()
    find_or_start(SandboxSettings(users=20, seed=12), folder=folder)
    assert second.running not in discovery._running.values()


def test_concurrent_threads_get_the_same_sandbox(folder: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda _: find_or_start(SETTINGS, folder=folder), range(16)))
    assert len({found_sandbox.base_url for found_sandbox in found}) == 1


def test_a_sandbox_on_a_virtual_clock_stores_and_shares_nothing(folder: Path) -> None:
    clocks = [VirtualClock(), VirtualClock()]
    found = [find_or_start(SETTINGS, clock, folder) for clock in (*clocks, *clocks)]
    assert found[:2] == found[2:]
    assert len({stats(found_sandbox.base_url)["id"] for found_sandbox in found}) == 2
    assert not folder.exists()


def test_without_a_folder_nothing_is_stored() -> None:
    found = find_or_start(SETTINGS)
    assert found.running is not None
    assert found.running.state.journal is None
    assert found == find_or_start(SETTINGS, None)


def test_a_sandbox_without_a_usable_folder_runs_with_a_note(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    found = find_or_start(SETTINGS, folder=blocked)
    assert stats(found.base_url)["users"] == 20
    assert str(blocked) in str(found.notes[0])


def test_kernels_that_start_at_once_share_one_and_the_next_takes_over(folder: Path, kernels: list[Kernel]) -> None:
    answers = [kernel.answer() for kernel in kernels]
    [url] = {url for url, _ in answers}
    assert sorted(runs for _, runs in answers) == [False, False, True]
    here = find_or_start(SETTINGS, folder=folder)
    assert here == SandboxConnection(url, None)
    assert token_calls(url) == 1
    owner = kernels[[runs for _, runs in answers].index(True)]
    sandbox_id = stats(url)["id"]
    assert owner.kill() == ""
    assert owner.process.returncode == -signal.SIGKILL
    new = find_or_start(SETTINGS, folder=folder)
    assert new.running is not None
    assert (stats(new.base_url)["calls"], stats(new.base_url)["id"]) == (1, sandbox_id)


def test_a_kernel_controls_the_sandbox_of_another_one(
    folder: Path, kernels: list[Kernel], monkeypatch: pytest.MonkeyPatch
) -> None:
    for kernel in kernels:
        kernel.answer()
    monkeypatch.setenv("DINGNB_HOME", str(folder))
    with dingnb.connect("sandbox", users=20) as ding:
        sandbox = ding.sandbox
        assert isinstance(sandbox, RemoteSandbox)
        assert "a local DingTalk in another process of this computer" in repr(ding)
        assert sandbox.settings.users == 20
        poll = dingnb.card(title="Lunch", text="When?", buttons={"yes": "Yes", "no": "No"})
        people = ding.people(everybody=True).query("active")
        assert sandbox.state.users(2) == sandbox.state.users()[:2]
        ding.plan(people, poll, to="userid").send("lunch")
        assert sandbox.press(share=1, answers={"yes": 1}) == len(people)
        userid = people["userid"].iloc[0]
        assert ding.phone(userid).url.startswith(f"{sandbox.base_url}/_sandbox/phone?userid={userid}&key=")
        sandbox.state.change_person(userid, {"name": "Another name"})
        assert "Another name" in [user["name"] for user in sandbox.state.users()]
        sandbox.state.faults.add("month", path="asyncsend_v2")
        assert [rule["fault"] for rule in sandbox.state.faults.rules()] == ["month"]
        sandbox.state.faults.clear()
        assert sandbox.state.faults.rules() == []
        ding.plan(people, dingnb.text("Hi"), to="userid").send("hi").wait()
        assert len(sandbox.state.messages()) == len(people)
        with pytest.raises(InputError, match="has no field"):
            sandbox.press(nonsense=1)
        with pytest.raises(InputError, match=r"not JSON: .* int64"):
            sandbox.press(seed=people.index.to_numpy()[0])
        with pytest.raises(InputError, match="another kernel of this computer, so 'tasks' cannot be used"):
            sandbox.state.tasks  # noqa: B018 - it raises
        for kernel in kernels:
            kernel.kill()
        with pytest.raises(InputError, match="which no longer responds"):
            sandbox.press(share=1)


def test_another_program_at_the_port_of_an_ended_sandbox_is_not_taken_for_it() -> None:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(404)
            self.end_headers()
            self.wfile.write(b'{"detail": "Not Found"}' if self.path.endswith("users") else b"[]")

    with serving(Handler) as url:
        state = RemoteSandbox(url, SETTINGS).state
        for read in (state.users, state.messages):
            with pytest.raises(InputError, match="which no longer responds"):
                read()


def test_a_reset_sandbox_stays_shared(folder: Path, kernels: list[Kernel]) -> None:
    [url] = {kernel.answer()[0] for kernel in kernels}
    with requests.Session() as http:
        http.trust_env = False
        http.post(f"{url}/_sandbox/reset", json={}, timeout=10).raise_for_status()
    assert find_or_start(SETTINGS, folder=folder) == SandboxConnection(url, None)


def test_an_owner_that_hangs_is_asked_only_until_the_deadline(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(discovery, "_OWNER_TIMEOUT_S", 0.2)
    monkeypatch.setattr(discovery, "_STATS_TIMEOUT_S", 0.3)
    journal = Journal(folder / "sandbox-20-11.sqlite3", "", 0)
    with socket.create_server(("127.0.0.1", 0)) as hanging:
        journal.publish(f"http://127.0.0.1:{hanging.getsockname()[1]}", "no such id")
        try:
            found = find_or_start(SETTINGS, folder=folder)
        finally:
            journal.close()
        hanging.settimeout(0)
        connections = []
        with suppress(BlockingIOError):
            while True:
                connections.append(hanging.accept()[0])
        for connection in connections:
            connection.close()
    assert found.running is not None
    assert len(connections) == 1


@pytest.mark.parametrize("answers", ["another", "nothing", "nobody", "bad port", "bad host", "bad address"])
def test_an_unresponsive_owner_is_reported_and_replaced(
    folder: Path, answers: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(discovery, "_OWNER_TIMEOUT_S", 0.2)
    journal = Journal(folder / "sandbox-20-11.sqlite3", "", 0)
    other = find_or_start(SandboxSettings(users=5))
    urls = {"another": other.base_url, "nothing": f"{other.base_url}/none", "nobody": "http://127.0.0.1:9"}
    urls |= {"bad port": "http://127.0.0.1:99999/", "bad host": "http://a b:1/", "bad address": "http://[1/"}
    journal.publish(urls[answers], "no such id")
    try:
        found = find_or_start(SETTINGS, folder=folder)
    finally:
        journal.close()
    assert found.running is not None
    assert found.running.state.journal is None
    assert "does not respond" in str(found.notes[0])
