"""
Takes the opening pictures of the tutorials, in ``notebooks/images/``: ``make diagrams``.

``diagrams.html`` has one figure for each tutorial, under the tutorial's name, in both languages. The pictures are PNG,
since GitHub shows no SVG files in notebooks.
"""

import io
from pathlib import Path

from PIL import Image
from playwright.sync_api import sync_playwright

from dingnb.words import Language
from tools.chromium import FLAGS, chromium

PAGE = Path(__file__).with_name("diagrams.html")
IMAGES = Path(__file__).parents[1] / "notebooks" / "images"
SUFFIXES: dict[Language, str] = {"en": "", "zh": "-zh"}
SCALE = 2
COLOURS = 64


def main() -> int:
    """Take all pictures; return the exit status."""
    IMAGES.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=list(FLAGS))
        page = browser.new_page(device_scale_factor=SCALE)
        page.goto(PAGE.as_uri())
        for language, suffix in SUFFIXES.items():
            page.evaluate("language => document.documentElement.lang = language", language)
            for figure in page.locator("figure").all():
                picture = Image.open(io.BytesIO(figure.screenshot()))
                reduced = picture.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
                reduced.save(IMAGES / f"{figure.get_attribute('id')}{suffix}.png", optimize=True)
        browser.close()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
