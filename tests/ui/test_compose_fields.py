from pathlib import Path

import pandas as pd
import pytest

import dingnb
from dingnb.client import DingTalk
from dingnb.messages.types import TYPES
from dingnb.ui.app_page.exports import EXPORTS_VARIABLE
from dingnb.ui.compose import fields
from dingnb.ui.compose.field_views import FieldView
from dingnb.ui.compose.fields import FIELD_ORDER, label_of
from dingnb.words import catalogue, in_language


@pytest.mark.parametrize("msgtype", TYPES)
def test_every_field_of_every_type_can_be_typed(msgtype: str) -> None:
    kind = TYPES[msgtype]
    items = {f"{msgtype}.{field.name}": 2 for field in kind.fields if field.kind == "list"}
    shown = {
        place.field.name
        for choice in range(max(len(kind.one_of), 1))
        for place in fields.places(msgtype, choice, items)
    }
    assert shown == {field.name for field in kind.fields if field.kind not in {"list", "object"}}


def test_all_types_are_offered() -> None:
    assert set(FIELD_ORDER) == set(TYPES)


def test_each_field_has_its_own_label() -> None:
    for msgtype, kind in TYPES.items():
        items = {f"{msgtype}.{field.name}": 3 for field in kind.fields if field.kind == "list"}
        for choice in range(max(len(kind.one_of), 1)):
            labels = [label_of(place) for place in fields.places(msgtype, choice, items)]
            assert len(set(labels)) == len(labels), labels
            assert all(labels)


def test_only_one_of_two_alternative_groups_is_shown() -> None:
    one, several = ([place.path for place in fields.places("action_card", choice, {})] for choice in (0, 1))
    assert one == ["title", "markdown", "single_title", "single_url"]
    assert several == ["title", "markdown", "btn_orientation"]
    assert [[field.name for field in fields.list_fields("action_card", choice)] for choice in (0, 1)] == [
        [],
        ["btn_json_list"],
    ]


def test_texts_that_carry_over_are_fields_of_their_type() -> None:
    for names in fields.EQUIVALENT_FIELDS:
        assert {TYPES[msgtype].find(path) is not None for msgtype, path in names.items()} == {True}
    for path in (*fields.INITIAL_TEXTS, *fields.INITIAL_ITEMS, *fields.MULTILINE_FIELDS, *fields.SECONDARY_FIELDS):
        msgtype, _, name = path.partition(".")
        assert TYPES[msgtype].find(name) is not None


def test_a_field_has_an_example_as_placeholder(ding: DingTalk) -> None:
    form = ding.compose(pd.DataFrame({"userid": ["a"]}))
    for msgtype in FIELD_ORDER:
        for place in fields.places(msgtype, 0, {}):
            view = FieldView(form, form.model, place)
            view.render_text("", form.model.state.view, "", sets_text=True)
            if f"hint.{place.field.kind}" in catalogue.translations():
                assert view.input.placeholder.isprintable()
                assert view.input.placeholder


def test_an_example_has_a_column_of_the_list(ding: DingTalk, tmp_path: Path) -> None:
    path = tmp_path / "staff.csv"
    path.write_text("工号,姓名,奖金\n1,Ann,5\n", encoding="utf-8")
    read = ding.compose(dingnb.read_recipients(path))
    assert read.field("text").input.placeholder == "Hi {{ 姓名 }}, …"
    read.model.write("text", "Hi {{ 姓名 }}")
    read.model.write("title", "T")
    assert read.value
    city = ding.compose(pd.DataFrame({"userid": ["a"], "net": [5], "Home town": ["Ulm"]}))
    assert city.field("text").input.placeholder == "Hi {{ Home town }}, …"
    ids = ding.compose(pd.DataFrame({"userid": ["a"], "net": [5]}))
    assert ids.field("text").input.placeholder == "Hi {{ name }}, …"
    with in_language("zh"):
        ids.render()
        assert ids.field("text").input.placeholder == "{{ 姓名 }}，您好……"


def test_an_example_in_the_app_is_no_path_of_its_server(
    ding: DingTalk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    fields_with_files = [("image", "media_id"), ("file", "media_id"), ("voice", "media_id"), ("link", "picUrl")]
    paths = {}
    for folder in ("", str(tmp_path)):
        monkeypatch.setenv(EXPORTS_VARIABLE, folder)
        form = ding.compose(pd.DataFrame({"userid": ["a"]}))
        for msgtype, path in fields_with_files:
            form.model.choose_type(msgtype)
            paths[msgtype, bool(folder)] = form.field(path).input.placeholder
    assert paths["file", False] == "payslips/{{ name }}.pdf"
    assert paths["file", True] == "Choose a file below"
    assert paths["link", True] == "https://…, or choose a picture below"
    assert not any("charts/" in paths[msgtype, True] for msgtype, _ in fields_with_files)
