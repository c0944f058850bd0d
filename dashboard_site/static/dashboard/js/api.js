/** Requests to the public API: the one error shape, conditional reads, CSRF for changes. */

const TIMEOUT_MS = 20_000;
let skewMs = 0;

/** What went wrong, for people (`message`) and for code (`status`, `code`, `details`). */
export class ApiError extends Error {
  constructor(message, { status = 0, code = "", details = null, retryAfter = null, id = null } = {}) {
    super(message);
    Object.assign(this, { status, code, details, retryAfter, id });
  }
}

/** The present moment by the server's clock, ms: countdowns do not trust the viewer's. */
export const serverNow = () => Date.now() + skewMs;

function noteServerTime(response) {
  const at = Date.parse(response.headers.get("Date") ?? "");
  if (Number.isNaN(at) || response.headers.get("Age")) return;
  const skew = at - Date.now();
  // The header has whole seconds; smaller differences are rounding and travel.
  skewMs = Math.abs(skew) < 3000 ? 0 : skew;
}

async function send(path, options) {
  try {
    const response = await fetch(path, {
      credentials: "same-origin",
      cache: "no-store",
      signal: AbortSignal.timeout(TIMEOUT_MS),
      ...options,
    });
    noteServerTime(response);
    return response;
  } catch (cause) {
    const message =
      cause?.name === "TimeoutError"
        ? `No answer within ${TIMEOUT_MS / 1000} seconds.`
        : "The server cannot be reached.";
    throw new ApiError(message, { code: "network" });
  }
}

async function failure(response) {
  let body = null;
  try {
    body = await response.json();
  } catch {
    // Not our envelope, for instance the error page of a proxy.
  }
  const retryAfter = Number(response.headers.get("Retry-After")) || null;
  return new ApiError(body?.error ?? `The server answered ${response.status} ${response.statusText}.`, {
    status: response.status, code: body?.code, details: body?.details, retryAfter, id: body?.error_id,
  });
}

/**
 * Read JSON. With the `etag` of the last answer an unchanged one costs no body.
 * @returns {Promise<{text: string|null, etag: string|null}>} text is null: not changed
 */
export async function read(path, etag = null) {
  const headers = { Accept: "application/json" };
  if (etag) headers["If-None-Match"] = etag;
  const response = await send(path, { headers });
  if (response.status === 304) return { text: null, etag };
  if (!response.ok) throw await failure(response);
  return { text: await response.text(), etag: response.headers.get("ETag") };
}

/** Read JSON once, without polling. */
export async function readJson(path) {
  const { text } = await read(path);
  return JSON.parse(text);
}

/** Change something. @returns {Promise<{status: number, body: any}>} */
export async function change(method, path, body) {
  const headers = { Accept: "application/json" };
  const token = /(?:^|;\s*)csrftoken=([^;]+)/.exec(document.cookie)?.[1];
  if (token) headers["X-CSRFToken"] = token;
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const response = await send(path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
  if (!response.ok) throw await failure(response);
  const text = await response.text();
  return { status: response.status, body: text ? JSON.parse(text) : null };
}

/**
 * Read the bytes of a log from `offset` on; without one, the last `tail` bytes.
 * @returns {Promise<{bytes: Uint8Array, start: number, restarted: boolean}>}
 *   restarted: the log is not the one that was read before
 */
export async function readBytes(path, offset, tail) {
  const from = offset ?? Math.max(0, (await logSize(path)) - tail);
  // One byte that is known already: a range beyond the end would be an error.
  const asked = Math.max(0, from - 1);
  const response = await send(path, { headers: { Accept: "text/plain, */*", ...(asked > 0 && { Range: `bytes=${asked}-` }) } });
  if (response.status === 416) return { bytes: new Uint8Array(), start: from, restarted: true };
  if (!response.ok) throw await failure(response);
  const bytes = new Uint8Array(await response.arrayBuffer());
  const start = response.status === 206 ? asked : 0;
  return { bytes: bytes.subarray(from - start), start: from, restarted: start + bytes.length < from };
}

async function logSize(path) {
  const response = await send(`${path}?tail=1`, { headers: { Accept: "text/plain, */*" } });
  if (!response.ok) throw await failure(response);
  return Number(response.headers.get("X-Log-Size")) || 0;
}
