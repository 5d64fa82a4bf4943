"""Events as a DataFrame: its shape for any content."""

import json

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dingnb.client import DingTalk
from dingnb.errors import InputError
from dingnb.events.event import Event
from dingnb.events.filtering import EventFilter, parse_time
from dingnb.events.frames import events_frame
from dingnb.events.parsing import parse_event
from tests.events.feeding import FIRST_MS, event_of_type, feed, leave_event, robot_message, streamed_leave_event
from tests.table_rows import for_each

BEIJING = "datetime64[ms, Asia/Shanghai]"
BEFORE = ["time", "type", "event_id", "userids", "corp_id", "channel", "received_at"]


def ids(frame: pd.DataFrame) -> list[str]:
    return frame["event_id"].tolist()


def test_an_empty_frame_has_the_common_columns(ding: DingTalk) -> None:
    for each_person, people in ((False, "userids"), (True, "userid")):
        frame = ding.events.to_frame(each_person=each_person)
        assert list(frame) == [column if column != "userids" else people for column in [*BEFORE, "raw"]]
        assert len(frame) == 0
        assert [str(frame[column].dtype) for column in ("time", "received_at")] == [BEIJING, BEIJING]
        assert {str(frame[column].dtype) for column in ("type", "event_id", "corp_id", "channel", "raw")} == {"str"}
    assert str(frame["userid"].dtype) == "str"


def test_an_event_is_a_row_and_its_fields_are_columns(ding: DingTalk) -> None:
    feed(
        ding,
        leave_event(0, ["u1", "u2"]),
        event_of_type(
            "bpms_instance_change",
            1,
            finishTime=str(FIRST_MS),
            title="请假",
            type="finish",
            isAdmin=True,
            deptId=[7, 8],
            count=3,
        ),
    )
    frame = ding.events.to_frame()
    assert list(frame) == [*BEFORE, "finish_time", "title", "data_type", "is_admin", "dept_id", "count", "raw"]
    assert list(frame.index) == [0, 1]
    assert [
        str(frame[column].dtype) for column in ("finish_time", "title", "data_type", "is_admin", "dept_id", "count")
    ] == [*(BEIJING, "str", "str", "boolean", "object", "Int64")]
    assert frame["time"][0] == pd.Timestamp("2025-11-25 09:00", tz="Asia/Shanghai")
    assert frame["received_at"][0] == pd.Timestamp("2025-11-25 09:00:00.250", tz="Asia/Shanghai")
    assert frame["userids"].tolist() == [["u1", "u2"], []]
    assert frame["finish_time"][1] == pd.Timestamp("2025-11-25 09:00", tz="Asia/Shanghai")
    assert frame["data_type"].tolist()[1] == "finish"
    assert frame["title"].isna().tolist() == frame["count"].isna().tolist() == [True, False]
    assert frame["corp_id"].isna().tolist() == [False, True]


def test_each_person_has_a_row_and_events_without_people_have_none(ding: DingTalk) -> None:
    feed(ding, leave_event(0, ["u1", "u2"]), event_of_type("check_in", 1), leave_event(2, ["u3"]))
    frame = ding.events.to_frame(each_person=True)
    assert frame["userid"].tolist() == ["u1", "u2", "u3"]
    assert list(frame.index) == [0, 1, 2]
    staff = pd.DataFrame({"userid": ["u3", None, "u2"], "name": ["C", "nobody", "B"]})
    assert staff.merge(frame, on="userid")[["name", "event_id"]].to_numpy().tolist() == [
        ["C", "leave-2"],
        ["B", "leave-0"],
    ]


def test_fields_named_like_columns_do_not_replace_them(ding: DingTalk) -> None:
    named = {name: f"{name}!" for name in (*BEFORE, "raw", "userid", "data_type", "self", "index")}
    # Fields named like facts of the event are those facts.
    for own in ("userids", "userid", "corp_id", "event_id"):
        del named[own]
    feed(ding, event_of_type("odd", **named))
    frame = ding.events.to_frame()
    assert len(set(frame)) == len(list(frame))
    assert frame["type"].tolist() == ["odd"]
    fields = {"data_type": "type!", "data_data_type": "data_type!", "data_raw": "raw!", "data_channel": "channel!"}
    assert {name: frame[name][0] for name in fields} == fields
    assert frame["self"][0] == "self!"


@for_each(
    "value",
    [10**40, -(10**40), 10**16, 253_402_300_799_999, -5, 12345, [1, {"a": None}], {"a": [1]}, None, "", "x", True, 1.5],
)
@pytest.mark.parametrize("name", ["finishTime", "count", "time_stamp", "TimeStamp"])
def test_any_field_value_becomes_a_cell(ding: DingTalk, name: str, value: object) -> None:
    feed(
        ding,
        event_of_type("odd", 0, **{name: value}),
        event_of_type("odd", 1, **{name: "1764032400000"}),
        leave_event(2),
    )
    frame = ding.events.to_frame()
    assert len(frame) == 3
    assert frame["raw"].notna().all()


