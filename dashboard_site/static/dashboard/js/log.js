/**
 * What a run prints, followed live: new bytes are appended, nothing is read twice.
 * Pausing, a search over the lines, the first error, and the whole file to download.
 */

import { readBytes } from "./api.js";
import { h, patch } from "./dom.js";
import { plural } from "./format.js";
import { icon } from "./icons.js";

const TAIL_BYTES = 512_000;
const MOST_LINES = 8000;
const EVERY_MS = 1500;
const WRONG = /✗|❌|\[ERROR\]|Traceback|\bError:|\bFAILED\b/;
const DOUBTFUL = /⚠|\[WARN/;

/** Only runs started from here leave a log; asking for another one would be a 404. */
export const hasLog = (session) => session.trigger !== "external";

/** A log as a virtual element. `data`: `{url, name, isLive}`, the same object while unchanged. */
export function logView(data, key) {
  return h("div", { key, island: LOG, data });
}

const LOG = {
  mount(node, data) {
    const log = new LogFollower(node, data);
    log.poll();
    return log;
  },
  update(log, data) {
    log.follow(data);
  },
  unmount(log) {
    log.close();
  },
};

class LogFollower {
  constructor(node, data) {
    Object.assign(this, { node, data, offset: null, start: 0, isPaused: false, isClosed: false, error: null });
    Object.assign(this, { timer: 0, rest: "", needle: "", hit: -1, decoder: new TextDecoder() });
    this.bar = document.createElement("div");
    this.bar.className = "log-bar";
    this.lines = document.createElement("div");
    this.lines.className = "log";
    this.lines.tabIndex = 0;
    this.lines.setAttribute("role", "log");
    this.lines.setAttribute("aria-live", "off");
    this.lines.setAttribute("aria-label", "What the run printed");
    node.append(this.bar, this.lines);
    this.draw();
  }

  follow(data) {
    const wasLive = this.data.isLive;
    this.data = data;
    this.draw();
    if (data.isLive || wasLive) this.poll();
  }

  close() {
    this.isClosed = true;
    clearTimeout(this.timer);
  }

  async poll() {
    clearTimeout(this.timer);
    if (this.isBusy || this.isClosed) return;
    this.isBusy = true;
    if (!document.hidden || this.offset === null) await this.load();
    this.isBusy = false;
    if (this.isClosed) return;
    this.draw();
    if ((this.data.isLive || this.error) && !this.isPaused) this.timer = setTimeout(() => this.poll(), EVERY_MS);
  }

  async load() {
    try {
      let part = await readBytes(this.data.url, this.offset, TAIL_BYTES);
      if (part.restarted) {
        this.clear();
        part = await readBytes(this.data.url, null, TAIL_BYTES);
      }
      if (this.offset === null) this.start = part.start;
      this.offset = part.start + part.bytes.length;
      this.append(this.decoder.decode(part.bytes, { stream: true }));
      this.error = null;
    } catch (error) {
      this.error = error;
    }
  }

  clear() {
    this.lines.replaceChildren();
    Object.assign(this, { offset: null, rest: "", decoder: new TextDecoder() });
  }

  append(text) {
    if (!text) return;
    const isAtEnd = this.lines.scrollHeight - this.lines.scrollTop - this.lines.clientHeight < 40;
    const parts = (this.rest + text).split("\n");
    this.rest = parts.pop();
    const fragment = document.createDocumentFragment();
    for (const line of parts) fragment.append(this.lineOf(line));
    this.lines.append(fragment);
    while (this.lines.childElementCount > MOST_LINES) this.lines.firstElementChild.remove();
    if (isAtEnd && !this.isPaused) this.lines.scrollTop = this.lines.scrollHeight;
  }

  lineOf(text) {
    const line = document.createElement("div");
    line.textContent = text || "\u00a0";
    if (WRONG.test(text)) line.className = "wrong";
    else if (DOUBTFUL.test(text)) line.className = "doubtful";
    if (this.matches(text)) line.classList.add("hit");
    return line;
  }

  matches(text) {
    return this.needle !== "" && text.toLowerCase().includes(this.needle);
  }

  search(text) {
    this.needle = text.trim().toLowerCase();
    this.hit = -1;
    for (const line of this.lines.children) line.classList.toggle("hit", this.matches(line.textContent));
    if (this.needle) this.step(1);
    this.draw();
  }

  step(direction) {
    const hits = [...this.lines.querySelectorAll(".hit")];
    this.lines.querySelector(".hit-now")?.classList.remove("hit-now");
    if (hits.length) {
      this.hit = (this.hit + direction + hits.length) % hits.length;
      this.show(hits[this.hit]);
    }
    this.draw();
  }

  /** Scrolls the log only, never the page. */
  show(line) {
    line.classList.add("hit-now");
    this.lines.scrollTop = line.offsetTop - this.lines.offsetTop - this.lines.clientHeight / 3;
  }

  firstError() {
    const line = this.lines.querySelector(".wrong");
    this.lines.querySelector(".hit-now")?.classList.remove("hit-now");
    if (line) this.show(line);
  }

  pause() {
    this.isPaused = !this.isPaused;
    if (!this.isPaused) {
      this.lines.scrollTop = this.lines.scrollHeight;
      this.poll();
    }
    this.draw();
  }

  state() {
    if (this.error) return this.error.status === 404 ? "This run left no log." : `${this.error.message} It is tried again.`;
    if (this.offset === null) return "Loading…";
    const count = this.needle ? `${plural(this.lines.querySelectorAll(".hit").length, "hit")} · ` : "";
    const size = plural(this.lines.childElementCount, "line");
    const cutOff = this.start > 0 ? ", the beginning is in the download" : "";
    const live = this.data.isLive ? (this.isPaused ? " · paused" : " · live") : "";
    return `${count}${size}${cutOff}${live}`;
  }

  draw() {
    this.lines.hidden = Boolean(this.error) && !this.lines.childElementCount;
    const button = (text, sign, act, props = {}) =>
      h("button", { type: "button", class: "quiet", onclick: act, ...props }, icon(sign, 15), text);
    patch(this.bar,
      this.data.isLive && button(this.isPaused ? "Follow" : "Pause", this.isPaused ? "run" : "pause", () => this.pause(), { key: "pause" }),
      h("input", {
        key: "search", type: "search", placeholder: "Search the log", "aria-label": "Search the log",
        oninput: (event) => this.search(event.target.value),
        onkeydown: (event) => event.key === "Enter" && this.step(event.shiftKey ? -1 : 1),
      }),
      button("Next", "down", () => this.step(1), { key: "next", disabled: !this.needle }),
      button("First error", "bad", () => this.firstError(), { key: "error" }),
      h("a", { key: "download", class: "button quiet", href: this.data.url, download: this.data.name }, icon("download", 15), "Download"),
      h("span", { key: "state", class: "muted small", role: "status" }, this.state()));
  }
}
