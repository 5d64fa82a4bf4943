"""The studio: each step, with earlier drafts and campaigns."""

import io
from collections.abc import Callable
from dataclasses import replace

import ipywidgets as widgets
import openpyxl
import pandas as pd

import dingnb
from dingnb.sandbox import SandboxSettings
from dingnb.ui.compose.message_text import text_of_message
from dingnb.ui.studio.form import StudioForm
from dingnb.ui.studio.model import StudioModel
from dingnb.ui.studio.names_model import NOBODY
from dingnb.words import count, say
from tools.states.scene import STAFF, TEXT, TITLE, Maker, Makers, Scene, connect

_SMALL = SandboxSettings(users=60)
"""The sandbox of a state with settings of its own, or without campaigns."""


def _form(scene: Scene, *, has_people: bool = True) -> StudioForm:
    model = StudioModel(scene.ding, scene.few if has_people else None)
    # Campaigns of the other states are in the same ledger: this state starts without these campaigns.
    model.go("recipients")
    return StudioForm(model)


def _show(form: StudioForm) -> widgets.DOMWidget:
    form.model.wait()
    return form.box


def _no_recipients(scene: Scene) -> widgets.DOMWidget:
    return _show(_form(scene, has_people=False))


def _uploaded(scene: Scene) -> widgets.DOMWidget:
    form = _form(scene, has_people=False)
    form.model.upload.load(STAFF.name, STAFF.read_bytes())
    form.model.upload.wait()
    return _show(form)


def _not_read(scene: Scene) -> widgets.DOMWidget:
    form = _form(scene, has_people=False)
    form.model.upload.load("photo.xlsx", b"\x89PNG\r\n")
    form.model.upload.wait()
    return _show(form)


def _hidden_rows(scene: Scene) -> widgets.DOMWidget:
    book = openpyxl.Workbook()
    for row in (["userid", "name"], ["manager01", "王芳"], ["user02", "李雷"]):
        book.active.append(row)
    book.active.row_dimensions[3].hidden = True
    file = io.BytesIO()
    book.save(file)
    form = _form(scene, has_people=False)
    form.model.upload.load("payroll.xlsx", file.getvalue())
    form.model.upload.wait()
    return _show(form)


def _too_early(scene: Scene) -> widgets.DOMWidget:
    form = _form(scene, has_people=False)
    form.steps["check"].click()
    return _show(form)


def _at(step: str) -> Maker:
    def make(scene: Scene) -> widgets.DOMWidget:
        form = _form(scene)
        model = form.model
        model.go("message")
        model.compose.restore(text_of_message(scene.message))
        model.wait()
        if step == "message":
            return _show(form)
        model.go("check")
        model.wait()
        if step == "check":
            return _show(form)
        plan_model = model.compose.plan_models[-1]
        model.go("send")
        plan_model.set_name(f"studio-{step}")
        plan_model.wait()
        if step == "send":
            return _show(form)
        plan_model.set_count(str(plan_model.plan.people))
        plan_model.send()
        plan_model.wait()
        if plan_model.run is not None:
            plan_model.run.wait()
        model.go("results")
        if form.results is not None:
            form.results.wait()
        return _show(form)

    return make


def _own_files(*, uses: bool) -> Maker:
    """Show the files of single people: one file is ambiguous, one is missing, and one is nobody's."""

    def make(scene: Scene) -> widgets.DOMWidget:
        names = ["王芳", "李雷", "韩梅梅", "韩梅梅", "赵敏"]
        form = StudioForm(StudioModel(scene.ding, scene.few.assign(name=names)))
        form.model.go("message")
        form.model.compose.choose_type("file")
        files = [(f"payslip_{name}.pdf", b"%PDF-1.7 " + name.encode()) for name in (*names[:3], "孙悦")]
        form.model.files.load(files)
        form.model.files.wait()
        form.model.files.choose_pattern("payslip_{{ name }}.pdf")
        form.model.files.wait()
        if uses:
            form.model.files.use()
        return _show(form)

    return make


def _files_refused(scene: Scene) -> widgets.DOMWidget:
    form = StudioForm(StudioModel(scene.ding, scene.few))
    form.model.go("message")
    form.model.compose.choose_type("file")
    form.model.files.load([("payslips.zip", b"PK, but cut off")])
    return _show(form)


def _directory(do: Callable[[StudioForm], None] = lambda _: None, settings: SandboxSettings | None = None) -> Maker:
    """Show the directory, after some actions; with settings, of a sandbox of its own."""

    def make(scene: Scene) -> widgets.DOMWidget:
        model = StudioModel(scene.ding if settings is None else connect(settings))
        model.go("recipients")
        form = StudioForm(model)
        form.model.directory.toggle()
        form.model.wait()
        do(form)
        return _show(form)

    return make


