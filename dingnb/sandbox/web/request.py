"""What a call brings along: path, query, body, and its arguments, of which nothing is believed."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from dingnb.sandbox.events.callback_post import Outcome
from dingnb.sandbox.web.answers import RefusedError, direct, invalid_argument

_WHOLE = re.compile(r"-?\d{1,18}", re.ASCII)
_TOKEN = "access_token"  # noqa: S105 - the parameter's name
_WORDS = {"true": True, "false": False, "": False}


@dataclass(frozen=True, slots=True)
class Request:
    """
    One HTTP request.

    Attributes:
        method: In capitals.
        path: Without the query.
        query: The query's parameters, the last of each name.
        headers: Their names in lower case.
        body: As it came.
        address: The caller's.
        now_ns: The sandbox's time.
        found: What came of the check of a callback's URL; None where there was none.
    """

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    address: str
    now_ns: int
    found: Outcome | None = None

    @property
    def media_type(self) -> str:
        """What the body says that it is, in lower case and without parameters."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()

    @property
    def is_form(self) -> bool:
        """Whether the body says that it is a form."""
        return "form-urlencoded" in self.headers.get("content-type", "").lower()

    def form(self) -> dict[str, str]:
        """Return the body read as a form."""
        return dict(parse_qsl(self.body.decode(errors="replace"), keep_blank_values=True))

    def json(self) -> Any:  # noqa: ANN401 - what json.loads returns
        """
        Return the body read as JSON; an empty one is an empty object.

        Raises:
            ValueError: It is not JSON, or nested too deeply.
        """
        try:
            return json.loads(self.body) if self.body.strip() else {}
        except RecursionError:
            message = "nested too deeply"
            raise ValueError(message) from None

    def old_token(self) -> str:
        """Return the token that the old API reads: from the query, or from a form."""
        in_query = self.query.get(_TOKEN, "")
        return in_query or (self.form().get(_TOKEN, "") if self.is_form else "")


def arguments_of(request: Request) -> "Arguments":
    """
    Return the arguments of a call of the old API.

    Raises:
        RefusedError: The body is not a JSON object.
    """
    if request.is_form:
        return Arguments(request.form(), from_form=True)
    # That any other content type is read as JSON is an assumption; 43009 may be the truth for some.
    try:
        found = request.json()
    except ValueError:
        raise RefusedError(direct("47001")) from None
    if not isinstance(found, dict):
        raise RefusedError(direct("47001"))
    return Arguments(found, from_form=False)


class Arguments:
    """
    The arguments of a call of the old API, by type; a wrong type is errcode 41.

    Args:
        values: By name.
        from_form: Whether all of them are texts, and none of them may be empty.
    """

    def __init__(self, values: Mapping[str, Any], *, from_form: bool) -> None:
        self._values = values
        self._from_form = from_form

    def number(self, name: str) -> int | None:
        """Return a whole number, which may be written as a text; None when it is missing."""
        value = self._values.get(name)
        if value is None or value == "":
            return None
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        if isinstance(value, str) and _WHOLE.fullmatch(value):
            return int(value)
        raise RefusedError(invalid_argument(name))

    def flag(self, name: str) -> bool:
        """Return a boolean, in a form the lower-case words; False when it is missing."""
        value = self._values.get(name)
        if value is None or isinstance(value, bool):
            return bool(value)
        if isinstance(value, str) and value in _WORDS:
            return _WORDS[value]
        raise RefusedError(invalid_argument(name))

    def text(self, name: str) -> str:
        """Return a text, for which a number will do; empty when it is missing."""
        value = self._values.get(name)
        if value is None:
            return ""
        if isinstance(value, str | int) and not isinstance(value, bool):
            return str(value)
        raise RefusedError(invalid_argument(name))

    def words(self, name: str) -> tuple[str, ...]:
        """Return the words of a list with commas, each once; a form has to leave an empty list out."""
        text = self.text(name)
        if self._from_form and name in self._values and not text:
            raise RefusedError(invalid_argument(name))
        return tuple(dict.fromkeys(word for word in text.split(",") if word))

    def numbers(self, name: str) -> tuple[int, ...]:
        """Return the whole numbers of a list with commas, each once."""
        words = self.words(name)
        if not all(_WHOLE.fullmatch(word) for word in words):
            raise RefusedError(direct("40066"))
        return tuple(map(int, words))

    def message(self, name: str) -> dict[str, Any]:
        """Return a JSON object, which may be written as a text."""
        value = self._values.get(name)
        if isinstance(value, str):
            try:
                value = json.loads(value)
            except (ValueError, RecursionError):
                raise RefusedError(direct("34014")) from None
        if not isinstance(value, dict):
            raise RefusedError(direct("34014"))
        return value
