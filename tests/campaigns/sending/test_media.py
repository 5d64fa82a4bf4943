"""Pictures and files: uploaded once, before the batches that need them, and never the wrong one or none."""

import dataclasses
import hashlib
import io
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import requests
from requests.adapters import BaseAdapter

import dingnb
from dingnb.campaigns.campaign import view_of
from dingnb.campaigns.sending import sender
from dingnb.campaigns.sending.control import interrupt
from dingnb.client import DingTalk
from dingnb.clock import VirtualClock, seconds_to_ns
from dingnb.errors import (
    AbsentRecipientsError,
    ChangedBodyError,
    DingError,
    IncompleteError,
    InputError,
    LiveSendError,
    QuotaError,
)
from dingnb.ledger.sending.calls import count_call, count_used, month_start_ns
from dingnb.limits import STANDARD
from dingnb.sandbox import RunningSandbox
from dingnb.words import Language, set_language
from tests.campaigns.sending.test_quota import sends, used
from tests.campaigns.sending.test_run_again import Loses
from tests.live_mode import make_live
from tests.media.samples import PDF, PNG
from tests.table_rows import for_each

Connect = Callable[..., DingTalk]
Staff = Callable[..., pd.DataFrame]


@pytest.fixture
def payslips(sandbox: RunningSandbox, staff: Staff, tmp_path: Path) -> pd.DataFrame:
    """Give a few people, each with a file of their own."""
    frame = staff(sandbox, 8)
    for userid in frame["userid"]:
        (tmp_path / f"{userid}.pdf").write_bytes(content_for(userid))
    frame["path"] = [str(tmp_path / f"{userid}.pdf") for userid in frame["userid"]]
    return frame


def content_for(userid: str) -> bytes:
    return PDF + userid.encode()


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def uploads(sandbox: RunningSandbox) -> int:
    return sum(call["path"] == "/media/upload" for call in sandbox.state.recorded_calls())


def received(sandbox: RunningSandbox) -> dict[str, list[str]]:
    """Return the hashes of what each person has received."""
    found: dict[str, list[str]] = {}
    for message in sandbox.state.messages():
        [medium] = message["media"]
        found.setdefault(message["userid"], []).append(medium["sha256"])
    return found


def their_own(frame: pd.DataFrame) -> dict[str, list[str]]:
    return {userid: [sha256(content_for(userid))] for userid in frame["userid"]}


def test_one_picture_for_everybody_is_one_upload(sandbox: RunningSandbox, ding: DingTalk, staff: Staff) -> None:
    frame = staff(sandbox, 250)
    plan = ding.plan(frame, dingnb.image(PNG))
    assert (plan.calls, len(plan.attachments())) == (3, 250)
    assert "1 upload, counted as 1 call" in repr(plan)
    plan.send("chart").wait()
    assert received(sandbox) == {userid: [sha256(PNG)] for userid in frame["userid"]}
    assert uploads(sandbox) == 1
    assert "already uploaded" in repr(plan)
    ding.plan(frame[:10], dingnb.image(PNG)).send("again")
    assert uploads(sandbox) == 1


def test_each_person_gets_their_own_file(sandbox: RunningSandbox, ding: DingTalk, payslips: pd.DataFrame) -> None:
    plan = ding.plan(payslips, dingnb.file("{{ path }}"))
    assert plan.attachments()["hash"].tolist() == [sha256(content_for(userid)) for userid in payslips["userid"]]
    assert plan.attachments()["path"].tolist() == payslips["path"].tolist()
    plan.send("payslip").wait()
    assert received(sandbox) == their_own(payslips)
    assert uploads(sandbox) == len(payslips)
    plan.send("payslip")
    assert uploads(sandbox) == len(payslips)


def test_other_connections_and_other_apps_of_the_computer(
    sandbox: RunningSandbox, connect_to: Connect, payslips: pd.DataFrame
) -> None:
    connect_to(sandbox).plan(payslips, dingnb.file("{{ path }}")).send("payslip")
    connect_to(sandbox).plan(payslips, dingnb.file("{{ path }}")).send("another")
    assert uploads(sandbox) == len(payslips)


@pytest.mark.parametrize("arrives", [True, False])
def test_a_call_of_unknown_outcome_is_repeated_with_the_same_bytes(
    sandbox: RunningSandbox, ding: DingTalk, payslips: pd.DataFrame, *, arrives: bool
) -> None:
    Loses(ding, lambda n: n == 3, arrives=arrives)
    ding.plan(payslips, dingnb.file("{{ path }}")).send("payslip").wait()
    assert received(sandbox) == their_own(payslips)
    assert uploads(sandbox) == len(payslips)


def test_what_may_have_arrived_is_not_sent_with_another_media_id(
    sandbox: RunningSandbox, ding: DingTalk, payslips: pd.DataFrame
) -> None:
    def lose_first(n: int) -> bool:
        if n == 1:
            sandbox.state.media.expire([medium.media_id for medium in sandbox.state.media.all()])
        return n == 1

    Loses(ding, lose_first, arrives=False)
    run = ding.plan(payslips[:1], dingnb.file("{{ path }}")).send("payslip", check=False)
    results = run.wait(check=False).results()
    assert results["status"].tolist() == ["unknown"]
    assert results["code"].tolist() == ["40007"]
    assert "DingTalk no longer accepts its media id" in results["reason"][0]
    with pytest.raises(IncompleteError, match="DingTalk no longer accepts the media id with which their call was made"):
        run.wait()
    assert received(sandbox) == {}
    assert uploads(sandbox) == 1


def test_a_media_id_that_dingtalk_has_forgotten_is_uploaded_again(
    sandbox: RunningSandbox, ding: DingTalk, payslips: pd.DataFrame
) -> None:
    ding.plan(payslips[:4], dingnb.file("{{ path }}")).send("first").wait()
    sandbox.state.media.expire([medium.media_id for medium in sandbox.state.media.all()])
    run = ding.plan(payslips, dingnb.file("{{ path }}")).send("second").wait()
    assert run.results()["reached"].all()
    assert uploads(sandbox) == 12
    assert {len(files) for files in received(sandbox).values()} == {1, 2}


