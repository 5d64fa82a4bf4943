"""
The visual language of the forms: spacing, type, colour and states as tokens, and the style sheet made of them.

Colours are the host's own (JupyterLab's variables, which Notebook 7 and Voilà define as well). For text they are mixed
with the host's text colour, which darkens them in light themes and lightens them in dark ones. Each variable falls back
to the value of JupyterLab's light theme, for hosts that do not define it. docs/forms-design.md explains the design.
"""

import json
from collections.abc import Mapping

from dingnb.ui.kit.icons import ICONS
from dingnb.words.catalogue import translations

TOKENS: Mapping[str, str] = {
    # Space, in steps of four pixels.
    "space-1": "4px",
    "space-2": "8px",
    "space-3": "12px",
    "space-4": "16px",
    "space-5": "24px",
    # The rows of tables in which a row is chosen.
    "head-height": "28px",
    "row-height": "44px",
    # Shape.
    "radius": "6px",
    "radius-tile": "12px",
    "radius-pill": "999px",
    "widest": "1040px",
    # Type.
    "font": 'var(--jp-ui-font-family, system-ui, sans-serif), "Noto Sans CJK SC", "PingFang SC", "Microsoft YaHei"',
    # Chinese characters come from a Chinese font, before the host's generic one chooses any.
    "font-zh": 'system-ui, -apple-system, "Segoe UI", "PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", sans-serif',
    "font-code": "var(--jp-code-font-family, ui-monospace, monospace)",
    "size-small": "12px",
    "size-base": "13px",
    "size-heading": "15px",
    "size-large": "18px",
    "size-figure": "24px",
    # Backgrounds and lines.
    "ground": "var(--jp-layout-color1, #fff)",
    "page": "var(--dn-ground)",
    "raised": "color-mix(in srgb, var(--dn-text) 4%, var(--jp-layout-color1, #fff))",
    "ground-2": "color-mix(in srgb, var(--dn-text) 4%, var(--dn-ground))",
    "ground-3": "color-mix(in srgb, var(--dn-text) 9%, var(--dn-ground))",
    "line": "color-mix(in srgb, var(--dn-text) 16%, var(--dn-ground))",
    "line-button": "color-mix(in srgb, var(--dn-text) 28%, var(--dn-ground))",
    "shade": "color-mix(in srgb, var(--dn-text) 30%, transparent)",
    "line-strong": "color-mix(in srgb, var(--dn-text) 48%, var(--dn-ground))",
    # Text.
    "text": "var(--jp-ui-font-color0, #000)",
    "text-2": "color-mix(in srgb, var(--dn-text) 72%, var(--dn-ground))",
    # Colours of text.
    "accent": "color-mix(in srgb, var(--jp-brand-color1, #1976d2) 68%, var(--dn-text))",
    "good": "color-mix(in srgb, var(--jp-success-color1, #388e3c) 62%, var(--dn-text))",
    "warn": "color-mix(in srgb, var(--jp-warn-color1, #ef6c00) 55%, var(--dn-text))",
    "bad": "color-mix(in srgb, var(--jp-error-color1, #d32f2f) 68%, var(--dn-text))",
    # Colours of backgrounds.
    "accent-ground": "color-mix(in srgb, var(--jp-brand-color1, #1976d2) 12%, var(--dn-ground))",
    "good-ground": "color-mix(in srgb, var(--jp-success-color1, #388e3c) 14%, var(--dn-ground))",
    "warn-ground": "color-mix(in srgb, var(--jp-warn-color1, #ef6c00) 12%, var(--dn-ground))",
    "bad-ground": "color-mix(in srgb, var(--jp-error-color1, #d32f2f) 10%, var(--dn-ground))",
    # Fills of buttons and of the LIVE badge, dark enough for white text in every theme.
    "fill": "color-mix(in srgb, var(--jp-brand-color1, #1976d2) 62%, #0b2f5c)",
    "fill-bad": "color-mix(in srgb, var(--jp-error-color1, #d32f2f) 62%, #5c0b0b)",
    "on-fill": "#fff",
    # Lines of charts, which need less contrast than text.
    "fill-line": "color-mix(in srgb, var(--jp-brand-color1, #1976d2) 85%, var(--dn-text))",
}
"""The tokens by name; in the style sheet each is ``var(--dn-NAME)``."""

