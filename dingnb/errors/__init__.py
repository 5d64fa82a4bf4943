"""
The error tree. Each error says what happened, what to do, and whether the call may be repeated or have taken effect.

::

    DingError
    ├── InputError                 (ValueError)       an argument or value cannot be used
    │   ├── ColumnError                               a column is missing, or appears twice
    │   ├── FileError                                 a file cannot be read as a table
    │   │   └── HiddenRowsError                       hidden rows name people; whether to read them was not specified
    │   ├── TemplateError                             a template cannot be read, or names an unknown column
    │   ├── MessageError                              a message exceeds one of DingTalk's limits
    │   ├── NobodyError                               no recipient is left
    │   ├── ChangedBodyError                          a campaign's text changed for people who received it
    │   ├── AbsentRecipientsError                     people still to be sent to are missing from a plan
    │   ├── CampaignRunningError                      another plan is being sent under this name
    │   ├── CampaignStoppedError                      a person stopped or paused the campaign of this name
    │   ├── ChangedDraftError                         a draft was saved elsewhere since it was loaded
    │   └── ProfileError                              a profile does not exist, or its name is not valid
    ├── MissingPackageError        (ImportError)      an optional package is not installed
    ├── KeyringUnavailableError    (RuntimeError)     this computer has no working keyring
    ├── LiveSendError              (RuntimeError)     a live send is not allowed
    ├── IncompleteError            (RuntimeError)     sending, results, a recall or closing ended early
    ├── LedgerError                (RuntimeError)     the ledger cannot be read or written
    ├── CallbackError              (ValueError)       a callback is forged, broken, or cannot be encrypted
    │   ├── EmptyTextError, NoTimestampError, NoNonceError, AesKeyError, SignatureError, SigningError
    │   └── EncryptError, DecryptError, TextLengthError, OwnerError      one for each of 900001 to 900010
    ├── TransportError             (ConnectionError)  no usable answer was received
    │   ├── UnreachableError                          the call was not sent; repeating is safe
    │   ├── NoAnswerError          (TimeoutError)     the call was sent, but no answer was received
    │   └── BadAnswerError                            the answer was not DingTalk's
    │       └── BannedError                           a block page: the address may be banned
    └── ApiError                                      DingTalk answered with an error
        ├── ArgumentError                             the request is wrong
        ├── CredentialsError                          app key, secret, agent id or network address is not accepted
        ├── TokenError                                the token is not accepted
        ├── AccessError                               the app may not do this
        ├── ThrottledError                            calls came too fast; a later one may succeed
        ├── QuotaError                                the quota of the day or month is used up
        ├── BusyError                                 DingTalk failed; the call may have taken effect
        ├── PersonError                               one recipient cannot be reached
        └── ContentError                              the content is refused or too long

`error_for` creates the `ApiError` of a code; the codes are in `codes.tsv`, which `codes` reads.
"""

from dingnb.errors.codes import Code, Kind, Repeat, code_table, find_code
from dingnb.errors.exceptions import (
    AbsentRecipientsError,
    AccessError,
    AesKeyError,
    ApiError,
    ArgumentError,
    BadAnswerError,
    BannedError,
    BusyError,
    CallbackError,
    CampaignRunningError,
    CampaignStoppedError,
    ChangedBodyError,
    ChangedDraftError,
    ColumnError,
    ContentError,
    CredentialsError,
    DecryptError,
    DingError,
    EmptyTextError,
    EncryptError,
    FileError,
    HiddenRowsError,
    IncompleteError,
    InputError,
    KeyringUnavailableError,
    LedgerError,
    LiveSendError,
    MessageError,
    MissingPackageError,
    NoAnswerError,
    NobodyError,
    NoNonceError,
    NoTimestampError,
    OwnerError,
    PersonError,
    ProfileError,
    QuotaError,
    SignatureError,
    SigningError,
    TemplateError,
    TextLengthError,
    ThrottledError,
    TokenError,
    TransportError,
    UnreachableError,
    callback_error,
    code_meaning,
    code_todo,
    error_for,
)
from dingnb.errors.queries import bad_answer_todo, banned_todo, no_answer_todo

__all__ = [
    "AbsentRecipientsError",
    "AccessError",
    "AesKeyError",
    "ApiError",
    "ArgumentError",
    "BadAnswerError",
    "BannedError",
    "BusyError",
    "CallbackError",
    "CampaignRunningError",
    "CampaignStoppedError",
    "ChangedBodyError",
    "ChangedDraftError",
    "Code",
    "ColumnError",
    "ContentError",
    "CredentialsError",
    "DecryptError",
    "DingError",
    "EmptyTextError",
    "EncryptError",
    "FileError",
    "HiddenRowsError",
    "IncompleteError",
    "InputError",
    "KeyringUnavailableError",
    "Kind",
    "LedgerError",
    "LiveSendError",
    "MessageError",
    "MissingPackageError",
    "NoAnswerError",
    "NoNonceError",
    "NoTimestampError",
    "NobodyError",
    "OwnerError",
    "PersonError",
    "ProfileError",
    "QuotaError",
    "Repeat",
    "SignatureError",
    "SigningError",
    "TemplateError",
    "TextLengthError",
    "ThrottledError",
    "TokenError",
    "TransportError",
    "UnreachableError",
    "bad_answer_todo",
    "banned_todo",
    "callback_error",
    "code_meaning",
    "code_table",
    "code_todo",
    "error_for",
    "find_code",
    "no_answer_todo",
]
