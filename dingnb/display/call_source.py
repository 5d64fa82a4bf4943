"""Which names stand in the call that some code is making, as its source has them."""

import ast
import linecache
from itertools import islice
from types import FrameType


def names_in_call(caller: FrameType) -> frozenset[str]:
    """Return the names in the call at which some code stands; none where its source cannot be read."""
    position = next(islice(caller.f_code.co_positions(), max(caller.f_lasti, 0) // 2, None), None)
    if position is None:
        return frozenset()
    first, last, start, end = position
    if first is None or last is None or start is None or end is None:
        return frozenset()
    # IPython keeps the source of its cells there as well. Places in a line are counted in bytes.
    lines = [
        linecache.getline(caller.f_code.co_filename, at, caller.f_globals).encode() for at in range(first, last + 1)
    ]
    lines[-1] = lines[-1][:end]
    lines[0] = lines[0][start:]
    try:
        call = ast.parse(b"(" + b"".join(lines) + b")", mode="eval")
    except (SyntaxError, ValueError):
        # The file is another one by now.
        return frozenset()
    return frozenset(node.id for node in ast.walk(call) if isinstance(node, ast.Name))
