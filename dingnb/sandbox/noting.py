"""How the parts of a sandbox tell what changed them, so that a journal can keep it."""

from collections.abc import Callable

Note = Callable[..., None]
"""Takes an effect's name, and what `dingnb.sandbox.effects` needs to do it again."""


def not_noted(*_effect: object) -> None:
    """Note nothing."""
