"""Builds Python code, ready to run, that does what a form has done so far; and the widgets that show it."""

import ast
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import Any, Literal

import ipywidgets as widgets

from dingnb.auth import Origin
from dingnb.auth.credentials import APP_KEY
from dingnb.client import DingTalk, ledger_of, limits_of
from dingnb.display.shell import user_namespace
from dingnb.errors import InputError
from dingnb.ledger import Ledger, SqliteLedger, find_home, find_ledger_location
from dingnb.limits import STANDARD, Limits
from dingnb.messages import Message
from dingnb.transport import find_hosts
from dingnb.ui.kit import parts
from dingnb.ui.kit.form import Form, button, row, show_if, stack, update
from dingnb.words import say
from dingnb.words.literals import literal

_MAX_LINE_LENGTH = 88
_MAX_LIST_LENGTH = 68

NO_EXPRESSIONS: Mapping[str, str] = MappingProxyType({})
"""No expressions for attachments other than the paths or names of their files."""


@dataclass(frozen=True, slots=True)
class Names:
    """
    The names that the code uses; empty for objects without a name in the notebook.

    Attributes:
        app: The app.
        plan: The plan.
        run: The campaign.
    """

    app: str = "ding"
    plan: str = ""
    run: str = "run"


class Expression(str):
    """A Python expression, which is inserted unchanged."""

    __slots__ = ()


def connect_code(origin: Origin, hosts: Mapping[str, str], limits: Limits) -> str:
    """
    Return the statement that connects an app.

    Args:
        origin: The origin of the app's credentials.
        hosts: The base URLs, as arguments of `dingnb.connect`.
        limits: The limits.
    """
    if origin.kind == "sandbox":
        return call("ding = dingnb.connect", literal("sandbox"), **_limits_argument(limits))
    profile = {"profile": origin.profile} if origin.kind == "profile" else {}
    return call("ding = dingnb.connect", **profile, **hosts, **_limits_argument(limits))


def reconnect_code(ding: DingTalk, environ: Mapping[str, str]) -> str:
    """
    Return the call that connects an app again.

    Empty unless the app is connected to the sandbox, or by a profile or the environment.

    Args:
        ding: The app; the code never connects a different app.
        environ: The environment.
    """
    origin = ding.origin
    arguments = {**_ledger_argument(ledger_of(ding), environ), **_limits_argument(limits_of(ding))}
    if origin.kind == "sandbox":
        return call("dingnb.connect", literal("sandbox"), **arguments, **_sandbox_arguments(ding))
    is_in_environment = origin.kind == "environment" and environ.get(APP_KEY, "").strip() == ding.app.app_key
    if origin.kind != "profile" and not is_in_environment:
        return ""
    profile = {"profile": origin.profile} if origin.kind == "profile" else {}
    hosts = ding.hosts
    urls = {"oapi_base_url": hosts.oapi_base_url, "api_base_url": hosts.api_base_url}
    host_arguments = {} if hosts == find_hosts(None, None, environ) else urls
    return call("dingnb.connect", **profile, **arguments, **host_arguments)


def _sandbox_arguments(ding: DingTalk) -> dict[str, object]:
    """Return the arguments of `dingnb.connect` for the settings of a sandbox that differ from the defaults."""
    if ding.sandbox is None:
        return {}
    settings = ding.sandbox.settings
    defaults = type(settings)()
    values = {name: (getattr(settings, name), getattr(defaults, name)) for name in ("users", "seed", "failed_share")}
    return {name: value for name, (value, default) in values.items() if value != default}


def _limits_argument(limits: Limits) -> dict[str, object]:
    """Return the argument for limits other than the standard limits; empty for the standard limits."""
    values = {field.name: (getattr(limits, field.name), getattr(STANDARD, field.name)) for field in fields(Limits)}
    changed = {name: value for name, (value, standard) in values.items() if value != standard}
    return {"limits": Expression(call("dingnb.limits.Limits", **changed))} if changed else {}


def _ledger_argument(ledger: Ledger, environ: Mapping[str, str]) -> dict[str, str]:
    """
    Return the argument for a shared ledger, or for another folder than the default; empty for other ledgers.

    With a different ledger, people could be sent a message twice.
    """
    if ledger.is_shared:
        # The password is left out, and comes from the profile or the environment.
        return {"ledger": ledger.place}
    if not isinstance(ledger, SqliteLedger) or not ledger.is_persistent:
        return {}
    try:
        default = find_ledger_location(environ) or find_home()
    except InputError:
        # The environment names an invalid ledger, so the app's ledger came from an argument.
        default = None
    return {} if ledger.folder == default else {"ledger": str(ledger.folder)}