def _is_reading(form: StudioForm) -> None:
    reading = say("directory.reading", n=count("person", 4_200), departments=count("department", 380))
    form.model.directory._show(snapshot=None, progress=reading, share=0.4)  # noqa: SLF001 - would take seconds


def _choose_people(form: StudioForm) -> None:
    model = form.model.directory
    snapshot = model.state.snapshot
    if snapshot is None:
        return
    tops = snapshot.tree.sub_departments(model.departments()[0])
    for top in tops[:2]:
        model.choose_department(top, is_on=True)
    model.toggle_below(tops[0])
    model.choose_department(snapshot.tree.sub_departments(tops[0])[0], is_on=False)
    model.choose_person(snapshot.userids[model.state.people.page_positions[1]], is_on=False)


def _search_in_vain(form: StudioForm) -> None:
    form.model.directory.search("<b>法务")
    form.model.directory.search_people("nobody")


def _use_people(form: StudioForm) -> None:
    _choose_people(form)
    form.model.directory.use()


def _names(do: Callable[[StudioForm], None] = lambda _: None) -> Maker:
    """Show a list of names: some are clear, some belong to several people, and one to nobody."""

    def make(scene: Scene) -> widgets.DOMWidget:
        people = scene.ding.people(everybody=True)
        is_twice = people["name"].duplicated(keep=False)
        clear, twice = people[~is_twice].head(5), people[is_twice].drop_duplicates("name").head(3)
        staff = pd.concat([clear, twice])[["name", "department"]]
        staff.loc[[*twice.index, clear.index[0]], "department"] = None
        staff = pd.concat([staff, pd.DataFrame({"name": ["欧阳不在"], "department": ["财务部"]})], ignore_index=True)
        form = StudioForm(StudioModel(scene.ding, staff.assign(bonus=range(100, 100 + len(staff)))))
        form.model.go("recipients")
        form.model.names.name_list("payroll")
        do(form)
        return _show(form)

    return make


def _find_names(form: StudioForm) -> None:
    form.model.names.find()
    form.model.wait()


def _settle_names(form: StudioForm) -> None:
    _find_names(form)
    names = form.model.names
    while (row := names.shown_row()) >= 0:
        candidates = names.candidates()
        names.choose(row, candidates[0].userid if candidates else NOBODY)


def _use_names(form: StudioForm) -> None:
    _settle_names(form)
    form.model.names.use()


def _search_for_others(form: StudioForm) -> None:
    _find_names(form)
    form.model.names.step(4)
    form.model.names.search("nobody")


def _home(scene: Scene) -> widgets.DOMWidget:
    scene.ding.drafts.save("2026-05-04 09:30", "markdown", {"title": TITLE, "text": TEXT})
    for name in ("payslip-2026-04", "fire-drill"):
        plan = scene.ding.plan(scene.few, dingnb.text(f"{{{{ name }}}}, this is about {name}."))
        plan.send(name, expect=plan.people).refresh()
    plan = scene.ding.plan(scene.few, dingnb.text("{{ name }}, the canteen is closed."))
    run = plan.send("canteen", expect=plan.people, wait=False)
    run.stop()
    run.wait("sent", check=False)
    return _show(StudioForm(StudioModel(scene.ding)))


def _home_of_new_ledger(_: Scene) -> widgets.DOMWidget:
    return _show(StudioForm(StudioModel(connect(_SMALL))))


STATES: Makers = (
    ("home-empty", _home_of_new_ledger),
    ("home", _home),
    ("no-recipients", _no_recipients),
    ("uploaded", _uploaded),
    ("not-read", _not_read),
    ("hidden-rows", _hidden_rows),
    ("too-early", _too_early),
    ("message", _at("message")),
    ("own-files", _own_files(uses=False)),
    ("own-files-used", _own_files(uses=True)),
    ("own-files-refused", _files_refused),
    ("directory", _directory()),
    ("directory-chosen", _directory(_choose_people)),
    ("directory-used", _directory(_use_people)),
    ("directory-nothing-found", _directory(_search_in_vain)),
    ("directory-reading", _directory(_is_reading)),
    ("directory-no-fields", _directory(_choose_people, replace(_SMALL, hidden_fields=("mobile", "email")))),
    ("directory-refused", _directory(settings=replace(_SMALL, missing_permissions=("qyapi_get_department_list",)))),
    ("names", _names()),
    ("names-unclear", _names(_find_names)),
    ("names-nobody-found", _names(_search_for_others)),
    ("names-settled", _names(_settle_names)),
    ("names-used", _names(_use_names)),
    ("check", _at("check")),
    ("send", _at("send")),
    ("results", _at("results")),
)
"""The states by name."""
