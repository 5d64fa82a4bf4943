"""Text of others as it may be shown: nothing in it steers a terminal, breaks a line or turns it around."""


def visible(text: str) -> str:
    r"""
    Return a text with all that is not printable as its escape.

    >>> visible("\x1b[31mred\u202e")
    '\\x1b[31mred\\u202e'
    """
    if text.isprintable():
        return text
    return "".join(one if one.isprintable() else one.encode("unicode_escape").decode() for one in text)