def test_a_file_that_has_changed_since_the_plan_is_not_sent(
    sandbox: RunningSandbox, ding: DingTalk, payslips: pd.DataFrame
) -> None:
    changed, deleted = Path(payslips["path"][1]), Path(payslips["path"][2])
    plan = ding.plan(payslips, dingnb.file("{{ path }}"))
    changed.write_bytes(PDF + b"another payslip")
    deleted.unlink()
    with pytest.raises(
        IncompleteError, match="2 people are still queued, because 2 files could not be uploaded"
    ) as caught:
        plan.send("payslip")
    run = caught.value.campaign
    rows = run.results().set_index("userid").loc[[changed.stem, deleted.stem]]
    assert rows["status"].tolist() == ["queued", "queued"]
    assert "has changed" in rows["reason"].iloc[0]
    assert deleted.name in rows["reason"].iloc[1]
    run.refresh()
    others = their_own(payslips)
    del others[changed.stem], others[deleted.stem]
    assert received(sandbox) == others

    changed.write_bytes(content_for(changed.stem))
    deleted.write_bytes(content_for(deleted.stem))
    plan.send("payslip").wait()
    assert received(sandbox) == their_own(payslips)
    assert uploads(sandbox) == len(payslips)


def test_a_corrected_file_replaces_the_one_that_was_not_sent(
    sandbox: RunningSandbox, ding: DingTalk, payslips: pd.DataFrame
) -> None:
    plan = ding.plan(payslips, dingnb.file("{{ path }}"))
    path = Path(payslips["path"][1])
    path.write_bytes(PDF + b"corrected")
    plan.send("payslip", check=False)
    ding.plan(payslips, dingnb.file("{{ path }}")).send("payslip").wait()
    assert received(sandbox) == their_own(payslips) | {path.stem: [sha256(PDF + b"corrected")]}


def test_a_campaign_found_by_its_name_reads_files_again_and_says_which_it_cannot(
    sandbox: RunningSandbox, connect_to: Connect, payslips: pd.DataFrame
) -> None:
    sandbox.state.faults.add("month", path="/media/upload")
    for name, message in (("paths", dingnb.file("{{ path }}")), ("bytes", dingnb.image(PNG))):
        with pytest.raises(QuotaError):
            connect_to(sandbox).plan(payslips, message).send(name)
    sandbox.state.faults.clear()
    connect_to(sandbox).campaign("paths").resume()
    run = connect_to(sandbox).campaign("bytes")
    with pytest.raises(IncompleteError, match=r"only the hash of .*dingnb\.image\(figure\)"):
        run.resume()
    assert run.results()["status"].eq("queued").all()
    connect_to(sandbox).campaign("paths").refresh()
    assert received(sandbox) == their_own(payslips)
    connect_to(sandbox).plan(payslips, dingnb.image(PNG)).send("bytes").wait()
    assert {tuple(files) for files in received(sandbox).values()} == {
        (sha256(content_for(userid)), sha256(PNG)) for userid in payslips["userid"]
    }


def test_a_file_in_a_folder_whose_name_is_not_utf_8_is_sent(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff, tmp_path: Path
) -> None:
    folder = tmp_path / "caf\udce9"
    folder.mkdir()
    (folder / "pay.pdf").write_bytes(content_for("all"))
    ding.plan(staff(sandbox, 2), dingnb.file(folder / "pay.pdf")).send("pay").wait()
    assert list(received(sandbox).values()) == [[sha256(content_for("all"))]] * 2


@pytest.mark.parametrize("fault", ["drop_after", "drop_before", "502", "throttled", "busy", "isp", "token"])
def test_an_upload_that_fails_for_a_while_is_tried_again(
    sandbox: RunningSandbox, ding: DingTalk, payslips: pd.DataFrame, fault: str
) -> None:
    sandbox.state.faults.add(fault, path="/media/upload", nth=[2, 3])
    ding.plan(payslips, dingnb.file("{{ path }}")).send("payslip").wait()
    assert received(sandbox) == their_own(payslips)


class Refuses(BaseAdapter):
    """A route on which DingTalk refuses calls, by a rule that no page mentions: one upload, or every message."""

    def __init__(self, ding: DingTalk, *, code: str, nth_upload: int = 0) -> None:
        super().__init__()
        ding._transport.reroute(self._around)
        self._code = code
        self._nth_upload = nth_upload
        self._uploads = 0

    def _around(self, inner: BaseAdapter) -> BaseAdapter:
        self._inner = inner
        return self

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        is_upload = "/media/upload" in str(request.url)
        self._uploads += is_upload
        is_refused = self._uploads == self._nth_upload if is_upload else "asyncsend" in str(request.url)
        response = self._inner.send(request, *args, **kwargs)
        if is_refused and (is_upload or not self._nth_upload):
            response.raw = io.BytesIO(f'{{"errcode":{self._code},"errmsg":"refused"}}'.encode())
        return response

    def close(self) -> None:
        self._inner.close()


def test_a_file_that_dingtalk_refuses_leaves_its_people_queued(
    sandbox: RunningSandbox, ding: DingTalk, payslips: pd.DataFrame
) -> None:
    Refuses(ding, code="40005", nth_upload=3)
    plan = ding.plan(payslips, dingnb.file("{{ path }}"))
    run = plan.send("payslip", check=False)
    assert run.results()["status"].eq("queued").sum() == 1
    assert "40005" in run.reason
    plan.send("payslip").wait()
    assert received(sandbox) == their_own(payslips)


def test_sending_is_stopped_between_uploads_and_goes_on(
    sandbox: RunningSandbox, connect_to: Connect, clock: VirtualClock, payslips: pd.DataFrame
) -> None:
    with clock.participating():
        ding = connect_to(sandbox, latency_s=0.5)
        plan = ding.plan(payslips, dingnb.file("{{ path }}"))
        run = plan.send("payslip", wait=False)
        while uploads(sandbox) < 3:
            clock.advance(seconds_to_ns(0.1))
        assert "uploading: " in run.progress.text
        run.stop()
        run.wait("sent", check=False)
        made = uploads(sandbox)
        assert received(sandbox) == {}
        run.resume()
        run.wait()
    assert received(sandbox) == their_own(payslips)
    assert uploads(sandbox) == len(payslips) >= made


class InterruptsAtRead(VirtualClock):
    """Interrupts the sendings of this process when they ask for the time, after as many times as given."""

    def __init__(self) -> None:
        super().__init__()
        self.reads_left = 0

    def now_ns(self) -> int:
        if threading.current_thread().name == "dingnb" and self.reads_left:
            self.reads_left -= 1
            if not self.reads_left:
                for sending in list(sender._active_sendings.values()):
                    interrupt(sending)
        return super().now_ns()


