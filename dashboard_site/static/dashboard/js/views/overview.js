/** The first look in the morning: did it get better, why did it fail, what to do. */

import { chart, legend } from "../charts.js";
import { h, memo } from "../dom.js";
import { countdown, duration, known, number, percent, plural, score, whole, words, absolute, relative } from "../format.js";
import { icon } from "../icons.js";
import { alertList, improvementOf, qualityCell, sessionTable } from "../parts.js";
import { agentNames } from "../run.js";
import { formatDay, lastTwo, onEveryDay } from "../series.js";
import { spark } from "../spark.js";
import { badge, card, change, empty, meter, sessionBadge, show, skeleton, table, tile, when } from "../ui.js";
import { advice, headline, isStale, judge, worstFirst } from "../verdict.js";

export const title = () => "Overview";

const SESSIONS = "/api/training/sessions?page_size=6";

export const needs = (route, get) => ({
  ...newestDetail(get(SESSIONS).data),
  quick: ["/api/dashboard/quick-stats", 10],
  quality: ["/api/metrics/quality?days=30", 30],
  agents: ["/api/agents/status", 15],
  health: ["/api/system/health", 10],
  sessions: [SESSIONS, 10],
});

const FINAL = ["completed", "failed", "stopped"];
const newestFinal = (sessions) => sessions?.results.find((row) => FINAL.includes(row.status)) ?? null;

/** The newest finished session in full: it has what the orchestrator recommends. */
function newestDetail(sessions) {
  const newest = newestFinal(sessions);
  return newest ? { newest: [`/api/training/sessions/${newest.id}`, 60] } : {};
}

export function view(ctx) {
  const { overview, sessions } = ctx.res;
  const rows = sessions.data?.results ?? null;
  const nothingYet = rows?.length === 0 && overview.data && overview.data.last_training === null;
  return [
    nothingYet ? firstSteps() : verdictCard(ctx, newestFinal(sessions.data)),
    tiles(ctx),
    h("div", { class: "columns", key: "middle" },
      h("div", { class: "stack" },
        card("Quality, last 30 nights", { key: "quality", actions: h("a", { class: "button quiet", href: "#/quality" }, "More") },
          show(ctx, "quality", (data) => qualityChart(data), { height: 292 })),
        card("Last sessions", { key: "sessions", class: "flush", actions: h("a", { class: "button quiet", href: "#/training" }, "All sessions") },
          show(ctx, "sessions", (data) => sessionTable(data.results, ctx.now, { short: true }), { height: 260 }))),
      h("div", { class: "stack" },
        card("Active alerts", { key: "alerts", class: "flush", actions: h("a", { class: "button quiet", href: "#/events" }, "All events") },
          show(ctx, "alerts", (data) => data.alerts.length
            ? alertList(ctx, data.alerts.slice(0, 4))
            : empty("No active alerts", "All checked conditions are fine."), { height: 90 })),
        card("Agents to watch", { key: "watch", class: "flush", actions: h("a", { class: "button quiet", href: "#/agents" }, "All agents") },
          show(ctx, "agents", (agents) => watchList(agents), { height: 300 })))),
  ];
}

function verdictCard(ctx, session) {
  const { sessions, quality, overview, schedule, training } = ctx.res;
  if (sessions.data === null && !sessions.error) return skeleton(176);
  const verdict = judge(quality.data?.system ?? []);
  const stale = isStale({
    lastTraining: overview.data?.last_training, nextRuns: schedule.data?.next_runs, enabled: schedule.data?.enabled, now: ctx.now,
  });
  const head = training.data?.is_running ? runningHead(training.data, agentNames(ctx.res.agents.data)) : headline({ session, verdict, stale });
  return h("section", { class: `card verdict ${head.kind}`, key: "verdict", "aria-label": "Verdict" },
    h("div", { class: "verdict-sign" }, icon(head.kind, 24)),
    h("div", {},
      h("h1", { tabindex: "-1" }, head.title),
      h("p", { class: "verdict-text" }, head.text),
      h("p", { class: "verdict-facts" }, session && ["Last training ", when(session.start_time, ctx.now, { both: true })])),
    adviceList(ctx, session));
}

