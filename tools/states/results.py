"""The results form: delivery status, details of a person, and actions."""

import contextlib
import json
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

import ipywidgets as widgets
import pandas as pd

import dingnb
from dingnb.campaigns.campaign import Campaign, view_of
from dingnb.campaigns.sending.progress import Progress
from dingnb.campaigns.status import State, Status
from dingnb.client import DingTalk
from dingnb.errors import InputError, code_meaning, code_todo
from dingnb.ledger import SqliteLedger, answers, cards
from dingnb.ledger.answers import NewAnswer
from dingnb.ledger.cards import NewCard, Poll, PollField
from dingnb.ui.results.actions_model import Action
from dingnb.ui.results.auto_refresh_model import RefreshUsage
from dingnb.ui.results.form import ResultsForm
from dingnb.words import Text
from tools.states.scene import Maker, Makers, Scene, record_first

Change: TypeAlias = Callable[[ResultsForm], None]
"""A user action in the form."""

MANY = 100_000
TEXT = dingnb.text("{{ name }}，周五食堂停业。The canteen is closed on Friday.")

_RESULTS_SQL = """
UPDATE batches SET status = 'accepted', attempts = 1, receipt = 7000000 + id, sent_ns = {now_ns} + id * 20000000,
    updated_ns = {now_ns} + id * 20000000 + 30000000 WHERE campaign = {campaign};
INSERT INTO attempts (realm, batch, people, started_ns, ended_ns, outcome)
SELECT realm, batches.id, size, sent_ns, sent_ns + 180000000, 'accepted'
FROM batches JOIN campaigns ON campaigns.id = campaign WHERE campaign = {campaign};
INSERT INTO outcomes (batch, place, status, code, evidence, reason, hint, updated_ns, was_read)
SELECT batch, place, status, CASE status WHEN 'filtered' THEN '143105' ELSE '' END, 'result',
    CASE status WHEN 'filtered' THEN '{full}' WHEN 'failed' THEN '{failed}' WHEN 'invalid' THEN '{nobody}' ELSE '' END,
    CASE status WHEN 'filtered' THEN '{later}' WHEN 'failed' THEN '{again}' WHEN 'invalid' THEN '{look}' ELSE '' END,
    sent_ns + 2000000000 + (batch * 7919 % 97) * 60000000000,
    CASE status WHEN 'read' THEN 1 WHEN 'delivered' THEN 0 END
FROM (
    SELECT batches.id AS batch, one.key AS place, sent_ns, CASE abs(batches.id * 7 + one.key * 13) % 50
        WHEN 0 THEN 'invalid' WHEN 1 THEN 'filtered' WHEN 2 THEN 'failed' WHEN 3 THEN 'delivered'
        WHEN 4 THEN 'delivered' ELSE 'read' END AS status
    FROM batches JOIN json_each('["' || replace(userids, ',', '","') || '"]') AS one WHERE campaign = {campaign}
);
"""
"""Completes a recorded campaign as a send and polling for an hour and a half would."""

_OUTCOME_TEXTS = {
    "full": code_meaning("143105"),
    "failed": Text("result.failed"),
    "nobody": Text("result.invalid"),
    "later": code_todo("143105"),
    "again": Text("result.failed_todo"),
    "look": Text("result.invalid_todo"),
}


def finished_campaign(ding: DingTalk, frame: pd.DataFrame, name: str, hours_ago: float = 2.0) -> Campaign:
    """Return a campaign for which DingTalk has reported all results."""
    with contextlib.suppress(InputError):
        return _with_columns(ding.campaign(name), frame)
    plan = ding.plan(frame, TEXT)
    record_first(plan, name)
    run = ding.campaign(name)
    with _open_ledger(run) as db:
        now_ns = run._context.now_ns() - int(hours_ago * 3.6e12)  # noqa: SLF001 - simulates an earlier send
        texts = {name: text.to_json() for name, text in _OUTCOME_TEXTS.items()}
        db.executescript(_RESULTS_SQL.format(now_ns=now_ns, campaign=run._number, **texts))  # noqa: SLF001 - likewise
        db.execute("UPDATE campaigns SET state = 'finished' WHERE name = ?", (name,))
        db.commit()
    return _with_columns(run, frame)


