"""Verifies that posts come from DingTalk, records presses and events, counts the posts, and builds the responses."""

import base64
import hashlib
import hmac
import json
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from dingnb.auth import Secret
from dingnb.clock import NS_PER_MS, seconds_to_ns
from dingnb.errors import CallbackError, InputError, LedgerError, OwnerError
from dingnb.errors.tracebacks import cleared_frames
from dingnb.events.callbacks.counters import AcceptedKind, PostCounter, RefusalReason, RefusedPostError
from dingnb.events.callbacks.crypto import CallbackCrypto
from dingnb.events.callbacks.settings import ReceiverSettings
from dingnb.events.event import Event
from dingnb.events.json_values import parse_object
from dingnb.events.log import EventLog
from dingnb.events.parsing import parse_card_callback, parse_event, parse_milliseconds, parse_robot_message
from dingnb.events.presses import IgnoredPressError, Press, parse_press
from dingnb.ledger.cards import OWN_PREFIX
from dingnb.words import NOTHING, Text, duration

_CHECK_TYPES = frozenset({"check_url", "check_create_suite_url", "check_update_suite_url"})
"""Types of posts that only check the address."""

_SUCCESS = "success"
_EMPTY_RESPONSE = b'{"msgtype":"empty"}'
"""The response to a robot message: nothing is posted to its conversation."""

_NO_UPDATE = b"{}"
"""The response to a press that changes nothing on the card."""

_CARD_TIMESTAMP = b"x-ddpaas-signature-timestamp"
_CARD_SIGNATURE = b"x-ddpaas-signature"

_MAX_BRACKETS = 32
"""The maximum number of brackets in an envelope, which is a flat object of strings."""

_MAX_PARAMETERS = 32
_ID_LENGTH = 32


@dataclass(frozen=True, slots=True)
class VerifiedPost:
    """
    A genuine post.

    Attributes:
        kind: ``event``; ``check`` if the post only checks the address; ``ignored`` if it reports a press that cannot be
            an answer, such as a press with too much text.
        event: The reported event; None for other kinds.
        response: The response once the event is accepted, unless a recorded press has another response.
        received_ns: When the post was received, by the clock's ``monotonic_ns``.
        press: The reported press on a card; None for posts without a press.
    """

    kind: AcceptedKind
    event: Event | None
    response: bytes
    received_ns: int
    press: Press | None = None


class _StorageFailure(NamedTuple):
    """The last failure to store an event, and the time of the failure, by the clock's ``monotonic_ns``."""

    at_ns: int
    error: LedgerError


