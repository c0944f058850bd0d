/** Asking before something happens, and saying what happened. */

import { h, patch } from "./dom.js";
import { icon } from "./icons.js";

/**
 * Ask in a modal dialog. Fields: `{name, label, type: "text"|"checkbox", hint?}`.
 * @returns {Promise<Object|null>} the values of the fields; null: not confirmed
 */
export function ask({ title, text, action, danger = false, fields = [] }) {
  return new Promise((resolve) => {
    const host = document.getElementById("dialogs");
    const values = Object.fromEntries(fields.map((field) => [field.name, field.type === "checkbox" ? false : ""]));
    let answer = null;
    patch(host,
      h("dialog", { key: title, "aria-labelledby": "dialog-title", onclose: () => {
          patch(host);
          resolve(answer);
        } },
        h("form", { method: "dialog", onsubmit: () => { answer = values; } },
          h("h2", { id: "dialog-title" }, title),
          h("p", {}, text),
          fields.map((field) => inputFor(field, values)),
          h("div", { class: "dialog-actions" },
            h("button", { type: "button", onclick: (event) => event.target.closest("dialog").close() }, "Cancel"),
            h("button", { class: danger ? "danger" : "primary", type: "submit" }, action)))));
    host.querySelector("dialog").showModal();
  });
}

function inputFor(field, values) {
  if (field.type === "checkbox") {
    return h("label", { class: "check" },
      h("input", { type: "checkbox", onchange: (event) => { values[field.name] = event.target.checked; } }),
      h("span", {}, field.label, field.hint && h("small", { class: "muted" }, field.hint)));
  }
  return h("label", { class: "field" },
    h("span", {}, field.label),
    h("input", { type: "text", maxlength: "500", oninput: (event) => { values[field.name] = event.target.value; } }));
}

const shown = [];

/** Say something for a few seconds; a problem stays until it is closed. */
export function say(text, kind = "good") {
  const message = { id: Math.random(), text, kind };
  shown.push(message);
  draw();
  if (kind !== "bad") setTimeout(() => dismiss(message), 6000);
}

function dismiss(message) {
  const place = shown.indexOf(message);
  if (place >= 0) shown.splice(place, 1);
  draw();
}

function draw() {
  patch(document.getElementById("said"), shown.map((message) =>
    h("div", { class: `toast ${message.kind}`, key: message.id },
      icon(message.kind), h("span", {}, message.text),
      h("button", { type: "button", class: "icon-button", "aria-label": "Close", onclick: () => dismiss(message) },
        icon("bad", 16)))));
}
