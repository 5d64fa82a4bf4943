"""Tells whether messages reach real people."""

from typing import Literal

from dingnb.transport.hosts import API, OAPI, Hosts
from dingnb.transport.transport import Transport

Mode = Literal["SANDBOX", "LIVE"]

_STATS = "/_sandbox/stats"


def mode_of(transport: Transport, hosts: Hosts) -> tuple[Mode, str]:
    """Return ``SANDBOX`` and its id if both hosts are a sandbox, else ``LIVE``; DingTalk's own hosts are not called."""
    if hosts.are_dingtalk:
        return "LIVE", ""
    canonical = (OAPI,) if hosts.oapi_base_url == hosts.api_base_url else (OAPI, API)
    answers = [transport.probe(host, _STATS) for host in canonical]
    if not all(answer is not None and answer.get("sandbox") == "dingnb" for answer in answers):
        return "LIVE", ""
    return "SANDBOX", " ".join(dict.fromkeys(str(answer.get("id", "")) for answer in answers if answer))


def corp_id_of(transport: Transport) -> str:
    """Return the corp id of a sandbox's organisation; empty if unknown."""
    found = (transport.probe(OAPI, _STATS) or {}).get("corp_id")
    return found if isinstance(found, str) else ""
