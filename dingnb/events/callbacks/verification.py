"""Tells genuine posts of DingTalk's from all others, and knows their answer."""

import base64
import hashlib
import hmac
import json
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl

from dingnb.auth import Secret
from dingnb.clock import seconds
from dingnb.errors import InputError, LedgerError
from dingnb.errors.callback import CallbackError, OwnerError
from dingnb.errors.frames import cleared_frames
from dingnb.events.callbacks.counters import Reason, RefusedError, Tally
from dingnb.events.callbacks.crypto import CallbackCrypto
from dingnb.events.callbacks.settings import ReceiverSettings
from dingnb.events.event import Event
from dingnb.events.json_values import parse_object
from dingnb.events.log import EventLog
from dingnb.events.parsing import milliseconds_in, read_event, read_robot_message
from dingnb.words import NOTHING, Text, duration

_CHECKS = frozenset({"check_url", "check_create_suite_url", "check_update_suite_url"})
"""Types of posts that only ask whether somebody is there."""

_SUCCESS = "success"
_NO_ANSWER = b'{"msgtype":"empty"}'
"""What a robot's message is answered with: nothing is said in its conversation."""

_MOST_BRACKETS = 32
"""In an envelope, which is one object of texts."""

_MOST_PARAMETERS = 32
_ID_LENGTH = 32
_NS_PER_MS = 1_000_000


@dataclass(frozen=True, slots=True)
class Genuine:
    """
    A genuine post.

    Attributes:
        event: Its event; None if it only checks the address.
        answer: The answer once the event is accepted.
        came_ns: When it was received, by the clock's ``monotonic_ns``.
    """

    event: Event | None
    answer: bytes
    came_ns: int


