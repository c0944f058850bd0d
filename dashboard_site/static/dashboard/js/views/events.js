/** Alerts that hold now, then everything that happened: filtered, searched, exported. */

import { h } from "../dom.js";
import { icon } from "../icons.js";
import { alertList, eventList } from "../parts.js";
import { setQuery } from "../route.js";
import { card, empty, pageHead, segmented, show } from "../ui.js";

const PAGE = 50;
const LARGEST_PAGE = 500;
const FILTERS = ["severity", "agent", "search", "type", "until", "n"];
const SEVERITIES = [["", "All"], ["warning,error,critical", "Warnings and worse"], ["error,critical", "Errors"]];
const EXPORT_DAYS = [["1", "1 day"], ["7", "7 days"], ["30", "30 days"], ["365", "1 year"]];

export const title = () => "Events and alerts";

function filterQuery({ severity, agent, search, type, until }) {
  const query = new URLSearchParams();
  if (severity) query.set("severity", severity);
  if (agent) query.set("agent_id", agent);
  if (type) query.set("event_type", type);
  if (search) query.set("search", search);
  if (until) query.set("until", until);
  return query;
}

export function needs(route) {
  const query = filterQuery(route.query);
  query.set("page_size", String(Math.min(Number(route.query.n) || PAGE, LARGEST_PAGE)));
  return { events: [`/api/logs/events?${query}`, 5], agents: ["/api/agents/status", 60] };
}

export function view(ctx) {
  return [
    pageHead("Events and alerts", { actions: exports(ctx) }),
    card("Active alerts", { key: "alerts", class: "flush" },
      show(ctx, "alerts", (data) => data.alerts.length ? alertList(ctx, worstAlertsFirst(data.alerts)) : empty("No active alerts", "All checked conditions are fine."), { height: 80 })),
    card("Events", { key: "events", class: "flush" }, filters(ctx),
      show(ctx, "events", (data) => feed(ctx, data), { height: 600 })),
  ];
}

const worstAlertsFirst = (alerts) =>
  [...alerts].sort((a, b) => Number(a.acknowledged) - Number(b.acknowledged) || Number(b.type === "critical") - Number(a.type === "critical") || b.timestamp.localeCompare(a.timestamp));

function feed(ctx, data) {
  const isFiltered = FILTERS.some((name) => name !== "n" && ctx.route.query[name]);
  if (!data.results.length) {
    return isFiltered
      ? empty("No event fits the filters", "", h("button", { type: "button", onclick: clear }, "Clear filters"))
      : empty("Nothing has happened yet", "Imports, trainings, alerts and errors will be listed here.");
  }
  const shown = data.results.length;
  const next = shown >= LARGEST_PAGE ? { until: data.results.at(-1).timestamp, n: "" } : { n: String(Math.min(shown + 100, LARGEST_PAGE)) };
  return [
    eventList(ctx, data.results),
    data.next && h("div", { class: "more" }, h("button", { type: "button", class: "quiet", onclick: () => setQuery(next) }, "Show older")),
  ];
}

const clear = () => setQuery(Object.fromEntries(FILTERS.map((name) => [name, ""])));

let typing = 0;

function filters(ctx) {
  const { severity = "", agent = "", search = "", type = "", until = "" } = ctx.route.query;
  const set = (changes) => setQuery({ ...changes, until: "", n: "" });
  const later = (changes) => {
    clearTimeout(typing);
    typing = setTimeout(() => set(changes), 300);
  };
  return h("div", { class: "filters bar" },
    segmented("Severity", SEVERITIES, severity, (value) => set({ severity: value })),
    h("label", {}, "Agent",
      h("select", { value: agent, onchange: (event) => set({ agent: event.target.value }) },
        h("option", { value: "" }, "all"), h("option", { value: "system" }, "system"),
        (ctx.res.agents.data ?? []).map((one) => h("option", { value: one.id }, one.name)))),
    h("label", { class: "grow" }, "Search",
      h("input", { type: "search", value: search, placeholder: "Words in the message", oninput: (event) => later({ search: event.target.value.trim() }) })),
    type && h("span", { class: "muted small" }, `type ${type}`),
    (severity || agent || search || type || until) && h("button", { type: "button", class: "quiet", onclick: clear }, "Clear filters"));
}

/** Files of the events, with the filters of the list. */
function exports(ctx) {
  const { days = "7" } = ctx.route.query;
  const link = (format) => {
    const query = filterQuery({ ...ctx.route.query, until: "" });
    query.set("format", format);
    query.set("days", days);
    return `/api/logs/export?${query}`;
  };
  return [
    h("label", { class: "inline" }, "Export ",
      h("select", { value: days, onchange: (event) => setQuery({ days: event.target.value }) },
        EXPORT_DAYS.map(([value, text]) => h("option", { value }, text)))),
    h("a", { class: "button quiet", href: link("csv"), download: "" }, icon("download", 15), "CSV"),
    h("a", { class: "button quiet", href: link("json"), download: "" }, icon("download", 15), "JSON"),
  ];
}
