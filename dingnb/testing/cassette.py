"""
A vcrpy cassette that finds calls by their meaning, and a file of it that people can read.

vcrpy looks for a request by comparing it with every recorded one; here a dictionary finds it.
"""

import copy
import os
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

import yaml
from vcr.cassette import Cassette
from vcr.record_mode import RecordMode
from vcr.request import Request
from vcr.serialize import deserialize, serialize
from vcr.serializers import yamlserializer

from dingnb.clock import NS_PER_S
from dingnb.errors import InputError
from dingnb.errors.frames import cleared_frames
from dingnb.testing.content import read_content
from dingnb.testing.masking import Mask
from dingnb.testing.recorded_call import RecordedCall, read_call
from dingnb.words import say

SANDBOX = "the dingnb sandbox"
"""What the head of a cassette says of what it was recorded against, where that was one."""

LIVE = "LIVE"
"""What stands before the base URLs where it was recorded against DingTalk, or whatever else is no sandbox."""

_AGAINST = re.compile(rf"{SANDBOX}, \S+|{LIVE}(?: https?://\S+){{1,2}}")
_WIDTH = 120
_LETS_COME = ("/v1.0/gateway/connections/open", "/call_back/register_call_back", "/call_back/update_call_back")


class _Dumper(yaml.SafeDumper):
    """Writes texts of several lines as such. It is PyYAML's own on every machine, so that files are equal."""


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _represent_text)


class _Serializer:
    """Reads as vcrpy does, but only what is whole, and writes Chinese as Chinese."""

    @staticmethod
    def deserialize(text: str) -> Any:  # noqa: ANN401 - vcrpy's own types
        data = yamlserializer.deserialize(text)
        if data is None:
            raise ValueError(say("tape.empty"))
        match data:
            case {"interactions": [*interactions]}:
                broken = [number for number, one in enumerate(interactions, 1) if not _is_whole(one)]
            case _:
                raise ValueError(say("tape.no_cassette"))
        if broken:
            raise ValueError(say("tape.broken_call", number=broken[0]))
        _check_head(data.get("metadata"))
        return data

    @staticmethod
    def serialize(data: Mapping[str, Any]) -> str:
        ordered = {name: data[name] for name in ("metadata", "version", "interactions") if name in data}
        return yaml.dump(ordered, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=_WIDTH)


def _check_head(metadata: object) -> None:
    """Check when it was recorded, and against what: its time is the time that it plays at."""
    recorded = metadata.get("recorded") if isinstance(metadata, dict) else None
    head = recorded if isinstance(recorded, dict) else {}
    if _moment(head.get("at")) is None:
        raise ValueError(say("tape.bad_at", value=repr(head.get("at"))))
    if not _AGAINST.fullmatch(str(head.get("against"))):
        raise ValueError(say("tape.bad_against", value=repr(head.get("against")), sandbox=SANDBOX, live=LIVE))


def _moment(value: object) -> datetime | None:
    """Return the time of a head; None where it is none, has no offset, or lies before 1970."""
    try:
        at = datetime.fromisoformat(str(value))  # YAML has read a time without quotes already
        return at if at.tzinfo is not None and at.timestamp() >= 0 else None
    except (ValueError, OverflowError):
        return None


def _is_whole(interaction: object) -> bool:
    match interaction:
        case {
            "request": {"method": str(), "uri": str(), "headers": dict(), "body": str() | bytes() | None},
            "response": {
                "status": {"code": int(), "message": str() | None},
                "headers": dict() as headers,
                "body": {"string": str() | bytes()},
            },
        }:
            return all(isinstance(values, list) for values in headers.values())
    return False


class _Persister:
    """Reads utf-8 on every system."""

    @staticmethod
    def load_cassette(path: str | Path, serializer: Any) -> Any:  # noqa: ANN401 - vcrpy's own types
        return deserialize(Path(path).read_text(encoding="utf-8"), serializer)


