"""The events that are known, each once, whichever channel brought it."""

from collections.abc import Iterator, Mapping, MutableMapping, ValuesView

from dingnb.events.event import Event


class Known(MutableMapping[object, Event]):
    """
    Events by their keys, in the order in which they came.

    Args:
        events: What it holds at first.
    """

    def __init__(self, events: Mapping[object, Event] | None = None) -> None:
        self._events: dict[object, Event] = {}
        self._aliases: set[str] = set()
        self.update(events or {})

    def has(self, event: Event) -> bool:
        """Return whether an event is here: by its id, or as a channel brought it that tells no ids."""
        known = self._events.keys()
        return event.id in known or event.id in self._aliases or not known.isdisjoint(event.aliases)

    def __getitem__(self, key: object) -> Event:
        return self._events[key]

    def __setitem__(self, key: object, event: Event) -> None:
        self._events[key] = event
        self._aliases |= event.aliases

    def __delitem__(self, key: object) -> None:
        self._aliases -= self._events.pop(key).aliases

    def __iter__(self) -> Iterator[object]:
        return iter(self._events)

    def values(self) -> ValuesView[Event]:
        """Return the events."""
        return self._events.values()

    def __len__(self) -> int:
        return len(self._events)
