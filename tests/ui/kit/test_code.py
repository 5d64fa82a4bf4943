"""The code that forms show: it runs unchanged, does the same, and hides nothing."""

import ast
import dataclasses
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import dingnb
from dingnb.auth import Origin
from dingnb.client import DingTalk
from dingnb.clock import VirtualClock, seconds_to_ns
from dingnb.messages import Message
from dingnb.sandbox import RunningSandbox
from dingnb.ui.kit.code import call, message_code
from dingnb.ui.kit.form import DEBOUNCE_NS
from dingnb.words.literals import literal
from tests.drafting import messages
from tests.tiers import examples
from tests.ui.steps import (
    HOSTILE,
    Notebook,
    assert_harmless,
    check,
    people,
    press_send,
    sends,
    sent_counts,
    type_into,
    words,
    write,
)

Connect = Callable[..., DingTalk]


def run_code(code: str, **names: Any) -> dict[str, Any]:
    """Run code as a cell of a new notebook with these names."""
    namespace = {**names}
    exec(code, namespace)  # noqa: S102 - what forms say is run
    return namespace


@examples(80)
@given(messages(body_bytes=(2048, 4000)))
def test_the_code_of_any_message_creates_it(message: Message) -> None:
    code = message_code(message)
    assert run_code(f"message = {code}", dingnb=dingnb)["message"] == message
    assert all(line.isprintable() for line in code.splitlines())


@given(st.text() | st.integers() | st.none() | st.dictionaries(st.text(), st.text()) | st.lists(st.text()))
def test_any_value_is_written_as_valid_python(value: Any) -> None:
    assert ast.literal_eval(literal(value)) == value
    keyword = ast.parse(call("f", x=value)).body[0]
    assert isinstance(keyword, ast.Expr)
    assert isinstance(keyword.value, ast.Call)
    assert ast.literal_eval(keyword.value.keywords[0].value) == value


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_code_contains_no_invisible_characters(ding: DingTalk, text: str) -> None:
    staff = pd.DataFrame({"userid": ["a"], text: ["x"]})
    form = ding.compose(staff)
    type_into(form.msgtype, "text")
    write(form, content=f"a{text[:300]}b")
    form.code_view.toggle.click()
    assert all(line.isprintable() for line in form.code.splitlines())
    assert_harmless(form)
    if form.code:
        assert run_code(form.code, ding=ding)["message"] == form.value
    type_into(form.recipients.key, 1)
    write(form, content="Hi")
    check(form)
    assert all(line.isprintable() for line in form.code.splitlines())
    same = run_code(form.code, ding=ding, staff=staff)["plan"]
    pd.testing.assert_frame_equal(same.to_frame(), form.plan.to_frame())


def test_a_direction_override_is_shown_escaped(ding: DingTalk) -> None:
    staff = pd.DataFrame({"userid": ["a"]})
    form = ding.compose(staff, dingnb.text("pay\u202eyap"))
    form.code_view.toggle.click()
    assert r"pay\u202eyap" in form.code
    assert r"pay\u202eyap" in words(form)
    assert r"pay\u202eyap" in form._repr_html_()
    assert "\u202e" not in form._repr_html_() + repr(form)


def test_code_is_shown_on_request_and_hidden_again(ding: DingTalk) -> None:
    form = ding.compose(pd.DataFrame({"userid": ["a"]}), dingnb.text("Hello"))
    assert "dingnb.text" not in words(form)
    form.code_view.toggle.click()
    assert form.code_view.toggle.description == "Hide code"
    assert 'dingnb.text(content="Hello")' in words(form)
    form.code_view.toggle.click()
    assert "dingnb.text" not in words(form)


def test_the_names_of_the_notebook_are_found(office: RunningSandbox, connect_to: Connect) -> None:
    notebook = Notebook(firma=connect_to(office), leute=people(office, 3), text=dingnb.text("number {{ n }}"))
    notebook.run("form = firma.compose(leute, text)")
    form = notebook["form"]
    check(form)
    assert form.code.splitlines() == [
        "import dingnb",
        "",
        'message = dingnb.text(content="number {{ n }}")',
        'plan = firma.plan(leute, message, to="userid")',
    ]
    assert "leute · 3 rows" in words(form)
    notebook.run("mein_plan = form.plan; allein = mein_plan.form()")
    alone = notebook["allein"]
    alone.model.wait()
    press_send(alone)
    assert alone.code == 'run = mein_plan.send("number-2026-11-02", expect=3)'


@pytest.mark.parametrize(
    ("names", "called"),
    [
        ({"_people": None, "people": None}, "people"),
        ({"_people": None}, "_people"),
        ({"_": None, "_3": None, "_i": None, "__": None, "_oh": None, "__doc__": None}, ""),
        ({"class": None, "no name": None}, ""),
    ],
)
def test_public_names_precede_private_ones_and_history_is_ignored(
    office: RunningSandbox, ding: DingTalk, names: dict[str, None], called: str
) -> None:
    frame = people(office, 3)
    notebook = Notebook(ding=ding, **dict.fromkeys(names, frame))
    notebook["Out"][3] = frame
    form = ding.compose(frame, dingnb.text("Hello"))
    check(form)
    assert f"plan = ding.plan({called or 'staff'}, " in form.code
    assert ("set staff to " in form.code) == (not called)


