"""
Cards: their templates, their variables, their deliveries, and what each person sees on them.

A card has public variables, which everybody sees, and private variables of single people. A private variable has an
effect only if the template declares the variable as private. An answer to a press changes what the person who pressed
sees. See docs/dingtalk.md, "Cards".
"""

from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from hashlib import blake2b
from typing import Any, Final, NamedTuple, TypeGuard

from dingnb.sandbox.records import EffectRecorder, discard_effect, newest
from dingnb.sandbox.settings import SandboxSettings

Variables = Mapping[str, str]
"""The variables of a card, as texts by name."""

_MAX_NAME_BYTES = 100

MARKDOWN_BUTTONS: Final = "1366a1eb-bc54-4859-ac88-517c56a9acb1.schema"
MARKDOWN: Final = "589420e2-c1e2-46ef-a5ed-b8728e654da9.schema"
FORM: Final = "c2a6355b-9724-4f7e-9653-d33fcb3311bb.schema"

_TEMPLATE_VARIABLES: Final = {
    MARKDOWN_BUTTONS: ("title", "logo", "markdown", "tips", "sys_full_json_obj"),
    MARKDOWN: ("title", "logo", "markdown"),
    FORM: ("question_id", "question_title", "question_desc", "form_btn_text", "card_status", "form"),
}
"""The variables of the public templates; other variables have no effect."""


@dataclass(frozen=True, slots=True)
class CardTemplate:
    """
    A template.

    Attributes:
        id: The template's id.
        private: The variables that may differ by person.
        variables: All variables; empty if a variable may have any name.
        actions: Buttons that the template itself contains: their action ids and labels.
        is_published: Whether the template is published; otherwise its cards are refused.
        is_foreign: Whether the template belongs to another app: calls succeed, and people see that loading fails.
    """

    id: str
    private: frozenset[str] = frozenset()
    variables: frozenset[str] = frozenset()
    actions: Mapping[str, str] = field(default_factory=dict)
    is_published: bool = True
    is_foreign: bool = False

    @classmethod
    def from_json(cls, template_id: str, fields: Mapping[str, Any]) -> "CardTemplate":
        """Return the template with the fields of `to_json`, which are optional."""
        return cls(
            template_id,
            private=frozenset(fields.get("private", ())),
            variables=frozenset(fields.get("variables", ())),
            actions=dict(fields.get("actions", {})),
            is_published=fields.get("published", True),
            is_foreign=fields.get("foreign", False),
        )

    def to_json(self) -> dict[str, Any]:
        """Return the template for the control API."""
        return {
            "template_id": self.id,
            "private": sorted(self.private),
            "variables": sorted(self.variables),
            "actions": dict(self.actions),
            "published": self.is_published,
            "foreign": self.is_foreign,
        }


@dataclass(slots=True)
class CardDelivery:
    """
    A delivery of a card to a person.

    Attributes:
        userid: The person.
        carrier_id: The id of the message.
        at_ns: The time of the delivery.
        variables: The variables that the person saw at the time of the delivery.
        opened_ns: The time at which the person opened the card; None if not yet.
    """

    userid: str
    carrier_id: str
    at_ns: int
    variables: Variables
    opened_ns: int | None = None


@dataclass(slots=True)
class Card:
    """
    One card.

    Attributes:
        out_track_id: The id that the creator gave to the card.
        template_id: The card's template.
        callback_type: ``STREAM`` or ``HTTP``; empty if presses are not reported.
        route_key: The registered route of HTTP callbacks.
        userid_type: 1 if the creator uses userids, 2 for union ids.
        space_types: The types of space that the card has a model for.
        created_ns: The time of creation.
        public: The public variables.
        private: The private variables, by userid.
        public_by_person: The public variables as changed by answers to presses, by the userid of who pressed.
        deliveries: The deliveries, oldest first.
        update_count: The number of updates.
    """

    out_track_id: str
    template_id: str
    callback_type: str
    route_key: str
    userid_type: int
    space_types: tuple[str, ...]
    created_ns: int
    public: dict[str, str]
    private: dict[str, dict[str, str]]
    public_by_person: dict[str, dict[str, str]] = field(default_factory=dict)
    deliveries: list[CardDelivery] = field(default_factory=list)
    update_count: int = 0

    def delivery_to(self, userid: str) -> CardDelivery | None:
        """Return the newest delivery to a person; None without a delivery."""
        return next((delivery for delivery in reversed(self.deliveries) if delivery.userid == userid), None)


@dataclass(frozen=True, slots=True)
class CardRoute:
    """A registered URL for presses, on this computer, and the key of its signatures."""

    url: str
    secret: str = field(repr=False)


class CardChange(NamedTuple):
    """
    A change of a card's variables. The journal stores the fields by position.

    Attributes:
        public: The public variables; None leaves them unchanged.
        private: The private variables, by userid.
        merges_public: Whether public variables that are not named are kept; otherwise all are replaced.
        merges_private: Whether private variables that are not named are kept for each person in `private`; otherwise
            all of that person's are replaced.
    """

    public: Variables | None
    private: Mapping[str, Variables]
    merges_public: bool
    merges_private: bool


