"""How the names of campaigns and exclusion lists are compared."""

from unicodedata import normalize


def fold_name(name: str) -> str:
    """
    Return the normal form of a name, so that names which differ only in case, width or blanks are the same.

    >>> fold_name("Payslip  ２０２６") == fold_name("payslip 2026")
    True
    """
    return " ".join(normalize("NFKC", normalize("NFKC", name).casefold()).split())
