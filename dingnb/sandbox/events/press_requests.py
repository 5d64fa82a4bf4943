"""Presses that tests request for named people or for a share of all who received a card, spread over time."""

import json
import random
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any, NamedTuple, get_args

from dingnb.clock import seconds_to_ns
from dingnb.sandbox.arguments import refuse_argument, refuse_field
from dingnb.sandbox.cards import Card
from dingnb.sandbox.presses import CallbackFormat, PlannedPress, Press
from dingnb.sandbox.rendered_card import SUBMIT, CardField, RenderedCard
from dingnb.sandbox.state import SandboxState
from dingnb.sandbox.tasks import truncated_exponential
from dingnb.words import Text

_MAX_S = 31 * 24 * 3_600
_MAX_WEIGHT = 10**9
_OPTIONAL_SHARE = 0.8
"""The share of optional fields that are filled in."""

_TEXTS = ("都可以", "没问题", "请电话联系", "No preference", "晚到十分钟", "辛苦了")


class _Presser(NamedTuple):
    """A person, and the card to press."""

    userid: str
    out_track_id: str


def plan_presses(state: SandboxState, request: Mapping[str, Any], now_ns: int) -> list[Press]:
    """
    Plan presses and return them. `dingnb.sandbox.apis.control` documents the fields of the request.

    Raises:
        InputError: A field is invalid. Nothing is planned then.
    """
    fields = dict(request)
    for name, value in fields.items():
        if name not in _CHECKS:
            refuse_field("press", name, _CHECKS)
        expected, is_valid = _CHECKS[name]
        if not is_valid(value):
            refuse_argument("press", name, value, expected)
    generator = random.Random(fields.get("seed", 0))  # noqa: S311 - repeatable, and no secret
    presses: list[PlannedPress] = []
    pressers = _pressers(state, fields, generator)
    after_ns, over_s = seconds_to_ns(fields.get("after_s", 0)), fields.get("over_s", 0)
    for presser in pressers:
        chosen = _choose_press(state, presser, fields, generator)
        due_ns = now_ns + after_ns + seconds_to_ns(over_s * truncated_exponential(generator.random()))
        is_twice = generator.random() < fields.get("twice", 0)
        if chosen is None:
            continue
        action_ids, params = chosen
        callback_format, is_forced = fields.get("format", ""), fields.get("force", False)
        planned = PlannedPress(
            presser.out_track_id, presser.userid, action_ids, params, due_ns, callback_format, is_forced
        )
        # A double click arrives before any answer.
        presses += [planned, planned] if is_twice else [planned]
    return state.presses.plan(presses)


def _pressers(state: SandboxState, fields: Mapping[str, Any], generator: random.Random) -> list[_Presser]:
    named = fields.get("out_track_ids", fields.get("out_track_id"))
    out_track_ids = [named] if isinstance(named, str) else named
    if "userids" in fields:
        return list(_find_pressers(state, fields["userids"], out_track_ids))
    people = [
        person for person in state.cards.recipients() if _find_newest_card(state, person, out_track_ids) is not None
    ]
    chosen = generator.sample(range(len(people)), round(len(people) * fields.get("share", 1)))
    return list(_find_pressers(state, (people[place] for place in sorted(chosen)), out_track_ids))


def _find_pressers(state: SandboxState, userids: Iterable[str], out_track_ids: list[str] | None) -> Iterator[_Presser]:
    """
    Yield each person with the newest of the person's cards that the request selects.

    A person who received none of them presses the card that the request names, if it names a single one; otherwise the
    person is left out.
    """
    for userid in userids:
        card = _find_newest_card(state, userid, out_track_ids)
        if card is not None:
            yield _Presser(userid, card.out_track_id)
        elif out_track_ids is not None and len(out_track_ids) == 1:
            yield _Presser(userid, out_track_ids[0])


def _find_newest_card(state: SandboxState, userid: str, out_track_ids: list[str] | None) -> Card | None:
    """
    Return a person's newest card, by the time of its first delivery; None if the person has none.

    `out_track_ids` selects the cards that count; None selects all.
    """
    cards = state.cards.list_delivered_to(userid)
    return next((card for card in reversed(cards) if out_track_ids is None or card.out_track_id in out_track_ids), None)


