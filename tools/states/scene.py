"""The data of the states: a sandbox, the same sandbox as a live app, and a list of people."""

import dataclasses
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import ipywidgets as widgets
import pandas as pd

import dingnb
from dingnb.auth import App, Origin, Secret
from dingnb.campaigns.plan import Plan
from dingnb.campaigns.sending.recording import RecordedPlan, SendChoices, digest_of_plan, record_plan
from dingnb.client import DingTalk
from dingnb.clock import SystemClock
from dingnb.ledger import SqliteLedger
from dingnb.messages import Message
from dingnb.sandbox import RunningSandbox, SandboxSettings, start
from dingnb.transport import Hosts

STAFF = Path(__file__).parents[2] / "notebooks" / "data" / "staff.csv"

TITLE = "Bonus for {{ name }}"
TEXT = """Hi **{{ name }}**,

your bonus of **¥{{ bonus | money }}** is paid with this month's salary.

> Questions? Ask HR in {{ city }}."""


@dataclass(frozen=True)
class Scene:
    """
    The data of the states.

    Attributes:
        ding: An app on a sandbox.
        live: The same app in LIVE mode, which sends no real messages either.
        staff: Some people of the sandbox, with the flaws of a real list.
        message: A message for `staff`.
    """

    ding: DingTalk
    live: DingTalk
    staff: pd.DataFrame
    message: Message

    @property
    def few(self) -> pd.DataFrame:
        """Five of the people, without flaws."""
        return self.staff[self.staff["userid"].str.startswith("manager")].head(5).reset_index(drop=True)


Maker: TypeAlias = Callable[[Scene], widgets.DOMWidget]
Makers: TypeAlias = tuple[tuple[str, Maker], ...]
"""The states by name, each with the function that creates it."""


def open_scene() -> Scene:
    """Start a sandbox in this process, with a separate ledger; both end with the process."""
    running = start(SandboxSettings(task_starts_after_s=0, task_done_after_s=0))
    return Scene(
        ding=_connect(running),
        live=make_live(_connect(running)),
        staff=dingnb.read_recipients(STAFF).head(200).copy(),
        message=dingnb.markdown(title=TITLE, text=TEXT),
    )


def make_live(ding: DingTalk) -> DingTalk:
    """Put an app of the sandbox into LIVE mode, in which otherwise only apps of DingTalk's own hosts are; return it."""
    ding._realm = dataclasses.replace(ding._realm, mode="LIVE")  # noqa: SLF001 - for states only
    ding._context = dataclasses.replace(ding._context, realm=ding._realm)  # noqa: SLF001 - likewise
    return ding


def connect(settings: SandboxSettings) -> DingTalk:
    """Return an app on a sandbox with other settings."""
    return _connect(start(settings))


def record_first(plan: Plan, name: str) -> RecordedPlan:
    """Record the campaign of a plan as its first send would, without any call."""
    return record_plan(
        plan._context,  # noqa: SLF001 - one step of a send
        plan._batches,  # noqa: SLF001 - likewise
        name,
        plan_digest=digest_of_plan(plan._batches),  # noqa: SLF001 - likewise
        key_columns=(),
        choices=SendChoices(),
        check_people=lambda _: None,
    )


def _connect(running: RunningSandbox) -> DingTalk:
    settings = running.settings
    return DingTalk(
        App(settings.app_key, Secret(settings.app_secret), settings.agent_id),
        Hosts(running.base_url, running.base_url),
        origin=Origin("sandbox"),
        clock=SystemClock(),
        sandbox=running,
        ledger=SqliteLedger(Path(tempfile.mkdtemp(prefix="dingnb-"))),
        operator="ann@laptop",
    )
