"""Verifies that posts come from DingTalk, and creates their answers."""

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
from dingnb.errors import CallbackError, InputError, LedgerError, OwnerError
from dingnb.errors.tracebacks import cleared_frames
from dingnb.events.callbacks.counters import PostCounter, Reason, RefusedError
from dingnb.events.callbacks.crypto import CallbackCrypto
from dingnb.events.callbacks.settings import ReceiverSettings
from dingnb.events.event import Event
from dingnb.events.json_values import parse_object
from dingnb.events.log import EventLog
from dingnb.events.parsing import parse_milliseconds, read_card_callback, read_event, read_robot_message
from dingnb.events.presses import IgnoredPressError, Press, parse_press
from dingnb.ledger.cards import OWN_PREFIX
from dingnb.words import NOTHING, Text, duration

_CHECK_TYPES = frozenset({"check_url", "check_create_suite_url", "check_update_suite_url"})
"""Types of posts that only check the address."""

_SUCCESS = "success"
_EMPTY_REPLY = b'{"msgtype":"empty"}'
"""The answer to a robot message: nothing is posted to its conversation."""

_NO_UPDATE = b"{}"
"""The answer to a press that changes nothing on the card."""

_CARD_TIMESTAMP = b"x-ddpaas-signature-timestamp"
_CARD_SIGNATURE = b"x-ddpaas-signature"

_MAX_BRACKETS = 32
"""The maximum number of brackets in an envelope, which is a flat object of strings."""

_MAX_PARAMETERS = 32
_ID_LENGTH = 32
_NS_PER_MS = 1_000_000


@dataclass(frozen=True, slots=True)
class VerifiedPost:
    """
    A genuine post.

    Attributes:
        event: Its event; None if it only checks the address.
        answer: The answer once the event is accepted, unless a recorded press has another one.
        received_ns: When it was received, by the clock's ``monotonic_ns``.
        press: The press on a card that it reports; None if it reports none.
    """

    event: Event | None
    answer: bytes
    received_ns: int
    press: Press | None = None


