"""Texts that mention Python in errors and displays say in forms what to click."""

import re
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

import dingnb
from dingnb.client import DingTalk
from dingnb.clock import VirtualClock
from dingnb.display import Table
from dingnb.sandbox import RunningSandbox
from dingnb.ui.kit import parts
from dingnb.ui.kit.form import DEBOUNCE_NS
from dingnb.words import Language, Text, catalogue, form_variants, pick, say, sentences, set_language
from tests.table_rows import for_each
from tests.ui.results_steps import export, finished_campaign, open_details, opened, type_in
from tests.ui.steps import people, press_send, run_button, type_into, words

PYTHON = re.compile(r"\b(?:run|plan|ding|dingnb)\.\w+|\w+=\S|\b\w+\(\)")
IN_A_CELL = ("cell", "单元格", "code", "代码")
"""Texts without a corresponding button, which refer to a cell or to code."""


def fields_of(template: str) -> dict[str, object]:
    values: dict[str, object] = {"path": "/gettoken", "status": 502, "code": "88", "n": 1_204}
    names = re.findall(r"(?<!{){(\w+)", template)
    # In Chinese, Latin letters would be separated from the text beside them.
    return {name: values.get(name, pick(f"some {name}", "某值")) for name in names}


@for_each("language", ["en", "zh"])
def test_each_form_text_replaces_its_original(language: Language) -> None:
    set_language(language)
    labels = {name: say(words) for name, words in form_variants.LABELS.items()}
    for key, texts in form_variants.TRANSLATIONS.items():
        sentence = key.removeprefix("in_form.")
        fields = fields_of(catalogue.translations()[sentence][0])
        # A value is quoted in Chinese as “值”, without blanks.
        pattern = texts[0] if language == "en" else re.sub(r" ?\{(\w+)!r\} ?", r"“{\1}”", texts[1])
        said = pattern.format(**{**labels, **fields})
        text = Text(sentence, **fields)
        assert text.in_form() == said, key
        blank = "" if said.endswith(("。", "）")) else " "
        assert sentences("Before.", text, "Behind.").in_form() == f"Before. {said}{blank}Behind."
        assert not PYTHON.search(said) or any(word in said for word in IN_A_CELL), key


@for_each("language", ["en", "zh"])
def test_what_to_do_about_an_outcome_and_who_is_not_unread_is_said_in_forms_without_python(language: Language) -> None:
    set_language(language)
    for key, texts in catalogue.translations().items():
        if key == "unread.had_before" or (key.startswith("result.") and key.endswith("_todo")):
            assert not PYTHON.search(Text(key, **fields_of(texts[0])).in_form()), key


@for_each(("language", "quoted"), [("en", "campaign “pay-11”, and"), ("zh", "任务“pay-11”的结果")])
def test_a_campaign_is_quoted_as_text_and_not_as_code(language: Language, quoted: str) -> None:
    set_language(language)
    assert quoted in Text("record.recall_some_first", name="pay-11").in_form()


def test_form_parts_show_form_texts_and_leave_strings_unchanged() -> None:
    hint = Text("result.failed_todo")
    table = Table("What went wrong", ("a",), ((hint,),), "2 more")
    html = parts.tables([table]) + parts.facts([("b", hint)]) + parts.notice("c", hint)
    assert html.count("“Send again” sends it once more.") == 3
    for text in ("Hello {{ name }}", "run.retry()", "text.content"):
        assert parts.shown(text) == text


def test_a_network_error_is_shown_in_a_form_without_paths_and_codes(
    office: RunningSandbox, ding: DingTalk, clock: VirtualClock
) -> None:
    form = ding.plan(people(office, 2), dingnb.text("Hello")).form()
    form.model.wait()
    press_send(form)
    assert form.run_form is not None
    run = form.run_form
    run.model.wait()
    office.state.faults.add("502")
    clock.advance(DEBOUNCE_NS)
    run_button(run, "refresh").click()
    run.model.wait()
    failure = run.model.state.failure
    assert failure is not None
    assert failure.what.in_form().startswith("The answer could not be understood (HTTP 502).")
    assert failure.hint.in_form() == "Nothing has changed: click “Refresh delivery status” again in a while."


