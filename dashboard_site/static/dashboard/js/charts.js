/**
 * Time series with uPlot: colours of the page, targets, marks, shaded runs, a tooltip,
 * and a range dragged with the pointer.
 */

import uPlot from "../vendor/uplot/uPlot.esm.js";
import { h, patch } from "./dom.js";
import { known, number } from "./format.js";

const FONT = '"Inter Variable", system-ui, sans-serif';
const SERIES_COLOURS = 6;
// Counts have no halves.
const WHOLE_STEPS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 5000, 10000, 100000];
const DASHES = [[], [8, 4], [2, 3]];
const DASH_NAMES = ["", "dash", "dot"];

/** The look of the series at a place: colour and dashes change together, so colour is not all. */
export function look(place) {
  const dash = (place + Math.floor(place / SERIES_COLOURS)) % DASHES.length;
  return { colour: `--series-${(place % SERIES_COLOURS) + 1}`, dash: DASHES[dash], dashName: DASH_NAMES[dash] };
}

/** The colour a property has in the present scheme: a canvas knows neither var() nor light-dark(). */
function cssColour(name) {
  const probe = document.getElementById("main");
  probe.style.outlineColor = `var(${name})`;
  return getComputedStyle(probe).outlineColor;
}

/**
 * A chart as a virtual element. Make `data` with `memo`: the same object is not drawn again.
 *
 * @param {object} data
 *   label (for screen readers), height, times (unix s), series [{label, values, place, unit}],
 *   low, high, air (ends of the axis, least space around the values; optional), axisUnit,
 *   digits (of the values; 0: counts), formatTime(s),
 *   targets [{value, label, colour}], marks [{at, sign, colour, text}],
 *   bands [{from, to, text}], onRange(from, to)
 */
export function chart(data, key) {
  return h("div", { class: "chart", key, island: CHART, data, role: "img", "aria-label": data.label, css: { height: `${data.height}px` } });
}

const CHART = {
  mount(node, data) {
    const handle = { node, data, plot: null, tip: null, draw: null };
    handle.onTheme = () => build(handle);
    window.addEventListener("themechange", handle.onTheme);
    handle.observer = new ResizeObserver(() => resize(handle));
    handle.observer.observe(node);
    build(handle);
    return handle;
  },
  update(handle, data) {
    const isSameShape = shape(data) === shape(handle.data);
    handle.data = data;
    relabel(handle);
    // New values must not take a tooltip or a half-dragged range away.
    if (isSameShape) handle.plot.setData(columns(data));
    else build(handle);
  },
  unmount(handle) {
    window.removeEventListener("themechange", handle.onTheme);
    handle.observer.disconnect();
    handle.plot?.destroy();
  },
};

function relabel({ node, data }) {
  node.setAttribute("aria-label", data.label);
}

function resize({ node, plot, data }) {
  const width = node.clientWidth;
  if (plot && width && width !== plot.width) plot.setSize({ width, height: data.height });
}

/** What a plot cannot change after it was made. */
const shape = ({ height, axisUnit, digits, onRange, series }) =>
  JSON.stringify([height, axisUnit, digits, Boolean(onRange), series.map(({ label, place, width }) => [label, place, width])]);

const columns = (data) => [data.times, ...data.series.map((one) => one.values)];

function build(handle) {
  handle.plot?.destroy();
  const { node, data } = handle;
  const tip = document.createElement("div");
  tip.className = "tip";
  handle.tip = tip;
  handle.plot = new uPlot(options(handle), columns(data), node);
  handle.plot.over.appendChild(tip);
}

function options(handle) {
  const { data, node } = handle;
  const [ink, grid] = [cssColour("--muted"), cssColour("--grid")];
  const font = `12px ${FONT}`;
  const axis = { stroke: ink, font, grid: { stroke: grid, width: 1 }, ticks: { stroke: grid, width: 1 } };
  return {
    width: node.clientWidth || 600,
    height: data.height,
    padding: [12, 14, 0, 0],
    legend: { show: false },
    cursor: { y: false, drag: { x: Boolean(data.onRange), y: false, setScale: false }, points: { size: 7 } },
    scales: { x: { time: true }, y: { range: (u, low, high) => yRange(handle.data, low, high) } },
    axes: [
      { ...axis, size: 32, values: timeAxis() },
      { ...axis, size: 54, ...(data.digits === 0 && { incrs: WHOLE_STEPS }), values: (u, values, place, space, step) => values.map((value) => number(value, digitsOf(step)) + (data.axisUnit ?? "")) },
    ],
    series: [{}, ...data.series.map(seriesOptions)],
    hooks: {
      drawClear: [(u) => drawBands(u, handle.data)],
      draw: [(u) => drawTargets(u, handle.data), (u) => drawMarks(u, handle.data)],
      setCursor: [(u) => moveTip(u, handle)],
      setSelect: [(u) => selectRange(u, handle.data)],
    },
  };
}

/** As many digits as tell two neighbours on the axis apart. */
const digitsOf = (step) => Math.max(0, -Math.floor(Math.log10(step) + 1e-9));

function seriesOptions(one) {
  const { colour, dash } = look(one.place);
  return {
    label: one.label,
    stroke: cssColour(colour),
    width: one.width ?? 1.8,
    dash,
    spanGaps: false,
    // Single points between gaps would be invisible as a line.
    points: { show: (u, place) => u.data[place].filter(known).length < 60, size: 5 },
  };
}

