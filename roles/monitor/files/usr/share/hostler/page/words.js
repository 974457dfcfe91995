// Managed by Hostler, role:monitor
// Figures and times as people read them. Times are UTC, as in the hosts' logs and the history

const round = (value, digits) => value.toLocaleString("en", { maximumFractionDigits: digits });
export const known = (value) => typeof value === "number" && Number.isFinite(value);
export const NONE = "–";

/** A count, or a rate per second, with three figures at most below a thousand. */
export function number(value) {
  if (!known(value)) return NONE;
  const size = Math.abs(value);
  return round(value, size >= 100 || size === 0 ? 0 : size >= 10 ? 1 : size >= 0.01 ? 2 : 4);
}

/** A share of one; what is small but not nothing is never shown as 0 %. */
export function percent(value) {
  if (!known(value)) return NONE;
  const of100 = value * 100;
  return of100 > 0 && of100 < 0.01 ? "< 0.01 %" : `${round(of100, of100 < 1 ? 2 : of100 < 10 ? 1 : 0)} %`;
}

/** A duration of a request, given in seconds. */
export function latency(value) {
  if (!known(value)) return NONE;
  return value < 0.9995 ? `${round(value * 1000, value < 0.01 ? 1 : 0)} ms` : `${round(value, 2)} s`;
}

export function bytes(value) {
  if (!known(value)) return NONE;
  const units = ["B", "kB", "MB", "GB", "TB"];
  let index = 0;
  for (; value >= 999.5 && index < units.length - 1; index += 1) value /= 1000;
  return `${round(value, value < 10 && index > 2 ? 1 : 0)} ${units[index]}`;
}

/** How long, given in seconds: one unit, the largest that gives two or more, or one of it. */
export function lasting(seconds) {
  for (const [unit, name] of [[86400, "day"], [3600, "hour"], [60, "minute"]]) {
    if (seconds >= unit * (name === "day" ? 2 : 1)) {
      const count = Math.floor(seconds / unit);
      return `${count} ${name}${count === 1 ? "" : "s"}`;
    }
  }
  const count = Math.max(0, Math.floor(seconds));
  return `${count} second${count === 1 ? "" : "s"}`;
}

export const ago = (then, now) => (now - then < 5 ? "now" : `${lasting(now - then)} ago`);
export const clock = (seconds) => new Date(seconds * 1000).toISOString().slice(11, 19);
export const minute = (seconds) => new Date(seconds * 1000).toISOString().slice(0, 16).replace("T", " ");
export const stamp = (seconds) => `${new Date(seconds * 1000).toISOString().slice(0, 19)}Z`;
export const count = (many, one, more = `${one}s`) => `${many} ${many === 1 ? one : more}`;

/** Names in a sentence: "a, b and c", with the number of the others where there are many. */
export function names(list, most = 4) {
  const shown = list.length > most + 1 ? [...list.slice(0, most), `${list.length - most} more`] : list;
  return shown.length < 2 ? shown.join("") : `${shown.slice(0, -1).join(", ")} and ${shown.at(-1)}`;
}
