"""The base class of forms, polling while a form is displayed, and functions that make and update widgets."""

import logging
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar, get_args

import ipywidgets as widgets

from dingnb.calls.background import Background
from dingnb.clock import Clock, seconds_to_ns
from dingnb.display import Sheet
from dingnb.ui.kit import parts
from dingnb.ui.kit.model import Model
from dingnb.ui.kit.theme import style_sheet
from dingnb.words import NOTHING, Language, Text, get_language, say, sentences

_log = logging.getLogger(__name__)

POLL_INTERVAL_NS = seconds_to_ns(1)
"""Default polling interval."""

DEBOUNCE_NS = seconds_to_ns(0.5)
"""Time during which a button ignores presses after its meaning has changed, or after it received the focus."""

_LATE_DIGITS_NS = seconds_to_ns(0.5)
"""Time within which the last digits of a count arrive after Enter."""

NO_TOOLTIP = ""
"""The tooltip of a number field that has none: the browser would show None as “null”."""


class Form(ABC):
    """
    A form, as Jupyter shows it.

    Args:
        model: The model; any thread may change it, and one at a time renders it.
    """

    _can_send: ClassVar[bool] = False
    """Whether the form sends campaigns: a saved form then says that it does not show what was sent afterwards."""

    def __init__(self, model: Model[Any]) -> None:
        self._base_model = model
        self._render_lock = threading.RLock()
        self._rendering_thread = 0
        self._was_rendered = self._is_closed = False
        self._reporting_threads: set[int] = set()
        self._root: widgets.VBox | None = None
        self._unwatchers: list[Callable[[], None]] = []

    @property
    @abstractmethod
    def box(self) -> widgets.VBox:
        """The form's widgets, also for use in another form."""

    @abstractmethod
    def sheet(self) -> Sheet:
        """Return the form as text, for places without widgets."""

    @abstractmethod
    def _render(self) -> None:
        """Show the model's state, in the current language."""

    def render(self) -> None:
        """
        Show the model's state, in the current language.

        An error is shown in the form, and does not reach the caller, except while the form is being opened.
        """
        if _held_renders.hold(self):
            return
        try:
            self._render_exclusively()
        except Exception as error:
            if not self._was_rendered:
                raise
            _log.warning("a form could not be shown: %s", type(error).__name__)
            self._report_once(error)

    def _render_exclusively(self) -> None:
        # Several threads may render, one at a time, so that the last of them shows the newest state.
        with self._render_lock:
            if self._is_closed:
                return
            before, self._rendering_thread = self._rendering_thread, threading.get_ident()
            try:
                self._render()
                self._was_rendered = True
            finally:
                self._rendering_thread = before
                if self._is_closed:
                    # Another thread has closed the form meanwhile, and this thread may have made widgets since.
                    self._close_widgets()

    def _report_once(self, error: Exception) -> None:
        """Show an error of rendering, but not errors of the rendering that shows it."""
        thread = threading.get_ident()
        if thread not in self._reporting_threads:
            self._reporting_threads.add(thread)
            try:
                self._base_model.fail_without_blocking(error)
            finally:
                self._reporting_threads.discard(thread)

    def watch(self, *models: Model[Any]) -> None:
        """Render after every change of these models, until the form is closed."""
        self._unwatchers += [model.watch(self.render) for model in models]

    def close(self) -> None:
        """Close the widgets, which releases what they hold, and render no more."""
        self._is_closed = True
        for unwatch in self._unwatchers:
            unwatch()
        self._close_widgets()

    def _close_widgets(self) -> None:
        """Close the widgets; a form with widgets outside of its box closes these as well. May be called twice."""
        close_all(self.box if self._root is None else self._root)

    def on_change(self, widget: widgets.Widget, handler: Callable[[Any], object]) -> None:
        """Call `handler` with a widget's value when the user changes it."""
        widget.observe(self._guarded(lambda: handler(widget.value)), "value")

    def on_submit(self, field: widgets.Text, handler: Callable[[], object]) -> None:
        """
        Call `handler` when the user presses Enter in a field, but not when the field is left.

        `handler` must not use the field's value: the key may arrive before the last letters (docs/forms.md).
        """
        handle = self._guarded(handler)
        field.on_msg(lambda _, content, __: handle(None) if content.get("event") == "submit" else None)

    def on_count(self, field: widgets.Text, is_right: Callable[[], bool], confirm: Callable[[], object]) -> None:
        """
        Call `confirm` when the user presses Enter in the field of a count, whose changes are already handled.

        Since the key may arrive before the last digits, a count that is not right is confirmed once they have arrived.

        Args:
            field: The field.
            is_right: Returns whether the count is right.
            confirm: Moves to the next widget, or says what is wrong with the count.
        """
        clock = self._base_model.clock
        confirm_settled = self._guarded(lambda: None if self._is_closed else confirm())

        def confirm_later() -> None:
            has_changed = clock.event()

            def settle() -> None:
                clock.wait(has_changed, _LATE_DIGITS_NS)
                field.unobserve(note_change, "value")
                confirm_settled(None)

            def note_change(_change: object) -> None:
                has_changed.set()

            field.observe(note_change, "value")
            Background(clock, settle, interrupt=has_changed.set)

        self.on_submit(field, lambda: confirm() if is_right() else confirm_later())

    def on_click(self, widget: widgets.Button, handler: Callable[[], object]) -> None:
        """Call `handler` when the user presses a button."""
        widget.on_click(self._guarded(handler))

    def _guarded(self, handler: Callable[[], object]) -> Callable[[object], None]:
        """Return a handler that shows errors in the form, and ignores changes made by rendering."""

        def handle(event: object) -> None:
            del event  # the event may hold a typed secret, and an error shows the variables of its frames
            # Rendering sets widgets, which then call their handlers as if the user had typed.
            if self._rendering_thread == threading.get_ident():
                return
            try:
                handler()
            except Exception as error:  # noqa: BLE001 - errors in a widget's handler would be lost: the form shows them
                _log.warning("a form's handler failed: %s", type(error).__name__)
                self._base_model.fail(error)

        return handle

    def _needs_kernel(self) -> bool:
        """Return whether a saved form is of no use without a kernel; otherwise it shows the state when its cell ran."""
        return True

    def __repr__(self) -> str:
        return self.sheet().to_text()

    def _repr_html_(self) -> str:
        return f"{self.sheet().to_html()}<p>{parts.shown(self._saved_note())}</p>"

    def _saved_note(self) -> str:
        """Return the note below a saved form; it contains no time, so that each run saves the same."""
        if not self._needs_kernel():
            return say("form.as_run")
        return str(sentences(Text("form.needs_kernel"), Text("form.sent_since") if self._can_send else NOTHING))

    def _repr_mimebundle_(self, **_options: object) -> dict[str, Any]:
        # Render now: the language may have changed since the form was made.
        self._guarded(self._base_model.retranslate)(None)
        self.render()
        if self._root is None:
            self._root = widgets.VBox([style(), self.box])
            self._root.add_class("dingnb")
        for language in get_args(Language):
            toggle_class(self._root, f"dn-{language}", language == get_language())
        bundle = self._root._repr_mimebundle_() or {}
        return {**bundle, "text/plain": f"{self!r}\n{self._saved_note()}", "text/html": self._repr_html_()}


