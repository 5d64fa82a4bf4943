"""
Uploads media: for one sending, before its batches, and singly for APIs that dingnb does not cover.

Content whose media id is still valid is not uploaded again.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime
from itertools import chain

from dingnb.api import media as api
from dingnb.calls.context import SendContext
from dingnb.campaigns.sending.quota import make_quota_error
from dingnb.clock import BEIJING, NS_PER_S
from dingnb.errors import ApiError, DingError, InputError
from dingnb.ledger import LedgerSession, media
from dingnb.ledger.explanation import Explanation
from dingnb.ledger.media import Upload
from dingnb.ledger.sending import calls
from dingnb.ledger.sending.attempts import PendingBatch
from dingnb.ledger.sending.calls import CallCounter, count_call, uncount_call
from dingnb.media import Content, Media
from dingnb.media.references import fill_in_media_ids, parse_reference, references_in
from dingnb.words import NOTHING, Text, count, sentences

BATCHES_AT_ONCE = 64
"""Number of batches whose media are uploaded together, before the calls of these batches are made."""

BATCHES_BEYOND_QUOTA = 8
"""`BATCHES_AT_ONCE` for calls beyond the quota: DingTalk may accept the uploads and refuse the calls that need them."""

_MAX_REASONS_SHOWN = 3

BAD_MEDIA_ID = "40007"
"""Error code for a media id that DingTalk does not know, or no longer knows."""


def upload_unless_known(context: SendContext, call_counter: CallCounter, content: Content) -> Media:
    """
    Upload a content, unless this app has a valid media id for it.

    Args:
        context: The context of sending.
        call_counter: Counts the call.
        content: The content.

    Raises:
        ApiError: No calls are left this month, by the count of the ledger or by DingTalk's; nothing was uploaded.
        DingError: DingTalk refused the upload or could not be reached.
        InputError: The file is gone or has changed; nothing was uploaded.
    """
    now_ns, limits = context.now_ns(), context.limits
    with context.ledger.connection() as db:
        found = media.find_uploads(db, context.realm, content.kind, [content.digest], now_ns, limits.media_lifetime_s)
        used = calls.count_used(db, context.realm, now_ns)
    upload = found.get(content.digest)
    if upload is None:
        if used >= limits.calls_per_month:
            raise make_quota_error(used, limits.calls_per_month)
        with call_counter(api.UPLOAD):
            media_id = api.upload(context.caller, content)
        upload = _make_upload(content, media_id, context.now_ns())
        with context.ledger.transaction() as db:
            media.add_upload(db, context.realm, upload)
    uploaded_at = datetime.fromtimestamp(upload.uploaded_ns / NS_PER_S, BEIJING)
    return Media(upload.media_id, content.kind, content.name, content.size, content.sha256, uploaded_at)


def _make_upload(content: Content, media_id: str, now_ns: int) -> Upload:
    return Upload(content.kind, content.digest, media_id, content.size, content.name, now_ns)


class MediaUploads:
    """
    The media of one sending. All methods but `upload` are called in the dispatching thread.

    Args:
        context: The context of sending.
        campaign: The campaign's number in the ledger.
        contents: The contents that this process holds, by reference; other contents are read from recorded paths.
    """

    def __init__(self, context: SendContext, campaign: int, contents: Mapping[str, Content]) -> None:
        self._context = context
        self._campaign = campaign
        self._own_contents = contents
        self._contents: dict[str, Content] = {}
        self._ids: dict[str, str] = {}
        self._ids_by_batch: dict[int, dict[str, str]] = {}
        self._batches_with_gone_ids: set[int] = set()
        self._problems: dict[str, Explanation] = {}
        self._counted_ns: dict[str, int] = {}

    def load(self, db: LedgerSession) -> bool:
        """Read the contents that the campaign's bodies refer to; return whether there are any."""
        self._contents = media.of_campaign(db, self._campaign) | dict(self._own_contents)
        return bool(self._contents)

    def count_missing(self, db: LedgerSession) -> int:
        """Return the number of uploads that the queued batches of the campaign need."""
        context = self._context
        lifetime_s = context.limits.media_lifetime_s
        return media.count_missing(db, context.realm, self._campaign, context.now_ns(), lifetime_s)

    def find_missing(self, db: LedgerSession, batches: Iterable[PendingBatch]) -> list[list[Content]]:
        """Return for each batch the contents to upload before it, without contents that an earlier batch needs."""
        references_by_batch = [[] if batch.sent_body is not None else references_in(batch.body) for batch in batches]
        all_references = dict.fromkeys(chain.from_iterable(references_by_batch))
        now_ns, lifetime_s = self._context.now_ns(), self._context.limits.media_lifetime_s
        self._ids = media.media_ids(db, self._context.realm, all_references, now_ns, lifetime_s)
        missing = {reference: content for reference in all_references if (content := self._check_content(reference))}
        return [
            [missing.pop(reference) for reference in references if reference in missing]
            for references in references_by_batch
        ]

    def _check_content(self, reference: str) -> Content | None:
        """Return a content if it has to be uploaded and can be; record the problem if it cannot be sent."""
        content = self._contents.get(reference)
        if reference in self._ids:
            # The file may have been corrected since it was uploaded for a test, or by a run that was stopped.
            if content is not None:
                self._check_unchanged(reference, content)
            return None
        if content is None or not content.is_available:
            name = content.name if content is not None else reference
            self._problems[reference] = Explanation(Text("media.not_kept", name=name), Text("media.not_kept_todo"))
            return None
        return None if reference in self._problems else content

    def _check_unchanged(self, reference: str, content: Content) -> None:
        try:
            content.check_unchanged()
        except InputError as error:
            self.record_problem(content, error)
            del self._ids[reference]

    def count_upload(self, db: LedgerSession, content: Content) -> None:
        """Count the call of an upload, before it is made."""
        now_ns = self._counted_ns[content.reference] = self._context.now_ns()
        count_call(db, self._context.realm, api.UPLOAD, now_ns)

    def uncount_upload(self, db: LedgerSession, content: Content) -> None:
        """Undo `count_upload` for a call that was not made, or that DingTalk does not count."""
        # In the month in which the call was counted: another month may have begun since.
        uncount_call(db, self._context.realm, api.UPLOAD, self._counted_ns[content.reference])

    def upload(self, content: Content) -> str | DingError:
        """Upload a content, in a worker thread; return its media id, or the error."""
        try:
            return api.upload(self._context.caller, content)
        except DingError as error:
            return error

    def record_upload(self, db: LedgerSession, content: Content, media_id: str) -> None:
        """Record an upload, so that no sending uploads the content again."""
        media.add_upload(db, self._context.realm, _make_upload(content, media_id, self._context.now_ns()))
        self._ids[content.reference] = media_id

    def record_problem(self, content: Content, error: DingError) -> None:
        """Record why a content cannot be uploaded: its file is gone or has changed, or DingTalk refused it."""
        code = error.code if isinstance(error, ApiError) else ""
        advice = Text("media.gone_todo") if error.text.mentions("media.missing") else error.advice
        self._problems[content.reference] = Explanation(error.text, advice, code)

    def body_of(self, batch: PendingBatch) -> bytes | None:
        """Return the bytes to send, with media ids filled in; None if an id is missing."""
        if batch.sent_body is not None:
            return batch.sent_body
        references = references_in(batch.body)
        if not references:
            return batch.body
        if not all(reference in self._ids for reference in references):
            return None
        self._ids_by_batch[batch.id] = {reference: self._ids[reference] for reference in references}
        return fill_in_media_ids(batch.body, self._ids)

    def discard_ids(self, db: LedgerSession, batch: PendingBatch) -> bool:
        """
        Record that DingTalk no longer knows the media ids of a batch; return whether new ids may help.

        New ids are tried once for each batch: DingTalk may refuse a message with this code for another reason as well.
        """
        ids = self._ids_by_batch.get(batch.id, {})
        now_ns = self._context.now_ns()
        for reference, media_id in ids.items():
            # Another batch with the same content may have been refused before, and the id replaced since.
            if self._ids.get(reference) == media_id:
                del self._ids[reference]
                media.mark_upload_gone(db, self._context.realm, parse_reference(reference), media_id, now_ns)
        is_first_time = batch.id not in self._batches_with_gone_ids
        self._batches_with_gone_ids.add(batch.id)
        return is_first_time and bool(ids)

    def why_missing(self, batch: PendingBatch) -> Explanation | None:
        """Return why a content of a batch could not be uploaded; None if no upload has failed."""
        if batch.sent_body is not None:
            return None
        reasons = (self._problems[reference] for reference in references_in(batch.body) if reference in self._problems)
        return next(reasons, None)

    def why_unsent(self, people: int) -> Explanation:
        """Return why a number of people are still queued: their files could not be uploaded."""
        n, shown = len(self._problems), list(self._problems.values())[:_MAX_REASONS_SHOWN]
        what = Text("campaign.media_missing", people=count("person_is", people), files=count("file", n))
        more = Text("campaign.media_more", files=count("file", n - len(shown))) if n > len(shown) else NOTHING
        # Each hint once, after the reasons that it is for.
        reasons: dict[Text, dict[Text, None]] = {}
        for why in shown:
            reasons.setdefault(why.hint, {})[why.reason] = None
        explanations = (sentences(*texts, hint) for hint, texts in reasons.items())
        are_lost = all(why.reason.mentions("media.not_kept") for why in self._problems.values())
        todo = "campaign.media_not_kept_todo" if are_lost else "campaign.media_missing_todo"
        return Explanation(sentences(what, *explanations, more), Text(todo))
