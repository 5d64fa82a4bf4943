"""
The texts of displays, forms and hints, in English and Chinese.

The tables of this package map each key to two texts. The rest of dingnb looks texts up by key, so that a missing
translation is a failing test and not a surprise in a notebook. A text that is stored, passed on or raised is a `Text`,
which is rendered when shown; `say` is for a text that is shown immediately. DingTalk's own codes and messages are never
translated.
"""

from dingnb.words.language import Language, get_language, in_language, language_of, pick, set_language
from dingnb.words.text import (
    MAX_NAMES,
    NOTHING,
    Text,
    TextLike,
    age_text,
    as_text,
    capitalize,
    clauses,
    count,
    dotted,
    duration,
    field_label,
    field_name,
    in_form,
    join_sentences,
    listed,
    listed_briefly,
    say,
    say_in_english,
    sentences,
)

__all__ = [
    "MAX_NAMES",
    "NOTHING",
    "Language",
    "Text",
    "TextLike",
    "age_text",
    "as_text",
    "capitalize",
    "clauses",
    "count",
    "dotted",
    "duration",
    "field_label",
    "field_name",
    "get_language",
    "in_form",
    "in_language",
    "join_sentences",
    "language_of",
    "listed",
    "listed_briefly",
    "pick",
    "say",
    "say_in_english",
    "sentences",
    "set_language",
]
