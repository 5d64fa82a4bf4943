"""Names of the members of Office documents, which are ZIP archives."""

import re
from typing import Final

_NUMBERED_MAIN_PART: Final = re.compile(r"(word/document|xl/workbook|ppt/presentation)\d+\.xml")


def without_number(member: str) -> str:
    """
    Return the name of a member of an archive; the name of an Office document's main part is returned without a number.

    Some programs, such as Office for the web, add a number.

    >>> without_number("xl/workbook22.xml"), without_number("content2.xml")
    ('xl/workbook.xml', 'content2.xml')
    """
    return f"{main_part[1]}.xml" if (main_part := _NUMBERED_MAIN_PART.fullmatch(member)) else member