class Cards:
    """
    All cards of a sandbox.

    Args:
        settings: The sandbox's settings.
        resets: The number of resets, so that ids do not repeat after a reset.
        record_effect: Called for every change.
    """

    def __init__(
        self, settings: SandboxSettings, resets: int = 0, record_effect: EffectRecorder = discard_effect
    ) -> None:
        self._settings = settings
        self._resets = resets
        self._record_effect = record_effect
        self._cards: dict[str, Card] = {}
        self._by_person: dict[str, dict[str, Card]] = {}
        self._changed_templates: dict[str, CardTemplate | None] = {}
        self._routes: dict[str, CardRoute] = {}
        self._carrier_count = 0

    def __len__(self) -> int:
        return len(self._cards)

    def find(self, out_track_id: str) -> Card | None:
        """Return a card; None if no card has this id."""
        return self._cards.get(out_track_id)

    def list_newest(self, limit: int | None = None) -> list[Card]:
        """Return the newest `limit` cards, newest last; None returns all."""
        return newest(self._cards.values(), limit)

    def list_delivered_to(self, userid: str) -> list[Card]:
        """Return the cards delivered to a person, in the order of their first delivery."""
        return list(self._by_person.get(userid, {}).values())

    def recipients(self) -> Iterator[str]:
        """Yield everybody to whom a card was delivered, in the order of the first delivery."""
        return iter(self._by_person)

    @property
    def delivery_count(self) -> int:
        """Number of deliveries."""
        return sum(len(card.deliveries) for card in self._cards.values())

    def template(self, template_id: str) -> CardTemplate | None:
        """Return a template that cards may name; None for an unknown or removed template."""
        if template_id in self._changed_templates:
            return self._changed_templates[template_id]
        return _configured_templates(self._settings).get(template_id)

    def templates(self) -> list[CardTemplate]:
        """Return all templates that cards may name."""
        templates = {**_configured_templates(self._settings), **self._changed_templates}
        return [template for template in templates.values() if template is not None]

    def set_template(self, template_id: str, fields: Mapping[str, Any] | None) -> None:
        """Add or replace a template, with the fields of `CardTemplate.to_json`; None removes it."""
        self._record_effect("set_card_template", template_id, fields)
        self._changed_templates[template_id] = None if fields is None else CardTemplate.from_json(template_id, fields)

    def route(self, key: str) -> CardRoute | None:
        """Return the route of HTTP callbacks with a key; None if no route has this key."""
        return self._routes.get(key)

    def set_route(self, key: str, url: str, secret: str) -> CardRoute:
        """Register a route of HTTP callbacks; an empty secret is replaced by a generated one."""
        if not secret:
            source = f"{self._settings.seed} {self._resets} secret {len(self._routes)} {key}"
            secret = blake2b(source.encode(errors="replace"), digest_size=16).hexdigest()
        self._record_effect("set_card_route", key, url, secret)
        self._routes[key] = CardRoute(url, secret)
        return self._routes[key]

    def create(  # noqa: PLR0913 - what a card is created with
        self,
        out_track_id: str,
        *,
        template_id: str,
        callback_type: str,
        route_key: str,
        userid_type: int,
        space_types: Iterable[str],
        public: Variables,
        private: Mapping[str, Variables],
        now_ns: int,
    ) -> Card:
        """Create a card, which reaches nobody until it is delivered."""
        space_types = tuple(space_types)
        private_by_userid = {userid: dict(variables) for userid, variables in private.items()}
        fields = {
            "template_id": template_id,
            "callback_type": callback_type,
            "route_key": route_key,
            "userid_type": userid_type,
            "space_types": list(space_types),
            "public": dict(public),
            "private": private_by_userid,
        }
        self._record_effect("create_card", out_track_id, fields)
        card = Card(
            out_track_id,
            template_id,
            callback_type,
            route_key,
            userid_type,
            space_types,
            now_ns,
            dict(public),
            private_by_userid,
        )
        self._cards[out_track_id] = card
        return card

    def deliver(self, out_track_id: str, userids: Iterable[str], now_ns: int) -> list[CardDelivery]:
        """Deliver a card to people. A delivery whose card the journal no longer contains is ignored."""
        card = self._cards.get(out_track_id)
        userids = list(userids)
        if card is None:
            return []
        self._record_effect("deliver_card", out_track_id, userids)
        deliveries = [
            CardDelivery(userid, self._next_carrier_id(card), now_ns, self.visible_variables(card, userid))
            for userid in userids
        ]
        card.deliveries += deliveries
        for userid in userids:
            self._by_person.setdefault(userid, {})[out_track_id] = card
        return deliveries

    def undo_deliveries(self, out_track_id: str, count: int) -> None:
        """Undo the last `count` deliveries of a card, as if the call had timed out before delivering."""
        card = self._cards.get(out_track_id)
        if card is None or not count:
            return
        self._record_effect("undo_card_deliveries", out_track_id, count)
        undone = {delivery.userid for delivery in card.deliveries[-count:]}
        del card.deliveries[-count:]
        for userid in undone - {delivery.userid for delivery in card.deliveries}:
            del self._by_person[userid][out_track_id]
            if not self._by_person[userid]:
                del self._by_person[userid]

    def update(self, out_track_id: str, change: CardChange) -> None:
        """Change a card for everybody who sees it."""
        card = self._cards.get(out_track_id)
        if card is None:
            return
        self._record_effect("update_card", out_track_id, *change)
        card.update_count += 1
        if change.public is not None:
            if change.merges_public:
                for variables in (card.public, *card.public_by_person.values()):
                    variables.update(change.public)
            else:
                card.public = dict(change.public)
                card.public_by_person.clear()
        self._change_private(card, change)

    def answer(self, out_track_id: str, userid: str, change: CardChange) -> None:
        """Change what a person sees, as required by the answer to that person's press."""
        card = self._cards.get(out_track_id)
        if card is None:
            return
        self._record_effect("answer_card", out_track_id, userid, *change)
        if change.public is not None:
            before = card.public_by_person.get(userid, card.public) if change.merges_public else {}
            card.public_by_person[userid] = {**before, **change.public}
        self._change_private(card, change)

    def open(self, out_track_id: str, userid: str, now_ns: int) -> None:
        """Record that a person has opened a card."""
        card = self._cards.get(out_track_id)
        deliveries = [] if card is None else card.deliveries
        unopened = [delivery for delivery in deliveries if delivery.userid == userid and delivery.opened_ns is None]
        if unopened:
            self._record_effect("open_card", out_track_id, userid)
        for delivery in unopened:
            delivery.opened_ns = now_ns

    def visible_variables(self, card: Card, userid: str) -> Variables:
        """Return the variables of the template as a person sees them; empty if the template is foreign or removed."""
        template = self.template(card.template_id)
        if template is None or template.is_foreign:
            return {}
        private = card.private.get(userid, {})
        visible = {
            **card.public_by_person.get(userid, card.public),
            **{name: value for name, value in private.items() if name in template.private},
        }
        return {name: value for name, value in visible.items() if not template.variables or name in template.variables}

    def _change_private(self, card: Card, change: CardChange) -> None:
        for userid, variables in change.private.items():
            before = card.private.get(userid, {}) if change.merges_private else {}
            card.private[userid] = {**before, **variables}

    def _next_carrier_id(self, card: Card) -> str:
        self._carrier_count += 1
        source = f"{self._settings.seed} {self._resets} carrier {self._carrier_count} {card.out_track_id}"
        return b64encode(blake2b(source.encode(errors="replace"), digest_size=24).digest()).decode()


