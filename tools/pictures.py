"""
Takes the pictures in ``docs/images/``: ``make pictures``.

The pictures show the forms on the sandbox: one campaign as it is written, checked, sent and refreshed, then a person's
details, events, the home page and the studio. Taking them lasts about seven minutes, since the sandbox is no faster
than DingTalk.
"""

import io
import re
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, FloatRect, Locator, Page, expect, sync_playwright

import dingnb
from dingnb.campaigns.results.result_texts import status_name
from dingnb.words import Language, say
from tools.chromium import FLAGS, chromium, leave_out_fonts
from tools.hosts import Theme, voila
from tools.states.scene import STAFF, TEXT, TITLE

IMAGES = Path(__file__).parents[1] / "docs" / "images"
WIDE, NARROW, HIGH = 1100, 480, 3000
SCALE = 2
COLOURS = 32
MARGIN = 12
"""The width in pixels of the part of the page around a form that a picture includes."""

WAIT_MS = 300_000
SETTLE_MS = 3_000
HALF_SENT = re.compile("4[0-9]")
"""The percentage of a campaign that is sent in its picture."""


@dataclass(frozen=True, slots=True)
class MessageTexts:
    """The texts entered into the form."""

    title: str
    text: str
    name: str


TEXTS: dict[Language, MessageTexts] = {
    "en": MessageTexts(TITLE, TEXT, "bonus-2026-11"),
    "zh": MessageTexts(
        "{{ name }}，奖金通知",
        "**{{ name }}**，您好：\n\n您的奖金 **¥{{ bonus | money }}** 将随本月工资发放。\n\n"
        "> 如有疑问，请联系{{ city }}人事。",
        "奖金通知-2026-11",
    ),
}


def cells(language: Language) -> tuple[str, str]:
    """Return the notebook that is shown, without output about the file."""
    setup = f"""%%capture
import dingnb
dingnb.set_language({language!r})
ding = dingnb.connect("sandbox", failed_share=0.02)
staff = dingnb.read_recipients({str(STAFF)!r})"""
    return setup, "ding.compose(staff)"


class Camera:
    """
    Takes pictures of a page.

    Args:
        page: The page.
        suffix: The suffix of the pictures' names.
    """

    def __init__(self, page: Page, suffix: str = "") -> None:
        self._page = page
        self._suffix = suffix

    def take(self, name: str, first: Locator, last: Locator | None = None) -> None:
        """Take a picture from the top of one section of the form to the bottom of another."""
        self._page.mouse.move(0, 0)
        self._page.evaluate("document.activeElement.blur()")
        top, bottom = first.bounding_box(), (last or first).bounding_box()
        if top is None or bottom is None:
            message = f"{name}: there is nothing to take a picture of"
            raise RuntimeError(message)
        area: FloatRect = {
            "x": top["x"] - MARGIN,
            "y": top["y"] - MARGIN,
            "width": top["width"] + 2 * MARGIN,
            "height": bottom["y"] + bottom["height"] - top["y"] + 2 * MARGIN,
        }
        picture = Image.open(io.BytesIO(self._page.screenshot(clip=area, animations="disabled")))
        # A form needs few colours, which makes the file a third of the size.
        reduced = picture.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
        reduced.save(IMAGES / f"{name}{self._suffix}.png", optimize=True)


@contextmanager
def open_page(
    browser: Browser, name: str, code_cells: Iterable[str], *, theme: Theme = "light", width: int = WIDE
) -> Iterator[Page]:
    """Open a page that runs a notebook with these cells."""
    with tempfile.TemporaryDirectory(prefix="dingnb-pictures-") as folder, voila(Path(folder), {}, theme) as host:
        page = browser.new_page(viewport={"width": width, "height": HIGH}, device_scale_factor=SCALE)
        page.set_default_timeout(WAIT_MS)
        leave_out_fonts(page.context)
        page.goto(host.notebook(name, *code_cells))
        yield page
        page.close()


@contextmanager
def open_form(browser: Browser, theme: Theme, language: Language, width: int = WIDE) -> Iterator[Page]:
    """Open the compose form with a message already written."""
    dingnb.set_language(language)
    with open_page(browser, "form.ipynb", cells(language), theme=theme, width=width) as page:
        write_message(page, TEXTS[language])
        expect(page.get_by_text(say("compose.nothing_sent"))).to_be_visible()
        yield page


def write_message(page: Page, texts: MessageTexts) -> None:
    """Write the title and the text of a message into the form."""
    page.get_by_role("textbox", name=say("field.markdown.title"), exact=True).fill(texts.title)
    page.get_by_role("textbox", name=say("field.markdown.text"), exact=True).fill(texts.text)


def section(page: Page, heading: str) -> Locator:
    """Return the section of the form with this heading, without the surrounding parts."""
    return page.locator(".dn-section").filter(has=page.get_by_role("heading", name=heading, exact=True)).last


def next_step(page: Page) -> Locator:
    """Return the next step, at the lower edge of the form."""
    return page.locator(".dn-footer").locator("visible=true").first


def settle(page: Page) -> None:
    """Wait until the page does not change any more: its parts may follow an action one after the other."""
    before = ""
    while before != (shown := page.locator("body").inner_text()):
        before = shown
        page.wait_for_timeout(SETTLE_MS)


def take_compose(page: Page, camera: Camera, name: str) -> None:
    """Take a picture of the form with the message."""
    camera.take(name, page.locator(".dn-title").first, next_step(page))


