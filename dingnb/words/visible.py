"""Escapes foreign text for display: nothing in it controls a terminal, breaks a line or reverses it."""


def visible(text: str) -> str:
    r"""
    Return a text with unprintable characters escaped.

    >>> visible("\x1b[31mred\u202e")
    '\\x1b[31mred\\u202e'
    """
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)
