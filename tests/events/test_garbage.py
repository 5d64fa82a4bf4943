"""What is in memory when a receiver starts is left out of Python's garbage collections until it stops."""

import gc

from dingnb.client import DingTalk
from dingnb.events.garbage import short_collections


class Looped:
    """What only a garbage collection frees."""

    living = 0

    def __init__(self) -> None:
        self.loop = self
        Looped.living += 1

    def __del__(self) -> None:
        Looped.living -= 1


def test_a_receiver_leaves_out_what_was_there_before_and_nothing_else(ding: DingTalk) -> None:
    before = Looped()
    with ding.receive():
        assert gc.get_freeze_count() > 0
        del before
        after = Looped()
        del after
        gc.collect()
        assert Looped.living == 1
    assert gc.get_freeze_count() == 0
    gc.collect()
    assert Looped.living == 0


def test_what_a_collection_ends_may_stop_receivers_while_one_is_opened(ding: DingTalk) -> None:
    class Stopping:
        def __init__(self) -> None:
            self.loop, self.receiver = self, ding.receive(port=None)

        def __del__(self) -> None:
            self.receiver.stop()

    gc.collect()
    gc.disable()
    try:
        Stopping()
        ding.receive().stop()
    finally:
        gc.enable()


def test_the_last_to_leave_ends_it() -> None:
    with short_collections():
        with short_collections():
            pass
        assert gc.get_freeze_count() > 0
    assert gc.get_freeze_count() == 0


def test_what_somebody_else_left_out_stays_so() -> None:
    gc.freeze()
    try:
        with short_collections():
            pass
        assert gc.get_freeze_count() > 0
    finally:
        gc.unfreeze()
