import getpass
import socket

import pytest

from dingnb.calls.context import read_operator
from dingnb.errors import InputError


def test_the_operator_is_the_user_and_the_host_unless_it_is_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DINGNB_OPERATOR", raising=False)
    monkeypatch.setenv("LOGNAME", "ann\x1b[31m")
    assert read_operator() == f"ann[31m@{socket.gethostname()}"
    monkeypatch.setenv("DINGNB_OPERATOR", " 李雷@财务 ")
    assert read_operator() == "李雷@财务"
    assert read_operator(" ") == "李雷@财务"
    assert read_operator("bo") == "bo"
    assert read_operator("李　雷") == "李　雷"


def test_a_user_without_a_name_is_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DINGNB_OPERATOR", raising=False)

    def nobody() -> str:
        raise OSError

    monkeypatch.setattr(getpass, "getuser", nobody)
    assert read_operator().endswith(f"@{socket.gethostname()}")


@pytest.mark.parametrize("name", [5, "a\nb", "x" * 101, "\ud800", b"ann"])
def test_another_operator_is_refused(name: object) -> None:
    with pytest.raises(InputError, match="operator="):
        read_operator(name)  # type: ignore[arg-type]
