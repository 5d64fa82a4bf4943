"""Errors about invalid arguments of the sandbox, in both languages."""

from collections.abc import Callable
from typing import Any

import pytest

from dingnb.errors import InputError
from dingnb.sandbox.events.event_requests import read_event_request
from dingnb.sandbox.faults import read_rule
from dingnb.sandbox.settings import SandboxSettings
from dingnb.words import in_language
from tests.table_rows import for_each

FAULT_FIELDS = "fault, path, nth, probability, seed, times, delay_s, for_s, executes"
HELP = "For all settings, run dingnb sandbox --help."


@for_each(
    ("call", "english", "chinese"),
    [
        (
            lambda: read_rule({"fault": "busy", "times": 0}),
            "The fault rule has an invalid times: 0. Expected a whole number of 1 or more.",
            "故障规则的 times 无效：0。应为：不小于 1 的整数。",
        ),
        (
            lambda: SandboxSettings(read_share=2),
            f"The sandbox setting read_share cannot be 2. Set it to a number from 0 to 1. {HELP}",
            "沙箱设置 read_share 不能为 2。请设为：0 到 1 的数。运行 dingnb sandbox --help 可查看所有设置。",
        ),
        (
            lambda: read_event_request({"type": "x", "format": "xml"}),
            "The event has an invalid format: 'xml'. Expected one of legacy, console, stream.",
            "事件的 format 无效：'xml'。应为：legacy, console, stream 之一。",
        ),
        (
            lambda: read_event_request({"EventType": "check_in", "eventType": "bpms"}),
            (
                "The event has an invalid eventType: 'bpms'. "
                "Expected the value of EventType, the same field in another spelling."
            ),
            "事件的 eventType 无效：'bpms'。应为：与 EventType 相同的值（同一字段的另一种写法）。",
        ),
        (
            lambda: read_rule({"fault": "busy", "api": "gettoken"}),
            f"A fault rule has no field 'api'. Expected one of these fields: {FAULT_FIELDS}.",
            f"故障规则没有字段 'api'。应为：字段 {FAULT_FIELDS} 之一。",
        ),
        (
            lambda: SandboxSettings(app_secret=""),
            f"The sandbox setting app_secret cannot be ''. Set it to text that is not empty. {HELP}",
            "沙箱设置 app_secret 不能为 ''。请设为：非空文本。运行 dingnb sandbox --help 可查看所有设置。",
        ),
    ],
)
def test_an_invalid_argument_is_shown_with_what_is_expected(
    call: Callable[[], Any], english: str, chinese: str
) -> None:
    with pytest.raises(InputError) as caught:
        call()
    for language, shown in (("en", english), ("zh", chinese)):
        with in_language(language):
            assert " ".join(str(caught.value).split()).replace("。 ", "。") == shown
