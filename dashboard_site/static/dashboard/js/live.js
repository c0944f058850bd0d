/**
 * The page's data: resources by address, kept fresh while somebody watches them.
 *
 * Views say what they need; how it arrives is this module's matter. Polling is the
 * the base; a push channel calls `invalidate` (read again) and `calm` (poll seldom).
 */

import { ApiError, read } from "./api.js";

const HIDDEN_SECONDS = 60;
const LONGEST_PAUSE_SECONDS = 60;
// What is pushed is still read now and then: a lost message must not be for ever.
const CALM_SECONDS = 30;

/**
 * @typedef {object} Snapshot
 * @property {any} data      last good answer; null before the first
 * @property {ApiError|null} error  why the newest try failed; null if it did not
 * @property {number|null} at  when the last good answer came, ms
 * @property {boolean} loading  a request is on its way
 */

const EMPTY = Object.freeze({ data: null, error: null, at: null, loading: true });

export class Live {
  #entries = new Map();
  #changed;
  #read;
  #pushed = [];

  /** `changed()` is called after every change; `reader` is replaceable for tests. */
  constructor(changed, reader = read) {
    this.#changed = changed;
    this.#read = reader;
    document.addEventListener("visibilitychange", () => this.#onVisibility());
    window.addEventListener("online", () => this.invalidate());
  }

  /** Watch exactly these addresses: `{url: seconds between reads}`; 0 reads once. */
  watch(wanted) {
    for (const [url, entry] of this.#entries) {
      if (url in wanted) continue;
      clearTimeout(entry.timer);
      entry.dropped = true;
      this.#entries.delete(url);
    }
    for (const [url, every] of Object.entries(wanted)) {
      const entry = this.#entries.get(url);
      if (!entry) {
        const fresh = { url, every, snapshot: EMPTY, etag: null, text: null, failures: 0, timer: 0 };
        this.#entries.set(url, fresh);
        this.#load(fresh);
      } else if (entry.every !== every) {
        entry.every = every;
        this.#plan(entry);
      }
    }
  }

  /** @returns {Snapshot} */
  get(url) {
    return this.#entries.get(url)?.snapshot ?? EMPTY;
  }

  /** Read again now what begins with `prefix` (all without one). */
  invalidate(prefix = "") {
    for (const entry of this.#entries.values()) {
      if (entry.url.startsWith(prefix)) this.#load(entry);
    }
  }

  /** What begins with one of these is told by a push channel: poll it seldom. */
  calm(prefixes) {
    this.#pushed = prefixes;
    for (const entry of this.#entries.values()) if (!entry.busy) this.#plan(entry);
  }

  /** The oldest of the polled resources that fails, as {since, error}, or null. */
  trouble() {
    let worst = null;
    for (const { snapshot, every } of this.#entries.values()) {
      if (!every || !snapshot.error || snapshot.error.status) continue;
      if (!worst || (snapshot.at ?? 0) < (worst.since ?? 0)) {
        worst = { since: snapshot.at, error: snapshot.error };
      }
    }
    return worst;
  }

  async #load(entry) {
    if (entry.busy) {
      entry.again = true;
      return;
    }
    entry.busy = true;
    clearTimeout(entry.timer);
    if (!entry.snapshot.loading) this.#set(entry, { loading: true });
    try {
      const { text, etag } = await this.#read(entry.url, entry.etag);
      entry.etag = etag;
      entry.failures = 0;
      // The same text keeps the same object, so nothing is computed or drawn again.
      const isNew = text !== null && text !== entry.text;
      if (isNew) entry.text = text;
      const data = isNew ? JSON.parse(text) : entry.snapshot.data;
      this.#set(entry, { data, error: null, at: Date.now(), loading: false });
    } catch (error) {
      entry.failures += 1;
      const known = error instanceof ApiError ? error : new ApiError("The answer cannot be read.");
      this.#set(entry, { error: known, loading: false });
    }
    entry.busy = false;
    if (entry.again) {
      entry.again = false;
      this.#load(entry);
    } else {
      this.#plan(entry);
    }
  }

  #set(entry, changes) {
    entry.snapshot = { ...entry.snapshot, ...changes };
    if (!entry.dropped) this.#changed();
  }

  #plan(entry) {
    clearTimeout(entry.timer);
    if (entry.dropped || (!entry.every && !entry.failures)) return;
    const isPushed = this.#pushed.some((prefix) => entry.url.startsWith(prefix));
    let seconds = isPushed && entry.every ? Math.max(entry.every, CALM_SECONDS) : entry.every || 5;
    if (entry.failures) {
      seconds = Math.max(entry.snapshot.error?.retryAfter ?? 0, seconds * 2 ** Math.min(entry.failures - 1, 5));
      seconds = Math.min(seconds, LONGEST_PAUSE_SECONDS);
    }
    if (document.hidden) seconds = Math.max(seconds, HIDDEN_SECONDS);
    // Spread the requests of many open pages.
    const spread = 0.9 + Math.random() * 0.2;
    entry.timer = setTimeout(() => this.#load(entry), seconds * 1000 * spread);
  }

  #onVisibility() {
    for (const entry of this.#entries.values()) {
      const age = Date.now() - (entry.snapshot.at ?? 0);
      if (!document.hidden && entry.every && age > entry.every * 1000) this.#load(entry);
      else this.#plan(entry);
    }
  }
}
