"""
The sender of the survival tests, in its own process, which may be killed at any time.

``python sender.py`` imports dingnb once and then forks a process for each case. It reads commands from stdin and
answers each with a line on stdout::

    {"run": {case}}     {"pid": n}
    {"wait": pid}       {"exit": code}, {"signal": number} or {"stopped": number}

A case sends one plan, or runs several ``steps``, and writes the results of the campaign to a file. Meanwhile it counts
how often it crosses certain points, such as "a call is about to be sent", and at one of them does what the case
specifies. Only this script is instrumented for that; dingnb itself is unchanged.
"""

import dataclasses
import http.client
import itertools
import json
import os
import random
import resource
import shutil
import signal
import sys
import threading
import time
import types
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pandas as pd
import psutil  # noqa: F401 - imported once, before the forks
import requests
from requests.adapters import BaseAdapter

import dingnb
from dingnb.auth import App, Origin, Secret
from dingnb.campaigns.campaign import Campaign, view_of
from dingnb.campaigns.sending.progress import ProgressReporter
from dingnb.client import DingTalk
from dingnb.clock import VirtualClock, seconds_to_ns
from dingnb.errors import AbsentRecipientsError, CampaignRunningError, DingError, IncompleteError
from dingnb.ledger import Ledger, LedgerSession, SqliteLedger, media
from dingnb.ledger.campaigns import batches, campaigns, moves, recalls
from dingnb.ledger.sending import attempts
from dingnb.ledger.sending.processes import Process
from dingnb.ledger.sqlite import schema
from dingnb.limits import STANDARD
from dingnb.sandbox import SandboxSettings
from dingnb.transport import API, OAPI, Hosts, Timeouts, route
from dingnb.transport.route import NotSentError

MOST_REFUSALS = 20
"""The maximum number of attempts at a step."""

KINDS = {
    "asyncsend_v2": "send",
    "createAndDeliver": "send",
    "getsendresult": "result",
    "recall": "recall",
    "accessToken": "token",
    "upload": "upload",
}


class TickingClock(VirtualClock):
    """A virtual clock that advances by a microsecond each time it is read, like a real one."""

    def __init__(self, start_ns: int) -> None:
        super().__init__(start_ns)
        self._ticks = itertools.count()
        self._is_interrupted = False

    def now_ns(self) -> int:
        return super().now_ns() + next(self._ticks) * 1_000

    def monotonic_ns(self) -> int:
        return super().monotonic_ns() + next(self._ticks) * 1_000

    def wait(self, event: threading.Event, timeout_ns: int | None = None) -> bool:
        if getattr(self._thread, "is_participating", False):
            scenario.cross("waiting")
        self._heed_interrupt()
        is_set = super().wait(event, timeout_ns)
        self._heed_interrupt()
        return is_set

    def interrupt_later(self) -> None:
        """Defer an interrupt inside this clock until it is left, so that its state stays consistent."""
        self._is_interrupted = True

    def _heed_interrupt(self) -> None:
        if self._is_interrupted and threading.current_thread() is threading.main_thread():
            self._is_interrupted = False
            raise KeyboardInterrupt

    def jump(self, to_ns: int) -> None:
        """Advance to at least this time: it has passed elsewhere while this process was suspended or waited."""
        with self._condition:
            self._now_ns = max(self._now_ns, to_ns)
            for deadline_ns, _, sleeper in self._deadlines:
                if deadline_ns <= self._now_ns:
                    self._wake_waiter(sleeper)


class Control:
    """The sandbox's control API."""

    def __init__(self, base_url: str) -> None:
        self._host = urlsplit(base_url).netloc
        self._this_thread = threading.local()

    def ask(self, method: str, path: str, **fields: Any) -> Any:
        if not hasattr(self._this_thread, "connection"):
            self._this_thread.connection = http.client.HTTPConnection(self._host, timeout=60)
        connection = self._this_thread.connection
        try:
            body = json.dumps(fields) if fields else None
            connection.request(method, f"/_sandbox/{path}", body, {"content-type": "application/json"})
            return json.loads(connection.getresponse().read())
        except OSError:
            connection.close()
            raise


