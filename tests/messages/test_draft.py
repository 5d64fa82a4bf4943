from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from dingnb.errors import InputError, MessageError, TemplateError
from dingnb.limits import STANDARD
from dingnb.media import Content
from dingnb.messages import MISSING, file
from dingnb.messages.draft import Draft, DraftView
from dingnb.messages.preview import phone_html
from dingnb.messages.types import TYPES, MessageType
from tests.media.samples import PDF, PNG
from tests.table_rows import for_each
from tests.tiers import examples

ROW: dict[str, object] = {"name": "Ann", "net": 1234.5, "gap": MISSING}
PIECES = st.sampled_from(
    [
        *("{{ name }}", "{{ gap }}", "{{ net | money }}", "{{ nobody }}", "{{", "}}", "{% if name %}", "{% endif %}"),
        *(
            "{{ name | money }}",
            "{{ name.x }}",
            "{#",
            " ",
            "",
            "月",
            "<img src=x onerror=a>",
            "\ud800",
            "\x00",
            "\u202e",
        ),
        *("https://a/b", "javascript:alert(1)", "@id", "FFBBBBBB", "0xFF78C06E", "1", "x" * 6_000, "{{ 1/0 }}"),
    ]
)
TYPED = st.none() | st.lists(PIECES, max_size=3).map("".join)


def seen(msgtype: str, **arguments: object) -> DraftView:
    return Draft(msgtype, arguments).view(ROW, list(ROW))


def drafts_of(kind: MessageType) -> st.SearchStrategy[Draft]:
    fields: dict[str, st.SearchStrategy[Any]] = {
        field.python_name: TYPED
        for field in kind.fields
        if "[]" not in field.name and field.kind not in {"object", "list"}
    }
    for field in kind.fields:
        if field.kind == "list":
            names = [item.python_name for item in kind.items_of(field.name)]
            item = st.fixed_dictionaries({name: TYPED.map(lambda text: text or "") for name in names})
            fields[field.python_name] = st.none() | st.lists(item, max_size=4)
    return st.fixed_dictionaries(fields).map(
        lambda arguments: Draft(kind.name, {name: value for name, value in arguments.items() if value is not None})
    )


class Tags(HTMLParser):
    found: frozenset[str] = frozenset()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found |= {tag, *(name for name, _ in attrs)}


@examples(500)
@given(st.sampled_from(sorted(TYPES)).flatmap(lambda name: drafts_of(TYPES[name])))
def test_any_draft_has_a_preview_and_a_reason_if_invalid(draft: Draft) -> None:
    view = draft.view(ROW, list(ROW))
    try:
        message = draft.message(list(ROW))
    except InputError:
        message = None
    assert view.message == message
    says = [*view.remarks.values(), *([view.problem] if view.problem else [])]
    if message is None:
        event("no message")
        assert view.blank_fields or any(remark.is_error for remark in says)
    else:
        event("a message")
        assert not view.blank_fields
        assert not any(remark.is_error for remark in says)
    is_sent = message is not None and view.failure is None
    assert (view.size is None) == (TYPES[draft.msgtype].is_card and not is_sent)
    tags = Tags()
    html = phone_html(view.client_view)
    html.encode()  # a browser cannot receive a lone surrogate
    tags.feed(html)
    assert not tags.found & {"img", "script", "a", "onerror", "href", "src"}


def test_a_message_is_shown_as_it_would_be_sent() -> None:
    view = seen("markdown", title="Hi {{ name }}", text="{{ net | money }}")
    assert view.texts == {"title": "Hi Ann", "text": "1,234.50"}
    assert view.size == len('{"msgtype":"markdown","markdown":{"title":"Hi Ann","text":"1,234.50"}}')
    assert view.message is not None
    assert (view.failure, view.problem, view.remarks, view.blank_fields) == (None, None, {}, ())


