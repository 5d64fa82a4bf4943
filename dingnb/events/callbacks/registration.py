"""The callback registration: an address and event types, which are validated before DingTalk is called."""

import ipaddress
import re
import threading
from collections import deque
from collections.abc import Callable, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, Literal, cast
from urllib.parse import urlsplit

import pandas as pd

from dingnb.api import callbacks as api
from dingnb.api import cards
from dingnb.auth import Caller, Secret
from dingnb.auth.callback_keys import CallbackKeys, wrap_secrets
from dingnb.auth.secret import MASK
from dingnb.display import Sheet
from dingnb.errors import ApiError, ArgumentError, BadAnswerError, DingError, InputError, LedgerError, NoAnswerError
from dingnb.errors.tracebacks import cleared_frames
from dingnb.events.callbacks.receiver import Receivers, read_keys
from dingnb.events.event import Event
from dingnb.events.frames import events_frame
from dingnb.events.json_values import is_too_deep, replace_surrogates
from dingnb.events.log import EventLog
from dingnb.events.parsing import parse_event
from dingnb.transport import hide_secrets_in_urls
from dingnb.words import Text, count, listed, sentences

_TAG_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{1,79}", re.ASCII)
_ROUTE_KEY = re.compile(r"[A-Za-z0-9_-]{1,100}", re.ASCII)
_URL = re.compile(r"[!\"$-~]{1,1000}", re.ASCII)
# A last label that is all digits means an IP address in an unusual notation, such as 127.1 for 127.0.0.1.
_HOST_NAME = re.compile(r"(?:[a-z0-9_-]{1,63}\.)*(?![0-9]+\.?$|0x)[a-z0-9_-]{1,63}\.?", re.ASCII)
_PRIVATE_DOMAINS = frozenset(
    {
        *("arpa", "corp", "home", "internal", "intranet", "invalid"),
        *("lan", "local", "localdomain", "localhost", "private", "test"),
    }
)
"""Domains that are not public."""


def validate_url(url: object, *, allows_local: bool) -> str:
    """
    Validate a callback address, and return it without surrounding blanks.

    Args:
        url: The address.
        allows_local: Whether addresses of this computer or network are valid.

    Raises:
        InputError: The address is not valid.
    """
    text = url.strip() if isinstance(url, str) else ""
    host = _host_in(text)
    if not host:
        # The part before an @ may contain a password.
        shown = MASK if "@" in text else _repr_line(text or url)
        raise InputError(Text("registration.bad_url", value=shown), Text("registration.bad_url_todo"))
    if not allows_local and _is_private(host):
        raise InputError(Text("registration.private_url", host=host), Text("registration.private_url_todo"))
    return text


def validate_tags(tags: object) -> tuple[str, ...]:
    """
    Validate event types, and return each once.

    Raises:
        InputError: There are no types, or a type is not a valid name.
    """
    tag_list = [tags] if isinstance(tags, str) else _as_list(tags)
    wrong = [tag for tag in tag_list if not isinstance(tag, str) or not _TAG_NAME.fullmatch(tag)]
    if wrong or not tag_list:
        shown = _repr_line(wrong[0] if wrong else tags)
        raise InputError(Text("registration.bad_tags", value=shown), Text("registration.bad_tags_todo"))
    return tuple(dict.fromkeys(map(str, tag_list)))


def _as_list(tags: object) -> list[object]:
    if not isinstance(tags, Iterable) or isinstance(tags, bytes | Mapping | pd.DataFrame):
        return []
    # The order of a set differs between processes; a tape would see a different call.
    return sorted(tags, key=str) if isinstance(tags, AbstractSet) else list(tags)


def _host_in(url: str) -> str:
    """Return the host of a callback address; empty if the text is not a callback address."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return ""
    is_url = _URL.fullmatch(url) and parts.scheme in {"http", "https"} and "@" not in parts.netloc and port != 0
    return host if is_url and (_HOST_NAME.fullmatch(host) or _address(host)) else ""


def _is_private(host: str) -> bool:
    """Return whether a host is not reachable from the internet, judging by its name."""
    address = _address(host)
    if address is not None:
        return not address.is_global or address.is_multicast
    parent, _, last = host.rstrip(".").rpartition(".")
    return not parent or last in _PRIVATE_DOMAINS


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _repr_line(value: object) -> str:
    """Return the first line of a value's repr, which for objects displayed as a table is the title."""
    return hide_secrets_in_urls(repr(value).partition("\n")[0])[:200]