def call(function: str, *arguments: str, **keywords: object) -> str:
    """
    Return a call as Python, on one line if it fits.

    Args:
        function: The name of the function; may be preceded by an assignment.
        arguments: The positional arguments, as Python.
        keywords: The keyword arguments, as values; an `Expression` is Python.

    >>> call("plan.send", literal("May"), expect=3)
    'plan.send("May", expect=3)'
    """
    items = [*arguments, *(f"{name}={_value_code(value)}" for name, value in keywords.items())]
    line = f"{function}({', '.join(items)})"
    if len(line) <= _MAX_LINE_LENGTH and "\n" not in line:
        return line
    return "\n".join([f"{function}(", *(f"    {item},".replace("\n", "\n    ") for item in items), ")"])


def assignment_comment(name: str, what: Literal["app", "frame", "plan"]) -> str:
    """Return the comment that asks the user to assign a name to an object that has none in the notebook."""
    return f"# {say('code.to_set', name=name, what=say(f'code.{what}'))}"


def app_assignment_comment() -> list[str]:
    """Return the `assignment_comment` for ``ding`` as a list; empty if the notebook has a variable ``ding``."""
    return [] if "ding" in user_namespace() else [assignment_comment("ding", "app")]


def uses_name(lines: Iterable[str], name: str) -> bool:
    """
    Return whether statements use a name, other than in a text.

    >>> uses_name(['run.recall(expect=2)', 'ding.campaign("a")'], "ding"), uses_name(['plan.test("ding")'], "ding")
    (True, False)
    """
    tree = ast.parse("\n".join(lines))
    return any(isinstance(node, ast.Name) and node.id == name for node in ast.walk(tree))


def message_code(message: Message, expressions: Mapping[str, str] = NO_EXPRESSIONS, folder: str = "") -> str:
    """
    Return a message as Python.

    Args:
        message: The message.
        expressions: The expressions of attachments, by reference; any other attachment is written as the path of its
            file or, without a file, as its name.
        folder: The folder to write instead of the message's own; empty for the message's own.
    """
    files = {
        attachment.reference: literal(attachment.name if attachment.path is None else str(attachment.path))
        for attachment in message.attachments
    }
    all_expressions = {**files, **expressions}
    keywords = {
        name: Expression(all_expressions[value]) if isinstance(value, str) and value in all_expressions else value
        for name, value in message.arguments.items()
    }
    # The source of a picture, a file or a voice message is passed by position.
    source = [_value_code(keywords.pop("source"))] if "source" in keywords else []
    renamed = [
        attachment.name
        for attachment in message.attachments
        if attachment.path is not None and attachment.path.name != attachment.name
    ]
    if message.file_name or (renamed and source):
        keywords["name"] = message.file_name or renamed[0]
    if message.folder:
        keywords["folder"] = folder or message.folder
    if message.body_bytes != STANDARD.body_bytes:
        keywords["body_bytes"] = message.body_bytes
    return call(f"dingnb.{message.msgtype}", *source, **keywords)


def _value_code(value: Any) -> str:  # noqa: ANN401 - an argument of any type
    """Return a value as Python, on several lines if it is long or has line breaks."""
    if isinstance(value, Expression):
        return str(value)
    if isinstance(value, str) and "\n" in value:
        return _multiline_literal(value)
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{literal(name)}: {_value_code(item)}" for name, item in value.items()) + "}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        items = [_value_code(item) for item in value]
        line = f"[{', '.join(items)}]"
        if len(line) <= _MAX_LIST_LENGTH:
            return line
        return "\n".join(["[", *(f"    {item}," for item in items), "]"])
    return literal(value)


def _multiline_literal(text: str) -> str:
    """Return a text of several lines as one literal for each line."""
    return "\n".join(["(", *(f"    {literal(line)}" for line in text.splitlines(keepends=True)), ")"])


class CodeView:
    """
    The button that shows and hides the code, and the code.

    Args:
        form: The form that contains it.
        code: Returns the code; empty if there is none.
    """

    def __init__(self, form: Form, code: Callable[[], str]) -> None:
        self._form = form
        self._code = code
        self._is_shown = False
        self.toggle, self.text = button(css_class="dn-link"), widgets.HTML()
        self.box = stack([row([self.toggle]), self.text])
        form.on_click(self.toggle, self._toggle)

    def render(self) -> None:
        """Show the current code, unless it is hidden."""
        code = self._code()
        show_if(bool(code), self.box)
        update(self.toggle, description=say("code.hide" if self._is_shown else "code.show"))
        update(self.text, value=parts.code(code) if self._is_shown else "")

    def _toggle(self) -> None:
        self._is_shown = not self._is_shown
        self._form.render()
