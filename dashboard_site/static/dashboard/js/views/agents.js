/** The twelve agents: worst first or by name, as cards or rows, with thirty nights of trend. */

import { h } from "../dom.js";
import { milliseconds, natural, score, known } from "../format.js";
import { agentBadge, improvementOf, qualityCell, qualityKind } from "../parts.js";
import { setQuery } from "../route.js";
import { spark } from "../spark.js";
import { card, change, empty, meter, pageHead, segmented, show, table, when } from "../ui.js";
import { worstFirst } from "../verdict.js";

export const title = () => "Agents";

export const needs = () => ({
  agents: ["/api/agents/status", 10],
  quality: ["/api/metrics/quality?days=30", 60],
});

const ORDERS = {
  worst: worstFirst,
  name: (a, b) => a.name.localeCompare(b.name),
  number: (a, b) => natural(a.id, b.id),
};

export function view(ctx) {
  const { sort = "worst", as = "cards" } = ctx.route.query;
  const agents = ctx.res.agents.data;
  const online = agents?.filter((agent) => agent.status === "online").length;
  return [
    pageHead("Agents", {
      sub: agents ? `${online} of ${agents.length} had data in the newest report` : "…",
      actions: [
        segmented("Order", [["worst", "Worst first"], ["name", "By name"], ["number", "By number"]], sort, (value) => setQuery({ sort: value })),
        segmented("Layout", [["cards", "Cards"], ["rows", "Rows"]], as, (value) => setQuery({ as: value })),
      ],
    }),
    show(ctx, "agents", (list) => {
      if (!list.length) return empty("No agents yet", "They come with the first import.");
      const sorted = [...list].sort(ORDERS[sort] ?? worstFirst);
      return as === "rows" ? rows(ctx, sorted) : h("div", { class: "agent-grid", key: "grid" }, sorted.map((agent) => agentCard(ctx, agent)));
    }, { height: 600 }),
  ];
}

const trendOf = (ctx, agent, size) => {
  const quality = ctx.res.quality.data;
  if (!quality) return h("span", { class: "muted small" }, "…");
  return spark(quality[agent.id] ?? [], { label: `${agent.name}, quality of 30 nights`, target: agent.quality_target, ...size });
};

const linkOf = (agent) => `#/agent/${encodeURIComponent(agent.id)}`;

function agentCard(ctx, agent) {
  const target = agent.quality_target;
  return h("a", { class: "agent-card", key: agent.id, href: linkOf(agent) },
    h("div", { class: "row" },
      h("div", { class: "who" }, h("b", {}, agent.name), h("span", { class: "muted small" }, agent.id)),
      agentBadge(agent)),
    h("div", { class: "row" },
      known(agent.quality_score)
        ? h("span", {}, h("span", { class: "big" }, score(agent.quality_score)), h("span", { class: "muted" }, known(target) ? ` / target ${score(target)}` : " of 10"))
        : h("span", { class: "big muted" }, "no data"),
      change(improvementOf(agent))),
    meter(agent.quality_score, {
      max: 10, kind: qualityKind(agent.quality_score, target), label: `Quality of ${agent.name}`,
      text: known(agent.quality_score) ? `${score(agent.quality_score)} of 10` : "no data",
      marks: [{ value: target, label: `Target ${score(target)}` }],
    }),
    trendOf(ctx, agent, { width: 260, height: 40 }),
    h("div", { class: "row muted small" },
      h("span", {}, milliseconds(agent.processing_time_ms)),
      h("span", {}, known(agent.errors) ? `${agent.errors} ${agent.errors === 1 ? "error" : "errors"}` : "errors unknown"),
      when(agent.last_updated, ctx.now)));
}

function rows(ctx, agents) {
  return card("All agents", { class: "flush", key: "rows" }, table([
    { name: "Agent", class: "lead", cell: (agent) => h("span", { class: "who" }, h("a", { href: linkOf(agent) }, agent.name), h("span", { class: "muted small" }, agent.id)) },
    { name: "State", cell: agentBadge },
    { name: "Quality", cell: qualityCell },
    { name: "Target", class: "num", cell: (agent) => score(agent.quality_target) },
    { name: "Change", class: "num", cell: (agent) => change(improvementOf(agent)) ?? "—" },
    { name: "30 nights", cell: (agent) => trendOf(ctx, agent, { width: 130, height: 28 }) },
    { name: "Time", class: "num", cell: (agent) => milliseconds(agent.processing_time_ms) },
    { name: "Errors", class: "num", cell: (agent) => agent.errors ?? "—" },
    { name: "Last data", class: "num", cell: (agent) => when(agent.last_updated, ctx.now) },
  ], agents, { caption: "Agents", rowKey: (agent) => agent.id }));
}
