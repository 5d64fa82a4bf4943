"""The command line: exit codes, output, and errors for wrong usage."""

import os
import re
import signal
import socket
import stat
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import requests

import dingnb
from dingnb.cli.main import main
from dingnb.sandbox.organisation import make_people
from dingnb.words.visible import width
from tools.reference_pages import commands, help_of

COMMAND = (sys.executable, "-c", "import sys; from dingnb.cli.main import main; sys.exit(main())")


@pytest.fixture
def staff_file(tmp_path: Path) -> Path:
    people = make_people(30, 11)
    file = tmp_path / "staff.csv"
    userids = [person.userid if at % 9 else "" for at, person in enumerate(people)]
    pd.DataFrame({"userid": userids, "mobile": [person.mobile for person in people]}).to_csv(file, index=False)
    return file


def test_the_demo_writes_a_private_file_with_a_row_for_each_input_row(
    staff_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    results = tmp_path / "results.csv"
    results.write_text("older, for everybody to read")
    results.chmod(0o644)
    assert main(["demo", str(staff_file), "--results", str(results)]) == 0
    out = capsys.readouterr().out
    assert stat.S_IMODE(results.stat().st_mode) == 0o600
    written = pd.read_csv(results, dtype=str)
    assert len(written) == 30
    assert "delivered" in set(written["status"]) | {"read"}
    assert "[SANDBOX]" in out
    assert str(results) in out


@pytest.mark.long
def test_the_demo_run_again_sends_nothing_and_shows_the_recorded_results(staff_file: Path, tmp_path: Path) -> None:
    results = tmp_path / "results.csv"
    words = [*COMMAND, "demo", str(staff_file), "--results", str(results)]
    first = subprocess.run(words, capture_output=True, text=True, timeout=60, check=True)  # noqa: S603 - our own
    written = results.read_text(encoding="utf-8")
    again = subprocess.run(words, capture_output=True, text=True, timeout=60, check=True)  # noqa: S603 - our own
    assert "Nothing sent" not in first.stdout
    assert "Nothing sent: finished on" in again.stdout
    assert "running it again sends nothing" in first.stdout
    assert results.read_text(encoding="utf-8") == written
    assert again.stderr == ""


@pytest.mark.long
def test_the_demo_completes_although_its_reader_goes_away(staff_file: Path, tmp_path: Path) -> None:
    results = tmp_path / "results.csv"
    assert without_reader("demo", str(staff_file), "--results", str(results)) == (0, b"")
    assert len(pd.read_csv(results)) == 30


@pytest.mark.parametrize("words", [["ledger", "list"], ["--help"]], ids=str)
def test_a_closed_output_pipe_is_not_an_error(words: list[str]) -> None:
    assert without_reader(*words) == (141, b"")


@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_output_that_cannot_be_written_is_one_line_of_error(unbuffered: str) -> None:
    environment = {**os.environ, "PYTHONUNBUFFERED": unbuffered}

    def run(*words: str) -> tuple[int, list[str]]:
        with Path("/dev/full").open("w") as full:
            done = subprocess.run(  # noqa: S603 - our own command
                [*COMMAND, *words], stdout=full, stderr=subprocess.PIPE, env=environment, timeout=60, check=False
            )
        return done.returncode, done.stderr.decode().splitlines()

    said = (
        "The output could not be written in full: No space left on device. What the command has changed stays changed."
    )
    assert run("ledger", "list") == (1, [said])
    if not unbuffered:
        # Otherwise, argparse ignores the error.
        assert run("--help") == (1, [said])
    # Without output, there is nothing else to say.
    status, errors = run("ledger", "show", "none")
    assert (status, said in errors) == (1, False)


def without_reader(*words: str) -> tuple[int, bytes]:
    # With Python's usual buffering, as in a terminal.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    with subprocess.Popen(  # noqa: S603 - our own command
        [*COMMAND, *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        process.stdout.close()
        errors = process.stderr.read()
        return process.wait(60), errors


@pytest.mark.parametrize("content", [None, b"", b"\xff\xfe\x00\xd8\x00", b'a,b\n"1,2\n3', "directory"])
def test_an_unreadable_file_is_reported(content: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "staff.csv"
    if content == "directory":
        file.mkdir()
    elif content is not None:
        file.write_bytes(content)
    assert main(["demo", str(file), "--results", str(tmp_path / "results.csv")]) == 1
    captured = capsys.readouterr()
    assert captured.err.strip()
    assert "Traceback" not in captured.err
    assert not (tmp_path / "results.csv").exists()


def test_a_file_without_the_columns_is_reported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "staff.csv"
    file.write_text("name\nA\n")
    assert main(["demo", str(file), "--results", str(tmp_path / "results.csv")]) == 1
    errors = capsys.readouterr().err
    assert "'staff.csv' has no column of userids or phone numbers." in errors
    assert "in the header of the file" in errors


@pytest.mark.parametrize("kind", ["userid", "mobile"])
def test_the_demo_needs_one_kind_of_address(staff_file: Path, tmp_path: Path, kind: str) -> None:
    file, results = tmp_path / "one.csv", tmp_path / "results.csv"
    pd.read_csv(staff_file, dtype=str)[[kind]].dropna().to_csv(file, index=False)
    assert main(["demo", str(file), "--results", str(results)]) == 0
    assert pd.read_csv(results)["status"].isin(["delivered", "read"]).any()


@pytest.mark.parametrize("suffix", [".csv", ""])
def test_the_demo_does_not_replace_the_list(staff_file: Path, capsys: pytest.CaptureFixture[str], suffix: str) -> None:
    before = staff_file.read_bytes()
    assert main(["demo", str(staff_file), "--results", str(staff_file.with_suffix(suffix))]) == 1
    assert "The results would replace the list 'staff.csv'. Nothing was sent." in capsys.readouterr().err
    assert staff_file.read_bytes() == before


def test_results_that_cannot_be_written_are_reported(
    staff_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["demo", str(staff_file), "--results", str(tmp_path / "no" / "results.csv")]) == 1
    errors = capsys.readouterr().err
    assert f"the folder {tmp_path / 'no'} does not exist. " in errors
    assert "Create the folder" in errors
    assert errors.endswith("The name is set by --results FILE.\n")


def test_the_demo_sends_nothing_if_the_results_would_be_of_an_unsupported_type(
    staff_file: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["demo", str(staff_file), "--results", str(tmp_path / "results.txt")]) == 1
    captured = capsys.readouterr()
    assert "results.txt ends in .txt, which is not supported. " in captured.err.replace("\n", " ")
    assert "Use results.xlsx or results.csv." in captured.err
    assert "SANDBOX" not in captured.out


@pytest.mark.parametrize(
    "words",
    [
        *([], ["nothing"], ["demo"], ["app", "--port", "65536"]),
        *(["sandbox", "--port", port] for port in ("x", "-1", "65536", "٣")),
    ],
    ids=str,
)
def test_wrong_usage_exits_with_2(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as caught:
        main(words)
    assert caught.value.code == 2
    assert "usage: dingnb" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "english", "chinese"),
    [
        ("faults", "argument command: invalid choice: 'faults' (choose from ", "参数 command：没有 'faults'；可选："),
        ("app --theme it's", 'argument --theme: invalid choice: "it\'s" (choose', '参数 --theme：没有 "it\'s"；可选：'),
        ("", "the following arguments are required: command", "缺少参数：command。"),
        ("ledger list --x", "unrecognized arguments: --x", "无法识别的参数：--x。"),
        ("ledger prune --name", "argument --name: expected one argument", "参数 --name 需要一个值。"),
        ("ledger show a --number b", "argument --number: invalid int value: 'b'", "参数 --number：'b' 不是整数。"),
        (
            "doctor --profile a --sandbox",
            "not allowed with argument --profile",
            "不能与 --profile 同时使用。",
        ),
        (
            "sandbox --se 5",
            "ambiguous option: --se could match --seed, --set",
            "选项 --se 不明确，可能是 --seed, --set。",
        ),
        ("demo --help=5", "ignored explicit argument '5'", "参数 -h/--help 不能带值：'5'。"),
        (
            "ledger prune --older-than x",
            "'x' is not a valid number of days, 0 to 36,500",
            "参数 --older-than：“x”不是有效的天数（0 至 36,500）。",
        ),
        ("ledger prune --older-than 36501", "valid number of days, 0 to 36,500", "“36501”不是有效的天数"),
        (f"ledger prune --older-than {'9' * 5_000}", "valid number of days, 0 to 36,500", "不是有效的天数"),
        ("sandbox --users x", "argument --users: invalid int value: 'x'", "参数 --users：'x' 不是整数。"),
    ],
    ids=lambda words: str(words)[:60],
)
def test_wrong_usage_is_reported_in_the_current_language(
    words: str, english: str, chinese: str, capsys: pytest.CaptureFixture[str]
) -> None:
    for is_chinese, usage, what in ((False, "usage: dingnb", english), (True, "用法：dingnb", chinese)):
        dingnb.set_language("zh" if is_chinese else "en")
        with pytest.raises(SystemExit):
            main(words.split())
        error = capsys.readouterr().err
        assert error.startswith(usage)
        assert what in error
        assert error.endswith("\n")


def test_the_help_of_each_command_is_in_the_current_language_and_fits_the_terminal() -> None:
    for words in commands():
        english, chinese = help_of(words, "en"), help_of(words, "zh")
        assert english.startswith("usage: dingnb"), words
        assert chinese.startswith("用法：dingnb"), words
        assert re.search(r"[\u3000-\u9fff]", english) is None, words
        assert re.findall(r"[A-Za-z]+ [a-z]+ [a-z]+ [a-z]+", chinese) == [], words
        if words != ("sandbox",):  # its list of settings has long values
            assert max(map(width, chinese.splitlines())) <= 100, words


def test_the_help_names_all_commands_of_the_ledger() -> None:
    named = {words[1] for words in commands() if words[:1] == ("ledger",) and words[1:]}
    for language in ("en", "zh"):
        assert named <= set(re.findall(r"[a-z]+", help_of((), language).partition("    ledger ")[2]))


@pytest.mark.parametrize("words", [["--users", "-1"], ["--app-key", ""], ["--app-secret", ""]], ids=str)
def test_invalid_settings_are_reported(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sandbox", "--port", "0", *words]) == 1
    assert f"The sandbox setting {words[0].strip('-').replace('-', '_')} cannot be" in capsys.readouterr().err


def test_a_port_in_use_is_reported(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert main(["sandbox", "--port", str(port)]) == 1
    error = capsys.readouterr().err
    assert f"127.0.0.1:{port}" in error
    assert "--port 0" in error


def test_an_unavailable_host_is_reported(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["sandbox", "--host", "no.such.host.invalid", "--port", "0"]) == 1
    error = capsys.readouterr().err
    assert "no.such.host.invalid" in error
    assert "Check --host" in error
    assert "Errno" not in error


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
def test_the_sandbox_accepts_its_flags_and_exits_on_a_signal(number: signal.Signals) -> None:
    flags = ["--users", "7", "--seed", "3", "--app-key", "k", "--app-secret", "s", "--agent-id", "9", "--corp-id", "c"]
    with subprocess.Popen(  # noqa: S603 - our own command
        [*COMMAND, "sandbox", "--port", "0", *flags], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        base_url = process.stdout.readline().removeprefix("dingnb sandbox ready: ").strip()
        with requests.Session() as http:
            http.trust_env = False
            stats = http.get(f"{base_url}/_sandbox/stats", timeout=10).json()
        process.send_signal(number)
        _, errors = process.communicate(timeout=10)
    assert process.returncode == 0
    assert errors == ""
    assert [stats[name] for name in ("users", "seed", "app_key", "agent_id", "corp_id")] == [7, 3, "k", 9, "c"]


@pytest.mark.long
def test_a_terminal_that_lacks_characters_gets_replacements(staff_file: Path, tmp_path: Path) -> None:
    words = [*COMMAND, "demo", str(staff_file), "--results", str(tmp_path / "results.csv")]
    home = str(tmp_path / "home")
    environment = {"PYTHONIOENCODING": "ascii", "LANG": "zh_CN", "PATH": "/usr/bin", "DINGNB_HOME": home}
    done = subprocess.run(words, capture_output=True, timeout=60, check=False, env=environment)  # noqa: S603 - our own
    assert done.returncode == 0, done.stderr.decode()
    assert b"?" in done.stdout
    assert b"\r" not in done.stdout


def test_the_version_is_the_installed_one(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["--version"])
    assert ended.value.code == 0
    assert capsys.readouterr().out == f"dingnb {version('dingnb')}\n"
