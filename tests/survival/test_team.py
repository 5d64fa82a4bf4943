"""
Three senders of one app with one ledger, in real time: two of one campaign, and one of another.

They are killed, and suspended for longer than their leases last, at seeded instants; on PostgreSQL, their sessions are
ended as well, the server is restarted, and answers of the database are lost. The sandbox's record decides whether
everybody was sent to once.
"""

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import pairwise, product
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

import pytest

import dingnb
from dingnb.auth.database_url import parse_database_url
from dingnb.clock import NS_PER_S, SystemClock, seconds_to_ns
from dingnb.ledger import Ledger, SqliteLedger
from dingnb.ledger.postgres.ledger import PostgresLedger
from dingnb.sandbox import SandboxSettings
from tests.campaign_fixtures import get, post
from tests.environments import connection_environment
from tests.survival.lossy_proxy import LossyProxy
from tests.tiers import SOAK

if TYPE_CHECKING:
    from tests.postgres import Server

pytestmark = pytest.mark.long

PEOPLE = 50
PATIENCE_S = 240
MOST_UNKNOWN = 3
TERM_S = 1.2
THROTTLED = "90018"
MOST_HELD_UP = 1
"""Calls that a loaded machine may hold up for longer than the margin of the pace (15 ms); DingTalk refuses these."""

SENDER = f"""
import sys
import pandas as pd
import dingnb
from dingnb.calls import days
from dingnb.clock import seconds_to_ns
from dingnb.ledger.sending import leases
# Near midnight, a call with unknown outcome would be left for a decision.
days.MIDNIGHT_MARGIN_S = 0
leases.TERM_NS = seconds_to_ns({TERM_S})
leases.RENEW_NS = seconds_to_ns({TERM_S} / 4)
name, people = sys.argv[1], sys.argv[2].split(",")
text = name + " {{{{ n }}}}"
message = dingnb.card("Poll", text, buttons={{"yes": "Yes"}}) if sys.argv[3] == "card" else dingnb.text(text)
frame = pd.DataFrame({{"userid": people, "n": range(len(people))}})
run = dingnb.connect().plan(frame, message).send(name, check=False)
print(run.state)
"""


class Team:
    """The senders, their sandbox and their ledger."""

    def __init__(
        self, base_url: str, environment: dict[str, str], homes: list[Path], seed: int, msgtype: str = "text"
    ) -> None:
        self.base_url = base_url
        self.dice = random.Random(seed)
        self.people = [person["userid"] for person in get(base_url, "users") if person["active"]][:PEOPLE]
        self._environment = environment
        self._msgtype = msgtype
        self._homes = homes
        self._names = ("payslip", "payslip", "notice")
        self._clock = SystemClock()
        self.suspended = 0
        self.senders = [self._start(number) for number in range(3)]

    def _start(self, number: int) -> "subprocess.Popen[str]":
        return subprocess.Popen(  # noqa: S603 - our own command
            [sys.executable, "-c", SENDER, self._names[number], ",".join(self.people), self._msgtype],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **self._environment, "DINGNB_HOME": str(self._homes[number])},
        )

    def wait_s(self, duration_s: float) -> None:
        self._clock.wait(self._clock.event(), seconds_to_ns(duration_s))

    def wait_for_calls(self) -> None:
        """Wait until the first calls have left, because starting a process takes most of the time."""
        until_ns = self._clock.monotonic_ns() + PATIENCE_S * NS_PER_S
        while get(self.base_url, "stats")["tasks"] + len(get(self.base_url, "cards")) < 2:
            assert self._clock.monotonic_ns() < until_ns
            self.wait_s(0.02)

    def trouble(self, other: Callable[[], None] | None) -> None:
        """Kill a sender and start it again, suspend it, or do something else."""
        number = self.dice.randrange(3)
        sender = self.senders[number]
        what = self.dice.choice(("kill", "stop", "stop" if other is None else "other"))
        if what == "other" and other is not None:
            other()
        elif what == "kill":
            sender.kill()
            sender.communicate()
            self.senders[number] = self._start(number)
        elif sender.poll() is None:
            self.suspended += 1
            sender.send_signal(signal.SIGSTOP)
            self.wait_s(self.dice.uniform(0.2, 2.5 * TERM_S))
            sender.send_signal(signal.SIGCONT)

    def finish(self) -> None:
        """Let all senders end, and run the cells again until nothing is left to do."""
        for number in range(3):
            for _ in range(4):
                out, shown = self.senders[number].communicate(timeout=PATIENCE_S)
                if self.senders[number].returncode == 0 and out.split()[-1:] == ["finished"]:
                    break
                self.senders[number] = self._start(number)
            else:
                pytest.fail(f"{out[-500:]}\n{shown[-3_000:]}")


