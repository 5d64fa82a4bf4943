"""Escapes foreign text for display, so that it cannot control a terminal, break a line or reverse its direction."""


def visible(text: str) -> str:
    r"""
    Return a text with unprintable characters escaped.

    >>> visible("\x1b[31mred\u202e")
    '\\x1b[31mred\\u202e'
    """
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)