class Gate:
    """
    Checks posts against keys, owner and time (docs/dingtalk.md, "Callbacks"). Thread-safe.

    Args:
        settings: The receiver's settings.
        app_secret: The key with which DingTalk signs robot messages.
        log: The event log.
        tally: The counters.
    """

    def __init__(self, settings: ReceiverSettings, app_secret: Secret, log: EventLog, tally: Tally) -> None:
        token, aes_key = settings.keys.token, settings.keys.aes_key
        with cleared_frames():
            self._cryptos = [CallbackCrypto(token.reveal(), aes_key.reveal(), owner) for owner in settings.owners]
        self._settings = settings
        self._app_secret = app_secret
        self._log = log
        self._tally = tally
        self.off_ns = 0
        """How far the time of the last genuine post was from ours, where it was refused for it; else 0."""
        self._has_told = False
        self._taking = threading.Lock()
        self._not_kept: tuple[int, LedgerError] | None = None

    def read(self, query: bytes, headers: Mapping[bytes, bytes], body: bytes) -> Genuine:
        """
        Verify a post, and return its event and answer.

        Args:
            query: The query of its URL.
            headers: Its headers, with names in lower case.
            body: Its body.

        Raises:
            RefusedError: It is not genuine, or outside the allowed time.
        """
        asked = _parameters(query)
        if b"sign" in headers and not {"signature", "msg_signature"} & asked.keys():
            return self._robot_message(headers, body)
        if body.count(b"{") + body.count(b"[") > _MOST_BRACKETS:
            # Strangers make it as deep as they like; what reads JSON goes as deep, too.
            raise RefusedError(Reason.BODY)
        return self._callback(asked, _object_in(body, Reason.BODY))

    def take(self, genuine: Genuine) -> None:
        """
        Add the event to the log, which may wait for the disk. An address check is only counted.

        Raises:
            RefusedError: The event is in the log already, and repeats are refused.
            LedgerError: The event should be stored but cannot be: do not answer it.
        """
        if genuine.event is None:
            self._tally.take("check")
        elif self._is_new(genuine.event, genuine.came_ns):
            self._tally.take("event")
        elif self._settings.repeats == "refuse":
            raise RefusedError(Reason.REPEAT)
        else:
            self._tally.take("repeated")

    def time_note(self) -> Text:
        """Return what there is to say where the last genuine post was refused for its time; else nothing."""
        # Another thread may be reading a post.
        off_ns = self.off_ns
        return _time_note(off_ns) if off_ns else NOTHING

    def _is_new(self, event: Event, came_ns: int) -> bool:
        """
        Add an event to the log, and return whether it is new.

        Where another could not be kept since this one came, the ledger was waited for long enough: of many that come
        together, each would wait as long again, and whoever reads the log with them.
        """
        with self._taking:
            if self._not_kept is not None and came_ns < self._not_kept[0]:
                why = self._not_kept[1]
                raise LedgerError(why.text, why.advice)
            try:
                return self._log.take(event)
            except LedgerError as error:
                self._not_kept = self._log.clock.monotonic_ns(), LedgerError(error.text, error.advice)
                raise

    def _callback(self, asked: Mapping[str, str], envelope: Mapping[str, Any]) -> Genuine:
        stamp = asked.get("timeStamp") or asked.get("timestamp", "")
        signature = asked.get("msg_signature") or asked.get("signature", "")
        crypto, text = self._opened(signature, stamp, asked.get("nonce", ""), envelope.get("encrypt"))
        self._check_time(stamp)
        event = read_event(_object_in(text, Reason.CONTENT), self._log.now_ns())
        if not event.id:
            # Whoever sends this very post once more is known by it: no two are encrypted alike.
            event = replace(event, id=hashlib.sha256(envelope["encrypt"].encode()).hexdigest()[:_ID_LENGTH])
        is_check, said = event.type in _CHECKS, _SUCCESS
        if is_check and self._settings.answers_random and event.type != "check_url":
            said = str(event.fields.get("random") or _SUCCESS)
        sealed = crypto.encrypt(said, timestamp=self._log.now_ns() // _NS_PER_MS)
        return self._genuine(None if is_check else event, json.dumps(sealed).encode())

    def _robot_message(self, headers: Mapping[bytes, bytes], body: bytes) -> Genuine:
        stamp = headers.get(b"timestamp", b"")
        with cleared_frames():
            expected = _robot_sign(self._app_secret.reveal().encode(), stamp)
        if not hmac.compare_digest(expected, headers[b"sign"]):
            raise RefusedError(Reason.SIGN)
        self._check_time(stamp.decode("ascii", "replace"))
        event = read_robot_message(_object_in(body, Reason.CONTENT), self._log.now_ns(), "callback")
        return self._genuine(event, _NO_ANSWER)

    def _genuine(self, event: Event | None, answer: bytes) -> Genuine:
        return Genuine(event, answer, self._log.clock.monotonic_ns())

    def _opened(self, signature: str, stamp: str, nonce: str, encrypt: Any) -> tuple[CallbackCrypto, str]:  # noqa: ANN401 - any JSON
        refused: CallbackError | None = None
        for crypto in self._cryptos:
            try:
                return crypto, crypto.decrypt(signature, stamp, nonce, encrypt)
            except CallbackError as error:
                refused = error
                if not isinstance(error, OwnerError):
                    break
        raise RefusedError(refused.code if refused is not None else OwnerError.code)

    def _check_time(self, stamp: str) -> None:
        window_s = self._settings.window_s
        if window_s is None:
            return
        stamp_ms = milliseconds_in(stamp)
        if stamp_ms is None:
            raise RefusedError(Reason.STAMP)
        off_ns = self._log.now_ns() - stamp_ms * _NS_PER_MS
        if abs(off_ns) <= seconds(window_s):
            self.off_ns = 0
            return
        self.off_ns = off_ns
        if not self._has_told and sys.stderr is not None:
            # Once: the display goes on to tell, until a post comes in time.
            self._has_told = True
            sys.stderr.write(f"{_time_note(off_ns)}\n")
        raise RefusedError(Reason.TIME)


def _robot_sign(secret: bytes, stamp: bytes) -> bytes:
    return base64.b64encode(hmac.digest(secret, stamp + b"\n" + secret, "sha256"))


def _time_note(off_ns: int) -> Text:
    key = "receiver.post_too_old" if off_ns > 0 else "receiver.post_too_new"
    return Text(key, off=duration(abs(off_ns) // seconds(1)))


def _parameters(query: bytes) -> dict[str, str]:
    try:
        pairs = parse_qsl(query.decode("ascii"), keep_blank_values=True, max_num_fields=_MOST_PARAMETERS)
    except ValueError:
        raise RefusedError(Reason.QUERY) from None
    return dict(reversed(pairs))


def _object_in(text: str | bytes, reason: Reason) -> dict[str, Any]:
    try:
        return parse_object(text)
    except InputError:
        raise RefusedError(reason) from None
