"""A sandbox that another process runs, such as the kernel of another notebook, used through its control API."""

import http.client
import json
from collections.abc import Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any, NoReturn
from urllib.parse import urlencode, urlsplit

from dingnb.errors import InputError
from dingnb.sandbox.settings import SandboxSettings
from dingnb.sandbox.web.trusted_hosts import CONTROL_CONTENT_TYPE
from dingnb.words import Text

_TIMEOUT_S = 30
_OK = 200


@dataclass(frozen=True, slots=True)
class RemoteSandbox:
    """
    A sandbox that another process runs; it ends with that process.

    Attributes:
        base_url: The sandbox's URL.
        settings: The sandbox's settings.
    """

    base_url: str
    settings: SandboxSettings

    @property
    def state(self) -> "RemoteState":
        """What arrived, the people, and the injected faults, as far as they can be used from another process."""
        return RemoteState(self)

    def press(self, **fields: object) -> int:
        """
        Plan presses on the buttons and forms of cards, and return their number; see `RunningSandbox.press`.

        Raises:
            InputError: A field is invalid, or the process has ended.
        """
        planned: int = self.request("POST", "cards/press", fields)["planned"]
        return planned

    def phone_url(self, userid: str) -> str:
        """Return the address of a page that shows a person's phone, also in a frame; it contains a secret."""
        url: str = self.request("GET", f"phone/link?{urlencode({'userid': userid}, errors='replace')}")["url"]
        return url

    def request(self, method: str, path: str, body: object = None, *, timeout_s: float = _TIMEOUT_S) -> Any:  # noqa: ANN401 - any JSON
        """
        Return the answer of the control API, which `dingnb.sandbox.apis.control` documents.

        Args:
            method: The HTTP method.
            path: The path after ``/_sandbox/``, with its query.
            body: The body, sent as JSON; None for no body.
            timeout_s: The maximum wait for the answer, in seconds.

        Raises:
            InputError: The request is refused, JSON cannot hold the body, or the process has ended.
        """
        try:
            content = None if body is None else json.dumps(body)
        except (TypeError, ValueError, RecursionError) as error:
            raise InputError(Text("sandbox.invalid_json", error=error)) from None
        try:
            parts = urlsplit(self.base_url)
            with closing(http.client.HTTPConnection(parts.hostname or "", parts.port, timeout=timeout_s)) as connection:
                connection.request(method, f"/_sandbox/{path}", content, {"Content-Type": CONTROL_CONTENT_TYPE})
                response = connection.getresponse()
                answer = json.loads(response.read())
            refusal = "" if response.status == _OK else str(answer["error"])
        except (OSError, ValueError, TypeError, LookupError, http.client.HTTPException) as error:
            # An answer of another form comes from another program, which uses the port by now.
            raise InputError(Text("sandbox.elsewhere_gone"), Text("sandbox.elsewhere_gone_todo")) from error
        if response.status != _OK:
            raise InputError(Text("verbatim", text=refusal))
        return answer


@dataclass(frozen=True, slots=True)
class RemoteState:
    """
    The part of `RunningSandbox.state` that can be used from another process.

    Raises:
        InputError: From each method: an argument is refused, or the sandbox's process has ended.
    """

    sandbox: RemoteSandbox

    @property
    def faults(self) -> "RemoteFaults":
        """The injected faults."""
        return RemoteFaults(self.sandbox)

    def users(self, limit: int | None = None) -> list[dict[str, Any]]:
        """Return the first `limit` people, in the order of their numbers; None returns all."""
        return self._listed("users", limit)

    def messages(self, limit: int | None = None) -> list[dict[str, Any]]:
        """Return the newest `limit` delivered messages, newest last; None returns all."""
        return self._listed("messages", limit)

    def change_person(self, userid: str, fields: Mapping[str, object]) -> None:
        """Change a person, or add a person."""
        self.sandbox.request("POST", "users", {**fields, "userid": userid})

    def _listed(self, path: str, limit: int | None) -> list[dict[str, Any]]:
        listed: list[dict[str, Any]] = self.sandbox.request("GET", path if limit is None else f"{path}?limit={limit}")
        return listed

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("_"):
            raise AttributeError(name)
        raise InputError(Text("sandbox.elsewhere", name=name), Text("sandbox.elsewhere_todo"))


@dataclass(frozen=True, slots=True)
class RemoteFaults:
    """
    The injected faults of a sandbox that another process runs.

    Raises:
        InputError: From each method: an argument is refused, or the sandbox's process has ended.
    """

    sandbox: RemoteSandbox

    def add(self, fault: str, **rule: object) -> None:
        """Add a rule; `dingnb.sandbox.faults` documents the fields."""
        self.sandbox.request("POST", "faults", {"fault": fault, **rule})

    def rules(self) -> Sequence[Mapping[str, Any]]:
        """Return all rules, each with the number of matching calls and of injections."""
        rules: list[dict[str, Any]] = self.sandbox.request("GET", "faults")
        return rules

    def clear(self) -> None:
        """Remove all rules."""
        self.sandbox.request("DELETE", "faults")
