// The check before a deletion, and the deletion itself: batch after batch, each carried out once.
import { dryRun, get, listPath } from "../api/requests.js";
import * as session from "../api/session.js";
import { freshKey, write } from "../api/writes.js";

const BATCH = 100;
// The people of so many identifiers are read before a deletion.
export const PEOPLE_FOR = 20;
// The service keeps keys for 24 hours. Some time is left for the tries of a request.
const KEY_LASTS = 23 * 60 * 60 * 1000;

// The deletion of each list that is running, or that has ended and is still shown: list id -> job.
export const jobs = new Map();

let whenChanged = () => {};

// Calls the listener when a deletion begins, ends, or is forgotten.
export const onJobs = (listener) => {
  whenChanged = listener;
};

const pathOf = (listId) => `${listPath(listId)}/records/bulks/delete`;

// What a response calls an identifier that failed. Providers are not named there.
const nameOf = ({ body }) => body.phone_number ?? body.id ?? body.external_id;

// Two identifiers of which a response could not say which of them failed are in different batches.
function batchesOf(items) {
  const batches = [];
  const counts = new Map();
  const open = [];
  for (const item of items) {
    const name = nameOf(item);
    const before = counts.get(name) ?? 0;
    counts.set(name, before + 1);
    if (open[before]?.length === BATCH) {
      batches.push(open[before]);
      open[before] = [];
    }
    (open[before] ??= []).push(item);
  }
  return [...batches, ...open.filter((batch) => batch.length > 0)];
}

const isBulkAnswer = (body) =>
  Number.isInteger(body?.total_deleted) &&
  Array.isArray(body._embedded?.failed_records) &&
  body._embedded.failed_records.every((failed) => typeof failed?.id === "string");

// How many records, in the response to a batch; undefined from servers of the published form, which only count
// identifiers.
const recordsIn = (body) => body.total_records_deleted;

// The sum, or undefined where one of them is not told.
const sumOf = (counts) => counts.reduce((sum, records) => sum + (records ?? Number.NaN), 0);
const totalOf = (counts) => (Number.isNaN(sumOf(counts)) ? undefined : sumOf(counts));

// The failed identifiers of a response, with what was typed.
function failuresIn(body, items) {
  return body._embedded.failed_records.map((failed) => {
    const item = items[failed.index] ?? items.find((sent) => nameOf(sent) === failed.id);
    return {
      item,
      text: item?.text ?? failed.id,
      code: failed.code,
      message: failed.message ?? "It failed; the service does not say why.",
    };
  });
}

// What deleting these would do. Nothing is deleted. `records` is undefined where the service does not tell it.
export async function check(listId, items, { signal, report }) {
  const life = session.life();
  const counts = [];
  const batches = batchesOf(items);
  const result = { matched: 0, failures: [], matchedItems: [], isExact: batches.length <= 1 };
  let done = 0;
  for (const batch of batches) {
    const onWait = (words) => report(done, words);
    const body = await dryRun(
      pathOf(listId),
      batch.map((item) => item.body),
      { expects: isBulkAnswer, signal, onWait, life },
    );
    const failures = failuresIn(body, batch);
    const failed = new Set(failures.map((failure) => failure.item));
    result.matched += body.total_deleted;
    counts.push(recordsIn(body));
    result.failures.push(...failures);
    result.matchedItems.push(...batch.filter((item) => !failed.has(item)));
    done += batch.length;
    report(done, "");
  }
  const records = totalOf(counts);
  if (records !== undefined || result.matchedItems.length > PEOPLE_FOR) return { ...result, records };
  // So few are cheap to count.
  const { people, more } = await peopleOf(listId, result.matchedItems, signal);
  return more === 0 ? { ...result, records: people.length, isExact: true } : result;
}

// Whether two checks have found the same.
export function isSameFound(one, other) {
  const found = ({ matched, records, matchedItems }) =>
    JSON.stringify([matched, records ?? null, matchedItems.map(({ text }) => text)]);
  return found(one) === found(other);
}