class LossyNetwork(BaseAdapter):
    """A network with latency that sets the sandbox's clock, and loses calls or answers as configured by the case."""

    def __init__(self, inner: BaseAdapter, case: dict[str, Any]) -> None:
        super().__init__()
        self._inner = inner
        self._random = random.Random(case["seed"])
        self._latency_s, self._jitter_s = case.get("latency_s", 0.2), case.get("jitter_s", 0.05)
        self._lost = case.get("lost", {})
        self._calls = 0
        self._until_ns: dict[int, int] = {}
        self._lock = threading.Lock()

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        kind = KINDS.get(urlsplit(str(request.url)).path.rpartition("/")[2], "other")
        with self._lock:
            ways_s = [(self._latency_s + self._random.uniform(-1, 1) * self._jitter_s) / 2 for _ in range(2)]
            luck = self._random.random()
        self._meet_outage()
        self._travel(ways_s[0])
        before, after = self._lost.get(kind, (0, 0))
        if luck < before:
            raise requests.ConnectionError
        scenario.cross(f"leave:{kind}")
        # If a fault has closed the port, the call itself will fail as well.
        with self._lock, suppress(OSError):
            if scenario.case.get("shared"):
                # Another sender sets the same clock, which only moves forward.
                now = scenario.control.ask("POST", "clock", at_least_ns=scenario.clock.monotonic_ns(), stopped=True)
                scenario.clock.jump(now["now_ns"])
            else:
                scenario.control.ask("POST", "clock", now_ns=scenario.clock.monotonic_ns(), stopped=True)
        this_thread.call_kind = kind
        response = self._inner.send(request, *args, **kwargs)
        if scenario.case.get("shared"):
            scenario.clock.jump(scenario.sandbox_ns())
        scenario.cross(f"answered:{kind}")
        self._travel(ways_s[1])
        if luck < before + after:
            response.close()
            raise requests.ConnectionError
        return response

    def close(self) -> None:
        self._inner.close()

    def _meet_outage(self) -> None:
        """Refuse a call, or let it time out, during an outage that started at an earlier call."""
        now_ns = scenario.clock.monotonic_ns()
        with self._lock:
            self._calls += 1
            for number, outage in enumerate(scenario.case.get("outages", ())):
                if outage["nth"] == self._calls:
                    self._until_ns[number] = now_ns + seconds_to_ns(outage["for_s"])
            kinds = [scenario.case["outages"][n]["kind"] for n, until_ns in self._until_ns.items() if now_ns < until_ns]
        if "refused" in kinds:
            cause = "NewConnectionError"
            raise NotSentError(cause)
        if "timeout" in kinds:
            self._travel(Timeouts().read_s)
            raise requests.ReadTimeout

    def _travel(self, way_s: float) -> None:
        scenario.clock.wait(scenario.clock.event(), seconds_to_ns(way_s))


class Scenario:
    """One case: its settings, its clock, and what happens at which point."""

    def __init__(self, case: dict[str, Any]) -> None:
        self.case = case
        self.control = Control(case["base_url"])
        start_ns = case["start_ns"]
        self.clock = TickingClock(start_ns)
        self.clock.set_wall(start_ns + seconds_to_ns(case.get("wall_off_s", 0)))
        self._acts = {(act["point"], act["nth"]): act for act in case.get("acts", ())}
        self._seen: Counter[str] = Counter()
        self.is_full = False
        self.lost_at: dict[str, int] = {}
        self._lock = threading.Lock()

    def cross(self, point: str) -> None:
        with self._lock:
            self._seen[point] += 1
            act = self._acts.get((point, self._seen[point]))
        if act is not None:
            ACTS[act["act"]](self, **{k: v for k, v in act.items() if k not in {"act", "point", "nth"}})

    def sandbox_ns(self) -> int:
        now_ns: int = self.control.ask("GET", "clock")["now_ns"]
        return now_ns

    def kill(self) -> None:
        # The signal goes to this thread, which must get no further.
        signal.raise_signal(signal.SIGKILL)

    def interrupt(self) -> None:
        """Interrupt the cell with a signal to the main thread."""
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)

    def stop(self) -> None:
        """Suspend this process until it is resumed; then catch up with the time elsewhere."""
        signal.raise_signal(signal.SIGSTOP)
        self.clock.jump(self.sandbox_ns())

    def revoke_tokens(self) -> None:
        self.control.ask("POST", "tokens/revoke")

    def set_wall(self, off_s: float) -> None:
        self.clock.set_wall(self.clock.monotonic_ns() + seconds_to_ns(off_s))

    def lose_ledger(self, how: str) -> None:
        """Lose the ledger, as if a user had cleaned up files."""
        path = Path(self.case["home"]) / "ledger.sqlite3"
        if how == "deleted":
            path.unlink()
        elif how == "renamed":
            path.rename(path.with_name("away.sqlite3"))
        elif how == "folder":
            shutil.rmtree(path.parent)
        elif how == "replaced":
            other = SqliteLedger(path.parent / "other")
            with other.connection():
                pass
            other.path.replace(path)
        elif how == "older":
            copy = path.with_name("older")
            shutil.copy(path, copy)
            copy.replace(path)
        elif how == "overwritten":
            other = SqliteLedger(path.parent / "other")
            with other.connection():
                pass
            shutil.copy(other.path, path)
        else:
            for place in (path, path.parent) if how == "read_only" else (path.parent,):
                place.chmod(0o500)
        self.lost_at = dict(self._seen)

    def limit_files(self, more: int) -> None:
        """Limit the size of files to so many bytes more than the largest file of the ledger has."""
        folder = Path(self.case["home"])
        largest = max(path.stat().st_size for path in folder.iterdir())
        resource.setrlimit(resource.RLIMIT_FSIZE, (largest + more, resource.RLIM_INFINITY))

    def limit_pages(self) -> None:
        """Limit the ledger to its current pages, so that SQLite reports a full disk."""
        self.is_full = True