_RULES = """
.dingnb { max-width: var(--dn-widest); width: 100%; container-type: inline-size; color: var(--dn-text);
  font-family: var(--dn-font); font-size: var(--dn-size-base); line-height: 1.5; box-sizing: border-box;
  padding: var(--dn-space-2) var(--dn-space-1); overflow: visible }
/* In dark JupyterLab and Notebook 7, a notebook is darker than its fields. */
.jp-NotebookPanel .dingnb { --dn-page: var(--jp-layout-color0, #fff) }
/* For the scrollbars and the fields that the browser draws. */
[data-jp-theme-light="false"] .dingnb { color-scheme: dark }
.dingnb.dn-zh { font-family: var(--dn-font-zh) }
.dingnb *, .dingnb *::before { box-sizing: border-box }
.dingnb .widget-vbox, .dingnb .widget-hbox, .dingnb .widget-html, .dingnb .widget-html-content
  { overflow: visible; min-width: 0; line-height: 1.5; color: inherit; font-size: inherit }
.dingnb .widget-html, .dingnb .widget-html-content { height: auto; min-height: 0; margin: 0 }
.dingnb .dn-style, .dingnb .dn-history { display: none }
/* When the kernel has stopped, Jupyter marks its widgets and draws a broken-link icon beside each. Forms then hide the
   icons, the buttons, the checkboxes and the hints that mention them, show the numbers of tiles as plain figures, and
   say at the top, which then stays in view, that they no longer work. The text is part of this style sheet, because
   no kernel is left to provide it. */
.dingnb .jupyter-widgets-disconnected::before { content: none }
.dingnb .dn-show-if-disconnected:not(.jupyter-widgets-disconnected),
.dingnb .jupyter-widgets-disconnected.dn-hide-if-disconnected, .dingnb .jupyter-widgets-disconnected .dn-notice small,
.dingnb .jupyter-widgets-disconnected.widget-checkbox, .dingnb .jupyter-widgets-disconnected.jupyter-button,
.dingnb .jupyter-widgets-disconnected.dn-running .dn-figures > :nth-child(n + 5) { display: none !important }
.dingnb.jupyter-widgets-disconnected::before { display: block; position: sticky; top: 0; z-index: 5;
  font: inherit; font-weight: 600; color: var(--dn-text);
  text-align: left; width: auto; height: auto; line-height: 1.5; border-left: 3px solid var(--dn-warn);
  background: var(--dn-warn-ground); border-radius: 0 var(--dn-radius) var(--dn-radius) 0;
  padding: var(--dn-space-2) var(--dn-space-3); margin: 0 0 var(--dn-space-2) }
/* The boxes of JupyterLab, Notebook 7 and Voilà around a form must not scroll themselves, or nothing in it could stay
   in view. An output that the user has limited in height still scrolls. */
.jp-OutputArea-output:has(.dingnb), .jp-OutputArea-child:has(.dingnb),
.jp-OutputArea:has(.dingnb):not(.jp-mod-outputsScrolled *) { overflow: visible }
.dingnb p, .dingnb ul, .dingnb dl, .dingnb dd { margin: 0 }

.dingnb .dn-title { display: flex; flex-wrap: wrap; gap: var(--dn-space-1) var(--dn-space-3); align-items: baseline;
  border-bottom: 1px solid var(--dn-line); padding-bottom: var(--dn-space-2); margin-bottom: var(--dn-space-3) }
.dingnb .dn-title h2, .dingnb .dn-title h3
  { font-size: var(--dn-size-large); font-weight: 600; margin: 0; padding: 0; color: inherit; font-family: inherit;
  min-width: 0; overflow-wrap: anywhere }
.dingnb .dn-mode { border-radius: var(--dn-radius-pill); padding: 0 var(--dn-space-2);
  font-size: var(--dn-size-small); font-weight: 600 }
.dingnb .dn-mode-SANDBOX { color: var(--dn-good); background: var(--dn-good-ground) }
.dingnb .dn-mode-LIVE { color: var(--dn-on-fill); background: var(--dn-fill-bad) }
.dingnb .dn-quiet { color: var(--dn-text-2); font-size: var(--dn-size-small) }
.dingnb [role=status] + p.dn-quiet { margin: var(--dn-space-4) 0 var(--dn-space-1) }
.dingnb .dn-whole-line { flex-basis: 100%; grid-column: 1 / -1; overflow-wrap: anywhere }
.dingnb .dn-section .dn-title { border-bottom: 0; padding-bottom: 0; margin-bottom: 0 }
.dingnb .dn-section { margin-top: var(--dn-space-5); border-top: 1px solid var(--dn-line);
  padding-top: var(--dn-space-4); gap: var(--dn-space-2) }
/* The head of a page: its title, and links beside it. */
.dingnb .dn-head.dn-row { gap: 0 var(--dn-space-3) }
.dingnb .dn-head > .widget-html { flex: 1 1 auto }
.dingnb .dn-head > .dn-row { gap: 0 var(--dn-space-3) }
.dingnb .dn-head .dn-title { border-bottom: 0; padding-bottom: 0; margin-bottom: 0 }
.dingnb .dn-panel > * > .dn-section:first-child, .dingnb .dn-panel > .dn-flat > :last-child > .dn-section
  { border-top: 0; margin-top: 0; padding-top: 0 }
.dingnb .dn-heading { font-weight: 600; margin: 0; font-size: var(--dn-size-heading); color: inherit;
  font-family: inherit; padding: 0 }

.dingnb .dn-columns.dn-columns { display: flex; flex-flow: row wrap; gap: var(--dn-space-5); align-items: flex-start }
.dingnb .dn-columns > * { flex: 1 1 320px; min-width: 0; max-width: 100% }
.dingnb .dn-columns > .dn-editor { flex: 3 1 380px }
/* The width of the phone drawn by `dingnb.messages.preview`. */
.dingnb .dn-columns > .dn-preview { flex: 2 1 300px; max-width: 375px }
/* Beside long fields the preview stays in view. */
.dingnb .dn-columns > .dn-preview { position: sticky; top: var(--dn-space-2) }
/* The height of the phone depends on the window alone, and so does not change during typing. */
.dingnb .dn-phone { height: clamp(220px, 100vh - 480px, 400px); overflow: auto; border-radius: 14px }
/* A message that is a picture is seen whole, below its line in the list of chats, which takes 144px. In a low window it
   is still large enough to be recognised. */
.dingnb .dn-phone:has(div > img) { height: clamp(320px, 100vh - 480px, 400px) }
.dingnb .dn-phone div > img { max-height: clamp(176px, 100vh - 624px, 256px) !important }
.dingnb .dn-phone > .dn-nothing { height: 100% }
.dingnb .dn-phone > div { margin: 0 !important }
/* A short message fills the phone as well. */
.dingnb .dn-columns > .dn-preview .dn-phone > div:not(.dn-nothing) { min-height: 100%; display: flex;
  flex-direction: column }
.dingnb .dn-columns > .dn-preview .dn-phone > div > :nth-child(2) { flex: 1 0 auto }
/* Buttons in the preview do nothing, and look disabled. */
.dingnb [role=group] > div div[title] { color: var(--dn-text-2) !important; cursor: not-allowed }
/* A message smaller than on the phone: to recognise it, not to read it. */
.dingnb .dn-columns > .dn-thumbnail { flex: 0 1 300px }
.dingnb .dn-thumbnail .dn-phone { height: auto; max-height: 360px; border-radius: 11px }
.dingnb .dn-thumbnail .dn-phone > * { zoom: .8 }
.dingnb .dn-thumbnail .dn-phone div > img { max-height: 306px !important }
/* Below the fields, in a narrow pane, the phone is as high as the message, and a picture is large enough to be read. */
@container (max-width: 700px) {
  .dingnb .dn-preview .dn-phone { height: auto; min-height: 220px }
  .dingnb .dn-preview .dn-phone > .dn-nothing { min-height: 220px }
  .dingnb .dn-preview .dn-phone div > img { max-height: clamp(256px, 100vh - 240px, 560px) !important }
}
/* The next step stays at the lower edge of the window until its place on the page is reached. It covers outlines beside
   it, and the padding that Voilà has below. */
.dingnb .dn-footer .dn-quiet + .dn-quiet { display: block }
.dingnb .dn-footer { position: sticky; bottom: 0; z-index: 2; gap: var(--dn-space-2);
  background: linear-gradient(var(--dn-line), var(--dn-line)) top / calc(100% - 2 * var(--dn-space-1)) 1px no-repeat
  var(--dn-page); box-shadow: 0 10px 0 var(--dn-page); padding: var(--dn-space-3)
  var(--dn-space-1) var(--dn-space-1); margin: var(--dn-space-3) calc(-1 * var(--dn-space-1)) 0 }
/* The check of the studio is the first row of its step, below the line of the steps. */
.dingnb .dn-panel > .dn-row.dn-footer { position: static; background: none; box-shadow: none; padding: 0; margin: 0 }
/* In a short window the footer would cover too much of the page. */
@media (max-height: 600px) { .dingnb .dn-footer { position: static; box-shadow: none } }
/* The higher footer that confirms a send must not cover the campaign's name, nor a notice about it. */
@media (max-height: 760px) { .dingnb .dn-confirm { position: static; box-shadow: none } }
.dingnb .dn-section:has(.dn-notice) + .dn-confirm { position: static; box-shadow: none }
.dingnb .dn-sticky { position: sticky; top: 0; z-index: 2; background: var(--dn-page) }
/* A focused element scrolls into view above the footer, and below a failure; in JupyterLab, Notebook 7 and Voilà, so
   does the line that is being typed. */
@media (min-height: 601px) {
  :is(.jp-WindowedPanel-outer, .lm-BoxPanel-child):has(.dingnb .dn-footer) { scroll-padding-bottom: 130px }
  :is(.jp-WindowedPanel-outer, .lm-BoxPanel-child) .dingnb :is(input, textarea, select, button, a, summary, [tabindex])
    { scroll-margin-bottom: var(--dn-space-2) }
  :is(.jp-WindowedPanel-outer, .lm-BoxPanel-child) .dingnb button.dn-outcome-below { scroll-margin-bottom: 130px }
}
.dingnb input, .dingnb textarea, .dingnb select, .dingnb button, .dingnb a, .dingnb summary, .dingnb [tabindex]
  { scroll-margin: var(--dn-space-4) 0 150px }
.dingnb button.dn-outcome-below { scroll-margin-bottom: 280px }
.dingnb .dn-room { min-height: 120px }
.dingnb:has(.dn-sticky) :is(input, textarea, select, button, a, summary, [tabindex]) { scroll-margin-top: 120px }
/* A box whose children are laid out by the box around it, so that one of them can stay in view there. */
.dingnb .dn-flat.widget-vbox { display: contents }
.dingnb .dn-row { display: flex; flex-flow: row wrap; gap: var(--dn-space-2); align-items: center }
.dingnb .dn-row.dn-line { gap: 0 var(--dn-space-4) }
.dingnb .dn-line .widget-checkbox { width: auto }
.dingnb .dn-pager .widget-text { flex-direction: row; align-items: center; gap: var(--dn-space-2); width: auto }
.dingnb .dn-pager .widget-label { padding: 0; font-weight: 400 }
.dingnb .dn-pager input:not([type=checkbox]):not([type=radio]):not([type=range]) { width: 72px }
.dingnb .dn-row.dn-align-end { align-items: flex-end }
.dingnb .dn-row.dn-align-end > .widget-html { padding-bottom: 6px }
.dingnb .dn-row > .dn-grow { flex: 1 1 300px }
.dingnb .dn-stack { gap: var(--dn-space-2) }
.dingnb .dn-stack > .jupyter-button { align-self: flex-start }
/* Empty widgets, and those for screen readers only, take up no gap. */
.dingnb .widget-html:has(> .widget-html-content:empty) { display: none }
.dingnb .widget-html:has(> .widget-html-content > [role]:empty:only-child),
.dingnb .widget-html:has(> .widget-html-content > .dn-visually-hidden:only-child) { position: absolute }
.dingnb .dn-card { border: 1px solid var(--dn-line); border-radius: var(--dn-radius); padding: var(--dn-space-2)
  var(--dn-space-3) }
/* A reminder is a campaign of its own, on a ground of its own within the results of another. */
.dingnb .dn-apart.dn-card { border-left: 4px solid var(--dn-accent); padding: var(--dn-space-3) var(--dn-space-4);
  background: var(--dn-ground) }
.dingnb .dn-card .dn-facts { grid-template-columns: repeat(auto-fit, minmax(140px, 1fr)); gap: var(--dn-space-1)
  var(--dn-space-3) }
/* Rows with checkboxes, close together. */
.dingnb .dn-tree { gap: var(--dn-space-1) }
.dingnb .dn-tree > .dn-row { gap: 0 var(--dn-space-2) }
.dingnb .dn-tree .widget-checkbox { max-width: 100%; min-height: 24px; overflow-wrap: anywhere }
.dingnb .dn-tree .jupyter-button { min-height: 24px; padding: 0 var(--dn-space-1) }
.dingnb .dn-marked .widget-checkbox { font-weight: 600 }
/* ipywidgets has no third state of a checkbox: a dash is drawn, and the label says it in words. */
.dingnb .dn-partly input { appearance: none; width: 13px; height: 13px; border: 1px solid var(--dn-accent);
  border-radius: 3px; flex: none; background: linear-gradient(var(--dn-accent), var(--dn-accent)) center / 7px 2px
  no-repeat var(--dn-ground) }

.dingnb .widget-text, .dingnb .widget-textarea, .dingnb .widget-dropdown, .dingnb .widget-password
  { flex-direction: column; align-items: stretch; height: auto; width: 100%; margin: 0; overflow: visible }
.dingnb .dn-third { width: auto; flex: 1 1 160px; min-width: 0; max-width: 320px }
.dingnb .dn-stack > .dn-third { flex: none; width: 100% }
.dingnb .dn-short { width: 190px }
.dingnb .dn-number { width: 110px }
.dingnb .dn-wide { max-width: 480px }
.dingnb .widget-checkbox { width: 100%; height: auto; margin: 0 }
.dingnb .widget-checkbox label { display: flex; gap: var(--dn-space-2); align-items: center; font-size: inherit;
  color: inherit; line-height: 1.5; white-space: normal; width: auto; margin: 0; height: auto }
.dingnb .widget-label { width: auto !important; max-width: 100%; text-align: left; font-weight: 600; height: auto;
  color: inherit; line-height: 1.5; padding: 0 0 2px; white-space: normal; font-size: inherit; margin: 0 }
.dingnb input:not([type=checkbox]):not([type=radio]):not([type=range]), .dingnb textarea, .dingnb select
  { width: 100%; height: auto; min-height: 32px; border: 1px solid var(--dn-line-strong) !important;
  border-radius: var(--dn-radius); background-color: var(--dn-ground) !important; color: var(--dn-text) !important;
  padding: var(--dn-space-1) var(--dn-space-2); font: inherit; line-height: 1.5; margin: 0; flex: 0 0 auto }
.dingnb select { padding-right: var(--dn-space-5); appearance: none; background-repeat: no-repeat !important;
  background-image: linear-gradient(45deg, transparent 50%, var(--dn-text-2) 50%),
    linear-gradient(135deg, var(--dn-text-2) 50%, transparent 50%) !important;
  background-position: right 14px center, right 9px center !important; background-size: 5px 5px !important }
.dingnb textarea { min-height: 132px; resize: vertical; overflow-wrap: anywhere }
.dingnb ::placeholder { color: var(--dn-text-2); opacity: 1 }
.dingnb input:disabled, .dingnb textarea:disabled, .dingnb select:disabled
  { opacity: 1; color: var(--dn-text-2) !important;
  background-color: var(--dn-ground-2) !important; border-style: dashed !important }
/* The repeated class overrides the rule of ipywidgets that removes the outline of text fields. */
.dingnb.dingnb :focus-visible { outline: 2px solid var(--dn-accent) !important; outline-offset: 1px }
/* After a click too, Jupyter outlines a button in its own colour, and gives it a shadow. */
.dingnb .jupyter-button:focus:not(:focus-visible) { outline: none }
.dingnb .jupyter-button:focus:enabled:not(.dn-chosen) { box-shadow: none }
.dingnb .dn-invalid input:not([type=checkbox]):not([type=radio]):not([type=range]), .dingnb .dn-invalid textarea
  { border-color: var(--dn-bad) !important }

.dingnb .jupyter-button { width: auto; height: auto; min-height: 32px; border-radius: var(--dn-radius); font: inherit;
  border: 1px solid var(--dn-line-button); background: var(--dn-ground); color: var(--dn-text); box-shadow: none;
  padding: var(--dn-space-1) var(--dn-space-3); line-height: 1.4; font-weight: 500; white-space: normal; margin: 0;
  overflow: visible; text-overflow: clip }
.dingnb .jupyter-button:hover:enabled { background: var(--dn-ground-2); border-color: var(--dn-line-strong);
  box-shadow: none }
.dingnb .jupyter-button.mod-primary { background: var(--dn-fill); border-color: var(--dn-fill);
  color: var(--dn-on-fill); font-weight: 600 }
.dingnb .jupyter-button.mod-danger { background: var(--dn-fill-bad); border-color: var(--dn-fill-bad);
  color: var(--dn-on-fill); font-weight: 600 }
.dingnb .jupyter-button.mod-primary:hover:enabled { background: color-mix(in srgb, var(--dn-fill) 85%, #000) }
.dingnb .jupyter-button.mod-danger:hover:enabled { background: color-mix(in srgb, var(--dn-fill-bad) 85%, #000) }
.dingnb .jupyter-button:disabled, .dingnb .jupyter-button.dn-off, .dingnb .jupyter-button.dn-off:hover:enabled
  { opacity: 1; background: var(--dn-ground-2); border: 1px dashed var(--dn-line);
  color: var(--dn-text-2); font-weight: 400 }
/* The sources of recipients as cards until one is chosen; then only their buttons. */
.dingnb .dn-sources:not(.dn-open) > .dn-source { display: contents }
.dingnb .dn-sources.dn-open { display: grid; width: 100%; align-items: stretch; gap: var(--dn-space-4);
  grid-template-columns: minmax(0, 5fr) minmax(0, 3fr); margin-top: var(--dn-space-2) }
.dingnb .dn-open > .dn-source { border: 1px solid var(--dn-line); border-radius: var(--dn-radius-tile);
  padding: var(--dn-space-5); gap: var(--dn-space-4); align-content: space-between }
.dingnb .dn-open > .dn-source > .jupyter-button { margin: auto 0 0 56px }
.dingnb .dn-open > .dn-drop { border: 2px dashed var(--dn-line-strong); background: var(--dn-ground-2) }
.dingnb .dn-open > .dn-drop.dn-over { border-color: var(--dn-accent); background: var(--dn-accent-ground) }
.dingnb .dn-about { position: relative; padding-left: 56px; min-height: 40px }
.dingnb .dn-about > p { color: var(--dn-text-2); margin-top: var(--dn-space-1) }
.dingnb .dn-about::before { content: ""; position: absolute; z-index: 1; left: 12px; top: 12px; width: 16px;
  height: 16px; background: var(--dn-accent) }
.dingnb .dn-about::after { content: ""; position: absolute; left: 0; top: 0; width: 40px; height: 40px;
  border-radius: 50%; background: var(--dn-accent-ground) }
.dingnb .dn-example { border-collapse: collapse; width: calc(100% - 56px); margin: 0 0 0 56px; max-width: 380px;
  background: var(--dn-ground); font-size: var(--dn-size-small); table-layout: auto }
.dingnb .dn-example caption { text-align: left; color: var(--dn-text-2); padding: 0 0 var(--dn-space-1) }
.dingnb .dn-example th, .dingnb .dn-example td { border: 1px solid var(--dn-line); text-align: left; max-width: none;
  padding: 2px var(--dn-space-2); overflow-wrap: anywhere; background: none }
.dingnb .dn-example th { background: var(--dn-ground-3); font-weight: 600 }
/* The main text: its label, its tools, and the field itself, joined to them. The tools follow it for the keyboard. */
.dingnb .dn-main.dn-main { position: relative; gap: 0 }
.dingnb .dn-main > .dn-field, .dingnb .dn-main > .dn-field > .widget-textarea { display: contents }
.dingnb .dn-main > .dn-tools { order: 1; display: flex; flex-flow: row wrap; align-items: center;
  gap: var(--dn-space-2) var(--dn-space-3); padding: var(--dn-space-2); background: var(--dn-ground-2);
  border: 1px solid var(--dn-line-strong); border-bottom: 0; border-radius: var(--dn-radius) var(--dn-radius) 0 0 }
.dingnb .dn-main > .dn-by-column { order: 1; gap: var(--dn-space-2); padding: var(--dn-space-3);
  background: var(--dn-ground); border: 1px solid var(--dn-line-strong); border-bottom: 0 }
.dingnb .dn-by-column textarea { min-height: 56px }
.dingnb .dn-main > .dn-field > .widget-textarea > textarea { order: 2;
  border-radius: 0 0 var(--dn-radius) var(--dn-radius) }
.dingnb .dn-main > .dn-field > .widget-textarea > textarea:focus-visible { position: relative; z-index: 1 }
.dingnb .dn-main > .dn-field > .widget-html { order: 3 }
.dingnb .dn-tools > .dn-columns-row { order: 2; flex-basis: 100% }
.dingnb .dn-tools .widget-dropdown { flex-direction: row; align-items: center; gap: var(--dn-space-2); width: auto }
.dingnb .dn-tools .widget-dropdown > .widget-label { padding: 0; font-weight: 400; color: var(--dn-text-2);
  font-size: var(--dn-size-small); flex: none }
.dingnb .dn-tools .widget-dropdown > select { min-height: 26px; padding-top: 1px; padding-bottom: 1px; flex: 1 1 96px;
  width: auto; min-width: 0 }
.dingnb .dn-tool.jupyter-button { min-height: 26px; padding: 1px var(--dn-space-2); display: inline-flex;
  align-items: center; gap: var(--dn-space-1) }
.dingnb .dn-tool::before { content: ""; width: 16px; height: 16px; background: currentColor; flex: none }
/* A button of which only the icon is seen. */
.dingnb .dn-icon-only.jupyter-button { min-width: 32px; padding: 0; font-size: 0; display: inline-flex;
  align-items: center; justify-content: center }
.dingnb .dn-icon-only::before { content: ""; width: 16px; height: 16px; background: currentColor; flex: none }
/* An item of a list on a card of its own: its number and actions above its fields. */
.dingnb .dn-items { gap: var(--dn-space-3) }
.dingnb .dn-item-card.dn-item-card { gap: var(--dn-space-2); border-radius: var(--dn-radius-tile);
  padding: var(--dn-space-3); background: var(--dn-ground) }
.dingnb .dn-item-head-row.dn-row { justify-content: space-between; flex-wrap: nowrap }
.dingnb .dn-item-head-row > .dn-row { gap: var(--dn-space-1); flex: none }
.dingnb .dn-item-card textarea { min-height: 92px }
.dingnb .dn-add.jupyter-button { border-style: dashed; color: var(--dn-accent); font-weight: 600; width: 100%;
  display: flex; align-items: center; justify-content: center; gap: var(--dn-space-2) }
.dingnb .dn-add::before { content: ""; width: 16px; height: 16px; background: currentColor; flex: none }
/* Beside a short field, a list of columns; its label is for screen readers. */
.dingnb .dn-field.dn-with-insert { display: grid; grid-template-columns: minmax(0, 1fr) auto; align-items: end;
  gap: 0 var(--dn-space-2) }
.dingnb .dn-with-insert > .widget-html, .dingnb .dn-with-insert > .dn-stack { grid-column: 1 / -1 }
.dingnb .dn-insert.widget-dropdown { width: 104px }
.dingnb .dn-chip.jupyter-button { border-radius: var(--dn-radius-pill); min-height: 26px; max-width: 100%;
  padding: 1px var(--dn-space-3); font-family: var(--dn-font-code); font-size: var(--dn-size-small);
  background: var(--dn-ground-2); overflow-wrap: anywhere }
.dingnb .dn-link.jupyter-button, .dingnb .dn-link.jupyter-button:hover:enabled { border-color: transparent;
  background: none; color: var(--dn-accent); text-decoration: underline; padding: var(--dn-space-1) }

/* A button with the name of a filter that is on, which it removes. */
.dingnb .dn-filter.jupyter-button { border-radius: var(--dn-radius-pill); border-color: var(--dn-accent);
  background: var(--dn-accent-ground); color: var(--dn-accent); font-weight: 600; scroll-margin-bottom: 45vh }
.dingnb .dn-link.jupyter-button:disabled, .dingnb .dn-link.jupyter-button.dn-off,
.dingnb .dn-link.jupyter-button.dn-off:hover:enabled { border-color: transparent; background: none;
  color: var(--dn-text-2); text-decoration: none }
.dingnb .dn-stop.jupyter-button { border-color: var(--dn-bad); color: var(--dn-bad); font-weight: 600 }

/* A tile's first line is its number. Problems have a ground of their own and a heavier edge than successes. Each is as
   high as its text: browsers centre a button's text vertically, and the numbers have to align. The numbers of columns
   follow below. */
.dingnb .dn-tiles.dn-tiles { display: grid; align-items: start }
.dingnb .dn-show-if-disconnected { grid-column: 1 / -1 }
.dingnb .dn-tile.jupyter-button { position: relative; display: block; text-align: left; white-space: pre-line;
  padding: var(--dn-space-2) var(--dn-space-3); border: 1px solid var(--dn-line);
  border-radius: var(--dn-radius-tile); font-variant-numeric: tabular-nums; overflow-wrap: break-word }
.dingnb .dn-tile::first-line { font-size: var(--dn-size-figure); font-weight: 600 }
.dingnb .dn-tile::before { content: ""; position: absolute; top: 14px; right: 14px; width: 16px; height: 16px;
  background: var(--dn-text-2); z-index: 1 }
/* The disc behind the icon of a tile. */
.dingnb .dn-tile::after { content: ""; position: absolute; top: 8px; right: 8px; width: 28px; height: 28px;
  border-radius: 50%; background: var(--dn-ground-3) }
.dingnb .dn-tile.dn-icon-letter::before { background: var(--dn-accent) }
.dingnb .dn-tile.dn-icon-letter::after { background: var(--dn-accent-ground) }
.dingnb .dn-tile-good::before { background: var(--dn-good) }
.dingnb .dn-tile-good::after { background: var(--dn-good-ground) }
.dingnb .dn-tile-warn::before { background: var(--dn-warn) }
.dingnb .dn-tile-bad::before { background: var(--dn-bad) }
.dingnb .dn-tile-warn::after, .dingnb .dn-tile-bad::after { background: none }
.dingnb .dn-tile-warn.jupyter-button { border-color: var(--dn-warn); background: var(--dn-warn-ground);
  font-weight: 600 }
.dingnb .dn-tile-bad.jupyter-button { border-color: var(--dn-bad); background: var(--dn-bad-ground);
  color: var(--dn-bad); font-weight: 600 }
.dingnb .dn-tiles > .dn-tile-warn.jupyter-button.jupyter-button:not(.dn-chosen)
  { box-shadow: inset 0 0 0 1px var(--dn-warn) }
.dingnb .dn-tiles > .dn-tile-bad.jupyter-button.jupyter-button:not(.dn-chosen)
  { box-shadow: inset 0 0 0 1px var(--dn-bad) }
.dingnb .dn-chosen.jupyter-button { box-shadow: inset 0 0 0 2px var(--dn-accent) }
.dingnb .dn-chart { display: block; width: 100%; height: auto; max-width: 640px; margin: var(--dn-space-2) 0 0 }
.dingnb .dn-chart text { fill: var(--dn-text-2); font-size: var(--dn-size-small); font-family: inherit }
.dingnb .dn-chart .dn-grid { stroke: var(--dn-line); stroke-width: 1 }
.dingnb .dn-chart .dn-area { fill: var(--dn-accent-ground) }
.dingnb .dn-chart .dn-line { fill: none; stroke: var(--dn-fill-line); stroke-width: 2; stroke-linejoin: round }
.dingnb .dn-chart circle { fill: var(--dn-fill-line) }
/* Of many points, only the point under the pointer and the last point are drawn. */
.dingnb .dn-chart-many circle:not(:hover):not(:last-of-type) { fill-opacity: 0 }

.dingnb .widget-slider { width: auto; flex: 0 0 auto; height: 28px; margin: 0; min-width: 0 }
.dingnb .widget-slider .slider-container { margin: var(--dn-space-2) var(--dn-space-2) }
.dingnb .noUi-connect { background: var(--dn-fill) }
.dingnb .noUi-target { background: var(--dn-line-strong); border: 0; box-shadow: none }
/* Screen readers get no name for the handle, and ipywidgets cannot set one. It is hidden from them, drawn by a
   pseudo-element for the pointer only, and the number field beside it serves everybody. */
.dingnb .noUi-handle { visibility: hidden }
.dingnb .noUi-handle::before { display: none }
.dingnb .noUi-handle::after { visibility: visible; content: ""; display: block; position: absolute; inset: 0;
  width: auto; height: auto; border: 2px solid var(--dn-accent); border-radius: 50%; background: var(--dn-ground);
  cursor: grab }

/* For screen readers only. A label of ipywidgets takes no class, and a cell's label is seen in a narrow pane. */
.dingnb .dn-visually-hidden, .dingnb :is(.dn-insert, .dn-own-text) .widget-label, .dingnb .dn-cells dt
  { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap;
  text-overflow: ellipsis; margin: 0; padding: 0; border: 0 }

.dingnb .dn-fields { gap: var(--dn-space-3) }
.dingnb .dn-pairs { display: grid; gap: var(--dn-space-3); align-items: start;
  grid-template-columns: repeat(auto-fit, minmax(min(230px, 100%), 1fr)) }
.dingnb .dn-field { position: relative; gap: 0 }
.dingnb .dn-field > .widget-html, .dingnb .dn-field > .widget-html > .widget-html-content { position: static }
/* The length, beside the label that the field draws itself. */
.dingnb .dn-count { font-size: var(--dn-size-small); color: var(--dn-text-2); font-variant-numeric: tabular-nums }
.dingnb .dn-field .dn-count { position: absolute; top: 1px; right: 0 }
.dingnb .dn-below { font-size: var(--dn-size-small); color: var(--dn-text-2); line-height: 18px; min-height: 18px;
  padding-top: 2px; overflow-wrap: anywhere }
.dingnb .dn-nothing { border: 1px dashed var(--dn-line-strong); border-radius: 14px; background: var(--dn-ground-2);
  color: var(--dn-text-2); min-height: 190px; display: flex; align-items: center; justify-content: center;
  text-align: center; padding: var(--dn-space-5); margin: 4px 0 }
.dingnb .dn-says-bad { color: var(--dn-bad) }
.dingnb .dn-says-warn { color: var(--dn-warn) }
.dingnb .dn-says-good { color: var(--dn-good) }
.dingnb .dn-notice { border-left: 3px solid var(--dn-accent); background: var(--dn-accent-ground);
  border-radius: 0 var(--dn-radius) var(--dn-radius) 0; padding: var(--dn-space-2) var(--dn-space-3);
  margin: var(--dn-space-1) 0; overflow-wrap: anywhere }
.dingnb .dn-notice-good, .dingnb .dn-notice-warn, .dingnb .dn-notice-bad { position: relative; padding-left: 36px }
.dingnb .dn-notice-good::before, .dingnb .dn-notice-warn::before, .dingnb .dn-notice-bad::before
  { content: ""; position: absolute; left: 12px; top: 10px; width: 16px; height: 16px }
.dingnb .dn-notice-good::before { background: var(--dn-good) }
.dingnb .dn-notice-warn::before { background: var(--dn-warn) }
.dingnb .dn-notice-bad::before { background: var(--dn-bad) }
.dingnb .dn-notice > small, .dingnb .dn-notice li > small { display: block; font-size: var(--dn-size-small) }
.dingnb .dn-notice ul { margin: 0; padding: 0; list-style: none; display: grid; gap: var(--dn-space-1) }
/* A notice with the button for what it is about. */
.dingnb .dn-with-action { gap: var(--dn-space-2) var(--dn-space-4); justify-content: space-between }
.dingnb .dn-with-action > .widget-html { flex: 0 1 auto; min-width: 0 }
.dingnb .dn-notice-bad { border-color: var(--dn-bad); background: var(--dn-bad-ground) }
.dingnb .dn-notice-warn { border-color: var(--dn-warn); background: var(--dn-warn-ground) }
.dingnb .dn-notice-good { border-color: var(--dn-good); background: var(--dn-good-ground) }

.dingnb .dn-path { gap: 0 var(--dn-space-1); border-bottom: 1px solid var(--dn-line) }
.dingnb .dn-path > .jupyter-button { border: 0; border-bottom: 3px solid transparent; border-radius: 0;
  background: none; margin-bottom: -1px }
/* The title above a focused step comes into view as well. */
.dingnb .dn-path > .jupyter-button { scroll-margin-top: 110px }
.dingnb .dn-path > .dn-later { color: var(--dn-text-2) }
.dingnb .dn-path > .dn-here { border-bottom-color: var(--dn-accent); color: var(--dn-accent); font-weight: 600 }

/* The page, and the phone of the sandbox beside it. */
.dingnb .dn-bar-top { justify-content: flex-end; border-bottom: 1px solid var(--dn-line);
  padding-bottom: var(--dn-space-1) }
.dingnb .dn-bar-top > .widget-html { margin-right: auto }
/* Beside a title, or alone in a row, links are recognised by their colour, without an underline. */
.dingnb .dn-bar-top > .dn-link.jupyter-button, .dingnb .dn-head .dn-link.jupyter-button
  { text-decoration: none; padding: var(--dn-space-1) var(--dn-space-2) }
.dingnb .dn-bar-top > .dn-link.jupyter-button:hover:enabled, .dingnb .dn-head .dn-link.jupyter-button:hover:enabled
  { background: var(--dn-accent-ground) }
.dingnb .dn-brand { display: flex; align-items: center; gap: var(--dn-space-2); font-weight: 600;
  font-size: var(--dn-size-large) }
.dingnb .dn-brand svg { width: 24px; height: 24px; flex: none }
.dingnb .dn-beside.dn-beside { display: flex; flex-flow: row wrap; gap: var(--dn-space-5); align-items: flex-start }
.dingnb .dn-page { flex: 1 1 520px; min-width: 0; container-type: inline-size }
.dingnb .dn-handset { flex: 1 1 340px; min-width: 0; max-width: 480px; position: sticky; top: var(--dn-space-2) }
/* Where there is no room beside the steps, the phone is above them, below the button that closes it, and covers
   nothing. */
@container (max-width: 883px) {
  .dingnb .dn-beside > .dn-page { flex-basis: 100% }
  .dingnb .dn-handset { order: -1; flex-basis: 100%; max-width: 420px; margin: 0 auto; position: static }
}
.dingnb .dn-handset iframe { width: 100%; border: 1px solid var(--dn-line); border-radius: 14px; display: block }
.dingnb .dn-links a { margin-right: var(--dn-space-4) }
/* A few choices, of which one applies. */
.dingnb .dn-segments { display: inline-flex; flex-wrap: wrap; margin-top: var(--dn-space-1); padding: 2px;
  border: 1px solid var(--dn-line-button); border-radius: var(--dn-radius); background: var(--dn-ground-2) }
.dingnb .dn-segments a { margin: 0; padding: var(--dn-space-1) var(--dn-space-4); color: var(--dn-text);
  text-decoration: none; border-radius: 4px }
.dingnb .dn-segments a:hover { background: var(--dn-ground-3) }
.dingnb .dn-segments a[aria-current] { color: var(--dn-accent); background: var(--dn-ground); font-weight: 600;
  box-shadow: 0 0 0 1px var(--dn-accent) }
.dingnb .dn-topics { columns: 300px; column-gap: var(--dn-space-5) }
.dingnb .dn-topics > div { break-inside: avoid; padding-bottom: var(--dn-space-4) }
.dingnb .dn-meanings.dn-meanings dt { color: var(--dn-text) }
.dingnb .dn-facts.dn-meanings { margin-top: var(--dn-space-2);
  grid-template-columns: repeat(auto-fit, minmax(min(260px, 100%), 1fr)) }
/* The home page: rows of a list, which become blocks with labels in a narrow pane. */
.dingnb .dn-home { gap: var(--dn-space-5) }
.dingnb .dn-page > .dn-home { margin-top: var(--dn-space-2) }
.dingnb .dn-welcome h3 { font-size: var(--dn-size-figure); font-weight: 600; margin: 0 0 var(--dn-space-2);
  color: inherit; font-family: inherit; line-height: 1.3 }
.dingnb .dn-welcome p { color: var(--dn-text-2); max-width: 60ch }
.dingnb .dn-welcome ol { list-style: none; margin: var(--dn-space-5) 0 0; padding: 0; display: grid;
  gap: var(--dn-space-3); grid-template-columns: repeat(auto-fit, minmax(min(200px, 100%), 1fr)) }
.dingnb .dn-welcome li { position: relative; background: var(--dn-ground); border-radius: var(--dn-radius-tile);
  border: 1px solid var(--dn-line); padding: var(--dn-space-4); padding-left: 60px; margin: 0 }
.dingnb .dn-welcome li::before { content: ""; position: absolute; z-index: 1; left: 24px; top: 24px; width: 16px;
  height: 16px; background: var(--dn-accent) }
.dingnb .dn-welcome li::after { content: ""; position: absolute; left: 16px; top: 16px; width: 32px; height: 32px;
  border-radius: 50%; background: var(--dn-accent-ground) }
.dingnb .dn-welcome li > span { display: block; color: var(--dn-text-2); font-size: var(--dn-size-small) }
.dingnb .dn-empty.dn-stack { border-radius: var(--dn-radius-tile); background: var(--dn-ground-2);
  padding: var(--dn-space-5); gap: var(--dn-space-5) }
.dingnb .dn-list, .dingnb .dn-list-box { gap: 0 }
.dingnb .dn-list-box > .dn-row { margin-top: var(--dn-space-2) }
.dingnb .dn-item.dn-item { display: grid; align-items: center; gap: 0 var(--dn-space-3); overflow: visible;
  grid-template-columns: minmax(0, 2.35fr) minmax(90px, 1.4fr) minmax(64px, 1.1fr) repeat(2, minmax(64px, .9fr)) 92px
  minmax(0, .85fr) 112px; padding: var(--dn-space-1) 0; border-bottom: 1px solid var(--dn-line) }
.dingnb .dn-item.dn-item-draft { grid-template-columns: minmax(0, 1fr) minmax(0, 2fr) auto }
.dingnb .dn-item.dn-item-person { grid-template-columns: minmax(0, 1.9fr) minmax(0, 1.7fr) minmax(0, 1fr)
  minmax(0, 1.1fr) minmax(128px, .8fr) }
/* The last column has the same width in the head, where it is empty. */
.dingnb .dn-item.dn-item-choice { grid-template-columns: minmax(40px, .4fr) minmax(0, 1.6fr) minmax(0, 3fr) 56px }
.dingnb .dn-item.dn-item-excluded { grid-template-columns: minmax(0, 2fr) minmax(0, 2fr) 96px 84px }
.dingnb .dn-list-found .dn-nothing { min-height: 96px }
.dingnb .dn-overview .dn-nothing { min-height: 64px; padding: var(--dn-space-3) }
.dingnb .dn-item.dn-item-head { color: var(--dn-text-2); font-size: var(--dn-size-small); font-weight: 600 }
.dingnb .dn-item > .jupyter-button { justify-self: start; text-align: left; min-height: 32px; max-width: 100%;
  overflow-wrap: anywhere }
.dingnb .dn-item > .jupyter-button:first-child { font-weight: 600; padding-left: 0 }
.dingnb .dn-item > .jupyter-button:last-child { justify-self: end; padding-right: 0 }
.dingnb .dn-item > .dn-below-name.jupyter-button { grid-area: 2 / 1; padding: 0; min-height: 24px;
  font-size: var(--dn-size-small) }
.dingnb .dn-item:not(.dn-item-draft) > .widget-html, .dingnb .dn-item:not(.dn-item-draft) .widget-html-content,
.dingnb .dn-cells { display: contents }
.dingnb .dn-cells > div { position: relative; min-width: 0 }
.dingnb .dn-cells dt { float: none; text-align: left }
.dingnb .dn-cells dd { font-variant-numeric: tabular-nums; overflow-wrap: anywhere; width: auto; float: none;
  margin: 0 }
.dingnb .dn-item-person .dn-cells small { display: block }
.dingnb .dn-cells small { color: var(--dn-text-2); font-size: var(--dn-size-small) }
.dingnb .dn-cells small > span + span::before { content: " · " }
.dingnb .dn-badge { display: inline-flex; align-items: center; gap: var(--dn-space-1); white-space: nowrap;
  border-radius: var(--dn-radius-pill); padding: 0 var(--dn-space-2); font-size: var(--dn-size-small); font-weight: 600;
  color: var(--dn-accent); background: var(--dn-accent-ground) }
.dingnb .dn-badge::before { content: ""; width: 16px; height: 16px; background: currentColor; transform: scale(.7);
  flex: none; clip-path: circle(5px) }
.dingnb .dn-cells .dn-badge { vertical-align: middle }
.dingnb .dn-cells .dn-badge + small { white-space: nowrap }
.dingnb .dn-cells .dn-problems.dn-problems { display: block; white-space: normal; color: var(--dn-bad) }
.dingnb .dn-badge-good { color: var(--dn-good); background: var(--dn-good-ground) }
.dingnb .dn-badge-bad { color: var(--dn-bad); background: var(--dn-bad-ground) }
.dingnb .dn-badge-warn { color: var(--dn-warn); background: var(--dn-warn-ground) }
/* Numbers below each other, each on a line of its own. */
@container (min-width: 761px) {
  .dingnb .dn-list > .dn-item:not(.dn-item-person, .dn-item-choice) .dn-cells > :nth-child(n + 2):nth-child(-n + 4),
  .dingnb .dn-list-box > .widget-html .dn-item-head:not(.dn-item-person, .dn-item-choice)
    > :nth-child(n + 3):nth-child(-n + 5)
    { text-align: right; padding-right: var(--dn-space-1) }
  .dingnb .dn-list > .dn-item:not(.dn-item-person, .dn-item-choice) .dn-cells :is(small, small > span)
    { display: block }
  .dingnb .dn-cells small > span + span::before { content: none }
  .dingnb .dn-list > .dn-item:not(.dn-item-person, .dn-item-choice) .dn-cells > :nth-child(n + 2) small
    { font-size: 12px; line-height: 1.3; word-break: keep-all }
}
@media (hover: hover) { .dingnb .dn-item:not(.dn-item-head):hover { background: var(--dn-ground-2) } }
@container (max-width: 760px) {
  .dingnb .dn-item.dn-item-head { display: none }
  .dingnb .dn-item.dn-item:not(.dn-item-draft) { grid-template-columns: repeat(3, minmax(0, 1fr)); row-gap: 2px;
    padding: var(--dn-space-2) 0; align-items: start }
  .dingnb .dn-item:not(.dn-item-draft) > .jupyter-button:first-child { grid-column: 1 / 3 }
  .dingnb .dn-item:not(.dn-item-draft) > .jupyter-button:last-child { grid-column: 3; grid-row: 1 }
  .dingnb .dn-item > .dn-below-name.jupyter-button { grid-area: auto / 1 / auto / -1 }
  .dingnb .dn-item.dn-item-person.dn-item-person { grid-template-columns: repeat(2, minmax(0, 1fr)) }
  .dingnb .dn-item.dn-item-choice.dn-item-choice { grid-template-columns: minmax(0, 1fr) auto }
  .dingnb .dn-item-choice .dn-cells > div { grid-column: 1 }
  .dingnb .dn-item.dn-item-choice.dn-item-choice > .jupyter-button:last-child { grid-column: 2 }
  .dingnb .dn-item-person > .widget-checkbox { grid-column: 1 / -1; font-weight: 600 }
  .dingnb .dn-cells dt { position: static; width: auto; height: auto; clip-path: none; color: var(--dn-text-2);
    font-size: var(--dn-size-small); font-weight: 400 }
  .dingnb .dn-item.dn-item-draft { grid-template-columns: minmax(0, 1fr) auto }
  .dingnb .dn-item-draft > .widget-html { grid-row: 2; grid-column: 1 / -1 }
}

.dingnb .dn-facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(165px, 1fr));
  gap: var(--dn-space-3); margin: 0; padding: 0 }
.dingnb .dn-facts > div { min-width: 0 }
.dingnb .dn-facts > .dn-long { grid-column: 1 / -1 }
/* Two short facts above long ones, which would keep the columns narrow. */
.dingnb .dn-facts:has(> :nth-child(2):not(.dn-long) + .dn-long) { grid-template-columns: repeat(2, 1fr) }
.dingnb .dn-facts dt { color: var(--dn-text-2); font-size: var(--dn-size-small); font-weight: 400; margin: 0;
  padding: 0; width: auto; float: none; text-align: left }
.dingnb .dn-facts dt::first-letter { text-transform: uppercase }
.dingnb .dn-facts dd { margin: 0; overflow-wrap: anywhere; font-variant-numeric: tabular-nums; width: auto;
  float: none }
.dingnb .dn-figures.dn-facts { grid-template-columns: repeat(auto-fit, minmax(120px, 1fr)) }
.dingnb .dn-figures > .dn-figure-bad { background: var(--dn-bad-ground); color: var(--dn-bad);
  box-shadow: inset 0 0 0 2px var(--dn-bad) }
.dingnb .dn-figures > .dn-figure-bad :is(dt, small) { color: inherit }
.dingnb .dn-figures + .dn-facts { margin-top: var(--dn-space-3) }
.dingnb .dn-figures > div { background: var(--dn-ground-2); border-radius: var(--dn-radius-tile);
  padding: var(--dn-space-2) var(--dn-space-3) }
.dingnb .dn-figures dd { font-size: var(--dn-size-figure); font-weight: 600; line-height: 1.3 }
/* A figure, such as a duration of minutes and seconds, that would not fit on one line. */
.dingnb .dn-figures dd.dn-long-figure { font-size: var(--dn-size-large); line-height: 31px; text-wrap: balance }
.dingnb .dn-figures dd > small { display: block; font-weight: 400; font-size: var(--dn-size-small);
  color: var(--dn-text-2) }

.dingnb .dn-scroll { overflow-x: auto; max-width: 100%; margin: var(--dn-space-2) 0 }
/* A shadow at each edge beyond which there is more; none where everything fits, since nothing scrolls. */
@keyframes dn-edges {
  from { box-shadow: inset -16px 0 12px -12px var(--dn-shade) }
  5%, 95% { box-shadow: inset -16px 0 12px -12px var(--dn-shade), inset 16px 0 12px -12px var(--dn-shade) }
  to { box-shadow: inset 0 0 0 0 transparent, inset 16px 0 12px -12px var(--dn-shade) }
}
@supports (animation-timeline: scroll(self inline)) {
  .dingnb .dn-scroll { animation: dn-edges linear both; animation-timeline: scroll(self inline) }
}
.dingnb .dn-table { border-collapse: collapse; width: 100%; font-size: var(--dn-size-base); margin: 0; border: 0;
  color: inherit; table-layout: auto }
.dingnb .dn-table caption { text-align: left; color: var(--dn-text-2); font-size: var(--dn-size-small);
  padding: 0 0 var(--dn-space-1); caption-side: top }
.dingnb .dn-table th, .dingnb .dn-table td { text-align: left; vertical-align: top; max-width: none;
  padding: var(--dn-space-1) var(--dn-space-3) var(--dn-space-1) 0; border: 0; white-space: normal;
  border-bottom: 1px solid var(--dn-line); overflow-wrap: anywhere; font-size: inherit; background: none;
  min-width: 4em }
.dingnb .dn-table thead th::first-letter { text-transform: uppercase }
.dingnb .dn-as-written thead th::first-letter, .dingnb .dn-as-written dt::first-letter { text-transform: none }
.dingnb .dn-table .dn-short-cell { white-space: nowrap }
.dingnb .dn-table th { white-space: nowrap; color: var(--dn-text-2); font-weight: 600; font-size: var(--dn-size-small) }
.dingnb .dn-table small { display: block; color: var(--dn-text-2); font-size: var(--dn-size-small) }

.dingnb .dn-bar { height: 8px; border-radius: var(--dn-radius-pill); background: var(--dn-ground-3); overflow: hidden;
  display: flex; margin: var(--dn-space-2) 0; border: 1px solid var(--dn-line) }
.dingnb .dn-bar i { display: block; height: 100%; background: var(--dn-fill) }
.dingnb .dn-bar i.dn-bad { background: var(--dn-bad) }
.dingnb .dn-bar i.dn-warn { background: var(--dn-warn) }

.dingnb .dn-steps { display: grid; gap: 2px var(--dn-space-3); font-variant-numeric: tabular-nums;
  grid-template-columns: fit-content(50%) minmax(40px, 1fr) fit-content(40%) }
.dingnb .dn-steps > div { display: grid; grid-column: 1 / -1; grid-template-columns: subgrid; align-items: center }
.dingnb .dn-steps .dn-bar { margin: 0 }
/* The delivery funnel is as high as the chart beside it. */
.dingnb .dn-overview .dn-steps { row-gap: var(--dn-space-3); margin: var(--dn-space-3) 0 }
.dingnb .dn-overview .dn-steps .dn-bar { height: 20px; border-radius: var(--dn-radius) }
.dingnb .dn-steps span { overflow-wrap: anywhere; min-width: 0 }
/* Several lists of shares, whose bars are aligned. */
.dingnb .dn-questions { display: grid; gap: var(--dn-space-1) var(--dn-space-3); margin: var(--dn-space-2) 0;
  grid-template-columns: fit-content(50%) minmax(40px, 1fr) fit-content(40%) }
.dingnb .dn-questions > div { grid-column: 1 / -1 }
.dingnb .dn-questions > .dn-steps { grid-template-columns: subgrid; margin-bottom: var(--dn-space-2) }
.dingnb .dn-questions > :not(.dn-steps) { display: flex; flex-wrap: wrap; gap: 0 var(--dn-space-2);
  align-items: baseline }

.dingnb .widget-radio { flex-direction: column; align-items: stretch; width: 100%; height: auto; margin: 0;
  overflow: visible }
.dingnb .widget-radio > .widget-label { line-height: 1.5 }
.dingnb .widget-radio-box { height: auto; max-height: none; margin: 0 !important; overflow: visible; padding: 0;
  gap: var(--dn-space-1) }
.dingnb .widget-radio-box label { display: flex; gap: var(--dn-space-2); align-items: center; height: auto;
  min-height: 24px; white-space: normal; line-height: 1.5; font-size: inherit; color: inherit; margin: 0; width: auto }
.dingnb .widget-radio-box input { order: -1; margin: 0; flex: none }

.dingnb .widget-select { flex-direction: column; align-items: stretch; width: 100%; height: auto; margin: 0 }
.dingnb .widget-select select { background-image: none !important; padding: 0; overflow: auto }
.dingnb .widget-select option { padding: var(--dn-space-1) var(--dn-space-2) }
/* A transparent list box lies under the table, its options aligned with the rows: a click anywhere in a row
   selects it, and the whole list is one tab stop. Browsers that draw lists in their own way, such as Safari and those
   of phones, show it above the table; a remote desktop may report no mouse at all. */
.dingnb .dn-select-table.dn-select-table { width: 100%; margin: var(--dn-space-2) 0; container-type: inline-size;
  display: flex; flex-direction: column-reverse; gap: var(--dn-space-2) }
.dingnb .dn-select-table select { max-height: 140px }
.dingnb .dn-select-table > * { min-width: 0; margin: 0; width: 100% }
@media not all and (pointer: coarse) { @supports not (font: -apple-system-body) {
  .dingnb .dn-select-table.dn-select-table { display: grid; gap: 0 }
  .dingnb .dn-select-table > * { grid-area: 1 / 1 }
  .dingnb .dn-select-table > .widget-html { z-index: 1; pointer-events: none }
  .dingnb .dn-select-table .widget-label { height: var(--dn-head-height); line-height: var(--dn-head-height);
    padding: 0 var(--dn-space-2); color: transparent; overflow: hidden; white-space: nowrap }
  .dingnb .dn-select-table select { flex: 1 1 0; min-height: 0; max-height: none; border: 0 !important;
    border-radius: 0; overflow: hidden; background: none !important; color: transparent !important;
    outline-offset: -2px }
  .dingnb .dn-select-table option { height: var(--dn-row-height); min-height: var(--dn-row-height); padding: 0;
    text-overflow: ellipsis;
    color: transparent; -webkit-text-fill-color: transparent; overflow: hidden; white-space: nowrap }
  .dingnb .dn-select-table option:hover { background: var(--dn-ground-2) }
  /* A background image, because browsers ignore the background colour of a selected option. */
  .dingnb .dn-select-table option:checked { box-shadow: inset 3px 0 0 var(--dn-accent);
    background: linear-gradient(var(--dn-accent-ground), var(--dn-accent-ground)) }
} }
/* Each row is a grid of a fixed height that clips its cells, because a row of a table layout grows with its content,
   and a click would then select another row: the options have the same height. */
.dingnb .dn-lines, .dingnb .dn-lines thead, .dingnb .dn-lines tbody { display: block; width: 100% }
.dingnb .dn-lines tr { display: grid; align-items: center; gap: 0 var(--dn-space-3); height: var(--dn-row-height);
  overflow: hidden; padding: 0 var(--dn-space-2); border-bottom: 1px solid var(--dn-line); background: none }
.dingnb .dn-lines thead tr { height: var(--dn-head-height) }
.dingnb .dn-lines th, .dingnb .dn-lines td { display: block; padding: 0; border: 0; min-width: 0; white-space: nowrap;
  line-height: 18px }
.dingnb .dn-lines thead th { overflow: hidden; text-overflow: ellipsis }
.dingnb .dn-lines tbody th { font-weight: 400; font-size: var(--dn-size-base); color: var(--dn-text) }
.dingnb .dn-lines tbody th > *, .dingnb .dn-lines td > * { overflow: hidden; text-overflow: ellipsis;
  white-space: nowrap }
.dingnb .dn-events tr { grid-template-columns: minmax(0, 28fr) minmax(0, 19fr) minmax(0, 44fr) minmax(0, 9fr) }
/* The same columns on each page, whatever its rows contain. */
.dingnb .dn-results tr { grid-template-columns: 28% 216px minmax(0, 1fr) 84px }
.dingnb .dn-results .dn-time { text-align: right; font-variant-numeric: tabular-nums }
.dingnb .dn-results td.dn-time, .dingnb .dn-results .dn-none
  { color: var(--dn-text-2); font-size: var(--dn-size-small) }
/* A reason has two lines at most; its hint, for which there is no room, is in the details. */
.dingnb .dn-results td.dn-reason { max-height: 36px; overflow: hidden; text-overflow: ellipsis }
.dingnb .dn-results td.dn-reason > div { display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 2;
  white-space: normal }
@container (max-width: 800px) {
  .dingnb .dn-events .dn-hide-below-800 { display: none }
  .dingnb .dn-events tr { grid-template-columns: minmax(0, 40fr) minmax(0, 29fr) minmax(0, 31fr) }
}
/* In a narrow pane, the reason is below the status. */
@container (max-width: 700px) {
  .dingnb .dn-results > * { --dn-row-height: 48px }
  .dingnb .dn-results tr { grid-template: "name status time" 100% / 35% minmax(0, 1fr) auto }
  .dingnb .dn-results tbody tr:not(:has(.dn-none)) { align-content: center;
    grid-template: "name status time" 22px "name reason reason" 18px / 35% minmax(0, 1fr) auto }
  .dingnb .dn-results .dn-name { grid-area: name }
  .dingnb .dn-results .dn-status { grid-area: status }
  .dingnb .dn-results .dn-time { grid-area: time }
  .dingnb .dn-results td.dn-reason { grid-area: reason }
  .dingnb .dn-results td.dn-reason > div { display: block; white-space: nowrap }
  .dingnb .dn-results th.dn-reason, .dingnb .dn-results td.dn-none.dn-none, .dingnb .dn-results .dn-reason > small
    { display: none }
}
/* Details stay in view beside their table; in a narrow pane they are a sheet over its lower part. */
.dingnb .dn-columns > .dn-details { flex: 2 1 300px; max-width: 420px; border-left: 1px solid var(--dn-line);
  padding: 0 var(--dn-space-1) var(--dn-space-1) var(--dn-space-4); margin-top: var(--dn-space-2);
  position: sticky; top: var(--dn-space-2); max-height: max(320px, 100vh - 150px); overflow: auto }
.dingnb .dn-details > * { flex: none }
.dingnb .dn-details > .dn-details-bar { border-bottom: 1px solid var(--dn-line) }
.dingnb .dn-details-bar > :last-child { margin-left: auto }
@container (max-width: 760px) {
  .dingnb .dn-columns > .dn-details { flex-basis: 100%; max-width: 100%; top: auto; bottom: 0; z-index: 3;
    max-height: max(240px, 50vh); border: 1px solid var(--dn-line-strong); border-radius: var(--dn-radius-tile)
    var(--dn-radius-tile) 0 0; padding: 0 var(--dn-space-3) var(--dn-space-3); background: var(--dn-ground);
    box-shadow: 0 -6px 24px rgb(0 0 0 / 25%) }
  .dingnb .dn-details > .dn-details-bar { position: sticky; top: 0; z-index: 1; background: var(--dn-ground);
    margin: 0 calc(-1 * var(--dn-space-3)); padding: 0 var(--dn-space-2) }
}

/* In tables of people and events, states have shapes as well. */
.dingnb :is(.dn-lines, .dn-meanings) [class*=dn-icon-]::before
  { content: ""; display: inline-block; width: 16px; height: 16px; margin-right: var(--dn-space-1);
  vertical-align: -3px; background: currentColor }
.dingnb :is(.dn-lines, .dn-meanings) [class*=dn-icon-]:not([class*=dn-says-])::before { background: var(--dn-text-2) }
.dingnb :is(.dn-results td, .dn-meanings dt) > [class*=dn-icon-]
  { display: inline-block; border-radius: var(--dn-radius-pill);
  vertical-align: top; max-width: 100%; padding: 2px 10px 2px var(--dn-space-2); background: var(--dn-ground-3) }
.dingnb :is(.dn-results td, .dn-meanings dt) > .dn-icon-letter
  { color: var(--dn-accent); background: var(--dn-accent-ground) }
.dingnb :is(.dn-results td, .dn-meanings dt) > .dn-icon-letter.dn-icon-letter::before { background: currentColor }
.dingnb :is(.dn-results td, .dn-meanings dt) > .dn-says-good { background: var(--dn-good-ground) }
.dingnb :is(.dn-results td, .dn-meanings dt) > .dn-says-warn { background: var(--dn-warn-ground) }
.dingnb :is(.dn-results td, .dn-meanings dt) > .dn-says-bad { background: var(--dn-bad-ground) }
/* Tables of problems: room for the reasons beside long names. */
.dingnb .dn-problems .dn-table td:nth-child(2) { width: 50% }
.dingnb .dn-problems .dn-table caption { color: inherit; font-size: var(--dn-size-base); font-weight: 600 }
/* The tables after the table of problems. */
.dingnb .dn-problems * + * > .dn-table caption { padding-top: var(--dn-space-4) }
.dingnb .dn-problems * + * > .dn-table td:nth-child(2) { width: auto }
.dingnb .dn-problems * + * > .dn-table td:first-child { width: 60% }
.dingnb .dn-passage { border-left: 3px solid var(--dn-line-strong); background: var(--dn-ground-2); max-height: 320px;
  padding: var(--dn-space-2) var(--dn-space-3); margin: var(--dn-space-2) 0; overflow: hidden auto;
  overflow-wrap: anywhere; white-space: pre-wrap }
.dingnb .dn-code { margin: 0; padding: var(--dn-space-2) var(--dn-space-3); border: 1px solid var(--dn-line);
  border-radius: var(--dn-radius); background: var(--dn-ground-2); color: var(--dn-text); white-space: pre-wrap;
  overflow-wrap: anywhere; font-family: var(--dn-font-code); font-size: var(--dn-size-small); line-height: 1.55 }
.dingnb details > summary { cursor: pointer; color: var(--dn-text-2); padding: var(--dn-space-1) 0 }
.dingnb a { color: var(--dn-accent); text-decoration: underline }
@container (max-width: 700px) {
  .dingnb .dn-sources.dn-open { grid-template-columns: minmax(0, 1fr) }
  .dingnb .dn-open > .dn-source { padding: var(--dn-space-4) }
  .dingnb .dn-example { width: 100%; margin-left: 0 }
  .dingnb .dn-open > .dn-source > .jupyter-button { margin-left: 0 }
}
@container (max-width: 520px) {
  .dingnb .dn-third, .dingnb .dn-short, .dingnb .dn-wide { width: 100%; max-width: 100%; flex-basis: 100% }
  .dingnb .dn-columns > * { flex-basis: 100% }
  .dingnb .dn-columns > .dn-preview { flex-basis: 100%; max-width: 100% }
  .dingnb .dn-path > .jupyter-button { font-size: var(--dn-size-small); padding: var(--dn-space-1) 6px }
  .dingnb .dn-bar-top.dn-bar-top { gap: var(--dn-space-1) }
  .dingnb .dn-bar-top > .dn-link.jupyter-button { padding: var(--dn-space-1) }
  .dingnb .dn-figures.dn-facts { grid-template-columns: repeat(2, 1fr) }
}
/* A button that appears ignores the mouse at first: a second click was meant for what was there before. A chip does
   not, since what it inserts can be undone. */
@keyframes dn-inert { from, to { pointer-events: none } }
.dingnb .jupyter-button:not(.dn-chip), .dingnb .widget-checkbox { animation: dn-inert .8s }
@media (prefers-reduced-motion: no-preference) {
  .dingnb .dn-bar i { transition: width .3s }
  .dingnb .jupyter-button, .dingnb .dn-item { transition: background-color .12s }
}
@media (forced-colors: active) { .dingnb .dn-bar i { forced-color-adjust: none } }
"""


