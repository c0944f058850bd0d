/** One agent: where it stands, how it got there, its sessions and events. */

import { chart, legend } from "../charts.js";
import { h, memo } from "../dom.js";
import { day, known, milliseconds, score, words } from "../format.js";
import { agentBadge, eventList, improvementOf } from "../parts.js";
import { setQuery } from "../route.js";
import { formatDay, onEveryDay } from "../series.js";
import { badge, card, change, empty, pageHead, segmented, show, skeleton, table, tile, when } from "../ui.js";

const RANGES = [["30", "30 d"], ["90", "90 d"], ["365", "1 y"]];
const MOST_ROWS = 1000;

export const title = (ctx) => ctx.res.agent.data?.name ?? ctx.route.id;

const daysOf = (route) => Number(route.query.days) || 30;

export function needs(route) {
  const id = encodeURIComponent(route.id);
  // A night may hold several sessions, hence more rows than nights.
  const limit = Math.min(Math.ceil(daysOf(route) * 1.5), MOST_ROWS);
  return {
    agent: [`/api/agents/${id}?limit=${limit}`, 20],
    events: [`/api/logs/events?agent_id=${id}&page_size=8`, 20],
  };
}

export function view(ctx) {
  const { data: agent, error } = ctx.res.agent;
  const back = { href: "#/agents", text: "Agents" };
  if (!agent) {
    return [pageHead(ctx.route.id, { back }), error?.status === 404
      ? empty("There is no such agent", "It is in no configuration and no report.") : show(ctx, "agent", () => skeleton(500), { height: 500 })];
  }
  const days = daysOf(ctx.route);
  return [
    pageHead(agent.name, {
      back,
      sub: [agentBadge(agent), ` ${agent.id} · priority ${agent.priority}${agent.description ? ` · ${agent.description}` : ""}`],
      actions: [
        segmented("Range", RANGES, String(days), (value) => setQuery({ days: value })),
        h("a", { class: "button quiet", href: `#/compare?kind=agents&a=${encodeURIComponent(agent.id)}` }, "Compare"),
      ],
    }),
    agent.status !== "online" && agent.reason && h("p", { class: "notice warn", key: "why" }, `No data in the newest report: ${agent.reason}`),
    tiles(ctx, agent),
    card("Quality", { key: "quality" }, qualityChart(agent.metrics_history, agent.quality_target, days, agent.name)),
    h("div", { class: "columns even", key: "pair" },
      card("Processing time", { key: "time" }, timeChart(agent.metrics_history, days, agent.name)),
      card("Errors", { key: "errors" }, errorChart(agent.metrics_history, days, agent.name))),
    h("div", { class: "columns even", key: "lists" },
      card("Last sessions", { key: "sessions", class: "flush" }, sessions(agent)),
      card("Events", { key: "events", class: "flush" },
        show(ctx, "events", (data) => data.results.length ? eventList(ctx, data.results) : empty("No events about this agent", "")))),
  ];
}

function tiles(ctx, agent) {
  const gap = known(agent.quality_score) && known(agent.quality_target) ? agent.quality_score - agent.quality_target : null;
  return h("div", { class: "tiles", key: "tiles" },
    tile("Quality", score(agent.quality_score), { unit: known(agent.quality_score) ? "of 10" : "", sub: change(improvementOf(agent), { suffix: "to the night before" }) ?? "no data in the newest report" }),
    tile("Target", score(agent.quality_target), { sub: known(gap) ? change(gap, { suffix: gap >= 0 ? "above target" : "below target" }) : known(agent.quality_target) ? "not comparable" : "none is set" }),
    tile("Processing time", milliseconds(agent.processing_time_ms), { sub: "in its last training" }),
    tile("Errors", agent.errors ?? "—", { sub: known(agent.errors) ? "in its last training" : "not reported" }),
    tile("Last data", agent.last_updated ? when(agent.last_updated, ctx.now) : "—", { kind: "text", sub: agent.report_date ? `newest report: ${day(agent.report_date)}` : "" }));
}

/** Rows newest first → one value per calendar day, of several the newest. */
function byDay(rows, days, pick) {
  const since = new Date(Date.now() - days * 86_400_000).toISOString().slice(0, 10);
  const nights = new Map();
  for (const row of rows) if (row.night >= since && !nights.has(row.night)) nights.set(row.night, pick(row));
  const dates = [...nights.keys()].sort();
  return onEveryDay(dates, [dates.map((date) => nights.get(date))]);
}

function historyChart(rows, days, { label, pick, key, ...more }) {
  const { times, lists } = byDay(rows, days, pick);
  if (!lists[0].some(known)) return empty("Nothing in this range", "No night in it has a value.");
  const series = [{ label, values: lists[0], place: 0, unit: more.unitText }];
  return [chart({ height: 220, times, series, formatTime: formatDay, ...more, label: `${more.name}: ${label} over ${days} days` }, key), legend(series)];
}

const qualityChart = memo((rows, target, days, name) =>
  historyChart(rows, days, {
    label: "Quality", name, key: "q", pick: (row) => row.quality_score, air: 0.2, height: 260,
    targets: known(target) ? [{ value: target, label: `target ${score(target)}` }] : [],
  }));

const timeChart = memo((rows, days, name) =>
  historyChart(rows, days, {
    label: "Processing time", name, key: "t", low: 0, digits: 3, unitText: " s", axisUnit: " s",
    pick: (row) => (known(row.processing_time_ms) ? row.processing_time_ms / 1000 : null),
  }));

const errorChart = memo((rows, days, name) =>
  historyChart(rows, days, { label: "Errors", name, key: "e", low: 0, digits: 0, pick: (row) => row.error_count }));

const OUTCOMES = { trained: "good", failed: "bad", skipped: "warn", no_data: "warn" };

function sessions(agent) {
  if (!agent.training_history.length) return empty("No sessions yet", "");
  return table([
    { name: "Night", class: "lead", cell: (row) => h("a", { href: `#/session/${row.training_id}` }, day(row.date)) },
    { name: "Outcome", cell: (row) => badge(OUTCOMES[row.status] ?? "info", words(row.status).toLowerCase()) },
    { name: "Quality", class: "num", cell: (row) => known(row.quality) ? score(row.quality) : "no data" },
    { name: "Change", class: "num", cell: (row) => change(row.improvement) ?? "—" },
    { name: "Time", class: "num", cell: (row) => milliseconds(row.processing_time_ms) },
  ], agent.training_history, { caption: "Last sessions of this agent", rowKey: (row) => row.training_id });
}