ACTS: dict[str, Callable[..., None]] = {
    "kill": Scenario.kill,
    "interrupt": Scenario.interrupt,
    "stop": Scenario.stop,
    "revoke": Scenario.revoke_tokens,
    "set_wall": Scenario.set_wall,
    "lose": Scenario.lose_ledger,
    "limit_files": Scenario.limit_files,
    "limit_pages": Scenario.limit_pages,
}

scenario: Scenario
this_thread = threading.local()
"""Has the kind of the call that the thread is making, as `call_kind`."""


def watch_points() -> None:
    """Count the crossings of points in dingnb."""
    split, report_wait, getresponse = schema.split, ProgressReporter.report_wait, route._Connection.getresponse

    def crossing(transaction: Callable[..., AbstractContextManager[LedgerSession]]) -> Callable[..., Any]:
        @contextmanager
        def watched(
            self: SqliteLedger, session: LedgerSession | None = None, **options: bool
        ) -> Iterator[LedgerSession]:
            if scenario.is_full and session is not None:
                session.execute("PRAGMA max_page_count = 1")
            with transaction(self, session, **options) as db:
                scenario.cross("begun")
                yield db
                scenario.cross("uncommitted")
            scenario.cross("committed")

        return watched

    def migrating(script: str) -> Iterator[str]:
        for statement in split(script):
            scenario.cross("migrating")
            yield statement

    def answered(self: Any, *args: Any, **kwargs: Any) -> Any:
        scenario.cross(f"written:{this_thread.call_kind}")
        return getresponse(self, *args, **kwargs)

    def waiting(self: ProgressReporter, db: LedgerSession, delay_ns: int | None, waiting_for: Any) -> None:
        scenario.cross(f"wait:{waiting_for}")
        report_wait(self, db, delay_ns, waiting_for)

    for name in ("transaction", "transaction_unless_shared"):
        setattr(SqliteLedger, name, crossing(getattr(SqliteLedger, name)))
    schema.split = migrating
    watch_lease()
    route._Connection.getresponse = answered  # type: ignore[method-assign]
    ProgressReporter.report_wait = waiting  # type: ignore[method-assign]
    points = {
        batches: ("add_batches",),
        recalls: ("record",),
        moves: ("write",),
        attempts: ("begin", "mark_accepted", "close_abandoned"),
        media: ("record_sent_body", "add_upload"),
    }
    for module, name in ((module, name) for module, names in points.items() for name in names):
        setattr(module, name, crossing_around(name, getattr(module, name)))


def watch_lease() -> None:
    """Make waits for the turn to send last in real time: the other process has its own virtual clock."""
    notify = ProgressReporter.notify

    def notifying(self: ProgressReporter, waiting_for: Any = "", *args: Any, **kwargs: Any) -> None:
        notify(self, waiting_for, *args, **kwargs)
        if waiting_for == "sender":
            wait_for_lease(self._context.ledger, self._campaign)
            scenario.clock.jump(scenario.sandbox_ns())

    ProgressReporter.notify = notifying  # type: ignore[method-assign]


def wait_for_lease(ledger: Ledger, campaign: int) -> None:
    """Wait in real time until no process that lives holds the lease of a campaign, whatever its term."""
    while True:
        with ledger.connection() as db:
            found = db.execute("SELECT process, host, numbering FROM leases WHERE campaign = ?", (campaign,)).fetchone()
        if found is None or not found[0] or Process(*found).is_dead:
            return
        time.sleep(0.005)


