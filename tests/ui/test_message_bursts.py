"""Forms send few messages at once: a kernel drops what exceeds its queue while a busy computer does not receive."""

from collections.abc import Callable

import comm
import pytest

import dingnb
from dingnb.sandbox import RunningSandbox
from tests.ui.steps import people, press_send, upload
from tests.ui.test_studio import press, wait, write

MOST = 500
"""Half of the queue: `SNDHWM` of the kernel's socket is 1,000 messages."""


def test_no_step_of_the_studio_sends_more_than_half_a_queue(
    office: RunningSandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[str] = []

    def publish(_comm: comm.DummyComm, kind: str, *_args: object, **_keys: object) -> None:
        sent.append(kind)

    monkeypatch.setattr(comm.DummyComm, "publish_msg", publish)
    bursts: dict[str, int] = {}

    def count(step: str, act: Callable[[], object]) -> None:
        sent.clear()
        act()
        bursts[step] = len(sent)

    page = dingnb.studio()
    count("opened", lambda: (dingnb.studio(), None))
    count("connected", lambda: (page.login.model.use_sandbox(), page.login.model.wait()))
    form = page.studio
    table = people(office, 12).to_csv().encode()
    count("begun", lambda: press(form, form.home.new))
    count("uploaded", lambda: (upload(form.upload.file, "staff.csv", table), wait(form)))
    count("directory", lambda: press(form, form.directory.toggle))
    press(form, form.directory.toggle)
    count("names", lambda: press(form, form.names.toggle))
    press(form, form.names.toggle)
    count("message", lambda: press(form, form.next))
    count("written", lambda: write(form, "Number {{ n }}", "You are number {{ n }}."))
    count("checked", lambda: press(form, form.next))
    press(form, form.next)
    plan = form.compose.plan_form
    plan.model.wait()
    count("send pressed", lambda: press_send(plan))
    count("sent", lambda: (plan.model.run and plan.model.run.wait(), wait(form)))
    assert form.model.state.step == "results"
    assert {step: size for step, size in bursts.items() if not 0 < size < MOST} == {}
