"""A picture that somebody chooses in the form of a message: seen before it is sent, and the very one that arrives."""

from hashlib import sha256
from pathlib import Path

import requests
from PIL import Image
from playwright.sync_api import Page, expect

from dingnb.sandbox import RunningSandbox
from dingnb.words import say
from tests.browser.forms.acts import DELIVERED_WITHIN_S, Person, cell, staff
from tests.browser.forms.layout import look
from tests.browser.pages import PageLog, show
from tools.hosts import Host

NAME = "media.ipynb"


def received(sandbox: RunningSandbox, digest: str) -> list[str]:
    """Return who has a file with a hash, as the sandbox's control API has it."""
    with requests.Session() as http:
        http.trust_env = False
        messages = http.get(f"{sandbox.base_url}/_sandbox/messages", timeout=10).json()
    return [one["userid"] for one in messages for medium in one.get("media", ()) if medium["sha256"] == digest]


def test_a_chosen_picture_is_seen_and_arrives(
    page: Page, voila: Host, sandbox: RunningSandbox, page_log: PageLog, tmp_path: Path
) -> None:
    people = staff(sandbox, 300, 306)
    path = tmp_path / "本周.png"
    Image.new("RGB", (90, 60), "teal").save(path)
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
    assert picture.evaluate("one => [one.naturalWidth, one.naturalHeight]") == [90, 60]
    problems: list[str] = []
    look(page, problems, "chosen")
    assert problems == []

    person.check()
    person.set_name("A picture")
    person.send(len(people["userid"]))
    person.expect_finished()
    digest = sha256(path.read_bytes()).hexdigest()
    for _ in range(DELIVERED_WITHIN_S * 5):
        if len(received(sandbox, digest)) >= len(people["userid"]):
            break
        page.wait_for_timeout(200)
    assert sorted(received(sandbox, digest)) == sorted(map(str, people["userid"]))
    assert page_log.errors == page_log.dialogs == page_log.external_requests == []


def choose(person: Person, path: Path) -> None:
    """Choose a file in the field for a picture."""
    name = f"{say('media.choose_image')} ({say('media.kinds_image')})"
    with person.page.expect_file_chooser() as chooser:
        person.form.get_by_role("button", name=name, exact=True).click()
    chooser.value.set_files(path)
