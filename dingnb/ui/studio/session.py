"""The session of a tab of the app: what the tab shows is stored, and restored when the page is reloaded."""

import json
import logging
import os
import pickle
import re
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, fields
from operator import is_
from pathlib import Path
from typing import Any, Literal, cast, get_args
from urllib.parse import parse_qs
from uuid import uuid4

import pandas as pd

from dingnb.auth import Origin
from dingnb.campaigns.draft_files import ChosenFileStore, digest_of_files
from dingnb.errors import DingError, InputError
from dingnb.private_files import write_privately
from dingnb.ui.app_page.exports import exports_folder
from dingnb.ui.app_page.settings import Theme, load_settings
from dingnb.ui.compose.draft_format import from_draft, to_draft
from dingnb.ui.compose.message_text import initial_text
from dingnb.ui.compose.recipient_columns import RecipientChoice
from dingnb.ui.compose.source import FrameCode
from dingnb.ui.kit.worker import LatestWorker
from dingnb.ui.results.auto_refresh_model import RefreshUsage
from dingnb.ui.results.reminder_model import SavedReminder
from dingnb.ui.studio.model import RecipientList, Step, StudioModel
from dingnb.words import Text, listed

_log = logging.getLogger(__name__)

_SESSION_NAME = re.compile(r"[0-9a-f-]{36}")
_FRAME, _APP = "frame_of_session", "app_of_session"
"""Placeholders for the names of the list and of the app in stored code."""

_NOT_STORED_YET = object()
"""Stands for the list set aside as long as this process has not stored it: an earlier one may have stored another."""


@dataclass(frozen=True, slots=True)
class TabState:
    """
    What a tab shows.

    All fields but the first three have defaults, since an earlier version of dingnb may have stored the tab.

    Attributes:
        kind: The source of the app's credentials.
        profile: The name of the profile; empty for other sources.
        app: The mode and the masked key of the app.
        is_home: Whether the home page is shown.
        step: The open step.
        is_checked: Whether the message and its recipients were checked as they are, or are being checked.
        draft: The name of the current draft; empty if there is none.
        campaign: The name of the campaign whose progress or results are shown; empty if there is none.
        message_campaign: The name of the campaign of the message; empty as long as the name is only suggested.
        copied_from: The name of the campaign that the message was copied from; empty if it is no copy.
        msgtype: The type of the message.
        texts: The message as a draft has it, if it was written and has no draft, such as after its draft was deleted in
            another window; otherwise None.
        files: The digest of the pictures and files chosen for the message; empty if there are none.
        pattern: The template of the names of files for each person.
        has_attached_files: Whether the files that were matched by `pattern` are attached to the message.
        awaited_assignment: As in `FilesState`.
        names: The user's input for finding people by name.
        directory: The selection in the directory.
        refresh: What the automatic refresh of the shown results has used; None if they are not refreshed.
        paused_refreshes: What the automatic refreshes of other results had used when the results were left, by the
            name of the campaign.
        reminders: The reminders in results that were not sent, by the name of the campaign.
    """

    kind: str
    profile: str
    app: str
    is_home: bool = False
    step: Step = "recipients"
    is_checked: bool = False
    draft: str = ""
    campaign: str = ""
    message_campaign: str = ""
    copied_from: str = ""
    msgtype: str = field(default_factory=lambda: initial_text().msgtype)
    texts: Mapping[str, str] | None = None
    files: str = ""
    pattern: str = ""
    has_attached_files: bool = False
    awaited_assignment: str = ""
    names: Mapping[str, Any] = field(default_factory=dict)
    directory: Mapping[str, Any] = field(default_factory=dict)
    refresh: Mapping[str, int] | None = None
    paused_refreshes: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    reminders: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    @classmethod
    def of(cls, studio: StudioModel) -> "TabState":
        """Return the state of a tab with a studio."""
        ding, state, plan_model, text = studio.ding, studio.state, studio.plan_model, studio.compose.state.text
        has_draft = bool(studio.saved_draft.name)
        # In the send step, only the campaign of the current plan, not of an earlier plan.
        run = studio.run if plan_model is None or state.step != "send" else plan_model.run
        return cls(
            ding.origin.kind,
            ding.origin.profile,
            f"{ding.mode} {ding.app.masked_key}",
            state.is_home,
            state.step,
            plan_model is not None or studio.compose.state.is_checking,
            studio.saved_draft.name,
            run.run.name if run is not None and state.step in {"send", "results"} else "",
            studio.compose.campaign_name,
            studio.compose.copied_from,
            text.msgtype,
            None if has_draft or text == initial_text() else to_draft(text),
            digest_of_files(studio.chosen_files),
            studio.files.state.pattern,
            studio.has_attached_files,
            studio.files.state.awaited_assignment,
            studio.names.saved_state(),
            studio.directory.saved_state(),
            asdict(studio.refresh) if run is not None and studio.refresh is not None else None,
            {name: asdict(usage) for name, usage in studio.paused_refreshes.items()},
            {name: asdict(reminder) for name, reminder in studio.reminders.items()},
        )

    @classmethod
    def from_json(cls, stored: str) -> "TabState":
        """Return a stored state; what only another version of dingnb has is ignored."""
        known = {attribute.name for attribute in fields(cls)}
        return cls(**{name: value for name, value in json.loads(stored).items() if name in known})


