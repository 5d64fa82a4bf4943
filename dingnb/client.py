"""The `DingTalk` class: one connected app."""

import json
import os
import re
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, Self, cast

import pandas as pd

from dingnb.auth import App, Caller, Origin, Token, TokenEndpoint, TokenSource
from dingnb.auth.callback_keys import wrap_secrets
from dingnb.auth.secret import Secret, as_secret
from dingnb.auth.sources import shadowed_profile_note
from dingnb.calls.context import SendContext, read_operator, read_seconds
from dingnb.calls.pace import Pace
from dingnb.campaigns.campaign import Campaign
from dingnb.campaigns.drafts import Drafts
from dingnb.campaigns.plan import Plan
from dingnb.campaigns.planning.input_changes import PlanInput
from dingnb.campaigns.planning.overlapping_campaigns import (
    OverlappingCampaign,
    UnfinishedCampaigns,
    find_overlapping_campaigns,
)
from dingnb.campaigns.planning.preparation import prepare_batches
from dingnb.campaigns.sending.media_uploads import upload_unless_known
from dingnb.campaigns.sending.recall_progress import UnfinishedRecall, unfinished_recalls
from dingnb.campaigns.stored_campaigns import (
    DeliverySummary,
    campaigns_frame,
    count_deliveries,
    find_campaign,
    running_table,
)
from dingnb.clock import Clock
from dingnb.display import ProgressBar, Sheet, Table, forms
from dingnb.display.phone import PhoneFrame
from dingnb.errors import InputError, LedgerError
from dingnb.errors.arguments import (
    check_choice,
    check_flag,
    check_type,
    explains_arguments,
    is_storable_text,
    read_name,
    short_repr,
)
from dingnb.events.callbacks.receiver import Receiver, Receivers, read_keys
from dingnb.events.callbacks.registration import Callbacks, Registration
from dingnb.events.callbacks.settings import DEFAULT_LARGEST_BYTES, DEFAULT_WINDOW_S, Repeats
from dingnb.events.event import create_reply_sender
from dingnb.events.events import Events
from dingnb.events.log import EventLog
from dingnb.events.stream.cards import OnCard
from dingnb.events.stream.stream import Stream, StreamListener, Streams
from dingnb.ledger import Ledger, Realm, open_ledger
from dingnb.ledger.campaigns import campaigns
from dingnb.ledger.campaigns.campaigns import LastChange
from dingnb.ledger.sending import calls
from dingnb.ledger.sending.calls import CallCounter
from dingnb.limits import STANDARD, Limits
from dingnb.media import Media, content_of, kind_for
from dingnb.messages import CardSettings, Message
from dingnb.messages.cards import STANDARD_SETTINGS
from dingnb.recipients.addresses import address_columns, check_dataframe, check_key, read_addresses
from dingnb.recipients.column_titles import resolve_labels
from dingnb.recipients.directory import UNSET, Directory, Filter, Unset
from dingnb.recipients.exclusions import Exclusions, exclusion_list_name
from dingnb.recipients.lookups import Lookups
from dingnb.recipients.match_choices import MatchChoices, check_matched
from dingnb.recipients.matching import check_matchable, match_people
from dingnb.recipients.row_checks import other_names, read_checks
from dingnb.transport import (
    Call,
    Hosts,
    Route,
    Timeouts,
    Transport,
    WebSocketTimeouts,
    active_override,
    detect_mode,
    fetch_corp_id,
    fetch_phone_url,
    server_time,
)
from dingnb.words import Text, catalogue

if TYPE_CHECKING:
    from dingnb.sandbox import RunningSandbox
    from dingnb.sandbox.remote import RemoteSandbox
    from dingnb.ui.compose.form import ComposeForm
    from dingnb.ui.studio.form import StudioForm


