/**
 * Changes told by the server over a WebSocket: a topic has another version, so what it
 * covers is read again. Where the socket cannot be had, polling goes on as before.
 */

/** Topic → beginnings of the addresses whose answers it changes. */
const TOPICS = {
  sessions: ["/api/training/status", "/api/training/sessions", "/api/training/history", "/api/dashboard/"],
  agents: ["/api/agents/", "/api/metrics/quality", "/api/dashboard/"],
  metrics: ["/api/metrics/"],
  events: ["/api/logs/events"],
  alerts: ["/api/system/alerts"],
  host: ["/api/system/health/history"],
  schedule: ["/api/training/schedule", "/api/dashboard/overview"],
  storyboards: ["/api/storyboard/"],
  service: ["/api/status"],
};
const COVERED = [...new Set(Object.values(TOPICS).flat())];

const FIRST_PAUSE_MS = 1000;
const LONGEST_PAUSE_MS = 60_000;
const UNAUTHORIZED = 4403;

/** Keep a connection to `/ws/dashboard` and tell `live` what to read again. */
export class Push {
  #live;
  #versions = {};
  #pause = FIRST_PAUSE_MS;
  #timer = 0;

  constructor(live) {
    this.#live = live;
    this.#connect();
    // A laptop that wakes up should not wait for the next try.
    window.addEventListener("online", () => this.#soon(0));
    document.addEventListener("visibilitychange", () => document.hidden || this.socket || this.#soon(0));
  }

  #connect() {
    const socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws/dashboard`);
    this.socket = socket;
    socket.onopen = () => {
      this.#pause = FIRST_PAUSE_MS;
      // With the versions seen so far, the server tells only what was missed.
      socket.send(JSON.stringify({ subscribe: Object.keys(TOPICS), versions: this.#versions }));
      this.#live.calm(COVERED);
    };
    socket.onmessage = (event) => this.#onMessage(event.data);
    socket.onclose = (event) => this.#onClose(socket, event.code);
  }

  #onMessage(text) {
    const { topic, version } = JSON.parse(text);
    this.#versions[topic] = version;
    for (const prefix of TOPICS[topic] ?? []) this.#live.invalidate(prefix);
  }

  #onClose(socket, code) {
    if (this.socket !== socket) return;
    this.socket = null;
    this.#live.calm([]);
    if (code === UNAUTHORIZED) this.#pause = LONGEST_PAUSE_MS;
    this.#soon(this.#pause * (0.7 + Math.random() * 0.6));
    this.#pause = Math.min(this.#pause * 2, LONGEST_PAUSE_MS);
  }

  #soon(milliseconds) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.socket || this.#connect(), milliseconds);
  }
}
