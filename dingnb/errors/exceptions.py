"""The classes of the error tree; the package's docstring draws it."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import ClassVar, Self

from dingnb.errors.codes import Code, Kind, Repeat, find_code
from dingnb.errors.queries import is_query
from dingnb.words import NOTHING, Text, as_text, sentences
from dingnb.words.text import Field, add_renderer


class DingError(Exception):
    """
    Base class of all errors of dingnb.

    Attributes:
        what: What happened, to which row or field, with the user's own value, in the current language.
        hint: What to do next, in the current language; may be empty.
        text: What happened, as a value.
        advice: What to do next, as a value.
        may_have_taken_effect: Whether the call may have done its work in spite of the error.
        repeat: When the same call may be made again.
    """

    may_have_taken_effect: bool = False
    repeat: Repeat = Repeat.NEVER

    def __init__(self, what: Text | str, hint: Text | str = NOTHING) -> None:
        # The texts quote names, values and DingTalk's answers, which must not control the terminal that shows them.
        self.text = as_text(what).visible()
        self.advice = as_text(hint).visible()
        super().__init__(self.text, self.advice)

    @property
    def what(self) -> str:
        """What happened, in the current language."""
        return str(self.text)

    @property
    def hint(self) -> str:
        """What to do next, in the current language."""
        return str(self.advice)

    def advise(self, hint: Text) -> Self:
        """Replace the advice, and return the error."""
        self.advice = hint.visible()
        self.args = (self.text, self.advice)
        return self

    def __str__(self) -> str:
        return "\n".join(part for part in (self.what, self.hint) if part)

    def _render_traceback_(self) -> list[str]:
        """Return the lines that a notebook shows instead of a traceback with the frames of our own code."""
        return f"{type(self).__name__}: {self}".splitlines()


class InputError(DingError, ValueError):
    """An argument or value cannot be used."""


class ColumnError(InputError):
    """A required column is missing, or appears twice."""


class FileError(InputError):
    """A file does not exist, is not a table, or cannot be read."""


class HiddenRowsError(FileError):
    """Rows hidden in Excel name people, and whether to read them was not specified."""


class TemplateError(InputError):
    """A template cannot be read, uses something that is not allowed, or names a column that does not exist."""


class MessageError(InputError):
    """A message lacks a field, has an invalid one, exceeds one of DingTalk's limits, or cannot be sent this way."""


class NobodyError(InputError):
    """No recipient is left to send to."""


class ProfileError(InputError):
    """A profile does not exist or cannot be read, or its name is not valid or belongs to another app."""


class ChangedBodyError(InputError):
    """A campaign's text for people differs from the text that the campaign already sent them."""


class AbsentRecipientsError(InputError):
    """People still to be sent to under the campaign's name are missing from a plan; nothing was sent."""


class CampaignRunningError(InputError):
    """A campaign of this name is being sent, so no other plan can be sent under the name; this plan sent nothing."""


class CampaignStoppedError(InputError):
    """A person stopped or paused the campaign of this name: only `resume` continues it; nothing was sent."""


class ChangedDraftError(InputError):
    """A draft was saved or deleted by another process or form since it was loaded."""


class MissingPackageError(DingError, ImportError):
    """An optional package is not installed."""


class KeyringUnavailableError(DingError, RuntimeError):
    """The computer has no working keyring; nothing was saved."""


class LiveSendError(DingError, RuntimeError):
    """
    A live send is not allowed; nothing was sent.

    Attributes:
        is_short_of_calls: Whether too few calls are left this month, which ``beyond_quota=True`` accepts.
    """

    is_short_of_calls = False


class IncompleteError(DingError, RuntimeError):
    """
    A campaign ended, or waiting for the campaign was given up, before everything was sent and every result was read.

    Also raised if the campaign's recall, or the closing of its cards, was stopped before the end.

    Attributes:
        campaign: The campaign (`Campaign`), from which `results()`, `resume()` and `resolve()` continue.
        state: The campaign's state, as `Campaign.state`.
        counts: How many people have each status; nobody is ``rejected``, since rejected rows are not sent to.
        reason: Why the campaign is incomplete.
    """

    def __init__(
        self,
        what: Text | str,
        hint: Text | str = NOTHING,
        *,
        campaign: object = None,
        state: str = "",
        counts: Mapping[str, int] | None = None,
        reason: Text = NOTHING,
    ) -> None:
        # Only the texts are required: copying an error creates it from the texts, and sets its attributes afterwards.
        super().__init__(what, hint)
        self.campaign = campaign
        self.state = state
        self.counts = dict(counts or {})
        self._reason = reason

    @property
    def reason(self) -> str:
        """Why the campaign is incomplete, in the current language."""
        return str(self._reason)


