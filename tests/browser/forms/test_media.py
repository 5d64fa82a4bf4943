"""Pictures and files that are chosen in forms: seen before they are sent, and received by those they are for."""

import re
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

import pytest
import requests
from PIL import Image
from playwright.sync_api import Page, expect

from dingnb.sandbox import RunningSandbox
from dingnb.words import count, say
from tests.browser.forms.actions import DELIVERED_WITHIN_S, Person, cell, staff
from tests.browser.forms.layout import record_defects
from tests.browser.forms.test_studio import Guest, write_list
from tests.browser.forms.test_studio import cell as studio_cell
from tests.browser.pages import PageLog, show
from tools.hosts import Host

NAME = "media.ipynb"


def received(page: Page, sandbox: RunningSandbox, digests: Mapping[str, str]) -> list[tuple[str, str]]:
    """Return who has which of some files, as the sandbox's control API has it, once everybody has one."""
    found: list[tuple[str, str]] = []
    for _ in range(DELIVERED_WITHIN_S * 5):
        with requests.Session() as http:
            http.trust_env = False
            messages = http.get(f"{sandbox.base_url}/_sandbox/messages", timeout=10).json()
        got = [(message["userid"], medium["sha256"]) for message in messages for medium in message.get("media", ())]
        found = sorted(file for file in got if file[1] in digests.values())
        if len(found) >= len(digests):
            break
        page.wait_for_timeout(200)
    return found


def test_a_chosen_picture_is_seen_and_arrives(
    page: Page, voila: Host, sandbox: RunningSandbox, page_log: PageLog, tmp_path: Path
) -> None:
    people = staff(sandbox, 300, 306)
    path = tmp_path / "本周.png"
    Image.new("RGB", (300, 900), "teal").save(path)
    show(page, voila, NAME, cell(people))
    person = Person(page)
    person.choose("image")

    (tmp_path / "page.png").write_text("<!DOCTYPE html><html><body>Please log in</body></html>", encoding="utf-8")
    choose(person, tmp_path / "page.png")
    expect(person.status("'page.png' cannot be sent as a picture")).to_be_visible()
    choose(person, path)
    expect(person.status(path.name)).to_be_visible()
    picture = person.preview.get_by_role("img", name=path.name)
    expect(picture).to_be_visible()
    assert picture.evaluate("one => [one.naturalWidth, one.naturalHeight]") == [300, 900]
    assert picture.evaluate("one => one.width * 3 - one.height") == pytest.approx(0, abs=3)
    # It is seen whole, without scrolling.
    assert person.preview.evaluate("one => one.scrollHeight - one.clientHeight") == 0
    problems: list[str] = []
    record_defects(page, problems, "chosen")
    assert problems == []

    person.check()
    person.set_name("A picture")
    person.send(len(people["userid"]))
    person.expect_finished()
    digests = dict.fromkeys(map(str, people["userid"]), sha256(path.read_bytes()).hexdigest())
    assert received(page, sandbox, digests) == sorted(digests.items())
    assert page_log.errors == page_log.dialogs == page_log.external_requests == []


def test_a_chosen_picture_survives_its_kernel(
    page: Page, voila: Host, sandbox: RunningSandbox, page_log: PageLog, tmp_path: Path
) -> None:
    opening = cell(staff(sandbox, 306, 312))
    path = tmp_path / "本周.png"
    Image.new("RGB", (300, 900), "teal").save(path)
    show(page, voila, NAME, opening)
    person = Person(page)
    person.choose("image")
    choose(person, path)
    expect(person.form.get_by_text("Message saved as a draft at")).to_be_visible()
    # Each opening of a page has its own kernel; the notebook of a user deletes no drafts.
    page.goto(voila.notebook(NAME, opening.partition("for name in")[0] + "form = ding.compose(staff)\nform"))
    person.button("compose.draft_resume").click()
    expect(person.status(path.name)).to_be_visible()
    picture = person.preview.get_by_role("img", name=path.name)
    expect(picture).to_be_visible()
    assert picture.evaluate("one => [one.naturalWidth, one.naturalHeight]") == [300, 900]
    assert page_log.errors == page_log.dialogs == page_log.external_requests == []


