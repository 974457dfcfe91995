// Managed by Hostler, role:monitor
// From what Prometheus and Alertmanager answer to the fleet as this page tells of it. Nothing here asks, waits or draws
import { SERIES } from "./queries.js";

const OLD = 90; // seconds after which what a host says of itself is not of now
const JOBS = { node: "the host itself", haproxy: "its HAProxy", requests: "its reader of requests" };

/** Series by name: the labels of each, with its `value`. */
function byName(series) {
  const found = new Map();
  for (const { metric, value } of series) {
    const { __name__: name, ...labels } = metric;
    if (!found.has(name)) found.set(name, []);
    found.get(name).push({ ...labels, value: Number(value[1]) });
  }
  return (name) => found.get(name) ?? [];
}

const sorted = (items) => [...new Set(items.filter(Boolean))].sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
const fits = (wanted) => (one) => Object.entries(wanted).every(([key, value]) => one[key] === value);
const first = (list, wanted) => list.find(fits(wanted));
const sum = (list) => (list.length ? list.reduce((all, one) => all + one.value, 0) : undefined);

/** The slots of an app on a host, as they stand and as each balancer sees them. */
function slotsOf(of, apps) {
  const server = of("haproxy_server_status").filter((one) => one.app && one.slot && one.host);
  const told = [...of("hostler_slot_up"), ...server];
  const keys = sorted(told.map(({ app, slot, host }) => JSON.stringify([host, app, slot]))).map((key) => JSON.parse(key));
  return keys.map(([host, app, slot]) => {
    const own = { host, app, slot };
    const value = (name) => first(of(name), own)?.value;
    const wanted = apps.find((one) => one.name === app);
    return {
      ...own,
      live: wanted?.live === slot,
      wanted: wanted?.releases[slot] ?? "",
      release: first(of("hostler_slot_release_info"), own)?.release ?? "",
      up: value("hostler_slot_up"),
      // By each balancer: up, out of rotation because somebody said so, or down
      seen: Object.fromEntries(server.filter(fits({ ...own, state: "UP" })).map((one) => [one.instance, one.value === 1])),
      out: server.filter(fits({ ...own, state: "MAINT" })).filter((one) => one.value === 1).map((one) => one.instance),
      memory: value("hostler_slot_memory_bytes"),
      limit: value("hostler_slot_memory_limit_bytes"),
      restarts: value("hostler_slot_restarts_total"),
      kills: value("hostler_slot_oom_kills_total"),
      workers: value("hostler_slot_workers"),
    };
  });
}

/** An app: what is live of it by each balancer, and how it does. */
function appOf(of, name, events) {
  const here = (series) => of(series).filter((one) => one.app === name);
  const lives = sorted(here("hostler_slot_live").filter((one) => one.value === 1).map((one) => one.slot));
  // What a balancer's map names; web hosts tell of the same series with their own name as `host`
  const releases = Object.fromEntries(here("hostler_slot_release_info").filter((one) => !one.host).map((one) => [one.slot, one.release]));
  const now = Object.fromEntries(["requests", "errors", "p50", "p95", "p99"].map((key) => [key, sum(here(SERIES[key]))]));
  const live = lives[0] ?? "";
  const switched = events.find((one) => one.app === name && one.outcome === "switched");
  return {
    name,
    live,
    lives,
    releases,
    release: releases[live] ?? "",
    canary: Math.max(0, ...here("hostler_canary_percent").map((one) => one.value)),
    maintenance: here("hostler_maintenance").some((one) => one.value === 1),
    switched,
    ...now,
    ratio: now.requests > 0 ? (now.errors ?? 0) / now.requests : now.requests,
  };
}

/** A host: what it says of itself, and which of it Prometheus can ask. */
function hostOf(of, name, now) {
  const own = { instance: name };
  const value = (series, more = {}) => first(of(series), { ...own, ...more })?.value;
  const ups = of("up").filter((one) => one.instance === name && JOBS[one.job]);
  const told = value("hostler_facts_timestamp_seconds");
  const balances = ups.some((one) => one.job === "haproxy") || of("haproxy_server_status").some(fits(own));
  const serves = of("haproxy_server_status").some((one) => one.host === name);
  const said = sorted(of("hostler_host_info").filter(fits(own)).map((one) => one.role));
  const here = (series) => sum(of(series).filter((one) => one.host === name));
  return {
    name,
    roles: said.length ? said : sorted([balances && "balancer", serves && "web"]),
    silent: ups.filter((one) => one.value === 0).map((one) => JOBS[one.job]),
    down: value("up", { job: "node" }) === 0,
    // Of a host that does not answer, that is enough
    late: told && now - told > OLD && value("up", { job: "node" }) !== 0 ? now - told : 0,
    blind: value("hostler_facts_failed", { part: "problems" }) === 1,
    cpu: value(SERIES.cpu),
    memory: value(SERIES.memory),
    disk: Math.max(...of(SERIES.disk).filter(fits(own)).map((one) => one.value)),
    used: here(SERIES.used),
    places: here(SERIES.places),
    failed: sorted(of("hostler_unit_failed").filter((one) => one.instance === name && one.value === 1).map((one) => one.unit)),
    drift: value("hostler_drift_files") ?? 0,
    reboot: value("hostler_reboot_due") === 1,
    lock: value("hostler_lock_since_timestamp_seconds"),
  };
}

