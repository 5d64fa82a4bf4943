import sys
import threading
from collections.abc import Iterator

import pytest

from dingnb.ui.compose.weak_registry import WeakRegistry


class Form:
    pass


@pytest.fixture
def frequent_switches() -> Iterator[None]:
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("frequent_switches")
def test_a_thread_can_add_objects_while_others_are_iterated_over() -> None:
    registry, kept = WeakRegistry[Form](), [Form() for _ in range(50_000)]

    def add() -> None:
        for form in kept:
            registry.add(form)

    adding = threading.Thread(target=add)
    adding.start()
    while adding.is_alive():
        list(registry)
    adding.join()
    assert set(registry) == set(kept)


def test_an_object_that_is_no_longer_in_use_is_gone() -> None:
    registry, kept = WeakRegistry[Form](), Form()
    registry.add(kept)
    registry.add(Form())
    assert list(registry) == [kept]
