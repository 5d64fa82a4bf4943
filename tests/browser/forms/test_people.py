"""Recipients in the studio from the directory, and from a list of names that is settled by hand."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from dingnb.sandbox import RunningSandbox
from dingnb.words import count, say
from tests.browser.forms.actions import expect_delivered, staff
from tests.browser.forms.layout import record_defects
from tests.browser.forms.test_studio import Guest, cell
from tests.browser.pages import PageLog, show
from tools.hosts import Host

NAME = "people.ipynb"
DEPARTMENT = "新办公室"
NUMBER = 900
NAMESAKE = "张伟"


@pytest.fixture
def office(sandbox: RunningSandbox) -> Iterator[list[str]]:
    """Give the userids of three people in a department of their own, of whom two have one name."""
    userids = [str(userid) for userid in staff(sandbox, 330, 345)["userid"][:3]]
    sandbox.state.change_department(NUMBER, DEPARTMENT, 1)
    for userid, name in zip(userids, (NAMESAKE, NAMESAKE, "李一心"), strict=True):
        sandbox.state.change_person(userid, {"name": name, "department_ids": [NUMBER]})
    yield userids
    sandbox.state.organisation.restore()


def test_people_of_a_department_and_people_of_a_list_of_names_get_the_message(
    page: Page, voila: Host, sandbox: RunningSandbox, page_log: PageLog, tmp_path: Path, office: list[str]
) -> None:
    show(page, voila, NAME, cell())
    guest = Guest(page)
    problems: list[str] = []

    guest.start()
    guest.button("directory_form.open").click()
    guest.field("directory_form.search").fill(DEPARTMENT)
    guest.form.get_by_role("checkbox", name=re.compile(DEPARTMENT)).check()
    use = guest.form.get_by_role("button", name=say("directory_form.use", people=count("person", len(office))))
    # In the footer, in windows as low as those of laptops.
    page.set_viewport_size({"width": 1280, "height": 720})
    expect(use).to_be_in_viewport()
    page.set_viewport_size({"width": 1200, "height": 900})
    record_defects(page, problems, "directory")
    # The names of columns begin where their texts do.
    align = "them => them.map(one => getComputedStyle(one).textAlign)"
    assert {*guest.form.locator(".dn-item-head.dn-item-person > span").evaluate_all(align)} == {"start"}
    use.click()
    expect(guest.status(say("directory_form.used", people=count("person", len(office))))).to_be_visible()

    path = tmp_path / "names.csv"
    path.write_text(f"姓名,部门\n{NAMESAKE},{DEPARTMENT}\n李一心,{DEPARTMENT}\n欧阳不在,\n", encoding="utf-8")
    with page.expect_file_chooser() as chooser:
        name = f"{say('studio.upload')} ({say('studio.upload_kinds')})"
        guest.form.get_by_role("button", name=name, exact=True).click()
    chooser.value.set_files(path)
    guest.button("names_form.find").click()
    several = say("names_form.unclear", n=1, total=2, result=say("names_form.result_several"))
    expect(guest.status(several)).to_be_visible()
    page.set_viewport_size({"width": 1280, "height": 720})
    expect(guest.form.get_by_role("button", name=say("names_form.use", rows=count("row", 1)))).to_be_in_viewport()
    page.set_viewport_size({"width": 1200, "height": 900})
    record_defects(page, problems, "names")
    page.set_viewport_size({"width": 480, "height": 640})
    earlier, later = (guest.button(f"names_form.{name}").bounding_box() for name in ("earlier", "later"))
    assert earlier is not None
    assert later is not None
    assert later["y"] == earlier["y"]
    page.set_viewport_size({"width": 1200, "height": 900})
    chosen = guest.form.get_by_role("button", name=re.compile(f"{office[1]}$"))
    expect(chosen).to_have_count(1)
    chosen.click()
    expect(guest.form.get_by_text(say("names_form.choices", rows=count("row", 1)))).to_be_visible()
    guest.form.get_by_role("button", name=say("names_form.use", rows=count("row", 2))).click()
    expect(guest.status(say("names_form.used", rows=count("row", 2)))).to_be_visible()
    assert problems == []

    guest.go_on("message")
    guest.write_and_check("Found by name", "Hi")
    guest.go_on("send")
    guest.send_to(2)
    guest.expect_everybody_sent()
    expect_delivered(page, sandbox, "Found by name", office[1:])
    assert page_log.errors == page_log.dialogs == page_log.external_requests == []
