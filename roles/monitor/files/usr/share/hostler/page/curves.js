// Managed by Hostler, role:monitor
// Which charts there are, and what each shows: from the answers over time to what `Charts` draws
import { linesOf } from "./fleet.js";
import { SERIES } from "./queries.js";
import { latency, number, percent } from "./words.js";

const perSecond = (value) => (value === undefined ? number(value) : `${number(value)}/s`);

/** Errors as a share of requests, at each moment; none where nothing was asked. */
export const ratio = (errors, requests) => requests.map((all, index) => (all === null ? null : all > 0 ? (errors[index] ?? 0) / all : 0));

/** The charts of an answer (`api.answers`): of all apps, of one, or of a host. */
export function curves({ apps, more, over }, fleet, state) {
  const events = fleet.events.filter((one) => !state.app || one.app === state.app);
  const { times, lines } = linesOf(apps.found, over);
  const of = (name, called) => lines.filter(({ labels }) => labels.__name__ === name).map(({ labels, line }) => ({ name: called ?? labels.app, line }));
  const none = apps.why ? `Prometheus does not say: ${apps.why}.` : "Nothing was recorded in this time.";
  const base = { times, events, none };
  const errors = of(SERIES.errors);
  const single = state.app || fleet.apps.length === 1;
  const charts = [
    { ...base, title: "Requests", lines: of(SERIES.requests), format: perSecond },
    {
      ...base,
      title: "Errors",
      lines: of(SERIES.requests).map(({ name, line }) => ({ name, line: ratio(errors.find((one) => one.name === name)?.line ?? [], line) })),
      format: percent,
      least: 0.01, // a few errors are not to look like many
    },
    {
      ...base,
      title: single ? "Latency" : "Latency, p95",
      lines: single ? ["p50", "p95", "p99"].flatMap((key) => of(SERIES[key], key)) : of(SERIES.p95),
      format: latency,
    },
  ];
  if (!state.host && !state.app) return charts;
  const found = linesOf(more.found, over);
  const own = { ...base, none: more.why ? `Prometheus does not say: ${more.why}.` : base.none };
  const named = (name, label) => found.lines.filter(({ labels }) => labels.__name__ === name).map(({ labels, line }) => ({ name: labels[label], line }));
  if (!state.host) return [...charts, { ...own, title: "Requests by host", lines: named(SERIES.onHost, "host"), format: perSecond }];
  const places = named(SERIES.places, "app");
  const used = named(SERIES.used, "app").map(({ name, line }) => {
    const all = places.find((one) => one.name === name)?.line ?? [];
    return { name, line: line.map((value, index) => (value === null || !all[index] ? null : value / all[index])) };
  });
  const machine = [["processor", SERIES.cpu], ["memory", SERIES.memory], ["disk", SERIES.disk]];
  const bears = machine.flatMap(([name, series]) => named(series, "instance").slice(0, 1).map(({ line }) => ({ name, line })));
  return [
    { ...own, title: `Requests on ${state.host}`, lines: named(SERIES.onHost, "app"), format: perSecond },
    { ...own, title: "Places in use", lines: used, format: percent, most: 1 },
    { ...own, title: "Processor, memory and disk", lines: bears, format: percent, most: 1 },
  ];
}