def take_campaign(page: Page, camera: Camera, texts: MessageTexts) -> None:
    """Check and send the message, and take pictures on the way."""
    page.get_by_role("button", name=say("compose.check"), exact=True).click()
    checked_list = section(page, say("plan_form.title"))
    checked_list.wait_for()
    camera.take("problems", checked_list, section(page, say("plan_form.problems")))

    page.get_by_role("textbox", name=say("plan_form.name"), exact=True).fill(texts.name)
    sending = section(page, say("plan_form.send_title"))
    send = next_step(page).get_by_role("button")
    people = "".join(filter(str.isdigit, send.inner_text()))
    page.get_by_label(say("form.count", n=int(people)), exact=True).fill(people)
    settle(page)
    expect(sending.get_by_text(say("forecast.new"))).to_be_visible()
    camera.take("send", sending, next_step(page))

    send.click()
    run = section(page, say("run.title", name=texts.name))
    expect(run.get_by_role("progressbar")).to_have_attribute("aria-valuenow", HALF_SENT, timeout=WAIT_MS)
    camera.take("run", run, page.get_by_text(say("results_form.actions_wait")))

    # The results open by themselves. So many people are refreshed by the button only.
    run.get_by_role("button", name=say("run.refresh")).click()
    page.locator(".dn-tiles").get_by_text(status_name("delivered", read=False)).first.wait_for()
    expect(page.get_by_text(say("run.refreshing"))).to_have_count(0, timeout=WAIT_MS)
    settle(page)
    camera.take("results", run, page.get_by_text(say("results_form.reads_when")))


def state_cell(form: str, state: str, language: Language) -> str:
    """Return the cell that makes a state of the gallery, as `box`."""
    return f"""%%capture
import dingnb
from tools.states.{form} import STATES
from tools.states.scene import open_scene
from dingnb.ui.kit.form import stack, style
dingnb.set_language({language!r})
box = stack([style(), dict(STATES)[{state!r}](open_scene())])
box.add_class("dingnb")"""


def take_people(browser: Browser, language: Language, suffix: str) -> None:
    """Take the results of a campaign that some people have read, with the details of a person not reached."""
    dingnb.set_language(language)
    cell = f"""%%capture
import dingnb
from tools.states.results import many, finished_campaign
from tools.states.scene import open_scene
dingnb.set_language({language!r})
run = finished_campaign(open_scene().ding, many(400), "canteen-2026-11")"""
    with open_page(browser, "people.ipynb", (cell, "run.form()")) as page:
        page.locator(".dn-tile", has_text=status_name("filtered", read=None)).click()
        page.get_by_role("row", name=status_name("filtered", read=None)).first.wait_for()
        page.get_by_role("listbox", name=say("results_form.choose")).select_option(index=2)
        page.get_by_role("table", name=say("results_form.calls")).wait_for()
        last = page.get_by_role("row", name=status_name("filtered", read=None)).last
        Camera(page, suffix).take("people", page.locator(".dn-title").first, last)


def take_home(browser: Browser, language: Language, suffix: str) -> None:
    """Take the home page of the studio, with campaigns and a draft."""
    dingnb.set_language(language)
    with open_page(browser, "home.ipynb", (state_cell("studio", "home", language), "box")) as page:
        delete = page.get_by_role("button", name=say("studio.delete"), exact=True)
        delete.wait_for()
        Camera(page, suffix).take("campaigns", page.locator(".dn-head"), delete)


def take_events(browser: Browser, language: Language, suffix: str) -> None:
    """Take the events form with a message that was replied to."""
    dingnb.set_language(language)
    with open_page(browser, "events.ipynb", (state_cell("events", "answered", language), "box")) as page:
        page.get_by_role("button", name=say("events_form.send_reply")).wait_for()
        last = page.get_by_role("button", name=say("events_form.do_delete", n=44))
        Camera(page, suffix).take("events", page.locator(".dn-title").first, last)


def take_studio(browser: Browser, language: Language, suffix: str) -> None:
    """Take the message step of the studio, with a draft."""
    dingnb.set_language(language)
    with open_page(browser, "studio.ipynb", (cells(language)[0], "ding.studio(staff)")) as page:
        page.get_by_role("button", name=say("studio.next", name=say("studio.message"))).click()
        write_message(page, TEXTS[language])
        page.get_by_text(say("studio.draft_saved_unnamed", moment="|").partition("|")[0].strip()).wait_for()
        forward = page.get_by_role("button", name=say("studio.next", name=say("studio.check")))
        Camera(page, suffix).take("studio", page.locator(".dn-head"), forward)


def main() -> int:
    """Take all pictures; return the exit status."""
    IMAGES.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=list(FLAGS))
        with open_form(browser, "dark", "en") as page:
            take_compose(page, Camera(page), "compose-dark")
        with open_form(browser, "light", "en", NARROW) as page:
            take_compose(page, Camera(page), "narrow")
        languages: dict[Language, str] = {"en": "", "zh": "-zh"}
        for language, suffix in languages.items():
            with open_form(browser, "light", language) as page:
                take_compose(page, Camera(page, suffix), "compose")
                take_campaign(page, Camera(page, suffix), TEXTS[language])
            take_people(browser, language, suffix)
            take_events(browser, language, suffix)
            take_home(browser, language, suffix)
            take_studio(browser, language, suffix)
        browser.close()
    for path in sorted(IMAGES.glob("*.png")):
        print(f"{path.stat().st_size / 1_000:6.0f} kB  {path.name}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
