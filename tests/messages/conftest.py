import pytest

from dingnb.words import set_language


@pytest.fixture(autouse=True, scope="module")
def _english() -> None:
    set_language("en")
