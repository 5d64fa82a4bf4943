import _thread
import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import requests
from requests.adapters import BaseAdapter

import dingnb
from dingnb.api import contacts
from dingnb.client import DingTalk, known_userids_of
from dingnb.clock import NS_PER_S, VirtualClock
from dingnb.errors import UnreachableError
from dingnb.ledger import SqliteLedger
from dingnb.ledger.contacts import directory
from dingnb.ledger.contacts.directory import Owner
from dingnb.limits import STANDARD
from dingnb.sandbox import RunningSandbox
from tests.table_rows import for_each

HI = dingnb.text("hi")


def mobiles(sandbox: RunningSandbox, n: int) -> pd.DataFrame:
    people = [user for user in sandbox.state.users() if user["active"]][:n]
    return pd.DataFrame(
        {"mobile": [person["mobile"] for person in people], "right": [person["userid"] for person in people]}
    )


def lookups(sandbox: RunningSandbox) -> int:
    return sum(call["path"].endswith("getbymobile") for call in sandbox.state.recorded_calls())


def test_each_number_is_looked_up_once_and_cached(sandbox: RunningSandbox, ding: DingTalk) -> None:
    frame = mobiles(sandbox, 50)
    frame = pd.concat([frame, frame.assign(mobile="+86 " + frame["mobile"])], ignore_index=True)
    plan = ding.plan(frame, HI, to="mobile")
    assert plan.to_frame()["userid"].tolist() == frame["right"].tolist()
    assert plan.people == 50
    assert lookups(sandbox) == 50
    ding.plan(frame, HI, to="mobile")
    assert lookups(sandbox) == 50
    assert sandbox.state.stats()["throttled"] == 0


def test_a_number_without_an_owner_is_rejected(sandbox: RunningSandbox, ding: DingTalk) -> None:
    left = next(user["mobile"] for user in sandbox.state.users() if not user["active"])
    frame = pd.concat([mobiles(sandbox, 2), pd.DataFrame({"mobile": ["13800000001", left, "12", None]})])
    problems = ding.plan(frame, HI, to="mobile").problems()
    assert problems["value"].tolist() == ["13800000001", left, "12", ""]
    assert problems["column"].tolist() == ["mobile"] * 4
    assert problems["reason"].iloc[0] == "No DingTalk user has the number '13800000001'."
    assert problems["hint"].ne("").all()


def test_a_refused_number_is_not_reported_as_unknown(ding: DingTalk) -> None:
    problem = ding.plan(pd.DataFrame({"mobile": ["+85251234567"]}), HI, to="mobile").problems().iloc[0]
    assert problem["reason"] == "DingTalk did not return the owner of '+85251234567': The phone number is not valid."
    assert problem["hint"] == "Correct the number in the input, or leave this person out."


@for_each("userid", ["a,b", "@all", "a b"])
def test_an_answer_that_is_not_one_userid_rejects_its_row(
    sandbox: RunningSandbox, connect_to: Callable[..., DingTalk], monkeypatch: pytest.MonkeyPatch, userid: str
) -> None:
    frame = mobiles(sandbox, 2)
    ask = contacts.find_userid_by_mobile
    first = frame["mobile"].iloc[0]
    monkeypatch.setattr(
        contacts, "find_userid_by_mobile", lambda caller, mobile: userid if mobile == first else ask(caller, mobile)
    )
    plan = connect_to(sandbox).plan(frame, HI, to="mobile")
    assert plan.people == 1
    [problem] = plan.problems().to_dict("records")
    assert problem["value"] == first
    returned = f"For the number '{first}', DingTalk returned a userid that cannot be used: '{userid}' "
    assert problem["reason"].startswith(returned)
    assert problem["hint"].startswith("Leave the number as it is.")


def test_throttled_look_ups_are_repeated(
    open_sandbox: Callable[..., RunningSandbox], connect_to: Callable[..., DingTalk]
) -> None:
    sandbox = open_sandbox(limits=dataclasses.replace(STANDARD, calls_per_second=3))
    frame = mobiles(sandbox, 30)
    assert connect_to(sandbox).plan(frame, HI, to="mobile").to_frame()["userid"].tolist() == frame["right"].tolist()
    assert sandbox.state.stats()["throttled"] > 0


