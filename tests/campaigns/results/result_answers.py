"""A server whose answers to requests for results are set by tests."""

import io
import json
from collections.abc import Callable
from typing import Any

import requests
from requests.adapters import BaseAdapter
from urllib3 import HTTPResponse

from dingnb.client import DingTalk


class ResultAnswers(BaseAdapter):
    """A route on which each request for a result gets the answer of `answer`, until `ends` is set."""

    def __init__(self, ding: DingTalk, answer: Callable[[], Any]) -> None:
        super().__init__()
        self.answered = 0
        self.ends = False
        self._answer = answer
        ding._transport.reroute(self._around)

    def _around(self, inner: BaseAdapter) -> BaseAdapter:
        self._inner = inner
        return self

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        response = self._inner.send(request, *args, **kwargs)
        if "getsendresult" in (request.url or "") and not self.ends:
            self.answered += 1
            response.close()
            response.raw = HTTPResponse(io.BytesIO(json.dumps(self._answer()).encode()), preload_content=False)
            response.headers.pop("content-length", None)
        return response

    def close(self) -> None:
        self._inner.close()
