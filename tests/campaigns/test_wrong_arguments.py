"""Wrong values of the arguments of public methods raise errors of dingnb with hints."""

import inspect
import math
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest

import dingnb
from dingnb.campaigns.campaign import Campaign
from dingnb.client import DingTalk
from dingnb.clock import VirtualClock
from dingnb.errors import DingError, InputError
from dingnb.errors.arguments import short_repr
from dingnb.sandbox import RunningSandbox
from tests.media.samples import PNG

WRONG: tuple[Any, ...] = (
    None,
    True,
    0,
    -1,
    3,
    10**400,
    10**5_000,
    1.5,
    -0.5,
    math.nan,
    math.inf,
    Decimal(2),
    "",
    "no",
    "12",
    "a\nb",
    "\ud800",
    "x" * 10_000,
    b"x",
    (),
    ("x",),
    [],
    ["x"],
    [None],
    [["x"]],
    [pd.NA],
    [10**5_000],
    {},
    {"x": 1},
    {1: "x"},
    {"userid": 10**5_000},
    {10**5_000: 1},
    {"x"},
    range(3),
    object(),
    lambda: None,
    pd.NA,
    pd.Timestamp("2026-01-01"),
    np.int64(3),
    np.bool_(False),  # noqa: FBT003 - a value
    np.array([1, 2]),
    np.array("x"),
    np.timedelta64(1, "D"),
    np.zeros((2, 2)),
    pd.Series([1.5, None]),
    pd.DataFrame({"x": [1]}),
    pd.MultiIndex.from_tuples([("a", "b")]),
    Path("no/such/folder/out.csv"),
    Campaign,
)


class Verb(NamedTuple):
    """
    A public method and its arguments.

    Attributes:
        of: The owner: ``dingnb``, ``ding``, ``plan``, ``run``, ``lists`` or ``drafts``.
        name: The method.
        given: Valid arguments.
        tried: The arguments to replace by wrong values, with the indexes or a test of valid ones.
    """

    of: str
    name: str
    given: dict[str, Any]
    tried: dict[str, Callable[[Any], bool]]


def one_of(*values: object) -> Callable[[Any], bool]:
    return lambda value: any(type(value) is type(candidate) and bool(value == candidate) for candidate in values)


def is_flag(value: object) -> bool:
    return isinstance(value, bool | np.bool_)


def is_text(value: object) -> bool:
    return isinstance(value, str)


def is_seconds(value: object) -> bool:
    return value is None or isinstance(value, str | int | float | Decimal | np.integer)


def is_count(value: object) -> bool:
    return value is None or (isinstance(value, int | np.integer) and not isinstance(value, bool))


NEVER = one_of()
NONE = one_of(None)
KEEP = one_of((), [])
ROW = one_of(0, 3, np.int64(3), Decimal(2))
POSITION = one_of(None, 0, -1, 3, np.int64(3))


def is_range(value: object) -> bool:
    return isinstance(value, range)


def is_ids(value: object) -> bool:
    return value is None or isinstance(value, list | tuple | set | np.ndarray | pd.Series)


def is_path(value: object) -> bool:
    return isinstance(value, str | Path)