def test_a_mixed_column_keeps_the_original_values(ding: DingTalk) -> None:
    feed(
        ding,
        event_of_type("a", deptId="7"),
        event_of_type("b", 1, deptId=7),
        event_of_type("c", 2, huge=2**60 + 1),
        event_of_type("d", 3, huge=0.5),
    )
    assert ding.events.to_frame()["dept_id"].tolist()[:2] == ["7", 7]
    assert ding.events.to_frame()["huge"].tolist()[2:] == [2**60 + 1, 0.5]


def test_numbers_are_numeric_and_empty_values_are_missing(ding: DingTalk) -> None:
    first = event_of_type("a", latitude=30.5, category="", part=0.5, count="", deptIds="")
    feed(ding, first, event_of_type("b", 1, latitude=30, category="x", part="", count=3, deptIds=[7]), leave_event(2))
    frame = ding.events.to_frame()
    columns = ("latitude", "part", "category", "count", "dept_ids")
    assert [str(frame[column].dtype) for column in columns] == ["Float64", "Float64", "str", "Int64", "object"]
    assert (frame["latitude"].mean(), frame["part"].sum(), frame["count"].sum()) == (30.25, 0.5, 3)
    for column in ("category", "count", "dept_ids"):
        assert frame[column].isna().tolist() == [True, False, True]


@pytest.mark.parametrize("blank", [0, "0", "", None], ids=repr)
def test_a_missing_time_does_not_change_the_column_type(ding: DingTalk, blank: object) -> None:
    feed(ding, event_of_type("a", finishTime=blank), event_of_type("b", 1, finishTime="1764032400000"))
    assert ding.events.to_frame()["finish_time"].isna().tolist() == [True, False]
    assert ding.events.to_frame()["finish_time"][1] == pd.Timestamp("2025-11-25 09:00", tz="Asia/Shanghai")


def test_a_number_that_is_not_a_time_stays_a_number(ding: DingTalk) -> None:
    feed(ding, event_of_type("a", checkTime=480), event_of_type("b", 1, overTime=1764032400))
    frame = ding.events.to_frame()
    assert str(frame["check_time"].dtype) == "Int64"
    assert frame["check_time"][0] == 480
    assert frame["over_time"][1] == pd.Timestamp("2025-11-25 09:00", tz="Asia/Shanghai")


@for_each(
    ("which", "expected"),
    [
        ({"type": "check_in"}, ["check_in-1"]),
        ({"type": ["check_in", "user_leave_org"]}, ["leave-0", "check_in-1", "leave-2"]),
        ({"type": "nothing_like_it"}, []),
        ({"type": "*"}, ["leave-0", "check_in-1", "leave-2", "msg-3"]),
        ({"type": ["check_in", "*"]}, ["leave-0", "check_in-1", "leave-2", "msg-3"]),
        ({"type": pd.Series(["check_in", " odd "])}, ["check_in-1"]),
        ({"type": pd.Index(["check_in"])}, ["check_in-1"]),
        ({"type": pd.Series(["check_in", "check_in", "robot_message"]).unique()}, ["check_in-1", "msg-3"]),
        ({"since": "2025-11-25 09:01"}, ["check_in-1", "leave-2", "msg-3"]),
        ({"until": "2025-11-25 09:01"}, ["leave-0"]),
        ({"since": "2025-11-25 01:01+00:00", "until": "2025-11-25 03:02+02:00"}, ["check_in-1"]),
        ({"since": pd.Timestamp("2025-11-25 01:02", tz="UTC").to_pydatetime()}, ["leave-2", "msg-3"]),
        ({"since": "2025-11-26"}, []),
        ({"person": "u2"}, ["leave-0", "leave-2"]),
        ({"person": ["u3", "u1"]}, ["leave-0", "msg-3"]),
        ({"person": "u"}, []),
        ({"person": pd.Series(["u3", None, " u1 "])}, ["leave-0", "msg-3"]),
        ({"person": pd.Index(["u2"])}, ["leave-0", "leave-2"]),
        ({"person": {"u3"}}, ["msg-3"]),
        ({"person": " u3 "}, ["msg-3"]),
        ({"text": "LUNCH"}, ["msg-3"]),
        ({"text": " 张三 "}, ["msg-3"]),
        ({"text": "leave-2"}, ["leave-2"]),
        ({"text": "u2", "type": "user_leave_org", "since": "2025-11-25 09:01"}, ["leave-2"]),
        ({"text": "s3cr3t"}, []),
        (dict.fromkeys(["type", "since", "until", "person", "text"]), ["leave-0", "check_in-1", "leave-2", "msg-3"]),
    ],
)
def test_events_are_filtered_by_type_time_person_and_text(
    ding: DingTalk, which: dict[str, object], expected: list[str]
) -> None:
    feed(
        ding,
        leave_event(0, ["u1", "u2"]),
        event_of_type("check_in", 1),
        leave_event(2, ["u2"]),
        robot_message(3, "lunch?"),
    )
    assert ids(ding.events.to_frame(**which)) == expected  # type: ignore[arg-type] # one of the arguments each


