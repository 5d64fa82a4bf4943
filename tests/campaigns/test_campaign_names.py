from collections.abc import Callable
from itertools import islice
from unicodedata import category

import pandas as pd
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import dingnb
from dingnb.campaigns.campaign_names import MAX_WORDS_WIDTH, numbered_names, suggest_name, suggest_name_of_reminder
from dingnb.campaigns.plan import view_of as view_of_plan
from dingnb.campaigns.sending.recording import check_new_name
from dingnb.client import DingTalk
from dingnb.clock import VirtualClock, seconds_to_ns
from dingnb.errors import InputError
from dingnb.errors.arguments import read_name
from dingnb.messages import Message
from dingnb.sandbox import RunningSandbox
from dingnb.words.visible import width
from tests.table_rows import for_each

Staff = Callable[..., pd.DataFrame]

AT_NS = 1_793_581_200_000_000_000
DAY = "-2026-11-02"
URL = "https://example.com/some/page"


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


@for_each(
    ("message", "words"),
    [
        (dingnb.markdown(title="We move!", text="# All about it"), "we-move"),
        (dingnb.markdown(title="Payslip {{ month }}", text="x"), "payslip"),
        (dingnb.markdown(title="{{ a }}", text="## Hi {{ b }}, **see** [this](https://a.b/c)"), "hi-see-this"),
        (dingnb.markdown(title="搬家通知：{{ city }}", text="x"), "搬家通知"),
        (dingnb.markdown(title="关于2026年春节放假安排及值班人员的通知", text="x"), "关于2026年春节放假安排及值班人"),
        (dingnb.markdown(title="关于{{ name }}本月绩效奖金发放安排的通知", text="x"), "本月绩效奖金发放安排的通知"),
        (dingnb.text("尊敬的{{ name }}，您好：请确认个税信息"), "请确认个税信息"),
        (dingnb.text("{{ name }}，您好"), "您好"),
        (dingnb.text("Don't forget: the office is closed on Friday, all day"), "dont-forget-the-office"),
        (dingnb.text("Bonus for {{ name }}"), "bonus"),
        (dingnb.text("Practice 09:03: team day"), "practice-0903-team-day"),
        (dingnb.text("Lunch at 12:30:00"), "lunch-at-1230"),
        (dingnb.text("To {{ name }}"), "to"),
        (dingnb.text("ＷＥ ｍｏｖｅ"), "we-move"),
        (dingnb.text("हिन्दी संदेश"), "हिन्दी-संदेश"),
        (dingnb.text("A ❤️‍🔥 day, e\u0301te\u0301"), "a-day-été"),
        (dingnb.text("{{ text }}"), "text"),
        (dingnb.text("{% if a %}{{ text }}{% endif %} 🎉 !!"), "text"),
        (dingnb.text(URL), "text"),
        (dingnb.text("{{ name }}，{{ net | money }} 元，{{ day }}"), "text"),
        (dingnb.text(f"年会报名{URL}，请周五前填写"), "年会报名-请周五前填写"),
        (dingnb.text("See https://a.b/{{ id }}/c for it"), "see-for-it"),
        (dingnb.text("请点[报名表](https://a.b/c)填写"), "请点-报名表-填写"),
        (dingnb.markdown(title="{{ name }}的奖金 Your bonus", text="x"), "奖金-your-bonus"),
        (dingnb.text("{{ name }}'s bonus, {{ name }}\u2019s desk"), "bonus-desk"),
        (dingnb.text("{{ name }} says hello"), "says-hello"),
        (dingnb.text("{{ name }}：11 月工资单"), "11月工资单"),
        (dingnb.text("楼 12\u3000号、A 座 3 层\n2 楼"), "楼12号-a-座3层-2楼"),
        (dingnb.text("共 {{ n }} 人"), "共-人"),
        (dingnb.text("第 2{{ n }}期"), "第2-期"),
        (dingnb.text("x" * 50), "x" * 30),
        (dingnb.text("Dr " + "x" * 50), "dr"),
        (dingnb.link("Menu of the week", "text", URL, "@lALOACZwe2Rk"), "menu-of-the-week"),
        (dingnb.image("@lADOdvRYes0CbM0CbA"), "picture"),
    ],
)  # fmt: skip
def test_the_name_is_the_first_words_and_the_day(message: Message, words: str) -> None:
    assert suggest_name(message, AT_NS) == words + DAY


