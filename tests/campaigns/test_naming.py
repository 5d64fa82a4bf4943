from collections.abc import Callable

import pandas as pd
import pytest

import dingnb
from dingnb.client import DingTalk
from dingnb.errors import InputError
from dingnb.sandbox import RunningSandbox

Staff = Callable[..., pd.DataFrame]


@pytest.mark.parametrize("again", ["payslip ", "\tpayslip", "\u3000payslip\n"])
def test_leading_and_trailing_blanks_of_a_name_are_ignored(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff, again: str
) -> None:
    plan = ding.plan(staff(sandbox, 5), dingnb.text("hi"))
    plan.send("payslip")
    plan.send(again)
    assert ding.campaigns()["name"].tolist() == ["payslip"]
    assert ding.campaign(again).name == "payslip"
    assert sandbox.state.stats()["tasks"] == 1


@pytest.mark.parametrize(
    "name", ["", " ", 5, "pay\x1b[31mslip", "pay\nslip", "pay\u202eslip", "pay\u200bslip", "\ud800"]
)
def test_a_name_with_invisible_characters_is_refused(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff, name: str
) -> None:
    with pytest.raises(InputError, match="is not a valid campaign name"):
        ding.plan(staff(sandbox, 5), dingnb.text("hi")).send(name)
    with pytest.raises(InputError, match="is not a valid name for an exclusion list"):
        ding.exclusions.add(name, ["manager01"])
    assert sandbox.state.stats()["tasks"] == 0
    assert ding.exclusions.names() == []


def test_a_long_name_that_is_refused_is_shown_by_its_beginning(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff
) -> None:
    with pytest.raises(InputError, match=f"'{'长' * 29}…' is not a valid campaign name"):
        ding.plan(staff(sandbox, 5), dingnb.text("hi")).send("长" * 90 + "\u200b")


def test_names_may_contain_emoji_that_are_joined(sandbox: RunningSandbox, ding: DingTalk, staff: Staff) -> None:
    name = "👩\u200d💻 周报 ❤️\u200d🔥 👩🏽\u200d💻"
    ding.plan(staff(sandbox, 5), dingnb.text("hi")).send(name)
    assert name in repr(ding.campaign(name))


def test_names_may_contain_blanks_and_chinese(sandbox: RunningSandbox, ding: DingTalk, staff: Staff) -> None:
    ding.plan(staff(sandbox, 5), dingnb.text("hi")).send("工资\u300011 月 💰")
    assert ding.campaign("工资\u300011 月 💰").state == "finished"


@pytest.mark.parametrize("again", ["payslip 2026", "PAYSLIP 2026", "Ｐayslip　２０２６", " Payslip \t 2026 "])
def test_names_that_differ_only_in_case_width_or_blanks_are_the_same(
    sandbox: RunningSandbox, ding: DingTalk, staff: Staff, again: str
) -> None:
    frame = staff(sandbox, 6)
    ding.plan(frame[:5], dingnb.text("hi")).send("Payslip 2026")
    plan = ding.plan(frame, dingnb.text("hi"))
    name = again.replace("\t", " ")
    foreseen = plan.forecast(name)
    assert (foreseen.name, foreseen.new, foreseen.settled) == ("Payslip 2026", 1, 5)
    run = plan.send(name)
    assert run.name == "Payslip 2026"
    assert "Campaign Payslip 2026" in repr(run)
    assert ding.campaign(name).name == "Payslip 2026"
    assert ding.campaigns()["name"].tolist() == ["Payslip 2026"]
    assert ding.campaigns()["people"].tolist() == [6]
    assert sandbox.state.stats()["tasks"] == 2
