"""The limits of calls of the automatic refresh of results."""

MAX_CALLS = 250
"""Maximum number of calls of an automatic refresh: 5% of the monthly quota of a standard organisation."""

FULL_REFRESHES = 3
"""Number of full refreshes whose calls are the limit of an automatic one: one for deliveries, two for reads."""

MIN_CALL_LIMIT = 36
"""Smallest limit of calls of an automatic refresh; campaigns with few recipients are refreshed more often."""


def can_refresh(calls_per_refresh: int) -> bool:
    """Return whether there is something to refresh automatically, within the limit."""
    return 0 < calls_per_refresh <= MAX_CALLS


def max_calls(calls_per_refresh: int) -> int:
    """Return the maximum number of calls of an automatic refresh."""
    return min(max(FULL_REFRESHES * calls_per_refresh, MIN_CALL_LIMIT), MAX_CALLS)
