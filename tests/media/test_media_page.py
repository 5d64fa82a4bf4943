"""The page about charts and files says what is so: the formats and sizes of each kind of message, and the settings."""

import re
from pathlib import Path

from dingnb.limits import STANDARD
from dingnb.media import KINDS
from dingnb.media.content import MAX_NAME_BYTES
from dingnb.media.frames import MAX_COLUMNS, MAX_ROWS
from dingnb.media.pictures import MAX_DISPLAY_SIZE

DOCS = Path(__file__).parents[2] / "docs"
PAGE, CHINESE = ((folder / "media.md").read_text(encoding="utf-8") for folder in (DOCS, DOCS / "zh"))
ROW = re.compile(r"^\| `dingnb\.(?P<kind>\w+)\(.*?\)` \| (?P<formats>[^|]*) \| (?P<megabytes>\d+) MB", re.MULTILINE)


def test_the_table_has_the_formats_and_sizes_of_each_kind_of_message() -> None:
    for page, comma in ((PAGE, ", "), (CHINESE, "、")):
        rows = {row["kind"]: (row["formats"].split(comma), int(row["megabytes"]) * 2**20) for row in ROW.finditer(page)}

        assert {kind: (set(formats), max_bytes) for kind, (formats, max_bytes) in rows.items()} == {
            kind: (set(KINDS[kind].formats), KINDS[kind].max_bytes_in_message) for kind in ("image", "file", "voice")
        }


def test_the_numbers_on_the_page_are_those_of_the_code() -> None:
    for text in (
        f"up to {MAX_ROWS} rows and {MAX_COLUMNS} columns",
        f"{MAX_DISPLAY_SIZE[0]} × {MAX_DISPLAY_SIZE[1]}",
        f"at most {MAX_NAME_BYTES} bytes",
        f"`media_lifetime_s` | {STANDARD.media_lifetime_s:,} (two days)",
        f"`media_id_bytes` | {STANDARD.media_id_bytes} |",
        f"a message's size ({STANDARD.body_bytes:,} bytes)",
    ):
        assert text in PAGE, text
    for text in (
        f"最多 {MAX_ROWS} 行、{MAX_COLUMNS} 列",
        f"{MAX_DISPLAY_SIZE[0]} × {MAX_DISPLAY_SIZE[1]}",
        f"最长 {MAX_NAME_BYTES} 字节",
        f"`media_lifetime_s` | {STANDARD.media_lifetime_s:,}（两天）",
        f"`media_id_bytes` | {STANDARD.media_id_bytes} |",
        f"消息大小（{STANDARD.body_bytes:,} 字节）",
    ):
        assert text in CHINESE, text
