"""The studio in every host, and the effect of a reload, a kill and a closed page."""

import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from playwright.sync_api import Locator, Page, expect

from dingnb.sandbox import RunningSandbox
from dingnb.words import Language, say
from tests.browser.forms.actions import FORM, Person, delivered, expect_delivered, sent_counts, staff
from tests.browser.forms.layout import record_defects
from tests.browser.pages import run_cell, save, show
from tests.tiers import LOOKS
from tools.hosts import Host, Theme

NAME = "studio.ipynb"
ANSWER_S = 5


class Guest(Person):
    """A user of the studio."""

    def upload(self, path: Path) -> None:
        """Choose a file, and wait until its columns are shown."""
        with self.page.expect_file_chooser() as chooser:
            name = f"{say('studio.upload')} ({say('studio.upload_kinds')})"
            self.form.get_by_role("button", name=name, exact=True).click()
        chooser.value.set_files(path)
        expect(self.form.get_by_role("combobox", name=say("compose.userid"))).to_be_visible()

    def start(self) -> None:
        """Begin a campaign from the home page."""
        self.button("studio.new").click()
        self.expect_step("recipients")

    def start_with_list(self) -> None:
        """Begin with the list of the notebook; the home page comes first if other tests left a campaign unfinished."""
        at_home = self.button("studio.new")
        expect(at_home.or_(self._next("message")).first).to_be_visible()
        if at_home.is_visible():
            self.start()

    def view(self, name: str) -> None:
        """Open a campaign from the home page."""
        self.form.get_by_role("button", name=name).first.click()
        self.expect_step("results")

    def go_on(self, step: str) -> None:
        """Go on to a step, and wait until it is open."""
        # A note that appears while a list is read would move the button from under the mouse.
        self._next(step).press("Enter")
        self.expect_step(step)

    def _next(self, step: str) -> Locator:
        return self.form.get_by_role("button", name=say("studio.next", name=say(f"studio.{step}")))

    def open(self, step: str) -> None:
        """Press the name of a step."""
        self.form.get_by_role("button", name=re.compile(rf"^\d\. {re.escape(say(f'studio.{step}'))}$")).click()

    def expect_step(self, step: str) -> None:
        number = ("recipients", "message", "check", "send", "results").index(step) + 1
        expect(self.status(say("studio.step_of", n=number, name=say(f"studio.{step}")))).to_be_visible()

    def write_and_check(self, title: str, text: str) -> None:
        """Write a message in its step, and wait until its check is over."""
        self.write(title, text)
        self.show_next()
        # Letters that arrive later start another check, during which the next step is refused.
        expect(self.preview).not_to_contain_text("{{")
        expect(self.preview).to_contain_text(text.rpartition("}}")[2].strip())
        self.go_on("check")
        expect(self.form.get_by_text(say("plan.people"), exact=True)).to_be_visible()

    def send_to(self, people: int) -> None:
        """Send in the send step, and wait until it has started."""
        self.send(people)
        expect(self.form.get_by_role("progressbar").first).to_be_visible()

    def expect_everybody_sent(self) -> None:
        self.expect_finished()


def cell(*before: str, language: Language = "en", frame: str = "") -> str:
    return "\n".join(
        ["import dingnb", f"dingnb.set_language({language!r})", *before, f"form = dingnb.studio({frame})", "form"]
    )


def write_list(folder: Path, people: dict[str, list[object]]) -> Path:
    path = folder / "staff.csv"
    rows = zip(people["userid"], people["name"], strict=True)
    path.write_text("userid,姓名\n" + "".join(f"{userid},{name}\n" for userid, name in rows), encoding="utf-8")
    return path


COVERED = """form => {
    const footer = form.querySelector('.dn-confirm').getBoundingClientRect()
    return Array.from(form.querySelectorAll('.dn-section:has(+ .dn-confirm) > *')).filter(part => {
        const box = part.getBoundingClientRect()
        return box.height > 0 && box.bottom > footer.top + 1 && box.top < footer.bottom - 1
    }).map(part => part.innerText)
}"""
"""Returns what the footer of the send step covers of the parts above it."""


