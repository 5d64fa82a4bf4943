"""A registry of the objects of one kind, such as models, that are in use in this process."""

import threading
import weakref
from collections.abc import Iterator
from typing import Generic, TypeVar

Registered = TypeVar("Registered")


class WeakRegistry(Generic[Registered]):
    """
    Objects that are in use; the registry does not keep them alive.

    Any thread may add an object, also while the registry is iterated over.

    >>> class Form: pass
    >>> first, second, registry = Form(), Form(), WeakRegistry()
    >>> registry.add(first)
    >>> for form in registry:
    ...     registry.add(second)
    >>> set(registry) == {first, second}
    True
    """

    def __init__(self) -> None:
        self._registered = weakref.WeakSet[Registered]()
        self._lock = threading.Lock()

    def add(self, registered: Registered) -> None:
        """Add an object."""
        with self._lock:
            self._registered.add(registered)

    def __iter__(self) -> Iterator[Registered]:
        """Iterate over the objects that are in use now."""
        with self._lock:
            return iter(list(self._registered))
