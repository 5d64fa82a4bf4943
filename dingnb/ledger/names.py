"""How names in the ledger are compared: those of campaigns, and of exclusion lists."""

from unicodedata import normalize


def fold_name(name: str) -> str:
    """
    Return the normal form of a name, so that names which differ only in case, width or blanks are the same.

    >>> fold_name("Payslip  ２０２６") == fold_name("payslip 2026")
    True
    """
    return " ".join(normalize("NFKC", normalize("NFKC", name).casefold()).split())
