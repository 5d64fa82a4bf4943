"""
Uploads media: for one sending, before its batches, and singly for APIs that dingnb does not cover.

Content whose media id is still valid is not uploaded again.
"""

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import accumulate, chain

from dingnb.api import media as api
from dingnb.calls.backoff import Backoff
from dingnb.calls.context import SendContext
from dingnb.calls.workers import Job, RetryLater
from dingnb.campaigns.sending.ledger_guard import LedgerGuard
from dingnb.campaigns.sending.progress import ProgressReporter
from dingnb.campaigns.sending.quota import calls_left, make_quota_error, make_shortage_error
from dingnb.campaigns.sending.remote_control import RemoteControl
from dingnb.campaigns.sending.stop import HALTING_ERRORS, SendStop, why_failed
from dingnb.campaigns.status import State
from dingnb.clock import BEIJING, NS_PER_S
from dingnb.errors import (
    BusyError,
    DingError,
    InputError,
    QuotaError,
    ThrottledError,
    TransportError,
)
from dingnb.ledger import LedgerSession, media
from dingnb.ledger.campaigns import campaigns
from dingnb.ledger.explanation import NO_REASON, Explanation
from dingnb.ledger.media import Upload
from dingnb.ledger.sending import attempts, calls
from dingnb.ledger.sending.attempts import PendingBatch
from dingnb.ledger.sending.calls import CallCounter, count_call, uncount_call
from dingnb.media import Content, Media
from dingnb.media.references import fill_in_media_ids, parse_reference, references_in
from dingnb.words import NOTHING, Text, count, sentences

BATCHES_AT_ONCE = 64
"""Number of batches whose media are uploaded together, before the calls of these batches are made."""

_BATCHES_BEYOND_QUOTA = 8
"""`BATCHES_AT_ONCE` for calls beyond the quota: DingTalk may accept the uploads and refuse the calls that need them."""

_MAX_REASONS_SHOWN = 3

