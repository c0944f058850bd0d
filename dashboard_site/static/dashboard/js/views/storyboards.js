/** The storyboard projects. */

import { h } from "../dom.js";
import { plural } from "../format.js";
import { badge, empty, pageHead, show, when } from "../ui.js";

export const title = () => "Storyboards";

export const needs = () => ({ projects: ["/api/storyboard/projects", 30] });

const KINDS = { draft: "idle", generated: "good", archived: "info" };
export const projectBadge = (status) => badge(KINDS[status] ?? "info", status);

export function view(ctx) {
  return [
    pageHead("Storyboards", { sub: "Music videos, scene by scene" }),
    show(ctx, "projects", (projects) => projects.length
      ? h("div", { class: "agent-grid", key: "projects" }, projects.map((project) => projectCard(ctx, project)))
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