@pytest.mark.parametrize(
    ("typed", "remark"),
    [
        ("Dear {{ na", "is not closed yet"),
        ("｛｛name｝｝, hi", "“｛｛name｝｝” has full-width braces"),
        ("Dear {｛ name ｜ upper ｝}", "Write {{ name | upper }}"),
        ("Paid: ｛｛ 实发（元）｜money（0）｝｝", "Write {{ 实发（元） | money(0) }}"),
        ("Dear {% if name %}", "cannot be read"),
        ("Dear {{ nobody }}", "nobody"),
        ("Dear {{ nmae }}", "Did you mean 'name'|name"),
        ("Dear {{ name | mony }}", "mony"),
    ],
)
def test_an_unfinished_field_is_reported_and_the_others_are_rendered(typed: str, remark: str) -> None:
    view = seen("markdown", title=typed, text="{{ net }}")
    assert view.texts == {"title": typed, "text": "1234.5"}
    assert view.message is None
    assert list(view.remarks) == ["title"]
    assert view.remarks["title"].is_error
    assert any(text in f"{view.remarks['title'].what} {view.remarks['title'].hint}" for text in remark.split("|"))
    assert "1234.5" in view.client_view.html


@for_each(
    ("msgtype", "arguments", "absent"),
    [
        ("markdown", {}, ("title", "text")),
        ("markdown", {"title": " ", "text": "x"}, ("title",)),
        ("action_card", {"markdown": "x", "single_title": "Go"}, ("single_url",)),
        ("action_card", {"markdown": "x", "btn_orientation": "0"}, ("btn_json_list",)),
        (
            "action_card",
            {"markdown": "x", "btn_orientation": "0", "btn_json_list": [{"title": "", "action_url": "https://a/b"}]},
            ("btn_json_list[0].title",),
        ),
        ("oa", {"head_text": "x", "content": "y"}, ("message_url", "head.bgcolor")),
        ("voice", {"source": "@a"}, ("duration",)),
    ],
)
def test_blank_required_fields_are_named(msgtype: str, arguments: dict[str, Any], absent: tuple[str, ...]) -> None:
    view = Draft(msgtype, arguments).view(ROW, list(ROW))
    assert view.blank_fields == absent
    assert view.message is None
    assert view.problem is None


def test_a_field_that_is_too_long_is_an_error_and_advice_is_not() -> None:
    view = seen("text", content="x" * 5_001)
    assert view.remarks["content"].is_error
    assert "5,000" in str(view.remarks["content"].what)
    view = seen("text", content="{{ name }}" * 200)
    assert view.message is not None
    assert not view.remarks["content"].is_error
    assert "500" in str(view.remarks["content"].what)


def test_a_problem_of_the_whole_message_is_reported() -> None:
    view = seen("markdown", title="x", text="月" * 1_000)
    assert view.problem is not None
    assert "2,048" in f"{view.problem.what}{view.problem.hint}"
    assert not any(remark.is_error for remark in view.remarks.values())
    view = seen("oa", message_url="https://a/b", head_bgcolor="FFBBBBBB", head_text="x")
    assert view.problem is not None or view.message is not None


def test_a_row_that_cannot_be_rendered_shows_the_reason_and_the_source() -> None:
    view = seen("markdown", title="Hi {{ name }}", text="{{ gap }}")
    assert view.message is not None
    assert view.failure is not None
    assert "gap" in str(view.failure.reason)
    assert view.size == len('{"msgtype":"markdown","markdown":{"title":"Hi Ann","text":"{{ gap }}"}}')
    assert view.texts == {"title": "Hi Ann", "text": "{{ gap }}"}


def test_a_text_that_no_row_can_render_is_an_error_of_its_field() -> None:
    view = seen("markdown", title="{{ 1 / 0 }}", text="x")
    assert view.message is None
    assert view.remarks["title"].is_error


def test_only_used_values_of_a_row_are_read() -> None:
    class Asked(dict[str, object]):
        def __missing__(self, name: str) -> object:
            raise AssertionError(name)

    view = Draft("text", {"content": "{{ name }}"}).view(Asked(name="Ann"), ["name", "net"])
    assert view.texts == {"content": "Ann"}


def test_an_invalid_draft_raises_the_error_of_its_function() -> None:
    with pytest.raises(TemplateError, match="nobody"):
        Draft("text", {"content": "{{ nobody }}"}).message(["name"])
    with pytest.raises(MessageError, match="title"):
        Draft("markdown", {"text": "x"}).message([])


def test_what_dingtalk_does_not_show_is_noted() -> None:
    assert seen("markdown", title="x", text="| a | b |\n|---|---|\n| 1 | 2 |").client_view.notes
    assert not seen("markdown", title="x", text="plain").client_view.notes


