"""The compose form: for each type of message, its preview, and its recipients."""

from collections.abc import Callable, Mapping
from dataclasses import replace

import ipywidgets as widgets
import pandas as pd
from matplotlib.figure import Figure

import dingnb
from dingnb.campaigns.drafts import StoredDraft
from dingnb.display.shell import user_namespace
from dingnb.errors import InputError
from dingnb.messages import Message
from dingnb.ui.compose import fields as compose_fields
from dingnb.ui.compose.draft_recovery import DraftModel
from dingnb.ui.compose.field_views import MediaView
from dingnb.ui.compose.form import ComposeForm
from dingnb.ui.compose.model import ComposeModel
from dingnb.ui.compose.recipient_columns import Recipients
from dingnb.ui.kit.form import stack
from dingnb.words import count, say
from tools.states.scene import TEXT, TITLE, Maker, Makers, Scene

_SAVED_NS = 1_793_581_200_000_000_000  # 2 November 2026, 09:00 in Beijing
_URL = "https://example.com/bonus"
_TYPED: Mapping[str, Mapping[str, str]] = {
    "markdown": {"title": TITLE, "text": TEXT},
    "text": {"content": "Hi {{ name }}, your bonus is {{ bonus | money }}."},
    "action_card": {
        "title": TITLE,
        "markdown": TEXT,
        "single_title": "See the details",
        "single_url": _URL,
    },
    "link": {"title": TITLE, "text": "What it is made of.", "messageUrl": _URL, "picUrl": "@lADOdvRYes0CbM0CbA"},
    "oa": {
        "body.title": TITLE,
        "body.content": "Paid with this month's salary.",
        "message_url": _URL,
        "body.rich.num": "{{ bonus | money }}",
        "body.rich.unit": "CNY",
        "body.form[0].key": "City",
        "body.form[0].value": "{{ city }}",
    },
    "card": {
        "title": "Team day",
        "text": "Hi {{ name }}, are you coming on Friday?",
        "buttons[0].key": "yes",
        "buttons[0].label": "I am coming",
        "buttons[1].key": "no",
        "buttons[1].label": "Not this time",
    },
    "survey": {
        "title": "Team day",
        "text": "Hi {{ name }}, what would you like?",
        "fields[0].name": "drink",
        "fields[0].label": "Drink",
        "fields[0].type": "SELECT",
        "fields[0].required": "true",
        "fields[0].options": "Tea\nCoffee",
        "fields[1].label": "Guests",
        "fields[1].type": "NUMBER",
        "fields[2].label": "Anything else?",
        "fields[2].type": "TEXT_AREA",
    },
    "image": {"media_id": "@lADOdvRYes0CbM0CbA"},
    "file": {"media_id": "@lAjPDfYH3Hq0kFk"},
    "voice": {"media_id": "@lAjPDfYH3Hq0kFk", "duration": "12"},
}


def open_model(scene: Scene, frame: pd.DataFrame | None = None, message: Message | None = None) -> ComposeModel:
    """Return the model of a form for these people, named `staff` in the notebook."""
    shown = scene.staff if frame is None else frame
    user_namespace().update(ding=scene.ding, staff=shown)
    return ComposeModel(scene.ding, Recipients(shown), message=message)


def _form(model: ComposeModel) -> widgets.DOMWidget:
    model.wait()
    return ComposeForm(model).box


def _empty(scene: Scene) -> widgets.DOMWidget:
    return _form(open_model(scene))


def _typed(msgtype: str) -> Maker:
    def make(scene: Scene) -> widgets.DOMWidget:
        model = open_model(scene)
        model.choose_type(msgtype)
        if msgtype == "oa":
            model.resize("body.form", 1)
        if msgtype == "survey":
            model.resize("fields", 2)
        for path, text in _TYPED[msgtype].items():
            model.write(path, text)
        return _form(model)

    return make


def _more_fields(scene: Scene) -> widgets.DOMWidget:
    model = open_model(scene)
    model.choose_type("oa")
    more = {"status_bar.status_value": "Paid", "status_bar.status_bg": "0xFF78C06E", "body.author": "HR, {{ city }}"}
    for path, text in {**_TYPED["oa"], **more}.items():
        model.write(path, text)
    return _form(model)


