"""The tape, which records the calls of a notebook or a test, and plays recorded calls without a network."""

import io
import json
import os
import threading
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from email.utils import formatdate
from pathlib import Path
from typing import Any

import requests
from vcr.record_mode import RecordMode

import dingnb
from dingnb.clock import BEIJING, NS_PER_S, Clock, SystemClock, VirtualClock
from dingnb.errors import InputError
from dingnb.errors.arguments import check_flag
from dingnb.testing.cassette import LIVE, SANDBOX, TapeCassette, load_cassette
from dingnb.testing.masking import Mask
from dingnb.testing.recorded_call import (
    RecordedCall,
    TapeError,
    read_call,
    read_content,
    unknown_call_error,
    unplayed_calls_error,
)
from dingnb.transport import Forward, Hosts, is_loopback, override_routes
from dingnb.words import Text

RECORD_VARIABLE = "DINGNB_RECORD"
"""The environment variable that makes tapes record."""

_FIXED_SANDBOX_ID = "0" * 32
"""The id of every sandbox in a cassette."""


class Tape:
    """
    A running tape, which answers calls. Created by `tape`.

    Attributes:
        name: The name in error messages.
        clock: The source of time of connections made on the tape.
        is_offline: Whether the tape plays without any network.
    """

    def __init__(
        self,
        name: str,
        cassette: TapeCassette,
        clock: Clock,
        journal: Path | None = None,
        *,
        with_sandbox: bool = False,
    ) -> None:
        self.name = name
        self.clock = clock
        self._is_playing = cassette.record_mode is RecordMode.NONE
        self.is_offline = self._is_playing and not with_sandbox
        self._with_sandbox = with_sandbox
        self._cassette = cassette
        self._journal = journal
        self._mask = Mask()
        self._lock = threading.Lock()
        self._key_locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
        self._refused: TapeError | None = None
        self._is_ended = False
        self._hosts = Hosts()
        self._sandbox_version = ""

    def send(self, request: requests.PreparedRequest, hosts: Hosts, forward: Forward) -> requests.Response:
        """
        Answer a request from the tape, or forward and record it.

        Raises:
            TapeError: No recorded call matches, or the tape has ended.
        """
        with self._lock:
            call = read_call(str(request.method), str(request.url), request.headers, request.body, self._mask)
        if self._is_ended:
            raise TapeError(Text("tape.over", name=self.name, call=call.title), Text("tape.over_todo"))
        if not self._is_playing:
            return self._record(call, request, hosts, forward)
        recorded = self._find(call)
        # A playing tape never forwards calls to DingTalk, whichever host the connection has.
        is_forwarded = self._with_sandbox and is_loopback(hosts.oapi_base_url) and is_loopback(hosts.api_base_url)
        return forward(request) if is_forwarded else self._answer(request, recorded)

    def unplayed_error(self) -> TapeError | None:
        """Return the error for recorded calls that were not played; None if all calls were played."""
        with self._lock:
            unplayed = self._cassette.list_unplayed()
        return unplayed_calls_error(self.name, unplayed) if unplayed else None

    def failure(self) -> TapeError | None:
        """Return the error of the first refused call, or else the result of `unplayed_error`."""
        # Code under test may catch the error where it is raised. Unplayed calls are often a consequence of that error.
        return self._refused or self.unplayed_error()

    def end(self) -> None:
        """Refuse all further calls with a `TapeError`."""
        self._is_ended = True

    def save(self, started_ns: int) -> None:
        """Write the cassette, with the time at which the recording started, in nanoseconds since the epoch."""
        with self._lock:
            self._cassette.save(self._build_metadata(started_ns), self._mask)

    def _find(self, call: RecordedCall) -> dict[str, Any]:
        """Return the recorded response to a call, which then counts as played."""
        request = call.to_vcr()
        with self._lock:
            if not self._cassette.can_play_response_for(request):
                unplayed = {place for place, _ in self._cassette.list_unplayed()}
                error = unknown_call_error(self.name, call, self._cassette.calls, unplayed)
                self._refused = self._refused or error
                self._log(f"refused {error}")
                raise error
            self._log(f"played {self._cassette.next_position(call)}")
            recorded: dict[str, Any] = self._cassette.play_response(request)
        return recorded

    def _answer(self, request: requests.PreparedRequest, recorded: dict[str, Any]) -> requests.Response:
        response = requests.Response()
        response.request = request
        response.url = str(request.url)
        response.status_code = recorded["status"]["code"]
        response.reason = recorded["status"]["message"]
        response.headers.update({name: ", ".join(values) for name, values in recorded["headers"].items()})
        # dingnb reads DingTalk's time from Date, which is not recorded, and has to match the tape's clock.
        response.headers["Date"] = formatdate(self.clock.now_ns() // NS_PER_S, usegmt=True)
        response.raw = io.BytesIO(recorded["body"]["string"])
        return response

    def _record(
        self, call: RecordedCall, request: requests.PreparedRequest, hosts: Hosts, forward: Forward
    ) -> requests.Response:
        # Equal calls are made one at a time, so that the file contains their answers in the order of arrival.
        with self._lock:
            key_lock = self._key_locks[call.key]
        with key_lock:
            response = forward(request)
            self._append(call, response, hosts)
        return response

    def _append(self, call: RecordedCall, response: requests.Response, hosts: Hosts) -> None:
        media_type = response.headers.get("Content-Type", "")
        body = response.content
        with self._lock:
            content = read_content(media_type, body, self._mask)
            text = content.text
            if content.kind == "json" and isinstance(content.value, dict) and content.value.get("sandbox"):
                self._sandbox_version = str(content.value.get("version", "?"))
                # A sandbox has a random id, but two recordings must give equal files.
                text = text.replace(str(content.value.get("id") or _FIXED_SANDBOX_ID), _FIXED_SANDBOX_ID)
            answer = {
                "status": {"code": response.status_code, "message": response.reason or ""},
                "headers": {"Content-Type": [media_type]} if media_type else {},
                "body": {"string": body if content.kind == "text" else text.encode()},
            }
            self._cassette.append(call.to_vcr(), answer)
            self._hosts = hosts

    def _build_metadata(self, started_ns: int) -> dict[str, str]:
        hosts = dict.fromkeys((self._hosts.oapi_base_url, self._hosts.api_base_url))
        live = f"{LIVE} {' '.join(hosts)}"
        return {
            "against": f"{SANDBOX}, {self._sandbox_version}" if self._sandbox_version else live,
            "by": f"dingnb {dingnb.__version__}",
            "at": datetime.fromtimestamp(started_ns // NS_PER_S, BEIJING).isoformat(),
            "time": "virtual" if isinstance(self.clock, VirtualClock) else "real",
        }

    def _log(self, line: str) -> None:
        if self._journal is not None:
            with self._journal.open("a", encoding="utf-8") as file:
                file.write(json.dumps(line, ensure_ascii=False) + "\n")


@contextmanager
def tape(
    name: str,
    *,
    record: bool | None = None,
    directory: str | Path = "cassettes",
    clock: Clock | None = None,
    journal: Path | None = None,
) -> Iterator[Tape]:
    """
    Record all calls made inside the context, or play recorded calls strictly and without a network.

    Connect inside the context. While a tape plays, ``connect("sandbox")`` starts no server, recorded tokens are
    ``***``, and `connect` accepts any app secret but needs the recorded app key and agent id. A call that was not
    recorded, or differs, raises `TapeError` immediately, and again at the end if the error was caught. Recorded calls
    that were not played raise `TapeError` at the end. Bodies are compared in canonical form: the order of JSON fields
    and the boundary of multipart content do not matter.

    Inbound events, by callback or by Stream, are not recorded. If a tape recorded on the sandbox contains a call that
    subscribes to events, a sandbox runs while the tape plays, answers the calls and sends the events. The calls are
    still compared with the recorded calls first.

    The file, ``<directory>/<name>.yaml``, is a vcrpy cassette. Secrets are written as ``***``: all values of fields and
    headers with a secret name, such as ``accessToken`` or ``Authorization``, in the query, a form, JSON, or JSON within
    text. Names, phone numbers and message texts are not masked. Calls without an answer are not recorded. No file
    is written if the context ends with an error.

    Args:
        name: The name of the tape.
        record: Whether to record. By default the tape plays if ``DINGNB_RECORD`` is ``0``, empty or not set, and
            records with any other value, such as ``1``.
        directory: The folder of the cassettes.
        clock: The source of time of connections made inside. The default is the real time for recording and, for
            playing, a virtual clock that starts at the time of the recording, so that pauses take no time. Recordings
            on a sandbox are equal byte for byte if each has a new `VirtualClock`.
        journal: A file to which played calls are written; `check_journal` checks it in another process.

    Raises:
        InputError: `name` is not a valid file name, `record` is neither True nor False, or the tape is missing,
            damaged, or contains an unmasked secret.
        TapeError: The calls differ from the recorded calls.
    """
    path = _path_of(name, Path(directory))
    if record is not None:
        check_flag("record", record)
    recording = os.environ.get(RECORD_VARIABLE, "") not in {"", "0"} if record is None else record
    cassette = TapeCassette(path, RecordMode.ALL) if recording else _load(path)
    clock = clock or (SystemClock() if recording else VirtualClock(cassette.started_ns))
    started_ns = clock.now_ns()
    running = Tape(name, cassette, clock, journal, with_sandbox=cassette.has_inbound_events)
    try:
        with override_routes(running):
            yield running
    finally:
        running.end()
    if recording:
        running.save(started_ns)
        return
    failure = running.failure()
    if failure is not None:
        raise failure


def check_journal(name: str, journal: Path, *, directory: str | Path = "cassettes") -> None:
    """
    Check the journal of a tape that was played in another process.

    Args:
        name: The name of the tape. A missing tape counts as empty.
        journal: The journal. A missing file means that no call was made.
        directory: The folder of the cassettes.

    Raises:
        InputError: `name` is not a valid file name, or the tape cannot be read.
        TapeError: A call was refused, or a recorded call was not played.
    """
    path = _path_of(name, Path(directory))
    cassette = _load(path) if path.exists() else TapeCassette(path)
    lines = journal.read_text(encoding="utf-8").splitlines() if journal.exists() else []
    entries = [json.loads(line).partition(" ") for line in lines]
    refusals = [text for kind, _, text in entries if kind == "refused"]
    if refusals:
        raise TapeError(refusals[0])
    played = {int(text) for kind, _, text in entries if kind == "played"}
    unplayed = [call for call in cassette.list_unplayed() if call.position not in played]
    if unplayed:
        raise unplayed_calls_error(name, unplayed)


def _path_of(name: str, directory: Path) -> Path:
    if not name or name != Path(name).name or set(name) & set('\\/:*?"<>|\0') or name in {".", ".."}:
        raise InputError(Text("tape.bad_name", name=name), Text("tape.bad_name_todo"))
    return directory / f"{name}.yaml"


def _load(path: Path) -> TapeCassette:
    try:
        return load_cassette(path)
    except FileNotFoundError:
        raise InputError(Text("tape.none", path=path), Text("tape.none_todo")) from None
    except InputError:
        raise
    except (OSError, ValueError) as error:
        reason = next((part for part in error.args if isinstance(part, Text)), error)
        raise InputError(Text("tape.unreadable", path=path, error=reason), Text("tape.unreadable_todo")) from None
