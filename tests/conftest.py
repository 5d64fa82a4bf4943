import re
from collections.abc import Callable

import pytest

from dingnb.sandbox import SandboxSettings
from dingnb.sandbox.tokens import Tokens

SHAPES = (
    r"(?:access_token|app_?secret|client_secret|sign)=(?!\*\*\*)[^&\s\"']+",
    r"\"(?:access_?token|app_?secret|client_?secret|ticket|aes_?key)\": *\"(?!\*\*\*)[^\"]+\"",
    r"\bSEC[0-9a-f]{64}\b",
    r"\bding[a-z0-9]{16}\b",
    r"://[^/?#@\s\"'*]+@",
    # Phone numbers but those of the sandbox's people, and of nobody.
    r"(?<!\d)1(?!3900\d{6}(?!\d)|380000\d{4}(?!\d))[3-9]\d{9}(?!\d)",
)


@pytest.fixture(scope="session")
def find_secrets() -> Callable[[str], list[str]]:
    """Return what in a text is secret or personal, by value and by shape."""
    settings = SandboxSettings()
    values = [settings.app_secret, Tokens(settings).issue(0)]

    def find(text: str) -> list[str]:
        by_shape = [match.group() for shape in SHAPES for match in re.finditer(shape, text, re.IGNORECASE)]
        return [value for value in values if value in text] + by_shape

    return find
