import os
from pathlib import Path
from typing import Any

import pytest

from dingnb.api.media import upload
from dingnb.client import DingTalk
from dingnb.errors import BadAnswerError, DingError, InputError
from dingnb.media import content_of
from dingnb.sandbox import RunningSandbox
from tests.table_rows import for_each

PDF = b"%PDF-1.7\n" + bytes(range(256))


def test_an_upload_sends_the_file_and_reads_the_id(caller_hearing: Any) -> None:
    answer = {"type": "file", "media_id": "@lAzPDgCw", "created_at": 1605863153573}
    caller, bodies = caller_hearing(answer)
    assert upload(caller, content_of(PDF, "file", "工资条.pdf")) == "@lAzPDgCw"
    assert PDF in bodies[-1]
    assert 'filename="工资条.pdf"\r\nContent-Type: application/pdf'.encode() in bodies[-1]


@for_each(
    "answer", [{}, {"media_id": ""}, {"media_id": None}, {"media_id": 5}, {"media_id": "a b"}, {"media_id": "@" * 9}]
)
def test_an_answer_without_a_media_id_is_no_answer(answer: dict[str, Any], caller_hearing: Any) -> None:
    caller, _ = caller_hearing(answer)
    with pytest.raises(BadAnswerError, match="without a media id"):
        upload(caller, content_of(PDF, "file", "a.pdf"))


def test_a_changed_file_is_not_uploaded(tmp_path: Path, caller_hearing: Any) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(PDF)
    content = content_of(path, "file")
    path.write_bytes(PDF[::-1])
    caller, bodies = caller_hearing({"media_id": "@a"})
    with pytest.raises(InputError, match="has changed"):
        upload(caller, content)
    assert not any(b"multipart" in body or b"filename" in body for body in bodies)


def test_an_upload_with_a_token_that_was_revoked_is_repeated_whole(sandbox: RunningSandbox, ding: DingTalk) -> None:
    content = content_of(PDF, "file", "a.pdf")
    ding.token()
    sandbox.state.tokens.revoke()
    media_id = upload(ding._caller, content)
    [sent] = sandbox.state.uploads()
    assert (sent["media_id"], sent["sha256"], sent["size"]) == (media_id, content.sha256, len(PDF))


@pytest.mark.parametrize("fault", ["throttled", "drop_after", "html", "token"])
def test_an_error_of_an_upload_holds_no_secret(
    sandbox: RunningSandbox, ding: DingTalk, fault: str, whole_of: Any, find_secrets: Any
) -> None:
    sandbox.state.faults.add(fault, path="/media/upload")
    with pytest.raises(DingError) as caught:
        upload(ding._caller, content_of(PDF, "file", "a.pdf"))
    assert find_secrets(whole_of(caught.value)) == []


def test_a_file_that_changes_under_an_upload_leaves_no_upload_and_no_secret(
    sandbox: RunningSandbox, ding: DingTalk, tmp_path: Path, whole_of: Any, find_secrets: Any
) -> None:
    path = tmp_path / "a.pdf"
    path.write_bytes(PDF * 1_000)
    content, before = content_of(path, "file"), path.stat()
    path.write_bytes(PDF * 999 + PDF[::-1])
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    with pytest.raises(InputError, match="has changed") as caught:
        upload(ding._caller, content)
    assert find_secrets(whole_of(caught.value)) == []
    assert sandbox.state.uploads() == []
    assert upload(ding._caller, content_of(path, "file"))
