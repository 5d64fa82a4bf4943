"""The tape: records the calls of a notebook or a test, and plays them without a network."""

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
from dingnb.testing.cassette import LIVE, SANDBOX, MeaningCassette, load
from dingnb.testing.content import read_content
from dingnb.testing.difference import TapeError, unknown_call, unmade_calls
from dingnb.testing.masking import Mask
from dingnb.testing.recorded_call import RecordedCall, read_call
from dingnb.transport import Forward, Hosts, is_loopback, overriding
from dingnb.words import say

RECORD = "DINGNB_RECORD"
_TAPED_ID = "0" * 32


class Tape:
    """
    What answers calls while it runs. Made by `tape`.

    Attributes:
        name: What errors call it.
        clock: The time that connections made on it live in.
        is_offline: Whether it plays, and asks nobody.
    """

    def __init__(
        self,
        name: str,
        cassette: MeaningCassette,
        clock: Clock,
        journal: Path | None = None,
        *,
        is_beside: bool = False,
    ) -> None:
        self.name = name
        self.clock = clock
        self._plays = cassette.record_mode is RecordMode.NONE
        self.is_offline = self._plays and not is_beside
        self._is_beside = is_beside
        self._cassette = cassette
        self._journal = journal
        self._mask = Mask()
        self._lock = threading.Lock()
        self._turns: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)
        self._refused: TapeError | None = None
        self._over = False
        self._hosts = Hosts()
        self._sandbox_version = ""

    def send(self, request: requests.PreparedRequest, hosts: Hosts, forward: Forward) -> requests.Response:
        """
        Answer a request from the tape, or send it on and record it.

        Raises:
            TapeError: No recorded call means the same, or the tape has ended.
        """
        with self._lock:
            call = read_call(str(request.method), str(request.url), request.headers, request.body, self._mask)
        if self._over:
            raise TapeError("\n".join([say("tape.over", name=self.name, call=call.title), say("tape.over_todo")]))
        if not self._plays:
            return self._record(call, request, hosts, forward)
        found = self._find(call)
        # No tape plays to DingTalk itself, whatever is connected while it plays.
        is_answered = self._is_beside and is_loopback(hosts.oapi_base_url) and is_loopback(hosts.api_base_url)
        return forward(request) if is_answered else self._answer(request, found)

    def unmade(self) -> TapeError | None:
        """Return the error for recorded calls that were not made; None where all were."""
        with self._lock:
            unplayed = self._cassette.unplayed()
        return unmade_calls(self.name, unplayed) if unplayed else None

    def failure(self) -> TapeError | None:
        """Return the error of the first call that was refused, else that of `unmade`."""
        # Code under test may swallow the error where it is raised; and what is unmade follows from it.
        return self._refused or self.unmade()

    def end(self) -> None:
        """Answer no further call."""
        self._over = True

    def save(self, started_ns: int) -> None:
        """Write the cassette."""
        with self._lock:
            self._cassette.save(self._recorded(started_ns), self._mask)

    def _find(self, call: RecordedCall) -> dict[str, Any]:
        wanted = call.to_vcr()
        with self._lock:
            if not self._cassette.can_play_response_for(wanted):
                unplayed = {place for place, _ in self._cassette.unplayed()}
                error = unknown_call(self.name, call, self._cassette.calls, unplayed)
                self._refused = self._refused or error
                self._note(f"refused {error}")
                raise error
            self._note(f"played {self._cassette.next_place(call)}")
            found: dict[str, Any] = self._cassette.play_response(wanted)
        return found

    def _answer(self, request: requests.PreparedRequest, found: dict[str, Any]) -> requests.Response:
        response = requests.Response()
        response.request = request
        response.url = str(request.url)
        response.status_code = found["status"]["code"]
        response.reason = found["status"]["message"]
        response.headers.update({name: ", ".join(values) for name, values in found["headers"].items()})
        # DingTalk's clock is asked for the day; a recorded Date would belong to another day than the tape's time.
        response.headers["Date"] = formatdate(self.clock.now_ns() // NS_PER_S, usegmt=True)
        response.raw = io.BytesIO(found["body"]["string"])
        return response

    def _record(
        self, call: RecordedCall, request: requests.PreparedRequest, hosts: Hosts, forward: Forward
    ) -> requests.Response:
        # Equal calls go one after the other: which answer came first has to be the order of the file.
        with self._lock:
            turn = self._turns[call.key]
        with turn:
            response = forward(request)
            self._append(call, response, hosts)
        return response

    def _append(self, call: RecordedCall, response: requests.Response, hosts: Hosts) -> None:
        media_type = response.headers.get("Content-Type", "")
        body = response.content
        with self._lock:
            content = read_content(media_type, body, self._mask, "body")
            text = content.text
            if content.kind == "json" and isinstance(content.meaning, dict) and content.meaning.get("sandbox"):
                self._sandbox_version = str(content.meaning.get("version", "?"))
                # A sandbox has a random id; recording twice has to give the same file.
                text = text.replace(str(content.meaning.get("id") or _TAPED_ID), _TAPED_ID)
            answer = {
                "status": {"code": response.status_code, "message": response.reason or ""},
                "headers": {"Content-Type": [media_type]} if media_type else {},
                "body": {"string": body if content.kind == "text" else text.encode()},
            }
            self._cassette.append(call.to_vcr(), answer)
            self._hosts = hosts

    def _recorded(self, started_ns: int) -> dict[str, str]:
        hosts = dict.fromkeys((self._hosts.oapi_base_url, self._hosts.api_base_url))
        live = f"{LIVE} {' '.join(hosts)}"
        return {
            "against": f"{SANDBOX}, {self._sandbox_version}" if self._sandbox_version else live,
            "by": f"dingnb {dingnb.__version__}",
            "at": datetime.fromtimestamp(started_ns // NS_PER_S, BEIJING).isoformat(),
            "time": "virtual" if isinstance(self.clock, VirtualClock) else "real",
        }

    def _note(self, line: str) -> None:
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
    Record every call made inside the context, or play what was recorded, strictly and without a network.

    Connect inside the context. While it plays, ``connect("sandbox")`` starts no server, a recorded token
    is ``***``, and `connect` takes any app secret, but the recorded app key and agent id. A call that was not
    recorded, or differs, raises `TapeError` at once, and again at the end where it was swallowed; recorded calls
    that nobody made raise it at the end. Bodies are compared by what they mean: the order of JSON's fields and
    the boundary of multipart do not matter.

    What came from outside, by a callback or by Stream, is on no tape. So where a tape of the sandbox has a call that
    lets it come, the sandbox runs beside the tape while it plays: it answers, and brings what happens there. The calls
    are compared with the recorded ones all the same, before they reach it.

    The file, ``<directory>/<name>.yaml``, is a cassette of vcrpy's. Secrets are written as ``***``: what is in a field
    or header with a secret's name, such as ``accessToken``, ``aes_key`` or ``Authorization``, in the query, a form,
    JSON, or JSON within a text; names, phone numbers and texts are written as they are. A call that got no answer is
    not recorded, and nothing is written when the context ends by an error.

    Args:
        name: The tape's name.
        record: Whether to record; else ``DINGNB_RECORD=1`` says so, and without it the tape plays.
        directory: The folder of the cassettes.
        clock: The source of time of connections made inside. By default it is real while recording, and
            while playing a virtual one that starts when it was recorded: pauses take no time. Recordings on a
            sandbox are equal byte for byte when each has a fresh `VirtualClock`.
        journal: A file that is told what was played; `check_journal` checks it in another process.

    Raises:
        InputError: `name` cannot be a file's name, or there is no such tape to play, or it is broken, or a secret in
            it is not masked.
        TapeError: The calls are not those that were recorded.
    """
    path = _path_of(name, Path(directory))
    recording = os.environ.get(RECORD, "") not in {"", "0"} if record is None else record
    cassette = MeaningCassette(path, RecordMode.ALL) if recording else _load(path)
    clock = clock or (SystemClock() if recording else VirtualClock(cassette.started_ns))
    started_ns = clock.now_ns()
    running = Tape(name, cassette, clock, journal, is_beside=cassette.receives)
    try:
        with overriding(running):
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
    Check what a tape in another process has told its journal.

    Args:
        name: The tape's name; one that is not there holds nothing.
        journal: The file; one that is not there means that nothing was called.
        directory: The folder of the cassettes.

    Raises:
        InputError: The tape cannot be read.
        TapeError: A call was refused, or a recorded call was not made.
    """
    path = _path_of(name, Path(directory))
    cassette = _load(path) if path.exists() else MeaningCassette(path)
    lines = journal.read_text(encoding="utf-8").splitlines() if journal.exists() else []
    notes = [json.loads(line).partition(" ") for line in lines]
    refusals = [text for word, _, text in notes if word == "refused"]
    if refusals:
        raise TapeError(refusals[0])
    played = {int(text) for word, _, text in notes if word == "played"}
    unmade = [one for one in cassette.unplayed() if one[0] not in played]
    if unmade:
        raise unmade_calls(name, unmade)


def _path_of(name: str, directory: Path) -> Path:
    if not name or name != Path(name).name or set(name) & set('\\/:*?"<>|\0') or name in {".", ".."}:
        raise InputError(say("tape.bad_name", name=name), say("tape.bad_name_todo"))
    return directory / f"{name}.yaml"


def _load(path: Path) -> MeaningCassette:
    try:
        return load(path)
    except FileNotFoundError:
        raise InputError(say("tape.none", path=path), say("tape.none_todo")) from None
    except InputError:
        raise
    except (OSError, ValueError) as error:
        raise InputError(say("tape.unreadable", path=path, error=error), say("tape.unreadable_todo")) from None