def test_the_footer_covers_neither_the_name_nor_what_is_said_about_it(
    page: Page, voila: Host, sandbox: RunningSandbox, tmp_path: Path
) -> None:
    people = staff(sandbox, 72, 80)
    show(page, voila, NAME, cell())
    guest = Guest(page)
    guest.start()
    guest.upload(write_list(tmp_path, people))
    guest.go_on("message")
    guest.write_and_check("Footer", "Hi {{ name }}")
    guest.go_on("send")
    name = guest.form.get_by_role("textbox", name=say("plan_form.name"))
    first_name, covered = name.input_value(), []
    for width, height in ((1280, 610), (1280, 757), (480, 757), (700, 757)):
        page.set_viewport_size({"width": width, "height": height})
        for scrolled in range(0, 600, 40):
            page.evaluate(f"scrollTo(0, {scrolled})")
            covered += guest.form.evaluate(COVERED)
    assert covered == []
    guest.send_to(len(people["userid"]))
    guest.expect_everybody_sent()
    guest.expect_step("results")
    guest.open("message")
    guest.write_and_check("Footer", "Hi {{ name }} again")
    guest.go_on("send")
    name.fill(first_name)
    expect(guest.form.get_by_text(say("plan_form.continues", name=first_name))).to_be_visible()
    for width, height in ((480, 770), (480, 840), (700, 770), (700, 840)):
        page.set_viewport_size({"width": width, "height": height})
        for scrolled in range(0, 600, 40):
            page.evaluate(f"scrollTo(0, {scrolled})")
            covered += guest.form.evaluate(COVERED)
    assert covered == []


FOCUS = """form => {
    const scrolled = [...document.querySelectorAll('*')].filter(one => one.contains(form)
        && one.scrollHeight > one.clientHeight + 1 && getComputedStyle(one).overflowY === 'auto').pop()
    // A page that fits into the window does not scroll.
    const range = scrolled ? scrolled.scrollHeight - scrolled.clientHeight : 1
    const covered = []
    const reachable = form.querySelectorAll('input, textarea, select, button, a, summary, [tabindex]')
    for (const one of reachable) {
        if (!one.offsetParent || one.closest('.dn-footer')) continue
        for (let top = 0; top < range; top += 40) {
            one.blur()
            if (scrolled) scrolled.scrollTop = top
            one.focus()
            const { top: y, bottom, left, right } = one.getBoundingClientRect()
            // Of a text, its first line, where the caret is.
            const box = { top: y, bottom: one.tagName === 'TEXTAREA' ? y + 28 : bottom, left, right }
            for (const bar of form.querySelectorAll('.dn-footer, .dn-sticky')) {
                const other = bar.getBoundingClientRect()
                if (document.activeElement === one && box.bottom > other.top + 1 && box.top < other.bottom - 1
                    && box.right > other.left && box.left < other.right) {
                    covered.push(one.innerText || one.placeholder || one.tagName)
                }
            }
        }
    }
    return covered
}"""
"""Returns what is covered by a bar that stays in view while it has the focus, wherever the page was scrolled to."""


def expect_next_in_view(guest: Guest, step: str) -> Locator:
    """Expect the button that goes on to a step to be in view on a laptop, and return it."""
    guest.page.set_viewport_size({"width": 1440, "height": 800})
    # A click would scroll by itself.
    guest.page.locator(".dn-path").evaluate("path => path.scrollIntoView()")
    following = guest._next(step)
    expect(following).to_be_in_viewport(ratio=1)
    return following


def expect_outcome_of_test_in_view(guest: Guest, userid: str) -> None:
    """Send a test with a button that is as low as it can be clicked: its outcome is above the footer."""
    guest.page.set_viewport_size({"width": 1280, "height": 720})
    button = guest.button("plan_form.send_test")
    button.evaluate("one => { one.style.scrollMarginBottom = '90px'; one.scrollIntoView({ block: 'end' }) }")
    button.evaluate("one => { one.style.scrollMarginBottom = '' }")
    guest.test_to(userid)
    notice = guest.status("Test to").bounding_box()
    footer = guest.page.locator(".dn-footer:visible").last.bounding_box()
    assert notice
    assert footer
    assert notice["y"] + notice["height"] <= footer["y"]


@pytest.mark.parametrize("name", ["voila", "lab"])
def test_what_has_the_focus_or_comes_next_is_in_view_and_not_covered(
    page: Page, sandbox: RunningSandbox, tmp_path: Path, request: pytest.FixtureRequest, name: str
) -> None:
    low = {"width": 1280, "height": 620}
    page.set_viewport_size(low)
    show(page, request.getfixturevalue(name), NAME, cell())
    guest = Guest(page)
    guest.start()
    people = staff(sandbox, 88, 100)
    path = tmp_path / "staff.csv"
    rows = zip(people["userid"], people["name"], strict=True)
    path.write_text("工号,姓名\n" + "".join(f"{userid},{name}\n" for userid, name in rows), encoding="utf-8")
    guest.upload(path)
    guest._next("message").click()
    expect(guest.alert("")).to_be_visible()
    covered = {"recipients": guest.form.evaluate(FOCUS)}
    guest.form.get_by_role("combobox", name=say("compose.userid"), exact=True).select_option(label="工号")
    expect(guest.alert("")).to_have_count(0)
    expect_next_in_view(guest, "message").click()
    guest.expect_step("message")
    page.set_viewport_size(low)
    covered["message"] = guest.form.evaluate(FOCUS)
    guest.form.evaluate("form => { form.closest('.jp-WindowedPanel-outer, .lm-BoxPanel-child').scrollTop = 0 }")
    text = guest.field("field.markdown.text")
    text.evaluate("text => text.focus({ preventScroll: true })")
    page.keyboard.type("Hi\n" * 5)
    line_px, above, footer = 20, text.bounding_box(), page.locator(".dn-footer").bounding_box()
    assert above
    assert footer
    assert above["y"] + 6 * line_px < footer["y"]
    text.fill("")

    following = expect_next_in_view(guest, "check")
    expect(guest.preview).to_be_in_viewport(ratio=1)
    following.click()
    expect(guest.alert("Fill in")).to_be_in_viewport(ratio=1)
    page.set_viewport_size(low)
    guest.write_and_check("Focus", "Hi {{ name }}")
    covered["check"] = guest.form.evaluate(FOCUS)
    expect_outcome_of_test_in_view(guest, str(people["userid"][0]))
    page.set_viewport_size(low)
    guest.go_on("send")
    covered["send"] = guest.form.evaluate(FOCUS)
    assert covered == {"recipients": [], "message": [], "check": [], "send": []}


