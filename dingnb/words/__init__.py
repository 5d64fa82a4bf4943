"""
The texts of displays, forms and hints, in English and Chinese.

The tables of this package map a key to its two texts. The rest of dingnb looks them up by key, so that a missing
translation is a failing test and not a surprise in a notebook. What is stored, passed on or raised is a `Text`, which
is rendered where it is shown; `say` is for what is shown immediately. DingTalk's own codes and messages are never
translated.
"""

from dingnb.words.in_use import Language as Language
from dingnb.words.in_use import get_language as get_language
from dingnb.words.in_use import language_of as language_of
from dingnb.words.in_use import pick as pick
from dingnb.words.in_use import set_language as set_language
from dingnb.words.text import NOTHING as NOTHING
from dingnb.words.text import Text as Text
from dingnb.words.text import Words as Words
from dingnb.words.text import as_text as as_text
from dingnb.words.text import clauses as clauses
from dingnb.words.text import count as count
from dingnb.words.text import dotted as dotted
from dingnb.words.text import duration as duration
from dingnb.words.text import few as few
from dingnb.words.text import field_name as field_name
from dingnb.words.text import in_form as in_form
from dingnb.words.text import listed as listed
from dingnb.words.text import say as say
from dingnb.words.text import say_in_english as say_in_english
from dingnb.words.text import sentences as sentences