def _several_buttons(scene: Scene) -> widgets.DOMWidget:
    model = open_model(scene)
    model.choose_type("action_card")
    model.choose_fields(1)
    model.write("title", TITLE)
    model.write("markdown", TEXT)
    for at, words in enumerate(("Agree", "Ask")):
        model.write(f"btn_json_list[{at}].title", words)
        model.write(f"btn_json_list[{at}].action_url", f"{_URL}/{at}")
    return _form(model)


def _empty_card(scene: Scene) -> widgets.DOMWidget:
    model = open_model(scene)
    model.choose_type("action_card")
    return _form(model)


def _text_by_column(*, is_inserted: bool) -> Maker:
    def make(scene: Scene) -> widgets.DOMWidget:
        model = open_model(scene)
        model.write("title", TITLE)
        model.write("text", "Hi {{ name }}, ")
        form = ComposeForm(model)
        panel = form.tools.by_column
        panel.toggle.click()
        panel.columns.value = "city"
        panel.entries[0].tick.value = True
        panel.entries[0].text.value = "see you in {{ city }}."
        if is_inserted:
            panel.insert_button.click()
        return form.box

    return make


def _half_typed(scene: Scene) -> widgets.DOMWidget:
    model = open_model(scene)
    model.write("title", TITLE)
    model.write("text", "Hi {{ na")
    return _form(model)


def _row_gets_nothing(scene: Scene) -> widgets.DOMWidget:
    gaps = scene.staff.copy()
    gaps.loc[gaps.index[[0, 4, 9]], "bonus"] = pd.NA
    return _form(open_model(scene, gaps, scene.message))


def _notes_on_markdown(scene: Scene) -> widgets.DOMWidget:
    model = open_model(scene)
    model.write("title", "What DingTalk leaves out")
    model.write(
        "text", "| a | table |\n|---|---|\n| 1 | 2 |\n\n```\ncode\n```\n\n~~struck~~ [link](https://example.com)"
    )
    return _form(model)


def _found(scene: Scene) -> widgets.DOMWidget:
    form = ComposeForm(open_model(scene, message=scene.message))
    form.preview.search.value = "市场部"
    form.model.wait()
    return form.box


def _empty_frame(scene: Scene) -> widgets.DOMWidget:
    return _form(open_model(scene, scene.staff.head(0), dingnb.text("Hello {{ name }}")))


def _odd_columns(scene: Scene) -> widgets.DOMWidget:
    odd = ["{{x}}", "🎉", "a very long name of a column that nobody would type but a report's export does"]
    frame = scene.few.assign(**dict.fromkeys(odd, "1"), **{f"month {n}": n for n in range(1, 13)})
    return _form(open_model(scene, frame.rename(columns={"month 12": 12})))


def _recipients_of(form: ComposeForm) -> widgets.DOMWidget:
    return stack([form.recipients.box, form.recipients.checking])


def _recipients(change: Callable[[ComposeModel], None]) -> Maker:
    def make(scene: Scene) -> widgets.DOMWidget:
        model = open_model(scene, message=scene.message)
        model.wait()
        change(model)
        return _recipients_of(ComposeForm(model))

    return make


def _checking(model: ComposeModel) -> None:
    progress = say("progress.look_up", n=30, numbers=count("phone_number", 75))
    model._show(is_checking=True, progress=progress, share=0.4)  # noqa: SLF001 - a short-lived state


def _failed(model: ComposeModel) -> None:
    model.choose_recipients(userid=-1, mobile=-1)
    model.check()
    model.wait()


def _code(scene: Scene) -> widgets.DOMWidget:
    form = ComposeForm(open_model(scene, message=scene.message))
    form.code_view.toggle.click()
    return form.code_view.box


def _cancelled(model: ComposeModel) -> None:
    model.fail(InputError(say("compose.cancelled"), say("compose.cancelled_todo")))


def _frame_changed(scene: Scene) -> widgets.DOMWidget:
    before = scene.few
    model = open_model(scene, before, scene.message)
    user_namespace()["staff"] = before.head(3)
    model.check()
    model.wait()
    return _recipients_of(ComposeForm(model))


