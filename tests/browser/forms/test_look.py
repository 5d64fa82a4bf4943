"""Every message type in every language and theme: accessible, and not clipped in a narrow pane."""

from collections.abc import Mapping

import pytest
from playwright.sync_api import Browser, Page, expect

from dingnb.sandbox import RunningSandbox
from dingnb.ui.compose.fields import FIELD_ORDER
from dingnb.ui.kit.parts import Cell, selectable_table
from dingnb.ui.kit.theme import style_sheet
from dingnb.words import Language
from tests.browser.forms.actions import Person, cell, staff
from tests.browser.forms.layout import find_clipped_parts, find_low_contrast, record_defects
from tests.browser.pages import PageLog, show
from tests.tiers import SOAK
from tools.chromium import FLAGS, chromium
from tools.hosts import Host

BADLY_MADE = """
<div class="dingnb" style="width: 300px">
<p style="width: 400px">Too wide</p>
<div style="width: 50px; height: 10px; overflow: hidden">Three lines of words</div>
<input placeholder="pale" style="color: #999; background: #fff"><button disabled style="opacity: .5">seen</button>
</div><style>::placeholder { color: #aaa }</style>
"""
TITLES: Mapping[Language, str] = {"en": "We move", "zh": "搬家通知"}
TEXTS: Mapping[Language, str] = {
    "en": "## Hi {{ name }}\n> Bring **this**\n- [map](https://example.com)\n\n{{ city }}",
    "zh": "## 您好 {{ name }}\n> 请带上**此页**\n- [地图](https://example.com)\n\n{{ city }}",
}


@pytest.mark.parametrize(
    ("language", "theme"),
    [("en", "light"), ("zh", "dark"), *([("en", "dark"), ("zh", "light")] if SOAK else [])],
)
def test_the_forms_are_accessible_in_every_language_and_theme(
    page: Page, themed: Host, sandbox: RunningSandbox, page_log: PageLog, language: Language
) -> None:
    people = staff(sandbox, 0, 24)
    people["userid"][3:6] = ["", "bad id", people["userid"][0]]
    people["city"] = ["", None, *["杭州"] * (len(people["userid"]) - 2)]
    show(page, themed, f"look-{language}.ipynb", cell(people, language=language))
    person = Person(page, language)
    problems: list[str] = []

    types = [message_type for message_type in FIELD_ORDER if message_type not in {"oa", "markdown"}]
    for msgtype in (*types, "oa", "markdown"):
        person.choose(msgtype)
        record_defects(person.page, problems, msgtype)
    person.write(TITLES[language], TEXTS[language])
    person.check()
    record_defects(person.page, problems, "checked")

    person.test_to(sandbox.state.users()[399]["userid"])
    person.send(1)
    expect(person.form.get_by_role("alert")).to_be_visible()
    record_defects(person.page, problems, "refused")

    person.set_name(f"{language} {themed.theme}")
    person.send(person.count())
    person.expect_finished()
    person.button("code.show").click()
    record_defects(person.page, problems, "finished")
    assert problems == []
    assert page_log.errors == page_log.dialogs == page_log.external_requests == []


def test_clipped_and_low_contrast_text_is_detected(page: Page) -> None:
    page.set_content(BADLY_MADE)
    assert [problem.partition(" ")[0] for problem in find_clipped_parts(page)] == ["the", "p.", "div."]
    assert [problem.partition(" h")[0].partition(" i")[0] for problem in find_low_contrast(page)] == [
        "the placeholder “pale”",
        "the disabled “seen”",
        "the disabled “seen”",
    ]


def list_with_table() -> str:
    """Return a page with a table of people, and the list in which one is chosen."""
    cells = [Cell("Recalled", "", "", "undo"), Cell("Why", "What to do")]
    rows = [(f"Person {n}", "0123456789", cells) for n in (1, 2)]
    table = selectable_table("People", ["Person", "Status", "Reason"], rows, ["dn-name", "dn-status", "dn-reason"])
    options = "".join(f"<option>Person {n} · 0123456789</option>" for n in (1, 2))
    return (
        f"<style>.widget-box {{ display: flex }} {style_sheet()}</style><div class='dingnb'>"
        f"<div class='widget-box dn-select-table dn-results'><div class='widget-html'>{table}</div>"
        f"<div class='widget-select'><label class='widget-label'>People</label>"
        f"<select size=2>{options}</select></div></div></div>"
    )


def test_a_list_that_cannot_lie_under_its_table_is_above_it(browser: Browser) -> None:
    with browser.new_context(is_mobile=True, has_touch=True) as context:
        page = context.new_page()
        page.set_content(list_with_table())
        assert page.evaluate("matchMedia('(hover: none)').matches")
        for width in (480, 768, 1280):
            page.set_viewport_size({"width": width, "height": 900})
            above, below = (page.locator(selector).bounding_box() for selector in (".widget-select", "table"))
            assert above is not None
            assert below is not None
            assert above["y"] + above["height"] <= below["y"]
            assert below["width"] > min(width, 1060) * 0.9


