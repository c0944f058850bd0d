/** Start, follow and stop a training; the sessions so far. */

import { startTraining, stopTraining } from "../actions.js";
import { h, memo } from "../dom.js";
import { absolute, countdown, duration, known, percent, words } from "../format.js";
import { icon } from "../icons.js";
import { hasLog, logView } from "../log.js";
import { sessionTable } from "../parts.js";
import { setQuery } from "../route.js";
import { agentChips, agentNames, statesOf, timeLeft, timeline } from "../run.js";
import { nightsBack } from "../series.js";
import { card, empty, pageHead, sessionBadge, show, skeleton, when } from "../ui.js";

const STATUSES = ["completed", "failed", "stopped", "running", "pending", "stopping"];
const TRIGGERS = ["schedule", "api", "admin", "command", "external"];
const NEWEST = "/api/training/sessions?page_size=1";
const PAGE = 20;
const LARGEST_PAGE = 500;

export const title = () => "Training";

function sessionsUrl({ status, trigger, until, n }) {
  const query = new URLSearchParams({ page_size: String(Math.min(Number(n) || PAGE, LARGEST_PAGE)) });
  if (status) query.append("status", status);
  if (trigger) query.append("trigger", trigger);
  if (until) query.append("until", until);
  return `/api/training/sessions?${query}`;
}

export function needs(route, get) {
  const training = get("/api/training/status").data;
  const newest = get(NEWEST).data;
  const id = training?.session?.id ?? newest?.results[0]?.id;
  const night = training?.session?.night ?? newest?.results[0]?.night;
  return {
    agents: ["/api/agents/status", 30],
    newest: [NEWEST, 5],
    sessions: [sessionsUrl(route.query), 10],
    training: ["/api/training/status", training?.is_running ? 1.5 : 4],
    ...(night && { history: [`/api/training/history?days=${nightsBack(night)}`, 60] }),
    ...(id && { session: [`/api/training/sessions/${id}`, training?.is_running ? 1.5 : 15] }),
  };
}

export function view(ctx) {
  const { training } = ctx.res;
  return [
    pageHead("Training", { sub: scheduleLine(ctx), actions: controls(ctx, training.data) }),
    card(training.data?.is_running ? "Running now" : "Last run", { key: "run" }, runBody(ctx)),
    ...(isKnown(ctx) ? below(ctx) : [skeleton(600)]),
  ];
}

/** Whether it is known if there is a log: what stands below it would jump otherwise. */
function isKnown(ctx) {
  const { newest, session, training } = ctx.res;
  if (training.data === null && !training.error) return false;
  return session ? session.data !== null || session.error : newest.data !== null || newest.error;
}

function below(ctx) {
  return [
    logCard(ctx),
    card("Sessions", { key: "sessions", class: "flush" }, filters(ctx),
      show(ctx, "sessions", (data) => [sessionTable(data.results, ctx.now), older(ctx, data)], { height: 500 })),
  ];
}

function scheduleLine(ctx) {
  const schedule = ctx.res.schedule.data;
  if (!schedule) return "…";
  if (!schedule.enabled || !schedule.next_run) return "The schedule is off: trainings start by hand only.";
  return `Next start ${absolute(schedule.next_run)}, in ${countdown((Date.parse(schedule.next_run) - ctx.now) / 1000)} (${schedule.schedule}, ${schedule.timezone})`;
}

function controls(ctx, training) {
  if (!training) return null;
  if (!ctx.mayChange) return h("span", { class: "muted" }, "Sign in as staff to start or stop.");
  const session = ctx.res.session?.data;
  const isStopping = training.is_running && session?.status === "stopping";
  return training.is_running
    ? h("button", { type: "button", class: "danger", key: "stop", disabled: isStopping, onclick: () => stopTraining(ctx) },
        icon("stop", 16), isStopping ? "Stopping…" : "Stop training")
    : h("button", { type: "button", class: "primary", key: "start", onclick: () => startTraining(ctx) }, icon("run", 16), "Start training");
}

function runBody(ctx) {
  const { training, newest, session } = ctx.res;
  if (newest.data?.results.length === 0 && !training.data?.is_running) {
    return empty("No training has run yet", "Start one with the button above, or wait for the schedule.");
  }
  if (!session) return newest.error ? show(ctx, "newest", () => []) : skeleton(300);
  return show(ctx, "session", (data) => [
    training.data?.is_running ? progress(training.data, data, agentNames(ctx.res.agents.data), ctx.now) : summary(data, ctx.now),
    h("div", { class: "run-parts" },
      timeline(data, ctx.now),
      agentChips(statesOf(data, ctx.res.history?.data), agentNames(ctx.res.agents.data))),
  ], { height: 300 });
}

function progress(training, session, names, now) {
  const share = training.progress_percent;
  const agent = training.current_agent;
  const elapsed = (now - Date.parse(session.start_time)) / 1000;
  return h("div", { class: "run-head" },
    h("div", { class: "run-line" },
      h("strong", {}, words(training.current_phase)),
      agent && h("span", {}, "training ", h("b", {}, names[agent] ?? agent)),
      h("span", { class: "muted" }, `${duration(Math.max(0, Math.round(elapsed)))} so far · ${timeLeft(training)}`),
      h("b", { class: "push" }, known(share) ? percent(share) : "no percentage reported")),
    h("div", {
      class: "progress", role: "progressbar", "aria-label": "Progress of the training",
      "aria-valuemin": 0, "aria-valuemax": 100, "aria-valuenow": known(share) ? Math.round(share) : null,
    }, h("div", { css: { width: `${known(share) ? share : 0}%` } })));
}

function summary(session, now) {
  return h("div", { class: "run-line run-head" },
    sessionBadge(session.status),
    h("a", { href: `#/session/${session.id}` }, "Session ", String(session.id)),
    h("span", { class: "muted" }, when(session.start_time, now, { both: true })),
    h("span", { class: "muted" }, known(session.duration_seconds) && `took ${duration(session.duration_seconds)}`),
    session.error_message && h("p", { class: "cause-text" }, session.error_message));
}

const logData = memo((id, isLive) => ({ url: `/api/training/sessions/${id}/log`, name: `session-${id}.log`, isLive }));

function logCard(ctx) {
  const session = ctx.res.session?.data;
  if (!session || !hasLog(session)) return null;
  return card("Log", { key: `log-${session.id}`, class: "flush", id: "log-title" }, logView(logData(session.id, !session.end_time), "log"));
}

function filters(ctx) {
  const { query } = ctx.route;
  const pick = (name, label, values) =>
    h("label", {}, label,
      h("select", { value: query[name] ?? "", onchange: (event) => setQuery({ [name]: event.target.value, until: "", n: "" }) },
        h("option", { value: "" }, "all"), values.map((value) => h("option", { value }, words(value)))));
  return h("div", { class: "filters bar" }, pick("status", "Result", STATUSES), pick("trigger", "Started by", TRIGGERS),
    (query.status || query.trigger || query.until) &&
      h("button", { type: "button", class: "quiet", onclick: () => setQuery({ status: "", trigger: "", until: "", n: "" }) }, "Clear filters"));
}

/** More rows in this list; behind the largest page, the list goes on from its oldest row. */
function older(ctx, data) {
  if (!data.next) return null;
  const shown = data.results.length;
  const next = shown >= LARGEST_PAGE ? { until: data.results.at(-1).start_time, n: "" } : { n: String(shown < 100 ? shown + 40 : shown + 100) };
  return h("div", { class: "more" }, h("button", { type: "button", class: "quiet", onclick: () => setQuery(next) }, "Show older"));
}