MOMENTS = st.integers(0, 3).map(lambda n: FIRST_MS + n * 60_000)
EVENTS = st.lists(
    st.builds(
        lambda kind, at_ms, came_ms, people, title: parse_event(
            {"EventType": kind, "eventId": "e7", "TimeStamp": at_ms, "userId": people, "title": title}, came_ms * 10**6
        ),
        st.sampled_from(["check_in", "user_leave_org"]),
        st.none() | MOMENTS,
        MOMENTS,
        st.lists(st.sampled_from(["u1", "U2", "张三"]), unique=True),
        st.sampled_from(["Straße", "LUNCH", ""]),
    ),
    max_size=6,
)
ZONES = st.sampled_from(["UTC", "Asia/Shanghai", "America/New_York"])
TIMES = st.none() | st.builds(lambda at_ms, zone: pd.Timestamp(at_ms, unit="ms", tz=zone), MOMENTS, ZONES)


def _text_of(event: Event) -> str:
    return json.dumps([event.type, event.id, event.userids, event.fields], ensure_ascii=False)


@given(
    events=EVENTS,
    kinds=st.none() | st.lists(st.sampled_from(["check_in", "user_leave_org", "odd"]), min_size=1),
    since=TIMES,
    until=TIMES,
    people=st.none() | st.lists(st.sampled_from(["u1", "张三", "u9"]), min_size=1),
    text=st.sampled_from(["", "lunch", "STRASSE", "u2", "E7", "leave", "nowhere"]),
)
def test_all_filters_together_are_those_of_pandas(
    events: list[Event],
    kinds: list[str] | None,
    since: pd.Timestamp | None,
    until: pd.Timestamp | None,
    people: list[str] | None,
    text: str,
) -> None:
    frame = events_frame(events)
    when = frame["time"].fillna(frame["received_at"])
    wanted = pd.Series(data=True, index=frame.index)
    for is_given, mask in (
        (kinds, frame["type"].isin(kinds or [])),
        (since, when >= (since or pd.Timestamp.max.tz_localize("UTC"))),
        (until, when < (until or pd.Timestamp.max.tz_localize("UTC"))),
        (people, frame["userids"].map(lambda ids: not set(ids).isdisjoint(people or [])).astype("bool")),
        (text, pd.Series([text.casefold() in shown.casefold() for shown in map(_text_of, events)], dtype="bool")),
    ):
        wanted &= mask if is_given else True
    choice = EventFilter.parse(kinds, since, until, people, text)
    assert [choice(event) for event in events] == wanted.tolist()


def test_a_time_may_be_typed_with_full_width_characters() -> None:
    assert parse_time("２０２６-１１-２５ ０９：００", "since") == parse_time("2026-11-25 09:00", "since")
    assert parse_time("2026-11-25 09：00", "since") == parse_time("2026-11-25 09:00", "since")


def test_an_event_without_a_time_is_filtered_by_when_it_was_received(ding: DingTalk) -> None:
    feed(ding, event_of_type("odd", 1, TimeStamp=""))
    assert ding.events.to_frame()["time"].isna().all()
    assert len(ding.events.to_frame(since="2025-11-25 09:01", until="2025-11-25 09:02")) == 1
    assert len(ding.events.to_frame(since="2025-11-25 09:02")) == 0


@for_each(
    ("which", "said"),
    [
        ({"type": 7}, "type=7"),
        ({"type": []}, r"type=\[\]"),
        ({"type": ["a", None]}, "type="),
        ({"type": pd.NA}, "type=<NA>"),
        ({"type": {"check_in": 1}}, "type="),
        ({"type": pd.DataFrame({"check_in": []})}, "type="),
        ({"since": "yesterday-ish"}, "since='yesterday-ish'"),
        ({"since": 1_795_633_163.5}, "since=1795633163.5"),
        ({"until": object()}, "until="),
        ({"since": "now"}, "since='now'"),
        ({"since": "Today "}, "since='Today '"),
        ({"until": "09:00"}, "until='09:00'"),
        ({"until": "９：００"}, "until='９：００'"),
        ({"until": "2026-11-25 25:00"}, "until='2026-11-25 25:00'"),
        ({"since": "11-25 09:00"}, "since='11-25 09:00'"),
        ({"since": ""}, "since=''"),
        ({"person": 7}, "person=7"),
        ({"person": ""}, "person=''"),
        ({"person": []}, r"person=\[\]"),
        ({"person": pd.Series([None, " "])}, "person="),
        ({"person": {"u1": 1}}, "person"),
        ({"person": iter(["u1"])}, "person"),
        ({"person": [["u1"]]}, "person"),
        ({"text": 7}, "text=7"),
    ],
)
def test_unusable_filters_are_named(ding: DingTalk, which: dict[str, object], said: str) -> None:
    with pytest.raises(InputError, match=said):
        ding.events.to_frame(**which)  # type: ignore[arg-type] # that is the point


def test_events_are_in_the_order_received(ding: DingTalk) -> None:
    late = event_of_type("late", 9, TimeStamp=FIRST_MS)
    feed(ding, leave_event(3), late, streamed_leave_event(4), leave_event(1))
    assert ids(ding.events.to_frame()) == ["leave-1", "leave-3", "leave-4", "late-9"]
