"""The limits of DingTalk: their descriptions, and which values the client and the sandbox accept."""

from dataclasses import fields, replace

import numpy as np
import pandas as pd
import pytest

import dingnb
from dingnb.errors import InputError, QuotaError
from dingnb.limits import STANDARD, Limits, describe_limit
from dingnb.sandbox import SandboxSettings
from tests.table_rows import for_each

NAMES = [field.name for field in fields(Limits)]


@for_each("name", NAMES)
def test_the_client_and_the_sandbox_refuse_the_same_limits_with_the_valid_range(name: str) -> None:
    limit = describe_limit(name)
    valid_values = f"a whole number from {limit.minimum:,} to {limit.maximum:,}."
    for value in (limit.minimum - 1, limit.maximum + 1, 1.5, "1", True, None):
        limits = replace(STANDARD, **{name: value})
        with pytest.raises(InputError) as refused_by_client:
            dingnb.connect("sandbox", limits=limits)
        with pytest.raises(InputError) as refused_by_sandbox:
            SandboxSettings(limits=limits)
        assert f"limits= has {name}=" in str(refused_by_client.value)
        assert f"limits.{name} cannot be" in str(refused_by_sandbox.value)
        for refused in (refused_by_client, refused_by_sandbox):
            assert valid_values in " ".join(str(refused.value).split())


@for_each("name", NAMES)
def test_integers_of_numpy_are_limits_as_well(name: str) -> None:
    value = getattr(STANDARD, name)
    limits = replace(STANDARD, **{name: np.int64(value)})
    assert type(getattr(limits, name)) is int
    assert limits == SandboxSettings(limits=limits).limits == STANDARD


def test_the_client_counts_with_limits_from_a_frame() -> None:
    frame = pd.DataFrame({"userid": ["manager01"], "calls_per_month": [0]})
    limits = replace(STANDARD, calls_per_month=frame["calls_per_month"].iloc[0])
    ding = dingnb.connect("sandbox", limits=limits)
    with pytest.raises(QuotaError):
        ding.plan(frame, dingnb.text("Hello")).send("hello", expect=1)


@for_each("name", NAMES)
def test_the_sandbox_accepts_the_smallest_and_the_largest_valid_limit(name: str) -> None:
    limit = describe_limit(name)
    for value in (limit.minimum, limit.maximum):
        limits = replace(STANDARD, **{name: value})
        assert SandboxSettings(limits=limits).limits == limits


def test_every_limit_has_a_meaning_and_a_source() -> None:
    for name in NAMES:
        limit = describe_limit(name)
        assert limit.meaning
        assert limit.source.startswith("docs/dingtalk.md, ")
        assert limit.accepts(getattr(STANDARD, name))
    with pytest.raises(KeyError):
        describe_limit("nothing")