class LedgerError(DingError, RuntimeError):
    """
    The ledger cannot be read or written; without the ledger, no further calls are made.

    Attributes:
        problem: A word for what is wrong, such as ``gone``, ``replaced``, ``lost``, ``unreachable``, ``read_only``,
            ``full``, ``locked``, ``damaged``, ``newer`` or ``failed``; empty for problems that have no word.
        saved_to: Path of the saved copy of a ledger that was lost during a campaign; None if none was saved.
    """

    def __init__(
        self, what: Text | str, hint: Text | str = NOTHING, *, problem: str = "", saved_to: Path | None = None
    ) -> None:
        super().__init__(what, hint)
        self.problem = problem
        self.saved_to = saved_to


class CallbackError(DingError, ValueError):
    """
    A callback that cannot be read, is not genuine, or cannot be replied to.

    Attributes:
        code: DingTalk's code for the failure (docs/dingtalk.md, "Callbacks").
    """

    code: ClassVar[str] = ""


class EmptyTextError(CallbackError):
    """There is no text to encrypt."""

    code = "900001"


class NoTimestampError(CallbackError):
    """The timestamp is missing."""

    code = "900002"


class NoNonceError(CallbackError):
    """The nonce is missing."""

    code = "900003"


class AesKeyError(CallbackError):
    """The AES key is not valid."""

    code = "900004"


class SignatureError(CallbackError):
    """The signature does not match: it is forged, or token and AES key belong to another callback."""

    code = "900005"


class SigningError(CallbackError):
    """A signature cannot be computed from the text."""

    code = "900006"


class EncryptError(CallbackError):
    """The text cannot be encrypted."""

    code = "900007"


class DecryptError(CallbackError):
    """The content cannot be decrypted."""

    code = "900008"


class TextLengthError(CallbackError):
    """The decrypted text does not have the length that it states."""

    code = "900009"


class OwnerError(CallbackError):
    """The callback is meant for another app or organisation."""

    code = "900010"


class TransportError(DingError, ConnectionError):
    """No usable answer was received; the subclasses say whether the call was sent."""


class UnreachableError(TransportError):
    """The call was not sent: no such host, connection refused, no secure connection. Repeating is safe."""

    repeat = Repeat.SOON


class NoAnswerError(TransportError, TimeoutError):
    """The call was sent, but no answer was received in time, or the connection broke."""

    may_have_taken_effect = True
    repeat = Repeat.SOON


class BadAnswerError(TransportError):
    """The answer was not DingTalk's: a web page, incomplete JSON, a gateway's error."""

    may_have_taken_effect = True
    repeat = Repeat.SOON


class BannedError(BadAnswerError):
    """DingTalk answered with a block page, as for banned network addresses; a ban lasts minutes."""


class ApiError(DingError):
    """
    DingTalk answered with an error.

    Attributes:
        code: DingTalk's code as a string; the inner code, if the gateway wraps it in 88.
        ding_message: DingTalk's own text, untranslated.
        request_id: The id that DingTalk's support asks for; may be empty.
        facts: The code's entry in dingnb's table.
        pause_s: Seconds to wait before a repeat; 0 unless waiting some seconds helps (`repeat`).
        path: The called path.
    """

    def __init__(
        self,
        what: Text | str,
        hint: Text | str,
        *,
        facts: Code,
        ding_message: str = "",
        request_id: str = "",
        pause_s: float = 0,
        path: str = "",
    ) -> None:
        super().__init__(what, hint)
        self.facts = facts
        self.code = facts.code
        self.ding_message = ding_message
        self.request_id = request_id
        self.pause_s = pause_s
        self.path = path
        self.repeat = facts.repeat
        self.may_have_taken_effect = facts.may_have_taken_effect

    def __str__(self) -> str:
        # Not in `what`, whose text must be the same if many calls are refused for the same reason.
        request = Text("error.api_request", request_id=self.request_id).visible() if self.request_id else ""
        return "\n".join(part for part in (str(sentences(self.text, request)), self.hint) if part)

    def __reduce__(self) -> tuple[Callable[..., DingError], tuple[object, ...]]:
        return _restore_error, (type(self), self.args, self.__dict__)


