"""The record of calls."""

from typing import NamedTuple


class Call(NamedTuple):
    """
    One call, as the record keeps it: never with a token or a secret.

    Attributes:
        time_ns: When it came.
        method: In capitals.
        path: Without the query.
        code: The outcome of what was worked on, whether or not the caller got to know; else that of the answer, and
            empty where there was none.
        people: How many people it addressed.
        fault: The faults that struck it, joined by commas.
    """

    time_ns: int
    method: str
    path: str
    code: str
    people: int
    fault: str = ""
