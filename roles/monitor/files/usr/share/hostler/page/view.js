// Managed by Hostler, role:monitor
// The sections of the page, each from the fleet to elements
import { RANGES, changed, hour } from "./address.js";
import { mark } from "./charts.js";
import { h, spark, table } from "./dom.js";
import { NONE, ago, bytes, clock, count, known, lasting, latency, minute, number, percent } from "./words.js";

const SIGNS = { info: "i" };
const capital = (text) => text[0].toUpperCase() + text.slice(1);
const short = (release) => h("code", {}, release || "no release");
const link = (state, change, text, label) => h("a", { href: changed(state, change), "aria-label": label }, text);
const hint = (text) => h("span.hint", {}, text);

/** A sign and a word, so that the colour is not alone. */
const state = (well, word) => h(well ? "span.state.good" : "span.state.bad", {}, h("span", { "aria-hidden": "true" }, well ? "✓ " : "✕ "), word);

export function causes({ causes: list, notes }) {
  return [...list.map(({ level, text }) => h("li", { class: level }, text)), ...notes.map((text) => h("li", { class: "note" }, text))];
}

/** The alert's page on this host; an address of its own where the alert has one. */
const runbook = (where) => (/^https?:/.test(where) ? where : `runbooks/${where.split("/").at(-1)}`);

export function alerts(fleet, now) {
  if (!fleet.alerts.length) return [];
  return [
    h("h2", { id: "h-alerts" }, "Open alerts"),
    h("ul.alerts", {}, fleet.alerts.map((one) => h("li", { class: one.severity || "info" },
      h("p.what", {}, h("span.tag", {}, h("span", { "aria-hidden": "true" }, `${SIGNS[one.severity] ?? "!"} `), one.severity || "alert"), " ", h("b", {}, one.name),
        one.app || one.about ? ` ${[one.app, one.about].filter(Boolean).join(", ")}` : "",
        one.since ? h("span.soft", {}, ` for ${lasting(now - one.since)}`) : ""),
      one.summary ? h("p", {}, one.summary) : "",
      one.action ? h("p", {}, h("b", {}, "Do: "), one.action) : "",
      one.runbook ? h("p", {}, h("a", { href: runbook(one.runbook) }, `What it means: ${one.name}`)) : ""))),
  ];
}

const figure = (name, value, level = "") => h("div", { class: level }, h("dt", {}, name), h("dd", {}, value));
const BAD = { ratio: 0.01 }; // from there on a share of errors is marked

export function apps(fleet, at, now) {
  const shown = fleet.apps.filter((app) => !at.app || app.name === at.app);
  if (!shown.length && !at.app) return [];
  if (!shown.length) return [h("h2", { id: "h-apps" }, "Apps"), h("p", {}, `There is no app ${at.app} here, or nothing is known of it at this time.`)];
  return [
    h("h2", { id: "h-apps" }, shown.length === 1 ? "The app" : "Apps"),
    h("ul.cards", {}, shown.map((app) => {
      const standby = app.live ? { blue: "green", green: "blue" }[app.live] : "";
      return h("li", { "data-slot": app.live },
        h("div", {}, h("h3", {}, link(at, { app: app.name, host: "" }, app.name)),
        app.live
          ? h("p", {}, h("span.slot", { "data-slot": app.live }, app.live), " is live with ", short(app.release))
          : h("p", {}, "Nothing of it is live."),
        app.live ? h("p.soft", {}, app.switched ? `${capital(app.switched.verb)} by ${app.switched.by}, ${ago(app.switched.at, now)}; ` : "",
          app.releases[standby] ? [`${standby} stands by with `, short(app.releases[standby])] : `${standby} is empty`) : "",
        app.maintenance ? h("p.tag", {}, "In maintenance") : "",
        app.canary > 0 ? h("p.tag", {}, `Canary: ${app.canary} % of requests`) : "",
        app.lives.length > 1 ? h("p.tag", {}, `Live by some balancers: ${app.lives.join(", ")}`) : ""),
        h("dl", {},
          figure("Requests", known(app.requests) ? `${number(app.requests)}/s` : number()),
          figure("Errors", percent(app.ratio), app.ratio >= BAD.ratio ? "high" : ""),
          figure("p50", latency(app.p50)), figure("p95", latency(app.p95)), figure("p99", latency(app.p99))));
    })),
  ];
}

