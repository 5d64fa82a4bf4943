"""Keeps the message of the compose form as a draft, and offers a draft when the form is opened again."""

from dataclasses import dataclass, field

import ipywidgets as widgets

from dingnb.campaigns.drafts import StoredDraft
from dingnb.client import DingTalk, clock_of
from dingnb.errors import DingError
from dingnb.messages import Message
from dingnb.ui.compose.drafts import DraftSaver, SavedDraft, headline_of, is_named_after_time, saved_text
from dingnb.ui.compose.message_text import base_digest_of, digest_of, draft_differs, with_media_of
from dingnb.ui.compose.model import ComposeModel
from dingnb.ui.kit import parts
from dingnb.ui.kit.form import Form, button, row, show_if, stack, update
from dingnb.ui.kit.model import Failure, Model
from dingnb.words import say


@dataclass(frozen=True, slots=True)
class DraftState:
    """
    The state of the draft.

    Attributes:
        offered: The draft that is offered; None if there is none, or it was continued or declined.
        saved_draft: The draft of the form's message, as saved.
        failure: Why a draft could not be saved or opened.
    """

    offered: StoredDraft | None = None
    saved_draft: SavedDraft = field(default_factory=SavedDraft)
    failure: Failure | None = None


class DraftModel(Model[DraftState]):
    """
    Saves the message while it is written.

    Args:
        ding: The app, whose ledger has the drafts.
        compose: The form's model.
        message: The message in the code, which the form shows; the last draft based on it is offered. None offers the
            draft that was saved last.
    """

    def __init__(self, ding: DingTalk, compose: ComposeModel, *, message: Message | None) -> None:
        super().__init__(DraftState(), clock_of(ding))
        self._ding = ding
        self._compose = compose
        self._opened_with = compose.state.text
        self._base_digest = "" if message is None else digest_of(message)
        self._saver = DraftSaver(ding.drafts, compose, self._saved, self.fail, base_digest=self._base_digest)
        self._offer()

    @property
    def has_message_from_code(self) -> bool:
        """Whether the form was opened with a message in the code."""
        return bool(self._base_digest)

    def resume(self) -> None:
        """Continue with the offered draft; this can be undone, and the message before it is kept as a draft, too."""
        offered = self.state.offered
        if offered is None:
            return
        try:
            draft = self._saver.adopt(offered.name)
        except DingError as error:
            self.fail(error)
            return
        self._show(offered=None, failure=None)
        text = with_media_of(draft.text, self._opened_with) if self._base_digest else draft.text
        self._compose.restore(text, draft.document)

    def decline(self) -> None:
        """Hide the offer; the draft is kept."""
        self._show(offered=None)

    def wait(self) -> None:
        """Wait until everything is saved."""
        super().wait()
        self._saver.wait()

    def _offer(self) -> None:
        try:
            drafts = (self._ding.drafts.load(name) for name in self._ding.drafts.names())
            offered = next(filter(self._is_offered, drafts), None)
        except DingError as error:
            # The form works without the ledger until something is sent.
            self.fail(error)
            return
        self._show(offered=offered)

    def _is_offered(self, draft: StoredDraft) -> bool:
        if not draft.has_known_type:
            return False
        if not self._base_digest:
            return True
        is_based_on_it = base_digest_of(draft.texts) == self._base_digest
        return is_based_on_it and draft_differs(self._opened_with, draft.msgtype, draft.texts)

    def _saved(self, saved_draft: SavedDraft) -> None:
        self._show(saved_draft=saved_draft, failure=None)


class DraftView:
    """
    The widgets of the draft: the offer, and when the message was saved.

    Args:
        form: The form that contains them.
        model: The model.

    Attributes:
        model: As above.
    """

    def __init__(self, form: Form, model: DraftModel) -> None:
        self.model = model
        self.notice, self.saved = widgets.HTML(), widgets.HTML()
        self.resume, self.decline = button(), button(css_class="dn-link")
        self.offer = stack([self.notice, row([self.resume, self.decline])])
        form.on_click(self.resume, model.resume)
        form.on_click(self.decline, model.decline)
        form.watch(model)

    def render(self, *, has_media: bool) -> None:
        """Show the offer, and the draft as saved."""
        state = self.model.state
        offered = state.offered
        show_if(offered is not None, self.offer)
        if offered is not None:
            moment = f"{offered.updated_at:%Y-%m-%d %H:%M}"
            key = "compose.draft_differs" if self.model.has_message_from_code else "compose.draft_offer"
            if is_named_after_time(offered.name):
                # The time need not be said twice.
                key += "_unnamed"
            what = say(key, name=parts.short(offered.name), moment=moment)
            update(self.notice, value=parts.status(parts.notice(what, headline_of(offered))))
        update(self.resume, description=say("compose.draft_resume"))
        update(self.decline, description=say("compose.draft_decline"))
        update(self.saved, value=_saved_note(state, has_media=has_media))


def _saved_note(state: DraftState, *, has_media: bool) -> str:
    if state.failure is not None:
        return parts.status(parts.failure_notice(state.failure, "warn"))
    note = state.saved_draft.note
    saved = saved_text(state.saved_draft, has_media=has_media)
    return (parts.status(parts.notice(note, "", "warn")) if note else "") + (parts.quiet(saved) if saved else "")