class PostHandler:
    """
    Verifies posts by keys, owner and time (docs/dingtalk.md, "Callbacks"), and accepts genuine posts. Thread-safe.

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
        self._clock_offset_ns: int | None = None
        """The time difference for which the last genuine post was refused; None if that post was accepted."""
        self._has_warned = False
        self._warning_lock = threading.Lock()
        """Unlike `_lock`, this lock never waits for the disk: small posts are read in the event loop."""
        self._lock = threading.Lock()
        self._storage_failure: _StorageFailure | None = None

    def read(self, query: bytes, headers: Mapping[bytes, bytes], body: bytes) -> VerifiedPost:
        """
        Verify a post, and return its event and response.

        Args:
            query: The query of the post's URL.
            headers: The post's headers, with names in lower case.
            body: The post's body.

        Raises:
            RefusedPostError: The post is not genuine, cannot be read, or is outside the allowed time.
        """
        parameters = _parse_parameters(query)
        if _CARD_SIGNATURE in headers and not {"signature", "msg_signature"} & parameters.keys():
            return self._read_card_callback(headers, body)
        if b"sign" in headers and not {"signature", "msg_signature"} & parameters.keys():
            return self._read_robot_message(headers, body)
        if body.count(b"{") + body.count(b"[") > _MAX_BRACKETS:
            # Anyone can post deeply nested JSON, and parsing it recurses.
            raise RefusedPostError(RefusalReason.BODY)
        return self._read_callback(parameters, _parse_object(body, RefusalReason.BODY))

    def accept(self, post: VerifiedPost) -> bytes:
        """
        Record a press on a card, add the event to the log, and return the response. May wait for the disk.

        An address check and an ignored press are only counted.

        Raises:
            RefusedPostError: The event is in the log already, and repeats are refused.
            LedgerError: A press or an event should be stored but cannot be: do not acknowledge the post.
        """
        update = None
        if post.press is not None:
            [update] = self._log.answers.record([post.press])
        if post.event is None:
            self._counter.accept(post.kind)
        elif self._is_new(post.event, post.received_ns):
            self._counter.accept("event")
        elif self._settings.repeats == "refuse":
            raise RefusedPostError(RefusalReason.REPEAT)
        else:
            self._counter.accept("repeated")
        return post.response if update is None else json.dumps(update).encode()

    def clock_warning(self) -> Text:
        """Return a warning if the last genuine post was refused for its time; otherwise an empty text."""
        # Another thread may be reading a post.
        clock_offset_ns = self._clock_offset_ns
        return NOTHING if clock_offset_ns is None else _clock_warning(clock_offset_ns)

    def _is_new(self, event: Event, received_ns: int) -> bool:
        """
        Add an event to the log, and return whether it is new.

        If another event could not be stored since `received_ns`, adding fails at once: otherwise each of many
        concurrent posts would wait for the ledger again, and block readers of the log.
        """
        with self._lock:
            failure = self._storage_failure
            if failure is not None and received_ns < failure.at_ns:
                raise LedgerError(failure.error.text, failure.error.advice)
            try:
                return self._log.add(event)
            except LedgerError as error:
                copy = LedgerError(error.text, error.advice)
                self._storage_failure = _StorageFailure(self._log.clock.monotonic_ns(), copy)
                raise

    def _read_callback(self, parameters: Mapping[str, str], envelope: Mapping[str, Any]) -> VerifiedPost:
        timestamp = parameters.get("timeStamp") or parameters.get("timestamp", "")
        signature = parameters.get("msg_signature") or parameters.get("signature", "")
        crypto, text = self._decrypt(signature, timestamp, parameters.get("nonce", ""), envelope.get("encrypt"))
        self._check_time(timestamp)
        event = parse_event(_parse_object(text, RefusalReason.CONTENT), self._log.now_ns())
        if not event.id:
            # Identifies a repetition of this post: no two posts are encrypted alike.
            event = replace(event, id=hashlib.sha256(envelope["encrypt"].encode()).hexdigest()[:_ID_LENGTH])
        is_check, content = event.type in _CHECK_TYPES, _SUCCESS
        if is_check and self._settings.answers_random and event.type != "check_url":
            content = str(event.fields.get("random") or _SUCCESS)
        encrypted = crypto.encrypt(content, timestamp=self._log.now_ns() // NS_PER_MS)
        response = json.dumps(encrypted).encode()
        return self._create_post("check", None, response) if is_check else self._create_post("event", event, response)

    def _read_robot_message(self, headers: Mapping[bytes, bytes], body: bytes) -> VerifiedPost:
        timestamp = headers.get(b"timestamp", b"")
        with cleared_frames():
            expected = _sign_robot_message(self._app_secret.reveal().encode(), timestamp)
        if not hmac.compare_digest(expected, headers[b"sign"]):
            raise RefusedPostError(RefusalReason.SIGNATURE)
        self._check_time(timestamp.decode("ascii", "replace"))
        event = parse_robot_message(_parse_object(body, RefusalReason.CONTENT), self._log.now_ns(), "callback")
        return self._create_post("event", event, _EMPTY_RESPONSE)

    def _read_card_callback(self, headers: Mapping[bytes, bytes], body: bytes) -> VerifiedPost:
        timestamp = headers.get(_CARD_TIMESTAMP, b"")
        with cleared_frames():
            expected = _sign_card_callback(self._settings.card_secret.reveal().encode(), timestamp)
        if not hmac.compare_digest(expected, headers[_CARD_SIGNATURE]):
            raise RefusedPostError(RefusalReason.CARD_SIGNATURE)
        timestamp_text = timestamp.decode("ascii", "replace")
        self._check_time(timestamp_text)
        data = _parse_object(body, RefusalReason.CONTENT)
        press_id = f"http-{hashlib.sha256(timestamp + b' ' + body).hexdigest()[:_ID_LENGTH]}"
        press = None
        if str(data.get("outTrackId")).startswith(OWN_PREFIX):
            try:
                press = parse_press(data, press_id, timestamp_text)
            except IgnoredPressError as error:
                # Acknowledged, so that it is not posted again; not logged as an event, because it may be very large.
                self._log.answers.record_ignored(error.reason)
                return self._create_post("ignored", None, _NO_UPDATE)
        event = parse_card_callback(data, self._log.now_ns(), press_id, timestamp_text)
        return replace(self._create_post("event", event, _NO_UPDATE), press=press)

    def _create_post(self, kind: AcceptedKind, event: Event | None, response: bytes) -> VerifiedPost:
        return VerifiedPost(kind, event, response, self._log.clock.monotonic_ns())

    def _decrypt(self, signature: str, timestamp: str, nonce: str, encrypt: Any) -> tuple[CallbackCrypto, str]:  # noqa: ANN401 - any JSON
        refused: CallbackError | None = None
        for crypto in self._cryptos:
            try:
                return crypto, crypto.decrypt(signature, timestamp, nonce, encrypt)
            except CallbackError as error:
                refused = error
                if not isinstance(error, OwnerError):
                    break
        raise RefusedPostError(refused.code if refused is not None else OwnerError.code)

    def _check_time(self, timestamp: str) -> None:
        window_s = self._settings.window_s
        if window_s is None:
            return
        timestamp_ms = parse_milliseconds(timestamp)
        if timestamp_ms is None:
            raise RefusedPostError(RefusalReason.TIMESTAMP)
        clock_offset_ns = self._log.now_ns() - timestamp_ms * NS_PER_MS
        if abs(clock_offset_ns) <= seconds_to_ns(window_s):
            self._clock_offset_ns = None
            return
        self._clock_offset_ns = clock_offset_ns
        with self._warning_lock:
            is_first, self._has_warned = not self._has_warned, True
        if is_first and sys.stderr is not None:
            # Printed once; the display keeps the warning until a post arrives in time.
            sys.stderr.write(f"{_clock_warning(clock_offset_ns)}\n")
        raise RefusedPostError(RefusalReason.TIME)


def _sign_robot_message(secret: bytes, timestamp: bytes) -> bytes:
    return base64.b64encode(hmac.digest(secret, timestamp + b"\n" + secret, "sha256"))


def _sign_card_callback(secret: bytes, timestamp: bytes) -> bytes:
    return base64.b64encode(hmac.digest(secret, timestamp, "sha256"))


def _clock_warning(clock_offset_ns: int) -> Text:
    key = "receiver.post_too_old" if clock_offset_ns > 0 else "receiver.post_too_new"
    return Text(key, off=duration(abs(clock_offset_ns) // seconds_to_ns(1)))


def _parse_parameters(query: bytes) -> dict[str, str]:
    try:
        pairs = parse_qsl(query.decode("ascii"), keep_blank_values=True, max_num_fields=_MAX_PARAMETERS)
    except ValueError:
        raise RefusedPostError(RefusalReason.QUERY) from None
    # If a parameter appears twice, the first counts, as for headers.
    return dict(reversed(pairs))


def _parse_object(text: str | bytes, reason: RefusalReason) -> dict[str, Any]:
    try:
        return parse_object(text)
    except InputError:
        raise RefusedPostError(reason) from None