function runningHead(training, names) {
  const agent = training.current_agent ? ` with ${names[training.current_agent] ?? training.current_agent}` : "";
  const left = known(training.estimated_time_remaining_sec) ? ` About ${duration(training.estimated_time_remaining_sec)} left.` : "";
  return { kind: "run", title: "A training is running", text: `${words(training.current_phase)}${agent}, ${percent(training.progress_percent)} done.${left}` };
}

function adviceList(ctx, session) {
  const list = advice({
    session,
    components: ctx.res.status.data?.components,
    agents: ctx.res.agents.data,
    alerts: ctx.res.alerts.data?.alerts,
    recommendations: withNames(ctx.res.newest?.data?.metadata?.recommendations, agentNames(ctx.res.agents.data)),
  }).slice(0, 5);
  return h("div", { class: "advice" },
    h("h2", {}, "What to do"),
    list.length
      ? h("ul", {}, list.map(({ kind, text, href }) =>
          h("li", { class: kind }, icon(kind, 16), href ? h("a", { href }, text) : h("span", {}, text))))
      : h("p", { class: "muted" }, "Nothing needs you."));
}

/** The orchestrator's own words, with names for ids. */
const withNames = (texts, names) => (texts ?? []).map((text) => text.replaceAll(/agent_\w+/g, (id) => names[id] ?? id));

function firstSteps() {
  return h("section", { class: "card verdict info", key: "first", "aria-label": "First steps" },
    h("div", { class: "verdict-sign" }, icon("info", 24)),
    h("div", {},
      h("h1", { tabindex: "-1" }, "Welcome: nothing has been imported yet"),
      h("p", { class: "verdict-text" },
        "The dashboard shows what your orchestrator writes. Tell it where: set ",
        h("code", {}, "ORCHESTRATOR_PATH"), " in ", h("code", {}, ".env"), " and restart, or import once with ",
        h("code", {}, "python manage.py import_orchestrator --path DIR"), ".")),
    h("div", { class: "advice" },
      h("h2", {}, "What to do"),
      h("ul", {},
        h("li", { class: "info" }, icon("info", 16), h("a", { href: "#/training" }, "Start a training and follow it")),
        h("li", { class: "info" }, icon("info", 16), h("a", { href: "/api/status" }, "See what is connected")))));
}

function tiles(ctx) {
  return h("div", { class: "tiles", key: "tiles" },
    qualityTile(ctx), lastTile(ctx), nextTile(ctx), agentsTile(ctx), errorTile(ctx), hostTile(ctx));
}

function qualityTile(ctx) {
  const { overview, quality } = ctx.res;
  const [newest, before] = lastTwo(quality.data?.system);
  const value = overview.data?.overall_quality ?? newest;
  const delta = known(newest) && known(before) ? newest - before : null;
  const trend = overview.data?.quality_trend;
  return tile("System quality", score(value), {
    unit: known(value) ? "of 10" : "",
    href: "#/quality",
    sub: [change(delta, { suffix: "on the night before" }), trend && known(value) && h("div", {}, `7 nights: ${trend}`)],
    extra: quality.data && spark(quality.data.system, { label: "System quality, 30 nights", width: 160, height: 26 }),
  });
}

function lastTile(ctx) {
  const last = newestFinal(ctx.res.sessions.data);
  const at = ctx.res.overview.data?.last_training ?? last?.start_time;
  return tile("Last training", at ? relative(at, ctx.now) : "—", {
    kind: "text", href: last ? `#/session/${last.id}` : "#/training", title: at && absolute(at),
    extra: last && h("span", {}, sessionBadge(last.status)),
    sub: at ? [absolute(at, { brief: true }), known(last?.duration_seconds) && ` · took ${duration(last.duration_seconds)}`] : "none seen yet",
  });
}

