"""Texts about reminders that were sent: whom each has reached, and who would be reminded again."""

from collections.abc import Collection, Sequence

from dingnb.campaigns.results.reminders import Reminder
from dingnb.campaigns.status import State
from dingnb.ui.kit.times import DATE, DATETIME_TO_MINUTE, TIME_TO_MINUTE, format_time
from dingnb.words import NOTHING, Text, count, listed_briefly, sentences


def describe_sent(reminder: Reminder, reminders: Sequence[Reminder], now_ns: int) -> Text:
    """Return when a reminder was sent to how many people, and whether it was finished and recalled."""
    unit, is_whole = reminder.unit, reminder.accepted == reminder.people
    sent = Text(
        "results_form.reminded" if is_whole else "results_form.reminded_some",
        time=_time(reminder.started_ns, now_ns),
        n=reminder.accepted,
        people=count(unit, reminder.people),
        name=reminder.name,
    )
    texts = [sent]
    if reminder.state is State.RUNNING:
        texts.append(Text("results_form.reminder_running"))
    if reminder.is_halted:
        texts.append(Text(f"results_form.reminder_{reminder.state}", people=count(unit, reminder.queued)))
        by_others = frozenset[str]().union(*(other.reached for other in reminders if other is not reminder))
        again = len(reminder.waiting & by_others)
        texts.append(Text("results_form.reminder_elsewhere", people=count("person", again)) if again else NOTHING)
    if reminder.recalled:
        texts.append(Text("results_form.reminder_recalled", people=count(unit, reminder.recalled)))
    return sentences(*texts)


def describe_repeat(reminders: Sequence[Reminder], userids: Collection[str], now_ns: int, *, sends_card: bool) -> Text:
    """
    Return how many of some people were reminded already, and whether they are again; empty if nobody was.

    Args:
        reminders: The reminders that were sent.
        userids: The people.
        now_ns: The current time.
        sends_card: Whether a reminder sends the card again, which reaches people as often as it is sent.
    """
    reminded = [reminder for reminder in reminders if not reminder.reached.isdisjoint(userids)]
    if not reminded:
        return NOTHING
    people = frozenset[str]().union(*(reminder.reached for reminder in reminded)).intersection(userids)
    latest = max(reminder.started_ns for reminder in reminded)
    names = listed_briefly([reminder.name for reminder in reminded], "campaign")
    time = _time(latest, now_ns)
    key = "results_form.remind_again" if sends_card else "results_form.remind_again_text"
    return Text(key, people=count("person", len(people)), time=time, names=names)


def _time(at_ns: int, now_ns: int) -> str:
    """Return a time, with the date unless it is today."""
    is_today = format_time(at_ns, DATE) == format_time(now_ns, DATE)
    return format_time(at_ns, TIME_TO_MINUTE if is_today else DATETIME_TO_MINUTE)
