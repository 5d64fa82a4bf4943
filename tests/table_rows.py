"""Table tests: one test for all rows of a table."""

import functools
import inspect
from collections.abc import Callable, Iterable
from typing import Any

import pytest

import dingnb


def for_each(names: str | tuple[str, ...], rows: Iterable[Any]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """
    Run a test for every row of a table, as one test.

    Use it like `pytest.mark.parametrize` if the rows need no separate fixtures. Every failing row is reported with its
    values, and the others are still run. Each row starts in English.

    Args:
        names: The argument that takes a row, or the arguments that take its values.
        rows: The table.
    """
    table = list(rows)

    def decorate(test: Callable[..., None]) -> Callable[..., None]:
        parameters = inspect.signature(test).parameters
        wants_subtests = "subtests" in parameters

        @functools.wraps(test)
        def run(*args: object, subtests: pytest.Subtests, **fixtures: object) -> None:
            __tracebackhide__ = True
            if wants_subtests:
                fixtures["subtests"] = subtests
            for row in table:
                values = {names: row} if isinstance(names, str) else dict(zip(names, row, strict=True))
                dingnb.set_language("en")
                with subtests.test(**values):
                    test(*args, **fixtures, **values)

        remaining = [
            parameter
            for name, parameter in parameters.items()
            if name not in ({names} if isinstance(names, str) else names)
        ]
        if not wants_subtests:
            remaining.append(inspect.Parameter("subtests", inspect.Parameter.KEYWORD_ONLY))
        run.__signature__ = inspect.Signature(remaining)  # type: ignore[attr-defined]
        return run

    return decorate
