"""Keeps the message of the compose form as a draft, and offers a draft when the form is opened again."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import ipywidgets as widgets

from dingnb.campaigns.draft_files import digest_in, digest_of_files
from dingnb.campaigns.drafts import StoredDraft, have_same_drafts, recent_drafts
from dingnb.client import DingTalk, clock_of
from dingnb.errors import DingError, InputError
from dingnb.messages import Message
from dingnb.ui.compose.draft_format import (
    NO_PERSONAL_FILES,
    chosen_files,
    digest_of,
    distance,
    draft_differs,
    facts_of_draft,
    list_of_form,
    list_written_for,
)
from dingnb.ui.compose.drafts import (
    DraftSaver,
    SavedDraft,
    corrected_campaigns,
    correction_text,
    draft_notices,
    headline_of,
    is_named_after_time,
    saved_text,
)
from dingnb.ui.compose.message_text import MessageText, with_media_of
from dingnb.ui.compose.model import ComposeModel
from dingnb.ui.compose.weak_registry import WeakRegistry
from dingnb.ui.kit import parts
from dingnb.ui.kit.form import Form, ViewPoller, button, row, show_if, stack, update
from dingnb.ui.kit.model import Failure, Model
from dingnb.words import say

_MAX_OFFERED = 20
"""Maximum number of drafts to choose from; the studio lists all."""

_NO_OPTIONS = (("", ""),)

_MODELS = WeakRegistry["DraftModel"]()
"""The models of all forms of this process, so that no form offers a draft that another form has continued."""


@dataclass(frozen=True, slots=True)
class DraftState:
    """
    The state of the draft.

    Attributes:
        offers: The drafts that are offered: first those whose list is most like the form's, and of these the last
            saved; empty if there are none, or one was continued, or they were declined.
        corrected: The campaigns that the offered drafts correct, by the draft's name; a draft that corrects no
            campaign is missing.
        chosen: The name of the draft that was chosen in `offers`; empty for the first.
        saved_draft: The draft of the form's message, as saved.
        failure: Why a draft could not be saved or opened; None if nothing failed.
    """

    offers: tuple[StoredDraft, ...] = ()
    corrected: Mapping[str, str] = field(default_factory=dict)
    chosen: str = ""
    saved_draft: SavedDraft = field(default_factory=SavedDraft)
    failure: Failure | None = None

    @property
    def offered(self) -> StoredDraft | None:
        """The draft to continue with; None if none is offered."""
        return next((draft for draft in self.offers if draft.name == self.chosen), next(iter(self.offers), None))


class DraftModel(Model[DraftState]):
    """
    Saves the message while it is written.

    Args:
        ding: The app, whose ledger has the drafts.
        compose: The form's model.
        message: The message in the code, which the form shows; the drafts based on it are offered. None offers all.
    """

    def __init__(self, ding: DingTalk, compose: ComposeModel, *, message: Message | None) -> None:
        super().__init__(DraftState(), clock_of(ding))
        self._ding = ding
        self._compose = compose
        self._opened_with = compose.state.text
        self._base_digest = "" if message is None else digest_of(message)
        self._saver = DraftSaver(ding.drafts, compose, self._saved, self.fail, base_digest=self._base_digest)
        self._offer()
        _MODELS.add(self)

    @property
    def has_message_from_code(self) -> bool:
        """Whether the form was opened with a message in the code."""
        return bool(self._base_digest)

    @property
    def personal_upload_count(self) -> int:
        """The number of uploads, kept with the open message, that have the files for each person."""
        return len(self._saver.personal_files_of(self._compose.state.document).uploads)

    def retry(self) -> None:
        """Save what could not be saved, such as while the ledger was unavailable."""
        self._saver.retry()

    def choose(self, name: str) -> None:
        """Choose one of the drafts that are offered."""
        self._show(chosen=name)

    def resume(self) -> None:
        """Continue with the offered draft; this can be undone, and the message before it is kept as a draft, too."""
        offered = self.state.offered
        if offered is None:
            return
        try:
            draft = self._saver.adopt(offered.name)
        except DingError as error:
            if isinstance(error, InputError):
                # The draft has been deleted since.
                self._withdraw(offered.name)
            self.fail(error)
            return
        self._show(offers=(), failure=None)
        for other in _MODELS:
            if other is not self and have_same_drafts(self._ding.drafts, other._ding.drafts):  # noqa: SLF001 - of this class
                other._withdraw(offered.name)  # noqa: SLF001 - of this class
        text = with_media_of(draft.text, self._opened_with) if self._base_digest else draft.text
        self._compose.restore(text, draft.document)

    def poll(self) -> None:
        """Note it if the draft of the form's message was changed or deleted elsewhere."""
        self._saver.poll()

    def decline(self) -> None:
        """Hide the offer; the drafts are kept."""
        self._show(offers=())

    def _withdraw(self, name: str) -> None:
        """Stop offering a draft: another form has continued it, or it was deleted."""
        with self._lock:
            offers = tuple(draft for draft in self.state.offers if draft.name != name)
            if offers != self.state.offers:
                self._show(offers=offers)

    def wait(self) -> None:
        """Wait until everything is saved."""
        super().wait()
        self._saver.wait()

    def _offer(self) -> None:
        try:
            drafts = list(filter(self._is_offered, recent_drafts(self._ding.drafts)))
            corrected = corrected_campaigns(self._ding, drafts) if drafts else {}
        except DingError as error:
            # The form works without the ledger until something is sent.
            self.fail(error)
            return
        if drafts:
            form_list = list_of_form(self._compose.state, self._compose.source.name)
            drafts.sort(key=lambda draft: distance(list_written_for(draft.texts), form_list))
        self._show(offers=tuple(drafts[:_MAX_OFFERED]), corrected=corrected)

    def _is_offered(self, draft: StoredDraft) -> bool:
        if not draft.has_known_type:
            return False
        if not self._base_digest:
            return True
        if facts_of_draft(draft.texts).base_digest != self._base_digest:
            return False
        files = digest_in(draft.texts)
        own_files = digest_of_files(chosen_files(self._opened_with.media, NO_PERSONAL_FILES))
        return files not in {"", own_files} or draft_differs(self._opened_with, draft.msgtype, draft.texts)

    def _saved(self, saved_draft: SavedDraft) -> None:
        self._show(saved_draft=saved_draft, failure=None)


