"""DingTalk: one app, connected; what the notebook holds."""

import json
import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, Self, cast

import pandas as pd

from dingnb.api import contacts, media
from dingnb.auth import App, Caller, Origin, Token, TokenEndpoint, TokenSource
from dingnb.auth.callback_keys import as_secrets
from dingnb.auth.secret import Secret
from dingnb.auth.sources import shadow_note
from dingnb.calls.backoff import Backoff
from dingnb.calls.context import SendContext, read_ban_pause_s, read_outage_patience_s, read_repeat_after_s
from dingnb.calls.pace import Pace
from dingnb.campaigns.campaign import Campaign
from dingnb.campaigns.drafts import Drafts
from dingnb.campaigns.history import campaigns_frame, find_campaign
from dingnb.campaigns.plan import Plan
from dingnb.campaigns.planning.batches import build_batches
from dingnb.clock import BEIJING, NS_PER_S, Clock
from dingnb.display import Sheet, forms
from dingnb.errors import InputError
from dingnb.errors.arguments import check_choice, check_flag, check_kind, is_text, read_name, shown
from dingnb.events.callbacks.receiver import Receiver
from dingnb.events.callbacks.receivers import Receivers, read_keys
from dingnb.events.callbacks.registration import Callbacks, Registration
from dingnb.events.callbacks.settings import LARGEST_BYTES, WINDOW_S, Repeats
from dingnb.events.events import Events
from dingnb.events.log import EventLog
from dingnb.events.robot_replies import replier
from dingnb.events.stream.cards import OnCard
from dingnb.events.stream.stream import Stream, Streams
from dingnb.ledger import Ledger, Realm, open_ledger, transactions, uploads
from dingnb.ledger.calls import CallCounter
from dingnb.ledger.uploads import Upload
from dingnb.limits import STANDARD, Limits
from dingnb.media import Media, content_of, kind_for
from dingnb.messages import Message
from dingnb.recipients.addresses import address_kinds, check_frame, check_key, leave_out_numbers, read_addresses
from dingnb.recipients.exclusion_lists import Exclusions
from dingnb.recipients.exclusions import Met, list_named, read_excluded
from dingnb.recipients.lookups import Lookups
from dingnb.recipients.matching import match_people
from dingnb.tables.cells import renamed_in, unsupported_format_notes
from dingnb.transport import (
    Call,
    Hosts,
    Route,
    Timeouts,
    Transport,
    WebSocketTimeouts,
    corp_id_of,
    mode_of,
    server_time,
)
from dingnb.words import Text, say, tables

if TYPE_CHECKING:
    from dingnb.sandbox import RunningSandbox
    from dingnb.ui.compose.form import ComposeForm
    from dingnb.ui.studio.form import StudioForm