OVERLAPPED = """form => {
    const phone = form.querySelector('.dn-handset').getBoundingClientRect()
    return [...form.querySelectorAll('.dn-page :is(button, input, select, textarea, a), .dn-page .dn-details')]
        .filter(one => one.offsetParent)
        .filter(one => {
            const box = one.getBoundingClientRect()
            return box.right > phone.left + 1 && box.left < phone.right - 1
                && box.bottom > phone.top + 1 && box.top < phone.bottom - 1
        }).map(one => one.className)
}"""
"""Returns what is below the phone, or above it, on the page."""


def test_the_phone_covers_neither_controls_nor_details_at_any_width(
    page: Page, voila: Host, sandbox: RunningSandbox, tmp_path: Path
) -> None:
    show(page, voila, NAME, cell())
    guest = Guest(page)
    people = staff(sandbox, 104, 108)
    guest.start()
    guest.upload(write_list(tmp_path, people))
    guest.go_on("message")
    guest.write_and_check("Phone", "Hi {{ name }}")
    guest.go_on("send")
    guest.send_to(len(people["userid"]))
    guest.expect_step("results")
    guest.form.locator(".dn-select-table select").select_option(index=1)
    details = page.locator(".dn-details")
    expect(details).to_be_visible()
    guest.button("studio.phone_show").first.click()
    expect(page.frame_locator(".dn-handset iframe").locator("h1")).to_be_visible()
    links = [guest.button(key).element_handle() for key in ("studio.to_home", "studio.phone_hide")]
    for width in (480, 540, 580, 620, 720, 800, 883, 960, 1280, 1600):
        page.set_viewport_size({"width": width, "height": 800})
        # At once, since the page may move in between.
        tops = page.evaluate("links => links.map(link => link.getBoundingClientRect().top)", links)
        assert len(set(tops)) == 1, (width, tops)
        for scrolled in range(0, 1600, 400):
            page.locator(".dn-page").evaluate(
                "(one, top) => { for (let at = one; at; at = at.parentElement) at.scrollTop = top }", scrolled
            )
            assert guest.form.evaluate(OVERLAPPED) == [], (width, scrolled)
    page.set_viewport_size({"width": 800, "height": 900})
    phone = page.locator(".dn-handset")
    guest.button("studio.phone_hide").click()
    expect(phone).to_be_hidden()
    expect(guest.button("studio.phone_show")).to_be_focused()


@pytest.mark.parametrize(("language", "theme"), LOOKS)
def test_every_step_is_accessible(
    page: Page,
    sandbox: RunningSandbox,
    tmp_path: Path,
    themed: Host,
    language: Language,
    theme: Theme,
) -> None:
    people = staff(sandbox, 40, 52)
    # A button that becomes plain would fade while its contrast is measured.
    page.emulate_media(reduced_motion="reduce")
    show(page, themed, NAME, cell(language=language))
    guest = Guest(page, language)
    drawn = guest.form.first.evaluate("form => getComputedStyle(form).colorScheme")
    assert (drawn == "dark") == (theme == "dark")
    problems: list[str] = []
    record_defects(page, problems, "home")
    for name in ("settings", "app_help"):
        guest.button(f"{name}.open").click()
        expect(guest.form.get_by_role("heading", name=say(f"{name}.title"), exact=True)).to_be_visible()
        record_defects(page, problems, name)
    guest.form.get_by_role("button", name=say("studio.resume", name=say("studio.home"))).click()
    guest.start()
    guest.upload(write_list(tmp_path, people))
    record_defects(page, problems, "recipients")
    guest.go_on("message")
    guest.write_and_check(f"Everybody {language}", "Hi {{ name }}")
    record_defects(page, problems, "check")
    guest.go_on("send")
    record_defects(page, problems, "send")
    guest.send_to(len(people["userid"]))
    guest.expect_everybody_sent()
    guest.expect_step("results")
    record_defects(page, problems, "results")
    guest.button("studio.to_home").click()
    expect(guest.button("studio.copy").first).to_be_visible()
    record_defects(page, problems, "campaigns")
    assert problems == []


