/**
 * The three questions of the morning: did it get better, why did it fail, what to do.
 * Pure: from what the API answered to sentences.
 */

import { duration, known, number, plural, signed, words } from "./format.js";

const NIGHTS_COMPARED = 14;
const FEWEST_NIGHTS = 5;
// Reports round to one decimal: a smaller band would see noise as news.
const NARROWEST_BAND = 0.1;

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

/**
 * Judge the newest value against the nights before it: their median, and a noise band
 * of two robust standard deviations around it.
 * @param {(number|null)[]} values oldest first
 * @returns {{kind: "better"|"same"|"worse"|"unknown", value, low, high, nights}}
 */
export function judge(values) {
  const value = values.at(-1);
  const before = values.slice(0, -1).filter(known).slice(-NIGHTS_COMPARED);
  if (!known(value) || before.length < FEWEST_NIGHTS) {
    return { kind: "unknown", value: known(value) ? value : null, low: null, high: null, nights: before.length };
  }
  const usual = median(before);
  const spread = 1.4826 * median(before.map((one) => Math.abs(one - usual)));
  const band = Math.max(2 * spread, NARROWEST_BAND);
  const [low, high] = [usual - band, usual + band];
  const kind = value > high + 1e-9 ? "better" : value < low - 1e-9 ? "worse" : "same";
  return { kind, value, low, high, nights: before.length };
}

function qualitySentence(verdict) {
  const usual = verdict.low === null ? "" : `usually ${number(verdict.low)} to ${number(verdict.high)} over ${verdict.nights} nights`;
  switch (verdict.kind) {
    case "better": return `Quality ${number(verdict.value)} of 10 is better than usual (${usual}).`;
    case "worse": return `Quality ${number(verdict.value)} of 10 is worse than usual (${usual}).`;
    case "same": return `Quality ${number(verdict.value)} of 10 is within the usual range (${usual}).`;
    default:
      return known(verdict.value)
        ? `Quality ${number(verdict.value)} of 10. Too few nights to compare with (${verdict.nights} of ${FEWEST_NIGHTS}).`
        : "No quality was reported for the newest night.";
  }
}

/** The sentence at the top. `session` is the newest finished one, `verdict` from `judge`. */
export function headline({ session, verdict, stale }) {
  if (!session) {
    return { kind: "info", title: "No training has been seen yet", text: "Start one, or import what the orchestrator wrote." };
  }
  const took = known(session.duration_seconds) ? ` It took ${duration(session.duration_seconds)}.` : "";
  if (session.status === "failed") {
    return { kind: "bad", title: "The last training failed", text: session.error_message || "No cause was recorded." };
  }
  if (session.status === "stopped") {
    return { kind: "warn", title: "The last training was stopped", text: `Results of that night are not complete.${took}` };
  }
  const failed = session.agents_failed ? `, but ${plural(session.agents_failed, "agent")} failed or had no data` : "";
  const text = `${qualitySentence(verdict)}${took}`;
  if (stale) return { kind: "warn", title: `The last training went through${failed}, some time ago`, text };
  if (verdict.kind === "worse") return { kind: "warn", title: `The night went through, the result is worse${failed}`, text };
  if (failed) return { kind: "warn", title: `The night went through${failed}`, text };
  const title = { better: "A good night: better than usual", same: "A normal night", unknown: "The last training completed" }[verdict.kind];
  return { kind: "good", title, text };
}

/** Things to do, most pressing first: `[{kind, text, href}]`. */
export function advice({ session, components, agents, alerts, recommendations }) {
  const list = [];
  const dead = ["worker", "scheduler"].filter((name) => components?.[name] && components[name] !== "ok");
  if (dead.length) list.push({ kind: "bad", text: `Start the ${dead.join(" and the ")}: "make run" starts everything`, href: null });
  for (const [name, state] of Object.entries(components ?? {})) {
    if (state !== "ok" && !dead.includes(name)) list.push({ kind: "bad", text: `${words(name)}: ${state}`, href: "/api/status" });
  }
  if (session?.status === "failed") {
    list.push({ kind: "bad", text: "Read what the failed run printed", href: `#/session/${session.id}` });
  }
  const critical = (alerts ?? []).filter((alert) => alert.type === "critical" && !alert.acknowledged).length;
  if (critical) list.push({ kind: "bad", text: `Look at ${plural(critical, "critical alert")}`, href: "#/events" });
  const silent = (agents ?? []).filter((agent) => agent.status === "offline" && agent.enabled !== false);
  if (agents?.length && silent.length === agents.length) {
    list.push({ kind: "warn", text: "No agent has data in the newest report: check that the orchestrator writes its reports", href: "#/agents" });
  } else if (silent.length) {
    list.push({ kind: "warn", text: `${namesOf(silent)} had no data: check what feeds ${silent.length === 1 ? "it" : "them"}`, href: "#/agents" });
  }
  const falling = (agents ?? []).filter((agent) => known(agent.improvement) && agent.improvement <= -0.3)
    .sort((a, b) => a.improvement - b.improvement);
  if (falling.length) {
    const [worst] = falling;
    list.push({ kind: "warn", text: `${worst.name} fell the most (${signed(worst.improvement)}): compare the last two nights`, href: `#/agent/${worst.id}` });
  }
  for (const text of recommendations ?? []) list.push({ kind: "info", text, href: null });
  return list;
}

const namesOf = (agents) =>
  agents.length <= 3 ? agents.map((agent) => agent.name).join(", ") : `${agents.slice(0, 2).map((agent) => agent.name).join(", ")} and ${agents.length - 2} more`;

/**
 * Whether the newest training is older than the schedule allows for: one and a half
 * times the usual distance between two starts (a day where that is unknown).
 */
export function isStale({ lastTraining, nextRuns, enabled, now }) {
  const last = Date.parse(lastTraining ?? "");
  if (Number.isNaN(last) || enabled === false) return false;
  const [first, second] = (nextRuns ?? []).map((moment) => Date.parse(moment));
  const distance = Number.isFinite(second - first) && second > first ? second - first : 86_400_000;
  return now - last > distance * 1.5;
}

/** Worst first: no data, then furthest below the target (or lowest), then the rest. */
export function worstFirst(a, b) {
  return badness(b) - badness(a);
}

function badness(agent) {
  if (!known(agent.quality_score)) return agent.enabled === false ? -100 : 100;
  const target = known(agent.quality_target) ? agent.quality_target : 10;
  return target - agent.quality_score + (agent.errors ? 0.01 * agent.errors : 0);
}
