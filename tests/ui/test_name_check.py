"""The tick of the compose form and the studio that rejects rows whose name is not that of the person."""

import pandas as pd
import pytest

from dingnb.client import DingTalk
from dingnb.sandbox import RunningSandbox
from tests.ui.steps import check, is_shown, read, type_into, upload, words, write
from tests.ui.test_studio import press, wait
from tests.ui.test_studio import write as write_in_studio


@pytest.fixture
def staff(ding: DingTalk, office: RunningSandbox) -> pd.DataFrame:
    """Return a list whose third row has the phone number of the second one's person."""
    del office
    everybody = ding.people(everybody=True)
    known = everybody[everybody["mobile"].notna()].drop_duplicates("name").head(5)
    frame = known[["name", "mobile"]].reset_index(drop=True)
    frame.loc[2, "mobile"] = frame.loc[1, "mobile"]
    return frame.drop(index=1)


def test_rows_whose_name_differs_can_be_rejected_by_a_tick(ding: DingTalk, staff: pd.DataFrame) -> None:
    form = ding.compose(staff)
    tick = form.recipients.rejects_names
    assert not is_shown(tick)
    write(form, title="T", text="Hi")
    plan = check(form)
    # At once, not at the second check.
    assert "The names in 1 row differ from those in the directory" in words(form)
    assert "check=" not in read(plan.facts.value).text
    assert is_shown(tick)
    assert (tick.value, tick.description) == (False, "Reject rows whose name differs")
    assert 'check="name"' not in form.code
    type_into(tick, value=True)
    form.model.wait()
    assert form.plan_form.model.plan.rejected == 1
    assert form.plan_form.model.plan.problems().index.tolist() == [2]
    assert "The names in" not in words(form)
    assert is_shown(tick)
    assert 'check="name"' in form.code
    type_into(tick, value=False)
    form.model.wait()
    assert form.plan_form.model.plan.rejected == 0
    assert is_shown(tick)
    assert 'check="name"' not in form.code


def test_the_tick_belongs_to_one_list(ding: DingTalk, staff: pd.DataFrame) -> None:
    form = ding.studio(staff)
    press(form, form.next)
    write_in_studio(form, "T", "Hi")
    press(form, form.next)
    tick = form.compose.recipients.rejects_names
    type_into(tick, value=True)
    wait(form)
    assert form.model.plan is not None
    assert form.model.plan.plan.rejected == 1
    press(form, form.steps["recipients"])
    rest = staff.drop(index=2).to_csv(index=False).encode()
    upload(form.upload.file, "rest.csv", rest)
    wait(form)
    press(form, form.steps["check"])
    assert not is_shown(tick)
    assert 'check="name"' not in form.code
