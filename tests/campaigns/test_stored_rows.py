"""A campaign found by name has the columns used by its texts, and the names of its people."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest

import dingnb
from dingnb.campaigns.campaign import view_of
from dingnb.cli.main import main
from dingnb.client import DingTalk
from dingnb.clock import NS_PER_S, VirtualClock
from dingnb.errors import InputError, LedgerError, TemplateError
from dingnb.ledger import SqliteLedger
from dingnb.sandbox import RunningSandbox

Open = Callable[..., RunningSandbox]
Connect = Callable[..., DingTalk]
Staff = Callable[..., pd.DataFrame]

NOTE = dingnb.text("Hi {{ name }}, number {{ n }}")


def named(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(name=[f"王{n}" for n in range(len(frame))], salary=range(len(frame)))


def texts(plan: Any) -> list[str]:
    bodies = plan.to_frame()["body"]
    return [json.loads(body)["text"]["content"] for body in bodies.dropna()]


def result_calls(sandbox: RunningSandbox) -> int:
    return sum(call["path"].endswith("getsendresult") for call in sandbox.state.recorded_calls())


@pytest.mark.parametrize("message", [NOTE, dingnb.text("one text")], ids=["personal", "equal"])
def test_a_reminder_in_a_new_kernel_can_name_people(
    message: dingnb.Message, sandbox: RunningSandbox, connect_to: Connect, staff: Staff
) -> None:
    frame = named(staff(sandbox, 30))
    connect_to(sandbox).plan(frame, message).send("note").wait()
    found = connect_to(sandbox).campaign("note")
    results = found.results(keep="name").set_index("userid")["name"]
    assert results.to_dict() == frame.set_index("userid")["name"].to_dict()
    assert results.dtype == "str"
    assert view_of(found).results.row_map.column("name") == "name"
    reminder = found.remind(dingnb.text("{{ name }}, please read it"))
    right = frame.set_index("userid")["name"]
    unread = found.unread()["userid"]
    assert reminder.people == len(unread) > 0
    assert texts(reminder) == [f"{right[userid]}, please read it" for userid in unread]
    form = found.form()
    form.wait()
    assert [label for label, _ in form.people.people.options[:2]] == [
        f"{name} · {userid}" for userid, name in results[:2].items()
    ]
    form.close()


@pytest.mark.parametrize("added", [0, 1], ids=["same people", "one more person"])
@pytest.mark.parametrize("retried", [False, True], ids=["sent", "retried"])
def test_a_corrected_name_is_the_one_that_a_reminder_uses(
    added: int, open_sandbox: Open, connect_to: Connect, staff: Staff, *, retried: bool
) -> None:
    sandbox = open_sandbox(failed_share=float(retried))
    ding, frame = connect_to(sandbox), named(staff(sandbox, 4))
    note = dingnb.text("one text")
    run = ding.plan(frame[:3].assign(name=["Anna WRONG", *frame["name"][1:3]]), note).send("note").wait(check=False)
    if retried:
        run.retry().wait(check=False)
    ding.plan(frame[: 3 + added], note).send("note").wait(check=False)
    results = connect_to(sandbox).campaign("note").results(keep="name").set_index("userid")["name"]
    assert results.to_dict() == frame[: 3 + added].set_index("userid")["name"].to_dict()


def test_people_who_keep_another_text_keep_its_values(sandbox: RunningSandbox, ding: DingTalk, staff: Staff) -> None:
    frame = named(staff(sandbox, 2)).assign(n=[1, 2])
    ding.plan(frame, NOTE).send("note").wait()
    ding.plan(frame.assign(n=[1, 3]), NOTE).send("note", changed="skip").wait()
    assert ding.campaign("note").results(keep="n")["n"].tolist() == [1, 2]


@pytest.mark.parametrize("added", [0, 1], ids=["same people", "one more person"])
def test_unchanged_columns_are_not_written_again(
    added: int, sandbox: RunningSandbox, ding: DingTalk, staff: Staff
) -> None:
    frame, note = named(staff(sandbox, 4)).assign(n=[1.5, 2, 3, 4]), dingnb.text("Hi, number {{ n }}")
    run = ding.plan(frame[:3], note).send("note").wait()
    with run._context.ledger.transaction() as db:
        db.execute(
            "CREATE TRIGGER unchanged BEFORE DELETE ON recipient_fields BEGIN SELECT raise(ABORT, 'rewritten'); END"
        )
    ding.plan(frame[: 3 + added], note).send("note").wait()
    with pytest.raises(LedgerError, match="rewritten"):
        ding.plan(frame[: 3 + added].assign(name="李四"), note).send("note")


DURATION = pd.Timedelta("-1 days 02:03:04.123456789")
VALUES: list[Any] = [
    "text",
    "",
    "007",
    7,
    2**80,
    1.5,
    float("inf"),
    float("nan"),
    None,
    True,
    Decimal("1.10"),
    date(2026, 11, 2),
    datetime(2026, 11, 2, 9, 30),  # noqa: DTZ001 - as a notebook has it
    datetime(2026, 11, 2, 9, 30, tzinfo=UTC),
    pd.Timestamp("2026-11-02 09:30:00.123456789"),
    timedelta(hours=26, microseconds=5),
    DURATION,
    np.int64(9),
    np.float32(0.5),
    "half \ud800 a character",
    np.str_("numpy's"),
]


def test_every_value_is_read_back_as_the_template_showed_it(
    sandbox: RunningSandbox, connect_to: Connect, staff: Staff
) -> None:
    frame = staff(sandbox, len(VALUES))
    frame["value"] = pd.Series(VALUES, dtype=object)
    frame["moment"] = pd.date_range("2026-11-01", periods=len(VALUES), freq="D")
    frame["duration"] = pd.to_timedelta(range(len(VALUES)), unit="h")
    message = dingnb.text("{{ value | default('nothing') }} {{ moment }} {{ duration }} {{ n }}")
    plan = connect_to(sandbox).plan(frame, message)
    plan.send("note").wait()
    found = connect_to(sandbox).campaign("note")
    kept = found.results(keep=["value", "moment", "duration", "n"]).set_index("userid")
    assert kept["n"].tolist() == plan.to_frame().merge(frame).set_index("userid").loc[kept.index, "n"].tolist()
    again = found.remind(message, refresh=False)
    before = plan.to_frame().set_index("userid")["body"]
    assert again.people > len(VALUES) // 2
    assert dict(again.to_frame()[["userid", "body"]].to_numpy()).items() <= before.to_dict().items()
    is_rejected = kept["status"] == "rejected"
    # Values that no message can show.
    assert kept["value"][is_rejected].tolist() == [float("inf"), "half \ud800 a character"]
    kinds = {type(value) for value in kept["value"][~is_rejected]}
    others = {date, datetime, pd.Timestamp, timedelta, pd.Timedelta}
    assert {str, int, float, bool, type(None), Decimal, *others} == kinds | {datetime}
    assert kept["value"][kept["value"].map(type) == pd.Timedelta].tolist() == [DURATION]


def test_names_that_are_not_valid_unicode_are_stored_as_they_are(
    sandbox: RunningSandbox, connect_to: Connect, staff: Staff
) -> None:
    frame = named(staff(sandbox, 3))
    frame["name"] = pd.Series(["half \ud800 a character", '"quoted"\n', "王芳"], dtype=object)
    connect_to(sandbox).plan(frame, dingnb.text("one text")).send("note").wait()
    kept = connect_to(sandbox).campaign("note").results(keep="name").set_index("userid")["name"]
    assert kept.to_dict() == frame.set_index("userid")["name"].to_dict()


def test_a_corrected_value_is_stored_with_its_type(sandbox: RunningSandbox, connect_to: Connect, staff: Staff) -> None:
    frame, note = staff(sandbox, 3), dingnb.text("{{ 'even' if n else 'odd' }}")
    for values in ([True, True], [1, 1, 1]):
        people = frame.head(len(values)).assign(n=pd.Series(values, dtype=object))
        connect_to(sandbox).plan(people, note).send("note").wait()
    read = connect_to(sandbox).campaign("note").results(keep="n")["n"].tolist()
    assert list(map(type, read)) == [int, int, int]


def test_a_column_named_like_that_of_the_row_labels_is_a_column(
    sandbox: RunningSandbox, connect_to: Connect, staff: Staff
) -> None:
    frame = staff(sandbox, 3).rename(columns={"n": "row#"})
    connect_to(sandbox).plan(frame, dingnb.text("one text"), key="row#").send("note").wait()
    row_map = view_of(connect_to(sandbox).campaign("note")).results.row_map
    assert row_map.frame["row#"].tolist() == [0, 1, 2]
    assert not row_map.merges_rows


def test_a_column_with_the_name_of_that_of_the_row_labels_is_not_read_as_labels(
    sandbox: RunningSandbox, connect_to: Connect, staff: Staff
) -> None:
    name = "row#0123abcd+n"
    frame = staff(sandbox, 3).rename(columns={"n": name}).set_axis(["a", "b", "c"]).rename_axis("job")
    connect_to(sandbox).plan(frame, dingnb.text("one text"), key=name).send("note").wait()
    found = connect_to(sandbox).campaign("note")
    pd.testing.assert_index_equal(found.results().index, frame.index)
    assert found.results(keep=name)[name].tolist() == ["0", "1", "2"]
    assert not view_of(found).results.row_map.merges_rows


@pytest.mark.parametrize("used", [False, True])
def test_integers_with_too_many_digits_prevent_no_send(
    sandbox: RunningSandbox, connect_to: Connect, staff: Staff, *, used: bool
) -> None:
    frame = staff(sandbox, 3)
    frame["name"] = pd.Series([10**5_000, 2, 3], dtype=object)
    message = dingnb.text("{{ name }} {{ n }}" if used else "{{ n }}")
    connect_to(sandbox).plan(frame, message).send("note").wait(check=False)
    results = connect_to(sandbox).campaign("note").results(keep="n")
    assert results["status"].ne("rejected").sum() == 3 - used
    assert results["n"].tolist() == [0, 1, 2]


@pytest.mark.parametrize("label", [pd.NA, pd.NaT, None, np.nan], ids=["NA", "NaT", "None", "nan"])
def test_a_missing_column_label_prevents_no_send(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff, label: object
) -> None:
    people = staff(sandbox, 2)[["userid"]].assign(name=["a", "b"], shoe=[41, 42])
    people = people[["shoe", "userid", "name"]].set_axis(pd.Index([label, "userid", "name"], dtype=object), axis=1)
    run = ding.plan(people, dingnb.text("Hi {{ name }}")).send("hi").wait()
    assert run.results(keep="name")["name"].tolist() == ["a", "b"]
    assert "delivered" in repr(run)
    assert ding.campaign("hi").results(keep="name")["name"].tolist() == ["a", "b"]


@pytest.mark.parametrize("rejected", [0, 1])
def test_a_row_label_with_too_many_digits_is_kept_as_it_is_shown(
    rejected: int, sandbox: RunningSandbox, connect_to: Connect, staff: Staff
) -> None:
    frame = staff(sandbox, 3).astype({"userid": object})
    frame.index = pd.Index([10**5_000, 1, 2], dtype=object)
    frame.iloc[:rejected, 0] = None
    connect_to(sandbox).plan(frame, dingnb.text("one text")).send("note").wait()
    labels = connect_to(sandbox).campaign("note").results().index
    assert set(labels) == {hex(10**5_000), 1, 2}


def test_columns_of_other_values_are_not_kept_and_the_error_says_so(
    sandbox: RunningSandbox, connect_to: Connect, staff: Staff
) -> None:
    frame = named(staff(sandbox, 5))
    frame["pay"] = [[1, 2]] * 5
    frame["ok"] = "x"
    connect_to(sandbox).plan(frame, dingnb.text("{{ pay | length }} {{ ok }}")).send("note").wait()
    found = connect_to(sandbox).campaign("note")
    calls = sandbox.state.stats()["calls_counted"]
    for column in ("pay", "salary"):
        with pytest.raises(TemplateError, match=f"'{column}', which does not exist") as raised:
            found.remind(dingnb.text(f"Hi {{{{ {column} }}}}"))
        assert "Existing columns: userid, name, ok." in raised.value.hint
        assert "if they hold text, numbers, dates, times, durations or booleans" in raised.value.hint
    with pytest.raises(InputError, match="exclude= cannot be int"):
        found.remind(dingnb.text("Hi {{ name }}"), exclude=5)
    assert sandbox.state.stats()["calls_counted"] == calls


def test_without_a_column_a_list_of_numbers_is_reminded_as_the_error_says(
    sandbox: RunningSandbox, connect_to: Connect
) -> None:
    people = [person for person in sandbox.state.users() if person["active"]][:4]
    frame = named(pd.DataFrame({"mobile": [person["mobile"] for person in people]}))
    connect_to(sandbox).plan(frame, dingnb.text("Hi {{ name }}"), to="mobile").send("note").wait()
    ding = connect_to(sandbox)
    run, message = ding.campaign("note"), dingnb.text("Hi {{ name }}: {{ salary }}")
    with pytest.raises(TemplateError) as raised:
        run.remind(message)
    assert "add the column to the rows of run.unread(), by their index or userid" in raised.value.hint
    assert "ding.plan(rows, message, exclude=...)" in raised.value.hint
    rows = run.unread().join(frame[["name", "salary"]])
    assert texts(ding.plan(rows, message)) == [f"Hi 王{n}: {n}" for n in rows.index]
    assert len(rows) > 0


def test_in_the_sending_kernel_the_message_is_checked_before_any_call(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff
) -> None:
    run = ding.plan(named(staff(sandbox, 5)), NOTE).send("note").wait()
    asked = result_calls(sandbox)
    with pytest.raises(TemplateError) as raised:
        run.remind(dingnb.text("{{ nothing }}"))
    assert "ledger" not in raised.value.hint
    assert result_calls(sandbox) == asked


def test_without_texts_nothing_of_the_input_is_kept(
    sandbox: RunningSandbox, connect_to: Connect, staff: Staff, tmp_path: Any
) -> None:
    ledger = SqliteLedger(tmp_path)
    connect_to(sandbox, ledger=ledger).plan(named(staff(sandbox, 5)), NOTE).send("note", store_content=False).wait()
    found = connect_to(sandbox, ledger=ledger).campaign("note")
    with pytest.raises(TemplateError) as raised:
        found.remind(dingnb.text("Hi {{ name }}"))
    assert "store_content=False" in raised.value.hint
    assert "王".encode() not in b"".join(path.read_bytes() for path in tmp_path.iterdir())


def test_deleting_the_texts_deletes_the_columns(
    sandbox: RunningSandbox,
    connect_to: Connect,
    staff: Staff,
    clock: VirtualClock,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Any,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("DINGNB_HOME", str(tmp_path))
    connect_to(sandbox).plan(named(staff(sandbox, 5)), NOTE).send("note").wait()
    assert "王".encode() in b"".join(path.read_bytes() for path in tmp_path.iterdir())
    with SqliteLedger().transaction() as db:
        db.execute("UPDATE campaigns SET updated_ns = 1")
        db.execute("UPDATE batches SET updated_ns = 1, sent_ns = 1")
        db.execute("UPDATE attempts SET started_ns = 1, ended_ns = 1")
    assert main(["ledger", "prune", "--name", "note", "--texts-only", "--yes"]) == 0
    assert "1" in capsys.readouterr().out
    assert "王".encode() not in b"".join(path.read_bytes() for path in tmp_path.iterdir())
    clock.advance(NS_PER_S)
    with pytest.raises(TemplateError) as raised:
        connect_to(sandbox).campaign("note").remind(dingnb.text("Hi {{ name }}"))
    assert "no longer has the texts" in raised.value.hint


def test_a_retry_a_changed_text_and_new_people_keep_their_columns(
    open_sandbox: Open, connect_to: Connect, staff: Staff
) -> None:
    sandbox = open_sandbox(failed_share=0.3)
    frame = named(staff(sandbox, 40))
    ding = connect_to(sandbox)
    run = ding.plan(frame[:30], NOTE).send("note").wait()
    assert not run.missed().empty
    while not run.missed().empty:
        run.retry().wait()
    other = dingnb.text("Hello {{ name }}, number {{ n }} and {{ salary }}")
    ding.plan(frame[:10], other).send("other").wait()
    ding.plan(frame, NOTE).send("note").wait()
    changed = pd.concat([frame[:5].assign(name="new"), frame[5:]])
    ding.plan(changed, NOTE).send("note", changed="resend").wait()
    found = connect_to(sandbox).campaign("note")
    assert found.results(keep="name").set_index("userid")["name"].to_dict() == dict(
        zip(changed["userid"], changed["name"], strict=True)
    )


def test_absent_people_who_are_sent_to_keep_their_columns(
    sandbox: RunningSandbox, connect_to: Connect, staff: Staff
) -> None:
    frame = named(staff(sandbox, 250))
    ding = connect_to(sandbox)
    sandbox.state.faults.add("month", path="/asyncsend_v2", nth=2)
    message = dingnb.text("hi")
    ding.plan(frame[:220], message).send("note", check=False)
    later = pd.concat([frame[150:210], frame[220:]])
    ding.plan(later, message).send("note", absent="send").wait()
    found = connect_to(sandbox).campaign("note").results(keep="name").set_index("userid")["name"]
    assert found.to_dict() == frame.set_index("userid")["name"].to_dict()


def test_a_retry_of_equal_texts_mixes_people_of_several_batches(
    open_sandbox: Open, connect_to: Connect, staff: Staff
) -> None:
    sandbox = open_sandbox(failed_share=0.3)
    frame = named(staff(sandbox, 250))
    run = connect_to(sandbox).plan(frame, dingnb.text("hi")).send("note").wait()
    run.retry().wait()
    found = connect_to(sandbox).campaign("note").results(keep="name").set_index("userid")["name"]
    assert found.to_dict() == frame.set_index("userid")["name"].to_dict()


def test_a_person_with_several_messages_is_reminded_of_each(sandbox: RunningSandbox, connect_to: Connect) -> None:
    person = next(user["userid"] for user in sandbox.state.users() if user["active"])
    frame = pd.DataFrame({"userid": [person] * 2, "invoice": ["A1", "A2"], "name": ["Ann"] * 2, "sum": [1, 2]})
    connect_to(sandbox).plan(frame, dingnb.text("Pay {{ sum }}"), key="invoice").send("note").wait()
    found = connect_to(sandbox).campaign("note")
    plan = found.remind(dingnb.text("{{ name }}: pay {{ invoice }}"), refresh=False)
    assert sorted(texts(plan)) == [f"Ann: pay {invoice}" for invoice in found.results(keep="invoice")["invoice"]]
    assert plan.people > 0


def test_the_ledger_exports_the_columns_that_it_keeps(
    sandbox: RunningSandbox, connect_to: Connect, staff: Staff, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    monkeypatch.setenv("DINGNB_HOME", str(tmp_path))
    frame = named(staff(sandbox, 5))
    connect_to(sandbox).plan(frame, NOTE).send("note").wait()
    assert main(["ledger", "export", "note", str(tmp_path / "a.csv"), "--columns"]) == 0
    assert pd.read_csv(tmp_path / "a.csv", dtype="str")[["n", "name"]].to_numpy().tolist() == [
        [str(n), f"王{n}"] for n in range(5)
    ]
    assert main(["ledger", "export", "note", str(tmp_path / "b.csv")]) == 0
    assert "name" not in pd.read_csv(tmp_path / "b.csv").columns
