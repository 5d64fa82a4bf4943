"""Waits for answers to the cards of a campaign."""

import threading
from collections.abc import Callable, Hashable

from dingnb.calls.context import SendContext
from dingnb.calls.throttle import Throttle
from dingnb.campaigns.results.answers import Answers
from dingnb.campaigns.results.display import answered_text
from dingnb.clock import seconds_to_ns
from dingnb.display import ProgressBar
from dingnb.words import Text

_POLL_NS = seconds_to_ns(0.5)
"""Time between two checks for new answers."""

_FACTOR = 5
"""Minimum time between two reads of the answers, as a multiple of the time that a read takes: reads delay receiving."""

_GRACE_S = 0.05
"""Time to wait, in real seconds, for presses in transit before a virtual clock advances."""


def wait_for_answers(
    context: SendContext,
    read_answers: Callable[[], Answers],
    read_fingerprint: Callable[[], Hashable],
    share: float,
    until_ns: int | None,
) -> None:
    """
    Wait until enough people have answered, or the cards are closed. An interrupt ends the wait.

    Args:
        context: The context of sending.
        read_answers: Returns the answers.
        read_fingerprint: Returns a value that changes with each answer; this takes less time than reading the answers.
        share: The share of people to wait for, from 0 to 1.
        until_ns: The monotonic time at which to return in any case; None for no limit.
    """
    clock, bar = context.clock, ProgressBar(context.clock)
    # The fingerprint first: an answer that arrives between the two is read again, instead of being missed.
    last_fingerprint, answers = read_fingerprint(), read_answers()
    listener = context.listener and context.listener.for_transport(over_http=answers.poll.is_over_http)
    if answers.share < share and not answers.is_closed and listener is not None and not listener.is_listening:
        listener.start()
        bar.show(Text("answer.listening"))
    never_set, throttle = clock.event(), Throttle(clock, _FACTOR)
    try:
        while answers.share < share and not answers.is_closed:
            left_ns = _POLL_NS if until_ns is None else min(until_ns - clock.monotonic_ns(), _POLL_NS)
            if left_ns <= 0:
                break
            if not clock.is_real:
                threading.Event().wait(_GRACE_S)
            # Short waits, so that an interrupt reaches this thread on every system.
            clock.wait(never_set, left_ns)
            new_fingerprint = read_fingerprint()
            if new_fingerprint != last_fingerprint and throttle.is_due:
                with throttle.timing():
                    last_fingerprint, answers = new_fingerprint, read_answers()
            bar.show(answered_text(answers), answers.share)
    finally:
        answers = read_answers()
        bar.end(answered_text(answers), answers.share)
