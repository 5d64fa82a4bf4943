"""Both languages have the same pages, the generated pages have all entries, and the API page all public names."""

import inspect
import re
from dataclasses import fields
from pathlib import Path

import dingnb
from dingnb.campaigns.campaign import Campaign
from dingnb.campaigns.plan import Plan
from dingnb.campaigns.status import STATUSES, State
from dingnb.client import DingTalk
from dingnb.errors import code_table
from dingnb.limits import Limits
from dingnb.recipients.exclusions import Exclusions
from tests.docs.pages import CHINESE, DOCS, ROOT, blocks, headings
from tests.table_rows import for_each
from tools import api_page, docs, reference_pages, reference_texts

ENGLISH_ONLY = {"adr", "dingtalk.md", "forms-design.md"}
"""What only developers of dingnb read: facts about DingTalk with their sources, decisions, the design of the forms."""

AT_ROOT = {"CONTRIBUTING.md": "contributing.md", "CHANGELOG.md": "changelog.md"}
DIFFER = {"index.md", "developers.md", "guides.md"}
"""Pages whose blocks differ: they list pages of their own language."""

COLUMN = re.compile(r"`\w+`[^.]*?\((?:str|Int64|int64|boolean|object|float64|datetime64|unordered)", re.DOTALL)
VARIABLE = re.compile(r"\"(DING(?:NB|TALK)_[A-Z_]+)\"")


def english() -> dict[str, Path]:
    """Return the English pages that have a Chinese one, by the name of that."""
    pages = {path.relative_to(DOCS).as_posix(): path for path in DOCS.rglob("*.md") if CHINESE not in path.parents}
    pages = {name: path for name, path in pages.items() if name.partition("/")[0] not in ENGLISH_ONLY}
    return pages | {name: ROOT / source for source, name in AT_ROOT.items()}


def test_each_page_has_one_in_the_other_language() -> None:
    assert {path.relative_to(CHINESE).as_posix() for path in CHINESE.rglob("*.md")} == set(english())


@for_each("name", sorted(english()))
def test_a_page_has_the_same_headings_and_code_in_both_languages(name: str) -> None:
    one, other = english()[name], CHINESE / name
    assert headings(one) == headings(other)
    if name not in DIFFER:
        assert [block.why_not_run for block in blocks(one)] == [block.why_not_run for block in blocks(other)]


@for_each("name", sorted(english()))
def test_a_chinese_page_is_written_in_chinese(name: str) -> None:
    text = re.sub(r"```.*?```|`[^`]*`|\]\([^)]*\)", "", (CHINESE / name).read_text(encoding="utf-8"), flags=re.DOTALL)
    assert len(re.findall(r"[\u4e00-\u9fff]", text)) > len(re.findall(r"[A-Za-z]+", text))


def test_the_api_page_has_every_public_name() -> None:
    listed = {path for section in api_page.SECTIONS for path in section.names}
    assert {f"dingnb.{name}" for name in dingnb.__all__} - listed == {
        "dingnb.DingError",
        "dingnb.IncompleteError",
        "dingnb.InputError",
    }, "errors are on their own page"
    assert "dingnb.errors.exceptions" in (DOCS / "reference" / "errors.md").read_text(encoding="utf-8")
    described = {path for path in listed if inspect.isclass(api_page.find_object(path))}
    assert {cls.__qualname__ for cls in (DingTalk, Plan, Campaign)} <= {
        api_page.find_object(path).__qualname__  # type: ignore[attr-defined]
        for path in described
    }
    members = {
        f"{path}.{name}"
        for path in described
        if path.rpartition(".")[2] in api_page.WITH_MEMBERS
        for name in api_page.list_members(path)
    }
    assert set(api_page.CHINESE) == listed | members


def test_each_frame_of_a_public_method_has_its_columns_with_their_types() -> None:
    for kind in (DingTalk, Plan, Campaign):
        for name in api_page.list_members(f"{kind.__module__}.{kind.__name__}"):
            member = inspect.getattr_static(kind, name)
            if inspect.isfunction(member) and str(member.__annotations__.get("return")).strip('"').endswith(
                "DataFrame"
            ):
                assert COLUMN.search(inspect.getdoc(member) or "") or refers(member), (kind, name)


def refers(member: object) -> bool:
    """Return whether the docstring refers to the columns of another frame."""
    return "rows of" in (inspect.getdoc(member) or "")


def test_each_argument_with_a_unit_says_it() -> None:
    for kind in (DingTalk, Plan, Campaign, Exclusions):
        for name in api_page.list_members(f"{kind.__module__}.{kind.__name__}"):
            member = inspect.getattr_static(kind, name)
            text = inspect.getdoc(member) or ""
            for argument in inspect.signature(member).parameters if inspect.isfunction(member) else ():
                if argument.endswith("_s"):
                    assert re.search(rf"{argument}: [^:]*seconds", text), (kind, name, argument)


