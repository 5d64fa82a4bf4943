"""
A vcrpy cassette that matches requests in canonical form and is stored as a readable file.

vcrpy compares a request with every recorded request; this cassette looks the request up in a dictionary.
"""

import copy
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from contextlib import suppress
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
from dingnb.errors.tracebacks import cleared_frames
from dingnb.private_files import write_privately
from dingnb.testing.masking import Mask
from dingnb.testing.recorded_call import NumberedCall, RecordedCall, read_call, read_content
from dingnb.words import Text

SANDBOX = "the dingnb sandbox"
"""Start of ``metadata.recorded.against`` in a cassette recorded on a sandbox."""

LIVE = "LIVE"
"""Start of ``metadata.recorded.against`` in any other cassette; the base URLs follow."""

_TARGET = re.compile(rf"{SANDBOX}, \S+|{LIVE}(?: https?://\S+){{1,2}}")
_WIDTH = 120
_INBOUND_PATHS = ("/v1.0/gateway/connections/open", "/call_back/register_call_back", "/call_back/update_call_back")


class _Dumper(yaml.SafeDumper):
    """Writes multi-line text as a block, in pure Python without libyaml, so that files are equal on all machines."""


def _represent_text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _represent_text)


class _Serializer:
    """vcrpy's YAML serializer with validation, which does not escape Chinese text."""

    @staticmethod
    def deserialize(text: str) -> Any:  # noqa: ANN401 - vcrpy's own types
        data = yamlserializer.deserialize(text)
        if data is None:
            raise ValueError(Text("tape.empty"))
        match data:
            case {"interactions": [*interactions]}:
                broken = [number for number, interaction in enumerate(interactions, 1) if not _is_complete(interaction)]
            case _:
                raise ValueError(Text("tape.no_cassette"))
        if broken:
            raise ValueError(Text("tape.broken_call", number=broken[0]))
        _check_metadata(data.get("metadata"))
        return data

    @staticmethod
    def serialize(data: Mapping[str, Any]) -> str:
        ordered = {name: data[name] for name in ("metadata", "version", "interactions") if name in data}
        return yaml.dump(ordered, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=_WIDTH)


def _check_metadata(metadata: object) -> None:
    """Check the time and the target of the recording. The tape is played at the recorded time."""
    recorded = metadata.get("recorded") if isinstance(metadata, dict) else None
    fields = recorded if isinstance(recorded, dict) else {}
    if _parse_time(fields.get("at")) is None:
        raise ValueError(Text("tape.bad_at", value=repr(fields.get("at"))))
    if not _TARGET.fullmatch(str(fields.get("against"))):
        raise ValueError(Text("tape.bad_against", value=repr(fields.get("against")), sandbox=SANDBOX, live=LIVE))


def _parse_time(value: object) -> datetime | None:
    """Return the time of a recording; None if it is invalid, has no UTC offset or is before 1970."""
    try:
        at = datetime.fromisoformat(str(value))  # YAML has read a time without quotes already
        return at if at.tzinfo is not None and at.timestamp() >= 0 else None
    except (ValueError, OverflowError):
        return None


def _is_complete(interaction: object) -> bool:
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
    """Reads UTF-8 on all systems."""

    @staticmethod
    def load_cassette(path: str | Path, serializer: Any) -> Any:  # noqa: ANN401 - vcrpy's own types
        return deserialize(Path(path).read_text(encoding="utf-8"), serializer)


