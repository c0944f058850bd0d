/** Parts that more than one view shows: sessions, alerts, agents with their trend. */

import { acknowledge } from "./actions.js";
import { h } from "./dom.js";
import { duration, known, score, words } from "./format.js";
import { icon } from "./icons.js";
import { badge, change, empty, meter, sessionBadge, SEVERITY_KINDS, table, when } from "./ui.js";

/** How close a quality is to its target, as a kind. */
export function qualityKind(quality, target) {
  if (!known(quality)) return "idle";
  if (!known(target)) return "info";
  if (quality >= target) return "good";
  return quality >= target - 0.5 ? "warn" : "bad";
}

export function qualityCell(agent) {
  if (!known(agent.quality_score)) return h("span", { class: "muted" }, "no data");
  const kind = qualityKind(agent.quality_score, agent.quality_target);
  const target = known(agent.quality_target) ? `, target ${score(agent.quality_target)}` : "";
  return h("span", { class: "quality-cell" },
    h("b", {}, score(agent.quality_score)),
    meter(agent.quality_score, {
      max: 10, kind, label: `Quality of ${agent.name}`, text: `${score(agent.quality_score)} of 10${target}`,
      marks: [{ value: agent.quality_target, label: `Target ${score(agent.quality_target)}` }],
    }));
}

/** The change of an agent: what the report says, else what its stored values say. */
export const improvementOf = (agent) => agent.improvement ?? agent.improvement_computed ?? null;

export const agentBadge = (agent) =>
  agent.status === "online" ? badge("good", "online") : badge("warn", agent.enabled === false ? "disabled" : "offline", { title: agent.reason });

const TRIGGERS = {
  api: "by hand", admin: "admin", command: "command line", schedule: "schedule", external: "seen in files",
};

export const triggerName = (session) =>
  `${TRIGGERS[session.trigger] ?? words(session.trigger)}${session.requested_by ? `, ${session.requested_by}` : ""}`;

/** Sessions, newest first. */
export function sessionTable(sessions, now, { caption = "Training sessions", short = false } = {}) {
  if (!sessions.length) return empty("No sessions here", "None fits the filters, or none has run yet.");
  return table([
    { name: "Began", class: "lead nowrap", cell: (row) => h("a", { href: `#/session/${row.id}` }, when(row.start_time, now)) },
    { name: "Result", cell: (row) => sessionBadge(row.status) },
    { name: "Quality", class: "num", cell: (row) => h("span", {}, score(row.overall_quality), " ", change(row.overall_improvement, { unit: " %" })) },
    { name: "Agents", class: "num", cell: (row) => agentCount(row) },
    { name: "Duration", class: "num", cell: (row) => duration(row.duration_seconds) },
    !short && { name: "Started by", cell: (row) => triggerName(row) },
    !short && { name: "First cause", class: "cause", cell: (row) => row.error_message
      ? h("span", { title: row.error_message }, row.error_message) : h("span", { class: "muted" }, "—") },
  ].filter(Boolean), sessions, { caption, rowKey: (row) => row.id });
}

function agentCount(row) {
  if (!known(row.agents_trained)) return "—";
  return row.agents_failed ? `${row.agents_trained} ok, ${row.agents_failed} not` : `${row.agents_trained} ok`;
}

/** Active alerts with a button to say "seen". */
export function alertList(ctx, alerts) {
  return h("ul", { class: "list" }, alerts.map((alert) =>
    h("li", { key: alert.id },
      badge(SEVERITY_KINDS[alert.type] ?? "warn", alert.type),
      h("div", {},
        alert.message,
        h("div", { class: "muted small" },
          words(alert.rule), " · since ", when(alert.timestamp, ctx.now),
          alert.agent_id && [" · ", h("a", { href: `#/agent/${encodeURIComponent(alert.agent_id)}` }, alert.agent_id)])),
      alert.acknowledged
        ? h("span", { class: "muted small" }, icon("good", 14), " acknowledged")
        : ctx.mayChange && h("button", {
            type: "button", class: "quiet", "aria-label": `Acknowledge: ${alert.message}`, onclick: () => acknowledge(ctx, alert),
          }, "Acknowledge"))));
}

/** Events, newest first. */
export function eventList(ctx, events) {
  return h("ul", { class: "list" }, events.map((event) =>
    h("li", { key: event.id },
      badge(SEVERITY_KINDS[event.severity] ?? "info", event.severity),
      h("div", {},
        event.message,
        h("div", { class: "muted small" },
          when(event.timestamp, ctx.now), " · ", words(event.event_type ?? event.type),
          event.agent_id && [" · ", h("a", { href: `#/agent/${encodeURIComponent(event.agent_id)}` }, event.agent_id)],
          event.session_id && [" · ", h("a", { href: `#/session/${event.session_id}` }, `session ${event.session_id}`)])))));
}
