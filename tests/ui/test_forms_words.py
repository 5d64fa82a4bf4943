"""The forms in both languages: in every state, all texts are in the current language."""

from collections.abc import Callable

import pandas as pd
import pytest

import dingnb
from dingnb.client import DingTalk
from dingnb.clock import VirtualClock, seconds_to_ns
from dingnb.sandbox import RunningSandbox
from dingnb.ui.compose.fields import FIELD_ORDER
from dingnb.ui.compose.form import ComposeForm
from dingnb.ui.kit.form import DEBOUNCE_NS, Form
from dingnb.ui.plan.form import PlanForm
from tests.ui.languages import chinese, english
from tests.ui.steps import check, people, press_send, run_button, type_into, words, write

Connect = Callable[..., DingTalk]
Look = Callable[[ComposeForm], None]

english_in = english(
    "compose.",
    "type.",
    "field.",
    "list.",
    "choice.",
    "value.",
    "plan_form.",
    "changed.",
    "run.",
    "form.",
    "code.",
)


def go_the_whole_way(ding: DingTalk, frame: pd.DataFrame, clock: VirtualClock, look: Look) -> None:
    form = write_all(ding, frame, look)
    send_all(form, prepare(form, look), clock, look)


def write_all(ding: DingTalk, frame: pd.DataFrame, look: Look) -> ComposeForm:
    """Write messages of all types, complete and incomplete, and check the form after each step."""
    form = ding.compose(frame)
    look(form)
    for msgtype in FIELD_ORDER:
        type_into(form.msgtype, msgtype)
        look(form)
    type_into(form.msgtype, "action_card")
    type_into(form.choice, 1)
    look(form)
    type_into(form.msgtype, "markdown")
    for title, text in (
        ("{{ n", "x"),
        ("x" * 70, ""),
        ("{{ nobody }}", "x"),
        ("{{ gap }}", "{{ n }}"),
        ("T", "| a |\n|--|"),
        ("T", "number {{ n }}"),
    ):
        write(form, title=title, text=text)
        look(form)
        form.preview.next.click()
        look(form)
    for query in ("1", "no such", ""):
        type_into(form.preview.search, query)
        form.model.wait()
        look(form)
    type_into(form.recipients.userid, -1)
    form.recipients.check.click()
    form.model.wait()
    look(form)
    type_into(form.recipients.userid, 0)
    return form


def prepare(form: ComposeForm, look: Look) -> PlanForm:
    """Check the message, view problems, send tests, and type wrong counts."""
    plan = check(form)
    look(form)
    for query in ("a,b", "no such", ""):
        type_into(plan.problems.search, query)
        plan.model.wait()
        look(form)
    for recipient in ("", "manager01", "manager01"):
        type_into(plan.test.recipient, recipient)
        plan.test.send_test.click()
        plan.model.wait()
        look(form)
    for name in (" ", "payslip"):
        type_into(plan.sending.name, name)
        plan.model.wait()
        look(form)
    for typed in ("", "x", "7"):
        press_send(plan, typed)
        look(form)
    return plan


def send_all(form: ComposeForm, plan: PlanForm, clock: VirtualClock, look: Look) -> None:
    """Send it with pauses, and write another message afterwards."""
    with clock.participating():
        press_send(plan)
        for how in ("pause", "resume", "stop"):
            clock.advance(seconds_to_ns(1))
            look(form)
            assert plan.run_form is not None
            run_button(plan.run_form, how).click()
            look(form)
            if how != "resume":
                plan.run_form.model.wait()
            look(form)
        assert plan.run_form is not None
        clock.advance(DEBOUNCE_NS)
        plan.run_form.main_button.click()
        plan.run_form.model.wait()
        look(form)
        run_button(plan.run_form, "refresh").click()
        plan.run_form.model.wait()
    look(form)
    write(form, text="other {{ n }}")
    look(form)
    again = check(form)
    type_into(again.sending.name, "payslip")
    again.model.wait()
    look(form)
    write(form, text="another")
    look(form)
    form.code_view.toggle.click()
    look(form)


def staff_of(office: RunningSandbox) -> pd.DataFrame:
    frame = people(office, 80).assign(gap=[None, *["x"] * 79])
    return pd.concat(
        [frame, pd.DataFrame({"userid": ["a,b"] * 12, "n": [1] * 12, "gap": ["y"] * 12})], ignore_index=True
    )


@pytest.mark.usefixtures("in_chinese")
def test_every_state_is_shown_in_chinese_only(office: RunningSandbox, connect_to: Connect, clock: VirtualClock) -> None:
    seen: dict[str, None] = {}

    def look(form: Form) -> None:
        seen.update(dict.fromkeys(english_in(form)))

    go_the_whole_way(connect_to(office, latency_s=0.3), staff_of(office), clock, look)
    assert list(seen) == []


def test_english_texts_contain_no_chinese(office: RunningSandbox, connect_to: Connect, clock: VirtualClock) -> None:
    seen: dict[str, None] = {}

    def look(form: Form) -> None:
        seen.update(dict.fromkeys(chinese(form)))

    go_the_whole_way(connect_to(office, latency_s=0.3), staff_of(office), clock, look)
    assert list(seen) == []


def test_a_form_displayed_again_uses_the_new_language(office: RunningSandbox, ding: DingTalk) -> None:
    form = ding.compose(staff_of(office), dingnb.markdown("Title", "{{ gap }}"))
    type_into(form.msgtype, "action_card")
    type_into(form.choice, 1)
    type_into(form.msgtype, "oa")
    type_into(form.msgtype, "markdown")
    write(form, title="Title", text="{{ gap }}")
    plan = check(form)
    for language, said in (
        ("zh", ("撰写消息", "检查并发送", "任务名称")),
        ("en", ("Compose a message", "Check again to send")),
    ):
        dingnb.set_language(language)
        bundle = form._repr_mimebundle_()
        plan._repr_mimebundle_()
        for word in said:
            assert word in words(form)
        assert said[0] in bundle["text/plain"]
        assert said[0] in bundle["text/html"]
        if language == "zh":
            assert english_in(form) == []
            assert "The column" not in words(form).split("不会发送的行")[0]
            assert "distinct" not in words(form)
        type_into(form.msgtype, "action_card")
        assert (english_in(form) == []) == (language == "zh")
        type_into(form.msgtype, "markdown")