class DingTalk:
    """
    One app connected to DingTalk or to a sandbox. Created by `dingnb.connect`.

    Attributes:
        origin: The source of the app's credentials.
        sandbox: The sandbox of ``connect("sandbox")``; None for other connections, or if a tape plays the sandbox's
            answers. If another kernel runs the sandbox, only what `dingnb.sandbox.remote` lists can be used.
    """

    def __init__(  # noqa: PLR0913 - the parts of a connection
        self,
        app: App,
        hosts: Hosts,
        *,
        origin: Origin,
        clock: Clock,
        limits: Limits = STANDARD,
        timeouts: Timeouts | None = None,
        token_endpoint: TokenEndpoint = "api",  # noqa: S107 - names a call, not a secret
        sandbox: "RunningSandbox | RemoteSandbox | None" = None,
        has_remote_sandbox: bool = False,
        notes: Sequence[str | Text] = (),
        ledger: Ledger | None = None,
        repeat_after_s: float | None = None,
        outage_patience_s: float | None = None,
        ban_pause_s: float | None = None,
        cards: CardSettings | None = None,
        operator: str | None = None,
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
        self.sandbox = sandbox
        self._has_remote_sandbox = has_remote_sandbox
        self._notes = tuple(notes)
        mode, sandbox_id = detect_mode(self._transport, hosts)
        self._realm = Realm.of(mode, sandbox_id, app.app_key, app.masked_key)
        # Errors must be displayable even if no more files can be opened.
        catalogue.translations()
        self._ledger = ledger or open_ledger()
        self._now_ns = partial(self._ledger.now_ns, clock, self._server_time.now_ns)
        send_reply = create_reply_sender(self._transport, self._server_time.now_ns)
        self._log = EventLog(self._ledger, self._realm, clock, self._now_ns, send_reply, start_stream=self.stream)
        self._events = Events(self._log)
        self._streams = Streams(app, hosts, clock, mode, WebSocketTimeouts())
        cards = cards or STANDARD_SETTINGS
        self._context = SendContext(
            realm=self._realm,
            caller=self._caller,
            agent_id=app.agent_id or 0,  # without one, nothing is sent
            pace=Pace(limits, clock, self._ledger, self._realm),
            limits=limits,
            clock=clock,
            server_time=self._server_time,
            ledger=self._ledger,
            repeat_after_s=read_seconds("repeat_after_s", repeat_after_s),
            outage_patience_s=read_seconds("outage_patience_s", outage_patience_s),
            ban_pause_s=read_seconds("ban_pause_s", ban_pause_s),
            app_key=app.app_key,
            card_settings=cards,
            listener=StreamListener(self._streams, self._log, is_over_http=cards.callback == "HTTP"),
            operator=read_operator(operator),
        )
        self._lookups = Lookups.of(self._context)
        self._call_counter = CallCounter(self._ledger, self._realm, self._now_ns)
        self._directory = Directory(
            self._caller,
            self._context.pace,
            self._context.backoff,
            self._ledger,
            self._realm,
            self._now_ns,
            self._call_counter,
        )
        self._receivers = Receivers(app, self._realm, self._log, lambda: fetch_corp_id(self._transport))
        self._callbacks = Callbacks(
            self._caller,
            self._call_counter,
            self._log,
            self._receivers,
            mode,
            allows_local=not hosts.has_dingtalk_host,
        )

    def token(self) -> Token:
        """
        Return the app's access token, masked until ``.reveal()``, for APIs that dingnb does not cover.

        The token is cached for all connections of this process, and renewed before it expires.

        Raises:
            CredentialsError: DingTalk does not accept the app key and secret.
            DingError: The token could not be fetched.
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
        Make a call for which dingnb has no method, and return DingTalk's answer.

        The token is added, and renewed once if DingTalk does not accept it. The call is not paced. Errors do not show
        the query.

        Args:
            path: A path of the old API, such as ``/topapi/...``, or of the new one, ``/v1.0/...``.
            body: The body, sent as JSON.
            method: ``POST`` or ``GET``.
            query: Query parameters, without the token.

        Raises:
            InputError: `path`, `method` or `query` is invalid, or `body` cannot be written as JSON.
            ApiError: DingTalk returned an error.
            TransportError: No usable answer was received.

        Example:
            >>> import dingnb
            >>> ding = dingnb.connect("sandbox")
            >>> somebody = ding.sandbox.state.users(1)[0]["userid"]
            >>> ding.call("/topapi/v2/user/get", {"userid": somebody})["errmsg"]
            'ok'
        """
        _check_call(path, body, method, query)
        with self._call_counter(path):
            return self._caller.call(Call(path, body, query or {}, method))

    @explains_arguments
    def upload(
        self,
        source: Any,  # noqa: ANN401 - as for `dingnb.image`
        kind: Literal["image", "file", "voice", "video"] | None = None,
        *,
        name: str | None = None,
    ) -> Media:
        """
        Upload a picture, a file, a voice message or a video, for APIs that dingnb does not cover.

        The ``id`` of the returned `Media` is DingTalk's media id.

        Messages need no upload: `dingnb.image` and `dingnb.file` take the same values, and `Plan.send` uploads them.
        Content that this app has uploaded in the last two days is not uploaded again. An upload counts as a call of the
        month (assumption).

        Args:
            source: What `dingnb.image`, `dingnb.file` and `dingnb.voice` take: a figure, a path, bytes, an open file, a
                DataFrame.
            kind: The kind of media; by default the kind that fits the content.
            name: The file name; bytes of a file need one.

        Raises:
            InputError: `source` cannot be sent as this kind; the error says why.
            QuotaError: No calls are left this month, by the count of the ledger or by DingTalk's; nothing was uploaded.
            DingError: DingTalk refused the upload or could not be reached.

        Example:
            >>> import dingnb
            >>> ding = dingnb.connect("sandbox")
            >>> ding.upload(b"%PDF-1.7 ...", name="terms.pdf").kind
            'file'
        """
        content = content_of(source, kind_for(source) if kind is None else kind, name)
        return upload_unless_known(self._context, self._call_counter, content)

    @explains_arguments
    def people(
        self,
        department: Filter = UNSET,
        *,
        role: Filter = UNSET,
        active: bool | Unset = UNSET,
        fields: Sequence[str] | Unset = UNSET,
        below: bool = True,
        everybody: bool = False,
        refresh: bool = False,
    ) -> pd.DataFrame:
        """
        Return people of the directory, for `plan`, or for `plan(exclude=...)`.

        People who are not cached are read from DingTalk and cached in the ledger for a day; the display shows the age
        of the data. These calls do not count towards the monthly quota, except one for the app's scope if the app does
        not see the whole organisation. After an interrupt, the next call continues where this one stopped.

        Args:
            department: Departments by name, path or id: ``"财务部"``, ``"示例集团/财务部"``, ``50``, or a list.
            role: Roles by name, group and name, or id: ``"外包"``, ``"用工性质/外包"``, ``1021``, or a list. Together
                with `department`: people who are in one of the departments and have one of the roles.
            active: True for people who have activated DingTalk, False for people who have not.
            fields: The columns to return; the userid is always among them.
            below: Whether to include the departments below the named ones.
            everybody: True for all people whom the app sees, in place of `department` and `role`.
            refresh: Whether to read cached data again.

        Returns:
            One row for each person, in the order of the tree of departments: `userid`, `name`, `mobile`, `department`
            (str: the name of the first of the person's departments), `departments` (object: a tuple of their paths),
            `title`, `job_number`, `email`, `manager` (str: a userid), `active` (boolean: whether the person has
            activated DingTalk), `hired_date` (datetime64[ms]: the day, without a zone) and `unionid` (str). Values
            that are not filled in, or that the app may not see, are NA; the display and ``attrs["dingnb"]["notes"]``
            name the missing permission. ``attrs["dingnb"]["read_at"]`` is the time of the oldest reading.

        Raises:
            InputError: A filter is empty or None, or names nothing or several things; or neither a department, a role
                nor ``everybody=True`` is passed, or `everybody` and one of the other two.
            AccessError: The app lacks a permission, which the error names.
            DingError: DingTalk could not be reached, or refused.

        Example:
            >>> import dingnb
            >>> ding = dingnb.connect("sandbox")
            >>> finance = ding.people(department="财务部")
            144 people · read now with 14 calls, not counted in the monthly quota
            >>> ding.plan(finance, dingnb.text("Hello {{ name }}")).people
            144
        """
        return self._directory.people(
            department=department,
            role=role,
            active=active,
            fields=fields,
            below=below,
            everybody=everybody,
            refresh=refresh,
        )

    @explains_arguments
    def departments(self, *, counts: bool = True, refresh: bool = False) -> pd.DataFrame:
        """
        Return the departments that the app sees, with their people counted.

        The directory is read and cached as by `people`.

        Args:
            counts: Whether to count people, which reads everybody; otherwise only departments are read.
            refresh: Whether to read cached data again.

        Returns:
            One row for each department, each before the departments below: `dept_id` (int64), `name` and `path` (str),
            `parent_id` (Int64; NA at the top), `depth` (int64; 0 at the top), `people` (Int64: directly in the
            department) and `people_below` (Int64: in the department and the departments below, each person once).
            Without `counts`, `people` and `people_below` are NA.

        Raises:
            AccessError: The app lacks a permission, which the error names.
            DingError: DingTalk could not be reached, or refused.
        """
        return self._directory.departments(counts=counts, refresh=refresh)

    @explains_arguments
    def roles(self, *, counts: bool = True, refresh: bool = False) -> pd.DataFrame:
        """
        Return the roles of the organisation, with their people counted.

        Args:
            counts: Whether to count people, which takes at least one call for each role.
            refresh: Whether to read cached data again.

        Returns:
            One row for each role, in DingTalk's order: `role_id` (int64), `name` and `group` (str), and `people`
            (Int64; NA without `counts`).

        Raises:
            AccessError: The app lacks a permission, which the error names.
            DingError: DingTalk could not be reached, or refused.
        """
        return self._directory.roles(counts=counts, refresh=refresh)

    @property
    def app(self) -> App:
        """The connected app; its secret is masked."""
        return self._app

    @property
    def hosts(self) -> Hosts:
        """The hosts of DingTalk's APIs."""
        return self._hosts

    @property
    def mode(self) -> str:  # a Literal here breaks jedi, and with it completion after `ding.`
        """``SANDBOX`` if the server is a sandbox, otherwise ``LIVE``."""
        return "SANDBOX" if self._realm.mode == "SANDBOX" else "LIVE"

    @explains_arguments
    def plan(
        self,
        frame: pd.DataFrame,
        message: Message,
        *,
        to: str | Sequence[str] = "userid",
        columns: Mapping[str, str] | None = None,
        key: str | Sequence[str] | None = None,
        exclude: object = None,
        check: str | Sequence[str] | None = None,
        refresh: bool = False,
    ) -> Plan:
        """
        Check recipients and a message, and group them into calls. Sends nothing; phone numbers are looked up.

        Where the directory was read within the last day, names in the frame are compared with it: the plan warns of
        rows whose userid or phone number belongs to somebody of another name, and of people who have never activated
        DingTalk; if the whole directory was read, also of userids that the directory lacks. The comparison makes no
        calls. The plan also warns of each name with a note that the person has left or should get no messages, such as
        ``张伟（勿发）`` or ``张伟 离职``.

        Args:
            frame: One row for each person; it is not changed. Rows that `match` gave no userid are rejected.
            message: The message, created by `dingnb.text`, `dingnb.markdown` and so on.
            to: The kind of address, ``"userid"`` or ``"mobile"``, or both in order of preference: the first that is not
                blank is used. Looking up a phone number costs one call, which does not count against the quota, every
                24 hours: the ledger caches the owner, and the plan shows the age of cached owners.
            columns: The columns without a usual name, by kind of address, or ``"name"``: ``{"mobile": "Phone 2"}``.
            key: The column, or columns, that distinguish several rows of one person. Without it, rows of one person
                with different bodies are rejected. Rows of one person with equal bodies share one message, also with a
                key, since DingTalk would drop the second one; but each key has a card of its own.
            exclude: The people to exclude: userids (a list, a tuple, a set, a Series or an Index), a DataFrame with a
                column ``userid``, such as ``ding.people(role="外包")``, or the name of a list in ``ding.exclusions``
                for the people on the list now. The rows of excluded people are rejected with that reason, even if the
                person was found by phone number. If `to` contains ``"mobile"``, phone numbers in any spelling are
                allowed as well: a number excludes rows with this number in the mobile column, and rows of the number's
                owner. The plan reports entries that match no row; for a DataFrame from `people`, only if no entry
                matches. Names and, in plans by userid, phone numbers of people in the plan, and numbers that lack the
                leading zeros of their userids, are errors, since they would exclude nobody.
            check: ``"name"`` compares all names in the frame with the people's names in the directory, and rejects rows
                where they differ. People who are not cached are read with one call each, which does not count towards
                the monthly quota. ``"note"`` rejects rows whose name has a note that the person has left or should get
                no messages; it makes no calls. ``"directory"`` rejects rows whose userid is not in the part of the
                directory that the app sees; the directory is read unless it is cached, by calls that do not count.
                ``"login"`` marks people who did not log in to DingTalk on any of the last five weekdays (Monday to
                Friday, holidays included): one call for each 100 people absent on a day, which counts. Several checks
                are passed as a list.
            refresh: Whether to look up phone numbers, and what `check` compares, again even if they are cached.

        Raises:
            InputError: The frame, a column, the message or `exclude` is invalid; `ColumnError`, `TemplateError` and
                `NobodyError` are subclasses. Problems of single rows are in ``plan.problems()``.
            DingError: A phone number or a person could not be looked up.
        """
        check_dataframe(frame)
        if not isinstance(message, Message):
            raise InputError(
                Text("client.no_message", call="plan", kind=type(message).__name__), Text("client.no_message_todo")
            )
        check_key(key)
        check_flag("refresh", refresh)
        checks = read_checks(check)
        columns, key = resolve_labels(frame, columns), resolve_labels(frame, key)
        context = self._send_context()
        batches = prepare_batches(
            context,
            self._lookups,
            self._directory,
            self.exclusions,
            frame,
            message,
            to=to,
            columns=columns,
            key=key,
            exclude=exclude,
            checks=checks,
            refresh=refresh,
        )
        key_columns = tuple(map(str, key)) if isinstance(key, list | tuple) else (() if key is None else (str(key),))
        source = PlanInput(frame, (*address_columns(frame, to, columns), *batches.message.columns, *key_columns))
        return Plan(context, batches, key_columns, exclusion_list_name(exclude), source)

    @explains_arguments
    def match(
        self,
        frame: pd.DataFrame,
        by: str | Sequence[str] | Mapping[str, object],
        people: pd.DataFrame | None = None,
        accept: str | Sequence[str] = (),
    ) -> pd.DataFrame:
        """
        Find the person of the directory whom each row means, by names, departments, numbers or addresses.

        If the evidence leaves a choice, nobody is chosen: the row has no userid, and its reason lists the candidates
        with what distinguishes them.

        Args:
            frame: The rows; it is not changed.
            by: The evidence to compare, such as ``["name", "department"]``: ``userid``, ``mobile``, ``job_number``,
                ``email``, ``name``, ``department``, found in the columns with these or other common names. Or a mapping
                of evidence to columns. All evidence of a row has to agree; a blank cell is not evidence.
            people: The whole directory: a DataFrame with `userid` and what is compared. With a part of it, namesakes
                elsewhere are not noticed. None takes all people whom the app sees, as ``people(everybody=True)`` does,
                and reads people who are not cached.
            accept: ``"name"`` accepts a name that one person has, although the app may not see everybody with this
                name; ``"below"`` accepts a department above the person's; ``"repeated"`` accepts that several rows mean
                one person by the name.

        Returns:
            The rows in their order, with their index, and three columns (str): `userid`, NA unless the row means one
            person beyond doubt; `match`: ``userid``, ``mobile``, ``job_number``, ``email`` or ``name and department``,
            by which the person was found, ``name only``, ``several``, ``repeated``, ``conflict`` or ``none``; `reason`:
            the evidence, the rules and the candidates.

        Raises:
            InputError: An argument is invalid; its subclass `ColumnError`: a column is missing or duplicated, or a
                column of the result exists already. Only the columns of an earlier result, and a column ``userid`` that
                is evidence, are replaced.
            DingError: The directory could not be read.

        Example:
            >>> import dingnb
            >>> import pandas as pd
            >>> ding = dingnb.connect("sandbox")
            >>> people = pd.DataFrame({"userid": ["a", "b"], "name": ["张伟", "李娜"], "mobile": ["13900000001", None]})
            >>> ding.match(pd.DataFrame({"手机": ["139 0000 0001"]}), "mobile", people)["userid"].tolist()
            ['a']
        """
        if isinstance(by, Mapping):
            by = resolve_labels(frame, by)
        if people is None:
            check_matchable(frame, by, accept)
            people = self.people(everybody=True)
        return match_people(frame, people, by, accept, clock=self._clock)

    @explains_arguments
    def choose(
        self,
        matched: pd.DataFrame,
        choices: Mapping[Any, object] | None = None,
        *,
        name: str | None = None,
        people: pd.DataFrame | None = None,
        by: str | Sequence[str] | Mapping[str, object] | None = None,
    ) -> pd.DataFrame:
        """
        Settle rows that `match` left open, by your choices, which are remembered for the list.

        A remembered choice is used again while the row has the same evidence and candidates, the chosen person has the
        same name, and the list has as many rows with this evidence as before. Otherwise, the row may mean a different
        person, and needs a new choice.

        Args:
            matched: What `match` returned; it is not changed.
            choices: The userid for each row, by its index label: a candidate, or anybody else in the directory, or
                ``"left out"`` to leave the row out. None applies remembered choices alone.
            name: The name of the list, such as ``"payroll"``, under which choices are remembered in the ledger; None
                remembers nothing.
            people: As for `match`.
            by: As for `match`; needed only if the frame has lost its ``attrs``, for example in a merge.

        Returns:
            The rows in their order, with their index. Settled rows have their `userid`, and ``chosen`` as `match`; rows
            left out have no `userid`, and ``left out``. A choice is preferred to a match by name alone. If a person
            chosen now has another name than the row, a line says so, since the label may belong to another row.

        Raises:
            InputError: The frame was not matched, a label does not identify exactly one row or belongs to a row that is
                matched already, or the directory does not have the userid. Nothing was remembered.
            LedgerError: The ledger cannot be read or written.
            DingError: The directory could not be read.

        Example:
            >>> import dingnb
            >>> import pandas as pd
            >>> ding = dingnb.connect("sandbox")
            >>> people = pd.DataFrame({"userid": ["a", "b"], "name": ["张伟", "张伟"]})
            >>> matched = ding.match(pd.DataFrame({"name": ["张伟"]}), "name", people)
            >>> ding.choose(matched, {0: "b"}, people=people)[["userid", "match"]].values.tolist()
            [['b', 'chosen']]
        """
        if people is None:
            check_matched(matched)
            people = self.people(everybody=True)
        notify = ProgressBar(self._clock).end
        return self._match_choices().choose(matched, choices, people, name=name, by=by, notify=notify)

    def _match_choices(self) -> MatchChoices:
        return MatchChoices(self._ledger, self._realm, self._now_ns)

    @explains_arguments
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
        Return a form for writing a message for the rows of a frame, with a phone preview, and for sending it.

        Its ``value`` is the current message, for `plan` in the next cell; the form itself can also check, test and send
        it. Its ``code`` is the equivalent Python. Its ``close()`` releases its resources.

        Args:
            frame: One row for each person; it is not changed. Its columns are available as tags.
            message: The initial message.
            to: As for `plan`; by default the columns with usual names, userids before phone numbers. `to`, `columns`,
                `key` and `exclude` can be changed in the form.
            columns: As for `plan`.
            key: The column that distinguishes several rows of one person.
            exclude: The name of a list in ``ding.exclusions``.

        Raises:
            InputError: `frame` is not a DataFrame, or `message`, `to`, `key` or `exclude` is invalid; its subclass
                `ColumnError`: a column is missing.
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
        columns, key = resolve_labels(frame, columns), resolve_labels(frame, key)
        settings = {"to": to, "columns": columns, "key": key, "exclude": exclude}
        return cast("ComposeForm", forms.open_form("compose.form.open_compose", self, frame, message, **settings))

    def studio(self, frame: pd.DataFrame | None = None) -> "StudioForm":
        """
        Return a form with all steps: recipients, message, check, sending and results.

        Its ``run`` is the campaign sent last, its ``code`` the equivalent Python. Its ``close()`` releases its
        resources.

        Args:
            frame: One row for each person; it is not changed. Without it, the form asks for a CSV or Excel file, or for
                people of the directory.

        Raises:
            InputError: `frame` is not a DataFrame.
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
    def exclusions(self) -> Exclusions:
        """The exclusion lists in the ledger; ``plan(exclude=...)`` accepts the name of a list."""
        return Exclusions(self._ledger, self._realm, self._now_ns)

    @property
    def drafts(self) -> Drafts:
        """The drafts of messages in the ledger; ``drafts.load("name").message`` returns one."""
        return Drafts(self._ledger, self._realm, self._now_ns)

    def campaigns(self) -> pd.DataFrame:
        """
        Return the campaigns of this app, from the ledger.

        Returns:
            One row for each campaign, newest first; missing values are NA. The counts are of people or, with ``key=``,
            of messages. Rejected rows, which `Campaign.missed` also lists, are in none of them.

            - `name`, `state`, `msgtype` (str).
            - `people` (int64), and by the outcome of their calls `accepted`, `failed`, `unknown`, `queued` and
              `cancelled` (int64); these add up to `people`, except for calls under way.
            - As far as results were read, NA if none are known (Int64): `delivered`, who received the message, read or
              not, recalled or not; `read`, who received and have read the message; `missed`, who did not get the
              message, because their call failed or DingTalk reports them as ``failed``, ``invalid`` or ``filtered``;
              `elsewhere`, who are ``filtered`` but not `missed`, because another campaign or a test had sent them this
              text.
            - `recalled` (int64), from whom the message was recalled.
            - `calls` and `month_calls` (int64), the calls that sent the campaign, in all and this month;
              `calls_per_second` (float64), the campaign's present rate over all processes.
            - `reason` (str), why the campaign is paused, stopped or interrupted.
            - `created_at` and `updated_at` (datetime64[ms, Asia/Shanghai]).
            - `created_by` and `sent_by` (str), who created the campaign and who started sending it last, as user@host
              or the `operator` of `dingnb.connect`.

        Raises:
            LedgerError: The ledger cannot be read.
        """
        return campaigns_frame(self._ledger, self._clock, self._realm, self._now_ns())

    @explains_arguments
    def campaign(self, name: str) -> Campaign:
        """
        Return a campaign of this app by name, from the ledger.

        Its results have the index of the list, so that the two can be joined; `Campaign.results` describes the
        exceptions.

        Args:
            name: The name passed to ``send``; ``campaigns()`` lists them. Case, width and extra blanks are ignored.

        Raises:
            InputError: There is no campaign of this name.
            LedgerError: The ledger cannot be read.
        """
        check_type("name", name, str, "argument.name_todo")
        return find_campaign(self._send_context(), read_name(name, "send.bad_name"))

    @property
    def events(self) -> Events:
        """The events received from DingTalk, as a growing DataFrame: ``events.to_frame()``."""
        return self._events

    @explains_arguments
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
        Receive events over an outgoing connection into ``events``; no public address is needed.

        Returns at once, and reconnects automatically. A second call that asks for the same, such as by Run All, returns
        the running stream; a call that asks for something else replaces the stream. After a new ``connect()``, the
        stream of the earlier connection is stopped, since it would receive part of the events. Streams of one app in
        several kernels share the app's events.

        Args:
            keep: Whether to store events in the ledger, as with ``events.keep()``.
            robot: Whether to receive messages to the app's robot.
            cards: Whether to receive actions on the app's cards; by default, if there is an `on_card`, or a campaign
                with open cards, whose answers are recorded. If a campaign with cards is sent later, the stream receives
                actions on cards from then on.
            on_card: Called with each action on a card that no campaign sent, as an `Event`; returns the card's answer,
                a dict, or None, within 2 seconds.
            topics: Further callback topics. The events themselves are selected in the developer console.

        Raises:
            InputError: `on_card` is not callable or is async, or `topics` is invalid.
            LedgerError: Events are to be stored, but the ledger cannot be written.

        Example:
            >>> import dingnb
            >>> with dingnb.connect("sandbox").stream() as stream:
            ...     stream.wait_until_connected()
            True
        """
        return self._streams.open(self._log, keep=keep, robot=robot, cards=cards, on_card=on_card, topics=topics)

    @explains_arguments
    def phone(self, userid: str) -> PhoneFrame:
        """
        Show a person's phone: everything that this person has received from the sandbox, newest last.

        Opening it marks messages as read; cards and forms can be pressed. Its ``url`` opens it in a browser tab.

        Args:
            userid: The person's userid.

        Raises:
            InputError: `userid` is empty or not valid text; or the connection is LIVE: only the sandbox has phones.
            UnreachableError: The sandbox cannot be reached.

        Example:
            >>> import dingnb
            >>> dingnb.connect("sandbox").phone("manager0044")
            <Phone of manager0044>
        """
        if not is_storable_text(userid) or not userid.strip():
            raise InputError(Text("argument.kind", name="userid", value=short_repr(userid)), Text("phone.userid_todo"))
        if self.mode != "SANDBOX":
            raise InputError(Text("phone.live"), Text("phone.live_todo"))
        if self.sandbox is not None:
            return PhoneFrame(userid, self.sandbox.phone_url(userid))
        # A tape must not contain the secret in the address.
        return PhoneFrame(userid, "" if active_override() else fetch_phone_url(self._transport, userid))

    @property
    def callbacks(self) -> Callbacks:
        """The registration of the address for events over HTTP: ``callbacks.ensure(url, tags)``."""
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
        window_s: float | None = DEFAULT_WINDOW_S,
        repeats: Repeats = "answer",
        keep: bool = False,
        largest_bytes: int = DEFAULT_LARGEST_BYTES,
        answers_random: bool = False,
        card_secret: str | Secret | None = None,
    ) -> Receiver:
        """
        Receive callbacks, robot messages and presses on cards over HTTP into ``ding.events`` until ``.stop()``.

        Presses on the cards of campaigns are recorded as answers.

        A second call with the same settings returns the running receiver. See docs/callbacks.md for how DingTalk
        reaches it.

        Args:
            registration: The return value of ``ding.callbacks.get()``, with a token and an AES key.
            token: The callback's token, which takes precedence over the registration's; by default, without a
                `registration`, a new token, registered by ``ding.callbacks.ensure``.
            aes_key: The callback's AES key, likewise; token and AES key are passed together or not at all.
            owner: The addressee of callbacks: app key, corp id or suite key, or several. By default the app key, and
                the corp id if known, from a sandbox or from ``DINGTALK_CORP_ID``.
            host: The address to listen on; the default is reachable only from this computer.
            port: The port; 0 chooses a free one, None starts no server: mount ``.app`` in your own.
            path: The path at which posts are received.
            window_s: Maximum difference of a post's time from now, in seconds; None accepts any time.
            repeats: How to treat a repeated event: ``answer`` answers it, which DingTalk needs if the first answer was
                lost; ``refuse`` treats it as invalid. The log has the event once in both cases.
            keep: Whether to store events in the ledger, as with ``ding.events.keep()``.
            largest_bytes: The maximum size of a body in bytes.
            answers_random: Whether the check of a suite's address is answered with its ``Random``.
            card_secret: The key with which DingTalk signs callbacks of cards (``apiSecret`` of their registration); by
                default a new key, ``receiver.card_secret``.

        Raises:
            InputError: A setting is invalid, or the port is in use.
            LedgerError: Events are to be stored, but the ledger cannot be written.
            UnreachableError: The sandbox cannot be reached to ask for its corp id.

        Example:
            >>> import dingnb
            >>> ding = dingnb.connect("sandbox")
            >>> with ding.receive() as receiver:
            ...     ding.callbacks.ensure(receiver.url, ["user_add_org"]).tags
            ('user_add_org',)
        """
        token, aes_key = wrap_secrets(token, aes_key)  # an error shows the variables of its frames
        card_secret = None if card_secret is None else as_secret(card_secret)
        keys = read_keys(token, aes_key)
        argument: object = registration
        if not isinstance(argument, Registration | None):
            kind = type(argument).__name__
            del registration, argument  # may be a token, and an error shows the variables of its frames
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
            card_secret=card_secret,
            keep=keep,
        )

    def close(self) -> None:
        """Stop receiving events, and close connections; later calls open new ones."""
        self._streams.stop()
        self._receivers.close()
        self._transport.close()

    def _sheet(self) -> Sheet:
        servers: Text | str = " · ".join(dict.fromkeys((self._hosts.oapi_base_url, self._hosts.api_base_url)))
        if self.origin.kind == "sandbox":
            # The sandbox's URL has a different port each time, which would change every saved notebook.
            servers = Text("client.in_other_process" if self._has_remote_sandbox else "client.in_process")
        facts: list[tuple[Text, Text | str]] = [
            (Text("plan.app"), self._app.masked_key),
            (Text("origin.label"), self.origin.text),
            (Text("client.agent_id"), str(self._app.agent_id) if self._app.agent_id else Text("client.none")),
            (Text("client.hosts"), servers),
        ]
        shadowed = shadowed_profile_note(self._app, self.origin, os.environ)
        notes = [*([shadowed] if shadowed else []), *self._notes]
        if self._ledger.is_shared:
            facts += [(Text("client.ledger"), self._ledger.place), (Text("client.operator"), self._context.operator)]
            notes.append(Text("team_ledger.shared"))
        return Sheet("DingTalk", self.mode, tuple(facts), tuple(notes), self._running_tables())

    def _running_tables(self) -> tuple[Table, ...]:
        """Return the table of the campaigns that are being sent now; no table if there are none or the ledger fails."""
        try:
            return running_table(self._ledger, self._clock, self._realm, self._limits, self._now_ns())
        except LedgerError:
            # The next call to the ledger raises the error.
            return ()

    def _send_context(self) -> SendContext:
        if self._app.agent_id is None:
            is_argument = self.origin.kind == "arguments"
            todo = "app.no_agent_id_beside_key_todo" if is_argument else "app.no_agent_id_todo"
            raise InputError(Text("app.no_agent_id"), Text(todo))
        return self._context

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return self._sheet().to_text()

    def _repr_html_(self) -> str:
        return self._sheet().to_html()


