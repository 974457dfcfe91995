// Managed by Hostler, role:monitor
// Charts over time, by uPlot; each with its figures as a table
import { h, put } from "./dom.js";
import { clock, minute } from "./words.js";

const MARKS = { deploy: "▲", rollback: "▼", failed: "✕", other: "◆" };
const DASHES = [[], [6, 3], [2, 3], [10, 3, 2, 3], [4, 2, 1, 2]]; // lines differ by more than their colour
const COLOURS = 5;
const ROWS = 24; // of a table: what one can hear without losing the thread

/** How an event is marked: by what it was, and failed whatever it was. */
export const mark = ({ verb, outcome }) => (outcome === "failed" ? MARKS.failed : MARKS[verb] ?? MARKS.other);

const colour = (name) => getComputedStyle(document.body).getPropertyValue(name).trim();
const ink = (index) => () => colour(`--line-${index % COLOURS}`);

/** Draws events as upright lines with their sign on top. */
function drawEvents(chart, events) {
  const { ctx, bbox } = chart;
  const ratio = devicePixelRatio;
  ctx.save();
  ctx.strokeStyle = ctx.fillStyle = colour("--ink-soft");
  ctx.lineWidth = ratio;
  ctx.textAlign = "center";
  ctx.font = `${11 * ratio}px sans-serif`;
  for (const event of events) {
    const x = Math.round(chart.valToPos(event.at, "x", true));
    if (x < bbox.left || x > bbox.left + bbox.width) continue;
    ctx.setLineDash([2 * ratio, 3 * ratio]);
    ctx.beginPath();
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
    ctx.stroke();
    ctx.fillText(mark(event), x, bbox.top - 3 * ratio);
  }
  ctx.restore();
}

/** The values at some moments, the last among them, for who does not see the chart. */
function asTable(spec) {
  const every = Math.max(1, Math.ceil(spec.times.length / ROWS));
  const rows = spec.times.map((time, index) => [time, index]).filter(([, index]) => (spec.times.length - 1 - index) % every === 0).reverse();
  return h("details", { "data-key": `table ${spec.title}` },
    h("summary", {}, "As a table", h("span.hidden", {}, `: ${spec.title}`)),
    h("div.scroll", { tabindex: 0, role: "region", "aria-label": `${spec.title}, as a table` },
      h("table.figures", {},
        h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "UTC"), spec.lines.map(({ name }) => h("th", { scope: "col" }, name)))),
        h("tbody", {}, rows.map(([time, index]) =>
          h("tr", {}, h("th", { scope: "row" }, minute(time)), spec.lines.map(({ line }) => h("td", {}, spec.format(line[index] ?? undefined)))))))));
}

/** A chart in `place`. It is made once, and made anew only where it gets other lines. */
class Chart {
  constructor(place, choose) {
    this.choose = choose;
    this.title = h("h3");
    this.plot = h("div.plot");
    this.legend = h("ul.legend");
    this.rest = h("div");
    this.figure = h("figure", {}, this.title, this.plot, this.legend, this.rest);
    place.append(this.figure);
    // Not by the window: it is the column that counts
    new ResizeObserver(() => this.chart?.setSize(this.size())).observe(this.plot);
  }

  size() {
    return { width: Math.max(160, this.plot.clientWidth), height: 170 };
  }

  /** `spec`: {title, times, lines: [{name, line}], format, most (the scale's, or nothing), least (that the scale has), events, none (a sentence)}. */
  show(spec) {
    const before = this.spec;
    this.spec = spec;
    this.title.textContent = spec.title;
    const some = spec.lines.some(({ line }) => line.some((value) => value !== null));
    this.legendAt(null);
    put(this.rest, some ? asTable(spec) : "");
    if (!some) {
      this.chart?.destroy();
      this.chart = undefined;
      this.plot.replaceChildren(h("p.nothing", {}, spec.none));
      return;
    }
    const shape = ({ title, lines }) => JSON.stringify([title, lines.map(({ name }) => name)]);
    const data = [spec.times, ...spec.lines.map(({ line }) => line)];
    if (this.chart && before && shape(before) === shape(spec)) this.chart.setData(data);
    else this.make(data);
  }

