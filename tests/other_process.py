"""Other processes that send a campaign: one on another computer, and one that died."""

from collections.abc import Iterator
from contextlib import contextmanager

from dingnb.campaigns.campaign import Campaign
from dingnb.client import DingTalk
from dingnb.ledger.campaigns import campaigns
from dingnb.ledger.sending import leases
from dingnb.ledger.sending.processes import Process

OTHER_PROCESS = Process(7, "another", "another start")


@contextmanager
def held_by_other_process(ding: DingTalk, name: str) -> Iterator[None]:
    """Hold the lease of a campaign, and leave its state ``running``."""
    shared_clock_ns = ding._ledger.shared_clock_ns(ding._clock)
    with ding._ledger.transaction() as db:
        row = campaigns.find(db, ding._realm, name)
        assert row is not None
        lease = leases.claim(db, row.id, OTHER_PROCESS, shared_clock_ns)
        assert lease is not None
        campaigns.set_state(db, row.id, "running", 0)
        campaigns.set_progress(db, row.id, "")
    yield
    with ding._ledger.transaction() as db:
        leases.release(db, lease)


def leave_as_if_killed(run: Campaign) -> None:
    """Leave the ledger as if the process had died during its last call, whose text still counts for its people."""
    with run._context.ledger.transaction() as db:
        last = db.execute(
            "SELECT max(id) FROM batches WHERE campaign = ? AND status <> 'queued'"
            " AND id NOT IN (SELECT batch FROM moves)",
            (run._number,),
        ).fetchone()[0]
        db.execute("UPDATE batches SET status = 'sending', receipt = NULL WHERE id = ?", (last,))
        db.execute("UPDATE attempts SET ended_ns = NULL, outcome = NULL WHERE batch = ?", (last,))
        db.execute("UPDATE campaigns SET state = 'running' WHERE id = ?", (run._number,))