def _checked(scene: Scene) -> widgets.DOMWidget:
    model = open_model(scene, scene.few, scene.message)
    model.check()
    return _form(model)


def _changed_since(scene: Scene) -> widgets.DOMWidget:
    model = open_model(scene, scene.few, scene.message)
    model.check()
    model.wait()
    model.write("title", "Another title")
    return _form(model)


def _draft_offered(scene: Scene) -> widgets.DOMWidget:
    model = open_model(scene, scene.few)
    drafts = DraftModel(scene.ding, model, message=None)
    texts = {"title": "Bonus for {{ name }}", "text": "Hi {{ name }}"}
    kept = StoredDraft("2026-11-02 09:00", "markdown", texts, 1, _SAVED_NS, "SANDBOX")
    drafts._show(offers=(kept,))  # noqa: SLF001 - no other state should find this draft in the ledger
    return ComposeForm(model, drafts=drafts).box


def _live(scene: Scene) -> widgets.DOMWidget:
    return _form(open_model(replace(scene, ding=scene.live), message=scene.message))


def _chart() -> Figure:
    figure = Figure(figsize=(4, 3))
    figure.subplots(subplot_kw={"title": "Orders by week"}).bar(["18", "19", "20", "21"], [310, 295, 402, 388])
    return figure


def _media(change: Callable[[ComposeForm], None], msgtype: str = "image") -> Maker:
    def make(scene: Scene) -> widgets.DOMWidget:
        model = open_model(scene, scene.few)
        model.choose_type(msgtype)
        user_namespace().update(orders=_chart())
        form = ComposeForm(model)
        change(form)
        return form.message

    return make


def _media_of(form: ComposeForm) -> MediaView:
    media = form.field("media_id").media
    assert media is not None  # noqa: S101 - the type has a field for media
    return media


def _media_without_variables(form: ComposeForm) -> None:
    place = next(candidate for candidate in form.model.state.text.places() if candidate.path == "media_id")
    for name in form.model.variables(place):
        del user_namespace()[name]
    _media_of(form).open_variables.click()


def _media_taken(form: ComposeForm) -> None:
    form.model.choose_variable("media_id", "orders")


def _media_file(form: ComposeForm) -> None:
    form.model.choose_file("media_id", "travel rules 2026.pdf", b"%PDF-1.7 " + bytes(40_000))


def _media_refused(form: ComposeForm) -> None:
    form.model.choose_file("media_id", "payslip.pdf", b"<!DOCTYPE html><html><body>Please log in</body></html>")


def _media_missing(form: ComposeForm) -> None:
    form.model.write("media_id", "payslips/{{ name }}.pdf")


TYPES: Makers = (
    *((msgtype.replace("_", "-"), _typed(msgtype)) for msgtype in compose_fields.FIELD_ORDER),
    ("action-card-several-buttons", _several_buttons),
    ("oa-more-fields", _more_fields),
)

STATES: Makers = (
    ("empty", _empty),
    ("card-empty", _empty_card),
    ("text-by-column", _text_by_column(is_inserted=False)),
    ("text-by-column-inserted", _text_by_column(is_inserted=True)),
    ("half-typed", _half_typed),
    ("draft-offered", _draft_offered),
    ("row-gets-nothing", _row_gets_nothing),
    ("notes-on-markdown", _notes_on_markdown),
    ("found", _found),
    ("empty-frame", _empty_frame),
    ("odd-columns", _odd_columns),
    ("live", _live),
    ("recipients-ready", _recipients(lambda _: None)),
    ("recipients-checking", _recipients(_checking)),
    ("recipients-failed", _recipients(_failed)),
    ("recipients-cancelled", _recipients(_cancelled)),
    ("recipients-changed", _frame_changed),
    ("code-shown", _code),
    ("checked", _checked),
    ("changed-since-the-check", _changed_since),
    ("media-from-the-notebook", _media(lambda form: _media_of(form).open_variables.click())),
    ("media-no-variables", _media(_media_without_variables, "file")),
    ("media-figure", _media(_media_taken)),
    ("media-file", _media(_media_file, "file")),
    ("media-refused", _media(_media_refused, "file")),
    ("media-row-without-file", _media(_media_missing, "file")),
)
