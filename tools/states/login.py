"""The login form in its states. Nothing here is secret, and no keyring is opened."""

from dataclasses import replace

import ipywidgets as widgets

from dingnb.api.contacts import Scope
from dingnb.auth import Origin
from dingnb.auth.profiles import ProfileEntry
from dingnb.ui.kit.model import Failure
from dingnb.ui.login.form import LoginForm
from dingnb.ui.login.model import ConnectedApp, LoginModel
from dingnb.words import Text, as_text
from tools.states.scene import Maker, Makers, Scene

_PROFILES = (ProfileEntry("hr", "ding…4f2c", is_default=True), ProfileEntry("finance", "ding…91ab", is_default=False))
_EVERYBODY = Scope(frozenset({1}), frozenset())
_APP = ConnectedApp("ding…4f2c", "LIVE", Origin("profile", "hr"), 1_000_001, _EVERYBODY, 1_142)


def _form(**state: object) -> Maker:
    def make(_: Scene) -> widgets.DOMWidget:
        model = LoginModel()
        model._show(**state)  # noqa: SLF001 - simulates a keyring and a live app
        return LoginForm(model).box

    return make


def _refused(scene: Scene) -> widgets.DOMWidget:
    del scene
    model = LoginModel()
    model._show(  # noqa: SLF001 - simulates DingTalk's answer
        failure=Failure(
            as_text("The app key or app secret is wrong (40089)."),
            as_text("Copy both again from the developer console, and check."),
        )
    )
    return LoginForm(model).box


def _deleted(scene: Scene) -> widgets.DOMWidget:
    return _form(deleted_profile="finance", profiles=_PROFILES[:1])(scene)


def _connected_sandbox(scene: Scene) -> widgets.DOMWidget:
    app = ConnectedApp("ding…pkey", "SANDBOX", Origin("sandbox"), scene.ding.app.agent_id, _EVERYBODY, 1_140)
    return _form(stage="connected", app=app)(scene)


def _no_keyring(scene: Scene) -> widgets.DOMWidget:
    failure = Failure(Text("login.not_kept"))
    return _form(no_keyring=failure)(scene)


STATES: Makers = (
    ("open", _form()),
    ("open-no-keyring", _no_keyring),
    ("open-profiles", _form(profiles=_PROFILES)),
    ("secret-held", _form(secret_characters=32)),
    ("checking", _form(stage="checking")),
    ("refused", _refused),
    ("deleting", _form(profiles=_PROFILES, profile_to_delete="hr")),
    ("deleted", _deleted),
    (
        "connected",
        _form(stage="connected", app=_APP, profiles=_PROFILES, code='ding = dingnb.connect(profile="hr")'),
    ),
    ("connected-sandbox", _connected_sandbox),
    ("connected-sees-nobody", _form(stage="connected", app=replace(_APP, people=0))),
    ("another", _form(previous_key="ding…4f2c")),
)