def test_a_lone_surrogate_is_escaped() -> None:
    view = Draft("markdown", {"title": "x", "text": "{{ name }}"}).view({"name": "a\ud800b"}, ["name"])
    assert view.failure is not None
    assert "a\\ud800b" in view.client_view.html


def test_advice_does_not_reject_a_row() -> None:
    view = Draft("text", {"content": "{{ long }}"}).view({"long": "x" * 5_000}, ["long"])
    assert view.failure is not None
    assert "bytes as sent" in str(view.failure.reason)
    assert "advises" in str(view.remarks["content"].what)
    assert view.remarks["content"].is_advice


def test_errors_take_precedence_over_advice() -> None:
    view = Draft("text", {"content": "{{ long }}"}).view({"long": "x" * 501 + "\x00"}, ["long"])
    assert view.failure is not None
    assert "control character" in str(view.failure.reason)
    assert "control character" in str(view.remarks["content"].what)


def test_the_placeholder_of_a_blank_names_its_column() -> None:
    view = Draft("text", {"content": '{{ row["Net pay"] }}'}).view({"Net pay": MISSING}, ["Net pay"])
    assert view.failure is not None
    assert '{{ Net pay | default("…") }}' in str(view.failure.hint)


def test_a_division_by_zero_is_explained_without_python_terms() -> None:
    view = Draft("text", {"content": "{{ 1 / n }}"}).view({"n": 0}, ["n"])
    assert view.failure is not None
    assert str(view.failure.reason) == "The template divides by 0."


def test_a_path_that_is_being_typed_is_told_beside_its_field(tmp_path: Path) -> None:
    path = str(tmp_path / "week.png")
    typed = Draft("link", {"title": "", "pic_url": path}).view(ROW, list(ROW))
    assert str(typed.remarks["picUrl"].what) == f"There is no file {path!r}."
    assert typed.remarks["picUrl"].is_error
    (tmp_path / "week.png").write_bytes(PNG)
    # The picture is shown although the other fields are still missing.
    typed = Draft("link", {"title": "", "pic_url": path}).view(ROW, list(ROW))
    assert (typed.message, dict(typed.remarks)) == (None, {})
    assert 'src="data:image/png;base64,' in typed.client_view.html


def test_a_content_is_shown_and_sent_as_it_is() -> None:
    content = Content.from_bytes(PDF, "file", "payslip.pdf")
    view = Draft("file", {"source": content}).view(ROW, list(ROW))
    assert view.message == file(PDF, name="payslip.pdf")
    assert view.message is not None
    assert view.message.attachments == (content,)
    assert "payslip.pdf" in view.client_view.html
    assert view.texts["media_id"] == content.reference


def test_the_size_has_room_for_the_media_id_as_the_plan_checks_it() -> None:
    content = Content.from_bytes(PNG, "image", "a.png")
    body_without_id = '{"msgtype":"link","link":{"messageUrl":"https://a.b","picUrl":"","title":"T","text":"x"}}'
    fields = {"message_url": "https://a.b", "pic_url": content, "title": "T"}
    smallest = seen("link", **fields, text="x").size
    assert smallest == len(body_without_id) + STANDARD.media_id_bytes
    longest = "x" * (STANDARD.body_bytes - smallest + 1)
    for text, is_refused in ((longest, False), (f"{longest}x", True)):
        view = seen("link", **fields, text="{{ name | replace('Ann', '" + text + "') }}")
        assert (view.failure is not None, view.size) == (is_refused, STANDARD.body_bytes + is_refused)


def test_a_file_of_a_row_is_shown_or_is_why_the_row_gets_nothing(tmp_path: Path) -> None:
    (tmp_path / "Ann.pdf").write_bytes(PDF)
    draft = Draft("file", {"source": "{{ name }}.pdf"}, folder=str(tmp_path))
    assert "Ann.pdf" in draft.view(ROW, list(ROW)).client_view.html
    missing = draft.view({"name": "Bob"}, ["name"])
    assert missing.message is not None
    assert missing.failure is not None
    assert str(missing.failure.reason) == "There is no file 'Bob.pdf' in the folder."
    assert draft.view({"name": "../Ann"}, ["name"]).remarks["media_id"].is_error is False