def test_a_chosen_picture_is_seen_whole_and_large_enough(
    page: Page, voila: Host, sandbox: RunningSandbox, tmp_path: Path
) -> None:
    path = tmp_path / "chart.png"
    Image.new("RGB", (1200, 800), "teal").save(path)
    show(page, voila, NAME, cell(staff(sandbox, 306, 309)))
    person = Person(page)
    person.choose("image")
    choose(person, path)
    picture = person.preview.get_by_role("img", name=path.name)
    # As wide as on the phone in a narrow window, below the fields; not tiny in a low one, beside them.
    for window, side, more_than in (((480, 640), "width", 300), ((1280, 640), "height", 150)):
        page.set_viewport_size({"width": window[0], "height": window[1]})
        expect(picture).to_be_visible()
        assert picture.evaluate("(one, side) => one.getBoundingClientRect()[side]", side) > more_than
        assert person.preview.evaluate("one => one.scrollHeight - one.clientHeight") == 0


def test_each_person_gets_their_own_file_by_the_studio(
    page: Page, voila: Host, sandbox: RunningSandbox, page_log: PageLog, tmp_path: Path
) -> None:
    people = staff(sandbox, 310, 318)
    *with_file, without = map(str, people["userid"])
    files = {userid: tmp_path / f"payslip_{userid}.pdf" for userid in (*with_file, "nobody")}
    for userid, path in files.items():
        path.write_bytes(f"%PDF-1.7 of {userid}".encode())
    show(page, voila, NAME, studio_cell())
    guest = Guest(page)
    guest.start()
    guest.upload(write_list(tmp_path, people))
    guest.go_on("message")
    name = f"{say('studio_files.choose')} ({say('studio_files.kinds')})"
    offered = guest.form.get_by_role("button", name=name, exact=True)
    # In view beside the preview, also in a low window.
    page.set_viewport_size({"width": 1280, "height": 720})
    for kind in ("image", "voice", "file"):
        guest.choose(kind)
        page.evaluate("scrollTo(0, 0)")
        button, footer = offered.bounding_box(), page.locator(".dn-footer").bounding_box()
        assert button
        assert footer
        assert button["y"] + button["height"] < footer["y"], kind
    page.set_viewport_size({"width": 1200, "height": 900})

    with page.expect_file_chooser() as chooser:
        offered.click()
    chooser.value.set_files(list(files.values()))
    guest.field("studio_files.pattern").fill("payslip_{{ userid }}")
    guest.field("studio_files.pattern").press("Enter")
    expect(guest.status("Nobody matches 1 file: payslip_nobody.pdf")).to_be_visible()
    expect(guest.status("No file matches 1 row")).to_be_visible()
    problems: list[str] = []
    record_defects(page, problems, "matched")
    assert problems == []
    guest.form.get_by_role("button", name=re.compile("^Use these files")).click()
    expect(guest.status(say("studio_files.used", files=count("file", len(with_file))))).to_be_visible()
    expect(guest.preview).to_contain_text(".pdf")

    guest.go_on("check")
    expect(guest.form.get_by_text(f"There is no file 'payslip_{without}.pdf' to send.")).to_be_visible()
    guest.go_on("send")
    guest.send_to(len(with_file))
    guest.expect_everybody_sent()
    digests = {userid: sha256(files[userid].read_bytes()).hexdigest() for userid in with_file}
    assert received(page, sandbox, digests) == sorted(digests.items())
    assert page_log.errors == page_log.dialogs == page_log.external_requests == []


def choose(person: Person, path: Path) -> None:
    """Choose a file in the field for a picture."""
    name = f"{say('compose.media_choose_image')} ({say('compose.media_kinds_image')})"
    with person.page.expect_file_chooser() as chooser:
        person.form.get_by_role("button", name=name, exact=True).click()
    chooser.value.set_files(path)
