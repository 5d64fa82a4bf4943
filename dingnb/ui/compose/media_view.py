"""The widgets below a field for media: a file to choose, a column of paths, and what the notebook has."""

import ipywidgets as widgets

from dingnb.media import KINDS
from dingnb.media.content import size_text
from dingnb.media.kinds import FORMATS
from dingnb.ui.app_page.exports import folder_of_exports
from dingnb.ui.compose.fields import FieldPlace, label_of
from dingnb.ui.compose.model import ComposeModel
from dingnb.ui.compose.state import ComposeState
from dingnb.ui.compose.text import Folder
from dingnb.ui.kit import parts
from dingnb.ui.kit.form import Form, button, row, show_if, stack, update
from dingnb.ui.kit.uploads import FileField, largest_upload
from dingnb.words import count, say


class MediaView:
    """
    The widgets.

    Args:
        form: The form that contains them.
        model: The form's model.
        place: The field.
    """

    def __init__(self, form: Form, model: ComposeModel, place: FieldPlace) -> None:
        self._form = form
        self._model = model
        self._place = place
        kind = place.media_kind
        self.file = FileField(accepted(kind), lambda: say(f"media.kinds_{kind}"))
        self.column, self.variable = (widgets.Dropdown(options=[("", "")], value="") for _ in range(2))
        for one in (self.column, self.variable):
            one.add_class("dn-third")
        self.open_variables, self.remove = button(name="dn-link"), button(name="dn-link")
        self.chosen, self.nothing = widgets.HTML(), widgets.HTML()
        self._variables: list[str] | None = None
        self.choices = stack([row([self.file, self.open_variables]), row([self.column, self.variable])])
        self.box = stack([row([self.chosen, self.remove]), self.choices, self.nothing])
        form.on_change(self.file, lambda _: self._take())
        form.on_change(self.column, self._choose_column)
        form.on_change(self.variable, self._choose_variable)
        form.on_click(self.open_variables, self._turn)
        form.on_click(self.remove, lambda: model.remove_media(place.path))

    def render(self, state: ComposeState) -> None:
        """Show what was chosen, or what can be chosen."""
        medium, folder = state.text.medium(self._place.path), state.text.folder(self._place.path)
        is_chosen = medium is not None or folder is not None
        show_if(is_chosen, self.chosen, self.remove)
        show_if(not is_chosen, self.choices)
        kind = self._place.media_kind
        if medium is not None:
            content = medium.content
            facts = [content.name, size_text(content.size), *filter(None, [medium.variable])]
            label = f"<strong>{parts.shown(label_of(self._place))}</strong> "
            update(self.chosen, value=parts.status(label + parts.shown(" · ".join(facts))))
            update(self.remove, description=say("media.remove", name=parts.short(content.name)))
        elif folder is not None:
            update(self.chosen, value=parts.status(parts.quiet(_of_folder(folder))))
            update(self.remove, description=say("media.leave_folder"))
        words = say(f"media.choose_{kind}")
        if self.file.description != words:
            self.file.name(words)
        update(self.file, tooltip=say("media.large", megabytes=largest_upload() // 1_000_000))
        show_if(bool(state.snapshot.tags), self.column)
        options = ((say("media.choose"), ""), *((parts.short(one), one) for one in state.snapshot.tags))
        update(self.column, options=options, description=say("media.column"))
        # The page of the app has no notebook, and nothing can be drawn as a voice.
        show_if(folder_of_exports() is None and kind != "voice", self.open_variables)
        update(self.open_variables, description=say("media.open_variables"))
        self._render_variables(kind, is_chosen=is_chosen)

    def _render_variables(self, kind: str, *, is_chosen: bool) -> None:
        if is_chosen:
            self._variables = None
        show_if(bool(self._variables), self.variable)
        if self._variables:
            update(self.variable, options=((say("media.choose"), ""), *((one, one) for one in self._variables)))
            update(self.variable, description=say("media.variable"))
        is_nothing = self._variables == []
        update(self.nothing, value=parts.status(parts.quiet(say(f"media.no_variables_{kind}"))) if is_nothing else "")
        show_if(is_nothing, self.nothing)

    def _take(self) -> None:
        for name, data in self.file.take():
            self._model.choose_file(self._place.path, name, data)

    def _turn(self) -> None:
        """List what the notebook has now, or close the list."""
        self._variables = self._model.variables(self._place) if self._variables is None else None
        self._form.render()

    def _choose_column(self, column: str) -> None:
        if column:
            self._model.choose_column(self._place.path, column)
            self.column.value = ""

    def _choose_variable(self, name: str) -> None:
        if name:
            self._model.choose_variable(self._place.path, name)
            self.variable.value = ""


def accepted(kind: str) -> str:
    """Return the suffixes of the files of a kind of media, as a browser takes them."""
    return ",".join(suffix for name in KINDS[kind].formats for suffix in FORMATS[name].suffixes)


def _of_folder(folder: Folder) -> str:
    place = say("media.in_folder", folder=folder.path) if folder.path else ""
    if folder.files:
        place = say("media.uploaded", files=count("file", folder.files))
    return " ".join(filter(None, [place, say("media.named", name=folder.file_name) if folder.file_name else ""]))
