"""Searches tracebacks with variables for secrets, and interrupts calls at any point."""

import gc
import inspect
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import count
from pathlib import Path
from types import CodeType, FrameType, FunctionType, ModuleType
from typing import Any
from urllib.parse import quote

from dingnb.auth import Secret

TESTS = str(Path(__file__).parent)
DEPTH = 2
_NEVER = {"__enter__", "__exit__", "acquire", "release", "_acquireLock", "_releaseLock", "setprofile"}
"""Functions that release locks: interrupting them, which no signal does, would deadlock the test."""


def find_leaks(error: BaseException, *secrets: str) -> list[str]:
    """Return where the chain, texts or frames of an error contain one of these secrets, except in frames of tests."""
    found = []
    waiting: list[BaseException | None] = [error]
    while waiting:
        current = waiting.pop()
        if current is None:
            continue
        waiting += [current.__cause__, current.__context__]
        places = {"error": current}
        frames = current.__traceback__
        while frames is not None:
            frame, frames = frames.tb_frame, frames.tb_next
            if not frame.f_code.co_filename.startswith(TESTS):
                name = f"{Path(frame.f_code.co_filename).name}:{frame.f_code.co_name}"
                places |= {f"{name}:{local}": value for local, value in frame.f_locals.items()}
        found += [place for place, value in places.items() if _shows(value, secrets)]
    return found


def _shows(value: object, secrets: tuple[str, ...]) -> bool:
    spellings = {spelling for secret in secrets for spelling in (secret, quote(secret, safe=""))}
    return any(spelling in text for text in _texts(value, DEPTH, set()) for spelling in spellings)


def _texts(value: object, depth: int, seen: set[int]) -> Iterator[str]:
    """Yield the texts of a value, its elements and its attributes, except for the content of `Secret`."""
    if id(value) in seen or isinstance(value, ModuleType | FunctionType | type | CodeType | FrameType):
        return
    seen.add(id(value))
    # An object interrupted while being created has no repr yet.
    with suppress(AttributeError):
        yield repr(value)
    if isinstance(value, bytes | bytearray | memoryview):
        yield bytes(value).decode("latin-1")
    elif isinstance(value, str):
        yield value
    elif depth and not isinstance(value, Secret):
        for inner in _inside(value):
            yield from _texts(inner, depth - 1, seen)


def _inside(value: object) -> list[Any]:
    inner: list[Any] = []
    if isinstance(value, dict):
        inner += [*value, *value.values()]
    elif isinstance(value, list | tuple | set | frozenset):
        inner += value
    slots = [name for kind in type(value).__mro__ for name in getattr(kind, "__slots__", ())]
    inner += [inspect.getattr_static(value, name, None) and getattr(value, name, None) for name in slots]
    return inner + list(getattr(value, "__dict__", {}).values())


def interrupt_at_call(
    act: Callable[[], object], at: int, wraps: Callable[..., object] | None = None
) -> tuple[bool, KeyboardInterrupt | None]:
    """
    Interrupt `act` before its call number `at`, counting Python and C calls.

    Args:
        act: The function to interrupt.
        at: The number of the call.
        wraps: A function that takes a secret as text: calls count from when its first line has wrapped it.

    Returns:
        Whether there are that many calls, and the interrupt; None if a finalizer swallows it.
    """
    calls, counts = 0, wraps is None

    def before_call(frame: FrameType, event: str, function: Any) -> None:
        nonlocal calls, counts
        if not counts:
            counts = event == "return" and frame.f_back is not None and frame.f_back.f_code is wraps.__code__
        elif event in {"call", "c_call"} and _name(frame, event, function) not in _NEVER:
            calls += 1
            if calls == at:
                sys.setprofile(None)
                raise KeyboardInterrupt

    # The garbage collector might run finalizers of other tests, in which the interrupt would be lost.
    gc.disable()
    sys.setprofile(before_call)
    try:
        act()
    except KeyboardInterrupt as error:
        return True, error
    finally:
        sys.setprofile(None)
        gc.enable()
    return calls >= at, None


def _name(frame: FrameType, event: str, function: Any) -> str:
    return frame.f_code.co_name if event == "call" else getattr(function, "__name__", "")


def interrupt_each_call(
    act: Callable[[], object], *secrets: str, step: int = 1, wraps: Callable[..., object] | None = None
) -> Iterator[tuple[int, list[str]]]:
    """Interrupt `act` at every step-th call until none is left; yield the numbers and the leaks found."""
    for at in count(1, step):
        was_reached, error = interrupt_at_call(act, at, wraps)
        if not was_reached:
            return
        if error is not None:
            yield at, find_leaks(error, *secrets)
