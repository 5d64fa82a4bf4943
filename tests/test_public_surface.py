import inspect

import pandas as pd
import pytest

import dingnb
from dingnb.campaigns.campaign import Campaign
from dingnb.campaigns.plan import Plan
from dingnb.client import DingTalk

MOST = {DingTalk: 26, Plan: 18, Campaign: 26}
"""The maximum number of public names of an object."""


def public(kind: type) -> list[str]:
    return [name for name in dir(kind) if not name.startswith("_")]


def test_the_top_level_has_at_most_25_names() -> None:
    assert len(dingnb.__all__) <= 25


def test_an_object_has_no_more_public_names_than_allowed(sandbox_objects: dict[type, object]) -> None:
    for kind, object_ in sandbox_objects.items():
        names = [name for name in dir(object_) if not name.startswith("_")]
        assert len(names) <= MOST[kind], (kind, names)


def test_tab_offers_the_fields_of_a_survey_and_nothing_else() -> None:
    assert dir(dingnb.fields) == ["choice", "date", "multiple", "number", "switch", "text"]


def test_frames_are_returned_by_methods_and_numbers_and_names_by_properties() -> None:
    for kind in MOST:
        for name in public(kind):
            member = inspect.getattr_static(kind, name)
            if isinstance(member, property):
                assert "DataFrame" not in str(member.fget.__annotations__.get("return")), (kind, name)


def test_each_public_member_has_a_docstring() -> None:
    for kind in MOST:
        assert [name for name in public(kind) if not inspect.getdoc(inspect.getattr_static(kind, name))] == []


@pytest.fixture
def sandbox_objects(ding: DingTalk) -> dict[type, object]:
    people = pd.DataFrame({"userid": ["manager01", "manager02"]})
    plan = ding.plan(people, dingnb.text("Hello"))
    return {DingTalk: ding, Plan: plan, Campaign: plan.send("hello")}