def test_a_message_without_words_is_named_after_its_type_in_the_language_in_use() -> None:
    dingnb.set_language("zh")
    assert suggest_name(dingnb.image("@lADOdvRYes0CbM0CbA"), AT_NS) == f"图片{DAY}"
    assert suggest_name(dingnb.text("{{ text }}"), AT_NS) == f"文本{DAY}"


def test_a_suggested_name_of_a_reminder_is_short_enough_even_with_a_number() -> None:
    for name in islice(numbered_names(suggest_name_of_reminder("x" * 91 + "-reminder")), 20):
        check_new_name(name)


def test_a_suggested_name_of_a_reminder_does_not_end_within_an_emoji() -> None:
    for length in range(76, 82):
        name = suggest_name_of_reminder("x" * length + "\U0001f469\u200d\U0001f4bb ok")
        assert read_name(name, "send.bad_name") == name


def test_a_suggestion_is_never_the_name_of_a_campaign_with_another_message(ding: DingTalk) -> None:
    frame = pd.DataFrame({"userid": ["manager01", "manager02"], "n": [1, 2]})

    def suggested(text: str, **keywords: str) -> str:
        return view_of_plan(ding.plan(frame, dingnb.markdown("Team day", text), **keywords)).suggested_name()

    first = suggested("Number {{ n }}")
    ding.plan(frame, dingnb.markdown("Team day", "Number {{ n }}")).send(first)
    second = suggested("Another text")
    ding.plan(frame, dingnb.markdown("Team day", "Another text")).send(second)
    assert (first, second, suggested("A third one")) == tuple(f"team-day{DAY}{end}" for end in ("", "-2", "-3"))
    # The same message is the same campaign: running a cell again sends nothing twice.
    assert suggested("Number {{ n }}") == first
    assert suggested("Another text") == second
    # A campaign without key cannot be continued by a plan with one.
    assert suggested("Number {{ n }}", key="n") == f"team-day{DAY}-3"


def test_an_oa_message_has_its_title_in_its_body() -> None:
    assert suggest_name(dingnb.oa(URL, title="Quarter", content="x", head_text="y"), AT_NS) == f"quarter{DAY}"
    assert suggest_name(dingnb.oa(URL, content="All the figures"), AT_NS) == f"all-the-figures{DAY}"


@given(st.text(min_size=1, max_size=200), st.integers(0, 4_000_000_000))
@example("0\u093a", 1_793_581_200)
def test_any_text_has_a_name_that_can_be_used(text: str, at_s: int) -> None:
    message = Message("text", (("content", "x"),))
    object.__setattr__(message, "content", (("content", text),))
    name = suggest_name(message, at_s * 1_000_000_000)
    assert read_name(name, "send.bad_name") == name == suggest_name(message, at_s * 1_000_000_000)
    words = name[: -len(DAY)]
    assert words
    assert width(words) <= MAX_WORDS_WIDTH
    assert not words.startswith("-")
    # Vowels of some scripts are marks.
    assert all(character.isalnum() or character == "-" or category(character)[0] == "M" for character in words)


def test_the_day_is_beijings_by_the_servers_time(ding: DingTalk, clock: VirtualClock) -> None:
    plan = ding.plan(pd.DataFrame({"userid": ["a"]}), dingnb.text("We move"))
    assert view_of_plan(plan).suggested_name() == "we-move-2026-11-02"
    # From 9 in the morning to a minute before midnight, and past it.
    clock.advance(seconds_to_ns(15 * 3_600 - 60))
    assert view_of_plan(plan).suggested_name() == "we-move-2026-11-02"
    clock.advance(seconds_to_ns(120))
    assert view_of_plan(plan).suggested_name() == "we-move-2026-11-03"
    assert plan.forecast(view_of_plan(plan).suggested_name()).is_new
