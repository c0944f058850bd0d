/** One storyboard: its scenes in order, and their lengths along a time line. */

import { h } from "../dom.js";
import { duration, known, plural } from "../format.js";
import { icon } from "../icons.js";
import { badge, card, empty, pageHead, show } from "../ui.js";
import { projectBadge } from "./storyboards.js";

export const title = (ctx) => ctx.res.project.data?.name ?? "Storyboard";

export const needs = (route) => ({ project: [`/api/storyboard/project/${encodeURIComponent(route.id)}`, 20] });

export function view(ctx) {
  const { data: project, error } = ctx.res.project;
  const back = { href: "#/storyboards", text: "Storyboards" };
  if (!project) {
    return [pageHead("Storyboard", { back }), error?.status === 404 ? empty("There is no such project", "It may have been deleted.") : show(ctx, "project", () => [], { height: 400 })];
  }
  const total = project.scenes.reduce((sum, scene) => sum + (scene.duration ?? 0), 0);
  const without = project.scenes.filter((scene) => !known(scene.duration)).length;
  return [
    pageHead(project.name, {
      back,
      sub: [projectBadge(project.status), ` ${[project.artist, project.music, known(project.music_duration) && duration(project.music_duration)].filter(Boolean).join(" · ")}`],
      actions: exports(project),
    }),
    project.notes && h("p", { class: "muted", key: "notes" }, project.notes),
    project.warnings?.length > 0 && card("Warnings", { key: "warnings", note: plural(project.warnings.length, "thing to look at", "things to look at") }, warnings(project.warnings)),
    project.scenes.length > 0 && card("Time line", { key: "reel", note: `${duration(total)} in ${plural(project.scenes.length, "scene")}${without ? `, ${without} without a length` : ""}` }, reel(project.scenes, total)),
    project.scenes.length
      ? h("ol", { class: "scenes", key: "scenes" }, project.scenes.map(sceneCard))
      : empty("No scenes yet", `Scenes are added with POST /api/storyboard/project/${project.id}/scenes.`),
  ];
}

/** The project as a file for each kind of program, and the page to print. */
function exports(project) {
  const href = (format) => `/api/storyboard/project/${project.id}/export?format=${format}`;
  return [
    ["json", "csv", "otio", "srt"].map((format) =>
      h("a", { class: "button quiet", key: format, href: href(format), download: `storyboard-${project.id}.${format}` }, icon("download", 15), format.toUpperCase())),
    h("a", { class: "button quiet", key: "html", href: href("html"), rel: "noopener noreferrer", target: "_blank" }, "Page to print"),
  ];
}

/** So many warnings are seen at once; a long video has one for each of its scenes. */
const MOST_WARNINGS = 8;

function warnings(list) {
  const rest = list.slice(MOST_WARNINGS);
  return [
    warningList(list.slice(0, MOST_WARNINGS)),
    rest.length > 0 && h("details", { key: "rest" }, h("summary", {}, `${rest.length} more`), warningList(rest)),
  ];
}

function warningList(list) {
  return h("ul", { class: "list" }, list.map((warning) =>
    h("li", { key: `${warning.code}-${warning.scene_id ?? "project"}` },
      badge("warn", known(warning.number) ? `scene ${warning.number}` : "project"),
      h("div", {}, warning.message))));
}

function reel(scenes, total) {
  if (!total) return empty("No lengths yet", "Scenes without a length have no place on the time line.");
  return [
    h("div", { class: "reel", role: "list", "aria-label": "Scenes along the time line" }, scenes.filter((scene) => scene.duration > 0).map((scene) =>
      h("div", { class: "reel-part", role: "listitem", key: scene.id, css: { "flex-grow": String(scene.duration), "flex-basis": "0" }, title: `${scene.number}. ${scene.title || "Scene"}, ${duration(scene.duration)}` },
        h("span", { "aria-hidden": "true" }, scene.number), h("span", { class: "sr" }, `Scene ${scene.number} ${scene.title}, ${duration(scene.duration)}`)))),
    h("div", { class: "reel-scale" }, h("span", {}, "0:00"), h("span", {}, clockOf(total / 2)), h("span", {}, clockOf(total))),
  ];
}

function clockOf(seconds) {
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}

const SCENE_KINDS = { draft: "idle", prompted: "info", rendered: "info", approved: "good" };

function sceneCard(scene) {
  const times = known(scene.duration) ? `${duration(scene.duration)}${known(scene.start_time) ? ` from ${clockOf(scene.start_time)}` : ""}` : "no length yet";
  return h("li", { class: "scene", key: scene.id },
    h("div", { class: "scene-picture" }, picture(scene), h("span", { class: "scene-number" }, scene.number)),
    h("div", { class: "scene-body" },
      h("div", { class: "row" }, h("b", {}, scene.title || `Scene ${scene.number}`), badge(SCENE_KINDS[scene.status] ?? "info", scene.status)),
      h("span", { class: "muted small" }, times, scene.agent_id && ` · by ${scene.agent_id}`),
      scene.description && h("p", {}, scene.description),
      scene.screenplay && h("details", {}, h("summary", {}, "Screenplay"), h("p", {}, scene.screenplay)),
      scene.prompt && h("details", {}, h("summary", {}, "Prompt"), h("p", {}, scene.prompt)),
      scene.style_tags?.length > 0 && h("div", { class: "tags" }, scene.style_tags.map((tag) => h("span", { class: "tag" }, tag))),
      scene.video_url && h("a", { href: scene.video_url, rel: "noopener noreferrer", target: "_blank" }, icon("film", 15), " Video")));
}

/** Pictures of this server are shown; one of another host is only a link: the page calls nobody else. */
function picture(scene) {
  if (!scene.thumbnail) return h("span", {}, "no picture yet");
  if (!/^(https?:|data:|\/)/.test(scene.thumbnail)) return h("span", {}, scene.thumbnail);
  if (isOwn(scene.thumbnail)) return h("img", { src: scene.thumbnail, alt: `Picture of scene ${scene.number}`, loading: "lazy" });
  return h("a", { href: scene.thumbnail, rel: "noopener noreferrer", target: "_blank" }, "Picture on another server");
}

function isOwn(address) {
  try {
    const url = new URL(address, location.origin);
    return url.protocol === "data:" ? /^data:image\//.test(address) : url.origin === location.origin;
  } catch {
    return false;
  }
}
