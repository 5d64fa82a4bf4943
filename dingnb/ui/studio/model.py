"""The model of the studio: its steps, and what they share."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, get_args

import pandas as pd

from dingnb.client import DingTalk, clock_of
from dingnb.errors import InputError
from dingnb.tables.cells import ATTRS_KEY, is_missing
from dingnb.tables.row_labels import index_by_line
from dingnb.ui.compose.drafts import DraftSaver, SavedDraft
from dingnb.ui.compose.message_check import problem_of
from dingnb.ui.compose.message_text import initial_text, text_of_message
from dingnb.ui.compose.model import ComposeModel
from dingnb.ui.compose.recipient_columns import RecipientChoice, Recipients
from dingnb.ui.compose.source import Reader, Source
from dingnb.ui.kit.code import call, literal
from dingnb.ui.kit.model import Failure, Model
from dingnb.ui.kit.times import TIME, moment_ns
from dingnb.ui.plan.model import PlanModel
from dingnb.ui.run.model import RunModel
from dingnb.ui.studio.directory_model import DirectoryModel
from dingnb.ui.studio.files_model import OWN_FILES, FilesModel
from dingnb.ui.studio.home_model import HomeModel
from dingnb.ui.studio.names_model import NamesModel
from dingnb.ui.studio.upload_model import UploadModel
from dingnb.words import Text, as_text, count, join_sentences, say

Step = Literal["recipients", "message", "check", "send", "results"]

STEPS: tuple[Step, ...] = get_args(Step)
"""The steps, in their order."""


@dataclass(frozen=True, slots=True)
class StudioState:
    """
    The state of the studio.

    Attributes:
        step: The open step.
        is_home: Whether the home page is shown instead of the step.
        saved_draft: The draft as saved.
        unsaved: Why the draft could not be saved; None if it could.
        notice: The outcome of the last action, as text.
        failure: The last error; None if there was none.
        refused: The step that the user wanted to open while something was missing for it; None if there is none.
    """

    step: Step = "recipients"
    is_home: bool = False
    saved_draft: SavedDraft = field(default_factory=SavedDraft)
    unsaved: Failure | None = None
    notice: str = ""
    failure: Failure | None = None
    refused: Step | None = None


_NOBODY = pd.DataFrame({"userid": pd.Series(dtype="str"), "name": pd.Series(dtype="str")})
"""The recipients until there is a list."""

_SAMPLE_PEOPLE = 12
"""Number of people in the list for practice."""

_PHONES = 50
"""Maximum number of people whose phones can be chosen."""


class StudioModel(Model[StudioState]):
    """
    Leads from a list of recipients to the results of a campaign.

    Going back loses nothing: the message, the recipients and the campaign stay, and an outdated check is made again.

    Args:
        ding: The app that sends.
        frame: The recipients; None if they are uploaded first.

    Attributes:
        upload: The model of the uploaded list.
        directory: The model of the directory.
        compose: The model of the message, the recipients and the checks.
        names: The model of matching.
        files: The model of personal files.
        home: The model of the home page.
        draft_saver: Saves the message as a draft.
    """

    def __init__(self, ding: DingTalk, frame: pd.DataFrame | None = None) -> None:
        super().__init__(StudioState(), clock_of(ding))
        self.ding = ding
        self.upload = UploadModel(clock_of(ding), self._take)
        self.directory = DirectoryModel(ding, self._take_people)
        source = Source(_NOBODY if frame is None else frame)
        self.compose = ComposeModel(ding, Recipients(source.frame), source=source)
        self.names = NamesModel(self.compose, self._take_matched)
        self.names.start_over()
        self.files = FilesModel(self.compose)
        self.home = HomeModel(ding)
        self.draft_saver = DraftSaver(
            ding.drafts,
            self.compose,
            lambda saved_draft: self._show(saved_draft=saved_draft, unsaved=None),
            lambda error: self._show(unsaved=self._failure(error)),
        )
        self._is_given = frame is not None
        self._is_from_directory = False
        self._opened: RunModel | None = None
        if frame is None or self.home.state.unfinished:
            self._show(is_home=True)

    @property
    def plan(self) -> PlanModel | None:
        """The newest check, if it matches what the studio shows; else None."""
        return self.compose.plans[-1] if self.compose.plans and self.compose.state.is_current else None

    @property
    def run(self) -> RunModel | None:
        """The campaign shown: a past one that was opened, or the one sent last from here; None if there is none."""
        if self._opened is not None:
            return self._opened
        sent = [plan.run for plan in self.compose.own_plans if plan.run is not None]
        return sent[-1] if sent else None

    @property
    def has_own_files(self) -> bool:
        """Whether the message's type can have a different file for each person."""
        return self.compose.state.text.msgtype in OWN_FILES

    def retranslate(self) -> None:
        """Render the state's texts again, in the language in use."""
        self.compose.retranslate()

    def wait(self) -> None:
        """Wait until work in progress has ended, except for sending."""
        super().wait()
        self.upload.wait()
        self.directory.wait()
        self.names.wait()
        self.compose.wait()
        self.files.wait()
        self.draft_saver.wait()

    def go_home(self) -> None:
        """Open the home page, with its lists as they are now."""
        self.draft_saver.wait()
        self.home.refresh()
        self._show(is_home=True, failure=None, refused=None, notice="")

    @property
    def has_begun(self) -> bool:
        """Whether there is something to go back to from the home page."""
        return bool(len(self.compose.frame)) or self.compose.state.text != initial_text() or self.run is not None

    def start_new(self) -> None:
        """Begin a campaign: without a message, and without recipients unless the notebook has passed them."""
        self.compose.restore(initial_text())
        if len(self.compose.frame) and not self._is_given:
            self.upload.leave()
            self.directory.leave()
            self._take_list(_NOBODY, lambda _name, _app: [])
        self._opened = None
        self.go("recipients")

    @property
    def can_practise(self) -> bool:
        """Whether there is a list for practice: the sandbox reaches nobody."""
        return self.ding.mode == "SANDBOX"

    def use_sample(self) -> None:
        """Begin a campaign with a list for practice, people of the sandbox, and a message for them."""
        self._start_work(self._take_sample)

    def _take_sample(self) -> None:
        frame = self.ding.people(everybody=True)[["userid", "name"]].head(_SAMPLE_PEOPLE)
        self.upload.leave()
        self.directory.leave()
        head = f'[["userid", "name"]].head({_SAMPLE_PEOPLE})'
        self._take_list(_numbered(frame), lambda name, app: [f"{name} = {call(f'{app}.people', everybody=True)}{head}"])
        self._opened = None
        # DingTalk drops a text that somebody has had the same day.
        moment = moment_ns(self._clock.now_ns(), TIME)
        message = initial_text().with_text("title", say("studio.sample_title", moment=moment))
        self.compose.restore(message.with_text("text", say("studio.sample_text", moment=moment)))
        self.go("message")
        self._show(notice=say("studio.sample_taken", people=count("person", len(frame))))

    def view_campaign(self, name: str) -> None:
        """Open a past campaign in the results step."""
        run = self.ding.campaign(name)
        # A campaign sent from here already has a model.
        known = [plan.run for plan in self.compose.plans if plan.run is not None and plan.run.run.name == run.name]
        self._opened = known[0] if known else RunModel(run, self._clock)
        self.go("results")

    def copy_message(self, name: str) -> None:
        """Copy the message of a campaign; it can be undone."""
        message = self.ding.campaign(name).message
        if message is None:
            raise InputError(Text("studio.no_text_kept", name=name))
        self.compose.restore(text_of_message(message))
        self._go_on("studio.copied", name)

    def open_draft(self, name: str) -> None:
        """Open a draft."""
        self._continue(name)
        self._go_on("studio.opened", name)

    def _continue(self, name: str) -> None:
        """Go on writing a draft."""
        written = self.draft_saver.adopt(name)
        self.compose.restore(written.text, written.document)

    def drop_draft(self, name: str) -> None:
        """Delete a draft; if it is the current one, further changes are saved as another."""
        self.home.drop_draft(name)
        self.draft_saver.forget(name)

    def phones(self) -> list[tuple[str, str]]:
        """Return the first recipients who have a phone in the sandbox, each with a label."""
        compose = self.compose
        at = compose.state.recipient_choice.userid
        if self._opened is not None:
            userids = self._opened.run.results()["userid"].head(_PHONES).tolist()
        elif at >= 0:
            userids = compose.frame.iloc[:_PHONES, at].tolist()
        else:
            return []
        has_names = self._opened is None and "name" in compose.tags
        names = compose.frame["name"].tolist() if has_names else userids
        labels = {
            str(userid): str(name) for userid, name in zip(userids, names, strict=False) if not is_missing(userid)
        }
        return [(f"{name} · {userid}" if has_names else userid, userid) for userid, name in labels.items()]

    @property
    def is_from_directory(self) -> bool:
        """Whether the recipients are people of the directory."""
        return self._is_from_directory

    def take_again(
        self,
        frame: pd.DataFrame,
        read_by: Reader,
        recipient_choice: RecipientChoice,
        upload: Mapping[str, Any],
        *,
        is_from_directory: bool,
        before: tuple[pd.DataFrame, Reader] | None,
    ) -> None:
        """
        Use a list that another process has read: of the same tab, before it was reloaded.

        Args:
            frame: The list.
            read_by: Returns the statements that create it.
            recipient_choice: The columns that identify people.
            upload: What the step shows of the file.
            is_from_directory: Whether they are people of the directory.
            before: The list before matching, and the statements that create it; None if it was not matched.
        """
        self._is_from_directory = is_from_directory
        self.upload.restore(upload)
        self._take_list(frame, read_by)
        if before is not None:
            self.names.take_again(*before)
        self.compose.choose_recipients(**asdict(recipient_choice))

    def go_to(self, step: Step, *, draft: str, campaign: str, is_home: bool) -> None:
        """Open a step with a draft and a campaign, as far as they exist; what is not sent yet is checked again."""
        if draft in self.ding.drafts:
            self._continue(draft)
        if any(listed.name == campaign for listed in self.home.state.campaigns):
            self.view_campaign(campaign)
        else:
            wanted: Step = "check" if step in {"send", "results"} else step
            self.go(
                next(earlier for earlier in reversed(STEPS[: STEPS.index(wanted) + 1]) if not self.why_not(earlier))
            )
        self._show(is_home=is_home)

    def with_app(self, ding: DingTalk) -> "StudioModel":
        """Return a studio for another app, with the same message and recipients."""
        if self._is_from_directory:
            # Another app may be another organisation's, with other people under the same userids.
            return self._follow_in(StudioModel(ding), say("studio.people_stayed"), *self._files_stayed())
        source, recipient_choice = self.compose.source, self.compose.state.recipient_choice
        if self.names.before is not None:
            # The list before matching, for the same reason.
            frame, source = self.names.before
            other = StudioModel(ding, frame)
            other.compose.source.read_by = source.read_by
            other.upload.follow(self.upload)
            return self._follow_in(other, *self._files_stayed())
        other = StudioModel(ding, source.frame)
        other.compose.source.read_by = source.read_by
        other.upload.follow(self.upload)
        # Each app has its own exclusion lists.
        other.compose.choose_recipients(
            userid=recipient_choice.userid, mobile=recipient_choice.mobile, key=recipient_choice.key
        )
        other.files.follow(self.files)
        return self._follow_in(other)

    def _files_stayed(self) -> list[str]:
        """Return the sentence for files that were matched to people of this app; none if there are no files."""
        return [say("studio.files_stayed")] if self.files.state.files else []

    def _follow_in(self, other: "StudioModel", *stayed: str) -> "StudioModel":
        """Return a studio for another app, with the message, the draft and the step of this one, and what stayed."""
        ding, step = other.ding, self.state.step
        self.draft_saver.wait()
        name, document = self.saved_draft.name, None
        if name in ding.drafts and ding.drafts.load(name).version == self.saved_draft.version:
            document = other.draft_saver.adopt(name).document
        other.compose.restore(self.compose.state.text, document)
        stays = step in {"recipients", "message"} and not other.why_not(step)
        other._is_given = self._is_given  # noqa: SLF001 - of this class
        shown = {"step": step if stays else "recipients", "is_home": self.state.is_home}
        other._show(**shown, notice=join_sentences(stayed))  # noqa: SLF001 - likewise
        return other

    @property
    def saved_draft(self) -> SavedDraft:
        """The draft as saved."""
        return self.draft_saver.saved_draft

    def why_not(self, step: Step) -> str:
        """Return what is missing before a step can be opened; empty if nothing is."""
        return self._missing(step)[0]

    def _missing(self, step: Step) -> tuple[str, str]:
        """Return what is missing before a step can be opened, and what to do about it."""
        nothing_sent = say("studio.nothing_sent"), say("studio.nothing_sent_todo")
        missing: dict[Step, tuple[str, str]] = {
            "recipients": ("", ""),
            "message": self._unaddressed(),
            "check": (self._uncheckable(), ""),
            "send": (say("studio.not_checked") if self.plan is None else "", ""),
            "results": nothing_sent if self.run is None else ("", ""),
        }
        # Results can be opened even if the message has changed since.
        before = () if step == "results" else STEPS[: STEPS.index(step) + 1]
        return next((missing[needed] for needed in (*before, step) if missing[needed][0]), ("", ""))

    @property
    def refusal(self) -> Failure | None:
        """What is still missing for the step that was refused; None once nothing is."""
        missing, todo = ("", "") if self.state.refused is None else self._missing(self.state.refused)
        return Failure(as_text(missing), as_text(todo)) if missing else None

    def open(self, step: Step) -> None:
        """Open a step, or show what is missing for it until it is there."""
        if self.why_not(step):
            self._show(refused=step, failure=None, notice="")
        else:
            self.go(step)

    def go(self, step: Step) -> None:
        """
        Open a step; the check step checks, unless the newest check is still valid.

        Raises:
            InputError: Something is missing for it.
        """
        missing, todo = self._missing(step)
        if missing:
            raise InputError(missing, todo)
        if step in {"check", "send"}:
            self._opened = None
        if step == "send":
            self._show_row_that_is_sent()
        self._show(step=step, is_home=False, failure=None, refused=None, notice="")
        if step == "check" and self.plan is None:
            self.compose.check()
        elif step == "send" and self.plan is not None:
            self.plan.look_again()

    def _show_row_that_is_sent(self) -> None:
        """Have a message beside the count that confirms it which somebody will get, not that of a rejected row."""
        plan = self.plan
        if plan is not None and not plan.is_sent(self.compose.state.position):
            self.compose.show_row(plan.state.row)

    def _go_on(self, key: str, name: str) -> None:
        """Open the message step, or show what is missing before it."""
        missing = self.why_not("message")
        self.go("recipients" if missing else "message")
        self._show(notice=join_sentences([say(key, name=name), missing]))

    def _take(self, frame: pd.DataFrame) -> None:
        """Use an uploaded list."""
        report = frame.attrs[ATTRS_KEY]
        chosen = {"sheet": report["sheet"]} if report.get("other_sheets") else {}
        if self.upload.state.encoding:
            chosen["encoding"] = self.upload.state.encoding
        if self.upload.state.hidden:
            chosen["hidden"] = self.upload.state.hidden
        self._is_from_directory = False
        self.directory.leave()
        read = call("dingnb.read_recipients", literal(report["file"]), **chosen)
        self._take_list(frame, lambda name, _app: [f"{name} = {read}"])

    def _take_people(self, frame: pd.DataFrame, read_by: Reader) -> None:
        """Use people of the directory."""
        self._is_from_directory = True
        self.upload.leave()
        self._take_list(_numbered(frame), read_by)

    def _take_list(self, frame: pd.DataFrame, read_by: Reader) -> None:
        """Use a list, whose people may have to be found by name first."""
        self._take_matched(frame, read_by)
        self.names.start_over()

    def _take_matched(self, frame: pd.DataFrame, read_by: Reader) -> None:
        """Use a list whose people were found."""
        self._show(failure=None, refused=None, notice="")
        self.compose.take(frame, read_by)

    def beside(self, by: int) -> Step:
        """Return the next step, or the previous one that can be opened; at either end, the current one."""
        at = STEPS.index(self.state.step)
        if by > 0:
            return STEPS[min(at + 1, len(STEPS) - 1)]
        # Before a past campaign there may be no message yet.
        return next((step for step in reversed(STEPS[:at]) if not self.why_not(step)), self.state.step)

    def _unaddressed(self) -> tuple[str, str]:
        """Return what is missing to know the recipients, and what to do."""
        if self.directory.state.is_open and self.directory.state.chosen:
            people = count("person", self.directory.state.chosen)
            return say("studio.not_used"), say("studio.not_used_todo", button=say("directory_form.use", people=people))
        if self.names.state.is_open and self.names.rows_with_person:
            rows = count("row", self.names.rows_with_person)
            return say("studio.not_used"), say("studio.not_used_todo", button=say("names_form.use", rows=rows))
        recipients = self.compose.recipients
        if not len(recipients.frame):
            return say("studio.no_recipients"), ""
        if recipients.kinds(self.compose.state.recipient_choice):
            return "", ""
        why, todo = recipients.why_no_recipients()
        return why.in_form(), todo.in_form()

    def _uncheckable(self) -> str:
        """Return what is missing before message and recipients can be checked."""
        if self.compose.state.view.message is None:
            problem = problem_of(self.compose.state.text, self.compose.state.view)
            return problem.in_form() if problem else say("studio.no_message")
        return ""


def _numbered(frame: pd.DataFrame) -> pd.DataFrame:
    """Return people who do not come from a file, numbered from 1."""
    return index_by_line(frame.copy(), range(1, len(frame) + 1), say("studio.number"))