class TapeCassette(Cassette):  # type: ignore[misc] # vcrpy has no types
    """A cassette that matches requests in canonical form. Equal requests are played in recorded order."""

    def __init__(self, path: Path, record_mode: RecordMode = RecordMode.NONE) -> None:
        super().__init__(path, serializer=_Serializer, persister=_Persister, record_mode=record_mode)
        self._positions: defaultdict[str, list[int]] = defaultdict(list)
        self.calls: list[RecordedCall] = []

    @property
    def recorded(self) -> Mapping[str, Any]:
        """Metadata of the recording: the time, the version of dingnb and the target."""
        metadata = self._metadata.get("recorded")
        return metadata if isinstance(metadata, dict) else {}

    @property
    def started_ns(self) -> int:
        """Time of the recording in nanoseconds since the epoch."""
        return int(datetime.fromisoformat(str(self.recorded["at"])).timestamp()) * NS_PER_S

    @property
    def has_inbound_events(self) -> bool:
        """Whether calls to the sandbox subscribe to events, which only a running sandbox can send again."""
        is_sandbox = str(self.recorded.get("against", "")).startswith(SANDBOX)
        return is_sandbox and any(call.url.endswith(_INBOUND_PATHS) for call in self.calls)

    def append(self, request: Request, response: Mapping[str, Any]) -> None:
        """Add a call and its response."""
        super().append(request, response)
        call = _read_request(request)
        self._positions[call.key].append(len(self.calls))
        self.calls.append(call)

    def save(self, recorded: Mapping[str, Any], mask: Mask) -> None:
        """
        Write the file, with `recorded` as metadata and the calls in an order that depends only on the calls.

        The file is readable only by its owner because it contains names, numbers and texts. An existing file is
        replaced atomically.
        """
        order = sorted(range(len(self.calls)), key=lambda position: self.calls[position].key)
        contents = {
            "requests": [_mask_request(self.requests[position], mask) for position in order],
            "responses": [_mask_response(self.responses[position], mask) for position in order],
            "metadata": {"recorded": dict(recorded)},
        }
        path = Path(self.path)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_privately(path, serialize(contents, _Serializer).encode())

    def next_position(self, call: RecordedCall) -> int | None:
        """Return the position of the next response to a call; None if no response is left."""
        return next(
            (position for position in self._positions.get(call.key, ()) if not self.play_counts[position]), None
        )

    def list_unplayed(self) -> list[NumberedCall]:
        """Return the positions and calls that have not been played, in the order of the file."""
        return [
            NumberedCall(position, call) for position, call in enumerate(self.calls) if not self.play_counts[position]
        ]

    def _responses(self, request: Request) -> Iterator[tuple[int, Mapping[str, Any]]]:
        for position in self._positions.get(_read_request(request).key, ()):
            yield position, self.data[position][1]


def load_cassette(path: Path) -> TapeCassette:
    """
    Load a cassette for playing.

    Raises:
        InputError: The cassette contains an unmasked secret.
        OSError: The file cannot be read.
        ValueError: The file is not a cassette, or lacks the time or the target of the recording.
    """
    # The inner frames reference the unmasked secret.
    with cleared_frames():
        return _load_masked(path)


def _load_masked(path: Path) -> TapeCassette:
    try:
        cassette: TapeCassette = TapeCassette.load(path=path)
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from error
    for number, (request, response) in enumerate(cassette.data, 1):
        unmasked_field = _find_unmasked(request, response)
        if unmasked_field:
            raise InputError(
                Text("tape.unmasked", path=path, number=number, field=unmasked_field), Text("tape.unmasked_todo")
            )
    return cassette


def _find_unmasked(request: Request, response: Mapping[str, Any]) -> str:
    """Return the path of the first unmasked secret of a call; empty if all secrets are masked."""
    in_request, in_response = Mask(), Mask()
    read_call(request.method, request.uri, request.headers, request.body, in_request)
    headers = {name.lower(): ", ".join(map(str, values)) for name, values in response["headers"].items()}
    in_response.mask_pairs(headers.items(), "header")
    read_content(headers.get("content-type", ""), response["body"]["string"], in_response)
    paths = [f"request {place}" for place in in_request.replaced] + [
        f"response {place}" for place in in_response.replaced
    ]
    return next(iter(paths), "")


def _read_request(request: Request) -> RecordedCall:
    return read_call(request.method, request.uri, request.headers, request.body, Mask())


def _mask_request(request: Request, mask: Mask) -> Request:
    body = request.body.decode() if request.body else None
    uri, body = mask.mask_text(request.uri, "query"), body and mask.mask_text(body, "body")
    return Request(request.method, uri, body, request.headers)


def _mask_response(response: Mapping[str, Any], mask: Mask) -> Mapping[str, Any]:
    cleaned = copy.deepcopy(dict(response))
    with suppress(UnicodeDecodeError):
        cleaned["body"]["string"] = mask.mask_text(cleaned["body"]["string"].decode(), "body")
    return cleaned