def are_variables_valid(
    variables: object, settings: SandboxSettings, max_bytes: int | None = None
) -> TypeGuard[dict[str, Any]]:
    """
    Return whether variables are a map of texts that are not too large.

    Values that are not text are valid if the settings say that they get lost.

    Args:
        variables: The variables as received.
        settings: The sandbox's settings.
        max_bytes: The maximum size in bytes of all names and values together; None for no limit.
    """
    if not isinstance(variables, dict):
        return False
    values = variables.values()
    if settings.non_text_card_values == "refused" and not all(isinstance(value, str) for value in values):
        return False
    texts = {name: value for name, value in variables.items() if isinstance(value, str)}
    limit = settings.card_value_bytes
    sizes = [_byte_count(text) for text in texts.values()]
    if any(_byte_count(name) > _MAX_NAME_BYTES for name in texts) or (limit and max(sizes, default=0) > limit):
        return False
    return max_bytes is None or sum(sizes) + sum(map(_byte_count, texts)) <= max_bytes


def select_text_variables(variables: Mapping[str, Any]) -> dict[str, str]:
    """Return the variables that are text; other variables are silently dropped."""
    return {name: value for name, value in variables.items() if isinstance(value, str)}


def _byte_count(text: str) -> int:
    return len(text.encode(errors="replace"))


@lru_cache(maxsize=8)
def _configured_templates(settings: SandboxSettings) -> Mapping[str, CardTemplate]:
    """Return the templates named in the settings, by id."""
    templates = {}
    for entry in sorted(settings.card_templates):
        template_id, *private = entry.split("/")
        templates[template_id] = CardTemplate(
            template_id,
            private=frozenset(private),
            variables=frozenset(_TEMPLATE_VARIABLES.get(template_id, ())),
            is_published=template_id not in settings.unpublished_card_templates,
            is_foreign=template_id in settings.foreign_card_templates,
        )
    for template_id in sorted(settings.foreign_card_templates):
        templates.setdefault(template_id, CardTemplate(template_id, is_foreign=True))
    for template_id in sorted(settings.unpublished_card_templates):
        templates.setdefault(template_id, CardTemplate(template_id, is_published=False))
    return templates
