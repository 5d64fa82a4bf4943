"""Makes the description that package indexes show: README.md, whose links there lead to the repository."""

import re
import tomllib
from pathlib import Path

from setuptools import setup

HERE = Path(__file__).parent
LINK = re.compile(r"(?<=\]\()(?!https?://|#)([^)\s]+)(?=\))")
PICTURES = (".png", ".svg")


def description() -> str:
    """Return README.md with absolute links: pictures to their bytes, the rest to the page of this version's tag."""
    project = tomllib.loads((HERE / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    source, tag = project["urls"]["Source"], f"v{project['version']}"

    def absolute(link: re.Match[str]) -> str:
        kind = "raw" if link[1].endswith(PICTURES) else "blob"
        return f"{source}/{kind}/{tag}/{link[1]}"

    return LINK.sub(absolute, (HERE / "README.md").read_text(encoding="utf-8"))


setup(long_description=description(), long_description_content_type="text/markdown")