TEXT = dingnb.text("hi")
VERBS = (
    Verb(
        "dingnb",
        "connect",
        {"target": "sandbox", "clock": VirtualClock()},
        {
            "target": NEVER,
            "limits": NEVER,
            "timeouts": NONE,
            "cards": NONE,
            "token_endpoint": NEVER,
            "clock": NONE,
            **dict.fromkeys(["repeat_after_s", "outage_patience_s", "ban_pause_s"], is_seconds),
            "users": lambda value: value is None or value in {0, 3},
            "seed": is_count,
            "failed_share": lambda value: value is None or value == 0,
            **dict.fromkeys(["app_key", "app_secret", "agent_id", "profile", "oapi_base_url", "api_base_url"], NONE),
        },
    ),
    Verb(
        "dingnb",
        "connect",
        {"app_key": "key", "app_secret": "secret", "agent_id": 1, "oapi_base_url": None, "api_base_url": None},
        {
            **dict.fromkeys(["app_key", "app_secret"], is_text),
            "agent_id": one_of(None, 3, "12", "", np.int64(3)),
            "profile": NONE,
            **dict.fromkeys(["oapi_base_url", "api_base_url"], one_of(None, "")),
            **dict.fromkeys(["limits", "token_endpoint"], NEVER),
            **dict.fromkeys(["timeouts", "clock", "cards"], NONE),
            **dict.fromkeys(["users", "seed", "failed_share"], NONE),
        },
    ),
    Verb(
        "ding",
        "call",
        {"path": "/topapi/v2/user/get", "body": {"userid": "manager01"}},
        {"path": NEVER, "body": one_of({"x": 1}), "method": NEVER, "query": one_of(None, {})},
    ),
    Verb("ding", "campaign", {"name": "x"}, {"name": NEVER}),
    Verb(
        "ding",
        "plan",
        {"message": TEXT},
        {
            "frame": NEVER,
            "message": NEVER,
            "to": NEVER,
            "columns": one_of({}, None),
            "key": one_of(None, (), []),
            "exclude": is_ids,
            "refresh": is_flag,
        },
    ),
    Verb(
        "ding",
        "compose",
        {"message": TEXT},
        {
            "frame": lambda value: isinstance(value, pd.DataFrame),
            "message": NONE,
            "to": NONE,
            "columns": one_of({}, None),
            "key": NONE,
            "exclude": lambda value: value is None or isinstance(value, str),
        },
    ),
    Verb("ding", "upload", {"source": PNG}, {"kind": NONE, "name": lambda value: value is None or is_text(value)}),
    Verb(
        "ding",
        "match",
        {
            "frame": pd.DataFrame({"name": ["x"]}),
            "by": "name",
            "people": pd.DataFrame({"userid": ["a"], "name": ["x"]}),
        },
        {"frame": NEVER, "by": NEVER, "people": NONE, "accept": KEEP},
    ),
    Verb(
        "dingnb",
        "read_recipients",
        {"path": Path(__file__).parents[2] / "notebooks" / "data" / "staff.csv", "quiet": True},
        {"path": NEVER, "sheet": NONE, "encoding": one_of(None, ""), "hidden": NONE},
    ),
    Verb("ding", "studio", {}, {"frame": lambda value: value is None or isinstance(value, pd.DataFrame)}),
    Verb("lists", "add", {"name": "left", "ids": ["a"]}, {"name": is_text, "ids": is_ids, "reason": is_text}),
    Verb("lists", "remove", {"name": "left", "ids": ["a"]}, {"name": NEVER, "ids": is_ids}),
    Verb("lists", "drop", {}, {"name": NEVER}),
    Verb("lists", "to_frame", {}, {"name": NONE}),
    Verb("lists", "reasons", {}, {"name": NEVER}),
    Verb(
        "drafts",
        "save",
        {"name": "x", "msgtype": "text", "texts": {"content": "x"}},
        {"name": is_text, "msgtype": NEVER, "texts": one_of({}), "version": is_count},
    ),
    Verb("drafts", "load", {}, {"name": NEVER}),
    Verb("drafts", "drop", {}, {"name": NEVER}),
    Verb(
        "plan",
        "preview",
        {},
        {"label": ROW, "position": POSITION},
    ),
    Verb(
        "plan",
        "test",
        {"userid": "manager01"},
        {
            "userid": lambda value: isinstance(value, str | int | Decimal | np.integer),
            "label": ROW,
            "position": POSITION,
        },
    ),
    Verb(
        "plan",
        "send",
        {"name": "payslip"},
        {
            "name": lambda value: value is None or isinstance(value, str),
            "expect": NONE,
            "changed": NEVER,
            "absent": NEVER,
            "check": is_flag,
            "beyond_quota": is_flag,
            "wait": is_flag,
            "store_content": is_flag,
            "pause_after": lambda value: value is None or (is_count(value) and value > 0),
        },
    ),
    Verb("plan", "forecast", {}, {"name": lambda _value: True}),
    Verb(
        "run",
        "wait",
        {},
        {
            "until": NEVER,
            "check": is_flag,
            "share": lambda value: (
                isinstance(value, int | np.integer) and 0 <= value <= 1 and not isinstance(value, bool)
            ),
            "timeout_s": lambda value: value is None or isinstance(value, int | float | np.integer),
        },
    ),
    Verb("run", "resume", {}, {"wait": lambda value: value is None or is_flag(value), "check": is_flag}),
    Verb("run", "results", {}, {"keep": KEEP}),
    Verb("run", "form", {}, {"keep": lambda value: value is None or KEEP(value)}),
    Verb("run", "export", {}, {"path": is_path}),
    Verb("run", "export", {"path": "out"}, {"status": one_of(""), "text": is_text, "keep": KEEP}),
    Verb(
        "run",
        "report",
        {},
        {"path": lambda value: value is None or isinstance(value, str | Path), "texts": is_flag, "keep": KEEP},
    ),
    # The first valid value of `who` recalls everything; the number is ignored afterwards.
    Verb("run", "recall", {"expect": 4}, {"who": NONE, "expect": lambda value: is_count(value) or is_range(value)}),
    Verb("run", "remind", {"message": TEXT}, {"message": NEVER, "exclude": is_ids, "refresh": is_flag}),
    Verb("run", "resolve", {}, {"how": NONE}),
    Verb("run", "resolve", {"how": "resend"}, {"expect": NEVER, "wait": NEVER}),
    Verb(
        "run",
        "retry",
        {},
        {"expect": lambda value: is_count(value) or is_range(value), "wait": is_flag, "check": is_flag},
    ),
)


