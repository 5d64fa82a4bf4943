"""Measurable defects in the layout of forms."""

from playwright.sync_api import Page

from tests.browser.forms.actions import FORM
from tests.browser.pages import find_accessibility_problems

WIDTHS = (1200, 480, 375)

_CUT_OFF = """() => {
  const found = [], page = document.documentElement.scrollWidth;
  if (page > innerWidth) found.push(`the page is ${page} wide`);
  const text = element => (element.textContent || element.value || '').trim().slice(0, 30);
  const name = element => `${element.localName}.${[...element.classList].join('.')} “${text(element)}”`;
  for (const form of document.querySelectorAll('.dingnb')) {
    if (form.scrollWidth > form.clientWidth) found.push(`the form is ${form.scrollWidth} wide in ${form.clientWidth}`);
    const edge = form.getBoundingClientRect();
    for (const element of form.querySelectorAll('*')) {
      const box = element.getBoundingClientRect(), style = getComputedStyle(element);
      if (!box.width || !box.height || style.visibility === 'hidden') continue;
      if (element.closest('.dn-scroll, .dn-visually-hidden, .noUi-target')) continue;
      if (box.right > edge.right + 1 || box.left < edge.left - 1) found.push(`${name(element)} sticks out`);
      const hides = style.overflowX !== 'visible' || style.overflowY !== 'visible';
      const scrolls = ['auto', 'scroll'].includes(style.overflowX) || element.matches('input, textarea, select');
      const saysSo = style.textOverflow === 'ellipsis' || style.webkitLineClamp !== 'none';
      const isLarger = element.scrollWidth > element.clientWidth + 1 || element.scrollHeight > element.clientHeight + 1;
      if (hides && !scrolls && !saysSo && isLarger)
        found.push(`${name(element)} is clipped: ${element.scrollWidth} × ${element.scrollHeight}`
          + ` in ${element.clientWidth} × ${element.clientHeight}`);
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
  const background = element => {
    const layers = [];
    for (let layer = element; layer; layer = layer.parentElement)
      layers.push(read(getComputedStyle(layer).backgroundColor));
    return layers.reverse().reduce((below, layer) => over(layer, below), [255, 255, 255, 1]);
  };
  const luminance = colour => {
    const linear = part => part <= .04045 ? part / 12.92 : ((part + .055) / 1.055) ** 2.4;
    const [r, g, b] = colour.map(part => linear(part / 255));
    return .2126 * r + .7152 * g + .0722 * b;
  };
  const contrast = (element, colour) => {
    const below = background(element), a = luminance(over(read(colour), below)), b = luminance(below);
    return (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
  };
  const isTranslucent = element =>
    element !== null && (getComputedStyle(element).opacity < 1 || isTranslucent(element.parentElement));
  const found = [];
  const judge = (element, colour, what) => {
    const ratio = contrast(element, colour);
    if (ratio < 4.5) found.push(`${what} has a contrast of ${ratio.toFixed(2)}`);
    if (isTranslucent(element)) found.push(`${what} is translucent`);
  };
  for (const element of document.querySelectorAll('.dingnb input, .dingnb textarea')) {
    if (!element.getClientRects().length || ['checkbox', 'range'].includes(element.type)) continue;
    const hint = element.placeholder.trim();
    if (hint) judge(element, getComputedStyle(element, '::placeholder').color, `the placeholder “${hint}”`);
  }
  for (const element of document.querySelectorAll('.dingnb :disabled, .dingnb .dn-off')) {
    const words = element.textContent || element.value;
    if (element.getClientRects().length) judge(element, getComputedStyle(element).color, `the disabled “${words}”`);
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


def record_defects(page: Page, problems: list[str], stage: str) -> None:
    """Add the defects of the page at each width to `problems`, each after the stage of the test."""
    found = find_accessibility_problems(page, FORM)
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        found += [f"{width}: {problem}" for problem in find_clipped_parts(page)]
    page.set_viewport_size({"width": WIDTHS[0], "height": 900})
    found += find_low_contrast(page)
    problems += [f"{stage}: {problem}" for problem in found]