def _open_ledger(run: Campaign) -> contextlib.closing[sqlite3.Connection]:
    """Open the ledger's file, for changes that no action makes."""
    ledger = run._context.ledger  # noqa: SLF001 - simulates time and crashes
    assert isinstance(ledger, SqliteLedger)  # noqa: S101 - the states are in a file
    return contextlib.closing(sqlite3.connect(ledger.path))


def _with_columns(run: Campaign, frame: pd.DataFrame) -> Campaign:
    """Give a campaign found by name the columns of the campaign as sent."""
    results = view_of(run).results
    results.row_map = replace(results.row_map, frame=frame)
    return run


def many(rows: int) -> pd.DataFrame:
    """Return this many people, with names."""
    return pd.DataFrame({"userid": [f"u{at:06}" for at in range(rows)], "name": [f"员工{at}" for at in range(rows)]})


def _form(change: Change = lambda _: None, make_run: Callable[[Scene], Campaign] | None = None) -> Maker:
    def make(scene: Scene) -> widgets.DOMWidget:
        run = finished_campaign(scene.ding, many(400), "canteen-2026-11") if make_run is None else make_run(scene)
        form = run.form()
        form.wait()
        change(form)
        form.wait()
        return form.box

    return make


def _live(scene: Scene) -> Campaign:
    return finished_campaign(scene.live, many(400), "canteen-2026-11")


def _choose(action: Action, typed: str = "") -> Change:
    def change(form: ResultsForm) -> None:
        form.actions_model.choose(action)
        form.actions.count.value = typed

    return change


def _miscount(form: ResultsForm) -> None:
    _choose("recall", "12")(form)
    form.actions_model.act()


def _recall_from_person(form: ResultsForm) -> None:
    _details(Status.READ)(form)
    form.wait()
    form.details.recall.click()


def _recall_from_shown(form: ResultsForm) -> None:
    form.model.search("员工12")
    form.wait()
    form.people.recall.click()


def _remind(form: ResultsForm) -> None:
    form.actions_model.choose("remind")
    form.actions.reminder.value = "Please read my message about the canteen."
    form.actions_model.act()


def _running(form: ResultsForm) -> None:
    progress = Progress(
        at_ns=0, state=State.RUNNING, people=400, accepted=160, calls=160, calls_per_second=19.6, left_s=12
    )
    form.run_model._show(progress=progress, sheet=None)  # noqa: SLF001 - a moment of a long send


def _not_sent(scene: Scene) -> Campaign:
    plan = scene.ding.plan(many(40), TEXT)
    record_first(plan, "not-sent")
    return scene.ding.campaign("not-sent")


def _details(status: Status) -> Change:
    def change(form: ResultsForm) -> None:
        form.model.filter_by(status)
        form.model.wait()
        form.model.choose(form.model.state.shown.page_positions[1])

    return change


def _auto_refreshing(form: ResultsForm) -> None:
    form.auto_refresh._show(  # noqa: SLF001 - a moment of an hour
        is_on=True,
        usage=RefreshUsage(calls=12, max_calls=36),
        notice=Text("results_form.refreshed_next", moment="2026-11-25 22:40:10"),
    )


def _sent(scene: Scene) -> Campaign:
    plan = scene.ding.plan(scene.few, TEXT)
    return plan.send("canteen-reminded", expect=plan.people).wait(timeout_s=10)


def _unknown(scene: Scene) -> Campaign:
    run = finished_campaign(scene.ding, many(200), "canteen-unknown")
    with _open_ledger(run) as db:
        db.execute(
            "UPDATE batches SET status = 'unknown', receipt = NULL, reason = ?, hint = ?"
            " WHERE id IN (SELECT id FROM batches WHERE campaign = ? LIMIT 3)",
            (Text("result.died"), Text("result.unknown_todo"), run._number),  # noqa: SLF001 - likewise
        )
        db.execute("DELETE FROM outcomes WHERE batch IN (SELECT id FROM batches WHERE status = 'unknown')")
        db.commit()
    return run