def test_in_ipython_names_come_from_its_cells(tmp_path: Path) -> None:
    code = (
        "import sys; from IPython.core.interactiveshell import InteractiveShell; shell = InteractiveShell.instance();"
        "here = shell.user_ns['there'] = object(); from dingnb.display.shell import find_name, output_expression;"
        "shell.user_ns['Out'][7] = sys; print(find_name(here), output_expression(sys))"
    )
    environment = {**os.environ, "IPYTHONDIR": str(tmp_path)}
    ran = subprocess.run(  # noqa: S603 - this Python
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert ran.stdout.split() == ["there", "Out[7]"]


@dataclass(frozen=True)
class Known:
    """
    A notebook that has a form.

    Attributes:
        cell: Its cell, which uses the lists `apps` and `frames`, so that their items are unnamed. It ends with the
            form, or assigns it a name.
        lines: How the code refers to the app and the frame.
    """

    cell: str
    lines: list[str]


WAYS = {
    "both have names": Known("(firma := apps[0]).compose(leute := frames[0], text)", []),
    "the form has": Known("form = apps[0].compose(frames[0], text)", ["ding = form.ding", "staff = form.frame"]),
    "the app has, and the form": Known("form = (ding := apps[0]).compose(frames[0], text)", ["staff = form.frame"]),
    "the frame has, and the form": Known("form = apps[0].compose((staff := frames[0]), text)", ["ding = form.ding"]),
    "the form was shown": Known("apps[0].compose(frames[0], text)", ["ding = Out[1].ding", "staff = Out[1].frame"]),
    "other things are called so": Known(
        "ding, staff = 'mine', 'mine'; form = apps[0].compose(frames[0], text)",
        ["ding_ = form.ding", "staff_ = form.frame"],
    ),
}


@pytest.mark.parametrize("way", WAYS)
def test_the_code_handles_unnamed_values_and_does_the_same(
    office: RunningSandbox, ding: DingTalk, clock: VirtualClock, way: str
) -> None:
    known = WAYS[way]
    notebook = Notebook(apps=[ding], frames=[people(office, 3)], text=dingnb.text("number {{ n }}"))
    if "form =" in known.cell:
        notebook.run(known.cell)
        form = notebook["form"]
    else:
        form = notebook.show(known.cell)
    plan = check(form)
    press_send(plan)
    form.model.wait()
    plan.model.run.run.wait()
    code = form.code.splitlines()
    assert code[:2] == ["import dingnb", ""]
    assert [line for line in code[2:] if line.startswith(("ding", "staff", "#"))] == known.lines
    before, calls = sent_counts(office, clock), sends(office)
    assert sum(before.values()) == 3
    notebook.run(form.code)
    pd.testing.assert_frame_equal(notebook["plan"].to_frame(), form.plan.to_frame())
    assert notebook["run"].name == form.run.name
    assert (sent_counts(office, clock), sends(office)) == (before, calls)
    # From now on, the names assigned by the code are used.
    assert not any(line in form.code.splitlines() for line in known.lines)


def test_an_output_that_has_changed_is_not_referred_to(office: RunningSandbox, ding: DingTalk) -> None:
    notebook = Notebook(apps=[ding], frames=[people(office, 3)], text=dingnb.text("Hello"))
    form = notebook.show("apps[0].compose(frames[0], text)")
    notebook["Out"][1] = notebook["Out"]
    assert "# Before you run this, set staff to the DataFrame the form was opened with." in form.code
    assert "# Before you run this, set ding to the connected app." in form.code
    notebook["Out"][7] = notebook["frames"][0]
    assert "set staff to " in form.code
    notebook["Out"][8] = form.frame
    assert "staff = Out[8]" in form.code
    same = run_code(form.code, ding=ding, Out=notebook["Out"])
    assert same["staff"] is form.frame


def opened_without_a_name(app: Any, frames: list[pd.DataFrame]) -> Any:
    notebook = Notebook(app=app, frames=frames, text=dingnb.text("Hello"))
    notebook.run("forms = [app().compose(frames[0], text)]")
    return notebook["forms"][0]


@pytest.mark.parametrize(
    ("origin", "line"),
    [
        (Origin("sandbox"), 'ding = dingnb.connect("sandbox", users=300)'),
        (Origin("environment"), "ding = dingnb.connect()"),
        (Origin("profile", "hr"), 'ding = dingnb.connect(profile="hr")'),
        (Origin("arguments"), "# Before you run this, set ding to the connected app."),
        (Origin("form"), "# Before you run this, set ding to the connected app."),
    ],
)
def test_without_a_name_the_code_connects_as_before_if_known(
    office: RunningSandbox, connect_to: Connect, monkeypatch: pytest.MonkeyPatch, origin: Origin, line: str
) -> None:
    made = connect_to(office)
    made.origin = origin
    form = opened_without_a_name(lambda: made, [people(office, 3)])
    monkeypatch.setenv("DINGTALK_APP_KEY", made.app.app_key)
    monkeypatch.setenv("DINGTALK_OAPI_BASE_URL", office.base_url)
    monkeypatch.setenv("DINGTALK_API_BASE_URL", office.base_url)
    assert line in form.code.splitlines()


def test_the_code_does_not_connect_to_an_environment_of_another_app_or_server(
    office: RunningSandbox, connect_to: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = connect_to(office)
    made.origin = Origin("environment")
    form = opened_without_a_name(lambda: made, [people(office, 3)])
    assert "# Before you run this, set ding to the connected app." in form.code
    monkeypatch.setenv("DINGTALK_APP_KEY", "dinganotherapp")
    assert "# Before you run this, set ding to the connected app." in form.code
    monkeypatch.setenv("DINGTALK_APP_KEY", made.app.app_key)
    monkeypatch.delenv("DINGTALK_OAPI_BASE_URL", raising=False)
    assert f'oapi_base_url="{office.base_url}"' in form.code
    made._limits = dataclasses.replace(made._limits, people_per_minute=7)
    assert "limits=dingnb.limits.Limits(people_per_minute=7)" in form.code


def test_code_that_connects_from_the_environment_sends_the_same(
    sandbox: RunningSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DINGTALK_APP_KEY", sandbox.settings.app_key)
    monkeypatch.setenv("DINGTALK_APP_SECRET", sandbox.settings.app_secret)
    monkeypatch.setenv("DINGTALK_AGENT_ID", str(sandbox.settings.agent_id))
    notebook = Notebook(dingnb=dingnb, staff=people(sandbox, 3), text=dingnb.text("number {{ n }}"))
    form = notebook.show("dingnb.connect().compose(staff, text)")
    notebook["Out"].clear()
    check(form)
    assert "ding = dingnb.connect()" in form.code.splitlines()
    notebook.run(form.code)
    assert notebook["ding"].app.app_key == form.ding.app.app_key
    pd.testing.assert_frame_equal(notebook["plan"].to_frame(), form.plan.to_frame())


def test_running_the_code_of_all_steps_again_sends_nothing_twice(
    office: RunningSandbox, connect_to: Connect, clock: VirtualClock
) -> None:
    ding, frame = connect_to(office, latency_s=0.2), people(office, 80)
    me = people(office, 90)["userid"].iloc[85]
    ding.exclusions.add("away", frame["userid"].tolist()[:2])
    staff = pd.concat([frame, frame.assign(n=frame["n"] + 100)[:10]], ignore_index=True).rename(
        columns={"userid": "谁"}
    )
    form = ding.compose(staff)
    write(form, title="Number {{ n }}", text="## Hi\n\nyou have {{ n }}\n")
    type_into(form.recipients.userid, 0)
    type_into(form.recipients.key, 1)
    type_into(form.recipients.exclude, "away")
    plan = check(form)
    assert plan.model.plan.people == 90 - 2 - 2
    type_into(plan.test.recipient, me)
    type_into(plan.test.row, 4)
    plan.test.send_test.click()
    plan.model.wait()
    type_into(plan.sending.name, "payslip")
    plan.model.wait()
    codes = [form.code]
    with clock.participating():
        press_send(plan)
        codes.append(form.code)
        assert plan.run_form is not None
        run = plan.run_form
        clock.advance(seconds_to_ns(1))
        run.stop_button.click()
        run.model.wait()
        codes.append(form.code)
        clock.advance(DEBOUNCE_NS)
        run.main_button.click()
        run.model.wait()
    codes.append(form.code)
    assert len(set(codes)) == 4
    assert form.code.splitlines()[-4:] == [
        f'plan.test("{me}", label=4)',
        'run = plan.send("payslip", expect=86, wait=False)',
        "run.stop()",
        "run.resume()",
    ]
    before, calls = sent_counts(office, clock), sends(office)
    for code in codes:
        same = run_code(code, ding=ding, staff=staff)
        assert same["message"] == form.value
        pd.testing.assert_frame_equal(same["plan"].to_frame(), form.plan.to_frame())
        if "run" in same:
            same["run"].wait("sent", check=False)
            assert same["run"].state == "finished"
    assert sent_counts(office, clock) == before
    assert sends(office) == calls
    expected = Counter(frame["userid"].tolist()[2:]) + Counter(frame["userid"].tolist()[2:10]) + Counter([me])
    assert before == expected


def test_the_code_does_all_steps_by_itself(
    office: RunningSandbox,
    ding: DingTalk,
    open_sandbox: Callable[..., RunningSandbox],
    connect_to: Connect,
    clock: VirtualClock,
) -> None:
    staff = people(office, 20)
    form = ding.compose(staff, dingnb.text("number {{ n }}"))
    plan = check(form)
    type_into(plan.test.recipient, "manager01")
    press_send(plan)
    assert plan.model.run is not None
    plan.model.run.wait()
    other = open_sandbox()
    same = run_code(form.code, ding=connect_to(other), staff=staff)
    same["run"].wait("sent", check=False)
    assert sent_counts(other, clock) == sent_counts(office, clock)
