"""Strategies for tests of drafts and the compose form: messages of all types, and frames of all dtypes."""

import datetime as dt
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
from hypothesis import strategies as st

from dingnb.errors import InputError
from dingnb.limits import STANDARD
from dingnb.messages import Message
from dingnb.messages.column_names import tag_for
from dingnb.messages.types import TYPES

COLUMNS = ("name", "Net pay", "日期", "{{x}}", "😀", 'a"b', "for")
TAGS = tuple(tag_for(column) for column in COLUMNS)
WORDS = st.text(st.characters(exclude_characters="{}%#", exclude_categories=["Cs"]), max_size=8)
FILTERS = st.sampled_from(["", "", ' | default("–")', " | money", " | date", " | upper", " | truncate(4)", " | string"])


def column_tags(tags: Sequence[str]) -> st.SearchStrategy[str]:
    """Return tags of columns, some with a filter."""
    return st.tuples(st.sampled_from(tags), FILTERS).map(lambda pair: pair[0].removesuffix(" }}") + pair[1] + " }}")


def texts_with_columns(tags: Sequence[str] = TAGS, most: int = 4) -> st.SearchStrategy[str]:
    """Return texts that contain columns."""
    return st.lists(column_tags(tags) | WORDS, min_size=1, max_size=most).map("".join)


def urls_with_columns(tags: Sequence[str] = TAGS) -> st.SearchStrategy[str]:
    """Return URLs, some with columns."""
    return st.sampled_from(["https://example.com/", "dingtalk://a", "eapp://b?c=", "HTTP://d"]).flatmap(
        lambda start: st.sampled_from(["", *(f"{tag[:-2]}| urlencode }}}}" for tag in tags)]).map(start.__add__)
    )


def messages(tags: Sequence[str] = TAGS, *, body_bytes: Sequence[int] = (2048,)) -> st.SearchStrategy[Message]:
    """Return valid messages of all types."""
    text, url, media = (
        texts_with_columns(tags),
        urls_with_columns(tags),
        st.sampled_from(["@lADOADmaWMzazQKA", "$id", "lA/b+c="]),
    )
    buttons = st.lists(st.tuples(text, url), min_size=1, max_size=5)
    rows = st.lists(st.tuples(text, text), max_size=8).map(lambda pairs: pairs or None)
    key = st.sampled_from(["yes", "no", "来", "a-1"])
    keyed = st.lists(
        st.fixed_dictionaries({"key": key, "label": text}), min_size=1, unique_by=lambda entry: entry["key"]
    )
    named = st.lists(
        st.fixed_dictionaries({"name": key, "value": text}), min_size=1, unique_by=lambda entry: entry["name"]
    )
    types = st.sampled_from(["TEXT", "TEXT_AREA", "NUMBER", "DATE", "SWITCH"])
    question = st.fixed_dictionaries({"name": key, "label": text, "type": types})
    questions = st.lists(question, min_size=1, unique_by=lambda entry: entry["name"])
    optional: Callable[[st.SearchStrategy[Any]], st.SearchStrategy[Any]] = lambda strategy: st.none() | strategy  # noqa: E731
    kinds: dict[str, dict[str, st.SearchStrategy[Any]]] = {
        "text": {"content": text},
        "markdown": {"title": text, "text": text},
        "link": {"title": text, "text": text, "message_url": url, "pic_url": media | st.just("https://a/b.png")},
        "image": {"source": media},
        "file": {"source": media},
        "voice": {"source": media, "duration": st.integers(1, 59).map(str)},
        "action_card": {"markdown": text, "title": optional(text), "single_title": text, "single_url": url},
        "action_card ": {
            "markdown": text,
            "title": optional(text),
            "btn_json_list": buttons,
            "btn_orientation": st.sampled_from("01"),
        },
        "card": {"title": text, "text": text, "buttons": optional(keyed)},
        "card ": {
            "title": text,
            "template": st.just("a-b.schema"),
            "data": optional(named),
            "private": optional(named),
        },
        "survey": {"title": text, "text": text, "fields": questions, "submit": optional(text)},
        "oa": {
            "message_url": url,
            "head_bgcolor": st.sampled_from(["FFBBBBBB", "00aA00ff"]),
            "head_text": text,
            "form": rows,
            **{
                name: optional(text)
                for name in ("status_value", "title", "rich_num", "rich_unit", "content", "file_count", "author")
            },
            "pc_message_url": optional(url),
            "status_bg": st.sampled_from([None, "0xFF78C06E"]),
            "image": optional(media),
        },
    }
    candidates = st.sampled_from(sorted(kinds)).flatmap(
        lambda name: st.tuples(st.just(name.strip()), st.fixed_dictionaries(kinds[name]), st.sampled_from(body_bytes))
    )
    return candidates.map(_make_message).filter(lambda draft: draft is not None).map(_require)