class TestInterruptedUploads:
    @pytest.fixture
    def clock(self) -> InterruptsAtRead:
        return InterruptsAtRead()

    def test_calls_that_were_not_made_are_not_counted(
        self, sandbox: RunningSandbox, ding: DingTalk, clock: InterruptsAtRead, staff: Staff
    ) -> None:
        """At whatever moment the interrupt comes."""
        frame = staff(sandbox, 1)
        made = set()
        for reads in range(1, 24):
            plan = ding.plan(frame, dingnb.file(PDF + bytes([reads]), name="a.pdf"))
            before = uploads(sandbox)
            clock.reads_left = reads
            run = plan.send(f"after {reads}", check=False)
            made.add((uploads(sandbox) - before, run.state))
            assert used(ding) == uploads(sandbox) + sends(sandbox)
        assert made == {(0, "interrupted"), (1, "interrupted"), (1, "finished")}


@for_each(
    ("before", "after", "thing"),
    [
        (dingnb.image(PNG), dingnb.image(PNG + b"1"), "picture"),
        (dingnb.text("hi"), dingnb.image(PNG), "picture"),
        (dingnb.file(PDF, name="a.pdf"), dingnb.file(PDF + b"1", name="a.pdf"), "file"),
        (dingnb.link("t", "x", "https://a.cn", PNG), dingnb.link("t", "x", "https://a.cn", PNG + b"1"), "message"),
    ],
)
def test_a_changed_picture_or_file_is_not_called_a_text(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff, before: dingnb.Message, after: dingnb.Message, thing: str
) -> None:
    name = f"{before.msgtype} and {after.msgtype}"
    frame = staff(sandbox, 2)
    ding.plan(frame, before).send(name)
    plan = ding.plan(frame, after)
    with pytest.raises(ChangedBodyError) as caught:
        plan.send(name)
    assert f"something other than the {thing} in this plan was sent to 2 people" in caught.value.what
    assert "new text" not in caught.value.hint
    told = str(plan.forecast(name).text)
    assert told.startswith(f"In this campaign, 2 people were sent something other than the {thing} in this plan.")
    kept = plan.send(name, changed="skip")
    assert f"although the {thing} in the plan is a different one: 2 people" in repr(kept)


def test_a_test_uploads_its_own_file_alone(sandbox: RunningSandbox, ding: DingTalk, payslips: pd.DataFrame) -> None:
    plan = ding.plan(payslips, dingnb.file("{{ path }}"))
    plan.test(payslips["userid"][7], 2).wait()
    assert received(sandbox) == {payslips["userid"][7]: [sha256(content_for(payslips["userid"][2]))]}
    assert uploads(sandbox) == 1


def test_uploads_count_in_the_month(sandbox: RunningSandbox, connect_to: Connect, payslips: pd.DataFrame) -> None:
    ding = connect_to(sandbox, limits=dataclasses.replace(STANDARD, calls_per_month=23))
    make_live(ding)
    plan = ding.plan(payslips, dingnb.file("{{ path }}"))
    with pytest.raises(LiveSendError, match="needs 24 calls: 8 to upload files, 8 to send"):
        plan.send("payslip", expect=8)
    assert uploads(sandbox) == 0


def used_by_others(ding: DingTalk, n: int) -> None:
    """Count calls as another campaign does."""
    context = ding._send_context()
    with context.ledger.transaction() as db:
        count_call(db, context.realm, "/other", context.now_ns(), n)


def test_uploads_leave_the_calls_for_the_sends_that_they_serve(
    sandbox: RunningSandbox, connect_to: Connect, payslips: pd.DataFrame
) -> None:
    ding = connect_to(sandbox, limits=dataclasses.replace(STANDARD, calls_per_month=7))
    plan = ding.plan(payslips, dingnb.file("{{ path }}"))
    with pytest.raises(IncompleteError, match="takes 2 calls, 1 upload and 1 to send it; at most 1 are left") as caught:
        plan.send("payslip")
    assert "Continue next month" in str(caught.value)
    assert (uploads(sandbox), sends(sandbox), used(ding)) == (3, 3, 6)
    run = ding.campaign("payslip")
    assert run.results()["status"].tolist() == ["accepted"] * 3 + ["queued"] * 5
    assert view_of(run).has_used_up_month
    assert view_of(run).calls_left == 1
    run.resume(check=False)
    assert used(ding) == 6
    more = connect_to(sandbox, limits=STANDARD)
    run = more.campaign("payslip")
    assert "too few calls of the month were left; at most 4,994 calls can be made now" in repr(run)
    assert not view_of(run).has_used_up_month
    run.resume().wait()
    assert received(sandbox) == their_own(payslips)
    assert uploads(sandbox) == len(payslips)


def test_the_last_call_sends_a_file_that_is_uploaded_already(
    sandbox: RunningSandbox, connect_to: Connect, payslips: pd.DataFrame
) -> None:
    ding = connect_to(sandbox, limits=dataclasses.replace(STANDARD, calls_per_month=3))
    ding.plan(payslips[:1], dingnb.file("{{ path }}")).test(payslips["userid"][1])
    ding.plan(payslips, dingnb.file("{{ path }}")).send("payslip", check=False)
    assert (uploads(sandbox), sends(sandbox), used(ding)) == (1, 2, 3)


def test_calls_that_others_use_during_uploads_do_not_leave_uploads_without_sends(
    sandbox: RunningSandbox, connect_to: Connect, payslips: pd.DataFrame
) -> None:
    ding = connect_to(sandbox, limits=dataclasses.replace(STANDARD, calls_per_month=12))
    plan = ding.plan(payslips, dingnb.file("{{ path }}"))

    def use_calls(n: int) -> bool:
        if n == 1:
            used_by_others(ding, 5)
        return False

    Loses(ding, use_calls, path="/media/upload")
    run = plan.send("payslip", check=False)
    assert uploads(sandbox) == sends(sandbox) == run.results()["status"].eq("accepted").sum() == 3
    assert used(ding) == 11


def test_files_are_not_uploaded_once_no_call_is_left(
    sandbox: RunningSandbox, connect_to: Connect, payslips: pd.DataFrame
) -> None:
    ding = connect_to(sandbox, limits=dataclasses.replace(STANDARD, calls_per_month=3))
    used_by_others(ding, 4)
    with pytest.raises(QuotaError, match="counted 4 calls by this app this month, and the limit is 3"):
        ding.plan(payslips, dingnb.file("{{ path }}")).send("payslip")
    assert uploads(sandbox) == 0


def test_an_upload_by_hand_is_refused_once_no_call_is_left(sandbox: RunningSandbox, connect_to: Connect) -> None:
    ding = connect_to(sandbox, limits=dataclasses.replace(STANDARD, calls_per_month=3))
    used_by_others(ding, 2)
    made = ding.upload(PDF, name="terms.pdf")
    with pytest.raises(QuotaError, match="counted 3 calls by this app this month, and the limit is 3") as caught:
        ding.upload(PDF, name="other.pdf")
    assert "calls_per_month" in caught.value.hint
    assert uploads(sandbox) == 1
    # What was uploaded before needs no call.
    assert ding.upload(PDF, name="terms.pdf") == made