@pytest.fixture
def sandbox_url(sandbox_process: str) -> str:
    post(sandbox_process, "reset")
    return sandbox_process


@pytest.fixture
def homes(tmp_path: Path, database: str) -> list[Path]:
    """Return a home for each sender: one for all with a file, otherwise of its own, as on another computer."""
    return [tmp_path / (str(number) if database == "postgres" else "all") for number in range(3)]


@pytest.fixture
def address(database: str, request: pytest.FixtureRequest) -> str:
    return request.getfixturevalue("new_database")() if database == "postgres" else ""


@pytest.fixture
def proxy(request: pytest.FixtureRequest) -> Iterator[LossyProxy]:
    """Start a proxy in front of the server; its folder takes the place of the server's in URLs."""
    server: Server = request.getfixturevalue("postgres")
    folder = Path(tempfile.mkdtemp(prefix="dingnb-px-"))
    started = LossyProxy(folder, server.folder, seed=1, share=0.03)
    yield started
    started.close()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def new_team(sandbox_url: str, homes: list[Path], address: str) -> Iterator[Callable[[int], Team]]:
    teams: list[Team] = []

    def started(seed: int, address: str = address, msgtype: str = "text") -> Team:
        given = {
            **connection_environment(SandboxSettings(), sandbox_url),
            "DINGNB_REPEAT_AFTER_S": "1",
            "PYTHONPATH": str(Path(dingnb.__file__).parents[1]),
            **({"DINGNB_LEDGER": address} if address else {}),
        }
        teams.append(Team(sandbox_url, given, homes, seed, msgtype))
        return teams[-1]

    yield started
    for sender in (paused for team in teams for paused in team.senders if paused.poll() is None):
        with suppress(ProcessLookupError):
            sender.send_signal(signal.SIGCONT)
        sender.kill()
        sender.communicate()


def judge(team: Team, ledger: Ledger) -> None:
    """Assert that everybody has each text once, and that no call was refused but late ones, as of suspended senders."""
    # The last messages are still on their way.
    post(team.base_url, "clock", advance_s=60)
    texts = Counter(
        (message["userid"], message["body"]["text"]["content"]) for message in get(team.base_url, "messages")
    )
    with ledger.connection() as db:
        batches = db.execute(
            "SELECT batches.id, campaigns.name, userids, status FROM batches JOIN campaigns"
            " ON campaigns.id = batches.campaign ORDER BY batches.id"
        ).fetchall()
        attempts = db.execute("SELECT batch, outcome, started_ns, ended_ns FROM attempts ORDER BY id").fetchall()
        (counted,) = db.execute("SELECT CAST(sum(n) AS BIGINT) FROM calls WHERE api LIKE '%asyncsend_v2'").fetchone()
    calls = [call for call in get(team.base_url, "calls") if call["path"].endswith("asyncsend_v2")]
    accepted = sum(call["code"] == "0" for call in calls)
    throttled = sum(call["code"] == THROTTLED for call in calls)
    assert accepted + throttled == len(calls), Counter(call["code"] for call in calls)
    # A sender suspended between its last look at the clock and its first byte calls when others have the slots.
    assert throttled <= team.suspended + MOST_HELD_UP, Counter(call["code"] for call in calls)
    assert accepted <= len(attempts), "a call left of which nothing was written"
    assert accepted <= counted
    for batch, name, userid, status in batches:
        made = [
            (outcome, started, ended) for batch_number, outcome, started, ended in attempts if batch_number == batch
        ]
        outcomes = [outcome for outcome, _, _ in made]
        shown = f"{name}, {userid}: {status} after {outcomes}"
        number = team.people.index(userid)
        reached = texts.pop((userid, f"{name} {number}"), 0)
        if outcomes.count("unknown") < MOST_UNKNOWN:
            assert status == "accepted", shown
        # The answer to a suspended sender may come once its call is being repeated; DingTalk drops the equal text.
        assert outcomes.count("accepted") <= 1 + bool(team.suspended), shown
        assert None not in outcomes, shown
        assert reached == 1 or (reached == 0 and status == "unknown"), f"{shown}, reached {reached} times"
        for (outcome, _, ended), (_, started, _) in pairwise(made):
            # What was refused, or never left, may follow at once.
            assert outcome == "refused" or started - ended >= NS_PER_S - 1, f"{shown}: repeated too early"
    assert not texts
    assert len(batches) == 2 * PEOPLE


