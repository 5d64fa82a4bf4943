"""Cards of campaigns in a ledger, as a channel records them, and presses on them."""

import json
from collections.abc import Mapping
from typing import Any, NamedTuple

from dingnb.campaigns.campaign import Campaign
from dingnb.events.presses import Press, parse_press
from dingnb.ledger import LedgerSession, answers, cards
from dingnb.ledger.cards import NewCard, Poll

YES_NO = Poll({"yes": "来", "no": "不来"}, answer_variable="tips")


def record_cards(run: Campaign, poll: Poll = YES_NO, poll_campaign: int | None = None) -> dict[str, str]:
    """Record a card for each batch of a campaign, and return the card of each person."""
    context, number = run._context, run._number
    with context.ledger.transaction() as db:
        cards.record_poll(db, number, poll, poll_campaign)
        found = db.execute("SELECT id, userids FROM batches WHERE campaign = ? ORDER BY id", (number,)).fetchall()
        cards.add(db, number, [NewCard(f"dn-{batch}", batch) for batch, _ in found], context.now_ns())
    return {userid: f"dn-{batch}" for batch, joined in found for userid in joined.split(",")}


class StoredAnswer(NamedTuple):
    """An answer as recorded."""

    userid: str
    action: str
    pressed_ns: int
    late: int
    value: str
    batch: int


def stored_answers(db: LedgerSession, root: int) -> list[StoredAnswer]:
    """Return the answers to a poll in the order of the presses."""
    columns = answers.columns_of_poll(db, root, "first", with_values=True, with_batches=True)
    rows = map(StoredAnswer._make, zip(*columns, strict=True))
    return sorted(rows, key=lambda row: row.pressed_ns)


def press_data(card: str, userid: str, action: str = "", form: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return what DingTalk posts for a press."""
    params: dict[str, Any] = {"id": action} if form is None else {"form": form}
    content = {"cardPrivateData": {"actionIds": [action or "submit"], "params": params}}
    return {
        "type": "actionCallback",
        "outTrackId": card,
        "corpId": "dingcorp",
        "userId": userid,
        "userIdType": 1,
        "spaceId": userid,
        "spaceType": "IM_ROBOT",
        "extension": "{}",
        "content": json.dumps(content, ensure_ascii=False),
    }


def press(
    card: str,
    userid: str,
    action: str = "",
    *,
    form: Mapping[str, Any] | None = None,
    press_id: str = "",
    at_ms: int | None = None,
) -> Press:
    """Return a press as it is parsed."""
    return parse_press(press_data(card, userid, action, form), press_id, at_ms)