/** What was deployed, newest first, each once: from now and from earlier moments. */
export function eventsOf(series) {
  const once = new Map();
  for (const { metric, value, values } of series) {
    const { app, turn, verb, release, by, outcome } = metric;
    once.set([app, turn, verb, release, outcome].join("\n"), { app, turn, verb, release, by, outcome, at: Number((value ?? values.at(-1))[1]) });
  }
  return [...once.values()].sort((a, b) => b.at - a.at || Number(b.turn) - Number(a.turn));
}

const SEVERITIES = ["page", "ticket", "info"];
const weight = (alert) => (SEVERITIES.indexOf(alert.severity) + 1 || SEVERITIES.length);

/** Open alerts, the worst first; from Prometheus where Alertmanager does not answer, which knows no sentences. The watchdog always is. */
export function alertsOf(alerts, of) {
  const open = alerts.why
    ? of("ALERTS").map(({ value, alertname, alertstate, ...labels }) => ({ name: alertname, labels }))
    : alerts.found.map(({ labels: { alertname, ...labels }, annotations, startsAt }) => ({
        name: alertname,
        labels,
        since: Date.parse(startsAt) / 1000,
        summary: annotations.summary,
        action: annotations.action,
        runbook: annotations.runbook,
      }));
  return open
    .filter((one) => one.name !== "Watchdog")
    .map((one) => ({ ...one, severity: one.labels.severity ?? "", about: one.labels.host ?? one.labels.instance ?? "", app: one.labels.app ?? "" }))
    .sort((a, b) => weight(a) - weight(b) || a.name.localeCompare(b.name) || a.about.localeCompare(b.about));
}

/** Certificates by domain: the day of the one that ends first, and since when the balancers fail to renew it. */
function certificatesOf(of) {
  const ends = of("hostler_certificate_ends_timestamp_seconds");
  const failing = of("hostler_certificate_failing_since_timestamp_seconds");
  return sorted(ends.map((one) => one.domain))
    .map((domain) => ({
      domain,
      ends: Math.min(...ends.filter(fits({ domain })).map((one) => one.value)),
      failing: Math.min(...failing.filter(fits({ domain })).map((one) => one.value)),
    }))
    .sort((a, b) => a.ends - b.ends);
}

/** The fleet of these answers (`api.answers`), at the moment `now`, in seconds. */
export function fleetOf({ series, alerts, events }, now) {
  const of = byName(series);
  const done = eventsOf([...events.found, ...series.filter((one) => one.metric.__name__ === "hostler_deploy_timestamp_seconds")]);
  const seen = ["hostler_slot_live", "hostler_slot_up", "haproxy_server_status", SERIES.requests].flatMap(of);
  const apps = sorted(seen.map((one) => one.app)).map((name) => appOf(of, name, done));
  const targets = of("up").filter((one) => JOBS[one.job]);
  const names = [...targets.map((one) => one.instance), ...of("haproxy_server_status").map((one) => one.host)];
  const hosts = sorted(names).map((name) => hostOf(of, name, now));
  return {
    empty: targets.length === 0,
    apps,
    hosts,
    slots: slotsOf(of, apps),
    balancers: hosts.filter((host) => host.roles.includes("balancer")).map((host) => host.name),
    locked: Math.min(...hosts.map((host) => host.lock).filter(Boolean)),
    certificates: certificatesOf(of),
    events: done,
    alerts: alertsOf(alerts, of),
    unalerted: alerts.why,
    // What a host told long ago may be mended
    problems: of("hostler_problem").filter((one) => !first(hosts, { name: one.instance })?.late),
  };
}

/** Lines of a chart from the answer to a range: [times, ...values], and the labels of each. Where there is no point, there is none. */
export function linesOf(series, { start, end, step }) {
  const times = Array.from({ length: Math.round((end - start) / step) + 1 }, (_, index) => start + index * step);
  const lines = series.map(({ metric, values }) => {
    const line = new Array(times.length).fill(null);
    for (const [at, text] of values) {
      const value = Number(text);
      const index = Math.round((at - start) / step);
      if (index >= 0 && index < line.length && Number.isFinite(value)) line[index] = value;
    }
    return { labels: metric, line };
  });
  return { times, lines };
}
