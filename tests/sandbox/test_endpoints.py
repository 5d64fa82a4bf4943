"""What the sandbox serves is what it says, and what docs/sandbox.md says in both languages."""

import re
from pathlib import Path

from dingnb.sandbox.apis import control
from tests.sandbox.conftest import Client

DOCS = Path(__file__).parents[2] / "docs"
PAGES = (DOCS / "sandbox.md", DOCS / "zh" / "sandbox.md")
ROW = re.compile(r"^\| `(GET|POST|PUT|DELETE)` \| `([^`]+)` \|", re.MULTILINE)
CALL = re.compile(r"^    (GET|POST|DELETE) +(/_sandbox/\S+)", re.MULTILINE)


def served(client: Client) -> list[tuple[str, str, str]]:
    return [
        (endpoint["api"], endpoint["method"], endpoint["path"]) for endpoint in client.get("/_sandbox/endpoints").json()
    ]


def test_the_pages_list_what_is_served(client: Client) -> None:
    for page in PAGES:
        written = ROW.findall(page.read_text(encoding="utf-8"))
        assert len(written) == len(set(written))
        assert sorted(written) == sorted((method, path) for _, method, path in served(client))


def test_what_is_listed_is_served_and_nothing_twice(client: Client) -> None:
    listed = served(client)
    assert len(listed) == len(set(listed))
    for api, method, path in listed:
        if api == "stream" or path == "/_sandbox/reset":
            continue
        headers = {"x-acs-dingtalk-access-token": client.token, "content-type": "application/json"}
        answer = client.http.request(
            method, client.url(path.replace("{corpId}", "dingsandboxcorp")), headers=headers, data="{}", timeout=10
        )
        assert "does not serve" not in answer.text, path
        assert answer.status_code not in {404, 405}, path


def test_the_module_of_the_control_api_lists_its_calls(client: Client) -> None:
    documented = {(method, path.partition("?")[0]) for method, path in CALL.findall(control.__doc__ or "")}
    assert documented == {(method, path) for api, method, path in served(client) if api == "control"}
