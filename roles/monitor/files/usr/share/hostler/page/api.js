// Managed by Hostler, role:monitor
// Asks Prometheus and Alertmanager, which answer below this page's own address
import { EVENTS, NOW, PLACES, byHost, ofApps, ofHost, window } from "./queries.js";

const PATIENCE = 10000; // milliseconds

/** What `path` answers, as JSON; an error says in words why there is none. */
async function ask(path, given, signal) {
  const long = AbortSignal.timeout(PATIENCE);
  let answer;
  try {
    answer = await fetch(`${path}?${new URLSearchParams(given)}`, { signal: AbortSignal.any([long, signal]), headers: { Accept: "application/json" } });
  } catch (error) {
    if (signal.aborted) throw error;
    throw new Error(long.aborted ? `no answer in ${PATIENCE / 1000} seconds` : "no connection; is the tunnel still open?");
  }
  const said = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(said.error ?? `status ${answer.status}`);
  return said;
}

const query = async (given, signal) => (await ask("api/v1/query", given, signal)).data.result;
const range = async (text, over, signal) => (await ask("api/v1/query_range", { query: text, ...over }, signal)).data.result;
/** A question whose answer one can do without: what it says, or why it says nothing. */
const may = (asked) => asked.then((found) => ({ found, why: "" }), (error) => ({ found: [], why: error.message }));

/**
 * All answers that make the page; of a moment in the past where `state` has an end. Throws what Prometheus has against the first of them,
 * with the `alerts` that Alertmanager knows of.
 */
export async function answers(state, now, signal) {
  const over = window(state, now);
  const asked = may(state.end ? Promise.reject(new Error("past")) : ask("api/v2/alerts", { active: true, silenced: false, inhibited: false }, signal));
  const [series, alerts, apps, events, places, more] = await Promise.all([
    query({ query: NOW, ...(state.end ? { time: state.end } : {}) }, signal).catch(async (error) => {
      throw Object.assign(error, { alerts: await asked });
    }),
    asked,
    may(range(ofApps(state.app), over, signal)),
    may(range(EVENTS, window(state, now, 60), signal)),
    may(range(PLACES, window(state, now, 48), signal)),
    may(state.host ? range(ofHost(state.host), over, signal) : state.app ? range(byHost(state.app), over, signal) : Promise.resolve([])),
  ]);
  return { series, alerts, apps, events, places, more, over };
}