def test_refreshing_before_anything_is_accepted_says_so(
    office: RunningSandbox, ding: DingTalk, clock: VirtualClock
) -> None:
    office.state.faults.add("month", path="/asyncsend_v2")
    form = ding.plan(people(office, 2), dingnb.text("Hello")).form()
    form.model.wait()
    press_send(form)
    assert form.run_form is not None
    run = form.run_form
    run.model.wait()
    clock.advance(DEBOUNCE_NS)
    run_button(run, "refresh").click()
    run.model.wait()
    assert "Nothing to refresh: DingTalk has not accepted any message of this campaign yet." in words(run)


@pytest.mark.parametrize(
    ("heading", "row", "rows"), [(None, "row 9", "3, 8"), ("Excel row", "Excel row 9", "Excel row 3, 8")]
)
def test_a_row_is_named_by_the_heading_of_the_row_numbers(ding: DingTalk, heading: str, row: str, rows: str) -> None:
    index = pd.Index([3, 8, 9, 12], name=heading)
    frame = pd.DataFrame({"userid": ["a", "a", "manager01", None], "n": [1, 2, 3, 4]}, index=index)
    form = ding.plan(frame, dingnb.text("{{ n }}")).form()
    assert f"This person appears in 2 rows ({rows}) with different messages." in words(form)
    assert f"Message preview ({row})" in words(form)
    type_into(form.test.row, 12)
    type_into(form.test.recipient, "manager01")
    form.test.send_test.click()
    form.model.wait()
    assert f"Not sent ({row.replace('9', '12')}): This row has no userid." in words(form)


def test_rejected_rows_have_advice_without_python(ding: DingTalk) -> None:
    frame = pd.DataFrame({"userid": ["a", "a", "b"], "n": [1, 2, 3]}, index=[3, 8, 9])
    form = ding.plan(frame, dingnb.text("{{ n }}")).form()
    # A list that has only phone numbers says nothing about userids.
    assert "This person appears in 2 rows (3, 8) with different messages." in words(form)
    assert "choose the column that distinguishes them (“Unique key (several rows per person)”)" in words(form)
    assert not PYTHON.search(words(form))
    type_into(form.test.recipient, "  ")
    form.test.send_test.click()
    assert "Choose a person, or enter a userid" in words(form)


def test_outcomes_have_advice_without_python(
    open_sandbox: Callable[..., RunningSandbox], connect_to: Callable[..., DingTalk]
) -> None:
    office = open_sandbox(failed_share=0.5)
    office.state.faults.add("drop_before", path="/asyncsend_v2", nth=[4, 5, 6, 7, 8])
    form = opened(finished_campaign(connect_to(office), people(office, 15)))
    statuses = form.run.results()["status"].tolist()
    assert {"failed", "unknown"} <= set(statuses)
    seen = "".join(open_details(form, at) for at in range(len(statuses))) + words(form)
    assert not PYTHON.search(seen)
    assert "cell" not in seen
    assert "“Send again” sends it once more." in seen
    assert "choose “Resolve” in the results" in seen


def test_an_export_names_buttons_in_a_form_and_calls_in_code_and_both_find_the_same_rows(
    open_sandbox: Callable[..., RunningSandbox],
    connect_to: Callable[..., DingTalk],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    office = open_sandbox(failed_share=0.5)
    run = finished_campaign(connect_to(office), people(office, 15))
    form = opened(run)
    failed = run.results()["status"].eq("failed").sum()
    type_in(form, "“send again” sends")
    export(form)
    [path] = tmp_path.glob("*.xlsx")
    assert pd.read_excel(path)["What to do"].tolist() == ["“Send again” sends it once more."] * failed
    exec(form.code[form.code.rindex("run.export") :], {"run": run})  # noqa: S102 - the code that the form shows
    assert pd.read_excel(path)["What to do"].tolist() == ["run.retry() sends to this person again."] * failed
    assert len(pd.read_excel(run.export("same.xlsx", text="run.retry() sends"))) == failed
