"""Number fields in all forms."""

from ipywidgets import BoundedIntText, IntText

import dingnb
from dingnb.client import DingTalk
from dingnb.sandbox import RunningSandbox
from tests.ui.steps import people, walk


def test_no_number_field_shows_null_as_its_tooltip(office: RunningSandbox, ding: DingTalk) -> None:
    plan = ding.plan(people(office, 3), dingnb.text("hi"))
    forms = [dingnb.studio(), ding.compose(people(office, 3)), plan.form(), plan.send("note").form()]
    fields = [widget for form in forms for widget in walk(form.box) if isinstance(widget, IntText | BoundedIntText)]
    assert len(fields) > len(forms)
    assert {field.tooltip for field in fields} == {""}
    for form in forms:
        form.close()