RegistrationOutcome = Literal["", "registered", "updated", "unchanged"]

_ATTEMPTS = 3
_MAX_EMPTY_PAGES = 3
"""Maximum number of empty pages in a row: a server that always reports more must not use up the month's quota."""

_MAX_PAGES = 10_000
_RACE_CODES = api.ALREADY_REGISTERED | api.NOT_REGISTERED


@dataclass(frozen=True, slots=True, eq=False)
class Registration:
    """
    A registered callback.

    Attributes:
        url: The address to which DingTalk posts events.
        tags: The event types.
        token: The key that signs posts; masked until ``.reveal()``. Empty if DingTalk does not return the token.
        aes_key: The key that encrypts posts; masked or empty like `token`.
        outcome: What was done: ``registered``, ``updated`` or ``unchanged``; empty if the registration was only read.
        mode: ``SANDBOX`` or ``LIVE``.
    """

    url: str
    tags: tuple[str, ...]
    token: Secret
    aes_key: Secret
    outcome: RegistrationOutcome = ""
    mode: str = ""

    def sheet(self) -> Sheet:
        """Return the display of the registration."""
        facts = (
            (Text("registration.url"), hide_secrets_in_urls(self.url)),
            (Text("registration.tags"), listed(self.tags)),
            (Text("registration.keys"), MASK),
        )
        notes = (Text(f"registration.was_{self.outcome}"),) if self.outcome else ()
        return Sheet(Text("registration.title"), self.mode, facts, notes)

    def __repr__(self) -> str:
        return self.sheet().to_text()

    def _repr_html_(self) -> str:
        return self.sheet().to_html()


