"""Contents of the forms gallery, checked without a browser."""

from pathlib import Path

import pytest

from dingnb.campaigns.status import State
from dingnb.ui.compose.fields import FIELD_ORDER
from tools.states import FORMS, Gallery, states_of

CALLS_THE_SANDBOX = ("plan", "run", "results", "studio")
"""The forms whose states are the outcomes of calls, which takes most of the time."""


def test_each_state_has_a_unique_name() -> None:
    assert len({str(state) for state in states_of()}) == len(states_of())


def test_every_message_type_has_a_state() -> None:
    assert {msgtype.replace("_", "-") for msgtype in FIELD_ORDER} <= {name for name, _ in FORMS["compose-type"]}


def test_every_state_of_a_campaign_is_shown() -> None:
    assert {str(state) for state in State} <= {name for name, _ in FORMS["run"]}


@pytest.mark.parametrize(
    "form", [pytest.param(form, marks=[pytest.mark.long] if form in CALLS_THE_SANDBOX else []) for form in FORMS]
)
def test_every_state_of_a_form_can_be_shown(form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # Some of them export files.
    monkeypatch.chdir(tmp_path)
    gallery = Gallery("zh")
    for state in states_of(form):
        assert gallery.show(*state).children, state