/** A slot on a host, in a few words: which release, whether it is live, and how many balancers see it up. */
function chip(slot, balancers) {
  const views = Object.values(slot.seen);
  const up = views.filter(Boolean).length;
  const well = slot.up !== 0 && up === views.length && (!slot.wanted || !slot.release || slot.release === slot.wanted);
  if (!slot.release && !slot.wanted) return h("span.chip", { "data-slot": slot.slot }, h("span.slot", { "data-slot": slot.slot }, slot.slot), hint(" empty"));
  return h(slot.live ? "span.chip.live" : "span.chip", { "data-slot": slot.slot },
    h("span.slot", { "data-slot": slot.slot }, slot.slot), " ", short(slot.release || slot.wanted), slot.live ? " live" : hint(" standby"), " ",
    slot.out.length ? hint("out of rotation") : slot.live || well ? state(well, views.length ? `${up}/${balancers.length || views.length} up` : "up") : hint(`${up}/${views.length} up`),
    known(slot.memory) ? hint(` ${bytes(slot.memory)}`) : "",
    slot.restarts > 0 ? hint(` ${count(slot.restarts, "restart")}`) : "",
    slot.kills > 0 ? h("span.state.bad", {}, ` ${count(slot.kills, "kill")} for memory`) : "");
}

const share = (value, full = 0.9) => (known(value) ? h(value >= full ? "span.share.high" : "span.share", { style: { "--share": Math.min(1, value) } }, percent(value)) : NONE);

function standing(host) {
  if (host.down) return state(false, "no answer");
  return host.silent.length || host.late ? state(false, host.late ? `silent for ${lasting(host.late)}` : "in part") : state(true, "up");
}

function remarks(host) {
  const said = [
    host.failed.length ? h("span.bad", {}, `failed: ${host.failed.join(", ")}`) : "",
    host.drift ? `${count(host.drift, "file")} changed by hand` : "",
    host.reboot ? "a reboot is due" : "",
    host.lock ? `locked since ${clock(host.lock)}` : "",
  ].filter(Boolean);
  return said.length ? said.flatMap((one, index) => (index ? [", ", one] : [one])) : hint("nothing");
}

export function hosts(fleet, at, places) {
  const shown = fleet.hosts.filter((host) => !at.host || host.name === at.host);
  if (!shown.length) return at.host ? [h("h2", { id: "h-hosts" }, "Host"), h("p", {}, `There is no host ${at.host} here, or nothing is known of it at this time.`)] : [];
  const strips = new Map(places.lines.map(({ labels, line }) => [labels.host, line]));
  const chips = (host) => fleet.slots.filter((one) => one.host === host.name && (!at.app || one.app === at.app))
    .map((one) => h("div", {}, fleet.apps.length > 1 && !at.app ? hint(`${one.app} `) : "", chip(one, fleet.balancers)));
  const inUse = (host) => [strips.has(host.name) ? spark(strips.get(host.name)) : "", known(host.places) ? `${number(host.used ?? 0)} of ${number(host.places)}` : hint("no figures")];
  const web = (host) => host.roles.includes("web");
  return [
    h("h2", { id: "h-hosts" }, at.host ? `The host ${at.host}` : "Hosts"),
    table("Hosts", ["Host", "State", "Slots", "Places in use", "Processor", "Memory", "Disk", "To do"], shown.sort((a, b) => web(b) - web(a)).map((host) => ({
      level: host.down ? "page" : host.silent.length || host.late ? "ticket" : "",
      cells: [link(at, { host: host.name }, host.name), standing(host),
        h("div.chips", {}, web(host) ? chips(host) : hint(host.roles.join(", ") || "not known what it is")),
        web(host) ? h("div.inuse", {}, inUse(host)) : NONE,
        share(host.cpu), share(host.memory), share(host.disk), remarks(host)],
    }))),
  ];
}