MAX_TILES = 13
"""The maximum number of tiles: one for each status, and one for everybody."""

_TILE_COLUMNS = {280: 2, 424: 3, 568: 4, 700: 3, 760: 4, 952: 5, 1144: 6}
"""
The number of columns of tiles that fit, by the width of a pane in pixels.

From 700 pixels on, names of statuses fit on one line, and all tiles are equally high.
"""


def _tile_rules() -> str:
    """Return the rules of the columns of tiles: few rows, with nearly the same number of tiles each."""
    rules = list[str]()
    for width, max_columns in _TILE_COLUMNS.items():
        selectors = dict[int, list[str]]()
        for n in range(1, MAX_TILES + 1):
            rows = -(-n // max_columns)
            # The tiles of a single row that is not full are no wider than the tiles of a full row.
            columns = max_columns if rows == 1 else -(-n // rows)
            selectors.setdefault(columns, []).append(f".dingnb .dn-tiles-{n}.dn-tiles-{n}")
        of_width = "".join(
            f"  {', '.join(names)} {{ grid-template-columns: repeat({columns}, minmax(0, 1fr)) }}\n"
            for columns, names in selectors.items()
        )
        rules.append(f"@container (min-width: {width}px) {{\n{of_width}}}\n")
    return "".join(rules)


def style_sheet() -> str:
    """Return the style sheet of all forms: tokens, rules, icons, and the notices for when the kernel has stopped."""
    tokens = "; ".join(f"--dn-{name}: {value}" for name, value in TOKENS.items())
    # A variable is computed where it is set: on another ground, the variables that use the ground are set again.
    apart = "".join(f"; --dn-{name}: {value}" for name, value in TOKENS.items() if "var(--dn-ground)" in value)
    # The notice in a notebook says to run its cells; a Voilà page has none.
    kernel_gone = "".join(
        f"{page}.dingnb.dn-{language}.jupyter-widgets-disconnected::before "
        f"{{ content: {json.dumps(words, ensure_ascii=False)} }}\n"
        for page, key in (("", "form.kernel_gone"), ("[data-voila] ", "form.kernel_gone_page"))
        for language, words in zip(("en", "zh"), translations()[key], strict=True)
    )
    icons = "".join(
        f".dingnb .dn-icon-{name}::before, .dingnb .dn-notice-{name}::before, "
        f".dingnb .dn-badge-{name}::before {{ clip-path: path(evenodd, {json.dumps(outline)}) }}\n"
        for name, outline in ICONS.items()
    )
    grounds = f".dingnb {{ {tokens} }}\n.dingnb .dn-apart {{ --dn-ground: var(--dn-raised){apart} }}\n"
    return f"{grounds}{_RULES}{_tile_rules()}{icons}{kernel_gone}"
