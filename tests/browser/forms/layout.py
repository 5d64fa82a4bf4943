"""Measurable defects in the layout of forms."""

from playwright.sync_api import Page

from tests.browser.forms.actions import FORM
from tests.browser.pages import find_accessibility_problems

WIDTHS = (1200, 480, 375)

_CUT_OFF = """() => {
  const found = [], page = document.documentElement.scrollWidth;
  if (page > innerWidth) found.push(`the page is ${page} wide`);
  const words = one => (one.textContent || one.value || '').trim().slice(0, 30);
  const name = one => `${one.localName}.${[...one.classList].join('.')} “${words(one)}”`;
  for (const form of document.querySelectorAll('.dingnb')) {
    if (form.scrollWidth > form.clientWidth) found.push(`the form is ${form.scrollWidth} wide in ${form.clientWidth}`);
    const edge = form.getBoundingClientRect();
    for (const one of form.querySelectorAll('*')) {
      const box = one.getBoundingClientRect(), style = getComputedStyle(one);
      if (!box.width || !box.height || style.visibility === 'hidden') continue;
      if (one.closest('.dn-scroll, .dn-visually-hidden, .noUi-target')) continue;
      if (box.right > edge.right + 1 || box.left < edge.left - 1) found.push(`${name(one)} sticks out`);
      const hides = style.overflowX !== 'visible' || style.overflowY !== 'visible';
      const scrolls = ['auto', 'scroll'].includes(style.overflowX) || one.matches('input, textarea, select');
      const saysSo = style.textOverflow === 'ellipsis' || style.webkitLineClamp !== 'none';
      const isLarger = one.scrollWidth > one.clientWidth + 1 || one.scrollHeight > one.clientHeight + 1;
      if (hides && !scrolls && !saysSo && isLarger)
        found.push(`${name(one)} is clipped: ${one.scrollWidth} × ${one.scrollHeight}`
          + ` in ${one.clientWidth} × ${one.clientHeight}`);
    }
  }
  return found;
}"""

_TOO_PALE = """() => {
  const canvas = document.createElement('canvas').getContext('2d', {willReadFrequently: true});
  canvas.canvas.width = canvas.canvas.height = 1;
  const read = colour => {
    canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = canvas.getImageData(0, 0, 1, 1).data; return [r, g, b, a / 255];
  };
  const over = ([r, g, b, a], [R, G, B]) => [r * a + R * (1 - a), g * a + G * (1 - a), b * a + B * (1 - a), 1];
  const ground = one => {
    const layers = [];
    for (let at = one; at; at = at.parentElement) layers.push(read(getComputedStyle(at).backgroundColor));
    return layers.reverse().reduce((below, layer) => over(layer, below), [255, 255, 255, 1]);
  };
  const light = colour => {
    const linear = one => one <= .04045 ? one / 12.92 : ((one + .055) / 1.055) ** 2.4;
    const [r, g, b] = colour.map(one => linear(one / 255));
    return .2126 * r + .7152 * g + .0722 * b;
  };
  const contrast = (one, colour) => {
    const below = ground(one), a = light(over(read(colour), below)), b = light(below);
    return (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
  };
  const isSeenThrough = one => one !== null && (getComputedStyle(one).opacity < 1 || isSeenThrough(one.parentElement));
  const found = [];
  const judge = (one, colour, what) => {
    const ratio = contrast(one, colour);
    if (ratio < 4.5) found.push(`${what} has a contrast of ${ratio.toFixed(2)}`);
    if (isSeenThrough(one)) found.push(`${what} is seen through`);
  };
  for (const one of document.querySelectorAll('.dingnb input, .dingnb textarea')) {
    if (!one.getClientRects().length || ['checkbox', 'range'].includes(one.type)) continue;
    const hint = one.placeholder.trim();
    if (hint) judge(one, getComputedStyle(one, '::placeholder').color, `the placeholder “${hint}”`);
  }
  for (const one of document.querySelectorAll('.dingnb :disabled, .dingnb .dn-off')) {
    const words = one.textContent || one.value;
    if (one.getClientRects().length) judge(one, getComputedStyle(one).color, `the disabled “${words}”`);
  }
  return found;
}"""


def find_clipped_parts(page: Page) -> list[str]:
    """Return the parts of forms that are too wide, or clipped by their container."""
    found: list[str] = page.evaluate(_CUT_OFF)
    return found


def find_low_contrast(page: Page) -> list[str]:
    """Return the placeholders and labels of disabled controls with a contrast below 4.5."""
    found: list[str] = page.evaluate(_TOO_PALE)
    return found


def look(page: Page, problems: list[str], stage: str) -> None:
    """Record the defects of the current page at each width."""
    found = find_accessibility_problems(page, FORM)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        found += [f"{width}: {problem}" for problem in find_clipped_parts(page)]
    page.set_viewport_size({"width": WIDTHS[0], "height": 900})
    found += find_low_contrast(page)
    problems += [f"{stage}: {problem}" for problem in found]
