/** The storyboard projects. */

import { h } from "../dom.js";
import { plural } from "../format.js";
import { setQuery } from "../route.js";
import { badge, empty, pageHead, show, when } from "../ui.js";

export const title = () => "Storyboards";

/** As many as the API gives at once. */
const MOST = 500;

export const needs = (route) => ({ projects: [`/api/storyboard/projects?limit=${MOST}&search=${encodeURIComponent(route.query.search ?? "")}`, 30] });

const KINDS = { draft: "idle", generated: "good", archived: "info" };
export const projectBadge = (status) => badge(KINDS[status] ?? "info", status);

let typing = 0;

function later(search) {
  clearTimeout(typing);
  typing = setTimeout(() => setQuery({ search }), 300);
}

export function view(ctx) {
  const search = ctx.route.query.search ?? "";
  return [
    pageHead("Storyboards", { sub: "Music videos, scene by scene" }),
    h("div", { class: "filters bar", key: "filters" },
      h("label", { class: "grow" }, "Search",
        h("input", { type: "search", value: search, placeholder: "Name, music or artist", oninput: (event) => later(event.target.value.trim()) }))),
    show(ctx, "projects", (projects) => projects.length
      ? [
        h("div", { class: "agent-grid", key: "projects" }, projects.map((project) => projectCard(ctx, project))),
        projects.length === MOST && h("p", { class: "muted", key: "most" }, `These are the newest ${MOST}; a search finds older ones.`),
      ]
      : search ? empty("No project fits the search", "Another word of its name, music or artist may find it.")
      : empty("No projects yet", "A project is made through the API:",
          h("code", {}, 'curl -H "Content-Type: application/json" -d \'{"name": "My video"}\' …/api/storyboard/project/create')), { height: 300 }),
  ];
}

function projectCard(ctx, project) {
  return h("a", { class: "agent-card", key: project.id, href: `#/storyboard/${project.id}` },
    h("div", { class: "row" }, h("h2", {}, project.name), projectBadge(project.status)),
    h("p", {}, [project.artist, project.music].filter(Boolean).join(" · ") || h("span", { class: "muted" }, "no music chosen")),
    h("div", { class: "row muted small" }, h("span", {}, plural(project.scenes, "scene")), h("span", {}, "made ", when(project.created, ctx.now))));
}