def test_the_settings_page_has_all_settings() -> None:
    code = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "dingnb").rglob("*.py"))
    found = set(VARIABLE.findall(code))
    assert found - reference_texts.INTERNAL_VARIABLES <= set(reference_texts.VARIABLES)
    assert set(reference_texts.LIMITS) == {field.name for field in fields(Limits)}
    assert set(reference_texts.SANDBOX_SETTINGS) | {"app_secret", "limits"} == set(reference_pages.sandbox_settings())


def test_the_generated_pages_have_every_entry_in_both_languages(tmp_path: Path) -> None:
    for language in reference_pages.LANGUAGES:
        docs.assemble(tmp_path / language, language)
    for name in reference_pages.PAGES:
        one, other = (tmp_path / language / "reference" / f"{name}.md" for language in reference_pages.LANGUAGES)
        assert headings(one) == headings(other), name
        for made, folder in ((one, DOCS), (other, CHINESE)):
            # What stands in for it in the repository.
            title, *rest = (folder / "reference" / made.name).read_text(encoding="utf-8").splitlines()
            assert made.read_text(encoding="utf-8").splitlines()[0] == title
            assert f"/{name}.html`" in "".join(rest)
            assert f"/{name}.html`" not in made.read_text(encoding="utf-8")
    for language in reference_pages.LANGUAGES:
        folder = tmp_path / language / "reference"
        codes = (folder / "error-codes.md").read_text(encoding="utf-8")
        assert all(f"| `{code}` |" in codes for code in code_table())
        statuses = (folder / "statuses.md").read_text(encoding="utf-8")
        assert all(f"| `{status}` |" in statuses for status in (*STATUSES, *State))
        commands = (folder / "commands.md").read_text(encoding="utf-8")
        assert all(
            f"## dingnb {command}" in commands
            for command in ("demo", "app", "doctor", "ledger", "ledger restore", "sandbox")
        )


def test_links_lead_to_pages_of_the_site_and_others_to_the_repository() -> None:
    howto = DOCS / "howto" / "chart.md"
    text = "[a](../media.md#uploads) [b](../../notebooks/04_events.ipynb) [c](../../tools/docs.py) `[d](x.md)` [e](#f)"
    assert docs.adapt_page(text, howto, docs.PurePosixPath("howto/chart.md"), "en") == (
        "[a](../media.md#uploads) [b](../tutorials/04_events.ipynb) "
        f"[c]({docs.repository()}/blob/main/tools/docs.py) `[d](x.md)` [e](#f)"
    )


def test_tutorials_show_their_pictures_on_the_site(tmp_path: Path) -> None:
    for language in docs.LANGUAGES:
        docs.assemble(tmp_path / language, language)
        for page in sorted((tmp_path / language / docs.TUTORIALS).glob("*.ipynb")):
            shown = re.findall(r"!\[[^\]]*\]\(([^)]+)\)", page.read_text(encoding="utf-8"))
            assert shown, page.name
            assert [picture for picture in shown if not (page.parent / picture).is_file()] == [], page.name


def test_a_chinese_page_links_to_the_english_page_of_what_only_developers_read() -> None:
    page, name = CHINESE / "explanation" / "limits.md", docs.PurePosixPath("explanation/limits.md")
    text = "[a](../../dingtalk.md#media) [b](../media.md) [c](https://example.com/d.md)"
    assert docs.adapt_page(text, page, name, "zh") == (
        '<a href="../../dingtalk.html#media">a</a> [b](../media.md) [c](https://example.com/d.md)'
    )


def test_a_chinese_page_links_to_the_chinese_edition_of_a_notebook() -> None:
    text = "[a](../../notebooks/04_events.zh.ipynb)"
    assert docs.adapt_page(text, CHINESE / "events.md", docs.PurePosixPath("events.md"), "zh") == (
        "[a](tutorials/04_events.ipynb)"
    )


def test_a_line_break_between_chinese_characters_is_not_a_blank() -> None:
    text = "- 一行，\n  又一行\nand English\n```\n码\n码\n```\n\n段落"
    adapted = docs.adapt_page(text, CHINESE / "start.md", docs.PurePosixPath("start.md"), "zh")
    assert adapted == "- 一行，又一行\nand English\n```\n码\n码\n```\n\n段落"


def test_broken_links_of_the_built_site_are_found(tmp_path: Path) -> None:
    (tmp_path / "zh").mkdir()
    (tmp_path / "one.html").write_text('<h1 id="there">1</h1><a href="https://example.com/x.html">x</a>')
    (tmp_path / "zh" / "two.html").write_text(
        '<a href="../one.html#there">1</a><a href="../one.html#gone">2</a><a href="three.html">3</a>'
    )
    assert docs.find_broken_links(tmp_path) == [
        "zh/two.html has a broken link, ../one.html#gone",
        "zh/two.html has a broken link, three.html",
    ]


def test_the_site_has_the_colours_of_displays_in_its_light_and_dark_theme() -> None:
    displays = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "dingnb" / "display").glob("*.py"))
    used = set(re.findall(r"var\((--jp-[\w-]*color\d)", displays))
    assert used == set(re.findall(r"(--jp-[\w-]+): var\(", (DOCS / "_static" / "site.css").read_text(encoding="utf-8")))
