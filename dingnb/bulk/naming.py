"""The names that an analyst gives: of campaigns and of exclusion lists."""

from unicodedata import category

from dingnb.errors import InputError
from dingnb.errors.arguments import shown
from dingnb.language import say

_INVISIBLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def read_name(name: object, problem: str) -> str:
    """
    Return a name without blanks at its ends: two names that look the same have to be the same.

    Args:
        name: What was given.
        problem: The key of the words for what is no name.

    Raises:
        InputError: It is no text, is blank, or holds what cannot be seen, such as a line break.
    """
    if isinstance(name, str) and name.strip() and not any(category(one) in _INVISIBLE for one in name.strip()):
        return name.strip()
    raise InputError(say(problem, name=shown(name)), say(f"{problem}_todo"))
