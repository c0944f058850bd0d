/** The frame around every view: navigation, what runs now, banners, colour scheme. */

import { h, patch } from "./dom.js";
import { clock, duration, percent, relative, words } from "./format.js";
import { icon } from "./icons.js";
import { isStale } from "./verdict.js";

/** What the frame itself reads: name → [address, seconds between reads]. */
export const SHELL = {
  status: ["/api/status", 10],
  training: ["/api/training/status", 3],
  alerts: ["/api/system/alerts", 10],
  schedule: ["/api/training/schedule", 30],
  overview: ["/api/dashboard/overview", 10],
};

const ITEMS = [
  ["overview", "Overview", []],
  ["training", "Training", ["session"]],
  ["agents", "Agents", ["agent"]],
  ["quality", "Quality", ["compare"]],
  ["host", "Host", []],
  ["events", "Events", []],
  ["storyboards", "Boards", ["storyboard"]],
];

export function navigation(ctx) {
  const open = (ctx.res.alerts.data?.alerts ?? []).filter((alert) => !alert.acknowledged);
  return h("ul", {}, ITEMS.map(([name, text, below]) => {
    const isHere = ctx.route.name === name || below.includes(ctx.route.name);
    return h("li", {},
      h("a", { href: name === "overview" ? "#/" : `#/${name}`, "aria-current": isHere ? "page" : null },
        icon(name, 20), h("span", {}, text),
        name === "events" && open.length > 0 &&
          h("span", { class: `count ${open.some((a) => a.type === "critical") ? "bad" : "warn"}` },
            String(open.length), h("span", { class: "sr" }, " alerts not acknowledged"))));
  }));
}

/** One line at the top: whether a training runs, and how old what the page shows is. */
export function pulse(ctx) {
  return [state(ctx), h("span", { class: "age" }, age(ctx))];
}

/** The oldest of what the frame reads: the age of the page as a whole. */
function age(ctx) {
  const moments = Object.keys(SHELL).map((name) => ctx.res[name].at);
  if (!moments.every(Boolean)) return "";
  const seconds = Math.max(0, Math.round((Date.now() - Math.min(...moments)) / 1000));
  return seconds < 45 ? "up to date" : `read ${duration(seconds)} ago`;
}

function state(ctx) {
  const training = ctx.res.training.data;
  if (!training) return h("span", { class: "muted" }, "…");
  if (!training.is_running) {
    return h("a", { href: "#/training", class: "pulse-link" }, h("span", { class: "dot idle" }), "Idle");
  }
  return h("a", { href: "#/training", class: "pulse-link" },
    h("span", { class: "dot run" }), `${words(training.current_phase)} · ${percent(training.progress_percent)}`);
}

function banner(key, kind, ...kids) {
  return h("div", { class: `notice ${kind}`, key, role: kind === "bad" ? "alert" : "status" },
    icon(kind === "info" ? "info" : "warn"), h("div", {}, kids));
}

/** What makes the numbers below less than they seem. */
export function banners(ctx) {
  const list = [];
  const trouble = ctx.live.trouble();
  if (trouble) {
    const since = trouble.since ? `What you see is from ${clock(trouble.since)}.` : "";
    list.push(banner("offline", "bad",
      h("strong", {}, "No connection. "), `${trouble.error.message} ${since} It is tried again by itself. `,
      h("button", { type: "button", class: "quiet", onclick: () => ctx.live.invalidate() }, icon("retry", 15), " Try now")));
  }
  const status = ctx.res.status.data;
  list.push(servicesBanner(status?.components));
  const { overview, schedule } = ctx.res;
  const stale = isStale({
    lastTraining: overview.data?.last_training, nextRuns: schedule.data?.next_runs, enabled: schedule.data?.enabled, now: ctx.now,
  });
  if (stale && !ctx.res.training.data?.is_running) {
    list.push(banner("stale", "warn", h("strong", {}, "Old data. "),
      `The newest training began ${relative(overview.data.last_training, ctx.now)}: at least one night is missing.`));
  }
  if (status?.sample_data) {
    list.push(banner("sample", "info", h("strong", {}, "Sample data. "),
      "These agents are small models that come with the dashboard. Set ORCHESTRATOR_PATH to see your own pipeline."));
  }
  return list.filter(Boolean);
}

/** Worker and scheduler die and live together as a rule: one banner for both. */
function servicesBanner(components = {}) {
  const [worker, scheduler] = [components.worker, components.scheduler].map((state) => (state && state !== "ok" ? state : null));
  if (!worker && !scheduler) return null;
  const title = worker && scheduler ? "Neither worker nor scheduler (beat) is alive. " : worker ? "No worker is alive. " : "The scheduler (beat) is not alive. ";
  const effect = worker ? "Nothing can be started, stopped or imported" : "No training starts by itself, and the host is not measured";
  return banner("services", "bad", h("strong", {}, title), `${effect}: ${worker ?? scheduler}.`);
}

const THEMES = { auto: ["auto", "system"], light: ["sun", "light"], dark: ["moon", "dark"] };

/** The button that goes round: as the system has it, light, dark. Kept in this browser. */
export function themeButton(button) {
  const root = document.documentElement;
  const paint = () => {
    const [sign, name] = THEMES[root.dataset.theme ?? "auto"];
    button.setAttribute("aria-label", `Colour scheme: ${name}`);
    patch(button, icon(sign, 20));
    window.dispatchEvent(new Event("themechange"));
  };
  button.addEventListener("click", () => {
    const order = Object.keys(THEMES);
    const next = order[(order.indexOf(root.dataset.theme ?? "auto") + 1) % order.length];
    if (next === "auto") delete root.dataset.theme;
    else root.dataset.theme = next;
    try {
      localStorage.setItem("theme", next);
    } catch {
      // Storage may be forbidden; the choice then lasts until the reload.
    }
    paint();
  });
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => window.dispatchEvent(new Event("themechange")));
  paint();
}
