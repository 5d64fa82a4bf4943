"""A list of people and a message to them, for practice in the sandbox."""

from typing import Final, NamedTuple

import pandas as pd

from dingnb.client import DingTalk
from dingnb.clock import Clock
from dingnb.messages.column_names import tag_for
from dingnb.ui.compose.message_text import MessageText, initial_text
from dingnb.ui.compose.source import FrameCode
from dingnb.ui.kit.code import call
from dingnb.ui.kit.times import TIME_TO_MINUTE, format_time
from dingnb.words import say
from dingnb.words.literals import literal

_PEOPLE: Final = 12
"""Number of people in the list."""


class Sample(NamedTuple):
    """The list, which statements create it, and the message."""

    frame: pd.DataFrame
    frame_code: FrameCode
    message: MessageText


def read_sample(ding: DingTalk, clock: Clock) -> Sample:
    """
    Return a list and a message for practice; the people are read from the directory.

    Raises:
        DingError: The directory could not be read.
    """
    # In the language of the form, so that the column's button and its tag in the message have the same name.
    name, renamed = say("directory.column_name"), ""
    people, selection = _sample_people(ding)
    frame = people[["userid", "name"]].head(_PEOPLE)
    if name != "name":
        frame, renamed = frame.rename(columns={"name": name}), f".rename(columns={{'name': {literal(name)}}})"
    chosen = f'[["userid", "name"]].head({_PEOPLE}){renamed}'
    # With the time, since DingTalk drops a text that a person has received on the same day.
    moment = format_time(clock.now_ns(), TIME_TO_MINUTE)
    message = initial_text().with_text("title", say("studio.sample_title", moment=moment))
    return Sample(
        frame,
        lambda variable, app: [f"{variable} = {call(f'{app}.people', **selection)}{chosen}"],
        message.with_text("text", say("studio.sample_text", moment=moment, tag=tag_for(name))),
    )


def _sample_people(ding: DingTalk) -> tuple[pd.DataFrame, dict[str, object]]:
    """
    Return the people for practice, and the arguments of `people` that select them.

    The people of only as many departments are read as it takes, since a directory takes many calls.
    """
    departments = ding.departments(counts=False)
    is_lowest = ~departments["dept_id"].isin(departments["parent_id"])
    lowest = departments.loc[is_lowest, "dept_id"].tolist()
    for n in range(1, len(lowest) + 1):
        selected = lowest[0] if n == 1 else lowest[:n]
        people = ding.people(department=selected)
        if len(people) >= _PEOPLE:
            return people, {"department": selected}
    return ding.people(everybody=True), {"everybody": True}
