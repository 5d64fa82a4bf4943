"""The model of the studio: its steps, and what they share."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal, cast, get_args

import pandas as pd

from dingnb.campaigns.campaign import Campaign, view_of
from dingnb.campaigns.campaign_names import is_test
from dingnb.campaigns.draft_files import ChosenFile
from dingnb.campaigns.drafts import Drafts, have_same_drafts
from dingnb.client import DingTalk, clock_of, existing_campaigns_of
from dingnb.errors import DingError, InputError
from dingnb.ledger.names import fold_name
from dingnb.messages import Message
from dingnb.tables.frame_report import ATTRS_KEY
from dingnb.tables.row_labels import index_by_line
from dingnb.ui.compose.draft_format import PersonalFiles, chosen_files, media_of_files, personal_files
from dingnb.ui.compose.drafts import DraftSaver, SavedDraft, title_of
from dingnb.ui.compose.message_check import problem_of
from dingnb.ui.compose.message_text import MessageText, initial_text, text_of_message, with_media_of
from dingnb.ui.compose.model import ComposeModel
from dingnb.ui.compose.recipient_columns import RecipientChoice, Recipients
from dingnb.ui.compose.source import FrameCode, Source
from dingnb.ui.compose.state import Document, DocumentText
from dingnb.ui.kit.code import call
from dingnb.ui.kit.model import Failure, Model
from dingnb.ui.plan.model import PlanModel
from dingnb.ui.plan.state import SentTest
from dingnb.ui.results.auto_refresh_model import RefreshUsage
from dingnb.ui.results.reminder_model import SavedReminder
from dingnb.ui.run.model import RunModel
from dingnb.ui.studio.directory_model import DirectoryModel
from dingnb.ui.studio.exclusions_model import ExclusionsModel
from dingnb.ui.studio.files_model import FILE_FIELD, PERSONAL_FILE_TYPES, FilesModel
from dingnb.ui.studio.home_model import HomeModel
from dingnb.ui.studio.names_model import NamesModel
from dingnb.ui.studio.phone import PhoneModel, PhoneSource
from dingnb.ui.studio.sample import read_sample
from dingnb.ui.studio.upload import UploadModel
from dingnb.words import NOTHING, Text, count, say, sentences
from dingnb.words.literals import literal

Step = Literal["recipients", "message", "check", "send", "results"]

STEPS: tuple[Step, ...] = get_args(Step)
"""The steps, in their order."""

_HOME = "home"
"""The name of the home page in `StudioModel.page`."""

_NOTHING_MISSING = NOTHING, NOTHING
NOTHING_SENT = Text("studio.nothing_sent"), Text("studio.nothing_sent_todo")
"""Why there is no campaign, and what to do about it."""


@dataclass(frozen=True, slots=True)
class StudioState:
    """
    The state of the studio.

    Attributes:
        step: The open step.
        is_home: Whether the home page is shown instead of the step.
        saved_draft: The draft as saved.
        save_failure: Why the draft could not be saved; None if it could.
        notice: The outcome of the last action; empty if there is none.
        failure: The last error; None if there was none.
        refused_step: The step that the user tried to open while something was missing for it; None if there is none.
    """

    step: Step = "recipients"
    is_home: bool = False
    saved_draft: SavedDraft = field(default_factory=SavedDraft)
    save_failure: Failure | None = None
    notice: Text = NOTHING
    failure: Failure | None = None
    refused_step: Step | None = None


@dataclass(frozen=True, slots=True)
class RecipientList:
    """
    The recipients of a message, as they can be used again.

    Attributes:
        frame: The list.
        frame_code: Returns the statements that create it.
        recipient_choice: The columns that identify people.
        upload: The saved state of the upload.
        is_from_directory: Whether the list has people of the directory.
        unmatched_list: The list before it was matched, and its `FrameCode`; None if it was not matched.
        names: The user's input for finding people by name.
    """

    frame: pd.DataFrame
    frame_code: FrameCode
    recipient_choice: RecipientChoice
    upload: Mapping[str, Any]
    is_from_directory: bool
    unmatched_list: tuple[pd.DataFrame, FrameCode] | None
    names: Mapping[str, Any]

    @property
    def text(self) -> Text:
        """The file from which the recipients come, if any, and the number of rows."""
        return _describe_list(self.frame)


_NO_RECIPIENTS = pd.DataFrame({"userid": pd.Series(dtype="str"), "name": pd.Series(dtype="str")})
"""The list of recipients before there is one."""


class StudioModel(Model[StudioState]):
    """
    Leads from a list of recipients to the results of a campaign.

    Going back loses nothing: the message, the recipients and the campaign stay, and an outdated check is repeated.

    Args:
        ding: The app that sends.
        frame: The recipients; None if they are uploaded first.

    Attributes:
        upload: The model of the uploaded list.
        directory: The model of the directory.
        compose: The model of the message, the recipients and the checks.
        names: The model of matching names.
        files: The model of personal files.
        home: The model of the home page.
        phone: The model of the phone of a recipient, in the sandbox.
        exclusions: The model of the exclusion lists, in the settings.
        draft_saver: Saves the message as a draft.
        is_from_directory: Whether the recipients are people of the directory.
        refresh: What the automatic refresh of the shown results has used; None if they are not refreshed, now or once
            sending has finished.
        paused_refreshes: What the automatic refreshes of other results have used, by the name of the campaign: the
            refreshes go on when these results are opened again.
        reminders: The reminders in results that were not sent, by the name of the campaign: each is shown again when
            these results are opened again.
        list_set_aside: The recipients of another message, as long as this one has none; None if there were none.
        session_is_left: Returns whether the page has been reloaded, so that another process serves it.
    """

    def __init__(self, ding: DingTalk, frame: pd.DataFrame | None = None) -> None:
        super().__init__(StudioState(), clock_of(ding))
        self.ding = ding
        # What was missing before is no longer the newest problem, even if the file cannot be read.
        self.upload = UploadModel(clock_of(ding), self._take_upload, lambda: self._show(refused_step=None))
        self.directory = DirectoryModel(ding, self._take_people)
        source = Source(_NO_RECIPIENTS if frame is None else frame)
        self.compose = ComposeModel(ding, Recipients(source.frame), source=source)
        self.names = NamesModel(self.compose, self._take_matched, lambda: self._show(refused_step=None))
        self.names.start_over()
        self.files = FilesModel(self.compose)
        self.home = HomeModel(ding)
        self.exclusions = ExclusionsModel(ding, self.compose.follow_exclusion_list)
        self.draft_saver = DraftSaver(
            ding.drafts,
            self.compose,
            lambda saved_draft: self._show(saved_draft=saved_draft, save_failure=None),
            lambda error: self._show(save_failure=self._failure(error)),
        )
        self._draft_before_practising = (ding.drafts, SavedDraft())
        self._has_given_frame = frame is not None
        self.is_from_directory = False
        self._opened: RunModel | None = None
        self._cannot_continue: Text = NOTHING
        self._document_without_files: Document | None = None
        self._has_lost_draft = self._opens_send_once_checked = False
        self.refresh: RefreshUsage | None = None
        self.paused_refreshes: dict[str, RefreshUsage] = {}
        self.reminders: dict[str, SavedReminder] = {}
        self.list_set_aside: RecipientList | None = None
        self.session_is_left: Callable[[], bool] = lambda: False
        self._sent_before: tuple[Document, RunModel] | None = None
        self._looked_up: tuple[pd.DataFrame, RecipientChoice, PlanModel] | None = None
        self.phone = PhoneModel(ding, self._phone_source)
        self._document_of_files = self.compose.state.document
        self.files.watch(self._note_files)
        self.compose.watch(self._show_files_of_message)
        self.compose.watch(self._open_send_if_checked)
        for model in (self, self.compose):
            model.watch(self.phone.refresh)
        self.compose.after_typing = self._check_late_letters
        if frame is None or self.home.state.unfinished:
            self._show(is_home=True)

    @property
    def plan_model(self) -> PlanModel | None:
        """The latest check, if it is up to date; else None."""
        return self.compose.plan_models[-1] if self.compose.plan_models and self.compose.state.is_current else None

    @property
    def run(self) -> RunModel | None:
        """The campaign of the results step: the opened campaign, or else the message's; None if there is none."""
        if self._opened is not None:
            return self._opened
        sent = [plan_model.run for plan_model in self.compose.own_plan_models if plan_model.run is not None]
        return sent[-1] if sent else self._run_before

    @property
    def correction(self) -> PlanModel | None:
        """The check of a new text for the campaign whose results are open, if the user chose to recall it first."""
        plan_model, run = self.plan_model, self.run
        if plan_model is None or plan_model.run is not None or run is None or not plan_model.state.recalls_first:
            return None
        is_same = fold_name(plan_model.state.name) == fold_name(run.run.name)
        return plan_model if is_same and plan_model.sent_now else None

    @property
    def _run_before(self) -> RunModel | None:
        """The campaign as which the open message was sent before it was opened here; None if there is none."""
        before = self._sent_before
        return before[1] if before is not None and before[0] is self.compose.state.document else None

    @property
    def can_have_personal_files(self) -> bool:
        """Whether the type of the message allows a file of its own for each person."""
        return self.compose.state.text.msgtype in PERSONAL_FILE_TYPES

    @property
    def has_chosen_files(self) -> bool:
        """Whether pictures or files were chosen for the message, attached or not."""
        is_uploaded = self.can_have_personal_files and bool(self.files.state.files)
        return is_uploaded or self.compose.state.text.has_media

    @property
    def chosen_files(self) -> tuple[ChosenFile, ...]:
        """The pictures and files that were chosen, also for another type of message."""
        return chosen_files(self.compose.state.text.media, self.files.personal)

    @property
    def has_attached_files(self) -> bool:
        """Whether the message has the files that were uploaded for each person."""
        folder = self.compose.state.text.folder(FILE_FIELD)
        return folder is not None and folder.is_uploaded

    @property
    def lacks_files(self) -> bool:
        """Whether chosen files of the message are missing, its type can have files, and none were chosen since."""
        are_missing = self.saved_draft.missing_files or self._document_without_files is self.compose.state.document
        return bool(are_missing) and self.compose.state.text.can_have_media and not self.has_chosen_files

    def _show_files_of_message(self) -> None:
        document = self.compose.state.document
        if document is not self._document_of_files:
            personal = self.draft_saver.personal_files_of(document)
            if personal != self.files.personal:
                self.files.show(personal)
            # Only now: until then, the files belonged to another message.
            self._document_of_files = document

    def _note_files(self) -> None:
        document = self.compose.state.document
        if document is self._document_of_files:
            self.draft_saver.note_personal_files(document, self.files.personal)

    def retranslate(self) -> None:
        """Render the state's texts again, in the current language."""
        self.compose.retranslate()

    def wait(self) -> None:
        """Wait until work in progress has ended; a campaign may still be sent afterwards."""
        super().wait()
        self.upload.wait()
        self.directory.wait()
        self.names.wait()
        self.compose.wait()
        self.files.wait()
        self.draft_saver.wait()
        self.phone.wait()
        self.exclusions.wait()

    def go_home(self) -> None:
        """Open the home page with up-to-date lists."""
        self.draft_saver.wait()
        self.home.refresh()
        self._show(is_home=True, failure=None, refused_step=None, notice=NOTHING)

    @property
    def has_begun(self) -> bool:
        """Whether there is something to go back to from the home page."""
        return bool(len(self.compose.frame)) or self.compose.state.text != initial_text() or self.run is not None

    def start_new(self) -> None:
        """Start a campaign without a message, and without recipients unless the notebook has passed them."""
        is_sending = any(plan_model.is_sent_or_starting for plan_model in self.compose.own_plan_models)
        is_sent = is_sending or self._run_before is not None
        rows, has_files = len(self.compose.frame), bool(self.files.state.files)
        is_written = has_files or self.compose.state.text != initial_text()
        without_files = Text("studio.files_cleared") if has_files and self.saved_draft.why_not_kept else NOTHING
        self.compose.start(initial_text())
        self.list_set_aside, notice = None, NOTHING
        # To the steps of the new message, even if a campaign is open to which nobody can be added.
        self._opened = None
        without_list = Text("studio.list_cleared", rows=count("row", rows)) if self._clear_list() else NOTHING
        if (without_list or without_files) and not is_sent:
            in_drafts = Text("studio.message_in_drafts") if is_written else NOTHING
            notice = sentences(without_list, without_files, in_drafts)
        self.go("recipients")
        self._show(notice=notice)

    def _set_list_aside(self) -> None:
        """Clear the recipients, which belong to another message, and offer them."""
        recipients = self.recipient_list
        if recipients is not None and self._clear_list():
            self.list_set_aside = recipients

    @property
    def recipient_list(self) -> RecipientList | None:
        """The recipients; None if there are none, or the notebook has passed them."""
        frame, frame_code, unmatched = self.compose.frame, self.compose.source.frame_code, self.names.unmatched_list
        if frame_code is None:
            return None
        return RecipientList(
            frame,
            frame_code,
            self.compose.state.recipient_choice,
            self.upload.saved_state(),
            self.is_from_directory,
            None if unmatched is None or unmatched[1].frame_code is None else (unmatched[0], unmatched[1].frame_code),
            self.names.saved_state(),
        )

    def use_list_set_aside(self) -> None:
        """Use the recipients that were set aside, if any, for the message that is open."""
        if self.list_set_aside is not None:
            self.restore_list(self.list_set_aside)
            self._choose_key_of_campaign()

    def _clear_list(self) -> bool:
        """Clear the recipients, unless there are none or the notebook has passed them; return whether this was done."""
        if self._has_given_frame or not len(self.compose.frame):
            return False
        self.is_from_directory = False
        self.upload.clear()
        self.directory.forget_use()
        self._take_list(_NO_RECIPIENTS, lambda _name, _app: [])
        return True

    @property
    def list_in_use(self) -> Text:
        """The file from which the recipients come, if any, and the number of rows."""
        return _describe_list(self.compose.frame)

    @property
    def can_practise(self) -> bool:
        """Whether there is a list for practice, as in the sandbox, which reaches nobody."""
        return self.ding.mode == "SANDBOX"

    def use_sample(self) -> None:
        """
        Start a campaign for practice: people of the sandbox, and a message to them.

        The list of people is read first. If the home page is left before the list was read, nothing is started.
        """
        self._start_work(self._take_sample)

    def _take_sample(self) -> None:
        sample = read_sample(self.ding, self._clock)
        if not self.state.is_home:
            # Another message was begun meanwhile.
            return
        self.upload.clear()
        self.directory.forget_use()
        # The directory of the sandbox: these people must not move to another app.
        self.is_from_directory = True
        self._take_list(_numbered(sample.frame), sample.frame_code)
        self.compose.start(sample.message)
        # The steps belong to the sample now, even after a past campaign was opened.
        self._opened = None
        self.go("message")
        self._show(notice=Text("studio.sample_taken", people=count("person", len(sample.frame))))

    def view_campaign(self, name: str) -> None:
        """
        Open a campaign in the results step.

        Raises:
            InputError: There is no campaign of this name.
        """
        self._opened = run = self._run_model(name)
        self._cannot_continue = _why_not_continued(run.run)
        run.continue_receiving()
        if all(plan_model.run is not run for plan_model in self.compose.plan_models):
            self.compose.note_opened(run)
        self.go("results")

    def _run_model(self, name: str) -> RunModel:
        """Return the model of a campaign; a campaign that was sent from here already has a model."""
        run = self.ding.campaign(name)
        runs = [plan_model.run for plan_model in self.compose.plan_models if plan_model.run is not None]
        if self._sent_before is not None:
            runs.append(self._sent_before[1])
        newest = next((model for model in reversed(runs) if model.run.name == run.name), None)
        if newest is None:
            return RunModel(run, self._clock)
        # Another list may have been sent under the name since, in another form, notebook or process.
        newest.reload()
        return newest

    @property
    def _other_campaign(self) -> str:
        """The name of the campaign whose results are open, if it is not the campaign of the message; else empty."""
        name = "" if self._opened is None else self._opened.run.name
        return "" if fold_name(name) == fold_name(self.compose.campaign_name) else name

    def _continue_campaign(self, name: str, step: Step) -> None:
        """
        Show the message of a campaign, to send it under the same name to a list that is yet to be chosen.

        Args:
            name: The name of the campaign.
            step: The step to open, if nothing is missing for it.
        """
        is_written = self.compose.state.text != initial_text() and self.saved_draft.name
        message = self._message_of(name)
        self._start_message_of(name, message)
        self._note_lost_files(message)
        self._set_list_aside()
        # For a list that the notebook has passed, which stays.
        self._choose_key_of_campaign()
        self.go("recipients" if self.missing_for(step) else step)
        in_drafts = Text("studio.other_message_in_drafts") if is_written else NOTHING
        list_needed = NOTHING if len(self.compose.frame) else Text("studio.continued_todo")
        self._show(notice=sentences(Text("studio.continued", name=name), list_needed, in_drafts))

    def _message_of(self, name: str) -> Message:
        message = self.ding.campaign(name).message
        if message is None:
            raise InputError(Text("studio.no_text_kept", name=name))
        return message

    def _note_lost_files(self, message: Message) -> None:
        """Note it if files of a campaign's message, which is now shown, are not kept: their fields are blank."""
        text = self.compose.state.text
        is_blank = any(
            place.media_kind and not (text.at(place.path) or text.medium(place.path)) for place in text.places()
        )
        if message.has_media and is_blank:
            self._document_without_files = self.compose.state.document

    def _start_message_of(self, name: str, message: Message) -> None:
        """Show the message of a campaign, under its name; it is saved as a draft once it is changed."""
        written = DocumentText(text_of_message(message), Document(earlier_campaign=name))
        self.draft_saver.leave_unsaved(written)
        self.compose.start(written.text, written.document)
        self._sent_before = written.document, self._run_model(name)

    def copy_message(self, name: str) -> None:
        """
        Copy the message of a campaign, without recipients; this can be undone unless the message before was sent.

        Raises:
            InputError: There is no campaign of this name, or its text was not kept.
        """
        message = self._message_of(name)
        # First, so that the copy's draft is not saved for the list of the message before.
        self._set_list_aside()
        self._replace_message(text_of_message(message), Document(copied_from=name))
        self._note_lost_files(message)
        self._open_message("studio.copied", name)

    def open_draft(self, name: str) -> None:
        """
        Open a draft, and set the recipients aside unless its message is open already.

        Raises:
            InputError: There is no draft of this name, or its message type is unknown.
        """
        before = self.compose.state.document
        title = title_of(self.ding.drafts.load(name))
        self._load_draft(name)
        if self.compose.state.document is not before:
            self._set_list_aside()
        campaign = self.compose.campaign_name
        if self._has_campaign(campaign):
            # A correction of its message.
            self._sent_before = self.compose.state.document, self._run_model(campaign)
            self._choose_key_of_campaign()
        self._open_message("studio.opened", title)
        copied_from = self.compose.copied_from
        if copied_from:
            self._show(notice=sentences(self.state.notice, Text("studio.opened_copy", name=copied_from)))

    def _load_draft(self, name: str) -> None:
        """Show the message of a draft, in which changes are then saved."""
        draft = self.draft_saver.adopt(name)
        self._replace_message(draft.text, draft.document)

    def _load_draft_if_any(self, name: str) -> bool:
        """Show the message of a draft, and return whether the draft exists: another process may have deleted it."""
        if not name:
            return False
        try:
            self._load_draft(name)
        except InputError:
            return False
        return True

    def _replace_message(self, text: MessageText, document: Document | None = None) -> None:
        """Show another message; undoing this never leads back to a campaign that was sent."""
        is_sent = any(plan_model.is_sent_or_starting for plan_model in self.compose.own_plan_models)
        (self.compose.start if is_sent else self.compose.restore)(text, document)

    def delete_draft(self, name: str) -> None:
        """
        Delete a draft; if it is the current one, further changes are saved as another.

        Raises:
            InputError: There is no draft of this name, or its message type is unknown.
        """
        self.home.delete_draft(name)
        self.draft_saver.forget(name)

    def _phone_source(self) -> PhoneSource:
        frame, choice = self.compose.frame, self.compose.state.recipient_choice
        columns = choice.userid, choice.mobile, self.compose.recipients.name_position
        if self._opened is not None or choice.userid >= 0:
            return PhoneSource(self._opened, None, frame, *columns, self.run, self._newest_test)
        if self.plan_model is not None:
            self._looked_up = frame, choice, self.plan_model
        checked_frame, checked_choice, plan_model = self._looked_up or (None, None, None)
        if checked_frame is frame and checked_choice == choice:
            # Also while the message is changed.
            return PhoneSource(None, plan_model, frame, *columns, self.run, self._newest_test)
        # After a reload, the campaign may have been sent by the process before.
        campaign = self.run if self._looked_up is None else None
        return PhoneSource(campaign, None, frame, *columns, self.run, self._newest_test)

    @property
    def _newest_test(self) -> SentTest | None:
        """The newest test of the message that is open; None if there is none, or a campaign was opened instead."""
        if self._opened is not None:
            return None
        tests = [plan_model.state.tested for plan_model in self.compose.own_plan_models]
        return next((test for test in reversed(tests) if test is not None), None)

    def restore_list(self, recipients: RecipientList) -> None:
        """Use a list that was read before: by the process of this tab until a reload, or for another message."""
        self.is_from_directory = recipients.is_from_directory
        self.upload.restore(recipients.upload)
        self._take_list(recipients.frame, recipients.frame_code)
        if recipients.unmatched_list is not None:
            self.names.restore(*recipients.unmatched_list)
        self.compose.choose_recipients(**asdict(recipients.recipient_choice))
        self.names.restore_state(recipients.names)

    def restore_message(
        self,
        *,
        draft: str,
        campaign: str,
        unsaved: MessageText,
        copied_from: str,
        files: Sequence[ChosenFile] | None,
        pattern: str,
        has_attached_files: bool,
        awaited_assignment: str,
    ) -> None:
        """
        Show the message that the tab showed before it was reloaded.

        Args:
            draft: The message's draft; empty if the message was not changed since it was sent, or has no texts.
            campaign: The name of the message's campaign; empty as long as the name is only suggested.
            unsaved: The message to show if it has neither a draft nor a campaign.
            copied_from: The name of the campaign that the message was copied from; empty if it is no copy.
            files: The chosen pictures and files; None if they were not kept.
            pattern: The template of the names of files for each person.
            has_attached_files: Whether the matched files were attached to the message.
            awaited_assignment: As in `FilesState`.
        """
        is_draft_shown = self._load_draft_if_any(draft)
        # Afterwards: a draft that the process before has just deleted belongs to a campaign by now.
        is_sent = self._has_campaign(campaign)
        message = self.ding.campaign(campaign).message if is_sent and not is_draft_shown else None
        if message is not None:
            self._start_message_of(campaign, message)
        elif not is_draft_shown:
            self._has_lost_draft = bool(draft) and not is_sent
            # Saved only once it is changed: another window may have deleted its draft.
            written = DocumentText(unsaved, Document())
            self.draft_saver.leave_unsaved(written)
            self.compose.start(written.text, written.document)
        if files:
            personal = personal_files(files, pattern, awaited_assignment)
            self._restore_files(files, personal, is_attached=has_attached_files, is_draft=is_draft_shown)
        elif files is None:
            self._document_without_files = self.compose.state.document
        # Under another name, everyone would get the message again.
        self.compose.set_campaign_name(campaign)
        self.compose.set_copied_from(copied_from)
        if is_sent:
            self._sent_before = self.compose.state.document, self._run_model(campaign)

    def _restore_files(
        self, files: Sequence[ChosenFile], personal: PersonalFiles, *, is_attached: bool, is_draft: bool
    ) -> None:
        """
        Choose the pictures and files again that were chosen before the page was reloaded.

        Args:
            files: The pictures and files.
            personal: The files for each person.
            is_attached: Whether the matched files were attached to the message.
            is_draft: Whether the message has a draft: not if it is as it was sent, or its draft was deleted.
        """
        now = self.compose.state.document_text
        if not is_draft:
            self.draft_saver.leave_unsaved(now, personal)
        self.files.show(personal)
        # Another tab may have changed the draft.
        text = with_media_of(now.text, replace(now.text, media=media_of_files(files)))
        if is_attached:
            # The folder of the process before was deleted with it.
            self.files.wait()
            with suppress(InputError):
                attached = self.files.attach()
                text = text if attached is None else text.with_folder(FILE_FIELD, *attached)
        written = replace(now, text=text)
        if not is_draft:
            self.draft_saver.leave_unsaved(written, personal)
        self.compose.start(written.text, written.document)

    def _has_campaign(self, name: str) -> bool:
        return bool(existing_campaigns_of(self.ding, [name]))

    def note_refresh(self, usage: RefreshUsage | None) -> None:
        """Note what the automatic refresh of the shown results has used; None if they are not refreshed."""
        if usage != self.refresh:
            self.refresh = usage
            self._notify()

    def note_reminder(self, name: str, reminder: SavedReminder | None) -> None:
        """Note the reminder in the results of a campaign that was not sent; None if there is none."""
        if reminder != self.reminders.get(name):
            others = {other: saved for other, saved in self.reminders.items() if other != name}
            self.reminders = others if reminder is None else {**others, name: reminder}
            self._notify()

    def is_page_left(self) -> bool:
        """Return whether the page has been reloaded, so that another process serves it."""
        return self.session_is_left()

    def pause_refresh(self, name: str, usage: RefreshUsage) -> None:
        """Let the automatic refresh of a campaign's results go on when the results are opened again."""
        # Opening other results changes the state next, which saves this as well.
        self.paused_refreshes = {**self.paused_refreshes, name: usage}

    def take_paused_refresh(self, name: str) -> RefreshUsage | None:
        """
        Return what the automatic refresh of a campaign had used when its results or the page were left.

        Only the first call returns it; None if there was no refresh.
        """
        paused = dict(self.paused_refreshes)
        usage = paused.pop(name, None)
        self.paused_refreshes = paused
        return usage

    def restore_step(
        self,
        step: Step,
        *,
        campaign: str,
        is_home: bool,
        is_checked: bool,
        refresh: RefreshUsage | None,
        paused_refreshes: Mapping[str, RefreshUsage],
        reminders: Mapping[str, SavedReminder],
    ) -> None:
        """
        Open a step, or a campaign if there is one of this name; what was checked is checked again.

        Args:
            step: The step.
            campaign: The name of the campaign; empty if none was open.
            is_home: Whether the home page is shown.
            is_checked: Whether the message and its recipients were checked as they are.
            refresh: What the automatic refresh of the results had used; None if there was none.
            paused_refreshes: What the automatic refreshes of other results had used, by the name of the campaign.
            reminders: The reminders in results that were not sent, by the name of the campaign.
        """
        self.paused_refreshes, self.reminders = dict(paused_refreshes), dict(reminders)
        if self._has_campaign(campaign):
            if refresh is not None:
                self.pause_refresh(self.ding.campaign(campaign).name, refresh)
            self.view_campaign(campaign)
            if is_checked and not self.missing_for("check"):
                # So that the campaign of the message can be sent to more people from here, as before.
                self.compose.check()
        else:
            self._go_nearest("check" if step in {"send", "results"} else step)
        is_checked_again = step == "send" and self.state.step == "check"
        checked_again = Text("studio.checked_again") if is_checked_again else NOTHING
        lost_draft = Text("studio.draft_lost") if self._has_lost_draft else NOTHING
        notice = sentences(lost_draft, checked_again)
        self._show(is_home=is_home, notice=notice)
        self._opens_send_once_checked = is_checked_again
        # The check may have ended already.
        self._open_send_if_checked()

    @property
    def page(self) -> str:
        """The name of the page that is shown: the home page, a step, or the results of a campaign."""
        if self.state.is_home:
            return _HOME
        run = self.run
        return f"results/{run.run.name}" if self.state.step == "results" and run is not None else self.state.step

    def return_to(self, page: str) -> None:
        """Open a page by the name that `page` had while it was shown, or the nearest page there is."""
        step, _, campaign = page.partition("/")
        if step == "results" and self.run is not None and self.run.run.name == campaign:
            self.go("results")
        elif step == "results" and self._has_campaign(campaign):
            self.view_campaign(campaign)
        elif step in {"recipients", "message", "check", "send"}:
            # From the results of a campaign that was opened to the steps of the message.
            self._opened = None
            self._go_nearest(cast("Step", step))
        else:
            self.go_home()

    def _go_nearest(self, step: Step) -> None:
        """Open a step or, if something is missing for it, the nearest step before."""
        self.go(next(earlier for earlier in reversed(STEPS[: STEPS.index(step) + 1]) if not self.missing_for(earlier)))

    def with_app(self, ding: DingTalk) -> "StudioModel":
        """
        Return a studio for another app, with the same message.

        It also has the same recipients and files for each person, with two exceptions: instead of people of the
        directory it has nobody, and instead of a matched list the list before matching, in both cases without files.
        """
        if self.is_from_directory:
            # The app may belong to another organisation, with other people under the same userids.
            return self._carry_over(StudioModel(ding), Text("studio.people_stayed"), self._files_stayed())
        choice, unmatched = self.compose.state.recipient_choice, self.names.unmatched_list
        # A matched list as it was before, since people were matched with the directory of this app.
        frame, source = unmatched or (self.compose.source.frame, self.compose.source)
        other = StudioModel(ding, frame)
        other.compose.source.frame_code = source.frame_code
        other.upload.restore(self.upload.saved_state())
        if unmatched is not None:
            return self._carry_over(other, self._files_stayed())
        # Each app has its own exclusion lists.
        other.compose.choose_recipients(userid=choice.userid, mobile=choice.mobile, key=choice.key)
        return self._carry_over(other, takes_files=True)

    def _files_stayed(self) -> Text:
        return Text("studio.files_stayed") if self.files.state.files else NOTHING

    def _carry_over(self, other: "StudioModel", *notices: Text, takes_files: bool = False) -> "StudioModel":
        """Carry the message, the draft, the step and maybe the files over to another app's studio, and return it."""
        ding, step = other.ding, self.state.step
        self.draft_saver.wait()
        own, practises = self.saved_draft, ding.mode == "SANDBOX" and self.ding.mode != "SANDBOX"
        kept = (self.ding.drafts, own) if practises else self._draft_before_practising
        other._draft_before_practising = kept  # noqa: SLF001 - of this class
        continued = next(
            (
                saved
                for drafts, saved in ((self.ding.drafts, own), self._draft_before_practising)
                if have_same_drafts(drafts, ding.drafts) and _has_version(drafts, saved)
            ),
            None,
        )
        document = Document() if continued is None else other.draft_saver.adopt(continued.name).document
        other._take_files(self.files if takes_files else None, document)  # noqa: SLF001 - of this class
        other.compose.start(self.compose.state.text, document)
        if not own.name or continued is own:
            moved = NOTHING
        elif practises:
            # A sandbox can be reset, and the message is for the people of this app.
            moved = Text("studio.draft_stayed")
        else:
            moved = self._move_draft(own.name, other)
        can_stay = step in {"recipients", "message"} and not other.missing_for(step)
        other._has_given_frame = self._has_given_frame  # noqa: SLF001 - of this class
        shown = {"step": step if can_stay else "recipients", "is_home": self.state.is_home}
        other._show(**shown, notice=sentences(moved, *notices))  # noqa: SLF001 - likewise
        return other

    def _take_files(self, files: FilesModel | None, document: Document) -> None:
        """Take the files for each person over from another studio, for a message that is about to be shown."""
        self._document_of_files = document
        if files is not None:
            self.files.restore(files.saved_state(), files.attached_folders)
        self.draft_saver.note_personal_files(document, self.files.personal)

    def _move_draft(self, name: str, other: "StudioModel") -> Text:
        """
        Delete the draft of a message that goes on in the studio for another app, once it is saved there.

        Otherwise, the message might be sent from both apps.

        Args:
            name: The name of the draft.
            other: The studio for the other app.

        Returns:
            A note that the draft was moved; empty if it was not, such as when another tab has changed it.
        """
        other.draft_saver.wait()
        if not other.saved_draft.name:
            return NOTHING
        try:
            self.ding.drafts.drop(name, version=self.saved_draft.version)
        except DingError:
            return NOTHING
        self.draft_saver.forget(name)
        return Text("studio.draft_moved")

    @property
    def saved_draft(self) -> SavedDraft:
        """The draft as saved."""
        return self.draft_saver.saved_draft

    def missing_for(self, step: Step) -> Text:
        """Return what is missing for a step; empty if nothing is."""
        return self._missing(step)[0]

    def _missing(self, step: Step) -> tuple[Text, Text]:
        """Return what is missing for a step, and what to do about it; empty if nothing is."""
        if step != "results" and self._other_campaign:
            # The steps of the message do not belong to the campaign that is open, whose list has to be chosen again.
            if self._cannot_continue or step == "recipients":
                return self._cannot_continue, NOTHING
            return Text("studio.not_checked" if self._has_given_frame else "studio.no_recipients"), NOTHING
        missing: dict[Step, tuple[Text, Text]] = {
            "recipients": _NOTHING_MISSING,
            "message": self._missing_recipients(),
            "check": (self._missing_message(), NOTHING),
            "send": (self._missing_check(), NOTHING),
            "results": NOTHING_SENT if self.run is None else _NOTHING_MISSING,
        }
        # Results can be opened even if the message has changed since it was sent.
        needed = (step,) if step == "results" else STEPS[: STEPS.index(step) + 1]
        return next((missing[earlier] for earlier in needed if missing[earlier][0]), _NOTHING_MISSING)

    @property
    def refusal(self) -> Failure | None:
        """What is still missing for the step that was refused; None once nothing is."""
        step = self.state.refused_step
        missing, todo = _NOTHING_MISSING if step is None else self._missing(step)
        return Failure(missing, todo) if missing else None

    def open(self, step: Step) -> None:
        """Open a step, or show what is missing; a step before the results belongs to the campaign that is open."""
        other = self._other_campaign
        if other and step != "results" and not self._cannot_continue:
            self._continue_campaign(other, step)
        elif self.missing_for(step):
            if len(self.compose.frame) and not self.directory.state.used_count and self._missing_recipients()[0]:
                # The directory is in the place of the list, of which the refusal speaks.
                self.directory.close_if_nobody_is_chosen()
            self._show(refused_step=step, failure=None, notice=NOTHING)
        else:
            self.go(step)

    def go(self, step: Step) -> None:
        """
        Open a step; the check step starts a check, unless the latest one is up to date.

        Raises:
            InputError: Something is missing for the step.
        """
        missing, todo = self._missing(step)
        if missing:
            raise InputError(missing, todo)
        self._opens_send_once_checked = False
        if step != "results":
            self._opened = None
        if step == "send":
            self._show_sent_row()
        self._show(step=step, is_home=False, failure=None, refused_step=None, notice=NOTHING)
        if step == "check" and self.plan_model is None:
            self.compose.check()
        elif step == "send" and self.plan_model is not None:
            self.plan_model.refresh_forecast()

    def _open_send_if_checked(self) -> None:
        """Open the send step as before a reload of the page, once the recipients were checked again."""
        if not self._opens_send_once_checked or self.compose.state.is_checking:
            return
        self._opens_send_once_checked = False
        if self.plan_model is not None and self.state.step == "check" and not self.state.is_home:
            self.go("send")
            self._show(notice=Text("studio.was_checked_again"))

    def _check_late_letters(self) -> None:
        """Check again if the last letters of the message have arrived after the button that opens the check step."""
        if self.state.step == "check" and not self.state.is_home:
            self.compose.check()

    def _show_sent_row(self) -> None:
        """Preview the message of a row that is sent, rather than of a rejected row."""
        plan_model = self.plan_model
        if plan_model is not None and not plan_model.view.sends_to(self.compose.state.position):
            self.compose.show_row(plan_model.state.row)

    def _open_message(self, key: str, name: str) -> None:
        """Open the message step, or show what is missing for it."""
        self._opened = None
        missing = self.missing_for("message")
        self.go("recipients" if missing else "message")
        stays = NOTHING if len(self.compose.frame) else Text("studio.message_only")
        self._show(notice=sentences(Text(key, name=name), stays, missing))

    def _take_upload(self, frame: pd.DataFrame) -> None:
        report = frame.attrs[ATTRS_KEY]
        options = {"sheet": report["sheet"]} if report.get("other_sheets") else {}
        if self.upload.state.encoding:
            options["encoding"] = self.upload.state.encoding
        if self.upload.state.hidden:
            options["hidden"] = self.upload.state.hidden
        self.is_from_directory = False
        self.directory.forget_use()
        self.directory.close_if_nobody_is_chosen()
        read = call("dingnb.read_recipients", literal(report["file"]), **options)
        self._take_list(frame, lambda name, _app: [f"{name} = {read}"])

    def _take_people(self, frame: pd.DataFrame, frame_code: FrameCode) -> None:
        self.is_from_directory = True
        self.upload.clear()
        self._take_list(_numbered(frame), frame_code)

    def _take_list(self, frame: pd.DataFrame, frame_code: FrameCode) -> None:
        """Use another list, whose people may have to be matched first."""
        self._has_given_frame = False
        self.list_set_aside = None
        self._take_matched(frame, frame_code)
        self.names.start_over()

    def _take_matched(self, frame: pd.DataFrame, frame_code: FrameCode) -> None:
        """Use a list whose people are known or were matched."""
        self._show(failure=None, refused_step=None, notice=NOTHING)
        self.compose.replace_frame(frame, frame_code)
        self._choose_key_of_campaign()

    def _choose_key_of_campaign(self) -> None:
        """Choose the key column with which the campaign of the message was sent, if the list has it."""
        run = self._run_before
        if run is None:
            return
        columns = run.view.control.row().key_columns
        # A form offers one column.
        positions = [at for at, label in self.compose.recipients.labels() if (label,) == columns]
        if positions:
            self.compose.choose_recipients(key=positions[0])

    def adjacent_step(self, by: int) -> Step:
        """
        Return the next step if `by` is positive, or else the nearest step before that can be opened.

        At either end, return the current step.
        """
        at = STEPS.index(self.state.step)
        if by > 0:
            return STEPS[min(at + 1, len(STEPS) - 1)]
        # If a past campaign was opened, there may be no message yet.
        return next((step for step in reversed(STEPS[:at]) if not self.missing_for(step)), STEPS[0])

    @property
    def found_elsewhere(self) -> Literal["directory", "names"] | None:
        """Where people were found that are not the recipients yet; None if nowhere."""
        directory = self.directory.state
        if directory.is_open and directory.chosen_count and directory.selection != directory.used_selection:
            return "directory"
        return "names" if self.names.is_open and self.names.rows_with_person else None

    def _missing_recipients(self) -> tuple[Text, Text]:
        if self.found_elsewhere == "directory":
            people = count("person", self.directory.state.chosen_count)
            return _not_used(Text("directory_form.use", people=people))
        if self.found_elsewhere == "names":
            rows = count("row", self.names.rows_with_person)
            return _not_used(Text("names_form.use", rows=rows))
        directory = self.directory.state
        if directory.is_open and directory.has_changed_since_use:
            people = count("person", directory.used_count)
            return Text("directory_form.cleared", people=people), Text(
                "directory_form.cleared_todo", close=Text("directory_form.close")
            )
        recipients = self.compose.recipients
        if not len(recipients.frame):
            return Text("studio.no_recipients"), NOTHING
        if recipients.kinds(self.compose.state.recipient_choice):
            return _NOTHING_MISSING
        missing, todo = recipients.why_no_recipients()
        # Names are another way, which only the studio offers.
        return missing, Text("studio.no_address_todo") if missing.key == "compose.no_address" else todo

    def _missing_message(self) -> Text:
        """Return what is missing or wrong in the message; empty if it can be checked."""
        if self.compose.state.view.message is None:
            if self.can_have_personal_files and self.files.state.files and not self.compose.state.text.has_media:
                if self.files.can_use:
                    return Text("studio_files.not_used", button=self.files.use_text)
                return sentences(Text("studio_files.nothing"), Text("studio_files.nothing_todo"))
            problem = problem_of(self.compose.state.text, self.compose.state.view)
            return problem or Text("studio.no_message")
        return NOTHING

    def _missing_check(self) -> Text:
        """Return what is missing before a plan can be sent; empty if it was checked."""
        if self.plan_model is not None:
            return NOTHING
        return Text("studio.still_checking" if self.compose.state.is_checking else "studio.not_checked")


def _has_version(drafts: Drafts, saved: SavedDraft) -> bool:
    return saved.name in drafts and drafts.load(saved.name).version == saved.version


def _why_not_continued(run: Campaign) -> Text:
    """Return why no more people can be added to a campaign here; empty if they can."""
    if is_test(run.name):
        return Text("studio.test_not_continued")
    if view_of(run).is_closed:
        return Text("answer.closed_unsent")
    return NOTHING if run.message is not None else Text("studio.no_text_to_continue", name=run.name)


def _describe_list(frame: pd.DataFrame) -> Text:
    """Return the number of rows in a list, after the file that it comes from, if any."""
    file, rows = str(frame.attrs.get(ATTRS_KEY, {}).get("file", "")), count("row", len(frame))
    return Text("studio.list_of", file=file, rows=rows) if file else rows


def _not_used(button: Text) -> tuple[Text, Text]:
    """Return the note that the people found are not the recipients yet, and which button makes them so."""
    return Text("studio.not_used"), Text("studio.not_used_todo", button=button)


def _numbered(frame: pd.DataFrame) -> pd.DataFrame:
    """Return people who do not come from a file, with a number from 1 as the index."""
    return index_by_line(frame.copy(), range(1, len(frame) + 1), say("studio.number"))