@pytest.fixture
def owners(sandbox: RunningSandbox, ding: DingTalk, staff: Callable[..., pd.DataFrame]) -> Iterator[dict[str, Any]]:
    plan = ding.plan(staff(sandbox, 4), TEXT)
    run = plan.send("payslip").wait()
    ding.exclusions.add("left", ["nobody"])
    yield {"dingnb": dingnb, "ding": ding, "plan": plan, "run": run, "lists": ding.exclusions, "drafts": ding.drafts}
    plan.send("payslip")


def problem_with(owner: Any, verb: Verb, argument: str, value: object, frame: pd.DataFrame) -> str:
    """Return the problem with the error for a wrong value; empty if there is none."""
    given = {**({"frame": frame} if verb.name in {"plan", "compose"} else {}), **verb.given, argument: value}
    try:
        getattr(owner, verb.name)(**given)
    except DingError as error:
        return "" if error.what.strip() and error.hint.strip() else f"no hint: {error}"
    except BaseException as error:  # noqa: BLE001 - the test is about these
        return f"{type(error).__name__}: {error}"[:100]
    try:
        return "" if verb.tried[argument](value) else "accepted"
    except Exception:  # noqa: BLE001 - a value that cannot even be compared is not right
        return "accepted"


@pytest.mark.parametrize("verb", VERBS, ids=lambda verb: f"{verb.of}.{verb.name}({','.join(verb.tried)})")
def test_a_wrong_value_raises_an_error_of_dingnb(
    verb: Verb,
    owners: dict[str, Any],
    staff: Callable[..., pd.DataFrame],
    sandbox: RunningSandbox,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    frame = staff(sandbox, 4)
    found = [
        (argument, str(short_repr(value))[:30], answer)
        for argument in verb.tried
        for value in WRONG
        if (answer := problem_with(owners[verb.of], verb, argument, value, frame))
    ]
    assert not found, "\n".join(map(str, found))


def test_arguments_without_a_name_raise_an_error_that_lists_the_names(
    owners: dict[str, Any], sandbox: RunningSandbox, staff: Callable[..., pd.DataFrame]
) -> None:
    ding, plan, run, frame = owners["ding"], owners["plan"], owners["run"], staff(sandbox, 4)
    calls: tuple[tuple[Callable[[], object], str, str], ...] = (
        (lambda: ding.plan(frame, TEXT, "mobile"), "plan(): at most 2, not 3", "to="),
        (lambda: ding.people("A", "B"), "people(): at most 1, not 2", "role="),
        (lambda: plan.send("name", 1204), "send(): at most 1, not 2", "expect="),
        (lambda: plan.test("a", 0, 1), "test(): at most 2, not 3", "position="),
        (lambda: run.recall(None, 261), "recall(): at most 1, not 2", "expect="),
        (lambda: run.retry(3), "retry(): at most 0, not 1", "expect="),
        (lambda: dingnb.card("title", "text", {"yes": "Yes"}), "card(): at most 2, not 3", "buttons="),  # type: ignore[misc]
        (lambda: dingnb.read_recipients("a.xlsx", "Sheet1"), "read_recipients(): at most 1, not 2", "sheet="),  # type: ignore[misc]
    )
    for call, counted, first in calls:
        with pytest.raises(InputError) as caught:
            call()
        assert caught.value.what == f"Too many positional arguments for {counted}."
        assert caught.value.hint.startswith(f"Pass the others by name: {first}")
    assert len(run.results()) == 4


def test_missing_and_unknown_arguments_are_named_with_the_right_ones(
    owners: dict[str, Any], sandbox: RunningSandbox, staff: Callable[..., pd.DataFrame]
) -> None:
    ding, plan, run, frame = owners["ding"], owners["plan"], owners["run"], staff(sandbox, 4)
    calls: tuple[tuple[Callable[[], object], str], ...] = (
        (lambda: ding.plan(frame), "plan() is missing message.\nPass all required arguments: plan(frame, message)."),
        (
            lambda: ding.plan(message=TEXT),
            "plan() is missing frame.\nPass all required arguments: plan(frame, message).",
        ),
        (lambda: ding.match(frame), "match() is missing by.\nPass all required arguments: match(frame, by)."),
        (ding.campaign, "campaign() is missing name.\nPass all required arguments: campaign(name)."),
        (plan.test, "test() is missing userid.\nPass all required arguments: test(userid)."),
        (run.remind, "remind() is missing message.\nPass all required arguments: remind(message)."),
        (
            lambda: dingnb.markdown("title"),
            "markdown() is missing text.\nPass all required arguments: markdown(title, text).",
        ),  # type: ignore[call-arg]
        (
            lambda: dingnb.survey("title", "text"),  # type: ignore[call-arg]
            "survey() is missing fields.\nPass all required arguments: survey(title, text, fields=fields).",
        ),
        (lambda: plan.send("x", chnaged="skip"), "send() has no argument chnaged=. Did you mean changed=?\n"),
        (
            lambda: ding.events.wait(timeout=2),
            "wait() has no argument timeout=. Did you mean timeout_s=?\nIts arguments: type=, timeout_s=",
        ),
        (lambda: ding.exclusions.add("left"), "add() is missing ids.\nPass all required arguments: add(name, ids)."),
        (
            lambda: dingnb.fields.choice("dish", ["Noodles", "Rice"]),  # type: ignore[call-arg, arg-type]
            "choice() is missing options.\nPass all required arguments: choice(name, label, options).",
        ),
        (lambda: run.recall(dry_run=True), "recall() has no argument dry_run=.\nIts arguments: who=, expect="),
    )
    for call, said in calls:
        with pytest.raises(InputError) as caught:
            call()
        assert str(caught.value).startswith(said)
    assert len(run.results()) == 4


def test_every_method_with_named_arguments_explains_them(owners: dict[str, Any]) -> None:
    # These take secrets, or what may contain some.
    are_exempt = {"connect", "login", "receive", "call"}
    ding = owners["ding"]
    of_ding = (ding.events, ding.exclusions, ding.drafts)
    for owner in (ding, *of_ding, owners["plan"], owners["run"], dingnb):
        for name in set(dir(owner)) - are_exempt:
            member = getattr(owner, name)
            if not (inspect.ismethod(member) or inspect.isfunction(member)) or name.startswith("_"):
                continue
            if any(
                parameter.kind is parameter.KEYWORD_ONLY for parameter in inspect.signature(member).parameters.values()
            ):
                with pytest.raises(InputError, match=rf"Too many positional arguments for {name}\(\)"):
                    member(*[None] * 9)
