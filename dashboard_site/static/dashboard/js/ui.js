/** Building blocks that every view uses: cards, states, times, numbers, failures. */

import { h } from "./dom.js";
import { absolute, known, NOTHING, relative, signed } from "./format.js";
import { icon } from "./icons.js";

/** A part of a view with a heading; `actions` stand at its right. */
export function card(title, { actions = null, key, class: more = "", id, note } = {}, ...kids) {
  const headingId = id ?? `card-${title.toLowerCase().replace(/[^a-z0-9]+/g, "-")}`;
  return h(
    "section",
    { class: `card ${more}`, key, "aria-labelledby": headingId },
    h("div", { class: "card-head" },
      h("h2", { id: headingId }, title),
      note && h("span", { class: "muted small" }, note),
      actions && h("div", { class: "actions" }, actions)),
    h("div", { class: "card-body" }, kids),
  );
}

/** The heading of a view. */
export function pageHead(title, { sub = null, actions = null, back = null } = {}) {
  return h("div", { class: "page-head", key: "head" },
    h("div", {},
      back && h("a", { class: "back", href: back.href }, "← ", back.text),
      h("h1", { tabindex: "-1" }, title),
      sub && h("p", { class: "muted" }, sub)),
    actions && h("div", { class: "actions" }, actions));
}

/** A state in words with a sign of its own: colour is never the only difference. */
export function badge(kind, text, { title } = {}) {
  const sign = { good: "good", warn: "warn", bad: "bad", info: "info", idle: "idle", run: "run" }[kind];
  return h("span", { class: `badge ${kind}`, title }, icon(sign ?? "info", 14), h("span", {}, text));
}

const SESSION_KINDS = {
  completed: "good", failed: "bad", stopped: "warn", running: "run", pending: "idle", stopping: "warn",
};

export const sessionBadge = (status) => badge(SESSION_KINDS[status] ?? "info", status ?? "unknown");

/** A moment: relative as text, absolute with zone as title. `both` prints both. */
export function when(moment, now, { both = false } = {}) {
  if (!moment) return h("span", { class: "muted" }, NOTHING);
  const full = absolute(moment);
  return h("time", { datetime: moment, title: full },
    relative(moment, now), both && h("span", { class: "muted" }, ` · ${full}`));
}

/** A change with arrow and sign; `better` says which direction is good. */
export function change(value, { digits = 1, unit = "", better = "up", suffix = "", text = null } = {}) {
  if (!known(value)) return null;
  const flat = Number(Math.abs(value).toFixed(digits)) === 0;
  const direction = flat ? "flat" : value > 0 ? "up" : "down";
  const kind = flat ? "idle" : direction === better ? "good" : "bad";
  return h("span", { class: `change ${kind}` },
    icon(direction, 14), text ?? signed(value, digits, unit), suffix && h("span", { class: "muted" }, ` ${suffix}`));
}

/** One number with its name. */
export function tile(label, value, { sub = null, unit = "", kind = "", href: to = null, extra = null, title } = {}) {
  return h(to ? "a" : "div", { class: `tile ${kind}`, href: to, title },
    h("span", { class: "tile-label" }, label),
    h("span", { class: "tile-value" }, value, unit && h("span", { class: "unit" }, ` ${unit}`)),
    extra,
    h("span", { class: "tile-sub" }, sub));
}

/** A bar from 0 to `max`, with limits or a target drawn in. Without a value it says so. */
export function meter(value, { max = 100, label, text, kind = "", marks = [] }) {
  const share = known(value) ? Math.max(0, Math.min(1, value / max)) : 0;
  const reading = known(value)
    ? { role: "meter", "aria-valuemin": 0, "aria-valuemax": max, "aria-valuenow": value, "aria-valuetext": text ?? `${value}`, "aria-label": label }
    : { role: "img", "aria-label": `${label}: no data` };
  return h("div", { class: `meter ${kind}`, ...reading },
    h("div", { class: "meter-fill", css: { width: `${share * 100}%` } }),
    marks.filter((mark) => known(mark.value)).map((mark) =>
      h("div", { class: `meter-mark ${mark.kind ?? ""}`, title: mark.label, css: { left: `${(mark.value / max) * 100}%` } })));
}

/** One choice out of few. */
export function segmented(label, options, value, onPick) {
  return h("div", { class: "segmented", role: "group", "aria-label": label },
    options.map(([key, text]) =>
      h("button", {
        type: "button", key, "aria-pressed": String(key === value), onclick: () => onPick(key),
      }, text)));
}

/** Words for what is not there, and what to do next. */
export function empty(title, text, action = null) {
  return h("div", { class: "empty" }, h("strong", {}, title), text && h("p", {}, text), action);
}

/** Grey bars where content will be; the height keeps the layout from jumping. */
export function skeleton(height = 120) {
  return h("div", { class: "skeleton", key: "skeleton", "aria-label": "Loading", role: "img", css: { "min-height": `${height}px` } });
}

/** What could not be read, where it would have stood, with a way to try again. */
export function failure(error, retry) {
  const hint = error.status === 404 ? "This server does not offer it." : error.status === 401 ? "Sign in to see it." : "";
  return h("div", { class: "failure", role: "alert" },
    icon("warn"), h("span", {}, error.message, hint && ` ${hint}`),
    h("button", { type: "button", class: "quiet", onclick: retry }, icon("retry", 15), " Try again"));
}

/**
 * Show what a resource holds: grey bars before the first answer, the failure where it
 * happened, and old data with a note when a newer answer could not be had.
 */
export function show(ctx, name, render, { height = 120 } = {}) {
  const snapshot = ctx.res[name];
  const retry = () => ctx.live.invalidate(ctx.urls[name]);
  if (snapshot.data === null) return snapshot.error ? failure(snapshot.error, retry) : skeleton(height);
  return [snapshot.error && snapshot.error.status ? failure(snapshot.error, retry) : null, render(snapshot.data)];
}

/**
 * A table that becomes a list of cards on a phone.
 * Columns: `{name, cell(row), class?, head?}`; `head` false hides the name there.
 */
export function table(columns, rows, { caption, rowKey, rowClass } = {}) {
  return h("div", { class: "table-wrap" },
    h("table", {},
      h("caption", { class: "sr" }, caption),
      h("thead", {}, h("tr", {}, columns.map((column) =>
        h("th", { scope: "col", class: column.class }, column.head ?? column.name)))),
      h("tbody", {}, rows.map((row) =>
        h("tr", { key: rowKey?.(row), class: rowClass?.(row) }, columns.map((column) =>
          h("td", { class: column.class, "data-label": column.name }, column.cell(row))))))));
}

/** Pairs of name and value; those without a value are left out. */
export function facts(pairs) {
  return h("dl", { class: "facts" },
    pairs.filter(([, value]) => value !== null && value !== undefined && value !== "")
      .map(([name, value]) => h("div", {}, h("dt", {}, name), h("dd", {}, value))));
}

export const SEVERITY_KINDS = { info: "info", warning: "warn", error: "bad", critical: "bad", success: "good" };
