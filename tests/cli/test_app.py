"""``dingnb app`` for people who do not use notebooks."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Self

import psutil
import pytest
import requests
from nbformat.v4 import new_code_cell

import dingnb
from dingnb.cli.main import main
from dingnb.sandbox import RunningSandbox, SandboxSettings, start
from dingnb.ui.app_page.notebook import write_notebook
from tests.environments import connection_environment
from tools.hosts import app

START_S = 60


class Served:
    """In place of the server's process, which a test of the words needs not start."""

    def __init__(self, *_: object, **__: object) -> None:
        pass

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def wait(self) -> int:
        return 0


@pytest.mark.parametrize(
    ("options", "said"), [([], "The studio opens in your browser;"), (["--no-browser"], "Open the studio in a browser")]
)
def test_it_says_whether_it_opens_the_browser(
    options: list[str],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("DINGNB_HOME", str(tmp_path))
    monkeypatch.setattr(subprocess, "Popen", Served)
    assert main(["app", *options]) == 0
    assert capsys.readouterr().out.startswith(said)


def test_another_start_keeps_the_exports_of_an_app_that_has_run_for_days(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    exports = tmp_path / "exports"
    started: list[Path] = []

    class ServedForDays(Served):
        def wait(self) -> int:
            if not started:
                [folder] = exports.iterdir()
                started.append(folder)
                three_days_ago = time.time() - 3 * 24 * 60 * 60
                os.utime(folder, (three_days_ago, three_days_ago))
                assert main(["app"]) == 0
                assert list(exports.iterdir()) == [folder]
            return 0

    monkeypatch.setenv("DINGNB_HOME", str(tmp_path))
    monkeypatch.setattr(subprocess, "Popen", ServedForDays)
    assert main(["app"]) == 0
    assert started
    assert list(exports.iterdir()) == []


@pytest.mark.parametrize("options", [[], ["--language=zh"], ["--theme=dark"]], ids=["notebook", "language", "theme"])
@pytest.mark.parametrize("full", ["app", "exports"])
def test_a_folder_that_it_cannot_write_to_is_named(
    full: str, options: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DINGNB_HOME", str(tmp_path))
    monkeypatch.setattr(subprocess, "Popen", Served)
    (tmp_path / full).touch()
    assert main(["app", *options]) == 1
    printed = capsys.readouterr()
    assert "The studio" not in printed.out
    assert printed.err.splitlines()[0] in {
        f"InputError: The app cannot write its files to {tmp_path}: File exists.",
        f"InputError: 应用无法把自己的文件写入 {tmp_path}：File exists。",
    }


@pytest.mark.long
def test_the_page_says_that_the_ledger_is_down(sandbox: RunningSandbox, tmp_path: Path) -> None:
    variables = connection_environment(sandbox.settings, sandbox.base_url)
    ledger = {"DINGNB_LEDGER": f"postgresql://ann:s3cret@%2F{tmp_path.name}%2Fgone/notices"}
    with app(tmp_path, {**variables, **ledger}) as address:
        page = requests.get(address, timeout=START_S).text
    assert f"The database of the ledger postgresql://ann@%2F{tmp_path.name}%2Fgone/notices cannot" in page
    assert "Do not send with another ledger meanwhile" in page
    assert "Traceback" not in page
    assert "s3cret" not in page


@pytest.mark.long
def test_it_prints_its_address_and_ends_with_its_server(tmp_path: Path) -> None:
    variables = {**os.environ, "DINGNB_HOME": str(tmp_path / "home"), "JUPYTER_RUNTIME_DIR": str(tmp_path / "runtime")}
    log = tmp_path / "log.txt"
    with log.open("w") as written:
        command = (sys.executable, "-m", "dingnb", "app", "--no-browser", "--port=0")
        servers: list[psutil.Process] = []
        served = subprocess.Popen(command, env=variables, stdout=written, stderr=written)  # noqa: S603 - our own
        try:
            address = said(log, r"http://127\.0\.0\.1:[1-9]\d*/voila/render/\S+\?token=\w+")
            servers = psutil.Process(served.pid).children()
            assert len(servers) == 1
            assert requests.get(address, timeout=START_S).ok
            served.terminate()
            served.wait(START_S)
            # It had ended before.
            assert not servers[0].is_running()
        finally:
            for process in (served, *servers):
                with suppress(psutil.NoSuchProcess):
                    process.kill()
    with pytest.raises(requests.ConnectionError):
        requests.get(address, timeout=START_S)
    printed = log.read_text("utf-8")
    assert "Warning" not in printed
    assert "extension" not in printed
    assert len(printed) < 1_000


SENDING = """
import dingnb, pandas
people = pandas.DataFrame({{"userid": {userids}, "n": range({people})}})
dingnb.connect().plan(people, dingnb.text("number {{{{ n }}}}")).send("cut", expect={people}, wait=False)
"""
SLOW_S = 3
"""Longer than Jupyter by default waits for a kernel that still receives answers."""


def kill(app_process: subprocess.Popen[bytes]) -> None:
    app_process.kill()


def close_terminal(app_process: subprocess.Popen[bytes]) -> None:
    os.killpg(app_process.pid, signal.SIGHUP)


@pytest.fixture
def ends_at_hangup() -> Iterator[None]:
    """Let child processes end at SIGHUP, also where nohup runs the tests: otherwise they would ignore it as well."""
    if not hasattr(signal, "SIGHUP"):
        yield
        return
    before = signal.signal(signal.SIGHUP, signal.SIG_DFL)
    yield
    signal.signal(signal.SIGHUP, before)


@pytest.mark.long
@pytest.mark.usefixtures("ends_at_hangup")
@pytest.mark.parametrize("end", [kill, close_terminal])
def test_a_killed_app_leaves_no_server_and_no_kernel_that_goes_on_sending(
    end: Callable[[subprocess.Popen[bytes]], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if end is close_terminal and not hasattr(signal, "SIGHUP"):
        return
    with start(SandboxSettings(users=400)) as sandbox:
        for name, value in connection_environment(sandbox.settings, sandbox.base_url).items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("DINGNB_HOME", str(tmp_path / "home"))
        monkeypatch.setenv("JUPYTER_RUNTIME_DIR", str(tmp_path / "runtime"))
        log, exports = tmp_path / "log.txt", tmp_path / "home" / "exports"
        sandbox.state.faults.add("delay", path="/asyncsend_v2", delay_s=SLOW_S)
        userids = [person["userid"] for person in sandbox.state.users(400) if person["active"]]
        command = (sys.executable, "-m", "dingnb", "app", "--no-browser", "--port=0")
        left: list[psutil.Process] = []
        with log.open("w") as written:
            served = subprocess.Popen(command, stdout=written, stderr=written, start_new_session=True)  # noqa: S603 - our own
        try:
            address = said(log, r"http://127\.0\.0\.1:[1-9]\d*/voila/render/\S+\?token=\w+")
            cell = SENDING.format(userids=userids, people=len(userids))
            notebook = write_notebook(tmp_path / "home" / "app")
            notebook.write_text(json.dumps(json.loads(notebook.read_text()) | {"cells": [new_code_cell(cell)]}))
            assert requests.get(address, timeout=START_S).ok
            left = psutil.Process(served.pid).children(recursive=True)
            assert len(left) == 2
            until = time.monotonic() + START_S
            while not sandbox.state.messages():
                assert time.monotonic() < until
                time.sleep(0.1)
            end(served)
            served.wait(START_S)
            _, alive = psutil.wait_procs(left, START_S)
            assert alive == []
        finally:
            for process in (served, *left):
                with suppress(psutil.NoSuchProcess):
                    process.kill()
            served.wait(START_S)
        with pytest.raises(requests.ConnectionError):
            requests.get(address, timeout=START_S)
        campaign = dingnb.connect().campaign("cut")
        # The calls under way were answered.
        statuses = campaign.results()["status"].value_counts()
        assert campaign.state == "interrupted"
        assert statuses["unknown"] == 0
        assert 0 < statuses["accepted"] == len(sandbox.state.messages()) < len(userids)
        assert list(exports.iterdir()) == []


def said(log: Path, pattern: str) -> str:
    """Wait until a file matches a pattern, and return the match."""
    until = time.monotonic() + START_S
    while not (found := re.search(pattern, log.read_text("utf-8"))):
        assert time.monotonic() < until, log.read_text("utf-8")
        time.sleep(0.2)
    return found[0]