def judge_cards(team: Team, ledger: Ledger) -> None:
    """Assert that everybody has one card of each campaign, and that each batch has created one at most."""
    with ledger.connection() as db:
        batches = db.execute(
            "SELECT batches.id, campaigns.name, userids, status, batches.code FROM batches JOIN campaigns"
            " ON campaigns.id = batches.campaign ORDER BY batches.id"
        ).fetchall()
        attempts = db.execute("SELECT batch, outcome FROM attempts ORDER BY id").fetchall()
        batch_of = dict(db.execute("SELECT out_track_id, batch FROM cards").fetchall())
    created = get(team.base_url, "cards")
    assert {card["out_track_id"] for card in created} <= batch_of.keys(), "a card of which nothing was written"
    per_batch = Counter(batch_of[card["out_track_id"]] for card in created)
    assert set(per_batch.values()) <= {1}
    texts = Counter((to["userid"], to["received"]["markdown"]) for card in created for to in card["deliveries"])
    for batch, name, userid, status, code in batches:
        outcomes = [outcome for number, outcome in attempts if number == batch]
        shown = f"{name}, {userid}: {status} after {outcomes}"
        reached = texts.pop((userid, f"{name} {team.people.index(userid)}"), 0)
        assert reached <= 1, shown
        if code == "param.cardAlreadyExist":
            assert (status, per_batch[batch]) == ("unknown", 1), shown
        elif outcomes.count("unknown") < MOST_UNKNOWN:
            assert (status, reached) == ("accepted", 1), shown
    assert not texts
    assert len(batches) == 2 * PEOPLE


@pytest.mark.parametrize("database", ["sqlite", "postgres"])
@pytest.mark.parametrize(
    ("seed", "msgtype"), list(product(range(150), ["text", "card"])) if SOAK else [(0, "text"), (1, "card")]
)
def test_three_senders_that_are_killed_and_suspended_send_to_everybody_once(
    seed: int,
    msgtype: str,
    new_team: Callable[..., Team],
    homes: list[Path],
    address: str,
    request: pytest.FixtureRequest,
) -> None:
    team = new_team(seed, msgtype=msgtype)
    team.wait_for_calls()
    server: Server | None = request.getfixturevalue("postgres") if address else None

    def interrupt_server() -> None:
        assert server is not None
        if team.dice.random() < 0.5:
            server.run("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
        else:
            server.stop(team.dice.choice((signal.SIGINT, signal.SIGQUIT)))
            team.wait_s(team.dice.uniform(0, 1))
            server.start()

    for _ in range(team.dice.randint(2, 5)):
        team.wait_s(team.dice.uniform(0.05, 1.0))
        team.trouble(None if server is None else interrupt_server)
    team.finish()
    ledger = PostgresLedger(parse_database_url(address)) if address else SqliteLedger(homes[0])
    (judge_cards if msgtype == "card" else judge)(team, ledger)


@pytest.mark.parametrize("database", ["postgres"])
@pytest.mark.parametrize("seed", range(1_000, 1_075 if SOAK else 1_002))
def test_answers_of_the_database_that_are_lost_and_requests_that_come_late_change_nothing(
    seed: int, new_team: Callable[..., Team], address: str, proxy: LossyProxy, request: pytest.FixtureRequest
) -> None:
    server: Server = request.getfixturevalue("postgres")
    through = address.replace(quote(str(server.folder), safe=""), quote(str(proxy.folder), safe=""))
    assert through != address
    team = new_team(seed, through)
    team.wait_for_calls()
    proxy.begin()
    for _ in range(team.dice.randint(2, 4)):
        team.wait_s(team.dice.uniform(0.3, 1.5))
        team.trouble(None)
    proxy.end()
    team.finish()
    assert proxy.lost + proxy.held
    judge(team, PostgresLedger(parse_database_url(address)))