def test_in_high_contrast_a_list_is_above_its_table_and_what_is_chosen_is_seen(page: Page) -> None:
    page.emulate_media(forced_colors="active")
    page.set_content(list_with_table())
    rows, table = (page.locator(selector).bounding_box() for selector in ("select", "table"))
    assert rows is not None
    assert table is not None
    assert rows["y"] + rows["height"] <= table["y"]
    tiles = (
        '<button class="jupyter-button dn-tile dn-chosen">1</button><button class="jupyter-button dn-tile">2</button>'
    )
    steps = '<button class="jupyter-button dn-here">3</button><button class="jupyter-button">4</button>'
    form = f'{tiles}<div class="dn-path">{steps}</div>'
    page.set_content(f'<style>{style_sheet()}</style><div class="dingnb">{form}</div>')
    borders = [
        page.get_by_role("button", name=name).evaluate(f"one => getComputedStyle(one).{border}")
        for name, border in (("1", "border"), ("2", "border"), ("3", "borderBottom"), ("4", "borderBottom"))
    ]
    assert borders[0] != borders[1]
    assert borders[2] != borders[3]


def test_in_high_contrast_icons_are_seen(page: Page) -> None:
    page.emulate_media(forced_colors="active")
    classes = (
        *("dn-notice dn-notice-good", "dn-notice dn-notice-warn", "dn-notice dn-notice-bad", "dn-badge dn-badge-bad"),
        *("jupyter-button dn-tile dn-tile-good", "jupyter-button dn-tile dn-icon-letter", "jupyter-button dn-add"),
        *("jupyter-button dn-tool dn-icon-bold", "jupyter-button dn-icon-only dn-icon-up", "dn-about"),
    )
    icons = "".join(f'<div class="{names}" title="{names}">x</div>' for names in classes)
    in_table = '<div class="dn-lines"><span class="dn-icon-letter" title="in a table">x</span></div>'
    ink = '<p style="background: CanvasText">x</p>'
    page.set_content(f'<style>{style_sheet()}</style><div class="dingnb">{icons}{in_table}</div>{ink}')
    seen = page.locator("[title]").evaluate_all(
        "all => all.map(one => [one.title, getComputedStyle(one, '::before').backgroundColor])"
    )
    ink_colour = page.locator("p").evaluate("one => getComputedStyle(one).backgroundColor")
    assert len(seen) == len(classes) + 1
    assert not [name for name, colour in seen if colour != ink_colour]


def test_many_values_of_a_column_take_few_lines(page: Page) -> None:
    tick = '<div class="widget-checkbox"><label><input type="checkbox">Shanghai · 120 rows</label></div>'
    page.set_content(
        f'<style>.widget-box {{ display: flex; flex-direction: column }} {style_sheet()}</style><div class="dingnb">'
        f'<div class="widget-box dn-stack dn-values" role="group" style="width: 600px">{tick * 12}</div></div>'
    )
    tops = page.locator(".widget-checkbox").evaluate_all("all => all.map(one => one.getBoundingClientRect().top)")
    assert len(set(tops)) == 4


def test_in_high_contrast_the_primary_button_stands_out(page: Page) -> None:
    page.emulate_media(forced_colors="active")
    page.set_content(
        f'<style>{style_sheet()}</style><div class="dingnb"><button class="jupyter-button mod-primary">Send</button>'
        '<button class="jupyter-button">Back</button></div>'
    )
    primary, plain = (
        page.get_by_role("button", name=name).evaluate("one => getComputedStyle(one).backgroundColor")
        for name in ("Send", "Back")
    )
    assert primary != plain


def test_a_page_does_not_move_when_the_links_beside_its_title_appear(page: Page) -> None:
    head = '<div class="dn-row dn-head"><div class="widget-html">Title</div><div class="dn-row">{}</div></div>'
    link = '<button class="jupyter-button dn-link">All campaigns</button>'
    page.set_content(f'<style>{style_sheet()}</style><div class="dingnb">{head.format("")}{head.format(link)}</div>')
    without, with_link = page.locator(".dn-head").evaluate_all("all => all.map(one => one.offsetHeight)")
    assert without == with_link