/** The axis begins and ends a little outside of what is drawn, targets included. */
function yRange(data, low, high) {
  if (known(data.low) && known(data.high)) return [data.low, data.high];
  const values = [low, high, ...(data.targets ?? []).map((one) => one.value)].filter(known);
  if (!values.length) return [0, 10];
  const [min, max] = [Math.min(...values), Math.max(...values)];
  const air = Math.max((max - min) * 0.12, data.air ?? Math.abs(max) * 0.05) || 1;
  return [data.low ?? min - air, data.high ?? max + air];
}

function timeAxis() {
  const format = (options) => new Intl.DateTimeFormat("en-GB", { hourCycle: "h23", ...options });
  const forSeconds = format({ hour: "2-digit", minute: "2-digit", second: "2-digit" });
  const forHours = format({ hour: "2-digit", minute: "2-digit" });
  const forDays = format({ day: "numeric", month: "short" });
  const forMonths = format({ month: "short", year: "2-digit" });
  return (u, splits, place, space, step) =>
    splits.map((at) => (step < 60 ? forSeconds : step < 86400 ? forHours : step < 28 * 86400 ? forDays : forMonths).format(at * 1000));
}

function drawBands(u, { bands = [] }) {
  if (!bands.length) return;
  u.ctx.save();
  u.ctx.fillStyle = cssColour("--band");
  for (const { from, to } of bands) {
    const left = Math.max(u.valToPos(from, "x", true), u.bbox.left);
    const right = Math.min(u.valToPos(to, "x", true), u.bbox.left + u.bbox.width);
    if (right > left - 2) u.ctx.fillRect(left, u.bbox.top, Math.max(2, right - left), u.bbox.height);
  }
  u.ctx.restore();
}

function drawTargets(u, { targets = [] }) {
  const { ctx, bbox } = u;
  const scale = devicePixelRatio;
  ctx.save();
  ctx.font = `${11 * scale}px ${FONT}`;
  ctx.textAlign = "right";
  for (const { value, label, colour = "--muted" } of targets) {
    if (!known(value)) continue;
    const y = Math.round(u.valToPos(value, "y", true));
    if (y < bbox.top - 1 || y > bbox.top + bbox.height + 1) continue;
    ctx.strokeStyle = ctx.fillStyle = cssColour(colour);
    ctx.lineWidth = scale;
    ctx.setLineDash([6 * scale, 4 * scale]);
    ctx.beginPath();
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
    ctx.fillText(label, bbox.left + bbox.width - 4 * scale, y - 4 * scale);
  }
  ctx.restore();
}

function drawMarks(u, { marks = [] }) {
  const { ctx, bbox } = u;
  const scale = devicePixelRatio;
  ctx.save();
  ctx.font = `bold ${11 * scale}px ${FONT}`;
  ctx.textAlign = "center";
  for (const { at, sign, colour, isLine } of marks) {
    const x = Math.round(u.valToPos(at, "x", true));
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    ctx.fillStyle = ctx.strokeStyle = cssColour(colour);
    if (isLine) {
      ctx.globalAlpha = 0.45;
      ctx.setLineDash([2 * scale, 3 * scale]);
      ctx.lineWidth = scale;
      ctx.beginPath();
      ctx.moveTo(x, bbox.top + 12 * scale);
      ctx.lineTo(x, bbox.top + bbox.height);
      ctx.stroke();
      ctx.globalAlpha = 1;
    }
    ctx.fillText(sign, x, bbox.top + 10 * scale);
  }
  ctx.restore();
}

function moveTip(u, { tip, data, node }) {
  const { idx, left, top } = u.cursor;
  if (idx === null || idx === undefined || left < 0) {
    tip.classList.remove("on");
    return;
  }
  const at = data.times[idx];
  const near = (data.marks ?? []).filter((mark) => Math.abs(u.valToPos(mark.at, "x") - u.valToPos(at, "x")) < 5);
  const inside = (data.bands ?? []).filter((band) => band.from <= at && at <= band.to);
  patch(tip,
    h("strong", {}, data.formatTime(at)),
    data.series.map((one) => {
      const { colour, dashName } = look(one.place);
      const value = one.values[idx];
      return h("div", { class: "tip-row" },
        h("span", { class: `swatch ${dashName}`, css: { "--swatch": `var(${colour})` } }),
        one.label, h("b", {}, known(value) ? `${number(value, data.digits ?? 1)}${one.unit ?? ""}` : "no data"));
    }),
    [...near, ...inside].slice(0, 4).map((note) => h("div", { class: "tip-note" }, note.sign && `${note.sign} `, note.text)));
  tip.classList.add("on");
  const isRight = left > node.clientWidth * 0.55;
  tip.style.left = isRight ? "" : `${left + 16}px`;
  tip.style.right = isRight ? `${u.over.clientWidth - left + 16}px` : "";
  tip.style.top = `${Math.max(0, Math.min(top - 20, u.over.clientHeight - tip.offsetHeight))}px`;
}

function selectRange(u, { onRange }) {
  if (!onRange || u.select.width < 8) return;
  const from = u.posToVal(u.select.left, "x");
  const to = u.posToVal(u.select.left + u.select.width, "x");
  u.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
  onRange(from, to);
}

/** Names of the lines and signs under a chart. */
export function legend(series, signs = []) {
  return h("div", { class: "legend" },
    series.map((one) => {
      const { colour, dashName } = look(one.place);
      return h("span", {}, h("span", { class: `swatch ${dashName}`, css: { "--swatch": `var(${colour})` } }), one.label);
    }),
    signs.map(({ sign, text }) => h("span", {}, h("span", { class: "sign" }, sign), text)));
}
