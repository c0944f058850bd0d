/** One run as a picture: its six phases with real durations, and the state of each agent. */

import { h } from "./dom.js";
import { duration, known, milliseconds, PHASES, signed, words } from "./format.js";
import { icon } from "./icons.js";

const DONE = new Set(["completed", "success", "done", "ok"]);

/**
 * The phases in order, with what is known of each. Pure.
 * @returns {{name, state: "done"|"running"|"failed"|"note"|"waiting", word, seconds, offset}[]}
 *   seconds and offset (both from the start of the run) are null where nobody measured
 */
export function phaseRows(session, now) {
  const seen = new Map((session.phases ?? []).map((phase) => [phase.name, phase]));
  const durations = session.phase_durations ?? {};
  const names = [...PHASES, ...[...seen.keys()].filter((name) => !PHASES.includes(name))];
  let end = 0;
  return names.map((name) => {
    const phase = seen.get(name);
    const began = Date.parse(phase?.started_at ?? "");
    const isRunning = phase?.status === "running";
    let seconds = phase?.seconds ?? durations[name] ?? null;
    if (seconds === null && isRunning && Number.isFinite(began)) seconds = Math.max(0, (now - began) / 1000);
    const start = Date.parse(session.start_time ?? "");
    const offset = Number.isFinite(began) && Number.isFinite(start) ? Math.max(0, (began - start) / 1000) : end;
    if (known(seconds)) end = offset + seconds;
    return { name, ...stateOf(phase, name in durations), seconds, offset };
  });
}

function stateOf(phase, hasDuration) {
  const status = phase?.status ?? (hasDuration ? "completed" : null);
  if (!status) return { state: "waiting", word: "not reached" };
  if (status === "running") return { state: "running", word: "running" };
  if (DONE.has(status)) return { state: "done", word: "done" };
  if (status === "failed" || status === "error") return { state: "failed", word: "failed" };
  return { state: "note", word: words(status).toLowerCase() };
}

const SIGNS = { done: "good", running: "run", failed: "bad", note: "warn", waiting: "idle" };

/** The six phases as bars on one common time line. */
export function timeline(session, now) {
  const rows = phaseRows(session, now);
  const total = Math.max(0.001, ...rows.map((row) => (known(row.seconds) ? row.offset + row.seconds : 0)));
  return h("ol", { class: "timeline", "aria-label": "Phases" }, rows.map((row) =>
    h("li", { class: `phase ${row.state}`, key: row.name, title: `${words(row.name)}: ${row.word}` },
      h("span", { class: "phase-sign" }, icon(SIGNS[row.state], 13)),
      h("span", { class: "phase-name" }, words(row.name), h("span", { class: "sr" }, `: ${row.word}`)),
      h("span", { class: "phase-track" }, known(row.seconds) &&
        h("span", { class: "phase-bar", css: { left: `min(${(row.offset / total) * 100}%, 100% - 3px)`, width: `${(row.seconds / total) * 100}%` } })),
      h("span", { class: "phase-time" }, row.state === "note" ? row.word : known(row.seconds) ? duration(row.seconds) : row.state === "waiting" ? "—" : row.word))));
}

const AGENT_SIGNS = { done: "good", trained: "good", running: "run", failed: "bad", skipped: "warn", no_data: "warn", waiting: "clock" };

/** Each agent's state; `names` maps ids to names. */
export function agentChips(states, names) {
  const entries = Object.entries(states ?? {});
  if (!entries.length) return h("p", { class: "muted" }, "This run did not report the state of single agents.");
  return h("ul", { class: "chips", "aria-label": "Agents of this run" }, entries.map(([id, agent]) =>
    h("li", { class: `chip ${agent.state}`, key: id, title: agent.reason || undefined },
      icon(AGENT_SIGNS[agent.state] ?? "info", 16),
      h("span", {}, h("a", { href: `#/agent/${encodeURIComponent(id)}` }, names[id] ?? id)),
      h("span", { class: "chip-state" }, chipText(agent)))));
}

function chipText(agent) {
  if (agent.state !== "done" && agent.state !== "trained") {
    return agent.reason ? `${words(agent.state).toLowerCase()}: ${agent.reason}` : words(agent.state).toLowerCase();
  }
  const parts = [known(agent.improvement) && signed(agent.improvement), known(agent.processing_time_ms) && milliseconds(agent.processing_time_ms)];
  return parts.filter(Boolean).join(" · ") || "done";
}

/** States of the agents of a run: as followed, else as its files tell them afterwards. */
export function statesOf(session, history) {
  if (Object.keys(session.agent_states ?? {}).length) return session.agent_states;
  const night = history?.history.find((one) => one.training_id === session.id);
  return Object.fromEntries((night?.agents ?? []).map((agent) => [agent.id, {
    state: known(agent.quality) ? "trained" : "no_data",
    improvement: agent.improvement,
    processing_time_ms: known(agent.processing_time) ? agent.processing_time * 1000 : null,
  }]));
}

/** {id: name} of the answer of /api/agents/status. */
export const agentNames = (agents) => Object.fromEntries((agents ?? []).map((agent) => [agent.id, agent.name]));

/** Time left as a range where the server knows one. */
export function timeLeft(training) {
  const range = training.time_remaining_range_sec;
  if (range) {
    const [low, high] = range.map((seconds) => duration(Math.round(seconds)));
    return low === high ? `about ${low} left` : `${low} to ${high} left`;
  }
  return known(training.estimated_time_remaining_sec)
    ? `about ${duration(training.estimated_time_remaining_sec)} left`
    : "no estimate yet: it takes three runs of this kind";
}