def test_beyond_the_quota_few_files_are_uploaded_ahead(
    open_sandbox: Callable[..., RunningSandbox], connect_to: Connect, staff: Staff, tmp_path: Path
) -> None:
    sandbox = open_sandbox(limits=dataclasses.replace(STANDARD, calls_per_month=30))
    ding = connect_to(sandbox, limits=dataclasses.replace(STANDARD, calls_per_month=10))
    frame = staff(sandbox, 40)
    for userid in frame["userid"]:
        (tmp_path / f"{userid}.pdf").write_bytes(content_for(userid))
    plan = ding.plan(frame, dingnb.file("{{ userid }}.pdf", folder=tmp_path))
    run = plan.send("payslip", beyond_quota=True, check=False)
    # Two rounds of 8 uploads, the second of which leaves 6 calls.
    assert run.results()["status"].value_counts()[["accepted", "queued"]].tolist() == [14, 26]
    assert run.state == "stopped"


def test_an_upload_refused_after_the_end_of_the_month_is_not_counted_in_that_month(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff, clock: VirtualClock
) -> None:
    plan = ding.plan(staff(sandbox, 2), dingnb.image(PNG))
    now_ns = ding._send_context().now_ns()
    next_month_ns = month_start_ns(month_start_ns(now_ns) + seconds_to_ns(40 * 86_400))
    clock.advance(next_month_ns - now_ns - seconds_to_ns(1))
    for fault, fields in (("throttled", {}), ("delay", {"delay_s": 2})):
        sandbox.state.faults.add(fault, path="/media/upload", times=1, **fields)
    plan.send("picture")
    context = ding._send_context()
    with context.ledger.connection() as db:
        assert count_used(db, context.realm, next_month_ns - 1) == 0
    assert uploads(sandbox) == 2


def test_names_and_paths_of_files_are_kept_no_longer_than_the_texts(ding: DingTalk, payslips: pd.DataFrame) -> None:
    ding.plan(payslips, dingnb.file("{{ path }}")).send("payslip", store_content=False)
    with ding._send_context().ledger.connection() as db:
        assert db.execute("SELECT count(*) FROM media").fetchone() == (0,)
        assert db.execute("SELECT count(*) FROM sent_bodies").fetchone() == (0,)


def test_a_report_and_a_trace_show_the_file(ding: DingTalk, payslips: pd.DataFrame) -> None:
    run = ding.plan(payslips, dingnb.file("{{ path }}")).send("payslip")
    name = Path(payslips["path"][0]).name
    assert name in run.report(texts=True).page
    assert "media:file" not in run.report(texts=True).page
    again = ding.campaign("payslip")
    assert again.message is not None
    assert again.message.arguments == {"source": "{{ path }}"}
    assert name in again.report(texts=True).page


def test_an_upload_of_ones_own_is_used_again(sandbox: RunningSandbox, ding: DingTalk, staff: Staff) -> None:
    made = ding.upload(PDF, name="terms.pdf")
    assert (made.kind, made.size, made.sha256) == ("file", len(PDF), sha256(PDF))
    assert ding.upload(PDF, name="terms.pdf") == made
    # Recipients see the name, so another name is another file.
    assert ding.upload(PDF, name="other.pdf").id != made.id
    frame = staff(sandbox, 3)
    ding.plan(frame, dingnb.file(PDF, name="terms.pdf")).send("terms")
    ding.plan(frame, dingnb.file(made)).send("by its id").wait()
    assert uploads(sandbox) == 2
    assert received(sandbox) == {userid: [sha256(PDF)] for userid in frame["userid"]}


def test_recipients_see_the_name_that_a_template_gives_their_file(
    sandbox: RunningSandbox, ding: DingTalk, payslips: pd.DataFrame
) -> None:
    message = dingnb.file("{{ path }}", name="payslip {{ n }}.pdf")
    plan = ding.plan(payslips, message)
    names = [f"payslip {n}.pdf" for n in payslips["n"]]
    assert plan.attachments()["file"].tolist() == names
    plan.send("payslip").wait()
    found = {message["userid"]: message["media"][0]["name"] for message in sandbox.state.messages()}
    assert found == dict(zip(payslips["userid"], names, strict=True))
    again = ding.campaign("payslip").message
    assert again == message
    with pytest.raises(InputError, match="everybody gets the same file"):
        dingnb.file(PDF, name="{{ n }}.pdf")


@for_each(
    ("language", "said"),
    [
        ("en", "recipients see it as '0.pdf'. The same applies to 7 files of other rows."),
        ("zh", "将以文件名“0.pdf”发送。其他行的 7 个文件也是如此。"),
    ],
)
def test_files_of_all_rows_that_get_another_suffix_are_one_warning(
    ding: DingTalk, payslips: pd.DataFrame, language: Language, said: str
) -> None:
    set_language(language)
    shown = repr(ding.plan(payslips, dingnb.file("{{ path }}", name="{{ n }}.xlsx")))
    assert said in shown
    assert shown.count(".xlsx") == 1
    alone = repr(ding.plan(payslips[:1], dingnb.file("{{ path }}", name="{{ n }}.xlsx")))
    assert "other rows" not in alone
    assert "其他行" not in alone


def test_equal_content_for_several_people_is_a_warning_though_the_path_is_their_own(
    ding: DingTalk, payslips: pd.DataFrame
) -> None:
    Path(payslips["path"][5]).write_bytes(content_for(payslips["userid"][2]))
    [warning] = [note for note in repr(ding.plan(payslips, dingnb.file("{{ path }}"))).splitlines() if "! " in note][:1]
    assert "2 people get the same content as somebody else (1 file), such as rows 2, 5" in warning


def test_people_with_several_equal_files_are_counted_once(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff, tmp_path: Path
) -> None:
    first, second = staff(sandbox, 2)["userid"]
    for name in ("a", "b"):
        (tmp_path / f"{name}.pdf").write_bytes(PDF + name.encode())
    frame = pd.DataFrame({"userid": [first, first, second, second], "path": ["a.pdf", "b.pdf"] * 2})
    plan = ding.plan(frame, dingnb.file("{{ path }}", folder=tmp_path), key="path")
    assert "! 2 people get the same content as somebody else (2 files), such as rows 0, 2: a.pdf" in repr(plan)


