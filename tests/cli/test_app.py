"""``dingnb app`` for people who do not use notebooks."""

from pathlib import Path

import pytest
import requests

from dingnb.sandbox import RunningSandbox
from tests.environments import reaching
from tools.hosts import app

START_S = 60


@pytest.mark.long
def test_the_page_says_that_the_ledger_is_down(sandbox: RunningSandbox, tmp_path: Path) -> None:
    variables = reaching(sandbox.settings, sandbox.base_url)
    ledger = {"DINGNB_LEDGER": f"postgresql://ann:s3cret@%2F{tmp_path.name}%2Fgone/notices"}
    with app(tmp_path, {**variables, **ledger}) as address:
        page = requests.get(address, timeout=START_S).text
    assert f"LedgerError: The database of the ledger postgresql://ann@%2F{tmp_path.name}%2Fgone/notices cannot" in page
    assert "Do not send with another ledger meanwhile" in page
    assert "Traceback" not in page
    assert "s3cret" not in page