def clock_of(ding: DingTalk) -> Clock:
    """Return the clock of a connection, for forms."""
    return ding._clock


def operator_of(ding: DingTalk) -> str:
    """Return the operator of a connection, for forms."""
    return ding._context.operator


def deliveries_of(ding: DingTalk, names: Sequence[str]) -> list[DeliverySummary]:
    """Return how many messages of each of these campaigns have which outcome, for forms."""
    limit = limits_of(ding).calls_per_month
    return count_deliveries(ding._ledger, ding._clock, ding._realm, names, limit)


def receives_answers_of(ding: DingTalk) -> bool:
    """Return whether a connection receives the answers to cards over Stream, for forms."""
    return ding._streams.receives_cards


def names_with_keys_of(ding: DingTalk) -> frozenset[str]:
    """Return the names of the campaigns with ``key=``, which count messages and not people, for forms."""
    with ding._ledger.connection() as db:
        return campaigns.names_with_keys(db, ding._realm)


def existing_campaigns_of(ding: DingTalk, names: Iterable[str]) -> frozenset[str]:
    """Return the given names under which there is a campaign, for forms."""
    with ding._ledger.connection() as db:
        return frozenset(name for name in names if name and campaigns.find(db, ding._realm, name) is not None)


def unfinished_recalls_of(ding: DingTalk) -> dict[str, UnfinishedRecall]:
    """Return the campaigns, by name, that are being recalled or whose last recall ended early, for forms."""
    with ding._ledger.connection() as db:
        return unfinished_recalls(db, ding._realm, limits_of(ding), ding._now_ns())