  make(data) {
    this.chart?.destroy();
    this.plot.replaceChildren();
    const quiet = { stroke: () => colour("--ink-soft"), grid: { stroke: () => colour("--line"), width: 1 }, ticks: { show: false }, font: "12px sans-serif" };
    const many = this.spec.lines.length > COLOURS;
    this.chart = new window.uPlot({
      ...this.size(),
      padding: [14, 18, 0, 0],
      tzDate: (seconds) => window.uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"),
      legend: { show: false },
      cursor: { sync: { key: "time" }, drag: { x: true, y: false, setScale: false }, points: { size: 6 } },
      scales: { x: { range: () => [this.spec.times[0], this.spec.times.at(-1)] }, y: { range: (_, __, most) => [0, this.spec.most ?? (Math.max(most * 1.1, this.spec.least ?? 0) || 1)] } },
      axes: [
        { ...quiet, space: 60, size: 30, values: (_, times, __, ___, step) => times.map((time) => (step < 86400 && time % 86400 ? clock(time).slice(0, step < 60 ? 8 : 5) : minute(time).slice(5, 10))) },
        { ...quiet, size: 62, space: 34, values: (_, values) => values.map((value) => this.spec.format(value)) },
      ],
      series: [{}, ...this.spec.lines.map((_, index) => ({
        stroke: many ? () => colour("--ink-soft") : ink(index),
        width: many ? 1 : 1.75,
        dash: many ? [] : DASHES[index % DASHES.length],
        points: { show: false },
      }))],
      hooks: {
        draw: [(chart) => drawEvents(chart, this.spec.events)],
        setCursor: [(chart) => this.legendAt(chart.cursor.idx)],
        setSelect: [(chart) => this.chosen(chart)],
      },
    }, data, this.plot);
    this.plot.querySelector("canvas").setAttribute("aria-hidden", "true");
  }

  /** What was drawn over is looked at closer. */
  chosen(chart) {
    const { left, width } = chart.select;
    if (width < 8) return;
    chart.setSelect({ left: 0, width: 0, top: 0, height: 0 }, false);
    this.choose(chart.posToVal(left, "x"), chart.posToVal(left + width, "x"));
  }

  /** Each line by its name, with its value where the pointer is, or its last one. */
  legendAt(index) {
    const { lines, format, times } = this.spec;
    const many = lines.length > COLOURS;
    const value = (line) => (index === null || index === undefined ? line.findLast((one) => one !== null) : line[index]);
    const shown = many ? lines.toSorted((a, b) => (value(b.line) ?? -1) - (value(a.line) ?? -1)).slice(0, COLOURS) : lines;
    put(this.legend,
      ...shown.map(({ name, line }) => h("li", {}, many ? "" : h(`i.dash.dash-${lines.findIndex((one) => one.name === name) % COLOURS}`), `${name} `, h("b", {}, format(value(line) ?? undefined)))),
      many ? h("li", {}, `and ${lines.length - COLOURS} more`) : "",
      index === null || index === undefined || !times[index] ? "" : h("li.soft", {}, `${minute(times[index])} UTC`));
  }

  redraw() {
    this.chart?.redraw(false);
  }

  remove() {
    this.chart?.destroy();
    this.figure.remove();
  }
}

/** Charts in `place`; `choose(from, to)` is told what a pointer has drawn over. */
export class Charts {
  constructor(place, choose) {
    Object.assign(this, { place, choose, charts: [] });
    for (const query of ["(prefers-color-scheme: dark)", "(forced-colors: active)"]) {
      matchMedia(query).addEventListener("change", () => this.charts.forEach((chart) => chart.redraw()));
    }
  }

  show(specs) {
    while (this.charts.length > specs.length) this.charts.pop().remove();
    while (this.charts.length < specs.length) this.charts.push(new Chart(this.place, this.choose));
    specs.forEach((spec, index) => this.charts[index].show(spec));
  }
}
