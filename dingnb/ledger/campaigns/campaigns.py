"""Campaigns in the ledger: their names, state, commands to the sender, and progress."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from dingnb.ledger.explanation import NO_REASON, Explanation
from dingnb.ledger.names import fold_name
from dingnb.ledger.realm import Realm
from dingnb.ledger.session import LedgerSession
from dingnb.words import NOTHING, Text

_COLUMNS = (
    "id, realm, app, mode, name, channel, state, reason, hint, by_person, message, msgtype, key_columns, plan, "
    "first_batch, store_content, created_ns, updated_ns"
)


class Scope(NamedTuple):
    """
    The campaigns in which people are counted, as a condition on the column `campaign` of a query.

    Attributes:
        condition: The condition, with a placeholder.
        value: The value for the placeholder.
    """

    condition: str
    value: int | str


def campaign_scope(campaign: int) -> Scope:
    """Return the scope of one campaign."""
    return Scope("campaign = ?", campaign)


def realm_scope(realm: Realm) -> Scope:
    """Return the scope of all campaigns of a realm."""
    return Scope("campaign IN (SELECT id FROM campaigns WHERE realm = ?)", realm.id)


@dataclass(frozen=True, slots=True)
class CampaignRow:
    """
    A campaign in the ledger.

    Attributes:
        id: The campaign's number.
        realm: The app and its mode.
        name: The campaign's name, unique in the realm.
        channel: The name of the channel by which the messages are sent.
        state: The last recorded state: ``running``, ``paused``, ``stopped``, ``interrupted`` or ``finished``.
        reason: Why the campaign is paused, stopped or interrupted; empty if no reason is recorded.
        hint: What to do about the reason.
        by_person: Whether a person paused or stopped the campaign; then only `Campaign.resume` continues it.
        message_digest: The hash of the template.
        msgtype: DingTalk's name of the message's type.
        key_columns: The columns that distinguish several rows of one person.
        plan_digest: The hash of the newest plan.
        first_batch: The number of the first batch, if all batches come from one plan; None once plans have differed.
        store_content: Whether bodies are kept after the campaign is finished.
        created_ns: When the campaign was created.
        updated_ns: When the state was last set.
    """

    id: int
    realm: Realm
    name: str
    channel: str
    state: str
    reason: Text
    hint: Text
    by_person: bool
    message_digest: str
    msgtype: str
    key_columns: tuple[str, ...]
    plan_digest: str
    first_batch: int | None
    store_content: bool
    created_ns: int
    updated_ns: int


def find(db: LedgerSession, realm: Realm, name: str) -> CampaignRow | None:
    """Return the campaign of a realm whose name is the same by `fold_name`; None if the realm has no such campaign."""
    sql = f"SELECT {_COLUMNS} FROM campaigns WHERE realm = ? AND name = ?"  # noqa: S608 - our own columns
    row = db.execute(sql, (realm.id, name)).fetchone()
    if row is not None:
        return _read(row)
    folded = fold_name(name)
    named = db.execute("SELECT name FROM campaigns WHERE realm = ? ORDER BY id", (realm.id,))
    alike = next((existing for (existing,) in named if fold_name(existing) == folded), None)
    return None if alike is None else _read(db.execute(sql, (realm.id, alike)).fetchone())


def get(db: LedgerSession, campaign: int) -> CampaignRow | None:
    """Return a campaign by its number; None if the ledger has no such campaign, such as after pruning."""
    sql = f"SELECT {_COLUMNS} FROM campaigns WHERE id = ?"  # noqa: S608 - our own columns
    row = db.execute(sql, (campaign,)).fetchone()
    return None if row is None else _read(row)


def find_all(db: LedgerSession, realm: Realm | None = None) -> list[CampaignRow]:
    """Return the campaigns of a realm, or of all realms, newest first."""
    where, values = ("", ()) if realm is None else ("WHERE realm = ?", (realm.id,))
    sql = f"SELECT {_COLUMNS} FROM campaigns {where} ORDER BY created_ns DESC, id DESC"  # noqa: S608 - likewise
    return [_read(row) for row in db.execute(sql, values)]


def names_with_keys(db: LedgerSession, realm: Realm) -> frozenset[str]:
    """Return the names of the campaigns of a realm in which a key distinguishes several rows of one person."""
    rows = db.execute("SELECT name FROM campaigns WHERE realm = ? AND key_columns <> '[]'", (realm.id,))
    return frozenset(name for (name,) in rows)


def find_unfinished(db: LedgerSession, realm: Realm, since_ns: int) -> list[CampaignRow]:
    """Return the unfinished campaigns of a realm that are running or have changed since a time, newest change first."""
    rows = db.execute(
        f"SELECT {_COLUMNS} FROM campaigns WHERE realm = ? AND state <> 'finished'"  # noqa: S608 - likewise
        # The last change of a running campaign is its start.
        " AND (state = 'running' OR updated_ns >= ?) ORDER BY updated_ns DESC, id DESC",
        (realm.id, since_ns),
    )
    return [_read(row) for row in rows]


class LastChange(NamedTuple):
    """
    Numbers of which at least one changes when a campaign is added, deleted, recalled or closed, or changes its state.

    Attributes:
        campaigns: The number of campaigns.
        newest: The number (id) of the newest campaign; 0 without campaigns.
        updated_ns: The time of the last change of a state, nanoseconds since the epoch; 0 without campaigns.
        action: The number (id) of the last action of a person; 0 without actions.
        people: The number of people concerned by all actions, which grows during a recall.
    """

    campaigns: int
    newest: int
    updated_ns: int
    action: int
    people: int


def last_change(db: LedgerSession, realm: Realm) -> LastChange:
    """Return numbers by which a change of the campaigns of a realm is noticed."""
    cursor = db.execute(
        "SELECT count(*), coalesce(max(id), 0), coalesce(max(updated_ns), 0) FROM campaigns WHERE realm = ?",
        (realm.id,),
    )
    done = db.execute(
        "SELECT coalesce(max(actions.id), 0), coalesce(sum(people), 0) FROM actions"
        " JOIN campaigns ON campaigns.id = campaign WHERE realm = ?",
        (realm.id,),
    )
    return LastChange(*map(int, (*cursor.fetchone(), *done.fetchone())))


def add(  # noqa: PLR0913 - the columns of a new campaign
    db: LedgerSession,
    realm: Realm,
    name: str,
    *,
    channel: str,
    message_digest: str,
    msgtype: str,
    key_columns: Sequence[str],
    store_content: bool,
    now_ns: int,
) -> int:
    """Record a new campaign, which is empty and not being sent yet, and return its number."""
    # In ASCII, because labels of columns may contain lone surrogates.
    keys = json.dumps(list(key_columns))
    (number,) = db.execute(
        "INSERT INTO campaigns (realm, app, mode, name, channel, state, message, msgtype, key_columns, plan,"
        " store_content, created_ns, updated_ns)"
        " VALUES (?, ?, ?, ?, ?, 'interrupted', ?, ?, ?, '', ?, ?, ?) RETURNING id",
        (
            *(realm.id, realm.app, realm.mode, name, channel, message_digest, msgtype, keys),
            *(int(store_content), now_ns, now_ns),
        ),
    ).fetchone()
    return int(number)


def set_plan(db: LedgerSession, campaign: int, plan_digest: str, first_batch: int | None, message_digest: str) -> None:
    """Record the newest plan of a campaign, by the hashes of the plan and of its template."""
    db.execute(
        "UPDATE campaigns SET plan = ?, first_batch = ?, message = ? WHERE id = ?",
        (plan_digest, first_batch, message_digest, campaign),
    )


def set_message(db: LedgerSession, campaign: int, message: str) -> None:
    """Record the message of the newest plan of a campaign; `stored_bodies.delete_texts` deletes it."""
    db.execute(
        "INSERT INTO templates VALUES (?, ?) ON CONFLICT (campaign) DO UPDATE SET message = excluded.message",
        (campaign, message),
    )


def get_message(db: LedgerSession, campaign: int) -> str:
    """Return the message of the newest plan of a campaign; empty if the message is not kept."""
    row = db.execute("SELECT message FROM templates WHERE campaign = ?", (campaign,)).fetchone()
    return "" if row is None else str(row[0])


def allow_beyond_quota(db: LedgerSession, campaign: int) -> None:
    """Record that a campaign may use more calls than are left this month."""
    db.execute("UPDATE campaigns SET beyond_quota = 1 WHERE id = ?", (campaign,))


def may_exceed_quota(db: LedgerSession, campaign: int) -> bool:
    """Return whether a campaign may use more calls than are left this month."""
    row = db.execute("SELECT beyond_quota FROM campaigns WHERE id = ?", (campaign,)).fetchone()
    return row is not None and bool(row[0])


def set_state(
    db: LedgerSession,
    campaign: int,
    state: str,
    now_ns: int,
    *,
    reason: Text = NOTHING,
    hint: Text = NOTHING,
    code: str = "",
    by_person: bool = False,
) -> None:
    """Set the state of a campaign, with the reason and whether a person decided it."""
    db.execute(
        "UPDATE campaigns SET state = ?, reason = ?, hint = ?, code = ?, by_person = ?, updated_ns = ? WHERE id = ?",
        (state, reason, hint, code, int(by_person), now_ns, campaign),
    )


def why_halted(db: LedgerSession, campaign: int) -> Explanation:
    """Return why a campaign is paused, stopped or interrupted; empty if no reason is recorded."""
    row = db.execute("SELECT reason, hint, code FROM campaigns WHERE id = ?", (campaign,)).fetchone()
    if row is None:
        return NO_REASON
    reason, hint, code = row
    return Explanation(Text.from_json(reason), Text.from_json(hint), code)


def set_by_person(db: LedgerSession, campaign: int, *, by_person: bool) -> None:
    """Record whether a person has paused or stopped a campaign, unless it is finished."""
    db.execute("UPDATE campaigns SET by_person = ? WHERE id = ? AND state <> 'finished'", (int(by_person), campaign))


def delete(db: LedgerSession, campaign: int) -> None:
    """Delete a campaign with everything that belongs to it; its calls stay counted."""
    db.execute("DELETE FROM campaigns WHERE id = ?", (campaign,))


def add_command(db: LedgerSession, campaign: int, state: str) -> None:
    """Command the process that sends a campaign, or waits to send it, to end in a state: ``paused`` or ``stopped``."""
    db.execute(
        "INSERT INTO steering (campaign, commands, command) SELECT id, 1, CAST(? AS TEXT) FROM campaigns WHERE id = ?"
        " ON CONFLICT (campaign) DO UPDATE SET commands = steering.commands + 1, command = excluded.command",
        (state, campaign),
    )


def count_commands(db: LedgerSession, campaign: int) -> int:
    """Return the number of commands so far."""
    row = db.execute("SELECT commands FROM steering WHERE campaign = ?", (campaign,)).fetchone()
    return 0 if row is None else int(row[0])


def command_since(db: LedgerSession, campaign: int, commands: int) -> str:
    """Return the last command if there were more than `commands`; otherwise an empty text."""
    row = db.execute(
        "SELECT command FROM steering WHERE campaign = ? AND commands > ?", (campaign, commands)
    ).fetchone()
    return "" if row is None else str(row[0])


def last_command(db: LedgerSession, campaign: int) -> str:
    """Return the last command to a campaign's sender, however old; empty without commands."""
    return command_since(db, campaign, 0)


