/** A small line without axes, for tables and tiles. Gaps stay open. */

import { h } from "./dom.js";
import { known, number } from "./format.js";

/** @param {(number|null)[]} values oldest first */
export function spark(values, { width = 120, height = 30, label = "Trend", target = null } = {}) {
  const numbers = values.filter(known);
  if (numbers.length < 2) return h("span", { class: "muted small" }, "no trend yet");
  const all = known(target) ? [...numbers, target] : numbers;
  const low = Math.min(...all);
  const span = Math.max(Math.max(...all) - low, 0.2);
  const x = (i) => 3 + (i / Math.max(1, values.length - 1)) * (width - 6);
  const y = (value) => height - 4 - ((value - low) / span) * (height - 8);
  let path = "";
  let isOpen = false;
  values.forEach((value, i) => {
    if (!known(value)) {
      isOpen = false;
      return;
    }
    const alone = !isOpen && !known(values[i + 1]);
    path += `${isOpen ? "L" : "M"}${x(i).toFixed(1)} ${y(value).toFixed(1)}${alone ? "h0.01" : ""}`;
    isOpen = true;
  });
  const last = values.findLastIndex(known);
  const text = `${label}: from ${number(numbers[0])} to ${number(numbers.at(-1))}, lowest ${number(Math.min(...numbers))}, highest ${number(Math.max(...numbers))}`;
  return h("svg", { class: "spark", viewBox: `0 0 ${width} ${height}`, width, height, role: "img", "aria-label": text },
    known(target) && h("path", { class: "spark-target", d: `M0 ${y(target).toFixed(1)}H${width}` }),
    h("path", { class: "spark-line", d: path }),
    h("circle", { class: "spark-dot", cx: x(last).toFixed(1), cy: y(values[last]).toFixed(1), r: 2.4 }));
}
