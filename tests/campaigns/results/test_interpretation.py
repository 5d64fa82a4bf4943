from collections.abc import Callable

import pandas as pd

import dingnb
from dingnb.campaigns.results.interpretation import outcomes_of_result
from dingnb.campaigns.status import FINAL
from dingnb.channels import PersonResult, channel_named
from dingnb.client import DingTalk
from dingnb.ledger.campaigns import batches, outcomes
from dingnb.ledger.explanation import Explanation
from dingnb.sandbox import RunningSandbox
from dingnb.words import Text


def test_a_result_with_its_own_reason_is_reported_with_it_and_an_unknown_one_replaces_none_that_is_known(
    sandbox: RunningSandbox, ding: DingTalk, staff: Callable[..., pd.DataFrame]
) -> None:
    first, second = staff(sandbox, 2)["userid"]
    run = ding.plan(staff(sandbox, 2), dingnb.text("hi")).send("note")
    context, channel = ding._send_context(), channel_named(run.results()["channel"][0])
    why = Explanation(Text("result.card_unnamed"), Text("result.card_unnamed_todo"))
    with context.ledger.connection() as db:
        [task] = batches.open_tasks(db, 1, FINAL, 0)
        for results in (
            {first: PersonResult("delivered")},
            {first: PersonResult("unknown", why=why), second: PersonResult("unknown", why=why)},
        ):
            with context.ledger.transaction(db):
                outcomes.write(db, outcomes_of_result(db, context, channel, task, results, context.now_ns()))
    results = run.results()
    assert results["status"].tolist() == ["delivered", "unknown"]
    assert results["reason"].fillna("").tolist() == ["", str(why.reason)]
    assert results["hint"].fillna("").tolist() == ["", str(why.hint)]
