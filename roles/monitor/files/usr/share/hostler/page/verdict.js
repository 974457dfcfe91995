// Managed by Hostler, role:monitor
// Is it well? One sentence, and why. Levels: page (visitors are hurt, or will be), ticket (someone has to look), well; blind and empty
// where nothing is known
import { ago, clock, count, lasting, names } from "./words.js";

/** Who is gone: a host that does not answer, or of which something is not to be had. */
function* ofHosts({ hosts }) {
  for (const host of hosts) {
    if (host.down) yield { level: "page", who: host.name, text: host.name + SILENT };
    else if (host.silent.length) yield { level: "ticket", who: host.name, text: `${host.name} answers, but ${names(host.silent)} does not.` };
    else if (host.late) yield { level: "ticket", who: host.name, text: `${host.name} has told nothing of itself for ${lasting(host.late)}.` };
    else if (host.blind) yield { level: "ticket", who: host.name, text: `${host.name} cannot tell what is wrong; see 'journalctl -u hostler-facts' there.` };
  }
}

/** Apps that visitors do not get: this cannot wait until it lasts. */
function* ofApps({ apps, slots }) {
  for (const app of apps) {
    const views = slots.filter((one) => one.app === app.name && one.live).flatMap((one) => Object.values(one.seen));
    if (app.live && views.length && !views.some(Boolean)) {
      yield { level: "page", who: app.name, text: `No web host of ${app.name} is up for any balancer; visitors get 503.` };
    }
  }
}

/** What the judge of status.yml has found (`observe/judged.py` of the collection). */
const ofJudge = ({ problems }) => problems.filter((one) => one.kind === "problem").map(({ text }) => ({ level: "ticket", who: "", text }));

/** What is on purpose: told beside the verdict, and no part of it. */
export function* notes({ apps, locked, problems, slots }, now) {
  const out = new Set(slots.filter((slot) => slot.out.length).map((slot) => slot.host));
  if (out.size) yield `${names([...out])} ${out.size === 1 ? "is" : "are"} out of rotation.`;
  for (const app of apps) {
    if (app.maintenance) yield `${app.name} is in maintenance.`;
    if (app.canary > 0) yield `${app.canary} % of the requests to ${app.name} go to a canary.`;
  }
  yield* problems.filter((one) => one.kind === "warning").map((one) => one.text);
  if (Number.isFinite(locked)) yield `A run holds the fleet's lock, since ${clock(locked)} (${ago(locked, now)}).`;
}

const SILENT = " does not answer.";
const ORDER = ["page", "ticket"];

/** The first sentence: what is worst, counted. */
function sentence(alerts, causes) {
  const hosts = new Set(causes.filter((one) => one.text === one.who + SILENT).map((one) => one.who));
  const said = [];
  if (hosts.size) said.push(`${names([...hosts], 2)} ${hosts.size === 1 ? "does" : "do"} not answer`);
  if (alerts.length) said.push(`${count(alerts.length, "alert is", "alerts are")} open`);
  const rest = causes.filter((one) => !hosts.has(one.who));
  if (!said.length && rest.length === 1) return rest[0].text;
  if (!said.length) said.push(`${count(rest.length, "thing is", "things are")} not as they should be`);
  return `${said.join(", and ")}.`;
}

/** {level, sentence, causes: [{level, text}], notes} of a fleet (`fleet.fleetOf`). */
export function verdict(fleet, now) {
  if (fleet.empty) {
    return { level: "empty", sentence: "Nothing is known yet.", causes: [{ level: "", text: "Prometheus answers, but has not asked any host. After its start that takes half a minute." }], notes: [] };
  }
  // What only informs is listed with the alerts, and keeps nobody from sleep
  const open = fleet.alerts.filter((one) => one.severity !== "info");
  const causes = [...ofHosts(fleet), ...ofApps(fleet), ...ofJudge(fleet)];
  if (fleet.unalerted && fleet.unalerted !== "past") {
    causes.push({ level: "ticket", who: "Alertmanager", text: `Alertmanager does not answer (${fleet.unalerted}), so alerts reach nobody.` });
  }
  causes.sort((a, b) => ORDER.indexOf(a.level) - ORDER.indexOf(b.level));
  const levels = [...open.map((one) => one.severity), ...causes.map((one) => one.level)];
  const level = levels.includes("page") ? "page" : levels.length ? "ticket" : "well";
  const more = [...notes(fleet, now)];
  if (level !== "well") {
    const said = sentence(open, causes);
    // What the sentence has said already is not said again
    const rest = causes.filter(({ text }) => text !== said && !(text.endsWith(SILENT) && said.includes(text.slice(0, -SILENT.length))));
    return { level, sentence: said, causes: rest, notes: more };
  }
  const deployed = fleet.apps.some((app) => app.live);
  return { level, sentence: deployed ? "All is well." : "Nothing is deployed yet.", causes, notes: deployed ? more : ["The hosts are well. ansible-playbook site.yml brings the first release live."] };
}

/** The verdict where Prometheus gives no answer; `last` is when it last did, in seconds. */
export function blind(why, last) {
  const text = last ? `What is below is of ${clock(last)} UTC, and may be otherwise by now.` : "So this page knows nothing of the fleet; visitors may well be served.";
  return {
    level: "blind",
    sentence: "Prometheus does not answer.",
    causes: [
      { level: "", text: `${why[0].toUpperCase()}${why.slice(1)}. ${text}` },
      { level: "", text: "On the monitor host: systemctl status prometheus. Without it: ansible-playbook playbooks/status.yml" },
    ],
    notes: [],
  };
}