class _HeldRenders:
    """Holds forms that other threads would render while the app's page loads, since the page may miss new widgets."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._forms: dict[Form, None] | None = None

    def start_holding(self) -> None:
        """Hold the forms that threads other than the main one would render from now on."""
        with self._lock:
            self._forms = {}

    def hold(self, form: Form) -> bool:
        """Hold a form until `release` renders it, if this thread must not render it now; return whether it is held."""
        if threading.current_thread() is threading.main_thread():
            return False
        with self._lock:
            if self._forms is None:
                return False
            self._forms[form] = None
            return True

    def drop(self) -> list[Form]:
        """Hold nothing any more, and return the forms that were held."""
        with self._lock:
            forms, self._forms = self._forms or {}, None
        return list(forms)

    def release(self) -> None:
        """Hold nothing any more, and render the forms that were held."""
        for form in self.drop():
            form.render()


_held_renders = _HeldRenders()


def hold_renders_until_displayed(box: widgets.Box) -> None:
    """
    Hold the forms that other threads would render until a widget, which is not displayed yet, is displayed.

    A page loads the widgets that exist when it opens. If another thread adds a widget to a box meanwhile, the page does
    not have that widget, and shows the box as an error.
    """
    _held_renders.start_holding()
    call_once_displayed(box, _held_renders.release)
    # A closed widget has no comm.
    box.observe(lambda change: _held_renders.drop() if change["new"] is None else None, "comm")


class ViewPoller:
    """
    Calls a function periodically, in a thread, while a widget is displayed.

    Args:
        clock: The source of time.
        box: The widget, not displayed yet. If a browser disappears without closing its view, the widget still
            counts as displayed.
        poll: The function to call; it must be quick, and must not raise, which would end the polling unnoticed.
        interval_ns: The interval in nanoseconds.
    """

    def __init__(
        self, clock: Clock, box: widgets.Box, poll: Callable[[], None], interval_ns: int = POLL_INTERVAL_NS
    ) -> None:
        self._clock = clock
        self._box = box
        self._poll = poll
        self._interval_ns = interval_ns
        self._lock = threading.Lock()
        self._stop: threading.Event | None = None
        # Without a number here, ipywidgets does not count views.
        box._view_count = 0  # noqa: SLF001 - ipywidgets has no other way to observe that something is displayed
        box.observe(self._update, ["_view_count", "comm"])

    def _update(self, _change: object) -> None:
        # A closed widget has no comm, and its views are not counted down.
        is_shown = self._box.comm is not None and bool(self._box._view_count)  # noqa: SLF001 - as above
        with self._lock:
            if is_shown and self._stop is None:
                stop = self._stop = self._clock.event()
                Background(self._clock, lambda: self._run(stop), interrupt=stop.set)
            elif not is_shown and self._stop is not None:
                self._stop.set()
                self._stop = None

    def _run(self, stop: threading.Event) -> None:
        while not self._clock.wait(stop, self._interval_ns):
            self._poll()


def style() -> widgets.HTML:
    """Return the style sheet as a widget."""
    return widgets.HTML(f"<style>{style_sheet()}</style>", _dom_classes=("dn-style",))


def stop_counting_views(box: widgets.Widget) -> None:
    """
    Stop counting the views of a widget and of all widgets in it.

    A browser counts a view down when it removes it, which Jupyter logs as an error if the widget is closed by then.
    """
    for child in getattr(box, "children", ()):
        stop_counting_views(child)
    if box._view_count is not None:  # noqa: SLF001 - as in `ViewPoller`
        box._view_count = None  # noqa: SLF001 - as above


def replace_children(box: widgets.Box, children: Sequence[widgets.Widget]) -> None:
    """Show other widgets in a box; those that it shows no longer must be closed afterwards."""
    for child in box.children:
        if child not in children:
            stop_counting_views(child)
    box.children = children


def close_all(box: widgets.Widget) -> None:
    """Close a widget and all widgets in it, with their layouts and styles, none of which are shared."""
    stop_counting_views(box)
    _close_all(box)


def _close_all(box: widgets.Widget) -> None:
    for child in getattr(box, "children", ()):
        _close_all(child)
    box.close()
    for model in (getattr(box, "layout", None), getattr(box, "style", None)):
        if isinstance(model, widgets.Widget):
            model.close()


def button(*, tone: str = "", css_class: str = "") -> widgets.Button:
    """
    Return a button without a label.

    Args:
        tone: ``primary`` or ``danger``; empty for a plain button.
        css_class: A class of the theme; may be empty.
    """
    # Each widget has its own layout: widgets that share a layout are hidden together.
    layout = widgets.Layout(width="auto")
    return widgets.Button(button_style=tone, layout=layout, _dom_classes=(css_class,) if css_class else ())


def stack(children: Any, *classes: str) -> widgets.VBox:  # noqa: ANN401 - ipywidgets has no types
    """Return widgets in a column, with classes of the theme."""
    return widgets.VBox(list(children), _dom_classes=("dn-stack", *classes))


def row(children: Any, *classes: str) -> widgets.HBox:  # noqa: ANN401 - ipywidgets has no types
    """Return widgets in a row that wraps, with classes of the theme."""
    return widgets.HBox(list(children), _dom_classes=("dn-row", *classes))


def call_once_displayed(widget: widgets.Widget, callback: Callable[[], object]) -> None:
    """Call `callback`, such as the widget's `focus`, as soon as a widget that is not displayed yet is displayed."""

    def call_if_displayed(change: Mapping[str, int | None]) -> None:
        if change["new"]:
            widget.unobserve(call_if_displayed, "_view_count")
            callback()

    widget.observe(call_if_displayed, "_view_count")
    # Without a number here, ipywidgets does not count views.
    widget._view_count = 0  # noqa: SLF001 - ipywidgets has no other way to observe that something is displayed