def test_a_file_named_after_somebody_else_is_the_first_warning(ding: DingTalk, payslips: pd.DataFrame) -> None:
    payslips["name"] = ["张三", "李四", "王五", "赵六", "钱七", "孙八", "周九", "吴十"]
    folder = Path(payslips["path"][0]).parent
    for n, name in enumerate(payslips["name"]):
        (folder / f"payslip_{name}.pdf").write_bytes(PDF + bytes([n]))
    payslips["path"] = [str(folder / f"payslip_{name}.pdf") for name in payslips["name"]]
    plan = ding.plan(payslips, dingnb.file("{{ path }}"))
    assert "another person" not in repr(plan)
    payslips.loc[[1, 2], "path"] = payslips.loc[[2, 1], "path"].to_numpy()
    plan = ding.plan(payslips, dingnb.file("{{ path }}"))
    first = next(line for line in repr(plan).splitlines() if "! " in line)
    assert first.startswith(
        "  ! In 2 rows, the path of the file contains another person's name or ID: row 1 (李四) gets "
    )
    assert "payslip_王五.pdf, which contains “王五”" in first


def test_a_name_is_found_however_a_file_spells_it(ding: DingTalk, payslips: pd.DataFrame, tmp_path: Path) -> None:
    names = ["Ann Lee", "Bo Li", "Jose\u0301 Diaz", "张 兰", "May", "李四", "王五", "--"]
    own = ["payslip_ann_lee", "may-BoLi", "JOS\u00c9.DIAZ", "张兰", "may", "ｌｉ李四", "may 王五", "--"]
    for n, name in enumerate(own):
        (tmp_path / f"{name}.pdf").write_bytes(PDF + bytes([n]))
    payslips["name"], payslips["path"] = names, [f"{name}.pdf" for name in own]
    message = dingnb.file("{{ path }}", folder=tmp_path)
    assert "name or ID" not in repr(ding.plan(payslips, message))
    for first in (0, 2, 3):
        swapped = payslips.copy()
        swapped.loc[[first, 1], "path"] = payslips.loc[[1, first], "path"].to_numpy()
        shown = repr(ding.plan(swapped, message))
        assert "In 2 rows, the path of the file contains another person's name or ID" in shown


def test_a_name_is_found_with_the_family_name_at_the_other_end(
    ding: DingTalk, payslips: pd.DataFrame, tmp_path: Path
) -> None:
    own = ["Wei Zhang", "lin_mei_chen", "Bo Li", "Li Bo", "Tan", "王五", "赵六", "钱七"]
    for n, name in enumerate(own):
        (tmp_path / f"{name}.pdf").write_bytes(PDF + bytes([n]))
    payslips["name"] = ["Zhang Wei", "Chen Lin Mei", "Bo Li", "Li Bo", "Tan", "王五", "赵六", "钱七"]
    payslips["path"] = [f"{name}.pdf" for name in own]
    message = dingnb.file("{{ path }}", folder=tmp_path)
    assert "name or ID" not in repr(ding.plan(payslips, message))
    swapped = payslips.copy()
    swapped.loc[4, "path"] = payslips.loc[0, "path"]
    shown = repr(ding.plan(swapped, message))
    assert "another person's name or ID: row 4 (Tan) gets Wei Zhang.pdf, which contains “Wei Zhang”" in shown
    # Of two people whose names are turned, each has a file that is called as the other.
    swapped = payslips.copy()
    swapped.loc[[2, 3], "path"] = payslips.loc[[3, 2], "path"].to_numpy()
    assert "In 2 rows, the path of the file contains another person's name" in repr(ding.plan(swapped, message))


def test_the_warning_shows_the_part_of_the_path_that_names_somebody_else(
    ding: DingTalk, payslips: pd.DataFrame, tmp_path: Path
) -> None:
    payslips["name"] = ["张三", "李四", "王五", "赵六", "钱七", "孙八", "周九", "吴十"]
    payslips["path"] = [f"{name}/payslip.pdf" for name in payslips["name"]]
    for n, path in enumerate(payslips["path"]):
        (tmp_path / path).parent.mkdir()
        (tmp_path / path).write_bytes(PDF + bytes([n]))
    payslips.loc[[1, 2], "path"] = payslips.loc[[2, 1], "path"].to_numpy()
    for name in (None, "工资条_{{ name }}.pdf"):
        message = dingnb.file("{{ path }}", folder=tmp_path, name=name)
        assert "row 1 (李四) gets 王五/payslip.pdf, which contains “王五”" in repr(ding.plan(payslips, message))


def test_a_name_within_a_longer_one_is_another_name(ding: DingTalk, payslips: pd.DataFrame, tmp_path: Path) -> None:
    payslips["name"] = ["张三", "张三丰", "An", "Bo", "李四", "王五", "赵六", "钱七"]
    files = [
        "张三丰.pdf",
        "张三丰-.pdf",
        "Annual An.pdf",
        "Annual.pdf",
        "李四/a.pdf",
        "王五/a.pdf",
        "赵六.pdf",
        "钱七.pdf",
    ]
    for n, name in enumerate(files):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(PDF + bytes([n]))
    payslips["path"] = [str(tmp_path / name) for name in files]
    plan = ding.plan(payslips, dingnb.file("{{ path }}"))
    assert "In 1 row, the path of the file contains another person's name or ID: row 0 (张三) gets 张三丰.pdf" in repr(
        plan
    )
    payslips.loc[[4, 5], "path"] = payslips.loc[[5, 4], "path"].to_numpy()
    assert "In 3 rows, the path of the file contains" in repr(ding.plan(payslips, dingnb.file("{{ path }}")))


def test_a_name_is_found_where_a_longer_one_begins_but_is_not_a_word(
    ding: DingTalk, payslips: pd.DataFrame, tmp_path: Path
) -> None:
    files = ["Li Nanjing", "Li", "Li Na"]
    for n, name in enumerate(files):
        (tmp_path / f"{name}.pdf").write_bytes(PDF + bytes([n]))
    frame = payslips.head(3).assign(name=["Bo", "Li", "Li Na"], path=[f"{name}.pdf" for name in files])
    shown = repr(ding.plan(frame, dingnb.file("{{ path }}", folder=tmp_path)))
    assert (
        "In 1 row, the path of the file contains another person's name or ID: row 0 (Bo) gets Li Nanjing.pdf" in shown
    )
    assert "which contains “Li”" in shown


