"""Sets the language of texts for users."""

from dingnb import words as texts
from dingnb.errors import InputError
from dingnb.errors.arguments import short_repr
from dingnb.words import Text


def set_language(language: str) -> None:
    """
    Choose the language of displays, forms and hints for this process.

    Args:
        language: ``"en"`` or ``"zh"``, or a tag such as ``"zh-CN"``. By default, the locale decides.

    Raises:
        InputError: dingnb has no texts in this language.
    """
    given: object = language
    read_language = texts.language_of(given) if isinstance(given, str) else None
    if read_language is None:
        raise InputError(Text("argument.language", value=short_repr(language)), Text("argument.language_todo"))
    texts.set_language(read_language)