class MeaningCassette(Cassette):  # type: ignore[misc] # vcrpy has no types
    """A cassette whose requests are found by what they mean; equal ones play in recorded order."""

    def __init__(self, path: Path, record_mode: RecordMode = RecordMode.NONE) -> None:
        super().__init__(path, serializer=_Serializer, persister=_Persister, record_mode=record_mode)
        self._places: defaultdict[str, list[int]] = defaultdict(list)
        self.calls: list[RecordedCall] = []

    @property
    def recorded(self) -> Mapping[str, Any]:
        """When it was recorded, by what, and against what."""
        found = self._metadata.get("recorded")
        return found if isinstance(found, dict) else {}

    @property
    def started_ns(self) -> int:
        """When it was recorded, in nanoseconds since the epoch."""
        return int(datetime.fromisoformat(str(self.recorded["at"])).timestamp()) * NS_PER_S

    @property
    def receives(self) -> bool:
        """Whether something came from outside while it was recorded, which only the sandbox itself can bring again."""
        is_sandbox = str(self.recorded.get("against", "")).startswith(SANDBOX)
        return is_sandbox and any(call.place.endswith(_LETS_COME) for call in self.calls)

    def append(self, request: Request, response: Mapping[str, Any]) -> None:
        """Add a call and its answer."""
        super().append(request, response)
        call = _call_of(request)
        self._places[call.key].append(len(self.calls))
        self.calls.append(call)

    def save(self, recorded: Mapping[str, Any], mask: Mask) -> None:
        """
        Write the file, in an order that follows from the calls alone, and with `recorded` at its head.

        Only its owner may read it: it holds names, numbers and texts. Where a file stood, it is replaced only
        when the new one is whole.
        """
        order = sorted(range(len(self.calls)), key=lambda place: self.calls[place].key)
        contents = {
            "requests": [_without_secrets(self.requests[place], mask) for place in order],
            "responses": [_answer_without_secrets(self.responses[place], mask) for place in order],
            "metadata": {"recorded": dict(recorded)},
        }
        path = Path(self.path)
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_name(f".{path.name}.unfinished")
        unfinished.unlink(missing_ok=True)
        unfinished.touch(0o600, exist_ok=False)
        unfinished.write_text(serialize(contents, _Serializer), encoding="utf-8", newline="\n")
        os.replace(unfinished, path)  # noqa: PTH105 - Path.replace is the same, and says less

    def next_place(self, call: RecordedCall) -> int | None:
        """Return the place of the answer that a call would get now; None where none is left."""
        return next((place for place in self._places.get(call.key, ()) if not self.play_counts[place]), None)

    def unplayed(self) -> list[tuple[int, RecordedCall]]:
        """Return the places and calls that nobody has made, in the order of the file."""
        return [(place, call) for place, call in enumerate(self.calls) if not self.play_counts[place]]

    def _responses(self, request: Request) -> Iterator[tuple[int, Mapping[str, Any]]]:
        for place in self._places.get(_call_of(request).key, ()):
            yield place, self.data[place][1]


def load(path: Path) -> MeaningCassette:
    """
    Return the cassette of a file, ready to play.

    Raises:
        InputError: A secret in it is not masked.
        OSError: The file cannot be read.
        ValueError: It is no cassette, or does not say when it was recorded, and against what.
    """
    # The frames inside hold the secret that is not masked.
    with cleared_frames():
        return _checked(path)


def _checked(path: Path) -> MeaningCassette:
    cassette = _load(path)
    for number, (request, response) in enumerate(cassette.data, 1):
        found = _unmasked(request, response)
        if found:
            raise InputError(say("tape.unmasked", path=path, number=number, field=found), say("tape.unmasked_todo"))
    return cassette


def _load(path: Path) -> MeaningCassette:
    try:
        cassette: MeaningCassette = MeaningCassette.load(path=path)
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from error
    return cassette


def _unmasked(request: Request, response: Mapping[str, Any]) -> str:
    """Return the place of the first secret of a call that is not masked; empty where all are."""
    asked, answered = Mask(), Mask()
    read_call(request.method, request.uri, request.headers, request.body, asked)
    headers = {name.lower(): ", ".join(map(str, values)) for name, values in response["headers"].items()}
    answered.pairs(headers.items(), "header")
    read_content(headers.get("content-type", ""), response["body"]["string"], answered, "body")
    places = [f"request {one}" for one in asked.replaced] + [f"response {one}" for one in answered.replaced]
    return next(iter(places), "")


def _call_of(request: Request) -> RecordedCall:
    return read_call(request.method, request.uri, request.headers, request.body, Mask())


def _without_secrets(request: Request, mask: Mask) -> Request:
    body = request.body.decode() if request.body else None
    uri, body = mask.everywhere(request.uri, "query"), body and mask.everywhere(body, "body")
    return Request(request.method, uri, body, request.headers)


def _answer_without_secrets(response: Mapping[str, Any], mask: Mask) -> Mapping[str, Any]:
    cleaned = copy.deepcopy(dict(response))
    content = cleaned["body"]["string"]
    try:
        cleaned["body"]["string"] = mask.everywhere(content.decode(), "body")
    except UnicodeDecodeError:
        cleaned["body"]["string"] = content
    return cleaned