def test_a_focused_field_is_above_the_higher_footer_that_confirms_a_send(page: Page) -> None:
    page.set_viewport_size({"width": 480, "height": 800})
    page.set_content(
        f'<style>{style_sheet()}</style><div class="lm-BoxPanel-child" style="height: 800px; overflow: auto">'
        '<div class="dingnb"><div style="height: 630px"></div><input aria-label="Field" style="height: 32px">'
        '<div style="height: 500px"></div><div class="dn-footer dn-confirm" role="note" style="height: 160px"></div>'
        '<div style="height: 900px"></div></div></div>'
    )
    field, footer = page.get_by_role("textbox"), page.get_by_role("note")
    field.focus()
    above, below = field.bounding_box(), footer.bounding_box()
    assert above is not None
    assert below is not None
    assert above["y"] + above["height"] <= below["y"]


def test_in_a_narrow_window_the_details_are_above_its_lower_edge_though_their_table_begins_there(page: Page) -> None:
    page.set_viewport_size({"width": 480, "height": 900})
    details = (
        '<div class="dn-stack dn-details" role="note"><div class="dn-row dn-details-bar"><button>Next</button></div>'
        '<div style="height: 1200px"></div></div>'
    )
    table = '<div class="dn-stack dn-editor" style="height: 800px"></div>'
    page.set_content(
        f'<style>.dn-stack {{ display: flex; flex-direction: column }} {style_sheet()}</style><div class="dingnb">'
        '<div style="height: 600px"></div><div class="dn-stack dn-section"><div class="dn-stack">'
        f'<div style="height: 230px"></div><div class="dn-columns">{table}{details}</div></div></div>'
        '<div style="height: 900px"></div></div>'
    )
    sheet = page.get_by_role("note")
    box = sheet.bounding_box()
    assert box is not None
    assert box["y"] < 650
    page.get_by_role("button").focus()
    box = sheet.bounding_box()
    assert box is not None
    assert box["height"] == 450
    assert box["y"] + box["height"] <= 900


def test_a_list_lies_under_its_table_where_no_mouse_is_reported(browser: Browser) -> None:
    settings = ("primaryHoverType=1", "availableHoverTypes=1", "primaryPointerType=1", "availablePointerTypes=1")
    flags = [*FLAGS, f"--blink-settings={','.join(settings)}"]
    with browser.browser_type.launch(executable_path=chromium(), args=flags) as remote:
        page = remote.new_page()
        page.set_content(list_with_table())
        assert page.evaluate("matchMedia('(hover: none) and (pointer: none)').matches")
        rows, table = (page.locator(selector).bounding_box() for selector in ("select", "tbody"))
        assert rows is not None
        assert table is not None
        assert abs(rows["y"] - table["y"]) < 3


def test_the_next_step_stays_in_view_unless_the_window_is_low(page: Page) -> None:
    step = '<div class="dn-footer" role="note">Send</div>'
    page.set_content(
        f'<style>{style_sheet()}</style><div class="dingnb"><div style="height: 2000px"></div>{step}'
        '<div style="height: 2000px"></div></div>'
    )
    for height, is_in_view in ((490, False), (900, True)):
        page.set_viewport_size({"width": 780, "height": height})
        box = page.get_by_role("note").bounding_box()
        assert box is not None
        assert (box["y"] < height) == is_in_view


GROUNDS = """() => {
    const ground = name => getComputedStyle(document.querySelector(name)).backgroundColor
    return {
        page: ground('.jp-NotebookPanel'), footer: ground('body .dn-footer'), apart: ground('.dn-apart'),
        tile: ground('.dn-apart .dn-figures > div'), footerApart: ground('.dn-apart .dn-footer'),
    }
}"""


def test_in_a_dark_notebook_footers_have_the_ground_of_the_page_and_tiles_are_seen_in_a_reminder(page: Page) -> None:
    footer = '<div class="dn-footer">Send</div>'
    tiles = '<dl class="dn-facts dn-figures"><div><dt>People</dt><dd>1</dd></div></dl>'
    colours = "--jp-layout-color0: #111; --jp-layout-color1: #212121; --jp-ui-font-color0: #fff"
    form = f'{footer}<div class="dn-card dn-apart">{tiles}{footer}</div>'
    page.set_content(
        f"<style>{style_sheet()}</style>"
        f'<div class="jp-NotebookPanel" style="{colours}; background: #111"><div class="dingnb">{form}</div></div>'
    )
    grounds = page.evaluate(GROUNDS)
    assert grounds["footer"] == grounds["page"]
    assert grounds["footerApart"] == grounds["apart"]
    assert grounds["tile"] != grounds["apart"]


def test_the_check_of_the_studio_has_no_line_below_that_of_the_steps(page: Page) -> None:
    row = '<div class="dn-row dn-footer">Checking</div>'
    page.set_content(
        f'<style>{style_sheet()}</style><div class="dingnb"><div class="dn-stack dn-panel">{row}</div></div>'
    )
    expect(page.locator(".dn-footer")).to_have_css("background-image", "none")
    expect(page.locator(".dn-footer")).to_have_css("position", "static")
