"""dingtalk-sdk with the sandbox: its callbacks API, and encryption in both directions."""

from typing import Any

import pytest
import requests

from dingnb.clock import VirtualClock, seconds_to_ns
from dingnb.events.callbacks.crypto import CallbackCrypto
from dingnb.sandbox import SandboxSettings, start
from tests.peers.conftest import Starter, until

TAGS = ["user_add_org", "bpms_instance_change"]


def test_the_sdk_registers_receives_and_fetches_missed_events(start_peer: Starter) -> None:
    clock = VirtualClock()
    settings = SandboxSettings()
    with start(settings, clock) as sandbox:
        arguments = [sandbox.base_url, settings.corp_id, settings.app_key, settings.app_secret]
        peer = start_peer("dingtalk-sdk-1.3.8", "sdk_peer.py", arguments)

        def ask(*words: str) -> Any:
            peer.ask(*words)
            return peer.next()

        def emit(wish: dict[str, Any]) -> None:
            assert requests.post(f"{sandbox.base_url}/_sandbox/events", json=wish, timeout=10).status_code == 200

        assert ask("register", *TAGS) == {"came": {"EventType": "check_url"}}
        assert peer.next()["errcode"] == 0
        found = ask("get_call_back")
        assert (found["call_back_tag"], found["token"]) == (TAGS, "token-of-peer")
        emit({"type": "user_add_org", "data": {"userId": ["张三"]}})
        came = peer.next()["came"]
        assert (came["EventType"], came["UserId"], came["CorpId"]) == ("user_add_org", ["张三"], settings.corp_id)
        assert ask("update", "check_in") == {"came": {"EventType": "check_url"}}
        assert peer.next()["errcode"] == 0
        ask("fail")
        emit({"type": "check_in"})
        for pause_s in (10, 30):
            assert peer.next()["came"]["EventType"] == "check_in"
            _pushed_in_vain(sandbox.base_url, {10: 1, 30: 2}[pause_s])
            clock.advance(seconds_to_ns(pause_s))
        assert peer.next()["came"]["EventType"] == "check_in"
        _pushed_in_vain(sandbox.base_url, None)
        clock.advance(seconds_to_ns(180))
        failed = ask("get_call_back_failed_result")
        assert [event["call_back_tag"] for event in failed["failed_list"]] == ["check_in"]
        assert ask("delete_call_back")["errcode"] == 0
        assert peer.refused == []


def _pushed_in_vain(base_url: str, tries: int | None) -> None:
    def look() -> bool:
        way = requests.get(f"{base_url}/_sandbox/callbacks", timeout=10).json()["on_their_way"]
        return way[0]["tries"] == tries if way else tries is None

    until(look)


@pytest.mark.parametrize("text", ["success", "你好，世界", "x" * 1_000, '{"EventType":"check_url"}'])
def test_both_decrypt_what_the_other_encrypts(start_peer: Starter, text: str) -> None:
    crypto = CallbackCrypto("token-of-peer", "4g5j64qlyl3zvetqxz5jiocdr586fn2zvjpa8zls3ij", "dingcorp")
    peer = start_peer("dingtalk-sdk-1.3.8", "sdk_peer.py", ["http://127.0.0.1:1", "dingcorp", "key", "secret"])
    sealed = crypto.encrypt(text)
    peer.ask("decrypt", sealed["encrypt"], sealed["msg_signature"], sealed["timeStamp"], sealed["nonce"])
    assert peer.next() == {"text": text}
    peer.ask("encrypt", text)
    theirs = peer.next()
    assert crypto.decrypt(theirs["msg_signature"], theirs["timeStamp"], theirs["nonce"], theirs["encrypt"]) == text
    peer.stop()
    assert peer.refused == []