@dataclass(frozen=True, slots=True)
class StoredList:
    """
    The recipients of a tab.

    Attributes:
        frame: The list.
        code: The statements that create it.
        recipient_choice: The columns that identify people.
        upload: The saved state of the upload.
        is_from_directory: Whether the list has people of the directory.
        unmatched_list: The list before it was matched, and the statements that create it; None if it was not matched.
    """

    frame: pd.DataFrame
    code: tuple[str, ...]
    recipient_choice: RecipientChoice
    upload: Mapping[str, Any]
    is_from_directory: bool
    unmatched_list: tuple[pd.DataFrame, tuple[str, ...]] | None

    @classmethod
    def of(cls, recipients: RecipientList) -> "StoredList":
        """Return recipients with their code as statements, which can be pickled, and without `names`."""
        unmatched = recipients.unmatched_list
        return cls(
            recipients.frame,
            _code_of(recipients.frame_code),
            recipients.recipient_choice,
            recipients.upload,
            recipients.is_from_directory,
            None if unmatched is None else (unmatched[0], _code_of(unmatched[1])),
        )

    def recipients(self, names: Mapping[str, Any]) -> RecipientList:
        """Return the recipients, with the user's input for finding people by name."""
        unmatched = self.unmatched_list
        return RecipientList(
            self.frame,
            _frame_code_of(self.code),
            self.recipient_choice,
            self.upload,
            self.is_from_directory,
            None if unmatched is None else (unmatched[0], _frame_code_of(unmatched[1])),
            names,
        )


class Session:
    """
    The session of a tab, stored in a private folder that is deleted when the app ends.

    Args:
        folder: The folder, with the name of the session.

    Attributes:
        name: The name.
        tab_state: What the tab shows, or showed before it was reloaded; None for a new tab.
    """

    def __init__(self, folder: Path) -> None:
        self.name = folder.name
        self._tab_file, self._list_file = folder / "tab.json", folder / "list.pickle"
        self._list_aside_file, self._chosen_files = folder / "list_set_aside.pickle", ChosenFileStore(folder / "files")
        self._stored_parts: tuple[object, ...] = (None,) * 4
        self._stored_list_aside = _NOT_STORED_YET
        self._stored_files: str | None = None
        self._studio: StudioModel | None = None
        self._writer: LatestWorker[StudioModel] | None = None
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._page_file, self._page = folder / "page", uuid4().bytes
        write_privately(self._page_file, self._page)
        self.tab_state = None
        with suppress(FileNotFoundError):
            self.tab_state = TabState.from_json(self._tab_file.read_text(encoding="utf-8"))

    @property
    def is_page_left(self) -> bool:
        """Whether the tab was reloaded, and so is served by another process, or the app has ended."""
        try:
            return self._page_file.read_bytes() != self._page
        except OSError:
            # The app has ended.
            return True

    def restore(self, studio: StudioModel) -> None:
        """
        Show in a new studio what the tab showed before, if the studio is for the same app.

        What an earlier version of dingnb has stored in another form is left out, which the studio says.
        """
        tab_state = self.tab_state
        if tab_state is None or tab_state.app != TabState.of(studio).app:
            return
        self.tab_state = None
        lost = list[Text]()
        parts: Mapping[str, Callable[[StudioModel, TabState], None]] = {
            "list": self._restore_list,
            "directory": lambda studio, tab_state: studio.directory.restore_state(tab_state.directory),
            "message": self._restore_message,
            "list_set_aside": self._restore_list_set_aside,
            "page": _restore_page,
        }
        try:
            for name, restore_part in parts.items():
                try:
                    restore_part(studio, tab_state)
                except DingError:
                    raise
                except Exception as error:  # noqa: BLE001 - there is no telling how another version's data fails
                    _log.warning("a part of a session could not be restored: %s: %s", name, type(error).__name__)
                    lost.append(Text(f"studio.lost_{name}"))
            if lost:
                raise InputError(Text("studio.not_restored", parts=listed(lost)), Text("studio.not_restored_todo"))
        except DingError as error:
            studio.fail(error)

    def _restore_list(self, studio: StudioModel, tab_state: TabState) -> None:
        with suppress(FileNotFoundError):
            stored: StoredList = pickle.loads(self._list_file.read_bytes())  # noqa: S301 - our own private folder
            studio.restore_list(stored.recipients(tab_state.names))

    def _restore_message(self, studio: StudioModel, tab_state: TabState) -> None:
        msgtype, texts = tab_state.msgtype, tab_state.texts
        studio.restore_message(
            draft=tab_state.draft,
            campaign=tab_state.message_campaign,
            unsaved=initial_text().in_type(msgtype) if texts is None else from_draft(msgtype, texts),
            copied_from=tab_state.copied_from,
            files=self._chosen_files.load(tab_state.files) if tab_state.files else (),
            pattern=tab_state.pattern,
            has_attached_files=tab_state.has_attached_files,
            awaited_assignment=tab_state.awaited_assignment,
        )

    def _restore_list_set_aside(self, studio: StudioModel, _tab_state: TabState) -> None:
        with suppress(FileNotFoundError):
            aside, names = pickle.loads(self._list_aside_file.read_bytes())  # noqa: S301 - our own private folder
            studio.list_set_aside = aside.recipients(names)

    def follow(self, studio: StudioModel) -> None:
        """Store what a studio shows whenever that changes."""
        self._studio = studio
        studio.session_is_left = lambda: self.is_page_left
        self._writer = writer = LatestWorker[StudioModel](studio.clock, self._save, studio.fail)
        for model in (studio, studio.compose, studio.names, studio.directory, studio.files):
            model.watch(lambda: writer.submit(studio))
        writer.submit(studio)

    def wait(self) -> None:
        """Wait until everything is stored."""
        if self._writer is not None:
            self._writer.wait()

    def _save(self, studio: StudioModel, _is_superseded: object) -> None:
        if studio is not self._studio or self.is_page_left:
            # Another app is connected by now, or another process serves the tab.
            return
        chosen = studio.chosen_files
        tab_state, files_before = TabState.of(studio), self._stored_files
        if tab_state.files != files_before:
            # Also the files of a message that was sent, which has no draft any more.
            self._stored_files = tab_state.files
            if chosen:
                self._chosen_files.keep(chosen)
        if tab_state != self.tab_state:
            self.tab_state = tab_state
            write_privately(self._tab_file, json.dumps(asdict(tab_state)).encode())
        if tab_state.files != files_before:
            self._chosen_files.delete_except(lambda: {tab_state.files})
        # The state of the upload first: if it changes meanwhile, the list is stored again.
        upload_state, recipients = studio.upload.state, studio.recipient_list
        if recipients is not None:
            unmatched = recipients.unmatched_list and recipients.unmatched_list[0]
            stored_parts = (recipients.frame, recipients.recipient_choice, upload_state, unmatched)
            if not all(map(is_, stored_parts, self._stored_parts)):
                self._stored_parts = stored_parts
                write_privately(self._list_file, pickle.dumps(StoredList.of(recipients)))
        aside = studio.list_set_aside
        if aside is not self._stored_list_aside:
            self._stored_list_aside = aside
            if aside is None:
                self._list_aside_file.unlink(missing_ok=True)
            else:
                write_privately(self._list_aside_file, pickle.dumps((StoredList.of(aside), aside.names)))