def test_an_unreachable_server_raises_and_found_owners_are_kept(sandbox: RunningSandbox, ding: DingTalk) -> None:
    frame = mobiles(sandbox, 40)
    ding.plan(frame[:20], HI, to="mobile")
    sandbox.stop()
    with pytest.raises(UnreachableError):
        ding.plan(frame, HI, to="mobile")
    assert ding.plan(frame[:20], HI, to="mobile").people == 20


def test_a_template_that_cannot_be_filled_costs_no_look_up(sandbox: RunningSandbox, ding: DingTalk) -> None:
    with pytest.raises(dingnb.InputError):
        ding.plan(mobiles(sandbox, 5), dingnb.text("{{ nothing }}"), to="mobile")
    assert lookups(sandbox) == 0


def test_a_number_without_an_owner_is_looked_up_again(sandbox: RunningSandbox, ding: DingTalk) -> None:
    frame = pd.DataFrame({"mobile": [sandbox.state.users(1)[0]["mobile"], "13800000001"]})
    for _ in range(2):
        ding.plan(frame, dingnb.text("hi"), to="mobile")
    asked = [call for call in sandbox.state.calls if call.path.endswith("getbymobile")]
    assert len(asked) == 3


HOUR_NS = 3_600 * NS_PER_S


def test_a_new_kernel_uses_the_cache_for_a_day_and_shows_its_age(
    sandbox: RunningSandbox, connect_to: Callable[..., DingTalk], clock: VirtualClock
) -> None:
    frame = mobiles(sandbox, 12)
    connect_to(sandbox).plan(frame[:8], HI, to="mobile")
    clock.advance(5 * HOUR_NS)
    plan = connect_to(sandbox).plan(frame, HI, to="mobile")
    assert plan.to_frame()["userid"].tolist() == frame["right"].tolist()
    assert lookups(sandbox) == 12
    assert "4 looked up now, 8 cached from 5.0 h ago; refresh=True looks them up again" in repr(plan)
    again = connect_to(sandbox).plan(frame[8:], HI, to="mobile")
    assert "4 cached from less than a minute ago" in repr(again)
    clock.advance(19 * HOUR_NS + NS_PER_S)
    late = connect_to(sandbox).plan(frame, HI, to="mobile")
    assert lookups(sandbox) == 20
    assert "8 looked up now, 4 cached from 19.0 h ago" in repr(late)
    fresh = connect_to(sandbox).plan(frame, HI, to="mobile", refresh=True)
    assert lookups(sandbox) == 32
    assert "cached from" not in repr(fresh)


def test_the_same_connection_looks_up_again_after_a_day(
    sandbox: RunningSandbox, ding: DingTalk, clock: VirtualClock
) -> None:
    frame = mobiles(sandbox, 3)
    for hours, calls in ((0, 3), (23, 3), (2, 6)):
        clock.advance(hours * HOUR_NS)
        ding.plan(frame, HI, to="mobile")
        assert lookups(sandbox) == calls


def test_expired_look_ups_are_deleted_and_numbers_without_owners_are_not_cached(
    sandbox: RunningSandbox, connect_to: Callable[..., DingTalk], clock: VirtualClock, tmp_path: Path
) -> None:
    ledger = SqliteLedger(tmp_path)
    frame = pd.concat([mobiles(sandbox, 3), pd.DataFrame({"mobile": ["13800000001"]})])
    ding = connect_to(sandbox, ledger=ledger)
    ding.plan(frame, HI, to="mobile")

    def kept() -> set[str]:
        with ledger.connection() as db:
            return {number for (number,) in db.execute("SELECT number FROM lookups")}

    assert kept() == set(frame["mobile"][:3])
    clock.advance(25 * HOUR_NS)
    ding.plan(frame[2:], HI, to="mobile")
    assert kept() == {frame["mobile"].iloc[2]}


def test_cached_owners_are_found_while_another_process_writes(
    sandbox: RunningSandbox, connect_to: Callable[..., DingTalk], clock: VirtualClock, tmp_path: Path
) -> None:
    ledger = SqliteLedger(tmp_path)
    frame = mobiles(sandbox, 2)
    connect_to(sandbox, ledger=ledger).plan(frame[:1], HI, to="mobile")
    clock.advance(23 * HOUR_NS)
    connect_to(sandbox, ledger=ledger).plan(frame[1:], HI, to="mobile")
    clock.advance(2 * HOUR_NS)
    other = connect_to(sandbox, ledger=ledger.with_timeout(0.01))
    with ledger.transaction():
        # The first look-up has expired, and cannot be deleted now.
        assert known_userids_of(other, frame, ["mobile"], {}) == {frame["right"][1]}


