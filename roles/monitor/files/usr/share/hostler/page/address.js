// Managed by Hostler, role:monitor
// What is looked at, as it stands in the address after "#": so that it can be sent to someone, and the way back works
import { stamp } from "./words.js";

export const RANGES = { "1h": 3600, "6h": 21600, "24h": 86400, "7d": 604800, "30d": 2592000 };
export const START = { app: "", host: "", range: 21600, end: 0 };
const LONGEST = 366 * 86400;

/** {app, host, range (seconds), end (seconds since 1970; 0 is now)}; what cannot be read is as at the start. */
export function parse(hash) {
  const given = new URLSearchParams(hash.replace(/^#/, ""));
  const range = RANGES[given.get("range")] ?? Number.parseInt(given.get("range") ?? "", 10);
  const end = Date.parse(given.get("end") ?? "") / 1000;
  return {
    app: given.get("app") ?? "",
    host: given.get("host") ?? "",
    range: range >= 60 && range <= LONGEST ? range : START.range,
    end: end > 0 ? Math.floor(end) : 0,
  };
}

export function format(state) {
  const said = new URLSearchParams();
  for (const key of ["app", "host"]) if (state[key]) said.set(key, state[key]);
  const name = Object.keys(RANGES).find((key) => RANGES[key] === state.range) ?? `${Math.round(state.range)}s`;
  if (state.range !== START.range || state.end) said.set("range", name);
  if (state.end) said.set("end", stamp(state.end));
  return `#${said.toString().replaceAll("%3A", ":")}`;
}

export const changed = (state, change) => format({ ...state, ...change });

/** The hour in whose middle this is; the last one where that is not over yet. */
export function hour(state, at, now) {
  return changed(state, { range: RANGES["1h"], end: at + 1800 < now ? Math.floor(at + 1800) : 0 });
}
