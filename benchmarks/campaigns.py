"""Campaigns that are recorded without sending, for benchmarks of what precedes and follows a send."""

from dingnb.campaigns.plan import Plan
from dingnb.campaigns.sending import recording
from dingnb.errors import code_meaning, code_todo
from dingnb.words import Text

_COMPLETION = """
UPDATE batches SET status = 'accepted', attempts = 1, receipt = CAST(7000000 + id AS TEXT),
    sent_ns = {now_ns} + id * 50000000, updated_ns = {now_ns} + id * 50000000 + 30000000;
INSERT INTO outcomes (batch, place, status, code, evidence, reason, hint, updated_ns, was_read)
SELECT batch, place, status, CASE status WHEN 'filtered' THEN '143105' ELSE '' END, 'result',
    CASE status WHEN 'filtered' THEN '{filtered}' WHEN 'invalid' THEN '{invalid}' ELSE '' END,
    CASE status WHEN 'filtered' THEN '{filtered_todo}' WHEN 'invalid' THEN '{invalid_todo}' ELSE '' END,
    sent_ns + 2000000000, CASE status WHEN 'read' THEN 1 WHEN 'delivered' THEN 0 END
FROM (
    SELECT batches.id AS batch, one.key AS place, sent_ns, CASE abs(batches.id * 7 + one.key * 13) % 50
        WHEN 0 THEN 'invalid' WHEN 1 THEN 'filtered' WHEN 2 THEN 'delivered' WHEN 3 THEN 'delivered' ELSE 'read' END
        AS status
    FROM batches JOIN json_each('["' || replace(userids, ',', '","') || '"]') AS one
) AS known;
"""
"""Completes a recorded campaign as a send and a `wait` would: all calls accepted, all outcomes known."""

_TEXTS = {
    "filtered": code_meaning("143105"),
    "filtered_todo": code_todo("143105"),
    "invalid": Text("result.invalid"),
    "invalid_todo": Text("result.invalid_todo"),
}
"""The reasons and the hints of the outcomes."""


def digest_of(plan: Plan) -> str:
    """Return the digest of a plan, which a plan computes once."""
    return plan._digest  # noqa: SLF001 - part of a send


def record_plan(plan: Plan, name: str) -> None:
    """Record a plan under a campaign's name, as the first step of a send does."""
    recording.record_plan(
        plan._context,  # noqa: SLF001 - one step of a send
        plan._batches,  # noqa: SLF001 - likewise
        name,
        plan_digest=digest_of(plan),
        key_columns=(),
        choices=recording.SendChoices(),
        check_people=lambda _: None,
    )


def completion_script(now_ns: int) -> str:
    """Return the SQL, for SQLite, that completes all recorded campaigns; their first call is made at `now_ns`."""
    return _COMPLETION.format(now_ns=now_ns, **{name: text.to_json() for name, text in _TEXTS.items()})
