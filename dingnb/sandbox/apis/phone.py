"""The phone page: a person's messages in a browser, where cards and forms can be pressed."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import cache
from hmac import compare_digest
from html import escape
from importlib.resources import files
from itertools import islice
from secrets import token_urlsafe
from typing import Any, Final
from urllib.parse import parse_qs, urlencode

from starlette.types import Scope

from dingnb.sandbox.arguments import refuse_argument
from dingnb.sandbox.phone import Phone
from dingnb.sandbox.presses import PlannedPress
from dingnb.sandbox.rendered_card import SUBMIT
from dingnb.sandbox.state import SandboxState
from dingnb.sandbox.web.request import Request
from dingnb.sandbox.web.responses import Response
from dingnb.words import Language, Text, in_language, language_of, say

PATH: Final = "/_sandbox/phone"

_MAX_PEOPLE = 50
_PAGE_TEXTS = (
    *("phone.empty", "phone.notification", "phone.reply", "phone.card", "phone.recalled", "phone.failed"),
    *("phone.choose", "phone.one_a_line", "phone.sending", "phone.lost"),
)
_POLL_MS = 1_000

_DARK_MEDIA: Mapping[str, str] = {"": "(prefers-color-scheme: dark)", "dark": "all", "light": "not all"}
"""When the page is dark, by the colours that its address asks for; by default, the browser decides."""


def may_be_framed(state: SandboxState, scope: Scope) -> bool:
    """
    Return whether a request is for the page, with the secret that only programs of this computer can learn.

    A notebook is a page of another site: it may show the phone in a frame, but cannot read the frame's content.
    """
    if scope["type"] != "http" or scope["method"] != "GET" or scope["path"] != PATH:
        return False
    return _has_key(state, parse_qs(scope["query_string"].decode("latin-1")).get("key", [""])[-1])


def _has_key(state: SandboxState, key: str) -> bool:
    return compare_digest(key.encode(errors="replace"), state.phone_key.encode())


def phone_url(state: SandboxState, userid: str, language: str = "", base_url: str = "") -> str:
    """
    Return the address of a person's phone for a frame in a notebook, with a secret.

    Args:
        state: The sandbox.
        userid: The person.
        language: ``zh`` or ``en``; by default the browser's.
        base_url: The URL by which the sandbox is reached, if it is not the sandbox's own.
    """
    query = {"userid": userid, "key": state.phone_key, **({"lang": language} if language else {})}
    return f"{base_url or state.base_url}{PATH}?{urlencode(query, errors='replace')}"


def _page(state: SandboxState, request: Request) -> Response:
    userid = request.query.get("userid", "")
    language = _language(request)
    with in_language(language):
        person = state.organisation.by_userid(userid) if userid else None
        if person is None and not state.cards.list_delivered_to(userid) and not state.tasks.list_delivered_to(userid):
            page = _document(state, request, _person_chooser(state, userid), {}, say("phone.people"))
            return replace(page, code="404", status=404) if userid else page
        name = userid if person is None else person.name
        texts = {
            **{key.partition(".")[2]: say(key) for key in _PAGE_TEXTS},
            "download": say("phone.download", name="{name}", size="{size}"),
            "link": say("phone.link", url="{url}"),
        }
        title = say("phone.title", name=name)
        body = (
            f'<header><h1>{escape(title)}</h1><p class="note">{escape(userid)} · {escape(say("phone.sandbox"))}</p>'
            f'</header><main><ol id="chat" aria-label="{escape(say("phone.messages"))}"></ol>'
            '<p id="status" role="status"></p></main>'
        )
        data = {"userid": userid, "lang": language, "poll_ms": _POLL_MS, "texts": texts}
        return _document(state, request, body, data, title)


def _person_chooser(state: SandboxState, userid: str) -> str:
    """Return the body of the page on which to choose a person."""
    unknown = f'<p role="alert">{escape(say("phone.unknown", userid=userid))}</p>' if userid else ""
    notified = [person for task in state.tasks.finished() for person in task.delivered_userids]
    people = list(islice(dict.fromkeys(reversed([*state.cards.recipients(), *notified])), _MAX_PEOPLE))
    rows = "".join(
        f'<li><a href="{escape(_person_query(person))}">{_person_label(state, person)}</a></li>' for person in people
    )
    choice = (
        f"<p>{escape(say('phone.people_hint'))}</p><ul>{rows}</ul>"
        if people
        else f"<p>{escape(say('phone.nobody'))}</p>"
    )
    return (
        f'<header><h1>{escape(say("phone.people"))}</h1><p class="note">{escape(say("phone.sandbox"))}</p></header>'
        f'<main class="people">{unknown}<form method="get"><label for="userid">{escape(say("phone.userid"))}</label> '
        f'<input id="userid" name="userid" required> <button>{escape(say("phone.open"))}</button></form>{choice}</main>'
    )


def _person_query(userid: str) -> str:
    return f"?{urlencode({'userid': userid}, errors='replace')}"


def _person_label(state: SandboxState, userid: str) -> str:
    person = state.organisation.by_userid(userid)
    return escape(userid if person is None else f"{person.name} · {userid}")


def _document(state: SandboxState, request: Request, body: str, data: Mapping[str, Any], title: str) -> Response:
    """Return a page. With `data`, its script fetches and shows the messages."""
    nonce, theme = token_urlsafe(16), request.query.get("theme", "")
    # Nothing in the texts can end the element.
    data_json = json.dumps(data, ensure_ascii=False).replace("<", "\\u003c")
    scripts = (
        f'<script type="application/json" id="data">{data_json}</script>'
        f'<script nonce="{nonce}">{_asset("phone.js")}</script>'
    )
    page = (
        f'<!doctype html><html lang="{say("phone.html_lang")}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{escape(title)}</title><style>{_asset('phone.css')}</style>"
        f'<style media="{_DARK_MEDIA.get(theme, _DARK_MEDIA[""])}">{_asset("phone.dark.css")}</style></head>'
        f"<body>{body}{scripts if data else ''}</body></html>"
    )
    policy = (
        f"default-src 'none'; img-src 'self' data:; style-src 'unsafe-inline'; script-src 'nonce-{nonce}'; "
        "connect-src 'self'; form-action 'self'; base-uri 'none'"
    )
    if not _has_key(state, request.query.get("key", "")):
        policy += "; frame-ancestors 'none'"
    headers = {"content-security-policy": policy, "cache-control": "no-store", "referrer-policy": "no-referrer"}
    return Response({}, page=page.encode(errors="replace"), media_type="text/html;charset=utf-8", headers=headers)


@cache
def _asset(name: str) -> str:
    return (files("dingnb.sandbox") / "web" / name).read_text(encoding="utf-8")


def _language(request: Request) -> Language:
    """Return the language of ``lang``, else the browser's first language that dingnb has texts in, else English."""
    tags = [request.query.get("lang", "")]
    tags += [tag.partition(";")[0] for tag in request.headers.get("accept-language", "").split(",")]
    return next((found for tag in tags if (found := language_of(tag)) is not None), "en")