def _make_message(parts: tuple[str, dict[str, Any], int]) -> Message | None:
    try:
        # The limit of work notifications.
        limit = STANDARD.body_bytes if TYPES[parts[0]].is_card else parts[2]
        return Message.of(parts[0], parts[1], body_bytes=limit)
    except InputError:
        return None


def _require(message: Message | None) -> Message:
    assert message is not None
    return message


_TEXT = st.text(st.characters(), max_size=12) | st.sampled_from(
    ["", " ", "nan", "None", "1,234.5", "2026-11-03", "\x00"]
)
_PLAIN = st.text(st.characters(exclude_categories=["Cs"]), max_size=12) | st.sampled_from(
    ["", "nan", "1,234.5", "2026-11-03"]
)
_DAY = st.dates(dt.date(1990, 1, 1), dt.date(2040, 1, 1))
_MIDNIGHT = _DAY.map(lambda day: dt.datetime.combine(day, dt.time()))
_FIRST, _LAST = (dt.datetime.combine(day, dt.time()) for day in (dt.date(1990, 1, 1), dt.date(2040, 1, 1)))
_TIME = st.datetimes(_FIRST, _LAST) | _MIDNIGHT
_FLOAT = st.floats() | st.integers(-5, 5).map(float)
_MIXED = st.one_of(
    *(_TEXT, st.integers(), _FLOAT, _DAY, _TIME, _MIDNIGHT),
    st.sampled_from(
        [None, pd.NA, pd.NaT, np.nan, True, Decimal("1.50"), Decimal("nan"), (1, 2), [], b"x", dt.timedelta(1)]
    ),
    st.sampled_from([np.int8(3), np.float32(0.1), np.datetime64("2026-11-03"), 10**5000, "\ud800"]),
)


def _column(cells: st.SearchStrategy[Any], dtype: Any, *, gaps: bool = True) -> Callable[[int], st.SearchStrategy[Any]]:
    some = st.none() | cells if gaps else cells
    return lambda rows: st.lists(some, min_size=rows, max_size=rows).map(lambda values: pd.Series(values, dtype=dtype))


_COLUMNS = [
    _column(_PLAIN, "str"),
    _column(_PLAIN, "string"),
    _column(st.sampled_from(["a", "b"]), "category"),
    _column(_MIDNIGHT, pd.CategoricalDtype(), gaps=False),
    _column(st.integers(-(2**40), 2**40), "int64", gaps=False),
    _column(st.integers(-100, 100), "Int64"),
    _column(_FLOAT, "float64"),
    _column(st.floats(width=32), "float32"),
    _column(_FLOAT.filter(np.isfinite), "Float64"),
    _column(st.booleans(), "bool", gaps=False),
    _column(st.booleans(), "boolean"),
    _column(_MIDNIGHT, "datetime64[us]"),
    _column(_TIME, "datetime64[ns]"),
    _column(_TIME, "datetime64[s, Asia/Shanghai]"),
    _column(_MIDNIGHT, "datetime64[ns, UTC]"),
    _column(_TIME, object),
    _column(_MIDNIGHT, object),
    _column(_DAY, object),
    _column(st.timedeltas(dt.timedelta(-9), dt.timedelta(9)), "timedelta64[us]"),
    _column(_MIXED, object),
]


def frames(columns: Sequence[str] = COLUMNS, least: int = 1, most: int = 4) -> st.SearchStrategy[pd.DataFrame]:
    """Return frames with a userid and these columns, of all dtypes and with gaps."""
    return st.integers(least, most).flatmap(
        lambda rows: st.tuples(*(st.sampled_from(_COLUMNS).flatmap(lambda make: make(rows)) for _ in columns)).map(
            lambda columns_made: pd.DataFrame(
                {"userid": [f"user{at}" for at in range(rows)], **dict(zip(columns, columns_made, strict=True))}
            )
        )
    )