def set_progress(db: LedgerSession, campaign: int, progress: str) -> None:
    """Record the progress of sending, as a text; an empty text if nothing is known yet."""
    db.execute(
        "INSERT INTO steering (campaign, progress) SELECT id, CAST(? AS TEXT) FROM campaigns WHERE id = ?"
        " ON CONFLICT (campaign) DO UPDATE SET progress = excluded.progress",
        (progress, campaign),
    )


def get_progress(db: LedgerSession, campaign: int) -> str:
    """Return the last recorded progress, valid only while the campaign is being sent; empty if none was recorded."""
    row = db.execute("SELECT progress FROM steering WHERE campaign = ?", (campaign,)).fetchone()
    return "" if row is None else str(row[0])


def others_being_sent(db: LedgerSession, realm: Realm, campaign: int, shared_clock_ns: int) -> tuple[str, ...]:
    """Return the names of the other campaigns of a realm that are being sent at a time of the ledger's shared clock."""
    rows = db.execute(
        "SELECT name FROM campaigns JOIN leases ON leases.campaign = id"
        " WHERE realm = ? AND id <> ? AND process <> 0 AND expires_ns > ? ORDER BY id",
        (realm.id, campaign, shared_clock_ns),
    )
    return tuple(name for (name,) in rows)


def _read(row: Sequence[Any]) -> CampaignRow:
    (number, realm, app, mode, name, channel, state, reason, hint, by_person, *rest) = row
    message_digest, msgtype, keys, plan_digest, first_batch, store_content, created_ns, updated_ns = rest
    return CampaignRow(
        id=number,
        realm=Realm(realm, app, mode),
        name=name,
        channel=channel,
        state=state,
        reason=Text.from_json(reason),
        hint=Text.from_json(hint),
        by_person=bool(by_person),
        message_digest=message_digest,
        msgtype=msgtype,
        key_columns=tuple(json.loads(keys)),
        plan_digest=plan_digest,
        first_batch=first_batch,
        store_content=bool(store_content),
        created_ns=created_ns,
        updated_ns=updated_ns,
    )