_POLL = Poll(
    {"yes": "来", "no": "不来"},
    (
        PollField("meal", "餐食 Meal", "SELECT", (("rice", "米饭 Rice"), ("noodles", "面条 Noodles"))),
        PollField("guests", "同行人数 Guests", "NUMBER"),
    ),
)


def _poll_of(name: str, answered: int) -> Callable[[Scene], Campaign]:
    """Return a function that makes a campaign with cards, and answers to some of the cards."""

    def make(scene: Scene) -> Campaign:
        run = finished_campaign(scene.ding, many(400), name)
        context, number = run._context, run._number  # noqa: SLF001 - simulates the presses of many people
        with context.ledger.transaction() as db:
            if cards.poll_of(db, number) is not None:
                return run
            now_ns = context.now_ns()
            cards.record_poll(db, number, replace(_POLL, deadline_ns=now_ns - 1))
            found = db.execute("SELECT id, userids FROM batches WHERE campaign = ?", (number,)).fetchall()
            cards.add(db, number, [NewCard(f"dn-{number}-{batch}", batch) for batch, _ in found], now_ns)
            people = [(batch, userid) for batch, joined in found for userid in joined.split(",")]
            for at, (batch, userid) in enumerate(people[:answered]):
                action = "no" if at % 3 == 0 else "yes" if at % 3 == 1 else "submit"
                value = {"meal": ("rice", "noodles")[at % 2], "guests": at % 4} if action == "submit" else {}
                pressed_ns = now_ns if at % 50 == 1 else now_ns - (at + 1) * 10**9
                card = f"dn-{number}-{batch}"
                encoded = json.dumps(value)
                given = NewAnswer(card, number, userid, action, encoded, f"m{at}", pressed_ns, pressed_ns)
                answers.add(db, given)
        return run

    return make


def _filter_answers(form: ResultsForm) -> None:
    form.model.filter_by_answer(("answer", "submit"))
    form.model.wait()


def _close(form: ResultsForm) -> None:
    form.actions_model.choose("close")
    form.actions_model.set_count(str(form.actions_model.people))
    form.actions_model.act()


def _export(form: ResultsForm) -> None:
    form.model.filter_by("failed")
    form.model.wait()
    form.export_model.export()


STATES: Makers = (
    ("empty", _form(make_run=_not_sent)),
    ("running", _form(_running)),
    ("finished", _form()),
    ("auto-refreshing", _form(_auto_refreshing)),
    ("filtered", _form(lambda form: form.model.filter_by("failed"))),
    ("found", _form(lambda form: form.model.search("员工12"))),
    ("none-found", _form(lambda form: form.model.search("<nobody>"))),
    ("details", _form(_details(Status.READ))),
    ("details-of-a-failure", _form(_details(Status.FILTERED))),
    ("retry", _form(_choose("retry"))),
    ("remind", _form(_choose("remind"))),
    ("reminder-ready", _form(_remind, _sent)),
    ("recall", _form(_choose("recall"))),
    ("recall-count-wrong", _form(_miscount)),
    ("recall-from-person", _form(_recall_from_person)),
    ("recall-from-shown", _form(_recall_from_shown)),
    ("resolve", _form(_choose("resolve"), _unknown)),
    ("exported", _form(_export)),
    ("answers-none", _form(make_run=_poll_of("poll-new", 0))),
    ("answers", _form(make_run=_poll_of("poll", 260))),
    ("answers-filtered", _form(_filter_answers, _poll_of("poll", 260))),
    ("answers-remind", _form(_choose("remind"), _poll_of("poll", 260))),
    ("answers-close", _form(_choose("close"), _poll_of("poll", 260))),
    ("answers-closed", _form(_close, _poll_of("poll-over", 390))),
    ("live-recall", _form(_choose("recall"), _live)),
    ("many", _form(make_run=lambda scene: finished_campaign(scene.ding, many(MANY), "everybody"))),
)