def _link(state: SandboxState, request: Request) -> Any:  # noqa: ANN401 - any JSON
    userid, language = _userid(request.query), request.query.get("lang", "")
    # The caller may have reached the sandbox by another address than its own, such as a forwarded port.
    return {"url": phone_url(state, userid, language, f"http://{request.headers['host']}")}


def _messages(state: SandboxState, request: Request) -> Any:  # noqa: ANN401 - any JSON
    phone = Phone(state, _userid(request.query), request.now_ns)
    fingerprint = phone.fingerprint
    if fingerprint == request.query.get("known"):
        return {"state": fingerprint}
    with in_language(_language(request)):
        return {"state": fingerprint, "now": state.time.to_iso(request.now_ns), "messages": phone.to_json()}


def _read(state: SandboxState, request: Request) -> Any:  # noqa: ANN401 - any JSON
    fields = _read_fields(request)
    ids = fields.get("ids")
    if not (isinstance(ids, list) and all(isinstance(item_id, str) for item_id in ids)):
        refuse_argument("phone", "ids", ids, Text("expected.page_ids"))
    Phone(state, _userid(fields), request.now_ns).open(ids)
    return {"read": len(ids)}


def _press(state: SandboxState, request: Request) -> Any:  # noqa: ANN401 - any JSON
    fields = _read_fields(request)
    userid, out_track_id = _userid(fields), fields.get("out_track_id")
    action_id, form = fields.get("action_id"), fields.get("form")
    if not isinstance(out_track_id, str):
        refuse_argument("phone", "out_track_id", out_track_id, Text("expected.card"))
    if isinstance(form, dict):
        action_id, params = SUBMIT, {"form": form}
    elif isinstance(action_id, str):
        card = state.cards.find(out_track_id)
        button = None if card is None else state.presses.render(card, userid).button(action_id)
        params = {} if button is None else dict(button.params)
    else:
        refuse_argument("phone", "action_id", action_id, Text("expected.button"))
    [press] = state.presses.plan([PlannedPress(out_track_id, userid, [action_id], params, request.now_ns)])
    return {"number": press.number}


def _read_fields(request: Request) -> dict[str, Any]:
    try:
        found = request.json()
    except ValueError:
        found = None
    if not isinstance(found, dict):
        refuse_argument("phone", "body", found, Text("expected.object"))
    return found


def _userid(fields: Mapping[str, Any]) -> str:
    found = fields.get("userid")
    if not (isinstance(found, str) and found):
        refuse_argument("phone", "userid", found, Text("expected.userid"))
    return found


_Handler = Callable[[SandboxState, Request], Any]

ROUTES: Mapping[str, dict[str, _Handler]] = {
    "phone": {"GET": _page},
    "phone/link": {"GET": _link},
    "phone/messages": {"GET": _messages},
    "phone/read": {"POST": _read},
    "phone/press": {"POST": _press},
}
"""The routes of the page and of the calls that its script makes, within the control API."""
