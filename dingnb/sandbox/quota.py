"""The limits of calls: in a second per API, in a month, and from one address."""

from collections import Counter
from dataclasses import dataclass

from dingnb.clock import NS_PER_S, seconds
from dingnb.sandbox.noting import Note, not_noted
from dingnb.sandbox.sandbox_time import SandboxTime
from dingnb.sandbox.settings import SandboxSettings
from dingnb.sandbox.windows import SlidingWindow

_ADDRESS_SPAN_NS = 20 * NS_PER_S
_BAN_NS = 300 * NS_PER_S


class CallLimits:
    """
    What the calls of the sandbox's one app have used up.

    Args:
        settings: Where the limits stand.
        time: Whose months count.
        note: Is told what counted.
    """

    def __init__(self, settings: SandboxSettings, time: SandboxTime, note: Note = not_noted) -> None:
        self._note = note
        self._settings = settings
        self._limits = settings.limits
        self._time = time
        self._seconds: dict[str, SlidingWindow] = {}
        self._addresses: dict[str, _Address] = {}
        self._months: Counter[tuple[int, int]] = Counter()

    def ban(self, address: str, now_ns: int) -> bool:
        """Count a call from an address; return whether the address is banned."""
        self._note("address", address)
        known = self._addresses.get(address)
        if known is None:
            window = SlidingWindow(self._limits.ip_calls_per_20_s, _ADDRESS_SPAN_NS)
            known = self._addresses[address] = _Address(window)
        if now_ns < known.banned_until_ns:
            return True
        if known.window.room(now_ns) <= 0:
            known.banned_until_ns = now_ns + _BAN_NS
            return True
        known.window.take(now_ns)
        return False

    def admit_to_second(self, api_name: str, now_ns: int) -> bool:
        """Count a call of an API, and return True, if the last second has room for it."""
        self._note("second", api_name)
        window = self._seconds.get(api_name)
        if window is None:
            window = self._seconds[api_name] = SlidingWindow(self._limits.calls_per_second, seconds(1))
        admitted = window.room(now_ns) > 0
        if admitted or self._settings.refused_calls_fill_second:
            window.take(now_ns)
        return admitted

    def admit_to_month(self, now_ns: int) -> bool:
        """Count a call, and return True, if the month has room for it."""
        self._note("month")
        month = self._time.month(now_ns)
        # That a call refused for the month does not count itself is an assumption: nothing can be seen of it.
        if self._months[month] >= self._limits.calls_per_month:
            return False
        self._months[month] += 1
        return True

    def used_in_month(self, now_ns: int) -> int:
        """Return how many calls of this month have counted."""
        return self._months[self._time.month(now_ns)]


@dataclass(slots=True)
class _Address:
    window: SlidingWindow
    banned_until_ns: int = 0