def crossing_around(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a function that also crosses a point before and after each call."""

    def crossing(*args: Any, **kwargs: Any) -> Any:
        scenario.cross(f"before:{name}")
        result = function(*args, **kwargs)
        scenario.cross(f"after:{name}")
        return result

    return crossing


def connect(case: dict[str, Any]) -> DingTalk:
    settings = SandboxSettings()
    ding = DingTalk(
        App(settings.app_key, Secret(settings.app_secret), settings.agent_id),
        Hosts(case["base_url"], case["base_url"]),
        origin=Origin("arguments"),
        clock=scenario.clock,
        limits=dataclasses.replace(STANDARD, **case.get("limits", {})),
        ledger=SqliteLedger(Path(case["home"]), busy_timeout_s=case.get("busy_timeout_s", 30.0)),
        repeat_after_s=case.get("repeat_after_s"),
    )
    session = ding._transport._session
    network = LossyNetwork(session.get_adapter(OAPI), case)
    session.mount(OAPI, network)
    session.mount(API, network)
    return ding


def run_case(case: dict[str, Any]) -> dict[str, Any]:
    """Send the plan, and return the results."""
    error: DingError | None = None
    this_thread.call_kind = "other"
    try:
        ding = connect(case)
    except DingError as raised:
        return report_without_results(raised)
    frame = pd.DataFrame({"userid": case["people"], "n": case.get("numbers") or range(len(case["people"]))})
    if "template" in case:
        record_template_presses(ding, case["template"])
    try:
        if case.get("resume"):
            run = ding.campaign(case["name"]).resume(check=False)
        else:
            run = ding.plan(frame, message_of(case)).send(
                case["name"], changed=case.get("changed", "error"), absent=case.get("absent", "error"), check=False
            )
        wait_for_results(run)
        for _ in range(case.get("retries", 0)):
            if run.missed()["status"].eq("failed").any():
                wait_for_results(run.retry(check=False))
        if case.get("recalls"):
            run.recall(expect=range(len(frame) + 1))
    except DingError as raised:
        error = raised
    try:
        run = ding.campaign(case["name"])
        state = str(run.state)
    except DingError as raised:
        return report_without_results(error or raised)
    counts = {"seen": seen(), "lost_at": scenario.lost_at}
    rows = run.results().astype(object).where(lambda cells: cells.notna(), None)
    columns = ["userid", "status", "reason", "code", "task_id", "attempts", "evidence"]
    return {**describe(error), "state": state, "rows": rows[columns].to_dict("records"), **counts}


def take_steps(case: dict[str, Any]) -> dict[str, Any]:
    """Run several steps in a row, as a script does, and return the completed ones."""
    this_thread.call_kind, steps, runs = "other", list[str](), list[Campaign]()
    error: BaseException | None = None
    dice = random.Random(case["seed"])
    try:
        ding = connect(case)
        # The script itself takes no time, which passes only during waits.
        with scenario.clock.participating():
            for step in case["steps"]:
                steps.append(f"{step.get('do', 'send')} {step.get('name', case['name'])}: begun")
                refused = take_step(ding, {**case, **step}, dice, runs)
                steps[-1] = f"{step.get('do', 'send')} {step.get('name', case['name'])}: {refused or 'done'}"
            scenario.clock.advance(seconds_to_ns(dice.uniform(0, 2)))
        # An interrupt from here on is too late.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    except (DingError, KeyboardInterrupt) as raised:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        error = raised
    return {**report_without_results(error), "steps": steps}


def take_step(ding: DingTalk, case: dict[str, Any], dice: random.Random, runs: list[Campaign]) -> str:
    """Send one plan, or retry; follow the advice of each refusal, and return the refusals."""
    if case.get("do") == "retry":
        run = ding.campaign(case["name"]).retry(check=False)
        run.wait(check=False)
        return str(view_of(run).control.opening)
    frame = pd.DataFrame({"userid": case["people"], "n": case.get("numbers") or range(len(case["people"]))})
    plan = ding.plan(frame, message_of(case))
    choices = {"wait": case.get("wait", True), "absent": case.get("absent", "error"), "check": False}
    refusals = []
    for _ in range(MOST_REFUSALS):
        try:
            runs.append(plan.send(case["name"], **choices))
        except CampaignRunningError as error:
            refusals.append(type(error).__name__)
            wait_for_end(ding, case, runs)
        except AbsentRecipientsError as error:
            refusals.append(type(error).__name__)
            choices["absent"] = case["decision"]
        else:
            break
    if not choices["wait"]:
        scenario.clock.advance(seconds_to_ns(dice.choice((0, 0.1, 1.0, 5.0))))
    return ", ".join(refusals)


def message_of(case: dict[str, Any]) -> dingnb.Message:
    """Return the text of a case, as a card if it has buttons, or the file of each person in its folder."""
    if "template" in case:
        return dingnb.card("Pay", template=case["template"], data={"month": "May"}, private={"net": case["text"]})
    if "buttons" in case:
        return dingnb.card("Poll", case["text"], buttons=case["buttons"])
    if "files" in case:
        return dingnb.file(f"{case['files']}/{{{{ userid }}}}.pdf")
    return dingnb.text(case["text"])


def record_template_presses(ding: DingTalk, template: str) -> None:
    """Record that two people have pressed a card from a template."""
    with ding._ledger.transaction() as db:
        db.executemany(
            "INSERT INTO proved_templates VALUES (?, ?, ?, '[\"net\"]', 1) ON CONFLICT DO NOTHING",
            ((ding._realm.id, template, userid) for userid in ("tester1", "tester2")),
        )


def wait_for_end(ding: DingTalk, case: dict[str, Any], runs: list[Campaign]) -> None:
    """Wait until the campaign is no longer being sent; for another process in real time, since it has its own clock."""
    if not case.get("shared"):
        ding.campaign(case["name"]).wait("sent", check=False)
        return
    for run in runs:
        run.wait("sent", check=False)
    with ding._ledger.connection() as db:
        row = campaigns.find(db, ding._realm, case["name"])
    if row is not None:
        wait_for_lease(ding._ledger, row.id)
        scenario.clock.jump(scenario.sandbox_ns())


def wait_for_results(run: Campaign) -> None:
    """Wait; unknown outcomes are verified later, but unreadable results are an error."""
    try:
        run.wait()
    except IncompleteError as error:
        if error.__cause__ is not None:
            raise


def describe(error: BaseException | None) -> dict[str, str]:
    if error is None:
        return {"error": ""}
    saved_to = getattr(error, "saved_to", None)
    return {"error": f"{type(error).__name__}: {error}", "saved_to": "" if saved_to is None else os.fspath(saved_to)}


def report_without_results(error: BaseException | None) -> dict[str, Any]:
    return {**describe(error), "state": "", "rows": [], "seen": seen(), "lost_at": scenario.lost_at}


def seen() -> dict[str, int]:
    return dict(scenario._seen)


def interrupted(_: int, frame: types.FrameType | None) -> None:
    """Raise KeyboardInterrupt, but not in the middle of the virtual clock."""
    while frame is not None:
        if frame.f_code.co_filename.endswith("/dingnb/clock.py"):
            scenario.clock.interrupt_later()
            return
        frame = frame.f_back
    raise KeyboardInterrupt


def run_in_fork(case: dict[str, Any]) -> int:
    """Run a case in the forked process, and write its report to the file of the case."""
    global scenario  # noqa: PLW0603 - one case per process
    scenario = Scenario(case)
    watch_points()
    signal.signal(signal.SIGINT, interrupted)
    report = take_steps(case) if "steps" in case else run_case(case)
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    Path(case["out"]).write_text(json.dumps(report), encoding="utf-8")
    return 0


def run(case: dict[str, Any]) -> dict[str, int]:
    """Fork a process that runs a case, and return its number."""
    pid = os.fork()
    if pid:
        return {"pid": pid}
    code = 1
    # The output of a campaign must not be mixed with answers to commands.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    try:
        code = run_in_fork(case)
    except BaseException:  # noqa: BLE001 - a forked process must not continue as its parent
        sys.excepthook(*sys.exc_info())
    finally:
        try:
            sys.stderr.flush()
        finally:
            os._exit(code)


def wait(pid: int) -> dict[str, int]:
    """Wait until a forked process ends or is suspended, and return how."""
    _, status = os.waitpid(pid, os.WUNTRACED)
    if os.WIFSTOPPED(status):
        return {"stopped": os.WSTOPSIG(status)}
    return {"signal": os.WTERMSIG(status)} if os.WIFSIGNALED(status) else {"exit": os.WEXITSTATUS(status)}


def main() -> None:
    for line in sys.stdin:
        command = json.loads(line)
        answer = run(command["run"]) if "run" in command else wait(command["wait"])
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
