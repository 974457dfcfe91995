// Managed by Hostler, role:monitor
// Making and changing what is on the page

/** An element, such as h("a.button", {href: "#"}, "Text"). `style` sets custom properties; a property without a value is left out. */
export function h(what, given = {}, ...children) {
  const [tag, ...classes] = what.split(".");
  const node = document.createElement(tag);
  if (classes.length) node.className = classes.join(" ");
  for (const [key, value] of Object.entries(given)) {
    if (value === undefined || value === null || value === false) continue;
    if (key === "style") for (const [name, one] of Object.entries(value)) node.style.setProperty(name, one);
    else node.setAttribute(key, value === true ? "" : value);
  }
  node.append(...children.flat(9).filter((child) => child !== undefined && child !== null && child !== false && child !== ""));
  return node;
}

const kept = new WeakMap();
const handle = (node) => node.getAttribute("data-key") ?? node.getAttribute("href") ?? "";

/** Have `place` hold these, and touch nothing where it does already: who reads there, or has opened something, is not disturbed. */
export function put(place, ...nodes) {
  const made = h("div", {}, ...nodes);
  if (kept.get(place) === made.innerHTML) return;
  kept.set(place, made.innerHTML);
  const active = place.contains(document.activeElement) ? handle(document.activeElement) : "";
  const open = new Set([...place.querySelectorAll("details[open]")].map(handle));
  place.replaceChildren(...made.childNodes);
  for (const one of place.querySelectorAll("details")) if (open.has(handle(one))) one.open = true;
  if (active) [...place.querySelectorAll("a, button, summary")].find((one) => handle(one) === active)?.focus({ preventScroll: true });
}

const SVG = "http://www.w3.org/2000/svg";

/** A line without axes, of values from 0 to 1; where there is none, a gap. What it says is said in words beside it. */
export function spark(values, width = 96, high = 22) {
  const node = document.createElementNS(SVG, "svg");
  const step = width / Math.max(1, values.length - 1);
  let path = "";
  values.forEach((value, index) => {
    if (value === null) return;
    const at = `${(index * step).toFixed(1)} ${(high - 1 - Math.min(1, value) * (high - 2)).toFixed(1)}`;
    path += `${index > 0 && values[index - 1] !== null ? "L" : "M"}${at}`;
  });
  node.setAttribute("viewBox", `0 0 ${width} ${high}`);
  node.setAttribute("class", "spark");
  node.setAttribute("aria-hidden", "true");
  const line = document.createElementNS(SVG, "path");
  line.setAttribute("d", path);
  node.append(line);
  return node;
}

/** A table that is a list of cards where it is narrow; each of `rows` is {key, cells, level}. */
export function table(label, heads, rows) {
  return h("div.scroll", { tabindex: 0, role: "region", "aria-label": label },
    h("table.list", { role: "table" },
      h("thead", { role: "rowgroup" }, h("tr", { role: "row" }, heads.map((head) => h("th", { role: "columnheader", scope: "col" }, head)))),
      h("tbody", { role: "rowgroup" }, rows.map(({ cells, level }) =>
        h(level ? `tr.${level}` : "tr", { role: "row" }, cells.map((cell, index) => index
          ? h("td", { role: "cell", "data-label": heads[index] }, cell)
          : h("th", { role: "rowheader", scope: "row" }, cell)))))));
}