def _choose_press(
    state: SandboxState, presser: _Presser, fields: Mapping[str, Any], generator: random.Random
) -> tuple[list[str], dict[str, Any]] | None:
    """Return the action ids and the parameters of a person's press; None if there is nothing to press."""
    if "action_ids" in fields or "params" in fields:
        return fields.get("action_ids", []), fields.get("params", {})
    card = state.cards.find(presser.out_track_id)
    rendered = RenderedCard() if card is None else state.presses.render(card, presser.userid)
    answers = fields.get("answers")
    if answers:
        action_id = generator.choices(list(answers), list(answers.values()))[0]
        button = rendered.button(action_id)
        return [action_id], dict(button.params) if button else {}
    if "form" in fields or rendered.has_form:
        return [SUBMIT], {"form": {**fill_in_form(rendered.fields, generator), **fields.get("form", {})}}
    if not rendered.action_ids:
        return None
    button = rendered.button(generator.choice(rendered.action_ids))
    return None if button is None else ([button.id], dict(button.params))


def fill_in_form(form: Iterable[CardField], generator: random.Random) -> dict[str, Any]:
    """Return random answers to a form, as a client sends them; some optional fields remain empty."""
    values = {card_field.name: _draw_value(card_field, generator) for card_field in form}
    is_filled = {card_field.name: card_field.is_required or generator.random() < _OPTIONAL_SHARE for card_field in form}
    return {name: value for name, value in values.items() if value is not None and is_filled[name]}


def _draw_value(card_field: CardField, generator: random.Random) -> Any:  # noqa: ANN401 - any JSON
    values = [value for value, _ in card_field.options]
    if card_field.type in {"MULTI_SELECT", "MULTI_CHECKBOX_GROUP"}:
        chosen = sorted(generator.sample(range(len(values)), generator.randint(min(1, len(values)), len(values))))
        chosen_values = [values[index] for index in chosen]
        return {"index": chosen, "value": chosen_values} if card_field.type == "MULTI_SELECT" else chosen_values
    if card_field.type in {"SELECT", "CHECKBOX_GROUP"}:
        if not values:
            return None
        place = generator.randrange(len(values))
        return {"index": place, "value": values[place]} if card_field.type == "SELECT" else values[place]
    return _VALUE_GENERATORS.get(card_field.type, _VALUE_GENERATORS["TEXT"])(generator)


_VALUE_GENERATORS: Mapping[str, Callable[[random.Random], Any]] = {
    "TEXT": lambda generator: generator.choice(_TEXTS),
    "TEXT_ARRAY": lambda generator: generator.sample(_TEXTS, 2),
    "NUMBER": lambda generator: generator.randint(0, 10),
    "DATE": lambda generator: f"2026-12-{generator.randint(1, 31):02d}",
    "TIME": lambda generator: f"{generator.randint(8, 18):02d}:{generator.choice((0, 30)):02d}",
    "DATETIME": lambda generator: f"2026-12-{generator.randint(1, 31):02d} {generator.randint(8, 18):02d}:00",
    "CHECKBOX": lambda generator: generator.random() < 1 / 2,
    "SWITCH": lambda generator: generator.random() < 1 / 2,
}


def _is_number(value: object, most: float) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= most


def _are_texts(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


def _is_json_object(value: object) -> bool:
    """Return whether a value is a dict that can be converted to JSON; a dict from Python may not be convertible."""
    if not isinstance(value, dict):
        return False
    try:
        json.dumps(value)
    except (TypeError, ValueError, RecursionError):
        return False
    return True


def _are_weights(value: object) -> bool:
    return (
        isinstance(value, dict)
        and all(isinstance(action_id, str) for action_id in value)
        and all(_is_number(weight, _MAX_WEIGHT) for weight in value.values())
        and any(value.values())
    )


_SECONDS = (Text("expected.seconds_up_to", most=f"{_MAX_S:,}"), lambda value: _is_number(value, _MAX_S))
_SHARE = (Text("expected.share"), lambda value: _is_number(value, 1))
_OBJECT = (Text("expected.object"), _is_json_object)
_IDS = (Text("expected.texts"), _are_texts)
_FLAG = (Text("expected.flag"), lambda value: isinstance(value, bool))

_CHECKS: Mapping[str, tuple[Text, Callable[[object], bool]]] = {
    "userids": _IDS,
    "share": _SHARE,
    "out_track_id": (Text("expected.card"), lambda value: isinstance(value, str)),
    "out_track_ids": _IDS,
    "answers": (Text("expected.weights"), _are_weights),
    "form": _OBJECT,
    "action_ids": _IDS,
    "params": _OBJECT,
    "over_s": _SECONDS,
    "after_s": _SECONDS,
    "seed": (Text("expected.integer"), lambda value: isinstance(value, int) and not isinstance(value, bool)),
    "twice": _SHARE,
    "format": (
        Text("expected.choice", choices=", ".join(get_args(CallbackFormat))),
        lambda value: value in get_args(CallbackFormat),
    ),
    "force": _FLAG,
}
