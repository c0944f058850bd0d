/** The machine: now and over time, with thresholds drawn in and training runs shaded. */

import { chart, legend } from "../charts.js";
import { h, memo } from "../dom.js";
import { duration, known, percent, shortTime, whole } from "../format.js";
import { setQuery } from "../route.js";
import { badge, card, empty, meter, pageHead, segmented, show, tile, when } from "../ui.js";

const RANGES = [["6", "6 h"], ["24", "24 h"], ["168", "7 d"], ["720", "30 d"]];
const POINTS = 500;
const RESOURCES = [["cpu", "CPU"], ["memory", "Memory"], ["disk", "Disk"]];
const KINDS = { healthy: "good", warning: "warn", critical: "bad" };

export const title = () => "Host";

const hoursOf = (route) => Number(route.query.hours) || 24;

export function needs(route) {
  const hours = hoursOf(route);
  // By the hour, so that the address stays the same between two polls.
  const since = new Date(Math.floor(Date.now() / 3_600_000 - hours - 24) * 3_600_000).toISOString();
  return {
    health: ["/api/system/health", 5],
    history: [`/api/system/health/history?hours=${hours}&points=${POINTS}`, 20],
    runs: [`/api/training/sessions?since=${since}&page_size=200`, 30],
  };
}

export function view(ctx) {
  const hours = hoursOf(ctx.route);
  const health = ctx.res.health.data;
  return [
    pageHead("Host", {
      sub: health ? [badge(KINDS[health.status] ?? "idle", health.status), " measured ", when(health.timestamp, ctx.now)] : "…",
      actions: segmented("Range", RANGES, String(hours), (value) => setQuery({ hours: value })),
    }),
    show(ctx, "health", (data) => gauges(data), { height: 118 }),
    card("CPU, memory and disk in use", { key: "load" },
      show(ctx, "history", (data) => load(data, health?.thresholds ?? null, ctx.res.runs.data, hours), { height: 350 })),
    card("Connections", { key: "connections" },
      show(ctx, "history", (data) => connections(data, ctx.res.runs.data, hours), { height: 220 })),
  ];
}

function gauges(health) {
  return h("div", { class: "tiles", key: "gauges" },
    RESOURCES.map(([key, name]) => {
      const value = health[`${key}_percent`];
      const limits = health.thresholds?.[key] ?? {};
      const kind = !known(value) ? "" : value >= limits.critical ? "bad" : value >= limits.warning ? "warn" : "good";
      const sub = !known(value) ? "not available on this host"
        : known(limits.warning) ? `warning ${percent(limits.warning)}, critical ${percent(limits.critical)}` : "";
      return tile(name, whole(value), {
        unit: known(value) ? "%" : "", sub: [kind === "bad" && badge("bad", "critical"), kind === "warn" && badge("warn", "warning"), h("div", {}, sub)],
        extra: meter(value, {
          label: name, text: percent(value), kind,
          marks: [{ value: limits.warning, kind: "warn", label: "Warning" }, { value: limits.critical, kind: "bad", label: "Critical" }],
        }),
      });
    }),
    tile("Connections", health.active_connections ?? "—", { sub: known(health.active_connections) ? "established TCP connections" : "not permitted to read" }),
    tile("Running since boot", duration(health.uptime_seconds), { kind: "text", sub: "uptime of the host" }));
}

/** Values by time; a pause of more than five usual distances opens the line. */
function spread(samples, keys) {
  const times = [];
  const lists = keys.map(() => []);
  const usual = (Date.parse(samples.at(-1)?.timestamp) - Date.parse(samples[0]?.timestamp)) / 1000 / Math.max(1, samples.length - 1);
  for (const sample of samples) {
    const at = Date.parse(sample.timestamp) / 1000;
    if (times.length && at - times.at(-1) > Math.max(usual * 5, 180)) {
      times.push(times.at(-1) + 1);
      for (const list of lists) list.push(null);
    }
    times.push(at);
    keys.forEach((key, i) => lists[i].push(sample[key] ?? null));
  }
  return { times, lists };
}

const bandsOf = (runs) =>
  (runs?.results ?? []).map((run) => ({
    from: Date.parse(run.start_time) / 1000,
    to: (run.end_time ? Date.parse(run.end_time) : known(run.duration_seconds) ? Date.parse(run.start_time) + run.duration_seconds * 1000 : Date.now()) / 1000,
    text: `training, ${run.status}`,
  }));

const SHADED = { sign: "▒", text: "training" };

const load = memo((data, thresholds, runs, hours) => {
  const { samples } = data;
  if (samples.length < 2) return empty("No samples yet", "The scheduler measures the host every half minute; two are needed for a line.");
  const { times, lists } = spread(samples, RESOURCES.map(([key]) => `${key}_percent`));
  const series = RESOURCES.map(([, label], i) => ({ label, values: lists[i], place: i, unit: " %" }));
  return [
    chart({
      label: `CPU, memory and disk of the last ${hours} hours in percent`, height: 320, times, series, low: 0, high: 100, axisUnit: " %",
      targets: limitLines(thresholds), bands: bandsOf(runs), formatTime: (s) => shortTime(s * 1000, true), digits: 0,
    }, "load"),
    legend(series, [SHADED]),
  ];
});

/** Equal limits of several resources are one line. */
function limitLines(thresholds) {
  const names = new Map();
  for (const [key, label] of RESOURCES) {
    for (const level of ["warning", "critical"]) {
      const value = thresholds?.[key]?.[level];
      if (known(value)) names.set(`${level} ${value}`, [...(names.get(`${level} ${value}`) ?? []), label]);
    }
  }
  return [...names].map(([key, labels]) => {
    const [level, value] = key.split(" ");
    return { value: Number(value), label: `${level}: ${labels.join(", ")}`, colour: level === "critical" ? "--bad" : "--warn" };
  });
}

const connections = memo((data, runs, hours) => {
  const { samples } = data;
  const { times, lists } = spread(samples, ["active_connections"]);
  if (samples.length < 2) return empty("No samples yet", "");
  if (!lists[0].some(known)) return empty("No numbers of connections", "The host may not permit to read them.");
  const series = [{ label: "Connections", values: lists[0], place: 5 }];
  return [
    chart({ label: `Connections of the last ${hours} hours`, height: 190, times, series, low: 0, digits: 0, bands: bandsOf(runs), formatTime: (s) => shortTime(s * 1000, true) }, "connections"),
    legend(series, [SHADED]),
  ];
});