def show_if(is_shown: bool, *shown: widgets.Widget) -> None:  # noqa: FBT001 - the function's subject
    """Show widgets, or hide them."""
    for widget in shown:
        display = None if is_shown else "none"
        if widget.layout.display != display:
            widget.layout.display = display


def render_all(*renders: Callable[[], None]) -> None:
    """Render all parts of a form, even if one fails; the first error is raised at the end."""
    errors: list[Exception] = []
    for render in renders:
        try:
            render()
        except Exception as error:  # noqa: BLE001 - it is raised below
            errors.append(error)
    if errors:
        raise errors[0]


def update(widget: widgets.Widget, **traits: object) -> None:
    """Set those traits of a widget that differ; unchanged traits are not sent to the browser."""
    changed = {name: value for name, value in traits.items() if getattr(widget, name) != value}
    if changed:
        with widget.hold_sync():
            for name, value in changed.items():
                setattr(widget, name, value)


def update_choice(widget: widgets.Dropdown, options: Sequence[tuple[str, object]], value: object) -> None:
    """Set the options of a list, and the value of the chosen option; no other option appears to be chosen meanwhile."""
    with widget.hold_sync():
        # New options choose the first of them.
        update(widget, options=tuple(options))
        update(widget, value=value)


def set_available(
    widget: widgets.Button,
    is_available: bool,  # noqa: FBT001 - the function's subject
    why_not: str = "",
    hint: str = "",
) -> None:
    """
    Mark a button as available or not, without disabling it: a disabled button would lose the focus.

    Args:
        widget: The button.
        is_available: Whether the button is available; otherwise the model ignores presses, or says what is missing.
        why_not: The tooltip while the button is not available: the reason, also for screen readers.
        hint: The tooltip while the button is available.
    """
    toggle_class(widget, "dn-off", not is_available)
    update(widget, tooltip=hint if is_available else why_not)


def toggle_class(widget: widgets.DOMWidget, name: str, is_on: bool) -> None:  # noqa: FBT001 - the function's subject
    """Add a class of the theme to a widget, or remove it."""
    if is_on and name not in widget._dom_classes:  # noqa: SLF001 - ipywidgets has no other way to ask
        widget.add_class(name)
    elif not is_on and name in widget._dom_classes:  # noqa: SLF001 - likewise
        widget.remove_class(name)
