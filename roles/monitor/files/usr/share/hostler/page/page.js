// Managed by Hostler, role:monitor
// Asks, judges and shows, again every quarter of a minute while someone looks
import { changed, format, parse } from "./address.js";
import { answers } from "./api.js";
import { Charts } from "./charts.js";
import { curves } from "./curves.js";
import { put } from "./dom.js";
import { alertsOf, fleetOf, linesOf } from "./fleet.js";
import { window as windowOf } from "./queries.js";
import { blind, verdict } from "./verdict.js";
import * as view from "./view.js";
import { clock, lasting, minute } from "./words.js";

const EVERY = 15000; // milliseconds; Prometheus asks the hosts no more often
const at = (id) => document.getElementById(id);
const seconds = () => Date.now() / 1000;

let state = parse(location.hash);
let last = 0; // when Prometheus last answered
let asked = new AbortController();
let timer = 0;
const charts = new Charts(document.querySelector(".charts"), (from, to) => {
  location.hash = changed(state, { range: Math.max(60, Math.round(to - from)), end: Math.floor(to) });
});

function section(id, nodes) {
  at(id).hidden = !nodes.length;
  put(at(id), ...nodes);
}

function say({ level, sentence, ...rest }) {
  document.body.dataset.level = level;
  if (at("verdict").textContent !== sentence) at("verdict").textContent = sentence;
  document.title = `${sentence.replace(/\.$/, "")}: the fleet`;
  put(at("causes"), ...view.causes(rest));
  at("causes").hidden = !at("causes").childElementCount;
}

function showChoice(now) {
  at("where").textContent = [state.app, state.host].filter(Boolean).map((name) => ` / ${name}`).join("");
  put(at("selection"), ...view.selection(state));
  put(at("times"), ...view.times(state, now));
  const { start, end } = windowOf(state, now);
  at("span").textContent = `${minute(start)} to ${minute(end)} UTC, ${lasting(state.range)}. ▲ deploy, ▼ rollback, ✕ failed, ◆ other. Draw over a chart to look closer.`;
}

function show(found, now) {
  const moment = state.end || now;
  const fleet = fleetOf(found, moment);
  say(verdict(fleet, moment));
  const then = state.end ? `As it was at ${minute(state.end)} UTC.` : `As of ${clock(now)} UTC.`;
  const alerts = fleet.unalerted && state.end ? " Alerts of the past have no sentences." : "";
  at("fresh").textContent = `${then}${alerts}`;
  section("alerts", view.alerts(fleet, moment));
  section("apps", view.apps(fleet, state, moment));
  at("charts").hidden = fleet.empty;
  charts.show(fleet.empty ? [] : curves(found, fleet, state));
  section("hosts", view.hosts(fleet, state, linesOf(found.places.found, windowOf(state, now, 48))));
  section("slots", view.slots(fleet, state));
  section("deploys", view.deploys(fleet, state, moment));
  section("certificates", view.certificates(fleet, moment));
}

/** Ask once and show it. A question that another has overtaken is given up. */
async function refresh() {
  clearTimeout(timer);
  asked.abort();
  asked = new AbortController();
  const { signal } = asked;
  const now = seconds();
  showChoice(now);
  document.body.setAttribute("aria-busy", "true");
  try {
    const found = await answers(state, now, signal);
    show(found, now);
    last = now;
    document.body.classList.remove("old");
  } catch (error) {
    if (signal.aborted) return;
    console.warn(error);
    document.body.classList.add("old");
    at("fresh").textContent = "It is asked again every 15 seconds.";
    say(blind(error.message, last));
    // Those that Prometheus told of before stay open for some minutes
    if (error.alerts && !error.alerts.why) section("alerts", view.alerts({ alerts: alertsOf(error.alerts) }, now));
  }
  document.body.removeAttribute("aria-busy");
  plan();
}

const paused = () => at("pause").getAttribute("aria-pressed") === "true";

function plan() {
  clearTimeout(timer);
  if (!paused() && !document.hidden && !state.end) timer = setTimeout(refresh, EVERY);
}

addEventListener("hashchange", () => {
  state = parse(location.hash);
  refresh();
});
document.addEventListener("visibilitychange", () => (document.hidden || paused() ? plan() : refresh()));
addEventListener("keydown", (event) => {
  if (event.key === "Escape" && (state.app || state.host || state.end)) location.hash = format({ ...state, app: "", host: "", end: 0 });
});
at("pause").addEventListener("click", () => {
  at("pause").setAttribute("aria-pressed", String(!paused()));
  at("pause").textContent = paused() ? "Go on" : "Pause";
  paused() ? plan() : refresh();
});
at("skip").addEventListener("click", (event) => {
  event.preventDefault();
  at("main").focus();
});
refresh();