/** The slots of the app or host that was chosen, with all that is known of each. */
export function slots(fleet, at) {
  const shown = fleet.slots.filter((one) => (at.host || at.app) && (!at.host || one.host === at.host) && (!at.app || one.app === at.app));
  if (!shown.length) return [];
  return [
    h("h2", { id: "h-slots" }, "Slots"),
    table("Slots", ["Slot", "Release", "Is", "Unit", ...fleet.balancers.map((name) => `By ${name}`), "Memory", "Workers", "Restarts", "Kills for memory"],
      shown.map((one) => ({
        level: one.live && !one.out.length && (one.up === 0 || Object.values(one.seen).some((up) => !up)) ? "ticket" : "",
        cells: [
          [link(at, { host: one.host }, one.host), ` ${one.app} `, h("span.slot", { "data-slot": one.slot }, one.slot)],
          [short(one.release), one.release && one.wanted && one.release !== one.wanted ? h("span.state.bad", {}, ` the map names ${one.wanted}`) : ""],
          one.live ? "live" : "standby",
          known(one.up) ? state(one.up === 1, one.up ? "active" : "not active") : hint("not known"),
          ...fleet.balancers.map((name) => (name in one.seen ? one.out.includes(name) ? "out" : state(one.seen[name], one.seen[name] ? "up" : "down") : hint("not known"))),
          known(one.memory) ? `${bytes(one.memory)}${one.limit > 0 ? ` of ${bytes(one.limit)}` : ""}` : hint("not known"),
          number(one.workers), number(one.restarts), number(one.kills),
        ],
      }))),
  ];
}

export function certificates(fleet, now) {
  if (!fleet.certificates.length) return [];
  return [
    h("h2", { id: "h-certificates" }, "Certificates"),
    table("Certificates", ["Domain", "Ends", "Renewal"], fleet.certificates.map((one) => {
      const days = Math.floor((one.ends - now) / 86400);
      const low = days < 14 || Number.isFinite(one.failing);
      return {
        level: low ? "ticket" : "",
        cells: [one.domain, days < 0 ? state(false, "no longer valid") : `in ${count(days, "day")}`,
          Number.isFinite(one.failing) ? state(false, `fails since ${minute(one.failing)}`) : state(true, "well")],
      };
    })),
  ];
}

const MOST = 12;

export function deploys(fleet, at, now) {
  const shown = fleet.events.filter((one) => !at.app || one.app === at.app).slice(0, MOST);
  if (!shown.length) return [];
  return [
    h("h2", { id: "h-deploys" }, "Last deploys"),
    table("Last deploys", ["When, UTC", "App", "What", "Release", "By"], shown.map((one) => ({
      level: one.outcome === "failed" ? "ticket" : "",
      cells: [
        [h("a", { href: hour(at, one.at, now), "aria-label": `The hour around ${minute(one.at)}` }, minute(one.at)), hint(` ${ago(one.at, now)}`)],
        link(at, { app: one.app }, one.app),
        [h("span", { "aria-hidden": "true" }, `${mark(one)} `), h(one.outcome === "failed" ? "span.bad" : "span", {}, one.verb, one.outcome === "switched" ? "" : ` ${one.outcome}`)],
        one.release ? short(one.release) : NONE, one.by,
      ],
    }))),
  ];
}

/** What is chosen of app and host, and the way out of it. */
export function selection(at) {
  const out = [["app", "App"], ["host", "Host"]].filter(([key]) => at[key]);
  return out.map(([key, name]) => h("a.button", { href: changed(at, { [key]: "" }), "aria-label": `${name} ${at[key]}: show all again` }, `${name} ${at[key]} `, h("span", { "aria-hidden": "true" }, "✕")));
}

/** Links to the ranges, to the time before and after, and to now. */
export function times(at, now) {
  const end = at.end || now;
  const later = end + at.range / 2;
  return [
    h("a.button", { href: changed(at, { end: Math.floor(end - at.range / 2) }), "aria-label": "Earlier" }, "‹"),
    ...Object.entries(RANGES).map(([name, range]) => h("a.button", { href: changed(at, { range }), "aria-current": range === at.range ? "true" : undefined }, name)),
    at.end ? h("a.button", { href: changed(at, { end: later >= now ? 0 : Math.floor(later) }), "aria-label": "Later" }, "›") : "",
    at.end ? h("a.button", { href: changed(at, { end: 0 }) }, "Now") : "",
  ];
}
