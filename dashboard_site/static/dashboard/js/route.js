/** The address of a view: `#/name/id?key=value`. All state that outlives a reload is here. */

/** @returns {{name: string, id: string|null, query: Object<string, string>}} */
export function parseRoute(hash) {
  const [path, search = ""] = hash.replace(/^#\/?/, "").split("?", 2);
  const [name = "", id = null] = path.split("/").filter(Boolean).map(decodeURIComponent);
  return { name: name || "overview", id, query: Object.fromEntries(new URLSearchParams(search)) };
}

/** The address of a view; null, undefined and "" leave a key out. */
export function href(name, id = null, query = {}) {
  const search = new URLSearchParams(
    Object.entries(query).filter(([, value]) => value !== null && value !== undefined && value !== ""),
  ).toString();
  const path = [name === "overview" ? "" : name, id].filter(Boolean).map(encodeURIComponent).join("/");
  return `#/${path}${search ? `?${search}` : ""}`;
}

/** Change parts of the query of the current address, without a new entry in the history. */
export function setQuery(changes) {
  const route = parseRoute(location.hash);
  history.replaceState(null, "", href(route.name, route.id, { ...route.query, ...changes }));
  window.dispatchEvent(new HashChangeEvent("hashchange"));
}
