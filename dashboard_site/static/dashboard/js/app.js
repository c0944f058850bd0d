/** Start of the page: routes, the frame around the views, one drawing per frame. */

import { serverNow } from "./api.js";
import { h, patch } from "./dom.js";
import { viewerZone } from "./format.js";
import { Live } from "./live.js";
import { Push } from "./push.js";
import { parseRoute } from "./route.js";
import { banners, navigation, pulse, SHELL, themeButton } from "./shell.js";
import { failure } from "./ui.js";
import * as overview from "./views/overview.js";

const VIEWS = {
  overview: () => overview,
  training: () => import("./views/training.js"),
  session: () => import("./views/session.js"),
  agents: () => import("./views/agents.js"),
  agent: () => import("./views/agent.js"),
  quality: () => import("./views/quality.js"),
  compare: () => import("./views/compare.js"),
  host: () => import("./views/host.js"),
  events: () => import("./views/events.js"),
  storyboards: () => import("./views/storyboards.js"),
  storyboard: () => import("./views/storyboard.js"),
};

const places = Object.fromEntries(
  ["nav", "pulse", "banners", "view", "main"].map((id) => [id, document.getElementById(id)]),
);
const live = new Live(schedule);
let current = { route: null, module: null, name: null };
let isPlanned = false;

function schedule() {
  if (isPlanned) return;
  isPlanned = true;
  // Hidden pages get no animation frames; what changed is drawn when they are seen again.
  requestAnimationFrame(() => {
    isPlanned = false;
    draw();
  });
}

function draw() {
  const { route, module } = current;
  if (!route) return;
  const needs = { ...SHELL, ...(module?.needs?.(route, (url) => live.get(url)) ?? {}) };
  const wanted = {};
  for (const [url, every] of Object.values(needs)) {
    wanted[url] = url in wanted && wanted[url] > 0 ? Math.min(wanted[url], every || wanted[url]) : every;
  }
  live.watch(wanted);
  const ctx = {
    route,
    live,
    now: serverNow(),
    mayChange: document.body.dataset.mayChange === "yes",
    pipelineZone: document.body.dataset.pipelineZone,
    urls: Object.fromEntries(Object.entries(needs).map(([name, [url]]) => [name, url])),
    res: Object.fromEntries(Object.entries(needs).map(([name, [url]]) => [name, live.get(url)])),
    redraw: schedule,
  };
  patch(places.nav, navigation(ctx));
  patch(places.pulse, pulse(ctx));
  patch(places.banners, banners(ctx));
  patch(places.view, h("div", { key: `${route.name}/${route.id ?? ""}`, class: `view-${route.name}` }, viewOf(ctx)));
  // What stands below the view appears once the view has its height.
  if (Object.values(ctx.res).every((snapshot) => snapshot.at || snapshot.error)) document.body.dataset.ready = "";
  document.title = `${module?.title?.(ctx) ?? "…"} · Production dashboard`;
}

function viewOf(ctx) {
  if (current.problem) return failure(current.problem, () => navigate());
  if (!current.module) return [];
  return current.module.view(ctx);
}

let asked = 0;

async function navigate() {
  const route = parseRoute(location.hash);
  if (!VIEWS[route.name]) {
    location.replace("#/");
    return;
  }
  const mine = ++asked;
  const before = current.route;
  let next = { ...current, route };
  if (current.name !== route.name) {
    try {
      next = { route, module: await VIEWS[route.name](), name: route.name };
    } catch {
      next = { route, module: null, name: null, problem: new Error("This part of the page could not be loaded.") };
    }
    // A later click was faster.
    if (mine !== asked) return;
  }
  current = next;
  draw();
  if (before && (route.name !== before.name || route.id !== before.id)) {
    window.scrollTo(0, 0);
    places.view.querySelector("h1")?.focus({ preventScroll: true });
  }
}

window.addEventListener("hashchange", navigate);
document.querySelector(".skip").addEventListener("click", (event) => {
  // The address carries the route, so the link must not change it.
  event.preventDefault();
  places.main.focus();
});
document.addEventListener("visibilitychange", () => document.hidden || schedule());
// Ages and countdowns move without a request.
setInterval(() => document.hidden || schedule(), 1000);
document.getElementById("zone").textContent = `Times in your zone, ${viewerZone()}`;
themeButton(document.getElementById("theme"));
navigate();
new Push(live);