_UNCOUNTED_ERRORS = (TransportError, BusyError, ThrottledError, QuotaError, InputError)
"""Errors after which an upload that had no effect is not counted: no call was made, or DingTalk does not count it."""

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
    Uploads the media of one sending before its batches, and fills their ids in.

    Args:
        context: The context of sending.
        campaign: The campaign's number in the ledger.
        contents: The contents that this process holds, by reference; other contents are read from recorded paths.
        stop: Makes the calls, and stops the sending if none can be made.
        backoff: Decides when failed uploads are repeated.
        reporter: Reports the uploads.
        guard: Checks the ledger before each call.
        remote_control: Checks for commands before each call.
    """

    def __init__(
        self,
        context: SendContext,
        campaign: int,
        contents: Mapping[str, Content],
        *,
        stop: SendStop,
        backoff: Backoff,
        reporter: ProgressReporter,
        guard: LedgerGuard,
        remote_control: RemoteControl,
    ) -> None:
        self._context = context
        self._campaign = campaign
        self._own_contents = contents
        self._stop = stop
        self._backoff = backoff
        self._reporter = reporter
        self._guard = guard
        self._remote_control = remote_control
        self._may_exceed_quota = False
        self._contents: dict[str, Content] = {}
        self._ids: dict[str, str] = {}
        self._ids_by_batch: dict[int, dict[str, str]] = {}
        self._batches_with_gone_ids: set[int] = set()
        self._problems: dict[str, Explanation] = {}
        self._unsendable: dict[int, PendingBatch] = {}
        self._counted_ns: dict[str, int] = {}

    def load(self, db: LedgerSession) -> bool:
        """Read the contents that the campaign's bodies refer to; return whether there are any."""
        context, campaign = self._context, self._campaign
        self._contents = media.of_campaign(db, campaign) | dict(self._own_contents)
        self._may_exceed_quota = campaigns.may_exceed_quota(db, campaign)
        if self._contents:
            lifetime_s = context.limits.media_lifetime_s
            uploads_left = media.count_missing(db, context.realm, campaign, context.now_ns(), lifetime_s)
            self._reporter.counter.expect_uploads(uploads_left)
        return bool(self._contents)

    def upload_for(self, db: LedgerSession, batches: Sequence[PendingBatch]) -> int:
        """
        Upload what batches need, for as many at once as the calls left this month allow; stop if for none.

        Returns:
            The number of the first batches whose turn it is now. `is_sendable` says whether their uploads succeeded.
        """
        missing = self._find_missing(db, batches)
        batch_count = self._count_affordable(db, missing)
        contents = list(chain.from_iterable(missing[:batch_count]))
        if contents:
            self._upload(db, contents, batch_count)
        for batch in batches[:batch_count]:
            if self._why_unsendable(batch) is not None:
                self._unsendable[batch.id] = batch
        return batch_count

    def is_sendable(self, batch: PendingBatch) -> bool:
        """Return whether no content of a batch has failed to be uploaded."""
        return batch.id not in self._unsendable

    def stop_if_unsendable(self, db: LedgerSession) -> None:
        """Leave batches queued whose contents could not be uploaded, and stop the sending with the reason."""
        if not self._unsendable or self._stop.event.is_set():
            return
        unsent = self._unsendable.values()
        with self._context.ledger.transaction(db):
            for batch in unsent:
                attempts.record_explanation(db, batch.id, self._why_unsendable(batch) or NO_REASON)
        self._stop.end(State.STOPPED, self._why_unsent(sum(len(batch.userids) for batch in unsent)))

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

    def _find_missing(self, db: LedgerSession, batches: Sequence[PendingBatch]) -> list[list[Content]]:
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
            self._record_problem(content, error)
            del self._ids[reference]

    def _count_affordable(self, db: LedgerSession, missing: Sequence[Sequence[Content]]) -> int:
        """
        Return how many of the first batches can be sent with the calls left this month, uploads included; halt if none.

        Without uploads, all batches: the quota is checked before each call. Beyond the quota, only a few at once.

        Args:
            db: The ledger.
            missing: The contents to upload for each batch.
        """
        if not any(missing):
            return len(missing)
        if self._may_exceed_quota:
            return min(len(missing), _BATCHES_BEYOND_QUOTA)
        calls_so_far = list(accumulate(len(contents) + 1 for contents in missing))
        batch_count = bisect_right(calls_so_far, calls_left(db, self._context))
        if not batch_count:
            self._stop.halt(make_shortage_error(db, self._context, len(missing[0])))
        return batch_count

    def _upload(self, db: LedgerSession, contents: Sequence[Content], batch_count: int) -> None:
        """Upload contents, as long as calls are left this month for the number of batches that need them."""
        counter = self._reporter.counter
        job = Job(
            api=api.UPLOAD,
            call=self._call,
            on_outcome=lambda content, outcome, started_ns: self._settle(db, content, outcome, started_ns),
            on_start=lambda content: self._start(db, content, batch_count),
            cancel=lambda content: self._cancel(db, content),
            on_wait=lambda delay_ns, why: self._reporter.report_wait(db, delay_ns, why),
            one_at_a_time=lambda: self._backoff.is_failing,
        )
        counter.set_uploads(contents)
        self._reporter.notify()
        self._stop.run_until_stopped(job, contents)
        counter.set_uploads(())

    def _start(self, db: LedgerSession, content: Content, batch_count: int) -> bool:
        """Count the call of an upload, before it is made; return whether it may be made."""
        context = self._context
        self._guard.check(db)
        with context.ledger.transaction(db):
            if self._remote_control.check(db):
                return False
            # Another campaign may have used calls meanwhile. Batches left without media ids are tried again.
            is_affordable = self._may_exceed_quota or calls_left(db, context) > batch_count
            if is_affordable:
                now_ns = self._counted_ns[content.reference] = context.now_ns()
                count_call(db, context.realm, api.UPLOAD, now_ns)
        return is_affordable

    def _cancel(self, db: LedgerSession, content: Content) -> None:
        """Undo the count of an upload that was not made, or that DingTalk does not count."""
        with self._context.ledger.transaction(db):
            # In the month in which the call was counted: another month may have begun since.
            uncount_call(db, self._context.realm, api.UPLOAD, self._counted_ns[content.reference])

    def _call(self, content: Content) -> str | DingError:
        """Upload a content, in a worker thread; return its media id, or the error."""
        try:
            return api.upload(self._context.caller, content)
        except DingError as error:
            return error

    def _settle(
        self, db: LedgerSession, content: Content, outcome: str | DingError, started_ns: int
    ) -> RetryLater | None:
        """Record the media id or the error of an upload; return the pause before a repeat, None for no repeat."""
        if isinstance(outcome, str):
            self._backoff.record_success()
            with self._context.ledger.transaction(db):
                # No other sending uploads the content again.
                media.add_upload(db, self._context.realm, _make_upload(content, outcome, self._context.now_ns()))
                self._ids[content.reference] = outcome
                self._reporter.counter.record_upload(content)
                self._reporter.publish(db)
            self._reporter.notify()
            return None
        if not outcome.may_have_taken_effect and isinstance(outcome, _UNCOUNTED_ERRORS):
            self._cancel(db, content)
        # An upload reaches nobody, so it may be repeated even if it may have taken effect.
        retry = self._backoff.record_failure(outcome, started_ns, is_query=True)
        if retry is None and (isinstance(outcome, (*HALTING_ERRORS, ThrottledError)) or outcome.may_have_taken_effect):
            # The error's own hint is about repeating a call that may have reached people.
            todo = Text("campaign.upload_todo") if outcome.may_have_taken_effect else outcome.advice
            self._stop.give_up(outcome.advise(todo))
        elif retry is None:
            self._record_problem(content, outcome)
        return retry

    def _record_problem(self, content: Content, error: DingError) -> None:
        """Record why a content cannot be uploaded: its file is gone or has changed, or DingTalk refused it."""
        why = why_failed(error)
        is_gone = error.text.mentions("media.missing")
        self._problems[content.reference] = why._replace(hint=Text("media.gone_todo")) if is_gone else why

    def _why_unsendable(self, batch: PendingBatch) -> Explanation | None:
        """Return why a content of a batch could not be uploaded; None if no upload has failed."""
        if batch.sent_body is not None:
            return None
        reasons = (self._problems[reference] for reference in references_in(batch.body) if reference in self._problems)
        return next(reasons, None)

    def _why_unsent(self, people: int) -> Explanation:
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
