"""
Media (docs/dingtalk.md, "Media"): uploads of pictures, files, voice and video.

Each upload counts towards the monthly quota.
"""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from dingnb.auth import Caller
from dingnb.clock import BEIJING
from dingnb.errors import BadAnswerError, bad_answer_todo
from dingnb.media import Content
from dingnb.transport import Call, FilePart, whole_number
from dingnb.words import Text

UPLOAD = "/media/upload"

_MEDIA_ID = re.compile(r"[@$]?[0-9A-Za-z_+/=-]{1,500}")
_EPOCH = datetime.fromtimestamp(0, BEIJING)
_LAST_MS = 253_402_214_400_000
"""The start of the year 10000."""


@dataclass(frozen=True, slots=True)
class UploadedMedia:
    """
    What DingTalk answered to an upload.

    Attributes:
        media_id: The id with which messages refer to it.
        type: Its kind.
        created_at: When DingTalk received it; None if the answer does not say.
    """

    media_id: str
    type: str
    created_at: datetime | None


def upload(caller: Caller, content: Content) -> UploadedMedia:
    """
    Upload a content, which is read while it is sent, and return its media id.

    Args:
        caller: The caller for the app, to which the id belongs.
        content: The content.

    Raises:
        InputError: The file is gone or has changed; then nothing was uploaded.
        DingError: DingTalk refused the call or could not be reached.
    """
    part = FilePart("media", content.name, content.mime, content.size, content.open)
    answer = caller.call(Call(UPLOAD, part, {"type": content.kind}))
    media_id = answer.get("media_id")
    if not isinstance(media_id, str) or not _MEDIA_ID.fullmatch(media_id):
        raise BadAnswerError(Text("api.no_media_id", path=UPLOAD), bad_answer_todo(UPLOAD))
    kind = answer.get("type")
    return UploadedMedia(media_id, kind if isinstance(kind, str) else content.kind, _time_of(answer.get("created_at")))


def _time_of(milliseconds: object) -> datetime | None:
    number = whole_number(milliseconds)
    return None if number is None or number >= _LAST_MS else _EPOCH + timedelta(milliseconds=number)
