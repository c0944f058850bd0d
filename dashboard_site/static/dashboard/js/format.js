/**
 * Numbers, durations and times as people read them. Pure; unknown (null) is always "—".
 * Between a number and its unit is a space that does not break.
 */

export const NOTHING = "—";
const LOCALE = typeof navigator !== "undefined" && navigator.language?.startsWith("en") ? navigator.language : "en-GB";

export const known = (value) => typeof value === "number" && Number.isFinite(value);

/** 7.25 → "7.3" */
export function number(value, digits = 1) {
  if (!known(value)) return NOTHING;
  return value.toLocaleString(LOCALE, { minimumFractionDigits: digits, maximumFractionDigits: digits });
}

export const whole = (value) => number(value, 0);

/** 0.31 → "+0.3"; a change that rounds to nothing is "±0.0". */
export function signed(value, digits = 1, unit = "") {
  if (!known(value)) return NOTHING;
  const text = number(Math.abs(value), digits);
  const isZero = Number(Math.abs(value).toFixed(digits)) === 0;
  return `${isZero ? "±" : value > 0 ? "+" : "−"}${text}${unit}`;
}

export const score = (value) => number(value, 1);
export const percent = (value, digits = 0) => (known(value) ? `${number(value, digits)}\u00a0%` : NOTHING);

/** Seconds → "0.13 s", "24 s", "3 min 20 s", "1 h 5 min", "2 d 3 h". */
export function duration(seconds) {
  if (!known(seconds)) return NOTHING;
  if (seconds < 0.0005) return "0\u00a0s";
  if (seconds < 1) return `${whole(seconds * 1000)}\u00a0ms`;
  if (seconds < 10) return `${number(seconds, Number.isInteger(seconds) ? 0 : 1)}\u00a0s`;
  const s = Math.round(seconds);
  if (s < 60) return `${s}\u00a0s`;
  const parts = [
    [Math.floor(s / 86400), "d"],
    [Math.floor((s % 86400) / 3600), "h"],
    [Math.floor((s % 3600) / 60), "min"],
    [s % 60, "s"],
  ];
  const first = parts.findIndex(([amount]) => amount > 0);
  return parts
    .slice(first, first + 2)
    .filter(([amount]) => amount > 0)
    .map(([amount, unit]) => `${amount}\u00a0${unit}`)
    .join(" ");
}

export const milliseconds = (value) => (known(value) ? duration(value / 1000) : NOTHING);

/** Seconds until something → "5 h 12 min", below an hour "12:05". */
export function countdown(seconds) {
  if (!known(seconds)) return NOTHING;
  if (seconds <= 0) return "now";
  if (seconds >= 3600) return duration(seconds - (seconds % 60));
  const s = Math.ceil(seconds);
  return `${Math.floor(s / 60)}:${String(s % 60).padStart(2, "0")} min`;
}

/** A moment relative to `now` (ms): "3 h ago", "in 20 min", "just now". */
export function relative(moment, now) {
  const at = Date.parse(moment ?? "");
  if (Number.isNaN(at)) return NOTHING;
  const seconds = (now - at) / 1000;
  if (Math.abs(seconds) < 5) return "just now";
  const size = Math.abs(seconds);
  const rounded = size < 60 ? size : size < 3600 ? size - (size % 60) : size < 172800 ? size - (size % 3600) : size - (size % 86400);
  const text = duration(Math.max(1, Math.floor(rounded)));
  return seconds > 0 ? `${text} ago` : `in ${text}`;
}

const formatters = new Map();

function formatter(options) {
  const key = JSON.stringify(options);
  if (!formatters.has(key)) formatters.set(key, new Intl.DateTimeFormat(LOCALE, options));
  return formatters.get(key);
}

/** A moment in the viewer's zone: "Fri, 14 Nov 2025, 03:00 CET"; brief: "14 Nov, 03:00 CET". */
export function absolute(moment, { seconds = false, brief = false, timeZone } = {}) {
  const at = Date.parse(moment ?? "");
  if (Number.isNaN(at)) return NOTHING;
  return formatter({
    weekday: brief ? undefined : "short", day: "numeric", month: "short", year: brief ? undefined : "numeric",
    hour: "2-digit", minute: "2-digit",
    second: seconds ? "2-digit" : undefined, hourCycle: "h23", timeZoneName: "short", timeZone,
  }).format(at);
}

/** A moment in the viewer's zone, short: "14 Nov, 03:00". */
export function shortTime(moment, seconds = false) {
  const at = typeof moment === "number" ? moment : Date.parse(moment ?? "");
  if (Number.isNaN(at)) return NOTHING;
  return formatter({
    day: "numeric", month: "short", hour: "2-digit", minute: "2-digit",
    second: seconds ? "2-digit" : undefined, hourCycle: "h23",
  }).format(at);
}

/** A clock time in the viewer's zone: "03:00:07". */
export const clock = (ms) =>
  formatter({ hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" }).format(ms);

/** A calendar day as the pipeline names it ("2025-11-14"), which no zone moves: "14 Nov 2025". */
export function day(date, { weekday = false, year = true } = {}) {
  const at = Date.parse(`${String(date ?? "").slice(0, 10)}T00:00:00Z`);
  if (Number.isNaN(at)) return NOTHING;
  return formatter({
    weekday: weekday ? "short" : undefined, day: "numeric", month: "short",
    year: year ? "numeric" : undefined, timeZone: "UTC",
  }).format(at);
}

export const viewerZone = () => Intl.DateTimeFormat().resolvedOptions().timeZone;

export const PHASES = ["harvesting", "validation", "agent_training", "production", "monitoring", "cleanup"];
const PHASE_NAMES = {
  harvesting: "Harvesting", validation: "Validation", agent_training: "Agent training",
  production: "Production", monitoring: "Monitoring", cleanup: "Cleanup", idle: "Idle",
};

/** "agent_training" → "Agent training"; unknown names are made readable. */
export function words(slug) {
  if (!slug) return NOTHING;
  if (PHASE_NAMES[slug]) return PHASE_NAMES[slug];
  const text = String(slug).replaceAll("_", " ");
  return text[0].toUpperCase() + text.slice(1);
}

/** Order in which people count: agent_2 before agent_10, 5a before 5b. */
export const natural = (a, b) => String(a).localeCompare(String(b), "en", { numeric: true });

export const plural = (count, one, many = `${one}s`) => `${count} ${count === 1 ? one : many}`;
