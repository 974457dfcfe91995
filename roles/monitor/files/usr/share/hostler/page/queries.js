// Managed by Hostler, role:monitor
// All that is asked of Prometheus, and by which names. Over time, only recorded series are read

const OWN = [
  "facts_timestamp_seconds", "facts_failed", "reboot_due", "unit_failed", "drift_files", "host_info", "slot_live", "slot_release_info", "slot_up",
  "slot_memory_bytes", "slot_memory_limit_bytes", "slot_restarts_total", "slot_oom_kills_total", "slot_workers", "maintenance",
  "canary_percent", "lock_since_timestamp_seconds", "deploy_timestamp_seconds", "certificate_ends_timestamp_seconds",
  "certificate_failing_since_timestamp_seconds", "problem",
].join("|");
const RECORDED = "app:hostler_.+|host:hostler_.+|instance:node_.+";

export const SERIES = {
  requests: "app:hostler_requests:rate5m",
  errors: "app:hostler_errors:rate5m",
  p50: "app:hostler_latency_seconds:p50_5m",
  p95: "app:hostler_latency_seconds:p95_5m",
  p99: "app:hostler_latency_seconds:p99_5m",
  onHost: "host:hostler_requests:rate5m",
  used: "host:hostler_places_used:avg5m",
  places: "host:hostler_places:avg5m",
  cpu: "instance:node_cpu_busy:ratio5m",
  memory: "instance:node_memory_used:ratio",
  disk: "instance:node_disk_used:ratio",
};

/** The fleet as it stands: one query, so that all of it is of one moment. Of HAProxy's states, whether a server is up, or out; of what fails, who judges. */
export const NOW = `{__name__=~"up|ALERTS|haproxy_server_status|hostler_(${OWN})|${RECORDED}",state=~"UP|MAINT|",part=~"problems|",late!="true",alertstate!="pending"}`;

const quoted = (text) => JSON.stringify(text);

/** The apps' traffic, errors and latency over time; of one app where it is named. */
export const ofApps = (app) => `{__name__=~"app:hostler_.+"${app ? `,app=${quoted(app)}` : ""}}`;
/** An app's traffic by host. */
export const byHost = (app) => `${SERIES.onHost}{app=${quoted(app)}}`;
/** What one host has to do, and how it bears that. */
export const ofHost = (host) => `{__name__=~"host:hostler_.+",host=${quoted(host)}} or {__name__=~"instance:node_.+",instance=${quoted(host)}}`;
/** The share of its places that each host has in use. */
export const PLACES = "host:hostler_places_used:ratio5m";
/** What was deployed; each host tells of the last ten of each app, so that older ones are found at an earlier moment. */
export const EVENTS = "max by (app, turn, verb, release, by, outcome) (hostler_deploy_timestamp_seconds)";

/** {start, end, step}, all in seconds, on whole steps, so that the same question has the same answer from one refresh to the next. */
export function window(state, now, points = 240) {
  const step = Math.max(15, Math.ceil(state.range / points / 15) * 15);
  const end = Math.floor((state.end || now) / step) * step;
  return { start: end - Math.floor(state.range / step) * step, end, step };
}
