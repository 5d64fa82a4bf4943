"""
A vcrpy cassette that finds calls by their meaning, and a file of it that people can read.

vcrpy looks for a request by comparing it with every recorded one; here a dictionary finds it.
"""

import copy
import os
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml
from vcr.cassette import Cassette
from vcr.record_mode import RecordMode
from vcr.request import Request
from vcr.serialize import deserialize, serialize
from vcr.serializers import yamlserializer

from dingnb.language import say
from dingnb.testing.masking import Mask
from dingnb.testing.recorded_call import RecordedCall, read_call

SANDBOX = "the dingnb sandbox"
"""What the head of a cassette says of what it was recorded against, where that was one."""

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
        return data

    @staticmethod
    def serialize(data: Mapping[str, Any]) -> str:
        ordered = {name: data[name] for name in ("metadata", "version", "interactions") if name in data}
        return yaml.dump(ordered, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=_WIDTH)


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
        OSError: The file cannot be read.
        ValueError: It is no cassette.
    """
    try:
        return _load(path)
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from error


def _load(path: Path) -> MeaningCassette:
    cassette: MeaningCassette = MeaningCassette.load(path=path)
    return cassette


def _call_of(request: Request) -> RecordedCall:
    return read_call(request.method, request.uri, request.headers, request.body, Mask())


def _without_secrets(request: Request, mask: Mask) -> Request:
    body = request.body.decode() if request.body else None
    return Request(request.method, mask.everywhere(request.uri), body and mask.everywhere(body), request.headers)


def _answer_without_secrets(response: Mapping[str, Any], mask: Mask) -> Mapping[str, Any]:
    cleaned = copy.deepcopy(dict(response))
    content = cleaned["body"]["string"]
    try:
        cleaned["body"]["string"] = mask.everywhere(content.decode())
    except UnicodeDecodeError:
        cleaned["body"]["string"] = content
    return cleaned
