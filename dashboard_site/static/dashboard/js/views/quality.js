/** Quality over time: the system and chosen agents, with what happened drawn in. */

import { chart, legend, look } from "../charts.js";
import { h, memo } from "../dom.js";
import { day, known, score } from "../format.js";
import { setQuery } from "../route.js";
import { cut, dayToSeconds, formatDay, onEveryDay, secondsToDay } from "../series.js";
import { card, empty, pageHead, segmented, show, table } from "../ui.js";

const RANGES = [["7", "7 d"], ["30", "30 d"], ["90", "90 d"], ["365", "1 y"]];
// More target lines than this hide the values.
const MOST_TARGETS = 3;
const LONGEST = 3650;

export const title = () => "Quality over time";

const isoDay = (ms) => new Date(ms).toISOString().slice(0, 10);

/** The window of the address: dragged (`from`, `to`) or the last `days`. */
function range(route) {
  const { from = "", to = "", days = "30" } = route.query;
  if (!from) return { days: Number(days) || 30, from: "", to: "" };
  const back = Math.ceil((Date.now() - Date.parse(from)) / 86_400_000) + 1;
  return { days: Math.max(1, Math.min(back || 30, LONGEST)), from, to };
}

export function needs(route) {
  const { days, from } = range(route);
  const since = from || isoDay(Date.now() - days * 86_400_000);
  return {
    quality: [`/api/metrics/quality?days=${days}`, 30],
    agents: ["/api/agents/status", 30],
    bad: [`/api/training/sessions?status=failed&status=stopped&since=${since}T00:00:00Z&page_size=500`, 60],
    raised: ["/api/system/alerts?state=all&limit=500", 60],
  };
}

export function view(ctx) {
  const window = range(ctx.route);
  const chosen = (ctx.route.query.agents ?? "").split(",").filter(Boolean);
  return [
    pageHead("Quality over time", {
      sub: window.from ? `${day(window.from)} to ${window.to ? day(window.to) : "today"}` : `The last ${window.days} days; drag over the chart to look closer`,
      actions: [
        window.from && h("button", { type: "button", key: "back", onclick: () => setQuery({ from: "", to: "" }) }, "Reset zoom"),
        segmented("Range", RANGES, window.from ? "" : String(window.days), (days) => setQuery({ days, from: "", to: "" })),
        h("a", { class: "button quiet", key: "compare", href: "#/compare" }, "Compare nights"),
      ],
    }),
    card("Quality, 0 to 10", { key: "chart" },
      picker(ctx, chosen),
      show(ctx, "quality", (data) =>
        plot(data, ctx.res.agents.data, ctx.res.bad.data, ctx.res.raised.data, ctx.route.query.agents ?? "", window.from, window.to), { height: 440 })),
    card("The same as a table", { key: "table", class: "flush" }, numbers(ctx, chosen, window)),
  ];
}

function picker(ctx, chosen) {
  const agents = ctx.res.agents.data ?? [];
  const toggle = (id) => setQuery({ agents: (chosen.includes(id) ? chosen.filter((one) => one !== id) : [...chosen, id]).join(",") });
  return h("div", { class: "picker", role: "group", "aria-label": "Agents in the chart" },
    agents.map((agent, place) => {
      const { colour, dashName } = look(place + 1);
      const isOn = chosen.includes(agent.id);
      return h("button", { type: "button", key: agent.id, "aria-pressed": String(isOn), onclick: () => toggle(agent.id) },
        h("span", { class: `swatch ${dashName}`, css: { "--swatch": isOn ? `var(${colour})` : "var(--line-strong)" } }), agent.name);
    }),
    agents.length > 0 && h("button", { type: "button", class: "quiet", key: "all", onclick: () => setQuery({ agents: chosen.length ? "" : agents.map((agent) => agent.id).join(",") }) },
      chosen.length ? "Only the system" : "All agents"));
}

/** Names, values and look of what is drawn. The place of an agent in the list is its colour. */
function seriesOf(data, agents, chosen) {
  const list = [{ id: "system", label: "System", values: data.system, place: 0, width: 2.6 }];
  (agents ?? []).forEach((agent, place) => {
    if (chosen.includes(agent.id)) list.push({ id: agent.id, label: agent.name, values: data[agent.id] ?? data.system.map(() => null), place: place + 1, target: agent.quality_target });
  });
  return list;
}

const plot = memo((data, agents, bad, raised, names, from, to) => {
  const series = seriesOf(data, agents, names.split(","));
  const spread = cut(onEveryDay(data.timestamps, series.map((one) => one.values)), from, to);
  if (!spread.times.length) return empty("No nights in this range", "Choose a longer range, or import reports.");
  const shown = series.map((one, i) => ({ ...one, values: spread.lists[i] }));
  const targets = shown.length - 1 > MOST_TARGETS ? [] : targetLines(shown);
  const signs = [];
  if (bad?.results.length) signs.push({ sign: "✕", text: "failed session" }, { sign: "■", text: "stopped session" });
  if (raised?.alerts.length) signs.push({ sign: "▲", text: "alert raised" });
  return [
    chart({
      label: `Quality from ${day(spread.days[0])} to ${day(spread.days.at(-1))} of ${shown.map((one) => one.label).join(", ")}; the table below has the numbers`,
      height: 400, times: spread.times, series: shown, targets, marks: marksOf(bad, raised), air: 0.2, formatTime: formatDay,
      onRange: (a, b) => setQuery({ from: secondsToDay(a), to: secondsToDay(b) }),
    }, "plot"),
    legend(shown, signs),
  ];
});

/** Equal targets are one line with several names. */
function targetLines(series) {
  const names = new Map();
  for (const { target, label } of series) if (known(target)) names.set(target, [...(names.get(target) ?? []), label]);
  return [...names].map(([value, labels]) => ({ value, label: `target ${score(value)}: ${labels.join(", ")}` }));
}

function marksOf(bad, raised) {
  const failures = (bad?.results ?? []).map((row) => ({
    at: dayToSeconds(row.night), isLine: true,
    sign: row.status === "failed" ? "✕" : "■", colour: row.status === "failed" ? "--bad" : "--warn",
    text: row.status === "failed" ? `Failed: ${row.error_message || "no cause recorded"}` : "The session was stopped",
  }));
  const alerts = (raised?.alerts ?? []).map((alert) => ({
    at: dayToSeconds(alert.timestamp), sign: "▲", colour: alert.type === "critical" ? "--bad" : "--warn", text: alert.message,
  }));
  return [...alerts, ...failures];
}

function numbers(ctx, chosen, window) {
  return h("details", { class: "inset", key: "numbers", ontoggle: (event) => setQuery({ table: event.target.open ? "1" : "" }), open: ctx.route.query.table === "1" },
    h("summary", {}, "Show the numbers"),
    ctx.route.query.table === "1" && show(ctx, "quality", (data) => numberTable(data, ctx.res.agents.data, chosen.join(","), window.from, window.to)));
}

const numberTable = memo((data, agents, names, from, to) => {
  const series = seriesOf(data, agents, names.split(","));
  const rows = data.timestamps.map((date, i) => ({ date, values: series.map((one) => one.values[i]) }))
    .filter(({ date }) => (!from || date >= from) && (!to || date <= to)).reverse();
  return table([
    { name: "Night", class: "lead", cell: (row) => day(row.date, { weekday: true }) },
    ...series.map((one, i) => ({ name: one.label, class: "num", cell: (row) => (known(row.values[i]) ? score(row.values[i]) : "no data") })),
  ], rows, { caption: "Quality by night", rowKey: (row) => row.date });
});
