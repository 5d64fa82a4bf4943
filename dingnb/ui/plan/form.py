"""The form of a plan in the notebook: its facts, problems, a test, and sending."""

import ipywidgets as widgets

from dingnb.campaigns.campaign import Campaign
from dingnb.campaigns.plan import Plan
from dingnb.campaigns.plan import view_of as view_of_plan
from dingnb.display import Sheet
from dingnb.display.namespace import name_of
from dingnb.errors import InputError
from dingnb.ui.kit import parts
from dingnb.ui.kit.code import CodeView, Names
from dingnb.ui.kit.form import Form, show_if, stack, update
from dingnb.ui.plan.model import PlanModel
from dingnb.ui.plan.problems import ProblemsView
from dingnb.ui.plan.sample import SampleView
from dingnb.ui.plan.send import SendView
from dingnb.ui.plan.state import PlanState
from dingnb.ui.run.form import RunForm
from dingnb.words import Text, count, say


class PlanForm(Form):
    """
    The form that `Plan.form` shows.

    Its `run` is the campaign, once it was sent; `code` is the Python that does the same. In a saved notebook it reads
    as text.

    Args:
        model: The model.
        is_inside: Whether it is part of another form, which shows the code.
    """

    def __init__(self, model: PlanModel, *, is_inside: bool = False) -> None:
        super().__init__(model)
        self.model = model
        self.head, self.outdated, self.facts = widgets.HTML(), widgets.HTML(), widgets.HTML()
        self.code_view = CodeView(self, lambda: model.code)
        self.problems = ProblemsView(self, model)
        self.sample = SampleView(self, model)
        self.sending = SendView(self, model)
        self.run_form: RunForm | None = None
        self._run_box, self._other_box = stack([]), stack([])
        self._other_form: RunForm | None = None
        self.checked = stack([self.outdated, self.facts, self.problems.box, self.sample.box])
        self.sent = stack([self.sending.box, self._other_box, self._run_box])
        self._box = stack(
            [self.head, self.checked, self.sent, *([] if is_inside else [self.code_view.box])], "dn-section"
        )
        model.watch(self.render)
        self.render()

    @property
    def run(self) -> Campaign:
        """
        The campaign.

        Raises:
            InputError: It was not sent yet.
        """
        if self.model.run is None:
            raise InputError(say("plan_form.not_sent"), say("plan_form.not_sent_todo"))
        return self.model.run.run

    @property
    def code(self) -> str:
        """The Python that does the same; empty if nothing was done."""
        return self.model.code

    @property
    def box(self) -> widgets.VBox:
        """The form's widgets."""
        return self._box

    def sheet(self) -> Sheet:
        """Return what the plan shows; once it was sent, what the campaign shows."""
        return self.model.state.sheet if self.model.run is None else self.model.run.view.results.sheet()

    def _needs_kernel(self) -> bool:
        return self.model.run is None

    def _render(self) -> None:
        model, state = self.model, self.model.state
        update(
            self.head,
            value=parts.title(say("plan_form.title"), model.plan.mode, model.view.recipient_count.text, level=3),
        )
        # The shortage of calls is shown next to the button.
        shown = (note for note in state.sheet.notes if note != state.shortage)
        notes = "".join(parts.notice(note, "", "warn") for note in shown)
        update(self.facts, value=_figures(model, state) + notes)
        update(self.outdated, value=_outdated(state))
        show_if(not state.is_folded, self.facts, self.problems.box)
        show_if(not state.is_overtaken, self.head, self._run_box)
        self.problems.render(state)
        self.sample.render(state)
        self.sending.render(state)
        self._render_other()
        if model.run is not None and self.run_form is None:
            self.run_form = RunForm(model.run)
            # The button that was pressed is hidden now.
            self.run_form.take_focus()
            self._run_box.children = [self.run_form.box]
        self.code_view.render()

    def _render_other(self) -> None:
        """Show the campaign that blocks the name, while that name is entered and nothing was sent."""
        model, before = self.model, self._other_form
        show_if(model.run is None and not model.state.is_folded, self._other_box)
        if (None if before is None else before.model) is model.other:
            return
        self._other_form = None if model.other is None else RunForm(model.other)
        self._other_box.children = [] if self._other_form is None else [self._other_form.box]
        if before is not None:
            before.close()


def _outdated(state: PlanState) -> str:
    """Return the notice that the plan is outdated or overtaken, with the error of a failed start."""
    if state.is_overtaken:
        return parts.status(parts.notice(say("plan_form.overtaken")))
    if not state.is_folded or state.stage == "sent":
        return ""
    shown = [parts.notice(say("plan_form.outdated"), say("plan_form.outdated_todo"), "warn")]
    if state.failure is not None and state.failure.text != Text("plan_form.outdated"):
        shown.append(parts.notice(state.failure.what, state.failure.hint, "bad"))
    return parts.status("".join(shown), urgent=True)


def _figures(model: PlanModel, state: PlanState) -> str:
    """Return the plan's counts as figures, and its other facts below."""
    plan = model.plan
    shown = dict(state.sheet.facts)
    in_rows = say("plan_form.in_rows", rows=count("row", plan.rows - plan.rejected))
    if view_of_plan(plan).recipient_count.people is None:
        counted = [(Text("plan.people"), f"{plan.people:,}", in_rows)]
    else:
        counted = [
            (Text("plan.messages"), f"{view_of_plan(plan).recipient_count.messages:,}", in_rows),
            (Text("plan.people"), f"{view_of_plan(plan).recipient_count.people:,}", ""),
        ]
    time = shown.get(Text("plan.time"), "")
    excluded = shown.pop(Text("plan.excluded"), "")
    left_out = say("plan_form.excluded", rows=excluded) if excluded else ""
    shown = {label: value for label, value in shown.items() if label != Text("plan.bodies")}
    shown[Text("plan.message")] = Text(f"type.{plan.message.msgtype}")
    shown[Text("plan_form.texts")] = count("text", plan.texts)
    figures = [
        *counted,
        (Text("plan.rejected"), f"{plan.rejected:,}", left_out),
        (Text("plan.calls"), f"{plan.calls:,}", say("plan_form.calls_more") if plan.calls else ""),
        *([(Text("plan.time"), time, "")] if time else []),
    ]
    rest = [(label, value) for label, value in shown.items() if label not in {one for one, *_ in figures}]
    return parts.figures(figures) + parts.facts(rest)


def open_plan(plan: Plan) -> PlanForm:
    """Return the form, as `Plan.form` describes it."""
    return PlanForm(PlanModel(plan, names=Names(plan=name_of(plan))))
