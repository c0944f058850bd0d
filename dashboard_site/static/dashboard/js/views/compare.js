/** Two nights or two agents side by side: what differs, and by how much. */

import { chart, legend } from "../charts.js";
import { h, memo } from "../dom.js";
import { day, duration, known, number, score, signed, words } from "../format.js";
import { setQuery } from "../route.js";
import { formatDay, onEveryDay } from "../series.js";
import { card, change, empty, pageHead, segmented, sessionBadge, show, table } from "../ui.js";

const NIGHTS = 120;
const LONGEST = 3650;

export const title = () => "Comparison";

export function needs(route) {
  if (route.query.kind === "agents") {
    return { agents: ["/api/agents/status", 30], quality: ["/api/metrics/quality?days=90", 60], history: ["/api/training/history?days=30", 60] };
  }
  const oldest = [route.query.a, route.query.b].filter(Boolean).sort()[0];
  const back = oldest ? Math.ceil((Date.now() - Date.parse(oldest)) / 86_400_000) + 2 : 0;
  return { history: [`/api/training/history?days=${Math.min(Math.max(NIGHTS, back || 0), LONGEST)}`, 60] };
}

export function view(ctx) {
  const kind = ctx.route.query.kind === "agents" ? "agents" : "nights";
  const isAll = ctx.route.query.all === "1";
  return [
    pageHead(kind === "agents" ? "Compare two agents" : "Compare two nights", {
      back: { href: "#/quality", text: "Quality over time" },
      actions: [
        segmented("Compare", [["nights", "Nights"], ["agents", "Agents"]], kind, (value) => setQuery({ kind: value, a: "", b: "" })),
        h("label", { class: "check", key: "all" },
          h("input", { type: "checkbox", checked: !isAll, onchange: (event) => setQuery({ all: event.target.checked ? "" : "1" }) }), "Only differences"),
      ],
    }),
    kind === "agents"
      ? show(ctx, "agents", (agents) => twoAgents(ctx, agents, isAll), { height: 500 })
      : show(ctx, "history", (data) => twoNights(ctx, data.history, isAll), { height: 500 }),
  ];
}

function choose(name, label, options, value) {
  return h("label", {}, label,
    h("select", { value, onchange: (event) => setQuery({ [name]: event.target.value }) },
      options.map(([key, text]) => h("option", { value: key }, text))));
}

function pair(query, ids, [first, second]) {
  const a = ids.includes(query.a) ? query.a : first;
  const b = ids.includes(query.b) ? query.b : ids.find((id) => id !== a && id === second) ?? ids.find((id) => id !== a);
  return [a, b];
}

function twoNights(ctx, history, isAll) {
  if (history.length < 2) return empty("Two nights are needed", "Come back after the next training.");
  const dates = history.map((night) => night.date);
  const [a, b] = pair(ctx.route.query, dates, [dates.at(-2), dates.at(-1)]);
  const [before, after] = [a, b].map((date) => history.find((night) => night.date === date));
  const options = [...history].reverse().map((night) => [night.date, `${day(night.date, { weekday: true })}, ${night.status}`]);
  const rows = agentRows(before, after).filter((row) => isAll || row.differs);
  return [
    h("div", { class: "filters", key: "choice" }, choose("a", "First night", options, a), choose("b", "Second night", options, b)),
    card("The nights", { key: "facts", class: "flush" }, factTable(nightFacts(before, after), day(a), day(b), isAll)),
    card("Agents", { key: "agents", class: "flush", note: `${rows.length} of ${agentRows(before, after).length} shown, largest change first` },
      rows.length ? table([
        { name: "Agent", class: "lead", cell: (row) => h("a", { href: `#/agent/${encodeURIComponent(row.id)}` }, row.name) },
        { name: `Quality ${day(a, { year: false })}`, class: "num", cell: (row) => valueOr(row.qualityA, score) },
        { name: `Quality ${day(b, { year: false })}`, class: "num", cell: (row) => valueOr(row.qualityB, score) },
        { name: "Difference", class: "num", cell: (row) => change(row.delta) ?? "not comparable" },
        { name: `Time ${day(a, { year: false })}`, class: "num", cell: (row) => valueOr(row.timeA, duration) },
        { name: `Time ${day(b, { year: false })}`, class: "num", cell: (row) => valueOr(row.timeB, duration) },
      ], rows, { caption: "Agents on both nights", rowKey: (row) => row.id }) : empty("No agent differs", "Both nights gave the same qualities.")),
  ];
}

const valueOr = (value, format) => (known(value) ? format(value) : h("span", { class: "muted" }, "no data"));

