"""The page about charts and files says what is so: the formats and sizes of each kind of message, and the settings."""

import re
from pathlib import Path

from dingnb.limits import STANDARD
from dingnb.media import KINDS
from dingnb.media.frames import MOST_COLUMNS, MOST_ROWS
from dingnb.media.names import MOST_NAME_BYTES
from dingnb.media.pictures import HEIGHT_SHOWN, WIDTH_SHOWN

PAGE = (Path(__file__).parents[2] / "docs" / "media.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| `dingnb\.(?P<kind>\w+)\(.*?\)` \| (?P<formats>[^|]*) \| (?P<megabytes>\d+) MB", re.MULTILINE)


def test_the_table_has_the_formats_and_sizes_of_each_kind_of_message() -> None:
    rows = {row["kind"]: (row["formats"].split(", "), int(row["megabytes"]) * 2**20) for row in ROW.finditer(PAGE)}

    assert {kind: (set(formats), most_bytes) for kind, (formats, most_bytes) in rows.items()} == {
        kind: (set(KINDS[kind].formats), KINDS[kind].most_bytes_in_message) for kind in ("image", "file", "voice")
    }


def test_the_numbers_on_the_page_are_those_of_the_code() -> None:
    for text in (
        f"up to {MOST_ROWS} rows and {MOST_COLUMNS} columns",
        f"{WIDTH_SHOWN} × {HEIGHT_SHOWN}",
        f"at most {MOST_NAME_BYTES} bytes",
        f"`media_lifetime_s` | {STANDARD.media_lifetime_s:,} (two days)",
        f"a media id of {STANDARD.media_id_bytes} bytes",
        f"a message's size ({STANDARD.body_bytes:,} bytes)",
    ):
        assert text in PAGE, text