class DraftRecoveryView:
    """The widgets of the draft: the offer, and when the message was saved."""

    def __init__(self, form: Form, model: DraftModel) -> None:
        self.model = model
        self.notice, self.saved = widgets.HTML(), widgets.HTML()
        self.resume, self.decline = button(), button(css_class="dn-link")
        self.choice = widgets.Dropdown(options=_NO_OPTIONS, value="")
        self.offer = stack([self.notice, self.choice, row([self.resume, self.decline])])
        form.on_change(self.choice, model.choose)
        form.on_click(self.resume, model.resume)
        form.on_click(self.decline, model.decline)
        form.watch(model)
        ViewPoller(model.clock, self.offer, model.poll)

    def render(self, text: MessageText) -> None:
        """Show the offer, and the draft of a message as saved."""
        state = self.model.state
        offered = state.offered
        show_if(offered is not None, self.offer)
        notice = ""
        if offered is not None:
            moment = f"{offered.updated_at:%Y-%m-%d %H:%M}"
            key = "compose.draft_differs" if self.model.has_message_from_code else "compose.draft_offer"
            if is_named_after_time(offered.name):
                # The time need not be said twice.
                key += "_unnamed"
            what = say(key, name=parts.short(offered.name), moment=moment)
            notice = parts.status(parts.notice(what, _description(offered, state.corrected)))
        update(self.notice, value=notice)
        # Only what is shown may be in a notebook that is saved with its widgets.
        has_choice = offered is not None and len(state.offers) > 1
        options = tuple(_option(draft, state.corrected) for draft in state.offers) if has_choice else _NO_OPTIONS
        update(self.choice, description=say("compose.draft_choice"), options=options)
        update(self.choice, value=offered.name if offered is not None and has_choice else "")
        show_if(has_choice, self.choice)
        update(self.resume, description=say("compose.draft_resume"))
        update(self.decline, description=say("compose.draft_decline"))
        update(self.saved, value=_saved_note(self.model, text))


def _description(draft: StoredDraft, corrected: Mapping[str, str]) -> str:
    """Return the beginning of a draft, the campaign that it corrects, and the list that it was written for."""
    written_for = list_written_for(draft.texts)
    list_text = "" if written_for is None else say("compose.draft_for", list=written_for.text)
    correction = correction_text(corrected.get(draft.name, ""))
    return " · ".join(filter(None, [headline_of(draft), correction, list_text]))


def _option(draft: StoredDraft, corrected: Mapping[str, str]) -> tuple[str, str]:
    """Return a draft as an option: its description and the time it was saved as the label, and its name."""
    name = "" if is_named_after_time(draft.name) else parts.short(draft.name)
    moment = f"{draft.updated_at:%Y-%m-%d %H:%M:%S}"
    return " · ".join(filter(None, [name, _description(draft, corrected), moment])), draft.name


def _saved_note(model: DraftModel, text: MessageText) -> str:
    state = model.state
    if state.failure is not None:
        return parts.status(parts.failure_notice(state.failure, "warn"))
    lacks_files = bool(state.saved_draft.missing_files) and text.can_have_media and not text.has_media
    notices, saved = draft_notices(state.saved_draft, lacks_files=lacks_files), saved_text(state.saved_draft)
    if model.personal_upload_count and text.can_have_media and not text.has_media:
        notices += parts.notice(say("compose.personal_files"), say("compose.personal_files_todo"), "warn")
    return (parts.status(notices) if notices else "") + (parts.quiet(saved) if saved else "")
