/** Icons as SVG outlines on a 24 by 24 grid. They repeat what a text says: hidden from readers. */

import { h } from "./dom.js";

const PATHS = {
  overview: "M4 13h6V4H4zM14 20h6v-9h-6zM4 20h6v-3H4zM14 7h6V4h-6z",
  training: "M13 2 4 14h7l-1 8 9-12h-7z",
  agents: "M12 8V4M8 4h8M5 8h14v11H5zM9 13v1M15 13v1M2 12v4M22 12v4",
  quality: "M3 20h18M4 15l5-6 4 4 7-8",
  host: "M4 4h16v6H4zM4 14h16v6H4zM8 7h.01M8 17h.01",
  events: "M6 9a6 6 0 0 1 12 0c0 6 2.5 7 2.5 7h-17S6 15 6 9M10 20a2.2 2.2 0 0 0 4 0",
  storyboards: "M3 5h18v14H3zM8 5v14M16 5v14M3 10h5M3 14h5M16 10h5M16 14h5",
  good: "M20 6 9 17l-5-5",
  warn: "M12 9v4M12 17h.01M10.3 3.9 2 18a2 2 0 0 0 1.7 3h16.600a2 2 0 0 0 1.7-3L13.7 3.900a2 2 0 0 0-3.4 0z",
  bad: "M18 6 6 18M6 6l12 12",
  info: "M12 11v5M12 8h.01M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18",
  idle: "M5 12h14",
  run: "M7 4v16l13-8z",
  stop: "M6 6h12v12H6z",
  pause: "M8 5v14M16 5v14",
  clock: "M12 7v5l3 3M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18",
  up: "M12 19V5M5 12l7-7 7 7",
  down: "M12 5v14M19 12l-7 7-7-7",
  flat: "M5 12h14M13 6l6 6-6 6",
  retry: "M20 11a8 8 0 1 0-2.3 6.300M20 5v6h-6",
  sun: "M12 8a4 4 0 1 0 0 8 4 4 0 0 0 0-8M12 2v2M12 20v2M4.9 4.900l1.4 1.400M17.7 17.700l1.4 1.400M2 12h2M20 12h2M4.9 19.100l1.4-1.400M17.7 6.300l1.4-1.4",
  moon: "M20 14.500A8.5 8.5 0 0 1 9.5 4 8.5 8.5 0 1 0 20 14.500z",
  auto: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18M12 3v18",
  download: "M12 4v11M7 11l5 5 5-5M4 20h16",
  search: "M11 4a7 7 0 1 0 0 14 7 7 0 0 0 0-14M20 20l-4-4",
  right: "M9 6l6 6-6 6",
  film: "M4 4h16v16H4zM10 9l5 3-5 3z",
};

/** An icon by name; `size` in px. */
export function icon(name, size = 18) {
  return h(
    "svg",
    { class: "icon", viewBox: "0 0 24 24", width: size, height: size, "aria-hidden": "true", focusable: "false" },
    h("path", { d: PATHS[name] ?? PATHS.info }),
  );
}
