"""
Builds the documentation site, in English and Chinese, into ``.docs/html``: ``make docs``.

The English pages are in ``docs/``, the Chinese pages under the same names in ``docs/zh/``; the Chinese edition of
``notebooks/NAME.ipynb`` is ``NAME.zh.ipynb``. The links in pages and notebooks are written for the repository, so that
they work there as well. This program assembles the sources of each language, with the notebooks as tutorials and with
reference pages made from the code's own tables, adapts the links, and runs Sphinx. Every warning is an error; nothing
is fetched.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

from dingnb.testing.kernel import split_notebook_name
from tools.reference_pages import LANGUAGES, Language, write_pages

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
BUILD = ROOT / ".docs"
CHINESE = "zh"

ROOT_PAGES = {"CHANGELOG.md": "changelog.md", "CONTRIBUTING.md": "contributing.md", "SECURITY.md": "security-policy.md"}
"""English pages that have to be at the root of the repository, and their names in the site."""

TUTORIALS = "tutorials"
TUTORIAL_IMAGES = ROOT / "notebooks" / "images"
LINK_WITH_TEXT = re.compile(r"(?<!!)\[(?P<text>[^\]]+)\]\((?P<target>[^)\s]+)\)")
LINK = re.compile(r"(?<=\]\()(?P<target>[^)\s]+)(?=\))")
ATTRIBUTE = re.compile(r"(?P<name>\b(?:src|href)=)\\?\"(?P<target>[^\"\\]+)\\?\"")
LINE_BREAK = re.compile(
    r"(?<=[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef])\n *(?=[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef])"
)
"""A line break between two Chinese characters, which a browser would show as a blank."""

FENCE = re.compile(r"(```.*?^ *```|`[^`\n]*`)", re.DOTALL | re.MULTILINE)


def main(arguments: Sequence[str] | None = None) -> int:
    """Build the site, or check its links to other sites; return the exit status."""
    parser = argparse.ArgumentParser(prog="make docs", description="Build the documentation site.")
    parser.add_argument("--links", action="store_true", help="check the links to other sites, over the network")
    parser.add_argument("--folder", type=Path, default=BUILD, help="where to build it")
    options = parser.parse_args(arguments)
    folder: Path = options.folder
    shutil.rmtree(folder / "source", ignore_errors=True)
    for language in LANGUAGES:
        assemble(folder / "source" / language, language)
    builder = "linkcheck" if options.links else "html"
    if not options.links:
        shutil.rmtree(folder / "html", ignore_errors=True)
    for language in LANGUAGES:
        output = folder / builder if language == "en" else folder / builder / language
        status = run_sphinx(builder, folder / "source" / language, output, folder / "doctrees" / language)
        if status:
            return status
    if not options.links:
        faults = [*find_external_resources(folder / "html"), *find_broken_links(folder / "html")]
        print("\n".join(faults) or f"The site is in {folder / 'html'}; open index.html.")
        return 1 if faults else 0
    return 0


def run_sphinx(builder: str, source: Path, output: Path, doctrees: Path) -> int:
    """Run Sphinx, which reports all warnings and then fails if there were warnings; return its exit status."""
    options = ("-q", "-W", "--keep-going", "-E", "-b", builder, "-d", doctrees)
    command = [sys.executable, "-m", "sphinx", *map(str, (*options, source, output))]
    return subprocess.run(command, cwd=ROOT, check=False).returncode  # noqa: S603 - our own command


def assemble(folder: Path, language: Language) -> None:
    """Write the sources of one language: pages, pictures, tutorials, and what is made from the code."""
    pages = list_pages(language)
    for source, name in pages.items():
        target = folder / name
        target.parent.mkdir(parents=True, exist_ok=True)
        text = source.read_text(encoding="utf-8")
        target.write_text(adapt_page(text, source, PurePosixPath(name), language), encoding="utf-8")
    shutil.copytree(DOCS / "images", folder / "images")
    shutil.copytree(TUTORIAL_IMAGES, folder / TUTORIALS / "images")
    for name in ("_static", "_templates"):
        shutil.copytree(DOCS / name, folder / name)
    shutil.copy(DOCS / "conf.py", folder / "conf.py")
    write_pages(folder / "reference", language)


@cache
def list_pages(language: Language) -> Mapping[Path, str]:
    """Return the pages and notebooks of one language, and their names in the site, as they are at the first call."""
    base = DOCS / CHINESE if language == CHINESE else DOCS
    pages = {path: path.relative_to(base).as_posix() for path in sorted(base.rglob("*.md"))}
    if language != CHINESE:
        pages = {path: name for path, name in pages.items() if not path.is_relative_to(DOCS / CHINESE)}
        pages |= {ROOT / name: target for name, target in ROOT_PAGES.items()}
    editions = {path: split_notebook_name(path) for path in sorted((ROOT / "notebooks").glob("*.ipynb"))}
    return pages | {
        path: f"{TUTORIALS}/{name}.ipynb"
        for path, (name, edition_language) in editions.items()
        if edition_language == language
    }


def adapt_page(text: str, source: Path, name: PurePosixPath, language: Language) -> str:
    """
    Return a page with its links, and the line breaks of Chinese, adapted to the site.

    A link to a page or picture of the site leads to the site, and a link to any other file to the repository. Code is
    unchanged.

    Args:
        text: The page.
        source: The page's file.
        name: The page's name in the site.
        language: The page's language.
    """

    def adapt_target(target: str) -> str:
        return site_link(target, source, name, language)

    def link_to_english_page(found: re.Match[str]) -> str:
        """Return a link of a Chinese page to a page that exists only in English, which Sphinx cannot know."""
        path, hash_sign, anchor = found["target"].partition("#")
        file = linked_file(path, source)
        page = list_pages("en").get(file) if path and "://" not in path else None
        if page is None or file in list_pages(language):
            return found[0]
        address = "../" * len(name.parts) + page.removesuffix(".md") + ".html"
        return f'<a href="{address}{hash_sign}{anchor}">{found["text"]}</a>'

    parts = FENCE.split(text) if source.suffix == ".md" else [text]
    for at in range(0, len(parts), 2):
        if language == CHINESE and source.suffix == ".md":
            parts[at] = LINE_BREAK.sub("", parts[at])
            parts[at] = LINK_WITH_TEXT.sub(link_to_english_page, parts[at])
        parts[at] = LINK.sub(lambda found: adapt_target(found["target"]), parts[at])
        parts[at] = ATTRIBUTE.sub(
            lambda found: found[0].replace(found["target"], adapt_target(found["target"])), parts[at]
        )
    return "".join(parts)


def site_link(target: str, source: Path, name: PurePosixPath, language: Language) -> str:
    """Return the target of a link of a page within the site."""
    path, hash_sign, anchor = target.partition("#")
    if not path or "://" in path or path.startswith(("mailto:", "data:", "@")):
        return target
    file = linked_file(path, source)
    found = list_pages(language).get(file)
    if found is None and file.is_relative_to(DOCS / "images"):
        found = file.relative_to(DOCS).as_posix()
    if found is None and file.is_relative_to(TUTORIAL_IMAGES):
        found = f"{TUTORIALS}/images/{file.name}"
    if found is not None:
        return os.path.relpath(found, name.parent) + hash_sign + anchor
    if not file.is_relative_to(ROOT) or not file.exists():
        return target  # the check of links in tests/test_docs.py names it
    return f"{repository()}/blob/main/{file.relative_to(ROOT).as_posix()}{hash_sign}{anchor}"


def linked_file(path: str, source: Path) -> Path:
    """Return the file to which a path in a page leads."""
    file = Path(os.path.normpath(source.parent / path))
    return file / "README.md" if file.is_dir() else file


def repository() -> str:
    """Return the address of the repository."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return str(project["urls"]["Source"])


def find_external_resources(site: Path) -> list[str]:
    """Return the resources that pages would load from other servers."""
    loading = re.compile(r"<(?:script|link|img|iframe)\b[^>]*?(?:src|href)=\"((?:https?:)?//[^\"]+)")
    return [
        f"{page.relative_to(site)} loads {address}"
        for page in sorted(site.rglob("*.html"))
        for address in loading.findall(page.read_text(encoding="utf-8"))
    ]


def find_broken_links(site: Path) -> list[str]:
    """Return the links between pages that lead nowhere."""
    texts = {page: page.read_text(encoding="utf-8") for page in site.rglob("*.html")}
    faults = []
    for page, text in sorted(texts.items()):
        for target in sorted(set(re.findall(r"<a [^>]*href=\"([^\"]+)\"", text))):
            path, _, anchor = target.partition("#")
            if "://" in target or target.startswith(("mailto:", "data:")) or not path:
                continue
            file = Path(os.path.normpath(page.parent / unquote(path)))
            exists = file in texts or file.is_file()
            if not exists or (anchor and file in texts and f'id="{unquote(anchor)}"' not in texts[file]):
                faults.append(f"{page.relative_to(site)} has a broken link, {target}")
    return faults


if __name__ == "__main__":
    sys.exit(main())