class Callbacks:
    """
    The organisation's registered callback, one per app. Created by `DingTalk.callbacks`.

    The display lists the methods; only the methods call DingTalk.

    Args:
        caller: Makes calls as the app.
        call_counter: Counts a call against the month's quota.
        log: The event log, for missed events.
        receivers: The receivers of this connection, for their keys.
        mode: ``SANDBOX`` or ``LIVE``.
        allows_local: Whether local addresses are allowed, as with a sandbox.
    """

    def __init__(
        self,
        caller: Caller,
        call_counter: Callable[[str], AbstractContextManager[None]],
        log: EventLog,
        receivers: Receivers,
        mode: str,
        *,
        allows_local: bool,
    ) -> None:
        self._caller = caller
        self._call_counter = call_counter
        self._log = log
        self._receivers = receivers
        self._mode = mode
        self._allows_local = allows_local
        self._pending: deque[Mapping[str, Any]] = deque()
        self._lock = threading.Lock()

    def register(
        self,
        url: str,
        tags: str | Iterable[str],
        *,
        token: str | Secret | None = None,
        aes_key: str | Secret | None = None,
    ) -> Registration:
        """
        Register an address to which DingTalk posts events of some types.

        DingTalk first posts a check to the address, so ``ding.receive()`` must already be running behind it. Counts as
        one call against the month's quota.

        Args:
            url: The address, reachable by DingTalk.
            tags: The event types: one name, or several in a list, a Series or another iterable, such as
                ``["user_add_org", "user_leave_org"]``.
            token: 6 to 63 characters. The default token and AES key are the keys of the receiver that runs on this
                connection, or new keys without a receiver.
            aes_key: 43 letters and digits.

        Returns:
            The new registration.

        Raises:
            InputError: `url`, `tags` or the keys are not valid; DingTalk was not called.
            ArgumentError: A callback is registered already (71006), or the address did not pass DingTalk's check; the
                hint says what to do.
            DingError: DingTalk cannot be reached.
        """
        token, aes_key = wrap_secrets(token, aes_key)  # a traceback can show local variables
        address, types = self._validate(url, tags)
        keys = self._choose_keys(address, token, aes_key) or self._receivers.own_keys()
        return self._register(address, types, keys)

    def get(self) -> Registration | None:
        """
        Return the registration; None if no callback is registered.

        Raises:
            DingError: DingTalk refuses the call, or cannot be reached.
        """
        registered = self._fetch_registration()
        if registered is None:
            return None
        return self._create_registration(registered.url, registered.tags, self._read_keys(registered), "")

    def update(
        self,
        url: str,
        tags: str | Iterable[str],
        *,
        token: str | Secret | None = None,
        aes_key: str | Secret | None = None,
    ) -> Registration:
        """
        Replace the registered address, types and keys.

        Without keys and a receiver, this takes one more call, which reads the registered keys.

        Args:
            url: As for `register`.
            tags: As for `register`; they replace all earlier types.
            token: The default token and AES key are the keys of the receiver that runs on this connection; without a
                receiver, the registered keys, or new keys if DingTalk does not return the registered keys.
            aes_key: As for `register`.

        Returns:
            The new registration.

        Raises:
            InputError: As for `register`.
            ArgumentError: Nothing is registered (71007), or the address did not pass DingTalk's check.
            DingError: DingTalk cannot be reached.
        """
        token, aes_key = wrap_secrets(token, aes_key)  # a traceback can show local variables
        address, types = self._validate(url, tags)
        keys = self._choose_keys(address, token, aes_key)
        if keys is None:
            registered = self._fetch_registration()
            keys = (registered and self._read_keys(registered)) or self._receivers.own_keys()
        return self._update(address, types, keys)

    def delete(self) -> bool:
        """
        Stop DingTalk from sending events over HTTP; return whether a callback was registered.

        Raises:
            DingError: DingTalk refuses the call, or cannot be reached.
        """
        try:
            with self._call_counter(api.DELETE):
                api.delete(self._caller)
        except ArgumentError as error:
            if error.code not in api.NOT_REGISTERED:
                raise
            return False
        return True

    def ensure(
        self,
        url: str,
        tags: str | Iterable[str],
        *,
        token: str | Secret | None = None,
        aes_key: str | Secret | None = None,
    ) -> Registration:
        """
        Register or update the callback as needed; change nothing if the registration already matches.

        Args:
            url: As for `register`.
            tags: As for `register`; the order does not matter.
            token: The default token and AES key are the keys of the receiver that runs on this connection. Without a
                receiver, the registered keys are kept; new keys are used if DingTalk returns no registered keys.
            aes_key: As for `register`.

        Returns:
            The current registration; its `outcome` says what was done.

        Raises:
            InputError: As for `register`.
            ArgumentError: The address did not pass DingTalk's check.
            DingError: DingTalk refuses a call, or cannot be reached.
        """
        token, aes_key = wrap_secrets(token, aes_key)  # a traceback can show local variables
        address, types = self._validate(url, tags)
        wanted_keys = self._choose_keys(address, token, aes_key)
        for attempts_left in reversed(range(_ATTEMPTS)):
            try:
                return self._ensure_once(address, types, wanted_keys)
            except (ApiError, NoAnswerError, BadAnswerError) as error:
                # Another process was faster, or the answer was lost: the current registration decides.
                may_be_race = not isinstance(error, ApiError) or error.code in _RACE_CODES
                if not attempts_left or not may_be_race:
                    raise
        raise AssertionError  # the last attempt returns or raises

    def failed(self) -> pd.DataFrame:
        """
        Fetch the events that DingTalk could not deliver, and add them to the log.

        DingTalk keeps events that it could not deliver in three attempts, and deletes them once fetched. Fetched events
        are added to ``ding.events`` before more are requested, so an error loses no events. Costs one call per 200
        events.

        Returns:
            The fetched events, as in ``ding.events.to_frame()``; `channel` is ``missed``.

        Raises:
            LedgerError: The events cannot be stored. Only this connection still has the fetched events; its next call
                of `failed` tries to store them again.
            DingError: DingTalk refuses a call, or cannot be reached. Events fetched before are in ``ding.events``.
        """
        fetched = self._add_all([])
        has_more, pages, empty = True, 0, 0
        while has_more and pages < _MAX_PAGES and empty < _MAX_EMPTY_PAGES:
            try:
                with self._call_counter(api.FAILED_EVENTS):
                    items, has_more = api.fetch_failed(self._caller)
            except DingError as error:
                if fetched:
                    text = Text("registration.missed_so_far", events=count("event", len(fetched)))
                    error.advise(sentences(text, error.advice))
                raise
            fetched += self._add_all(items)
            pages, empty = pages + 1, 0 if items else empty + 1
        return events_frame(fetched)

    def register_cards(self, url: str, route_key: str) -> str:
        """
        Register an address to which DingTalk posts presses on cards, in place of any earlier address, and return it.

        Cards use the address if they are sent with ``connect(cards=CardSettings(callback="HTTP", route_key=...))``.
        DingTalk signs the posts with the `card_secret` of the receiver that runs on this connection, or with a new
        secret without a receiver.

        Args:
            url: The address, reachable by DingTalk.
            route_key: The key that cards name, at most 100 letters, digits, ``_`` and ``-``.

        Raises:
            InputError: `url` or `route_key` is not valid; DingTalk was not called.
            DingError: DingTalk refuses the call, or cannot be reached.
        """
        address = validate_url(url, allows_local=self._allows_local)
        given: object = route_key
        if not isinstance(given, str) or not _ROUTE_KEY.fullmatch(given):
            what = Text("registration.bad_route_key", value=_repr_line(given))
            raise InputError(what, Text("registration.bad_route_key_todo"))
        secret = self._receivers.running_card_secret(address) or self._receivers.own_card_secret()
        # The inner frames have the secret.
        with self._call_counter(cards.REGISTER), cleared_frames():
            registered = cards.register_callbacks(self._caller, route_key, address, secret=secret, force=True)
        return registered.url

    def __repr__(self) -> str:
        return self._sheet().to_text()

    def _repr_html_(self) -> str:
        return self._sheet().to_html()

    def _sheet(self) -> Sheet:
        return Sheet(Text("registration.title"), self._mode, notes=(Text("registration.ways"),))

    def _ensure_once(self, url: str, tags: tuple[str, ...], wanted_keys: CallbackKeys | None) -> Registration:
        registered = self._fetch_registration()
        if registered is None:
            return self._register(url, tags, wanted_keys or self._receivers.own_keys())
        keys = self._read_keys(registered)
        if (registered.url, set(registered.tags)) == (url, set(tags)) and wanted_keys in (None, keys):
            return self._create_registration(url, registered.tags, keys, "unchanged")
        return self._update(url, tags, wanted_keys or keys or self._receivers.own_keys())

    def _register(self, url: str, tags: tuple[str, ...], keys: CallbackKeys) -> Registration:
        with self._call_counter(api.REGISTER):
            api.register(self._caller, url, tags, keys)
        return self._create_registration(url, tags, keys, "registered")

    def _update(self, url: str, tags: tuple[str, ...], keys: CallbackKeys) -> Registration:
        with self._call_counter(api.UPDATE):
            api.update(self._caller, url, tags, keys)
        return self._create_registration(url, tags, keys, "updated")

    def _fetch_registration(self) -> api.RegisteredCallback | None:
        try:
            with self._call_counter(api.GET):
                return api.get(self._caller)
        except ArgumentError as error:
            if error.code not in api.NOT_REGISTERED:
                raise
        return None

    def _choose_keys(self, url: str, token: Secret | None, aes_key: Secret | None) -> CallbackKeys | None:
        keys = read_keys(token, aes_key) or self._receivers.running_keys(url)
        if keys is not None and not keys.can_be_registered:
            raise InputError(Text("registration.short_token"), Text("registration.short_token_todo"))
        return keys

    def _read_keys(self, registered: api.RegisteredCallback) -> CallbackKeys | None:
        """Return the registered keys; None if DingTalk returned none. On a tape, which masks keys, the keys in use."""
        if registered.has_masked_keys:
            return self._receivers.running_keys(registered.url) or self._receivers.own_keys()
        return registered.keys

    def _create_registration(
        self, url: str, tags: tuple[str, ...], keys: CallbackKeys | None, outcome: RegistrationOutcome
    ) -> Registration:
        token, aes_key = (keys.token, keys.aes_key) if keys else (Secret(""), Secret(""))
        return Registration(url, tags, token, aes_key, outcome, self._mode)

    def _add_all(self, items: Sequence[Mapping[str, Any]]) -> list[Event]:
        """Add missed events to the log, after those that an error left over; DingTalk has deleted all of them."""
        added = []
        with self._lock:
            self._pending += items
            try:
                # An interrupt must not lose any of the events either.
                while self._pending:
                    event = parse_event(_make_storable(self._pending[0]), self._log.now_ns(), "missed")
                    self._log.add(event)
                    added.append(event)
                    self._pending.popleft()
            except LedgerError as error:
                text = Text("registration.not_kept", events=count("event", len(self._pending)))
                raise error.advise(sentences(text, error.advice)) from None
        return added

    def _validate(self, url: str, tags: str | Iterable[str]) -> tuple[str, tuple[str, ...]]:
        return validate_url(url, allows_local=self._allows_local), validate_tags(tags)


def _make_storable(item: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a missed event in a form that can be stored: masked where nested too deeply, without surrogates."""
    masked = {key: MASK if is_too_deep(value) else value for key, value in item.items()}
    return cast("Mapping[str, Any]", replace_surrogates(masked))
