"""Media: ``/media/upload``, and the media ids in messages (docs/dingtalk.md, "Media")."""

import io
import zipfile
from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

from dingnb.clock import NS_PER_MS
from dingnb.media.formats import FORMATS, KINDS, MediaKind, format_of
from dingnb.sandbox.media import Reference, StoredMedium, references_in, robot_references_in
from dingnb.sandbox.state import SandboxState
from dingnb.sandbox.web.request import Part, Request
from dingnb.sandbox.web.responses import RefusedError, Response, service_error, success

PATH = "/media/upload"


def upload(state: SandboxState, request: Request) -> Response:
    """
    Answer an upload with a valid token.

    If several of DingTalk's codes apply, the order of the checks is an assumption.
    """
    if request.media_type != "multipart/form-data":
        return service_error("43008")
    parts = request.parts()
    fields = {part.name: part.content.decode(errors="replace") for part in parts if part.filename is None}
    kind = KINDS.get(request.query.get("type") or fields.get("type", ""))
    if kind is None:
        return service_error("40004")
    file = next((part for part in parts if part.name == "media" and part.filename is not None), None)
    if file is None:
        return service_error("41005")
    refusal = _refusal_code(state, kind, file)
    if refusal:
        return service_error(refusal)
    medium = state.media.add(kind.name, file.filename or "", file.content, request.now_ns)
    return success(type=kind.name, media_id=medium.media_id, created_at=medium.uploaded_ns // NS_PER_MS)


def read_form_token(request: Request) -> str:
    """Return the token from a part of the form, as in DingTalk's sample; empty without a form or a token in it."""
    if request.media_type != "multipart/form-data":
        return ""
    parts = request.parts()
    return next((part.content.decode(errors="replace") for part in parts if part.name == "access_token"), "")


def _refusal_code(state: SandboxState, kind: MediaKind, file: Part) -> str:
    """Return the error code for a file; empty if the file is accepted."""
    if not file.content:
        return "44001"
    if len(file.content) > kind.max_bytes:
        return state.settings.large_media_code
    checked_by = state.settings.media_format_by
    if checked_by != "content" and PurePath(file.filename or "").suffix.lower() not in _suffixes(kind):
        return "40005"
    return "40005" if checked_by != "name" and _format_of(file) not in kind.formats else ""


def _suffixes(kind: MediaKind) -> frozenset[str]:
    return frozenset(suffix for name in kind.formats for suffix in FORMATS[name].suffixes)


def _format_of(file: Part) -> str:
    try:
        return format_of(io.BytesIO(file.content), file.filename or "")
    except (zipfile.BadZipFile, NotImplementedError, ValueError, EOFError):
        return ""


def check_work_notification(state: SandboxState, body: Mapping[str, Any], now_ns: int) -> None:
    """
    Check the media ids of a work notification, as far as `checks_media_ids` and `foreign_media_ids` require it.

    Raises:
        RefusedError: A media id is unknown, expired, of another app or of another kind, or its file is too large.
    """
    for reference in references_in(body):
        medium = _check_reference(state, reference, now_ns)
        if medium is not None and body["msgtype"] == "file" and medium.size > state.settings.file_message_bytes:
            # The limit is documented; the code is an assumption.
            raise RefusedError(service_error("40006", reference.field))


def check_robot_message(state: SandboxState, body: Mapping[str, Any], now_ns: int) -> None:
    """
    Check the media ids of a robot's message, as far as `checks_media_ids` and `foreign_media_ids` require it.

    Raises:
        RefusedError: A media id is unknown, expired, of another app or of another kind.
    """
    for reference in robot_references_in(body):
        _check_reference(state, reference, now_ns)


def _check_reference(state: SandboxState, reference: Reference, now_ns: int) -> StoredMedium | None:
    settings = state.settings
    media_state = state.media.state(reference.media_id, now_ns)
    is_accepted = media_state == "valid" or (media_state == "foreign" and settings.foreign_media_ids == "accepted")
    medium = state.media.find(reference.media_id)
    if settings.checks_media_ids and (not is_accepted or (medium is not None and medium.kind != reference.kind)):
        raise RefusedError(service_error("40007", f"{reference.field}: {reference.media_id}"))
    return medium
