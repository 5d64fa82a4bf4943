"""Pictures and files: uploaded once, before the batches that need them, and never the wrong one or none."""

import dataclasses
import hashlib
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import requests
from requests.adapters import BaseAdapter

import dingnb
from dingnb.client import DingTalk
from dingnb.clock import VirtualClock, seconds
from dingnb.errors import IncompleteError, InputError, LiveSendError, QuotaError
from dingnb.limits import STANDARD
from dingnb.sandbox import RunningSandbox
from tests.campaigns.sending.test_run_again import Loses
from tests.media.samples import PDF, PNG

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
    return sum(one["path"] == "/media/upload" for one in sandbox.state.recorded_calls())


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
    assert "1 upload, each of which counts as a call" in repr(plan)
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
            sandbox.state.media.expire([one.media_id for one in sandbox.state.media.all()])
        return n == 1

    Loses(ding, lose_first, arrives=False)
    run = ding.plan(payslips[:1], dingnb.file("{{ path }}")).send("payslip", check=False)
    results = run.wait(check=False).results()
    assert results["status"].tolist() == ["unknown"]
    assert received(sandbox) == {}
    assert uploads(sandbox) == 1


def test_a_media_id_that_dingtalk_has_forgotten_is_uploaded_again(
    sandbox: RunningSandbox, ding: DingTalk, payslips: pd.DataFrame
) -> None:
    ding.plan(payslips[:4], dingnb.file("{{ path }}")).send("first").wait()
    sandbox.state.media.expire([one.media_id for one in sandbox.state.media.all()])
    run = ding.plan(payslips, dingnb.file("{{ path }}")).send("second").wait()
    assert run.results()["reached"].all()
    assert uploads(sandbox) == 12
    assert {len(one) for one in received(sandbox).values()} == {1, 2}


def test_a_file_that_has_changed_since_the_plan_is_not_sent(
    sandbox: RunningSandbox, ding: DingTalk, payslips: pd.DataFrame
) -> None:
    changed, deleted = Path(payslips["path"][1]), Path(payslips["path"][2])
    plan = ding.plan(payslips, dingnb.file("{{ path }}"))
    changed.write_bytes(PDF + b"another payslip")
    deleted.unlink()
    with pytest.raises(IncompleteError, match="2 people are still queued: 2 files could not be uploaded") as caught:
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
    with pytest.raises(InputError, match="Run the cells again that made the message"):
        run.resume()
    assert run.results()["status"].eq("queued").all()
    connect_to(sandbox).campaign("paths").refresh()
    assert received(sandbox) == their_own(payslips)
    connect_to(sandbox).plan(payslips, dingnb.image(PNG)).send("bytes").wait()
    assert {tuple(one) for one in received(sandbox).values()} == {
        (sha256(content_for(userid)), sha256(PNG)) for userid in payslips["userid"]
    }


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
    with clock.taking_part():
        ding = connect_to(sandbox, latency_s=0.5)
        plan = ding.plan(payslips, dingnb.file("{{ path }}"))
        run = plan.send("payslip", wait=False)
        while uploads(sandbox) < 3:
            clock.advance(seconds(0.1))
        assert "uploading: " in run.progress.text
        run.stop()
        run.wait("sent", check=False)
        made = uploads(sandbox)
        assert received(sandbox) == {}
        run.resume()
        run.wait()
    assert received(sandbox) == their_own(payslips)
    assert uploads(sandbox) == len(payslips) >= made


def test_a_test_uploads_its_own_file_alone(sandbox: RunningSandbox, ding: DingTalk, payslips: pd.DataFrame) -> None:
    plan = ding.plan(payslips, dingnb.file("{{ path }}"))
    plan.test(payslips["userid"][7], 2).wait()
    assert received(sandbox) == {payslips["userid"][7]: [sha256(content_for(payslips["userid"][2]))]}
    assert uploads(sandbox) == 1


def test_uploads_count_in_the_month(sandbox: RunningSandbox, connect_to: Connect, payslips: pd.DataFrame) -> None:
    ding = connect_to(sandbox, limits=dataclasses.replace(STANDARD, calls_per_month=23))
    ding._realm = dataclasses.replace(ding._realm, mode="LIVE")
    plan = ding.plan(payslips, dingnb.file("{{ path }}"))
    with pytest.raises(LiveSendError, match="needs 24 calls: 8 to upload files, 8 to send"):
        plan.send("payslip", expect=8)
    assert uploads(sandbox) == 0


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
    assert (made.type, made.bytes, made.hash) == ("file", len(PDF), sha256(PDF))
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
    with pytest.raises(InputError, match="the same for everybody"):
        dingnb.file(PDF, name="{{ n }}.pdf")


def test_equal_content_for_several_people_is_a_warning_though_the_path_is_their_own(
    ding: DingTalk, payslips: pd.DataFrame
) -> None:
    Path(payslips["path"][5]).write_bytes(content_for(payslips["userid"][2]))
    [warning] = [note for note in repr(ding.plan(payslips, dingnb.file("{{ path }}"))).splitlines() if "! " in note][:1]
    assert "2 people get the same content as somebody else (1 file), such as rows 2, 5" in warning


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
    assert "The path of the file in 2 rows contains another person's name: row 1 (李四) gets payslip_王五.pdf" in first


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
    assert "in 1 row contains another person's name: row 0 (张三) gets 张三丰.pdf" in repr(plan)
    payslips.loc[[4, 5], "path"] = payslips.loc[[5, 4], "path"].to_numpy()
    assert "in 3 rows contains another person's name" in repr(ding.plan(payslips, dingnb.file("{{ path }}")))


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
    for word in ("needs it", "no file", "symbolic link", "leads out of the folder", "0 bytes", "web page", "Windows"):
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
    sandbox.state.media.expire([one.media_id for one in sandbox.state.media.all()])
    with clock.taking_part():
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
    payslips["path"] = [str(Path(one).rename(moved / Path(one).name)) for one in payslips["path"]]
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
    with pytest.raises(InputError):
        plan.send("payslip")
    assert uploads(sandbox) == 0
    assert "0 calls used here" in repr(plan)
