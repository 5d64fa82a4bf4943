"use strict";
(() => {
  const { userid, lang, poll_ms: pollMs, texts } = JSON.parse(document.getElementById("data").textContent);
  const chat = document.getElementById("chat");
  const status = document.getElementById("status");
  const items = new Map();
  const read = new Set();
  let known = "";
  let timer = 0;
  let busy = false;
  let numbered = 0;

  function element(tag, attributes, ...children) {
    const made = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes || {})) {
      if (value === false || value === null || value === undefined) continue;
      made.setAttribute(name, value === true ? "" : value);
    }
    made.append(...children);
    return made;
  }

  function markup(html) {
    // The server has escaped all texts in it, and the page's policy runs no script.
    const made = element("div");
    made.innerHTML = html;
    return made;
  }

  function newId() {
    numbered += 1;
    return `part-${numbered}`;
  }

  async function call(path, body) {
    const options = body === undefined ? {} : {
      method: "POST", headers: { "content-type": "application/json" }, body: JSON.stringify(body),
    };
    const answer = await fetch(`/_sandbox/phone/${path}`, { cache: "no-store", ...options });
    if (!answer.ok) throw new Error(String(answer.status));
    return answer.json();
  }

  async function refresh() {
    clearTimeout(timer);
    if (busy) return;
    busy = true;
    try {
      const found = await call(`messages?${new URLSearchParams({ userid, lang, known })}`);
      status.textContent = "";
      if (found.messages) show(found.messages);
      known = found.state;
      await markRead();
    } catch (error) {
      status.textContent = texts.lost;
    } finally {
      busy = false;
      timer = setTimeout(refresh, pollMs);
    }
  }

  function show(messages) {
    const atEnd = window.innerHeight + window.scrollY >= document.body.scrollHeight - 40;
    const seen = new Set(messages.map((one) => one.id));
    for (const [id, item] of items) {
      if (!seen.has(id)) {
        item.row.remove();
        items.delete(id);
      }
    }
    let isNew = false;
    for (const message of messages) {
      const version = JSON.stringify(message);
      const before = items.get(message.id);
      if (before && before.version === version) continue;
      const row = element("li", {}, article(message));
      if (before) {
        const held = before.row.contains(document.activeElement) ? document.activeElement.dataset.key : undefined;
        before.row.replaceWith(row);
        if (held) focusOn(row, held);
      } else {
        chat.append(row);
        isNew = true;
      }
      items.set(message.id, { version, row });
    }
    arrange(messages);
    if (!isNew || !atEnd) return;
    scrollToEnd();
    for (const picture of chat.querySelectorAll("img")) {
      // Until it is loaded, it has no height.
      if (!picture.complete) picture.addEventListener("load", scrollToEnd, { once: true });
    }
  }

  function scrollToEnd() {
    window.scrollTo(0, document.body.scrollHeight);
  }

  function focusOn(row, key) {
    const found = [...row.querySelectorAll("[data-key]")].find((one) => one.dataset.key === key && !one.disabled);
    const outcome = row.querySelector(".outcome");
    (found || outcome || row).focus();
  }

  function arrange(messages) {
    chat.querySelectorAll(".day, .empty").forEach((one) => one.remove());
    const wanted = messages.length ? [] : [element("li", { class: "empty" }, texts.empty)];
    let day = "";
    for (const message of messages) {
      if (message.day !== day) wanted.push(element("li", { class: "day" }, message.day));
      day = message.day;
      wanted.push(items.get(message.id).row);
    }
    // A row that is moved would lose the focus.
    let next = chat.firstChild;
    for (const one of wanted) {
      if (one === next) next = next.nextSibling;
      else chat.insertBefore(one, next);
    }
  }

  async function markRead() {
    const ids = [...items.keys()].filter((id) => !read.has(id));
    if (document.visibilityState !== "visible" || !ids.length) return;
    await call("read", { userid, ids });
    ids.forEach((id) => read.add(id));
  }

  function article(message) {
    const headId = newId();
    const head = element("div", { class: "head" },
      element("h2", { id: headId }, texts[message.kind]), element("time", {}, message.clock));
    const bubble = element("div", { class: "bubble" });
    const made = element("article", { "aria-labelledby": headId }, head, bubble);
    if (message.kind === "card") {
      fillCard(bubble, message);
    } else if (message.recalled) {
      bubble.append(element("p", {}, texts.recalled));
    } else {
      if (message.title) bubble.append(element("h3", {}, message.title));
      bubble.append(markup(message.html));
    }
    for (const file of message.files || []) {
      const label = texts.download.replace("{name}", file.name).replace("{size}", file.size);
      made.append(element("p", { class: "files" }, element("a", { href: file.url, download: file.name }, label)));
    }
    return made;
  }

  function fillCard(bubble, card) {
    if (card.failed) {
      bubble.append(element("p", {}, texts.failed));
      return;
    }
    const outcome = element("p", { class: "outcome", role: "status", tabindex: "-1" }, card.status);
    if (card.title) bubble.append(element("h3", {}, card.title));
    if (card.html) bubble.append(markup(card.html));
    if (card.rows.length) {
      bubble.append(element("dl", {}, ...card.rows.flatMap(([name, text]) => [
        element("dt", {}, name), element("dd", {}, text)])));
    }
    if (card.fields.length) bubble.append(formOf(card, outcome));
    for (const note of card.notes) bubble.append(element("p", { class: "tips" }, note));
    if (card.buttons.length) {
      bubble.append(element("div", { class: "buttons" }, ...card.buttons.map((one) => buttonOf(card, one, outcome))));
    }
    bubble.append(outcome);
  }

  function buttonOf(card, button, outcome) {
    const made = element("button", {
      type: "button", class: button.primary && "primary", "data-key": `button ${button.id}`, disabled: !button.enabled,
    }, button.label);
    made.addEventListener("click", () => {
      if (button.id) press(card, { action_id: button.id }, outcome);
      else if (button.url) outcome.textContent = texts.link.replace("{url}", button.url);
    });
    return made;
  }

  async function press(card, what, outcome) {
    outcome.textContent = texts.sending;
    try {
      await call("press", { userid, out_track_id: card.out_track_id, ...what });
      setTimeout(refresh, 150);
      setTimeout(refresh, 500);
    } catch (error) {
      outcome.textContent = texts.lost;
    }
  }

  function formOf(card, outcome) {
    const fields = card.fields.map(fieldOf);
    const submit = element("button", {
      type: "submit", class: "primary", "data-key": "submit", disabled: !card.open,
    }, card.submit);
    const form = element("form", { novalidate: true }, ...fields.map((one) => one.part), submit);
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      const missing = fields.filter((one) => one.check());
      if (missing.length) {
        missing[0].focus();
        return;
      }
      const values = fields.map((one) => [one.name, one.value()]).filter(([, value]) => value !== undefined);
      press(card, { form: Object.fromEntries(values) }, outcome);
    });
    return form;
  }

  const INPUTS = { NUMBER: "number", DATE: "date", TIME: "time", DATETIME: "datetime-local" };
  const CHOICES = { SELECT: false, CHECKBOX_GROUP: false, MULTI_SELECT: true, MULTI_CHECKBOX_GROUP: true };

  function fieldOf(field) {
    const faultId = newId();
    const fault = element("p", { class: "fault", id: faultId, hidden: true });
    const made = field.type in CHOICES && field.type !== "SELECT" ? groupOf(field, faultId)
      : field.type === "SWITCH" || field.type === "CHECKBOX" ? checkOf(field, faultId) : inputOf(field, faultId);
    made.part.append(fault);
    return {
      ...made,
      name: field.name,
      check() {
        const isMissing = field.required && !field.read_only && made.isEmpty();
        fault.hidden = !isMissing;
        fault.textContent = isMissing ? field.required_text : "";
        made.controls.forEach((one) => one.setAttribute("aria-invalid", String(isMissing)));
        return isMissing;
      },
      focus: () => made.controls[0].focus(),
    };
  }

  function labelText(field) {
    return field.required ? `${field.label} *` : field.label;
  }

  function chosen(value) {
    const found = value !== null && typeof value === "object" && !Array.isArray(value) ? value.value : value;
    return (Array.isArray(found) ? found : [found]).filter((one) => one !== null && one !== undefined).map(String);
  }

  function groupOf(field, faultId) {
    const isMany = CHOICES[field.type];
    const group = newId();
    const defaults = chosen(field.default);
    const controls = field.options.map(([value], place) => element("input", {
      type: isMany ? "checkbox" : "radio", name: group, id: newId(), value, disabled: field.read_only,
      checked: defaults.includes(value), "aria-describedby": faultId, "data-key": `field ${field.name} ${place}`,
    }));
    const part = element("fieldset", {}, element("legend", {}, labelText(field)), ...controls.map((one, place) =>
      element("div", { class: "option" }, one, element("label", { for: one.id }, field.options[place][1]))));
    const places = () => controls.map((one, place) => (one.checked ? place : -1)).filter((place) => place >= 0);
    const values = () => places().map((place) => field.options[place][0]);
    return {
      part,
      controls,
      isEmpty: () => !places().length,
      value() {
        if (!places().length) return undefined;
        if (field.type === "MULTI_SELECT") return { index: places(), value: values() };
        return isMany ? values() : values()[0];
      },
    };
  }

  function checkOf(field, faultId) {
    const input = element("input", {
      type: "checkbox", id: newId(), disabled: field.read_only, role: field.type === "SWITCH" && "switch",
      checked: field.default === true || field.default === "true", "aria-describedby": faultId,
      "data-key": `field ${field.name}`,
    });
    const part = element("div", { class: "field" },
      element("div", { class: "option" }, input, element("label", { for: input.id }, labelText(field))));
    return {
      part,
      controls: [input],
      isEmpty: () => field.type === "CHECKBOX" && !input.checked,
      value: () => input.checked,
    };
  }

  function inputOf(field, faultId) {
    const id = newId();
    const common = {
      id, required: field.required, disabled: field.read_only, "aria-describedby": faultId,
      "data-key": `field ${field.name}`,
    };
    const start = chosen(field.default);
    let input;
    if (field.type === "SELECT") {
      input = element("select", common, element("option", { value: "" }, field.placeholder || texts.choose),
        ...field.options.map(([value, text]) => element("option", { value, selected: start.includes(value) }, text)));
    } else if (field.type === "TEXT_AREA" || field.type === "TEXT_ARRAY") {
      const hint = field.type === "TEXT_ARRAY" ? texts.one_a_line : "";
      input = element("textarea", { ...common, rows: 3, placeholder: field.placeholder || hint }, start.join("\n"));
    } else {
      const type = INPUTS[field.type] || "text";
      input = element("input", {
        ...common, type, placeholder: field.placeholder, value: field.type === "DATETIME" ? start[0]?.replace(" ", "T") : start[0], step: type === "number" && "any",
      });
    }
    return {
      part: element("div", { class: "field" }, element("label", { for: id }, labelText(field)), input),
      controls: [input],
      isEmpty: () => !input.value.trim(),
      value() {
        if (!input.value.trim()) return undefined;
        if (field.type === "SELECT") return { index: input.selectedIndex - 1, value: input.value };
        if (field.type === "NUMBER") return Number(input.value);
        if (field.type === "DATETIME") return input.value.replace("T", " ");
        if (field.type === "TEXT_ARRAY") return input.value.split("\n").map((one) => one.trim()).filter(Boolean);
        return input.value;
      },
    };
  }

  document.addEventListener("visibilitychange", refresh);
  refresh();
})();