// The people that some identifiers match, each once. `more` is how many are left out, NaN where that is not told.
export async function peopleOf(listId, items, signal) {
  const life = session.life();
  const people = new Map();
  let more = 0;
  for (const { body } of items) {
    if (body.id) {
      const record = await recordOf(listId, body.id, { signal, life });
      if (record) people.set(record.id, record);
    } else {
      const query = { ...body, per_page: 50 };
      const page = await get(`${listPath(listId)}/records`, { query, items: "records", signal, life });
      page._embedded.records.forEach((record) => people.set(record.id, record));
      if (page._links.next) more += (page.total ?? Number.NaN) - page._embedded.records.length;
    }
  }
  return { people: [...people.values()], more };
}

// The record with this id, or null if it is gone meanwhile.
async function recordOf(listId, id, options) {
  try {
    return await get(`${listPath(listId)}/records/${encodeURIComponent(id)}`, options);
  } catch (failure) {
    if (failure.status === 404) return null;
    throw failure;
  }
}

// A batch is `waiting`, `sending`, `done`, `refused` (nothing was done), or `unknown`.
// A job is `running`, `done`, or `stopped`; it is open until everything was carried out, or a person ends it.
export function startJob(listId, listName, kind, items, faulty) {
  const job = {
    listId,
    listName,
    kind,
    faulty,
    total: items.length,
    batches: batchesOf(items).map((batch) => ({ items: batch, key: freshKey(), state: "waiting" })),
    state: "running",
    wait: "",
    stopping: new AbortController(),
    get isStopping() {
      return this.stopping.signal.aborted;
    },
    listener: () => {},
    get isOpen() {
      return this.state !== "done";
    },
  };
  jobs.set(listId, job);
  goOn(job);
  return job;
}

export function forgetJob(job) {
  job.stopping.abort();
  if (jobs.get(job.listId) === job) jobs.delete(job.listId);
  whenChanged();
}

// Whether a key was first used so long ago that the service may not know it any more.
export const isTooOld = (job) =>
  job.batches.some(({ state, sentAt }) => state === "unknown" && Date.now() - sentAt > KEY_LASTS);

// Sends what is left. The keys stay, so a batch that was carried out without our knowing is not carried out again.
export async function goOn(job) {
  const life = session.life();
  job.state = "running";
  job.stopping = new AbortController();
  whenChanged();
  for (const batch of job.batches.filter(({ state }) => state !== "done")) {
    if (job.isStopping || life.aborted) break;
    await sendBatch(job, batch, life);
    if (batch.state !== "done") break;
  }
  job.state = job.batches.every(({ state }) => state === "done") ? "done" : "stopped";
  job.wait = "";
  job.listener();
  whenChanged();
}

async function sendBatch(job, batch, life) {
  const wasUnknown = batch.state === "unknown";
  batch.state = "sending";
  batch.sentAt ??= Date.now();
  job.listener();
  const onWait = (words) => {
    job.wait = words;
    job.listener();
  };
  const body = batch.items.map((item) => item.body);
  const enough = job.stopping.signal;
  const options = { body, key: batch.key, expects: isBulkAnswer, onWait, enough, wasUnknown, life };
  const { outcome, failure, answer } = await write("POST", pathOf(job.listId), options);
  batch.state = outcome;
  batch.failure = failure;
  if (outcome !== "done") return;
  batch.records = recordsIn(answer.body);
  batch.matched = answer.body.total_deleted;
  batch.failures = failuresIn(answer.body, batch.items);
  batch.operationId = answer.headers.get("Operation-Id");
}

// What a job has come to so far. `records` is undefined where the service does not tell it.
export function summary(job) {
  const inState = (...states) => job.batches.filter(({ state }) => states.includes(state));
  const itemsOf = (batches) => batches.flatMap((batch) => batch.items);
  const done = inState("done");
  return {
    records: totalOf(done.map((batch) => batch.records)),
    matched: done.reduce((sum, batch) => sum + batch.matched, 0),
    failures: [...job.faulty, ...done.flatMap((batch) => batch.failures)],
    operations: done.map((batch) => batch.operationId).filter(Boolean),
    done: itemsOf(done),
    unknown: itemsOf(inState("unknown")),
    unsent: itemsOf(inState("waiting", "refused")),
    failure: inState("unknown", "refused")[0]?.failure,
  };
}
