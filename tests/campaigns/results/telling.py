"""A server that answers for results what a test tells it to."""

import io
import json
from collections.abc import Callable
from typing import Any

import requests
from requests.adapters import BaseAdapter
from urllib3 import HTTPResponse

from dingnb.client import DingTalk


class Tells(BaseAdapter):
    """A route on which each question for a result has the answer that `answer` returns, until `ends` is set."""

    def __init__(self, ding: DingTalk, answer: Callable[[], Any]) -> None:
        super().__init__()
        self.told = 0
        self.ends = False
        self._answer = answer
        ding._transport.reroute(self._around)

    def _around(self, inner: BaseAdapter) -> BaseAdapter:
        self._inner = inner
        return self

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        response = self._inner.send(request, *args, **kwargs)
        if "getsendresult" in (request.url or "") and not self.ends:
            self.told += 1
            response.close()
            response.raw = HTTPResponse(io.BytesIO(json.dumps(self._answer()).encode()), preload_content=False)
            response.headers.pop("content-length", None)
        return response

    def close(self) -> None:
        self._inner.close()