def _restore_page(studio: StudioModel, tab_state: TabState) -> None:
    studio.restore_step(
        tab_state.step,
        campaign=tab_state.campaign,
        is_home=tab_state.is_home,
        is_checked=tab_state.is_checked,
        refresh=None if tab_state.refresh is None else RefreshUsage(**tab_state.refresh),
        paused_refreshes={name: RefreshUsage(**usage) for name, usage in tab_state.paused_refreshes.items()},
        reminders={name: SavedReminder(**reminder) for name, reminder in tab_state.reminders.items()},
    )


def session_of_page() -> Session | None:
    """Return the session of the app's tab that this process serves; None outside the app."""
    exports = exports_folder()
    if exports is None:
        return None
    named = page_option("session")
    return Session(exports / "sessions" / (named if _SESSION_NAME.fullmatch(named) else _kernel_id()))


def page_option(name: str) -> str:
    """Return an option in the URL of the page; empty if it has none."""
    return parse_qs(os.environ.get("QUERY_STRING", "")).get(name, [""])[0]


def theme_of_page() -> Theme | Literal[""]:
    """Return the colours of the app's page; empty outside the app."""
    if exports_folder() is None:
        return ""
    named = page_option("theme")
    return cast("Theme", named) if named in get_args(Theme) else load_settings().theme


def origin_of(tab_state: TabState | None) -> Origin | None:
    """Return the source of the credentials with which a tab was connected; None for a new tab."""
    return None if tab_state is None else Origin(cast("Any", tab_state.kind), tab_state.profile)


def _kernel_id() -> str:
    """Return the id of this kernel, which the page knows as well."""
    from ipykernel.connect import get_connection_file  # noqa: PLC0415 - installed where the app runs

    return Path(get_connection_file()).stem.removeprefix("kernel-")


def _code_of(frame_code: FrameCode) -> tuple[str, ...]:
    return tuple(frame_code(_FRAME, _APP))


def _frame_code_of(code: Sequence[str]) -> FrameCode:
    """Return a function that returns stored statements, with the names of the list and of the app filled in."""
    return lambda name, app: [line.replace(_FRAME, name).replace(_APP, app) for line in code]