def test_a_name_with_any_letters_is_found_as_a_word_only(
    ding: DingTalk, payslips: pd.DataFrame, tmp_path: Path
) -> None:
    files = ["Zoëlla", "Иванов", "工资Émile", "Müller_Zoë", "a", "b", "c", "d"]
    for n, name in enumerate(files):
        (tmp_path / f"{name}.pdf").write_bytes(PDF + bytes([n]))
    payslips["name"] = ["Bo", "Ann", "Émile", "Zoë Müller", "Zoë", "Иван", "王五", "赵六"]
    payslips["path"] = [f"{name}.pdf" for name in files]
    message = dingnb.file("{{ path }}", folder=tmp_path)
    # Of these, only the file of Zoë Müller contains the name of another person, and it is her own as well.
    assert "name or ID" not in repr(ding.plan(payslips, message))
    payslips.loc[6, "path"] = "工资Émile.pdf"
    assert "row 6 (王五) gets 工资Émile.pdf, which contains “Émile”" in repr(ding.plan(payslips, message))


def test_a_column_without_a_name_is_not_taken_for_phone_numbers(
    ding: DingTalk, payslips: pd.DataFrame, tmp_path: Path
) -> None:
    mobiles = [f"1380013800{n}" for n in range(8)]
    for n, mobile in enumerate(mobiles):
        (tmp_path / f"{mobile}.pdf").write_bytes(PDF + bytes([n]))
    payslips["path"] = [f"{mobile}.pdf" for mobile in mobiles]
    payslips.insert(0, "", "x")
    payslips["mobile"] = mobiles
    payslips.loc[[1, 2], "path"] = payslips.loc[[2, 1], "path"].to_numpy()
    shown = repr(ding.plan(payslips, dingnb.file("{{ path }}", folder=tmp_path)))
    assert "In 2 rows, the path of the file contains another person's name or ID" in shown


def test_paths_that_cannot_be_sent_are_rejected_rows_with_the_reason(
    ding: DingTalk, payslips: pd.DataFrame, tmp_path: Path
) -> None:
    (tmp_path / "link.pdf").symlink_to(payslips["path"][0])
    (tmp_path / "empty.pdf").write_bytes(b"")
    (tmp_path / "page.pdf").write_bytes(b"<!DOCTYPE html><html></html>")
    bad = [None, "missing.pdf", "link.pdf", "../escape.pdf", "empty.pdf", "page.pdf", r"C:\payslips\a.pdf"]
    payslips["path"] = [payslips["path"][7], *bad]
    plan = ding.plan(payslips, dingnb.file("{{ path }}", folder=tmp_path))
    assert plan.people == 1
    assert plan.problems()["position"].tolist() == list(range(1, 8))
    assert plan.problems()["hint"].ne("").all()
    reasons = "\n".join(plan.problems()["reason"])
    for word in ("needs it", "no file", "symbolic link", "is outside the folder", "0 bytes", "web page", "Windows"):
        assert word in reasons, (word, reasons)


def test_a_message_that_dingtalk_refuses_for_its_media_id_again_has_failed(
    sandbox: RunningSandbox, ding: DingTalk, payslips: pd.DataFrame
) -> None:
    Refuses(ding, code="40007")
    run = ding.plan(payslips[:2], dingnb.file("{{ path }}")).send("payslip", check=False)
    assert run.results()["status"].tolist() == ["failed", "failed"]
    assert run.results()["code"].tolist() == ["40007", "40007"]
    assert uploads(sandbox) == 4


def test_one_forgotten_id_of_many_batches_is_uploaded_again_for_all(
    sandbox: RunningSandbox, connect_to: Connect, clock: VirtualClock, staff: Staff
) -> None:
    frame = staff(sandbox, 60)
    limits = dataclasses.replace(STANDARD, recipients_per_call=1)
    connect_to(sandbox).plan(frame[:1], dingnb.image(PNG)).send("first").wait()
    sandbox.state.media.expire([medium.media_id for medium in sandbox.state.media.all()])
    with clock.participating():
        # So slow that many calls are under way with the old id.
        ding = connect_to(sandbox, latency_s=1, limits=limits)
        run = ding.plan(frame, dingnb.image(PNG)).send("second")
        assert run.results()["status"].eq("accepted").all()
        run.wait()
    assert uploads(sandbox) == 2
    found = received(sandbox)
    assert {userid: len(found[userid]) for userid in frame["userid"][1:]} == dict.fromkeys(frame["userid"][1:], 1)


def test_the_media_of_what_may_be_sent_again_outlast_the_texts(
    sandbox: RunningSandbox, connect_to: Connect, payslips: pd.DataFrame
) -> None:
    ding = connect_to(sandbox)
    Loses(ding, lambda _: True, arrives=False)
    message = dingnb.file("{{ path }}")
    run = ding.plan(payslips[:1], message).send("payslip", check=False, store_content=False, pause_after=None)
    assert run.results()["status"].tolist() == ["unknown"]
    again = connect_to(sandbox).campaign("payslip")
    again.resolve("resend")
    again.resume()
    again.wait()
    assert received(sandbox) == their_own(payslips[:1])


def test_a_text_that_looks_like_a_reference_is_a_text(sandbox: RunningSandbox, ding: DingTalk, staff: Staff) -> None:
    text = "media:image:" + "0" * 64
    run = ding.plan(staff(sandbox, 2), dingnb.text(text)).send("text")
    assert run.results()["status"].eq("accepted").all()


def test_a_moved_file_is_found_by_the_plan_that_is_made_again(
    sandbox: RunningSandbox, connect_to: Connect, payslips: pd.DataFrame, tmp_path: Path
) -> None:
    sandbox.state.faults.add("month", path="/media/upload")
    with pytest.raises(QuotaError):
        connect_to(sandbox).plan(payslips, dingnb.file("{{ path }}")).send("payslip")
    moved = tmp_path / "moved"
    moved.mkdir()
    payslips["path"] = [str(Path(path).rename(moved / Path(path).name)) for path in payslips["path"]]
    with pytest.raises(QuotaError):
        connect_to(sandbox).plan(payslips, dingnb.file("{{ path }}")).send("payslip")
    sandbox.state.faults.clear()
    connect_to(sandbox).campaign("payslip").resume()
    connect_to(sandbox).campaign("payslip").refresh()
    assert received(sandbox) == their_own(payslips)


def test_calls_of_uploads_that_never_left_are_not_counted(
    sandbox: RunningSandbox, ding: DingTalk, payslips: pd.DataFrame
) -> None:
    plan = ding.plan(payslips, dingnb.file("{{ path }}"))
    for path in payslips["path"]:
        Path(path).unlink()
    with pytest.raises(IncompleteError):
        plan.send("payslip")
    assert uploads(sandbox) == 0
    assert "0 calls used here" in repr(plan)