def test_refresh_finds_a_changed_or_missing_owner(sandbox: RunningSandbox, connect_to: Callable[..., DingTalk]) -> None:
    frame = mobiles(sandbox, 2)
    ding = connect_to(sandbox)
    now_ns = ding._server_time.now_ns()
    owners = {frame["mobile"][0]: Owner("left01", now_ns), "13800000001": Owner("left02", now_ns)}
    directory.store_owners(ding._ledger, ding._realm, owners, (), now_ns)
    frame.loc[1, "mobile"] = "13800000001"
    assert ding.plan(frame, HI, to="mobile").to_frame()["userid"].tolist() == ["left01", "left02"]
    fresh = ding.plan(frame, HI, to="mobile", refresh=True)
    assert fresh.to_frame()["userid"].tolist()[0] == frame["right"][0]
    assert fresh.rejected == 1
    assert connect_to(sandbox).plan(frame, HI, to="mobile").rejected == 1


def test_look_ups_in_the_future_are_ignored(sandbox: RunningSandbox, connect_to: Callable[..., DingTalk]) -> None:
    frame = mobiles(sandbox, 1)
    ding = connect_to(sandbox)
    now_ns = ding._server_time.now_ns()
    owners = {frame["mobile"][0]: Owner("left01", now_ns + HOUR_NS)}
    directory.store_owners(ding._ledger, ding._realm, owners, (), now_ns)
    assert ding.plan(frame, HI, to="mobile").to_frame()["userid"].tolist() == frame["right"].tolist()


class Interrupts(BaseAdapter):
    """A route that interrupts the cell during the twentieth look-up."""

    def __init__(self, ding: DingTalk) -> None:
        super().__init__()
        self._calls = 0
        ding._transport.reroute(self._around)

    def _around(self, inner: BaseAdapter) -> BaseAdapter:
        self._inner = inner
        return self

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        self._calls += "getbymobile" in (request.url or "")
        if self._calls == 20:
            _thread.interrupt_main()
        return self._inner.send(request, *args, **kwargs)

    def close(self) -> None:
        self._inner.close()


@pytest.mark.usefixtures("_interruptible")
def test_an_interrupt_of_look_ups_is_raised_and_keeps_found_owners(
    sandbox: RunningSandbox, connect_to: Callable[..., DingTalk]
) -> None:
    frame = mobiles(sandbox, 200)
    ding = connect_to(sandbox, latency_s=0.2)
    Interrupts(ding)
    with pytest.raises(KeyboardInterrupt) as raised:
        ding.plan(frame, HI, to="mobile")
    found = lookups(sandbox)
    assert f"Looked up: {found} of 200 phone numbers; these are kept. Run the cell again" in str(raised.value)
    assert 20 <= found < 200
    assert connect_to(sandbox).plan(frame, HI, to="mobile").people == 200
    assert lookups(sandbox) == 200


def test_found_owners_are_stored_while_the_rest_is_looked_up(
    sandbox: RunningSandbox, connect_to: Callable[..., DingTalk]
) -> None:
    frame = mobiles(sandbox, 200)
    ding = connect_to(sandbox, latency_s=0.2)
    seen: list[int] = []

    def count(inner: BaseAdapter) -> BaseAdapter:
        send = inner.send

        def counted(request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
            with ding._ledger.connection() as db:
                seen.append(db.execute("SELECT count(*) FROM lookups").fetchone()[0])
            return send(request, *args, **kwargs)

        inner.send = counted  # type: ignore[method-assign]
        return inner

    ding._transport.reroute(count)
    ding.plan(frame, HI, to="mobile")
    assert seen[0] == 0
    assert max(seen) > 100


def test_numbers_are_looked_up_without_a_ledger(
    sandbox: RunningSandbox, connect_to: Callable[..., DingTalk], tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    ding = connect_to(sandbox, ledger=SqliteLedger(tmp_path / "file"))
    frame = mobiles(sandbox, 3)
    for _ in range(2):
        assert ding.plan(frame, HI, to="mobile").people == 3
    assert lookups(sandbox) == 3
