"""
Media (docs/dingtalk.md, "Media"): uploads of pictures, files, voice and video.

Each upload counts towards the monthly quota (assumption).
"""

import re

from dingnb.auth import Caller
from dingnb.errors import BadAnswerError, bad_answer_todo
from dingnb.media import Content
from dingnb.transport import Call, FilePart
from dingnb.words import Text

UPLOAD = "/media/upload"

_MEDIA_ID = re.compile(r"[@$]?[0-9A-Za-z_+/=-]{1,500}")


def upload(caller: Caller, content: Content) -> str:
    """
    Upload a file, reading it while it is sent, and return its media id.

    Args:
        caller: The caller for the app, to which the id belongs.
        content: The file.

    Raises:
        InputError: The file is gone or has changed; nothing was uploaded.
        BadAnswerError: The answer contains no media id.
        DingError: DingTalk refused the call or could not be reached.
    """
    part = FilePart("media", content.name, content.mime, content.size, content.open)
    answer = caller.call(Call(UPLOAD, part, {"type": content.kind}))
    media_id = answer.get("media_id")
    if not isinstance(media_id, str) or not _MEDIA_ID.fullmatch(media_id):
        raise BadAnswerError(Text("api.no_media_id", path=UPLOAD), bad_answer_todo(UPLOAD))
    return media_id
