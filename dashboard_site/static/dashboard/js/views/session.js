/** One training session: what it did, what came of it, why it failed, what it printed. */

import { stopTraining } from "../actions.js";
import { h, memo } from "../dom.js";
import { absolute, day, duration, known, score } from "../format.js";
import { icon } from "../icons.js";
import { hasLog, logView } from "../log.js";
import { eventList, triggerName } from "../parts.js";
import { agentChips, agentNames, timeline } from "../run.js";
import { nightsBack } from "../series.js";
import { card, change, empty, facts, pageHead, sessionBadge, show, skeleton, table } from "../ui.js";

const FINAL = ["completed", "failed", "stopped"];

export const title = (ctx) => `Session ${ctx.route.id}`;

export function needs(route, get) {
  const id = encodeURIComponent(route.id);
  const session = get(`/api/training/sessions/${id}`).data;
  const isActive = session && !FINAL.includes(session.status);
  return {
    session: [`/api/training/sessions/${id}`, isActive ? 1.5 : 60],
    agents: ["/api/agents/status", 60],
    events: [`/api/logs/events?session_id=${id}&page_size=30`, isActive ? 5 : 60],
    ...(session && { history: [`/api/training/history?days=${nightsBack(session.night)}`, 0] }),
  };
}

export function view(ctx) {
  const { data: session, error } = ctx.res.session;
  const back = { href: "#/training", text: "Training" };
  if (!session) {
    return [pageHead(`Session ${ctx.route.id}`, { back }), error?.status === 404
      ? empty("There is no such session", "It may never have existed.") : show(ctx, "session", () => skeleton(400), { height: 400 })];
  }
  const isActive = !FINAL.includes(session.status);
  return [
    pageHead(`Training of ${day(session.night, { weekday: true })}`, {
      back,
      sub: [sessionBadge(session.status), ` ${absolute(session.start_time)} · session ${session.id}`],
      actions: isActive && ctx.mayChange && h("button", { type: "button", class: "danger", onclick: () => stopTraining(ctx) }, icon("stop", 16), "Stop training"),
    }),
    session.error_message && causeCard(session),
    card("Facts", { key: "facts" }, factList(session)),
    h("div", { class: "columns even", key: "pair" },
      card("Phases", { key: "phases" }, timeline(session, ctx.now)),
      card("Agents", { key: "agents", class: Object.keys(session.agent_states ?? {}).length ? "" : "flush" }, agentPart(ctx, session))),
    recommendations(session),
    card("Log", { key: "log", class: "flush", id: "log-title" }, hasLog(session)
      ? logView(logData(session.id, isActive), "log")
      : empty("No log", "This run was not started from the dashboard: it was found in the orchestrator's files.")),
    card("Events of this session", { key: "events", class: "flush" },
      show(ctx, "events", (data) => data.results.length ? eventList(ctx, data.results) : empty("No events", "Nothing was noted during this session."))),
  ];
}

const logData = memo((id, isLive) => ({ url: `/api/training/sessions/${id}/log`, name: `session-${id}.log`, isLive }));

function causeCard(session) {
  return h("section", { class: "notice bad", key: "cause", "aria-label": "First cause" },
    icon("warn"),
    h("div", {}, h("strong", {}, session.status === "failed" ? "First cause of the failure" : "What went wrong"),
      h("pre", { class: "cause-text" }, session.error_message)));
}

function factList(session) {
  return facts([
    ["Result", session.status],
    ["Quality", known(session.overall_quality) && `${score(session.overall_quality)} of 10`],
    ["Change, as reported", change(session.overall_improvement, { unit: " %" })],
    ["Duration", known(session.duration_seconds) && duration(session.duration_seconds)],
    ["Time limit", known(session.timeout_seconds) && duration(session.timeout_seconds)],
    ["Began", absolute(session.start_time, { seconds: true })],
    ["Ended", session.end_time ? absolute(session.end_time, { seconds: true }) : null],
    ["Started by", triggerName(session)],
    ["Reason", session.reason],
    ["Agents trained", session.agents_trained],
    ["Agents failed or without data", session.agents_failed],
    ["Exit status", session.exit_code],
    ["Stop asked by", session.stop_requested_by],
    ["Why it ended", session.stop_cause],
    ["Data", session.is_sample ? "sample" : null],
  ].filter(([, value]) => value !== false));
}

/** States of the run; where it was only seen in files, what they say of each agent. */
function agentPart(ctx, session) {
  if (Object.keys(session.agent_states ?? {}).length) return agentChips(session.agent_states, agentNames(ctx.res.agents.data));
  return show(ctx, "history", (data) => {
    const night = data.history.find((one) => one.training_id === session.id || one.date === session.night);
    if (!night?.agents.length) return empty("No results of single agents", "The files of that night say nothing about them.");
    return table([
      { name: "Agent", class: "lead", cell: (agent) => h("a", { href: `#/agent/${encodeURIComponent(agent.id)}` }, agent.name) },
      { name: "Quality", class: "num", cell: (agent) => known(agent.quality) ? score(agent.quality) : "no data" },
      { name: "Change", class: "num", cell: (agent) => change(agent.improvement) ?? "—" },
      { name: "Time", class: "num", cell: (agent) => duration(agent.processing_time) },
    ], night.agents, { caption: "Results of the agents", rowKey: (agent) => agent.id });
  }, { height: 300 });
}

function recommendations(session) {
  const list = session.recommendations ?? session.metadata?.recommendations ?? [];
  if (!list.length) return null;
  return card("Recommendations of the orchestrator", { key: "recommendations" },
    h("ul", { class: "bullets" }, list.map((text) => h("li", {}, text))));
}
