"""
Makes payslips.csv and the folder payslips: twelve people of the sandbox's organisation, each with a PDF file.

Run it as ``python notebooks/data/make_payslips.py``; it gives the same bytes every time. There are two mistakes in the
list, as people make them: the file of one row does not exist, and another row names the file of the row before.
"""
# ruff: noqa: INP001 - a command, not a package

import csv
import random
from pathlib import Path

from dingnb.sandbox.organisation import Person, make_people

ROWS = 12
PEOPLE = 1_200
SEED = 11
HEADERS = ("userid", "name", "file")

MISSING = 4
MIXED_UP = 8

_HERE = Path(__file__).parent


def make_persons() -> list[Person]:
    """Return whom the list is about: serving people, all with different names."""
    chance = random.Random(SEED)  # noqa: S311 - has to give the same people every time
    by_name = {person.name: person for person in make_people(PEOPLE, SEED) if person.is_employed}
    return chance.sample(list(by_name.values()), ROWS)


def make_pdf(lines: tuple[str, ...]) -> bytes:
    """Return a page with a few lines of ASCII as a PDF document, without dates."""
    shown = " ".join(f"({line}) '" for line in lines)
    text = f"BT /F1 14 Tf 40 260 Td 24 TL {shown} ET".encode()
    objects = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 420 300]/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>>>>>",
        b"<</Length %d>>stream\n%s\nendstream" % (len(text), text),
        b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>",
    )
    file, places = b"%PDF-1.4\n", []
    for number, object_ in enumerate(objects, 1):
        places.append(len(file))
        file += b"%d 0 obj%s\nendobj\n" % (number, object_)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    end = b"xref\n0 %d\n0000000000 65535 f \n%strailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n"
    return file + end % (size, table, size, len(file))


def write(folder: Path = _HERE) -> None:
    """Write the list and the files."""
    chance = random.Random(SEED)  # noqa: S311 - has to give the same amounts every time
    persons = make_persons()
    names = [f"payslip_{person.name}.pdf" for person in persons]
    files = folder / "payslips"
    files.mkdir(exist_ok=True)
    for row, (person, name) in enumerate(zip(persons, names, strict=True)):
        amount = chance.randrange(800_000, 3_000_000) / 100
        lines = ("Payslip for November 2026", f"Employee {person.userid}", f"Net pay {amount:,.2f}")
        if row != MISSING:
            (files / name).write_bytes(make_pdf(lines))
    names[MIXED_UP] = names[MIXED_UP - 1]
    with (folder / "payslips.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        rows.writerow(HEADERS)
        rows.writerows((person.userid, person.name, name) for person, name in zip(persons, names, strict=True))


if __name__ == "__main__":
    write()