/** One row per agent of either night, largest change first. */
function agentRows(before, after) {
  const byId = new Map();
  for (const [side, night] of [["A", before], ["B", after]]) {
    for (const agent of night.agents) {
      const row = byId.get(agent.id) ?? { id: agent.id, name: agent.name };
      byId.set(agent.id, { ...row, [`quality${side}`]: agent.quality, [`time${side}`]: agent.processing_time });
    }
  }
  return [...byId.values()].map((row) => {
    const delta = known(row.qualityA) && known(row.qualityB) ? row.qualityB - row.qualityA : null;
    const differs = delta === null ? known(row.qualityA) !== known(row.qualityB) : Math.abs(delta) >= 0.05;
    return { ...row, delta, differs };
  }).sort((x, y) => Math.abs(y.delta ?? 99) - Math.abs(x.delta ?? 99));
}

function nightFacts(a, b) {
  const link = (night) => h("a", { href: `#/session/${night.training_id}` }, `session ${night.training_id}`);
  const withData = (night) => night.agents.filter((agent) => known(agent.quality)).length;
  return [
    ["Session", link(a), link(b), null, true],
    ["Result", sessionBadge(a.status), sessionBadge(b.status), null, a.status !== b.status],
    factRow("System quality", a.overall_quality, b.overall_quality, (value) => number(value, 2), (delta) => change(delta, { digits: 2 })),
    factRow("Duration", seconds(a), seconds(b), duration, (delta) => change(delta, { better: "down", digits: 0, text: `${delta < 0 ? "−" : "+"}${duration(Math.abs(delta))}` })),
    factRow("Agents with data", withData(a), withData(b), (value) => number(value, 0), (delta) => change(delta, { digits: 0 })),
  ];
}

const seconds = (night) => (known(night.duration_minutes) ? night.duration_minutes * 60 : null);

function factRow(name, a, b, format, difference) {
  const delta = known(a) && known(b) ? b - a : null;
  return [name, valueOr(a, format), valueOr(b, format), delta === null ? "—" : difference(delta), a !== b];
}

function factTable(rows, headA, headB, isAll) {
  return table([
    { name: "What", class: "lead", cell: (row) => row[0] },
    { name: headA, class: "num", cell: (row) => row[1] },
    { name: headB, class: "num", cell: (row) => row[2] },
    { name: "Difference", class: "num", cell: (row) => row[3] ?? "" },
  ], rows.filter((row) => isAll || row[4]), { caption: "Side by side", rowKey: (row) => row[0] });
}

function twoAgents(ctx, agents, isAll) {
  if (agents.length < 2) return empty("Two agents are needed", "");
  const ids = agents.map((agent) => agent.id);
  const [a, b] = pair(ctx.route.query, ids, [ids[0], ids[1]]);
  const [first, second] = [a, b].map((id) => agents.find((agent) => agent.id === id));
  const options = agents.map((agent) => [agent.id, agent.name]);
  return [
    h("div", { class: "filters", key: "choice" }, choose("a", "First agent", options, a), choose("b", "Second agent", options, b)),
    card("Quality, last 90 nights", { key: "chart" }, show(ctx, "quality", (data) => bothCurves(data, first, second), { height: 300 })),
    card("Differences", { key: "facts", class: "flush" },
      show(ctx, "quality", (data) => factTable(agentFacts(data, first, second), first.name, second.name, isAll))),
  ];
}

const bothCurves = memo((data, first, second) => {
  const values = [first, second].map((agent) => data[agent.id] ?? data.system.map(() => null));
  const { times, lists } = onEveryDay(data.timestamps, values);
  if (!times.length) return empty("No nights yet", "");
  const series = [{ label: first.name, values: lists[0], place: 0 }, { label: second.name, values: lists[1], place: 1 }];
  return [chart({ label: `Quality of ${first.name} and ${second.name} over 90 nights`, height: 280, times, series, air: 0.2, formatTime: formatDay }, "both"), legend(series)];
});

function agentFacts(data, first, second) {
  const [a, b] = [first, second].map((agent) => (data[agent.id] ?? []).filter(known));
  const mean = (list) => (list.length ? list.reduce((sum, one) => sum + one, 0) / list.length : null);
  const most = (list, pick) => (list.length ? pick(...list) : null);
  const points = (delta) => signed(delta);
  return [
    factRow("Quality now", first.quality_score, second.quality_score, score, points),
    factRow("Target", first.quality_target, second.quality_target, score, points),
    factRow("Mean of 90 nights", mean(a), mean(b), (value) => number(value, 2), (delta) => signed(delta, 2)),
    factRow("Best night", most(a, Math.max), most(b, Math.max), score, points),
    factRow("Worst night", most(a, Math.min), most(b, Math.min), score, points),
    factRow("Nights with data", a.length, b.length, (value) => number(value, 0), (delta) => signed(delta, 0)),
    factRow("Processing time", inSeconds(first), inSeconds(second), duration, (delta) => signed(delta, 2, " s")),
    factRow("Errors", first.errors, second.errors, (value) => number(value, 0), (delta) => signed(delta, 0)),
    ["State", words(first.status), words(second.status), null, first.status !== second.status],
  ];
}

const inSeconds = (agent) => (known(agent.processing_time_ms) ? agent.processing_time_ms / 1000 : null);
