import pytest

from dingnb.messages.types import fits
from tests.table_rows import for_each


@pytest.mark.parametrize(
    "address",
    [
        "http://a",
        "HTTPS://例子.中国/路径?x=1&y={z}#f",
        "dingtalk://dingtalkclient/page/link?url=https%3A%2F%2Fexample.com&pc_slide=true",
        "eapp://page/index?x=1",
    ],
)
def test_addresses_that_dingtalk_opens(address: str) -> None:
    assert fits("url", address)


@for_each(
    "address",
    [
        "javascript:alert(1)",
        "JaVaScRiPt://x",
        "data:text/html,x",
        "file:///etc/passwd",
        "ftp://a",
        "//example.com",
        "example.com",
        "http://",
        "http:///x",
        "http:example.com",
        " http://a",
        "http://a\n",
        "http://a b",
        "http://a\u200b",
        "http://a\u202eb",
        'http://a"b',
        "http://a<b",
        "java\nscript:alert(1)",
        "",
    ],
)
def test_addresses_that_are_refused(address: str) -> None:
    assert not fits("url", address)


@for_each(
    ("kind", "good", "bad"),
    [
        ("duration", ["1", "9", "10", "59"], ["0", "60", "100", "-1", "1.0", "01", "１", " 1", "x", ""]),
        ("colour", ["FFBBBBBB", "00aabbcc"], ["0xFFBBBBBB", "FFBBBBB", "FFBBBBBBB", "GGBBBBBB", "#FFBBBB"]),
        ("status_colour", ["0xFFF65E5E", "0xff78C06E"], ["FFF65E5E", "0xF65E5E", "0x00F65E5E", "0xFFF65E5EE", "red"]),
        ("orientation", ["0", "1"], ["2", "", "01", "vertical"]),
        ("media_id", ["@lADOADmaWMzazQKA", "$iAEKAqNwbmcDBgTNAk", "lAD"], ["https://a/b.png", "a b", "a.png", "@", ""]),
        ("picture", ["https://a/b.png", "@lALO"], ["eapp://a", "javascript:x", "a.png"]),
    ],
)
def test_each_kind_of_value_has_its_format(kind: str, good: list[str], bad: list[str]) -> None:
    assert [value for value in good if not fits(kind, value)] == []
    assert [value for value in bad if fits(kind, value)] == []
