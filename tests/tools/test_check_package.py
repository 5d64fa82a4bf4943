"""Problems that the package check finds."""

import io
import subprocess
import tarfile
import zipfile
from pathlib import Path

import pytest

from tools import check_package
from tools.check_package import find_wrong_files, find_wrong_links

SOURCE = "https://github.com/dingnb/dingnb"


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a repository with a few files for the check."""
    folder = tmp_path / "checkout"
    for name in ("README.md", "docs/forms.md", "tests/test_one.py", ".gitignore", ".github/idea.yml"):
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch()
    for words in (["init", "--quiet"], ["add", "."]):
        subprocess.run(["git", *words], cwd=folder, check=True)  # noqa: S603, S607 - our own words
    monkeypatch.setattr(check_package, "ROOT", folder)
    return folder


def sdist(folder: Path, *names: str) -> Path:
    path = folder / "dingnb-0.1.0.tar.gz"
    with tarfile.open(path, "w:gz") as archive:
        for name in names:
            archive.addfile(tarfile.TarInfo(f"dingnb-0.1.0/{name}"), io.BytesIO())
    return path


def wheel(folder: Path, description: str) -> Path:
    path = folder / "dingnb-0.1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("dingnb-0.1.0.dist-info/METADATA", f"Name: dingnb\n\n{description}")
    return path


@pytest.mark.usefixtures("checkout")
def test_an_sdist_with_all_but_hidden_files_is_complete(tmp_path: Path) -> None:
    made = ("PKG-INFO", "setup.cfg", "dingnb.egg-info/SOURCES.txt")
    assert find_wrong_files(sdist(tmp_path, "README.md", "docs/forms.md", "tests/test_one.py", *made)) == []


@pytest.mark.usefixtures("checkout")
def test_missing_files_and_files_that_are_not_in_git_are_named(tmp_path: Path) -> None:
    assert find_wrong_files(sdist(tmp_path, "README.md", "docs/forms.md", "notebooks/out/list.csv")) == [
        "dingnb-0.1.0.tar.gz lacks tests/test_one.py",
        "dingnb-0.1.0.tar.gz has notebooks/out/list.csv, which git does not have",
    ]


@pytest.mark.usefixtures("checkout")
def test_links_that_work_anywhere_are_accepted(tmp_path: Path) -> None:
    links = f"[here](#words) [forms]({SOURCE}/blob/v0.1.0/docs/forms.md#theme) [else](https://example.com/x)"
    assert find_wrong_links(wheel(tmp_path, links), SOURCE) == []


@pytest.mark.usefixtures("checkout")
@pytest.mark.parametrize("link", ["docs/forms.md", "http://example.com", f"{SOURCE}/raw/v0.1.0/docs/gone.png"])
def test_a_link_that_breaks_elsewhere_is_named(tmp_path: Path, link: str) -> None:
    (fault,) = find_wrong_links(wheel(tmp_path, f"![it]({link})"), SOURCE)
    assert fault.endswith(f"a dead link, {link}")
