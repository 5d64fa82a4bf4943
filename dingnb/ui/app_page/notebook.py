"""The notebook that the app serves: a cell that opens the studio, and metadata with the page's language and theme."""

import json
from collections.abc import Mapping
from pathlib import Path

from dingnb.private_files import write_privately
from dingnb.ui.app_page.settings import load_settings
from dingnb.words import Language, get_language, in_language, say

NOTEBOOK = "dingnb.ipynb"
"""The name of the served file, and of the page."""

HTML_LANGUAGES: Mapping[Language, str] = {"en": "en", "zh": "zh-CN"}
"""The language tags of the page, by which browsers choose the shapes of Chinese characters."""


def title(language: Language) -> str:
    """Return the title of the page."""
    with in_language(language):
        return f"dingnb · {say('studio.home')}"


def write_notebook(folder: Path) -> Path:
    """Write the notebook with the language and theme of the settings, unless it is up to date; return its path."""
    folder.mkdir(exist_ok=True, mode=0o700)
    settings = load_settings()
    language = settings.language or get_language()
    notebook = {
        "cells": [
            {
                "cell_type": "code",
                "execution_count": None,
                "id": "studio",
                "metadata": {},
                "outputs": [],
                "source": "import dingnb\ndingnb.studio()",
            }
        ],
        "metadata": {
            "title": title(language),
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            # The server reads it for each page, before the kernel starts.
            "voila": {"theme": settings.theme},
            "dingnb": {"language": HTML_LANGUAGES[language]},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    path, content = folder / NOTEBOOK, json.dumps(notebook).encode()
    if not path.exists() or path.read_bytes() != content:
        write_privately(path, content)
    return path