function nextTile(ctx) {
  const { overview, schedule } = ctx.res;
  const next = overview.data?.next_training ?? schedule.data?.next_run;
  const zone = schedule.data?.timezone;
  if (!next) {
    const isOff = schedule.data?.enabled === false;
    return tile("Next training", isOff ? "off" : "—", { kind: "text", href: "#/training", sub: isOff ? "The schedule is disabled." : "No start is planned." });
  }
  const sameZone = zone && absolute(next, { timeZone: zone }) === absolute(next);
  return tile("Next training", countdown((Date.parse(next) - ctx.now) / 1000), {
    kind: "text", href: "#/training",
    title: absolute(next),
    sub: [h("div", {}, absolute(next, { brief: true })), zone && !sameZone && h("div", {}, absolute(next, { brief: true, timeZone: zone }))],
  });
}

function agentsTile(ctx) {
  const { quick } = ctx.res;
  const online = quick.data?.agents_online;
  const total = quick.data?.agents_total;
  const isAll = known(online) && online === total;
  return tile("Agents online", known(online) ? String(online) : "—", {
    unit: known(total) ? `of ${total}` : "", href: "#/agents",
    extra: known(online) && meter(online, { max: total || 1, kind: isAll ? "good" : "warn", label: "Agents online", text: `${online} of ${total}` }),
    sub: known(online) ? (isAll ? "all had data in the newest report" : `${plural(total - online, "agent")} without data`) : "no report yet",
  });
}

function errorTile(ctx) {
  const rate = ctx.res.quick.data?.error_rate;
  return tile("Error rate", known(rate) ? number(rate * 100, rate > 0 && rate < 0.1 ? 1 : 0) : "—", {
    unit: known(rate) ? "%" : "", href: "#/events",
    extra: known(rate) && meter(rate * 100, { kind: rate > 0.2 ? "bad" : rate > 0 ? "warn" : "good", label: "Error rate", text: `${whole(rate * 100)} percent` }),
    sub: known(rate) ? "failed agent trainings, 7 days" : "no training in 7 days",
  });
}

function hostTile(ctx) {
  const health = ctx.res.health.data;
  const bars = [["CPU", health?.cpu_percent], ["Memory", health?.memory_percent], ["Disk", health?.disk_percent]];
  const kind = { healthy: "good", warning: "warn", critical: "bad" }[health?.status] ?? "idle";
  return h("a", { class: "tile", href: "#/host" },
    h("span", { class: "tile-label row" }, "Host ", badge(kind, health?.status ?? "unknown")),
    h("div", {}, bars.map(([name, value]) =>
      h("div", { class: "mini" }, h("span", {}, name),
        meter(value, { label: name, text: percent(value), kind: "" }), h("span", {}, percent(value))))));
}

const qualityChart = memo((data) => {
  if (!data.timestamps.length) return empty("No quality yet", "It is drawn from the first night on.");
  const { times, lists } = onEveryDay(data.timestamps, [data.system]);
  const series = [{ label: "System", values: lists[0], place: 0, width: 2.4 }];
  const [newest] = lastTwo(lists[0]);
  return [
    chart({ label: `System quality of the last 30 nights; newest ${score(newest)} of 10`, height: 260, times, series, air: 0.2, formatTime: formatDay }, "chart"),
    legend(series),
  ];
});

function watchList(agents) {
  const worst = [...agents].sort(worstFirst).slice(0, 6);
  if (!worst.length) return empty("No agents", "They come with the first import.");
  return table([
    { name: "Agent", class: "lead", cell: (agent) => h("a", { href: `#/agent/${encodeURIComponent(agent.id)}` }, agent.name) },
    { name: "Quality", cell: qualityCell },
    { name: "Change", class: "num", cell: (agent) => change(improvementOf(agent)) ?? "—" },
  ], worst, { caption: "The agents that need a look first", rowKey: (agent) => agent.id });
}