class PostVerifier:
    """
    Checks posts against keys, owner and time (docs/dingtalk.md, "Callbacks"). Thread-safe.

    Args:
        settings: The receiver's settings.
        app_secret: The key with which DingTalk signs robot messages.
        log: The event log.
        counter: The counters.
    """

    def __init__(self, settings: ReceiverSettings, app_secret: Secret, log: EventLog, counter: PostCounter) -> None:
        token, aes_key = settings.keys.token, settings.keys.aes_key
        with cleared_frames():
            self._cryptos = [CallbackCrypto(token.reveal(), aes_key.reveal(), owner) for owner in settings.owners]
        self._settings = settings
        self._app_secret = app_secret
        self._log = log
        self._counter = counter
        self.clock_offset_ns = 0
        """The time difference for which the last genuine post was refused; 0 if it was accepted."""
        self._has_warned = False
        self._lock = threading.Lock()
        self._storing_failed: tuple[int, LedgerError] | None = None

    def read(self, query: bytes, headers: Mapping[bytes, bytes], body: bytes) -> VerifiedPost:
        """
        Verify a post, and return its event and answer.

        Args:
            query: The query of its URL.
            headers: Its headers, with names in lower case.
            body: Its body.

        Raises:
            RefusedError: It is not genuine, or outside the allowed time.
        """
        parameters = _parameters(query)
        if _CARD_SIGNATURE in headers and not {"signature", "msg_signature"} & parameters.keys():
            return self._card_callback(headers, body)
        if b"sign" in headers and not {"signature", "msg_signature"} & parameters.keys():
            return self._robot_message(headers, body)
        if body.count(b"{") + body.count(b"[") > _MAX_BRACKETS:
            # Anyone can post deeply nested JSON, and parsing it recurses.
            raise RefusedError(Reason.BODY)
        return self._callback(parameters, _parse_object(body, Reason.BODY))

    def accept(self, post: VerifiedPost) -> bytes:
        """
        Record a press on a card, add the event to the log, and return the answer. This may wait for the disk.

        An address check is only counted.

        Raises:
            RefusedError: The event is in the log already, and repeats are refused.
            LedgerError: The event should be stored but cannot be: do not answer it.
        """
        [response] = [None] if post.press is None else self._log.answers.take([post.press])
        if post.event is None:
            self._counter.accept("check")
        elif self._is_new(post.event, post.received_ns):
            self._counter.accept("event")
        elif self._settings.repeats == "refuse":
            raise RefusedError(Reason.REPEAT)
        else:
            self._counter.accept("repeated")
        return post.answer if response is None else json.dumps(response).encode()

    def clock_warning(self) -> Text:
        """Return a warning if the last genuine post was refused for its time; else an empty text."""
        # Another thread may be reading a post.
        clock_offset_ns = self.clock_offset_ns
        return _clock_warning(clock_offset_ns) if clock_offset_ns else NOTHING

    def _is_new(self, event: Event, received_ns: int) -> bool:
        """
        Add an event to the log, and return whether it is new.

        If another event could not be stored since this one was received, it fails at once: otherwise each of many
        concurrent posts would wait for the ledger again, and block readers of the log.
        """
        with self._lock:
            if self._storing_failed is not None and received_ns < self._storing_failed[0]:
                why = self._storing_failed[1]
                raise LedgerError(why.text, why.advice)
            try:
                return self._log.add(event)
            except LedgerError as error:
                self._storing_failed = self._log.clock.monotonic_ns(), LedgerError(error.text, error.advice)
                raise

    def _callback(self, parameters: Mapping[str, str], envelope: Mapping[str, Any]) -> VerifiedPost:
        stamp = parameters.get("timeStamp") or parameters.get("timestamp", "")
        signature = parameters.get("msg_signature") or parameters.get("signature", "")
        crypto, text = self._decrypt(signature, stamp, parameters.get("nonce", ""), envelope.get("encrypt"))
        self._check_time(stamp)
        event = read_event(_parse_object(text, Reason.CONTENT), self._log.now_ns())
        if not event.id:
            # Identifies a repetition of this post: no two posts are encrypted alike.
            event = replace(event, id=hashlib.sha256(envelope["encrypt"].encode()).hexdigest()[:_ID_LENGTH])
        is_check, reply = event.type in _CHECK_TYPES, _SUCCESS
        if is_check and self._settings.answers_random and event.type != "check_url":
            reply = str(event.fields.get("random") or _SUCCESS)
        encrypted = crypto.encrypt(reply, timestamp=self._log.now_ns() // _NS_PER_MS)
        return self._verified(None if is_check else event, json.dumps(encrypted).encode())

    def _robot_message(self, headers: Mapping[bytes, bytes], body: bytes) -> VerifiedPost:
        stamp = headers.get(b"timestamp", b"")
        with cleared_frames():
            expected = _robot_sign(self._app_secret.reveal().encode(), stamp)
        if not hmac.compare_digest(expected, headers[b"sign"]):
            raise RefusedError(Reason.SIGNATURE)
        self._check_time(stamp.decode("ascii", "replace"))
        event = read_robot_message(_parse_object(body, Reason.CONTENT), self._log.now_ns(), "callback")
        return self._verified(event, _EMPTY_REPLY)

    def _card_callback(self, headers: Mapping[bytes, bytes], body: bytes) -> VerifiedPost:
        stamp = headers.get(_CARD_TIMESTAMP, b"")
        with cleared_frames():
            expected = _card_sign(self._settings.card_secret.reveal().encode(), stamp)
        if not hmac.compare_digest(expected, headers[_CARD_SIGNATURE]):
            raise RefusedError(Reason.CARD_SIGNATURE)
        time_ms = stamp.decode("ascii", "replace")
        self._check_time(time_ms)
        data = _parse_object(body, Reason.CONTENT)
        press_id = f"http-{hashlib.sha256(stamp + b' ' + body).hexdigest()[:_ID_LENGTH]}"
        press = None
        if str(data.get("outTrackId")).startswith(OWN_PREFIX):
            try:
                press = parse_press(data, press_id, time_ms)
            except IgnoredPressError as error:
                # Answered, so that it is not posted again; not logged as an event, because it may be very large.
                self._log.answers.note_ignored(error.reason)
                return self._verified(None, _NO_UPDATE)
        event = read_card_callback(data, self._log.now_ns(), press_id, time_ms)
        return replace(self._verified(event, _NO_UPDATE), press=press)

    def _verified(self, event: Event | None, answer: bytes) -> VerifiedPost:
        return VerifiedPost(event, answer, self._log.clock.monotonic_ns())

    def _decrypt(self, signature: str, stamp: str, nonce: str, encrypt: Any) -> tuple[CallbackCrypto, str]:  # noqa: ANN401 - any JSON
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
        stamp_ms = parse_milliseconds(stamp)
        if stamp_ms is None:
            raise RefusedError(Reason.TIMESTAMP)
        clock_offset_ns = self._log.now_ns() - stamp_ms * _NS_PER_MS
        if abs(clock_offset_ns) <= seconds(window_s):
            self.clock_offset_ns = 0
            return
        self.clock_offset_ns = clock_offset_ns
        if not self._has_warned and sys.stderr is not None:
            # Printed once; the display keeps the warning until a post arrives in time.
            self._has_warned = True
            sys.stderr.write(f"{_clock_warning(clock_offset_ns)}\n")
        raise RefusedError(Reason.TIME)


def _robot_sign(secret: bytes, stamp: bytes) -> bytes:
    return base64.b64encode(hmac.digest(secret, stamp + b"\n" + secret, "sha256"))


def _card_sign(secret: bytes, stamp: bytes) -> bytes:
    return base64.b64encode(hmac.digest(secret, stamp, "sha256"))


def _clock_warning(clock_offset_ns: int) -> Text:
    key = "receiver.post_too_old" if clock_offset_ns > 0 else "receiver.post_too_new"
    return Text(key, off=duration(abs(clock_offset_ns) // seconds(1)))


def _parameters(query: bytes) -> dict[str, str]:
    try:
        pairs = parse_qsl(query.decode("ascii"), keep_blank_values=True, max_num_fields=_MAX_PARAMETERS)
    except ValueError:
        raise RefusedError(Reason.QUERY) from None
    return dict(reversed(pairs))


def _parse_object(text: str | bytes, reason: Reason) -> dict[str, Any]:
    try:
        return parse_object(text)
    except InputError:
        raise RefusedError(reason) from None