def test_uploads_that_all_fail_end_the_campaign_incomplete_and_the_same_cell_goes_on(
    sandbox: RunningSandbox, ding: DingTalk, payslips: pd.DataFrame
) -> None:
    plan = ding.plan(payslips, dingnb.file("{{ path }}"))
    for path in payslips["path"]:
        Path(path).unlink()
    with pytest.raises(IncompleteError) as caught:
        plan.send("payslip")
    error = caught.value
    assert (error.state, error.counts) == ("stopped", {"queued": 8})
    assert error.campaign.name == "payslip"
    assert 'run = ding.campaign("payslip")' in error.hint
    assert "8 people are still queued, because 8 files could not be uploaded" in error.what
    for path in payslips["path"][:3]:
        assert f"There is no file {path!r}." in error.what
    assert payslips["path"][3] not in error.what
    assert "Put the file back. Not shown: 5 files. With the files in place, run.resume() sends to those" in error.what
    run = plan.send("payslip", check=False)
    assert run.results()["status"].eq("queued").all()
    assert run.results()["reason"].str.contains("There is no file").all()
    assert received(sandbox) == {}
    for userid, path in zip(payslips["userid"], payslips["path"], strict=True):
        Path(path).write_bytes(content_for(userid))
    plan.send("payslip").wait()
    assert received(sandbox) == their_own(payslips)


def test_a_retry_whose_upload_fails_goes_on_as_its_error_says(
    open_sandbox: Callable[..., RunningSandbox], connect_to: Connect, staff: Staff
) -> None:
    sandbox = open_sandbox(failed_share=0.5)
    ding = connect_to(sandbox)
    frame = staff(sandbox, 8)
    run = ding.plan(frame, dingnb.image(PNG)).send("chart").wait()
    failed = run.missed()
    with ding._send_context().ledger.transaction() as db:
        db.execute("DELETE FROM uploads")
    refusing = Refuses(ding, code="40005", nth_upload=1)
    with pytest.raises(IncompleteError, match=r"run\.resume\(\) sends to those who are left"):
        run.retry()
    assert run.results()["status"].eq("queued").sum() == len(failed) > 0
    refusing.close()
    assert run.resume().wait().results()["status"].ne("queued").all()


def test_a_plan_without_files_that_the_campaign_has_offers_to_put_them_back(
    ding: DingTalk, payslips: pd.DataFrame
) -> None:
    plan = ding.plan(payslips, dingnb.file("{{ path }}"))
    for path in payslips["path"][:2]:
        Path(path).unlink()
    plan.send("payslip", check=False)
    with pytest.raises(AbsentRecipientsError, match="Put the missing files back and make the plan again"):
        ding.plan(payslips, dingnb.file("{{ path }}")).send("payslip")
    with pytest.raises(AbsentRecipientsError) as caught:
        ding.plan(payslips[2:], dingnb.file("{{ path }}")).send("payslip")
    assert "missing files" not in str(caught.value)


def test_a_figure_whose_media_id_is_gone_has_to_be_given_again(
    sandbox: RunningSandbox, connect_to: Connect, staff: Staff
) -> None:
    frame = staff(sandbox, 2)
    connect_to(sandbox).plan(frame[:1], dingnb.image(PNG)).send("chart").wait()
    old = connect_to(sandbox, limits=dataclasses.replace(STANDARD, media_lifetime_s=0))
    message = old.campaign("chart").message
    assert message is not None
    plan = old.plan(frame, message)
    warning = "The ledger has only the hash of 'image.png', not its content. Pass the figure"
    assert warning in next(line for line in repr(plan).splitlines() if "! " in line)
    with pytest.raises(IncompleteError, match="Pass the figure or the bytes themselves again"):
        plan.send("chart again")
    assert warning not in repr(old.plan(frame, dingnb.image(PNG)))
    assert warning not in repr(connect_to(sandbox).plan(frame, message))


def test_the_display_of_a_test_warns_a_tester_who_gets_the_same_message(ding: DingTalk, payslips: pd.DataFrame) -> None:
    first, second = payslips["userid"][:2]
    plan = ding.plan(payslips, dingnb.file("{{ path }}"))
    assert f"DingTalk drops it for {first} as a duplicate (143106)" in repr(plan.test(first, 0))
    assert "143106" not in repr(plan.test(second, 0))
    assert "143106" not in repr(plan.test("manager01", 0))
    run = plan.send("payslip").wait()
    assert run.results()["status"].tolist() == ["filtered", *["delivered"] * 7]


@pytest.mark.parametrize("size", [20, 500])
def test_the_size_reserved_for_a_media_id_is_a_limit_of_the_connection(
    sandbox: RunningSandbox, connect_to: Connect, staff: Staff, size: int
) -> None:
    ding = connect_to(sandbox, limits=dataclasses.replace(STANDARD, media_id_bytes=size))
    frame = staff(sandbox, 2)
    whole = len(b'{"msgtype":"link","link":{"messageUrl":"https://x.y","picUrl":"","title":"t","text":""}}') + size
    frame["text"] = ["x" * (STANDARD.body_bytes - whole), "x" * (STANDARD.body_bytes - whole + 1)]
    plan = ding.plan(frame, dingnb.link("t", "{{ text }}", "https://x.y", PNG))
    assert plan.problems()["position"].tolist() == [1]
    assert "The message has 2,049 bytes as sent" in plan.problems()["reason"].iloc[0]
    fixed = dingnb.link("t", frame["text"][1], "https://x.y", PNG)
    assert ding.plan(frame, fixed).rejected == 2


@pytest.mark.parametrize("column", ["userid", "mobile", "工号"])
def test_a_file_named_after_somebody_elses_id_is_the_first_warning(
    ding: DingTalk, payslips: pd.DataFrame, tmp_path: Path, column: str
) -> None:
    payslips["mobile"] = [f"1380013800{n}" for n in range(8)]
    payslips["工号"] = [f"A{n:03}" for n in range(8)]
    for n, value in enumerate(payslips[column]):
        (tmp_path / f"payslip-{value}_2026.pdf").write_bytes(PDF + b"id" + bytes([n]))
    payslips["path"] = [f"payslip-{value}_2026.pdf" for value in payslips[column]]
    message = dingnb.file("{{ path }}", folder=tmp_path)
    assert "name or ID" not in repr(ding.plan(payslips, message))
    payslips.loc[[1, 2], "path"] = payslips.loc[[2, 1], "path"].to_numpy()
    first = next(line for line in repr(ding.plan(payslips, message)).splitlines() if "! " in line)
    own, other = payslips["userid"][1], payslips[column][2]
    assert f"In 2 rows, the path of the file contains another person's name or ID: row 1 ({own}) gets payslip-" in first
    assert f"which contains “{other}”" in first