class ArgumentError(ApiError):
    """The request is wrong; sending it again gives the same answer."""


class CredentialsError(ApiError):
    """App key, app secret, agent id or the caller's address are not accepted."""


class TokenError(ApiError):
    """The access token is not accepted, although it was renewed."""


class AccessError(ApiError):
    """The app may not do this; an administrator has to allow it."""


class ThrottledError(ApiError):
    """The calls came too fast; they may succeed after a pause."""


class QuotaError(ApiError):
    """The quota of the day or of the month is used up."""


class BusyError(ApiError):
    """DingTalk failed internally; the call may have taken effect."""


class PersonError(ApiError):
    """One recipient cannot be reached."""


class ContentError(ApiError):
    """The content is refused, or longer than allowed."""


def _restore_error(kind: type[ApiError], args: tuple[Text, Text], attributes: dict[str, object]) -> ApiError:
    """Return a pickled or copied error."""
    error = kind.__new__(kind, *args)
    error.args = args
    error.__dict__.update(attributes)
    return error


_CLASSES: dict[Kind, type[ApiError]] = {
    Kind.ARGUMENT: ArgumentError,
    Kind.CREDENTIALS: CredentialsError,
    Kind.TOKEN: TokenError,
    Kind.ACCESS: AccessError,
    Kind.THROTTLED: ThrottledError,
    Kind.THROTTLED_MINUTE: ThrottledError,
    Kind.DAY_USED_UP: QuotaError,
    Kind.MONTH_USED_UP: QuotaError,
    Kind.BUSY: BusyError,
    Kind.PERSON: PersonError,
    Kind.CONTENT: ContentError,
    Kind.UNLISTED: ApiError,
}


def error_for(
    code: str,
    ding_message: str = "",
    request_id: str = "",
    pause_s: float | None = None,
    path: str = "",
    kind: Kind | None = None,
) -> ApiError:
    """
    Return the error for one of DingTalk's codes, not raised.

    Args:
        code: The code as a string.
        ding_message: DingTalk's own text.
        request_id: DingTalk's id of the request.
        pause_s: Seconds until a repeat may succeed, if given in the answer; None means as for the kind.
        path: The called path.
        kind: The kind of the code for this call, if different from the table's.
    """
    facts = _facts(code, kind)
    quoted_message = Text("error.api_message", message=ding_message) if ding_message else ""
    meaning = sentences(code_meaning(code), quoted_message)
    return _CLASSES[facts.kind](
        Text("error.api", code=code, meaning=meaning, path=path or "DingTalk"),
        Text("error.busy_query_todo") if facts.kind is Kind.BUSY and is_query(path) else code_todo(code, kind),
        facts=facts,
        ding_message=ding_message,
        request_id=request_id,
        pause_s=facts.pause_s if pause_s is None else pause_s,
        path=path,
    )


def callback_error(kind: type[CallbackError], key: str, /, **fields: object) -> CallbackError:
    """Return the error of a kind for a callback, not raised; `key` is the key of the text with the cause."""
    what = Text("callback.refused", code=kind.code, meaning=code_meaning(kind.code), why=Text(key, **fields))
    return kind(what, code_todo(kind.code))


def code_meaning(code: str) -> Text:
    """Return what one of DingTalk's codes means."""
    return Text("code.meaning", code=code)


def code_todo(code: str, kind: Kind | None = None) -> Text:
    """Return what to do about one of DingTalk's codes; a given kind overrides the kind in the table."""
    return Text("code.todo", code=code, **({} if kind is None else {"kind": kind.name}))


def _facts(code: str, kind: Kind | None) -> Code:
    return find_code(code) if kind is None else replace(find_code(code), kind=kind)


def _meaning(fields: Mapping[str, Field]) -> str:
    return find_code(str(fields["code"])).meaning


def _todo(fields: Mapping[str, Field]) -> str:
    return _facts(str(fields["code"]), Kind[str(fields["kind"])] if "kind" in fields else None).todo


# The meanings of the codes are in a table of their own, not in `dingnb.words`.
add_renderer("code.meaning", _meaning)
add_renderer("code.todo", _todo)
