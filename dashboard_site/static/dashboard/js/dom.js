/**
 * A very small virtual DOM: views describe what is to be seen, `patch` changes the rest.
 *
 * Focus, scroll positions, open details and half-typed inputs survive every poll,
 * because unchanged elements are never touched.
 */

const SVG = "http://www.w3.org/2000/svg";
const PROPERTIES = new Set(["value", "checked", "disabled", "open", "indeterminate"]);

/**
 * Describe an element. Props are attributes, except: `on…` (handlers), `css` (custom
 * properties and styles set by script, which the Content-Security-Policy allows), `key`
 * (identity among its siblings), and `island` with `data` (content managed by others).
 * An island is `{mount(node, data) → handle, update(handle, data), unmount(handle)}`.
 */
export function h(tag, props, ...kids) {
  return { tag, props: props ?? {}, kids: flatten(kids) };
}

function flatten(kids, out = []) {
  for (const kid of kids) {
    if (Array.isArray(kid)) flatten(kid, out);
    else if (kid !== null && kid !== undefined && kid !== false && kid !== "") {
      out.push(typeof kid === "object" ? kid : String(kid));
    }
  }
  return out;
}

/** Make the children of `parent` equal to what `vnodes` (one, or nested lists) describe. */
export function patch(parent, ...vnodes) {
  patchKids(parent, flatten(vnodes));
}

function patchKids(parent, wanted) {
  const keyed = new Map();
  const free = [];
  for (const node of parent.childNodes) {
    if (node.$key === undefined) free.push(node);
    else keyed.set(node.$key, node);
  }
  let next = 0;
  const nodes = wanted.map((vnode) => {
    const key = vnode.props?.key;
    const candidate = key === undefined ? free[next++] : keyed.get(key);
    if (candidate && fits(candidate, vnode)) {
      update(candidate, vnode);
      return candidate;
    }
    return create(vnode, parent);
  });
  const kept = new Set(nodes);
  for (const node of [...parent.childNodes]) {
    if (!kept.has(node)) {
      release(node);
      node.remove();
    }
  }
  nodes.forEach((node, place) => {
    if (parent.childNodes[place] !== node) parent.insertBefore(node, parent.childNodes[place]);
  });
}

function fits(node, vnode) {
  if (typeof vnode === "string") return node.nodeType === Node.TEXT_NODE;
  return (
    node.localName === vnode.tag &&
    node.$key === vnode.props.key &&
    node.$island?.kind === vnode.props.island
  );
}

function create(vnode, parent) {
  if (typeof vnode === "string") return document.createTextNode(vnode);
  const inSvg = vnode.tag === "svg" || (parent.namespaceURI === SVG && parent.localName !== "foreignObject");
  const node = inSvg ? document.createElementNS(SVG, vnode.tag) : document.createElement(vnode.tag);
  node.$key = vnode.props.key;
  node.$props = {};
  if (vnode.props.island) node.$island = { kind: vnode.props.island };
  update(node, vnode);
  return node;
}

function update(node, vnode) {
  if (typeof vnode === "string") {
    if (node.data !== vnode) node.data = vnode;
    return;
  }
  const before = node.$props;
  for (const name in before) if (!(name in vnode.props)) setProp(node, name, null, before[name]);
  for (const name in vnode.props) setProp(node, name, vnode.props[name], before[name]);
  node.$props = vnode.props;
  if (node.$island) updateIsland(node, vnode.props.data);
  else patchKids(node, vnode.kids);
  // A choice exists only once its options do.
  if (vnode.tag === "select") setProp(node, "value", vnode.props.value);
}

function updateIsland(node, data) {
  const island = node.$island;
  if (!("handle" in island)) {
    // The element is in the document only after this patch; sizes are known then.
    island.data = data;
    island.handle = null;
    queueMicrotask(() => {
      if (node.$island !== island) return;
      island.handle = island.kind.mount(node, island.data);
    });
  } else if (island.data !== data) {
    island.data = data;
    if (island.handle) island.kind.update(island.handle, data);
  }
}

function setProp(node, name, value, before) {
  if (name === "key" || name === "island" || name === "data") return;
  if (name.startsWith("on")) {
    node[name] = value;
  } else if (name === "css") {
    for (const property in { ...before, ...value }) {
      if (before?.[property] === value?.[property] && before) continue;
      node.style.setProperty(property, value?.[property] ?? "");
    }
  } else if (PROPERTIES.has(name) && node.namespaceURI !== SVG && node.localName !== "option") {
    // What a person is typing wins over what the state says.
    if (name === "value" && node === document.activeElement) return;
    if (name === "open" && before === value) return;
    if (node[name] !== (value ?? "")) node[name] = value ?? "";
  } else if (value !== before) {
    if (value === null || value === undefined || value === false) node.removeAttribute(name);
    else node.setAttribute(name, value === true ? "" : value);
  }
}

function release(node) {
  if (node.$island) {
    if (node.$island.handle) node.$island.kind.unmount(node.$island.handle);
    node.$island = null;
    return;
  }
  for (const kid of node.childNodes) release(kid);
}

/** Return `fn` with its last result kept while its arguments stay the same. */
export function memo(fn) {
  let lastArguments = null;
  let result;
  return (...args) => {
    const same =
      lastArguments?.length === args.length && args.every((arg, i) => Object.is(arg, lastArguments[i]));
    if (!same) {
      result = fn(...args);
      lastArguments = args;
    }
    return result;
  };
}
