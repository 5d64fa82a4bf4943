"""The tag that stands for a column in a template."""

from functools import lru_cache

from dingnb.messages.column_names import can_be_written, is_word, row_item


def tag_for(column: str) -> str:
    r"""
    Return the template tag that stands for a column: ``{{ name }}``, or where Jinja reads it otherwise a longer one.

    Directly behind a ``{`` Jinja would read another tag; everywhere else the two are the same.

    Returns:
        An empty text where no tag can reach the column: its name begins with ``__``, as what is inside of
        Python does, and is no word.

    >>> tag_for("姓名"), tag_for("Net pay"), tag_for("none"), tag_for('a"b\n')
    ('{{ 姓名 }}', '{{ Net pay }}', '{{ row["none"] }}', '{{ row["a\\"b\\n"] }}')
    """
    if is_word(column):
        return f"{{{{ {column} }}}}"
    if column.startswith("__"):
        return ""
    return f"{{{{ {column if can_be_written(column) else row_item(column)} }}}}"


@lru_cache(maxsize=256)
def with_default(column: str) -> str:
    """
    Return the tag of a column with what stands in for its value.

    >>> with_default("name")
    '{{ name | default("…") }}'
    """
    return (tag_for(column) or "{{ … }}").removesuffix(" }}") + ' | default("…") }}'