def match_choices_of(ding: DingTalk) -> MatchChoices:
    """Return the remembered choices for rows that matching left open, for forms."""
    return ding._match_choices()


def ledger_of(ding: DingTalk) -> Ledger:
    """Return the ledger of a connection, for forms."""
    return ding._ledger


def other_names_of(ding: DingTalk, people: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """Return the names in the directory, as read last, of people who have another name in a list, for forms."""
    return other_names(ding._ledger, ding._realm, people, ding._now_ns())


def last_change_of(ding: DingTalk) -> LastChange | None:
    """Return numbers by which a change of the app's campaigns is noticed, for forms; None without a readable ledger."""
    ledger = ding._ledger
    with suppress(LedgerError):
        if ledger.exists():
            with ledger.connection() as db:
                return campaigns.last_change(db, ding._realm)
    return None


def unfinished_campaigns_of(ding: DingTalk, read_people: Callable[[], Collection[str]]) -> list[OverlappingCampaign]:
    """
    Return the recent unfinished campaigns that include at least half of the given people, for forms.

    Args:
        ding: The connection.
        read_people: Returns the userids of the people; called only if there are unfinished campaigns.
    """
    with ding._ledger.connection() as db:
        return find_overlapping_campaigns(UnfinishedCampaigns(db, ding._context), read_people)


def known_userids_of(
    ding: DingTalk, frame: pd.DataFrame, kinds: Sequence[str], columns: Mapping[str, object]
) -> frozenset[str]:
    """
    Return the userids in a list and, for its phone numbers, the userids of the known owners, for forms.

    Makes no calls.

    Raises:
        InputError: A column is missing or duplicated.
    """
    addresses = read_addresses(frame, kinds, columns)
    owners = Lookups.of(ding._context).cached_owners(addresses.mobiles.values())
    return frozenset(filter(None, [*addresses.userids, *owners.values()]))


def department_members_of(ding: DingTalk) -> dict[int, set[str]]:
    """
    Return the userids of the people directly in each department, by its id, for forms; what is not cached is read.

    Raises:
        DingError: As for `DingTalk.people`.
    """
    return ding._directory.members()


def limits_of(ding: DingTalk) -> Limits:
    """Return the limits of a connection, for forms."""
    return ding._limits


def server_ahead_ns(ding: DingTalk) -> int | None:
    """Return how many nanoseconds DingTalk's clock is ahead of this computer's; None before DingTalk's first answer."""
    return ding._server_time.ahead_ns


def calls_this_month(ding: DingTalk) -> tuple[int, int]:
    """Return the number of calls of the month that the ledger has counted, and their limit; creates no ledger."""
    ledger, limit = ding._ledger, ding._limits.calls_per_month
    if not ledger.exists():
        return 0, limit
    with ledger.connection() as db:
        return calls.count_used(db, ding._realm, ding._now_ns()), limit


def _check_call(path: object, body: object, method: object, query: object) -> None:
    """Check the arguments of `DingTalk.call`."""
    is_absolute = isinstance(path, str) and path.isprintable() and path.startswith("/") and not path.startswith("//")
    if not is_absolute or not {"?", "#"}.isdisjoint(str(path)):
        # The path may contain a query with a token.
        raise InputError(Text("client.bad_path", path=short_repr(_without_query(path))), Text("client.bad_path_todo"))
    if body is not None:
        check_type("body", body, Mapping, "argument.body_todo")
        try:
            json.dumps(dict(cast("Mapping[str, Any]", body)), ensure_ascii=False, allow_nan=False).encode()
        except (TypeError, ValueError, RecursionError) as error:
            raise InputError(Text("argument.no_json", error=error), Text("argument.body_todo")) from None
    check_choice("method", method, ("POST", "GET"), "argument.method_todo")
    if query is None:
        return
    if not isinstance(query, Mapping):
        kind = Text("argument.of_kind", kind=type(query).__name__)
        raise InputError(Text("argument.kind", name="query", value=kind), Text("argument.query_todo"))
    for name, value in query.items():
        if not is_storable_text(name) or not is_storable_text(value):
            raise InputError(Text("argument.query_value", name=short_repr(name)), Text("argument.query_todo"))


def _without_query(path: object) -> object:
    return re.sub(r"(?s)[?#].*", "?***", path) if isinstance(path, str) else path