def test_a_file_named_after_somebody_elses_number_is_a_warning_if_its_column_has_a_number_as_label(
    ding: DingTalk, sandbox: RunningSandbox, tmp_path: Path
) -> None:
    mobiles = [person["mobile"] for person in sandbox.state.users() if person["active"]][:2]
    for n, mobile in enumerate(mobiles):
        (tmp_path / f"{mobile}.pdf").write_bytes(PDF + bytes([n]))
    payslips = pd.DataFrame({0: mobiles, "path": [f"{mobile}.pdf" for mobile in reversed(mobiles)]})
    message = dingnb.file("{{ path }}", folder=tmp_path)
    assert "In 2 rows, the path of the file contains another person's name or ID" in repr(
        ding.plan(payslips, message, to="mobile", columns={"mobile": 0})
    )


def test_ids_that_are_short_or_words_are_no_evidence_within_names_of_files(ding: DingTalk, tmp_path: Path) -> None:
    userids = ["11", "2026", "payslip", "user1", "user12", "5", "6", "zhang-san"]
    files = [
        "payslip_2026_11_a.pdf",
        "payslip_2026_11_b.pdf",
        "payslip_2026_11_c.pdf",
        "payslip_2026_11_user12.pdf",
        "payslip_2026_11_user1.pdf",
        "6.pdf",
        "5.pdf",
        "payslip_2026_11_d.pdf",
    ]
    frame = pd.DataFrame({"userid": userids, "path": files})
    for n, name in enumerate(files):
        (tmp_path / name).write_bytes(PDF + bytes([n]))
    message = dingnb.file("{{ path }}", folder=tmp_path)
    shown = repr(ding.plan(frame, message))
    assert "In 4 rows, the path of the file contains another person's name or ID: row 3 (user1)" in shown
    assert "In 4 rows" not in repr(ding.plan(frame[:3], message))
    assert "name or ID" not in repr(ding.plan(frame.drop(index=[3, 4, 5, 6]), message))
    frame.loc[7, "path"], frame.loc[0, "path"] = "payslip_2026_11_a.pdf", "payslip_2026_zhang-san.pdf"
    (tmp_path / "payslip_2026_zhang-san.pdf").write_bytes(PDF)
    assert "row 0 (11) gets payslip_2026_zhang-san.pdf, which contains “zhang-san”" in repr(ding.plan(frame, message))


def test_the_cause_of_a_long_wait_for_an_upload_is_shown_with_its_end(
    sandbox: RunningSandbox, connect_to: Connect, clock: VirtualClock, payslips: pd.DataFrame
) -> None:
    sandbox.state.faults.add("ban_page", path="/media/upload", times=1)
    with clock.participating():
        run = connect_to(sandbox).plan(payslips, dingnb.file("{{ path }}")).send("payslip", wait=False)
        while run.progress.waiting_for != "ban":
            clock.advance(seconds_to_ns(0.1))
        wait = "DingTalk refuses calls from this network address; next upload at "
        assert wait in run.progress.text
        assert wait in repr(run)
        run.wait()
    assert received(sandbox) == their_own(payslips)


@pytest.mark.parametrize("fault", ["busy", "drop_after", "504"])
def test_uploads_without_an_answer_say_that_they_may_be_repeated(
    sandbox: RunningSandbox, connect_to: Connect, payslips: pd.DataFrame, fault: str
) -> None:
    plan = connect_to(sandbox, outage_patience_s=0).plan(payslips, dingnb.file("{{ path }}"))
    sandbox.state.faults.add(fault, path="/media/upload")
    with pytest.raises(DingError) as caught:
        plan.send("payslip")
    assert caught.value.hint.startswith("An upload reaches nobody and may be repeated.")
    sandbox.state.faults.clear()
    plan.send("payslip").wait()
    assert received(sandbox) == their_own(payslips)


def test_a_file_that_was_uploaded_before_it_was_deleted_is_sent(
    sandbox: RunningSandbox, ding: DingTalk, payslips: pd.DataFrame
) -> None:
    sandbox.state.faults.add("month", path="/asyncsend_v2", times=1)
    plan = ding.plan(payslips, dingnb.file("{{ path }}"))
    with pytest.raises(QuotaError):
        plan.send("payslip")
    assert uploads(sandbox) == len(payslips)
    for path in payslips["path"]:
        Path(path).unlink()
    sandbox.state.faults.clear()
    plan.send("payslip").wait()
    assert received(sandbox) == their_own(payslips)


def test_a_failed_test_asks_for_its_own_cell_and_not_for_a_send_to_everybody(
    ding: DingTalk, payslips: pd.DataFrame
) -> None:
    plan = ding.plan(payslips, dingnb.file("{{ path }}"))
    Path(payslips["path"][2]).unlink()
    with pytest.raises(IncompleteError, match=r"run\.resume\(\) sends to those who are left") as caught:
        plan.test(payslips["userid"][7], 2)
    assert "send()" not in str(caught.value)


def test_a_file_that_was_corrected_after_a_test_is_not_sent_as_it_was(
    sandbox: RunningSandbox, ding: DingTalk, payslips: pd.DataFrame
) -> None:
    plan = ding.plan(payslips, dingnb.file("{{ path }}"))
    plan.test(payslips["userid"][7], 2)
    Path(payslips["path"][2]).write_bytes(PDF + b"corrected")
    run = plan.send("payslip", check=False)
    assert run.results()["status"].tolist() == [*["accepted"] * 2, "queued", *["accepted"] * 5]
    assert "has changed" in run.results()["reason"][2]
    ding.plan(payslips, dingnb.file("{{ path }}")).send("payslip").wait()
    assert received(sandbox)[payslips["userid"][2]] == [sha256(PDF + b"corrected")]


def test_a_name_of_another_person_in_the_name_that_recipients_see_is_a_warning(
    ding: DingTalk, payslips: pd.DataFrame
) -> None:
    payslips["name"] = ["张三", "李四", "王五", "赵六", "钱七", "孙八", "周九", "吴十"]
    payslips["shown"] = [*payslips["name"][1:], "张三"]
    plan = ding.plan(payslips, dingnb.file("{{ path }}", name="工资条_{{ shown }}.pdf"))
    assert (
        "In 8 rows, the path of the file contains another person's name or ID: row 0 (张三) gets 工资条_李四.pdf"
        in repr(plan)
    )


def test_no_path_leaves_the_folder_that_was_given(tmp_path: Path) -> None:
    (tmp_path / "secret.pdf").write_bytes(PDF)
    (tmp_path / "open").mkdir()
    with pytest.raises(InputError, match="is outside the folder"):
        dingnb.file("../secret.pdf", folder=tmp_path / "open")