@pytest.fixture
def slow(sandbox: RunningSandbox) -> Iterator[RunningSandbox]:
    """Slow down sends, so that a page reloads before a hundred are done."""
    sandbox.state.faults.add("delay", path="/asyncsend_v2", delay_s=ANSWER_S)
    yield sandbox
    sandbox.state.faults.clear()


def test_a_reload_while_sending_loses_nothing(page: Page, lab: Host, slow: RunningSandbox) -> None:
    sandbox = slow
    people = staff(sandbox, 60, 160)
    show(page, lab, NAME, cell("import pandas as pd", f"staff = pd.DataFrame({people!r})", frame="staff"))
    guest = Guest(page)
    guest.start_with_list()
    guest.go_on("message")
    guest.write_and_check("A reload", "Hi {{ name }}")
    guest.go_on("send")
    save(page, lab, NAME)
    guest.send_to(len(people["userid"]))
    page.reload()
    guest.expect_step("send")
    guest.button("run.stop").click()
    expect(guest.button("run.resume")).to_be_visible()
    assert len(sent_counts(sandbox, "A reload")) < len(people["userid"])
    sandbox.state.faults.clear()
    # The results open when sending stops.
    guest.expect_step("results")
    page.reload()
    guest.expect_step("results")
    guest.button("run.resume").click()
    guest.expect_everybody_sent()
    expect_delivered(page, sandbox, "A reload", people["userid"])


def test_a_kernel_killed_while_sending_is_resumed_by_the_form(
    page: Page, voila: Host, sandbox: RunningSandbox, tmp_path: Path
) -> None:
    people = staff(sandbox, 170, 260)
    # Near midnight, a call with unknown outcome would be left for a decision.
    show(page, voila, NAME, cell("from dingnb.calls import days", "days.MIDNIGHT_MARGIN_S = 0"))
    guest = Guest(page)
    guest.start()
    guest.upload(write_list(tmp_path, people))
    guest.go_on("message")
    guest.write_and_check("A kill", "Hi {{ name }}")
    guest.go_on("send")
    guest.send_to(len(people["userid"]))
    page.wait_for_timeout(1_000)
    for kernel in kernels(voila):
        os.kill(kernel, signal.SIGKILL)
    stopped_at = len(delivered(sandbox, "A kill"))
    assert stopped_at < len(people["userid"])

    page.reload()
    expect(guest.status(say("studio.state_interrupted"))).to_be_visible()
    guest.view("a-kill")
    guest.button("run.resume").click()
    guest.expect_everybody_sent()
    expect_delivered(page, sandbox, "A kill", people["userid"])


def test_a_saved_notebook_reads_without_a_kernel(page: Page, lab: Host, sandbox: RunningSandbox) -> None:
    people = staff(sandbox, 270, 280)
    show(page, lab, NAME, cell("import pandas as pd", f"staff = pd.DataFrame({people!r})", frame="staff"), "form")
    guest = Guest(page)
    guest.form = page.locator(FORM).first
    guest.start_with_list()
    guest.go_on("message")
    guest.write_and_check("A report", "Hi {{ name }}")
    guest.go_on("send")
    guest.send_to(len(people["userid"]))
    guest.expect_everybody_sent()
    run_cell(page, 2)
    saved = save(page, lab, NAME)
    assert sandbox.settings.app_key not in saved
    assert sandbox.settings.app_secret not in saved
    # A copy from another user: it is not trusted here, and no kernel has its widgets.
    (lab.folder / "copy.ipynb").write_text(saved.replace("A report", "A copied report"), encoding="utf-8")
    page.goto(lab.address("copy.ipynb"))
    report = page.locator(".jp-RenderedHTML", has_text="a-report").last
    expect(report).to_contain_text("People10")
    expect(report).to_contain_text("finished")
    expect(page.locator(FORM)).to_have_count(0)


def kernels(host: Host) -> list[int]:
    """Return the processes of a host's kernels."""
    port = int(host.url.rpartition(":")[2])
    (server,) = (
        child
        for child in psutil.Process().children(recursive=True)
        if any(it.status == psutil.CONN_LISTEN and it.laddr.port == port for it in child.net_connections("tcp4"))
    )
    return [child.pid for child in server.children(recursive=True) if "ipykernel" in " ".join(child.cmdline())]
