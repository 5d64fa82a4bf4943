"""The exit status of a script that ends while objects are sending."""

import subprocess
import sys

SENDERS = """
import atexit, sys
atexit.register(lambda: print("stderr is", sys.stderr.fileno()))
from dingnb.campaigns.sending import exit_status
from dingnb.errors import LedgerError
from dingnb.words import Text

class Sender:
    def __init__(self, campaign_key, failure=None, is_complete=False):
        self.campaign_key = campaign_key
        self.failure = failure
        self.is_complete = is_complete
        self.is_running = True
        exit_status.register(self)

    def stop_at_exit(self):
        print("stopped", self.campaign_key)

    def drain_at_exit(self):
        if self.failure is not None:
            raise self.failure
        print("drained", self.campaign_key)

    def find_error_at_exit(self):
        return None if self.is_complete else LedgerError(Text("ledger.sent_none"))
"""


def ended_script(steps: str) -> "subprocess.CompletedProcess[str]":
    """Run a script that registers senders, and return its result."""
    command = [sys.executable, "-c", SENDERS + steps]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)  # noqa: S603 - ours


def test_a_script_succeeds_if_all_campaigns_are_complete() -> None:
    ended = ended_script("Sender(1, is_complete=True)\nexit_status.unregister(Sender(2))")
    assert (ended.returncode, ended.stderr) == (0, "")
    assert ended.stdout.split("\n") == ["stopped 1", "drained 1", "stderr is 2", ""]


def test_all_objects_that_send_a_campaign_are_stopped_before_it_is_reported_once() -> None:
    ended = ended_script("Sender(1); Sender(2); Sender(1); exit_status.unregister(Sender(1))")
    assert ended.returncode == 120
    assert ended.stdout.split("\n")[:6] == [f"{step} {key}" for step in ("stopped", "drained") for key in (1, 2, 1)]
    assert ended.stderr.count("should end with run.wait()") == 2


def test_waiting_for_a_campaign_covers_the_objects_that_sent_it_before() -> None:
    ended = ended_script("earlier = Sender(1)\nearlier.is_running = False\nexit_status.unregister(Sender(1))")
    assert (ended.returncode, ended.stderr) == (0, "")


def test_an_error_or_an_interrupt_while_draining_hides_no_other_campaign() -> None:
    for failure in ("KeyError('boom')", "KeyboardInterrupt()"):
        ended = ended_script(f"Sender(1, {failure}, is_complete=True); Sender(2)")
        assert ended.returncode == 120
        assert "drained 2" in ended.stdout
        assert failure.partition("(")[0] in ended.stderr
        assert ended.stderr.count("should end with run.wait()") == 1
        ended = ended_script(f"Sender(1, {failure}, is_complete=True)")
        assert ended.returncode == 120


def test_a_handler_that_runs_later_can_use_the_error_stream() -> None:
    ended = ended_script("Sender(1)")
    assert ended.stdout.endswith("stderr is 2\n")
    assert "Traceback" not in ended.stderr


def test_a_script_without_an_error_stream_fails_too() -> None:
    ended = ended_script("Sender(1); sys.stderr = None")
    assert ended.returncode == 120
    assert ended.stdout.count("should end with run.wait()") == 1
    ended = ended_script("Sender(1, KeyError('boom')); sys.stderr = sys.stdout = None")
    assert (ended.returncode, ended.stderr) == (120, "")