class DingTalk:
    """
    One app, connected to DingTalk or to a sandbox. Made by `dingnb.connect`.

    Attributes:
        origin: Where the app's credentials come from.
        sandbox: The sandbox in this process; None where there is none, where another kernel runs it, and where a
            tape plays its answers.
    """

    def __init__(  # noqa: PLR0913 - what a connection is made of
        self,
        app: App,
        hosts: Hosts,
        *,
        origin: Origin,
        clock: Clock,
        limits: Limits = STANDARD,
        timeouts: Timeouts | None = None,
        token_endpoint: TokenEndpoint = "api",  # noqa: S107 - which call, no secret
        sandbox: "RunningSandbox | None" = None,
        notes: Sequence[str] = (),
        ledger: Ledger | None = None,
        repeat_after_s: float | None = None,
        outage_patience_s: float | None = None,
        ban_pause_s: float | None = None,
    ) -> None:
        self._app = app
        self._hosts = hosts
        self.origin = origin
        self._clock = clock
        self._limits = limits
        self._server_time = server_time(hosts, clock)
        self._transport = Transport(Route(hosts), timeouts=timeouts, server_time=self._server_time)
        tokens = TokenSource(app, self._transport, hosts, clock=clock, endpoint=token_endpoint)
        self._caller = Caller(self._transport, tokens)
        self._pace = Pace(limits, clock)
        self._outage_patience_s = read_outage_patience_s(outage_patience_s)
        self._ban_pause_s = read_ban_pause_s(ban_pause_s)
        self.sandbox = sandbox
        self._notes = tuple(notes)
        mode, sandbox_id = mode_of(self._transport, hosts)
        self._realm = Realm.of(mode, sandbox_id, app.app_key, app.masked_key)
        # Errors have to be shown also where no file can be opened any more.
        tables.words()
        self._ledger = ledger or open_ledger()
        waits = {"outage_patience_s": self._outage_patience_s, "ban_pause_s": self._ban_pause_s}
        self._lookups = Lookups(
            self._caller,
            self._pace,
            lambda: Backoff(clock, **waits),
            self._ledger,
            self._realm,
            self._server_time.now_ns,
        )
        self._repeat_after_s = read_repeat_after_s(repeat_after_s)
        self._counting = CallCounter(self._ledger, self._realm, self._server_time.now_ns)
        answer = replier(self._transport, self._server_time.now_ns)
        self._log = EventLog(self._ledger, self._realm, clock, self._server_time.now_ns, answer, stream=self.stream)
        self._events = Events(self._log)
        self._streams = Streams(app, hosts, clock, mode, WebSocketTimeouts())
        self._receivers = Receivers(app, self._realm, self._log, lambda: corp_id_of(self._transport))
        self._callbacks = Callbacks(
            self._caller, self._counting, self._log, self._receivers, mode, reaches_us=not hosts.are_dingtalk
        )

    def token(self) -> Token:
        """
        Return the app's access token, masked until ``.reveal()``, for what dingnb does not cover.

        It is cached for all connections of this process, and renewed ahead of its end.

        Raises:
            CredentialsError: DingTalk does not accept app key and secret.
            DingError: DingTalk could not be asked.
        """
        return self._caller.token()

    def call(
        self,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        method: Literal["POST", "GET"] = "POST",
        query: Mapping[str, str] | None = None,
    ) -> dict[str, Any]:
        """
        Make one call that dingnb has no method for, and return DingTalk's answer.

        The token is added, and renewed once when DingTalk does not accept it. The call is not paced. No error shows the
        query.

        Args:
            path: ``/topapi/...`` and other paths of the old API, or ``/v1.0/...`` of the new one.
            body: What to send as JSON.
            method: ``POST`` or ``GET``.
            query: Query parameters, without the token.

        Raises:
            InputError: `path` is no path, `body` cannot be written as JSON, or `method` or `query` cannot be used.
            ApiError: DingTalk answered with an error.
            TransportError: No usable answer came.

        Example:
            >>> import dingnb
            >>> ding = dingnb.connect("sandbox")
            >>> somebody = ding.sandbox.state.users(1)[0]["userid"]
            >>> ding.call("/topapi/v2/user/get", {"userid": somebody})["errmsg"]
            'ok'
        """
        _check_call(path, body, method, query)
        with self._counting(path):
            return self._caller.call(Call(path, body, query or {}, method))

    def upload(
        self,
        source: Any,  # noqa: ANN401 - as for `dingnb.image`
        kind: Literal["image", "file", "voice", "video"] | None = None,
        *,
        name: str | None = None,
    ) -> Media:
        """
        Upload a picture, a file, a voice or a video, and return its media id, for what dingnb does not cover.

        Messages need no upload: `dingnb.image` and `dingnb.file` take the same values, and `Plan.send` uploads them.
        What this app has uploaded in the last two days is not uploaded again. An upload counts as a call of the month
        (assumption).

        Args:
            source: What `dingnb.image`, `dingnb.file` and `dingnb.voice` take: a figure, a path, bytes, an open file, a
                DataFrame.
            kind: The kind of media; by default the one that fits the content.
            name: The file name; bytes of a file need one.

        Raises:
            InputError: `source` cannot be sent as this kind; the error says why.
            DingError: DingTalk refused the upload or could not be reached.

        Example:
            >>> import dingnb
            >>> ding = dingnb.connect("sandbox")
            >>> ding.upload(b"%PDF-1.7 ...", name="terms.pdf").type
            'file'
        """
        content = content_of(source, kind or kind_for(source), name)
        now_ns, life_s = self._server_time.now_ns(), self._limits.media_lifetime_s
        with self._ledger.connection() as db:
            known = uploads.find(db, self._realm, content.kind, [content.digest], now_ns, life_s).get(content.digest)
        if known is None:
            with self._counting(media.UPLOAD):
                made = media.upload(self._caller, content)
            now_ns = self._server_time.now_ns()
            known = Upload(content.kind, content.digest, made.media_id, content.size, content.name, now_ns)
            transactions.add_upload(self._ledger, self._realm, known)
        uploaded_at = datetime.fromtimestamp(known.uploaded_ns / NS_PER_S, BEIJING)
        return Media(known.media_id, content.kind, content.name, content.size, content.sha256, uploaded_at)

    def scope(self) -> contacts.Scope:
        """
        Return whom the app sees, and can therefore send to: departments and people, as DingTalk names them.

        This call counts in the monthly quota.

        Raises:
            DingError: DingTalk does not tell, or could not be asked.
        """
        with self._counting(contacts.SCOPES):
            return contacts.scope(self._caller)

    def people_count(self) -> int:
        """
        Return how many people the organisation has, which is whom an app sees whose `scope` is everybody.

        Raises:
            DingError: DingTalk does not tell, or could not be asked.
        """
        return contacts.people_count(self._caller)

    @property
    def app(self) -> App:
        """The connected app; its secret is masked."""
        return self._app

    @property
    def mode(self) -> str:  # a Literal here breaks jedi, and so what a notebook completes after `ding.`
        """``SANDBOX``, where the server says that it is one, else ``LIVE``."""
        return "SANDBOX" if self._realm.mode == "SANDBOX" else "LIVE"

    def plan(
        self,
        frame: pd.DataFrame,
        message: Message,
        *,
        to: str | Sequence[str] = "userid",
        columns: Mapping[str, str] | None = None,
        key: str | Sequence[str] | None = None,
        exclude: object = None,
        refresh: bool = False,
    ) -> Plan:
        """
        Check recipients and message, and cut them into calls. Nothing is sent; phone numbers are looked up.

        Args:
            frame: One row a person; it is not changed.
            message: What to send: `dingnb.text`, `dingnb.markdown`.
            to: The kind of address, ``"userid"`` or ``"mobile"``, or both in order of preference: the first
                that is not blank decides. A phone number costs one call, which does not count in the quota, once in
                24 hours: the ledger keeps whose it is, and the plan shows how long it has known.
            columns: The column of a kind of address, where it has no usual name: ``{"mobile": "Phone 2"}``.
            key: The column, or columns, that tell several rows of one person apart. Without it, rows of one
                person with equal bodies share one message, and rows with different bodies are rejected.
            exclude: Whom to leave out: userids (a list, a tuple, a set, a Series or an Index), or the name of a
                list in ``ding.exclusions``, as it is now. Their rows are rejected, with that reason. Who was found
                by phone number is left out as well. Where `to` has ``"mobile"``, phone numbers in any spelling are
                taken too: rows that hold one in the mobile column, and rows of its owner. The plan says which entries
                are in none of its rows.
            refresh: Whether to look phone numbers up again although the ledger knows whose they are.

        Raises:
            InputError: The frame, a column, the message or `exclude` cannot be used; `ColumnError`,
                `TemplateError` and `NobodyError` are kinds of it. What is wrong with single rows is in
                ``plan.problems()``.
            DingError: A phone number could not be looked up.
        """
        if not isinstance(message, Message):
            raise InputError(
                Text("client.no_message", call="plan", kind=type(message).__name__), Text("client.no_message_todo")
            )
        check_key(key)
        check_flag("refresh", refresh)
        self._send_context()
        kept = check_frame(frame).copy(deep=False)
        kinds, given = address_kinds(to), {} if columns is None else columns
        excluded = read_excluded(exclude, self.exclusions.reasons, by_mobile="mobile" in kinds)
        addresses = read_addresses(kept, kinds, given)
        # Before any look-up: a template that cannot be filled is not worth a call.
        message = message.for_columns(list(kept.columns), renamed_in(kept))
        numbers, is_open = frozenset[str](), False
        if excluded.mobiles:
            numbers, is_open = leave_out_numbers(kept, addresses, given, excluded.mobiles)
        # Whose row names them by userid alone, or has another number, is recognised by the owners of excluded numbers.
        others = [one for one in excluded.mobiles if is_open or one not in numbers] if any(addresses.userids) else ()
        found, looked_up = self._lookups.fill(addresses, others=others, refresh=refresh)
        owners = ({} if refresh else self._lookups.known(excluded.mobiles)) | found
        key_columns = tuple(map(str, key)) if isinstance(key, list | tuple) else (() if key is None else (str(key),))
        left_out = excluded.with_owners(owners).userids
        made = build_batches(
            kept, message, addresses, key=key, limits=self._limits, excluded=left_out, clock=self._send_context().clock
        )
        has_unknown = any(not addresses.userids[position] for position in addresses.excluded)
        met = Met(frozenset(filter(None, addresses.userids)), numbers, owners, has_unknown)
        notes = tuple(
            filter(
                None, (*addresses.notes(), excluded.unmatched(met), *unsupported_format_notes(kept, message.columns))
            )
        )
        unasked = {one: reason for one, reason in excluded.mobiles.items() if one not in {*owners, *others}}
        made = replace(made, notes=notes, looked_up=looked_up.text, unasked=unasked)
        return Plan(self._send_context(), made, key_columns, list_named(exclude))

    def match(
        self,
        frame: pd.DataFrame,
        by: str | Sequence[str] | Mapping[str, object],
        people: pd.DataFrame | None = None,
        accept: str | Sequence[str] = (),
    ) -> pd.DataFrame:
        """
        Find the person of the directory whom each row means, by names, departments, numbers or addresses.

        Nobody is chosen where the evidence leaves a choice: such a row has no userid, and its reason lists the
        candidates with what tells them apart.

        Args:
            frame: The rows; it is not changed.
            by: The evidence to compare, such as ``["name", "department"]``: ``userid``, ``mobile``, ``job_number``,
                ``email``, ``name``, ``department``, found in the columns with these or other common names. Or a mapping
                of evidence to columns. All evidence of a row has to agree; a blank cell is no evidence.
            people: The whole directory: a DataFrame with `userid` and what is compared. Of a part of it, namesakes
                elsewhere are not seen.
            accept: ``"name"`` accepts a name that one person has, although the app may not see everybody with this
                name; ``"below"`` accepts a department above the person's; ``"repeated"`` accepts that several rows mean
                one person by the name.

        Returns:
            The rows in their order, with their index, and three columns (str): `userid`, NA unless the row means one
            person beyond doubt; `match`: ``userid``, ``mobile``, ``job_number``, ``email`` or ``name and department``,
            by which the person was found, ``name only``, ``several``, ``conflict`` or ``none``; `reason`: the evidence,
            the rules and the candidates.

        Raises:
            InputError: An argument cannot be used; `ColumnError`, a kind of it: a column is missing or there twice.

        Example:
            >>> import dingnb
            >>> import pandas as pd
            >>> ding = dingnb.connect("sandbox")
            >>> people = pd.DataFrame({"userid": ["a", "b"], "name": ["张伟", "李娜"], "mobile": ["13900000001", None]})
            >>> ding.match(pd.DataFrame({"手机": ["139 0000 0001"]}), "mobile", people)["userid"].tolist()
            ['a']
        """
        return match_people(frame, cast("pd.DataFrame", people), by, accept)

    def compose(
        self,
        frame: pd.DataFrame,
        message: Message | None = None,
        *,
        to: str | Sequence[str] | None = None,
        columns: Mapping[str, str] | None = None,
        key: str | None = None,
        exclude: str | None = None,
    ) -> "ComposeForm":
        """
        Return a form that writes a message for the rows of a frame, shows it as the phone does, and has it sent.

        Its ``value`` is the message as it stands, for `plan` in the next cell; or it is checked, tested and sent in the
        form itself. Its ``code`` is the Python that does the same. Its ``close()`` lets go of what it keeps.

        Args:
            frame: One row a person; it is not changed. Columns become tags that the text can use.
            message: A message to begin with.
            to: As for `plan`; by default the columns with usual names, userids before phone numbers. The form can
                change this and what follows.
            columns: As for `plan`.
            key: The column that tells several rows of one person apart.
            exclude: The name of a list in ``ding.exclusions``.

        Raises:
            InputError: `frame` is no DataFrame, `message` is no message, `to` names another kind of address, or
                `exclude` is no name; `ColumnError`, a kind of it: a column that is named is not there.
            LedgerError: The exclusion lists cannot be read.

        Example:
            >>> import dingnb
            >>> import pandas as pd
            >>> ding = dingnb.connect("sandbox")
            >>> staff = pd.DataFrame({"userid": ["manager01"], "city": ["Hangzhou"]})
            >>> form = ding.compose(staff, dingnb.text("Hello {{ city }}"))
            >>> form.value
            text(content='Hello {{ city }}')
        """
        chosen = {"to": to, "columns": columns, "key": key, "exclude": exclude}
        return cast("ComposeForm", forms.open_form("compose.form.open_compose", self, frame, message, **chosen))

    @property
    def hosts(self) -> Hosts:
        """Where it is."""
        return self._hosts

    def studio(self, frame: pd.DataFrame | None = None) -> "StudioForm":
        """
        Return the whole way as one form: recipients, message, check, sending, results.

        Its ``run`` is the campaign that was sent last, its ``code`` the Python that does the same. Its ``close()``
        lets go of what it keeps.

        Args:
            frame: One row a person; it is not changed. Without it, the form asks for a CSV or Excel file.

        Raises:
            InputError: `frame` is no DataFrame.
            LedgerError: The ledger cannot be read.

        Example:
            >>> import dingnb
            >>> import pandas as pd
            >>> ding = dingnb.connect("sandbox")
            >>> form = ding.studio(pd.DataFrame({"userid": ["manager01"]}))
            >>> form.frame["userid"].tolist()
            ['manager01']
        """
        return cast("StudioForm", forms.open_form("studio.form.open_studio", self, frame))

    @property
    def limits(self) -> Limits:
        """What the app may do, as it was connected."""
        return self._limits

    @property
    def clock(self) -> Clock:
        """The source of time."""
        return self._clock

    @property
    def exclusions(self) -> Exclusions:
        """The lists of people who are never to be sent to, kept in the ledger; ``plan(exclude=...)`` takes a name."""
        return Exclusions(self._ledger, self._realm, self._server_time.now_ns)

    @property
    def drafts(self) -> Drafts:
        """The messages that are not finished yet, kept in the ledger; ``drafts.load("name").message`` is one."""
        return Drafts(self._ledger, self._realm, self._server_time.now_ns)

    def campaigns(self) -> pd.DataFrame:
        """
        Return the campaigns of this app, from the ledger.

        Returns:
            One row for each, the newest first: `name` (str), `state` (str), `msgtype` (str), `people` (int64),
            `accepted`, `failed`, `unknown`, `queued`, `cancelled` (int64: how many people's calls came to what),
            `calls` (int64: that left), `reason` (str: why it is paused or stopped), `created_at` and `updated_at`
            (datetime64[ms, Asia/Shanghai]). Empty is NA.

        Raises:
            LedgerError: The ledger cannot be read.
        """
        return campaigns_frame(self._ledger, self._realm)

    def campaign(self, name: str) -> Campaign:
        """
        Return a campaign of this app by its name, from the ledger; its results have a row for each recipient.

        Args:
            name: As it was given to ``send``; ``campaigns()`` lists them. Case, width and runs of blanks do not count.

        Raises:
            InputError: There is none of this name; or an older dingnb made several that differ only so, and none has
                this very name.
            LedgerError: The ledger cannot be read.
        """
        check_kind("name", name, str, "argument.name_todo")
        return find_campaign(self._send_context(), read_name(name, "send.bad_name"))

    @property
    def events(self) -> Events:
        """What DingTalk tells the app, as a DataFrame that grows: ``events.to_frame()``."""
        return self._events

    def stream(
        self,
        *,
        keep: bool = False,
        robot: bool = True,
        cards: bool | None = None,
        on_card: OnCard | None = None,
        topics: Sequence[str] = (),
    ) -> Stream:
        """
        Receive from DingTalk over a connection of our own, into ``events``; no address of yours is needed.

        It returns at once, and connects again by itself whenever that is needed. A second time, such as by Run All, it
        returns the stream that runs; after a new ``connect()`` it stops that of the earlier one, which would take its
        share of what comes. Streams of one app in several kernels share what comes.

        Args:
            keep: Whether events are kept in the ledger, as by ``events.keep()``.
            robot: Whether to receive what people write to the app's robot.
            cards: Whether to receive what people press on its cards; by default, where there is `on_card`.
            on_card: Called with each press as an `Event`; returns the card's answer, a dict, or None, within 2 seconds.
            topics: Further topics of callbacks. Which events come is ticked in the developer console.

        Raises:
            InputError: `on_card` cannot be called, or `topics` are none.
            LedgerError: Events are to be kept, and the ledger cannot be written.

        Example:
            >>> import dingnb
            >>> with dingnb.connect("sandbox").stream() as stream:
            ...     stream.wait_until_connected()
            True
        """
        return self._streams.open(self._log, keep=keep, robot=robot, cards=cards, on_card=on_card, topics=topics)

    @property
    def callbacks(self) -> Callbacks:
        """Where DingTalk sends the organisation's events over HTTP: ``callbacks.ensure(url, tags)``."""
        return self._callbacks

    def receive(  # noqa: PLR0913 - keywords, each with a default
        self,
        registration: Registration | None = None,
        *,
        token: str | Secret | None = None,
        aes_key: str | Secret | None = None,
        owner: str | Sequence[str] | None = None,
        host: str = "127.0.0.1",
        port: int | None = 0,
        path: str = "/dingtalk",
        window_s: float | None = WINDOW_S,
        repeats: Repeats = "answer",
        keep: bool = False,
        largest_bytes: int = LARGEST_BYTES,
        answers_random: bool = False,
    ) -> Receiver:
        """
        Receive callbacks and robot messages over HTTP into ``ding.events``, from now until ``.stop()``.

        A second call with the same settings returns what runs already. docs/callbacks.md says how DingTalk reaches it.

        Args:
            registration: What ``ding.callbacks.get()`` returned: its token and AES key.
            token: The callback's token, where there is no `registration`; by default new ones, which
                ``ding.callbacks.ensure`` then registers.
            aes_key: The callback's AES key, likewise.
            owner: Whom callbacks are meant for: app key, corp id or suite key, or several. By default the app key, and
                the corp id where it is known: on a sandbox, or from ``DINGTALK_CORP_ID``.
            host: The address to listen on; the default can be reached from this computer only.
            port: The port; 0 takes a free one, None starts no server: mount ``.app`` in your own.
            path: The path.
            window_s: How far the time of a post may be from now, in seconds; None takes a post of any time.
            repeats: What becomes of an event that came before: ``answer`` answers it, as DingTalk needs when the first
                answer got lost; ``refuse`` answers it as what is not genuine. It is in the log once, either way.
            keep: Whether the events are kept in the ledger, as ``ding.events.keep()`` does.
            largest_bytes: The largest body.
            answers_random: Whether a check of a suite's address is answered with its ``Random``.

        Raises:
            InputError: A setting cannot be used, or the port is taken.
            LedgerError: The events should be kept and cannot be.

        Example:
            >>> import dingnb
            >>> ding = dingnb.connect("sandbox")
            >>> with ding.receive() as receiver:
            ...     ding.callbacks.ensure(receiver.url, ["user_add_org"]).tags
            ('user_add_org',)
        """
        token, aes_key = as_secrets(token, aes_key)  # an error shows the names of its frames
        keys = read_keys(token, aes_key)
        given: object = registration
        if not isinstance(given, Registration | None):
            kind = type(given).__name__
            del registration, given  # it may be a token
            raise InputError(Text("receiver.bad_registration", kind=kind), Text("receiver.bad_registration_todo"))
        if registration is not None:
            keys = keys or read_keys(registration.token, registration.aes_key)
        return self._receivers.open(
            keys,
            owner=owner,
            host=host,
            port=port,
            path=path,
            window_s=window_s,
            repeats=repeats,
            largest_bytes=largest_bytes,
            answers_random=answers_random,
            keep=keep,
        )

    def close(self) -> None:
        """Stop what receives events, and close the connections; a later call opens new ones."""
        self._streams.stop()
        self._receivers.close()
        self._transport.close()

    def sheet(self) -> Sheet:
        """Return what the connection shows."""
        # A port that is another one each time would make every saved notebook differ.
        addresses = " · ".join(dict.fromkeys((self._hosts.oapi_base_url, self._hosts.api_base_url)))
        facts = (
            (Text("plan.app"), self._app.masked_key),
            (Text("origin.label"), self.origin.text),
            (Text("client.agent_id"), str(self._app.agent_id or say("client.none"))),
            (Text("client.hosts"), Text("client.in_process") if self.origin.kind == "sandbox" else addresses),
        )
        notes: tuple[Text | str, ...] = tuple(
            filter(None, [shadow_note(self._app, self.origin, os.environ), *self._notes])
        )
        return Sheet("DingTalk", self.mode, facts, notes)

    def _send_context(self) -> SendContext:
        if self._app.agent_id is None:
            raise InputError(Text("app.no_agent_id"), Text("app.no_agent_id_todo"))
        return SendContext(
            self._realm,
            self._caller,
            self._app.agent_id,
            self._pace,
            self._limits,
            self._clock,
            self._server_time,
            self._ledger,
            self._repeat_after_s,
            self._outage_patience_s,
            self._ban_pause_s,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return self.sheet().to_text()

    def _repr_html_(self) -> str:
        return self.sheet().to_html()


def _check_call(path: object, body: object, method: object, query: object) -> None:
    """Check what a call is made with."""
    is_path = isinstance(path, str) and path.isprintable() and path.startswith("/") and not path.startswith("//")
    if not is_path or not {"?", "#"}.isdisjoint(str(path)):
        # What stands behind the ? may be a token.
        raise InputError(Text("client.bad_path", path=shown(_without_query(path))), Text("client.bad_path_todo"))
    if body is not None:
        check_kind("body", body, Mapping, "argument.body_todo")
        try:
            json.dumps(dict(cast("Mapping[str, Any]", body)), allow_nan=False).encode()
        except (TypeError, ValueError, RecursionError) as error:
            raise InputError(Text("argument.no_json", error=error), Text("argument.body_todo")) from None
    check_choice("method", method, ("POST", "GET"), "argument.method_todo")
    if query is None:
        return
    if not isinstance(query, Mapping):
        kind = Text("argument.of_kind", kind=type(query).__name__)
        raise InputError(Text("argument.kind", name="query", value=kind), Text("argument.query_todo"))
    for name, value in query.items():
        if not is_text(name) or not is_text(value):
            raise InputError(Text("argument.query_value", name=shown(name)), Text("argument.query_todo"))


def _without_query(path: object) -> object:
    return re.sub(r"(?s)[?#].*", "?***", path) if isinstance(path, str) else path
