"""One field of the compose form in each of its states, over a real draft of a message."""

import ipywidgets as widgets

from dingnb.limits import STANDARD
from dingnb.messages import MISSING
from dingnb.messages.draft import Draft
from dingnb.messages.leaves import leaves_to_arguments
from dingnb.messages.types import TYPES
from dingnb.ui.compose import fields as compose_fields
from dingnb.ui.compose.field_views import FieldView
from tools.states.scene import Maker, Makers, Scene

_PERSON = {"name": "冯明", "city": "西安", "bonus": MISSING}


def _field(msgtype: str, path: str, typed: str) -> Maker:
    def make(scene: Scene) -> widgets.DOMWidget:
        place = next(candidate for candidate in compose_fields.places(msgtype, 0, {}) if candidate.path == path)
        leaves = [
            (field_path, typed if field_path == path else "") for field_path in compose_fields.FIELD_ORDER[msgtype]
        ]
        draft = Draft(msgtype, leaves_to_arguments(TYPES[msgtype], leaves), STANDARD.body_bytes)
        form = scene.ding.compose(scene.few)
        view = FieldView(form, form.model, place)
        tag = form.model.state.snapshot.example_tag
        view.render_text(typed, draft.view(_PERSON, list(_PERSON)), tag, sets_text=True)
        if view.insert is not None:
            view.insert.render(form.model.state)
        return view.box

    return make


STATES: Makers = (
    ("line-empty", _field("markdown", "title", "")),
    ("line-filled", _field("markdown", "title", "We move to {{ city }}")),
    ("line-too-long", _field("markdown", "title", "We move to a new office on Friday. " * 3)),
    ("text-empty", _field("markdown", "text", "")),
    ("text-filled", _field("markdown", "text", "Hi **{{ name }}**,\n\nwe move to {{ city }} on Friday.")),
    ("text-too-long", _field("text", "content", "We move on Friday. " * 300)),
    ("text-longer-than-advised", _field("text", "content", "We move on Friday. " * 40)),
    ("template-half-typed", _field("markdown", "text", "Hi {{ na")),
    ("template-unknown-column", _field("markdown", "text", "Hi {{ nmae }}")),
    ("value-missing", _field("markdown", "text", "You received {{ bonus | money }}.")),
    ("address-wrong", _field("link", "messageUrl", "javascript:alert(1)")),
)
